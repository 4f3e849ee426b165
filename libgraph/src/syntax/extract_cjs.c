/* What a CommonJS module exports, as far as its text says.
 *
 * The forms are those that people write and that compilers emit: exports.x = ..., module.exports =
 * {...}, Object.defineProperty(exports, "x", ...), re-exports through a helper
 * (__exportStar(require("s"), exports)), through a copying loop (exports[key] = s[key]), or as an
 * object's spread, and the dead code `0 && (module.exports = {a, b})` that compilers leave as a
 * note for readers like this one.
 *
 * Not here: which of the names exist at run time, and names set through an alias of exports. */
#include <rwgraph/diag.h>

#include "base/str.h"
#include "syntax/byte_class.h"
#include "syntax/extract.h"

/* exports or module.exports. */
static bool is_exports(const rwg__extract *x, TSNode node) {
    if (ts_node_is_null(node)) {
        return false;
    }
    rwg__node kind = rwg__extract_node(x, node);
    if (kind == RWG__NODE_IDENTIFIER) {
        return rwg__extract_is(x, node, "exports");
    }
    if (kind != RWG__NODE_MEMBER || x->in.text.ptr[ts_node_start_byte(node)] != 'm') {
        return false;
    }
    TSNode object = rwg__extract_child(x, node, RWG__FIELD_OBJECT);
    TSNode property = rwg__extract_child(x, node, RWG__FIELD_PROPERTY);
    return !ts_node_is_null(object) && !ts_node_is_null(property) &&
           rwg__extract_is(x, object, "module") && rwg__extract_is(x, property, "exports");
}

static void note_exports(rwg__extract *x, uint32_t context) {
    x->has_cjs = true;
    if (!(context & RWG__IN_FUNCTION)) {
        x->has_cjs_exports = true;
    }
}

static uint32_t row_flags(uint32_t context) {
    return RWG_EXPORT_CJS | (context & RWG__IN_FUNCTION ? RWG__EXPORT_IN_FUNCTION : 0);
}

static void add_name(rwg__extract *x, rwg_str name, uint32_t context) {
    note_exports(x, context);
    if (rwg__str_eq_c(name, "__esModule")) {
        x->flags |= RWG_MODULE_ES_INTEROP;
        return;
    }
    rwg__extract_add_export(x, name, (rwg_ref){0}, RWG_NO_IMPORT, row_flags(context));
}

/* All exports of what the literal names. The require itself is read later: it lies inside. */
static void add_star(rwg__extract *x, TSNode literal, uint32_t context) {
    note_exports(x, context);
    rwg_str none = {NULL, 0};
    uint32_t flags = row_flags(context) | RWG_EXPORT_STAR;
    uint32_t row = rwg__extract_add_export(x, none, (rwg_ref){0}, RWG_NO_IMPORT, flags);
    uint32_t start = rwg__extract_span(x, literal).start;
    *rwg__vec_push(&x->stars, x->mem) = (rwg__cjs_star){row, start};
}

static void add_unknown(rwg__extract *x, uint32_t context) {
    note_exports(x, context);
    x->flags |= RWG_MODULE_CJS_DYNAMIC;
}

/* {a, b: 1, c() {}, ...require("s")} */
static void add_object(rwg__extract *x, TSNode object, uint32_t context) {
    note_exports(x, context);
    TSTreeCursor cursor = ts_tree_cursor_new(object);
    for (bool more = ts_tree_cursor_goto_first_child(&cursor); more;
         more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode part = ts_tree_cursor_current_node(&cursor);
        rwg__node kind = rwg__extract_node(x, part);
        TSNode key = {.id = NULL};
        if (kind == RWG__NODE_SPREAD) {
            TSNode literal = rwg__extract_required(x, ts_node_named_child(part, 0));
            if (ts_node_is_null(literal)) {
                add_unknown(x, context);
            } else {
                add_star(x, literal, context);
            }
            continue;
        }
        if (kind == RWG__NODE_SHORTHAND) {
            key = part;
        } else if (kind == RWG__NODE_PAIR) {
            key = rwg__extract_child(x, part, RWG__FIELD_KEY);
        } else if (kind == RWG__NODE_FUNCTION) {
            key = rwg__extract_child(x, part, RWG__FIELD_NAME);
        }
        if (ts_node_is_null(key)) {
            continue;
        }
        if (rwg__extract_node(x, key) == RWG__NODE_OUTSIDE) {
            add_unknown(x, context); /* [computed] */
        } else {
            add_name(x, rwg__extract_name(x, key), context);
        }
    }
    ts_tree_cursor_delete(&cursor);
}

