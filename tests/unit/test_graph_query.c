// Questions about one graph: why, affected, cycles, dependencies, problems, dumps.

#include "base/json.h"
#include "base/str.h"
#include "test.h"
#include "test_graph_world.h"

#include <stdio.h>
#include <string.h>

// "a.ts b.ts": the nodes' paths without "src/".
static const char *names_of(const world *w, const rwg_node *nodes, uint32_t count) {
    static char text[512];
    size_t len = 0;
    text[0] = 0;
    for (uint32_t i = 0; i < count; i++) {
        rwg_str path = rwg_graph_file_path(w->graph, rwg_node_file(w->graph, nodes[i]));
        path = rwg__str_starts(path, RWG_STR("src/")) ? rwg__str_from(path, 4) : path;
        len += (size_t
        )snprintf(text + len, sizeof text - len, "%s%.*s", i ? " " : "", (int)path.len, path.ptr);
    }
    return text;
}

static const char *why(const world *w, rwg_node from, rwg_node to, bool types) {
    rwg_node_list path;
    if (rwg_graph_why(w->graph, from, to, types, &path) != RWG_OK) {
        return "no";
    }
    const char *text = names_of(w, path.items, path.count);
    rwg_node_list_free(&path);
    return text;
}

TEST(why_is_the_shortest_path_and_the_least_of_those) {
    world w;
    world_init(&w);
    int entry = world_add(&w, "src/entry.ts");
    int z = world_add(&w, "src/z.ts");
    int b = world_add(&w, "src/b.ts");
    int c = world_add(&w, "src/c.ts");
    int goal = world_add(&w, "src/goal.ts");
    world_link(&w, entry, RWG_IMPORT_STATIC, "./z", z);
    world_link(&w, entry, RWG_IMPORT_STATIC, "./b", b);
    world_link(&w, b, RWG_IMPORT_STATIC, "./c", c);
    world_link(&w, c, RWG_IMPORT_STATIC, "./goal", goal);
    world_link(&w, z, RWG_IMPORT_STATIC, "./goal", goal);
    world_link(&w, b, RWG_IMPORT_DYNAMIC, "./goal", goal);
    world_entry(&w, entry, CLIENT);
    world_commit(&w);
    rwg_node to = at(&w, "src/goal.ts", CLIENT);
    assert_string_equal(why(&w, (rwg_node){0}, to, false), "entry.ts b.ts goal.ts");
    rwg_node from = at(&w, "src/c.ts", CLIENT);
    assert_string_equal(why(&w, from, to, false), "c.ts goal.ts");
    assert_string_equal(why(&w, to, from, false), "no");
    assert_string_equal(why(&w, to, to, false), "goal.ts");
    world_deinit(&w);
}

TEST(why_takes_type_only_imports_when_asked) {
    world w;
    world_init(&w);
    int entry = world_add(&w, "src/entry.ts");
    int types = world_add(&w, "src/types.ts");
    world_type_only(&w, entry, world_link(&w, entry, RWG_IMPORT_STATIC, "./types", types));
    world_entry(&w, entry, CLIENT);
    world_commit(&w);
    rwg_node to = at(&w, "src/types.ts", CLIENT);
    assert_string_equal(why(&w, (rwg_node){0}, to, false), "no");
    assert_string_equal(why(&w, (rwg_node){0}, to, true), "entry.ts types.ts");
    world_deinit(&w);
}

TEST(why_an_ssr_module_goes_over_the_bridge) {
    world w;
    world_init(&w);
    int page = world_add(&w, "src/page.tsx");
    int ui = world_add(&w, "src/ui.tsx");
    int helper = world_add(&w, "src/helper.ts");
    w.files.ptr[ui].client = true;
    world_link(&w, page, RWG_IMPORT_STATIC, "./ui", ui);
    world_link(&w, ui, RWG_IMPORT_STATIC, "./helper", helper);
    world_entry(&w, page, WORKER);
    world_commit(&w);
    rwg_node to = at(&w, "src/helper.ts", SSR);
    assert_string_equal(why(&w, (rwg_node){0}, to, false), "page.tsx ui.tsx ui.tsx helper.ts");
    world_deinit(&w);
}

