/* What refresh.c and refresh_signatures.c share. Private to them. */
#ifndef RWB_TRANSFORM_REFRESH_H
#define RWB_TRANSFORM_REFRESH_H

#include "transform/unit.h"

/// Of functions whose bodies, `this` and variables are their own; not of methods.
bool rwb__refresh_is_function(rwg_syntax_kind kind);
/// Does the name begin with a capital letter, as those of components do?
bool rwb__refresh_is_component_name(rwg_str name);
/// The argument of a call with this index, or 0.
uint32_t rwb__refresh_argument(const rwb__unit *u, uint32_t call, uint32_t index);
/// `_c` for the first, `_c2` for the second. In the arena.
rwg_str rwb__refresh_name(const rwb__unit *u, const char *stem, uint32_t number);

/// Signs every function that calls hooks; false when none does. Comes before registrations are
/// written: what is signed behind a statement stands in front of what is registered there. Adds the
/// variables of signatures that are declared at the module's top to `head`.
bool rwb__refresh_sign(rwb__unit *u, rwg__buf *head);

#endif
