/* Stylesheets, by their tokens (CSS Syntax Level 3).
 *
 * A tree is not needed to find what a stylesheet names, and tree-sitter-css knows neither `layer()`
 * nor `supports()` of @import; so this is a scanner. It reads:
 *
 *     @import "a.css" layer(x) supports(...) print;     css-import, the conditions as attributes
 *     @import url(a.css);                               css-import
 *     url(x.png)  url("x.png")  image-set("x.png" 1x)   css-url
 *     composes: a b from "c.css";  @value a from "c";   css-import, with the names (CSS modules)
 *
 * data: URLs and fragments name no file and are left out. */
#include "syntax/read_css.h"

#include <rwgraph/diag.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"
#include "syntax/byte_class.h"

typedef struct css {
    rwg__record_builder *out;
    rwg_str text;
    uint32_t at;
    uint32_t depth; /* of braces */
    uint32_t line_at;
    uint32_t line;
    rwg__buf value; /* of the last string or url */
    rwg__buf extra;
} css;

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool is_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '\\' || (unsigned char)c >= 0x80;
}

static char peek(const css *c, uint32_t ahead) {
    return c->text.len - c->at > ahead ? c->text.ptr[c->at + ahead] : 0;
}

static bool at_end(const css *c) {
    return c->at >= c->text.len;
}

static bool equals_ignoring_case(rwg_str text, const char *lower) {
    for (uint32_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        c = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
        if (lower[i] != c) {
            return false; /* also at its NUL */
        }
    }
    return lower[text.len] == 0;
}

/* Whitespace and comments. */
static void skip_space(css *c) {
    while (!at_end(c)) {
        if (is_space(peek(c, 0))) {
            c->at++;
        } else if (peek(c, 0) == '/' && peek(c, 1) == '*') {
            c->at += 2;
            while (!at_end(c) && !(peek(c, 0) == '*' && peek(c, 1) == '/')) {
                c->at++;
            }
            c->at = at_end(c) ? c->text.len : c->at + 2;
        } else {
            return;
        }
    }
}

/* At a backslash. */
static void read_escape(css *c) {
    c->at++;
    uint32_t code = 0;
    int digits = 0;
    while (digits < 6 && rwg__hex_digit(peek(c, 0)) >= 0) {
        code = code * 16 + (uint32_t)rwg__hex_digit(peek(c, 0));
        c->at++;
        digits++;
    }
    if (digits > 0) {
        rwg__buf_utf8(&c->value, rwg__css_code_point(code));
        if (is_space(peek(c, 0))) {
            c->at++;
        }
    } else if (!at_end(c)) {
        if (peek(c, 0) != '\n') {
            rwg__buf_char(&c->value, peek(c, 0));
        }
        c->at++;
    }
}

/* At a quote: the value, and the place with its quotes. A string ends at the line's end at the
 * latest. */
static rwg_span read_string(css *c) {
    rwg_span span = {c->at, c->at};
    char quote = peek(c, 0);
    c->at++;
    rwg__buf_clear(&c->value);
    while (!at_end(c) && peek(c, 0) != quote && peek(c, 0) != '\n') {
        if (peek(c, 0) == '\\') {
            read_escape(c);
        } else {
            rwg__buf_char(&c->value, peek(c, 0));
            c->at++;
        }
    }
    c->at += !at_end(c) && peek(c, 0) == quote;
    span.end = c->at;
    return span;
}

/* Behind `url(`: a string or bare text, up to the bracket. */
static rwg_span read_url(css *c) {
    while (is_space(peek(c, 0))) {
        c->at++;
    }
    rwg_span span = {c->at, c->at};
    if (peek(c, 0) == '"' || peek(c, 0) == '\'') {
        span = read_string(c);
    } else {
        rwg__buf_clear(&c->value);
        while (!at_end(c) && peek(c, 0) != ')' && !is_space(peek(c, 0))) {
            if (peek(c, 0) == '\\') {
                read_escape(c);
            } else {
                rwg__buf_char(&c->value, peek(c, 0));
                c->at++;
            }
        }
        span.end = c->at;
    }
    while (!at_end(c) && peek(c, 0) != ')') {
        c->at++;
    }
    c->at += !at_end(c);
    return span;
}

