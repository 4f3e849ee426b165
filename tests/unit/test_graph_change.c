// What a commit makes stale, under both policies, and why.

#include "base/str.h"
#include "test.h"
#include "test_graph_world.h"

// The usual app: a worker page that shows a client component, which the browser loads too.
typedef struct app {
    world w;
    int page;   // worker entry
    int main;   // client entry
    int ui;     // "use client"
    int helper; // imported by ui
    int server; // imported by page only
} app;

static void app_init(app *a) {
    world_init(&a->w);
    a->page = world_add(&a->w, "src/page.tsx");
    a->main = world_add(&a->w, "src/main.tsx");
    a->ui = world_add(&a->w, "src/ui.tsx");
    a->helper = world_add(&a->w, "src/helper.ts");
    a->server = world_add(&a->w, "src/server.ts");
    a->w.files.ptr[a->ui].client = true;
    world_export(&a->w, a->ui, 0);
    world_link(&a->w, a->page, RWG_IMPORT_STATIC, "./ui", a->ui);
    world_link(&a->w, a->page, RWG_IMPORT_STATIC, "./server", a->server);
    world_link(&a->w, a->ui, RWG_IMPORT_STATIC, "./helper", a->helper);
    world_link(&a->w, a->main, RWG_IMPORT_DYNAMIC, "./ui", a->ui);
    world_entry(&a->w, a->page, WORKER);
    world_entry(&a->w, a->main, CLIENT);
    world_commit(&a->w);
}

static uint32_t stale_in(const world *w, rwg_policy policy, uint32_t env) {
    uint32_t count;
    uint32_t found = 0;
    const rwg_stale *stale = rwg_change_stale(w->change, policy, &count);
    for (uint32_t i = 0; i < count; i++) {
        found += rwg_node_env(w->graph, stale[i].node).v == env;
    }
    return found;
}

TEST(a_client_component_is_a_stub_that_evaluates_its_ssr_module) {
    app a;
    app_init(&a);
    const rwg_graph *g = a.w.graph;
    rwg_node stub = at(&a.w, "src/ui.tsx", WORKER);
    assert_true(rwg_node_flags(g, stub) & RWG_NODE_CLIENT_REF);
    uint32_t count;
    const rwg_edge *edges = rwg_graph_edges(g, stub, &count);
    assert_int_equal(count, 2);
    assert_int_equal(edges[0].kind, RWG_EDGE_BRIDGE);
    assert_int_equal(edges[0].target.v, at(&a.w, "src/ui.tsx", SSR).v);
    assert_int_equal(edges[1].target.v, at(&a.w, "src/ui.tsx", CLIENT).v);
    assert_int_equal(at(&a.w, "src/helper.ts", WORKER).v, 0);
    assert_true(rwg_node_flags(g, at(&a.w, "src/helper.ts", SSR)) & RWG_NODE_REACHED);
    world_deinit(&a.w);
}

TEST(a_worker_only_change_touches_neither_ssr_nor_client) {
    app a;
    app_init(&a);
    world_export(&a.w, a.server, 0);
    world_commit(&a.w);
    for (rwg_policy policy = RWG_POLICY_PRECISE; policy <= RWG_POLICY_BROAD; policy++) {
        assert_int_equal(stale_in(&a.w, policy, WORKER), 2);
        assert_int_equal(stale_in(&a.w, policy, SSR), 0);
        assert_int_equal(stale_in(&a.w, policy, CLIENT), 0);
    }
    world_deinit(&a.w);
}

