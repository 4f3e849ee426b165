// Scopes, symbols and references. A case is a text and the same text with its names resolved:
//
//     let a = b; a++;   →   let a#0 = b@-; a@0rw++;
//
// `#n` follows a name that declares symbol n, `@n` one that refers to it, `@-` a global. Letters
// say what is done with it: r and w beside each other, w alone, t in a type, c called, j a JSX tag,
// s a shorthand property, e exported; nothing is a plain read. Whether all of this agrees with
// TypeScript on real code is tested by tests/conform/scope.

#include "analyze/scope.h"
#include "base/buf.h"
#include "base/str.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct module {
    rwg__mem mem;
    rwg_source_parser *parser;
    rwg_source *source;
    rwb__scopes *scopes;
} module;

static void module_open(module *m, rwg_lang lang, rwg_str text) {
    rwg__mem_init(&m->mem, NULL, 0);
    m->parser = rwg_source_parser_new();
    rwg_parse_options options = RWG_PARSE_OPTIONS_INIT;
    options.lang = lang;
    assert_int_equal(rwg_source_open(m->parser, text, &options, &m->source, NULL), RWG_OK);
    m->scopes = rwb__scopes_new(&m->mem, m->source, lang);
}

static void module_close(module *m) {
    rwb__scopes_free(m->scopes);
    rwg_source_free(m->source);
    rwg_source_parser_free(m->parser);
    assert_int_equal(m->mem.used, 0);
}

static void add_letters(rwg__buf *out, uint8_t flags) {
    static const struct {
        uint8_t flag;
        char letter;
    } LETTERS[] = {
        {RWB__REF_TYPE, 't'},
        {RWB__REF_CALLEE, 'c'},
        {RWB__REF_JSX, 'j'},
        {RWB__REF_SHORTHAND, 's'},
        {RWB__REF_EXPORT, 'e'},
    };

    if (flags & RWB__REF_WRITE) {
        rwg__buf_add(out, flags & RWB__REF_READ ? RWG_STR("rw") : RWG_STR("w"));
    }
    for (size_t i = 0; i < sizeof LETTERS / sizeof LETTERS[0]; i++) {
        if (flags & LETTERS[i].flag) {
            rwg__buf_char(out, LETTERS[i].letter);
        }
    }
}

/* The text with what is known of its names, up to the node's end. */
static uint32_t add_name(rwg__buf *out, const module *m, uint32_t node, uint32_t from) {
    uint32_t symbol = rwb__scopes_symbol_at(m->scopes, node);
    const rwb__reference *reference = rwb__scopes_reference_at(m->scopes, node);
    if (symbol == RWB_NO_SYMBOL && !reference) {
        return from;
    }
    uint32_t count;
    uint32_t end = rwg_source_nodes(m->source, &count)[node].end;
    rwg__buf_add(out, rwg__str_sub(rwg_source_text(m->source), from, end));
    rwg__buf_char(out, reference ? '@' : '#');
    if (symbol == RWB_NO_SYMBOL) {
        rwg__buf_char(out, '-');
    } else {
        rwg__buf_printf(out, "%u", symbol);
    }
    add_letters(out, reference ? reference->flags : 0);
    return end;
}

static void check_as(rwg_lang lang, const char *text, const char *expected) {
    module m;
    module_open(&m, lang, rwg__str_c(text));
    rwg__buf out;
    rwg__buf_init(&out, &m.mem);
    uint32_t count;
    (void)rwg_source_nodes(m.source, &count);
    uint32_t from = 0;
    for (uint32_t i = 0; i < count; i++) {
        from = add_name(&out, &m, i, from);
    }
    rwg__buf_add(&out, rwg__str_from(rwg__str_c(text), from));
    rwg__buf_char(&out, 0);
    assert_string_equal(out.bytes.ptr, expected);
    rwg__buf_deinit(&out);
    module_close(&m);
}

