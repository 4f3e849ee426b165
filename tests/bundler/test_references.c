// "use server": what its exports are registered as, and where the directive is refused.
#include "output.h"

#include <string.h>

#define SERVER "\"use server\";\n"

static rwb_transform_options registering(rwb_form form) {
    rwb_transform_options options = RWB_TRANSFORM_OPTIONS_INIT;
    options.lang = RWG_LANG_TSX;
    options.module = true;
    options.form = form;
    options.register_id = RWG_STR("/a.ts");
    options.register_specifier = RWG_STR("reg");
    return options;
}

/// Fails unless the module's code has the line.
static void expect_line(rwb_form form, const char *text, const char *line) {
    rwb_transform_options options = registering(form);
    char *code = code_of(text, &options);
    if (!strstr(code, line)) {
        fail_msg("no %s in\n%s", line, code);
    }
    free(code);
}

static void expect_no_registration(const char *text) {
    rwb_transform_options options = registering(RWB_FORM_FACTORY);
    rwb_output *output = output_of(text, &options);
    assert_int_equal(rwb_output_extras(output), 0);
    rwb_output_free(output);
}

TEST(functions_are_registered_under_each_name_they_are_exported_by) {
    static const struct {
        const char *text;
        const char *line;
    } FORMS[] = {
        {SERVER "export async function a() {}", "\n__rwg_register(a, \"/a.ts\", \"a\");"},
        {SERVER "export async function* a() {}", "\n__rwg_register(a, \"/a.ts\", \"a\");"},
        {SERVER "export const a = async () => 1, b = async function () {};",
         "\n__rwg_register(a, \"/a.ts\", \"a\");\n__rwg_register(b, \"/a.ts\", \"b\");"},
        {SERVER "export const a = (async () => 1) satisfies F;",
         "\n__rwg_register(a, \"/a.ts\", \"a\");"},
        {SERVER "async function f() {} export { f as \"x y\" };",
         "\n__rwg_register(f, \"/a.ts\", \"x y\");"},
        {SERVER "async function f() {} export { f as default };",
         "\n__rwg_register(f, \"/a.ts\", \"default\");"},
        {SERVER "export default async function a() {}",
         "\n__rwg_register(a, \"/a.ts\", \"default\");"},
        {SERVER "export default async function () {}",
         "\n__rwg_register(__rwg_default, \"/a.ts\", \"default\");"},
    };

    for (size_t i = 0; i < sizeof FORMS / sizeof FORMS[0]; i++) {
        expect_line(RWB_FORM_ESM, FORMS[i].text, FORMS[i].line);
    }
}

TEST(what_may_be_a_function_is_looked_at_before_it_is_registered) {
    static const struct {
        const char *text;
        const char *line;
    } FORMS[] = {
        {SERVER "export const a = wrap(f);", "(__rwg_register, a, \"/a.ts\", \"a\");"},
        {SERVER "export let a = async () => 1;", "(__rwg_register, a, \"/a.ts\", \"a\");"},
        {SERVER "export const { a, b: [c = d] } = e;", "(__rwg_register, c, \"/a.ts\", \"c\");"},
        {SERVER "const a = 1; export { a as b };", "(__rwg_register, a, \"/a.ts\", \"b\");"},
        {SERVER "export default wrap(f);",
         "export default __rwg_reference(__rwg_register, wrap(f), \"/a.ts\", \"default\");"},
    };

    for (size_t i = 0; i < sizeof FORMS / sizeof FORMS[0]; i++) {
        expect_line(RWB_FORM_ESM, FORMS[i].text, FORMS[i].line);
    }
}

TEST(classes_enums_and_types_are_no_server_functions) {
    expect_no_registration(SERVER "export class A {} export enum B { C }");
    expect_no_registration(SERVER "class A {} export { A }; export default class {}");
    expect_no_registration(SERVER "export type A = 1; export interface B {}");
    expect_no_registration(SERVER "export declare const a: A; export * as b from 'b';");
}

