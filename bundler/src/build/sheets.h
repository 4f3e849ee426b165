/* All stylesheets of an environment as one text, in the order in which modules would evaluate. */
#ifndef RWB_BUILD_SHEETS_H
#define RWB_BUILD_SHEETS_H

#include "build/assets.h"
#include "link/view.h"

/// Appends the text. roots: where modules begin, in order. problems: a line each.
void rwb__sheets_write(
    rwb__assets *assets,
    const rwb__view *view,
    const rwg_node *roots,
    uint32_t root_count,
    rwg__buf *out,
    rwg__buf *problems
);

#endif
