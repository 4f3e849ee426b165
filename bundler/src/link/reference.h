/* References: the modules that stand for a "use client" or "use server" module where its own code
 * does not run. */
#ifndef RWB_LINK_REFERENCE_H
#define RWB_LINK_REFERENCE_H

#include "base/buf.h"
#include "link/recipe.h"

/// By node flags and exports: which names a reference module has and how each is called, into
/// recipe->names. `recipe->node` is a stub; `export *` is followed through the graph (B15).
void rwb__reference_names(rwb__recipe *recipe, const rwg_graph *g);
/// Writes the module of a CLIENT_REF or SERVER_REF recipe.
void rwb__reference_compile(const rwb__recipe *recipe, rwg__buf *out);

#endif
