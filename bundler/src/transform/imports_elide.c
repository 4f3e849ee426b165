/* Which imports and exports vanish because only types are meant.
 *
 * TypeScript's rule, as far as one file can tell: an imported name goes when nothing reads it as a
 * value, and its statement goes when all of its names do. What a re-export leads to is unknown, so
 * it stays. `verbatimModuleSyntax` keeps everything that is not marked `type`.
 *
 * Uses are counted here and not taken from the symbols: what stands in code that vanishes itself
 * (`declare ...`, an alias `import A = B.C` that nobody reads) is no use. */
#include "transform/jsx.h"
#include "transform/types.h"

typedef struct elide {
    rwb__unit *u;
    uint32_t *uses; /* by symbol */
    const rwb__symbol *symbols;
    uint32_t symbol_count;
    const rwb__reference *refs;
    uint32_t ref_count;
    RWG_VEC(uint32_t) aliases; /* import A = B.C, ascending */
} elide;

/* --- Uses --- */

static void add_use(elide *e, uint32_t symbol) {
    if (symbol != RWB_NO_SYMBOL) {
        e->uses[symbol]++;
    }
}

static bool is_value(const rwb__reference *ref) {
    return !(ref->flags & RWB__REF_TYPE);
}

/* Interfaces and aliases are walked through: the name in `{[a.b]: T}` is an expression, and its
 * import stays, as TypeScript has it. */
static bool has_no_code(const rwb__unit *u, uint32_t i) {
    switch ((int)rwb__kind(u, i)) {
    case RWG_SYNTAX_METHOD_SIGNATURE:
    case RWG_SYNTAX_ABSTRACT_METHOD_SIGNATURE:
        return rwb__kind(u, u->nodes[i].parent) == RWG_SYNTAX_CLASS_BODY;
    case RWG_SYNTAX_IMPORT_ALIAS: return true;
    case RWG_SYNTAX_INTERFACE_DECLARATION:
    case RWG_SYNTAX_TYPE_ALIAS_DECLARATION: return false;
    default: return rwb__types_is_statement(u, i);
    }
}

/* Index of the first reference at or behind a node. */
static uint32_t first_ref(const elide *e, uint32_t node) {
    uint32_t low = 0;
    uint32_t high = e->ref_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (e->refs[middle].node < node) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Where the type of an assertion ends when this is its word, else 0. */
static uint32_t type_end(const rwb__unit *u, uint32_t i) {
    rwg_syntax_kind kind = rwb__kind(u, i);
    rwg_syntax_kind parent = rwb__kind(u, u->nodes[i].parent);
    bool word = (kind == RWG_SYNTAX_WORD_AS && parent == RWG_SYNTAX_AS_EXPRESSION) ||
                (kind == RWG_SYNTAX_WORD_SATISFIES && parent == RWG_SYNTAX_SATISFIES_EXPRESSION);
    return word ? u->nodes[rwb__types_assertion(u, i)].next : 0;
}

/* The names between a misread `<` and `>` are types: what was counted is taken back. */
static void uncount(elide *e, uint32_t less, uint32_t greater) {
    for (uint32_t r = first_ref(e, less); r < e->ref_count && e->refs[r].node < greater; r++) {
        if (is_value(&e->refs[r]) && e->refs[r].symbol != RWB_NO_SYMBOL) {
            e->uses[e->refs[r].symbol]--;
        }
    }
}

static bool is_name_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || (unsigned char)c >= 0x80;
}

/* A parameter that is a pattern can be hidden behind a patch, with default values in it. Its words
 * count as uses, whatever they are. */
static void count_hidden(elide *e, uint32_t parameter) {
    const rwb__unit *u = e->u;
    rwg_str text = rwg__str_sub(u->text, u->nodes[parameter].start, rwb__unit_end(u, parameter));
    for (uint32_t i = 0; i < text.len;) {
        uint32_t end = i;
        while (end < text.len && is_name_byte(text.ptr[end])) {
            end++;
        }
        if (end > i) {
            add_use(e, rwb__scopes_find(u->scopes, 0, rwg__str_sub(text, i, end)));
        }
        i = end + 1;
    }
}

