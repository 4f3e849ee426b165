/* Gaps in statements, names and single characters, and the order in which all rules are tried.
 * Rules are as in gap_types.c. */
#include "syntax/gap_rules.h"

#include "base/str.h"
#include "syntax/byte_class.h"
#include "syntax/gap_text.h"

/* --- Statements and names --- */

/* anonymous-signature: export default function (a: T): U; */
static bool anonymous_signature(rwg__patcher *p, uint32_t i) {
    uint32_t next = rwg__gap_skip_space(p, i + 8);
    if (rwg__gap_byte(p, next) == '<') {
        next = rwg__gap_skip_space(p, rwg__gap_close_of(p, next));
    }
    uint32_t end = rwg__gap_byte(p, next) == '(' ? rwg__gap_close_of(p, next) : 0;
    if (end == 0) {
        return false;
    }
    char last = 0; /* of the return type so far, space left out */
    uint32_t stop = rwg__gap_skip_space(p, end);
    if (rwg__gap_byte(p, stop) == ':') {
        for (end = stop; end < p->len && p->seen[end] != ';'; end++) {
            char c = p->seen[end];
            bool over = c == '\n' && last != ':' && last != '|' && last != '&';
            bool body = c == '{' && last != ':' && last != '|' && last != '&' && last != '>';
            if (body || !rwg__gap_spend(p, 1)) {
                return false;
            }
            if (over) {
                break;
            }
            if (c == '(' || c == '[' || c == '{' || c == '<') {
                uint32_t close = rwg__gap_close_of(p, end);
                if (close == 0) {
                    return false;
                }
                end = close - 1;
                c = p->seen[end];
            }
            last = rwg__is_space(c) ? last : c;
        }
    } else if (rwg__gap_byte(p, stop) == '{') {
        return false;
    }
    rwg__gap_blank(p, i, end);
    rwg__gap_put(p, i, '0');
    return true;
}

/* default-abstract: export default abstract class {} */
static bool default_abstract(rwg__patcher *p, uint32_t i) {
    uint32_t word = rwg__gap_skip_space(p, i + 8);
    if (!rwg__gap_is_word(p, i, "abstract") || !rwg__gap_is_word(p, word, "class")) {
        return false;
    }
    rwg__gap_hide_type(p, i, i + 8);
    return true;
}

/* default-end: export default function () {} a(); on one line. The grammar takes the function for
 * an expression. `i` is behind `default`. */
static bool default_end(rwg__patcher *p, uint32_t i) {
    if (rwg__gap_is_word(p, i, "async")) {
        i = rwg__gap_skip_space(p, i + 5);
    }
    bool function = rwg__gap_is_word(p, i, "function");
    if (!function && !rwg__gap_is_word(p, i, "class")) {
        return false;
    }
    uint32_t body = i;
    while (body != 0 && rwg__gap_byte(p, body) != '{' && rwg__gap_byte(p, body) != 0) {
        char c = rwg__gap_byte(p, body);
        body = c == '(' || c == '[' ? rwg__gap_close_of(p, body) : body + 1;
        if (c == ';' || !rwg__gap_spend(p, 1)) {
            return false;
        }
    }
    uint32_t end = rwg__gap_byte(p, body) == '{' ? rwg__gap_close_of(p, body) : 0;
    uint32_t next = rwg__gap_skip_space(p, end);
    if (end == 0 || rwg__gap_byte(p, next) == 0 || rwg__gap_byte(p, next) == ';' ||
        !rwg__is_space(p->seen[end]) || memchr(p->seen + end, '\n', next - end)) {
        return false;
    }
    rwg__gap_put(p, end, ';');
    return true;
}

/* export-type-star: export type * from "s"
 * export-import: export import a = require("s") */
