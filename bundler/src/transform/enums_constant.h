/* Values that TypeScript computes when it compiles: of enum members, and of what their initializers
 * refer to. */
#ifndef RWB_TRANSFORM_ENUMS_CONSTANT_H
#define RWB_TRANSFORM_ENUMS_CONSTANT_H

#include "base/map.h"
#include "transform/unit.h"

typedef enum rwb__constant_kind {
    RWB__CONSTANT_NONE, /* 0: not known before the code runs */
    RWB__CONSTANT_NUMBER,
    RWB__CONSTANT_STRING,
} rwb__constant_kind;

typedef struct rwb__constant {
    uint8_t kind;
    bool is_string; /* it is a string whatever its value is: a template, "a" + b */
    double number;
    rwg_str text; /* STRING: as written between double quotes, escapes in it; in the arena */
} rwb__constant;

/* What is known so far. Declarations are added in source order, so that an initializer sees those
 * in front of it. */
typedef struct rwb__constants {
    rwb__unit *u;
    rwb__constant *symbols; /* by symbol: const variables and enum members */
    rwg__strmap members;    /* "<enum's symbol> <name>" -> index of `values` + 1 */
    RWG_VEC(rwb__constant) values;
    RWG_VEC(rwb__constant) scratch;
} rwb__constants;

void rwb__constants_init(rwb__constants *c, rwb__unit *u);
void rwb__constants_deinit(rwb__constants *c);
/// The value of the expression at this node.
rwb__constant rwb__constants_eval(rwb__constants *c, uint32_t node);
/// Makes the value of a const variable known, given its declarator.
void rwb__constants_add_variable(rwb__constants *c, uint32_t declarator);
/// Makes an enum's member known. `name` is the text between quotes.
void rwb__constants_add_member(
    rwb__constants *c, uint32_t enum_symbol, uint32_t member, rwg_str name, rwb__constant value
);
/// What stands between the quotes of a string literal, valid between double quotes. In the arena.
rwg_str rwb__constants_literal(rwb__unit *u, uint32_t literal);
/// The value as JavaScript: a literal, or `-` and a literal. In the arena.
rwg_str rwb__constants_text(rwb__unit *u, const rwb__constant *value);

#endif
