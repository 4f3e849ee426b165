/* Module syntax in the middle of code: import(), import.meta, require(), exports, await.
 *
 * What is short and plain is copied at once. What can hold any expression (the arguments of
 * import(), the object of module.exports) is copied when its bracket closes; until then nothing
 * inside is copied on its own. */
#include "syntax/prescan_scan.h"

#include <string.h>

/* The module word begins at start: it is whole, and not a property's name. */
static bool word_at(rwg__scan *s, uint32_t start, const char *word) {
    uint32_t size = (uint32_t)strlen(word), end = start + size;
    if (s->len - start < size || memcmp(s->s + start, word, size) != 0) {
        return false;
    }
    uint8_t before = start > s->begin ? s->s[start - 1] : 0, after = end < s->len ? s->s[end] : 0;
    if ((before >= 0x80 && rwg__text_odd_space(s, start - 1)) ||
        (after >= 0x80 && rwg__text_odd_space(s, end))) {
        rwg__scan_doubt(s, start, "unusual white space at a word");
        return false;
    }
    return !rwg__is_word(before) && !rwg__is_word(after) && after != '\\' && before != '#';
}

static bool is_quote(uint8_t c) {
    return c == '"' || c == '\'' || c == '`';
}

static uint8_t byte_at(const rwg__scan *s, uint32_t pos) {
    return pos < s->len ? s->s[pos] : 0;
}

static bool word_is(const rwg__scan *s, uint32_t pos, const char *word) {
    return rwg__text_is(s, pos, rwg__text_word_end(s, pos), word);
}

/* The end of a literal without substitutions, or 0. */
static uint32_t literal_end(const rwg__scan *s, uint32_t pos) {
    if (byte_at(s, pos) != '`') {
        return rwg__text_string(s, pos);
    }
    for (uint32_t i = pos + 1; i < s->len; i++) {
        i = rwg__text_find4(s, i, '`', '\\', '$', '$');
        if (byte_at(s, i) == '`') {
            return i + 1;
        }
        if (byte_at(s, i) == '$' && byte_at(s, i + 1) == '{') {
            return 0;
        }
        i += byte_at(s, i) == '\\';
    }
    return 0;
}

/* --- copying ---------------------------------------------------------------------------------- */

static bool has_await(const rwg__scan *s, uint32_t start, uint32_t end) {
    for (uint32_t i = start; i + 5 <= end; i++) {
        i = rwg__text_find4(s, i, 'w', 'w', 'w', 'w');
        if (i > start && i + 4 <= end && memcmp(s->s + i - 1, "await", 5) == 0) {
            return true;
        }
    }
    return false;
}

/* Writes first, [start, end) and rest as a statement, in what lies around it. in_function: that it
 * is in a function is part of its meaning. */
static void copy_in_context(
    rwg__scan *s,
    const char *first,
    uint32_t start,
    uint32_t end,
    const char *rest,
    bool in_function
) {
    uint8_t context = rwg__scan_context(s, start);
    if (in_function &&
        (context & (RWG__CONTEXT_DOUBT | RWG__CONTEXT_FUNCTION)) == RWG__CONTEXT_DOUBT) {
        rwg__scan_doubt(s, start, "inside of a function or not");
        return;
    }
    bool wrap = in_function && (context & RWG__CONTEXT_FUNCTION);
    bool in_try = context & RWG__CONTEXT_TRY;
    if (in_try) {
        rwg__digest_glue(s, "try{");
    }
    if (wrap) {
        rwg__digest_glue(s, "async()=>{");
    }
    rwg__digest_glue(s, first);
    rwg__digest_piece(s, start, end);
    rwg__digest_glue(s, rest);
    if (wrap) {
        rwg__digest_glue(s, "};");
    }
    rwg__digest_glue(s, in_try ? "}catch{}\n" : "\n");
}

