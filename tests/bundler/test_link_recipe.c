/* Recipes: what decides the code of a module, and nothing else does. */
#include "base/hash.h"
#include "base/str.h"
#include "devworld.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write(devworld *w, const char *path, const char *text) {
    char full[128];
    (void)snprintf(full, sizeof full, "/app/%s", path);
    memfs_write(w->app.disk, full, text);
}

static rwg_hash recipe_of(devworld *w, const char *env, const char *path) {
    return devworld_recipe(w, devworld_node(w, env, path));
}

/* Whether the recipe of a client module is another one after the edit. */
static bool changes(devworld *w, const char *edited, const char *text, const char *module) {
    char full[128];
    (void)snprintf(full, sizeof full, "/app/%s", edited);
    rwg_hash before = recipe_of(w, "client", module);
    devworld_edit(w, full, text);
    return !rwg__hash_equal(before, recipe_of(w, "client", module));
}

TEST(a_recipe_is_about_one_text_and_says_nothing_of_where_its_imports_lead) {
    devworld w;
    devworld_start(&w);
    write(&w, "src/main.js", "import './a.js'; import 'p';");
    write(&w, "src/a.js", "export {};");
    write(&w, "node_modules/p/index.js", "exports.p = 1;");
    devworld_open(&w);
    assert_false(changes(&w, "src/a.js", "export const a = 1;", "src/main.js"));
    assert_false(changes(&w, "node_modules/p/index.js", "exports.p = 2;", "src/main.js"));
    assert_false(changes(&w, "src/main.js", "import './a.js'; import 'p';", "src/main.js"));
    assert_true(changes(&w, "src/main.js", "import './a.js'; import 'p'; 1;", "src/main.js"));
    assert_true(changes(&w, "src/a.js", "export const a = 2;", "src/a.js"));
    devworld_stop(&w);
}

TEST(defines_and_the_mode_are_part_of_a_recipe) {
    devworld w;
    devworld_start(&w);
    write(&w, "src/main.js", "export default process.env.NODE_ENV;");
    devworld_open(&w);
    rwg_hash before = recipe_of(&w, "client", "src/main.js");
    w.defines[0].value = RWG_STR("\"production\"");
    assert_false(rwg__hash_equal(before, recipe_of(&w, "client", "src/main.js")));
    w.defines[0].value = RWG_STR("\"development\"");
    assert_true(rwg__hash_equal(before, recipe_of(&w, "client", "src/main.js")));
    w.settings.jsx_dev = true;
    assert_false(rwg__hash_equal(before, recipe_of(&w, "client", "src/main.js")));
    devworld_stop(&w);
}

/* Where it is the same code, environments share it. */
TEST(a_recipe_is_the_same_in_every_environment_of_the_same_defines) {
    devworld w;
    devworld_start(&w);
    memfs_write(
        w.app.disk,
        "/app/rwgraph.json",
        "{\"environments\": {\"client\": {\"entries\": [\"src/main.js\"], \"onlyEntries\": true},"
        "\"ssr\": {\"entries\": [\"src/main.js\"], \"onlyEntries\": true},"
        "\"worker\": {\"onlyEntries\": true}}}"
    );
    write(&w, "src/main.js", "export default 1;");
    devworld_open(&w);
    rwg_hash client = recipe_of(&w, "client", "src/main.js");
    assert_true(rwg__hash_equal(client, recipe_of(&w, "ssr", "src/main.js")));
    devworld_stop(&w);
}

TEST(equal_texts_have_one_content_and_code_that_names_its_own_file) {
    static const char TEXT[] = "export const same = () => { throw new Error('here'); };";
    devworld w;
    devworld_start(&w);
    write(&w, "src/main.js", "import './a.js'; import './deep/b.js';");
    write(&w, "src/a.js", TEXT);
    write(&w, "src/deep/b.js", TEXT);
    devworld_open(&w);
    rwg_node a = devworld_node(&w, "client", "src/a.js");
    rwg_node b = devworld_node(&w, "client", "src/deep/b.js");
    const rwg_module *first = rwg_node_module(w.app.graph, a);
    const rwg_module *second = rwg_node_module(w.app.graph, b);
    assert_true(rwg__hash_equal(rwg_module_content_hash(first), rwg_module_content_hash(second)));
    rwb__source_kind kind;
    rwb__compiled *of_a = devworld_compile(&w, a, &kind);
    rwb__compiled *of_b = devworld_compile(&w, b, &kind);
    assert_true(rwg__str_eq(of_a->code, of_b->code));
    assert_false(rwg__str_eq(of_a->map, of_b->map)); /* which is why their recipes differ */
    rwb__compiled_release(of_a);
    rwb__compiled_release(of_b);
    devworld_stop(&w);
}

