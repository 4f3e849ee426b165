/* One module on its way through the passes of this folder.
 *
 * The inputs are constant; each pass reads them and adds edits. A pass owns certain nodes and
 * touches no others, so passes need no order among themselves except where the list says so:
 *
 *   elide       imports.c      which import and export specifiers vanish: u->elided (before others)
 *   types       types.c        everything that is only type: annotations, interfaces, `declare`,
 *                              overloads, modifiers, `as`, `satisfies`, `!`, type arguments
 *   enums       enums.c        enum declarations, with the values that are known
 *   namespaces  namespaces.c   namespace bodies, and the names they export
 *   classes     classes.c decorators.c  parameter properties, fields, accessor, decorators
 *   jsx         jsx.c jsx_*.c  JSX elements; names the runtime's import (u->extras)
 *   meta        meta.c branches.c glob_files.c  define, import.meta.*, import.meta.glob, import()
 *                              templates
 *   refresh     refresh.c refresh_signatures.c  React Refresh registrations and signatures
 *   references  references.c   "use server": exported functions become server references
 *   directives  directives.c   "use server" where it cannot mean anything
 *   helpers     helpers.c      functions that generated code calls, once a module, at its top
 *   imports     imports.c, or factory.c factory_name.c: import and export statements, references to
 *                              imports; the factory closes around the head and tail (the last)
 *
 * Text that the grammar does not know is patched in rwg_source_seen; passes that meet a PATCHED
 * node read the text itself. */
#ifndef RWB_TRANSFORM_UNIT_H
#define RWB_TRANSFORM_UNIT_H

#include <rwgraph/sys/source.h>

#include "analyze/scope.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "transform/edits.h"

#include <rwbundler/transform.h>

/* X(helper, name): functions that generated code may call; texts are in helpers.c. */
#define RWB__HELPER_MAP(X)                                                                         \
    X(DECORATE, "__rwg_decorate")      /* legacy decorators */                                     \
    X(METADATA, "__rwg_metadata")      /* emitDecoratorMetadata */                                 \
    X(PARAM, "__rwg_param")            /* legacy parameter decorators */                           \
    X(ES_DECORATE, "__rwg_esDecorate") /* standard decorators */                                   \
    X(RUN_INITIALIZERS, "__rwg_runInitializers")                                                   \
    X(PROP_KEY, "__rwg_propKey")                                                                   \
    X(SET_FUNCTION_NAME, "__rwg_setFunctionName")                                                  \
    X(USING, "__rwg_using") /* using and await using */                                            \
    X(DISPOSE, "__rwg_dispose")                                                                    \
    X(REFERENCE, "__rwg_reference") /* server references */                                        \
    X(PASS_ON, "__rwg_passOn")

typedef enum rwb__helper {
#define X(helper, name) RWB__HELPER_##helper,
    RWB__HELPER_MAP(X)
#undef X
    RWB__HELPER_COUNT
} rwb__helper;

typedef struct rwb__unit {
    rwg__mem *mem;
    rwg__arena *arena; /* lives as long as the output is being made */
    const rwb_transform_options *options;
    const rwg_source *source;
    rwg_str text;
    const rwg_syntax_node *nodes;
    uint32_t node_count;
    const rwg_module *record;
    const rwb__scopes *scopes;
    rwb__edits *edits;
    bool typescript;

    /* By node: 1 for an import_specifier, export_specifier, import_clause part or whole statement
     * that vanishes because only types are meant. The types pass removes whole statements; parts
     * are left out by whoever writes the statement. */
    uint8_t *elided;
    /* By record import: 1 for an import of which nothing is left. */
    uint8_t *import_elided;

    uint8_t *parameter_states; /* of namespaces and enums; see namespaces.c */
    struct rwb__parameter *parameters;
    uint32_t helpers;        /* bit set of rwb__helper */
    rwg__buf head;           /* statements that go before the module's own, after its directives */
    rwg__buf tail;           /* statements that go behind them */
    RWG_VEC(rwg_diag) diags; /* messages live in `arena` */
    uint32_t next_name;      /* for rwb__unit_name */
    bool is_async;           /* has top-level await */
    uint32_t extras;         /* RWB_EXTRA_*: imports that the text did not have */
} rwb__unit;

