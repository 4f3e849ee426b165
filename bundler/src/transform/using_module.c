/* `using` at the top of a module: from the first one to the end, all code is in a try statement.
 *
 *     using a = b();                      import d from "d"; function e() {} const env = {...};
 *     import d from "d";            ->    try { var a = __rwg_using(env, b(), false);
 *     export const c = a.c;               var c = a.c; } catch ... finally ...
 *     function e() {}                     export { c };
 *
 * What is declared in there must be seen from outside, as its exports and what stands in front of
 * it do: variables become `var`, as esbuild and TypeScript make them; functions, imports and lists
 * of exports are moved in front of the try statement, where they mean the same. One edit holds all
 * of it, so that what other passes write inside of a statement moves with it. A class stays where
 * it is, and is reported where it is needed outside. */
#include "transform/types.h"
#include "transform/using.h"

static bool is_variable(rwg_syntax_kind kind) {
    return kind == RWG_SYNTAX_LEXICAL_DECLARATION || kind == RWG_SYNTAX_VARIABLE_DECLARATION ||
           kind == RWG_SYNTAX_USING_DECLARATION;
}

static bool is_function(rwg_syntax_kind kind) {
    return kind == RWG_SYNTAX_FUNCTION_DECLARATION || kind == RWG_SYNTAX_FUNCTION_EXPRESSION ||
           kind == RWG_SYNTAX_GENERATOR_FUNCTION_DECLARATION ||
           kind == RWG_SYNTAX_GENERATOR_FUNCTION;
}

/* What an export statement declares, or its value; 0 for lists. */
static uint32_t exported(const rwb__unit *u, uint32_t statement) {
    uint32_t declaration = rwb__child(u, statement, RWG_SYNTAX_FIELD_DECLARATION);
    return declaration ? declaration : rwb__child(u, statement, RWG_SYNTAX_FIELD_VALUE);
}

/* Means the same in front of all other code. */
static bool is_moved(const rwb__unit *u, uint32_t statement) {
    rwg_syntax_kind kind = rwb__kind(u, statement);
    uint32_t require = rwb__child_of_kind(u, statement, RWG_SYNTAX_IMPORT_REQUIRE_CLAUSE);
    if (u->elided[statement] || require != 0) {
        return false;
    }
    if (kind == RWG_SYNTAX_EXPORT_STATEMENT) {
        uint32_t declaration = exported(u, statement);
        bool assigns = rwb__child_of_kind(u, statement, RWG_SYNTAX_TOKEN_EQUALS) != 0;
        return declaration == 0 ? !assigns : is_function(rwb__kind(u, declaration));
    }
    return kind == RWG_SYNTAX_IMPORT_STATEMENT || is_function(kind);
}

/* --- variables --- */

/* Adds the names that a declaration declares to a list of exports. */
static void list_names(rwb__unit *u, uint32_t declaration) {
    uint32_t count = 0;
    const rwb__symbol *symbols = rwb__scopes_symbols(u->scopes, &count);
    const char *before = "export { ";
    for (uint32_t i = declaration + 1; i < u->nodes[declaration].next; i++) {
        rwg_syntax_kind kind = rwb__kind(u, i);
        bool name = kind == RWG_SYNTAX_IDENTIFIER ||
                    kind == RWG_SYNTAX_SHORTHAND_PROPERTY_IDENTIFIER_PATTERN;
        uint32_t symbol = name ? rwb__scopes_symbol_at(u->scopes, i) : RWB_NO_SYMBOL;
        if (symbol != RWB_NO_SYMBOL && symbols[symbol].scope == 0 &&
            !rwb__scopes_reference_at(u->scopes, i)) {
            rwg_str text = rwb__text(u, i);
            rwg__buf_printf(&u->tail, "%s%.*s", before, (int)text.len, text.ptr);
            before = ", ";
        }
    }
    rwg__buf_add(&u->tail, *before == ',' ? RWG_STR(" };\n") : RWG_STR(""));
}

/* const a = 1;  ->  var a = 1; */
static void write_variable(rwb__unit *u, uint32_t statement) {
    uint32_t declaration = statement;
    if (rwb__kind(u, statement) == RWG_SYNTAX_EXPORT_STATEMENT) {
        declaration = exported(u, statement);
        if (u->options->form != RWB_FORM_FACTORY) {
            uint32_t word = rwb__child_of_kind(u, statement, RWG_SYNTAX_WORD_EXPORT);
            rwb__edits_remove(u->edits, u->nodes[word].start, u->nodes[declaration].start);
            list_names(u, declaration);
        }
    }
    uint32_t word = rwb__child(u, declaration, RWG_SYNTAX_FIELD_KIND);
    rwg_str text = word != 0 ? rwb__text(u, word) : RWG_STR("");
    if (rwg__str_eq_c(text, "const") || rwg__str_eq_c(text, "let")) {
        rwb__edits_replace(u->edits, u->nodes[word].start, u->nodes[word].end, RWG_STR("var"));
    }
}

/* --- problems --- */

