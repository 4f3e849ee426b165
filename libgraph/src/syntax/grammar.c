/* Makes the tables of grammar.h from a language's own names. */
#include "syntax/grammar.h"

#include "syntax/syntax.h"

#include <string.h>

const TSLanguage *tree_sitter_javascript(void);
const TSLanguage *tree_sitter_tsx(void);
const TSLanguage *tree_sitter_typescript(void);

typedef struct node_name {
    const char *name;
    rwg__node node;
} node_name;

static const node_name NAMED[] = {
#define X(node, name) {name, RWG__NODE_##node},
    RWG__NODE_MAP(X)
#undef X
};

static const node_name WORDS[] = {
    {"*", RWG__NODE_WORD_STAR},
    {"=", RWG__NODE_WORD_EQUALS},
    {"as", RWG__NODE_WORD_AS},
    {"await", RWG__NODE_WORD_AWAIT},
    {"default", RWG__NODE_WORD_DEFAULT},
    {"namespace", RWG__NODE_WORD_NAMESPACE},
    {"satisfies", RWG__NODE_WORD_AS},
    {"type", RWG__NODE_WORD_TYPE},
    {"typeof", RWG__NODE_WORD_TYPE},
};

static rwg__node node_of_name(const node_name *table, size_t count, const char *name) {
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(table[middle].name, name);
        if (order == 0) {
            return table[middle].node;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return RWG__NODE_NONE;
}

static const TSLanguage *language_of(rwg_lang lang) {
    switch (lang) {
    case RWG_LANG_JS:
    case RWG_LANG_JSX: return tree_sitter_javascript();
    case RWG_LANG_TS: return tree_sitter_typescript();
    case RWG_LANG_TSX: return tree_sitter_tsx();
    case RWG_LANG_NONE:
    case RWG_LANG_JSON:
    case RWG_LANG_CSS: break;
    }
    return NULL;
}

void rwg__grammar_init(rwg__grammar *grammar, rwg__mem *mem, rwg_lang lang) {
    static const char *const FIELDS[RWG__FIELD_COUNT] = {
#define X(name, text) [RWG__FIELD_##name] = (text),
        RWG__FIELD_MAP(X)
#undef X
    };
    const TSLanguage *language = language_of(lang);
    RWG_ASSERT(language);
    grammar->language = language;
    grammar->node_count = ts_language_symbol_count(language);
    grammar->nodes = rwg__mem_zalloc(mem, grammar->node_count);
    for (uint32_t symbol = 0; symbol < grammar->node_count; symbol++) {
        const char *name = ts_language_symbol_name(language, (TSSymbol)symbol);
        TSSymbolType type = ts_language_symbol_type(language, (TSSymbol)symbol);
        rwg__node node = RWG__NODE_NONE;
        if (type == TSSymbolTypeRegular) {
            node = node_of_name(NAMED, sizeof NAMED / sizeof NAMED[0], name);
        } else if (type == TSSymbolTypeAnonymous) {
            node = node_of_name(WORDS, sizeof WORDS / sizeof WORDS[0], name);
        }
        grammar->nodes[symbol] = (uint8_t)node;
    }
    for (int f = 0; f < RWG__FIELD_COUNT; f++) {
        grammar->fields[f] =
            ts_language_field_id_for_name(language, FIELDS[f], (uint32_t)strlen(FIELDS[f]));
    }
}

void rwg__grammar_deinit(rwg__grammar *grammar, rwg__mem *mem) {
    rwg__mem_free(mem, grammar->nodes, grammar->node_count);
    *grammar = (rwg__grammar){.language = NULL};
}

rwg_str rwg__grammar_versions(void) {
    return RWG_STR(RWG_GRAMMAR_VERSIONS); /* from the build, which knows the packages */
}
