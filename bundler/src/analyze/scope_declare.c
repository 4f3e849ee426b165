/* The walk over the nodes: scopes open and close, names are declared, references are noted with
 * the scope they stand in. See scope_build.h.
 *
 * A scope opens at the node from which on its names are seen, which is not always the node it
 * belongs to: a method's computed name and decorators stand outside of the method, so its scope
 * opens at the parameters; type parameters are seen from themselves to the end of what has them.
 * Two things break the order of nesting. A decorator of a parameter stands outside of its method:
 * its range is opened with the class's scope, inside of the method's. And `infer T` declares where
 * its conditional type is true, further right: the scope is made early and opened there. */
#include "analyze/scope_build.h"

typedef struct open_range {
    uint32_t end; /* the first node behind it */
    uint32_t scope;
} open_range;

/* Inside of the right side of a conditional type. */
typedef struct infer_range {
    uint32_t end;
    uint32_t condition; /* the conditional type */
    uint32_t outer;     /* the scope it stands in */
    uint32_t scope;     /* of what is inferred; RWB__TABLE_NONE: nothing yet */
} infer_range;

typedef struct walk {
    rwb__scope_builder *b;
    RWG_VEC(open_range) open;
    RWG_VEC(infer_range) infer;
    infer_range inferred;    /* the last that ended */
    uint32_t type_end;       /* nodes before it are in a type */
    uint32_t ambient_end;    /* nodes before it are behind `declare` */
    uint32_t namespace_node; /* the last that began */
    uint32_t shared;         /* table of the namespace or enum whose name was last */
    uint32_t shared_symbol;  /* that namespace, or RWB_NO_SYMBOL */
} walk;

/* --- Scopes --- */

static uint32_t current(const walk *w) {
    return w->open.ptr[w->open.len - 1].scope;
}

/* `i` is where its names begin to be seen. */
static void enter(walk *w, uint32_t i, uint32_t end, uint32_t scope) {
    *rwg__vec_push(&w->open, w->b->mem) = (open_range){end, scope};
    *rwg__vec_push(&w->b->out->changes, w->b->mem) = (rwb__scope_change){i, scope};
}

static void leave_until(walk *w, uint32_t i) {
    while (w->open.len > 1 && w->open.ptr[w->open.len - 1].end <= i) {
        w->open.len--;
        *rwg__vec_push(&w->b->out->changes, w->b->mem) = (rwb__scope_change){i, current(w)};
    }
    while (w->infer.len > 0 && w->infer.ptr[w->infer.len - 1].end <= i) {
        w->inferred = w->infer.ptr[--w->infer.len];
    }
}

static uint32_t make_scope(walk *w, rwb__scope_kind kind, uint32_t node, uint32_t parent) {
    rwb__scope_builder *b = w->b;
    uint32_t scope = b->out->scopes.len;
    RWG_ASSERT(scope < RWB__TABLE_MEMBERS);
    *rwg__vec_push(&b->out->scopes, b->mem) = (rwb__scope){(uint8_t)kind, parent, node};
    rwb__scope_detail *detail = rwg__vec_push(&b->scopes, b->mem);
    *detail = (rwb__scope_detail){
        .function = RWB__TABLE_NONE,
        .shared = RWB__TABLE_NONE,
        .parameters = RWB__TABLE_NONE,
        .namespace_symbol = RWB_NO_SYMBOL,
        .first_symbol = RWB_NO_SYMBOL,
    };
    if (scope > 0) {
        rwb__scope_detail *outer = &b->scopes.ptr[parent];
        detail->depth = outer->depth + 1;
        detail->var_scope = outer->var_scope;
        detail->function = outer->function;
        detail->is_async = outer->is_async;
        detail->next_sibling = outer->first_child;
        outer->first_child = scope;
    }
    return scope;
}

static rwb__scope_detail *
open_scope(walk *w, rwb__scope_kind kind, uint32_t node, uint32_t i, uint32_t end) {
    uint32_t scope = make_scope(w, kind, node, current(w));
    enter(w, i, end, scope);
    return &w->b->scopes.ptr[scope];
}

