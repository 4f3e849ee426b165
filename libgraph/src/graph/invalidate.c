/* Two graphs -> what became stale between them.
 *
 * A seed is a node that changed by itself: it is new, its bytes differ, or its edges do. Both
 * policies begin with the seeds and with those that import the bytes of a changed file, and walk
 * towards the importers, breadth-first, so each member's `via` is a nearest cause.
 *
 * Precise goes on where a hash that the importer's version contains really changed. That this gives
 * exactly the nodes whose version differs is asserted.
 *
 * Broad goes on to every importer in the environment. Over a bridge it takes the stub, and what
 * imports the stub only if the stub's names changed. When a dependency of an ssr environment
 * changed, all of that environment is stale before the walk begins.
 *
 * Pinned nodes are in neither set and nothing is stale because of them. A node counts as being in a
 * graph when an entry reaches it: what is only kept for reuse is not there. */
#include "base/hash.h"
#include "base/str.h"
#include "graph/walk.h"

struct rwg_change {
    const rwg_graph *before; /* retained, as is after */
    const rwg_graph *after;
    rwg_stale *stale[2]; /* by rwg_policy */
    uint32_t stale_count[2];
    rwg_node *added;
    uint32_t added_count;
    rwg_node *removed;
    uint32_t removed_count;
    rwg_node *pinned;
    uint32_t pinned_count;
    uint32_t pinned_size; /* of the allocation */
};

typedef struct walk {
    const rwg_graph *before;
    const rwg_graph *after;
    uint8_t *seed;       /* [after->node_count] 1 + cause, 0 = no seed */
    uint8_t *cause;      /* likewise, of the set being made */
    rwg_node *via;       /* [after->node_count] */
    rwg__node_set queue; /* members whose importers are to be looked at */
} walk;

static bool is_in(const rwg_graph *g, uint32_t node) {
    return rwg__node_reached(g, node);
}

static bool is_pinned(const rwg_graph *g, uint32_t node) {
    return (g->nodes[node].flags & RWG_NODE_PINNED) != 0;
}

static bool differs(const walk *w, const rwg_hash *before, const rwg_hash *after, uint32_t node) {
    return !is_in(w->before, node) || !rwg__hash_equal(before[node], after[node]);
}

static bool surface_differs(const walk *w, uint32_t node) {
    return differs(w, w->before->surface, w->after->surface, node);
}

static bool version_differs(const walk *w, uint32_t node) {
    return differs(w, w->before->version, w->after->version, node);
}

static bool same_text(const walk *w, uint32_t before, uint32_t after) {
    return before == after ||
           rwg__str_eq(rwg_graph_text(w->before, before), rwg_graph_text(w->after, after));
}

static bool edges_differ(const walk *w, uint32_t node) {
    uint32_t old_count;
    uint32_t count;
    const rwg_edge *old = rwg__edges(w->before, node, &old_count);
    const rwg_edge *new = rwg__edges(w->after, node, &count);
    for (uint32_t i = 0; i < count && count == old_count; i++) {
        if (old[i].import != new[i].import || old[i].kind != new[i].kind ||
            old[i].outcome != new[i].outcome || old[i].flags != new[i].flags ||
            old[i].target.v != new[i].target.v || !same_text(w, old[i].text, new[i].text)) {
            return true;
        }
    }
    return count != old_count;
}

/* Of nodes that both graphs have. */
static bool content_differs(const walk *w, uint32_t node) {
    const rwg_hash *before = &w->before->files[w->before->nodes[node].file.v].content;
    const rwg_hash *after = &w->after->files[w->after->nodes[node].file.v].content;
    return !rwg__hash_equal(*before, *after);
}

/* 1 + the cause if the node changed by itself. */
static uint8_t seed_cause(const walk *w, uint32_t node) {
    if (!is_in(w->after, node) || is_pinned(w->after, node) || !version_differs(w, node)) {
        return 0;
    }
    if (!is_in(w->before, node)) {
        return 1 + RWG_CAUSE_ADDED;
    }
    if (rwg__node_is_leaf(w->before, node) != rwg__node_is_leaf(w->after, node)) {
        return 1 + (content_differs(w, node) ? RWG_CAUSE_CONTENT : RWG_CAUSE_EDGES);
    }
    bool stub = rwg__node_is_stub(w->after, node);
    if (differs(w, w->before->own, w->after->own, node) ||
        (!stub &&
         !rwg__hash_equal(rwg__node_interface(w->before, node), rwg__node_interface(w->after, node))
        )) {
        return 1 + RWG_CAUSE_CONTENT;
    }
    const uint32_t telling = RWG__NODE_STUB | RWG_NODE_CLIENT | RWG_NODE_SERVER | RWG_NODE_PINNED |
                             RWG__NODE_STAR_BRIDGE | RWG__NODE_STAR_CLIENT;
    uint32_t flags = w->before->nodes[node].flags ^ w->after->nodes[node].flags;
    return (flags & telling) || edges_differ(w, node) ? 1 + RWG_CAUSE_EDGES : 0;
}

