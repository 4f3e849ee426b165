/* Glob patterns, matched as a nondeterministic automaton whose states are the positions of the
 * pattern.
 *
 * All positions that the path so far can have led to are kept at once, in a set; each byte of the
 * path turns one set into the next. So no pattern, however many stars it has, costs more than
 * pattern length * path length. Pieces of syntax that are not closed ("{a", "[b") are plain text.
 *
 *     *        stays while the byte is not '/', or moves on without a byte
 *     ** /     (without the space) first star: at the start of a part, may be left without a byte;
 *              second star: inside a part that it swallows, a '/' leads back to the first
 *     ** end   stays on any byte
 *     {a,b}    '{' leads to each alternative, ',' and '}' behind its closing brace, without a byte
 */
#include "base/path.h"

#include <string.h>

#define STATES RWG_LIMIT_PATH

typedef struct glob {
    rwg_str pattern;
    uint16_t
        after[STATES]; /* '{' and ',' of a group: its next ',' or its '}'; '[': its ']'; else 0 */
    uint16_t close[STATES]; /* '{', ',' and '}' of a group: its '}'; else 0 */
} glob;

typedef struct states {
    uint16_t items[STATES + 1];
    uint32_t count;
    uint8_t marks[STATES / 8 + 1];
} states;

static void add(states *set, uint32_t state) {
    uint8_t bit = (uint8_t)(1u << state % 8);
    if (!(set->marks[state / 8] & bit)) {
        set->marks[state / 8] |= bit;
        set->items[set->count++] = (uint16_t)state;
    }
}

/* The ']' of the class that opens at `open`, 0 when it is not closed. A ']' that comes first is a
 * member. */
static uint32_t class_end(rwg_str pattern, uint32_t open) {
    uint32_t at = open + 1;
    if (at < pattern.len && (pattern.ptr[at] == '!' || pattern.ptr[at] == '^')) {
        at++;
    }
    for (at++; at < pattern.len; at++) {
        if (pattern.ptr[at] == ']') {
            return at;
        }
    }
    return 0;
}

/* Closes the group on top of the stack: every separator of it learns where it ends. */
static void close_group(glob *g, uint32_t open, uint32_t end) {
    for (uint32_t at = open; at != end; at = g->after[at]) {
        g->close[at] = (uint16_t)end;
    }
    g->close[end] = (uint16_t)end;
}

/* Pairs brackets and braces. `last` is the latest separator of each open group. */
static void prepare(glob *g, rwg_str pattern) {
    memset(g->after, 0, sizeof g->after);
    memset(g->close, 0, sizeof g->close);
    g->pattern = pattern;
    uint16_t open[STATES];
    uint16_t last[STATES];
    uint32_t depth = 0;
    bool classes = true; /* false once a '[' was found to have no ']' behind it: no later one has */
    for (uint32_t i = 0; i < pattern.len; i++) {
        switch (pattern.ptr[i]) {
        case '\\': i++; break;
        case '[':
            g->after[i] = (uint16_t)(classes ? class_end(pattern, i) : 0);
            classes = g->after[i] != 0;
            i = classes ? g->after[i] : i;
            break;
        case '{':
            open[depth] = last[depth] = (uint16_t)i;
            depth++;
            break;
        case ',':
        case '}':
            if (depth > 0) {
                g->after[last[depth - 1]] = (uint16_t)i;
                last[depth - 1] = (uint16_t)i;
                if (pattern.ptr[i] == '}') {
                    depth--;
                    close_group(g, open[depth], i);
                }
            }
            break;
        default: break;
        }
    }
}

/* True where a part of the path begins or ends by the pattern: its ends, slashes, alternatives. */
static bool is_edge(const glob *g, uint32_t at) {
    return at >= g->pattern.len || g->pattern.ptr[at] == '/' || g->close[at] != 0;
}

