/* Keys: which edit gives which modules a new instance. */
#include "app.h"
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

enum {
    MODULES = 9
};

/* Writes or deletes one of the modules, whose imports are random: cycles come and go. */
static void edit_at_random(app *a, uint32_t *seed) {
    static const char *const FORMS[] = {
        "import './m%u';", "import('./m%u');", "export * from './m%u';"};
    char path[32];
    char text[512] = "";
    uint32_t draw[8];
    for (uint32_t i = 0; i < 8; i++) {
        *seed = *seed * 1664525u + 1013904223u;
        draw[i] = *seed >> 12;
    }
    (void)snprintf(path, sizeof path, "/app/src/m%u.ts", draw[0] % MODULES);
    if (draw[1] % 8 == 0 && draw[0] % MODULES != 0) {
        memfs_write(a->disk, path, ""); // it may not be there
        app_delete(a, path);
        return;
    }
    size_t len = (size_t)snprintf(text, sizeof text, "%s", draw[1] % 8 == 1 ? "'use client';" : "");
    for (uint32_t i = 0; i < draw[2] % 4; i++) {
        len += (size_t
        )snprintf(text + len, sizeof text - len, FORMS[draw[3 + i] % 3], draw[3 + i] / 3 % MODULES);
    }
    (void)snprintf(text + len, sizeof text - len, "export const n = %u;", draw[7] % 3);
    app_edit(a, path, text);
}

TEST(keys_made_from_those_before_an_edit_are_the_keys_made_from_nothing) {
    app a;
    app_start(&a);
    memfs_write(
        a.disk,
        "/app/rwgraph.json",
        "{\"environments\": {\"client\": {\"onlyEntries\": true}, \"ssr\": {\"onlyEntries\": true},"
        "\"worker\": {\"entries\": [\"src/m0.ts\"], \"onlyEntries\": true}}}"
    );
    memfs_write(a.disk, "/app/src/m0.ts", "import './m1'; import './m2';");
    app_open(&a);
    rwg__mem_init(&memory, NULL, 0);
    rwb__view_input input = {
        .config = rwg_project_config(a.project), .root = rwg_project_root(a.project)};
    rwb__view *view = NULL;
    uint32_t seed = 20;
    for (uint32_t i = 0; i < 600; i++) {
        edit_at_random(&a, &seed);
        input.graph = a.graph;
        input.previous = NULL;
        rwb__view *alone = rwb__view_new(&memory, &input);
        input.previous = view;
        rwb__view *next = rwb__view_new(&memory, &input);
        for (uint32_t n = 1; n <= rwg_graph_node_max(a.graph); n++) {
            rwg_hash expected = rwb__view_hash(alone, (rwg_node){n});
            rwg_hash hash = rwb__view_hash(next, (rwg_node){n});
            assert_memory_equal(&hash, &expected, sizeof hash);
        }
        for (uint32_t e = 1; e <= rwg_graph_env_count(a.graph); e++) {
            rwg_hash expected = rwb__view_env_hash(alone, (rwg_env){e});
            rwg_hash hash = rwb__view_env_hash(next, (rwg_env){e});
            assert_memory_equal(&hash, &expected, sizeof hash);
        }
        rwb__view_release(alone);
        rwb__view_release(view);
        view = next;
    }
    rwb__view_release(view);
    app_stop(&a);
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
