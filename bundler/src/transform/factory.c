/* Import and export statements in the factory form: bundler/runtime/PROTOCOL.md, section 2.
 *
 *     import { a } from "m";                 function* (__rwg_i, __rwg_x, ...) { "use strict";
 *     export const b = a(1);          ->     __rwg_x({ b: () => b }); yield;
 *     export { a as c } from "n";            const b = (0, __rwg_i[0].a)(1);
 *                                            }
 *
 * The module's statements stay where they are. Import statements and export clauses vanish, the
 * other exports lose their first words, and references to imported names read them from __rwg_i.
 * What stands around the body goes to the unit's head and tail, outside of what the other passes
 * put there: so this pass comes behind all that add to them, and the head stands in front of the
 * whole text, the tail behind it.
 *
 * import.meta and import() are the meta pass's, aliases `import a = b.c` the namespaces'. CommonJS
 * sources keep all of their text. */
#include "transform/factory.h"

#include "transform/using.h"

typedef struct factory {
    rwb__unit *u;
    const rwg_str *texts;  /* by symbol: rwb__factory_import_texts */
    const uint32_t *slots; /* by import */
    rwg__buf exports;      /* what __rwg_x gets */
    rwg__buf stars;
    rwg_str default_name; /* what an anonymous default function is called, "" without one */
} factory;

/* --- export entries --- */

static bool is_string(const rwb__unit *u, uint32_t name) {
    return rwb__kind(u, name) == RWG_SYNTAX_STRING;
}

static rwg_str unquoted(const rwb__unit *u, uint32_t name) {
    rwg_str text = rwb__text(u, name);
    return is_string(u, name) ? rwg__str_sub(text, 1, text.len - 1) : text;
}

/* A property's name in an object literal; in one, `__proto__: x` would set the prototype. */
static void add_key(factory *f, rwg_str text, bool is_proto) {
    rwg__buf_add(&f->exports, f->exports.bytes.len > 0 ? RWG_STR(", ") : RWG_STR(""));
    if (is_proto) {
        rwg__buf_add(&f->exports, RWG_STR("[\"__proto__\"]: "));
    } else {
        rwg__buf_printf(&f->exports, "%.*s: ", (int)text.len, text.ptr);
    }
}

static void add_name_key(factory *f, uint32_t name) {
    add_key(f, rwb__text(f->u, name), rwg__str_eq_c(unquoted(f->u, name), "__proto__"));
}

static void add_getter(factory *f, rwg_str key, rwg_str local) {
    add_key(f, key, rwg__str_eq_c(key, "__proto__"));
    rwg__buf_printf(&f->exports, "() => %.*s", (int)local.len, local.ptr);
}

/* [n] for a namespace, [n, "name"] otherwise. */
static void add_indirect(factory *f, uint32_t slot, uint32_t name) {
    rwg__buf_printf(&f->exports, "[%u", slot);
    if (name != 0) {
        rwg_str text = rwb__text(f->u, name);
        const char *quote = is_string(f->u, name) ? "" : "\"";
        rwg__buf_printf(&f->exports, ", %s%.*s%s", quote, (int)text.len, text.ptr, quote);
    }
    rwg__buf_char(&f->exports, ']');
}

/* Exports what an import brought in. */
static void add_imported(factory *f, uint32_t symbol) {
    const rwb__unit *u = f->u;
    uint32_t count = 0;
    uint32_t node = rwb__scopes_symbols(u->scopes, &count)[symbol].node;
    uint32_t part = u->nodes[node].parent;
    uint32_t statement = part;
    while (rwb__kind(u, statement) != RWG_SYNTAX_IMPORT_STATEMENT) {
        statement = u->nodes[statement].parent;
    }
    uint32_t source = rwb__child(u, statement, RWG_SYNTAX_FIELD_SOURCE);
    uint32_t slot = f->slots[rwb__unit_import_at(u, source)];
    if (rwb__kind(u, part) == RWG_SYNTAX_IMPORT_CLAUSE) {
        rwg__buf_printf(&f->exports, "[%u, \"default\"]", slot);
    } else {
        bool is_namespace = rwb__kind(u, part) == RWG_SYNTAX_NAMESPACE_IMPORT;
        add_indirect(f, slot, is_namespace ? 0 : rwb__child(u, part, RWG_SYNTAX_FIELD_NAME));
    }
}

