/* What a framework with client, ssr and react-server environments may rely on, where no other test
 * says it: names of files, guards, pins, directives, and how discovery and versions go together.
 * tests/BEHAVIOURS.md lists all of these behaviours with their tests. */
#include "app.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char ONLY_ENTRIES[] =
    "{\"environments\": {\"client\": {\"entries\": [\"src/client.ts\"], \"onlyEntries\": true},"
    "\"ssr\": {\"onlyEntries\": true}, \"worker\": {\"entries\": [\"src/worker.ts\"]}}}";

/* Three environments, nothing in them yet but their entries. */
static void start_three(app *a) {
    app_start(a);
    memfs_write(a->disk, "/app/rwgraph.json", ONLY_ENTRIES);
    memfs_write(a->disk, "/app/src/client.ts", "");
    memfs_write(a->disk, "/app/src/worker.ts", "");
}

static rwg_str str(const char *text) {
    return (rwg_str){text, (uint32_t)strlen(text)};
}

/* Closes what app_open opened, and opens the same disk at another root. */
static void open_at(app *a, const char *root) {
    rwg_error err = {0};
    rwg_project_close(a->project);
    a->project = NULL;
    assert_int_equal(rwg_project_open(str(root), &a->options, &a->project, &err), RWG_OK);
}

static void expect_id(const app *a, const char *name, const char *id) {
    rwg_id got;
    rwg_error err = {0};
    if (rwg_project_directive_id(a->project, str(name), &got, &err) != RWG_OK) {
        fail_msg("%s: %s", name, err.text);
    }
    assert_string_equal(got.text, id);
    assert_int_equal(got.len, strlen(id));
}

static void expect_path(const app *a, const char *name, const char *path) {
    rwg_id got;
    assert_int_equal(rwg_project_path(a->project, str(name), &got, NULL), RWG_OK);
    assert_string_equal(got.text, path);
}

/* --- names (B1, B2, B5, B6, B7) --- */

TEST(every_way_to_name_a_file_is_one_directive_id) {
    app a;
    app_start(&a);
    memfs_write(a.disk, "/r/app/src/a.tsx", "");
    memfs_write(a.disk, "/r/shared/y.ts", "");
    open_at(&a, "/r/app");
    static const char *const INSIDE[] = {
        "/r/app/src/a.tsx",
        "src/a.tsx",
        "./src/a.tsx",
        "/src/a.tsx",
        "/src/b/../a.tsx",
        "../app/src/a.tsx",
        "/src/a.tsx?v=1",
        "/@fs/r/app/src/a.tsx"};
    for (size_t i = 0; i < sizeof INSIDE / sizeof INSIDE[0]; i++) {
        expect_id(&a, INSIDE[i], "/src/a.tsx");
        expect_path(&a, INSIDE[i], "src/a.tsx");
    }
    expect_id(&a, "/r/shared/y.ts", "/r/shared/y.ts");
    expect_id(&a, "../shared/y.ts", "/r/shared/y.ts");
    expect_path(&a, "/r/shared/y.ts", "../shared/y.ts");
    app_stop(&a);
}

TEST(what_exists_and_not_a_common_prefix_decides_which_file_is_meant) {
    app a;
    app_start(&a);
    memfs_write(a.disk, "/src/app/src/x.ts", "");
    memfs_write(a.disk, "/src/lib/x.ts", "");
    open_at(&a, "/src/app");
    expect_id(&a, "/src/lib/x.ts", "/src/lib/x.ts");
    expect_path(&a, "/src/lib/x.ts", "../lib/x.ts");
    expect_id(&a, "/src/x.ts", "/src/x.ts");
    expect_path(&a, "/src/x.ts", "src/x.ts");
    expect_id(&a, "/src/app/src/x.ts", "/src/x.ts");
    app_stop(&a);
}

TEST(two_files_never_share_an_id) {
    app a;
    app_start(&a);
    memfs_write(a.disk, "/lib/x.ts", "");
    memfs_write(a.disk, "/r/lib/x.ts", "");
    open_at(&a, "/r");
    expect_id(&a, "lib/x.ts", "/lib/x.ts");
    expect_id(&a, "../lib/x.ts", "/@fs/lib/x.ts");
    expect_path(&a, "/lib/x.ts", "lib/x.ts");
    expect_path(&a, "/@fs/lib/x.ts", "../lib/x.ts");
    app_stop(&a);
}

