// Targets, queries, file rules, hosts and origins, as text.

#include "serve/guard.h"
#include "test.h"

#include <string.h>

typedef struct target_case {
    const char *raw;
    rwb__refusal refusal;
    const char *path;
} target_case;

TEST(a_target_has_one_normal_form_or_is_refused) {
    static const target_case CASES[] = {
        {"/", RWB__REFUSE_NONE, "/"},
        {"/a/b.js?x=1", RWB__REFUSE_NONE, "/a/b.js"},
        {"//a///b//", RWB__REFUSE_NONE, "/a/b/"},
        {"/a%20b%2Fc", RWB__REFUSE_NONE, "/a b/c"},
        {"/%C3%A4", RWB__REFUSE_NONE, "/\xc3\xa4"},
        {"/\xc3\xa4", RWB__REFUSE_NONE, "/\xc3\xa4"},
        {"/...", RWB__REFUSE_NONE, "/..."},
        {"/..a/.b", RWB__REFUSE_NONE, "/..a/.b"},
        {"/a%252e", RWB__REFUSE_NONE, "/a%2e"},
        {"/@fs/C:/x", RWB__REFUSE_NONE, "/@fs/C:/x"},
        {"/a?../../b", RWB__REFUSE_NONE, "/a"},
        {"", RWB__REFUSE_TARGET_FORM, ""},
        {"a", RWB__REFUSE_TARGET_FORM, ""},
        {"*", RWB__REFUSE_TARGET_FORM, ""},
        {"?a", RWB__REFUSE_TARGET_FORM, ""},
        {"http://h/a", RWB__REFUSE_TARGET_FORM, ""},
        {"h:80", RWB__REFUSE_TARGET_FORM, ""},
        {"/a#b", RWB__REFUSE_TARGET_FRAGMENT, ""},
        {"/a?b#c", RWB__REFUSE_TARGET_FRAGMENT, ""},
        {"/.", RWB__REFUSE_TARGET_DOTS, ""},
        {"/..", RWB__REFUSE_TARGET_DOTS, ""},
        {"/a/./b", RWB__REFUSE_TARGET_DOTS, ""},
        {"/a/%2e%2E/b", RWB__REFUSE_TARGET_DOTS, ""},
        {"/a%2f..%2fb", RWB__REFUSE_TARGET_DOTS, ""},
        {"/a//..", RWB__REFUSE_TARGET_DOTS, ""},
        {"/a\\b", RWB__REFUSE_TARGET_BYTES, ""},
        {"/a%5cb", RWB__REFUSE_TARGET_BYTES, ""},
        {"/a%00", RWB__REFUSE_TARGET_BYTES, ""},
        {"/a%0a", RWB__REFUSE_TARGET_BYTES, ""},
        {"/a b", RWB__REFUSE_TARGET_BYTES, ""},
        {"/a?b\tc", RWB__REFUSE_TARGET_BYTES, ""},
        {"/%ff", RWB__REFUSE_TARGET_BYTES, ""},
        {"/%c0%ae%c0%ae", RWB__REFUSE_TARGET_BYTES, ""},
        {"/%ed%a0%80", RWB__REFUSE_TARGET_BYTES, ""},
        {"/%", RWB__REFUSE_TARGET_ENCODING, ""},
        {"/%4", RWB__REFUSE_TARGET_ENCODING, ""},
        {"/%g0", RWB__REFUSE_TARGET_ENCODING, ""},
    };
    rwb__target target;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        rwb__refusal got = rwb__target_parse(rwg__str_c(CASES[i].raw), &target);
        if (got != CASES[i].refusal || !rwg__str_eq_c(target.path, CASES[i].path)) {
            fail_msg(
                "%s: refusal %d, path %.*s",
                CASES[i].raw,
                (int)got,
                (int)target.path.len,
                target.path.ptr
            );
        }
    }
}

