/* Two hash maps, both uint32 values, linear probing, no deletion of single keys.
 *
 * rwg__strmap interns nothing: its keys are borrowed and must outlive it (keep them in an arena).
 * rwg__idmap has 64-bit keys; pack two 32-bit ids into one. Iteration order is never used for
 * output. */
#ifndef RWG_BASE_MAP_H
#define RWG_BASE_MAP_H

#include "base/mem.h"

typedef struct rwg__strmap_slot {
    uint32_t hash; /* 0 = empty slot */
    uint32_t value;
    rwg_str key;
} rwg__strmap_slot;

typedef struct rwg__strmap {
    rwg__mem *mem;
    rwg__strmap_slot *slots;
    uint32_t cap; /* a power of two, or 0 */
    uint32_t len;
} rwg__strmap;

void rwg__strmap_init(rwg__strmap *map, rwg__mem *mem);
void rwg__strmap_deinit(rwg__strmap *map);
void rwg__strmap_clear(rwg__strmap *map);
/* Makes room for so many more keys at once. */
void rwg__strmap_reserve(rwg__strmap *map, uint32_t more);
/* The value's place, or NULL when the key is absent. */
uint32_t *rwg__strmap_find(const rwg__strmap *map, rwg_str key);
/* The value's place; an absent key is added with value 0 and *out_added set (may be NULL). The
 * key's bytes are borrowed for as long as the map lives. */
uint32_t *rwg__strmap_put(rwg__strmap *map, rwg_str key, bool *out_added);

typedef struct rwg__idmap_slot {
    uint64_t key; /* stored + 1, so that 0 marks an empty slot */
    uint32_t value;
} rwg__idmap_slot;

typedef struct rwg__idmap {
    rwg__mem *mem;
    rwg__idmap_slot *slots;
    uint32_t cap;
    uint32_t len;
} rwg__idmap;

void rwg__idmap_init(rwg__idmap *map, rwg__mem *mem);
void rwg__idmap_deinit(rwg__idmap *map);
void rwg__idmap_clear(rwg__idmap *map);
uint32_t *rwg__idmap_find(const rwg__idmap *map, uint64_t key);
/* key must not be UINT64_MAX. */
uint32_t *rwg__idmap_put(rwg__idmap *map, uint64_t key, bool *out_added);

static inline uint64_t rwg__pair(uint32_t high, uint32_t low) {
    return (uint64_t)high << 32 | low;
}

#endif
