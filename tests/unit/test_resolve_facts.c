// What project/ needs beside answers: shared ids, consulted folders, probes, globs, explanations.
#include "base/buf.h"
#include "base/str.h"
#include "test_resolve_world.h"

#include <stdio.h>

static uint32_t ask_id(world *w, uint32_t env, const char *from, const char *specifier) {
    return rwg__resolver_id(
        world_resolver(w), (rwg_env){env}, rwg__str_c(from), rwg__str_c(specifier), RWG_SITE_IMPORT
    );
}

TEST(a_relative_import_is_resolved_once_for_all_environments) {
    world w;
    world_init(&w);
    memfs_write(w.disk, "/app/src/a.ts", "");
    uint32_t id = ask_id(&w, CLIENT, "/app/src/main.ts", "./a");
    assert_int_equal(ask_id(&w, SSR, "/app/src/main.ts", "./a"), id);
    assert_int_equal(ask_id(&w, WORKER, "/app/src/other.ts", "./a"), id);
    assert_int_equal(rwg__resolver_computed(w.r), 1);
    world_free(&w);
}

TEST(a_relative_import_that_a_browser_map_names_differs_by_environment) {
    world w;
    world_init(&w);
    memfs_write(w.disk, "/app/package.json", "{\"browser\": {\"./src/a.ts\": \"./src/b.ts\"}}");
    memfs_write(w.disk, "/app/src/a.ts", "");
    memfs_write(w.disk, "/app/src/b.ts", "");
    expect_file(&w, WORKER, "./a", "/app/src/a.ts");
    expect_file(&w, CLIENT, "./a", "/app/src/b.ts");
    expect_file(&w, SSR, "./a", "/app/src/b.ts");
    world_free(&w);
}

TEST(a_package_is_looked_up_once_for_all_folders_below_its_node_modules) {
    world w;
    world_init(&w);
    memfs_write(w.disk, "/app/node_modules/p/index.js", "");
    memfs_write(w.disk, "/app/src/x/y/z.ts", "");
    ask_id(&w, CLIENT, "/app/src/main.ts", "p");
    memfs_clear_log(w.disk);
    ask_id(&w, CLIENT, "/app/src/x/y/z.ts", "p");
    assert_int_equal(memfs_calls(w.disk, MEMFS_LIST, "/app/node_modules/p"), 0);
    assert_int_equal(rwg__resolver_computed(w.r), 3); // two questions, one search
    world_free(&w);
}

static bool consults(const rwg_resolver *r, uint32_t id, const char *path) {
    uint32_t n = 0;
    const uint32_t *dirs = rwg__resolver_dirs_of(r, id, &n);
    for (uint32_t i = 0; i < n; i++) {
        rwg__dir_fact fact;
        rwg__resolver_dir(r, dirs[i], &fact);
        if (rwg__str_eq_c(fact.path, path)) {
            return true;
        }
    }
    return false;
}

TEST(the_folders_that_an_answer_rests_on_are_known_with_their_listings) {
    world w;
    world_init(&w);
    memfs_write(w.disk, "/app/node_modules/p/package.json", "{\"main\": \"lib/a.js\"}");
    memfs_write(w.disk, "/app/node_modules/p/lib/a.js", "");
    uint32_t id = ask_id(&w, CLIENT, "/app/src/main.ts", "p");
    assert_true(consults(w.r, id, "/app/src"));
    assert_true(consults(w.r, id, "/app"));
    assert_true(consults(w.r, id, "/app/node_modules"));
    assert_true(consults(w.r, id, "/app/node_modules/p"));
    assert_true(consults(w.r, id, "/app/node_modules/p/lib"));
    assert_false(
        consults(w.r, ask_id(&w, CLIENT, "/app/src/main.ts", "./main"), "/app/node_modules")
    );
    for (uint32_t i = 1; i <= rwg__resolver_dir_count(w.r); i++) {
        rwg__dir_fact fact;
        rwg__resolver_dir(w.r, i, &fact);
        rwg_hash now = rwg__listing_hash(&w.fs, &w.mem, fact.path);
        assert_memory_equal(now.bytes, fact.listing.bytes, sizeof now.bytes);
    }
    assert_true(rwg__resolver_input_count(w.r) >= 1);
    world_free(&w);
}

