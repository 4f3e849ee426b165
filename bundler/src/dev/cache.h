/* The transform cache: compiled modules in SQLite, by the hash of their recipe.
 *
 * A cache and nothing else: a full disk, a damaged file, another format make it forget, never fail
 * and never answer wrongly, and are said in one line. Values wait and go out together, in one
 * transaction, when the loop is idle. Any number of servers may share a file: equal keys have equal
 * values, and nobody ever deletes a file that others may have open. What no session has asked for
 * in a while goes, and so does the oldest of what is more than the limit. */
#ifndef RWB_DEV_CACHE_H
#define RWB_DEV_CACHE_H

#include <rwgraph/base.h>

#include "base/buf.h"
#include "base/mem.h"

typedef struct rwb__cache rwb__cache;

typedef struct rwb__cache_options {
    rwg_str path;
    rwg_str stamp;         /* of the program: another build makes other code of the same recipe */
    uint64_t max_bytes;    /* of all values; 0 = no limit */
    uint32_t max_sessions; /* values that so many sessions did not ask for go; 0 = never */
    void *payload;
    void (*say)(void *payload, bool is_error, rwg_str line); /* what went wrong, once */
} rwb__cache_options;

typedef struct rwb__cache_stats {
    uint64_t hits;
    uint64_t misses;
    uint64_t writes;
    uint64_t bytes; /* of all values, as far as this server knows */
} rwb__cache_stats;

/// Opens or makes the file; NULL, and the reason is said, when there can be none (read-only
/// folder).
rwb__cache *rwb__cache_open(rwg__mem *mem, const rwb__cache_options *options);
/// The stamp of the running program: another build has another one.
void rwb__cache_stamp(rwg__buf *out);
/// Writes what waits.
void rwb__cache_close(rwb__cache *cache);

/// The value into out (cleared first); false when there is none.
bool rwb__cache_get(rwb__cache *cache, rwg_hash key, rwg__buf *out);
/// Copies the value.
void rwb__cache_put(rwb__cache *cache, rwg_hash key, rwg_str value);
/// Writes what waits, in one transaction. While another server writes, it goes on waiting.
void rwb__cache_flush(rwb__cache *cache);
rwb__cache_stats rwb__cache_stats_of(const rwb__cache *cache);

#endif
