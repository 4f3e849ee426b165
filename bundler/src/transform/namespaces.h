/* Namespaces and enums become functions that fill an object; what both need to know.
 *
 *     namespace A.B { export let x = 1; }
 *
 *     var A; (function (A) {
 *         var B; (function (B) { B.x = 1; })(B = A.B || (A.B = {}));
 *     })(A || (A = {}));
 *
 * A declaration has parts: the names of `A.B`, one function each. The parameter of a part is called
 * like the part, or otherwise when something inside has that name. */
#ifndef RWB_TRANSFORM_NAMESPACES_H
#define RWB_TRANSFORM_NAMESPACES_H

#include "transform/unit.h"

/// True when the namespace (MODULE or INTERNAL_MODULE) holds anything but types: TypeScript calls
/// it instantiated. Time is linear in the subtree.
bool rwb__namespace_has_code(const rwb__unit *u, uint32_t node);
/// The innermost namespace (MODULE or INTERNAL_MODULE) in whose body the node stands, or 0; a
/// namespace's own node stands in the one around it.
uint32_t rwb__namespace_around(const rwb__unit *u, uint32_t node);
/// What the object is called inside the function of a part. `node` is the namespace or enum, `part`
/// the identifier of the part. In the arena.
rwg_str rwb__namespace_parameter(rwb__unit *u, uint32_t node, uint32_t part);
/// The identifiers of the parts of a namespace or enum, in order; the array is in the arena.
const uint32_t *rwb__namespace_parts(rwb__unit *u, uint32_t node, uint32_t *out_n);
/// True when the namespace or enum is the one that declares the variable of its name: no function,
/// class, enum or namespace of that name stands in front of it. Else it has no `export` left.
bool rwb__namespace_is_first(rwb__unit *u, uint32_t node);
/// Writes `var A; (function (A) {` over [from, to), the head of the declaration, brace included.
void rwb__namespace_open(rwb__unit *u, uint32_t node, uint32_t from, uint32_t to);
/// Writes `})(A || (A = {}));` over the closing brace.
void rwb__namespace_close(rwb__unit *u, uint32_t node, uint32_t brace);

#endif
