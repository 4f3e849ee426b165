// A small disk and a resolver over it, for the tests of resolving.
#ifndef RWG_TEST_RESOLVE_WORLD_H
#define RWG_TEST_RESOLVE_WORLD_H

#include "memfs.h"
#include "resolve/resolver.h"
#include "test.h"

typedef struct world {
    memfs *disk;
    rwg_fs fs;
    rwg__mem mem;
    rwg_config config;
    rwg_env_config envs[3];
    rwg_resolver *r;
    const char *from; // the importing file, "/app/src/main.ts"
} world;

enum {
    CLIENT = 1,
    SSR,
    WORKER
};

/// The three default environments over an empty disk. The project's root is /app.
void world_init(world *w);
void world_free(world *w);
/// The resolver, made when it is first asked for: change config and envs before.
rwg_resolver *world_resolver(world *w);
const rwg_resolution *world_ask(world *w, uint32_t env, const char *specifier, rwg_site site);

/// The specifier leads to this file.
void expect_file(world *w, uint32_t env, const char *specifier, const char *path);
void expect_required(world *w, uint32_t env, const char *specifier, const char *path);
/// It has this outcome, and is kept as written.
void expect_kept(world *w, uint32_t env, const char *specifier, rwg_outcome outcome);
/// It is not found for this reason; message and fix hold these texts (NULL: whatever).
void expect_missing(
    world *w,
    uint32_t env,
    const char *specifier,
    rwg_diag_code code,
    const char *message,
    const char *fix
);

#endif
