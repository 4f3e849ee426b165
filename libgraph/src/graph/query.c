/* Questions about one graph: why is it there, what does it affect, which cycles are there.
 *
 * A shortest chain is found backwards: a breadth-first walk from the target over importers gives
 * every node its distance, and the chain is then walked forwards, always to the next nearer node
 * that is least by path. So of all shortest chains the least one is returned, whatever ids the
 * nodes have. */
#include "base/str.h"
#include "base/vec.h"
#include "graph/walk.h"

/* In front of the items of a public list: what frees them. */
typedef struct list_block {
    rwg__mem *mem; /* retained */
    size_t size;
} list_block;

static void *block_new(rwg__mem *mem, size_t bytes) {
    list_block *block = rwg__mem_resize(mem, NULL, 0, sizeof *block + bytes);
    *block = (list_block){rwg__mem_retain(mem), sizeof *block + bytes};
    return block + 1;
}

static void block_free(void *bytes) {
    if (bytes) {
        list_block block = ((list_block *)bytes)[-1];
        rwg__mem_free(block.mem, (list_block *)bytes - 1, block.size);
        rwg__mem_release(block.mem);
    }
}

rwg_node_list rwg__node_list_new(rwg__mem *mem, const rwg_node *items, uint32_t count) {
    if (count == 0) {
        return (rwg_node_list){NULL, 0};
    }
    rwg_node_list list = {block_new(mem, count * sizeof *items), count};
    memcpy(list.items, items, count * sizeof *items);
    return list;
}

void rwg_node_list_free(rwg_node_list *list) {
    block_free(list->items);
    *list = (rwg_node_list){NULL, 0};
}

/* Distances to a target over some links. With groups, a walk stays in the group that it starts in.
 */
typedef struct distances {
    uint32_t *to; /* [node_count] 1 + number of edges, 0 = does not reach */
    rwg__node_set seen;
    rwg__links links;
    const uint32_t *groups; /* [node_count], NULL = one group */
} distances;

static void
distances_init(distances *d, const rwg_graph *g, rwg__links links, const uint32_t *groups) {
    d->groups = groups;
    d->to = rwg__mem_zalloc(g->mem, g->node_count * sizeof *d->to);
    d->links = links;
    rwg__node_set_init(&d->seen, g->mem, g->node_count);
}

static void distances_deinit(distances *d, const rwg_graph *g) {
    rwg__mem_free(g->mem, d->to, g->node_count * sizeof *d->to);
    rwg__node_set_deinit(&d->seen);
}

static bool same_group(const distances *d, uint32_t a, uint32_t b) {
    return !d->groups || d->groups[a] == d->groups[b];
}

/* Measures from the target backwards. */
static void measure(distances *d, const rwg_graph *g, uint32_t target) {
    uint32_t first = d->seen.count;
    rwg__node_set_add(&d->seen, target);
    d->to[target] = 1;
    for (uint32_t i = first; i < d->seen.count; i++) {
        uint32_t node = d->seen.items[i].v;
        uint32_t count;
        const rwg__links *links;
        const rwg_node *importers = rwg__importers(g, node, &count, &links);
        for (uint32_t k = 0; k < count; k++) {
            uint32_t importer = importers[k].v;
            if ((links[k] & d->links) && same_group(d, importer, target) &&
                rwg__node_set_add(&d->seen, importer)) {
                d->to[importer] = d->to[node] + 1;
            }
        }
    }
}

/* The least of the targets of `node` at this distance; 0 when there is none. */
static uint32_t
next_step(const distances *d, const rwg_graph *g, uint32_t node, uint32_t distance) {
    uint32_t best = 0;
    uint32_t count;
    const rwg_edge *edges = rwg__edges(g, node, &count);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t target = edges[i].target.v;
        if (d->to[target] == distance && target != best && same_group(d, node, target) &&
            (rwg__edge_links(g, node, &edges[i]) & d->links) &&
            (best == 0 || rwg__node_compare(g, target, best) < 0)) {
            best = target;
        }
    }
    return best;
}

static bool is_source(const rwg_graph *g, uint32_t node, rwg_env env) {
    const rwg__node_data *data = &g->nodes[node];
    return data->file.v != 0 && (data->flags & RWG_NODE_ENTRY) &&
           (env.v == 0 || data->env.v == env.v);
}

