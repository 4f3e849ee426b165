// Request targets, queries, file rules, hosts and origins. What must hold for any bytes: a target
// that is taken is in normal form, taking its path again gives the same, it leads nowhere above the
// root, and a file that is served lies in an allowed folder and matches no deny pattern.

#include "serve/guard.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLDS(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/// The path with everything escaped that is not a letter or a slash, as a target.
static rwg_str escape(rwg_str path, char *out) {
    static const char DIGITS[] = "0123456789abcdef";
    uint32_t len = 0;
    for (uint32_t i = 0; i < path.len; i++) {
        unsigned char c = (unsigned char)path.ptr[i];
        if (c == '/' || (c >= 'a' && c <= 'z')) {
            out[len++] = (char)c;
        } else {
            out[len++] = '%';
            out[len++] = DIGITS[c >> 4];
            out[len++] = DIGITS[c & 15];
        }
    }
    return (rwg_str){out, len};
}

static void check_path(rwg_str path) {
    HOLDS(path.len > 0 && path.ptr[0] == '/');
    HOLDS(rwg__str_is_utf8(path));
    HOLDS(!memchr(path.ptr, '\\', path.len) && !memchr(path.ptr, '\0', path.len));
    HOLDS(!rwg__str_contains(path, RWG_STR("//")) && !rwg__str_contains(path, RWG_STR("/./")));
    HOLDS(!rwg__str_contains(path, RWG_STR("/../")));
    HOLDS(!rwg__str_ends(path, RWG_STR("/..")) && !rwg__str_ends(path, RWG_STR("/.")));
    // Below a root it stays there, and it is what the check of files takes for normal.
    rwg__path joined;
    if (path.len < RWG_LIMIT_PATH / 2 &&
        rwg__path_join(&joined, RWG_STR("/base/dir"), rwg__str_from(path, 1))) {
        HOLDS(rwg__path_is_under(rwg__path_str(&joined), RWG_STR("/base/dir")));
    }
}

static void check_target(rwg_str text) {
    static rwb__target target;
    static rwb__target again;
    static char escaped[3 * RWB__LIMIT_TARGET];
    if (rwb__target_parse(text, &target) != RWB__REFUSE_NONE) {
        HOLDS(target.path.len == 0);
        return;
    }
    check_path(target.path);
    HOLDS(target.decoded[target.path.len] == '\0');
    rwg_str back = escape(target.path, escaped);
    if (back.len <= RWB__LIMIT_TARGET) {
        HOLDS(rwb__target_parse(back, &again) == RWB__REFUSE_NONE);
        HOLDS(rwg__str_eq(target.path, again.path));
    }
}

static void check_file(rwg_str text) {
    static const rwg_str ALLOW[] = {{"/base/dir", 9}};
    rwb__fs_rules rules = {.allow = ALLOW, .allow_count = 1};
    if (rwb__fs_check(&rules, text) != RWB__REFUSE_NONE) {
        return;
    }
    rwg__path normal;
    HOLDS(rwg__path_normalise(&normal, text) && rwg__str_eq(rwg__path_str(&normal), text));
    HOLDS(rwg__path_is_under(text, ALLOW[0]));
    rwg_str name = rwg__path_basename(text);
    HOLDS(!rwg__str_eq_c(name, ".env") && !rwg__str_eq_c(name, ".ENV"));
    HOLDS(!rwg__str_contains(text, RWG_STR("/.git/")) && !rwg__str_ends(text, RWG_STR(".pem")));
}

static void check_host(rwg_str text) {
    static const rwg_str HOSTS[] = {{".x.org", 6}};
    rwb__access access = {.hosts = HOSTS, .host_count = 1};
    if (rwb__host_allowed(&access, text)) {
        // A name that is allowed is one of ours: without dots, or with one of these ends.
        HOLDS(text.len > 0 && !memchr(text.ptr, '/', text.len) && !memchr(text.ptr, '@', text.len));
    }
    if (rwb__cors_allowed(&access, text)) {
        HOLDS(rwg__str_starts(text, RWG_STR("http")));
    }
    (void)rwb__origin_allowed(&access, text, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > (size_t)2 * RWB__LIMIT_TARGET) {
        return 0;
    }
    rwg_str text = {(const char *)data, (uint32_t)size};
    check_target(text);
    check_file(text);
    check_host(text);
    rwb__query query = rwb__query_parse(text);
    HOLDS(!query.has_index || query.index < 1000000);
    HOLDS(rwb__token_equal(text, text) == (size > 0));
    return 0;
}
