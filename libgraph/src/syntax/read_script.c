/* The way from bytes that may be anything to the best tree there is. */
#include "syntax/read_script.h"

#include "base/str.h"
#include "syntax/errors.h"

/* Each round of patching uncovers gaps that hid behind the last one's errors. */
#define MAX_ROUNDS 8

void rwg__script_init(rwg__script *script, rwg__mem *mem) {
    *script = (rwg__script){.mem = mem};
    rwg__source_init(&script->source, mem);
    rwg__gaps_init(&script->gaps, mem);
}

void rwg__script_deinit(rwg__script *script) {
    rwg__source_deinit(&script->source);
    rwg__gaps_deinit(&script->gaps);
    rwg__vec_free(&script->repaired, script->mem);
}

rwg_str rwg__script_repair(rwg__script *script, rwg_str text, rwg__bad_bytes *out_bad) {
    uint32_t bad = rwg__errors_bad_utf8(text, 0);
    uint32_t nul = rwg__str_index(text, 0);
    *out_bad = (rwg__bad_bytes){.first = bad};
    if (bad == text.len && nul == text.len) {
        return text;
    }
    script->repaired.len = 0;
    rwg__vec_reserve(&script->repaired, script->mem, text.len);
    char *copy = script->repaired.ptr;
    memcpy(copy, text.ptr, text.len);
    script->repaired.len = text.len;
    for (; bad < text.len; bad = rwg__errors_bad_utf8(text, bad + 1)) {
        copy[bad] = '?';
        out_bad->count++;
    }
    for (; nul < text.len; nul++) {
        if (copy[nul] == 0) {
            copy[nul] = '?';
        }
    }
    return (rwg_str){copy, text.len};
}

TSTree *rwg__script_tree(rwg__script *script, rwg_lang lang, rwg_str text) {
    rwg__gaps *gaps = &script->gaps;
    rwg__gaps_reset(gaps);
    rwg__gaps_prepare(gaps, text, lang);
    TSTree *tree = rwg__source_parse(&script->source, lang, rwg__gaps_text(gaps, text));
    for (int round = 0; round < MAX_ROUNDS && tree; round++) {
        bool patched = rwg__gaps_join_exports(gaps, tree, text);
        if (ts_node_has_error(ts_tree_root_node(tree))) {
            patched |= rwg__gaps_patch(gaps, tree, text, lang);
        }
        if (!patched) {
            break;
        }
        ts_tree_delete(tree);
        tree = rwg__source_parse(&script->source, lang, rwg__gaps_text(gaps, text));
    }
    return tree;
}