static bool export_forms(rwg__patcher *p, uint32_t i) {
    uint32_t next = rwg__gap_skip_space(p, i + 6);
    if (rwg__gap_is_word(p, next, "default") &&
        rwg__gap_is_word(p, rwg__gap_skip_space(p, next + 7), "function")) {
        return anonymous_signature(p, rwg__gap_skip_space(p, next + 7));
    }
    if (rwg__gap_is_word(p, next, "default")) {
        return default_abstract(p, rwg__gap_skip_space(p, next + 7));
    }
    if (rwg__gap_is_word(p, next, "type") &&
        rwg__gap_byte(p, rwg__gap_skip_space(p, next + 4)) == '*') {
        rwg__gap_blank(p, next, next + 4);
        return true;
    }
    if (rwg__gap_is_word(p, next, "import")) {
        uint32_t name = rwg__gap_skip_space(p, next + 6);
        if (rwg__gap_is_word(p, name, "type")) {
            name = rwg__gap_skip_space(p, name + 4);
        }
        uint32_t equals = rwg__gap_skip_space(p, rwg__gap_name_end(p, name));
        if (rwg__gap_byte(p, equals) == '=' &&
            rwg__gap_is_word(p, rwg__gap_skip_space(p, equals + 1), "require")) {
            rwg__gap_blank(p, i, i + 6);
            return true;
        }
    }
    return false;
}

/* statement-end: an import or export statement without a semicolon, and the next line starts with a
 * byte before which the grammar would rather go on. `end` is behind the statement's last token. */
static bool statement_end(rwg__patcher *p, uint32_t end) {
    uint32_t next = rwg__gap_skip_space(p, end);
    char c = rwg__gap_byte(p, next);
    bool goes_on = c != 0 && c != ';' && strchr("([`/+-*<&|.,?", c) != NULL;
    bool new_line = goes_on && memchr(p->seen + end, '\n', next - end) != NULL;
    if (!new_line || !rwg__is_space(p->seen[end])) {
        return false;
    }
    rwg__gap_put(p, end, ';');
    return true;
}

static bool specifier_end(rwg__patcher *p, uint32_t i) {
    rwg_str word = rwg__gap_word_before(p, i);
    if (!rwg__str_eq_c(word, "from") && !rwg__str_eq_c(word, "import")) {
        return false;
    }
    return statement_end(p, rwg__gap_string_end(p, i));
}

static bool export_end(rwg__patcher *p, uint32_t i) {
    uint32_t open = rwg__gap_skip_space(p, i + 6);
    if (rwg__gap_is_word(p, open, "default")) {
        return default_end(p, rwg__gap_skip_space(p, open + 7));
    }
    uint32_t close = rwg__gap_byte(p, open) == '{' ? rwg__gap_close_of(p, open) : 0;
    return close > 0 && statement_end(p, close);
}

/* import-phase: import defer * as ns from "s", import source a from "s", import.defer("s") */
static bool import_phase(rwg__patcher *p, uint32_t i) {
    uint32_t next = rwg__gap_skip_space(p, i + 6);
    bool call = rwg__gap_byte(p, next) == '.';
    uint32_t word = call ? rwg__gap_skip_space(p, next + 1) : next;
    if (!rwg__gap_is_word(p, word, "defer") && !rwg__gap_is_word(p, word, "source")) {
        return false;
    }
    uint32_t behind = rwg__gap_skip_space(p, rwg__gap_name_end(p, word));
    if (call ? rwg__gap_byte(p, behind) != '('
             : rwg__gap_byte(p, behind) != '*' && !rwg__is_name_start(rwg__gap_byte(p, behind))) {
        return false;
    }
    if (rwg__gap_is_word(p, behind, "from") &&
        !rwg__gap_is_word(p, rwg__gap_skip_space(p, rwg__gap_name_end(p, behind)), "from")) {
        return false;
    }
    rwg__gap_blank(p, next, rwg__gap_name_end(p, word));
    return true;
}

/* type-as: import {type as}, {type as as b}, export {type as as as}: a type called `as`, which is
 * written `_s`.
 * `{type as as}` is no type: the name `type` becomes `_ype`.
 * type-from: import type from from "m" */
