/* A project and its database: what a warm start reads, and what it must never believe. */
#include "app.h"
#include "test.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct cached {
    app a;
    char dir[64];
    char db[96];
} cached;

/* A project on a disk in memory whose database is a real file, since SQLite has its own files. */
static void cached_start(cached *c) {
    app_start(&c->a);
    snprintf(c->dir, sizeof c->dir, "/tmp/rwgraph-test-XXXXXX");
    assert_non_null(mkdtemp(c->dir));
    snprintf(c->db, sizeof c->db, "%s/graph.db", c->dir);
    c->a.options.no_cache = false;
    c->a.options.cache_path = (rwg_str){c->db, (uint32_t)strlen(c->db)};
    memfs_write(c->a.disk, "/app/main.ts", "import './b'; import 'pkg'; import './missing';");
    memfs_write(c->a.disk, "/app/b.ts", "export const b = 1;");
    memfs_write(c->a.disk, "/app/tsconfig.json", "{}");
    memfs_write(
        c->a.disk, "/app/node_modules/pkg/package.json", "{\"name\": \"pkg\", \"main\": \"one.js\"}"
    );
    memfs_write(c->a.disk, "/app/node_modules/pkg/one.js", "");
    memfs_write(c->a.disk, "/app/node_modules/pkg/two.js", "");
}

