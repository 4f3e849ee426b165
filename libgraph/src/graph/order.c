/* Sets and orders of nodes: breadth-first closures and strongly connected components.
 *
 * Everything is iterative and linear in the nodes and edges that are looked at, apart from clearing
 * one array of marks per call. */
#include "base/str.h"
#include "graph/walk.h"

#include <stdlib.h>

int rwg__node_compare(const rwg_graph *g, uint32_t a, uint32_t b) {
    int order = rwg__str_compare(rwg__node_path(g, a), rwg__node_path(g, b));
    if (order != 0) {
        return order;
    }
    return rwg__str_compare(rwg__node_env_name(g, a), rwg__node_env_name(g, b));
}

/* qsort takes no context, so what is compared travels with each element. */
typedef struct named {
    rwg_str path;
    rwg_str env;
    rwg_node node;
} named;

static int compare_named(const void *left, const void *right) {
    const named *a = left;
    const named *b = right;
    int order = rwg__str_compare(a->path, b->path);
    return order != 0 ? order : rwg__str_compare(a->env, b->env);
}

void rwg__nodes_sort(const rwg_graph *g, rwg_node *nodes, uint32_t count) {
    if (count < 2) {
        return;
    }
    size_t size = (size_t)count * sizeof(named);
    named *sorted = rwg__mem_resize(g->mem, NULL, 0, size);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t n = nodes[i].v;
        sorted[i] = (named){rwg__node_path(g, n), rwg__node_env_name(g, n), nodes[i]};
    }
    qsort(sorted, count, sizeof *sorted, compare_named);
    for (uint32_t i = 0; i < count; i++) {
        nodes[i] = sorted[i].node;
    }
    rwg__mem_free(g->mem, sorted, size);
}

void rwg__node_set_init(rwg__node_set *set, rwg__mem *mem, uint32_t limit) {
    *set = (rwg__node_set){.mem = mem, .limit = limit};
    if (limit > 0) {
        set->has = rwg__mem_zalloc(mem, limit);
        set->items = rwg__mem_resize(mem, NULL, 0, (size_t)limit * sizeof *set->items);
    }
}

void rwg__node_set_deinit(rwg__node_set *set) {
    rwg__mem_free(set->mem, set->has, set->limit);
    rwg__mem_free(set->mem, set->items, (size_t)set->limit * sizeof *set->items);
    *set = (rwg__node_set){0};
}

void rwg__node_set_add_importers(rwg__node_set *set, const rwg_graph *g, rwg__links links) {
    for (uint32_t i = 0; i < set->count; i++) {
        uint32_t count;
        const rwg__links *bits;
        const rwg_node *importers = rwg__importers(g, set->items[i].v, &count, &bits);
        for (uint32_t k = 0; k < count; k++) {
            if (bits[k] & links) {
                rwg__node_set_add(set, importers[k].v);
            }
        }
    }
}

static int compare_ids(const void *left, const void *right) {
    const rwg_node *a = left;
    const rwg_node *b = right;
    return (a->v > b->v) - (a->v < b->v);
}

void rwg__node_set_sort(rwg__node_set *set) {
    if (set->count > 1) {
        qsort(set->items, set->count, sizeof *set->items, compare_ids);
    }
}

/* Tarjan's algorithm ("Depth-first search and linear graph algorithms", 1972) with the call stack
 * made explicit. `index` is 0 for nodes outside the set and for leaves, UNSEEN before the visit,
 * DONE once the component is out. */
enum {
    OUTSIDE = 0,
};

#define UNSEEN UINT32_MAX
#define DONE   (UINT32_MAX - 1)

typedef struct frame {
    uint32_t node;
    uint32_t edge; /* next one to look at */
    uint32_t low;  /* least index reachable so far */
} frame;

typedef struct tarjan {
    const rwg_graph *g;
    rwg__links links;
    uint32_t *index; /* [node_count] of the graph */
    uint32_t next_index;
    frame *frames;
    uint32_t depth;
    uint32_t *stack; /* visited, component not known yet */
    uint32_t stacked;
    rwg__components *out;
} tarjan;

