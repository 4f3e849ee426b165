/* A growable array of one type.
 *
 *     RWG_VEC(uint32_t) ids = {0};
 *     uint32_t *slot = rwg__vec_push(&ids, mem);  // pointer to the new last element, not cleared
 *     *slot = 7;
 *     rwg__vec_free(&ids, mem);
 *
 * A zeroed vec is empty. Pointers into it are good until the next push or reserve. */
#ifndef RWG_BASE_VEC_H
#define RWG_BASE_VEC_H

#include "base/mem.h"

/* The part all vecs share; use through the macros. Every vec is read both as itself and as this, so
 * the compiler may not assume that the two never overlap. */
typedef struct __attribute__((may_alias)) rwg__vec_head {
    void *ptr;
    uint32_t len;
    uint32_t cap;
} rwg__vec_head;

#define RWG_VEC(type)                                                                              \
    struct {                                                                                       \
        type *ptr;                                                                                 \
        uint32_t len;                                                                              \
        uint32_t cap;                                                                              \
    }

/* Room for `more` further elements; RWG_ASSERTs that 2^31 elements are not passed. */
void rwg__vec_reserve_(rwg__vec_head *vec, rwg__mem *mem, uint32_t more, size_t item_size);

static inline void rwg__vec_next_(rwg__vec_head *vec, rwg__mem *mem, size_t item_size) {
    if (vec->len == vec->cap) {
        rwg__vec_reserve_(vec, mem, 1, item_size);
    }
    vec->len++;
}

#define rwg__vec_reserve(vec, mem, more)                                                           \
    rwg__vec_reserve_((rwg__vec_head *)(vec), (mem), (more), sizeof(*(vec)->ptr))

/* The address of a new last element. `vec` is named three times but must be a plain lvalue's
 * address; ptr is read after it may have moved. */
#define rwg__vec_push(vec, mem)                                                                    \
    (rwg__vec_next_((rwg__vec_head *)(vec), (mem), sizeof(*(vec)->ptr)),                           \
     (vec)->ptr + ((vec)->len - 1))

#define rwg__vec_free(vec, mem) rwg__vec_free_((rwg__vec_head *)(vec), (mem), sizeof(*(vec)->ptr))

static inline void rwg__vec_free_(rwg__vec_head *vec, rwg__mem *mem, size_t item_size) {
    rwg__mem_free(mem, vec->ptr, (size_t)vec->cap * item_size);
    *vec = (rwg__vec_head){0};
}

#endif