/* Begins to copy from start on; the '(' or '{' at open decides where it ends. */
static uint32_t begin_copy(rwg__scan *s, uint32_t start, uint32_t open, rwg__copy_kind kind) {
    s->copy = kind;
    s->copy_start = start;
    s->copy_level = s->out->levels.len;
    rwg__scan_open(s, open, s->s[open]);
    return open + 1;
}

/* Begins to copy a call whose arguments the pass is already in. */
static uint32_t
copy_around(rwg__scan *s, uint32_t start, uint32_t level, rwg__copy_kind kind, uint32_t pos) {
    const rwg__prescan *out = s->out;
    if (out->pieces.len > 0 && out->pieces.ptr[out->pieces.len - 1].source.end > start) {
        return rwg__scan_doubt(s, start, "a call around one that is copied");
    }
    s->copy = kind;
    s->copy_start = start;
    s->copy_level = level;
    return pos;
}

/* --- import() --------------------------------------------------------------------------------- */

typedef enum import_role {
    ROLE_CALL,
    ROLE_TYPE,
    ROLE_DOUBT
} import_role;

/* import("s") in TypeScript, without a property after it: start is where it (or its typeof) begins.
 */
static import_role role_of_bare_import(const rwg__scan *s, uint32_t start, uint32_t end) {
    uint32_t before = rwg__scan_before(s, start);
    if (before == 0) {
        return ROLE_CALL;
    }
    uint8_t last = s->s[before - 1], second = before > 1 ? s->s[before - 2] : 0;
    uint8_t next = byte_at(s, rwg__text_skip(s, end));
    switch (last) {
    case '|':
    case '&': return second == last ? ROLE_CALL : ROLE_TYPE;
    case '<': return ROLE_TYPE;
    case ':':
    case '?': return ROLE_DOUBT;
    case ',': return next == '>' ? ROLE_TYPE : ROLE_CALL;
    case '=': {
        uint32_t name_end = before - 1;
        while (name_end > 0 && rwg__is_space(s->s[name_end - 1])) {
            name_end--;
        }
        uint32_t name = rwg__text_name_start(s, name_end), type_end = name;
        while (type_end > 0 && rwg__is_space(s->s[type_end - 1])) {
            type_end--;
        }
        if (name == name_end) {
            return name_end > 0 && s->s[name_end - 1] == '>' ? ROLE_DOUBT : ROLE_CALL;
        }
        uint32_t type = rwg__text_word_start(s, type_end);
        return rwg__text_is(s, type, type_end, "type") ? ROLE_TYPE : ROLE_CALL;
    }
    default: break;
    }
    static const char *const types[] = {"as", "satisfies", "extends", "keyof", "implements", NULL};
    uint32_t word = rwg__text_word_start(s, before);
    return word < before && rwg__text_is_any(s, word, before, types) ? ROLE_TYPE : ROLE_CALL;
}

/* What import(...) is, and in *end where the copy ends: properties of a type belong to it. */
static import_role role_of_import(const rwg__scan *s, uint32_t start, uint32_t *end) {
    static const char *const of_promise[] = {"then", "catch", "finally", NULL};
    if (!s->typescript) {
        return ROLE_CALL;
    }
    bool type = s->s[start] == 't'; /* typeof */
    for (;;) {
        uint32_t dot = rwg__text_skip(s, *end);
        if (byte_at(s, dot) != '.') {
            break;
        }
        uint32_t name = rwg__text_skip(s, dot + 1), name_end = rwg__text_word_end(s, name);
        if (name == name_end || (!type && rwg__text_is_any(s, name, name_end, of_promise))) {
            break;
        }
        type = true;
        *end = name_end;
    }
    if (type) {
        return ROLE_TYPE;
    }
    uint32_t dot = rwg__text_skip(s, *end);
    bool promise = byte_at(s, dot) == '.' || (byte_at(s, dot) == '?' && byte_at(s, dot + 1) == '.');
    return promise ? ROLE_CALL : role_of_bare_import(s, start, *end);
}

