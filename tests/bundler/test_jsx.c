// JSX as calls: what tags, attributes, text and keys become, by runtime, and how runtimes are
// found.

#include "output.h"

/* The code's last line, and the code without it. */
static void
expect(const char *text, const rwb_transform_options *options, const char *head, const char *last) {
    char *copy = code_of(text, options);
    char *line = strrchr(copy, '\n');
    assert_string_equal(line ? line + 1 : copy, last);
    if (head) {
        assert_non_null(line);
        line[1] = 0;
        assert_string_equal(copy, head);
    }
    free(copy);
}

static rwb_transform_options jsx_options(rwb_jsx jsx) {
    rwb_transform_options options = RWB_TRANSFORM_OPTIONS_INIT;
    options.lang = RWG_LANG_TSX;
    options.module = true;
    options.path = RWG_STR("/a.jsx");
    options.jsx = jsx;
    return options;
}

typedef struct pair {
    const char *text;
    const char *code;
} pair;

static void expect_all(const pair *pairs, size_t count, const rwb_transform_options *options) {
    for (size_t i = 0; i < count; i++) {
        expect(pairs[i].text, options, NULL, pairs[i].code);
    }
}

#define EXPECT_ALL(pairs, options) expect_all(pairs, sizeof(pairs) / sizeof((pairs)[0]), options)

TEST(elements_become_calls_of_the_automatic_runtime) {
    static const pair PAIRS[] = {
        {"<a/>", "_jsx(\"a\", {})"},
        {"<a></a>", "_jsx(\"a\", {})"},
        {"<a>x</a>", "_jsx(\"a\", { children: \"x\" })"},
        {"<a>x{y}</a>", "_jsxs(\"a\", { children: [\"x\", y] })"},
        {"<a>{...y}</a>", "_jsxs(\"a\", { children: [...y] })"},
        {"<a b c=\"d\" e={f} {...g} h-i='j'/>",
         "_jsx(\"a\", { b: true, c: \"d\", e: f, ...g, \"h-i\": 'j' })"},
        {"<a b={(c, d)} e=<f/>>{g, h}</a>",
         "_jsx(\"a\", { b: (c, d), e: _jsx(\"f\", {}), children: (g, h) })"},
        {"<A.B.c/>", "_jsx(A.B.c, {})"},
        {"<Foo/>", "_jsx(Foo, {})"},
        {"<this.x/>", "_jsx(this.x, {})"},
        {"<a:b c:d=\"e\"/>", "_jsx(\"a:b\", { \"c:d\": \"e\" })"},
        {"<a : b c : /* d */ e=\"f\"></ a :b>", "_jsx(\"a:b\", { \"c:e\": \"f\" })"},
        {"<my-a/>", "_jsx(\"my-a\", {})"},
        {"<><b/></>", "_jsx(_Fragment, { children: _jsx(\"b\", {}) })"},
        {"<a __proto__={b}/>", "_jsx(\"a\", { [\"__proto__\"]: b })"},
        {"<a>{/* b */}{}</a>", "_jsx(\"a\", {})"},
    };
    rwb_transform_options options = jsx_options(RWB_JSX_AUTOMATIC);
    EXPECT_ALL(PAIRS, &options);
}

TEST(a_key_is_no_property_but_behind_a_spread_it_needs_createElement) {
    static const pair PAIRS[] = {
        {"<a b key=\"k\"/>", "_jsx(\"a\", { b: true }, \"k\")"},
        {"<a key={k} {...b}/>", "_jsx(\"a\", { ...b }, k)"},
        {"<a {...b} key={k}>c</a>", "_createElement(\"a\", { ...b, key: k }, \"c\")"},
    };
    rwb_transform_options options = jsx_options(RWB_JSX_AUTOMATIC);
    EXPECT_ALL(PAIRS, &options);
    options.jsx_link = (rwb_link){RWB_LINK_URL, RWG_STR("/r.js")};
    expect(
        "<a {...b} key={k}/>",
        &options,
        "import { jsx as _jsx } from \"/r.js\";\n",
        "_jsx(\"a\", (({ key, ...props }) => props)({ ...b }), k)"
    );
}

TEST(text_loses_its_layout_and_keeps_its_words) {
    static const pair PAIRS[] = {
        {"<a> x </a>", "_jsx(\"a\", { children: \" x \" })"},
        {"<a> </a>", "_jsx(\"a\", { children: \" \" })"},
        {"<a>\n</a>", "_jsx(\"a\", {})"},
        {"<a> x \n\t y  z\r\n\n </a>", "_jsx(\"a\", { children: \" x y  z\" })"},
        {"<a>x {y}\n {z} </a>", "_jsxs(\"a\", { children: [\"x \", y, z, \" \"] })"},
        {"<a>&lt;&#65;&#x42;&AElig;&nope;&amp & &#32;\n</a>",
         "_jsx(\"a\", { children: \"<AB\xC3\x86&nope;&amp &  \" })"},
        {"<a>\"'\\</a>", "_jsx(\"a\", { children: \"\\\"'\\\\\" })"},
        {"<a>// b /* c */</a>", "_jsx(\"a\", { children: \"// b /* c */\" })"},
        {"<a b=\"&quot;\\n\" c='\"'/>", "_jsx(\"a\", { b: \"\\\"\\\\n\", c: '\"' })"},
        {"<a b=\"c\n d\"/>", "_jsx(\"a\", { b: \"c\\n d\" })"},
    };
    rwb_transform_options options = jsx_options(RWB_JSX_AUTOMATIC);
    EXPECT_ALL(PAIRS, &options);
}

