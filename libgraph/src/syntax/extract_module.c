/* Import and export statements (ECMAScript 16.2, and TypeScript's forms).
 *
 * Whether a statement is type-only is read off the text behind its first keyword where the grammar
 * has no word for it: a gap's patch (gaps.h) blanks `type` for tree-sitter only. */
#include "base/str.h"
#include "syntax/byte_class.h"
#include "syntax/extract.h"

/* True when the text between two offsets, comments aside, has this word: only called where a patch
 * may have hidden one. */
static bool hidden_word(const rwg__extract *x, uint32_t from, uint32_t to, rwg_str word) {
    if (x->in.seen.ptr == x->in.text.ptr) {
        return false;
    }
    for (uint32_t i = from; i + word.len <= to; i++) {
        bool starts = i == from || !rwg__is_name_byte(x->in.text.ptr[i - 1]);
        rwg_str rest = rwg__str_sub(x->in.text, i, to);
        if (starts && rwg__is_space(x->in.seen.ptr[i]) && rwg__str_starts(rest, word)) {
            return true;
        }
    }
    return false;
}

/* --- Import statements --- */

static void import_specifier(rwg__extract *x, rwg_import *import, TSNode specifier, bool type) {
    TSNode name = rwg__extract_child(x, specifier, RWG__FIELD_NAME);
    TSNode alias = rwg__extract_child(x, specifier, RWG__FIELD_ALIAS);
    if (ts_node_is_null(name)) {
        return;
    }
    if (rwg__extract_node(x, ts_node_child(specifier, 0)) == RWG__NODE_WORD_TYPE) {
        type = true;
    }
    rwg_ref imported = rwg__record_str(x->out, rwg__extract_name(x, name));
    rwg_ref local = imported;
    if (!ts_node_is_null(alias)) {
        local = rwg__record_str(x->out, rwg__extract_name(x, alias));
    }
    rwg__extract_add_name(x, import, imported, local, type ? RWG_NAME_TYPE_ONLY : 0);
}

/* default, * as ns, {a, b as c}: every name of the clause. */
static void import_clause(rwg__extract *x, rwg_import *import, TSNode clause, bool type) {
    uint32_t flags = type ? RWG_NAME_TYPE_ONLY : 0;
    TSTreeCursor cursor = ts_tree_cursor_new(clause);
    bool more = ts_tree_cursor_goto_first_child(&cursor);
    while (more) {
        TSNode node = ts_tree_cursor_current_node(&cursor);
        switch ((int)rwg__extract_node(x, node)) {
        case RWG__NODE_IDENTIFIER: {
            rwg_ref local = rwg__record_str(x->out, rwg__extract_name(x, node));
            rwg_ref imported = rwg__record_str(x->out, RWG_STR("default"));
            rwg__extract_add_name(x, import, imported, local, flags);
            break;
        }
        case RWG__NODE_NAMESPACE_IMPORT: {
            rwg_str name = rwg__extract_name(x, ts_node_named_child(node, 0));
            rwg_ref local = rwg__record_str(x->out, name);
            rwg_ref imported = rwg__record_str(x->out, RWG_STR("*"));
            rwg__extract_add_name(x, import, imported, local, flags);
            break;
        }
        case RWG__NODE_IMPORT_SPECIFIER: import_specifier(x, import, node, type); break;
        case RWG__NODE_NAMED_IMPORTS:
            if (ts_tree_cursor_goto_first_child(&cursor)) {
                continue;
            }
            break;
        default: break;
        }
        /* Two levels at most: the clause, and the names in braces. */
        more = ts_tree_cursor_goto_next_sibling(&cursor) ||
               (ts_tree_cursor_current_depth(&cursor) > 1 && ts_tree_cursor_goto_parent(&cursor) &&
                ts_tree_cursor_goto_next_sibling(&cursor));
    }
    ts_tree_cursor_delete(&cursor);
}

static bool all_names_are_types(const rwg__extract *x, const rwg_import *import) {
    for (uint32_t i = 0; i < import->name_count; i++) {
        if (!(x->out->names.ptr[import->first_name + i].flags & RWG_NAME_TYPE_ONLY)) {
            return false;
        }
    }
    return import->name_count > 0;
}