static uint32_t finish_import(rwg__scan *s, uint32_t start, uint32_t end) {
    uint32_t after = end;
    switch (role_of_import(s, start, &after)) {
    case ROLE_DOUBT: return rwg__scan_doubt(s, start, "import() as a call or as a type");
    case ROLE_TYPE: copy_in_context(s, "type T=", start, after, ";", false); break;
    case ROLE_CALL: copy_in_context(s, "", start, end, ";", has_await(s, start, end)); break;
    }
    return end;
}

/* import( with its '(' at open. */
static uint32_t on_import_call(rwg__scan *s, uint32_t start, uint32_t open) {
    if (s->typescript) {
        uint32_t end = rwg__scan_before(s, start), word = rwg__text_word_start(s, end);
        if (rwg__text_is(s, word, end, "typeof") && !rwg__scan_is_member(s, word)) {
            start = word;
        }
    }
    return begin_copy(s, start, open, RWG__COPY_IMPORT);
}

/* --- import.meta ------------------------------------------------------------------------------ */

/* import.meta.url inside new URL(...), and that perhaps inside new Worker(...). */
static uint32_t on_meta_url(rwg__scan *s, uint32_t start, uint32_t end) {
    rwg__scan_level *url = rwg__scan_top(s);
    if (rwg__scan_callee(s, url) != RWG__CALLEE_URL) {
        copy_in_context(s, "", start, end, ";", false);
        return end;
    }
    uint32_t level = s->out->levels.len - 1;
    rwg__scan_level *worker = &s->out->levels.ptr[level - 1];
    bool first = worker->kind == '(' && rwg__text_skip(s, worker->open + 1) == url->callee_start;
    if (first && rwg__scan_callee(s, worker) == RWG__CALLEE_WORKER) {
        return copy_around(s, worker->callee_start, level, RWG__COPY_WORKER, end);
    }
    return copy_around(s, url->callee_start, level, RWG__COPY_CALL, end);
}

/* import.meta, a chain of properties after it, and the call of the last one. */
static uint32_t on_meta(rwg__scan *s, uint32_t start, uint32_t meta) {
    uint32_t end = rwg__text_word_end(s, meta), properties = 0;
    bool url = false;
    for (;;) {
        uint32_t dot = rwg__text_skip(s, end);
        dot += byte_at(s, dot) == '!' && byte_at(s, dot + 1) == '.';
        dot += byte_at(s, dot) == '?' && byte_at(s, dot + 1) == '.';
        if (byte_at(s, dot) != '.') {
            break;
        }
        uint32_t name = rwg__text_skip(s, dot + 1), name_end = rwg__text_word_end(s, name);
        if (name == name_end) {
            break;
        }
        url = properties++ == 0 && rwg__text_is(s, name, name_end, "url");
        end = name_end;
    }
    if (url) {
        return on_meta_url(s, start, end);
    }
    uint32_t open = rwg__text_skip(s, end);
    if (s->typescript && byte_at(s, open) == '<') {
        uint32_t close = rwg__text_angles_nearby(s, open);
        open = close != 0 ? rwg__text_skip(s, close) : open;
    }
    open += byte_at(s, open) == '?' && byte_at(s, open + 1) == '.' && byte_at(s, open + 2) == '('
                ? 2
                : 0;
    if (properties > 0 && byte_at(s, open) == '(') {
        return begin_copy(s, start, open, RWG__COPY_CALL);
    }
    copy_in_context(s, "", start, end, ";", false);
    return end;
}

static uint32_t on_import(rwg__scan *s, uint32_t start) {
    uint32_t after = start + 6, next = rwg__text_skip(s, after);
    uint8_t c = byte_at(s, next);
    if (c == '(' || c == '.') {
        if (s->copy != RWG__COPY_NONE) {
            return after;
        }
        if (c == '(') {
            return on_import_call(s, start, next);
        }
        uint32_t word = rwg__text_skip(s, next + 1), end = rwg__text_word_end(s, word);
        if (rwg__text_is(s, word, end, "meta")) {
            return on_meta(s, start, word);
        }
        uint32_t open = rwg__text_skip(s, end);
        bool phase = byte_at(s, open) == '(' && end > word; /* import.defer(), import.source() */
        return phase ? begin_copy(s, start, open, RWG__COPY_CALL) : after;
    }
    return rwg__scan_at_root(s) && s->copy == RWG__COPY_NONE ? rwg__scan_import(s, start) : after;
}

