// Packages: exports and imports maps, main fields, browser maps, builtins, aliases, externals.
#include "test_resolve_world.h"

#include <stdio.h>
#include <string.h>

static void package(world *w, const char *path, const char *json) {
    memfs_write(w->disk, path, json);
}

static void file(world *w, const char *path) {
    memfs_write(w->disk, path, "");
}

TEST(each_environment_takes_its_own_condition) {
    world w; // B4
    world_init(&w);
    package(
        &w,
        "/app/node_modules/lib/package.json",
        "{\"exports\": {\"react-server\": \"./server.js\", \"browser\": \"./browser.js\","
        " \"default\": \"./default.js\"}}"
    );
    file(&w, "/app/node_modules/lib/server.js");
    file(&w, "/app/node_modules/lib/browser.js");
    file(&w, "/app/node_modules/lib/default.js");
    expect_file(&w, CLIENT, "lib", "/app/node_modules/lib/browser.js");
    expect_file(&w, SSR, "lib", "/app/node_modules/lib/browser.js");
    expect_file(&w, WORKER, "lib", "/app/node_modules/lib/server.js");
    world_free(&w);
}

TEST(import_and_require_of_one_file_take_their_own_conditions) {
    world w;
    world_init(&w);
    package(
        &w,
        "/app/node_modules/dual/package.json",
        "{\"exports\": {\"import\": \"./m.mjs\", \"require\": \"./c.cjs\"}}"
    );
    file(&w, "/app/node_modules/dual/m.mjs");
    file(&w, "/app/node_modules/dual/c.cjs");
    expect_file(&w, WORKER, "dual", "/app/node_modules/dual/m.mjs");
    expect_required(&w, WORKER, "dual", "/app/node_modules/dual/c.cjs");
    world_free(&w);
}

TEST(exports_are_matched_as_node_does) {
    world w;
    world_init(&w);
    package(
        &w,
        "/app/node_modules/e/package.json",
        "{\"name\": \"e\", \"exports\": {"
        "\".\": [{\"never\": \"./no.js\"}, null, \"../bad.js\", \"./array.js\"],"
        "\"./nested\": {\"node\": {\"import\": \"./ni.js\"}, \"default\": \"./nd.js\"},"
        "\"./none\": {\"never\": \"./no.js\"},"
        "\"./f/*\": \"./src/*.js\", \"./f/*.js\": \"./js/*.js\", \"./f/private/*\": null,"
        "\"./f/a*\": \"./as/*.js\", \"./twice/*\": \"./t/*/*.js\","
        "\"./old/\": \"./legacy/\", \"./up\": \"./../x.js\", \"./nm\": \"./node_modules/x.js\","
        "\"./number\": 1, \"./index\": {\"0\": \"./no.js\"}, \"./empty\": []}}"
    );
    static const char *const FILES[] = {
        "array.js",
        "ni.js",
        "nd.js",
        "src/x.js",
        "src/x/y.js",
        "src/private.js",
        "js/x.js",
        "as/b.js",
        "t/q/q.js",
        "legacy/z.js",
        "src/private/p.js"};
    char path[128];
    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
        snprintf(path, sizeof path, "/app/node_modules/e/%s", FILES[i]);
        file(&w, path);
    }
    expect_file(&w, WORKER, "e", "/app/node_modules/e/array.js");
    expect_file(&w, WORKER, "e/nested", "/app/node_modules/e/ni.js");
    expect_required(&w, WORKER, "e/nested", "/app/node_modules/e/nd.js");
    expect_file(&w, CLIENT, "e/nested", "/app/node_modules/e/nd.js");
    expect_file(&w, WORKER, "e/f/x", "/app/node_modules/e/src/x.js");
    expect_file(&w, WORKER, "e/f/x/y", "/app/node_modules/e/src/x/y.js");
    expect_file(&w, WORKER, "e/f/x.js", "/app/node_modules/e/js/x.js");
    expect_file(&w, WORKER, "e/f/ab", "/app/node_modules/e/as/b.js");
    expect_file(&w, WORKER, "e/twice/q", "/app/node_modules/e/t/q/q.js");
    expect_file(&w, WORKER, "e/old/z.js", "/app/node_modules/e/legacy/z.js");
    expect_missing(&w, WORKER, "e/f/private/p", RWG_DIAG_SUBPATH_NOT_EXPORTED, "on purpose", NULL);
    expect_missing(
        &w, WORKER, "e/none", RWG_DIAG_SUBPATH_NOT_EXPORTED, "under the conditions", NULL
    );
    expect_missing(
        &w, WORKER, "e/src/x.js", RWG_DIAG_SUBPATH_NOT_EXPORTED, "./src/x.js", "./nested"
    );
    expect_missing(&w, WORKER, "e/f/", RWG_DIAG_SUBPATH_NOT_EXPORTED, NULL, NULL);
    expect_missing(&w, WORKER, "e/up", RWG_DIAG_BAD_PACKAGE_JSON, "./../x.js", NULL);
    expect_missing(&w, WORKER, "e/nm", RWG_DIAG_BAD_PACKAGE_JSON, "node_modules", NULL);
    expect_missing(&w, WORKER, "e/number", RWG_DIAG_BAD_PACKAGE_JSON, NULL, NULL);
    expect_missing(&w, WORKER, "e/index", RWG_DIAG_BAD_PACKAGE_JSON, "mixes keys", NULL);
    expect_missing(&w, WORKER, "e/empty", RWG_DIAG_SUBPATH_NOT_EXPORTED, NULL, NULL);
    expect_missing(&w, WORKER, "e/f/../x", RWG_DIAG_BAD_SPECIFIER, "leaves the package", NULL);
    expect_missing(&w, WORKER, "e/f/%2e%2E/x", RWG_DIAG_BAD_SPECIFIER, "leaves the package", NULL);
    world_free(&w);
}

