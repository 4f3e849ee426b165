/* tsconfig.json and jsconfig.json: which one governs a file, and what its paths mean.
 *
 * A file belongs to the nearest configuration above it that includes it, by files, include and
 * exclude; of a configuration with references, to the first referenced one that does. A file that
 * none includes follows the nearest one all the same: an alias in a script outside of "include"
 * still means what everybody takes it to mean. Files in node_modules belong to none. */
#ifndef RWG_RESOLVE_TSCONFIG_H
#define RWG_RESOLVE_TSCONFIG_H

#include <rwgraph/config.h>
#include <rwgraph/resolve.h>

#include "resolve/package.h"

typedef struct rwg__ts_path {
    rwg_str key; /* "@app/x", "@app/", "" */
    rwg_str prefix;
    rwg_str suffix;
    bool has_star;
    const rwg_str *targets; /* absolute, with at most one * */
    uint32_t target_count;
} rwg__ts_path;

typedef struct rwg__tsconfig {
    rwg_str path; /* of the file */
    rwg_str dir;
    bool broken;         /* it, or one it extends, is not JSON or not there; the rest holds */
    rwg_str broken_path; /* which one */
    bool unresolved;     /* something it extends or refers to is not there */
    bool allow_js;
    bool has_files;
    bool has_include;
    rwg_str base_url;          /* absolute; "" = none */
    const rwg__ts_path *paths; /* exact keys first, then by longest prefix */
    uint32_t path_count;
    rwg_str_list files;   /* absolute */
    rwg_str_list include; /* absolute patterns */
    rwg_str_list exclude;
    const uint32_t *references; /* ids */
    uint32_t reference_count;
    rwg_compiler_options compiler;
    rwg_hash facts; /* of what decides resolutions: not the compiler's options */
    bool differs;   /* from what it was before the last reload */
} rwg__tsconfig;

typedef struct rwg__tsconfigs {
    rwg__mem *mem;
    rwg__dirs *dirs;
    rwg__inputs *inputs;
    rwg__packages *packages;
    rwg__arena *arena;
    rwg__arena scratch;
    rwg__strmap ids;              /* path of the file -> id */
    RWG_VEC(rwg__tsconfig *) all; /* [0] unused */
    const rwg_config *config;
    rwg_str root;
} rwg__tsconfigs;

void rwg__tsconfigs_init(
    rwg__tsconfigs *tsconfigs,
    rwg__mem *mem,
    rwg__packages *packages,
    const rwg_config *config,
    rwg_str root
);
void rwg__tsconfigs_deinit(rwg__tsconfigs *tsconfigs);

/* The configuration that governs a file of the folder dir, 0 = none. file may be "" (some file of
 * the folder). *out_top: the highest folder that was looked at, 0 when up to "/" or none was. */
uint32_t
rwg__tsconfig_for(rwg__tsconfigs *tsconfigs, uint32_t dir, rwg_str file, uint32_t *out_top);

static inline const rwg__tsconfig *rwg__tsconfig_at(const rwg__tsconfigs *tsconfigs, uint32_t id) {
    return tsconfigs->all.ptr[id];
}

/* Where paths lead a specifier: absolute candidates one after the other, *at from 0. The candidate
 * is in arena; false when there are no more. */
bool rwg__tsconfig_candidate(
    const rwg__tsconfig *tsconfig, rwg_str specifier, rwg__arena *arena, uint32_t *at, rwg_str *out
);

/* True when a change of this path may change what some configuration says. */
bool rwg__tsconfigs_concern(const rwg__tsconfigs *tsconfigs, rwg_str path);
/* Reads all of them again; true when the meaning of some of them is different now. */
bool rwg__tsconfigs_reload(rwg__tsconfigs *tsconfigs);

#endif
