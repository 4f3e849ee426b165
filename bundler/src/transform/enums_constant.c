/* See enums_constant.h.
 *
 * Nodes are in preorder, so walking a subtree backwards meets operands before operators: no stack,
 * and no limit on depth. Strings stay as they are written, escapes included; they are only joined
 * and printed. */
#include "transform/enums_constant.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Constants that refer to constants can double in length with each line. */
#define MAX_STRING (64u << 10)
#define MAX_NODES  (64u << 10)

static const rwb__constant UNKNOWN = {.kind = RWB__CONSTANT_NONE};

void rwb__constants_init(rwb__constants *c, rwb__unit *u) {
    uint32_t count;
    (void)rwb__scopes_symbols(u->scopes, &count);
    *c = (rwb__constants){.u = u};
    c->symbols = rwg__arena_zalloc(u->arena, count * sizeof *c->symbols);
    rwg__strmap_init(&c->members, u->mem);
}

void rwb__constants_deinit(rwb__constants *c) {
    rwg__strmap_deinit(&c->members);
    rwg__vec_free(&c->values, c->u->mem);
    rwg__vec_free(&c->scratch, c->u->mem);
}

/* --- Numbers --- */

/* Digits and exponent as Number::toString has them (ECMAScript 6.1.6.1.20). */
static void write_number(rwg__buf *out, double value) {
    if (isnan(value)) {
        rwg__buf_add(out, RWG_STR("NaN"));
        return;
    }
    if (value < 0) {
        rwg__buf_char(out, '-');
        value = -value;
    }
    if (isinf(value)) {
        rwg__buf_add(out, RWG_STR("Infinity"));
        return;
    }
    if (value == 0) {
        rwg__buf_char(out, '0');
        return;
    }
    char text[40];
    for (int precision = 0; precision < 17; precision++) { /* the shortest that reads back equal */
        (void)snprintf(text, sizeof text, "%.*e", precision, value);
        if (strtod(text, NULL) == value) {
            break;
        }
    }
    char digits[24] = {0};
    int k = 0;
    const char *at = text;
    for (; *at != 'e'; at++) {
        if (*at != '.') {
            digits[k++] = *at;
        }
    }
    int n = atoi(at + 1) + 1; /* the decimal point stands behind n digits */
    if (n > 21 || n < -5) {
        rwg__buf_printf(out, "%c%s%.*s", digits[0], k > 1 ? "." : "", k - 1, digits + 1);
        rwg__buf_printf(out, "e%c%d", n > 0 ? '+' : '-', abs(n - 1));
        return;
    }
    if (n <= 0) {
        rwg__buf_add(out, RWG_STR("0."));
    }
    for (int i = n <= 0 ? n : 0; i < k || i < n; i++) {
        if (i == n && n > 0) {
            rwg__buf_char(out, '.');
        }
        rwg__buf_char(out, i >= 0 && i < k ? digits[i] : '0');
    }
}

static double read_digits(const char *digits, int base) {
    double value = 0;
    for (; *digits; digits++) {
        int digit = *digits <= '9' ? *digits - '0' : (*digits | 0x20) - 'a' + 10;
        value = value * base + digit;
    }
    return value;
}

static rwb__constant number(double value) {
    return (rwb__constant){.kind = RWB__CONSTANT_NUMBER, .number = value};
}

static rwb__constant read_number(rwg_str text) {
    char plain[400];
    uint32_t len = 0;
    for (uint32_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '_') {
            if (len + 1 == sizeof plain || text.ptr[i] == 'n') { /* 1n is a bigint */
                return UNKNOWN;
            }
            plain[len++] = text.ptr[i];
        }
    }
    plain[len] = 0;
    char kind = len > 1 && plain[0] == '0' ? (char)(plain[1] | 0x20) : 0;
    bool octal = len > 1 && plain[0] == '0' && strspn(plain, "01234567") == len;
    if (kind == 'x') {
        return number(read_digits(plain + 2, 16));
    }
    if (kind == 'b') {
        return number(read_digits(plain + 2, 2));
    }
    if (kind == 'o' || octal) {
        return number(read_digits(plain + (octal ? 1 : 2), 8));
    }
    return number(strtod(plain, NULL));
}

static int32_t to_int32(double value) {
    if (!isfinite(value)) {
        return 0;
    }
    double rest = fmod(trunc(value), 4294967296.0);
    return (int32_t)(uint32_t)(int64_t)rest;
}

