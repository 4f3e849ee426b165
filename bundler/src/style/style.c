/* One pass over the tokens. Blocks are kept on a stack; a statement's end is looked up before it is
 * read, which tells a nested rule from a declaration: a "{" comes before the ";".
 *
 * In selectors, names are local unless :global says otherwise. `:global(.a)` holds for what is
 * between its brackets, `:global .a` up to the comma, `:global { … }` for the rules inside. */
#include "style/style.h"

#include "base/str.h"
#include "style/lexer.h"
#include "style/names.h"

typedef enum block_kind {
    BLOCK_RULES,
    BLOCK_KEYFRAMES, /* its selectors are percentages */
} block_kind;

typedef struct block {
    block_kind kind;
    bool global;     /* names in it are not local */
    bool unwrapped;  /* its brackets are not written: `:global { }` */
    bool simple;     /* each selector is one local class: composes may stand here */
    uint32_t owners; /* where its classes begin in pass.owners: its rule's, inside an at-rule */
    uint32_t kept;   /* how many classes there are outside of it */
} block;

typedef struct bracket {
    bool global; /* outside of it */
    bool inside; /* at its start */
    bool drop;   /* of :global() or :local() */
} bracket;

typedef struct pass {
    rwb__style *style;
    rwg__mem *mem;
    rwg_str text;
    rwg_str scope; /* "" = no module */
    const rwb__style_hooks *hooks;
    rwb__style_tokens tokens;
    uint32_t at;
    RWG_VEC(block) blocks;
    RWG_VEC(uint32_t) owners; /* names of the classes of the open rules */
    RWG_VEC(bracket) brackets;
    rwg__strmap values; /* @value: name -> 1 + index into texts */
    RWG_VEC(rwg_str) texts;
    rwg__buf scratch;
} pass;

/* --- tokens --- */

static const rwb__style_token *token_at(const pass *p, uint32_t i) {
    return &p->tokens.ptr[i];
}

static rwg_str text_of(const pass *p, uint32_t i) {
    return rwg__str_sub(p->text, token_at(p, i)->start, token_at(p, i)->end);
}

static bool is_kind(const pass *p, uint32_t i, rwb__style_kind kind) {
    return i < p->tokens.len && token_at(p, i)->kind == kind;
}

static bool is_char(const pass *p, uint32_t i, char c) {
    return i < p->tokens.len && token_at(p, i)->end - token_at(p, i)->start == 1 &&
           p->text.ptr[token_at(p, i)->start] == c;
}

static bool is_blank(const pass *p, uint32_t i) {
    return is_kind(p, i, RWB__STYLE_SPACE) || is_kind(p, i, RWB__STYLE_COMMENT);
}

static uint32_t skip_blank(const pass *p, uint32_t i, uint32_t end) {
    while (i < end && is_blank(p, i)) {
        i++;
    }
    return i;
}

/* [start, end) without blanks at its end. */
static uint32_t trim_end(const pass *p, uint32_t start, uint32_t end) {
    while (end > start && is_blank(p, end - 1)) {
        end--;
    }
    return end;
}

static rwg_str range(const pass *p, uint32_t start, uint32_t end) {
    return start < end ? rwg__str_sub(p->text, token_at(p, start)->start, token_at(p, end - 1)->end)
                       : (rwg_str){NULL, 0};
}

static rwg_str unescaped(pass *p, rwg_str raw) {
    rwg__buf_clear(&p->scratch);
    rwb__style_unescape(raw, &p->scratch);
    return rwg__arena_str(&p->style->arena, rwg__buf_str(&p->scratch));
}

static void write(pass *p, rwg_str text) {
    rwg__buf_add(&p->style->css, text);
}

static void copy(pass *p, uint32_t i) {
    write(p, text_of(p, i));
}

/* What is dropped leaves its line ends, so that the lines below stay where they are. */
static void drop(pass *p, uint32_t start, uint32_t end) {
    rwg_str text = range(p, start, end);
    for (uint32_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\n') {
            rwg__buf_char(&p->style->css, '\n');
        }
    }
}