/* import a = require("s") */
static rwg_import *import_require(rwg__extract *x, TSNode clause, bool type) {
    TSNode literal = rwg__extract_child(x, clause, RWG__FIELD_SOURCE);
    rwg_str specifier = {NULL, 0};
    if (ts_node_is_null(literal) || !rwg__extract_literal(x, literal, &specifier)) {
        return NULL;
    }
    rwg_import *import = rwg__extract_add_import(
        x, RWG_IMPORT_IMPORT_EQUALS, rwg__extract_bytes(literal), specifier, 0
    );
    if (!import) {
        return NULL;
    }
    rwg_str name = rwg__extract_name(x, ts_node_named_child(clause, 0));
    rwg_ref local = rwg__record_str(x->out, name);
    rwg_ref imported = rwg__record_str(x->out, RWG_STR("*"));
    rwg__extract_add_name(x, import, imported, local, type ? RWG_NAME_TYPE_ONLY : 0);
    x->has_cjs = true;
    if (type) {
        import->flags |= RWG_IMPORT_TYPE_ONLY;
    }
    return import;
}

/* `export import a = require("s")` is a gap: `export` was blanked. */
static bool is_export_import(const rwg__extract *x, TSNode statement) {
    uint32_t at = ts_node_start_byte(statement);
    while (at > 0 && rwg__is_space(x->in.text.ptr[at - 1])) {
        at--;
    }
    return at >= 6 && hidden_word(x, at - 6, at, RWG_STR("export"));
}

void rwg__extract_import_statement(rwg__extract *x, TSNode statement) {
    bool type = false;
    TSNode clause = {.id = NULL};
    TSNode attributes = {.id = NULL};
    TSNode required = {.id = NULL};
    uint32_t n = ts_node_child_count(statement);
    for (uint32_t i = 0; i < n; i++) {
        TSNode child = ts_node_child(statement, i);
        switch ((int)rwg__extract_node(x, child)) {
        case RWG__NODE_WORD_TYPE: type = true; break;
        case RWG__NODE_IMPORT_CLAUSE: clause = child; break;
        case RWG__NODE_IMPORT_REQUIRE: required = child; break;
        case RWG__NODE_IMPORT_ATTRIBUTE: attributes = ts_node_named_child(child, 0); break;
        default: break;
        }
    }
    if (!ts_node_is_null(required)) {
        rwg_import *import = import_require(x, required, type);
        if (import && is_export_import(x, statement)) {
            uint32_t index = (uint32_t)(import - x->out->imports.ptr);
            uint32_t flags = type ? RWG_EXPORT_TYPE_ONLY : 0;
            rwg_ref imported = rwg__record_str(x->out, RWG_STR("*"));
            rwg_str name = rwg__extract_name(x, ts_node_named_child(required, 0));
            rwg__extract_add_export(x, name, imported, index, flags);
            x->has_esm = true;
        }
        return;
    }
    x->has_esm = true;
    rwg_str specifier = {NULL, 0};
    TSNode literal = rwg__extract_child(x, statement, RWG__FIELD_SOURCE);
    if (ts_node_is_null(literal) || !rwg__extract_literal(x, literal, &specifier)) {
        return;
    }
    rwg_import *import =
        rwg__extract_add_import(x, RWG_IMPORT_STATIC, rwg__extract_bytes(literal), specifier, 0);
    if (!import) {
        return;
    }
    if (ts_node_is_null(clause)) {
        import->flags |= RWG_IMPORT_SIDE_EFFECT;
    } else {
        import_clause(x, import, clause, type);
        if (type || all_names_are_types(x, import)) {
            import->flags |= RWG_IMPORT_TYPE_ONLY;
        }
    }
    if (!ts_node_is_null(attributes)) {
        rwg__extract_attributes(x, import, attributes);
    }
}

/* --- Export statements --- */

/* The parts of an export statement. Null nodes and false where there is none. */
typedef struct export_parts {
    TSNode source;
    TSNode clause;    /* {a, b as c} */
    TSNode namespace; /* * as n */
    TSNode declaration;
    TSNode attributes;
    bool star;
    bool type;
    bool is_default;
    bool equals;    /* export = x */
    bool as_global; /* export as namespace x */
} export_parts;

