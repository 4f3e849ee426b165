/* What a tree's errors are called in diagnostics, and texts that are not text. */
#ifndef RWG_SYNTAX_ERRORS_H
#define RWG_SYNTAX_ERRORS_H

#include "record/record.h"

#include <tree_sitter/api.h>

/// Adds a diagnostic for each outermost error of the tree, a few at most. `source` is the file; the
/// tree's positions are those of the file.
void rwg__errors_report(rwg__record_builder *out, const TSTree *tree, rwg_str source);

/// The first byte from `at` on that is not part of well-formed UTF-8, or text.len.
uint32_t rwg__errors_bad_utf8(rwg_str text, uint32_t at);

#endif
