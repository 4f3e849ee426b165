/* Open addressing with linear probing; a table is at most three quarters full. See map.h. */
#include "base/map.h"

#include "base/hash.h"
#include "base/str.h"

#include <string.h>

#define FIRST_CAP UINT32_C(16)

static bool is_full(uint32_t len, uint32_t cap) {
    return (uint64_t)(len + 1) * 4 > (uint64_t)cap * 3;
}

static uint32_t next_cap(uint32_t cap) {
    RWG_ASSERT(cap <= UINT32_C(1) << 30);
    return cap ? cap * 2 : FIRST_CAP;
}

void rwg__strmap_init(rwg__strmap *map, rwg__mem *mem) {
    *map = (rwg__strmap){.mem = mem};
}

void rwg__strmap_deinit(rwg__strmap *map) {
    if (map->mem) {
        rwg__mem_free(map->mem, map->slots, (size_t)map->cap * sizeof *map->slots);
    }
    *map = (rwg__strmap){0};
}

void rwg__strmap_clear(rwg__strmap *map) {
    if (map->cap) {
        memset(map->slots, 0, (size_t)map->cap * sizeof *map->slots);
    }
    map->len = 0;
}

static uint32_t hash_of_text(rwg_str key) {
    uint64_t hash = rwg__hash_quick(key.ptr, key.len);
    uint32_t folded = (uint32_t)(hash ^ hash >> 32);
    return folded ? folded : 1;
}

/* The slot that holds the key, or the empty one where it would go. The table has an empty slot. */
static rwg__strmap_slot *strmap_slot(const rwg__strmap *map, uint32_t hash, rwg_str key) {
    uint32_t mask = map->cap - 1;
    for (uint32_t i = hash & mask;; i = (i + 1) & mask) {
        rwg__strmap_slot *slot = &map->slots[i];
        if (slot->hash == 0 || (slot->hash == hash && rwg__str_eq(slot->key, key))) {
            return slot;
        }
    }
}

static void grow_strmap(rwg__strmap *map, uint32_t cap) {
    rwg__strmap old = *map;
    map->cap = cap;
    map->slots = rwg__mem_zalloc(map->mem, (size_t)map->cap * sizeof *map->slots);
    uint32_t mask = map->cap - 1;
    for (uint32_t i = 0; i < old.cap; i++) {
        if (old.slots[i].hash == 0) {
            continue;
        }
        /* Keys are distinct already: the first empty slot is the right one. */
        uint32_t at = old.slots[i].hash & mask;
        while (map->slots[at].hash != 0) {
            at = (at + 1) & mask;
        }
        map->slots[at] = old.slots[i];
    }
    rwg__mem_free(map->mem, old.slots, (size_t)old.cap * sizeof *old.slots);
}

void rwg__strmap_reserve(rwg__strmap *map, uint32_t more) {
    uint32_t cap = map->cap;
    while (is_full(map->len + more, cap)) {
        cap = next_cap(cap);
    }
    if (cap != map->cap) {
        grow_strmap(map, cap);
    }
}

uint32_t *rwg__strmap_find(const rwg__strmap *map, rwg_str key) {
    if (map->cap == 0) {
        return NULL;
    }
    rwg__strmap_slot *slot = strmap_slot(map, hash_of_text(key), key);
    return slot->hash ? &slot->value : NULL;
}

uint32_t *rwg__strmap_put(rwg__strmap *map, rwg_str key, bool *out_added) {
    if (is_full(map->len, map->cap)) {
        grow_strmap(map, next_cap(map->cap));
    }
    uint32_t hash = hash_of_text(key);
    rwg__strmap_slot *slot = strmap_slot(map, hash, key);
    bool added = slot->hash == 0;
    if (added) {
        *slot = (rwg__strmap_slot){.hash = hash, .key = key};
        map->len++;
    }
    if (out_added) {
        *out_added = added;
    }
    return &slot->value;
}

void rwg__idmap_init(rwg__idmap *map, rwg__mem *mem) {
    *map = (rwg__idmap){.mem = mem};
}

void rwg__idmap_deinit(rwg__idmap *map) {
    if (map->mem) {
        rwg__mem_free(map->mem, map->slots, (size_t)map->cap * sizeof *map->slots);
    }
    *map = (rwg__idmap){0};
}

void rwg__idmap_clear(rwg__idmap *map) {
    if (map->cap) {
        memset(map->slots, 0, (size_t)map->cap * sizeof *map->slots);
    }
    map->len = 0;
}

/* Spreads keys that differ in few bits (dense ids) over the table. */
static uint32_t hash_of_id(uint64_t key) {
    key ^= key >> 32;
    key *= UINT64_C(0x9E3779B97F4A7C15);
    return (uint32_t)(key >> 32);
}

static rwg__idmap_slot *idmap_slot(const rwg__idmap *map, uint64_t key) {
    uint32_t mask = map->cap - 1;
    for (uint32_t i = hash_of_id(key) & mask;; i = (i + 1) & mask) {
        rwg__idmap_slot *slot = &map->slots[i];
        if (slot->key == 0 || slot->key == key + 1) {
            return slot;
        }
    }
}

static void grow_idmap(rwg__idmap *map) {
    rwg__idmap old = *map;
    map->cap = next_cap(old.cap);
    map->slots = rwg__mem_zalloc(map->mem, (size_t)map->cap * sizeof *map->slots);
    for (uint32_t i = 0; i < old.cap; i++) {
        if (old.slots[i].key != 0) {
            *idmap_slot(map, old.slots[i].key - 1) = old.slots[i];
        }
    }
    rwg__mem_free(map->mem, old.slots, (size_t)old.cap * sizeof *old.slots);
}

uint32_t *rwg__idmap_find(const rwg__idmap *map, uint64_t key) {
    if (map->cap == 0) {
        return NULL;
    }
    rwg__idmap_slot *slot = idmap_slot(map, key);
    return slot->key ? &slot->value : NULL;
}

uint32_t *rwg__idmap_put(rwg__idmap *map, uint64_t key, bool *out_added) {
    RWG_ASSERT(key != UINT64_MAX);
    if (is_full(map->len, map->cap)) {
        grow_idmap(map);
    }
    rwg__idmap_slot *slot = idmap_slot(map, key);
    bool added = slot->key == 0;
    if (added) {
        *slot = (rwg__idmap_slot){.key = key + 1};
        map->len++;
    }
    if (out_added) {
        *out_added = added;
    }
    return &slot->value;
}
