// TypeScript through rwb_transform in the ESM form: what is stripped, what is compiled, and which
// imports stay. Expected texts are compared without white space where layout is not the point.

#include "base/str.h"
#include "test.h"
#include "transform/unit.h"

#include <ctype.h>
#include <rwbundler/transform.h>
#include <stdlib.h>

typedef struct pair {
    const char *text;
    const char *expected;
} pair;

static rwb_transform_options options_of(rwg_lang lang) {
    rwb_transform_options options = RWB_TRANSFORM_OPTIONS_INIT;
    options.lang = lang;
    options.jsx = RWB_JSX_PRESERVE;
    options.source_map = false;
    return options;
}

// The code of the output as a C string; the caller frees it.
static char *transform(const char *text, const rwb_transform_options *options) {
    rwb_transformer *t = rwb_transformer_new();
    rwb_output *output = NULL;
    rwg_error err = {0};
    if (rwb_transform(t, rwg__str_c(text), options, &output, &err) != RWG_OK) {
        fail_msg("%s", err.text);
    }
    uint32_t n = 0;
    const rwg_diag *diags = rwb_output_diags(output, &n);
    if (n > 0) {
        fail_msg("%.*s in: %s", (int)diags[0].message.len, diags[0].message.ptr, text);
    }
    rwg_str code = rwb_output_code(output);
    char *copy = calloc(1, (size_t)code.len + 1);
    if (code.len > 0) {
        memcpy(copy, code.ptr, code.len);
    }
    rwb_output_free(output);
    rwb_transformer_free(t);
    return copy;
}

static char *without_space(const char *text) {
    char *packed = calloc(1, strlen(text) + 1);
    size_t len = 0;
    for (; *text; text++) {
        if (!isspace((unsigned char)*text)) {
            packed[len++] = *text;
        }
    }
    return packed;
}

static void expect_packed(const pair *pairs, size_t count, const rwb_transform_options *options) {
    for (size_t i = 0; i < count; i++) {
        char *code = transform(pairs[i].text, options);
        char *packed = without_space(code);
        char *expected = without_space(pairs[i].expected);
        assert_string_equal(packed, expected);
        free(expected);
        free(packed);
        free(code);
    }
}

