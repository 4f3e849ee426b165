/* What a graph collects for its readers: the dependencies of each environment, and all diagnostics.
 *
 * A dependency is what application code imports by a bare specifier and what lies in node_modules
 * and is code. When it is a stub there (a package whose module says "use client"), the modules that
 * the stub names are what has to be there, each in its own environment: so the browser's part is
 * known before the browser asks. Only code that runs counts: a module that is reached for its types
 * alone needs nothing. */
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"
#include "graph/walk.h"

#include <stdlib.h>

typedef struct group {
    rwg_str specifier;
    uint32_t node;
    uint32_t next; /* 1 + index of the next group of this node, 0 = none */
    RWG_VEC(rwg_node) importers;
} group;

typedef struct collector {
    const rwg_graph *g;
    rwg__idmap by_node; /* node -> 1 + index of its first group */
    RWG_VEC(group) groups;
} collector;

/* A specifier that names a package (or an entry of "imports", which may stand for one). */
static bool is_bare(rwg_str specifier) {
    return specifier.len > 0 && specifier.ptr[0] != '.' && specifier.ptr[0] != '/' &&
           rwg__str_index(specifier, '?') == specifier.len;
}

/* The sites whose module is evaluated with, or by, the importer. */
static bool is_loading(uint8_t import_kind) {
    switch ((rwg_import_kind)import_kind) {
    case RWG_IMPORT_STATIC:
    case RWG_IMPORT_REEXPORT:
    case RWG_IMPORT_STAR:
    case RWG_IMPORT_DYNAMIC:
    case RWG_IMPORT_REQUIRE:
    case RWG_IMPORT_IMPORT_EQUALS:
    case RWG_IMPORT_JSX: return true;
    case RWG_IMPORT_DYNAMIC_TEMPLATE:
    case RWG_IMPORT_REQUIRE_RESOLVE:
    case RWG_IMPORT_IMPORT_TYPE:
    case RWG_IMPORT_URL:
    case RWG_IMPORT_WORKER:
    case RWG_IMPORT_GLOB:
    case RWG_IMPORT_CSS_IMPORT:
    case RWG_IMPORT_CSS_URL:
    case RWG_IMPORT_KIND_COUNT: return false;
    }
    return false;
}

static bool is_code(const rwg_graph *g, uint32_t node) {
    const rwg_module *module = g->files[g->nodes[node].file.v].module;
    if (!module) {
        return false;
    }
    rwg_module_kind kind = rwg_module_kind_of(module);
    return kind != RWG_MODULE_CSS && kind != RWG_MODULE_ASSET;
}

static group *group_of(collector *c, uint32_t node, rwg_str specifier) {
    uint32_t *first = rwg__idmap_put(&c->by_node, node, NULL);
    for (uint32_t i = *first; i != 0; i = c->groups.ptr[i - 1].next) {
        if (rwg__str_eq(c->groups.ptr[i - 1].specifier, specifier)) {
            return &c->groups.ptr[i - 1];
        }
    }
    group *added = rwg__vec_push(&c->groups, c->g->mem);
    *added = (group){.specifier = specifier, .node = node, .next = *first};
    *first = c->groups.len;
    return added;
}

static void add_dependency(collector *c, uint32_t node, rwg_str specifier, uint32_t importer) {
    uint32_t flags = c->g->nodes[node].flags;
    if (!rwg__flags_embed(flags) || !is_code(c->g, node)) {
        return;
    }
    group *found = group_of(c, node, specifier);
    uint32_t last = found->importers.len;
    if (last == 0 || found->importers.ptr[last - 1].v != importer) {
        *rwg__vec_push(&found->importers, c->g->mem) = (rwg_node){importer};
    }
}

