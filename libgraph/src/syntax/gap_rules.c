/* One function for each gap of GAPS.md, under the name it has there. Each gets the place where its
 * pattern would begin, and returns whether it patched. Rules see the text with the patches so far.
 */
#include "syntax/gap_rules.h"

#include "base/str.h"
#include "syntax/bytes.h"

/* --- Looking at text --- */

static char at(const rwg__patcher *p, uint32_t i) {
    return i < p->len ? p->seen[i] : 0;
}

static uint32_t name_end(const rwg__patcher *p, uint32_t i) {
    while (rwg__is_name_byte(at(p, i))) {
        i++;
    }
    return i;
}

/* The name at i, empty when there is none. */
static rwg_str name_at(const rwg__patcher *p, uint32_t i) {
    uint32_t end = rwg__is_name_start(at(p, i)) ? name_end(p, i) : i;
    return rwg__str(p->seen + i, end - i);
}

static bool is_word(const rwg__patcher *p, uint32_t i, const char *word) {
    return rwg__str_eq_c(name_at(p, i), word);
}

static bool is_one_of(rwg_str name, const char *const *words) {
    for (; *words; words++) {
        if (rwg__str_eq_c(name, *words)) {
            return true;
        }
    }
    return false;
}

/* The end of the string that starts at i, on its line; i + 1 when it does not end there. */
static uint32_t string_end(rwg__patcher *p, uint32_t i) {
    char quote = at(p, i);
    for (uint32_t j = i + 1; j < p->len && p->seen[j] != '\n'; j++) {
        if (p->seen[j] == '\\') {
            j++;
        } else if (p->seen[j] == quote) {
            return j + 1;
        }
    }
    return i + 1;
}

static bool spend(rwg__patcher *p, uint32_t steps) {
    if (p->steps < steps) {
        p->steps = 0;
        return false;
    }
    p->steps -= steps;
    return true;
}

/* Behind whitespace and comments. */
static uint32_t skip_space(const rwg__patcher *p, uint32_t i) {
    for (;;) {
        if (rwg__is_space(at(p, i))) {
            i++;
        } else if (at(p, i) == '/' && at(p, i + 1) == '/') {
            while (i < p->len && p->seen[i] != '\n') {
                i++;
            }
        } else if (at(p, i) == '/' && at(p, i + 1) == '*') {
            i += 2;
            while (i < p->len && !(p->seen[i] == '*' && at(p, i + 1) == '/')) {
                i++;
            }
            i = i < p->len ? i + 2 : i;
        } else {
            return i;
        }
    }
}

/* Where a line comment starts on the line that ends at `end`, or `end`. */
static uint32_t line_comment(rwg__patcher *p, uint32_t end) {
    uint32_t start = end;
    while (start > 0 && p->seen[start - 1] != '\n') {
        start--;
    }
    if (!spend(p, end - start)) {
        return end;
    }
    for (uint32_t i = start; i < end; i++) {
        char c = p->seen[i];
        if (c == '"' || c == '\'') {
            i = string_end(p, i) - 1;
        } else if (c == '/' && at(p, i + 1) == '/') {
            return i;
        }
    }
    return end;
}

/* The end of the last token before i: whitespace and comments skipped backwards. */
static uint32_t token_end_before(rwg__patcher *p, uint32_t i) {
    for (;;) {
        uint32_t from = i;
        bool crossed_line = false;
        while (i > 0 && rwg__is_space(p->seen[i - 1])) {
            i--;
            crossed_line |= p->seen[i] == '\n';
        }
        if (crossed_line) {
            i = line_comment(p, i);
        }
        if (i > 3 && p->seen[i - 1] == '/' && p->seen[i - 2] == '*') {
            i -= 2;
            while (i > 1 && !(p->seen[i - 1] == '*' && p->seen[i - 2] == '/') && spend(p, 1)) {
                i--;
            }
            i = i > 1 ? i - 2 : 0;
        }
        if (i == from) {
            return i;
        }
    }
}

