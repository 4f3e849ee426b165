/* Rendering. See render.h, and transform/edits.h for the rules E1 to E4.
 *
 * Two kinds of frames lie on the stack: a span of the source that is being written, which looks for
 * the next edit inside itself, and an edit whose pieces are being written. A piece that is a span
 * becomes a frame on top of its edit's, an edit that a span meets one on top of the span's. An edit
 * that is on the stack already is skipped, so no piece can show its own edit.
 *
 * Edits inside a rendered one are jumped over by binary search, not one by one: n edits nested in
 * each other cost O(n log n). */
#include "emit/render.h"

#include "base/str.h"
#include "emit/tokens.h"

#define NO_EDIT UINT32_MAX

typedef struct frame {
    uint32_t edit;         /* the edit whose pieces are written, or NO_EDIT: a span */
    uint32_t piece;        /* EDIT: next of its pieces */
    uint32_t start;        /* SPAN */
    uint32_t end;          /* SPAN */
    uint32_t at;           /* SPAN: everything in front of it is written */
    uint32_t item;         /* SPAN: the next edit to look at */
    uint32_t first_inside; /* SPAN: replacements that begin at `start` hold it up to here */
    uint32_t decided;      /* SPAN: for insertions up to here it is known that they show here */
    bool whole;            /* SPAN: the whole text, to which also the outermost insertions belong */
} frame;

typedef struct renderer {
    rwg_str text;
    rwb__edits *edits;
    uint32_t source;
    rwg__buf *out;
    rwb__map_builder *map;
    RWG_VEC(frame) stack;
    uint8_t *open; /* bit i: edit i is on the stack */
    bool full;
} renderer;

static int rank_of(uint8_t side) {
    return side == RWB__AFTER ? 0 : side == RWB__BEFORE ? 1 : 2;
}

