/* What an edit does to the graph: which files are read, which nodes are stale, what survives. */
#include "app.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

static void expect_like_scratch(const app *a) {
    char *scratch = app_scratch_dump(a, 1);
    app_expect(app_dump(a), scratch);
    free(scratch);
}

TEST(saving_the_same_bytes_changes_nothing) {
    app a;
    app_start(&a);
    memfs_write(a.disk, "/app/a.ts", "export const a = 1;");
    app_open(&a);
    uint64_t before = rwg_graph_generation(a.graph);
    app_edit(&a, "/app/a.ts", "export const a = 1;");
    assert_true(rwg_change_is_empty(a.change));
    assert_int_equal(rwg_graph_generation(a.graph), before);
    app_stop(&a);
}

TEST(a_first_save_reads_one_file_however_large_the_project) {
    app a;
    app_start(&a);
    memfs_write(a.disk, "/app/a.ts", "import './b'; import './c';");
    memfs_write(a.disk, "/app/b.ts", "export const b = 1;");
    memfs_write(a.disk, "/app/c.ts", "export const c = 1;");
    app_open(&a);
    memfs_write(a.disk, "/app/b.ts", "/* comment */ export const b = 1;");
    memfs_clear_log(a.disk);
    app_changed(&a, "/app/b.ts");
    assert_int_equal(memfs_calls(a.disk, MEMFS_READ, NULL), 1);
    assert_int_equal(a.stats.resolved, 0);
    app_expect(app_stale(&a, RWG_POLICY_PRECISE), "client:b.ts ssr:b.ts worker:b.ts");
    app_stop(&a);
}

TEST(an_edit_of_a_body_leaves_importers_alone_and_broad_takes_them_all) {
    app a;
    app_start(&a);
    memfs_write(
        a.disk,
        "/app/rwgraph.json",
        "{\"environments\": {\"ssr\": {\"onlyEntries\": true}, \"worker\": {\"onlyEntries\": "
        "true}}}"
    );
    memfs_write(a.disk, "/app/a.ts", "import {b} from './b'; b;");
    memfs_write(a.disk, "/app/b.ts", "import {c} from './c'; export const b = c;");
    memfs_write(a.disk, "/app/c.ts", "export const c = 1;");
    app_open(&a);
    app_edit(&a, "/app/c.ts", "export const c = 2;");
    app_expect(app_stale(&a, RWG_POLICY_PRECISE), "client:c.ts");
    app_expect(app_stale(&a, RWG_POLICY_BROAD), "client:a.ts client:b.ts client:c.ts");
    app_edit(&a, "/app/c.ts", "export const c = 2; export const d = 1;");
    app_expect(app_stale(&a, RWG_POLICY_PRECISE), "client:b.ts client:c.ts");
    app_stop(&a);
}

TEST(a_file_that_wins_the_extension_race_re_resolves_its_importers) {
    app a;
    app_start(&a);
    memfs_write(a.disk, "/app/main.ts", "import './a';");
    memfs_write(a.disk, "/app/a.ts", "");
    app_open(&a);
    app_expect(app_edges(&a, "main.ts", "client"), "a.ts");
    app_edit(&a, "/app/a.mts", "");
    app_expect(app_edges(&a, "main.ts", "client"), "a.mts");
    expect_like_scratch(&a);
    app_delete(&a, "/app/a.mts");
    app_expect(app_edges(&a, "main.ts", "client"), "a.ts");
    expect_like_scratch(&a);
    app_stop(&a);
}

TEST(creating_a_missing_file_repairs_its_importer_without_a_touch) {
    app a;
    app_start(&a);
    memfs_write(a.disk, "/app/main.ts", "import './late'; import 'pkg';");
    app_open(&a);
    assert_true(app_has_diag(&a, RWG_DIAG_FILE_NOT_FOUND, "main.ts"));
    app_edit(&a, "/app/late.ts", "");
    assert_false(app_has_diag(&a, RWG_DIAG_FILE_NOT_FOUND, "main.ts"));
    memfs_write(a.disk, "/app/node_modules/pkg/index.js", "");
    app_changed(&a, "/app/node_modules");
    assert_false(app_has_diag(&a, RWG_DIAG_PACKAGE_NOT_INSTALLED, "main.ts"));
    expect_like_scratch(&a);
    app_stop(&a);
}

