/* A source text as a syntax tree, for tools that need more than the module record: transforms,
 * linters, bundlers.
 *
 * The tree is one flat array in source order (preorder): node 0 is the program, the children of
 * node i begin at i + 1, and its next sibling is at nodes[i].next. So a walk is a loop, a subtree
 * is a range, and there is nothing to free but the source. Punctuation and keywords are nodes too:
 * what a node is written with can be seen. Comments and a hash-bang line are nodes wherever they
 * stand. The program spans the whole text; every other node begins and ends with a token, and what
 * lies between the tokens is white space, line ends and a leading byte order mark.
 *
 * The text may hold code that the grammar does not know and the library patches (GAPS.md in
 * src/syntax), and bytes that are not UTF-8, or NUL, which are read as '?'. Positions are always
 * those of the text; rwg_source_seen is what the tree was made of, of the same length. */
#ifndef RWGRAPH_SYS_SOURCE_H
#define RWGRAPH_SYS_SOURCE_H

#include <rwgraph/module.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(kind, named, type): type is tree-sitter's name of the node type, the same in its grammars for
 * JavaScript, TypeScript and TSX; named is false for keywords and punctuation. */
#define RWG_SYNTAX_MAP(X)                                                                          \
    X(ABSTRACT_CLASS_DECLARATION, true, "abstract_class_declaration")                              \
    X(ABSTRACT_METHOD_SIGNATURE, true, "abstract_method_signature")                                \
    X(ACCESSIBILITY_MODIFIER, true, "accessibility_modifier")                                      \
    X(ADDING_TYPE_ANNOTATION, true, "adding_type_annotation")                                      \
    X(AMBIENT_DECLARATION, true, "ambient_declaration")                                            \
    X(ARGUMENTS, true, "arguments")                                                                \
    X(ARRAY, true, "array")                                                                        \
    X(ARRAY_PATTERN, true, "array_pattern")                                                        \
    X(ARRAY_TYPE, true, "array_type")                                                              \
    X(ARROW_FUNCTION, true, "arrow_function")                                                      \
    X(AS_EXPRESSION, true, "as_expression")                                                        \
    X(ASSERTS, true, "asserts")                                                                    \
    X(ASSERTS_ANNOTATION, true, "asserts_annotation")                                              \
    X(ASSIGNMENT_EXPRESSION, true, "assignment_expression")                                        \
    X(ASSIGNMENT_PATTERN, true, "assignment_pattern")                                              \
    X(AUGMENTED_ASSIGNMENT_EXPRESSION, true, "augmented_assignment_expression")                    \
    X(AWAIT_EXPRESSION, true, "await_expression")                                                  \
    X(BINARY_EXPRESSION, true, "binary_expression")                                                \
    X(BREAK_STATEMENT, true, "break_statement")                                                    \
    X(CALL_EXPRESSION, true, "call_expression")                                                    \
    X(CALL_SIGNATURE, true, "call_signature")                                                      \
    X(CATCH_CLAUSE, true, "catch_clause")                                                          \
    X(CLASS, true, "class")                                                                        \
    X(CLASS_BODY, true, "class_body")                                                              \
    X(CLASS_DECLARATION, true, "class_declaration")                                                \
    X(CLASS_HERITAGE, true, "class_heritage")                                                      \
    X(CLASS_STATIC_BLOCK, true, "class_static_block")                                              \
    X(COMMENT, true, "comment")                                                                    \
    X(COMPUTED_PROPERTY_NAME, true, "computed_property_name")                                      \
    X(CONDITIONAL_TYPE, true, "conditional_type")                                                  \
    X(CONSTRAINT, true, "constraint")                                                              \
    X(CONSTRUCT_SIGNATURE, true, "construct_signature")                                            \
    X(CONSTRUCTOR_TYPE, true, "constructor_type")                                                  \
    X(CONTINUE_STATEMENT, true, "continue_statement")                                              \
    X(DEBUGGER_STATEMENT, true, "debugger_statement")                                              \
    X(DECORATOR, true, "decorator")                                                                \
    X(DEFAULT_TYPE, true, "default_type")                                                          \
    X(DO_STATEMENT, true, "do_statement")                                                          \
    X(ELSE_CLAUSE, true, "else_clause")                                                            \
    X(EMPTY_STATEMENT, true, "empty_statement")                                                    \
    X(ENUM_ASSIGNMENT, true, "enum_assignment")                                                    \
    X(ENUM_BODY, true, "enum_body")                                                                \
    X(ENUM_DECLARATION, true, "enum_declaration")                                                  \
    X(ESCAPE_SEQUENCE, true, "escape_sequence")                                                    \
    X(EXISTENTIAL_TYPE, true, "existential_type")                                                  \
    X(EXPORT_CLAUSE, true, "export_clause")                                                        \
    X(EXPORT_SPECIFIER, true, "export_specifier")                                                  \
    X(EXPORT_STATEMENT, true, "export_statement")                                                  \
    X(EXPRESSION_STATEMENT, true, "expression_statement")                                          \
    X(EXTENDS_CLAUSE, true, "extends_clause")                                                      \
    X(EXTENDS_TYPE_CLAUSE, true, "extends_type_clause")                                            \
    X(FALSE, true, "false")                                                                        \
    X(FIELD_DEFINITION, true, "field_definition")                                                  \
    X(FINALLY_CLAUSE, true, "finally_clause")                                                      \
    X(FLOW_MAYBE_TYPE, true, "flow_maybe_type")                                                    \
    X(FOR_IN_STATEMENT, true, "for_in_statement")                                                  \
    X(FOR_STATEMENT, true, "for_statement")                                                        \
    X(FORMAL_PARAMETERS, true, "formal_parameters")                                                \
    X(FUNCTION_DECLARATION, true, "function_declaration")                                          \
    X(FUNCTION_EXPRESSION, true, "function_expression")                                            \
    X(FUNCTION_SIGNATURE, true, "function_signature")                                              \
    X(FUNCTION_TYPE, true, "function_type")                                                        \
    X(GENERATOR_FUNCTION, true, "generator_function")                                              \
    X(GENERATOR_FUNCTION_DECLARATION, true, "generator_function_declaration")                      \
    X(GENERIC_TYPE, true, "generic_type")                                                          \
    X(HASH_BANG_LINE, true, "hash_bang_line")                                                      \
    X(HTML_CHARACTER_REFERENCE, true, "html_character_reference")                                  \
    X(HTML_COMMENT, true, "html_comment")                                                          \
    X(IDENTIFIER, true, "identifier")                                                              \
    X(IF_STATEMENT, true, "if_statement")                                                          \
    X(IMPLEMENTS_CLAUSE, true, "implements_clause")                                                \
    X(IMPORT, true, "import")                                                                      \
    X(IMPORT_ALIAS, true, "import_alias")                                                          \
    X(IMPORT_ATTRIBUTE, true, "import_attribute")                                                  \
    X(IMPORT_CLAUSE, true, "import_clause")                                                        \
    X(IMPORT_REQUIRE_CLAUSE, true, "import_require_clause")                                        \
    X(IMPORT_SPECIFIER, true, "import_specifier")                                                  \
    X(IMPORT_STATEMENT, true, "import_statement")                                                  \
    X(INDEX_SIGNATURE, true, "index_signature")                                                    \
    X(INDEX_TYPE_QUERY, true, "index_type_query")                                                  \
    X(INFER_TYPE, true, "infer_type")                                                              \
    X(INSTANTIATION_EXPRESSION, true, "instantiation_expression")                                  \
    X(INTERFACE_BODY, true, "interface_body")                                                      \
    X(INTERFACE_DECLARATION, true, "interface_declaration")                                        \
    X(INTERNAL_MODULE, true, "internal_module")                                                    \
    X(INTERSECTION_TYPE, true, "intersection_type")                                                \
    X(JSX_ATTRIBUTE, true, "jsx_attribute")                                                        \
    X(JSX_CLOSING_ELEMENT, true, "jsx_closing_element")                                            \
    X(JSX_ELEMENT, true, "jsx_element")                                                            \
    X(JSX_EXPRESSION, true, "jsx_expression")                                                      \
    X(JSX_NAMESPACE_NAME, true, "jsx_namespace_name")                                              \
    X(JSX_OPENING_ELEMENT, true, "jsx_opening_element")                                            \
    X(JSX_SELF_CLOSING_ELEMENT, true, "jsx_self_closing_element")                                  \
    X(JSX_TEXT, true, "jsx_text")                                                                  \
    X(LABELED_STATEMENT, true, "labeled_statement")                                                \
    X(LEXICAL_DECLARATION, true, "lexical_declaration")                                            \
    X(LITERAL_TYPE, true, "literal_type")                                                          \
    X(LOOKUP_TYPE, true, "lookup_type")                                                            \
    X(MAPPED_TYPE_CLAUSE, true, "mapped_type_clause")                                              \
    X(MEMBER_EXPRESSION, true, "member_expression")                                                \
    X(META_PROPERTY, true, "meta_property")                                                        \
    X(METHOD_DEFINITION, true, "method_definition")                                                \
    X(METHOD_SIGNATURE, true, "method_signature")                                                  \
    X(MODULE, true, "module")                                                                      \
    X(NAMED_IMPORTS, true, "named_imports")                                                        \
    X(NAMESPACE_EXPORT, true, "namespace_export")                                                  \
    X(NAMESPACE_IMPORT, true, "namespace_import")                                                  \
    X(NESTED_IDENTIFIER, true, "nested_identifier")                                                \
    X(NESTED_TYPE_IDENTIFIER, true, "nested_type_identifier")                                      \
    X(NEW_EXPRESSION, true, "new_expression")                                                      \
    X(NON_NULL_EXPRESSION, true, "non_null_expression")                                            \
    X(NULL, true, "null")                                                                          \
    X(NUMBER, true, "number")                                                                      \
    X(OBJECT, true, "object")                                                                      \
    X(OBJECT_ASSIGNMENT_PATTERN, true, "object_assignment_pattern")                                \
    X(OBJECT_PATTERN, true, "object_pattern")                                                      \
    X(OBJECT_TYPE, true, "object_type")                                                            \
    X(OMITTING_TYPE_ANNOTATION, true, "omitting_type_annotation")                                  \
    X(OPTING_TYPE_ANNOTATION, true, "opting_type_annotation")                                      \
    X(OPTIONAL_CHAIN, true, "optional_chain")                                                      \
    X(OPTIONAL_PARAMETER, true, "optional_parameter")                                              \
    X(OPTIONAL_TYPE, true, "optional_type")                                                        \
    X(OVERRIDE_MODIFIER, true, "override_modifier")                                                \
    X(PAIR, true, "pair")                                                                          \
    X(PAIR_PATTERN, true, "pair_pattern")                                                          \
    X(PARENTHESIZED_EXPRESSION, true, "parenthesized_expression")                                  \
    X(PARENTHESIZED_TYPE, true, "parenthesized_type")                                              \
    X(PREDEFINED_TYPE, true, "predefined_type")                                                    \
    X(PRIVATE_PROPERTY_IDENTIFIER, true, "private_property_identifier")                            \
    X(PROGRAM, true, "program")                                                                    \
    X(PROPERTY_IDENTIFIER, true, "property_identifier")                                            \
    X(PROPERTY_SIGNATURE, true, "property_signature")                                              \
    X(PUBLIC_FIELD_DEFINITION, true, "public_field_definition")                                    \
    X(READONLY_TYPE, true, "readonly_type")                                                        \
    X(REGEX, true, "regex")                                                                        \
    X(REGEX_FLAGS, true, "regex_flags")                                                            \
    X(REGEX_PATTERN, true, "regex_pattern")                                                        \
    X(REQUIRED_PARAMETER, true, "required_parameter")                                              \
    X(REST_PATTERN, true, "rest_pattern")                                                          \
    X(REST_TYPE, true, "rest_type")                                                                \
    X(RETURN_STATEMENT, true, "return_statement")                                                  \
    X(SATISFIES_EXPRESSION, true, "satisfies_expression")                                          \
    X(SEQUENCE_EXPRESSION, true, "sequence_expression")                                            \
    X(SHORTHAND_PROPERTY_IDENTIFIER, true, "shorthand_property_identifier")                        \
    X(SHORTHAND_PROPERTY_IDENTIFIER_PATTERN, true, "shorthand_property_identifier_pattern")        \
    X(SPREAD_ELEMENT, true, "spread_element")                                                      \
    X(STATEMENT_BLOCK, true, "statement_block")                                                    \
    X(STATEMENT_IDENTIFIER, true, "statement_identifier")                                          \
    X(STRING, true, "string")                                                                      \
    X(STRING_FRAGMENT, true, "string_fragment")                                                    \
    X(SUBSCRIPT_EXPRESSION, true, "subscript_expression")                                          \
    X(SUPER, true, "super")                                                                        \
    X(SWITCH_BODY, true, "switch_body")                                                            \
    X(SWITCH_CASE, true, "switch_case")                                                            \
    X(SWITCH_DEFAULT, true, "switch_default")                                                      \
    X(SWITCH_STATEMENT, true, "switch_statement")                                                  \
    X(TEMPLATE_LITERAL_TYPE, true, "template_literal_type")                                        \
    X(TEMPLATE_STRING, true, "template_string")                                                    \
    X(TEMPLATE_SUBSTITUTION, true, "template_substitution")                                        \
    X(TEMPLATE_TYPE, true, "template_type")                                                        \
    X(TERNARY_EXPRESSION, true, "ternary_expression")                                              \
    X(THIS, true, "this")                                                                          \
    X(THIS_TYPE, true, "this_type")                                                                \
    X(THROW_STATEMENT, true, "throw_statement")                                                    \
    X(TRUE, true, "true")                                                                          \
    X(TRY_STATEMENT, true, "try_statement")                                                        \
    X(TUPLE_TYPE, true, "tuple_type")                                                              \
    X(TYPE_ALIAS_DECLARATION, true, "type_alias_declaration")                                      \
    X(TYPE_ANNOTATION, true, "type_annotation")                                                    \
    X(TYPE_ARGUMENTS, true, "type_arguments")                                                      \
    X(TYPE_ASSERTION, true, "type_assertion")                                                      \
    X(TYPE_IDENTIFIER, true, "type_identifier")                                                    \
    X(TYPE_PARAMETER, true, "type_parameter")                                                      \
    X(TYPE_PARAMETERS, true, "type_parameters")                                                    \
    X(TYPE_PREDICATE, true, "type_predicate")                                                      \
    X(TYPE_PREDICATE_ANNOTATION, true, "type_predicate_annotation")                                \
    X(TYPE_QUERY, true, "type_query")                                                              \
    X(UNARY_EXPRESSION, true, "unary_expression")                                                  \
    X(UNDEFINED, true, "undefined")                                                                \
    X(UNION_TYPE, true, "union_type")                                                              \
    X(UPDATE_EXPRESSION, true, "update_expression")                                                \
    X(USING_DECLARATION, true, "using_declaration")                                                \
    X(VARIABLE_DECLARATION, true, "variable_declaration")                                          \
    X(VARIABLE_DECLARATOR, true, "variable_declarator")                                            \
    X(WHILE_STATEMENT, true, "while_statement")                                                    \
    X(WITH_STATEMENT, true, "with_statement")                                                      \
    X(YIELD_EXPRESSION, true, "yield_expression")                                                  \
    X(WORD_ABSTRACT, false, "abstract")                                                            \
    X(WORD_ACCESSOR, false, "accessor")                                                            \
    X(WORD_ANY, false, "any")                                                                      \
    X(WORD_AS, false, "as")                                                                        \
    X(WORD_ASSERT, false, "assert")                                                                \
    X(WORD_ASSERTS, false, "asserts")                                                              \
    X(WORD_ASYNC, false, "async")                                                                  \
    X(WORD_AWAIT, false, "await")                                                                  \
    X(WORD_BOOLEAN, false, "boolean")                                                              \
    X(WORD_BREAK, false, "break")                                                                  \
    X(WORD_CASE, false, "case")                                                                    \
    X(WORD_CATCH, false, "catch")                                                                  \
    X(WORD_CLASS, false, "class")                                                                  \
    X(WORD_CONST, false, "const")                                                                  \
    X(WORD_CONTINUE, false, "continue")                                                            \
    X(WORD_DEBUGGER, false, "debugger")                                                            \
    X(WORD_DECLARE, false, "declare")                                                              \
    X(WORD_DEFAULT, false, "default")                                                              \
    X(WORD_DELETE, false, "delete")                                                                \
    X(WORD_DO, false, "do")                                                                        \
    X(WORD_ELSE, false, "else")                                                                    \
    X(WORD_ENUM, false, "enum")                                                                    \
    X(WORD_EXPORT, false, "export")                                                                \
    X(WORD_EXTENDS, false, "extends")                                                              \
    X(WORD_FINALLY, false, "finally")                                                              \
    X(WORD_FOR, false, "for")                                                                      \
    X(WORD_FROM, false, "from")                                                                    \
    X(WORD_FUNCTION, false, "function")                                                            \
    X(WORD_GET, false, "get")                                                                      \
    X(WORD_GLOBAL, false, "global")                                                                \
    X(WORD_IF, false, "if")                                                                        \
    X(WORD_IMPLEMENTS, false, "implements")                                                        \
    X(WORD_IMPORT, false, "import")                                                                \
    X(WORD_IN, false, "in")                                                                        \
    X(WORD_INFER, false, "infer")                                                                  \
    X(WORD_INSTANCEOF, false, "instanceof")                                                        \
    X(WORD_INTERFACE, false, "interface")                                                          \
    X(WORD_IS, false, "is")                                                                        \
    X(WORD_KEYOF, false, "keyof")                                                                  \
    X(WORD_LET, false, "let")                                                                      \
    X(WORD_META, false, "meta")                                                                    \
    X(WORD_MODULE, false, "module")                                                                \
    X(WORD_NAMESPACE, false, "namespace")                                                          \
    X(WORD_NEVER, false, "never")                                                                  \
    X(WORD_NEW, false, "new")                                                                      \
    X(WORD_NUMBER, false, "number")                                                                \
    X(WORD_OBJECT, false, "object")                                                                \
    X(WORD_OF, false, "of")                                                                        \
    X(WORD_OVERRIDE, false, "override")                                                            \
    X(WORD_PRIVATE, false, "private")                                                              \
    X(WORD_PROTECTED, false, "protected")                                                          \
    X(WORD_PUBLIC, false, "public")                                                                \
    X(WORD_READONLY, false, "readonly")                                                            \
    X(WORD_REQUIRE, false, "require")                                                              \
    X(WORD_RETURN, false, "return")                                                                \
    X(WORD_SATISFIES, false, "satisfies")                                                          \
    X(WORD_SET, false, "set")                                                                      \
    X(WORD_STATIC, false, "static")                                                                \
    X(WORD_STATIC_GET, false, "static get")                                                        \
    X(WORD_STRING, false, "string")                                                                \
    X(WORD_SWITCH, false, "switch")                                                                \
    X(WORD_SYMBOL, false, "symbol")                                                                \
    X(WORD_TARGET, false, "target")                                                                \
    X(WORD_THROW, false, "throw")                                                                  \
    X(WORD_TRY, false, "try")                                                                      \
    X(WORD_TYPE, false, "type")                                                                    \
    X(WORD_TYPEOF, false, "typeof")                                                                \
    X(WORD_UNIQUE_SYMBOL, false, "unique symbol")                                                  \
    X(WORD_UNKNOWN, false, "unknown")                                                              \
    X(WORD_USING, false, "using")                                                                  \
    X(WORD_VAR, false, "var")                                                                      \
    X(WORD_VOID, false, "void")                                                                    \
    X(WORD_WHILE, false, "while")                                                                  \
    X(WORD_WITH, false, "with")                                                                    \
    X(WORD_YIELD, false, "yield")                                                                  \
    X(TOKEN_NOT, false, "!")                                                                       \
    X(TOKEN_NE, false, "!=")                                                                       \
    X(TOKEN_NE_STRICT, false, "!==")                                                               \
    X(TOKEN_PERCENT, false, "%")                                                                   \
    X(TOKEN_PERCENT_ASSIGN, false, "%=")                                                           \
    X(TOKEN_AND, false, "&")                                                                       \
    X(TOKEN_AND_AND, false, "&&")                                                                  \
    X(TOKEN_AND_AND_ASSIGN, false, "&&=")                                                          \
    X(TOKEN_AND_ASSIGN, false, "&=")                                                               \
    X(TOKEN_PAREN_OPEN, false, "(")                                                                \
    X(TOKEN_PAREN_CLOSE, false, ")")                                                               \
    X(TOKEN_STAR, false, "*")                                                                      \
    X(TOKEN_STAR_STAR, false, "**")                                                                \
    X(TOKEN_STAR_STAR_ASSIGN, false, "**=")                                                        \
    X(TOKEN_STAR_ASSIGN, false, "*=")                                                              \
    X(TOKEN_PLUS, false, "+")                                                                      \
    X(TOKEN_PLUS_PLUS, false, "++")                                                                \
    X(TOKEN_PLUS_ASSIGN, false, "+=")                                                              \
    X(TOKEN_PLUS_QUESTION_COLON, false, "+?:")                                                     \
    X(TOKEN_COMMA, false, ",")                                                                     \
    X(TOKEN_MINUS, false, "-")                                                                     \
    X(TOKEN_MINUS_MINUS, false, "--")                                                              \
    X(TOKEN_MINUS_ASSIGN, false, "-=")                                                             \
    X(TOKEN_MINUS_QUESTION_COLON, false, "-?:")                                                    \
    X(TOKEN_DOT, false, ".")                                                                       \
    X(TOKEN_SPREAD, false, "...")                                                                  \
    X(TOKEN_SLASH, false, "/")                                                                     \
    X(TOKEN_SLASH_ASSIGN, false, "/=")                                                             \
    X(TOKEN_SLASH_GT, false, "/>")                                                                 \
    X(TOKEN_COLON, false, ":")                                                                     \
    X(TOKEN_SEMICOLON, false, ";")                                                                 \
    X(TOKEN_LT, false, "<")                                                                        \
    X(TOKEN_LT_SLASH, false, "</")                                                                 \
    X(TOKEN_SHIFT_LEFT, false, "<<")                                                               \
    X(TOKEN_SHIFT_LEFT_ASSIGN, false, "<<=")                                                       \
    X(TOKEN_LE, false, "<=")                                                                       \
    X(TOKEN_EQUALS, false, "=")                                                                    \
    X(TOKEN_EQ, false, "==")                                                                       \
    X(TOKEN_EQ_STRICT, false, "===")                                                               \
    X(TOKEN_ARROW, false, "=>")                                                                    \
    X(TOKEN_GT, false, ">")                                                                        \
    X(TOKEN_GE, false, ">=")                                                                       \
    X(TOKEN_SHIFT_RIGHT, false, ">>")                                                              \
    X(TOKEN_SHIFT_RIGHT_ASSIGN, false, ">>=")                                                      \
    X(TOKEN_SHIFT_RIGHT_ZERO, false, ">>>")                                                        \
    X(TOKEN_SHIFT_RIGHT_ZERO_ASSIGN, false, ">>>=")                                                \
    X(TOKEN_QUESTION, false, "?")                                                                  \
    X(TOKEN_QUESTION_COLON, false, "?:")                                                           \
    X(TOKEN_QUESTION_DOT, false, "?.")                                                             \
    X(TOKEN_COALESCE, false, "??")                                                                 \
    X(TOKEN_COALESCE_ASSIGN, false, "?\?=")                                                        \
    X(TOKEN_AT, false, "@")                                                                        \
    X(TOKEN_BRACKET_OPEN, false, "[")                                                              \
    X(TOKEN_BRACKET_CLOSE, false, "]")                                                             \
    X(TOKEN_XOR, false, "^")                                                                       \
    X(TOKEN_XOR_ASSIGN, false, "^=")                                                               \
    X(TOKEN_BRACE_OPEN, false, "{")                                                                \
    X(TOKEN_BRACE_BAR_OPEN, false, "{|")                                                           \
    X(TOKEN_BRACE_CLOSE, false, "}")                                                               \
    X(TOKEN_BRACE_BAR_CLOSE, false, "|}")                                                          \
    X(TOKEN_OR, false, "|")                                                                        \
    X(TOKEN_OR_ASSIGN, false, "|=")                                                                \
    X(TOKEN_OR_OR, false, "||")                                                                    \
    X(TOKEN_OR_OR_ASSIGN, false, "||=")                                                            \
    X(TOKEN_TILDE, false, "~")                                                                     \
    X(TOKEN_TEMPLATE_OPEN, false, "${")                                                            \
    X(TOKEN_BACKTICK, false, "`")                                                                  \
    X(TOKEN_DOUBLE_QUOTE, false, "\"")                                                             \
    X(TOKEN_SINGLE_QUOTE, false, "'")

