/* The module graph at one generation: an immutable snapshot.
 *
 * A graph is reference-counted and never changes: any number of threads may read it while its
 * project commits newer ones. A node is (file, environment); an edge is (node, import index) ->
 * outcome. Every string returned is borrowed from the graph and lives as long as a reference to it.
 */
#ifndef RWGRAPH_GRAPH_H
#define RWGRAPH_GRAPH_H

#include <rwgraph/base.h>
#include <rwgraph/diag.h>
#include <rwgraph/module.h>
#include <rwgraph/resolve.h>
#include <rwgraph/sink.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rwg_graph rwg_graph;

/* Both are safe from any thread. */
RWG_API rwg_graph *rwg_graph_retain(const rwg_graph *g);
RWG_API void rwg_graph_release(const rwg_graph *g);

/* Counts commits since the project's database was made. 0 = the empty graph. */
RWG_API uint64_t rwg_graph_generation(const rwg_graph *g);
RWG_API uint32_t rwg_graph_env_count(const rwg_graph *g);
/* Handle by name; {0} when there is no such environment. */
RWG_API rwg_env rwg_graph_env(const rwg_graph *g, rwg_str name);
RWG_API rwg_str rwg_graph_env_name(const rwg_graph *g, rwg_env env);

/* Files and nodes have ids 1..max; some ids may be unused (is_live says which). */
RWG_API uint32_t rwg_graph_file_max(const rwg_graph *g);
RWG_API uint32_t rwg_graph_node_max(const rwg_graph *g);
RWG_API bool rwg_graph_is_live(const rwg_graph *g, rwg_node n);
/* A file by path relative to the root with '/', e.g. "src/a.ts" or "../shared/b.ts". */
RWG_API rwg_file rwg_graph_file(const rwg_graph *g, rwg_str path);
RWG_API rwg_str rwg_graph_file_path(const rwg_graph *g, rwg_file f);
RWG_API rwg_node rwg_graph_find(const rwg_graph *g, rwg_str path, rwg_env env);
RWG_API rwg_file rwg_node_file(const rwg_graph *g, rwg_node n);
RWG_API rwg_env rwg_node_env(const rwg_graph *g, rwg_node n);
/* NULL for an asset or a file that could not be read. */
RWG_API const rwg_module *rwg_node_module(const rwg_graph *g, rwg_node n);

enum {
    RWG_NODE_ENTRY = 1 << 0,      /* where this environment starts */
    RWG_NODE_DEPENDENCY = 1 << 1, /* the real file lies in node_modules */
    RWG_NODE_CLIENT_REF = 1 << 2, /* a client module seen from react-server: a stub of references */
    RWG_NODE_SERVER_REF =
        1 << 3,                /* a server module seen from client or ssr: a stub of references */
    RWG_NODE_PINNED = 1 << 4,  /* its instance lives outside generations */
    RWG_NODE_CLIENT = 1 << 5,  /* has (or is forced to have) "use client" */
    RWG_NODE_SERVER = 1 << 6,  /* has (or is forced to have) "use server" */
    RWG_NODE_REACHED = 1 << 7, /* reachable from an entry of its environment */
    RWG_NODE_UNREADABLE = 1 << 8, /* the file could not be read; see its diagnostics */
    RWG_NODE_LEAF = 1 << 9, /* reached for its text alone: without edges, whatever the file says */
};

RWG_API uint32_t rwg_node_flags(const rwg_graph *g, rwg_node n);

typedef enum rwg_edge_kind {
    RWG_EDGE_IMPORT, /* made by an import site of the module */
    RWG_EDGE_BRIDGE, /* react-server stub -> the ssr node it evaluates */
    RWG_EDGE_CLIENT, /* react-server stub -> the client node that the browser loads */
    RWG_EDGE_SERVER, /* client/ssr stub -> the react-server node it calls */
} rwg_edge_kind;

enum {
    RWG_EDGE_TYPE_ONLY = 1 << 0,
    RWG_EDGE_DYNAMIC = 1 << 1, /* evaluated later or elsewhere: import(), worker, url, lazy glob */
    RWG_EDGE_STAR = 1 << 2,    /* export * from */
    RWG_EDGE_EMBEDS = 1 << 3,  /* the importer's emitted text contains the target's version */
    RWG_EDGE_TEXT = 1 << 4,    /* for the file's text or address (?raw, ?url), not as a module */
};

