/* Matching of exports and imports. See conditions.h.
 *
 * A target is a tree: strings at the leaves, arrays (the first that is a valid target) and objects
 * (the first condition that holds) inside. It is walked with a stack of its own. Each value answers
 * with one of the kinds of rwg__match_kind; what an array and an object do with a member's answer
 * is the whole of the algorithm (fold_array, fold_object). */
#include "resolve/conditions.h"

#include "base/limits.h"
#include "base/str.h"

typedef struct target_frame {
    const rwg__json *value;
    uint32_t next;
    rwg__match_kind last; /* ARRAY: what the last member that did not decide answered */
    rwg_str last_target;
} target_frame;

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* The next character of a path segment, lower case, percent escapes undone; *at moves behind it. */
static char next_char(rwg_str text, uint32_t *at) {
    char c = text.ptr[*at];
    if (c != '%' || *at + 2 >= text.len) {
        *at += 1;
        return lower(c);
    }
    int value = 0;
    for (uint32_t i = 1; i <= 2; i++) {
        char digit = lower(text.ptr[*at + i]);
        if (digit >= '0' && digit <= '9') {
            value = value * 16 + (digit - '0');
        } else if (digit >= 'a' && digit <= 'f') {
            value = value * 16 + (digit - 'a' + 10);
        } else {
            *at += 1;
            return c;
        }
    }
    *at += 3;
    return lower((char)value);
}

/* True for "." and ".." and "node_modules", in any case, percent-encoded or not. An empty segment
 * is only deprecated. */
static bool is_bad_segment(rwg_str segment) {
    char plain[16];
    uint32_t len = 0;
    for (uint32_t at = 0; at < segment.len;) {
        if (len == sizeof plain) {
            return false;
        }
        plain[len++] = next_char(segment, &at);
    }
    rwg_str text = rwg__str(plain, len);
    return rwg__str_eq_c(text, ".") || rwg__str_eq_c(text, "..") ||
           rwg__str_eq_c(text, "node_modules");
}

static bool has_bad_segment(rwg_str path) {
    uint32_t start = 0;
    for (uint32_t i = 0; i <= path.len; i++) {
        if (i == path.len || path.ptr[i] == '/' || path.ptr[i] == '\\') {
            if (is_bad_segment(rwg__str_sub(path, start, i))) {
                return true;
            }
            start = i + 1;
        }
    }
    return false;
}

/* target with each * replaced by what the key's * stands for. */
static void add_replaced(rwg__buf *text, rwg_str target, rwg_str star) {
    for (uint32_t i = 0; i < target.len; i++) {
        if (target.ptr[i] == '*') {
            rwg__buf_add(text, star);
        } else {
            rwg__buf_char(text, target.ptr[i]);
        }
    }
}

/* How a key matched: what * stands for, if it has one; or what follows a key that ends in "/". */
typedef struct key_match {
    rwg_str key;
    rwg_str star;
    bool has_star;
    bool is_folder;
} key_match;

/* "scheme:..." that is neither a path nor a package name. */
static bool is_url(rwg_str target) {
    uint32_t colon = rwg__str_index(target, ':');
    return colon < target.len && colon < rwg__str_index(target, '/') + 1u && colon > 1;
}

static rwg__match_kind
match_string(rwg_str target, const key_match *key, bool is_imports, rwg__buf *text) {
    if (!rwg__str_starts(target, RWG_STR("./"))) {
        bool is_bare = is_imports && target.len > 0 && target.ptr[0] != '/' &&
                       !rwg__str_starts(target, RWG_STR("../")) &&
                       (!is_url(target) || rwg__str_starts(target, RWG_STR("node:")));
        if (!is_bare) {
            return RWG__MATCH_BAD_TARGET;
        }
        rwg__buf_clear(text);
        add_replaced(text, target, key->has_star ? key->star : RWG_STR("*"));
        return RWG__MATCH_BARE;
    }
    if (has_bad_segment(rwg__str_from(target, 2)) ||
        (key->is_folder && target.ptr[target.len - 1] != '/')) {
        return RWG__MATCH_BAD_TARGET;
    }
    if ((key->has_star || key->is_folder) && has_bad_segment(key->star)) {
        return RWG__MATCH_BAD_SPECIFIER;
    }
    rwg__buf_clear(text);
    if (key->is_folder) {
        rwg__buf_add(text, target);
        rwg__buf_add(text, key->star);
    } else {
        add_replaced(text, target, key->has_star ? key->star : RWG_STR("*"));
    }
    return RWG__MATCH_FILE;
}

