// Watching real folders with a clock of our own: which changes are told, and as what.

#include "base/buf.h"
#include "base/str.h"
#include "serve/watch.h"
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct world {
    rwg__mem mem;
    rwb__loop *loop;
    rwb__watch *watch;
    rwg__buf told; /* "+a.ts ~b.ts -c.ts " of all batches, without the root */
    uint32_t batches;
    bool rescan;
    char root[64];
} world;

static void on_changed(void *payload, const rwb__watch_batch *batch) {
    world *w = payload;
    w->batches++;
    w->rescan = w->rescan || batch->rescan;
    for (uint32_t i = 0; i < batch->count; i++) {
        static const char MARKS[] = "~+-";
        rwg_str path = batch->changes[i].path;
        uint32_t skip = (uint32_t)strlen(w->root) + 1;
        rwg__buf_char(&w->told, MARKS[batch->changes[i].kind]);
        rwg__buf_add(&w->told, rwg__str_from(path, skip));
        rwg__buf_char(&w->told, ' ');
    }
}

static const char *in(const world *w, const char *name) {
    static char path[4][256];
    static int next;
    char *out = path[next++ & 3];
    (void)snprintf(out, sizeof path[0], "%s/%s", w->root, name);
    return out;
}

static void write_file(const world *w, const char *name, const char *text) {
    FILE *file = fopen(in(w, name), "we");
    assert_non_null(file);
    (void)fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void make_dir(const world *w, const char *name) {
    assert_int_equal(mkdir(in(w, name), 0777), 0);
}

static void set_up(world *w, const rwg_str *ignore, uint32_t ignore_count) {
    rwb__loop_options options = {.manual_clock = true, .no_signals = true};
    memset(w, 0, sizeof *w);
    rwg__mem_init(&w->mem, NULL, 0);
    rwg__buf_init(&w->told, &w->mem);
    w->loop = rwb__loop_new(&w->mem, &options, NULL);
    (void)snprintf(w->root, sizeof w->root, "/tmp/rwg-watch-XXXXXX");
    assert_non_null(mkdtemp(w->root));
    rwb__watch_options watch = {
        .ignore = ignore, .ignore_count = ignore_count, .payload = w, .changed = on_changed};
    w->watch = rwb__watch_new(w->loop, &watch);
}

static void start(world *w) {
    assert_int_equal(rwb__watch_add_dir(w->watch, rwg__str_c(w->root), NULL), RWG_OK);
}

/* Takes in the events that there are, and lets the batch be told. */
static void settle(world *w) {
    for (int i = 0; i < 4; i++) {
        (void)uv_run(rwb__loop_uv(w->loop), UV_RUN_NOWAIT);
        rwb__loop_advance(w->loop, 100);
    }
}

static void expect(world *w, const char *told) {
    settle(w);
    if (!rwg__str_eq_c(rwg__buf_str(&w->told), told)) {
        fail_msg("told \"%.*s\", not \"%s\"", (int)w->told.bytes.len, w->told.bytes.ptr, told);
    }
    rwg__buf_clear(&w->told);
    w->batches = 0;
}

static void tear_down(world *w) {
    char command[128];
    rwb__watch_free(w->watch);
    rwb__loop_free(w->loop);
    rwg__buf_deinit(&w->told);
    (void)snprintf(command, sizeof command, "rm -rf %s", w->root);
    assert_int_equal(system(command), 0);
    assert_int_equal(w->mem.used, 0);
}

TEST(files_that_come_change_and_go_are_told) {
    world w;
    set_up(&w, NULL, 0);
    write_file(&w, "old.ts", "1");
    start(&w);
    expect(&w, "");
    write_file(&w, "old.ts", "2");
    write_file(&w, "new.ts", "1");
    expect(&w, "+new.ts ~old.ts ");
    assert_int_equal(unlink(in(&w, "old.ts")), 0);
    expect(&w, "-old.ts ");
    write_file(&w, "old.ts", "again");
    expect(&w, "+old.ts ");
    tear_down(&w);
}

TEST(an_atomic_save_is_one_change) {
    world w;
    set_up(&w, NULL, 0);
    write_file(&w, "a.ts", "1");
    start(&w);
    write_file(&w, "a.ts.tmp", "2");
    assert_int_equal(rename(in(&w, "a.ts.tmp"), in(&w, "a.ts")), 0);
    settle(&w);
    assert_int_equal(w.batches, 1);
    expect(&w, "~a.ts ");
    // As vim does it: the old one aside, a new one in its place, the old one removed.
    assert_int_equal(rename(in(&w, "a.ts"), in(&w, "a.ts~")), 0);
    write_file(&w, "a.ts", "3");
    assert_int_equal(unlink(in(&w, "a.ts~")), 0);
    expect(&w, "~a.ts ");
    tear_down(&w);
}

TEST(what_comes_and_goes_within_a_batch_is_not_told) {
    world w;
    set_up(&w, NULL, 0);
    start(&w);
    write_file(&w, "4913", "x");
    assert_int_equal(unlink(in(&w, "4913")), 0);
    expect(&w, "");
    tear_down(&w);
}

TEST(a_burst_is_one_sorted_batch) {
    world w;
    set_up(&w, NULL, 0);
    start(&w);
    write_file(&w, "c.ts", "1");
    write_file(&w, "a.ts", "1");
    write_file(&w, "b.ts", "1");
    write_file(&w, "a.ts", "2");
    settle(&w);
    assert_int_equal(w.batches, 1);
    expect(&w, "+a.ts +b.ts +c.ts ");
    tear_down(&w);
}

TEST(events_without_end_do_not_put_a_batch_off_forever) {
    world w;
    set_up(&w, NULL, 0);
    start(&w);
    uint32_t rounds = 0;
    while (w.batches == 0) {
        write_file(&w, "a.ts", "x");
        (void)uv_run(rwb__loop_uv(w.loop), UV_RUN_NOWAIT);
        rwb__loop_advance(w.loop, 4); // less than the 5 ms of quiet
        assert_true(++rounds < 100);
    }
    assert_in_range(rounds, 2, 14); // 50 ms are 13 rounds
    tear_down(&w);
}

TEST(a_checkout_is_told_when_it_pauses_and_an_edit_at_once) {
    world w;
    set_up(&w, NULL, 0);
    start(&w);
    char name[16];
    for (int i = 0; i < 60; i++) {
        (void)snprintf(name, sizeof name, "f%02d.ts", i);
        write_file(&w, name, "1");
        (void)uv_run(rwb__loop_uv(w.loop), UV_RUN_NOWAIT);
        rwb__loop_advance(w.loop, i < 20 ? 1 : 10); // slowly, as on a busy machine
    }
    assert_in_range(w.batches, 1, 2); // 400 ms are two longest waits
    settle(&w);
    assert_in_range(w.batches, 2, 3);
    rwb__loop_advance(w.loop, 300);
    rwg__buf_clear(&w.told);
    w.batches = 0;
    write_file(&w, "f00.ts", "2");
    (void)uv_run(rwb__loop_uv(w.loop), UV_RUN_NOWAIT);
    rwb__loop_advance(w.loop, 5);
    assert_int_equal(w.batches, 1);
    tear_down(&w);
}

TEST(new_folders_are_watched_with_all_that_is_in_them) {
    world w;
    set_up(&w, NULL, 0);
    make_dir(&w, "src");
    start(&w);
    make_dir(&w, "src/deep");
    make_dir(&w, "src/deep/er");
    write_file(&w, "src/deep/er/a.ts", "1");
    expect(&w, "+src/deep/er/a.ts ");
    write_file(&w, "src/deep/er/a.ts", "2");
    write_file(&w, "src/deep/b.ts", "1");
    expect(&w, "+src/deep/b.ts ~src/deep/er/a.ts ");
    assert_int_equal(rwb__watch_folder_count(w.watch), 4);
    tear_down(&w);
}

TEST(a_file_in_a_new_folder_is_told_with_its_text) {
    world w;
    set_up(&w, NULL, 0);
    start(&w);
    make_dir(&w, "src");
    write_file(&w, "src/a.ts", ""); // somebody has opened it, and has not written yet
    (void)uv_run(rwb__loop_uv(w.loop), UV_RUN_NOWAIT);
    rwb__loop_advance(w.loop, 6);
    assert_int_equal(w.batches, 0);
    write_file(&w, "src/a.ts", "1");
    (void)uv_run(rwb__loop_uv(w.loop), UV_RUN_NOWAIT);
    rwb__loop_advance(w.loop, 6);
    expect(&w, "+src/a.ts ");
    make_dir(&w, "lib");
    write_file(&w, "lib/empty.ts", ""); // and this one stays so
    settle(&w);
    assert_int_equal(w.batches, 0); // a writer may be slow
    rwb__loop_advance(w.loop, 1000);
    expect(&w, "+lib/empty.ts ");
    tear_down(&w);
}

TEST(a_folder_that_moves_takes_its_files_along) {
    world w;
    set_up(&w, NULL, 0);
    make_dir(&w, "a");
    make_dir(&w, "a/sub");
    write_file(&w, "a/sub/x.ts", "1");
    start(&w);
    assert_int_equal(rename(in(&w, "a"), in(&w, "b")), 0);
    expect(&w, "-a/sub/x.ts +b/sub/x.ts ");
    write_file(&w, "b/sub/x.ts", "2");
    expect(&w, "~b/sub/x.ts ");
    tear_down(&w);
}

TEST(a_folder_replaced_by_another_is_seen_as_what_it_is_now) {
    world w;
    set_up(&w, NULL, 0);
    make_dir(&w, "a");
    write_file(&w, "a/same.ts", "1");
    write_file(&w, "a/gone.ts", "1");
    make_dir(&w, "b");
    write_file(&w, "b/same.ts", "2");
    write_file(&w, "b/new.ts", "2");
    start(&w);
    assert_int_equal(rename(in(&w, "a"), in(&w, "c")), 0);
    assert_int_equal(rename(in(&w, "b"), in(&w, "a")), 0);
    expect(&w, "-a/gone.ts +a/new.ts ~a/same.ts -b/new.ts -b/same.ts +c/gone.ts +c/same.ts ");
    write_file(&w, "a/same.ts", "3");
    write_file(&w, "c/same.ts", "3");
    expect(&w, "~a/same.ts ~c/same.ts ");
    tear_down(&w);
}

TEST(ignored_folders_and_files_are_not_told) {
    world w;
    rwg_str ignore[] = {RWG_STR("**/dist"), RWG_STR("**/*.log")};
    set_up(&w, ignore, 2);
    make_dir(&w, "node_modules");
    make_dir(&w, "dist");
    start(&w);
    make_dir(&w, ".git");
    write_file(&w, ".git/HEAD", "1");
    write_file(&w, "node_modules/x.js", "1");
    write_file(&w, "dist/y.js", "1");
    write_file(&w, "z.log", "1");
    write_file(&w, "seen.js", "1");
    expect(&w, "+seen.js ");
    assert_int_equal(rwb__watch_folder_count(w.watch), 1);
    tear_down(&w);
}

TEST(single_files_are_watched_where_nothing_else_is) {
    world w;
    set_up(&w, NULL, 0);
    make_dir(&w, "node_modules");
    write_file(&w, "node_modules/watched.js", "1");
    start(&w);
    const char *watched = in(&w, "node_modules/watched.js");
    assert_int_equal(rwb__watch_add_file(w.watch, rwg__str_c(watched), NULL), RWG_OK);
    const char *absent = in(&w, "node_modules/later/on/x.js");
    assert_int_equal(rwb__watch_add_file(w.watch, rwg__str_c(absent), NULL), RWG_OK);
    expect(&w, "");
    write_file(&w, "node_modules/other.js", "1");
    write_file(&w, "node_modules/watched.js", "2");
    expect(&w, "~node_modules/watched.js ");
    make_dir(&w, "node_modules/later");
    expect(&w, "");
    make_dir(&w, "node_modules/later/on");
    write_file(&w, "node_modules/later/on/x.js", "1");
    expect(&w, "+node_modules/later/on/x.js ");
    write_file(&w, "node_modules/later/on/y.js", "1");
    write_file(&w, "node_modules/later/on/x.js", "2");
    expect(&w, "~node_modules/later/on/x.js ");
    tear_down(&w);
}

TEST(of_a_folder_of_packages_the_folder_is_told_and_never_what_is_in_them) {
    world w;
    set_up(&w, NULL, 0);
    start(&w);
    const char *packages = in(&w, "node_modules");
    assert_int_equal(rwb__watch_add_names(w.watch, rwg__str_c(packages), NULL), RWG_OK);
    expect(&w, "");
    make_dir(&w, "node_modules"); // it was not there when somebody asked for it
    expect(&w, "~node_modules ");
    make_dir(&w, "node_modules/a");
    expect(&w, "~node_modules ");
    write_file(&w, "node_modules/a/index.js", "1");
    expect(&w, "");
    write_file(&w, "node_modules/.package-lock.json", "{}");
    expect(&w, "~node_modules ");
    assert_int_equal(rename(in(&w, "node_modules"), in(&w, "aside")), 0);
    expect(&w, "+aside/.package-lock.json +aside/a/index.js -node_modules ");
    make_dir(&w, "node_modules");
    expect(&w, "~node_modules ");
    make_dir(&w, "node_modules/b");
    expect(&w, "~node_modules ");
    tear_down(&w);
}

TEST(an_edit_does_not_wait_for_an_installation) {
    world w;
    set_up(&w, NULL, 0);
    make_dir(&w, "node_modules");
    start(&w);
    const char *packages = in(&w, "node_modules");
    assert_int_equal(rwb__watch_add_names(w.watch, rwg__str_c(packages), NULL), RWG_OK);
    make_dir(&w, "node_modules/a");
    (void)uv_run(rwb__loop_uv(w.loop), UV_RUN_NOWAIT);
    rwb__loop_advance(w.loop, 50); // more may come, and a change of names alone can wait
    assert_int_equal(w.batches, 0);
    write_file(&w, "a.ts", "1");
    (void)uv_run(rwb__loop_uv(w.loop), UV_RUN_NOWAIT);
    rwb__loop_advance(w.loop, 5);
    assert_int_equal(w.batches, 1);
    expect(&w, "+a.ts ~node_modules ");
    tear_down(&w);
}

TEST(the_files_of_a_folder_are_told_and_none_below_it) {
    world w;
    set_up(&w, NULL, 0);
    make_dir(&w, "lib");
    make_dir(&w, "lib/deep");
    write_file(&w, "lib/a.ts", "1");
    assert_int_equal(rwb__watch_add_files_of(w.watch, rwg__str_c(in(&w, "lib")), NULL), RWG_OK);
    expect(&w, "+lib/a.ts ");
    write_file(&w, "lib/a.ts", "2");
    write_file(&w, "lib/b.ts", "1");
    write_file(&w, "lib/deep/c.ts", "1");
    make_dir(&w, "lib/new");
    expect(&w, "~lib/a.ts +lib/b.ts +lib/new ");
    write_file(&w, "lib/new/d.ts", "1");
    expect(&w, "");
    tear_down(&w);
}

TEST(links_to_folders_are_not_followed) {
    world w;
    set_up(&w, NULL, 0);
    make_dir(&w, "real");
    assert_int_equal(symlink(w.root, in(&w, "real/loop")), 0);
    start(&w);
    assert_int_equal(rwb__watch_folder_count(w.watch), 2);
    write_file(&w, "real/a.ts", "1");
    expect(&w, "+real/a.ts ");
    tear_down(&w);
}

TEST(more_events_than_the_systems_queue_holds_mean_look_at_everything) {
    world w;
    set_up(&w, NULL, 0);
    start(&w);
    unsigned limit = 0;
    FILE *file = fopen("/proc/sys/fs/inotify/max_queued_events", "re");
    if (!file || fscanf(file, "%u", &limit) != 1 || limit > 1000000) {
        limit = 0; // no such queue here, or none that could be filled
    }
    if (file) {
        (void)fclose(file);
    }
    // Each file is at least one event; nothing is read meanwhile, so the queue runs over.
    for (unsigned i = 0; limit > 0 && i < limit + 100; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "f%u", i & 1023);
        int fd = open(in(&w, name), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
        assert_true(fd >= 0);
        (void)close(fd);
        assert_int_equal(unlink(in(&w, name)), 0);
    }
    settle(&w);
    assert_true(limit == 0 || w.rescan);
    tear_down(&w);
}

TEST(a_thousand_edits_leave_memory_as_it_was) {
    world w;
    set_up(&w, NULL, 0);
    make_dir(&w, "src");
    write_file(&w, "src/a.ts", "1");
    start(&w);
    write_file(&w, "src/a.ts", "2");
    settle(&w);
    uint64_t before = 0;
    for (int i = 0; i < 1000; i++) {
        write_file(&w, "src/a.ts", "3");
        settle(&w);
        rwg__buf_clear(&w.told);
        if (i == 10) {
            before = w.mem.used;
        }
    }
    assert_int_equal(w.mem.used, before);
    tear_down(&w);
}