static void expect_exact(const pair *pairs, size_t count, const rwb_transform_options *options) {
    for (size_t i = 0; i < count; i++) {
        char *code = transform(pairs[i].text, options);
        assert_string_equal(code, pairs[i].expected);
        free(code);
    }
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

TEST(types_are_stripped_and_the_rest_stays_as_it_is_written) {
    static const pair PAIRS[] = {
        {"let a: number = 1, b!: T;", "let a = 1, b;"},
        {"function f<T>(this: A, a?: T, ...b: T[]): a is T { return a as T }",
         "function f(a, ...b) { return a }"},
        {"const g = async <T>(a: T): Promise<T> => a!;", "const g = async (a) => a;"},
        {"x = <any>y; z = () => <any>{}; w = () => <T>function () {};",
         "x = y; z = () => ({}); w = () => (function () {});"},
        {"f<A, B>(x); new G<A>; const h = f<A>;", "f(x); new G; const h = f;"},
        {"try {} catch (e: unknown) {}", "try {} catch (e) {}"},
        {"for (const a of b as C[]) {} (d as any) = 1;", "for (const a of b) {} (d) = 1;"},
        {"a = b satisfies C as D", "a = b"},
        {"f({} as a.b.c.D, 1); g(x as a.b.C | D);", "f({}, 1); g(x);"},
        {"const s = tag<P>`x`; const u = tag.a<P & {b: c}>`y`;",
         "const s = tag`x`; const u = tag.a`y`;"},
        {"type R = typeof import('m')\nlet a: keyof import('n') = 1;", "let a = 1;"},
        {"class A { m: typeof import('m')\n abstract [b]: T; f(): typeof import('n') {} }",
         "class A { m; f() {} }"},
        {"const v = tag(a)<P<{b: 'c' | 'd'}>>`z`;", "const v = tag(a)`z`;"},
        {"f<typeof import('m')>('n')", "f('n')"},
        {"function f(a: string): void;\nfunction f(a: any) {}", "function f(a) {}"},
        {"interface A {} type B = 1; declare const c: number; declare module 'm' { let d }\nlet e;",
         "let e;"},
        {"let a: typeof b extends infer C ? (x: C) => void : {y: {z}[]};", "let a;"},
    };
    rwb_transform_options options = options_of(RWG_LANG_TS);
    expect_packed(PAIRS, COUNT(PAIRS), &options);
}

TEST(class_members_without_code_and_modifiers_go) {
    static const pair PAIRS[] = {
        {"abstract class A<T> extends B<T> implements C, D<E> {"
         " private static readonly a?: T = 1; b!: T; declare c: T; [k: string]: any;"
         " m(): void; m(x?: T): void {} abstract n(): T; protected get p?(): T { return 1 }"
         " abstract q: T; override r() {} }",
         "class A extends B { static a = 1; b; m(x) {} get p() { return 1 } r() {} }"},
        {"class A { abstract [a]: T; abstract [b](): void; c = 1 }", "class A { c = 1 }"},
    };
    rwb_transform_options options = options_of(RWG_LANG_TS);
    expect_packed(PAIRS, COUNT(PAIRS), &options);
}

TEST(what_is_removed_never_joins_what_stood_on_both_sides) {
    static const pair PAIRS[] = {
        {"let a = b\ntype T = 1\n(c as any).d()", "let a = b\n;\n(c).d()"},
        {"let a = b as any\n(c)", "let a = b ;\n(c)"},
        {"let a = b as any\n[c]", "let a = b ;\n[c]"},
        {"let a = b as T\n[c].d()", "let a = b ;\n[c].d()"},
        {"class A {\n a: T\n ['b'] = 1\n}", "class A {\n a;\n ['b'] = 1\n}"},
        {"if (a) type T = 1", "if (a) ;"},
        {"return_ = <T>(\n a)", "return_ = (\n a)"},
        {"const f = (a)\n: T => a", "const f = (a) => a"},
        {"const f = async <T>(\n a) => a", "const f = async (\n a) => a"},
        {"class A {\n a = 1\n private *b() {}\n}", "class A {\n a = 1;\n *b() {}\n}"},
        {"class A {\n a = 1\n readonly [b] = 2\n}", "class A {\n a = 1;\n [b] = 2\n}"},
        {"class A {\n get: T\n private b() {}\n}", "class A {\n get;\n b() {}\n}"},
        {"class A {\n a = 1\n declare b: T\n ['c'] = 1\n}", "class A {\n a = 1;\n ['c'] = 1\n}"},
        {"const a = b\nenum E { A }\nenum E { B = 1 }",
         "const a = b\nvar E; (function (E) { E[E[\"A\"] = 0] = \"A\"; })(E || (E = {}));\n"
         "(function (E) { E[E[\"B\"] = 1] = \"B\"; })(E || (E = {}));"},
        {"a<b>\nlet c", "a\nlet c"},
        {"typeof<T>a", "typeof a"},
        {"a = -<T>-b", "a = - -b"},
    };
    rwb_transform_options options = options_of(RWG_LANG_TS);
    expect_exact(PAIRS, COUNT(PAIRS), &options);
}

TEST(imports_that_only_types_need_are_left_out) {
    static const pair PAIRS[] = {
        {"import {A, b} from 'm'; let a: A = b;", "import {b} from 'm'; let a = b;"},
        {"import a, {type B, c} from 'm'; a(c);", "import a, {c} from 'm'; a(c);"},
        {"import a, {B} from 'm'; a(); let b: B;", "import a from 'm'; a(); let b;"},
        {"import A, {b} from 'm'; let a: A = b;", "import {b} from 'm'; let a = b;"},
        {"import {A} from 'm'; import 'n'; import {} from 'o'; let a: A.B;", "import 'n'; let a;"},
        {"/** `a<b>` */\nimport type {A} from 'm';\nf<typeof import('m')>`x`; g<A>`y`",
         "/** `a<b>` */ f`x`; g`y`"},
        {"import type A from 'm'; import type {B} from 'n'; import type * as C from 'o'", ""},
        {"import {A, B} from 'm'; class C extends A implements B {}",
         "import {A} from 'm'; class C extends A {}"},
        {"import {a} from 'm'; let b: typeof a; declare class C extends a {}", "let b;"},
        {"import {a} from 'm'; export {a}; export {type b, c} from 'n'; export type {d} from 'o';"
         "export type * from 'p'; export * from 'q'; export {type e} from 'r'",
         "import {a} from 'm'; export {a}; export {c} from 'n'; export * from 'q';"},
        {"interface A {} type B = 1; const c = 1; export {A, B, c}; export default A",
         "const c = 1; export {c};"},
        {"export interface A {} export default interface B {} export declare let c; "
         "export as namespace D; export function f(): void; export function f() {}",
         "export function f() {}"},
        {"import {N} from 'm'; import A = N.B; import C = A.D; C();",
         "import {N} from 'm'; var A = N.B; var C = A.D; C();"},
        {"import {N} from 'm'; import A = N.B; let a: A;", "let a;"},
        {"declare namespace A { export const b: 1 } import C = A; export const d = C.b;",
         "var C = A; export const d = C.b;"},
        {"declare namespace A { type B = 1 } import C = A; let d: C.B;", "let d;"},
        {"interface A {} export = A", ""},
        {"export import type a = require('m'); export import b = require('n')",
         "export const b = require('n')"},
        {"import {a, b} from 'm'; interface C { [a.d]: b }", "import {a} from 'm';"},
        {"import {A} from 'm'; declare const b: A; export default b", "export default b"},
        {"import {P, Q} from 'm'; const v = tag<P<Q>>`z`;", "const v = tag`z`;"},
        {"import fs = require('fs'); import T = require('t'); fs(); let t: T; export = fs",
         "const fs = require('fs'); fs(); let t; module.exports = fs"},
        {"import {P, q} from 'm'; tag<P>`x`; function f({a = q}: {a?: P}) {}",
         "import {q} from 'm'; tag`x`; function f({a = q}) {}"},
    };
    rwb_transform_options options = options_of(RWG_LANG_TS);
    expect_packed(PAIRS, COUNT(PAIRS), &options);
}

TEST(verbatim_module_syntax_keeps_what_is_not_marked_type) {
    static const pair PAIRS[] = {
        {"import {A, type B} from 'm'; import {} from 'n'; import {type C} from 'o';"
         "import type D from 'p'; export {type E, F} from 'q'; import G = A.B;",
         "import {A} from 'm'; import {} from 'n'; import {} from 'o'; export {F} from 'q'; var G "
         "= A.B;"},
    };
    rwb_transform_options options = options_of(RWG_LANG_TS);
    options.verbatim_module_syntax = true;
    expect_packed(PAIRS, COUNT(PAIRS), &options);
}

TEST(nothing_is_left_out_of_javascript) {
    static const pair PAIRS[] = {{"import {a} from 'm';\n", "import {a} from 'm';\n"}};
    rwb_transform_options options = options_of(RWG_LANG_JS);
    expect_exact(PAIRS, COUNT(PAIRS), &options);
}

TEST(classic_jsx_needs_its_factory) {
    static const pair PAIRS[] = {
        {"import React, {T} from 'react'; let a: T = <b/>;",
         "import React from 'react'; let a = <b/>;"},
        {"import React from 'react'; let a: React.T;", "let a;"},
        {"import {A, B} from 'm'; <A.x/>; <b.B/>;", "import {A} from 'm'; <A.x/>; <b.B/>;"},
    };
    rwb_transform_options options = options_of(RWG_LANG_TSX);
    expect_packed(PAIRS, COUNT(PAIRS), &options);
    static const pair PRAGMA[] = {
        {"/** @jsx h */ import {h, T} from 'm'; <a/>;",
         "/** @jsx h */ import {h} from 'm'; h(\"a\", null);"},
    };
    options.jsx = RWB_JSX_CLASSIC;
    expect_packed(PRAGMA, COUNT(PRAGMA), &options);
}

// The names of import specifiers that the elide pass keeps, each followed by a space.
static void kept_names(const char *text, const rwb_transform_options *options, rwg__buf *out) {
    rwg_parse_options how = RWG_PARSE_OPTIONS_INIT;
    how.lang = options->lang;
    rwg_source_parser *parser = rwg_source_parser_new();
    rwg__arena arena;
    rwg__arena_init(&arena, out->mem);
    rwb__edits edits;
    rwb__edits_init(&edits, out->mem);
    rwb__unit u = {.mem = out->mem, .arena = &arena, .options = options, .typescript = true};
    u.text = rwg__str_c(text);
    u.edits = &edits;
    rwg_source *source = NULL;
    rwg_module *record = NULL;
    assert_int_equal(rwg_source_open(parser, u.text, &how, &source, NULL), RWG_OK);
    assert_int_equal(rwg_module_parse(u.text, &how, &record, NULL), RWG_OK);
    u.source = source;
    u.record = record;
    u.nodes = rwg_source_nodes(source, &u.node_count);
    uint32_t imports = 0;
    (void)rwg_module_imports(record, &imports);
    u.elided = rwg__arena_zalloc(&arena, u.node_count);
    u.import_elided = rwg__arena_zalloc(&arena, imports);
    rwb__scopes *scopes = rwb__scopes_new(out->mem, source, options->lang);
    u.scopes = scopes;
    rwb__elide_run(&u);
    for (uint32_t i = 0; i < u.node_count; i++) {
        if (rwb__kind(&u, i) == RWG_SYNTAX_IMPORT_SPECIFIER && !u.elided[i]) {
            rwg__buf_add(out, rwb__text(&u, i));
            rwg__buf_char(out, ' ');
        }
    }
    rwb__scopes_free(scopes);
    rwg_module_free(record);
    rwg_source_free(source);
    rwb__edits_deinit(&edits);
    rwg__arena_deinit(&arena);
    rwg_source_parser_free(parser);
}

TEST(types_that_decorators_see_are_kept_for_metadata) {
    static const char TEXT[] = "import {A, B, C, D, E, F, G, H, I, d} from 'm';"
                               "class V { @d a: A; @d m(b: B): C { let x: D } n(p: I) {} }"
                               "@d class W { constructor(private e: E | null, f: F.X) {} }"
                               "class X { m(@d g: G, h: H) {} }";
    rwb_transform_options options = options_of(RWG_LANG_TS);
    options.decorators = RWB_DECORATORS_LEGACY;
    rwg__mem *mem = rwg__mem_new(NULL, 0);
    rwg__buf names;
    rwg__buf_init(&names, mem);
    kept_names(TEXT, &options, &names);
    assert_true(rwg__str_eq_c(rwg__buf_str(&names), "d "));
    rwg__buf_clear(&names);
    options.emit_decorator_metadata = true;
    kept_names(TEXT, &options, &names);
    assert_true(rwg__str_eq_c(rwg__buf_str(&names), "A B C E F G H d "));
    rwg__buf_deinit(&names);
    rwg__mem_release(mem);
}

TEST(enums_become_objects_with_their_values_computed) {
    static const pair PAIRS[] = {
        {"enum E { A, B = 5, C, 'd-e' = 's', F = A | B, G = `x${F}`, H = f(), I = H + 1, J = -1, K "
         "}",
         "var E; (function (E) { E[E[\"A\"] = 0] = \"A\"; E[E[\"B\"] = 5] = \"B\"; E[E[\"C\"] = 6] "
         "= "
         "\"C\"; E[\"d-e\"] = \"s\"; E[E[\"F\"] = 5] = \"F\"; E[\"G\"] = \"x5\"; E[E[\"H\"] = f()] "
         "="
         " \"H\"; E[E[\"I\"] = E.H + 1] = \"I\"; E[E[\"J\"] = -1] = \"J\"; E[E[\"K\"] = 0] = \"K\";"
         " })(E || (E = {}));"},
        {"const a = 2; export enum E { A = a * 1.5, B = E.A + 1, C = 'x' + a, D = 1 << 31 >>> 0 }"
         "export enum E { Z = 7 % 4 }",
         "const a = 2; export var E; (function (E) { E[E[\"A\"] = 3] = \"A\"; E[E[\"B\"] = 4] = "
         "\"B\";"
         " E[\"C\"] = \"x2\"; E[E[\"D\"] = 2147483648] = \"D\"; })(E || (E = {}));"
         "(function (E) { E[E[\"Z\"] = 3] = \"Z\"; })(E || (E = {}));"},
        {"const enum E { A } declare enum F { B } function f() { enum G {} }",
         "var E; (function (E) { E[E[\"A\"] = 0] = \"A\"; })(E || (E = {}));"
         "function f() { let G; (function (G) {})(G || (G = {})); }"},
    };
    rwb_transform_options options = options_of(RWG_LANG_TS);
    expect_packed(PAIRS, COUNT(PAIRS), &options);
}

TEST(namespaces_become_objects_and_their_exports_properties) {
    static const pair PAIRS[] = {
        {"namespace N { export let a = 1, b: T, c = a; export function f() { return {a} }"
         " export class K {} export interface I {} let l = f; a++; }",
         "var N; (function (N) { N.a = 1, N.c = N.a; function f() { return {a: N.a} } N.f = f;"
         " class K {} N.K = K; let l = f; N.a++; })(N || (N = {}));"},
        {"namespace N { export let a = 1; export function f() {} } namespace N { f(a); }",
         "var N; (function (N) { N.a = 1; function f() {} N.f = f; })(N || (N = {}));"
         "(function (N) { N.f(N.a); })(N || (N = {}));"},
        {"export namespace A.B { export const x = 1; }",
         "export var A; (function (A) { var B; (function (B) { B.x = 1; })(B = A.B || (A.B = {}));"
         " })(A || (A = {}));"},
        {"namespace A { export namespace B { export enum C { D } } export import E = B.C; E.D; }",
         "var A; (function (A) { let B; (function (B) { let C; (function (C) {"
         " C[C[\"D\"] = 0] = \"D\"; })(C = B.C || (B.C = {})); })(B = A.B || (A.B = {}));"
         " A.E = B.C; A.E.D; })(A || (A = {}));"},
        {"namespace A { let A = 1; export let b = A; }",
         "var A; (function (A_1) { let A = 1; A_1.b = A; })(A || (A = {}));"},
        {"namespace A { export const {b, c: [d]} = e; }",
         "var A; (function (A) { ({b: A.b, c: [A.d]} = e); })(A || (A = {}));"},
        {"namespace A { export interface B {} } declare namespace C { let d } class E {}"
         "namespace E { export let f = 1 }",
         "class E {} (function (E) { E.f = 1 })(E || (E = {}));"},
    };
    rwb_transform_options options = options_of(RWG_LANG_TS);
    expect_packed(PAIRS, COUNT(PAIRS), &options);
}

static void expect_linked(rwb_link_kind kind, const pair *pairs, size_t count) {
    rwb_link links[16];
    for (size_t i = 0; i < COUNT(links); i++) {
        links[i] = (rwb_link){kind, RWG_STR("/u")};
    }
    rwb_transform_options options = options_of(RWG_LANG_TS);
    options.links = links;
    expect_packed(pairs, count, &options);
}

TEST(links_put_urls_in_the_place_of_specifiers) {
    static const pair PAIRS[] = {
        {"import a, {b} from 'm'; import 'n'; export * from 'o'; a(b, import('p'));",
         "import a, {b} from \"/u\"; import \"/u\"; export * from \"/u\"; a(b, import(\"/u\"));"},
        {"import a from './a.json' with {type: 'json'}; export {b} from 'c' with {type: 'json'}; a",
         "import a from \"/u\"; export {b} from \"/u\"; a"},
    };
    expect_linked(RWB_LINK_URL, PAIRS, COUNT(PAIRS));
}

TEST(names_of_a_linked_namespace_are_read_from_its_object) {
    static const pair PAIRS[] = {
        {"import d, {a as b, 'x-y' as c} from 'm'; b(d); b!(c); f({b}); b`x`; new b();",
         "import { __rwg as __i } from \"/u\"; (0, __i.a)(__i.default); (0, __i.a)(__i['x-y']);"
         " f({b: __i.a}); (0, __i.a)`x`; new __i.a();"},
        {"import * as ns from 'm'; ns.f(); function g(ns) { return ns }",
         "import { __rwg as __i } from \"/u\"; __i.f(); function g(ns) { return ns }"},
        {"import {a} from 'm'; f\na()", "import { __rwg as __i } from \"/u\"; f\n;(0, __i.a)()"},
        {"import {a} from 'm'; export {a as b}; export default a",
         "const __e1 = __i.a; import { __rwg as __i } from \"/u\"; export {}; export default "
         "__i.a\n"
         "export { __e1 as b };"},
        {"export * as n from 'm'; const p = import('q')",
         "import { __rwg as __i } from \"/u\"; const p = import(\"/u\").then((m) => m.__rwg)"
         "export { __i as n };"},
    };
    expect_linked(RWB_LINK_NAMESPACE, PAIRS, COUNT(PAIRS));
}

TEST(an_ignored_module_is_an_empty_object) {
    static const pair PAIRS[] = {
        {"import d, {a} from 'm'; import 'n'; a(d); import('o')",
         "const __i = {}; (0, __i.a)(__i); Promise.resolve({ default: {} })"},
    };
    expect_linked(RWB_LINK_EMPTY, PAIRS, COUNT(PAIRS));
}