/* The nearest entry of the environment ({0}: of any), least by path; 0 when none reaches the
 * target. */
static uint32_t nearest_entry(const distances *d, const rwg_graph *g, rwg_env env) {
    uint32_t best = 0;
    for (uint32_t i = 1; i < g->node_count; i++) {
        if (d->to[i] == 0 || !is_source(g, i, env)) {
            continue;
        }
        if (best == 0 || d->to[i] < d->to[best] ||
            (d->to[i] == d->to[best] && rwg__node_compare(g, i, best) < 0)) {
            best = i;
        }
    }
    return best;
}

rwg_status rwg_graph_why(
    const rwg_graph *g, rwg_node from, rwg_node to, bool include_types, rwg_node_list *out_path
) {
    *out_path = (rwg_node_list){NULL, 0};
    if (!rwg__node_live(g, to.v) || (from.v != 0 && !rwg__node_live(g, from.v))) {
        return RWG_NOT_FOUND;
    }
    distances d;
    distances_init(&d, g, include_types ? RWG__LINK_ANY | RWG__LINK_TYPE : RWG__LINK_ANY, NULL);
    measure(&d, g, to.v);
    uint32_t start = from.v;
    if (start == 0) {
        start = nearest_entry(&d, g, g->nodes[to.v].env);
    }
    if (start == 0) {
        /* an ssr node often has no entry of its own: it is there because of a bridge */
        start = nearest_entry(&d, g, (rwg_env){0});
    }
    rwg_status status = RWG_NOT_FOUND;
    if (start != 0 && d.to[start] != 0) {
        uint32_t length = d.to[start];
        *out_path = rwg__node_list_new(g->mem, d.seen.items, length);
        out_path->items[0] = (rwg_node){start};
        for (uint32_t i = 1; i < length; i++) {
            out_path->items[i].v = next_step(&d, g, out_path->items[i - 1].v, length - i);
        }
        status = RWG_OK;
    }
    distances_deinit(&d, g);
    return status;
}

void rwg_graph_affected(const rwg_graph *g, rwg_node n, rwg_node_list *out) {
    *out = (rwg_node_list){NULL, 0};
    if (!rwg__node_live(g, n.v)) {
        return;
    }
    rwg__node_set set;
    rwg__node_set_init(&set, g->mem, g->node_count);
    rwg__node_set_add(&set, n.v);
    rwg__node_set_add_importers(&set, g, RWG__LINK_ANY);
    /* What nothing reaches any more is kept for reuse only; it counts when it is what is asked
     * about. */
    bool all = !rwg__node_reached(g, n.v);
    uint32_t kept = 0;
    for (uint32_t i = 1; i < set.count; i++) {
        if (all || rwg__node_reached(g, set.items[i].v)) {
            set.items[kept++] = set.items[i];
        }
    }
    set.count = kept;
    rwg__node_set_sort(&set);
    *out = rwg__node_list_new(g->mem, set.items, set.count);
    rwg__node_set_deinit(&set);
}

typedef struct cycle_finder {
    const rwg_graph *g;
    uint32_t *component; /* [node_count] 1 + index of the node's component, 0 = none */
    distances distances;
    RWG_VEC(rwg_node) nodes;
    RWG_VEC(uint32_t) starts;
    RWG_VEC(uint32_t) sizes;
} cycle_finder;

static bool has_self_edge(const rwg_graph *g, uint32_t node) {
    uint32_t count;
    const rwg_edge *edges = rwg__edges(g, node, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (edges[i].target.v == node && (rwg__edge_links(g, node, &edges[i]) & RWG__LINK_STATIC)) {
            return true;
        }
    }
    return false;
}

/* Appends the shortest cycle through `least`, whose component is measured already. */
static void add_cycle(cycle_finder *f, uint32_t least, uint32_t size) {
    const rwg_graph *g = f->g;
    *rwg__vec_push(&f->starts, g->mem) = f->nodes.len;
    *rwg__vec_push(&f->sizes, g->mem) = size;
    *rwg__vec_push(&f->nodes, g->mem) = (rwg_node){least};
    if (has_self_edge(g, least)) {
        return;
    }
    uint32_t distance = 0; /* of the nearest node that least imports */
    uint32_t count;
    const rwg_edge *edges = rwg__edges(g, least, &count);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t target = edges[i].target.v;
        uint32_t to = target == least ? 0 : f->distances.to[target];
        if (to != 0 && same_group(&f->distances, target, least) &&
            (rwg__edge_links(g, least, &edges[i]) & RWG__LINK_STATIC) &&
            (distance == 0 || to < distance)) {
            distance = to;
        }
    }
    uint32_t at = least;
    for (; distance > 1; distance--) {
        at = next_step(&f->distances, g, at, distance);
        *rwg__vec_push(&f->nodes, g->mem) = (rwg_node){at};
    }
}

