// Digests. A case has the source on the left and its digest on the right; "?" and a reason stands
// for a prescan that is not sure. Whether a digest means the same as its file is test_syntax_*'s to
// say: there every text is read both ways.

#include "syntax/prescan.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JS  RWG_LANG_JS
#define TS  RWG_LANG_TS
#define TSX RWG_LANG_TSX

static rwg_str text_of(const char *code) {
    return (rwg_str){code, (uint32_t)strlen(code)};
}

/// The digest of `code`, good until the next call.
static const char *digest_of(rwg_lang lang, const char *code) {
    static char shown[4096];
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    rwg__prescan scan = {0};
    rwg__prescan_run(&scan, &mem, text_of(code), lang);
    if (scan.sure) {
        (void)snprintf(shown, sizeof shown, "%.*s", (int)scan.text.len, scan.text.ptr);
    } else {
        (void)snprintf(shown, sizeof shown, "? %s", scan.why);
    }
    rwg__prescan_deinit(&scan, &mem);
    assert_int_equal(mem.used, 0);
    return shown;
}

struct row {
    rwg_lang lang;
    const char *code;
    const char *digest;
};

static void check_rows(const struct row *rows, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const char *digest = digest_of(rows[i].lang, rows[i].code);
        if (strcmp(digest, rows[i].digest) != 0) {
            print_error("%s\n", rows[i].code);
        }
        assert_string_equal(digest, rows[i].digest);
    }
}

#define CHECK(rows) check_rows((rows), sizeof(rows) / sizeof(rows)[0])

TEST(a_file_without_module_syntax_has_an_empty_digest) {
    static const struct row ROWS[] = {
        {JS, "", ""},
        {JS, "\n// import 'a'\n/* export */", ""},
        {JS, "const important = expect(request), awaits = 'import \"a\"'", ""},
        {JS, "a.import('b'); a?.require('c'); this.#import('d')", ""},
        {JS, "const t = `import('a') ${b} require('c')`", ""},
        {JS, "const r = /import('a')/, s = /[/]require('b')/g", ""},
        {TS, "interface A { import: string; require(id: string): any }", ""},
        {TS, "declare module 'a' { import b from 'c'; export default b }", ""},
        {TS, "namespace A { import b = require('c') }", ""},
    };
    CHECK(ROWS);
}

TEST(only_the_prologue_gives_directives) {
    static const struct row ROWS[] = {
        {JS, "'use client'\n\"use strict\"; a; 'no'", "'use client';\n\"use strict\";\n"},
        {JS, "\xEF\xBB\xBF#!/bin/node\n/* c */ 'a' // d\n;'b'", "'a';\n'b';\n"},
        {JS, "'a' + b", ""},
        {JS, "'a'\n.length", ""},
        {JS, "'a'\n++b", "'a';\n"},
        {JS, "'a'\nin b", ""},
        {JS, "('a')", ""},
    };
    CHECK(ROWS);
}

TEST(comments_about_jsx_in_the_prologue_are_copied) {
    static const struct row ROWS[] = {
        {TSX,
         "/* a */ /** @jsx h */ 'b' // @jsxFrag F\n;c",
         "/** @jsx h */\n'b';\n// @jsxFrag F\n"},
        {TSX, "'b'; /** @jsx h */", "'b';\n/** @jsx h */\n"},
        {TSX, "b; /** @jsx h */", ""},
        {TS, "/** @jsx h */", ""},
    };
    CHECK(ROWS);
}

TEST(imports_are_copied_whole) {
    static const struct row ROWS[] = {
        {JS, "import 'a'", "import 'a';\n"},
        {JS,
         "import a, {b as c, 'd e' as f} from 'g' with {type: 'json'}; h",
         "import a, {b as c, 'd e' as f} from 'g' with {type: 'json'};\n"},
        {JS, "import * as from from /* x */ 'a'", "import * as from from /* x */ 'a';\n"},
        {TS, "import type {a} from 'b'", "import type {a} from 'b';\n"},
        {TS, "import a = require('b')\nc", "import a = require('b');\n"},
        {TS, "export import a = b.c", "export import a = b.c;\n"},
    };
    CHECK(ROWS);
}

TEST(of_an_exported_declaration_only_the_head_is_kept) {
    static const struct row ROWS[] = {
        {JS, "export async function* a(b = {}) { c }", "export async function* a(){}\n"},
        {JS, "export default class extends B { }", "export default class{}\n"},
        {JS, "export default a => { b }", "export default{};\n"},
        {TS, "export abstract class A<B> implements C {}", "export abstract class A{}\n"},
        {TS, "export declare const enum A { B }", "export declare const enum A{}\n"},
        {TS, "export type A<B = C> = B | { d: 1 }", "export type A=0;\n"},
        {TS, "export namespace A.B { }", "export namespace A.B{}\n"},
        {TS, "export = a", "export ={};\n"},
        {TS, "export\nclass A {}", "export class A{}\n"},
        {JS,
         "export {a, b as c}; export * as d from 'e'",
         "export {a, b as c};\nexport * as d from 'e';\n"},
    };
    CHECK(ROWS);
}

