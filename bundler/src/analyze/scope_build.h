/* Making the scopes of a module: what scope.c, scope_role.c, scope_declare.c and scope_refer.c
 * share. scope.h says what comes out.
 *
 *     tree ──declare──▶ scopes, symbols, references without a symbol ──refer──▶ references
 *
 * Declare walks the nodes once, in source order. What an identifier is follows from its parent and
 * the part it plays there; only patterns and a few wrappers hand a role down to what is inside them
 * (scope_role.c). Scopes are ranges of nodes, kept on a stack while they are open. Nothing is
 * looked up by name except "is it declared in this very table already".
 *
 * Refer walks the tree of scopes. Each name has one slot for each meaning (value, type,
 * namespace) with the symbol it stands for right now: entering a scope puts its symbols there,
 * leaving it puts the old ones back. A lookup is an array access, however deep the scope.
 *
 * A table is a set of symbols with different names: every scope is one, and so are the exports of
 * a namespace and the members of an enum, which all of its bodies share. Those are not put into
 * slots (each body would have to do it again) but asked, innermost first. */
#ifndef RWB_ANALYZE_SCOPE_BUILD_H
#define RWB_ANALYZE_SCOPE_BUILD_H

#include "analyze/scope.h"
#include "base/arena.h"
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"

/* The number of a table. A scope's is the scope's own. */
#define RWB__TABLE_NONE    UINT32_MAX
#define RWB__TABLE_EXPORTS (UINT32_C(1) << 31) /* | symbol of a namespace */
#define RWB__TABLE_MEMBERS (UINT32_C(1) << 30) /* | symbol of an enum */
#define RWB__TABLE_MODULE                                                                          \
    (RWB__TABLE_EXPORTS | RWB__TABLE_MEMBERS) /* | name: declare module "x"                        \
                                               */

/* What a name can stand for, as bits. A class is a value and a type; only namespaces, enums and
 * imports can stand before a dot in a type. */
enum {
    RWB__MEANS_VALUE = 1 << 0,
    RWB__MEANS_TYPE = 1 << 1,
    RWB__MEANS_NAMESPACE = 1 << 2,
    RWB__MEANS_ANY = RWB__MEANS_VALUE | RWB__MEANS_TYPE | RWB__MEANS_NAMESPACE,
    RWB__MEANING_COUNT = 3,
};

/* What an identifier is; for patterns and wrappers, what the identifiers inside of them are. */
typedef enum rwb__role {
    RWB__ROLE_READ, /* 0: the role of everything that nobody said otherwise about */
    RWB__ROLE_NONE, /* no variable: a label, a name inside another module */
    RWB__ROLE_WRITE,
    RWB__ROLE_READ_WRITE,
    RWB__ROLE_CALLEE,
    RWB__ROLE_JSX,
    RWB__ROLE_EXPORT,
    RWB__ROLE_EXPORT_TYPE,
    RWB__ROLE_ALIAS,     /* import x = HERE */
    RWB__ROLE_QUALIFIER, /* HERE.T in a type, import x = HERE.y */
    RWB__ROLE_TYPE,
    RWB__ROLE_FIRST_DECLARATION,
    RWB__ROLE_VAR = RWB__ROLE_FIRST_DECLARATION,
    RWB__ROLE_LET,
    RWB__ROLE_CONST,
    RWB__ROLE_USING,
    RWB__ROLE_FUNCTION,
    RWB__ROLE_FUNCTION_NAME, /* of an expression */
    RWB__ROLE_CLASS,
    RWB__ROLE_CLASS_NAME, /* of an expression */
    RWB__ROLE_PARAMETER,
    RWB__ROLE_CATCH,
    RWB__ROLE_IMPORT,
    RWB__ROLE_IMPORT_TYPE,
    RWB__ROLE_IMPORT_EQUALS,
    RWB__ROLE_IMPORT_EQUALS_TYPE,
    RWB__ROLE_ENUM,
    RWB__ROLE_ENUM_MEMBER,
    RWB__ROLE_NAMESPACE,
    RWB__ROLE_NAMED_TYPE, /* interface, type alias */
    RWB__ROLE_TYPE_PARAMETER,
    RWB__ROLE_INFER,
    RWB__ROLE_COUNT,
    RWB__ROLE_MASK = 63,
    RWB__ROLE_EXPORTED = 64,  /* beside a declaration: it has an export modifier */
    RWB__ROLE_REPEATED = 128, /* beside VAR: the head of a loop, each turn of which assigns */
} rwb__role;

