// The database is not what was written: cut, flipped, replaced, from the future, somebody else's.

#include "disk.h"

#include <sqlite3.h>
#include <sys/wait.h>

static char *read_all(const char *path, long *out_size) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *out_size = ftell(file);
    rewind(file);
    char *bytes = malloc((size_t)*out_size + 1);
    assert_int_equal(fread(bytes, 1, (size_t)*out_size, file), *out_size);
    assert_int_equal(fclose(file), 0);
    return bytes;
}

static void write_all(const char *path, const char *bytes, long size) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, (size_t)size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void run_sql(const char *path, const char *sql) {
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    }
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static uint32_t next(uint32_t *seed) {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

// After any damage: the image or nothing, and then the database works again.
static uint32_t assert_survives(disk *d, const char *what, long at) {
    uint32_t found = disk_find(d);
    if (found != 0 && found != DISK_DROPPED && found != DISK_EMPTY) {
        fail_msg("%s at %ld: found %u", what, at, found);
    }
    if (disk_save(d, 0) != RWG_OK || disk_find(d) != 0) {
        fail_msg("%s at %ld: the database does not work again", what, at);
    }
    return found;
}

TEST(any_flipped_bit_leaves_the_image_or_nothing) {
    disk d;
    disk_init(&d, 60);
    assert_int_equal(disk_save(&d, 0), RWG_OK);
    long size;
    char *good = read_all(d.db, &size);
    char *bad = malloc((size_t)size);
    uint32_t seed = 2463534242u;
    uint32_t dropped = 0;
    for (uint32_t round = 0; round < 600; round++) {
        // a third of the flips in the first page, where every bit matters
        long at = (long)(next(&seed) % (uint32_t)(round % 3 == 0 ? 8192 : size));
        memcpy(bad, good, (size_t)size);
        bad[at] = (char)(bad[at] ^ 1 << next(&seed) % 8);
        write_all(d.db, bad, size);
        dropped += assert_survives(&d, "flip", at) != 0;
    }
    print_message("%u of 600 flips were noticed, the rest hit nothing\n", dropped);
    assert_true(dropped > 60);
    free(bad);
    free(good);
    disk_deinit(&d);
}

TEST(every_bit_of_the_header_can_flip) {
    disk d;
    disk_init(&d, 3);
    assert_int_equal(disk_save(&d, 0), RWG_OK);
    long size;
    char *good = read_all(d.db, &size);
    for (long bit = 0; bit < 100 * 8; bit++) {
        char *bad = malloc((size_t)size);
        memcpy(bad, good, (size_t)size);
        bad[bit / 8] = (char)(bad[bit / 8] ^ 1 << bit % 8);
        write_all(d.db, bad, size);
        free(bad);
        (void)assert_survives(&d, "header bit", bit);
    }
    free(good);
    disk_deinit(&d);
}

TEST(a_database_cut_anywhere_leaves_nothing_of_itself) {
    disk d;
    disk_init(&d, 60);
    assert_int_equal(disk_save(&d, 0), RWG_OK);
    long size;
    char *good = read_all(d.db, &size);
    uint32_t seed = 88172645u;
    for (uint32_t round = 0; round < 120; round++) {
        long left = round < 20 ? (long)round * 7 : (long)(next(&seed) % (uint32_t)size);
        write_all(d.db, good, left);
        assert_int_not_equal(assert_survives(&d, "cut", left), 0);
    }
    free(good);
    disk_deinit(&d);
}

TEST(a_lost_row_is_noticed) {
    disk d;
    disk_init(&d, 60);
    assert_int_equal(disk_save(&d, 0), RWG_OK);
    static const char *const damage[] = {
        "DELETE FROM file WHERE id=7",
        "DELETE FROM dep WHERE id=2",
        "UPDATE file SET path='x' WHERE id=3",
        "UPDATE dir SET walked=NOT walked WHERE id=1",
        "UPDATE meta SET generation=99",
        "DELETE FROM meta",
        "UPDATE diag SET message=NULL||message",
        "INSERT INTO file SELECT "
        "9999,sum,path,package,hints,content,flags,nodes,entries,links,dirs,imports,"
        "problems,record FROM file WHERE id=1",
        "DROP VIEW edges",
        "DROP TABLE dep",
        "DROP TABLE meta",
        "ALTER TABLE input RENAME COLUMN path TO place",
    };
    for (size_t i = 0; i < sizeof damage / sizeof damage[0]; i++) {
        if (strstr(damage[i], "NULL||")) {
            continue; // NOT NULL keeps it out
        }
        run_sql(d.db, damage[i]);
        assert_int_equal(assert_survives(&d, damage[i], 0), DISK_DROPPED);
    }
    disk_deinit(&d);
}

TEST(a_database_of_the_future_is_discarded_with_a_reason) {
    disk d;
    disk_init(&d, 10);
    assert_int_equal(disk_save(&d, 0), RWG_OK);
    run_sql(d.db, "PRAGMA user_version=77");
    rwg_str notice;
    bool dropped;
    rwg__store *store = disk_open(&d, &notice, &dropped);
    assert_non_null(store);
    assert_true(dropped);
    assert_true(rwg__str_contains(notice, RWG_STR("format 77")));
    rwg__store_close(store);
    assert_int_equal(assert_survives(&d, "future", 0), DISK_EMPTY);
    disk_deinit(&d);
}

TEST(another_configuration_starts_anew_with_a_reason) {
    disk d;
    disk_init(&d, 10);
    assert_int_equal(disk_save(&d, 0), RWG_OK);
    rwg__store *store;
    rwg_str notice;
    bool dropped;
    const rwg_hash other = {{9}};
    rwg__store_open(&d.mem, rwg__str_c(d.db), other, &d.arena, &store, &notice, &dropped);
    assert_true(dropped);
    assert_true(rwg__str_contains(notice, RWG_STR("configuration")));
    rwg__image image;
    assert_false(rwg__store_load(store, &d.arena, &image, &notice));
    assert_int_equal(notice.len, 0);
    rwg__store_close(store);
    disk_deinit(&d);
}

TEST(a_file_that_is_not_ours_is_never_touched) {
    disk d;
    disk_init(&d, 10);
    char place[128];
    (void)snprintf(place, sizeof place, "%s/notes.txt", d.folder);
    const char *text = "This is somebody's text, and a long one: it must be here afterwards, word "
                       "for word, whatever "
                       "path was given for the cache by mistake.";
    write_all(place, text, (long)strlen(text));
    rwg__store *store;
    rwg_str notice;
    bool dropped;
    rwg__store_open(&d.mem, rwg__str_c(place), disk_key, &d.arena, &store, &notice, &dropped);
    assert_null(store);
    assert_false(dropped);
    assert_true(notice.len > 0);
    long size;
    char *now = read_all(place, &size);
    assert_int_equal(size, strlen(text));
    assert_memory_equal(now, text, strlen(text));
    free(now);
    (void)snprintf(place, sizeof place, "%s/other.sqlite", d.folder);
    run_sql(place, "PRAGMA application_id=5;CREATE TABLE t(a);INSERT INTO t VALUES(1)");
    rwg__store_open(&d.mem, rwg__str_c(place), disk_key, &d.arena, &store, &notice, &dropped);
    assert_null(store);
    run_sql(place, "PRAGMA application_id=0");
    rwg__store_open(&d.mem, rwg__str_c(place), disk_key, &d.arena, &store, &notice, &dropped);
    assert_null(store);
    run_sql(place, "SELECT a FROM t");
    disk_deinit(&d);
}

TEST(rubbish_in_our_own_folder_is_replaced) {
    disk d;
    disk_init(&d, 10);
    disk_command("mkdir '%s/rwgraph'%s", d.folder, "");
    char rubbish[5000];
    memset(rubbish, 'x', sizeof rubbish);
    write_all(d.db, rubbish, sizeof rubbish);
    assert_int_equal(assert_survives(&d, "rubbish", 0), DISK_DROPPED);
    char wal[160];
    (void)snprintf(wal, sizeof wal, "%s-wal", d.db);
    write_all(wal, rubbish, sizeof rubbish);
    (void)assert_survives(&d, "rubbish in the log", 0);
    disk_deinit(&d);
}

TEST(a_log_with_flipped_bits_leaves_the_image_or_the_one_before) {
    disk d;
    disk_init(&d, 60);
    assert_int_equal(disk_save(&d, 0), RWG_OK);
    char kept[160];
    char wal[160];
    (void)snprintf(wal, sizeof wal, "%s-wal", d.db);
    (void)snprintf(kept, sizeof kept, "%s/kept", d.folder);
    // A process that dies after its commit leaves the log behind.
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        rwg_str notice;
        bool dropped;
        rwg__store *store = disk_open(&d, &notice, &dropped);
        rwg__save save = storeimage_save(&d.images[1]);
        _exit(rwg__store_save(store, &save, NULL) == RWG_OK ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), 0);
    disk_command("cp -r '%s/rwgraph' '%s/kept'", d.folder, d.folder);
    long size;
    char *good = read_all(wal, &size);
    uint32_t seed = 362436069u;
    for (uint32_t round = 0; round < 100; round++) {
        disk_command("rm -rf '%s/rwgraph'%s", d.folder, "");
        disk_command("cp -r '%s/kept' '%s/rwgraph'", d.folder, d.folder);
        char *bad = malloc((size_t)size);
        memcpy(bad, good, (size_t)size);
        long at = (long)(next(&seed) % (uint32_t)(round % 4 == 0 ? 32 : size));
        bad[at] = (char)(bad[at] ^ 1 << next(&seed) % 8);
        write_all(wal, bad, size);
        free(bad);
        uint32_t found = disk_find(&d);
        assert_true(found == 0 || found == 1 || found == DISK_DROPPED);
    }
    free(good);
    disk_deinit(&d);
}

