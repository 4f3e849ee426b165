// rwb_transform as a whole: what goes in, what comes out, and what is said of text that is wrong.

#include "base/str.h"
#include "test.h"

#include <rwbundler/transform.h>
#include <stdlib.h>

static rwb_output *transform(const char *text, const rwb_transform_options *options) {
    rwb_transformer *t = rwb_transformer_new();
    rwb_output *output = NULL;
    rwg_error err = {0};
    if (rwb_transform(t, rwg__str_c(text), options, &output, &err) != RWG_OK) {
        fail_msg("%s", err.text);
    }
    rwb_transformer_free(t);
    return output;
}

static void expect(const char *text, const rwb_transform_options *options, const char *expected) {
    rwb_output *output = transform(text, options);
    rwg_str code = rwb_output_code(output);
    uint32_t n = 0;
    const rwg_diag *diags = rwb_output_diags(output, &n);
    if (n > 0) {
        fail_msg("%.*s", (int)diags[0].message.len, diags[0].message.ptr);
    }
    char *copy = calloc(1, (size_t)code.len + 1);
    if (code.len > 0) {
        memcpy(copy, code.ptr, code.len);
    }
    assert_string_equal(copy, expected);
    free(copy);
    rwb_output_free(output);
}

TEST(javascript_without_anything_to_change_stays_as_it_is) {
    rwb_transform_options options = RWB_TRANSFORM_OPTIONS_INIT;
    static const char *const TEXTS[] = {
        "",
        "#!/usr/bin/env node\n'use strict'\nlet a = 1 // b\n",
        "import a, {b as c} from \"m\";\nexport {a as default, c};\nexport * from './n.js'",
        "for await (const x of y) z(`a${x}b`, /re\\/gex/g);\r\n",
    };
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        expect(TEXTS[i], &options, TEXTS[i]);
    }
}

TEST(a_byte_order_mark_does_not_come_out) {
    rwb_transform_options options = RWB_TRANSFORM_OPTIONS_INIT;
    expect("\xEF\xBB\xBFlet a;\n", &options, "let a;\n");
}

TEST(imports_of_generated_code_go_behind_hashbang_and_directives) {
    rwb_transform_options options = RWB_TRANSFORM_OPTIONS_INIT;
    options.lang = RWG_LANG_TSX;
    expect(
        "#!/usr/bin/env node\n// a\n'use client'\nconst a: B = <a/>;\n",
        &options,
        "#!/usr/bin/env node\n// a\n'use client';\n"
        "import { jsx as _jsx } from \"react/jsx-runtime\";\n\nconst a = _jsx(\"a\", {});\n"
    );
    expect(
        "\"use client\"; <a/>",
        &options,
        "\"use client\";\nimport { jsx as _jsx } from \"react/jsx-runtime\";\n _jsx(\"a\", {})"
    );
}

TEST(a_factory_is_an_expression_and_holds_no_hashbang) {
    rwb_transform_options options = RWB_TRANSFORM_OPTIONS_INIT;
    options.form = RWB_FORM_FACTORY;
    rwb_output *output = transform("\xEF\xBB\xBF#!/bin/x\nexport let a = 1; // b", &options);
    rwg_str code = rwb_output_code(output);
    assert_true(rwg__str_starts(code, RWG_STR("function*")));
    assert_true(rwg__str_ends(code, RWG_STR("// b\n}")));
    assert_false(rwg__str_contains(code, RWG_STR("#!")));
    rwb_output_free(output);
}

TEST(types_that_are_imported_leave_no_import) {
    rwb_transform_options options = RWB_TRANSFORM_OPTIONS_INIT;
    options.lang = RWG_LANG_TS;
    rwb_output *output = transform(
        "import { A } from 'a'; import { b } from 'b'; let c: A | import('c').C = b;"
        "export type { D } from 'd'; import type E = require('e');",
        &options
    );
    uint32_t n = 0;
    const uint32_t *imports = rwb_output_imports(output, &n);
    assert_int_equal(n, 1);
    assert_int_equal(imports[0], 1);
    rwb_output_free(output);
}

TEST(a_syntax_error_is_a_diagnostic_with_its_place_and_there_is_no_code) {
    rwb_transform_options options = RWB_TRANSFORM_OPTIONS_INIT;
    options.path = RWG_STR("src/a.js");
    rwb_output *output = transform("let a = 1;\nlet b = ;\n", &options);
    uint32_t n = 0;
    const rwg_diag *diags = rwb_output_diags(output, &n);
    assert_int_equal(n, 1);
    assert_int_equal(diags[0].code, RWG_DIAG_SYNTAX);
    assert_int_equal(diags[0].severity, RWG_SEVERITY_ERROR);
    assert_int_equal(diags[0].line, 2);
    assert_true(diags[0].span.start >= 11 && diags[0].span.start < 21);
    assert_true(rwg__str_eq(diags[0].path, RWG_STR("src/a.js")));
    assert_int_equal(rwb_output_code(output).len, 0);
    assert_int_equal(rwb_output_map(output).len, 0);
    rwb_output_free(output);
}