TEST(the_id_of_a_linked_file_is_that_of_the_real_one) {
    app a;
    app_start(&a);
    memfs_write(a.disk, "/r/packages/ui/a.ts", "");
    memfs_symlink(a.disk, "/r/node_modules/ui", "../packages/ui");
    open_at(&a, "/r");
    expect_id(&a, "/node_modules/ui/a.ts", "/packages/ui/a.ts");
    app_stop(&a);
}

TEST(a_name_that_no_file_has_is_no_id) {
    app a;
    app_start(&a);
    memfs_write(a.disk, "/app/src/a.ts", "");
    app_open(&a);
    static const char *const NAMES[] = {
        "", "/", "src", "/src/b.ts", "../../../../x", "/@fs", "/@fs/nowhere.ts", "?", "a\nb"};
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        rwg_id got = {.len = 7};
        rwg_error err = {0};
        rwg_status status = rwg_project_directive_id(a.project, str(NAMES[i]), &got, &err);
        assert_int_equal(status, RWG_NOT_FOUND);
        assert_int_equal(got.len, 0);
        assert_true(err.text[0]);
    }
    app_stop(&a);
}

/* The path of the node that an id of the SSR subgraph stands for, and what its text is. */
static const char *ssr_path(const app *a, const char *id, rwg_ssr_text *text) {
    static char path[256];
    rwg_node node;
    if (rwg_project_ssr_node(a->project, a->graph, str(id), &node, text, NULL) != RWG_OK) {
        return "";
    }
    assert_string_equal(rwg_graph_env_name(a->graph, rwg_node_env(a->graph, node)).ptr, "ssr");
    rwg_str found = rwg_graph_file_path(a->graph, rwg_node_file(a->graph, node));
    snprintf(path, sizeof path, "%.*s", (int)found.len, found.ptr);
    return path;
}

static void start_bridge(app *a) {
    start_three(a);
    memfs_write(a->disk, "/app/src/worker.ts", "import './ui'; import 'cloudflare:workers';");
    memfs_write(
        a->disk,
        "/app/src/ui.tsx",
        "'use client'; import './plain.css'; import names from './ui.module.css';"
        "import {readFile} from 'node:fs'; import env from 'cloudflare:workers';"
        "import {useState} from 'react'; import 'rwsdk/__state'; import './gone';"
        "export const Ui = names;"
    );
    memfs_write(a->disk, "/app/src/plain.css", ".a {}");
    memfs_write(a->disk, "/app/src/ui.module.css", ".a {}");
    memfs_write(a->disk, "/app/node_modules/react/index.js", "exports.useState = 1;");
    app_open(a);
}

TEST(an_id_of_the_ssr_subgraph_names_one_node_with_and_without_the_servers_prefix) {
    app a;
    start_bridge(&a);
    rwg_ssr_text text;
    assert_string_equal(ssr_path(&a, "virtual:rwsdk:ssr:/src/ui.tsx", &text), "src/ui.tsx");
    assert_string_equal(ssr_path(&a, "/@id/virtual:rwsdk:ssr:/src/ui.tsx", &text), "src/ui.tsx");
    assert_string_equal(ssr_path(&a, "virtual:rwsdk:ssr:/app/src/ui.tsx?v=1", &text), "src/ui.tsx");
    assert_int_equal(text, RWG_SSR_CODE);
    assert_string_equal(
        ssr_path(&a, "virtual:rwsdk:ssr:react", &text), "node_modules/react/index.js"
    );
    assert_string_equal(ssr_path(&a, "virtual:rwsdk:ssr:/src/worker.ts", &text), "");
    assert_string_equal(ssr_path(&a, "virtual:rwsdk:ssr:", &text), "");
    assert_string_equal(ssr_path(&a, "/src/ui.tsx", &text), "");
    rwg_id id;
    rwg_node node = app_node(&a, "src/ui.tsx", "ssr");
    assert_int_equal(rwg_project_ssr_id(a.project, a.graph, node, &id, NULL), RWG_OK);
    assert_string_equal(id.text, "virtual:rwsdk:ssr:/src/ui.tsx");
    node = app_node(&a, "src/ui.tsx", "worker");
    assert_int_equal(rwg_project_ssr_id(a.project, a.graph, node, &id, NULL), RWG_INVALID);
    app_stop(&a);
}

