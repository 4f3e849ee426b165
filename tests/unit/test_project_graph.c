/* What a scan makes of a project's files: environments, forms, edges, discovery. */
#include "app.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

/* An application with all three environments: worker entry, client entry, a client and a server
 * module. */
static void write_three_env_app(app *a) {
    memfs_write(
        a->disk,
        "/app/rwgraph.json",
        "{\"environments\": {\"client\": {\"entries\": [\"src/client.ts\"], \"onlyEntries\": true},"
        "\"ssr\": {\"onlyEntries\": true}, \"worker\": {\"entries\": [\"src/worker.ts\"]}}}"
    );
    memfs_write(a->disk, "/app/src/worker.ts", "import {Page} from './page'; export default Page;");
    memfs_write(
        a->disk,
        "/app/src/page.ts",
        "import {Button} from './button'; import {save} from './actions'; import './shared';"
        "export const Page = [Button, save];"
    );
    memfs_write(
        a->disk,
        "/app/src/button.ts",
        "'use client'; import {save} from './actions'; import './shared'; export const Button = "
        "save;"
    );
    memfs_write(
        a->disk,
        "/app/src/actions.ts",
        "'use server'; import './db'; export async function save() {} export * from './more';"
    );
    memfs_write(a->disk, "/app/src/more.ts", "'use server'; export const more = 1;");
    memfs_write(a->disk, "/app/src/db.ts", "export const db = 1;");
    memfs_write(a->disk, "/app/src/shared.ts", "export const shared = 1;");
    memfs_write(a->disk, "/app/src/client.ts", "import './button';");
}

TEST(a_file_is_a_node_in_each_environment_that_reaches_it) {
    app a;
    app_start(&a);
    write_three_env_app(&a);
    app_open(&a);
    rwg_node client = app_node(&a, "src/shared.ts", "client");
    rwg_node ssr = app_node(&a, "src/shared.ts", "ssr");
    rwg_node worker = app_node(&a, "src/shared.ts", "worker");
    assert_true(client.v && ssr.v && worker.v);
    assert_true(client.v != ssr.v && ssr.v != worker.v);
    assert_int_equal(app_node(&a, "src/db.ts", "client").v, 0);
    assert_int_equal(app_node(&a, "src/db.ts", "ssr").v, 0);
    assert_true(app_node(&a, "src/db.ts", "worker").v);
    app_stop(&a);
}

TEST(a_client_module_in_the_worker_is_a_stub_that_leads_over_the_bridge) {
    app a;
    app_start(&a);
    write_three_env_app(&a);
    app_open(&a);
    app_expect(app_edges(&a, "src/button.ts", "worker"), "ssr:src/button.ts client:src/button.ts");
    app_expect(app_edges(&a, "src/button.ts", "ssr"), "src/actions.ts src/shared.ts");
    app_expect(app_edges(&a, "src/button.ts", "client"), "src/actions.ts src/shared.ts");
    uint32_t flags = rwg_node_flags(a.graph, app_node(&a, "src/button.ts", "worker"));
    assert_true(flags & RWG_NODE_CLIENT_REF);
    app_stop(&a);
}

TEST(a_server_module_outside_the_worker_keeps_only_its_reexports) {
    app a;
    app_start(&a);
    write_three_env_app(&a);
    app_open(&a);
    app_expect(app_edges(&a, "src/actions.ts", "client"), "src/more.ts worker:src/actions.ts");
    app_expect(app_edges(&a, "src/actions.ts", "worker"), "src/db.ts src/more.ts");
    app_stop(&a);
}

TEST(an_environment_without_a_role_knows_no_directives) {
    app a;
    app_start(&a);
    write_three_env_app(&a);
    memfs_write(
        a.disk,
        "/app/rwgraph.json",
        "{\"environments\": {\"edge\": {\"entries\": [\"src/page.ts\"]}}}"
    );
    app_open(&a);
    app_expect(app_edges(&a, "src/button.ts", "edge"), "src/actions.ts src/shared.ts");
    app_expect(app_edges(&a, "src/actions.ts", "edge"), "src/db.ts src/more.ts");
    app_stop(&a);
}

