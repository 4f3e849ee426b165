// Packed module records from bytes, as a damaged database might hand them over. What must hold for
// any bytes: unpacking never reads outside them, and what it makes of them is a record of which all
// invariants hold, or nothing.

#include "record/packed.h"

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
    for (size_t i = 0; i < len; i++) {
        *total += (unsigned char)bytes[i];
    }
    return true;
}

/// Every string of the names and directives, which the JSON does not print in full.
static size_t read_strings(const rwg_module *module) {
    size_t total = 0;
    uint32_t count = 0;
    const rwg_name *names = rwg_module_names(module, &count);
    for (uint32_t i = 0; i < count; i++) {
        total += rwg_module_str(module, names[i].imported).len;
        total += rwg_module_str(module, names[i].local).len;
    }
    const rwg_hot *hots = rwg_module_hots(module, &count);
    for (uint32_t i = 0; i < count; i++) {
        total += rwg_module_str(module, hots[i].value).len;
    }
    const rwg_pragma *pragmas = rwg_module_pragmas(module, &count);
    for (uint32_t i = 0; i < count; i++) {
        total += rwg_module_str(module, pragmas[i].value).len;
    }
    const rwg_module_diag *diags = rwg_module_diags(module, &count);
    for (uint32_t i = 0; i < count; i++) {
        total += rwg_module_str(module, diags[i].message).len;
    }
    return total;
}

/// What the columns beside a packed record say: a byte each for how many imports and problems, then
/// four bytes for each of them.
static size_t take_columns(rwg__packed *out, const uint8_t *data, size_t size) {
    size_t at = 2;
    uint32_t imports = size >= 2 ? data[0] % 8 : 0;
    uint32_t problems = size >= 2 ? data[1] % 4 : 0;
    for (uint32_t i = 0; i < imports && at + 4 <= size; i++, at += 4) {
        *rwg__vec_push(&out->imports, out->mem) = (rwg__packed_import){
            .specifier = {(const char *)data + at, data[at] % 5},
            .kind = data[at + 1],
            .flags = data[at + 2],
            .line = data[at + 3],
        };
    }
    for (uint32_t i = 0; i < problems && at + 4 <= size; i++, at += 4) {
        *rwg__vec_push(&out->problems, out->mem) = (rwg__packed_problem){
            .message = {(const char *)data + at, data[at] % 5},
            .span = {data[at + 1], data[at + 2]},
            .code = data[at + 3],
            .severity = data[at + 3] % 8,
        };
    }
    return at < size ? at : size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const rwg_str shared[] = {
        {"default", 7}, {"a specifier", 11}, {"x", 1}, {"useState", 8}, {"*", 1}};
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    rwg__packed packed;
    rwg__packed_init(&packed, &mem);
    size_t at = take_columns(&packed, data, size);
    // malloc'd, as a sanitizer asks for their exact end.
    size_t rest = size - at;
    char *bytes = malloc(rest > 0 ? rest : 1);
    if (rest > 0) {
        memcpy(bytes, data + at, rest);
    }
    rwg_str text = {bytes, (uint32_t)rest};
    rwg_module *module = rwg__module_unpack(&mem, text, &packed, (rwg_hash){{0}}, shared, 5);
    if (module) {
        HOLDS(rwg__module_verify(module, rwg__module_size(module)) == 0);
        size_t total = read_strings(module);
        rwg_sink sink = {.write = swallow, .payload = &total};
        rwg_module_write_json(module, &sink);
        rwg__module_release(module);
    }
    rwg__packed_deinit(&packed);
    free(bytes);
    HOLDS(mem.used == 0);
    return 0;
}
