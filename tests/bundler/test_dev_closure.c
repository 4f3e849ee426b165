/* Closures: which modules a runner or a page gets, what each of them links to, and which edit
 * changes which key. */
#include "base/json.h"
#include "base/str.h"
#include "devworld.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAIN "[\"client:/src/main.js\"]"

static void write(devworld *w, const char *path, const char *text) {
    char full[128];
    (void)snprintf(full, sizeof full, "/app/%s", path);
    memfs_write(w->app.disk, full, text);
}

static void edit(devworld *w, const char *path, const char *text) {
    char full[128];
    (void)snprintf(full, sizeof full, "/app/%s", path);
    devworld_edit(w, full, text);
}

/* --- reading an answer --- */

typedef struct answer {
    rwg__arena arena;
    char *text;
    const rwg__json *json;
} answer;

static void ask(devworld *w, const devworld_ask *what, answer *a) {
    rwg__json_error error;
    rwg__arena_init(&a->arena, &w->mem);
    a->text = devworld_closure(w, what);
    a->json = rwg__json_parse(&a->arena, rwg__str_c(a->text), &error);
    assert_non_null(a->json);
}

static void ask_main(devworld *w, answer *a) {
    ask(w, &(devworld_ask){.entries = MAIN}, a);
}

static void answer_free(answer *a) {
    free(a->text);
    rwg__arena_deinit(&a->arena);
}

static const rwg__json *modules(const answer *a) {
    return rwg__json_get(a->json, "modules");
}

/* The definition of an id; NULL when the answer has none, a failure when it has two. */
static const rwg__json *find(const answer *a, const char *id) {
    const rwg__json *found = NULL;
    const rwg__json *list = modules(a);
    for (uint32_t i = 0; i < list->count; i++) {
        if (rwg__str_eq_c(rwg__json_string(rwg__json_get(&list->items[i], "id")), id)) {
            assert_null(found);
            found = &list->items[i];
        }
    }
    return found;
}

/* A text of a definition, "" where it has none. */
static const char *text_of(answer *a, const rwg__json *definition, const char *member) {
    rwg_str text = rwg__json_string(rwg__json_get(definition, member));
    return rwg__arena_str(&a->arena, text).ptr;
}

static void expect_form(answer *a, const char *id, const char *form) {
    const rwg__json *definition = find(a, id);
    if (!definition) {
        fail_msg("%s is not in %s", id, a->text);
    }
    assert_string_equal(text_of(a, definition, "form"), form);
}

/* The key that require(specifier) in a module leads to. */
static const char *required(answer *a, const char *id, const char *specifier) {
    const rwg__json *requires = rwg__json_get(find(a, id), "requires");
    const rwg__json *key = rwg__json_get(requires, specifier);
    assert_non_null(key);
    return rwg__arena_str(&a->arena, rwg__json_string(key)).ptr;
}

/* The key of the nth import. */
static const char *imported(answer *a, const char *id, uint32_t n) {
    const rwg__json *imports = rwg__json_get(find(a, id), "imports");
    assert_true(imports && n < imports->count);
    return rwg__arena_str(&a->arena, rwg__json_string(&imports->items[n])).ptr;
}

static const char *key_of(answer *a, const char *id) {
    return text_of(a, find(a, id), "key");
}

/* --- what is in a closure --- */

TEST(a_closure_has_what_is_evaluated_once_and_in_the_order_of_keys) {
    devworld w;
    devworld_start(&w);
    write(&w, "src/main.js", "import './b.js'; import './a.js'; import('./late.js');");
    write(&w, "src/a.js", "import './b.js'; import './main.js'; export const a = 1;");
    write(&w, "src/b.js", "export const b = require('./c.js');");
    write(&w, "src/c.js", "exports.c = 1;");
    write(&w, "src/late.js", "export const late = 1;");
    devworld_open(&w);
    answer a;
    ask_main(&w, &a);
    const rwg__json *list = modules(&a);
    assert_int_equal(list->count, 4);
    for (uint32_t i = 1; i < list->count; i++) {
        rwg_str before = rwg__json_string(rwg__json_get(&list->items[i - 1], "key"));
        assert_true(
            rwg__str_compare(before, rwg__json_string(rwg__json_get(&list->items[i], "key"))) < 0
        );
    }
    assert_null(find(&a, "/src/late.js"));
    const rwg__json *late =
        rwg__json_get(rwg__json_get(find(&a, "/src/main.js"), "dynamic"), "./late.js");
    assert_true(rwg__str_eq_c(rwg__json_string(late), "client:/src/late.js"));
    answer_free(&a);
    devworld_stop(&w);
}

