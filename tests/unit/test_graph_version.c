// Which hash changes when: own, surface, version, and what explains them.

#include "base/hash.h"
#include "base/str.h"
#include "test.h"
#include "test_graph_world.h"

#include <string.h>

#define EQUAL(a, b)  assert_true(rwg__hash_equal((a), (b)))
#define DIFFER(a, b) assert_false(rwg__hash_equal((a), (b)))

TEST(a_body_edit_changes_no_importer) {
    world w;
    world_init(&w);
    int a = world_add(&w, "src/a.ts");
    int b = world_add(&w, "src/b.ts");
    world_link(&w, a, RWG_IMPORT_STATIC, "./b", b);
    world_entry(&w, a, WORKER);
    world_commit(&w);
    rwg_hash importer = version_at(&w, "src/a.ts", WORKER);
    rwg_hash surface = surface_at(&w, "src/b.ts", WORKER);
    rwg_hash version = version_at(&w, "src/b.ts", WORKER);
    world_edit(&w, b);
    world_commit(&w);
    EQUAL(importer, version_at(&w, "src/a.ts", WORKER));
    EQUAL(surface, surface_at(&w, "src/b.ts", WORKER));
    DIFFER(version, version_at(&w, "src/b.ts", WORKER));
    assert_int_equal(stale_count(&w, RWG_POLICY_PRECISE), 1);
    world_deinit(&w);
}

TEST(a_new_export_changes_importers_but_not_their_importers) {
    world w;
    world_init(&w);
    int a = world_add(&w, "src/a.ts");
    int b = world_add(&w, "src/b.ts");
    int c = world_add(&w, "src/c.ts");
    world_link(&w, a, RWG_IMPORT_STATIC, "./b", b);
    world_link(&w, b, RWG_IMPORT_STATIC, "./c", c);
    world_entry(&w, a, WORKER);
    world_commit(&w);
    world_export(&w, c, 0);
    world_commit(&w);
    assert_string_equal(stale_at(&w, RWG_POLICY_PRECISE, "src/c.ts", WORKER), "content");
    assert_string_equal(stale_at(&w, RWG_POLICY_PRECISE, "src/b.ts", WORKER), "surface<content");
    assert_string_equal(stale_at(&w, RWG_POLICY_PRECISE, "src/a.ts", WORKER), "");
    world_deinit(&w);
}

TEST(a_new_export_is_seen_through_barrels_and_star_cycles) {
    world w;
    world_init(&w);
    int app = world_add(&w, "src/app.ts");
    int barrel = world_add(&w, "src/index.ts");
    int one = world_add(&w, "src/one.ts");
    int two = world_add(&w, "src/two.ts");
    int other = world_add(&w, "src/other.ts");
    world_link(&w, app, RWG_IMPORT_STATIC, "./index", barrel);
    world_link(&w, barrel, RWG_IMPORT_STAR, "./one", one);
    world_link(&w, one, RWG_IMPORT_STAR, "./two", two);
    world_link(&w, two, RWG_IMPORT_STAR, "./one", one);
    world_link(&w, other, RWG_IMPORT_REEXPORT, "./two", two);
    world_link(&w, app, RWG_IMPORT_STATIC, "./other", other);
    world_entry(&w, app, CLIENT);
    world_commit(&w);
    rwg_hash kept = surface_at(&w, "src/other.ts", CLIENT);
    world_export(&w, two, 3);
    world_commit(&w);
    assert_string_equal(
        stale_at(&w, RWG_POLICY_PRECISE, "src/app.ts", CLIENT), "surface<surface<surface<content"
    );
    // a re-export by name shows the same names as before
    EQUAL(kept, surface_at(&w, "src/other.ts", CLIENT));
    world_deinit(&w);
}

TEST(members_of_a_star_cycle_have_surfaces_of_their_own) {
    world w;
    world_init(&w);
    int a = world_add(&w, "src/a.ts");
    int b = world_add(&w, "src/b.ts");
    world_link(&w, a, RWG_IMPORT_STAR, "./x", b);
    world_link(&w, b, RWG_IMPORT_STAR, "./x", a);
    world_entry(&w, a, CLIENT);
    world_commit(&w);
    DIFFER(surface_at(&w, "src/a.ts", CLIENT), surface_at(&w, "src/b.ts", CLIENT));
    world_deinit(&w);
}

TEST(the_version_of_a_dependency_is_in_its_importers_only) {
    world w;
    world_init(&w);
    int top = world_add(&w, "src/top.ts");
    int app = world_add(&w, "src/app.ts");
    int dep = world_add(&w, "node_modules/d/index.js");
    int inner = world_add(&w, "node_modules/e/index.js");
    world_link(&w, top, RWG_IMPORT_STATIC, "./app", app);
    world_link(&w, app, RWG_IMPORT_STATIC, "d", dep);
    world_link(&w, dep, RWG_IMPORT_REQUIRE, "e", inner);
    world_link(&w, inner, RWG_IMPORT_REQUIRE, "d", dep); // a cycle of packages
    world_entry(&w, top, CLIENT);
    world_commit(&w);
    world_edit(&w, inner);
    world_commit(&w);
    assert_string_equal(
        stale_at(&w, RWG_POLICY_PRECISE, "node_modules/d/index.js", CLIENT), "version<content"
    );
    assert_string_equal(
        stale_at(&w, RWG_POLICY_PRECISE, "src/app.ts", CLIENT), "version<version<content"
    );
    assert_string_equal(stale_at(&w, RWG_POLICY_PRECISE, "src/top.ts", CLIENT), "");
    world_deinit(&w);
}

