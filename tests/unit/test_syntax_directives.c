#include "test_syntax_show.h"

#include <stdlib.h>
#include <string.h>

#define TSX RWG_LANG_TSX

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

TEST(directives_follow_the_ecmascript_prologue_rule) {
    static const struct {
        const char *code;
        const char *directives;
    } TABLE[] = {
        {"\"use client\";\nx", "use client"},
        {"'use client'\nx", "use client"},
        {"\"use strict\";\n\"use client\";\n", "use strict|use client"},
        {"\xEF\xBB\xBF\"use client\";\n", "use client"},
        {"#!/usr/bin/env node\n\"use client\";\n", "use client"},
        {"/* c */ \"use client\";\n", "use client"},
        {"/*\n c */ \"use client\";\n", "use client"},
        {"\"use client\";import a from \"b\";", "use client"},
        {"\"use client\".length;\n", ""},
        {"\"use client\" + 1;\n", ""},
        {"import a from \"b\";\n\"use client\";\n", ""},
        {"`use client`;\n", ""},
        {"(\"use client\");\n", ""},
        {"\"use strict\";\"use client\";\n", "use strict|use client"},
        {"\"use client\";\n\"use server\";\n", "use client|use server"},
        {"\"use server\";\n\"use client\";\n", "use server|use client"},
        {"\"use client-only\";\n", "use client-only"},
        {"\"use\\u0020client\";\n", "use\\u0020client"},
        {"\"use client\";\r\nx", "use client"},
        {"\"use strict\"\r\"use client\"\r", "use strict|use client"},
        {"\"hello\".toString();\n\"use client\";\n", ""},
        {"export async function a(){\n \"use server\"; return 1 }", ""},
        {"\xC2\xA0\"use client\";\nimport a from 'a'", "use client"},
        {"\"use client\"\xC2\xA0;\nimport a from 'a'", "use client"},
        {"\"use client\";\xE2\x80\x83\n\xC2\xA0'b';\nimport a from 'a'", "use client|b"},
    };

    for (size_t i = 0; i < sizeof TABLE / sizeof TABLE[0]; i++) {
        assert_string_equal(directives_of(TSX, TABLE[i].code), TABLE[i].directives);
        assert_string_equal(directives_of(RWG_LANG_JS, TABLE[i].code), TABLE[i].directives);
    }
}

TEST(a_long_licence_before_the_directive_hides_nothing) {
    char *block = repeated(" * a line of the licence\n", 100, " */\n\"use client\";\nx");
    char *text = repeated("/*\n", 1, block);
    assert_string_equal(directives_of(TSX, text), "use client");
    free(text);
    free(block);
    char *lines = repeated(
        "// aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n", 20, "\"use client\";\n"
    );
    assert_string_equal(directives_of(TSX, lines), "use client");
    free(lines);
}

TEST(a_module_is_asked_for_a_directive_by_its_text) {
    rwg_module *m = parse(TSX, "'use client'; 'use strict'");
    assert_true(rwg_module_has_directive(m, RWG_STR("use client")));
    assert_false(rwg_module_has_directive(m, RWG_STR("use server")));
    uint32_t n = 0;
    const rwg_directive *directives = rwg_module_directives(m, &n);
    assert_int_equal(n, 2);
    assert_int_equal(directives[1].span.start, 14);
    assert_int_equal(directives[1].span.end, 26);
    rwg_module_free(m);
}
