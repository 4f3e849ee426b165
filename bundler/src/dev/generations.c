/* A short list; each operation looks at all of it. */
#include "dev/generations.h"

void rwb__generations_init(rwb__generations *g, rwg__mem *mem) {
    *g = (rwb__generations){.mem = mem};
}

void rwb__generations_deinit(rwb__generations *g) {
    for (uint32_t i = 0; i < g->items.len; i++) {
        rwb__view_release(g->items.ptr[i].view);
    }
    rwg__vec_free(&g->items, g->mem);
}

/* Drops what nobody pins, but for the last few. */
static void collect(rwb__generations *g) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < g->items.len; i++) {
        rwb__generation item = g->items.ptr[i];
        if (item.pins == 0 && g->items.len - i > RWB__GENERATIONS_KEPT) {
            rwb__view_release(item.view);
        } else {
            g->items.ptr[kept++] = item;
        }
    }
    g->items.len = kept;
}

void rwb__generations_publish(rwb__generations *g, rwb__view *view) {
    uint64_t number = rwb__view_number(view);
    RWG_ASSERT(g->items.len == 0 || number > rwb__generations_number(g));
    *rwg__vec_push(&g->items, g->mem) = (rwb__generation){number, view, 0};
    collect(g);
}

rwb__view *rwb__generations_newest(const rwb__generations *g) {
    return g->items.len > 0 ? g->items.ptr[g->items.len - 1].view : NULL;
}

uint64_t rwb__generations_number(const rwb__generations *g) {
    return g->items.len > 0 ? g->items.ptr[g->items.len - 1].number : 0;
}

rwb__view *rwb__generations_find(const rwb__generations *g, uint64_t number) {
    for (uint32_t i = 0; i < g->items.len; i++) {
        if (g->items.ptr[i].number == number) {
            return g->items.ptr[i].view;
        }
    }
    return NULL;
}

uint64_t rwb__generations_pin(rwb__generations *g) {
    RWG_ASSERT(g->items.len > 0);
    rwb__generation *newest = &g->items.ptr[g->items.len - 1];
    newest->pins++;
    return newest->number;
}

void rwb__generations_unpin(rwb__generations *g, uint64_t number) {
    for (uint32_t i = 0; i < g->items.len; i++) {
        if (g->items.ptr[i].number == number) {
            RWG_ASSERT(g->items.ptr[i].pins > 0);
            g->items.ptr[i].pins--;
        }
    }
    collect(g);
}
