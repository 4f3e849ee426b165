/* A breadth-first walk for each part, over what definitions link to; workers that are met on the
 * way are walked next. */
#include "build/plan.h"

#include "base/path.h"
#include "base/str.h"
#include "base/vec.h"

typedef struct walk {
    rwb__plan *plan;
    rwb__plan_module_fn module_of;
    void *payload;
    uint32_t part;
    RWG_VEC(rwg_node) queue;
    rwb__link_target_vec targets; /* of the node that is being visited */
} walk;

/* --- workers --- */

/* `new Worker(new URL(...))`, not an import with a query. */
static bool is_constructed(const rwb__plan *plan, const rwb__link_target *target) {
    uint32_t count = 0;
    const rwg_module *module =
        target->from.v ? rwg_node_module(rwb__view_graph(plan->view), target->from) : NULL;
    const rwg_import *imports = module ? rwg_module_imports(module, &count) : NULL;
    return target->import < count && imports[target->import].kind == RWG_IMPORT_WORKER;
}

/* The node whose code the worker runs. A server renders modules of browsers: what they start is
 * the browser's. Only a server's own code that starts a worker itself has one of the server. */
static rwg_node worker_root(const rwb__plan *plan, const rwb__link_target *target) {
    const rwg_graph *g = rwb__view_graph(plan->view);
    rwg_env env = rwg_node_env(g, target->node);
    rwg_env_role role = plan->definer->settings->config->envs[env.v - 1].role;
    bool is_own = role != RWG_ROLE_SSR && is_constructed(plan, target);
    if (env.v == plan->client_env.v || is_own || !plan->client_env.v) {
        bool runs = role == RWG_ROLE_CLIENT || is_own;
        return runs ? target->node : (rwg_node){0};
    }
    rwg_node node =
        rwg_graph_find(g, rwg_graph_file_path(g, rwg_node_file(g, target->node)), plan->client_env);
    bool is_module = node.v && rwg_node_flags(g, node) & RWG_NODE_REACHED &&
                     !(rwg_node_flags(g, node) & RWG_NODE_LEAF);
    return is_module ? node : (rwg_node){0};
}

uint32_t rwb__plan_worker(const rwb__plan *plan, const rwb__link_target *target) {
    const uint32_t *part = rwg__idmap_find(&plan->by_root, worker_root(plan, target).v);
    return part ? *part : 0;
}

static void add_part(rwb__plan *plan, rwg_node root) {
    bool added = true;
    uint32_t number = plan->parts.len;
    if (root.v) {
        *rwg__idmap_put(&plan->by_root, root.v, &added) = number;
    }
    if (added) {
        rwb__part *part = rwg__vec_push(&plan->parts, plan->mem);
        *part = (rwb__part){.root = root};
        rwg__idmap_init(&part->nodes, plan->mem);
    }
}

static void meet_worker(rwb__plan *plan, const rwb__link_target *target) {
    rwg_node root = worker_root(plan, target);
    if (root.v && !rwg__idmap_find(&plan->by_root, root.v)) {
        add_part(plan, root);
    }
}

/* --- the walk --- */

static void reach(walk *w, rwg_node node) {
    bool added = false;
    const rwg_module *module = NULL;
    if (node.v) {
        rwg__idmap_put(&w->plan->parts.ptr[w->part].nodes, node.v, &added);
        module = rwg_node_module(rwb__view_graph(w->plan->view), node);
    }
    if (added && !(module && rwg_module_flags(module) & RWG_MODULE_DECLARATION)) {
        *rwg__vec_push(&w->queue, w->plan->mem) = node;
    }
}

/* References lead to other environments, whose modules are found by id. */
static void reach_referred(walk *w, rwg_node node) {
    uint32_t count = 0;
    const rwg_edge *edges = rwg_graph_edges(rwb__view_graph(w->plan->view), node, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (edges[i].kind != RWG_EDGE_IMPORT) {
            reach(w, edges[i].target);
        }
    }
}

static void visit(walk *w, rwg_node node) {
    rwb__module module;
    if (!w->module_of(w->payload, node, &module)) {
        return;
    }
    w->targets.len = 0;
    if (module.compiled->problem.len == 0) {
        rwb__definition_targets(w->plan->definer, &module, &w->targets);
        rwb__definition_later(w->plan->definer, &module, &w->targets);
    }
    for (uint32_t i = 0; i < w->targets.len; i++) {
        const rwb__link_target *target = &w->targets.ptr[i];
        if (target->kind == RWB__LINK_TARGET_NODE) {
            reach(w, target->node);
        } else if (target->kind == RWB__LINK_TARGET_ASPECT && rwb__aspect_is_worker(target->aspect)) {
            meet_worker(w->plan, target);
        }
    }
    reach_referred(w, node);
}

