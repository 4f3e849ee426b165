/* Gaps in types. One function for each gap of GAPS.md, under the name it has there: it gets the
 * place where its pattern would begin, and returns whether it patched. Rules see the text with the
 * patches so far. */
#include "base/str.h"
#include "syntax/byte_class.h"
#include "syntax/gap_text.h"

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
    uint32_t open = rwg__gap_skip_space(p, i + 6);
    uint32_t quote = rwg__gap_byte(p, open) == '(' ? rwg__gap_skip_space(p, open + 1) : 0;
    if (quote == 0 || (rwg__gap_byte(p, quote) != '"' && rwg__gap_byte(p, quote) != '\'')) {
        return false;
    }
    uint32_t literal_end = rwg__gap_string_end(p, quote);
    uint32_t close = rwg__gap_close_of(p, open);
    if (close == 0 || literal_end < quote + 2 || literal_end >= close) {
        return false;
    }
    uint32_t next = rwg__gap_skip_space(p, close);
    bool member = false;
    while (rwg__gap_byte(p, next) == '.' &&
           rwg__is_name_start(rwg__gap_byte(p, rwg__gap_skip_space(p, next + 1)))) {
        next = rwg__gap_skip_space(p, rwg__gap_name_end(p, rwg__gap_skip_space(p, next + 1)));
        member = true;
    }
    uint32_t before = rwg__gap_token_end_before(p, i);
    char last = before > 0 ? p->seen[before - 1] : 0;
    bool doubled = before > 1 && p->seen[before - 2] == last;
    bool is_type = rwg__gap_is_one_of(rwg__gap_word_before(p, i), TYPE_WORDS) ||
                   ((last == '|' || last == '&') && !doubled);
    if (p->jsx && last == '>' && !(before > 1 && p->seen[before - 2] == '=')) {
        return false; /* JSX text */
    }
    bool spread = last == '.' && before > 2 && p->seen[before - 2] == '.';
    if (!is_type && (rwg__is_name_byte(last) || (last == '.' && !spread))) {
        return false;
    }
    if (!is_type && member) {
        is_type = rwg__gap_byte(p, next) != '(' &&
                  !(rwg__gap_byte(p, next) == '?' && rwg__gap_byte(p, next + 1) == '.');
    } else if (!is_type) {
        is_type = rwg__gap_byte(p, next) == '[' || rwg__gap_byte(p, next) == '<' || last == '<';
    }
    if (!is_type) {
        return false;
    }
    *rwg__vec_push(&p->gaps->types, p->gaps->mem) = (rwg_span){quote, literal_end};
    rwg__gap_blank(p, i, close);
    rwg__gap_put(p, i, '_');
    return true;
}

/* variance: <in T, out U, in out V> */
static bool variance(rwg__patcher *p, uint32_t i) {
    static const char *const NOT_NAMES[] = {"extends", "as", "satisfies", "in", "instanceof", NULL};
    char before = rwg__gap_char_before(p, i);
    if (before != '<' && before != ',' && !rwg__str_eq_c(rwg__gap_word_before(p, i), "const")) {
        return false;
    }
    uint32_t end = rwg__gap_name_end(p, i);
    uint32_t next = rwg__gap_skip_space(p, end);
    if (rwg__gap_is_word(p, i, "in") && rwg__gap_is_word(p, next, "out")) {
        uint32_t behind = rwg__gap_skip_space(p, rwg__gap_name_end(p, next));
        if (rwg__is_name_start(rwg__gap_byte(p, behind)) &&
            !rwg__gap_is_word(p, behind, "extends")) {
            end = rwg__gap_name_end(p, next);
            next = behind;
        }
    }
    if (!rwg__is_name_start(rwg__gap_byte(p, next)) ||
        rwg__gap_is_one_of(rwg__gap_name(p, next), NOT_NAMES) || next == end) {
        return false;
    }
    rwg__gap_blank(p, i, end);
    return true;
}

/* const-type-parameter in places where the grammar has none: <const T>(...) */
static bool const_type_parameter(rwg__patcher *p, uint32_t i) {
    char before = rwg__gap_char_before(p, i);
    uint32_t next = rwg__gap_skip_space(p, i + 5);
    if ((before != '<' && before != ',') || !rwg__is_name_start(rwg__gap_byte(p, next))) {
        return false;
    }
    rwg__gap_blank(p, i, i + 5);
    return true;
}