static void visit_import(collector *c, uint32_t importer, const rwg_edge *edge) {
    const rwg_graph *g = c->g;
    const rwg_module *module = g->files[g->nodes[importer].file.v].module;
    uint32_t count;
    const rwg_import *imports = rwg_module_imports(module, &count);
    if (edge->import >= count) {
        return;
    }
    rwg_str specifier = rwg_module_str(module, imports[edge->import].specifier);
    if (!is_loading(imports[edge->import].kind) || !is_bare(specifier)) {
        return;
    }
    if (!(g->nodes[edge->target.v].flags & RWG__NODE_STUB)) {
        add_dependency(c, edge->target.v, specifier, importer);
        return;
    }
    uint32_t edge_count;
    const rwg_edge *edges = rwg__edges(g, edge->target.v, &edge_count);
    for (uint32_t i = 0; i < edge_count; i++) {
        if (edges[i].kind != RWG_EDGE_IMPORT && edges[i].target.v != 0) {
            add_dependency(c, edges[i].target.v, specifier, importer);
        }
    }
}

static bool is_script(const rwg_module *module) {
    rwg_lang lang = module ? rwg_module_lang(module) : RWG_LANG_NONE;
    return lang == RWG_LANG_JS || lang == RWG_LANG_JSX || lang == RWG_LANG_TS ||
           lang == RWG_LANG_TSX;
}

static void visit_node(collector *c, uint32_t node) {
    const rwg_graph *g = c->g;
    uint32_t count;
    const rwg_edge *edges = rwg__edges(g, node, &count);
    for (uint32_t i = 0; i < count; i++) {
        const rwg_edge *edge = &edges[i];
        if (edge->kind == RWG_EDGE_IMPORT && edge->outcome == RWG_OUTCOME_FILE && edge->text == 0 &&
            !(edge->flags & RWG_EDGE_TYPE_ONLY) &&
            (g->nodes[edge->target.v].flags & RWG_NODE_DEPENDENCY) &&
            is_script(g->files[g->nodes[node].file.v].module)) {
            visit_import(c, node, edge);
        }
    }
}

/* A dependency with what it is sorted by beyond its own fields. */
typedef struct candidate {
    rwg_dependency dependency;
    rwg_str path; /* of the target: one specifier can have two, from two workspace packages */
} candidate;

static int compare_candidates(const void *left, const void *right) {
    const candidate *a = left;
    const candidate *b = right;
    if (a->dependency.env.v != b->dependency.env.v) {
        return a->dependency.env.v < b->dependency.env.v ? -1 : 1;
    }
    int order = rwg__str_compare(a->dependency.package, b->dependency.package);
    if (order == 0) {
        order = rwg__str_compare(a->dependency.specifier, b->dependency.specifier);
    }
    return order != 0 ? order : rwg__str_compare(a->path, b->path);
}

/* Committed specifiers to the environments (bit env - 1) that have them. */
static void map_committed(rwg__strmap *map, const rwg__committed *committed, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        uint32_t env = committed[i].env.v;
        if (env != 0 && env <= RWG_MAX_ENVS) {
            *rwg__strmap_put(map, committed[i].specifier, NULL) |= 1u << (env - 1);
        }
    }
}

static bool is_fresh(const rwg__strmap *committed, rwg_env env, rwg_str specifier) {
    const uint32_t *mask = rwg__strmap_find(committed, specifier);
    return !mask || !(*mask & 1u << (env.v - 1));
}

static candidate candidate_of(const collector *c, const group *from, const rwg__strmap *committed) {
    const rwg_graph *g = c->g;
    rwg_env env = g->nodes[from->node].env;
    return (candidate){
        .dependency =
            {
                .env = env,
                .specifier = from->specifier,
                .package = g->files[g->nodes[from->node].file.v].package,
                .node = {from->node},
                .fresh = is_fresh(committed, env, from->specifier),
                .importers = from->importers.ptr,
                .importer_count = from->importers.len,
            },
        .path = rwg__node_path(g, from->node),
    };
}

/* A dependency with its own copies of what it points to. The specifier is borrowed from the record
 * of some importer, which the next generation may not have. */
static rwg_dependency keep_dependency(rwg_graph *g, const rwg_dependency *from) {
    rwg_dependency kept = *from;
    size_t size = from->importer_count * sizeof(rwg_node);
    rwg_node *importers = rwg__arena_alloc(&g->arena, size);
    memcpy(importers, from->importers, size);
    kept.importers = importers;
    kept.specifier = rwg__arena_str(&g->arena, from->specifier);
    return kept;
}