TEST(affected_is_everything_that_reaches_a_module_at_run_time) {
    world w;
    world_init(&w);
    int a = world_add(&w, "src/a.ts");
    int b = world_add(&w, "src/b.ts");
    int c = world_add(&w, "src/c.ts");
    int d = world_add(&w, "src/d.ts");
    world_link(&w, a, RWG_IMPORT_DYNAMIC, "./b", b);
    world_link(&w, b, RWG_IMPORT_STATIC, "./c", c);
    world_link(&w, c, RWG_IMPORT_STATIC, "./b", b);
    world_type_only(&w, d, world_link(&w, d, RWG_IMPORT_STATIC, "./c", c));
    world_link(&w, a, RWG_IMPORT_STATIC, "./d", d);
    world_entry(&w, a, CLIENT);
    world_commit(&w);
    rwg_node_list list;
    rwg_graph_affected(w.graph, at(&w, "src/c.ts", CLIENT), &list);
    assert_string_equal(names_of(&w, list.items, list.count), "a.ts b.ts");
    rwg_node_list_free(&list);
    rwg_graph_affected(w.graph, at(&w, "src/a.ts", CLIENT), &list);
    assert_int_equal(list.count, 0);
    rwg_node_list_free(&list);
    world_deinit(&w);
}

TEST(cycles_are_shown_by_a_shortest_one_through_the_least_path) {
    world w;
    world_init(&w);
    int main = world_add(&w, "src/main.ts");
    int d = world_add(&w, "src/d.ts");
    int c = world_add(&w, "src/c.ts");
    int b = world_add(&w, "src/b.ts");
    int self = world_add(&w, "src/self.ts");
    int lazy = world_add(&w, "src/lazy.ts");
    world_link(&w, main, RWG_IMPORT_STATIC, "./b", b);
    world_link(&w, main, RWG_IMPORT_STATIC, "./self", self);
    world_link(&w, main, RWG_IMPORT_DYNAMIC, "./lazy", lazy);
    world_link(&w, lazy, RWG_IMPORT_STATIC, "./main", main); // through import(): no cycle
    world_link(&w, b, RWG_IMPORT_STATIC, "./c", c);
    world_link(&w, c, RWG_IMPORT_STATIC, "./d", d);
    world_link(&w, d, RWG_IMPORT_STATIC, "./b", b);
    world_link(&w, c, RWG_IMPORT_STATIC, "./b", b);
    world_link(&w, self, RWG_IMPORT_STATIC, "./self", self);
    world_entry(&w, main, CLIENT);
    world_commit(&w);
    rwg_cycles cycles;
    rwg_graph_cycles(w.graph, (rwg_env){CLIENT}, &cycles);
    assert_int_equal(cycles.count, 2);
    assert_int_equal(cycles.sizes[0], 3);
    assert_int_equal(cycles.starts[1], 2);
    assert_string_equal(names_of(&w, cycles.nodes.items, 2), "b.ts c.ts");
    assert_string_equal(names_of(&w, cycles.nodes.items + 2, cycles.nodes.count - 2), "self.ts");
    rwg_cycles_free(&cycles);
    rwg_graph_cycles(w.graph, (rwg_env){SSR}, &cycles);
    assert_int_equal(cycles.count, 0);
    rwg_cycles_free(&cycles);
    world_deinit(&w);
}