static void enter(tarjan *t, uint32_t node) {
    uint32_t index = t->next_index++;
    t->index[node] = index;
    t->stack[t->stacked++] = node;
    t->frames[t->depth++] = (frame){node, t->g->nodes[node].first_edge, index};
}

/* The node on top has no further edges: its component is complete, or its parent's includes it. */
static void leave(tarjan *t) {
    frame done = t->frames[--t->depth];
    if (done.low == t->index[done.node]) {
        rwg__components *out = t->out;
        uint32_t at = out->starts[out->count];
        uint32_t node;
        do {
            node = t->stack[--t->stacked];
            t->index[node] = DONE;
            out->nodes[at++] = (rwg_node){node};
        } while (node != done.node);
        out->starts[++out->count] = at;
    }
    if (t->depth > 0 && done.low < t->frames[t->depth - 1].low) {
        t->frames[t->depth - 1].low = done.low;
    }
}

static void visit_from(tarjan *t, uint32_t root) {
    enter(t, root);
    while (t->depth > 0) {
        frame *top = &t->frames[t->depth - 1];
        if (top->edge == t->g->nodes[top->node + 1].first_edge) {
            leave(t);
            continue;
        }
        const rwg_edge *edge = &t->g->edges[top->edge++];
        uint32_t index = t->index[edge->target.v];
        if (index == OUTSIDE || index == DONE ||
            !(rwg__edge_links(t->g, top->node, edge) & t->links)) {
            continue;
        }
        if (index == UNSEEN) {
            enter(t, edge->target.v);
        } else if (index < top->low) {
            top->low = index;
        }
    }
}

/* Most nodes have no link of most kinds: each is a component, and comes after nothing. */
static void
add_leaves(rwg__components *out, const rwg_graph *g, const rwg__node_set *set, rwg__links links) {
    for (uint32_t i = 0; i < set->count; i++) {
        if (!(g->out_links[set->items[i].v] & links)) {
            out->nodes[out->count++] = set->items[i];
            out->starts[out->count] = out->count;
        }
    }
}

void rwg__components_find(
    rwg__components *out, const rwg_graph *g, const rwg__node_set *set, rwg__links links
) {
    rwg__mem *mem = g->mem;
    uint32_t count = set->count;
    *out = (rwg__components){.mem = mem, .node_count = count};
    out->starts = rwg__mem_zalloc(mem, ((size_t)count + 1) * sizeof *out->starts);
    if (count == 0) {
        return;
    }
    out->nodes = rwg__mem_resize(mem, NULL, 0, (size_t)count * sizeof *out->nodes);
    add_leaves(out, g, set, links);
    uint32_t left = count - out->count;
    if (left == 0) {
        return;
    }
    size_t all = (size_t)g->node_count * sizeof(uint32_t);
    tarjan t = {.g = g, .links = links, .next_index = 1, .out = out};
    t.index = rwg__mem_zalloc(mem, all);
    t.stack = rwg__mem_resize(mem, NULL, 0, (size_t)left * sizeof *t.stack);
    t.frames = rwg__mem_resize(mem, NULL, 0, (size_t)left * sizeof *t.frames);
    for (uint32_t i = 0; i < count; i++) {
        if (g->out_links[set->items[i].v] & links) {
            t.index[set->items[i].v] = UNSEEN;
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        if (t.index[set->items[i].v] == UNSEEN) {
            visit_from(&t, set->items[i].v);
        }
    }
    rwg__mem_free(mem, t.index, all);
    rwg__mem_free(mem, t.stack, (size_t)left * sizeof *t.stack);
    rwg__mem_free(mem, t.frames, (size_t)left * sizeof *t.frames);
}

void rwg__components_deinit(rwg__components *components) {
    size_t count = components->node_count;
    rwg__mem *mem = components->mem;
    rwg__mem_free(mem, components->nodes, count * sizeof *components->nodes);
    rwg__mem_free(mem, components->starts, (count + 1) * sizeof *components->starts);
    *components = (rwg__components){0};
}