TEST(a_style_sheet_of_the_ssr_subgraph_is_a_module_by_name_and_text) {
    app a;
    start_bridge(&a);
    rwg_ssr_text text;
    rwg_id id;
    rwg_node node = app_node(&a, "src/plain.css", "ssr");
    assert_int_equal(rwg_project_ssr_id(a.project, a.graph, node, &id, NULL), RWG_OK);
    assert_string_equal(id.text, "virtual:rwsdk:ssr:/src/plain.css.js");
    assert_string_equal(ssr_path(&a, id.text, &text), "src/plain.css");
    assert_int_equal(text, RWG_SSR_EMPTY);
    assert_string_equal(
        ssr_path(&a, "virtual:rwsdk:ssr:/src/ui.module.css.js", &text), "src/ui.module.css"
    );
    assert_int_equal(text, RWG_SSR_CSS_MODULE);
    app_stop(&a);
}

TEST(in_the_ssr_subgraph_files_have_its_prefix_and_what_the_runtime_provides_has_none) {
    app a;
    start_bridge(&a);
    static const char *const IMPORTS[] = {
        "virtual:rwsdk:ssr:/src/plain.css.js",
        "virtual:rwsdk:ssr:/src/ui.module.css.js",
        "node:fs",
        "cloudflare:workers",
        "virtual:rwsdk:ssr:/node_modules/react/index.js",
        "rwsdk/__state",
        NULL};
    uint32_t n = 0;
    const rwg_edge *edges = rwg_graph_edges(a.graph, app_node(&a, "src/ui.tsx", "ssr"), &n);
    assert_int_equal(n, sizeof IMPORTS / sizeof IMPORTS[0]);
    for (uint32_t i = 0; i < n; i++) {
        rwg_id id;
        rwg_status status = rwg_project_ssr_import(a.project, a.graph, &edges[i], &id, NULL);
        assert_int_equal(status, IMPORTS[i] ? RWG_OK : RWG_NOT_FOUND);
        assert_string_equal(id.text, IMPORTS[i] ? IMPORTS[i] : "");
    }
    app_stop(&a);
}

/* --- environments (B8, B9) --- */

/* The diagnostic of this code at this path, NULL if there is none. */
static const rwg_diag *find_diag(const app *a, rwg_diag_code code, const char *path) {
    uint32_t n = 0;
    const rwg_diag *diags = rwg_graph_diags(a->graph, &n);
    for (uint32_t i = 0; i < n; i++) {
        if (diags[i].code == code && strncmp(diags[i].path.ptr, path, diags[i].path.len) == 0) {
            return &diags[i];
        }
    }
    return NULL;
}

static void write_sdk(app *a) {
    memfs_write(
        a->disk,
        "/app/node_modules/rwsdk/package.json",
        "{\"name\": \"rwsdk\", \"exports\": {\"./client\": {\"react-server\": \"./throws.js\", "
        "\"default\": \"./client.js\"}, \"./worker\": {\"react-server\": \"./worker.js\", "
        "\"default\": \"./throws.js\"}}}"
    );
    memfs_write(a->disk, "/app/node_modules/rwsdk/throws.js", "throw new Error('wrong');");
    memfs_write(a->disk, "/app/node_modules/rwsdk/client.js", "export const init = 1;");
    memfs_write(a->disk, "/app/node_modules/rwsdk/worker.js", "import 'rwsdk/client';");
}

TEST(a_module_for_browsers_that_react_server_code_imports_is_an_error) {
    app a;
    start_three(&a);
    write_sdk(&a);
    memfs_write(a.disk, "/app/src/worker.ts", "import 'rwsdk/worker';\nimport 'rwsdk/client';");
    memfs_write(a.disk, "/app/src/client.ts", "import 'rwsdk/client'; import './fine';");
    memfs_write(a.disk, "/app/src/fine.ts", "import type {W} from 'rwsdk/worker';");
    app_open(&a);
    const rwg_diag *diag = find_diag(&a, RWG_DIAG_WRONG_ENVIRONMENT, "src/worker.ts");
    assert_non_null(diag);
    assert_int_equal(diag->severity, RWG_SEVERITY_ERROR);
    assert_int_equal(diag->line, 2);
    assert_memory_equal(diag->env.ptr, "worker", 6);
    assert_non_null(strstr(diag->message.ptr, "\"rwsdk/client\""));
    assert_non_null(strstr(diag->message.ptr, "react-server"));
    uint32_t n = 0;
    (void)rwg_graph_diags(a.graph, &n);
    assert_int_equal(n, 1); /* packages know what they do, and types do not run */
    app_edit(&a, "/app/src/worker.ts", "import 'rwsdk/worker';");
    assert_null(find_diag(&a, RWG_DIAG_WRONG_ENVIRONMENT, "src/worker.ts"));
    app_edit(&a, "/app/src/client.ts", "import 'rwsdk/worker';");
    assert_non_null(find_diag(&a, RWG_DIAG_WRONG_ENVIRONMENT, "src/client.ts"));
    app_stop(&a);
}

