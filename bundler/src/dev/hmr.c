/* Upward from each change, breadth first, over an explicit queue. */
#include "dev/hmr.h"

#include "base/str.h"

void rwb__hot_plan_init(rwb__hot_plan *plan, rwg__mem *mem) {
    *plan = (rwb__hot_plan){.mem = mem};
}

void rwb__hot_plan_deinit(rwb__hot_plan *plan) {
    rwg__vec_free(&plan->updates, plan->mem);
    rwg__vec_free(&plan->replaced, plan->mem);
}

static void add_update(rwb__hot_plan *plan, rwg_node boundary, rwg_node accepted, rwg_node cause) {
    for (uint32_t i = 0; i < plan->updates.len; i++) {
        const rwb__hot_update *u = &plan->updates.ptr[i];
        if (u->boundary.v == boundary.v && u->accepted.v == accepted.v) {
            return;
        }
    }
    *rwg__vec_push(&plan->updates, plan->mem) = (rwb__hot_update){boundary, accepted, cause};
}

/* Does `importer` name this import of its in import.meta.hot.accept("…")? */
static bool accepts(const rwg_graph *g, rwg_node importer, rwg_node target) {
    const rwg_module *module = rwg_node_module(g, importer);
    if (!module) {
        return false;
    }
    uint32_t hot_count = 0;
    uint32_t import_count = 0;
    uint32_t edge_count = 0;
    const rwg_hot *hots = rwg_module_hots(module, &hot_count);
    const rwg_import *imports = rwg_module_imports(module, &import_count);
    const rwg_edge *edges = rwg_graph_edges(g, importer, &edge_count);
    for (uint32_t i = 0; i < edge_count; i++) {
        if (edges[i].target.v != target.v || edges[i].import >= import_count) {
            continue;
        }
        rwg_str specifier = rwg_module_str(module, imports[edges[i].import].specifier);
        for (uint32_t k = 0; k < hot_count; k++) {
            if (hots[k].kind == RWG_HOT_ACCEPT_DEP &&
                rwg__str_eq(rwg_module_str(module, hots[k].value), specifier)) {
                return true;
            }
        }
    }
    return false;
}

/* How an importer has what changed. */
typedef enum use {
    USE_NONE,   /* not at run time */
    USE_MODULE, /* as a module, which may take its own updates */
    USE_ASPECT, /* as a value: its text, its address */
    USE_WORKER, /* it runs elsewhere, out of reach: only a new page has a new one */
} use;

/* The farthest-reaching one of all its imports of the target. */
static use use_of(const rwb__view *view, rwg_node importer, rwg_node target) {
    uint32_t count = 0;
    use found = USE_NONE;
    const rwg_edge *edges = rwg_graph_edges(rwb__view_graph(view), importer, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (edges[i].target.v != target.v || edges[i].kind != RWG_EDGE_IMPORT ||
            edges[i].flags & RWG_EDGE_TYPE_ONLY) {
            continue;
        }
        rwb__link_target link = rwb__link_target_of_edge(view, importer, &edges[i]);
        use here = link.kind != RWB__LINK_TARGET_ASPECT ? USE_MODULE
                   : rwb__aspect_is_worker(link.aspect) ? USE_WORKER
                                                        : USE_ASPECT;
        found = here > found ? here : found;
    }
    return found;
}

/* No page ever runs what only types are imported from. */
static bool only_types_are_imported(const rwg_graph *g, rwg_node node) {
    uint32_t importer_count = 0;
    const rwg_node *importers = rwg_graph_importers(g, node, &importer_count);
    if (importer_count == 0 || rwg_node_flags(g, node) & RWG_NODE_ENTRY) {
        return false;
    }
    for (uint32_t i = 0; i < importer_count; i++) {
        uint32_t count = 0;
        const rwg_edge *edges = rwg_graph_edges(g, importers[i], &count);
        for (uint32_t k = 0; k < count; k++) {
            if (edges[k].target.v == node.v && !(edges[k].flags & RWG_EDGE_TYPE_ONLY)) {
                return false;
            }
        }
    }
    return true;
}

typedef struct climb {
    rwb__hot_plan *plan;
    const rwb__browser *b;
    const rwb__view *view;
    const rwg_graph *g;
    rwg_node cause;
    rwg__idmap seen;
    RWG_VEC(rwg_node) queue;
} climb;

/* Returns whether the node has an importer that runs. What takes its own updates is climbed from
 * only to those that have it `from` an aspect on. */
static bool climb_importers(climb *c, rwg_node node, use from) {
    uint32_t count = 0;
    bool any = false;
    const rwg_node *importers = rwg_graph_importers(c->g, node, &count);
    for (uint32_t i = 0; i < count; i++) {
        rwg_node importer = importers[i];
        use how = rwg_node_env(c->g, importer).v == rwg_node_env(c->g, node).v
                      ? use_of(c->view, importer, node)
                      : USE_NONE;
        if (how < from) {
            continue;
        }
        any = true;
        if (how == USE_WORKER) {
            c->plan->dead_end = node;
            c->plan->dead_end_cause = c->cause;
            continue;
        }
        if (accepts(c->g, importer, node)) {
            add_update(c->plan, importer, node, c->cause);
            continue;
        }
        bool added = false;
        rwg__idmap_put(&c->seen, importer.v, &added);
        if (added) {
            *rwg__vec_push(&c->queue, c->plan->mem) = importer;
        }
    }
    return any;
}

static void climb_from(
    rwb__hot_plan *plan,
    const rwb__browser *b,
    const rwb__view *view,
    rwg_node changed,
    bool may_accept_itself
) {
    climb c = {.plan = plan, .b = b, .view = view, .g = rwb__view_graph(view), .cause = changed};
    rwg__idmap_init(&c.seen, plan->mem);
    *rwg__vec_push(&c.queue, plan->mem) = changed;
    rwg__idmap_put(&c.seen, changed.v, NULL);
    for (uint32_t i = 0; i < c.queue.len; i++) {
        rwg_node node = c.queue.ptr[i];
        *rwg__vec_push(&plan->replaced, plan->mem) = node;
        bool asked = i > 0 || may_accept_itself;
        if (asked && rwb__browser_accepts_itself(b, view, node)) {
            add_update(plan, node, node, changed);
            (void)climb_importers(&c, node, USE_ASPECT);
            continue;
        }
        bool reached = (rwg_node_flags(c.g, node) & RWG_NODE_REACHED) != 0;
        if (!climb_importers(&c, node, USE_MODULE) && reached &&
            !only_types_are_imported(c.g, node)) {
            plan->dead_end = node;
            plan->dead_end_cause = changed;
        }
    }
    rwg__vec_free(&c.queue, plan->mem);
    rwg__idmap_deinit(&c.seen);
}

void rwb__hot_plan_change(
    rwb__hot_plan *plan, const rwb__browser *b, const rwb__view *view, rwg_node changed
) {
    climb_from(plan, b, view, changed, true);
}

void rwb__hot_plan_invalidate(
    rwb__hot_plan *plan, const rwb__browser *b, const rwb__view *view, rwg_node node
) {
    climb_from(plan, b, view, node, false);
}
