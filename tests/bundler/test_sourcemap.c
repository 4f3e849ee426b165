// Source maps as ECMA-426 has them: numbers, columns, sections, lookup, composition.

#include "base/buf.h"
#include "base/str.h"
#include "emit/sourcemap.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct maps {
    rwg__mem mem;
    rwb__map_builder a;
    rwb__map_builder b;
    rwb__map_builder c;
    rwg__buf json;
} maps;

static maps *maps_new(void) {
    maps *m = calloc(1, sizeof *m);
    rwg__mem_init(&m->mem, NULL, 0);
    rwb__map_init(&m->a, &m->mem);
    rwb__map_init(&m->b, &m->mem);
    rwb__map_init(&m->c, &m->mem);
    rwg__buf_init(&m->json, &m->mem);
    return m;
}

static void maps_free(maps *m) {
    rwb__map_deinit(&m->a);
    rwb__map_deinit(&m->b);
    rwb__map_deinit(&m->c);
    rwg__buf_deinit(&m->json);
    assert_int_equal(m->mem.used, 0);
    free(m);
}

static const char *write(maps *m, const rwb__map_builder *map) {
    rwg__buf_clear(&m->json);
    rwg_sink sink = rwg__buf_sink(&m->json);
    rwb__map_write(map, RWG_STR(""), &sink);
    rwg__buf_char(&m->json, '\0');
    return m->json.bytes.ptr;
}

/* Text that the last mapping covers. */
static void cover(rwb__map_builder *map, const char *text) {
    rwb__position_advance(&map->at, rwg__str_c(text), 0, (uint32_t)strlen(text));
}

static void read(rwb__map_builder *map, const char *json) {
    rwg_error err = {0};
    if (rwb__map_read(map, rwg__str_c(json), &err) != RWG_OK) {
        fail_msg("%s", err.text);
    }
}

static void
expect_at(const rwb__map_builder *map, uint32_t line, uint32_t column, const char *expected) {
    const rwb__mapping *m = rwb__map_find(map, line, column);
    char text[200] = "nothing";
    if (m) {
        rwg_str path = map->sources.ptr[m->source].path;
        rwg_str name = m->name == RWB_NO_NAME ? RWG_STR("-") : map->names.ptr[m->name];
        (void)snprintf(
            text,
            sizeof text,
            "%.*s:%u:%u %.*s",
            (int)path.len,
            path.ptr,
            m->source_line,
            m->source_column,
            (int)name.len,
            name.ptr
        );
    }
    assert_string_equal(text, expected);
}

TEST(a_map_is_written_as_the_specification_says) {
    maps *m = maps_new();
    uint32_t a = rwb__map_source_add(&m->a, RWG_STR("a.js"), RWG_STR("x\n\"y\""), false);
    uint32_t b = rwb__map_source_add(&m->a, RWG_STR("b.js"), (rwg_str){NULL, 0}, true);
    rwb__map_add(&m->a, a, 0, 0, RWG_STR("x"));
    cover(&m->a, "x;");
    rwb__map_advance(&m->a, RWG_STR("\n\n  "));
    rwb__map_add(&m->a, b, 20, 16, RWG_STR("x"));
    assert_string_equal(
        write(m, &m->a),
        "{\"version\":3,\"sources\":[\"a.js\",\"b.js\"],"
        "\"sourcesContent\":[\"x\\n\\\"y\\\"\",null],\"ignoreList\":[1],\"names\":[\"x\"],"
        "\"mappings\":\"AAAAA,E;;ECoBgBA\"}"
    );
    maps_free(m);
}

TEST(columns_are_utf16_units_and_lines_end_as_in_ecmascript) {
    maps *m = maps_new();
    rwb__map_advance(&m->a, RWG_STR("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"));
    assert_int_equal(m->a.at.column, 5);
    rwb__map_advance(&m->a, RWG_STR("\r"));
    rwb__map_advance(&m->a, RWG_STR("\nx\ry\xE2\x80\xA8z\xE2\x80\xA9\n"));
    assert_int_equal(m->a.at.line, 5);
    assert_int_equal(m->a.at.column, 0);
    maps_free(m);
}