static void check(const char *text, const char *expected) {
    check_as(RWG_LANG_TS, text, expected);
}

/* JavaScript that reads the same in TypeScript. */
static void check_both(const char *text, const char *expected) {
    check_as(RWG_LANG_JS, text, expected);
    check_as(RWG_LANG_TSX, text, expected);
}

/* --- JavaScript --- */

TEST(a_block_hides_what_is_declared_around_it) {
    check_both("let a, b; { let a; a; b; } a;", "let a#0, b#1; { let a#2; a@2; b@1; } a@0;");
}

TEST(names_are_seen_before_they_are_declared) {
    check_both(
        "a; f(); var a; function f() { return b; } let b;",
        "a@0; f@1c(); var a#0; function f#1() { return b@2; } let b#2;"
    );
}

TEST(var_belongs_to_the_function_and_let_to_the_block) {
    check_both(
        "export function f() { if (1) { var a; let b; } a; b; }",
        "export function f#0() { if (1) { var a#1; let b#2; } a@1; b@-; }"
    );
}

TEST(a_default_sees_parameters_but_not_the_body) {
    check_both(
        "let x; function f(a, b = a, c = x) { let x; }",
        "let x#0; function f#1(a#2, b#3 = a@2, c#4 = x@0) { let x#5; }"
    );
}

TEST(a_var_called_like_a_parameter_is_the_parameter) {
    check_both(
        "function f(a) { if (1) { var a = 2; } return a; }",
        "function f#0(a#1) { if (1) { var a#1 = 2; } return a@1; }"
    );
}

TEST(function_and_class_expressions_see_their_own_names) {
    check_both("x = function f() { f; }; f;", "x@-w = function f#0() { f@0; }; f@-;");
    check_both("x = function f(f) { f; };", "x@-w = function f#0(f#1) { f@1; };");
    check_both("x = class C { m() { C; } }; C;", "x@-w = class C#0 { m() { C@0; } }; C@-;");
    check_both("class C { m() { C; } } C;", "class C#0 { m() { C@0; } } C@0;");
}

TEST(arrow_functions_take_a_name_or_a_list) {
    check_both(
        "a => a; (b, {c}) => b + c; async d => d;",
        "a#0 => a@0; (b#1, {c#2}) => b@1 + c@2; async d#3 => d@3;"
    );
}

TEST(computed_names_stand_outside_of_their_methods) {
    check_both(
        "let k; class A { [k](k) { k; } static { var k; } [k] = k; }",
        "let k#0; class A#1 { [k@0](k#2) { k@2; } static { var k#3; } [k@0] = k@0; }"
    );
}

TEST(properties_labels_and_private_names_are_no_variables) {
    check_both(
        "l: for (;;) break l; a.b; ({ c: 1, d() {}, get e() {} }); class A { #f = this.#f; }",
        "l: for (;;) break l; a@-.b; ({ c: 1, d() {}, get e() {} }); "
        "class A#0 { #f = this.#f; }"
    );
    check_both(
        "function F() { new.target; import.meta; }", "function F#0() { new.target; import.meta; }"
    );
}

TEST(arguments_belongs_to_its_function) {
    check_both(
        "function f() { arguments; () => arguments; }",
        "function f#0() { arguments; () => arguments; }"
    );
    check_both("arguments; () => arguments;", "arguments@-; () => arguments@-;");
    check_as(
        RWG_LANG_JS,
        "function f(arguments) { arguments; function g() { arguments; } }",
        "function f#0(arguments#1) { arguments@1; function g#2() { arguments; } }"
    );
}

TEST(patterns_declare_and_assign) {
    check_both(
        "let {a, b: c, d = 1, ...e} = x, [f, [g] = y, ...h] = z;",
        "let {a#0, b: c#1, d#2 = 1, ...e#3} = x@-, [f#4, [g#5] = y@-, ...h#6] = z@-;"
    );
    check_both(
        "({a, b: c, d = e, ...f} = x); [g, h.i, [j]] = y;",
        "({a@-ws, b: c@-w, d@-ws = e@-, ...f@-w} = x@-); [g@-w, h@-.i, [j@-w]] = y@-;"
    );
    check_both("let {[k]: v} = {k};", "let {[k@-]: v#0} = {k@-s};");
}

