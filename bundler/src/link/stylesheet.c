/* Stylesheets -> modules.
 *
 * An @import without conditions is an import of the module: what it shows comes first, it is shown
 * once, and it takes its own updates. One with conditions stays in the text, where the browser
 * knows how to apply them, and so does one behind a statement about layers, which comes first. */
#include "link/stylesheet.h"

#include "base/map.h"
#include "base/str.h"
#include "emit/base64.h"
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
            rwb__view_address(view, edge->target, &url);
            links[edge->import].address = rwg__arena_str(&recipe->arena, rwg__buf_str(&url));
        }
    }
    // A public file is no node, and is served below the base like all others.
    for (uint32_t i = 0; i < import_count && recipe->form == RWB_FORM_ESM; i++) {
        if (links[i].is_url && links[i].address.len == 0) {
            rwg__buf_clear(&url);
            links[i].address = rwb__view_public(view, links[i].specifier, &url)
                                   ? rwg__arena_str(&recipe->arena, rwg__buf_str(&url))
                                   : (rwg_str){NULL, 0};
        }
    }
    rwg__buf_deinit(&url);
    recipe->styles = links;
    recipe->style_count = import_count;
}

/* A value of another file, where this one uses it: MARK, its index, MARK in the text. */
#define MARK '\x01'

typedef struct taken_value {
    uint32_t import; /* of the record */
    rwg_str name;    /* there */
} taken_value;

typedef struct sheet {
    const rwb__recipe *recipe;
    rwg__strmap urls; /* specifier -> 1 + index of its first import of this sort */
    rwg__strmap imports;
    rwb__style style;
    rwg__arena arena;
    RWG_VEC(taken_value) taken;
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
    if (conditions.len > 0 || s->style.layers) {
        *address = s->recipe->styles[at].address;
        return address->len > 0;
    }
    *rwg__vec_push(&s->shown, s->recipe->mem) = at;
    return false;
}

