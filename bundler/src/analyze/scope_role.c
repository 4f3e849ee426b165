/* What an identifier is, by where it stands: a table over its parent's kind and the field it has
 * there. Patterns and wrappers are asked before what is inside of them, so that they can hand
 * their role down. */
#include "analyze/scope_build.h"

static rwg_syntax_kind kind_of(const rwb__scope_builder *b, uint32_t i) {
    return (rwg_syntax_kind)b->nodes[i].kind;
}

static uint32_t child_with(const rwb__scope_builder *b, uint32_t i, rwg_syntax_field field) {
    for (uint32_t c = i + 1; c < b->nodes[i].next; c = b->nodes[c].next) {
        if (b->nodes[c].field == field) {
            return c;
        }
    }
    return 0;
}

/* The first child of this kind, or 0. */
static uint32_t child_of(const rwb__scope_builder *b, uint32_t i, rwg_syntax_kind kind) {
    for (uint32_t c = i + 1; c < b->nodes[i].next; c = b->nodes[c].next) {
        if (b->nodes[c].kind == kind) {
            return c;
        }
    }
    return 0;
}

/* RWB__ROLE_EXPORTED when the declaration at node i has an export modifier, also one in front of
 * `declare`. */
static uint8_t exported(const rwb__scope_builder *b, uint32_t i) {
    uint32_t parent = b->nodes[i].parent;
    if (kind_of(b, parent) == RWG_SYNTAX_AMBIENT_DECLARATION) {
        parent = b->nodes[parent].parent;
    }
    return kind_of(b, parent) == RWG_SYNTAX_EXPORT_STATEMENT ? RWB__ROLE_EXPORTED : 0;
}

/* The grammars have no `export import a = require("m")`: there the `export` is white space. */
static uint8_t exported_import(const rwb__scope_builder *b, uint32_t statement) {
    uint32_t end = b->nodes[statement].start;
    while (end > 0 && b->seen.ptr[end - 1] == ' ' && b->text.ptr[end - 1] == ' ') {
        end--;
    }
    bool hidden = end >= 6 && memcmp(b->text.ptr + end - 6, "export", 6) == 0 &&
                  memcmp(b->seen.ptr + end - 6, "      ", 6) == 0;
    return hidden ? RWB__ROLE_EXPORTED : 0;
}

static bool has_type_modifier(const rwb__scope_builder *b, uint32_t i) {
    return child_of(b, i, RWG_SYNTAX_WORD_TYPE) || child_of(b, i, RWG_SYNTAX_WORD_TYPEOF);
}

/* let and const, and `using`, which the TypeScript grammar may see as const. */
static uint8_t lexical_role(const rwb__scope_builder *b, uint32_t word) {
    const rwg_syntax_node *node = &b->nodes[word];
    if (node->flags & RWG_SYNTAX_PATCHED) {
        return RWB__ROLE_USING;
    }
    switch (node->kind) {
    case RWG_SYNTAX_WORD_VAR: return RWB__ROLE_VAR;
    case RWG_SYNTAX_WORD_LET: return RWB__ROLE_LET;
    case RWG_SYNTAX_WORD_CONST: return RWB__ROLE_CONST;
    default: return RWB__ROLE_USING;
    }
}

static uint8_t import_role(const rwb__scope_builder *b, uint32_t statement) {
    return has_type_modifier(b, statement) ? RWB__ROLE_IMPORT_TYPE : RWB__ROLE_IMPORT;
}

static uint8_t specifier_role(const rwb__scope_builder *b, uint32_t specifier, uint8_t type_role) {
    uint8_t role = b->roles[b->nodes[specifier].parent];
    return role != RWB__ROLE_NONE && has_type_modifier(b, specifier) ? type_role : role;
}

/* export default x, export = x, export as namespace x */
static uint8_t export_role(const rwb__scope_builder *b, uint32_t i, uint32_t statement) {
    bool is_name = kind_of(b, i) == RWG_SYNTAX_IDENTIFIER;
    if (is_name && child_of(b, statement, RWG_SYNTAX_WORD_AS)) {
        return RWB__ROLE_NONE;
    }
    return is_name ? RWB__ROLE_EXPORT : RWB__ROLE_READ;
}

/* import a = b, import a = b.c */
static uint8_t import_alias_role(const rwb__scope_builder *b, uint32_t i, uint32_t alias) {
    uint32_t equals = child_of(b, alias, RWG_SYNTAX_TOKEN_EQUALS);
    if (i < equals) {
        return RWB__ROLE_IMPORT_EQUALS | exported(b, alias);
    }
    return kind_of(b, i) == RWG_SYNTAX_IDENTIFIER ? RWB__ROLE_ALIAS : RWB__ROLE_QUALIFIER;
}

