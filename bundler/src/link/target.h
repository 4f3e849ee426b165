/* What an import leads to: a node, an aspect of a node's file, or something that is no file.
 *
 * The query of a specifier asks for an aspect: `./a.svg?raw` is the text, `./w.ts?worker` a class
 * that starts it. Each aspect is a module of its own beside the one that is made of the file, with
 * one value as its default export (link/aspect.h writes it). */
#ifndef RWB_LINK_TARGET_H
#define RWB_LINK_TARGET_H

#include "base/vec.h"
#include "link/recipe.h"

typedef enum rwb__aspect {
    RWB__ASPECT_MODULE,    /* none: the module that is made of the file */
    RWB__ASPECT_RAW,       /* its text */
    RWB__ASPECT_URL,       /* where it is found; a small file may be the address itself */
    RWB__ASPECT_NO_INLINE, /* where it is found, never the file itself */
    RWB__ASPECT_INLINE,    /* a data: address; of a stylesheet its text, which is shown nowhere */
    RWB__ASPECT_INIT,      /* WebAssembly: a function that instantiates it */
    RWB__ASPECT_DATA,      /* its bytes, an ArrayBuffer */
    RWB__ASPECT_COMPILED,  /* WebAssembly: a WebAssembly.Module */
    RWB__ASPECT_WORKER,    /* a function that starts it as a worker */
    RWB__ASPECT_WORKER_INLINE, /* the same, out of the code itself */
    RWB__ASPECT_WORKER_URL,    /* where its script is found; what `new Worker(new URL())` takes */
    RWB__ASPECT_SHARED_WORKER,
    RWB__ASPECT_FILE, /* `new URL("./a.png", import.meta.url)`: the file beside the code */
} rwb__aspect;

typedef enum rwb__link_target_kind {
    RWB__LINK_TARGET_NODE,
    RWB__LINK_TARGET_ASPECT,   /* of the node's file */
    RWB__LINK_TARGET_PINNED,   /* the state module that comes with us; text: its id */
    RWB__LINK_TARGET_EXTERNAL, /* text: the specifier */
    RWB__LINK_TARGET_VIRTUAL,  /* text: the specifier; its code is made by the server */
    RWB__LINK_TARGET_EMPTY,    /* mapped to nothing */
    RWB__LINK_TARGET_MISSING,  /* text: the specifier */
} rwb__link_target_kind;

typedef struct rwb__link_target {
    rwb__link_target_kind kind;
    rwb__aspect aspect; /* ASPECT: which */
    rwg_node node;
    rwg_str text;    /* borrowed from the graph or the settings */
    rwg_node from;   /* who asked; {0}: generated code */
    uint32_t import; /* at which import of it, RWG_NO_IMPORT for generated code */
    rwg_env env;     /* whose module it is; {0}: the asker's */
} rwb__link_target;

typedef RWG_VEC(rwb__link_target) rwb__link_target_vec;

/// What a query asks for: "?raw", "?worker&inline", "?import&url". Names that mean nothing are
/// skipped.
rwb__aspect rwb__aspect_of_query(rwg_str query);
/// The query that asks for it, "" for the module; no two aspects share one.
rwg_str rwb__aspect_query(rwb__aspect aspect);
/// Is the file run as a worker, in a world of its own?
bool rwb__aspect_is_worker(rwb__aspect aspect);

/// What an edge leads to.
rwb__link_target
rwb__link_target_of_edge(const rwb__view *view, rwg_node from, const rwg_edge *edge);
/// The query in the call of a pattern, with which its matches are imported: "?raw" or "".
rwg_str rwb__pattern_query(const rwg_module *module, const rwg_import *import);

/// The key of a target, in the environment of who asks. Appends.
void rwb__link_target_key(
    const rwb__view *view, rwg_env env, const rwb__link_target *target, rwg__buf *out
);
/// What import() of it names: a qualified id, resolved in the generation of who asks, or the key of
/// what is the same in all of them. Appends.
void rwb__link_target_name(
    const rwb__view *view, rwg_env env, const rwb__link_target *target, rwg__buf *out
);
/// The target of such a name; MISSING when this generation has none.
rwb__link_target rwb__link_target_of_name(const rwb__view *view, rwg_str name);
/// Why a MISSING target is missing, in a sentence. Appends.
void rwb__link_target_message(const rwb__view *view, const rwb__link_target *target, rwg__buf *out);

/// The id of what an import is that was mapped to nothing.
rwg_str rwb__empty_module(void);
/// Specifiers whose module the server makes up, the same in every generation.
bool rwb__is_virtual(rwg_str specifier);
/// The text of such a module in an environment, as an ESM factory.
void rwb__virtual_code(const rwg_config *config, rwg_str specifier, rwg_str env, rwg__buf *out);

#endif
