/* What the exports of a "use server" module are: functions that others call by name, or not.
 *
 * Such a module's stub elsewhere is made of its exports alone, so what decides how a function is
 * called has to be in the record: serverQuery(...) and serverAction(...) of RedwoodSDK say by
 * which HTTP method, and what is surely no function cannot be called at all. These modules are few,
 * and their whole tree is read (parse.c); of others nothing is said here.
 *
 * Only what is evident is told: `const a = 1` is no function, `let a = 1` and `const a = b` may
 * be. */
#include <rwgraph/diag.h>

#include "base/map.h"
#include "base/str.h"
#include "syntax/extract.h"

#include <string.h>

typedef struct server_value {
    uint32_t flags; /* RWG_EXPORT_* */
    rwg_span span;
} server_value;

typedef struct server_exports {
    rwg__extract *x;
    rwg__idmap locals; /* name ref of a top-level binding -> its value + 1 */
    RWG_VEC(server_value) values;
    rwg__idmap callees; /* name ref of an import -> what it is, as wrapper_of_name says */
    server_value of_default;
} server_exports;

static bool is_type(TSNode node, const char *type) {
    return strcmp(ts_node_type(node), type) == 0;
}

/* What is in parentheses or behind a type assertion. */
static TSNode unwrapped(const rwg__extract *x, TSNode value) {
    while (!ts_node_is_null(value) &&
           (rwg__extract_node(x, value) == RWG__NODE_AS ||
            is_type(value, "parenthesized_expression") || is_type(value, "non_null_expression"))) {
        uint32_t count = ts_node_named_child_count(value);
        TSNode inner = ts_node_named_child(value, 0);
        for (uint32_t i = 1; i < count && rwg__extract_node(x, inner) == RWG__NODE_COMMENT; i++) {
            inner = ts_node_named_child(value, i);
        }
        value = inner;
    }
    return value;
}

static bool is_surely_no_function(TSNode value) {
    static const char *const TYPES[] = {
        "array",
        "class",
        "false",
        "jsx_element",
        "jsx_self_closing_element",
        "new_expression",
        "null",
        "number",
        "object",
        "regex",
        "string",
        "template_string",
        "true",
        "unary_expression"};
    for (size_t i = 0; i < sizeof TYPES / sizeof TYPES[0]; i++) {
        if (is_type(value, TYPES[i])) {
            return true;
        }
    }
    return false;
}

/* --- serverQuery, serverAction --- */

static uint32_t wrapper_of_name(rwg_str name) {
    return rwg__str_eq_c(name, "serverQuery") ? 2 : rwg__str_eq_c(name, "serverAction") ? 1 : 0;
}

/* import { serverQuery as query } from "rwsdk/worker"; */
static void read_callees(server_exports *s) {
    const rwg__record_builder *out = s->x->out;
    for (uint32_t i = 0; i < out->names.len; i++) {
        uint32_t wrapper = wrapper_of_name(rwg__record_text(out, out->names.ptr[i].imported));
        if (wrapper) {
            *rwg__idmap_put(&s->callees, out->names.ptr[i].local.v, NULL) = wrapper;
        }
    }
}

/* 2 for serverQuery, 1 for serverAction, 0 for any other call. */
static uint32_t wrapper_of_callee(const server_exports *s, TSNode callee) {
    const rwg__extract *x = s->x;
    if (rwg__extract_node(x, callee) == RWG__NODE_MEMBER) {
        TSNode property = rwg__extract_child(x, callee, RWG__FIELD_PROPERTY);
        return wrapper_of_name(rwg__extract_text(x, property));
    }
    if (rwg__extract_node(x, callee) != RWG__NODE_IDENTIFIER) {
        return 0;
    }
    rwg_str name = rwg__extract_text(x, callee);
    const uint32_t *known = rwg__idmap_find(&s->callees, rwg__record_str(s->x->out, name).v);
    return known ? *known : wrapper_of_name(name);
}

static bool is_method(rwg__extract *x, TSNode pair) {
    return rwg__extract_node(x, pair) == RWG__NODE_PAIR &&
           rwg__str_eq_c(
               rwg__extract_name(x, rwg__extract_child(x, pair, RWG__FIELD_KEY)), "method"
           );
}

