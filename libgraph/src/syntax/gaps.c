/* Where to look for gaps, and how texts are patched. What a gap looks like is in gap_rules.c.
 *
 * A tree-sitter error is near its cause, but not always at it: an ERROR node may span a whole
 * statement. So each error makes a window of whole lines around itself, and the rules are tried at
 * every place of every window that is code: where comments, strings, templates and regular
 * expressions are is told by the prescan, which needs no tree. A rule only touches text that its
 * pattern matches and that carries no module fact, and what it writes means the same there, so a
 * patch in the wrong place costs nothing. All windows are patched before the text is parsed again;
 * errors that hid behind others get their turn in the next round. */
#include "syntax/gaps.h"

#include "base/str.h"
#include "syntax/byte_class.h"
#include "syntax/gap_rules.h"
#include "syntax/gap_text.h"

/* Bytes of text that a window has before and behind its error, besides the rest of those lines. */
#define MARGIN 2048u

void rwg__gaps_init(rwg__gaps *gaps, rwg__mem *mem) {
    *gaps = (rwg__gaps){.mem = mem};
}

void rwg__gaps_deinit(rwg__gaps *gaps) {
    rwg__vec_free(&gaps->seen, gaps->mem);
    rwg__vec_free(&gaps->types, gaps->mem);
    rwg__vec_free(&gaps->errors, gaps->mem);
    rwg__prescan_deinit(&gaps->scan, gaps->mem);
}

void rwg__gaps_reset(rwg__gaps *gaps) {
    gaps->seen.len = 0;
    gaps->types.len = 0;
    gaps->scan.literals.len = 0;
}

static rwg_span window(rwg_str text, uint32_t start, uint32_t end) {
    start = start > MARGIN ? start - MARGIN : 0;
    while (start > 0 && text.ptr[start - 1] != '\n') {
        start--;
    }
    end = text.len - end > MARGIN ? end + MARGIN : text.len;
    while (end < text.len && text.ptr[end] != '\n') {
        end++;
    }
    return (rwg_span){start, end};
}

/* One window for each error, merged where they overlap; ascending. */
static void find_windows(rwg__gaps *gaps, const TSTree *tree, rwg_str text) {
    gaps->errors.len = 0;
    TSTreeCursor cursor = ts_tree_cursor_new(ts_tree_root_node(tree));
    bool more = true;
    while (more) {
        TSNode node = ts_tree_cursor_current_node(&cursor);
        bool into = ts_node_has_error(node);
        if (ts_node_is_missing(node) || ts_node_is_error(node)) {
            rwg_span *last = gaps->errors.len ? &gaps->errors.ptr[gaps->errors.len - 1] : NULL;
            uint32_t start = ts_node_start_byte(node);
            uint32_t end = ts_node_end_byte(node);
            /* An error inside the last window does not measure that window's lines again. */
            if (!last || end > last->end) {
                rwg_span found = window(text, start, end);
                if (last && found.start <= last->end) {
                    last->end = found.end;
                } else {
                    *rwg__vec_push(&gaps->errors, gaps->mem) = found;
                }
            }
            into = false;
        }
        if (into && ts_tree_cursor_goto_first_child(&cursor)) {
            continue;
        }
        while (more && !ts_tree_cursor_goto_next_sibling(&cursor)) {
            more = ts_tree_cursor_goto_parent(&cursor);
        }
    }
    ts_tree_cursor_delete(&cursor);
}

static void start_copy(rwg__gaps *gaps, rwg_str text) {
    if (gaps->seen.len == 0) {
        rwg__vec_reserve(&gaps->seen, gaps->mem, text.len);
        memcpy(gaps->seen.ptr, text.ptr, text.len);
        gaps->seen.len = text.len;
    }
}

/* Joins the `export` of [start, start + 6) with what it exports. */
static bool join_export(rwg__gaps *gaps, rwg_str text, uint32_t start) {
    start_copy(gaps, text);
    rwg__patcher p = {
        .gaps = gaps, .text = text, .seen = gaps->seen.ptr, .len = text.len, .steps = text.len};
    uint32_t end = rwg__gap_skip_space(&p, start + 6);
    bool changed = false;
    for (uint32_t i = start + 6; i < end; i++) {
        changed |= p.seen[i] != ' ';
        p.seen[i] = ' ';
    }
    return changed;
}