TEST(loops_have_a_scope_for_their_heads) {
    check_both(
        "for (let i = 0; i < n; i++) i; for (const k in o) k; for (const [a] of b) a; i;",
        "for (let i#0 = 0; i@0 < n@-; i@0rw++) i@0; for (const k#1 in o@-) k@1; "
        "for (const [a#2] of b@-) a@2; i@-;"
    );
    check_both("for (x in o); for ([y] of o);", "for (x@-w in o@-); for ([y@-w] of o@-);");
}

TEST(a_catch_parameter_is_seen_in_its_clause) {
    check_both(
        "try {} catch (e) { e; } finally { e; } try {} catch {} try {} catch ({a}) { a; }",
        "try {} catch (e#0) { e@0; } finally { e@-; } try {} catch {} "
        "try {} catch ({a#1}) { a@1; }"
    );
}

TEST(a_switch_is_one_block) {
    check_both(
        "switch (a) { case 1: let a; break; default: a; }",
        "switch (a@-) { case 1: let a#0; break; default: a@0; }"
    );
}

TEST(assignments_are_told_from_reads_and_calls) {
    check_both(
        "let a; a = 1; a += 1; a++; --a; delete a; a(); (a)(); a`x`; a?.(); new a();",
        "let a#0; a@0w = 1; a@0rw += 1; a@0rw++; --a@0rw; delete a@0; a@0c(); (a@0c)(); "
        "a@0c`x`; a@0c?.(); new a@0();"
    );
    check(
        "(a as any) = 1; a! += 1; (<any>a)++; (a!)(); !a<T>(b);",
        "(a@-w as any) = 1; a@-rw! += 1; (<any>a@-rw)++; (a@-c!)(); !a@-c<T@-t>(b@-);"
    );
}

TEST(functions_in_blocks_belong_to_the_function_in_sloppy_scripts_alone) {
    check_as(RWG_LANG_JS, "{ function f() {} } f();", "{ function f#0() {} } f@0c();");
    check_as(
        RWG_LANG_JS,
        "'use strict'; { function f() {} } f();",
        "'use strict'; { function f#0() {} } f@-c();"
    );
    check_as(
        RWG_LANG_JS,
        "{ function f() {} } f(); export {};",
        "{ function f#0() {} } f@-c(); export {};"
    );
}

TEST(a_function_in_a_block_stays_there_when_its_function_has_that_name) {
    check_as(
        RWG_LANG_JS,
        "function f(a) { let b; { function a() {} function b() {} a; b; } }",
        "function f#0(a#1) { let b#2; { function a#3() {} function b#4() {} a@3; b@4; } }"
    );
    check_as(RWG_LANG_JS, "{ async function f() {} } f;", "{ async function f#0() {} } f@-;");
}

TEST(await_is_no_name_in_async_functions) {
    check_as(
        RWG_LANG_JS,
        "async function f() { await (0, b.c)(); }",
        "async function f#0() { await (0, b@-.c)(); }"
    );
}

TEST(escapes_in_names_are_undone) {
    check_both("let \\u0061b; ab; let \\u{1F600}x;", "let \\u0061b#0; ab@0; let \\u{1F600}x#1;");
}

TEST(imports_declare_their_local_names) {
    check_both(
        "import a, { b, c as d, default as e } from 'm'; import * as f from 'm'; a(b, d, e, f.g);",
        "import a#0, { b#1, c as d#2, default as e#3 } from 'm'; import * as f#4 from 'm'; "
        "a@0c(b@1, d@2, e@3, f@4.g);"
    );
}

