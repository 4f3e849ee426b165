/* A walk in post-order over what is evaluated, with a stack of its own.
 *
 * A stylesheet is written once, where it is first met. One that is imported under conditions is
 * written there between them, whatever it imports with it, and may be written again elsewhere. */
#include "link/sheets.h"

#include "base/fsutil.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/str.h"
#include "link/sheet_values.h"
#include "link/stylesheet.h"
#include "link/target.h"
#include "style/lexer.h"
#include "style/style.h"

/* Conditions can be nested so that they ask for more text than anybody has memory for. */
#define WRAPPED_MAX 10000u

typedef struct child {
    rwg_node node;
    rwg_str conditions; /* of an @import */
    uint32_t before;    /* so much of the importing text comes first: @layer statements */
} child;

typedef struct frame {
    rwg_node node;
    rwg_str css;
    uint32_t children; /* where its children begin in walk.children */
    uint32_t next;
    uint32_t written; /* of css */
    uint32_t closers; /* "}" to be written behind it */
    bool wrapped;     /* between somebody's conditions */
} frame;

typedef struct walk {
    const rwb__sheets_input *input;
    const rwb__view *view;
    const rwg_graph *g;
    rwg__mem *mem;
    rwg__arena arena;
    RWG_VEC(frame) frames;
    RWG_VEC(child) children;
    rwg__idmap seen;
    rwg__idmap seen_styles; /* files */
    rwg__idmap open;        /* node -> how many frames it has */
    uint32_t wrapped;
    rwg__buf heads; /* @import of other hosts: they stand first */
    rwg__buf *out;
    uint32_t line; /* of the next byte of `out`, without what goes before it */
    rwb__sheet_pieces *pieces;
    rwb__sheet_values values;
    rwg__buf *problems;
} walk;

static uint32_t count_lines(rwg_str text) {
    uint32_t lines = 0;
    for (uint32_t i = 0; i < text.len; i++) {
        lines += text.ptr[i] == '\n';
    }
    return lines;
}

static void write(walk *w, rwg_str text) {
    w->line += count_lines(text);
    rwg__buf_add(w->out, text);
}

/* --- one stylesheet --- */

typedef struct sheet {
    walk *w;
    rwg_node node;
    rwb__style style;
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
    const rwb__sheets_input *input = s->w->input;
    if (target && input->address) {
        *address = input->address(input->payload, input->view, (rwg_node){*target});
        return true;
    }
    bool known = target != NULL;
    rwg__buf text;
    rwg__buf_init(&text, s->w->mem);
    if (known) {
        rwb__view_address(input->view, (rwg_node){*target}, &text);
    } else {
        known = rwb__view_public(input->view, specifier, &text);
    }
    *address = known ? rwg__arena_str(&s->w->arena, rwg__buf_str(&text)) : *address;
    rwg__buf_deinit(&text);
    return known;
}

static bool rewrite_import(void *payload, rwg_str specifier, rwg_str conditions, rwg_str *address) {
    sheet *s = payload;
    const uint32_t *target = rwg__strmap_find(&s->imports, specifier);
    rwg_str layers = s->style.layers ? rwg__buf_str(&s->style.css) : (rwg_str){NULL, 0};
    (void)address;
    if (target) {
        *rwg__vec_push(&s->w->children, s->w->mem) = (child){
            .node = {*target},
            .conditions = rwg__arena_str(&s->w->arena, conditions),
            .before = layers.len,
        };
        return false;
    }
    rwg__buf *heads = &s->w->heads;
    rwg__buf_add(heads, layers); /* saying it again, where it stands itself, changes nothing */
    rwg__buf_add(heads, layers.len > 0 ? RWG_STR("\n@import ") : RWG_STR("@import "));
    rwb__style_quote(specifier, heads);
    rwg__buf_add(heads, conditions.len > 0 ? RWG_STR(" ") : RWG_STR(""));
    rwg__buf_add(heads, conditions);
    rwg__buf_add(heads, RWG_STR(";\n"));
    return false;
}

static bool take_value(void *payload, rwg_str specifier, rwg_str name, rwg_str *text) {
    sheet *s = payload;
    const uint32_t *target = rwg__strmap_find(&s->imports, specifier);
    if (target) {
        *text = rwb__sheet_values_mark(&s->w->values, (rwg_node){*target}, name);
    }
    return target != NULL;
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
    if (rwg__fs_read(w->input->fs, &w->arena, rwg__buf_str(&path), RWG_LIMIT_SOURCE_BYTES, &text) ==
        RWG_OK) {
        rwg__buf_clear(&path);
        rwb__view_id(w->view, node, &path);
        rwb__style_hooks hooks = {
            .payload = &s, .url = rewrite_url, .import = rewrite_import, .value = take_value};
        rwb__style *style = &s.style;
        rwb__style_init(style, w->mem, text, rwb__stylesheet_scope(rwg__buf_str(&path)), &hooks);
        css = rwg__arena_str(&w->arena, rwg__buf_str(&style->css));
        for (uint32_t i = 0; i < style->parts.len; i++) { /* what is composed comes first */
            const uint32_t *target = rwg__strmap_find(&s.imports, style->parts.ptr[i].from);
            if (target) {
                *rwg__vec_push(&w->children, w->mem) = (child){.node = {*target}};
            }
        }
        rwb__style_deinit(style);
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
    write(w, rwg__str_c(rule));
    write(w, condition);
    write(w, rwg__str_c(end));
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
        if (rwb__edge_is_static(&edges[i]) &&
            rwb__link_target_of_edge(w->view, node, &edges[i]).kind == RWB__LINK_TARGET_NODE) {
            *rwg__vec_push(&w->children, w->mem) = (child){.node = edges[i].target};
        }
    }
}

