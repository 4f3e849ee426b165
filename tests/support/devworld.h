/* The modules of a project on a disk in memory, as the dev server hands them out: generations,
 * compiled code, closures. Needs app.c beside it.
 *
 *     devworld w;
 *     devworld_start(&w);                                    // empty disk, project root /app
 *     memfs_write(w.app.disk, "/app/src/a.js", "import './b.js'");
 *     devworld_open(&w);                                     // scans, and publishes generation 1
 *     char *json = devworld_closure(&w, &(devworld_ask){.entries = "[\"client:/src/a.js\"]"});
 *     devworld_edit(&w, "/app/src/b.js", "export {}");       // publishes the next one, if there is
 *     devworld_stop(&w);
 *
 * Without rwgraph.json the project has the environments of devworld_start: client, ssr and worker,
 * of which only client/src/main.js is an entry. */
#ifndef RWG_TEST_DEVWORLD_H
#define RWG_TEST_DEVWORLD_H

#include "app.h"
#include "dev/closure.h"
#include "dev/compiler.h"
#include "dev/generations.h"

typedef struct devworld {
    app app;
    rwg__mem mem;
    rwb__settings settings;
    rwb_define defines[1];
    rwb__loop *loop;
    rwb__cache *cache; /* may be set before devworld_open */
    rwb__compiler *compiler;
    rwb__definer definer;
    rwb__generations generations;
} devworld;

void devworld_start(devworld *w);
void devworld_open(devworld *w);
void devworld_edit(devworld *w, const char *path, const char *text);
void devworld_stop(devworld *w);
/* The same disk in another process, which may share what is compiled, by recipe. */
void devworld_reopen(devworld *w, bool keeps_compiled);

/* The newest generation; borrowed. */
rwb__view *devworld_view(const devworld *w);
/* The node of a file, relative to the root; fails the test when there is none. */
rwg_node devworld_node(const devworld *w, const char *env, const char *path);
/* Its key. malloc'd. */
char *devworld_key(const devworld *w, const char *env, const char *path);

typedef struct devworld_ask {
    const char *env;       /* NULL: client */
    const char *entries;   /* JSON */
    const char *importer;  /* a key, or NULL */
    const char *have;      /* JSON, or NULL */
    rwb__session *session; /* or NULL */
    rwb__view *view;       /* NULL: the newest */
} devworld_ask;

/* What a runner gets, as JSON; waits for it. malloc'd. */
char *devworld_closure(devworld *w, const devworld_ask *ask);
/* The chunk of a package's module, as a script. For each module of another package, `outside` is
 * called if it is not NULL. malloc'd. */
char *devworld_chunk(
    devworld *w, rwg_node node, void (*outside)(void *payload, rwg_node node), void *payload
);
/* Appends "/@deps/<env>/<id>?chunk&v=<hash>". */
void devworld_chunk_url(const rwb__view *view, rwg_node node, rwg__buf *out);
/* Compiles one node and waits; the caller releases it. */
rwb__compiled *devworld_compile(devworld *w, rwg_node node, rwb__source_kind *out_kind);
/* The hash of a node's recipe in the factory form. */
rwg_hash devworld_recipe(devworld *w, rwg_node node);

#endif