TEST(a_target_of_the_longest_length_is_taken_and_one_byte_more_is_not) {
    static char text[RWB__LIMIT_TARGET + 1];
    rwb__target target;
    memset(text, 'a', sizeof text);
    text[0] = '/';
    assert_int_equal(
        rwb__target_parse((rwg_str){text, RWB__LIMIT_TARGET}, &target), RWB__REFUSE_NONE
    );
    assert_int_equal(target.path.len, RWB__LIMIT_TARGET);
    assert_int_equal(target.decoded[RWB__LIMIT_TARGET], '\0');
    assert_int_equal(
        rwb__target_parse((rwg_str){text, RWB__LIMIT_TARGET + 1}, &target), RWB__REFUSE_TARGET_LONG
    );
}

TEST(a_query_means_the_same_however_it_is_written) {
    static const struct {
        const char *text;
        uint32_t flags;
    } CASES[] = {
        {"", 0},
        {"&&??&", 0},
        {"raw", RWB__QUERY_RAW},
        {"raw??", RWB__QUERY_RAW},
        {"raw&", RWB__QUERY_RAW},
        {"?raw", RWB__QUERY_RAW},
        {"raw=", RWB__QUERY_RAW},
        {"raw=1", RWB__QUERY_RAW},
        {"r%61w", RWB__QUERY_RAW},
        {"%72%61%77", RWB__QUERY_RAW},
        {"import&raw", RWB__QUERY_IMPORT | RWB__QUERY_RAW},
        {"raw?import", RWB__QUERY_IMPORT | RWB__QUERY_RAW},
        {"import&import", RWB__QUERY_IMPORT},
        {"url&inline&no-inline", RWB__QUERY_URL | RWB__QUERY_INLINE | RWB__QUERY_NO_INLINE},
        {".wasm?init", RWB__QUERY_OTHER | RWB__QUERY_INIT},
        {"worker_file&type=module", RWB__QUERY_WORKER_FILE},
        {"worker&sharedworker&direct",
         RWB__QUERY_WORKER | RWB__QUERY_SHARED_WORKER | RWB__QUERY_DIRECT},
        {"RAW", RWB__QUERY_OTHER},
        {"rawx", RWB__QUERY_OTHER},
        {"t=12x", RWB__QUERY_OTHER},
        {"t=", RWB__QUERY_OTHER},
        {"index=x.js", RWB__QUERY_OTHER},
        {"%zz", RWB__QUERY_OTHER},
        {"a-name-that-is-longer-than-any-name-that-we-know=1&raw",
         RWB__QUERY_OTHER | RWB__QUERY_RAW},
    };

    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        rwb__query query = rwb__query_parse(rwg__str_c(CASES[i].text));
        if (query.flags != CASES[i].flags) {
            fail_msg("%s: %x, not %x", CASES[i].text, query.flags, CASES[i].flags);
        }
    }
}

TEST(values_of_a_query_are_found) {
    rwb__query query =
        rwb__query_parse(RWG_STR("html-proxy&index=12.css&v=ab&t=170&type=classic&token=x%3D"));
    assert_int_equal(query.flags, RWB__QUERY_HTML_PROXY);
    assert_true(query.has_index);
    assert_int_equal(query.index, 12);
    assert_true(rwg__str_eq_c(query.lang, "css"));
    assert_true(rwg__str_eq_c(query.version, "ab"));
    assert_true(rwg__str_eq_c(query.time, "170"));
    assert_true(rwg__str_eq_c(query.type, "classic"));
    assert_true(rwg__str_eq_c(query.token, "x%3D"));
}

static rwb__refusal check(const char *path) {
    static const rwg_str ALLOW[] = {{"/home/.env/app", 14}, {"/shared", 7}};
    rwb__fs_rules rules = {.allow = ALLOW, .allow_count = 2};
    return rwb__fs_check(&rules, rwg__str_c(path));
}

