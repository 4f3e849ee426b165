/* A bundle: the definitions of many modules in one script, with one map of all their own maps.
 *
 *   const define = …;
 *   define({ key, imports, … }, function* (…) {…});     one statement a module
 *
 * A module keeps its own map until the bundle is written: a section that begins with its code. */
#ifndef RWB_BUILD_BUNDLE_H
#define RWB_BUILD_BUNDLE_H

#include "base/map.h"
#include "dev/aspect.h"

/* One module's own map, and the line at which its code begins. */
typedef struct rwb__section {
    uint32_t line;
    rwg_str map; /* in the bundle's arena */
} rwb__section;

typedef struct rwb__bundle_input {
    rwg__mem *mem;
    const rwb__view *view;
    rwb__definer *definer;
    rwg_str state_code;        /* the factory of rwsdk/__state */
    const rwb__places *places; /* where files are found; address is there */
    bool with_map;
} rwb__bundle_input;

typedef struct rwb__bundle {
    rwb__bundle_input in;
    rwg__buf code;
    rwg__buf names; /* of modules and their aspects, as lines of an object literal */
    RWG_VEC(rwb__section) sections;
    rwg__buf problems;  /* rendered, of the project's own code */
    rwg__buf warnings;  /* of packages: a line each */
    rwg__buf externals; /* "specifier\n" for each external */
    rwg__arena arena;
    rwg__strmap seen; /* keys written */
    uint32_t line;    /* of the next byte, 0-based */
    uint32_t modules;
    bool is_async; /* one of the modules has top-level await */
} rwb__bundle;

void rwb__bundle_init(rwb__bundle *b, const rwb__bundle_input *input);
void rwb__bundle_deinit(rwb__bundle *b);
/// Text that belongs to no module.
void rwb__bundle_text(rwb__bundle *b, rwg_str text);
/// A definition that is made by hand: its object, and its factory.
void rwb__bundle_definition(rwb__bundle *b, rwg_str json, rwg_str code);
/// The definition of a module, and of everything it links to that is no node; and the names by
/// which import() and the lookups find it.
void rwb__bundle_module(rwb__bundle *b, const rwb__module *module);
/// The modules that are made up for an environment.
void rwb__bundle_virtuals(rwb__bundle *b, rwg_env env);
/// Makes the names of all modules known.
void rwb__bundle_names(rwb__bundle *b);
/// A line that names a module by its key: `before`, the key as a string, `after`.
void rwb__bundle_call(rwb__bundle *b, const char *before, rwg_node node, const char *after);

#endif
