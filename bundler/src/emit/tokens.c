/* The light tokenizer. See tokens.h.
 *
 * Source and generated position move in step: the bytes are the same, so only where they begin
 * differs. Comments are looked for at the beginning of a line only: elsewhere "//" may be part of a
 * template or a regular expression, and mapping a few words too many does no harm. */
#include "emit/tokens.h"

#include "base/str.h"

typedef enum byte_kind {
    WORD, /* also every byte that is not ASCII */
    SPACE,
    LINE_END,
    QUOTE,
    ESCAPE,
    MARK,
} byte_kind;

typedef struct run {
    rwb__map_builder *map;
    rwg_str text;
    uint32_t source;
    uint32_t at;
    uint32_t to;
    rwb__position from; /* in the source; the generated one is map->at */
    bool line_begins;   /* only white space so far on this line */
    bool after_slash;   /* a slash stands before on this line */
    bool unclosed;      /* a block comment that does not end in this run was seen */
} run;

/* What is not named here is part of words. */
static const uint8_t KINDS[256] = {
    // clang-format off
    [0x00] = SPACE, [0x01] = SPACE, [0x02] = SPACE, [0x03] = SPACE, [0x04] = SPACE, [0x05] = SPACE,
    [0x06] = SPACE, [0x07] = SPACE, [0x08] = SPACE, [0x09] = SPACE, [0x0B] = SPACE, [0x0C] = SPACE,
    [0x0E] = SPACE, [0x0F] = SPACE, [0x10] = SPACE, [0x11] = SPACE, [0x12] = SPACE, [0x13] = SPACE,
    [0x14] = SPACE, [0x15] = SPACE, [0x16] = SPACE, [0x17] = SPACE, [0x18] = SPACE, [0x19] = SPACE,
    [0x1A] = SPACE, [0x1B] = SPACE, [0x1C] = SPACE, [0x1D] = SPACE, [0x1E] = SPACE, [0x1F] = SPACE,
    [0x20] = SPACE, ['\n'] = LINE_END, ['\r'] = LINE_END, ['"'] = QUOTE, ['\''] = QUOTE, ['\\'] = ESCAPE,
    [0x7F] = MARK, ['!'] = MARK, ['#'] = MARK, ['%'] = MARK, ['&'] = MARK, ['('] = MARK,
    [')'] = MARK, ['*'] = MARK, ['+'] = MARK, [','] = MARK, ['-'] = MARK, ['.'] = MARK,
    ['/'] = MARK, [':'] = MARK, [';'] = MARK, ['<'] = MARK, ['='] = MARK, ['>'] = MARK,
    ['?'] = MARK, ['@'] = MARK, ['['] = MARK, [']'] = MARK, ['^'] = MARK, ['`'] = MARK,
    ['{'] = MARK, ['|'] = MARK, ['}'] = MARK, ['~'] = MARK,
    // clang-format on
};

static byte_kind kind_of(char c) {
    return KINDS[(unsigned char)c];
}

static void put(run *r) {
    rwb__mapping mapping = {
        .line = r->map->at.line,
        .column = r->map->at.column,
        .source = r->source,
        .source_line = r->from.line,
        .source_column = r->from.column,
        .name = RWB_NO_NAME,
    };
    *rwg__vec_push(&r->map->mappings, r->map->mem) = mapping;
}

/* Goes on to `end`, on the same line. */
static void move(run *r, uint32_t end, bool ascii) {
    if (ascii) {
        r->from.column += end - r->at;
        r->map->at.column += end - r->at;
        r->from.after_cr = r->map->at.after_cr = false;
    } else {
        rwb__position_advance(&r->from, r->text, r->at, end);
        rwb__position_advance(&r->map->at, r->text, r->at, end);
    }
    r->at = end;
}

static void take_word(run *r) {
    uint32_t end = r->at;
    unsigned bytes = 0;
    while (end < r->to && kind_of(r->text.ptr[end]) == WORD) {
        bytes |= (unsigned char)r->text.ptr[end++];
    }
    move(r, end, bytes < 0x80);
}

static void take_line_end(run *r) {
    uint32_t end = r->at + 1;
    if (r->text.ptr[r->at] == '\r' && end < r->to && r->text.ptr[end] == '\n') {
        end++;
    }
    move(r, end, false);
    r->line_begins = true;
    r->after_slash = false;
}

