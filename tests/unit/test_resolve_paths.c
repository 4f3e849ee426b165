// Relative and absolute paths: extensions, folders, queries, names, links.
#include "test_resolve_world.h"

#include <string.h>

TEST(a_relative_path_leads_to_the_file_with_an_extension) {
    world w;
    world_init(&w);
    memfs_write(w.disk, "/app/src/a.ts", "");
    memfs_write(w.disk, "/app/src/b.jsx", "");
    memfs_write(w.disk, "/app/src/sub/c.tsx", "");
    memfs_write(w.disk, "/app/top.mjs", "");
    expect_file(&w, CLIENT, "./a", "/app/src/a.ts");
    expect_file(&w, CLIENT, "./a.ts", "/app/src/a.ts");
    expect_file(&w, CLIENT, "./b", "/app/src/b.jsx");
    expect_file(&w, CLIENT, "./sub/c", "/app/src/sub/c.tsx");
    expect_file(&w, CLIENT, "../top", "/app/top.mjs");
    expect_file(&w, CLIENT, "./sub/../a", "/app/src/a.ts");
    expect_file(&w, CLIENT, "./missing/../a", "/app/src/a.ts");
    world_free(&w);
}

TEST(a_package_is_found_in_the_nearest_node_modules) {
    world w;
    world_init(&w);
    memfs_write(w.disk, "/app/node_modules/one/package.json", "{\"main\": \"lib/one.js\"}");
    memfs_write(w.disk, "/app/node_modules/one/lib/one.js", "");
    memfs_write(
        w.disk,
        "/app/node_modules/@s/two/package.json",
        "{\"exports\": {\".\": {\"browser\": \"./b.js\", \"default\": \"./d.js\"}}}"
    );
    memfs_write(w.disk, "/app/node_modules/@s/two/b.js", "");
    memfs_write(w.disk, "/app/node_modules/@s/two/d.js", "");
    expect_file(&w, CLIENT, "one", "/app/node_modules/one/lib/one.js");
    expect_file(&w, CLIENT, "one/lib/one", "/app/node_modules/one/lib/one.js");
    expect_file(&w, CLIENT, "@s/two", "/app/node_modules/@s/two/b.js");
    expect_file(&w, WORKER, "@s/two", "/app/node_modules/@s/two/d.js");
    world_free(&w);
}

TEST(the_file_decides_and_never_the_look_of_the_specifier) {
    world w; // B26
    world_init(&w);
    memfs_write(w.disk, "/app/src/foo.server.ts", "");
    memfs_write(w.disk, "/app/index.tsx", "");
    memfs_write(w.disk, "/app/node_modules/pkg.ui/package.json", "{\"main\": \"ui\"}");
    memfs_write(w.disk, "/app/node_modules/pkg.ui/ui.js", "");
    memfs_write(w.disk, "/app/node_modules/lodash.debounce/index.js", "");
    memfs_write(w.disk, "/app/node_modules/x/server.edge.js", "");
    memfs_write(w.disk, "/app/src/jquery.min/index.js", "");
    expect_file(&w, CLIENT, "./foo.server", "/app/src/foo.server.ts");
    expect_file(&w, CLIENT, "..", "/app/index.tsx");
    expect_file(&w, CLIENT, "../", "/app/index.tsx");
    expect_file(&w, CLIENT, "pkg.ui", "/app/node_modules/pkg.ui/ui.js");
    expect_file(&w, CLIENT, "lodash.debounce", "/app/node_modules/lodash.debounce/index.js");
    expect_file(&w, CLIENT, "x/server.edge", "/app/node_modules/x/server.edge.js");
    expect_file(&w, CLIENT, "./jquery.min", "/app/src/jquery.min/index.js");
    world_free(&w);
}