/* References and nodes are walked side by side; both ascend. */
static void count_uses(elide *e) {
    const rwb__unit *u = e->u;
    uint32_t r = 0;
    uint32_t computed = 0; /* nodes before this one are in {[here]: T} */
    for (uint32_t i = 1; i < u->node_count; i++) {
        if (rwb__kind(u, i) == RWG_SYNTAX_COMPUTED_PROPERTY_NAME) {
            computed = u->nodes[i].next;
        }
        if (rwb__kind(u, i) == RWG_SYNTAX_IMPORT_ALIAS) {
            *rwg__vec_push(&e->aliases, u->mem) = i;
        }
        bool hidden = u->nodes[i].flags & RWG_SYNTAX_PATCHED &&
                      u->nodes[i].field == RWG_SYNTAX_FIELD_PATTERN &&
                      rwb__kind(u, i) == RWG_SYNTAX_IDENTIFIER;
        if (hidden) {
            count_hidden(e, i);
        }
        uint32_t skip = has_no_code(u, i) ? u->nodes[i].next : type_end(u, i);
        for (; r < e->ref_count && e->refs[r].node < (skip ? skip : i + 1); r++) {
            if (skip == 0 && (is_value(&e->refs[r]) || i < computed)) {
                add_use(e, e->refs[r].symbol);
            }
        }
        uint32_t less = rwb__types_misread(u, i);
        if (less != 0) {
            uncount(e, less, i);
        }
        i = skip ? skip - 1 : i;
    }
}

/* Classic JSX calls `React.createElement`: the first name of the factory is read. */
static void count_jsx(elide *e) {
    rwb__jsx_settings settings = rwb__jsx_settings_of(e->u);
    bool any = false;
    for (uint32_t i = 1; i < e->u->node_count && !any; i++) {
        rwg_syntax_kind kind = rwb__kind(e->u, i);
        any = kind == RWG_SYNTAX_JSX_ELEMENT || kind == RWG_SYNTAX_JSX_SELF_CLOSING_ELEMENT;
    }
    rwg_str names[] = {settings.factory, settings.fragment};
    bool called = any && settings.runtime != RWB_JSX_AUTOMATIC;
    for (size_t k = 0; called && k < sizeof names / sizeof names[0]; k++) {
        rwg_str name = names[k];
        name.len = rwg__str_index(name, '.');
        add_use(e, rwb__scopes_find(e->u->scopes, 0, name));
    }
}

/* --- Types that emitDecoratorMetadata turns into values --- */

/* The references that begin the types of an annotation: `A`, `A.B`, `A<B>`, `A | null`. */
static void count_type(elide *e, uint32_t annotation) {
    const rwb__unit *u = e->u;
    for (uint32_t i = rwb__first(u, annotation); i < u->nodes[annotation].next;) {
        switch ((int)rwb__kind(u, i)) {
        case RWG_SYNTAX_TYPE_IDENTIFIER:
        case RWG_SYNTAX_IDENTIFIER: {
            const rwb__reference *ref = rwb__scopes_reference_at(u->scopes, i);
            if (ref) {
                add_use(e, ref->symbol);
            }
            i = u->nodes[i].next;
            break;
        }
        case RWG_SYNTAX_GENERIC_TYPE:
        case RWG_SYNTAX_NESTED_TYPE_IDENTIFIER:
        case RWG_SYNTAX_NESTED_IDENTIFIER:
        case RWG_SYNTAX_UNION_TYPE:
        case RWG_SYNTAX_INTERSECTION_TYPE:
        case RWG_SYNTAX_PARENTHESIZED_TYPE: i++; break;
        default: i = u->nodes[i].next; break;
        }
    }
}

/* The annotations that are children of this node or of its parameters. */
static void count_signature(elide *e, uint32_t node) {
    const rwb__unit *u = e->u;
    for (uint32_t i = rwb__first(u, node); i < u->nodes[node].next;) {
        switch ((int)rwb__kind(u, i)) {
        case RWG_SYNTAX_TYPE_ANNOTATION:
            count_type(e, i);
            i = u->nodes[i].next;
            break;
        case RWG_SYNTAX_FORMAL_PARAMETERS:
        case RWG_SYNTAX_REQUIRED_PARAMETER:
        case RWG_SYNTAX_OPTIONAL_PARAMETER: i++; break;
        default: i = u->nodes[i].next; break;
        }
    }
}

static void count_constructor(elide *e, uint32_t class) {
    const rwb__unit *u = e->u;
    uint32_t body = rwb__child(u, class, RWG_SYNTAX_FIELD_BODY);
    for (uint32_t c = rwb__first(u, body); body && c < u->nodes[body].next; c = u->nodes[c].next) {
        uint32_t name = rwb__child(u, c, RWG_SYNTAX_FIELD_NAME);
        if (rwb__kind(u, c) == RWG_SYNTAX_METHOD_DEFINITION && name != 0 &&
            rwg__str_eq_c(rwb__text(u, name), "constructor")) {
            count_signature(e, c);
        }
    }
}

