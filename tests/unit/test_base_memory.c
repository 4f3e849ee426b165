// Memory, arenas, vecs, maps and interned strings.

#include "base/buf.h"
#include "base/intern.h"
#include "base/str.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

static rwg__mem mem;

static void start(void) {
    rwg__mem_init(&mem, NULL, 0);
}

static void assert_nothing_is_left(void) {
    assert_int_equal(atomic_load(&mem.used), 0);
}

TEST(memory_in_use_is_the_sum_of_what_was_asked_for) {
    start();
    void *a = rwg__mem_zalloc(&mem, 100);
    void *b = rwg__mem_resize(&mem, NULL, 0, 50);
    assert_int_equal(atomic_load(&mem.used), 150);
    b = rwg__mem_resize(&mem, b, 50, 20);
    assert_int_equal(atomic_load(&mem.used), 120);
    rwg__mem_free(&mem, a, 100);
    assert_null(rwg__mem_resize(&mem, b, 20, 0));
    assert_nothing_is_left();
}

TEST(a_budget_is_reported_once_it_is_passed) {
    rwg__mem_init(&mem, NULL, 100);
    void *a = rwg__mem_zalloc(&mem, 100);
    assert_false(rwg__mem_over_budget(&mem));
    void *b = rwg__mem_zalloc(&mem, 1);
    assert_true(rwg__mem_over_budget(&mem));
    rwg__mem_free(&mem, b, 1);
    assert_false(rwg__mem_over_budget(&mem));
    rwg__mem_free(&mem, a, 100);
}

static void *counting_resize(void *self, void *old, size_t old_size, size_t size) {
    int64_t *balance = self;
    *balance += (int64_t)size - (int64_t)(old ? old_size : 0);
    if (size == 0) {
        free(old);
        return NULL;
    }
    return realloc(old, size);
}

TEST(the_hosts_allocator_gets_every_byte_back) {
    int64_t balance = 0;
    rwg_allocator allocator = {.resize = counting_resize, .self = &balance};
    rwg__mem *shared = rwg__mem_new(&allocator, 0);
    rwg__intern table;
    rwg__intern_init(&table, rwg__mem_retain(shared));
    for (int i = 0; i < 1000; i++) {
        char text[32];
        (void)snprintf(text, sizeof text, "name %d", i);
        (void)rwg__intern_id(&table, rwg__str_c(text));
    }
    assert_true(balance > 1000);
    rwg__intern_deinit(&table);
    rwg__mem_release(shared);
    rwg__mem_release(shared);
    assert_int_equal(balance, 0);
}

TEST(arena_memory_is_aligned_and_never_moves) {
    start();
    rwg__arena arena;
    rwg__arena_init(&arena, &mem);
    unsigned char *pieces[2000];
    for (uint32_t i = 0; i < 2000; i++) {
        pieces[i] = rwg__arena_alloc(&arena, i % 97);
        assert_int_equal((uintptr_t)pieces[i] % 8, 0);
        memset(pieces[i], (int)(i & 255), i % 97);
    }
    for (uint32_t i = 0; i < 2000; i++) {
        for (uint32_t j = 0; j < i % 97; j++) {
            assert_int_equal(pieces[i][j], i & 255);
        }
    }
    rwg__arena_deinit(&arena);
    assert_nothing_is_left();
}

TEST(a_big_piece_does_not_waste_the_rest_of_a_chunk) {
    start();
    rwg__arena arena;
    rwg__arena_init(&arena, &mem);
    char *before = rwg__arena_alloc(&arena, 8);
    (void)rwg__arena_zalloc(&arena, 10 * 1024 * 1024);
    char *after = rwg__arena_alloc(&arena, 8);
    assert_ptr_equal(after, before + 8);
    rwg__arena_deinit(&arena);
    assert_nothing_is_left();
}

TEST(a_reset_arena_uses_its_chunk_again) {
    start();
    rwg__arena arena;
    rwg__arena_init(&arena, &mem);
    (void)rwg__arena_alloc(&arena, 100);
    uint64_t used = atomic_load(&mem.used);
    for (int round = 0; round < 100; round++) {
        rwg__arena_reset(&arena);
        memset(rwg__arena_alloc(&arena, 3000), 1, 3000);
    }
    assert_int_equal(atomic_load(&mem.used), used);
    rwg__arena_deinit(&arena);
    assert_nothing_is_left();
}

TEST(a_string_in_an_arena_ends_with_a_nul_that_is_not_counted) {
    start();
    rwg__arena arena;
    rwg__arena_init(&arena, &mem);
    rwg_str copy = rwg__arena_str(&arena, RWG_STR("abc"));
    assert_int_equal(copy.len, 3);
    assert_string_equal(copy.ptr, "abc");
    assert_string_equal(rwg__arena_str(&arena, (rwg_str){0}).ptr, "");
    rwg__arena_deinit(&arena);
}

