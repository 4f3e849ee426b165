/* Selectors, and what a class is composed of.
 *
 * Names are local unless :global says otherwise. `:global(.a)` holds for what is between its
 * brackets, `:global .a` up to the comma, `:global { … }` for the rules inside. */
#include "base/str.h"
#include "style/names.h"
#include "style/style_pass.h"

/* --- composes --- */

static void
compose(rwb__pass *p, const rwb__block *b, uint32_t i, rwg_str name, bool global, rwg_str from) {
    uint32_t *known = rwg__strmap_find(&p->style->by_name, name);
    if (!global && from.len == 0 && !known) {
        rwb__pass_complain(p, i, "composes names a class that the rules above do not have");
        return;
    }
    bool fits = true;
    for (uint32_t k = b->owners; fits && k < p->owners.len; k++) {
        fits = global || from.len > 0
                   ? rwb__style_part_add(p->style, p->owners.ptr[k], name, from)
                   : rwb__style_parts_copy(p->style, *known - 1, p->owners.ptr[k]);
    }
    if (!fits) {
        rwb__pass_complain(p, i, "composes makes too many names");
    }
}

void rwb__pass_read_composes(rwb__pass *p, uint32_t start, uint32_t end) {
    const rwb__block *b = p->blocks.len > 0 ? &p->blocks.ptr[p->blocks.len - 1] : NULL;
    if (!b || !b->simple) {
        rwb__pass_complain(p, start, "composes works in rules whose selector is a single class");
        return;
    }
    rwg_str from = {NULL, 0};
    bool global = false;
    uint32_t names_end = end;
    for (uint32_t i = start; i < end; i++) {
        uint32_t source = rwb__pass_skip(p, i + 1, end);
        if (rwb__pass_is(p, i, RWB__STYLE_IDENT) && rwb__style_is(rwb__pass_text(p, i), "from") &&
            source < end) {
            global = rwb__style_is(rwb__pass_text(p, source), "global");
            if (!global && !rwb__pass_is(p, source, RWB__STYLE_STRING)) {
                continue; /* a class called "from" */
            }
            from = global ? from : rwb__pass_unescape(p, rwb__pass_text(p, source));
            names_end = i;
            break;
        }
    }
    bool bare = false;
    for (uint32_t i = start; i < names_end; i++) {
        if (rwb__pass_is(p, i, RWB__STYLE_IDENT)) {
            rwg_str name = rwb__pass_unescape(p, rwb__pass_text(p, i));
            compose(p, b, i, name, global || bare, bare ? (rwg_str){NULL, 0} : from);
        } else if (rwb__pass_is(p, i, RWB__STYLE_FUNCTION)) {
            bare = rwb__style_is(rwb__pass_text(p, i), "global(");
        } else if (rwb__pass_is_char(p, i, ')')) {
            bare = false;
        }
    }
}

/* --- selectors --- */

typedef struct selector {
    bool initial; /* global at the start of each */
    bool global;
    uint32_t classes; /* of this one */
    bool other;       /* it has more than classes */
    bool simple;      /* every one so far is one class */
} selector;

static void end_selector(selector *s) {
    s->simple = s->simple && s->classes == 1 && !s->other;
    s->classes = 0;
    s->other = false;
    s->global = s->initial;
}

/* A class may be written as the name of a value, if the value is a name. */
static rwg_str class_at(const rwb__pass *p, uint32_t i) {
    const rwg_str *value = rwb__pass_value_of(p, i);
    for (uint32_t k = 0; value && k < value->len; k++) {
        if (!rwb__style_is_name(value->ptr[k])) {
            value = NULL;
        }
    }
    return value && value->len > 0 ? *value : rwb__pass_text(p, i);
}

static void write_local(rwb__pass *p, selector *s, rwg_str raw, bool is_class) {
    rwg_str name = rwb__pass_unescape(p, raw);
    rwb__pass_write(p, rwb__style_local(p->style, p->scope, name));
    if (is_class) {
        s->classes++;
        *rwg__vec_push(&p->owners, p->mem) = rwb__style_name_put(p->style, name);
    } else {
        s->other = true;
    }
}

static void trim_written(rwb__pass *p) {
    rwg__buf *css = &p->style->css;
    while (css->bytes.len > 0 && strchr(" \t\n\r\f", css->bytes.ptr[css->bytes.len - 1])) {
        css->bytes.len--;
    }
}

