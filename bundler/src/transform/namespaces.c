/* Namespaces with code, as TypeScript writes them. See namespaces.h for the form.
 *
 * The text of the body stays where it is; what changes are its head and its end, the `export`
 * modifiers, exported variables (`export let x = 1` becomes `A.x = 1`) and every reference to an
 * exported name, which reads the object, so that all bodies of a namespace and everybody outside
 * see one variable. Functions, classes, enums and namespaces that are exported keep a local name
 * where they are declared, and are put into the object as well. */
#include "transform/namespaces.h"

#include "transform/types.h"

#include <stdio.h>

struct rwb__parameter {
    uint32_t part;
    uint32_t number;
    rwg_str name; /* the part's name and the number */
    struct rwb__parameter *next;
};

static bool is_namespace(const rwb__unit *u, uint32_t i) {
    return rwb__kind(u, i) == RWG_SYNTAX_INTERNAL_MODULE || rwb__kind(u, i) == RWG_SYNTAX_MODULE;
}

/* --- Questions --- */

/* Kinds that has_code walks into; everything else is code, a word or a name. */
static bool is_wrapper(const rwb__unit *u, uint32_t i) {
    switch ((int)rwb__kind(u, i)) {
    case RWG_SYNTAX_MODULE:
    case RWG_SYNTAX_INTERNAL_MODULE:
    case RWG_SYNTAX_AMBIENT_DECLARATION:
    case RWG_SYNTAX_EXPORT_STATEMENT: return true;
    case RWG_SYNTAX_EXPRESSION_STATEMENT: return rwb__kind(u, i + 1) == RWG_SYNTAX_INTERNAL_MODULE;
    case RWG_SYNTAX_STATEMENT_BLOCK: return is_namespace(u, u->nodes[i].parent);
    default: return false;
    }
}

bool rwb__namespace_has_code(const rwb__unit *u, uint32_t node) {
    uint32_t quoted = rwb__child(u, node, RWG_SYNTAX_FIELD_NAME);
    if (quoted == 0 || rwb__kind(u, quoted) == RWG_SYNTAX_STRING) {
        return false; /* another module, which can only be declared */
    }
    for (uint32_t i = rwb__first(u, node); i < u->nodes[node].next;) {
        bool name = u->nodes[i].field == RWG_SYNTAX_FIELD_NAME;
        bool word = !(u->nodes[i].flags & RWG_SYNTAX_NAMED);
        rwg_syntax_kind kind = rwb__kind(u, i);
        bool exported = rwb__kind(u, u->nodes[i].parent) == RWG_SYNTAX_EXPORT_STATEMENT;
        if (is_wrapper(u, i)) {
            i++;
        } else if (name || word || kind == RWG_SYNTAX_COMMENT || kind == RWG_SYNTAX_INTERFACE_DECLARATION || kind == RWG_SYNTAX_TYPE_ALIAS_DECLARATION || (kind == RWG_SYNTAX_IMPORT_ALIAS && !exported)) {
            i = u->nodes[i].next;
        } else {
            return true;
        }
    }
    return false;
}

uint32_t rwb__namespace_around(const rwb__unit *u, uint32_t node) {
    for (uint32_t i = node; i != 0; i = u->nodes[i].parent) {
        uint32_t parent = u->nodes[i].parent;
        if (u->nodes[i].field == RWG_SYNTAX_FIELD_BODY && is_namespace(u, parent)) {
            return parent;
        }
    }
    return 0;
}

const uint32_t *rwb__namespace_parts(rwb__unit *u, uint32_t node, uint32_t *out_n) {
    uint32_t name = rwb__child(u, node, RWG_SYNTAX_FIELD_NAME);
    uint32_t end = name == 0 ? 0 : u->nodes[name].next;
    uint32_t *parts = rwg__arena_alloc(u->arena, (size_t)(end - name) * sizeof *parts);
    *out_n = 0;
    for (uint32_t i = name; i < end; i++) {
        if (rwb__kind(u, i) == RWG_SYNTAX_IDENTIFIER ||
            rwb__kind(u, i) == RWG_SYNTAX_PROPERTY_IDENTIFIER) {
            parts[(*out_n)++] = i;
        }
    }
    return parts;
}

