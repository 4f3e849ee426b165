/* Gaps in targets of assignments: what stands left of `=`, `of` and `in`, and is an expression as
 * much as a pattern. Rules are as in gap_types.c.
 *
 * The grammars know no parentheses and no assertions there. Parentheses are blanked; an assertion
 * is hidden (rwg__gap_hide_type), so that whoever writes the text again leaves it out. */
#include "base/str.h"
#include "syntax/byte_class.h"
#include "syntax/gap_text.h"

/* The end of the type at i: in front of the `)`, `]`, `}`, `,`, `;`, `=` or word that ends it. */
static uint32_t type_end(rwg__patcher *p, uint32_t i, bool in_head) {
    uint32_t end = i; /* behind the last token of the type */
    while (i < p->len && rwg__gap_spend(p, 1)) {
        char c = p->seen[i];
        if (rwg__is_space(c) || c == '/') {
            uint32_t next = rwg__gap_skip_space(p, i);
            if (next == i) {
                break;
            }
            i = next;
            continue;
        }
        if (c == '(' || c == '[' || c == '{' || c == '<') {
            i = rwg__gap_close_of(p, i);
            if (i == 0) {
                return 0;
            }
        } else if (c == '"' || c == '\'') {
            i = rwg__gap_string_end(p, i);
        } else if (c == '=' && rwg__gap_byte(p, i + 1) == '>') {
            i += 2;
        } else if (strchr(")]},;=`", c) != NULL) {
            break;
        } else if (rwg__is_name_byte(c)) {
            bool stops = in_head && (rwg__gap_is_word(p, i, "of") || rwg__gap_is_word(p, i, "in"));
            if (stops) {
                break;
            }
            i = rwg__gap_name_end(p, i);
        } else {
            i++;
        }
        end = i;
    }
    return end;
}

static bool is_assertion(rwg__patcher *p, uint32_t i) {
    if (!rwg__gap_is_word(p, i, "as") && !rwg__gap_is_word(p, i, "satisfies")) {
        return false;
    }
    char before = rwg__gap_char_before(p, i);
    char next = rwg__gap_byte(p, rwg__gap_skip_space(p, rwg__gap_name_end(p, i)));
    bool operand = rwg__is_name_byte(before) || before == ')' || before == ']' || before == '!' ||
                   before == '}';
    return operand && next != 0 && strchr(")]},;:=.?", next) == NULL;
}

/* <T>a, at the `<`: no operand stands in front of it. */
static bool is_cast(rwg__patcher *p, uint32_t i) {
    char before = rwg__gap_char_before(p, i);
    uint32_t close = before != 0 && strchr("[{,:.(", before) ? rwg__gap_close_of(p, i) : 0;
    return close != 0 && !rwg__gap_has_facts(p, i, close);
}

/* Hides the assertion at i. */
static uint32_t hide_assertion(rwg__patcher *p, uint32_t i, bool in_head) {
    uint32_t end = type_end(p, rwg__gap_name_end(p, i), in_head);
    if (end == 0 || rwg__gap_has_facts(p, i, end)) {
        return rwg__gap_name_end(p, i);
    }
    rwg__gap_hide_type(p, i, end);
    return end;
}