/* Sorts the groups and moves them into the graph's arena. */
static void keep_groups(rwg_graph *g, collector *c, const rwg__strmap *committed) {
    uint32_t count = c->groups.len;
    size_t size = count * sizeof(candidate);
    candidate *candidates = rwg__mem_resize(g->mem, NULL, 0, size);
    for (uint32_t i = 0; i < count; i++) {
        candidates[i] = candidate_of(c, &c->groups.ptr[i], committed);
    }
    if (count > 1) {
        qsort(candidates, count, sizeof *candidates, compare_candidates);
    }
    rwg_dependency *deps = rwg__arena_alloc(&g->arena, count * sizeof *deps);
    for (uint32_t i = 0; i < count; i++) {
        deps[i] = keep_dependency(g, &candidates[i].dependency);
    }
    g->deps = deps;
    g->dep_count = count;
    rwg__mem_free(g->mem, candidates, size);
}

void rwg__deps_collect(rwg_graph *g, const rwg__committed *committed, uint32_t committed_count) {
    collector c = {.g = g};
    rwg__strmap committed_envs;
    rwg__idmap_init(&c.by_node, g->mem);
    rwg__strmap_init(&committed_envs, g->mem);
    map_committed(&committed_envs, committed, committed_count);
    for (uint32_t i = 1; i < g->node_count; i++) {
        uint32_t flags = g->nodes[i].flags;
        if ((flags & RWG__NODE_RUNTIME) && !(flags & RWG_NODE_DEPENDENCY)) {
            visit_node(&c, i);
        }
    }
    keep_groups(g, &c, &committed_envs);
    for (uint32_t i = 0; i < c.groups.len; i++) {
        rwg__vec_free(&c.groups.ptr[i].importers, g->mem);
    }
    rwg__vec_free(&c.groups, g->mem);
    rwg__idmap_deinit(&c.by_node);
    rwg__strmap_deinit(&committed_envs);
}

void rwg__deps_copy(
    rwg_graph *g, const rwg_graph *prev, const rwg__committed *committed, uint32_t committed_count
) {
    rwg__strmap committed_envs;
    rwg__strmap_init(&committed_envs, g->mem);
    map_committed(&committed_envs, committed, committed_count);
    rwg_dependency *deps = rwg__arena_alloc(&g->arena, prev->dep_count * sizeof *deps);
    for (uint32_t i = 0; i < prev->dep_count; i++) {
        deps[i] = keep_dependency(g, &prev->deps[i]);
        deps[i].fresh = is_fresh(&committed_envs, deps[i].env, deps[i].specifier);
    }
    g->deps = deps;
    g->dep_count = prev->dep_count;
    rwg__strmap_deinit(&committed_envs);
}

const rwg_dependency *rwg_graph_deps(const rwg_graph *g, rwg_env env, uint32_t *out_n) {
    uint32_t first = 0;
    uint32_t end = g->dep_count;
    while (env.v != 0 && first < end && g->deps[first].env.v != env.v) {
        first++;
    }
    while (env.v != 0 && end > first && g->deps[end - 1].env.v != env.v) {
        end--;
    }
    *out_n = end - first;
    return g->deps ? g->deps + first : NULL;
}

typedef RWG_VEC(rwg_diag) diag_list;

/* What is said of a file counts while the file takes part: in that environment, or in any. Files
 * that are no nodes at all (a package.json) always count. */
enum {
    FILE_IS_NODE = 1,
    FILE_IS_REACHED = 2,
    FILE_IS_MODULE = 4, /* reached, and not for its text alone: its code counts */
};

static uint8_t *file_states(const rwg_graph *g) {
    uint8_t *states = rwg__mem_zalloc(g->mem, g->file_count);
    for (uint32_t i = 1; i < g->node_count; i++) {
        uint32_t file = g->nodes[i].file.v;
        if (file != 0) {
            states[file] |= FILE_IS_NODE;
            states[file] |= rwg__node_reached(g, i) ? FILE_IS_REACHED : 0;
            states[file] |=
                rwg__node_reached(g, i) && !rwg__node_is_leaf(g, i) ? FILE_IS_MODULE : 0;
        }
    }
    return states;
}

