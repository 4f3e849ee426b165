/* Grammar gaps: code that people write and TypeScript accepts, but a grammar rejects. GAPS.md lists
 * them.
 *
 * After a parse with errors, the text around each error is searched for a known gap. What the gap
 * consists of is patched in a copy of equal length (blanked, or replaced by something with the same
 * meaning for a module record), so that all positions stay true, and the copy is parsed instead.
 * Extraction still reads names and specifiers from the text as it was written; only the tree comes
 * from the copy. */
#ifndef RWG_SYNTAX_GAPS_H
#define RWG_SYNTAX_GAPS_H

#include <rwgraph/module.h>

#include "base/vec.h"
#include "syntax/prescan.h"

#include <tree_sitter/api.h>

typedef struct rwg__gaps {
    rwg__mem *mem;
    RWG_VEC(char) seen;       /* the patched copy */
    RWG_VEC(rwg_span) types;  /* literals of import types that were patched away */
    RWG_VEC(rwg_span) errors; /* scratch: windows around the errors of a tree */
    rwg__prescan scan;        /* its literals: what of the text is no code */
} rwg__gaps;

void rwg__gaps_init(rwg__gaps *gaps, rwg__mem *mem);
void rwg__gaps_deinit(rwg__gaps *gaps);

/// Starts with a text of which nothing is patched.
void rwg__gaps_reset(rwg__gaps *gaps);
/// Patches what would be misread without being an error; before the first parse.
void rwg__gaps_prepare(rwg__gaps *gaps, rwg_str text, rwg_lang lang);
/// Patches the gaps around the errors of `tree`, which was made of `text` with the patches so far.
/// Returns false when no gap was found: then the errors are the user's.
bool rwg__gaps_patch(rwg__gaps *gaps, const TSTree *tree, rwg_str text, rwg_lang lang);

/// export-line: an `export` alone on its line is no error to the grammars, but a variable of that
/// name. Joins it with the next line, and returns whether there was one.
bool rwg__gaps_join_exports(rwg__gaps *gaps, const TSTree *tree, rwg_str text);

/// The text with its patches; `text` itself while there are none.
static inline rwg_str rwg__gaps_text(const rwg__gaps *gaps, rwg_str text) {
    return gaps->seen.len ? (rwg_str){gaps->seen.ptr, gaps->seen.len} : text;
}

#endif