static bool type_as(rwg__patcher *p, uint32_t i) {
    uint32_t as[3];
    uint32_t count = 0;
    uint32_t next = rwg__gap_skip_space(p, i + 4);
    while (count < 3 && rwg__gap_is_word(p, next, "as")) {
        as[count++] = next;
        next = rwg__gap_skip_space(p, next + 2);
    }
    if (rwg__str_eq_c(rwg__gap_word_before(p, i), "import") && rwg__gap_is_word(p, next, "from") &&
        rwg__gap_is_word(p, rwg__gap_skip_space(p, next + 4), "from")) {
        rwg__gap_put(p, next, '_');
        return true;
    }
    char before = rwg__gap_char_before(p, i);
    bool renamed = count == 2 && rwg__is_name_start(rwg__gap_byte(p, next));
    next = renamed ? rwg__gap_skip_space(p, rwg__gap_name_end(p, next)) : next;
    bool ends = rwg__gap_byte(p, next) == ',' || rwg__gap_byte(p, next) == '}';
    if (count == 0 || !ends || (before != '{' && before != ',')) {
        return false;
    }
    if (count == 2 && !renamed) {
        rwg__gap_put(p, i, '_');
        rwg__gap_put(p, as[1], '_');
        return true;
    }
    rwg__gap_put(p, as[0], '_');
    if (count == 3) {
        rwg__gap_put(p, as[2], '_');
    }
    return true;
}

/* reserved-name: export {a as delete}, import {if as b}, export {type as b} */
static bool reserved_name(rwg__patcher *p, uint32_t i) {
    static const char *const RESERVED[] = {
        "break",   "case", "catch",    "class", "const",     "continue", "debugger",
        "delete",  "do",   "else",     "enum",  "export",    "extends",  "false",
        "finally", "for",  "function", "if",    "import",    "in",       "instanceof",
        "new",     "null", "return",   "super", "switch",    "this",     "throw",
        "true",    "try",  "typeof",   "var",   "void",      "while",    "with",
        "yield",   "let",  "static",   "await", "undefined", NULL};
    rwg_str name = rwg__gap_name(p, i);
    uint32_t next = rwg__gap_skip_space(p, i + name.len);
    bool type =
        rwg__str_eq_c(name, "type") && !rwg__gap_is_word(p, rwg__gap_skip_space(p, next + 2), "as");
    if (!type && !rwg__gap_is_one_of(name, RESERVED)) {
        return false;
    }
    char before = rwg__gap_char_before(p, i);
    bool last = rwg__gap_byte(p, next) == ',' || rwg__gap_byte(p, next) == '}';
    uint32_t alias = rwg__gap_skip_space(p, next + 2);
    uint32_t behind = rwg__gap_skip_space(p, rwg__gap_name_end(p, alias));
    bool renamed = (before == '{' || before == ',') && rwg__gap_is_word(p, next, "as") &&
                   rwg__is_name_start(rwg__gap_byte(p, alias)) &&
                   (rwg__gap_byte(p, behind) == ',' || rwg__gap_byte(p, behind) == '}');
    bool star = rwg__gap_is_word(p, next, "from"); /* export * as delete from "s" */
    bool target = (last || star) && rwg__str_eq_c(rwg__gap_word_before(p, i), "as");
    bool plain = last && (before == '{' || before == ','); /* export {void} from "s" */
    if (!renamed && !target && !plain) {
        return false;
    }
    for (uint32_t k = i; k < i + name.len; k++) {
        rwg__gap_put(p, k, '_');
    }
    return true;
}

/* export-attributes: export {a} from "s" with {type: "json"}; import a from "s" assert {...} in
 * JavaScript */
