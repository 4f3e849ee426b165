/* How a graph is made, kept and read.
 *
 * rwg__graph_build is a list of passes over flat arrays. What costs is memory traffic, so with a
 * graph before this one whole runs of edges are copied from it, and only the rows of dirty nodes
 * are read. Ids, paths and texts keep their places from one generation to the next.
 *
 * Not here: what the hashes are made of (version.c), dependencies and diagnostics (deps.c). */
#include "graph/graph.h"

#include <rwgraph/diag.h>

#include "base/hash.h"
#include "base/str.h"
#include "graph/walk.h"

rwg__names *rwg__names_new(rwg__mem *mem) {
    rwg__names *names = rwg__mem_zalloc(mem, sizeof *names);
    rwg__intern_init(&names->table, mem);
    names->mem = rwg__mem_retain(mem);
    atomic_init(&names->refs, 1);
    return names;
}

rwg__names *rwg__names_retain(rwg__names *names) {
    atomic_fetch_add_explicit(&names->refs, 1, memory_order_relaxed);
    return names;
}

void rwg__names_release(rwg__names *names) {
    if (atomic_fetch_sub_explicit(&names->refs, 1, memory_order_acq_rel) != 1) {
        return;
    }
    rwg__mem *mem = names->mem;
    rwg__intern_deinit(&names->table);
    rwg__mem_free(mem, names, sizeof *names);
    rwg__mem_release(mem);
}

bool rwg__flags_embed(uint32_t flags) {
    return (flags & RWG_NODE_DEPENDENCY) != 0 && (flags & (RWG__NODE_STUB | RWG_NODE_PINNED)) == 0;
}

/* Whether the importer has the bytes of what it imports as text, and not only where it is: a query
 * asks for them, of an import or of a glob, whose matches have none of their own. */
static bool takes_bytes(const rwg_graph *g, uint32_t from, const rwg_edge *edge) {
    const rwg_module *module = g->files[g->nodes[from].file.v].module;
    uint32_t count = 0;
    const rwg_import *imports = module ? rwg_module_imports(module, &count) : NULL;
    return edge->text != 0 ||
           (edge->import < count && imports[edge->import].kind == RWG_IMPORT_GLOB);
}

rwg__links rwg__edge_links(const rwg_graph *g, uint32_t from, const rwg_edge *edge) {
    if (edge->target.v == 0) {
        return 0;
    }
    if (edge->flags & RWG_EDGE_TYPE_ONLY) {
        return RWG__LINK_TYPE;
    }
    if (edge->flags & RWG_EDGE_TEXT) {
        return takes_bytes(g, from, edge) ? RWG__LINK_RUNTIME | RWG__LINK_TEXT : RWG__LINK_RUNTIME;
    }
    uint32_t flags = g->nodes[from].flags;
    bool pinned = (g->nodes[edge->target.v].flags & RWG_NODE_PINNED) != 0;
    if (edge->kind != RWG_EDGE_IMPORT) {
        bool bridge = edge->kind == RWG_EDGE_BRIDGE;
        rwg__links links = bridge ? RWG__LINK_BRIDGE : RWG__LINK_REF;
        bool star = (bridge && (flags & RWG__NODE_STAR_BRIDGE)) ||
                    (edge->kind == RWG_EDGE_CLIENT && (flags & RWG__NODE_STAR_CLIENT));
        if (star && !pinned) {
            links |= RWG__LINK_STAR | RWG__LINK_SURFACE;
        }
        return edge->flags & RWG_EDGE_EMBEDS ? links | RWG__LINK_VERSION : links;
    }
    rwg__links links = RWG__LINK_RUNTIME;
    if (!(edge->flags & RWG_EDGE_DYNAMIC)) {
        links |= RWG__LINK_STATIC;
    }
    if (pinned) {
        return links;
    }
    if (edge->flags & RWG_EDGE_STAR) {
        links |= RWG__LINK_STAR;
    }
    return links | (edge->flags & RWG_EDGE_EMBEDS ? RWG__LINK_VERSION : RWG__LINK_SURFACE);
}

/* In front of an array that graphs share. */
typedef struct array_head {
    _Atomic uint32_t refs;
    size_t size; /* with this */
} array_head;

static_assert(sizeof(array_head) % 8 == 0, "what follows is aligned");

