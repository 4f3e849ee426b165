/* XXH3-128 (xxHash), the project's only hash of content. The one place that knows the library. */
#ifndef RWG_BASE_HASH_H
#define RWG_BASE_HASH_H

#include "base/mem.h"

rwg_hash rwg__hash_bytes(const void *bytes, size_t len);
/* A fast 64-bit hash for tables in memory, and for checksums of stored rows; not for identity. */
uint64_t rwg__hash_quick(const void *bytes, size_t len);

/* A hash over a sequence of values. Every value is framed (length or fixed size), so two different
 * sequences never give the same bytes. Numbers go in little-endian: same result on every machine.
 */
typedef struct rwg__hasher rwg__hasher;

rwg__hasher *rwg__hasher_new(rwg__mem *mem);
void rwg__hasher_free(rwg__hasher *h, rwg__mem *mem);
void rwg__hasher_reset(rwg__hasher *h);
void rwg__hasher_u32(rwg__hasher *h, uint32_t value);
void rwg__hasher_str(rwg__hasher *h, rwg_str text);
void rwg__hasher_hash(rwg__hasher *h, rwg_hash value);
rwg_hash rwg__hasher_finish(const rwg__hasher *h);

static inline int rwg__hash_compare(rwg_hash a, rwg_hash b) {
    return __builtin_memcmp(a.bytes, b.bytes, sizeof a.bytes);
}

static inline bool rwg__hash_equal(rwg_hash a, rwg_hash b) {
    return rwg__hash_compare(a, b) == 0;
}

/* 32 lower-case hexadecimal digits and a NUL. */
void rwg__hash_hex(rwg_hash hash, char out[33]);

#endif