TEST(what_the_runner_has_is_left_out_with_what_is_below_it) {
    devworld w;
    devworld_start(&w);
    write(&w, "src/main.js", "import './a.js'; import './b.js';");
    write(&w, "src/a.js", "import './c.js';");
    write(&w, "src/b.js", "export {};");
    write(&w, "src/c.js", "export {};");
    devworld_open(&w);
    char *key = devworld_key(&w, "client", "src/a.js");
    char have[128];
    (void)snprintf(have, sizeof have, "[\"%s\"]", key);
    answer a;
    ask(&w, &(devworld_ask){.entries = MAIN, .have = have}, &a);
    assert_int_equal(modules(&a)->count, 2);
    assert_non_null(find(&a, "/src/b.js"));
    answer_free(&a);
    free(key);
    devworld_stop(&w);
}

TEST(an_answer_that_arrived_is_not_given_again_and_one_that_was_lost_is) {
    devworld w;
    devworld_start(&w);
    write(&w, "src/main.js", "import './a.js'; import './b.js';");
    write(&w, "src/a.js", "import './c.js';");
    write(&w, "src/b.js", "export {};");
    write(&w, "src/c.js", "export {};");
    devworld_open(&w);
    rwb__held held;
    rwb__held_init(&held, &w.mem);
    rwb__session *s = rwb__held_begin(&held, RWG_STR("runner"), NULL);
    devworld_ask for_main = {.entries = MAIN, .session = s};
    devworld_ask for_a = {.entries = "[\"client:/src/a.js\"]", .session = s};
    answer a;
    ask(&w, &for_a, &a);
    assert_int_equal(modules(&a)->count, 2);
    answer_free(&a);
    ask(&w, &for_a, &a);
    assert_int_equal(modules(&a)->count, 2); // nobody said that the first arrived
    double number = rwg__json_get(a.json, "answer")->number;
    assert_true(number == 2);
    rwg__json_error error;
    const rwg__json *got = rwg__json_parse(&a.arena, RWG_STR("[2]"), &error);
    assert_ptr_equal(rwb__held_find(&held, RWG_STR("runner"), got, NULL), s);
    answer_free(&a);
    ask(&w, &for_main, &a);
    assert_int_equal(modules(&a)->count, 2);
    assert_non_null(find(&a, "/src/main.js"));
    assert_non_null(find(&a, "/src/b.js"));
    answer_free(&a);
    rwb__held_deinit(&held);
    devworld_stop(&w);
}

TEST(an_entry_that_does_not_exist_is_a_definition_that_says_so) {
    devworld w;
    devworld_start(&w);
    write(&w, "src/main.js", "export {};");
    devworld_open(&w);
    answer a;
    ask(&w, &(devworld_ask){.entries = "[\"client:/src/none.js\", \"client:/src/main.js\"]"}, &a);
    assert_int_equal(modules(&a)->count, 2);
    expect_form(&a, "client:/src/none.js", "missing");
    expect_form(&a, "/src/main.js", "esm");
    answer_free(&a);
    devworld_stop(&w);
}

TEST(a_file_that_cannot_be_compiled_or_read_fails_alone_and_says_why) {
    devworld w;
    devworld_start(&w);
    write(&w, "src/main.js", "import './broken.js'; import './gone.js'; import './well.js';");
    write(&w, "src/broken.js", "export const = 1;");
    write(&w, "src/gone.js", "export const gone = 1;");
    write(&w, "src/well.js", "export const well = 1;");
    devworld_open(&w);
    memfs_deny(w.app.disk, "/app/src/gone.js", true);
    answer a;
    ask_main(&w, &a);
    assert_int_equal(modules(&a)->count, 4);
    expect_form(&a, "/src/broken.js", "missing");
    expect_form(&a, "/src/gone.js", "missing");
    expect_form(&a, "/src/well.js", "esm");
    const rwg__json *error = rwg__json_get(find(&a, "/src/broken.js"), "error");
    assert_non_null(strstr(text_of(&a, error, "message"), "broken.js"));
    answer_free(&a);
    devworld_stop(&w);
}

