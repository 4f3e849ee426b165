/* An aspect of a file -> the JavaScript expression that its module exports as default.
 *
 * Where files are found differs: in dev they are served under their ids, a build writes them under
 * other names. Everything else about an aspect is the same in both. */
#ifndef RWB_DEV_ASPECT_H
#define RWB_DEV_ASPECT_H

#include "link/definition.h"

/* Where things are found. A function that is NULL: as the dev server has them. */
typedef struct rwb__places {
    void *payload;
    /// Appends an expression whose value is the address of what the target names.
    void (*address
    )(void *payload, const rwb__view *view, const rwb__link_target *target, rwg__buf *out);
    /// Appends an expression that starts a worker out of the code itself; `options` is in scope.
    void (*inline_worker
    )(void *payload, const rwb__view *view, const rwb__link_target *target, rwg__buf *out);
    /// WebAssembly in a server's environment: appends an expression, an asynchronous function that
    /// gets the imports and gives an instance.
    void (*server_init
    )(void *payload, const rwb__view *view, const rwb__link_target *target, rwg__buf *out);
    /// The same: an expression that gives the WebAssembly.Module.
    void (*server_module
    )(void *payload, const rwb__view *view, const rwb__link_target *target, rwg__buf *out);
    /// What addresses inside of stylesheets become.
    rwg_str (*style_address)(void *style_payload, const rwb__view *view, rwg_node node);
    void *style_payload;
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
