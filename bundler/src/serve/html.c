/* Pages: what is put into them and what is rewritten. Everything else is copied as it stands. */
#include "serve/html.h"

#include "base/str.h"
#include "serve/html_scan.h"

#include <stdio.h>
#include <string.h>

/* The longest NAME of %NAME%. */
#define VAR_NAME 128

/* An opening <script type=module> without src: its text is a module of its own. */
static bool is_inline_module(const rwb__html_token *t) {
    return t->kind == RWB__HTML_OPEN_TAG && rwb__html_same(t->name, "script") &&
           rwb__html_is(t, "type", "module") && !rwb__html_find(t, "src");
}

static bool is_blank(rwg_str text) {
    for (uint32_t i = 0; i < text.len; i++) {
        if (!rwb__html_is_space(text.ptr[i])) {
            return false;
        }
    }
    return true;
}

/* ── Text ────────────────────────────────────────────────────────────────────────────────────── */

void rwb__html_escape(rwg__buf *out, rwg_str text) {
    for (uint32_t i = 0; i < text.len; i++) {
        switch (text.ptr[i]) {
        case '&': rwg__buf_add(out, RWG_STR("&amp;")); break;
        case '<': rwg__buf_add(out, RWG_STR("&lt;")); break;
        case '>': rwg__buf_add(out, RWG_STR("&gt;")); break;
        case '"': rwg__buf_add(out, RWG_STR("&quot;")); break;
        case '\'': rwg__buf_add(out, RWG_STR("&#39;")); break;
        default: rwg__buf_char(out, text.ptr[i]); break;
        }
    }
}

/* A path as part of a URL in an attribute: all but plain characters escaped. */
static void add_url(rwg__buf *out, rwg_str path) {
    static const char SAFE[] = "-._~/@:+,=!$*();";
    for (uint32_t i = 0; i < path.len; i++) {
        char c = path.ptr[i];
        if (rwb__html_is_letter(c) || (c >= '0' && c <= '9') || (c != '\0' && strchr(SAFE, c))) {
            rwg__buf_char(out, c);
        } else {
            rwg__buf_printf(out, "%%%02X", (unsigned)(unsigned char)c);
        }
    }
}

static const rwg_str *find_var(const rwb__html_options *options, rwg_str name) {
    for (uint32_t i = 0; i < options->var_count; i++) {
        if (rwg__str_eq(options->vars[i].name, name)) {
            return &options->vars[i].value;
        }
    }
    return NULL;
}

void rwb__html_replace_vars(
    rwg__buf *out, rwg_str text, const rwb__html_options *options, bool escape
) {
    uint32_t copied = 0;
    uint32_t open = UINT32_MAX; // the last % that may begin a name
    for (uint32_t i = 0; options->var_count > 0 && i < text.len; i++) {
        if (text.ptr[i] != '%') {
            continue;
        }
        const rwg_str *value = open != UINT32_MAX && i - open - 1 <= VAR_NAME
                                   ? find_var(options, rwg__str_sub(text, open + 1, i))
                                   : NULL;
        if (!value) {
            open = i;
            continue;
        }
        rwg__buf_add(out, rwg__str_sub(text, copied, open));
        if (escape) {
            rwb__html_escape(out, *value);
        } else {
            rwg__buf_add(out, *value);
        }
        copied = i + 1;
        open = UINT32_MAX;
    }
    rwg__buf_add(out, rwg__str_from(text, copied));
}

/* ── The transform ───────────────────────────────────────────────────────────────────────────── */

typedef struct transform {
    rwg_str html;
    const rwb__html_options *options;
    rwg__buf *out;
    uint32_t scripts; /* inline module scripts so far */
} transform;

/* Where our tags go: behind an import map, which must come before any module; else behind <head>,
 * <html>, the doctype; else at the start. */
