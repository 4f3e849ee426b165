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

static bool rewrite(rwb__pass *p, rwg_str raw, rwg_str *address) {
    rwg_str specifier = rwb__pass_unescape(p, raw);
    return p->hooks && p->hooks->url && !is_whole(specifier) &&
           p->hooks->url(p->hooks->payload, specifier, address);
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

const rwg_str *rwb__pass_value_of(const rwb__pass *p, uint32_t i) {
    const uint32_t *at = rwb__pass_is(p, i, RWB__STYLE_IDENT)
                             ? rwg__strmap_find(&p->values, rwb__pass_text(p, i))
                             : NULL;
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

/* `@value a: 1px, b: 2px` is one value; `@value a, b from "./c"` would need that file's text. */
void rwb__pass_read_value(rwb__pass *p, uint32_t start, uint32_t end) {
    uint32_t name = rwb__pass_skip(p, start + 1, end);
    uint32_t colon = rwb__pass_skip(p, name + 1, end);
    if (name >= end || !rwb__pass_is(p, name, RWB__STYLE_IDENT) || colon >= end) {
        rwb__pass_complain(p, start, "@value takes a name and what it stands for");
        return;
    }
    if (!rwb__pass_is_char(p, colon, ':')) {
        bool spaced = colon > name + 1 && !rwb__pass_is_char(p, colon, ',') &&
                      !rwb__style_is(rwb__pass_text(p, colon), "from");
        if (!spaced) {
            rwb__pass_complain(
                p, start, "@value … from another file is not supported: write the value here"
            );
            return;
        }
        colon--;
    }
    uint32_t from = rwb__pass_skip(p, colon + 1, end);
    rwg__buf outer = p->style->css;
    rwg__buf_init(&p->style->css, p->mem);
    rwb__pass_write_value(p, from, rwb__pass_trim(p, from, end));
    rwg_str value = rwg__arena_str(&p->style->arena, rwg__buf_str(&p->style->css));
    rwg__buf_deinit(&p->style->css);
    p->style->css = outer;
    rwg_str key = rwg__arena_str(&p->style->arena, rwb__pass_text(p, name));
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

void rwb__pass_write_animation(rwb__pass *p, uint32_t start, uint32_t end) {
    uint32_t depth = 0;
    for (uint32_t i = start; i < end; i++) {
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
        bool name = depth == 0 && rwb__pass_is(p, i, RWB__STYLE_IDENT) &&
                    !rwb__pass_value_of(p, i) && !is_animation_word(rwb__pass_text(p, i)) &&
                    !rwg__str_starts(rwb__pass_text(p, i), RWG_STR("--"));
        if (name) {
            rwb__pass_write(
                p, rwb__style_local(p->style, p->scope, rwb__pass_unescape(p, rwb__pass_text(p, i)))
            );
        } else {
            rwb__pass_write_value(p, i, i + 1);
        }
    }
}