TEST(where_nothing_says_what_runs_where_a_guarded_module_is_no_problem) {
    app a;
    app_start(&a);
    write_sdk(&a);
    memfs_write(a.disk, "/app/any.ts", "import 'rwsdk/client'; import 'rwsdk/worker';");
    app_open(&a);
    uint32_t n = 0;
    (void)rwg_graph_diags(a.graph, &n);
    assert_int_equal(n, 0);
    app_stop(&a);
}

TEST(an_environment_of_no_role_knows_neither_directives_nor_guards_nor_pins) {
    app a;
    app_start(&a);
    memfs_write(
        a.disk,
        "/app/rwgraph.json",
        "{\"environments\": {\"client\": {\"onlyEntries\": true}, \"ssr\": {\"onlyEntries\": true},"
        "\"worker\": {\"entries\": [\"src/page.ts\"]}, \"cron\": {\"entries\": [\"src/page.ts\"]}},"
        "\"pinned\": [\"rwsdk/__state\", \"./src/kept.ts\"]}"
    );
    memfs_write(
        a.disk,
        "/app/src/page.ts",
        "import './ui'; import './act'; import 'rwsdk/__state'; import './kept'; import "
        "'rwsdk/client';"
    );
    memfs_write(a.disk, "/app/src/ui.ts", "'use client'; import './in-ui'; export const ui = 1;");
    memfs_write(a.disk, "/app/src/in-ui.ts", "");
    memfs_write(a.disk, "/app/src/act.ts", "'use server'; export async function act() {}");
    memfs_write(a.disk, "/app/src/lonely.ts", "'use client'; export const lonely = 1;");
    memfs_write(a.disk, "/app/src/kept.ts", "import './under';");
    memfs_write(a.disk, "/app/src/under.ts", "");
    memfs_write(a.disk, "/app/node_modules/rwsdk/__state.js", "");
    memfs_write(a.disk, "/app/node_modules/rwsdk/client.js", "");
    app_open(&a);
    app_expect(
        app_edges(&a, "src/page.ts", "cron"),
        "src/ui.ts src/act.ts node_modules/rwsdk/__state.js src/kept.ts "
        "node_modules/rwsdk/client.js"
    );
    app_expect(app_edges(&a, "src/ui.ts", "cron"), "src/in-ui.ts");
    app_expect(app_edges(&a, "src/kept.ts", "cron"), "src/under.ts");
    static const char *const FILES[] = {"src/ui.ts", "src/act.ts", "src/kept.ts"};
    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
        uint32_t flags = rwg_node_flags(a.graph, app_node(&a, FILES[i], "cron"));
        assert_int_equal(flags, RWG_NODE_REACHED);
    }
    assert_int_equal(app_node(&a, "src/lonely.ts", "cron").v, 0);
    const rwg_diag *diag = find_diag(&a, RWG_DIAG_WRONG_ENVIRONMENT, "src/page.ts");
    assert_non_null(diag);
    assert_memory_equal(diag->env.ptr, "worker", 6);
    app_expect(app_deps(&a, "cron"), "+rwsdk/__state +rwsdk/client");
    app_expect(app_deps(&a, "worker"), "+rwsdk/client");
    app_stop(&a);
}

/* --- directives (B11 to B14, B16) --- */

TEST(of_two_directives_client_wins_and_the_file_is_reported) {
    app a;
    start_three(&a);
    memfs_write(a.disk, "/app/src/worker.ts", "import './both';");
    memfs_write(a.disk, "/app/src/both.ts", "'use server'; 'use client'; export const both = 1;");
    app_open(&a);
    app_expect(app_edges(&a, "src/both.ts", "worker"), "ssr:src/both.ts client:src/both.ts");
    const rwg_diag *diag = find_diag(&a, RWG_DIAG_BOTH_DIRECTIVES, "src/both.ts");
    assert_non_null(diag);
    assert_int_equal(diag->severity, RWG_SEVERITY_WARNING);
    app_edit(&a, "/app/src/both.ts", "'use server'; export async function both() {}");
    assert_null(find_diag(&a, RWG_DIAG_BOTH_DIRECTIVES, "src/both.ts"));
    app_stop(&a);
}

