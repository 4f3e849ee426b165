/* The prologue, and import and export statements of the program.
 *
 * An import statement is short and read to its end here. Of an export declaration only the head is:
 * what follows (parameters, a body, an initialiser) goes back to the pass, since it may hold calls.
 * One thing in it matters here, too: the further names of `export const a = ..., b = ...`. So the
 * pass lends every run of level 0 between two interesting bytes to rwg__scan_segment, which finds
 * the commas, and the end of the statement by the rules of automatic semicolon insertion. Such a
 * run holds no bracket, literal or comment. */
#include "base/str.h"
#include "syntax/prescan_scan.h"

#include <string.h>

/* --- words of a statement --------------------------------------------------------------------- */

/* The next token: [start, end) is a word, or one byte, or empty at the end of the text. */
typedef struct token {
    uint32_t start;
    uint32_t end;
    uint8_t byte; /* 0: a word or the end */
} token;

static token next_token(const rwg__scan *s, uint32_t pos) {
    token t = {.start = rwg__text_skip(s, pos)};
    t.end = rwg__text_word_end(s, t.start);
    if (t.end == t.start && t.start < s->len) {
        t.byte = s->s[t.start];
        t.end++;
    }
    return t;
}

static bool is_word(token t) {
    return t.byte == 0 && t.end > t.start;
}

static bool token_is(const rwg__scan *s, token t, const char *word) {
    return is_word(t) && rwg__text_is(s, t.start, t.end, word);
}

static bool is_quote(uint8_t c) {
    return c == '"' || c == '\'';
}

static bool on_new_line(const rwg__scan *s, uint32_t from, uint32_t to) {
    return memchr(s->s + from, '\n', to - from) != NULL ||
           memchr(s->s + from, '\r', to - from) != NULL;
}

/* --- prologue --------------------------------------------------------------------------------- */

/* After a string that begins a statement: is it all of the statement? */
static bool ends_directive(const rwg__scan *s, uint32_t end, token after) {
    if (after.start >= s->len || after.byte == ';' || after.byte == '}') {
        return true;
    }
    if (!on_new_line(s, end, after.start)) {
        return false;
    }
    if (is_word(after)) {
        static const char *const operators[] = {"in", "instanceof", NULL};
        return !rwg__text_is_any(s, after.start, after.end, operators);
    }
    if (after.byte == '+' || after.byte == '-') {
        return after.end < s->len && s->s[after.end] == after.byte; /* ++a on a line of its own */
    }
    return is_quote(after.byte) || after.byte == '{' || after.byte == '@' || after.byte == '#' ||
           after.byte == '~';
}

/* Copies the comments about JSX among the white space and comments from pos to end. */
static void copy_pragmas(rwg__scan *s, uint32_t pos, uint32_t end) {
    while (s->jsx && pos < end) {
        if (s->s[pos] != '/') {
            pos++;
            continue;
        }
        uint32_t behind = rwg__text_comment(s, pos);
        if (behind == 0 || behind > end) {
            return; /* it does not end: the whole file will be parsed */
        }
        rwg_str comment = {(const char *)s->s + pos, behind - pos};
        if (rwg__str_contains(comment, RWG_STR("@jsx"))) {
            rwg__digest_piece(s, pos, behind);
            rwg__digest_glue(s, "\n");
            s->asks_for_jsx = true;
        }
        pos = behind;
    }
}

