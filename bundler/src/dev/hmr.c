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
    uint32_t number;
    bool ends; /* somebody takes the change, or the page is loaded anew for it */
    RWG_VEC(rwg_node) queue;
} climb;

void rwb__hot_plan_init(rwb__hot_plan *plan, rwg__mem *mem, const rwg_graph *before) {
    *plan = (rwb__hot_plan){.mem = mem, .before = before};
    rwg__idmap_init(&plan->visited, mem);
    rwg__idmap_init(&plan->planned, mem);
}

void rwb__hot_plan_deinit(rwb__hot_plan *plan) {
    rwg__vec_free(&plan->updates, plan->mem);
    rwg__vec_free(&plan->replaced, plan->mem);
    rwg__idmap_deinit(&plan->visited);
    rwg__idmap_deinit(&plan->planned);
}

static void add_update(climb *c, rwb__hot_update update) {
    rwb__hot_plan *plan = c->plan;
    uint32_t who = update.script > 0 ? UINT32_MAX - update.script : update.boundary.v;
    bool added = false;
    rwg__idmap_put(&plan->planned, rwg__pair(who, update.accepted.v), &added);
    if (added) {
        update.cause = c->cause;
        *rwg__vec_push(&plan->updates, plan->mem) = update;
    }
    c->ends = true;
}

static void add_dead_end(climb *c, rwg_node node, uint32_t script) {
    c->plan->dead_end = node;
    c->plan->dead_end_cause = c->cause;
    c->plan->dead_end_script = script;
    c->ends = true;
}

/* Comes to a module: on from there, unless this climb or another one was there already. */
static void visit(climb *c, rwg_node node) {
    uint32_t *first = rwg__idmap_put(&c->plan->visited, node.v, NULL);
    if (*first == 0) {
        *first = c->number;
        *rwg__vec_push(&c->queue, c->plan->mem) = node;
    }
    c->ends |= *first != c->number;
}

/* What pages do with an update of the module. A version that could not be read says nothing. */
static rwb__self_acceptance acceptance_of(const climb *c, rwg_node node) {
    const rwg_graph *was = c->plan->before;
    rwb__self_acceptance now = rwb__accepts_itself(c->b, c->g, node);
    if (!was || node.v > rwg_graph_node_max(was) || !rwg_graph_is_live(was, node)) {
        return now;
    }
    const rwg_module *old = rwg_node_module(was, node);
    const rwg_module *new = rwg_node_module(c->g, node);
    if (!old || !new || rwg_module_flags(old) & RWG_MODULE_PARTIAL) {
        return now;
    }
    rwb__self_acceptance then = rwb__accepts_itself(c->b, was, node);
    bool unread = (rwg_module_flags(new) & RWG_MODULE_PARTIAL) != 0;
    return then == RWB__ACCEPTS_NOT || unread ? then : now;
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
            add_dead_end(c, node, 0);
        } else if (names(c, importer, node)) {
            add_update(c, (rwb__hot_update){.boundary = importer, .accepted = node});
        } else {
            visit(c, importer);
        }
    }
    return any;
}

static bool is_sheet(const climb *c, rwg_node node) {
    const rwg_module *module = rwg_node_module(c->g, node);
    return module && rwg_module_kind_of(module) == RWG_MODULE_CSS;
}

/* The text of a sheet has in it that of the sheets that it imports: who has the text of one has
 * another when any of those changes. */
static void climb_sheets(climb *c, rwg_node sheet, rwb__self_acceptance acceptance) {
    RWG_VEC(rwg_node) around = {0};
    rwg__idmap seen;
    rwg__idmap_init(&seen, c->plan->mem);
    *rwg__vec_push(&around, c->plan->mem) = sheet;
    for (uint32_t i = 0; i < around.len; i++) {
        uint32_t count = 0;
        const rwg_node *importers = rwg_graph_importers(c->g, around.ptr[i], &count);
        for (uint32_t k = 0; k < count; k++) {
            bool added = false;
            if (is_sheet(c, importers[k])) {
                rwg__idmap_put(&seen, importers[k].v, &added);
            }
            if (added && importers[k].v != sheet.v) {
                *rwg__vec_push(&around, c->plan->mem) = importers[k];
                (void)climb_importers(c, importers[k], USE_ASPECT, acceptance);
            }
        }
    }
    rwg__vec_free(&around, c->plan->mem);
    rwg__idmap_deinit(&seen);
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
            if (import->accepted || script->accepts_itself) {
                rwg_node accepted = import->accepted ? node : (rwg_node){0};
                add_update(c, (rwb__hot_update){.script = i + 1, .accepted = accepted});
            } else {
                add_dead_end(c, node, i + 1);
            }
        }
    }
    return any;
}

/* In a cycle everybody has an importer. Where nothing else takes the change, what pages begin with
 * has to. */
static void end_in_cycle(climb *c) {
    for (uint32_t i = 0; !c->ends && i < c->queue.len; i++) {
        rwg_node node = c->queue.ptr[i];
        uint32_t flags = rwg_node_flags(c->g, node);
        if (flags & RWG_NODE_ENTRY && flags & RWG_NODE_REACHED) {
            add_dead_end(c, node, 0);
        }
    }
}

static void climb_from(
    rwb__hot_plan *plan,
    const rwb__browser *b,
    const rwb__view *view,
    rwg_node changed,
    bool may_accept_itself
) {
    climb c = {
        .plan = plan,
        .b = b,
        .view = view,
        .g = rwb__view_graph(view),
        .cause = changed,
        .number = ++plan->climb_count,
    };
    visit(&c, changed);
    for (uint32_t i = 0; i < c.queue.len; i++) {
        rwg_node node = c.queue.ptr[i];
        *rwg__vec_push(&plan->replaced, plan->mem) = node;
        bool asked = i > 0 || may_accept_itself;
        rwb__self_acceptance own = asked ? acceptance_of(&c, node) : RWB__ACCEPTS_NOT;
        if (own != RWB__ACCEPTS_NOT) {
            add_update(&c, (rwb__hot_update){.boundary = node, .accepted = node});
            use from = own == RWB__ACCEPTS_EXPORTS ? USE_MODULE : USE_ASPECT;
            (void)climb_importers(&c, node, from, own);
            if (is_sheet(&c, node)) {
                climb_sheets(&c, node, own);
            }
            continue;
        }
        bool reached = (rwg_node_flags(c.g, node) & RWG_NODE_REACHED) != 0;
        bool in_scripts = climb_scripts(&c, node);
        if (!climb_importers(&c, node, USE_MODULE, own) && !in_scripts && reached &&
            !only_types_are_imported(c.g, node)) {
            add_dead_end(&c, node, 0);
        }
    }
    end_in_cycle(&c);
    rwg__vec_free(&c.queue, plan->mem);
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