bool rwg__gaps_join_exports(rwg__gaps *gaps, const TSTree *tree, rwg_str text) {
    bool changed = false;
    TSTreeCursor cursor = ts_tree_cursor_new(ts_tree_root_node(tree));
    bool more = ts_tree_cursor_goto_first_child(&cursor);
    while (more) {
        TSNode node = ts_tree_cursor_current_node(&cursor);
        bool is_error = ts_node_is_error(node);
        TSNode first = ts_node_child_count(node) ? ts_node_child(node, 0) : node;
        uint32_t start = ts_node_start_byte(first);
        bool is_name = ts_node_is_named(first) && ts_node_end_byte(first) - start == 6;
        if (!is_error && is_name && memcmp(text.ptr + start, "export", 6) == 0) {
            changed |= join_export(gaps, text, start);
        }
        if (is_error && ts_tree_cursor_goto_first_child(&cursor)) {
            continue;
        }
        while (more && !ts_tree_cursor_goto_next_sibling(&cursor)) {
            more = ts_tree_cursor_goto_parent(&cursor) && ts_tree_cursor_current_depth(&cursor) > 0;
        }
    }
    ts_tree_cursor_delete(&cursor);
    return changed;
}

static rwg__patcher begin(rwg__gaps *gaps, rwg_str text, rwg_lang lang) {
    if (gaps->scan.literals.len == 0) {
        rwg__prescan_literals(&gaps->scan, gaps->mem, text, lang);
    }
    start_copy(gaps, text);
    return (rwg__patcher){
        .gaps = gaps,
        .text = text,
        .seen = gaps->seen.ptr,
        .len = text.len,
        .typescript = lang == RWG_LANG_TS || lang == RWG_LANG_TSX,
        .jsx = lang != RWG_LANG_TS,
        .steps = 1000000u + 16u * (uint64_t)text.len,
    };
}

/* Whether a `<<` stands behind a name, as seldom as that is in TypeScript. */
static bool may_have_double_angles(rwg_str text) {
    for (uint32_t i = 1; i + 2 < text.len; i++) {
        const char *angle = memchr(text.ptr + i, '<', text.len - 2 - i);
        if (!angle) {
            return false;
        }
        i = (uint32_t)(angle - text.ptr);
        if (angle[1] == '<' && rwg__is_name_byte(angle[-1]) && rwg__is_name_start(angle[2])) {
            return true;
        }
    }
    return false;
}

/* Whether a backtick stands behind a `>`, which few texts have. */
static bool may_be_tagged(rwg_str text) {
    for (uint32_t i = 1; i < text.len; i++) {
        const char *tick = memchr(text.ptr + i, '`', text.len - i);
        if (!tick) {
            return false;
        }
        i = (uint32_t)(tick - text.ptr);
        do {
            tick--;
        } while (*tick == ' ' && tick > text.ptr);
        if (*tick == '>') {
            return true;
        }
    }
    return false;
}

void rwg__gaps_prepare(rwg__gaps *gaps, rwg_str text, rwg_lang lang) {
    bool typescript = lang == RWG_LANG_TS || lang == RWG_LANG_TSX;
    if (typescript && (may_be_tagged(text) || may_have_double_angles(text))) {
        rwg__patcher p = begin(gaps, text, lang);
        rwg__gap_tagged_templates(&p);
        rwg__gap_double_angles(&p);
    }
}

bool rwg__gaps_patch(rwg__gaps *gaps, const TSTree *tree, rwg_str text, rwg_lang lang) {
    if (text.len == 0) {
        return false;
    }
    find_windows(gaps, tree, text);
    rwg__patcher p = begin(gaps, text, lang);
    rwg__gap_rules_everywhere(&p);
    for (uint32_t i = 0; i < gaps->errors.len; i++) {
        rwg__gap_rules_window(&p, gaps->errors.ptr[i]);
    }
    return p.changed;
}
