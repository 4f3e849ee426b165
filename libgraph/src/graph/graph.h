/* The graph snapshot inside, and how one is made.
 *
 * A graph is one value: rwg__graph_build takes rows that the project owns, copies them into flat
 * arrays, computes what follows from them, and never changes afterwards. Cost is linear in nodes
 * and edges for the copy; hashes are recomputed only for `dirty` nodes and what their change
 * reaches. Most edits are inside function bodies: then nodes, edges and what follows from them
 * alone are as they were, and the graph shares these arrays with the one before instead of copying
 * them (rwg__array).
 *
 *   graph.c       build, release, plain accessors
 *   importers.c   the reverse of the edges
 *   order.c       sets of nodes, components (Tarjan), sorted orders
 *   version.c     own, surface, version; explain
 *   deps.c        the dependency sets, the diagnostics
 *   query.c       why, affected, cycles
 *   invalidate.c  two graphs -> rwg_change
 *   check.c       the invariants below
 *   dump.c        canonical, DOT, Mermaid, JSON
 *
 * Invariants. check.c verifies them by number; with RWG_CHECKS that is done after every commit.
 *
 *   1. A live node has a live file and an environment; (file, env) is unique among live nodes.
 *   2. An edge has a live target iff its outcome is FILE (or PINNED with a file); import indices
 *      are in range.
 *   3. Importers are exactly the reverse of the edges, ascending, each once.
 *   4. REACHED holds exactly for what the edges reach from ENTRY nodes of any environment; LEAF for
 *      what only TEXT edges reach so. A leaf has no edges.
 *   5. A reference stub has only BRIDGE, CLIENT and SERVER edges, and re-exports if it is a
 *      SERVER_REF.
 *   6. A pinned node is never stale and never in deps; its surface and version are zero.
 *   7. Own, surface and version equal those of a build from nothing over the same rows.
 *   8. BRIDGE edges go from a SERVER environment to an SSR one, and so do the only import edges
 * that cross environments.
 *
 * Which hash drives what:
 *
 *   content     of the record's bytes. Equal: the file's node rows are not even dirty.
 *   own(n)      the content; for a stub, its module's path and the names it exports.
 *   surface(n)  H(interface of the record, or own for a stub; surface of each `export *` target).
 *               The names behind the `export *` of a client stub are those of the ssr node that it
 *               evaluates (without a bridge: of the client node that it names).
 *   version(n)  H(own, interface of the record unless a stub (the same bytes are another module
 *                 under another package.json "type"), directive flags,
 *                 per runtime edge: outcome, identity, and
 *                 the target's version  where the edge EMBEDS it,
 *                 the target's content  where it is imported as text,
 *                 the target's surface  for other imports,
 *                 nothing more          for client and server edges and for pinned targets).
 *   Components are hashed as one, see version.c.
 *
 * EMBEDS holds for a BRIDGE edge, and for an import whose target is a dependency and not a stub:
 * there the emitted text contains the target's ?v=version. An ordinary source import names the
 * target by identity, so a change in its body leaves the importer's version alone. Client and
 * server edges are names of another side's module, so a change of the one side stays there.
 * Type-only edges take part in nothing here.
 *
 * What is imported for its text or address (an edge with TEXT: ?raw, ?url, url() of what is no
 * code) is an asset there, whatever its name: a leaf. What the file imports is not reached through
 * it. Being a leaf is a property of the whole graph, like being reached, and not of the file or of
 * the edge: the same file imported as code anywhere is a module again. So rows keep the edges that
 * the project knows, and a build that finds a leaf leaves them out; from there on nobody has to
 * ask, because hashes, importers, queries and users of the graph see a node without edges. A kind
 * of edge that every walk had to stop at would be a rule in a dozen places, and hashes would still
 * contain what lies behind a leaf. */
#ifndef RWG_GRAPH_GRAPH_H
#define RWG_GRAPH_GRAPH_H

#include <rwgraph/change.h>
#include <rwgraph/config.h>
#include <rwgraph/graph.h>

#include "base/arena.h"
#include "base/intern.h"
#include "base/map.h"
#include "record/record.h"

/* Strings shared by a project and its graphs: paths, texts, messages. Only the project's thread
 * adds; a graph copies the rwg_str values it needs, whose bytes never move. */
typedef struct rwg__names {
    rwg__intern table;
    rwg__mem *mem; /* retained */
    _Atomic uint32_t refs;
} rwg__names;

rwg__names *rwg__names_new(rwg__mem *mem);
rwg__names *rwg__names_retain(rwg__names *names);
void rwg__names_release(rwg__names *names);

enum {
    RWG__FILE_DEPENDENCY = 1 << 0, /* real path lies in node_modules */
    RWG__FILE_UNREADABLE = 1 << 1,
};

/* RWG__LINK_*, see walk.h. */
typedef uint16_t rwg__links;

typedef struct rwg__file_row {
    rwg_str path;             /* relative to the root; {NULL, 0} = unused id */
    rwg_str package;          /* package name for dependencies, "" otherwise */
    const rwg_module *module; /* retained by the graph; NULL for assets and unreadable files */
    rwg_hash content;         /* of the bytes; zero when unreadable */
    uint32_t flags;
} rwg__file_row;

