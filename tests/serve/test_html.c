// Pages: what is put in, what is rewritten, and what is left alone.

#include "base/str.h"
#include "serve/html.h"
#include "test.h"

#include <stdio.h>

static rwb__html_options standard(void) {
    return (rwb__html_options
    ){.url = RWG_STR("/index.html"), .base = RWG_STR("/"), .client = RWG_STR("/@rwgraph/client")};
}

static void assert_page(const char *html, const rwb__html_options *options, const char *expected) {
    rwg__mem mem;
    rwg__buf out;
    rwg__mem_init(&mem, NULL, 0);
    rwg__buf_init(&out, &mem);
    rwb__html_transform(rwg__str_c(html), options, &out);
    if (!rwg__str_eq_c(rwg__buf_str(&out), expected)) {
        fail_msg("got\n%.*s\nexpected\n%s", (int)out.bytes.len, out.bytes.ptr, expected);
    }
    rwg__buf_deinit(&out);
}

#define CLIENT "\n<script type=\"module\" src=\"/@rwgraph/client\"></script>"

TEST(the_client_is_the_first_script_of_the_head) {
    rwb__html_options options = standard();
    assert_page(
        "<!DOCTYPE html><html><HEAD lang=x><title>a</title>",
        &options,
        "<!DOCTYPE html><html><HEAD lang=x>" CLIENT "<title>a</title>"
    );
    assert_page("<html><body>x", &options, "<html>" CLIENT "<body>x");
    assert_page(
        "<!-- <head> --><!doctype html><p>x",
        &options,
        "<!-- <head> --><!doctype html>" CLIENT "<p>x"
    );
    assert_page("plain", &options, CLIENT "plain");
    assert_page("", &options, CLIENT);
    options.preamble = RWG_STR("import \"/@rwgraph/refresh\"");
    assert_page(
        "<head></head>",
        &options,
        "<head>" CLIENT "\n<script type=\"module\">import \"/@rwgraph/refresh\"</script></head>"
    );
}

TEST(an_import_map_stays_before_every_module) {
    rwb__html_options options = standard();
    assert_page(
        "<head><script type=importmap>{}</script><script type=module src=/a.js></script>",
        &options,
        "<head><script type=importmap>{}</script>" CLIENT "<script type=module src=/a.js></script>"
    );
}

TEST(inline_modules_become_files_and_keep_their_order) {
    rwb__html_options options = standard();
    options.client = (rwg_str){"", 0};
    static const char PAGE[] = "<script type=module>\n  one(\"</b>\")\n</script>"
                               "<script>classic()</script><script type=module> </script>"
                               "<!--<script type=module>no</script>-->"
                               "<SCRIPT async TYPE='module'>two()</SCRIPT>";
    assert_page(
        PAGE,
        &options,
        "<script src=\"/index.html?html-proxy&amp;index=0.js\" type=module></script>"
        "<script>classic()</script><script type=module> </script>"
        "<!--<script type=module>no</script>-->"
        "<SCRIPT src=\"/index.html?html-proxy&amp;index=1.js\" async TYPE='module'></SCRIPT>"
    );
    rwg_span span;
    rwg_str page = rwg__str_c(PAGE);
    assert_true(rwb__html_inline_script(page, 0, &span));
    assert_true(rwg__str_eq_c(rwg__str_sub(page, span.start, span.end), "\n  one(\"</b>\")\n"));
    assert_true(rwb__html_inline_script(page, 1, &span));
    assert_true(rwg__str_eq_c(rwg__str_sub(page, span.start, span.end), "two()"));
    assert_false(rwb__html_inline_script(page, 2, &span));
}

TEST(the_address_of_a_page_cannot_break_out_of_its_markup) {
    rwb__html_options options = standard();
    options.client = (rwg_str){"", 0};
    options.url = RWG_STR("/a\"><script>alert(1)</script>&x='%.html");
    assert_page(
        "<script type=module>x</script>",
        &options,
        "<script src=\"/a%22%3E%3Cscript%3Ealert(1)%3C/script%3E%26x=%27%25.html"
        "?html-proxy&amp;index=0.js\" type=module></script>"
    );
}

TEST(root_relative_addresses_go_behind_the_base) {
    rwb__html_options options = standard();
    options.base = RWG_STR("/app/");
    assert_page(
        "<head><link rel=stylesheet href=/a.css><img src='/b.png' srcset=\"/c.png 1x, d.png, "
        "/e.png 2x\"><a href=/f>x</a><script src=\"//cdn/x.js\"></script><img src=/app/g.png>"
        "<img src=h.png><img src>",
        &options,
        "<head>\n<script type=\"module\" src=\"/app/@rwgraph/client\"></script>"
        "<link rel=stylesheet href=/app/a.css><img src='/app/b.png' srcset=\"/app/c.png 1x, "
        "d.png, /app/e.png 2x\"><a href=/f>x</a><script src=\"//cdn/x.js\"></script>"
        "<img src=/app/g.png><img src=h.png><img src>"
    );
}