TEST(deleting_a_file_makes_its_importers_missing_and_it_can_come_back) {
    app a;
    app_start(&a);
    memfs_write(a.disk, "/app/main.ts", "import './b';");
    memfs_write(a.disk, "/app/b.ts", "export const b = 1;");
    app_open(&a);
    app_delete(&a, "/app/b.ts");
    app_expect(app_edges(&a, "main.ts", "client"), "[missing ./b]");
    expect_like_scratch(&a);
    app_edit(&a, "/app/b.ts", "export const b = 2;");
    app_expect(app_edges(&a, "main.ts", "client"), "b.ts");
    expect_like_scratch(&a);
    app_stop(&a);
}

TEST(a_rename_is_a_delete_and_a_create_in_one_commit) {
    app a;
    app_start(&a);
    memfs_write(a.disk, "/app/main.ts", "import './old';");
    memfs_write(a.disk, "/app/old.ts", "export const x = 1;");
    app_open(&a);
    uint64_t before = rwg_graph_generation(a.graph);
    memfs_remove(a.disk, "/app/old.ts");
    memfs_write(a.disk, "/app/new.ts", "export const x = 1;");
    memfs_write(a.disk, "/app/main.ts", "import './new';");
    app_update(&a, (const char *const[]){"/app/old.ts", "/app/new.ts", "/app/main.ts"}, 3);
    assert_int_equal(rwg_graph_generation(a.graph), before + 1);
    app_expect(app_edges(&a, "main.ts", "client"), "new.ts");
    assert_int_equal(app_node(&a, "old.ts", "client").v, 0);
    expect_like_scratch(&a);
    app_stop(&a);
}

/* A watcher may tell of the folder alone. */
TEST(a_folder_that_is_moved_away_and_back_is_as_before) {
    app a;
    app_start(&a);
    memfs_write(
        a.disk, "/app/a.ts", "import './lib/b'; import './lib/c.css'; import './lib/d?raw'"
    );
    memfs_write(a.disk, "/app/lib/b.ts", "import './deep/e'");
    memfs_write(a.disk, "/app/lib/c.css", "a {}");
    memfs_write(a.disk, "/app/lib/d", "text");
    memfs_write(a.disk, "/app/lib/deep/e.js", "");
    app_open(&a);
    char *before = app_dump(&a);
    memfs_remove(a.disk, "/app/lib");
    app_changed(&a, "/app/lib");
    expect_like_scratch(&a);
    memfs_write(a.disk, "/app/lib/b.ts", "import './deep/e'");
    memfs_write(a.disk, "/app/lib/c.css", "a {}");
    memfs_write(a.disk, "/app/lib/d", "text");
    memfs_write(a.disk, "/app/lib/deep/e.js", "");
    app_changed(&a, "/app/lib");
    app_expect(app_dump(&a), before);
    free(before);
    app_stop(&a);
}

/* An installation tells of node_modules alone. */
TEST(packages_that_are_installed_changed_and_removed_are_found_by_their_folder) {
    app a;
    app_start(&a);
    memfs_write(a.disk, "/app/a.ts", "import 'p'; import 'q';");
    memfs_write(a.disk, "/app/node_modules/p/package.json", "{\"main\": \"one.js\"}");
    memfs_write(a.disk, "/app/node_modules/p/one.js", "export const x = 1;");
    memfs_write(a.disk, "/app/node_modules/p/two.js", "export const x = 2;");
    app_open(&a);
    app_expect(app_edges(&a, "a.ts", "client"), "node_modules/p/one.js [missing q]");
    memfs_write(a.disk, "/app/node_modules/q/index.js", "");
    app_changed(&a, "/app/node_modules");
    app_expect(app_edges(&a, "a.ts", "client"), "node_modules/p/one.js node_modules/q/index.js");
    memfs_write(a.disk, "/app/node_modules/p/one.js", "export const x = 1, y = 1;");
    app_changed(&a, "/app/node_modules");
    expect_like_scratch(&a);
    memfs_write(a.disk, "/app/node_modules/p/package.json", "{\"main\": \"two.js\"}");
    app_changed(&a, "/app/node_modules");
    app_expect(app_edges(&a, "a.ts", "client"), "node_modules/p/two.js node_modules/q/index.js");
    memfs_remove(a.disk, "/app/node_modules/q");
    app_changed(&a, "/app/node_modules");
    app_expect(app_edges(&a, "a.ts", "client"), "node_modules/p/two.js [missing q]");
    expect_like_scratch(&a);
    app_stop(&a);
}

