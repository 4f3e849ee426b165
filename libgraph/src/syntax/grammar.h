/* The node types and fields of the tree-sitter grammars that we look at, as our own small numbers.
 *
 * A grammar names its nodes with strings and numbers them differently in each language. The table
 * of a language is made once per parser: from then on a node is classified by one array access.
 * Types that mean the same to us share a kind (a function is a function in all of its six node
 * types). */
#ifndef RWG_SYNTAX_GRAMMAR_H
#define RWG_SYNTAX_GRAMMAR_H

#include <rwgraph/module.h>

#include "base/mem.h"

#include <tree_sitter/api.h>

/* X(kind, node type), sorted by node type. Kinds may repeat. */
#define RWG__NODE_MAP(X)                                                                           \
    X(CLASS_DECLARATION, "abstract_class_declaration")                                             \
    X(TYPE_ENTRY, "adding_type_annotation")                                                        \
    X(AMBIENT, "ambient_declaration")                                                              \
    X(ARGUMENTS, "arguments")                                                                      \
    X(ARRAY, "array")                                                                              \
    X(FUNCTION, "arrow_function")                                                                  \
    X(AS, "as_expression")                                                                         \
    X(TYPE_ENTRY, "asserts_annotation")                                                            \
    X(ASSIGNMENT, "assignment_expression")                                                         \
    X(AWAIT, "await_expression")                                                                   \
    X(BINARY, "binary_expression")                                                                 \
    X(CALL, "call_expression")                                                                     \
    X(CLASS_DECLARATION, "class_declaration")                                                      \
    X(FUNCTION, "class_static_block")                                                              \
    X(COMMENT, "comment")                                                                          \
    X(OUTSIDE, "computed_property_name")                                                           \
    X(TYPE_ENTRY, "constraint")                                                                    \
    X(OUTSIDE, "decorator")                                                                        \
    X(TYPE_ENTRY, "default_type")                                                                  \
    X(ENUM, "enum_declaration")                                                                    \
    X(EXPORT_CLAUSE, "export_clause")                                                              \
    X(EXPORT_SPECIFIER, "export_specifier")                                                        \
    X(EXPORT, "export_statement")                                                                  \
    X(EXPRESSION_STATEMENT, "expression_statement")                                                \
    X(TYPE_ENTRY, "extends_type_clause")                                                           \
    X(FIELD, "field_definition")                                                                   \
    X(FOR_IN, "for_in_statement")                                                                  \
    X(FUNCTION_DECLARATION, "function_declaration")                                                \
    X(FUNCTION, "function_expression")                                                             \
    X(FUNCTION_DECLARATION, "function_signature")                                                  \
    X(FUNCTION, "generator_function")                                                              \
    X(FUNCTION_DECLARATION, "generator_function_declaration")                                      \
    X(HASH_BANG, "hash_bang_line")                                                                 \
    X(COMMENT, "html_comment")                                                                     \
    X(IDENTIFIER, "identifier")                                                                    \
    X(TYPE_ENTRY, "implements_clause")                                                             \
    X(IMPORT_KEYWORD, "import")                                                                    \
    X(IMPORT_ALIAS, "import_alias")                                                                \
    X(IMPORT_ATTRIBUTE, "import_attribute")                                                        \
    X(IMPORT_CLAUSE, "import_clause")                                                              \
    X(IMPORT_REQUIRE, "import_require_clause")                                                     \
    X(IMPORT_SPECIFIER, "import_specifier")                                                        \
    X(IMPORT, "import_statement")                                                                  \
    X(TYPE_ENTRY, "index_signature")                                                               \
    X(INTERFACE, "interface_declaration")                                                          \
    X(NAMESPACE, "internal_module")                                                                \
    X(JSX, "jsx_element")                                                                          \
    X(JSX, "jsx_self_closing_element")                                                             \
    X(LEXICAL, "lexical_declaration")                                                              \
    X(MEMBER, "member_expression")                                                                 \
    X(META, "meta_property")                                                                       \
    X(FUNCTION, "method_definition")                                                               \
    X(NAMESPACE, "module")                                                                         \
    X(NAMED_IMPORTS, "named_imports")                                                              \
    X(NAMESPACE_EXPORT, "namespace_export")                                                        \
    X(NAMESPACE_IMPORT, "namespace_import")                                                        \
    X(NEW, "new_expression")                                                                       \
    X(OBJECT, "object")                                                                            \
    X(TYPE_ENTRY, "omitting_type_annotation")                                                      \
    X(TYPE_ENTRY, "opting_type_annotation")                                                        \
    X(PAIR, "pair")                                                                                \
    X(PROGRAM, "program")                                                                          \
    X(PROPERTY, "property_identifier")                                                             \
    X(FIELD, "public_field_definition")                                                            \
    X(AS, "satisfies_expression")                                                                  \
    X(SHORTHAND, "shorthand_property_identifier")                                                  \
    X(IDENTIFIER, "shorthand_property_identifier_pattern")                                         \
    X(SPREAD, "spread_element")                                                                    \
    X(BLOCK, "statement_block")                                                                    \
    X(STRING, "string")                                                                            \
    X(STRING_FRAGMENT, "string_fragment")                                                          \
    X(SUBSCRIPT, "subscript_expression")                                                           \
    X(TEMPLATE, "template_string")                                                                 \
    X(SUBSTITUTION, "template_substitution")                                                       \
    X(TRY, "try_statement")                                                                        \
    X(TYPE_ALIAS, "type_alias_declaration")                                                        \
    X(TYPE_ENTRY, "type_annotation")                                                               \
    X(TYPE_ENTRY, "type_arguments")                                                                \
    X(PROPERTY, "type_identifier")                                                                 \
    X(TYPE_ENTRY, "type_predicate_annotation")                                                     \
    X(TYPE_ENTRY, "type_query")                                                                    \
    X(USING, "using_declaration")                                                                  \
    X(LEXICAL, "variable_declaration")                                                             \
    X(DECLARATOR, "variable_declarator")

