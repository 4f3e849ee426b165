/* What emitDecoratorMetadata says of types: values that stand for them at run time.
 *
 * As TypeScript with isolatedModules: a name that is not declared here, a global or an import, is
 * its value if that is a function when the module runs, else Object. */
#include "transform/classes.h"
#include "transform/factory.h"

#include <stdio.h>

/* Aliases that lead to aliases, followed this far. */
enum {
    LONGEST_CHAIN = 64
};

static const rwg_str OBJECT = {"Object", 6};
static const rwg_str NOTHING = {"void 0", 6};

static uint32_t first_named(const rwb__unit *u, uint32_t i) {
    return rwb__class_decorator_value(u, i);
}

static rwg_str predefined(rwg_str name) {
    static const char *const TYPES[][2] = {
        {"string", "String"},
        {"number", "Number"},
        {"boolean", "Boolean"},
        {"symbol", "Symbol"},
        {"bigint", "BigInt"},
        {"void", "void 0"},
        {"never", "void 0"},
    };
    for (size_t i = 0; i < sizeof TYPES / sizeof TYPES[0]; i++) {
        if (rwg__str_eq_c(name, TYPES[i][0])) {
            return rwg__str_c(TYPES[i][1]);
        }
    }
    return rwg__str_starts(name, RWG_STR("unique")) ? RWG_STR("Symbol") : OBJECT;
}

static rwg_str literal(const rwb__unit *u, uint32_t type) {
    uint32_t value = first_named(u, type);
    rwg_str text = rwb__text(u, value);
    switch ((int)rwb__kind(u, value)) {
    case RWG_SYNTAX_STRING: return RWG_STR("String");
    case RWG_SYNTAX_TRUE:
    case RWG_SYNTAX_FALSE: return RWG_STR("Boolean");
    case RWG_SYNTAX_NULL:
    case RWG_SYNTAX_UNDEFINED: return NOTHING;
    default: return text.ptr[text.len - 1] == 'n' ? RWG_STR("BigInt") : RWG_STR("Number");
    }
}

/* A value that is only known to be a function when the module runs. */
static rwg_str guarded(rwb__unit *u, rwg_str root, rwg_str path) {
    size_t size = root.len + 3 * (size_t)path.len + 80;
    char *text = rwg__arena_alloc(u->arena, size);
    int len = snprintf(
        text,
        size,
        "(typeof %.*s !== \"undefined\" && typeof %.*s === \"function\" ? %.*s : Object)",
        (int)root.len,
        root.ptr,
        (int)path.len,
        path.ptr,
        (int)path.len,
        path.ptr
    );
    return rwg__str(text, (size_t)len);
}

/* In the factory form imports are read from their namespaces, elsewhere by name. */
static rwg_str imported(rwb__class *c, uint32_t type, uint32_t symbol, rwg_str rest) {
    rwb__unit *u = c->u;
    rwg_str root = rwb__text(u, type);
    if (u->options->form == RWB_FORM_FACTORY) {
        root = rwb__factory_import_texts(u)[symbol];
    } else {
        rwg_str member;
        uint32_t import = rwb__factory_import_of(u, symbol, &member);
        rwb_link link = rwb__unit_link(u, import);
        if (link.kind == RWB_LINK_NAMESPACE || link.kind == RWB_LINK_EMPTY) {
            rwb__unit_error(
                u,
                type,
                "decorator metadata cannot name this import here: import it "
                "with `import type`"
            );
            return OBJECT;
        }
    }
    if (root.len == 0) {
        return OBJECT;
    }
    char *path = rwg__arena_alloc(u->arena, root.len + rest.len + 1);
    memcpy(path, root.ptr, root.len);
    memcpy(path + root.len, rest.ptr, rest.len);
    return guarded(u, root, rwg__str(path, root.len + rest.len));
}

static rwg_str enumeration(const rwb__unit *u, uint32_t declaration) {
    uint32_t body = rwb__child(u, declaration, RWG_SYNTAX_FIELD_BODY);
    bool strings = false;
    bool others = false;
    for (uint32_t i = rwb__first(u, body); i < u->nodes[body].next; i = u->nodes[i].next) {
        if (!(u->nodes[i].flags & RWG_SYNTAX_NAMED) || rwb__kind(u, i) == RWG_SYNTAX_COMMENT) {
            continue;
        }
        uint32_t value = rwb__kind(u, i) == RWG_SYNTAX_ENUM_ASSIGNMENT
                             ? rwb__child(u, i, RWG_SYNTAX_FIELD_VALUE)
                             : 0;
        bool string = value != 0 && (rwb__kind(u, value) == RWG_SYNTAX_STRING ||
                                     rwb__kind(u, value) == RWG_SYNTAX_TEMPLATE_STRING);
        strings |= string;
        others |= !string;
    }
    return strings && others ? OBJECT : strings ? RWG_STR("String") : RWG_STR("Number");
}