TEST(export_clauses_refer_to_what_is_exported) {
    check_both(
        "let a; export { a, a as b, c }; export { d } from 'm'; export * as e from 'm';",
        "let a#0; export { a@0e, a@0e as b, c@-e }; export { d } from 'm'; "
        "export * as e from 'm';"
    );
    check_both("let a; export default a;", "let a#0; export default a@0e;");
    check_both("let a; export default a.b;", "let a#0; export default a@0.b;");
    check("let a; export = a;", "let a#0; export = a@0e;");
    check("export as namespace a;", "export as namespace a;");
}

/* --- JSX --- */

TEST(tags_refer_to_components_and_not_to_elements) {
    check_as(
        RWG_LANG_TSX,
        "<A b={c} {...d}><e.f /><g-h /><i:j /><k /><this.l /><_m /></A>;",
        "<A@-j b={c@-} {...d@-}><e@-j.f /><g-h /><i:j /><k /><this.l /><_m@-j /></A@-j>;"
    );
    check_as(RWG_LANG_TSX, "let A; <A<T> />;", "let A#0; <A@0j<T@-t> />;");
}

/* --- Types --- */

TEST(values_and_types_have_names_apart) {
    check("type A = 1; { let A; let b: A; A; }", "type A#0 = 1; { let A#1; let b#2: A@0t; A@1; }");
    check(
        "class A {} { type A = 1; let b: A; A; }",
        "class A#0 {} { type A#1 = 1; let b#2: A@1t; A@0; }"
    );
}

TEST(references_in_types_are_marked) {
    check(
        "let a: B<C[]>, d = e as F, g = <H>h, i = j satisfies K, l = m<N>(o);",
        "let a#0: B@-t<C@-t[]>, d#1 = e@- as F@-t, g#2 = <H@-t>h@-, i#3 = j@- satisfies K@-t, "
        "l#4 = m@-c<N@-t>(o@-);"
    );
    check(
        "let a: string | bigint | undefined | this | 'x' | `a${B}`;",
        "let a#0: string | bigint | undefined | this | 'x' | `a${B@-t}`;"
    );
}

TEST(extending_a_class_is_a_value_and_an_interface_a_type) {
    check(
        "class A extends B<C> implements D.E<F> {} interface G extends H.I, J<K> {}",
        "class A#0 extends B@-<C@-t> implements D@-t.E<F@-t> {} "
        "interface G#1 extends H@-t.I, J@-t<K@-t> {}"
    );
}

TEST(typeof_in_a_type_means_a_value_and_makes_no_code) {
    check(
        "let a; { type a = 1; let b: typeof a.c, d: a; }",
        "let a#0; { type a#1 = 1; let b#2: typeof a@0t.c, d#3: a@1t; }"
    );
}

TEST(qualified_names_start_with_a_namespace) {
    check(
        "import * as N from 'm'; { class N {} let a: N.T; let b: N; }",
        "import * as N#0 from 'm'; { class N#1 {} let a#2: N@0t.T; let b#3: N@1t; }"
    );
}

TEST(type_parameters_are_seen_from_their_list_to_the_end) {
    check(
        "class A<T, U = T> { b: T; c<V>(d: V): U {} } function f<T>(a: T): T { let b: T; } let t: "
        "T;",
        "class A#0<T#1, U#2 = T@1t> { b: T@1t; c<V#3>(d#4: V@3t): U@2t {} } "
        "function f#5<T#6>(a#7: T@6t): T@6t { let b#8: T@6t; } let t#9: T@-t;"
    );
    check(
        "type A<T> = <U>(a: T) => U; let f = <T,>(a: T) => a;",
        "type A#0<T#1> = <U#2>(a#3: T@1t) => U@2t; let f#4 = <T#5,>(a#6: T@5t) => a@6;"
    );
}

