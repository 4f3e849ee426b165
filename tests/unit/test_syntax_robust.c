// Texts that are not what they should be. None may fail, crash, hang, or lose what could still be
// read.

#include <rwgraph/diag.h>

#include "base/limits.h"
#include "base/str.h"
#include "test_syntax_show.h"

#include <stdlib.h>

#define JS RWG_LANG_JS
#define TS RWG_LANG_TS

/* `times` copies of `part`, then `rest`; freed by the caller. */
static char *repeated(const char *part, size_t times, const char *rest) {
    size_t len = strlen(part);
    char *text = malloc(len * times + strlen(rest) + 1);
    assert_non_null(text);
    for (size_t i = 0; i < times; i++) {
        memcpy(text + i * len, part, len);
    }
    strcpy(text + len * times, rest);
    return text;
}

TEST(empty_texts_are_scripts) {
    assert_string_equal(kind_of(JS, ""), "script");
    assert_string_equal(kind_of(TS, "\n\n// nothing\n"), "script");
    assert_string_equal(kind_of(JS, "\xEF\xBB\xBF"), "script");
}

TEST(a_byte_order_mark_and_a_hashbang_are_skipped) {
    assert_string_equal(imports_of(JS, "\xEF\xBB\xBFimport 'a'"), "static side a");
    assert_string_equal(imports_of(JS, "#!/usr/bin/env node\nimport 'a'"), "static side a");
    assert_string_equal(
        imports_of(TS, "#!/usr/bin/env -S node --x\nimport a = require('a')"), "import-equals a {*}"
    );
}

TEST(a_syntax_error_is_reported_with_its_place_and_the_rest_is_read) {
    rwg_module *m = parse(JS, "import a from 'a'\nconst b = (1;\nexport {a}\nimport('c')\n");
    assert_string_equal(show_imports(m), "static a {default}; dynamic c");
    assert_true(rwg_module_flags(m) & RWG_MODULE_PARTIAL);
    uint32_t n = 0;
    const rwg_module_diag *diags = rwg_module_diags(m, &n);
    assert_true(n > 0);
    assert_int_equal(diags[0].code, RWG_DIAG_SYNTAX);
    assert_int_equal(diags[0].severity, RWG_SEVERITY_ERROR);
    assert_in_range(diags[0].span.start, 18, 31);
    rwg_module_free(m);
}

TEST(what_is_missing_is_named) {
    assert_non_null(strstr(diags_of(JS, "let a = (1;"), "\")\" is expected here"));
}

TEST(a_nul_byte_makes_a_file_binary) {
    static const char CODE[] = "import 'a'\0import 'b'";
    rwg_module *m = parse_text(JS, rwg__str(CODE, sizeof CODE - 1));
    assert_string_equal(show_imports(m), "");
    assert_non_null(strstr(show_diags(m), "binary-file@10"));
    rwg_module_free(m);
}

TEST(utf16_text_is_named_as_such) {
    static const char CODE[] = "\xFF\xFE"
                               "i\0m\0";
    rwg_module *m = parse_text(JS, rwg__str(CODE, sizeof CODE - 1));
    assert_non_null(strstr(show_diags(m), "UTF-16"));
    rwg_module_free(m);
}

TEST(bytes_that_are_not_utf8_are_a_warning_and_the_rest_is_read) {
    rwg_module *m = parse(JS, "// caf\xE9\nimport 'a'\n");
    assert_string_equal(show_imports(m), "static side a");
    uint32_t n = 0;
    const rwg_module_diag *diags = rwg_module_diags(m, &n);
    assert_int_equal(n, 1);
    assert_int_equal(diags[0].code, RWG_DIAG_NOT_UTF8);
    assert_int_equal(diags[0].severity, RWG_SEVERITY_WARNING);
    assert_int_equal(diags[0].span.start, 6);
    rwg_module_free(m);
}

TEST(a_text_over_the_size_limit_is_refused) {
    rwg_parse_options options = RWG_PARSE_OPTIONS_INIT;
    rwg_module *m = NULL;
    rwg_error err = {0};
    rwg_str text = {"", RWG_LIMIT_SOURCE_BYTES + 1};
    assert_int_equal(rwg_module_parse(text, &options, &m, &err), RWG_LIMIT);
    assert_null(m);
    assert_non_null(strstr(err.text, "67108865"));
}

