// Stylesheets: what becomes of CSS modules and of addresses, by their text.

#include "base/str.h"
#include "style/lexer.h"
#include "style/style.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct sheet {
    rwg__mem mem;
    rwb__style style;
    rwg__buf text; /* names shown without their hashes */
} sheet;

static bool to_url(void *payload, rwg_str specifier, rwg_str *address) {
    (void)payload;
    *address = rwg__str_eq_c(specifier, "./a b.png") ? RWG_STR("/x/a b.png") : RWG_STR("/new.png");
    return !rwg__str_eq_c(specifier, "keep.png");
}

static bool to_import(void *payload, rwg_str specifier, rwg_str conditions, rwg_str *address) {
    (void)payload;
    *address = RWG_STR("/other.css");
    return conditions.len > 0 || rwg__str_starts(specifier, RWG_STR("http"));
}

static const rwb__style_hooks HOOKS = {.url = to_url, .import = to_import};

static sheet *sheet_new(const char *css, const char *scope, const rwb__style_hooks *hooks) {
    sheet *s = calloc(1, sizeof *s);
    rwg__mem_init(&s->mem, NULL, 0);
    rwg__buf_init(&s->text, &s->mem);
    rwb__style_init(&s->style, &s->mem, rwg__str_c(css), rwg__str_c(scope), hooks);
    return s;
}

static void sheet_free(sheet *s) {
    rwb__style_deinit(&s->style);
    rwg__buf_deinit(&s->text);
    assert_int_equal(s->mem.used, 0);
    free(s);
}

static bool is_hash(rwg_str text) {
    for (uint32_t i = 1; i < 9; i++) {
        if (text.len < 9 || text.ptr[0] != '_' || !strchr("0123456789abcdef", text.ptr[i])) {
            return false;
        }
    }
    return true;
}

/* "_" and eight digits become "_#". */
static void show(sheet *s, rwg_str text) {
    for (uint32_t i = 0; i < text.len; i++) {
        rwg__buf_char(&s->text, text.ptr[i]);
        if (is_hash(rwg__str_from(text, i))) {
            rwg__buf_char(&s->text, '#');
            i += 8;
        }
    }
}

static void expect(const char *css, const char *scope, const char *wanted) {
    sheet *s = sheet_new(css, scope, &HOOKS);
    show(s, rwg__buf_str(&s->style.css));
    rwg__buf_char(&s->text, '\0');
    assert_string_equal(s->text.bytes.ptr, wanted);
    assert_int_equal(s->style.problem.bytes.len, 0);
    sheet_free(s);
}

static void expect_module(const char *css, const char *wanted) {
    expect(css, "/a.module.css", wanted);
}

/* "name=part part@from;" */
static void expect_names(const char *css, const char *wanted) {
    sheet *s = sheet_new(css, "/a.module.css", NULL);
    for (uint32_t i = 0; i < s->style.names.len; i++) {
        const rwb__style_name *name = &s->style.names.ptr[i];
        show(s, name->name);
        rwg__buf_char(&s->text, '=');
        for (uint32_t k = name->first; k; k = s->style.parts.ptr[k - 1].next) {
            const rwb__style_part *part = &s->style.parts.ptr[k - 1];
            show(s, part->text);
            if (part->from.len > 0) {
                rwg__buf_char(&s->text, '@');
                rwg__buf_add(&s->text, part->from);
            }
            if (part->next) {
                rwg__buf_char(&s->text, ' ');
            }
        }
        rwg__buf_char(&s->text, ';');
    }
    rwg__buf_char(&s->text, '\0');
    assert_string_equal(s->text.bytes.ptr, wanted);
    sheet_free(s);
}

static void expect_problem(const char *css, const char *part) {
    sheet *s = sheet_new(css, "/a.module.css", NULL);
    if (!rwg__str_contains(rwg__buf_str(&s->style.problem), rwg__str_c(part))) {
        rwg__buf_char(&s->style.problem, '\0');
        fail_msg("%s: \"%s\"", css, s->style.problem.bytes.ptr);
    }
    sheet_free(s);
}

TEST(the_names_of_a_plain_sheet_stay) {
    expect(
        ".a #b{animation:c 1s}@keyframes c{to{top:0}}",
        "",
        ".a #b{animation:c 1s}@keyframes c{to{top:0}}"
    );
}

TEST(classes_ids_and_keyframes_of_a_module_are_its_own) {
    expect_module(".a.b > #c:hover{}", ".a_#.b_# > #c_#:hover{}");
    expect_module(
        "@keyframes in{from{top:0}to{top:1px}}", "@keyframes in_#{from{top:0}to{top:1px}}"
    );
    expect_module(
        ".a{animation:in 1s ease-in, var(--b) 2s}", ".a_#{animation:in_# 1s ease-in, var(--b) 2s}"
    );
    expect_module(".a{color:#fab;background:#abc}", ".a_#{color:#fab;background:#abc}");
    expect_module(".a{animation:in 1s !important}", ".a_#{animation:in_# 1s !important}");
    expect_module(
        "@keyframes \"in\"{} .a{animation:'in' 1s}", "@keyframes in_#{} .a_#{animation:in_# 1s}"
    );
}

