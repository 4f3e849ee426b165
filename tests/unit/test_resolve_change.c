// What a change on the disk puts in doubt: exactly the answers that consulted it (law 12, B27).
#include "test_resolve_world.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef struct watch {
    world w;
    uint32_t ids[16];
    const char *specifiers[16];
    uint32_t count;
} watch;

static uint32_t ask_id(world *w, uint32_t env, const char *specifier) {
    return rwg__resolver_id(
        world_resolver(w),
        (rwg_env){env},
        (rwg_str){w->from, (uint32_t)strlen(w->from)},
        (rwg_str){specifier, (uint32_t)strlen(specifier)},
        RWG_SITE_IMPORT
    );
}

/// Asks for the specifier as the client, and remembers it.
static void watch_for(watch *s, const char *specifier) {
    s->specifiers[s->count] = specifier;
    s->ids[s->count++] = ask_id(&s->w, CLIENT, specifier);
}

/// After this path changed, exactly the answers to these specifiers (a NULL ends them) are in
/// doubt.
static void expect_doubt(watch *s, const char *path, ...) {
    rwg__id_vec out = {0};
    const rwg_str paths[] = {{path, (uint32_t)strlen(path)}};
    rwg__resolver_change(s->w.r, paths, 1, &out);
    for (uint32_t i = 0; i < s->count; i++) {
        bool expected = false;
        va_list args;
        va_start(args, path);
        for (const char *one = va_arg(args, const char *); one; one = va_arg(args, const char *)) {
            expected |= strcmp(one, s->specifiers[i]) == 0;
        }
        va_end(args);
        bool found = false;
        for (uint32_t k = 0; k < out.len; k++) {
            found |= out.ptr[k] == s->ids[i];
        }
        if (found != expected) {
            fail_msg("%s: %s %s in doubt", path, s->specifiers[i], found ? "is" : "is not");
        }
    }
    rwg__vec_free(&out, &s->w.mem);
    for (uint32_t i = 0; i < s->count; i++) {
        s->ids[i] = ask_id(&s->w, CLIENT, s->specifiers[i]);
    }
}

TEST(a_file_earlier_in_the_extension_order_wins_when_it_appears) {
    watch s = {0};
    world_init(&s.w);
    memfs_write(s.w.disk, "/app/src/a.ts", "");
    memfs_write(s.w.disk, "/app/src/b.ts", "");
    watch_for(&s, "./a");
    watch_for(&s, "./b");
    watch_for(&s, "./a.ts");
    expect_file(&s.w, CLIENT, "./a", "/app/src/a.ts");
    memfs_write(s.w.disk, "/app/src/a.mts", "");
    expect_doubt(&s, "/app/src/a.mts", "./a", NULL);
    expect_file(&s.w, CLIENT, "./a", "/app/src/a.mts");
    memfs_remove(s.w.disk, "/app/src/a.mts");
    expect_doubt(&s, "/app/src/a.mts", "./a", NULL);
    expect_file(&s.w, CLIENT, "./a", "/app/src/a.ts");
    world_free(&s.w);
}

TEST(a_file_later_in_the_extension_order_disturbs_nobody) {
    watch s = {0};
    world_init(&s.w);
    memfs_write(s.w.disk, "/app/src/a.ts", "");
    watch_for(&s, "./a");
    memfs_write(s.w.disk, "/app/src/a.tsx", "");
    expect_doubt(&s, "/app/src/a.tsx", NULL);
    memfs_write(s.w.disk, "/app/src/a.d.ts", "");
    expect_doubt(&s, "/app/src/a.d.ts", NULL);
    world_free(&s.w);
}

TEST(editing_a_source_file_puts_nothing_in_doubt) {
    watch s = {0};
    world_init(&s.w);
    memfs_write(s.w.disk, "/app/src/a.ts", "");
    watch_for(&s, "./a");
    watch_for(&s, "./nothing");
    memfs_write(s.w.disk, "/app/src/a.ts", "export {}");
    uint64_t computed = rwg__resolver_computed(s.w.r);
    expect_doubt(&s, "/app/src/a.ts", NULL);
    assert_int_equal(rwg__resolver_computed(s.w.r), computed);
    world_free(&s.w);
}

TEST(a_missing_file_is_found_once_it_is_there) {
    watch s = {0};
    world_init(&s.w);
    watch_for(&s, "./later");
    watch_for(&s, "./deep/er/later");
    watch_for(&s, "./other/thing");
    expect_missing(&s.w, CLIENT, "./later", RWG_DIAG_FILE_NOT_FOUND, "later", NULL);
    memfs_write(s.w.disk, "/app/src/deep/er/later.tsx", "");
    expect_doubt(
        &s, "/app/src/deep/er/later.tsx", "./later", "./deep/er/later", "./other/thing", NULL
    );
    expect_file(&s.w, CLIENT, "./deep/er/later", "/app/src/deep/er/later.tsx");
    world_free(&s.w);
}