TEST(bad_arguments_are_refused) {
    rwg_parse_options options = RWG_PARSE_OPTIONS_INIT;
    rwg_module *m = NULL;
    options.size = 1;
    assert_int_equal(rwg_module_parse(RWG_STR(""), &options, &m, NULL), RWG_INVALID);
    assert_int_equal(rwg_module_parse(RWG_STR(""), NULL, &m, NULL), RWG_INVALID);
}

TEST(nesting_of_any_depth_is_read_without_recursion) {
    static const struct {
        const char *open;
        const char *close;
    } PAIRS[] = {
        {"(", ")"}, {"[", "]"}, {"{a:", "}"}, {"f(", ")"}, {"()=>{", "}"}, {"<a>", "</a>"}};

    for (size_t i = 0; i < sizeof PAIRS / sizeof PAIRS[0]; i++) {
        char *close = repeated(PAIRS[i].close, 100000, "");
        char *tail = repeated("import('deep')", i == 5 ? 0 : 1, close);
        char *inner = repeated(PAIRS[i].open, 100000, tail);
        char *code = repeated("import 'a'; x = ", 1, inner);
        rwg_module *m = parse(JS, code);
        assert_non_null(strstr(show_imports(m), "static side a"));
        rwg_module_free(m);
        free(code);
        free(inner);
        free(tail);
        free(close);
    }
}

TEST(brackets_that_never_close_do_not_hang) {
    static const char *const PARTS[] = {
        "(", "[", "{", "<a>", "`${", "import(", "function(", "a<", "/*"};
    for (size_t i = 0; i < sizeof PARTS / sizeof PARTS[0]; i++) {
        char *code = repeated(PARTS[i], 20000, "");
        rwg_module_free(parse(RWG_LANG_TSX, code));
        free(code);
    }
}

TEST(any_number_of_comments_inside_a_statement_is_read) {
    static const struct {
        const char *before;
        const char *behind;
    } PARTS[] = {
        {"'use client' ", "; import 'a'"},
        {"for ", "(const b of c) {} import 'a'"},
        {"f(", "); import 'a'"},
        {"import.meta.glob(", "b); import 'a'"},
    };

    for (size_t i = 0; i < sizeof PARTS / sizeof PARTS[0]; i++) {
        char *rest = repeated("/*@jsx h*/ ", 100000, PARTS[i].behind);
        char *code = repeated(PARTS[i].before, 1, rest);
        assert_string_equal(imports_of(RWG_LANG_TSX, code), "static side a");
        free(rest);
        free(code);
    }
}

TEST(a_module_may_import_very_much) {
    char *code = repeated("import {a as b} from 'm';\n", 20000, "export {b}");
    rwg_module *m = parse(JS, code);
    uint32_t n = 0;
    const rwg_import *imports = rwg_module_imports(m, &n);
    assert_int_equal(n, 20000);
    assert_int_equal(imports[19999].line, 20000);
    rwg_module_free(m);
    free(code);
}

TEST(imports_over_the_limit_are_left_out_and_said_to_be) {
    char *code = repeated("import'm';", RWG_LIMIT_IMPORTS + 5, "");
    rwg_module *m = parse(JS, code);
    uint32_t n = 0;
    rwg_module_imports(m, &n);
    assert_int_equal(n, RWG_LIMIT_IMPORTS);
    assert_non_null(strstr(show_diags(m), "too-many-imports"));
    rwg_module_free(m);
    free(code);
}

TEST(the_content_hash_is_of_the_bytes_and_the_interface_hash_of_what_importers_see) {
    rwg_module *a = parse(JS, "import {a} from 'm'; export const b = 1");
    rwg_module *b = parse(JS, "/* formatted */\nimport { a } from \"m\";\n\nexport const b = 2;\n");
    rwg_module *c = parse(JS, "import {a} from 'm'; export const c = 1");
    rwg_hash hash_a = rwg_module_interface_hash(a);
    rwg_hash hash_b = rwg_module_interface_hash(b);
    rwg_hash hash_c = rwg_module_interface_hash(c);
    assert_memory_equal(&hash_a, &hash_b, sizeof hash_a);
    assert_memory_not_equal(&hash_a, &hash_c, sizeof hash_a);
    hash_a = rwg_module_content_hash(a);
    hash_b = rwg_module_content_hash(b);
    assert_memory_not_equal(&hash_a, &hash_b, sizeof hash_a);
    rwg_module_free(a);
    rwg_module_free(b);
    rwg_module_free(c);
}
