/* Removes what is only type.
 *
 * One walk over the nodes in source order. A node that goes as a whole is removed and its subtree
 * skipped; what is kept is walked through. Assertions (`a as T`) come before their expression in
 * the order of nodes, so their removal begins at the token `as`, when the expression has been seen.
 *
 * Invariant: nothing here removes a line end that separates two tokens which stay, unless a
 * semicolon takes its place or no line end may stand there (behind `return`, in front of `=>`). */
#include "transform/types.h"

#include "transform/namespaces.h"

static bool is_comment(const rwb__unit *u, uint32_t i) {
    return rwb__kind(u, i) == RWG_SYNTAX_COMMENT;
}

static rwg_syntax_kind parent_kind(const rwb__unit *u, uint32_t i) {
    return rwb__kind(u, u->nodes[i].parent);
}

/* Removes from a node to where the next token begins, comments between them included; a word that
 * the grammar does not know is a token too. */
static void drop_up_to(rwb__unit *u, uint32_t i, uint32_t next) {
    rwg_span blanked = rwb__unit_blanked(u, next);
    uint32_t end = blanked.end > 0 ? blanked.start : u->nodes[next].start;
    rwb__unit_drop(u, u->nodes[i].start, end);
}

/* Removes [start, end) and the blanks in front of it on its line. */
static void drop_with_space(rwb__unit *u, uint32_t start, uint32_t end) {
    while (start > 0 && (u->text.ptr[start - 1] == ' ' || u->text.ptr[start - 1] == '\t')) {
        start--;
    }
    rwb__unit_drop(u, start, end);
}

/* --- Expressions --- */

static bool has_line_end(const rwb__unit *u, uint32_t start, uint32_t end) {
    return start < end && memchr(u->text.ptr + start, '\n', end - start) != NULL;
}

/* `a as T` without parentheses has no members and is no operand of `|`: what looks so is still the
 * type. Nothing but a line end keeps it from being indexed. */
static bool type_goes_on(const rwb__unit *u, uint32_t i) {
    uint32_t parent = u->nodes[i].parent;
    uint32_t next = u->nodes[i].next;
    switch ((int)rwb__kind(u, parent)) {
    case RWG_SYNTAX_MEMBER_EXPRESSION: return u->nodes[i].field == RWG_SYNTAX_FIELD_OBJECT;
    case RWG_SYNTAX_SUBSCRIPT_EXPRESSION:
        return u->nodes[i].field == RWG_SYNTAX_FIELD_OBJECT &&
               !has_line_end(u, u->nodes[i].end, u->nodes[next].start);
    case RWG_SYNTAX_INSTANTIATION_EXPRESSION: return true;
    case RWG_SYNTAX_BINARY_EXPRESSION:
        return u->nodes[i].field == RWG_SYNTAX_FIELD_LEFT &&
               (rwb__kind(u, next) == RWG_SYNTAX_TOKEN_OR ||
                rwb__kind(u, next) == RWG_SYNTAX_TOKEN_AND);
    default: return false;
    }
}

uint32_t rwb__types_assertion(const rwb__unit *u, uint32_t word) {
    uint32_t i = u->nodes[word].parent;
    while (type_goes_on(u, i)) {
        i = u->nodes[i].parent;
    }
    return i;
}

/* Nor can `a as T` be called: the grammar read on over a line end at which the statement ends. */
static bool ends_statement(const rwb__unit *u, uint32_t assertion) {
    uint8_t field = u->nodes[assertion].field;
    rwg_syntax_kind parent = parent_kind(u, assertion);
    return (parent == RWG_SYNTAX_CALL_EXPRESSION && field == RWG_SYNTAX_FIELD_FUNCTION) ||
           (parent == RWG_SYNTAX_SUBSCRIPT_EXPRESSION && field == RWG_SYNTAX_FIELD_OBJECT);
}

/* A `[` on a new line does not belong to the type, as the grammar thinks, but to what follows.
 * Where the type ends then, or 0. */
