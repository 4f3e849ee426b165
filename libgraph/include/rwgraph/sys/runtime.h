/* What the library needs from its host: memory, and a way to ask what it can do. */
#ifndef RWGRAPH_SYS_RUNTIME_H
#define RWGRAPH_SYS_RUNTIME_H

#include <rwgraph/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* realloc semantics in one function: size 0 frees, old NULL allocates. old_size is what was asked
 * for before. Called from several threads at once. Returning NULL for a size > 0 ends the process
 * with a message: the parsing and storage libraries below do the same. A byte budget is set with
 * rwg_project_options.memory_budget instead, and ends the operation cleanly. */
typedef struct rwg_allocator {
    void *(*resize)(void *self, void *old, size_t old_size, size_t size);
    void *self;
} rwg_allocator;

/* "0.1.0" */
RWG_API const char *rwg_version_string(void);

/* True when this build has the named capability. Names are never removed: ask, do not compare
 * versions. "env-edges", "snapshots", "overlays", "broad-invalidation", "precise-invalidation",
 * "sqlite-cache", "memory-budget", "cancel", "pnp", "fast-parse",
 * "syntax-tree". */
RWG_API bool rwg_has(const char *capability);

#ifdef __cplusplus
}
#endif
#endif