static void add_module_diags(diag_list *list, const rwg_graph *g, uint32_t file) {
    const rwg_module *module = g->files[file].module;
    uint32_t count;
    const rwg_module_diag *diags = rwg_module_diags(module, &count);
    for (uint32_t i = 0; i < count; i++) {
        *rwg__vec_push(list, g->mem) = (rwg_diag){
            .code = (rwg_diag_code)diags[i].code,
            .severity = (rwg_severity)diags[i].severity,
            .path = g->files[file].path,
            .span = diags[i].span,
            .message = rwg_module_str(module, diags[i].message),
        };
    }
}

static void add_row(diag_list *list, const rwg_graph *g, const rwg__diag_row *row, rwg_str env) {
    *rwg__vec_push(list, g->mem) = (rwg_diag){
        .code = (rwg_diag_code)row->code,
        .severity = (rwg_severity)row->severity,
        .path = g->files[row->file.v].path,
        .env = env,
        .span = row->span,
        .line = row->line,
        .message = row->message,
        .fix = row->fix,
    };
}

/* One diagnostic per environment concerned, or one for all. */
static void add_row_diags(
    diag_list *list, const rwg_graph *g, const rwg__diag_row *row, const uint8_t *states
) {
    if (row->env_mask == 0) {
        bool of_code = row->code == RWG_DIAG_BOTH_DIRECTIVES;
        uint8_t wanted = of_code ? FILE_IS_MODULE : FILE_IS_REACHED;
        if (states[row->file.v] == 0 || (states[row->file.v] & wanted)) {
            add_row(list, g, row, (rwg_str){NULL, 0});
        }
        return;
    }
    for (uint32_t env = 1; env <= g->env_count; env++) {
        uint32_t node = rwg__node_id(g, row->file.v, env);
        if ((row->env_mask & 1u << (env - 1)) && rwg__node_reached(g, node) &&
            !rwg__node_is_leaf(g, node)) {
            add_row(list, g, row, g->envs[env - 1].name);
        }
    }
}

static int compare_u32(uint32_t a, uint32_t b) {
    return (a > b) - (a < b);
}

static int compare_diags(const void *left, const void *right) {
    const rwg_diag *a = left;
    const rwg_diag *b = right;
    const int orders[] = {
        rwg__str_compare(a->path, b->path),
        compare_u32(a->span.start, b->span.start),
        compare_u32(a->span.end, b->span.end),
        rwg__str_compare(a->env, b->env),
        compare_u32(a->code, b->code),
        rwg__str_compare(a->message, b->message),
        compare_u32(a->severity, b->severity),
        rwg__str_compare(a->fix, b->fix),
    };
    for (uint32_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        if (orders[i] != 0) {
            return orders[i];
        }
    }
    return 0;
}

void rwg__diags_collect(rwg_graph *g, const rwg__diag_row *rows, uint32_t row_count) {
    uint8_t *states = file_states(g);
    diag_list list = {0};
    for (uint32_t i = 1; i < g->file_count; i++) {
        if ((g->files[i].flags & RWG__FILE_HAS_DIAGS) && (states[i] & FILE_IS_MODULE)) {
            add_module_diags(&list, g, i);
        }
    }
    for (uint32_t i = 0; i < row_count; i++) {
        add_row_diags(&list, g, &rows[i], states);
    }
    if (list.len > 1) {
        qsort(list.ptr, list.len, sizeof *list.ptr, compare_diags);
    }
    rwg_diag *diags = rwg__arena_alloc(&g->arena, list.len * sizeof *diags);
    if (list.len > 0) {
        memcpy(diags, list.ptr, list.len * sizeof *diags);
    }
    g->diags = diags;
    g->diag_count = list.len;
    rwg__vec_free(&list, g->mem);
    rwg__mem_free(g->mem, states, g->file_count);
}