static uint32_t line_at(css *c, uint32_t offset) {
    for (; c->line_at < offset; c->line_at++) {
        char at = c->text.ptr[c->line_at];
        bool lone =
            at == '\r' && (c->line_at + 1 == c->text.len || c->text.ptr[c->line_at + 1] != '\n');
        c->line += at == '\n' || at == '\f' || lone;
    }
    return c->line + 1;
}

/* c->value as an import; NULL when it names no file. */
static rwg_import *add_import(css *c, rwg_import_kind kind, rwg_span span) {
    rwg_str value = rwg__buf_str(&c->value);
    bool data = value.len >= 5 && equals_ignoring_case(rwg__str_sub(value, 0, 5), "data:");
    if (value.len == 0 || value.ptr[0] == '#' || data || value.len > RWG_LIMIT_SPECIFIER) {
        return NULL;
    }
    if (c->out->imports.len >= RWG_LIMIT_IMPORTS) {
        if (c->out->imports.len == RWG_LIMIT_IMPORTS && c->out->diags.len == 0) {
            rwg__record_diag(
                c->out,
                RWG_DIAG_IMPORT_LIMIT,
                RWG_SEVERITY_ERROR,
                span,
                "imports from here on are left out: the file has more than %u",
                RWG_LIMIT_IMPORTS
            );
        }
        return NULL;
    }
    rwg_ref specifier = rwg__record_str(c->out, value);
    rwg_import *import = rwg__record_import(c->out);
    import->kind = (uint8_t)kind;
    import->specifier = specifier;
    import->span = span;
    import->line = line_at(c, span.start);
    import->flags = kind == RWG_IMPORT_CSS_IMPORT ? RWG_IMPORT_SIDE_EFFECT : 0;
    return import;
}

static rwg_str read_name(css *c) {
    uint32_t start = c->at;
    while (!at_end(c) && is_name(peek(c, 0))) {
        c->at += peek(c, 0) == '\\' && c->text.len - c->at > 1 ? 2 : 1;
    }
    return rwg__str_sub(c->text, start, c->at);
}

/* Behind a `(`: up to its `)`, strings respected. */
static rwg_str read_brackets(css *c) {
    uint32_t start = c->at;
    uint32_t open = 1;
    while (!at_end(c)) {
        char b = peek(c, 0);
        if (b == '"' || b == '\'') {
            read_string(c);
            continue;
        }
        open += b == '(';
        open -= b == ')';
        if (open == 0) {
            break;
        }
        c->at++;
    }
    rwg_str inside = rwg__str_sub(c->text, start, c->at);
    c->at += !at_end(c);
    return inside;
}

static void add_condition(css *c, const char *key, rwg_str value) {
    if (c->extra.bytes.len) {
        rwg__buf_char(&c->extra, '\n');
    }
    rwg__buf_add(&c->extra, rwg__str_c(key));
    rwg__buf_char(&c->extra, '=');
    for (uint32_t i = 0; i < value.len; i++) { /* one line each */
        rwg__buf_char(&c->extra, is_space(value.ptr[i]) ? ' ' : value.ptr[i]);
    }
}

/* What follows the target of @import: [layer | layer(x)] [supports(...)] [media queries] ; */
static void read_conditions(css *c) {
    rwg__buf_clear(&c->extra);
    for (;;) {
        skip_space(c);
        uint32_t start = c->at;
        rwg_str name = read_name(c);
        bool call = peek(c, 0) == '(';
        if (equals_ignoring_case(name, "layer")) {
            c->at += call;
            add_condition(c, "layer", call ? read_brackets(c) : (rwg_str){NULL, 0});
        } else if (call && equals_ignoring_case(name, "supports")) {
            c->at++;
            add_condition(c, "supports", read_brackets(c));
        } else {
            c->at = start;
            break;
        }
    }
    uint32_t start = c->at;
    while (!at_end(c) && peek(c, 0) != ';' && peek(c, 0) != '{' && peek(c, 0) != '}') {
        c->at++;
    }
    uint32_t end = c->at;
    while (end > start && is_space(c->text.ptr[end - 1])) {
        end--;
    }
    if (end > start) {
        add_condition(c, "media", rwg__str_sub(c->text, start, end));
    }
}

static void read_import(css *c) {
    skip_space(c);
    rwg_span span;
    if (peek(c, 0) == '"' || peek(c, 0) == '\'') {
        span = read_string(c);
    } else if (equals_ignoring_case(read_name(c), "url") && peek(c, 0) == '(') {
        c->at++;
        span = read_url(c);
    } else {
        return;
    }
    if (!add_import(c, RWG_IMPORT_CSS_IMPORT, span)) {
        return;
    }
    uint32_t index = c->out->imports.len - 1;
    read_conditions(c);
    rwg_ref attributes = rwg__record_str(c->out, rwg__buf_str(&c->extra));
    c->out->imports.ptr[index].attributes = attributes;
}

