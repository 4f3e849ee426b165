/* Which modules go into which bundle.
 *
 * The main part has the code of all environments that is reached from entries. A worker runs in a
 * world of its own, so it has a part of its own, with everything it may load; a module can be in
 * several parts. What is only imported for its text or its address is in none. */
#ifndef RWB_BUILD_PLAN_H
#define RWB_BUILD_PLAN_H

#include "base/map.h"
#include "build/html_page.h"
#include "link/definition.h"

typedef struct rwb__part {
    rwg_node root;    /* of a worker; {0}: the main part */
    rwg__idmap nodes; /* those in it */
} rwb__part;

typedef struct rwb__plan {
    rwg__mem *mem;
    const rwb__definer *definer;
    const rwb__view *view;
    const rwb__html_page *page; /* its links alone bring no code */
    rwg_env client_env;
    RWG_VEC(rwb__part) parts; /* [0] is the main part */
    rwg__idmap by_root;       /* node of a worker -> its part */
} rwb__plan;

/* What was compiled of a node; false: nothing, it is in no part. */
typedef bool (*rwb__plan_module_fn)(void *payload, rwg_node node, rwb__module *out);

void rwb__plan_init(
    rwb__plan *plan,
    rwg__mem *mem,
    const rwb__definer *definer,
    const rwb__view *view,
    const rwb__html_page *page,
    rwg_env client_env
);
void rwb__plan_deinit(rwb__plan *plan);
/// Fills the plan. Linear in the modules of each part.
void rwb__plan_run(rwb__plan *plan, rwb__plan_module_fn module_of, void *payload);

bool rwb__part_has(const rwb__part *part, rwg_node node);
/// The part of the worker that a target names, 0 = there is none: what runs on a server has no
/// worker of browsers, unless browsers have it as well.
uint32_t rwb__plan_worker(const rwb__plan *plan, const rwb__link_target *target);

#endif
