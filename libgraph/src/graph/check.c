/* The invariants of graph.h, each checked by number, each by other means than those that made it
 * true. */
#include "base/hash.h"
#include "base/str.h"
#include "graph/walk.h"

static bool broken(rwg_error *err, const rwg_graph *g, uint32_t node, const char *what) {
    bool live = rwg__node_live(g, node) && g->nodes[node].file.v < g->file_count;
    rwg_str path = live ? rwg__node_path(g, node) : (rwg_str){NULL, 0};
    (void)rwg__error(err, RWG_INTERNAL, path, "node %u: %s", (unsigned)node, what);
    return false;
}

static bool check_nodes(const rwg_graph *g, rwg_error *err) {
    for (uint32_t i = 1; i < g->node_count; i++) {
        const rwg__node_data *node = &g->nodes[i];
        if (node->file.v == 0) {
            continue;
        }
        if (node->file.v >= g->file_count || !g->files[node->file.v].path.ptr) {
            return broken(err, g, i, "its file is not there");
        }
        if (node->env.v == 0 || node->env.v > g->env_count) {
            return broken(err, g, i, "its environment is not there");
        }
        rwg_node found = rwg_graph_find(g, rwg__node_path(g, i), node->env);
        if (found.v != i) {
            return broken(err, g, i, "its path and environment name another node");
        }
    }
    return true;
}

static const char *edge_problem(const rwg_graph *g, uint32_t from, const rwg_edge *edge) {
    bool live = rwg__node_live(g, edge->target.v);
    bool needs = edge->outcome == RWG_OUTCOME_FILE;
    bool may = needs || edge->outcome == RWG_OUTCOME_PINNED;
    if (edge->target.v != 0 ? !live || !may : needs) {
        return "an edge's target does not agree with its outcome";
    }
    if (edge->kind != RWG_EDGE_IMPORT) {
        return edge->import == RWG_NO_IMPORT ? NULL : "an edge that is no import has an index";
    }
    const rwg_module *module = g->files[g->nodes[from].file.v].module;
    uint32_t count = 0;
    if (module) {
        (void)rwg_module_imports(module, &count);
    }
    return edge->import < count ? NULL : "an edge's import index is out of range";
}

static bool check_edges(const rwg_graph *g, rwg_error *err) {
    for (uint32_t i = 1; i < g->node_count; i++) {
        uint32_t count;
        const rwg_edge *edges = rwg__edges(g, i, &count);
        if (count > 0 && g->nodes[i].file.v == 0) {
            return broken(err, g, i, "a dead node has edges");
        }
        for (uint32_t k = 0; k < count; k++) {
            const char *problem = edge_problem(g, i, &edges[k]);
            if (problem) {
                return broken(err, g, i, problem);
            }
        }
    }
    return true;
}

/* Every list is ascending, every member of a list has an edge, and there are as many members as
 * there are distinct pairs of nodes with an edge: so nothing is missing either. */