/* --- import statements --- */

static void write_import(factory *f, uint32_t statement) {
    rwb__unit *u = f->u;
    uint32_t clause = rwb__child_of_kind(u, statement, RWG_SYNTAX_IMPORT_REQUIRE_CLAUSE);
    if (clause == 0) {
        rwb__unit_drop_statement(u, statement);
        return;
    }
    uint32_t name = rwb__child_of_kind(u, clause, RWG_SYNTAX_IDENTIFIER);
    uint32_t word = rwb__child_of_kind(u, clause, RWG_SYNTAX_WORD_REQUIRE);
    rwg_span export = rwb__unit_blanked(u, statement);
    uint32_t start = u->nodes[statement].start;
    if (export.end > 0) {
        add_getter(f, rwb__text(u, name), rwb__text(u, name));
        rwb__edits_remove(u->edits, export.start, start);
    }
    rwb__edits_replace(u->edits, start, u->nodes[clause].start, RWG_STR("const "));
    rwg_span span = {u->nodes[word].start, u->nodes[word].end};
    rwb__edits_begin(u->edits, RWB__REPLACE, span.start, span.end);
    rwb__edits_mapped(
        u->edits, rwb__factory_name(u, RWB__FACTORY_REQUIRE), span, RWG_STR("require")
    );
}

/* --- export statements --- */

/* export { a as b } from "m"; export * from "m"; export * as a from "m"; */
static void write_reexport(factory *f, uint32_t statement, uint32_t source) {
    rwb__unit *u = f->u;
    uint32_t import = rwb__unit_import_at(u, source);
    uint32_t slot = import == RWG_NO_IMPORT ? 0 : f->slots[import];
    uint32_t clause = rwb__child_of_kind(u, statement, RWG_SYNTAX_EXPORT_CLAUSE);
    uint32_t namespace = rwb__child_of_kind(u, statement, RWG_SYNTAX_NAMESPACE_EXPORT);
    if (clause != 0) {
        for (uint32_t c = clause + 1; c < u->nodes[clause].next; c = u->nodes[c].next) {
            if (rwb__kind(u, c) == RWG_SYNTAX_EXPORT_SPECIFIER && !u->elided[c]) {
                uint32_t name = rwb__child(u, c, RWG_SYNTAX_FIELD_NAME);
                uint32_t alias = rwb__child(u, c, RWG_SYNTAX_FIELD_ALIAS);
                add_name_key(f, alias ? alias : name);
                add_indirect(f, slot, name);
            }
        }
    } else if (namespace != 0) {
        add_name_key(f, rwb__namespace_export_name(u, namespace));
        add_indirect(f, slot, 0);
    } else {
        rwg__buf_printf(&f->stars, "%s%u", f->stars.bytes.len > 0 ? ", " : "", slot);
    }
    rwb__unit_drop_statement(u, statement);
}

/* export { a, b as c }; */
static void write_clause(factory *f, uint32_t statement, uint32_t clause) {
    rwb__unit *u = f->u;
    for (uint32_t c = clause + 1; c < u->nodes[clause].next; c = u->nodes[c].next) {
        if (rwb__kind(u, c) != RWG_SYNTAX_EXPORT_SPECIFIER || u->elided[c]) {
            continue;
        }
        uint32_t name = rwb__child(u, c, RWG_SYNTAX_FIELD_NAME);
        uint32_t alias = rwb__child(u, c, RWG_SYNTAX_FIELD_ALIAS);
        uint32_t symbol = rwb__scopes_symbol_at(u->scopes, name);
        if (symbol == RWB_NO_SYMBOL) {
            rwg_str text = rwb__text(u, name);
            rwb__unit_error(
                u, name, "\"%.*s\" is exported but not declared", (int)text.len, text.ptr
            );
            continue;
        }
        add_name_key(f, alias ? alias : name);
        if (f->texts[symbol].len > 0) {
            add_imported(f, symbol);
        } else {
            rwg_str local = rwb__text(u, name);
            rwg__buf_printf(&f->exports, "() => %.*s", (int)local.len, local.ptr);
        }
    }
    rwb__unit_drop_statement(u, statement);
}