TEST(a_listings_hash_tells_names_kinds_and_link_targets_apart) {
    world w;
    world_init(&w);
    memfs_write(w.disk, "/d/a", "");
    rwg_hash before = rwg__listing_hash(&w.fs, &w.mem, RWG_STR("/d"));
    memfs_write(w.disk, "/d/a", "other text");
    rwg_hash edited = rwg__listing_hash(&w.fs, &w.mem, RWG_STR("/d"));
    assert_memory_equal(before.bytes, edited.bytes, sizeof before.bytes);
    memfs_symlink(w.disk, "/d/l", "a");
    rwg_hash linked = rwg__listing_hash(&w.fs, &w.mem, RWG_STR("/d"));
    assert_memory_not_equal(linked.bytes, before.bytes, sizeof before.bytes);
    memfs_write(w.disk, "/d/b", "");
    rwg_hash two = rwg__listing_hash(&w.fs, &w.mem, RWG_STR("/d"));
    memfs_remove(w.disk, "/d/l");
    memfs_symlink(w.disk, "/d/l", "b");
    rwg_hash moved = rwg__listing_hash(&w.fs, &w.mem, RWG_STR("/d"));
    assert_memory_not_equal(moved.bytes, two.bytes, sizeof two.bytes);
    static const rwg_hash NONE = {{0}};
    rwg_hash absent = rwg__listing_hash(&w.fs, &w.mem, RWG_STR("/nowhere"));
    assert_memory_equal(absent.bytes, NONE.bytes, sizeof NONE.bytes);
    world_free(&w);
}

TEST(every_path_that_was_tried_is_a_probe_in_order) {
    world w;
    world_init(&w);
    memfs_write(w.disk, "/app/src/a.ts", "");
    const rwg_resolution *a = world_ask(&w, CLIENT, "./a", RWG_SITE_IMPORT);
    static const char *const TRIED[] = {
        "/app/src/a", "/app/src/a.mjs", "/app/src/a.js", "/app/src/a.mts", "/app/src/a.ts"};
    uint32_t at = 0;
    for (uint32_t i = 0; i < a->probe_count && at < 5; i++) {
        if (rwg__str_eq_c(a->probes[i].path, TRIED[at])) {
            assert_int_equal(a->probes[i].found, at == 4);
            at++;
        }
    }
    assert_int_equal(at, 5);
    world_free(&w);
}

static void expect_glob(world *w, const char *pattern, const char *const *paths, uint32_t count) {
    rwg__arena arena;
    rwg__arena_init(&arena, &w->mem);
    const rwg_str *found = NULL;
    uint32_t n = 0;
    rwg__resolver_glob(
        world_resolver(w),
        (rwg_env){CLIENT},
        rwg__str_c(w->from),
        rwg__str_c(pattern),
        &arena,
        &found,
        &n
    );
    if (n != count) {
        fail_msg("%s: %u files instead of %u", pattern, n, count);
    }
    for (uint32_t i = 0; i < n; i++) {
        if (!rwg__str_eq_c(found[i], paths[i])) {
            fail_msg("%s: %.*s instead of %s", pattern, (int)found[i].len, found[i].ptr, paths[i]);
        }
    }
    rwg__arena_deinit(&arena);
}

TEST(a_glob_lists_matching_files_sorted_and_without_the_importer) {
    world w;
    world_init(&w);
    memfs_write(w.disk, "/app/src/pages/b.tsx", "");
    memfs_write(w.disk, "/app/src/pages/a.tsx", "");
    memfs_write(w.disk, "/app/src/pages/deep/c.tsx", "");
    memfs_write(w.disk, "/app/src/pages/.hidden/d.tsx", "");
    memfs_write(w.disk, "/app/src/pages/node_modules/e.tsx", "");
    memfs_write(w.disk, "/app/src/pages/f.css", "");
    static const char *const ALL[] = {
        "/app/src/pages/a.tsx", "/app/src/pages/b.tsx", "/app/src/pages/deep/c.tsx"};
    expect_glob(&w, "./pages/*.tsx", ALL, 2);
    expect_glob(&w, "./pages/**/*.tsx", ALL, 3);
    expect_glob(&w, "/src/pages/{a,b}.tsx", ALL, 2);
    expect_glob(&w, "./*.ts", ALL, 0);
    expect_glob(&w, "./none/*.ts", ALL, 0);
    world_free(&w);
}

