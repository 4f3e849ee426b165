/* A walk in post-order over what is evaluated, with a stack of its own.
 *
 * A stylesheet is written once, where it is first met. One that is imported under conditions is
 * written there between them, whatever it imports with it, and may be written again elsewhere. */
#include "build/sheets.h"

#include "base/fsutil.h"
#include "base/limits.h"
#include "base/str.h"
#include "link/stylesheet.h"
#include "style/style.h"

/* Conditions can be nested so that they ask for more text than anybody has memory for. */
#define WRAPPED_MAX 10000u

typedef struct child {
    rwg_node node;
    rwg_str conditions; /* of an @import */
} child;

typedef struct frame {
    rwg_node node;
    rwg_str css;
    uint32_t children; /* where its children begin in walk.children */
    uint32_t next;
    uint32_t closers; /* "}" to be written behind it */
    bool wrapped;     /* between somebody's conditions */
} frame;

typedef struct walk {
    rwb__assets *assets;
    const rwb__view *view;
    const rwg_graph *g;
    rwg__mem *mem;
    rwg__arena arena;
    RWG_VEC(frame) frames;
    RWG_VEC(child) children;
    rwg__idmap seen;
    rwg__idmap open; /* node -> how many frames it has */
    uint32_t wrapped;
    rwg__buf heads; /* @import of other hosts: they stand first */
    rwg__buf *out;
    rwg__buf *problems;
} walk;

/* --- one stylesheet --- */

typedef struct sheet {
    walk *w;
    rwg_node node;
    rwg__strmap urls; /* specifier -> node */
    rwg__strmap imports;
} sheet;

static void index_edges(sheet *s, const rwg_module *module) {
    uint32_t import_count = 0;
    uint32_t edge_count = 0;
    const rwg_import *imports = rwg_module_imports(module, &import_count);
    const rwg_edge *edges = rwg_graph_edges(s->w->g, s->node, &edge_count);
    for (uint32_t i = 0; i < edge_count; i++) {
        const rwg_edge *edge = &edges[i];
        if (edge->import < import_count && edge->outcome == RWG_OUTCOME_FILE && edge->target.v) {
            const rwg_import *import = &imports[edge->import];
            bool is_url = import->kind == RWG_IMPORT_CSS_URL;
            rwg_str specifier = rwg_module_str(module, import->specifier);
            *rwg__strmap_put(is_url ? &s->urls : &s->imports, specifier, NULL) = edge->target.v;
        }
    }
}

static bool rewrite_url(void *payload, rwg_str specifier, rwg_str *address) {
    sheet *s = payload;
    const uint32_t *target = rwg__strmap_find(&s->urls, specifier);
    if (!target) {
        return false;
    }
    rwg__buf path;
    rwg__buf_init(&path, s->w->mem);
    rwb__view_path(s->w->view, (rwg_node){*target}, &path);
    *address = rwb__assets_address(s->w->assets, rwg__buf_str(&path));
    rwg__buf_deinit(&path);
    return true;
}

static bool rewrite_import(void *payload, rwg_str specifier, rwg_str conditions, rwg_str *address) {
    sheet *s = payload;
    const uint32_t *target = rwg__strmap_find(&s->imports, specifier);
    (void)address;
    if (target) {
        *rwg__vec_push(&s->w->children, s->w->mem) = (child){
            .node = {*target},
            .conditions = rwg__arena_str(&s->w->arena, conditions),
        };
    } else {
        rwg__buf_printf(
            &s->w->heads,
            "@import \"%.*s\" %.*s;\n",
            (int)specifier.len,
            specifier.ptr,
            (int)conditions.len,
            conditions.ptr
        );
    }
    return false;
}

static rwg_str read_sheet(walk *w, rwg_node node, const rwg_module *module) {
    sheet s = {.w = w, .node = node};
    rwg__buf path;
    rwg_str text;
    rwg__buf_init(&path, w->mem);
    rwg__strmap_init(&s.urls, w->mem);
    rwg__strmap_init(&s.imports, w->mem);
    index_edges(&s, module);
    rwb__view_path(w->view, node, &path);
    rwg_str css = {NULL, 0};
    if (rwg__fs_read(
            w->assets->fs, &w->arena, rwg__buf_str(&path), RWG_LIMIT_SOURCE_BYTES, &text
        ) == RWG_OK) {
        rwg__buf_clear(&path);
        rwb__view_id(w->view, node, &path);
        rwb__style_hooks hooks = {.payload = &s, .url = rewrite_url, .import = rewrite_import};
        rwb__style style;
        rwb__style_init(&style, w->mem, text, rwb__stylesheet_scope(rwg__buf_str(&path)), &hooks);
        css = rwg__arena_str(&w->arena, rwg__buf_str(&style.css));
        for (uint32_t i = 0; i < style.parts.len; i++) { /* what is composed comes first */
            const uint32_t *target = rwg__strmap_find(&s.imports, style.parts.ptr[i].from);
            if (target) {
                *rwg__vec_push(&w->children, w->mem) = (child){.node = {*target}};
            }
        }
        rwb__style_deinit(&style);
    } else {
        rwg__buf_add(w->problems, rwg__buf_str(&path));
        rwg__buf_add(w->problems, RWG_STR(": the stylesheet cannot be read\n"));
    }
    rwg__strmap_deinit(&s.urls);
    rwg__strmap_deinit(&s.imports);
    rwg__buf_deinit(&path);
    return css;
}

/* --- conditions --- */

static bool take_word(rwg_str *rest, const char *word) {
    rwg_str wanted = rwg__str_c(word);
    if (!rwg__str_starts(*rest, wanted)) {
        return false;
    }
    *rest = rwg__str_from(*rest, wanted.len);
    return true;
}

