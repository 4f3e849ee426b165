/* What tests of the transform cache share: a folder with a cache in it, what the cache said, and
 * values that are known by their number. */
#ifndef RWG_TEST_CACHEDISK_H
#define RWG_TEST_CACHEDISK_H

#include "base/hash.h"
#include "base/str.h"
#include "dev/cache.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct cachedisk {
    rwg__mem mem;
    char dir[64];
    char file[96];
    rwb__cache_options options;
    uint32_t said; /* lines */
    char line[256];
    rwg__buf value;
} cachedisk;

static inline void cachedisk_say(void *payload, bool is_error, rwg_str line) {
    cachedisk *d = payload;
    assert_true(is_error);
    d->said++;
    (void)snprintf(d->line, sizeof d->line, "%.*s", (int)line.len, line.ptr);
}

static inline void cachedisk_init(cachedisk *d) {
    *d = (cachedisk){.said = 0};
    rwg__mem_init(&d->mem, NULL, 0);
    rwg__buf_init(&d->value, &d->mem);
    (void)snprintf(d->dir, sizeof d->dir, "%s", "/tmp/rwgraph-cache-XXXXXX");
    assert_non_null(mkdtemp(d->dir));
    (void)snprintf(d->file, sizeof d->file, "%s/transform.db", d->dir);
    d->options = (rwb__cache_options){
        .path = rwg__str_c(d->file),
        .stamp = RWG_STR("1"),
        .payload = d,
        .say = cachedisk_say,
    };
}

static inline void cachedisk_remove(cachedisk *d) {
    static const char *const ENDINGS[] = {"", "-wal", "-shm", "-journal"};
    for (int i = 0; i < 4; i++) {
        char name[128];
        (void)snprintf(name, sizeof name, "%s%s", d->file, ENDINGS[i]);
        (void)remove(name);
    }
}

static inline void cachedisk_deinit(cachedisk *d) {
    cachedisk_remove(d);
    assert_int_equal(rmdir(d->dir), 0);
    rwg__buf_deinit(&d->value);
    assert_int_equal(atomic_load(&d->mem.used), 0);
}

static inline rwb__cache *cachedisk_open(cachedisk *d) {
    d->said = 0;
    return rwb__cache_open(&d->mem, &d->options);
}

static inline rwg_hash cachedisk_key(uint32_t n) {
    return rwg__hash_bytes(&n, sizeof n);
}

/* Value n: a size of its own between 1 and about `size` bytes, of letters of its own. */
static inline void cachedisk_make(cachedisk *d, uint32_t n, uint32_t size) {
    rwg__buf_clear(&d->value);
    uint32_t len = 1 + n * 2654435761u % size;
    for (uint32_t i = 0; i < len; i++) {
        rwg__buf_char(&d->value, (char)('!' + (i * 31 + n * 17) % 90));
    }
}

static inline void cachedisk_put(cachedisk *d, rwb__cache *c, uint32_t n, uint32_t size) {
    cachedisk_make(d, n, size);
    rwb__cache_put(c, cachedisk_key(n), rwg__buf_str(&d->value));
}

/* Whether value n is there; another value in its place fails the test. */
static inline bool cachedisk_has(cachedisk *d, rwb__cache *c, uint32_t n, uint32_t size) {
    rwg__buf found;
    rwg__buf_init(&found, &d->mem);
    bool has = rwb__cache_get(c, cachedisk_key(n), &found);
    cachedisk_make(d, n, size);
    if (has && !rwg__str_eq(rwg__buf_str(&found), rwg__buf_str(&d->value))) {
        fail_msg("value %u is not what was put", n);
    }
    rwg__buf_deinit(&found);
    return has;
}

/* How many of the values from..to-1 are there. */
static inline uint32_t
cachedisk_count(cachedisk *d, rwb__cache *c, uint32_t from, uint32_t to, uint32_t size) {
    uint32_t count = 0;
    for (uint32_t n = from; n < to; n++) {
        count += cachedisk_has(d, c, n, size);
    }
    return count;
}

#endif