TEST(a_nearer_package_json_changes_what_is_below_it) {
    app a;
    app_start(&a);
    memfs_write(
        a.disk,
        "/app/package.json",
        "{\"imports\": {\"#x\": \"./x.ts\"}, \"main\": \"src/main.ts\"}"
    );
    memfs_write(a.disk, "/app/x.ts", "");
    memfs_write(a.disk, "/app/src/main.ts", "import '#x';");
    memfs_write(a.disk, "/app/src/y.ts", "");
    app_open(&a);
    app_expect(app_edges(&a, "src/main.ts", "client"), "x.ts");
    app_edit(
        &a, "/app/src/package.json", "{\"imports\": {\"#x\": \"./y.ts\"}, \"main\": \"main.ts\"}"
    );
    app_expect(app_edges(&a, "src/main.ts", "client"), "src/y.ts");
    expect_like_scratch(&a);
    app_stop(&a);
}

TEST(an_edit_of_tsconfig_re_resolves_what_its_paths_concern) {
    app a;
    app_start(&a);
    memfs_write(
        a.disk, "/app/tsconfig.json", "{\"compilerOptions\": {\"paths\": {\"@/*\": [\"./one/*\"]}}}"
    );
    memfs_write(a.disk, "/app/main.ts", "import '@/x';");
    memfs_write(a.disk, "/app/one/x.ts", "");
    memfs_write(a.disk, "/app/two/x.ts", "");
    app_open(&a);
    app_expect(app_edges(&a, "main.ts", "client"), "one/x.ts");
    app_edit(
        &a, "/app/tsconfig.json", "{\"compilerOptions\": {\"paths\": {\"@/*\": [\"./two/*\"]}}}"
    );
    app_expect(app_edges(&a, "main.ts", "client"), "two/x.ts");
    expect_like_scratch(&a);
    app_stop(&a);
}

TEST(removing_a_directive_makes_the_module_real_again) {
    app a;
    app_start(&a);
    memfs_write(
        a.disk,
        "/app/rwgraph.json",
        "{\"environments\": {\"client\": {\"onlyEntries\": true}, \"ssr\": {\"onlyEntries\": true},"
        "\"worker\": {\"entries\": [\"main.ts\"]}}}"
    );
    memfs_write(a.disk, "/app/main.ts", "import './ui';");
    memfs_write(a.disk, "/app/ui.ts", "'use client'; import './dep'; export const ui = 1;");
    memfs_write(a.disk, "/app/dep.ts", "");
    app_open(&a);
    app_expect(app_edges(&a, "ui.ts", "worker"), "ssr:ui.ts client:ui.ts");
    app_edit(&a, "/app/ui.ts", "import './dep'; export const ui = 1;");
    app_expect(app_edges(&a, "ui.ts", "worker"), "dep.ts");
    assert_int_equal(app_node(&a, "ui.ts", "client").v, 0);
    expect_like_scratch(&a);
    app_edit(&a, "/app/ui.ts", "'use client'; import './dep'; export const ui = 1;");
    app_expect(app_edges(&a, "ui.ts", "worker"), "ssr:ui.ts client:ui.ts");
    expect_like_scratch(&a);
    app_stop(&a);
}

TEST(a_change_in_ssr_reaches_the_worker_through_its_stub_and_stops_there) {
    app a;
    app_start(&a);
    memfs_write(
        a.disk,
        "/app/rwgraph.json",
        "{\"environments\": {\"client\": {\"onlyEntries\": true}, \"ssr\": {\"onlyEntries\": true},"
        "\"worker\": {\"entries\": [\"main.ts\"]}}}"
    );
    memfs_write(a.disk, "/app/main.ts", "import './ui';");
    memfs_write(a.disk, "/app/ui.ts", "'use client'; export const ui = 1;");
    app_open(&a);
    app_edit(&a, "/app/ui.ts", "'use client'; export const ui = 2;");
    app_expect(app_stale(&a, RWG_POLICY_PRECISE), "client:ui.ts ssr:ui.ts worker:ui.ts");
    app_expect(app_stale(&a, RWG_POLICY_BROAD), "client:ui.ts ssr:ui.ts worker:ui.ts");
    app_stop(&a);
}

