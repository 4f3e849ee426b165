/* Keys: which edit gives which modules a new instance. */
#include "app.h"
#include "base/hash.h"
#include "link/view.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static rwg__mem memory;

static rwb__view *view_of(const app *a) {
    rwg__mem_init(&memory, NULL, 0);
    return rwb__view_new(
        &memory,
        &(rwb__view_input){
            .graph = a->graph,
            .config = rwg_project_config(a->project),
            .root = rwg_project_root(a->project),
        }
    );
}

static char *text_of(
    const app *a,
    const char *path,
    const char *env,
    void (*name)(const rwb__view *, rwg_node, rwg__buf *)
) {
    rwb__view *view = view_of(a);
    rwg__buf out;
    rwg__buf_init(&out, &memory);
    rwg_node node = app_node(a, path, env);
    assert_true(node.v);
    name(view, node, &out);
    rwg__buf_char(&out, '\0');
    char *copy = strdup(out.bytes.ptr);
    rwg__buf_deinit(&out);
    rwb__view_release(view);
    return copy;
}

static char *key_of(const app *a, const char *path, const char *env) {
    return text_of(a, path, env, rwb__view_key);
}

/* Whether the key of a module is another one after the edit. */
static bool key_changes(app *a, const char *edited, const char *text, const char *module) {
    char *before = key_of(a, module, "worker");
    app_edit(a, edited, text);
    char *after = key_of(a, module, "worker");
    bool changes = strcmp(before, after) != 0;
    free(before);
    free(after);
    return changes;
}

static void write_app(app *a) {
    memfs_write(
        a->disk,
        "/app/rwgraph.json",
        "{\"environments\": {\"client\": {\"entries\": [\"src/client.ts\"], \"onlyEntries\": true},"
        "\"ssr\": {\"onlyEntries\": true}, \"worker\": {\"entries\": [\"src/worker.ts\"]}}}"
    );
    memfs_write(
        a->disk,
        "/app/src/worker.ts",
        "import './page'; import './lone'; import 'rwsdk/__state'; import('./late');"
    );
    memfs_write(
        a->disk, "/app/src/page.ts", "import {Button} from './button'; export const p = Button;"
    );
    memfs_write(
        a->disk, "/app/src/button.ts", "'use client'; import './text'; export const Button = 1;"
    );
    memfs_write(a->disk, "/app/src/text.ts", "export const text = 1;");
    memfs_write(a->disk, "/app/src/lone.ts", "export const lone = 1;");
    memfs_write(a->disk, "/app/src/late.ts", "export const late = 1;");
    memfs_write(a->disk, "/app/src/client.ts", "import './button';");
}

TEST(an_id_is_the_path_from_the_root_with_its_environment_in_front) {
    app a;
    app_start(&a);
    write_app(&a);
    app_open(&a);
    app_expect(text_of(&a, "src/text.ts", "ssr", rwb__view_qualified), "ssr:/src/text.ts");
    rwb__view *view = view_of(&a);
    assert_int_equal(
        rwb__view_find_qualified(view, RWG_STR("ssr:/src/text.ts?raw")).v,
        app_node(&a, "src/text.ts", "ssr").v
    );
    assert_int_equal(rwb__view_find_qualified(view, RWG_STR("nowhere:/src/text.ts")).v, 0);
    rwb__view_release(view);
    app_stop(&a);
}

TEST(an_edit_gives_new_keys_to_what_evaluates_it_and_to_nothing_else) {
    app a;
    app_start(&a);
    write_app(&a);
    app_open(&a);
    char *lone = key_of(&a, "src/lone.ts", "worker");
    assert_true(key_changes(&a, "/app/src/page.ts", "export const p = 2;", "src/worker.ts"));
    app_expect(key_of(&a, "src/lone.ts", "worker"), lone);
    free(lone);
    app_stop(&a);
}

TEST(a_client_module_that_ssr_evaluates_is_part_of_the_key_of_its_stub) {
    app a;
    app_start(&a);
    write_app(&a);
    app_open(&a);
    assert_true(key_changes(&a, "/app/src/text.ts", "export const text = 2;", "src/button.ts"));
    app_stop(&a);
}

TEST(what_is_imported_later_counts_by_its_id_alone) {
    app a;
    app_start(&a);
    write_app(&a);
    app_open(&a);
    assert_false(key_changes(&a, "/app/src/late.ts", "export const late = 2;", "src/worker.ts"));
    app_stop(&a);
}

