/* What a position means, found by looking back at the text that is already behind the pass.
 *
 * Looking back needs no tokens: before a position lie white space, comments (the last run of them
 * is remembered, so that no line is searched for a //), and then a word or a single byte that
 * decides. What cannot be decided so is doubt, never a guess. Strings and regular expressions need
 * no care: their last byte is a quote, or regex_end knows it. */
#include "syntax/prescan_scan.h"

#include <string.h>

/* Offset after the last byte before pos that is neither white space nor in the comments
 * [comment_start, comment_end). */
static uint32_t
before(const rwg__scan *s, uint32_t pos, uint32_t comment_start, uint32_t comment_end) {
    for (;;) {
        while (pos > 0 && rwg__is_space(s->s[pos - 1])) {
            pos--;
        }
        /* A line comment may end with white space. */
        if (pos <= comment_start || pos > comment_end) {
            return pos;
        }
        pos = comment_start;
    }
}

uint32_t rwg__scan_before(const rwg__scan *s, uint32_t pos) {
    return before(s, pos, s->comment_start, s->comment_end);
}

static uint32_t before_level(const rwg__scan *s, const rwg__scan_level *level) {
    return before(s, level->open, level->comment_start, level->comment_end);
}

bool rwg__scan_is_member(const rwg__scan *s, uint32_t start) {
    if (start > 0 && s->s[start - 1] == '#') {
        return true;
    }
    uint32_t end = rwg__scan_before(s, start);
    bool dot = end > 0 && s->s[end - 1] == '.';
    return dot && !(end > 1 && s->s[end - 2] == '.'); /* ...spread */
}

/* --- regular expression or division ----------------------------------------------------------- */

static rwg__expect expect_after_word(const rwg__scan *s, uint32_t end) {
    static const char *const operand[] = {
        "return",
        "typeof",
        "instanceof",
        "in",
        "new",
        "delete",
        "void",
        "throw",
        "case",
        "do",
        "else",
        "default",
        NULL,
    };
    static const char *const either[] = {"of", "await", "yield", NULL};
    uint32_t start = rwg__text_word_start(s, end);
    if (rwg__text_odd_space(s, end - 1)) {
        return RWG__EXPECT_DOUBT;
    }
    if (start > 0 && (s->s[start - 1] == '.' || s->s[start - 1] == '#')) {
        bool spread = start > 1 && s->s[start - 2] == '.';
        if (!spread) {
            return RWG__EXPECT_OPERATOR;
        }
    }
    if (rwg__text_is_any(s, start, end, operand)) {
        return RWG__EXPECT_OPERAND;
    }
    return rwg__text_is_any(s, start, end, either) ? RWG__EXPECT_DOUBT : RWG__EXPECT_OPERATOR;
}

/* A word ends at `end` after which parentheses hold a condition, and then a statement follows. */
static bool is_control(const rwg__scan *s, uint32_t end) {
    static const char *const control[] = {
        "if",
        "for",
        "while",
        "with",
        "switch",
        "catch",
        "await",
        NULL,
    };
    uint32_t start = rwg__text_word_start(s, end);
    if (start == end || !rwg__text_is_any(s, start, end, control)) {
        return false;
    }
    return start == 0 || (s->s[start - 1] != '.' && s->s[start - 1] != '#');
}

typedef enum paren_role {
    PAREN_CONTROL,
    PAREN_OTHER,
    PAREN_DOUBT
} paren_role;

/* if (...), for await (...), or a call, parameters, a group: of a '(' that closed long ago. The
 * comments before it are forgotten, so only what stands on the same line without one is believed.
 */
static paren_role role_of_paren(const rwg__scan *s, uint32_t paren) {
    uint32_t end = paren;
    while (end > 0 && (s->s[end - 1] == ' ' || s->s[end - 1] == '\t')) {
        end--;
    }
    if (end > 0 && (rwg__is_space(s->s[end - 1]) || s->s[end - 1] == '/')) {
        return PAREN_DOUBT;
    }
    return is_control(s, end) ? PAREN_CONTROL : PAREN_OTHER;
}

typedef enum brace_role {
    BRACE_BLOCK,
    BRACE_TRY,
    BRACE_OBJECT,
    BRACE_ARROW,    /* the body of => */
    BRACE_FUNCTION, /* a function's or class's body, or a namespace's or enum's */
    BRACE_PLAIN,    /* a block or an object */
    BRACE_DOUBT,    /* perhaps a function's */
} brace_role;