TEST(a_pinned_file_is_never_stale) {
    app a;
    app_start(&a);
    memfs_write(a.disk, "/app/rwgraph.json", "{\"pinned\": [\"./state.ts\"]}");
    memfs_write(a.disk, "/app/main.ts", "import './state'; import './b';");
    memfs_write(a.disk, "/app/state.ts", "export const state = {};");
    memfs_write(a.disk, "/app/b.ts", "export const b = 1;");
    app_open(&a);
    assert_true(rwg_node_flags(a.graph, app_node(&a, "state.ts", "worker")) & RWG_NODE_PINNED);
    app_edit(&a, "/app/b.ts", "export const b = 2; export const c = 3;");
    char *broad = app_stale(&a, RWG_POLICY_BROAD);
    assert_null(strstr(broad, "state.ts"));
    free(broad);
    app_stop(&a);
}

TEST(removing_the_last_importer_takes_the_node_out_of_reach_and_keeps_its_id) {
    app a;
    app_start(&a);
    memfs_write(
        a.disk,
        "/app/rwgraph.json",
        "{\"environments\": {\"client\": {\"entries\": [\"main.ts\"]}}}"
    );
    memfs_write(a.disk, "/app/main.ts", "import './b';");
    memfs_write(a.disk, "/app/b.ts", "");
    app_open(&a);
    rwg_node before = app_node(&a, "b.ts", "client");
    app_edit(&a, "/app/main.ts", "");
    assert_int_equal(app_node(&a, "b.ts", "client").v, 0);
    app_edit(&a, "/app/main.ts", "import './b';");
    assert_int_equal(app_node(&a, "b.ts", "client").v, before.v);
    app_stop(&a);
}

TEST(a_removed_import_that_was_the_only_user_of_a_package_ends_the_dependency) {
    app a;
    app_start(&a);
    memfs_write(a.disk, "/app/main.ts", "import 'one';");
    memfs_write(a.disk, "/app/node_modules/one/index.js", "");
    app_open(&a);
    app_edit(&a, "/app/main.ts", "");
    app_expect(app_deps(&a, "client"), "");
    expect_like_scratch(&a);
    app_stop(&a);
}

TEST(an_edit_of_gitignore_decides_anew_what_is_a_source) {
    app a;
    app_start(&a);
    memfs_write(a.disk, "/app/.gitignore", "out/\n");
    memfs_write(a.disk, "/app/a.ts", "");
    memfs_write(a.disk, "/app/gen/b.ts", "");
    memfs_write(a.disk, "/app/out/c.ts", "");
    app_open(&a);
    assert_true(app_node(&a, "gen/b.ts", "client").v);
    assert_int_equal(app_node(&a, "out/c.ts", "client").v, 0);
    app_edit(&a, "/app/.gitignore", "gen/\n");
    assert_int_equal(app_node(&a, "gen/b.ts", "client").v, 0);
    assert_true(app_node(&a, "out/c.ts", "client").v);
    expect_like_scratch(&a);
    app_delete(&a, "/app/.gitignore");
    assert_true(app_node(&a, "gen/b.ts", "client").v);
    expect_like_scratch(&a);
    app_stop(&a);
}

TEST(an_unsaved_buffer_stands_for_its_file_until_it_is_cleared) {
    app a;
    app_start(&a);
    memfs_write(a.disk, "/app/main.ts", "import './b';");
    memfs_write(a.disk, "/app/b.ts", "");
    memfs_write(a.disk, "/app/c.ts", "");
    app_open(&a);
    rwg_project_overlay(a.project, RWG_STR("/app/main.ts"), RWG_STR("import './c';"));
    app_changed(&a, "/app/main.ts");
    app_expect(app_edges(&a, "main.ts", "client"), "c.ts");
    rwg_project_overlay(a.project, RWG_STR("/app/main.ts"), (rwg_str){NULL, 0});
    app_changed(&a, "/app/main.ts");
    app_expect(app_edges(&a, "main.ts", "client"), "b.ts");
    app_stop(&a);
}

TEST(a_cancelled_scan_leaves_the_graph_and_the_next_one_finishes_the_work) {
    app a;
    app_start(&a);
    char path[64];
    for (int i = 0; i < 300; i++) {
        snprintf(path, sizeof path, "/app/m%d.ts", i);
        memfs_write(a.disk, path, "export const x = 1;");
    }
    rwg_error err = {0};
    assert_int_equal(rwg_project_open(RWG_STR("/app"), &a.options, &a.project, &err), RWG_OK);
    rwg_project_cancel(a.project);
    assert_int_equal(rwg_project_scan(a.project, NULL, &err), RWG_CANCELLED);
    rwg_graph *graph = rwg_project_graph(a.project);
    assert_int_equal(rwg_graph_generation(graph), 0);
    rwg_graph_release(graph);
    app_rescan(&a);
    expect_like_scratch(&a);
    app_stop(&a);
}

