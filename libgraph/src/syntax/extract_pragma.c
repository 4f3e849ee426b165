/* Comments that say how a file's JSX is compiled: `@jsxImportSource p` and its kin.
 *
 * Which comments count is what oxc does, and a little more than TypeScript takes: those in front of
 * the first statement that is no directive, whether they are lines or blocks. In them `@jsx` stands
 * at the start, behind white space or behind a `*`; its value is the next word of the line. Of
 * several that say the same the last counts.
 *
 * `@jsxImportSource p` is an import, too: the code that is made of the file's JSX imports
 * p/jsx-runtime. It is a row only where the file has JSX, since packages are published with the
 * comments of their sources, and where no comment asks for the classic runtime, which imports
 * nothing. */
#include "base/str.h"
#include "syntax/byte_class.h"
#include "syntax/extract.h"

static const struct {
    const char *name;
    rwg_pragma_kind kind;
} PRAGMAS[] = {
    {"@jsx", RWG_PRAGMA_JSX_FACTORY},
    {"@jsxFrag", RWG_PRAGMA_JSX_FRAGMENT},
    {"@jsxImportSource", RWG_PRAGMA_JSX_IMPORT_SOURCE},
    {"@jsxRuntime", RWG_PRAGMA_JSX_RUNTIME},
};

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

/* The word behind `name` where the comment has that at `at`; empty otherwise. */
static rwg_span word_behind(rwg_str comment, uint32_t at, const char *name) {
    uint32_t i = at + (uint32_t)strlen(name);
    if (!rwg__str_starts(rwg__str_from(comment, at), rwg__str_c(name)) || i >= comment.len ||
        !is_blank(comment.ptr[i])) {
        return (rwg_span){0, 0};
    }
    while (i < comment.len && is_blank(comment.ptr[i])) {
        i++;
    }
    uint32_t start = i;
    while (i < comment.len && !rwg__is_space(comment.ptr[i])) {
        i++;
    }
    return (rwg_span){start, i};
}

/* Factories are written into the code as they are: what is no name, or names joined by dots, must
 * not get there. Letters beyond ASCII are not taken: which of them may be in a name is a long
 * table, and some of the bytes are no letters at all. */
static bool is_dotted_name(rwg_str text) {
    bool first = true;
    for (uint32_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool dot = c == '.';
        bool fits = first ? rwg__is_name_start(c) : dot || rwg__is_name_byte(c);
        if (!fits || (unsigned char)c >= 0x80) {
            return false;
        }
        first = dot;
    }
    return !first;
}

static bool is_value_of(rwg_pragma_kind kind, rwg_str value) {
    switch (kind) {
    case RWG_PRAGMA_JSX_RUNTIME:
        return rwg__str_eq_c(value, "automatic") || rwg__str_eq_c(value, "classic");
    case RWG_PRAGMA_JSX_FACTORY:
    case RWG_PRAGMA_JSX_FRAGMENT: return is_dotted_name(value);
    case RWG_PRAGMA_JSX_IMPORT_SOURCE: return value.len > 0;
    case RWG_PRAGMA_KIND_COUNT: break;
    }
    return false;
}

/* Where to go on: behind the value, which is none of the next. */
static uint32_t read_at(rwg__extract *x, rwg_str comment, uint32_t at, uint32_t offset) {
    uint32_t end = at + 1;
    for (size_t i = 0; i < sizeof PRAGMAS / sizeof PRAGMAS[0]; i++) {
        rwg_span word = word_behind(comment, at, PRAGMAS[i].name);
        rwg_pragma_kind kind = PRAGMAS[i].kind;
        if (is_value_of(kind, rwg__str_sub(comment, word.start, word.end))) {
            x->pragmas[kind] = (rwg_span){offset + word.start, offset + word.end};
        }
        end = word.end > end ? word.end : end;
    }
    return end;
}

void rwg__extract_pragmas(rwg__extract *x, TSNode node) {
    rwg_str comment = rwg__extract_text(x, node);
    uint32_t end = comment.len;
    if (end >= 4 && comment.ptr[1] == '*') {
        end -= 2; /* the end of a block is no part of a value */
    }
    comment = rwg__str_sub(comment, 0, end);
    for (uint32_t i = 2; i < comment.len;) {
        char before = comment.ptr[i - 1];
        bool starts = comment.ptr[i] == '@' && (i == 2 || before == '*' || rwg__is_space(before));
        i = starts ? read_at(x, comment, i, ts_node_start_byte(node)) : i + 1;
    }
}

static rwg_str value_of(const rwg__extract *x, rwg_pragma_kind kind) {
    return rwg__str_sub(x->in.text, x->pragmas[kind].start, x->pragmas[kind].end);
}

/* p/jsx-runtime, for @jsxImportSource p. */
static void add_import(rwg__extract *x) {
    rwg_str source = value_of(x, RWG_PRAGMA_JSX_IMPORT_SOURCE);
    if (source.len == 0 || !rwg__extract_has_jsx(x) ||
        rwg__str_eq_c(value_of(x, RWG_PRAGMA_JSX_RUNTIME), "classic")) {
        return;
    }
    rwg__buf_clear(&x->cooked);
    rwg__buf_add(&x->cooked, source);
    rwg__buf_add(&x->cooked, RWG_STR("/jsx-runtime"));
    rwg_span literal = x->pragmas[RWG_PRAGMA_JSX_IMPORT_SOURCE];
    (void)rwg__extract_add_import(x, RWG_IMPORT_JSX, literal, rwg__buf_str(&x->cooked), 0);
}

void rwg__extract_add_pragmas(rwg__extract *x) {
    for (uint32_t kind = 0; kind < RWG_PRAGMA_KIND_COUNT; kind++) {
        rwg_str value = value_of(x, (rwg_pragma_kind)kind);
        if (value.len > 0) {
            rwg_ref ref = rwg__record_str(x->out, value);
            rwg_span span = rwg__extract_place(x, x->pragmas[kind]);
            *rwg__record_pragma(x->out) = (rwg_pragma){kind, ref, span};
        }
    }
    add_import(x);
}
