// Any bytes as each script language. What must hold: no read outside of the text, a digest made of
// glue and of pieces that are the source's own bytes, pieces in order and inside both texts, and
// positions that lead back to where the bytes came from.

#include "base/limits.h"
#include "syntax/prescan.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLDS(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static void check_pieces(const rwg__prescan *scan, rwg_str text) {
    uint32_t at = 0;
    for (uint32_t i = 0; i < scan->pieces.len; i++) {
        const rwg__piece *piece = &scan->pieces.ptr[i];
        HOLDS(piece->source.start < piece->source.end && piece->source.end <= text.len);
        size_t length = piece->source.end - piece->source.start;
        HOLDS(piece->at >= at && piece->at + length <= scan->text.len);
        HOLDS(memcmp(scan->text.ptr + piece->at, text.ptr + piece->source.start, length) == 0);
        at = piece->at + (uint32_t)length;

        rwg_span span = {piece->at, piece->at + (uint32_t)length};
        rwg_span back = rwg__prescan_source_span(scan, span);
        HOLDS(back.start == piece->source.start && back.end == piece->source.end);
        HOLDS(rwg__prescan_source(scan, piece->at) == piece->source.start);
        HOLDS(rwg__prescan_line(scan, text, piece->at) == piece->line);
    }
}

/* Ascending, disjoint, and inside of the text. */
static void check_literals(const rwg__prescan *scan, rwg_str text) {
    uint32_t at = 0;
    for (uint32_t i = 0; i < scan->literals.len; i++) {
        rwg_span span = scan->literals.ptr[i].span;
        HOLDS(span.start >= at && span.start <= span.end && span.end <= text.len);
        at = span.end;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const rwg_lang langs[] = {RWG_LANG_JS, RWG_LANG_JSX, RWG_LANG_TS, RWG_LANG_TSX};
    if (size > RWG_LIMIT_SOURCE_BYTES) {
        return 0;
    }
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    rwg__prescan scan = {0};
    rwg_str text = {(const char *)data, (uint32_t)size};
    for (size_t i = 0; i < sizeof langs / sizeof langs[0]; i++) {
        rwg__prescan_run(&scan, &mem, text, langs[i]);
        HOLDS(scan.sure == (scan.why == NULL));
        HOLDS(scan.why_at <= size);
        check_pieces(&scan, text);
        rwg__prescan_literals(&scan, &mem, text, langs[i]);
        check_literals(&scan, text);
    }
    rwg__prescan_deinit(&scan, &mem);
    HOLDS(mem.used == 0);
    return 0;
}