/* What a declared name stands for. An alias gives *out_alias, the type to go on with. */
static rwg_str declared(rwb__class *c, uint32_t type, uint32_t symbol, uint32_t *out_alias) {
    const rwb__unit *u = c->u;
    uint32_t count = 0;
    const rwb__symbol *s = &rwb__scopes_symbols(u->scopes, &count)[symbol];
    uint32_t declaration = u->nodes[s->node].parent;
    switch ((int)s->kind) {
    case RWB__SYMBOL_CLASS: return rwb__text(u, type);
    case RWB__SYMBOL_ENUM: return enumeration(u, declaration);
    case RWB__SYMBOL_TYPE:
        if (rwb__kind(u, declaration) == RWG_SYNTAX_TYPE_ALIAS_DECLARATION) {
            *out_alias = rwb__child(u, declaration, RWG_SYNTAX_FIELD_VALUE);
        } else if (rwb__kind(u, declaration) == RWG_SYNTAX_INTERFACE_DECLARATION) {
            uint32_t body = rwb__child(u, declaration, RWG_SYNTAX_FIELD_BODY);
            bool callable = body != 0 && rwb__child_of_kind(u, body, RWG_SYNTAX_CALL_SIGNATURE);
            return callable ? RWG_STR("Function") : OBJECT;
        }
        return OBJECT;
    default: return OBJECT;
    }
}

/* A name, or names joined by dots. */
static rwg_str reference(rwb__class *c, uint32_t type, uint32_t *out_alias) {
    rwb__unit *u = c->u;
    uint32_t root = type;
    while (rwb__kind(u, root) == RWG_SYNTAX_NESTED_TYPE_IDENTIFIER ||
           rwb__kind(u, root) == RWG_SYNTAX_NESTED_IDENTIFIER ||
           rwb__kind(u, root) == RWG_SYNTAX_MEMBER_EXPRESSION) {
        root = first_named(u, root);
    }
    rwg_str rest = rwg__str_sub(u->text, u->nodes[root].end, u->nodes[type].end);
    uint32_t symbol = rwb__scopes_symbol_at(u->scopes, root);
    if (symbol == RWB_NO_SYMBOL && rwg__str_eq_c(rwb__text(u, type), "bigint")) {
        return RWG_STR("BigInt"); /* the grammar takes it for a name */
    }
    if (symbol == RWB_NO_SYMBOL) {
        return guarded(u, rwb__text(u, root), rwb__text(u, type));
    }
    uint32_t count = 0;
    const rwb__symbol *s = &rwb__scopes_symbols(u->scopes, &count)[symbol];
    if (s->kind == RWB__SYMBOL_IMPORT || s->kind == RWB__SYMBOL_IMPORT_EQUALS) {
        bool only_type = s->flags & RWB__SYMBOL_TYPE_ONLY_IMPORT;
        return only_type ? OBJECT : imported(c, root, symbol, rest);
    }
    if (rest.len > 0) {
        bool value = s->flags & (RWB__SYMBOL_IS_VALUE | RWB__SYMBOL_VALUE_NAMESPACE);
        return value ? guarded(u, rwb__text(u, root), rwb__text(u, type)) : OBJECT;
    }
    return declared(c, root, symbol, out_alias);
}

/* One part of a union, or a whole type that is none. */
static rwg_str leaf(rwb__class *c, uint32_t type, uint32_t *out_alias) {
    const rwb__unit *u = c->u;
    switch ((int)rwb__kind(u, type)) {
    case RWG_SYNTAX_PREDEFINED_TYPE: return predefined(rwb__text(u, type));
    case RWG_SYNTAX_LITERAL_TYPE: return literal(u, type);
    case RWG_SYNTAX_TEMPLATE_LITERAL_TYPE: return RWG_STR("String");
    case RWG_SYNTAX_ARRAY_TYPE:
    case RWG_SYNTAX_TUPLE_TYPE: return RWG_STR("Array");
    case RWG_SYNTAX_FUNCTION_TYPE:
    case RWG_SYNTAX_CONSTRUCTOR_TYPE: return RWG_STR("Function");
    case RWG_SYNTAX_TYPE_PREDICATE: return RWG_STR("Boolean");
    case RWG_SYNTAX_ASSERTS: return NOTHING;
    case RWG_SYNTAX_GENERIC_TYPE: return reference(c, first_named(u, type), out_alias);
    case RWG_SYNTAX_TYPE_IDENTIFIER:
    case RWG_SYNTAX_NESTED_TYPE_IDENTIFIER: return reference(c, type, out_alias);
    default: return OBJECT;
    }
}