uint32_t rwg__scan_prologue(rwg__scan *s) {
    uint32_t pos = 0;
    if (s->len >= 3 && memcmp(s->s, "\xEF\xBB\xBF", 3) == 0) {
        pos = 3;
    }
    s->begin = pos;
    if (s->len - pos >= 2 && memcmp(s->s + pos, "#!", 2) == 0) {
        pos = rwg__text_find4(s, pos, '\n', '\r', '\n', '\n');
    }
    s->comment_end = pos; /* like a comment, these are nothing that a slash could divide */
    token t = next_token(s, pos);
    copy_pragmas(s, pos, t.start);
    while (is_quote(t.byte)) {
        uint32_t end = rwg__text_string(s, t.start);
        if (end == 0) {
            return rwg__scan_doubt(s, t.start, "a string does not end");
        }
        token after = next_token(s, end);
        if (after.start < s->len && rwg__text_odd_space(s, after.start)) {
            return rwg__scan_doubt(s, after.start, "white space that may end a directive");
        }
        if (!ends_directive(s, end, after)) {
            break;
        }
        rwg__digest_piece(s, t.start, end);
        rwg__digest_glue(s, ";\n");
        pos = after.byte == ';' ? after.end : end;
        t = next_token(s, pos);
        copy_pragmas(s, end, t.start);
    }
    if (t.start < s->len && rwg__text_odd_space(s, t.start)) {
        return rwg__scan_doubt(s, t.start, "white space that may hide a directive");
    }
    return pos;
}

/* --- import ----------------------------------------------------------------------------------- */

/* Copies a statement that ends at end or at a ';' after it. */
static uint32_t copy_statement(rwg__scan *s, uint32_t start, uint32_t end) {
    token after = next_token(s, end);
    rwg__digest_piece(s, start, end);
    rwg__digest_glue(s, ";\n");
    return after.byte == ';' ? after.end : end;
}

/* From the '{' of names or attributes to after its '}', which no name can contain; 0 if it does not
 * end. */
static uint32_t skip_braces(const rwg__scan *s, uint32_t brace) {
    for (token t = next_token(s, brace + 1); t.start < s->len; t = next_token(s, t.end)) {
        if (t.byte == '}') {
            return t.end;
        }
        if (is_quote(t.byte)) {
            t.end = rwg__text_string(s, t.start);
            if (t.end == 0) {
                return 0;
            }
        } else if (!is_word(t) && t.byte != ',' && t.byte != ':') {
            return 0;
        }
    }
    return 0;
}

/* After `from`: the specifier, and attributes if there are any. */
static uint32_t copy_from(rwg__scan *s, uint32_t start, token specifier) {
    uint32_t end = is_quote(specifier.byte) ? rwg__text_string(s, specifier.start) : 0;
    if (end == 0) {
        return rwg__scan_doubt(s, specifier.start, "a statement without its specifier");
    }
    token with = next_token(s, end);
    if (token_is(s, with, "with") || token_is(s, with, "assert")) {
        token brace = next_token(s, with.end);
        if (brace.byte == '{') {
            end = skip_braces(s, brace.start);
            if (end == 0) {
                return rwg__scan_doubt(s, with.start, "import attributes do not end");
            }
        }
    }
    return copy_statement(s, start, end);
}

/* After `import a =`: require("s"), or a.b.c. */
static uint32_t copy_import_equals(rwg__scan *s, uint32_t start, token value) {
    if (!is_word(value)) {
        return rwg__scan_doubt(s, value.start, "an import without its value");
    }
    uint32_t end = value.end;
    token t = next_token(s, end);
    if (t.byte == '(') {
        token literal = next_token(s, t.end);
        end = is_quote(literal.byte) ? rwg__text_string(s, literal.start) : 0;
        token close = next_token(s, end);
        if (end == 0 || close.byte != ')') {
            return rwg__scan_doubt(s, value.start, "an import without its value");
        }
        return copy_statement(s, start, close.end);
    }
    while (t.byte == '.') {
        token name = next_token(s, t.end);
        if (!is_word(name)) {
            return rwg__scan_doubt(s, name.start, "an import without its value");
        }
        end = name.end;
        t = next_token(s, end);
    }
    return copy_statement(s, start, end);
}