void *rwg__array_new(rwg__mem *mem, size_t count, size_t item_size) {
    size_t size = sizeof(array_head) + count * item_size;
    array_head *head = rwg__mem_resize(mem, NULL, 0, size);
    atomic_init(&head->refs, 1);
    head->size = size;
    return head + 1;
}

void *rwg__array_share(void *array) {
    atomic_fetch_add_explicit(&((array_head *)array)[-1].refs, 1, memory_order_relaxed);
    return array;
}

void rwg__array_drop(rwg__mem *mem, void *array) {
    array_head *head = array ? (array_head *)array - 1 : NULL;
    if (head && atomic_fetch_sub_explicit(&head->refs, 1, memory_order_acq_rel) == 1) {
        rwg__mem_free(mem, head, head->size);
    }
}

/* An array of this graph alone that is not cleared; NULL for none. */
static void *new_array(rwg__mem *mem, uint32_t count, size_t item_size) {
    return rwg__mem_resize(mem, NULL, 0, (size_t)count * item_size);
}

static void free_array(rwg__mem *mem, void *array, uint32_t count, size_t item_size) {
    rwg__mem_free(mem, array, (size_t)count * item_size);
}

static void copy_envs(rwg_graph *g, const rwg__graph_input *in) {
    rwg__env_row *envs = rwg__arena_zalloc(&g->arena, in->env_count * sizeof *envs);
    for (uint32_t i = 0; i < in->env_count; i++) {
        envs[i] = (rwg__env_row){rwg__arena_str(&g->arena, in->envs[i].name), in->envs[i].role};
    }
    g->envs = envs;
    g->env_count = in->env_count;
}

/* Texts are only ever added: as many as before are the same. */
static void copy_texts(rwg_graph *g, const rwg_graph *prev) {
    g->text_count = g->names->table.strings.len;
    if (prev && prev->text_count == g->text_count) {
        g->texts = rwg__array_share(prev->texts);
        return;
    }
    g->texts = rwg__array_new(g->mem, g->text_count, sizeof *g->texts);
    if (g->text_count > 0) {
        memcpy(g->texts, g->names->table.strings.ptr, g->text_count * sizeof *g->texts);
    }
}

/* Whether a module has diagnostics is asked for each file in each generation; the record is not. */
static uint32_t diags_flag(const rwg_graph *prev, const rwg__file_row *row, uint32_t file) {
    if (prev && file < prev->file_count && prev->files[file].module == row->module) {
        return prev->files[file].flags & RWG__FILE_HAS_DIAGS;
    }
    uint32_t count;
    (void)rwg_module_diags(row->module, &count);
    return count > 0 ? RWG__FILE_HAS_DIAGS : 0;
}

static void copy_files(rwg_graph *g, const rwg__graph_input *in) {
    g->file_count = in->file_count > 0 ? in->file_count : 1;
    g->files = new_array(g->mem, g->file_count, sizeof *g->files);
    g->files[0] = (rwg__file_row){0};
    if (in->file_count > 1) {
        memcpy(g->files + 1, in->files + 1, (in->file_count - 1) * sizeof *g->files);
    }
    for (uint32_t i = 1; i < g->file_count; i++) {
        rwg__file_row *row = &g->files[i];
        row->flags &= ~(uint32_t)RWG__FILE_HAS_DIAGS;
        if (row->module) {
            row->flags |= diags_flag(in->prev, row, i);
            rwg__module_retain(row->module);
        }
    }
}

/* The names of a client stub come from the real module when its file has an `export *`. */
uint32_t rwg__node_star_flags(const rwg_graph *g, uint32_t node) {
    const rwg_module *module = g->files[g->nodes[node].file.v].module;
    bool client = rwg__node_is_stub(g, node) && (g->nodes[node].flags & RWG_NODE_CLIENT_REF);
    if (!client || !module) {
        return 0;
    }
    bool star = false;
    uint32_t count;
    const rwg_export *exports = rwg_module_exports(module, &count);
    for (uint32_t i = 0; i < count && !star; i++) {
        star = (exports[i].flags & (RWG_EXPORT_STAR | RWG_EXPORT_TYPE_ONLY)) == RWG_EXPORT_STAR;
    }
    if (!star) {
        return 0;
    }
    const rwg_edge *edges = rwg__edges(g, node, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (edges[i].kind == RWG_EDGE_BRIDGE) {
            return RWG__NODE_STAR_BRIDGE;
        }
    }
    return RWG__NODE_STAR_CLIENT;
}

