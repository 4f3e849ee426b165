/* The pass: from one interesting byte to the next, keeping the brackets.
 *
 * A block's mask has a bit for each interesting byte of 64. Bits are taken one by one; whoever
 * skips text (a string, a comment) says where to go on, and the mask is cut or made anew there. The
 * pass ends early: after the last word that can begin module syntax, once no copy and no
 * declaration is open, nothing matters. */
#include "base/str.h"
#include "syntax/prescan_scan.h"

#include <string.h>

uint32_t rwg__scan_doubt(rwg__scan *s, uint32_t pos, const char *why) {
    if (s->out->sure) {
        s->out->sure = false;
        s->out->why = why;
        s->out->why_at = pos;
    }
    return s->len;
}

/* --- brackets --------------------------------------------------------------------------------- */

void rwg__scan_open(rwg__scan *s, uint32_t pos, uint8_t kind) {
    rwg__scan_level *level = rwg__vec_push(&s->out->levels, s->mem);
    *level = (rwg__scan_level){
        .open = pos,
        .comment_start = s->comment_start,
        .comment_end = s->comment_end,
        .paren_open = s->paren.open,
        .kind = kind,
    };
}

/* Closes the innermost level, whose closing byte is at pos. */
static inline uint32_t leave(rwg__scan *s, uint32_t pos) {
    uint32_t len = --s->out->levels.len;
    return len == s->copy_level ? rwg__scan_copied(s, pos + 1) : pos + 1;
}

static inline uint32_t close_bracket(rwg__scan *s, uint32_t pos, uint8_t open) {
    if (rwg__scan_top(s)->kind != open) {
        return rwg__scan_doubt(s, pos, "brackets do not match");
    }
    return leave(s, pos);
}

static uint32_t close_brace(rwg__scan *s, uint32_t pos) {
    const rwg__scan_level *top = rwg__scan_top(s);
    switch (top->kind) {
    case '{': s->brace = *top; return leave(s, pos);
    case RWG__LEVEL_TEMPLATE: s->out->levels.len--; return rwg__scan_template(s, pos + 1);
    case RWG__LEVEL_JSX_CODE: s->out->levels.len--; return rwg__scan_jsx(s, pos + 1);
    default: return rwg__scan_doubt(s, pos, "brackets do not match");
    }
}

/* --- the rest of the interesting bytes -------------------------------------------------------- */

static uint32_t on_string(rwg__scan *s, uint32_t pos) {
    uint32_t end = rwg__text_string(s, pos);
    if (end == 0) {
        return rwg__scan_doubt(s, pos, "a string does not end");
    }
    rwg__scan_literal(s, RWG__LITERAL_STRING, pos, end);
    return end;
}

static uint32_t on_comment(rwg__scan *s, uint32_t pos) {
    uint32_t end = rwg__text_comment(s, pos);
    if (end == 0) {
        return rwg__scan_doubt(s, pos, "a comment does not end");
    }
    /* One run with the comments before it, if only white space lies between. */
    uint32_t before = pos;
    while (before > 0 && rwg__is_space(s->s[before - 1])) {
        before--;
    }
    if (before <= s->comment_start || before > s->comment_end) {
        s->comment_start = pos;
    }
    s->comment_end = end;
    rwg__scan_literal(s, RWG__LITERAL_COMMENT, pos, end);
    return end;
}

static uint32_t on_slash(rwg__scan *s, uint32_t pos) {
    uint8_t next = s->len - pos > 1 ? s->s[pos + 1] : 0;
    if (next == '/' || next == '*') {
        return on_comment(s, pos);
    }
    switch (rwg__scan_expect(s, pos)) {
    case RWG__EXPECT_OPERATOR: return pos + 1;
    case RWG__EXPECT_DOUBT: return rwg__scan_doubt(s, pos, "a regular expression or a division");
    case RWG__EXPECT_OPERAND: break;
    }
    uint32_t end = rwg__text_regex(s, pos);
    if (end == 0) {
        return rwg__scan_doubt(s, pos, "a regular expression does not end");
    }
    s->regex_end = end;
    rwg__scan_literal(s, RWG__LITERAL_REGEX, pos, end);
    return end;
}

/* => : remembers an arrow whose body is an expression. A body in braces is known from its brace. */
static uint32_t on_arrow(rwg__scan *s, uint32_t pos) {
    uint32_t body = pos + 2;
    while (body < s->len && s->s[body] == ' ') {
        body++;
    }
    if (body >= s->len || s->s[body] != '{') {
        rwg__scan_top(s)->arrow = pos;
    }
    return pos + 2;
}

/* -> : at the start of a line, the end of an HTML-like comment's `-->`. */
static uint32_t on_minus(rwg__scan *s, uint32_t pos) {
    if (pos > 0 && s->s[pos - 1] == '-') {
        uint32_t before = rwg__scan_before(s, pos - 1), line = pos - 1;
        while (line > before && s->s[line - 1] != '\n' && s->s[line - 1] != '\r') {
            line--;
        }
        if (line > before || before == 0) {
            return rwg__scan_doubt(s, pos - 1, "an HTML-like comment");
        }
    }
    return pos + 1;
}

