/* Pragmas: comments by which one file chooses how its JSX is compiled. */
#include "transform/jsx.h"

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The word behind `name` where the comment has that at `at`; "" otherwise. */
static rwg_str word_behind(rwg_str comment, uint32_t at, const char *name) {
    rwg_str rest = rwg__str_from(comment, at);
    rwg_str word = rwg__str_c(name);
    uint32_t i = word.len;
    if (!rwg__str_starts(rest, word) || i >= rest.len || !is_blank(rest.ptr[i])) {
        return (rwg_str){NULL, 0};
    }
    while (i < rest.len && is_blank(rest.ptr[i])) {
        i++;
    }
    uint32_t start = i;
    while (i < rest.len && !is_blank(rest.ptr[i]) &&
           !rwg__str_starts(rwg__str_from(rest, i), RWG_STR("*/"))) {
        i++;
    }
    return rwg__str_sub(rest, start, i);
}

static bool is_name_byte(char c, bool first) {
    unsigned char lower = (unsigned char)c | 0x20;
    bool starts = (lower >= 'a' && lower <= 'z') || c == '_' || c == '$';
    return starts || (!first && c >= '0' && c <= '9');
}

/* Factories are written into the code as they are: what is no name, or names joined by dots, must
 * not get there. Letters beyond ASCII are not taken: which of them may be in a name is a long
 * table, and some of the bytes are no letters at all. */
static bool is_dotted_name(rwg_str text) {
    bool first = true;
    for (uint32_t i = 0; i < text.len; i++) {
        bool dot = text.ptr[i] == '.';
        if (dot ? first : !is_name_byte(text.ptr[i], first)) {
            return false;
        }
        first = dot;
    }
    return !first;
}

static void read_comment(rwb__jsx_settings *settings, rwg_str comment, bool *names_runtime) {
    for (uint32_t i = 0; i < comment.len; i++) {
        if (comment.ptr[i] != '@') {
            continue;
        }
        rwg_str factory = word_behind(comment, i, "@jsx");
        rwg_str fragment = word_behind(comment, i, "@jsxFrag");
        rwg_str runtime = word_behind(comment, i, "@jsxRuntime");
        rwg_str source = word_behind(comment, i, "@jsxImportSource");
        settings->factory = is_dotted_name(factory) ? factory : settings->factory;
        settings->fragment = is_dotted_name(fragment) ? fragment : settings->fragment;
        if (rwg__str_eq_c(runtime, "automatic") || rwg__str_eq_c(runtime, "classic")) {
            settings->runtime = runtime.ptr[0] == 'a' ? RWB_JSX_AUTOMATIC : RWB_JSX_CLASSIC;
            *names_runtime = true;
        }
        if (source.len > 0) {
            settings->source = source;
            if (!*names_runtime) {
                settings->runtime = RWB_JSX_AUTOMATIC; /* the classic runtime imports nothing */
            }
        }
    }
}

rwb__jsx_settings rwb__jsx_settings_of(const rwb__unit *u) {
    const rwb_transform_options *options = u->options;
    rwb__jsx_settings settings = {
        .runtime = options->jsx,
        .source =
            options->jsx_import_source.len > 0 ? options->jsx_import_source : RWG_STR("react"),
        .factory =
            options->jsx_factory.len > 0 ? options->jsx_factory : RWG_STR("React.createElement"),
        .fragment =
            options->jsx_fragment.len > 0 ? options->jsx_fragment : RWG_STR("React.Fragment"),
    };
    bool names_runtime = false;
    for (uint32_t i = 1; i < u->node_count && settings.runtime != RWB_JSX_PRESERVE; i++) {
        if (rwb__kind(u, i) == RWG_SYNTAX_COMMENT) {
            read_comment(&settings, rwb__text(u, i), &names_runtime);
        }
    }
    return settings;
}