/* From the parameters to the end of the body. */
static void open_function(walk *w, uint32_t i, uint32_t function) {
    const rwg_syntax_node *node = &w->b->nodes[function];
    rwb__scope_detail *detail = open_scope(w, RWB__SCOPE_FUNCTION, function, i, node->next);
    if (node->kind != RWG_SYNTAX_ARROW_FUNCTION) {
        detail->function = current(w);
    }
    detail->is_async = false;
    for (uint32_t c = function + 1; c < i && !detail->is_async; c = w->b->nodes[c].next) {
        detail->is_async = w->b->nodes[c].kind == RWG_SYNTAX_WORD_ASYNC;
    }
}

static void open_namespace(walk *w, uint32_t i, uint32_t namespace_node) {
    uint32_t end = w->b->nodes[namespace_node].next;
    rwb__scope_detail *detail = open_scope(w, RWB__SCOPE_NAMESPACE, namespace_node, i, end);
    detail->var_scope = current(w);
    detail->shared = w->shared;
    detail->namespace_symbol = w->shared_symbol;
    detail->ambient = i < w->ambient_end;
}

static void open_namespace_body(walk *w, uint32_t block, uint32_t namespace_node) {
    open_namespace(w, block, namespace_node);
    if (rwb__scope_has_code(w->b, block)) {
        rwb__scope_mark_code(w->b, current(w));
    }
}

/* `declare module "x"` and `declare global` have no symbol; their bodies share a table by name. */
static void name_without_symbol(walk *w, uint32_t i, const char *word) {
    rwg_str name = word ? rwg__str_c(word) : rwb__scope_name(w->b, i);
    w->shared = RWB__TABLE_MODULE | rwb__scope_name_id(w->b->out, name);
    w->shared_symbol = RWB_NO_SYMBOL;
}

static void open_block(walk *w, uint32_t i) {
    const rwb__scope_builder *b = w->b;
    const rwg_syntax_node *node = &b->nodes[i];
    uint32_t parent = node->parent;
    switch (b->nodes[parent].kind) {
    case RWG_SYNTAX_MODULE:
    case RWG_SYNTAX_INTERNAL_MODULE: open_namespace_body(w, i, parent); return;
    case RWG_SYNTAX_AMBIENT_DECLARATION:
        name_without_symbol(w, i, "global");
        open_namespace_body(w, i, parent);
        return;
    default: break;
    }
    uint32_t around = current(w);
    bool is_function = node->field == RWG_SYNTAX_FIELD_BODY &&
                       b->out->scopes.ptr[around].kind == RWB__SCOPE_FUNCTION &&
                       b->out->scopes.ptr[around].node == parent;
    rwb__scope_detail *detail = open_scope(w, RWB__SCOPE_BLOCK, i, i, node->next);
    if (is_function) {
        detail->parameters = around;
    }
    if (is_function || b->nodes[parent].kind == RWG_SYNTAX_CLASS_STATIC_BLOCK) {
        detail->var_scope = current(w);
    }
}

/* A decorator of a parameter sees what its method's class sees. */
static void open_decorator(walk *w, uint32_t i) {
    const rwb__scope_builder *b = w->b;
    uint16_t parent_kind = b->nodes[b->nodes[i].parent].kind;
    if (parent_kind != RWG_SYNTAX_REQUIRED_PARAMETER &&
        parent_kind != RWG_SYNTAX_OPTIONAL_PARAMETER) {
        return;
    }
    const rwb__scope *scope = &b->out->scopes.ptr[current(w)];
    const rwb__scope *outer = &b->out->scopes.ptr[scope->parent];
    bool generic = outer->kind == RWB__SCOPE_TYPE && outer->node == scope->node;
    enter(w, i, b->nodes[i].next, generic ? outer->parent : scope->parent);
}