static bool is_seen_outside(const rwb__symbol *symbol) {
    bool in_block = symbol->kind == RWB__SYMBOL_CLASS || symbol->kind == RWB__SYMBOL_IMPORT_EQUALS;
    return !in_block || (symbol->flags & RWB__SYMBOL_IS_AMBIENT);
}

/* References from `from` to the node `to`, which is outside of the try statement. */
static void check_references(rwb__unit *u, const rwb__using_region *r, uint32_t from, uint32_t to) {
    uint32_t ref_count = 0;
    uint32_t symbol_count = 0;
    const rwb__reference *refs = rwb__scopes_references(u->scopes, &ref_count);
    const rwb__symbol *symbols = rwb__scopes_symbols(u->scopes, &symbol_count);
    uint32_t i = 0;
    while (i < ref_count && refs[i].node < from) {
        i++;
    }
    for (; i < ref_count && refs[i].node < to; i++) {
        const rwb__symbol *s = refs[i].symbol == RWB_NO_SYMBOL ? NULL : &symbols[refs[i].symbol];
        bool type = refs[i].flags & RWB__REF_TYPE;
        if (s && !type && s->scope == 0 && s->node >= r->first && !is_seen_outside(s)) {
            rwb__unit_error(
                u,
                refs[i].node,
                "'%.*s' is declared behind a module's `using`, and cannot be used in front of it, "
                "in functions that are declared at the top, or be exported",
                (int)s->name.len,
                s->name.ptr
            );
        }
    }
}

static void check_export(rwb__unit *u, uint32_t statement) {
    uint32_t declaration = exported(u, statement);
    bool is_type = declaration != 0 && rwb__types_is_statement(u, declaration);
    if (!is_type && !u->elided[statement]) {
        rwb__unit_error(
            u,
            statement,
            "behind a module's `using`, only variables, functions and lists can be exported: move "
            "this in front of it"
        );
    }
}

/* --- the region --- */

/* A statement with the white space around it on its lines, which goes when it is dropped. */
static rwg_span lines_of(const rwb__unit *u, uint32_t statement) {
    uint32_t start = u->nodes[statement].start;
    uint32_t end = rwb__unit_end(u, statement);
    while (start > 0 && (u->text.ptr[start - 1] == ' ' || u->text.ptr[start - 1] == '\t')) {
        start--;
    }
    while (end < u->text.len && (u->text.ptr[end] == ' ' || u->text.ptr[end] == '\t')) {
        end++;
    }
    end += end < u->text.len && u->text.ptr[end] == '\r';
    end += end < u->text.len && u->text.ptr[end] == '\n';
    return (rwg_span){start, end};
}

/* Everything in one edit, whose pieces are put into their new order. */
static void write_region(rwb__unit *u, const rwb__using_region *r) {
    uint32_t start = u->nodes[r->first].start;
    rwb__edits_begin(u->edits, RWB__REPLACE, start, u->text.len);
    for (uint32_t i = r->first; i < u->node_count; i = u->nodes[i].next) {
        if (is_moved(u, i)) {
            rwg_span moved = lines_of(u, i);
            rwb__edits_span(u->edits, moved.start, moved.end);
            rwb__edits_text(u->edits, RWG_STR("\n"));
        }
    }
    rwb__using_put_opening(u, r);
    for (uint32_t i = r->first; i < u->node_count; i = u->nodes[i].next) {
        if (is_moved(u, i)) {
            rwg_span moved = lines_of(u, i);
            rwb__edits_span(u->edits, start, moved.start);
            rwb__edits_text(u->edits, RWG_STR("\n"));
            start = moved.end;
        }
    }
    rwb__edits_span(u->edits, start, u->text.len);
    rwb__edits_text(u->edits, RWG_STR("\n"));
    rwb__using_put_ending(u, r);
    rwb__edits_text(u->edits, RWG_STR("\n"));
}

/* Nothing moves. */
static void wrap_region(rwb__unit *u, const rwb__using_region *r) {
    uint32_t start = u->nodes[r->first].start;
    rwb__edits_begin(u->edits, RWB__BEFORE, start, start);
    rwb__using_put_opening(u, r);
    rwb__edits_begin(u->edits, RWB__BEFORE, u->text.len, u->text.len);
    rwb__edits_text(u->edits, RWG_STR("\n"));
    rwb__using_put_ending(u, r);
    rwb__edits_text(u->edits, RWG_STR("\n"));
}

void rwb__using_write_module(rwb__unit *u, const rwb__using_region *r) {
    bool moves = false;
    check_references(u, r, 0, r->first);
    for (uint32_t i = r->first; i < u->node_count; i = u->nodes[i].next) {
        bool export = rwb__kind(u, i) == RWG_SYNTAX_EXPORT_STATEMENT;
        uint32_t declaration = export ? exported(u, i) : i;
        if (is_moved(u, i)) {
            moves = true;
            check_references(u, r, i, u->nodes[i].next);
        } else if (is_variable(rwb__kind(u, declaration)) && !u->elided[i]) {
            write_variable(u, i);
        } else if (export) {
            check_export(u, i);
        }
    }
    if (moves) {
        write_region(u, r);
    } else {
        wrap_region(u, r);
    }
}