TEST(an_edit_that_is_taken_back_brings_the_old_version_back) {
    world w;
    world_init(&w);
    int a = world_add(&w, "src/a.ts");
    int d = world_add(&w, "node_modules/d/index.js");
    world_link(&w, a, RWG_IMPORT_STATIC, "d", d);
    world_entry(&w, a, CLIENT);
    world_commit(&w);
    rwg_hash first = version_at(&w, "src/a.ts", CLIENT);
    world_edit(&w, d);
    world_commit(&w);
    DIFFER(first, version_at(&w, "src/a.ts", CLIENT));
    w.files.ptr[d].body--;
    w.files.ptr[d].revision++;
    world_commit(&w);
    EQUAL(first, version_at(&w, "src/a.ts", CLIENT));
    world_deinit(&w);
}

TEST(type_only_imports_are_in_no_hash) {
    world w;
    world_init(&w);
    int a = world_add(&w, "src/a.ts");
    int types = world_add(&w, "src/types.ts");
    int import = world_link(&w, a, RWG_IMPORT_STATIC, "./types", types);
    world_type_only(&w, a, import);
    world_entry(&w, a, CLIENT);
    world_commit(&w);
    rwg_hash version = version_at(&w, "src/a.ts", CLIENT);
    world_export(&w, types, 0);
    world_commit(&w);
    EQUAL(version, version_at(&w, "src/a.ts", CLIENT));
    assert_string_equal(stale_at(&w, RWG_POLICY_BROAD, "src/a.ts", CLIENT), "");
    world_deinit(&w);
}

TEST(a_pinned_module_has_no_version_and_makes_nothing_stale) {
    world w;
    world_init(&w);
    int a = world_add(&w, "src/a.ts");
    int kept = world_add(&w, "node_modules/rwsdk/state.js");
    w.files.ptr[kept].pinned = true;
    world_link(&w, a, RWG_IMPORT_STATIC, "rwsdk/__state", kept);
    world_entry(&w, a, WORKER);
    world_commit(&w);
    const rwg_hash none = {{0}};
    EQUAL(version_at(&w, "node_modules/rwsdk/state.js", WORKER), none);
    EQUAL(surface_at(&w, "node_modules/rwsdk/state.js", WORKER), none);
    uint32_t count;
    (void)rwg_graph_deps(w.graph, (rwg_env){0}, &count);
    assert_int_equal(count, 0);
    world_export(&w, kept, 1);
    world_commit(&w);
    assert_int_equal(stale_count(&w, RWG_POLICY_PRECISE), 0);
    assert_int_equal(stale_count(&w, RWG_POLICY_BROAD), 0);
    world_deinit(&w);
}

TEST(a_stub_is_its_names_and_not_the_text_behind_them) {
    world w;
    world_init(&w);
    int page = world_add(&w, "src/page.tsx");
    int action = world_add(&w, "src/action.ts");
    int entry = world_add(&w, "src/client.tsx");
    w.files.ptr[action].server = true;
    world_export(&w, action, 0);
    world_link(&w, page, RWG_IMPORT_STATIC, "./action", action);
    world_link(&w, entry, RWG_IMPORT_STATIC, "./action", action);
    world_entry(&w, page, WORKER);
    world_entry(&w, entry, CLIENT);
    world_commit(&w);
    world_edit(&w, action);
    world_commit(&w);
    assert_string_equal(stale_at(&w, RWG_POLICY_PRECISE, "src/action.ts", WORKER), "content");
    assert_string_equal(stale_at(&w, RWG_POLICY_PRECISE, "src/action.ts", CLIENT), "");
    assert_string_equal(stale_at(&w, RWG_POLICY_BROAD, "src/client.tsx", CLIENT), "");
    world_export(&w, action, 1);
    world_commit(&w);
    assert_string_equal(stale_at(&w, RWG_POLICY_PRECISE, "src/action.ts", CLIENT), "content");
    assert_string_equal(
        stale_at(&w, RWG_POLICY_PRECISE, "src/client.tsx", CLIENT), "surface<content"
    );
    world_deinit(&w);
}