static bool is_index_key(rwg_str key) {
    for (uint32_t i = 0; i < key.len; i++) {
        if (key.ptr[i] < '0' || key.ptr[i] > '9') {
            return false;
        }
    }
    return key.len > 0 && (key.len == 1 || key.ptr[0] != '0');
}

static bool has_index_key(const rwg__json *object) {
    for (uint32_t i = 0; i < object->count; i++) {
        if (is_index_key(object->keys[i])) {
            return true;
        }
    }
    return false;
}

static bool holds(const rwg__conditions *conditions, rwg_str name) {
    if (rwg__str_eq_c(name, "default") || rwg__str_eq(name, conditions->site)) {
        return true;
    }
    for (uint32_t i = 0; i < conditions->count; i++) {
        if (rwg__str_eq(name, conditions->names[i])) {
            return true;
        }
    }
    return false;
}

/* True when a member's answer is the array's. Members that exclude or are no targets are passed
 * over, but the last of them is the answer when nothing else is. */
static bool fold_array(target_frame *frame, rwg__match_kind answer, rwg_str target) {
    if (answer == RWG__MATCH_NONE) {
        return false;
    }
    if (answer == RWG__MATCH_EXCLUDED || answer == RWG__MATCH_BAD_TARGET) {
        frame->last = answer;
        frame->last_target = target;
        return false;
    }
    return true;
}

/* True when a member's answer is the object's: anything but "no condition holds". */
static bool fold_object(rwg__match_kind answer) {
    return answer != RWG__MATCH_NONE;
}

/* The member to look at next, or NULL when frame has no more. */
static const rwg__json *next_member(target_frame *frame, const rwg__conditions *conditions) {
    while (frame->next < frame->value->count) {
        uint32_t index = frame->next++;
        if (frame->value->type == RWG__JSON_ARRAY || holds(conditions, frame->value->keys[index])) {
            return &frame->value->items[index];
        }
    }
    return NULL;
}

/* What a value says by itself. Arrays and objects with members say nothing yet: *out_enter. */
static rwg__match_kind open_value(
    const rwg__json *value, const key_match *key, bool is_imports, rwg__buf *text, bool *out_enter
) {
    *out_enter = false;
    switch (value->type) {
    case RWG__JSON_STRING: return match_string(value->string, key, is_imports, text);
    case RWG__JSON_NULL: return RWG__MATCH_EXCLUDED;
    case RWG__JSON_ARRAY: *out_enter = value->count > 0; return RWG__MATCH_EXCLUDED;
    case RWG__JSON_OBJECT:
        if (has_index_key(value)) {
            return RWG__MATCH_BAD_CONFIG;
        }
        *out_enter = value->count > 0;
        return RWG__MATCH_NONE;
    case RWG__JSON_FALSE:
    case RWG__JSON_TRUE:
    case RWG__JSON_NUMBER: break;
    }
    return RWG__MATCH_BAD_TARGET;
}

/* PACKAGE_TARGET_RESOLVE */
static rwg__match match_target(
    const rwg__json *target,
    const key_match *key,
    bool is_imports,
    const rwg__conditions *conditions,
    rwg__buf *text
) {
    target_frame stack[RWG_LIMIT_JSON_DEPTH + 1];
    uint32_t depth = 0;
    const rwg__json *value = target;
    rwg__match_kind answer = RWG__MATCH_NONE;
    rwg_str answer_target = {NULL, 0};
    while (value) {
        bool enter = false;
        answer = open_value(value, key, is_imports, text, &enter);
        answer_target = rwg__json_string(value);
        if (enter) {
            RWG_ASSERT(depth <= RWG_LIMIT_JSON_DEPTH);
            stack[depth++] = (target_frame){value, 0, RWG__MATCH_NONE, {NULL, 0}};
            value = next_member(&stack[depth - 1], conditions);
            answer = RWG__MATCH_NONE;
        } else {
            value = NULL;
        }
        /* Hand the answer up until a container wants another member. */
        while (!value && depth > 0) {
            target_frame *frame = &stack[depth - 1];
            bool is_array = frame->value->type == RWG__JSON_ARRAY;
            bool decided =
                is_array ? fold_array(frame, answer, answer_target) : fold_object(answer);
            value = decided ? NULL : next_member(frame, conditions);
            if (!value) {
                if (!decided) {
                    answer = is_array ? frame->last : RWG__MATCH_NONE;
                    answer_target = frame->last_target;
                }
                depth--;
            }
        }
    }
    bool has_text = answer == RWG__MATCH_FILE || answer == RWG__MATCH_BARE;
    return (rwg__match){answer, key->key, has_text ? rwg__buf_str(text) : answer_target};
}

