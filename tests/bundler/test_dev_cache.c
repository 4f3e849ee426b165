/* The transform cache on a real disk: it forgets rather than fails, and never answers wrongly. */
#include "cachedisk.h"

#include <sqlite3.h>
#include <sys/wait.h>

#define SIZE 9000u

static void put_range(cachedisk *d, rwb__cache *cache, uint32_t from, uint32_t to) {
    for (uint32_t n = from; n < to; n++) {
        cachedisk_put(d, cache, n, SIZE);
    }
}

static uint32_t count(cachedisk *d, rwb__cache *cache, uint32_t from, uint32_t to) {
    return cachedisk_count(d, cache, from, to, SIZE);
}

static uint64_t file_size(const cachedisk *d) {
    struct stat st;
    assert_int_equal(stat(d->file, &st), 0);
    return (uint64_t)st.st_size;
}

TEST(a_value_is_there_at_once_and_after_the_next_start) {
    cachedisk d;
    cachedisk_init(&d);
    rwb__cache *cache = cachedisk_open(&d);
    put_range(&d, cache, 0, 3);
    assert_int_equal(count(&d, cache, 0, 4), 3);
    rwb__cache_close(cache);
    cache = cachedisk_open(&d);
    assert_int_equal(count(&d, cache, 0, 4), 3);
    rwb__cache_close(cache);
    assert_int_equal(d.said, 0);
    cachedisk_deinit(&d);
}

TEST(values_of_another_build_of_the_program_are_not_seen_by_this_one) {
    cachedisk d;
    cachedisk_init(&d);
    rwb__cache *old = cachedisk_open(&d);
    d.options.stamp = RWG_STR("2");
    rwb__cache *new = cachedisk_open(&d);
    put_range(&d, old, 0, 2);
    rwb__cache_flush(old);
    assert_int_equal(count(&d, new, 0, 2), 0);
    put_range(&d, new, 0, 1);
    rwb__cache_flush(new);
    assert_int_equal(count(&d, old, 0, 2), 2);
    rwb__cache_close(old);
    rwb__cache_close(new);
    cachedisk_deinit(&d);
}

TEST(two_servers_share_one_file) {
    cachedisk d;
    cachedisk_init(&d);
    rwb__cache *first = cachedisk_open(&d);
    rwb__cache *second = cachedisk_open(&d);
    put_range(&d, first, 0, 20);
    rwb__cache_flush(first);
    put_range(&d, second, 10, 30); /* some of them again */
    rwb__cache_flush(second);
    assert_int_equal(count(&d, first, 0, 30), 30);
    assert_int_equal(count(&d, second, 0, 30), 30);
    rwb__cache_close(first);
    rwb__cache_close(second);
    cachedisk_deinit(&d);
}

TEST(servers_that_create_the_file_at_the_same_moment_lose_nothing) {
    enum {
        SERVERS = 5,
        VALUES = 40
    };

    cachedisk d;
    cachedisk_init(&d);
    for (uint32_t round = 0; round < 8; round++) {
        cachedisk_remove(&d);
        pid_t children[SERVERS];
        for (uint32_t i = 0; i < SERVERS; i++) {
            children[i] = fork();
            assert_true(children[i] >= 0);
            if (children[i] == 0) {
                rwb__cache *cache = cachedisk_open(&d);
                if (!cache) {
                    _exit(1);
                }
                put_range(&d, cache, i * VALUES / 2, i * VALUES / 2 + VALUES);
                rwb__cache_close(cache);
                _exit(d.said == 0 ? 0 : 2);
            }
        }
        for (uint32_t i = 0; i < SERVERS; i++) {
            int status = 0;
            assert_int_equal(waitpid(children[i], &status, 0), children[i]);
            assert_true(WIFEXITED(status));
            assert_int_equal(WEXITSTATUS(status), 0);
        }
        rwb__cache *cache = cachedisk_open(&d);
        uint32_t all = (SERVERS + 1) * VALUES / 2;
        assert_int_equal(count(&d, cache, 0, all), all);
        rwb__cache_close(cache);
    }
    cachedisk_deinit(&d);
}

