// What the development server adds to modules: registrations of components and server functions.

#include "output.h"

static rwb_transform_options refreshing(void) {
    rwb_transform_options options = RWB_TRANSFORM_OPTIONS_INIT;
    options.lang = RWG_LANG_TSX;
    options.module = true;
    options.refresh = true;
    options.path = RWG_STR("/a.tsx");
    return options;
}

/* The ids that components are registered under, joined by spaces. */
static void expect_components(const char *text, const char *ids) {
    rwb_transform_options options = refreshing();
    char *code = code_of(text, &options);
    char found[200] = "";
    for (char *at = code; (at = strstr(at, "$RefreshReg$(_c")) != NULL; at++) {
        char *id = strchr(at, '"') + 1;
        if (found[0]) {
            strcat(found, " ");
        }
        strncat(found, id, (size_t)(strchr(id, '"') - id));
    }
    assert_string_equal(found, ids);
    bool accepts = strstr(code, "__rwg_refresh.boundary(import.meta.hot, \"/a.tsx\"") != NULL;
    assert_int_equal(accepts, ids[0] != 0);
    free(code);
}

TEST(components_are_functions_with_capitals_at_the_top) {
    expect_components("export function App() {}", "App");
    expect_components("export default function App() {}", "App");
    expect_components("const App = () => null, b = 1", "");
    expect_components("const App = () => null", "App");
    expect_components("let App = function () {}; const app = () => 1", "App");
    expect_components("function f() { function Inner() {} }", "");
    expect_components("class App {}; const A = 1, B = {}", "");
    expect_components("const curried = (a) => (b) => 1; const Make = (a) => (b) => 1", "");
    expect_components("export default () => null", "");
}

TEST(calls_around_a_component_are_registered_inside_out) {
    expect_components(
        "export const App = memo(forwardRef((p) => null))", "App$memo$forwardRef App$memo App"
    );
    expect_components("export default memo(() => null)", "%default%$memo %default%");
    expect_components("export default React.memo(App)", "%default%");
    expect_components("const A = require('a'); const B = lazy(load)", "");
}

TEST(what_is_used_as_a_tag_is_a_component) {
    expect_components("const Box = styled.div`a`; <Box/>", "Box");
    expect_components("const Box = styled.div`a`", "");
    expect_components("const Box = styled.div<P>`a ${(p) => 1}`; <Box/>", "Box");
    expect_components("const Box = styled.div<{ a: P }>`a ${(p) => 1}`; <Box/>", "Box");
    expect_components("const Box = make(a); React.createElement(Box)", "Box");
}

TEST(functions_that_call_hooks_are_signed) {
    rwb_transform_options options = refreshing();
    char *code = code_of(
        "function App() { \"use memo\"; const [a] = useState(0); useB(); }\nfunction useB() {}",
        &options
    );
    assert_non_null(strstr(code, "var _s = __rwg_refresh.signature();"));
    assert_non_null(strstr(code, "{ \"use memo\"; _s(); const [a]"));
    assert_non_null(strstr(code, "\n_s(App, \""));
    assert_non_null(strstr(code, ", false, () => [useB]);"));
    free(code);
}

TEST(a_hook_that_is_a_functions_whole_body_is_named_without_it) {
    rwb_transform_options options = refreshing();
    char *code = code_of("export const useB = () =>\n    useA();\nfunction useA() {}", &options);
    assert_non_null(strstr(code, "useB = () => { _s(); return (\n    useA()); };"));
    assert_non_null(strstr(code, ", false, () => [useA]);"));
    free(code);
}

TEST(what_calls_make_of_a_function_with_hooks_is_signed_as_well) {
    rwb_transform_options options = refreshing();
    char *code = code_of("export const menu = make('a', wrap(() => { useB(); }));", &options);
    assert_non_null(strstr(code, "= _s(make('a', _s(wrap(_s(() => { _s(); useB(); }, \""));
    free(code);
    code = code_of("export const menu = { item: () => { useB(); } };", &options);
    assert_non_null(strstr(code, "{ item: _s(() => { _s(); useB(); }, \""));
    free(code);
}

TEST(functions_inside_of_functions_are_signed_each_time_they_are_made) {
    rwb_transform_options options = refreshing();
    char *code = code_of("const f = (a) => function B() { useB(); };", &options);
    assert_null(strstr(code, "var _s"));
    assert_non_null(strstr(
        code, "(a) => { const _s = __rwg_refresh.signature(); return ( _s(function B() { _s(); "
    ));
    free(code);
    code = code_of("function f() { const b = () => useB(); // c\n}", &options);
    assert_non_null(strstr(code, "function f() { const _s = __rwg_refresh.signature(); const b"));
    assert_non_null(strstr(code, "=> { _s(); return ( useB()); };\n_s(b, \""));
    free(code);
}

TEST(what_is_signed_stands_inside_of_the_region_of_a_using) {
    rwb_transform_options options = refreshing();
    char *code = code_of(
        "using a = hoc(() => useA());\nexport default memo(() => { useB(); })\n"
        "for (using b of c) call(() => useC())",
        &options
    );
    char *first = strstr(code, "= __rwg_using(_env, _s(hoc(_s(() => {");
    char *first_end = strstr(code, "), false);");
    char *second = strstr(code, "{ default: _s2(_c2 = memo(");
    char *second_end = strstr(code, ") }.default;");
    char *third = strstr(code, "__rwg_using(_env1, b, false);  _s3(call(_s3(");
    char *third_end = strstr(code, ") } catch");
    assert_true(first && first_end > first && second > first_end && second_end > second);
    assert_true(third > second_end && third_end > third);
    free(code);
}

/* The signature in code with one. */
static void signature_of(const char *text, char out[17]) {
    rwb_transform_options options = refreshing();
    char *code = code_of(text, &options);
    char *at = strstr(code, "_s(A, \"");
    assert_non_null(at);
    memcpy(out, at + 7, 16);
    out[16] = 0;
    free(code);
}

TEST(a_signature_says_which_hooks_in_which_order_with_which_state) {
    static const char *const OTHERS[] = {
        "function A() { const [a] = useState(1); useRef() }",
        "function A() { const [b] = useState(0); useRef() }",
        "function A() { useRef(); const [a] = useState(0) }",
    };
    char first[17];
    char other[17];
    signature_of("function A() { const [a] = useState(0); useRef() }", first);
    signature_of("function A(b) { const [a] = useState(0); x(); useRef(c) }", other);
    assert_string_equal(first, other);
    for (size_t i = 0; i < sizeof OTHERS / sizeof OTHERS[0]; i++) {
        signature_of(OTHERS[i], other);
        assert_string_not_equal(first, other);
    }
}

TEST(a_comment_asks_for_state_to_be_reset) {
    rwb_transform_options options = refreshing();
    char *code = code_of("// @refresh reset\nfunction A() { useState() }", &options);
    assert_non_null(strstr(code, "\", true);"));
    free(code);
}
