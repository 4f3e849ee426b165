/* The digest: writing it, and the way back from its positions to the source. */
#include "syntax/prescan_scan.h"

#include <string.h>

static void append(rwg__scan *s, const void *bytes, uint32_t size) {
    rwg__prescan *out = s->out;
    if (size == 0) {
        return;
    }
    rwg__vec_reserve(&out->text, s->mem, size);
    memcpy(out->text.ptr + out->text.len, bytes, size);
    out->text.len += size;
}

void rwg__digest_glue(rwg__scan *s, const char *text) {
    append(s, text, (uint32_t)strlen(text));
}

void rwg__digest_piece(rwg__scan *s, uint32_t start, uint32_t end) {
    rwg__prescan *out = s->out;
    rwg_str source = {(const char *)s->s, s->len};
    if (start >= s->line_at) {
        s->line += rwg__text_lines(source, s->line_at, start);
    } else {
        s->line -= rwg__text_lines(source, start, s->line_at);
    }
    s->line_at = start;
    *rwg__vec_push(&out->pieces, s->mem) = (rwg__piece){
        .source = {start, end},
        .at = out->text.len,
        .line = s->line,
    };
    append(s, s->s + start, end - start);
}

/* The last piece that starts at or before `at`, or NULL. */
static const rwg__piece *piece_at(const rwg__prescan *scan, uint32_t at) {
    uint32_t low = 0, high = scan->pieces.len;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (scan->pieces.ptr[middle].at <= at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0 ? &scan->pieces.ptr[low - 1] : NULL;
}

static uint32_t within(const rwg__piece *piece, uint32_t at) {
    uint32_t size = piece->source.end - piece->source.start, offset = at - piece->at;
    return piece->source.start + (offset < size ? offset : size);
}

uint32_t rwg__prescan_source(const rwg__prescan *scan, uint32_t at) {
    const rwg__piece *piece = piece_at(scan, at);
    return piece ? within(piece, at) : 0;
}

rwg_span rwg__prescan_source_span(const rwg__prescan *scan, rwg_span digest) {
    const rwg__piece *piece = piece_at(scan, digest.start);
    if (!piece) {
        return (rwg_span){0, 0};
    }
    return (rwg_span){within(piece, digest.start), within(piece, digest.end)};
}

uint32_t rwg__prescan_line(const rwg__prescan *scan, rwg_str source, uint32_t at) {
    const rwg__piece *piece = piece_at(scan, at);
    if (!piece) {
        return 0;
    }
    return piece->line + rwg__text_lines(source, piece->source.start, within(piece, at));
}

void rwg__prescan_deinit(rwg__prescan *out, rwg__mem *mem) {
    rwg__vec_free(&out->text, mem);
    rwg__vec_free(&out->pieces, mem);
    rwg__vec_free(&out->levels, mem);
    rwg__vec_free(&out->literals, mem);
    *out = (rwg__prescan){0};
}
