/* Addresses, values and their names, animations. */
#include "base/str.h"
#include "style/names.h"
#include "style/style_pass.h"

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

/* What is behind "#" is a part of the file, wherever that is. */
static bool rewrite(rwb__pass *p, rwg_str raw, rwg_str *address) {
    rwg_str specifier = rwb__pass_unescape(p, raw);
    if (!p->hooks || !p->hooks->url || is_whole(specifier) ||
        !p->hooks->url(p->hooks->payload, specifier, address)) {
        return false;
    }
    rwg_str part = rwg__str_from(specifier, rwg__str_index(specifier, '#'));
    bool has_part = rwg__str_index(*address, '#') < address->len;
    if (part.len > 0 && !has_part) {
        rwg__buf_clear(&p->scratch);
        rwg__buf_add(&p->scratch, *address);
        rwg__buf_add(&p->scratch, part);
        *address = rwg__arena_str(&p->style->arena, rwg__buf_str(&p->scratch));
    }
    return true;
}

static void write_url(rwb__pass *p, uint32_t i) {
    rwg_str address;
    if (!rewrite(p, rwb__style_url_inside(rwb__pass_text(p, i)), &address)) {
        rwb__pass_copy(p, i);
        return;
    }
    rwb__pass_write(p, RWG_STR("url("));
    rwb__style_quote(address, &p->style->css);
    rwb__pass_write(p, RWG_STR(")"));
}

static void write_string_url(rwb__pass *p, uint32_t i) {
    rwg_str address;
    if (rewrite(p, rwb__pass_text(p, i), &address)) {
        rwb__style_quote(address, &p->style->css);
    } else {
        rwb__pass_copy(p, i);
    }
}

/* --- values --- */

/* In plain sheets the names of values are for the modules that take them. */
const rwg_str *rwb__pass_value_of(const rwb__pass *p, uint32_t i) {
    bool is_name = p->scope.len > 0 && rwb__pass_is(p, i, RWB__STYLE_IDENT);
    const uint32_t *at = is_name ? rwg__strmap_find(&p->values, rwb__pass_text(p, i)) : NULL;
    return at ? &p->texts.ptr[*at - 1] : NULL;
}

/* Strings directly in url(), src() and image-set() are addresses. */
void rwb__pass_write_value(rwb__pass *p, uint32_t start, uint32_t end) {
    uint32_t depth = 0;
    uint32_t addresses = 0; /* the depth at which strings are addresses, 0 = nowhere */
    for (uint32_t i = start; i < end; i++) {
        const rwg_str *value = rwb__pass_value_of(p, i);
        if (value) {
            rwb__pass_write(p, *value);
        } else if (rwb__pass_is(p, i, RWB__STYLE_URL)) {
            write_url(p, i);
        } else if (rwb__pass_is(p, i, RWB__STYLE_STRING) && addresses > 0 && depth == addresses) {
            write_string_url(p, i);
        } else {
            rwb__pass_copy(p, i);
        }
        if (rwb__pass_is(p, i, RWB__STYLE_FUNCTION) || rwb__pass_is(p, i, RWB__STYLE_OPEN)) {
            rwg_str name = rwb__pass_text(p, i);
            depth++;
            if (rwb__style_is(name, "url(") || rwb__style_is(name, "src(") ||
                rwb__style_is(name, "image-set(") || rwb__style_is(name, "-webkit-image-set(")) {
                addresses = depth;
            }
        } else if (rwb__pass_is(p, i, RWB__STYLE_CLOSE) && depth > 0) {
            addresses = addresses == depth ? depth - 1 : addresses;
            depth--;
        }
    }
}

/* A name of a value, from here on: what it stands for, and what it exports. */
static void define_value(rwb__pass *p, rwg_str name, rwg_str value, rwb__style_part part) {
    rwg_str key = rwg__arena_str(&p->style->arena, name);
    *rwg__vec_push(&p->texts, p->mem) = rwg__arena_str(&p->style->arena, value);
    *rwg__strmap_put(&p->values, key, NULL) = p->texts.len;
    uint32_t exported = rwb__style_name_put(p->style, key);
    p->style->names.ptr[exported].first = 0;
    p->style->names.ptr[exported].last = 0;
    p->style->names.ptr[exported].is_local = false;
    (void)rwb__style_part_add(p->style, exported, part.text, part.from);
}

/* The `from` in front of the last string of [start, end), or `end`. */
static uint32_t find_from(const rwb__pass *p, uint32_t start, uint32_t end) {
    for (uint32_t i = start; i < end; i++) {
        uint32_t source = rwb__pass_skip(p, i + 1, end);
        if (rwb__pass_is(p, i, RWB__STYLE_IDENT) && rwb__style_is(rwb__pass_text(p, i), "from") &&
            source < end && rwb__pass_is(p, source, RWB__STYLE_STRING)) {
            return i;
        }
    }
    return end;
}

static void import_value(rwb__pass *p, uint32_t at, rwg_str from, rwg_str name, rwg_str alias) {
    rwg_str text;
    if (!p->hooks || !p->hooks->value || !p->hooks->value(p->hooks->payload, from, name, &text)) {
        rwb__pass_complain(p, at, "@value takes a name from a file that is not known");
        return;
    }
    define_value(p, alias, text, (rwb__style_part){.text = name, .from = from});
}

