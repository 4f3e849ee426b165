#include "base/str.h"
#include "test_syntax_show.h"

#define JS  RWG_LANG_JS
#define TS  RWG_LANG_TS
#define TSX RWG_LANG_TSX

TEST(static_imports_carry_the_names_they_take) {
    assert_string_equal(imports_of(JS, "import a from 'm'"), "static m {default}");
    assert_string_equal(imports_of(JS, "import * as a from 'm'"), "static m {*}");
    assert_string_equal(imports_of(JS, "import a, * as b from 'm'"), "static m {default, *}");
    assert_string_equal(
        imports_of(JS, "import a, {b, c as d, default as e} from 'm'"),
        "static m {default, b, c, default}"
    );
    assert_string_equal(imports_of(JS, "import {'x y' as z} from 'm'"), "static m {x y}");
    assert_string_equal(imports_of(JS, "import {} from 'm'"), "static m");
    assert_string_equal(imports_of(JS, "import 'm'"), "static side m");
}

TEST(type_only_is_said_of_statements_and_of_names) {
    assert_string_equal(imports_of(TS, "import type A from 'm'"), "static type m {default}");
    assert_string_equal(imports_of(TS, "import type {A} from 'm'"), "static type m {A}");
    assert_string_equal(imports_of(TS, "import type * as A from 'm'"), "static type m {*}");
    assert_string_equal(imports_of(TS, "import {type A, type B} from 'm'"), "static type m {A, B}");
    assert_string_equal(imports_of(TS, "import {type A, b} from 'm'"), "static m {type A, b}");
    assert_string_equal(imports_of(TS, "import type from 'm'"), "static m {default}");
    assert_string_equal(imports_of(TS, "import type, {a} from 'm'"), "static m {default, a}");
    assert_string_equal(imports_of(TS, "export type {A} from 'm'"), "reexport type m {A}");
    assert_string_equal(imports_of(TS, "export type * from 'm'"), "star type m {*}");
}

TEST(reexports_and_stars_are_imports_too) {
    assert_string_equal(imports_of(JS, "export {a, b as c} from 'm'"), "reexport m {a, b}");
    assert_string_equal(imports_of(JS, "export * from 'm'"), "star m {*}");
    assert_string_equal(imports_of(JS, "export * as n from 'm'"), "star m {*}");
}

TEST(import_attributes_are_kept) {
    assert_string_equal(
        imports_of(JS, "import a from './a.json' with {type: 'json'}"),
        "static ./a.json {default} with type=json"
    );
    assert_string_equal(
        imports_of(JS, "import('./a.json', {with: {type: 'json'}})"),
        "dynamic ./a.json with type=json"
    );
    assert_string_equal(
        imports_of(TS, "import a from './a.json' assert {'type': 'json'}"),
        "static ./a.json {default} with type=json"
    );
}

TEST(dynamic_imports_are_found_wherever_they_stand) {
    assert_string_equal(imports_of(JS, "import('m').then(f)"), "dynamic m");
    assert_string_equal(imports_of(JS, "import(`m`)"), "dynamic m");
    assert_string_equal(imports_of(JS, "f({a: [() => import('m')]})"), "dynamic m");
    assert_string_equal(imports_of(JS, "`x ${import('m')} y`"), "dynamic m");
    assert_string_equal(
        imports_of(TSX, "<A b={() => import('m')}>it's {import('n')}</A>"), "dynamic m; dynamic n"
    );
    assert_string_equal(imports_of(JS, "import(/* webpackChunkName: 'x' */ 'm')"), "dynamic m");
    assert_string_equal(imports_of(JS, "import(name)"), "");
}

TEST(dynamic_imports_of_computed_names_are_patterns) {
    assert_string_equal(imports_of(JS, "import(`./a/${x}.js`)"), "dynamic-template ./a/*.js");
    assert_string_equal(imports_of(JS, "import('./a/' + x + '.js')"), "dynamic-template ./a/*.js");
    assert_string_equal(
        imports_of(JS, "import('./a/' + `${x}${y}.js`)"), "dynamic-template ./a/*.js"
    );
}

TEST(what_looks_like_an_import_in_strings_and_comments_is_none) {
    assert_string_equal(imports_of(JS, "// import 'a'\n/* import('b') */ 'require(\"c\")'"), "");
    assert_string_equal(imports_of(JS, "const s = `import a from 'm'`; /import('x')/.test(s)"), "");
    assert_string_equal(imports_of(TSX, "const a = <p>import a from 'm'</p>"), "");
    assert_string_equal(imports_of(JS, "a.import('x'); b.require('y'); c = {import: 1}"), "");
}

TEST(requires_are_found_and_marked_inside_try_blocks) {
    assert_string_equal(imports_of(JS, "const a = require('m')"), "require m");
    assert_string_equal(
        imports_of(
            JS, "try { require('a'); function f() { require('b') } } catch { require('c') }"
        ),
        "require try a; require try b; require c"
    );
    assert_string_equal(imports_of(JS, "require.resolve('m')"), "require-resolve m");
    assert_string_equal(imports_of(JS, "require(m)"), "");
    assert_string_equal(imports_of(TS, "import a = require('m')"), "import-equals m {*}");
    assert_string_equal(imports_of(TS, "import type a = require('m')"), "import-equals type m {*}");
    assert_string_equal(imports_of(TS, "import a = b.c"), "");
}