TEST(inferred_types_are_seen_where_the_condition_holds) {
    check(
        "type A<T> = T extends (infer U extends B)[] ? U : U;",
        "type A#0<T#1> = T@1t extends (infer U#2 extends B@-t)[] ? U@2t : U@-t;"
    );
    check(
        "type A<T> = T extends (T extends infer U ? U : infer V) ? [U, V] : V;",
        "type A#0<T#1> = T@1t extends (T@1t extends infer U#2 ? U@2t : infer V#3) "
        "? [U@-t, V@3t] : V@-t;"
    );
}

TEST(mapped_types_have_a_parameter) {
    check(
        "type A<T> = { [K in keyof T as `${K}`]?: T[K] }; let k: K;",
        "type A#0<T#1> = { [K#2 in keyof T@1t as `${K@2t}`]?: T@1t[K@2t] }; let k#3: K@-t;"
    );
}

TEST(names_in_signatures_are_parameters_or_nothing) {
    check(
        "let a: { (b: B): C; [d: string]: D; e(f: E): F }, g: [h: H, ...i: I[]];",
        "let a#0: { (b#1: B@-t): C@-t; [d: string]: D@-t; e(f#2: E@-t): F@-t }, "
        "g#3: [h: H@-t, ...i: I@-t[]];"
    );
    check(
        "function f(this: A, b: any): b is C {} function g(d): asserts d {}",
        "function f#0(this: A@-t, b#1: any): b@1t is C@-t {} function g#2(d#3): asserts d@3t {}"
    );
}

TEST(a_parameters_decorator_stands_outside_of_its_method) {
    check(
        "let y; @y class A<T> { @y m<T>(@y() y, @y(x => x) z = y) {} }",
        "let y#0; @y@0 class A#1<T#2> { @y@0 m<T#3>(@y@0c() y#4, @y@0c(x#5 => x@5) z#6 = y@4) {} }"
    );
}

TEST(type_only_imports_and_exports_are_marked) {
    check(
        "import type A from 'm'; import { type B, C } from 'm'; export type { A }; "
        "export { type B, C };",
        "import type A#0 from 'm'; import { type B#1, C#2 } from 'm'; export type { A@0te }; "
        "export { type B@1te, C@2e };"
    );
}

TEST(import_equals_declares_and_refers) {
    check(
        "import a = require('m'); import b = a.c; export import d = b;",
        "import a#0 = require('m'); import b#1 = a@0.c; export import d#2 = b@1;"
    );
}

TEST(what_is_only_declared_makes_no_code) {
    check(
        "declare class A extends B { c: typeof d } declare let e: F; abstract class G { "
        "abstract [h](): I; declare [j]: 1; [k](): void; }",
        "declare class A#0 extends B@-t { c: typeof d@-t } declare let e#1: F@-t; "
        "abstract class G#2 { abstract [h@-t](): I@-t; declare [j@-t]: 1; [k@-t](): void; }"
    );
}

/* --- Enums and namespaces --- */

TEST(members_of_an_enum_are_seen_in_all_of_its_bodies) {
    check(
        "enum E { A, 'b' = A, c = b } enum E { D = A | F } A;",
        "enum E#0 { A#1, 'b'#2 = A@1, c#3 = b@2 } enum E#0 { D#4 = A@1 | F@- } A@-;"
    );
}

TEST(exports_of_a_namespace_are_seen_in_all_of_its_bodies) {
    check(
        "namespace N { export let a = 1; let b; } namespace N { a; b; { let a; a; } } a;",
        "namespace N#0 { export let a#1 = 1; let b#2; } "
        "namespace N#0 { a@1; b@-; { let a#3; a@3; } } a@-;"
    );
    check(
        "namespace N.M { export type T = 1; } namespace N { export namespace M { let a: T; } }",
        "namespace N#0.M#1 { export type T#2 = 1; } "
        "namespace N#0 { export namespace M#1 { let a#3: T@2t; } }"
    );
}