/* The files that are client modules in an environment, sorted, joined by blanks. */
static const char *client_files(const app *a, const char *env) {
    static char text[512];
    const char *paths[16];
    uint32_t count = 0;
    for (uint32_t i = 1; i <= rwg_graph_node_max(a->graph); i++) {
        rwg_node node = {i};
        const uint32_t wanted = RWG_NODE_CLIENT | RWG_NODE_REACHED;
        if (rwg_graph_is_live(a->graph, node) &&
            rwg_node_env(a->graph, node).v == app_env(a, env).v &&
            (rwg_node_flags(a->graph, node) & wanted) == wanted) {
            uint32_t at = count++;
            const char *path = rwg_graph_file_path(a->graph, rwg_node_file(a->graph, node)).ptr;
            for (; at > 0 && strcmp(paths[at - 1], path) > 0; at--) {
                paths[at] = paths[at - 1];
            }
            paths[at] = path;
        }
    }
    text[0] = '\0';
    for (uint32_t i = 0; i < count; i++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s%s", i ? " " : "", paths[i]);
    }
    return text;
}

TEST(an_edit_that_keeps_the_directive_keeps_the_set_of_client_files) {
    app a;
    start_three(&a);
    memfs_write(a.disk, "/app/src/worker.ts", "import './ui';");
    memfs_write(a.disk, "/app/src/ui.ts", "'use client'; export const ui = 1;");
    memfs_write(a.disk, "/app/src/lonely.ts", "'use client'; export const lonely = 1;");
    app_open(&a);
    assert_string_equal(client_files(&a, "client"), "src/lonely.ts src/ui.ts");
    app_edit(&a, "/app/src/ui.ts", "'use client'; export const ui = 2;");
    assert_string_equal(client_files(&a, "client"), "src/lonely.ts src/ui.ts");
    uint32_t added = 0;
    uint32_t removed = 0;
    (void)rwg_change_added(a.change, &added);
    (void)rwg_change_removed(a.change, &removed);
    assert_int_equal(added + removed, 0);
    app_edit(&a, "/app/src/lonely.ts", "export const lonely = 1;");
    assert_string_equal(client_files(&a, "client"), "src/ui.ts");
    assert_string_equal(client_files(&a, "ssr"), "src/ui.ts");
    (void)rwg_change_removed(a.change, &removed);
    assert_int_equal(removed, 2); /* from client and ssr */
    app_stop(&a);
}

TEST(a_file_that_is_forced_to_be_a_client_module_stays_one_through_edits_and_scans) {
    app a;
    start_three(&a);
    memfs_write(
        a.disk,
        "/app/rwgraph.json",
        "{\"environments\": {\"client\": {\"onlyEntries\": true}, \"ssr\": {\"onlyEntries\": true},"
        "\"worker\": {\"entries\": [\"src/worker.ts\"]}},"
        "\"forcedClient\": [\"src/ui/*.ts\"], \"forcedServer\": [\"src/act.ts\"]}"
    );
    memfs_write(a.disk, "/app/src/worker.ts", "import './ui/a'; import './act';");
    memfs_write(a.disk, "/app/src/ui/a.ts", "import '../act'; export const a = 1;");
    memfs_write(a.disk, "/app/src/act.ts", "import './db'; export async function act() {}");
    memfs_write(a.disk, "/app/src/db.ts", "");
    app_open(&a);
    for (int round = 0; round < 4; round++) {
        app_expect(app_edges(&a, "src/ui/a.ts", "worker"), "ssr:src/ui/a.ts client:src/ui/a.ts");
        app_expect(app_edges(&a, "src/act.ts", "client"), "worker:src/act.ts");
        app_expect(app_edges(&a, "src/act.ts", "worker"), "src/db.ts");
        switch (round) {
        case 0: app_edit(&a, "/app/src/ui/a.ts", "import '../act'; export const b = 1;"); break;
        case 1: app_rescan(&a); break;
        case 2: app_edit(&a, "/app/src/act.ts", "import './db'; export async function b() {}");
        }
    }
    app_edit(&a, "/app/src/ui/late.ts", "export const late = 1;");
    assert_string_equal(client_files(&a, "client"), "src/ui/a.ts src/ui/late.ts");
    app_stop(&a);
}