bool rwg__edge_embeds(const rwg_graph *g, const rwg_edge *edge) {
    if (edge->target.v == 0 || (edge->flags & (RWG_EDGE_TYPE_ONLY | RWG_EDGE_TEXT))) {
        return false;
    }
    uint32_t target = g->nodes[edge->target.v].flags;
    if (edge->kind == RWG_EDGE_BRIDGE) {
        return !(target & RWG_NODE_PINNED);
    }
    return edge->kind == RWG_EDGE_IMPORT && rwg__flags_embed(target);
}

/* What follows from the edges of all rows together, for each node: REACHED, RUNTIME and LEAF. */
enum {
    REACH = RWG_NODE_REACHED | RWG_NODE_LEAF | RWG__NODE_RUNTIME,
};

/* Breadth-first from the entries: over runtime edges first, then over those of types, so that code
 * which is only there for its types can be told from code that runs; what neither finds, and is
 * imported as text, is a leaf. Returns flags by node, of as many nodes as `limit`. */
static uint32_t *find_reach(rwg__mem *mem, const rwg__graph_input *in, uint32_t limit) {
    uint32_t *reach = rwg__mem_zalloc(mem, limit * sizeof *reach);
    rwg__node_set modules;
    rwg__node_set_init(&modules, mem, limit);
    for (uint32_t i = 1; i < in->node_count; i++) {
        if (in->nodes[i].file.v != 0 && (in->nodes[i].flags & RWG_NODE_ENTRY)) {
            rwg__node_set_add(&modules, i);
        }
    }
    const uint8_t skipped[] = {RWG_EDGE_TEXT | RWG_EDGE_TYPE_ONLY, RWG_EDGE_TEXT};
    const uint32_t marks[] = {RWG_NODE_REACHED | RWG__NODE_RUNTIME, RWG_NODE_REACHED};
    uint8_t seen = 0;
    for (uint32_t pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < modules.count; i++) {
            const rwg__node_row *row = &in->nodes[modules.items[i].v];
            reach[modules.items[i].v] |= marks[pass];
            for (uint32_t e = 0; e < row->edge_count; e++) {
                const rwg_edge *edge = &row->edges[e];
                seen |= edge->flags;
                if (edge->target.v != 0 && !(edge->flags & skipped[pass])) {
                    rwg__node_set_add(&modules, edge->target.v);
                }
            }
        }
    }
    for (uint32_t i = 0; (seen & RWG_EDGE_TEXT) && i < modules.count; i++) {
        const rwg__node_row *row = &in->nodes[modules.items[i].v];
        for (uint32_t e = 0; e < row->edge_count; e++) {
            uint32_t target = row->edges[e].target.v;
            if (target != 0 && !rwg__node_set_has(&modules, target)) {
                reach[target] = RWG_NODE_REACHED | RWG_NODE_LEAF;
            }
        }
    }
    rwg__node_set_deinit(&modules);
    return reach;
}

/* A node that became a leaf loses its edges here, and one that is none any more gets them back. */
static void add_turned(rwg__node_set *dirty, const rwg_graph *prev, const uint32_t *reach) {
    for (uint32_t i = 1; prev && i < prev->node_count; i++) {
        if ((prev->nodes[i].flags ^ reach[i]) & RWG_NODE_LEAF) {
            rwg__node_set_add(dirty, i);
        }
    }
}

static uint32_t
count_edges(const rwg__graph_input *in, const rwg__node_set *dirty, const uint32_t *reach) {
    uint32_t count = 0;
    for (uint32_t i = 1; i < in->node_count; i++) {
        if (in->prev && !rwg__node_set_has(dirty, i)) {
            const rwg__node_data *node = &in->prev->nodes[i];
            count += node[1].first_edge - node[0].first_edge;
        } else if (in->nodes[i].file.v != 0 && !(reach[i] & RWG_NODE_LEAF)) {
            count += in->nodes[i].edge_count;
        }
    }
    return count;
}