TEST(code_of_packages_is_on_the_ignore_list_of_its_map) {
    rwb_transform_options options = RWB_TRANSFORM_OPTIONS_INIT;
    options.path = RWG_STR("node_modules/a/index.js");
    rwb_output *output = transform("let a;", &options);
    assert_true(rwg__str_contains(rwb_output_map(output), RWG_STR("\"ignoreList\":[0]")));
    rwb_output_free(output);
    options.path = RWG_STR("src/a.js");
    output = transform("let a;", &options);
    assert_false(rwg__str_contains(rwb_output_map(output), RWG_STR("ignoreList")));
    rwb_output_free(output);
}

TEST(the_output_tells_the_record_the_imports_and_top_level_await) {
    rwb_transform_options options = RWB_TRANSFORM_OPTIONS_INIT;
    options.source_map = false;
    rwb_output *output = transform("import 'a';\nawait import('b');\n", &options);
    uint32_t n = 0;
    const uint32_t *imports = rwb_output_imports(output, &n);
    assert_int_equal(n, 2);
    assert_int_equal(imports[0], 0);
    assert_int_equal(imports[1], 1);
    assert_true(rwb_output_is_async(output));
    assert_int_equal(rwg_module_kind_of(rwb_output_module(output)), RWG_MODULE_ESM);
    assert_int_equal(rwb_output_map(output).len, 0);
    rwb_output_free(output);
}

TEST(what_is_no_script_is_refused) {
    rwb_transformer *t = rwb_transformer_new();
    rwb_transform_options options = RWB_TRANSFORM_OPTIONS_INIT;
    rwb_output *output = NULL;
    rwg_error err = {0};
    options.lang = RWG_LANG_CSS;
    assert_int_equal(rwb_transform(t, RWG_STR("a{}"), &options, &output, &err), RWG_INVALID);
    assert_null(output);
    assert_true(err.text[0] != '\0');
    options.lang = RWG_LANG_JS;
    options.size--;
    assert_int_equal(rwb_transform(t, RWG_STR("a"), &options, &output, &err), RWG_INVALID);
    rwb_transformer_free(t);
}

TEST(a_record_that_was_handed_in_gives_what_reading_the_text_again_gives) {
    static const char *const TEXTS[] = {
        "import a, {b as c} from 'a'; export * from 'b'; export {c}; console.log(a, import('d'));",
        "import type {T} from './t'; import {U, v} from './u'; export const x: U = v as T;",
        "export default class A { static async f() { await import.meta.x; } } await A.f();",
        "'use server'; export async function act(a: number) { return require('fs') && a; }",
    };
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        rwb_transform_options options = RWB_TRANSFORM_OPTIONS_INIT;
        options.lang = RWG_LANG_TS;
        options.module = true;
        options.form = RWB_FORM_FACTORY;
        rwb_output *read = transform(TEXTS[i], &options);
        rwg_parse_options parse = RWG_PARSE_OPTIONS_INIT; // as a graph reads it
        parse.lang = RWG_LANG_TS;
        rwg_module *record = NULL;
        assert_int_equal(rwg_module_parse(rwg__str_c(TEXTS[i]), &parse, &record, NULL), RWG_OK);
        assert_int_equal(rwg_module_kind_of(record), RWG_MODULE_ESM);
        options.record = record;
        rwb_output *given = transform(TEXTS[i], &options);
        assert_ptr_equal(rwb_output_module(given), record);
        assert_true(rwg__str_eq(rwb_output_code(read), rwb_output_code(given)));
        assert_true(rwg__str_eq(rwb_output_map(read), rwb_output_map(given)));
        uint32_t n = 0;
        uint32_t given_n = 0;
        const uint32_t *imports = rwb_output_imports(read, &n);
        const uint32_t *given_imports = rwb_output_imports(given, &given_n);
        assert_int_equal(n, given_n);
        assert_memory_equal(imports, given_imports, n * sizeof *imports);
        assert_int_equal(rwb_output_is_async(read), rwb_output_is_async(given));
        rwb_output_free(read);
        rwb_output_free(given);
        rwg_module_free(record);
    }
}

TEST(the_record_of_another_text_is_refused) {
    rwg_parse_options parse = RWG_PARSE_OPTIONS_INIT;
    rwg_module *record = NULL;
    assert_int_equal(rwg_module_parse(RWG_STR("export {};"), &parse, &record, NULL), RWG_OK);
    rwb_transform_options options = RWB_TRANSFORM_OPTIONS_INIT;
    options.record = record;
    rwb_transformer *t = rwb_transformer_new();
    rwb_output *output = NULL;
    rwg_error err = {0};
    assert_int_equal(
        rwb_transform(t, RWG_STR("export default 1;"), &options, &output, &err), RWG_INVALID
    );
    assert_null(output);
    rwb_transformer_free(t);
    rwg_module_free(record);
}