TEST(deep_conditions_are_walked_without_recursion) {
    world w;
    world_init(&w);
    static char json[8192];
    size_t len = (size_t)snprintf(json, sizeof json, "{\"exports\": ");
    for (int i = 0; i < 100; i++) {
        len +=
            (size_t)snprintf(json + len, sizeof json - len, "{\"x\": \"./x.js\", \"default\": [");
    }
    len += (size_t)snprintf(json + len, sizeof json - len, "\"./deep.js\"");
    for (int i = 0; i < 100; i++) {
        len += (size_t)snprintf(json + len, sizeof json - len, "]}");
    }
    snprintf(json + len, sizeof json - len, "}");
    package(&w, "/app/node_modules/deep/package.json", json);
    file(&w, "/app/node_modules/deep/deep.js");
    expect_file(&w, CLIENT, "deep", "/app/node_modules/deep/deep.js");
    world_free(&w);
}

TEST(imports_lead_into_the_package_and_to_other_packages) {
    world w;
    world_init(&w);
    package(
        &w,
        "/app/package.json",
        "{\"name\": \"app\", \"exports\": {\"./pub\": \"./src/pub.ts\"}, \"imports\": {"
        "\"#lib/*\": \"./lib/*.js\", \"#dep\": {\"browser\": \"shim\", \"default\": \"real/x\"},"
        "\"#node\": \"node:fs\", \"#self\": \"app/pub\", \"#bad\": \"../x\"}}"
    );
    file(&w, "/app/lib/a.js");
    file(&w, "/app/src/pub.ts");
    file(&w, "/app/node_modules/shim/index.js");
    file(&w, "/app/node_modules/real/x.js");
    expect_file(&w, CLIENT, "#lib/a", "/app/lib/a.js");
    expect_file(&w, CLIENT, "#dep", "/app/node_modules/shim/index.js");
    expect_file(&w, WORKER, "#dep", "/app/node_modules/real/x.js");
    const rwg_resolution *node = world_ask(&w, WORKER, "#node", RWG_SITE_IMPORT);
    assert_int_equal(node->outcome, RWG_OUTCOME_BUILTIN);
    assert_memory_equal(node->path.ptr, "node:fs", 7);
    expect_file(&w, CLIENT, "app/pub", "/app/src/pub.ts");
    expect_missing(&w, CLIENT, "#none", RWG_DIAG_SUBPATH_NOT_EXPORTED, "#none", "#dep");
    expect_missing(&w, CLIENT, "#bad", RWG_DIAG_BAD_PACKAGE_JSON, "../x", NULL);
    expect_missing(&w, CLIENT, "#", RWG_DIAG_BAD_SPECIFIER, NULL, NULL);
    world_free(&w);
}