static brace_role role_after_word(const rwg__scan *s, uint32_t end) {
    static const char *const block[] = {"else", "do", "finally", "catch", NULL};
    static const char *const object[] = {
        "return",
        "typeof",
        "instanceof",
        "in",
        "new",
        "delete",
        "void",
        "throw",
        "case",
        "of",
        "yield",
        "await",
        "default",
        NULL,
    };
    uint32_t start = rwg__text_word_start(s, end);
    if (rwg__text_odd_space(s, end - 1)) {
        return BRACE_DOUBT;
    }
    if (rwg__text_is(s, start, end, "try")) {
        return BRACE_TRY;
    }
    if (rwg__text_is_any(s, start, end, block)) {
        return BRACE_BLOCK;
    }
    return rwg__text_is_any(s, start, end, object) ? BRACE_OBJECT : BRACE_FUNCTION;
}

/* The word in front of start, and whether it says that a body follows its name: class A \n {. */
static bool is_headed(const rwg__scan *s, uint32_t start) {
    static const char *const heads[] = {
        "class",
        "extends",
        "implements",
        "interface",
        "enum",
        "namespace",
        "module",
        "function",
        NULL,
    };
    while (start > 0 && (s->s[start - 1] == ' ' || s->s[start - 1] == '*')) {
        start--;
    }
    return rwg__text_is_any(s, rwg__text_word_start(s, start), start, heads);
}

/* A brace on a new line may be a block of its own, behind a statement without a semicolon, where
 * one on the line would be a body. */
static brace_role
role_on_new_line(const rwg__scan *s, const rwg__scan_level *brace, uint32_t end, brace_role role) {
    if (role != BRACE_FUNCTION || memchr(s->s + end, '\n', brace->open - end) == NULL) {
        return role;
    }
    uint32_t name = s->s[end - 1] == ')' ? brace->paren_open : end;
    while (name > 0 && s->s[name - 1] == ' ') {
        name--;
    }
    uint32_t start = rwg__text_name_start(s, name);
    return is_headed(s, start) || is_headed(s, name) ? BRACE_FUNCTION : BRACE_DOUBT;
}

static brace_role role_on_line(const rwg__scan *s, const rwg__scan_level *brace, uint32_t end) {
    if (end == 0) {
        return BRACE_BLOCK;
    }
    uint8_t c = s->s[end - 1];
    if (rwg__is_word(c)) {
        return role_after_word(s, end);
    }
    switch (c) {
    case ')':
        switch (role_of_paren(s, brace->paren_open)) {
        case PAREN_CONTROL: return BRACE_BLOCK;
        case PAREN_OTHER: return BRACE_FUNCTION;
        case PAREN_DOUBT: return BRACE_DOUBT;
        }
        return BRACE_DOUBT;
    case '>': return end > 1 && s->s[end - 2] == '=' ? BRACE_ARROW : BRACE_FUNCTION;
    case ']':
    case '"':
    case '\'':
    case '`': return BRACE_FUNCTION; /* after a return type, or a module's name */
    case '}': return s->typescript ? BRACE_DOUBT : BRACE_BLOCK; /* (): {a: b} { */
    case ';':
    case '{': return BRACE_BLOCK;
    case ':': return BRACE_PLAIN;
    default: return BRACE_OBJECT;
    }
}

static brace_role role_of_brace(const rwg__scan *s, const rwg__scan_level *brace) {
    uint32_t end = before_level(s, brace);
    return role_on_new_line(s, brace, end, role_on_line(s, brace, end));
}

static rwg__expect expect_after_brace(const rwg__scan *s) {
    switch (role_of_brace(s, &s->brace)) {
    case BRACE_BLOCK:
    case BRACE_TRY: return RWG__EXPECT_OPERAND;
    case BRACE_OBJECT: return RWG__EXPECT_OPERATOR;
    case BRACE_ARROW:
    case BRACE_FUNCTION:
    case BRACE_PLAIN:
    case BRACE_DOUBT: return RWG__EXPECT_DOUBT;
    }
    return RWG__EXPECT_DOUBT;
}

/* After a '!', which in TypeScript may follow its operand: a! / b. */
static rwg__expect expect_after_bang(const rwg__scan *s, uint32_t bang) {
    if (!s->typescript || bang == 0) {
        return RWG__EXPECT_OPERAND;
    }
    uint8_t c = s->s[bang - 1];
    if (rwg__is_word(c)) {
        return expect_after_word(s, bang);
    }
    return c == ')' || c == ']' || c == '}' ? RWG__EXPECT_DOUBT : RWG__EXPECT_OPERAND;
}