static uint32_t line_end_in_type(const rwb__unit *u, uint32_t subtree, uint32_t start) {
    for (uint32_t i = subtree + 1; i < u->nodes[subtree].next; i++) {
        rwg_syntax_kind kind = parent_kind(u, i);
        if (rwb__kind(u, i) == RWG_SYNTAX_TOKEN_BRACKET_OPEN && u->nodes[i].start > start &&
            (kind == RWG_SYNTAX_LOOKUP_TYPE || kind == RWG_SYNTAX_ARRAY_TYPE)) {
            uint32_t token = rwb__unit_token_end(u, i);
            if (has_line_end(u, token, u->nodes[i].start)) {
                return token;
            }
        }
    }
    return 0;
}

/* Removes a type, from `start` to the end of a subtree. */
static void drop_type(rwb__unit *u, uint32_t subtree, uint32_t start, bool ends_statement) {
    uint32_t end = line_end_in_type(u, subtree, start);
    if (end != 0 || ends_statement) {
        end = end != 0 ? end : rwb__unit_end(u, subtree);
        rwb__edits_replace(u->edits, start, end, RWG_STR(";"));
    } else {
        drop_with_space(u, start, rwb__unit_end(u, subtree));
    }
}

/* At the `as` or `satisfies` of an assertion. */
static uint32_t drop_assertion(rwb__unit *u, uint32_t word) {
    uint32_t assertion = rwb__types_assertion(u, word);
    drop_type(u, assertion, u->nodes[word].start, ends_statement(u, assertion));
    return u->nodes[assertion].next;
}

/* Tokens that can stand in type arguments which read as expressions. `depth` counts the brackets
 * that were closed, going backwards. */
static bool reads_as_type(const rwb__unit *u, uint32_t i, uint32_t *depth) {
    switch ((int)rwb__kind(u, i)) {
    case RWG_SYNTAX_TOKEN_PAREN_CLOSE:
    case RWG_SYNTAX_TOKEN_BRACKET_CLOSE:
    case RWG_SYNTAX_TOKEN_BRACE_CLOSE: ++*depth; return true;
    case RWG_SYNTAX_TOKEN_PAREN_OPEN:
    case RWG_SYNTAX_TOKEN_BRACKET_OPEN:
    case RWG_SYNTAX_TOKEN_BRACE_OPEN: return (*depth)-- > 0;
    case RWG_SYNTAX_TOKEN_DOT:
    case RWG_SYNTAX_TOKEN_COMMA:
    case RWG_SYNTAX_TOKEN_COLON:
    case RWG_SYNTAX_TOKEN_OR:
    case RWG_SYNTAX_TOKEN_AND:
    case RWG_SYNTAX_TOKEN_SINGLE_QUOTE:
    case RWG_SYNTAX_TOKEN_DOUBLE_QUOTE:
    case RWG_SYNTAX_WORD_TYPEOF:
    case RWG_SYNTAX_WORD_IMPORT: return true;
    default: return u->nodes[i].flags & RWG_SYNTAX_NAMED;
    }
}

/* How many type arguments the token closes: `>`, `>>`, `>>>`; 0 for all other tokens. */
static uint32_t closes(const rwb__unit *u, uint32_t i) {
    switch ((int)rwb__kind(u, i)) {
    case RWG_SYNTAX_TOKEN_GT: return 1;
    case RWG_SYNTAX_TOKEN_SHIFT_RIGHT: return 2;
    case RWG_SYNTAX_TOKEN_SHIFT_RIGHT_ZERO: return 3;
    default: return 0;
    }
}