/* --- require ---------------------------------------------------------------------------------- */

/* `import a = require("s")` below the top level is no call. */
static bool is_import_equals(const rwg__scan *s, uint32_t start) {
    uint32_t end = rwg__scan_before(s, start);
    if (!s->typescript || end == 0 || s->s[end - 1] != '=') {
        return false;
    }
    for (uint32_t words = 0; words < 3; words++) {
        end -= words == 0;
        while (end > 0 && rwg__is_space(s->s[end - 1])) {
            end--;
        }
        uint32_t word = rwg__text_name_start(s, end);
        if (rwg__text_is(s, word, end, "import")) {
            return true;
        }
        end = word;
    }
    return false;
}

/* require("s") or require.resolve("s"), or a helper's call around it that re-exports. Only literals
 * count. */
static uint32_t on_require(rwg__scan *s, uint32_t start) {
    uint32_t after = start + 7, pos = rwg__text_skip(s, after);
    bool resolve = byte_at(s, pos) == '.' && word_is(s, rwg__text_skip(s, pos + 1), "resolve");
    if (resolve) {
        pos = rwg__text_skip(s, rwg__text_skip(s, pos + 1) + 7);
    }
    if (s->typescript && byte_at(s, pos) == '<') {
        uint32_t close = rwg__text_angles_nearby(s, pos);
        pos = close != 0 ? rwg__text_skip(s, close) : pos;
    }
    pos += byte_at(s, pos) == '?' && byte_at(s, pos + 1) == '.' ? 2 : 0;
    uint32_t literal = byte_at(s, pos) == '(' ? rwg__text_skip(s, pos + 1) : s->len;
    uint32_t end = is_quote(byte_at(s, literal)) ? literal_end(s, literal) : 0;
    uint32_t close = end != 0 ? rwg__text_skip(s, end) : s->len;
    if ((byte_at(s, close) != ')' && byte_at(s, close) != ',') || is_import_equals(s, start)) {
        return after;
    }
    rwg__scan_level *top = rwg__scan_top(s);
    bool first = !rwg__scan_at_root(s) && rwg__text_skip(s, top->open + 1) == start;
    if (first && !resolve && rwg__scan_callee(s, top) == RWG__CALLEE_EXPORTS) {
        uint32_t level = s->out->levels.len - 1;
        return copy_around(s, top->callee_start, level, RWG__COPY_EXPORTS, after);
    }
    copy_in_context(s, "", start, end, ");", false);
    return after;
}

/* --- exports ---------------------------------------------------------------------------------- */

/* An assignment's '=' at pos. */
static bool is_assign(const rwg__scan *s, uint32_t pos) {
    return byte_at(s, pos) == '=' && byte_at(s, pos + 1) != '=' && byte_at(s, pos + 1) != '>';
}