TEST(a_part_of_a_file_stays_behind_its_address) {
    expect("a{b:url(x.svg#c) url('x.svg#d')}", "", "a{b:url(\"/new.png#c\") url(\"/new.png#d\")}");
    expect("a{b:url(x.eot?#iefix)}", "", "a{b:url(\"/new.png#iefix\")}");
}

TEST(a_class_may_be_the_name_of_a_value) {
    expect_module("@value x: b;.x .c{}", ".b_# .c_#{}");
    expect_module("@value x: 1px solid;.x{border:x}", ".x_#{border:1px solid}");
}

/* How much of what is written stands before the last import: layers alone may. */
static bool count_before(void *payload, rwg_str specifier, rwg_str conditions, rwg_str *address) {
    sheet *s = payload;
    (void)specifier;
    (void)conditions;
    (void)address;
    rwg__buf_clear(&s->text);
    rwg__buf_add(&s->text, s->style.layers ? rwg__buf_str(&s->style.css) : RWG_STR("none"));
    return false;
}

static void expect_before(const char *css, const char *wanted) {
    sheet *s = calloc(1, sizeof *s);
    rwb__style_hooks hooks = {.payload = s, .import = count_before};
    rwg__mem_init(&s->mem, NULL, 0);
    rwg__buf_init(&s->text, &s->mem);
    rwb__style_init(&s->style, &s->mem, rwg__str_c(css), RWG_STR(""), &hooks);
    rwg__buf_char(&s->text, '\0');
    assert_string_equal(s->text.bytes.ptr, wanted);
    sheet_free(s);
}

TEST(statements_about_layers_stand_before_imports) {
    expect_before("@import \"a\";", "none");
    expect_before("@layer a, b;@import \"a\";", "@layer a, b;");
    expect_before(
        "@charset \"x\";@layer a;@import \"a\";@layer b;@import \"b\";", "@layer a;@layer b;"
    );
    expect_before("@layer a;@layer b{}@import \"a\";", "none");
    expect_before("@layer a;.b{}@import \"a\";", "none");
}

TEST(global_leaves_names_alone) {
    expect_module(":global(.a) .b{}", ".a .b_#{}");
    expect_module(":global .a .b, .c{}", ".a .b, .c_#{}");
    expect_module(".a:global(.b):not(.c, :global(.d)){}", ".a_#.b:not(.c_#, .d){}");
    expect_module(":global{.a{}.b .c{}} .d{}", ".a{}.b .c{} .d_#{}");
    expect_module(":global .a :local(.b) .c{}", ".a .b_# .c{}");
    expect_module("@keyframes :global(x){}", "@keyframes x{}");
}

TEST(nested_rules_and_conditions_are_read) {
    expect_module(
        ".a{color:red;&.b{top:0}.c &{top:1px}@media (x){left:0;.d{top:0}}}",
        ".a_#{color:red;&.b_#{top:0}.c_# &{top:1px}@media (x){left:0;.d_#{top:0}}}"
    );
    expect_module("@scope (.a) to (.b){.c{}}", "@scope (.a_#) to (.b_#){.c_#{}}");
    expect_module("@layer x.y{@container z (a:b){.c{}}}", "@layer x.y{@container z (a:b){.c_#{}}}");
    expect_module(".a{--x:{.b:c};a:hover{top:0}}", ".a_#{--x:{.b:c};a:hover{top:0}}");
}

TEST(what_only_looks_like_a_name_is_none) {
    expect_module("[x=\".a\"] .b/*.c*/{content:\".d{\"}", "[x=\".a\"] .b_#/*.c*/{content:\".d{\"}");
    expect_module("[a|=.b]{top:.5em}", "[a|=.b]{top:.5em}");
    expect_module("@font-face{src:url(./x.woff)}", "@font-face{src:url(\"/new.png\")}");
}

TEST(escaped_names_are_exported_as_they_are_meant) {
    expect_names(".sm\\:a{} .\\31 0{}", "sm:a=sm_a_#;10=_10_#;");
    sheet *s = sheet_new(".sm\\:a{}.sm_a{}", "/a.module.css", NULL);
    assert_false(rwg__str_eq(s->style.parts.ptr[0].text, s->style.parts.ptr[1].text));
    sheet_free(s);
}

