// The process dies, or the disk is full, while the transform cache is written: what is found
// afterwards are the values from before and all or none of the new ones, and none is wrong.

#include "cachedisk.h"
#include "faultvfs.h"

#include <errno.h>
#include <sys/wait.h>

enum {
    BEFORE = 8,
    AFTER = 20,
    SIZE = 9000
};

static void put_range(cachedisk *d, rwb__cache *cache, uint32_t from, uint32_t to) {
    for (uint32_t n = from; n < to; n++) {
        cachedisk_put(d, cache, n, SIZE);
    }
}

static void make_before(cachedisk *d) {
    cachedisk_remove(d);
    rwb__cache *cache = cachedisk_open(d);
    assert_non_null(cache);
    put_range(d, cache, 0, BEFORE);
    rwb__cache_close(cache);
}

// A server that dies at its nth write. False when it lived.
static bool die_while_writing(cachedisk *d, faultvfs_mode mode, uint32_t nth) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        faultvfs_install();
        faultvfs_arm(mode, FAULTVFS_WRITES, nth, 0);
        rwb__cache *cache = cachedisk_open(d);
        put_range(d, cache, BEFORE, AFTER);
        rwb__cache_flush(cache);
        rwb__cache_close(cache);
        _exit(0);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        assert_int_equal(errno, EINTR);
    }
    assert_true(WIFEXITED(status));
    assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == FAULTVFS_EXIT_CODE);
    return WEXITSTATUS(status) == FAULTVFS_EXIT_CODE;
}

static void find_before_or_after(cachedisk *d, uint32_t before, uint32_t nth) {
    rwb__cache *cache = cachedisk_open(d);
    assert_non_null(cache);
    uint32_t old = cachedisk_count(d, cache, 0, BEFORE, SIZE);
    uint32_t new = cachedisk_count(d, cache, BEFORE, AFTER, SIZE);
    if (old != before || (new != 0 && new != AFTER - BEFORE) || d->said != 0) {
        fail_msg("write %u: %u old values, %u new ones, %u lines", nth, old, new, d->said);
    }
    rwb__cache_close(cache);
}

TEST(a_server_killed_at_any_write_leaves_the_values_before_or_after) {
    cachedisk d;
    cachedisk_init(&d);
    for (int i = 0; i < 2; i++) {
        faultvfs_mode mode = i == 0 ? FAULTVFS_EXIT : FAULTVFS_TORN;
        bool died = true;
        uint32_t nth = 1;
        for (; died; nth++) {
            make_before(&d);
            died = die_while_writing(&d, mode, nth);
            find_before_or_after(&d, BEFORE, nth);
        }
        print_message("%u deaths\n", nth);
        assert_true(nth > 20);
    }
    cachedisk_deinit(&d);
}

TEST(a_server_killed_at_any_write_of_its_first_start_leaves_nothing_or_all) {
    cachedisk d;
    cachedisk_init(&d);
    bool died = true;
    uint32_t nth = 1;
    for (; died; nth++) {
        cachedisk_remove(&d);
        died = die_while_writing(&d, FAULTVFS_TORN, nth);
        find_before_or_after(&d, 0, nth);
    }
    print_message("%u deaths\n", nth);
    assert_true(nth > 20);
    cachedisk_deinit(&d);
}

// A disk on which the nth write and all after it fail, until it works again.
static bool use_full_disk(cachedisk *d, faultvfs_mode mode, uint32_t nth, int code) {
    make_before(d);
    faultvfs_install();
    faultvfs_arm(mode, FAULTVFS_WRITES, nth, code);
    rwb__cache *cache = cachedisk_open(d);
    if (cache) {
        put_range(d, cache, BEFORE, AFTER);
        rwb__cache_flush(cache);
        put_range(d, cache, AFTER, AFTER + 2);
        rwb__cache_flush(cache);
        (void)cachedisk_count(d, cache, 0, AFTER + 2, SIZE);
        rwb__cache_close(cache);
    }
    bool hit = faultvfs_hit();
    faultvfs_disarm();
    if (d->said > 1 || (!hit && d->said != 0)) {
        fail_msg("write %u: %u lines, the last one: %s", nth, d->said, d->line);
    }
    return hit;
}

TEST(a_full_disk_at_any_write_is_said_once_and_takes_no_value_away) {
    static const int CODES[] = {13 /* SQLITE_FULL */, 10 | 3 << 8 /* SQLITE_IOERR_WRITE */};
    cachedisk d;
    cachedisk_init(&d);
    for (int i = 0; i < 4; i++) {
        faultvfs_mode mode = i < 2 ? FAULTVFS_STAYS : FAULTVFS_ONCE;
        bool hit = true;
        uint32_t silent = 0;
        uint32_t nth = 1;
        for (; hit; nth++) {
            hit = use_full_disk(&d, mode, nth, CODES[i % 2]);
            silent += hit && d.said == 0;
            find_before_or_after(&d, BEFORE, nth);
        }
        print_message("%u full disks, %u of them not noticed\n", nth, silent);
        assert_true(nth > 20);
        // What fails behind the last commit is the copying of the log, which the next one does.
        assert_true(mode == FAULTVFS_ONCE || silent < nth / 2);
    }
    cachedisk_deinit(&d);
}

TEST(a_read_that_fails_gives_no_wrong_value_and_is_no_reason_to_begin_anew) {
    cachedisk d;
    cachedisk_init(&d);
    make_before(&d);
    faultvfs_install();
    bool hit = true;
    uint32_t nth = 1;
    for (; hit; nth++) {
        faultvfs_arm(FAULTVFS_ONCE, FAULTVFS_READS, nth, 10 | 1 << 8 /* SQLITE_IOERR_READ */);
        rwb__cache *cache = cachedisk_open(&d);
        if (cache) {
            (void)cachedisk_count(&d, cache, 0, BEFORE, SIZE);
            rwb__cache_close(cache);
        }
        hit = faultvfs_hit();
        faultvfs_disarm();
        find_before_or_after(&d, BEFORE, nth);
    }
    print_message("%u failing reads\n", nth);
    cachedisk_deinit(&d);
}