// Runs `what` as a user for whom permissions hold, in a process of its own.
static void as_nobody(disk *d, void (*what)(disk *d)) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) {
            _exit(2);
        }
        what(d);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

#define CHECK(condition) ((condition) ? (void)0 : _exit(3))

static void read_but_not_save(disk *d) {
    rwg_str notice;
    bool dropped;
    rwg__store *store = disk_open(d, &notice, &dropped);
    CHECK(store && !dropped && notice.len > 0);
    rwg__image image;
    CHECK(rwg__store_load(store, &d->arena, &image, &notice));
    CHECK(rwg__hash_equal(storeimage_hash(&d->mem, &image), d->hashes[0]));
    rwg__save save = storeimage_save(&d->images[1]);
    rwg_error err = {0};
    CHECK(rwg__store_save(store, &save, &err) == RWG_STORE && err.text[0]);
    storeimage_free(&image);
    rwg__store_close(store);
}

static void have_no_store(disk *d) {
    rwg_str notice;
    bool dropped;
    CHECK(!disk_open(d, &notice, &dropped));
    CHECK(!dropped && notice.len > 0);
}

TEST(a_read_only_folder_is_read_and_not_written) {
    disk d;
    disk_init(&d, 20);
    assert_int_equal(disk_save(&d, 0), RWG_OK);
    assert_int_equal(chmod(d.folder, 0755), 0);
    disk_command("chmod a-w '%s/rwgraph' '%s'/rwgraph/*", d.folder, d.folder);
    as_nobody(&d, read_but_not_save);
    disk_command("chmod u+w '%s/rwgraph'%s", d.folder, "");
    disk_deinit(&d);
}

