/* The one growth function of all vecs. See vec.h. */
#include "base/vec.h"

#define MAX_ITEMS (UINT32_C(1) << 31)

void rwg__vec_reserve_(rwg__vec_head *vec, rwg__mem *mem, uint32_t more, size_t item_size) {
    uint64_t needed = (uint64_t)vec->len + more;
    if (needed <= vec->cap) {
        return;
    }
    RWG_ASSERT(needed <= MAX_ITEMS);
    uint64_t cap = (uint64_t)vec->cap * 2;
    if (cap < 8) {
        cap = 8;
    }
    if (cap < needed) {
        cap = needed;
    }
    if (cap > MAX_ITEMS) {
        cap = MAX_ITEMS;
    }
    vec->ptr =
        rwg__mem_resize(mem, vec->ptr, (size_t)vec->cap * item_size, (size_t)cap * item_size);
    vec->cap = (uint32_t)cap;
}