TEST(a_body_hides_what_other_bodies_export) {
    check(
        "let a; namespace N { export let a; } namespace N { let a; a; namespace O { a; } }",
        "let a#0; namespace N#1 { export let a#2; } "
        "namespace N#1 { let a#3; a@3; namespace O#4 { a@3; } }"
    );
}

TEST(ambient_modules_and_globals_keep_to_themselves) {
    check(
        "declare module 'm' { let a; } declare module 'm' { let b: typeof a; } "
        "declare global { let c; } c; a;",
        "declare module 'm' { let a#0; } declare module 'm' { let b#1: typeof a@0t; } "
        "declare global { let c#2; } c@-; a@-;"
    );
}

/* --- What the grammar does not know --- */

TEST(names_come_from_the_text_where_the_grammar_saw_something_else) {
    check(
        "let as = []; f(as); type T = (string) => void; let i: import('m').A<B>;",
        "let as#0 = []; f@-c(as@0); type T#1 = (string#2) => void; let i#3: import('m').A<B@-t>;"
    );
    check(
        "export { type as kind, void as b } from 'm'; let type; export { type as sort };",
        "export { type as kind, void as b } from 'm'; let type#0; export { type@0e as sort };"
    );
}

TEST(using_declares) {
    check_both(
        "{ using a = b; a; await using c = d; c; } for (using e of f) e;",
        "{ using a#0 = b@-; a@0; await using c#1 = d@-; c@1; } for (using e#2 of f@-) e@2;"
    );
    check("{ using a = b; a; }", "{ using a#0 = b@-; a@0; }");
}

/* --- Symbols --- */

static rwb__symbol symbol_called(const module *m, const char *name) {
    uint32_t count;
    const rwb__symbol *symbols = rwb__scopes_symbols(m->scopes, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (rwg__str_eq_c(symbols[i].name, name)) {
            return symbols[i];
        }
    }
    fail_msg("no symbol is called %s", name);
    return (rwb__symbol){0};
}

static void check_symbol(const char *text, rwb__symbol_kind kind, unsigned flags) {
    module m;
    module_open(&m, RWG_LANG_TS, rwg__str_c(text));
    rwb__symbol symbol = symbol_called(&m, "a");
    assert_int_equal(symbol.kind, kind);
    assert_int_equal(symbol.flags, flags);
    module_close(&m);
}

enum {
    VALUE = RWB__SYMBOL_IS_VALUE,
    TYPE = RWB__SYMBOL_IS_TYPE,
    EXPORTED = RWB__SYMBOL_IS_EXPORTED,
    AMBIENT = RWB__SYMBOL_IS_AMBIENT,
    WRITTEN = RWB__SYMBOL_IS_WRITTEN,
    CONST_ENUM = RWB__SYMBOL_IS_CONST_ENUM,
    TYPE_ONLY = RWB__SYMBOL_TYPE_ONLY_IMPORT,
    HAS_CODE = RWB__SYMBOL_VALUE_NAMESPACE,
};

TEST(a_symbol_says_what_it_is) {
    check_symbol("let a;", RWB__SYMBOL_LET, VALUE);
    check_symbol("export const a = 1;", RWB__SYMBOL_CONST, VALUE | EXPORTED);
    check_symbol("class a {}", RWB__SYMBOL_CLASS, VALUE | TYPE);
    check_symbol("interface a {}", RWB__SYMBOL_TYPE, TYPE);
    check_symbol("export default function a() {}", RWB__SYMBOL_FUNCTION, VALUE | EXPORTED);
    check_symbol("import a from 'm';", RWB__SYMBOL_IMPORT, VALUE | TYPE);
    check_symbol("import { type a } from 'm';", RWB__SYMBOL_IMPORT, TYPE | TYPE_ONLY);
    check_symbol("const enum a {}", RWB__SYMBOL_ENUM, VALUE | TYPE | CONST_ENUM);
    check_symbol("declare const a: 1;", RWB__SYMBOL_CONST, VALUE | AMBIENT);
    check_symbol("using a = b;", RWB__SYMBOL_USING, VALUE);
    check_symbol(
        "export import a = require('m');", RWB__SYMBOL_IMPORT_EQUALS, VALUE | TYPE | EXPORTED
    );
}

