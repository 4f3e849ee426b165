/* Files whose content decides resolutions: package.json, tsconfig.json, .pnp.data.json.
 *
 * Reading one registers it, so that its hash and stat can be stored and compared later. */
#ifndef RWG_RESOLVE_INPUTS_H
#define RWG_RESOLVE_INPUTS_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/map.h"
#include "base/vec.h"
#include "resolve/resolver.h"

typedef struct rwg__inputs {
    rwg__mem *mem;
    const rwg_fs *fs;
    rwg__arena *arena;            /* paths */
    rwg__strmap ids;              /* path -> id */
    RWG_VEC(rwg__input_fact) all; /* [0] unused */
} rwg__inputs;

void rwg__inputs_init(rwg__inputs *inputs, rwg__mem *mem, const rwg_fs *fs, rwg__arena *arena);
void rwg__inputs_deinit(rwg__inputs *inputs);

/* The file's text, read now into arena; an unreadable file gives "". Returns its id. */
uint32_t rwg__inputs_read(rwg__inputs *inputs, rwg_str path, rwg__arena *arena, rwg_str *out_text);
/* The id of a path that was read before, or 0. */
uint32_t rwg__inputs_find(const rwg__inputs *inputs, rwg_str path);

/* A deep copy of json into arena, so that the document it is part of can go. NULL stays NULL. */
const rwg__json *rwg__json_copy(rwg__arena *arena, const rwg__json *json);
/* Feeds the value, framed, into a hasher; NULL is a value of its own. */
void rwg__json_hash(rwg__hasher *hasher, const rwg__json *json);

#endif
