/* Pages: what is put into an index.html, and the page that shows an error. Pure functions. */
#ifndef RWB_SERVE_HTML_H
#define RWB_SERVE_HTML_H

#include "base/buf.h"

/* A name and its value for %NAME%. */
typedef struct rwb__html_var {
    rwg_str name;
    rwg_str value;
} rwb__html_var;

typedef struct rwb__html_options {
    rwg_str url;      /* the page's path, "/index.html": inline scripts are addressed by it */
    rwg_str base;     /* with a slash at both ends, "/" */
    rwg_str client;   /* address of the client module, behind the base; "" = none */
    rwg_str preamble; /* an inline module script before everything, e.g. React Refresh; "" = none */
    rwg_str nonce;    /* put on every script, style and stylesheet link; "" = none */
    rwg_str version;  /* appended to inline scripts' addresses as t=; "" = none */
    const rwg_str *preloads; /* addresses of modules that the page will import, as they are sent */
    uint32_t preload_count;
    const rwb__html_var *vars; /* for %NAME%; names that are not here stay as they are */
    uint32_t var_count;
} rwb__html_options;

/// The page as it is sent: client and preamble at the start of the head, root-relative addresses
/// behind the base, %NAME% replaced (escaped where it stands in markup), inline module scripts as
/// `url?html-proxy&index=N.js`. Any bytes are taken; what is not understood stays as it is.
void rwb__html_transform(rwg_str html, const rwb__html_options *options, rwg__buf *out);

/// The nth inline module script of the page, as counted by rwb__html_transform; false = none.
bool rwb__html_inline_script(rwg_str html, uint32_t index, rwg_span *out);
/// The addresses of module scripts and stylesheets that the page loads: calls fn for each, as
/// written.
void rwb__html_sources(rwg_str html, void (*fn)(void *payload, rwg_str url), void *payload);

/// Replaces %NAME% in a piece of text, for inline scripts; `escape` for markup.
void rwb__html_replace_vars(
    rwg__buf *out, rwg_str text, const rwb__html_options *options, bool escape
);
/// Text with & < > " ' escaped.
void rwb__html_escape(rwg__buf *out, rwg_str text);

typedef struct rwb__html_error {
    rwg_str title; /* "Internal Server Error" */
    rwg_str message;
    rwg_str file;  /* with line and column; "" = none */
    rwg_str frame; /* the code around it; "" = none */
    rwg_str stack;
    rwg_str client; /* address of the client module, which shows the overlay and reloads; "" */
    rwg_str nonce;
} rwb__html_error;

/// A whole page; everything in it is escaped.
void rwb__html_error_page(const rwb__html_error *error, rwg__buf *out);

#endif
