// JSON documents.

#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/str.h"
#include "test.h"

static rwg__mem mem;
static rwg__arena arena;

static void start(void) {
    rwg__mem_init(&mem, NULL, 0);
    rwg__arena_init(&arena, &mem);
}

static void stop(void) {
    rwg__arena_deinit(&arena);
    assert_int_equal(atomic_load(&mem.used), 0);
}

static void assert_str(rwg_str got, const char *expected) {
    assert_true(rwg__str_eq_c(got, expected));
}

TEST(members_keep_the_order_of_the_source) {
    start();
    const rwg__json *json =
        rwg__json_parse(&arena, RWG_STR("{\"z\":1,\"a\":[true,false,null,\"x\"],\"m\":{}}"), NULL);
    assert_non_null(json);
    assert_int_equal(json->count, 3);
    assert_str(json->keys[0], "z");
    assert_str(json->keys[1], "a");
    assert_str(json->keys[2], "m");
    assert_int_equal(json->items[0].number, 1);
    const rwg__json *list = rwg__json_get(json, "a");
    assert_int_equal(list->count, 4);
    assert_int_equal(list->items[0].type, RWG__JSON_TRUE);
    assert_int_equal(list->items[1].type, RWG__JSON_FALSE);
    assert_int_equal(list->items[2].type, RWG__JSON_NULL);
    assert_str(rwg__json_string(&list->items[3]), "x");
    assert_int_equal(rwg__json_get(json, "m")->type, RWG__JSON_OBJECT);
    stop();
}

TEST(a_repeated_key_has_its_last_value) {
    start();
    const rwg__json *json = rwg__json_parse(&arena, RWG_STR("{\"a\":1,\"b\":2,\"a\":3}"), NULL);
    assert_int_equal(json->count, 2);
    assert_int_equal(rwg__json_get(json, "a")->number, 3);
    stop();
}

TEST(asking_for_what_is_not_there_gives_nothing) {
    start();
    const rwg__json *json = rwg__json_parse(&arena, RWG_STR("[1]"), NULL);
    assert_null(rwg__json_get(json, "a"));
    assert_null(rwg__json_get(NULL, "a"));
    assert_null(rwg__json_string(json).ptr);
    assert_null(rwg__json_string(NULL).ptr);
    stop();
}

TEST(strings_are_decoded_and_may_hold_a_nul) {
    start();
    const rwg__json *json =
        rwg__json_parse(&arena, RWG_STR("\"a\\u00e9\\ud83d\\ude00\\u0000\\n\""), NULL);
    assert_true(rwg__str_eq(rwg__json_string(json), RWG_STR("a\xC3\xA9\xF0\x9F\x98\x80\0\n")));
    stop();
}

TEST(numbers_too_large_for_an_integer_are_still_numbers) {
    start();
    const rwg__json *json =
        rwg__json_parse(&arena, RWG_STR("[123456789012345678901234567890, 1.5e3]"), NULL);
    assert_non_null(json);
    assert_true(json->items[0].number > 1e29);
    assert_int_equal(json->items[1].number, 1500);
    stop();
}

TEST(an_error_has_line_column_and_offset) {
    start();
    rwg__json_error error = {0};
    assert_null(rwg__json_parse(&arena, RWG_STR("{\n  \"a\": 1,\n  \"b\": x\n}"), &error));
    assert_int_equal(error.line, 3);
    assert_in_range(error.column, 8, 9);
    assert_in_range(error.offset, 19, 20);
    assert_true(error.text[0] != '\0');
    assert_null(rwg__json_parse(&arena, RWG_STR(""), &error));
    assert_int_equal(error.line, 1);
    assert_null(rwg__json_parse(&arena, RWG_STR("{\"a\":\"\xFF\"}"), &error));
    assert_null(rwg__json_parse(&arena, RWG_STR("{} {}"), &error));
    stop();
}

TEST(comments_are_errors_in_plain_json_only) {
    start();
    rwg_str text = RWG_STR("// first\n{\n  /* a \"b\" */ \"url\": \"http://x/*y*/\", // tail\n  "
                           "\"l\": [1, 2, /* c */ ],\n}\n");
    assert_null(rwg__json_parse(&arena, text, NULL));
    const rwg__json *json = rwg__json_parse_relaxed(&arena, text, NULL);
    assert_non_null(json);
    assert_str(rwg__json_string(rwg__json_get(json, "url")), "http://x/*y*/");
    assert_int_equal(rwg__json_get(json, "l")->count, 2);
    stop();
}

TEST(positions_in_relaxed_json_are_those_of_the_source) {
    start();
    rwg__json_error error = {0};
    assert_null(rwg__json_parse_relaxed(&arena, RWG_STR("/* one\n two */\n{ \"a\": ?\n}"), &error));
    assert_int_equal(error.line, 3);
    stop();
}

TEST(relaxed_json_is_not_more_relaxed_than_promised) {
    start();
    static const char *const bad[] = {
        "[,]",
        "{,}",
        "[1,,]",
        "[1,,2]",
        "{\"a\":,}",
        "{\"a\",}",
        "/* open",
        "[1] /",
        "{a:1}",
        "// only",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_null(rwg__json_parse_relaxed(&arena, rwg__str_c(bad[i]), NULL));
    }
    stop();
}

TEST(a_byte_order_mark_is_skipped) {
    start();
    assert_non_null(rwg__json_parse(&arena, RWG_STR("\xEF\xBB\xBF{\"a\":1}"), NULL));
    assert_non_null(rwg__json_parse_relaxed(&arena, RWG_STR("\xEF\xBB\xBF// c\n{\"a\":1,}"), NULL));
    stop();
}

TEST(nesting_is_limited_and_brackets_in_strings_do_not_count) {
    start();
    rwg__buf buf;
    rwg__buf_init(&buf, &mem);
    for (int i = 0; i < RWG_LIMIT_JSON_DEPTH; i++) {
        rwg__buf_char(&buf, '[');
    }
    rwg__buf_add(&buf, RWG_STR("\"[[[[\\\"[[[[\""));
    for (int i = 0; i < RWG_LIMIT_JSON_DEPTH; i++) {
        rwg__buf_char(&buf, ']');
    }
    assert_non_null(rwg__json_parse(&arena, rwg__buf_str(&buf), NULL));
    rwg__buf_clear(&buf);
    for (int i = 0; i < 1000000; i++) {
        rwg__buf_char(&buf, '[');
    }
    rwg__json_error error;
    assert_null(rwg__json_parse(&arena, rwg__buf_str(&buf), &error));
    assert_int_equal(error.offset, RWG_LIMIT_JSON_DEPTH);
    rwg__buf_deinit(&buf);
    stop();
}
