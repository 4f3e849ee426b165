/* What runtimes hold, as a server remembers it: never more than they said. */
#include "base/arena.h"
#include "base/str.h"
#include "dev/held.h"
#include "test.h"

#include <stdio.h>

typedef struct world {
    rwg__mem mem;
    rwg__arena arena;
    rwb__held held;
} world;

static void start(world *w) {
    rwg__mem_init(&w->mem, NULL, 0);
    rwg__arena_init(&w->arena, &w->mem);
    rwb__held_init(&w->held, &w->mem);
}

static void stop(world *w) {
    rwb__held_deinit(&w->held);
    rwg__arena_deinit(&w->arena);
}

static const rwg__json *json(world *w, const char *text) {
    rwg__json_error error;
    return rwg__json_parse(&w->arena, rwg__arena_str(&w->arena, rwg__str_c(text)), &error);
}

static rwb__session *tell(world *w, const char *name, const char *got, const char *gone) {
    return rwb__held_find(&w->held, rwg__str_c(name), json(w, got), json(w, gone));
}

TEST(a_session_begins_with_what_it_names_and_has_nothing_else) {
    world w;
    start(&w);
    rwb__session *s = rwb__held_begin(&w.held, RWG_STR("one"), json(&w, "[\"a\", \"b\", 7]"));
    assert_true(rwb__session_has(s, RWG_STR("a")));
    assert_true(rwb__session_has(s, RWG_STR("b")));
    assert_false(rwb__session_has(s, RWG_STR("c")));
    assert_false(rwb__session_has(s, RWG_STR("one"))); // its name is no key
    assert_null(tell(&w, "two", "[]", "[]"));
    stop(&w);
}

TEST(what_was_answered_is_held_when_it_was_confirmed_and_once) {
    world w;
    start(&w);
    rwb__session *s = rwb__held_begin(&w.held, RWG_STR("one"), json(&w, "[]"));
    const rwg_str keys[] = {RWG_STR("a"), RWG_STR("b")};
    uint64_t number = rwb__session_answer(s, keys, 2);
    assert_false(rwb__session_has(s, RWG_STR("a")));
    char got[32];
    (void)snprintf(got, sizeof got, "[%llu]", (unsigned long long)number);
    assert_ptr_equal(tell(&w, "one", got, "[]"), s);
    assert_true(rwb__session_has(s, RWG_STR("a")));
    assert_ptr_equal(tell(&w, "one", "[]", "[\"a\"]"), s);
    assert_false(rwb__session_has(s, RWG_STR("a")));
    /* A request of long ago, which says it once more. */
    assert_ptr_equal(tell(&w, "one", got, "[]"), s);
    assert_false(rwb__session_has(s, RWG_STR("a")));
    assert_true(rwb__session_has(s, RWG_STR("b")));
    stop(&w);
}

TEST(an_answer_that_is_confirmed_and_dropped_in_one_request_is_not_held) {
    world w;
    start(&w);
    rwb__session *s = rwb__held_begin(&w.held, RWG_STR("one"), json(&w, "[]"));
    const rwg_str keys[] = {RWG_STR("a")};
    assert_int_equal(rwb__session_answer(s, keys, 1), 1);
    s = tell(&w, "one", "[1]", "[\"a\"]");
    assert_false(rwb__session_has(s, RWG_STR("a")));
    stop(&w);
}

TEST(numbers_of_a_session_mean_nothing_in_the_next) {
    world w;
    start(&w);
    rwb__session *s = rwb__held_begin(&w.held, RWG_STR("one"), json(&w, "[]"));
    const rwg_str keys[] = {RWG_STR("a")};
    uint64_t first = rwb__session_answer(s, keys, 1);
    s = rwb__held_begin(&w.held, RWG_STR("one"), json(&w, "[]"));
    assert_true(rwb__session_answer(s, keys, 1) > first);
    s = tell(&w, "one", "[1]", "[]");
    assert_false(rwb__session_has(s, RWG_STR("a")));
    stop(&w);
}

TEST(the_session_that_was_asked_for_longest_ago_makes_room) {
    world w;
    start(&w);
    char name[8];
    for (int i = 0; i < 9; i++) {
        (void)snprintf(name, sizeof name, "s%d", i);
        (void)rwb__held_begin(&w.held, rwg__str_c(name), json(&w, "[]"));
        assert_non_null(tell(&w, "s0", "[]", "[]"));
    }
    assert_null(tell(&w, "s1", "[]", "[]"));
    assert_non_null(tell(&w, "s2", "[]", "[]"));
    stop(&w);
}

TEST(a_session_that_remembers_more_than_it_holds_ends_and_is_there_for_answers_under_way) {
    world w;
    start(&w);
    rwb__session *s = rwb__held_begin(&w.held, RWG_STR("one"), json(&w, "[]"));
    (void)rwb__session_retain(s);
    uint32_t round = 0;
    while (tell(&w, "one", "[]", "[]")) {
        char key[16];
        (void)snprintf(key, sizeof key, "k%u", round++);
        const rwg_str keys[] = {rwg__str_c(key)};
        (void)rwb__session_answer(s, keys, 1);
        assert_true(round < 10000);
    }
    const rwg_str keys[] = {RWG_STR("late")};
    (void)rwb__session_answer(s, keys, 1);
    rwb__session_release(s);
    stop(&w);
}
