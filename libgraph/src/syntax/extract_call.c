/* Calls that name other modules: import(), import types, require(), require.resolve(), new URL(),
 * workers, import.meta.glob(), import.meta.hot. */
#include "base/limits.h"
#include "base/str.h"
#include "syntax/byte_class.h"
#include "syntax/extract.h"
#include "syntax/literal.h"

static bool is_meta(const rwg__extract *x, TSNode node) {
    return !ts_node_is_null(node) && rwg__extract_node(x, node) == RWG__NODE_META &&
           x->in.text.ptr[ts_node_start_byte(node)] == 'i';
}

/* object.property, as two nodes; false for anything else. */
static bool member(const rwg__extract *x, TSNode node, TSNode *out_object, TSNode *out_property) {
    if (ts_node_is_null(node) || rwg__extract_node(x, node) != RWG__NODE_MEMBER) {
        return false;
    }
    *out_object = rwg__extract_child(x, node, RWG__FIELD_OBJECT);
    *out_property = rwg__extract_child(x, node, RWG__FIELD_PROPERTY);
    return !ts_node_is_null(*out_object) && !ts_node_is_null(*out_property);
}

/* --- import() --- */

static void add_wildcard(rwg__buf *pattern) {
    uint32_t len = pattern->bytes.len;
    if (len == 0 || pattern->bytes.ptr[len - 1] != '*') {
        rwg__buf_char(pattern, '*');
    }
}

/* `a${b}c` as a*c. */
static void template_pattern(const rwg__extract *x, TSNode node, rwg__buf *pattern) {
    uint32_t from = ts_node_start_byte(node) + 1;
    uint32_t end = ts_node_end_byte(node) - 1;
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    for (bool more = ts_tree_cursor_goto_first_child(&cursor); more;
         more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode part = ts_tree_cursor_current_node(&cursor);
        if (rwg__extract_node(x, part) != RWG__NODE_SUBSTITUTION) {
            continue;
        }
        uint32_t start = ts_node_start_byte(part);
        if (start > from) {
            rwg__literal_add(pattern, rwg__str_sub(x->in.text, from, start));
        }
        add_wildcard(pattern);
        from = ts_node_end_byte(part);
    }
    ts_tree_cursor_delete(&cursor);
    if (end > from) {
        rwg__literal_add(pattern, rwg__str_sub(x->in.text, from, end));
    }
}

/* "a" + b + "c" as a*c: the leaves of a left-leaning chain of +, in order. Returns whether one was
 * text. */
static bool sum_pattern(rwg__extract *x, TSNode sum, rwg__buf *pattern) {
    RWG_VEC(TSNode) leaves = {0};
    bool has_text = false;
    TSNode node = sum;
    while (rwg__extract_node(x, node) == RWG__NODE_BINARY) {
        TSNode sign = rwg__extract_child(x, node, RWG__FIELD_OPERATOR);
        TSNode left = rwg__extract_child(x, node, RWG__FIELD_LEFT);
        TSNode right = rwg__extract_child(x, node, RWG__FIELD_RIGHT);
        if (ts_node_is_null(sign) || ts_node_is_null(left) || ts_node_is_null(right) ||
            !rwg__extract_is(x, sign, "+")) {
            break;
        }
        *rwg__vec_push(&leaves, x->mem) = right;
        node = left;
    }
    *rwg__vec_push(&leaves, x->mem) = node;
    for (uint32_t i = leaves.len; i > 0; i--) {
        rwg_str value = {NULL, 0};
        TSNode leaf = leaves.ptr[i - 1];
        if (rwg__extract_literal(x, leaf, &value)) {
            rwg__buf_add(pattern, value);
            has_text |= value.len > 0;
        } else if (rwg__extract_node(x, leaf) == RWG__NODE_TEMPLATE) {
            template_pattern(x, leaf, pattern);
            has_text = true;
        } else {
            add_wildcard(pattern);
        }
    }
    rwg__vec_free(&leaves, x->mem);
    return has_text;
}