TEST(cycles_that_touch_are_told_apart) {
    world w;
    world_init(&w);
    int a = world_add(&w, "src/a.ts");
    int b = world_add(&w, "src/b.ts");
    int c = world_add(&w, "src/c.ts");
    int d = world_add(&w, "src/d.ts");
    world_link(&w, a, RWG_IMPORT_STATIC, "./c", c); // from one cycle into the next
    world_link(&w, a, RWG_IMPORT_STATIC, "./b", b);
    world_link(&w, b, RWG_IMPORT_STATIC, "./a", a);
    world_link(&w, c, RWG_IMPORT_STATIC, "./d", d);
    world_link(&w, d, RWG_IMPORT_STATIC, "./c", c);
    world_entry(&w, a, CLIENT);
    world_commit(&w);
    rwg_cycles cycles;
    rwg_graph_cycles(w.graph, (rwg_env){0}, &cycles);
    assert_int_equal(cycles.count, 2);
    assert_string_equal(
        names_of(&w, cycles.nodes.items, cycles.nodes.count), "a.ts b.ts c.ts d.ts"
    );
    rwg_cycles_free(&cycles);
    world_deinit(&w);
}

// "client:dep!<2 ": environment, specifier, ! if fresh, number of importers; in order.
static const char *deps_of(const world *w, uint32_t env) {
    static char text[512];
    size_t len = 0;
    text[0] = 0;
    uint32_t count;
    const rwg_dependency *deps = rwg_graph_deps(w->graph, (rwg_env){env}, &count);
    for (uint32_t i = 0; i < count; i++) {
        rwg_str name = rwg_graph_env_name(w->graph, deps[i].env);
        len += (size_t)snprintf(
            text + len,
            sizeof text - len,
            "%s%.*s:%.*s%s<%u",
            i ? " " : "",
            (int)name.len,
            name.ptr,
            (int)deps[i].specifier.len,
            deps[i].specifier.ptr,
            deps[i].fresh ? "!" : "",
            (unsigned)deps[i].importer_count
        );
    }
    return text;
}

TEST(dependencies_are_what_application_code_imports_by_name) {
    world w;
    world_init(&w);
    int app = world_add(&w, "src/app.ts");
    int more = world_add(&w, "src/more.ts");
    int dep = world_add(&w, "node_modules/dep/index.js");
    int inner = world_add(&w, "node_modules/inner/index.js");
    int sub = world_add(&w, "node_modules/dep/sub.js");
    int style = world_add(&w, "node_modules/dep/style.css");
    int image = world_add(&w, "node_modules/dep/a.png");
    int linked = world_add(&w, "packages/linked/index.ts");
    world_link(&w, app, RWG_IMPORT_STATIC, "dep", dep);
    world_link(&w, app, RWG_IMPORT_STATIC, "./more", more);
    world_link(&w, app, RWG_IMPORT_STATIC, "dep", dep);
    world_link(&w, app, RWG_IMPORT_STATIC, "dep/style.css", style);
    world_link(&w, app, RWG_IMPORT_STATIC, "dep/a.png", image);
    world_link(&w, app, RWG_IMPORT_STATIC, "dep/sub?raw", sub);
    world_link(&w, app, RWG_IMPORT_STATIC, "../node_modules/dep/sub.js", sub);
    world_link(&w, app, RWG_IMPORT_STATIC, "linked", linked);
    world_link(&w, more, RWG_IMPORT_DYNAMIC, "dep", dep);
    world_type_only(&w, more, world_link(&w, more, RWG_IMPORT_STATIC, "inner", inner));
    world_link(&w, dep, RWG_IMPORT_STATIC, "inner", inner);
    world_entry(&w, app, CLIENT);
    world_commit(&w);
    assert_string_equal(deps_of(&w, ALL), "client:dep!<2");
    world_committed(&w, CLIENT, "dep");
    world_link(&w, more, RWG_IMPORT_STATIC, "dep/sub", sub);
    world_entry(&w, more, SSR);
    world_commit(&w);
    assert_string_equal(
        deps_of(&w, ALL), "client:dep<2 client:dep/sub!<1 ssr:dep!<1 ssr:dep/sub!<1"
    );
    assert_string_equal(deps_of(&w, SSR), "ssr:dep!<1 ssr:dep/sub!<1");
    assert_string_equal(deps_of(&w, WORKER), "");
    world_deinit(&w);
}