static export_parts read_parts(const rwg__extract *x, TSNode statement) {
    export_parts parts = {.source = rwg__extract_child(x, statement, RWG__FIELD_SOURCE)};
    parts.declaration = rwg__extract_child(x, statement, RWG__FIELD_DECLARATION);
    uint32_t n = ts_node_child_count(statement);
    for (uint32_t i = 0; i < n; i++) {
        TSNode child = ts_node_child(statement, i);
        switch ((int)rwg__extract_node(x, child)) {
        case RWG__NODE_EXPORT_CLAUSE: parts.clause = child; break;
        case RWG__NODE_NAMESPACE_EXPORT: parts.namespace = child; break;
        case RWG__NODE_IMPORT_ATTRIBUTE: parts.attributes = ts_node_named_child(child, 0); break;
        case RWG__NODE_WORD_STAR: parts.star = true; break;
        case RWG__NODE_WORD_TYPE: parts.type = true; break;
        case RWG__NODE_WORD_DEFAULT: parts.is_default = true; break;
        case RWG__NODE_WORD_EQUALS: parts.equals = true; break;
        case RWG__NODE_WORD_NAMESPACE: parts.as_global = true; break;
        default: break;
        }
    }
    return parts;
}

static void export_specifier(
    rwg__extract *x, rwg_import *import, TSNode specifier, bool type, uint32_t import_index
) {
    TSNode name = rwg__extract_child(x, specifier, RWG__FIELD_NAME);
    TSNode alias = rwg__extract_child(x, specifier, RWG__FIELD_ALIAS);
    if (ts_node_is_null(name)) {
        return;
    }
    if (rwg__extract_node(x, ts_node_child(specifier, 0)) == RWG__NODE_WORD_TYPE) {
        type = true;
    }
    rwg_ref local = rwg__record_str(x->out, rwg__extract_name(x, name));
    rwg_str exported = rwg__extract_name(x, ts_node_is_null(alias) ? name : alias);
    if (import) {
        rwg_ref as = rwg__record_str(x->out, exported);
        rwg__extract_add_name(x, import, local, as, type ? RWG_NAME_TYPE_ONLY : 0);
    }
    uint32_t flags = type ? RWG_EXPORT_TYPE_ONLY : 0;
    if (import_index == RWG_NO_IMPORT) {
        flags |= RWG__EXPORT_LISTED;
    }
    rwg__extract_add_export(x, exported, local, import_index, flags);
}

static void export_clause(rwg__extract *x, rwg_import *import, TSNode clause, bool type) {
    uint32_t index = import ? (uint32_t)(import - x->out->imports.ptr) : RWG_NO_IMPORT;
    TSTreeCursor cursor = ts_tree_cursor_new(clause);
    for (bool more = ts_tree_cursor_goto_first_child(&cursor); more;
         more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode node = ts_tree_cursor_current_node(&cursor);
        if (rwg__extract_node(x, node) == RWG__NODE_EXPORT_SPECIFIER) {
            export_specifier(x, import, node, type, index);
        }
    }
    ts_tree_cursor_delete(&cursor);
    if (import && (type || all_names_are_types(x, import))) {
        import->flags |= RWG_IMPORT_TYPE_ONLY;
    }
}

/* `with {key: "value"}` behind an export's specifier is a gap: it was blanked, so it is read off
 * the text. */
static void hidden_attributes(rwg__extract *x, rwg_import *import, uint32_t at) {
    rwg_str text = x->in.text;
    while (at < text.len && rwg__is_space(text.ptr[at])) {
        at++;
    }
    if (at < text.len && rwg__is_space(x->in.seen.ptr[at]) &&
        (hidden_word(x, at, text.len, RWG_STR("with")) ||
         hidden_word(x, at, text.len, RWG_STR("assert")))) {
        rwg__extract_written_attributes(x, import, at);
    }
}