static bool attributes(rwg__patcher *p, uint32_t i) {
    uint32_t end = rwg__gap_name_end(p, i);
    uint32_t open = rwg__gap_skip_space(p, end);
    uint32_t at_quote = rwg__gap_token_end_before(p, i);
    char quote = at_quote > 0 ? p->seen[at_quote - 1] : 0;
    uint32_t close = rwg__gap_byte(p, open) == '{' ? rwg__gap_close_of(p, open) : 0;
    if ((quote != '"' && quote != '\'') || close == 0) {
        return false;
    }
    uint32_t literal = at_quote - 1;
    while (literal > 0 && p->seen[literal - 1] != quote && rwg__gap_spend(p, 1)) {
        literal--;
    }
    uint32_t from = literal > 0 ? literal - 1 : 0;
    rwg_str before = rwg__gap_word_before(p, from);
    if (!rwg__str_eq_c(before, "from") && !rwg__str_eq_c(before, "import")) {
        return false;
    }
    /* Back to the keyword that the statement starts with: what lies between is a list of names. */
    uint32_t k = from;
    while (k > 0 && rwg__gap_spend(p, 1)) {
        k--;
        bool starts = k == 0 || !rwg__is_name_byte(p->seen[k - 1]);
        if (starts && rwg__gap_is_word(p, k, "export")) {
            rwg__gap_blank(p, i, close);
            return true;
        }
        if (starts && rwg__gap_is_word(p, k, "import")) {
            break;
        }
    }
    if (end - i != 6) {
        return false;
    }
    memcpy(p->seen + i, "with  ", 6);
    p->changed = true;
    return true;
}

/* using: using a = b; await using a = b; for (using a of b) */
static bool using_declaration(rwg__patcher *p, uint32_t i) {
    uint32_t word = i;
    if (rwg__gap_is_word(p, i, "await")) {
        word = rwg__gap_skip_space(p, i + 5);
    }
    if (!rwg__gap_is_word(p, word, "using")) {
        return false;
    }
    uint32_t next = rwg__gap_skip_space(p, word + 5);
    bool same_line = memchr(p->seen + word, '\n', next - word) == NULL;
    if (!same_line || !rwg__is_name_start(rwg__gap_byte(p, next)) ||
        rwg__gap_is_word(p, next, "in") || rwg__gap_is_word(p, next, "instanceof") ||
        rwg__gap_is_word(p, next, "of")) {
        return false;
    }
    rwg__gap_blank(p, i, word + 5);
    memcpy(p->seen + i, "const", 5);
    return true;
}

/* using-variable: using += 1; using(a), where a statement begins and no declaration can be meant */
static bool using_variable(rwg__patcher *p, uint32_t i) {
    char before = rwg__gap_char_before(p, i);
    char next = rwg__gap_byte(p, rwg__gap_skip_space(p, i + 5));
    bool begins = before == 0 || strchr(";{})", before) || p->seen[i - 1] == '\n' ||
                  rwg__str_eq_c(rwg__gap_word_before(p, i), "else");
    if (!begins || next == 0 || !strchr("=+-*/%&|^?<>!,([.;", next)) {
        return false;
    }
    rwg__gap_put(p, i, '_');
    return true;
}

/* accessor: a class field with the accessor keyword */
static bool accessor(rwg__patcher *p, uint32_t i) {
    uint32_t next = rwg__gap_skip_space(p, i + 8);
    char c = rwg__gap_byte(p, next);
    if ((!rwg__is_name_byte(c) && c != '#' && c != '[' && c != '"' && c != '\'' && c != '\\') ||
        memchr(p->seen + i, '\n', next - i)) {
        return false;
    }
    rwg__gap_blank(p, i, i + 8);
    return true;
}

/* abstract-override: abstract override a: T */
static bool abstract_override(rwg__patcher *p, uint32_t i) {
    if (!rwg__str_eq_c(rwg__gap_word_before(p, i), "abstract")) {
        return false;
    }
    rwg__gap_blank(p, i, i + 8);
    return true;
}