/* Nodes and edges of the clean ids [from, to), which follow each other in prev as they do here. */
static void
copy_run(rwg_graph *g, const rwg_graph *prev, const uint32_t *reach, uint32_t from, uint32_t to) {
    uint32_t first = prev->nodes[from].first_edge;
    uint32_t count = prev->nodes[to].first_edge - first;
    if (count > 0) {
        memcpy(g->edges + g->edge_count, prev->edges + first, count * sizeof *g->edges);
    }
    for (uint32_t i = from; i < to; i++) {
        rwg__node_data node = prev->nodes[i];
        node.flags = (node.flags & ~(uint32_t)REACH) | reach[i];
        node.first_edge = node.first_edge - first + g->edge_count;
        g->nodes[i] = node;
    }
    g->edge_count += count;
}

static void copy_row(rwg_graph *g, const rwg__node_row *row, uint32_t reach, uint32_t node) {
    rwg__node_data *data = &g->nodes[node];
    *data = (rwg__node_data){.first_edge = g->edge_count};
    if (row->file.v == 0) {
        return;
    }
    data->file = row->file;
    data->env = row->env;
    data->flags = (row->flags & RWG__NODE_PUBLIC & ~(uint32_t)REACH) | reach;
    uint32_t count = reach & RWG_NODE_LEAF ? 0 : row->edge_count;
    if (count > 0) {
        memcpy(g->edges + g->edge_count, row->edges, count * sizeof *g->edges);
    }
    g->edge_count += count;
}

static void copy_nodes(
    rwg_graph *g, const rwg__graph_input *in, const rwg__node_set *dirty, const uint32_t *reach
) {
    g->node_count = dirty->limit;
    g->nodes = rwg__array_new(g->mem, (size_t)g->node_count + 1, sizeof *g->nodes);
    g->nodes[0] = g->nodes[g->node_count] = (rwg__node_data){.flags = 0};
    uint32_t edge_count = count_edges(in, dirty, reach);
    g->edges = rwg__array_new(g->mem, edge_count, sizeof *g->edges);
    for (uint32_t i = 1; i < in->node_count;) {
        if (!in->prev || rwg__node_set_has(dirty, i)) {
            copy_row(g, &in->nodes[i], reach[i], i);
            i++;
            continue;
        }
        uint32_t to = i + 1;
        while (to < in->node_count && !rwg__node_set_has(dirty, to)) {
            to++;
        }
        copy_run(g, in->prev, reach, i, to);
        i = to;
    }
    g->nodes[g->node_count].first_edge = g->edge_count;
    RWG_ASSERT(g->edge_count == edge_count);
}

/* What depends on the edges of a node and on their targets: EMBEDS of each, and the STAR flags. */
static void mark_node(rwg_graph *g, uint32_t node) {
    for (uint32_t e = g->nodes[node].first_edge; e < g->nodes[node + 1].first_edge; e++) {
        rwg_edge *edge = &g->edges[e];
        edge->flags &= (uint8_t)~RWG_EDGE_EMBEDS;
        if (rwg__edge_embeds(g, edge)) {
            edge->flags |= RWG_EDGE_EMBEDS;
        }
    }
    g->nodes[node].flags &= ~(uint32_t)(RWG__NODE_STAR_BRIDGE | RWG__NODE_STAR_CLIENT);
    g->nodes[node].flags |= rwg__node_star_flags(g, node);
}

/* EMBEDS depends on the target too. `work` starts as the dirty nodes and grows by the clean
 * importers of nodes that are embedded now and were not, or the other way round. */
static void mark_nodes(rwg_graph *g, const rwg_graph *prev, rwg__node_set *work) {
    if (!prev) {
        for (uint32_t i = 1; i < g->node_count; i++) {
            mark_node(g, i);
        }
        return;
    }
    uint32_t dirty_count = work->count;
    for (uint32_t i = 0; i < dirty_count; i++) {
        uint32_t node = work->items[i].v;
        uint32_t toggled = RWG_NODE_DEPENDENCY | RWG_NODE_PINNED | RWG__NODE_STUB;
        uint32_t before = rwg__node_live(prev, node) ? prev->nodes[node].flags & toggled : 0;
        if (rwg__node_live(prev, node) && before != (g->nodes[node].flags & toggled)) {
            uint32_t count;
            const rwg__links *links;
            const rwg_node *importers = rwg__importers(prev, node, &count, &links);
            for (uint32_t k = 0; k < count; k++) {
                rwg__node_set_add(work, importers[k].v);
            }
        }
    }
    for (uint32_t i = 0; i < work->count; i++) {
        mark_node(g, work->items[i].v);
    }
}

