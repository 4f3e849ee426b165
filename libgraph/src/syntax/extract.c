/* The walk, and what its readers share.
 *
 * One pass over the tree in source order with a cursor and a stack of frames; no recursion. Each
 * node is classified by one array access; only the few kinds that can carry module facts are looked
 * into. What a node means may depend on what lies around it (in a try block, in a function, in a
 * type, at the top): a frame carries that for its children.
 *
 * A tree with errors is read the same way: import and export statements count as the program's when
 * nothing but errors lies between. */
#include "syntax/extract.h"

#include <rwgraph/diag.h>

#include "base/limits.h"
#include "base/str.h"
#include "syntax/byte_class.h"
#include "syntax/literal.h"

void rwg__extract_init(rwg__extract *x, rwg__mem *mem) {
    *x = (rwg__extract){.mem = mem};
    rwg__idmap_init(&x->export_rows, mem);
    rwg__idmap_init(&x->rows_by_key, mem);
    rwg__buf_init(&x->cooked, mem);
}

/* A table that one large file has made large is given up: clearing it would cost every later file.
 */
#define KEEP_SLOTS 1024u

void rwg__extract_empty(rwg__idmap *map) {
    if (map->cap > KEEP_SLOTS) {
        rwg__mem *mem = map->mem;
        rwg__idmap_deinit(map);
        rwg__idmap_init(map, mem);
    } else if (map->len) {
        rwg__idmap_clear(map);
    }
}

void rwg__extract_deinit(rwg__extract *x) {
    rwg__vec_free(&x->frames, x->mem);
    rwg__vec_free(&x->stars, x->mem);
    rwg__vec_free(&x->copies, x->mem);
    rwg__vec_free(&x->name_owners, x->mem);
    rwg__idmap_deinit(&x->export_rows);
    rwg__idmap_deinit(&x->rows_by_key);
    rwg__buf_deinit(&x->cooked);
}

/* --- Shared by the readers --- */

bool rwg__extract_is(const rwg__extract *x, TSNode node, const char *text) {
    return rwg__str_eq_c(rwg__extract_text(x, node), text);
}

rwg_span rwg__extract_place(const rwg__extract *x, rwg_span bytes) {
    return x->in.scan ? rwg__prescan_source_span(x->in.scan, bytes) : bytes;
}

rwg_span rwg__extract_span(const rwg__extract *x, TSNode node) {
    return rwg__extract_place(x, rwg__extract_bytes(node));
}

bool rwg__extract_has_jsx(const rwg__extract *x) {
    return x->in.scan ? x->in.scan->has_jsx : x->has_jsx;
}

static bool has_substitution(rwg_str template) {
    for (uint32_t i = 0; i + 1 < template.len; i++) {
        if (template.ptr[i] == '\\') {
            i++;
        } else if (template.ptr[i] == '$' && template.ptr[i + 1] == '{') {
            return true;
        }
    }
    return false;
}

bool rwg__extract_literal(rwg__extract *x, TSNode node, rwg_str *out_value) {
    rwg__node kind = rwg__extract_node(x, node);
    if (kind != RWG__NODE_STRING && kind != RWG__NODE_TEMPLATE) {
        return false;
    }
    rwg_str text = rwg__extract_text(x, node);
    if (text.len < 2 || text.ptr[0] != text.ptr[text.len - 1]) {
        return false;
    }
    if (kind == RWG__NODE_TEMPLATE && has_substitution(text)) {
        return false;
    }
    *out_value = rwg__literal_value(&x->cooked, rwg__str_sub(text, 1, text.len - 1));
    return true;
}

rwg_str rwg__extract_name(rwg__extract *x, TSNode node) {
    rwg_str value = {NULL, 0};
    if (!rwg__extract_literal(x, node, &value)) {
        value = rwg__literal_value(&x->cooked, rwg__extract_text(x, node));
    }
    return value;
}

TSNode rwg__extract_argument(const rwg__extract *x, TSNode arguments, uint32_t index) {
    TSNode found = {.id = NULL};
    if (ts_node_is_null(arguments)) {
        return found;
    }
    TSTreeCursor cursor = ts_tree_cursor_new(arguments);
    for (bool more = ts_tree_cursor_goto_first_child(&cursor); more && !found.id;
         more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode child = ts_tree_cursor_current_node(&cursor);
        bool counts = ts_node_is_named(child) && rwg__extract_node(x, child) != RWG__NODE_COMMENT;
        found = counts && index-- == 0 ? child : found;
    }
    ts_tree_cursor_delete(&cursor);
    return found;
}