/* null, undefined and never say nothing in a union. */
static bool says_nothing(const rwb__unit *u, uint32_t type) {
    rwg_str text = rwb__text(u, type);
    return rwg__str_eq_c(text, "null") || rwg__str_eq_c(text, "undefined") ||
           rwg__str_eq_c(text, "never");
}

static bool holds_parts(rwg_syntax_kind kind) {
    return kind == RWG_SYNTAX_UNION_TYPE || kind == RWG_SYNTAX_INTERSECTION_TYPE ||
           kind == RWG_SYNTAX_PARENTHESIZED_TYPE || kind == RWG_SYNTAX_READONLY_TYPE ||
           kind == RWG_SYNTAX_TYPE_ANNOTATION || kind == RWG_SYNTAX_ASSERTS_ANNOTATION ||
           kind == RWG_SYNTAX_TYPE_PREDICATE_ANNOTATION;
}

/* `type` may be the annotation around it. All parts of a union must agree. An alias as the only
 * part is followed. */
static rwg_str serialize(rwb__class *c, uint32_t type) {
    const rwb__unit *u = c->u;
    for (uint32_t steps = 0; type != 0 && steps < LONGEST_CHAIN; steps++) {
        rwg_str result = RWG_STR("");
        uint32_t alias = 0;
        uint32_t parts = 0;
        for (uint32_t i = type; i < u->nodes[type].next;) {
            rwg_syntax_kind kind = rwb__kind(u, i);
            if (holds_parts(kind)) {
                i++;
                continue;
            }
            bool counts = (u->nodes[i].flags & RWG_SYNTAX_NAMED) && kind != RWG_SYNTAX_COMMENT;
            if (counts && !(says_nothing(u, i))) {
                rwg_str part = leaf(c, i, &alias);
                bool same = parts == 0 || rwg__str_eq(part, result);
                result = same ? part : OBJECT;
                alias = parts == 0 ? alias : 0;
                parts++;
            }
            i = u->nodes[i].next;
        }
        if (alias == 0 || parts > 1) {
            return parts > 0 ? result : NOTHING;
        }
        type = alias;
    }
    return OBJECT;
}

/* --- members --- */

static uint32_t parameter_type(const rwb__unit *u, uint32_t parameter) {
    return rwb__child(u, parameter, RWG_SYNTAX_FIELD_TYPE);
}

static void put_text(rwb__class *c, rwg_str text) {
    rwb__edits_text(c->u->edits, text);
}

/* `...a: T[]` is many T. */
static rwg_str rest_type(rwb__class *c, uint32_t annotation) {
    const rwb__unit *u = c->u;
    uint32_t type = annotation ? first_named(u, annotation) : 0;
    if (type == 0) {
        return OBJECT;
    }
    if (rwb__kind(u, type) == RWG_SYNTAX_ARRAY_TYPE) {
        return serialize(c, first_named(u, type));
    }
    uint32_t arguments = rwb__child_of_kind(u, type, RWG_SYNTAX_TYPE_ARGUMENTS);
    return arguments ? serialize(c, first_named(u, arguments)) : OBJECT;
}

static void put_parameters(rwb__class *c, uint32_t method) {
    const rwb__unit *u = c->u;
    uint32_t list = rwb__child(u, method, RWG_SYNTAX_FIELD_PARAMETERS);
    bool any = false;
    for (uint32_t p = rwb__first(u, list); p < u->nodes[list].next; p = u->nodes[p].next) {
        uint32_t pattern = rwb__child(u, p, RWG_SYNTAX_FIELD_PATTERN);
        bool is_this = pattern != 0 && rwb__kind(u, pattern) == RWG_SYNTAX_THIS;
        bool named = (u->nodes[p].flags & RWG_SYNTAX_NAMED) != 0;
        if (!named || rwb__kind(u, p) == RWG_SYNTAX_COMMENT || is_this) {
            continue;
        }
        put_text(c, any ? RWG_STR(", ") : RWG_STR(""));
        any = true;
        uint32_t type = parameter_type(u, p);
        bool rest = pattern != 0 && rwb__kind(u, pattern) == RWG_SYNTAX_REST_PATTERN;
        put_text(c, rest ? rest_type(c, type) : type ? serialize(c, type) : OBJECT);
    }
}