/* Removes from `export` to where the next token begins. */
static void drop_words(rwb__unit *u, uint32_t from, uint32_t to) {
    rwb__edits_remove(u->edits, u->nodes[from].start, u->nodes[to].start);
}

/* The names that the patterns of a declaration declare; not those of functions in default values.
 */
static void add_variables(factory *f, uint32_t declaration) {
    const rwb__unit *u = f->u;
    uint32_t count = 0;
    const rwb__symbol *symbols = rwb__scopes_symbols(u->scopes, &count);
    for (uint32_t d = declaration + 1; d < u->nodes[declaration].next; d = u->nodes[d].next) {
        uint32_t pattern = rwb__kind(u, d) == RWG_SYNTAX_VARIABLE_DECLARATOR
                               ? rwb__child(u, d, RWG_SYNTAX_FIELD_NAME)
                               : 0;
        for (uint32_t i = pattern; pattern != 0 && i < u->nodes[pattern].next; i++) {
            rwg_syntax_kind kind = rwb__kind(u, i);
            uint32_t symbol = kind == RWG_SYNTAX_IDENTIFIER ||
                                      kind == RWG_SYNTAX_SHORTHAND_PROPERTY_IDENTIFIER_PATTERN
                                  ? rwb__scopes_symbol_at(u->scopes, i)
                                  : RWB_NO_SYMBOL;
            if (symbol != RWB_NO_SYMBOL && symbols[symbol].scope == 0 &&
                !rwb__scopes_reference_at(u->scopes, i)) {
                add_getter(f, rwb__text(u, i), rwb__text(u, i));
            }
        }
    }
}

/* export const a = 1; export function f() {} */
static void write_declaration(factory *f, uint32_t statement, uint32_t declaration) {
    rwb__unit *u = f->u;
    rwg_syntax_kind kind = rwb__kind(u, declaration);
    if (kind == RWG_SYNTAX_LEXICAL_DECLARATION || kind == RWG_SYNTAX_VARIABLE_DECLARATION) {
        add_variables(f, declaration);
    } else {
        uint32_t name = rwb__child(u, declaration, RWG_SYNTAX_FIELD_NAME);
        if (kind == RWG_SYNTAX_IMPORT_ALIAS) {
            name = rwb__child_of_kind(u, declaration, RWG_SYNTAX_IDENTIFIER);
        }
        while (name != 0 && u->nodes[name].next > name + 1) {
            name++; /* namespace a.b: the first of its names */
        }
        if (name != 0) {
            add_getter(f, rwb__text(u, name), rwb__text(u, name));
        }
    }
    uint32_t word = rwb__child_of_kind(u, statement, RWG_SYNTAX_WORD_EXPORT);
    drop_words(u, word, rwb__kind(u, word + 1) == RWG_SYNTAX_COMMENT ? word + 1 : declaration);
}

/* What is left of an expression without parentheses and what is only type. */
static uint32_t bare(const rwb__unit *u, uint32_t node) {
    for (;;) {
        rwg_syntax_kind kind = rwb__kind(u, node);
        if (kind != RWG_SYNTAX_PARENTHESIZED_EXPRESSION && kind != RWG_SYNTAX_AS_EXPRESSION &&
            kind != RWG_SYNTAX_SATISFIES_EXPRESSION && kind != RWG_SYNTAX_NON_NULL_EXPRESSION &&
            kind != RWG_SYNTAX_TYPE_ASSERTION) {
            return node;
        }
        uint32_t inner = 0;
        for (uint32_t c = node + 1; c < u->nodes[node].next && inner == 0; c = u->nodes[c].next) {
            rwg_syntax_kind child = rwb__kind(u, c);
            bool named = u->nodes[c].flags & RWG_SYNTAX_NAMED;
            if (named && child != RWG_SYNTAX_COMMENT && child != RWG_SYNTAX_TYPE_ARGUMENTS) {
                inner = c;
            }
        }
        if (inner == 0) {
            return node;
        }
        node = inner;
    }
}

