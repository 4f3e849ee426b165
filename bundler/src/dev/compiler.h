/* Recipes run in the background, each once, and what came out kept.
 *
 * Three places are asked in turn: what is in memory, what the cache database has, and a worker
 * thread, which reads the file and runs the recipe. Everything here belongs to the loop's thread
 * but the running itself. */
#ifndef RWB_DEV_COMPILER_H
#define RWB_DEV_COMPILER_H

#include "dev/cache.h"
#include "link/recipe.h"
#include "serve/loop.h"

typedef struct rwb__compiler rwb__compiler;

/* The compiled module is the callee's to keep only with rwb__compiled_retain. */
typedef void (*rwb__compiled_fn
)(void *payload, rwg_node node, rwb__source_kind kind, rwb__compiled *compiled);

typedef struct rwb__compiler_stats {
    uint64_t runs;       /* recipes run */
    uint64_t from_cache; /* taken from the database */
    uint64_t from_memory;
} rwb__compiler_stats;

/// cache may be NULL. Settings are borrowed.
rwb__compiler *rwb__compiler_new(rwb__loop *loop, const rwb__settings *settings, rwb__cache *cache);
/// `problem` is called with what keeps a module from being made, each time that is found out.
void rwb__compiler_tell_problems(
    rwb__compiler *compiler, void (*problem)(void *payload, rwg_str text), void *payload
);
/// Waits for running jobs; what they were for is not told any more.
void rwb__compiler_free(rwb__compiler *compiler);

/// Compiles what is ordered. Known already: returns it (borrowed for the call) with *out_kind, and
/// done is not called. Else NULL, and done is called later. A node that cannot be read, or is not
/// what its generation says any more, comes out with a problem.
rwb__compiled *rwb__compiler_get(
    rwb__compiler *compiler,
    const rwb__recipe_order *order,
    rwb__source_kind *out_kind,
    rwb__compiled_fn done,
    void *payload
);

/// Keeps the text that a file has now under its content hash, so that older generations can still
/// be served after the file has changed.
void rwb__compiler_remember(rwb__compiler *compiler, rwg_file file, rwg_hash content, rwg_str text);
/// Is that text kept already? Then nobody has to read the file for it.
bool rwb__compiler_remembers(rwb__compiler *compiler, rwg_file file, rwg_hash content);
/// A generation ended: what later code and texts have taken the place of may go, and when memory is
/// short, what was not asked for since the last few.
void rwb__compiler_tick(rwb__compiler *compiler);
rwb__compiler_stats rwb__compiler_stats_of(const rwb__compiler *compiler);

#endif
