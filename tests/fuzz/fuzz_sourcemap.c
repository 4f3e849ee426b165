// Any bytes as a source map: they are refused, or what is read can be written, and is the same when
// that is read again. Positions of any kind can be asked for, and a map can be composed with
// itself.

#include "base/buf.h"
#include "base/str.h"
#include "emit/sourcemap.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLDS(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static void write(const rwb__map_builder *map, rwg__buf *out) {
    rwg_sink sink = rwg__buf_sink(out);
    rwb__map_write(map, RWG_STR(""), &sink);
    HOLDS(!sink.failed);
}

static void compose(const rwb__map_builder *map, rwg__mem *mem) {
    const rwb__map_builder **inners = calloc(map->sources.len + 1, sizeof *inners);
    for (uint32_t i = 0; i < map->sources.len; i += 2) {
        inners[i] = map;
    }
    rwb__map_builder composed;
    rwb__map_init(&composed, mem);
    rwb__map_compose(map, inners, &composed);
    HOLDS(composed.mappings.len == map->mappings.len);
    rwb__map_deinit(&composed);
    free(inners);
}

static void check(const rwb__map_builder *map, rwg__mem *mem) {
    rwg__buf first = {.mem = mem};
    rwg__buf second = {.mem = mem};
    write(map, &first);
    rwb__map_builder again;
    rwb__map_init(&again, mem);
    HOLDS(rwb__map_read(&again, rwg__buf_str(&first), NULL) == RWG_OK);
    write(&again, &second);
    HOLDS(rwg__str_eq(rwg__buf_str(&first), rwg__buf_str(&second)));
    for (uint32_t i = 0; i < map->mappings.len; i++) {
        const rwb__mapping *m = &map->mappings.ptr[i];
        const rwb__mapping *found = rwb__map_find(map, m->line, m->column);
        HOLDS(!found || (found->line == m->line && found->column == m->column));
    }
    HOLDS(!rwb__map_find(map, UINT32_MAX, 0));
    compose(map, mem);
    rwb__map_deinit(&again);
    rwg__buf_deinit(&first);
    rwg__buf_deinit(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > 4096) {
        return 0;
    }
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    rwb__map_builder map;
    rwb__map_init(&map, &mem);
    char *text = malloc(size ? size : 1); /* its own block, so that a sanitizer sees its end */
    memcpy(text, data, size);
    if (rwb__map_read(&map, rwg__str(text, size), NULL) == RWG_OK) {
        check(&map, &mem);
    }
    free(text);
    rwb__map_deinit(&map);
    HOLDS(mem.used == 0);
    return 0;
}