/* tagged-template: tag<{a: b}>`...` */
static bool tagged_template(rwg__patcher *p, uint32_t i) {
    static const char *const NOT_TAGS[] = {
        "return",
        "typeof",
        "case",
        "in",
        "of",
        "await",
        "new",
        "delete",
        "void",
        "throw",
        "else",
        "yield",
        "do",
        "default",
        "instanceof",
        NULL};
    uint32_t before = rwg__gap_token_end_before(p, i);
    char last = before > 0 ? p->seen[before - 1] : 0;
    if ((!rwg__is_name_byte(last) && last != ')' && last != ']') ||
        rwg__gap_is_one_of(rwg__gap_word_before(p, i), NOT_TAGS)) {
        return false;
    }
    uint32_t close = rwg__gap_close_of(p, i);
    if (close == 0 || rwg__gap_byte(p, rwg__gap_skip_space(p, close)) != '`' ||
        rwg__gap_has_facts(p, i, close)) {
        return false;
    }
    rwg__gap_hide_type(p, i, close);
    return true;
}

/* Where the type arguments begin that end with the `>` before `end`, or p->len. */
static uint32_t angle_before(rwg__patcher *p, uint32_t end) {
    uint32_t angles = 0;
    uint32_t depth = 0;
    for (uint32_t i = end; i-- > 0 && rwg__gap_spend(p, 1);) {
        char c = p->seen[i];
        if (c == ')' || c == ']' || c == '}') {
            depth++;
        } else if (c == '(' || c == '[' || c == '{') {
            if (depth == 0) {
                break;
            }
            depth--;
        } else if (c == ';' && depth == 0) {
            break;
        } else if (c == '>' && depth == 0) {
            angles += i == 0 || p->seen[i - 1] != '=';
        } else if (c == '<' && depth == 0 && --angles == 0) {
            return i;
        }
    }
    return p->len;
}

void rwg__gap_tagged_templates(rwg__patcher *p) {
    for (uint32_t i = 0; i < p->len; i++) {
        const char *tick = memchr(p->seen + i, '`', p->len - i);
        if (!tick) {
            break;
        }
        i = (uint32_t)(tick - p->seen);
        uint32_t end = i;
        while (end > 0 && p->seen[end - 1] == ' ') {
            end--;
        }
        bool closes = end > 1 && p->seen[end - 1] == '>' && p->seen[end - 2] != '=';
        if (closes && !rwg__gap_literal_at(p, i)) {
            uint32_t open = angle_before(p, end);
            if (open < p->len) {
                tagged_template(p, open);
            }
        }
    }
}

/* optional-call-types: a<T>?.(b) */
static bool optional_call(rwg__patcher *p, uint32_t i) {
    uint32_t before = rwg__gap_token_end_before(p, i);
    char last = before > 0 ? p->seen[before - 1] : 0;
    uint32_t close = rwg__is_name_byte(last) || last == ')' ? rwg__gap_close_of(p, i) : 0;
    if (close == 0 || rwg__gap_byte(p, close) != '?' || rwg__gap_byte(p, close + 1) != '.' ||
        rwg__gap_byte(p, close + 2) != '(' || rwg__gap_has_facts(p, i, close)) {
        return false;
    }
    rwg__gap_hide_type(p, i, close);
    return true;
}

/* mapped-type: {[K in T]} and {[K in T]? : U}. Without a type, nothing of it is needed; a mark
 * that is not joined with its colon goes. */
static bool mapped_type(rwg__patcher *p, uint32_t i) {
    uint32_t name = rwg__gap_skip_space(p, i + 1);
    uint32_t word = rwg__gap_skip_space(p, rwg__gap_name_end(p, name));
    uint32_t close = rwg__gap_is_word(p, word, "in") ? rwg__gap_close_of(p, i) : 0;
    if (close == 0 || rwg__gap_has_facts(p, i, close)) {
        return false;
    }
    uint32_t mark = rwg__gap_skip_space(p, close);
    bool sign = rwg__gap_byte(p, mark) == '-' || rwg__gap_byte(p, mark) == '+';
    bool optional = rwg__gap_byte(p, mark + sign) == '?';
    uint32_t next = optional ? rwg__gap_skip_space(p, mark + sign + 1) : mark;
    char c = rwg__gap_byte(p, next);
    if (c == ':' && optional && next > mark + sign + 1) {
        rwg__gap_blank(p, mark, mark + sign + 1);
        return true;
    }
    if (c != '}' && c != ';' && c != ',') {
        return false;
    }
    rwg_str before = rwg__gap_word_before(p, i);
    uint32_t end = c == '}' ? next : next + 1;
    uint32_t start = i;
    if (rwg__str_eq_c(before, "readonly")) {
        start = (uint32_t)(before.ptr - p->seen);
        char mark_before = rwg__gap_char_before(p, start);
        bool marked = mark_before == '+' || mark_before == '-';
        start = marked ? rwg__gap_token_end_before(p, start) - 1 : start;
    }
    rwg__gap_blank(p, start, end);
    return true;
}