rwg__expect rwg__scan_expect(const rwg__scan *s, uint32_t pos) {
    uint32_t end = rwg__scan_before(s, pos);
    if (end == 0) {
        return RWG__EXPECT_OPERAND;
    }
    if (end == s->regex_end || end == s->jsx_end) {
        return RWG__EXPECT_OPERATOR;
    }
    uint8_t c = s->s[end - 1];
    if (rwg__is_word(c)) {
        return expect_after_word(s, end);
    }
    switch (c) {
    case ')':
        return is_control(s, before_level(s, &s->paren)) ? RWG__EXPECT_OPERAND
                                                         : RWG__EXPECT_OPERATOR;
    case '}': return expect_after_brace(s);
    case ']':
    case '"':
    case '\'':
    case '`': return RWG__EXPECT_OPERATOR;
    case '+':
    case '-': /* a++ / b; nothing can be incremented that a slash begins */
        return end > 1 && s->s[end - 2] == c ? RWG__EXPECT_OPERATOR : RWG__EXPECT_OPERAND;
    case '!': return expect_after_bang(s, end - 1);
    case '>': return end > 1 && s->s[end - 2] == '=' ? RWG__EXPECT_OPERAND : RWG__EXPECT_DOUBT;
    case '.': return end > 1 && s->s[end - 2] == '.' ? RWG__EXPECT_OPERAND : RWG__EXPECT_DOUBT;
    case '\\':
    case '@':
    case '#': return RWG__EXPECT_DOUBT;
    default: return RWG__EXPECT_OPERAND;
    }
}

/* --- what encloses ---------------------------------------------------------------------------- */

/* Walks back from upto, directly inside level, to see whether it is still in the expression that is
 * the body of level's last arrow. That ends at a ',' or ';', and where two operands stand side by
 * side: there a newline has ended a statement. A bracket that closes is not walked over: what that
 * leaves open is doubt. A few steps decide or nothing does. word: at upto a word begins. */
#define ARROW_STEPS 64u

static uint8_t arrow_context(
    const rwg__scan *s,
    const rwg__scan_level *level,
    uint32_t upto,
    uint32_t comment_start,
    uint32_t comment_end,
    bool word
) {
    static const char *const statement[] = {
        "const",
        "let",
        "var",
        "if",
        "else",
        "for",
        "while",
        "do",
        "try",
        "switch",
        "case",
        "return",
        "throw",
        "export",
        "import",
        "function",
        "class",
        NULL,
    };
    static const char *const operators[] = {
        "typeof",
        "new",
        "void",
        "delete",
        "await",
        "async",
        "in",
        "of",
        "instanceof",
        "as",
        "satisfies",
        "yield",
        NULL,
    };
    if (level->arrow == 0) {
        return 0;
    }
    uint32_t at = upto;
    for (uint32_t steps = 0; steps < ARROW_STEPS; steps++) {
        at = before(s, at, comment_start, comment_end);
        if (at <= level->arrow + 2) {
            return RWG__CONTEXT_FUNCTION;
        }
        uint8_t c = s->s[at - 1];
        if (rwg__is_word(c)) {
            uint32_t start = rwg__text_name_start(s, at);
            if (start > 0 && rwg__is_word(s->s[start - 1])) {
                return RWG__CONTEXT_DOUBT;
            }
            bool joins = rwg__text_is_any(s, start, at, operators);
            if (rwg__text_is_any(s, start, at, statement) || (word && !joins)) {
                return 0;
            }
            word = !joins;
            at = start;
            continue;
        }
        switch (c) {
        case ';':
        case ',': return 0;
        case ')':
        case ']':
        case '}':
        case '"':
        case '\'':
        case '`': return word ? 0 : RWG__CONTEXT_DOUBT;
        case '/': return RWG__CONTEXT_DOUBT;
        default: word = false; at--;
        }
    }
    return RWG__CONTEXT_DOUBT;
}

/* The same for the whole of an inner level. A block is a statement of its own. */
static uint8_t
arrow_around(const rwg__scan *s, const rwg__scan_level *outer, const rwg__scan_level *inner) {
    if (outer->arrow == 0) {
        return 0;
    }
    if (inner->kind == RWG__LEVEL_TEMPLATE) {
        return RWG__CONTEXT_DOUBT; /* before it lies the template's text */
    }
    if (inner->kind == '{') {
        brace_role role = role_of_brace(s, inner);
        if (role == BRACE_BLOCK || role == BRACE_TRY) {
            return 0;
        }
    }
    uint32_t from = inner->open;
    if (inner->kind == '(' && from > 0 && s->s[from - 1] == ')') {
        from = inner->paren_open; /* (function () {...})(...) */
    }
    return arrow_context(s, outer, from, inner->comment_start, inner->comment_end, false);
}