/* abstract-computed: abstract [a](): T */
static bool abstract_computed(rwg__patcher *p, uint32_t i) {
    if (rwg__gap_byte(p, rwg__gap_skip_space(p, i + 8)) != '[') {
        return false;
    }
    rwg__gap_blank(p, i, i + 8);
    return true;
}

/* keyword-name: a word of TypeScript's as the name of a member, a type, a parameter */
static bool keyword_name(rwg__patcher *p, uint32_t i) {
    uint32_t next = rwg__gap_skip_space(p, rwg__gap_name_end(p, i));
    char mark = rwg__gap_byte(p, next);
    bool member = mark == ':' || mark == '.' ||
                  ((mark == '?' || mark == '!') && rwg__gap_byte(p, next + 1) == ':') ||
                  rwg__gap_byte(p, next) == '=' || rwg__gap_byte(p, next) == ';' ||
                  rwg__gap_byte(p, next) == '(' || rwg__gap_byte(p, next) == '<';
    bool type = rwg__gap_is_word(p, next, "extends") || rwg__gap_byte(p, next) == ',' ||
                rwg__gap_byte(p, next) == '>' || rwg__gap_byte(p, next) == '[' ||
                rwg__gap_byte(p, next) == ')' || rwg__gap_byte(p, next) == '|' ||
                rwg__gap_byte(p, next) == '&';
    if (!member && !type) {
        return false;
    }
    rwg__gap_put(p, i, '_');
    return true;
}

/* keyword-name, once more: a type called `asserts` */
static bool type_called_asserts(rwg__patcher *p, uint32_t i) {
    uint32_t next = rwg__gap_skip_space(p, i + 7);
    if (rwg__gap_char_before(p, i) != ':' || rwg__is_name_start(rwg__gap_byte(p, next))) {
        return false;
    }
    rwg__gap_put(p, i, '_');
    return true;
}

/* as-variable, once more: type satisfies = 1 */
static bool type_called_satisfies(rwg__patcher *p, uint32_t i) {
    bool alias = rwg__str_eq_c(rwg__gap_word_before(p, i), "type") &&
                 rwg__gap_byte(p, rwg__gap_skip_space(p, i + 9)) == '=';
    if (alias) {
        rwg__gap_put(p, i, '_');
    }
    return alias;
}

/* as-variable: let as = 1; f(as) */
static bool as_variable(rwg__patcher *p, uint32_t i) {
    static const char *const BEFORE[] = {
        "let",
        "const",
        "var",
        "return",
        "typeof",
        "in",
        "of",
        "await",
        "new",
        "case",
        "delete",
        NULL};
    rwg_str word = rwg__gap_word_before(p, i);
    bool alias =
        rwg__str_eq_c(word, "type") && rwg__gap_byte(p, rwg__gap_skip_space(p, i + 2)) == '=';
    if (alias) {
        rwg__gap_put(p, i, '_');
        return true;
    }
    char before = rwg__gap_char_before(p, i);
    bool operand = before != 0 && (rwg__is_name_byte(before) || before == ')' || before == ']' ||
                                   before == '}' || before == '*' || before == '"' ||
                                   before == '\'' || before == '`' || before == '>');
    bool property = word.len > 0 && word.ptr > p->seen && word.ptr[-1] == '.';
    if (operand && (property || !rwg__gap_is_one_of(word, BEFORE))) {
        return false;
    }
    rwg__gap_put(p, i, '_');
    return true;
}

/* --- Characters --- */

static uint32_t hex_digits(const rwg__patcher *p, uint32_t i) {
    uint32_t n = 0;
    while (n < 8 && rwg__hex_digit(rwg__gap_byte(p, i + n)) >= 0) {
        n++;
    }
    return n;
}

static bool is_unicode_escape(const rwg__patcher *p, uint32_t i) {
    if (rwg__gap_byte(p, i) != '{') {
        return hex_digits(p, i) >= 4;
    }
    uint32_t n = hex_digits(p, i + 1);
    return n > 0 && rwg__gap_byte(p, i + 1 + n) == '}';
}

