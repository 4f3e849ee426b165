/* What the files of the graph share: how two nodes hang together, sets of nodes, orders.
 *
 * rwg__edge_links is the one place that says which hash of a target enters which hash of its
 * importer. The reverse of the graph keeps the same bits per (importer, target), so a walk towards
 * the importers never has to look at the edges again: every walk here is linear. */
#ifndef RWG_GRAPH_WALK_H
#define RWG_GRAPH_WALK_H

#include "graph/graph.h"

enum {
    RWG__LINK_RUNTIME = 1 << 0, /* an import that stays when types are erased */
    RWG__LINK_STATIC = 1 << 1,  /* such an import, evaluated before its importer */
    RWG__LINK_STAR = 1 << 2,    /* the importer's surface contains the target's surface */
    RWG__LINK_SURFACE = 1 << 3, /* the importer's version contains the target's surface */
    RWG__LINK_VERSION = 1 << 4, /* the importer's version contains the target's version */
    RWG__LINK_BRIDGE = 1 << 5,  /* a stub and the ssr node that it evaluates */
    RWG__LINK_REF = 1 << 6,     /* a stub and the node that it names: client or server edge */
    RWG__LINK_TYPE = 1 << 7,    /* an import that is erased */
    RWG__LINK_TEXT = 1 << 8,    /* the importer's version contains the bytes of the target's file */
    RWG__LINK_ANY = 0xFFFF & ~(1 << 7),
};

/* Node flags that are ours, above the public ones. */
enum {
    RWG__NODE_PUBLIC = 0xFFFF,
    RWG__NODE_RUNTIME = 1 << 16,     /* reached as a module that runs: without type-only edges */
    RWG__NODE_STAR_BRIDGE = 1 << 17, /* a client stub whose names come through its bridge edge... */
    RWG__NODE_STAR_CLIENT = 1 << 18, /* ...or, without a bridge, through its client edge */
};

/* Likewise for files. */
enum {
    RWG__FILE_HAS_DIAGS = 1 << 16, /* its record has diagnostics */
};

enum {
    RWG__NODE_STUB = RWG_NODE_CLIENT_REF | RWG_NODE_SERVER_REF,
};

static inline const rwg_edge *rwg__edges(const rwg_graph *g, uint32_t node, uint32_t *out_n) {
    *out_n = g->nodes[node + 1].first_edge - g->nodes[node].first_edge;
    return *out_n > 0 ? g->edges + g->nodes[node].first_edge : NULL;
}

static inline const rwg_node *
rwg__importers(const rwg_graph *g, uint32_t node, uint32_t *out_n, const rwg__links **out_links) {
    uint32_t first = g->nodes[node].first_importer;
    *out_n = g->nodes[node + 1].first_importer - first;
    *out_links = *out_n > 0 ? g->links + first : NULL;
    return *out_n > 0 ? g->importers + first : NULL;
}

static inline bool rwg__node_live(const rwg_graph *g, uint32_t node) {
    return node < g->node_count && g->nodes[node].file.v != 0;
}

static inline bool rwg__node_reached(const rwg_graph *g, uint32_t node) {
    return node < g->node_count && (g->nodes[node].flags & RWG_NODE_REACHED) != 0;
}

static inline bool rwg__node_is_leaf(const rwg_graph *g, uint32_t node) {
    return (g->nodes[node].flags & RWG_NODE_LEAF) != 0;
}

/* A leaf is never a stub: it is the file's text, in whatever environment. */
static inline bool rwg__node_is_stub(const rwg_graph *g, uint32_t node) {
    return (g->nodes[node].flags & RWG__NODE_STUB) != 0 && !rwg__node_is_leaf(g, node);
}

static inline rwg_str rwg__node_path(const rwg_graph *g, uint32_t node) {
    return g->files[g->nodes[node].file.v].path;
}

static inline rwg_str rwg__node_env_name(const rwg_graph *g, uint32_t node) {
    return g->envs[g->nodes[node].env.v - 1].name;
}

static inline rwg_env_role rwg__node_role(const rwg_graph *g, uint32_t node) {
    return g->envs[g->nodes[node].env.v - 1].role;
}

