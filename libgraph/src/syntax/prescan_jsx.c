/* Text with code inside: templates and JSX.
 *
 * Both push a level where code begins and return to the pass; the pass comes back here when the
 * level's brace closes. Nothing is nested in C: what encloses what is on the level stack alone.
 *
 * JSX knows three states, each a level kind:
 *
 *     '<' TAG  ──>── CHILDREN   ──</name>── (end)        TAG ──/>── (end)
 *      └─{─ JSX_CODE ─}─┘ └─{─ JSX_CODE ─}─┘              CHILDREN ──<── TAG of a child
 *
 * A '>' or '}' in text, names that do not match and everything else a JSX parser rejects means that
 * this was not JSX (or not right): doubt. */
#include "syntax/prescan_scan.h"

#include <string.h>

uint32_t rwg__scan_template(rwg__scan *s, uint32_t pos) {
    uint32_t start = pos;
    for (;;) {
        pos = rwg__text_find4(s, pos, '`', '$', '\\', '\\');
        if (s->len - pos < 1) {
            return rwg__scan_doubt(s, pos, "a template does not end");
        }
        if (s->s[pos] == '`') {
            rwg__scan_literal(s, RWG__LITERAL_TEMPLATE, start, pos + 1);
            return pos + 1;
        }
        if (s->s[pos] == '\\') {
            pos += s->len - pos > 1 ? 2 : 1;
            continue;
        }
        if (s->len - pos > 1 && s->s[pos + 1] == '{') {
            rwg__scan_literal(s, RWG__LITERAL_TEMPLATE, start, pos);
            rwg__scan_open(s, pos + 1, RWG__LEVEL_TEMPLATE);
            return pos + 2;
        }
        pos++;
    }
}

/* --- JSX -------------------------------------------------------------------------------------- */

static uint32_t name_end(const rwg__scan *s, uint32_t pos) {
    while (pos < s->len &&
           (rwg__is_word(s->s[pos]) || s->s[pos] == '-' || s->s[pos] == '.' || s->s[pos] == ':')) {
        pos++;
    }
    return pos;
}

/* Notes the reserved words among the names that are joined by dots and colons in [pos, end). */
static void note_words(rwg__scan *s, uint32_t pos, uint32_t end) {
    static const char *const RESERVED[] = {
        "break",  "case",     "catch",  "class",  "const",  "continue",   "debugger", "default",
        "delete", "do",       "else",   "enum",   "export", "extends",    "false",    "finally",
        "for",    "function", "if",     "import", "in",     "instanceof", "new",      "null",
        "return", "super",    "switch", "this",   "throw",  "true",       "try",      "typeof",
        "var",    "void",     "while",  "with",   NULL};
    while (s->literals && pos < end) {
        uint32_t start = pos;
        while (pos < end && s->s[pos] != '.' && s->s[pos] != ':') {
            pos++;
        }
        if (pos > start && rwg__text_is_any(s, start, pos, RESERVED)) {
            rwg__scan_literal(s, RWG__LITERAL_JSX_WORD, start, pos);
        }
        pos++;
    }
}

/* At the '<' of an opening tag: reads up to the attributes. */
static uint32_t open_tag(rwg__scan *s, uint32_t less) {
    rwg__scan_open(s, less, RWG__LEVEL_TAG);
    uint32_t pos = rwg__text_skip(s, less + 1);
    uint32_t end = name_end(s, pos);
    if (end == pos) {
        if (pos < s->len && s->s[pos] == '>') {
            return pos; /* a fragment */
        }
        return rwg__scan_doubt(s, less, "a '<' that begins no tag");
    }
    if (!rwg__text_is(s, pos, end, "this")) {
        note_words(s, pos, end);
    }
    if (s->typescript && end < s->len && s->s[end] == '<') {
        end = rwg__text_angles_nearby(s, end);
        if (end == 0) {
            return rwg__scan_doubt(s, less, "a tag's type arguments do not end");
        }
    }
    return end;
}

/* At the '<' of a closing tag, slash being at its '/': compares the names and closes the element.
 */
static uint32_t close_tag(rwg__scan *s, uint32_t slash) {
    uint32_t start = rwg__text_skip(s, slash + 1);
    uint32_t size = name_end(s, start) - start;
    uint32_t open = rwg__text_skip(s, rwg__scan_top(s)->open + 1);
    uint32_t end = rwg__text_skip(s, start + size);
    if (end >= s->len || s->s[end] != '>') {
        return rwg__scan_doubt(s, slash, "a closing tag does not end");
    }
    if (name_end(s, open) - open != size || memcmp(s->s + open, s->s + start, size) != 0) {
        return rwg__scan_doubt(s, slash, "a closing tag has another name");
    }
    if (!rwg__text_is(s, start, start + size, "this")) {
        note_words(s, start, start + size);
    }
    s->out->levels.len--;
    return end + 1;
}