/* `a, b as c from "./d.css"`, `word` being the `from` of it. */
static void import_values(rwb__pass *p, uint32_t start, uint32_t word, uint32_t end) {
    uint32_t source = rwb__pass_skip(p, word + 1, end);
    rwg_str from = rwb__pass_unescape(p, rwb__pass_text(p, source));
    for (uint32_t i = rwb__pass_skip(p, start, word); i < word;) {
        uint32_t as = rwb__pass_skip(p, i + 1, word);
        uint32_t alias = i;
        if (!rwb__pass_is(p, i, RWB__STYLE_IDENT)) {
            rwb__pass_complain(p, i, "@value … from takes names");
            return;
        }
        if (rwb__pass_is(p, as, RWB__STYLE_IDENT) && as < word &&
            rwb__style_is(rwb__pass_text(p, as), "as")) {
            alias = rwb__pass_skip(p, as + 1, word);
            as = rwb__pass_skip(p, alias + 1, word);
        }
        if (alias >= word || !rwb__pass_is(p, alias, RWB__STYLE_IDENT) ||
            (as < word && !rwb__pass_is_char(p, as, ','))) {
            rwb__pass_complain(p, i, "@value … from takes names");
            return;
        }
        import_value(p, i, from, rwb__pass_text(p, i), rwb__pass_text(p, alias));
        i = rwb__pass_skip(p, as < word ? as + 1 : word, word);
    }
}

/* `@value a: 1px, b: 2px` is one value. */
void rwb__pass_read_value(rwb__pass *p, uint32_t start, uint32_t end) {
    uint32_t name = rwb__pass_skip(p, start + 1, end);
    uint32_t colon = rwb__pass_skip(p, name + 1, end);
    if (name >= end || !rwb__pass_is(p, name, RWB__STYLE_IDENT) || colon >= end) {
        rwb__pass_complain(p, start, "@value takes a name and what it stands for");
        return;
    }
    if (!rwb__pass_is_char(p, colon, ':')) {
        uint32_t word = find_from(p, colon, end);
        if (word < end) {
            import_values(p, name, word, end);
            return;
        }
        if (rwb__style_is(rwb__pass_text(p, colon), "from")) {
            rwb__pass_complain(p, start, "@value … from takes the file's name in quotes");
            return;
        }
        if (colon == name + 1 || rwb__pass_is_char(p, colon, ',')) {
            rwb__pass_complain(p, start, "@value takes a name and what it stands for");
            return;
        }
        colon--;
    }
    uint32_t from = rwb__pass_skip(p, colon + 1, end);
    rwg__buf outer = p->style->css;
    rwg__buf_init(&p->style->css, p->mem);
    rwb__pass_write_value(p, from, rwb__pass_trim(p, from, end));
    rwg__buf value = p->style->css;
    p->style->css = outer;
    rwg_str text = rwg__buf_str(&value);
    define_value(p, rwb__pass_text(p, name), text, (rwb__style_part){.text = text});
    rwg__buf_deinit(&value);
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

void rwb__pass_write_animation(rwb__pass *p, uint32_t start, uint32_t end) {
    uint32_t depth = 0;
    for (uint32_t i = start; i < end; i++) {
        if (rwb__pass_is_char(p, i, '!')) {
            rwb__pass_write_value(p, i, end);
            return;
        }
        if (rwb__pass_is(p, i, RWB__STYLE_FUNCTION) && depth == 0 &&
            (rwb__style_is(rwb__pass_text(p, i), "global(") ||
             rwb__style_is(rwb__pass_text(p, i), "local("))) {
            uint32_t name = rwb__pass_skip(p, i + 1, end);
            bool global = rwb__style_is(rwb__pass_text(p, i), "global(");
            uint32_t close = rwb__pass_skip(p, name + 1, end);
            if (rwb__pass_is(p, name, RWB__STYLE_IDENT) && rwb__pass_is_char(p, close, ')')) {
                rwb__pass_write(
                    p,
                    global ? rwb__pass_text(p, name)
                           : rwb__style_local(
                                 p->style, p->scope, rwb__pass_unescape(p, rwb__pass_text(p, name))
                             )
                );
                i = close;
                continue;
            }
        }
        depth += rwb__pass_is(p, i, RWB__STYLE_FUNCTION) || rwb__pass_is(p, i, RWB__STYLE_OPEN);
        depth -= rwb__pass_is(p, i, RWB__STYLE_CLOSE) && depth > 0;
        bool name = rwb__pass_is(p, i, RWB__STYLE_IDENT) && !rwb__pass_value_of(p, i) &&
                    !is_animation_word(rwb__pass_text(p, i)) &&
                    !rwg__str_starts(rwb__pass_text(p, i), RWG_STR("--"));
        if (depth == 0 && (name || rwb__pass_is(p, i, RWB__STYLE_STRING))) {
            rwb__pass_write(
                p, rwb__style_local(p->style, p->scope, rwb__pass_unescape(p, rwb__pass_text(p, i)))
            );
        } else {
            rwb__pass_write_value(p, i, i + 1);
        }
    }
}
