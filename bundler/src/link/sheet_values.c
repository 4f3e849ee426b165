/* A value may be made of values of other files, so what takes a mark's place may have marks in it:
 * rounds, each of which goes one file further. As many as there are values are enough, unless they
 * are made of each other. */
#include "link/sheet_values.h"

#include "base/fsutil.h"
#include "base/limits.h"
#include "base/str.h"
#include "link/stylesheet.h"
#include "style/style.h"

#include <stdio.h>

/* MARK, the value's index, MARK. */
#define MARK '\x01'

/* Values made of values could ask for more text than anybody has memory for. */
#define TEXT_MAX (64u << 20)

void rwb__sheet_values_init(
    rwb__sheet_values *v, const rwb__sheets_input *input, rwg__buf *problems
) {
    *v = (rwb__sheet_values){.input = input, .problems = problems};
    rwg__arena_init(&v->arena, input->mem);
    rwg__strmap_init(&v->by_name, input->mem);
}

void rwb__sheet_values_deinit(rwb__sheet_values *v) {
    rwg__vec_free(&v->items, v->input->mem);
    rwg__strmap_deinit(&v->by_name);
    rwg__arena_deinit(&v->arena);
}

rwg_str rwb__sheet_values_mark(rwb__sheet_values *v, rwg_node node, rwg_str name) {
    rwg__buf key;
    rwg__buf_init(&key, v->input->mem);
    rwg__buf_printf(&key, "%u:%.*s", node.v, (int)name.len, name.ptr);
    uint32_t *at = rwg__strmap_find(&v->by_name, rwg__buf_str(&key));
    if (!at) {
        rwg_str kept = rwg__arena_str(&v->arena, rwg__buf_str(&key));
        at = rwg__strmap_put(&v->by_name, kept, NULL);
        *rwg__vec_push(&v->items, v->input->mem) =
            (rwb__sheet_value){.node = node, .name = rwg__arena_str(&v->arena, name)};
        *at = v->items.len;
    }
    uint32_t index = *at - 1;
    rwg__buf_clear(&key);
    rwg__buf_printf(&key, "%c%u%c", MARK, index, MARK);
    rwg_str mark = rwg__arena_str(&v->arena, rwg__buf_str(&key));
    rwg__buf_deinit(&key);
    return mark;
}

/* --- reading --- */

typedef struct reading {
    rwb__sheet_values *values;
    rwg_node node;
} reading;

static rwg_node find_target(const rwb__view *view, rwg_node node, rwg_str specifier) {
    const rwg_graph *g = rwb__view_graph(view);
    const rwg_module *module = rwg_node_module(g, node);
    uint32_t import_count = 0;
    uint32_t edge_count = 0;
    const rwg_import *imports = module ? rwg_module_imports(module, &import_count) : NULL;
    const rwg_edge *edges = rwg_graph_edges(g, node, &edge_count);
    for (uint32_t i = 0; i < edge_count; i++) {
        if (edges[i].import < import_count && edges[i].target.v &&
            imports[edges[i].import].kind == RWG_IMPORT_CSS_IMPORT &&
            rwg__str_eq(rwg_module_str(module, imports[edges[i].import].specifier), specifier)) {
            return edges[i].target;
        }
    }
    return (rwg_node){0};
}

static bool take_value(void *payload, rwg_str specifier, rwg_str name, rwg_str *text) {
    const reading *r = payload;
    rwg_node target = find_target(r->values->input->view, r->node, specifier);
    if (target.v) {
        *text = rwb__sheet_values_mark(r->values, target, name);
    }
    return target.v != 0;
}

/* The parts of a name: a value, or classes. */
static void add_parts(
    rwb__sheet_values *v, rwg_node node, const rwb__style *style, uint32_t first, rwg__buf *out
) {
    for (uint32_t i = first; i; i = style->parts.ptr[i - 1].next) {
        const rwb__style_part *part = &style->parts.ptr[i - 1];
        rwg__buf_add(out, i == first ? RWG_STR("") : RWG_STR(" "));
        rwg_node other =
            part->from.len > 0 ? find_target(v->input->view, node, part->from) : (rwg_node){0};
        rwg__buf_add(out, other.v ? rwb__sheet_values_mark(v, other, part->text) : part->text);
    }
}