/* Paths keep their place in memory, so the same pointer is the same path. */
static bool has_same_paths(const rwg_graph *g, const rwg_graph *prev) {
    bool same = g->file_count == prev->file_count;
    for (uint32_t i = 1; same && i < g->file_count; i++) {
        same = g->files[i].path.ptr == prev->files[i].path.ptr;
    }
    return same;
}

/* The map of the graph before, or a copy of it with what came and went. */
static void index_files(rwg_graph *g, const rwg_graph *prev) {
    if (prev && has_same_paths(g, prev)) {
        g->file_ids = prev->file_ids;
        atomic_fetch_add_explicit(&g->file_ids->refs, 1, memory_order_relaxed);
        return;
    }
    g->file_ids = rwg__mem_zalloc(g->mem, sizeof *g->file_ids);
    atomic_init(&g->file_ids->refs, 1);
    rwg__strmap *map = &g->file_ids->map;
    rwg__strmap_init(map, g->mem);
    if (prev && prev->file_ids->map.cap > 0) {
        size_t size = prev->file_ids->map.cap * sizeof *map->slots;
        *map = prev->file_ids->map;
        map->slots = memcpy(rwg__mem_resize(g->mem, NULL, 0, size), map->slots, size);
    } else {
        rwg__strmap_reserve(map, g->file_count);
    }
    uint32_t old_files = prev ? prev->file_count : 0;
    for (uint32_t i = 1; i < old_files; i++) {
        rwg_str path = prev->files[i].path;
        if (path.ptr && (i >= g->file_count || g->files[i].path.ptr != path.ptr)) {
            *rwg__strmap_put(map, path, NULL) = 0;
        }
    }
    for (uint32_t i = 1; i < g->file_count; i++) {
        rwg_str path = g->files[i].path;
        if (path.ptr && (i >= old_files || prev->files[i].path.ptr != path.ptr)) {
            *rwg__strmap_put(map, path, NULL) = i;
        }
    }
}

static void drop_paths(rwg__mem *mem, rwg__path_ids *ids) {
    if (atomic_fetch_sub_explicit(&ids->refs, 1, memory_order_acq_rel) == 1) {
        rwg__strmap_deinit(&ids->map);
        rwg__mem_free(mem, ids, sizeof *ids);
    }
}

static void index_nodes(rwg_graph *g) {
    size_t count = (size_t)g->file_count * g->env_count;
    g->node_ids = rwg__array_new(g->mem, count, sizeof *g->node_ids);
    memset(g->node_ids, 0, count * sizeof *g->node_ids);
    for (uint32_t i = 1; i < g->node_count; i++) {
        const rwg__node_data *node = &g->nodes[i];
        if (node->file.v != 0) {
            RWG_ASSERT(node->file.v < g->file_count && node->env.v - 1 < g->env_count);
            g->node_ids[(size_t)node->file.v * g->env_count + node->env.v - 1] = i;
        }
    }
}

static bool same_interface(const rwg_module *a, const rwg_module *b) {
    return a == b ||
           (a && b && rwg__hash_equal(rwg_module_interface_hash(a), rwg_module_interface_hash(b)));
}

static bool
same_row(const rwg_graph *g, const rwg__node_row *row, const rwg_graph *prev, uint32_t node) {
    const rwg__node_data *old = &prev->nodes[node];
    if (row->file.v != old->file.v || row->env.v != old->env.v) {
        return false;
    }
    if (row->file.v == 0) {
        return true;
    }
    uint32_t differing = (row->flags ^ old->flags) & RWG__NODE_PUBLIC & ~(uint32_t)REACH;
    if (old->flags & RWG_NODE_LEAF) {
        return differing == 0; /* while others lead to it as before, it stays without edges */
    }
    uint32_t count;
    const rwg_edge *edges = rwg__edges(prev, node, &count);
    bool same = differing == 0 && count == row->edge_count &&
                same_interface(g->files[row->file.v].module, prev->files[row->file.v].module);
    for (uint32_t i = 0; same && i < count; i++) {
        const rwg_edge *a = &row->edges[i];
        const rwg_edge *b = &edges[i];
        same = a->import == b->import && a->kind == b->kind && a->outcome == b->outcome &&
               ((a->flags ^ b->flags) & ~RWG_EDGE_EMBEDS) == 0 && a->target.v == b->target.v &&
               a->text == b->text;
    }
    return same;
}