TEST(a_default_async_function_is_one_export_in_the_module_and_behind_its_reference) {
    app a;
    start_three(&a);
    memfs_write(a.disk, "/app/src/client.ts", "import act from './act'; act();");
    memfs_write(
        a.disk, "/app/src/act.ts", "'use server'; export default async function act() { return 1 }"
    );
    app_open(&a);
    static const char *const ENVS[] = {"client", "worker"};
    for (size_t i = 0; i < sizeof ENVS / sizeof ENVS[0]; i++) {
        const rwg_module *module = rwg_node_module(a.graph, app_node(&a, "src/act.ts", ENVS[i]));
        uint32_t n = 0;
        const rwg_export *exports = rwg_module_exports(module, &n);
        assert_int_equal(n, 1);
        assert_string_equal(rwg_module_str(module, exports[0].name).ptr, "default");
        assert_string_equal(rwg_module_str(module, exports[0].local).ptr, "act");
    }
    app_stop(&a);
}

/* --- scan (B21, B22, B25) --- */

TEST(an_import_that_is_added_costs_the_files_that_it_newly_reaches) {
    app a;
    start_three(&a);
    memfs_write(a.disk, "/app/src/client.ts", "import './a'; import './b';");
    memfs_write(a.disk, "/app/src/a.ts", "");
    memfs_write(a.disk, "/app/src/b.ts", "import 'old';");
    memfs_write(a.disk, "/app/node_modules/old/index.js", "");
    memfs_write(a.disk, "/app/node_modules/new/index.js", "require('./part');");
    memfs_write(a.disk, "/app/node_modules/new/part.js", "");
    memfs_write(a.disk, "/app/node_modules/new/other.js", "");
    app_open(&a);
    memfs_clear_log(a.disk);
    app_edit(&a, "/app/src/a.ts", "import 'new';");
    assert_int_equal(a.stats.files_read, 3); /* itself and what it reaches */
    assert_int_equal(a.stats.resolved, 3);   /* "new", the package behind it, "./part" */
    assert_int_equal(memfs_calls(a.disk, MEMFS_READ, "/app/src/b.ts"), 0);
    assert_int_equal(memfs_calls(a.disk, MEMFS_READ, "/app/node_modules/old/index.js"), 0);
    memfs_clear_log(a.disk);
    app_edit(&a, "/app/src/a.ts", "/* why */ import 'new';");
    assert_int_equal(memfs_calls(a.disk, MEMFS_READ, NULL), 1);
    app_stop(&a);
}

TEST(a_module_on_both_sides_of_a_boundary_is_visited_on_both_in_any_order_of_discovery) {
    static const char *const NAMES[] = {"a", "b", "c", "d", "e"};
    char *first = NULL;
    for (uint32_t permutation = 0; permutation < 100; permutation++) {
        app a;
        start_three(&a);
        /* The order in which imports are written and files are made decides who comes first. */
        char text[512] = "";
        uint32_t order[5] = {0, 1, 2, 3, 4};
        for (uint32_t i = 4, left = permutation; i > 0; i--) {
            uint32_t k = left % (i + 1);
            left /= i + 1;
            uint32_t swapped = order[i];
            order[i] = order[k];
            order[k] = swapped;
        }
        for (uint32_t i = 0; i < 5; i++) {
            char path[64];
            char module[256];
            size_t used = strlen(text);
            snprintf(path, sizeof path, "/app/src/%s.ts", NAMES[order[i]]);
            snprintf(
                module,
                sizeof module,
                "%simport './shared'; import 'cond'; export const x = 1;",
                order[i] % 2 ? "'use client'; " : ""
            );
            memfs_write(a.disk, path, module);
            snprintf(text + used, sizeof text - used, "import './%s';", NAMES[order[i]]);
        }
        memfs_write(a.disk, "/app/src/shared.ts", "import 'cond'; export const shared = 1;");
        memfs_write(
            a.disk,
            "/app/node_modules/cond/package.json",
            "{\"name\": \"cond\", \"exports\": {\"react-server\": \"./server.js\", \"default\": "
            "\"./other.js\"}}"
        );
        memfs_write(a.disk, "/app/node_modules/cond/server.js", "");
        memfs_write(a.disk, "/app/node_modules/cond/other.js", "");
        memfs_write(a.disk, "/app/src/all.ts", text);
        memfs_write(a.disk, "/app/src/worker.ts", text);
        app_open(&a);
        app_expect(app_edges(&a, "src/shared.ts", "client"), "node_modules/cond/other.js");
        app_expect(app_edges(&a, "src/shared.ts", "worker"), "node_modules/cond/server.js");
        /* The worker's own text differs from run to run; everything it reaches must not. */
        app_edit(
            &a,
            "/app/src/worker.ts",
            "import './a'; import './b'; import './c'; import './d';"
            "import './e';"
        );
        app_delete(&a, "/app/src/all.ts");
        char *dump = app_dump(&a);
        if (first) {
            assert_string_equal(dump, first);
            free(dump);
        } else {
            first = dump;
        }
        app_stop(&a);
    }
    free(first);
}