TEST(members_of_a_cycle_change_together_and_differ_from_each_other) {
    app a;
    app_start(&a);
    write_app(&a);
    memfs_write(a.disk, "/app/src/page.ts", "import './lone'; export const p = 1;");
    memfs_write(a.disk, "/app/src/lone.ts", "import './page'; export const lone = 1;");
    app_open(&a);
    char *page = key_of(&a, "src/page.ts", "worker");
    char *lone = key_of(&a, "src/lone.ts", "worker");
    assert_string_not_equal(strchr(page, '@'), strchr(lone, '@'));
    free(page);
    free(lone);
    assert_true(key_changes(
        &a, "/app/src/lone.ts", "import './page'; export const lone = 2;", "src/page.ts"
    ));
    app_stop(&a);
}

TEST(keys_are_equal_in_another_process_and_another_order_of_discovery) {
    app a;
    app_start(&a);
    write_app(&a);
    app_open(&a);
    char *before = key_of(&a, "src/worker.ts", "worker");
    app_edit(&a, "/app/src/lone.ts", "import './text'; export const lone = 1;");
    app_edit(&a, "/app/src/lone.ts", "export const lone = 1;");
    app_expect(key_of(&a, "src/worker.ts", "worker"), before);
    app_reopen(&a);
    app_expect(key_of(&a, "src/worker.ts", "worker"), before);
    free(before);
    app_stop(&a);
}

/* --- keys from generation to generation --- */

/* A chain of generations over one project, as a server makes it. */
typedef struct history {
    app a;
    rwg_resolver *resolver;
    rwb__view *view; /* the newest */
} history;

static rwb__view *next_of(history *h, rwb__view *previous, const rwg_str *package) {
    return rwb__view_new(
        &memory,
        &(rwb__view_input){
            .graph = h->a.graph,
            .config = rwg_project_config(h->a.project),
            .root = rwg_project_root(h->a.project),
            .previous = previous,
            .resolver = h->resolver,
            .packages = package,
            .package_count = package ? 1 : 0,
        }
    );
}

static void history_open(history *h) {
    rwg_error err = {0};
    app_open(&h->a);
    rwg__mem_init(&memory, NULL, 0);
    const rwg_config *config = rwg_project_config(h->a.project);
    rwg_status status = rwg_resolver_new(&h->a.fs, RWG_STR("/app"), config, &h->resolver, &err);
    assert_int_equal(status, RWG_OK);
    h->view = next_of(h, NULL, NULL);
}

static void history_close(history *h) {
    rwb__view_release(h->view);
    rwg_resolver_free(h->resolver);
    app_stop(&h->a);
}

/* Behind a change of this file on the disk that the project was told of. Returns the view before.
 */
static rwb__view *history_step(history *h, const char *path) {
    rwg_str changed = {path, (uint32_t)strlen(path)};
    rwg_resolver_forget(h->resolver, &changed, 1);
    rwb__view *was = h->view;
    h->view = next_of(h, was, strstr(path, "/package.json") ? &changed : NULL);
    return was;
}

static rwb__view *history_edit(history *h, const char *path, const char *text) {
    app_edit(&h->a, path, text);
    return history_step(h, path);
}

static bool same_key(const history *h, const rwb__view *was, const char *path) {
    rwg_node node = app_node(&h->a, path, "worker");
    assert_true(node.v);
    return rwg__hash_equal(rwb__view_hash(was, node), rwb__view_hash(h->view, node));
}

TEST(the_type_of_a_package_is_part_of_the_keys_of_its_scripts_and_of_no_others) {
    history h;
    app_start(&h.a);
    memfs *disk = h.a.disk;
    memfs_write(
        disk,
        "/app/rwgraph.json",
        "{\"environments\": {\"worker\": {\"entries\": [\"src/a.ts\", \"src/lone.ts\"], "
        "\"onlyEntries\": true}}}"
    );
    memfs_write(disk, "/app/package.json", "{\"type\": \"module\"}");
    memfs_write(disk, "/app/src/a.ts", "import './sub/b'; import './c';");
    memfs_write(disk, "/app/src/c.ts", "export const c = 1;");
    memfs_write(disk, "/app/src/lone.ts", "import './sub/e.mjs';");
    memfs_write(disk, "/app/src/sub/package.json", "{\"name\": \"sub\"}");
    memfs_write(disk, "/app/src/sub/b.ts", "import './d'; import './data.json';");
    memfs_write(disk, "/app/src/sub/data.json", "{}");
    memfs_write(disk, "/app/src/sub/d.ts", "export const d = 1;");
    memfs_write(disk, "/app/src/sub/e.mjs", "export const e = 1;");
    history_open(&h);
    rwb__view *first = h.view;
    rwg_node d = app_node(&h.a, "src/sub/d.ts", "worker");
    assert_false(rwb__view_is_module(first, d));
    assert_true(rwb__view_is_module(first, app_node(&h.a, "src/sub/e.mjs", "worker")));

    rwb__view *was = history_edit(&h, "/app/src/sub/package.json", "{\"type\": \"module\"}");
    assert_true(rwb__view_number(h.view) > rwb__view_number(was));
    assert_true(rwb__view_is_module(h.view, d));
    assert_false(rwb__view_is_module(was, d)); // an older generation stays what it was
    assert_true(rwb__view_is_retyped(h.view, was, d));
    assert_false(same_key(&h, was, "src/sub/b.ts"));
    assert_false(same_key(&h, was, "src/sub/d.ts"));
    assert_false(same_key(&h, was, "src/a.ts")); // it evaluates them
    assert_true(same_key(&h, was, "src/c.ts"));
    assert_true(same_key(&h, was, "src/lone.ts"));
    assert_true(same_key(&h, was, "src/sub/e.mjs"));
    assert_true(same_key(&h, was, "src/sub/data.json"));

    rwb__view *second = history_edit(&h, "/app/src/sub/package.json", "{\"version\": \"2.0.0\"}");
    assert_true(same_key(&h, first, "src/a.ts"));
    assert_false(same_key(&h, second, "src/a.ts"));
    rwb__view_release(first);
    rwb__view_release(second);
    history_close(&h);
}

