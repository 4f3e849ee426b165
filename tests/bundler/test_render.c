// Edits become text by the rules of transform/edits.h, and the map says of every kept character
// where it stood.

#include "base/str.h"
#include "emit/render.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct world {
    rwg__mem mem;
    rwb__edits edits;
    rwg__buf out;
    rwb__map_builder map;
} world;

static world *world_new(void) {
    world *w = calloc(1, sizeof *w);
    rwg__mem_init(&w->mem, NULL, 0);
    rwb__edits_init(&w->edits, &w->mem);
    rwg__buf_init(&w->out, &w->mem);
    rwb__map_init(&w->map, &w->mem);
    return w;
}

static void world_free(world *w) {
    rwb__edits_deinit(&w->edits);
    rwg__buf_deinit(&w->out);
    rwb__map_deinit(&w->map);
    assert_int_equal(w->mem.used, 0);
    free(w);
}

static void expect(world *w, const char *text, const char *expected) {
    rwg__buf_clear(&w->out);
    assert_true(rwb__render(rwg__str_c(text), &w->edits, 0, &w->out, NULL));
    rwg__buf_char(&w->out, '\0');
    assert_string_equal(w->out.bytes.ptr, expected);
    world_free(w);
}

static void span(world *w, uint32_t start, uint32_t end) {
    rwb__edits_span(&w->edits, start, end);
}

static void text(world *w, const char *piece) {
    rwb__edits_text(&w->edits, rwg__str_c(piece));
}

static void insert(world *w, rwb__side side, uint32_t at, const char *piece) {
    rwb__edits_insert(&w->edits, side, at, rwg__str_c(piece));
}

TEST(text_without_edits_stays) {
    expect(world_new(), "let a = 1;\n", "let a = 1;\n");
    expect(world_new(), "", "");
}

TEST(a_range_is_replaced_removed_and_moved) {
    world *w = world_new();
    rwb__edits_replace(&w->edits, 0, 3, RWG_STR("var"));
    rwb__edits_remove(&w->edits, 3, 5);
    rwb__edits_begin(&w->edits, RWB__REPLACE, 6, 9);
    span(w, 8, 9);
    text(w, "+");
    span(w, 6, 7);
    expect(w, "let a 1-2;", "var 2+1;");
}

TEST(an_edit_inside_another_shows_where_a_span_covers_it) {
    world *w = world_new();
    rwb__edits_replace(&w->edits, 2, 3, RWG_STR("C")); /* shown */
    rwb__edits_replace(&w->edits, 4, 5, RWG_STR("E")); /* not shown */
    rwb__edits_begin(&w->edits, RWB__REPLACE, 1, 6);
    text(w, "<");
    span(w, 1, 4);
    text(w, ">");
    expect(w, "abcdefg", "a<bCd>g");
}

TEST(a_span_that_is_shown_twice_has_its_edits_twice) {
    world *w = world_new();
    rwb__edits_replace(&w->edits, 1, 2, RWG_STR("B"));
    rwb__edits_begin(&w->edits, RWB__REPLACE, 0, 4);
    span(w, 0, 3);
    span(w, 0, 3);
    expect(w, "abcd", "aBcaBc");
}

TEST(an_insertion_goes_with_the_text_it_belongs_to) {
    world *w = world_new();
    insert(w, RWB__AFTER, 2, ")");
    insert(w, RWB__BEFORE, 2, "(");
    rwb__edits_begin(&w->edits, RWB__REPLACE, 0, 5);
    span(w, 2, 4); /* has what stands BEFORE 2 */
    text(w, "|");
    span(w, 0, 2); /* has what stands AFTER 2 */
    expect(w, "abcde", "(cd|ab)");
}

TEST(an_insertion_at_the_edge_of_an_edit_without_that_text_shows_outside) {
    world *w = world_new();
    insert(w, RWB__BEFORE, 1, "(");
    insert(w, RWB__AFTER, 3, ")");
    rwb__edits_replace(&w->edits, 1, 3, RWG_STR("x"));
    insert(w, RWB__AFTER, 1, "1");
    insert(w, RWB__BEFORE, 3, "3");
    expect(w, "abcd", "a1(x)3d");
}

TEST(an_insertion_at_the_edge_of_an_edit_shows_with_the_span_that_begins_there) {
    world *w = world_new();
    insert(w, RWB__BEFORE, 1, "(");
    insert(w, RWB__AFTER, 2, ")");
    rwb__edits_begin(&w->edits, RWB__REPLACE, 1, 4); /* `b as c` becomes `b` */
    text(w, "[");
    span(w, 1, 2);
    text(w, "]");
    expect(w, "abcde", "a[(b)]e");
}

