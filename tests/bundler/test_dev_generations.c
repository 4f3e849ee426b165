/* Which generations are still answered for. */
#include "app.h"
#include "dev/generations.h"
#include "test.h"

#include <stdio.h>

static rwg__mem memory;

static void publish(rwb__generations *g, app *a, int i) {
    char text[64];
    (void)snprintf(text, sizeof text, "export const n = %d;", i);
    app_edit(a, "/app/a.ts", text);
    rwb__generations_publish(
        g,
        rwb__view_new(
            &memory,
            &(rwb__view_input){
                .graph = a->graph,
                .config = rwg_project_config(a->project),
                .root = rwg_project_root(a->project),
            }
        )
    );
}

static void begin(rwb__generations *g, app *a) {
    rwg__mem_init(&memory, NULL, 0);
    rwb__generations_init(g, &memory);
    app_start(a);
    memfs_write(a->disk, "/app/a.ts", "export const n = 0;");
    app_open(a);
}

TEST(a_pinned_generation_outlives_any_number_of_others) {
    rwb__generations g;
    app a;
    begin(&g, &a);
    publish(&g, &a, 1);
    uint64_t pinned = rwb__generations_pin(&g);
    for (int i = 2; i < 100; i++) {
        publish(&g, &a, i);
    }
    assert_non_null(rwb__generations_find(&g, pinned));
    assert_int_equal(g.items.len, RWB__GENERATIONS_KEPT + 1);
    rwb__generations_unpin(&g, pinned);
    assert_null(rwb__generations_find(&g, pinned));
    rwb__generations_deinit(&g);
    app_stop(&a);
}

TEST(the_last_few_generations_stay_for_those_who_are_late) {
    rwb__generations g;
    app a;
    begin(&g, &a);
    for (int i = 1; i < 20; i++) {
        publish(&g, &a, i);
    }
    uint64_t newest = rwb__generations_number(&g);
    assert_ptr_equal(rwb__generations_find(&g, newest), rwb__generations_newest(&g));
    assert_non_null(rwb__generations_find(&g, newest - RWB__GENERATIONS_KEPT + 1));
    assert_null(rwb__generations_find(&g, newest - RWB__GENERATIONS_KEPT));
    rwb__generations_deinit(&g);
    app_stop(&a);
}

TEST(a_generation_that_two_requests_pin_stays_until_both_are_through) {
    rwb__generations g;
    app a;
    begin(&g, &a);
    publish(&g, &a, 1);
    uint64_t first = rwb__generations_pin(&g);
    assert_int_equal(rwb__generations_pin(&g), first);
    for (int i = 2; i < 20; i++) {
        publish(&g, &a, i);
    }
    rwb__generations_unpin(&g, first);
    assert_non_null(rwb__generations_find(&g, first));
    rwb__generations_unpin(&g, first);
    assert_null(rwb__generations_find(&g, first));
    rwb__generations_deinit(&g);
    app_stop(&a);
}

TEST(pins_that_end_in_any_order_release_exactly_their_own_generation) {
    enum {
        COUNT = 30
    };

    rwb__generations g;
    app a;
    begin(&g, &a);
    uint64_t pinned[COUNT];
    for (int i = 0; i < COUNT; i++) {
        publish(&g, &a, i + 1);
        pinned[i] = rwb__generations_pin(&g);
    }
    assert_int_equal(g.items.len, COUNT);
    for (int i = 0; i < COUNT; i++) {
        int at = i * 7 % COUNT; /* each once */
        assert_non_null(rwb__generations_find(&g, pinned[at]));
        rwb__generations_unpin(&g, pinned[at]);
        bool is_recent = at + (int)RWB__GENERATIONS_KEPT >= COUNT;
        assert_true(is_recent || !rwb__generations_find(&g, pinned[at]));
    }
    assert_int_equal(g.items.len, RWB__GENERATIONS_KEPT);
    rwb__generations_deinit(&g);
    app_stop(&a);
}

TEST(before_the_first_generation_there_is_none) {
    rwb__generations g;
    rwg__mem_init(&memory, NULL, 0);
    rwb__generations_init(&g, &memory);
    assert_null(rwb__generations_newest(&g));
    assert_int_equal(rwb__generations_number(&g), 0);
    assert_null(rwb__generations_find(&g, 1));
    rwb__generations_deinit(&g);
}
