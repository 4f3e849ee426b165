/* What a package.json says, as far as resolving needs it. Kept per folder; absence is kept too. */
#ifndef RWG_RESOLVE_PACKAGE_H
#define RWG_RESOLVE_PACKAGE_H

#include "resolve/dirs.h"
#include "resolve/inputs.h"

/* One entry of a "browser" map. */
typedef struct rwg__browser_entry {
    rwg_str key;   /* as written: "module-a", "./x.js" */
    rwg_str path;  /* key as a path below the package, without "./" */
    rwg_str value; /* what replaces it; "" when it is to be ignored */
    bool ignored;
} rwg__browser_entry;

typedef struct rwg__package {
    uint32_t dir;   /* real folder */
    uint32_t input; /* id in rwg__inputs */
    bool broken;    /* not a JSON object; everything below is empty */
    bool is_module; /* "type": "module" */
    rwg_str name;
    rwg_str version;
    const rwg__json *exports;          /* NULL when absent or null */
    const rwg__json *imports;          /* NULL unless an object */
    const rwg__json *side_effects;     /* NULL when absent */
    const rwg_str *main_fields;        /* by index into rwg__packages.field_names; "" when absent */
    const rwg__browser_entry *browser; /* when "browser" is an object */
    uint32_t browser_count;
    rwg_hash facts; /* over all of the above that resolutions depend on */
} rwg__package;

typedef struct rwg__packages {
    rwg__mem *mem;
    rwg__dirs *dirs;
    rwg__inputs *inputs;
    rwg__arena *arena;            /* facts that are kept */
    rwg__arena scratch;           /* the document being read */
    RWG_VEC(rwg__package *) all;  /* [0] unused */
    RWG_VEC(rwg_str) field_names; /* main fields that some environment asks for */
} rwg__packages;

void rwg__packages_init(
    rwg__packages *packages, rwg__mem *mem, rwg__dirs *dirs, rwg__inputs *inputs, rwg__arena *arena
);
void rwg__packages_deinit(rwg__packages *packages);
/* Index of a main field's name in main_fields. All are named before the first package is read. */
uint32_t rwg__packages_field(rwg__packages *packages, rwg_str name);

/* The package.json in this very folder; NULL when there is none. */
const rwg__package *rwg__package_in(rwg__packages *packages, uint32_t dir);
/* The nearest folder at or above dir with a package.json, not looking above a node_modules; 0 =
 * none. */
uint32_t rwg__package_scope(rwg__packages *packages, uint32_t dir);
/* Reads a package.json again; true when facts that resolutions depend on are different now. */
bool rwg__package_reload(rwg__packages *packages, uint32_t dir);

#endif
