// Languages by name, and the two that are not scripts.

#include <rwgraph/diag.h>

#include "base/str.h"
#include "test_syntax_show.h"

#define CSS  RWG_LANG_CSS
#define JSON RWG_LANG_JSON

static rwg_lang lang_of(const char *path, bool *out_declaration) {
    return rwg_lang_of_path(rwg__str_c(path), out_declaration);
}

TEST(the_language_follows_the_extension) {
    bool d = true;
    assert_int_equal(lang_of("a/b.test.js", &d), RWG_LANG_JS);
    assert_false(d);
    assert_int_equal(lang_of("a.mjs", NULL), RWG_LANG_JS);
    assert_int_equal(lang_of("a.cjs", NULL), RWG_LANG_JS);
    assert_int_equal(lang_of("a.jsx", NULL), RWG_LANG_JSX);
    assert_int_equal(lang_of("a.mts", NULL), RWG_LANG_TS);
    assert_int_equal(lang_of("a.tsx", NULL), RWG_LANG_TSX);
    assert_int_equal(lang_of("package.json", NULL), RWG_LANG_JSON);
    assert_int_equal(lang_of("a.module.css", NULL), RWG_LANG_CSS);
    assert_int_equal(lang_of("a.png", NULL), RWG_LANG_NONE);
    assert_int_equal(lang_of("ts", NULL), RWG_LANG_NONE);
    assert_int_equal(lang_of("a.ts/README", NULL), RWG_LANG_NONE);
}

TEST(declaration_files_are_known_by_name) {
    static const struct {
        const char *path;
        bool declaration;
    } NAMES[] = {
        {"a.d.ts", true},
        {"a.d.mts", true},
        {"a.d.cts", true},
        {"a.d.css.ts", true},
        {"d.ts", false},
        {"a.ts", false},
        {"a.d.tsx", false},
        {"a.d/b.ts", false},
    };

    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        bool d = !NAMES[i].declaration;
        lang_of(NAMES[i].path, &d);
        assert_int_equal(d, NAMES[i].declaration);
    }
}

TEST(stylesheets_import_stylesheets) {
    assert_string_equal(
        imports_of(CSS, "@import \"a.css\"; @import url(b.css); @import url('c.css');"),
        "css-import side a.css; css-import side b.css; css-import side c.css"
    );
    assert_string_equal(
        imports_of(CSS, "@import 'a.css' layer(x) supports(display: grid) print and (color);"),
        "css-import side a.css with layer=x\nsupports=display: grid\nmedia=print and (color)"
    );
    assert_string_equal(
        imports_of(CSS, "@IMPORT 'a.css' layer;"), "css-import side a.css with layer="
    );
}

TEST(stylesheets_name_files_by_url) {
    assert_string_equal(
        imports_of(CSS, "a { background: url(a.png), URL( \"b.png\" ); --c: url(c\\ d.png) }"),
        "css-url a.png; css-url b.png; css-url c d.png"
    );
    assert_string_equal(
        imports_of(
            CSS, "a { b: image-set(\"a.png\" 1x, url(b.png) 2x, \"c.avif\" type(\"image/avif\")) }"
        ),
        "css-url a.png; css-url b.png; css-url c.avif"
    );
    assert_string_equal(imports_of(CSS, "a { b: url(data:x,y); c: url(#d); e: url() }"), "");
    assert_string_equal(
        imports_of(CSS, "/* url(a.png) */ a::before { content: 'url(b.png)' }"), ""
    );
    assert_string_equal(imports_of(CSS, "@namespace url(http://www.w3.org/1999/xhtml); a {}"), "");
}

TEST(css_modules_take_names_from_other_files) {
    assert_string_equal(
        imports_of(CSS, ".a { composes: b c from './d.css'; color: red }"),
        "css-import ./d.css {b, c}"
    );
    assert_string_equal(imports_of(CSS, ".a { composes: b from global; composes: c }"), "");
    assert_string_equal(
        imports_of(CSS, "@value a, b from './c.css';"), "css-import ./c.css {a, b}"
    );
}

TEST(broken_stylesheets_are_read_as_far_as_they_go) {
    assert_string_equal(imports_of(CSS, "@import 'a.css"), "css-import side a.css");
    assert_string_equal(imports_of(CSS, "a { b: url(c.png"), "css-url c.png");
    assert_string_equal(
        imports_of(CSS, "}}} @import 'a.css'; /* never closed"), "css-import side a.css"
    );
}

TEST(json_exports_its_keys) {
    assert_string_equal(
        exports_of(JSON, "{\"a\": 1, \"b-c\": 2, \"default\": 3, \"a\": 4}"), "default, a"
    );
    assert_string_equal(exports_of(JSON, "[1, 2]"), "default");
    assert_string_equal(kind_of(JSON, "1"), "json");
}

TEST(bad_json_says_where) {
    rwg_module *m = parse(JSON, "{\n  \"a\": 1,,\n}");
    uint32_t n = 0;
    const rwg_module_diag *diags = rwg_module_diags(m, &n);
    assert_int_equal(n, 1);
    assert_int_equal(diags[0].code, RWG_DIAG_BAD_JSON);
    assert_int_equal(diags[0].span.start, 12);
    assert_true(rwg_module_flags(m) & RWG_MODULE_PARTIAL);
    rwg_module_free(m);
}

TEST(other_files_are_assets) {
    assert_string_equal(kind_of(RWG_LANG_NONE, "\x89PNG"), "asset");
}