TEST(a_generation_is_answered_for_after_the_next_one_while_its_text_is_known) {
    static const char BEFORE[] = "export const before = 1;";
    devworld w;
    devworld_start(&w);
    write(&w, "src/main.js", BEFORE);
    devworld_open(&w);
    uint64_t pinned = rwb__generations_pin(&w.generations);
    rwg_node main = devworld_node(&w, "client", "src/main.js");
    rwg_file file = rwg_node_file(w.app.graph, main);
    rwg_hash content = rwg_module_content_hash(rwg_node_module(w.app.graph, main));
    edit(&w, "src/main.js", "export const after = 1;");
    rwb__view *old = rwb__generations_find(&w.generations, pinned);
    answer a;
    ask(&w, &(devworld_ask){.entries = MAIN, .view = old}, &a);
    const rwg__json *error = rwg__json_get(find(&a, "/src/main.js"), "error");
    assert_non_null(strstr(text_of(&a, error, "message"), "has changed since"));
    answer_free(&a);
    rwb__compiler_remember(w.compiler, file, content, rwg__str_c(BEFORE));
    ask(&w, &(devworld_ask){.entries = MAIN, .view = old}, &a);
    assert_non_null(strstr(text_of(&a, find(&a, "/src/main.js"), "code"), "before = 1"));
    answer_free(&a);
    ask_main(&w, &a);
    assert_non_null(strstr(text_of(&a, find(&a, "/src/main.js"), "code"), "after = 1"));
    answer_free(&a);
    rwb__generations_unpin(&w.generations, pinned);
    devworld_stop(&w);
}

TEST(a_chain_of_ten_thousand_modules_is_one_closure) {
    enum {
        COUNT = 10000
    };

    devworld w;
    devworld_start(&w);
    for (int i = 0; i < COUNT; i++) {
        char path[64];
        char text[64];
        (void)snprintf(path, sizeof path, i == 0 ? "src/main.js" : "src/m%d.js", i);
        (void)snprintf(text, sizeof text, "import './m%d.js';", i + 1);
        write(&w, path, i + 1 < COUNT ? text : "export {};");
    }
    devworld_open(&w);
    answer a;
    ask_main(&w, &a);
    assert_int_equal(modules(&a)->count, COUNT);
    answer_free(&a);
    devworld_stop(&w);
}

TEST(a_module_that_imports_ten_thousand_others_is_one_closure) {
    enum {
        COUNT = 10000
    };

    devworld w;
    devworld_start(&w);
    char *main = calloc(COUNT, 24);
    assert_non_null(main);
    size_t len = 0;
    for (int i = 0; i < COUNT; i++) {
        char path[64];
        char text[64];
        len += (size_t)snprintf(main + len, 24, "import './m%d.js';\n", i);
        (void)snprintf(path, sizeof path, "src/m%d.js", i);
        (void)snprintf(text, sizeof text, "export const m = %d;", i);
        write(&w, path, text);
    }
    write(&w, "src/main.js", main);
    free(main);
    devworld_open(&w);
    answer a;
    ask_main(&w, &a);
    assert_int_equal(modules(&a)->count, COUNT + 1);
    answer_free(&a);
    devworld_stop(&w);
}

/* --- names that only running code knows --- */

/* The id that import(specifier) in a client module leads to, or what it is instead. malloc'd. */
static char *late(devworld *w, const char *from, const char *specifier) {
    char *importer = devworld_key(w, "client", from);
    char entries[128];
    (void)snprintf(entries, sizeof entries, "[\"%s\"]", specifier);
    answer a;
    ask(w, &(devworld_ask){.entries = entries, .importer = importer}, &a);
    const rwg__json *roots = rwg__json_get(a.json, "roots");
    assert_int_equal(roots->count, 1);
    rwg_str key = rwg__json_string(&roots->items[0]);
    uint32_t at = rwg__str_last_index(key, '@');
    char *found = strdup(rwg__arena_str(&a.arena, rwg__str_sub(key, 0, at)).ptr);
    answer_free(&a);
    free(importer);
    return found;
}

