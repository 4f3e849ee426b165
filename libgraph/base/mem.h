/* Memory with an owner: every allocation of a project goes through its rwg__mem, which counts
 * bytes.
 *
 * Invariant: used equals the sum of sizes handed out and not freed. Freeing needs the size that was
 * asked for, so containers keep it. Allocation never returns NULL: without memory the process ends
 * with a message (tree-sitter and SQLite leave no other way). A byte budget is checked between
 * steps by rwg__mem_over_budget, so that an operation can stop cleanly. Not here: who frees what
 * (arena.h). */
#ifndef RWG_BASE_MEM_H
#define RWG_BASE_MEM_H

#include <rwgraph/base.h>
#include <rwgraph/sys/runtime.h>

#include <assert.h>
#include <stdatomic.h>

typedef struct rwg__mem {
    rwg_allocator allocator;
    uint64_t budget; /* bytes, 0 = none */
    _Atomic uint64_t used;
    _Atomic uint32_t refs; /* only for rwg__mem_new */
} rwg__mem;

/* A mem over malloc (allocator NULL) or the host's allocator. */
void rwg__mem_init(rwg__mem *mem, const rwg_allocator *allocator, uint64_t budget);
/* The same on the heap, shared by a project and the graphs that outlive it; starts with one
 * reference. */
rwg__mem *rwg__mem_new(const rwg_allocator *allocator, uint64_t budget);
rwg__mem *rwg__mem_retain(rwg__mem *mem);
void rwg__mem_release(rwg__mem *mem);
/* size > 0 gives memory; size 0 frees old and gives NULL. New bytes are not cleared. */
void *rwg__mem_resize(rwg__mem *mem, void *old, size_t old_size, size_t size);
/* Cleared memory. */
void *rwg__mem_zalloc(rwg__mem *mem, size_t size);
void rwg__mem_free(rwg__mem *mem, void *ptr, size_t size);
bool rwg__mem_over_budget(rwg__mem *mem);

/* Ends the process with a message; for broken invariants and exhausted memory. */
_Noreturn void rwg__fatal(const char *what, const char *file, int line);

/* Alive in every build: an invariant of ours that does not hold must not be walked past. */
#define RWG_ASSERT(condition) ((condition) ? (void)0 : rwg__fatal(#condition, __FILE__, __LINE__))

#endif
