/* A recipe: everything that decides the code of one node, and nothing else.
 *
 *   view + node + settings ── recipe ── compiled
 *
 * A recipe is made from a generation and then stands alone: it can be run on any thread, and its
 * hash names its outcome for as long as caches live. The two forms differ in what they embed: the
 * factory form numbers its imports, so its code says nothing about where they lead; the ESM form
 * contains their URLs. */
#ifndef RWB_LINK_RECIPE_H
#define RWB_LINK_RECIPE_H

#include "base/arena.h"
#include "base/buf.h"
#include "link/settings.h"
#include "link/view.h"

#include <rwbundler/transform.h>
#include <stdatomic.h>

/* What a file is made into. */
typedef enum rwb__source_kind {
    RWB__SOURCE_SCRIPT,   /* transformed */
    RWB__SOURCE_COMMONJS, /* its text, as the body of a function */
    RWB__SOURCE_JSON,
    RWB__SOURCE_STYLE,      /* CSS */
    RWB__SOURCE_ASSET,      /* a module that exports its URL */
    RWB__SOURCE_CLIENT_REF, /* references to a client module, for react-server */
    RWB__SOURCE_SERVER_REF, /* references to server functions, for client and ssr */
} rwb__source_kind;

/* Where the ESM form finds what an edge leads to. */
typedef struct rwb__urls {
    void *payload;
    rwb_link (*of_edge
    )(void *payload, const rwb__view *view, rwg_node from, const rwg_edge *edge, rwg__arena *arena);
    rwb_link (*of_node)(void *payload, const rwb__view *view, rwg_node node, rwg__arena *arena);
} rwb__urls;

/* What an address in a stylesheet leads to; one for each import of its record. */
typedef struct rwb__style_link {
    rwg_str specifier;
    rwg_str address; /* where its file is served, "" = it leads to none of ours */
    bool is_url;     /* a url(), no @import or composes */
} rwb__style_link;

/* One export of a module that is referred to. */
typedef struct rwb__reference_name {
    rwg_str name;   /* "default" included */
    uint32_t flags; /* RWG_EXPORT_*: how a server function is called */
} rwb__reference_name;

typedef struct rwb__recipe {
    rwg__mem *mem;
    rwg__arena arena; /* everything below */
    rwg_node node;
    rwb__source_kind kind;
    rwb_form form;
    rwg_str path;     /* absolute */
    rwg_str id;       /* what the source is called in maps and for import.meta.hot */
    rwg_str address;  /* where browsers find the file */
    rwg_hash content; /* of the file's bytes */
    rwb_transform_options options;
    const rwg_graph *graph;        /* has options.record; a reference, NULL without a record */
    const rwb__style_link *styles; /* STYLE */
    uint32_t style_count;
    const rwb__reference_name *names; /* refs: the exports to refer to */
    uint32_t name_count;
    rwg_str reference; /* refs: the directive id */
    rwb_link maker;    /* refs, ESM form: the module that has the function that makes them */
    bool takes_module; /* CLIENT_REF: it gets the ssr module */
    bool takes_name;   /* SERVER_REF: what makes it gets id and name apart, as RedwoodSDK's does */
    rwg_hash hash;
} rwb__recipe;

/* What is to be compiled: a node as a generation has it, in a form. */
typedef struct rwb__recipe_order {
    const rwb__view *view;
    rwg_node node;
    rwb_form form;
    const rwb__urls *urls; /* ESM form; the factory form has no use for them */
} rwb__recipe_order;

/// Makes the recipe, on the thread that owns settings->resolver. The file of an unreadable node is
/// tried again when the recipe is run.
rwb__recipe *
rwb__recipe_new(rwg__mem *mem, const rwb__settings *settings, const rwb__recipe_order *order);
void rwb__recipe_free(rwb__recipe *recipe);

/// Appends what tells a file's address from that of the file with another content.
void rwb__add_content(rwg_hash content, rwg__buf *address);

/* What came out. Constant, shared by reference, and kept in the cache as bytes. */
typedef struct rwb__compiled {
    _Atomic uint32_t refs;
    rwg__mem *mem;
    size_t size;
    rwg_str code;
    rwg_str map;             /* "" = none */
    rwg_str problem;         /* not "": there is no code; a rendered diagnostic */
    const uint32_t *imports; /* indices of the record's imports that the code still has */
    uint32_t import_count;
    uint32_t extras; /* RWB_EXTRA_* */
    bool is_async;
    bool is_transient; /* the problem is of the moment, not of the recipe: not to be kept */
} rwb__compiled;

/// Runs the recipe over the file's text. Thread-safe; `t` belongs to the calling thread.
rwb__compiled *rwb__recipe_run(const rwb__recipe *recipe, rwb_transformer *t, rwg_str text);
/// Stands for a recipe that could not be run.
rwb__compiled *rwb__compiled_problem(rwg__mem *mem, rwg_str problem);
rwb__compiled *rwb__compiled_retain(rwb__compiled *compiled);
void rwb__compiled_release(rwb__compiled *compiled);

/// As bytes for a cache, and back; NULL when the bytes are none of ours.
void rwb__compiled_pack(const rwb__compiled *compiled, rwg__buf *out);
rwb__compiled *rwb__compiled_unpack(rwg__mem *mem, rwg_str bytes);

#endif
