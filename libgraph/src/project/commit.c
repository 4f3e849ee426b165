/* State -> graph: one generation, over all environments at once.
 *
 * Rows are views of the state; rwg__graph_build copies them. The new graph becomes current in one
 * pointer swap, so a reader has all of the old or all of the new. Nothing dirty and no problem
 * changed: no generation. */
#include <rwgraph/diag.h>

#include "project/state.h"

#include <stdlib.h>

static void fill_files(const rwg_project *p, rwg__file_row *rows) {
    for (uint32_t id = 1; id < p->files.len; id++) {
        const file_state *f = &p->files.ptr[id];
        rows[id] = (rwg__file_row){
            .path = f->rel,
            .package = f->package,
            .module = f->module,
            .content = f->content,
            .flags = f->flags & (RWG__FILE_DEPENDENCY | RWG__FILE_UNREADABLE),
        };
    }
}

static void fill_nodes(const rwg_project *p, rwg__node_row *rows) {
    for (uint32_t id = 1; id < p->nodes.len; id++) {
        const node_state *n = &p->nodes.ptr[id];
        if (n->live) {
            rows[id] = (rwg__node_row){
                .file = n->file,
                .env = n->env,
                .flags = n->flags,
                .edge_count = n->edge_count,
                .edges = n->edges,
            };
        }
    }
}

/* Everything about a problem but the environment it was met in. */
static int compare_diags(const void *a, const void *b) {
    const rwg__diag_row *x = &((const edge_diag *)a)->row;
    const rwg__diag_row *y = &((const edge_diag *)b)->row;
    if (x->file.v != y->file.v) {
        return x->file.v < y->file.v ? -1 : 1;
    }
    if (x->span.start != y->span.start) {
        return x->span.start < y->span.start ? -1 : 1;
    }
    if (x->code != y->code) {
        return x->code < y->code ? -1 : 1;
    }
    int order = rwg__str_compare(x->message, y->message);
    return order ? order : rwg__str_compare(x->fix, y->fix);
}

typedef RWG_VEC(rwg__diag_row) diag_rows;

/* Problems that an earlier expansion of a node found, or a node that is dead. */
static void drop_dead_diags(rwg_project *p) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < p->diags.len; i++) {
        const node_state *n = &p->nodes.ptr[p->diags.ptr[i].node];
        if (n->live && p->diags.ptr[i].expansion == n->expansions) {
            p->diags.ptr[kept++] = p->diags.ptr[i];
        }
    }
    p->diags.len = kept;
}

static void add_edge_diags(rwg_project *p, diag_rows *rows) {
    drop_dead_diags(p);
    if (p->diags.len) {
        qsort(p->diags.ptr, p->diags.len, sizeof *p->diags.ptr, compare_diags);
    }
    for (uint32_t i = 0; i < p->diags.len; i++) {
        bool again = i > 0 && compare_diags(&p->diags.ptr[i - 1], &p->diags.ptr[i]) == 0;
        if (again) {
            rows->ptr[rows->len - 1].env_mask |= p->diags.ptr[i].row.env_mask;
        } else {
            *rwg__vec_push(rows, p->mem) = p->diags.ptr[i].row;
        }
    }
}

static rwg_str problem_text(uint16_t code) {
    if (code == RWG_DIAG_IS_DIRECTORY) {
        return RWG_STR("this is a directory, not a file");
    }
    if (code == RWG_DIAG_SYMLINK_LOOP) {
        return RWG_STR("symbolic links form a loop here");
    }
    if (code == RWG_DIAG_TOO_LARGE) {
        return RWG_STR("the file is over the limit of 64 MB");
    }
    return RWG_STR("the file could not be read");
}

static void add_file_diags(rwg_project *p, diag_rows *rows) {
    for (uint32_t id = 1; id < p->files.len; id++) {
        const file_state *f = &p->files.ptr[id];
        rwg__diag_row row = {.file = {id}, .severity = RWG_SEVERITY_ERROR};
        if (f->problem && !(f->flags & FILE_GONE)) {
            row.code = f->problem;
            row.message = problem_text(f->problem);
            *rwg__vec_push(rows, p->mem) = row;
        }
        bool both = f->module && rwg_module_has_directive(f->module, RWG_STR("use client")) &&
                    rwg_module_has_directive(f->module, RWG_STR("use server"));
        if (both) {
            row.code = RWG_DIAG_BOTH_DIRECTIVES;
            row.severity = RWG_SEVERITY_WARNING;
            row.message =
                RWG_STR("the file says both \"use client\" and \"use server\"; client wins");
            row.fix = RWG_STR("Remove one of the directives.");
            *rwg__vec_push(rows, p->mem) = row;
        }
    }
}

