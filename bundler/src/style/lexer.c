/* The tokenizer of CSS Syntax Level 3, section 4.3. Each step looks at most three bytes ahead. */
#include "style/lexer.h"

#include "base/str.h"

typedef struct lexer {
    rwg_str text;
    uint32_t at;
} lexer;

static char peek(const lexer *l, uint32_t ahead) {
    return l->text.len - l->at > ahead ? l->text.ptr[l->at + ahead] : '\0';
}

static bool ended(const lexer *l) {
    return l->at >= l->text.len;
}

static bool is_newline(char c) {
    return c == '\n' || c == '\r' || c == '\f';
}

static bool is_space(char c) {
    return is_newline(c) || c == ' ' || c == '\t';
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

bool rwb__style_is_name(char c) {
    return is_name_start(c) || is_digit(c) || c == '-';
}

static bool escape_at(const lexer *l, uint32_t ahead) {
    return peek(l, ahead) == '\\' && l->text.len - l->at > ahead + 1 &&
           !is_newline(peek(l, ahead + 1));
}

static bool ident_at(const lexer *l, uint32_t ahead) {
    char c = peek(l, ahead);
    if (c == '-') {
        char next = peek(l, ahead + 1);
        return is_name_start(next) || next == '-' || escape_at(l, ahead + 1);
    }
    return is_name_start(c) || escape_at(l, ahead);
}

static bool number_at(const lexer *l) {
    uint32_t ahead = peek(l, 0) == '+' || peek(l, 0) == '-';
    return is_digit(peek(l, ahead)) || (peek(l, ahead) == '.' && is_digit(peek(l, ahead + 1)));
}

/* At a valid escape. */
static void skip_escape(lexer *l) {
    l->at++;
    if (rwg__hex_digit(peek(l, 0)) < 0) {
        l->at++;
        return;
    }
    for (int i = 0; i < 6 && rwg__hex_digit(peek(l, 0)) >= 0; i++) {
        l->at++;
    }
    if (peek(l, 0) == '\r' && peek(l, 1) == '\n') {
        l->at += 2;
    } else if (is_space(peek(l, 0))) {
        l->at++;
    }
}

static void skip_name(lexer *l) {
    while (!ended(l)) {
        if (rwb__style_is_name(peek(l, 0))) {
            l->at++;
        } else if (escape_at(l, 0)) {
            skip_escape(l);
        } else {
            return;
        }
    }
}

static void skip_string(lexer *l) {
    char quote = peek(l, 0);
    l->at++;
    while (!ended(l) && peek(l, 0) != quote && !is_newline(peek(l, 0))) {
        if (peek(l, 0) == '\\') {
            l->at += peek(l, 1) == '\r' && peek(l, 2) == '\n' ? 2 : 1;
            l->at += !ended(l);
        } else {
            l->at++;
        }
    }
    l->at += !ended(l) && peek(l, 0) == quote;
}

static void skip_number(lexer *l) {
    l->at += peek(l, 0) == '+' || peek(l, 0) == '-';
    while (is_digit(peek(l, 0))) {
        l->at++;
    }
    if (peek(l, 0) == '.' && is_digit(peek(l, 1))) {
        l->at++;
        while (is_digit(peek(l, 0))) {
            l->at++;
        }
    }
    bool exponent = peek(l, 0) == 'e' || peek(l, 0) == 'E';
    uint32_t sign = peek(l, 1) == '+' || peek(l, 1) == '-';
    if (exponent && is_digit(peek(l, 1 + sign))) {
        l->at += 1 + sign;
        while (is_digit(peek(l, 0))) {
            l->at++;
        }
    }
    if (peek(l, 0) == '%') {
        l->at++;
    } else if (ident_at(l, 0)) {
        skip_name(l);
    }
}

/* Behind a name. `url(` is a token of its own unless a string follows. */
static rwb__style_kind finish_name(lexer *l, uint32_t start) {
    if (peek(l, 0) != '(') {
        return RWB__STYLE_IDENT;
    }
    rwg_str name = rwg__str_sub(l->text, start, l->at);
    l->at++;
    if (!rwb__style_is(name, "url")) {
        return RWB__STYLE_FUNCTION;
    }
    uint32_t space = 0;
    while (is_space(peek(l, space))) {
        space++;
    }
    if (peek(l, space) == '"' || peek(l, space) == '\'') {
        return RWB__STYLE_FUNCTION;
    }
    while (!ended(l) && peek(l, 0) != ')') {
        if (escape_at(l, 0)) {
            skip_escape(l);
        } else {
            l->at++;
        }
    }
    l->at += !ended(l);
    return RWB__STYLE_URL;
}

static rwb__style_kind lex_one(lexer *l, rwb__style_token *token) {
    char c = peek(l, 0);
    uint32_t start = l->at;
    if (is_space(c)) {
        while (is_space(peek(l, 0))) {
            l->at++;
        }
        return RWB__STYLE_SPACE;
    }
    if (c == '/' && peek(l, 1) == '*') {
        l->at += 2;
        while (!ended(l) && !(peek(l, 0) == '*' && peek(l, 1) == '/')) {
            l->at++;
        }
        l->at = ended(l) ? l->text.len : l->at + 2;
        return RWB__STYLE_COMMENT;
    }
    if (c == '"' || c == '\'') {
        skip_string(l);
        return RWB__STYLE_STRING;
    }
    if (number_at(l)) {
        skip_number(l);
        return RWB__STYLE_NUMBER;
    }
    if (ident_at(l, 0)) {
        skip_name(l);
        return finish_name(l, start);
    }
    bool at_name = l->text.len - l->at > 1;
    if (c == '@' && ident_at(l, 1)) {
        l->at++;
        skip_name(l);
        return RWB__STYLE_AT;
    }
    if (c == '#' && at_name && (rwb__style_is_name(peek(l, 1)) || escape_at(l, 1))) {
        token->id = ident_at(l, 1);
        l->at++;
        skip_name(l);
        return RWB__STYLE_HASH;
    }
    l->at++;
    if (c == '(' || c == '[' || c == '{') {
        return RWB__STYLE_OPEN;
    }
    return c == ')' || c == ']' || c == '}' ? RWB__STYLE_CLOSE : RWB__STYLE_DELIM;
}

void rwb__style_lex(rwg__mem *mem, rwg_str text, rwb__style_tokens *out) {
    lexer l = {.text = text};
    while (!ended(&l)) {
        rwb__style_token token = {.start = l.at};
        token.kind = (uint8_t)lex_one(&l, &token);
        l.at = l.at > text.len ? text.len : l.at;
        token.end = l.at;
        *rwg__vec_push(out, mem) = token;
    }
}

/* --- values --- */

void rwb__style_unescape(rwg_str raw, rwg__buf *out) {
    if (raw.len > 0 && (raw.ptr[0] == '"' || raw.ptr[0] == '\'')) {
        bool closed = raw.len > 1 && raw.ptr[raw.len - 1] == raw.ptr[0];
        raw = rwg__str_sub(raw, 1, raw.len - closed);
    }
    lexer l = {.text = raw};
    while (!ended(&l)) {
        if (peek(&l, 0) != '\\') {
            rwg__buf_char(out, peek(&l, 0));
            l.at++;
            continue;
        }
        uint32_t start = l.at + 1;
        if (!escape_at(&l, 0)) { /* a line that goes on, or the end */
            l.at += peek(&l, 1) == '\r' && peek(&l, 2) == '\n' ? 3 : 2;
            l.at = l.at > raw.len ? raw.len : l.at;
            continue;
        }
        skip_escape(&l);
        l.at = l.at > raw.len ? raw.len : l.at;
        if (rwg__hex_digit(raw.ptr[start]) < 0) {
            rwg__buf_char(out, raw.ptr[start]);
            continue;
        }
        uint32_t code = 0;
        for (uint32_t i = start; i < l.at && rwg__hex_digit(raw.ptr[i]) >= 0; i++) {
            code = code * 16 + (uint32_t)rwg__hex_digit(raw.ptr[i]);
        }
        rwg__buf_utf8(out, rwg__css_code_point(code));
    }
}

void rwb__style_quote(rwg_str value, rwg__buf *out) {
    rwg__buf_char(out, '"');
    for (uint32_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (is_newline(c)) {
            rwg__buf_printf(out, "\\%x ", (unsigned)c);
            continue;
        }
        if (c == '"' || c == '\\') {
            rwg__buf_char(out, '\\');
        }
        rwg__buf_char(out, c);
    }
    rwg__buf_char(out, '"');
}

rwg_str rwb__style_url_inside(rwg_str token) {
    uint32_t start = rwg__str_index(token, '(');
    uint32_t end = token.len - (token.len > 0 && token.ptr[token.len - 1] == ')');
    start = start < end ? start + 1 : end;
    while (start < end && is_space(token.ptr[start])) {
        start++;
    }
    while (end > start && is_space(token.ptr[end - 1])) {
        end--;
    }
    return rwg__str_sub(token, start, end);
}

bool rwb__style_is(rwg_str text, const char *lower) {
    for (uint32_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        c = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
        if (lower[i] != c) {
            return false; /* also at its NUL */
        }
    }
    return lower[text.len] == '\0';
}