static void count_decorated(elide *e, uint32_t decorator) {
    const rwb__unit *u = e->u;
    uint32_t parent = u->nodes[decorator].parent;
    switch ((int)rwb__kind(u, parent)) {
    case RWG_SYNTAX_CLASS:
    case RWG_SYNTAX_CLASS_DECLARATION:
    case RWG_SYNTAX_ABSTRACT_CLASS_DECLARATION: count_constructor(e, parent); break;
    case RWG_SYNTAX_EXPORT_STATEMENT: {
        uint32_t class = rwb__child(u, parent, RWG_SYNTAX_FIELD_DECLARATION);
        if (class != 0) {
            count_constructor(e, class);
        }
        break;
    }
    case RWG_SYNTAX_PUBLIC_FIELD_DEFINITION: count_signature(e, parent); break;
    case RWG_SYNTAX_CLASS_BODY: {
        uint32_t next = u->nodes[decorator].next;
        while (rwb__kind(u, next) == RWG_SYNTAX_DECORATOR ||
               rwb__kind(u, next) == RWG_SYNTAX_COMMENT) {
            next = u->nodes[next].next;
        }
        count_signature(e, next);
        break;
    }
    case RWG_SYNTAX_REQUIRED_PARAMETER:
    case RWG_SYNTAX_OPTIONAL_PARAMETER:
        count_signature(e, u->nodes[u->nodes[parent].parent].parent);
        break;
    default: break;
    }
}

static void count_metadata(elide *e) {
    const rwb_transform_options *options = e->u->options;
    if (!options->emit_decorator_metadata || options->decorators != RWB_DECORATORS_LEGACY) {
        return;
    }
    for (uint32_t i = 1; i < e->u->node_count; i++) {
        if (rwb__kind(e->u, i) == RWG_SYNTAX_DECORATOR) {
            count_decorated(e, i);
        }
    }
}

/* --- Questions --- */

static bool verbatim(const elide *e) {
    return e->u->options->verbatim_module_syntax;
}

static bool has_word(const rwb__unit *u, uint32_t i, rwg_syntax_kind word) {
    return rwb__child_of_kind(u, i, word) != 0;
}

/* Does the imported name, declared at this identifier, go? */
static bool goes(const elide *e, uint32_t name) {
    uint32_t symbol = rwb__scopes_symbol_at(e->u->scopes, name);
    if (symbol == RWB_NO_SYMBOL) {
        return false;
    }
    if (e->symbols[symbol].flags & RWB__SYMBOL_TYPE_ONLY_IMPORT) {
        return true;
    }
    return !verbatim(e) && e->uses[symbol] == 0;
}

/* Is what the identifier refers to declared here, and no value? `declared`: what is only declared
 * counts as a value, since it may be a global. */
static bool names_type(const elide *e, uint32_t name, bool declared) {
    uint32_t symbol = rwb__scopes_symbol_at(e->u->scopes, name);
    if (symbol == RWB_NO_SYMBOL) {
        return false;
    }
    uint8_t flags = e->symbols[symbol].flags;
    uint8_t kind = e->symbols[symbol].kind;
    if (kind == RWB__SYMBOL_IMPORT || kind == RWB__SYMBOL_IMPORT_EQUALS) {
        return flags & RWB__SYMBOL_TYPE_ONLY_IMPORT;
    }
    bool value = flags & (RWB__SYMBOL_IS_VALUE | RWB__SYMBOL_VALUE_NAMESPACE);
    return !value || (!declared && flags & RWB__SYMBOL_IS_AMBIENT);
}

/* import X = A.B with A a namespace of this file that has no values. */
static bool alias_names_type(const elide *e, uint32_t alias) {
    const rwb__unit *u = e->u;
    uint32_t first = first_ref(e, alias);
    for (uint32_t r = first; r < e->ref_count && e->refs[r].node < u->nodes[alias].next; r++) {
        return names_type(e, e->refs[r].node, true);
    }
    return false;
}

/* --- Statements --- */

static uint32_t import_of(const rwb__unit *u, uint32_t statement) {
    for (uint32_t i = statement; i < u->nodes[statement].next; i++) {
        if (u->nodes[i].field == RWG_SYNTAX_FIELD_SOURCE) {
            return rwb__unit_import_at(u, i);
        }
    }
    return RWG_NO_IMPORT;
}