enum {
    MODULES = 9
};

static uint32_t draw(uint32_t *seed, uint32_t below) {
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 12) % below;
}

/* Modules are in two folders; some are scripts, some JSON. */
static void path_of(uint32_t module, char path[32]) {
    (void)snprintf(
        path,
        32,
        "/app/src/%sm%u.%s",
        module % 2 ? "odd/" : "",
        module,
        module == MODULES - 1 ? "json" : "ts"
    );
}

/* Writes or deletes one of the modules, whose imports are random: cycles come and go, and what was
 * imported as code is for its text alone. */
static const char *edit_module(app *a, uint32_t *seed, char path[32]) {
    static const char *const FORMS[] = {
        "import '%sm%u';",
        "import('%sm%u');",
        "export * from '%sm%u';",
        "import t%2$u from '%1$sm%2$u.ts?raw';",
        "import '%sm%u.json';",
        "import '@odd/%.0sm%u';",
    };
    uint32_t module = draw(seed, MODULES);
    char text[512] = "";
    path_of(module, path);
    uint32_t kind = draw(seed, 8);
    if (kind == 0 && module != 0) {
        memfs_write(a->disk, path, ""); // it may not be there
        app_delete(a, path);
        return path;
    }
    size_t len = (size_t)snprintf(text, sizeof text, "%s", kind == 1 ? "'use client';" : "");
    for (uint32_t i = draw(seed, 4); i > 0; i--) {
        uint32_t target = draw(seed, MODULES);
        const char *form = FORMS[draw(seed, sizeof FORMS / sizeof FORMS[0])];
        const char *way = target % 2 == module % 2 ? "./" : target % 2 ? "./odd/" : "../";
        len += (size_t)snprintf(text + len, sizeof text - len, form, way, target);
    }
    if (draw(seed, 4) == 0) {
        len += (size_t)snprintf(text + len, sizeof text - len, "import 'pinned-state';");
    }
    (void)snprintf(text + len, sizeof text - len, "export const n = %u;", draw(seed, 3));
    app_edit(a, path, module == MODULES - 1 ? "{}" : text);
    return path;
}

static const char *edit_at_random(app *a, uint32_t *seed, char path[32]) {
    static const char *const PACKAGES[] = {
        "/app/package.json", "/app/src/package.json", "/app/src/odd/package.json"};
    static const char *const TYPES[] = {
        "{\"type\": \"module\"}", "{\"type\": \"commonjs\"}", "{\"name\": \"x\"}", "{"};
    static const char *const PATHS[] = {
        "{\"compilerOptions\": {\"paths\": {\"@odd/*\": [\"./src/odd/*\"], "
        "\"pinned-state\": [\"./src/state.ts\"]}}}",
        "{\"compilerOptions\": {\"paths\": {\"@odd/*\": [\"./src/*\"]}}}",
        "{}",
    };
    uint32_t kind = draw(seed, 8);
    if (kind == 0) {
        app_edit(a, "/app/tsconfig.json", PATHS[draw(seed, 3)]);
        return "/app/tsconfig.json";
    }
    if (kind == 1) {
        static const char *const STATE = "/app/src/state.ts";
        app_edit(a, STATE, draw(seed, 2) ? "export const s = 1;" : "import './m1';");
        return STATE;
    }
    if (kind > 3) {
        return edit_module(a, seed, path);
    }
    const char *package = PACKAGES[draw(seed, 3)];
    uint32_t type = draw(seed, 5);
    if (type < 4) {
        app_edit(a, package, TYPES[type]);
    } else {
        memfs_write(a->disk, package, "");
        app_delete(a, package);
    }
    return package;
}