/* Behind an opening bracket: up to the one that closes it. */
static rwg_str take_brackets(rwg_str *rest) {
    uint32_t depth = 1;
    uint32_t i = 0;
    for (; i < rest->len && depth > 0; i++) {
        depth += rest->ptr[i] == '(';
        depth -= rest->ptr[i] == ')';
    }
    rwg_str inside = rwg__str_sub(*rest, 0, depth == 0 ? i - 1 : i);
    *rest = rwg__str_from(*rest, i);
    return inside;
}

static void open_wrapper(walk *w, const char *rule, rwg_str condition, const char *end) {
    rwg__buf_add(w->out, rwg__str_c(rule));
    rwg__buf_add(w->out, condition);
    rwg__buf_add(w->out, rwg__str_c(end));
}

/* `layer(a) supports(b) c` -> the rules around it. */
static uint32_t open_wrappers(walk *w, rwg_str rest) {
    uint32_t count = 0;
    if (take_word(&rest, "layer(")) {
        open_wrapper(w, "@layer ", take_brackets(&rest), " {\n");
        count++;
    } else if (rwg__str_eq_c(rest, "layer") || rwg__str_starts(rest, RWG_STR("layer "))) {
        (void)take_word(&rest, "layer");
        open_wrapper(w, "@layer", (rwg_str){NULL, 0}, " {\n");
        count++;
    }
    while (take_word(&rest, " ")) {
    }
    if (take_word(&rest, "supports(")) {
        open_wrapper(w, "@supports (", take_brackets(&rest), ") {\n");
        count++;
    }
    while (take_word(&rest, " ")) {
    }
    if (rest.len > 0) {
        open_wrapper(w, "@media ", rest, " {\n");
        count++;
    }
    return count;
}

/* --- the walk --- */

static void add_edges(walk *w, rwg_node node) {
    uint32_t count = 0;
    const rwg_edge *edges = rwg_graph_edges(w->g, node, &count);
    for (uint32_t i = 0; i < count; i++) {
        rwg_str query = rwg_graph_text(w->g, edges[i].text);
        if (rwb__edge_is_static(&edges[i]) && query.len == 0) {
            *rwg__vec_push(&w->children, w->mem) = (child){.node = edges[i].target};
        }
    }
}

static void enter(walk *w, child c, bool wrapped) {
    bool added = false;
    uint32_t *open = rwg__idmap_put(&w->open, c.node.v, NULL);
    wrapped = wrapped || c.conditions.len > 0;
    if (!wrapped) {
        rwg__idmap_put(&w->seen, c.node.v, &added);
    } else if (*open == 0 && w->wrapped < WRAPPED_MAX) {
        w->wrapped++;
        added = true;
    }
    if (!added) {
        return;
    }
    ++*open;
    frame f = {.node = c.node, .children = w->children.len, .wrapped = wrapped};
    f.closers = open_wrappers(w, c.conditions);
    f.next = f.children;
    const rwg_module *module = rwg_node_module(w->g, c.node);
    if (module && rwg_module_kind_of(module) == RWG_MODULE_CSS) {
        f.css = read_sheet(w, c.node, module);
    } else {
        add_edges(w, c.node);
    }
    *rwg__vec_push(&w->frames, w->mem) = f;
}

static void leave(walk *w) {
    frame f = w->frames.ptr[--w->frames.len];
    --*rwg__idmap_find(&w->open, f.node.v);
    w->children.len = f.children;
    if (f.css.len > 0) {
        rwg__buf_add(w->out, f.css);
        rwg__buf_char(w->out, '\n');
    }
    for (uint32_t i = 0; i < f.closers; i++) {
        rwg__buf_add(w->out, RWG_STR("}\n"));
    }
}

static void walk_from(walk *w, rwg_node root) {
    enter(w, (child){.node = root}, false);
    while (w->frames.len > 0) {
        frame *f = &w->frames.ptr[w->frames.len - 1];
        if (f->next < w->children.len) {
            child c = w->children.ptr[f->next++];
            enter(w, c, f->wrapped);
        } else {
            leave(w);
        }
    }
}

void rwb__sheets_write(
    rwb__assets *assets,
    const rwb__view *view,
    const rwg_node *roots,
    uint32_t root_count,
    rwg__buf *out,
    rwg__buf *problems
) {
    rwg__buf body;
    walk w = {
        .assets = assets,
        .view = view,
        .g = rwb__view_graph(view),
        .mem = assets->mem,
        .out = &body,
        .problems = problems,
    };
    rwg__buf_init(&body, w.mem);
    rwg__arena_init(&w.arena, w.mem);
    rwg__idmap_init(&w.seen, w.mem);
    rwg__idmap_init(&w.open, w.mem);
    rwg__buf_init(&w.heads, w.mem);
    for (uint32_t i = 0; i < root_count; i++) {
        walk_from(&w, roots[i]);
    }
    if (body.bytes.len + w.heads.bytes.len > 0) {
        rwg__buf_add(out, RWG_STR("@charset \"UTF-8\";\n"));
        rwg__buf_add(out, rwg__buf_str(&w.heads));
        rwg__buf_add(out, rwg__buf_str(&body));
    }
    rwg__buf_deinit(&body);
    rwg__buf_deinit(&w.heads);
    rwg__idmap_deinit(&w.seen);
    rwg__idmap_deinit(&w.open);
    rwg__vec_free(&w.frames, w.mem);
    rwg__vec_free(&w.children, w.mem);
    rwg__arena_deinit(&w.arena);
}
