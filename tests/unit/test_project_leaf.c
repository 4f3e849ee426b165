/* Files that are imported for their text or address: leaves (B26). */
#include "app.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char ENTRIES[] =
    "{\"environments\": {\"client\": {\"entries\": [\"main.ts\"], \"onlyEntries\": true},"
    "\"ssr\": {\"onlyEntries\": true}, \"worker\": {\"onlyEntries\": true}}}";

/* main.ts imports big.ts, as it says; big.ts imports much, and some of it is not there. */
static void leaf_app(app *a, const char *main_text) {
    app_start(a);
    memfs_write(a->disk, "/app/rwgraph.json", ENTRIES);
    memfs_write(a->disk, "/app/main.ts", main_text);
    memfs_write(
        a->disk,
        "/app/big.ts",
        "import './dep'; import 'pkg'; import './gone'; export * from './dep';"
    );
    memfs_write(a->disk, "/app/dep.ts", "export const dep = 1;");
    memfs_write(a->disk, "/app/node_modules/pkg/index.js", "");
}

static void expect_like_scratch(const app *a) {
    char *scratch = app_scratch_dump(a, 1);
    app_expect(app_dump(a), scratch);
    free(scratch);
}

static bool is_leaf(const app *a, const char *path) {
    rwg_node node = app_node(a, path, "client");
    assert_true(node.v);
    return (rwg_node_flags(a->graph, node) & RWG_NODE_LEAF) != 0;
}

static rwg_hash version(const app *a, const char *path) {
    return rwg_graph_version(a->graph, app_node(a, path, "client"));
}

static bool same_version(const app *a, const char *path, rwg_hash before) {
    rwg_hash now = version(a, path);
    return memcmp(&now, &before, sizeof now) == 0;
}

/* The cause of a stale node and the file that it came from: "text big.ts"; "" when not stale. */
static const char *cause(const app *a, rwg_policy policy, const char *path) {
    static char text[128];
    uint32_t count = 0;
    const rwg_stale *stale = rwg_change_stale(a->change, policy, &count);
    text[0] = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (stale[i].node.v == app_node(a, path, "client").v) {
            rwg_str via = rwg_graph_file_path(a->graph, rwg_node_file(a->graph, stale[i].via));
            const char *name = rwg_cause_name(stale[i].cause);
            (void)snprintf(text, sizeof text, "%s %.*s", name, (int)via.len, via.ptr);
        }
    }
    return text;
}

TEST(a_file_imported_for_its_text_is_a_leaf) {
    app a;
    leaf_app(&a, "import text from './big?raw'; export default text;");
    app_open(&a);
    assert_true(is_leaf(&a, "big.ts"));
    app_expect(app_edges(&a, "main.ts", "client"), "big.ts");
    app_expect(app_edges(&a, "big.ts", "client"), "");
    assert_int_equal(app_node(&a, "dep.ts", "client").v, 0);
    assert_int_equal(app_node(&a, "node_modules/pkg/index.js", "client").v, 0);
    app_expect(app_deps(&a, "client"), "");
    uint32_t n = 0;
    (void)rwg_graph_diags(a.graph, &n);
    assert_int_equal(n, 0);
    expect_like_scratch(&a);
    app_stop(&a);
}

TEST(each_way_to_ask_for_text_or_address_makes_a_leaf_and_no_other_does) {
    static const struct {
        const char *import;
        const char *path;
        bool leaf;
    } WAYS[] = {
        {"import x from './big?raw';", "big.ts", true},
        {"import x from './big.ts?url';", "big.ts", true},
        {"import x from './big?a=1&raw';", "big.ts", true},
        {"import x from './big?inline';", "big.ts", true},
        {"import x from './big?no-inline';", "big.ts", true},
        {"export {default} from './big?raw';", "big.ts", true},
        {"import('./big?raw');", "big.ts", true},
        {"import.meta.glob('./b*.ts', {query: '?raw'});", "big.ts", true},
        {"import.meta.glob(['./b*.ts'], {eager: true, query: 'url'});", "big.ts", true},
        {"import.meta.glob('./b*.ts', {as: 'raw'});", "big.ts", true},
        {"import.meta.glob('./b*.ts', {query: {raw: true}});", "big.ts", true},
        {"import x from './style.css?raw';", "style.css", true},
        {"new URL('./page.html', import.meta.url);", "page.html", true},
        {"import x from './big';", "big.ts", false},
        {"import.meta.glob('./b*.ts', {query: '?v=1'});", "big.ts", false},
        {"import.meta.glob('./b*.ts', {eager: true});", "big.ts", false},
        {"import x from './big?v=1';", "big.ts", false},
        {"import x from './big?rawest';", "big.ts", false},
        {"import x from './big?worker';", "big.ts", false},
        {"import x from './big?worker&url';", "big.ts", false},
        {"import x from './big?sharedworker&inline';", "big.ts", false},
        {"new Worker(new URL('./big.ts', import.meta.url));", "big.ts", false},
        {"new URL('./big.ts', import.meta.url);", "big.ts", false},
        {"import './style.css';", "style.css", false},
        {"import x from './style.css?inline';", "style.css", false},
        {"import x from './style.css?url';", "style.css", false},
    };

    for (size_t i = 0; i < sizeof WAYS / sizeof WAYS[0]; i++) {
        app a;
        leaf_app(&a, WAYS[i].import);
        memfs_write(a.disk, "/app/page.html", "<p>");
        memfs_write(a.disk, "/app/style.css", "@import './more.css';");
        memfs_write(a.disk, "/app/more.css", "");
        app_open(&a);
        if (is_leaf(&a, WAYS[i].path) != WAYS[i].leaf) {
            fail_msg("%s", WAYS[i].import);
        }
        bool sheet = strcmp(WAYS[i].path, "style.css") == 0;
        assert_int_equal(app_node(&a, "more.css", "client").v != 0, sheet && !WAYS[i].leaf);
        app_stop(&a);
    }
}

