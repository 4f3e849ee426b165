/* Small operations on borrowed strings. */
#ifndef RWG_BASE_STR_H
#define RWG_BASE_STR_H

#include <rwgraph/base.h>
#include <rwgraph/status.h>

#include <string.h>

static inline rwg_str rwg__str(const char *ptr, size_t len) {
    return (rwg_str){ptr, (uint32_t)len};
}

static inline rwg_str rwg__str_c(const char *text) {
    return (rwg_str){text, (uint32_t)strlen(text)};
}

static inline bool rwg__str_eq(rwg_str a, rwg_str b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool rwg__str_eq_c(rwg_str a, const char *b) {
    return rwg__str_eq(a, rwg__str_c(b));
}

static inline bool rwg__str_starts(rwg_str text, rwg_str prefix) {
    return text.len >= prefix.len &&
           (prefix.len == 0 || memcmp(text.ptr, prefix.ptr, prefix.len) == 0);
}

static inline bool rwg__str_ends(rwg_str text, rwg_str suffix) {
    return text.len >= suffix.len &&
           (suffix.len == 0 || memcmp(text.ptr + text.len - suffix.len, suffix.ptr, suffix.len) == 0
           );
}

/* start is at most text.len. NULL stays NULL: C has no arithmetic on it, not even adding 0. */
static inline rwg_str rwg__str_from(rwg_str text, uint32_t start) {
    return (rwg_str){text.ptr ? text.ptr + start : NULL, text.len - start};
}

static inline rwg_str rwg__str_sub(rwg_str text, uint32_t start, uint32_t end) {
    return (rwg_str){text.ptr ? text.ptr + start : NULL, end - start};
}

/* Index of the byte, or text.len. */
uint32_t rwg__str_index(rwg_str text, char byte);
/* Index of the last such byte, or text.len. */
uint32_t rwg__str_last_index(rwg_str text, char byte);
bool rwg__str_contains(rwg_str text, rwg_str part);
/* Byte order, shorter first among equals: the order of every list we print. */
int rwg__str_compare(rwg_str a, rwg_str b);
/* Edits (insert, delete, replace, swap of neighbours) to turn a into b, for "did you mean"; more
 * than limit gives limit + 1. Strings over 128 bytes are never near. */
uint32_t rwg__str_distance(rwg_str a, rwg_str b, uint32_t limit);
/* The value of a hexadecimal digit; -1 for every other byte. */
int rwg__hex_digit(char c);
/* Length (1 to 4) of the well-formed UTF-8 sequence that the text starts with; 0 when there is
 * none. */
uint32_t rwg__utf8_sequence(rwg_str text);
/* A code point that CSS has for this one: U+FFFD for 0, for surrogates and for what is above all
 * code points (CSS Syntax 3, 4.3.7). */
uint32_t rwg__css_code_point(uint32_t code);
/* Writes a code point below 0x110000 as UTF-8; returns how many bytes it took (1 to 4). A lone
 * surrogate is written as what its three bytes would be: whoever may meet one replaces it before.
 */
uint32_t rwg__utf8_write(char out[static 4], uint32_t code);
/* True when all of the bytes are well-formed UTF-8. */
bool rwg__str_is_utf8(rwg_str text);

/* Fills err (may be NULL) and returns status. */
rwg_status rwg__error(rwg_error *err, rwg_status status, rwg_str path, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
