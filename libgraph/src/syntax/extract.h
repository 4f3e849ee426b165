/* Tree -> record rows. The same code reads the tree of a whole file and the tree of a digest
 * (prescan.h).
 *
 *   extract.c             the walk over the tree, and what all readers share
 *   extract_module.c      import and export statements
 *   extract_attributes.c  import attributes
 *   extract_call.c        import(), require(), new URL(), import.meta.*
 *   extract_cjs.c         module.exports and exports.x
 *   extract_pragma.c      comments about JSX
 *   extract_server.c      how the functions of a "use server" module are called
 *
 * Private to this folder. */
#ifndef RWG_SYNTAX_EXTRACT_H
#define RWG_SYNTAX_EXTRACT_H

#include "base/buf.h"
#include "record/record.h"
#include "syntax/grammar.h"
#include "syntax/prescan.h"

/// What a tree was made of.
typedef struct rwg__reading {
    rwg_str text;   /* the file, or its digest: what nodes are slices of */
    rwg_str seen;   /* what tree-sitter saw: text, or a copy of equal length with gaps patched */
    rwg_str source; /* the file */
    const rwg__prescan
        *scan;             /* from positions in a digest to those of the file; NULL: text is it */
    const rwg_span *types; /* in text: literals of import types that patches hid from the tree */
    uint32_t type_count;
    bool typescript;
    bool jsx; /* the language can have JSX */
} rwg__reading;

/// What lies around a node.
enum {
    RWG__IN_FUNCTION = 1 << 0, /* a function's body or parameters, a field's initialiser */
    RWG__IN_TRY = 1 << 1,
    RWG__IN_TYPE = 1 << 2,
    RWG__AT_TOP = 1 << 3, /* a statement of the program itself */
};

typedef struct rwg__frame {
    uint8_t node;    /* rwg__node of an ancestor */
    uint8_t context; /* of its children */
    uint8_t outer;   /* of those of its children that are evaluated outside of it */
} rwg__frame;

/// `export * from` something required: found before the require itself.
typedef struct rwg__cjs_star {
    uint32_t row;   /* the export */
    uint32_t start; /* of the required literal, in the file */
} rwg__cjs_star;

/// A copy of another module's exports, name by name: exports[key] = base[key].
typedef struct rwg__cjs_copy {
    rwg_ref base; /* the variable that holds the other module */
} rwg__cjs_copy;

typedef struct rwg__extract {
    rwg__mem *mem;
    rwg__record_builder *out;
    const rwg__grammar *grammar;
    rwg__reading in;

    /* What was seen so far. */
    uint32_t flags;       /* RWG_MODULE_* */
    bool has_esm;         /* module syntax */
    bool has_cjs;         /* require, module or exports in use */
    bool has_cjs_exports; /* outside of functions */
    bool has_jsx;
    bool in_prologue;
    bool over_limit;
    rwg_span pragmas[RWG_PRAGMA_KIND_COUNT]; /* in text: their values; empty = none */

    /* Scratch, kept from file to file. */
    RWG_VEC(rwg__frame) frames;
    RWG_VEC(rwg__cjs_star) stars;
    RWG_VEC(rwg__cjs_copy) copies;
    RWG_VEC(uint32_t) name_owners; /* [name] its import */
    rwg__idmap export_rows;        /* name ref -> export row + 1 */
    rwg__idmap rows_by_key;        /* for the resolution at the end */
    rwg__buf cooked;
    uint32_t line_at; /* offset in the file for which line is known */
    uint32_t line;    /* 0-based */
} rwg__extract;

void rwg__extract_init(rwg__extract *x, rwg__mem *mem);
void rwg__extract_deinit(rwg__extract *x);

/// Reads the tree into out and x's flags. `module`: the file is an ES module, whatever it contains.
void rwg__extract_run(
    rwg__extract *x,
    rwg__record_builder *out,
    const rwg__grammar *grammar,
    const TSTree *tree,
    const rwg__reading *in,
    bool module
);
/// The kind of module that the flags add up to.
rwg_module_kind rwg__extract_kind(const rwg__extract *x);

/* --- For the readers
 * ------------------------------------------------------------------------------ */

static inline rwg_str rwg__extract_text(const rwg__extract *x, TSNode node) {
    uint32_t start = ts_node_start_byte(node);
    return (rwg_str){x->in.text.ptr + start, ts_node_end_byte(node) - start};
}