TEST(conditions_of_the_environment_choose_the_file_of_a_package) {
    app a;
    app_start(&a);
    memfs_write(a.disk, "/app/index.ts", "import 'pkg';");
    memfs_write(
        a.disk,
        "/app/node_modules/pkg/package.json",
        "{\"name\": \"pkg\", \"exports\": {\"react-server\": \"./server.js\", \"browser\": "
        "\"./browser.js\","
        "\"default\": \"./index.js\"}}"
    );
    memfs_write(a.disk, "/app/node_modules/pkg/server.js", "");
    memfs_write(a.disk, "/app/node_modules/pkg/browser.js", "");
    memfs_write(a.disk, "/app/node_modules/pkg/index.js", "");
    app_open(&a);
    app_expect(app_edges(&a, "index.ts", "worker"), "node_modules/pkg/server.js");
    app_expect(app_edges(&a, "index.ts", "client"), "node_modules/pkg/browser.js");
    app_expect(app_edges(&a, "index.ts", "ssr"), "node_modules/pkg/browser.js");
    app_stop(&a);
}

TEST(a_directive_file_that_nobody_imports_is_in_the_graph) {
    app a;
    app_start(&a);
    write_three_env_app(&a);
    memfs_write(a.disk, "/app/src/lonely.ts", "'use client'; export const lonely = 1;");
    memfs_write(a.disk, "/app/src/unused.ts", "export const unused = 1;");
    app_open(&a);
    assert_true(app_node(&a, "src/lonely.ts", "client").v);
    assert_true(app_node(&a, "src/lonely.ts", "ssr").v);
    assert_int_equal(app_node(&a, "src/unused.ts", "worker").v, 0);
    app_stop(&a);
}

TEST(one_file_that_cannot_be_parsed_does_not_stop_the_rest) {
    app a;
    app_start(&a);
    memfs_write(a.disk, "/app/a.ts", "import './broken'; import './fine';");
    memfs_write(a.disk, "/app/broken.ts", "import './fine'; import { x from './y';");
    memfs_write(a.disk, "/app/fine.ts", "export const fine = 1;");
    app_open(&a);
    assert_true(app_node(&a, "fine.ts", "client").v);
    assert_true(app_has_diag(&a, RWG_DIAG_SYNTAX, "broken.ts"));
    app_edit(&a, "/app/broken.ts", "import './fine'; const x = 1;");
    assert_false(app_has_diag(&a, RWG_DIAG_SYNTAX, "broken.ts"));
    app_stop(&a);
}

TEST(the_decision_is_made_on_the_resolved_file_and_not_on_the_specifier) {
    app a;
    app_start(&a);
    memfs_write(
        a.disk,
        "/app/src/main.ts",
        "import './foo.server'; import '..'; import 'pkg.ui'; import './logo.svg'; import "
        "'./data?raw';"
    );
    memfs_write(a.disk, "/app/src/foo.server.ts", "");
    memfs_write(a.disk, "/app/src/logo.svg", "<svg/>");
    memfs_write(a.disk, "/app/src/data.ts", "");
    memfs_write(a.disk, "/app/index.ts", "");
    memfs_write(a.disk, "/app/node_modules/pkg.ui/index.js", "");
    app_open(&a);
    app_expect(
        app_edges(&a, "src/main.ts", "client"),
        "src/foo.server.ts index.ts node_modules/pkg.ui/index.js src/logo.svg src/data.ts"
    );
    uint32_t n = 0;
    (void)rwg_graph_diags(a.graph, &n);
    assert_int_equal(n, 0);
    app_stop(&a);
}

TEST(a_package_that_is_not_installed_is_named_with_its_importer) {
    app a;
    app_start(&a);
    memfs_write(a.disk, "/app/a.ts", "import 'lodahs';");
    memfs_write(a.disk, "/app/node_modules/lodash/index.js", "");
    app_open(&a);
    assert_true(app_has_diag(&a, RWG_DIAG_PACKAGE_NOT_INSTALLED, "a.ts"));
    app_expect(app_edges(&a, "a.ts", "client"), "[missing lodahs]");
    app_stop(&a);
}

TEST(types_that_do_not_resolve_are_no_problem) {
    app a;
    app_start(&a);
    memfs_write(a.disk, "/app/a.ts", "import type {X} from 'nowhere'; export type Y = X;");
    app_open(&a);
    uint32_t n = 0;
    (void)rwg_graph_diags(a.graph, &n);
    assert_int_equal(n, 0);
    app_stop(&a);
}