static char char_before(rwg__patcher *p, uint32_t i) {
    uint32_t end = token_end_before(p, i);
    return end > 0 ? p->seen[end - 1] : 0;
}

/* The word that ends just before i, spaces and comments skipped; empty when that is no word. */
static rwg_str word_before(rwg__patcher *p, uint32_t i) {
    uint32_t end = token_end_before(p, i);
    uint32_t start = end;
    while (start > 0 && rwg__is_name_byte(p->seen[start - 1])) {
        start--;
    }
    return rwg__str(p->seen + start, end - start);
}

/* Behind the bracket that closes the one at i ( { [ or <, 0 when there is none near. Inside angle
 * brackets,
 * => does not close. */
static uint32_t close_of(rwg__patcher *p, uint32_t i) {
    char open = at(p, i);
    uint32_t depth = 0;
    uint32_t angles = 0;
    bool angle = open == '<';
    for (; i < p->len && spend(p, 1); i++) {
        char c = p->seen[i];
        if (c == '"' || c == '\'') {
            i = string_end(p, i) - 1;
        } else if (c == '/' && (at(p, i + 1) == '/' || at(p, i + 1) == '*')) {
            i = skip_space(p, i) - 1;
        } else if (c == '(' || c == '[' || c == '{') {
            depth++;
        } else if (c == ')' || c == ']' || c == '}') {
            if (depth == 0) {
                return 0;
            }
            depth--;
            if (depth == 0 && !angle) {
                return i + 1;
            }
        } else if (angle && depth == 0 && c == '<') {
            angles++;
        } else if (angle && depth == 0 && c == '>' && p->seen[i - 1] != '=') {
            if (--angles == 0) {
                return i + 1;
            }
        } else if (angle && depth == 0 && (c == ';' || c == '`')) {
            return 0;
        }
    }
    return 0;
}

/* --- Patching --- */

/* Spaces over [from, to), line ends kept. */
static void blank(rwg__patcher *p, uint32_t from, uint32_t to) {
    for (uint32_t i = from; i < to; i++) {
        if (p->seen[i] != '\n' && p->seen[i] != '\r') {
            p->seen[i] = ' ';
        }
    }
    p->changed = true;
}

static void put(rwg__patcher *p, uint32_t i, char c) {
    p->seen[i] = c;
    p->changed = true;
}

/* Whether [from, to) could hold something that a record needs. */
static bool has_facts(const rwg__patcher *p, uint32_t from, uint32_t to) {
    rwg_str part = rwg__str(p->seen + from, to - from);
    return rwg__str_contains(part, RWG_STR("import")) ||
           rwg__str_contains(part, RWG_STR("require")) || rwg__str_contains(part, RWG_STR("await"));
}

/* --- Rules: types --- */

/* import-type: import("x").T in a type that goes on behind it (type arguments, [], a conditional
 * type...). The call becomes a name; its literal is kept for the record. */