/* escape: \{, \` or \n in a template literal type, \u without its digits in a tagged template */
static bool escape(rwg__patcher *p, uint32_t i) {
    char c = rwg__gap_byte(p, i + 1);
    bool brace = c == '{' || c == '}' || c == '`';
    bool letter = c != 0 && strchr("bfnrtv0", c);
    bool short_x = c == 'x' && hex_digits(p, i + 2) < 2;
    bool short_u = c == 'u' && !is_unicode_escape(p, i + 2);
    if (!brace && !letter && !short_x && !short_u) {
        return false;
    }
    rwg__gap_put(p, i, '_');
    rwg__gap_put(p, i + 1, '_');
    return true;
}

/* ampersand: & in JSX text and attributes that starts no entity. In types and
 * expressions | reads as well. */
static bool ampersand(rwg__patcher *p, uint32_t i) {
    if (rwg__gap_byte(p, i + 1) == '&') {
        rwg__gap_put(p, i, '|');
        rwg__gap_put(p, i + 1, '|');
        return true;
    }
    uint32_t end = i + 1;
    bool number = rwg__gap_byte(p, end) == '#';
    bool hex = number && (rwg__gap_byte(p, end + 1) | 0x20) == 'x';
    end += number ? 1 + hex : 0;
    uint32_t letters = end;
    bool fits = true;
    while (end - letters < 32 && rwg__is_name_byte(rwg__gap_byte(p, end))) {
        char c = rwg__gap_byte(p, end++);
        bool digit = c >= '0' && c <= '9';
        bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        fits &= hex ? rwg__hex_digit(c) >= 0 : number ? digit : letter; /* &frac12; has digits */
    }
    /* What the grammar takes for a reference: at most five digits, or six of base 16. */
    bool known = fits && end - letters <= (hex ? 6u : number ? 5u : 30u);
    if (end > letters && rwg__gap_byte(p, end) == ';' && known) {
        return false;
    }
    rwg__gap_put(p, i, '|');
    return true;
}

/* keyword-tag: <var>, <switch/>; <this.a/> in JavaScript */
static bool keyword_tag(rwg__patcher *p, uint32_t i) {
    static const char *const TAGS[] = {"var", "switch", NULL}; /* of HTML and SVG */
    uint32_t name = rwg__gap_skip_space(p, i + 1);
    name = rwg__gap_byte(p, name) == '/' ? rwg__gap_skip_space(p, name + 1) : name;
    bool member = rwg__gap_is_word(p, name, "this") &&
                  rwg__gap_byte(p, rwg__gap_skip_space(p, name + 4)) == '.';
    if ((!member || p->typescript) && !rwg__gap_is_one_of(rwg__gap_name(p, name), TAGS)) {
        return false;
    }
    rwg__gap_put(p, name, '_');
    return true;
}

/* carriage-return: a line that ends in CR alone */
static void carriage_returns(rwg__patcher *p) {
    for (uint32_t i = 0; i < p->len; i++) {
        if (p->seen[i] == '\r' && rwg__gap_byte(p, i + 1) != '\n') {
            rwg__gap_put(p, i, '\n');
        }
    }
}

/* --- Trying --- */

typedef struct word_rule {
    const char *word;
    bool (*rule)(rwg__patcher *p, uint32_t i);
} word_rule;

static const word_rule SCRIPT_WORDS[] = {
    {"import", import_phase},
    {"export", export_end},
    {"for", rwg__gap_loop_target},
    {"using", using_declaration},
    {"using", using_variable},
    {"await", using_declaration},
    {"accessor", accessor},
    {"with", attributes},
    {"assert", attributes},
};

static const word_rule TYPESCRIPT_WORDS[] = {
    {"as", as_variable},
    {"satisfies", type_called_satisfies},
    {"using", keyword_name},
    {"export", export_forms},
    {"abstract", abstract_computed},
    {"abstract", keyword_name},
    {"accessor", keyword_name},
    {"override", abstract_override},
    {"type", keyword_name},
    {"type", type_as},
    {"asserts", type_called_asserts},
};