TEST(a_file_imported_as_text_and_as_code_is_a_module) {
    app a;
    leaf_app(&a, "import text from './big?raw'; import './big';");
    app_open(&a);
    assert_false(is_leaf(&a, "big.ts"));
    assert_true(app_node(&a, "dep.ts", "client").v);
    app_expect(app_deps(&a, "client"), "+pkg");
    assert_true(app_has_diag(&a, RWG_DIAG_FILE_NOT_FOUND, "big.ts"));
    app_stop(&a);
}

TEST(a_leaf_becomes_a_module_when_it_is_imported_as_one) {
    app a;
    leaf_app(&a, "import text from './big?raw'; export default text;");
    memfs_write(a.disk, "/app/other.ts", "export const other = 1;");
    app_open(&a);
    rwg_hash leaf = version(&a, "big.ts");
    app_edit(&a, "/app/main.ts", "import text from './big?raw'; import './other';");
    app_edit(&a, "/app/other.ts", "import './big'; export const other = 1;");
    assert_false(is_leaf(&a, "big.ts"));
    assert_false(same_version(&a, "big.ts", leaf));
    assert_string_equal(cause(&a, RWG_POLICY_PRECISE, "big.ts"), "edges ");
    assert_string_equal(cause(&a, RWG_POLICY_PRECISE, "dep.ts"), "added ");
    app_expect(app_deps(&a, "client"), "+pkg");
    assert_true(app_has_diag(&a, RWG_DIAG_FILE_NOT_FOUND, "big.ts"));
    expect_like_scratch(&a);

    app_edit(&a, "/app/other.ts", "export const other = 1;");
    assert_true(is_leaf(&a, "big.ts"));
    assert_true(same_version(&a, "big.ts", leaf));
    assert_string_equal(cause(&a, RWG_POLICY_PRECISE, "big.ts"), "edges ");
    assert_int_equal(app_node(&a, "dep.ts", "client").v, 0);
    app_expect(app_deps(&a, "client"), "");
    assert_false(app_has_diag(&a, RWG_DIAG_FILE_NOT_FOUND, "big.ts"));
    expect_like_scratch(&a);
    app_stop(&a);
}

TEST(a_leaf_that_is_edited_while_it_is_one_has_its_new_edges_when_it_is_a_module_again) {
    app a;
    leaf_app(&a, "import text from './big?raw'; import './big';");
    memfs_write(a.disk, "/app/late.ts", "");
    app_open(&a);
    app_edit(&a, "/app/main.ts", "import text from './big?raw';");
    app_edit(&a, "/app/big.ts", "import './late';");
    app_edit(&a, "/app/main.ts", "import './big';");
    app_expect(app_edges(&a, "big.ts", "client"), "late.ts");
    expect_like_scratch(&a);
    app_stop(&a);
}

TEST(a_change_of_the_text_is_a_change_of_who_imports_it_and_of_nothing_else) {
    app a;
    leaf_app(&a, "import {page} from './page'; page;");
    memfs_write(a.disk, "/app/page.ts", "import text from './big?raw'; export const page = text;");
    app_open(&a);
    rwg_hash before = version(&a, "page.ts");
    app_edit(&a, "/app/big.ts", "import './elsewhere'; nothing.that(parses;");
    assert_false(same_version(&a, "page.ts", before));
    assert_string_equal(cause(&a, RWG_POLICY_PRECISE, "big.ts"), "content ");
    assert_string_equal(cause(&a, RWG_POLICY_PRECISE, "page.ts"), "text big.ts");
    assert_string_equal(cause(&a, RWG_POLICY_PRECISE, "main.ts"), "");
    assert_string_equal(cause(&a, RWG_POLICY_BROAD, "main.ts"), "importer page.ts");
    uint32_t n = 0;
    (void)rwg_graph_diags(a.graph, &n);
    assert_int_equal(n, 0);
    expect_like_scratch(&a);
    app_stop(&a);
}