static double power(double base, double exponent) {
    bool undefined = isnan(exponent) || (fabs(base) == 1 && isinf(exponent));
    return undefined ? (double)NAN : pow(base, exponent); /* C says 1 */
}

/* --- Strings --- */

static void add_escaped(rwg__buf *out, rwg_str raw) {
    for (uint32_t i = 0; i < raw.len; i++) {
        char c = raw.ptr[i];
        if (c == '\\' && i + 1 < raw.len) {
            rwg__buf_char(out, c);
            rwg__buf_char(out, raw.ptr[++i]);
        } else if (c == '"') {
            rwg__buf_add(out, RWG_STR("\\\""));
        } else if (c == '\n') { /* of a template */
            rwg__buf_add(out, RWG_STR("\\n"));
        } else if (c != '\r') {
            rwg__buf_char(out, c);
        }
    }
}

static rwb__constant string(rwb__unit *u, const rwg__buf *buf) {
    rwg_str text = rwg__buf_str(buf);
    if (text.len > MAX_STRING) {
        return (rwb__constant){.kind = RWB__CONSTANT_NONE, .is_string = true};
    }
    return (rwb__constant
    ){.kind = RWB__CONSTANT_STRING, .is_string = true, .text = rwg__arena_str(u->arena, text)};
}

rwg_str rwb__constants_literal(rwb__unit *u, uint32_t literal) {
    rwg_str raw = rwb__text(u, literal);
    rwg__buf buf;
    rwg__buf_init(&buf, u->mem);
    add_escaped(&buf, rwg__str_sub(raw, 1, raw.len > 1 ? raw.len - 1 : 1));
    rwg_str text = rwg__arena_str(u->arena, rwg__buf_str(&buf));
    rwg__buf_deinit(&buf);
    return text;
}

static void add_text(rwg__buf *out, const rwb__constant *value) {
    if (value->kind == RWB__CONSTANT_STRING) {
        rwg__buf_add(out, value->text);
    } else {
        write_number(out, value->number);
    }
}

rwg_str rwb__constants_text(rwb__unit *u, const rwb__constant *value) {
    rwg__buf buf;
    rwg__buf_init(&buf, u->mem);
    bool quoted = value->kind == RWB__CONSTANT_STRING;
    rwg__buf_add(&buf, quoted ? RWG_STR("\"") : RWG_STR(""));
    add_text(&buf, value);
    rwg__buf_add(&buf, quoted ? RWG_STR("\"") : RWG_STR(""));
    rwg_str text = rwg__arena_str(u->arena, rwg__buf_str(&buf));
    rwg__buf_deinit(&buf);
    return text;
}

/* --- Expressions --- */

/* Where the walk has come to: values of the nodes behind it. */
typedef struct evaluation {
    rwb__constants *c;
    uint32_t root;
} evaluation;

static rwb__constant value_at(const evaluation *e, uint32_t node) {
    return node == 0 ? UNKNOWN : e->c->scratch.ptr[node - e->root];
}

static rwb__constant child_value(const evaluation *e, uint32_t node, rwg_syntax_field field) {
    return value_at(e, rwb__child(e->c->u, node, field));
}

static rwb__constant eval_template(const evaluation *e, uint32_t node) {
    rwb__unit *u = e->c->u;
    rwg__buf buf;
    rwg__buf_init(&buf, u->mem);
    rwb__constant result = {.is_string = true};
    bool known = true;
    uint32_t at = u->nodes[node].start + 1;
    for (uint32_t i = rwb__first(u, node); i < u->nodes[node].next; i = u->nodes[i].next) {
        if (rwb__kind(u, i) != RWG_SYNTAX_TEMPLATE_SUBSTITUTION) {
            continue;
        }
        rwb__constant value = value_at(e, u->nodes[i + 1].next); /* behind `${` */
        known = known && value.kind != RWB__CONSTANT_NONE;
        add_escaped(&buf, rwg__str_sub(u->text, at, u->nodes[i].start));
        add_text(&buf, &value);
        at = u->nodes[i].end;
    }
    add_escaped(&buf, rwg__str_sub(u->text, at, u->nodes[node].end - 1));
    if (known) {
        result = string(u, &buf);
    }
    rwg__buf_deinit(&buf);
    return result;
}