/* infer-constraint: (infer U extends T ? A : B), a conditional type. What is hidden of it has no
 * module fact, or the word goes. */
static bool infer_constraint(rwg__patcher *p, uint32_t i) {
    uint32_t name = rwg__gap_skip_space(p, i + 5);
    uint32_t word = rwg__gap_skip_space(p, rwg__gap_name_end(p, name));
    char before = rwg__gap_char_before(p, i);
    if (!rwg__gap_is_word(p, word, "extends") || (before != '(' && before != '[')) {
        return false;
    }
    bool conditional = false;
    uint32_t end = word + 7;
    while (end < p->len && !strchr(")],;", p->seen[end]) && rwg__gap_spend(p, 1)) {
        char c = p->seen[end];
        uint32_t close =
            c == '(' || c == '[' || c == '{' || c == '<' ? rwg__gap_close_of(p, end) : end + 1;
        conditional |= c == '?';
        end = close > 0 ? close : p->len;
    }
    if (!conditional || end >= p->len) {
        return false;
    }
    if (rwg__gap_has_facts(p, word, end)) {
        rwg__gap_blank(p, i, i + 5);
    } else {
        rwg__gap_blank(p, word, end);
    }
    return true;
}

/* type-predicate where the grammar has none: new (a: unknown) => a is T, b: this is T */
static bool type_predicate(rwg__patcher *p, uint32_t i) {
    rwg_str subject = rwg__gap_word_before(p, i);
    uint32_t start = (uint32_t)(subject.ptr - p->seen);
    uint32_t next = rwg__gap_skip_space(p, i + 2);
    char before = subject.len > 0 ? rwg__gap_char_before(p, start) : 0;
    bool type = rwg__is_name_start(rwg__gap_byte(p, next)) || rwg__gap_byte(p, next) == '(';
    if ((before != ':' && before != '>') || !type) {
        return false;
    }
    rwg__gap_blank(p, start, i + 2);
    return true;
}

/* type-predicate, once more: new (a: unknown) => asserts a */
static bool assertion_predicate(rwg__patcher *p, uint32_t i) {
    uint32_t next = rwg__gap_skip_space(p, i + 7);
    if (rwg__gap_char_before(p, i) != '>' || !rwg__is_name_start(rwg__gap_byte(p, next))) {
        return false;
    }
    rwg__gap_blank(p, i, i + 7);
    return true;
}

/* double-angle: f<<T>(a: T) => U>(b) */
static bool double_angle(rwg__patcher *p, uint32_t i) {
    if (rwg__gap_byte(p, i + 1) != '<') {
        return false;
    }
    uint32_t close = rwg__gap_close_of(p, i + 1);
    if (close == 0 || rwg__gap_byte(p, rwg__gap_skip_space(p, close)) != '(') {
        return false;
    }
    rwg__gap_blank(p, i + 1, close);
    return true;
}

void rwg__gap_double_angles(rwg__patcher *p) {
    for (uint32_t i = 1; i + 2 < p->len; i++) {
        const char *found = memchr(p->seen + i, '<', p->len - 2 - i);
        if (!found) {
            break;
        }
        i = (uint32_t)(found - p->seen);
        bool doubled = p->seen[i + 1] == '<' && rwg__is_name_start(p->seen[i + 2]) &&
                       rwg__is_name_byte(p->seen[i - 1]) && !rwg__gap_literal_at(p, i);
        uint32_t close = doubled ? rwg__gap_close_of(p, i + 1) : 0;
        uint32_t behind = rwg__gap_byte(p, close) == '(' ? rwg__gap_close_of(p, close) : 0;
        uint32_t arrow = behind > 0 ? rwg__gap_skip_space(p, behind) : p->len;
        if (rwg__gap_byte(p, arrow) == '=' && rwg__gap_byte(p, arrow + 1) == '>') {
            double_angle(p, i);
        }
    }
}

