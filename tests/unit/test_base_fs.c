// The operating system's file system, and the one in memory that other tests use.

#include "base/fsutil.h"
#include "base/path.h"
#include "memfs.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

// A folder on the real disk, and a way to name things in it.
static char folder[64];

static void make_folder(void) {
    strcpy(folder, "/tmp/rwg_fs_XXXXXX");
    assert_non_null(mkdtemp(folder));
}

static void remove_folder(void) {
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0);
}

static const char *at(const char *name) {
    static char path[8][256];
    static int turn;
    turn = (turn + 1) % 8;
    (void)snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static void write_file(const char *path, const char *text) {
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
}

static rwg_status read_text(rwg_fs fs, const char *path, uint64_t limit, char **text) {
    uint64_t len = 0;
    rwg_status status = fs.read(fs.self, rwg__str_c(path), limit, text, &len);
    if (status == RWG_OK) {
        *text = realloc(*text, len + 1);
        (*text)[len] = '\0';
    }
    return status;
}

static void assert_reads(rwg_fs fs, const char *path, const char *expected) {
    char *text;
    assert_int_equal(read_text(fs, path, 1000, &text), RWG_OK);
    assert_string_equal(text, expected);
    free(text);
}

static rwg_fs_kind kind_of(rwg_fs fs, const char *path) {
    rwg_fs_stat st;
    assert_int_equal(fs.stat(fs.self, rwg__str_c(path), &st), RWG_OK);
    return st.kind;
}

TEST(a_file_is_read_whole_or_not_at_all) {
    make_folder();
    rwg_fs fs = rwg_fs_system();
    write_file(at("a"), "hello");
    write_file(at("empty"), "");
    assert_reads(fs, at("a"), "hello");
    assert_reads(fs, at("empty"), "");
    char *text;
    assert_int_equal(read_text(fs, at("a"), 5, &text), RWG_OK);
    free(text);
    assert_int_equal(read_text(fs, at("a"), 4, &text), RWG_LIMIT);
    assert_null(text);
    remove_folder();
}

TEST(files_without_a_known_size_are_read_to_their_end) {
    rwg_fs fs = rwg_fs_system();
    char *text;
    assert_int_equal(read_text(fs, "/proc/self/status", 1000000, &text), RWG_OK);
    assert_true(strlen(text) > 100);
    free(text);
    assert_int_equal(read_text(fs, "/proc/self/status", 50, &text), RWG_LIMIT);
}

TEST(what_cannot_be_read_says_why) {
    make_folder();
    rwg_fs fs = rwg_fs_system();
    char *text;
    write_file(at("file"), "x");
    assert_int_equal(mkfifo(at("pipe"), 0600), 0);
    assert_int_equal(symlink("loop", at("loop")), 0);
    assert_int_equal(read_text(fs, folder, 10, &text), RWG_INVALID);
    assert_int_equal(read_text(fs, at("pipe"), 10, &text), RWG_INVALID);
    assert_int_equal(read_text(fs, at("loop"), 10, &text), RWG_INVALID);
    assert_int_equal(read_text(fs, at("none"), 10, &text), RWG_NOT_FOUND);
    assert_int_equal(read_text(fs, at("file/below"), 10, &text), RWG_NOT_FOUND);
    if (geteuid() != 0) { // permissions do not hold for root
        assert_int_equal(chmod(at("file"), 0), 0);
        assert_int_equal(read_text(fs, at("file"), 10, &text), RWG_ACCESS);
    }
    remove_folder();
}

TEST(a_path_no_file_can_have_is_simply_not_there) {
    rwg_fs fs = rwg_fs_system();
    char *text;
    char longer[RWG_LIMIT_PATH + 10];
    memset(longer, 'x', sizeof longer);
    longer[0] = '/';
    rwg_fs_stat st;
    assert_int_equal(fs.stat(fs.self, rwg__str(longer, sizeof longer), &st), RWG_OK);
    assert_int_equal(st.kind, RWG_FS_NONE);
    assert_int_equal(fs.stat(fs.self, rwg__str(longer, 1000), &st), RWG_OK);
    assert_int_equal(st.kind, RWG_FS_NONE);
    assert_int_equal(fs.stat(fs.self, RWG_STR("/tmp\0x"), &st), RWG_OK);
    assert_int_equal(st.kind, RWG_FS_NONE);
    uint64_t len;
    assert_int_equal(fs.read(fs.self, RWG_STR("/proc\0x"), 9, &text, &len), RWG_NOT_FOUND);
}

TEST(stat_follows_links_and_tells_files_from_folders) {
    make_folder();
    rwg_fs fs = rwg_fs_system();
    write_file(at("file"), "12345");
    assert_int_equal(symlink("file", at("link")), 0);
    assert_int_equal(symlink("gone", at("dangling")), 0);
    assert_int_equal(symlink("loop", at("loop")), 0);
    assert_int_equal(kind_of(fs, at("link")), RWG_FS_FILE);
    assert_int_equal(kind_of(fs, folder), RWG_FS_DIR);
    assert_int_equal(kind_of(fs, at("dangling")), RWG_FS_NONE);
    assert_int_equal(kind_of(fs, at("file/x")), RWG_FS_NONE);
    rwg_fs_stat st;
    assert_int_equal(fs.stat(fs.self, rwg__str_c(at("loop")), &st), RWG_INVALID);
    assert_int_equal(fs.stat(fs.self, rwg__str_c(at("file")), &st), RWG_OK);
    assert_int_equal(st.size, 5);
    assert_true(st.inode != 0);
    assert_true(st.mtime_ns > INT64_C(1500000000000000000));
    remove_folder();
}

typedef struct names {
    uint32_t files, dirs, links, others;
} names;

static void count_entry(void *payload, const rwg_fs_entry *entry) {
    names *seen = payload;
    assert_false(rwg__str_eq_c(entry->name, "."));
    assert_false(rwg__str_eq_c(entry->name, ".."));
    seen->files += entry->kind == RWG_FS_FILE;
    seen->dirs += entry->kind == RWG_FS_DIR;
    seen->links += entry->kind == RWG_FS_LINK;
    seen->others += entry->kind == RWG_FS_OTHER;
}

TEST(a_folder_lists_links_as_links) {
    make_folder();
    rwg_fs fs = rwg_fs_system();
    write_file(at("file"), "x");
    assert_int_equal(mkdir(at("dir"), 0700), 0);
    assert_int_equal(symlink("file", at("link")), 0);
    assert_int_equal(mkfifo(at("pipe"), 0600), 0);
    names seen = {0};
    assert_int_equal(fs.list(fs.self, rwg__str_c(folder), count_entry, &seen), RWG_OK);
    assert_int_equal(seen.files, 1);
    assert_int_equal(seen.dirs, 1);
    assert_int_equal(seen.links, 1);
    assert_int_equal(seen.others, 1);
    assert_int_equal(fs.list(fs.self, rwg__str_c(at("none")), count_entry, &seen), RWG_NOT_FOUND);
    remove_folder();
}

TEST(realpath_is_the_path_without_links) {
    make_folder();
    rwg_fs fs = rwg_fs_system();
    assert_int_equal(mkdir(at("dir"), 0700), 0);
    write_file(at("dir/file"), "x");
    assert_int_equal(symlink("dir", at("link")), 0);
    assert_int_equal(symlink("loop", at("loop")), 0);
    char *real;
    assert_int_equal(fs.realpath(fs.self, rwg__str_c(at("link/file")), &real), RWG_OK);
    assert_string_equal(real, at("dir/file"));
    free(real);
    assert_int_equal(fs.realpath(fs.self, rwg__str_c(at("none")), &real), RWG_NOT_FOUND);
    assert_int_equal(fs.realpath(fs.self, rwg__str_c(at("loop")), &real), RWG_INVALID);
    remove_folder();
}

TEST(a_file_can_be_read_into_an_arena) {
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    rwg__arena arena;
    rwg__arena_init(&arena, &mem);
    memfs *disk = memfs_new();
    memfs_write(disk, "/a", "text");
    rwg_fs fs = memfs_fs(disk);
    rwg_str text;
    assert_int_equal(rwg__fs_read(&fs, &arena, RWG_STR("/a"), 100, &text), RWG_OK);
    assert_true(rwg__str_eq_c(text, "text"));
    assert_int_equal(rwg__fs_read(&fs, &arena, RWG_STR("/a"), 3, &text), RWG_LIMIT);
    assert_int_equal(text.len, 0);
    rwg__arena_deinit(&arena);
    memfs_free(disk);
}

TEST(the_disk_in_memory_behaves_like_a_disk) {
    memfs *disk = memfs_new();
    rwg_fs fs = memfs_fs(disk);
    memfs_write(disk, "/app/src/a.ts", "one");
    memfs_symlink(disk, "/app/node_modules/lib", "../packages/lib");
    memfs_write(disk, "/app/packages/lib/index.js", "lib");
    memfs_symlink(disk, "/loop", "/loop");
    assert_reads(fs, "/app/src/a.ts", "one");
    assert_reads(fs, "/app/node_modules/lib/index.js", "lib");
    char *real;
    assert_int_equal(
        fs.realpath(fs.self, RWG_STR("/app/node_modules/lib/index.js"), &real), RWG_OK
    );
    assert_string_equal(real, "/app/packages/lib/index.js");
    free(real);
    rwg_fs_stat st;
    assert_int_equal(fs.stat(fs.self, RWG_STR("/loop"), &st), RWG_INVALID);
    assert_int_equal(kind_of(fs, "/app/src"), RWG_FS_DIR);
    assert_int_equal(kind_of(fs, "/app/src/a.ts/x"), RWG_FS_NONE);
    names seen = {0};
    assert_int_equal(fs.list(fs.self, RWG_STR("/app"), count_entry, &seen), RWG_OK);
    assert_int_equal(seen.dirs, 3);
    memfs_remove(disk, "/app/src");
    assert_int_equal(kind_of(fs, "/app/src/a.ts"), RWG_FS_NONE);
    memfs_write(disk, "/app/src/a.ts", "two");
    assert_reads(fs, "/app/src/a.ts", "two");
    memfs_deny(disk, "/app/src/a.ts", true);
    char *text;
    assert_int_equal(read_text(fs, "/app/src/a.ts", 10, &text), RWG_ACCESS);
    memfs_free(disk);
}

TEST(every_change_in_memory_shows_in_stat) {
    memfs *disk = memfs_new();
    rwg_fs fs = memfs_fs(disk);
    memfs_write(disk, "/d/a", "1");
    rwg_fs_stat before, after, folder_before, folder_after;
    assert_int_equal(fs.stat(fs.self, RWG_STR("/d/a"), &before), RWG_OK);
    memfs_write(disk, "/d/a", "2");
    assert_int_equal(fs.stat(fs.self, RWG_STR("/d/a"), &after), RWG_OK);
    assert_true(after.mtime_ns > before.mtime_ns && after.inode == before.inode);
    memfs_replace(disk, "/d/a", "3");
    assert_int_equal(fs.stat(fs.self, RWG_STR("/d/a"), &before), RWG_OK);
    assert_true(after.inode != before.inode);
    assert_int_equal(fs.stat(fs.self, RWG_STR("/d"), &folder_before), RWG_OK);
    memfs_write(disk, "/d/b", "new");
    assert_int_equal(fs.stat(fs.self, RWG_STR("/d"), &folder_after), RWG_OK);
    assert_true(folder_after.mtime_ns > folder_before.mtime_ns);
    memfs_free(disk);
}

TEST(calls_are_counted_by_kind_and_path) {
    memfs *disk = memfs_new();
    rwg_fs fs = memfs_fs(disk);
    memfs_write(disk, "/a", "x");
    assert_reads(fs, "/a", "x");
    (void)kind_of(fs, "/a");
    (void)kind_of(fs, "/b");
    assert_int_equal(memfs_calls(disk, MEMFS_READ, "/a"), 1);
    assert_int_equal(memfs_calls(disk, MEMFS_STAT, NULL), 2);
    assert_int_equal(memfs_calls(disk, MEMFS_ANY, "/b"), 1);
    memfs_clear_log(disk);
    assert_int_equal(memfs_calls(disk, MEMFS_ANY, NULL), 0);
    memfs_free(disk);
}

TEST(the_nth_call_fails_and_only_that_one) {
    memfs *disk = memfs_new();
    rwg_fs fs = memfs_fs(disk);
    memfs_write(disk, "/a", "x");
    memfs_fail(disk, MEMFS_READ, 2, RWG_IO);
    assert_reads(fs, "/a", "x");
    assert_false(memfs_has_failed(disk));
    char *text;
    assert_int_equal(read_text(fs, "/a", 10, &text), RWG_IO);
    assert_true(memfs_has_failed(disk));
    assert_reads(fs, "/a", "x");
    memfs_free(disk);
}
