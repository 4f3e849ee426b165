/* Counted memory, and the two ways this library ends a process. See mem.h. */
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *resize_with_malloc(void *self, void *old, size_t old_size, size_t size) {
    (void)self;
    (void)old_size;
    if (size == 0) {
        free(old);
        return NULL;
    }
    return realloc(old, size);
}

void rwg__mem_init(rwg__mem *mem, const rwg_allocator *allocator, uint64_t budget) {
    *mem = (rwg__mem){
        .allocator = allocator ? *allocator : (rwg_allocator){.resize = resize_with_malloc},
        .budget = budget,
    };
    atomic_init(&mem->used, 0);
    atomic_init(&mem->refs, 1);
}

rwg__mem *rwg__mem_new(const rwg_allocator *allocator, uint64_t budget) {
    rwg__mem first;
    rwg__mem_init(&first, allocator, budget);
    rwg__mem *mem = first.allocator.resize(first.allocator.self, NULL, 0, sizeof *mem);
    if (!mem) {
        rwg__fatal("out of memory", __FILE__, __LINE__);
    }
    rwg__mem_init(mem, allocator, budget);
    return mem;
}

rwg__mem *rwg__mem_retain(rwg__mem *mem) {
    atomic_fetch_add_explicit(&mem->refs, 1, memory_order_relaxed);
    return mem;
}

void rwg__mem_release(rwg__mem *mem) {
    if (!mem || atomic_fetch_sub_explicit(&mem->refs, 1, memory_order_acq_rel) != 1) {
        return;
    }
    rwg_allocator allocator = mem->allocator;
    allocator.resize(allocator.self, mem, sizeof *mem, 0);
}

void *rwg__mem_resize(rwg__mem *mem, void *old, size_t old_size, size_t size) {
    if (size == 0) {
        rwg__mem_free(mem, old, old_size);
        return NULL;
    }
    void *ptr = mem->allocator.resize(mem->allocator.self, old, old_size, size);
    if (!ptr) {
        rwg__fatal("out of memory", __FILE__, __LINE__);
    }
    /* Unsigned arithmetic: shrinking adds the difference modulo 2^64, which subtracts it. */
    uint64_t change = (uint64_t)size - (old ? old_size : 0);
    atomic_fetch_add_explicit(&mem->used, change, memory_order_relaxed);
    return ptr;
}

void *rwg__mem_zalloc(rwg__mem *mem, size_t size) {
    void *ptr = rwg__mem_resize(mem, NULL, 0, size);
    return ptr ? memset(ptr, 0, size) : NULL;
}

void rwg__mem_free(rwg__mem *mem, void *ptr, size_t size) {
    if (!ptr) {
        return;
    }
    mem->allocator.resize(mem->allocator.self, ptr, size, 0);
    uint64_t before = atomic_fetch_sub_explicit(&mem->used, size, memory_order_relaxed);
    RWG_ASSERT(before >= size);
}

bool rwg__mem_over_budget(rwg__mem *mem) {
    return mem->budget != 0 && atomic_load_explicit(&mem->used, memory_order_relaxed) > mem->budget;
}

_Noreturn void rwg__fatal(const char *what, const char *file, int line) {
    (void)fprintf(stderr, "rwgraph: fatal: %s (%s:%d)\n", what, file, line);
    abort();
}