TEST(declarations_of_one_name_are_one_symbol) {
    check_symbol("interface a {} class a {}", RWB__SYMBOL_CLASS, VALUE | TYPE);
    check_symbol("type a = 1; const a = 1;", RWB__SYMBOL_CONST, VALUE | TYPE);
    check_symbol("function a(): 1; function a(): 2; function a() {}", RWB__SYMBOL_FUNCTION, VALUE);
    check_symbol("function a(): 1;", RWB__SYMBOL_FUNCTION, VALUE | AMBIENT);
    check_symbol(
        "function a() {} namespace a { export let b; }",
        RWB__SYMBOL_FUNCTION,
        VALUE | TYPE | HAS_CODE
    );
    check_symbol("const a = 1; export type a = 2;", RWB__SYMBOL_CONST, VALUE | TYPE);
    check_symbol("type a = 2; export { a };", RWB__SYMBOL_TYPE, TYPE | EXPORTED);
}

TEST(a_namespace_is_a_value_when_it_has_code) {
    check_symbol("namespace a { type b = 1; export interface c {} }", RWB__SYMBOL_NAMESPACE, TYPE);
    check_symbol("namespace a { f(); }", RWB__SYMBOL_NAMESPACE, VALUE | TYPE | HAS_CODE);
    check_symbol("namespace a.b { export let c; }", RWB__SYMBOL_NAMESPACE, VALUE | TYPE | HAS_CODE);
    check_symbol("namespace a { namespace b { type c = 1 } }", RWB__SYMBOL_NAMESPACE, TYPE);
    check_symbol(
        "namespace a { export import b = c.d; }", RWB__SYMBOL_NAMESPACE, VALUE | TYPE | HAS_CODE
    );
    check_symbol(
        "namespace a { export default b /* c */; }", RWB__SYMBOL_NAMESPACE, VALUE | TYPE | HAS_CODE
    );
    check_symbol("namespace a { import b = c.d; }", RWB__SYMBOL_NAMESPACE, TYPE);
    check_symbol("declare namespace a { let b; }", RWB__SYMBOL_NAMESPACE, VALUE | TYPE | AMBIENT);
}

TEST(a_symbol_says_whether_it_is_assigned_elsewhere) {
    check_symbol("let a = 1; a;", RWB__SYMBOL_LET, VALUE);
    check_symbol("let a = 1; () => { a = 2; };", RWB__SYMBOL_LET, VALUE | WRITTEN);
    check_symbol("let a; [a] = b;", RWB__SYMBOL_LET, VALUE | WRITTEN);
    check_symbol("for (const a of b);", RWB__SYMBOL_CONST, VALUE);
    check_symbol("for (var a of b);", RWB__SYMBOL_VAR, VALUE | WRITTEN);
    check_symbol("var a = 1; var a = 2;", RWB__SYMBOL_VAR, VALUE | WRITTEN);
    check_symbol("function a() {} a = 1;", RWB__SYMBOL_FUNCTION, VALUE | WRITTEN);
}

TEST(uses_are_counted_as_values_and_as_types) {
    module m;
    module_open(
        &m,
        RWG_LANG_TSX,
        RWG_STR("import a from 'm'; let b: a; <a.b />; a(); export { a }; let c: typeof a;")
    );
    rwb__symbol symbol = symbol_called(&m, "a");
    assert_int_equal(symbol.value_uses, 3);
    assert_int_equal(symbol.type_uses, 2);
    module_close(&m);
}

/* --- Questions --- */

