/* "use server" where its functions run: exported functions become server references.
 *
 *     export async function save() {}
 *     (tail)  __rwg_register(save, "/src/actions.ts", "save");
 *
 * Functions are registered when the module has run, under their exported names. Constants may hold
 * functions, so they are handed over as well; what is none is left alone by the function that gets
 * it. Classes are no server functions, and what is only passed on is registered where it is
 * declared. A default value gets its registration around it, an anonymous function a name.
 *
 * unit.extras says whether the function is imported: in the ESM form by the head, in the factory
 * form as the last of the imports. */
#include "transform/factory.h"

typedef struct references {
    rwb__unit *u;
    rwg_str function; /* what is called */
    uint32_t count;
} references;

static rwg_str registrar(rwb__unit *u) {
    bool factory = u->options->form == RWB_FORM_FACTORY;
    rwg__buf text;
    rwg__buf_init(&text, u->mem);
    if (factory) {
        uint32_t count = 0;
        (void)rwg_module_imports(u->record, &count);
        uint32_t slot = rwb__factory_slots(u)[count] + (u->extras & RWB_EXTRA_JSX ? 1 : 0);
        rwg_str imports = rwb__factory_name(u, RWB__FACTORY_IMPORTS);
        rwg__buf_printf(&text, "%.*s[%u]", (int)imports.len, imports.ptr, slot);
    } else {
        rwg__buf_add(&text, rwb__factory_free_name(u, "__rwg_register"));
    }
    if (factory || u->options->register_link.kind == RWB_LINK_NAMESPACE) {
        rwg__buf_add(&text, RWG_STR(".registerServerReference"));
    }
    rwg_str copy = rwg__arena_str(u->arena, rwg__buf_str(&text));
    rwg__buf_deinit(&text);
    return copy;
}

/* `, "id", "name")` */
static rwg_str rest_of_call(references *r, rwg_str quoted_name) {
    rwb__unit *u = r->u;
    rwg_str id = rwb__unit_quote(u, u->options->register_id);
    rwg__buf text;
    rwg__buf_init(&text, u->mem);
    rwg__buf_printf(
        &text, ", %.*s, %.*s)", (int)id.len, id.ptr, (int)quoted_name.len, quoted_name.ptr
    );
    rwg_str copy = rwg__arena_str(u->arena, rwg__buf_str(&text));
    rwg__buf_deinit(&text);
    r->count++;
    return copy;
}

static void add_call(references *r, rwg_str local, rwg_str quoted_name) {
    rwg_str rest = rest_of_call(r, quoted_name);
    rwg__buf_add(&r->u->tail, r->function);
    rwg__buf_char(&r->u->tail, '(');
    rwg__buf_add(&r->u->tail, local);
    rwg__buf_add(&r->u->tail, rest);
    rwg__buf_add(&r->u->tail, RWG_STR(";\n"));
}

/* --- what is exported --- */

static bool is_function(rwg_syntax_kind kind) {
    return kind == RWG_SYNTAX_FUNCTION_DECLARATION || kind == RWG_SYNTAX_FUNCTION_EXPRESSION ||
           kind == RWG_SYNTAX_GENERATOR_FUNCTION ||
           kind == RWG_SYNTAX_GENERATOR_FUNCTION_DECLARATION;
}

static bool is_class(rwg_syntax_kind kind) {
    return kind == RWG_SYNTAX_CLASS || kind == RWG_SYNTAX_CLASS_DECLARATION ||
           kind == RWG_SYNTAX_ABSTRACT_CLASS_DECLARATION;
}

/* Symbols that may hold a function. */
static bool may_be_function(const rwb__unit *u, uint32_t symbol) {
    uint32_t count = 0;
    const rwb__symbol *symbols = rwb__scopes_symbols(u->scopes, &count);
    if (symbol >= count || symbols[symbol].scope != 0 ||
        symbols[symbol].flags & RWB__SYMBOL_IS_AMBIENT) {
        return false;
    }
    uint8_t kind = symbols[symbol].kind;
    return kind == RWB__SYMBOL_FUNCTION || kind == RWB__SYMBOL_CONST || kind == RWB__SYMBOL_LET ||
           kind == RWB__SYMBOL_VAR;
}

/* export { a as b }; */
static void visit_clause(references *r, uint32_t clause) {
    rwb__unit *u = r->u;
    for (uint32_t c = clause + 1; c < u->nodes[clause].next; c = u->nodes[c].next) {
        if (rwb__kind(u, c) != RWG_SYNTAX_EXPORT_SPECIFIER || u->elided[c]) {
            continue;
        }
        uint32_t local = rwb__child(u, c, RWG_SYNTAX_FIELD_NAME);
        uint32_t alias = rwb__child(u, c, RWG_SYNTAX_FIELD_ALIAS);
        uint32_t name = alias ? alias : local;
        if (may_be_function(u, rwb__scopes_symbol_at(u->scopes, local))) {
            bool quoted = rwb__kind(u, name) == RWG_SYNTAX_STRING;
            rwg_str text = rwb__text(u, name);
            add_call(r, rwb__text(u, local), quoted ? text : rwb__unit_quote(u, text));
        }
    }
}

