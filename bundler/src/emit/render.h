/* Source text and edits -> output text and its source map.
 *
 * The one place where text is made. Iterative: pieces that are spans are kept on an explicit stack,
 * so nesting is bounded by memory, not by the C stack.
 *
 * Where an insertion at the edge of an edit shows (E4): with the text it belongs to, when the edit
 * has a span piece that starts (BEFORE) or ends (AFTER) there, else outside of the edit. */
#ifndef RWB_EMIT_RENDER_H
#define RWB_EMIT_RENDER_H

#include "base/buf.h"
#include "emit/sourcemap.h"
#include "transform/edits.h"

/* Spans may be shown more than once, so edits can ask for more text than memory holds. */
#define RWB_RENDER_LIMIT (256u * 1024 * 1024)

/// Appends the source with its edits to `out`, and the mappings to `map` (NULL: none). `source` is
/// the number of the source in the map. The map must know how many bytes, lines and columns `out`
/// has already; columns are in UTF-16 units, as ECMA-426 counts. Returns false, with part of the
/// text written, when `out` would grow over RWB_RENDER_LIMIT.
RWG_MUST_USE bool
rwb__render(rwg_str text, rwb__edits *edits, uint32_t source, rwg__buf *out, rwb__map_builder *map);

/// The same for one span of the source.
RWG_MUST_USE bool rwb__render_span(
    rwg_str text,
    rwb__edits *edits,
    rwg_span span,
    uint32_t source,
    rwg__buf *out,
    rwb__map_builder *map
);

#endif