static bool is_function(rwg_syntax_kind kind) {
    return kind == RWG_SYNTAX_FUNCTION_EXPRESSION || kind == RWG_SYNTAX_GENERATOR_FUNCTION ||
           kind == RWG_SYNTAX_FUNCTION_DECLARATION ||
           kind == RWG_SYNTAX_GENERATOR_FUNCTION_DECLARATION;
}

static bool is_class(rwg_syntax_kind kind) {
    return kind == RWG_SYNTAX_CLASS || kind == RWG_SYNTAX_CLASS_DECLARATION ||
           kind == RWG_SYNTAX_ABSTRACT_CLASS_DECLARATION;
}

/* The grammar takes it for an expression that may go on: `export default class {}` and `[a]` in the
 * next line. */
uint32_t rwb__factory_declared(const rwb__unit *u, uint32_t value) {
    uint32_t start = u->nodes[value].start;
    for (uint32_t i = value; i < u->nodes[value].next && u->nodes[i].start == start; i++) {
        if (is_function(rwb__kind(u, i)) || is_class(rwb__kind(u, i))) {
            return i;
        }
    }
    return value;
}

/* export default function () {}: a declaration, so it is hoisted and needs a name. */
static void write_default_function(factory *f, uint32_t value) {
    rwb__unit *u = f->u;
    uint32_t word = rwb__child_of_kind(u, value, RWG_SYNTAX_WORD_FUNCTION);
    uint32_t star = rwb__child_of_kind(u, value, RWG_SYNTAX_TOKEN_STAR);
    uint32_t at = u->nodes[star ? star : word].end;
    f->default_name = rwb__factory_name(u, RWB__FACTORY_DEFAULT);
    rwb__edits_begin(u->edits, RWB__AFTER, at, at);
    rwb__edits_text(u->edits, RWG_STR(" "));
    rwb__edits_text(u->edits, f->default_name);
    add_getter(f, RWG_STR("default"), f->default_name);
}

/* An expression's value goes to a constant. An anonymous function or class is called "default", as
 * a property of that name would call it. */
static void write_default_value(factory *f, uint32_t word, uint32_t value) {
    rwb__unit *u = f->u;
    uint32_t inner = bare(u, value);
    rwg_syntax_kind kind = rwb__kind(u, inner);
    bool anonymous =
        kind == RWG_SYNTAX_ARROW_FUNCTION ||
        ((is_function(kind) || is_class(kind)) && !rwb__child(u, inner, RWG_SYNTAX_FIELD_NAME));
    rwg_str name = rwb__factory_name(u, RWB__FACTORY_DEFAULT);
    uint32_t end = u->nodes[value].end;
    rwb__edits_begin(u->edits, RWB__REPLACE, u->nodes[word].start, u->nodes[value].start);
    const char *keyword = word >= rwb__using_start(u) ? "var" : "const";
    const char *head = anonymous ? "{ default: " : "";
    rwb__edits_printf(u->edits, "%s %.*s = %s", keyword, (int)name.len, name.ptr, head);
    if (anonymous) {
        rwb__edits_insert(u->edits, RWB__AFTER, end, RWG_STR(" }.default;"));
    }
    add_getter(f, RWG_STR("default"), name);
}

static void write_default(factory *f, uint32_t statement) {
    rwb__unit *u = f->u;
    uint32_t word = rwb__child_of_kind(u, statement, RWG_SYNTAX_WORD_EXPORT);
    uint32_t value = rwb__child(u, statement, RWG_SYNTAX_FIELD_VALUE);
    value = value ? value : rwb__child(u, statement, RWG_SYNTAX_FIELD_DECLARATION);
    if (value == 0) {
        return;
    }
    value = rwb__factory_declared(u, value);
    rwg_syntax_kind kind = rwb__kind(u, value);
    uint32_t name =
        is_function(kind) || is_class(kind) ? rwb__child(u, value, RWG_SYNTAX_FIELD_NAME) : 0;
    if (name != 0) {
        drop_words(u, word, value);
        add_getter(f, RWG_STR("default"), rwb__text(u, name));
    } else if (is_function(kind)) {
        drop_words(u, word, value);
        write_default_function(f, value);
    } else {
        write_default_value(f, word, value);
    }
}