TEST(composes_adds_to_what_a_class_stands_for) {
    expect_names(
        ".a{}.b{composes:a;top:0}.c{composes:b x from global}", "a=a_#;b=b_# a_#;c=c_# b x;"
    );
    expect_names(
        ".a{composes:x y from \"./o.css\";composes:global(g)}.b{composes:a}",
        "a=a_# x@./o.css y@./o.css g;b=b_# a_# x@./o.css y@./o.css g;"
    );
}

TEST(composes_outside_of_a_class_is_an_error) {
    expect_problem("@value a from b;", "takes the file's name in quotes");
    expect_problem("\n.a .b{composes:c}", "line 2: composes works in rules");
    expect_problem(".b{composes:c}", "rules above");
    expect_problem("@value a from \"./b.css\";", "not known");
    expect_problem("@value a b from \"./b.css\";", "takes names");
    expect_problem("@value a,; .b{}", "what it stands for");
    expect_problem(":import(\"x\"){a:b}", "not supported");
}

TEST(values_stand_for_what_they_say) {
    expect_module(
        "@value w: 10px;\n@value big: calc(w*2);\n.a{width:big;w:1}@media (min-width:w){}",
        "\n\n.a_#{width:calc(10px*2);w:1}@media (min-width:10px){}"
    );
    expect_names("@value w: 10px; :export{ a: w; b: x y }", "w=10px;a=10px;b=x y;");
}

TEST(addresses_are_rewritten_unless_they_are_whole) {
    expect("a{b:url(./a\\ b.png) url( 'x' )}", "", "a{b:url(\"/x/a b.png\") url( \"/new.png\" )}");
    expect(
        "a{b:url(data:x,y) url(#id) url(//h/x) url(HTTP://x) url(keep.png)}",
        "",
        "a{b:url(data:x,y) url(#id) url(//h/x) url(HTTP://x) url(keep.png)}"
    );
    expect(
        "a{b:image-set('x' 1x, url(x) 2x type('y'))}",
        "",
        "a{b:image-set(\"/new.png\" 1x, url(\"/new.png\") 2x type('y'))}"
    );
}

TEST(imports_are_asked_for_with_their_conditions) {
    expect(
        "@charset \"utf-8\";@import 'a.css';@import url(b.css) layer(x) print;a{}",
        "",
        "@import \"/other.css\" layer(x) print;a{}"
    );
}

TEST(lines_stay_where_they_are) {
    expect_module(
        "@value v: b;\n:export{\nx: y\n}\n.a{\ncomposes: x\nfrom global;}", "\n\n\n\n.a_#{\n\n}"
    );
}

TEST(what_is_open_at_the_end_is_closed) {
    expect("a{b:c", "", "a{b:c}");
    expect("@media x{a{b:calc(1px", "", "@media x{a{b:calc(1px)}}");
    expect("a{b:\"c", "", "a{b:\"c\"}");
    expect("a{} /* b", "", "a{} /* b*/");
    expect("a{b:url(keep.png", "", "a{b:url(keep.png)}");
    expect_module(":global{.a{b:c", ".a{b:c}");
    expect("a[b=']'] {} }", "", "a[b=']'] {} }");
}

TEST(broken_sheets_end) {
    static const char *const BROKEN[] = {
        "",
        "{",
        "}",
        "}}}",
        "a{",
        "a{b",
        "a{b:",
        "a{b:c(",
        "\\",
        "a\\",
        "@",
        "@import",
        "@import url(",
        ":global",
        ":global(",
        ":global(.a{",
        ":export{",
        ":export{{{{a:b",
        "/*",
        "\"",
        "url(",
        ".",
        "#",
        "[",
        "a[{",
        "@value",
        "@value a",
        "@keyframes",
        ".a{composes",
        ".a{composes:",
        "--x:{",
        ".a{animation:global(",
        "@scope(",
        ")))",
        "<!-- a{} -->",
        "a{b:\"c\n}",
    };
    for (size_t i = 0; i < sizeof BROKEN / sizeof BROKEN[0]; i++) {
        sheet *s = sheet_new(BROKEN[i], "/a.module.css", &HOOKS);
        sheet_free(s);
        s = sheet_new(BROKEN[i], "", &HOOKS);
        sheet_free(s);
    }
}

TEST(tokens_cover_the_text) {
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    rwb__style_tokens tokens = {0};
    rwg_str text = RWG_STR("a{b:-1.5e3px +.5 1e url(x\\)y) 'q\\\n' --z @m #1 #h \\31 x<!--}");
    rwb__style_lex(&mem, text, &tokens);
    uint32_t at = 0;
    for (uint32_t i = 0; i < tokens.len; i++) {
        assert_int_equal(tokens.ptr[i].start, at);
        assert_true(tokens.ptr[i].end > at);
        at = tokens.ptr[i].end;
    }
    assert_int_equal(at, text.len);
    rwg__vec_free(&tokens, &mem);
    assert_int_equal(mem.used, 0);
}
