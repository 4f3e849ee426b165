/* A project on a disk in memory, for tests of everything above the parser.
 *
 *     app a;
 *     app_start(&a);                                   // empty disk, project root /app
 *     memfs_write(a.disk, "/app/src/a.ts", "import './b'");
 *     app_open(&a);                                    // opens and scans
 *     app_edit(&a, "/app/src/a.ts", "import './c'");   // writes and updates
 *     char *dump = app_dump(&a);                       // canonical; free() it
 *     app_stop(&a);
 *
 * Nothing here sleeps or reads the real disk, except databases when a test names one. */
#ifndef RWG_TEST_APP_H
#define RWG_TEST_APP_H

#include <rwgraph/rwgraph.h>

#include "memfs.h"

typedef struct app {
    memfs *disk;
    rwg_fs fs;
    rwg_project_options options; /* change before app_open */
    rwg_project *project;
    rwg_graph *graph;   /* the current one, after the last app_* call */
    rwg_change *change; /* of the last update */
    rwg_stats stats;
} app;

void app_start(app *a);
void app_open(app *a);
/* Closes the project and opens it again on the same disk: a new process. */
void app_reopen(app *a);
void app_stop(app *a);
/* Tells the project about paths that a test changed on the disk itself. */
void app_update(app *a, const char *const *paths, uint32_t count);
void app_changed(app *a, const char *path);
void app_edit(app *a, const char *path, const char *text);
void app_delete(app *a, const char *path);
/* A second scan by the same project. */
void app_rescan(app *a);

rwg_env app_env(const app *a, const char *name);
/* The node of a file (relative to the root) in an environment; {0} when there is none that is
 * reached. */
rwg_node app_node(const app *a, const char *path, const char *env);
/* The paths a node's edges lead to, in order, joined by blanks; outcomes that are no file in
 * brackets. malloc'd. */
char *app_edges(const app *a, const char *path, const char *env);
/* The specifiers of dependencies of an environment, fresh ones with "+", joined by blanks.
 * malloc'd. */
char *app_deps(const app *a, const char *env);
/* The stale nodes of the last change as "env:path", sorted, joined by blanks. malloc'd. */
char *app_stale(const app *a, rwg_policy policy);
char *app_dump(const app *a);
/* The canonical dump of a fresh project on the same disk, with this many workers. */
char *app_scratch_dump(const app *a, uint32_t workers);
/* Fails the test unless the text equals; frees it. */
void app_expect(char *actual, const char *expected);
/* True when a diagnostic with this code is at this path. */
bool app_has_diag(const app *a, rwg_diag_code code, const char *path);

#endif