static bool is_style(const walk *w, rwg_node node) {
    const rwg_module *module = rwg_node_module(w->g, node);
    return module && rwg_module_kind_of(module) == RWG_MODULE_CSS;
}

/* Modules differ from one environment to the next, stylesheets do not. */
static bool is_new(walk *w, rwg_node node) {
    bool added = false;
    if (!is_style(w, node)) {
        rwg__idmap_put(&w->seen, node.v, &added);
        return added;
    }
    rwg_file file = rwg_node_file(w->g, node);
    rwg__idmap_put(&w->seen_styles, file.v, &added);
    return added;
}

static void enter(walk *w, child c, bool wrapped) {
    bool added = false;
    uint32_t *open = rwg__idmap_put(&w->open, c.node.v, NULL);
    wrapped = wrapped || c.conditions.len > 0;
    if (!wrapped) {
        added = is_new(w, c.node);
    } else if (*open == 0 && w->wrapped < WRAPPED_MAX) {
        w->wrapped++;
        added = true;
    }
    if (!added) {
        return;
    }
    ++*open;
    frame f = {.node = c.node, .children = w->children.len, .wrapped = wrapped};
    f.next = f.children;
    const rwb__sheets_input *in = w->input;
    if (is_style(w, c.node) && in->wants && !in->wants(in->wants_payload, c.node)) {
        f.closers = 0; /* nor what it imports */
    } else if (is_style(w, c.node)) {
        f.closers = open_wrappers(w, c.conditions);
        f.css = read_sheet(w, c.node, rwg_node_module(w->g, c.node));
    } else {
        add_edges(w, c.node);
    }
    *rwg__vec_push(&w->frames, w->mem) = f;
}

/* Writes the sheet's own text up to there. */
static void write_css(walk *w, frame *f, uint32_t end) {
    rwg_str text = rwg__str_sub(f->css, f->written, end);
    if (text.len == 0) {
        return;
    }
    uint32_t line = w->line;
    uint32_t first = count_lines(rwg__str_sub(f->css, 0, f->written));
    f->written = end;
    write(w, text);
    write(w, RWG_STR("\n"));
    if (w->pieces) {
        *rwg__vec_push(w->pieces, w->mem) = (rwb__sheet_piece
        ){.node = f->node, .line = line, .lines = w->line - line, .first = first};
    }
}

static void leave(walk *w) {
    frame f = w->frames.ptr[--w->frames.len];
    --*rwg__idmap_find(&w->open, f.node.v);
    w->children.len = f.children;
    write_css(w, &f, f.css.len);
    for (uint32_t i = 0; i < f.closers; i++) {
        write(w, RWG_STR("}\n"));
    }
}

static void walk_from(walk *w, rwg_node root) {
    enter(w, (child){.node = root}, false);
    while (w->frames.len > 0) {
        frame *f = &w->frames.ptr[w->frames.len - 1];
        if (f->next < w->children.len) {
            child c = w->children.ptr[f->next++];
            if (c.before > f->written) {
                write_css(w, f, c.before);
            }
            enter(w, c, f->wrapped);
        } else {
            leave(w);
        }
    }
}

/* What has to stand first is known last: the pieces move down by its lines. */
static void finish(walk *w, rwg__buf *out) {
    if (w->out->bytes.len + w->heads.bytes.len == 0) {
        return;
    }
    uint32_t lines = 1 + count_lines(rwg__buf_str(&w->heads));
    for (uint32_t i = 0; w->pieces && i < w->pieces->len; i++) {
        w->pieces->ptr[i].line += lines;
    }
    rwg__buf_add(out, RWG_STR("@charset \"UTF-8\";\n"));
    rwg__buf_add(out, rwg__buf_str(&w->heads));
    rwg__buf_add(out, rwg__buf_str(w->out));
}

void rwb__sheets_write(
    const rwb__sheets_input *input, rwg__buf *out, rwb__sheet_pieces *pieces, rwg__buf *problems
) {
    rwg__buf body;
    walk w = {
        .input = input,
        .view = input->view,
        .g = rwb__view_graph(input->view),
        .mem = input->mem,
        .out = &body,
        .pieces = pieces,
        .problems = problems,
    };
    rwg__buf_init(&body, w.mem);
    rwg__arena_init(&w.arena, w.mem);
    rwg__idmap_init(&w.seen, w.mem);
    rwg__idmap_init(&w.seen_styles, w.mem);
    rwg__idmap_init(&w.open, w.mem);
    rwg__buf_init(&w.heads, w.mem);
    rwb__sheet_values_init(&w.values, input, problems);
    for (uint32_t i = 0; i < input->root_count; i++) {
        walk_from(&w, input->roots[i]);
    }
    rwb__sheet_values_fill(&w.values, &body);
    finish(&w, out);
    rwb__sheet_values_deinit(&w.values);
    rwg__buf_deinit(&body);
    rwg__buf_deinit(&w.heads);
    rwg__idmap_deinit(&w.seen);
    rwg__idmap_deinit(&w.seen_styles);
    rwg__idmap_deinit(&w.open);
    rwg__vec_free(&w.frames, w.mem);
    rwg__vec_free(&w.children, w.mem);
    rwg__arena_deinit(&w.arena);
}