TEST(a_project_over_its_memory_budget_stops_cleanly) {
    app a;
    app_start(&a);
    char path[64];
    for (int i = 0; i < 2000; i++) {
        snprintf(path, sizeof path, "/app/m%d.ts", i);
        memfs_write(a.disk, path, "import './m0'; import './m1'; export const x = 1;");
    }
    a.options.memory_budget = 600 * 1024;
    rwg_error err = {0};
    assert_int_equal(rwg_project_open(RWG_STR("/app"), &a.options, &a.project, &err), RWG_OK);
    assert_int_equal(rwg_project_scan(a.project, NULL, &err), RWG_BUDGET);
    app_stop(&a);
}

TEST(a_second_scan_of_an_open_project_finds_what_changed_on_the_disk) {
    app a;
    app_start(&a);
    memfs_write(a.disk, "/app/main.ts", "import './b';");
    memfs_write(a.disk, "/app/b.ts", "");
    app_open(&a);
    memfs_write(a.disk, "/app/b.mts", "");
    memfs_write(a.disk, "/app/sub/c.ts", "import '../b';");
    app_rescan(&a);
    expect_like_scratch(&a);
    app_stop(&a);
}

TEST(a_configured_entry_that_was_deleted_starts_its_environment_again_when_it_is_back) {
    app a;
    app_start(&a);
    memfs_write(
        a.disk,
        "/app/rwgraph.json",
        "{\"environments\": {\"worker\": {\"entries\": [\"src/a.ts\", \"src/b.ts\"], "
        "\"onlyEntries\": true}}}"
    );
    memfs_write(a.disk, "/app/src/a.ts", "import text from './b.ts?raw';");
    memfs_write(a.disk, "/app/src/b.ts", "import './c';");
    memfs_write(a.disk, "/app/src/c.ts", "");
    app_open(&a);
    app_delete(&a, "/app/src/b.ts");
    assert_int_equal(app_node(&a, "src/c.ts", "worker").v, 0);
    app_edit(&a, "/app/src/b.ts", "import './c';");
    assert_true(app_node(&a, "src/c.ts", "worker").v);
    assert_true(rwg_node_flags(a.graph, app_node(&a, "src/b.ts", "worker")) & RWG_NODE_ENTRY);
    app_stop(&a);
}

TEST(a_link_that_leads_to_another_known_file_leads_its_importers_there) {
    app a;
    app_start(&a);
    memfs_write(a.disk, "/app/main.ts", "import './link'; import './a'; import './b';");
    memfs_write(a.disk, "/app/a.ts", "");
    memfs_write(a.disk, "/app/b.ts", "");
    memfs_symlink(a.disk, "/app/link.ts", "a.ts");
    app_open(&a);
    app_expect(app_edges(&a, "main.ts", "client"), "a.ts a.ts b.ts");
    memfs_remove(a.disk, "/app/link.ts");
    memfs_symlink(a.disk, "/app/link.ts", "b.ts");
    app_changed(&a, "/app/link.ts");
    app_expect(app_edges(&a, "main.ts", "client"), "b.ts a.ts b.ts");
    app_stop(&a);
}

TEST(what_new_url_names_is_beside_the_module_with_or_without_a_dot_and_else_a_package) {
    app a;
    app_start(&a);
    memfs_write(
        a.disk,
        "/app/main.ts",
        "new URL('pic.svg', import.meta.url); new URL('./pic.svg', import.meta.url);"
        "new Worker(new URL('work.js', import.meta.url));"
    );
    memfs_write(a.disk, "/app/pic.svg", "");
    memfs_write(a.disk, "/app/node_modules/work.js/package.json", "{\"main\": \"index.js\"}");
    memfs_write(a.disk, "/app/node_modules/work.js/index.js", "");
    app_open(&a);
    app_expect(app_edges(&a, "main.ts", "client"), "pic.svg pic.svg node_modules/work.js/index.js");
    app_edit(&a, "/app/work.js", "");
    app_expect(app_edges(&a, "main.ts", "client"), "pic.svg pic.svg work.js");
    expect_like_scratch(&a);
    app_stop(&a);
}