TEST(a_written_js_name_may_mean_the_typescript_file) {
    world w;
    world_init(&w);
    memfs_write(w.disk, "/app/src/a.ts", "");
    memfs_write(w.disk, "/app/src/b.tsx", "");
    memfs_write(w.disk, "/app/src/c.mts", "");
    memfs_write(w.disk, "/app/src/d.cts", "");
    memfs_write(w.disk, "/app/src/e.js", "");
    memfs_write(w.disk, "/app/src/e.ts", "");
    memfs_write(w.disk, "/app/src/f.js.ts", "");
    expect_file(&w, CLIENT, "./a.js", "/app/src/a.ts");
    expect_file(&w, CLIENT, "./b.js", "/app/src/b.tsx");
    expect_file(&w, CLIENT, "./b.jsx", "/app/src/b.tsx");
    expect_file(&w, CLIENT, "./c.mjs", "/app/src/c.mts");
    expect_file(&w, CLIENT, "./d.cjs", "/app/src/d.cts");
    expect_file(&w, CLIENT, "./e.js", "/app/src/e.js");
    expect_file(&w, CLIENT, "./f.js", "/app/src/f.js.ts");
    expect_missing(&w, CLIENT, "./c.js", RWG_DIAG_FILE_NOT_FOUND, NULL, "c.mts");
    world_free(&w);
}

TEST(a_file_goes_before_a_folder_of_the_same_name_unless_a_slash_asks_for_the_folder) {
    world w;
    world_init(&w);
    memfs_write(w.disk, "/app/src/x.ts", "");
    memfs_write(w.disk, "/app/src/x/index.ts", "");
    memfs_write(w.disk, "/app/src/index.ts", "");
    memfs_write(w.disk, "/app/src.ts", "");
    expect_file(&w, CLIENT, "./x", "/app/src/x.ts");
    expect_file(&w, CLIENT, "./x/", "/app/src/x/index.ts");
    expect_file(&w, CLIENT, "./x/.", "/app/src/x/index.ts");
    expect_file(&w, CLIENT, ".", "/app/src/index.ts");
    expect_file(&w, CLIENT, "./", "/app/src/index.ts");
    expect_file(&w, CLIENT, "../src", "/app/src.ts");
    expect_missing(&w, CLIENT, "./x.ts/", RWG_DIAG_FILE_NOT_FOUND, NULL, NULL);
    world_free(&w);
}

TEST(a_folder_is_its_main_file_else_its_index) {
    world w;
    world_init(&w);
    memfs_write(w.disk, "/app/src/m/package.json", "{\"main\": \"./dist\", \"module\": \"es\"}");
    memfs_write(w.disk, "/app/src/m/dist/index.js", "");
    memfs_write(w.disk, "/app/src/gone/package.json", "{\"main\": \"gone.js\"}");
    memfs_write(w.disk, "/app/src/gone/index.mjs", "");
    expect_file(&w, CLIENT, "./m", "/app/src/m/dist/index.js");
    expect_file(&w, CLIENT, "./gone", "/app/src/gone/index.mjs");
    world_free(&w);
}

TEST(queries_and_fragments_are_split_off_unless_a_file_is_called_so) {
    world w;
    world_init(&w);
    memfs_write(w.disk, "/app/src/a.svg", "");
    memfs_write(w.disk, "/app/src/b#c.js", "");
    memfs_write(w.disk, "/app/src/d?e.js", "");
    expect_file(&w, CLIENT, "./a.svg?raw", "/app/src/a.svg");
    const rwg_resolution *raw = world_ask(&w, CLIENT, "./a.svg?raw#x", RWG_SITE_IMPORT);
    assert_int_equal(raw->query.len, 6);
    assert_memory_equal(raw->query.ptr, "?raw#x", 6);
    expect_file(&w, CLIENT, "./b#c.js", "/app/src/b#c.js");
    expect_file(&w, CLIENT, "./b#c", "/app/src/b#c.js");
    expect_file(&w, CLIENT, "./d?e.js", "/app/src/d?e.js");
    assert_int_equal(world_ask(&w, CLIENT, "./d?e.js", RWG_SITE_IMPORT)->query.len, 0);
    world_free(&w);
}

