/* What one commit did, over all environments at once.
 *
 * "Stale" is the set that a dev server must not serve again as it was. Two policies make it; broad
 * is a superset of precise. Each member carries the edge that put it there, so the chain to the
 * cause can always be shown. */
#ifndef RWGRAPH_CHANGE_H
#define RWGRAPH_CHANGE_H

#include <rwgraph/base.h>
#include <rwgraph/graph.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rwg_policy {
    RWG_POLICY_PRECISE, /* the nodes whose version differs between the two generations */
    RWG_POLICY_BROAD,   /* all importers; on a dependency change all of ssr and the worker's proxies
                         */
} rwg_policy;

typedef enum rwg_cause {
    RWG_CAUSE_CONTENT, /* its own bytes (or, for a stub, its exported names) differ */
    RWG_CAUSE_EDGES,   /* an import now resolves elsewhere; or a leaf is a module now, or was one */
    RWG_CAUSE_ADDED,   /* it was not in the graph before */
    RWG_CAUSE_SURFACE, /* what a linked module exports differs */
    RWG_CAUSE_VERSION, /* the version of a module embedded in its text differs */
    RWG_CAUSE_IMPORTER,   /* broad: it imports something stale */
    RWG_CAUSE_DEPENDENCY, /* broad: a dependency of ssr changed, all of ssr is stale */
    RWG_CAUSE_PROXY,      /* it evaluates a stale ssr module over the bridge */
    RWG_CAUSE_TEXT,       /* a file that it imports as text has other bytes */
} rwg_cause;

typedef struct rwg_stale {
    rwg_node node;
    rwg_cause cause;
    rwg_node via; /* the node that caused it, {0} when it is a cause itself. It is stale too, but
                     for TEXT, where it is the file: the names of a stub may be as they were */
} rwg_stale;

typedef struct rwg_change rwg_change;

RWG_API void rwg_change_free(rwg_change *change);
/* Nothing a reader could notice: the generation did not advance. */
RWG_API bool rwg_change_is_empty(const rwg_change *change);
/* The graphs on both sides; references held by the change. */
RWG_API const rwg_graph *rwg_change_before(const rwg_change *change);
RWG_API const rwg_graph *rwg_change_after(const rwg_change *change);
/* In commit order: ssr first, then react-server, then others, then client; ascending inside. */
RWG_API const rwg_stale *
rwg_change_stale(const rwg_change *change, rwg_policy policy, uint32_t *out_n);
RWG_API const rwg_node *rwg_change_added(const rwg_change *change, uint32_t *out_n);
/* Ids of the graph before. */
RWG_API const rwg_node *rwg_change_removed(const rwg_change *change, uint32_t *out_n);
/* Pinned nodes whose file differs. They are in no stale set, since their instances live outside
 * generations: who runs them must begin anew, and say so. */
RWG_API const rwg_node *rwg_change_pinned(const rwg_change *change, uint32_t *out_n);
RWG_API const char *rwg_cause_name(rwg_cause cause);

#ifdef __cplusplus
}
#endif
#endif