/* (a.b), with or without an assertion, where a pattern has an element: the parentheses go. */
static void open_target(rwg__patcher *p, uint32_t open) {
    char before = rwg__gap_char_before(p, open);
    uint32_t close = before != 0 && strchr("[{,:.(", before) ? rwg__gap_close_of(p, open) : 0;
    char next = rwg__gap_byte(p, rwg__gap_skip_space(p, close));
    uint32_t first = rwg__gap_skip_space(p, open + 1);
    bool names = rwg__is_name_start(rwg__gap_byte(p, first)) || rwg__gap_byte(p, first) == '(' ||
                 rwg__gap_byte(p, first) == '<';
    if (close == 0 || !names || next == 0 || strchr(",]})=", next) == NULL ||
        (next == '=' && rwg__gap_byte(p, rwg__gap_skip_space(p, close) + 1) == '>')) {
        return;
    }
    for (uint32_t i = first; i < close - 1;) {
        char c = p->seen[i];
        if (c == '(' || c == '[') {
            i = rwg__gap_close_of(p, i);
            if (i == 0) {
                return;
            }
        } else if (is_assertion(p, i)) {
            break;
        } else if (!rwg__is_name_byte(c) && !rwg__is_space(c) && c != '.' && c != '!') {
            return;
        } else {
            i++;
        }
        if (!rwg__gap_spend(p, 1)) {
            return;
        }
    }
    rwg__gap_blank(p, open, open + 1);
    rwg__gap_blank(p, close - 1, close);
}

/* Parentheses and assertions inside of the pattern [start, end). */
static void open_pattern(rwg__patcher *p, uint32_t start, uint32_t end) {
    for (uint32_t i = start; i < end && rwg__gap_spend(p, 1);) {
        char c = p->seen[i];
        if (c == '"' || c == '\'') {
            i = rwg__gap_string_end(p, i);
        } else if (c == '/') {
            uint32_t next = rwg__gap_skip_space(p, i);
            i = next > i ? next : i + 1;
        } else if (c == '(') {
            open_target(p, i);
            i++;
        } else if (c == '<' && p->typescript && is_cast(p, i)) {
            rwg__gap_hide_type(p, i, rwg__gap_close_of(p, i));
        } else if (rwg__is_name_byte(c)) {
            bool hides = p->typescript && is_assertion(p, i);
            i = hides ? hide_assertion(p, i, false) : rwg__gap_name_end(p, i);
        } else {
            i++;
        }
    }
}

/* assignment-target: [(a as T), b!] = c, ({d: (e.f)} = g) */
bool rwg__gap_assignment_target(rwg__patcher *p, uint32_t i) {
    uint32_t close = rwg__gap_close_of(p, i);
    uint32_t next = close > 0 ? rwg__gap_skip_space(p, close) : p->len;
    bool assigned = rwg__gap_byte(p, next) == '=' && rwg__gap_byte(p, next + 1) != '=' &&
                    rwg__gap_byte(p, next + 1) != '>';
    if (!assigned && !rwg__gap_is_word(p, next, "of") && !rwg__gap_is_word(p, next, "in")) {
        return false;
    }
    bool changed = p->changed;
    p->changed = false;
    open_pattern(p, i + 1, close - 1);
    bool patched = p->changed;
    p->changed |= changed;
    return patched;
}

/* assignment-target, in the head of a loop: for (a as T of b), for ((a.b as T) in c) */
bool rwg__gap_loop_target(rwg__patcher *p, uint32_t i) {
    uint32_t open = rwg__gap_skip_space(p, i + 3);
    if (rwg__gap_is_word(p, open, "await")) {
        open = rwg__gap_skip_space(p, open + 5);
    }
    uint32_t close = rwg__gap_byte(p, open) == '(' ? rwg__gap_close_of(p, open) : 0;
    for (uint32_t k = open + 1; k < close && rwg__gap_spend(p, 1);) {
        char c = p->seen[k];
        if (rwg__gap_is_word(p, k, "of") || rwg__gap_is_word(p, k, "in") || c == ';') {
            return false;
        }
        if (c == '<' && p->typescript && is_cast(p, k)) {
            rwg__gap_hide_type(p, k, rwg__gap_close_of(p, k));
            return true;
        }
        if (c == '(' || c == '[') {
            uint32_t inner = rwg__gap_close_of(p, k);
            if (inner == 0) {
                return false;
            }
            k = inner;
        } else if (is_assertion(p, k)) {
            hide_assertion(p, k, true);
            return true;
        } else {
            k = rwg__is_name_byte(c) ? rwg__gap_name_end(p, k) : k + 1;
        }
    }
    return false;
}
