/* The compiler: each recipe runs once, and what came out is kept in memory and in the cache. */
#include "base/str.h"
#include "cachedisk.h"
#include "devworld.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_main(devworld *w, const char *text) {
    memfs_write(w->app.disk, "/app/src/main.js", text);
}

static rwg_node main_node(const devworld *w) {
    return devworld_node(w, "client", "src/main.js");
}

/* Compiles the main module; the caller releases what came out. */
static rwb__compiled *compile(devworld *w) {
    rwb__source_kind kind;
    return devworld_compile(w, main_node(w), &kind);
}

static rwb__compiler_stats stats(const devworld *w) {
    return rwb__compiler_stats_of(w->compiler);
}

/* Whether the main module's code has this in it. */
static bool code_has(devworld *w, const char *text) {
    rwb__compiled *compiled = compile(w);
    bool has = rwg__str_contains(compiled->code, rwg__str_c(text));
    rwb__compiled_release(compiled);
    return has;
}

TEST(a_recipe_runs_once_however_many_ask_for_it) {
    devworld w;
    devworld_start(&w);
    write_main(&w, "export const once = 1;");
    devworld_open(&w);
    rwb__compiled *outs[3];
    for (int i = 0; i < 3; i++) {
        outs[i] = compile(&w);
    }
    assert_ptr_equal(outs[0], outs[1]);
    assert_ptr_equal(outs[0], outs[2]);
    assert_int_equal(stats(&w).runs, 1);
    assert_int_equal(stats(&w).from_memory, 2);
    for (int i = 0; i < 3; i++) {
        rwb__compiled_release(outs[i]);
    }
    devworld_stop(&w);
}

typedef struct waiting {
    uint32_t calls;
    rwb__compiled *last;
} waiting;

static void
count_call(void *payload, rwg_node node, rwb__source_kind kind, rwb__compiled *compiled) {
    waiting *all = payload;
    assert_true(node.v);
    assert_int_equal(kind, RWB__SOURCE_SCRIPT);
    assert_true(!all->last || all->last == compiled);
    all->last = compiled;
    all->calls++;
}

TEST(those_who_ask_while_a_recipe_runs_share_its_outcome) {
    devworld w;
    devworld_start(&w);
    write_main(&w, "export const shared = 1;");
    devworld_open(&w);
    rwb__recipe_order order = {
        .view = devworld_view(&w), .node = main_node(&w), .form = RWB_FORM_FACTORY};
    waiting all = {0};
    rwb__source_kind kind;
    for (int i = 0; i < 5; i++) {
        assert_null(rwb__compiler_get(w.compiler, &order, &kind, count_call, &all));
    }
    while (all.calls < 5) {
        rwb__loop_run_once(w.loop);
    }
    assert_int_equal(stats(&w).runs, 1);
    devworld_stop(&w);
}

TEST(a_compiler_that_ends_while_it_runs_tells_nobody) {
    devworld w;
    devworld_start(&w);
    write_main(&w, "export const ended = 1;");
    devworld_open(&w);
    rwb__recipe_order order = {
        .view = devworld_view(&w), .node = main_node(&w), .form = RWB_FORM_FACTORY};
    waiting all = {0};
    rwb__source_kind kind;
    assert_null(rwb__compiler_get(w.compiler, &order, &kind, count_call, &all));
    devworld_stop(&w);
    assert_int_equal(all.calls, 0);
}

TEST(a_warm_start_compiles_nothing) {
    devworld w;
    cachedisk disk;
    cachedisk_init(&disk);
    devworld_start(&w);
    write_main(&w, "import './a.css'; export const warm = () => import('./b.json');");
    memfs_write(w.app.disk, "/app/src/a.css", ".a { color: red }");
    memfs_write(w.app.disk, "/app/src/b.json", "{}");
    w.cache = cachedisk_open(&disk);
    devworld_open(&w);
    devworld_ask ask = {.entries = "[\"client:/src/main.js\", \"client:/src/b.json\"]"};
    char *cold = devworld_closure(&w, &ask);
    assert_int_equal(stats(&w).runs, 3);
    rwb__cache_close(w.cache);
    w.cache = cachedisk_open(&disk);
    devworld_reopen(&w, false);
    char *warm = devworld_closure(&w, &ask);
    assert_string_equal(warm, cold);
    assert_int_equal(stats(&w).runs, 0);
    assert_int_equal(stats(&w).from_cache, 3);
    free(cold);
    free(warm);
    devworld_stop(&w);
    rwb__cache_close(w.cache);
    cachedisk_deinit(&disk);
}

