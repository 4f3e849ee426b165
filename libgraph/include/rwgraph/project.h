/* A project: a root folder, its configuration, its cache, and the graph that is current.
 *
 * A project belongs to one thread, except rwg_project_graph, rwg_project_cancel and the functions
 * on ids, which any thread may call. Graphs obtained from it outlive it. */
#ifndef RWGRAPH_PROJECT_H
#define RWGRAPH_PROJECT_H

#include <rwgraph/base.h>
#include <rwgraph/change.h>
#include <rwgraph/config.h>
#include <rwgraph/graph.h>
#include <rwgraph/status.h>
#include <rwgraph/sys/fs.h>
#include <rwgraph/sys/runtime.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rwg_project rwg_project;

typedef struct rwg_progress {
    uint32_t files_done;
    uint32_t files_known;
} rwg_progress;

/* No threads: the calling thread reads and parses. */
#define RWG_WORKERS_NONE UINT32_MAX

typedef struct rwg_project_options {
    size_t size;                    /* sizeof(rwg_project_options) */
    const rwg_fs *fs;               /* NULL: the system's */
    const rwg_allocator *allocator; /* NULL: malloc */
    uint64_t memory_budget;   /* bytes the project may hold, 0 = no limit; over it: RWG_BUDGET */
    const rwg_config *config; /* NULL: rwg_config_load; borrowed for the project's life */
    rwg_str cache_path;       /* database file; empty: the default place; see no_cache */
    bool no_cache;
    uint32_t workers; /* threads that read and parse; 0: one per processor; RWG_WORKERS_NONE */
    /* Called on the owner's thread now and then during a scan, may be NULL. */
    void (*on_progress)(void *payload, const rwg_progress *progress);
    void *payload;
    /* Chrome trace JSON of everything the project did, written on close; may be NULL. */
    rwg_sink *trace;
} rwg_project_options;

#define RWG_PROJECT_OPTIONS_INIT                                                                   \
    { sizeof(rwg_project_options), NULL, NULL, 0, NULL, {NULL, 0}, false, 0, NULL, NULL, NULL }

/* Figures of one scan or update, for reports and tests. */
typedef struct rwg_stats {
    uint32_t files;        /* files in the graph */
    uint32_t files_stated; /* stat calls on source files */
    uint32_t files_read;   /* source files whose bytes were read */
    uint32_t files_parsed;
    uint32_t files_full;     /* of those, parsed whole instead of by ranges */
    uint32_t modules_reused; /* records taken from the cache */
    uint32_t resolved;       /* resolutions computed, not reused */
    uint64_t bytes_read;
    uint64_t elapsed_ns;
    uint64_t load_ns, parse_ns, commit_ns, save_ns; /* parse_ns: wall time of read+parse+resolve */
    bool cache_used;
    bool cache_dropped; /* there was a database, and it could not be trusted; a notice is in the
                           diags */
} rwg_stats;

/* Opens the project at root (a folder; made absolute). Reads no source yet. */
RWG_API RWG_MUST_USE rwg_status rwg_project_open(
    rwg_str root, const rwg_project_options *options, rwg_project **out, rwg_error *err
);
RWG_API void rwg_project_close(rwg_project *p);

/* Brings the graph up to date with the file system: from the cache when there is one, reading only
 * what changed. Commits one generation. out_stats may be NULL. */
RWG_API RWG_MUST_USE rwg_status
rwg_project_scan(rwg_project *p, rwg_stats *out_stats, rwg_error *err);

/* Applies changes at these absolute paths (created, edited, deleted files or folders) in one
 * commit. A path that did not change costs one read. *out_change (may be NULL) is freed by the
 * caller. */
RWG_API RWG_MUST_USE rwg_status rwg_project_update(
    rwg_project *p,
    const rwg_str *paths,
    uint32_t count,
    rwg_change **out_change,
    rwg_stats *out_stats,
    rwg_error *err
);

/* An unsaved buffer stands for the file at path until it is cleared with text.ptr NULL. Takes
 * effect at the next rwg_project_update that names the path. The text is copied. */
RWG_API void rwg_project_overlay(rwg_project *p, rwg_str path, rwg_str text);

/* What is worth saying about the project as a whole and is no part of its graph: a cache that was
 * dropped and why, a cache that cannot be written. Borrowed until the next scan or update. */
RWG_API const rwg_diag *rwg_project_notices(const rwg_project *p, uint32_t *out_n);

