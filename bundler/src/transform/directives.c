/* "use server" inside of functions.
 *
 * React lets frameworks lift such functions out of what surrounds them. RedwoodSDK does not and
 * neither does this program: a function is called by the name under which a module exports it, and
 * one inside of a component has none. Where options ask for it the directive is an error, in place
 * of an action that React refuses to pass on with a message about something else. */
#include "transform/unit.h"

static bool is_function(const rwb__unit *u, uint32_t node) {
    switch ((int)rwb__kind(u, node)) {
    case RWG_SYNTAX_ARROW_FUNCTION:
    case RWG_SYNTAX_FUNCTION_DECLARATION:
    case RWG_SYNTAX_FUNCTION_EXPRESSION:
    case RWG_SYNTAX_GENERATOR_FUNCTION:
    case RWG_SYNTAX_GENERATOR_FUNCTION_DECLARATION:
    case RWG_SYNTAX_METHOD_DEFINITION: return true;
    default: return false;
    }
}

/* The literal, 0 without one. */
static uint32_t server_directive(const rwb__unit *u, uint32_t body) {
    for (uint32_t i = rwb__first(u, body); i < u->nodes[body].next; i = u->nodes[i].next) {
        rwg_syntax_kind kind = rwb__kind(u, i);
        if (kind == RWG_SYNTAX_COMMENT || kind == RWG_SYNTAX_TOKEN_BRACE_OPEN) {
            continue;
        }
        uint32_t literal = kind == RWG_SYNTAX_EXPRESSION_STATEMENT ? rwb__first(u, i) : 0;
        if (literal == 0 || rwb__kind(u, literal) != RWG_SYNTAX_STRING) {
            return 0;
        }
        rwg_str text = rwb__text(u, literal);
        if (rwg__str_eq_c(rwg__str_sub(text, 1, text.len - 1), "use server")) {
            return literal;
        }
    }
    return 0;
}

/* In a module that says "use server" itself, the directive is idle in what it exports. */
static bool is_inside_function(const rwb__unit *u, uint32_t function) {
    for (uint32_t i = u->nodes[function].parent; i != 0; i = u->nodes[i].parent) {
        if (is_function(u, i)) {
            return true;
        }
    }
    return false;
}

void rwb__directives_run(rwb__unit *u) {
    if (!u->options->refuse_inline_server) {
        return;
    }
    bool of_module = rwg_module_has_directive(u->record, RWG_STR("use server"));
    for (uint32_t i = 1; i < u->node_count; i++) {
        if (!is_function(u, i)) {
            continue;
        }
        uint32_t body = rwb__child(u, i, RWG_SYNTAX_FIELD_BODY);
        uint32_t literal = body != 0 && rwb__kind(u, body) == RWG_SYNTAX_STATEMENT_BLOCK
                               ? server_directive(u, body)
                               : 0;
        if (literal != 0 && (!of_module || is_inside_function(u, i))) {
            rwb__unit_error(
                u,
                literal,
                "\"use server\" inside of a function makes no server function here: move the "
                "function "
                "to a module that begins with the directive, and export it there"
            );
        }
    }
}