/* "src/client" and "./src/client.tsx" both name src/client.tsx. */
static bool is_named(const rwg_str_list *entries, rwg_str path) {
    for (uint32_t i = 0; i < entries->count; i++) {
        rwg_str name = entries->items[i];
        name = rwg__str_starts(name, RWG_STR("./")) ? rwg__str_from(name, 2) : name;
        rwg_str rest = rwg__str_starts(path, name) ? rwg__str_from(path, name.len) : path;
        bool is_rest = rest.len < path.len && rwg__str_index(rest, '/') == rest.len;
        if (is_rest && (rest.len == 0 || rest.ptr[0] == '.')) {
            return true;
        }
    }
    return false;
}

static bool matches(const rwg_str_list *globs, rwg_str path) {
    for (uint32_t i = 0; i < globs->count; i++) {
        if (rwg__path_glob(globs->items[i], path)) {
            return true;
        }
    }
    return false;
}

/* Files with a directive are entries wherever they are real: dev has them at hand before anybody
 * imports them. What is shipped has to be wanted: by code, by name, or by force. An action that
 * nobody imports could be called all the same. */
static bool is_start(const walk *w, rwg_node node) {
    const rwg_graph *g = rwb__view_graph(w->plan->view);
    uint32_t flags = rwg_graph_is_live(g, node) ? rwg_node_flags(g, node) : 0;
    if (!(flags & RWG_NODE_ENTRY) || !(flags & (RWG_NODE_CLIENT | RWG_NODE_SERVER))) {
        return (flags & RWG_NODE_ENTRY) != 0;
    }
    const rwg_config *config = w->plan->definer->settings->config;
    const rwg_env_config *env = &config->envs[rwg_node_env(g, node).v - 1];
    rwg_str path = rwg_graph_file_path(g, rwg_node_file(g, node));
    bool is_open = env->entries.count == 0 && !env->only_entries; /* every file is an entry */
    return is_open || is_named(&env->entries, path) || matches(&config->forced_client, path) ||
           matches(&config->forced_server, path);
}

static void reach_entries(walk *w) {
    const rwg_graph *g = rwb__view_graph(w->plan->view);
    for (uint32_t n = 1; n <= rwg_graph_node_max(g); n++) {
        rwg_node node = {n};
        if (is_start(w, node) && !rwb__html_page_links(w->plan->page, w->plan->view, node)) {
            reach(w, node);
        }
    }
}

void rwb__plan_run(rwb__plan *plan, rwb__plan_module_fn module_of, void *payload) {
    walk w = {.plan = plan, .module_of = module_of, .payload = payload};
    add_part(plan, (rwg_node){0});
    for (; w.part < plan->parts.len; w.part++) {
        w.queue.len = 0;
        if (w.part == 0) {
            reach_entries(&w);
        } else {
            reach(&w, plan->parts.ptr[w.part].root);
        }
        for (uint32_t i = 0; i < w.queue.len; i++) {
            visit(&w, w.queue.ptr[i]);
        }
    }
    rwg__vec_free(&w.queue, plan->mem);
    rwg__vec_free(&w.targets, plan->mem);
}

/* --- life --- */

void rwb__plan_init(
    rwb__plan *plan,
    rwg__mem *mem,
    const rwb__definer *definer,
    const rwb__view *view,
    const rwb__html_page *page,
    rwg_env client_env
) {
    *plan = (rwb__plan
    ){.mem = mem, .definer = definer, .view = view, .page = page, .client_env = client_env};
    rwg__idmap_init(&plan->by_root, mem);
}

void rwb__plan_deinit(rwb__plan *plan) {
    for (uint32_t i = 0; i < plan->parts.len; i++) {
        rwg__idmap_deinit(&plan->parts.ptr[i].nodes);
    }
    rwg__vec_free(&plan->parts, plan->mem);
    rwg__idmap_deinit(&plan->by_root);
}

bool rwb__part_has(const rwb__part *part, rwg_node node) {
    return rwg__idmap_find(&part->nodes, node.v) != NULL;
}