TEST(code_that_is_there_for_its_types_needs_no_dependency) {
    world w;
    world_init(&w);
    int app = world_add(&w, "src/app.ts");
    int types = world_add(&w, "src/types.ts");
    int dep = world_add(&w, "node_modules/dep/index.js");
    int import = world_link(&w, app, RWG_IMPORT_STATIC, "./types", types);
    world_type_only(&w, app, import);
    world_link(&w, types, RWG_IMPORT_STATIC, "dep", dep);
    world_entry(&w, app, CLIENT);
    world_commit(&w);
    assert_true(rwg_node_flags(w.graph, at(&w, "src/types.ts", CLIENT)) & RWG_NODE_REACHED);
    assert_string_equal(deps_of(&w, ALL), "");
    world_deinit(&w);
}

TEST(a_package_of_client_components_is_needed_where_it_runs) {
    world w;
    world_init(&w);
    int page = world_add(&w, "src/page.tsx");
    int ui = world_add(&w, "node_modules/ui/index.js");
    w.files.ptr[ui].client = true;
    world_link(&w, page, RWG_IMPORT_STATIC, "ui", ui);
    world_entry(&w, page, WORKER);
    world_commit(&w);
    assert_string_equal(deps_of(&w, ALL), "client:ui!<1 ssr:ui!<1");
    world_deinit(&w);
}

TEST(problems_are_sorted_and_those_of_absent_modules_left_out) {
    world w;
    world_init(&w);
    int a = world_add(&w, "src/a.ts");
    int b = world_add(&w, "src/b.ts");
    int lost = world_add(&w, "src/lost.ts");
    int config = world_add(&w, "tsconfig.json");
    world_link(&w, a, RWG_IMPORT_STATIC, "./b", b);
    world_link(&w, lost, RWG_IMPORT_STATIC, "./b", b);
    world_entry(&w, a, CLIENT);
    world_entry(&w, b, SSR);
    world_entry(&w, lost, WORKER);
    world_commit(&w);
    w.files.ptr[lost].entry = 0;
    world_problem(&w, config, 0, "config");
    world_problem(&w, lost, 0, "lost");
    world_problem(&w, b, 1 << (SSR - 1) | 1 << (CLIENT - 1) | 1 << (WORKER - 1), "b");
    world_problem(&w, a, 0, "a");
    world_commit(&w);
    uint32_t count;
    const rwg_diag *diags = rwg_graph_diags(w.graph, &count);
    assert_int_equal(count, 4);
    assert_true(rwg__str_eq_c(diags[0].message, "a"));
    assert_true(rwg__str_eq_c(diags[1].env, "client"));
    assert_true(rwg__str_eq_c(diags[2].env, "ssr"));
    assert_true(rwg__str_eq_c(diags[3].path, "tsconfig.json"));
    world_deinit(&w);
}

TEST(an_empty_graph_answers_everything_with_nothing) {
    world w;
    world_init(&w);
    world_commit(&w);
    const rwg_graph *g = w.graph;
    assert_int_equal(rwg_graph_node_max(g), 0);
    assert_int_equal(rwg_graph_file_max(g), 0);
    assert_int_equal(rwg_graph_find(g, RWG_STR("x"), (rwg_env){1}).v, 0);
    uint32_t count = 1;
    assert_null(rwg_graph_edges(g, (rwg_node){5}, &count));
    assert_int_equal(count, 0);
    rwg_node_list list;
    assert_int_equal(rwg_graph_why(g, (rwg_node){0}, (rwg_node){3}, true, &list), RWG_NOT_FOUND);
    rwg_graph_affected(g, (rwg_node){3}, &list);
    assert_int_equal(list.count, 0);
    rwg_cycles cycles;
    rwg_graph_cycles(g, (rwg_env){0}, &cycles);
    assert_int_equal(cycles.count, 0);
    rwg_cycles_free(&cycles);
    assert_true(rwg_graph_check(g, NULL));
    rwg__buf text;
    dump_into(&text, g, RWG_DUMP_CANONICAL);
    rwg__buf_deinit(&text);
    world_deinit(&w);
}

