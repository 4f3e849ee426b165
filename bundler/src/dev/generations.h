/* The generations that are still answered for.
 *
 * The newest is what new requests get. A request pins the one that it arrived in; a generation
 * stays as long as somebody pins it, and a little longer for those who are late. */
#ifndef RWB_DEV_GENERATIONS_H
#define RWB_DEV_GENERATIONS_H

#include "base/vec.h"
#include "link/view.h"

/* Unpinned generations that stay behind the newest: browsers and runners may still ask for them. */
#define RWB__GENERATIONS_KEPT 8u

typedef struct rwb__generation {
    uint64_t number;
    rwb__view *view;
    uint32_t pins;
} rwb__generation;

typedef struct rwb__generations {
    rwg__mem *mem;
    RWG_VEC(rwb__generation) items; /* ascending by number */
} rwb__generations;

void rwb__generations_init(rwb__generations *g, rwg__mem *mem);
void rwb__generations_deinit(rwb__generations *g);
/// Takes the view over. Its number is higher than all before.
void rwb__generations_publish(rwb__generations *g, rwb__view *view);
/// NULL before the first.
rwb__view *rwb__generations_newest(const rwb__generations *g);
uint64_t rwb__generations_number(const rwb__generations *g);
/// The view of a generation, NULL when it is gone.
rwb__view *rwb__generations_find(const rwb__generations *g, uint64_t number);
/// Pins the newest and returns its number.
uint64_t rwb__generations_pin(rwb__generations *g);
void rwb__generations_unpin(rwb__generations *g, uint64_t number);

#endif
