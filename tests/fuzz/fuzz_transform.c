// The first two bytes choose the language and the options, the rest is the text: any bytes must be
// answered with code or with problems, and the map must be one. What comes out as an ES module of
// JavaScript is JavaScript that nothing is left to do with; a factory is an expression.

#include "base/buf.h"
#include "base/str.h"
#include "emit/sourcemap.h"

#include <rwbundler/transform.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLDS(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static void check_map(rwg_str json) {
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    rwb__map_builder map;
    rwb__map_init(&map, &mem);
    HOLDS(rwb__map_read(&map, json, NULL) == RWG_OK);
    HOLDS(map.sources.len == 1);
    rwb__map_deinit(&map);
    HOLDS(mem.used == 0);
}

static bool has_problems(const rwb_output *output) {
    uint32_t n = 0;
    (void)rwb_output_diags(output, &n);
    return n > 0;
}

/* A factory is an expression: in parentheses it is a script. */
static void check_factory(rwb_transformer *t, rwg_str code) {
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    rwg__buf text;
    rwg__buf_init(&text, &mem);
    rwg__buf_char(&text, '(');
    rwg__buf_add(&text, code);
    rwg__buf_add(&text, RWG_STR("\n)"));
    rwb_transform_options options = RWB_TRANSFORM_OPTIONS_INIT;
    options.source_map = false;
    rwb_output *output = NULL;
    HOLDS(rwb_transform(t, rwg__buf_str(&text), &options, &output, NULL) == RWG_OK);
    HOLDS(!has_problems(output));
    rwb_output_free(output);
    rwg__buf_deinit(&text);
}

static void check(rwb_transformer *t, rwg_str text, const rwb_transform_options *options) {
    rwb_output *output = NULL;
    if (rwb_transform(t, text, options, &output, NULL) != RWG_OK) {
        HOLDS(!output);
        return;
    }
    bool is_js = options->lang == RWG_LANG_JS || options->lang == RWG_LANG_JSX;
    bool is_final = options->jsx != RWB_JSX_PRESERVE && !options->refresh;
    if (!has_problems(output)) {
        check_map(rwb_output_map(output));
        if (is_js && is_final && options->form == RWB_FORM_FACTORY) {
            check_factory(t, rwb_output_code(output));
        } else if (is_js && is_final) {
            rwb_output *again = NULL;
            HOLDS(rwb_transform(t, rwb_output_code(output), options, &again, NULL) == RWG_OK);
            HOLDS(!has_problems(again));
            HOLDS(rwg__str_eq(rwb_output_code(output), rwb_output_code(again)));
            rwb_output_free(again);
        }
    }
    rwb_output_free(output);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2 || size > 4096) {
        return 0; /* longer texts only make it slower */
    }
    rwb_transform_options options = RWB_TRANSFORM_OPTIONS_INIT;
    options.lang = (rwg_lang)(RWG_LANG_JS + data[0] % 4);
    options.module = data[0] & 4;
    options.form = data[0] & 8 ? RWB_FORM_FACTORY : RWB_FORM_ESM;
    options.jsx = (rwb_jsx)((data[0] >> 4) % 3);
    options.jsx_dev = data[0] & 64;
    options.verbatim_module_syntax = data[0] & 128;
    options.use_define_for_class_fields = !(data[1] & 1);
    options.decorators = data[1] & 2 ? RWB_DECORATORS_LEGACY : RWB_DECORATORS_STANDARD;
    options.emit_decorator_metadata = data[1] & 4;
    options.refresh = data[1] & 8;
    static const rwb_define DEFINES[] = {
        {{"process.env.NODE_ENV", 20}, {"\"production\"", 12}},
        {{"import.meta.env", 15}, {"{a: 1}", 6}},
        {{"x", 1}, {"1", 1}},
    };
    options.defines = DEFINES;
    options.define_count = data[1] & 16 ? 3 : 0;
    options.hot = data[1] & 32 ? RWG_STR("__hot") : RWG_STR("");
    options.path = RWG_STR("src/a.tsx");

    size_t len = size - 2;
    char *text = malloc(len ? len : 1); /* its own block, so that a sanitizer sees its end */
    memcpy(text, data + 2, len);
    rwb_transformer *t = rwb_transformer_new();
    check(t, rwg__str(text, len), &options);
    rwb_transformer_free(t);
    free(text);
    return 0;
}
