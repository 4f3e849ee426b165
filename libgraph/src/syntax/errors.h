/* What a tree's errors are called, and texts that are not text. */
#ifndef RWG_SYNTAX_ERRORS_H
#define RWG_SYNTAX_ERRORS_H

#include <rwgraph/base.h>

#include <tree_sitter/api.h>

/* Errors after the first few are mostly echoes of those. */
#define RWG__ERRORS_MAX 5

/* Said of a text for which there is no tree. */
#define RWG__TOO_MANY_STEPS                                                                        \
    "reading this file takes more steps than its length explains; it was given up"

typedef struct rwg__syntax_error {
    rwg_span span;
    char message[112];
} rwg__syntax_error;

/// Names the outermost errors of a tree that has some, at least one and at most RWG__ERRORS_MAX, in
/// source order. Returns how many. `text` is the file as it was written; the tree's positions are
/// those of the file.
uint32_t rwg__errors_find(const TSTree *tree, rwg_str text, rwg__syntax_error out[RWG__ERRORS_MAX]);

/// Whether the text is binary data; then out_error says why.
bool rwg__errors_binary(rwg_str text, rwg__syntax_error *out_error);

/// The first byte from `at` on that is not part of well-formed UTF-8, or text.len.
uint32_t rwg__errors_bad_utf8(rwg_str text, uint32_t at);

#endif