static void open_conditional_part(walk *w, uint32_t i) {
    const rwg_syntax_node *node = &w->b->nodes[i];
    if (node->field == RWG_SYNTAX_FIELD_RIGHT) {
        *rwg__vec_push(&w->infer, w->b->mem) = (infer_range){
            .end = node->next,
            .condition = node->parent,
            .outer = current(w),
            .scope = RWB__TABLE_NONE,
        };
    } else if (node->field == RWG_SYNTAX_FIELD_CONSEQUENCE &&
               w->inferred.condition == node->parent && w->inferred.scope != RWB__TABLE_NONE) {
        enter(w, i, node->next, w->inferred.scope);
    }
}

static uint32_t scope_of_infer(walk *w) {
    if (w->infer.len == 0) {
        return current(w); /* not in a conditional type: the author's error */
    }
    infer_range *range = &w->infer.ptr[w->infer.len - 1];
    if (range->scope == RWB__TABLE_NONE) {
        range->scope = make_scope(w, RWB__SCOPE_TYPE, range->condition, range->outer);
    }
    return range->scope;
}

/* --- Names --- */

static bool is_ambient(const walk *w, uint32_t i) {
    return i < w->type_end || i < w->ambient_end;
}

static bool is_const_enum(const rwb__scope_builder *b, uint32_t name) {
    return b->nodes[b->nodes[name].parent + 1].kind == RWG_SYNTAX_WORD_CONST;
}

static void declare(walk *w, uint32_t i, rwg_str name, uint8_t role) {
    rwb__scope_builder *b = w->b;
    uint32_t parent = b->nodes[i].parent;
    uint32_t scope = current(w);
    switch (role & RWB__ROLE_MASK) {
    case RWB__ROLE_FUNCTION_NAME: /* seen inside of the function, and only there */
        (void)open_scope(w, RWB__SCOPE_BLOCK, parent, i, b->nodes[parent].next);
        scope = current(w);
        break;
    case RWB__ROLE_CLASS:
        if (b->out->scopes.ptr[scope].kind == RWB__SCOPE_CLASS) {
            scope = b->out->scopes.ptr[scope].parent;
        }
        break;
    case RWB__ROLE_PARAMETER:
        if (b->nodes[parent].kind == RWG_SYNTAX_ARROW_FUNCTION) {
            open_function(w, i, parent);
            scope = current(w);
        }
        break;
    case RWB__ROLE_INFER: scope = scope_of_infer(w); break;
    default: break;
    }
    uint32_t symbol = rwb__scope_add_symbol(b, i, name, role, scope, is_ambient(w, i));
    switch (role & RWB__ROLE_MASK) {
    case RWB__ROLE_NAMESPACE:
        w->shared = RWB__TABLE_EXPORTS | symbol;
        w->shared_symbol = symbol;
        break;
    case RWB__ROLE_ENUM:
        w->shared = RWB__TABLE_MEMBERS | symbol;
        b->out->symbols.ptr[symbol].flags |= is_const_enum(b, i) ? RWB__SYMBOL_IS_CONST_ENUM : 0;
        break;
    default: break;
    }
}

/* <a> and <a-b> name no variable; <A>, <a.b> and <_a> do. */
static bool is_jsx_variable(const rwb__scope_builder *b, uint32_t i, rwg_str name) {
    uint16_t parent = b->nodes[b->nodes[i].parent].kind;
    bool member = parent == RWG_SYNTAX_MEMBER_EXPRESSION || parent == RWG_SYNTAX_NESTED_IDENTIFIER;
    bool lower = name.ptr[0] >= 'a' && name.ptr[0] <= 'z';
    return member || (!lower && !memchr(name.ptr, '-', name.len));
}

/* The grammars have no keyword `bigint`, take some `await (a)` for a call, and read `this` and
 * `super` as names in tags and decorators. */
static bool is_keyword(const walk *w, rwg_str name, uint8_t role) {
    bool is_async = !w->b->sloppy || w->b->scopes.ptr[current(w)].is_async;
    return (role == RWB__ROLE_TYPE && rwg__str_eq_c(name, "bigint")) ||
           (is_async && rwg__str_eq_c(name, "await")) || rwg__str_eq_c(name, "this") ||
           rwg__str_eq_c(name, "super");
}

