/* Stylesheets -> modules.
 *
 * An @import without conditions is an import of the module: what it shows comes first, it is shown
 * once, and it takes its own updates. One with conditions stays in the text, where the browser
 * knows how to apply them. */
#include "link/stylesheet.h"

#include "base/map.h"
#include "base/str.h"
#include "link/identifier.h"
#include "style/style.h"

#include <stdio.h>
#include <stdlib.h>

static void add_json_string(rwg__buf *out, rwg_str text) {
    rwg_sink sink = rwg__buf_sink(out);
    rwg_json_writer w = rwg_json_writer_make(&sink);
    rwg_json_string(&w, text);
}

rwg_str rwb__stylesheet_scope(rwg_str id) {
    return rwb__style_is_module(id) ? id : (rwg_str){NULL, 0};
}

/* --- links --- */

void rwb__stylesheet_link(rwb__recipe *recipe, const rwb__view *view, const rwg_module *module) {
    uint32_t import_count = 0;
    uint32_t edge_count = 0;
    const rwg_import *imports = rwg_module_imports(module, &import_count);
    const rwg_edge *edges = rwg_graph_edges(rwb__view_graph(view), recipe->node, &edge_count);
    rwb__style_link *links = rwg__arena_zalloc(&recipe->arena, (import_count + 1) * sizeof *links);
    rwg__buf url;
    rwg__buf_init(&url, recipe->mem);
    for (uint32_t i = 0; i < import_count; i++) {
        links[i].specifier =
            rwg__arena_str(&recipe->arena, rwg_module_str(module, imports[i].specifier));
        links[i].is_url = imports[i].kind == RWG_IMPORT_CSS_URL;
    }
    for (uint32_t i = 0; i < edge_count && recipe->form == RWB_FORM_ESM; i++) {
        const rwg_edge *edge = &edges[i];
        if (edge->import < import_count && edge->outcome == RWG_OUTCOME_FILE && edge->target.v) {
            rwg__buf_clear(&url);
            rwb__view_id(view, edge->target, &url);
            links[edge->import].address = rwg__arena_str(&recipe->arena, rwg__buf_str(&url));
        }
    }
    rwg__buf_deinit(&url);
    recipe->styles = links;
    recipe->style_count = import_count;
}

typedef struct sheet {
    const rwb__recipe *recipe;
    rwg__strmap urls; /* specifier -> 1 + index of its first import of this sort */
    rwg__strmap imports;
    rwb__style style;
    rwb__import_list shown; /* @import without conditions: imported for what they show */
    rwb__import_list named; /* composes: imported for their names, in the order of imports */
    rwg__idmap places;      /* import -> its index in named */
} sheet;

static void index_links(sheet *s) {
    for (uint32_t i = 0; i < s->recipe->style_count; i++) {
        const rwb__style_link *link = &s->recipe->styles[i];
        bool added = false;
        uint32_t *at =
            rwg__strmap_put(link->is_url ? &s->urls : &s->imports, link->specifier, &added);
        *at = added ? i + 1 : *at;
    }
}

static uint32_t find_link(const rwg__strmap *map, rwg_str specifier) {
    const uint32_t *at = rwg__strmap_find(map, specifier);
    return at ? *at - 1 : RWG_NO_IMPORT;
}

static bool rewrite_url(void *payload, rwg_str specifier, rwg_str *address) {
    const sheet *s = payload;
    uint32_t at = find_link(&s->urls, specifier);
    if (at == RWG_NO_IMPORT || s->recipe->styles[at].address.len == 0) {
        return false; /* a public file, or nothing: the browser will say */
    }
    *address = s->recipe->styles[at].address;
    return true;
}

static bool rewrite_import(void *payload, rwg_str specifier, rwg_str conditions, rwg_str *address) {
    sheet *s = payload;
    uint32_t at = find_link(&s->imports, specifier);
    const rwb_link *links = s->recipe->options.links;
    if (at == RWG_NO_IMPORT || !links || links[at].kind != RWB_LINK_URL) {
        return true;
    }
    if (conditions.len > 0) {
        *address = s->recipe->styles[at].address;
        return address->len > 0;
    }
    *rwg__vec_push(&s->shown, s->recipe->mem) = at;
    return false;
}

