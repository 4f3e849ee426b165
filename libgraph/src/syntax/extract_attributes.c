/* Import attributes: with {type: "json"}, and the older assert {...}.
 *
 * They are read off the tree where it shows them, and off the text where a patch hid them (gaps.h).
 */
#include "base/str.h"
#include "syntax/byte_class.h"
#include "syntax/extract.h"
#include "syntax/literal.h"

void rwg__extract_attributes(rwg__extract *x, rwg_import *import, TSNode object) {
    rwg__buf lines;
    rwg__buf_init(&lines, x->mem);
    TSTreeCursor cursor = ts_tree_cursor_new(object);
    for (bool more = ts_tree_cursor_goto_first_child(&cursor); more;
         more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode pair = ts_tree_cursor_current_node(&cursor);
        if (rwg__extract_node(x, pair) != RWG__NODE_PAIR) {
            continue;
        }
        rwg_str value = {NULL, 0};
        TSNode key = rwg__extract_child(x, pair, RWG__FIELD_KEY);
        TSNode text = rwg__extract_child(x, pair, RWG__FIELD_VALUE);
        if (ts_node_is_null(key) || ts_node_is_null(text)) {
            continue;
        }
        if (lines.bytes.len) {
            rwg__buf_char(&lines, '\n');
        }
        rwg__buf_add(&lines, rwg__extract_name(x, key));
        rwg__buf_char(&lines, '=');
        if (rwg__extract_literal(x, text, &value)) {
            rwg__buf_add(&lines, value);
        }
    }
    ts_tree_cursor_delete(&cursor);
    import->attributes = rwg__record_str(x->out, rwg__buf_str(&lines));
    rwg__buf_deinit(&lines);
}

static uint32_t skip_space(rwg_str text, uint32_t at) {
    while (at < text.len && rwg__is_space(text.ptr[at])) {
        at++;
    }
    return at;
}

/* The end of the string or the name at `at`; `at` itself when there is neither. */
static uint32_t token_end(rwg_str text, uint32_t at) {
    uint32_t end = at;
    char quote = at < text.len ? text.ptr[at] : 0;
    if (quote == '"' || quote == '\'') {
        end++;
        while (end < text.len && text.ptr[end] != quote) {
            end++;
        }
        return end < text.len ? end + 1 : end;
    }
    while (end < text.len && rwg__is_name_byte(text.ptr[end])) {
        end++;
    }
    return end;
}

/* The value of such a token, good until the next call. */
static rwg_str token_value(rwg__extract *x, uint32_t start, uint32_t end) {
    rwg_str token = rwg__str_sub(x->in.text, start, end);
    bool quoted = token.len >= 2 && (token.ptr[0] == '"' || token.ptr[0] == '\'');
    return rwg__literal_value(&x->cooked, quoted ? rwg__str_sub(token, 1, token.len - 1) : token);
}

/* Behind the byte c that comes next, or text.len + 1. */
static uint32_t behind(rwg_str text, uint32_t at, char c) {
    at = skip_space(text, at);
    return at < text.len && text.ptr[at] == c ? at + 1 : text.len + 1;
}

/* Behind the brace that opens the attributes' object, or text.len + 1. */
static uint32_t open_attributes(rwg_str text, uint32_t at) {
    uint32_t option = behind(text, at, ',');
    bool call = option <= text.len;
    at = skip_space(text, call ? behind(text, option, '{') : at);
    if (at >= text.len) {
        return text.len + 1;
    }
    rwg_str word = rwg__str_sub(text, at, token_end(text, at));
    if (!rwg__str_eq_c(word, "with") && !rwg__str_eq_c(word, "assert")) {
        return text.len + 1;
    }
    at += word.len;
    return behind(text, call ? behind(text, at, ':') : at, '{');
}

void rwg__extract_written_attributes(rwg__extract *x, rwg_import *import, uint32_t at) {
    rwg_str text = x->in.text;
    rwg__buf lines;
    rwg__buf_init(&lines, x->mem);
    at = open_attributes(text, at);
    while (at < text.len) {
        uint32_t key = skip_space(text, at);
        uint32_t key_end = token_end(text, key);
        uint32_t value = skip_space(text, behind(text, key_end, ':'));
        uint32_t value_end = value < text.len ? token_end(text, value) : value;
        if (key_end == key || value_end <= value) {
            break;
        }
        if (lines.bytes.len) {
            rwg__buf_char(&lines, '\n');
        }
        rwg__buf_add(&lines, token_value(x, key, key_end));
        rwg__buf_char(&lines, '=');
        rwg__buf_add(&lines, token_value(x, value, value_end));
        at = behind(text, value_end, ',');
    }
    import->attributes = rwg__record_str(x->out, rwg__buf_str(&lines));
    rwg__buf_deinit(&lines);
}