typedef struct rwg__node_row {
    rwg_file file; /* {0} = dead or unused id */
    rwg_env env;
    uint32_t flags; /* RWG_NODE_*, without REACHED and LEAF, which build computes */
    uint32_t edge_count;
    const rwg_edge *edges; /* by import index, then target path; EMBEDS is set by build. A leaf may
                              have some: they are not part of the graph */
} rwg__node_row;

typedef struct rwg__env_row {
    rwg_str name;
    rwg_env_role role;
} rwg__env_row;

/* A problem of an edge (or of a file as a whole); those of modules are in their records. */
typedef struct rwg__diag_row {
    rwg_file file;
    uint32_t env_mask; /* bit (env - 1); 0 = not tied to environments */
    uint16_t code;
    uint8_t severity;
    rwg_span span;
    uint32_t line;
    rwg_str message;
    rwg_str fix;
} rwg__diag_row;

/* A dependency that earlier generations committed. */
typedef struct rwg__committed {
    rwg_env env;
    rwg_str specifier;
} rwg__committed;

typedef struct rwg__graph_input {
    rwg__mem *mem;
    rwg__names *names;
    uint64_t generation;
    const rwg__env_row *envs; /* [env - 1] */
    uint32_t env_count;
    const rwg__file_row *files; /* [id]; [0] unused */
    uint32_t file_count;        /* ids are below this */
    const rwg__node_row *nodes; /* [id]; [0] unused */
    uint32_t node_count;
    const rwg__diag_row *diags; /* any order */
    uint32_t diag_count;
    const rwg__committed *committed;
    uint32_t committed_count;
    const rwg_graph *prev; /* NULL: compute everything */
    const rwg_node *dirty; /* with prev: row, edges or file differ from it, or new, or dead */
    uint32_t dirty_count;
} rwg__graph_input;

/* Arrays that graphs may share: counted, and constant from the second owner on. */
void *rwg__array_new(rwg__mem *mem, size_t count, size_t item_size); /* not cleared; never NULL */
void *rwg__array_share(void *array);              /* the same array, owned once more */
void rwg__array_drop(rwg__mem *mem, void *array); /* NULL is nothing */

typedef struct rwg__node_data {
    rwg_file file;
    rwg_env env;
    uint32_t flags;
    uint32_t first_edge; /* into edges; the next node's first_edge ends it */
    uint32_t first_importer;
} rwg__node_data;

/* Which file has a path. Keys of files that are gone stay, with value 0; their bytes are in names.
 */
typedef struct rwg__path_ids {
    _Atomic uint32_t refs;
    rwg__strmap map;
} rwg__path_ids;

struct rwg_graph {
    _Atomic uint32_t refs;
    rwg__mem *mem;     /* retained */
    rwg__names *names; /* retained */
    uint64_t generation;
    rwg__arena arena; /* small things: diags, deps, env names */
    const rwg__env_row *envs;
    uint32_t env_count;
    rwg__file_row *files; /* [file_count] */
    uint32_t file_count;
    rwg__node_data *nodes; /* shared [node_count + 1], the last one closes the ranges */
    uint32_t node_count;
    rwg_edge *edges; /* shared [edge_count] */
    uint32_t edge_count;
    rwg_node *importers; /* shared [importer_count] */
    rwg__links
        *links; /* shared [importer_count] RWG__LINK_* of all edges of that importer together */
    uint32_t importer_count;
    rwg__links *out_links; /* shared [node_count] RWG__LINK_* of all edges of the node together */
    rwg_str *texts; /* shared [text_count] by id, as they were in names when the graph was made */
    uint32_t text_count;
    uint32_t *node_ids; /* shared [file_count * env_count] by file, then environment; 0 = none */
    rwg__path_ids *file_ids; /* counted; path -> file id */
    rwg_hash *own;           /* [node_count] each */
    rwg_hash *surface;
    rwg_hash *version;
    const rwg_diag *diags;
    uint32_t diag_count;
    const rwg_dependency *deps;
    uint32_t dep_count;
};

/* The node of a file in an environment, 0 = none. */
static inline uint32_t rwg__node_id(const rwg_graph *g, uint32_t file, uint32_t env) {
    bool known = file < g->file_count && env - 1 < g->env_count;
    return known ? g->node_ids[(size_t)file * g->env_count + env - 1] : 0;
}

/* A graph with one reference. The rows may be freed afterwards, names may not. */
rwg_graph *rwg__graph_build(const rwg__graph_input *input);
/* What the step from before to after did; keeps references to both. dirty as for the build. */
rwg_change *rwg__change_new(
    const rwg_graph *before, const rwg_graph *after, const rwg_node *dirty, uint32_t dirty_count
);
/* Number of the first broken invariant, 0 = none, with a sentence in err. */
uint32_t rwg__graph_check(const rwg_graph *g, rwg_error *err);

#endif
