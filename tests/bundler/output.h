// What tests of single passes share: text in, code out.
#ifndef RWB_TEST_OUTPUT_H
#define RWB_TEST_OUTPUT_H

#include "base/str.h"
#include "test.h"

#include <rwbundler/transform.h>
#include <stdlib.h>

/// The output, which the caller frees. Fails the test when there is none.
static inline rwb_output *output_of(const char *text, const rwb_transform_options *options) {
    rwb_transformer *t = rwb_transformer_new();
    rwb_output *output = NULL;
    rwg_error err = {0};
    if (rwb_transform(t, rwg__str_c(text), options, &output, &err) != RWG_OK) {
        fail_msg("%s", err.text);
    }
    rwb_transformer_free(t);
    return output;
}

/// The code as a C string on the heap. Fails the test when there are diagnostics.
static inline char *code_of(const char *text, const rwb_transform_options *options) {
    rwb_output *output = output_of(text, options);
    uint32_t n = 0;
    const rwg_diag *diags = rwb_output_diags(output, &n);
    if (n > 0) {
        fail_msg("%.*s", (int)diags[0].message.len, diags[0].message.ptr);
    }
    rwg_str code = rwb_output_code(output);
    char *copy = calloc(1, (size_t)code.len + 1);
    if (code.len > 0) {
        memcpy(copy, code.ptr, code.len);
    }
    rwb_output_free(output);
    return copy;
}

static inline void
expect_code(const char *text, const rwb_transform_options *options, const char *expected) {
    char *code = code_of(text, options);
    assert_string_equal(code, expected);
    free(code);
}

#endif