TEST(an_ssr_change_touches_the_workers_proxies_only) {
    app a;
    app_init(&a);
    int extra = world_add(&a.w, "src/extra.ssr.ts");
    int import = world_link(&a.w, a.helper, RWG_IMPORT_STATIC, "#env", -1);
    world_aim(&a.w, a.helper, import, SSR, extra);
    world_commit(&a.w);
    world_export(&a.w, extra, 0);
    world_commit(&a.w);
    assert_string_equal(
        stale_at(&a.w, RWG_POLICY_BROAD, "src/ui.tsx", WORKER), "proxy<importer<importer<content"
    );
    assert_string_equal(stale_at(&a.w, RWG_POLICY_BROAD, "src/page.tsx", WORKER), "");
    assert_int_equal(stale_in(&a.w, RWG_POLICY_BROAD, WORKER), 1);
    assert_int_equal(stale_in(&a.w, RWG_POLICY_BROAD, CLIENT), 0);
    world_deinit(&a.w);
}

TEST(a_client_only_change_touches_neither_ssr_nor_worker) {
    app a;
    app_init(&a);
    world_export(&a.w, a.main, 0);
    world_commit(&a.w);
    assert_int_equal(stale_count(&a.w, RWG_POLICY_BROAD), 1);
    assert_int_equal(stale_in(&a.w, RWG_POLICY_BROAD, CLIENT), 1);
    world_deinit(&a.w);
}

TEST(broad_takes_all_importers_and_precise_those_that_notice) {
    app a;
    app_init(&a);
    world_edit(&a.w, a.helper);
    world_commit(&a.w);
    assert_string_equal(
        stale_at(&a.w, RWG_POLICY_BROAD, "src/main.tsx", CLIENT), "importer<importer<content"
    );
    assert_string_equal(stale_at(&a.w, RWG_POLICY_PRECISE, "src/main.tsx", CLIENT), "");
    assert_string_equal(stale_at(&a.w, RWG_POLICY_PRECISE, "src/ui.tsx", CLIENT), "");
    assert_int_equal(stale_count(&a.w, RWG_POLICY_PRECISE), 2); // helper, in client and in ssr
    world_deinit(&a.w);
}

TEST(stale_nodes_come_in_commit_order) {
    app a;
    app_init(&a);
    world_edit(&a.w, a.ui);
    world_export(&a.w, a.ui, 1);
    world_commit(&a.w);
    uint32_t count;
    const rwg_stale *stale = rwg_change_stale(a.w.change, RWG_POLICY_BROAD, &count);
    const uint32_t rank[] = {[CLIENT] = 3, [SSR] = 0, [WORKER] = 1, [PLAIN] = 2};
    assert_true(count >= 4);
    for (uint32_t i = 1; i < count; i++) {
        uint32_t before = rank[rwg_node_env(a.w.graph, stale[i - 1].node).v];
        uint32_t now = rank[rwg_node_env(a.w.graph, stale[i].node).v];
        assert_true(before < now || (before == now && stale[i - 1].node.v < stale[i].node.v));
    }
    world_deinit(&a.w);
}

TEST(a_new_dependency_of_ssr_makes_all_of_ssr_stale_under_broad) {
    app a;
    app_init(&a);
    int lonely = world_add(&a.w, "src/lonely.ts");
    world_link(&a.w, a.ui, RWG_IMPORT_STATIC, "./lonely", lonely);
    int dep = world_add(&a.w, "node_modules/dep/index.js");
    world_commit(&a.w);
    world_link(&a.w, a.helper, RWG_IMPORT_STATIC, "dep", dep);
    world_commit(&a.w);
    assert_string_equal(stale_at(&a.w, RWG_POLICY_BROAD, "src/lonely.ts", SSR), "dependency<added");
    assert_string_equal(stale_at(&a.w, RWG_POLICY_PRECISE, "src/lonely.ts", SSR), "");
    assert_string_equal(stale_at(&a.w, RWG_POLICY_BROAD, "src/lonely.ts", CLIENT), "");
    assert_string_equal(
        stale_at(&a.w, RWG_POLICY_BROAD, "src/ui.tsx", WORKER), "proxy<dependency<added"
    );
    assert_string_equal(stale_at(&a.w, RWG_POLICY_BROAD, "src/page.tsx", WORKER), "");
    world_deinit(&a.w);
}