static bool import_type(rwg__patcher *p, uint32_t i) {
    static const char *const TYPE_WORDS[] = {
        "keyof",
        "extends",
        "as",
        "is",
        "satisfies",
        "readonly",
        "implements",
        "typeof",
        "asserts",
        "infer",
        "unique",
        NULL};
    uint32_t open = skip_space(p, i + 6);
    uint32_t quote = at(p, open) == '(' ? skip_space(p, open + 1) : 0;
    if (quote == 0 || (at(p, quote) != '"' && at(p, quote) != '\'')) {
        return false;
    }
    uint32_t literal_end = string_end(p, quote);
    uint32_t close = close_of(p, open);
    if (close == 0 || literal_end < quote + 2 || literal_end >= close) {
        return false;
    }
    uint32_t next = skip_space(p, close);
    bool member = false;
    while (at(p, next) == '.' && rwg__is_name_start(at(p, skip_space(p, next + 1)))) {
        next = skip_space(p, name_end(p, skip_space(p, next + 1)));
        member = true;
    }
    uint32_t before = token_end_before(p, i);
    char last = before > 0 ? p->seen[before - 1] : 0;
    bool doubled = before > 1 && p->seen[before - 2] == last;
    bool is_type =
        is_one_of(word_before(p, i), TYPE_WORDS) || ((last == '|' || last == '&') && !doubled);
    if (p->jsx && last == '>' && !(before > 1 && p->seen[before - 2] == '=')) {
        return false; /* JSX text */
    }
    bool spread = last == '.' && before > 2 && p->seen[before - 2] == '.';
    if (!is_type && (rwg__is_name_byte(last) || (last == '.' && !spread))) {
        return false;
    }
    if (!is_type && member) {
        is_type = at(p, next) != '(' && !(at(p, next) == '?' && at(p, next + 1) == '.');
    } else if (!is_type) {
        is_type = at(p, next) == '[' || at(p, next) == '<' || last == '<';
    }
    if (!is_type) {
        return false;
    }
    *rwg__vec_push(&p->gaps->types, p->gaps->mem) = (rwg_span){quote, literal_end};
    blank(p, i, close);
    put(p, i, '_');
    return true;
}

/* variance: <in T, out U, in out V> */
static bool variance(rwg__patcher *p, uint32_t i) {
    static const char *const NOT_NAMES[] = {"extends", "as", "satisfies", "in", "instanceof", NULL};
    char before = char_before(p, i);
    if (before != '<' && before != ',' && !rwg__str_eq_c(word_before(p, i), "const")) {
        return false;
    }
    uint32_t end = name_end(p, i);
    uint32_t next = skip_space(p, end);
    if (is_word(p, i, "in") && is_word(p, next, "out")) {
        uint32_t behind = skip_space(p, name_end(p, next));
        if (rwg__is_name_start(at(p, behind)) && !is_word(p, behind, "extends")) {
            end = name_end(p, next);
            next = behind;
        }
    }
    if (!rwg__is_name_start(at(p, next)) || is_one_of(name_at(p, next), NOT_NAMES) || next == end) {
        return false;
    }
    blank(p, i, end);
    return true;
}

/* const-type-parameter in places where the grammar has none: <const T>(...) */
static bool const_type_parameter(rwg__patcher *p, uint32_t i) {
    char before = char_before(p, i);
    uint32_t next = skip_space(p, i + 5);
    if ((before != '<' && before != ',') || !rwg__is_name_start(at(p, next))) {
        return false;
    }
    blank(p, i, i + 5);
    return true;
}

/* tagged-template: tag<{a: b}>`...` */
static bool tagged_template(rwg__patcher *p, uint32_t i) {
    uint32_t before = token_end_before(p, i);
    char last = before > 0 ? p->seen[before - 1] : 0;
    if (!rwg__is_name_byte(last) && last != ')' && last != ']') {
        return false;
    }
    uint32_t close = close_of(p, i);
    if (close == 0 || at(p, skip_space(p, close)) != '`' || has_facts(p, i, close)) {
        return false;
    }
    blank(p, i, close);
    return true;
}

/* member-separator: a member without a semicolon, and the next line starts with < ( or [ */
static bool member_separator(rwg__patcher *p, uint32_t i) {
    static const char *const CALLEES[] = {
        "import",
        "require",
        "resolve",
        "glob",
        "URL",
        "Worker",
        "accept",
        "SharedWorker",
        "exports",
        NULL};
    uint32_t end = token_end_before(p, i);
    if (end == 0) {
        return false;
    }
    bool new_line = false;
    for (uint32_t k = end; k < i; k++) {
        new_line |= p->seen[k] == '\n';
    }
    if (is_one_of(word_before(p, i), CALLEES)) {
        return false; /* the call is a fact */
    }
    char last = p->seen[end - 1];
    bool ends = rwg__is_name_byte(last) || last == ')' || last == ']' || last == '}' ||
                last == '>' || last == '"' || last == '\'';
    bool arrow = last == '>' && end > 1 && p->seen[end - 2] == '=';
    if (!new_line || !ends || arrow || !rwg__is_space(p->seen[end])) {
        return false;
    }
    put(p, end, ';');
    return true;
}