/* The module's exports become this value. */
static void add_value(rwg__extract *x, TSNode value, uint32_t context) {
    while (!ts_node_is_null(value) && rwg__extract_node(x, value) == RWG__NODE_ASSIGNMENT) {
        value = rwg__extract_child(x, value, RWG__FIELD_RIGHT);
    }
    if (ts_node_is_null(value)) {
        return;
    }
    note_exports(x, context);
    TSNode literal = rwg__extract_required(x, value);
    if (!ts_node_is_null(literal)) {
        add_star(x, literal, context);
        return;
    }
    if (rwg__extract_node(x, value) == RWG__NODE_OBJECT) {
        add_object(x, value, context);
        return;
    }
    /* exports.default and esbuild's helper add nothing that is not said elsewhere. */
    rwg_str text = rwg__extract_text(x, value);
    bool known = rwg__str_starts(text, RWG_STR("exports")) ||
                 rwg__str_starts(text, RWG_STR("__toCommonJS("));
    if (!known) {
        add_unknown(x, context);
    }
}

/* base[key] anywhere in value: base, or a null node. Looks at a bounded number of nodes: the loops
 * that compilers emit are short. */
static TSNode copied_base(const rwg__extract *x, TSNode value, rwg_str key) {
    TSNode base = {.id = NULL};
    TSTreeCursor cursor = ts_tree_cursor_new(value);
    bool more = true;
    for (int budget = 64; more && budget > 0; budget--) {
        TSNode node = ts_tree_cursor_current_node(&cursor);
        if (rwg__extract_node(x, node) == RWG__NODE_SUBSCRIPT) {
            TSNode object = rwg__extract_child(x, node, RWG__FIELD_OBJECT);
            TSNode index = rwg__extract_child(x, node, RWG__FIELD_INDEX);
            if (!ts_node_is_null(object) && !ts_node_is_null(index) &&
                rwg__extract_node(x, object) == RWG__NODE_IDENTIFIER &&
                rwg__str_eq(rwg__extract_text(x, index), key)) {
                base = object;
                break;
            }
        }
        if (ts_tree_cursor_goto_first_child(&cursor)) {
            continue;
        }
        while (more && !ts_tree_cursor_goto_next_sibling(&cursor)) {
            more = ts_tree_cursor_goto_parent(&cursor);
        }
    }
    ts_tree_cursor_delete(&cursor);
    return base;
}

/* exports[key] = value, with a key that is not a literal. */
static void add_copy(rwg__extract *x, TSNode key, TSNode value, uint32_t context) {
    TSNode base = {.id = NULL};
    if (!ts_node_is_null(value)) {
        base = copied_base(x, value, rwg__extract_text(x, key));
    }
    if (ts_node_is_null(base)) {
        add_unknown(x, context);
        return;
    }
    note_exports(x, context);
    rwg_ref name = rwg__record_str(x->out, rwg__extract_text(x, base));
    *rwg__vec_push(&x->copies, x->mem) = (rwg__cjs_copy){name};
}