uint32_t rwb__types_misread(const rwb__unit *u, uint32_t greater) {
    uint32_t open = closes(u, greater); /* type arguments that have not begun yet */
    if (open == 0 || parent_kind(u, greater) != RWG_SYNTAX_BINARY_EXPRESSION) {
        return 0;
    }
    uint32_t next = u->nodes[greater].next; /* becomes the first token behind it */
    while (next + 1 < u->nodes[next].next && rwb__kind(u, next) != RWG_SYNTAX_TEMPLATE_STRING) {
        next++;
    }
    bool template = rwb__kind(u, next) == RWG_SYNTAX_TEMPLATE_STRING;
    bool call = rwb__kind(u, next) == RWG_SYNTAX_TOKEN_PAREN_OPEN;
    bool imports = false;
    uint32_t depth = 0;
    for (uint32_t i = greater - 1; i > 0 && (template || call); i--) {
        imports |= rwb__kind(u, i) == RWG_SYNTAX_IMPORT;
        if (parent_kind(u, i) == RWG_SYNTAX_TYPE_ARGUMENTS) {
            i = u->nodes[i].parent; /* at their end, going backwards */
        } else if (rwb__kind(u, i) == RWG_SYNTAX_TOKEN_LT && depth == 0) {
            if (--open == 0) {
                return template || imports ? i : 0;
            }
        } else if (closes(u, i) > 0) {
            open += closes(u, i);
        } else if (!reads_as_type(u, i, &depth)) {
            return 0;
        }
    }
    return 0;
}

static void drop_misread(rwb__unit *u, uint32_t greater) {
    uint32_t less = rwb__types_misread(u, greater);
    if (less != 0) {
        rwb__unit_drop(u, u->nodes[less].start, u->nodes[greater].end);
    }
}

/* `() => <T>{}`: what begins with such a word or brace is an expression only in parentheses. */
static bool needs_parens(const rwb__unit *u, uint32_t i) {
    rwg_str text = rwg__str_from(u->text, u->nodes[i].start);
    return rwg__str_starts(text, RWG_STR("{")) || rwg__str_starts(text, RWG_STR("function")) ||
           rwg__str_starts(text, RWG_STR("class")) || rwg__str_starts(text, RWG_STR("async")) ||
           rwg__str_starts(text, RWG_STR("let"));
}

/* `a < b > -c`: in front of a sign, TypeScript reads no type arguments. */
static bool are_comparisons(const rwb__unit *u, uint32_t arguments) {
    uint32_t next = u->nodes[arguments].next;
    rwg_syntax_kind kind = rwb__kind(u, next);
    return parent_kind(u, arguments) == RWG_SYNTAX_INSTANTIATION_EXPRESSION &&
           (kind == RWG_SYNTAX_TOKEN_PLUS || kind == RWG_SYNTAX_TOKEN_MINUS) &&
           !has_line_end(u, u->nodes[arguments].end, u->nodes[next].start);
}

/* <T>expression */
static uint32_t drop_angle(rwb__unit *u, uint32_t assertion) {
    uint32_t type = rwb__first(u, assertion);
    uint32_t value = u->nodes[type].next;
    while (value < u->nodes[assertion].next && is_comment(u, value)) {
        value = u->nodes[value].next;
    }
    if (value >= u->nodes[assertion].next) {
        return u->nodes[assertion].next;
    }
    rwb__unit_drop(u, u->nodes[assertion].start, u->nodes[value].start);
    if (needs_parens(u, value)) {
        rwb__edits_insert(u->edits, RWB__BEFORE, u->nodes[value].start, RWG_STR("("));
        rwb__edits_insert(u->edits, RWB__AFTER, u->nodes[value].end, RWG_STR(")"));
    }
    return value;
}

/* --- Annotations --- */

static uint32_t drop_annotation(rwb__unit *u, uint32_t i) {
    const rwg_syntax_node *node = &u->nodes[i];
    if (parent_kind(u, i) == RWG_SYNTAX_ARROW_FUNCTION) {
        rwb__unit_drop(
            u, rwb__unit_token_end(u, i), rwb__unit_end(u, i)
        ); /* no line end before => */
    } else {
        drop_type(u, i, node->start, false);
    }
    return node->next;
}