TEST(a_linked_package_has_the_environment_of_its_importer_and_one_identity) {
    app a;
    start_three(&a);
    memfs_write(a.disk, "/app/src/client.ts", "import 'ui'; import '../packages/ui/index';");
    memfs_write(a.disk, "/app/packages/ui/package.json", "{\"name\": \"ui\"}");
    memfs_write(a.disk, "/app/packages/ui/index.ts", "import './part';");
    memfs_write(a.disk, "/app/packages/ui/part.ts", "");
    memfs_symlink(a.disk, "/app/node_modules/ui", "../packages/ui");
    memfs_write(
        a.disk, "/app/packages/ui/package.json", "{\"name\": \"ui\", \"main\": \"index.ts\"}"
    );
    app_open(&a);
    app_expect(
        app_edges(&a, "src/client.ts", "client"), "packages/ui/index.ts packages/ui/index.ts"
    );
    assert_true(app_node(&a, "packages/ui/part.ts", "client").v);
    assert_int_equal(app_node(&a, "packages/ui/part.ts", "worker").v, 0);
    assert_int_equal(rwg_graph_file(a.graph, str("node_modules/ui/index.ts")).v, 0);
    app_stop(&a);
}

/* --- discovery and versions (B29, B30, B39, B40, B45, B46, B49) --- */

static bool same_hash(rwg_hash a, rwg_hash b) {
    return memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0;
}

static rwg_hash version_of(const app *a, const char *path, const char *env) {
    rwg_node node = app_node(a, path, env);
    assert_true(node.v);
    return rwg_graph_version(a->graph, node);
}

TEST(any_number_of_discoveries_in_one_update_are_one_generation) {
    app a;
    start_three(&a);
    char path[64];
    const char *changed[8];
    char names[8][32];
    for (uint32_t i = 0; i < 8; i++) {
        snprintf(path, sizeof path, "/app/node_modules/p%u/index.js", i);
        memfs_write(a.disk, path, "");
        snprintf(names[i], sizeof names[i], "/app/src/m%u.ts", i);
        memfs_write(a.disk, names[i], "");
        changed[i] = names[i];
    }
    memfs_write(
        a.disk,
        "/app/src/client.ts",
        "import './m0'; import './m1'; import './m2'; import './m3'; import './m4'; import './m5';"
        "import './m6'; import './m7';"
    );
    app_open(&a);
    uint64_t before = rwg_graph_generation(a.graph);
    for (uint32_t i = 0; i < 8; i++) {
        char text[32];
        snprintf(text, sizeof text, "import 'p%u';", i);
        memfs_write(a.disk, names[i], text);
    }
    app_update(&a, changed, 8);
    assert_int_equal(rwg_graph_generation(a.graph), before + 1);
    app_expect(app_deps(&a, "client"), "+p0 +p1 +p2 +p3 +p4 +p5 +p6 +p7");
    app_stop(&a);
}

TEST(a_dependency_has_its_version_with_the_commit_that_discovers_it) {
    app a;
    start_three(&a);
    memfs_write(a.disk, "/app/node_modules/one/index.js", "exports.one = 1;");
    memfs_write(a.disk, "/app/node_modules/two/index.js", "exports.two = 2;");
    memfs_write(a.disk, "/app/src/client.ts", "import 'one';");
    app_open(&a);
    rwg_hash one = version_of(&a, "node_modules/one/index.js", "client");
    rwg_project_commit_deps(a.project);
    app_edit(&a, "/app/src/client.ts", "import 'one'; import 'two';");
    app_expect(app_deps(&a, "client"), "one +two");
    rwg_hash two = version_of(&a, "node_modules/two/index.js", "client");
    assert_false(same_hash(two, (rwg_hash){{0}}));
    assert_true(same_hash(version_of(&a, "node_modules/one/index.js", "client"), one));
    rwg_project_commit_deps(a.project);
    app_edit(&a, "/app/src/worker.ts", "export {};");
    assert_true(same_hash(version_of(&a, "node_modules/two/index.js", "client"), two));
    app_stop(&a);
}

