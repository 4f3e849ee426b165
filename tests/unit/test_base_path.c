// Paths and globs.

#include "base/path.h"
#include "test.h"

#include <stdlib.h>
#include <time.h>

static void assert_str(rwg_str got, const char *expected) {
    if (!rwg__str_eq_c(got, expected)) {
        fail_msg("got \"%.*s\", expected \"%s\"", (int)got.len, got.ptr, expected);
    }
}

TEST(a_normal_path_has_no_dots_and_no_double_slashes) {
    static const char *const cases[][2] = {
        {"/a/b", "/a/b"},
        {"/a/./b//c/", "/a/b/c"},
        {"/a/../b", "/b"},
        {"/../../a", "/a"},
        {"/", "/"},
        {"//", "/"},
        {"/a/..", "/"},
        {"a/../..", ".."},
        {"../../a", "../../a"},
        {"../a/../b", "../b"},
        {"", "."},
        {".", "."},
        {"a/..", "."},
        {"./a", "a"},
        {"a/b/", "a/b"},
        {"/a/b/../../../c", "/c"},
        {"..a/...", "..a/..."},
        {"/a/.../b", "/a/.../b"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rwg__path out;
        assert_true(rwg__path_normalise(&out, rwg__str_c(cases[i][0])));
        assert_str(rwg__path_str(&out), cases[i][1]);
        assert_int_equal(out.bytes[out.len], '\0');
    }
}

TEST(joining_resolves_the_second_path_from_the_first) {
    static const char *const cases[][3] = {
        {"/a/b", "./c", "/a/b/c"},
        {"/a/b", "../c", "/a/c"},
        {"/a", "/x/y", "/x/y"},
        {"/", "a", "/a"},
        {"", "a/b", "a/b"},
        {"a", "../..", ".."},
        {"/a/b", "", "/a/b"},
        {"/a", "../../../b", "/b"},
        {"src", "x.ts", "src/x.ts"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rwg__path out;
        assert_true(rwg__path_join(&out, rwg__str_c(cases[i][0]), rwg__str_c(cases[i][1])));
        assert_str(rwg__path_str(&out), cases[i][2]);
    }
}

TEST(a_path_can_be_extended_in_place) {
    rwg__path out;
    assert_true(rwg__path_normalise(&out, RWG_STR("/project/src")));
    assert_true(rwg__path_join(&out, rwg__path_str(&out), RWG_STR("../lib/./x.ts")));
    assert_str(rwg__path_str(&out), "/project/lib/x.ts");
}

TEST(a_path_that_does_not_fit_is_refused) {
    char *text = malloc(2 * RWG_LIMIT_PATH);
    memset(text, 'a', 2 * RWG_LIMIT_PATH);
    text[0] = '/';
    rwg__path out;
    assert_true(rwg__path_normalise(&out, rwg__str(text, RWG_LIMIT_PATH - 1)));
    assert_int_equal(out.len, RWG_LIMIT_PATH - 1);
    assert_false(rwg__path_normalise(&out, rwg__str(text, RWG_LIMIT_PATH)));
    assert_false(rwg__path_join(&out, rwg__str(text, RWG_LIMIT_PATH - 10), RWG_STR("0123456789")));
    // what is taken out again does not count
    memcpy(text + 5000, "/../b", 5);
    assert_true(rwg__path_normalise(&out, RWG_STR("/b")));
    free(text);
}

TEST(a_relative_path_leads_from_the_folder_to_the_target) {
    static const char *const cases[][3] = {
        {"/a", "/a/b.ts", "b.ts"},
        {"/a", "/a", "."},
        {"/a", "/x.ts", "../x.ts"},
        {"/a/b", "/a/bc/d", "../bc/d"},
        {"/", "/a/b", "a/b"},
        {"/a/b/c", "/", "../../.."},
        {"/a/b/c", "/a", "../.."},
        {"/", "/", "."},
        {"/a/bc", "/a/b", "../b"},
        {"/x/y", "/a/b", "../../a/b"},
        {"/ab", "/a", "../a"},
        {"/a", "/ab", "../ab"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rwg__path out;
        assert_true(rwg__path_relative(&out, rwg__str_c(cases[i][0]), rwg__str_c(cases[i][1])));
        assert_str(rwg__path_str(&out), cases[i][2]);
        rwg__path back;
        assert_true(rwg__path_join(&back, rwg__str_c(cases[i][0]), rwg__path_str(&out)));
        assert_str(rwg__path_str(&back), cases[i][1]);
    }
}

TEST(a_path_falls_into_folder_name_and_extension) {
    static const char *const cases[][4] = {
        {"/a/b.test.ts", "/a", "b.test.ts", ".ts"},
        {"/a", "/", "a", ""},
        {"a", "", "a", ""},
        {"/.env", "/", ".env", ""},
        {"x/.env.local", "x", ".env.local", ".local"},
        {"a.", "", "a.", "."},
        {"/", "/", "", ""},
        {"a.b/c", "a.b", "c", ""},
        {"..", "", "..", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rwg_str path = rwg__str_c(cases[i][0]);
        assert_str(rwg__path_dirname(path), cases[i][1]);
        assert_str(rwg__path_basename(path), cases[i][2]);
        assert_str(rwg__path_ext(path), cases[i][3]);
    }
}

TEST(under_a_folder_means_whole_parts) {
    assert_true(rwg__path_is_under(RWG_STR("/a/b"), RWG_STR("/a")));
    assert_true(rwg__path_is_under(RWG_STR("/a"), RWG_STR("/a")));
    assert_true(rwg__path_is_under(RWG_STR("/a"), RWG_STR("/")));
    assert_false(rwg__path_is_under(RWG_STR("/ab"), RWG_STR("/a")));
    assert_false(rwg__path_is_under(RWG_STR("/a"), RWG_STR("/a/b")));
    assert_true(rwg__path_in_node_modules(RWG_STR("/x/node_modules/react/index.js")));
    assert_true(rwg__path_in_node_modules(RWG_STR("node_modules")));
    assert_false(rwg__path_in_node_modules(RWG_STR("/x/my_node_modules/a")));
    assert_false(rwg__path_in_node_modules(RWG_STR("/x/node_modules2/a")));
}

static void assert_globs(const char *pattern, const char *path, bool expected) {
    if (rwg__path_glob(rwg__str_c(pattern), rwg__str_c(path)) != expected) {
        fail_msg("%s should%s match %s", pattern, expected ? "" : " not", path);
    }
}

TEST(a_glob_matches_as_a_shell_user_expects) {
    static const struct {
        const char *pattern, *yes, *no;
    } cases[] = {
        {"*.ts", "a.ts", "a/b.ts"},
        {"*.ts", ".ts", "a.tsx"},
        {"src/*/x.ts", "src/a/x.ts", "src/a/b/x.ts"},
        {"src/**/x.ts", "src/x.ts", "srcx.ts"},
        {"src/**/x.ts", "src/a/b/c/x.ts", "src/a/yx.ts"},
        {"**/x.ts", "x.ts", "ax.ts"},
        {"**/x.ts", "a/b/x.ts", "a/b/x.ts/c"},
        {"src/**", "src/a/b", "lib/a"},
        {"**", "any/thing", "\0"},
        {"a/**/b/**/c", "a/b/c", "a/c"},
        {"a/**/b/**/c", "a/1/2/b/3/c", "a/1/2/3/c"},
        {"a**b", "axxb", "ax/xb"},
        {"?.ts", "a.ts", "ab.ts"},
        {"a?b", "axb", "a/b"},
        {"[abc].ts", "b.ts", "d.ts"},
        {"[a-c]x", "bx", "dx"},
        {"[!a-c]x", "dx", "bx"},
        {"[]]x", "]x", "[x"},
        {"*.{ts,tsx}", "a.tsx", "a.jsx"},
        {"{a,b}/{c,d}", "b/c", "c/a"},
        {"{a,{b,c}d,}x", "bdx", "bx"},
        {"{a,{b,c}d,}x", "x", "dx"},
        {"{src,lib}/**/*.ts", "lib/a/b.ts", "bin/a/b.ts"},
        {"src/{**,x}/y", "src/a/b/y", "src/y"},
        {"a\\*b", "a*b", "axb"},
        {"{a", "{a", "a"},
        {"[a", "[a", "a"},
        {"a}b,c", "a}b,c", "ab"},
        {"", "", "a"},
        {"caf\xC3\xA9/*", "caf\xC3\xA9/x", "cafe/x"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_globs(cases[i].pattern, cases[i].yes, true);
        if (*cases[i].no) {
            assert_globs(cases[i].pattern, cases[i].no, false);
        }
    }
}

TEST(many_stars_do_not_make_a_glob_slow) {
    char pattern[RWG_LIMIT_PATH];
    char path[RWG_LIMIT_PATH];
    size_t len = 0;
    for (size_t i = 0; i < 300; i++, len += 9) {
        memcpy(pattern + len, "{**/,a}*a", 9);
    }
    pattern[len] = '\0';
    memset(path, 'a', 2000);
    path[2000] = 'b';
    path[2001] = '\0';
    clock_t start = clock();
    assert_globs(pattern, path, false);
    // linear is about 30 ms even under a sanitizer; a backtracking matcher would need years
    assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 10.0);
}