TEST(a_vec_keeps_its_elements_in_order) {
    start();
    RWG_VEC(uint32_t) ids = {0};
    for (uint32_t i = 0; i < 100000; i++) {
        *rwg__vec_push(&ids, &mem) = i * 3;
    }
    assert_int_equal(ids.len, 100000);
    for (uint32_t i = 0; i < ids.len; i++) {
        assert_int_equal(ids.ptr[i], i * 3);
    }
    rwg__vec_free(&ids, &mem);
    assert_int_equal(ids.len, 0);
    assert_nothing_is_left();
}

TEST(a_string_map_finds_what_was_put_and_nothing_else) {
    start();
    rwg__arena arena;
    rwg__arena_init(&arena, &mem);
    rwg__strmap map;
    rwg__strmap_init(&map, &mem);
    assert_null(rwg__strmap_find(&map, RWG_STR("nothing yet")));
    char text[32];
    for (uint32_t i = 0; i < 20000; i++) {
        (void)snprintf(text, sizeof text, "/src/file%u.ts", i);
        bool added = false;
        *rwg__strmap_put(&map, rwg__arena_str(&arena, rwg__str_c(text)), &added) = i;
        assert_true(added);
    }
    assert_int_equal(map.len, 20000);
    for (uint32_t i = 0; i < 20000; i++) {
        (void)snprintf(text, sizeof text, "/src/file%u.ts", i);
        assert_int_equal(*rwg__strmap_find(&map, rwg__str_c(text)), i);
        (void)snprintf(text, sizeof text, "/src/file%u.js", i);
        assert_null(rwg__strmap_find(&map, rwg__str_c(text)));
    }
    bool added = true;
    assert_int_equal(*rwg__strmap_put(&map, RWG_STR("/src/file7.ts"), &added), 7);
    assert_false(added);
    rwg__strmap_clear(&map);
    assert_null(rwg__strmap_find(&map, RWG_STR("/src/file7.ts")));
    rwg__strmap_deinit(&map);
    rwg__arena_deinit(&arena);
    assert_nothing_is_left();
}

TEST(the_empty_string_is_a_key_like_any_other) {
    start();
    rwg__strmap map;
    rwg__strmap_init(&map, &mem);
    *rwg__strmap_put(&map, RWG_STR(""), NULL) = 5;
    assert_int_equal(*rwg__strmap_find(&map, (rwg_str){0}), 5);
    rwg__strmap_deinit(&map);
}

TEST(an_id_map_tells_neighbouring_pairs_apart) {
    start();
    rwg__idmap map;
    rwg__idmap_init(&map, &mem);
    for (uint32_t high = 0; high < 200; high++) {
        for (uint32_t low = 0; low < 100; low++) {
            *rwg__idmap_put(&map, rwg__pair(high, low), NULL) = high * 1000 + low;
        }
    }
    assert_int_equal(map.len, 20000);
    for (uint32_t high = 0; high < 200; high++) {
        for (uint32_t low = 0; low < 100; low++) {
            assert_int_equal(*rwg__idmap_find(&map, rwg__pair(high, low)), high * 1000 + low);
        }
    }
    assert_null(rwg__idmap_find(&map, rwg__pair(200, 0)));
    rwg__idmap_clear(&map);
    assert_null(rwg__idmap_find(&map, 0));
    rwg__idmap_deinit(&map);
    assert_nothing_is_left();
}

TEST(equal_strings_have_one_id_and_ids_are_dense) {
    start();
    rwg__intern table;
    rwg__intern_init(&table, &mem);
    assert_int_equal(rwg__intern_id(&table, RWG_STR("")), 0);
    assert_int_equal(rwg__intern_id(&table, RWG_STR("react")), 1);
    assert_int_equal(rwg__intern_id(&table, RWG_STR("react-dom")), 2);
    char copy[] = "react";
    assert_int_equal(rwg__intern_id(&table, rwg__str_c(copy)), 1);
    copy[0] = 'X'; // the table has its own bytes
    assert_true(rwg__str_eq_c(rwg__intern_str(&table, 1), "react"));
    assert_int_equal(rwg__intern_find(&table, RWG_STR("react-dom")), 2);
    assert_int_equal(rwg__intern_find(&table, RWG_STR("vue")), 0);
    assert_true(rwg__str_eq_c(rwg__intern_str(&table, 0), ""));
    rwg__intern_deinit(&table);
    assert_nothing_is_left();
}

TEST(a_buffer_grows_under_printf) {
    start();
    rwg__buf buf;
    rwg__buf_init(&buf, &mem);
    for (int i = 0; i < 1000; i++) {
        rwg__buf_printf(&buf, "%d,", i);
    }
    rwg__buf_char(&buf, '!');
    rwg__buf_add(&buf, RWG_STR("end"));
    rwg_str all = rwg__buf_str(&buf);
    assert_int_equal(all.len, 10 * 2 + 90 * 3 + 900 * 4 + 4);
    assert_true(rwg__str_starts(all, RWG_STR("0,1,2,")));
    assert_true(rwg__str_ends(all, RWG_STR("998,999,!end")));
    rwg__buf_clear(&buf);
    assert_int_equal(rwg__buf_str(&buf).len, 0);
    rwg__buf_deinit(&buf);
    assert_nothing_is_left();
}
