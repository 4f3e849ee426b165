/* Tokens of the text, and writing. */
#include "style/style_pass.h"

#include "base/str.h"

/* --- tokens --- */

const rwb__style_token *rwb__pass_token(const rwb__pass *p, uint32_t i) {
    return &p->tokens.ptr[i];
}

rwg_str rwb__pass_text(const rwb__pass *p, uint32_t i) {
    return rwg__str_sub(p->text, rwb__pass_token(p, i)->start, rwb__pass_token(p, i)->end);
}

bool rwb__pass_is(const rwb__pass *p, uint32_t i, rwb__style_kind kind) {
    return i < p->tokens.len && rwb__pass_token(p, i)->kind == kind;
}

bool rwb__pass_is_char(const rwb__pass *p, uint32_t i, char c) {
    return i < p->tokens.len && rwb__pass_token(p, i)->end - rwb__pass_token(p, i)->start == 1 &&
           p->text.ptr[rwb__pass_token(p, i)->start] == c;
}

bool rwb__pass_is_blank(const rwb__pass *p, uint32_t i) {
    return rwb__pass_is(p, i, RWB__STYLE_SPACE) || rwb__pass_is(p, i, RWB__STYLE_COMMENT);
}

uint32_t rwb__pass_skip(const rwb__pass *p, uint32_t i, uint32_t end) {
    while (i < end && rwb__pass_is_blank(p, i)) {
        i++;
    }
    return i;
}

/* [start, end) without blanks at its end. */
uint32_t rwb__pass_trim(const rwb__pass *p, uint32_t start, uint32_t end) {
    while (end > start && rwb__pass_is_blank(p, end - 1)) {
        end--;
    }
    return end;
}

rwg_str rwb__pass_range(const rwb__pass *p, uint32_t start, uint32_t end) {
    return start < end
               ? rwg__str_sub(
                     p->text, rwb__pass_token(p, start)->start, rwb__pass_token(p, end - 1)->end
                 )
               : (rwg_str){NULL, 0};
}

rwg_str rwb__pass_unescape(rwb__pass *p, rwg_str raw) {
    rwg__buf_clear(&p->scratch);
    rwb__style_unescape(raw, &p->scratch);
    return rwg__arena_str(&p->style->arena, rwg__buf_str(&p->scratch));
}

void rwb__pass_write(rwb__pass *p, rwg_str text) {
    rwg__buf_add(&p->style->css, text);
}

void rwb__pass_copy(rwb__pass *p, uint32_t i) {
    rwb__pass_write(p, rwb__pass_text(p, i));
}

/* What is dropped leaves its line ends, so that the lines below stay where they are. */
void rwb__pass_drop(rwb__pass *p, uint32_t start, uint32_t end) {
    rwg_str text = rwb__pass_range(p, start, end);
    for (uint32_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\n') {
            rwg__buf_char(&p->style->css, '\n');
        }
    }
}

void rwb__pass_complain(rwb__pass *p, uint32_t i, const char *message) {
    if (p->style->problem.bytes.len > 0) {
        return;
    }
    uint32_t line = 1;
    for (uint32_t k = 0; i < p->tokens.len && k < rwb__pass_token(p, i)->start; k++) {
        line += p->text.ptr[k] == '\n';
    }
    rwg__buf_printf(&p->style->problem, "line %u: %s", line, message);
}

/* The next ";", "{" or "}" that is not in brackets. In a custom property's value, "{" is one. */
uint32_t rwb__pass_find_end(const rwb__pass *p, uint32_t i, bool braces) {
    uint32_t depth = 0;
    for (; i < p->tokens.len; i++) {
        bool open = rwb__pass_is(p, i, RWB__STYLE_FUNCTION) || rwb__pass_is(p, i, RWB__STYLE_OPEN);
        if (depth == 0 && (rwb__pass_is_char(p, i, ';') || rwb__pass_is_char(p, i, '}') ||
                           (!braces && rwb__pass_is_char(p, i, '{')))) {
            return i;
        }
        if (open) {
            depth++;
        } else if (rwb__pass_is(p, i, RWB__STYLE_CLOSE) && depth > 0) {
            depth--;
        }
    }
    return i;
}