/* The end of a short value without functions, or 0. */
static uint32_t short_value(const rwg__scan *s, uint32_t pos) {
    uint32_t depth = 0, questions = 0, limit = s->len - pos > 256 ? pos + 256 : s->len;
    uint32_t last = pos; /* after the last byte that is no white space */
    for (; pos < limit; pos++) {
        uint8_t c = s->s[pos];
        switch (c) {
        case '(':
        case '[': depth++; break;
        case ')':
        case ']':
            if (depth-- == 0) {
                return last;
            }
            break;
        case '"':
        case '\'': {
            uint32_t end = rwg__text_string(s, pos);
            if (end == 0) {
                return 0;
            }
            pos = end - 1;
            break;
        }
        case '}':
        case ';': return depth == 0 ? last : 0;
        case ',':
            if (depth == 0) {
                return last;
            }
            break;
        case '\n':
        case '\r': {
            uint8_t next = byte_at(s, rwg__text_skip(s, pos));
            bool complete = rwg__is_word(s->s[last - 1]) || s->s[last - 1] == ')';
            return depth == 0 && complete && (next == 0 || next == '}' || rwg__is_word(next)) ? last
                                                                                              : 0;
        }
        case '?':
            if (depth == 0 && byte_at(s, pos + 1) != '.' && byte_at(s, pos + 1) != '?') {
                questions += s->s[pos - 1] != '?';
            }
            break;
        case ':':
            if (depth == 0 && questions-- == 0) {
                return last; /* of a conditional around the assignment */
            }
            break;
        case '{':
        case '`':
        case '/':
        case '\\': return 0;
        default: break;
        }
        last = rwg__is_space(c) ? last : pos + 1;
    }
    return pos == s->len && depth == 0 ? last : 0;
}

/* One target of an assignment, from `exports` or `module` on. */
typedef struct target {
    uint32_t end;
    bool whole;    /* exports itself: its value matters */
    bool computed; /* exports[key]: likewise */
    bool broken;   /* a key that is too long to follow */
} target;

static target read_target(const rwg__scan *s, uint32_t exports) {
    target t = {.end = exports + 7, .whole = true};
    uint32_t next = rwg__text_skip(s, t.end);
    if (byte_at(s, next) == '.') {
        uint32_t name = rwg__text_skip(s, next + 1), end = rwg__text_word_end(s, name);
        if (end > name) {
            t.whole = false;
            t.end = end;
        }
    } else if (byte_at(s, next) == '[') {
        uint32_t key = rwg__text_skip(s, next + 1);
        bool literal = is_quote(byte_at(s, key));
        uint32_t end = literal ? literal_end(s, key) : short_value(s, key);
        uint32_t close = end != 0 ? rwg__text_skip(s, end) : s->len;
        t.whole = false;
        t.computed = !literal;
        t.broken = byte_at(s, close) != ']';
        t.end = t.broken ? t.end : close + 1;
    }
    return t;
}

/* The `exports` of a target at pos: exports, or after module. ; NOT_EXPORTS if there is none. */
#define NOT_EXPORTS UINT32_MAX

static uint32_t exports_at(const rwg__scan *s, uint32_t pos) {
    if (word_is(s, pos, "module")) {
        uint32_t dot = rwg__text_skip(s, pos + 6);
        pos = byte_at(s, dot) == '.' ? rwg__text_skip(s, dot + 1) : s->len;
    }
    return pos < s->len && word_is(s, pos, "exports") ? pos : NOT_EXPORTS;
}

/* After the '=' of a target of another name at pos, or pos if there is none: module.exports = a.b =
 * {...}. */
static uint32_t skip_target(const rwg__scan *s, uint32_t pos) {
    uint32_t next = pos;
    for (;;) {
        uint32_t end = rwg__text_word_end(s, next);
        uint32_t after = rwg__text_skip(s, end);
        if (end == next) {
            return pos;
        }
        if (is_assign(s, after)) {
            return rwg__text_skip(s, after + 1);
        }
        if (byte_at(s, after) != '.') {
            return pos;
        }
        next = rwg__text_skip(s, after + 1);
    }
}

/* Values that mean more than "unknown" to a reader of exports. */
static bool is_telling(const rwg__scan *s, uint32_t value) {
    return word_is(s, value, "require") || word_is(s, value, "exports") ||
           word_is(s, value, "__toCommonJS");
}

