/* Undoes escapes. Malformed ones (`\u{`, `\x1`) keep the letter behind the backslash: the literal
 * is a syntax error that is reported elsewhere, and its text should stay recognisable. */
#include "syntax/literal.h"

#include "base/str.h"
#include "syntax/byte_class.h"

#define REPLACEMENT 0xFFFDu

typedef struct reader {
    rwg_str raw;
    uint32_t at;
} reader;

/* Exactly n digits. */
static bool read_hex(reader *r, uint32_t n, uint32_t *out) {
    uint32_t value = 0;
    if (r->raw.len - r->at < n) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        int digit = rwg__hex_digit(r->raw.ptr[r->at + i]);
        if (digit < 0) {
            return false;
        }
        value = value * 16 + (uint32_t)digit;
    }
    r->at += n;
    *out = value;
    return true;
}

/* Behind `\u`: four digits, or any number of them in braces. */
static bool read_unicode(reader *r, uint32_t *out) {
    if (r->at == r->raw.len || r->raw.ptr[r->at] != '{') {
        return read_hex(r, 4, out);
    }
    uint32_t value = 0;
    uint32_t at = r->at + 1;
    for (; at < r->raw.len && rwg__hex_digit(r->raw.ptr[at]) >= 0; at++) {
        value = value * 16 + (uint32_t)rwg__hex_digit(r->raw.ptr[at]);
        if (value > 0x10FFFF) {
            return false;
        }
    }
    if (at == r->raw.len || r->raw.ptr[at] != '}' || at == r->at + 1) {
        return false;
    }
    r->at = at + 1;
    *out = value;
    return true;
}

/* A code unit from an escape; two that form a pair are one character. */
static void add_code(rwg__buf *out, reader *r, uint32_t code) {
    if (code >= 0xD800 && code < 0xDC00) {
        reader next = *r;
        uint32_t low = 0;
        if (next.raw.len - next.at > 2 && next.raw.ptr[next.at] == '\\' &&
            next.raw.ptr[next.at + 1] == 'u') {
            next.at += 2;
            if (read_unicode(&next, &low) && low >= 0xDC00 && low < 0xE000) {
                *r = next;
                rwg__buf_utf8(out, 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00));
                return;
            }
        }
    }
    rwg__buf_utf8(out, code >= 0xD800 && code < 0xE000 ? REPLACEMENT : code);
}

static void add_octal(rwg__buf *out, reader *r, char first) {
    uint32_t value = (uint32_t)(first - '0');
    uint32_t digits = first <= '3' ? 2 : 1;
    while (digits-- && r->at < r->raw.len && r->raw.ptr[r->at] >= '0' && r->raw.ptr[r->at] <= '7') {
        value = value * 8 + (uint32_t)(r->raw.ptr[r->at++] - '0');
    }
    rwg__buf_utf8(out, value);
}

/* The length of LS or PS at the reader, else 0. */
static uint32_t separator(const reader *r) {
    rwg_str rest = rwg__str_from(r->raw, r->at);
    bool is = rest.len >= 3 && (unsigned char)rest.ptr[0] == 0xE2 &&
              (unsigned char)rest.ptr[1] == 0x80 && ((unsigned char)rest.ptr[2] & 0xFE) == 0xA8;
    return is ? 3 : 0;
}

/* The reader stands behind a backslash. */
static void add_escape(rwg__buf *out, reader *r) {
    static const char SINGLE[] = "n\nt\tr\rb\bf\fv\v";
    uint32_t skipped = separator(r);
    if (skipped) {
        r->at += skipped;
        return;
    }
    char c = r->raw.ptr[r->at++];
    uint32_t code = 0;
    if (c == '\n') {
        return;
    }
    if (c == '\r') {
        r->at += r->at < r->raw.len && r->raw.ptr[r->at] == '\n';
        return;
    }
    for (const char *pair = SINGLE; *pair; pair += 2) {
        if (*pair == c) {
            rwg__buf_char(out, pair[1]);
            return;
        }
    }
    if (c >= '0' && c <= '7') {
        add_octal(out, r, c);
    } else if (c == 'u' && read_unicode(r, &code)) {
        add_code(out, r, code);
    } else if (c == 'x' && read_hex(r, 2, &code)) {
        rwg__buf_utf8(out, code);
    } else {
        rwg__buf_char(out, c);
    }
}

void rwg__literal_add(rwg__buf *out, rwg_str raw) {
    reader r = {raw, 0};
    while (r.at < raw.len) {
        uint32_t plain = rwg__str_index(rwg__str_from(raw, r.at), '\\');
        rwg__buf_add(out, rwg__str_sub(raw, r.at, r.at + plain));
        r.at += plain;
        if (r.at < raw.len && ++r.at < raw.len) {
            add_escape(out, &r);
        }
    }
}

rwg_str rwg__literal_value(rwg__buf *scratch, rwg_str raw) {
    if (rwg__str_index(raw, '\\') == raw.len) {
        return raw;
    }
    rwg__buf_clear(scratch);
    rwg__literal_add(scratch, raw);
    return rwg__buf_str(scratch);
}
