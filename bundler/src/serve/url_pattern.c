/* From a JavaScript regular expression to a POSIX one, in one pass over its text. */
#include "serve/url_pattern.h"

#include "base/buf.h"
#include "base/str.h"
#include "serve/guard.h"

#include <regex.h>
#include <string.h>

struct rwb__pattern {
    rwg__mem *mem;
    bool is_regex;
    regex_t regex;
    rwg__buf prefix;
};

typedef struct translation {
    rwg_str text;
    uint32_t at;
    rwg__buf out;
    const char *problem; /* NULL = none */
} translation;

/* The character behind the current one, or NUL. */
static char peek(const translation *t, uint32_t ahead) {
    return t->at + ahead < t->text.len ? t->text.ptr[t->at + ahead] : '\0';
}

/* What \d and its like stand for in brackets; NULL = nothing. */
static const char *class_of(char letter) {
    switch (letter) {
    case 'd': return "0-9";
    case 'w': return "A-Za-z0-9_";
    case 's': return "[:space:]";
    default: return NULL;
    }
}

static bool is_alphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* A backslash and what it escapes, outside of brackets. */
static void take_escape(translation *t) {
    char letter = peek(t, 1);
    bool negated = letter == 'D' || letter == 'W' || letter == 'S';
    const char *members = class_of(negated ? (char)(letter - 'A' + 'a') : letter);
    t->at += 2;
    if (members) {
        rwg__buf_printf(&t->out, negated ? "[^%s]" : "[%s]", members);
    } else if (letter == '\0') {
        t->problem = "a \\ at the end escapes nothing";
    } else if (is_alphanumeric(letter)) {
        t->problem = letter >= '1' && letter <= '9'
                         ? "back references (\\1) are not supported"
                         : "of escaped letters only \\d, \\w, \\s, \\D, \\W and \\S are supported";
    } else {
        if (strchr(".[]()*+?{}|^$\\", letter)) {
            rwg__buf_char(&t->out, '\\');
        }
        rwg__buf_char(&t->out, letter);
    }
}

/* "(": plain, or "(?:" and "(?<name>", which are plain here. */
static void take_group(translation *t) {
    bool special = peek(t, 1) == '?';
    char kind = peek(t, 2);
    bool named = kind == '<' && peek(t, 3) != '=' && peek(t, 3) != '!';
    rwg__buf_char(&t->out, '(');
    t->at++;
    if (special && !named && kind != ':') {
        t->problem = "lookahead and lookbehind are not supported: write what is to match";
    } else if (special) {
        t->at += 2;
        while (named && t->at < t->text.len && t->text.ptr[t->at - 1] != '>') {
            t->at++;
        }
    }
}

/* Members of a bracket expression, in the places where POSIX takes them for themselves. */
typedef struct members {
    rwg__buf list;
    bool close; /* ] comes first */
    bool caret; /* ^ does not come first */
    bool dash;  /* - comes last */
} members;

/* One member; false at the end of the brackets. */
static bool take_member(translation *t, members *m) {
    char c = peek(t, 0);
    if (c == ']') {
        return false;
    }
    bool escaped = c == '\\';
    if (escaped) {
        c = peek(t, 1);
        t->at++;
        const char *list = class_of(c);
        if (list) {
            rwg__buf_add(&m->list, rwg__str_c(list));
            t->at++;
            return true;
        }
        if (is_alphanumeric(c) || c == '\0') {
            t->problem = "of escaped letters in brackets only \\d, \\w and \\s are supported";
        }
    }
    t->at++;
    bool range = !escaped && c == '-' && m->list.bytes.len > 0 && peek(t, 0) != ']';
    if (c == ']') {
        m->close = true;
    } else if (c == '^') {
        m->caret = true;
    } else if (c == '-' && !range) {
        m->dash = true;
    } else if (c == '[' && strchr(".:=", peek(t, 0))) {
        t->problem = "write [ behind the other members of its brackets";
    } else {
        rwg__buf_char(&m->list, c);
    }
    return true;
}