/* exports.a = exports.b = module.exports = value: start is where the first target begins. */
static uint32_t on_targets(rwg__scan *s, uint32_t start, uint32_t exports, target t) {
    bool whole = t.whole, computed = t.computed;
    uint32_t value;
    for (;;) {
        value = rwg__text_skip(s, rwg__text_skip(s, t.end) + 1);
        exports = exports_at(s, value);
        while (exports == NOT_EXPORTS && skip_target(s, value) != value) {
            value = skip_target(s, value);
            exports = exports_at(s, value);
        }
        if (exports == NOT_EXPORTS) {
            break;
        }
        t = read_target(s, exports);
        if (t.broken || !is_assign(s, rwg__text_skip(s, t.end))) {
            break;
        }
        whole = whole || t.whole;
        computed = computed || t.computed;
    }
    if (whole && byte_at(s, value) == '{') {
        return begin_copy(s, start, value, RWG__COPY_EXPORTS);
    }
    uint32_t end = whole || computed ? short_value(s, value) : 0;
    if (end > value) {
        copy_in_context(s, "", start, end, ";", true);
        return end;
    }
    if (computed || (whole && is_telling(s, value))) {
        return rwg__scan_doubt(s, start, "exports with a value too long to follow");
    }
    copy_in_context(s, "", start, value, "0;", true);
    return value;
}

/* exports or module.exports as an argument: of a call that defines exports, perhaps. 0: it is no
 * such call. */
static uint32_t on_argument(rwg__scan *s, uint32_t start, uint32_t end) {
    rwg__scan_level *top = rwg__scan_top(s);
    bool first = !rwg__scan_at_root(s) && rwg__text_skip(s, top->open + 1) == start;
    uint32_t comma = rwg__text_skip(s, end);
    if (!first || byte_at(s, comma) != ',' || rwg__scan_callee(s, top) != RWG__CALLEE_EXPORTS) {
        return 0;
    }
    uint32_t key = rwg__text_skip(s, comma + 1);
    uint32_t key_end = is_quote(byte_at(s, key)) ? literal_end(s, key) : 0;
    uint8_t after = key_end != 0 ? byte_at(s, rwg__text_skip(s, key_end)) : 0;
    if (after == ',' || after == ')') {
        copy_in_context(s, "", top->callee_start, key_end, ");", true);
        return end;
    }
    uint32_t level = s->out->levels.len - 1;
    return copy_around(s, top->callee_start, level, RWG__COPY_EXPORTS, end);
}

/* {exports: ...}, {readonly exports?: ...}, {exports}, {exports() {}}, {get exports() {}}: names of
 * properties. */
static bool is_key(const rwg__scan *s, uint32_t start, uint32_t end) {
    static const char *const bind[] = {"case", "const", "let", "var", NULL};
    static const char *const modify[] = {
        "get",
        "set",
        "static",
        "async",
        "abstract",
        "override",
        "public",
        "private",
        "protected",
        NULL};
    if (rwg__scan_top(s)->kind != '{') {
        return false;
    }
    uint32_t before = rwg__scan_before(s, start), word = rwg__text_word_start(s, before);
    uint8_t last = before > 0 ? s->s[before - 1] : 0;
    uint32_t after = rwg__text_skip(s, end);
    uint8_t next = byte_at(s, after);
    if (next == ':' || (next == '?' && byte_at(s, after + 1) == ':')) {
        bool bound = word < before && rwg__text_is_any(s, word, before, bind);
        return last != '?' && !bound;
    }
    bool modified = word < before && rwg__text_is_any(s, word, before, modify);
    if (modified && (next == '(' || next == '<')) {
        return true;
    }
    bool begins = last == '{' || last == ',' || last == ';';
    return begins && (next == '}' || next == '(' || (next == ',' && last != ';'));
}