static bool
try_words(rwg__patcher *p, const word_rule *rules, size_t count, uint32_t i, rwg_str name) {
    for (size_t k = 0; k < count; k++) {
        if (rwg__str_eq_c(name, rules[k].word) && rules[k].rule(p, i)) {
            return true;
        }
    }
    return false;
}

static void try_name(rwg__patcher *p, uint32_t i, rwg_str name) {
    if (try_words(p, SCRIPT_WORDS, sizeof SCRIPT_WORDS / sizeof SCRIPT_WORDS[0], i, name) ||
        reserved_name(p, i) || !p->typescript) {
        return;
    }
    size_t count = sizeof TYPESCRIPT_WORDS / sizeof TYPESCRIPT_WORDS[0];
    if (!try_words(p, TYPESCRIPT_WORDS, count, i, name) && !rwg__gap_try_class_word(p, i)) {
        rwg__gap_try_type_word(p, i);
    }
}

static void try_punctuation(rwg__patcher *p, uint32_t i) {
    char c = p->seen[i];
    if (c == '&' && p->jsx) {
        ampersand(p, i);
    } else if (c == '\\') {
        escape(p, i);
    } else if (c == '"' || c == '\'') {
        specifier_end(p, i);
    } else if (c == '@') {
        rwg__gap_decorator(p, i);
    } else if (c == '*') {
        rwg__gap_generator_member(p, i);
    } else if (c == '<' && p->jsx && keyword_tag(p, i)) {
        return;
    } else if ((c == '[' || c == '{') && rwg__gap_assignment_target(p, i)) {
        return;
    } else if (c == '<' || c == '(' || c == '[' || c == '{') {
        rwg__gap_try_type_bracket(p, i);
    }
}

/* At a byte that is no code; returns where to go on. */
static uint32_t try_literal(rwg__patcher *p, uint32_t i, const rwg__literal *literal) {
    switch (literal->kind) {
    case RWG__LITERAL_STRING:
        if (i == literal->span.start) {
            specifier_end(p, i);
        }
        return literal->span.end;
    case RWG__LITERAL_TEMPLATE:
        if (p->seen[i] == '\\') {
            escape(p, i);
            return i + 2;
        }
        return i + 1;
    case RWG__LITERAL_JSX:
        if (p->seen[i] == '&') {
            ampersand(p, i);
        }
        return i + 1;
    case RWG__LITERAL_JSX_WORD: /* keyword-attribute: <a class="b">, <a.default/> */
        rwg__gap_put(p, literal->span.start, '_');
        break;
    case RWG__LITERAL_COMMENT:
    case RWG__LITERAL_REGEX: break;
    }
    return literal->span.end;
}

void rwg__gap_rules_everywhere(rwg__patcher *p) {
    if (p->typescript) {
        rwg__gap_import_types(p);
    }
    carriage_returns(p);
}

void rwg__gap_rules_window(rwg__patcher *p, rwg_span window) {
    for (uint32_t i = window.start; i < window.end;) {
        char c = p->seen[i];
        const rwg__literal *literal = rwg__gap_literal_at(p, i);
        if (literal) {
            i = try_literal(p, i, literal);
            continue;
        }
        char before = i > 0 ? p->seen[i - 1] : 0;
        char next = rwg__gap_byte(p, i + 1);
        bool comment = c == '/' && (next == '/' || next == '*') && before != ':'; /* of a URL */
        if (rwg__is_name_start(c) && !rwg__is_name_byte(before)) {
            rwg_str name = rwg__gap_name(p, i);
            try_name(p, i, name);
            i += name.len;
        } else if (comment) {
            i = rwg__gap_skip_space(p, i);
        } else {
            if (!rwg__is_space(c)) {
                try_punctuation(p, i);
            }
            i++;
        }
    }
}