/* `a b from "s"` behind `composes:` and `@value`: CSS modules take names from another file. */
static void read_composes(css *c) {
    RWG_VEC(rwg_ref) names = {0};
    for (;;) {
        skip_space(c);
        rwg_str name = read_name(c);
        if (name.len == 0) {
            bool between = peek(c, 0) == ',' || peek(c, 0) == '(' || peek(c, 0) == ')';
            if (!between) {
                break;
            }
            c->at++;
            continue;
        }
        skip_space(c);
        if (equals_ignoring_case(name, "from") && (peek(c, 0) == '"' || peek(c, 0) == '\'')) {
            rwg_import *import = add_import(c, RWG_IMPORT_CSS_IMPORT, read_string(c));
            for (uint32_t i = 0; import && i < names.len; i++) {
                *rwg__record_name(c->out) = (rwg_name){names.ptr[i], names.ptr[i], 0};
                import->name_count++;
            }
            if (import && names.len) {
                import->flags &= (uint8_t)~RWG_IMPORT_SIDE_EFFECT;
            }
            break;
        }
        rwg_ref ref = rwg__record_str(c->out, name);
        *rwg__vec_push(&names, c->out->mem) = ref;
    }
    rwg__vec_free(&names, c->out->mem);
}

/* image-set("a.png" 1x, url(b.png) 2x): strings are URLs there. */
static void read_image_set(css *c) {
    uint32_t open = 1;
    while (!at_end(c) && open > 0) {
        char b = peek(c, 0);
        if (b == '"' || b == '\'') {
            rwg_span span = read_string(c);
            if (open == 1) { /* not the string of type("image/avif") */
                add_import(c, RWG_IMPORT_CSS_URL, span);
            }
        } else if (is_name(b)) {
            rwg_str name = read_name(c);
            if (peek(c, 0) == '(' && equals_ignoring_case(name, "url")) {
                c->at++;
                rwg_span span = read_url(c);
                add_import(c, RWG_IMPORT_CSS_URL, span);
            }
        } else {
            open += b == '(';
            open -= b == ')';
            c->at++;
        }
    }
}

static void read_at_rule(css *c) {
    c->at++;
    rwg_str name = read_name(c);
    if (equals_ignoring_case(name, "import")) {
        if (c->depth == 0) {
            read_import(c);
        }
    } else if (equals_ignoring_case(name, "value")) {
        read_composes(c);
    } else if (equals_ignoring_case(name, "namespace")) {
        while (!at_end(c) && peek(c, 0) != ';') {
            c->at++;
        }
    }
}

static void read_word(css *c) {
    rwg_str name = read_name(c);
    if (peek(c, 0) == '(') {
        c->at++;
        if (equals_ignoring_case(name, "url")) {
            rwg_span span = read_url(c);
            add_import(c, RWG_IMPORT_CSS_URL, span);
        } else if (equals_ignoring_case(name, "image-set") || equals_ignoring_case(name, "-webkit-image-set")) {
            read_image_set(c);
        }
        return;
    }
    if (c->depth > 0 && equals_ignoring_case(name, "composes")) {
        skip_space(c);
        if (peek(c, 0) == ':') {
            c->at++;
            read_composes(c);
        }
    }
}

void rwg__read_css(rwg__record_builder *out, rwg__mem *mem, rwg_str text) {
    css c = {.out = out, .text = text};
    rwg__buf_init(&c.value, mem);
    rwg__buf_init(&c.extra, mem);
    if (rwg__str_starts(text, RWG_STR("\xEF\xBB\xBF"))) {
        c.at = 3;
    }
    for (skip_space(&c); !at_end(&c); skip_space(&c)) {
        char b = peek(&c, 0);
        if (b == '"' || b == '\'') {
            read_string(&c);
        } else if (b == '@') {
            read_at_rule(&c);
        } else if (is_name(b)) {
            read_word(&c);
        } else {
            c.depth += b == '{';
            c.depth -= b == '}' && c.depth > 0;
            c.at++;
        }
    }
    rwg__buf_deinit(&c.value);
    rwg__buf_deinit(&c.extra);
}