/* export ... from "s" */
static void export_from(rwg__extract *x, TSNode statement, export_parts *parts) {
    rwg_str specifier = {NULL, 0};
    if (!rwg__extract_literal(x, parts->source, &specifier)) {
        return;
    }
    bool list = !ts_node_is_null(parts->clause);
    uint32_t start = ts_node_start_byte(statement);
    uint32_t end = ts_node_start_byte(parts->source);
    if (!list && hidden_word(x, start, end, RWG_STR("type"))) {
        parts->type = true;
    }
    rwg_import_kind kind = list ? RWG_IMPORT_REEXPORT : RWG_IMPORT_STAR;
    rwg_import *import =
        rwg__extract_add_import(x, kind, rwg__extract_bytes(parts->source), specifier, 0);
    if (!import) {
        return;
    }
    if (parts->type) {
        import->flags |= RWG_IMPORT_TYPE_ONLY;
    }
    if (!ts_node_is_null(parts->attributes)) {
        rwg__extract_attributes(x, import, parts->attributes);
    } else if (x->in.seen.ptr != x->in.text.ptr) {
        hidden_attributes(x, import, ts_node_end_byte(parts->source));
    }
    if (list) {
        export_clause(x, import, parts->clause, parts->type);
        return;
    }
    uint32_t index = (uint32_t)(import - x->out->imports.ptr);
    uint32_t flags = parts->type ? RWG_EXPORT_TYPE_ONLY : 0;
    rwg_ref all = rwg__record_str(x->out, RWG_STR("*"));
    rwg_str name = {NULL, 0};
    if (ts_node_is_null(parts->namespace)) {
        rwg__extract_add_name(x, import, all, (rwg_ref){0}, parts->type ? RWG_NAME_TYPE_ONLY : 0);
        rwg__extract_add_export(x, name, (rwg_ref){0}, index, flags | RWG_EXPORT_STAR);
        return;
    }
    name = rwg__extract_name(
        x, ts_node_child(parts->namespace, ts_node_child_count(parts->namespace) - 1)
    );
    rwg_ref local = rwg__record_str(x->out, name);
    rwg__extract_add_name(x, import, all, local, parts->type ? RWG_NAME_TYPE_ONLY : 0);
    name = rwg__extract_name(
        x, ts_node_child(parts->namespace, ts_node_child_count(parts->namespace) - 1)
    );
    rwg__extract_add_export(x, name, all, index, flags);
}

static void export_binding(rwg__extract *x, TSNode name, uint32_t flags) {
    if (ts_node_is_null(name)) {
        return;
    }
    rwg_ref local = rwg__record_str(x->out, rwg__extract_name(x, name));
    rwg__extract_add_export(x, rwg__extract_name(x, name), local, RWG_NO_IMPORT, flags);
}

/* Whether a node of a declaration is one of the names it binds, given how it hangs on its parent:
 * keys, types and initialisers lie beside the names. */
static bool is_beside_names(const rwg__extract *x, TSTreeCursor *cursor) {
    TSFieldId field = ts_tree_cursor_current_field_id(cursor);
    if (field == 0) {
        return false;
    }
    const TSFieldId *fields = x->grammar->fields;
    if (field == fields[RWG__FIELD_KEY] || field == fields[RWG__FIELD_TYPE] ||
        field == fields[RWG__FIELD_RIGHT]) {
        return true;
    }
    /* `value` is an initialiser of a declarator, but the target of a pair in a pattern. */
    TSNode node = ts_tree_cursor_current_node(cursor);
    return field == fields[RWG__FIELD_VALUE] &&
           rwg__extract_node(x, ts_node_parent(node)) == RWG__NODE_DECLARATOR;
}

/* const a = 1, {b, c: [d = 2, ...e]} = f: every name bound. */
static void export_variables(rwg__extract *x, TSNode declaration) {
    TSTreeCursor cursor = ts_tree_cursor_new(declaration);
    bool more = ts_tree_cursor_goto_first_child(&cursor);
    while (more) {
        TSNode node = ts_tree_cursor_current_node(&cursor);
        bool beside = is_beside_names(x, &cursor);
        if (!beside && rwg__extract_node(x, node) == RWG__NODE_IDENTIFIER) {
            export_binding(x, node, 0);
        }
        if (!beside && ts_tree_cursor_goto_first_child(&cursor)) {
            continue;
        }
        while (more && !ts_tree_cursor_goto_next_sibling(&cursor)) {
            more = ts_tree_cursor_goto_parent(&cursor) && ts_tree_cursor_current_depth(&cursor) > 0;
        }
    }
    ts_tree_cursor_delete(&cursor);
}