typedef enum rwg_syntax_kind {
    RWG_SYNTAX_OTHER, /* a node type that is not in the map */
#define X(kind, named, type) RWG_SYNTAX_##kind,
    RWG_SYNTAX_MAP(X)
#undef X
    RWG_SYNTAX_KIND_COUNT
} rwg_syntax_kind;

/* X(field, name): the part a node plays in its parent. */
#define RWG_SYNTAX_FIELD_MAP(X)                                                                    \
    X(ALIAS, "alias")                                                                              \
    X(ALTERNATIVE, "alternative")                                                                  \
    X(ARGUMENT, "argument")                                                                        \
    X(ARGUMENTS, "arguments")                                                                      \
    X(ATTRIBUTE, "attribute")                                                                      \
    X(BODY, "body")                                                                                \
    X(CLOSE_TAG, "close_tag")                                                                      \
    X(CONDITION, "condition")                                                                      \
    X(CONSEQUENCE, "consequence")                                                                  \
    X(CONSTRAINT, "constraint")                                                                    \
    X(CONSTRUCTOR, "constructor")                                                                  \
    X(DECLARATION, "declaration")                                                                  \
    X(DECORATOR, "decorator")                                                                      \
    X(FINALIZER, "finalizer")                                                                      \
    X(FLAGS, "flags")                                                                              \
    X(FUNCTION, "function")                                                                        \
    X(HANDLER, "handler")                                                                          \
    X(INCREMENT, "increment")                                                                      \
    X(INDEX, "index")                                                                              \
    X(INDEX_TYPE, "index_type")                                                                    \
    X(INITIALIZER, "initializer")                                                                  \
    X(KEY, "key")                                                                                  \
    X(KIND, "kind")                                                                                \
    X(LABEL, "label")                                                                              \
    X(LEFT, "left")                                                                                \
    X(MEMBER, "member")                                                                            \
    X(MODULE, "module")                                                                            \
    X(NAME, "name")                                                                                \
    X(OBJECT, "object")                                                                            \
    X(OPEN_TAG, "open_tag")                                                                        \
    X(OPERATOR, "operator")                                                                        \
    X(OPTIONAL_CHAIN, "optional_chain")                                                            \
    X(PARAMETER, "parameter")                                                                      \
    X(PARAMETERS, "parameters")                                                                    \
    X(PATTERN, "pattern")                                                                          \
    X(PROPERTY, "property")                                                                        \
    X(RETURN_TYPE, "return_type")                                                                  \
    X(RIGHT, "right")                                                                              \
    X(SIGN, "sign")                                                                                \
    X(SOURCE, "source")                                                                            \
    X(TYPE, "type")                                                                                \
    X(TYPE_ARGUMENTS, "type_arguments")                                                            \
    X(TYPE_PARAMETERS, "type_parameters")                                                          \
    X(VALUE, "value")