TEST(insertions_at_one_place_come_after_then_before_each_as_added) {
    world *w = world_new();
    insert(w, RWB__BEFORE, 1, "3");
    insert(w, RWB__AFTER, 1, "1");
    insert(w, RWB__BEFORE, 1, "4");
    insert(w, RWB__AFTER, 1, "2");
    insert(w, RWB__AFTER, 0, "<");
    insert(w, RWB__BEFORE, 2, ">");
    rwb__edits_replace(&w->edits, 1, 1, RWG_STR("5"));
    expect(w, "ab", "<a12345b>");
}

TEST(an_insertion_may_hold_text_from_elsewhere) {
    world *w = world_new();
    rwb__edits_replace(&w->edits, 4, 5, RWG_STR("D"));
    rwb__edits_remove(&w->edits, 2, 6); /* with the space: more than what is shown elsewhere */
    rwb__edits_begin(&w->edits, RWB__BEFORE, 1, 1);
    span(w, 3, 6);
    expect(w, "ab cde f", "acDeb f");
}

TEST(an_edit_does_not_show_itself) {
    world *w = world_new();
    rwb__edits_begin(&w->edits, RWB__BEFORE, 1, 1);
    text(w, "x");
    span(w, 1, 3);
    expect(w, "abcd", "axbcbcd");
}

TEST(one_span_can_be_rendered_alone) {
    world *w = world_new();
    insert(w, RWB__AFTER, 1, "1");
    insert(w, RWB__BEFORE, 1, "2");
    insert(w, RWB__AFTER, 3, "3");
    insert(w, RWB__BEFORE, 3, "4");
    rwb__edits_replace(&w->edits, 2, 3, RWG_STR("C"));
    assert_true(rwb__render_span(RWG_STR("abcd"), &w->edits, (rwg_span){1, 3}, 0, &w->out, NULL));
    assert_true(rwg__str_eq(rwg__buf_str(&w->out), RWG_STR("2bC3")));
    world_free(w);
}

/* Each edit adds a bracket around the inner ones: text, spans and depth as in deep JSX. */
TEST(a_hundred_thousand_nested_edits_are_rendered) {
    enum {
        DEPTH = 100000
    };

    world *w = world_new();
    char *source = malloc(2 * DEPTH + 1);
    memset(source, '(', DEPTH);
    source[DEPTH] = 'x';
    memset(source + DEPTH + 1, ')', DEPTH);
    for (uint32_t i = 0; i < DEPTH; i++) {
        rwb__edits_begin(&w->edits, RWB__REPLACE, i, 2 * DEPTH + 1 - i);
        text(w, "[");
        span(w, i + 1, 2 * DEPTH - i);
        text(w, "]");
    }
    assert_true(rwb__render(rwg__str(source, 2 * DEPTH + 1), &w->edits, 0, &w->out, NULL));
    assert_int_equal(w->out.bytes.len, 2 * DEPTH + 1);
    assert_int_equal(w->out.bytes.ptr[DEPTH - 1], '[');
    assert_int_equal(w->out.bytes.ptr[DEPTH], 'x');
    assert_int_equal(w->out.bytes.ptr[DEPTH + 1], ']');
    free(source);
    world_free(w);
}

/* x!!!!...: all of them begin at the same place, and an insertion belongs to the innermost. */
TEST(a_hundred_thousand_edits_with_one_beginning_are_rendered) {
    enum {
        DEPTH = 100000
    };

    world *w = world_new();
    char *source = malloc(DEPTH + 1);
    source[0] = 'x';
    memset(source + 1, '!', DEPTH);
    for (uint32_t i = 0; i < DEPTH; i++) {
        rwb__edits_begin(&w->edits, RWB__REPLACE, 0, DEPTH + 1 - i);
        text(w, "[");
        span(w, 0, DEPTH - i);
    }
    insert(w, RWB__BEFORE, 0, "new ");
    assert_true(rwb__render(rwg__str(source, DEPTH + 1), &w->edits, 0, &w->out, NULL));
    assert_int_equal(w->out.bytes.len, DEPTH + 5);
    assert_memory_equal(w->out.bytes.ptr + DEPTH - 1, "[new x", 6);
    free(source);
    world_free(w);
}

