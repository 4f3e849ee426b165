/* What the files of the meta pass share. */
#ifndef RWB_TRANSFORM_META_H
#define RWB_TRANSFORM_META_H

#include "transform/unit.h"

/// Begins an edit that puts an expression in the place of a node. Where it would join the statement
/// in front of it, because it begins with a bracket, a semicolon comes first.
void rwb__meta_begin(rwb__unit *u, uint32_t node, bool begins_with_bracket);

/// Writes a call of import.meta.glob as the object of its matches. False, with nothing written,
/// when its patterns are no literals. `slots`: rwb__factory_slots.
bool rwb__glob_write(rwb__unit *u, uint32_t call, const uint32_t *slots);
/// Writes import() of a template as a look-up among the files that it matches. False when the call
/// is none, or no matches are known for it.
bool rwb__glob_write_template(rwb__unit *u, uint32_t call);

/// A define's value stands in the place of a node: marks what the branches that are never taken
/// because of it require as no imports of the module (u->import_elided).
void rwb__branches_drop(rwb__unit *u, uint32_t node, rwg_str value);

#endif