static void cached_stop(cached *c) {
    app_stop(&c->a);
    static const char *const ENDINGS[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof ENDINGS / sizeof ENDINGS[0]; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s%s", c->db, ENDINGS[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(c->dir), 0);
}

static void expect_like_scratch(const app *a) {
    char *scratch = app_scratch_dump(a, 1);
    app_expect(app_dump(a), scratch);
    free(scratch);
}

TEST(a_warm_start_reads_no_file_when_nothing_changed) {
    cached c;
    cached_start(&c);
    app_open(&c.a);
    char *cold = app_dump(&c.a);
    uint64_t generation = rwg_graph_generation(c.a.graph);
    memfs_clear_log(c.a.disk);
    app_reopen(&c.a);
    assert_true(c.a.stats.cache_used);
    assert_int_equal(memfs_calls(c.a.disk, MEMFS_READ, "/app/main.ts"), 0);
    assert_int_equal(memfs_calls(c.a.disk, MEMFS_READ, "/app/b.ts"), 0);
    assert_int_equal(memfs_calls(c.a.disk, MEMFS_READ, "/app/node_modules/pkg/one.js"), 0);
    assert_int_equal(c.a.stats.files_read, 0);
    assert_int_equal(c.a.stats.resolved, 0);
    assert_int_equal(rwg_graph_generation(c.a.graph), generation);
    app_expect(app_dump(&c.a), cold);
    free(cold);
    cached_stop(&c);
}

TEST(a_warm_start_reads_the_one_file_that_changed) {
    cached c;
    cached_start(&c);
    app_open(&c.a);
    memfs_write(c.a.disk, "/app/b.ts", "export const b = 2;");
    memfs_clear_log(c.a.disk);
    app_reopen(&c.a);
    assert_int_equal(c.a.stats.files_read, 1);
    assert_int_equal(memfs_calls(c.a.disk, MEMFS_READ, "/app/main.ts"), 0);
    expect_like_scratch(&c.a);
    cached_stop(&c);
}

TEST(a_file_swapped_for_one_with_the_same_size_and_time_is_noticed) {
    cached c;
    cached_start(&c);
    memfs_set_mtime(c.a.disk, "/app/b.ts", MEMFS_START_NS);
    app_open(&c.a);
    memfs_replace(c.a.disk, "/app/b.ts", "export const b = 7;");
    memfs_set_mtime(c.a.disk, "/app/b.ts", MEMFS_START_NS);
    app_reopen(&c.a);
    expect_like_scratch(&c.a);
    cached_stop(&c);
}

TEST(a_file_written_within_the_tick_of_the_scan_is_read_again) {
    cached c;
    cached_start(&c);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    memfs_set_mtime(c.a.disk, "/app/b.ts", ns);
    app_open(&c.a);
    app_reopen(&c.a);
    assert_int_equal(c.a.stats.files_read, 1); /* not to be trusted yet */
    expect_like_scratch(&c.a);
    cached_stop(&c);
}

TEST(what_appeared_while_no_process_ran_re_resolves_its_importers) {
    cached c;
    cached_start(&c);
    app_open(&c.a);
    memfs_write(c.a.disk, "/app/b.mts", "");
    memfs_write(c.a.disk, "/app/missing.ts", "");
    app_reopen(&c.a);
    app_expect(app_edges(&c.a, "main.ts", "client"), "b.mts node_modules/pkg/one.js missing.ts");
    expect_like_scratch(&c.a);
    cached_stop(&c);
}

TEST(an_input_edited_while_no_process_ran_re_resolves) {
    cached c;
    cached_start(&c);
    app_open(&c.a);
    memfs_write(
        c.a.disk, "/app/node_modules/pkg/package.json", "{\"name\": \"pkg\", \"main\": \"two.js\"}"
    );
    app_reopen(&c.a);
    app_expect(
        app_edges(&c.a, "main.ts", "client"), "b.ts node_modules/pkg/two.js [missing ./missing]"
    );
    expect_like_scratch(&c.a);
    cached_stop(&c);
}

TEST(rules_of_gitignore_edited_while_no_process_ran_hold) {
    cached c;
    cached_start(&c);
    memfs_write(c.a.disk, "/app/.gitignore", "/gen\n");
    memfs_write(c.a.disk, "/app/gen/g.ts", "");
    app_open(&c.a);
    assert_int_equal(app_node(&c.a, "gen/g.ts", "client").v, 0);
    memfs_write(c.a.disk, "/app/.gitignore", "/b.ts\n");
    app_reopen(&c.a);
    assert_true(app_node(&c.a, "gen/g.ts", "client").v);
    expect_like_scratch(&c.a);
    memfs_clear_log(c.a.disk);
    app_reopen(&c.a);
    assert_int_equal(c.a.stats.files_read, 0);
    assert_int_equal(c.a.stats.resolved, 0);
    expect_like_scratch(&c.a);
    cached_stop(&c);
}

TEST(a_file_deleted_while_no_process_ran_is_gone) {
    cached c;
    cached_start(&c);
    app_open(&c.a);
    memfs_remove(c.a.disk, "/app/b.ts");
    app_reopen(&c.a);
    app_expect(
        app_edges(&c.a, "main.ts", "client"),
        "[missing ./b] node_modules/pkg/one.js [missing ./missing]"
    );
    expect_like_scratch(&c.a);
    app_reopen(&c.a);
    expect_like_scratch(&c.a);
    cached_stop(&c);
}

TEST(edits_after_a_warm_start_equal_a_fresh_scan) {
    cached c;
    cached_start(&c);
    app_open(&c.a);
    app_reopen(&c.a);
    app_edit(&c.a, "/app/b.ts", "export * from './c';");
    app_edit(&c.a, "/app/c.ts", "export const c = 1;");
    expect_like_scratch(&c.a);
    app_edit(&c.a, "/app/missing.js", "");
    expect_like_scratch(&c.a);
    app_edit(
        &c.a, "/app/tsconfig.json", "{\"compilerOptions\": {\"paths\": {\"pkg\": [\"./b.ts\"]}}}"
    );
    expect_like_scratch(&c.a);
    app_reopen(&c.a);
    expect_like_scratch(&c.a);
    cached_stop(&c);
}

TEST(an_import_over_the_bridge_is_what_it_was_after_a_warm_start) {
    cached c;
    cached_start(&c);
    memfs_write(c.a.disk, "/app/main.ts", "import 'virtual:rwsdk:ssr:./b'; import './b';");
    app_open(&c.a);
    app_expect(app_edges(&c.a, "main.ts", "worker"), "ssr:b.ts b.ts");
    app_expect(app_edges(&c.a, "main.ts", "client"), "[missing virtual:rwsdk:ssr:./b] b.ts");
    app_reopen(&c.a);
    assert_int_equal(c.a.stats.files_read, 0);
    expect_like_scratch(&c.a);
    app_edit(&c.a, "/app/b.ts", "export const b = 2; export const c = 1;");
    expect_like_scratch(&c.a);
    app_delete(&c.a, "/app/b.ts");
    expect_like_scratch(&c.a);
    cached_stop(&c);
}

TEST(committed_dependencies_are_remembered) {
    cached c;
    cached_start(&c);
    app_open(&c.a);
    app_expect(app_deps(&c.a, "worker"), "+pkg");
    rwg_project_commit_deps(c.a.project);
    app_reopen(&c.a);
    app_rescan(&c.a);
    app_edit(&c.a, "/app/b.ts", "export const b = 5;");
    app_expect(app_deps(&c.a, "worker"), "pkg");
    cached_stop(&c);
}

TEST(a_database_of_another_configuration_is_dropped_aloud) {
    cached c;
    cached_start(&c);
    app_open(&c.a);
    memfs_write(c.a.disk, "/app/rwgraph.json", "{\"preserveSymlinks\": true}");
    app_reopen(&c.a);
    assert_true(c.a.stats.cache_dropped);
    uint32_t n = 0;
    const rwg_diag *notices = rwg_project_notices(c.a.project, &n);
    assert_int_equal(n, 1);
    assert_int_equal(notices[0].code, RWG_DIAG_CACHE_DROPPED);
    expect_like_scratch(&c.a);
    cached_stop(&c);
}

TEST(two_projects_on_one_database_both_have_the_right_graph) {
    cached c;
    cached_start(&c);
    app_open(&c.a);
    rwg_error err = {0};
    rwg_project *other = NULL;
    assert_int_equal(rwg_project_open(RWG_STR("/app"), &c.a.options, &other, &err), RWG_OK);
    assert_int_equal(rwg_project_scan(other, NULL, &err), RWG_OK);
    app_edit(&c.a, "/app/b.ts", "export const mine = 1;");
    assert_int_equal(rwg_project_save(c.a.project, &err), RWG_OK);
    rwg_project_close(other);
    app_reopen(&c.a);
    expect_like_scratch(&c.a);
    cached_stop(&c);
}

TEST(what_could_not_be_saved_is_saved_the_next_time) {
    cached c;
    cached_start(&c);
    app_open(&c.a);
    rwg_error err = {0};
    assert_int_equal(rwg_project_save(c.a.project, &err), RWG_OK);
    sqlite3 *other = NULL;
    assert_int_equal(sqlite3_open(c.db, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    /* main.ts is as it was, and what it imports is another file: its row has to be written. */
    memfs_write(c.a.disk, "/app/b.mts", "");
    memfs_remove(c.a.disk, "/app/b.ts");
    app_update(&c.a, (const char *const[]){"/app/b.mts", "/app/b.ts"}, 2);
    assert_int_equal(rwg_project_save(c.a.project, &err), RWG_STORE);
    assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    app_reopen(&c.a);
    assert_true(c.a.stats.cache_used);
    expect_like_scratch(&c.a);
    cached_stop(&c);
}

/* A copy of a project with its cache: memfs has one root, so the copy is the same disk at another
 * depth. */
static char *moved_dump(cached *c, const char *root, bool with_cache, rwg_stats *stats) {
    rwg_project_options options = c->a.options;
    options.no_cache = !with_cache;
    rwg_project *project = NULL;
    rwg_error err = {0};
    rwg_str path = {root, (uint32_t)strlen(root)};
    assert_int_equal(rwg_project_open(path, &options, &project, &err), RWG_OK);
    assert_int_equal(rwg_project_scan(project, stats, &err), RWG_OK);
    app view = c->a;
    view.graph = rwg_project_graph(project);
    char *dump = app_dump(&view);
    rwg_graph_release(view.graph);
    rwg_project_close(project);
    return dump;
}

TEST(a_cache_copied_to_a_shallower_or_deeper_place_is_right_or_discarded) {
    static const char *const PLACES[] = {"/deep/er/place", "/flat", "/some/where/else/far/down"};
    cached c;
    cached_start(&c);
    for (size_t i = 0; i < sizeof PLACES / sizeof PLACES[0]; i++) {
        char file[96];
        snprintf(file, sizeof file, "%s/src/main.ts", PLACES[i]);
        memfs_write(c.a.disk, file, "import './b'; import 'nowhere';");
        snprintf(file, sizeof file, "%s/src/b.ts", PLACES[i]);
        memfs_write(c.a.disk, file, "export const b = 1;");
    }
    rwg_stats stats = {0};
    for (size_t from = 0; from < sizeof PLACES / sizeof PLACES[0]; from++) {
        for (size_t to = 0; to < sizeof PLACES / sizeof PLACES[0]; to++) {
            free(moved_dump(&c, PLACES[from], true, NULL));
            char *cached_dump = moved_dump(&c, PLACES[to], true, &stats);
            char *fresh = moved_dump(&c, PLACES[to], false, NULL);
            assert_true(stats.cache_used || stats.cache_dropped);
            app_expect(cached_dump, fresh);
            free(fresh);
        }
    }
    cached_stop(&c);
}