TEST(main_fields_are_taken_in_the_environments_order) {
    world w;
    world_init(&w);
    package(
        &w,
        "/app/node_modules/m/package.json",
        "{\"browser\": \"b.js\", \"module\": \"m.js\", \"main\": \"c.js\"}"
    );
    file(&w, "/app/node_modules/m/b.js");
    file(&w, "/app/node_modules/m/m.js");
    file(&w, "/app/node_modules/m/c.js");
    expect_file(&w, CLIENT, "m", "/app/node_modules/m/b.js");
    expect_file(&w, WORKER, "m", "/app/node_modules/m/m.js");
    world_free(&w);
}

TEST(a_browser_map_replaces_and_ignores_in_environments_that_honour_it) {
    world w;
    world_init(&w);
    package(
        &w,
        "/app/node_modules/b/package.json",
        "{\"main\": \"./lib/index.js\", \"browser\": {\"./lib/index.js\": \"./web.js\","
        "\"fs\": false, \"ws\": \"./ws.js\", \"./lib/node\": false, \"./same.js\": \"./same.js\"}}"
    );
    file(&w, "/app/node_modules/b/lib/index.js");
    file(&w, "/app/node_modules/b/web.js");
    file(&w, "/app/node_modules/b/ws.js");
    file(&w, "/app/node_modules/b/same.js");
    file(&w, "/app/node_modules/b/lib/node.js");
    file(&w, "/app/node_modules/ws/index.js");
    expect_file(&w, CLIENT, "b", "/app/node_modules/b/web.js");
    expect_file(&w, WORKER, "b", "/app/node_modules/b/lib/index.js");
    w.from = "/app/node_modules/b/lib/index.js";
    expect_kept(&w, CLIENT, "fs", RWG_OUTCOME_IGNORED);
    expect_kept(&w, WORKER, "fs", RWG_OUTCOME_BUILTIN);
    expect_file(&w, CLIENT, "ws", "/app/node_modules/b/ws.js");
    expect_file(&w, WORKER, "ws", "/app/node_modules/ws/index.js");
    expect_kept(&w, CLIENT, "./node", RWG_OUTCOME_IGNORED);
    expect_file(&w, WORKER, "./node", "/app/node_modules/b/lib/node.js");
    expect_file(&w, CLIENT, "../same", "/app/node_modules/b/same.js");
    world_free(&w);
}

TEST(browser_maps_that_lead_in_a_circle_end) {
    world w;
    world_init(&w);
    package(&w, "/app/package.json", "{\"browser\": {\"a\": \"b\", \"b\": \"a\"}}");
    expect_missing(&w, CLIENT, "a", RWG_DIAG_BAD_SPECIFIER, "without end", NULL);
    world_free(&w);
}

