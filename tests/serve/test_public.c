// The set of a public folder's files, and types by extension.

#include "serve/mime.h"
#include "serve/static.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void write_file(const char *root, const char *name) {
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", root, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
}

static void make_link(const char *target, const char *root, const char *name) {
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", root, name);
    assert_int_equal(symlink(target, path), 0);
}

static void assert_found(const rwb__public *set, const char *path, const char *root, bool found) {
    char expected[256] = "";
    if (found) {
        (void)snprintf(expected, sizeof expected, "%s%s", root, path);
    }
    rwg_str got = rwb__public_find(set, rwg__str_c(path));
    if (!rwg__str_eq_c(got, expected)) {
        fail_msg("%s is found as \"%.*s\"", path, (int)got.len, got.ptr);
    }
}

TEST(files_of_the_public_folder_are_found_by_their_exact_path) {
    rwg__mem mem;
    char root[] = "/tmp/rwg-public-XXXXXX";
    char command[64];
    char dir[64];
    rwg__mem_init(&mem, NULL, 0);
    assert_non_null(mkdtemp(root));
    (void)snprintf(dir, sizeof dir, "%s/img", root);
    assert_int_equal(mkdir(dir, 0777), 0);
    write_file(root, "favicon.ico");
    write_file(root, "img/a b.png");
    make_link("favicon.ico", root, "link.ico");
    make_link(".", root, "loop");
    rwb__public *set = rwb__public_new(&mem, rwg__str_c(root));
    assert_found(set, "/favicon.ico", root, true);
    assert_found(set, "/img/a b.png", root, true);
    assert_found(set, "/link.ico", root, true);
    assert_found(set, "/", root, false);
    assert_found(set, "/img", root, false);
    assert_found(set, "/img/", root, false);
    assert_found(set, "/Favicon.ico", root, false);
    assert_found(set, "/favicon.ico/", root, false);
    assert_found(set, "/loop/favicon.ico", root, false);
    assert_found(set, "/later.txt", root, false);
    write_file(root, "later.txt");
    rwb__public_refresh(set);
    assert_found(set, "/later.txt", root, true);
    rwb__public_free(set);
    (void)snprintf(command, sizeof command, "rm -rf %s", root);
    assert_int_equal(system(command), 0);
    assert_int_equal(mem.used, 0);
}

TEST(a_public_folder_that_is_not_there_is_empty) {
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    rwb__public *set = rwb__public_new(&mem, RWG_STR("/no/such/folder"));
    assert_found(set, "/x", "", false);
    rwb__public_free(set);
}

TEST(types_go_by_the_last_extension_in_either_case) {
    static const char *const CASES[][2] = {
        {"/a.js", "text/javascript; charset=utf-8"},
        {"/a.TS", "text/javascript; charset=utf-8"},
        {"/a.test.tsx", "text/javascript; charset=utf-8"},
        {"/a.js.map", "application/json"},
        {"/a.SVG", "image/svg+xml"},
        {"/a.woff2", "font/woff2"},
        {"/a.wasm", "application/wasm"},
        {"/a", "application/octet-stream"},
        {"/a.", "application/octet-stream"},
        {"/.css", "application/octet-stream"},
        {"/a.unknown", "application/octet-stream"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        assert_string_equal(rwb__mime_type(rwg__str_c(CASES[i][0])), CASES[i][1]);
    }
    assert_true(rwb__mime_is_text(RWG_STR("image/svg+xml")));
    assert_true(rwb__mime_is_text(RWG_STR("application/json; charset=utf-8")));
    assert_false(rwb__mime_is_text(RWG_STR("image/png")));
    assert_false(rwb__mime_is_text(RWG_STR("")));
}
