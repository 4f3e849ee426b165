// Defines, import.meta and globs: what is replaced, by what, and what is left alone.

#include "output.h"

static rwb_transform_options with_defines(const rwb_define *defines, uint32_t count) {
    rwb_transform_options options = RWB_TRANSFORM_OPTIONS_INIT;
    options.module = true;
    options.defines = defines;
    options.define_count = count;
    return options;
}

static const rwb_define DEFINES[] = {
    {RWG_STR("process.env.NODE_ENV"), RWG_STR("\"production\"")},
    {RWG_STR("process.env"), RWG_STR("{}")},
    {RWG_STR("DEBUG"), RWG_STR("false")},
    {RWG_STR("N"), RWG_STR("1")},
    {RWG_STR("typeof window"), RWG_STR("\"undefined\"")},
    {RWG_STR("import.meta.env"), RWG_STR("{\"MODE\":\"x\"}")},
    {RWG_STR("import.meta.env.MODE"), RWG_STR("\"x\"")},
    {RWG_STR("NOW"), RWG_STR("a.b()")},
};

static void expect_defined(const char *text, const char *expected) {
    rwb_transform_options options = with_defines(DEFINES, sizeof DEFINES / sizeof DEFINES[0]);
    expect_code(text, &options, expected);
}

TEST(the_longest_define_that_fits_a_chain_takes_its_place) {
    expect_defined("if (process.env.NODE_ENV) a", "if (\"production\") a");
    expect_defined("a(process?.env?.NODE_ENV)", "a(\"production\")");
    expect_defined("process[\"env\"]['NODE_ENV'].b", "\"production\".b");
    expect_defined("import.meta.env.MODE", "\"x\"");
    expect_defined("import . meta\n.env.MODE", "\"x\"");
    expect_defined("typeof window", "\"undefined\"");
    expect_defined("a = DEBUG, N.b, N", "a = false, (1).b, 1");
    expect_defined("a\nNOW", "a\n;(a.b())");
}

TEST(parentheses_and_types_do_not_hide_a_define) {
    rwb_transform_options options = with_defines(DEFINES, sizeof DEFINES / sizeof DEFINES[0]);
    options.lang = RWG_LANG_TS;
    static const char *const TEXTS[][2] = {
        {"a = (import.meta as any).env.MODE", "a = \"x\""},
        {"a = (<any>import.meta).env.MODE", "a = \"x\""},
        {"a = import.meta.env!.MODE", "a = \"x\""},
        {"a = (process).env.NODE_ENV satisfies B", "a = \"production\""},
        {"(process.env.NODE_ENV as any) = a", "(process.env.NODE_ENV) = a"},
        {"(process.env as any).NODE_ENV = a", "(process.env).NODE_ENV = a"},
        {"a = b as typeof process.env", "a = b"},
    };
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        /* Else process.env.NODE_ENV alone: process.env itself would be an object. */
        bool meta = strstr(TEXTS[i][0], "meta") != NULL;
        options.define_count = meta ? sizeof DEFINES / sizeof DEFINES[0] : 1;
        expect_code(TEXTS[i][0], &options, TEXTS[i][1]);
    }
}

TEST(an_object_is_made_once) {
    expect_defined(
        "f(process.env, process.env.A)",
        "var __rwg_define_2_ = {};\nf(__rwg_define_2_, __rwg_define_2_.A)"
    );
    expect_defined("import.meta.env", "var __rwg_define_6_ = {\"MODE\":\"x\"};\n__rwg_define_6_");
}

TEST(what_the_author_declares_or_assigns_is_no_define) {
    static const char *const TEXTS[] = {
        "let DEBUG; DEBUG",
        "function f(process) { return process.env.NODE_ENV }",
        "DEBUG = 1; DEBUG++; [DEBUG] = a; for (DEBUG of b);",
        "a.DEBUG; ({ DEBUG: 1 }); class A { DEBUG = 1 }",
        "DEBUG: for (;;) break DEBUG",
        "typeof windows; a.process.env.NODE_ENV",
    };
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        expect_defined(TEXTS[i], TEXTS[i]);
    }
    expect_defined("({ DEBUG })", "({ DEBUG: false })");
    expect_defined(
        "process.env.NODE_ENV = 1; delete process.env.NODE_ENV",
        "var __rwg_define_2_ = {};\n__rwg_define_2_.NODE_ENV = 1; delete __rwg_define_2_.NODE_ENV"
    );
}

