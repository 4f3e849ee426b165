// Every algorithm is linear and without recursion: a chain of 100,000 modules, a cycle of as many,
// 2,000 modules that all import each other, and one that imports 20,000.

#include "base/hash.h"
#include "base/str.h"
#include "graph/graph.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

// Rows of one environment, and the graph of them.
typedef struct rows {
    rwg__mem *mem;
    rwg__names *names;
    uint32_t count;
    rwg_module *module; // all files have this record, with `count` imports
    rwg__file_row *files;
    rwg__node_row *nodes;
    rwg_edge *edges;
    uint32_t edge_count;
} rows;

static const rwg__env_row env_row = {{"client", 6}, RWG_ROLE_CLIENT};

static rwg_module *record_with_imports(rwg__mem *mem, uint32_t imports, rwg_import_kind kind) {
    rwg__record_builder b;
    rwg__record_init(&b, mem);
    rwg_ref specifier = rwg__record_str(&b, RWG_STR("pkg"));
    for (uint32_t i = 0; i < imports; i++) {
        rwg_import *import = rwg__record_import(&b);
        import->kind = (uint8_t)kind;
        import->specifier = specifier;
        import->span = (rwg_span){i * 10, i * 10 + 5};
    }
    rwg__record_facts facts = {
        .lang = RWG_LANG_JS, .kind = RWG_MODULE_ESM, .source_len = imports * 10 + 10};
    rwg_module *module = rwg__record_finish(&b, &facts);
    rwg__record_deinit(&b);
    return module;
}

static void rows_init(rows *r, uint32_t count, uint32_t edge_count, uint32_t imports, bool star) {
    *r = (rows){.mem = rwg__mem_new(NULL, 0), .count = count};
    r->names = rwg__names_new(r->mem);
    r->module = record_with_imports(r->mem, imports, star ? RWG_IMPORT_STAR : RWG_IMPORT_STATIC);
    r->files = calloc(count + 1, sizeof *r->files);
    r->nodes = calloc(count + 1, sizeof *r->nodes);
    r->edges = calloc(edge_count, sizeof *r->edges);
    for (uint32_t i = 1; i <= count; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "node_modules/p/f%06u.js", (unsigned)i);
        uint32_t id = rwg__intern_id(&r->names->table, rwg__str_c(path));
        r->files[i] = (rwg__file_row){
            .path = rwg__intern_str(&r->names->table, id),
            .module = r->module,
            .content = rwg__hash_bytes(&i, sizeof i),
        };
        r->nodes[i] = (rwg__node_row
        ){.file = {i}, .env = {1}, .flags = RWG_NODE_DEPENDENCY | (i == 1 ? RWG_NODE_ENTRY : 0)};
    }
}

// The next edge of the node; all edges of a node are added in one go.
static void rows_edge(rows *r, uint32_t from, uint32_t to, bool star) {
    rwg__node_row *node = &r->nodes[from];
    if (node->edge_count == 0) {
        node->edges = &r->edges[r->edge_count];
    }
    r->edges[r->edge_count++] = (rwg_edge){
        .import = node->edge_count++,
        .outcome = RWG_OUTCOME_FILE,
        .flags = star ? RWG_EDGE_STAR : 0,
        .target = {to},
    };
}

static rwg_graph *
rows_build(const rows *r, const rwg_graph *prev, const rwg_node *dirty, uint32_t dirty_count) {
    return rwg__graph_build(&(rwg__graph_input){
        .mem = r->mem,
        .names = r->names,
        .generation = prev ? 2 : 1,
        .envs = &env_row,
        .env_count = 1,
        .files = r->files,
        .file_count = r->count + 1,
        .nodes = r->nodes,
        .node_count = r->count + 1,
        .prev = prev,
        .dirty = dirty,
        .dirty_count = dirty_count,
    });
}

static void rows_deinit(rows *r) {
    rwg__module_release(r->module);
    rwg__names_release(r->names);
    assert_int_equal(r->mem->used, 0);
    rwg__mem_release(r->mem);
    free(r->files);
    free(r->nodes);
    free(r->edges);
}