static void dynamic_pattern(rwg__extract *x, TSNode argument, uint32_t context) {
    rwg__buf pattern;
    rwg__buf_init(&pattern, x->mem);
    bool is_pattern = false;
    if (rwg__extract_node(x, argument) == RWG__NODE_TEMPLATE) {
        template_pattern(x, argument, &pattern);
        is_pattern = true;
    } else if (rwg__extract_node(x, argument) == RWG__NODE_BINARY) {
        is_pattern = sum_pattern(x, argument, &pattern);
    }
    if (is_pattern) {
        rwg_str text = rwg__buf_str(&pattern);
        rwg__extract_add_import(
            x, RWG_IMPORT_DYNAMIC_TEMPLATE, rwg__extract_bytes(argument), text, context
        );
    }
    rwg__buf_deinit(&pattern);
}

/* No object of options has more properties. */
#define MOST_OPTIONS 16u

/* The object in {with: {...}}, or in the older {assert: {...}}. */
static TSNode attributes_option(rwg__extract *x, TSNode options) {
    for (uint32_t i = 0; i < MOST_OPTIONS; i++) {
        TSNode pair = rwg__extract_argument(x, options, i);
        if (ts_node_is_null(pair)) {
            break;
        }
        TSNode key = rwg__extract_child(x, pair, RWG__FIELD_KEY);
        TSNode value = rwg__extract_child(x, pair, RWG__FIELD_VALUE);
        if (ts_node_is_null(key) || ts_node_is_null(value) ||
            rwg__extract_node(x, value) != RWG__NODE_OBJECT) {
            continue;
        }
        rwg_str name = rwg__extract_name(x, key);
        if (rwg__str_eq_c(name, "with") || rwg__str_eq_c(name, "assert")) {
            return value;
        }
    }
    return (TSNode){.id = NULL};
}

/* f<typeof import("s")>(...) looks like two comparisons to the grammar. Nobody asks for the type of
 * a promise, so this is a type anywhere. */
static bool follows_typeof(const rwg__extract *x, TSNode call) {
    rwg_str before = rwg__str_sub(x->in.text, 0, ts_node_start_byte(call));
    while (before.len && rwg__is_space(before.ptr[before.len - 1])) {
        before.len--;
    }
    bool ends = rwg__str_ends(before, RWG_STR("typeof"));
    return ends && !(before.len > 6 && rwg__is_name_byte(before.ptr[before.len - 7]));
}

static void import_call(rwg__extract *x, TSNode call, TSNode arguments, uint32_t context) {
    TSNode argument = rwg__extract_argument(x, arguments, 0);
    if (ts_node_is_null(argument)) {
        return;
    }
    rwg_str specifier = {NULL, 0};
    if (!rwg__extract_literal(x, argument, &specifier)) {
        dynamic_pattern(x, argument, context);
        return;
    }
    bool type = (context & RWG__IN_TYPE) != 0 || (x->in.typescript && follows_typeof(x, call));
    rwg_import_kind kind = type ? RWG_IMPORT_IMPORT_TYPE : RWG_IMPORT_DYNAMIC;
    rwg_import *import =
        rwg__extract_add_import(x, kind, rwg__extract_bytes(argument), specifier, context);
    if (!import) {
        return;
    }
    if (type) {
        import->flags |= RWG_IMPORT_TYPE_ONLY;
    }
    TSNode attributes = attributes_option(x, rwg__extract_argument(x, arguments, 1));
    if (!ts_node_is_null(attributes)) {
        rwg__extract_attributes(x, import, attributes);
    }
}

/* --- import.meta --- */

static void add_glob(rwg__extract *x, TSNode literal, bool eager, uint32_t context) {
    rwg_str pattern = {NULL, 0};
    if (!rwg__extract_literal(x, literal, &pattern)) {
        return;
    }
    bool negative = pattern.len && pattern.ptr[0] == '!';
    rwg_import *import =
        rwg__extract_add_import(x, RWG_IMPORT_GLOB, rwg__extract_bytes(literal), pattern, context);
    if (import && eager) {
        import->flags |= RWG_IMPORT_GLOB_EAGER;
    }
    if (import && negative) {
        import->flags |= RWG_IMPORT_GLOB_NEGATIVE;
    }
}

