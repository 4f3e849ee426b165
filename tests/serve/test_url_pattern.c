// Patterns for request targets: prefixes, and regular expressions as JavaScript writes them.

#include "base/str.h"
#include "serve/url_pattern.h"
#include "test.h"

#include <string.h>

typedef struct row {
    const char *pattern;
    const char *yes; /* targets, separated by spaces */
    const char *no;
} row;

/* Calls check for each word of the list. */
static void check_words(const row *r, const char *words, bool expected) {
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    rwb__pattern *pattern = NULL;
    rwg_error err = {.status = RWG_OK};
    if (rwb__pattern_new(&mem, rwg__str_c(r->pattern), &pattern, &err) != RWG_OK) {
        fail_msg("%s: %s", r->pattern, err.text);
    }
    rwg_str rest = rwg__str_c(words);
    while (rest.len > 0) {
        uint32_t end = rwg__str_index(rest, ' ');
        rwg_str word = rwg__str_sub(rest, 0, end);
        if (rwb__pattern_matches(pattern, word) != expected) {
            fail_msg("%s and %.*s", r->pattern, (int)word.len, word.ptr);
        }
        rest = rwg__str_from(rest, end < rest.len ? end + 1 : end);
    }
    rwb__pattern_free(pattern);
}

TEST(a_prefix_is_the_beginning_of_the_target) {
    const row r = {"/api", "/api /api/x /apis /api?x=1", "/ap /x/api / //api /Api"};
    check_words(&r, r.yes, true);
    check_words(&r, r.no, false);
}

TEST(an_expression_matches_what_it_matches_in_javascript) {
    static const row ROWS[] = {
        {"^/api/.*", "/api/ /api/x", "/api /apis"},
        {"^/(api|auth)(/|$)", "/api /auth/x /api/", "/apix /x/api"},
        {"^\\/v\\d+\\/", "/v1/ /v23/x", "/v/ /vd/"},
        {"^/\\w+-\\w+$", "/a_1-b2", "/a.b-c /a-"},
        {"^/[\\w.-]+/x", "/a.b-c_1/x", "/a b/x /a+/x"},
        {"^/[^/]+/end$", "/a/end", "/a/b/end //end"},
        {"^/[\\]^-]$", "/] /^ /-", "/a /["},
        {"^/[\\^]$", "/^", "/a"},
        {"^/[\\^-]$", "/^ /-", "/a"},
        {"^/[a\\-z]$", "/a /- /z", "/b"},
        {"^/[0-9a-f]{2,4}$", "/0f /abcd", "/a /abcde /gh"},
        {"^/(?:a|b)c", "/ac /bc", "/cc /?:ac"},
        {"^/(?<name>a+)b", "/aab", "/b"},
        {"^/.*?\\.json(\\?|$)", "/x.json /a/b.json?q", "/xjson /x.jsonp"},
        {"^/a+?b??$", "/a /aab", "/b"},
        {"^/x\\?y\\.z\\+\\(\\)\\$\\|\\{\\}\\[\\]\\*\\^", "/x?y.z+()$|{}[]*^", "/xyz"},
        {"^/\\D\\S$", "/ab", "/1b"},
        {"^(?:)$|^/q", "/q", "/x"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        check_words(&ROWS[i], ROWS[i].yes, true);
        check_words(&ROWS[i], ROWS[i].no, false);
    }
}

TEST(what_cannot_be_translated_is_refused_with_a_reason) {
    static const struct {
        const char *pattern;
        const char *reason;
    } ROWS[] = {
        {"^/(?!api)", "lookahead"},
        {"^/(?=api)", "lookahead"},
        {"^/(?<=a)b", "lookbehind"},
        {"^/(?<!a)b", "lookbehind"},
        {"^/(a)\\1", "back references"},
        {"^/\\bapi", "\\d, \\w, \\s"},
        {"^/[\\D]", "in brackets"},
        {"^/[a", "not closed"},
        {"^/[\\", "escaped letters"},
        {"^/\\", "at the end"},
        {"^/(", ""},
        {"^/[[:x]", "write ["},
    };

    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        rwb__pattern *pattern = NULL;
        rwg_error err = {.status = RWG_OK};
        rwg_status status = rwb__pattern_new(&mem, rwg__str_c(ROWS[i].pattern), &pattern, &err);
        if (status != RWG_SYNTAX || pattern) {
            fail_msg("%s was taken", ROWS[i].pattern);
        }
        if (!rwg__str_contains(rwg__str_c(err.text), rwg__str_c(ROWS[i].reason))) {
            fail_msg("%s: %s", ROWS[i].pattern, err.text);
        }
    }
}

TEST(a_target_that_no_path_has_matches_no_expression) {
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    rwb__pattern *pattern = NULL;
    assert_int_equal(rwb__pattern_new(&mem, RWG_STR("^/.*"), &pattern, NULL), RWG_OK);
    char target[9000];
    memset(target, '/', sizeof target);
    assert_true(rwb__pattern_matches(pattern, rwg__str(target, 8192)));
    assert_false(rwb__pattern_matches(pattern, rwg__str(target, sizeof target)));
    target[3] = '\0';
    assert_false(rwb__pattern_matches(pattern, rwg__str(target, 10)));
    rwb__pattern_free(pattern);
}
