// What a person sees of a diagnostic.

#include <rwgraph/diag.h>

#include "base/buf.h"
#include "base/str.h"
#include "test.h"

#include <stdlib.h>

static const char *render(const rwg_diag *diag, rwg_str text, bool color) {
    static char shown[2048];
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    rwg__buf buf;
    rwg__buf_init(&buf, &mem);
    rwg_sink sink = rwg__buf_sink(&buf);
    rwg_diag_render(diag, text, color, &sink);
    rwg_str str = rwg__buf_str(&buf);
    assert_true(str.len < sizeof shown);
    memcpy(shown, str.ptr, str.len);
    shown[str.len] = 0;
    rwg__buf_deinit(&buf);
    return shown;
}

static rwg_diag problem(uint32_t start, uint32_t end) {
    return (rwg_diag){
        .code = RWG_DIAG_FILE_NOT_FOUND,
        .severity = RWG_SEVERITY_ERROR,
        .path = RWG_STR("src/a.ts"),
        .span = {start, end},
        .message = RWG_STR("\"./b\" does not exist"),
        .fix = RWG_STR("create src/b.ts"),
    };
}

TEST(a_problem_shows_its_place_its_line_and_the_way_out) {
    rwg_diag diag = problem(18, 23);
    assert_string_equal(
        render(&diag, RWG_STR("// one\nimport b //\r\"./b\";\n"), false),
        "src/a.ts:2:12: error[file-not-found]: \"./b\" does not exist\n"
        "    2 | import b //\n"
        "      |            ^\n"
        "      help: create src/b.ts\n"
    );
}

TEST(columns_count_characters_and_tabs_stay_tabs) {
    rwg_diag diag = problem(10, 13);
    assert_string_equal(
        render(&diag, RWG_STR("\t\xC3\xA9\xC3\xA9 a = \"b\"\n"), false),
        "src/a.ts:1:9: error[file-not-found]: \"./b\" does not exist\n"
        "    1 | \t\xC3\xA9\xC3\xA9 a = \"b\"\n"
        "      | \t       ^^^\n"
        "      help: create src/b.ts\n"
    );
}

TEST(without_text_the_line_is_named_and_no_frame_is_drawn) {
    rwg_diag diag = problem(18, 23);
    diag.line = 7;
    diag.fix = (rwg_str){NULL, 0};
    diag.env = RWG_STR("ssr");
    assert_string_equal(
        render(&diag, (rwg_str){NULL, 0}, false),
        "src/a.ts:7: error[file-not-found]: \"./b\" does not exist (in ssr)\n"
    );
}

TEST(a_long_line_is_shown_around_the_problem_only) {
    char text[4096];
    memset(text, 'x', sizeof text);
    rwg_diag diag = problem(2000, 2005);
    const char *shown = render(&diag, rwg__str(text, sizeof text), false);
    assert_true(strlen(shown) < 500);
    assert_non_null(strstr(shown, "^^^^^\n"));
}

TEST(control_bytes_of_the_file_never_reach_the_terminal) {
    rwg_diag diag = problem(0, 1);
    const char *shown = render(&diag, RWG_STR("a\x1b[31mb\x07"), false);
    assert_null(strchr(shown, '\x1b'));
    assert_null(strchr(shown, '\x07'));
}

TEST(a_span_behind_the_end_of_the_file_is_harmless) {
    rwg_diag diag = problem(500, 600);
    assert_non_null(strstr(render(&diag, RWG_STR("short"), false), "src/a.ts:1:6: "));
    assert_non_null(strstr(render(&diag, RWG_STR("short\n"), false), "src/a.ts:2:1: "));
}

TEST(colors_are_used_when_asked_for) {
    rwg_diag diag = problem(0, 1);
    assert_non_null(strstr(render(&diag, RWG_STR("a"), true), "\x1b[1;31merror"));
    diag.severity = RWG_SEVERITY_WARNING;
    assert_non_null(strstr(render(&diag, RWG_STR("a"), true), "\x1b[1;33mwarning"));
}