static void complain(pass *p, uint32_t i, const char *message) {
    if (p->style->problem.bytes.len > 0) {
        return;
    }
    uint32_t line = 1;
    for (uint32_t k = 0; i < p->tokens.len && k < token_at(p, i)->start; k++) {
        line += p->text.ptr[k] == '\n';
    }
    rwg__buf_printf(&p->style->problem, "line %u: %s", line, message);
}

/* The next ";", "{" or "}" that is not in brackets. In a custom property's value, "{" is one. */
static uint32_t find_end(const pass *p, uint32_t i, bool braces) {
    uint32_t depth = 0;
    for (; i < p->tokens.len; i++) {
        bool open = is_kind(p, i, RWB__STYLE_FUNCTION) || is_kind(p, i, RWB__STYLE_OPEN);
        if (depth == 0 &&
            (is_char(p, i, ';') || is_char(p, i, '}') || (!braces && is_char(p, i, '{')))) {
            return i;
        }
        if (open) {
            depth++;
        } else if (is_kind(p, i, RWB__STYLE_CLOSE) && depth > 0) {
            depth--;
        }
    }
    return i;
}

/* --- addresses --- */

/* "data:…", "https://…", "//host", "#id", "": nothing of ours. */
static bool is_whole(rwg_str specifier) {
    if (specifier.len == 0 || specifier.ptr[0] == '#' ||
        rwg__str_starts(specifier, RWG_STR("//"))) {
        return true;
    }
    for (uint32_t i = 0; i < specifier.len; i++) {
        char c = specifier.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool later = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
        if (c == ':') {
            return i > 1; /* one letter is a drive */
        }
        if (!letter && !(i > 0 && later)) {
            return false;
        }
    }
    return false;
}

static bool rewrite(pass *p, rwg_str raw, rwg_str *address) {
    rwg_str specifier = unescaped(p, raw);
    return p->hooks && p->hooks->url && !is_whole(specifier) &&
           p->hooks->url(p->hooks->payload, specifier, address);
}

static void write_url(pass *p, uint32_t i) {
    rwg_str address;
    if (!rewrite(p, rwb__style_url_inside(text_of(p, i)), &address)) {
        copy(p, i);
        return;
    }
    write(p, RWG_STR("url("));
    rwb__style_quote(address, &p->style->css);
    write(p, RWG_STR(")"));
}

static void write_string_url(pass *p, uint32_t i) {
    rwg_str address;
    if (rewrite(p, text_of(p, i), &address)) {
        rwb__style_quote(address, &p->style->css);
    } else {
        copy(p, i);
    }
}

/* --- values --- */

static const rwg_str *value_of(const pass *p, uint32_t i) {
    const uint32_t *at =
        is_kind(p, i, RWB__STYLE_IDENT) ? rwg__strmap_find(&p->values, text_of(p, i)) : NULL;
    return at ? &p->texts.ptr[*at - 1] : NULL;
}

/* Strings directly in url(), src() and image-set() are addresses. */
static void write_value(pass *p, uint32_t start, uint32_t end) {
    uint32_t depth = 0;
    uint32_t addresses = 0; /* the depth at which strings are addresses, 0 = nowhere */
    for (uint32_t i = start; i < end; i++) {
        const rwg_str *value = value_of(p, i);
        if (value) {
            write(p, *value);
        } else if (is_kind(p, i, RWB__STYLE_URL)) {
            write_url(p, i);
        } else if (is_kind(p, i, RWB__STYLE_STRING) && addresses > 0 && depth == addresses) {
            write_string_url(p, i);
        } else {
            copy(p, i);
        }
        if (is_kind(p, i, RWB__STYLE_FUNCTION) || is_kind(p, i, RWB__STYLE_OPEN)) {
            rwg_str name = text_of(p, i);
            depth++;
            if (rwb__style_is(name, "url(") || rwb__style_is(name, "src(") ||
                rwb__style_is(name, "image-set(") || rwb__style_is(name, "-webkit-image-set(")) {
                addresses = depth;
            }
        } else if (is_kind(p, i, RWB__STYLE_CLOSE) && depth > 0) {
            addresses = addresses == depth ? depth - 1 : addresses;
            depth--;
        }
    }
}