TEST(each_exported_variable_is_a_statement_of_its_own) {
    static const struct row ROWS[] = {
        {JS,
         "export const a = 1, b = f(c, d), e", //
         "export const a;\nexport let b;\nexport let e;\n"},
        {JS,
         "export const {a, b: [c = d, e]} = f, g = 1\nh, i",
         "export const {a, b: [c = d, e]};\nexport let g;\n"},
        {JS,
         "export let a = b\n  , c = (d, e)\n(f), g", //
         "export let a;\nexport let c;\nexport let g;\n"},
        {JS, "export const a = x => { return 1, 2 }\nlet b, c", "export const a;\n"},
        {JS,
         "export const a = /,b/, c = `,d${e, f}`, g = <h>,i</h>, j",
         "export const a;\nexport let c;\nexport let g;\nexport let j;\n"},
        {TS,
         "export const a: Map<b, c> = new Map<d, e>(), f = 1",
         "export const a;\nexport let f;\n"},
        {TS,
         "export const a = <B, C = D>(e: B) => e\nexport const f = 1",
         "export const a;\nexport const f;\n"},
        {TS, "export const a = b < c, d = 1", "? type arguments or a list of variables"},
    };
    CHECK(ROWS);
}

TEST(calls_are_found_wherever_code_can_be) {
    static const struct row ROWS[] = {
        {JS, "f(`${{a: `${import('b')}`}}`)", "import('b');\n"},
        {JS, "a = b / import('c') / d", "import('c');\n"},
        {JS, "<a b={import('c')}>it's {require('d')}</a>", "import('c');\nrequire('d');\n"},
        {JS,
         "import(/* vite */ `./a/${b}.js`, {with: c})",
         "import(/* vite */ `./a/${b}.js`, {with: c});\n"},
        {JS,
         "require('a', b); require(c); require.resolve(\"d\")",
         "require('a');\nrequire.resolve(\"d\");\n"},
        {JS, "new URL('a', import.meta.url)", "new URL('a', import.meta.url);\n"},
        {JS,
         "new Worker(new URL('a', import.meta.url), {type: b})",
         "new Worker(new URL('a', import.meta.url));\n"},
        {JS,
         "if (import.meta.hot) import.meta.hot.accept('a', () => {})",
         "import.meta.hot;\nimport.meta.hot.accept('a', () => {});\n"},
        {TS,
         "import.meta.glob<A>('./*.ts', {eager: true})",
         "import.meta.glob<A>('./*.ts', {eager: true});\n"},
    };
    CHECK(ROWS);
}

TEST(what_lies_around_a_call_is_kept_as_far_as_it_matters) {
    static const struct row ROWS[] = {
        {JS,
         "try { if (a) { require('b') } } catch { require('c') }",
         "try{require('b');}catch{}\nrequire('c');\n"},
        {JS, "async () => { import(await a) }", "async()=>{import(await a);};\n"},
        {JS, "import(await a)", "import(await a);\n"},
        {JS, "function f() { exports.a = 1 }", "async()=>{exports.a = 0;};\n"},
    };
    CHECK(ROWS);
}

TEST(an_await_of_the_program_is_told_from_those_of_functions) {
    static const struct row ROWS[] = {
        {JS, "a(await b); await c", "await 0;\n"},
        {JS, "for await (const a of b) {}", "await 0;\n"},
        {JS, "if (a) { await b }", "await 0;\n"},
        {JS, "async function a() { if (b) { await c } }", ""},
        {JS, "const a = async b => await c", ""},
        {JS, "const a = async (b) =>\n  c(d ? await e : f)", ""},
        {JS, "class A { async b() { await c } }", ""},
        {JS, "const a = b => c;\nawait d", "await 0;\n"},
        {JS, "const a = b => c(d)\nawait e", "await 0;\n"},
        {JS, "a.await = {await: 1}", ""},
        {JS, "async function a()\n{\n await b }", ""},
        {JS,
         "export default async function ()\n{\n await b }",
         "export default async function(){}\n"},
        {JS, "class A extends B\n{\n async c()\n{\n await d } }", ""},
        {JS, "a;\n// b. \nawait c", "await 0;\n"},
        {JS, "a;\n// b. \n// c.\t\n// d\nexport {a}", "export {a};\n"},
        {JS, "a()\n{\n await b }", "? await inside of a function or not"},
        {JS, "a = b\n{\n await c }", "? await inside of a function or not"},
    };
    CHECK(ROWS);
}

