/* One generation of the graph as running code sees it: ids and keys.
 *
 * The id of a node names its file inside the environment, the same in all generations. Its key is
 * "<env>:<id>@<hash>", where the hash covers the module and, through the keys of what it links to,
 * everything that is evaluated before it: equal keys mean the same code linked to the same code, so
 * a registry may share one instance between generations (bundler/runtime/PROTOCOL.md §1). A cycle
 * is hashed as one component. What is loaded later (import(), workers, URLs) counts by its id
 * alone.
 *
 * A view is made in one pass over the graph, O(V+E), and constant afterwards; any thread may read
 * it. With the view of the generation before, only what an edit changed and its importers are
 * hashed again: the keys are the same ones.
 *
 * Beside the graph, a view knows which scripts Node takes for ES modules by their names and by the
 * "type" of their package.json. Whoever asks for a generation that is not the newest gets what that
 * generation was, whatever the file says by now. */
#ifndef RWB_LINK_VIEW_H
#define RWB_LINK_VIEW_H

#include <rwgraph/config.h>
#include <rwgraph/graph.h>
#include <rwgraph/resolve.h>

#include "base/buf.h"
#include "base/mem.h"

typedef struct rwb__view rwb__view;

typedef struct rwb__view_input {
    const rwg_graph *graph; /* retained by the view */
    const rwg_config *config;
    rwg_str root;   /* of the project, absolute; copied */
    rwg_str prefix; /* before the ids in addresses for browsers: "/app", or ""; copied */
    rwg_hash salt;  /* of everything else that decides what code comes out: options, this program */
    /* Files outside of the root are named by the way to them, "/../b.ts": a build is the same in
     * each clone. A server names them "/@fs/abs/b.ts", which it can be asked for. */
    bool portable;
    const rwb__view *previous; /* of an earlier generation of the same project; NULL: none */
    /* Says what package.json files make of scripts; asked while the view is made. NULL: all are
     * taken for CommonJS. */
    rwg_resolver *resolver;
    /* Absolute paths of package.json files that came, went or were edited since `previous`, or of
     * folders where any may have: what scripts below them are is asked again. */
    const rwg_str *packages;
    uint32_t package_count;
} rwb__view_input;

rwb__view *rwb__view_new(rwg__mem *mem, const rwb__view_input *input);
rwb__view *rwb__view_retain(rwb__view *view);
void rwb__view_release(rwb__view *view);

const rwg_graph *rwb__view_graph(const rwb__view *view);
rwg_str rwb__view_root(const rwb__view *view);
/// The number of the generation: that of the graph, or the next one behind `previous` where an edit
/// changed what modules are and nothing in the graph.
uint64_t rwb__view_number(const rwb__view *view);
/// Does Node take the node's file for an ES module before it looks at its text? False for what is
/// no script.
bool rwb__view_is_module(const rwb__view *view, rwg_node node);
/// Was that different in an earlier view, where the node was, too?
bool rwb__view_is_retyped(const rwb__view *view, const rwb__view *was, rwg_node node);

/// Is this edge evaluated before the module that has it?
bool rwb__edge_is_static(const rwg_edge *edge);

/// The closure hash in the key.
rwg_hash rwb__view_hash(const rwb__view *view, rwg_node node);
/// One hash over a whole environment: equal hashes mean that nothing a client could load differs.
rwg_hash rwb__view_env_hash(const rwb__view *view, rwg_env env);

/// Append the id ("/src/a.tsx", "/@fs/abs/b.ts" or "/../b.ts"), the qualified id
/// ("ssr:/src/a.tsx"), the key.
void rwb__view_id(const rwb__view *view, rwg_node node, rwg__buf *out);
/// Append the address under which a browser is given the file: the id behind the prefix.
void rwb__view_address(const rwb__view *view, rwg_node node, rwg__buf *out);
/// Append the same of what code names by a path from the root and is no node; false, and nothing is
/// appended: there is no prefix, or this is no such path.
bool rwb__view_public(const rwb__view *view, rwg_str specifier, rwg__buf *out);
/// What stands before ids there.
rwg_str rwb__view_prefix(const rwb__view *view);
void rwb__view_qualified(const rwb__view *view, rwg_node node, rwg__buf *out);
void rwb__view_key(const rwb__view *view, rwg_node node, rwg__buf *out);
/// The absolute path of a node's file.
void rwb__view_path(const rwb__view *view, rwg_node node, rwg__buf *out);

/// The node of an id in an environment, {0} when there is none in this generation. A query behind
/// the id does not count.
rwg_node rwb__view_find(const rwb__view *view, rwg_env env, rwg_str id);
/// The node of a qualified id.
rwg_node rwb__view_find_qualified(const rwb__view *view, rwg_str qualified);

#endif