/* The first edit that stands at `at` with this side or a later one, or behind it. */
static uint32_t lower_bound(const rwb__edits *edits, uint32_t at, rwb__side side) {
    uint32_t low = 0;
    uint32_t high = edits->items.len;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const rwb__edit *edit = &edits->items.ptr[middle];
        if (edit->start < at || (edit->start == at && rank_of(edit->side) < rank_of(side))) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool has_room(renderer *r, uint32_t len) {
    r->full |= len > RWB_RENDER_LIMIT || r->out->bytes.len > RWB_RENDER_LIMIT - len;
    return !r->full;
}

static void keep(renderer *r, uint32_t from, uint32_t to) {
    if (from < to && has_room(r, to - from)) {
        rwg__buf_add(r->out, rwg__str_sub(r->text, from, to));
        if (r->map) {
            rwb__tokens_map(r->map, r->source, r->text, from, to);
        }
    }
}

static void write_text(renderer *r, rwg_str text) {
    if (has_room(r, text.len)) {
        rwg__buf_add(r->out, text);
        if (r->map) {
            rwb__map_advance(r->map, text);
        }
    }
}

static void write_mapped(renderer *r, const rwb__piece *piece) {
    if (piece->text.len == 0 || !has_room(r, piece->text.len)) {
        return;
    }
    rwg__buf_add(r->out, piece->text);
    if (r->map) {
        const rwb__text_index *index = rwb__map_index(r->map, r->source, r->text);
        rwb__position from = rwb__text_index_at(index, piece->span.start);
        rwb__map_add(r->map, r->source, from.line, from.column, piece->name);
        rwb__position_advance(&r->map->at, piece->text, 0, piece->text.len);
    }
}

/* The edit's pieces, for questions about its ends. */
static bool has_span_at(const rwb__edits *edits, const rwb__edit *edit, bool start) {
    for (uint32_t p = 0; p < edit->piece_count; p++) {
        const rwb__piece *piece = &edits->pieces.ptr[edit->first_piece + p];
        if (piece->kind == RWB__PIECE_SPAN &&
            (start ? piece->span.start == edit->start : piece->span.end == edit->end)) {
            return true;
        }
    }
    return false;
}

/* `parent` is the edit that has the span as a piece. */
static void push_span(renderer *r, rwg_span span, uint32_t parent, bool whole) {
    frame new = {
        .edit = NO_EDIT,
        .start = span.start,
        .at = span.start,
        .end = span.end,
        .item = lower_bound(r->edits, span.start, whole ? RWB__AFTER : RWB__BEFORE),
        .whole = whole,
    };
    if (parent != NO_EDIT && r->edits->items.ptr[parent].side == RWB__REPLACE &&
        r->edits->items.ptr[parent].start == span.start) {
        new.first_inside = parent + 1;
    }
    *rwg__vec_push(&r->stack, r->edits->mem) = new;
}

static bool is_open(const renderer *r, uint32_t edit) {
    return r->open[edit >> 3] >> (edit & 7) & 1;
}

static void push_edit(renderer *r, uint32_t edit) {
    r->open[edit >> 3] |= (uint8_t)(1u << (edit & 7));
    *rwg__vec_push(&r->stack, r->edits->mem) = (frame){.edit = edit};
}

static void step_edit(renderer *r, frame *top) {
    const rwb__edit *edit = &r->edits->items.ptr[top->edit];
    if (top->piece == edit->piece_count) {
        r->open[top->edit >> 3] &= (uint8_t) ~(1u << (top->edit & 7));
        r->stack.len--;
        return;
    }
    const rwb__piece *piece = &r->edits->pieces.ptr[edit->first_piece + top->piece++];
    switch ((rwb__piece_kind)piece->kind) {
    case RWB__PIECE_TEXT: write_text(r, piece->text); break;
    case RWB__PIECE_MAPPED: write_mapped(r, piece); break;
    case RWB__PIECE_SPAN: push_span(r, piece->span, top->edit, false); break;
    }
}

/* Does the text at `at`, which insertions up to `replaces` want to stand in front of, come as the
 * first thing of an edit's piece? Then they show there. */
static bool is_shown_inside(const renderer *r, const frame *top, uint32_t at, uint32_t replaces) {
    uint32_t i = at == top->start && top->first_inside > replaces ? top->first_inside : replaces;
    if (i >= r->edits->items.len) {
        return false;
    }
    const rwb__edit *edit = &r->edits->items.ptr[i];
    return edit->start == at && edit->side == RWB__REPLACE && edit->end <= top->end &&
           has_span_at(r->edits, edit, true);
}

static void show(renderer *r, frame *top, uint32_t item) {
    const rwb__edit *edit = &r->edits->items.ptr[item];
    keep(r, top->at, edit->start);
    top->at = edit->end;
    if (!is_open(r, item)) {
        push_edit(r, item);
    }
}

/* Writes up to the next edit and puts that on the stack, or the rest. */
static void step_span(renderer *r, frame *top) {
    while (top->item < r->edits->items.len) {
        const rwb__edit *edit = &r->edits->items.ptr[top->item];
        bool at_end = edit->start == top->end && (edit->side == RWB__AFTER || top->whole);
        if (edit->start >= top->end && !at_end) {
            break;
        }
        uint32_t item = top->item;
        if (edit->side == RWB__REPLACE) {
            bool holds_span = edit->start == top->start && item < top->first_inside;
            if (holds_span || edit->end > top->end) {
                top->item = holds_span ? top->first_inside : item + 1;
                continue;
            }
            bool own_end = has_span_at(r->edits, edit, false);
            top->item = lower_bound(r->edits, edit->end, own_end ? RWB__BEFORE : RWB__AFTER);
            show(r, top, item);
            return;
        }
        if (edit->side == RWB__BEFORE && item >= top->decided) {
            uint32_t replaces = lower_bound(r->edits, edit->start, RWB__REPLACE);
            top->decided = replaces;
            if (is_shown_inside(r, top, edit->start, replaces)) {
                top->item = replaces;
                continue;
            }
        }
        top->item++;
        show(r, top, item);
        return;
    }
    keep(r, top->at, top->end);
    r->stack.len--;
}

/* Shows a span of the source; whole: what is inserted at its edges belongs to it. */
static bool run(renderer *r, rwg_span span, bool whole) {
    rwb__edits *edits = r->edits;
    RWG_ASSERT(span.start <= span.end && span.end <= r->text.len);
    rwb__edits_sort(edits);
#ifdef RWG_CHECKS
    rwb__edits_check(edits, r->text.len);
#endif
    size_t open_size = edits->items.len / 8 + 1;
    r->open = rwg__mem_zalloc(edits->mem, open_size);
    push_span(r, span, NO_EDIT, whole);
    while (r->stack.len > 0 && !r->full) {
        frame *top = &r->stack.ptr[r->stack.len - 1];
        if (top->edit == NO_EDIT) {
            step_span(r, top);
        } else {
            step_edit(r, top);
        }
    }
    rwg__vec_free(&r->stack, edits->mem);
    rwg__mem_free(edits->mem, r->open, open_size);
    return !r->full;
}

bool rwb__render(
    rwg_str text, rwb__edits *edits, uint32_t source, rwg__buf *out, rwb__map_builder *map
) {
    renderer r = {.text = text, .edits = edits, .source = source, .out = out, .map = map};
    return run(&r, (rwg_span){0, text.len}, true);
}

bool rwb__render_span(
    rwg_str text,
    rwb__edits *edits,
    rwg_span span,
    uint32_t source,
    rwg__buf *out,
    rwb__map_builder *map
) {
    renderer r = {.text = text, .edits = edits, .source = source, .out = out, .map = map};
    return run(&r, span, false);
}