/* The least node of every component that is a cycle, sorted; the components' sizes go to
 * sizes[least]. */
static void find_leasts(
    cycle_finder *f, const rwg__components *components, rwg__node_set *leasts, uint32_t *sizes
) {
    const rwg_graph *g = f->g;
    for (uint32_t c = 0; c < components->count; c++) {
        const rwg_node *members = components->nodes + components->starts[c];
        uint32_t count = components->starts[c + 1] - components->starts[c];
        if (count == 1 && !has_self_edge(g, members[0].v)) {
            continue;
        }
        uint32_t least = members[0].v;
        for (uint32_t i = 0; i < count; i++) {
            f->component[members[i].v] = c + 1;
            if (rwg__node_compare(g, members[i].v, least) < 0) {
                least = members[i].v;
            }
        }
        sizes[least] = count;
        rwg__node_set_add(leasts, least);
    }
    rwg__nodes_sort(g, leasts->items, leasts->count);
}

static void move_cycles(cycle_finder *f, rwg_cycles *out) {
    const rwg_graph *g = f->g;
    uint32_t count = f->sizes.len;
    *rwg__vec_push(&f->starts, g->mem) = f->nodes.len;
    out->count = count;
    out->nodes = rwg__node_list_new(g->mem, f->nodes.ptr, f->nodes.len);
    out->starts = block_new(g->mem, (count + 1) * sizeof *out->starts);
    memcpy(out->starts, f->starts.ptr, (count + 1) * sizeof *out->starts);
    out->sizes = block_new(g->mem, (count + 1) * sizeof *out->sizes);
    if (count > 0) {
        memcpy(out->sizes, f->sizes.ptr, count * sizeof *out->sizes);
    }
    rwg__vec_free(&f->nodes, g->mem);
    rwg__vec_free(&f->starts, g->mem);
    rwg__vec_free(&f->sizes, g->mem);
}

void rwg_graph_cycles(const rwg_graph *g, rwg_env env, rwg_cycles *out) {
    *out = (rwg_cycles){0};
    rwg__node_set nodes;
    rwg__node_set leasts;
    rwg__node_set_init(&nodes, g->mem, g->node_count);
    rwg__node_set_init(&leasts, g->mem, g->node_count);
    for (uint32_t i = 1; i < g->node_count; i++) {
        if (rwg__node_reached(g, i) && (env.v == 0 || g->nodes[i].env.v == env.v)) {
            rwg__node_set_add(&nodes, i);
        }
    }
    size_t size = g->node_count * sizeof(uint32_t);
    uint32_t *sizes = rwg__mem_zalloc(g->mem, size);
    cycle_finder f = {.g = g, .component = rwg__mem_zalloc(g->mem, size)};
    distances_init(&f.distances, g, RWG__LINK_STATIC, f.component);
    rwg__components components;
    rwg__components_find(&components, g, &nodes, RWG__LINK_STATIC);
    find_leasts(&f, &components, &leasts, sizes);
    for (uint32_t i = 0; i < leasts.count; i++) {
        uint32_t least = leasts.items[i].v;
        measure(&f.distances, g, least);
        add_cycle(&f, least, sizes[least]);
    }
    move_cycles(&f, out);
    rwg__components_deinit(&components);
    distances_deinit(&f.distances, g);
    rwg__mem_free(g->mem, f.component, size);
    rwg__mem_free(g->mem, sizes, size);
    rwg__node_set_deinit(&nodes);
    rwg__node_set_deinit(&leasts);
}

void rwg_cycles_free(rwg_cycles *cycles) {
    rwg_node_list_free(&cycles->nodes);
    block_free(cycles->starts);
    block_free(cycles->sizes);
    *cycles = (rwg_cycles){0};
}