void rwg__extract_cjs_assignment(rwg__extract *x, TSNode assignment, uint32_t context) {
    TSNode left = rwg__extract_child(x, assignment, RWG__FIELD_LEFT);
    TSNode right = rwg__extract_child(x, assignment, RWG__FIELD_RIGHT);
    if (ts_node_is_null(left) || ts_node_is_null(right)) {
        return;
    }
    rwg__node kind = rwg__extract_node(x, left);
    if (kind == RWG__NODE_MEMBER) {
        if (is_exports(x, left)) {
            add_value(x, right, context);
        } else if (is_exports(x, rwg__extract_child(x, left, RWG__FIELD_OBJECT))) {
            TSNode name = rwg__extract_child(x, left, RWG__FIELD_PROPERTY);
            add_name(x, rwg__extract_name(x, name), context);
        }
        return;
    }
    if (kind != RWG__NODE_SUBSCRIPT ||
        !is_exports(x, rwg__extract_child(x, left, RWG__FIELD_OBJECT))) {
        return;
    }
    TSNode index = rwg__extract_child(x, left, RWG__FIELD_INDEX);
    rwg_str name = {NULL, 0};
    if (ts_node_is_null(index)) {
        return;
    }
    if (rwg__extract_literal(x, index, &name)) {
        add_name(x, name, context);
    } else {
        add_copy(x, index, right, context);
    }
}

/* Object.defineProperty(exports, "x", {...}) */
static void define_property(rwg__extract *x, TSNode arguments, uint32_t context) {
    TSNode key = rwg__extract_argument(x, arguments, 1);
    rwg_str name = {NULL, 0};
    if (ts_node_is_null(key)) {
        return;
    }
    if (rwg__extract_literal(x, key, &name)) {
        add_name(x, name, context);
    } else {
        add_copy(x, key, rwg__extract_argument(x, arguments, 2), context);
    }
}

/* Object.assign(exports, require("s"), {a}) */
static void assign(rwg__extract *x, TSNode arguments, uint32_t context) {
    for (uint32_t i = 1; i < 8; i++) {
        TSNode value = rwg__extract_argument(x, arguments, i);
        if (ts_node_is_null(value)) {
            return;
        }
        add_value(x, value, context);
    }
}

static bool is_one_of(rwg_str name, const char *const *names) {
    for (; *names; names++) {
        if (rwg__str_eq_c(name, *names)) {
            return true;
        }
    }
    return false;
}

/* The helpers of TypeScript, SWC and esbuild that copy one module's exports to another. */
static void helper(rwg__extract *x, rwg_str name, TSNode arguments, uint32_t context) {
    static const char *const HELPERS[] = {
        "__exportStar", "_export_star", "__export", "_export", "__reExport", NULL};
    if (!is_one_of(name, HELPERS)) {
        return;
    }
    TSNode first = rwg__extract_argument(x, arguments, 0);
    TSNode second = rwg__extract_argument(x, arguments, 1);
    TSNode literal = rwg__extract_required(x, first);
    if (!ts_node_is_null(literal)) {
        add_star(x, literal, context);
        return;
    }
    if (!is_exports(x, first) || ts_node_is_null(second)) {
        return;
    }
    literal = rwg__extract_required(x, second);
    if (!ts_node_is_null(literal)) {
        add_star(x, literal, context);
    } else if (rwg__extract_node(x, second) == RWG__NODE_OBJECT) {
        add_object(x, second, context);
    }
}

void rwg__extract_cjs_call(rwg__extract *x, TSNode callee, TSNode arguments, uint32_t context) {
    rwg_str name = rwg__extract_text(x, callee);
    if (rwg__extract_node(x, callee) == RWG__NODE_IDENTIFIER) {
        if (name.len && name.ptr[0] == '_') {
            helper(x, name, arguments, context);
        }
        return;
    }
    TSNode object = rwg__extract_child(x, callee, RWG__FIELD_OBJECT);
    TSNode property = rwg__extract_child(x, callee, RWG__FIELD_PROPERTY);
    if (ts_node_is_null(object) || ts_node_is_null(property)) {
        return;
    }
    name = rwg__extract_text(x, property);
    if (name.len && name.ptr[0] == '_') {
        helper(x, name, arguments, context); /* tslib.__exportStar */
        return;
    }
    bool define = rwg__str_eq_c(name, "defineProperty");
    if (!define && !rwg__str_eq_c(name, "assign")) {
        return;
    }
    if (!rwg__extract_is(x, object, "Object") ||
        !is_exports(x, rwg__extract_argument(x, arguments, 0))) {
        return;
    }
    if (define) {
        define_property(x, arguments, context);
    } else {
        assign(x, arguments, context);
    }
}