TEST(a_client_stub_takes_its_star_names_from_the_ssr_module) {
    world w;
    world_init(&w);
    int page = world_add(&w, "src/page.tsx");
    int ui = world_add(&w, "src/ui.tsx");
    int button = world_add(&w, "src/button.tsx");
    w.files.ptr[ui].client = true;
    world_link(&w, page, RWG_IMPORT_STATIC, "./ui", ui);
    world_link(&w, ui, RWG_IMPORT_STAR, "./button", button);
    world_entry(&w, page, WORKER);
    world_commit(&w);
    rwg_hash before = surface_at(&w, "src/ui.tsx", WORKER);
    world_export(&w, button, 0);
    world_commit(&w);
    DIFFER(before, surface_at(&w, "src/ui.tsx", WORKER));
    assert_string_equal(
        stale_at(&w, RWG_POLICY_PRECISE, "src/page.tsx", WORKER), "surface<proxy<surface<content"
    );
    world_edit(&w, button);
    world_commit(&w);
    assert_string_equal(stale_at(&w, RWG_POLICY_PRECISE, "src/page.tsx", WORKER), "");
    world_deinit(&w);
}

TEST(versions_do_not_depend_on_the_order_of_discovery) {
    world w;
    world_init(&w);
    int files[12];
    for (int i = 0; i < 12; i++) {
        char path[48];
        (void)snprintf(path, sizeof path, i % 3 ? "src/f%d.ts" : "node_modules/p%d/i.js", i);
        files[i] = world_add(&w, path);
        world_export(&w, files[i], (uint32_t)i);
    }
    for (int i = 0; i < 12; i++) {
        world_link(&w, files[i], RWG_IMPORT_STAR, "x", files[(i + 1) % 12]);
        world_link(&w, files[i], RWG_IMPORT_STATIC, "y", files[(i * 5 + 2) % 12]);
    }
    world_entry(&w, files[0], WORKER);
    world_commit(&w);
    rwg__buf first;
    dump_into(&first, w.graph, RWG_DUMP_CANONICAL);
    for (uint64_t seed = 1; seed <= 100; seed++) {
        rwg_graph *g = world_scratch(&w, seed);
        rwg__buf other;
        dump_into(&other, g, RWG_DUMP_CANONICAL);
        assert_true(rwg__str_eq(rwg__buf_str(&first), rwg__buf_str(&other)));
        rwg__buf_deinit(&other);
        rwg_graph_release(g);
    }
    rwg__buf_deinit(&first);
    world_deinit(&w);
}

static bool contains(const rwg__buf *buf, const char *part) {
    return rwg__str_contains(rwg__buf_str(buf), rwg__str_c(part));
}

TEST(explain_names_what_went_into_a_version) {
    world w;
    world_init(&w);
    int a = world_add(&w, "src/a.ts");
    int b = world_add(&w, "src/b.ts");
    int d = world_add(&w, "node_modules/d/index.js");
    world_link(&w, a, RWG_IMPORT_STATIC, "./b", b);
    world_link(&w, a, RWG_IMPORT_STATIC, "d", d);
    int fs = world_link(&w, a, RWG_IMPORT_STATIC, "node:fs", -1);
    world_outcome(&w, a, fs, RWG_OUTCOME_BUILTIN);
    world_entry(&w, a, WORKER);
    world_commit(&w);
    rwg__buf text;
    rwg__buf_init(&text, w.mem);
    rwg_sink sink = rwg__buf_sink(&text);
    rwg_graph_explain(w.graph, at(&w, "src/a.ts", WORKER), &sink);
    char hex[33];
    char line[96];
    rwg__hash_hex(version_at(&w, "src/a.ts", WORKER), hex);
    (void)snprintf(line, sizeof line, "version %s", hex);
    assert_true(contains(&text, line));
    rwg__hash_hex(version_at(&w, "node_modules/d/index.js", WORKER), hex);
    (void)snprintf(line, sizeof line, "to=node_modules/d/index.js version=%s", hex);
    assert_true(contains(&text, line));
    rwg__hash_hex(surface_at(&w, "src/b.ts", WORKER), hex);
    (void)snprintf(line, sizeof line, "to=src/b.ts surface=%s", hex);
    assert_true(contains(&text, line));
    assert_true(contains(&text, "text=node:fs"));
    rwg__buf_deinit(&text);
    world_deinit(&w);
}

TEST(explain_shows_a_cycle_as_one) {
    world w;
    world_init(&w);
    int a = world_add(&w, "node_modules/d/a.js");
    int b = world_add(&w, "node_modules/d/b.js");
    world_link(&w, a, RWG_IMPORT_STATIC, "./b", b);
    world_link(&w, b, RWG_IMPORT_STATIC, "./a", a);
    world_entry(&w, a, CLIENT);
    world_commit(&w);
    rwg__buf text;
    rwg__buf_init(&text, w.mem);
    rwg_sink sink = rwg__buf_sink(&text);
    rwg_graph_explain(w.graph, at(&w, "node_modules/d/b.js", CLIENT), &sink);
    assert_true(contains(&text, "member 1 of a cycle of 2"));
    assert_true(contains(&text, "rank=0"));
    rwg__buf_deinit(&text);
    world_deinit(&w);
}
