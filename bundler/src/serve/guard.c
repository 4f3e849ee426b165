/* The normal form of a request target, and decisions on text alone. */
#include "serve/guard.h"

#include <string.h>

/* Secrets by their usual names; a folder of such a name is closed with all that is in it. */
static const rwg_str DEFAULT_DENY[] = {
    {".env", 4},
    {".env.*", 6},
    {"*.{crt,pem,key,p12,pfx,cer,der}", 31},
    {".npmrc", 6},
    {".yarnrc.yml", 11},
    {".dev.vars", 9},
    {".dev.vars.*", 11},
    {".git", 4},
};
#define DEFAULT_DENY_COUNT ((uint32_t)(sizeof DEFAULT_DENY / sizeof DEFAULT_DENY[0]))

uint16_t rwb__refusal_status(rwb__refusal refusal) {
    static const uint16_t STATUS[] = {
#define X(name, status, text) status,
        RWB__REFUSAL_MAP(X)
#undef X
    };
    return STATUS[refusal];
}

const char *rwb__refusal_text(rwb__refusal refusal) {
    static const char *const TEXTS[] = {
#define X(name, status, text) text,
        RWB__REFUSAL_MAP(X)
#undef X
    };
    return TEXTS[refusal];
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static int hex_value(char c) {
    c = lower(c);
    return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool same(rwg_str a, rwg_str b) {
    if (a.len != b.len) {
        return false;
    }
    for (uint32_t i = 0; i < a.len; i++) {
        if (lower(a.ptr[i]) != lower(b.ptr[i])) {
            return false;
        }
    }
    return true;
}

uint32_t rwb__percent_decode(rwg_str text, char *out) {
    uint32_t len = 0;
    for (uint32_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '%') {
            out[len++] = text.ptr[i];
            continue;
        }
        int high = i + 2 < text.len ? hex_value(text.ptr[i + 1]) : -1;
        int low = i + 2 < text.len ? hex_value(text.ptr[i + 2]) : -1;
        if (high < 0 || low < 0) {
            return UINT32_MAX;
        }
        out[len++] = (char)(high * 16 + low);
        i += 2;
    }
    return len;
}

/* ── Queries ─────────────────────────────────────────────────────────────────────────────────── */

static uint32_t flag_of(rwg_str name) {
    static const struct {
        const char *name;
        uint32_t flag;
    } FLAGS[] = {
        {"import", RWB__QUERY_IMPORT},
        {"raw", RWB__QUERY_RAW},
        {"url", RWB__QUERY_URL},
        {"inline", RWB__QUERY_INLINE},
        {"no-inline", RWB__QUERY_NO_INLINE},
        {"direct", RWB__QUERY_DIRECT},
        {"worker", RWB__QUERY_WORKER},
        {"sharedworker", RWB__QUERY_SHARED_WORKER},
        {"worker_file", RWB__QUERY_WORKER_FILE},
        {"html-proxy", RWB__QUERY_HTML_PROXY},
        {"init", RWB__QUERY_INIT},
    };

    for (size_t i = 0; i < sizeof FLAGS / sizeof FLAGS[0]; i++) {
        if (rwg__str_eq_c(name, FLAGS[i].name)) {
            return FLAGS[i].flag;
        }
    }
    return 0;
}

static bool all_digits(rwg_str text) {
    for (uint32_t i = 0; i < text.len; i++) {
        if (!is_digit(text.ptr[i])) {
            return false;
        }
    }
    return text.len > 0;
}

/* "12.js": the number, and the extension into lang. */
static bool read_index(rwb__query *query, rwg_str value) {
    uint32_t dot = rwg__str_index(value, '.');
    rwg_str digits = rwg__str_sub(value, 0, dot);
    if (!all_digits(digits) || digits.len > 6) {
        return false;
    }
    query->index = 0;
    for (uint32_t i = 0; i < digits.len; i++) {
        query->index = query->index * 10 + (uint32_t)(digits.ptr[i] - '0');
    }
    query->has_index = true;
    query->lang = rwg__str_from(value, dot < value.len ? dot + 1 : dot);
    return true;
}

/* A name that has a value of its own; false = unknown. */
static bool read_value(rwb__query *query, rwg_str name, rwg_str value) {
    if (rwg__str_eq_c(name, "v")) {
        query->version = value;
    } else if (rwg__str_eq_c(name, "t") && all_digits(value)) {
        query->time = value;
    } else if (rwg__str_eq_c(name, "type")) {
        query->type = value;
    } else if (rwg__str_eq_c(name, "lang")) {
        query->lang = value;
    } else if (rwg__str_eq_c(name, "token")) {
        query->token = value;
    } else {
        return rwg__str_eq_c(name, "index") && read_index(query, value);
    }
    return true;
}

static void read_item(rwb__query *query, rwg_str item) {
    char decoded[32];
    uint32_t equals = rwg__str_index(item, '=');
    rwg_str name = rwg__str_sub(item, 0, equals);
    rwg_str value = rwg__str_from(item, equals < item.len ? equals + 1 : equals);
    // Every name we know is shorter, even with each of its letters escaped.
    uint32_t len = name.len <= sizeof decoded ? rwb__percent_decode(name, decoded) : UINT32_MAX;
    if (len == UINT32_MAX) {
        query->flags |= RWB__QUERY_OTHER;
        return;
    }
    name = (rwg_str){decoded, len};
    uint32_t flag = flag_of(name);
    if (flag != 0) {
        query->flags |= flag;
    } else if (!read_value(query, name, value)) {
        query->flags |= RWB__QUERY_OTHER;
    }
}

rwb__query rwb__query_parse(rwg_str text) {
    rwb__query query = {0};
    if (text.len > RWB__LIMIT_TARGET) {
        query.flags = RWB__QUERY_OTHER;
        return query;
    }
    uint32_t start = 0;
    for (uint32_t i = 0; i <= text.len; i++) {
        if (i == text.len || text.ptr[i] == '&' || text.ptr[i] == '?') {
            if (i > start) {
                read_item(&query, rwg__str_sub(text, start, i));
            }
            start = i + 1;
        }
    }
    return query;
}

/* ── Targets ─────────────────────────────────────────────────────────────────────────────────── */

/* Bytes that a URL has unescaped; others are sent by nobody who means well. Bytes over 127 are let
 * through to the check for UTF-8: some clients send them so. */
static bool is_target_byte(unsigned char c) {
    return c > ' ' && c != 0x7f && c != '\\' && c != '"' && c != '<' && c != '>';
}

static bool is_dots(rwg_str part) {
    return rwg__str_eq_c(part, ".") || rwg__str_eq_c(part, "..");
}

/* Squeezes // to / in place and looks at each part. */
static rwb__refusal normalise(rwg_str *path, char *bytes) {
    uint32_t len = 0;
    uint32_t part = 0;
    for (uint32_t i = 0; i < path->len; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c < ' ' || c == 0x7f || c == '\\') {
            return RWB__REFUSE_TARGET_BYTES;
        }
        if (c == '/' && len > 0 && bytes[len - 1] == '/') {
            continue;
        }
        if (c == '/' && is_dots((rwg_str){bytes + part, len - part})) {
            return RWB__REFUSE_TARGET_DOTS;
        }
        bytes[len++] = (char)c;
        part = c == '/' ? len : part;
    }
    if (is_dots((rwg_str){bytes + part, len - part})) {
        return RWB__REFUSE_TARGET_DOTS;
    }
    bytes[len] = '\0';
    *path = (rwg_str){bytes, len};
    return rwg__str_is_utf8(*path) ? RWB__REFUSE_NONE : RWB__REFUSE_TARGET_BYTES;
}