// Edits the last module, and expects every module to be stale by one chain of causes.
static void expect_all_stale(rows *r, const rwg_graph *g) {
    r->files[r->count].content.bytes[0] ^= 1;
    rwg_node dirty = {r->count};
    rwg_graph *next = rows_build(r, g, &dirty, 1);
    rwg_change *change = rwg__change_new(g, next, &dirty, 1);
    for (rwg_policy policy = RWG_POLICY_PRECISE; policy <= RWG_POLICY_BROAD; policy++) {
        uint32_t count;
        const rwg_stale *stale = rwg_change_stale(change, policy, &count);
        assert_int_equal(count, r->count);
        assert_int_equal(stale[count - 1].cause, RWG_CAUSE_CONTENT);
    }
    rwg_error err;
    assert_true(rwg_graph_check(next, &err));
    rwg_change_free(change);
    rwg_graph_release(next);
}

TEST(a_chain_of_a_hundred_thousand_modules_is_ordinary) {
    const uint32_t count = 100000;
    rows r;
    rows_init(&r, count, count, 1, true);
    for (uint32_t i = 1; i < count; i++) {
        rows_edge(&r, i, i + 1, true);
    }
    rwg_graph *g = rows_build(&r, NULL, NULL, 0);
    rwg_node_list path;
    assert_int_equal(rwg_graph_why(g, (rwg_node){0}, (rwg_node){count}, false, &path), RWG_OK);
    assert_int_equal(path.count, count);
    rwg_node_list_free(&path);
    rwg_graph_affected(g, (rwg_node){count}, &path);
    assert_int_equal(path.count, count - 1);
    rwg_node_list_free(&path);
    rwg_cycles cycles;
    rwg_graph_cycles(g, (rwg_env){1}, &cycles);
    assert_int_equal(cycles.count, 0);
    rwg_cycles_free(&cycles);
    expect_all_stale(&r, g);
    rwg_graph_release(g);
    rows_deinit(&r);
}

TEST(a_cycle_of_a_hundred_thousand_modules_is_one_component) {
    const uint32_t count = 100000;
    rows r;
    rows_init(&r, count, count, 1, true);
    for (uint32_t i = 1; i <= count; i++) {
        rows_edge(&r, i, i % count + 1, true);
    }
    rwg_graph *g = rows_build(&r, NULL, NULL, 0);
    rwg_cycles cycles;
    rwg_graph_cycles(g, (rwg_env){1}, &cycles);
    assert_int_equal(cycles.count, 1);
    assert_int_equal(cycles.nodes.count, count);
    rwg_cycles_free(&cycles);
    expect_all_stale(&r, g);
    rwg_graph_release(g);
    rows_deinit(&r);
}

TEST(two_thousand_modules_that_all_import_each_other_are_one_component) {
    const uint32_t count = 2000;
    rows r;
    rows_init(&r, count, count * count, count, false);
    for (uint32_t i = 1; i <= count; i++) {
        for (uint32_t k = 1; k <= count; k++) {
            rows_edge(&r, i, k, false);
        }
    }
    rwg_graph *g = rows_build(&r, NULL, NULL, 0);
    rwg_cycles cycles;
    rwg_graph_cycles(g, (rwg_env){1}, &cycles);
    assert_int_equal(cycles.count, 1);
    assert_int_equal(cycles.sizes[0], count);
    assert_int_equal(cycles.nodes.count, 1); // the least imports itself
    rwg_cycles_free(&cycles);
    expect_all_stale(&r, g);
    rwg_graph_release(g);
    rows_deinit(&r);
}

TEST(a_module_with_twenty_thousand_imports_is_ordinary) {
    const uint32_t count = 20001;
    rows r;
    rows_init(&r, count, 2 * count, count, false);
    for (uint32_t i = 2; i <= count; i++) {
        rows_edge(&r, 1, i, false);
    }
    for (uint32_t i = 2; i < count; i++) {
        rows_edge(&r, i, i + 1, false);
    }
    rwg_graph *g = rows_build(&r, NULL, NULL, 0);
    rwg_node_list path;
    assert_int_equal(rwg_graph_why(g, (rwg_node){0}, (rwg_node){count}, false, &path), RWG_OK);
    assert_int_equal(path.count, 2);
    rwg_node_list_free(&path);
    expect_all_stale(&r, g);
    rwg_graph_release(g);
    rows_deinit(&r);
}