static uint32_t find_insertion(rwg_str html) {
    rwb__html_scanner s = {.html = html, .raw = {"", 0}};
    rwb__html_token t;
    uint32_t at = 0;
    uint32_t rank = 0; // 1 doctype, 2 html, 3 head
    bool in_map = false;
    while (rwb__html_next(&s, &t)) {
        if (t.kind == RWB__HTML_COMMENT && rank == 0 &&
            !rwg__str_starts(rwg__str_from(html, t.span.start), RWG_STR("<!--"))) {
            at = t.span.end;
            rank = 1;
        } else if (t.kind == RWB__HTML_OPEN_TAG && rwb__html_same(t.name, "html") && rank < 2) {
            at = t.span.end;
            rank = 2;
        } else if (t.kind == RWB__HTML_OPEN_TAG && rwb__html_same(t.name, "head") && rank < 3) {
            at = t.span.end;
            rank = 3;
        } else if (t.kind == RWB__HTML_OPEN_TAG && rwb__html_same(t.name, "script") && rwb__html_is(&t, "type", "importmap")) {
            in_map = true;
        } else if (t.kind == RWB__HTML_CLOSE_TAG && in_map) {
            return t.span.end;
        }
    }
    return at;
}

static void add_nonce(transform *t) {
    if (t->options->nonce.len > 0) {
        rwg__buf_add(t->out, RWG_STR(" nonce=\""));
        rwb__html_escape(t->out, t->options->nonce);
        rwg__buf_char(t->out, '"');
    }
}

static void insert_tags(transform *t) {
    const rwb__html_options *o = t->options;
    if (o->client.len > 0) {
        rwg__buf_add(t->out, RWG_STR("\n<script type=\"module\""));
        add_nonce(t);
        rwg__buf_add(t->out, RWG_STR(" src=\""));
        rwb__html_escape(t->out, o->base);
        rwb__html_escape(t->out, o->client.ptr[0] == '/' ? rwg__str_from(o->client, 1) : o->client);
        rwg__buf_add(t->out, RWG_STR("\"></script>"));
    }
    if (o->preamble.len > 0) {
        rwg__buf_add(t->out, RWG_STR("\n<script type=\"module\""));
        add_nonce(t);
        rwg__buf_char(t->out, '>');
        rwg__buf_add(t->out, o->preamble);
        rwg__buf_add(t->out, RWG_STR("</script>"));
    }
    for (uint32_t i = 0; i < o->preload_count; i++) {
        rwg__buf_add(t->out, RWG_STR("\n<link rel=\"modulepreload\""));
        add_nonce(t);
        rwg__buf_add(t->out, RWG_STR(" href=\""));
        rwb__html_escape(t->out, o->preloads[i]);
        rwg__buf_add(t->out, RWG_STR("\">"));
    }
}

static bool has_url(rwg_str tag, rwg_str name) {
    static const struct {
        const char *tag;
        const char *attribute;
    } URLS[] = {
        {"audio", "src"},
        {"embed", "src"},
        {"image", "href"},
        {"image", "xlink:href"},
        {"img", "src"},
        {"img", "srcset"},
        {"input", "src"},
        {"link", "href"},
        {"link", "imagesrcset"},
        {"object", "data"},
        {"script", "src"},
        {"source", "src"},
        {"source", "srcset"},
        {"track", "src"},
        {"use", "href"},
        {"use", "xlink:href"},
        {"video", "poster"},
        {"video", "src"},
    };

    for (size_t i = 0; i < sizeof URLS / sizeof URLS[0]; i++) {
        if (rwb__html_same(tag, URLS[i].tag) && rwb__html_same(name, URLS[i].attribute)) {
            return true;
        }
    }
    return false;
}

/* True for "/x", not for "//host/x", and not for what is behind the base already. */
static bool needs_base(const transform *t, rwg_str url) {
    return t->options->base.len > 1 && url.len > 0 && url.ptr[0] == '/' &&
           !(url.len > 1 && url.ptr[1] == '/') && !rwg__str_starts(url, t->options->base);
}

static void add_with_base(transform *t, rwg_str url) {
    if (needs_base(t, url)) {
        rwb__html_escape(t->out, t->options->base);
        url = rwg__str_from(url, 1);
    }
    rwb__html_replace_vars(t->out, url, t->options, true);
}

/* "/a.png 1x, /b.png 2x" */
static void add_srcset(transform *t, rwg_str value) {
    bool begins = true;
    uint32_t i = 0;
    while (i < value.len) {
        uint32_t end = i;
        while (end < value.len && !rwb__html_is_space(value.ptr[end]) &&
               (end == i || value.ptr[end] != ',')) {
            end++;
        }
        if (end == i) {
            rwg__buf_char(t->out, value.ptr[i++]);
            continue;
        }
        if (begins && value.ptr[i] != ',') {
            add_with_base(t, rwg__str_sub(value, i, end));
            begins = false;
        } else {
            rwg__buf_add(t->out, rwg__str_sub(value, i, end));
            begins = begins || value.ptr[i] == ',';
        }
        if (end < value.len && value.ptr[end] == ',') {
            rwg__buf_char(t->out, ',');
            begins = true;
            end++;
        }
        i = end;
    }
}