static bool check_importers(const rwg_graph *g, rwg_error *err) {
    uint32_t pairs = 0;
    uint32_t *last = rwg__mem_zalloc(g->mem, g->node_count * sizeof *last);
    const char *problem = NULL;
    uint32_t node = 0;
    for (uint32_t i = 1; i < g->node_count; i++) {
        uint32_t count;
        const rwg_edge *edges = rwg__edges(g, i, &count);
        for (uint32_t k = 0; k < count; k++) {
            uint32_t target = edges[k].target.v;
            if (target == 0 || last[target] == i) {
                continue;
            }
            last[target] = i;
            pairs++;
            const rwg__node_data *data = &g->nodes[target];
            uint32_t low = data[0].first_importer;
            uint32_t high = data[1].first_importer;
            while (low < high) {
                uint32_t middle = low + (high - low) / 2;
                if (g->importers[middle].v < i) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            if (low == data[1].first_importer || g->importers[low].v != i) {
                problem = "an importer is missing";
                node = target;
            }
        }
        for (uint32_t k = g->nodes[i].first_importer + 1; k < g->nodes[i + 1].first_importer; k++) {
            if (g->importers[k - 1].v >= g->importers[k].v) {
                problem = "importers are not ascending";
                node = i;
            }
        }
    }
    if (!problem && pairs != g->importer_count) {
        problem = "there are more importers than edges account for";
    }
    rwg__mem_free(g->mem, last, g->node_count * sizeof *last);
    return problem ? broken(err, g, node, problem) : true;
}

/* What the entries reach over edges without the flags of `skipped`. */
static void find_reached(const rwg_graph *g, uint8_t skipped, rwg__node_set *reached) {
    rwg__node_set_init(reached, g->mem, g->node_count);
    for (uint32_t i = 1; i < g->node_count; i++) {
        if (rwg__node_live(g, i) && (g->nodes[i].flags & RWG_NODE_ENTRY)) {
            rwg__node_set_add(reached, i);
        }
    }
    for (uint32_t i = 0; i < reached->count; i++) {
        uint32_t count;
        const rwg_edge *edges = rwg__edges(g, reached->items[i].v, &count);
        for (uint32_t k = 0; k < count; k++) {
            if (edges[k].target.v != 0 && !(edges[k].flags & skipped)) {
                rwg__node_set_add(reached, edges[k].target.v);
            }
        }
    }
}

static bool check_reached(const rwg_graph *g, rwg_error *err) {
    rwg__node_set reached;
    rwg__node_set modules;
    find_reached(g, 0, &reached);
    find_reached(g, RWG_EDGE_TEXT, &modules);
    bool ok = true;
    for (uint32_t i = 1; ok && i < g->node_count; i++) {
        bool has = rwg__node_set_has(&reached, i);
        bool leaf = has && !rwg__node_set_has(&modules, i);
        if (has != rwg__node_reached(g, i)) {
            ok = broken(err, g, i, "REACHED does not say what the edges say");
        } else if (leaf != rwg__node_is_leaf(g, i)) {
            ok = broken(err, g, i, "LEAF does not say what the edges say");
        } else if (leaf && g->nodes[i].first_edge != g->nodes[i + 1].first_edge) {
            ok = broken(err, g, i, "a leaf has edges");
        }
    }
    rwg__node_set_deinit(&reached);
    rwg__node_set_deinit(&modules);
    return ok;
}

static bool is_reexport(const rwg_graph *g, uint32_t node, const rwg_edge *edge) {
    const rwg_module *module = g->files[g->nodes[node].file.v].module;
    uint32_t count;
    const rwg_import *imports = rwg_module_imports(module, &count);
    uint8_t kind = imports[edge->import].kind;
    return kind == RWG_IMPORT_REEXPORT || kind == RWG_IMPORT_STAR;
}

static bool check_stubs(const rwg_graph *g, rwg_error *err) {
    for (uint32_t i = 1; i < g->node_count; i++) {
        uint32_t flags = g->nodes[i].flags;
        uint32_t count;
        const rwg_edge *edges = rwg__edges(g, i, &count);
        for (uint32_t k = 0; (flags & RWG__NODE_STUB) && k < count; k++) {
            bool import = edges[k].kind == RWG_EDGE_IMPORT;
            if (import && (!(flags & RWG_NODE_SERVER_REF) || !is_reexport(g, i, &edges[k]))) {
                return broken(err, g, i, "a stub imports something");
            }
        }
    }
    return true;
}

static bool is_zero(rwg_hash hash) {
    return rwg__hash_equal(hash, (rwg_hash){{0}});
}

static bool check_pinned(const rwg_graph *g, rwg_error *err) {
    for (uint32_t i = 1; i < g->node_count; i++) {
        bool pinned = (g->nodes[i].flags & RWG_NODE_PINNED) != 0;
        if (pinned && (!is_zero(g->version[i]) || !is_zero(g->surface[i]))) {
            return broken(err, g, i, "a pinned node has a version");
        }
    }
    for (uint32_t i = 0; i < g->dep_count; i++) {
        if (g->nodes[g->deps[i].node.v].flags & RWG_NODE_PINNED) {
            return broken(err, g, g->deps[i].node.v, "a pinned node is a dependency");
        }
    }
    return true;
}

static bool check_hashes(const rwg_graph *g, rwg_error *err) {
    for (uint32_t i = 1; i < g->node_count; i++) {
        uint32_t star = RWG__NODE_STAR_BRIDGE | RWG__NODE_STAR_CLIENT;
        if (g->nodes[i].file.v != 0 && (g->nodes[i].flags & star) != rwg__node_star_flags(g, i)) {
            return broken(err, g, i, "a stub's `export *` is not marked as it is");
        }
        uint32_t count;
        rwg__links links = 0;
        const rwg_edge *edges = rwg__edges(g, i, &count);
        for (uint32_t k = 0; k < count; k++) {
            if (((edges[k].flags & RWG_EDGE_EMBEDS) != 0) != rwg__edge_embeds(g, &edges[k])) {
                return broken(err, g, i, "an edge is not marked EMBEDS as it should be");
            }
            links |= rwg__edge_links(g, i, &edges[k]);
        }
        if (links != g->out_links[i]) {
            return broken(err, g, i, "its links are not those of its edges");
        }
    }
    rwg_graph fresh = {
        .mem = g->mem,
        .envs = g->envs,
        .env_count = g->env_count,
        .files = g->files,
        .file_count = g->file_count,
        .nodes = g->nodes,
        .node_count = g->node_count,
        .edges = g->edges,
        .edge_count = g->edge_count,
        .importers = g->importers,
        .links = g->links,
        .out_links = g->out_links,
        .importer_count = g->importer_count,
        .texts = g->texts,
        .text_count = g->text_count,
    }; /* without node_ids, so that no version is taken over from another environment */
    rwg__version_update(&fresh, NULL, NULL);
    bool ok = true;
    for (uint32_t i = 1; ok && i < g->node_count; i++) {
        if (!rwg__hash_equal(g->own[i], fresh.own[i])) {
            ok = broken(err, g, i, "its own hash is not that of a fresh build");
        } else if (!rwg__hash_equal(g->surface[i], fresh.surface[i])) {
            ok = broken(err, g, i, "its surface is not that of a fresh build");
        } else if (!rwg__hash_equal(g->version[i], fresh.version[i])) {
            ok = broken(err, g, i, "its version is not that of a fresh build");
        }
    }
    rwg__mem_free(g->mem, fresh.own, g->node_count * sizeof *fresh.own);
    rwg__mem_free(g->mem, fresh.surface, g->node_count * sizeof *fresh.surface);
    rwg__mem_free(g->mem, fresh.version, g->node_count * sizeof *fresh.version);
    return ok;
}

static bool check_environments(const rwg_graph *g, rwg_error *err) {
    for (uint32_t i = 1; i < g->node_count; i++) {
        uint32_t count;
        const rwg_edge *edges = rwg__edges(g, i, &count);
        for (uint32_t k = 0; k < count; k++) {
            uint32_t target = edges[k].target.v;
            if (target == 0) {
                continue;
            }
            bool crosses = g->nodes[target].env.v != g->nodes[i].env.v;
            bool over_bridge = rwg__node_role(g, i) == RWG_ROLE_SERVER &&
                               rwg__node_role(g, target) == RWG_ROLE_SSR;
            if (edges[k].kind == RWG_EDGE_IMPORT && crosses && !over_bridge) {
                return broken(err, g, i, "an import crosses environments, and not by the bridge");
            }
            if (edges[k].kind == RWG_EDGE_BRIDGE && !over_bridge) {
                return broken(err, g, i, "a bridge does not go from react-server to ssr");
            }
        }
    }
    return true;
}

typedef bool (*check)(const rwg_graph *g, rwg_error *err);

uint32_t rwg__graph_check(const rwg_graph *g, rwg_error *err) {
    static const check checks[] = {
        check_nodes,
        check_edges,
        check_importers,
        check_reached,
        check_stubs,
        check_pinned,
        check_hashes,
        check_environments,
    };
    for (uint32_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        if (!checks[i](g, err)) {
            return i + 1;
        }
    }
    return 0;
}

bool rwg_graph_check(const rwg_graph *g, rwg_error *err) {
    return rwg__graph_check(g, err) == 0;
}