static uint32_t on_exports(rwg__scan *s, uint32_t exports) {
    uint32_t start = exports, end = exports + 7, before = rwg__scan_before(s, exports);
    bool module = false;
    if (rwg__scan_is_member(s, exports)) {
        uint32_t word_end = rwg__scan_before(s, before - 1),
                 word = rwg__text_word_start(s, word_end);
        module = rwg__text_is(s, word, word_end, "module") && !rwg__scan_is_member(s, word);
        if (!module) {
            return end;
        }
        start = word;
    }
    target t = read_target(s, exports);
    if (t.broken && is_assign(s, rwg__text_skip(s, t.end))) {
        return rwg__scan_doubt(s, exports, "a computed export with a long key");
    }
    if (!t.broken && is_assign(s, rwg__text_skip(s, t.end))) {
        return on_targets(s, start, exports, t);
    }
    uint32_t next = t.whole ? on_argument(s, start, end) : 0;
    if (next != 0) {
        return next;
    }
    if (!s->exports_written && (module || !is_key(s, exports, end))) {
        s->exports_written = true;
        rwg__digest_glue(s, module ? "module.exports;\n" : "exports;\n");
    }
    return end;
}

/* --- await ------------------------------------------------------------------------------------ */

static uint32_t on_await(rwg__scan *s, uint32_t start) {
    uint32_t after = start + 5;
    if (s->await_written || s->copy != RWG__COPY_NONE) {
        return after;
    }
    uint8_t next = byte_at(s, rwg__text_skip(s, after));
    if (!rwg__is_word(next) && (next == 0 || !strchr("\"'`([{/-+!~<", next))) {
        return after; /* a name: {await: 1}, await = 2 */
    }
    uint8_t context = rwg__scan_context(s, start);
    if (context & RWG__CONTEXT_FUNCTION) {
        return after;
    }
    if (context & RWG__CONTEXT_DOUBT) {
        return rwg__scan_doubt(s, start, "await inside of a function or not");
    }
    s->await_written = true;
    rwg__digest_glue(s, "await 0;\n");
    return after;
}

/* --- the two doors ---------------------------------------------------------------------------- */

uint32_t rwg__scan_word(rwg__scan *s, uint32_t pos) {
    uint32_t start = pos;
    switch (s->s[pos]) {
    case 'm':
        if (pos > 0 && s->s[pos - 1] == 'i' && word_at(s, pos - 1, "import") &&
            !rwg__scan_is_member(s, pos - 1)) {
            return on_import(s, pos - 1);
        }
        break;
    case 'x':
        start = pos > 0 ? pos - 1 : 0;
        if (s->s[start] != 'e') {
            break;
        }
        if (word_at(s, start, "exports") && s->copy == RWG__COPY_NONE) {
            return on_exports(s, start);
        }
        if (rwg__scan_at_root(s) && word_at(s, start, "export") && !rwg__scan_is_member(s, start)) {
            return rwg__scan_export(s, start);
        }
        break;
    case 'q':
        start = pos > 1 ? pos - 2 : 0;
        if (s->copy == RWG__COPY_NONE && word_at(s, start, "require") &&
            !rwg__scan_is_member(s, start)) {
            return on_require(s, start);
        }
        break;
    case 'a':
        if (word_at(s, pos, "await") && !rwg__scan_is_member(s, pos)) {
            return on_await(s, pos);
        }
        break;
    default: break;
    }
    return s->out->sure ? pos + 1 : s->len;
}

uint32_t rwg__scan_copied(rwg__scan *s, uint32_t end) {
    uint32_t start = s->copy_start;
    rwg__copy_kind kind = s->copy;
    s->copy = RWG__COPY_NONE;
    s->copy_level = 0;
    switch (kind) {
    case RWG__COPY_NONE: break;
    case RWG__COPY_CALL: copy_in_context(s, "", start, end, ";", has_await(s, start, end)); break;
    case RWG__COPY_IMPORT: return finish_import(s, start, end);
    case RWG__COPY_EXPORTS: copy_in_context(s, "", start, end, ";", true); break;
    case RWG__COPY_WORKER:
        copy_in_context(s, "", start, end, ");", has_await(s, start, end));
        break;
    case RWG__COPY_NEXT: rwg__digest_glue(s, "export let "); /* fall through */
    case RWG__COPY_PATTERN:
        rwg__digest_piece(s, start, end);
        rwg__digest_glue(s, ";\n");
        break;
    }
    return s->out->sure ? end : s->len;
}
