/* An arena: allocations that die together.
 *
 * Chunks grow geometrically and never move, so pointers into an arena stay good until deinit or
 * reset. Under AddressSanitizer the unused rest of each chunk is poisoned. One thread at a time. */
#ifndef RWG_BASE_ARENA_H
#define RWG_BASE_ARENA_H

#include "base/mem.h"

typedef struct rwg__arena_chunk rwg__arena_chunk;

typedef struct rwg__arena {
    rwg__mem *mem;
    rwg__arena_chunk *chunks; /* newest first */
    char *next;               /* first free byte of the newest chunk */
    size_t left;              /* bytes free there */
    size_t next_chunk;        /* size of the next chunk */
} rwg__arena;

void rwg__arena_init(rwg__arena *arena, rwg__mem *mem);
void rwg__arena_deinit(rwg__arena *arena);
/* Forgets everything but keeps one chunk for reuse. */
void rwg__arena_reset(rwg__arena *arena);
/* 8-byte aligned, not cleared. size may be 0. */
void *rwg__arena_alloc(rwg__arena *arena, size_t size);
void *rwg__arena_zalloc(rwg__arena *arena, size_t size);
/* A copy, with a NUL after it that is not counted in len: good for C calls too. */
rwg_str rwg__arena_str(rwg__arena *arena, rwg_str text);

#endif