/* The method that {method: "GET"} names, 0 when it names none. */
static uint32_t method_of_options(rwg__extract *x, TSNode options) {
    if (ts_node_is_null(options)) {
        return 0;
    }
    TSNode written = {.id = NULL};
    TSTreeCursor cursor = ts_tree_cursor_new(options);
    for (bool more = ts_tree_cursor_goto_first_child(&cursor); more && !written.id;
         more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode pair = ts_tree_cursor_current_node(&cursor);
        if (is_method(x, pair)) {
            written = unwrapped(x, rwg__extract_child(x, pair, RWG__FIELD_VALUE));
        }
    }
    ts_tree_cursor_delete(&cursor);
    rwg_str value = {NULL, 0};
    bool known = written.id && rwg__extract_literal(x, written, &value);
    return known && rwg__str_eq_c(value, "GET")    ? RWG_EXPORT_GET
           : known && rwg__str_eq_c(value, "POST") ? RWG_EXPORT_POST
                                                   : 0;
}

static uint32_t flags_of_value(server_exports *s, TSNode value) {
    rwg__extract *x = s->x;
    value = unwrapped(x, value);
    if (ts_node_is_null(value)) {
        return 0;
    }
    if (rwg__extract_node(x, value) != RWG__NODE_CALL) {
        return is_surely_no_function(value) ? RWG_EXPORT_NO_FUNCTION : 0;
    }
    uint32_t wrapper = wrapper_of_callee(s, rwg__extract_child(x, value, RWG__FIELD_FUNCTION));
    TSNode arguments = rwg__extract_child(x, value, RWG__FIELD_ARGUMENTS);
    if (!wrapper || ts_node_is_null(arguments)) {
        return 0;
    }
    uint32_t method = method_of_options(x, unwrapped(x, rwg__extract_argument(x, arguments, 1)));
    bool query = wrapper == 2;
    uint32_t usual = query ? RWG_EXPORT_GET : RWG_EXPORT_POST;
    return (query ? RWG_EXPORT_QUERY : 0) | (method ? method : usual);
}

/* --- the statements --- */

static void note_local(server_exports *s, TSNode name, uint32_t flags) {
    if (flags && !ts_node_is_null(name)) {
        rwg_ref ref = rwg__record_str(s->x->out, rwg__extract_name(s->x, name));
        *rwg__vec_push(&s->values, s->x->mem) =
            (server_value){flags, rwg__extract_span(s->x, name)};
        *rwg__idmap_put(&s->locals, ref.v, NULL) = s->values.len;
    }
}

static void read_variables(server_exports *s, TSNode declaration) {
    rwg__extract *x = s->x;
    bool constant = rwg__str_starts(rwg__extract_text(x, declaration), RWG_STR("const"));
    TSTreeCursor cursor = ts_tree_cursor_new(declaration);
    for (bool more = ts_tree_cursor_goto_first_child(&cursor); more;
         more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode declarator = ts_tree_cursor_current_node(&cursor);
        TSNode name = rwg__extract_child(x, declarator, RWG__FIELD_NAME);
        TSNode value = rwg__extract_child(x, declarator, RWG__FIELD_VALUE);
        if (rwg__extract_node(x, declarator) != RWG__NODE_DECLARATOR || ts_node_is_null(value) ||
            rwg__extract_node(x, name) != RWG__NODE_IDENTIFIER) {
            continue;
        }
        uint32_t flags = flags_of_value(s, value);
        note_local(s, name, constant ? flags : flags & ~(uint32_t)RWG_EXPORT_NO_FUNCTION);
    }
    ts_tree_cursor_delete(&cursor);
}

/* Returns what the declaration's own value is, for `export default`. */
static uint32_t read_declaration(server_exports *s, TSNode declaration) {
    switch ((int)rwg__extract_node(s->x, declaration)) {
    case RWG__NODE_LEXICAL: read_variables(s, declaration); return 0;
    case RWG__NODE_CLASS_DECLARATION:
    case RWG__NODE_ENUM:
        note_local(
            s, rwg__extract_child(s->x, declaration, RWG__FIELD_NAME), RWG_EXPORT_NO_FUNCTION
        );
        return RWG_EXPORT_NO_FUNCTION;
    default: return 0;
    }
}

