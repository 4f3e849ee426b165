/* An arena for the bytes, a map from text to id, an array back. See intern.h. */
#include "base/intern.h"

void rwg__intern_init(rwg__intern *table, rwg__mem *mem) {
    *table = (rwg__intern){0};
    rwg__arena_init(&table->arena, mem);
    rwg__strmap_init(&table->ids, mem);
    *rwg__vec_push(&table->strings, mem) = RWG_STR("");
}

void rwg__intern_deinit(rwg__intern *table) {
    rwg__mem *mem = table->arena.mem;
    if (!mem) {
        return;
    }
    rwg__vec_free(&table->strings, mem);
    rwg__strmap_deinit(&table->ids);
    rwg__arena_deinit(&table->arena);
}

uint32_t rwg__intern_id(rwg__intern *table, rwg_str text) {
    if (text.len == 0) {
        return 0;
    }
    uint32_t *known = rwg__strmap_find(&table->ids, text);
    if (known) {
        return *known;
    }
    /* Copied first: the map borrows its key for good. */
    rwg_str copy = rwg__arena_str(&table->arena, text);
    uint32_t id = table->strings.len;
    *rwg__vec_push(&table->strings, table->arena.mem) = copy;
    *rwg__strmap_put(&table->ids, copy, NULL) = id;
    return id;
}

uint32_t rwg__intern_find(const rwg__intern *table, rwg_str text) {
    const uint32_t *known = rwg__strmap_find(&table->ids, text);
    return known ? *known : 0;
}
