/* Removing and replacing source text so that what stays means what it meant.
 *
 * JavaScript ends statements by itself at some line ends. Code that stood between two statements
 * kept them apart, and a replacement that begins with a bracket would join the line in front of it:
 * the functions here put the semicolon that is then needed. A superfluous one is harmless, so where
 * it is hard to know they put it. */
#include "transform/types.h"

static bool is_comment(const rwb__unit *u, uint32_t i) {
    rwg_syntax_kind kind = rwb__kind(u, i);
    return kind == RWG_SYNTAX_COMMENT || kind == RWG_SYNTAX_HTML_COMMENT;
}

static bool is_word_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || (unsigned char)c >= 0x80;
}

void rwb__unit_drop(rwb__unit *u, uint32_t start, uint32_t end) {
    char before = start > 0 ? u->text.ptr[start - 1] : ' ';
    char behind = end < u->text.len ? u->text.ptr[end] : ' ';
    bool joins = (is_word_byte(before) && is_word_byte(behind)) ||
                 (before == behind && (before == '+' || before == '-'));
    rwb__edits_replace(u->edits, start, end, rwg__str_c(joins ? " " : ""));
}

/* The last token in front of the node, 0 = none: in preorder it is the node before it, or a comment
 * is. */
static uint32_t token_before(const rwb__unit *u, uint32_t node) {
    uint32_t i = node - 1;
    while (i > 0 && (is_comment(u, i) || u->nodes[i].end == u->nodes[i].start)) {
        i--;
    }
    return i;
}

/* Some patches put one byte in the place of a whole construct, and blanks for the rest: `_` for
 * import("m") or for a pattern. Where such text ends, given where its byte does. */
static uint32_t patch_end(const rwb__unit *u, uint32_t at) {
    rwg_str seen = rwg_source_seen(u->source);
    if (at == 0 || seen.ptr == u->text.ptr || u->text.ptr[at - 1] == seen.ptr[at - 1]) {
        return at;
    }
    uint32_t depth = u->text.ptr[at - 1] == '{';
    while (at < u->text.len) {
        char c = u->text.ptr[at];
        bool separator = seen.ptr[at] == ';' && c != ';'; /* another patch's */
        if (seen.ptr[at] > ' ' && !separator) {
            break;
        }
        if (c == seen.ptr[at] && depth == 0) {
            break;
        }
        depth += c == '(' || c == '{';
        depth -= depth > 0 && (c == ')' || c == '}');
        at++;
    }
    return at;
}

uint32_t rwb__unit_end(const rwb__unit *u, uint32_t node) {
    return patch_end(u, u->nodes[node].end);
}

/* The last token that stands in front of the node's text, or 0. */
static uint32_t leaf_before(const rwb__unit *u, uint32_t node) {
    uint32_t token = node;
    do {
        token = token_before(u, token);
    } while (token > 0 && u->nodes[token].next != token + 1); /* the parent, whose first it is */
    return token;
}

uint32_t rwb__unit_token_end(const rwb__unit *u, uint32_t node) {
    uint32_t token = leaf_before(u, node);
    return token == 0 ? 0 : rwb__unit_end(u, token);
}

/* Patches may hit comments too, where they mean nothing. */
rwg_span rwb__unit_blanked(const rwb__unit *u, uint32_t node) {
    rwg_str seen = rwg_source_seen(u->source);
    rwg_span span = {0, 0};
    if (seen.ptr == u->text.ptr) {
        return span;
    }
    uint32_t comment = leaf_before(u, node) + 1;
    for (uint32_t i = rwb__unit_token_end(u, node); i < u->nodes[node].start; i++) {
        while (comment < node && (!is_comment(u, comment) || u->nodes[comment].end <= i)) {
            comment++;
        }
        bool commented = comment < node && i >= u->nodes[comment].start;
        if (!commented && u->text.ptr[i] != seen.ptr[i]) {
            span.start = span.end == 0 ? i : span.start;
            span.end = i + 1;
        }
    }
    /* In front of `export import` there may be the attributes of an export, blanked as well. */
    if (span.end > 0 && rwb__kind(u, node) == RWG_SYNTAX_IMPORT_STATEMENT) {
        uint32_t end = span.end;
        while (end > span.start && u->text.ptr[end - 1] <= ' ') {
            end--;
        }
        rwg_str text = rwg__str_sub(u->text, span.start, end);
        bool exported = rwg__str_ends(text, RWG_STR("export"));
        span = exported ? (rwg_span){end - 6, span.end} : (rwg_span){0, 0};
    }
    return span;
}