/* --- names --- */

static int compare_indices(const void *a, const void *b) {
    const uint32_t *left = a;
    const uint32_t *right = b;
    return (*left > *right) - (*left < *right);
}

static void collect_named(sheet *s) {
    rwg__mem *mem = s->recipe->mem;
    for (uint32_t i = 0; i < s->style.parts.len; i++) {
        rwg_str from = s->style.parts.ptr[i].from;
        uint32_t at = from.len > 0 ? find_link(&s->imports, from) : RWG_NO_IMPORT;
        bool added = false;
        if (at != RWG_NO_IMPORT) {
            rwg__idmap_put(&s->places, at, &added);
        } else if (from.len > 0 && s->style.problem.bytes.len == 0) {
            rwg__buf_add(&s->style.problem, RWG_STR("composes from a file that is not known: "));
            rwg__buf_add(&s->style.problem, from);
        }
        if (added) {
            *rwg__vec_push(&s->named, mem) = at;
        }
    }
    if (s->named.len > 0) {
        qsort(s->named.ptr, s->named.len, sizeof *s->named.ptr, compare_indices);
    }
    for (uint32_t i = 0; i < s->named.len; i++) {
        *rwg__idmap_put(&s->places, s->named.ptr[i], NULL) = i;
    }
}

/* `"a_1 b_2 " + other["c"]` */
static void add_value(const sheet *s, const rwb__style_name *name, rwg__buf *out) {
    rwg__buf_add(out, RWG_STR("["));
    for (uint32_t i = name->first; i; i = s->style.parts.ptr[i - 1].next) {
        const rwb__style_part *part = &s->style.parts.ptr[i - 1];
        rwg__buf_add(out, i == name->first ? RWG_STR("") : RWG_STR(", "));
        if (part->from.len == 0) {
            add_json_string(out, part->text);
            continue;
        }
        const uint32_t *place = rwg__idmap_find(&s->places, find_link(&s->imports, part->from));
        RWG_ASSERT(place);
        rwg__buf_printf(
            out, s->recipe->form == RWB_FORM_ESM ? "__rwg_c%u[" : "__rwg_i[%u].default[", *place
        );
        add_json_string(out, part->text);
        rwg__buf_char(out, ']');
    }
    rwg__buf_add(out, RWG_STR("].join(\" \")"));
}

static void add_names(const sheet *s, rwg__buf *out) {
    rwg__buf_add(out, RWG_STR("const __rwg_names = {\n"));
    for (uint32_t i = 0; i < s->style.names.len; i++) {
        rwg__buf_add(out, RWG_STR("["));
        add_json_string(out, s->style.names.ptr[i].name);
        rwg__buf_add(out, RWG_STR("]: "));
        add_value(s, &s->style.names.ptr[i], out);
        rwg__buf_add(out, RWG_STR(",\n"));
    }
    rwg__buf_add(out, RWG_STR("};\n"));
}

static bool is_exported(const rwb__style_name *name) {
    return rwb__is_identifier(name->name);
}

static void compile_factory(const sheet *s, rwg__buf *out) {
    rwg__buf_add(
        out,
        RWG_STR("function* (__rwg_i, __rwg_x) { \"use strict\";\n"
                "__rwg_x({ default: () => __rwg_names")
    );
    for (uint32_t i = 0; i < s->style.names.len; i++) {
        rwg_str name = s->style.names.ptr[i].name;
        if (is_exported(&s->style.names.ptr[i])) {
            rwg__buf_printf(
                out,
                ", %.*s: () => __rwg_names.%.*s",
                (int)name.len,
                name.ptr,
                (int)name.len,
                name.ptr
            );
        }
    }
    rwg__buf_add(out, RWG_STR(" });\nyield;\n"));
    add_names(s, out);
    rwg__buf_add(out, RWG_STR("}"));
}

/* --- the browser --- */

static void add_import(const sheet *s, uint32_t at, const char *names, rwg__buf *out) {
    rwg__buf_printf(out, "import %s", names);
    rwb_link link = s->recipe->options.links[at];
    add_json_string(out, link.url.len > 0 ? link.url : s->recipe->styles[at].specifier);
    rwg__buf_add(out, RWG_STR(";\n"));
}