/* "?raw", "raw" or {raw: true}, which is ?raw=true, as the attribute that a record has for it. */
static rwg_ref query_attribute(rwg__extract *x, TSNode value) {
    rwg_str text = {NULL, 0};
    rwg__buf line;
    rwg__buf_init(&line, x->mem);
    rwg__buf_add(&line, RWG_STR("query="));
    uint32_t prefix = line.bytes.len;
    if (rwg__extract_literal(x, value, &text)) {
        rwg__buf_add(&line, text.len && text.ptr[0] == '?' ? RWG_STR("") : RWG_STR("?"));
        rwg__buf_add(&line, text);
    }
    bool object = rwg__extract_node(x, value) == RWG__NODE_OBJECT;
    for (uint32_t i = 0; object && i < MOST_OPTIONS; i++) {
        TSNode pair = rwg__extract_argument(x, value, i);
        if (ts_node_is_null(pair)) {
            break;
        }
        TSNode key = rwg__extract_child(x, pair, RWG__FIELD_KEY);
        TSNode item = rwg__extract_child(x, pair, RWG__FIELD_VALUE);
        if (!ts_node_is_null(key) && !ts_node_is_null(item)) {
            rwg__buf_char(&line, line.bytes.len > prefix ? '&' : '?');
            rwg__buf_add(&line, rwg__extract_name(x, key));
            rwg__buf_char(&line, '=');
            rwg__buf_add(&line, rwg__extract_name(x, item));
        }
    }
    bool says = line.bytes.len > prefix + 1 && line.bytes.len <= RWG_LIMIT_SPECIFIER;
    rwg_ref ref = says ? rwg__record_str(x->out, rwg__buf_str(&line)) : (rwg_ref){0};
    rwg__buf_deinit(&line);
    return ref;
}

/* {eager: true, query: "?raw"} in any order, or the older {as: "raw"}. True when it is eager. */
static bool read_glob_options(rwg__extract *x, TSNode options, rwg_ref *out_query) {
    bool eager = false;
    for (uint32_t i = 0; i < MOST_OPTIONS; i++) {
        TSNode pair = rwg__extract_argument(x, options, i);
        if (ts_node_is_null(pair)) {
            break;
        }
        TSNode key = rwg__extract_child(x, pair, RWG__FIELD_KEY);
        TSNode value = rwg__extract_child(x, pair, RWG__FIELD_VALUE);
        if (ts_node_is_null(key) || ts_node_is_null(value)) {
            continue;
        }
        rwg_str name = rwg__extract_name(x, key);
        if (rwg__str_eq_c(name, "query") || rwg__str_eq_c(name, "as")) {
            *out_query = query_attribute(x, value);
        } else if (rwg__str_eq_c(name, "eager")) {
            eager |= rwg__extract_is(x, value, "true");
        }
    }
    return eager;
}

/* One row a literal: the argument itself, or the elements of an array. */
typedef void (*literal_fn)(rwg__extract *x, TSNode literal, uint32_t how, uint32_t context);

static void
each_literal(rwg__extract *x, TSNode argument, literal_fn take, uint32_t how, uint32_t context) {
    if (rwg__extract_node(x, argument) != RWG__NODE_ARRAY) {
        take(x, argument, how, context);
        return;
    }
    TSTreeCursor cursor = ts_tree_cursor_new(argument);
    for (bool more = ts_tree_cursor_goto_first_child(&cursor); more;
         more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        take(x, ts_tree_cursor_current_node(&cursor), how, context);
    }
    ts_tree_cursor_delete(&cursor);
}

static void take_glob(rwg__extract *x, TSNode literal, uint32_t how, uint32_t context) {
    add_glob(x, literal, how != 0, context);
}

static void take_hot(rwg__extract *x, TSNode literal, uint32_t how, uint32_t context) {
    (void)context;
    rwg_str value = {NULL, 0};
    if (rwg__extract_literal(x, literal, &value)) {
        rwg_ref ref = rwg__record_str(x->out, value);
        *rwg__record_hot(x->out) = (rwg_hot){how, ref, rwg__extract_span(x, literal)};
    }
}

