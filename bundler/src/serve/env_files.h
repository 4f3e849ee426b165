/* .env files and .dev.vars: names and values for the app.
 *
 * The grammar is the one that dotenv made common: NAME=value, optional `export`, quotes ' " `,
 * values of several lines inside quotes, comments behind #, \n in double quotes; then $NAME and
 * ${NAME},
 * ${NAME:-default}, \$ for a dollar. Parsing is pure; reading goes through rwg_fs. */
#ifndef RWB_SERVE_ENV_FILES_H
#define RWB_SERVE_ENV_FILES_H

#include <rwgraph/sys/fs.h>

#include "base/arena.h"

/* Files over this are refused: nobody keeps more than a few KB of variables. */
#define RWB__LIMIT_ENV_BYTES (1024u * 1024)

typedef struct rwb__var {
    rwg_str name;
    rwg_str value;
} rwb__var;

/* Sorted by name, each name once; all in the arena of rwb__env_init. */
typedef struct rwb__env {
    rwg__arena arena;
    rwb__var *vars;
    uint32_t count;
    uint32_t cap;
} rwb__env;

void rwb__env_init(rwb__env *env, rwg__mem *mem);
void rwb__env_deinit(rwb__env *env);
/// Sets a name; an earlier value is replaced.
void rwb__env_set(rwb__env *env, rwg_str name, rwg_str value);
/// NULL when there is no such name.
const rwg_str *rwb__env_get(const rwb__env *env, rwg_str name);
/// Adds what a file's text says, without expanding. Lines that are no assignment are skipped.
void rwb__env_parse(rwb__env *env, rwg_str text);
/// Replaces $NAME in all values; names are looked up in `first` (the process's environment; may be
/// NULL), then in env. A name that leads back to itself is empty there. At most 64 KB a value.
void rwb__env_expand(rwb__env *env, const rwb__env *first);
/// The process's environment.
void rwb__env_process(rwb__env *env);

typedef struct rwb__env_load_options {
    const rwg_fs *fs;
    rwg_str dir;             /* "" = no files are read */
    rwg_str mode;            /* "development" */
    const rwb__env *process; /* wins over the files */
    const rwg_str *prefixes; /* only these names reach the browser; NULL: VITE_ and RWSDK_ */
    uint32_t prefix_count;
} rwb__env_load_options;

/// .env, .env.local, .env.[mode], .env.[mode].local, later ones over earlier ones, the process over
/// all. *out gets every name of the files; *out_public those with a prefix, of the process too.
/// Either may be NULL. RWG_INVALID for an empty prefix, which would send everything to the browser.
rwg_status rwb__env_load(
    const rwb__env_load_options *options, rwb__env *out, rwb__env *out_public, rwg_error *err
);
/// .dev.vars.[environment] when given and there, else .dev.vars: the secrets of a worker. A file
/// that is not there is no error.
rwg_status rwb__env_load_dev_vars(
    const rwg_fs *fs, rwg_str dir, rwg_str environment, rwb__env *out, rwg_error *err
);
/// The paths that a load looks at, for watching: calls fn with each.
void rwb__env_files(
    rwg_str dir, rwg_str mode, void (*fn)(void *payload, rwg_str path), void *payload
);

#endif