static uint32_t drop_type_parameters(rwb__unit *u, uint32_t i) {
    if (parent_kind(u, i) == RWG_SYNTAX_ARROW_FUNCTION) {
        drop_up_to(u, i, u->nodes[i].next); /* async <T> \n (a) => a */
    } else {
        rwb__unit_drop(u, u->nodes[i].start, u->nodes[i].end);
    }
    return u->nodes[i].next;
}

/* `?` and `!` behind names. */
static void drop_mark(rwb__unit *u, uint32_t i) {
    switch ((int)parent_kind(u, i)) {
    case RWG_SYNTAX_OPTIONAL_PARAMETER:
    case RWG_SYNTAX_PUBLIC_FIELD_DEFINITION:
    case RWG_SYNTAX_METHOD_DEFINITION:
    case RWG_SYNTAX_VARIABLE_DECLARATOR:
    case RWG_SYNTAX_NON_NULL_EXPRESSION:
        rwb__unit_drop(u, u->nodes[i].start, u->nodes[i].end);
        break;
    default: break;
    }
}

static bool is_this(const rwb__unit *u, uint32_t parameter) {
    uint32_t name = rwb__child(u, parameter, RWG_SYNTAX_FIELD_PATTERN);
    return name != 0 && rwb__kind(u, name) == RWG_SYNTAX_THIS;
}

/* A parameter called `this`, with the comma behind it. */
static uint32_t drop_this(rwb__unit *u, uint32_t parameter) {
    uint32_t next = u->nodes[parameter].next;
    while (is_comment(u, next)) {
        next = u->nodes[next].next;
    }
    if (rwb__kind(u, next) == RWG_SYNTAX_TOKEN_COMMA) {
        drop_up_to(u, parameter, u->nodes[next].next);
        return u->nodes[next].next;
    }
    rwb__unit_drop(u, u->nodes[parameter].start, u->nodes[parameter].end);
    return next;
}

/* --- Classes --- */

static bool has_child(const rwb__unit *u, uint32_t i, rwg_syntax_kind kind) {
    return rwb__child_of_kind(u, i, kind) != 0;
}

/* Members without code: abstract, declared, signatures. */
static bool is_bare_member(const rwb__unit *u, uint32_t i) {
    switch ((int)rwb__kind(u, i)) {
    case RWG_SYNTAX_INDEX_SIGNATURE:
    case RWG_SYNTAX_METHOD_SIGNATURE:
    case RWG_SYNTAX_ABSTRACT_METHOD_SIGNATURE: return true;
    case RWG_SYNTAX_PUBLIC_FIELD_DEFINITION: {
        rwg_span blanked = rwb__unit_blanked(u, i);
        return has_child(u, i, RWG_SYNTAX_WORD_DECLARE) ||
               has_child(u, i, RWG_SYNTAX_WORD_ABSTRACT) ||
               rwg__str_starts(
                   rwg__str_sub(u->text, blanked.start, blanked.end), RWG_STR("abstract")
               );
    }
    default: return false;
    }
}

static void drop_member(rwb__unit *u, uint32_t i) {
    rwg_span blanked = rwb__unit_blanked(u, i); /* abstract [a](): T */
    uint32_t start = blanked.end > 0 ? blanked.start : u->nodes[i].start;
    uint32_t end = rwb__unit_end(u, i);
    uint32_t next = u->nodes[i].next;
    rwg_str separator = rwb__text(u, next);
    if (rwg__str_eq_c(separator, ";") || rwg__str_eq_c(separator, ",")) {
        end = u->nodes[next].end;
    }
    rwb__unit_remove_line(u, start, end);
}

/* A field without a semicolon is ended by the line end behind it, as long as what follows begins
 * with a word: one that is not removed, and that does not make the field's name a modifier. */