TEST(imports_in_types_are_import_types) {
    assert_string_equal(imports_of(TS, "type A = import('m').B"), "import-type type m");
    assert_string_equal(imports_of(TS, "let a: typeof import('m')"), "import-type type m");
    assert_string_equal(
        imports_of(TS, "let a: Array<import('m').B<import('n').C>>"),
        "import-type type m; import-type type n"
    );
    assert_string_equal(
        imports_of(TS, "f(a as import('m').B, import('n'))"), "import-type type m; dynamic n"
    );
}

TEST(urls_and_workers_name_files) {
    assert_string_equal(imports_of(JS, "new URL('./a.png', import.meta.url)"), "url ./a.png");
    assert_string_equal(
        imports_of(JS, "new Worker(new URL('./w.js', import.meta.url), {type: 'module'})"),
        "worker ./w.js"
    );
    assert_string_equal(
        imports_of(JS, "new SharedWorker(new URL('./w.js', import.meta.url))"), "worker ./w.js"
    );
    assert_string_equal(imports_of(JS, "new URL('./a.png', base); new Worker('./w.js')"), "");
}

TEST(a_module_may_accept_none_of_its_exports) {
    rwg_module *m =
        parse(JS, "import.meta.hot.acceptExports([]); import.meta.hot.acceptExports(a)");
    uint32_t n = 0;
    const rwg_hot *hots = rwg_module_hots(m, &n);
    assert_int_equal(n, 1);
    assert_int_equal(hots[0].kind, RWG_HOT_ACCEPT_EXPORTS);
    assert_int_equal(hots[0].value.v, 0);
    rwg_module_free(m);
}

TEST(patterns_of_one_glob_call_are_told_from_those_of_the_next) {
    rwg_module *m = parse(JS, "import.meta.glob(['./a', '!./b', './c']); import.meta.glob('./d')");
    static const bool MORE[] = {false, true, true, false};
    uint32_t n = 0;
    const rwg_import *imports = rwg_module_imports(m, &n);
    assert_int_equal(n, 4);
    for (uint32_t i = 0; i < n; i++) {
        assert_int_equal((imports[i].flags & RWG_IMPORT_GLOB_MORE) != 0, MORE[i]);
    }
    rwg_module_free(m);
}

TEST(globs_are_read_with_their_negative_patterns) {
    assert_string_equal(imports_of(JS, "import.meta.glob('./a/*.js')"), "glob ./a/*.js");
    assert_string_equal(
        imports_of(
            JS,
            "import.meta.glob(['./a/*.js', '!./a/b.js'], "
            "{/*a*//*b*//*c*//*d*//*e*//*f*//*g*//*h*//*i*//*j*//*k*//*l*//*m*//*n*//*o*//*p*//*q*/"
            "eager: true})"
        ),
        "glob eager ./a/*.js; glob eager not !./a/b.js"
    );
}

TEST(a_glob_has_the_query_of_its_options) {
    assert_string_equal(
        imports_of(JS, "import.meta.glob('./*.js', {eager: true, query: '?raw'})"),
        "glob eager ./*.js with query=?raw"
    );
    assert_string_equal(
        imports_of(JS, "import.meta.glob('./*.js', {as: 'url'})"), "glob ./*.js with query=?url"
    );
    assert_string_equal(
        imports_of(JS, "import.meta.glob('./*.js', {query: {a: 1, 'b': 'x'}})"),
        "glob ./*.js with query=?a=1&b=x"
    );
    assert_string_equal(imports_of(JS, "import.meta.glob('./*.js', {query: ''})"), "glob ./*.js");
}

TEST(escapes_in_specifiers_are_undone) {
    assert_string_equal(imports_of(JS, "import '\\u0061\\x62\\u{63}\\\n\\n'"), "static side abc\n");
    assert_string_equal(
        imports_of(JS, "import '\\ud83d\\ude00\\ud83d'"), "static side \xF0\x9F\x98\x80\xEF\xBF\xBD"
    );
}

TEST(positions_are_bytes_and_lines_end_as_ecmascript_says) {
    static const char CODE[] = "// \xC3\xA9\r\nimport 'a'\rimport 'b'\n"
                               "/* \xE2\x80\xA8 \xE2\x80\xA9 */ import('c')";
    rwg_module *m = parse(JS, CODE);
    uint32_t n = 0;
    const rwg_import *imports = rwg_module_imports(m, &n);
    assert_int_equal(n, 3);
    assert_int_equal(imports[0].line, 2);
    assert_int_equal(imports[1].line, 3);
    assert_int_equal(imports[2].line, 6);
    assert_memory_equal(CODE + imports[0].span.start, "'a'", 3);
    assert_memory_equal(CODE + imports[2].span.start, "'c'", 3);
    assert_int_equal(imports[2].span.end - imports[2].span.start, 3);
    rwg_module_free(m);
}

TEST(imports_come_in_source_order) {
    assert_string_equal(
        imports_of(
            TS, "import 'a'; import('b'); export * from 'c'; let d: import('d').D[]; require('e')"
        ),
        "static side a; dynamic b; star c {*}; import-type type d; require e"
    );
}
