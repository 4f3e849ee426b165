// Exports of "use server" modules: what the record says of how they are called.
#include "test_syntax_show.h"

#include <stdio.h>
#include <string.h>

#define SERVER "'use server'; import { serverQuery, serverAction as act } from 'rwsdk/worker';\n"

/// "a query GET, b POST, C none": of each export that has something to say.
static const char *calls_of(rwg_lang lang, const char *code) {
    static char text[512];
    size_t len = 0;
    text[0] = '\0';
    rwg_module *m = parse(lang, code);
    uint32_t n = 0;
    const rwg_export *exports = rwg_module_exports(m, &n);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t flags = exports[i].flags;
        rwg_str name = rwg_module_str(m, exports[i].name);
        if (flags & (RWG_EXPORT_GET | RWG_EXPORT_POST | RWG_EXPORT_NO_FUNCTION)) {
            int written = snprintf(
                text + len,
                sizeof text - len,
                "%s%.*s%s%s",
                len ? ", " : "",
                (int)name.len,
                name.ptr,
                flags & RWG_EXPORT_QUERY ? " query" : "",
                flags & RWG_EXPORT_GET    ? " GET"
                : flags & RWG_EXPORT_POST ? " POST"
                                          : " none"
            );
            len += (size_t)written;
        }
    }
    rwg_module_free(m);
    return text;
}

TEST(a_server_query_and_a_server_action_say_how_they_are_called) {
    static const struct {
        const char *code;
        const char *calls;
    } FORMS[] = {
        {SERVER "export const a = serverQuery(async () => 1)", "a query GET"},
        {SERVER "export const a = serverQuery([auth, f], { method: 'POST' })", "a query POST"},
        {SERVER "export const a = act(f)", "a POST"},
        {SERVER "export const a = act(f, { method: \"GET\" })", "a GET"},
        {SERVER "export const a = act(f, { other: 1, 'method': `GET` })", "a GET"},
        {SERVER "export const a = act(f, { method: METHOD })", "a POST"},
        {SERVER "export default serverQuery(f)", "default query GET"},
        {SERVER "const a = serverQuery(f); export { a, a as b, a as default }",
         "a query GET, b query GET, default query GET"},
        {SERVER "export let a = 1, b = (serverQuery(f))", "b query GET"},
        {"'use server'; import * as w from 'rwsdk/worker'; export const a = w.serverAction(f)",
         "a POST"},
        {SERVER "export const a = cache(serverQuery(f)); export async function serverAction() {}",
         ""},
        {"import { serverQuery } from 'rwsdk/worker'; export const a = serverQuery(f)", ""},
        {"'use client'; 'use server'; export const a = serverQuery(f)", ""},
    };

    for (size_t i = 0; i < sizeof FORMS / sizeof FORMS[0]; i++) {
        assert_string_equal(calls_of(RWG_LANG_JS, FORMS[i].code), FORMS[i].calls);
        assert_string_equal(calls_of(RWG_LANG_TSX, FORMS[i].code), FORMS[i].calls);
    }
    assert_string_equal(
        calls_of(
            RWG_LANG_TS,
            SERVER "export const a: Q = serverQuery<T, R>(f as F, { method: 'POST' } as const)!;"
        ),
        "a query POST"
    );
}

TEST(exports_of_a_server_module_that_are_surely_no_functions_are_reported) {
    static const char CODE[] =
        "'use server';\n"
        "export class A {}\nexport enum B { C }\nclass D {}\nexport { D as E };\n"
        "export const f = 1, g = `t`, h = {}, i = new Map(), j = -1, k = class {};\n"
        "export const may = make(), be = other, one = a || b, fn = () => 1;\nexport let l = 1;\n"
        "export type T = 1; export declare class N {}\nexport async function o() {}\n";
    assert_string_equal(
        calls_of(RWG_LANG_TS, CODE),
        "A none, B none, E none, f none, g none, h none, i none, j none, k none"
    );
    assert_string_equal(
        calls_of(RWG_LANG_JS, "'use server'; export default class {}"), "default none"
    );
    assert_string_equal(
        calls_of(
            RWG_LANG_JS,
            "'use server'; import * as a from 'a'; import b from 'b'; export { a, b };\n"
            "export * as c from 'c'; export { d } from 'd'; export * from 'e';"
        ),
        "a none, c none"
    );
    assert_string_equal(
        diags_of(RWG_LANG_TS, "'use server';\nexport class A {}"),
        "server-export@27: \"A\" is exported by a \"use server\" module but is no function: only "
        "code that runs in the same environment can use it"
    );
    assert_string_equal(diags_of(RWG_LANG_TS, "export class A {}"), "");
}

TEST(how_a_server_function_is_called_is_part_of_the_interface) {
    rwg_module *get = parse(RWG_LANG_JS, SERVER "export const a = serverQuery(f)");
    rwg_module *same = parse(RWG_LANG_JS, SERVER "export const a = serverQuery(async () => 2)");
    rwg_module *post = parse(RWG_LANG_JS, SERVER "export const a = act(f)");
    rwg_hash of_get = rwg_module_interface_hash(get);
    rwg_hash of_same = rwg_module_interface_hash(same);
    rwg_hash of_post = rwg_module_interface_hash(post);
    assert_memory_equal(&of_get, &of_same, sizeof of_get);
    assert_memory_not_equal(&of_get, &of_post, sizeof of_get);
    rwg_module_free(get);
    rwg_module_free(same);
    rwg_module_free(post);
}
