/* One class on its way to what engines run.
 *
 * A plan is made of each class that has something to lower, once, by classes_plan.c; the other
 * files read it and write edits. Text goes to these places, and each place is one edit:
 *
 *     let <temporaries, and what is evaluated in front of the class>     the prologue
 *     class C extends B {
 *         <static blocks, fields, a constructor>                         the opening
 *         [<evaluations>, key] = <value>                                 keys and members
 *         constructor() { super(); <assignments> }
 *     <static blocks>}                                                   the ending
 *     C = <decorated>                                                    the epilogue
 *
 * A class expression that needs a prologue or an epilogue stands in a function that is called at
 * once. Lists of decorators and computed keys are evaluated in source order: each in the next key
 * that stays in the class (a site), what follows the last site in that one, and all of them in the
 * prologue when there is none. */
#ifndef RWB_TRANSFORM_CLASSES_H
#define RWB_TRANSFORM_CLASSES_H

#include "transform/unit.h"

#define RWB__NO_MEMBER UINT32_MAX

typedef enum rwb__member_kind {
    RWB__MEMBER_METHOD,
    RWB__MEMBER_GETTER,
    RWB__MEMBER_SETTER,
    RWB__MEMBER_FIELD,
    RWB__MEMBER_ACCESSOR, /* accessor x = 1; */
    RWB__MEMBER_CONSTRUCTOR,
    RWB__MEMBER_BLOCK, /* static {} */
} rwb__member_kind;

typedef struct rwb__member {
    uint8_t kind;
    bool is_static;
    bool is_private; /* #x */
    bool is_bare;    /* abstract or declared: only its decorators have code */
    bool is_split;   /* `accessor`, a line end and a name: two fields to JavaScript */
    bool is_moved;   /* a field or accessor whose value is assigned, not defined */
    bool is_gone;    /* a moved field of which nothing stays in its place */
    bool is_site;    /* has a computed key that stays in the class */
    bool has_temp;   /* key_text is a variable that its computed key is kept in */
    uint32_t node;
    uint32_t name;       /* its node; 0 for a block */
    uint32_t key;        /* the expression of a computed key that is no literal, else 0 */
    uint32_t value;      /* of a field, or 0 */
    uint32_t start;      /* byte offset of its first token that is no decorator */
    uint32_t decorators; /* range in the class's list */
    uint32_t decorator_count;
    uint32_t first_evaluated; /* a site: members of [first, end) are evaluated in its key */
    uint32_t end_evaluated;
    rwg_str key_text; /* an expression for the key at run time: "x", 1, _key */
    rwg_str storage;  /* ACCESSOR: the private name behind it */
    /* Variables of standard decorators: the list, what initializes the value, what runs behind it,
     * and for private methods and accessors the descriptor. */
    rwg_str list;
    rwg_str initial;
    rwg_str extra;
    rwg_str descriptor;
    rwg_str before; /* the `extra` to run in front of this member's value, or "" */
} rwb__member;