static void read_value(rwb__sheet_values *v, uint32_t index) {
    const rwb__view *view = v->input->view;
    rwb__sheet_value item = v->items.ptr[index];
    rwg__arena arena;
    rwg__buf path;
    rwg__buf text;
    rwg_str source = {NULL, 0};
    rwg__arena_init(&arena, v->input->mem);
    rwg__buf_init(&path, v->input->mem);
    rwg__buf_init(&text, v->input->mem);
    rwb__view_path(view, item.node, &path);
    (void)rwg__fs_read(v->input->fs, &arena, rwg__buf_str(&path), RWG_LIMIT_SOURCE_BYTES, &source);
    rwg__buf_clear(&path);
    rwb__view_id(view, item.node, &path);
    reading r = {v, item.node};
    rwb__style_hooks hooks = {.payload = &r, .value = take_value};
    rwb__style style;
    rwb__style_init(
        &style, v->input->mem, source, rwb__stylesheet_scope(rwg__buf_str(&path)), &hooks
    );
    const uint32_t *at = rwg__strmap_find(&style.by_name, item.name);
    if (at) {
        add_parts(v, item.node, &style, style.names.ptr[*at - 1].first, &text);
    } else {
        rwg__buf_printf(v->problems, "%.*s", (int)path.bytes.len, path.bytes.ptr);
        rwg__buf_printf(
            v->problems, ": there is no @value %.*s\n", (int)item.name.len, item.name.ptr
        );
    }
    for (uint32_t i = 0; i < text.bytes.len; i++) { /* lines below stay where they are */
        text.bytes.ptr[i] = text.bytes.ptr[i] == '\n' ? ' ' : text.bytes.ptr[i];
    }
    v->items.ptr[index].text = rwg__arena_str(&v->arena, rwg__buf_str(&text));
    v->items.ptr[index].read = true;
    rwb__style_deinit(&style);
    rwg__buf_deinit(&text);
    rwg__buf_deinit(&path);
    rwg__arena_deinit(&arena);
}

/* --- filling in --- */

/* Where the mark ends that the text begins with, 0 when it is none; *out_index: of which value. */
static uint32_t read_mark(const rwb__sheet_values *v, rwg_str text, uint32_t *out_index) {
    uint32_t i = 1;
    *out_index = 0;
    for (; i < text.len && text.ptr[i] >= '0' && text.ptr[i] <= '9' && i < 10; i++) {
        *out_index = *out_index * 10 + (uint32_t)(text.ptr[i] - '0');
    }
    bool known = i > 1 && i < text.len && text.ptr[i] == MARK && *out_index < v->items.len;
    return known ? i + 1 : 0;
}

/* Returns whether there were marks. */
static bool fill_once(rwb__sheet_values *v, rwg__buf *text) {
    rwg__buf out;
    rwg__buf_init(&out, v->input->mem);
    rwg_str rest = rwg__buf_str(text);
    bool any = false;
    while (rest.len > 0) {
        uint32_t mark = rwg__str_index(rest, MARK);
        rwg__buf_add(&out, rwg__str_sub(rest, 0, mark));
        rest = rwg__str_from(rest, mark);
        uint32_t index = 0;
        uint32_t end = rest.len > 0 ? read_mark(v, rest, &index) : 0;
        if (end > 0) {
            if (!v->items.ptr[index].read) {
                read_value(v, index);
            }
            rwg__buf_add(&out, v->items.ptr[index].text);
            any = true;
        } else if (rest.len > 0) {
            rwg__buf_char(&out, MARK);
            end = 1;
        }
        rest = rwg__str_from(rest, end);
    }
    rwg__buf_clear(text);
    rwg__buf_add(text, rwg__buf_str(&out));
    rwg__buf_deinit(&out);
    return any;
}

void rwb__sheet_values_fill(rwb__sheet_values *v, rwg__buf *text) {
    if (v->items.len == 0) {
        return;
    }
    uint32_t rounds = 0;
    while (fill_once(v, text)) {
        if (++rounds > v->items.len || text->bytes.len > TEXT_MAX) {
            rwb__view_id(v->input->view, v->items.ptr[0].node, v->problems);
            rwg__buf_add(v->problems, RWG_STR(": values of stylesheets are made of each other\n"));
            break;
        }
    }
}