/* 0-based line of an offset in the file. Rows are found almost in order, so the distance from the
 * last one is walked, in either direction. */
static uint32_t terminators(rwg_str text, uint32_t from, uint32_t to) {
    uint32_t n = 0;
    for (uint32_t i = from; i < to; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c > '\r' && c != 0xE2) {
            continue;
        }
        if (c == '\n') {
            n++;
        } else if (c == '\r') {
            n += i + 1 == text.len || text.ptr[i + 1] != '\n';
        } else if (c == 0xE2 && i + 2 < text.len && (unsigned char)text.ptr[i + 1] == 0x80) {
            n += ((unsigned char)text.ptr[i + 2] & 0xFE) == 0xA8;
        }
    }
    return n;
}

static uint32_t line_of(rwg__extract *x, uint32_t offset) {
    if (offset >= x->line_at) {
        x->line += terminators(x->in.source, x->line_at, offset);
    } else {
        x->line -= terminators(x->in.source, offset, x->line_at);
    }
    x->line_at = offset;
    return x->line;
}

static uint32_t line_of_bytes(rwg__extract *x, rwg_span bytes, rwg_span span) {
    if (x->in.scan) {
        return rwg__prescan_line(x->in.scan, x->in.source, bytes.start);
    }
    return line_of(x, span.start);
}

rwg_import *rwg__extract_add_import(
    rwg__extract *x, rwg_import_kind kind, rwg_span literal, rwg_str specifier, uint32_t context
) {
    rwg_span span = rwg__extract_place(x, literal);
    if (specifier.len > RWG_LIMIT_SPECIFIER) {
        rwg__record_diag(
            x->out,
            RWG_DIAG_BAD_SPECIFIER,
            RWG_SEVERITY_WARNING,
            span,
            "this import is left out: its specifier has more than %u bytes",
            RWG_LIMIT_SPECIFIER
        );
        return NULL;
    }
    if (x->out->imports.len >= RWG_LIMIT_IMPORTS) {
        if (!x->over_limit) {
            rwg__record_diag(
                x->out,
                RWG_DIAG_IMPORT_LIMIT,
                RWG_SEVERITY_ERROR,
                span,
                "imports from here on are left out: the file has more than %u",
                RWG_LIMIT_IMPORTS
            );
        }
        x->over_limit = true;
        return NULL;
    }
    rwg_ref ref = rwg__record_str(x->out, specifier);
    rwg_import *import = rwg__record_import(x->out);
    import->kind = (uint8_t)kind;
    import->flags = context & RWG__IN_TRY ? RWG_IMPORT_IN_TRY : 0;
    import->specifier = ref;
    import->span = span;
    import->line = line_of_bytes(x, literal, span) + 1;
    return import;
}

void rwg__extract_add_name(
    rwg__extract *x, rwg_import *import, rwg_ref imported, rwg_ref local, uint32_t flags
) {
    *rwg__record_name(x->out) = (rwg_name){imported, local, flags};
    *rwg__vec_push(&x->name_owners, x->mem) = (uint32_t)(import - x->out->imports.ptr);
    import->name_count++;
}

uint32_t rwg__extract_add_export(
    rwg__extract *x, rwg_str name, rwg_ref local, uint32_t import, uint32_t flags
) {
    rwg_ref ref = rwg__record_str(x->out, name);
    if (!(flags & RWG_EXPORT_STAR)) {
        uint32_t *row = rwg__idmap_put(&x->export_rows, ref.v, NULL);
        if (*row) {
            rwg_export *known = &x->out->exports.ptr[*row - 1];
            if (known->flags & RWG_EXPORT_CJS && !(flags & RWG_EXPORT_CJS)) {
                *known = (rwg_export){ref, local, import, flags};
            } else if (!(flags & RWG_EXPORT_TYPE_ONLY)) {
                known->flags &= ~(uint32_t)RWG_EXPORT_TYPE_ONLY;
            }
            if (!(flags & RWG__EXPORT_IN_FUNCTION)) {
                known->flags &= ~RWG__EXPORT_IN_FUNCTION;
            }
            return *row - 1;
        }
        *row = x->out->exports.len + 1;
    }
    *rwg__record_export(x->out) = (rwg_export){ref, local, import, flags};
    return x->out->exports.len - 1;
}

/* --- The walk --- */

