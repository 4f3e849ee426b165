/* Stylesheets as one text, in the order in which modules would evaluate: what a build writes, and
 * what a stylesheet is that is asked for as a text or an address. */
#ifndef RWB_LINK_SHEETS_H
#define RWB_LINK_SHEETS_H

#include <rwgraph/sys/fs.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/vec.h"
#include "link/view.h"

/* Where in the text a stylesheet is, for a source map: a line of it is a line of its file. */
typedef struct rwb__sheet_piece {
    rwg_node node;
    uint32_t line; /* 0-based */
    uint32_t lines;
    uint32_t first; /* the line of the file that is its first one, 0-based */
} rwb__sheet_piece;

typedef RWG_VEC(rwb__sheet_piece) rwb__sheet_pieces;

typedef struct rwb__sheets_input {
    rwg__mem *mem;
    const rwg_fs *fs;
    const rwb__view *view;
    const rwg_node *roots; /* where modules begin, in order */
    uint32_t root_count;
    /// Where a file is found that a stylesheet names; NULL: at its id.
    rwg_str (*address)(void *payload, const rwb__view *view, rwg_node node);
    void *payload;
    /// Which stylesheets are written, of those that the walk comes to; NULL: all.
    bool (*wants)(void *wants_payload, rwg_node node);
    void *wants_payload;
} rwb__sheets_input;

/// Appends the text. problems: a line each. pieces may be NULL.
void rwb__sheets_write(
    const rwb__sheets_input *input, rwg__buf *out, rwb__sheet_pieces *pieces, rwg__buf *problems
);

#endif
