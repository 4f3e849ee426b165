/* "use server" where its functions run: what is exported becomes a server reference.
 *
 *     export async function save() {}
 *     export const load = wrap(read);
 *     export { log } from "./log";
 *     (tail)  __rwg_register(save, "/src/actions.ts", "save");
 *             __rwg_reference(__rwg_register, load, "/src/actions.ts", "load");
 *             __rwg_passOn(__rwg_register, "/src/actions.ts", [["log", () => __rwg_i[0].log]], ...
 *
 * Functions are registered when the module has run, under their exported names. What only may be a
 * function is looked at first: React's registerServerReference would take anything. What another
 * module declared is registered there if that one says "use server" too, and else here: what is a
 * reference already keeps its id. A default value gets its registration around it, an anonymous
 * function a name. Classes are no server functions; the module's record says so (extract_server.c).
 *
 * unit.extras says whether the registering function is imported: in the ESM form by the head, in
 * the factory form as the last of the imports. */
#include "transform/factory.h"

typedef struct references {
    rwb__unit *u;
    rwg_str function; /* what is called */
    uint32_t count;
    rwg__buf passed;       /* [name, () => value] of what other modules declared */
    rwg__buf stars;        /* namespaces of `export *` */
    const uint32_t *slots; /* factory form, by import */
    uint8_t *imported;     /* ESM form, by import: its namespace is imported already */
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

/* Registers what may be a function if it is one. */
static void add_careful_call(references *r, rwg_str local, rwg_str quoted_name) {
    const char *helper = rwb__unit_helper(r->u, RWB__HELPER_REFERENCE);
    rwg_str rest = rest_of_call(r, quoted_name);
    rwg__buf_printf(
        &r->u->tail,
        "%s(%.*s, %.*s",
        helper,
        (int)r->function.len,
        r->function.ptr,
        (int)local.len,
        local.ptr
    );
    rwg__buf_add(&r->u->tail, rest);
    rwg__buf_add(&r->u->tail, RWG_STR(";\n"));
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

/* Behind parentheses, and what only TypeScript sees. */
static uint32_t unwrapped(const rwb__unit *u, uint32_t value) {
    while (value != 0 && (rwb__kind(u, value) == RWG_SYNTAX_PARENTHESIZED_EXPRESSION ||
                          rwb__kind(u, value) == RWG_SYNTAX_AS_EXPRESSION ||
                          rwb__kind(u, value) == RWG_SYNTAX_SATISFIES_EXPRESSION ||
                          rwb__kind(u, value) == RWG_SYNTAX_NON_NULL_EXPRESSION)) {
        uint32_t inner = rwb__first(u, value);
        while (inner < u->nodes[value].next && (rwb__kind(u, inner) == RWG_SYNTAX_COMMENT ||
                                                rwb__kind(u, inner) == RWG_SYNTAX_TOKEN_PAREN_OPEN)
        ) {
            inner = u->nodes[inner].next;
        }
        value = inner < u->nodes[value].next ? inner : 0;
    }
    return value;
}

/* Registers a binding of the module's top level when it is a function, or may be one. */
static void add_binding(references *r, uint32_t symbol, rwg_str local, rwg_str quoted_name) {
    rwb__unit *u = r->u;
    uint32_t count = 0;
    const rwb__symbol *symbols = rwb__scopes_symbols(u->scopes, &count);
    if (symbol >= count || symbols[symbol].scope != 0 ||
        symbols[symbol].flags & RWB__SYMBOL_IS_AMBIENT) {
        return;
    }
    uint32_t declaration = u->nodes[symbols[symbol].node].parent;
    uint32_t value = rwb__kind(u, declaration) == RWG_SYNTAX_VARIABLE_DECLARATOR
                         ? unwrapped(u, rwb__child(u, declaration, RWG_SYNTAX_FIELD_VALUE))
                         : 0;
    switch ((int)symbols[symbol].kind) {
    case RWB__SYMBOL_FUNCTION: add_call(r, local, quoted_name); break;
    case RWB__SYMBOL_CONST:
    case RWB__SYMBOL_LET:
    case RWB__SYMBOL_VAR:
        if (symbols[symbol].kind == RWB__SYMBOL_CONST && value != 0 &&
            (is_function(rwb__kind(u, value)) || rwb__kind(u, value) == RWG_SYNTAX_ARROW_FUNCTION
            )) {
            add_call(r, local, quoted_name);
        } else {
            add_careful_call(r, local, quoted_name);
        }
        break;
    default: break;
    }
}

/* --- what is passed on --- */

/* The namespace of an import: `__rwg_i[2]`, or what the head imports for it. */
static rwg_str namespace_of(references *r, uint32_t import) {
    rwb__unit *u = r->u;
    rwg__buf text;
    rwg__buf_init(&text, u->mem);
    if (u->options->form == RWB_FORM_FACTORY) {
        rwg_str imports = rwb__factory_name(u, RWB__FACTORY_IMPORTS);
        rwg__buf_printf(&text, "%.*s[%u]", (int)imports.len, imports.ptr, r->slots[import]);
    } else {
        rwg_str stem = rwb__factory_free_name(u, "__rwg_from");
        rwg__buf_printf(&text, "%.*s_%u", (int)stem.len, stem.ptr, import);
    }
    rwg_str name = rwg__arena_str(u->arena, rwg__buf_str(&text));
    rwg__buf_deinit(&text);
    if (u->options->form == RWB_FORM_ESM && !r->imported[import]) {
        r->imported[import] = 1;
        uint32_t count = 0;
        const rwg_import *imports = rwg_module_imports(u->record, &count);
        rwb_link link = rwb__unit_link(u, import);
        rwg_str specifier = rwg_module_str(u->record, imports[import].specifier);
        rwg_str from = rwb__unit_quote(u, link.kind == RWB_LINK_KEEP ? specifier : link.url);
        const char *what = link.kind == RWB_LINK_NAMESPACE ? "{ __rwg as %.*s }" : "* as %.*s";
        rwg__buf_add(&u->head, RWG_STR("import "));
        rwg__buf_printf(&u->head, what, (int)name.len, name.ptr);
        rwg__buf_printf(&u->head, " from %.*s;\n", (int)from.len, from.ptr);
    }
    return name;
}

static void pass_on(references *r, uint32_t import, rwg_str member, rwg_str quoted_name) {
    rwb__unit *u = r->u;
    if (import == RWG_NO_IMPORT || u->import_elided[import] || member.len == 0 ||
        rwb__unit_link(u, import).kind == RWB_LINK_EMPTY) {
        return;
    }
    rwg_str object = namespace_of(r, import);
    rwg__buf_printf(
        &r->passed,
        "%s[%.*s, () => %.*s%.*s]",
        r->passed.bytes.len > 0 ? ", " : "",
        (int)quoted_name.len,
        quoted_name.ptr,
        (int)object.len,
        object.ptr,
        (int)member.len,
        member.ptr
    );
    r->count++;
}

/* `.a`, or `["a b"]` for a name that is a string. */
static rwg_str member_of(rwb__unit *u, uint32_t name) {
    bool is_string = rwb__kind(u, name) == RWG_SYNTAX_STRING;
    rwg_str written = rwb__text(u, name);
    rwg__buf text;
    rwg__buf_init(&text, u->mem);
    rwg__buf_printf(&text, is_string ? "[%.*s]" : ".%.*s", (int)written.len, written.ptr);
    rwg_str copy = rwg__arena_str(u->arena, rwg__buf_str(&text));
    rwg__buf_deinit(&text);
    return copy;
}

static rwg_str quoted_name_of(rwb__unit *u, uint32_t name) {
    rwg_str text = rwb__text(u, name);
    return rwb__kind(u, name) == RWG_SYNTAX_STRING ? text : rwb__unit_quote(u, text);
}

/* export { a as b } from "m"; export * from "m"; */
static void visit_reexport(references *r, uint32_t statement, uint32_t source) {
    rwb__unit *u = r->u;
    uint32_t import = rwb__unit_import_at(u, source);
    uint32_t clause = rwb__child_of_kind(u, statement, RWG_SYNTAX_EXPORT_CLAUSE);
    uint32_t namespace = rwb__child_of_kind(u, statement, RWG_SYNTAX_NAMESPACE_EXPORT);
    if (clause == 0 && namespace == 0) {
        if (import != RWG_NO_IMPORT && rwb__unit_link(u, import).kind != RWB_LINK_EMPTY) {
            rwg__buf_add(&r->stars, r->stars.bytes.len > 0 ? RWG_STR(", ") : RWG_STR(""));
            rwg__buf_add(&r->stars, namespace_of(r, import));
            r->count++;
        }
        return;
    }
    for (uint32_t c = clause + 1; clause && c < u->nodes[clause].next; c = u->nodes[c].next) {
        if (rwb__kind(u, c) == RWG_SYNTAX_EXPORT_SPECIFIER && !u->elided[c]) {
            uint32_t name = rwb__child(u, c, RWG_SYNTAX_FIELD_NAME);
            uint32_t alias = rwb__child(u, c, RWG_SYNTAX_FIELD_ALIAS);
            pass_on(r, import, member_of(u, name), quoted_name_of(u, alias ? alias : name));
        }
    }
}

/* The names that those of `export *` cannot have. */
static void add_own_names(rwb__unit *u) {
    uint32_t count = 0;
    const rwg_export *exports = rwg_module_exports(u->record, &count);
    const char *between = "";
    for (uint32_t i = 0; i < count; i++) {
        if (!(exports[i].flags & (RWG_EXPORT_STAR | RWG_EXPORT_TYPE_ONLY))) {
            rwg_str name = rwb__unit_quote(u, rwg_module_str(u->record, exports[i].name));
            rwg__buf_printf(&u->tail, "%s%.*s", between, (int)name.len, name.ptr);
            between = ", ";
        }
    }
}

static void add_passing_on(references *r) {
    rwb__unit *u = r->u;
    if (r->passed.bytes.len == 0 && r->stars.bytes.len == 0) {
        return;
    }
    (void)rwb__unit_helper(u, RWB__HELPER_REFERENCE);
    rwg_str id = rwb__unit_quote(u, u->options->register_id);
    rwg__buf_printf(
        &u->tail,
        "%s(%.*s, %.*s, [",
        rwb__unit_helper(u, RWB__HELPER_PASS_ON),
        (int)r->function.len,
        r->function.ptr,
        (int)id.len,
        id.ptr
    );
    rwg__buf_add(&u->tail, rwg__buf_str(&r->passed));
    rwg__buf_add(&u->tail, RWG_STR("], ["));
    rwg__buf_add(&u->tail, rwg__buf_str(&r->stars));
    rwg__buf_add(&u->tail, RWG_STR("], ["));
    if (r->stars.bytes.len > 0) {
        add_own_names(u);
    }
    rwg__buf_add(&u->tail, RWG_STR("]);\n"));
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
        rwg_str name = quoted_name_of(u, alias ? alias : local);
        uint32_t symbol = rwb__scopes_symbol_at(u->scopes, local);
        rwg_str member;
        uint32_t import = rwb__factory_import_of(u, symbol, &member);
        if (import != RWG_NO_IMPORT) {
            pass_on(r, import, member, name);
        } else {
            add_binding(r, symbol, rwb__text(u, local), name);
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
            if (is_name && !rwb__scopes_reference_at(u->scopes, i)) {
                uint32_t symbol = rwb__scopes_symbol_at(u->scopes, i);
                add_binding(r, symbol, rwb__text(u, i), rwb__unit_quote(u, rwb__text(u, i)));
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
        const char *helper = rwb__unit_helper(u, RWB__HELPER_REFERENCE);
        bool is_arrow = kind == RWG_SYNTAX_ARROW_FUNCTION; /* it is called "default", too */
        rwb__edits_begin(u->edits, RWB__BEFORE, u->nodes[value].start, u->nodes[value].start);
        rwb__edits_text(u->edits, rwg__str_c(helper));
        rwb__edits_text(u->edits, RWG_STR("("));
        rwb__edits_text(u->edits, r->function);
        rwb__edits_text(u->edits, is_arrow ? RWG_STR(", { default: ") : RWG_STR(", "));
        rwb__edits_begin(u->edits, RWB__AFTER, u->nodes[value].end, u->nodes[value].end);
        rwb__edits_text(u->edits, is_arrow ? RWG_STR(" }.default") : RWG_STR(""));
        rwb__edits_text(u->edits, rest_of_call(r, RWG_STR("\"default\"")));
    }
}

/* --- the ESM form --- */

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

/* --- the module --- */

static void visit_statement(references *r, uint32_t statement) {
    rwb__unit *u = r->u;
    uint32_t source = rwb__child(u, statement, RWG_SYNTAX_FIELD_SOURCE);
    uint32_t clause = rwb__child_of_kind(u, statement, RWG_SYNTAX_EXPORT_CLAUSE);
    uint32_t declaration = rwb__child(u, statement, RWG_SYNTAX_FIELD_DECLARATION);
    if (source != 0) {
        visit_reexport(r, statement, source);
    } else if (clause != 0) {
        visit_clause(r, clause);
    } else if (rwb__child_of_kind(u, statement, RWG_SYNTAX_WORD_DEFAULT)) {
        visit_default(r, statement);
    } else if (declaration != 0) {
        visit_declaration(r, declaration);
    }
}

void rwb__references_run(rwb__unit *u) {
    bool factory = u->options->form == RWB_FORM_FACTORY;
    if (u->options->register_id.len == 0 || (factory && rwb__factory_is_commonjs(u))) {
        return;
    }
    uint32_t imports = 0;
    (void)rwg_module_imports(u->record, &imports);
    references r = {.u = u, .function = registrar(u), .slots = rwb__factory_slots(u)};
    rwg__buf_init(&r.passed, u->mem);
    rwg__buf_init(&r.stars, u->mem);
    r.imported = rwg__arena_zalloc(u->arena, imports + 1);
    for (uint32_t i = rwb__first(u, 0); i < u->nodes[0].next; i = u->nodes[i].next) {
        if (rwb__kind(u, i) == RWG_SYNTAX_EXPORT_STATEMENT && !u->elided[i]) {
            visit_statement(&r, i);
        }
    }
    add_passing_on(&r);
    rwg__buf_deinit(&r.passed);
    rwg__buf_deinit(&r.stars);
    if (r.count > 0) {
        u->extras |= RWB_EXTRA_REGISTER;
        if (!factory) {
            import_registrar(&r);
        }
    }
}