TEST(names_are_matched_to_the_letter_and_the_error_says_so) {
    world w;
    world_init(&w);
    memfs_write(w.disk, "/app/src/Button.tsx", "");
    expect_missing(
        &w,
        CLIENT,
        "./button",
        RWG_DIAG_FILE_NOT_FOUND,
        "./button",
        "only its case differs from Button.tsx"
    );
    world_free(&w);
}

TEST(an_absolute_path_is_seen_from_the_root_and_else_from_the_file_system) {
    world w; // B2
    world_init(&w);
    memfs_write(w.disk, "/app/src/x.ts", "");
    memfs_write(w.disk, "/lib/x.ts", "");
    memfs_write(w.disk, "/both/x.ts", "");
    memfs_write(w.disk, "/app/both/x.ts", "");
    expect_file(&w, CLIENT, "/src/x", "/app/src/x.ts");
    expect_file(&w, CLIENT, "/app/src/x.ts", "/app/src/x.ts");
    expect_file(&w, CLIENT, "/lib/x.ts", "/lib/x.ts");
    expect_file(&w, CLIENT, "/both/x.ts", "/app/both/x.ts");
    expect_file(&w, CLIENT, "file:///lib/x.ts", "/lib/x.ts");
    expect_file(&w, CLIENT, "file:///both/x%2ets", "/both/x.ts");
    world_free(&w);
}

TEST(a_public_file_is_left_to_the_server) {
    world w;
    world_init(&w);
    memfs_write(w.disk, "/app/public/logo.svg", "");
    memfs_write(w.disk, "/app/apps/web/package.json", "{}");
    memfs_write(w.disk, "/app/apps/web/public/font.ttf", "");
    memfs_write(w.disk, "/app/apps/web/src/x.ts", "");
    expect_kept(&w, CLIENT, "/logo.svg", RWG_OUTCOME_EXTERNAL);
    expect_missing(&w, CLIENT, "/font.ttf", RWG_DIAG_FILE_NOT_FOUND, NULL, NULL);
    w.from = "/app/apps/web/src/x.ts";
    expect_kept(&w, CLIENT, "/font.ttf", RWG_OUTCOME_EXTERNAL);
    expect_file(&w, CLIENT, "/src/x", "/app/apps/web/src/x.ts");
    world_free(&w);
}

TEST(the_identity_of_a_file_is_its_real_path) {
    world w;
    world_init(&w);
    memfs_write(w.disk, "/app/packages/ui/src/button.ts", "");
    memfs_write(
        w.disk, "/app/packages/ui/package.json", "{\"name\": \"ui\", \"main\": \"src/button.ts\"}"
    );
    memfs_mkdir(w.disk, "/app/node_modules");
    memfs_symlink(w.disk, "/app/node_modules/ui", "../packages/ui");
    memfs_symlink(w.disk, "/app/src/link.ts", "main.ts");
    expect_file(&w, CLIENT, "ui", "/app/packages/ui/src/button.ts");
    expect_file(&w, CLIENT, "./link", "/app/src/main.ts");
    const rwg_resolution *ui = world_ask(&w, CLIENT, "ui", RWG_SITE_IMPORT);
    assert_false(ui->dependency); // B28: linked packages are source
    assert_int_equal(ui->package.len, 2);
    world_free(&w);
}

TEST(links_are_kept_when_they_are_to_be_preserved) {
    world w;
    world_init(&w);
    w.config.preserve_symlinks = true;
    memfs_write(w.disk, "/app/packages/ui/src/button.ts", "");
    memfs_write(w.disk, "/app/packages/ui/package.json", "{\"name\": \"ui\"}");
    memfs_mkdir(w.disk, "/app/node_modules");
    memfs_symlink(w.disk, "/app/node_modules/ui", "../packages/ui");
    memfs_symlink(w.disk, "/app/src/link.ts", "main.ts");
    expect_file(&w, CLIENT, "ui/src/button", "/app/node_modules/ui/src/button.ts");
    expect_file(&w, CLIENT, "./link", "/app/src/link.ts");
    world_free(&w);
}

