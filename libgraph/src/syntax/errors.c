/* Names syntax errors. tree-sitter marks a token it had to invent (MISSING) and stretches it had to
 * skip (ERROR); the first says what was expected, the second where reading stopped making sense. */
#include "syntax/errors.h"

#include "base/str.h"

#include <stdio.h>

/* Bytes of the offending text that a message quotes. */
#define QUOTE 30u

/* A NUL byte near the start means that a file is no text, as it does to git. Further on it is a
 * rare but valid part of a string. */
#define BINARY_HEAD 8000u

static void name_missing(rwg__syntax_error *out, TSNode node) {
    uint32_t at = ts_node_start_byte(node);
    const char *quote = ts_node_is_named(node) ? "" : "\"";
    out->span = (rwg_span){at, at};
    (void)snprintf(
        out->message,
        sizeof out->message,
        "%s%s%s is expected here",
        quote,
        ts_node_type(node),
        quote
    );
}

static void name_skipped(rwg__syntax_error *out, TSNode node, rwg_str text) {
    rwg_span span = {ts_node_start_byte(node), ts_node_end_byte(node)};
    uint32_t end = span.start;
    while (end < span.end && end - span.start < QUOTE && text.ptr[end] != '\n' &&
           text.ptr[end] != '\r') {
        end++;
    }
    while (end < span.end && end > span.start && ((unsigned char)text.ptr[end] & 0xC0) == 0x80) {
        end--;
    }
    span.end = end;
    out->span = span;
    if (span.start == end) {
        (void)snprintf(out->message, sizeof out->message, "the text cannot be read from here on");
        return;
    }
    (void)snprintf(
        out->message,
        sizeof out->message,
        "\"%.*s\" is not expected here",
        (int)(end - span.start),
        text.ptr + span.start
    );
}

uint32_t
rwg__errors_find(const TSTree *tree, rwg_str text, rwg__syntax_error out[RWG__ERRORS_MAX]) {
    TSTreeCursor cursor = ts_tree_cursor_new(ts_tree_root_node(tree));
    uint32_t count = 0;
    bool is_root = true;
    bool more = true;
    while (more && count < RWG__ERRORS_MAX) {
        TSNode node = ts_tree_cursor_current_node(&cursor);
        bool into = ts_node_has_error(node);
        if (ts_node_is_missing(node)) {
            name_missing(&out[count++], node);
            into = false;
        } else if (ts_node_is_error(node) && !is_root) {
            name_skipped(&out[count++], node, text);
            into = false;
        }
        is_root = false;
        if (into && ts_tree_cursor_goto_first_child(&cursor)) {
            continue;
        }
        while (more && !ts_tree_cursor_goto_next_sibling(&cursor)) {
            more = ts_tree_cursor_goto_parent(&cursor);
        }
    }
    ts_tree_cursor_delete(&cursor);
    if (count == 0) {
        out[count++] = (rwg__syntax_error){.message = "the file is not well formed"};
    }
    return count;
}

bool rwg__errors_binary(rwg_str text, rwg__syntax_error *out_error) {
    rwg_str head = {text.ptr, text.len < BINARY_HEAD ? text.len : BINARY_HEAD};
    uint32_t nul = rwg__str_index(head, 0);
    if (nul == head.len) {
        return false;
    }
    bool utf16 = text.len >= 2 &&
                 (memcmp(text.ptr, "\xFF\xFE", 2) == 0 || memcmp(text.ptr, "\xFE\xFF", 2) == 0);
    out_error->span = (rwg_span){nul, nul + 1};
    (void)snprintf(
        out_error->message,
        sizeof out_error->message,
        utf16 ? "this file is UTF-16 text; sources must be UTF-8"
              : "this file is binary: it has a NUL byte at offset %u",
        nul
    );
    return true;
}

uint32_t rwg__errors_bad_utf8(rwg_str text, uint32_t at) {
    while (at < text.len) {
        uint64_t word = 0;
        while (text.len - at >= sizeof word) {
            memcpy(&word, text.ptr + at, sizeof word);
            if (word & 0x8080808080808080u) {
                break;
            }
            at += sizeof word;
        }
        if (at == text.len) {
            break;
        }
        uint32_t len = rwg__utf8_sequence(rwg__str_from(text, at));
        if (len == 0) {
            return at;
        }
        at += len;
    }
    return text.len;
}
