/* The reverse of the edges: who imports a node, and over what kinds of links.
 *
 * Made from nothing, all edges are sorted by target. After an edit nearly all importers are as they
 * were: those of the targets that edges of changed nodes lead to, or led to, are merged anew, and
 * what lies between them is copied in one piece. Both ways give the same arrays (invariant 3). */
#include "base/vec.h"
#include "graph/walk.h"

#include <stdlib.h>
#include <string.h>

/* Counting sort of the edges by target, an importer's several edges to one target taken together.
 * Importers come out ascending because they are visited that way. */
static void link_all(rwg_graph *g) {
    uint32_t *next = rwg__mem_zalloc(g->mem, ((size_t)g->node_count + 1) * sizeof *next);
    uint32_t *last = rwg__mem_zalloc(g->mem, g->node_count * sizeof *last); /* latest importer */
    for (uint32_t i = 1; i < g->node_count; i++) {
        for (uint32_t e = g->nodes[i].first_edge; e < g->nodes[i + 1].first_edge; e++) {
            uint32_t target = g->edges[e].target.v;
            if (last[target] != i) {
                last[target] = i;
                next[target]++;
            }
        }
    }
    next[0] = 0; /* edges without a target */
    for (uint32_t i = 0; i <= g->node_count; i++) {
        uint32_t count = next[i];
        next[i] = g->importer_count;
        g->nodes[i].first_importer = g->importer_count;
        g->importer_count += count;
    }
    g->importers = rwg__array_new(g->mem, g->importer_count, sizeof *g->importers);
    g->links = rwg__array_new(g->mem, g->importer_count, sizeof *g->links);
    g->out_links = rwg__array_new(g->mem, g->node_count, sizeof *g->out_links);
    g->out_links[0] = 0;
    for (uint32_t i = 1; i < g->node_count; i++) {
        g->out_links[i] = 0;
        for (uint32_t e = g->nodes[i].first_edge; e < g->nodes[i + 1].first_edge; e++) {
            uint32_t target = g->edges[e].target.v;
            if (target == 0) {
                continue;
            }
            uint32_t at = next[target];
            bool again = at > g->nodes[target].first_importer && g->importers[at - 1].v == i;
            if (again) {
                at--;
            } else {
                next[target]++;
                g->importers[at].v = i;
                g->links[at] = 0;
            }
            rwg__links links = rwg__edge_links(g, i, &g->edges[e]);
            g->links[at] |= links;
            g->out_links[i] |= links;
        }
    }
    rwg__mem_free(g->mem, next, ((size_t)g->node_count + 1) * sizeof *next);
    rwg__mem_free(g->mem, last, g->node_count * sizeof *last);
}

/* An importer that a target has in this graph, because of an edge of a node of `work`. */
typedef struct arrival {
    uint32_t target;
    uint32_t importer;
    rwg__links links;
} arrival;

typedef RWG_VEC(arrival) arrivals;

static int compare_arrivals(const void *left, const void *right) {
    const arrival *a = left;
    const arrival *b = right;
    uint64_t x = rwg__pair(a->target, a->importer);
    uint64_t y = rwg__pair(b->target, b->importer);
    return (x > y) - (x < y);
}

/* All edges of the nodes of `work`, an importer's several edges to one target taken together; and
 * every node that is or was their target. */
static void collect_arrivals(
    rwg_graph *g,
    const rwg_graph *prev,
    const rwg__node_set *work,
    arrivals *out,
    rwg__node_set *targets
) {
    for (uint32_t i = 0; i < work->count; i++) {
        uint32_t node = work->items[i].v;
        uint32_t count = 0;
        const rwg_edge *edges = node < prev->node_count ? rwg__edges(prev, node, &count) : NULL;
        for (uint32_t k = 0; k < count; k++) {
            rwg__node_set_add(targets, edges[k].target.v);
        }
        g->out_links[node] = 0;
        edges = rwg__edges(g, node, &count);
        for (uint32_t k = 0; k < count; k++) {
            arrival found = {edges[k].target.v, node, rwg__edge_links(g, node, &edges[k])};
            g->out_links[node] |= found.links;
            if (found.target != 0) {
                rwg__node_set_add(targets, found.target);
                *rwg__vec_push(out, g->mem) = found;
            }
        }
    }
    if (out->len > 1) {
        qsort(out->ptr, out->len, sizeof *out->ptr, compare_arrivals);
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < out->len; i++) {
        if (kept > 0 && compare_arrivals(&out->ptr[kept - 1], &out->ptr[i]) == 0) {
            out->ptr[kept - 1].links |= out->ptr[i].links;
        } else {
            out->ptr[kept++] = out->ptr[i];
        }
    }
    out->len = kept;
}

