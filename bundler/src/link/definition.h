/* A node of a generation -> its module definition (bundler/runtime/PROTOCOL.md §2), as JSON.
 *
 * A definition names what it links to by key; each of those needs a definition of its own. So a
 * closure is made by asking for the targets of a definition, then for theirs. Nothing here runs
 * recipes or reads sources. */
#ifndef RWB_LINK_DEFINITION_H
#define RWB_LINK_DEFINITION_H

#include "link/target.h"

/* What definitions are written with. One thread. */
typedef struct rwb__definer {
    rwg__mem *mem;
    const rwb__settings *settings;
    rwg__arena names; /* member names of the definition being written */
    rwg__buf scratch;
} rwb__definer;

void rwb__definer_init(rwb__definer *d, rwg__mem *mem, const rwb__settings *settings);
void rwb__definer_deinit(rwb__definer *d);

/* A module of a generation: its node there, and what was compiled of it. */
typedef struct rwb__module {
    const rwb__view *view;
    rwg_node node;
    rwb__source_kind kind;
    const rwb__compiled *compiled;
} rwb__module;

/* Where a definition goes. */
typedef struct rwb__definition_out {
    rwg_json_writer *w; /* gets an object */
    rwg__buf *code;     /* gets its code, which a script has as a function; NULL: the object does */
} rwb__definition_out;

/// What the definition links to: imports in their order, then requires. Appends.
void rwb__definition_targets(
    const rwb__definer *d, const rwb__module *module, rwb__link_target_vec *out
);
/// What it may import() later, as far as its text says. Appends.
void rwb__definition_later(
    const rwb__definer *d, const rwb__module *module, rwb__link_target_vec *out
);
/// Writes the definition of a module.
void rwb__definition_write(
    rwb__definer *d, const rwb__module *module, const rwb__definition_out *out
);
/// The factory of a module whose default export is the value of an expression. Appends.
void rwb__definition_value(rwg_str expression, rwg__buf *out);
/// Writes the definition of any target but a NODE. text: the expression of an ASPECT, the factory
/// of what is PINNED.
void rwb__definition_write_target(
    rwb__definer *d,
    const rwb__view *view,
    rwg_env env,
    const rwb__link_target *target,
    rwg_str text,
    const rwb__definition_out *out
);

#endif