TEST(a_url_that_names_a_folder_is_no_problem) {
    app a;
    app_start(&a);
    memfs_write(
        a.disk,
        "/app/src/a.ts",
        "new URL('.', import.meta.url); new URL('..', import.meta.url); new URL('../data/', "
        "import.meta.url); new URL('./gone.txt', import.meta.url);"
    );
    app_open(&a);
    uint32_t n = 0;
    const rwg_diag *diags = rwg_graph_diags(a.graph, &n);
    assert_int_equal(n, 3); /* the file that is not there, in each environment */
    assert_int_equal(diags[0].severity, RWG_SEVERITY_WARNING);
    assert_non_null(strstr(diags[0].message.ptr, "gone.txt"));
    app_stop(&a);
}

TEST(dependencies_are_what_application_code_imports_from_packages) {
    app a;
    app_start(&a);
    memfs_write(
        a.disk,
        "/app/a.ts",
        "import 'one'; import './b'; import 'linked'; import type {T} from 'types';"
    );
    memfs_write(a.disk, "/app/b.ts", "import 'one'; import 'one/sub'; import 'one/style.css';");
    memfs_write(a.disk, "/app/node_modules/one/index.js", "require('two')");
    memfs_write(a.disk, "/app/node_modules/one/sub.js", "");
    memfs_write(a.disk, "/app/node_modules/one/style.css", "");
    memfs_write(a.disk, "/app/node_modules/two/index.js", "");
    memfs_write(a.disk, "/app/node_modules/types/index.js", "");
    memfs_write(a.disk, "/app/packages/linked/index.ts", "import 'two';");
    memfs_write(
        a.disk,
        "/app/packages/linked/package.json",
        "{\"name\": \"linked\", \"main\": \"index.ts\"}"
    );
    memfs_symlink(a.disk, "/app/node_modules/linked", "../packages/linked");
    app_open(&a);
    app_expect(app_deps(&a, "client"), "+one +one/sub +two");
    app_stop(&a);
}

TEST(an_edit_that_adds_one_dependency_yields_exactly_that_one) {
    app a;
    app_start(&a);
    memfs_write(a.disk, "/app/a.ts", "import 'one';");
    memfs_write(a.disk, "/app/node_modules/one/index.js", "");
    memfs_write(a.disk, "/app/node_modules/two/index.js", "");
    app_open(&a);
    app_expect(app_deps(&a, "ssr"), "+one");
    rwg_project_commit_deps(a.project);
    app_edit(&a, "/app/a.ts", "import 'one'; import 'two';");
    app_expect(app_deps(&a, "ssr"), "one +two");
    app_stop(&a);
}

TEST(an_orphan_edit_is_discovered_when_it_is_imported_later) {
    app a;
    app_start(&a);
    write_three_env_app(&a);
    memfs_write(a.disk, "/app/src/late.ts", "export const Late = 1;");
    memfs_write(a.disk, "/app/node_modules/is-number/index.js", "");
    app_open(&a);
    app_edit(
        &a, "/app/src/late.ts", "'use client'; import n from 'is-number'; export const Late = n;"
    );
    app_edit(&a, "/app/src/page.ts", "import {Late} from './late'; export const Page = Late;");
    app_expect(app_deps(&a, "ssr"), "+is-number");
    app_expect(app_deps(&a, "client"), "+is-number");
    app_expect(app_deps(&a, "worker"), "");
    app_stop(&a);
}

TEST(a_pinned_specifier_is_neither_a_dependency_nor_versioned) {
    app a;
    app_start(&a);
    memfs_write(a.disk, "/app/a.ts", "import 'rwsdk/__state'; import 'one';");
    memfs_write(a.disk, "/app/node_modules/rwsdk/package.json", "{\"name\": \"rwsdk\"}");
    memfs_write(a.disk, "/app/node_modules/rwsdk/__state.js", "");
    memfs_write(a.disk, "/app/node_modules/one/index.js", "");
    app_open(&a);
    app_expect(app_deps(&a, "worker"), "+one");
    app_expect(app_edges(&a, "a.ts", "worker"), "[pinned rwsdk/__state] node_modules/one/index.js");
    app_stop(&a);
}