static const struct {
    uint8_t flags;
    uint8_t meanings;
} REFERRING[RWB__ROLE_FIRST_DECLARATION] = {
    [RWB__ROLE_READ] = {RWB__REF_READ, RWB__MEANS_VALUE},
    [RWB__ROLE_WRITE] = {RWB__REF_WRITE, RWB__MEANS_VALUE},
    [RWB__ROLE_READ_WRITE] = {RWB__REF_READ | RWB__REF_WRITE, RWB__MEANS_VALUE},
    [RWB__ROLE_CALLEE] = {RWB__REF_READ | RWB__REF_CALLEE, RWB__MEANS_VALUE},
    [RWB__ROLE_JSX] = {RWB__REF_READ | RWB__REF_JSX, RWB__MEANS_VALUE},
    [RWB__ROLE_EXPORT] = {RWB__REF_READ | RWB__REF_EXPORT, RWB__MEANS_ANY},
    [RWB__ROLE_EXPORT_TYPE] = {RWB__REF_TYPE | RWB__REF_EXPORT, RWB__MEANS_ANY},
    [RWB__ROLE_ALIAS] = {RWB__REF_READ, RWB__MEANS_ANY},
    [RWB__ROLE_QUALIFIER] = {RWB__REF_READ, RWB__MEANS_NAMESPACE},
    [RWB__ROLE_TYPE] = {RWB__REF_TYPE, RWB__MEANS_TYPE},
};

static void refer(walk *w, uint32_t i, rwg_str name, uint8_t role) {
    rwb__scope_builder *b = w->b;
    if (is_keyword(w, name, role) || (role == RWB__ROLE_JSX && !is_jsx_variable(b, i, name))) {
        return;
    }
    unsigned flags = REFERRING[role].flags;
    if (b->nodes[i].kind == RWG_SYNTAX_SHORTHAND_PROPERTY_IDENTIFIER ||
        b->nodes[i].kind == RWG_SYNTAX_SHORTHAND_PROPERTY_IDENTIFIER_PATTERN) {
        flags |= RWB__REF_SHORTHAND;
    }
    if (is_ambient(w, i)) {
        flags = RWB__REF_TYPE | (flags & (RWB__REF_EXPORT | RWB__REF_SHORTHAND));
    }
    rwb__scope_add_reference(b, i, name, REFERRING[role].meanings, (uint8_t)flags, current(w));
}

static void take_name(walk *w, uint32_t i, uint8_t role) {
    if (role == RWB__ROLE_NONE) {
        return;
    }
    rwg_str name = rwb__scope_name(w->b, i);
    if (name.len == 0) {
        return;
    }
    if ((role & RWB__ROLE_MASK) >= RWB__ROLE_FIRST_DECLARATION) {
        declare(w, i, name, role);
    } else {
        refer(w, i, name, role);
    }
}

/* Names of properties declare in two places: members of enums, and b in `namespace a.b`. */
static void take_property(walk *w, uint32_t i) {
    const rwb__scope_builder *b = w->b;
    const rwg_syntax_node *node = &b->nodes[i];
    uint32_t parent = node->parent;
    if (node->field == RWG_SYNTAX_FIELD_NAME) {
        if (rwb__scope_role(b, i) == RWB__ROLE_ENUM_MEMBER) {
            take_name(w, i, RWB__ROLE_ENUM_MEMBER);
        }
    } else if ((b->roles[parent] & RWB__ROLE_MASK) == RWB__ROLE_NAMESPACE) {
        open_namespace(w, i, w->namespace_node);
        take_name(w, i, RWB__ROLE_NAMESPACE | RWB__ROLE_EXPORTED);
    }
}

