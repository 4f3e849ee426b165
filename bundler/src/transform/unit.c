/* What all passes share: names, problems, children, lines. */
#include "transform/unit.h"

#include <stdarg.h>
#include <stdio.h>

rwg_str rwb__unit_name(rwb__unit *u, const char *stem) {
    char name[64];
    do {
        if (u->next_name == 0) {
            (void)snprintf(name, sizeof name, "%s", stem);
        } else {
            (void)snprintf(name, sizeof name, "%s%u", stem, u->next_name);
        }
        u->next_name++;
    } while (rwb__scopes_uses_name(u->scopes, rwg__str_c(name)));
    return rwg__arena_str(u->arena, rwg__str_c(name));
}

static uint32_t line_of(rwg_str text, uint32_t at) {
    uint32_t line = 1;
    for (uint32_t i = 0; i < at; i++) {
        line += text.ptr[i] == '\n';
    }
    return line;
}

void rwb__unit_error(rwb__unit *u, uint32_t node, const char *format, ...) {
    char message[RWG_ERROR_TEXT_SIZE];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof message, format, args);
    va_end(args);
    *rwg__vec_push(&u->diags, u->mem) = (rwg_diag){
        .code = RWG_DIAG_SYNTAX,
        .severity = RWG_SEVERITY_ERROR,
        .path = u->options->path,
        .span = {u->nodes[node].start, u->nodes[node].end},
        .line = line_of(u->text, u->nodes[node].start),
        .message = rwg__arena_str(u->arena, rwg__str_c(message)),
    };
}

const char *rwb__unit_helper(rwb__unit *u, rwb__helper helper) {
    static const char *const NAMES[] = {
#define X(name, text) text,
        RWB__HELPER_MAP(X)
#undef X
    };
    u->helpers |= 1u << helper;
    return NAMES[helper];
}

uint32_t rwb__child(const rwb__unit *u, uint32_t i, rwg_syntax_field field) {
    for (uint32_t c = i + 1; c < u->nodes[i].next; c = u->nodes[c].next) {
        if (u->nodes[c].field == field) {
            return c;
        }
    }
    return 0;
}

uint32_t rwb__child_of_kind(const rwb__unit *u, uint32_t i, rwg_syntax_kind kind) {
    for (uint32_t c = i + 1; c < u->nodes[i].next; c = u->nodes[c].next) {
        if (u->nodes[c].kind == kind) {
            return c;
        }
    }
    return 0;
}

void rwb__unit_remove_line(rwb__unit *u, uint32_t start, uint32_t end) {
    uint32_t from = start;
    while (from > 0 && (u->text.ptr[from - 1] == ' ' || u->text.ptr[from - 1] == '\t')) {
        from--;
    }
    uint32_t to = end;
    while (to < u->text.len && (u->text.ptr[to] == ' ' || u->text.ptr[to] == '\t')) {
        to++;
    }
    bool starts_line = from == 0 || u->text.ptr[from - 1] == '\n';
    bool ends_line = to == u->text.len || u->text.ptr[to] == '\n' || u->text.ptr[to] == '\r';
    if (starts_line && ends_line) {
        if (to < u->text.len && u->text.ptr[to] == '\r') {
            to++;
        }
        if (to < u->text.len && u->text.ptr[to] == '\n') {
            to++;
        }
        start = from;
        end = to;
    }
    rwb__edits_remove(u->edits, start, end);
}

uint32_t rwb__namespace_export_name(const rwb__unit *u, uint32_t namespace_export) {
    uint32_t name = namespace_export + 1;
    for (uint32_t c = name; c < u->nodes[namespace_export].next; c = u->nodes[c].next) {
        name = rwb__kind(u, c) == RWG_SYNTAX_COMMENT ? name : c;
    }
    return name;
}
