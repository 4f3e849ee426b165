/* See gap_text.h. Reading backwards is less exact than reading forwards: a line comment is
 * recognised by scanning its line from the start. What comes of a mistake is a patch too few. */
#include "syntax/gap_text.h"

#include <rwgraph/sys/source.h>

#include "base/str.h"
#include "syntax/byte_class.h"

char rwg__gap_byte(const rwg__patcher *p, uint32_t i) {
    return i < p->len ? p->seen[i] : 0;
}

uint32_t rwg__gap_name_end(const rwg__patcher *p, uint32_t i) {
    while (rwg__is_name_byte(rwg__gap_byte(p, i))) {
        i++;
    }
    return i;
}

rwg_str rwg__gap_name(const rwg__patcher *p, uint32_t i) {
    uint32_t end = rwg__is_name_start(rwg__gap_byte(p, i)) ? rwg__gap_name_end(p, i) : i;
    return rwg__str(p->seen + i, end - i);
}

bool rwg__gap_is_word(const rwg__patcher *p, uint32_t i, const char *word) {
    return rwg__str_eq_c(rwg__gap_name(p, i), word);
}

bool rwg__gap_is_one_of(rwg_str name, const char *const *words) {
    for (; *words; words++) {
        if (rwg__str_eq_c(name, *words)) {
            return true;
        }
    }
    return false;
}

uint32_t rwg__gap_string_end(const rwg__patcher *p, uint32_t i) {
    char quote = rwg__gap_byte(p, i);
    for (uint32_t j = i + 1; j < p->len && p->seen[j] != '\n'; j++) {
        if (p->seen[j] == '\\') {
            j++;
        } else if (p->seen[j] == quote) {
            return j + 1;
        }
    }
    return i + 1;
}

bool rwg__gap_spend(rwg__patcher *p, uint32_t steps) {
    if (p->steps < steps) {
        p->steps = 0;
        return false;
    }
    p->steps -= steps;
    return true;
}

uint32_t rwg__gap_skip_space(const rwg__patcher *p, uint32_t i) {
    for (;;) {
        if (rwg__is_space(rwg__gap_byte(p, i))) {
            i++;
        } else if (rwg__gap_byte(p, i) == '/' && rwg__gap_byte(p, i + 1) == '/') {
            while (i < p->len && p->seen[i] != '\n') {
                i++;
            }
        } else if (rwg__gap_byte(p, i) == '/' && rwg__gap_byte(p, i + 1) == '*') {
            i += 2;
            while (i < p->len && !(p->seen[i] == '*' && rwg__gap_byte(p, i + 1) == '/')) {
                i++;
            }
            i = i < p->len ? i + 2 : i;
        } else {
            return i;
        }
    }
}

/* Where a line comment starts on the line that ends at `end`, or `end`. */
static uint32_t line_comment(rwg__patcher *p, uint32_t end) {
    uint32_t start = end;
    while (start > 0 && p->seen[start - 1] != '\n') {
        start--;
    }
    if (!rwg__gap_spend(p, end - start)) {
        return end;
    }
    for (uint32_t i = start; i < end; i++) {
        char c = p->seen[i];
        if (c == '"' || c == '\'') {
            i = rwg__gap_string_end(p, i) - 1;
        } else if (c == '/' && rwg__gap_byte(p, i + 1) == '/') {
            return i;
        }
    }
    return end;
}

uint32_t rwg__gap_token_end_before(rwg__patcher *p, uint32_t i) {
    for (;;) {
        uint32_t from = i;
        bool crossed_line = false;
        while (i > 0 && rwg__is_space(p->seen[i - 1])) {
            i--;
            crossed_line |= p->seen[i] == '\n';
        }
        if (crossed_line) {
            i = line_comment(p, i);
        }
        if (i > 3 && p->seen[i - 1] == '/' && p->seen[i - 2] == '*') {
            i -= 2;
            while (i > 1 && !(p->seen[i - 1] == '*' && p->seen[i - 2] == '/') &&
                   rwg__gap_spend(p, 1)) {
                i--;
            }
            i = i > 1 ? i - 2 : 0;
        }
        if (i == from) {
            return i;
        }
    }
}

char rwg__gap_char_before(rwg__patcher *p, uint32_t i) {
    uint32_t end = rwg__gap_token_end_before(p, i);
    return end > 0 ? p->seen[end - 1] : 0;
}

rwg_str rwg__gap_word_before(rwg__patcher *p, uint32_t i) {
    uint32_t end = rwg__gap_token_end_before(p, i);
    uint32_t start = end;
    while (start > 0 && rwg__is_name_byte(p->seen[start - 1])) {
        start--;
    }
    return rwg__str(p->seen + start, end - start);
}

/* Brackets of one kind are counted, and skipped as a whole inside of angle brackets, where => does
 * not close. */
uint32_t rwg__gap_close_of(rwg__patcher *p, uint32_t i) {
    char open = rwg__gap_byte(p, i);
    uint32_t depth = 0;
    uint32_t angles = 0;
    bool angle = open == '<';
    for (; i < p->len && rwg__gap_spend(p, 1); i++) {
        char c = p->seen[i];
        if (c == '"' || c == '\'') {
            i = rwg__gap_string_end(p, i) - 1;
        } else if (c == '/' && (rwg__gap_byte(p, i + 1) == '/' || rwg__gap_byte(p, i + 1) == '*')) {
            i = rwg__gap_skip_space(p, i) - 1;
        } else if (c == '(' || c == '[' || c == '{') {
            depth++;
        } else if (c == ')' || c == ']' || c == '}') {
            if (depth == 0) {
                return 0;
            }
            depth--;
            if (depth == 0 && !angle) {
                return i + 1;
            }
        } else if (angle && depth == 0 && c == '<') {
            angles++;
        } else if (angle && depth == 0 && c == '>' && p->seen[i - 1] != '=') {
            if (--angles == 0) {
                return i + 1;
            }
        } else if (angle && depth == 0 && (c == ';' || c == '`')) {
            return 0;
        }
    }
    return 0;
}

void rwg__gap_blank(rwg__patcher *p, uint32_t from, uint32_t to) {
    for (uint32_t i = from; i < to; i++) {
        if (p->seen[i] != '\n' && p->seen[i] != '\r') {
            p->seen[i] = ' ';
        }
    }
    p->changed = true;
}

void rwg__gap_hide_type(rwg__patcher *p, uint32_t from, uint32_t to) {
    for (uint32_t i = from; i < to; i++) {
        if (p->seen[i] != '\n' && p->seen[i] != '\r') {
            p->seen[i] = RWG_SYNTAX_HIDDEN_TYPE;
        }
    }
    p->changed = true;
}

const rwg__literal *rwg__gap_literal_at(const rwg__patcher *p, uint32_t i) {
    uint32_t low = 0;
    uint32_t high = p->gaps->scan.literals.len;
    const rwg__literal *literals = p->gaps->scan.literals.ptr;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (literals[middle].span.end <= i) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool inside = low < p->gaps->scan.literals.len && literals[low].span.start <= i;
    return inside ? &literals[low] : NULL;
}

void rwg__gap_put(rwg__patcher *p, uint32_t i, char c) {
    p->seen[i] = c;
    p->changed = true;
}

bool rwg__gap_has_facts(const rwg__patcher *p, uint32_t from, uint32_t to) {
    rwg_str part = rwg__str(p->seen + from, to - from);
    return rwg__str_contains(part, RWG_STR("import")) ||
           rwg__str_contains(part, RWG_STR("require")) || rwg__str_contains(part, RWG_STR("await"));
}
