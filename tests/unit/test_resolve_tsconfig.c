// tsconfig.json: paths, baseUrl, extends, references, and which file belongs to which.
#include "base/str.h"
#include "test_resolve_world.h"

static void write(world *w, const char *path, const char *text) {
    memfs_write(w->disk, path, text);
}

TEST(paths_map_by_exact_key_and_then_by_the_longest_prefix) {
    world w;
    world_init(&w);
    write(
        &w,
        "/app/tsconfig.json",
        "{ // comments and trailing commas are fine\n \"compilerOptions\": {\"paths\": {"
        "\"*\": [\"./any/*\"], \"@/*\": [\"./src/*\", \"./gen/*\"], \"@/ui/*\": [\"./ui/*\"],"
        "\"@/exact\": [\"./src/main.ts\"], \"*.icon\": [\"./icons/*.svg\"],},},}"
    );
    write(&w, "/app/src/a.ts", "");
    write(&w, "/app/gen/b.ts", "");
    write(&w, "/app/ui/a.ts", "");
    write(&w, "/app/any/thing.ts", "");
    write(&w, "/app/icons/star.svg", "");
    write(&w, "/app/node_modules/pkg/index.js", "");
    write(&w, "/app/node_modules/thing/index.js", "");
    expect_file(&w, CLIENT, "@/a", "/app/src/a.ts");
    expect_file(&w, CLIENT, "@/b", "/app/gen/b.ts");
    expect_file(&w, CLIENT, "@/ui/a", "/app/ui/a.ts");
    expect_file(&w, CLIENT, "@/exact", "/app/src/main.ts");
    expect_file(&w, CLIENT, "thing", "/app/any/thing.ts");
    expect_file(&w, CLIENT, "pkg", "/app/node_modules/pkg/index.js");
    expect_missing(&w, CLIENT, "@/none", RWG_DIAG_PACKAGE_NOT_INSTALLED, NULL, NULL);
    w.from = "/app/node_modules/pkg/index.js";
    expect_file(&w, CLIENT, "thing", "/app/node_modules/thing/index.js");
    world_free(&w);
}

TEST(base_url_is_tried_before_packages) {
    world w;
    world_init(&w);
    write(&w, "/app/tsconfig.json", "{\"compilerOptions\": {\"baseUrl\": \"./src\"}}");
    write(&w, "/app/src/lib/a.ts", "");
    write(&w, "/app/node_modules/lib/a.js", "");
    write(&w, "/app/node_modules/other/index.js", "");
    expect_file(&w, CLIENT, "lib/a", "/app/src/lib/a.ts");
    expect_file(&w, CLIENT, "other", "/app/node_modules/other/index.js");
    world_free(&w);
}

TEST(extends_takes_files_arrays_and_packages_the_last_one_first) {
    world w;
    world_init(&w);
    write(
        &w, "/app/tsconfig.json", "{\"extends\": [\"./one\", \"@s/config/two.json\", \"shared\"]}"
    );
    write(&w, "/app/one.json", "{\"compilerOptions\": {\"paths\": {\"x\": [\"./one.ts\"]}}}");
    write(
        &w,
        "/app/node_modules/@s/config/two.json",
        "{\"compilerOptions\": {\"paths\": {\"x\": [\"${configDir}/two.ts\"]}}}"
    );
    write(&w, "/app/node_modules/shared/package.json", "{\"exports\": {\".\": \"./base.json\"}}");
    write(&w, "/app/node_modules/shared/base.json", "{\"extends\": \"./up.json\"}");
    write(&w, "/app/node_modules/shared/up.json", "{\"extends\": \"./base.json\"}");
    write(&w, "/app/one.ts", "");
    write(&w, "/app/two.ts", "");
    expect_file(&w, CLIENT, "x", "/app/two.ts");
    world_free(&w);
}

TEST(paths_are_relative_to_the_file_that_has_them) {
    world w;
    world_init(&w);
    write(&w, "/app/tsconfig.json", "{\"extends\": \"./config/base.json\"}");
    write(&w, "/app/config/base.json", "{\"compilerOptions\": {\"paths\": {\"x\": [\"./x.ts\"]}}}");
    write(&w, "/app/config/x.ts", "");
    write(&w, "/app/x.ts", "");
    expect_file(&w, CLIENT, "x", "/app/config/x.ts");
    world_free(&w);
}

TEST(of_a_solution_the_reference_that_includes_the_file_applies) {
    world w;
    world_init(&w);
    write(
        &w,
        "/app/tsconfig.json",
        "{\"files\": [], \"references\": [{\"path\": \"./tsconfig.test.json\"},"
        "{\"path\": \"./tsconfig.app.json\"}]}"
    );
    write(
        &w,
        "/app/tsconfig.app.json",
        "{\"include\": [\"src\"], \"exclude\": [\"src/**/*.test.ts\"],"
        "\"compilerOptions\": {\"paths\": {\"x\": [\"./app.ts\"]}}}"
    );
    write(
        &w,
        "/app/tsconfig.test.json",
        "{\"include\": [\"src/**/*.test.ts\"], \"compilerOptions\": {\"paths\": {\"x\": "
        "[\"./test.ts\"]}}}"
    );
    write(&w, "/app/app.ts", "");
    write(&w, "/app/test.ts", "");
    expect_file(&w, CLIENT, "x", "/app/app.ts");
    w.from = "/app/src/some.test.ts";
    expect_file(&w, CLIENT, "x", "/app/test.ts");
    world_free(&w);
}