TEST(the_classic_runtime_calls_a_function_in_scope) {
    static const pair PAIRS[] = {
        {"<a/>", "React.createElement(\"a\", null)"},
        {"<a b key={c}>d{e}{...f}</a>",
         "React.createElement(\"a\", { b: true, key: c }, \"d\", e, ...f)"},
        {"<>a</>", "React.createElement(React.Fragment, null, \"a\")"},
        {"/** @jsx h */ <a/>", "/** @jsx h */ h(\"a\", null)"},
        {"/* @jsxFrag F */ <></>", "/* @jsxFrag F */ React.createElement(F, null)"},
    };
    rwb_transform_options options = jsx_options(RWB_JSX_CLASSIC);
    EXPECT_ALL(PAIRS, &options);
    options.jsx_factory = RWG_STR("h");
    options.jsx_fragment = RWG_STR("h.F");
    expect("<></>", &options, NULL, "h(h.F, null)");
}

TEST(comments_choose_a_runtime_over_the_options) {
    rwb_transform_options options = jsx_options(RWB_JSX_AUTOMATIC);
    expect("// @jsxRuntime classic\n<a/>", &options, NULL, "React.createElement(\"a\", null)");
    expect(
        "/* @jsxImportSource preact */<a/>",
        &options,
        "import { jsx as _jsx } from \"preact/jsx-runtime\";\n",
        "/* @jsxImportSource preact */_jsx(\"a\", {})"
    );
}

TEST(elements_know_their_place_in_development) {
    rwb_transform_options options = jsx_options(RWB_JSX_AUTOMATIC);
    options.jsx_dev = true;
    expect(
        "<a key=\"b\"/>",
        &options,
        "import { jsxDEV as _jsxDEV } from \"react/jsx-dev-runtime\";\n"
        "var _jsxFileName = \"/a.jsx\";\n",
        "_jsxDEV(\"a\", {}, \"b\", false, "
        "{ fileName: _jsxFileName, lineNumber: 1, columnNumber: 1 }, this)"
    );
    expect(
        "class A extends B { constructor() { super(<a/>) } }",
        &options,
        NULL,
        "class A extends B { constructor() { super(_jsxDEV(\"a\", {}, void 0, false, "
        "{ fileName: _jsxFileName, lineNumber: 1, columnNumber: 43 })) } }"
    );
}

TEST(the_runtime_is_reached_as_the_link_says) {
    rwb_transform_options options = jsx_options(RWB_JSX_AUTOMATIC);
    options.jsx_link = (rwb_link){RWB_LINK_NAMESPACE, RWG_STR("/r.js")};
    expect(
        "<></>",
        &options,
        "import { __rwg as _rwgJsx } from \"/r.js\";\n",
        "_rwgJsx.jsx(_rwgJsx.Fragment, {})"
    );
    options.form = RWB_FORM_FACTORY;
    rwb_output *output = output_of("import a from 'b'; a(<a/>)", &options);
    assert_int_equal(rwb_output_extras(output), RWB_EXTRA_JSX);
    assert_true(rwg__str_contains(
        rwb_output_code(output), RWG_STR("(0, __rwg_i[0].default)(__rwg_i[1].jsx(\"a\", {}))")
    ));
    rwb_output_free(output);
}

TEST(a_runtime_that_a_comment_names_is_an_import_of_the_record) {
    static const char TEXT[] =
        "/* @jsxImportSource p */import \"b\"; export { c } from \"d\"; <a/>";
    rwb_link links[] = {
        {RWB_LINK_URL, RWG_STR("/p.js")},
        {RWB_LINK_URL, RWG_STR("/b.js")},
        {RWB_LINK_URL, RWG_STR("/d.js")}};
    rwb_transform_options options = jsx_options(RWB_JSX_AUTOMATIC);
    options.jsx_link = (rwb_link){RWB_LINK_URL, RWG_STR("/usual.js")};
    options.links = links;
    expect(
        TEXT,
        &options,
        "import { jsx as _jsx } from \"/p.js\";\n",
        "/* @jsxImportSource p */import \"/b.js\"; export { c } from \"/d.js\"; _jsx(\"a\", {})"
    );
    links[0].kind = RWB_LINK_NAMESPACE;
    expect(
        "/* @jsxImportSource p */<a/>",
        &options,
        "import { __rwg as _rwgJsx } from \"/p.js\";\n",
        "/* @jsxImportSource p */_rwgJsx.jsx(\"a\", {})"
    );
    options.links = NULL;
    options.form = RWB_FORM_FACTORY;
    rwb_output *output = output_of(TEXT, &options);
    assert_true(rwg__str_contains(rwb_output_code(output), RWG_STR("__rwg_i[0].jsx(\"a\", {})")));
    assert_true(rwg__str_contains(rwb_output_code(output), RWG_STR("c: [2, \"c\"]")));
    assert_int_equal(rwb_output_extras(output), 0);
    uint32_t count = 0;
    (void)rwb_output_imports(output, &count);
    assert_int_equal(count, 3);
    rwb_output_free(output);
}

