/* Yarn Plug'n'Play: where a package's dependencies lie, from .pnp.data.json.
 *
 * Yarn writes this file beside .pnp.cjs when pnpEnableInlining is off; .pnp.cjs itself is a program
 * and is not read. Packages inside zip archives have a place but no files that can be listed. */
#ifndef RWG_RESOLVE_PNP_H
#define RWG_RESOLVE_PNP_H

#include "base/buf.h"
#include "resolve/dirs.h"
#include "resolve/inputs.h"

typedef struct rwg__pnp_package {
    rwg_str name; /* "" for the top-level one */
    rwg_str reference;
    rwg_str place; /* its folder */
    const rwg__json *info;
} rwg__pnp_package;

typedef struct rwg__pnp {
    rwg__mem *mem;
    rwg__dirs *dirs;
    rwg__inputs *inputs;
    rwg__arena arena;       /* the document and the maps' keys */
    uint32_t dir;           /* folder of the file that is loaded, 0 = none */
    const rwg__json *top;   /* its document, NULL when it is not JSON */
    rwg__strmap by_place;   /* folder -> 1 + package */
    rwg__strmap by_locator; /* "name\0reference" -> 1 + package */
    RWG_VEC(rwg__pnp_package) packages;
    rwg__buf key;
} rwg__pnp;

typedef enum rwg__pnp_answer {
    RWG__PNP_FOLDER,       /* *out_folder holds the package */
    RWG__PNP_UNMANAGED,    /* the importer is none of Yarn's packages: look into node_modules */
    RWG__PNP_NOT_DECLARED, /* the importer's package does not depend on it */
    RWG__PNP_UNMET_PEER,   /* a peer dependency that nobody provides */
} rwg__pnp_answer;

void rwg__pnp_init(rwg__pnp *pnp, rwg__mem *mem, rwg__dirs *dirs, rwg__inputs *inputs);
void rwg__pnp_deinit(rwg__pnp *pnp);

/* The nearest folder at or above dir with a .pnp.data.json; 0 = none. Loads the file. */
uint32_t rwg__pnp_find(rwg__pnp *pnp, uint32_t dir);
/* Where the package `name` lies for an importer in dir. Only after rwg__pnp_find was not 0. */
rwg__pnp_answer rwg__pnp_lookup(rwg__pnp *pnp, uint32_t dir, rwg_str name, rwg_str *out_folder);
/* The file is to be read again. */
void rwg__pnp_forget(rwg__pnp *pnp);

#endif