/* pattern-parameter: ({a: {b}}: T) => U as a type. The pattern becomes a name. */
static bool pattern_parameter(rwg__patcher *p, uint32_t i) {
    char before = char_before(p, i);
    if (before != '(' && before != ',') {
        return false;
    }
    uint32_t close = close_of(p, i);
    if (close == 0 || close - i < 2 || has_facts(p, i, close)) {
        return false;
    }
    uint32_t next = skip_space(p, close);
    next += at(p, next) == '?';
    if (at(p, next) != ':') {
        return false;
    }
    blank(p, i, close);
    put(p, i, '_');
    return true;
}

/* type-name-parameter: (string) => void, typeof string: where `string` is a variable's name */
static bool type_name_parameter(rwg__patcher *p, uint32_t i) {
    static const char *const NAMES[] = {
        "any", "number", "boolean", "string", "symbol", "object", "void", "unknown", "never", NULL};
    if (!is_one_of(name_at(p, i), NAMES)) {
        return false;
    }
    if (rwg__str_eq_c(word_before(p, i), "typeof")) {
        put(p, i, '_');
        return true;
    }
    char before = char_before(p, i);
    if (before != '(' && before != ',' && before != '.') {
        return false;
    }
    uint32_t next = skip_space(p, name_end(p, i));
    if (at(p, next) != ')' && at(p, next) != ',' && at(p, next) != ':' && at(p, next) != '?') {
        return false;
    }
    put(p, i, '_');
    return true;
}

/* keyof-readonly: keyof readonly T[] */
static bool keyof_readonly(rwg__patcher *p, uint32_t i) {
    if (!rwg__str_eq_c(word_before(p, i), "keyof")) {
        return false;
    }
    blank(p, i, name_end(p, i));
    return true;
}

/* member-separator, once more: a member called `in` continues the line before */
static bool member_called_in(rwg__patcher *p, uint32_t i) {
    uint32_t next = skip_space(p, name_end(p, i));
    bool member = at(p, next) == ':' || (at(p, next) == '?' && at(p, next + 1) == ':');
    return member && member_separator(p, i);
}

/* nested-global: global {} inside of declare module "x" {} */
static bool nested_global(rwg__patcher *p, uint32_t i) {
    char before = char_before(p, i);
    if ((before != '{' && before != '}' && before != ';') || at(p, skip_space(p, i + 6)) != '{') {
        return false;
    }
    blank(p, i, i + 6);
    return true;
}

/* --- Rules: statements --- */

/* anonymous-signature: export default function (a: T): U; */
static bool anonymous_signature(rwg__patcher *p, uint32_t i) {
    uint32_t next = skip_space(p, i + 8);
    if (at(p, next) == '<') {
        next = skip_space(p, close_of(p, next));
    }
    uint32_t end = at(p, next) == '(' ? close_of(p, next) : 0;
    if (end == 0) {
        return false;
    }
    char last = 0; /* of the return type so far, space left out */
    uint32_t stop = skip_space(p, end);
    if (at(p, stop) == ':') {
        for (end = stop; end < p->len && p->seen[end] != ';'; end++) {
            char c = p->seen[end];
            bool over = c == '\n' && last != ':' && last != '|' && last != '&';
            bool body = c == '{' && last != ':' && last != '|' && last != '&' && last != '>';
            if (body || !spend(p, 1)) {
                return false;
            }
            if (over) {
                break;
            }
            if (c == '(' || c == '[' || c == '{' || c == '<') {
                uint32_t close = close_of(p, end);
                if (close == 0) {
                    return false;
                }
                end = close - 1;
                c = p->seen[end];
            }
            last = rwg__is_space(c) ? last : c;
        }
    } else if (at(p, stop) == '{') {
        return false;
    }
    blank(p, i, end);
    put(p, i, '0');
    return true;
}