/* The statement that a declaration is written as: the node itself, or what wraps it. */
static uint32_t statement_of(const rwb__unit *u, uint32_t node) {
    uint32_t parent = u->nodes[node].parent;
    rwg_syntax_kind kind = rwb__kind(u, parent);
    return kind == RWG_SYNTAX_EXPORT_STATEMENT || kind == RWG_SYNTAX_EXPRESSION_STATEMENT ? parent
                                                                                          : node;
}

/* The declaration that a statement of a block is, or the statement itself. */
static uint32_t declaration_of(const rwb__unit *u, uint32_t statement) {
    switch ((int)rwb__kind(u, statement)) {
    case RWG_SYNTAX_EXPORT_STATEMENT: {
        uint32_t declaration = rwb__child(u, statement, RWG_SYNTAX_FIELD_DECLARATION);
        return declaration != 0 ? declaration : statement;
    }
    case RWG_SYNTAX_EXPRESSION_STATEMENT:
        return rwb__kind(u, statement + 1) == RWG_SYNTAX_INTERNAL_MODULE ? statement + 1
                                                                         : statement;
    default: return statement;
    }
}

/* Declarations that make a local variable and are put into the object as well. */
static bool has_local(rwg_syntax_kind kind) {
    switch ((int)kind) {
    case RWG_SYNTAX_FUNCTION_DECLARATION:
    case RWG_SYNTAX_GENERATOR_FUNCTION_DECLARATION:
    case RWG_SYNTAX_FUNCTION_SIGNATURE:
    case RWG_SYNTAX_CLASS_DECLARATION:
    case RWG_SYNTAX_ABSTRACT_CLASS_DECLARATION:
    case RWG_SYNTAX_ENUM_DECLARATION:
    case RWG_SYNTAX_MODULE:
    case RWG_SYNTAX_INTERNAL_MODULE: return true;
    default: return false;
    }
}

/* The identifier that such a declaration declares in its block, or 0. */
static uint32_t local_name(const rwb__unit *u, uint32_t declaration) {
    if (!has_local(rwb__kind(u, declaration))) {
        return 0;
    }
    if (is_namespace(u, declaration) && !rwb__namespace_has_code(u, declaration)) {
        return 0;
    }
    uint32_t name = rwb__child(u, declaration, RWG_SYNTAX_FIELD_NAME);
    while (name != 0 && name + 1 < u->nodes[name].next) {
        name++; /* the first part of A.B */
    }
    return name;
}

/* The first declaration in this block (a node of statements) with this name, before `end`. */
static uint32_t find_local(const rwb__unit *u, uint32_t block, rwg_str name, uint32_t end) {
    for (uint32_t c = rwb__first(u, block); c < u->nodes[block].next && c < end;
         c = u->nodes[c].next) {
        uint32_t local = local_name(u, declaration_of(u, c));
        if (local != 0 && rwg__str_eq(rwb__text(u, local), name)) {
            return local;
        }
    }
    return 0;
}

/* Does the name at this node come first of those in its block that make a variable? */
static bool is_first(const rwb__unit *u, uint32_t block, uint32_t name, uint32_t statement) {
    uint32_t count;
    const rwb__symbol *symbols = rwb__scopes_symbols(u->scopes, &count);
    uint32_t symbol = rwb__scopes_symbol_at(u->scopes, name);
    bool alone = symbol != RWB_NO_SYMBOL && symbols[symbol].node == name;
    return alone || find_local(u, block, rwb__text(u, name), statement) == 0;
}

/* --- Names of the objects --- */