/* "a" as the name of an enum's member, "m" as a module's. */
static void take_string(walk *w, uint32_t i) {
    rwb__scope_builder *b = w->b;
    const rwg_syntax_node *node = &b->nodes[i];
    if (node->field != RWG_SYNTAX_FIELD_NAME) {
        return;
    }
    uint8_t role = rwb__scope_role(b, i) & RWB__ROLE_MASK;
    if (role == RWB__ROLE_NAMESPACE) {
        name_without_symbol(w, i, NULL);
    } else if (role == RWB__ROLE_ENUM_MEMBER && node->end - node->start > 2) {
        rwg_str name = rwg__str_sub(b->text, node->start + 1, node->end - 1);
        declare(w, i, name, role);
    }
}

/* --- Nodes --- */

static uint32_t later(uint32_t a, uint32_t b) {
    return a > b ? a : b;
}

/* What makes no scope and has no name, but says how names inside of it are meant. */
static void visit_context(walk *w, uint32_t i) {
    rwb__scope_builder *b = w->b;
    const rwg_syntax_node *node = &b->nodes[i];
    switch (node->kind) {
    case RWG_SYNTAX_VARIABLE_DECLARATOR:
    case RWG_SYNTAX_OBJECT_PATTERN:
    case RWG_SYNTAX_ARRAY_PATTERN:
    case RWG_SYNTAX_REST_PATTERN:
    case RWG_SYNTAX_PAIR_PATTERN:
    case RWG_SYNTAX_ASSIGNMENT_PATTERN:
    case RWG_SYNTAX_OBJECT_ASSIGNMENT_PATTERN:
    case RWG_SYNTAX_PARENTHESIZED_EXPRESSION:
    case RWG_SYNTAX_NON_NULL_EXPRESSION:
    case RWG_SYNTAX_AS_EXPRESSION:
    case RWG_SYNTAX_SATISFIES_EXPRESSION:
    case RWG_SYNTAX_TYPE_ASSERTION:
    case RWG_SYNTAX_INSTANTIATION_EXPRESSION:
    case RWG_SYNTAX_UNARY_EXPRESSION:
    case RWG_SYNTAX_AWAIT_EXPRESSION:
    case RWG_SYNTAX_BINARY_EXPRESSION:
    case RWG_SYNTAX_MEMBER_EXPRESSION:
    case RWG_SYNTAX_NESTED_IDENTIFIER:
    case RWG_SYNTAX_IMPORT_CLAUSE:
    case RWG_SYNTAX_NAMESPACE_IMPORT:
    case RWG_SYNTAX_NAMED_IMPORTS:
    case RWG_SYNTAX_IMPORT_SPECIFIER:
    case RWG_SYNTAX_IMPORT_REQUIRE_CLAUSE:
    case RWG_SYNTAX_EXPORT_CLAUSE:
    case RWG_SYNTAX_EXPORT_SPECIFIER: b->roles[i] = rwb__scope_role(b, i); break;
    case RWG_SYNTAX_WORD_DECLARE: /* of a class's field */
        if (b->nodes[node->parent].kind == RWG_SYNTAX_PUBLIC_FIELD_DEFINITION) {
            w->type_end = later(w->type_end, b->nodes[node->parent].next);
        }
        break;
    case RWG_SYNTAX_AMBIENT_DECLARATION: w->ambient_end = later(w->ambient_end, node->next); break;
    case RWG_SYNTAX_NESTED_TYPE_IDENTIFIER:
    case RWG_SYNTAX_TYPE_ANNOTATION:
    case RWG_SYNTAX_TYPE_PREDICATE_ANNOTATION:
    case RWG_SYNTAX_ASSERTS_ANNOTATION:
    case RWG_SYNTAX_OMITTING_TYPE_ANNOTATION:
    case RWG_SYNTAX_ADDING_TYPE_ANNOTATION:
    case RWG_SYNTAX_OPTING_TYPE_ANNOTATION:
    case RWG_SYNTAX_TYPE_ARGUMENTS:
    case RWG_SYNTAX_TYPE_QUERY:
    case RWG_SYNTAX_TYPE_PREDICATE:
    case RWG_SYNTAX_ASSERTS:
    case RWG_SYNTAX_TYPE_ALIAS_DECLARATION:
    case RWG_SYNTAX_INTERFACE_DECLARATION:
    case RWG_SYNTAX_OBJECT_TYPE:
    case RWG_SYNTAX_FUNCTION_TYPE:
    case RWG_SYNTAX_CONSTRUCTOR_TYPE:
    case RWG_SYNTAX_FUNCTION_SIGNATURE:
    case RWG_SYNTAX_METHOD_SIGNATURE:
    case RWG_SYNTAX_ABSTRACT_METHOD_SIGNATURE:
    case RWG_SYNTAX_INDEX_SIGNATURE: w->type_end = later(w->type_end, node->next); break;
    default: break;
    }
}

