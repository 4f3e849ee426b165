/* What a project is told about its environments.
 *
 * A configuration is plain data. rwg_config_load fills it from a project's own files (rwgraph.json,
 * or what package.json, wrangler files and index.html say) and owns the strings; a caller may as
 * well fill the structs by hand with strings that outlive the configuration. */
#ifndef RWGRAPH_CONFIG_H
#define RWGRAPH_CONFIG_H

#include <rwgraph/base.h>
#include <rwgraph/status.h>
#include <rwgraph/sys/fs.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What "use client" and "use server" mean in an environment. */
typedef enum rwg_env_role {
    RWG_ROLE_PLAIN,  /* directives mean nothing here */
    RWG_ROLE_CLIENT, /* browser: client modules are real, server modules become references */
    RWG_ROLE_SSR,    /* server render: client modules are real, server modules become references */
    RWG_ROLE_SERVER, /* react-server: client modules become references that evaluate in ssr */
} rwg_env_role;

typedef struct rwg_str_list {
    const rwg_str *items;
    uint32_t count;
} rwg_str_list;

/* One alias: a specifier equal to `from`, or beginning with `from` + "/", is replaced. An empty
 * `to` means the specifier is ignored (an empty module). */
typedef struct rwg_alias {
    rwg_str from;
    rwg_str to;
} rwg_alias;

/* What an import of a file is that says nothing of it: the query that is added, for what is found
 * below the root by this glob. */
typedef struct rwg_file_rule {
    rwg_str glob;
    rwg_str query;
} rwg_file_rule;

typedef struct rwg_env_config {
    rwg_str name;
    rwg_env_role role;
    /* Beside these, "import" or "require" (by the import site) and "default" always hold. */
    rwg_str_list conditions;
    rwg_str_list main_fields; /* in order; "main" is tried last even when absent */
    rwg_str_list extensions;  /* with dot, in order of preference */
    bool browser_field;       /* honour package.json "browser" maps */
    bool node_builtins;       /* node:fs and friends are builtins, not packages */
    const rwg_alias *aliases;
    uint32_t alias_count;
    rwg_str_list externals; /* specifiers, or a package name with its subpaths, for the runtime */
    rwg_str_list builtins;  /* further builtin specifiers; "x:" stands for all that begin so */
    rwg_str_list entries;   /* files relative to the root; none: found by the scan, unless: */
    bool only_entries;      /* nothing but entries, and files with a directive, starts here */
    const rwg_file_rule *rules; /* the first that fits counts */
    uint32_t rule_count;
} rwg_env_config;

/* How tsconfig.json files take part in resolution. */
typedef enum rwg_tsconfig_mode {
    RWG_TSCONFIG_AUTO, /* the nearest tsconfig.json (or jsconfig.json) above each importer */
    RWG_TSCONFIG_NONE,
    RWG_TSCONFIG_FILE, /* one file for all: tsconfig_path */
} rwg_tsconfig_mode;

typedef struct rwg_config {
    size_t size; /* sizeof(rwg_config) */
    const rwg_env_config *envs;
    uint32_t env_count;  /* at most RWG_MAX_ENVS */
    rwg_str_list pinned; /* specifiers whose instance lives outside generations; of no meaning
                            to a plain environment */
    rwg_str_list forced_client; /* files treated as "use client" without saying so */
    rwg_str_list forced_server;
    rwg_tsconfig_mode tsconfig;
    rwg_str tsconfig_path;
    /* "/x" may name a file of this folder, which is served as it is and is no module: absolute or
     * from the root. Without a pointer it is "public"; empty with one there is none. */
    rwg_str public_dir;
    bool preserve_symlinks; /* identity is the link, not what it points to */
    bool skip_dependencies; /* dependencies are leaves: their own imports are not followed */
    bool jsx_dev;           /* @jsxImportSource p imports p/jsx-dev-runtime, else p/jsx-runtime */
    void *owned;            /* strings of rwg_config_load, freed by rwg_config_deinit */
} rwg_config;

#define RWG_MAX_ENVS 16

#define RWG_CONFIG_INIT                                                                            \
    {                                                                                              \
        sizeof(rwg_config), NULL, 0, {NULL, 0}, {NULL, 0}, {NULL, 0}, RWG_TSCONFIG_AUTO,           \
            {NULL, 0}, {NULL, 0}, false, false, false, NULL                                        \
    }

/* Fills out_config for the project at root (absolute): rwgraph.json if there is one, else the three
 * default environments client, ssr and worker with what the project's files say. fs may be NULL for
 * the system's. Fails with RWG_SYNTAX when rwgraph.json is not well formed or has an unknown key.
 */
RWG_API RWG_MUST_USE rwg_status
rwg_config_load(const rwg_fs *fs, rwg_str root, rwg_config *out_config, rwg_error *err);
RWG_API void rwg_config_deinit(rwg_config *config);

#ifdef __cplusplus
}
#endif
#endif