static bool take_value(void *payload, rwg_str specifier, rwg_str name, rwg_str *text) {
    sheet *s = payload;
    uint32_t at = find_link(&s->imports, specifier);
    if (at == RWG_NO_IMPORT) {
        return false;
    }
    char mark[16];
    (void)snprintf(mark, sizeof mark, "%c%u%c", MARK, s->taken.len, MARK);
    *rwg__vec_push(&s->taken, s->recipe->mem) = (taken_value){at, rwg__arena_str(&s->arena, name)};
    *text = rwg__arena_str(&s->arena, rwg__str_c(mark));
    return true;
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
            rwg__buf_add(&s->style.problem, RWG_STR("names come from a file that is not known: "));
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

/* The names of another file, as the code has them. */
static void add_other(const sheet *s, uint32_t import, rwg__buf *out) {
    const uint32_t *place = rwg__idmap_find(&s->places, import);
    RWG_ASSERT(place);
    bool browser = s->recipe->form == RWB_FORM_ESM;
    rwg__buf_printf(out, browser ? "__rwg_c%u" : "__rwg_i[%u].default", *place);
}

/* The value whose mark the text begins with, and where the mark ends; NULL for any other text. */
static const taken_value *read_mark(const sheet *s, rwg_str text, uint32_t *out_end) {
    uint32_t index = 0;
    uint32_t i = 1;
    for (; i < text.len && text.ptr[i] >= '0' && text.ptr[i] <= '9' && i < 10; i++) {
        index = index * 10 + (uint32_t)(text.ptr[i] - '0');
    }
    *out_end = i + 1;
    bool known = i > 1 && i < text.len && text.ptr[i] == MARK && index < s->taken.len;
    return known ? &s->taken.ptr[index] : NULL;
}

/* A text as an expression: `"color: " + __rwg_take(__rwg_c0, "main") + ";"` */
static void add_text(const sheet *s, rwg_str text, rwg__buf *out) {
    uint32_t from = 0;
    for (uint32_t i = 0; i < text.len; i++) {
        uint32_t end = 0;
        const taken_value *taken =
            text.ptr[i] == MARK ? read_mark(s, rwg__str_from(text, i), &end) : NULL;
        if (taken) {
            add_json_string(out, rwg__str_sub(text, from, i));
            rwg__buf_add(out, RWG_STR(" + __rwg_take("));
            add_other(s, taken->import, out);
            rwg__buf_add(out, RWG_STR(", "));
            add_json_string(out, taken->name);
            rwg__buf_add(out, RWG_STR(") + "));
            from = i + end;
            i = from - 1;
        }
    }
    add_json_string(out, rwg__str_from(text, from));
}

static void add_take(const sheet *s, rwg__buf *out) {
    if (s->taken.len == 0) {
        return;
    }
    rwg__buf_add(
        out,
        RWG_STR("const __rwg_take = (names, name) => {\n"
                "    if (!Object.hasOwn(names, name)) throw new Error(")
    );
    rwg__buf message;
    rwg__buf_init(&message, out->mem);
    rwg__buf_add(&message, s->recipe->id);
    rwg__buf_add(&message, RWG_STR(": the file that it names has no @value "));
    add_json_string(out, rwg__buf_str(&message));
    rwg__buf_add(out, RWG_STR(" + name);\n    return names[name];\n};\n"));
    rwg__buf_deinit(&message);
}

/* `["a_1", "b_2", other["c"]].join(" ")` */
static void add_value(const sheet *s, const rwb__style_name *name, rwg__buf *out) {
    rwg__buf_add(out, RWG_STR("["));
    for (uint32_t i = name->first; i; i = s->style.parts.ptr[i - 1].next) {
        const rwb__style_part *part = &s->style.parts.ptr[i - 1];
        rwg__buf_add(out, i == name->first ? RWG_STR("") : RWG_STR(", "));
        if (part->from.len == 0) {
            add_text(s, part->text, out);
            continue;
        }
        add_other(s, find_link(&s->imports, part->from), out);
        rwg__buf_char(out, '[');
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
    add_take(s, out);
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

/* Each line of what is written is the line of the source. */
static void add_map(const sheet *s, rwg_str text, rwg__buf *out) {
    rwg__buf json;
    rwg__buf_init(&json, out->mem);
    rwg__buf_add(&json, RWG_STR("{\"version\":3,\"sources\":["));
    add_json_string(&json, s->recipe->id);
    rwg__buf_add(&json, RWG_STR("],\"sourcesContent\":["));
    add_json_string(&json, text);
    rwg__buf_add(&json, RWG_STR("],\"names\":[],\"mappings\":\"AAAA"));
    for (uint32_t i = 0; i < s->style.css.bytes.len; i++) {
        rwg__buf_add(&json, s->style.css.bytes.ptr[i] == '\n' ? RWG_STR(";AACA") : RWG_STR(""));
    }
    rwg__buf_add(&json, RWG_STR("\"}"));
    rwg__buf_add(
        out, RWG_STR(" + \"\\n/*# sourceMappingURL=data:application/json;charset=utf-8;base64,")
    );
    rwb__base64(rwg__buf_str(&json), out);
    rwg__buf_add(out, RWG_STR(" */\""));
    rwg__buf_deinit(&json);
}

static void compile_browser(const sheet *s, bool is_module, rwg_str text, rwg__buf *out) {
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
    rwg__buf_add(out, RWG_STR(";\n"));
    add_take(s, out);
    rwg__buf_add(out, RWG_STR("const __rwg_css = "));
    add_text(s, rwg__buf_str(&s->style.css), out);
    rwg__buf_add(out, RWG_STR(";\nconst __rwg_shown = __rwg_css"));
    add_map(s, text, out);
    rwg__buf_add(
        out,
        RWG_STR(";\nconst __rwg_hot = import.meta.hot = createHotContext(__rwg_id);\n"
                "updateStyle(__rwg_id, __rwg_shown);\n"
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
    rwb__style_hooks hooks = {
        .payload = &s, .url = rewrite_url, .import = rewrite_import, .value = take_value};
    rwg__arena_init(&s.arena, recipe->mem);
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
        compile_browser(&s, scope.len > 0 || s.style.names.len > 0, text, code);
    } else {
        compile_factory(&s, code);
        for (uint32_t i = 0; i < s.named.len; i++) {
            *rwg__vec_push(imports, recipe->mem) = s.named.ptr[i];
        }
    }
    rwg__arena_deinit(&s.arena);
    rwg__vec_free(&s.taken, recipe->mem);
    rwg__vec_free(&s.shown, recipe->mem);
    rwg__vec_free(&s.named, recipe->mem);
    rwg__strmap_deinit(&s.urls);
    rwg__strmap_deinit(&s.imports);
    rwg__idmap_deinit(&s.places);
    rwb__style_deinit(&s.style);
}