typedef enum rwg_syntax_field {
    RWG_SYNTAX_FIELD_NONE,
#define X(field, name) RWG_SYNTAX_FIELD_##field,
    RWG_SYNTAX_FIELD_MAP(X)
#undef X
    RWG_SYNTAX_FIELD_COUNT
} rwg_syntax_field;

enum {
    RWG_SYNTAX_NAMED = 1 << 0,   /* not a keyword or punctuation */
    RWG_SYNTAX_ERROR = 1 << 1,   /* text the grammar could not fit in */
    RWG_SYNTAX_MISSING = 1 << 2, /* a token that is not there, of length 0 */
    RWG_SYNTAX_PATCHED = 1 << 3, /* the text of this node differs from rwg_source_seen */
};

typedef struct rwg_syntax_node {
    uint16_t kind; /* rwg_syntax_kind; OTHER with RWG_SYNTAX_ERROR for skipped text */
    uint8_t field; /* rwg_syntax_field */
    uint8_t flags;
    uint32_t parent; /* the program is its own parent */
    uint32_t next;   /* the first node behind this one's subtree; next - i is the subtree's size */
    uint32_t start;  /* byte offsets, half-open */
    uint32_t end;
} rwg_syntax_node;

/* Type syntax that the grammar does not know is written over with this character in
 * rwg_source_seen: who writes the text again leaves out what it stands for. */