TEST(the_text_of_a_stub_is_the_file_and_not_the_names) {
    app a;
    leaf_app(&a, "import text from './actions?raw'; import {save} from './actions';");
    memfs_write(a.disk, "/app/actions.ts", "'use server'; export async function save() {}");
    app_open(&a);
    assert_true(app_node(&a, "actions.ts", "worker").v);
    app_edit(&a, "/app/actions.ts", "'use server'; export async function save() { done(); }");
    app_expect(app_stale(&a, RWG_POLICY_PRECISE), "client:main.ts worker:actions.ts");
    assert_string_equal(cause(&a, RWG_POLICY_PRECISE, "main.ts"), "text actions.ts");
    app_edit(&a, "/app/main.ts", "import text from './actions?raw';");
    assert_true(is_leaf(&a, "actions.ts"));
    app_edit(&a, "/app/actions.ts", "'use server'; export async function save() {}");
    app_expect(
        app_stale(&a, RWG_POLICY_PRECISE), "client:actions.ts client:main.ts worker:actions.ts"
    );
    expect_like_scratch(&a);
    app_stop(&a);
}

TEST(a_module_may_import_its_own_text) {
    app a;
    leaf_app(&a, "import text from './main?raw'; export default text;");
    app_open(&a);
    assert_false(is_leaf(&a, "main.ts"));
    rwg_cycles cycles;
    rwg_graph_cycles(a.graph, app_env(&a, "client"), &cycles);
    assert_int_equal(cycles.count, 0);
    rwg_cycles_free(&cycles);
    app_edit(&a, "/app/main.ts", "import text from './main?raw'; export default text + 1;");
    app_expect(app_stale(&a, RWG_POLICY_PRECISE), "client:main.ts");
    expect_like_scratch(&a);
    app_stop(&a);
}

TEST(why_ends_at_a_leaf_and_explain_names_its_bytes) {
    app a;
    leaf_app(&a, "import text from './big?raw';");
    app_open(&a);
    rwg_node_list chain = {0};
    rwg_node big = app_node(&a, "big.ts", "client");
    assert_int_equal(rwg_graph_why(a.graph, (rwg_node){0}, big, false, &chain), RWG_OK);
    assert_int_equal(chain.count, 2);
    rwg_node_list_free(&chain);
    char *dump = app_dump(&a);
    assert_non_null(strstr(dump, "module \"big.ts\" client esm leaf\n"));
    assert_non_null(strstr(dump, "  static \"./big?raw\" #0 file \"big.ts\" client \"?raw\" text\n")
    );
    free(dump);
    app_stop(&a);
}

/* A warm start makes the same leaves, reads nothing, and expands one that becomes a module. */
TEST(leaves_survive_the_database) {
    app a;
    char dir[] = "/tmp/rwgraph-leaf-XXXXXX";
    char db[64];
    leaf_app(&a, "import text from './big?raw'; import './other';");
    memfs_write(a.disk, "/app/other.ts", "import './big';");
    assert_non_null(mkdtemp(dir));
    int len = snprintf(db, sizeof db, "%s/graph.db", dir);
    a.options.no_cache = false;
    a.options.cache_path = (rwg_str){db, (uint32_t)len};
    app_open(&a);
    app_edit(&a, "/app/other.ts", "");
    assert_true(is_leaf(&a, "big.ts"));
    for (int i = 0; i < 2; i++) {
        app_reopen(&a);
        assert_int_equal(a.stats.files_read, 0);
        assert_int_equal(a.stats.resolved, 0);
        assert_true(is_leaf(&a, "big.ts"));
        expect_like_scratch(&a);
    }
    app_edit(&a, "/app/other.ts", "import './big';");
    assert_false(is_leaf(&a, "big.ts"));
    app_expect(app_deps(&a, "client"), "+pkg");
    expect_like_scratch(&a);
    app_reopen(&a);
    assert_int_equal(a.stats.files_read, 0);
    assert_false(is_leaf(&a, "big.ts"));
    expect_like_scratch(&a);
    app_stop(&a);
    static const char *const ENDINGS[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof ENDINGS / sizeof ENDINGS[0]; i++) {
        char path[80];
        (void)snprintf(path, sizeof path, "%s%s", db, ENDINGS[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(dir), 0);
}