static void visit(walk *w, uint32_t i) {
    const rwb__scope_builder *b = w->b;
    const rwg_syntax_node *node = &b->nodes[i];
    uint32_t parent = node->parent;
    if (b->nodes[parent].kind == RWG_SYNTAX_CONDITIONAL_TYPE) {
        open_conditional_part(w, i);
    }
    switch (node->kind) {
    case RWG_SYNTAX_IDENTIFIER:
    case RWG_SYNTAX_UNDEFINED:
    case RWG_SYNTAX_SHORTHAND_PROPERTY_IDENTIFIER:
    case RWG_SYNTAX_SHORTHAND_PROPERTY_IDENTIFIER_PATTERN:
        take_name(w, i, rwb__scope_role(b, i));
        break;
    case RWG_SYNTAX_TYPE_IDENTIFIER: take_name(w, i, rwb__scope_type_role(b, i)); break;
    case RWG_SYNTAX_PROPERTY_IDENTIFIER: take_property(w, i); break;
    case RWG_SYNTAX_STRING: take_string(w, i); break;
    case RWG_SYNTAX_FORMAL_PARAMETERS: open_function(w, i, parent); break;
    case RWG_SYNTAX_MODULE:
    case RWG_SYNTAX_INTERNAL_MODULE: w->namespace_node = i; break;
    case RWG_SYNTAX_TYPE_PARAMETERS:
        w->type_end = later(w->type_end, node->next);
        (void)open_scope(w, RWB__SCOPE_TYPE, parent, i, b->nodes[parent].next);
        break;
    case RWG_SYNTAX_MAPPED_TYPE_CLAUSE:
        (void)open_scope(w, RWB__SCOPE_TYPE, i, i, b->nodes[parent].next);
        break;
    case RWG_SYNTAX_STATEMENT_BLOCK: open_block(w, i); break;
    case RWG_SYNTAX_CATCH_CLAUSE:
    case RWG_SYNTAX_FOR_STATEMENT:
    case RWG_SYNTAX_FOR_IN_STATEMENT:
    case RWG_SYNTAX_SWITCH_BODY: (void)open_scope(w, RWB__SCOPE_BLOCK, i, i, node->next); break;
    case RWG_SYNTAX_WORD_CLASS:
        (void)open_scope(w, RWB__SCOPE_CLASS, parent, i, b->nodes[parent].next);
        break;
    case RWG_SYNTAX_ENUM_BODY:
        open_scope(w, RWB__SCOPE_ENUM, parent, i, node->next)->shared = w->shared;
        break;
    case RWG_SYNTAX_DECORATOR: open_decorator(w, i); break;
    default: visit_context(w, i); break;
    }
}

void rwb__scope_declare(rwb__scope_builder *b) {
    walk w = {.b = b, .shared = RWB__TABLE_NONE, .shared_symbol = RWB_NO_SYMBOL};
    enter(&w, 0, b->node_count, make_scope(&w, RWB__SCOPE_MODULE, 0, 0));
    for (uint32_t i = 1; i < b->node_count; i++) {
        leave_until(&w, i);
        visit(&w, i);
    }
    rwg__vec_free(&w.open, b->mem);
    rwg__vec_free(&w.infer, b->mem);
}