TEST(a_late_name_is_resolved_as_its_environment_resolves) {
    devworld w;
    devworld_start(&w);
    memfs_write(
        w.app.disk,
        "/app/rwgraph.json",
        "{\"environments\": {\"client\": {\"entries\": [\"src/main.js\", \"src/page.web.ts\","
        " \"src/folder/index.ts\", \"src/page.ts\"], \"onlyEntries\": true,"
        " \"extensions\": [\".web.ts\", \".ts\", \".js\"],"
        " \"aliases\": {\"@\": \"./src\"}}, \"ssr\": {\"onlyEntries\": true},"
        " \"worker\": {\"onlyEntries\": true}}}"
    );
    write(&w, "package.json", "{\"imports\": {\"#page\": \"./src/page.ts\"}}");
    write(&w, "src/main.js", "import 'pkg/sub'; import 'pkg';");
    write(&w, "src/page.ts", "export {};");
    write(&w, "src/page.web.ts", "export {};");
    write(&w, "src/folder/index.ts", "export {};");
    write(&w, "src/lone.ts", "export {};");
    write(
        &w,
        "node_modules/pkg/package.json",
        "{\"exports\": {\".\": {\"browser\": \"./web.js\", \"default\": \"./node.js\"},"
        " \"./sub\": \"./deep/sub.js\"}}"
    );
    write(&w, "node_modules/pkg/web.js", "export {};");
    write(&w, "node_modules/pkg/node.js", "export {};");
    write(&w, "node_modules/pkg/deep/sub.js", "export {};");
    devworld_open(&w);
    static const char *const LATE[][2] = {
        {"./page", "client:/src/page.web.ts"},
        {"./page.js", "client:/src/page.ts"},
        {"./page.ts?x=1", "client:/src/page.ts"},
        {"./folder", "client:/src/folder/index.ts"},
        {"../src/page.ts", "client:/src/page.ts"},
        {"/src/page.ts", "client:/src/page.ts"},
        {"@/page.ts", "client:/src/page.ts"},
        {"#page", "client:/src/page.ts"},
        {"pkg", "client:/node_modules/pkg/web.js"},
        {"pkg/sub", "client:/node_modules/pkg/deep/sub.js"},
        {"pkg/deep/sub.js", "missing:client:pkg/deep/sub.js"},
        {"./none", "missing:client:./none"},
        {"./lone.ts", "missing:client:./lone.ts"}, /* in no graph: nothing names it */
    };
    for (size_t i = 0; i < sizeof LATE / sizeof LATE[0]; i++) {
        char *found = late(&w, "src/main.js", LATE[i][0]);
        if (strcmp(found, LATE[i][1]) != 0) {
            fail_msg("%s leads to %s", LATE[i][0], found);
        }
        free(found);
    }
    app_expect(
        late(&w, "node_modules/pkg/web.js", "./deep/sub.js"), "client:/node_modules/pkg/deep/sub.js"
    );
    edit(&w, "src/main.js", "import './lone.ts';");
    app_expect(late(&w, "src/main.js", "./lone.ts"), "client:/src/lone.ts");
    devworld_stop(&w);
}

TEST(a_late_name_of_a_module_that_is_gone_is_missing) {
    devworld w;
    devworld_start(&w);
    write(&w, "src/main.js", "export {};");
    devworld_open(&w);
    answer a;
    ask(&w,
        &(devworld_ask){.entries = "[\"./main.js\"]", .importer = "client:/src/gone.js@0123"},
        &a);
    expect_form(&a, "./main.js", "missing");
    answer_free(&a);
    devworld_stop(&w);
}

/* --- packages --- */

TEST(an_optional_peer_that_is_not_there_is_thrown_where_it_is_required) {
    devworld w;
    devworld_start(&w);
    write(&w, "src/main.js", "import 'p';");
    write(&w, "node_modules/p/package.json", "{\"peerDependencies\": {\"opt\": \"*\"}}");
    write(
        &w,
        "node_modules/p/index.js",
        "let opt; try { opt = require('opt'); } catch {} exports.late = () => require('opt/sub');"
    );
    devworld_open(&w);
    answer a;
    ask_main(&w, &a);
    expect_form(&a, "/node_modules/p/index.js", "cjs");
    expect_form(&a, "opt", "missing");
    expect_form(&a, "opt/sub", "missing");
    const char *key = required(&a, "/node_modules/p/index.js", "opt");
    assert_string_equal(key, key_of(&a, "opt"));
    answer_free(&a);
    devworld_stop(&w);
}

TEST(a_peer_is_the_one_module_that_everybody_has) {
    devworld w;
    devworld_start(&w);
    write(&w, "src/main.js", "import 'peer'; import 'p'; import 'q';");
    write(&w, "node_modules/peer/index.js", "exports.x = 1;");
    write(&w, "node_modules/p/index.js", "exports.x = require('peer');");
    write(&w, "node_modules/q/index.js", "exports.x = require('peer/index.js');");
    devworld_open(&w);
    answer a;
    ask_main(&w, &a);
    assert_int_equal(modules(&a)->count, 4);
    const char *key = key_of(&a, "/node_modules/peer/index.js");
    assert_string_equal(required(&a, "/node_modules/p/index.js", "peer"), key);
    assert_string_equal(required(&a, "/node_modules/q/index.js", "peer/index.js"), key);
    assert_string_equal(imported(&a, "/src/main.js", 0), key);
    answer_free(&a);
    devworld_stop(&w);
}