#define RWG_SYNTAX_HIDDEN_TYPE '\f'

typedef struct rwg_source rwg_source;

/* Parsers and tables, made on first use and kept from text to text. One per thread. */
typedef struct rwg_source_parser rwg_source_parser;

RWG_API rwg_source_parser *rwg_source_parser_new(void);
RWG_API void rwg_source_parser_free(rwg_source_parser *parser);

/* A syntax error that is the author's. */
typedef struct rwg_source_error {
    rwg_span span;
    rwg_str message; /* borrowed from the source */
} rwg_source_error;

/* Parses text, which is borrowed until rwg_source_free, as options->lang: a script language (JS,
 * JSX, TS, TSX); the other options change nothing. The source does not need the parser afterwards
 * and belongs to no thread. Text with syntax errors gives a tree too; binary data gives a program
 * without children and an error. Fails with RWG_INVALID for other languages, and with RWG_LIMIT for
 * text over the size limit and for hostile text that needs more steps than its length explains. */
RWG_API RWG_MUST_USE rwg_status rwg_source_open(
    rwg_source_parser *parser,
    rwg_str text,
    const rwg_parse_options *options,
    rwg_source **out_source,
    rwg_error *err
);
RWG_API void rwg_source_free(rwg_source *source);

RWG_API rwg_str rwg_source_text(const rwg_source *source);
/* The text as the grammar saw it: equal to the text except in known gaps of the grammar and where
 * bytes are no text. The text itself while nothing differs. */
RWG_API rwg_str rwg_source_seen(const rwg_source *source);
RWG_API const rwg_syntax_node *rwg_source_nodes(const rwg_source *source, uint32_t *out_n);
/* The first few errors, in source order; none for a text that is well formed. */
RWG_API const rwg_source_error *rwg_source_errors(const rwg_source *source, uint32_t *out_n);
/* tree-sitter's name of the node type; "other" for RWG_SYNTAX_OTHER and values outside the enum. */
RWG_API const char *rwg_syntax_kind_name(rwg_syntax_kind kind);

#ifdef __cplusplus
}
#endif
#endif