static uint32_t on_byte(rwg__scan *s, uint32_t pos) {
    switch (s->s[pos]) {
    case '(':
    case '[':
    case '{': rwg__scan_open(s, pos, s->s[pos]); return pos + 1;
    case ')': s->paren = *rwg__scan_top(s); return close_bracket(s, pos, '(');
    case ']': return close_bracket(s, pos, '[');
    case '}': return close_brace(s, pos);
    case '"':
    case '\'': return on_string(s, pos);
    case '`': return rwg__scan_template(s, pos + 1);
    case '/': return on_slash(s, pos);
    case '<': return rwg__scan_less(s, pos);
    case '=': return on_arrow(s, pos);
    case '-': return on_minus(s, pos);
    case '\\':
        return s->literals ? pos + 1 : rwg__scan_doubt(s, pos, "an escape outside of literals");
    default: return s->literals ? pos + 1 : rwg__scan_word(s, pos);
    }
}

/* --- the pass --------------------------------------------------------------------------------- */

static uint64_t mask_at(const rwg__scan *s, uint32_t block) {
    if (s->len - block >= 65) {
        return rwg__text_mask(s->s + block, s->jsx);
    }
    uint8_t copy[65] = {0};
    memcpy(copy, s->s + block, s->len - block);
    return rwg__text_mask(copy, s->jsx);
}

/* Nothing that matters can follow: neither words nor the end of something begun. */
static bool finished(const rwg__scan *s, uint32_t pos, uint32_t stop) {
    return (pos >= stop && s->copy == RWG__COPY_NONE && !s->watch) || !s->out->sure;
}

static void pass(rwg__scan *s, uint32_t start, uint32_t stop) {
    uint32_t block = start;
    uint64_t mask = block < s->len ? mask_at(s, block) : 0;
    while (block < s->len) {
        if (mask == 0) {
            if (s->len - block <= 64 || finished(s, block, stop)) {
                break;
            }
            block += 64;
            mask = mask_at(s, block);
            continue;
        }
        uint32_t pos = block + (uint32_t)__builtin_ctzll(mask), next = 0;
        bool watching = s->watch && rwg__scan_at_root(s);
        if (watching) {
            next = rwg__scan_segment(s, pos);
        }
        if (next == 0) {
            next = on_byte(s, pos);
            s->segment = next;
        }
        if (next - block < 64) {
            mask &= ~(uint64_t)0 << (next - block);
            continue;
        }
        if (next >= s->len || finished(s, next, stop)) {
            break;
        }
        block = next;
        mask = mask_at(s, block);
    }
    if (s->watch && s->out->sure && rwg__scan_at_root(s)) {
        rwg__scan_segment(s, s->len);
    }
    if (s->copy != RWG__COPY_NONE) {
        rwg__scan_doubt(s, s->copy_start, "brackets do not match");
    }
}

static rwg__scan begin(rwg__prescan *out, rwg__mem *mem, rwg_str text, rwg_lang lang) {
    out->text.len = 0;
    out->pieces.len = 0;
    out->levels.len = 0;
    out->literals.len = 0;
    out->has_jsx = false;
    out->sure = true;
    out->why = NULL;
    out->why_at = 0;
    *rwg__vec_push(&out->levels, mem) = (rwg__scan_level){.kind = RWG__LEVEL_ROOT};
    return (rwg__scan){
        .s = (const uint8_t *)text.ptr,
        .len = text.len,
        .typescript = lang == RWG_LANG_TS || lang == RWG_LANG_TSX,
        .jsx = lang != RWG_LANG_TS,
        .out = out,
        .mem = mem,
        .regex_end = UINT32_MAX,
        .jsx_end = UINT32_MAX,
        .angle_budget = text.len,
    };
}

void rwg__prescan_run(rwg__prescan *out, rwg__mem *mem, rwg_str text, rwg_lang lang) {
    rwg__scan scan = begin(out, mem, text, lang);
    uint32_t start = rwg__scan_prologue(&scan);
    uint32_t stop = scan.asks_for_jsx ? scan.len : rwg__text_last_word(scan.s, scan.len);
    if (out->sure && start < stop) {
        scan.segment = start;
        pass(&scan, start, stop);
    }
}

void rwg__prescan_literals(rwg__prescan *out, rwg__mem *mem, rwg_str text, rwg_lang lang) {
    rwg__scan scan = begin(out, mem, text, lang);
    scan.literals = true;
    bool hashbang = text.len > 1 && memcmp(text.ptr, "#!", 2) == 0;
    uint32_t start = hashbang ? rwg__str_index(text, '\n') : 0;
    rwg__scan_literal(&scan, RWG__LITERAL_COMMENT, 0, start);
    pass(&scan, start, scan.len);
    if (out->sure) {
        return;
    }
    /* What is read as JSX may be something else up to its end. */
    for (uint32_t i = out->levels.len; i-- > 0;) {
        uint8_t kind = out->levels.ptr[i].kind;
        if (kind == RWG__LEVEL_TAG || kind == RWG__LEVEL_CHILDREN) {
            out->why_at = out->levels.ptr[i].open;
        }
    }
    while (out->literals.len > 0 && out->literals.ptr[out->literals.len - 1].span.end > out->why_at
    ) {
        out->literals.len--;
    }
}