TEST(a_position_is_found_by_its_offset_in_a_long_line) {
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    rwg__buf text = {.mem = &mem};
    for (uint32_t i = 0; i < 1000; i++) {
        rwg__buf_add(&text, RWG_STR("x\xF0\x9F\x98\x80"));
    }
    rwb__text_index *index = rwb__text_index_new(&mem, rwg__buf_str(&text));
    for (uint32_t i = 0; i <= 1000; i++) {
        assert_int_equal(rwb__text_index_at(index, 5 * i).column, 3 * i);
    }
    rwb__text_index_free(index);
    rwg__buf_deinit(&text);
    assert_int_equal(mem.used, 0);
}

TEST(a_map_that_is_read_is_the_map_that_was_written) {
    maps *m = maps_new();
    rwb__map_source_add(&m->a, RWG_STR("a.js"), RWG_STR("one"), true);
    rwb__map_source_add(&m->a, RWG_STR("b/\xC3\xA9.js"), RWG_STR(""), false);
    uint32_t seed = 7;
    for (uint32_t i = 0; i < 2000; i++) {
        seed = seed * 1664525u + 1013904223u;
        char name[16];
        (void)snprintf(name, sizeof name, "n%u", seed >> 28);
        rwb__map_add(&m->a, i & 1, seed >> 12, seed >> 20 & 255, rwg__str_c(i % 3 ? "" : name));
        static const char *const GAPS[] = {"x", "xx\n", "some longer text  ", "\n\n\n"};
        cover(&m->a, GAPS[seed >> 30]);
        rwb__map_advance(&m->a, rwg__str_c(i % 5 ? "" : "(0, "));
    }
    read(&m->b, write(m, &m->a));
    assert_int_equal(m->b.mappings.len, m->a.mappings.len);
    for (uint32_t i = 0; i < m->a.mappings.len; i++) {
        assert_memory_equal(
            &m->a.mappings.ptr[i], &m->b.mappings.ptr[i], sizeof *m->a.mappings.ptr
        );
    }
    assert_true(m->b.sources.ptr[0].ignored && !m->b.sources.ptr[1].ignored);
    assert_true(rwg__str_eq(m->b.sources.ptr[0].content, RWG_STR("one")));
    char *first = strdup(write(m, &m->a));
    assert_string_equal(write(m, &m->b), first);
    free(first);
    maps_free(m);
}

TEST(a_mapping_covers_up_to_the_next_one_on_its_line) {
    maps *m = maps_new();
    read(
        &m->a,
        "{\"version\":3,\"sourceRoot\":\"src\",\"sources\":[\"a.js\"],\"names\":[\"f\"],"
        "\"mappings\":\";EAAA,EACCA,E\"}"
    );
    expect_at(&m->a, 0, 0, "nothing");
    expect_at(&m->a, 1, 1, "nothing");
    expect_at(&m->a, 1, 3, "src/a.js:0:0 -");
    expect_at(&m->a, 1, 5, "src/a.js:1:1 f");
    expect_at(&m->a, 1, 6, "nothing");
    expect_at(&m->a, 2, 0, "nothing");
    maps_free(m);
}

TEST(sections_are_read_as_one_map) {
    maps *m = maps_new();
    read(
        &m->a,
        "{\"version\":3,\"sections\":["
        "{\"offset\":{\"line\":0,\"column\":0},\"map\":{\"version\":3,\"sources\":[\"a\"],"
        "\"names\":[],\"mappings\":\"AAAA,oGAAA\"}},"
        "{\"offset\":{\"line\":0,\"column\":10},\"map\":{\"version\":3,\"sources\":[\"b\"],"
        "\"names\":[\"n\"],\"mappings\":\"EAAAA;CAAA\"}}]}"
    );
    expect_at(&m->a, 0, 5, "a:0:0 -");
    expect_at(&m->a, 0, 12, "b:0:0 n");
    expect_at(&m->a, 0, 150, "b:0:0 n");
    expect_at(&m->a, 1, 1, "b:0:0 -");
    maps_free(m);
}

