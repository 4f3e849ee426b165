/* Upward from each change, breadth first, over an explicit queue. */
#include "dev/hmr.h"

#include "base/str.h"
#include "dev/accepts.h"

typedef struct climb {
    rwb__hot_plan *plan;
    const rwb__browser *b;
    const rwb__view *view;
    const rwg_graph *g;
    rwg_node cause;
    rwg__idmap seen;
    RWG_VEC(rwg_node) queue;
} climb;

void rwb__hot_plan_init(rwb__hot_plan *plan, rwg__mem *mem) {
    *plan = (rwb__hot_plan){.mem = mem};
}

void rwb__hot_plan_deinit(rwb__hot_plan *plan) {
    rwg__vec_free(&plan->updates, plan->mem);
    rwg__vec_free(&plan->replaced, plan->mem);
}

static void add_update(rwb__hot_plan *plan, rwb__hot_update update) {
    for (uint32_t i = 0; i < plan->updates.len; i++) {
        const rwb__hot_update *u = &plan->updates.ptr[i];
        if (u->boundary.v == update.boundary.v && u->script == update.script &&
            u->accepted.v == update.accepted.v) {
            return;
        }
    }
    *rwg__vec_push(&plan->updates, plan->mem) = update;
}

/* Does `importer` name the module in import.meta.hot.accept("…")? */
static bool names(const climb *c, rwg_node importer, rwg_node target) {
    const rwg_module *module = rwg_node_module(c->g, importer);
    rwg__buf path;
    rwg__buf_init(&path, c->plan->mem);
    rwb__view_path(c->view, importer, &path);
    bool found = rwb__accepts(c->b, c->view, module, rwg__buf_str(&path), target);
    rwg__buf_deinit(&path);
    return found;
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

/* Returns whether the node has an importer that runs. What takes its own updates is climbed from
 * only to those that have it `from` an aspect on, and, where it takes those of some exports, to
 * those that use others. */
static bool climb_importers(climb *c, rwg_node node, use from, rwb__self_acceptance acceptance) {
    uint32_t count = 0;
    bool any = false;
    const rwg_node *importers = rwg_graph_importers(c->g, node, &count);
    for (uint32_t i = 0; i < count; i++) {
        rwg_node importer = importers[i];
        use how = rwg_node_env(c->g, importer).v == rwg_node_env(c->g, node).v
                      ? use_of(c->view, importer, node)
                      : USE_NONE;
        bool served = acceptance == RWB__ACCEPTS_EXPORTS && how == USE_MODULE &&
                      rwb__accepts_what_is_used(c->view, importer, node);
        if (how < from || served) {
            continue;
        }
        any = true;
        if (how == USE_WORKER) {
            c->plan->dead_end = node;
            c->plan->dead_end_cause = c->cause;
            continue;
        }
        if (names(c, importer, node)) {
            add_update(
                c->plan,
                (rwb__hot_update){.boundary = importer, .accepted = node, .cause = c->cause}
            );
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

/* The same for inline scripts of pages. Above them there is nobody. */
static bool climb_scripts(climb *c, rwg_node node) {
    bool any = false;
    for (uint32_t i = 0; i < c->b->pages.scripts.len; i++) {
        const rwb__page_script *script = &c->b->pages.scripts.ptr[i];
        for (uint32_t k = 0; k < script->imports.len; k++) {
            const rwb__page_import *import = &script->imports.ptr[k];
            if (import->node.v != node.v) {
                continue;
            }
            any = true;
            rwb__hot_update update = {.script = i + 1, .cause = c->cause};
            if (import->accepted || script->accepts_itself) {
                update.accepted = import->accepted ? node : (rwg_node){0};
                add_update(c->plan, update);
            } else {
                c->plan->dead_end = node;
                c->plan->dead_end_cause = c->cause;
                c->plan->dead_end_script = i + 1;
            }
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
        rwb__self_acceptance own = asked ? rwb__accepts_itself(b, view, node) : RWB__ACCEPTS_NOT;
        if (own != RWB__ACCEPTS_NOT) {
            add_update(
                plan, (rwb__hot_update){.boundary = node, .accepted = node, .cause = changed}
            );
            use from = own == RWB__ACCEPTS_EXPORTS ? USE_MODULE : USE_ASPECT;
            (void)climb_importers(&c, node, from, own);
            continue;
        }
        bool reached = (rwg_node_flags(c.g, node) & RWG_NODE_REACHED) != 0;
        bool in_scripts = climb_scripts(&c, node);
        if (!climb_importers(&c, node, USE_MODULE, own) && !in_scripts && reached &&
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