TEST(values_go_on_waiting_while_another_server_writes) {
    cachedisk d;
    cachedisk_init(&d);
    rwb__cache *cache = cachedisk_open(&d);
    sqlite3 *other = NULL;
    assert_int_equal(sqlite3_open(d.file, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    put_range(&d, cache, 0, 5);
    rwb__cache_flush(cache);
    assert_int_equal(rwb__cache_stats_of(cache).writes, 0);
    assert_int_equal(count(&d, cache, 0, 5), 5);
    assert_int_equal(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    rwb__cache_flush(cache);
    assert_int_equal(rwb__cache_stats_of(cache).writes, 5);
    assert_int_equal(d.said, 0);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    rwb__cache_close(cache);
    cachedisk_deinit(&d);
}

/* --- damage --- */

static void write_file(const cachedisk *d, const void *bytes, size_t len) {
    FILE *file = fopen(d->file, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

/* The file of a cache with these values, closed. */
static char *make_file(cachedisk *d, uint32_t values, size_t *out_len) {
    rwb__cache *cache = cachedisk_open(d);
    put_range(d, cache, 0, values);
    rwb__cache_close(cache);
    *out_len = (size_t)file_size(d);
    char *bytes = malloc(*out_len);
    assert_non_null(bytes);
    FILE *file = fopen(d->file, "rb");
    assert_non_null(file);
    assert_int_equal(fread(bytes, 1, *out_len, file), *out_len);
    assert_int_equal(fclose(file), 0);
    return bytes;
}

/* A server on a file that is not what it was: nothing wrong comes out, what is put is there, one
 * line at most is said, and the next server finds a good file. */
static void use_anyway(cachedisk *d, uint32_t values) {
    rwb__cache *cache = cachedisk_open(d);
    assert_non_null(cache);
    (void)count(d, cache, 0, values);
    put_range(d, cache, values, values + 3);
    rwb__cache_flush(cache);
    assert_int_equal(count(d, cache, values, values + 3), 3);
    assert_true(d->said <= 1);
    rwb__cache_close(cache);
    cache = cachedisk_open(d);
    assert_int_equal(count(d, cache, values, values + 3), 3);
    rwb__cache_close(cache);
}

TEST(a_file_that_is_no_database_is_begun_anew_and_that_is_said) {
    static const char TEXT[] = "this is no database, and long enough to be looked at as one......."
                               "..............................................................";
    cachedisk d;
    cachedisk_init(&d);
    write_file(&d, TEXT, sizeof TEXT);
    rwb__cache *cache = cachedisk_open(&d);
    assert_non_null(cache);
    assert_int_equal(d.said, 1);
    assert_non_null(strstr(d.line, "begun anew"));
    rwb__cache_close(cache);
    use_anyway(&d, 1);
    assert_int_equal(d.said, 0);
    cachedisk_deinit(&d);
}

TEST(a_file_of_another_format_or_of_somebody_else_is_begun_anew) {
    static const char *const OTHERS[] = {
        "CREATE TABLE later (x); PRAGMA user_version = 99",
        "CREATE TABLE entry (id INTEGER PRIMARY KEY, other); PRAGMA user_version = 2",
        "CREATE TABLE compiled (key BLOB PRIMARY KEY, day INTEGER NOT NULL, value BLOB NOT NULL)"
        " WITHOUT ROWID; CREATE TABLE stamp (text TEXT NOT NULL); PRAGMA user_version = 1",
    };
    cachedisk d;
    cachedisk_init(&d);
    for (size_t i = 0; i < sizeof OTHERS / sizeof OTHERS[0]; i++) {
        cachedisk_remove(&d);
        sqlite3 *db = NULL;
        assert_int_equal(sqlite3_open(d.file, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, OTHERS[i], NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
        rwb__cache *cache = cachedisk_open(&d);
        assert_non_null(cache);
        assert_int_equal(d.said, 1);
        rwb__cache_close(cache);
        use_anyway(&d, 1);
    }
    cachedisk_deinit(&d);
}

TEST(a_server_whose_file_another_one_begins_anew_goes_on) {
    cachedisk d;
    cachedisk_init(&d);
    rwb__cache *old = cachedisk_open(&d);
    put_range(&d, old, 0, 4);
    rwb__cache_flush(old);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(d.file, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    rwb__cache *new = cachedisk_open(&d);
    assert_int_equal(d.said, 1);
    assert_int_equal(count(&d, old, 0, 4), 0);
    put_range(&d, old, 0, 4);
    rwb__cache_flush(old);
    assert_int_equal(count(&d, new, 0, 4), 4);
    rwb__cache_close(old);
    rwb__cache_close(new);
    cachedisk_deinit(&d);
}

TEST(a_bit_that_flips_anywhere_in_the_file_gives_no_wrong_value) {
    enum {
        VALUES = 12
    };

    cachedisk d;
    cachedisk_init(&d);
    size_t len = 0;
    char *bytes = make_file(&d, VALUES, &len);
    uint32_t rounds = 0;
    for (size_t at = 0; at < len; at += at < 110 ? 1 : 997) {
        cachedisk_remove(&d);
        bytes[at] ^= (char)(1 << at % 8);
        write_file(&d, bytes, len);
        bytes[at] ^= (char)(1 << at % 8);
        use_anyway(&d, VALUES);
        rounds++;
    }
    print_message("%u flips\n", rounds);
    free(bytes);
    cachedisk_deinit(&d);
}

TEST(a_file_that_ends_early_gives_no_wrong_value) {
    enum {
        VALUES = 12
    };

    cachedisk d;
    cachedisk_init(&d);
    size_t len = 0;
    char *bytes = make_file(&d, VALUES, &len);
    for (size_t end = 0; end < len; end += end < 200 ? 20 : 1999) {
        cachedisk_remove(&d);
        write_file(&d, bytes, end);
        use_anyway(&d, VALUES);
    }
    free(bytes);
    cachedisk_deinit(&d);
}

/* --- nowhere to write --- */

TEST(a_folder_that_is_not_there_gives_no_cache_and_a_reason) {
    cachedisk d;
    cachedisk_init(&d);
    char file[96];
    (void)snprintf(file, sizeof file, "%s/missing/transform.db", d.dir);
    d.options.path = rwg__str_c(file);
    assert_null(cachedisk_open(&d));
    assert_int_equal(d.said, 1);
    assert_non_null(strstr(d.line, "nothing is kept"));
    cachedisk_deinit(&d);
}

/* What a user without rights sees: 0 as it should be. For root no folder is read-only. */
static int use_read_only(cachedisk *d, uint32_t values) {
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) {
        return 3;
    }
    rwb__cache *cache = cachedisk_open(d);
    if (cache) {
        uint32_t found = count(d, cache, 0, values);
        put_range(d, cache, values, values + 2);
        rwb__cache_flush(cache);
        put_range(d, cache, values + 2, values + 4);
        rwb__cache_close(cache);
        if (found != values) {
            return 1;
        }
    }
    return d->said == 1 && strstr(d->line, "nothing is kept") ? 0 : 2;
}

TEST(in_a_read_only_folder_there_is_no_cache_or_one_that_is_only_read_and_that_is_said_once) {
    cachedisk d;
    cachedisk_init(&d);
    for (uint32_t values = 0; values < 10; values += 5) {
        if (values > 0) {
            rwb__cache *cache = cachedisk_open(&d);
            put_range(&d, cache, 0, values);
            rwb__cache_close(cache);
        }
        assert_int_equal(chmod(d.dir, 0555), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            _exit(use_read_only(&d, values));
        }
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
        assert_int_equal(chmod(d.dir, 0755), 0);
    }
    cachedisk_deinit(&d);
}

/* --- what goes --- */

TEST(values_that_no_session_asked_for_in_a_while_go_and_those_in_use_stay) {
    cachedisk d;
    cachedisk_init(&d);
    d.options.max_sessions = 3;
    rwb__cache *cache = cachedisk_open(&d);
    put_range(&d, cache, 0, 10);
    rwb__cache_close(cache);
    for (int session = 0; session < 5; session++) {
        cache = cachedisk_open(&d);
        assert_int_equal(count(&d, cache, 0, 4), 4);
        rwb__cache_close(cache);
    }
    cache = cachedisk_open(&d);
    assert_int_equal(count(&d, cache, 0, 10), 4);
    rwb__cache_close(cache);
    cachedisk_deinit(&d);
}

TEST(two_hundred_edits_leave_a_file_of_bounded_size_that_has_the_newest) {
    enum {
        LIMIT = 256 * 1024,
        MODULES = 10, /* of a project; one of them is edited each time */
        EDITS = 200,
        LARGE = 20000,
    };

    cachedisk d;
    cachedisk_init(&d);
    d.options.max_bytes = LIMIT;
    uint64_t largest = 0;
    for (uint32_t session = 0; session < 4; session++) {
        rwb__cache *cache = cachedisk_open(&d);
        for (uint32_t edit = 0; edit < EDITS / 4; edit++) {
            cachedisk_put(&d, cache, MODULES + session * EDITS + edit, LARGE);
            rwb__cache_flush(cache);
            assert_true(rwb__cache_stats_of(cache).bytes <= LIMIT);
            largest = file_size(&d) > largest ? file_size(&d) : largest;
        }
        assert_true(cachedisk_has(&d, cache, MODULES + session * EDITS + EDITS / 4 - 1, LARGE));
        rwb__cache_close(cache);
    }
    print_message("largest %llu bytes\n", (unsigned long long)largest);
    assert_true(largest < 2 * LIMIT);
    rwb__cache *cache = cachedisk_open(&d);
    assert_false(cachedisk_has(&d, cache, MODULES, LARGE));
    rwb__cache_close(cache);
    cachedisk_deinit(&d);
}

TEST(what_goes_gives_its_room_back) {
    cachedisk d;
    cachedisk_init(&d);
    d.options.max_sessions = 1;
    rwb__cache *cache = cachedisk_open(&d);
    put_range(&d, cache, 0, 200);
    rwb__cache_close(cache);
    uint64_t before = file_size(&d);
    rwb__cache_close(cachedisk_open(&d));
    rwb__cache_close(cachedisk_open(&d));
    assert_true(file_size(&d) * 4 < before);
    cachedisk_deinit(&d);
}