/* The first part of a dotted name is what the whole name is, for names that are no expression. */
static uint8_t object_role(uint8_t role) {
    switch (role & RWB__ROLE_MASK) {
    case RWB__ROLE_JSX:
    case RWB__ROLE_QUALIFIER:
    case RWB__ROLE_NAMESPACE: return role;
    default: return RWB__ROLE_READ;
    }
}

/* `using a = b` is an assignment to the TypeScript grammar; of `await using a = b, c = d` it makes
 * a sequence, the first of which is awaited. */
static uint8_t target_role(const rwb__scope_builder *b, uint32_t assignment) {
    uint32_t first = assignment;
    if (kind_of(b, b->nodes[assignment].parent) == RWG_SYNTAX_SEQUENCE_EXPRESSION) {
        first = b->nodes[assignment].parent + 1;
        first += kind_of(b, first) == RWG_SYNTAX_AWAIT_EXPRESSION ? 2 : 0;
    }
    bool declares = kind_of(b, first) == RWG_SYNTAX_ASSIGNMENT_EXPRESSION &&
                    kind_of(b, first + 1) == RWG_SYNTAX_WORD_USING;
    return declares ? RWB__ROLE_USING : RWB__ROLE_WRITE;
}

static bool is_operation(const rwb__scope_builder *b, uint32_t i) {
    uint16_t kind = b->nodes[i].kind;
    return kind == RWG_SYNTAX_UNARY_EXPRESSION || kind == RWG_SYNTAX_AWAIT_EXPRESSION ||
           kind == RWG_SYNTAX_BINARY_EXPRESSION;
}

/* The grammar takes `!f<T>(a)` for a call of `!f`: the last operand is what is called. What is
 * in parentheses is called itself. */
static uint8_t operand_role(uint8_t role) {
    return role == RWB__ROLE_CALLEE ? RWB__ROLE_CALLEE : RWB__ROLE_READ;
}

/* Declarations, and statements whose role is handed down to what they declare. */
static uint8_t declaration_role(const rwb__scope_builder *b, uint32_t i, uint32_t parent) {
    const rwg_syntax_node *node = &b->nodes[i];
    bool is_name = node->field == RWG_SYNTAX_FIELD_NAME;
    switch (b->nodes[parent].kind) {
    case RWG_SYNTAX_FUNCTION_DECLARATION:
    case RWG_SYNTAX_GENERATOR_FUNCTION_DECLARATION:
    case RWG_SYNTAX_FUNCTION_SIGNATURE:
        return is_name ? RWB__ROLE_FUNCTION | exported(b, parent) : RWB__ROLE_READ;
    case RWG_SYNTAX_FUNCTION_EXPRESSION:
    case RWG_SYNTAX_GENERATOR_FUNCTION: return is_name ? RWB__ROLE_FUNCTION_NAME : RWB__ROLE_READ;
    case RWG_SYNTAX_CLASS_DECLARATION:
    case RWG_SYNTAX_ABSTRACT_CLASS_DECLARATION:
        return is_name ? RWB__ROLE_CLASS | exported(b, parent) : RWB__ROLE_READ;
    case RWG_SYNTAX_CLASS: return is_name ? RWB__ROLE_CLASS_NAME : RWB__ROLE_READ;
    case RWG_SYNTAX_ENUM_DECLARATION:
        return is_name ? RWB__ROLE_ENUM | exported(b, parent) : RWB__ROLE_READ;
    case RWG_SYNTAX_ENUM_BODY:
    case RWG_SYNTAX_ENUM_ASSIGNMENT: return is_name ? RWB__ROLE_ENUM_MEMBER : RWB__ROLE_READ;
    case RWG_SYNTAX_MODULE:
    case RWG_SYNTAX_INTERNAL_MODULE:
        return is_name ? RWB__ROLE_NAMESPACE | exported(b, parent) : RWB__ROLE_READ;
    case RWG_SYNTAX_ARROW_FUNCTION:
        return node->field == RWG_SYNTAX_FIELD_PARAMETER ? RWB__ROLE_PARAMETER : RWB__ROLE_READ;
    case RWG_SYNTAX_CATCH_CLAUSE:
        return node->field == RWG_SYNTAX_FIELD_PARAMETER ? RWB__ROLE_CATCH : RWB__ROLE_READ;
    case RWG_SYNTAX_VARIABLE_DECLARATOR: return is_name ? b->roles[parent] : RWB__ROLE_READ;
    case RWG_SYNTAX_VARIABLE_DECLARATION:
    case RWG_SYNTAX_LEXICAL_DECLARATION:
    case RWG_SYNTAX_USING_DECLARATION: return lexical_role(b, parent + 1) | exported(b, parent);
    default: return RWB__ROLE_READ;
    }
}