TEST(variables_are_replaced_where_they_are_known_and_escaped_in_markup) {
    static const rwb__html_var VARS[] = {
        {{"VITE_A", 6}, {"<b>&\"", 5}},
        {{"MODE", 4}, {"dev", 3}},
    };
    rwb__html_options options = standard();
    options.client = (rwg_str){"", 0};
    options.vars = VARS;
    options.var_count = 2;
    assert_page(
        "<title>%VITE_A%</title><p title=\"%MODE%\">100% %MODE%% %NONE% %%MODE%</p>"
        "<script>x = '%VITE_A%'</script><!-- %MODE% --><img src=\"/%MODE%.png\">",
        &options,
        "<title>&lt;b&gt;&amp;&quot;</title><p title=\"dev\">100% dev% %NONE% %dev</p>"
        "<script>x = '<b>&\"'</script><!-- %MODE% --><img src=\"/dev.png\">"
    );
}

TEST(a_nonce_is_put_where_none_is) {
    rwb__html_options options = standard();
    options.client = (rwg_str){"", 0};
    options.nonce = RWG_STR("n\"1");
    assert_page(
        "<script src=a></script><style>x</style><link rel=stylesheet href=b>"
        "<link rel=icon href=c><script nonce=mine></script><script type=module>x</script>",
        &options,
        "<script nonce=\"n&quot;1\" src=a></script><style nonce=\"n&quot;1\">x</style>"
        "<link nonce=\"n&quot;1\" rel=stylesheet href=b><link rel=icon href=c>"
        "<script nonce=mine></script><script nonce=\"n&quot;1\" "
        "src=\"/index.html?html-proxy&amp;index=0.js\" type=module></script>"
    );
}

TEST(what_is_no_whole_markup_is_copied) {
    static const char *const CASES[] = {
        "a < b",
        "<",
        "</",
        "<!",
        "<!--",
        "<div",
        "<div a",
        "<div a=",
        "<div a=\"x",
        "<3",
        "</3>",
        "<script>x",
        "<script",
        "<title>",
        "<br/><br a=1/>",
        "<a\nb = 'c'\td>",
        "\xff\xfe<p>",
    };
    rwb__html_options options = standard();
    options.client = (rwg_str){"", 0};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        assert_page(CASES[i], &options, CASES[i]);
    }
}

static void join_urls(void *payload, rwg_str url) {
    rwg__buf *out = payload;
    rwg__buf_add(out, url);
    rwg__buf_char(out, ' ');
}

TEST(the_modules_and_styles_of_a_page_are_listed) {
    rwg__mem mem;
    rwg__buf out;
    rwg__mem_init(&mem, NULL, 0);
    rwg__buf_init(&out, &mem);
    rwb__html_sources(
        RWG_STR("<script type=module src=/a.js></script><script src=/no.js></script>"
                "<link rel=stylesheet href=b.css><link rel=icon href=no><!--<script type=module "
                "src=no>--><link rel=modulepreload href='c.js'>"),
        join_urls,
        &out
    );
    assert_true(rwg__str_eq_c(rwg__buf_str(&out), "/a.js b.css c.js "));
    rwg__buf_deinit(&out);
}

TEST(an_error_page_shows_everything_and_runs_nothing) {
    rwg__mem mem;
    rwg__buf out;
    rwg__mem_init(&mem, NULL, 0);
    rwg__buf_init(&out, &mem);
    rwb__html_error error = {
        .title = RWG_STR("Error <1>"),
        .message = RWG_STR("</pre><script>alert(1)</script>"),
        .file = RWG_STR("/a & b.ts:3:1"),
        .frame = RWG_STR("3 | <x>"),
        .client = RWG_STR("/@rwgraph/client"),
    };
    rwb__html_error_page(&error, &out);
    rwg_str page = rwg__buf_str(&out);
    assert_true(rwg__str_contains(page, RWG_STR("Error &lt;1&gt;")));
    assert_true(rwg__str_contains(page, RWG_STR("/a &amp; b.ts:3:1")));
    assert_true(rwg__str_contains(page, RWG_STR("3 | &lt;x&gt;")));
    assert_true(rwg__str_contains(page, RWG_STR("src=\"/@rwgraph/client\"")));
    assert_false(rwg__str_contains(page, RWG_STR("<script>alert")));
    rwg__buf_deinit(&out);
}
