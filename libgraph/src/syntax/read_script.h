/* A whole script's text -> tree: bytes repaired, gaps of the grammar patched. Both the module
 * record (parse.c) and the syntax tree of tools (tree.c) start here. */
#ifndef RWG_SYNTAX_READ_SCRIPT_H
#define RWG_SYNTAX_READ_SCRIPT_H

#include "syntax/gaps.h"
#include "syntax/source.h"

typedef struct rwg__script {
    rwg__mem *mem;
    rwg__source source;
    rwg__gaps gaps;         /* those of the last tree */
    RWG_VEC(char) repaired; /* the last text that had bytes to replace, with '?' in their place */
} rwg__script;

void rwg__script_init(rwg__script *script, rwg__mem *mem);
void rwg__script_deinit(rwg__script *script);

/* Bytes of a text that are not UTF-8. */
typedef struct rwg__bad_bytes {
    uint32_t count;
    uint32_t first; /* offset of the first one when count > 0 */
} rwg__bad_bytes;

/// The text with bytes that are not UTF-8, and NUL bytes, replaced, in a copy that is good until
/// the next call; `text` itself when there are none.
rwg_str rwg__script_repair(rwg__script *script, rwg_str text, rwg__bad_bytes *out_bad);

/// The tree of a text, its gaps patched as far as they are known; to be freed with ts_tree_delete.
/// Errors that remain are the author's. `script->gaps` says afterwards what was patched. NULL: too
/// much work, as of rwg__source_parse.
TSTree *rwg__script_tree(rwg__script *script, rwg_lang lang, rwg_str text);

#endif