/* Most edits are inside function bodies: nodes, edges and what follows from them are then as they
 * were, and only hashes and diagnostics can differ. */
static bool
has_same_shape(const rwg_graph *g, const rwg__graph_input *in, const rwg__node_set *dirty) {
    bool same = g->file_count == in->prev->file_count && dirty->limit == in->prev->node_count;
    for (uint32_t i = 0; same && i < dirty->count; i++) {
        same = same_row(g, &in->nodes[dirty->items[i].v], in->prev, dirty->items[i].v);
    }
    return same;
}

static void share_shape(rwg_graph *g, const rwg_graph *prev) {
    g->node_count = prev->node_count;
    g->edge_count = prev->edge_count;
    g->importer_count = prev->importer_count;
    g->nodes = rwg__array_share(prev->nodes);
    g->edges = rwg__array_share(prev->edges);
    g->importers = rwg__array_share(prev->importers);
    g->links = rwg__array_share(prev->links);
    g->out_links = rwg__array_share(prev->out_links);
    g->node_ids = rwg__array_share(prev->node_ids);
}

/* The dirty nodes of the input, and all that prev does not have. */
static void collect_dirty(rwg__node_set *dirty, const rwg__graph_input *in, rwg__mem *mem) {
    uint32_t count = in->node_count > 0 ? in->node_count : 1;
    RWG_ASSERT(!in->prev || in->prev->node_count <= count); /* ids are never taken back */
    rwg__node_set_init(dirty, mem, count);
    for (uint32_t i = 0; in->prev && i < in->dirty_count; i++) {
        rwg__node_set_add(dirty, in->dirty[i].v);
    }
    for (uint32_t i = in->prev ? in->prev->node_count : 1; i < count; i++) {
        rwg__node_set_add(dirty, i);
    }
}

rwg_graph *rwg__graph_build(const rwg__graph_input *in) {
    rwg_graph *g = rwg__mem_zalloc(in->mem, sizeof *g);
    atomic_init(&g->refs, 1);
    g->mem = rwg__mem_retain(in->mem);
    g->names = rwg__names_retain(in->names);
    g->generation = in->generation;
    rwg__arena_init(&g->arena, g->mem);

    rwg__node_set work;
    collect_dirty(&work, in, g->mem);
    copy_envs(g, in);
    copy_texts(g, in->prev);
    copy_files(g, in);
    bool same_shape = in->prev && has_same_shape(g, in, &work);
    if (same_shape) {
        share_shape(g, in->prev);
    } else {
        uint32_t *reach = find_reach(g->mem, in, work.limit);
        add_turned(&work, in->prev, reach);
        copy_nodes(g, in, &work, reach);
        mark_nodes(g, in->prev, &work);
        rwg__importers_link(g, in->prev, &work);
        index_nodes(g);
        rwg__mem_free(g->mem, reach, work.limit * sizeof *reach);
    }
    index_files(g, in->prev);
    rwg__version_update(g, in->prev, &work);
    if (same_shape) {
        rwg__deps_copy(g, in->prev, in->committed, in->committed_count);
    } else {
        rwg__deps_collect(g, in->committed, in->committed_count);
    }
    rwg__diags_collect(g, in->diags, in->diag_count);
    rwg__node_set_deinit(&work);
    return g;
}

rwg_graph *rwg_graph_retain(const rwg_graph *g) {
    rwg_graph *graph = (rwg_graph *)g; /* the count is the one thing that changes */
    atomic_fetch_add_explicit(&graph->refs, 1, memory_order_relaxed);
    return graph;
}

void rwg_graph_release(const rwg_graph *g) {
    rwg_graph *graph = (rwg_graph *)g;
    if (!graph || atomic_fetch_sub_explicit(&graph->refs, 1, memory_order_acq_rel) != 1) {
        return;
    }
    rwg__mem *mem = graph->mem;
    for (uint32_t i = 1; i < graph->file_count; i++) {
        if (graph->files[i].module) {
            rwg__module_release(graph->files[i].module);
        }
    }
    free_array(mem, graph->files, graph->file_count, sizeof *graph->files);
    rwg__array_drop(mem, graph->nodes);
    rwg__array_drop(mem, graph->edges);
    rwg__array_drop(mem, graph->importers);
    rwg__array_drop(mem, graph->links);
    rwg__array_drop(mem, graph->out_links);
    rwg__array_drop(mem, graph->texts);
    rwg__array_drop(mem, graph->node_ids);
    free_array(mem, graph->own, graph->node_count, sizeof *graph->own);
    free_array(mem, graph->surface, graph->node_count, sizeof *graph->surface);
    free_array(mem, graph->version, graph->node_count, sizeof *graph->version);
    drop_paths(mem, graph->file_ids);
    rwg__arena_deinit(&graph->arena);
    rwg__names_release(graph->names);
    rwg__mem_free(mem, graph, sizeof *graph);
    rwg__mem_release(mem);
}