static void add_exports(const sheet *s, rwg__buf *out) {
    rwg__buf_add(out, RWG_STR("export default __rwg_names;\n"));
    for (uint32_t i = 0; i < s->style.names.len; i++) {
        rwg_str name = s->style.names.ptr[i].name;
        if (is_exported(&s->style.names.ptr[i])) {
            int len = (int)name.len;
            rwg__buf_printf(out, "const __rwg_n%u = __rwg_names.%.*s;\n", i, len, name.ptr);
            rwg__buf_printf(out, "export { __rwg_n%u as %.*s };\n", i, len, name.ptr);
        }
    }
}

static void compile_browser(const sheet *s, bool is_module, rwg__buf *out) {
    rwg__buf_add(
        out,
        RWG_STR("import { createHotContext, updateStyle, removeStyle } from "
                "\"/@rwgraph/client\";\n")
    );
    for (uint32_t i = 0; i < s->shown.len; i++) {
        add_import(s, s->shown.ptr[i], "", out);
    }
    for (uint32_t i = 0; i < s->named.len; i++) {
        char names[32];
        (void)snprintf(names, sizeof names, "__rwg_c%u from ", i);
        add_import(s, s->named.ptr[i], names, out);
    }
    rwg__buf_add(out, RWG_STR("const __rwg_id = "));
    add_json_string(out, s->recipe->id);
    rwg__buf_add(out, RWG_STR(";\nconst __rwg_css = "));
    add_json_string(out, rwg__buf_str(&s->style.css));
    rwg__buf_add(
        out,
        RWG_STR(";\nconst __rwg_hot = import.meta.hot = createHotContext(__rwg_id);\n"
                "updateStyle(__rwg_id, __rwg_css);\n"
                "__rwg_hot.prune(() => removeStyle(__rwg_id));\n")
    );
    if (!is_module) {
        rwg__buf_add(out, RWG_STR("__rwg_hot.accept();\nexport default __rwg_css;\n"));
        return;
    }
    add_names(s, out);
    rwg__buf_add(
        out,
        RWG_STR("const __rwg_text = JSON.stringify(__rwg_names);\n"
                "__rwg_hot.accept((next) => {\n"
                "    if (JSON.stringify(next?.default) !== __rwg_text) "
                "__rwg_hot.invalidate(\"its names changed\");\n"
                "});\n")
    );
    add_exports(s, out);
}

void rwb__stylesheet_compile(
    const rwb__recipe *recipe,
    rwg_str text,
    rwg__buf *code,
    rwb__import_list *imports,
    rwg__buf *problem
) {
    sheet s = {.recipe = recipe};
    rwg_str scope = rwb__stylesheet_scope(recipe->id);
    rwb__style_hooks hooks = {.payload = &s, .url = rewrite_url, .import = rewrite_import};
    rwg__strmap_init(&s.urls, recipe->mem);
    rwg__strmap_init(&s.imports, recipe->mem);
    rwg__idmap_init(&s.places, recipe->mem);
    index_links(&s);
    rwb__style_init(&s.style, recipe->mem, text, scope, &hooks);
    collect_named(&s);
    if (s.style.problem.bytes.len > 0) {
        rwg__buf_add(problem, recipe->id);
        rwg__buf_add(problem, RWG_STR(": "));
        rwg__buf_add(problem, rwg__buf_str(&s.style.problem));
    } else if (recipe->form == RWB_FORM_ESM) {
        compile_browser(&s, scope.len > 0, code);
    } else {
        compile_factory(&s, code);
        for (uint32_t i = 0; i < s.named.len; i++) {
            *rwg__vec_push(imports, recipe->mem) = s.named.ptr[i];
        }
    }
    rwg__vec_free(&s.shown, recipe->mem);
    rwg__vec_free(&s.named, recipe->mem);
    rwg__strmap_deinit(&s.urls);
    rwg__strmap_deinit(&s.imports);
    rwg__idmap_deinit(&s.places);
    rwb__style_deinit(&s.style);
}
