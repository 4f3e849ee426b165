/* What pages were sent, as far as updates depend on it: the text of each HTML file, what its inline
 * module scripts import and accept, and stylesheets that went out as they are.
 *
 * Inline scripts are no nodes of the graph. They are known from the moment a browser asks for them,
 * which is the moment from which on an update can concern them. */
#ifndef RWB_DEV_PAGES_H
#define RWB_DEV_PAGES_H

#include <rwgraph/graph.h>

#include "base/map.h"
#include "base/vec.h"

/* A module that an inline script imports. */
typedef struct rwb__page_import {
    rwg_node node;
    bool accepted; /* import.meta.hot.accept names it */
} rwb__page_import;

typedef struct rwb__page_script {
    char *id; /* "/index.html?html-proxy&index=0.js", by which pages know it */
    rwg_str page;
    bool accepts_itself;
    RWG_VEC(rwb__page_import) imports;
} rwb__page_script;

typedef struct rwb__sent_file {
    char *path; /* "/index.html" */
    rwg_hash hash;
} rwb__sent_file;

typedef struct rwb__pages {
    rwg__mem *mem;
    RWG_VEC(rwb__sent_file) files;
    RWG_VEC(rwb__page_script) scripts;
} rwb__pages;

void rwb__pages_init(rwb__pages *pages, rwg__mem *mem);
void rwb__pages_deinit(rwb__pages *pages);

/// This text went out under this path.
void rwb__pages_sent(rwb__pages *pages, rwg_str path, rwg_str text);
/// Did another text go out under this path? It counts as sent from now on, and inline scripts of
/// the old one are forgotten. A file that is gone has the text "".
bool rwb__pages_changed(rwb__pages *pages, rwg_str path, rwg_str text);
/// The script with this id, as if it had said nothing yet; good until the next call.
rwb__page_script *rwb__pages_script(rwb__pages *pages, rwg_str id, rwg_str page);
void rwb__pages_add_import(rwb__pages *pages, rwb__page_script *script, rwb__page_import import);

#endif
