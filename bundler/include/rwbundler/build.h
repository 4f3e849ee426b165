/* The production build: all environments of a project from one graph, written to a folder. */
#ifndef RWBUNDLER_BUILD_H
#define RWBUNDLER_BUILD_H

#include <rwgraph/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rwb_build_options {
    size_t size;         /* sizeof(rwb_build_options) */
    rwg_str root;        /* the project's folder */
    rwg_str out_dir;     /* "" = dist, in the root; emptied first */
    rwg_str mode;        /* "" = "production" */
    rwg_str runtime_dir; /* where the JavaScript that belongs to this program is; "" = found */
    bool no_cache;
    bool no_source_map;
} rwb_build_options;

#define RWB_BUILD_OPTIONS_INIT                                                                     \
    { .size = sizeof(rwb_build_options) }

/* Figures of a build. */
typedef struct rwb_build_stats {
    uint32_t client_modules;
    uint32_t server_modules;
    uint64_t client_bytes;
    uint64_t server_bytes;
    uint64_t elapsed_ns;
} rwb_build_stats;

/* Builds. RWG_SYNTAX when the project's code has errors: they are printed to standard error, and
 * nothing is written. */
RWG_API RWG_MUST_USE rwg_status
rwb_build_run(const rwb_build_options *options, rwb_build_stats *out_stats, rwg_error *err);

typedef struct rwb_preview_options {
    size_t size;
    rwg_str root;
    rwg_str out_dir; /* "" = dist */
    rwg_str host;
    uint16_t port; /* 0 = 4173, or the next free one */
    bool any_port;
    bool strict_port;
    rwg_str runtime_dir;
} rwb_preview_options;

#define RWB_PREVIEW_OPTIONS_INIT                                                                   \
    { .size = sizeof(rwb_preview_options) }

/* Serves what a build wrote, as it would run, until SIGINT or SIGTERM. */
RWG_API RWG_MUST_USE rwg_status rwb_preview_run(const rwb_preview_options *options, rwg_error *err);

#ifdef __cplusplus
}
#endif
#endif
