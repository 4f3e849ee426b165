/* Whose JSX runtimes a project's own files import: jsxImportSource of all its tsconfig files. */
#ifndef RWB_DEV_JSX_SOURCES_H
#define RWB_DEV_JSX_SOURCES_H

#include <rwgraph/resolve.h>
#include <rwgraph/sys/fs.h>

#include "base/arena.h"

#define RWB__JSX_SOURCES_MAX 16u

typedef struct rwb__jsx_source {
    rwg_str name;   /* "react" */
    rwg_str folder; /* absolute: one whose files use it, from which it is found */
} rwb__jsx_source;

typedef struct rwb__jsx_sources {
    rwb__jsx_source items[RWB__JSX_SOURCES_MAX]; /* texts are in the arena */
    uint32_t count;                              /* the first is the root's; at least one */
} rwb__jsx_sources;

/// `usual`: the source where a tsconfig says nothing.
rwb__jsx_sources rwb__jsx_sources_find(
    rwg__mem *mem,
    rwg__arena *arena,
    const rwg_fs *fs,
    rwg_resolver *resolver,
    rwg_str root,
    rwg_str usual
);

#endif