/* member-separator: a member without a semicolon, and the next line starts with < ( or [ */
static bool member_separator(rwg__patcher *p, uint32_t i) {
    /* Words whose call is a fact, and words after which the line must go on. */
    static const char *const CALLEES[] = {
        "import",       "require", "resolve",    "glob",       "URL",    "Worker",   "accept",
        "SharedWorker", "exports", "extends",    "keyof",      "typeof", "readonly", "infer",
        "is",           "as",      "in",         "of",         "new",    "return",   "case",
        "await",        "yield",   "satisfies",  "implements", "throw",  "default",  "else",
        "unique",       "asserts", "instanceof", "delete",     NULL};
    uint32_t end = rwg__gap_token_end_before(p, i);
    if (end == 0) {
        return false;
    }
    bool new_line = false;
    for (uint32_t k = end; k < i; k++) {
        new_line |= p->seen[k] == '\n';
    }
    if (rwg__gap_is_one_of(rwg__gap_word_before(p, i), CALLEES)) {
        return false;
    }
    char last = p->seen[end - 1];
    bool ends = rwg__is_name_byte(last) || last == ')' || last == ']' || last == '}' ||
                last == '>' || last == '"' || last == '\'';
    bool arrow = last == '>' && end > 1 && p->seen[end - 2] == '=';
    if (!new_line || !ends || arrow || !rwg__is_space(p->seen[end])) {
        return false;
    }
    rwg__gap_put(p, end, ';');
    return true;
}

/* The parenthesis that encloses position i, or p->len; the search is bounded like parameter lists
 * are. */
static uint32_t enclosing_paren(const rwg__patcher *p, uint32_t i) {
    uint32_t depth = 0;
    uint32_t limit = i > 2000 ? i - 2000 : 0;
    while (i > limit) {
        char c = p->seen[--i];
        if (c == ')' || c == '}' || c == ']') {
            depth++;
        } else if (c == '(' || c == '{' || c == '[') {
            if (depth == 0) {
                return c == '(' ? i : p->len;
            }
            depth--;
        }
    }
    return p->len;
}

/* Whether a parenthesis at `open` begins the parameters of a function type: it stands where only a
 * type can. Parameters of real functions keep their patterns, whose names are variables. */
static bool begins_function_type(const rwg__patcher *p, uint32_t open) {
    uint32_t at = open;
    while (at > 0 && rwg__is_space(p->seen[at - 1])) {
        at--;
    }
    char before = at > 0 ? p->seen[at - 1] : ';';
    if (before != '=') {
        return before == ':' || before == '|' || before == '&' || before == '<';
    }
    /* `type F = (…) => …`, by the first word of the statement. */
    while (at > 0 && p->seen[at - 1] != ';' && p->seen[at - 1] != '\n' && p->seen[at - 1] != '}') {
        at--;
    }
    at = rwg__gap_skip_space(p, at);
    while (rwg__gap_is_word(p, at, "export") || rwg__gap_is_word(p, at, "declare")) {
        at = rwg__gap_skip_space(p, rwg__gap_name_end(p, at));
    }
    return rwg__gap_is_word(p, at, "type");
}

/* pattern-parameter: ({a: {b}}: T) => U as a type. The pattern becomes a name. */
static bool pattern_parameter(rwg__patcher *p, uint32_t i) {
    char before = rwg__gap_char_before(p, i);
    if (before != '(' && before != ',') {
        return false;
    }
    uint32_t open = enclosing_paren(p, i);
    if (open == p->len || !begins_function_type(p, open)) {
        return false;
    }
    uint32_t close = rwg__gap_close_of(p, i);
    if (close == 0 || close - i < 2 || rwg__gap_has_facts(p, i, close)) {
        return false;
    }
    uint32_t next = rwg__gap_skip_space(p, close);
    next += rwg__gap_byte(p, next) == '?';
    char c = rwg__gap_byte(p, next);
    if (c == ')' || c == ',') { /* ({a}) => void */
        uint32_t arrow = rwg__gap_skip_space(p, rwg__gap_close_of(p, open));
        c = rwg__gap_byte(p, arrow) == '=' && rwg__gap_byte(p, arrow + 1) == '>' ? ':' : c;
    }
    if (c != ':') {
        return false;
    }
    rwg__gap_blank(p, i, close);
    rwg__gap_put(p, i, '_');
    return true;
}

/* type-name-parameter: (string) => void, typeof string, string.a: where `string` is a name of the
 * user's */