/* namespace A.B: the first name. */
static TSNode outermost_name(TSNode name) {
    while (!ts_node_is_null(name) && ts_node_named_child_count(name) > 1) {
        name = ts_node_named_child(name, 0);
    }
    return name;
}

static void export_declaration(rwg__extract *x, TSNode declaration, bool is_default) {
    if (rwg__extract_node(x, declaration) == RWG__NODE_AMBIENT) {
        declaration = ts_node_named_child(declaration, 0);
        if (ts_node_is_null(declaration)) {
            return;
        }
    }
    TSNode name = rwg__extract_child(x, declaration, RWG__FIELD_NAME);
    uint32_t flags = 0;
    switch ((int)rwg__extract_node(x, declaration)) {
    case RWG__NODE_LEXICAL:
    case RWG__NODE_USING: export_variables(x, declaration); return;
    case RWG__NODE_IMPORT_ALIAS: export_binding(x, ts_node_named_child(declaration, 0), 0); return;
    case RWG__NODE_TYPE_ALIAS:
    case RWG__NODE_INTERFACE: flags = RWG_EXPORT_TYPE_ONLY; break;
    case RWG__NODE_NAMESPACE:
        /* May hold types alone, in which case TypeScript erases it; whoever imports it says so with
         * `import type` or does not, so it counts as a value here. */
        name = outermost_name(name);
        if (!ts_node_is_null(name) && rwg__extract_node(x, name) == RWG__NODE_STRING) {
            return;
        }
        break;
    default: break;
    }
    if (!is_default) {
        export_binding(x, name, flags);
        return;
    }
    rwg_ref local = {0};
    if (!ts_node_is_null(name)) {
        local = rwg__record_str(x->out, rwg__extract_name(x, name));
    }
    rwg__extract_add_export(x, RWG_STR("default"), local, RWG_NO_IMPORT, flags);
}

bool rwg__extract_export_statement(rwg__extract *x, TSNode statement) {
    export_parts parts = read_parts(x, statement);
    if (parts.equals) {
        rwg__extract_add_export(x, RWG_STR("export="), (rwg_ref){0}, RWG_NO_IMPORT, 0);
        x->has_cjs = true;
        x->has_cjs_exports = true;
        return true;
    }
    x->has_esm = true;
    if (parts.as_global) {
        return false;
    }
    if (!ts_node_is_null(parts.source)) {
        export_from(x, statement, &parts);
        return false;
    }
    if (!ts_node_is_null(parts.clause)) {
        export_clause(x, NULL, parts.clause, parts.type);
        return false;
    }
    if (!ts_node_is_null(parts.declaration)) {
        export_declaration(x, parts.declaration, parts.is_default);
    } else if (parts.is_default) {
        rwg__extract_add_export(x, RWG_STR("default"), (rwg_ref){0}, RWG_NO_IMPORT, 0);
    }
    return true;
}

void rwg__extract_resolve_lists(rwg__extract *x) {
    rwg__record_builder *out = x->out;
    bool listed = false;
    for (uint32_t i = 0; i < out->exports.len && !listed; i++) {
        listed = (out->exports.ptr[i].flags & RWG__EXPORT_LISTED) != 0;
    }
    if (!listed) {
        return;
    }
    rwg__extract_empty(&x->rows_by_key);
    for (uint32_t i = 0; i < out->names.len; i++) {
        uint8_t kind = out->imports.ptr[x->name_owners.ptr[i]].kind;
        if (kind == RWG_IMPORT_STATIC || kind == RWG_IMPORT_IMPORT_EQUALS) {
            *rwg__idmap_put(&x->rows_by_key, out->names.ptr[i].local.v, NULL) = i;
        }
    }
    for (uint32_t i = 0; i < out->exports.len; i++) {
        rwg_export *row = &out->exports.ptr[i];
        if (!(row->flags & RWG__EXPORT_LISTED)) {
            continue;
        }
        row->flags &= ~RWG__EXPORT_LISTED;
        const uint32_t *name = rwg__idmap_find(&x->rows_by_key, row->local.v);
        if (name) {
            row->import = x->name_owners.ptr[*name];
            row->local = out->names.ptr[*name].imported;
        }
    }
}