typedef enum rwg__node {
    RWG__NODE_NONE, /* a node whose children may matter, but not itself */
    RWG__NODE_AMBIENT,
    RWG__NODE_ARGUMENTS,
    RWG__NODE_ARRAY,
    RWG__NODE_AS,
    RWG__NODE_ASSIGNMENT,
    RWG__NODE_AWAIT,
    RWG__NODE_BINARY,
    RWG__NODE_BLOCK,
    RWG__NODE_CALL,
    RWG__NODE_CLASS_DECLARATION,
    RWG__NODE_COMMENT,
    RWG__NODE_DECLARATOR,
    RWG__NODE_ENUM,
    RWG__NODE_EXPORT,
    RWG__NODE_EXPORT_CLAUSE,
    RWG__NODE_EXPORT_SPECIFIER,
    RWG__NODE_EXPRESSION_STATEMENT,
    RWG__NODE_FIELD, /* of a class */
    RWG__NODE_FOR_IN,
    RWG__NODE_FUNCTION,
    RWG__NODE_FUNCTION_DECLARATION,
    RWG__NODE_HASH_BANG,
    RWG__NODE_IDENTIFIER,
    RWG__NODE_IMPORT,
    RWG__NODE_IMPORT_ALIAS,
    RWG__NODE_IMPORT_ATTRIBUTE,
    RWG__NODE_IMPORT_CLAUSE,
    RWG__NODE_IMPORT_KEYWORD, /* of import() */
    RWG__NODE_IMPORT_REQUIRE,
    RWG__NODE_IMPORT_SPECIFIER,
    RWG__NODE_INTERFACE,
    RWG__NODE_JSX,
    RWG__NODE_LEXICAL, /* const, let, var */
    RWG__NODE_MEMBER,
    RWG__NODE_META, /* import.meta and new.target */
    RWG__NODE_NAMED_IMPORTS,
    RWG__NODE_NAMESPACE,
    RWG__NODE_NAMESPACE_EXPORT,
    RWG__NODE_NAMESPACE_IMPORT,
    RWG__NODE_NEW,
    RWG__NODE_OBJECT,
    RWG__NODE_OUTSIDE, /* a part of a function or field that is evaluated outside of it */
    RWG__NODE_PAIR,
    RWG__NODE_PROGRAM,
    RWG__NODE_PROPERTY, /* a name that is no variable */
    RWG__NODE_SHORTHAND,
    RWG__NODE_SPREAD,
    RWG__NODE_STRING,
    RWG__NODE_STRING_FRAGMENT,
    RWG__NODE_SUBSCRIPT,
    RWG__NODE_SUBSTITUTION,
    RWG__NODE_TEMPLATE,
    RWG__NODE_TRY,
    RWG__NODE_TYPE_ALIAS,
    RWG__NODE_TYPE_ENTRY, /* everything below it is a type */
    RWG__NODE_USING,
    /* Keywords and punctuation. */
    RWG__NODE_WORD_AS,
    RWG__NODE_WORD_AWAIT,
    RWG__NODE_WORD_DEFAULT,
    RWG__NODE_WORD_EQUALS,
    RWG__NODE_WORD_NAMESPACE,
    RWG__NODE_WORD_STAR,
    RWG__NODE_WORD_TYPE, /* `type` and Flow's `typeof` */
} rwg__node;

/* X(name, field). */
#define RWG__FIELD_MAP(X)                                                                          \
    X(ALIAS, "alias")                                                                              \
    X(ARGUMENTS, "arguments")                                                                      \
    X(CONSTRUCTOR, "constructor")                                                                  \
    X(DECLARATION, "declaration")                                                                  \
    X(FUNCTION, "function")                                                                        \
    X(INDEX, "index")                                                                              \
    X(KEY, "key")                                                                                  \
    X(LEFT, "left")                                                                                \
    X(NAME, "name")                                                                                \
    X(OBJECT, "object")                                                                            \
    X(OPERATOR, "operator")                                                                        \
    X(PROPERTY, "property")                                                                        \
    X(RIGHT, "right")                                                                              \
    X(SOURCE, "source")                                                                            \
    X(TYPE, "type")                                                                                \
    X(VALUE, "value")

typedef enum rwg__field {
#define X(name, text) RWG__FIELD_##name,
    RWG__FIELD_MAP(X)
#undef X
    RWG__FIELD_COUNT
} rwg__field;

typedef struct rwg__grammar {
    const TSLanguage *language; /* NULL until rwg__grammar_init */
    uint8_t *nodes;             /* [node_count], rwg__node by TSSymbol */
    uint32_t node_count;
    TSFieldId fields[RWG__FIELD_COUNT];
} rwg__grammar;

/// The grammar of a language (of a script) and its tables.
void rwg__grammar_init(rwg__grammar *grammar, rwg__mem *mem, rwg_lang lang);
void rwg__grammar_deinit(rwg__grammar *grammar, rwg__mem *mem);

static inline rwg__node rwg__grammar_node(const rwg__grammar *grammar, TSNode node) {
    TSSymbol symbol = ts_node_symbol(node);
    return symbol < grammar->node_count ? (rwg__node)grammar->nodes[symbol] : RWG__NODE_NONE;
}

/// The child of that field, or a null node.
static inline TSNode
rwg__grammar_child(const rwg__grammar *grammar, TSNode node, rwg__field field) {
    return ts_node_child_by_field_id(node, grammar->fields[field]);
}

#endif