static void walk_init(walk *w, const rwg_graph *before, const rwg_graph *after) {
    uint32_t count = after->node_count;
    rwg__mem *mem = after->mem;
    *w = (walk){.before = before, .after = after};
    w->seed = rwg__mem_zalloc(mem, count);
    w->cause = rwg__mem_zalloc(mem, count);
    w->via = rwg__mem_zalloc(mem, count * sizeof *w->via);
    rwg__node_set_init(&w->queue, mem, count);
    for (uint32_t i = 1; i < count; i++) {
        w->seed[i] = seed_cause(w, i);
    }
}

static void walk_deinit(walk *w) {
    uint32_t count = w->after->node_count;
    rwg__mem *mem = w->after->mem;
    rwg__mem_free(mem, w->seed, count);
    rwg__mem_free(mem, w->cause, count);
    rwg__mem_free(mem, w->via, count * sizeof *w->via);
    rwg__node_set_deinit(&w->queue);
}

/* A node joins the set; true if it was not in it and may be. */
static bool mark(walk *w, uint32_t node, rwg_cause cause, uint32_t via) {
    if (w->cause[node] || !is_in(w->after, node) || is_pinned(w->after, node)) {
        return false;
    }
    w->cause[node] = (uint8_t)(1 + cause);
    w->via[node] = (rwg_node){via};
    return true;
}

/* Whoever imports a file as text has its bytes in its own, even where the file's node is not stale:
 * a stub has its names, a pinned node has no version. */
static void mark_text_importers(walk *w, uint32_t node) {
    uint32_t count;
    const rwg__links *links;
    const rwg_node *importers = rwg__importers(w->after, node, &count, &links);
    for (uint32_t i = 0; i < count; i++) {
        if ((links[i] & RWG__LINK_TEXT) && mark(w, importers[i].v, RWG_CAUSE_TEXT, node)) {
            rwg__node_set_add(&w->queue, importers[i].v);
        }
    }
}

static void walk_restart(walk *w) {
    uint32_t count = w->after->node_count;
    rwg__node_set_deinit(&w->queue);
    rwg__node_set_init(&w->queue, w->after->mem, count);
    memset(w->via, 0, count * sizeof *w->via);
    for (uint32_t i = 0; i < count; i++) {
        w->cause[i] = w->seed[i];
        if (w->seed[i]) {
            rwg__node_set_add(&w->queue, i);
        }
    }
    for (uint32_t i = 1; i < count; i++) {
        if (is_in(w->before, i) && is_in(w->after, i) && content_differs(w, i)) {
            mark_text_importers(w, i);
        }
    }
}

static void walk_precise(walk *w) {
    walk_restart(w);
    for (uint32_t i = 0; i < w->queue.count; i++) {
        uint32_t node = w->queue.items[i].v;
        bool surface = surface_differs(w, node);
        uint32_t count;
        const rwg__links *links;
        const rwg_node *importers = rwg__importers(w->after, node, &count, &links);
        for (uint32_t k = 0; k < count; k++) {
            rwg_cause cause = RWG_CAUSE_SURFACE;
            if (links[k] & RWG__LINK_VERSION) {
                bool bridge = (links[k] & RWG__LINK_BRIDGE) != 0;
                cause = bridge ? RWG_CAUSE_PROXY : RWG_CAUSE_VERSION;
            } else if (!surface || !(links[k] & RWG__LINK_SURFACE)) {
                continue;
            }
            if (mark(w, importers[k].v, cause, node)) {
                rwg__node_set_add(&w->queue, importers[k].v);
            }
        }
    }
    for (uint32_t i = 1; i < w->after->node_count; i++) {
        bool stale = is_in(w->after, i) && !is_pinned(w->after, i) && version_differs(w, i);
        RWG_ASSERT(stale == (w->cause[i] != 0));
    }
}

static void walk_broad(walk *w) {
    for (uint32_t i = 0; i < w->queue.count; i++) {
        uint32_t node = w->queue.items[i].v;
        uint32_t count;
        const rwg__links *links;
        const rwg_node *importers = rwg__importers(w->after, node, &count, &links);
        for (uint32_t k = 0; k < count; k++) {
            uint32_t importer = importers[k].v;
            if (links[k] & RWG__LINK_RUNTIME) {
                if (mark(w, importer, RWG_CAUSE_IMPORTER, node)) {
                    rwg__node_set_add(&w->queue, importer);
                }
                continue;
            }
            bool bridge = (links[k] & RWG__LINK_BRIDGE) != 0;
            bool names = (links[k] & RWG__LINK_SURFACE) != 0 && surface_differs(w, node);
            if ((bridge || names) &&
                mark(w, importer, bridge ? RWG_CAUSE_PROXY : RWG_CAUSE_SURFACE, node) &&
                surface_differs(w, importer)) {
                rwg__node_set_add(&w->queue, importer);
            }
        }
    }
}