/* A statement of the program: the next directive, or the end of the prologue. */
static void read_prologue(rwg__extract *x, TSNode statement, rwg__node kind) {
    if (kind == RWG__NODE_COMMENT && x->in.jsx) {
        rwg__extract_pragmas(x, statement);
    }
    if (kind == RWG__NODE_COMMENT || kind == RWG__NODE_HASH_BANG) {
        return;
    }
    TSNode literal = {.id = NULL};
    if (kind == RWG__NODE_EXPRESSION_STATEMENT) {
        literal = ts_node_named_child(statement, 0);
    }
    rwg_str text = {NULL, 0};
    if (!ts_node_is_null(literal) && rwg__extract_node(x, literal) == RWG__NODE_STRING) {
        text = rwg__extract_text(x, literal);
    }
    if (text.len < 2) {
        x->in_prologue = false;
        return;
    }
    rwg_ref value = rwg__record_str(x->out, rwg__str_sub(text, 1, text.len - 1));
    *rwg__record_directive(x->out) = (rwg_directive){value, rwg__extract_span(x, literal)};
    TSTreeCursor cursor = ts_tree_cursor_new(statement);
    for (bool more = ts_tree_cursor_goto_first_child(&cursor); more && x->in.jsx;
         more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode child = ts_tree_cursor_current_node(&cursor);
        if (rwg__extract_node(x, child) == RWG__NODE_COMMENT) {
            rwg__extract_pragmas(x, child); /* in front of the semicolon */
        }
    }
    ts_tree_cursor_delete(&cursor);
}

static bool word_at(rwg_str text, uint32_t at, const char *word) {
    rwg_str rest = rwg__str_from(text, at);
    uint32_t len = (uint32_t)strlen(word);
    if (!rwg__str_starts(rest, rwg__str(word, len))) {
        return false;
    }
    return rest.len == len || !rwg__is_name_byte(rest.ptr[len]);
}

/* `for await (...)`, `for (await using ...)`. */
static bool for_awaits(const rwg__extract *x, TSNode loop) {
    bool awaits = false;
    TSTreeCursor cursor = ts_tree_cursor_new(loop);
    for (bool more = ts_tree_cursor_goto_first_child(&cursor); more && !awaits;
         more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode child = ts_tree_cursor_current_node(&cursor);
        bool word =
            !ts_node_is_named(child) && word_at(x->in.text, ts_node_start_byte(child), "await");
        awaits = word || rwg__extract_node(x, child) == RWG__NODE_WORD_AWAIT;
    }
    ts_tree_cursor_delete(&cursor);
    return awaits;
}

static void note_identifier(rwg__extract *x, TSNode node) {
    if (ts_node_end_byte(node) - ts_node_start_byte(node) == 7 &&
        rwg__extract_is(x, node, "exports")) {
        x->has_cjs = true;
    }
}

static void note_await(rwg__extract *x, uint32_t context) {
    if (!(context & (RWG__IN_FUNCTION | RWG__IN_TYPE))) {
        x->flags |= RWG_MODULE_TLA;
    }
}

/* Reads one node. *context is what lies around it, and on return what lies around its children.
 * Returns whether those are to be visited. */
static bool
visit(rwg__extract *x, TSNode node, rwg__node kind, const rwg__frame *parent, uint32_t *context) {
    bool at_top = (*context & RWG__AT_TOP) != 0;
    if (at_top && x->in_prologue && ts_node_is_named(node)) {
        read_prologue(x, node, kind);
    }
    if (!(at_top && ts_node_is_error(node))) {
        *context &= ~(uint32_t)RWG__AT_TOP;
    }
    switch ((int)kind) {
    case RWG__NODE_IMPORT:
        if (at_top) {
            rwg__extract_import_statement(x, node);
        }
        return false;
    case RWG__NODE_EXPORT: return at_top ? rwg__extract_export_statement(x, node) : true;
    case RWG__NODE_CALL: rwg__extract_call(x, node, *context); return true;
    case RWG__NODE_NEW: rwg__extract_new(x, node, *context); return true;
    case RWG__NODE_META: rwg__extract_meta(x, node); return false;
    case RWG__NODE_ASSIGNMENT: rwg__extract_cjs_assignment(x, node, *context); return true;
    case RWG__NODE_IDENTIFIER: note_identifier(x, node); return false;
    case RWG__NODE_AWAIT: note_await(x, *context); return true;
    case RWG__NODE_JSX: x->has_jsx = true; return true;
    case RWG__NODE_FOR_IN:
        if (for_awaits(x, node)) {
            note_await(x, *context);
        }
        return true;
    case RWG__NODE_USING:
    case RWG__NODE_LEXICAL:
        if (word_at(x->in.text, ts_node_start_byte(node), "await")) {
            note_await(x, *context);
        }
        return true;
    case RWG__NODE_FUNCTION:
    case RWG__NODE_FUNCTION_DECLARATION:
    case RWG__NODE_FIELD: *context |= RWG__IN_FUNCTION; return true;
    case RWG__NODE_OUTSIDE: *context = parent->outer; return true;
    case RWG__NODE_BLOCK:
        if (parent->node == RWG__NODE_TRY) {
            *context |= RWG__IN_TRY;
        }
        return true;
    case RWG__NODE_TYPE_ENTRY:
    case RWG__NODE_TYPE_ALIAS:
    case RWG__NODE_INTERFACE: *context |= RWG__IN_TYPE; return true;
    case RWG__NODE_COMMENT:
    case RWG__NODE_STRING: return false;
    default: return true;
    }
}