typedef struct rwb__class {
    rwb__unit *u;
    uint32_t node;
    uint32_t exported; /* its export statement, or 0 */
    uint32_t anchor;   /* the statement of a declaration */
    uint32_t word;     /* `class` */
    uint32_t name;     /* or 0 */
    uint32_t extends;  /* the word, or 0 */
    uint32_t base;     /* the expression behind it */
    uint32_t body;
    uint32_t constructor; /* member, or RWB__NO_MEMBER */
    uint32_t symbol;
    bool standard;      /* kind of decorators */
    bool is_expression; /* also `export default class {}` */
    bool is_wrapped;    /* stands in a function of its own */
    bool is_variable;   /* a declaration that becomes one: var C = class C {}; */
    bool in_using;      /* stands behind a `using` at the module's top */
    bool is_decorated;  /* has decorators that replace it; legacy: or on parameters */
    bool has_calls;     /* legacy: something is decorated */
    bool reads_private; /* a member's decorator does: it has to stand in a static block */
    bool has_elements;  /* standard: members with decorators */
    bool has_site;
    bool evaluates; /* has lists or keys that are evaluated out of their place */
    RWG_VEC(rwb__member) members;
    RWG_VEC(uint32_t) decorators; /* nodes: those of the class, then those of the members */
    uint32_t decorator_count;     /* of the class */
    rwg_str label;                /* what to call an anonymous one */
    rwg_str alias;                /* a variable for the decorated class, "" without one */
    rwg_str super;                /* a variable for what it extends, "" without one */
    rwg_str receiver;             /* a variable for the object of `@a.b`, "" without one */
    rwg_str list;                 /* standard: variables as in rwb__member */
    rwg_str extra;
    rwg_str instance_extra;
    rwg_str static_extra;
    rwg_str metadata;            /* set when the block is written */
    rwg_str before_properties;   /* `extra` to run in front of parameter properties, or "" */
    rwg_str after_fields;        /* `extra` of the last field with decorators, or "" */
    rwg_str after_static_fields; /* the same */
} rwb__class;

/* --- classes_plan.c --- */

/// Fills *c; false when the class has nothing to lower or cannot be (then problems are reported).
/// Deinit in any case.
bool rwb__class_plan(rwb__class *c, rwb__unit *u, uint32_t node);
void rwb__class_deinit(rwb__class *c);
/// The expression of a decorator.
uint32_t rwb__class_decorator_value(const rwb__unit *u, uint32_t decorator);
/// The same without parentheses and assertions around it.
uint32_t rwb__class_decorator_bare(const rwb__unit *u, uint32_t decorator);
/// The first reference at or behind this node.
uint32_t rwb__class_first_reference(const rwb__unit *u, uint32_t node);
/// The next reference, at or behind `from`, by which the class's body names the class, or
/// RWB_NO_SYMBOL. Legacy decorators do not count: they are evaluated outside of it.
uint32_t rwb__class_next_own_name(const rwb__class *c, uint32_t from);
/// True when a parameter of the method has decorators.
bool rwb__class_has_parameter_decorators(const rwb__unit *u, uint32_t method);

/* --- classes.c --- */

/// Adds the expression of a decorator to the current edit.
void rwb__class_put_decorator(rwb__class *c, uint32_t decorator);
/// Adds `name = [decorators]`.
void rwb__class_put_list(rwb__class *c, rwg_str name, uint32_t first, uint32_t count);
/// Adds what stands around a field's value where it is initialized; `void 0` when it has none.
void rwb__class_put_value_head(rwb__class *c, const rwb__member *m);
void rwb__class_put_value_tail(rwb__class *c, const rwb__member *m);

/* --- classes_constructor.c --- */

/// Parameter properties and moved fields, and the constructor that they need.
void rwb__class_write_constructor(rwb__class *c);
/// True when a constructor has to be made up.
bool rwb__class_needs_constructor(const rwb__class *c);
void rwb__class_put_constructor(rwb__class *c);
bool rwb__class_has_properties(const rwb__class *c);
/// Adds ` x;` for each parameter property, when fields are defined.
void rwb__class_put_parameter_fields(rwb__class *c);

/* --- decorators_legacy.c, decorators_metadata.c --- */

/// Adds the calls for members, then for the class, to the current edit. `self` names the class.
void rwb__legacy_put_members(rwb__class *c, rwg_str self);
void rwb__legacy_put_class(rwb__class *c, rwg_str self);
/// Adds `, __rwg_metadata(...)` for a member, or for the class's constructor with NULL.
void rwb__metadata_put(rwb__class *c, const rwb__member *m, bool *first);

/* --- decorators_standard.c --- */

/// Adds the static block that applies the decorators to the current edit.
void rwb__standard_put_block(rwb__class *c);
/// Writes a private method, getter, setter or accessor that is read from its descriptor.
void rwb__standard_write_private(rwb__class *c, rwb__member *m);

#endif