TEST(the_kind_of_a_file_is_its_language_and_for_scripts_of_packages_nodes_rule) {
    static const struct {
        const char *path;
        const char *text;
        rwb__source_kind kind;
    } FILES[] = {
        /* The project's own: its text decides. */
        {"src/esm.js", "export {};", RWB__SOURCE_SCRIPT},
        {"src/plain.js", "globalThis.x = 1;", RWB__SOURCE_SCRIPT},
        {"src/old.js", "module.exports = 1;", RWB__SOURCE_COMMONJS},
        {"src/both.js", "import './esm.js'; module.exports = 1;", RWB__SOURCE_SCRIPT},
        {"src/types.ts", "const x: number = 1;", RWB__SOURCE_SCRIPT},
        /* A package of ES modules. */
        {"node_modules/m/plain.js", "globalThis.x = 1;", RWB__SOURCE_SCRIPT},
        {"node_modules/m/exports.js", "exports.x = 1;", RWB__SOURCE_SCRIPT},
        {"node_modules/m/plain.ts", "const x: number = 1;", RWB__SOURCE_SCRIPT},
        {"node_modules/m/plain.cjs", "globalThis.x = 1;", RWB__SOURCE_COMMONJS},
        {"node_modules/m/exports.cjs", "exports.x = 1;", RWB__SOURCE_COMMONJS},
        {"node_modules/m/plain.cts", "const x: number = 1;", RWB__SOURCE_COMMONJS},
        {"node_modules/m/lib/exports.js", "exports.x = 1;", RWB__SOURCE_COMMONJS},
        /* A package without "type". */
        {"node_modules/c/plain.js", "globalThis.x = 1;", RWB__SOURCE_COMMONJS},
        {"node_modules/c/exports.js", "exports.x = 1;", RWB__SOURCE_COMMONJS},
        {"node_modules/c/esm.js", "export {};", RWB__SOURCE_SCRIPT},
        {"node_modules/c/await.js", "await 1;", RWB__SOURCE_SCRIPT},
        {"node_modules/c/plain.mjs", "globalThis.x = 1;", RWB__SOURCE_SCRIPT},
        {"node_modules/c/exports.mjs", "exports.x = 1;", RWB__SOURCE_SCRIPT},
        {"node_modules/c/plain.mts", "const x: number = 1;", RWB__SOURCE_SCRIPT},
        {"node_modules/c/es/plain.js", "globalThis.x = 1;", RWB__SOURCE_SCRIPT},
        /* What is no script. */
        {"node_modules/m/data.json", "{}", RWB__SOURCE_JSON},
        {"node_modules/m/style.css", "", RWB__SOURCE_STYLE},
        {"node_modules/m/image.png", "", RWB__SOURCE_ASSET},
    };

    enum {
        COUNT = sizeof FILES / sizeof FILES[0]
    };

    devworld w;
    devworld_start(&w);
    char main[4096] = "";
    size_t len = 0;
    for (size_t i = 0; i < COUNT; i++) {
        write(&w, FILES[i].path, FILES[i].text);
        len += (size_t)snprintf(main + len, sizeof main - len, "import '../%s';\n", FILES[i].path);
    }
    write(&w, "src/main.js", main);
    write(&w, "package.json", "{\"type\": \"commonjs\"}");
    write(&w, "node_modules/m/package.json", "{\"name\": \"m\", \"type\": \"module\"}");
    write(&w, "node_modules/m/lib/package.json", "{\"type\": \"commonjs\"}");
    write(&w, "node_modules/c/package.json", "{\"name\": \"c\"}");
    write(&w, "node_modules/c/es/package.json", "{\"type\": \"module\"}");
    devworld_open(&w);
    for (size_t i = 0; i < COUNT; i++) {
        rwb__source_kind kind;
        rwb__compiled *compiled =
            devworld_compile(&w, devworld_node(&w, "client", FILES[i].path), &kind);
        if (kind != FILES[i].kind || compiled->problem.len > 0) {
            fail_msg("%s is of kind %d", FILES[i].path, (int)kind);
        }
        rwb__compiled_release(compiled);
    }
    devworld_stop(&w);
}

TEST(a_package_json_that_changes_makes_another_module_of_the_same_text) {
    devworld w;
    devworld_start(&w);
    write(&w, "src/main.js", "import 'p';");
    write(&w, "node_modules/p/package.json", "{\"name\": \"p\"}");
    write(&w, "node_modules/p/index.js", "globalThis.p = typeof module;");
    devworld_open(&w);
    assert_true(changes(
        &w,
        "node_modules/p/package.json",
        "{\"name\": \"p\", \"type\": \"module\"}",
        "node_modules/p/index.js"
    ));
    devworld_stop(&w);
}

TEST(what_is_compiled_survives_being_packed_and_no_other_bytes_are_taken_for_it) {
    devworld w;
    devworld_start(&w);
    write(&w, "src/main.js", "import a from './a.js'; await a; export default a;");
    write(&w, "src/a.js", "export default 1;");
    devworld_open(&w);
    rwb__source_kind kind;
    rwb__compiled *made = devworld_compile(&w, devworld_node(&w, "client", "src/main.js"), &kind);
    rwg__buf bytes;
    rwg__buf_init(&bytes, &w.mem);
    rwb__compiled_pack(made, &bytes);
    rwb__compiled *back = rwb__compiled_unpack(&w.mem, rwg__buf_str(&bytes));
    assert_non_null(back);
    assert_true(rwg__str_eq(made->code, back->code));
    assert_true(rwg__str_eq(made->map, back->map));
    assert_int_equal(made->import_count, back->import_count);
    assert_true(back->is_async);
    rwb__compiled_release(back);
    /* The head is smaller than that, and the cache has a sum over all of it. */
    for (uint32_t i = 64; i < bytes.bytes.len; i++) {
        bytes.bytes.ptr[i] ^= 1;
        assert_null(rwb__compiled_unpack(&w.mem, rwg__buf_str(&bytes)));
        bytes.bytes.ptr[i] ^= 1;
    }
    for (uint32_t len = 0; len < bytes.bytes.len; len++) {
        assert_null(rwb__compiled_unpack(&w.mem, rwg__str_sub(rwg__buf_str(&bytes), 0, len)));
    }
    rwb__compiled_release(made);
    rwg__buf_deinit(&bytes);
    devworld_stop(&w);
}