static bool wants_nonce(const rwb__html_token *t) {
    const rwb__html_attribute *rel = rwb__html_find(t, "rel");
    return rwb__html_same(t->name, "script") || rwb__html_same(t->name, "style") ||
           (rwb__html_same(t->name, "link") && rel &&
            (rwb__html_same(rel->value, "stylesheet") || rwb__html_same(rel->value, "modulepreload")
            ));
}

/* A tag with its addresses rewritten. */
static void add_tag(transform *t, const rwb__html_token *tag) {
    uint32_t copied = tag->span.start;
    if (wants_nonce(tag) && !rwb__html_find(tag, "nonce")) {
        rwg__buf_add(t->out, rwg__str_sub(t->html, copied, tag->name_end));
        add_nonce(t);
        copied = tag->name_end;
    }
    for (uint32_t i = 0; i < tag->count; i++) {
        const rwb__html_attribute *a = &tag->attributes[i];
        if (!a->has_value || !has_url(tag->name, a->name)) {
            continue;
        }
        rwb__html_replace_vars(
            t->out, rwg__str_sub(t->html, copied, a->value_start), t->options, true
        );
        if (rwb__html_same(a->name, "srcset") || rwb__html_same(a->name, "imagesrcset")) {
            add_srcset(t, a->value);
        } else {
            add_with_base(t, a->value);
        }
        copied = a->value_start + a->value.len;
    }
    rwb__html_replace_vars(t->out, rwg__str_sub(t->html, copied, tag->span.end), t->options, true);
}

/* <script type="module" …> as a reference to its own text. */
static void add_inline_module(transform *t, const rwb__html_token *tag) {
    const rwb__html_options *o = t->options;
    rwg__buf_add(t->out, rwg__str_sub(t->html, tag->span.start, tag->name_end));
    if (!rwb__html_find(tag, "nonce")) {
        add_nonce(t);
    }
    rwg__buf_add(t->out, RWG_STR(" src=\""));
    rwb__html_escape(t->out, o->base);
    add_url(t->out, o->url.len > 0 && o->url.ptr[0] == '/' ? rwg__str_from(o->url, 1) : o->url);
    rwg__buf_printf(t->out, "?html-proxy&amp;index=%u.js", t->scripts);
    if (o->version.len > 0) {
        rwg__buf_add(t->out, RWG_STR("&amp;t="));
        add_url(t->out, o->version);
    }
    rwg__buf_char(t->out, '"');
    rwg__buf_add(t->out, rwg__str_sub(t->html, tag->name_end, tag->span.end));
}

static void transform_token(transform *t, const rwb__html_token *tok, bool *in_module) {
    rwg_str text = rwg__str_sub(t->html, tok->span.start, tok->span.end);
    switch (tok->kind) {
    case RWB__HTML_COMMENT: rwg__buf_add(t->out, text); break;
    case RWB__HTML_TEXT: rwb__html_replace_vars(t->out, text, t->options, true); break;
    case RWB__HTML_RAW_TEXT:
        if (!*in_module) {
            // A script's text is no markup: a value stands there as it is.
            bool markup =
                rwb__html_same(tok->name, "title") || rwb__html_same(tok->name, "textarea");
            rwb__html_replace_vars(t->out, text, t->options, markup);
        }
        break;
    case RWB__HTML_CLOSE_TAG:
        *in_module = false;
        rwg__buf_add(t->out, text);
        break;
    case RWB__HTML_OPEN_TAG: add_tag(t, tok); break;
    }
}

void rwb__html_transform(rwg_str html, const rwb__html_options *options, rwg__buf *out) {
    transform t = {html, options, out, 0};
    uint32_t insertion = find_insertion(html);
    rwb__html_scanner s = {.html = html, .raw = {"", 0}};
    rwb__html_token tok;
    bool in_module = false;
    if (insertion == 0) {
        insert_tags(&t);
    }
    while (rwb__html_next(&s, &tok)) {
        if (is_inline_module(&tok)) {
            rwb__html_scanner ahead = s;
            rwb__html_token text;
            bool has_text = rwb__html_next(&ahead, &text) && text.kind == RWB__HTML_RAW_TEXT &&
                            !is_blank(rwg__str_sub(html, text.span.start, text.span.end));
            if (has_text) {
                add_inline_module(&t, &tok);
                t.scripts++;
                in_module = true;
                continue;
            }
        }
        transform_token(&t, &tok, &in_module);
        if (tok.span.end == insertion) {
            insert_tags(&t);
        }
    }
}

