/* What a define decides: the branch that is never taken requires nothing.
 *
 *     if (process.env.NODE_ENV === "production") { module.exports = require("./prod.js"); }
 *     else { module.exports = require("./dev.js"); }
 *
 * The text stays as it is, since it costs nothing that is not loaded; but what it requires is no
 * import of the module any more, so nobody compiles, sends or reads it. From the define the way
 * leads up through comparisons with literals, `!`, `&&`, `||` and parentheses to the statement or
 * the conditional expression that asks. */
#include "transform/meta.h"

/* What is known of an expression. */
typedef struct known {
    bool is_bool;
    bool value;   /* of a bool */
    rwg_str text; /* else: a literal, with its quotes */
} known;

/* Two literals without escapes are equal when what is between their quotes is. */
static bool read_string(rwg_str literal, rwg_str *out) {
    bool plain = literal.len >= 2 && (literal.ptr[0] == '"' || literal.ptr[0] == '\'') &&
                 rwg__str_index(literal, '\\') == literal.len;
    *out = plain ? rwg__str_sub(literal, 1, literal.len - 1) : (rwg_str){NULL, 0};
    return plain;
}

static known literal_of(rwg_str text) {
    bool yes = rwg__str_eq_c(text, "true");
    return (known){.is_bool = yes || rwg__str_eq_c(text, "false"), .value = yes, .text = text};
}

/* `a === "b"` and its like, from the side that is known. */
static bool compare(const rwb__unit *u, uint32_t node, rwg_syntax_kind sign, known *k) {
    bool negated = sign == RWG_SYNTAX_TOKEN_NE || sign == RWG_SYNTAX_TOKEN_NE_STRICT;
    bool equality = sign == RWG_SYNTAX_TOKEN_EQ || sign == RWG_SYNTAX_TOKEN_EQ_STRICT;
    uint32_t parent = u->nodes[node].parent;
    bool is_left = u->nodes[node].field == RWG_SYNTAX_FIELD_LEFT;
    uint32_t other =
        rwb__child(u, parent, is_left ? RWG_SYNTAX_FIELD_RIGHT : RWG_SYNTAX_FIELD_LEFT);
    rwg_str mine;
    rwg_str theirs;
    if ((!negated && !equality) || k->is_bool || other == 0 ||
        rwb__kind(u, other) != RWG_SYNTAX_STRING || !read_string(k->text, &mine) ||
        !read_string(rwb__text(u, other), &theirs)) {
        return false;
    }
    *k = (known){.is_bool = true, .value = rwg__str_eq(mine, theirs) != negated};
    return true;
}

/* Imports are in source order. */
static void drop_requires(rwb__unit *u, uint32_t node) {
    uint32_t count = 0;
    const rwg_import *imports = rwg_module_imports(u->record, &count);
    uint32_t low = 0;
    uint32_t high = count;
    while (node != 0 && low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (imports[middle].span.start < u->nodes[node].start) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (uint32_t i = low; node != 0 && i < count; i++) {
        if (imports[i].span.start >= u->nodes[node].end) {
            break;
        }
        if (imports[i].kind == RWG_IMPORT_REQUIRE ||
            imports[i].kind == RWG_IMPORT_REQUIRE_RESOLVE) {
            u->import_elided[i] = 1;
        }
    }
}

/* `a && b` and `a || b` where a is known. True when the whole is known with it. */
static bool decide(rwb__unit *u, uint32_t node, rwg_syntax_kind sign, known k) {
    bool skips = (sign == RWG_SYNTAX_TOKEN_AND_AND && !k.value) ||
                 (sign == RWG_SYNTAX_TOKEN_OR_OR && k.value);
    if (!skips || !k.is_bool || u->nodes[node].field != RWG_SYNTAX_FIELD_LEFT) {
        return false;
    }
    drop_requires(u, rwb__child(u, u->nodes[node].parent, RWG_SYNTAX_FIELD_RIGHT));
    return true;
}

static void choose(rwb__unit *u, uint32_t node, known k) {
    uint32_t parent = u->nodes[node].parent;
    if (k.is_bool && u->nodes[node].field == RWG_SYNTAX_FIELD_CONDITION) {
        rwg_syntax_field never =
            k.value ? RWG_SYNTAX_FIELD_ALTERNATIVE : RWG_SYNTAX_FIELD_CONSEQUENCE;
        drop_requires(u, rwb__child(u, parent, never));
    }
}

void rwb__branches_drop(rwb__unit *u, uint32_t node, rwg_str value) {
    known k = literal_of(value);
    for (;; node = u->nodes[node].parent) {
        uint32_t parent = u->nodes[node].parent;
        uint32_t token = rwb__child(u, parent, RWG_SYNTAX_FIELD_OPERATOR);
        rwg_syntax_kind sign = token != 0 ? rwb__kind(u, token) : RWG_SYNTAX_OTHER;
        switch (u->nodes[parent].kind) {
        case RWG_SYNTAX_PARENTHESIZED_EXPRESSION:
            /* The test of `if` is one of its own: it has the field. */
            break;
        case RWG_SYNTAX_UNARY_EXPRESSION:
            if (sign != RWG_SYNTAX_TOKEN_NOT || !k.is_bool) {
                return;
            }
            k.value = !k.value;
            break;
        case RWG_SYNTAX_BINARY_EXPRESSION:
            if (!compare(u, node, sign, &k) && !decide(u, node, sign, k)) {
                return;
            }
            break;
        case RWG_SYNTAX_IF_STATEMENT:
        case RWG_SYNTAX_TERNARY_EXPRESSION: choose(u, node, k); return;
        default: return;
        }
    }
}