static inline rwg__node rwg__extract_node(const rwg__extract *x, TSNode node) {
    return rwg__grammar_node(x->grammar, node);
}

static inline TSNode rwg__extract_child(const rwg__extract *x, TSNode node, rwg__field field) {
    return rwg__grammar_child(x->grammar, node, field);
}

/// Clears a table for the next use.
void rwg__extract_empty(rwg__idmap *map);
bool rwg__extract_is(const rwg__extract *x, TSNode node, const char *text);

/// The node's place in text.
static inline rwg_span rwg__extract_bytes(TSNode node) {
    return (rwg_span){ts_node_start_byte(node), ts_node_end_byte(node)};
}

/// The node's place in the file.
rwg_span rwg__extract_span(const rwg__extract *x, TSNode node);
/// Bytes of text, as a place in the file.
rwg_span rwg__extract_place(const rwg__extract *x, rwg_span bytes);
/// The value of a string, or of a template without substitutions; false for anything else. Good
/// until the next call.
bool rwg__extract_literal(rwg__extract *x, TSNode node, rwg_str *out_value);
/// A name as written: an identifier, or a string's value.
rwg_str rwg__extract_name(rwg__extract *x, TSNode node);
/// The nth argument of an `arguments` node, comments left out; a null node when there are fewer.
TSNode rwg__extract_argument(const rwg__extract *x, TSNode arguments, uint32_t index);

/// Adds an import of `specifier`, spelled by the bytes of text `literal`; NULL when there are too
/// many.
rwg_import *rwg__extract_add_import(
    rwg__extract *x, rwg_import_kind kind, rwg_span literal, rwg_str specifier, uint32_t context
);
void rwg__extract_add_name(
    rwg__extract *x, rwg_import *import, rwg_ref imported, rwg_ref local, uint32_t flags
);
/// Import attributes of an object like `{type: "json"}`.
void rwg__extract_attributes(rwg__extract *x, rwg_import *import, TSNode object);
/// The same where the tree shows none: the text from `at` on is `with {type: "json"}`, or the
/// options of an import() call: `, {with: {type: "json"}}`. Anything else adds nothing.
void rwg__extract_written_attributes(rwg__extract *x, rwg_import *import, uint32_t at);
/// Adds an export, or makes a known one of that name also a value. Returns its row.
uint32_t rwg__extract_add_export(
    rwg__extract *x, rwg_str name, rwg_ref local, uint32_t import, uint32_t flags
);

/* Bits of an export's flags while reading. */
#define RWG__EXPORT_LISTED      (1u << 30) /* export {local}: may be an imported binding */
#define RWG__EXPORT_IN_FUNCTION (1u << 31) /* exports.x = 1 inside a function */

/* extract_module.c */
void rwg__extract_import_statement(rwg__extract *x, TSNode statement);
/// Returns whether calls can lie inside.
bool rwg__extract_export_statement(rwg__extract *x, TSNode statement);
/// Points `export {local}` at the import of that binding.
void rwg__extract_resolve_lists(rwg__extract *x);

/* extract_call.c */
void rwg__extract_call(rwg__extract *x, TSNode call, uint32_t context);
void rwg__extract_new(rwg__extract *x, TSNode expression, uint32_t context);
void rwg__extract_meta(rwg__extract *x, TSNode meta);
/// A call require("s") or import("s"): its literal; a null node otherwise.
TSNode rwg__extract_required(rwg__extract *x, TSNode call);

/* extract_pragma.c */
/// Reads a comment in front of the program's first statement.
void rwg__extract_pragmas(rwg__extract *x, TSNode node);
/// Writes what they said into the record, at the end.
void rwg__extract_add_pragmas(rwg__extract *x);
/// Whether the file has JSX; a digest does not.
bool rwg__extract_has_jsx(const rwg__extract *x);

/* extract_server.c */
/// Says of the exports of a "use server" module how they are called; does nothing for others.
void rwg__extract_server_exports(rwg__extract *x, TSNode root);

/* extract_cjs.c */
void rwg__extract_cjs_assignment(rwg__extract *x, TSNode assignment, uint32_t context);
void rwg__extract_cjs_call(rwg__extract *x, TSNode callee, TSNode arguments, uint32_t context);
/// Ties stars and copies to their requires, and drops what an ES module does not export.
void rwg__extract_resolve_cjs(rwg__extract *x);

#endif