static void read_statement(server_exports *s, TSNode statement) {
    const rwg__extract *x = s->x;
    if (rwg__extract_node(x, statement) != RWG__NODE_EXPORT) {
        (void)read_declaration(s, statement);
        return;
    }
    TSNode declaration = rwg__extract_child(x, statement, RWG__FIELD_DECLARATION);
    TSNode value = rwg__extract_child(x, statement, RWG__FIELD_VALUE);
    if (!ts_node_is_null(declaration)) {
        uint32_t flags = read_declaration(s, declaration);
        bool is_default = false;
        for (uint32_t i = 0; i < ts_node_child_count(statement) && !is_default; i++) {
            TSNode child = ts_node_child(statement, i);
            is_default = rwg__extract_node(x, child) == RWG__NODE_WORD_DEFAULT;
        }
        if (is_default) {
            s->of_default = (server_value){flags, rwg__extract_span(x, declaration)};
        }
    } else if (!ts_node_is_null(value)) {
        s->of_default = (server_value){flags_of_value(s, value), rwg__extract_span(x, value)};
    }
}

static void mark(const server_exports *s, rwg_export *row, server_value value) {
    row->flags |= value.flags;
    if (value.flags & RWG_EXPORT_NO_FUNCTION) {
        rwg_str name = rwg__record_text(s->x->out, row->name);
        rwg__record_diag(
            s->x->out,
            RWG_DIAG_SERVER_EXPORT,
            RWG_SEVERITY_WARNING,
            value.span,
            "\"%.*s\" is exported by a \"use server\" module but is no function: only code that "
            "runs in the same environment can use it",
            (int)name.len,
            name.ptr
        );
    }
}

static void mark_exports(const server_exports *s) {
    rwg__record_builder *out = s->x->out;
    for (uint32_t i = 0; i < out->exports.len; i++) {
        rwg_export *row = &out->exports.ptr[i];
        const uint32_t skipped = RWG_EXPORT_TYPE_ONLY | RWG_EXPORT_STAR | RWG_EXPORT_CJS;
        if (row->flags & skipped) {
            continue;
        }
        if (row->import != RWG_NO_IMPORT) {
            if (rwg__str_eq_c(rwg__record_text(out, row->local), "*")) { /* a namespace */
                rwg_span span = out->imports.ptr[row->import].span;
                mark(s, row, (server_value){RWG_EXPORT_NO_FUNCTION, span});
            }
            continue;
        }
        const uint32_t *local = row->local.v ? rwg__idmap_find(&s->locals, row->local.v) : NULL;
        if (local || !row->local.v) {
            mark(s, row, local ? s->values.ptr[*local - 1] : s->of_default);
        }
    }
}

void rwg__extract_server_exports(rwg__extract *x, TSNode root) {
    const rwg__record_builder *out = x->out;
    bool server = false;
    bool client = false;
    for (uint32_t i = 0; i < out->directives.len; i++) {
        rwg_str value = rwg__record_text(out, out->directives.ptr[i].value);
        server |= rwg__str_eq_c(value, "use server");
        client |= rwg__str_eq_c(value, "use client");
    }
    if (!server || client) {
        return;
    }
    server_exports s = {.x = x};
    rwg__idmap_init(&s.locals, x->mem);
    rwg__idmap_init(&s.callees, x->mem);
    read_callees(&s);
    uint32_t count = ts_node_named_child_count(root);
    TSTreeCursor cursor = ts_tree_cursor_new(root);
    bool more = count > 0 && ts_tree_cursor_goto_first_child(&cursor);
    for (; more; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        read_statement(&s, ts_tree_cursor_current_node(&cursor));
    }
    ts_tree_cursor_delete(&cursor);
    mark_exports(&s);
    rwg__vec_free(&s.values, x->mem);
    rwg__idmap_deinit(&s.locals);
    rwg__idmap_deinit(&s.callees);
}
