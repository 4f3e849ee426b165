// Strings, errors, hashes, sinks and the JSON writer.

#include "base/buf.h"
#include "base/hash.h"
#include "base/str.h"
#include "test.h"

#include <math.h>

TEST(a_byte_that_is_not_there_is_found_at_the_end) {
    rwg_str text = RWG_STR("a/b/c");
    assert_int_equal(rwg__str_index(text, '/'), 1);
    assert_int_equal(rwg__str_last_index(text, '/'), 3);
    assert_int_equal(rwg__str_index(text, 'x'), 5);
    assert_int_equal(rwg__str_last_index(text, 'x'), 5);
    assert_int_equal(rwg__str_index((rwg_str){0}, 'x'), 0);
}

TEST(a_part_of_a_string_is_found_wherever_it_stands) {
    rwg_str text = RWG_STR("aaab aab");
    assert_true(rwg__str_contains(text, RWG_STR("aab")));
    assert_true(rwg__str_contains(text, RWG_STR(" aab")));
    assert_true(rwg__str_contains(text, RWG_STR("")));
    assert_false(rwg__str_contains(text, RWG_STR("abb")));
    assert_false(rwg__str_contains(RWG_STR("ab"), RWG_STR("abc")));
    assert_false(rwg__str_contains((rwg_str){0}, RWG_STR("a")));
}

TEST(strings_are_ordered_by_bytes_and_then_by_length) {
    assert_true(rwg__str_compare(RWG_STR("a"), RWG_STR("b")) < 0);
    assert_true(rwg__str_compare(RWG_STR("a"), RWG_STR("ab")) < 0);
    assert_true(rwg__str_compare(RWG_STR("Z"), RWG_STR("a")) < 0);
    assert_true(rwg__str_compare(RWG_STR("\xC3\xA9"), RWG_STR("z")) > 0);
    assert_int_equal(rwg__str_compare((rwg_str){0}, RWG_STR("")), 0);
}

TEST(a_swapped_pair_of_letters_is_one_edit) {
    assert_int_equal(rwg__str_distance(RWG_STR("raect"), RWG_STR("react"), 3), 1);
    assert_int_equal(rwg__str_distance(RWG_STR("react"), RWG_STR("react"), 3), 0);
    assert_int_equal(rwg__str_distance(RWG_STR("reac"), RWG_STR("react"), 3), 1);
    assert_int_equal(rwg__str_distance(RWG_STR("kitten"), RWG_STR("sitting"), 3), 3);
    assert_int_equal(rwg__str_distance(RWG_STR("kitten"), RWG_STR("sitting"), 2), 3);
    assert_int_equal(rwg__str_distance(RWG_STR(""), RWG_STR("ab"), 5), 2);
    assert_int_equal(rwg__str_distance(RWG_STR("abcdef"), RWG_STR("uvwxyz"), 2), 3);
}

TEST(text_is_utf8_only_if_every_sequence_is_well_formed) {
    assert_true(rwg__str_is_utf8(RWG_STR("plain text that is longer than a word")));
    assert_true(rwg__str_is_utf8(RWG_STR("caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80")));
    assert_true(rwg__str_is_utf8((rwg_str){0}));
    static const char *const bad[] = {
        "\x80",             // a continuation alone
        "\xC3",             // cut off
        "\xC0\xAF",         // overlong
        "\xE0\x80\xAF",     // overlong
        "\xED\xA0\x80",     // a surrogate
        "\xF4\x90\x80\x80", // above U+10FFFF
        "\xFF",
        "12345678\xFE",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(rwg__str_is_utf8(rwg__str_c(bad[i])));
    }
}

TEST(every_status_has_a_name_of_its_own) {
    static const rwg_status all[] = {
#define X(name, value, text) RWG_##name,
        RWG_STATUS_MAP(X)
#undef X
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        assert_string_not_equal(rwg_status_name(all[i]), "unknown");
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(rwg_status_name(all[i]), rwg_status_name(all[j]));
        }
    }
    assert_string_equal(rwg_status_name((rwg_status)99), "unknown");
}