/* export-type-star: export type * from "s"
 * export-import: export import a = require("s") */
static bool export_forms(rwg__patcher *p, uint32_t i) {
    uint32_t next = skip_space(p, i + 6);
    if (is_word(p, next, "default") && is_word(p, skip_space(p, next + 7), "function")) {
        return anonymous_signature(p, skip_space(p, next + 7));
    }
    if (is_word(p, next, "type") && at(p, skip_space(p, next + 4)) == '*') {
        blank(p, next, next + 4);
        return true;
    }
    if (is_word(p, next, "import")) {
        uint32_t name = skip_space(p, next + 6);
        if (is_word(p, name, "type")) {
            name = skip_space(p, name + 4);
        }
        uint32_t equals = skip_space(p, name_end(p, name));
        if (at(p, equals) == '=' && is_word(p, skip_space(p, equals + 1), "require")) {
            blank(p, i, i + 6);
            return true;
        }
    }
    return false;
}

/* import-phase: import defer * as ns from "s", import source a from "s", import.defer("s") */
static bool import_phase(rwg__patcher *p, uint32_t i) {
    uint32_t next = skip_space(p, i + 6);
    bool call = at(p, next) == '.';
    uint32_t word = call ? skip_space(p, next + 1) : next;
    if (!is_word(p, word, "defer") && !is_word(p, word, "source")) {
        return false;
    }
    uint32_t behind = skip_space(p, name_end(p, word));
    if (call ? at(p, behind) != '(' : at(p, behind) != '*' && !rwg__is_name_start(at(p, behind))) {
        return false;
    }
    if (is_word(p, behind, "from") && !is_word(p, skip_space(p, name_end(p, behind)), "from")) {
        return false;
    }
    blank(p, next, name_end(p, word));
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
    rwg_str name = name_at(p, i);
    uint32_t next = skip_space(p, i + name.len);
    bool type = rwg__str_eq_c(name, "type") && !is_word(p, skip_space(p, next + 2), "as");
    if (!type && !is_one_of(name, RESERVED)) {
        return false;
    }
    char before = char_before(p, i);
    bool last = at(p, next) == ',' || at(p, next) == '}';
    uint32_t alias = skip_space(p, next + 2);
    uint32_t behind = skip_space(p, name_end(p, alias));
    bool renamed = (before == '{' || before == ',') && is_word(p, next, "as") &&
                   rwg__is_name_start(at(p, alias)) &&
                   (at(p, behind) == ',' || at(p, behind) == '}');
    bool target = last && rwg__str_eq_c(word_before(p, i), "as");
    bool plain = last && (before == '{' || before == ','); /* export {void} from "s" */
    if (!renamed && !target && !plain) {
        return false;
    }
    for (uint32_t k = i; k < i + name.len; k++) {
        put(p, k, '_');
    }
    return true;
}

/* export-attributes: export {a} from "s" with {type: "json"}; import a from "s" assert {...} in
 * JavaScript */