static bool same_dependencies(const walk *w, rwg_env env) {
    uint32_t old_count;
    uint32_t count;
    const rwg_dependency *old = rwg_graph_deps(w->before, env, &old_count);
    const rwg_dependency *new = rwg_graph_deps(w->after, env, &count);
    bool same = count == old_count;
    for (uint32_t i = 0; same && i < count; i++) {
        same = old[i].node.v == new[i].node.v &&rwg__str_eq(old[i].specifier, new[i].specifier);
    }
    return same;
}

/* The first seed of an environment, a dependency or any; 0 when there is none. */
static uint32_t first_seed(const walk *w, rwg_env env, uint32_t flag) {
    for (uint32_t i = 1; i < w->after->node_count; i++) {
        const rwg__node_data *node = &w->after->nodes[i];
        if (w->seed[i] && node->env.v == env.v && (node->flags & flag) == flag) {
            return i;
        }
    }
    return 0;
}

/* On a dependency change in an ssr environment, all of it. */
static void mark_ssr(walk *w, rwg_env env) {
    uint32_t via = first_seed(w, env, RWG_NODE_DEPENDENCY);
    if (via == 0 && same_dependencies(w, env)) {
        return;
    }
    if (via == 0) {
        via = first_seed(w, env, 0); /* the set differs: somebody imports more, or less */
    }
    for (uint32_t i = 1; i < w->after->node_count; i++) {
        if (w->after->nodes[i].env.v == env.v && mark(w, i, RWG_CAUSE_DEPENDENCY, via)) {
            rwg__node_set_add(&w->queue, i);
        }
    }
}

static uint32_t commit_rank(rwg_env_role role) {
    switch (role) {
    case RWG_ROLE_SSR: return 0;
    case RWG_ROLE_SERVER: return 1;
    case RWG_ROLE_PLAIN: return 2;
    case RWG_ROLE_CLIENT: return 3;
    }
    return 3;
}

/* Keeps the walk's set as the change's, in commit order. */
static void keep_stale(const walk *w, rwg_change *change, rwg_policy policy) {
    const rwg_graph *g = w->after;
    uint32_t next[5] = {0}; /* [rank + 1] counts, then [rank] where the next one goes */
    for (uint32_t i = 1; i < g->node_count; i++) {
        if (w->cause[i]) {
            next[commit_rank(rwg__node_role(g, i)) + 1]++;
        }
    }
    for (uint32_t rank = 1; rank < 5; rank++) {
        next[rank] += next[rank - 1];
    }
    uint32_t count = next[4];
    rwg_stale *stale = rwg__mem_resize(g->mem, NULL, 0, count * sizeof *stale);
    for (uint32_t i = 1; i < g->node_count; i++) {
        if (w->cause[i]) {
            stale[next[commit_rank(rwg__node_role(g, i))]++] =
                (rwg_stale){{i}, (rwg_cause)(w->cause[i] - 1), w->via[i]};
        }
    }
    change->stale[policy] = stale;
    change->stale_count[policy] = count;
}

/* The nodes that are in `in` and not in `other`, ascending. */
static rwg_node *
collect_only(rwg__mem *mem, const rwg_graph *in, const rwg_graph *other, uint32_t *out_count) {
    uint32_t count = 0;
    for (uint32_t i = 1; i < in->node_count; i++) {
        count += is_in(in, i) && !is_in(other, i);
    }
    rwg_node *nodes = rwg__mem_resize(mem, NULL, 0, count * sizeof *nodes);
    uint32_t at = 0;
    for (uint32_t i = 1; at < count; i++) {
        if (is_in(in, i) && !is_in(other, i)) {
            nodes[at++] = (rwg_node){i};
        }
    }
    *out_count = count;
    return nodes;
}

static void find_stale(rwg_change *change) {
    walk w;
    walk_init(&w, change->before, change->after);
    walk_precise(&w);
    keep_stale(&w, change, RWG_POLICY_PRECISE);
    walk_restart(&w);
    for (uint32_t env = 1; env <= w.after->env_count; env++) {
        if (w.after->envs[env - 1].role == RWG_ROLE_SSR) {
            mark_ssr(&w, (rwg_env){env});
        }
    }
    walk_broad(&w);
    keep_stale(&w, change, RWG_POLICY_BROAD);
    for (uint32_t i = 0; i < change->stale_count[RWG_POLICY_PRECISE]; i++) {
        RWG_ASSERT(w.cause[change->stale[RWG_POLICY_PRECISE][i].node.v] != 0);
    }
    walk_deinit(&w);
}

