/* Strings: search, order, edit distance, UTF-8. See str.h. */
#include "base/str.h"

uint32_t rwg__str_index(rwg_str text, char byte) {
    const char *found = text.len ? memchr(text.ptr, byte, text.len) : NULL;
    return found ? (uint32_t)(found - text.ptr) : text.len;
}

uint32_t rwg__str_last_index(rwg_str text, char byte) {
    for (uint32_t i = text.len; i > 0; i--) {
        if (text.ptr[i - 1] == byte) {
            return i - 1;
        }
    }
    return text.len;
}

bool rwg__str_contains(rwg_str text, rwg_str part) {
    if (part.len == 0) {
        return true;
    }
    for (uint32_t at = 0; text.len - at >= part.len;) {
        uint32_t starts = text.len - part.len + 1 - at; /* places where part can begin */
        const char *found = memchr(text.ptr + at, part.ptr[0], starts);
        if (!found) {
            return false;
        }
        if (memcmp(found, part.ptr, part.len) == 0) {
            return true;
        }
        at = (uint32_t)(found - text.ptr) + 1;
    }
    return false;
}

int rwg__str_compare(rwg_str a, rwg_str b) {
    uint32_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter ? memcmp(a.ptr, b.ptr, shorter) : 0;
    if (order != 0) {
        return order;
    }
    return a.len < b.len ? -1 : a.len > b.len;
}

static uint32_t least(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

#define NEAR_MAX 128

/* Optimal string alignment: rows of the usual table, of which a swap looks two back. */
uint32_t rwg__str_distance(rwg_str a, rwg_str b, uint32_t limit) {
    uint32_t far = limit + 1;
    if (a.len > NEAR_MAX || b.len > NEAR_MAX) {
        return far;
    }
    uint32_t rows[3][NEAR_MAX + 1];
    for (uint32_t j = 0; j <= b.len; j++) {
        rows[0][j] = j;
    }
    for (uint32_t i = 1; i <= a.len; i++) {
        uint32_t *row = rows[i % 3];
        const uint32_t *above = rows[(i + 2) % 3];
        const uint32_t *two_above = rows[(i + 1) % 3];
        uint32_t best = row[0] = i;
        for (uint32_t j = 1; j <= b.len; j++) {
            uint32_t cost = above[j - 1] + (a.ptr[i - 1] != b.ptr[j - 1]);
            cost = least(cost, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1]) {
                cost = least(cost, two_above[j - 2] + 1);
            }
            row[j] = cost;
            best = least(best, cost);
        }
        if (best > limit) {
            return far; /* rows never get better: a swap from two above costs more than it saves */
        }
    }
    return least(rows[a.len % 3][b.len], far);
}

static bool is_continuation(unsigned char byte) {
    return (byte & 0xC0) == 0x80;
}

/* Table 3-7 of the Unicode Standard: the second byte's range depends on the first, which rules out
 * overlong forms, surrogates and values above U+10FFFF. */
int rwg__hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

uint32_t rwg__css_code_point(uint32_t code) {
    bool none = code == 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000);
    return none ? 0xFFFD : code;
}

uint32_t rwg__utf8_write(char out[static 4], uint32_t code) {
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    uint32_t len = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    /* The first byte's leading ones tell the length; each byte after it carries six bits. */
    out[0] = (char)((0xF00u >> len & 0xFFu) | code >> (6 * (len - 1)));
    for (uint32_t i = 1; i < len; i++) {
        out[i] = (char)(0x80 | (code >> (6 * (len - 1 - i)) & 0x3F));
    }
    return len;
}

uint32_t rwg__utf8_sequence(rwg_str text) {
    if (text.len == 0) {
        return 0;
    }
    const unsigned char *s = (const unsigned char *)text.ptr;
    if (s[0] < 0x80) {
        return 1;
    }
    uint32_t len = s[0] < 0xC2 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : s[0] < 0xF5 ? 4 : 0;
    if (len == 0 || text.len < len) {
        return 0;
    }
    unsigned char low = s[0] == 0xE0 ? 0xA0 : s[0] == 0xF0 ? 0x90 : 0x80;
    unsigned char high = s[0] == 0xED ? 0x9F : s[0] == 0xF4 ? 0x8F : 0xBF;
    if (s[1] < low || s[1] > high) {
        return 0;
    }
    for (uint32_t i = 2; i < len; i++) {
        if (!is_continuation(s[i])) {
            return 0;
        }
    }
    return len;
}

bool rwg__str_is_utf8(rwg_str text) {
    uint32_t at = 0;
    while (at < text.len) {
        uint64_t word;
        if (text.len - at >= sizeof word) {
            memcpy(&word, text.ptr + at, sizeof word);
            if ((word & UINT64_C(0x8080808080808080)) == 0) {
                at += (uint32_t)sizeof word; /* eight ASCII bytes at once: nearly all source text */
                continue;
            }
        }
        uint32_t len = rwg__utf8_sequence(rwg__str_from(text, at));
        if (len == 0) {
            return false;
        }
        at += len;
    }
    return true;
}