TEST(builtins_are_known_by_name_and_by_scheme) {
    world w; // B7
    world_init(&w);
    file(&w, "/app/node_modules/buffer/index.js");
    file(&w, "/app/node_modules/fs-extra/index.js");
    expect_kept(&w, WORKER, "node:fs", RWG_OUTCOME_BUILTIN);
    expect_kept(&w, WORKER, "node:sqlite", RWG_OUTCOME_BUILTIN);
    expect_kept(&w, WORKER, "fs/promises", RWG_OUTCOME_BUILTIN);
    expect_kept(&w, SSR, "cloudflare:workers", RWG_OUTCOME_BUILTIN);
    expect_kept(&w, WORKER, "buffer", RWG_OUTCOME_BUILTIN);
    expect_file(&w, WORKER, "buffer/", "/app/node_modules/buffer/index.js");
    expect_file(&w, CLIENT, "buffer", "/app/node_modules/buffer/index.js");
    expect_file(&w, WORKER, "fs-extra", "/app/node_modules/fs-extra/index.js");
    expect_missing(&w, CLIENT, "fs", RWG_DIAG_WRONG_ENVIRONMENT, "module of Node", NULL);
    expect_missing(&w, CLIENT, "node:fs", RWG_DIAG_WRONG_ENVIRONMENT, "module of Node", NULL);
    expect_missing(
        &w, CLIENT, "cloudflare:workers", RWG_DIAG_BAD_SPECIFIER, NULL, "\"cloudflare:\""
    );
    world_free(&w);
}

TEST(aliases_match_whole_names_the_longest_first) {
    world w;
    world_init(&w);
    static const rwg_alias ALIASES[] = {
        {{"@", 1}, {"/app/src", 8}},
        {{"@/ui", 4}, {"./lib/ui", 8}},
        {{"react", 5}, {"preact", 6}},
        {{"preact", 6}, {"preact/compat", 13}},
        {{"gone", 4}, {NULL, 0}},
        {{"round", 5}, {"about", 5}},
        {{"about", 5}, {"round", 5}},
    };
    w.envs[0].aliases = ALIASES;
    w.envs[0].alias_count = 7;
    file(&w, "/app/src/a.ts");
    file(&w, "/app/lib/ui/b.ts");
    file(&w, "/app/node_modules/preact/compat.js");
    file(&w, "/app/node_modules/reactive/index.js");
    file(&w, "/app/node_modules/react/index.js");
    expect_file(&w, CLIENT, "@/a", "/app/src/a.ts");
    expect_file(&w, CLIENT, "@/ui/b", "/app/lib/ui/b.ts");
    expect_file(&w, CLIENT, "react", "/app/node_modules/preact/compat.js");
    expect_file(&w, CLIENT, "reactive", "/app/node_modules/reactive/index.js");
    expect_file(&w, SSR, "react", "/app/node_modules/react/index.js");
    expect_kept(&w, CLIENT, "gone", RWG_OUTCOME_IGNORED);
    expect_kept(&w, CLIENT, "gone/x", RWG_OUTCOME_IGNORED);
    expect_missing(&w, CLIENT, "round", RWG_DIAG_BAD_SPECIFIER, "without end", NULL);
    world_free(&w);
}

TEST(pinned_and_external_specifiers_are_left_as_they_are) {
    world w;
    world_init(&w);
    static const rwg_str PINNED[] = {{"rwsdk/__state", 13}, {"virtual:rwsdk:state:*", 21}};
    static const rwg_str EXTERNALS[] = {{"react", 5}, {"@s/p", 4}};
    w.config.pinned = (rwg_str_list){PINNED, 2};
    w.envs[0].externals = (rwg_str_list){EXTERNALS, 2};
    file(&w, "/app/node_modules/react/index.js");
    expect_kept(&w, CLIENT, "rwsdk/__state", RWG_OUTCOME_PINNED);
    expect_kept(&w, WORKER, "virtual:rwsdk:state:x", RWG_OUTCOME_PINNED);
    expect_kept(&w, CLIENT, "react", RWG_OUTCOME_EXTERNAL);
    expect_kept(&w, CLIENT, "react/jsx-runtime", RWG_OUTCOME_EXTERNAL);
    expect_kept(&w, CLIENT, "@s/p/x", RWG_OUTCOME_EXTERNAL);
    expect_file(&w, WORKER, "react", "/app/node_modules/react/index.js");
    world_free(&w);
}