static bool type_name_parameter(rwg__patcher *p, uint32_t i) {
    static const char *const NAMES[] = {
        "any",
        "number",
        "boolean",
        "string",
        "symbol",
        "object",
        "void",
        "unknown",
        "never",
        "undefined",
        NULL};
    if (!rwg__gap_is_one_of(rwg__gap_name(p, i), NAMES)) {
        return false;
    }
    uint32_t member = rwg__gap_skip_space(p, rwg__gap_name_end(p, i));
    bool qualifies = rwg__gap_byte(p, member) == '.' && rwg__gap_byte(p, member + 1) != '.';
    if (qualifies || rwg__str_eq_c(rwg__gap_word_before(p, i), "typeof")) {
        rwg__gap_put(p, i, '_');
        return true;
    }
    char before = rwg__gap_char_before(p, i);
    if (before != '(' && before != ',' && before != '.') {
        return false;
    }
    uint32_t next = rwg__gap_skip_space(p, rwg__gap_name_end(p, i));
    if (rwg__gap_byte(p, next) != ')' && rwg__gap_byte(p, next) != ',' &&
        rwg__gap_byte(p, next) != ':' && rwg__gap_byte(p, next) != '?') {
        return false;
    }
    rwg__gap_put(p, i, '_');
    return true;
}

/* keyof-readonly: keyof readonly T[] */
static bool keyof_readonly(rwg__patcher *p, uint32_t i) {
    if (!rwg__str_eq_c(rwg__gap_word_before(p, i), "keyof")) {
        return false;
    }
    rwg__gap_blank(p, i, rwg__gap_name_end(p, i));
    return true;
}

/* member-separator, once more: a member called `in` continues the line before */
static bool member_called_in(rwg__patcher *p, uint32_t i) {
    uint32_t next = rwg__gap_skip_space(p, rwg__gap_name_end(p, i));
    bool member = rwg__gap_byte(p, next) == ':' ||
                  (rwg__gap_byte(p, next) == '?' && rwg__gap_byte(p, next + 1) == ':');
    return member && member_separator(p, i);
}

/* nested-global: global {} inside of declare module "x" {} */
static bool nested_global(rwg__patcher *p, uint32_t i) {
    char before = rwg__gap_char_before(p, i);
    if ((before != '{' && before != '}' && before != ';') ||
        rwg__gap_byte(p, rwg__gap_skip_space(p, i + 6)) != '{') {
        return false;
    }
    rwg__gap_blank(p, i, i + 6);
    return true;
}

/* --- Trying --- */

void rwg__gap_try_type_word(rwg__patcher *p, uint32_t i) {
    static const struct {
        const char *word;
        bool (*rule)(rwg__patcher *p, uint32_t i);
    } RULES[] = {
        {"in", variance},
        {"out", variance},
        {"in", member_called_in},
        {"const", const_type_parameter},
        {"global", nested_global},
        {"readonly", keyof_readonly},
        {"infer", infer_constraint},
        {"is", type_predicate},
        {"asserts", assertion_predicate},
    };

    rwg_str name = rwg__gap_name(p, i);
    for (size_t k = 0; k < sizeof RULES / sizeof RULES[0]; k++) {
        if (rwg__str_eq_c(name, RULES[k].word) && RULES[k].rule(p, i)) {
            return;
        }
    }
    type_name_parameter(p, i);
}

void rwg__gap_try_type_bracket(rwg__patcher *p, uint32_t i) {
    char c = p->seen[i];
    bool patched =
        p->typescript &&
        ((c == '<' && (tagged_template(p, i) || double_angle(p, i) || optional_call(p, i))) ||
         (c == '{' && pattern_parameter(p, i)) ||
         (c == '[' && (mapped_type(p, i) || pattern_parameter(p, i))));
    if (!patched && c != '{') {
        member_separator(p, i);
    }
}

/* TypeScript only: every import("s") in a type is patched at once, since one file has hundreds of
 * them. */
void rwg__gap_import_types(rwg__patcher *p) {
    for (uint32_t i = 0; i < p->len;) {
        char c = p->seen[i];
        const rwg__literal *literal = rwg__gap_literal_at(p, i);
        if (literal) {
            i = literal->span.end;
            continue;
        }
        bool comment =
            c == '/' && (rwg__gap_byte(p, i + 1) == '/' || rwg__gap_byte(p, i + 1) == '*');
        if (comment && !(i > 0 && p->seen[i - 1] == ':')) {
            i = rwg__gap_skip_space(p, i);
        } else if (c == '"' || c == '\'') {
            i = rwg__gap_string_end(p, i);
        } else if (rwg__is_name_byte(c)) {
            if (rwg__gap_is_word(p, i, "import")) {
                import_type(p, i);
            }
            i = rwg__gap_name_end(p, i);
        } else {
            i++;
        }
    }
}
