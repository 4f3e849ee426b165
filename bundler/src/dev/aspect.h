/* An aspect of a file -> the JavaScript expression that its module exports as default.
 *
 * Where files are found differs: in dev they are served under their ids, a build writes them under
 * other names. Everything else about an aspect is the same in both. */
#ifndef RWB_DEV_ASPECT_H
#define RWB_DEV_ASPECT_H

#include "link/definition.h"

/* Where things are found. Each may be NULL: as the dev server has them. */
typedef struct rwb__places {
    void *payload;
    /// Appends an expression whose value is the address of the file, or of what is made of it: for
    /// WORKER_URL, and for INIT in a server's environment as well.
    void (*address
    )(void *payload, const rwb__view *view, rwg_node node, rwb__aspect aspect, rwg__buf *out);
    /// Appends an expression that makes a worker out of the code itself; `options` is in scope.
    void (*inline_worker)(void *payload, const rwb__view *view, rwg_node node, rwg__buf *out);
    /// What addresses inside of stylesheets become.
    rwg_str (*style_address)(void *payload, const rwb__view *view, rwg_node node);
    /// An instance of WebAssembly in a server's environment: appends an expression, an asynchronous
    /// function of the imports.
    void (*server_init)(void *payload, const rwb__view *view, rwg_node node, rwg__buf *out);
} rwb__places;

/// Appends the expression. A file that cannot be read leaves a line in `problems`, and an
/// expression that throws.
void rwb__aspect_write(
    const rwb__definer *d,
    const rwb__view *view,
    const rwb__link_target *target,
    const rwb__places *places,
    rwg__buf *out,
    rwg__buf *problems
);
/// Appends the bytes as a data: address, of the type that the path's extension says.
void rwb__data_address(rwg_str path, rwg_str bytes, rwg__buf *out);
/// Appends the text as a string literal.
void rwb__string_literal(rwg_str text, rwg__buf *out);

#endif