bool rwb__html_inline_script(rwg_str html, uint32_t index, rwg_span *out) {
    rwb__html_scanner s = {.html = html, .raw = {"", 0}};
    rwb__html_token t;
    bool in_module = false;
    *out = (rwg_span){0, 0};
    while (rwb__html_next(&s, &t)) {
        if (in_module && t.kind == RWB__HTML_RAW_TEXT &&
            !is_blank(rwg__str_sub(html, t.span.start, t.span.end)) && index-- == 0) {
            *out = t.span;
            return true;
        }
        in_module = is_inline_module(&t);
    }
    return false;
}

void rwb__html_sources(rwg_str html, void (*fn)(void *payload, rwg_str url), void *payload) {
    rwb__html_scanner s = {.html = html, .raw = {"", 0}};
    rwb__html_token t;
    while (rwb__html_next(&s, &t)) {
        if (t.kind != RWB__HTML_OPEN_TAG) {
            continue;
        }
        const rwb__html_attribute *url = NULL;
        if (rwb__html_same(t.name, "script") && rwb__html_is(&t, "type", "module")) {
            url = rwb__html_find(&t, "src");
        } else if (rwb__html_same(t.name, "link") && (rwb__html_is(&t, "rel", "stylesheet") || rwb__html_is(&t, "rel", "modulepreload"))) {
            url = rwb__html_find(&t, "href");
        }
        if (url && url->value.len > 0) {
            fn(payload, url->value);
        }
    }
}

/* ── The error page ──────────────────────────────────────────────────────────────────────────── */

static void add_block(rwg__buf *out, const char *class, rwg_str text) {
    if (text.len > 0) {
        rwg__buf_printf(out, "<pre class=\"%s\">", class);
        rwb__html_escape(out, text);
        rwg__buf_add(out, RWG_STR("</pre>\n"));
    }
}

void rwb__html_error_page(const rwb__html_error *error, rwg__buf *out) {
    static const char STYLE[] =
        "body{font:16px/1.5 system-ui,sans-serif;margin:3rem auto;max-width:60rem;padding:0 1rem;"
        "color:#1b1b1f;background:#fff}h1{font-size:1.25rem;color:#b3261e}"
        "pre{font:14px/1.5 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere;"
        "background:#f4f4f6;padding:.75rem 1rem;border-radius:6px}.message{background:none;"
        "padding:0;font-weight:600}.stack{color:#5c5c66}"
        "@media(prefers-color-scheme:dark){body{color:#e6e6ea;background:#1b1b1f}"
        "pre{background:#26262b}h1{color:#f2b8b5}.stack{color:#a0a0ab}}";
    rwb__html_options options = {.nonce = error->nonce};
    transform t = {.options = &options, .out = out};
    rwg__buf_add(
        out,
        RWG_STR("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width\">\n<title>")
    );
    rwb__html_escape(out, error->title);
    rwg__buf_add(out, RWG_STR("</title>\n<style"));
    add_nonce(&t);
    rwg__buf_char(out, '>');
    rwg__buf_add(out, RWG_STR(STYLE));
    rwg__buf_add(out, RWG_STR("</style>\n"));
    if (error->client.len > 0) {
        rwg__buf_add(out, RWG_STR("<script type=\"module\""));
        add_nonce(&t);
        rwg__buf_add(out, RWG_STR(" src=\""));
        rwb__html_escape(out, error->client);
        rwg__buf_add(out, RWG_STR("\"></script>\n"));
    }
    rwg__buf_add(out, RWG_STR("</head>\n<body>\n<h1>"));
    rwb__html_escape(out, error->title);
    rwg__buf_add(out, RWG_STR("</h1>\n"));
    add_block(out, "message", error->message);
    add_block(out, "file", error->file);
    add_block(out, "frame", error->frame);
    add_block(out, "stack", error->stack);
    rwg__buf_add(out, RWG_STR("</body>\n</html>\n"));
}