TEST(an_error_says_what_and_where) {
    rwg_error err = {0};
    rwg_status status = rwg__error(&err, RWG_IO, RWG_STR("/a/b"), "cannot read: %s", "disk");
    assert_int_equal(status, RWG_IO);
    assert_int_equal(err.status, RWG_IO);
    assert_string_equal(err.path, "/a/b");
    assert_string_equal(err.text, "cannot read: disk");
    assert_int_equal(rwg__error(NULL, RWG_LIMIT, RWG_STR(""), "x"), RWG_LIMIT);
}

TEST(an_error_can_be_wrapped_in_place) {
    rwg_error err = {0};
    (void)rwg__error(&err, RWG_IO, RWG_STR("/a"), "inner");
    (void)rwg__error(&err, RWG_STORE, rwg__str_c(err.path), "outer: %s", err.text);
    assert_string_equal(err.text, "outer: inner");
    assert_string_equal(err.path, "/a");
}

TEST(a_long_error_is_cut_between_characters) {
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    // every offset of the cut inside and at the ends of a three-byte character
    for (int pad = 0; pad < 3; pad++) {
        rwg__buf buf;
        rwg__buf_init(&buf, &mem);
        for (int i = 0; i < pad; i++) {
            rwg__buf_char(&buf, 'x');
        }
        for (int i = 0; i < 400; i++) {
            rwg__buf_add(&buf, RWG_STR("\xE2\x82\xAC"));
        }
        rwg__buf_char(&buf, '\0');
        rwg_error err;
        (void)rwg__error(&err, RWG_IO, rwg__buf_str(&buf), "%s", buf.bytes.ptr);
        assert_true(rwg__str_is_utf8(rwg__str_c(err.text)));
        assert_true(rwg__str_is_utf8(rwg__str_c(err.path)));
        assert_true(strlen(err.text) >= RWG_ERROR_TEXT_SIZE - 3);
        assert_true(strlen(err.path) >= RWG_ERROR_TEXT_SIZE - 3);
        rwg__buf_deinit(&buf);
    }
}

TEST(the_hash_of_known_bytes_is_the_published_value) {
    char hex[33];
    rwg__hash_hex(rwg__hash_bytes(NULL, 0), hex);
    assert_string_equal(hex, "99aa06d3014798d86001c324468d497f");
    rwg_hash zero = {0};
    rwg__hash_hex(zero, hex);
    assert_string_equal(hex, "00000000000000000000000000000000");
}

TEST(different_sequences_of_values_have_different_hashes) {
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    rwg__hasher *h = rwg__hasher_new(&mem);
    rwg_hash got[6];
    rwg__hasher_str(h, RWG_STR("ab"));
    rwg__hasher_str(h, RWG_STR("c"));
    got[0] = rwg__hasher_finish(h);
    rwg__hasher_reset(h);
    rwg__hasher_str(h, RWG_STR("a"));
    rwg__hasher_str(h, RWG_STR("bc"));
    got[1] = rwg__hasher_finish(h);
    rwg__hasher_reset(h);
    rwg__hasher_u32(h, 0);
    got[2] = rwg__hasher_finish(h);
    rwg__hasher_reset(h);
    rwg__hasher_str(h, RWG_STR(""));
    got[3] = rwg__hasher_finish(h);
    rwg__hasher_reset(h);
    rwg__hasher_hash(h, (rwg_hash){{1}});
    got[4] = rwg__hasher_finish(h);
    rwg__hasher_reset(h);
    got[5] = rwg__hasher_finish(h);
    for (int i = 0; i < 6; i++) {
        for (int j = 0; j < i; j++) {
            assert_false(rwg__hash_equal(got[i], got[j]));
        }
    }
    rwg__hasher_str(h, RWG_STR("ab"));
    rwg__hasher_str(h, RWG_STR("c"));
    assert_true(rwg__hash_equal(rwg__hasher_finish(h), got[0]));
    rwg__hasher_free(h, &mem);
    assert_int_equal(atomic_load(&mem.used), 0);
}