/* export = a; */
static void write_assignment(factory *f, uint32_t statement, uint32_t equals) {
    rwb__unit *u = f->u;
    if (!rwb__factory_is_commonjs(u)) {
        rwb__unit_error(u, statement, "\"export =\" needs a CommonJS module");
        return;
    }
    rwb__edits_replace(
        u->edits, u->nodes[statement].start, u->nodes[equals].start, RWG_STR("module.exports ")
    );
}

static void write_export(factory *f, uint32_t statement) {
    const rwb__unit *u = f->u;
    uint32_t source = rwb__child(u, statement, RWG_SYNTAX_FIELD_SOURCE);
    uint32_t clause = rwb__child_of_kind(u, statement, RWG_SYNTAX_EXPORT_CLAUSE);
    uint32_t equals = rwb__child_of_kind(u, statement, RWG_SYNTAX_TOKEN_EQUALS);
    uint32_t declaration = rwb__child(u, statement, RWG_SYNTAX_FIELD_DECLARATION);
    if (source != 0) {
        write_reexport(f, statement, source);
    } else if (clause != 0) {
        write_clause(f, statement, clause);
    } else if (rwb__child_of_kind(u, statement, RWG_SYNTAX_WORD_DEFAULT)) {
        write_default(f, statement);
    } else if (declaration != 0) {
        write_declaration(f, statement, declaration);
    } else if (equals != 0) {
        write_assignment(f, statement, equals);
    }
}

static void write_statements(factory *f) {
    const rwb__unit *u = f->u;
    for (uint32_t i = rwb__first(u, 0); i < u->nodes[0].next; i = u->nodes[i].next) {
        if (u->elided[i]) {
            continue; /* the types pass removes it */
        }
        if (rwb__kind(u, i) == RWG_SYNTAX_IMPORT_STATEMENT) {
            write_import(f, i);
        } else if (rwb__kind(u, i) == RWG_SYNTAX_EXPORT_STATEMENT) {
            write_export(f, i);
        }
    }
}

/* --- references --- */

static void write_references(factory *f) {
    rwb__unit *u = f->u;
    uint32_t count = 0;
    const rwb__reference *refs = rwb__scopes_references(u->scopes, &count);
    for (uint32_t i = 0; i < count; i++) {
        const rwb__reference *ref = &refs[i];
        bool is_import = ref->symbol != RWB_NO_SYMBOL && f->texts[ref->symbol].len > 0;
        uint32_t parent = u->nodes[ref->node].parent;
        if (is_import && !(ref->flags & RWB__REF_TYPE) &&
            rwb__kind(u, parent) != RWG_SYNTAX_EXPORT_SPECIFIER) {
            rwb__unit_replace_reference(u, ref, f->texts[ref->symbol], true);
        }
    }
}

/* `arguments` is no variable of a module, but one of the factory. Outside of functions it gets a
 * name that nobody declares. Functions that have their own are skipped in one walk. */
static void write_arguments(rwb__unit *u) {
    uint32_t own_end = 0;
    for (uint32_t i = 1; i < u->node_count; i++) {
        rwg_syntax_kind kind = rwb__kind(u, i);
        rwg_syntax_kind parent = rwb__kind(u, u->nodes[i].parent);
        bool in_method =
            parent == RWG_SYNTAX_METHOD_DEFINITION &&
            (kind == RWG_SYNTAX_FORMAL_PARAMETERS || kind == RWG_SYNTAX_STATEMENT_BLOCK);
        if (is_function(kind) || in_method) {
            own_end = u->nodes[i].next > own_end ? u->nodes[i].next : own_end;
        } else if (kind == RWG_SYNTAX_IDENTIFIER && i >= own_end && rwg__str_eq_c(rwb__text(u, i), "arguments")) {
            const rwb__reference *ref = rwb__scopes_reference_at(u->scopes, i);
            if (ref && ref->symbol == RWB_NO_SYMBOL && !(ref->flags & RWB__REF_TYPE)) {
                rwb__unit_replace_reference(u, ref, RWG_STR("__rwg_arguments"), false);
            }
        }
    }
}

