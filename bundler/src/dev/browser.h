/* The browser's environment: modules by URL.
 *
 *   /src/a.tsx            a module of the project, as an ES module
 *   /src/a.tsx?h=<n>      the same after an update, in generation n: another URL
 *   /@deps/client/<id>?v=<hash>         a package's module: evaluates it, exports its namespace
 *   /@deps/client/<id>?chunk&v=<hash>   the definitions behind it, immutable
 *   /@rwgraph/...         what belongs to this program
 *
 * A module keeps the URL it has until an update replaces it, so nothing is evaluated twice on a
 * page. Dependencies are named by content: their URLs change with it and with nothing else, and
 * discovering another one touches none of them. */
#ifndef RWB_DEV_BROWSER_H
#define RWB_DEV_BROWSER_H

#include "base/map.h"
#include "dev/compiler.h"
#include "dev/generations.h"
#include "dev/pages.h"
#include "dev/setup.h"
#include "link/definition.h"
#include "serve/http.h"

typedef struct rwb__browser {
    rwg__mem *mem;
    const rwb__setup *setup;
    rwb__compiler *compiler;
    rwb__definer *definer;
    rwb__generations *generations;
    rwb__urls urls;
    rwg__idmap revisions; /* node -> 1 + index into `replaced_in`: modules that updates replaced */
    RWG_VEC(uint64_t) replaced_in; /* generations */
    rwb__pages pages;              /* what was sent */
    rwg_str token;
    char session[33];
} rwb__browser;

void rwb__browser_init(
    rwb__browser *b,
    const rwb__setup *setup,
    rwb__compiler *compiler,
    rwb__definer *definer,
    rwb__generations *generations,
    rwg_str token
);
void rwb__browser_deinit(rwb__browser *b);

/// Answers when the path names something of the browser's environment; false: it does not.
bool rwb__browser_answer(rwb__browser *b, rwb__exchange *x);

/// From now on the module's URL is another one: an update replaces it in the newest generation.
/// A browser evaluates a URL once, so a text that comes back gets a new URL as well.
void rwb__browser_revise(rwb__browser *b, rwg_node node);
/// How a script that is no module of the graph imports this one.
rwb_link
rwb__browser_foreign_link(rwb__browser *b, const rwb__view *view, rwg_node node, rwg__arena *arena);
/// The URL under which modules import this one in a generation. Appends.
void rwb__browser_url(rwb__browser *b, const rwb__view *view, rwg_node node, rwg__buf *out);

#endif