/* Statements that end with their block and cannot be continued. */
static bool ends_with_block(rwg_syntax_kind kind) {
    static const rwg_syntax_kind KINDS[] = {
        RWG_SYNTAX_STATEMENT_BLOCK,
        RWG_SYNTAX_CLASS_BODY,
        RWG_SYNTAX_SWITCH_BODY,
        RWG_SYNTAX_MODULE,
        RWG_SYNTAX_INTERNAL_MODULE,
        RWG_SYNTAX_ENUM_BODY,
        RWG_SYNTAX_ENUM_DECLARATION,
        RWG_SYNTAX_FUNCTION_DECLARATION,
        RWG_SYNTAX_GENERATOR_FUNCTION_DECLARATION,
        RWG_SYNTAX_CLASS_DECLARATION,
        RWG_SYNTAX_ABSTRACT_CLASS_DECLARATION,
        RWG_SYNTAX_EXPORT_STATEMENT,
        RWG_SYNTAX_IF_STATEMENT,
        RWG_SYNTAX_ELSE_CLAUSE,
        RWG_SYNTAX_FOR_STATEMENT,
        RWG_SYNTAX_FOR_IN_STATEMENT,
        RWG_SYNTAX_WHILE_STATEMENT,
        RWG_SYNTAX_LABELED_STATEMENT,
        RWG_SYNTAX_SWITCH_STATEMENT,
        RWG_SYNTAX_TRY_STATEMENT,
        RWG_SYNTAX_CATCH_CLAUSE,
        RWG_SYNTAX_FINALLY_CLAUSE,
    };
    for (size_t k = 0; k < sizeof KINDS / sizeof KINDS[0]; k++) {
        if (KINDS[k] == kind) {
            return true;
        }
    }
    return false;
}

static bool is_list(rwg_syntax_kind kind) {
    return kind == RWG_SYNTAX_PROGRAM || kind == RWG_SYNTAX_STATEMENT_BLOCK ||
           kind == RWG_SYNTAX_SWITCH_CASE || kind == RWG_SYNTAX_SWITCH_DEFAULT;
}

bool rwb__unit_needs_semicolon(const rwb__unit *u, uint32_t statement) {
    uint32_t list = u->nodes[statement].parent;
    if (!is_list(rwb__kind(u, list))) {
        return false;
    }
    uint32_t token = token_before(u, statement);
    if (token <= list || (u->nodes[token].parent == list && token + 1 == u->nodes[token].next &&
                          !(u->nodes[token].flags & RWG_SYNTAX_NAMED))) {
        return false; /* the first of its list: behind `{`, `:` or nothing */
    }
    bool block = rwb__kind(u, token) == RWG_SYNTAX_TOKEN_BRACE_CLOSE;
    uint32_t at = token;
    while (u->nodes[at].parent != list) {
        bool wraps = rwb__kind(u, at) == RWG_SYNTAX_INTERNAL_MODULE;
        at = u->nodes[at].parent;
        block = block && (ends_with_block(rwb__kind(u, at)) ||
                          (wraps && rwb__kind(u, at) == RWG_SYNTAX_EXPRESSION_STATEMENT));
    }
    uint32_t declaration = at;
    if (rwb__kind(u, at + 1) == RWG_SYNTAX_INTERNAL_MODULE) { /* inside an expression statement */
        declaration = at + 1;
    }
    bool stays = !u->elided[at] && !rwb__types_is_statement(u, declaration);
    bool semicolon = rwg__str_eq_c(rwb__text(u, token), ";"); /* not one of a patch */
    return !(stays && (block || semicolon));
}

/* Behind the attributes of an export, which the grammar does not know; `end` when there are none.
 */
static uint32_t attributes_end(const rwb__unit *u, uint32_t end) {
    rwg_str seen = rwg_source_seen(u->source);
    for (uint32_t i = end; i < u->text.len && seen.ptr[i] <= ' '; i++) {
        if (u->text.ptr[i] == '}' && seen.ptr[i] != '}') {
            return i + 1; /* behind it, `export import` may be blanked, too */
        }
    }
    return end;
}

void rwb__unit_drop_statement(rwb__unit *u, uint32_t node) {
    rwg_span blanked = {0, 0};
    if (rwb__kind(u, node) == RWG_SYNTAX_IMPORT_STATEMENT) {
        blanked = rwb__unit_blanked(u, node); /* export import type a = ... */
    }
    uint32_t start = blanked.end > 0 ? blanked.start : u->nodes[node].start;
    uint32_t end = rwb__unit_end(u, node);
    if (rwb__kind(u, node) == RWG_SYNTAX_EXPORT_STATEMENT) {
        end = attributes_end(u, end);
    }
    uint32_t next = u->nodes[node].next;
    while (next < u->node_count && is_comment(u, next)) {
        next++;
    }
    char c = next < u->node_count ? u->text.ptr[u->nodes[next].start] : 0;
    bool joins = c != 0 && strchr("([`+-/<", c) && rwb__unit_needs_semicolon(u, node);
    if (joins || !is_list(rwb__kind(u, u->nodes[node].parent))) {
        rwb__edits_replace(u->edits, start, end, RWG_STR(";"));
    } else {
        rwb__unit_remove_line(u, start, end);
    }
}