TEST(files_are_served_from_allowed_folders_unless_they_are_denied) {
    static const char *const SERVED[] = {
        "/home/.env/app",
        "/home/.env/app/src/x.ts",
        "/shared/y",
        "/home/.env/app/environment",
        "/home/.env/app/a.keys",
        "/home/.env/app/.environment",
        "/home/.env/app/.gitignore",
    };
    static const char *const OUTSIDE[] = {
        "/",
        "/home",
        "/home/app",
        "/shared2",
        "/etc/passwd",
        "",
        "shared/x",
        "/shared/../etc/passwd",
        "/shared//x",
        "/shared/",
        "/shared/./x",
    };
    static const char *const DENIED[] = {
        "/home/.env/app/.env",
        "/home/.env/app/.Env.LOCAL",
        "/shared/a/b/.env.production",
        "/shared/.env/x",
        "/shared/x.pem",
        "/shared/x.CRT",
        "/shared/dir.key/inner",
        "/shared/.npmrc",
        "/shared/.yarnrc.yml",
        "/shared/.git/HEAD",
        "/shared/a/.git/refs/x",
        "/shared/.git",
        "/shared/.GIT/config",
        "/shared/.dev.vars",
    };
    for (size_t i = 0; i < sizeof SERVED / sizeof SERVED[0]; i++) {
        assert_int_equal(check(SERVED[i]), RWB__REFUSE_NONE);
    }
    for (size_t i = 0; i < sizeof OUTSIDE / sizeof OUTSIDE[0]; i++) {
        assert_int_equal(check(OUTSIDE[i]), RWB__REFUSE_FILE_OUTSIDE);
    }
    for (size_t i = 0; i < sizeof DENIED / sizeof DENIED[0]; i++) {
        if (check(DENIED[i]) != RWB__REFUSE_FILE_DENIED) {
            fail_msg("%s is not denied", DENIED[i]);
        }
    }
}

TEST(deny_patterns_of_a_project_close_more_and_open_nothing) {
    static const rwg_str ALLOW[] = {{"/app", 4}};
    static const rwg_str DENY[] = {{"Private/", 8}, {"**/secrets/**", 13}, {"/app/one.txt", 12}};
    rwb__fs_rules rules = {.allow = ALLOW, .allow_count = 1, .deny = DENY, .deny_count = 3};
    assert_int_equal(rwb__fs_check(&rules, RWG_STR("/app/x.txt")), RWB__REFUSE_NONE);
    assert_int_equal(rwb__fs_check(&rules, RWG_STR("/app/.env")), RWB__REFUSE_FILE_DENIED);
    assert_int_equal(rwb__fs_check(&rules, RWG_STR("/app/x/private/y")), RWB__REFUSE_FILE_DENIED);
    assert_int_equal(rwb__fs_check(&rules, RWG_STR("/app/x/Secrets/y/z")), RWB__REFUSE_FILE_DENIED);
    assert_int_equal(rwb__fs_check(&rules, RWG_STR("/app/ONE.txt")), RWB__REFUSE_FILE_DENIED);
}

TEST(tokens_are_equal_only_when_they_are) {
    assert_true(rwb__token_equal(RWG_STR("abc"), RWG_STR("abc")));
    assert_false(rwb__token_equal(RWG_STR("abc"), RWG_STR("abd")));
    assert_false(rwb__token_equal(RWG_STR("abc"), RWG_STR("ab")));
    assert_false(rwb__token_equal(RWG_STR("ab"), RWG_STR("abc")));
    assert_false(rwb__token_equal(RWG_STR("abc"), RWG_STR("")));
    assert_false(rwb__token_equal(RWG_STR(""), RWG_STR("abc")));
    assert_false(rwb__token_equal(RWG_STR(""), RWG_STR("")));
}

TEST(a_websocket_may_be_opened_from_the_servers_own_origin) {
    rwb__access access = {.no_cors = true};
    assert_true(rwb__origin_allowed(&access, RWG_STR("http://x.dev:5173"), RWG_STR("x.dev:5173")));
    assert_true(rwb__origin_allowed(&access, RWG_STR("https://X.dev"), RWG_STR("x.dev")));
    assert_false(rwb__origin_allowed(&access, RWG_STR("http://x.dev:5174"), RWG_STR("x.dev:5173")));
    assert_false(rwb__origin_allowed(&access, RWG_STR("http://x.dev"), RWG_STR("x.dev:5173")));
    assert_false(rwb__origin_allowed(&access, RWG_STR("x.dev:5173"), RWG_STR("x.dev:5173")));
    assert_false(rwb__origin_allowed(&access, RWG_STR("http://localhost:1"), RWG_STR("localhost:2"))
    );
    access.no_cors = false;
    assert_true(rwb__origin_allowed(&access, RWG_STR("http://localhost:1"), RWG_STR("localhost:2"))
    );
}