TEST(two_versions_of_a_package_are_two_modules) {
    devworld w;
    devworld_start(&w);
    write(&w, "src/main.js", "import 'v'; import 'p';");
    write(&w, "node_modules/v/index.js", "exports.version = 2;");
    write(&w, "node_modules/p/index.js", "exports.inner = require('v');");
    write(&w, "node_modules/p/node_modules/v/index.js", "exports.version = 1;");
    devworld_open(&w);
    answer a;
    ask_main(&w, &a);
    assert_string_equal(
        required(&a, "/node_modules/p/index.js", "v"),
        key_of(&a, "/node_modules/p/node_modules/v/index.js")
    );
    assert_string_equal(imported(&a, "/src/main.js", 0), key_of(&a, "/node_modules/v/index.js"));
    answer_free(&a);
    devworld_stop(&w);
}

TEST(a_dual_package_is_one_module_for_import_and_another_for_require) {
    devworld w;
    devworld_start(&w);
    write(&w, "src/main.js", "import 'dual'; import 'p';");
    write(
        &w,
        "node_modules/dual/package.json",
        "{\"exports\": {\"import\": \"./index.mjs\", \"require\": \"./index.cjs\"}}"
    );
    write(&w, "node_modules/dual/index.mjs", "export const kind = 'esm';");
    write(&w, "node_modules/dual/index.cjs", "exports.kind = 'cjs';");
    write(&w, "node_modules/p/index.js", "exports.dual = require('dual');");
    devworld_open(&w);
    answer a;
    ask_main(&w, &a);
    expect_form(&a, "/node_modules/dual/index.mjs", "esm");
    expect_form(&a, "/node_modules/dual/index.cjs", "cjs");
    assert_string_equal(
        required(&a, "/node_modules/p/index.js", "dual"), key_of(&a, "/node_modules/dual/index.cjs")
    );
    answer_free(&a);
    devworld_stop(&w);
}

TEST(a_branch_that_the_mode_rules_out_brings_nothing_along) {
    static const char *const WAYS[] = {
        "if (process.env.NODE_ENV === 'production') { module.exports = require('./p'); }"
        " else { module.exports = require('./d'); }",
        "module.exports = process.env.NODE_ENV !== 'production' ? require('./d') : require('./p');",
        "if (!(\"production\" == process.env.NODE_ENV)) require('./d'); else require('./p');",
        "process.env.NODE_ENV === 'production' && require('./p'); require('./d');",
        "process.env.NODE_ENV !== 'production' || require('./p'); require('./d');",
        "if (process.env.NODE_ENV === 'production' && x) { f(() => require('./p')); }"
        " require('./d');",
    };
    devworld w;
    devworld_start(&w);
    write(&w, "src/main.js", "import 'c';");
    write(&w, "node_modules/c/index.js", WAYS[0]);
    write(&w, "node_modules/c/p.js", "exports.p = 1;");
    write(&w, "node_modules/c/d.js", "exports.d = 1;");
    devworld_open(&w);
    for (size_t i = 0; i < sizeof WAYS / sizeof WAYS[0]; i++) {
        edit(&w, "node_modules/c/index.js", WAYS[i]);
        answer a;
        ask_main(&w, &a);
        if (find(&a, "/node_modules/c/p.js") || !find(&a, "/node_modules/c/d.js")) {
            fail_msg("%s", WAYS[i]);
        }
        answer_free(&a);
    }
    devworld_stop(&w);
}

TEST(what_only_running_code_can_decide_is_delivered_in_both_ways) {
    static const char *const WAYS[] = {
        "if (mode === 'production') require('./p'); else require('./d');",
        "if (x && process.env.NODE_ENV === 'production') require('./d'); require('./p');",
        "if (process.env.NODE_ENV === mode) require('./p'); require('./d');",
        "const process = { env: {} };"
        " if (process.env.NODE_ENV === 'production') require('./p'); require('./d');",
        "if (process.env.NODE_ENV === 'production' || x) require('./p'); require('./d');",
        "if (process.env.NODE_ENV === 'production') require('./p'); require('./p'); "
        "require('./d');",
    };
    devworld w;
    devworld_start(&w);
    write(&w, "src/main.js", "import 'c';");
    write(&w, "node_modules/c/index.js", WAYS[0]);
    write(&w, "node_modules/c/p.js", "exports.p = 1;");
    write(&w, "node_modules/c/d.js", "exports.d = 1;");
    devworld_open(&w);
    for (size_t i = 0; i < sizeof WAYS / sizeof WAYS[0]; i++) {
        edit(&w, "node_modules/c/index.js", WAYS[i]);
        answer a;
        ask_main(&w, &a);
        if (!find(&a, "/node_modules/c/p.js") || !find(&a, "/node_modules/c/d.js")) {
            fail_msg("%s", WAYS[i]);
        }
        answer_free(&a);
    }
    devworld_stop(&w);
}

