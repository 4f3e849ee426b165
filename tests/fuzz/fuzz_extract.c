// Any bytes as each language. What must hold: parsing ends with a valid record that can be read in
// full, the same text gives the same record, and what the digest says of a well-formed script is
// what the whole tree says.

#include "syntax/syntax.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLDS(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static bool swallow(void *payload, const char *bytes, size_t len) {
    size_t *total = payload;
    *total += len + (len ? (unsigned char)bytes[0] : 0);
    return true;
}

static rwg_module *parse(rwg__parser *parser, rwg_str text, rwg_lang lang, bool full) {
    rwg_parse_options options = RWG_PARSE_OPTIONS_INIT;
    options.lang = lang;
    options.full = full;
    rwg_module *m = rwg__parse(parser, text, &options, NULL);
    HOLDS(rwg__module_verify(m, rwg__module_size(m)) == 0);
    size_t total = 0;
    rwg_sink sink = {.write = swallow, .payload = &total};
    rwg_module_write_json(m, &sink);
    return m;
}

static bool equal(const rwg_module *a, const rwg_module *b) {
    uint32_t size = rwg__module_size(a);
    return size == rwg__module_size(b) && memcmp(a, b, size) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > 4096) {
        return 0; /* longer texts only make it slower */
    }
    char *text = malloc(size > 0 ? size : 1);
    if (size > 0) {
        memcpy(text, data, size);
    }
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    rwg__parser *parser = rwg__parser_new(&mem);
    for (int lang = RWG_LANG_NONE; lang <= RWG_LANG_CSS; lang++) {
        rwg_str str = {text, (uint32_t)size};
        rwg_module *full = parse(parser, str, (rwg_lang)lang, true);
        rwg_module *fast = parse(parser, str, (rwg_lang)lang, false);
        rwg_module *again = parse(parser, str, (rwg_lang)lang, false);
        HOLDS(equal(fast, again));
        if (!(rwg_module_flags(full) & RWG_MODULE_PARTIAL)) {
            HOLDS(equal(fast, full));
        }
        rwg__module_release(full);
        rwg__module_release(fast);
        rwg__module_release(again);
    }
    rwg__parser_free(parser);
    HOLDS(mem.used == 0);
    free(text);
    return 0;
}