static rwb__constant eval_unary(const evaluation *e, uint32_t node) {
    rwb__constant value = child_value(e, node, RWG_SYNTAX_FIELD_ARGUMENT);
    if (value.kind != RWB__CONSTANT_NUMBER) {
        return UNKNOWN;
    }
    switch ((int)rwb__kind(e->c->u, rwb__first(e->c->u, node))) {
    case RWG_SYNTAX_TOKEN_PLUS: return number(value.number);
    case RWG_SYNTAX_TOKEN_MINUS: return number(-value.number);
    case RWG_SYNTAX_TOKEN_TILDE: return number(~to_int32(value.number));
    default: return UNKNOWN;
    }
}

static rwb__constant calculate(rwg_syntax_kind operator, double a, double b) {
    int32_t left = to_int32(a);
    uint32_t right = (uint32_t)to_int32(b);
    uint32_t shift = right & 31;
    switch ((int)operator) {
    case RWG_SYNTAX_TOKEN_OR: return number(left | (int32_t)right);
    case RWG_SYNTAX_TOKEN_AND: return number(left & (int32_t)right);
    case RWG_SYNTAX_TOKEN_XOR: return number(left ^ (int32_t)right);
    case RWG_SYNTAX_TOKEN_SHIFT_LEFT: return number((int32_t)((uint32_t)left << shift));
    case RWG_SYNTAX_TOKEN_SHIFT_RIGHT: return number(left >> shift);
    case RWG_SYNTAX_TOKEN_SHIFT_RIGHT_ZERO: return number((uint32_t)left >> shift);
    case RWG_SYNTAX_TOKEN_PLUS: return number(a + b);
    case RWG_SYNTAX_TOKEN_MINUS: return number(a - b);
    case RWG_SYNTAX_TOKEN_STAR: return number(a * b);
    case RWG_SYNTAX_TOKEN_SLASH: return number(a / b);
    case RWG_SYNTAX_TOKEN_PERCENT: return number(fmod(a, b));
    case RWG_SYNTAX_TOKEN_STAR_STAR: return number(power(a, b));
    default: return UNKNOWN;
    }
}

static rwb__constant eval_binary(const evaluation *e, uint32_t node) {
    rwb__unit *u = e->c->u;
    rwb__constant left = child_value(e, node, RWG_SYNTAX_FIELD_LEFT);
    rwb__constant right = child_value(e, node, RWG_SYNTAX_FIELD_RIGHT);
    rwg_syntax_kind operator= rwb__kind(u, rwb__child(u, node, RWG_SYNTAX_FIELD_OPERATOR));
    bool plus = operator== RWG_SYNTAX_TOKEN_PLUS;
    rwb__constant result = UNKNOWN;
    if (left.kind == RWB__CONSTANT_NUMBER && right.kind == RWB__CONSTANT_NUMBER) {
        return calculate(operator, left.number, right.number);
    }
    if (plus && left.kind != RWB__CONSTANT_NONE && right.kind != RWB__CONSTANT_NONE) {
        rwg__buf buf;
        rwg__buf_init(&buf, u->mem);
        add_text(&buf, &left);
        add_text(&buf, &right);
        result = string(u, &buf);
        rwg__buf_deinit(&buf);
    }
    result.is_string = plus && (left.is_string || right.is_string);
    return result;
}

/* "<symbol> <name>", the key of a member. */
static rwg_str member_key(rwb__unit *u, uint32_t enum_symbol, rwg_str name) {
    size_t size = name.len + 12;
    char *key = rwg__arena_alloc(u->arena, size);
    int len = snprintf(key, size, "%u %.*s", enum_symbol, (int)name.len, name.ptr);
    return rwg__str(key, (size_t)len);
}

/* E.A and E["A"] */
static rwb__constant eval_member(const evaluation *e, uint32_t node) {
    rwb__unit *u = e->c->u;
    uint32_t object = rwb__child(u, node, RWG_SYNTAX_FIELD_OBJECT);
    uint32_t property = rwb__child(u, node, RWG_SYNTAX_FIELD_PROPERTY);
    uint32_t index = rwb__child(u, node, RWG_SYNTAX_FIELD_INDEX);
    if (object == 0 || rwb__kind(u, object) != RWG_SYNTAX_IDENTIFIER) {
        return UNKNOWN;
    }
    uint32_t symbol = rwb__scopes_symbol_at(u->scopes, object);
    rwg_str name = property ? rwb__text(u, property) : RWG_STR("");
    if (index != 0 && rwb__kind(u, index) == RWG_SYNTAX_STRING) {
        name = rwb__constants_literal(u, index);
    } else if (property == 0) {
        return UNKNOWN;
    }
    const uint32_t *at = rwg__strmap_find(&e->c->members, member_key(u, symbol, name));
    return at ? e->c->values.ptr[*at - 1] : UNKNOWN;
}

