#include "test_syntax_show.h"

#define JS RWG_LANG_JS
#define TS RWG_LANG_TS

TEST(every_ecmascript_export_form_is_one_row_a_name) {
    static const struct {
        const char *code;
        const char *exports;
    } FORMS[] = {
        {"export const a = 1", "a"},
        {"export let a = 1, b, c = () => { const d = 1 }", "a, b, c"},
        {"export const {a, b: c, d: {e = 1}, ...f} = g, [h, , i = 2, ...j] = k",
         "a, c, e, f, h, i, j"},
        {"export function a() {}", "a"},
        {"export function* a() {}", "a"},
        {"export async function a() {}", "a"},
        {"export async function* a() {}", "a"},
        {"export class A extends B { static c = 1 }", "A"},
        {"export const a = async () => {}", "a"},
        {"const a = 1, b = 2; export {a, b as c}", "a, c"},
        {"const a = 1; export {a as default, a as 'x y'}", "default, x y"},
        {"export {a, b as c, default as d, 'x' as 'y'} from 'm'",
         "a from m, c from m, d from m, y from m"},
        {"export {default} from 'm'", "default from m"},
        {"export * from 'm'", "* from m"},
        {"export * as n from 'm'", "n from m"},
        {"export * as 'x y' from 'm'", "x y from m"},
        {"export * as default from 'm'", "default from m"},
        {"export default 1", "default"},
        {"export default function () {}", "default"},
        {"export default function a() {}", "default"},
        {"export default async function a() {}", "default"},
        {"export default class {}", "default"},
        {"export default class A {}", "default"},
        {"export default () => 1", "default"},
        {"export default [a, b]", "default"},
    };

    for (size_t i = 0; i < sizeof FORMS / sizeof FORMS[0]; i++) {
        assert_string_equal(exports_of(JS, FORMS[i].code), FORMS[i].exports);
        assert_string_equal(exports_of(TS, FORMS[i].code), FORMS[i].exports);
    }
}

TEST(typescript_exports_say_whether_they_are_types) {
    assert_string_equal(
        exports_of(TS, "export interface A {} export type B = 1"), "type A, type B"
    );
    assert_string_equal(exports_of(TS, "export enum A {} export const enum B {}"), "A, B");
    assert_string_equal(exports_of(TS, "export abstract class A {}"), "A");
    assert_string_equal(exports_of(TS, "export declare const a: 1, b: 2"), "a, b");
    assert_string_equal(exports_of(TS, "export declare function a(): void"), "a");
    assert_string_equal(exports_of(TS, "export namespace A.B { export const c = 1 }"), "A");
    assert_string_equal(exports_of(TS, "export {type A, b}; type A = 1; const b = 1"), "type A, b");
    assert_string_equal(exports_of(TS, "export type {A}; type A = 1"), "type A");
    assert_string_equal(exports_of(TS, "export default interface A {}"), "type default");
    assert_string_equal(exports_of(TS, "export default abstract class A {}"), "default");
    assert_string_equal(exports_of(TS, "export import a = b.c"), "a");
    assert_string_equal(exports_of(TS, "const a = 1; export = a"), "export=");
    assert_string_equal(exports_of(TS, "export as namespace A"), "");
}

TEST(a_name_exported_more_than_once_is_one_row) {
    assert_string_equal(
        exports_of(TS, "export function f(a: string): void; export function f(a: any) {}"), "f"
    );
    assert_string_equal(exports_of(TS, "export interface A {} export const A = 1"), "A");
}

TEST(exporting_an_imported_binding_points_to_its_import) {
    assert_string_equal(
        exports_of(JS, "export {a, b as c, d}; import a, {x as b} from 'm'; const d = 1"),
        "a from m, c from m, d"
    );
    assert_string_equal(exports_of(JS, "import * as n from 'm'; export {n}"), "n from m");
}

TEST(exports_inside_namespaces_and_ambient_modules_are_not_the_files_own) {
    assert_string_equal(
        exports_of(
            TS, "declare module 'm' { export const a: 1 } namespace N { export const b = 1 }"
        ),
        ""
    );
}