TEST(a_folder_that_cannot_be_made_means_no_cache_and_a_notice) {
    disk d;
    disk_init(&d, 1);
    assert_int_equal(chmod(d.folder, 0555), 0);
    as_nobody(&d, have_no_store);
    assert_int_equal(chmod(d.folder, 0755), 0);
    disk_deinit(&d);
}

TEST(emptying_a_database_under_a_live_process_harms_neither) {
    disk d;
    disk_init(&d, 60);
    assert_int_equal(disk_save(&d, 0), RWG_OK);
    rwg_str notice;
    bool dropped;
    rwg__store *live = disk_open(&d, &notice, &dropped);
    rwg__image image;
    assert_true(rwg__store_load(live, &d.arena, &image, &notice));
    storeimage_free(&image);
    // Another process with another configuration comes by and starts anew.
    rwg__store *other;
    const rwg_hash key = {{7}};
    rwg__store_open(&d.mem, rwg__str_c(d.db), key, &d.arena, &other, &notice, &dropped);
    assert_true(dropped);
    rwg__save whole = storeimage_save(&d.images[1]);
    assert_int_equal(rwg__store_save(other, &whole, NULL), RWG_OK);
    // What is in there now is not what the first process may load; asking empties the database
    // again.
    assert_false(rwg__store_load(live, &d.arena, &image, &notice));
    assert_true(rwg__str_contains(notice, RWG_STR("another configuration")));
    assert_int_equal(rwg__store_save(other, &whole, NULL), RWG_OK);
    // A part of the old image does not go on top of the new one; all of it does.
    rwg__save part = {.image = &d.images[0]};
    assert_int_equal(rwg__store_save(live, &part, NULL), RWG_STORE);
    whole = storeimage_save(&d.images[0]);
    assert_int_equal(rwg__store_save(live, &whole, NULL), RWG_OK);
    rwg__store_close(live);
    rwg__store_close(other);
    assert_int_equal(disk_find(&d), 0);
    disk_deinit(&d);
}