static void odd_world(world *w) {
    world_init(w);
    int a = world_add(w, "src/a \"quoted\" <b>.ts");
    int b = world_add(w, "src/b.ts");
    world_link(w, a, RWG_IMPORT_STATIC, "./b\n\"", b);
    world_link(w, a, RWG_IMPORT_DYNAMIC, "./b", b);
    world_link(w, b, RWG_IMPORT_STATIC, "./gone", -1);
    world_entry(w, a, CLIENT);
    world_problem(w, b, 0, "not \\ found");
    world_commit(w);
}

TEST(the_json_dump_is_json_with_every_module) {
    world w;
    odd_world(&w);
    rwg__buf text;
    dump_into(&text, w.graph, RWG_DUMP_JSON);
    rwg__arena arena;
    rwg__arena_init(&arena, w.mem);
    rwg__json_error err;
    const rwg__json *json = rwg__json_parse(&arena, rwg__buf_str(&text), &err);
    assert_non_null(json);
    const rwg__json *modules = rwg__json_get(json, "modules");
    assert_int_equal(modules->count, 2);
    const rwg__json *edges = rwg__json_get(&modules->items[0], "edges");
    assert_int_equal(edges->count, 2);
    rwg_str specifier = rwg__json_string(rwg__json_get(&edges->items[0], "specifier"));
    assert_true(rwg__str_eq_c(specifier, "./b\n\""));
    assert_int_equal(rwg__json_get(json, "diagnostics")->count, 1);
    rwg__arena_deinit(&arena);
    rwg__buf_deinit(&text);
    world_deinit(&w);
}

TEST(drawings_have_one_arrow_from_module_to_module) {
    world w;
    odd_world(&w);
    rwg__buf text;
    dump_into(&text, w.graph, RWG_DUMP_DOT);
    assert_true(rwg__str_contains(rwg__buf_str(&text), RWG_STR("n1 -> n2;\n}\n")));
    assert_true(rwg__str_contains(rwg__buf_str(&text), RWG_STR("a \\\"quoted\\\" <b>.ts")));
    rwg__buf_deinit(&text);
    dump_into(&text, w.graph, RWG_DUMP_MERMAID);
    assert_true(rwg__str_contains(rwg__buf_str(&text), RWG_STR("  n1 --> n2\n")));
    assert_true(rwg__str_contains(rwg__buf_str(&text), RWG_STR("a #34;quoted#34; #60;b#62;.ts")));
    rwg__buf_deinit(&text);
    world_deinit(&w);
}

TEST(an_answer_outlives_the_graph_it_came_from) {
    world w;
    world_init(&w);
    int a = world_add(&w, "src/a.ts");
    int b = world_add(&w, "src/b.ts");
    world_link(&w, a, RWG_IMPORT_STATIC, "./b", b);
    world_entry(&w, a, CLIENT);
    world_commit(&w);
    rwg_graph *old = rwg_graph_retain(w.graph);
    rwg_node_list list;
    rwg_graph_affected(old, at(&w, "src/b.ts", CLIENT), &list);
    world_edit(&w, b);
    world_commit(&w);
    world_commit(&w);
    assert_int_equal(rwg_graph_generation(old), 1);
    rwg_graph_release(old);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.items[0].v, at(&w, "src/a.ts", CLIENT).v);
    rwg_node_list_free(&list);
    world_deinit(&w);
}