TEST(a_dependency_that_is_no_longer_imported_is_a_dependency_change) {
    app a;
    app_init(&a);
    int dep = world_add(&a.w, "node_modules/dep/index.js");
    int import = world_link(&a.w, a.helper, RWG_IMPORT_STATIC, "dep", dep);
    world_commit(&a.w);
    world_unlink(&a.w, a.helper, import);
    world_commit(&a.w);
    assert_string_equal(stale_at(&a.w, RWG_POLICY_BROAD, "src/ui.tsx", SSR), "dependency<content");
    uint32_t count;
    const rwg_node *removed = rwg_change_removed(a.w.change, &count);
    assert_int_equal(count, 2);
    rwg_str path = rwg_graph_file_path(
        rwg_change_before(a.w.change), rwg_node_file(rwg_change_before(a.w.change), removed[0])
    );
    assert_true(rwg__str_eq_c(path, "node_modules/dep/index.js"));
    world_deinit(&a.w);
}

TEST(pinned_modules_survive_a_dependency_change) {
    app a;
    app_init(&a);
    int kept = world_add(&a.w, "src/state.ts");
    a.w.files.ptr[kept].pinned = true;
    int dep = world_add(&a.w, "node_modules/dep/index.js");
    world_link(&a.w, a.helper, RWG_IMPORT_STATIC, "./state", kept);
    world_link(&a.w, a.helper, RWG_IMPORT_STATIC, "dep", dep);
    world_commit(&a.w);
    world_edit(&a.w, dep);
    world_commit(&a.w);
    assert_true(rwg_node_flags(a.w.graph, at(&a.w, "src/state.ts", SSR)) & RWG_NODE_REACHED);
    assert_string_equal(stale_at(&a.w, RWG_POLICY_BROAD, "src/state.ts", SSR), "");
    assert_string_equal(stale_at(&a.w, RWG_POLICY_BROAD, "src/ui.tsx", SSR), "dependency<content");
    world_deinit(&a.w);
}

TEST(removing_use_client_turns_the_stub_into_the_module) {
    app a;
    app_init(&a);
    a.w.files.ptr[a.ui].client = false;
    a.w.files.ptr[a.ui].revision++;
    world_commit(&a.w);
    rwg_node node = at(&a.w, "src/ui.tsx", WORKER);
    assert_false(rwg_node_flags(a.w.graph, node) & RWG_NODE_CLIENT_REF);
    assert_string_equal(stale_at(&a.w, RWG_POLICY_PRECISE, "src/ui.tsx", WORKER), "content");
    assert_string_equal(stale_at(&a.w, RWG_POLICY_PRECISE, "src/helper.ts", WORKER), "added");
    // ssr has nothing left, and what is not reached is not there
    rwg_node ssr = at(&a.w, "src/ui.tsx", SSR);
    assert_false(rwg_node_flags(a.w.graph, ssr) & RWG_NODE_REACHED);
    world_deinit(&a.w);
}

TEST(editing_a_client_component_keeps_the_names_of_its_stub) {
    app a;
    app_init(&a);
    rwg_hash surface = surface_at(&a.w, "src/ui.tsx", WORKER);
    world_edit(&a.w, a.ui);
    world_commit(&a.w);
    assert_memory_equal(&surface, &(rwg_hash[]){surface_at(&a.w, "src/ui.tsx", WORKER)}, 16);
    assert_string_equal(stale_at(&a.w, RWG_POLICY_BROAD, "src/ui.tsx", WORKER), "proxy<content");
    assert_string_equal(stale_at(&a.w, RWG_POLICY_BROAD, "src/page.tsx", WORKER), "");
    world_deinit(&a.w);
}