static void elide_statement(elide *e, uint32_t statement) {
    e->u->elided[statement] = 1;
    uint32_t import = import_of(e->u, statement);
    if (import != RWG_NO_IMPORT) {
        e->u->import_elided[import] = 1;
    }
}

/* The identifier that a part of an import statement declares, or 0: a default import, a namespace,
 * a name in braces, the x of `x = require("m")`. */
static uint32_t imported_name(const rwb__unit *u, uint32_t part) {
    uint32_t parent = u->nodes[part].parent;
    switch ((int)rwb__kind(u, part)) {
    case RWG_SYNTAX_IMPORT_SPECIFIER: {
        uint32_t alias = rwb__child(u, part, RWG_SYNTAX_FIELD_ALIAS);
        return alias ? alias : rwb__child(u, part, RWG_SYNTAX_FIELD_NAME);
    }
    case RWG_SYNTAX_NAMESPACE_IMPORT: return rwb__child_of_kind(u, part, RWG_SYNTAX_IDENTIFIER);
    case RWG_SYNTAX_IDENTIFIER:
        return rwb__kind(u, parent) == RWG_SYNTAX_IMPORT_CLAUSE ||
                       rwb__kind(u, parent) == RWG_SYNTAX_IMPORT_REQUIRE_CLAUSE
                   ? part
                   : 0;
    default: return 0;
    }
}

static void elide_import(elide *e, uint32_t statement) {
    rwb__unit *u = e->u;
    uint32_t clause = rwb__child_of_kind(u, statement, RWG_SYNTAX_IMPORT_CLAUSE);
    uint32_t require = rwb__child_of_kind(u, statement, RWG_SYNTAX_IMPORT_REQUIRE_CLAUSE);
    bool type = has_word(u, statement, RWG_SYNTAX_WORD_TYPE);
    /* `export import a = require("m")` is exported whether it is read or not. */
    bool exported = require && rwb__unit_blanked(u, statement).end > 0;
    bool keeps =
        !type &&
        (exported || (clause && verbatim(e) && has_word(u, clause, RWG_SYNTAX_NAMED_IMPORTS)));
    for (uint32_t i = rwb__first(u, statement); i < u->nodes[statement].next; i++) {
        uint32_t name = imported_name(u, i);
        if (name != 0) {
            u->elided[i] = type || (!exported && goes(e, name));
            keeps |= !u->elided[i];
        }
    }
    if ((clause || require) && !keeps) {
        elide_statement(e, statement);
    }
}

static void elide_clause(elide *e, uint32_t statement, uint32_t clause) {
    rwb__unit *u = e->u;
    bool from = rwb__child(u, statement, RWG_SYNTAX_FIELD_SOURCE) != 0;
    uint32_t kept = 0;
    uint32_t gone = 0;
    for (uint32_t c = rwb__first(u, clause); c < u->nodes[clause].next; c = u->nodes[c].next) {
        if (rwb__kind(u, c) != RWG_SYNTAX_EXPORT_SPECIFIER) {
            continue;
        }
        uint32_t name = rwb__child(u, c, RWG_SYNTAX_FIELD_NAME);
        bool type = has_word(u, c, RWG_SYNTAX_WORD_TYPE) ||
                    (!from && !verbatim(e) && names_type(e, name, false));
        u->elided[c] = type;
        gone += type;
        kept += !type;
    }
    if (kept == 0 && !verbatim(e) && (gone > 0 || from)) {
        elide_statement(e, statement);
    }
}

