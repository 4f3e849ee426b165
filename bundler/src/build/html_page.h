/* The page of a build: index.html, with what it names as it is built.
 *
 * Its module scripts, inline ones too, become part of the browser's bundle, in their order, and
 * each stylesheet that it links is a file with everything that sheet imports. So what it names has
 * to be in the graph: the page is read before the project is scanned. */
#ifndef RWB_BUILD_HTML_PAGE_H
#define RWB_BUILD_HTML_PAGE_H

#include "build/bundle.h"
#include "dev/html_names.h"

typedef struct rwb__html_page {
    rwb__html_names names;
    rwg_str mode; /* "production" */
} rwb__html_page;

/// Reads the page, and adds what it names to the entries of the browser's environment.
void rwb__html_page_read(
    rwb__html_page *page, rwg__mem *mem, rwb__setup *setup, rwg_str mode, rwg__buf *problems
);
void rwb__html_page_free(rwb__html_page *page);

/// Is the node there for a link of the page alone, not for code?
bool rwb__html_page_links(const rwb__html_page *page, const rwb__view *view, rwg_node node);
/// Adds the inline scripts to the browser's bundle, and the calls that evaluate all scripts.
void rwb__html_page_scripts(const rwb__html_page *page, rwb__bundle *bundle);

/* Where what the page names is found. */
typedef struct rwb__page_places {
    void *payload;
    rwg_str script; /* "assets/client-0123456789ab.js" */
    rwg_str style;  /* of all stylesheets that code imports; "" = there is none */
    /// The address of a linked stylesheet. Appends.
    void (*sheet)(void *payload, rwg_node node, rwg__buf *out);
    /// The address of any other file, by its absolute path.
    rwg_str (*file)(void *payload, rwg_str path, rwg_str id);
} rwb__page_places;

/// Appends the page as browsers get it.
void rwb__html_page_write(
    const rwb__html_page *page, const rwb__view *view, const rwb__page_places *places, rwg__buf *out
);

#endif