TEST(builtins_and_browser_maps_are_those_of_the_environment) {
    devworld w;
    devworld_start(&w);
    memfs_write(
        w.app.disk,
        "/app/rwgraph.json",
        "{\"environments\": {\"client\": {\"entries\": [\"src/main.js\"], \"onlyEntries\": true},"
        "\"ssr\": {\"onlyEntries\": true}, \"worker\": {\"entries\": [\"src/main.js\"],"
        "\"onlyEntries\": true}}}"
    );
    write(&w, "src/main.js", "import 'm';");
    write(
        &w,
        "node_modules/m/package.json",
        "{\"browser\": {\"./node.js\": \"./web.js\", \"fs\": false, \"./off.js\": false,"
        " \"swapped\": \"./web.js\"}}"
    );
    write(
        &w,
        "node_modules/m/index.js",
        "require('./node.js'); require('fs'); require('./off.js'); require('node:os');"
    );
    write(&w, "node_modules/m/node.js", "exports.node = 1;");
    write(&w, "node_modules/m/web.js", "exports.web = 1;");
    write(&w, "node_modules/m/off.js", "exports.off = 1;");
    devworld_open(&w);
    answer a;
    ask_main(&w, &a);
    static const char M[] = "/node_modules/m/index.js";
    assert_string_equal(required(&a, M, "./node.js"), key_of(&a, "/node_modules/m/web.js"));
    assert_string_equal(required(&a, M, "fs"), "client:virtual:rwgraph:empty@1");
    assert_string_equal(required(&a, M, "./off.js"), "client:virtual:rwgraph:empty@1");
    expect_form(&a, "virtual:rwgraph:empty", "json");
    expect_form(&a, "node:os", "missing");
    answer_free(&a);
    ask(&w, &(devworld_ask){.env = "worker", .entries = "[\"worker:/src/main.js\"]"}, &a);
    assert_string_equal(required(&a, M, "./node.js"), key_of(&a, "/node_modules/m/node.js"));
    expect_form(&a, "fs", "external");
    expect_form(&a, "node:os", "external");
    answer_free(&a);
    devworld_stop(&w);
}

TEST(json_styles_and_files_of_packages_are_modules) {
    devworld w;
    devworld_start(&w);
    write(&w, "src/main.js", "import 'p/data.json'; import 'p/style.css'; import 'p/image.png';");
    write(&w, "node_modules/p/index.js", "");
    write(&w, "node_modules/p/data.json", "{\"a\": [1]}");
    write(&w, "node_modules/p/style.css", ".a { color: red }");
    write(&w, "node_modules/p/image.png", "\x89PNG");
    devworld_open(&w);
    answer a;
    ask_main(&w, &a);
    expect_form(&a, "/node_modules/p/data.json", "json");
    assert_string_equal(text_of(&a, find(&a, "/node_modules/p/data.json"), "code"), "{\"a\": [1]}");
    expect_form(&a, "/node_modules/p/style.css", "esm");
    expect_form(&a, "/node_modules/p/image.png", "esm");
    const char *image = text_of(&a, find(&a, "/node_modules/p/image.png"), "code");
    assert_non_null(strstr(image, "\"/node_modules/p/image.png?v="));
    answer_free(&a);
    devworld_stop(&w);
}

/* --- keys --- */

static bool changes(devworld *w, const char *edited, const char *text, const char *module) {
    char *before = devworld_key(w, "client", module);
    edit(w, edited, text);
    char *after = devworld_key(w, "client", module);
    bool different = strcmp(before, after) != 0;
    free(before);
    free(after);
    return different;
}

TEST(a_key_changes_exactly_with_what_is_evaluated_before_it_and_with_where_it_links_to) {
    devworld w;
    devworld_start(&w);
    write(&w, "src/main.js", "import 'a'; import './own.js';");
    write(&w, "src/own.js", "export {};");
    write(&w, "node_modules/a/index.js", "require('./part.js'); require('b'); import('c');");
    write(&w, "node_modules/a/part.js", "exports.part = 1;");
    write(&w, "node_modules/b/index.js", "exports.b = 1;");
    write(&w, "node_modules/c/index.js", "exports.c = 1;");
    devworld_open(&w);
    static const char A[] = "node_modules/a/index.js";
    assert_true(changes(&w, "node_modules/a/part.js", "exports.part = 2;", A));
    assert_true(changes(&w, "node_modules/b/index.js", "exports.b = 2;", A));
    assert_false(changes(&w, "node_modules/c/index.js", "exports.c = 2;", A));
    assert_false(changes(&w, "src/own.js", "export const own = 1;", A));
    assert_false(changes(&w, "src/main.js", "import 'a'; import 'c';", A));
    assert_false(changes(&w, "node_modules/a/part.js", "exports.part = 2;", A)); /* same text */
    /* Another target of the same specifier. */
    assert_true(changes(&w, "node_modules/a/node_modules/b/index.js", "exports.b = 2;", A));
    devworld_stop(&w);
}