TEST(a_comment_that_wants_no_runtime_or_the_usual_one_imports_accordingly) {
    rwb_transform_options options = jsx_options(RWB_JSX_AUTOMATIC);
    options.form = RWB_FORM_FACTORY;
    rwb_output *output = output_of("/* @jsxRuntime classic */<a/>", &options);
    assert_int_equal(rwb_output_extras(output), 0);
    rwb_output_free(output);
    options.jsx = RWB_JSX_CLASSIC;
    output = output_of("/* @jsxRuntime automatic */<a/>", &options);
    assert_int_equal(rwb_output_extras(output), RWB_EXTRA_JSX);
    rwb_output_free(output);
    options.jsx = RWB_JSX_PRESERVE;
    output = output_of("/* @jsxImportSource p */<a/>", &options);
    uint32_t count = 0;
    (void)rwb_output_imports(output, &count);
    assert_int_equal(count, 0);
    rwb_output_free(output);
}

TEST(scripts_of_a_page_get_the_nonce_of_the_request) {
#define NONCE "nonce: __rwg_i[2].requestInfo.rw?.nonce"
    static const pair PAIRS[] = {
        {"<script src={b}/>", "jsx(\"script\", { " NONCE ", src: b })"},
        {"<script>b()</script>", "jsx(\"script\", { " NONCE ", children: \"b()\" })"},
        {"<script type='module'>{`b()`}</script>",
         "jsx(\"script\", { " NONCE ", type: 'module', children: `b()` })"},
        {"<script {...b}>{\"c\"}</script>",
         "jsx(\"script\", { " NONCE ", ...b, children: \"c\" })"},
        {"<script>{b}</script>", "jsx(\"script\", { children: b })"},
        {"<script>{`${b}`}</script>", "jsx(\"script\", { children: `${b}` })"},
        {"<script src='b' nonce={c}/>", "jsx(\"script\", { src: 'b', nonce: c })"},
        {"<script src='b' dangerouslySetInnerHTML={c}/>",
         "jsx(\"script\", { src: 'b', dangerouslySetInnerHTML: c })"},
        {"<Script src='b'/>", "jsx(Script, { src: 'b' })"},
        {"<style>b</style>", "jsx(\"style\", { children: \"b\" })"},
    };
#undef NONCE
    rwb_transform_options options = jsx_options(RWB_JSX_AUTOMATIC);
    options.form = RWB_FORM_FACTORY;
    options.script_nonce = true;
    for (size_t i = 0; i < sizeof PAIRS / sizeof PAIRS[0]; i++) {
        char text[200];
        (void)snprintf(text, sizeof text, "import \"a\"; export default (%s);", PAIRS[i].text);
        rwb_output *output = output_of(text, &options);
        assert_true(rwg__str_contains(rwb_output_code(output), rwg__str_c(PAIRS[i].code)));
        bool has_nonce = strstr(PAIRS[i].code, "requestInfo") != NULL;
        uint32_t extras = RWB_EXTRA_JSX | (has_nonce ? RWB_EXTRA_REGISTER : 0);
        assert_int_equal(rwb_output_extras(output), extras);
        rwb_output_free(output);
    }
}

TEST(names_of_the_author_are_not_taken) {
    rwb_transform_options options = jsx_options(RWB_JSX_AUTOMATIC);
    expect(
        "let _jsx; <a/>",
        &options,
        "import { jsx as _jsx1 } from \"react/jsx-runtime\";\n",
        "let _jsx; _jsx1(\"a\", {})"
    );
}

TEST(what_the_grammar_takes_and_jsx_does_not_is_an_error) {
    static const char *const TEXTS[] = {
        "\n<a b={}/>",
        "\n<a {b}/>",
        "\n<a {}/>",
        "<a>\n</b>",
        "<A.b>\n</A>",
        "<>\n</a>",
    };
    rwb_transform_options options = jsx_options(RWB_JSX_AUTOMATIC);
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        rwb_output *output = output_of(TEXTS[i], &options);
        uint32_t n = 0;
        const rwg_diag *diags = rwb_output_diags(output, &n);
        assert_int_equal(n, 1);
        assert_int_equal(diags[0].line, 2);
        assert_int_equal(rwb_output_code(output).len, 0);
        rwb_output_free(output);
    }
    free(code_of("<A . b></A.b>", &options));
}