/* Is a value of this name declared anywhere inside? */
static bool is_declared_inside(const rwb__unit *u, uint32_t node, uint32_t part) {
    rwg_str name = rwb__text(u, part);
    uint32_t count;
    const rwb__symbol *symbols = rwb__scopes_symbols(u->scopes, &count);
    for (uint32_t i = part + 1; i < u->nodes[node].next; i++) {
        bool leaf = i + 1 == u->nodes[i].next && u->nodes[i].flags & RWG_SYNTAX_NAMED;
        if (!leaf || !rwg__str_eq(rwb__text(u, i), name) ||
            rwb__scopes_reference_at(u->scopes, i)) {
            continue;
        }
        uint32_t symbol = rwb__scopes_symbol_at(u->scopes, i);
        if (symbol != RWB_NO_SYMBOL && symbols[symbol].flags & RWB__SYMBOL_IS_VALUE &&
            symbols[symbol].kind != RWB__SYMBOL_ENUM_MEMBER) {
            return true;
        }
    }
    return false;
}

/* What is known of a part's parameter, by node. */
enum {
    PARAMETER_UNKNOWN,
    PARAMETER_PLAIN, /* called like the part */
    PARAMETER_OTHER, /* in the list */
};

/* `name` with the first of _1, _2, ... that nobody has. */
static struct rwb__parameter *new_parameter(rwb__unit *u, uint32_t part) {
    rwg_str name = rwb__text(u, part);
    struct rwb__parameter *parameter = rwg__arena_alloc(u->arena, sizeof *parameter);
    uint32_t number = 0; /* the last one taken for this name */
    for (const struct rwb__parameter *p = u->parameters; p && number == 0; p = p->next) {
        number = rwg__str_eq(rwb__text(u, p->part), name) ? p->number : 0;
    }
    char *bytes = rwg__arena_alloc(u->arena, name.len + 12);
    rwg_str candidate;
    do {
        number++;
        int len = snprintf(bytes, name.len + 12, "%.*s_%u", (int)name.len, name.ptr, number);
        candidate = rwg__str(bytes, (size_t)len);
    } while (rwb__scopes_uses_name(u->scopes, candidate));
    *parameter = (struct rwb__parameter){part, number, candidate, u->parameters};
    u->parameters = parameter;
    return parameter;
}

rwg_str rwb__namespace_parameter(rwb__unit *u, uint32_t node, uint32_t part) {
    if (!u->parameter_states) {
        u->parameter_states = rwg__arena_zalloc(u->arena, u->node_count);
    }
    rwg_str name = rwb__text(u, part);
    uint8_t *state = &u->parameter_states[part];
    if (*state == PARAMETER_UNKNOWN) {
        *state = is_declared_inside(u, node, part) ? PARAMETER_OTHER : PARAMETER_PLAIN;
    } else if (*state == PARAMETER_OTHER) {
        for (const struct rwb__parameter *p = u->parameters; p; p = p->next) {
            if (p->part == part) {
                return p->name;
            }
        }
    }
    if (*state == PARAMETER_PLAIN) {
        return name;
    }
    return new_parameter(u, part)->name;
}

static rwg_str innermost_parameter(rwb__unit *u, uint32_t node) {
    uint32_t count;
    const uint32_t *parts = rwb__namespace_parts(u, node, &count);
    RWG_ASSERT(count > 0);
    return rwb__namespace_parameter(u, node, parts[count - 1]);
}

/* --- The form --- */

/* True for `export namespace` and `export enum` in a namespace's body. */
static bool is_member(const rwb__unit *u, uint32_t node) {
    return rwb__kind(u, u->nodes[node].parent) == RWG_SYNTAX_EXPORT_STATEMENT &&
           rwb__namespace_around(u, node) != 0;
}

bool rwb__namespace_is_first(rwb__unit *u, uint32_t node) {
    uint32_t statement = statement_of(u, node);
    uint32_t count;
    const uint32_t *parts = rwb__namespace_parts(u, node, &count);
    return is_first(u, u->nodes[statement].parent, parts[0], statement);
}