/* export const a = ..., { b } = ...; export function f() {} */
static void visit_declaration(references *r, uint32_t declaration) {
    rwb__unit *u = r->u;
    if (is_function(rwb__kind(u, declaration))) {
        rwg_str name = rwb__text(u, rwb__child(u, declaration, RWG_SYNTAX_FIELD_NAME));
        add_call(r, name, rwb__unit_quote(u, name));
        return;
    }
    for (uint32_t d = declaration + 1; d < u->nodes[declaration].next; d = u->nodes[d].next) {
        uint32_t pattern = rwb__kind(u, d) == RWG_SYNTAX_VARIABLE_DECLARATOR
                               ? rwb__child(u, d, RWG_SYNTAX_FIELD_NAME)
                               : 0;
        for (uint32_t i = pattern; pattern != 0 && i < u->nodes[pattern].next; i++) {
            rwg_syntax_kind kind = rwb__kind(u, i);
            bool is_name = kind == RWG_SYNTAX_IDENTIFIER ||
                           kind == RWG_SYNTAX_SHORTHAND_PROPERTY_IDENTIFIER_PATTERN;
            if (is_name && may_be_function(u, rwb__scopes_symbol_at(u->scopes, i)) &&
                !rwb__scopes_reference_at(u->scopes, i)) {
                add_call(r, rwb__text(u, i), rwb__unit_quote(u, rwb__text(u, i)));
            }
        }
    }
}

/* export default function () {}: in the factory form it gets a name anyway. */
static void name_default(references *r, uint32_t function) {
    rwb__unit *u = r->u;
    rwg_str name = rwb__factory_name(u, RWB__FACTORY_DEFAULT);
    if (u->options->form == RWB_FORM_ESM) {
        uint32_t word = rwb__child_of_kind(u, function, RWG_SYNTAX_WORD_FUNCTION);
        uint32_t star = rwb__child_of_kind(u, function, RWG_SYNTAX_TOKEN_STAR);
        uint32_t at = u->nodes[star ? star : word].end;
        rwb__edits_begin(u->edits, RWB__AFTER, at, at);
        rwb__edits_text(u->edits, RWG_STR(" "));
        rwb__edits_text(u->edits, name);
        rwg__buf_printf(
            &u->tail,
            "Object.defineProperty(%.*s, \"name\", { value: \"default\", configurable: true });\n",
            (int)name.len,
            name.ptr
        );
    }
    add_call(r, name, RWG_STR("\"default\""));
}

static void visit_default(references *r, uint32_t statement) {
    rwb__unit *u = r->u;
    uint32_t value = rwb__child(u, statement, RWG_SYNTAX_FIELD_VALUE);
    value = value ? value : rwb__child(u, statement, RWG_SYNTAX_FIELD_DECLARATION);
    rwg_syntax_kind kind = value ? rwb__kind(u, value) : RWG_SYNTAX_OTHER;
    if (value == 0 || is_class(kind)) {
        return;
    }
    uint32_t name = is_function(kind) ? rwb__child(u, value, RWG_SYNTAX_FIELD_NAME) : 0;
    if (name != 0) {
        add_call(r, rwb__text(u, name), RWG_STR("\"default\""));
    } else if (is_function(kind)) {
        name_default(r, value);
    } else {
        rwb__edits_begin(u->edits, RWB__BEFORE, u->nodes[value].start, u->nodes[value].start);
        rwb__edits_text(u->edits, r->function);
        rwb__edits_text(u->edits, RWG_STR("("));
        rwb__edits_insert(
            u->edits, RWB__AFTER, u->nodes[value].end, rest_of_call(r, RWG_STR("\"default\""))
        );
    }
}

/* --- the module --- */

static void import_registrar(const references *r) {
    rwb__unit *u = r->u;
    rwb_link link = u->options->register_link;
    bool namespace = link.kind == RWB_LINK_NAMESPACE;
    rwg_str name = rwb__factory_free_name(u, "__rwg_register");
    rwg_str from =
        rwb__unit_quote(u, link.kind == RWB_LINK_KEEP ? u->options->register_specifier : link.url);
    rwg__buf_printf(
        &u->head,
        "import { %s as %.*s } from %.*s;\n",
        namespace ? "__rwg" : "registerServerReference",
        (int)name.len,
        name.ptr,
        (int)from.len,
        from.ptr
    );
}

void rwb__references_run(rwb__unit *u) {
    bool factory = u->options->form == RWB_FORM_FACTORY;
    if (u->options->register_id.len == 0 || (factory && rwb__factory_is_commonjs(u))) {
        return;
    }
    references r = {.u = u, .function = registrar(u)};
    for (uint32_t i = rwb__first(u, 0); i < u->nodes[0].next; i = u->nodes[i].next) {
        if (rwb__kind(u, i) != RWG_SYNTAX_EXPORT_STATEMENT || u->elided[i] ||
            rwb__child(u, i, RWG_SYNTAX_FIELD_SOURCE)) {
            continue;
        }
        uint32_t clause = rwb__child_of_kind(u, i, RWG_SYNTAX_EXPORT_CLAUSE);
        uint32_t declaration = rwb__child(u, i, RWG_SYNTAX_FIELD_DECLARATION);
        if (clause != 0) {
            visit_clause(&r, clause);
        } else if (rwb__child_of_kind(u, i, RWG_SYNTAX_WORD_DEFAULT)) {
            visit_default(&r, i);
        } else if (declaration != 0) {
            visit_declaration(&r, declaration);
        }
    }
    if (r.count > 0) {
        u->extras |= RWB_EXTRA_REGISTER;
        if (!factory) {
            import_registrar(&r);
        }
    }
}