/* --- around the body --- */

static void prepend(rwb__unit *u, rwg__buf *opening) {
    rwg__buf_add(opening, rwg__buf_str(&u->head));
    rwg__buf_clear(&u->head);
    rwg__buf_add(&u->head, rwg__buf_str(opening));
}

static bool needs_require(const rwb__unit *u) {
    if (rwg__str_eq_c(rwb__factory_name(u, RWB__FACTORY_REQUIRE), "require")) {
        return true;
    }
    uint32_t count = 0;
    const rwg_import *imports = rwg_module_imports(u->record, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (imports[i].kind == RWG_IMPORT_IMPORT_EQUALS && !u->import_elided[i]) {
            return true;
        }
    }
    return false;
}

static void open_module(factory *f, rwg__buf *opening) {
    const rwb__unit *u = f->u;
    rwg__buf_add(opening, u->is_async ? RWG_STR("async ") : RWG_STR(""));
    rwg__buf_add(opening, RWG_STR("function* ("));
    for (int p = RWB__FACTORY_IMPORTS; p <= RWB__FACTORY_REQUIRE; p++) {
        if (p != RWB__FACTORY_REQUIRE || needs_require(u)) {
            rwg__buf_add(opening, p > 0 ? RWG_STR(", ") : RWG_STR(""));
            rwg__buf_add(opening, rwb__factory_name(u, (rwb__factory_parameter)p));
        }
    }
    rwg__buf_add(opening, RWG_STR(") { \"use strict\";\n"));
    rwg__buf_add(opening, rwb__factory_name(u, RWB__FACTORY_EXPORTS));
    rwg__buf_add(opening, RWG_STR("({"));
    if (f->exports.bytes.len > 0) {
        rwg__buf_char(opening, ' ');
        rwg__buf_add(opening, rwg__buf_str(&f->exports));
        rwg__buf_char(opening, ' ');
    }
    rwg__buf_char(opening, '}');
    if (f->stars.bytes.len > 0) {
        rwg_str stars = rwg__buf_str(&f->stars);
        rwg__buf_printf(opening, ", [%.*s]", (int)stars.len, stars.ptr);
    }
    rwg__buf_add(opening, RWG_STR(");\n"));
    if (f->default_name.len > 0) {
        rwg__buf_printf(
            opening,
            "Object.defineProperty(%.*s, \"name\", { value: \"default\", configurable: true });\n",
            (int)f->default_name.len,
            f->default_name.ptr
        );
    }
    rwg__buf_add(opening, RWG_STR("yield;\n"));
}

static void open_commonjs(const rwb__unit *u, rwg__buf *opening) {
    rwg_str dynamic = rwb__factory_name(u, RWB__FACTORY_DYNAMIC);
    rwg__buf_printf(
        opening,
        "function (module, exports, require, __filename, __dirname, %.*s) {",
        (int)dynamic.len,
        dynamic.ptr
    );
    /* Something will stand in front of the source's own directive. */
    bool strict = rwg_module_has_directive(u->record, RWG_STR("use strict"));
    rwg__buf_add(
        opening, strict && u->head.bytes.len > 0 ? RWG_STR(" \"use strict\";\n") : RWG_STR("\n")
    );
}

void rwb__factory_run(rwb__unit *u) {
    factory f = {.u = u};
    rwg__buf opening;
    rwg__buf_init(&f.exports, u->mem);
    rwg__buf_init(&f.stars, u->mem);
    rwg__buf_init(&opening, u->mem);
    f.texts = rwb__factory_import_texts(u);
    f.slots = rwb__factory_slots(u);
    write_statements(&f);
    if (rwb__factory_is_commonjs(u)) {
        open_commonjs(u, &opening);
    } else {
        write_references(&f);
        write_arguments(u);
        open_module(&f, &opening);
    }
    prepend(u, &opening);
    rwg__buf_add(&u->tail, RWG_STR("}"));
    rwg__buf_deinit(&opening);
    rwg__buf_deinit(&f.stars);
    rwg__buf_deinit(&f.exports);
}