void rwb__namespace_open(rwb__unit *u, uint32_t node, uint32_t from, uint32_t to) {
    uint32_t statement = statement_of(u, node);
    uint32_t block = u->nodes[statement].parent;
    uint32_t count;
    const uint32_t *parts = rwb__namespace_parts(u, node, &count);
    bool first = rwb__namespace_is_first(u, node);
    bool top = block == 0;
    bool exported = statement != node && rwb__kind(u, statement) == RWG_SYNTAX_EXPORT_STATEMENT;
    /* The factory form takes the modules' own `export` away by itself. */
    bool keeps_export = exported && block == 0 && (first || u->options->form != RWB_FORM_ESM);
    if (exported && !keeps_export) {
        from = u->nodes[statement].start;
    }
    const char *keyword = top ? "var" : "let";
    rwb__edits_begin(u->edits, RWB__REPLACE, from, to);
    if (!first && rwb__unit_needs_semicolon(u, statement)) {
        rwb__edits_text(u->edits, RWG_STR(";"));
    }
    for (uint32_t k = 0; k < count; k++) {
        rwg_str name = rwb__text(u, parts[k]);
        rwg_str parameter = rwb__namespace_parameter(u, node, parts[k]);
        rwg_span span = {u->nodes[parts[k]].start, u->nodes[parts[k]].end};
        if (k > 0 || first) {
            rwb__edits_printf(u->edits, "%s ", keyword);
            rwb__edits_mapped(u->edits, name, span, RWG_STR(""));
            rwb__edits_text(u->edits, RWG_STR("; "));
        }
        rwb__edits_printf(u->edits, "(function (%.*s) {", (int)parameter.len, parameter.ptr);
    }
}

void rwb__namespace_close(rwb__unit *u, uint32_t node, uint32_t brace) {
    uint32_t count;
    const uint32_t *parts = rwb__namespace_parts(u, node, &count);
    rwb__edits_begin(u->edits, RWB__REPLACE, u->nodes[brace].start, u->nodes[brace].end);
    for (uint32_t k = count; k-- > 0;) {
        rwg_str name = rwb__text(u, parts[k]);
        int len = (int)name.len;
        rwg_str outer = {NULL, 0};
        if (k > 0) {
            outer = rwb__namespace_parameter(u, node, parts[k - 1]);
        } else if (is_member(u, node)) {
            outer = innermost_parameter(u, rwb__namespace_around(u, node));
        }
        if (outer.len > 0) {
            rwb__edits_printf(
                u->edits,
                "})(%.*s = %.*s.%.*s || (%.*s.%.*s = {}));",
                len,
                name.ptr,
                (int)outer.len,
                outer.ptr,
                len,
                name.ptr,
                (int)outer.len,
                outer.ptr,
                len,
                name.ptr
            );
        } else {
            rwb__edits_printf(u->edits, "})(%.*s || (%.*s = {}));", len, name.ptr, len, name.ptr);
        }
        if (k > 0) {
            rwb__edits_text(u->edits, RWG_STR(" "));
        }
    }
}

/* --- Exported declarations of a body --- */

/* Removes `export`, and the blanks behind it. */
static void drop_export(rwb__unit *u, uint32_t statement) {
    uint32_t word = rwb__child_of_kind(u, statement, RWG_SYNTAX_WORD_EXPORT);
    rwb__unit_drop(u, u->nodes[word].start, u->nodes[u->nodes[word].next].start);
}

static void write_member(rwb__unit *u, rwg_str object, uint32_t name) {
    rwg_span span = {u->nodes[name].start, u->nodes[name].end};
    rwg_syntax_kind kind = rwb__kind(u, name);
    rwb__edits_begin(u->edits, RWB__REPLACE, span.start, span.end);
    if (kind == RWG_SYNTAX_SHORTHAND_PROPERTY_IDENTIFIER_PATTERN) {
        rwb__edits_printf(
            u->edits, "%.*s: ", (int)(span.end - span.start), u->text.ptr + span.start
        );
    }
    rwb__edits_printf(u->edits, "%.*s.", (int)object.len, object.ptr);
    rwb__edits_mapped(u->edits, rwb__text(u, name), span, RWG_STR(""));
}

