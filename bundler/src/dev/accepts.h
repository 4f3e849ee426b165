/* What modules say to import.meta.hot about updates, and which modules the paths in it mean.
 *
 * A page knows modules by their owner paths (PROTOCOL.md 6): what `accept("./dep")` names is
 * resolved here, as an import in the same place would be, and handed to the page as a table. */
#ifndef RWB_DEV_ACCEPTS_H
#define RWB_DEV_ACCEPTS_H

#include "dev/browser.h"

typedef enum rwb__self_acceptance {
    RWB__ACCEPTS_NOT,
    RWB__ACCEPTS_EXPORTS, /* of some of its exports: who imports others has to accept as well */
    RWB__ACCEPTS_ITSELF,
} rwb__self_acceptance;

/// The module that a specifier in this file means in the browser's environment; {0} when that is
/// none of the graph. `from` is absolute.
rwg_node
rwb__browser_resolve(const rwb__browser *b, const rwb__view *view, rwg_str from, rwg_str specifier);

/// Does the module, as browsers have it, take updates of itself? With React Refresh every module
/// of components does.
rwb__self_acceptance rwb__accepts_itself(const rwb__browser *b, const rwg_graph *g, rwg_node node);
/// Does all that the importer takes from the module lie in the exports that it accepts?
bool rwb__accepts_what_is_used(const rwb__view *view, rwg_node importer, rwg_node node);

/// Is the target among what a record's accept("…") names? `from` is the file of the record.
bool rwb__accepts(
    const rwb__browser *b,
    const rwb__view *view,
    const rwg_module *module,
    rwg_str from,
    rwg_node target
);

/* Whose import.meta.hot it is. */
typedef struct rwb__hot_owner {
    rwg_str path; /* by which pages know it */
    rwg_str file; /* from which what it names is resolved; absolute */
} rwb__hot_owner;

/// Appends the line that makes import.meta.hot, with the owner paths of what the record's
/// accept("…") names: { "./dep": "/src/dep.ts" }.
void rwb__hot_line(
    const rwb__browser *b,
    const rwb__view *view,
    const rwg_module *module,
    rwb__hot_owner owner,
    rwg__buf *out
);

#endif
