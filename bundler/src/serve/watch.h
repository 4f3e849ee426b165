/* Which files changed: folders watched recursively, told in batches.
 *
 * Events are only hints: the kind of each change is found by asking the file system when the batch
 * is told, so an atomic save (write aside, rename over) is one change, and a file that came and
 * went between two batches is none. */
#ifndef RWB_SERVE_WATCH_H
#define RWB_SERVE_WATCH_H

#include "serve/loop.h"

typedef struct rwb__watch rwb__watch;

typedef enum rwb__watch_kind {
    RWB__WATCH_CHANGED,
    RWB__WATCH_CREATED,
    RWB__WATCH_DELETED,
} rwb__watch_kind;

typedef struct rwb__watch_change {
    rwg_str path; /* absolute; borrowed for the call */
    rwb__watch_kind kind;
} rwb__watch_change;

typedef struct rwb__watch_batch {
    const rwb__watch_change *changes; /* sorted by path, each path once */
    uint32_t count;
    bool rescan; /* events were lost: anything may have changed */
} rwb__watch_batch;

typedef struct rwb__watch_options {
    const rwg_str *ignore; /* globs over absolute paths, besides node_modules, .git and .rwgraph */
    uint32_t ignore_count;
    uint32_t quiet_ms;   /* a batch is told when so long nothing came; 0 = 5 */
    uint32_t longest_ms; /* and never later than this after its first event; 0 = 50 */
    void *payload;
    void (*changed)(void *payload, const rwb__watch_batch *batch);
} rwb__watch_options;

rwb__watch *rwb__watch_new(rwb__loop *loop, const rwb__watch_options *options);
void rwb__watch_free(rwb__watch *watch);
/// Watches a folder and all below it but what is ignored. Links to folders are not followed. A
/// system limit on watches gives RWG_LIMIT with the advice that helps; what could be watched is.
rwg_status rwb__watch_add_dir(rwb__watch *watch, rwg_str dir, rwg_error *err);
/// Watches the files in a folder, and nothing below it: of new folders only that they are there.
/// The files that are there are told once, as created: somebody knew of them before they were
/// watched.
rwg_status rwb__watch_add_files_of(rwb__watch *watch, rwg_str dir, rwg_error *err);
/// Watches a folder for the names in it, whether or not it is there: of whatever happens in it the
/// folder is told, as changed, after a pause of 100 ms (for node_modules, while packages are
/// installed), or as deleted.
rwg_status rwb__watch_add_names(rwb__watch *watch, rwg_str dir, rwg_error *err);
/// Watches one file, wherever it is and whether or not it is there.
rwg_status rwb__watch_add_file(rwb__watch *watch, rwg_str file, rwg_error *err);
uint32_t rwb__watch_folder_count(const rwb__watch *watch);

#endif
