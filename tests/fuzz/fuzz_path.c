// Paths and globs. The input is two texts with a NUL between. What must hold for any bytes: a
// normalised path is normal, a path seen from a folder leads back to it, and a pattern that quotes
// every character matches the text it quotes.

#include "base/path.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLDS(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static bool same_text(rwg_str a, rwg_str b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/// Normalises; what comes out must be normal already.
static bool normal(rwg__path *out, rwg_str path) {
    static const char twice[] = "//";
    if (!rwg__path_normalise(out, path)) {
        return false;
    }
    rwg__path again;
    HOLDS(rwg__path_normalise(&again, rwg__path_str(out)));
    HOLDS(same_text(rwg__path_str(out), rwg__path_str(&again)));
    HOLDS(rwg__path_is_absolute(path) == rwg__path_is_absolute(rwg__path_str(out)));
    HOLDS(!strstr(out->bytes, twice));
    return true;
}

/// From the folder base to target and back.
static void there_and_back(const rwg__path *base, const rwg__path *target) {
    rwg__path relative;
    rwg__path back;
    if (rwg__path_relative(&relative, rwg__path_str(base), rwg__path_str(target)) &&
        rwg__path_join(&back, rwg__path_str(base), rwg__path_str(&relative))) {
        HOLDS(same_text(rwg__path_str(&back), rwg__path_str(target)));
    }
}

/// A pattern made of \x for each byte x of the path.
static void quoted_matches(rwg_str path) {
    rwg__path pattern;
    if (path.len == 0 || path.len >= RWG_LIMIT_PATH / 2) {
        return;
    }
    pattern.len = 0;
    for (uint32_t i = 0; i < path.len; i++) {
        if (path.ptr[i] != '/') {
            pattern.bytes[pattern.len++] = '\\';
        }
        pattern.bytes[pattern.len++] = path.ptr[i];
    }
    HOLDS(rwg__path_glob(rwg__path_str(&pattern), path));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0 || size > (size_t)2 * RWG_LIMIT_PATH) {
        return 0;
    }
    const uint8_t *end = memchr(data, 0, size);
    size_t first = end ? (size_t)(end - data) : size;
    size_t second = end ? size - first - 1 : 0;
    if (second > 0 && memchr(end + 1, 0, second)) {
        return 0;
    }
    rwg_str a = {(const char *)data, (uint32_t)first};
    rwg_str b = {second > 0 ? (const char *)end + 1 : "", (uint32_t)second};
    rwg__path normal_a;
    rwg__path normal_b;
    bool both = normal(&normal_a, a);
    both = normal(&normal_b, b) && both;
    if (both && rwg__path_is_absolute(a) && rwg__path_is_absolute(b)) {
        there_and_back(&normal_a, &normal_b);
    }
    rwg__path_glob(a, b);
    quoted_matches(b);
    return 0;
}
