/* JSON as a module, the way bundlers see it: `import data, {name} from "./package.json"`. */
#include "syntax/read_json.h"

#include <rwgraph/diag.h>

#include "base/json.h"
#include "base/str.h"

/* ASCII identifiers only: a key with other letters is reached through the default export. */
static bool is_identifier(rwg_str key) {
    for (uint32_t i = 0; i < key.len; i++) {
        char c = key.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
        if (!letter && !(i > 0 && c >= '0' && c <= '9')) {
            return false;
        }
    }
    return key.len > 0;
}

static void add_export(rwg__record_builder *out, rwg_str name) {
    rwg_ref ref = rwg__record_str(out, name);
    rwg__record_export(out)->name = ref;
}

bool rwg__read_json(rwg__record_builder *out, rwg__arena *arena, rwg_str text) {
    rwg__json_error error = {0};
    const rwg__json *json = rwg__json_parse(arena, text, &error);
    if (!json) {
        uint32_t at = error.offset < text.len ? error.offset : text.len;
        uint32_t end = at < text.len ? at + 1 : at;
        rwg__record_diag(
            out,
            RWG_DIAG_BAD_JSON,
            RWG_SEVERITY_ERROR,
            (rwg_span){at, end},
            "%s (line %u, column %u)",
            error.text,
            error.line,
            error.column
        );
        return false;
    }
    add_export(out, RWG_STR("default"));
    if (json->type == RWG__JSON_OBJECT) {
        for (uint32_t i = 0; i < json->count; i++) {
            if (is_identifier(json->keys[i]) && !rwg__str_eq_c(json->keys[i], "default")) {
                add_export(out, json->keys[i]);
            }
        }
    }
    return true;
}
