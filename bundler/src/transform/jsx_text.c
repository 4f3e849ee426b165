/* Text of JSX: what the author typed between tags, as the string that the page will show.
 *
 * Line ends and the white space around them are layout, not content: lines are trimmed, empty ones
 * vanish, the others are joined by one space. White space inside a line is content. Character
 * references are decoded after that, so `&#32;` survives at the end of a line. */
#include "transform/jsx.h"

typedef enum space {
    SPACE_NONE,
    SPACE_BLANK,
    SPACE_LINE_END
} space;

/* The code point at `at`; bytes that are no UTF-8 count one by one. */
static uint32_t code_point(rwg_str text, uint32_t at, uint32_t *out_len) {
    const unsigned char *p = (const unsigned char *)text.ptr + at;
    uint32_t len = p[0] < 0x80 ? 1 : rwg__utf8_sequence(rwg__str_from(text, at));
    *out_len = len ? len : 1;
    switch (len) {
    case 2: return (p[0] & 0x1Fu) << 6 | (p[1] & 0x3Fu);
    case 3: return (p[0] & 0x0Fu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
    case 4:
        return (p[0] & 0x07u) << 18 | (p[1] & 0x3Fu) << 12 | (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu);
    default: return p[0];
    }
}

static space space_of(uint32_t c) {
    if (c == '\n' || c == '\r' || c == 0x2028 || c == 0x2029) {
        return SPACE_LINE_END;
    }
    bool blank = c == ' ' || c == '\t' || c == 0x0B || c == 0x0C || c == 0x85 || c == 0xA0 ||
                 c == 0x1680 || (c >= 0x2000 && c <= 0x200B) || c == 0x202F || c == 0x205F ||
                 c == 0x3000 || c == 0xFEFF;
    return blank ? SPACE_BLANK : SPACE_NONE;
}

/* &#38; and &#x26;, given without `&#` and `;`. 0: that is none. */
static uint32_t numeric(rwg_str digits) {
    uint32_t base = digits.len > 0 && digits.ptr[0] == 'x' ? 16 : 10;
    uint32_t value = 0;
    uint32_t first = base == 16 ? 1 : 0;
    for (uint32_t i = first; i < digits.len; i++) {
        char c = digits.ptr[i];
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A') + 10
                                                : 16;
        if (digit >= base || value > 0x10FFFF) {
            return 0;
        }
        value = value * base + digit;
    }
    bool is_surrogate = value >= 0xD800 && value < 0xE000;
    return digits.len == first || value > 0x10FFFF || is_surrogate ? 0 : value;
}

static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '#';
}

/* What is no character reference stays as it is written. */
static void decode(rwg__buf *out, rwg_str text) {
    uint32_t i = 0;
    while (i < text.len) {
        uint32_t end = i + 1;
        uint32_t code = 0;
        if (text.ptr[i] == '&') {
            while (end < text.len && is_word(text.ptr[end])) {
                end++;
            }
            rwg_str name = rwg__str_sub(text, i + 1, end);
            bool closed = end < text.len && text.ptr[end] == ';';
            bool hash = name.len > 0 && name.ptr[0] == '#';
            code = !closed ? 0 : hash ? numeric(rwg__str_from(name, 1)) : rwb__jsx_entity(name);
        }
        if (code != 0) {
            rwg__buf_utf8(out, code);
            i = end + 1;
        } else {
            rwg__buf_add(out, rwg__str_sub(text, i, end));
            i = end;
        }
    }
}

static void add_line(rwg__buf *out, rwg_str line, bool *any) {
    if (*any) {
        rwg__buf_char(out, ' ');
    }
    *any = true;
    decode(out, line);
}

bool rwb__jsx_text(rwb__unit *u, rwg_str text, rwg_str *out_value, uint32_t *out_start) {
    rwg__buf out;
    rwg__buf_init(&out, u->mem);
    bool any = false;
    bool has_word = false;  /* the line has more than white space */
    bool first_line = true; /* white space at its beginning stays */
    uint32_t start = 0;     /* of the line, without white space once there is a word */
    uint32_t end = 0;       /* behind the line's last word */
    uint32_t len = 0;
    *out_start = 0;
    for (uint32_t i = 0; i < text.len; i += len) {
        space s = space_of(code_point(text, i, &len));
        if (s == SPACE_LINE_END) {
            if (has_word) {
                add_line(&out, rwg__str_sub(text, start, end), &any);
            }
            has_word = false;
            first_line = false;
        } else if (s == SPACE_NONE) {
            if (!has_word && !first_line) {
                start = i;
                *out_start = any ? *out_start : i;
            }
            has_word = true;
            end = i + len;
        }
    }
    if (has_word || first_line) {
        add_line(&out, rwg__str_from(text, start), &any);
    }
    *out_value = rwg__arena_str(u->arena, rwg__buf_str(&out));
    rwg__buf_deinit(&out);
    return any;
}

rwg_str rwb__jsx_string(rwb__unit *u, rwg_str text) {
    rwg__buf out;
    rwg__buf_init(&out, u->mem);
    decode(&out, text);
    rwg_str value = rwg__arena_str(u->arena, rwg__buf_str(&out));
    rwg__buf_deinit(&out);
    return value;
}