/* At ":". Gives the token behind what was read, or the same when it is no :global or :local. */
static uint32_t read_scope(rwb__pass *p, selector *s, uint32_t i, uint32_t start, uint32_t end) {
    if (i + 1 >= end) {
        return i;
    }
    rwg_str word = rwb__pass_text(p, i + 1);
    if (rwb__style_is(word, "global(") || rwb__style_is(word, "local(")) {
        *rwg__vec_push(&p->brackets, p->mem) = (rwb__bracket){s->global, s->global, true};
        s->global = rwb__style_is(word, "global(");
        p->brackets.ptr[p->brackets.len - 1].inside = s->global;
        return rwb__pass_skip(p, i + 2, end);
    }
    if (!rwb__pass_is(p, i + 1, RWB__STYLE_IDENT) ||
        !(rwb__style_is(word, "global") || rwb__style_is(word, "local"))) {
        return i;
    }
    s->global = rwb__style_is(word, "global");
    bool apart = i == start || rwb__pass_is_blank(p, i - 1) || rwb__pass_is_char(p, i - 1, ',') ||
                 rwb__pass_is_char(p, i - 1, '(') || rwb__pass_is(p, i - 1, RWB__STYLE_FUNCTION);
    return apart ? rwb__pass_skip(p, i + 2, end) : i + 2;
}

static void close_bracket(rwb__pass *p, selector *s, uint32_t i) {
    if (p->brackets.len == 0) {
        rwb__pass_copy(p, i);
        return;
    }
    rwb__bracket b = p->brackets.ptr[--p->brackets.len];
    s->global = b.global;
    if (b.drop) {
        trim_written(p);
    } else {
        rwb__pass_copy(p, i);
    }
}

bool rwb__pass_write_selector(rwb__pass *p, uint32_t start, uint32_t end, bool global) {
    selector s = {.initial = global, .global = global, .simple = true};
    p->brackets.len = 0;
    uint32_t square = 0;
    for (uint32_t i = start; i < end; i++) {
        if (rwb__pass_is_char(p, i, ':') && square == 0) {
            uint32_t next = read_scope(p, &s, i, start, end);
            if (next != i) {
                i = next - 1;
                continue;
            }
        }
        if (square > 0 || rwb__pass_is_char(p, i, '[')) {
            square += rwb__pass_is_char(p, i, '[');
            square -= rwb__pass_is_char(p, i, ']');
            s.other = true;
            rwb__pass_copy(p, i);
        } else if (rwb__pass_is_char(p, i, '.') && rwb__pass_is(p, i + 1, RWB__STYLE_IDENT) && i + 1 < end) {
            rwb__pass_copy(p, i++);
            if (s.global) {
                s.other = true;
                rwb__pass_copy(p, i);
            } else {
                write_local(p, &s, class_at(p, i), true);
            }
        } else if (rwb__pass_is(p, i, RWB__STYLE_HASH) && rwb__pass_token(p, i)->id && !s.global) {
            rwb__pass_write(p, RWG_STR("#"));
            write_local(p, &s, rwg__str_from(rwb__pass_text(p, i), 1), false);
        } else if (rwb__pass_is(p, i, RWB__STYLE_FUNCTION) || rwb__pass_is_char(p, i, '(')) {
            *rwg__vec_push(&p->brackets, p->mem) = (rwb__bracket){s.global, s.global, false};
            s.other = true;
            rwb__pass_copy(p, i);
        } else if (rwb__pass_is_char(p, i, ')')) {
            close_bracket(p, &s, i);
        } else if (rwb__pass_is_char(p, i, ',')) {
            rwb__pass_copy(p, i);
            if (p->brackets.len == 0) {
                end_selector(&s);
            } else {
                s.global = p->brackets.ptr[p->brackets.len - 1].inside;
            }
        } else {
            s.other |= !rwb__pass_is_blank(p, i);
            rwb__pass_copy(p, i);
        }
    }
    end_selector(&s);
    return s.simple;
}

void rwb__pass_write_keyframes(rwb__pass *p, uint32_t start, uint32_t end, bool global) {
    for (uint32_t i = start; i < end; i++) {
        if (rwb__pass_is_char(p, i, ':') && i + 1 < end &&
            (rwb__style_is(rwb__pass_text(p, i + 1), "global(") ||
             rwb__style_is(rwb__pass_text(p, i + 1), "local("))) {
            global = rwb__style_is(rwb__pass_text(p, i + 1), "global(");
            i++;
        } else if (rwb__pass_is(p, i, RWB__STYLE_IDENT) || rwb__pass_is(p, i, RWB__STYLE_STRING)) {
            if (global) {
                rwb__pass_copy(p, i);
            } else {
                rwb__pass_write(
                    p,
                    rwb__style_local(
                        p->style, p->scope, rwb__pass_unescape(p, rwb__pass_text(p, i))
                    )
                );
            }
        } else if (!rwb__pass_is_char(p, i, ')')) {
            rwb__pass_copy(p, i);
        }
    }
}