static rwb__constant eval_node(const evaluation *e, uint32_t node) {
    rwb__unit *u = e->c->u;
    switch ((int)rwb__kind(u, node)) {
    case RWG_SYNTAX_NUMBER: return read_number(rwb__text(u, node));
    case RWG_SYNTAX_STRING:
        return (rwb__constant
        ){.kind = RWB__CONSTANT_STRING, .is_string = true, .text = rwb__constants_literal(u, node)};
    case RWG_SYNTAX_TEMPLATE_STRING: return eval_template(e, node);
    case RWG_SYNTAX_PARENTHESIZED_EXPRESSION: return value_at(e, u->nodes[node + 1].next);
    case RWG_SYNTAX_UNARY_EXPRESSION: return eval_unary(e, node);
    case RWG_SYNTAX_BINARY_EXPRESSION: return eval_binary(e, node);
    case RWG_SYNTAX_MEMBER_EXPRESSION:
    case RWG_SYNTAX_SUBSCRIPT_EXPRESSION: return eval_member(e, node);
    case RWG_SYNTAX_IDENTIFIER: {
        uint32_t symbol = rwb__scopes_symbol_at(u->scopes, node);
        return symbol == RWB_NO_SYMBOL ? UNKNOWN : e->c->symbols[symbol];
    }
    default: return UNKNOWN;
    }
}

rwb__constant rwb__constants_eval(rwb__constants *c, uint32_t node) {
    uint32_t next = c->u->nodes[node].next;
    evaluation e = {c, node};
    if (next - node > MAX_NODES) {
        return UNKNOWN;
    }
    c->scratch.len = 0;
    for (uint32_t i = node; i < next; i++) {
        *rwg__vec_push(&c->scratch, c->u->mem) = UNKNOWN;
    }
    for (uint32_t i = next; i-- > node;) {
        c->scratch.ptr[i - node] = eval_node(&e, i);
    }
    return c->scratch.ptr[0];
}

/* Kinds of expressions that can be constant: others are not walked through. */
static bool may_be_constant(rwg_syntax_kind kind) {
    switch ((int)kind) {
    case RWG_SYNTAX_NUMBER:
    case RWG_SYNTAX_STRING:
    case RWG_SYNTAX_TEMPLATE_STRING:
    case RWG_SYNTAX_PARENTHESIZED_EXPRESSION:
    case RWG_SYNTAX_UNARY_EXPRESSION:
    case RWG_SYNTAX_BINARY_EXPRESSION:
    case RWG_SYNTAX_MEMBER_EXPRESSION:
    case RWG_SYNTAX_SUBSCRIPT_EXPRESSION:
    case RWG_SYNTAX_IDENTIFIER: return true;
    default: return false;
    }
}

void rwb__constants_add_variable(rwb__constants *c, uint32_t declarator) {
    rwb__unit *u = c->u;
    uint32_t list = u->nodes[declarator].parent;
    uint32_t name = rwb__child(u, declarator, RWG_SYNTAX_FIELD_NAME);
    uint32_t value = rwb__child(u, declarator, RWG_SYNTAX_FIELD_VALUE);
    bool constant = rwb__kind(u, rwb__first(u, list)) == RWG_SYNTAX_WORD_CONST;
    if (!constant || name == 0 || value == 0 || rwb__child(u, declarator, RWG_SYNTAX_FIELD_TYPE) ||
        rwb__kind(u, name) != RWG_SYNTAX_IDENTIFIER || !may_be_constant(rwb__kind(u, value))) {
        return;
    }
    uint32_t symbol = rwb__scopes_symbol_at(u->scopes, name);
    if (symbol != RWB_NO_SYMBOL) {
        c->symbols[symbol] = rwb__constants_eval(c, value);
    }
}

void rwb__constants_add_member(
    rwb__constants *c, uint32_t enum_symbol, uint32_t member, rwg_str name, rwb__constant value
) {
    *rwg__vec_push(&c->values, c->u->mem) = value;
    *rwg__strmap_put(&c->members, member_key(c->u, enum_symbol, name), NULL) = c->values.len;
    uint32_t symbol = rwb__scopes_symbol_at(c->u->scopes, member);
    if (symbol != RWB_NO_SYMBOL) {
        c->symbols[symbol] = value;
    }
}