/* Import and export statements. */
static uint8_t module_role(const rwb__scope_builder *b, uint32_t i, uint32_t parent) {
    const rwg_syntax_node *node = &b->nodes[i];
    switch (b->nodes[parent].kind) {
    case RWG_SYNTAX_IMPORT_STATEMENT: return import_role(b, parent);
    case RWG_SYNTAX_IMPORT_CLAUSE:
    case RWG_SYNTAX_NAMESPACE_IMPORT: return b->roles[parent];
    case RWG_SYNTAX_IMPORT_REQUIRE_CLAUSE:
        return (b->roles[parent] == RWB__ROLE_IMPORT_TYPE ? RWB__ROLE_IMPORT_EQUALS_TYPE
                                                          : RWB__ROLE_IMPORT_EQUALS) |
               exported_import(b, b->nodes[parent].parent);
    case RWG_SYNTAX_IMPORT_ALIAS: return import_alias_role(b, i, parent);
    case RWG_SYNTAX_NAMED_IMPORTS: /* of the specifier */
        return specifier_role(b, i, RWB__ROLE_IMPORT_TYPE);
    case RWG_SYNTAX_IMPORT_SPECIFIER:
        return node->field == RWG_SYNTAX_FIELD_ALIAS ||
                       !child_with(b, parent, RWG_SYNTAX_FIELD_ALIAS)
                   ? b->roles[parent]
                   : RWB__ROLE_NONE;
    case RWG_SYNTAX_EXPORT_CLAUSE: /* of the specifier */
        return specifier_role(b, i, RWB__ROLE_EXPORT_TYPE);
    case RWG_SYNTAX_EXPORT_SPECIFIER:
        return node->field == RWG_SYNTAX_FIELD_NAME ? b->roles[parent] : RWB__ROLE_NONE;
    case RWG_SYNTAX_EXPORT_STATEMENT:
        if (node->kind != RWG_SYNTAX_EXPORT_CLAUSE) {
            return export_role(b, i, parent);
        }
        if (child_with(b, parent, RWG_SYNTAX_FIELD_SOURCE)) {
            return RWB__ROLE_NONE;
        }
        return has_type_modifier(b, parent) ? RWB__ROLE_EXPORT_TYPE : RWB__ROLE_EXPORT;
    case RWG_SYNTAX_NAMESPACE_EXPORT: return RWB__ROLE_NONE;
    default: return RWB__ROLE_READ;
    }
}