/* Pinned nodes of both graphs whose bytes differ: nobody is stale because of them, and whoever
 * keeps their instances must know. */
static void find_pinned(rwg_change *change, const rwg_node *dirty, uint32_t dirty_count) {
    const rwg_graph *before = change->before;
    const rwg_graph *after = change->after;
    change->pinned = rwg__mem_resize(after->mem, NULL, 0, dirty_count * sizeof *change->pinned);
    change->pinned_size = dirty_count;
    for (uint32_t i = 0; i < dirty_count; i++) {
        uint32_t node = dirty[i].v;
        if (!is_in(before, node) || !is_in(after, node) || !is_pinned(after, node) ||
            rwg__node_is_leaf(after, node)) {
            continue;
        }
        uint32_t file = after->nodes[node].file.v;
        if (!rwg__hash_equal(before->files[file].content, after->files[file].content)) {
            change->pinned[change->pinned_count++] = dirty[i];
        }
    }
}

/* A node whose bytes differ and that was not reported as dirty would have kept its old hashes. */
static void check_dirty(const rwg_change *change, const rwg_node *dirty, uint32_t dirty_count) {
    const rwg_graph *g = change->after;
    rwg__node_set set;
    rwg__node_set_init(&set, g->mem, g->node_count);
    for (uint32_t i = 0; i < dirty_count; i++) {
        rwg__node_set_add(&set, dirty[i].v);
    }
    for (uint32_t i = 0; i < change->stale_count[RWG_POLICY_PRECISE]; i++) {
        const rwg_stale *stale = &change->stale[RWG_POLICY_PRECISE][i];
        RWG_ASSERT(stale->cause != RWG_CAUSE_CONTENT || rwg__node_set_has(&set, stale->node.v));
    }
    rwg__node_set_deinit(&set);
}

rwg_change *rwg__change_new(
    const rwg_graph *before, const rwg_graph *after, const rwg_node *dirty, uint32_t dirty_count
) {
    rwg_change *change = rwg__mem_zalloc(after->mem, sizeof *change);
    change->before = rwg_graph_retain(before);
    change->after = rwg_graph_retain(after);
    if (before != after) {
        find_stale(change);
        change->added = collect_only(after->mem, after, before, &change->added_count);
        change->removed = collect_only(after->mem, before, after, &change->removed_count);
        find_pinned(change, dirty, dirty_count);
        check_dirty(change, dirty, dirty_count);
    }
    return change;
}

void rwg_change_free(rwg_change *change) {
    if (!change) {
        return;
    }
    const rwg_graph *after = change->after;
    rwg__mem *mem = after->mem;
    for (uint32_t i = 0; i < 2; i++) {
        rwg__mem_free(mem, change->stale[i], change->stale_count[i] * sizeof *change->stale[i]);
    }
    rwg__mem_free(mem, change->added, change->added_count * sizeof *change->added);
    rwg__mem_free(mem, change->removed, change->removed_count * sizeof *change->removed);
    rwg__mem_free(mem, change->pinned, change->pinned_size * sizeof *change->pinned);
    rwg_graph_release(change->before);
    rwg__mem_free(mem, change, sizeof *change);
    rwg_graph_release(after);
}

bool rwg_change_is_empty(const rwg_change *change) {
    return change->before->generation == change->after->generation;
}

const rwg_graph *rwg_change_before(const rwg_change *change) {
    return change->before;
}

const rwg_graph *rwg_change_after(const rwg_change *change) {
    return change->after;
}

const rwg_stale *rwg_change_stale(const rwg_change *change, rwg_policy policy, uint32_t *out_n) {
    *out_n = change->stale_count[policy];
    return change->stale[policy];
}

const rwg_node *rwg_change_added(const rwg_change *change, uint32_t *out_n) {
    *out_n = change->added_count;
    return change->added;
}

const rwg_node *rwg_change_removed(const rwg_change *change, uint32_t *out_n) {
    *out_n = change->removed_count;
    return change->removed;
}

const rwg_node *rwg_change_pinned(const rwg_change *change, uint32_t *out_n) {
    *out_n = change->pinned_count;
    return change->pinned;
}

const char *rwg_cause_name(rwg_cause cause) {
    switch (cause) {
    case RWG_CAUSE_CONTENT: return "content";
    case RWG_CAUSE_EDGES: return "edges";
    case RWG_CAUSE_ADDED: return "added";
    case RWG_CAUSE_SURFACE: return "surface";
    case RWG_CAUSE_VERSION: return "version";
    case RWG_CAUSE_IMPORTER: return "importer";
    case RWG_CAUSE_DEPENDENCY: return "dependency";
    case RWG_CAUSE_PROXY: return "proxy";
    case RWG_CAUSE_TEXT: return "text";
    }
    return "unknown";
}