typedef struct written {
    rwg__mem mem;
    rwg__buf buf;
    rwg_sink sink;
    rwg_json_writer json;
} written;

static void start(written *w) {
    rwg__mem_init(&w->mem, NULL, 0);
    rwg__buf_init(&w->buf, &w->mem);
    w->sink = rwg__buf_sink(&w->buf);
    w->json = rwg_json_writer_make(&w->sink);
}

static void assert_written(written *w, const char *expected) {
    rwg__buf_char(&w->buf, '\0');
    assert_string_equal(w->buf.bytes.ptr, expected);
    rwg__buf_deinit(&w->buf);
}

TEST(json_gets_its_commas_from_the_writer) {
    written w;
    start(&w);
    rwg_json_object(&w.json);
    rwg_json_key(&w.json, "a");
    rwg_json_array(&w.json);
    rwg_json_uint(&w.json, 1);
    rwg_json_bool(&w.json, true);
    rwg_json_null(&w.json);
    rwg_json_array(&w.json);
    rwg_json_array_end(&w.json);
    rwg_json_array_end(&w.json);
    rwg_json_key(&w.json, "b");
    rwg_json_object(&w.json);
    rwg_json_object_end(&w.json);
    rwg_json_key(&w.json, "c");
    rwg_json_hash(&w.json, (rwg_hash){{0xAB}});
    rwg_json_object_end(&w.json);
    assert_written(
        &w, "{\"a\":[1,true,null,[]],\"b\":{},\"c\":\"ab000000000000000000000000000000\"}"
    );
}

TEST(json_strings_are_valid_whatever_the_bytes) {
    written w;
    start(&w);
    rwg_json_array(&w.json);
    rwg_json_string(&w.json, RWG_STR("q\"b\\n\n\x01\x7F\0z"));
    rwg_json_string(&w.json, RWG_STR("\xC3\xA9\xFFx\xE2\x82"));
    rwg_json_array_end(&w.json);
    assert_written(
        &w,
        "[\"q\\\"b\\\\n\\n\\u0001\x7F\\u0000z\",\"\xC3\xA9\xEF\xBF\xBDx\xEF\xBF\xBD\xEF\xBF\xBD\"]"
    );
}

TEST(json_numbers_have_no_more_digits_than_they_need) {
    written w;
    start(&w);
    rwg_json_array(&w.json);
    rwg_json_double(&w.json, 0.1);
    rwg_json_double(&w.json, -2);
    rwg_json_double(&w.json, 1e300);
    rwg_json_double(&w.json, 0.1 + 0.2);
    rwg_json_double(&w.json, INFINITY);
    rwg_json_uint(&w.json, UINT64_MAX);
    rwg_json_array_end(&w.json);
    assert_written(&w, "[0.1,-2,1e+300,0.30000000000000004,null,18446744073709551615]");
}

static bool write_until_full(void *payload, const char *bytes, size_t len) {
    (void)bytes;
    size_t *room = payload;
    if (len > *room) {
        return false;
    }
    *room -= len;
    return true;
}

TEST(a_sink_that_failed_takes_nothing_more) {
    size_t room = 5;
    rwg_sink sink = {.write = write_until_full, .payload = &room};
    rwg_sink_cstr(&sink, "abc");
    assert_false(sink.failed);
    rwg_sink_cstr(&sink, "defg");
    assert_true(sink.failed);
    rwg_sink_cstr(&sink, "h");
    assert_int_equal(room, 2);
}

TEST(printf_into_a_sink_is_cut_at_its_limit) {
    written w;
    start(&w);
    rwg_sink_printf(&w.sink, "%5000s", "x");
    assert_int_equal(w.buf.bytes.len, 4096);
    rwg__buf_deinit(&w.buf);
}