static void put_head(rwb__class *c, const char *key, bool *first) {
    const char *helper = rwb__unit_helper(c->u, RWB__HELPER_METADATA);
    rwb__edits_printf(c->u->edits, "%s%s(\"%s\", ", *first ? "" : ", ", helper, key);
    *first = false;
}

/* The other half of a getter or setter, or NULL. */
static const rwb__member *counterpart(const rwb__class *c, const rwb__member *m, uint8_t kind) {
    for (uint32_t i = 0; i < c->members.len; i++) {
        const rwb__member *other = &c->members.ptr[i];
        if (other->kind == kind && other->is_static == m->is_static &&
            rwg__str_eq(rwb__text(c->u, other->name), rwb__text(c->u, m->name))) {
            return other;
        }
    }
    return NULL;
}

static uint32_t setter_type(const rwb__unit *u, uint32_t method) {
    uint32_t list = rwb__child(u, method, RWG_SYNTAX_FIELD_PARAMETERS);
    for (uint32_t p = rwb__first(u, list); p < u->nodes[list].next; p = u->nodes[p].next) {
        if (rwb__child(u, p, RWG_SYNTAX_FIELD_PATTERN)) {
            return parameter_type(u, p);
        }
    }
    return 0;
}

static void put_accessor(rwb__class *c, const rwb__member *m, bool *first) {
    const rwb__unit *u = c->u;
    const rwb__member *getter = counterpart(c, m, RWB__MEMBER_GETTER);
    const rwb__member *setter = counterpart(c, m, RWB__MEMBER_SETTER);
    uint32_t type = getter ? rwb__child(u, getter->node, RWG_SYNTAX_FIELD_RETURN_TYPE) : 0;
    if (type == 0 && setter) {
        type = setter_type(u, setter->node);
    }
    put_head(c, "design:type", first);
    put_text(c, type ? serialize(c, type) : OBJECT);
    put_text(c, RWG_STR(")"));
    put_head(c, "design:paramtypes", first);
    put_text(c, RWG_STR("["));
    if (setter) {
        put_parameters(c, setter->node);
    }
    put_text(c, RWG_STR("])"));
}

static void put_method(rwb__class *c, const rwb__member *m, bool *first) {
    const rwb__unit *u = c->u;
    put_head(c, "design:type", first);
    put_text(c, RWG_STR("Function)"));
    put_head(c, "design:paramtypes", first);
    put_text(c, RWG_STR("["));
    put_parameters(c, m->node);
    put_text(c, RWG_STR("])"));
    put_head(c, "design:returntype", first);
    uint32_t type = rwb__child(u, m->node, RWG_SYNTAX_FIELD_RETURN_TYPE);
    bool is_async = rwb__child_of_kind(u, m->node, RWG_SYNTAX_WORD_ASYNC) != 0;
    put_text(c, type ? serialize(c, type) : is_async ? RWG_STR("Promise") : NOTHING);
    put_text(c, RWG_STR(")"));
}

void rwb__metadata_put(rwb__class *c, const rwb__member *m, bool *first) {
    const rwb__unit *u = c->u;
    if (!u->options->emit_decorator_metadata) {
        return;
    }
    if (!m) {
        if (c->constructor != RWB__NO_MEMBER) {
            put_head(c, "design:paramtypes", first);
            put_text(c, RWG_STR("["));
            put_parameters(c, c->members.ptr[c->constructor].node);
            put_text(c, RWG_STR("])"));
        }
        return;
    }
    uint32_t type;
    switch ((rwb__member_kind)m->kind) {
    case RWB__MEMBER_FIELD:
    case RWB__MEMBER_ACCESSOR:
        type = rwb__child(u, m->node, RWG_SYNTAX_FIELD_TYPE);
        put_head(c, "design:type", first);
        put_text(c, type ? serialize(c, type) : OBJECT);
        put_text(c, RWG_STR(")"));
        break;
    case RWB__MEMBER_GETTER:
    case RWB__MEMBER_SETTER: put_accessor(c, m, first); break;
    case RWB__MEMBER_METHOD: put_method(c, m, first); break;
    case RWB__MEMBER_CONSTRUCTOR:
    case RWB__MEMBER_BLOCK: break;
    }
}