TEST(removing_a_folder_takes_its_files_along) {
    watch s = {0};
    world_init(&s.w);
    memfs_write(s.w.disk, "/app/src/sub/index.ts", "");
    memfs_write(s.w.disk, "/app/src/sub/x.ts", "");
    memfs_write(s.w.disk, "/app/src/y.ts", "");
    watch_for(&s, "./sub");
    watch_for(&s, "./sub/x");
    watch_for(&s, "./y");
    memfs_remove(s.w.disk, "/app/src/sub");
    expect_doubt(&s, "/app/src/sub", "./sub", "./sub/x", NULL);
    expect_missing(&s.w, CLIENT, "./sub/x", RWG_DIAG_FILE_NOT_FOUND, NULL, NULL);
    memfs_write(s.w.disk, "/app/src/sub/x.ts", "");
    expect_doubt(&s, "/app/src/sub/x.ts", "./sub", "./sub/x", NULL);
    expect_file(&s.w, CLIENT, "./sub/x", "/app/src/sub/x.ts");
    world_free(&s.w);
}

static void write_package(world *w, const char *name, const char *json) {
    char path[256];
    snprintf(path, sizeof path, "/app/node_modules/%s/package.json", name);
    memfs_write(w->disk, path, json);
}

TEST(editing_what_a_package_exports_concerns_its_importers_only) {
    watch s = {0};
    world_init(&s.w);
    write_package(&s.w, "p", "{\"version\": \"1\", \"exports\": \"./a.js\"}");
    memfs_write(s.w.disk, "/app/node_modules/p/a.js", "");
    memfs_write(s.w.disk, "/app/node_modules/p/b.js", "");
    write_package(&s.w, "q", "{\"main\": \"a.js\"}");
    memfs_write(s.w.disk, "/app/node_modules/q/a.js", "");
    watch_for(&s, "p");
    watch_for(&s, "q");
    write_package(&s.w, "p", "{\"version\": \"2\", \"exports\": \"./a.js\", \"scripts\": {}}");
    expect_doubt(&s, "/app/node_modules/p/package.json", NULL);
    write_package(&s.w, "p", "{\"version\": \"2\", \"exports\": \"./b.js\"}");
    expect_doubt(&s, "/app/node_modules/p/package.json", "p", NULL);
    expect_file(&s.w, CLIENT, "p", "/app/node_modules/p/b.js");
    world_free(&s.w);
}

TEST(installing_a_package_mends_its_import) {
    watch s = {0};
    world_init(&s.w);
    memfs_write(s.w.disk, "/app/node_modules/q/index.js", "");
    watch_for(&s, "p");
    watch_for(&s, "q");
    expect_missing(&s.w, CLIENT, "p", RWG_DIAG_PACKAGE_NOT_INSTALLED, "package p", NULL);
    memfs_write(s.w.disk, "/app/node_modules/p/index.js", "");
    expect_doubt(&s, "/app/node_modules/p/index.js", "p", NULL);
    expect_file(&s.w, CLIENT, "p", "/app/node_modules/p/index.js");
    world_free(&s.w);
}

TEST(a_nearer_node_modules_that_appears_is_looked_into) {
    watch s = {0};
    world_init(&s.w);
    memfs_write(s.w.disk, "/app/node_modules/p/index.js", "");
    memfs_write(s.w.disk, "/app/src/a.ts", "");
    watch_for(&s, "p");
    watch_for(&s, "./a");
    memfs_write(s.w.disk, "/app/src/node_modules/p/index.js", "");
    expect_doubt(&s, "/app/src/node_modules/p/index.js", "p", NULL);
    expect_file(&s.w, CLIENT, "p", "/app/src/node_modules/p/index.js");
    memfs_remove(s.w.disk, "/app/src/node_modules");
    expect_doubt(&s, "/app/src/node_modules", "p", NULL);
    expect_file(&s.w, CLIENT, "p", "/app/node_modules/p/index.js");
    world_free(&s.w);
}