/* From the token after `import`; start is where the statement begins. */
static uint32_t import_from(rwg__scan *s, uint32_t start, token t) {
    if (is_quote(t.byte)) {
        uint32_t end = rwg__text_string(s, t.start);
        bool names = end != 0 && token_is(s, next_token(s, end), "from");
        return names ? rwg__scan_doubt(s, t.start, "a string among the names of an import")
                     : copy_from(s, start, t);
    }
    while (t.start < s->len) {
        token next = next_token(s, t.end);
        if (t.byte == '{') {
            uint32_t end = skip_braces(s, t.start);
            if (end == 0) {
                break;
            }
            next = next_token(s, end);
        } else if (t.byte == '=') {
            return copy_import_equals(s, start, next);
        } else if (token_is(s, t, "from") && is_quote(next.byte)) {
            return copy_from(s, start, next);
        } else if (!is_word(t) && t.byte != ',' && t.byte != '*') {
            break;
        }
        t = next;
    }
    return rwg__scan_doubt(s, t.start, "an import statement that does not end");
}

uint32_t rwg__scan_import(rwg__scan *s, uint32_t start) {
    s->watch = false;
    return import_from(s, start, next_token(s, start + 6));
}

/* --- export ----------------------------------------------------------------------------------- */

/* Copies the head of a declaration up to end and writes the rest of a small one. */
static uint32_t copy_head(rwg__scan *s, uint32_t start, uint32_t end, const char *rest) {
    rwg__digest_piece(s, start, end);
    rwg__digest_glue(s, rest);
    return end;
}

/* After `export {`: names, and perhaps a specifier. */
static uint32_t export_list(rwg__scan *s, uint32_t start, uint32_t brace) {
    uint32_t end = skip_braces(s, brace);
    if (end == 0) {
        return rwg__scan_doubt(s, brace, "a list of exports that does not end");
    }
    token from = next_token(s, end), specifier = next_token(s, from.end);
    if (token_is(s, from, "from") && is_quote(specifier.byte)) {
        return copy_from(s, start, specifier);
    }
    return copy_statement(s, start, end);
}

/* After `export *`. */
static uint32_t export_star(rwg__scan *s, uint32_t start, token t) {
    if (token_is(s, t, "as")) {
        token name = next_token(s, t.end);
        uint32_t end = is_quote(name.byte) ? rwg__text_string(s, name.start) : name.end;
        if (end == 0) {
            return rwg__scan_doubt(s, t.start, "a name that does not end");
        }
        t = next_token(s, end);
    }
    if (!token_is(s, t, "from")) {
        return rwg__scan_doubt(s, t.start, "export * without from");
    }
    return copy_from(s, start, next_token(s, t.end));
}

/* After `function`: `*` and the name, if there are any. */
static uint32_t export_function(rwg__scan *s, uint32_t start, token keyword) {
    token t = next_token(s, keyword.end);
    uint32_t end = keyword.end;
    if (t.byte == '*') {
        end = t.end;
        t = next_token(s, end);
    }
    return copy_head(s, start, is_word(t) ? t.end : end, "(){}\n");
}

/* After `class`: the name, unless it has none. */
static uint32_t export_class(rwg__scan *s, uint32_t start, token keyword) {
    token t = next_token(s, keyword.end);
    bool named = is_word(t) && !token_is(s, t, "extends") && !token_is(s, t, "implements");
    return copy_head(s, start, named ? t.end : keyword.end, "{}\n");
}

/* After const, let or var, or a ',' between declarators. first: the statement from start on is
 * copied. */
static uint32_t export_binding(rwg__scan *s, uint32_t start, token t, bool first) {
    s->watch = true;
    s->initializer = false;
    s->segment = t.end;
    if (is_word(t)) {
        if (!first) {
            rwg__digest_glue(s, "export let ");
        }
        return copy_head(s, first ? start : t.start, t.end, ";\n");
    }
    if (t.byte != '{' && t.byte != '[') {
        return rwg__scan_doubt(s, t.start, "an exported variable without a name");
    }
    s->copy = first ? RWG__COPY_PATTERN : RWG__COPY_NEXT;
    s->copy_start = first ? start : t.start;
    s->copy_level = s->out->levels.len;
    rwg__scan_open(s, t.start, t.byte);
    return t.end;
}

