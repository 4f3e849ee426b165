/* What decides, beside the graph, which code comes out of a module: the mode, the defines of each
 * environment, and the modules that generated code imports by itself. Constant while the program
 * serves; its salt is part of every key. */
#ifndef RWB_LINK_SETTINGS_H
#define RWB_LINK_SETTINGS_H

#include <rwgraph/config.h>
#include <rwgraph/resolve.h>
#include <rwgraph/sys/fs.h>

#include <rwbundler/transform.h>

/* A module that generated code imports. The file is an entry of its environment, so that its node
 * is in the graph; "" when the project does not have it. */
typedef struct rwb__implicit {
    rwg_str specifier;
    rwg_str path; /* absolute */
} rwb__implicit;

typedef struct rwb__env_settings {
    const rwb_define *defines; /* import.meta.env.*, process.env.NODE_ENV, the user's */
    uint32_t define_count;
    const rwb__implicit *jsx; /* by jsx_sources: react/jsx-dev-runtime, or jsx-runtime */
    rwb__implicit register_;  /* registerClientReference, registerServerReference: react-server */
    rwb__implicit create;     /* createServerReference: client and ssr */
    /* registerClientReference gets the module itself, evaluated in ssr, as RedwoodSDK's does;
     * React's own gets a stand-in that throws when it is called. */
    bool reference_takes_module;
    /* createServerReference gets id, name and method, as RedwoodSDK's does; React's own gets
     * id#name and what calls the server. */
    bool reference_takes_name;
    bool refresh; /* React Refresh: the browser's environment in dev */
} rwb__env_settings;

typedef struct rwb__settings {
    const rwg_fs *fs;
    rwg_str root;
    const rwg_config *config;
    rwb__env_settings envs[RWG_MAX_ENVS];
    bool dev;
    bool jsx_dev;
    const rwg_str *jsx_sources; /* whose JSX runtimes are used; the first is what the root says */
    uint32_t jsx_source_count;
    rwg_str jsx_usual; /* the source where a tsconfig says nothing; "" = react */
    rwg_resolver
        *resolver; /* what tsconfig and package.json files say of a source; for one thread */
    rwg_hash salt;
} rwb__settings;

/// jsxImportSource of the tsconfig that governs a file (absolute path); packages have the root's.
/// Borrowed from the resolver. For the thread that owns settings->resolver.
rwg_str rwb__settings_jsx_source(const rwb__settings *s, rwg_str path, bool is_dependency);
/// The JSX runtime of that source. Without a path when the project does not have it.
rwb__implicit
rwb__settings_jsx_runtime(const rwb__settings *s, rwg_env env, rwg_str path, bool is_dependency);

#endif