TEST(segments_of_a_line_may_stand_in_any_order) {
    maps *m = maps_new();
    read(&m->a, "{\"version\":3,\"sources\":[\"a\"],\"names\":[],\"mappings\":\"IACA,FADA\"}");
    expect_at(&m->a, 0, 2, "a:0:0 -");
    expect_at(&m->a, 0, 4, "a:1:0 -");
    maps_free(m);
}

TEST(a_map_that_is_not_valid_is_an_error) {
    static const char *const BAD[] = {
        "",
        "[]",
        "{\"version\":3}",
        "{\"version\":2,\"sources\":[],\"names\":[],\"mappings\":\"\"}",
        "{\"version\":3,\"sources\":[],\"names\":[],\"mappings\":\"AAAA\"}",
        "{\"version\":3,\"sources\":[\"a\"],\"names\":[],\"mappings\":\"AAAAA\"}",
        "{\"version\":3,\"sources\":[\"a\"],\"names\":[],\"mappings\":\"AA\"}",
        "{\"version\":3,\"sources\":[\"a\"],\"names\":[],\"mappings\":\"D\"}",
        "{\"version\":3,\"sources\":[\"a\"],\"names\":[],\"mappings\":\"g\"}",
        "{\"version\":3,\"sources\":[\"a\"],\"names\":[],\"mappings\":\"gggggggggA\"}",
        "{\"version\":3,\"sources\":[\"a\"],\"names\":[],\"mappings\":\"!\"}",
        "{\"version\":3,\"sections\":[{\"offset\":{\"line\":-1,\"column\":0},\"map\":{}}]}",
        "{\"version\":3,\"sections\":[{\"offset\":{\"line\":2000000000,\"column\":0},\"map\":{}}]}",
    };
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        maps *m = maps_new();
        rwg_error err = {0};
        assert_int_equal(rwb__map_read(&m->a, rwg__str_c(BAD[i]), &err), RWG_SYNTAX);
        assert_true(err.text[0] != '\0');
        assert_int_equal(m->a.mappings.len + m->a.sources.len, 0);
        maps_free(m);
    }
}

TEST(composing_leads_through_both_maps) {
    maps *m = maps_new();
    /* out.js 0:4 <- mid.js 1:2 (name m), out.js 0:9 <- other.js 3:3, out.js 1:0 <- mid.js 0:0 */
    read(
        &m->a,
        "{\"version\":3,\"sources\":[\"mid.js\",\"other.js\"],\"names\":[\"m\"],"
        "\"mappings\":\"IACEA,KCEC;ADHH\"}"
    );
    expect_at(&m->a, 0, 4, "mid.js:1:2 m");
    expect_at(&m->a, 0, 9, "other.js:3:3 -");
    /* mid.js 1:0 <- in.ts 7:1 (name i) */
    read(
        &m->b,
        "{\"version\":3,\"sources\":[\"in.ts\"],\"sourcesContent\":[\"text\"],"
        "\"names\":[\"i\"],\"mappings\":\";AAOCA\"}"
    );
    const rwb__map_builder *inners[] = {&m->b, NULL};
    rwb__map_compose(&m->a, inners, &m->c);
    expect_at(&m->c, 0, 4, "in.ts:7:1 i");
    expect_at(&m->c, 0, 9, "other.js:3:3 -");
    expect_at(&m->c, 1, 0, "nothing");
    assert_true(rwg__str_eq(m->c.sources.ptr[0].content, RWG_STR("text")));
    maps_free(m);
}
