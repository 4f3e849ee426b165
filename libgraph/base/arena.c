/* Chunks in a list, a bump pointer into the newest. See arena.h.
 *
 * Every allocation starts at a multiple of 8, and a chunk's memory does too, so AddressSanitizer
 * can poison what has not been handed out to the byte: a read past an allocation is found even when
 * the next allocation follows directly, unless the size is a multiple of 8. */
#include "base/arena.h"

#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#    define RWG_ASAN 1
#elif defined(__has_feature)
#    if __has_feature(address_sanitizer)
#        define RWG_ASAN 1
#    endif
#endif
#ifdef RWG_ASAN
#    include <sanitizer/asan_interface.h>
#else
#    define ASAN_POISON_MEMORY_REGION(ptr, size)   ((void)(ptr), (void)(size))
#    define ASAN_UNPOISON_MEMORY_REGION(ptr, size) ((void)(ptr), (void)(size))
#endif

#define FIRST_CHUNK ((size_t)4 * 1024)
#define LAST_CHUNK  ((size_t)1024 * 1024)

struct rwg__arena_chunk {
    rwg__arena_chunk *older;
    size_t size; /* bytes after this header */
};

static_assert(sizeof(rwg__arena_chunk) % 8 == 0, "allocations must stay 8-byte aligned");

static char *chunk_start(rwg__arena_chunk *chunk) {
    return (char *)(chunk + 1);
}

static rwg__arena_chunk *new_chunk(rwg__arena *arena, size_t size) {
    rwg__arena_chunk *chunk = rwg__mem_resize(arena->mem, NULL, 0, sizeof *chunk + size);
    chunk->older = NULL;
    chunk->size = size;
    ASAN_POISON_MEMORY_REGION(chunk_start(chunk), size);
    return chunk;
}

static void free_chunks(rwg__arena *arena, rwg__arena_chunk *chunk) {
    while (chunk) {
        rwg__arena_chunk *older = chunk->older;
        ASAN_UNPOISON_MEMORY_REGION(chunk_start(chunk), chunk->size);
        rwg__mem_free(arena->mem, chunk, sizeof *chunk + chunk->size);
        chunk = older;
    }
}

void rwg__arena_init(rwg__arena *arena, rwg__mem *mem) {
    *arena = (rwg__arena){.mem = mem, .next_chunk = FIRST_CHUNK};
}

void rwg__arena_deinit(rwg__arena *arena) {
    free_chunks(arena, arena->chunks);
    *arena = (rwg__arena){0};
}

void rwg__arena_reset(rwg__arena *arena) {
    rwg__arena_chunk *kept = arena->chunks;
    if (!kept) {
        return;
    }
    free_chunks(arena, kept->older);
    kept->older = NULL;
    arena->next = chunk_start(kept);
    arena->left = kept->size;
    ASAN_POISON_MEMORY_REGION(arena->next, arena->left);
}

/* The slow path: the newest chunk has no room. */
static void *alloc_in_new_chunk(rwg__arena *arena, size_t size) {
    if (size > arena->next_chunk / 4 && arena->chunks) {
        /* A big piece gets a chunk to itself behind the newest, whose rest stays in use. */
        rwg__arena_chunk *chunk = new_chunk(arena, size);
        chunk->older = arena->chunks->older;
        arena->chunks->older = chunk;
        return chunk_start(chunk);
    }
    size_t room = size > arena->next_chunk ? size : arena->next_chunk;
    rwg__arena_chunk *chunk = new_chunk(arena, room);
    chunk->older = arena->chunks;
    arena->chunks = chunk;
    arena->next = chunk_start(chunk) + size;
    arena->left = room - size;
    if (arena->next_chunk < LAST_CHUNK) {
        arena->next_chunk *= 2;
    }
    return chunk_start(chunk);
}

void *rwg__arena_alloc(rwg__arena *arena, size_t size) {
    RWG_ASSERT(size <= SIZE_MAX / 2);
    size_t padded = (size + 7) & ~(size_t)7;
    if (padded == 0) {
        padded = 8; /* a place of its own, so that no two allocations are equal */
    }
    void *ptr;
    if (padded <= arena->left) {
        ptr = arena->next;
        arena->next += padded;
        arena->left -= padded;
    } else {
        ptr = alloc_in_new_chunk(arena, padded);
    }
    ASAN_UNPOISON_MEMORY_REGION(ptr, size);
    return ptr;
}

void *rwg__arena_zalloc(rwg__arena *arena, size_t size) {
    return memset(rwg__arena_alloc(arena, size), 0, size);
}

rwg_str rwg__arena_str(rwg__arena *arena, rwg_str text) {
    char *copy = rwg__arena_alloc(arena, (size_t)text.len + 1);
    if (text.len > 0) {
        memcpy(copy, text.ptr, text.len);
    }
    copy[text.len] = '\0';
    return (rwg_str){copy, text.len};
}