TEST(what_another_module_declares_is_passed_on_unless_it_is_a_reference_already) {
    static const struct {
        const char *text;
        const char *esm;
        const char *factory;
    } FORMS[] = {
        {SERVER "export { a, b as \"x y\", \"p q\" as c } from 'm';",
         "\"/a.ts\", [[\"a\", () => __rwg_from_0.a], [\"x y\", () => __rwg_from_0.b], "
         "[\"c\", () => __rwg_from_0[\"p q\"]]], [], []);",
         "\"/a.ts\", [[\"a\", () => __rwg_i[0].a], [\"x y\", () => __rwg_i[0].b], "
         "[\"c\", () => __rwg_i[0][\"p q\"]]], [], []);"},
        {SERVER "import d, { a as b } from 'm'; export { b, d };",
         "[[\"b\", () => __rwg_from_0.a], [\"d\", () => __rwg_from_0.default]], [], []);",
         "[[\"b\", () => __rwg_i[0].a], [\"d\", () => __rwg_i[0].default]], [], []);"},
        {SERVER "import 'l'; export * from 'm'; export async function own() {}",
         "[], [__rwg_from_1], [\"own\"]);",
         "[], [__rwg_i[1]], [\"own\"]);"},
        {SERVER "export * from 'm'; export class A {} export * as ns from 'n';",
         "[], [__rwg_from_0], [\"A\", \"ns\"]);",
         "[], [__rwg_i[0]], [\"A\", \"ns\"]);"},
    };

    for (size_t i = 0; i < sizeof FORMS / sizeof FORMS[0]; i++) {
        expect_line(RWB_FORM_ESM, FORMS[i].text, FORMS[i].esm);
        expect_line(RWB_FORM_FACTORY, FORMS[i].text, FORMS[i].factory);
    }
}

TEST(a_factory_gets_what_registers_as_its_last_import) {
    rwb_transform_options options = RWB_TRANSFORM_OPTIONS_INIT;
    options.lang = RWG_LANG_JSX;
    options.module = true;
    options.form = RWB_FORM_FACTORY;
    options.register_id = RWG_STR("/a.js");
    static const char TEXT[] = "import 'b'; export default async function () { return <a/> }";
    rwb_output *output = output_of(TEXT, &options);
    assert_int_equal(rwb_output_extras(output), RWB_EXTRA_JSX | RWB_EXTRA_REGISTER);
    rwb_output_free(output);
    char *code = code_of(TEXT, &options);
    assert_non_null(strstr(code, "async function __rwg_default () { return __rwg_i[1].jsx("));
    assert_non_null(strstr(
        code, "__rwg_i[2].registerServerReference(__rwg_default, \"/a.js\", \"default\");\n}"
    ));
    free(code);
    options.register_id = RWG_STR("");
    output = output_of(TEXT, &options);
    assert_int_equal(rwb_output_extras(output), RWB_EXTRA_JSX);
    rwb_output_free(output);
}

TEST(use_server_inside_of_a_function_is_an_error_where_that_is_asked_for) {
    static const char *const REFUSED[] = {
        "export function Page() { async function save() { 'use server'; } }",
        "export const Page = () => <form action={async () => { /* c */ 'use server' }} />",
        "const actions = { async save() { 'use strict'; 'use server'; return 1; } };",
        "class A { static async save() { \"use server\" } }",
        SERVER "export async function a() { return async () => { 'use server'; }; }",
    };
    static const char *const ACCEPTED[] = {
        SERVER "export async function a() { 'use server'; }",
        "function f() { g('use server'); 'use server'; }",
        "function f() { 'use client'; }",
        "export default async () => 'use server';",
    };
    rwb_transform_options options = RWB_TRANSFORM_OPTIONS_INIT;
    options.lang = RWG_LANG_TSX;
    options.refuse_inline_server = true;
    for (size_t i = 0; i < sizeof REFUSED / sizeof REFUSED[0]; i++) {
        rwb_output *output = output_of(REFUSED[i], &options);
        uint32_t n = 0;
        const rwg_diag *diags = rwb_output_diags(output, &n);
        assert_int_equal(n, 1);
        assert_int_equal(diags[0].severity, RWG_SEVERITY_ERROR);
        assert_int_equal(strncmp(REFUSED[i] + diags[0].span.start + 1, "use server", 10), 0);
        rwb_output_free(output);
    }
    for (size_t i = 0; i < sizeof ACCEPTED / sizeof ACCEPTED[0]; i++) {
        char *code = code_of(ACCEPTED[i], &options);
        assert_true(strlen(code) > 0);
        free(code);
    }
    options.refuse_inline_server = false;
    char *code = code_of(REFUSED[0], &options);
    assert_non_null(strstr(code, "'use server'"));
    free(code);
}
