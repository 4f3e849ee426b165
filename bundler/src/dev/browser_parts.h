/* What the files of the browser's environment share; nobody else includes this.
 *
 *   browser.c           which URL a module has, and who answers a request
 *   browser_links.c     what an import becomes
 *   browser_modules.c   modules of the project
 *   browser_deps.c      packages: facades, chunks, what is the same in every generation
 *   browser_scripts.c   our own files, and scripts that are made here
 *   preload.c           what a page is going to import */
#ifndef RWB_DEV_BROWSER_PARTS_H
#define RWB_DEV_BROWSER_PARTS_H

#include "dev/browser.h"

#define RWB__IMMUTABLE  RWG_STR("max-age=31536000, immutable")
#define RWB__NO_CACHE   RWG_STR("no-cache")
#define RWB__JAVASCRIPT RWG_STR("text/javascript; charset=utf-8")

/* browser.c */

/// Code of a package. Its stylesheets are modules of the page like any other: the registry's
/// scripts show nothing.
bool rwb__is_dependency(const rwg_graph *g, rwg_node node);
/// The name and a short hash behind it, as URLs have them.
void rwb__add_hash(rwg__buf *out, const char *name, rwg_hash hash);
/// Not JavaScript by its name: `?import` says that a module is meant, not the file.
bool rwb__needs_import(rwg_str path);
/// The generation in which an update last replaced the module, 0 = never.
uint64_t rwb__browser_revision(const rwb__browser *b, rwg_node node);
/// The URL of a package's module; `flags` stand before its version.
void rwb__dependency_url(const rwb__view *view, rwg_node node, const char *flags, rwg__buf *out);

/* browser_links.c: the callbacks of rwb__urls; payload: rwb__browser */

rwb_link rwb__browser_link(
    void *payload, const rwb__view *view, rwg_node from, const rwg_edge *edge, rwg__arena *arena
);
rwb_link
rwb__browser_node_link(void *payload, const rwb__view *view, rwg_node node, rwg__arena *arena);

/* Each answers a request, or returns false: it is for something else. */

bool rwb__answer_module(rwb__browser *b, rwb__exchange *x);
/// `rest` is what follows /@deps/ in the path.
bool rwb__answer_dependency(rwb__browser *b, rwb__exchange *x, rwg_str rest);
/// A name without a slash is a file of the runtime folder, with or without its ".mjs".
bool rwb__answer_ours(rwb__browser *b, rwb__exchange *x, rwg_str name);
/// An import of the module `id` that leads nowhere: a script that says so.
bool rwb__answer_missing(rwb__browser *b, rwb__exchange *x, rwg_str id);
/// Stylesheets that only server code imports, as one.
void rwb__answer_server_styles(rwb__browser *b, rwb__exchange *x);

/* browser_scripts.c */

/// Generated code names our own scripts and those of packages as if the base were "/": here they
/// get it. Such names are nobody else's.
void rwb__browser_place(const rwb__browser *b, rwg__buf *script);
void rwb__respond_script(rwb__browser *b, rwb__exchange *x, rwg_str cache, rwg_str text);
/// A module that shows the message and throws it. Whoever imports it links all the same, by the
/// names that the record knows (NULL: the namespace alone), and it is this error that it fails
/// with.
void rwb__respond_throw(
    rwb__browser *b, rwb__exchange *x, const rwg_module *module, rwg_str message
);

#endif