static bool is_double_star(const glob *g, uint32_t at) {
    return at + 1 < g->pattern.len && g->pattern.ptr[at] == '*' && g->pattern.ptr[at + 1] == '*' &&
           (at == 0 || is_edge(g, at - 1)) && is_edge(g, at + 2);
}

static bool is_before_slash(const glob *g, uint32_t at) {
    return at < g->pattern.len && g->pattern.ptr[at] == '/';
}

/* Adds what can be reached without a byte. The set grows while it is walked. */
static void close_over(const glob *g, states *set) {
    for (uint32_t i = 0; i < set->count; i++) {
        uint32_t at = set->items[i];
        if (at >= g->pattern.len) {
            continue;
        }
        if (is_double_star(g, at)) {
            add(set, at + (is_before_slash(g, at + 2) ? 3 : 2));
        } else if (g->pattern.ptr[at] == '*' && !(at > 0 && is_double_star(g, at - 1))) {
            add(set, at + 1);
        } else if (g->close[at] != 0 && g->pattern.ptr[at] == '{') {
            for (uint32_t arm = at; arm != g->close[at]; arm = g->after[arm]) {
                add(set, arm + 1);
            }
        } else if (g->close[at] != 0) {
            add(set, g->close[at] + 1u);
        }
    }
}

static bool in_class(const glob *g, uint32_t open, unsigned char byte) {
    const unsigned char *p = (const unsigned char *)g->pattern.ptr;
    uint32_t end = g->after[open];
    uint32_t at = open + 1;
    bool negated = p[at] == '!' || p[at] == '^';
    at += negated;
    bool found = false;
    for (; at < end; at++) {
        if (at + 2 < end && p[at + 1] == '-') {
            found |= byte >= p[at] && byte <= p[at + 2];
            at += 2;
        } else {
            found |= byte == p[at];
        }
    }
    return found != negated && byte != '/';
}

/* Adds to `next` where the byte leads from `at`. */
static void step(const glob *g, uint32_t at, char byte, states *next) {
    char c = g->pattern.ptr[at];
    if (c == '*') {
        if (is_double_star(g, at) && !is_before_slash(g, at + 2)) {
            add(next, at);
        } else if (is_double_star(g, at)) {
            if (byte != '/') {
                add(next, at + 1);
            }
        } else if (byte != '/') {
            add(next, at);
        } else if (at > 0 && is_double_star(g, at - 1)) {
            add(next, at - 1);
        }
    } else if (c == '?') {
        if (byte != '/') {
            add(next, at + 1);
        }
    } else if (c == '[' && g->after[at] != 0) {
        if (in_class(g, at, (unsigned char)byte)) {
            add(next, g->after[at] + 1u);
        }
    } else if (c == '\\' && at + 1 < g->pattern.len) {
        if (byte == g->pattern.ptr[at + 1]) {
            add(next, at + 2);
        }
    } else if (g->close[at] == 0 && byte == c) {
        add(next, at + 1);
    }
}

bool rwg__path_glob(rwg_str pattern, rwg_str path) {
    if (pattern.len >= STATES) {
        return false;
    }
    glob g;
    prepare(&g, pattern);
    states sets[2];
    sets[0].count = 0;
    memset(sets[0].marks, 0, sizeof sets[0].marks);
    add(&sets[0], 0);
    close_over(&g, &sets[0]);
    uint32_t now = 0;
    for (uint32_t i = 0; i < path.len && sets[now].count > 0; i++) {
        states *next = &sets[1 - now];
        next->count = 0;
        memset(next->marks, 0, pattern.len / 8 + 1);
        for (uint32_t s = 0; s < sets[now].count; s++) {
            if (sets[now].items[s] < pattern.len) {
                step(&g, sets[now].items[s], path.ptr[i], next);
            }
        }
        close_over(&g, next);
        now = 1 - now;
    }
    return (sets[now].marks[pattern.len / 8] >> pattern.len % 8) & 1;
}