static void walk(rwg__extract *x, TSNode root) {
    TSTreeCursor cursor = ts_tree_cursor_new(root);
    x->frames.len = 0;
    *rwg__vec_push(&x->frames, x->mem) = (rwg__frame){RWG__NODE_PROGRAM, RWG__AT_TOP, RWG__AT_TOP};
    bool more = ts_tree_cursor_goto_first_child(&cursor);
    while (more) {
        TSNode node = ts_tree_cursor_current_node(&cursor);
        rwg__node kind = rwg__extract_node(x, node);
        rwg__frame *parent = &x->frames.ptr[x->frames.len - 1];
        if (kind == RWG__NODE_WORD_AS && parent->node == RWG__NODE_AS) {
            parent->context |= RWG__IN_TYPE; /* what follows `as` is a type */
        }
        uint32_t context = parent->context;
        uint32_t outer = context & ~(uint32_t)RWG__AT_TOP;
        if (visit(x, node, kind, parent, &context) && ts_tree_cursor_goto_first_child(&cursor)) {
            *rwg__vec_push(&x->frames, x->mem) =
                (rwg__frame){(uint8_t)kind, (uint8_t)context, (uint8_t)outer};
            continue;
        }
        while (more && !ts_tree_cursor_goto_next_sibling(&cursor)) {
            x->frames.len--;
            more = x->frames.len > 0 && ts_tree_cursor_goto_parent(&cursor);
        }
    }
    ts_tree_cursor_delete(&cursor);
}

/* import("s") in a type that the tree does not show. */
static void add_hidden_types(rwg__extract *x) {
    for (uint32_t i = 0; i < x->in.type_count; i++) {
        rwg_span literal = x->in.types[i];
        rwg_str raw = rwg__str_sub(x->in.text, literal.start + 1, literal.end - 1);
        rwg_str specifier = rwg__literal_value(&x->cooked, raw);
        rwg_import *import =
            rwg__extract_add_import(x, RWG_IMPORT_IMPORT_TYPE, literal, specifier, 0);
        if (import) {
            import->flags |= RWG_IMPORT_TYPE_ONLY;
            rwg__extract_written_attributes(x, import, literal.end);
        }
    }
}

void rwg__extract_run(
    rwg__extract *x,
    rwg__record_builder *out,
    const rwg__grammar *grammar,
    const TSTree *tree,
    const rwg__reading *in,
    bool module
) {
    x->out = out;
    x->grammar = grammar;
    x->in = *in;
    x->flags = 0;
    x->has_esm = module;
    x->has_cjs = false;
    x->has_cjs_exports = false;
    x->has_jsx = false;
    x->in_prologue = true;
    x->over_limit = false;
    memset(x->pragmas, 0, sizeof x->pragmas);
    x->stars.len = 0;
    x->copies.len = 0;
    x->name_owners.len = 0;
    x->line_at = 0;
    x->line = 0;
    rwg__extract_empty(&x->export_rows);
    walk(x, ts_tree_root_node(tree));
    add_hidden_types(x);
    rwg__extract_add_pragmas(x);
    if (x->flags & RWG_MODULE_TLA) {
        x->has_esm = true;
    }
    rwg__extract_resolve_lists(x);
    rwg__extract_resolve_cjs(x);
    rwg__extract_server_exports(x, ts_tree_root_node(tree));
}

rwg_module_kind rwg__extract_kind(const rwg__extract *x) {
    if (x->has_esm) {
        return x->has_cjs_exports ? RWG_MODULE_MIXED : RWG_MODULE_ESM;
    }
    return x->has_cjs ? RWG_MODULE_CJS : RWG_MODULE_SCRIPT;
}