/* Zero for an asset, a leaf or an unreadable file. */
static inline rwg_hash rwg__node_interface(const rwg_graph *g, uint32_t node) {
    const rwg_module *module = g->files[g->nodes[node].file.v].module;
    bool has = module && !rwg__node_is_leaf(g, node);
    return has ? rwg_module_interface_hash(module) : (rwg_hash){{0}};
}

/* RWG__LINK_* of one edge of `from`; 0 when the edge has no target. */
rwg__links rwg__edge_links(const rwg_graph *g, uint32_t from, const rwg_edge *edge);
/* Whether the text of an importer of a node with these flags contains the node's version. */
bool rwg__flags_embed(uint32_t flags);
/* What RWG_EDGE_EMBEDS has to be for an edge. */
bool rwg__edge_embeds(const rwg_graph *g, const rwg_edge *edge);
/* RWG__NODE_STAR_* for a node whose edges are in place. */
uint32_t rwg__node_star_flags(const rwg_graph *g, uint32_t node);

/* By path, then by name of environment: the order of all that is shown or hashed. */
int rwg__node_compare(const rwg_graph *g, uint32_t a, uint32_t b);
/* Sorts in that order. */
void rwg__nodes_sort(const rwg_graph *g, rwg_node *nodes, uint32_t count);

/* A set of nodes that remembers the order of insertion, so it is also the queue of a breadth-first
 * walk. */
typedef struct rwg__node_set {
    rwg__mem *mem;
    uint8_t *has;    /* [limit] */
    rwg_node *items; /* [count], room for limit */
    uint32_t count;
    uint32_t limit; /* ids are below this */
} rwg__node_set;

void rwg__node_set_init(rwg__node_set *set, rwg__mem *mem, uint32_t limit);
void rwg__node_set_deinit(rwg__node_set *set);

static inline bool rwg__node_set_has(const rwg__node_set *set, uint32_t node) {
    return node < set->limit && set->has[node] != 0;
}

/* True when the node was not in it. */
static inline bool rwg__node_set_add(rwg__node_set *set, uint32_t node) {
    if (set->has[node]) {
        return false;
    }
    set->has[node] = 1;
    set->items[set->count++] = (rwg_node){node};
    return true;
}

/* Adds all that reaches the set over links with one of the bits. */
void rwg__node_set_add_importers(rwg__node_set *set, const rwg_graph *g, rwg__links links);
void rwg__node_set_sort(rwg__node_set *set);

/* Strongly connected components, each after those that it has links to. */
typedef struct rwg__components {
    rwg__mem *mem;
    rwg_node *nodes;  /* [node_count], one component after the other */
    uint32_t *starts; /* [count + 1] */
    uint32_t count;
    uint32_t node_count; /* also the room in nodes; starts has one more */
} rwg__components;

/* Components of the subgraph of `set` over links with one of the bits. */
void rwg__components_find(
    rwg__components *out, const rwg_graph *g, const rwg__node_set *set, rwg__links links
);
void rwg__components_deinit(rwg__components *components);

/* Fills importers, links, out_links and each node's first_importer. With prev, `work` holds all
 * nodes whose edges, or the links of their edges, may differ from it. */
void rwg__importers_link(rwg_graph *g, const rwg_graph *prev, const rwg__node_set *work);
/* Fills own, surface and version. Without prev all nodes are computed; with prev the hashes are
 * already those of prev, and `work` holds the nodes whose inputs may differ. */
void rwg__version_update(rwg_graph *g, const rwg_graph *prev, const rwg__node_set *work);
/* Fills deps. */
void rwg__deps_collect(rwg_graph *g, const rwg__committed *committed, uint32_t committed_count);
/* The same, when nodes, edges and specifiers are known to be those of prev. */
void rwg__deps_copy(
    rwg_graph *g, const rwg_graph *prev, const rwg__committed *committed, uint32_t committed_count
);
/* Fills diags. */
void rwg__diags_collect(rwg_graph *g, const rwg__diag_row *rows, uint32_t row_count);

/* A caller-owned list of `count` nodes: it keeps its mem alive until it is freed. */
rwg_node_list rwg__node_list_new(rwg__mem *mem, const rwg_node *items, uint32_t count);

#endif