TEST(a_glob_import_has_an_edge_for_each_match_and_follows_new_files) {
    app a;
    app_start(&a);
    memfs_write(a.disk, "/app/a.ts", "import.meta.glob('./pages/*.ts');");
    memfs_write(a.disk, "/app/pages/one.ts", "");
    memfs_write(a.disk, "/app/pages/two.ts", "");
    memfs_write(a.disk, "/app/pages/note.md", "");
    app_open(&a);
    app_expect(app_edges(&a, "a.ts", "client"), "pages/one.ts pages/two.ts");
    app_edit(&a, "/app/pages/three.ts", "");
    app_expect(app_edges(&a, "a.ts", "client"), "pages/one.ts pages/three.ts pages/two.ts");
    app_delete(&a, "/app/pages/one.ts");
    app_expect(app_edges(&a, "a.ts", "client"), "pages/three.ts pages/two.ts");
    app_stop(&a);
}

TEST(sources_that_gitignore_excludes_are_not_entries) {
    app a;
    app_start(&a);
    memfs_write(a.disk, "/app/.gitignore", "dist/\n*.gen.ts\n!keep.gen.ts\n/only-here.ts\n");
    memfs_write(a.disk, "/app/a.ts", "");
    memfs_write(a.disk, "/app/x.gen.ts", "");
    memfs_write(a.disk, "/app/keep.gen.ts", "");
    memfs_write(a.disk, "/app/only-here.ts", "");
    memfs_write(a.disk, "/app/lib/only-here.ts", "");
    memfs_write(a.disk, "/app/dist/out.js", "");
    app_open(&a);
    assert_true(app_node(&a, "a.ts", "client").v);
    assert_true(app_node(&a, "keep.gen.ts", "client").v);
    assert_true(app_node(&a, "lib/only-here.ts", "client").v);
    assert_int_equal(app_node(&a, "x.gen.ts", "client").v, 0);
    assert_int_equal(app_node(&a, "only-here.ts", "client").v, 0);
    assert_int_equal(app_node(&a, "dist/out.js", "client").v, 0);
    app_stop(&a);
}

TEST(package_json_names_the_entries_and_the_rest_is_what_they_reach) {
    app a;
    app_start(&a);
    memfs_write(
        a.disk, "/app/package.json", "{\"exports\": {\".\": {\"import\": \"./src/index.ts\"}}}"
    );
    memfs_write(a.disk, "/app/src/index.ts", "import './used';");
    memfs_write(a.disk, "/app/src/used.ts", "");
    memfs_write(a.disk, "/app/src/unused.ts", "");
    app_open(&a);
    assert_true(app_node(&a, "src/used.ts", "client").v);
    assert_int_equal(app_node(&a, "src/unused.ts", "client").v, 0);
    app_stop(&a);
}

TEST(sources_that_nothing_leads_to_are_listed) {
    app a;
    app_start(&a);
    memfs_write(a.disk, "/app/package.json", "{\"main\": \"src/index.ts\"}");
    memfs_write(a.disk, "/app/src/index.ts", "import './used'; import type {T} from './types';");
    memfs_write(a.disk, "/app/src/used.ts", "");
    memfs_write(a.disk, "/app/src/types.ts", "export type T = 1;");
    memfs_write(a.disk, "/app/src/z.ts", "import './a';");
    memfs_write(a.disk, "/app/src/a.ts", "");
    memfs_write(a.disk, "/app/src/note.md", "");
    memfs_write(a.disk, "/app/node_modules/p/index.js", "");
    app_open(&a);
    uint32_t n = 0;
    const rwg_file *files = rwg_project_unreached(a.project, &n);
    assert_int_equal(n, 2);
    assert_string_equal(rwg_graph_file_path(a.graph, files[0]).ptr, "src/a.ts");
    assert_string_equal(rwg_graph_file_path(a.graph, files[1]).ptr, "src/z.ts");
    app_edit(&a, "/app/src/used.ts", "import './z';");
    (void)rwg_project_unreached(a.project, &n);
    assert_int_equal(n, 0);
    app_edit(&a, "/app/src/used.ts", "");
    app_delete(&a, "/app/src/z.ts");
    (void)rwg_project_unreached(a.project, &n);
    assert_int_equal(n, 1);
    app_stop(&a);
}