rwb__refusal rwb__target_parse(rwg_str raw, rwb__target *out) {
    out->raw_path = raw;
    out->raw_query = (rwg_str){"", 0};
    out->has_query = false;
    out->path = (rwg_str){"", 0};
    out->query = (rwb__query){0};
    if (raw.len > RWB__LIMIT_TARGET) {
        return RWB__REFUSE_TARGET_LONG;
    }
    uint32_t mark = rwg__str_index(raw, '?');
    out->raw_path = rwg__str_sub(raw, 0, mark);
    if (mark < raw.len) {
        out->has_query = true;
        out->raw_query = rwg__str_from(raw, mark + 1);
    }
    if (raw.len == 0 || raw.ptr[0] != '/') {
        return RWB__REFUSE_TARGET_FORM;
    }
    for (uint32_t i = 0; i < raw.len; i++) {
        if (raw.ptr[i] == '#') {
            return RWB__REFUSE_TARGET_FRAGMENT;
        }
        if (!is_target_byte((unsigned char)raw.ptr[i])) {
            return RWB__REFUSE_TARGET_BYTES;
        }
    }
    uint32_t len = rwb__percent_decode(out->raw_path, out->decoded);
    if (len == UINT32_MAX) {
        return RWB__REFUSE_TARGET_ENCODING;
    }
    rwg_str path = {out->decoded, len};
    rwb__refusal refusal = normalise(&path, out->decoded);
    if (refusal == RWB__REFUSE_NONE) {
        out->path = path;
        out->query = rwb__query_parse(out->raw_query);
    }
    return refusal;
}