TEST(a_scope_is_asked_for_its_names) {
    module m;
    rwg_str text = RWG_STR("let a; function f(b) { let c; } namespace N { export let d; let e; }");
    module_open(&m, RWG_LANG_TS, text);
    assert_int_not_equal(rwb__scopes_find(m.scopes, 0, RWG_STR("a")), RWB_NO_SYMBOL);
    assert_int_not_equal(rwb__scopes_find(m.scopes, 0, RWG_STR("f")), RWB_NO_SYMBOL);
    assert_int_equal(rwb__scopes_find(m.scopes, 0, RWG_STR("b")), RWB_NO_SYMBOL);
    assert_int_equal(rwb__scopes_find(m.scopes, 0, RWG_STR("nowhere")), RWB_NO_SYMBOL);
    uint32_t inside = symbol_called(&m, "e").scope;
    uint32_t exported = rwb__scopes_find(m.scopes, inside, RWG_STR("d"));
    assert_int_not_equal(exported, RWB_NO_SYMBOL);
    assert_int_equal(rwb__scopes_scope_of(m.scopes, symbol_called(&m, "e").node), inside);
    assert_int_equal(rwb__scopes_scope_of(m.scopes, symbol_called(&m, "a").node), 0);
    uint32_t count;
    const rwb__scope *scopes = rwb__scopes_all(m.scopes, &count);
    assert_int_equal(scopes[inside].kind, RWB__SCOPE_NAMESPACE);
    uint32_t body = symbol_called(&m, "c").scope;
    assert_int_equal(scopes[body].kind, RWB__SCOPE_BLOCK);
    assert_int_equal(scopes[scopes[body].parent].kind, RWB__SCOPE_FUNCTION);
    assert_int_equal(scopes[body].parent, symbol_called(&m, "b").scope);
    module_close(&m);
}

TEST(a_generated_name_can_avoid_every_name_of_the_module) {
    module m;
    module_open(&m, RWG_LANG_TS, RWG_STR("let a; b.c; type D = 1; export { e as f } from 'm';"));
    assert_true(rwb__scopes_uses_name(m.scopes, RWG_STR("a")));
    assert_true(rwb__scopes_uses_name(m.scopes, RWG_STR("b")));
    assert_true(rwb__scopes_uses_name(m.scopes, RWG_STR("D")));
    assert_false(rwb__scopes_uses_name(m.scopes, RWG_STR("c")));
    assert_false(rwb__scopes_uses_name(m.scopes, RWG_STR("e")));
    module_close(&m);
}

TEST(text_without_names_and_text_with_errors_have_scopes) {
    check("", "");
    check("/* nothing */", "/* nothing */");
    module m;
    module_open(&m, RWG_LANG_TS, RWG_STR("class { function ( let = ] enum namespace a. export {"));
    module_close(&m);
    module_open(&m, RWG_LANG_JS, rwg__str("\0\1\2", 3));
    module_close(&m);
}

/* --- Size --- */

/* `open` as often as said, `middle`, `close` as often. */
static rwg_str nest(rwg__buf *out, const char *open, const char *middle, const char *close, int n) {
    for (int i = 0; i < n; i++) {
        rwg__buf_add(out, rwg__str_c(open));
    }
    rwg__buf_add(out, rwg__str_c(middle));
    for (int i = 0; i < n; i++) {
        rwg__buf_add(out, rwg__str_c(close));
    }
    return rwg__buf_str(out);
}

static void check_deep(const char *open, const char *middle, const char *close, int n) {
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    rwg__buf text;
    rwg__buf_init(&text, &mem);
    rwg__buf_add(&text, RWG_STR("let a;"));
    module m;
    module_open(&m, RWG_LANG_TS, nest(&text, open, middle, close, n));
    assert_true(symbol_called(&m, "a").value_uses > 0);
    module_close(&m);
    rwg__buf_deinit(&text);
}

TEST(depth_costs_no_stack) {
    check_deep("{ let b;", "a;", "}", 20000);
    check_deep("() => {", "a;", "};", 20000);
    check_deep("namespace N {", "a;", "}", 2000);
}
