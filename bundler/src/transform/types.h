/* Which statements are only type. */
#ifndef RWB_TRANSFORM_TYPES_H
#define RWB_TRANSFORM_TYPES_H

#include "transform/unit.h"

/// True for a declaration that leaves no code: interfaces, aliases, `declare ...`, overloads,
/// namespaces without code. Given the declaration, not an export statement around it.
bool rwb__types_is_statement(const rwb__unit *u, uint32_t node);
/// Given the word of `a as T` or `a satisfies T`: the node that ends where the type does. The
/// grammar reads some types as if they went on behind the assertion: `a as b.c.D` as a member.
uint32_t rwb__types_assertion(const rwb__unit *u, uint32_t word);
/// Given any token: if it is the `>` (or `>>`, `>>>`) of type arguments that the grammar reads as
/// comparisons, the `<` where they begin, else 0: f<T>`...`, f<typeof import("m")>(...).
uint32_t rwb__types_misread(const rwb__unit *u, uint32_t greater);

#endif