TEST(a_nearer_package_json_that_appears_is_the_files_package) {
    watch s = {0};
    world_init(&s.w);
    memfs_write(s.w.disk, "/app/package.json", "{\"name\": \"outer\"}");
    memfs_write(s.w.disk, "/app/src/lib/a.ts", "");
    memfs_write(s.w.disk, "/app/src/b.ts", "");
    watch_for(&s, "./lib/a");
    watch_for(&s, "./b");
    memfs_write(s.w.disk, "/app/src/lib/package.json", "{\"name\": \"inner\"}");
    expect_doubt(&s, "/app/src/lib/package.json", "./lib/a", NULL);
    const rwg_resolution *a = world_ask(&s.w, CLIENT, "./lib/a", RWG_SITE_IMPORT);
    assert_int_equal(a->package.len, 5);
    assert_memory_equal(a->package.ptr, "inner", 5);
    world_free(&s.w);
}

TEST(a_tsconfig_edit_concerns_bare_specifiers_and_only_if_it_means_something) {
    watch s = {0};
    world_init(&s.w);
    memfs_write(
        s.w.disk,
        "/app/tsconfig.json",
        "{\"compilerOptions\": {\"paths\": {\"@/*\": [\"./src/*\"]}}}"
    );
    memfs_write(s.w.disk, "/app/src/a.ts", "");
    memfs_write(s.w.disk, "/app/lib/a.ts", "");
    watch_for(&s, "@/a");
    watch_for(&s, "./a");
    expect_file(&s.w, CLIENT, "@/a", "/app/src/a.ts");
    memfs_write(
        s.w.disk,
        "/app/tsconfig.json",
        "{\"compilerOptions\": {\"strict\": true, \"paths\": {\"@/*\": [\"./src/*\"]}}}"
    );
    expect_doubt(&s, "/app/tsconfig.json", NULL);
    memfs_write(
        s.w.disk,
        "/app/tsconfig.json",
        "{\"compilerOptions\": {\"paths\": {\"@/*\": [\"./lib/*\"]}}}"
    );
    expect_doubt(&s, "/app/tsconfig.json", "@/a", NULL);
    expect_file(&s.w, CLIENT, "@/a", "/app/lib/a.ts");
    world_free(&s.w);
}

TEST(a_file_that_a_tsconfig_extends_counts_like_the_tsconfig) {
    watch s = {0};
    world_init(&s.w);
    memfs_write(s.w.disk, "/app/tsconfig.json", "{\"extends\": \"./base.json\"}");
    memfs_write(s.w.disk, "/app/src/a.ts", "");
    watch_for(&s, "~/a");
    expect_missing(&s.w, CLIENT, "~/a", RWG_DIAG_PACKAGE_NOT_INSTALLED, NULL, NULL);
    memfs_write(
        s.w.disk, "/app/base.json", "{\"compilerOptions\": {\"paths\": {\"~/*\": [\"./src/*\"]}}}"
    );
    expect_doubt(&s, "/app/base.json", "~/a", NULL);
    expect_file(&s.w, CLIENT, "~/a", "/app/src/a.ts");
    world_free(&s.w);
}

TEST(a_link_that_leads_elsewhere_moves_what_is_behind_it) {
    watch s = {0};
    world_init(&s.w);
    memfs_write(s.w.disk, "/app/packages/one/index.ts", "");
    memfs_write(s.w.disk, "/app/packages/two/index.ts", "");
    memfs_mkdir(s.w.disk, "/app/node_modules");
    memfs_symlink(s.w.disk, "/app/node_modules/lib", "../packages/one");
    watch_for(&s, "lib");
    watch_for(&s, "./main");
    expect_file(&s.w, CLIENT, "lib", "/app/packages/one/index.ts");
    memfs_remove(s.w.disk, "/app/node_modules/lib");
    memfs_symlink(s.w.disk, "/app/node_modules/lib", "../packages/two");
    expect_doubt(&s, "/app/node_modules/lib", "lib", NULL);
    expect_file(&s.w, CLIENT, "lib", "/app/packages/two/index.ts");
    world_free(&s.w);
}

TEST(a_pnp_table_that_appears_or_changes_concerns_all_bare_specifiers) {
    watch s = {0};
    world_init(&s.w);
    memfs_write(s.w.disk, "/app/node_modules/p/index.js", "");
    memfs_write(s.w.disk, "/app/cache/p/index.js", "");
    memfs_write(s.w.disk, "/app/src/a.ts", "");
    watch_for(&s, "p");
    watch_for(&s, "./a");
    memfs_write(
        s.w.disk,
        "/app/.pnp.data.json",
        "{\"packageRegistryData\": [[null, [[null, {\"packageLocation\": \"./\","
        "\"packageDependencies\": [[\"p\", \"1\"]]}]]], [\"p\", [[\"1\", {\"packageLocation\":"
        "\"./cache/p/\", \"packageDependencies\": []}]]]]}"
    );
    expect_doubt(&s, "/app/.pnp.data.json", "p", NULL);
    expect_file(&s.w, CLIENT, "p", "/app/cache/p/index.js");
    world_free(&s.w);
}