/* The project's own source files that no environment reaches, by path: nothing that an entry leads
 * to imports them. Borrowed until the next call, scan or update. */
RWG_API const rwg_file *rwg_project_unreached(rwg_project *p, uint32_t *out_n);

/* Marks all dependencies known now as committed: from the next commit on, rwg_dependency.fresh is
 * false for them. */
RWG_API void rwg_project_commit_deps(rwg_project *p);

/* Writes what is dirty to the database now; otherwise that happens on close. */
RWG_API RWG_MUST_USE rwg_status rwg_project_save(rwg_project *p, rwg_error *err);

/* Runs one read-only SQL statement over the documented views of the database (see SCHEMA.md) as it
 * was last saved, and writes its rows as an aligned table, or with json as one JSON object a line.
 */
RWG_API RWG_MUST_USE rwg_status
rwg_project_query(const rwg_project *p, rwg_str sql, bool json, rwg_sink *sink, rwg_error *err);

/* The current graph with a reference for the caller. Any thread. Never NULL. */
RWG_API rwg_graph *rwg_project_graph(rwg_project *p);
RWG_API const rwg_config *rwg_project_config(const rwg_project *p);
/* Absolute, without trailing slash. */
RWG_API rwg_str rwg_project_root(const rwg_project *p);
/* The database's path, "" without one. */
RWG_API rwg_str rwg_project_cache_path(const rwg_project *p);

/* Makes a running scan or update return RWG_CANCELLED soon, the graph before it still current. */
RWG_API void rwg_project_cancel(rwg_project *p);

/* --- ids: what running code calls modules --- */

/* Room for the longest path and what is put around it. */
#define RWG_ID_SIZE 4352

/* An id in the caller's storage, with a NUL behind it. */
typedef struct rwg_id {
    uint32_t len;
    char text[RWG_ID_SIZE];
} rwg_id;

/* The path of the file that `name` means, relative to the root as the graph has it. A name is an
 * absolute path, a path from the root ("src/a.ts", "../shared/b.ts"), one that begins with "/" at
 * the root ("/src/a.ts"), or a directive id; a query behind it does not count. What exists decides,
 * never how the name looks: a path under the root is itself, any other is sought from the root and
 * then from the file system's, as import specifiers are. RWG_NOT_FOUND when there is no such file.
 * Like the other functions on ids it may be called by any thread. */
RWG_API RWG_MUST_USE rwg_status
rwg_project_path(const rwg_project *p, rwg_str name, rwg_id *out_path, rwg_error *err);

/* The directive id of that file: "/src/a.ts" for one under the root, for any other its absolute
 * path (behind "/@fs" when the root has a file of that path as well: no two files share an id).
 * What an export of a client or server module is called in every environment is
 * "<directive id>#<export>". */
RWG_API RWG_MUST_USE rwg_status
rwg_project_directive_id(const rwg_project *p, rwg_str name, rwg_id *out_id, rwg_error *err);

/* What a module of the SSR subgraph has for text. */
typedef enum rwg_ssr_text {
    RWG_SSR_CODE,       /* the module's own */
    RWG_SSR_EMPTY,      /* a style sheet: a module with an empty default export */
    RWG_SSR_CSS_MODULE, /* a CSS module: its map of names */
} rwg_ssr_text;

/* Inside the react-server environment, modules of ssr go by "virtual:rwsdk:ssr:" and their
 * directive id, to which ".js" is added when it ends in ".css". ssr_id makes such an id. ssr_node
 * finds the node of an id; it also takes "/@id/" in front, and the specifier of a dependency for
 * the directive id; RWG_NOT_FOUND when the graph has none. ssr_import is what an import of an ssr
 * module says there: the id of the file it leads to, or the bare specifier of what the runtime
 * provides. */
RWG_API RWG_MUST_USE rwg_status rwg_project_ssr_id(
    const rwg_project *p, const rwg_graph *g, rwg_node node, rwg_id *out_id, rwg_error *err
);
RWG_API RWG_MUST_USE rwg_status rwg_project_ssr_node(
    const rwg_project *p,
    const rwg_graph *g,
    rwg_str id,
    rwg_node *out_node,
    rwg_ssr_text *out_text,
    rwg_error *err
);
RWG_API RWG_MUST_USE rwg_status rwg_project_ssr_import(
    const rwg_project *p, const rwg_graph *g, const rwg_edge *edge, rwg_id *out_id, rwg_error *err
);

#ifdef __cplusplus
}
#endif
#endif
