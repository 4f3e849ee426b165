/* What a project's own files say about where its environments start. */
#ifndef RWG_PROJECT_DETECT_H
#define RWG_PROJECT_DETECT_H

#include <rwgraph/config.h>

#include "base/arena.h"

/* Fills entries (and only_entries) of the three default environments, client, ssr and worker in
 * this order: the module scripts of index.html, the `main` of a wrangler file, RedwoodSDK's
 * conventional src/client.tsx and src/worker.tsx. Finds nothing in a project that has none of them.
 * Strings live in arena. */
void rwg__detect_entries(const rwg_fs *fs, rwg__arena *arena, rwg_str root, rwg_env_config envs[3]);

#endif
