/* Strings to dense ids 1, 2, 3, ... and back. Each distinct string is kept once, in an arena, and
 * never moves; id 0 is the empty string. */
#ifndef RWG_BASE_INTERN_H
#define RWG_BASE_INTERN_H

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"

typedef struct rwg__intern {
    rwg__arena arena;
    rwg__strmap ids;
    RWG_VEC(rwg_str) strings; /* [id]; [0] is "" */
} rwg__intern;

void rwg__intern_init(rwg__intern *table, rwg__mem *mem);
void rwg__intern_deinit(rwg__intern *table);
/* The string's id, adding a copy when it is new. */
uint32_t rwg__intern_id(rwg__intern *table, rwg_str text);
/* 0 when the (non-empty) string was never added. */
uint32_t rwg__intern_find(const rwg__intern *table, rwg_str text);

static inline rwg_str rwg__intern_str(const rwg__intern *table, uint32_t id) {
    return table->strings.ptr[id];
}

#endif