TEST(a_text_that_doubles_at_every_level_ends_at_the_limit) {
    enum {
        DEPTH = 40,
        LEN = 1000000
    };

    world *w = world_new();
    char *source = calloc(1, LEN);
    for (uint32_t i = 0; i < DEPTH; i++) {
        rwb__edits_begin(&w->edits, RWB__REPLACE, i, LEN);
        span(w, i + 1, LEN);
        span(w, i + 1, LEN);
    }
    assert_false(rwb__render(rwg__str(source, LEN), &w->edits, 0, &w->out, NULL));
    assert_true(w->out.bytes.len <= RWB_RENDER_LIMIT);
    free(source);
    world_free(w);
}

// --- the map ---

static void expect_origin(
    const world *w, uint32_t line, uint32_t column, uint32_t source_line, uint32_t source_column
) {
    const rwb__mapping *m = rwb__map_find(&w->map, line, column);
    assert_non_null(m);
    assert_int_equal(m->source_line, source_line);
    assert_int_equal(m->source_column + (column - m->column), source_column);
}

TEST(new_text_has_no_origin_and_renamed_text_has_one_with_its_name) {
    world *w = world_new();
    rwb__map_source_add(&w->map, RWG_STR("a.js"), RWG_STR(""), false);
    rwb__edits_begin(&w->edits, RWB__REPLACE, 6, 9);
    text(w, "(0, ");
    rwb__edits_mapped(&w->edits, RWG_STR("m.foo"), (rwg_span){6, 9}, RWG_STR("foo"));
    text(w, ")");
    assert_true(rwb__render(RWG_STR("x = 1;foo();"), &w->edits, 0, &w->out, &w->map));
    assert_true(rwg__str_eq(rwg__buf_str(&w->out), RWG_STR("x = 1;(0, m.foo)();")));
    assert_null(rwb__map_find(&w->map, 0, 6));
    const rwb__mapping *m = rwb__map_find(&w->map, 0, 10);
    assert_non_null(m);
    assert_int_equal(m->source_column, 6);
    assert_true(rwg__str_eq(w->map.names.ptr[m->name], RWG_STR("foo")));
    assert_null(rwb__map_find(&w->map, 0, 15));
    expect_origin(w, 0, 16, 0, 9);
    world_free(w);
}

/* Fails unless a mapping starts at the column of the first line. */
static void expect_mapped(const char *source, uint32_t column) {
    world *w = world_new();
    rwb__map_source_add(&w->map, RWG_STR("a.js"), RWG_STR(""), false);
    assert_true(rwb__render(rwg__str_c(source), &w->edits, 0, &w->out, &w->map));
    const rwb__mapping *m = rwb__map_find(&w->map, 0, column);
    assert_non_null(m);
    assert_int_equal(m->column, column);
    world_free(w);
}

TEST(names_in_templates_with_quotes_have_a_mapping_each) {
    expect_mapped("`<a b=\"${name}\">`", 9);
    expect_mapped("f(`[a=\"${b}\"]`).join(\",\")", 16);
    expect_mapped("x ? \"`\" + name + \"`\" : y", 10);
}

TEST(names_behind_a_regular_expression_with_a_quote_have_a_mapping_each) {
    expect_mapped("x.y(/\"/g, \"a\").z(\"b\")", 15);
}

TEST(each_token_of_kept_text_has_a_mapping) {
    world *w = world_new();
    rwb__map_source_add(&w->map, RWG_STR("a.js"), RWG_STR(""), false);
    const char *source = "foo(a=>b?.c,'x y');\n  // d e\n\treturn";
    assert_true(rwb__render(rwg__str_c(source), &w->edits, 0, &w->out, &w->map));
    static const uint32_t EXPECTED[][2] = {
        {0, 0},
        {0, 3},
        {0, 4},
        {0, 5},
        {0, 7},
        {0, 8},
        {0, 10},
        {0, 11},
        {0, 12},
        {0, 17},
        {0, 18},
        {1, 0},
        {1, 2},
        {2, 0},
        {2, 1}};
    assert_int_equal(w->map.mappings.len, sizeof EXPECTED / sizeof EXPECTED[0]);
    for (uint32_t i = 0; i < w->map.mappings.len; i++) {
        const rwb__mapping *m = &w->map.mappings.ptr[i];
        assert_int_equal(m->line, EXPECTED[i][0]);
        assert_int_equal(m->column, EXPECTED[i][1]);
        assert_int_equal(m->source_line, m->line);
        assert_int_equal(m->source_column, m->column);
    }
    world_free(w);
}