/* One edge. An import that matches several files (a glob) has several edges with the same index. */
typedef struct rwg_edge {
    uint32_t import; /* index into the module's imports; RWG_NO_IMPORT unless RWG_EDGE_IMPORT */
    uint8_t kind;    /* rwg_edge_kind */
    uint8_t outcome; /* rwg_outcome */
    uint8_t flags;
    uint8_t reserved;
    rwg_node target; /* 0 unless outcome is FILE, or PINNED with a file behind it */
    uint32_t text;   /* what it stands for, by rwg_graph_text; for a FILE the query; 0 = nothing */
} rwg_edge;

RWG_API const rwg_edge *rwg_graph_edges(const rwg_graph *g, rwg_node n, uint32_t *out_n);
RWG_API rwg_str rwg_graph_text(const rwg_graph *g, uint32_t text);
/* The nodes that have an edge to n, each once, ascending. */
RWG_API const rwg_node *rwg_graph_importers(const rwg_graph *g, rwg_node n, uint32_t *out_n);

/* The three hashes of law 7. own: the file's bytes, or for a reference stub the names it exports.
 * surface: what importers can see, through export *. version: own, plus the surface of each linked
 * module, plus the version of each that is embedded, plus the bytes of each that is imported as
 * text; equal versions mean equal emitted text. A leaf is hashed as an asset is, by its bytes. */
RWG_API rwg_hash rwg_graph_own_hash(const rwg_graph *g, rwg_node n);
RWG_API rwg_hash rwg_graph_surface(const rwg_graph *g, rwg_node n);
RWG_API rwg_hash rwg_graph_version(const rwg_graph *g, rwg_node n);
/* The walk that makes rwg_graph_version, as lines of text: what went in, link by link. */
RWG_API void rwg_graph_explain(const rwg_graph *g, rwg_node n, rwg_sink *sink);

/* A list of nodes owned by the caller; free with rwg_node_list_free. */
typedef struct rwg_node_list {
    rwg_node *items;
    uint32_t count;
} rwg_node_list;

RWG_API void rwg_node_list_free(rwg_node_list *list);

/* The shortest chain of edges from `from` (or, when {0}, from any entry of the target's
 * environment) to `to`, both ends included. Type-only edges are taken only with include_types.
 * RWG_NOT_FOUND when there is none. */
RWG_API RWG_MUST_USE rwg_status rwg_graph_why(
    const rwg_graph *g, rwg_node from, rwg_node to, bool include_types, rwg_node_list *out_path
);

/* Everything that reaches n over runtime edges, n excluded, ascending. */
RWG_API void rwg_graph_affected(const rwg_graph *g, rwg_node n, rwg_node_list *out);

/* Cycles: each strongly connected component of more than one node (or with a self-edge) over static
 * runtime edges, as one shortest cycle through its least path. Lists are concatenated in `nodes`;
 * starts[i]..starts[i+1] is cycle i. Free with rwg_cycles_free. */
typedef struct rwg_cycles {
    rwg_node_list nodes;
    uint32_t *starts; /* count + 1 values */
    uint32_t *sizes;  /* number of nodes in each whole component */
    uint32_t count;
} rwg_cycles;

RWG_API void rwg_graph_cycles(const rwg_graph *g, rwg_env env, rwg_cycles *out);
RWG_API void rwg_cycles_free(rwg_cycles *cycles);

/* One package entry that application code imports. */
typedef struct rwg_dependency {
    rwg_env env;
    rwg_str specifier;         /* as first written, without query */
    rwg_str package;           /* name of the package */
    rwg_node node;             /* the file it resolves to */
    bool fresh;                /* not in the committed set of the generation before */
    const rwg_node *importers; /* application nodes that import it, ascending */
    uint32_t importer_count;
} rwg_dependency;

/* The dependencies of an environment ({0}: of all), sorted by environment, package, specifier. */
RWG_API const rwg_dependency *rwg_graph_deps(const rwg_graph *g, rwg_env env, uint32_t *out_n);

/* Diagnostics of modules and edges, sorted by path and position. Owned by the graph. */
RWG_API const rwg_diag *rwg_graph_diags(const rwg_graph *g, uint32_t *out_n);

typedef enum rwg_dump_format {
    RWG_DUMP_CANONICAL, /* sorted text without ids: two graphs are equal iff these are equal */
    RWG_DUMP_DOT,
    RWG_DUMP_MERMAID,
    RWG_DUMP_JSON,
} rwg_dump_format;

RWG_API void rwg_graph_dump(const rwg_graph *g, rwg_dump_format format, rwg_sink *sink);

/* Verifies the numbered invariants of graph/graph.h; false and the first broken one in err. */
RWG_API bool rwg_graph_check(const rwg_graph *g, rwg_error *err);

#ifdef __cplusplus
}
#endif
#endif