TEST(a_cycle_between_packages_changes_as_one) {
    devworld w;
    devworld_start(&w);
    write(&w, "src/main.js", "import 'a'; import 'user';");
    write(&w, "node_modules/a/index.js", "exports.b = require('b');");
    write(&w, "node_modules/b/index.js", "exports.a = require('a');");
    write(&w, "node_modules/user/index.js", "exports.user = 1;");
    devworld_open(&w);
    assert_true(changes(
        &w, "node_modules/b/index.js", "exports.x = require('a');", "node_modules/a/index.js"
    ));
    assert_true(changes(
        &w, "node_modules/a/index.js", "exports.x = require('b');", "node_modules/b/index.js"
    ));
    assert_false(changes(
        &w, "node_modules/a/index.js", "exports.y = require('b');", "node_modules/user/index.js"
    ));
    devworld_stop(&w);
}

TEST(the_state_module_has_no_version_whatever_changes) {
    devworld w;
    devworld_start(&w);
    write(&w, "src/main.js", "import 'rwsdk/__state'; import './a.js';");
    write(&w, "src/a.js", "import 'rwsdk/__state';");
    devworld_open(&w);
    for (int i = 0; i < 3; i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "import 'rwsdk/__state'; export const n = %d;", i);
        edit(&w, "src/a.js", text);
        answer a;
        ask_main(&w, &a);
        expect_form(&a, "virtual:rwsdk:__state", "pinned");
        assert_string_equal(imported(&a, "/src/main.js", 0), "pinned:virtual:rwsdk:__state");
        assert_string_equal(imported(&a, "/src/a.js", 0), "pinned:virtual:rwsdk:__state");
        answer_free(&a);
    }
    devworld_stop(&w);
}

/* --- chunks --- */

typedef struct chunk {
    char *text;
    uint32_t outside; /* modules of other packages that it imports the chunks of */
} chunk;

static void count_outside(void *payload, rwg_node node) {
    chunk *c = payload;
    assert_true(node.v);
    c->outside++;
}

static chunk chunk_of(devworld *w, const char *path) {
    chunk c = {.outside = 0};
    c.text = devworld_chunk(w, devworld_node(w, "client", path), count_outside, &c);
    return c;
}

TEST(a_chunk_has_the_modules_of_its_package_and_imports_the_chunks_of_others) {
    devworld w;
    devworld_start(&w);
    write(&w, "src/main.js", "import 'a';");
    write(&w, "node_modules/a/index.js", "require('./part.js'); require('b'); require('b/x.js');");
    write(&w, "node_modules/a/part.js", "require('b');");
    write(&w, "node_modules/b/index.js", "require('a');");
    write(&w, "node_modules/b/x.js", "exports.x = 1;");
    devworld_open(&w);
    chunk a = chunk_of(&w, "node_modules/a/index.js");
    assert_int_equal(a.outside, 2);
    assert_non_null(strstr(a.text, "\"id\":\"/node_modules/a/part.js\""));
    assert_null(strstr(a.text, "\"id\":\"/node_modules/b/index.js\""));
    assert_non_null(strstr(a.text, "import \"/@deps/client/node_modules/b/index.js?chunk&v="));
    chunk b = chunk_of(&w, "node_modules/b/index.js");
    assert_int_equal(b.outside, 1); /* the cycle between the two */
    free(a.text);
    free(b.text);
    devworld_stop(&w);
}

TEST(another_dependency_changes_no_byte_and_no_url_of_those_that_are_there) {
    devworld w;
    devworld_start(&w);
    write(&w, "src/main.js", "import 'a';");
    write(&w, "node_modules/a/index.js", "require('./part.js');");
    write(&w, "node_modules/a/part.js", "exports.part = 1;");
    write(&w, "node_modules/b/index.js", "require('a/part.js'); require('a');");
    devworld_open(&w);
    char *key = devworld_key(&w, "client", "node_modules/a/index.js");
    chunk before = chunk_of(&w, "node_modules/a/index.js");
    edit(&w, "src/main.js", "import 'b'; import 'a/part.js'; import 'a';");
    chunk after = chunk_of(&w, "node_modules/a/index.js");
    assert_string_equal(after.text, before.text);
    app_expect(devworld_key(&w, "client", "node_modules/a/index.js"), key);
    free(key);
    free(before.text);
    free(after.text);
    devworld_stop(&w);
}