static uint32_t export_variables(rwg__scan *s, uint32_t start, token keyword) {
    token t = next_token(s, keyword.end);
    if (token_is(s, t, "enum")) {
        token name = next_token(s, t.end);
        return copy_head(s, start, name.end, "{}\n");
    }
    s->angle_doubt = false;
    s->gap_until = 0;
    return export_binding(s, start, t, true);
}

/* After `export type`: a list, a star or an alias. */
static uint32_t export_type(rwg__scan *s, uint32_t start, token t) {
    if (t.byte == '{') {
        return export_list(s, start, t.start);
    }
    if (t.byte == '*') {
        return export_star(s, start, next_token(s, t.end));
    }
    if (!is_word(t)) {
        return rwg__scan_doubt(s, t.start, "an exported type without a name");
    }
    return copy_head(s, start, t.end, "=0;\n");
}

/* namespace a.b.c, and module "s", which exports nothing. */
static uint32_t export_namespace(rwg__scan *s, uint32_t start, token t) {
    if (!is_word(t)) {
        return t.start;
    }
    for (token dot = next_token(s, t.end); dot.byte == '.'; dot = next_token(s, t.end)) {
        t = next_token(s, dot.end);
    }
    return copy_head(s, start, t.end, "{}\n");
}

/* A declaration, t being its first word after `export`. 0: it is none. */
static uint32_t export_declaration(rwg__scan *s, uint32_t start, token t) {
    while (token_is(s, t, "declare") || token_is(s, t, "abstract") || token_is(s, t, "async")) {
        token next = next_token(s, t.end);
        if (!is_word(next)) {
            return 0;
        }
        t = next;
    }
    token next = next_token(s, t.end);
    if (token_is(s, t, "function")) {
        return export_function(s, start, t);
    }
    if (token_is(s, t, "class")) {
        return export_class(s, start, t);
    }
    if (token_is(s, t, "const") || token_is(s, t, "let") || token_is(s, t, "var")) {
        return export_variables(s, start, t);
    }
    if (token_is(s, t, "interface") || token_is(s, t, "enum")) {
        return is_word(next) ? copy_head(s, start, next.end, "{}\n") : 0;
    }
    if (token_is(s, t, "type")) {
        return export_type(s, start, next);
    }
    if (token_is(s, t, "namespace") || token_is(s, t, "module")) {
        return export_namespace(s, start, next);
    }
    return 0;
}

static uint32_t export_default(rwg__scan *s, uint32_t start, token keyword) {
    token t = next_token(s, keyword.end), next = next_token(s, t.end);
    if (t.byte == '@') {
        return rwg__scan_doubt(s, t.start, "decorators after export");
    }
    bool function =
        token_is(s, t, "function") || (token_is(s, t, "async") && token_is(s, next, "function"));
    bool class =
        token_is(s, t, "class") || (token_is(s, t, "abstract") && token_is(s, next, "class"));
    bool interface = token_is(s, t, "interface") && is_word(next);
    if (function || class || interface) {
        return export_declaration(s, start, t);
    }
    static const char *const never[] = {
        "const",
        "let",
        "var",
        "enum",
        "declare",
        "namespace",
        "module",
        "type",
        NULL,
    };
    if (is_word(t) && is_word(next) && rwg__text_is_any(s, t.start, t.end, never)) {
        return rwg__scan_doubt(s, t.start, "a declaration that cannot be a default");
    }
    return copy_head(s, start, keyword.end, "{};\n");
}

uint32_t rwg__scan_export(rwg__scan *s, uint32_t start) {
    s->watch = false;
    token t = next_token(s, start + 6);
    if (on_new_line(s, start + 6, t.start)) {
        rwg__digest_piece(
            s, start, start + 6
        ); /* on its own line the grammars take it for a name */
        rwg__digest_glue(s, " ");
        start = t.start;
    }
    switch (t.byte) {
    case '{': return export_list(s, start, t.start);
    case '*': return export_star(s, start, next_token(s, t.end));
    case '=': return copy_head(s, start, t.end, "{};\n");
    default: break;
    }
    if (token_is(s, t, "default")) {
        return export_default(s, start, t);
    }
    if (token_is(s, t, "import")) {
        return import_from(s, start, next_token(s, t.end));
    }
    if (token_is(s, t, "as")) {
        token name = next_token(s, next_token(s, t.end).end);
        return copy_statement(s, start, name.end);
    }
    uint32_t end = export_declaration(s, start, t);
    return end != 0 ? end : rwg__scan_doubt(s, start, "an export of unknown form");
}

