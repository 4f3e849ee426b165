/* Edits over an immutable source text: what every transform makes, and nothing else.
 *
 * An edit replaces the half-open range [start, end) of the source by pieces. A piece is new text,
 * or a span of the source itself, which is written with the edits inside it. So code can be kept,
 * wrapped, dropped, moved and repeated, passes do not see each other's output, and the source map
 * falls out of the rendering: every kept byte knows where it came from.
 *
 *     <div>{x}</div>      edit [0,14): "jsx('div', {children: " span(x) "})"
 *
 * E1. Two edits of one list nest or are disjoint; equal ranges are allowed only for insertions
 * (start == end). A replacement of nothing is an insertion BEFORE.
 *
 * E2. An edit inside the range of another shows only where a span piece of the outer one covers it.
 *
 * E3. A span piece never covers the whole range of its own edit: to wrap, insert before and after.
 * An edit of exactly the range of a span piece applies to it: who moves text by removing it here
 * and showing it there must remove more than is shown, or make one edit around both places.
 *
 * E4. An insertion belongs to the text behind it (RWB__BEFORE: a span that starts there has it) or
 * to the text in front of it (RWB__AFTER: a span that ends there has it). So at the edge of an edit
 * it shows inside when the edit has a span piece that starts or ends there, else outside. At one
 * position the AFTER ones come first; among equals, AFTER in the order in which they were added
 * (add those of inner nodes first), BEFORE too (add those of outer nodes first). */
#ifndef RWB_TRANSFORM_EDITS_H
#define RWB_TRANSFORM_EDITS_H

#include <rwgraph/base.h>

#include "base/arena.h"
#include "base/vec.h"

typedef enum rwb__piece_kind {
    RWB__PIECE_TEXT,   /* new text, without a place in the source */
    RWB__PIECE_MAPPED, /* new text that stands for the source at span.start: a renamed identifier */
    RWB__PIECE_SPAN,   /* source text, with the edits inside it */
} rwb__piece_kind;

typedef struct rwb__piece {
    uint8_t kind;
    rwg_str text;  /* TEXT, MAPPED; lives in the edits' arena or is a literal */
    rwg_span span; /* SPAN; MAPPED: where it comes from */
    rwg_str name;  /* MAPPED: the original name for the map's `names`, or "" */
} rwb__piece;

typedef enum rwb__side {
    RWB__REPLACE,
    RWB__AFTER,
    RWB__BEFORE
} rwb__side;

typedef struct rwb__edit {
    uint32_t start;
    uint32_t end;
    uint32_t first_piece;
    uint32_t piece_count;
    uint32_t order; /* in which it was added */
    uint8_t side;   /* rwb__side */
} rwb__edit;

typedef struct rwb__edits {
    rwg__mem *mem;
    rwg__arena texts;
    RWG_VEC(rwb__edit) items;
    RWG_VEC(rwb__piece) pieces;
    bool sorted;
} rwb__edits;

void rwb__edits_init(rwb__edits *edits, rwg__mem *mem);
void rwb__edits_deinit(rwb__edits *edits);
void rwb__edits_clear(rwb__edits *edits);

/// Begins an edit; pieces follow with rwb__edits_text, _mapped and _span, until the next begin.
void rwb__edits_begin(rwb__edits *edits, rwb__side side, uint32_t start, uint32_t end);
/// Copies the text.
void rwb__edits_text(rwb__edits *edits, rwg_str text);
void rwb__edits_printf(rwb__edits *edits, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void rwb__edits_mapped(rwb__edits *edits, rwg_str text, rwg_span from, rwg_str name);
void rwb__edits_span(rwb__edits *edits, uint32_t start, uint32_t end);

/// Short forms.
void rwb__edits_replace(rwb__edits *edits, uint32_t start, uint32_t end, rwg_str text);
void rwb__edits_remove(rwb__edits *edits, uint32_t start, uint32_t end);
void rwb__edits_insert(rwb__edits *edits, rwb__side side, uint32_t at, rwg_str text);

/// Brings the items into rendering order: by start; at one position AFTER, BEFORE, REPLACE; longer
/// first; then as added. Called by the renderer.
void rwb__edits_sort(rwb__edits *edits);
/// RWG_ASSERTs E1 and E3, under RWG_CHECKS.
void rwb__edits_check(const rwb__edits *edits, uint32_t text_len);

#endif