/* `@value a: 1px, b: 2px` is one value; `@value a, b from "./c"` would need that file's text. */
static void read_value(pass *p, uint32_t start, uint32_t end) {
    uint32_t name = skip_blank(p, start + 1, end);
    uint32_t colon = skip_blank(p, name + 1, end);
    if (name >= end || !is_kind(p, name, RWB__STYLE_IDENT) || colon >= end) {
        complain(p, start, "@value takes a name and what it stands for");
        return;
    }
    if (!is_char(p, colon, ':')) {
        bool spaced = colon > name + 1 && !is_char(p, colon, ',') &&
                      !rwb__style_is(text_of(p, colon), "from");
        if (!spaced) {
            complain(p, start, "@value … from another file is not supported: write the value here");
            return;
        }
        colon--;
    }
    uint32_t from = skip_blank(p, colon + 1, end);
    rwg__buf outer = p->style->css;
    rwg__buf_init(&p->style->css, p->mem);
    write_value(p, from, trim_end(p, from, end));
    rwg_str value = rwg__arena_str(&p->style->arena, rwg__buf_str(&p->style->css));
    rwg__buf_deinit(&p->style->css);
    p->style->css = outer;
    rwg_str key = rwg__arena_str(&p->style->arena, text_of(p, name));
    *rwg__vec_push(&p->texts, p->mem) = value;
    *rwg__strmap_put(&p->values, key, NULL) = p->texts.len;
    uint32_t exported = rwb__style_name_put(p->style, key);
    p->style->names.ptr[exported].first = 0;
    p->style->names.ptr[exported].last = 0;
    p->style->names.ptr[exported].is_local = false;
    (void)rwb__style_part_add(p->style, exported, value, RWG_STR(""));
}

/* --- animations --- */

/* Words of the `animation` shorthand that name no keyframes, and of every property. */
static bool is_animation_word(rwg_str word) {
    static const char *const WORDS[] = {
        "normal",     "reverse",   "alternate",    "alternate-reverse",
        "forwards",   "backwards", "both",         "infinite",
        "paused",     "running",   "ease",         "ease-in",
        "ease-out",   "linear",    "ease-in-out",  "step-end",
        "step-start", "none",      "initial",      "inherit",
        "unset",      "revert",    "revert-layer", "auto",
    };
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        if (rwb__style_is(word, WORDS[i])) {
            return true;
        }
    }
    return false;
}

static void write_animation(pass *p, uint32_t start, uint32_t end) {
    uint32_t depth = 0;
    for (uint32_t i = start; i < end; i++) {
        if (is_kind(p, i, RWB__STYLE_FUNCTION) && depth == 0 &&
            (rwb__style_is(text_of(p, i), "global(") || rwb__style_is(text_of(p, i), "local("))) {
            uint32_t name = skip_blank(p, i + 1, end);
            bool global = rwb__style_is(text_of(p, i), "global(");
            uint32_t close = skip_blank(p, name + 1, end);
            if (is_kind(p, name, RWB__STYLE_IDENT) && is_char(p, close, ')')) {
                write(
                    p,
                    global ? text_of(p, name)
                           : rwb__style_local(p->style, p->scope, unescaped(p, text_of(p, name)))
                );
                i = close;
                continue;
            }
        }
        depth += is_kind(p, i, RWB__STYLE_FUNCTION) || is_kind(p, i, RWB__STYLE_OPEN);
        depth -= is_kind(p, i, RWB__STYLE_CLOSE) && depth > 0;
        bool name = depth == 0 && is_kind(p, i, RWB__STYLE_IDENT) && !value_of(p, i) &&
                    !is_animation_word(text_of(p, i)) &&
                    !rwg__str_starts(text_of(p, i), RWG_STR("--"));
        if (name) {
            write(p, rwb__style_local(p->style, p->scope, unescaped(p, text_of(p, i))));
        } else {
            write_value(p, i, i + 1);
        }
    }
}

/* --- composes --- */