static uint32_t in_tag(rwg__scan *s, uint32_t pos) {
    while (pos < s->len) {
        uint8_t c = s->s[pos], next = pos + 1 < s->len ? s->s[pos + 1] : 0;
        if (rwg__is_word(c)) {
            uint32_t start = pos;
            pos = name_end(s, pos);
            note_words(s, start, pos);
            continue;
        }
        if (rwg__is_space(c) || c == '-' || c == ':' || c == '=') {
            pos++;
            continue;
        }
        if (c == '"' || c == '\'') {
            uint32_t start = pos;
            pos = rwg__text_find4(s, pos + 1, c, c, c, c);
            if (pos < s->len) {
                pos++;
            }
            rwg__scan_literal(s, RWG__LITERAL_JSX, start, pos);
        } else if (c == '/' && next == '>') {
            s->out->levels.len--;
            return pos + 2;
        } else if (c == '/' && (next == '/' || next == '*')) {
            uint32_t end = rwg__text_comment(s, pos);
            end = end != 0 ? end : s->len;
            rwg__scan_literal(s, RWG__LITERAL_COMMENT, pos, end);
            pos = end;
        } else if (c == '>') {
            rwg__scan_top(s)->kind = RWG__LEVEL_CHILDREN;
            return pos + 1;
        } else if (c == '{') {
            rwg__scan_open(s, pos, RWG__LEVEL_JSX_CODE);
            return pos + 1;
        } else if (c == '<') {
            return open_tag(s, pos);
        } else {
            return rwg__scan_doubt(s, pos, "a byte that no tag has");
        }
    }
    return rwg__scan_doubt(s, pos, "a tag does not end");
}

static uint32_t in_children(rwg__scan *s, uint32_t pos) {
    uint32_t start = pos;
    pos = rwg__text_find4(s, pos, '<', '{', '>', '}');
    rwg__scan_literal(s, RWG__LITERAL_JSX, start, pos);
    if (pos >= s->len) {
        return rwg__scan_doubt(s, pos, "a JSX element does not end");
    }
    if (s->s[pos] == '{') {
        rwg__scan_open(s, pos, RWG__LEVEL_JSX_CODE);
        return pos + 1;
    }
    if (s->s[pos] == '<') {
        uint32_t next = rwg__text_skip(s, pos + 1);
        bool closing = next < s->len && s->s[next] == '/';
        return closing ? close_tag(s, next) : open_tag(s, pos);
    }
    return rwg__scan_doubt(s, pos, "a '>' or '}' in JSX text");
}

uint32_t rwg__scan_jsx(rwg__scan *s, uint32_t pos) {
    while (s->out->sure) {
        uint8_t kind = rwg__scan_top(s)->kind;
        if (kind == RWG__LEVEL_TAG) {
            pos = in_tag(s, pos);
        } else if (kind == RWG__LEVEL_CHILDREN) {
            pos = in_children(s, pos);
        } else {
            bool opened = kind == RWG__LEVEL_JSX_CODE && rwg__scan_top(s)->open + 1 == pos;
            if (!opened) {
                s->jsx_end = pos;
            }
            return pos;
        }
    }
    return s->len;
}

typedef enum less_role {
    LESS_JSX,
    LESS_TYPE,
    LESS_DOUBT
} less_role;

/* A '<' where an operand is expected. In JavaScript that is JSX. In TypeScript type parameters are
 * possible: <T,>(x) => x and <T extends U>(x) => x are no JSX; <T>(x) could be either. */
static less_role role_of_less(const rwg__scan *s, uint32_t less) {
    if (!s->typescript) {
        return LESS_JSX;
    }
    uint32_t start = rwg__text_skip(s, less + 1), end = name_end(s, start);
    if (rwg__text_is(s, start, end, "const")) {
        uint32_t next = rwg__text_skip(s, end);
        if (next < s->len && rwg__is_word(s->s[next])) {
            return LESS_TYPE;
        }
    }
    if (start == end) {
        return start < s->len && s->s[start] == '>' ? LESS_JSX : LESS_DOUBT;
    }
    uint32_t next = rwg__text_skip(s, end);
    if (next >= s->len) {
        return LESS_DOUBT;
    }
    if (s->s[next] == ',' || s->s[next] == '=') {
        return LESS_TYPE;
    }
    uint32_t word = rwg__text_word_end(s, next);
    if (rwg__text_is(s, next, word, "extends")) {
        uint32_t after = rwg__text_skip(s, word);
        bool attribute =
            after < s->len && (s->s[after] == '=' || s->s[after] == '>' || s->s[after] == '/');
        return attribute ? LESS_JSX : LESS_TYPE;
    }
    if (s->s[next] == '>') {
        uint32_t after = rwg__text_skip(s, next + 1);
        return after < s->len && s->s[after] == '(' ? LESS_DOUBT : LESS_JSX;
    }
    return LESS_JSX;
}

/* A '<' that is no JSX. */
static uint32_t plain_less(rwg__scan *s, uint32_t less) {
    if (s->watch && rwg__scan_at_root(s)) {
        rwg__scan_angle(s, less);
    }
    return less + 1;
}

uint32_t rwg__scan_less(rwg__scan *s, uint32_t less) {
    if (s->len - less >= 4 && memcmp(s->s + less, "<!--", 4) == 0) {
        return rwg__scan_doubt(s, less, "an HTML-like comment");
    }
    switch (rwg__scan_expect(s, less)) {
    case RWG__EXPECT_OPERATOR: {
        bool shift = s->len - less > 1 && s->s[less + 1] == '<';
        return shift ? less + 2 : plain_less(s, less);
    }
    case RWG__EXPECT_DOUBT: return rwg__scan_doubt(s, less, "JSX or less-than");
    case RWG__EXPECT_OPERAND: break;
    }
    switch (role_of_less(s, less)) {
    case LESS_TYPE: return plain_less(s, less);
    case LESS_DOUBT: return rwg__scan_doubt(s, less, "JSX or type parameters");
    case LESS_JSX: break;
    }
    s->out->has_jsx = true;
    return rwg__scan_jsx(s, open_tag(s, less));
}