/* import.meta.hot.NAME(...) */
static void hot_call(rwg__extract *x, TSNode property, TSNode arguments) {
    rwg_str name = rwg__extract_text(x, property);
    TSNode argument = rwg__extract_argument(x, arguments, 0);
    rwg_span span = rwg__extract_span(x, property);
    if (rwg__str_eq_c(name, "decline")) {
        *rwg__record_hot(x->out) = (rwg_hot){RWG_HOT_DECLINE, {0}, span};
    } else if (rwg__str_eq_c(name, "acceptExports") && !ts_node_is_null(argument)) {
        each_literal(x, argument, take_hot, RWG_HOT_ACCEPT_EXPORTS, 0);
        bool is_empty = rwg__extract_node(x, argument) == RWG__NODE_ARRAY &&
                        ts_node_is_null(rwg__extract_argument(x, argument, 0));
        if (is_empty) { /* accepted as long as nobody uses an export */
            *rwg__record_hot(x->out) = (rwg_hot){RWG_HOT_ACCEPT_EXPORTS, {0}, span};
        }
    } else if (rwg__str_eq_c(name, "accept")) {
        rwg_str value = {NULL, 0};
        bool names =
            !ts_node_is_null(argument) && (rwg__extract_node(x, argument) == RWG__NODE_ARRAY ||
                                           rwg__extract_literal(x, argument, &value));
        if (names) {
            each_literal(x, argument, take_hot, RWG_HOT_ACCEPT_DEP, 0);
        } else {
            *rwg__record_hot(x->out) = (rwg_hot){RWG_HOT_ACCEPT_SELF, {0}, span};
        }
    }
}

/* import.meta.NAME(...) and import.meta.hot.NAME(...) */
static void
meta_call(rwg__extract *x, TSNode object, TSNode property, TSNode arguments, uint32_t context) {
    TSNode inner = {.id = NULL};
    TSNode inner_property = {.id = NULL};
    if (member(x, object, &inner, &inner_property)) {
        if (is_meta(x, inner) && rwg__extract_is(x, inner_property, "hot")) {
            hot_call(x, property, arguments);
        }
        return;
    }
    bool always_eager = rwg__extract_is(x, property, "globEager");
    TSNode argument = rwg__extract_argument(x, arguments, 0);
    if (!is_meta(x, object) || ts_node_is_null(argument) ||
        !(always_eager || rwg__extract_is(x, property, "glob"))) {
        return;
    }
    rwg_ref query = {0};
    bool eager = read_glob_options(x, rwg__extract_argument(x, arguments, 1), &query);
    uint32_t first = x->out->imports.len;
    each_literal(x, argument, take_glob, always_eager || eager, context);
    for (uint32_t i = first; i < x->out->imports.len; i++) {
        x->out->imports.ptr[i].attributes = query;
        x->out->imports.ptr[i].flags |= i > first ? RWG_IMPORT_GLOB_MORE : 0;
    }
}

/* import.meta itself; and whether `.hot` follows it. */
void rwg__extract_meta(rwg__extract *x, TSNode meta) {
    if (!is_meta(x, meta)) {
        return;
    }
    x->has_esm = true;
    x->flags |= RWG_MODULE_USES_META;
    rwg_str rest = rwg__str_from(x->in.text, ts_node_end_byte(meta));
    uint32_t at = 0;
    while (at < rest.len &&
           (rwg__is_space(rest.ptr[at]) || rest.ptr[at] == '.' || rest.ptr[at] == '?')) {
        at++;
    }
    rest = rwg__str_from(rest, at);
    bool hot = at > 0 && rwg__str_starts(rest, RWG_STR("hot"));
    bool longer = rest.len > 3 && rwg__is_name_byte(rest.ptr[3]);
    if (hot && !longer) {
        x->flags |= RWG_MODULE_USES_HOT;
    }
}

/* --- require() and the call's shape --- */

static void
require_call(rwg__extract *x, rwg_import_kind kind, TSNode arguments, uint32_t context) {
    TSNode argument = rwg__extract_argument(x, arguments, 0);
    rwg_str specifier = {NULL, 0};
    if (!ts_node_is_null(argument) && rwg__extract_literal(x, argument, &specifier)) {
        rwg__extract_add_import(x, kind, rwg__extract_bytes(argument), specifier, context);
        x->has_cjs = true;
    }
}

