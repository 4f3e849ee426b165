/* The transform cache: compiled modules in SQLite, by the hash of their recipe.
 *
 * A cache and nothing else: any failure (a full disk, a damaged file, another version) makes it
 * forget, never fail, and is said once. Writes are collected and go out in one transaction when the
 * loop is idle. Two servers may share one file: equal keys have equal values. */
#ifndef RWB_DEV_CACHE_H
#define RWB_DEV_CACHE_H

#include <rwgraph/base.h>

#include "base/buf.h"
#include "base/mem.h"

typedef struct rwb__cache rwb__cache;

typedef struct rwb__cache_stats {
    uint64_t hits;
    uint64_t misses;
    uint64_t writes;
    uint64_t bytes; /* of the file when it was opened */
} rwb__cache_stats;

/// Opens or makes the file; NULL with a reason when there can be none (read-only folder). Values
/// that a program with another stamp has written are dropped: it may have made other code of the
/// same recipe.
rwb__cache *rwb__cache_open(rwg__mem *mem, rwg_str path, rwg_str stamp, rwg__buf *out_notice);
/// The stamp of the running program: another build has another one.
void rwb__cache_stamp(rwg__buf *out);
/// Writes what is collected.
void rwb__cache_close(rwb__cache *cache);

/// The value into out (cleared first); false when there is none.
bool rwb__cache_get(rwb__cache *cache, rwg_hash key, rwg__buf *out);
/// Copies the value.
void rwb__cache_put(rwb__cache *cache, rwg_hash key, rwg_str value);
/// Writes what is collected, in one transaction.
void rwb__cache_flush(rwb__cache *cache);
/// How many values wait to be written.
uint32_t rwb__cache_pending(const rwb__cache *cache);
/// Drops values not used in the last `days`, oldest first, down to `bytes`.
void rwb__cache_trim(rwb__cache *cache, uint64_t bytes, uint32_t days);
rwb__cache_stats rwb__cache_stats_of(const rwb__cache *cache);

#endif