/// An identifier of the form `stem`, `stem1`, ... that occurs nowhere in the module. In the arena.
rwg_str rwb__unit_name(rwb__unit *u, const char *stem);
/// Reports a problem of the author's code at a node.
void rwb__unit_error(rwb__unit *u, uint32_t node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/// Marks the helper as needed and returns its name.
const char *rwb__unit_helper(rwb__unit *u, rwb__helper helper);

/* --- walking the tree --- */

static inline const rwg_syntax_node *rwb__node(const rwb__unit *u, uint32_t i) {
    return &u->nodes[i];
}

static inline rwg_syntax_kind rwb__kind(const rwb__unit *u, uint32_t i) {
    return (rwg_syntax_kind)u->nodes[i].kind;
}

/* The first child, or `i`'s own `next` when there is none: `for (c = rwb__first(u, i); c <
 * u->nodes[i].next; c = u->nodes[c].next)` visits all children. */
static inline uint32_t rwb__first(const rwb__unit *u, uint32_t i) {
    (void)u;
    return i + 1;
}

static inline rwg_str rwb__text(const rwb__unit *u, uint32_t i) {
    return rwg__str_sub(u->text, u->nodes[i].start, u->nodes[i].end);
}

/// The child with this field, or 0 (the program is nobody's child).
uint32_t rwb__child(const rwb__unit *u, uint32_t i, rwg_syntax_field field);
/// The first child of this kind, or 0.
uint32_t rwb__child_of_kind(const rwb__unit *u, uint32_t i, rwg_syntax_kind kind);
/// The exported name of `* as name`: an identifier, a string, or the word `default`.
uint32_t rwb__namespace_export_name(const rwb__unit *u, uint32_t namespace_export);
/// Removes [start, end) and, when that leaves a line empty, the line.
void rwb__unit_remove_line(rwb__unit *u, uint32_t start, uint32_t end);
/// Removes [start, end); a space takes its place when words on both sides would run together.
void rwb__unit_drop(rwb__unit *u, uint32_t start, uint32_t end);
/// Removes a whole statement. A semicolon takes its place where the statements around it would join
/// or one is needed: `if (a) <statement>`.
void rwb__unit_drop_statement(rwb__unit *u, uint32_t node);
/// True when the statement in front of this one has no semicolon of its own, so that text which
/// begins with `(`, `[` or a backtick must not take the place of this one's beginning.
bool rwb__unit_needs_semicolon(const rwb__unit *u, uint32_t statement);
/// Where the node's text ends: behind its last token, and what a patch hides behind that.
uint32_t rwb__unit_end(const rwb__unit *u, uint32_t node);
/// Where the last token in front of the node ends; comments are no tokens. 0 at the beginning.
uint32_t rwb__unit_token_end(const rwb__unit *u, uint32_t node);

/// Where the last token inside of the node ends. The node may go on behind it: the grammar takes
/// comments behind a block, or behind a statement without a semicolon, for a part of it.
static inline uint32_t rwb__unit_last_end(const rwb__unit *u, uint32_t node) {
    return rwb__unit_token_end(u, u->nodes[node].next);
}

/// What the grammar's gaps blanked in front of this node: from the first byte in which text and
/// seen text differ to the last, between the previous token and the node. Empty when there is none.
rwg_span rwb__unit_blanked(const rwb__unit *u, uint32_t node);
/// True when the node is the function of a call or a template's tag, also in parentheses and
/// below assertions that are only types: `(a as B)!(...)`.
bool rwb__unit_is_callee(const rwb__unit *u, uint32_t node);
/// Replaces a reference by an expression: `{a}` becomes `{a: expression}`, and with `detach` a call
/// `a()` becomes `(0, expression)()`, so that it has no `this`.
void rwb__unit_replace_reference(
    rwb__unit *u, const rwb__reference *ref, rwg_str expression, bool detach
);
/// The import of the record whose literal is at this node, or RWG_NO_IMPORT.
uint32_t rwb__unit_import_at(const rwb__unit *u, uint32_t node);
/// The link of that import; RWB_LINK_KEEP without links.
rwb_link rwb__unit_link(const rwb__unit *u, uint32_t import);
/// A JavaScript string literal with this value. In the arena.
rwg_str rwb__unit_quote(rwb__unit *u, rwg_str value);

/* --- the passes --- */

void rwb__elide_run(rwb__unit *u);
void rwb__types_run(rwb__unit *u);
void rwb__enums_run(rwb__unit *u);
void rwb__namespaces_run(rwb__unit *u);
void rwb__classes_run(rwb__unit *u);
void rwb__using_run(rwb__unit *u);
void rwb__jsx_run(rwb__unit *u);
void rwb__meta_run(rwb__unit *u);
void rwb__refresh_run(rwb__unit *u);
/// Registers what a "use server" module exports; behind the JSX pass, which may add an import.
void rwb__references_run(rwb__unit *u);
void rwb__directives_run(rwb__unit *u);
/// Writes import and export statements in the ESM form or the factory form.
void rwb__imports_run(rwb__unit *u);
void rwb__factory_run(rwb__unit *u);
void rwb__helpers_run(rwb__unit *u);

#endif