static void take_brackets(translation *t) {
    members m = {0};
    rwg__buf_init(&m.list, t->out.mem);
    bool negated = peek(t, 1) == '^';
    t->at += negated ? 2 : 1;
    while (!t->problem && t->at < t->text.len && take_member(t, &m)) {
    }
    if (!t->problem && t->at >= t->text.len) {
        t->problem = "its brackets are not closed";
    }
    bool lonely = m.caret && !negated && !m.close && !m.dash && m.list.bytes.len == 0;
    rwg__buf_add(&t->out, lonely ? RWG_STR("\\^") : negated ? RWG_STR("[^") : RWG_STR("["));
    if (!lonely) {
        rwg__buf_add(&t->out, m.close ? RWG_STR("]") : RWG_STR(""));
        rwg__buf_add(&t->out, rwg__buf_str(&m.list));
        // A caret would negate if it came first; a dash may come first, and only last else.
        bool dash_first = m.caret && m.dash && !m.close && m.list.bytes.len == 0;
        rwg__buf_add(&t->out, dash_first ? RWG_STR("-") : RWG_STR(""));
        rwg__buf_add(&t->out, m.caret ? RWG_STR("^") : RWG_STR(""));
        rwg__buf_add(&t->out, m.dash && !dash_first ? RWG_STR("-") : RWG_STR(""));
        rwg__buf_char(&t->out, ']');
    }
    t->at++;
    rwg__buf_deinit(&m.list);
}

static void translate(translation *t) {
    while (!t->problem && t->at < t->text.len) {
        char c = peek(t, 0);
        if (c == '\\') {
            take_escape(t);
        } else if (c == '(') {
            take_group(t);
        } else if (c == '[') {
            take_brackets(t);
        } else {
            rwg__buf_char(&t->out, c);
            t->at++;
            bool lazy = strchr("*+?}", c) && peek(t, 0) == '?';
            t->at += lazy ? 1 : 0;
        }
    }
}

static rwg_status compile(rwb__pattern *pattern, rwg_str text, rwg_error *err) {
    translation t = {.text = text};
    rwg__buf_init(&t.out, pattern->mem);
    translate(&t);
    rwg__buf_char(&t.out, '\0');
    char reason[128] = "";
    if (!t.problem) {
        int failed = regcomp(&pattern->regex, t.out.bytes.ptr, REG_EXTENDED | REG_NOSUB);
        if (failed) {
            (void)regerror(failed, &pattern->regex, reason, sizeof reason);
            t.problem = reason;
        }
    }
    rwg__buf_deinit(&t.out);
    pattern->is_regex = !t.problem;
    return t.problem ? rwg__error(err, RWG_SYNTAX, (rwg_str){0}, "%s", t.problem) : RWG_OK;
}

rwg_status rwb__pattern_new(rwg__mem *mem, rwg_str text, rwb__pattern **out, rwg_error *err) {
    rwb__pattern *pattern = rwg__mem_zalloc(mem, sizeof *pattern);
    pattern->mem = mem;
    rwg__buf_init(&pattern->prefix, mem);
    rwg_status status = RWG_OK;
    if (rwg__str_starts(text, RWG_STR("^"))) {
        status = compile(pattern, text, err);
    } else {
        rwg__buf_add(&pattern->prefix, text);
    }
    *out = pattern;
    if (status != RWG_OK) {
        rwb__pattern_free(pattern);
        *out = NULL;
    }
    return status;
}

void rwb__pattern_free(rwb__pattern *pattern) {
    if (!pattern) {
        return;
    }
    if (pattern->is_regex) {
        regfree(&pattern->regex);
    }
    rwg__buf_deinit(&pattern->prefix);
    rwg__mem_free(pattern->mem, pattern, sizeof *pattern);
}

bool rwb__pattern_matches(const rwb__pattern *pattern, rwg_str target) {
    char text[RWB__LIMIT_TARGET + 1];
    if (!pattern->is_regex) {
        return rwg__str_starts(target, rwg__buf_str(&pattern->prefix));
    }
    if (target.len >= sizeof text || memchr(target.ptr, '\0', target.len)) {
        return false;
    }
    memcpy(text, target.ptr, target.len);
    text[target.len] = '\0';
    return regexec(&pattern->regex, text, 0, NULL, 0) == 0;
}
