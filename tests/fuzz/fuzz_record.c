// Module records from bytes, as a damaged database might hand them over. What must hold for any
// bytes: the verifier never reads outside them, and a record that it lets pass can be read in full.
// Anyone who reads only `counts` and refs can then rely on both.

#include "record/record.h"

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
    const rwg_module_diag *diags = rwg_module_diags(module, &count);
    for (uint32_t i = 0; i < count; i++) {
        total += rwg_module_str(module, diags[i].message).len;
    }
    return total;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    // malloc'd, as the verifier asks for aligned bytes and a sanitizer for their exact end.
    void *bytes = malloc(size > 0 ? size : 1);
    if (size > 0) {
        memcpy(bytes, data, size);
    }
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    uint32_t broken = 0;
    rwg_module *module = rwg__module_adopt(&mem, bytes, (uint32_t)size, &broken);
    HOLDS((module == NULL) == (broken != 0));
    if (module) {
        size_t total = read_strings(module);
        rwg_sink sink = {.write = swallow, .payload = &total};
        rwg_module_write_json(module, &sink);
        HOLDS(rwg__module_size(module) == size);
        rwg__module_release(module);
    }
    HOLDS(mem.used == 0);
    free(bytes);
    return 0;
}