static rwg_graph *build(rwg_project *p) {
    rwg__file_row *files = rwg__mem_zalloc(p->mem, p->files.len * sizeof *files);
    rwg__node_row *nodes = rwg__mem_zalloc(p->mem, p->nodes.len * sizeof *nodes);
    diag_rows diags = {0};
    fill_files(p, files);
    fill_nodes(p, nodes);
    add_edge_diags(p, &diags);
    add_file_diags(p, &diags);
    rwg_graph *next = rwg__graph_build(&(rwg__graph_input){
        .mem = p->mem,
        .names = p->names,
        .generation = p->generation,
        .envs = p->envs,
        .env_count = p->config.env_count,
        .files = files,
        .file_count = p->files.len,
        .nodes = nodes,
        .node_count = p->nodes.len,
        .diags = diags.ptr,
        .diag_count = diags.len,
        .committed = p->committed.ptr,
        .committed_count = p->committed.len,
        .prev = p->built ? p->current : NULL,
        .dirty = (const rwg_node *)p->dirty.ptr,
        .dirty_count = p->dirty.len,
    });
    rwg__vec_free(&diags, p->mem);
    rwg__mem_free(p->mem, nodes, p->nodes.len * sizeof *nodes);
    rwg__mem_free(p->mem, files, p->files.len * sizeof *files);
    return next;
}

static void swap_current(rwg_project *p, rwg_graph *next) {
    rwg__lock_take(&p->current_lock);
    rwg_graph *before = p->current;
    p->current = next;
    rwg__lock_give(&p->current_lock);
    rwg_graph_release(before);
}

/* Rows of the database have the edges of modules alone. */
static void mark_turned(rwg_project *p, const rwg_graph *next) {
    for (uint32_t id = 1; p->built && id < p->current->node_count; id++) {
        if ((p->current->nodes[id].flags ^ next->nodes[id].flags) & RWG_NODE_LEAF) {
            p->files.ptr[p->nodes.ptr[id].file.v].unsaved = true;
        }
    }
}

/* One generation: the next graph, and what the step to it did if somebody wants to know (the
 * caller, or the database's history). Adopting the stored state makes a graph, but no generation.
 */
static rwg_change *commit_graph(rwg_project *p, bool want_change) {
    uint64_t start = rwg__now_ns();
    bool is_step = p->dirty.len > 0;
    p->generation += is_step;
    rwg_graph *next = build(p);
    rwg_change *change = NULL;
    if (want_change || (p->store && p->built && is_step)) {
        change = rwg__change_new(p->current, next, (const rwg_node *)p->dirty.ptr, p->dirty.len);
    }
    if (p->store && is_step) {
        rwg__history_add(p, next, change);
        mark_turned(p, next);
    }
    swap_current(p, next);
    p->built = true;
    p->stats.commit_ns += rwg__now_ns() - start;
    if (p->trace) {
        rwg__trace_span(p->trace, 0, "commit", start, rwg__now_ns());
    }
    return change;
}

static void check_graph(const rwg_project *p) {
#ifdef RWG_CHECKS
    rwg_error err;
    if (!rwg_graph_check(p->current, &err)) {
        rwg__fatal(err.text, __FILE__, __LINE__);
    }
#else
    (void)p;
#endif
}

rwg_change *rwg__commit(rwg_project *p, bool want_change) {
    static_assert(sizeof(rwg_node) == sizeof(uint32_t), "dirty ids are handed over as nodes");
    rwg_change *change = NULL;
    if (p->dirty.len || !p->built) {
        change = commit_graph(p, want_change);
    } else if (want_change) {
        change = rwg__change_new(p->current, p->current, NULL, 0);
    }
    for (uint32_t i = 0; i < p->dirty.len; i++) {
        p->nodes.ptr[p->dirty.ptr[i]].dirty = false;
    }
    p->dirty.len = 0;
    check_graph(p);
    if (change && !want_change) {
        rwg_change_free(change);
        return NULL;
    }
    return change;
}
