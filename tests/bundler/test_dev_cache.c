/* The transform cache on a real disk: it forgets rather than fails. */
#include "base/hash.h"
#include "base/str.h"
#include "dev/cache.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct disk {
    rwg__mem mem;
    char dir[64];
    char file[96];
    rwg__buf notice;
    rwg__buf value;
} disk;

static void disk_open(disk *d) {
    rwg__mem_init(&d->mem, NULL, 0);
    rwg__buf_init(&d->notice, &d->mem);
    rwg__buf_init(&d->value, &d->mem);
    (void)snprintf(d->dir, sizeof d->dir, "%s", "/tmp/rwgraph-cache-XXXXXX");
    assert_non_null(mkdtemp(d->dir));
    (void)snprintf(d->file, sizeof d->file, "%s/transform.db", d->dir);
}

static void disk_close(disk *d) {
    static const char *const ENDINGS[] = {"", "-wal", "-shm"};
    for (int i = 0; i < 3; i++) {
        char name[128];
        (void)snprintf(name, sizeof name, "%s%s", d->file, ENDINGS[i]);
        (void)remove(name);
    }
    assert_int_equal(rmdir(d->dir), 0);
    rwg__buf_deinit(&d->notice);
    rwg__buf_deinit(&d->value);
}

static rwb__cache *cache_of(disk *d, const char *stamp) {
    rwg__buf_clear(&d->notice);
    return rwb__cache_open(&d->mem, rwg__str_c(d->file), rwg__str_c(stamp), &d->notice);
}

static rwg_hash key_of(const char *text) {
    return rwg__hash_bytes(text, strlen(text));
}

static bool has(disk *d, rwb__cache *cache, const char *key, const char *value) {
    return rwb__cache_get(cache, key_of(key), &d->value) &&
           rwg__str_eq_c(rwg__buf_str(&d->value), value);
}

TEST(a_value_is_there_at_once_and_after_the_next_start) {
    disk d;
    disk_open(&d);
    rwb__cache *cache = cache_of(&d, "1");
    rwb__cache_put(cache, key_of("a"), RWG_STR("code of a"));
    assert_true(has(&d, cache, "a", "code of a"));
    assert_false(rwb__cache_get(cache, key_of("b"), &d.value));
    rwb__cache_close(cache);
    cache = cache_of(&d, "1");
    assert_true(has(&d, cache, "a", "code of a"));
    rwb__cache_close(cache);
    disk_close(&d);
}

TEST(values_of_another_build_of_the_program_are_dropped) {
    disk d;
    disk_open(&d);
    rwb__cache *cache = cache_of(&d, "1");
    rwb__cache_put(cache, key_of("a"), RWG_STR("old"));
    rwb__cache_close(cache);
    cache = cache_of(&d, "2");
    assert_false(rwb__cache_get(cache, key_of("a"), &d.value));
    rwb__cache_close(cache);
    disk_close(&d);
}

TEST(two_servers_share_one_file) {
    disk d;
    disk_open(&d);
    rwb__cache *first = cache_of(&d, "1");
    rwb__cache *second = cache_of(&d, "1");
    rwb__cache_put(first, key_of("a"), RWG_STR("of first"));
    rwb__cache_flush(first);
    rwb__cache_put(second, key_of("b"), RWG_STR("of second"));
    rwb__cache_flush(second);
    assert_true(has(&d, first, "b", "of second"));
    assert_true(has(&d, second, "a", "of first"));
    rwb__cache_close(first);
    rwb__cache_close(second);
    disk_close(&d);
}

TEST(a_damaged_file_is_begun_anew_and_that_is_said) {
    disk d;
    disk_open(&d);
    FILE *file = fopen(d.file, "wb");
    assert_non_null(file);
    assert_true(fputs("this is no database, and long enough to be looked at as one", file) >= 0);
    assert_int_equal(fclose(file), 0);
    rwb__cache *cache = cache_of(&d, "1");
    assert_non_null(cache);
    assert_true(d.notice.bytes.len > 0);
    rwb__cache_put(cache, key_of("a"), RWG_STR("new"));
    assert_true(has(&d, cache, "a", "new"));
    rwb__cache_close(cache);
    disk_close(&d);
}

TEST(a_folder_that_is_not_there_gives_no_cache_and_a_reason) {
    disk d;
    disk_open(&d);
    char file[96];
    (void)snprintf(file, sizeof file, "%s", d.file);
    (void)snprintf(d.file, sizeof d.file, "%s/missing/transform.db", d.dir);
    assert_null(cache_of(&d, "1"));
    assert_true(d.notice.bytes.len > 0);
    (void)snprintf(d.file, sizeof d.file, "%s", file);
    disk_close(&d);
}