/* Behind the string that opens at `at`; `at` when it does not end on its line. */
static uint32_t string_end(const run *r) {
    char quote = r->text.ptr[r->at];
    for (uint32_t i = r->at + 1; i < r->to; i++) {
        char c = r->text.ptr[i];
        if (c == quote) {
            return i + 1;
        }
        if (c == '\n' || c == '\r') {
            break;
        }
        i += c == '\\';
    }
    return r->at;
}

/* What looks like a string may lie in a template, where quotes are text: `a="${b}"`, or between a
 * quote in a regular expression and the next one: /"/g, b.c(""). So the words of one that has a
 * backtick or a substitution, or a slash before it, are mapped too. */
static void take_string(run *r, uint32_t end) {
    rwg_str text = rwg__str_sub(r->text, r->at, end);
    if (!r->after_slash && !rwg__str_contains(text, RWG_STR("${")) &&
        rwg__str_index(text, '`') == text.len) {
        move(r, end, false);
        return;
    }
    while (r->at < end) {
        if (kind_of(r->text.ptr[r->at]) == WORD) {
            put(r);
            take_word(r);
        } else {
            move(r, r->at + 1, true);
        }
    }
}

/* `==`, `=>`, `&&`, `?.`, `...` are one token; brackets, commas and signs stand alone. */
static bool joins(char before, char c) {
    switch (c) {
    case '=': return strchr("=!<>+-*/%&|^?", before) != NULL;
    case '>': return before == '=' || before == '>';
    case '.': return before == '?' || before == '.';
    case '&':
    case '|':
    case '?':
    case '*':
    case '+':
    case '-':
    case '<': return before == c;
    default: return false;
    }
}

static void take_mark(run *r) {
    uint32_t end = r->at + 1;
    while (end < r->to && joins(r->text.ptr[end - 1], r->text.ptr[end])) {
        end++;
    }
    move(r, end, true);
}

/* Behind the comment at the beginning of a line, or `at` when there is none. */
static uint32_t comment_end(run *r) {
    rwg_str rest = rwg__str_sub(r->text, r->at, r->to);
    if (rwg__str_starts(rest, RWG_STR("//"))) {
        uint32_t end = r->at;
        while (end < r->to && kind_of(r->text.ptr[end]) != LINE_END) {
            end++;
        }
        return end;
    }
    if (!r->unclosed && rwg__str_starts(rest, RWG_STR("/*"))) {
        for (uint32_t i = r->at + 3; i < r->to; i++) {
            if (r->text.ptr[i] == '/' && r->text.ptr[i - 1] == '*') {
                return i + 1;
            }
        }
        r->unclosed = true;
    }
    return r->at;
}

/* Only its lines are mapped. */
static void take_comment(run *r, uint32_t end) {
    while (r->at < end) {
        uint32_t stop = r->at;
        while (stop < end && kind_of(r->text.ptr[stop]) != LINE_END) {
            stop++;
        }
        move(r, stop, false);
        if (r->at < end) {
            take_line_end(r);
            if (kind_of(r->text.ptr[r->at]) != LINE_END) {
                put(r);
            }
        }
    }
}

static void take_token(run *r) {
    byte_kind kind = kind_of(r->text.ptr[r->at]);
    if (kind == LINE_END) {
        take_line_end(r);
        if (r->at < r->to && kind_of(r->text.ptr[r->at]) == SPACE) {
            put(r);
        }
        return;
    }
    if (kind == SPACE) {
        move(r, r->at + 1, true);
        return;
    }
    put(r);
    uint32_t end = r->line_begins && r->text.ptr[r->at] == '/' ? comment_end(r) : r->at;
    r->line_begins = false;
    if (end > r->at) {
        take_comment(r, end);
        return;
    }
    if (kind == WORD) {
        take_word(r);
    } else if (kind == QUOTE && (end = string_end(r)) > r->at) {
        take_string(r, end);
    } else if (kind == ESCAPE) {
        end = r->at + 2 <= r->to ? r->at + 2 : r->to;
        move(r, end, false);
    } else {
        r->after_slash |= r->text.ptr[r->at] == '/';
        take_mark(r);
    }
}

void rwb__tokens_map(
    rwb__map_builder *map, uint32_t source, rwg_str text, uint32_t from, uint32_t to
) {
    if (from == to) {
        return;
    }
    run r = {
        .map = map,
        .text = text,
        .source = source,
        .at = from,
        .to = to,
        .from = rwb__text_index_at(rwb__map_index(map, source, text), from),
        .line_begins = from == 0 || kind_of(text.ptr[from - 1]) == LINE_END,
    };
    if (kind_of(text.ptr[from]) == SPACE) {
        put(&r);
    }
    while (r.at < to) {
        take_token(&r);
    }
}
