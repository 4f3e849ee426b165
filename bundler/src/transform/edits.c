/* The list of edits. See edits.h for the rules; rendering is emit/render.c. */
#include "transform/edits.h"

#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void rwb__edits_init(rwb__edits *edits, rwg__mem *mem) {
    *edits = (rwb__edits){.mem = mem, .sorted = true};
    rwg__arena_init(&edits->texts, mem);
}

void rwb__edits_deinit(rwb__edits *edits) {
    rwg__vec_free(&edits->items, edits->mem);
    rwg__vec_free(&edits->pieces, edits->mem);
    rwg__arena_deinit(&edits->texts);
}

void rwb__edits_clear(rwb__edits *edits) {
    edits->items.len = 0;
    edits->pieces.len = 0;
    edits->sorted = true;
    rwg__arena_reset(&edits->texts);
}

void rwb__edits_begin(rwb__edits *edits, rwb__side side, uint32_t start, uint32_t end) {
    RWG_ASSERT(start <= end && (side == RWB__REPLACE || start == end));
    if (start == end && side == RWB__REPLACE) {
        side = RWB__BEFORE; /* nothing is replaced: an insertion */
    }
    rwb__edit *edit = rwg__vec_push(&edits->items, edits->mem);
    *edit = (rwb__edit){
        .start = start,
        .end = end,
        .first_piece = edits->pieces.len,
        .order = edits->items.len,
        .side = (uint8_t)side,
    };
    edits->sorted = false;
}

static rwb__piece *add_piece(rwb__edits *edits, rwb__piece_kind kind) {
    RWG_ASSERT(edits->items.len > 0 && !edits->sorted);
    edits->items.ptr[edits->items.len - 1].piece_count++;
    rwb__piece *piece = rwg__vec_push(&edits->pieces, edits->mem);
    *piece = (rwb__piece){.kind = (uint8_t)kind};
    return piece;
}

void rwb__edits_text(rwb__edits *edits, rwg_str text) {
    if (text.len > 0) {
        rwg_str copy = rwg__arena_str(&edits->texts, text);
        add_piece(edits, RWB__PIECE_TEXT)->text = copy;
    }
}

void rwb__edits_printf(rwb__edits *edits, const char *format, ...) {
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    RWG_ASSERT(len >= 0);
    char *bytes = rwg__arena_alloc(&edits->texts, (size_t)len + 1);
    (void)vsnprintf(bytes, (size_t)len + 1, format, again);
    va_end(again);
    if (len > 0) {
        add_piece(edits, RWB__PIECE_TEXT)->text = rwg__str(bytes, (size_t)len);
    }
}

void rwb__edits_mapped(rwb__edits *edits, rwg_str text, rwg_span from, rwg_str name) {
    rwg_str copy = rwg__arena_str(&edits->texts, text);
    rwb__piece *piece = add_piece(edits, RWB__PIECE_MAPPED);
    piece->text = copy;
    piece->span = from;
    piece->name = name;
}

void rwb__edits_span(rwb__edits *edits, uint32_t start, uint32_t end) {
    RWG_ASSERT(start <= end);
    if (start < end) {
        add_piece(edits, RWB__PIECE_SPAN)->span = (rwg_span){start, end};
    }
}

void rwb__edits_replace(rwb__edits *edits, uint32_t start, uint32_t end, rwg_str text) {
    rwb__edits_begin(edits, RWB__REPLACE, start, end);
    rwb__edits_text(edits, text);
}

void rwb__edits_remove(rwb__edits *edits, uint32_t start, uint32_t end) {
    rwb__edits_begin(edits, RWB__REPLACE, start, end);
}

void rwb__edits_insert(rwb__edits *edits, rwb__side side, uint32_t at, rwg_str text) {
    RWG_ASSERT(side != RWB__REPLACE);
    rwb__edits_begin(edits, side, at, at);
    rwb__edits_text(edits, text);
}

/* AFTER belongs to what ends here, so it comes before anything that starts here. */
static int side_rank(uint8_t side) {
    return side == RWB__AFTER ? 0 : side == RWB__BEFORE ? 1 : 2;
}

static int compare(const void *left, const void *right) {
    const rwb__edit *a = left;
    const rwb__edit *b = right;
    if (a->start != b->start) {
        return a->start < b->start ? -1 : 1;
    }
    if (a->side != b->side) {
        return side_rank(a->side) - side_rank(b->side);
    }
    if (a->end != b->end) {
        return a->end > b->end ? -1 : 1;
    }
    return a->order < b->order ? -1 : a->order > b->order;
}

void rwb__edits_sort(rwb__edits *edits) {
    if (!edits->sorted && edits->items.len > 1) {
        qsort(edits->items.ptr, edits->items.len, sizeof *edits->items.ptr, compare);
    }
    edits->sorted = true;
}

/* Ranges that hold the current edit are kept on a stack: each new one must lie in the top. */
void rwb__edits_check(const rwb__edits *edits, uint32_t text_len) {
    RWG_ASSERT(edits->sorted || edits->items.len < 2);
    RWG_VEC(uint32_t) ends = {0};
    for (uint32_t i = 0; i < edits->items.len; i++) {
        const rwb__edit *edit = &edits->items.ptr[i];
        RWG_ASSERT(edit->end <= text_len);
        while (ends.len > 0 && ends.ptr[ends.len - 1] <= edit->start) {
            ends.len--;
        }
        RWG_ASSERT(ends.len == 0 || edit->end <= ends.ptr[ends.len - 1]); /* E1 */
        if (edit->end > edit->start) {
            *rwg__vec_push(&ends, edits->mem) = edit->end;
        }
        for (uint32_t p = 0; p < edit->piece_count; p++) {
            const rwb__piece *piece = &edits->pieces.ptr[edit->first_piece + p];
            bool is_span = piece->kind == RWB__PIECE_SPAN;
            bool covers = piece->span.start <= edit->start && piece->span.end >= edit->end;
            RWG_ASSERT(!is_span || piece->span.end <= text_len);
            RWG_ASSERT(!is_span || edit->start == edit->end || !covers); /* E3 */
        }
    }
    rwg__vec_free(&ends, edits->mem);
}