/* --- incremental = from scratch --- */

enum {
    RANDOM_MODULES = 8,
    RANDOM_STEPS = 150
};

static uint32_t draw(uint32_t *seed, uint32_t below) {
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 12) % below;
}

/* Writes a module, a package's module or a package.json; what they import is random. */
static void edit_at_random(devworld *w, uint32_t *seed) {
    static const char *const FORMS[] = {
        "import './m%u.js';\n",
        "import * as n%1$u from './m%1$u.js'; console.log(n%1$u);\n",
        "export * from './m%u.js';\n",
        "import('./m%u.js');\n",
        "import t%1$u from './m%1$u.js?raw'; console.log(t%1$u);\n",
        "import d%1$u from 'p'; console.log(d%1$u);\n",
        "import { x as y%1$u } from 'p'; console.log(y%1$u);\n",
        "import './s%u.css';\n",
        "import 'nowhere%u';\n",
    };
    static const char *const PACKAGES[] = {"package.json", "src/package.json"};
    static const char *const TYPES[] = {"{\"type\": \"module\"}", "{}", "{\"type\": \"commonjs\"}"};
    static const char *const DEPENDENCY[] = {
        "exports.x = 1; exports.__esModule = true;",
        "export const x = 1; export default 2;",
        "globalThis.p = typeof module;",
        "module.exports = require('./other.js');",
    };
    char path[64];
    char text[512] = "";
    switch (draw(seed, 8)) {
    case 0: edit(w, PACKAGES[draw(seed, 2)], TYPES[draw(seed, 3)]); return;
    case 1: edit(w, "node_modules/p/package.json", TYPES[draw(seed, 3)]); return;
    case 2: edit(w, "node_modules/p/index.js", DEPENDENCY[draw(seed, 4)]); return;
    case 3:
        (void)snprintf(path, sizeof path, "src/s%u.css", draw(seed, RANDOM_MODULES));
        (void)snprintf(text, sizeof text, "a { width: %upx }", draw(seed, 3));
        edit(w, path, text);
        return;
    default: break;
    }
    uint32_t module = draw(seed, RANDOM_MODULES);
    (void)snprintf(path, sizeof path, module ? "src/m%u.js" : "src/main.js", module);
    size_t len = 0;
    if (module != 0 && draw(seed, 6) == 0) {
        len = (size_t)snprintf(text, sizeof text, "'use client';\n");
    }
    for (uint32_t i = draw(seed, 4); i > 0; i--) {
        const char *form = FORMS[draw(seed, sizeof FORMS / sizeof FORMS[0])];
        uint32_t target = 1 + draw(seed, RANDOM_MODULES - 1);
        len += (size_t)snprintf(text + len, sizeof text - len, form, target);
    }
    (void)snprintf(text + len, sizeof text - len, "export const n%u = %u;\n", module, module);
    edit(w, path, text);
}

/* The answer without its generation, which a new server counts anew. */
static char *closure_of_main(devworld *w) {
    char *text = devworld_closure(w, &(devworld_ask){.entries = MAIN});
    char *roots = strstr(text, "\"roots\"");
    assert_non_null(roots);
    char *copy = strdup(roots);
    free(text);
    return copy;
}

TEST(what_a_server_answers_after_random_edits_is_what_a_new_one_answers) {
    for (uint32_t start = 1; start <= 3; start++) {
        uint32_t seed = start;
        devworld w;
        devworld_start(&w);
        write(&w, "package.json", "{}");
        write(&w, "src/main.js", "import './m1.js'; import d from 'p'; console.log(d);");
        write(&w, "src/m1.js", "import './m2.js';");
        write(&w, "node_modules/p/package.json", "{}");
        write(&w, "node_modules/p/index.js", "exports.x = 1;");
        write(&w, "node_modules/p/other.js", "exports.x = 2;");
        devworld_open(&w);
        for (uint32_t i = 0; i < RANDOM_STEPS; i++) {
            edit_at_random(&w, &seed);
            if (i % 3 > 0) {
                free(closure_of_main(&w)); // or nobody asks for this generation
            }
            if (i % 5 == 0) {
                char *mine = closure_of_main(&w);
                devworld_reopen(&w, i % 2 == 0);
                char *fresh = closure_of_main(&w);
                assert_string_equal(mine, fresh);
                free(mine);
                free(fresh);
            }
        }
        devworld_stop(&w);
    }
}