TEST(a_file_that_the_nearest_tsconfig_leaves_out_belongs_to_the_next_one) {
    world w;
    world_init(&w);
    write(
        &w, "/app/tsconfig.json", "{\"compilerOptions\": {\"paths\": {\"x\": [\"./outer.ts\"]}}}"
    );
    write(
        &w,
        "/app/src/tsconfig.json",
        "{\"include\": [\"inner\"], \"compilerOptions\": {\"paths\": {\"x\": [\"./inner.ts\"]}}}"
    );
    write(&w, "/app/outer.ts", "");
    write(&w, "/app/src/inner.ts", "");
    expect_file(&w, CLIENT, "x", "/app/outer.ts");
    w.from = "/app/src/inner/y.ts";
    expect_file(&w, CLIENT, "x", "/app/src/inner.ts");
    world_free(&w);
}

TEST(a_script_that_no_tsconfig_compiles_follows_the_nearest_one) {
    world w;
    world_init(&w);
    write(&w, "/app/tsconfig.json", "{\"compilerOptions\": {\"paths\": {\"x\": [\"./x.ts\"]}}}");
    write(&w, "/app/x.ts", "");
    w.from = "/app/src/script.js";
    expect_file(&w, CLIENT, "x", "/app/x.ts");
    world_free(&w);
}

TEST(jsconfig_counts_where_there_is_no_tsconfig) {
    world w;
    world_init(&w);
    write(&w, "/app/jsconfig.json", "{\"compilerOptions\": {\"paths\": {\"x\": [\"./x.js\"]}}}");
    write(&w, "/app/x.js", "");
    expect_file(&w, CLIENT, "x", "/app/x.js");
    world_free(&w);
}

TEST(one_configured_tsconfig_serves_all_files_and_none_serves_nobody) {
    world w;
    world_init(&w);
    w.config.tsconfig = RWG_TSCONFIG_FILE;
    w.config.tsconfig_path = RWG_STR("config/only.json");
    write(&w, "/app/tsconfig.json", "{\"compilerOptions\": {\"paths\": {\"x\": [\"./x.ts\"]}}}");
    write(
        &w, "/app/config/only.json", "{\"compilerOptions\": {\"paths\": {\"x\": [\"../y.ts\"]}}}"
    );
    write(&w, "/app/x.ts", "");
    write(&w, "/app/y.ts", "");
    expect_file(&w, CLIENT, "x", "/app/y.ts");
    rwg_resolver_free(w.r);
    w.r = NULL;
    w.config.tsconfig = RWG_TSCONFIG_NONE;
    expect_missing(&w, CLIENT, "x", RWG_DIAG_PACKAGE_NOT_INSTALLED, NULL, NULL);
    world_free(&w);
}

static const rwg_compiler_options *compiler_options(world *w, const char *file) {
    return rwg_resolver_compiler_options(world_resolver(w), rwg__str_c(file));
}

TEST(compiler_options_are_those_of_the_governing_file_and_what_it_extends) {
    world w;
    world_init(&w);
    write(
        &w,
        "/app/base.json",
        "{\"compilerOptions\": {\"jsx\": \"react\", \"jsxFactory\": \"h\","
        "\"experimentalDecorators\": true, \"target\": \"ES2021\"}}"
    );
    write(
        &w,
        "/app/tsconfig.json",
        "{\"extends\": \"./base.json\", \"compilerOptions\": {\"jsx\": \"react-jsx\","
        "\"verbatimModuleSyntax\": true}}"
    );
    write(&w, "/app/src/main.ts", "");
    write(&w, "/app/node_modules/pkg/index.ts", "");
    const rwg_compiler_options *options = compiler_options(&w, "/app/src/main.ts");
    assert_true(rwg__str_eq_c(options->tsconfig, "/app/tsconfig.json"));
    assert_true(rwg__str_eq_c(options->jsx, "react-jsx"));
    assert_true(rwg__str_eq_c(options->jsx_factory, "h"));
    assert_int_equal(options->jsx_import_source.len, 0);
    assert_true(options->verbatim_module_syntax);
    assert_true(options->experimental_decorators);
    assert_false(options->emit_decorator_metadata);
    assert_false(options->use_define_for_class_fields);
    options = compiler_options(&w, "/app/node_modules/pkg/index.ts");
    assert_int_equal(options->tsconfig.len, 0);
    assert_true(options->use_define_for_class_fields);
    world_free(&w);
}

TEST(class_fields_are_defined_as_target_or_the_option_itself_says) {
    static const struct {
        const char *options;
        bool expected;
    } CASES[] = {
        {"{}", false},
        {"{\"target\": \"ES6\"}", false},
        {"{\"target\": \"es2022\"}", true},
        {"{\"target\": \"ESNext\"}", true},
        {"{\"target\": \"ESNext\", \"useDefineForClassFields\": false}", false},
        {"{\"useDefineForClassFields\": true}", true},
    };

    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        world w;
        world_init(&w);
        char text[200];
        (void)snprintf(text, sizeof text, "{\"compilerOptions\": %s}", CASES[i].options);
        write(&w, "/app/tsconfig.json", text);
        const rwg_compiler_options *options = compiler_options(&w, "/app/src/main.ts");
        assert_int_equal(options->use_define_for_class_fields, CASES[i].expected);
        world_free(&w);
    }
}