void rwg__extract_call(rwg__extract *x, TSNode call, uint32_t context) {
    TSNode callee = rwg__extract_child(x, call, RWG__FIELD_FUNCTION);
    TSNode arguments = rwg__extract_child(x, call, RWG__FIELD_ARGUMENTS);
    if (ts_node_is_null(callee) || ts_node_is_null(arguments) ||
        rwg__extract_node(x, arguments) != RWG__NODE_ARGUMENTS) {
        return;
    }
    TSNode object = {.id = NULL};
    TSNode property = {.id = NULL};
    switch ((int)rwg__extract_node(x, callee)) {
    case RWG__NODE_IMPORT_KEYWORD: import_call(x, call, arguments, context); return;
    case RWG__NODE_IDENTIFIER:
        if (rwg__extract_is(x, callee, "require")) {
            require_call(x, RWG_IMPORT_REQUIRE, arguments, context);
            return;
        }
        break;
    case RWG__NODE_MEMBER:
        if (!member(x, callee, &object, &property)) {
            return;
        }
        if (x->in.text.ptr[ts_node_start_byte(object)] == 'i') {
            meta_call(x, object, property, arguments, context);
        }
        if (rwg__extract_is(x, property, "resolve") && rwg__extract_is(x, object, "require")) {
            require_call(x, RWG_IMPORT_REQUIRE_RESOLVE, arguments, context);
            return;
        }
        break;
    default: return;
    }
    rwg__extract_cjs_call(x, callee, arguments, context);
}

TSNode rwg__extract_required(rwg__extract *x, TSNode call) {
    TSNode none = {.id = NULL};
    if (ts_node_is_null(call) || rwg__extract_node(x, call) != RWG__NODE_CALL) {
        return none;
    }
    TSNode callee = rwg__extract_child(x, call, RWG__FIELD_FUNCTION);
    if (ts_node_is_null(callee) || !rwg__extract_is(x, callee, "require")) {
        return none;
    }
    rwg_str value = {NULL, 0};
    TSNode literal = rwg__extract_argument(x, rwg__extract_child(x, call, RWG__FIELD_ARGUMENTS), 0);
    bool is = !ts_node_is_null(literal) && rwg__extract_literal(x, literal, &value);
    return is ? literal : none;
}

/* --- new --- */

/* new URL("s", import.meta.url): the literal, or a null node. */
static TSNode url_literal(rwg__extract *x, TSNode expression) {
    TSNode none = {.id = NULL};
    TSNode constructor = rwg__extract_child(x, expression, RWG__FIELD_CONSTRUCTOR);
    TSNode arguments = rwg__extract_child(x, expression, RWG__FIELD_ARGUMENTS);
    if (ts_node_is_null(constructor) || ts_node_is_null(arguments) ||
        !rwg__extract_is(x, constructor, "URL")) {
        return none;
    }
    TSNode literal = rwg__extract_argument(x, arguments, 0);
    TSNode base = rwg__extract_argument(x, arguments, 1);
    TSNode object = none;
    TSNode property = none;
    rwg_str value = {NULL, 0};
    bool is = !ts_node_is_null(base) && member(x, base, &object, &property) && is_meta(x, object) &&
              rwg__extract_is(x, property, "url") && rwg__extract_literal(x, literal, &value);
    return is ? literal : none;
}

void rwg__extract_new(rwg__extract *x, TSNode expression, uint32_t context) {
    TSNode constructor = rwg__extract_child(x, expression, RWG__FIELD_CONSTRUCTOR);
    if (ts_node_is_null(constructor)) {
        return;
    }
    rwg_import_kind kind = RWG_IMPORT_URL;
    TSNode url = expression;
    if (rwg__extract_is(x, constructor, "Worker") ||
        rwg__extract_is(x, constructor, "SharedWorker")) {
        kind = RWG_IMPORT_WORKER;
        TSNode arguments = rwg__extract_child(x, expression, RWG__FIELD_ARGUMENTS);
        url = rwg__extract_argument(x, arguments, 0);
        if (ts_node_is_null(url) || rwg__extract_node(x, url) != RWG__NODE_NEW) {
            return;
        }
    }
    TSNode literal = url_literal(x, url);
    if (ts_node_is_null(literal)) {
        return;
    }
    /* The walk comes to a worker's URL next; it is not a second import. */
    uint32_t start = rwg__extract_span(x, literal).start;
    uint32_t n = x->out->imports.len;
    if (n && x->out->imports.ptr[n - 1].span.start == start) {
        return;
    }
    rwg_str specifier = {NULL, 0};
    if (rwg__extract_literal(x, literal, &specifier)) {
        rwg__extract_add_import(x, kind, rwg__extract_bytes(literal), specifier, context);
    }
}
