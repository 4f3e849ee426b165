/* What the files of a build share. */
#ifndef RWB_BUILD_STATE_H
#define RWB_BUILD_STATE_H

#include <rwgraph/project.h>

#include "base/path.h"
#include "build/assets.h"
#include "build/bundle.h"
#include "build/html_page.h"
#include "build/output.h"
#include "build/plan.h"
#include "dev/compiler.h"
#include "dev/setup.h"

#include <rwbundler/build.h>

/* A node that has code, and what came out of it. */
typedef struct rwb__built {
    rwg_node node;
    uint32_t env;
    rwg_str path; /* relative to the root, from the graph */
    rwb__source_kind kind;
    rwb__compiled *compiled;
} rwb__built;

typedef struct rwb__workers rwb__workers;

typedef struct rwb__build {
    rwg__mem *mem;
    const rwb_build_options *options;
    rwb__loop *loop;
    rwb__setup setup;
    rwg_project *project;
    rwb__compiler *compiler;
    rwb__definer definer;
    rwb__view *view;
    RWG_VEC(rwb__built) nodes; /* sorted by environment and path */
    rwg__idmap by_node;        /* node -> 1 + index */
    uint32_t waiting;          /* for so many compilations */
    rwb__output output;
    rwb__html_page page;
    rwb__plan plan;
    rwb__assets assets;
    rwb__workers *workers;
    rwg__buf problems;    /* of the project's own code: with one, nothing is written */
    rwg__buf warnings;    /* of packages: what is written is written all the same */
    rwg__buf style;       /* all CSS that pages get */
    char client_file[64]; /* "assets/client-<hash>.js", "" before it is written */
    char style_file[64];  /* "" = no CSS */
} rwb__build;

/// The folder that is written.
static inline rwg_str rwb__build_out(const rwb__build *b) {
    return rwg__path_str(&b->output.stage);
}

/// Is the node of the browser's environment?
static inline bool rwb__build_is_client(const rwb__build *b, const rwb__built *n) {
    return n->env == b->setup.client_env.v;
}

/// Writes folder/name below the folder.
rwg_status rwb__build_write(
    const rwb__build *b, const char *folder, const char *name, rwg_str text, rwg_error *err
);
/// "assets/<stem>-<hash of the text>.<ext>", into 64 bytes.
void rwb__build_name(char out[64], const char *stem, rwg_str text, const char *ext);
/// The addresses of the browser's entries take the place of their paths, where these stand between
/// quotes: in code, in code inside of strings, and in HTML.
void rwb__build_join_entries(const rwb__build *b, rwg__buf *text);

/* --- bundle_file.c --- */

/* A bundle on its way to a file. */
typedef struct rwb__bundle_file {
    rwb__bundle *bundle;
    const char *folder; /* "client" */
    const char *name;   /* in it: "assets/client-0123456789ab.js" */
    uint32_t lines;     /* in front of the bundle's own */
} rwb__bundle_file;

/// What a bundle is made with; places lives as long as the bundle.
rwb__bundle_input rwb__build_bundle_input(rwb__build *b, const rwb__places *places);
/// Begins a bundle. base: an expression, the address that module ids are relative to.
void rwb__bundle_begin(rwb__bundle *bundle, const char *base);
/// Keeps what the bundle has to tell.
void rwb__bundle_tell(const rwb__bundle *bundle, rwb__build *b);
/// The text of a bundle with its imports in front; *out_lines: how many lines those are. registry:
/// the statements that bring `Registry`.
void rwb__bundle_finish(
    const rwb__bundle *bundle, rwg_str registry, rwg__buf *out, uint32_t *out_lines
);
/// Writes the code, its map beside it, and the comment that joins them, which is added to it.
rwg_status rwb__bundle_file_write(
    const rwb__build *b, const rwb__bundle_file *file, rwg__buf *code, rwg_error *err
);
/// Copies a file of the runtime into a folder.
rwg_status
rwb__build_copy_file(const rwb__build *b, const char *file, const char *folder, rwg_error *err);
/// Copies the registry into a folder.
rwg_status rwb__build_copy_runtime(const rwb__build *b, const char *folder, rwg_error *err);
/// The registry as statements of a script that imports nothing.
rwg_status rwb__build_inline_runtime(rwb__build *b, rwg__buf *out, rwg_error *err);

/* --- build_places.c --- */

/* Where what a bundle names is found. */
typedef struct rwb__build_places {
    rwb__places places; /* with this as its payload */
    rwb__build *build;
    bool server;
    rwg__buf compiled; /* statements that get the WebAssembly modules which expressions name */
    uint32_t compiled_count;
} rwb__build_places;

void rwb__build_places_init(rwb__build_places *places, rwb__build *b, bool server);
void rwb__build_places_deinit(rwb__build_places *places);
/// Where browsers find a stylesheet by itself, with everything that it imports. Appends.
void rwb__build_sheet_address(rwb__build *b, const rwb__view *view, rwg_node node, rwg__buf *out);
/// Where browsers find a file that a stylesheet names.
rwg_str rwb__build_style_address(void *build, const rwb__view *view, rwg_node node);

/* --- build_workers.c --- */

/// Makes the scripts of all workers. Until they have names, code has marks in their place.
rwg_status rwb__workers_make(rwb__build *b, rwg_error *err);
/// Writes those whose addresses somebody has asked for.
rwg_status rwb__workers_write(rwb__build *b, rwg_error *err);
/// Puts the names in the place of marks.
void rwb__workers_fill(const rwb__build *b, rwg__buf *text);
/// Appends the mark of a worker, by its part: for its address without a slash in front, or for its
/// whole text inside of a string.
void rwb__worker_mark(const rwb__build *b, uint32_t part, bool whole, rwg__buf *out);
void rwb__workers_free(rwb__build *b);

/* --- build_client.c, build_server.c --- */

rwg_status rwb__build_client(rwb__build *b, rwb_build_stats *stats, rwg_error *err);
rwg_status
rwb__build_server(rwb__build *b, const rwg__buf *manifest, rwb_build_stats *stats, rwg_error *err);
/// Vite's manifest: what server code reads to find scripts and styles. Appends.
void rwb__build_manifest(const rwb__build *b, rwg__buf *out);
rwg_status rwb__build_page(rwb__build *b, rwg_error *err);

#endif
