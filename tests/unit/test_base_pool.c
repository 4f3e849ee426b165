// Worker threads, traces and the runtime's own facts.

#include <rwgraph/sys/runtime.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/pool.h"
#include "base/str.h"
#include "base/trace.h"
#include "test.h"

typedef struct task {
    uint32_t number;
    uint32_t result;
} task;

static void square(void *context, uint32_t worker, void *job) {
    (void)worker;
    task *one = job;
    // Later jobs finish first: the order of results must not depend on it.
    volatile uint32_t spin = (one->number % 7) * 300;
    while (spin > 0) {
        spin = spin - 1;
    }
    one->result = one->number * one->number;
    atomic_fetch_add((_Atomic uint32_t *)context, 1);
}

static void assert_results_come_in_order(uint32_t workers) {
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    _Atomic uint32_t runs = 0;
    static task tasks[5000];
    rwg__pool *pool = rwg__pool_new(&mem, workers, square, &runs);
    assert_null(rwg__pool_take(pool));
    uint32_t submitted = 0;
    uint32_t taken = 0;
    while (taken < 5000) {
        // a growing backlog, so that the ring grows while jobs run
        for (uint32_t i = 0; i < 3 && submitted < 5000; i++, submitted++) {
            tasks[submitted] = (task){.number = submitted};
            rwg__pool_submit(pool, &tasks[submitted]);
        }
        const task *done = rwg__pool_take(pool);
        assert_ptr_equal(done, &tasks[taken]);
        assert_int_equal(done->result, taken * taken);
        taken++;
    }
    assert_null(rwg__pool_take(pool));
    assert_int_equal(atomic_load(&runs), 5000);
    rwg__pool_free(pool);
    assert_int_equal(atomic_load(&mem.used), 0);
}

TEST(results_come_in_order_of_submission_for_any_number_of_workers) {
    assert_results_come_in_order(0);
    assert_results_come_in_order(1);
    assert_results_come_in_order(4);
    assert_results_come_in_order(16);
}

TEST(a_pool_can_be_freed_with_jobs_left) {
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    _Atomic uint32_t runs = 0;
    static task tasks[200];
    rwg__pool *pool = rwg__pool_new(&mem, 2, square, &runs);
    for (uint32_t i = 0; i < 200; i++) {
        rwg__pool_submit(pool, &tasks[i]);
    }
    rwg__pool_free(pool);
    assert_true(atomic_load(&runs) <= 200);
    assert_int_equal(atomic_load(&mem.used), 0);
}

TEST(there_is_at_least_one_processor) {
    assert_in_range(rwg__pool_processors(), 1, RWG_LIMIT_WORKERS);
}

TEST(a_trace_is_json_with_one_event_a_span) {
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    rwg__arena arena;
    rwg__arena_init(&arena, &mem);
    rwg__buf buf;
    rwg__buf_init(&buf, &mem);
    rwg__trace_span(NULL, 0, "off", 0, 1); // no trace: nothing happens
    rwg__trace *trace = rwg__trace_new(&mem);
    uint64_t now = rwg__now_ns();
    rwg__trace_span(trace, 0, "scan", now, now + 2500);
    rwg__trace_span(trace, 2, "parse", now + 1000, now + 2000);
    rwg_sink sink = rwg__buf_sink(&buf);
    rwg__trace_write(trace, &sink);
    assert_false(sink.failed);
    const rwg__json *json = rwg__json_parse(&arena, rwg__buf_str(&buf), NULL);
    const rwg__json *events = rwg__json_get(json, "traceEvents");
    assert_int_equal(events->count, 2);
    assert_true(rwg__str_eq_c(rwg__json_string(rwg__json_get(&events->items[0], "name")), "scan"));
    assert_true(rwg__json_get(&events->items[0], "dur")->number == 2.5);
    assert_int_equal(rwg__json_get(&events->items[1], "tid")->number, 2);
    rwg__trace_free(trace);
    rwg__buf_deinit(&buf);
    rwg__arena_deinit(&arena);
    assert_int_equal(atomic_load(&mem.used), 0);
}

TEST(the_library_knows_its_version_and_what_it_can_do) {
    assert_string_equal(rwg_version_string(), "0.1.0");
    assert_true(rwg_has("sqlite-cache"));
    assert_true(rwg_has("snapshots"));
    assert_false(rwg_has("teleportation"));
}