/* The names of a pattern are those of the body's scope that are declared in it. */
static void write_pattern(rwb__unit *u, rwg_str object, uint32_t pattern) {
    uint32_t count;
    const rwb__symbol *symbols = rwb__scopes_symbols(u->scopes, &count);
    for (uint32_t i = pattern; i < u->nodes[pattern].next; i++) {
        rwg_syntax_kind kind = rwb__kind(u, i);
        if (kind != RWG_SYNTAX_IDENTIFIER &&
            kind != RWG_SYNTAX_SHORTHAND_PROPERTY_IDENTIFIER_PATTERN) {
            continue;
        }
        uint32_t symbol = rwb__scopes_symbol_at(u->scopes, i);
        bool declared = symbol != RWB_NO_SYMBOL && !rwb__scopes_reference_at(u->scopes, i) &&
                        symbols[symbol].flags & RWB__SYMBOL_IS_EXPORTED;
        if (declared) {
            write_member(u, object, i);
        }
    }
}

/* export let a = 1, b, {c} = d;  ->  A.a = 1, {c: A.c} = d; */
static void write_variables(rwb__unit *u, rwg_str object, uint32_t statement, uint32_t list) {
    uint32_t from = u->nodes[statement].start;
    bool any = false;
    for (uint32_t c = rwb__first(u, list); c < u->nodes[list].next; c = u->nodes[c].next) {
        uint32_t name = rwb__child(u, c, RWG_SYNTAX_FIELD_NAME);
        bool variable = rwb__kind(u, c) == RWG_SYNTAX_VARIABLE_DECLARATOR;
        if (!variable || rwb__child(u, c, RWG_SYNTAX_FIELD_VALUE) == 0 || name == 0) {
            continue;
        }
        /* From the last variable that stays, over those without a value, to this one. */
        bool pattern = rwb__kind(u, name) != RWG_SYNTAX_IDENTIFIER;
        rwb__edits_begin(u->edits, RWB__REPLACE, from, u->nodes[c].start);
        if (any) {
            rwb__edits_text(u->edits, RWG_STR(", "));
        } else if (pattern && rwb__unit_needs_semicolon(u, statement)) {
            rwb__edits_text(u->edits, RWG_STR(";"));
        }
        if (pattern) {
            rwb__edits_text(u->edits, RWG_STR("("));
            rwb__edits_insert(u->edits, RWB__AFTER, u->nodes[c].end, RWG_STR(")"));
        }
        write_pattern(u, object, name);
        from = u->nodes[c].end;
        any = true;
    }
    if (!any) {
        rwb__unit_drop_statement(u, statement);
        return;
    }
    uint32_t last = rwb__unit_last_end(u, list);
    uint32_t semicolon = rwb__child_of_kind(u, list, RWG_SYNTAX_TOKEN_SEMICOLON);
    if (semicolon != 0) {
        last = u->nodes[semicolon].start;
    }
    if (from < last) {
        rwb__edits_remove(u->edits, from, last);
    }
}

/* import X = A.B.C; becomes a variable; exported, a property. */
static void write_alias(rwb__unit *u, uint32_t i) {
    uint32_t statement = statement_of(u, i);
    uint32_t around = rwb__namespace_around(u, i);
    uint32_t name = rwb__child_of_kind(u, i, RWG_SYNTAX_IDENTIFIER);
    if (u->elided[i] || u->elided[statement] || name == 0) {
        return;
    }
    if (statement != i && around != 0) {
        rwg_str object = innermost_parameter(u, around);
        rwb__edits_replace(u->edits, u->nodes[statement].start, u->nodes[name].start, RWG_STR(""));
        write_member(u, object, name);
    } else {
        rwb__edits_replace(u->edits, u->nodes[i].start, u->nodes[name].start, RWG_STR("var "));
    }
}

