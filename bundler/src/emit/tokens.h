/* Mappings for text that is kept as it was: one at each token.
 *
 * A light tokenizer, which needs no tree: words, numbers, operators, strings, and lines. Text that
 * only looks like code (templates, regular expressions, JSX text) gets mappings too, which are just
 * as true; comments and strings get only those of their beginning and of their lines. */
#ifndef RWB_EMIT_TOKENS_H
#define RWB_EMIT_TOKENS_H

#include "emit/sourcemap.h"

/// Adds the mappings of text[from, to), which goes out unchanged at the map's position, and moves
/// that position behind it.
void rwb__tokens_map(
    rwb__map_builder *map, uint32_t source, rwg_str text, uint32_t from, uint32_t to
);

#endif
