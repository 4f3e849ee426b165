/* Names syntax errors. tree-sitter marks a token it had to invent (MISSING) and stretches it had to
 * skip (ERROR); the first says what was expected, the second where reading stopped making sense. */
#include "syntax/errors.h"

#include <rwgraph/diag.h>

#include "base/str.h"

/* Errors after the first few are mostly echoes of those. */
#define MAX_REPORTS 5
/* Bytes of the offending text that a message quotes. */
#define QUOTE 30u

static void report_missing(rwg__record_builder *out, TSNode node) {
    uint32_t at = ts_node_start_byte(node);
    const char *type = ts_node_type(node);
    const char *quote = ts_node_is_named(node) ? "" : "\"";
    rwg__record_diag(
        out,
        RWG_DIAG_SYNTAX,
        RWG_SEVERITY_ERROR,
        (rwg_span){at, at},
        "%s%s%s is expected here",
        quote,
        type,
        quote
    );
}

static void report_error(rwg__record_builder *out, TSNode node, rwg_str source) {
    rwg_span span = {ts_node_start_byte(node), ts_node_end_byte(node)};
    uint32_t end = span.start;
    while (end < span.end && end - span.start < QUOTE && source.ptr[end] != '\n' &&
           source.ptr[end] != '\r') {
        end++;
    }
    while (end < span.end && end > span.start && ((unsigned char)source.ptr[end] & 0xC0) == 0x80) {
        end--;
    }
    span.end = end;
    if (span.start == end) {
        rwg__record_diag(
            out, RWG_DIAG_SYNTAX, RWG_SEVERITY_ERROR, span, "the text cannot be read from here on"
        );
        return;
    }
    rwg__record_diag(
        out,
        RWG_DIAG_SYNTAX,
        RWG_SEVERITY_ERROR,
        span,
        "\"%.*s\" is not expected here",
        (int)(end - span.start),
        source.ptr + span.start
    );
}

void rwg__errors_report(rwg__record_builder *out, const TSTree *tree, rwg_str source) {
    TSTreeCursor cursor = ts_tree_cursor_new(ts_tree_root_node(tree));
    int reports = 0;
    bool more = true;
    while (more && reports < MAX_REPORTS) {
        TSNode node = ts_tree_cursor_current_node(&cursor);
        bool is_root = ts_tree_cursor_current_depth(&cursor) == 0;
        bool into = ts_node_has_error(node);
        if (ts_node_is_missing(node)) {
            report_missing(out, node);
            reports++;
            into = false;
        } else if (ts_node_is_error(node) && !is_root) {
            report_error(out, node, source);
            reports++;
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
    if (reports == 0) {
        rwg__record_diag(
            out,
            RWG_DIAG_SYNTAX,
            RWG_SEVERITY_ERROR,
            (rwg_span){0, 0},
            "the file is not well formed"
        );
    }
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
