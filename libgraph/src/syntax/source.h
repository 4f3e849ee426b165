/* Text -> tree-sitter tree. Holds one tree-sitter parser and one table per grammar, made on first
 * use, and bounds the work a text can cause. */
#ifndef RWG_SYNTAX_SOURCE_H
#define RWG_SYNTAX_SOURCE_H

#include "syntax/grammar.h"

typedef struct rwg__source {
    rwg__mem *mem;
    TSParser *parsers[RWG_LANG_TSX + 1]; /* by rwg_lang; JS and JSX share one */
    rwg__grammar grammars[RWG_LANG_TSX + 1];
} rwg__source;

void rwg__source_init(rwg__source *source, rwg__mem *mem);
void rwg__source_deinit(rwg__source *source);

/// The tables for lang, made on first use; they live as long as the source.
const rwg__grammar *rwg__source_grammar(rwg__source *source, rwg_lang lang);

/// The text's tree, to be freed with ts_tree_delete; NULL when the text needs more steps than its
/// length explains (hostile input). The same text gives the same answer on every machine.
TSTree *rwg__source_parse(rwg__source *source, rwg_lang lang, rwg_str text);

#endif