static bool attributes(rwg__patcher *p, uint32_t i) {
    uint32_t end = name_end(p, i);
    uint32_t open = skip_space(p, end);
    uint32_t at_quote = token_end_before(p, i);
    char quote = at_quote > 0 ? p->seen[at_quote - 1] : 0;
    uint32_t close = at(p, open) == '{' ? close_of(p, open) : 0;
    if ((quote != '"' && quote != '\'') || close == 0) {
        return false;
    }
    uint32_t literal = at_quote - 1;
    while (literal > 0 && p->seen[literal - 1] != quote && spend(p, 1)) {
        literal--;
    }
    uint32_t from = literal > 0 ? literal - 1 : 0;
    rwg_str before = word_before(p, from);
    if (!rwg__str_eq_c(before, "from") && !rwg__str_eq_c(before, "import")) {
        return false;
    }
    /* Back to the keyword that the statement starts with: what lies between is a list of names. */
    uint32_t k = from;
    while (k > 0 && spend(p, 1)) {
        k--;
        bool starts = k == 0 || !rwg__is_name_byte(p->seen[k - 1]);
        if (starts && is_word(p, k, "export")) {
            blank(p, i, close);
            return true;
        }
        if (starts && is_word(p, k, "import")) {
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
    if (is_word(p, i, "await")) {
        word = skip_space(p, i + 5);
    }
    if (!is_word(p, word, "using")) {
        return false;
    }
    uint32_t next = skip_space(p, word + 5);
    bool same_line = memchr(p->seen + word, '\n', next - word) == NULL;
    if (!same_line || !rwg__is_name_start(at(p, next)) || is_word(p, next, "in") ||
        is_word(p, next, "instanceof") || is_word(p, next, "of")) {
        return false;
    }
    blank(p, i, word + 5);
    memcpy(p->seen + i, "const", 5);
    return true;
}

/* accessor: a class field with the accessor keyword */
static bool accessor(rwg__patcher *p, uint32_t i) {
    uint32_t next = skip_space(p, i + 8);
    char c = at(p, next);
    if (!rwg__is_name_start(c) && c != '#' && c != '[' && c != '"' && c != '\'') {
        return false;
    }
    blank(p, i, i + 8);
    return true;
}

/* abstract-override: abstract override a: T */
static bool abstract_override(rwg__patcher *p, uint32_t i) {
    if (!rwg__str_eq_c(word_before(p, i), "abstract")) {
        return false;
    }
    blank(p, i, i + 8);
    return true;
}

/* keyword-name: a word of TypeScript's as the name of a member, a type, a parameter */
static bool keyword_name(rwg__patcher *p, uint32_t i) {
    uint32_t next = skip_space(p, name_end(p, i));
    bool member = at(p, next) == ':' || (at(p, next) == '?' && at(p, next + 1) == ':') ||
                  at(p, next) == '=' || at(p, next) == ';' || at(p, next) == '(' ||
                  at(p, next) == '<';
    bool type = is_word(p, next, "extends") || at(p, next) == ',' || at(p, next) == '>' ||
                at(p, next) == '[' || at(p, next) == ')' || at(p, next) == '|' ||
                at(p, next) == '&';
    if (!member && !type) {
        return false;
    }
    put(p, i, '_');
    return true;
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
    rwg_str word = word_before(p, i);
    char before = char_before(p, i);
    bool operand = before != 0 && (rwg__is_name_byte(before) || before == ')' || before == ']' ||
                                   before == '}' || before == '*' || before == '"' ||
                                   before == '\'' || before == '`' || before == '>');
    if (operand && !is_one_of(word, BEFORE)) {
        return false;
    }
    put(p, i, '_');
    return true;
}

/* --- Rules: characters --- */

static uint32_t hex_digits(const rwg__patcher *p, uint32_t i) {
    uint32_t n = 0;
    while (n < 8 && rwg__hex_digit(at(p, i + n)) >= 0) {
        n++;
    }
    return n;
}

static bool is_unicode_escape(const rwg__patcher *p, uint32_t i) {
    if (at(p, i) != '{') {
        return hex_digits(p, i) >= 4;
    }
    uint32_t n = hex_digits(p, i + 1);
    return n > 0 && at(p, i + 1 + n) == '}';
}

/* escape: \{ or \` in a template literal type, \u without its digits in a tagged template */
static bool escape(rwg__patcher *p, uint32_t i) {
    char c = at(p, i + 1);
    bool brace = c == '{' || c == '}' || c == '`';
    bool short_x = c == 'x' && hex_digits(p, i + 2) < 2;
    bool short_u = c == 'u' && !is_unicode_escape(p, i + 2);
    if (!brace && !short_x && !short_u) {
        return false;
    }
    put(p, i, '_');
    put(p, i + 1, '_');
    return true;
}

/* ampersand: & in JSX text and attributes that starts no entity. In types and
 * expressions | reads as well. */
static bool ampersand(rwg__patcher *p, uint32_t i) {
    if (at(p, i + 1) == '&') {
        put(p, i, '|');
        put(p, i + 1, '|');
        return true;
    }
    uint32_t end = i + 1;
    if (at(p, end) == '#') {
        end++;
    }
    uint32_t letters = end;
    while (end - letters < 32 && rwg__is_name_byte(at(p, end))) {
        end++;
    }
    if (end > letters && at(p, end) == ';') {
        return false;
    }
    put(p, i, '|');
    return true;
}

/* carriage-return: a line that ends in CR alone */
static void carriage_returns(rwg__patcher *p) {
    for (uint32_t i = 0; i < p->len; i++) {
        if (p->seen[i] == '\r' && at(p, i + 1) != '\n') {
            put(p, i, '\n');
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
    {"using", using_declaration},
    {"await", using_declaration},
    {"accessor", accessor},
    {"with", attributes},
    {"assert", attributes},
};

static const word_rule TYPE_WORDS[] = {
    {"in", variance},
    {"in", member_called_in},
    {"as", as_variable},
    {"readonly", keyof_readonly},
    {"global", nested_global},
    {"using", keyword_name},
    {"out", variance},
    {"const", const_type_parameter},
    {"export", export_forms},
    {"override", abstract_override},
    {"abstract", keyword_name},
    {"accessor", keyword_name},
    {"type", keyword_name},
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

static bool try_name(rwg__patcher *p, uint32_t i, rwg_str name) {
    if (try_words(p, SCRIPT_WORDS, sizeof SCRIPT_WORDS / sizeof SCRIPT_WORDS[0], i, name) ||
        reserved_name(p, i)) {
        return true;
    }
    if (!p->typescript) {
        return false;
    }
    return try_words(p, TYPE_WORDS, sizeof TYPE_WORDS / sizeof TYPE_WORDS[0], i, name) ||
           type_name_parameter(p, i);
}

static void try_punctuation(rwg__patcher *p, uint32_t i) {
    char c = p->seen[i];
    if (c == '&' && p->jsx) {
        ampersand(p, i);
    }
    if (c == '\\') {
        escape(p, i);
    }
    if (c == '<' && p->typescript && tagged_template(p, i)) {
        return;
    }
    if (c == '{' && p->typescript && pattern_parameter(p, i)) {
        return;
    }
    if (c == '<' || c == '(' || c == '[') {
        member_separator(p, i);
    }
}

/* TypeScript only: every import("s") in a type is patched at once, since one file has hundreds of
 * them. */
static void import_types(rwg__patcher *p) {
    rwg_str all = rwg__str(p->seen, p->len);
    uint32_t i = 0;
    while (i < p->len) {
        rwg_str rest = rwg__str_from(all, i);
        const char *found = memchr(rest.ptr, 'i', rest.len);
        if (!found) {
            return;
        }
        i = (uint32_t)(found - p->seen);
        bool starts = i == 0 || !rwg__is_name_byte(p->seen[i - 1]);
        if (starts && is_word(p, i, "import")) {
            import_type(p, i);
        }
        i++;
    }
}

void rwg__gap_rules_everywhere(rwg__patcher *p) {
    if (p->typescript) {
        import_types(p);
    }
    carriage_returns(p);
}

void rwg__gap_rules_window(rwg__patcher *p, rwg_span window) {
    for (uint32_t i = window.start; i < window.end;) {
        char c = p->seen[i];
        bool inside = i > 0 && rwg__is_name_byte(p->seen[i - 1]);
        if (rwg__is_name_start(c) && !inside) {
            rwg_str name = name_at(p, i);
            try_name(p, i, name);
            i += name.len;
        } else if (c == '/' && (at(p, i + 1) == '/' || at(p, i + 1) == '*') && !(i > 0 && p->seen[i - 1] == ':')) { /* not of a URL */
            i = skip_space(p, i);
        } else {
            if (!rwg__is_space(c)) {
                try_punctuation(p, i);
            }
            i++;
        }
    }
}
