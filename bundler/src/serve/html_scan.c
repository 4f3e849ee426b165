/* One pass over the page, a token at a time. */
#include "serve/html_scan.h"

#include "base/str.h"

#include <string.h>

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool rwb__html_same(rwg_str text, const char *expected) {
    for (uint32_t i = 0; i < text.len; i++) {
        if (expected[i] == '\0' || lower(text.ptr[i]) != expected[i]) {
            return false;
        }
    }
    return expected[text.len] == '\0';
}

bool rwb__html_is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

bool rwb__html_is_letter(char c) {
    return lower(c) >= 'a' && lower(c) <= 'z';
}

static char peek(const rwb__html_scanner *s, uint32_t ahead) {
    return s->at + ahead < s->html.len ? s->html.ptr[s->at + ahead] : '\0';
}

static void skip_spaces(rwb__html_scanner *s) {
    while (s->at < s->html.len && rwb__html_is_space(s->html.ptr[s->at])) {
        s->at++;
    }
}

/* Moves behind the next occurrence of the text, or to the end. */
static void skip_behind(rwb__html_scanner *s, const char *text) {
    size_t len = strlen(text);
    while (s->at < s->html.len) {
        if (s->html.len - s->at >= len && memcmp(s->html.ptr + s->at, text, len) == 0) {
            s->at += (uint32_t)len;
            return;
        }
        s->at++;
    }
}

static void scan_value(rwb__html_scanner *s, rwb__html_attribute *out) {
    char quote = peek(s, 0);
    out->has_value = true;
    out->quoted = quote == '"' || quote == '\'';
    s->at += out->quoted;
    uint32_t start = s->at;
    while (s->at < s->html.len) {
        char c = s->html.ptr[s->at];
        if (out->quoted ? c == quote : rwb__html_is_space(c) || c == '>') {
            break;
        }
        s->at++;
    }
    out->value_start = start;
    out->value = rwg__str_sub(s->html, start, s->at);
    s->at += out->quoted && s->at < s->html.len;
}

static void scan_attributes(rwb__html_scanner *s, rwb__html_token *out) {
    for (;;) {
        while (s->at < s->html.len && (rwb__html_is_space(s->html.ptr[s->at]) || peek(s, 0) == '/')
        ) {
            s->at++;
        }
        if (s->at == s->html.len || s->html.ptr[s->at] == '>') {
            s->at += s->at < s->html.len;
            return;
        }
        uint32_t start = s->at++;
        while (s->at < s->html.len && !rwb__html_is_space(peek(s, 0)) && peek(s, 0) != '=' &&
               peek(s, 0) != '>' && peek(s, 0) != '/') {
            s->at++;
        }
        rwb__html_attribute found = {.name = rwg__str_sub(s->html, start, s->at)};
        skip_spaces(s);
        if (peek(s, 0) == '=') {
            s->at++;
            skip_spaces(s);
            scan_value(s, &found);
        }
        if (out->count < RWB__HTML_ATTRIBUTES) {
            out->attributes[out->count++] = found;
        }
    }
}

static bool is_raw(rwg_str name) {
    return rwb__html_same(name, "script") || rwb__html_same(name, "style") ||
           rwb__html_same(name, "textarea") || rwb__html_same(name, "title");
}

static void scan_tag(rwb__html_scanner *s, rwb__html_token *out) {
    bool closes = peek(s, 1) == '/';
    s->at += closes ? 2 : 1;
    uint32_t start = s->at;
    while (s->at < s->html.len && !rwb__html_is_space(peek(s, 0)) && peek(s, 0) != '>' &&
           peek(s, 0) != '/') {
        s->at++;
    }
    out->kind = closes ? RWB__HTML_CLOSE_TAG : RWB__HTML_OPEN_TAG;
    out->name = rwg__str_sub(s->html, start, s->at);
    out->name_end = s->at;
    scan_attributes(s, out);
    if (!closes && is_raw(out->name)) {
        s->raw = out->name;
    }
}

/* Up to "</name", whatever stands there. */
static void scan_raw(rwb__html_scanner *s, rwb__html_token *out) {
    out->kind = RWB__HTML_RAW_TEXT;
    out->name = s->raw;
    while (s->at < s->html.len) {
        rwg_str rest = rwg__str_from(s->html, s->at);
        if (rest.len > s->raw.len + 2 && rest.ptr[0] == '<' && rest.ptr[1] == '/') {
            bool equal = true;
            for (uint32_t i = 0; i < s->raw.len; i++) {
                equal = equal && lower(rest.ptr[i + 2]) == lower(s->raw.ptr[i]);
            }
            char after = rest.ptr[s->raw.len + 2];
            if (equal && (rwb__html_is_space(after) || after == '>' || after == '/')) {
                break;
            }
        }
        s->at++;
    }
    s->raw = (rwg_str){"", 0};
}

/* The next token; false at the end. Tokens follow one another without gaps. */
bool rwb__html_next(rwb__html_scanner *s, rwb__html_token *out) {
    if (s->at >= s->html.len) {
        return false;
    }
    out->count = 0;
    out->kind = RWB__HTML_TEXT;
    out->name = (rwg_str){"", 0};
    out->span.start = s->at;
    if (s->raw.len > 0) {
        scan_raw(s, out);
    } else if (peek(s, 0) == '<' && (rwb__html_is_letter(peek(s, 1)) || (peek(s, 1) == '/' && rwb__html_is_letter(peek(s, 2))))) {
        scan_tag(s, out);
    } else if (peek(s, 0) == '<' && peek(s, 1) == '!') {
        out->kind = RWB__HTML_COMMENT;
        bool comment = peek(s, 2) == '-' && peek(s, 3) == '-';
        s->at += comment ? 4 : 2;
        skip_behind(s, comment ? "-->" : ">");
    } else {
        do {
            s->at++;
        } while (s->at < s->html.len && s->html.ptr[s->at] != '<');
    }
    out->span.end = s->at > s->html.len ? s->html.len : s->at;
    s->at = out->span.end;
    return true;
}

const rwb__html_attribute *rwb__html_find(const rwb__html_token *t, const char *name) {
    for (uint32_t i = 0; i < t->count; i++) {
        if (rwb__html_same(t->attributes[i].name, name)) {
            return &t->attributes[i];
        }
    }
    return NULL;
}

bool rwb__html_is(const rwb__html_token *t, const char *name, const char *value) {
    const rwb__html_attribute *found = rwb__html_find(t, name);
    return found && rwb__html_same(found->value, value);
}
