/* What index.html names: its module scripts, what the inline ones among them import, and the
 * stylesheets that it links.
 *
 * The page is no node of the graph, and an inline script is no file: what they name has to be an
 * entry of the browser's environment, or the graph has nothing of it. So the page is read before
 * the project is, by the dev server and by the build alike. */
#ifndef RWB_DEV_HTML_NAMES_H
#define RWB_DEV_HTML_NAMES_H

#include "base/path.h"
#include "base/vec.h"
#include "dev/setup.h"
#include "serve/html_scan.h"

/* A module script or a linked stylesheet. */
typedef struct rwb__page_item {
    rwg_span span;      /* the opening tag in the page */
    rwg_str path;       /* of the file, relative to the root; "" = an inline script */
    bool is_sheet;      /* linked, not imported */
    rwb_output *output; /* of an inline script: its code; NULL when it has none */
    rwg_str *targets;   /* parallel to its record's imports: files relative to the root, or "" */
} rwb__page_item;

typedef struct rwb__html_names {
    rwg__mem *mem;
    const rwb__setup *setup;
    rwg__arena arena;
    rwg_str html; /* "" = there is no page, or nothing in it */
    RWG_VEC(rwb__page_item) items;
    uint32_t
        doubts; /* what leads nowhere, scripts that are not understood: the page may name more */
    rwg__buf *problems; /* those, for the user; borrowed, may be NULL */
} rwb__html_names;

/// Reads the page. Whatever comes of it, there is something to deinit.
void rwb__html_names_init(
    rwb__html_names *names, rwg__mem *mem, const rwb__setup *setup, rwg__buf *problems
);
void rwb__html_names_deinit(rwb__html_names *names);

/// Adds the modules that the page names, and the sheets that it links if that is wanted, to the
/// entries of the browser's environment. The configuration is good as long as the names are.
void rwb__html_names_enter(rwb__html_names *names, rwb__setup *setup, bool sheets);
/// Does a page name modules now that it did not name before? That it names fewer counts as well,
/// once there is no doubt in it: while somebody types, less is understood.
bool rwb__html_names_differ(const rwb__html_names *before, const rwb__html_names *now);

/// The project's file that an address in the page names, unless a public file has it.
bool rwb__html_names_file(const rwb__html_names *names, rwg_str address, rwg__path *out);
bool rwb__html_is_module_script(const rwb__html_token *tag);
bool rwb__html_is_sheet_link(const rwb__html_token *tag);
/// Is the module there whenever the one that imports it is?
bool rwb__html_is_static(const rwg_import *import);

#endif