/* --- further declarators ---------------------------------------------------------------------- */

/* A newline at pos within the statement: does it end there? */
static bool newline_ends(rwg__scan *s, uint32_t pos) {
    token after = next_token(s, pos);
    s->gap_until = after.start;
    if (after.start >= s->len) {
        return true;
    }
    uint32_t end = rwg__scan_before(s, pos);
    uint8_t last = end > 0 ? s->s[end - 1] : 0;
    bool complete = last == '}' || last == ')' || rwg__scan_expect(s, pos) != RWG__EXPECT_OPERAND;
    if (last == '.' || !complete) {
        return false;
    }
    if (is_word(after)) {
        static const char *const operators[] = {"in", "instanceof", "extends", NULL};
        return !rwg__text_is_any(s, after.start, after.end, operators);
    }
    if (after.byte == '+' || after.byte == '-') {
        return after.end < s->len && s->s[after.end] == after.byte;
    }
    return is_quote(after.byte) || after.byte == '@' || after.byte == '#';
}

/* Type arguments and parameters are skipped: their commas separate no variables. In an initialiser
 * `a < b, c > d` could be two variables, but not what follows the '>' of type arguments. */
void rwg__scan_angle(rwg__scan *s, uint32_t less) {
    if (!s->typescript || less < s->angle_until) {
        return;
    }
    uint32_t stop = s->len - less > s->angle_budget ? less + s->angle_budget : s->len;
    uint32_t end = rwg__text_angles(s, less, &stop);
    if (end == 0) {
        s->angle_budget -= stop - less;
        s->angle_doubt = true;
        return;
    }
    uint32_t next = rwg__text_skip(s, end);
    bool operand = next < s->len && (rwg__is_word(s->s[next]) || is_quote(s->s[next]));
    s->angle_doubt = s->angle_doubt || (s->initializer && operand && !on_new_line(s, end, next));
    s->angle_until = end;
}

/* The '=' of a declarator's initialiser, and of nothing else. */
static bool is_assignment(const rwg__scan *s, uint32_t pos) {
    uint8_t before = pos > 0 ? s->s[pos - 1] : 0, after = pos + 1 < s->len ? s->s[pos + 1] : 0;
    return after != '=' && after != '>' && before != '=' && before != '!' && before != '<' &&
           before != '>';
}

/* A ',' at pos: the next variable. Returns as rwg__scan_segment. */
static uint32_t on_comma(rwg__scan *s, uint32_t pos) {
    if (s->angle_doubt) {
        return rwg__scan_doubt(s, pos, "type arguments or a list of variables");
    }
    token t = next_token(s, pos + 1);
    uint32_t next = export_binding(s, t.start, t, false);
    return s->copy != RWG__COPY_NONE || !s->out->sure ? next : 0;
}

uint32_t rwg__scan_segment(rwg__scan *s, uint32_t pos) {
    for (uint32_t i = s->segment; i < pos && s->watch; i++) {
        bool in_angles = i < s->angle_until;
        uint32_t next = 0;
        switch (in_angles ? 0 : s->s[i]) {
        case ',': next = on_comma(s, i); break;
        case '<': rwg__scan_angle(s, i); break;
        case '=': s->initializer = s->initializer || is_assignment(s, i); break;
        case '\n':
        case '\r': s->watch = i < s->gap_until || !newline_ends(s, i); break;
        case ';': s->watch = false; break;
        default: break;
        }
        if (next != 0) {
            return next;
        }
    }
    return 0;
}
