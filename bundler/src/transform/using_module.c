/* `using` at the top of a module: from the first one to the end, all code is in a try statement.
 *
 *     using a = b();                      import d from "d"; function e() {} const env = {...};
 *     import d from "d";            ->    try { var a = __rwg_using(env, b(), false);
 *     export const c = a.c;               var c = a.c; } catch ... finally ...
 *     function e() {}                     export { c };
 *
 * What is declared in there must be seen from outside, as its exports and what stands in front of
 * it do: variables become `var`, as esbuild and TypeScript make them, and so do classes
 * (classes.c), enums, namespaces and the value of a default export; functions, imports and lists of
 * exports are moved in front of the try statement, where they mean the same. One edit holds all of
 * it, so that what other passes write inside of a statement moves with it. */
#include "transform/factory.h"
#include "transform/namespaces.h"
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
    uint32_t value = rwb__child(u, statement, RWG_SYNTAX_FIELD_VALUE);
    return declaration ? declaration : value ? rwb__factory_declared(u, value) : 0;
}

/* Means the same in front of all other code. */
static bool is_moved(const rwb__unit *u, uint32_t statement) {
    rwg_syntax_kind kind = rwb__kind(u, statement);
    if (u->elided[statement]) {
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

/* --- exports that stay in their place --- */

static bool is_class(rwg_syntax_kind kind) {
    return kind == RWG_SYNTAX_CLASS || kind == RWG_SYNTAX_CLASS_DECLARATION ||
           kind == RWG_SYNTAX_ABSTRACT_CLASS_DECLARATION;
}

/* export class C {}  ->  class C {}, and `C` in a list. */
static void export_later(rwb__unit *u, uint32_t statement, rwg_str name, const char *as) {
    uint32_t word = rwb__child_of_kind(u, statement, RWG_SYNTAX_WORD_EXPORT);
    uint32_t declaration = exported(u, statement);
    rwb__edits_remove(u->edits, u->nodes[word].start, u->nodes[declaration].start);
    rwg__buf_printf(&u->tail, "export { %.*s%s };\n", (int)name.len, name.ptr, as);
}

/* export default b;  ->  var _default = { default: b }.default; As a property's value, an anonymous
 * function or class is called as the export would call it. The factory form has this of its own. */
static void write_default(rwb__unit *u, uint32_t statement) {
    uint32_t value = exported(u, statement);
    uint32_t name = is_class(rwb__kind(u, value)) ? rwb__child(u, value, RWG_SYNTAX_FIELD_NAME) : 0;
    if (name != 0) {
        export_later(u, statement, rwb__text(u, name), " as default");
        return;
    }
    uint32_t word = rwb__child_of_kind(u, statement, RWG_SYNTAX_WORD_EXPORT);
    rwg_str variable = rwb__unit_name(u, "_default");
    rwb__edits_begin(u->edits, RWB__REPLACE, u->nodes[word].start, u->nodes[value].start);
    rwb__edits_printf(u->edits, "var %s = { default: ", variable.ptr);
    rwb__edits_insert(u->edits, RWB__AFTER, u->nodes[value].end, RWG_STR(" }.default;"));
    rwg__buf_printf(&u->tail, "export { %s as default };\n", variable.ptr);
}

/* Of classes, enums, namespaces, aliases and values. */
static void write_export(rwb__unit *u, uint32_t statement) {
    uint32_t declaration = exported(u, statement);
    if (declaration == 0 || u->options->form == RWB_FORM_FACTORY) {
        return;
    }
    if (rwb__child_of_kind(u, statement, RWG_SYNTAX_WORD_DEFAULT)) {
        write_default(u, statement);
        return;
    }
    rwg_syntax_kind kind = rwb__kind(u, declaration);
    if (kind == RWG_SYNTAX_IMPORT_ALIAS) {
        uint32_t name = rwb__child_of_kind(u, declaration, RWG_SYNTAX_IDENTIFIER);
        export_later(u, statement, rwb__text(u, name), "");
    } else if (is_class(kind)) {
        uint32_t name = rwb__child(u, declaration, RWG_SYNTAX_FIELD_NAME);
        export_later(u, statement, rwb__text(u, name), "");
    } else if (rwb__namespace_is_first(u, declaration)) {
        uint32_t count = 0;
        const uint32_t *parts = rwb__namespace_parts(u, declaration, &count);
        export_later(u, statement, rwb__text(u, parts[0]), "");
    }
}

/* --- the region --- */

/* A statement with the white space around it on its lines, which goes when it is dropped. */
static rwg_span lines_of(const rwb__unit *u, uint32_t statement) {
    rwg_span hidden = rwb__unit_blanked(u, statement); /* export import x = require("m") */
    uint32_t start = hidden.end > 0 ? hidden.start : u->nodes[statement].start;
    uint32_t end = rwb__unit_end(u, statement);
    uint32_t value = rwb__child(u, statement, RWG_SYNTAX_FIELD_VALUE);
    uint32_t function = value != 0 ? rwb__factory_declared(u, value) : 0;
    if (function != value) {
        end = rwb__unit_last_end(u, function); /* the rest is a statement of its own */
    }
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
            bool open = rwb__unit_needs_semicolon(u, i);
            rwb__edits_text(u->edits, rwg__str_c(open ? ";\n" : "\n"));
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
    for (uint32_t i = r->first; i < u->node_count; i = u->nodes[i].next) {
        bool export = rwb__kind(u, i) == RWG_SYNTAX_EXPORT_STATEMENT;
        uint32_t declaration = export ? exported(u, i) : i;
        bool is_type = declaration != 0 && rwb__types_is_statement(u, declaration);
        if (u->elided[i] || is_type) {
            continue;
        }
        if (is_moved(u, i)) {
            moves = true;
        } else if (is_variable(rwb__kind(u, declaration))) {
            write_variable(u, i);
        } else if (export) {
            write_export(u, i);
        }
    }
    if (moves) {
        write_region(u, r);
    } else {
        wrap_region(u, r);
    }
}
