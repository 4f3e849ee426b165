/* Diagnostics for people: the head line, the source line with a caret, the fix.
 *
 *     src/a.ts:3:15: error[file-not-found]: "./b" does not exist
 *       3 | import b from "./b";
 *         |               ^^^^^
 *       help: create ./b.ts
 *
 * Lines end where ECMAScript ends them. A long line (minified code) is shown only around the span.
 * Control bytes of the file never reach the terminal. */
#include <rwgraph/diag.h>

#include "base/str.h"

/* Bytes of a source line shown before and behind the span. */
#define CONTEXT      80u
#define NUMBER_WIDTH 5

const char *rwg_diag_code_name(rwg_diag_code code) {
    switch (code) {
#define X(name, text)                                                                              \
    case RWG_DIAG_##name: return text;
        RWG_DIAG_MAP(X)
#undef X
    case RWG_DIAG_COUNT: break;
    }
    return "unknown";
}

typedef struct colors {
    const char *bold;
    const char *severity;
    const char *dim;
    const char *off;
} colors;

static colors pick_colors(rwg_severity severity, bool color) {
    if (!color) {
        return (colors){"", "", "", ""};
    }
    const char *tone = severity == RWG_SEVERITY_ERROR     ? "\x1b[1;31m"
                       : severity == RWG_SEVERITY_WARNING ? "\x1b[1;33m"
                                                          : "\x1b[1;36m";
    return (colors){"\x1b[1m", tone, "\x1b[2m", "\x1b[0m"};
}

static const char *severity_word(rwg_severity severity) {
    switch (severity) {
    case RWG_SEVERITY_ERROR: return "error";
    case RWG_SEVERITY_WARNING: return "warning";
    case RWG_SEVERITY_NOTE: break;
    }
    return "note";
}

/* Length of the line terminator at `at`, 0 when there is none. */
static uint32_t terminator(rwg_str text, uint32_t at) {
    unsigned char c = (unsigned char)text.ptr[at];
    if (c == '\n') {
        return 1;
    }
    if (c == '\r') {
        return at + 1 < text.len && text.ptr[at + 1] == '\n' ? 2 : 1;
    }
    bool separator = c == 0xE2 && at + 2 < text.len && (unsigned char)text.ptr[at + 1] == 0x80 &&
                     ((unsigned char)text.ptr[at + 2] & 0xFE) == 0xA8;
    return separator ? 3 : 0;
}

typedef struct place {
    uint32_t line;   /* 1-based */
    uint32_t column; /* 1-based, characters */
    uint32_t start;  /* of the line */
    uint32_t end;
} place;

static bool starts_character(char c) {
    return ((unsigned char)c & 0xC0) != 0x80;
}

static place find_place(rwg_str text, uint32_t offset) {
    place at = {.line = 1, .column = 1};
    if (offset > text.len) {
        offset = text.len;
    }
    for (uint32_t i = 0; i < offset;) {
        uint32_t end = terminator(text, i);
        if (end && i + end <= offset) {
            at.line++;
            at.start = i + end;
        }
        i += end ? end : 1;
    }
    for (uint32_t i = at.start; i < offset; i++) {
        at.column += starts_character(text.ptr[i]);
    }
    at.end = at.start;
    while (at.end < text.len && !terminator(text, at.end)) {
        at.end++;
    }
    return at;
}

static void write_visible(rwg_sink *sink, rwg_str text) {
    uint32_t from = 0;
    for (uint32_t i = 0; i <= text.len; i++) {
        bool hidden = i < text.len && (unsigned char)text.ptr[i] < 0x20 && text.ptr[i] != '\t';
        if (i == text.len || hidden) {
            rwg_sink_write(sink, rwg__str_sub(text, from, i));
            rwg_sink_cstr(sink, hidden ? "?" : "");
            from = i + 1;
        }
    }
}

static void
write_frame(const rwg_diag *diag, rwg_str text, const place *at, const colors *c, rwg_sink *sink) {
    uint32_t start = diag->span.start < at->end ? diag->span.start : at->end;
    uint32_t end = diag->span.end < at->end ? diag->span.end : at->end;
    uint32_t from = start - at->start > CONTEXT ? start - CONTEXT : at->start;
    uint32_t limit = (end > start ? end : start) + CONTEXT;
    uint32_t to = at->end < limit ? at->end : limit;
    if (end > start + CONTEXT) {
        end = start + CONTEXT;
        to = end;
    }
    while (from < start && !starts_character(text.ptr[from])) {
        from++;
    }
    while (to > end && to < at->end && !starts_character(text.ptr[to])) {
        to--;
    }
    rwg_sink_printf(sink, "%s%*u |%s ", c->dim, NUMBER_WIDTH, at->line, c->off);
    write_visible(sink, rwg__str_sub(text, from, to));
    rwg_sink_printf(sink, "\n%s%*s |%s ", c->dim, NUMBER_WIDTH, "", c->off);
    for (uint32_t i = from; i < start; i++) {
        if (starts_character(text.ptr[i])) {
            rwg_sink_cstr(sink, text.ptr[i] == '\t' ? "\t" : " ");
        }
    }
    rwg_sink_cstr(sink, c->severity);
    rwg_sink_cstr(sink, "^");
    for (uint32_t i = start + 1; i < end; i++) {
        rwg_sink_cstr(sink, starts_character(text.ptr[i]) ? "^" : "");
    }
    rwg_sink_printf(sink, "%s\n", c->off);
}

void rwg_diag_render(const rwg_diag *diag, rwg_str text, bool color, rwg_sink *sink) {
    colors c = pick_colors(diag->severity, color);
    bool framed = text.ptr && diag->span.end > 0;
    place at = {.line = diag->line};
    if (framed) {
        at = find_place(text, diag->span.start);
    }
    rwg_sink_cstr(sink, c.bold);
    if (diag->path.len) {
        write_visible(sink, diag->path);
        if (at.line) {
            rwg_sink_printf(sink, ":%u", at.line);
        }
        if (framed) {
            rwg_sink_printf(sink, ":%u", at.column);
        }
        rwg_sink_cstr(sink, ": ");
    }
    const char *word = severity_word(diag->severity);
    const char *code = rwg_diag_code_name(diag->code);
    rwg_sink_printf(sink, "%s%s%s[%s]%s: ", c.off, c.severity, word, code, c.off);
    write_visible(sink, diag->message);
    if (diag->env.len) {
        rwg_sink_cstr(sink, " (in ");
        rwg_sink_write(sink, diag->env);
        rwg_sink_cstr(sink, ")");
    }
    rwg_sink_cstr(sink, "\n");
    if (framed) {
        write_frame(diag, text, &at, &c, sink);
    }
    if (diag->fix.len) {
        rwg_sink_printf(sink, "%*s %shelp%s: ", NUMBER_WIDTH, "", c.bold, c.off);
        write_visible(sink, diag->fix);
        rwg_sink_cstr(sink, "\n");
    }
}