/* Patterns, wrappers and expressions. */
static uint8_t expression_role(const rwb__scope_builder *b, uint32_t i, uint32_t parent) {
    uint8_t field = b->nodes[i].field;
    switch (b->nodes[parent].kind) {
    case RWG_SYNTAX_OBJECT_PATTERN:
    case RWG_SYNTAX_ARRAY_PATTERN:
    case RWG_SYNTAX_REST_PATTERN:
    case RWG_SYNTAX_NON_NULL_EXPRESSION:
    case RWG_SYNTAX_AS_EXPRESSION:
    case RWG_SYNTAX_SATISFIES_EXPRESSION:
    case RWG_SYNTAX_TYPE_ASSERTION:
    case RWG_SYNTAX_INSTANTIATION_EXPRESSION: return b->roles[parent];
    case RWG_SYNTAX_PARENTHESIZED_EXPRESSION:
        return is_operation(b, i) ? RWB__ROLE_READ : b->roles[parent];
    case RWG_SYNTAX_PAIR_PATTERN:
        return field == RWG_SYNTAX_FIELD_VALUE ? b->roles[parent] : RWB__ROLE_READ;
    case RWG_SYNTAX_ASSIGNMENT_PATTERN:
    case RWG_SYNTAX_OBJECT_ASSIGNMENT_PATTERN:
        return field == RWG_SYNTAX_FIELD_LEFT ? b->roles[parent] : RWB__ROLE_READ;
    case RWG_SYNTAX_FORMAL_PARAMETERS: return RWB__ROLE_PARAMETER;
    case RWG_SYNTAX_REQUIRED_PARAMETER:
    case RWG_SYNTAX_OPTIONAL_PARAMETER: /* NAME: of a tuple's element */
        return field == RWG_SYNTAX_FIELD_PATTERN ? RWB__ROLE_PARAMETER
               : field == RWG_SYNTAX_FIELD_NAME  ? RWB__ROLE_NONE
                                                 : RWB__ROLE_READ;
    case RWG_SYNTAX_FOR_IN_STATEMENT:
        if (field != RWG_SYNTAX_FIELD_LEFT) {
            return RWB__ROLE_READ;
        } else {
            uint32_t word = child_with(b, parent, RWG_SYNTAX_FIELD_KIND);
            uint8_t role = word ? lexical_role(b, word) : RWB__ROLE_WRITE;
            return role == RWB__ROLE_VAR ? RWB__ROLE_VAR | RWB__ROLE_REPEATED : role;
        }
    case RWG_SYNTAX_ASSIGNMENT_EXPRESSION:
        return field == RWG_SYNTAX_FIELD_LEFT ? target_role(b, parent) : RWB__ROLE_READ;
    case RWG_SYNTAX_AUGMENTED_ASSIGNMENT_EXPRESSION:
        return field == RWG_SYNTAX_FIELD_LEFT ? RWB__ROLE_READ_WRITE : RWB__ROLE_READ;
    case RWG_SYNTAX_UPDATE_EXPRESSION: return RWB__ROLE_READ_WRITE;
    case RWG_SYNTAX_CALL_EXPRESSION:
        return field == RWG_SYNTAX_FIELD_FUNCTION ? RWB__ROLE_CALLEE : RWB__ROLE_READ;
    case RWG_SYNTAX_UNARY_EXPRESSION:
    case RWG_SYNTAX_AWAIT_EXPRESSION: return operand_role(b->roles[parent]);
    case RWG_SYNTAX_BINARY_EXPRESSION:
        return field == RWG_SYNTAX_FIELD_RIGHT ? operand_role(b->roles[parent]) : RWB__ROLE_READ;
    case RWG_SYNTAX_MEMBER_EXPRESSION:
    case RWG_SYNTAX_NESTED_IDENTIFIER: return object_role(b->roles[parent]);
    case RWG_SYNTAX_NESTED_TYPE_IDENTIFIER: return RWB__ROLE_QUALIFIER;
    case RWG_SYNTAX_JSX_OPENING_ELEMENT:
    case RWG_SYNTAX_JSX_SELF_CLOSING_ELEMENT:
    case RWG_SYNTAX_JSX_CLOSING_ELEMENT:
        return field == RWG_SYNTAX_FIELD_NAME ? RWB__ROLE_JSX : RWB__ROLE_READ;
    case RWG_SYNTAX_JSX_NAMESPACE_NAME:
    case RWG_SYNTAX_LITERAL_TYPE: /* undefined */ return RWB__ROLE_NONE;
    case RWG_SYNTAX_INDEX_SIGNATURE:
        return field == RWG_SYNTAX_FIELD_NAME ? RWB__ROLE_NONE : RWB__ROLE_READ;
    default: return RWB__ROLE_READ;
    }
}

uint8_t rwb__scope_role(const rwb__scope_builder *b, uint32_t i) {
    uint32_t parent = b->nodes[i].parent;
    uint8_t role = expression_role(b, i, parent);
    role = role == RWB__ROLE_READ ? declaration_role(b, i, parent) : role;
    return role == RWB__ROLE_READ ? module_role(b, i, parent) : role;
}

uint8_t rwb__scope_type_role(const rwb__scope_builder *b, uint32_t i) {
    uint32_t parent = b->nodes[i].parent;
    bool is_name = b->nodes[i].field == RWG_SYNTAX_FIELD_NAME;
    switch (b->nodes[parent].kind) {
    case RWG_SYNTAX_CLASS_DECLARATION:
    case RWG_SYNTAX_ABSTRACT_CLASS_DECLARATION:
    case RWG_SYNTAX_CLASS: return declaration_role(b, i, parent);
    case RWG_SYNTAX_INTERFACE_DECLARATION:
    case RWG_SYNTAX_TYPE_ALIAS_DECLARATION:
        return is_name ? RWB__ROLE_NAMED_TYPE | exported(b, parent) : RWB__ROLE_TYPE;
    case RWG_SYNTAX_TYPE_PARAMETER:
    case RWG_SYNTAX_MAPPED_TYPE_CLAUSE: return is_name ? RWB__ROLE_TYPE_PARAMETER : RWB__ROLE_TYPE;
    case RWG_SYNTAX_INFER_TYPE: /* infer HERE extends T */
        return child_of(b, parent, RWG_SYNTAX_TYPE_IDENTIFIER) == i ? RWB__ROLE_INFER
                                                                    : RWB__ROLE_TYPE;
    case RWG_SYNTAX_NESTED_TYPE_IDENTIFIER: return is_name ? RWB__ROLE_NONE : RWB__ROLE_TYPE;
    default: return RWB__ROLE_TYPE;
    }
}