/* PATTERN_KEY_COMPARE: true when a is more specific than b. */
static bool is_more_specific(rwg_str a, rwg_str b) {
    uint32_t star_a = rwg__str_index(a, '*');
    uint32_t star_b = rwg__str_index(b, '*');
    uint32_t base_a = star_a < a.len ? star_a + 1 : a.len;
    uint32_t base_b = star_b < b.len ? star_b + 1 : b.len;
    if (base_a != base_b) {
        return base_a > base_b;
    }
    if (star_a == a.len || star_b == b.len) {
        return star_a < a.len;
    }
    return a.len > b.len;
}

/* True when subpath matches a key with one *, or one that ends in "/". */
static bool match_pattern(rwg_str key, rwg_str subpath, key_match *out) {
    uint32_t star = rwg__str_index(key, '*');
    *out = (key_match){.key = key};
    if (star == key.len) {
        out->is_folder = key.len > 0 && key.ptr[key.len - 1] == '/' && subpath.len > key.len &&
                         rwg__str_starts(subpath, key);
        out->star = out->is_folder ? rwg__str_from(subpath, key.len) : (rwg_str){NULL, 0};
        return out->is_folder;
    }
    rwg_str base = rwg__str_sub(key, 0, star);
    rwg_str trailer = rwg__str_from(key, star + 1);
    if (rwg__str_last_index(key, '*') != star || subpath.len < key.len ||
        !rwg__str_starts(subpath, base) || !rwg__str_ends(subpath, trailer)) {
        return false;
    }
    out->has_star = true;
    out->star = rwg__str_sub(subpath, base.len, subpath.len - trailer.len);
    return true;
}

/* PACKAGE_IMPORTS_EXPORTS_RESOLVE */
static rwg__match match_map(
    const rwg__json *map,
    rwg_str subpath,
    bool is_imports,
    const rwg__conditions *conditions,
    rwg__buf *text
) {
    if (subpath.len > 0 && subpath.ptr[subpath.len - 1] == '/') {
        return (rwg__match){RWG__MATCH_NONE, {NULL, 0}, {NULL, 0}};
    }
    const rwg__json *exact = rwg__json_get_str(map, subpath);
    if (exact && rwg__str_index(subpath, '*') == subpath.len) {
        key_match key = {.key = subpath};
        return match_target(exact, &key, is_imports, conditions, text);
    }
    const rwg__json *best = NULL;
    key_match best_key = {0};
    for (uint32_t i = 0; i < map->count; i++) {
        key_match key;
        if (match_pattern(map->keys[i], subpath, &key) &&
            (!best || is_more_specific(key.key, best_key.key))) {
            best = &map->items[i];
            best_key = key;
        }
    }
    if (!best) {
        return (rwg__match){RWG__MATCH_NONE, {NULL, 0}, {NULL, 0}};
    }
    return match_target(best, &best_key, is_imports, conditions, text);
}

bool rwg__exports_is_sugar(const rwg__json *exports) {
    if (exports->type != RWG__JSON_OBJECT) {
        return true;
    }
    return exports->count > 0 && !rwg__str_starts(exports->keys[0], RWG_STR("."));
}

rwg__match rwg__exports_match(
    const rwg__json *exports, rwg_str subpath, const rwg__conditions *conditions, rwg__buf *text
) {
    bool sugar = rwg__exports_is_sugar(exports);
    if (exports->type == RWG__JSON_OBJECT) {
        for (uint32_t i = 0; i < exports->count; i++) {
            if (rwg__str_starts(exports->keys[i], RWG_STR(".")) == sugar) {
                return (rwg__match){RWG__MATCH_BAD_CONFIG, exports->keys[i], {NULL, 0}};
            }
        }
    }
    if (!sugar) {
        return match_map(exports, subpath, false, conditions, text);
    }
    if (!rwg__str_eq_c(subpath, ".")) {
        return (rwg__match){RWG__MATCH_NONE, {NULL, 0}, {NULL, 0}};
    }
    key_match key = {.key = RWG_STR(".")};
    return match_target(exports, &key, false, conditions, text);
}

rwg__match rwg__imports_match(
    const rwg__json *imports, rwg_str specifier, const rwg__conditions *conditions, rwg__buf *text
) {
    if (rwg__str_eq_c(specifier, "#")) {
        return (rwg__match){RWG__MATCH_BAD_SPECIFIER, {NULL, 0}, {NULL, 0}};
    }
    if (imports->type != RWG__JSON_OBJECT) {
        return (rwg__match){RWG__MATCH_NONE, {NULL, 0}, {NULL, 0}};
    }
    return match_map(imports, specifier, true, conditions, text);
}