TEST(a_value_in_the_cache_that_is_no_compiled_module_is_compiled_again) {
    devworld w;
    cachedisk disk;
    cachedisk_init(&disk);
    devworld_start(&w);
    write_main(&w, "export const right = 1;");
    w.cache = cachedisk_open(&disk);
    devworld_open(&w);
    rwb__cache_put(w.cache, devworld_recipe(&w, main_node(&w)), RWG_STR("nothing of ours"));
    assert_true(code_has(&w, "right = 1"));
    assert_int_equal(stats(&w).runs, 1);
    assert_int_equal(stats(&w).from_cache, 0);
    devworld_stop(&w);
    rwb__cache_close(w.cache);
    cachedisk_deinit(&disk);
}

TEST(a_problem_of_the_moment_is_not_kept_and_one_of_the_text_is) {
    devworld w;
    devworld_start(&w);
    write_main(&w, "export const well = 1;");
    devworld_open(&w);
    memfs_deny(w.app.disk, "/app/src/main.js", true);
    rwb__compiled *compiled = compile(&w);
    assert_true(compiled->problem.len > 0);
    rwb__compiled_release(compiled);
    memfs_deny(w.app.disk, "/app/src/main.js", false);
    assert_true(code_has(&w, "well = 1"));
    devworld_edit(&w, "/app/src/main.js", "export const = 1;");
    uint64_t runs = stats(&w).runs;
    for (int i = 0; i < 2; i++) {
        compiled = compile(&w);
        assert_true(compiled->problem.len > 0);
        rwb__compiled_release(compiled);
    }
    assert_int_equal(stats(&w).runs, runs + 1);
    devworld_stop(&w);
}

TEST(a_text_that_comes_back_is_not_compiled_again) {
    devworld w;
    devworld_start(&w);
    write_main(&w, "export const first = 1;");
    devworld_open(&w);
    assert_true(code_has(&w, "first = 1"));
    devworld_edit(&w, "/app/src/main.js", "export const second = 1;");
    assert_true(code_has(&w, "second = 1"));
    devworld_edit(&w, "/app/src/main.js", "export const first = 1;");
    assert_true(code_has(&w, "first = 1"));
    assert_int_equal(stats(&w).runs, 2);
    devworld_stop(&w);
}

/* Edits the main module, lets the compiler know its text, and compiles it, as a dev server does. */
static void edit_and_ask(devworld *w, uint32_t number) {
    char text[256];
    (void
    )snprintf(text, sizeof text, "export const number = %u;\n// %0200u\n", (unsigned)number, 0u);
    devworld_edit(w, "/app/src/main.js", text);
    rwg_node node = main_node(w);
    rwg_hash content = rwg_module_content_hash(rwg_node_module(w->app.graph, node));
    rwg_file file = rwg_node_file(w->app.graph, node);
    rwb__compiler_remember(w->compiler, file, content, rwg__str_c(text));
    rwb__compiler_tick(w->compiler);
    rwb__compiled_release(compile(w));
}

TEST(what_edits_leave_behind_does_not_pile_up) {
    enum {
        EDITS = 2000
    };

    devworld w;
    devworld_start(&w);
    write_main(&w, "export const number = 0;");
    devworld_open(&w);
    uint64_t most[2] = {0, 0}; /* in the first half of the edits, and in the second */
    for (uint32_t i = 0; i < EDITS; i++) {
        edit_and_ask(&w, i + 1);
        uint64_t used = atomic_load(&w.mem.used);
        uint64_t *half = &most[i / (EDITS / 2)];
        *half = used > *half ? used : *half;
    }
    assert_in_range(most[1], 1, most[0] + 1024);
    uint64_t runs = stats(&w).runs;
    assert_true(code_has(&w, "number = 2000"));
    assert_int_equal(stats(&w).runs, runs);
    devworld_stop(&w);
}

TEST(a_file_that_is_newer_than_its_generation_is_not_compiled_as_it) {
    devworld w;
    devworld_start(&w);
    write_main(&w, "export const seen = 1;");
    devworld_open(&w);
    write_main(&w, "export const unseen = 1;"); /* nobody has told the project yet */
    rwb__compiled *compiled = compile(&w);
    assert_true(compiled->problem.len > 0);
    assert_true(compiled->is_transient);
    rwb__compiled_release(compiled);
    app_changed(&w.app, "/app/src/main.js");
    devworld_edit(&w, "/app/src/main.js", "export const seen = 2;");
    assert_true(code_has(&w, "seen = 2"));
    devworld_stop(&w);
}