uint64_t rwg_graph_generation(const rwg_graph *g) {
    return g->generation;
}

uint32_t rwg_graph_env_count(const rwg_graph *g) {
    return g->env_count;
}

rwg_env rwg_graph_env(const rwg_graph *g, rwg_str name) {
    for (uint32_t i = 0; i < g->env_count; i++) {
        if (rwg__str_eq(g->envs[i].name, name)) {
            return (rwg_env){i + 1};
        }
    }
    return (rwg_env){0};
}

rwg_str rwg_graph_env_name(const rwg_graph *g, rwg_env env) {
    return env.v - 1 < g->env_count ? g->envs[env.v - 1].name : (rwg_str){NULL, 0};
}

uint32_t rwg_graph_file_max(const rwg_graph *g) {
    return g->file_count - 1;
}

uint32_t rwg_graph_node_max(const rwg_graph *g) {
    return g->node_count - 1;
}

bool rwg_graph_is_live(const rwg_graph *g, rwg_node n) {
    return rwg__node_live(g, n.v);
}

rwg_file rwg_graph_file(const rwg_graph *g, rwg_str path) {
    const uint32_t *id = rwg__strmap_find(&g->file_ids->map, path);
    return (rwg_file){id ? *id : 0};
}

rwg_str rwg_graph_file_path(const rwg_graph *g, rwg_file f) {
    return f.v < g->file_count ? g->files[f.v].path : (rwg_str){NULL, 0};
}

rwg_node rwg_graph_find(const rwg_graph *g, rwg_str path, rwg_env env) {
    return (rwg_node){rwg__node_id(g, rwg_graph_file(g, path).v, env.v)};
}

rwg_file rwg_node_file(const rwg_graph *g, rwg_node n) {
    return n.v < g->node_count ? g->nodes[n.v].file : (rwg_file){0};
}

rwg_env rwg_node_env(const rwg_graph *g, rwg_node n) {
    return n.v < g->node_count ? g->nodes[n.v].env : (rwg_env){0};
}

const rwg_module *rwg_node_module(const rwg_graph *g, rwg_node n) {
    return rwg__node_live(g, n.v) ? g->files[g->nodes[n.v].file.v].module : NULL;
}

uint32_t rwg_node_flags(const rwg_graph *g, rwg_node n) {
    return n.v < g->node_count ? g->nodes[n.v].flags & RWG__NODE_PUBLIC : 0;
}

const rwg_edge *rwg_graph_edges(const rwg_graph *g, rwg_node n, uint32_t *out_n) {
    *out_n = 0;
    return n.v < g->node_count ? rwg__edges(g, n.v, out_n) : NULL;
}

rwg_str rwg_graph_text(const rwg_graph *g, uint32_t text) {
    return text < g->text_count ? g->texts[text] : (rwg_str){NULL, 0};
}

const rwg_node *rwg_graph_importers(const rwg_graph *g, rwg_node n, uint32_t *out_n) {
    const rwg__links *links;
    *out_n = 0;
    return n.v < g->node_count ? rwg__importers(g, n.v, out_n, &links) : NULL;
}

rwg_hash rwg_graph_own_hash(const rwg_graph *g, rwg_node n) {
    return n.v < g->node_count ? g->own[n.v] : (rwg_hash){{0}};
}

rwg_hash rwg_graph_surface(const rwg_graph *g, rwg_node n) {
    return n.v < g->node_count ? g->surface[n.v] : (rwg_hash){{0}};
}

rwg_hash rwg_graph_version(const rwg_graph *g, rwg_node n) {
    return n.v < g->node_count ? g->version[n.v] : (rwg_hash){{0}};
}

const rwg_diag *rwg_graph_diags(const rwg_graph *g, uint32_t *out_n) {
    *out_n = g->diag_count;
    return g->diags;
}
