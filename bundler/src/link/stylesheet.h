/* A stylesheet as a module: in the browser's dev form it shows itself and takes updates; in every
 * other form only the names of a CSS module are left of it, the same in all environments. */
#ifndef RWB_LINK_STYLESHEET_H
#define RWB_LINK_STYLESHEET_H

#include "base/vec.h"
#include "link/recipe.h"

typedef RWG_VEC(uint32_t) rwb__import_list;

/// Fills recipe->styles: what the addresses in a stylesheet lead to. ESM form only.
void rwb__stylesheet_link(rwb__recipe *recipe, const rwb__view *view, const rwg_module *module);
/// Appends the module's code, and the record's imports that it still has, ascending. A problem is
/// one line; then the code is worth nothing.
void rwb__stylesheet_compile(
    const rwb__recipe *recipe,
    rwg_str text,
    rwg__buf *code,
    rwb__import_list *imports,
    rwg__buf *problem
);
/// What the names of a CSS module are made of: its file, in any environment.
rwg_str rwb__stylesheet_scope(rwg_str id);

#endif