/* The newest view is the one that a server which starts now would make. */
static void check_from_scratch(history *h) {
    rwg_resolver *kept = h->resolver;
    rwg_error err = {0};
    const rwg_config *config = rwg_project_config(h->a.project);
    rwg_status status = rwg_resolver_new(&h->a.fs, RWG_STR("/app"), config, &h->resolver, &err);
    assert_int_equal(status, RWG_OK);
    rwb__view *alone = next_of(h, NULL, NULL);
    for (uint32_t n = 1; n <= rwg_graph_node_max(h->a.graph); n++) {
        rwg_hash expected = rwb__view_hash(alone, (rwg_node){n});
        rwg_hash hash = rwb__view_hash(h->view, (rwg_node){n});
        assert_memory_equal(&hash, &expected, sizeof hash);
        if (rwg_graph_is_live(h->a.graph, (rwg_node){n})) {
            bool is_module = rwb__view_is_module(h->view, (rwg_node){n});
            assert_int_equal(is_module, rwb__view_is_module(alone, (rwg_node){n}));
        }
    }
    for (uint32_t e = 1; e <= rwg_graph_env_count(h->a.graph); e++) {
        rwg_hash expected = rwb__view_env_hash(alone, (rwg_env){e});
        rwg_hash hash = rwb__view_env_hash(h->view, (rwg_env){e});
        assert_memory_equal(&hash, &expected, sizeof hash);
    }
    rwb__view_release(alone);
    rwg_resolver_free(h->resolver);
    h->resolver = kept;
}

TEST(keys_made_from_those_before_an_edit_are_the_keys_made_from_nothing) {
    history h;
    app_start(&h.a);
    memfs_write(
        h.a.disk,
        "/app/rwgraph.json",
        "{\"environments\": {\"client\": {\"onlyEntries\": true}, \"ssr\": {\"onlyEntries\": true},"
        "\"worker\": {\"entries\": [\"src/m0.ts\"], \"onlyEntries\": true}},"
        "\"pinned\": [\"pinned-state\"]}"
    );
    memfs_write(h.a.disk, "/app/src/m0.ts", "import './odd/m1'; import './m2';");
    memfs_write(h.a.disk, "/app/src/state.ts", "export const s = 0;");
    history_open(&h);
    uint32_t seed = 20;
    uint32_t retyped = 0;
    for (uint32_t i = 0; i < 1500; i++) {
        char path[32];
        rwb__view *was = history_step(&h, edit_at_random(&h.a, &seed, path));
        check_from_scratch(&h);
        for (uint32_t n = 1; n <= rwg_graph_node_max(h.a.graph); n++) {
            retyped += rwb__view_is_retyped(h.view, was, (rwg_node){n});
        }
        rwb__view_release(was);
    }
    assert_true(retyped > 100);
    history_close(&h);
}

TEST(a_chain_of_a_hundred_thousand_modules_has_keys) {
    app a;
    app_start(&a);
    memfs_write(
        a.disk,
        "/app/rwgraph.json",
        "{\"environments\": {\"worker\": {\"entries\": [\"m0.js\"], \"onlyEntries\": true}}}"
    );

    enum {
        COUNT = 100000
    };

    for (int i = 0; i < COUNT; i++) {
        char path[64];
        char text[64];
        (void)snprintf(path, sizeof path, "/app/m%d.js", i);
        (void)snprintf(text, sizeof text, "import './m%d.js'", i + 1);
        memfs_write(a.disk, path, i + 1 < COUNT ? text : "export {}");
    }
    app_open(&a);
    free(key_of(&a, "m0.js", "worker"));
    app_stop(&a);
}

TEST(the_bridge_specifier_leads_from_the_worker_into_ssr) {
    app a;
    app_start(&a);
    write_app(&a);
    memfs_write(a.disk, "/app/src/lone.ts", "import {render} from 'rwsdk/__ssr_bridge'; render();");
    memfs_write(
        a.disk,
        "/app/node_modules/rwsdk/package.json",
        "{\"name\": \"rwsdk\", \"exports\": {\"./__ssr_bridge\": "
        "{\"react-server\": \"./throws.js\", \"default\": \"./bridge.js\"}}}"
    );
    memfs_write(a.disk, "/app/node_modules/rwsdk/throws.js", "throw 1;");
    memfs_write(a.disk, "/app/node_modules/rwsdk/bridge.js", "export const render = () => {};");
    app_open(&a);
    assert_true(app_node(&a, "node_modules/rwsdk/bridge.js", "ssr").v);
    assert_int_equal(app_node(&a, "node_modules/rwsdk/bridge.js", "worker").v, 0);
    assert_true(key_changes(
        &a, "/app/node_modules/rwsdk/bridge.js", "export const render = () => 1;", "src/lone.ts"
    ));
    app_stop(&a);
}
