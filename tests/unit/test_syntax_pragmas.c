// Comments about JSX in the module record: which count, and the import that one of them is. Each
// text is read both ways (test_syntax_show.h).

#include "base/buf.h"
#include "base/str.h"
#include "test_syntax_show.h"

#define TSX RWG_LANG_TSX

/// "runtime classic; source p; factory h; fragment F": what the record has, with the place of each.
static const char *pragmas_of(rwg_lang lang, const char *code) {
    static const char *const NAMES[] = {"runtime", "source", "factory", "fragment"};
    static char shown[256];
    rwg_module *m = parse(lang, code);
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    rwg__buf out;
    rwg__buf_init(&out, &mem);
    uint32_t n = 0;
    const rwg_pragma *pragmas = rwg_module_pragmas(m, &n);
    for (uint32_t i = 0; i < n; i++) {
        rwg_str value = rwg_module_str(m, pragmas[i].value);
        rwg_str place = rwg__str_sub(rwg__str_c(code), pragmas[i].span.start, pragmas[i].span.end);
        assert_true(rwg__str_eq(value, place));
        const char *name = NAMES[pragmas[i].kind];
        const char *between = i > 0 ? "; " : "";
        rwg__buf_printf(&out, "%s%s %.*s", between, name, (int)value.len, value.ptr);
    }
    (void)snprintf(shown, sizeof shown, "%.*s", (int)out.bytes.len, rwg__buf_str(&out).ptr);
    rwg__buf_deinit(&out);
    assert_int_equal(mem.used, 0);
    rwg_module_free(m);
    return shown;
}

TEST(a_comment_in_front_of_the_first_statement_says_how_jsx_is_compiled) {
    static const struct {
        const char *code;
        const char *pragmas;
    } TABLE[] = {
        {"/** @jsxImportSource p */\n<a/>", "source p"},
        {"/* @jsxImportSource p*/ <a/>", "source p"},
        {"// @jsxImportSource p\n<a/>", "source p"},
        {"//@jsxImportSource p\r\n<a/>", "source p"},
        {"/**\n * About.\n * @jsxImportSource @emotion/react and more\n */\n<a/>",
         "source @emotion/react"},
        {"\xEF\xBB\xBF/** @jsxImportSource p */ <a/>", "source p"},
        {"#!/bin/node\n/** @jsxImportSource p */ <a/>", "source p"},
        {"\"use client\";\n/** @jsxImportSource p */\n<a/>", "source p"},
        {"\"use client\" /** @jsxImportSource p */;\n<a/>", "source p"},
        {"\"use client\" /** @jsxImportSource p */\nf(<a/>)", "source p"},
        {"\"use client\" // @jsxImportSource p\n\"use strict\"\nf(<a/>)", "source p"},
        {"/** @jsxRuntime classic */ /** @jsx h.a */ /** @jsxFrag F */ <a/>",
         "runtime classic; factory h.a; fragment F"},
        {"/** @jsx h\n@jsxRuntime automatic\n*/ <a/>", "runtime automatic; factory h"},
        {"/** @jsxImportSource p */ /** @jsxImportSource q */ <a/>", "source q"},
        {"/** @jsxImportSource p @jsxImportSource q */ <a/>", "source q"},
        {"/** @jsx h */\n", "factory h"},
        {"/** @jsx h */", "factory h"},
    };

    for (size_t i = 0; i < sizeof TABLE / sizeof TABLE[0]; i++) {
        assert_string_equal(pragmas_of(TSX, TABLE[i].code), TABLE[i].pragmas);
        assert_string_equal(pragmas_of(RWG_LANG_JS, TABLE[i].code), TABLE[i].pragmas);
    }
}

TEST(other_comments_say_nothing_of_jsx) {
    static const char *const TABLE[] = {
        "import a from 'a';\n/** @jsxImportSource p */\n<a/>",
        "a();\n/** @jsxImportSource p */\n<a/>",
        "<a>{/** @jsxImportSource p */}</a>",
        "<a/>\n/** @jsxImportSource p */",
        "'a' /** @jsxImportSource p */ + <a/>",
        "'@jsxImportSource p';\n<a/>",
        "/** @jsxImportSource */ <a/>",
        "/** @jsxImportSource\n * p */ <a/>",
        "/** @jsximportsource p */ <a/>",
        "/** x@jsxImportSource p */ <a/>",
        "/** @jsxImportSource: p */ <a/>",
        "/** @jsxRuntime other */ <a/>",
        "/** @jsx h() */ <a/>",
        "/** @jsx h..a */ <a/>",
        "/** @jsx 1 */ <a/>",
        "/** @jsxFrag \xC3\xA9 */ <a/>",
    };
    for (size_t i = 0; i < sizeof TABLE / sizeof TABLE[0]; i++) {
        assert_string_equal(pragmas_of(TSX, TABLE[i]), "");
        assert_string_equal(imports_of(TSX, TABLE[i]), i == 0 ? "static a {default}" : "");
    }
    assert_string_equal(pragmas_of(RWG_LANG_TS, "/** @jsx h */\na<b>(c)"), "");
}

TEST(a_source_named_by_a_comment_is_an_import_where_there_is_jsx) {
    static const struct {
        const char *code;
        const char *imports;
    } TABLE[] = {
        {"/** @jsxImportSource p */\nimport b from 'b';\n<a/>",
         "jsx p/jsx-runtime; static b {default}"},
        {"/** @jsxImportSource p */\nimport b from 'b';\nfunction f() { return <></> }",
         "jsx p/jsx-runtime; static b {default}"},
        {"/** @jsxImportSource ./p */\nconst a = b && <a.b c='d'>e</a.b>;", "jsx ./p/jsx-runtime"},
        {"/** @jsxImportSource p */\n/** @jsxRuntime automatic */\n<a/>", "jsx p/jsx-runtime"},
        {"/** @jsxImportSource p */\n/** @jsxRuntime classic */\n<a/>", ""},
        {"/** @jsxImportSource p */\nimport b from 'b';", "static b {default}"},
        {"/** @jsxImportSource p */\nimport b from 'b';\nconst c = '<a/>', d = b < c;",
         "static b {default}"},
        {"/** @jsxRuntime automatic */\n<a/>", ""},
    };

    for (size_t i = 0; i < sizeof TABLE / sizeof TABLE[0]; i++) {
        assert_string_equal(imports_of(TSX, TABLE[i].code), TABLE[i].imports);
        assert_string_equal(imports_of(RWG_LANG_JSX, TABLE[i].code), TABLE[i].imports);
    }
    assert_string_equal(
        imports_of(TSX, "/** @jsxImportSource p */\nconst f = <T,>(a: T) => a;"), ""
    );
}

TEST(editing_the_source_that_a_comment_names_changes_the_interface) {
    rwg_module *p = parse(TSX, "/** @jsxImportSource p */\nexport const a = <a/>;");
    rwg_module *q = parse(TSX, "/** @jsxImportSource q */\nexport const a = <a/>;");
    rwg_hash a = rwg_module_interface_hash(p);
    rwg_hash b = rwg_module_interface_hash(q);
    assert_memory_not_equal(&a, &b, sizeof a);
    rwg_module_free(p);
    rwg_module_free(q);
}