TEST(after_a_commit_a_file_has_its_new_version_only_and_older_graphs_keep_theirs) {
    app a;
    start_three(&a);
    memfs_write(a.disk, "/app/src/client.ts", "import 'dep';");
    memfs_write(a.disk, "/app/node_modules/dep/index.js", "exports.a = 1;");
    app_open(&a);
    rwg_graph *old = rwg_graph_retain(a.graph);
    rwg_hash dep = version_of(&a, "node_modules/dep/index.js", "client");
    rwg_hash importer = version_of(&a, "src/client.ts", "client");
    app_edit(&a, "/app/node_modules/dep/index.js", "exports.a = 2;");
    /* What was made under a version is not found under the next one, wherever it was embedded. */
    assert_false(same_hash(version_of(&a, "node_modules/dep/index.js", "client"), dep));
    assert_false(same_hash(version_of(&a, "src/client.ts", "client"), importer));
    rwg_node node = rwg_graph_find(old, str("src/client.ts"), rwg_graph_env(old, str("client")));
    assert_true(same_hash(rwg_graph_version(old, node), importer));
    rwg_graph_release(old);
    app_edit(&a, "/app/node_modules/dep/index.js", "exports.a = 1;");
    assert_true(same_hash(version_of(&a, "src/client.ts", "client"), importer));
    app_stop(&a);
}

TEST(an_error_that_is_mended_leaves_no_trace) {
    app a;
    start_three(&a);
    memfs_write(a.disk, "/app/src/worker.ts", "import './page';");
    memfs_write(a.disk, "/app/src/page.ts", "import './db'; export const page = 1;");
    memfs_write(a.disk, "/app/src/db.ts", "");
    app_open(&a);
    char *good = app_dump(&a);
    app_edit(&a, "/app/src/page.ts", "import './db'; export const page = ;import {");
    assert_true(app_has_diag(&a, RWG_DIAG_SYNTAX, "src/page.ts"));
    assert_true(app_node(&a, "src/worker.ts", "worker").v);
    app_edit(&a, "/app/src/page.ts", "import './nowhere';");
    assert_true(app_has_diag(&a, RWG_DIAG_FILE_NOT_FOUND, "src/page.ts"));
    app_edit(&a, "/app/src/page.ts", "import './db'; export const page = 1;");
    app_expect(app_dump(&a), good);
    free(good);
    app_stop(&a);
}

TEST(the_frameworks_state_is_pinned_by_every_name_it_goes_by) {
    app a;
    start_three(&a);
    memfs_write(
        a.disk,
        "/app/src/worker.ts",
        "import 'rwsdk/__state'; import 'virtual:rwsdk:state:rwsdk/__state'; import 'one';"
    );
    memfs_write(a.disk, "/app/node_modules/rwsdk/__state.js", "");
    memfs_write(a.disk, "/app/node_modules/one/index.js", "require('rwsdk/__state');");
    app_open(&a);
    app_expect(
        app_edges(&a, "src/worker.ts", "worker"),
        "[pinned rwsdk/__state] [pinned virtual:rwsdk:state:rwsdk/__state] "
        "node_modules/one/index.js"
    );
    app_expect(app_edges(&a, "node_modules/one/index.js", "worker"), "[pinned rwsdk/__state]");
    app_expect(app_deps(&a, "worker"), "+one");
    app_stop(&a);
}

TEST(an_edit_of_a_pinned_file_is_said_and_makes_nothing_stale) {
    app a;
    app_start(&a);
    memfs_write(
        a.disk,
        "/app/rwgraph.json",
        "{\"environments\": {\"client\": {\"entries\": [\"main.ts\"]}, \"ssr\": {\"onlyEntries\": "
        "true}, \"worker\": {\"entries\": [\"main.ts\"]}}, \"pinned\": [\"./state.ts\"]}"
    );
    memfs_write(a.disk, "/app/main.ts", "import {state} from './state'; state;");
    memfs_write(a.disk, "/app/state.ts", "export const state = {};");
    app_open(&a);
    uint32_t n = 0;
    app_edit(&a, "/app/main.ts", "import {state} from './state'; state; state;");
    (void)rwg_change_pinned(a.change, &n);
    assert_int_equal(n, 0);
    app_edit(&a, "/app/state.ts", "export const state = []; export const more = 1;");
    const rwg_node *pinned = rwg_change_pinned(a.change, &n);
    assert_int_equal(n, 2); /* in client and worker */
    for (uint32_t i = 0; i < n; i++) {
        rwg_str path = rwg_graph_file_path(a.graph, rwg_node_file(a.graph, pinned[i]));
        assert_string_equal(path.ptr, "state.ts");
    }
    app_expect(app_stale(&a, RWG_POLICY_PRECISE), "");
    app_expect(app_stale(&a, RWG_POLICY_BROAD), "");
    app_stop(&a);
}
