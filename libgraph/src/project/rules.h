/* What imports of files that are no code give, as the wrangler file of a project says it. */
#ifndef RWG_PROJECT_RULES_H
#define RWG_PROJECT_RULES_H

#include <rwgraph/config.h>

#include "base/arena.h"

/* The rules of wrangler.json, .jsonc or .toml, then Cloudflare's own; none (*out_count 0) in a
 * project without such a file. They and their strings live in arena. */
const rwg_file_rule *
rwg__rules_read(const rwg_fs *fs, rwg__arena *arena, rwg_str root, uint32_t *out_count);

/* The query that a rule of the environment adds to an import of the file, {0} without one. */
rwg_str rwg__rule_query(const rwg_env_config *env, rwg_str path, rwg_str query);

#endif