TEST(import_types_are_told_from_calls) {
    static const struct row ROWS[] = {
        {TS, "let a: import('b').C.D", "type T=import('b').C.D;\n"},
        {TS, "f<typeof import('a')>()", "type T=typeof import('a');\n"},
        {TS, "import('a').then(b => b)", "import('a');\n"},
        {TS, "const a = () => import('b')", "import('b');\n"},
        {TS, "type A = B | import('c')", "type T=import('c');\n"},
        {TS, "let a: import('b')", "? import() as a call or as a type"},
    };
    CHECK(ROWS);
}

TEST(what_commonjs_exports_is_kept) {
    static const struct row ROWS[] = {
        {JS, "exports.a = exports['b'] = function () {}", "exports.a = exports['b'] = 0;\n"},
        {JS,
         "module.exports = {a, b: c(), ...require('d')}",
         "module.exports = {a, b: c(), ...require('d')};\n"},
        {JS, "module.exports = require('a')\nb", "module.exports = require('a');\n"},
        {JS,
         "module.exports = class { a() { require('b') } }",
         "module.exports = 0;\nrequire('b');\n"},
        {JS,
         "Object.defineProperty(exports, 'a', {get: () => b})",
         "Object.defineProperty(exports, 'a');\n"},
        {JS,
         "tslib.__exportStar(require('a'), exports)",
         "tslib.__exportStar(require('a'), exports);\n"},
        {JS, "f(exports); g(exports.a)", "exports;\n"},
        {JS, "a = {exports: 1}", ""},
        {JS, "a = {get exports() { return b }, set exports(c) {}}", ""},
        {TS, "declare class A { static exports<T>(a: T): void }", ""},
        {TS, "interface A { readonly exports: B }", ""},
        {JS, "a = {b: c ? exports : d}", "exports;\n"},
    };
    CHECK(ROWS);
}

TEST(a_slash_is_read_by_what_stands_before_it) {
    static const struct row ROWS[] = {
        {JS, "if (a) /'/.test(b); import('c')", "import('c');\n"},
        {JS, "f(a) / 2; '/'; import('c')", "import('c');\n"},
        {JS, "while (a) {}\n/'/.test(b); import('c')", "import('c');\n"},
        {JS, "a = {} / 2; '/'; import('c')", "import('c');\n"},
        {JS, "a++ / 2; '/'; import('c')", "import('c');\n"},
        {JS, "return /'/; import('c')", "import('c');\n"},
        {JS, "a.return / 2; '/'; import('c')", "import('c');\n"},
        {JS, "/a/ / /'/; import('c')", "import('c');\n"},
        {JS, "a /* ( */ // )\n/ 2; '/'; import('c')", "import('c');\n"},
        {TS, "a! / 2; '/'; import('c')", "import('c');\n"},
        {JS,
         "a = function () {}\n/'/.test(b); import('c')",
         "? a regular expression or a division"},
    };
    CHECK(ROWS);
}

TEST(jsx_is_told_from_less_than_and_from_type_parameters) {
    static const struct row ROWS[] = {
        {JS, "a < b; c > d; '<'; import('e')", "import('e');\n"},
        {JS, "return <>it's</>; import('a')", "import('a');\n"},
        {JS, "a && <b.c d-e='\"' f=\"'\">'{'}'}'</b.c>; import('g')", "import('g');\n"},
        {JS, "a << 1 < 2; '<'; import('b')", "import('b');\n"},
        {TSX, "a = <T,>(b: T) => '<'; import('c')", "import('c');\n"},
        {TSX, "a = <T extends B>(b: T) => '<'; import('c')", "import('c');\n"},
        {TSX, "a = <B<C> d='e'>'</B>; import('f')", "import('f');\n"},
        {TSX, "a = <T>(b)</T>; import('c')", "? JSX or type parameters"},
        {TS, "a = <T>(b: T) => b; import('c')", "import('c');\n"},
        {JS, "a = <b>'</c>; import('d')", "? a closing tag has another name"},
    };
    CHECK(ROWS);
}

TEST(doubt_is_said_and_not_guessed) {
    static const struct row ROWS[] = {
        {JS, "(]; import('a')", "? brackets do not match"},
        {JS, "import('a'", "? brackets do not match"},
        {JS, "'\n'; import('a')", "? a string does not end"},
        {JS, "`${a; import('b')", "import('b');\n"},
        {JS, "\\u0061; import('b')", "? an escape outside of literals"},
        {JS, "a <!-- b\nimport('c')", "? an HTML-like comment"},
        {JS, "export @a class B {}", "? an export of unknown form"},
    };
    CHECK(ROWS);
}