TEST(commonjs_exports_are_found_by_their_assignments) {
    assert_string_equal(exports_of(JS, "exports.a = 1; exports['b c'] = 2"), "a, b c");
    assert_string_equal(exports_of(JS, "module.exports.a = 1"), "a");
    assert_string_equal(exports_of(JS, "exports.a = exports.b = void 0"), "a, b");
    assert_string_equal(
        exports_of(JS, "module.exports = {a, b: 1, 'c': 2, d() {}, get e() { return 1 }}"),
        "a, b, c, d, e"
    );
    assert_string_equal(exports_of(JS, "Object.defineProperty(exports, 'a', {value: 1})"), "a");
    assert_string_equal(exports_of(JS, "(function () { exports.a = 1 })()"), "a");
}

TEST(commonjs_reexports_are_stars) {
    assert_string_equal(exports_of(JS, "module.exports = require('m')"), "* from m");
    assert_string_equal(exports_of(JS, "module.exports = {a, ...require('m')}"), "a, * from m");
    assert_string_equal(exports_of(JS, "__exportStar(require('m'), exports)"), "* from m");
    assert_string_equal(exports_of(JS, "tslib_1.__exportStar(require('m'), exports)"), "* from m");
    assert_string_equal(exports_of(JS, "_export_star(require('m'), exports)"), "* from m");
    assert_string_equal(
        exports_of(
            JS,
            "var _m = require('m');\n"
            "Object.keys(_m).forEach(function (key) {\n"
            "  if (key === 'default' || key === '__esModule') return;\n"
            "  Object.defineProperty(exports, key, {\n"
            "    enumerable: true, get: function () { return _m[key]; } }); });"
        ),
        "* from m"
    );
}

TEST(what_compilers_leave_for_readers_is_read) {
    assert_string_equal(
        exports_of(JS, "0 && (module.exports = {a, b, ...require('m')})"), "a, b, * from m"
    );
    assert_string_equal(
        kind_of(JS, "Object.defineProperty(exports, '__esModule', {value: true}); exports.a = 1"),
        "cjs interop"
    );
    assert_string_equal(exports_of(JS, "_export(exports, {a: function () { return a }})"), "a");
}

TEST(exports_that_cannot_be_named_are_said_to_be_dynamic) {
    assert_string_equal(kind_of(JS, "module.exports = make()"), "cjs dynamic");
    assert_string_equal(kind_of(JS, "for (const k in o) exports[k] = f(k)"), "cjs dynamic");
    assert_string_equal(kind_of(JS, "module.exports = {a, ...b}"), "cjs dynamic");
}

TEST(the_kind_follows_from_the_syntax_in_use) {
    assert_string_equal(kind_of(JS, "import 'a'"), "esm");
    assert_string_equal(kind_of(JS, "export {}"), "esm");
    assert_string_equal(kind_of(JS, "import.meta.url"), "esm meta");
    assert_string_equal(kind_of(JS, "if (import.meta.hot) {}"), "esm meta hot");
    assert_string_equal(kind_of(JS, "await f()"), "esm tla");
    assert_string_equal(kind_of(JS, "require('a')"), "cjs");
    assert_string_equal(kind_of(JS, "exports.a = 1"), "cjs");
    assert_string_equal(kind_of(JS, "import 'a'; module.exports = {b: 1}"), "mixed");
    assert_string_equal(kind_of(JS, "import 'a'; function f(exports) { exports.b = 1 }"), "esm");
    assert_string_equal(exports_of(JS, "import 'a'; function f(exports) { exports.b = 1 }"), "");
    assert_string_equal(kind_of(JS, "import('a'); f()"), "script");
    assert_string_equal(kind_of(JS, ""), "script");
}

TEST(top_level_await_is_only_what_no_function_contains) {
    assert_string_equal(kind_of(JS, "import 'a'; for await (const b of c) {}"), "esm tla");
    assert_string_equal(kind_of(JS, "import 'a'; if (b) { f(await c) }"), "esm tla");
    assert_string_equal(kind_of(JS, "import 'a'; async () => await b"), "esm");
    assert_string_equal(
        kind_of(JS, "import 'a'; class B { async c() { for await (const d of e) {} } }"), "esm"
    );
    assert_string_equal(kind_of(TS, "import 'a'; await using b = c()"), "esm tla");
}