static uint32_t next_random(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* One edit over [start, end): text, parts of the range in any order, and edits inside of it. Pieces
 * of the outer one are added in one go, so the inner ranges wait on a list. */
static void add_random_edits(world *w, uint32_t len, uint32_t *seed) {
    rwg_span work[256] = {{0, len}};
    uint32_t count = 1;
    while (count > 0) {
        rwg_span range = work[--count];
        uint32_t size = range.end - range.start;
        if (size < 3) {
            continue;
        }
        uint32_t start = range.start + next_random(seed) % (size / 3);
        uint32_t end = range.end - next_random(seed) % (size / 3);
        uint32_t middle = start + 1 + next_random(seed) % (end - start - 1);
        if (middle == end) {
            continue;
        }
        rwb__edits_begin(&w->edits, RWB__REPLACE, start, end);
        uint32_t kind = next_random(seed) % 4;
        text(w, kind == 1 ? "{\n" : "<");
        if (kind != 2) {
            span(w, middle, end);
            text(w, "~");
        }
        if (kind != 3) {
            span(w, start, middle);
        }
        rwb__side side = kind % 2 ? RWB__BEFORE : RWB__AFTER;
        insert(w, side, middle, "\xC3\xA9");
        if (count + 2 < sizeof work / sizeof work[0]) {
            work[count++] = (rwg_span){start, middle};
            work[count++] = (rwg_span){middle, end};
        }
    }
}

/* Characters of the source are all different: (line, column) of one is found by its value. */
TEST(random_nested_edits_map_every_kept_character_to_itself) {
    enum {
        LEN = 400
    };

    for (uint32_t seed = 1; seed <= 400; seed++) {
        world *w = world_new();
        rwg__buf source = {.mem = &w->mem};
        for (uint32_t i = 0; i < LEN; i++) {
            uint32_t c = 0x4E00 + i; /* three bytes each, words for the tokenizer */
            char bytes[] = {
                (char)(0xE0 | c >> 12), (char)(0x80 | (c >> 6 & 63)), (char)(0x80 | (c & 63))};
            rwg__buf_add(&source, rwg__str(bytes, 3));
            rwg__buf_char(&source, "\n \t(+.;,"[i % 8]);
        }
        uint32_t random = seed;
        add_random_edits(w, LEN, &random);
        for (uint32_t i = 0; i < w->edits.items.len; i++) {
            w->edits.items.ptr[i].start *= 4;
            w->edits.items.ptr[i].end *= 4;
        }
        for (uint32_t i = 0; i < w->edits.pieces.len; i++) {
            w->edits.pieces.ptr[i].span.start *= 4;
            w->edits.pieces.ptr[i].span.end *= 4;
        }
        rwb__map_source_add(&w->map, RWG_STR("a.js"), RWG_STR(""), false);
        rwg_str text = rwg__buf_str(&source);
        assert_true(rwb__render(text, &w->edits, 0, &w->out, &w->map));

        uint32_t line = 0;
        uint32_t column = 0;
        uint32_t kept = 0;
        for (uint32_t i = 0; i < w->out.bytes.len;) {
            unsigned char c = (unsigned char)w->out.bytes.ptr[i];
            if (c == 0xE4 || c == 0xE5) {
                uint32_t value = (uint32_t)(c & 15) << 12 |
                                 (uint32_t)(w->out.bytes.ptr[i + 1] & 63) << 6 |
                                 (uint32_t)(w->out.bytes.ptr[i + 2] & 63);
                uint32_t at = value - 0x4E00;
                /* a line end behind every eighth, beginning with the first */
                uint32_t source_line = at == 0 ? 0 : (at - 1) / 8 + 1;
                uint32_t source_column = at == 0 ? 0 : 2 * ((at - 1) % 8);
                expect_origin(w, line, column, source_line, source_column);
                kept++;
                i += 3;
                column++;
                continue;
            }
            if (c == '<' || c == '{' || c == '~' || c == 0xC3) {
                assert_null(rwb__map_find(&w->map, line, column));
            }
            i += c == 0xC3 ? 2 : 1;
            line += c == '\n';
            column = c == '\n' ? 0 : column + 1;
        }
        assert_true(kept > 0);
        assert_int_equal(w->map.at.line, line);
        assert_int_equal(w->map.at.column, column);
        rwg__buf_deinit(&source);
        world_free(w);
    }
}