/* ── Files ───────────────────────────────────────────────────────────────────────────────────── */

static void lower_path(rwg__path *out, rwg_str text) {
    out->len = text.len;
    for (uint32_t i = 0; i < text.len; i++) {
        out->bytes[i] = lower(text.ptr[i]);
    }
    out->bytes[out->len] = '\0';
}

/* Any part of the path matches the pattern. */
static bool part_matches(rwg_str pattern, rwg_str path) {
    uint32_t start = 0;
    for (uint32_t i = 0; i <= path.len; i++) {
        if (i == path.len || path.ptr[i] == '/') {
            if (i > start && rwg__path_glob(pattern, rwg__str_sub(path, start, i))) {
                return true;
            }
            start = i + 1;
        }
    }
    return false;
}

/* Both in small letters; `below` is the path from the folder that allows it. */
static bool pattern_denies(rwg_str pattern, rwg_str below, rwg_str whole) {
    while (pattern.len > 1 && pattern.ptr[pattern.len - 1] == '/') {
        pattern.len--;
    }
    if (rwg__str_index(pattern, '/') == pattern.len) {
        return part_matches(pattern, below);
    }
    return rwg__path_glob(pattern, below) || rwg__path_glob(pattern, whole);
}

static bool is_denied(const rwb__fs_rules *rules, rwg_str below, rwg_str whole) {
    for (uint32_t i = 0; i < DEFAULT_DENY_COUNT + rules->deny_count; i++) {
        rwg_str glob =
            i < DEFAULT_DENY_COUNT ? DEFAULT_DENY[i] : rules->deny[i - DEFAULT_DENY_COUNT];
        rwg__path pattern;
        // A pattern that is too long to be compared must not open what it was to close.
        if (glob.len >= RWG_LIMIT_PATH) {
            return true;
        }
        lower_path(&pattern, glob);
        if (pattern_denies(rwg__path_str(&pattern), below, whole)) {
            return true;
        }
    }
    return false;
}

/* The longest allowed folder that the path is in: what is below it is what the patterns judge.
 * Returns false when there is none. */
static bool find_root(const rwb__fs_rules *rules, rwg_str path, uint32_t *out_len) {
    bool found = false;
    *out_len = 0;
    for (uint32_t i = 0; i < rules->allow_count; i++) {
        rwg_str root = rules->allow[i];
        if (root.len >= *out_len && rwg__path_is_under(path, root)) {
            *out_len = root.len;
            found = true;
        }
    }
    return found;
}

rwb__refusal rwb__fs_check(const rwb__fs_rules *rules, rwg_str path) {
    rwg__path normal;
    if (path.len == 0 || path.ptr[0] != '/' || path.len >= RWG_LIMIT_PATH ||
        !rwg__path_normalise(&normal, path) || !rwg__str_eq(rwg__path_str(&normal), path)) {
        return RWB__REFUSE_FILE_OUTSIDE;
    }
    uint32_t root;
    bool inside = find_root(rules, path, &root);
    rwg__path whole;
    lower_path(&whole, path);
    rwg_str below = rwg__str_from(rwg__path_str(&whole), root);
    while (below.len > 0 && below.ptr[0] == '/') {
        below = rwg__str_from(below, 1);
    }
    if (is_denied(rules, below, rwg__path_str(&whole))) {
        return RWB__REFUSE_FILE_DENIED;
    }
    return inside ? RWB__REFUSE_NONE : RWB__REFUSE_FILE_OUTSIDE;
}

/* ── Hosts and origins ───────────────────────────────────────────────────────────────────────── */

/* What names and addresses are made of. Whoever puts the host into a URL may rely on it. */
static bool is_host(rwg_str text) {
    bool bracketed = text.len > 0 && text.ptr[0] == '[';
    for (uint32_t i = 0; i < text.len; i++) {
        char c = lower(text.ptr[i]);
        bool plain = is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_';
        bool bracket = bracketed && (c == ':' || (c == '[' && i == 0) || (c == ']' && i > 0));
        if (!plain && !bracket) {
            return false;
        }
    }
    return text.len > 0;
}

/* "host:port", "[v6]:port", "host" → the host, brackets kept. False when it is none of these. */
static bool split_host(rwg_str text, rwg_str *out_host) {
    uint32_t end;
    if (text.len > 0 && text.ptr[0] == '[') {
        uint32_t bracket = rwg__str_index(text, ']');
        if (bracket == text.len) {
            return false;
        }
        end = bracket + 1;
    } else {
        end = rwg__str_index(text, ':');
    }
    *out_host = rwg__str_sub(text, 0, end);
    rwg_str port = rwg__str_from(text, end);
    return is_host(*out_host) && (port.len == 0 || (port.ptr[0] == ':' && port.len <= 6 &&
                                                    all_digits(rwg__str_from(port, 1))));
}