static void elide_export(elide *e, uint32_t statement) {
    rwb__unit *u = e->u;
    uint32_t clause = rwb__child_of_kind(u, statement, RWG_SYNTAX_EXPORT_CLAUSE);
    uint32_t declaration = rwb__child(u, statement, RWG_SYNTAX_FIELD_DECLARATION);
    uint32_t value = rwb__child(u, statement, RWG_SYNTAX_FIELD_VALUE);
    uint32_t equals = rwb__child_of_kind(u, statement, RWG_SYNTAX_TOKEN_EQUALS);
    value = equals ? u->nodes[equals].next : value; /* export = a */
    uint32_t star = rwb__child_of_kind(u, statement, RWG_SYNTAX_TOKEN_STAR);
    star = star ? star : rwb__child_of_kind(u, statement, RWG_SYNTAX_NAMESPACE_EXPORT);
    if (has_word(u, statement, RWG_SYNTAX_WORD_TYPE) ||
        has_word(u, statement, RWG_SYNTAX_WORD_NAMESPACE) || /* export as namespace A */
        (star && rwb__unit_blanked(u, star).end > 0) ||      /* export type * from "m" */
        (declaration && rwb__types_is_statement(u, declaration))) {
        elide_statement(e, statement);
    } else if (clause) {
        elide_clause(e, statement, clause);
    } else if (value && rwb__kind(u, value) == RWG_SYNTAX_IDENTIFIER && !verbatim(e) && names_type(e, value, true)) {
        elide_statement(e, statement);
    } else if (value && rwb__kind(u, value) == RWG_SYNTAX_NUMBER &&
               !rwg__str_eq(rwb__text(u, value), rwg__str_sub(rwg_source_seen(u->source),
                                                             u->nodes[value].start,
                                                             u->nodes[value].end))) {
        elide_statement(e, statement); /* export default function (a: T): U; */
    }
}

/* Files without imports and exports share their names with others, which may read them. */
static bool has_no_module_syntax(const rwb__unit *u) {
    for (uint32_t i = rwb__first(u, 0); i < u->nodes[0].next; i = u->nodes[i].next) {
        rwg_syntax_kind kind = rwb__kind(u, i);
        if (kind == RWG_SYNTAX_IMPORT_STATEMENT || kind == RWG_SYNTAX_EXPORT_STATEMENT) {
            return false;
        }
    }
    return true;
}

/* Later aliases may read earlier ones, so the last comes first. */
static void elide_aliases(elide *e) {
    rwb__unit *u = e->u;
    bool is_script = e->aliases.len > 0 && has_no_module_syntax(u);
    for (uint32_t k = e->aliases.len; k-- > 0;) {
        uint32_t alias = e->aliases.ptr[k];
        uint32_t statement = u->nodes[alias].parent;
        bool exported = rwb__kind(u, statement) == RWG_SYNTAX_EXPORT_STATEMENT;
        uint32_t name = rwb__child_of_kind(u, alias, RWG_SYNTAX_IDENTIFIER);
        uint32_t symbol = rwb__scopes_symbol_at(u->scopes, name);
        bool script = !exported && u->nodes[alias].parent == 0 && is_script;
        bool used = exported || script || (symbol != RWB_NO_SYMBOL && e->uses[symbol] > 0);
        bool unused = !verbatim(e) && (!used || alias_names_type(e, alias));
        if (unused || has_word(u, alias, RWG_SYNTAX_WORD_TYPE)) {
            u->elided[exported ? statement : alias] = 1;
            continue;
        }
        uint32_t r = first_ref(e, alias);
        for (; r < e->ref_count && e->refs[r].node < u->nodes[alias].next; r++) {
            add_use(e, e->refs[r].symbol);
        }
    }
}

static void elide_statements(elide *e) {
    rwb__unit *u = e->u;
    for (uint32_t i = 1; i < u->node_count;) {
        rwg_syntax_kind kind = rwb__kind(u, i);
        if (kind == RWG_SYNTAX_IMPORT_STATEMENT) {
            elide_import(e, i);
            i = u->nodes[i].next;
        } else if (kind == RWG_SYNTAX_EXPORT_STATEMENT && !u->elided[i]) {
            elide_export(e, i);
            i = u->elided[i] ? u->nodes[i].next : i + 1;
        } else {
            i = rwb__types_is_statement(u, i) ? u->nodes[i].next : i + 1;
        }
    }
}

/* JSX that stays JSX imports no runtime. */
static void elide_runtime(rwb__unit *u) {
    uint32_t import = rwb__jsx_import(u);
    if (import != RWG_NO_IMPORT && rwb__jsx_settings_of(u).runtime != RWB_JSX_AUTOMATIC) {
        u->import_elided[import] = 1;
    }
}

void rwb__elide_run(rwb__unit *u) {
    elide_runtime(u);
    if (!u->typescript) {
        return;
    }
    elide e = {.u = u};
    e.symbols = rwb__scopes_symbols(u->scopes, &e.symbol_count);
    e.refs = rwb__scopes_references(u->scopes, &e.ref_count);
    e.uses = rwg__arena_zalloc(u->arena, e.symbol_count * sizeof *e.uses);
    count_uses(&e);
    count_jsx(&e);
    count_metadata(&e);
    elide_aliases(&e);
    elide_statements(&e);
    rwg__vec_free(&e.aliases, u->mem);
}