/* The importers of the targets [from, to) are those that they had. */
static void copy_importers(rwg_graph *g, const rwg_graph *prev, uint32_t from, uint32_t to) {
    uint32_t end = to < prev->node_count ? to : prev->node_count;
    uint32_t first = from < end ? prev->nodes[from].first_importer : 0;
    uint32_t count = from < end ? prev->nodes[end].first_importer - first : 0;
    memcpy(g->importers + g->importer_count, prev->importers + first, count * sizeof *g->importers);
    memcpy(g->links + g->importer_count, prev->links + first, count * sizeof *g->links);
    for (uint32_t i = from; i < end; i++) {
        g->nodes[i].first_importer = prev->nodes[i].first_importer - first + g->importer_count;
    }
    g->importer_count += count;
    for (uint32_t i = from < end ? end : from; i < to; i++) {
        g->nodes[i].first_importer = g->importer_count;
    }
}

static void add_importer(rwg_graph *g, uint32_t importer, rwg__links links) {
    g->importers[g->importer_count].v = importer;
    g->links[g->importer_count++] = links;
}

/* The importers of one target: those that it had and that are not in `work`, and the arrivals from
 * *at on that are its own; both ascend. */
static void merge_importers(
    rwg_graph *g,
    const rwg_graph *prev,
    const rwg__node_set *work,
    uint32_t target,
    const arrivals *arrived,
    uint32_t *at
) {
    uint32_t count = 0;
    const rwg__links *links = NULL;
    const rwg_node *before =
        target < prev->node_count ? rwg__importers(prev, target, &count, &links) : NULL;
    g->nodes[target].first_importer = g->importer_count;
    for (uint32_t i = 0; i < count; i++) {
        if (rwg__node_set_has(work, before[i].v)) {
            continue;
        }
        for (; *at < arrived->len && arrived->ptr[*at].target == target &&
               arrived->ptr[*at].importer < before[i].v;
             (*at)++) {
            add_importer(g, arrived->ptr[*at].importer, arrived->ptr[*at].links);
        }
        add_importer(g, before[i].v, links[i]);
    }
    for (; *at < arrived->len && arrived->ptr[*at].target == target; (*at)++) {
        add_importer(g, arrived->ptr[*at].importer, arrived->ptr[*at].links);
    }
}

/* The same as link_all, where only the edges of `work` can differ from those of prev: whole
 * runs are copied, in order, instead of all edges being visited. */
static void link_changed(rwg_graph *g, const rwg_graph *prev, const rwg__node_set *work) {
    arrivals arrived = {0};
    rwg__node_set targets;
    rwg__node_set_init(&targets, g->mem, g->node_count);
    g->out_links = rwg__array_new(g->mem, g->node_count, sizeof *g->out_links);
    memcpy(g->out_links, prev->out_links, prev->node_count * sizeof *g->out_links);
    collect_arrivals(g, prev, work, &arrived, &targets);
    size_t room = (size_t)prev->importer_count + arrived.len;
    g->importers = rwg__array_new(g->mem, room, sizeof *g->importers);
    g->links = rwg__array_new(g->mem, room, sizeof *g->links);
    uint32_t at = 0;
    for (uint32_t i = 1; i < g->node_count;) {
        uint32_t to = i;
        while (to < g->node_count && !rwg__node_set_has(&targets, to)) {
            to++;
        }
        copy_importers(g, prev, i, to);
        if (to < g->node_count) {
            merge_importers(g, prev, work, to++, &arrived, &at);
        }
        i = to;
    }
    g->nodes[0].first_importer = 0; /* edges without a target */
    g->nodes[g->node_count].first_importer = g->importer_count;
    RWG_ASSERT(at == arrived.len && g->importer_count <= room);
    rwg__vec_free(&arrived, g->mem);
    rwg__node_set_deinit(&targets);
}

/* When more than this part of the nodes is at work, visiting all edges is quicker. */
#define CHANGED_PART 8

void rwg__importers_link(rwg_graph *g, const rwg_graph *prev, const rwg__node_set *work) {
    if (prev && work->count <= g->node_count / CHANGED_PART) {
        link_changed(g, prev, work);
    } else {
        link_all(g);
    }
}