static uint8_t level_context(const rwg__scan *s, const rwg__scan_level *level) {
    if (level->kind != '{') {
        return 0;
    }
    switch (role_of_brace(s, level)) {
    case BRACE_TRY: return RWG__CONTEXT_TRY;
    case BRACE_ARROW:
    case BRACE_FUNCTION: return RWG__CONTEXT_FUNCTION;
    case BRACE_DOUBT: return RWG__CONTEXT_DOUBT;
    case BRACE_BLOCK:
    case BRACE_OBJECT:
    case BRACE_PLAIN: return 0;
    }
    return 0;
}

uint8_t rwg__scan_context(rwg__scan *s, uint32_t pos) {
    rwg__scan_level *levels = s->out->levels.ptr;
    uint32_t last = s->out->levels.len - 1, known = last;
    levels[0].context |= RWG__CONTEXT_KNOWN;
    while (!(levels[known].context & RWG__CONTEXT_KNOWN)) {
        known--;
    }
    for (; known < last; known++) {
        const rwg__scan_level *outer = &levels[known];
        rwg__scan_level *inner = &levels[known + 1];
        inner->context = outer->context | level_context(s, inner) | arrow_around(s, outer, inner) |
                         RWG__CONTEXT_KNOWN;
    }
    return levels[last].context |
           arrow_context(s, &levels[last], pos, s->comment_start, s->comment_end, true);
}

/* --- what is called --------------------------------------------------------------------------- */

/* Start of `a.b.c` that ends at end, on one line and without comments. */
static uint32_t chain_start(const rwg__scan *s, uint32_t end) {
    uint32_t start = rwg__text_name_start(s, end);
    for (uint32_t hops = 0; hops < 4 && start > 1 && s->s[start - 1] == '.'; hops++) {
        uint32_t next = rwg__text_name_start(s, start - 1);
        if (next == start - 1) {
            break;
        }
        start = next;
    }
    return start;
}

/* The word `new` before start, or NOWHERE. */
#define NOWHERE UINT32_MAX

static uint32_t new_before(const rwg__scan *s, const rwg__scan_level *level, uint32_t start) {
    uint32_t end = before(s, start, level->comment_start, level->comment_end);
    uint32_t word = rwg__text_word_start(s, end);
    return rwg__text_is(s, word, end, "new") ? word : NOWHERE;
}

static rwg__callee
callee_named(rwg__scan *s, rwg__scan_level *level, uint32_t start, uint32_t end) {
    static const char *const exports[] = {
        "defineProperty",
        "assign",
        "__exportStar",
        "_export_star",
        "__export",
        "_export",
        "__reExport",
        NULL,
    };
    bool url = rwg__text_is(s, start, end, "URL");
    if (url || rwg__text_is(s, start, end, "Worker") ||
        rwg__text_is(s, start, end, "SharedWorker")) {
        level->callee_start = new_before(s, level, start);
        if (level->callee_start == NOWHERE) {
            return RWG__CALLEE_OTHER;
        }
        return url ? RWG__CALLEE_URL : RWG__CALLEE_WORKER;
    }
    if (!rwg__text_is_any(s, start, end, exports)) {
        return RWG__CALLEE_OTHER;
    }
    level->callee_start = chain_start(s, end);
    uint32_t word_end = before(s, level->callee_start, level->comment_start, level->comment_end);
    uint32_t word_start = rwg__text_word_start(s, word_end);
    bool declared = rwg__text_is(s, word_start, word_end, "function");
    return declared ? RWG__CALLEE_OTHER : RWG__CALLEE_EXPORTS;
}

rwg__callee rwg__scan_callee(rwg__scan *s, rwg__scan_level *level) {
    if (level->callee == RWG__CALLEE_UNKNOWN) {
        level->callee = RWG__CALLEE_OTHER;
        uint32_t end = before_level(s, level), start = rwg__text_word_start(s, end);
        if (level->kind == '(' && start < end) {
            level->callee = (uint8_t)callee_named(s, level, start, end);
        }
    }
    return (rwg__callee)level->callee;
}
