/* From changed modules to what a page must do: Vite's propagation over our graph.
 *
 * A change goes up from importer to importer until somebody accepts it: the module itself, or an
 * importer that names it in import.meta.hot.accept. Where nobody does, the page reloads. Modules on
 * the way get new URLs; nothing else does.
 *
 * What accepts is what pages have, the version before: a module that says so for the first time is
 * not known to them. All changes of an update share one plan, which visits no module twice. */
#ifndef RWB_DEV_HMR_H
#define RWB_DEV_HMR_H

#include "dev/browser.h"

typedef struct rwb__hot_update {
    rwg_node boundary; /* who accepts; {0}: an inline script */
    uint32_t script;   /* 1 + its index in the browser's pages; 0 = a module accepts */
    rwg_node accepted; /* what it accepts: itself, or one of its imports; {0}: the inline script */
    rwg_node cause;    /* the module that changed */
} rwb__hot_update;

typedef struct rwb__hot_plan {
    rwg__mem *mem;
    const rwg_graph *before; /* what pages have; NULL: the newest. Outlives the plan */
    rwg__idmap visited;      /* node -> which climb came to it first, from 1 */
    rwg__idmap planned;      /* pairs of boundary and accepted that are in updates */
    uint32_t climb_count;
    RWG_VEC(rwb__hot_update) updates; /* each boundary and accepted pair once */
    RWG_VEC(rwg_node) replaced;       /* modules that get a new URL */
    rwg_node dead_end;                /* not {0}: reload, nobody accepts the change below here */
    rwg_node dead_end_cause;
    uint32_t dead_end_script; /* 1 + index of the inline script above the dead end; 0 = none */
} rwb__hot_plan;

void rwb__hot_plan_init(rwb__hot_plan *plan, rwg__mem *mem, const rwg_graph *before);
void rwb__hot_plan_deinit(rwb__hot_plan *plan);
/// Adds what a change of this module means. Call for each changed module of the browser's
/// environment.
void rwb__hot_plan_change(
    rwb__hot_plan *plan, const rwb__browser *b, const rwb__view *view, rwg_node changed
);

/// The module gave up on its own update: its importers have to accept it.
void rwb__hot_plan_invalidate(
    rwb__hot_plan *plan, const rwb__browser *b, const rwb__view *view, rwg_node node
);

#endif