TEST(a_package_that_is_not_installed_is_told_from_a_misspelt_one) {
    world w;
    world_init(&w);
    file(&w, "/app/node_modules/react-dom/index.js");
    file(&w, "/app/node_modules/@mui/material/index.js");
    expect_missing(
        &w,
        CLIENT,
        "svelte",
        RWG_DIAG_PACKAGE_NOT_INSTALLED,
        "any node_modules at or above .",
        "install it"
    );
    expect_missing(&w, CLIENT, "react-dmo", RWG_DIAG_PACKAGE_NOT_INSTALLED, NULL, "react-dom?");
    expect_missing(
        &w, CLIENT, "@mui/materail", RWG_DIAG_PACKAGE_NOT_INSTALLED, NULL, "@mui/material?"
    );
    expect_missing(&w, CLIENT, "react-dom/clinet", RWG_DIAG_FILE_NOT_FOUND, "is installed", NULL);
    world_free(&w);
}

TEST(a_broken_package_json_is_named) {
    world w;
    world_init(&w);
    package(&w, "/app/node_modules/x/package.json", "{ \"main\": ");
    file(&w, "/app/node_modules/x/index.js");
    expect_missing(&w, CLIENT, "x", RWG_DIAG_BAD_PACKAGE_JSON, "node_modules/x/package.json", NULL);
    world_free(&w);
}

TEST(a_file_knows_its_package) {
    world w;
    world_init(&w);
    package(&w, "/app/node_modules/n/package.json", "{\"name\": \"n\", \"main\": \"esm/a.js\"}");
    package(&w, "/app/node_modules/n/esm/package.json", "{\"type\": \"module\"}");
    file(&w, "/app/node_modules/n/esm/a.js");
    const rwg_resolution *n = world_ask(&w, CLIENT, "n", RWG_SITE_IMPORT);
    assert_true(n->dependency);
    assert_int_equal(n->package.len, 1);
    assert_int_equal(n->package_root.len, strlen("/app/node_modules/n"));
    world_free(&w);
}

TEST(a_file_is_an_es_module_by_its_name_or_by_the_nearest_package_json) {
    static const struct {
        const char *file;
        bool is_module;
    } FILES[] = {
        {"/app/node_modules/m/index.js", true},
        {"/app/node_modules/m/deep/er/index.js", true},
        {"/app/node_modules/m/index.cjs", false},
        {"/app/node_modules/m/index.cts", false},
        {"/app/node_modules/m/index.ts", true},
        {"/app/node_modules/m/cjs/index.js", false}, /* a package.json of its own, without "type" */
        {"/app/node_modules/c/index.js", false},
        {"/app/node_modules/c/index.mjs", true},
        {"/app/node_modules/c/index.mts", true},
        {"/app/node_modules/c/esm/index.js", true},
        {"/app/node_modules/lone/index.js", false}, /* nothing above counts in node_modules */
    };

    world w;
    world_init(&w);
    package(&w, "/app/package.json", "{\"type\": \"module\"}");
    package(&w, "/app/node_modules/m/package.json", "{\"name\": \"m\", \"type\": \"module\"}");
    package(&w, "/app/node_modules/m/cjs/package.json", "{}");
    package(&w, "/app/node_modules/c/package.json", "{\"name\": \"c\", \"type\": \"commonjs\"}");
    package(&w, "/app/node_modules/c/esm/package.json", "{\"type\": \"module\"}");
    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
        file(&w, FILES[i].file);
    }
    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
        bool is_module = rwg_resolver_is_module(
            world_resolver(&w), (rwg_str){FILES[i].file, (uint32_t)strlen(FILES[i].file)}
        );
        if (is_module != FILES[i].is_module) {
            fail_msg("%s", FILES[i].file);
        }
    }
    package(&w, "/app/node_modules/c/package.json", "{\"name\": \"c\", \"type\": \"module\"}");
    rwg_str changed = RWG_STR("/app/node_modules/c/package.json");
    rwg_resolver_forget(world_resolver(&w), &changed, 1);
    assert_true(rwg_resolver_is_module(world_resolver(&w), RWG_STR("/app/node_modules/c/index.js"))
    );
    world_free(&w);
}