/* --- At the end of the file --- */

/* In `base = wrapper(require("s"))`: base, found by reading backwards from the literal. The file's
 * own text is asked, since a digest may have left the variable out. */
static rwg_str variable_before(rwg_str source, uint32_t literal) {
    uint32_t at = literal;
    while (at > 0 && (rwg__is_name_byte(source.ptr[at - 1]) || rwg__is_space(source.ptr[at - 1]) ||
                      source.ptr[at - 1] == '(' || source.ptr[at - 1] == '.')) {
        at--;
    }
    if (at == 0 || source.ptr[at - 1] != '=') {
        return (rwg_str){NULL, 0};
    }
    at--;
    while (at > 0 && rwg__is_space(source.ptr[at - 1])) {
        at--;
    }
    uint32_t end = at;
    while (at > 0 && rwg__is_name_byte(source.ptr[at - 1])) {
        at--;
    }
    return rwg__str_sub(source, at, end);
}

static void resolve_stars(rwg__extract *x) {
    if (x->stars.len == 0) {
        return;
    }
    rwg__extract_empty(&x->rows_by_key);
    for (uint32_t i = 0; i < x->out->imports.len; i++) {
        *rwg__idmap_put(&x->rows_by_key, x->out->imports.ptr[i].span.start, NULL) = i;
    }
    for (uint32_t i = 0; i < x->stars.len; i++) {
        const uint32_t *import = rwg__idmap_find(&x->rows_by_key, x->stars.ptr[i].start);
        if (import) {
            x->out->exports.ptr[x->stars.ptr[i].row].import = *import;
        }
    }
}

/* Each copied variable that holds a required module makes one star. */
static void resolve_copies(rwg__extract *x) {
    if (x->copies.len == 0) {
        return;
    }
    rwg__extract_empty(&x->rows_by_key);
    for (uint32_t i = 0; i < x->out->imports.len; i++) {
        if (x->out->imports.ptr[i].kind != RWG_IMPORT_REQUIRE) {
            continue;
        }
        rwg_str name = variable_before(x->in.source, x->out->imports.ptr[i].span.start);
        if (name.len) {
            rwg_ref ref = rwg__record_str(x->out, name);
            *rwg__idmap_put(&x->rows_by_key, ref.v, NULL) = i;
        }
    }
    for (uint32_t i = 0; i < x->copies.len; i++) {
        const uint32_t *import = rwg__idmap_find(&x->rows_by_key, x->copies.ptr[i].base.v);
        if (!import) {
            x->flags |= RWG_MODULE_CJS_DYNAMIC;
            continue;
        }
        rwg_str none = {NULL, 0};
        uint32_t flags = RWG_EXPORT_CJS | RWG_EXPORT_STAR | RWG__EXPORT_IN_FUNCTION;
        rwg__extract_add_export(x, none, (rwg_ref){0}, *import, flags);
    }
}

/* An ES module's own functions may have a parameter called `exports`: only what stands outside of
 * functions counts there. A star whose require was left out is no export either. */
static void drop_rows(rwg__extract *x) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < x->out->exports.len; i++) {
        rwg_export row = x->out->exports.ptr[i];
        bool foreign = x->has_esm && row.flags & RWG__EXPORT_IN_FUNCTION;
        bool lost = row.flags & RWG_EXPORT_STAR && row.import == RWG_NO_IMPORT;
        if (!foreign && !lost) {
            row.flags &= ~RWG__EXPORT_IN_FUNCTION;
            x->out->exports.ptr[kept++] = row;
        }
    }
    x->out->exports.len = kept;
}

void rwg__extract_resolve_cjs(rwg__extract *x) {
    resolve_stars(x);
    resolve_copies(x);
    drop_rows(x);
    if (x->has_esm && !x->has_cjs_exports) {
        x->flags &= ~(uint32_t)(RWG_MODULE_CJS_DYNAMIC | RWG_MODULE_ES_INTEROP);
    }
}