TEST(import_meta_hot_becomes_what_the_target_has) {
    rwb_transform_options options = with_defines(NULL, 0);
    expect_code("import.meta.hot?.accept()", &options, "import.meta.hot?.accept()");
    options.hot = RWG_STR("undefined");
    expect_code("import.meta.hot?.accept()", &options, "undefined?.accept()");
}

static const rwb_glob_match MATCHES[] = {
    {0, RWG_STR("./a/b.js"), RWG_STR("/a/b.js")},
    {0, RWG_STR("./a/c.js"), RWG_STR("/a/c.js?v=1")},
    {1, RWG_STR("./a/c.js"), RWG_STR("/a/c.js?v=1")},
};

static rwb_transform_options with_globs(rwb_form form) {
    rwb_transform_options options = with_defines(NULL, 0);
    options.form = form;
    options.globs = MATCHES;
    options.glob_count = sizeof MATCHES / sizeof MATCHES[0];
    return options;
}

TEST(an_option_of_a_glob_that_is_not_known_is_an_error) {
    static const char *const OPTIONS[] = {"base: './b'", "exhaustive: true", "...c"};
    rwb_transform_options options = with_globs(RWB_FORM_ESM);
    for (size_t i = 0; i < sizeof OPTIONS / sizeof OPTIONS[0]; i++) {
        char text[100];
        (void)snprintf(text, sizeof text, "import.meta.glob('./*', { %s })", OPTIONS[i]);
        rwb_output *output = output_of(text, &options);
        uint32_t count = 0;
        (void)rwb_output_diags(output, &count);
        assert_int_equal(count, 1);
        rwb_output_free(output);
    }
}

TEST(a_glob_is_an_object_of_its_matches) {
    rwb_transform_options options = with_globs(RWB_FORM_ESM);
    expect_code(
        "a = import.meta.glob('./a/*.js')",
        &options,
        "a = ({ \"./a/b.js\": () => import(\"/a/b.js\"), "
        "\"./a/c.js\": () => import(\"/a/c.js?v=1\") })"
    );
    expect_code(
        "a = import.meta.glob(['./a/*.js', './*/c.js'], { import: 'd', query: '?raw' })",
        &options,
        "a = ({ \"./a/b.js\": () => import(\"/a/b.js?raw\").then((m) => m[\"d\"]), "
        "\"./a/c.js\": () => import(\"/a/c.js?v=1&raw\").then((m) => m[\"d\"]) })"
    );
    expect_code(
        "import.meta.glob('./a/*.js', { eager: true })",
        &options,
        "import * as __rwg_glob from \"/a/b.js\";\n"
        "import * as __rwg_glob1 from \"/a/c.js?v=1\";\n"
        "({ \"./a/b.js\": __rwg_glob, \"./a/c.js\": __rwg_glob1 })"
    );
    options.glob_count = 0;
    expect_code("a = import.meta.glob('./a/*.js')", &options, "a = ({})");
    expect_code("a = import.meta.glob(b)", &options, "a = import.meta.glob(b)");
    options.globs = NULL; /* nobody looked for matches */
    expect_code("a = import.meta.glob('./a')", &options, "a = import.meta.glob('./a')");
}

TEST(eager_matches_of_a_factory_are_imports_in_their_place) {
    rwb_transform_options options = with_globs(RWB_FORM_FACTORY);
    expect_code(
        "a = import.meta.glob('./a/*.js', { eager: true }); import b from 'b'; b",
        &options,
        "function* (__rwg_i, __rwg_x, __rwg_m, __rwg_d) { \"use strict\";\n"
        "__rwg_x({});\n"
        "yield;\n"
        "a = ({ \"./a/b.js\": __rwg_i[0], \"./a/c.js\": __rwg_i[1] });  __rwg_i[2].default\n"
        "}"
    );
}

TEST(import_of_a_template_looks_up_its_matches) {
    rwb_transform_options options = with_globs(RWB_FORM_ESM);
    char *code = code_of("a = import(`./a/${b}.js`)", &options);
    assert_non_null(strstr(code, "\"./a/b.js\": () => import(\"/a/b.js\")"));
    assert_non_null(strstr(code, "}, `./a/${b}.js`)"));
    free(code);
    options.glob_count = 0;
    expect_code("a = import(`./a/${b}.js`)", &options, "a = import(`./a/${b}.js`)");
}

TEST(a_url_beside_import_meta_url_becomes_its_link) {
    rwb_link links[] = {{RWB_LINK_URL, RWG_STR("/assets/a.png")}};
    rwb_transform_options options = with_defines(NULL, 0);
    options.links = links;
    expect_code(
        "new URL('./a.png', import.meta.url)",
        &options,
        "new URL(\"/assets/a.png\", import.meta.url)"
    );
}
