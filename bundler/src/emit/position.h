/* Lines and columns as source maps count them.
 *
 * A line ends where ECMAScript says so: LF, CR, CR LF, U+2028, U+2029. A column is the number of
 * UTF-16 code units since then; a byte that is no UTF-8 counts as one, like the U+FFFD that a
 * reader makes of it. Nothing here is about tokens or mappings. */
#ifndef RWB_EMIT_POSITION_H
#define RWB_EMIT_POSITION_H

#include <rwgraph/base.h>

#include "base/mem.h"

typedef struct rwb__position {
    uint32_t line; /* 0-based */
    uint32_t column;
    bool after_cr; /* the byte before was a CR: an LF that follows ends the same line */
} rwb__position;

/// Moves the position over text[from, to). Characters may be cut at either end.
void rwb__position_advance(rwb__position *position, rwg_str text, uint32_t from, uint32_t to);

/* Positions of a whole text, by byte offset: one checkpoint each few bytes, so that any offset is
 * a short walk away however long its line is. */
typedef struct rwb__text_index rwb__text_index;

/// The text is borrowed.
rwb__text_index *rwb__text_index_new(rwg__mem *mem, rwg_str text);
void rwb__text_index_free(rwb__text_index *index);
rwb__position rwb__text_index_at(const rwb__text_index *index, uint32_t offset);

#endif