TEST(positions_lead_from_the_digest_back_to_the_file) {
    rwg_str code = text_of("// one\r\nf(\r\n\n  import('a'), `\n`,\n  require('bc'))\n");
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    rwg__prescan scan = {0};
    rwg__prescan_run(&scan, &mem, code, JS);
    rwg_str digest = {scan.text.ptr, scan.text.len};

    static const struct {
        const char *literal;
        uint32_t line;
    } LITERALS[] = {{"'a'", 3}, {"'bc'", 5}};

    for (size_t i = 0; i < sizeof LITERALS / sizeof LITERALS[0]; i++) {
        size_t size = strlen(LITERALS[i].literal);
        uint32_t at = 0;
        while (memcmp(digest.ptr + at, LITERALS[i].literal, size) != 0) {
            at++;
        }
        rwg_span span = rwg__prescan_source_span(&scan, (rwg_span){at, at + (uint32_t)size});
        assert_int_equal(span.end - span.start, size);
        assert_memory_equal(code.ptr + span.start, LITERALS[i].literal, size);
        assert_int_equal(rwg__prescan_source(&scan, at), span.start);
        assert_int_equal(rwg__prescan_line(&scan, code, at), LITERALS[i].line);
    }
    rwg__prescan_deinit(&scan, &mem);
}

TEST(literals_are_what_is_no_code) {
    static const struct {
        rwg_lang lang;
        const char *text;
        const char *literals;
    } CASES[] = {
        {TSX, "#!x\na /* b */ / c // d\n", "#!x|/* b */|// d"},
        {TSX, "f('a\\'', \"b\"); `c${d + `e`}f`;", "'a\\''|\"b\"|c|e`|f`"},
        {TSX, "a = /b[/]'/; c / d / e", "/b[/]'/"},
        {TSX, "<p q='r' /* s */>it's {t /* u */}</p>", "'r'|/* s */|it's |/* u */"},
        {JS, "import 'a'; export {b} from \"c\"; require('d')", "'a'|\"c\"|'d'"},
        {JS, "<p class='q' data-if for={r}><s.if t:do /></p>", "class|'q'|for|if|do"},
        {TSX, "'a'; b = <T>(c) => 'd';", "'a'"}, /* JSX or type parameters */
        {TSX, "'a'; b = <c>'d' > e", "'a'"},
    };

    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    rwg__prescan scan = {0};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        char shown[200] = "";
        rwg__prescan_literals(
            &scan, &mem, (rwg_str){CASES[i].text, (uint32_t)strlen(CASES[i].text)}, CASES[i].lang
        );
        for (uint32_t k = 0; k < scan.literals.len; k++) {
            rwg_span span = scan.literals.ptr[k].span;
            size_t used = strlen(shown);
            const char *bar = used > 0 && span.end > span.start ? "|" : "";
            snprintf(
                shown + used,
                sizeof shown - used,
                "%s%.*s",
                bar,
                (int)(span.end - span.start),
                CASES[i].text + span.start
            );
        }
        assert_string_equal(shown, CASES[i].literals);
    }
    rwg__prescan_deinit(&scan, &mem);
}

/// `unit` many times over, and `rest` after it; the caller frees it.
static rwg_str repeated(const char *unit, uint32_t times, const char *rest) {
    size_t size = strlen(unit), body = size * times, all = body + strlen(rest);
    char *bytes = malloc(all);
    assert_non_null(bytes);
    for (size_t i = 0; i < all; i++) {
        bytes[i] = i < body ? unit[i % size] : rest[i - body];
    }
    return (rwg_str){bytes, (uint32_t)all};
}

TEST(deep_nesting_and_long_runs_cost_no_stack_and_no_squares) {
    static const char *const UNITS[] = {
        "(",
        "{",
        "[",
        "`${",
        "<a>",
        "<a b={",
        "/**/\n",
        "require(",
        "=> await ",
        "a<",
        " ",
        "aw",
        "try {",
        "export const a=b<c\n",
        "exports[",
        "new URL(",
        "// \n",
        "x = \n",
        "import.meta.a;",
    };
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    rwg__prescan scan = {0};
    for (size_t i = 0; i < sizeof UNITS / sizeof UNITS[0]; i++) {
        rwg_str code = repeated(UNITS[i], 100000, " await import('a')");
        rwg__prescan_run(&scan, &mem, code, JS);
        rwg__prescan_run(&scan, &mem, code, TSX);
        assert_true(scan.text.len <= 4 * code.len + 64);
        free((char *)code.ptr);
    }
    rwg__prescan_deinit(&scan, &mem);
}