static bool needs_end(const rwb__unit *u, uint32_t field) {
    static const char *const MODIFIERS[] = {"get", "set", "static", "async", "accessor"};
    uint32_t next = u->nodes[field].next;
    while (is_comment(u, next)) {
        next = u->nodes[next].next;
    }
    rwg_str separator = rwb__text(u, next);
    if (rwg__str_eq_c(separator, ";") || rwg__str_eq_c(separator, "}")) {
        return false;
    }
    uint32_t name = rwb__child(u, field, RWG_SYNTAX_FIELD_NAME);
    for (size_t k = 0; k < sizeof MODIFIERS / sizeof MODIFIERS[0]; k++) {
        if (name != 0 && rwg__str_eq_c(rwb__text(u, name), MODIFIERS[k])) {
            /* Alone, it is what JavaScript makes of it: of `get`, `set` and `static` a modifier. */
            return u->nodes[field].end > u->nodes[name].end;
        }
    }
    uint32_t first = next + 1 < u->nodes[next].next ? rwb__first(u, next) : next;
    rwg_syntax_kind kind = rwb__kind(u, first);
    return kind != RWG_SYNTAX_PROPERTY_IDENTIFIER &&
           kind != RWG_SYNTAX_PRIVATE_PROPERTY_IDENTIFIER && kind != RWG_SYNTAX_WORD_STATIC &&
           kind != RWG_SYNTAX_WORD_ASYNC;
}

static uint32_t visit_member(rwb__unit *u, uint32_t i) {
    if (parent_kind(u, i) != RWG_SYNTAX_CLASS_BODY) {
        return u->nodes[i].next; /* members of types are not visited; this is damaged code */
    }
    if (is_bare_member(u, i)) {
        drop_member(u, i);
        return u->nodes[i].next;
    }
    if (needs_end(u, i)) {
        rwb__edits_insert(u->edits, RWB__BEFORE, rwb__unit_end(u, i), RWG_STR(";"));
    }
    return i + 1;
}

/* readonly, declare, abstract: `declare` of statements goes with them. */
static void drop_modifier(rwb__unit *u, uint32_t i) {
    switch ((int)parent_kind(u, i)) {
    case RWG_SYNTAX_PUBLIC_FIELD_DEFINITION:
    case RWG_SYNTAX_METHOD_DEFINITION:
    case RWG_SYNTAX_REQUIRED_PARAMETER:
    case RWG_SYNTAX_OPTIONAL_PARAMETER:
    case RWG_SYNTAX_ABSTRACT_CLASS_DECLARATION: drop_up_to(u, i, u->nodes[i].next); break;
    default: break;
    }
}

/* --- Statements --- */

bool rwb__types_is_statement(const rwb__unit *u, uint32_t i) {
    switch ((int)rwb__kind(u, i)) {
    case RWG_SYNTAX_INTERFACE_DECLARATION:
    case RWG_SYNTAX_TYPE_ALIAS_DECLARATION:
    case RWG_SYNTAX_AMBIENT_DECLARATION:
    case RWG_SYNTAX_FUNCTION_SIGNATURE: return true;
    case RWG_SYNTAX_MODULE:
    case RWG_SYNTAX_INTERNAL_MODULE: return !rwb__namespace_has_code(u, i);
    default: return false;
    }
}

static uint32_t drop_declaration(rwb__unit *u, uint32_t i) {
    uint32_t statement = i;
    if (parent_kind(u, i) == RWG_SYNTAX_EXPRESSION_STATEMENT) {
        statement = u->nodes[i].parent;
    }
    rwb__unit_drop_statement(u, statement);
    return u->nodes[statement].next;
}