static bool is_v4(rwg_str host) {
    uint32_t parts = 1;
    uint32_t digits = 0;
    uint32_t value = 0;
    for (uint32_t i = 0; i < host.len; i++) {
        if (host.ptr[i] == '.') {
            if (digits == 0) {
                return false;
            }
            parts++;
            digits = 0;
            value = 0;
        } else {
            value = value * 10 + (uint32_t)(host.ptr[i] - '0');
            if (!is_digit(host.ptr[i]) || ++digits > 3 || value > 255) {
                return false;
            }
        }
    }
    return parts == 4 && digits > 0;
}

static bool is_v6(rwg_str host) {
    if (host.len < 4 || host.ptr[0] != '[' || host.ptr[host.len - 1] != ']') {
        return false;
    }
    for (uint32_t i = 1; i + 1 < host.len; i++) {
        if (hex_value(host.ptr[i]) < 0 && host.ptr[i] != ':' && host.ptr[i] != '.') {
            return false;
        }
    }
    return true;
}

/* `host` ends in the lower-case suffix. */
static bool has_suffix(rwg_str host, rwg_str suffix) {
    return host.len > suffix.len && same(rwg__str_from(host, host.len - suffix.len), suffix);
}

static bool is_localhost(rwg_str host) {
    return same(host, RWG_STR("localhost")) || has_suffix(host, RWG_STR(".localhost"));
}

bool rwb__host_allowed(const rwb__access *access, rwg_str text) {
    rwg_str host;
    if (!split_host(text, &host)) {
        return false;
    }
    // An address cannot be rebound to another machine by whoever owns a name.
    if (access->any_host || is_localhost(host) || is_v4(host) || is_v6(host)) {
        return true;
    }
    for (uint32_t i = 0; i < access->host_count; i++) {
        rwg_str allowed = access->hosts[i];
        bool below = allowed.len > 1 && allowed.ptr[0] == '.';
        if (below ? has_suffix(host, allowed) || same(host, rwg__str_from(allowed, 1))
                  : same(host, allowed)) {
            return true;
        }
    }
    return false;
}

/* "http://host:port" → "host:port". */
static bool split_origin(rwg_str origin, rwg_str *out_authority) {
    rwg_str http = RWG_STR("http://");
    rwg_str https = RWG_STR("https://");
    uint32_t skip = rwg__str_starts(origin, http)    ? http.len
                    : rwg__str_starts(origin, https) ? https.len
                                                     : 0;
    *out_authority = rwg__str_from(origin, skip);
    return skip > 0;
}

static bool is_loopback(rwg_str host) {
    return is_localhost(host) || (is_v4(host) && rwg__str_starts(host, RWG_STR("127."))) ||
           same(host, RWG_STR("[::1]"));
}

bool rwb__cors_allowed(const rwb__access *access, rwg_str origin) {
    rwg_str authority;
    rwg_str host;
    if (access->no_cors || origin.len == 0) {
        return false;
    }
    for (uint32_t i = 0; i < access->origin_count; i++) {
        if (rwg__str_eq_c(access->origins[i], "*") || same(access->origins[i], origin)) {
            return true;
        }
    }
    return split_origin(origin, &authority) && split_host(authority, &host) && is_loopback(host);
}

bool rwb__origin_allowed(const rwb__access *access, rwg_str origin, rwg_str host) {
    rwg_str authority;
    if (split_origin(origin, &authority) && same(authority, host)) {
        return true;
    }
    return rwb__cors_allowed(access, origin);
}

bool rwb__fetch_allowed(rwg_str site, rwg_str mode, rwg_str dest) {
    bool other =
        site.len > 0 && !rwg__str_eq_c(site, "same-origin") && !rwg__str_eq_c(site, "none");
    return !(
        other && rwg__str_eq_c(mode, "no-cors") &&
        (rwg__str_eq_c(dest, "script") || rwg__str_eq_c(dest, "worker") ||
         rwg__str_eq_c(dest, "sharedworker") || rwg__str_eq_c(dest, "serviceworker"))
    );
}

bool rwb__token_equal(rwg_str a, rwg_str b) {
    unsigned difference = a.len != b.len || a.len == 0;
    // Every byte of b is looked at, wherever the first difference is.
    for (uint32_t i = 0; i < b.len; i++) {
        char other = i < a.len ? a.ptr[i] : '\0';
        difference |= (unsigned)(unsigned char)other ^ (unsigned)(unsigned char)b.ptr[i];
    }
    return difference == 0;
}