bool rwb__unit_is_callee(const rwb__unit *u, uint32_t node) {
    for (;;) {
        uint32_t parent = u->nodes[node].parent;
        rwg_syntax_kind kind = rwb__kind(u, parent);
        bool transparent =
            kind == RWG_SYNTAX_PARENTHESIZED_EXPRESSION || kind == RWG_SYNTAX_NON_NULL_EXPRESSION ||
            kind == RWG_SYNTAX_AS_EXPRESSION || kind == RWG_SYNTAX_SATISFIES_EXPRESSION ||
            kind == RWG_SYNTAX_TYPE_ASSERTION || kind == RWG_SYNTAX_INSTANTIATION_EXPRESSION;
        if (!transparent) {
            return kind == RWG_SYNTAX_CALL_EXPRESSION &&
                   u->nodes[node].field == RWG_SYNTAX_FIELD_FUNCTION;
        }
        node = parent;
    }
}

/* The expression statement that begins with this node, or 0. */
static uint32_t statement_from(const rwb__unit *u, uint32_t node) {
    uint32_t start = u->nodes[node].start;
    while (node > 0 && u->nodes[node].start == start) {
        if (rwb__kind(u, node) == RWG_SYNTAX_EXPRESSION_STATEMENT) {
            return node;
        }
        node = u->nodes[node].parent;
    }
    return 0;
}

void rwb__unit_replace_reference(
    rwb__unit *u, const rwb__reference *ref, rwg_str expression, bool detach
) {
    const rwg_syntax_node *node = &u->nodes[ref->node];
    rwg_str name = rwb__text(u, ref->node);
    rwg_syntax_kind kind = rwb__kind(u, ref->node);
    rwb__edits_begin(u->edits, RWB__REPLACE, node->start, node->end);
    if (kind == RWG_SYNTAX_SHORTHAND_PROPERTY_IDENTIFIER ||
        kind == RWG_SYNTAX_SHORTHAND_PROPERTY_IDENTIFIER_PATTERN) {
        rwb__edits_text(u->edits, name);
        rwb__edits_text(u->edits, RWG_STR(": "));
        detach = false;
    } else if (detach && !rwb__unit_is_callee(u, ref->node)) {
        detach = false;
    }
    if (detach) {
        uint32_t statement = statement_from(u, ref->node);
        bool joins = statement > 0 && rwb__unit_needs_semicolon(u, statement);
        rwb__edits_text(u->edits, rwg__str_c(joins ? ";(0, " : "(0, "));
    }
    rwb__edits_mapped(u->edits, expression, (rwg_span){node->start, node->end}, name);
    if (detach) {
        rwb__edits_text(u->edits, RWG_STR(")"));
    }
}

/* Imports are in source order. */
uint32_t rwb__unit_import_at(const rwb__unit *u, uint32_t node) {
    uint32_t count;
    const rwg_import *imports = rwg_module_imports(u->record, &count);
    uint32_t low = 0;
    uint32_t high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (imports[middle].span.start < u->nodes[node].start) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < count && imports[low].span.start == u->nodes[node].start ? low : RWG_NO_IMPORT;
}

rwb_link rwb__unit_link(const rwb__unit *u, uint32_t import) {
    if (import == RWG_NO_IMPORT || !u->options->links) {
        return (rwb_link){.kind = RWB_LINK_KEEP};
    }
    return u->options->links[import];
}

rwg_str rwb__unit_quote(rwb__unit *u, rwg_str value) {
    rwg__buf buf;
    rwg__buf_init(&buf, u->mem);
    rwg__buf_char(&buf, '"');
    for (uint32_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if (c == '"' || c == '\\') {
            rwg__buf_char(&buf, '\\');
            rwg__buf_char(&buf, (char)c);
        } else if (c == '\n') {
            rwg__buf_add(&buf, RWG_STR("\\n"));
        } else if (c == '\r') {
            rwg__buf_add(&buf, RWG_STR("\\r"));
        } else if (c < 0x20) {
            rwg__buf_printf(&buf, "\\x%02x", c);
        } else {
            rwg__buf_char(&buf, (char)c);
        }
    }
    rwg__buf_char(&buf, '"');
    rwg_str quoted = rwg__arena_str(u->arena, rwg__buf_str(&buf));
    rwg__buf_deinit(&buf);
    return quoted;
}
