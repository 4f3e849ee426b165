/* Lines and columns. See position.h. */
#include "emit/position.h"

#include "base/str.h"

/* Bytes between two checkpoints. */
#define STRIDE 64u

struct rwb__text_index {
    rwg__mem *mem;
    rwg_str text;
    uint32_t count;
    rwb__position *points; /* points[i] is the position of byte i * STRIDE */
};

static bool is_wide_line_end(rwg_str text, uint32_t at) {
    return at + 2 < text.len && (unsigned char)text.ptr[at] == 0xE2 &&
           (unsigned char)text.ptr[at + 1] == 0x80 &&
           ((unsigned char)text.ptr[at + 2] & 0xFE) == 0xA8;
}

/* Eight bytes that are ASCII and no control characters: one unit each. */
static bool are_plain(const char *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    const uint64_t high = UINT64_C(0x8080808080808080);
    return ((word | (word - UINT64_C(0x2020202020202020))) & high) == 0;
}

/* UTF-16 units are counted at the first byte of a character, so that it does not matter where the
 * text was cut. */
void rwb__position_advance(rwb__position *position, rwg_str text, uint32_t from, uint32_t to) {
    uint32_t line = position->line;
    uint32_t column = position->column;
    bool after_cr = position->after_cr;
    for (uint32_t i = from; i < to; i++) {
        for (; to - i >= 8 && are_plain(text.ptr + i); i += 8) {
            column += 8;
            after_cr = false;
        }
        if (i == to) {
            break;
        }
        unsigned char byte = (unsigned char)text.ptr[i];
        if (byte == '\n' || byte == '\r') {
            line += !(byte == '\n' && after_cr);
            column = 0;
            after_cr = byte == '\r';
            continue;
        }
        after_cr = false;
        if (byte < 0x80) {
            column++;
        } else if (is_wide_line_end(text, i)) {
            line++;
            column = 0;
        } else if (byte >= 0xC0) {
            column += byte >= 0xF0 ? 2 : 1;
        }
    }
    *position = (rwb__position){line, column, after_cr};
}

rwb__text_index *rwb__text_index_new(rwg__mem *mem, rwg_str text) {
    rwb__text_index *index = rwg__mem_zalloc(mem, sizeof *index);
    index->mem = mem;
    index->text = text;
    index->count = text.len / STRIDE + 1;
    index->points = rwg__mem_resize(mem, NULL, 0, index->count * sizeof *index->points);
    rwb__position at = {0};
    for (uint32_t i = 0; i < index->count; i++) {
        index->points[i] = at;
        if (i + 1 < index->count) {
            rwb__position_advance(&at, text, i * STRIDE, (i + 1) * STRIDE);
        }
    }
    return index;
}

void rwb__text_index_free(rwb__text_index *index) {
    if (index) {
        rwg__mem_free(index->mem, index->points, index->count * sizeof *index->points);
        rwg__mem_free(index->mem, index, sizeof *index);
    }
}

rwb__position rwb__text_index_at(const rwb__text_index *index, uint32_t offset) {
    RWG_ASSERT(offset <= index->text.len);
    rwb__position at = index->points[offset / STRIDE];
    rwb__position_advance(&at, index->text, offset / STRIDE * STRIDE, offset);
    return at;
}