static void write_export(rwb__unit *u, uint32_t statement) {
    uint32_t around = rwb__namespace_around(u, statement);
    uint32_t declaration = rwb__child(u, statement, RWG_SYNTAX_FIELD_DECLARATION);
    if (around == 0 || declaration == 0 || u->elided[statement]) {
        return;
    }
    rwg_str object = innermost_parameter(u, around);
    switch ((int)rwb__kind(u, declaration)) {
    case RWG_SYNTAX_LEXICAL_DECLARATION:
    case RWG_SYNTAX_VARIABLE_DECLARATION: write_variables(u, object, statement, declaration); break;
    case RWG_SYNTAX_FUNCTION_DECLARATION:
    case RWG_SYNTAX_GENERATOR_FUNCTION_DECLARATION:
    case RWG_SYNTAX_CLASS_DECLARATION:
    case RWG_SYNTAX_ABSTRACT_CLASS_DECLARATION: {
        uint32_t name = rwb__child(u, declaration, RWG_SYNTAX_FIELD_NAME);
        rwg_str text = rwb__text(u, name);
        drop_export(u, statement);
        /* BEFORE what follows: what other passes add to the declaration itself comes first. */
        uint32_t end = rwb__unit_last_end(u, statement);
        rwb__edits_begin(u->edits, RWB__BEFORE, end, end);
        rwb__edits_printf(
            u->edits,
            " %.*s.%.*s = %.*s;",
            (int)object.len,
            object.ptr,
            (int)text.len,
            text.ptr,
            (int)text.len,
            text.ptr
        );
        break;
    }
    default: break; /* enums and namespaces write their own */
    }
}

/* --- References --- */

/* The part of an enclosing namespace of `node` whose symbol is `owner`, and that namespace. */
static uint32_t
find_part(rwb__unit *u, uint32_t node, uint32_t owner, uint32_t *out_namespace, bool *out_inner) {
    for (uint32_t m = rwb__namespace_around(u, node); m != 0; m = rwb__namespace_around(u, m)) {
        uint32_t count;
        const uint32_t *parts = rwb__namespace_parts(u, m, &count);
        for (uint32_t k = count; k-- > 0;) {
            if (rwb__scopes_symbol_at(u->scopes, parts[k]) == owner) {
                *out_namespace = m;
                *out_inner = k + 1 == count;
                return parts[k];
            }
        }
    }
    return 0;
}

/* The namespace's symbol whose member the declared name at this node is, or RWB_NO_SYMBOL. */
static uint32_t owner_of(rwb__unit *u, uint32_t name) {
    uint32_t declaration = name;
    while (declaration != 0 && rwb__kind(u, declaration) != RWG_SYNTAX_STATEMENT_BLOCK &&
           !is_namespace(u, declaration)) {
        declaration = u->nodes[declaration].parent;
    }
    uint32_t count;
    if (is_namespace(u, declaration)) { /* the name of a namespace: perhaps a later part */
        const uint32_t *parts = rwb__namespace_parts(u, declaration, &count);
        for (uint32_t k = 1; k < count; k++) {
            if (parts[k] == name) {
                return rwb__scopes_symbol_at(u->scopes, parts[k - 1]);
            }
        }
    }
    uint32_t around = rwb__namespace_around(u, name);
    if (is_namespace(u, declaration)) {
        around = rwb__namespace_around(u, declaration);
    }
    if (around == 0) {
        return RWB_NO_SYMBOL;
    }
    const uint32_t *parts = rwb__namespace_parts(u, around, &count);
    return count == 0 ? RWB_NO_SYMBOL : rwb__scopes_symbol_at(u->scopes, parts[count - 1]);
}

static bool keeps_local(uint8_t kind) {
    return kind == RWB__SYMBOL_FUNCTION || kind == RWB__SYMBOL_CLASS || kind == RWB__SYMBOL_ENUM ||
           kind == RWB__SYMBOL_NAMESPACE;
}

