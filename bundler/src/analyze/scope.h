/* Names of one module: scopes, the symbols declared in them, and every reference.
 *
 * Made once from the flat syntax tree (<rwgraph/sys/source.h>), constant afterwards. TypeScript's
 * two spaces of names are kept apart: a symbol says whether it is a value, a type or both, and a
 * reference says whether it stands where a value or a type is meant. That is what import elision,
 * live bindings and renaming need; nothing here decides about output.
 *
 * Invariants: S1 references are ascending by node; S2 each identifier that is a variable (also in
 * JSX tags, shorthand properties, export clauses and `typeof x` types) is exactly one declaration
 * or one reference; S3 hoisting, TDZ and block rules are ECMAScript's: `var` and function
 * declarations belong to the nearest function (functions in blocks to the block, but in sloppy
 * scripts), parameters have a scope of their own, a named function expression and class expression
 * see their own name.
 *
 * No variables: a function's own `arguments`, `this` and `super`, labels, names of properties, of
 * tuple elements and of index signatures, and what a gap of the grammar hides (GAPS.md of
 * libgraph/src/syntax), which is types alone. What `declare global` declares is not seen outside of
 * it: the module has no such name. Variables that no text names, like the one JSX calls, are not
 * here either. */
#ifndef RWB_ANALYZE_SCOPE_H
#define RWB_ANALYZE_SCOPE_H

#include <rwgraph/sys/source.h>

#include "base/mem.h"

#define RWB_NO_SYMBOL UINT32_MAX

typedef enum rwb__scope_kind {
    RWB__SCOPE_MODULE, /* scope 0 */
    RWB__SCOPE_FUNCTION,
    RWB__SCOPE_BLOCK,
    RWB__SCOPE_CLASS,
    RWB__SCOPE_ENUM,      /* members are in scope in initializers */
    RWB__SCOPE_NAMESPACE, /* a body of a namespace; exported names of merged bodies are seen too */
    RWB__SCOPE_TYPE,      /* type parameters, mapped and conditional types */
} rwb__scope_kind;

typedef struct rwb__scope {
    uint8_t kind;
    uint32_t parent; /* scope; 0's parent is 0 */
    uint32_t node;   /* what has it: a function (its parameters; a BLOCK: the name of a function
                        expression), a statement block (also as a body), a loop, a clause, a class,
                        an enum, a namespace, what has type parameters, a conditional type */
} rwb__scope;

typedef enum rwb__symbol_kind {
    RWB__SYMBOL_VAR,
    RWB__SYMBOL_LET,
    RWB__SYMBOL_CONST,
    RWB__SYMBOL_USING,
    RWB__SYMBOL_FUNCTION,
    RWB__SYMBOL_CLASS,
    RWB__SYMBOL_PARAMETER,
    RWB__SYMBOL_CATCH,
    RWB__SYMBOL_IMPORT,        /* default, named or namespace */
    RWB__SYMBOL_IMPORT_EQUALS, /* import x = ...; */
    RWB__SYMBOL_ENUM,
    RWB__SYMBOL_ENUM_MEMBER,
    RWB__SYMBOL_NAMESPACE,
    RWB__SYMBOL_TYPE, /* interface, alias, type parameter */
} rwb__symbol_kind;

enum {
    RWB__SYMBOL_IS_VALUE = 1 << 0,
    RWB__SYMBOL_IS_TYPE = 1 << 1,
    RWB__SYMBOL_IS_EXPORTED = 1 << 2, /* by a modifier (of a value, if there is one) or a clause */
    RWB__SYMBOL_IS_AMBIENT = 1 << 3,  /* `declare`: no code */
    RWB__SYMBOL_IS_WRITTEN = 1 << 4,  /* assigned somewhere else than where it is first declared:
                                         also by a second `var`, and by each turn of `for (var` */
    RWB__SYMBOL_IS_CONST_ENUM = 1 << 5,
    RWB__SYMBOL_TYPE_ONLY_IMPORT = 1 << 6, /* `import type` or `type` before the name */
    RWB__SYMBOL_VALUE_NAMESPACE = 1 << 7,  /* a namespace that has code */
};

/* Declarations that merge (function + namespace, enum + enum, var + var, interface + class) share
 * one symbol; `node` is the first of them. */
typedef struct rwb__symbol {
    rwg_str name;   /* borrowed from the text; escapes undone only if there are any */
    uint32_t scope; /* of the first declaration; what a namespace exports is seen in all bodies */
    uint32_t node;  /* the declaring identifier, or the string that names an enum's member */
    uint8_t kind;   /* of the first value declaration, else of the first */
    uint8_t flags;
    uint32_t value_uses; /* references in value positions, export clauses and JSX included */
    uint32_t type_uses;
} rwb__symbol;

enum {
    RWB__REF_READ = 1 << 0,
    RWB__REF_WRITE = 1 << 1,     /* target of an assignment, ++, for-in, destructuring */
    RWB__REF_TYPE = 1 << 2,      /* no code: in a type, `typeof x` too, or behind `declare`. Then
                                    READ, WRITE and CALLEE are not set */
    RWB__REF_EXPORT = 1 << 3,    /* the local name of an export clause or `export default x` */
    RWB__REF_JSX = 1 << 4,       /* the tag (or its first part) of a JSX element */
    RWB__REF_SHORTHAND = 1 << 5, /* {x}: renaming must write x: renamed */
    RWB__REF_CALLEE = 1 << 6,    /* called directly: x(...) or x`...`, also in parentheses */
};

typedef struct rwb__reference {
    uint32_t node;
    uint32_t symbol; /* RWB_NO_SYMBOL: not declared here, a global */
    uint32_t scope;  /* where it stands */
    uint8_t flags;
} rwb__reference;

typedef struct rwb__scopes rwb__scopes;

/// Never fails; text with errors gives what can be told. The source must outlive the scopes.
rwb__scopes *rwb__scopes_new(rwg__mem *mem, const rwg_source *source, rwg_lang lang);
void rwb__scopes_free(rwb__scopes *scopes);

const rwb__scope *rwb__scopes_all(const rwb__scopes *scopes, uint32_t *out_n);
const rwb__symbol *rwb__scopes_symbols(const rwb__scopes *scopes, uint32_t *out_n);
const rwb__reference *rwb__scopes_references(const rwb__scopes *scopes, uint32_t *out_n);

/// The reference that the identifier at this node is, or NULL.
const rwb__reference *rwb__scopes_reference_at(const rwb__scopes *scopes, uint32_t node);
/// The symbol that the identifier at this node declares or refers to, or RWB_NO_SYMBOL.
uint32_t rwb__scopes_symbol_at(const rwb__scopes *scopes, uint32_t node);
/// The symbol of this name declared in the scope itself, or RWB_NO_SYMBOL.
uint32_t rwb__scopes_find(const rwb__scopes *scopes, uint32_t scope, rwg_str name);
/// The innermost scope that the node stands in.
uint32_t rwb__scopes_scope_of(const rwb__scopes *scopes, uint32_t node);
/// True when the name occurs anywhere in the module: a generated name must not.
bool rwb__scopes_uses_name(const rwb__scopes *scopes, rwg_str name);

#endif