TEST(a_file_that_appears_under_a_glob_puts_it_in_doubt) {
    world w;
    world_init(&w);
    memfs_write(w.disk, "/app/src/pages/a.tsx", "");
    rwg__arena arena;
    rwg__arena_init(&arena, &w.mem);
    const rwg_str *found = NULL;
    uint32_t n = 0;
    uint32_t id = rwg__resolver_glob(
        world_resolver(&w),
        (rwg_env){CLIENT},
        rwg__str_c(w.from),
        RWG_STR("./pages/*.tsx"),
        &arena,
        &found,
        &n
    );
    rwg__id_vec out = {0};
    memfs_write(w.disk, "/app/src/pages/a.tsx", "edited");
    rwg_str path = RWG_STR("/app/src/pages/a.tsx");
    rwg__resolver_change(w.r, &path, 1, &out);
    assert_int_equal(out.len, 0);
    memfs_write(w.disk, "/app/src/pages/b.tsx", "");
    path = RWG_STR("/app/src/pages/b.tsx");
    rwg__resolver_change(w.r, &path, 1, &out);
    assert_int_equal(out.len, 1);
    assert_int_equal(out.ptr[0], id);
    rwg__vec_free(&out, &w.mem);
    rwg__arena_deinit(&arena);
    world_free(&w);
}

TEST(an_explanation_names_each_step_and_the_end) {
    world w;
    world_init(&w);
    memfs_write(
        w.disk, "/app/tsconfig.json", "{\"compilerOptions\": {\"paths\": {\"@/*\": [\"./src/*\"]}}}"
    );
    memfs_write(w.disk, "/app/src/a.ts", "");
    rwg__buf text;
    rwg__buf_init(&text, &w.mem);
    rwg_sink sink = rwg__buf_sink(&text);
    rwg_resolve_explain(
        world_resolver(&w),
        (rwg_env){CLIENT},
        rwg__str_c(w.from),
        RWG_STR("@/a"),
        RWG_SITE_IMPORT,
        &sink
    );
    rwg_str all = rwg__buf_str(&text);
    assert_true(rwg__str_contains(all, RWG_STR("tsconfig.json maps it to /app/src/a")));
    assert_true(rwg__str_contains(all, RWG_STR("file: /app/src/a.ts\n")));
    rwg__buf_deinit(&text);
    world_free(&w);
}

TEST(sixty_thousand_relative_imports_stay_within_150_bytes_each) {
    world w;
    world_init(&w);

    enum {
        FOLDERS = 100,
        FILES = 100,
        IMPORTS = 6
    };

    char path[128];
    for (int d = 0; d < FOLDERS; d++) {
        for (int f = 0; f < FILES; f++) {
            snprintf(path, sizeof path, "/app/src/d%d/m%d.ts", d, f);
            memfs_write(w.disk, path, "");
        }
    }
    rwg_resolver *r = world_resolver(&w);
    for (int d = 0; d < FOLDERS; d++) {
        snprintf(path, sizeof path, "/app/src/d%d/m0.ts", d);
        ask_id(&w, CLIENT, path, "./m0"); // lists the folder, which is not what is measured
    }
    uint64_t before = w.mem.used;
    for (int d = 0; d < FOLDERS; d++) {
        for (int f = 0; f < FILES; f++) {
            snprintf(path, sizeof path, "/app/src/d%d/m%d.ts", d, f);
            for (int k = 0; k < IMPORTS; k++) {
                char specifier[64];
                snprintf(
                    specifier,
                    sizeof specifier,
                    "../d%d/m%d",
                    (d + k * 7) % FOLDERS,
                    (f * 3 + k) % FILES
                );
                for (uint32_t env = CLIENT; env <= WORKER; env++) {
                    ask_id(&w, env, path, specifier);
                }
            }
        }
    }
    uint64_t each = (w.mem.used - before) / (rwg__resolver_computed(r) - FOLDERS);
    if (each > 150) {
        fail_msg("%llu bytes a resolution", (unsigned long long)each);
    }
    world_free(&w);
}
