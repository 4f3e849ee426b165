/* What a dev server is told: the project's configuration and what its files add to it.
 *
 * The graph has to contain what generated code imports (the JSX runtime, the functions that make
 * references), so those modules become entries of their environments: nothing is discovered when
 * the first request comes. */
#ifndef RWB_DEV_SETUP_H
#define RWB_DEV_SETUP_H

#include "base/arena.h"
#include "dev/dev_config.h"
#include "link/settings.h"
#include "serve/env_files.h"

typedef struct rwb__setup {
    rwg__mem *mem;
    rwg__arena arena;
    rwg_fs fs;
    rwg_config loaded;
    rwg_config config;    /* loaded, with implicit entries */
    rwb__dev_config site; /* how it is served */
    rwg_str prefix;       /* before ids in addresses: the base without its last slash */
    rwg_str client;       /* the address of the client module in dev */
    rwb__settings settings;
    rwb__env vars;      /* of .env files */
    rwb__env public;    /* those that browsers may see */
    rwg_env server_env; /* whose entry answers requests; {0}: pages are static */
    rwg_env client_env;
    rwg_str server_entry; /* relative to the root */
    rwg_str refresh_path; /* react-refresh/runtime, "" without it */
    rwg_str runtime_dir;
    rwg_str state_code; /* the factory of rwsdk/__state */
} rwb__setup;

/// Fails with a text for the user when rwgraph.json has a mistake; there is something to deinit all
/// the same. mode names the .env files and decides between development and production; runtime_dir
/// is where our JavaScript is, "" = found.
rwg_status rwb__setup_init(
    rwb__setup *setup,
    rwg__mem *mem,
    rwg_str root,
    rwg_str mode,
    rwg_str runtime_dir,
    rwg_error *err
);
void rwb__setup_deinit(rwb__setup *setup);
/// The address of what the server knows under this path, as browsers are given it.
rwg_str rwb__setup_address(const rwb__setup *setup, rwg__arena *arena, rwg_str path);

/// The real path of a project's folder, malloc'd, from an absolute or relative one.
rwg_status rwb__real_root(rwg_str root, char **out, rwg_error *err);

#endif