static void write_reference(rwb__unit *u, const rwb__reference *ref, const rwb__symbol *symbol) {
    uint32_t namespace = 0;
    bool inner = false;
    uint32_t owner = owner_of(u, symbol->node);
    uint32_t part = owner == RWB_NO_SYMBOL ? 0 : find_part(u, ref->node, owner, &namespace, &inner);
    if (part == 0) {
        return;
    }
    if (keeps_local(symbol->kind)) {
        uint32_t body = rwb__child(u, namespace, RWG_SYNTAX_FIELD_BODY);
        bool is_next_part = !inner && symbol->kind == RWB__SYMBOL_NAMESPACE;
        bool is_here = u->nodes[body].start <= u->nodes[symbol->node].start &&
                       rwb__namespace_around(u, symbol->node) == namespace;
        if (is_next_part || is_here || find_local(u, body, symbol->name, UINT32_MAX) != 0) {
            return;
        }
    }
    rwg_str object = rwb__namespace_parameter(u, namespace, part);
    rwg__buf buf;
    rwg__buf_init(&buf, u->mem);
    rwg__buf_printf(
        &buf, "%.*s.%.*s", (int)object.len, object.ptr, (int)symbol->name.len, symbol->name.ptr
    );
    rwb__unit_replace_reference(u, ref, rwg__buf_str(&buf), false);
    rwg__buf_deinit(&buf);
}

static void write_references(rwb__unit *u) {
    uint32_t ref_count;
    uint32_t scope_count;
    uint32_t symbol_count;
    const rwb__reference *refs = rwb__scopes_references(u->scopes, &ref_count);
    const rwb__scope *scopes = rwb__scopes_all(u->scopes, &scope_count);
    const rwb__symbol *symbols = rwb__scopes_symbols(u->scopes, &symbol_count);
    for (uint32_t r = 0; r < ref_count; r++) {
        const rwb__reference *ref = &refs[r];
        if (ref->symbol == RWB_NO_SYMBOL || ref->flags & RWB__REF_TYPE) {
            continue;
        }
        const rwb__symbol *symbol = &symbols[ref->symbol];
        if (symbol->flags & RWB__SYMBOL_IS_EXPORTED && symbol->flags & RWB__SYMBOL_IS_VALUE &&
            scopes[symbol->scope].kind == RWB__SCOPE_NAMESPACE) {
            write_reference(u, ref, symbol);
        }
    }
}

/* --- The walk --- */

/* Returns the node to go on with. */
static uint32_t visit(rwb__unit *u, uint32_t i, bool *any) {
    switch ((int)rwb__kind(u, i)) {
    case RWG_SYNTAX_MODULE:
    case RWG_SYNTAX_INTERNAL_MODULE: {
        uint32_t body = rwb__child(u, i, RWG_SYNTAX_FIELD_BODY);
        uint32_t brace = body == 0 ? 0 : rwb__child_of_kind(u, body, RWG_SYNTAX_TOKEN_BRACE_CLOSE);
        if (brace == 0 || rwb__types_is_statement(u, i)) {
            return u->nodes[i].next;
        }
        rwb__namespace_open(u, i, u->nodes[i].start, u->nodes[body].start + 1);
        rwb__namespace_close(u, i, brace);
        *any = true;
        return body;
    }
    case RWG_SYNTAX_AMBIENT_DECLARATION: return u->nodes[i].next;
    case RWG_SYNTAX_EXPORT_STATEMENT:
        if (u->elided[i]) {
            return u->nodes[i].next;
        }
        write_export(u, i);
        return i + 1;
    case RWG_SYNTAX_IMPORT_ALIAS: write_alias(u, i); return u->nodes[i].next;
    default: return i + 1;
    }
}

void rwb__namespaces_run(rwb__unit *u) {
    if (!u->typescript) {
        return;
    }
    bool any = false;
    for (uint32_t i = 1; i < u->node_count;) {
        i = visit(u, i, &any);
    }
    if (any) {
        write_references(u);
    }
}