TEST(html_and_wrangler_files_name_the_entries) {
    app a;
    app_start(&a);
    memfs_write(
        a.disk,
        "/app/index.html",
        "<!doctype html><script type=module src=\"/src/main.ts\"></script>"
    );
    memfs_write(a.disk, "/app/wrangler.jsonc", "{ // comment\n \"main\": \"src/worker.ts\", }");
    memfs_write(a.disk, "/app/src/main.ts", "");
    memfs_write(a.disk, "/app/src/worker.ts", "");
    app_open(&a);
    assert_true(app_node(&a, "src/main.ts", "client").v);
    assert_true(app_node(&a, "src/worker.ts", "worker").v);
    assert_int_equal(app_node(&a, "src/main.ts", "worker").v, 0);
    assert_int_equal(app_node(&a, "src/worker.ts", "ssr").v, 0);
    app_stop(&a);
}

TEST(a_misspelt_option_is_refused_by_name) {
    app a;
    app_start(&a);
    memfs_write(a.disk, "/app/rwgraph.json", "{\"pined\": []}");
    rwg_error err = {0};
    rwg_status status = rwg_project_open(RWG_STR("/app"), &a.options, &a.project, &err);
    assert_int_equal(status, RWG_SYNTAX);
    assert_non_null(strstr(err.text, "pined"));
    assert_string_equal(err.path, "/app/rwgraph.json");
    a.project = NULL;
    app_stop(&a);
}

TEST(hostile_files_give_diagnostics_and_the_rest_is_scanned) {
    app a;
    app_start(&a);
    memfs_write(
        a.disk,
        "/app/main.ts",
        "import './binary'; import './latin1'; import './secret'; import './dir.ts'; import './ok';"
    );
    memfs_write_bytes(
        a.disk,
        "/app/binary.ts",
        "\x7f"
        "ELF\0\0\0\1",
        8
    );
    memfs_write_bytes(a.disk, "/app/latin1.ts", "const x = '\xe9';", 14);
    memfs_write(a.disk, "/app/secret.ts", "");
    memfs_deny(a.disk, "/app/secret.ts", true);
    memfs_mkdir(a.disk, "/app/dir.ts");
    memfs_write(a.disk, "/app/ok.ts", "export const ok = 1;");
    memfs_symlink(a.disk, "/app/loop", "loop");
    app_open(&a);
    assert_true(app_node(&a, "ok.ts", "client").v);
    assert_true(app_has_diag(&a, RWG_DIAG_BINARY, "binary.ts"));
    assert_true(app_has_diag(&a, RWG_DIAG_NOT_UTF8, "latin1.ts"));
    assert_true(app_has_diag(&a, RWG_DIAG_UNREADABLE, "secret.ts"));
    app_stop(&a);
}

TEST(any_number_of_workers_gives_the_same_graph) {
    app a;
    app_start(&a);
    write_three_env_app(&a);
    app_open(&a);
    char *one = app_dump(&a);
    for (uint32_t workers = 2; workers <= 16; workers *= 2) {
        app_expect(app_scratch_dump(&a, workers), one);
    }
    free(one);
    app_stop(&a);
}

TEST(a_node_module_is_a_problem_only_where_the_environment_is_declared) {
    app a;
    app_start(&a);
    memfs_write(a.disk, "/app/a.ts", "import 'fs';");
    app_open(&a);
    assert_false(app_has_diag(&a, RWG_DIAG_WRONG_ENVIRONMENT, "a.ts"));
    app_stop(&a);
    app_start(&a);
    memfs_write(a.disk, "/app/a.ts", "import 'fs';");
    memfs_write(
        a.disk, "/app/rwgraph.json", "{\"environments\": {\"client\": {\"entries\": [\"a.ts\"]}}}"
    );
    app_open(&a);
    assert_true(app_has_diag(&a, RWG_DIAG_WRONG_ENVIRONMENT, "a.ts"));
    app_stop(&a);
}

TEST(a_module_of_another_environment_may_be_named_by_it) {
    app a;
    app_start(&a);
    memfs_write(a.disk, "/app/a.ts", "import('ssr:/c.ts');");
    memfs_write(a.disk, "/app/b.ts", "import('nowhere:/c.ts');");
    memfs_write(a.disk, "/app/c.ts", "");
    app_open(&a);
    assert_false(app_has_diag(&a, RWG_DIAG_BAD_SPECIFIER, "a.ts"));
    assert_true(app_has_diag(&a, RWG_DIAG_BAD_SPECIFIER, "b.ts"));
    app_stop(&a);
}