/* What is known of a scope besides scope.h. */
typedef struct rwb__scope_detail {
    uint32_t depth;
    uint32_t var_scope; /* where a `var` in it is declared */
    uint32_t function;  /* the nearest function with `arguments`, or RWB__TABLE_NONE */
    uint32_t shared; /* table of a namespace's exports or an enum's members, or RWB__TABLE_NONE */
    uint32_t parameters; /* function bodies: the scope of the parameters, else RWB__TABLE_NONE */
    uint32_t namespace_symbol; /* or RWB_NO_SYMBOL */
    uint32_t first_symbol;     /* in its own table, or RWB_NO_SYMBOL */
    uint32_t first_child;      /* scope, or 0: scope 0 is nobody's child */
    uint32_t next_sibling;
    uint32_t first_reference; /* index + 1 */
    bool ambient;
    bool has_code; /* namespaces */
    bool is_async; /* the nearest function is: `await` is no name */
} rwb__scope_detail;

typedef struct rwb__symbol_detail {
    uint32_t name;
    uint32_t next; /* symbol of the same scope's own table, or RWB_NO_SYMBOL */
    uint8_t meanings;
} rwb__symbol_detail;

typedef struct rwb__declaration {
    uint32_t node;
    uint32_t symbol;
} rwb__declaration;

/* From this node on, to the next change, nodes stand in this scope. */
typedef struct rwb__scope_change {
    uint32_t node;
    uint32_t scope;
} rwb__scope_change;

struct rwb__scopes {
    rwg__mem *mem;
    const rwg_source *source;
    rwg__arena names;     /* names without their escapes */
    rwg__strmap name_ids; /* -> id: every name of a variable in the module */
    rwg__idmap by_name;   /* (table, name id) -> symbol */
    RWG_VEC(rwb__scope) scopes;
    RWG_VEC(uint32_t) shared_tables; /* by scope: its rwb__scope_detail.shared */
    RWG_VEC(rwb__symbol) symbols;
    RWG_VEC(rwb__reference) references;
    RWG_VEC(rwb__declaration) declarations; /* ascending by node */
    RWG_VEC(rwb__scope_change) changes;     /* ascending by node; of equals the last counts */
};

/* A reference whose symbol is not known yet; parallel to the references. */
typedef struct rwb__pending {
    uint32_t name;
    uint32_t next; /* of the same scope: index + 1 */
    uint8_t meanings;
} rwb__pending;

typedef struct rwb__scope_builder {
    rwb__scopes *out;
    rwg__mem *mem;
    rwg_str text;
    rwg_str seen;
    const rwg_syntax_node *nodes;
    uint32_t node_count;
    bool sloppy;    /* a script without "use strict" */
    uint8_t *roles; /* by node: rwb__role; of identifiers only until they are dealt with */

    RWG_VEC(rwb__scope_detail) scopes;
    RWG_VEC(rwb__symbol_detail) symbols;
    RWG_VEC(rwb__pending) pending;
} rwb__scope_builder;

/// The role of what stands at node i, which is no type_identifier.
uint8_t rwb__scope_role(const rwb__scope_builder *b, uint32_t i);
/// The role of the type_identifier at node i.
uint8_t rwb__scope_type_role(const rwb__scope_builder *b, uint32_t i);

/// True when the body of a namespace has a statement that makes it a value.
bool rwb__scope_has_code(const rwb__scope_builder *b, uint32_t block);
/// The namespace of this scope, and all around it, are values.
void rwb__scope_mark_code(rwb__scope_builder *b, uint32_t scope);

/// The name that is written at node i: the text, escapes undone. Empty where a gap of the grammar
/// left an identifier that stands for something else, or for nothing.
rwg_str rwb__scope_name(rwb__scope_builder *b, uint32_t i);
/// The id of a name, made when it is new. The name's bytes must live as long as the scopes.
uint32_t rwb__scope_name_id(rwb__scopes *scopes, rwg_str name);
/// Declares the name at node i in the scope, or joins it with what is declared there. Returns the
/// symbol.
uint32_t rwb__scope_add_symbol(
    rwb__scope_builder *b, uint32_t i, rwg_str name, uint8_t role, uint32_t scope, bool ambient
);
void rwb__scope_add_reference(
    rwb__scope_builder *b, uint32_t i, rwg_str name, uint8_t meanings, uint8_t flags, uint32_t scope
);

/// Fills all but the references' symbols.
void rwb__scope_declare(rwb__scope_builder *b);
/// Gives each reference its symbol, and counts uses.
void rwb__scope_refer(rwb__scope_builder *b);
/// RWG_ASSERTs S1 to S3 as far as they can be seen in the result.
void rwb__scopes_check(const rwb__scopes *scopes);

#endif
