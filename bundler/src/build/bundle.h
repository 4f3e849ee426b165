/* A bundle: the definitions of many modules in one script, with an index map (ECMA-426 sections).
 *
 *   const define = …;
 *   define({ key, imports, … }, function* (…) {…});     one statement a module
 *
 * A module's own map is kept as it is, as the section that begins where its code begins. */
#ifndef RWB_BUILD_BUNDLE_H
#define RWB_BUILD_BUNDLE_H

#include "base/map.h"
#include "build/assets.h"
#include "dev/aspect.h"
#include "dev/compiler.h"

/* One module's own map, and the line at which its code begins. */
typedef struct rwb__section {
    uint32_t line;
    rwg_str map; /* in the bundle's arena */
} rwb__section;

typedef struct rwb__bundle {
    rwg__mem *mem;
    const rwb__view *view;
    rwb__definer *definer;
    rwg_str state_code;
    rwg__buf code;
    RWG_VEC(rwb__section) sections;
    rwg__buf problems;   /* rendered, of the project's own code */
    rwg__buf externals;  /* "specifier\n" for each external */
    rwb__assets *assets; /* where the files of assets are found; borrowed */
    rwg__arena arena;
    rwg__strmap seen; /* keys written */
    uint32_t line;    /* of the next byte, 0-based */
    uint32_t modules;
    bool with_map;
} rwb__bundle;

void rwb__bundle_init(
    rwb__bundle *b, rwg__mem *mem, const rwb__view *view, rwb__definer *definer, rwg_str state_code
);
void rwb__bundle_deinit(rwb__bundle *b);
/// Text that belongs to no module.
void rwb__bundle_text(rwb__bundle *b, rwg_str text);
/// The definition of a node, and of everything it links to that is no node.
void rwb__bundle_node(
    rwb__bundle *b, rwg_node node, rwb__source_kind kind, const rwb__compiled *compiled
);
/// The modules that are made up for an environment.
void rwb__bundle_virtuals(rwb__bundle *b, rwg_env env);
/// The map, naming the file it is for, when so many lines were put in front of the code.
void rwb__bundle_map(const rwb__bundle *b, rwg_str file, uint32_t lines, rwg__buf *out);

#endif
