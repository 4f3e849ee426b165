/* Gaps in classes: modifiers and decorators. Rules are as in gap_types.c. */
#include "base/str.h"
#include "syntax/byte_class.h"
#include "syntax/gap_text.h"

/* static-index: static [a: string]: T, static readonly [a: string]: T */
static bool static_index(rwg__patcher *p, uint32_t i) {
    uint32_t open = rwg__gap_skip_space(p, i + 6);
    if (rwg__gap_is_word(p, open, "readonly")) {
        open = rwg__gap_skip_space(p, open + 8);
    }
    uint32_t name = rwg__gap_skip_space(p, open + 1);
    uint32_t end = rwg__gap_skip_space(p, rwg__gap_name_end(p, name));
    if (rwg__gap_byte(p, open) != '[' || !rwg__is_name_start(rwg__gap_byte(p, name)) ||
        rwg__gap_byte(p, end) != ':') {
        return false;
    }
    rwg__gap_blank(p, i, i + 6);
    return true;
}

/* static-declare: static declare a: T. The grammar has the words the other way round. */
static bool static_declare(rwg__patcher *p, uint32_t i) {
    uint32_t word = rwg__gap_skip_space(p, i + 6);
    uint32_t name = rwg__gap_skip_space(p, word + 7);
    if (!rwg__gap_is_word(p, word, "declare") || !rwg__is_name_start(rwg__gap_byte(p, name))) {
        return false;
    }
    rwg__gap_blank(p, i, word + 7);
    memcpy(p->seen + i, "declare", 7);
    memcpy(p->seen + word + 1, "static", 6);
    return true;
}

bool rwg__gap_try_class_word(rwg__patcher *p, uint32_t i) {
    return rwg__gap_is_word(p, i, "static") && (static_index(p, i) || static_declare(p, i));
}

/* member-separator: a field without a semicolon, and on the next line `*a() {`, which no expression
 * contains */
bool rwg__gap_generator_member(rwg__patcher *p, uint32_t i) {
    uint32_t end = rwg__gap_token_end_before(p, i);
    uint32_t name = rwg__gap_skip_space(p, i + 1);
    uint32_t behind =
        rwg__gap_byte(p, name) == '[' ? rwg__gap_close_of(p, name) : rwg__gap_name_end(p, name);
    uint32_t open = rwg__gap_skip_space(p, behind);
    uint32_t close = rwg__gap_byte(p, open) == '(' ? rwg__gap_close_of(p, open) : 0;
    if (close == 0 || behind <= name || rwg__gap_byte(p, rwg__gap_skip_space(p, close)) != '{' ||
        end == 0 || end == i || !memchr(p->seen + end, '\n', i - end)) {
        return false;
    }
    char last = p->seen[end - 1];
    if (!rwg__is_name_byte(last) && last != '"' && last != '\'' && last != ']') {
        return false;
    }
    rwg__gap_put(p, end, ';');
    return true;
}

/* Whether the grammar takes what stands in a decorator's parentheses: a name, members of it, a
 * call. */
static bool is_plain(rwg__patcher *p, uint32_t open, uint32_t close) {
    uint32_t i = rwg__gap_skip_space(p, open + 1);
    if (!rwg__is_name_start(rwg__gap_byte(p, i))) {
        return false;
    }
    while (rwg__is_name_byte(rwg__gap_byte(p, i)) || rwg__gap_byte(p, i) == '.') {
        i++;
    }
    uint32_t end = rwg__gap_byte(p, i) == '(' ? rwg__gap_close_of(p, i) : i;
    return rwg__gap_skip_space(p, end) == close - 1;
}

/* Makes room for a byte in place of the line end at `at`: a comment in front of it ends earlier.
 * False where it cannot. */
static bool free_line_end(rwg__patcher *p, uint32_t at) {
    const rwg__literal *comment = at > 0 ? rwg__gap_literal_at(p, at - 1) : NULL;
    bool line = comment && comment->kind == RWG__LITERAL_COMMENT &&
                p->text.ptr[comment->span.start + 1] != '*';
    if (line && at - 1 >= comment->span.start + 2) {
        rwg__gap_put(p, at - 1, '\n');
        return true;
    }
    return !line;
}

/* decorator-expression: @(a["b"]) class C {}. It becomes a call, ` @(...)` -> `@_(...)`. */
static bool decorator_expression(rwg__patcher *p, uint32_t i) {
    uint32_t open = rwg__gap_skip_space(p, i + 1);
    uint32_t close = rwg__gap_byte(p, open) == '(' ? rwg__gap_close_of(p, open) : 0;
    char before = i > 0 ? p->seen[i - 1] : 0;
    if (close == 0 || open != i + 1 || !rwg__is_space(before) ||
        (p->typescript && is_plain(p, open, close)) ||
        (before == '\n' && !free_line_end(p, i - 1))) {
        return false;
    }
    rwg__gap_put(p, i - 1, '@');
    rwg__gap_put(p, i, '_');
    return true;
}

/* decorator-private: @C.#a, which becomes C._a
 * decorator-types: @a<T> class C {} */
static bool decorator_chain(rwg__patcher *p, uint32_t i) {
    bool patched = false;
    i = rwg__gap_name_end(p, i + 1);
    while (rwg__gap_byte(p, i) == '.') {
        bool is_private = rwg__gap_byte(p, i + 1) == '#';
        if (is_private) {
            rwg__gap_put(p, i + 1, '_');
            patched = true;
        }
        i = rwg__gap_name_end(p, i + 1);
    }
    uint32_t close = p->typescript && rwg__gap_byte(p, i) == '<' ? rwg__gap_close_of(p, i) : 0;
    if (close != 0 && rwg__gap_byte(p, rwg__gap_skip_space(p, close)) != '(' &&
        !rwg__gap_has_facts(p, i, close)) {
        rwg__gap_hide_type(p, i, close);
        patched = true;
    }
    return patched;
}

bool rwg__gap_decorator(rwg__patcher *p, uint32_t i) {
    return decorator_expression(p, i) || decorator_chain(p, i);
}