static void compose(pass *p, const block *b, uint32_t i, rwg_str name, bool global, rwg_str from) {
    uint32_t *known = rwg__strmap_find(&p->style->by_name, name);
    if (!global && from.len == 0 && !known) {
        complain(p, i, "composes names a class that the rules above do not have");
        return;
    }
    bool fits = true;
    for (uint32_t k = b->owners; fits && k < p->owners.len; k++) {
        fits = global || from.len > 0
                   ? rwb__style_part_add(p->style, p->owners.ptr[k], name, from)
                   : rwb__style_parts_copy(p->style, *known - 1, p->owners.ptr[k]);
    }
    if (!fits) {
        complain(p, i, "composes makes too many names");
    }
}

static void read_composes(pass *p, uint32_t start, uint32_t end) {
    const block *b = p->blocks.len > 0 ? &p->blocks.ptr[p->blocks.len - 1] : NULL;
    if (!b || !b->simple) {
        complain(p, start, "composes works in rules whose selector is a single class");
        return;
    }
    rwg_str from = {NULL, 0};
    bool global = false;
    uint32_t names_end = end;
    for (uint32_t i = start; i < end; i++) {
        uint32_t source = skip_blank(p, i + 1, end);
        if (is_kind(p, i, RWB__STYLE_IDENT) && rwb__style_is(text_of(p, i), "from") &&
            source < end) {
            global = rwb__style_is(text_of(p, source), "global");
            if (!global && !is_kind(p, source, RWB__STYLE_STRING)) {
                continue; /* a class called "from" */
            }
            from = global ? from : unescaped(p, text_of(p, source));
            names_end = i;
            break;
        }
    }
    bool bare = false;
    for (uint32_t i = start; i < names_end; i++) {
        if (is_kind(p, i, RWB__STYLE_IDENT)) {
            rwg_str name = unescaped(p, text_of(p, i));
            compose(p, b, i, name, global || bare, bare ? (rwg_str){NULL, 0} : from);
        } else if (is_kind(p, i, RWB__STYLE_FUNCTION)) {
            bare = rwb__style_is(text_of(p, i), "global(");
        } else if (is_char(p, i, ')')) {
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

static void write_local(pass *p, selector *s, rwg_str raw, bool is_class) {
    rwg_str name = unescaped(p, raw);
    write(p, rwb__style_local(p->style, p->scope, name));
    if (is_class) {
        s->classes++;
        *rwg__vec_push(&p->owners, p->mem) = rwb__style_name_put(p->style, name);
    } else {
        s->other = true;
    }
}

static void trim_written(pass *p) {
    rwg__buf *css = &p->style->css;
    while (css->bytes.len > 0 && strchr(" \t\n\r\f", css->bytes.ptr[css->bytes.len - 1])) {
        css->bytes.len--;
    }
}

/* At ":". Gives the token behind what was read, or the same when it is no :global or :local. */
static uint32_t read_scope(pass *p, selector *s, uint32_t i, uint32_t start, uint32_t end) {
    if (i + 1 >= end) {
        return i;
    }
    rwg_str word = text_of(p, i + 1);
    if (rwb__style_is(word, "global(") || rwb__style_is(word, "local(")) {
        *rwg__vec_push(&p->brackets, p->mem) = (bracket){s->global, s->global, true};
        s->global = rwb__style_is(word, "global(");
        p->brackets.ptr[p->brackets.len - 1].inside = s->global;
        return skip_blank(p, i + 2, end);
    }
    if (!is_kind(p, i + 1, RWB__STYLE_IDENT) ||
        !(rwb__style_is(word, "global") || rwb__style_is(word, "local"))) {
        return i;
    }
    s->global = rwb__style_is(word, "global");
    bool apart = i == start || is_blank(p, i - 1) || is_char(p, i - 1, ',') ||
                 is_char(p, i - 1, '(') || is_kind(p, i - 1, RWB__STYLE_FUNCTION);
    return apart ? skip_blank(p, i + 2, end) : i + 2;
}

static void close_bracket(pass *p, selector *s, uint32_t i) {
    if (p->brackets.len == 0) {
        copy(p, i);
        return;
    }
    bracket b = p->brackets.ptr[--p->brackets.len];
    s->global = b.global;
    if (b.drop) {
        trim_written(p);
    } else {
        copy(p, i);
    }
}

static bool write_selector(pass *p, uint32_t start, uint32_t end, bool global) {
    selector s = {.initial = global, .global = global, .simple = true};
    p->brackets.len = 0;
    uint32_t square = 0;
    for (uint32_t i = start; i < end; i++) {
        if (is_char(p, i, ':') && square == 0) {
            uint32_t next = read_scope(p, &s, i, start, end);
            if (next != i) {
                i = next - 1;
                continue;
            }
        }
        if (square > 0 || is_char(p, i, '[')) {
            square += is_char(p, i, '[');
            square -= is_char(p, i, ']');
            s.other = true;
            copy(p, i);
        } else if (is_char(p, i, '.') && is_kind(p, i + 1, RWB__STYLE_IDENT) && i + 1 < end) {
            copy(p, i++);
            if (s.global) {
                s.other = true;
                copy(p, i);
            } else {
                write_local(p, &s, text_of(p, i), true);
            }
        } else if (is_kind(p, i, RWB__STYLE_HASH) && token_at(p, i)->id && !s.global) {
            write(p, RWG_STR("#"));
            write_local(p, &s, rwg__str_from(text_of(p, i), 1), false);
        } else if (is_kind(p, i, RWB__STYLE_FUNCTION) || is_char(p, i, '(')) {
            *rwg__vec_push(&p->brackets, p->mem) = (bracket){s.global, s.global, false};
            s.other = true;
            copy(p, i);
        } else if (is_char(p, i, ')')) {
            close_bracket(p, &s, i);
        } else if (is_char(p, i, ',')) {
            copy(p, i);
            if (p->brackets.len == 0) {
                end_selector(&s);
            } else {
                s.global = p->brackets.ptr[p->brackets.len - 1].inside;
            }
        } else {
            s.other |= !is_blank(p, i);
            copy(p, i);
        }
    }
    end_selector(&s);
    return s.simple;
}

/* --- statements --- */

static void open_block(pass *p, block b) {
    *rwg__vec_push(&p->blocks, p->mem) = b;
}

static void close_block(pass *p) {
    if (p->blocks.len == 0) {
        copy(p, p->at);
        return;
    }
    block b = p->blocks.ptr[--p->blocks.len];
    if (!b.unwrapped) {
        copy(p, p->at);
    }
    p->owners.len = b.kept;
}

/* `:export { name: value; }` */
static void read_export(pass *p, uint32_t brace) {
    uint32_t i = skip_blank(p, brace + 1, p->tokens.len);
    while (i < p->tokens.len && !is_char(p, i, '}')) {
        uint32_t end = find_end(p, i, true);
        uint32_t colon = skip_blank(p, i + 1, end);
        if (is_kind(p, i, RWB__STYLE_IDENT) && is_char(p, colon, ':')) {
            uint32_t from = skip_blank(p, colon + 1, end);
            rwg_str value = range(p, from, trim_end(p, from, end));
            const rwg_str *known = trim_end(p, from, end) == from + 1 ? value_of(p, from) : NULL;
            uint32_t name = rwb__style_name_put(p->style, unescaped(p, text_of(p, i)));
            (void)rwb__style_part_add(p->style, name, known ? *known : value, RWG_STR(""));
        }
        i = skip_blank(p, is_char(p, end, ';') ? end + 1 : end, p->tokens.len);
        if (is_char(p, i, '{')) {
            i++; /* no declaration: not to stay here for ever */
        }
    }
    drop(p, p->at, i < p->tokens.len ? i + 1 : i);
    p->at = i < p->tokens.len ? i + 1 : i;
}

static void read_rule(pass *p, uint32_t start, uint32_t brace) {
    block outer = p->blocks.len > 0 ? p->blocks.ptr[p->blocks.len - 1] : (block){.global = false};
    block b = {.global = outer.global, .owners = p->owners.len, .kept = p->owners.len};
    uint32_t end = trim_end(p, start, brace);
    rwg_str prelude = range(p, start, end);
    if (p->scope.len == 0 || outer.kind == BLOCK_KEYFRAMES) {
        write_value(p, start, brace);
    } else if (rwb__style_is(prelude, ":export")) {
        read_export(p, brace);
        return;
    } else if (rwg__str_starts(prelude, RWG_STR(":import("))) {
        complain(p, start, ":import is not supported: use composes or @value");
    } else if (rwb__style_is(prelude, ":global") || rwb__style_is(prelude, ":local")) {
        b.global = rwb__style_is(prelude, ":global");
        b.unwrapped = true;
    } else {
        b.simple = write_selector(p, start, brace, outer.global);
    }
    if (b.unwrapped) {
        drop(p, start, brace);
    } else {
        copy(p, brace);
    }
    open_block(p, b);
    p->at = brace + 1;
}

static void read_declaration(pass *p, uint32_t start, uint32_t end) {
    uint32_t colon = skip_blank(p, start + 1, end);
    rwg_str name = text_of(p, start);
    bool is_own = p->scope.len > 0 && colon < end && is_char(p, colon, ':');
    if (is_own && (rwb__style_is(name, "composes") || rwb__style_is(name, "compose-with"))) {
        read_composes(p, colon + 1, end);
        p->at = is_char(p, end, ';') ? end + 1 : end;
        drop(p, start, p->at);
        return;
    }
    bool global = p->blocks.len > 0 && p->blocks.ptr[p->blocks.len - 1].global;
    bool animates = rwb__style_is(name, "animation") || rwb__style_is(name, "animation-name") ||
                    rwb__style_is(name, "-webkit-animation") ||
                    rwb__style_is(name, "-webkit-animation-name");
    uint32_t value = start;
    if (colon < end && is_char(p, colon, ':')) {
        while (value <= colon) {
            copy(p, value++); /* a property's name is never a value's */
        }
    }
    if (is_own && animates && !global) {
        write_animation(p, value, end);
    } else {
        write_value(p, value, end);
    }
    p->at = end;
}

/* `@import "a.css" layer(x) print;`: the address, and the conditions behind it. */
static void read_import(pass *p, uint32_t end) {
    uint32_t i = skip_blank(p, p->at + 1, end);
    uint32_t rest = i + 1;
    rwg_str specifier = {NULL, 0};
    if (is_kind(p, i, RWB__STYLE_STRING)) {
        specifier = unescaped(p, text_of(p, i));
    } else if (is_kind(p, i, RWB__STYLE_URL)) {
        specifier = unescaped(p, rwb__style_url_inside(text_of(p, i)));
    } else if (is_kind(p, i, RWB__STYLE_FUNCTION)) {
        uint32_t string = skip_blank(p, i + 1, end);
        if (string < end && is_kind(p, string, RWB__STYLE_STRING)) {
            specifier = unescaped(p, text_of(p, string));
            rest = skip_blank(p, string + 1, end) + 1;
        }
    }
    uint32_t stop = is_char(p, end, ';') ? end + 1 : end;
    rest = skip_blank(p, rest < end ? rest : end, end);
    rwg_str conditions = range(p, rest, trim_end(p, rest, end));
    rwg_str address = specifier;
    if (!p->hooks || !p->hooks->import || specifier.len == 0) {
        write(p, range(p, p->at, stop));
    } else if (p->hooks->import(p->hooks->payload, specifier, conditions, &address)) {
        write(p, RWG_STR("@import "));
        rwb__style_quote(address, &p->style->css);
        write(p, conditions.len > 0 ? RWG_STR(" ") : RWG_STR(""));
        write(p, conditions);
        write(p, RWG_STR(";"));
    } else {
        drop(p, p->at, stop);
    }
    p->at = stop;
}

static void write_keyframes_name(pass *p, uint32_t start, uint32_t end, bool global) {
    for (uint32_t i = start; i < end; i++) {
        if (is_char(p, i, ':') && i + 1 < end &&
            (rwb__style_is(text_of(p, i + 1), "global(") ||
             rwb__style_is(text_of(p, i + 1), "local("))) {
            global = rwb__style_is(text_of(p, i + 1), "global(");
            i++;
        } else if (is_kind(p, i, RWB__STYLE_IDENT) || is_kind(p, i, RWB__STYLE_STRING)) {
            if (global) {
                copy(p, i);
            } else {
                write(p, rwb__style_local(p->style, p->scope, unescaped(p, text_of(p, i))));
            }
        } else if (!is_char(p, i, ')')) {
            copy(p, i);
        }
    }
}

static void read_at_rule(pass *p) {
    rwg_str name = rwg__str_from(text_of(p, p->at), 1);
    uint32_t start = p->at;
    uint32_t end = find_end(p, start + 1, false);
    bool is_block = is_char(p, end, '{');
    bool is_module = p->scope.len > 0;
    if (!is_block &&
        (rwb__style_is(name, "charset") || (is_module && rwb__style_is(name, "value")))) {
        if (!rwb__style_is(name, "charset")) {
            read_value(p, start, end);
        }
        p->at = is_char(p, end, ';') ? end + 1 : end;
        drop(p, start, p->at);
        return;
    }
    if (!is_block && rwb__style_is(name, "import")) {
        read_import(p, end);
        return;
    }
    block outer = p->blocks.len > 0 ? p->blocks.ptr[p->blocks.len - 1] : (block){.global = false};
    block b = {.global = outer.global, .simple = outer.simple, .owners = outer.owners};
    b.kept = p->owners.len;
    copy(p, start);
    if (is_block && rwg__str_ends(name, RWG_STR("keyframes"))) {
        b.kind = BLOCK_KEYFRAMES;
        if (is_module) {
            write_keyframes_name(p, start + 1, end, outer.global);
        } else {
            write_value(p, start + 1, end);
        }
    } else if (is_module && rwb__style_is(name, "scope")) {
        uint32_t kept = p->owners.len;
        (void)write_selector(p, start + 1, end, outer.global);
        p->owners.len = kept;
    } else {
        write_value(p, start + 1, end);
    }
    p->at = end;
    if (is_block) {
        copy(p, end);
        open_block(p, b);
        p->at++;
    }
}

static void read_statement(pass *p) {
    uint32_t start = p->at;
    uint32_t next = skip_blank(p, start + 1, p->tokens.len);
    bool custom = is_kind(p, start, RWB__STYLE_IDENT) && is_char(p, next, ':') &&
                  rwg__str_starts(text_of(p, start), RWG_STR("--"));
    uint32_t end = find_end(p, start, custom);
    if (is_char(p, end, '{')) {
        read_rule(p, start, end);
    } else {
        read_declaration(p, start, end);
    }
}

static void run(pass *p) {
    while (p->at < p->tokens.len) {
        if (is_char(p, p->at, '}')) {
            close_block(p);
            p->at++;
        } else if (is_blank(p, p->at) || is_char(p, p->at, ';')) {
            copy(p, p->at++);
        } else if (is_kind(p, p->at, RWB__STYLE_AT)) {
            read_at_rule(p);
        } else {
            read_statement(p);
        }
    }
}

/* --- --- */

bool rwb__style_is_module(rwg_str path) {
    return rwg__str_ends(path, RWG_STR(".module.css"));
}

void rwb__style_init(
    rwb__style *style, rwg__mem *mem, rwg_str text, rwg_str scope, const rwb__style_hooks *hooks
) {
    *style = (rwb__style){.mem = mem};
    rwg__arena_init(&style->arena, mem);
    rwg__buf_init(&style->css, mem);
    rwg__buf_init(&style->problem, mem);
    rwg__strmap_init(&style->by_name, mem);
    if (rwg__str_starts(text, RWG_STR("\xEF\xBB\xBF"))) {
        text = rwg__str_from(text, 3);
    }
    pass p = {.style = style, .mem = mem, .text = text, .scope = scope, .hooks = hooks};
    rwg__strmap_init(&p.values, mem);
    rwg__buf_init(&p.scratch, mem);
    rwb__style_lex(mem, text, &p.tokens);
    run(&p);
    rwg__vec_free(&p.tokens, mem);
    rwg__vec_free(&p.blocks, mem);
    rwg__vec_free(&p.owners, mem);
    rwg__vec_free(&p.brackets, mem);
    rwg__vec_free(&p.texts, mem);
    rwg__strmap_deinit(&p.values);
    rwg__buf_deinit(&p.scratch);
}

void rwb__style_deinit(rwb__style *style) {
    rwg__buf_deinit(&style->css);
    rwg__buf_deinit(&style->problem);
    rwg__strmap_deinit(&style->by_name);
    rwg__vec_free(&style->names, style->mem);
    rwg__vec_free(&style->parts, style->mem);
    rwg__arena_deinit(&style->arena);
}