TEST(an_import_that_resolves_elsewhere_is_a_change_of_edges) {
    app a;
    app_init(&a);
    int other = world_add(&a.w, "src/helper.ssr.ts");
    world_aim(&a.w, a.ui, 0, SSR, other);
    world_commit(&a.w);
    assert_string_equal(stale_at(&a.w, RWG_POLICY_PRECISE, "src/ui.tsx", SSR), "edges");
    assert_string_equal(stale_at(&a.w, RWG_POLICY_PRECISE, "src/ui.tsx", CLIENT), "");
    assert_string_equal(stale_at(&a.w, RWG_POLICY_PRECISE, "src/ui.tsx", WORKER), "proxy<edges");
    world_deinit(&a.w);
}

TEST(a_deleted_file_makes_its_importers_stale_and_may_come_back) {
    app a;
    app_init(&a);
    uint32_t id = at(&a.w, "src/server.ts", WORKER).v;
    rwg_hash version = version_at(&a.w, "src/page.tsx", WORKER);
    a.w.files.ptr[a.server].gone = true;
    world_commit(&a.w);
    assert_int_equal(at(&a.w, "src/server.ts", WORKER).v, 0);
    assert_false(rwg_graph_is_live(a.w.graph, (rwg_node){id}));
    assert_string_equal(stale_at(&a.w, RWG_POLICY_PRECISE, "src/page.tsx", WORKER), "edges");
    a.w.files.ptr[a.server].gone = false;
    world_commit(&a.w);
    assert_int_equal(at(&a.w, "src/server.ts", WORKER).v, id);
    assert_string_equal(stale_at(&a.w, RWG_POLICY_PRECISE, "src/server.ts", WORKER), "added");
    rwg_hash again = version_at(&a.w, "src/page.tsx", WORKER);
    assert_memory_equal(&version, &again, sizeof again);
    world_deinit(&a.w);
}

TEST(a_module_that_nothing_imports_any_more_is_removed_but_kept) {
    app a;
    app_init(&a);
    world_unlink(&a.w, a.page, 1);
    world_commit(&a.w);
    rwg_node node = at(&a.w, "src/server.ts", WORKER);
    assert_true(rwg_graph_is_live(a.w.graph, node));
    assert_false(rwg_node_flags(a.w.graph, node) & RWG_NODE_REACHED);
    uint32_t count;
    const rwg_node *removed = rwg_change_removed(a.w.change, &count);
    assert_int_equal(count, 1);
    assert_int_equal(removed[0].v, node.v);
    // edits of it while it is out of the graph are nobody's business
    world_edit(&a.w, a.server);
    world_commit(&a.w);
    assert_int_equal(stale_count(&a.w, RWG_POLICY_BROAD), 0);
    world_deinit(&a.w);
}

TEST(a_commit_without_a_difference_is_empty) {
    app a;
    app_init(&a);
    rwg_change *change = rwg__change_new(a.w.graph, a.w.graph, NULL, 0);
    assert_true(rwg_change_is_empty(change));
    assert_false(rwg_change_is_empty(a.w.change));
    uint32_t count;
    (void)rwg_change_stale(change, RWG_POLICY_BROAD, &count);
    assert_int_equal(count, 0);
    rwg_change_free(change);
    world_deinit(&a.w);
}

TEST(invalidation_ends_in_cycles) {
    world w;
    world_init(&w);
    int a = world_add(&w, "src/a.ts");
    int b = world_add(&w, "src/b.ts");
    world_link(&w, a, RWG_IMPORT_STATIC, "./b", b);
    world_link(&w, b, RWG_IMPORT_STATIC, "./a", a);
    world_link(&w, b, RWG_IMPORT_STATIC, "./b", b);
    world_entry(&w, a, PLAIN);
    world_commit(&w);
    world_export(&w, b, 0);
    world_commit(&w);
    assert_int_equal(stale_count(&w, RWG_POLICY_BROAD), 2);
    assert_string_equal(stale_at(&w, RWG_POLICY_PRECISE, "src/a.ts", PLAIN), "surface<content");
    world_deinit(&w);
}
