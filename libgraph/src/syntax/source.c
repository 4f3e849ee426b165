/* Runs tree-sitter. The bound on its work is counted in its own steps, not in time: a slow machine
 * must not give another graph than a fast one. */
#include "syntax/source.h"

#include <string.h>

/* tree-sitter asks whether to go on after about every hundred steps. Real files, minified ones and
 * ones full of errors among them, stay below one question for every 20 bytes. */
#define STEPS_FREE     20000u
#define STEPS_PER_BYTE 1u

void rwg__source_init(rwg__source *source, rwg__mem *mem) {
    *source = (rwg__source){.mem = mem};
}

void rwg__source_deinit(rwg__source *source) {
    for (int lang = 0; lang <= RWG_LANG_TSX; lang++) {
        if (source->parsers[lang]) {
            ts_parser_delete(source->parsers[lang]);
        }
        if (source->grammars[lang].language) {
            rwg__grammar_deinit(&source->grammars[lang], source->mem);
        }
    }
}

static rwg_lang grammar_lang(rwg_lang lang) {
    return lang == RWG_LANG_JSX ? RWG_LANG_JS : lang;
}

const rwg__grammar *rwg__source_grammar(rwg__source *source, rwg_lang lang) {
    rwg__grammar *grammar = &source->grammars[grammar_lang(lang)];
    if (!grammar->language) {
        rwg__grammar_init(grammar, source->mem, lang);
    }
    return grammar;
}

static TSParser *parser_for(rwg__source *source, rwg_lang lang) {
    TSParser **parser = &source->parsers[grammar_lang(lang)];
    if (!*parser) {
        *parser = ts_parser_new();
        bool taken = ts_parser_set_language(*parser, rwg__source_grammar(source, lang)->language);
        RWG_ASSERT(taken);
    }
    return *parser;
}

typedef struct run {
    rwg_str text;
    uint64_t steps_left;
} run;

static const char *read_text(void *payload, uint32_t at, TSPoint point, uint32_t *out_len) {
    const run *r = payload;
    (void)point;
    *out_len = at < r->text.len ? r->text.len - at : 0;
    return at < r->text.len ? r->text.ptr + at : "";
}

static bool should_stop(TSParseState *state) {
    run *r = state->payload;
    return r->steps_left-- == 0;
}

TSTree *rwg__source_parse(rwg__source *source, rwg_lang lang, rwg_str text) {
    TSParser *parser = parser_for(source, lang);
    run r = {text, STEPS_FREE + (uint64_t)text.len * STEPS_PER_BYTE};
    TSInput input = {.payload = &r, .read = read_text, .encoding = TSInputEncodingUTF8};
    TSParseOptions options = {.payload = &r, .progress_callback = should_stop};
    TSTree *tree = ts_parser_parse_with_options(parser, NULL, input, options);
    /* A parse that was stopped would be resumed by the next one. */
    ts_parser_reset(parser);
    return tree;
}