/* Returns the node to go on with. */
static uint32_t visit(rwb__unit *u, uint32_t i) {
    switch ((int)rwb__kind(u, i)) {
    case RWG_SYNTAX_TYPE_ANNOTATION:
    case RWG_SYNTAX_ASSERTS_ANNOTATION:
    case RWG_SYNTAX_TYPE_PREDICATE_ANNOTATION: return drop_annotation(u, i);
    case RWG_SYNTAX_TYPE_PARAMETERS: return drop_type_parameters(u, i);
    case RWG_SYNTAX_TYPE_ARGUMENTS:
        if (!are_comparisons(u, i)) {
            rwb__unit_drop(u, u->nodes[i].start, u->nodes[i].end);
        }
        return u->nodes[i].next;
    case RWG_SYNTAX_TYPE_ASSERTION: return drop_angle(u, i);
    case RWG_SYNTAX_WORD_AS:
        return parent_kind(u, i) == RWG_SYNTAX_AS_EXPRESSION ? drop_assertion(u, i) : i + 1;
    case RWG_SYNTAX_WORD_SATISFIES:
        return parent_kind(u, i) == RWG_SYNTAX_SATISFIES_EXPRESSION ? drop_assertion(u, i) : i + 1;
    case RWG_SYNTAX_TOKEN_GT:
    case RWG_SYNTAX_TOKEN_SHIFT_RIGHT:
    case RWG_SYNTAX_TOKEN_SHIFT_RIGHT_ZERO: drop_misread(u, i); return i + 1;
    case RWG_SYNTAX_TOKEN_QUESTION:
    case RWG_SYNTAX_TOKEN_NOT: drop_mark(u, i); return i + 1;
    case RWG_SYNTAX_ACCESSIBILITY_MODIFIER:
    case RWG_SYNTAX_OVERRIDE_MODIFIER: drop_up_to(u, i, u->nodes[i].next); return u->nodes[i].next;
    case RWG_SYNTAX_WORD_READONLY:
    case RWG_SYNTAX_WORD_ABSTRACT: drop_modifier(u, i); return i + 1;
    case RWG_SYNTAX_IMPLEMENTS_CLAUSE:
        rwb__unit_drop(u, rwb__unit_token_end(u, i), rwb__unit_end(u, i));
        return u->nodes[i].next;
    case RWG_SYNTAX_REQUIRED_PARAMETER: return is_this(u, i) ? drop_this(u, i) : i + 1;
    case RWG_SYNTAX_PUBLIC_FIELD_DEFINITION:
    case RWG_SYNTAX_INDEX_SIGNATURE:
    case RWG_SYNTAX_METHOD_SIGNATURE:
    case RWG_SYNTAX_ABSTRACT_METHOD_SIGNATURE: return visit_member(u, i);
    case RWG_SYNTAX_EXPORT_STATEMENT:
    case RWG_SYNTAX_IMPORT_STATEMENT:
    case RWG_SYNTAX_IMPORT_ALIAS:
        if (u->elided[i]) {
            rwb__unit_drop_statement(u, i);
            return u->nodes[i].next;
        }
        return i + 1;
    default: return rwb__types_is_statement(u, i) ? drop_declaration(u, i) : i + 1;
    }
}

/* What the grammar does not know is hidden from it, and is not in the tree. */
static void drop_hidden_types(rwb__unit *u) {
    rwg_str seen = rwg_source_seen(u->source);
    if (seen.ptr == u->text.ptr) {
        return;
    }
    const char *end = seen.ptr + seen.len;
    for (const char *at = seen.ptr; at < end;) {
        at = memchr(at, RWG_SYNTAX_HIDDEN_TYPE, (size_t)(end - at));
        if (!at) {
            break;
        }
        uint32_t start = (uint32_t)(at - seen.ptr);
        while (at < end && (*at == RWG_SYNTAX_HIDDEN_TYPE || *at == '\n' || *at == '\r')) {
            at++;
        }
        uint32_t stop = (uint32_t)(at - seen.ptr);
        while (seen.ptr[stop - 1] != RWG_SYNTAX_HIDDEN_TYPE) {
            stop--; /* line ends behind it */
        }
        if (u->text.ptr[start] != RWG_SYNTAX_HIDDEN_TYPE) {
            drop_with_space(u, start, stop);
        }
    }
}

void rwb__types_run(rwb__unit *u) {
    if (!u->typescript) {
        return;
    }
    drop_hidden_types(u);
    for (uint32_t i = 1; i < u->node_count;) {
        i = visit(u, i);
    }
}
