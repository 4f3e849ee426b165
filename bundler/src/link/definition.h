/* A node of a generation -> its module definition (bundler/runtime/PROTOCOL.md §2), as JSON.
 *
 * A definition names what it links to by key; each of those needs a definition of its own. So a
 * closure is made by asking for the targets of a definition, then for theirs. Nothing here runs
 * recipes or reads sources. */
#ifndef RWB_LINK_DEFINITION_H
#define RWB_LINK_DEFINITION_H

#include "base/map.h"
#include "base/vec.h"
#include "link/recipe.h"

typedef enum rwb__link_target_kind {
    RWB__LINK_TARGET_NODE,
    RWB__LINK_TARGET_RAW,      /* the text of the node's file: "?raw" */
    RWB__LINK_TARGET_URL,      /* where the node's file is served: "?url" */
    RWB__LINK_TARGET_PINNED,   /* the state module that comes with us; text: its id */
    RWB__LINK_TARGET_EXTERNAL, /* text: the specifier */
    RWB__LINK_TARGET_VIRTUAL,  /* text: the specifier; its code is made by the server */
    RWB__LINK_TARGET_EMPTY,    /* mapped to nothing */
    RWB__LINK_TARGET_MISSING,  /* text: the specifier */
} rwb__link_target_kind;

typedef struct rwb__link_target {
    rwb__link_target_kind kind;
    rwg_node node;
    rwg_str text;    /* borrowed from the graph or the settings */
    rwg_node from;   /* MISSING: who asked */
    uint32_t import; /* MISSING: at which import of it, RWG_NO_IMPORT for generated code */
    rwg_env env;     /* whose module it is; {0}: the asker's */
} rwb__link_target;

typedef RWG_VEC(rwb__link_target) rwb__link_target_vec;

/* What definitions are written with. One thread. */
typedef struct rwb__definer {
    rwg__mem *mem;
    const rwb__settings *settings;
    rwg__arena names; /* member names of the definition being written */
    rwg__buf scratch;
} rwb__definer;

void rwb__definer_init(rwb__definer *d, rwg__mem *mem, const rwb__settings *settings);
void rwb__definer_deinit(rwb__definer *d);

/// Specifiers whose module the server makes up, the same in every generation.
bool rwb__is_virtual(rwg_str specifier);
/// The text of such a module in an environment, as an ESM factory.
void rwb__virtual_code(const rwg_config *config, rwg_str specifier, rwg_str env, rwg__buf *out);

/// What an edge leads to.
rwb__link_target
rwb__link_target_of_edge(const rwb__view *view, rwg_node from, const rwg_edge *edge);
/// What the definition links to: imports in their order, then requires. Appends.
void rwb__definition_targets(
    rwb__definer *d,
    const rwb__view *view,
    rwg_node node,
    rwb__source_kind kind,
    const rwb__compiled *compiled,
    rwb__link_target_vec *out
);
/// The key of a target. Appends.
void rwb__link_target_key(
    rwb__definer *d,
    const rwb__view *view,
    rwg_env env,
    const rwb__link_target *target,
    rwg__buf *out
);

/// What import() of it names: a qualified id, resolved in the generation of who asks, or the key of
/// what is the same in all of them. Appends.
void rwb__link_target_name(
    rwb__definer *d,
    const rwb__view *view,
    rwg_env env,
    const rwb__link_target *target,
    rwg__buf *out
);
/// The target of such a name; MISSING when this generation has none.
rwb__link_target rwb__link_target_of_name(const rwb__view *view, rwg_str name);
/// Why a MISSING target is missing, in a sentence. Appends.
void rwb__link_target_message(const rwb__view *view, const rwb__link_target *target, rwg__buf *out);

/// Writes the definition of a node as a JSON object. With `code`, its code goes there instead of
/// into the object: a script has it as a function.
void rwb__definition_write(
    rwb__definer *d,
    const rwb__view *view,
    rwg_node node,
    rwb__source_kind kind,
    const rwb__compiled *compiled,
    rwg_json_writer *w,
    rwg__buf *code
);
/// The factory of a module whose default export is this text. Appends.
void rwb__definition_value(rwg_str value, rwg__buf *out);
/// Writes the definition of any other target. text: of the file, for RAW; its address, for URL, ""
/// being where it is served in dev; the factory, for PINNED.
void rwb__definition_write_target(
    rwb__definer *d,
    const rwb__view *view,
    rwg_env env,
    const rwb__link_target *target,
    rwg_str text,
    rwg_json_writer *w,
    rwg__buf *apart
);
/// Whether files at this path, as importers, see CommonJS modules as Node's ES modules do.
bool rwb__is_node_mode(rwb__definer *d, rwg_str path);

#endif