TEST(a_link_loop_is_a_missing_file) {
    world w;
    world_init(&w);
    memfs_symlink(w.disk, "/app/src/one.ts", "two.ts");
    memfs_symlink(w.disk, "/app/src/two.ts", "one.ts");
    memfs_symlink(w.disk, "/app/src/self", "self");
    expect_missing(&w, CLIENT, "./one", RWG_DIAG_FILE_NOT_FOUND, NULL, NULL);
    expect_missing(&w, CLIENT, "./self/x", RWG_DIAG_FILE_NOT_FOUND, NULL, NULL);
    world_free(&w);
}

TEST(strange_specifiers_are_answered_with_a_reason) {
    world w;
    world_init(&w);
    expect_missing(&w, CLIENT, "", RWG_DIAG_BAD_SPECIFIER, "empty", NULL);
    expect_missing(&w, CLIENT, "@scope", RWG_DIAG_BAD_SPECIFIER, NULL, NULL);
    expect_missing(&w, CLIENT, ".hidden", RWG_DIAG_BAD_SPECIFIER, NULL, NULL);
    expect_missing(&w, CLIENT, "./", RWG_DIAG_FILE_NOT_FOUND, NULL, NULL);
    expect_missing(&w, CLIENT, "../../../../..", RWG_DIAG_FILE_NOT_FOUND, NULL, NULL);
    expect_kept(&w, CLIENT, "https://esm.sh/react?dev", RWG_OUTCOME_EXTERNAL);
    expect_kept(&w, CLIENT, "data:text/javascript,1", RWG_OUTCOME_EXTERNAL);
    expect_kept(&w, CLIENT, "//cdn/x.js", RWG_OUTCOME_EXTERNAL);
    world_free(&w);
}

TEST(existence_is_asked_of_listings_and_each_folder_is_listed_once) {
    world w;
    world_init(&w);
    memfs_write(w.disk, "/app/src/a.ts", "");
    memfs_write(w.disk, "/app/src/b.ts", "");
    expect_file(&w, CLIENT, "./a", "/app/src/a.ts");
    expect_file(&w, CLIENT, "./b", "/app/src/b.ts");
    expect_missing(&w, CLIENT, "./c", RWG_DIAG_FILE_NOT_FOUND, NULL, NULL);
    assert_int_equal(memfs_calls(w.disk, MEMFS_LIST, "/app/src"), 1);
    assert_int_equal(memfs_calls(w.disk, MEMFS_STAT, "/app/src"), 1);
    assert_int_equal(memfs_calls(w.disk, MEMFS_ANY, "/app/src/a.ts"), 0);
    assert_int_equal(memfs_calls(w.disk, MEMFS_ANY, "/app/src/c.mjs"), 0);
    world_free(&w);
}

TEST(style_sheets_name_files_without_a_dot) {
    world w;
    world_init(&w);
    memfs_write(w.disk, "/app/src/theme.css", "");
    memfs_write(
        w.disk,
        "/app/node_modules/boot/package.json",
        "{\"main\": \"x.js\", \"style\": \"dist/boot.css\"}"
    );
    memfs_write(w.disk, "/app/node_modules/boot/dist/boot.css", "");
    memfs_write(w.disk, "/app/node_modules/boot/x.js", "");
    memfs_write(
        w.disk,
        "/app/node_modules/maps/package.json",
        "{\"exports\": {\"style\": \"./s.css\", \"default\": \"./j.js\"}}"
    );
    memfs_write(w.disk, "/app/node_modules/maps/s.css", "");
    static const char *const CASES[][2] = {
        {"theme.css", "/app/src/theme.css"},
        {"theme", "/app/src/theme.css"},
        {"./theme.css", "/app/src/theme.css"},
        {"boot", "/app/node_modules/boot/dist/boot.css"},
        {"maps", "/app/node_modules/maps/s.css"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const rwg_resolution *found = world_ask(&w, CLIENT, CASES[i][0], RWG_SITE_STYLE);
        assert_int_equal(found->outcome, RWG_OUTCOME_FILE);
        assert_int_equal(found->path.len, strlen(CASES[i][1]));
        assert_memory_equal(found->path.ptr, CASES[i][1], found->path.len);
    }
    world_free(&w);
}
