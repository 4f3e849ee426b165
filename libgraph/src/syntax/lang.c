/* Which language a file is in, by its name alone. */
#include <rwgraph/module.h>

#include "base/str.h"

typedef struct extension {
    const char *text;
    rwg_lang lang;
} extension;

static const extension EXTENSIONS[] = {
    {"cjs", RWG_LANG_JS},
    {"css", RWG_LANG_CSS},
    {"cts", RWG_LANG_TS},
    {"js", RWG_LANG_JS},
    {"json", RWG_LANG_JSON},
    {"jsx", RWG_LANG_JSX},
    {"mjs", RWG_LANG_JS},
    {"mts", RWG_LANG_TS},
    {"ts", RWG_LANG_TS},
    {"tsx", RWG_LANG_TSX},
};

/* x.d.ts, x.d.mts, x.d.cts, and x.d.css.ts for a stylesheet's types. */
static bool is_declaration(rwg_str name, uint32_t last_dot) {
    rwg_str stem = rwg__str_sub(name, 0, last_dot);
    if (rwg__str_ends(stem, RWG_STR(".d"))) {
        return true;
    }
    uint32_t dot = rwg__str_last_index(stem, '.');
    return dot < stem.len && rwg__str_ends(rwg__str_sub(stem, 0, dot), RWG_STR(".d"));
}

rwg_lang rwg_lang_of_path(rwg_str path, bool *out_declaration) {
    bool declaration = false;
    rwg_lang lang = RWG_LANG_NONE;
    uint32_t slash = rwg__str_last_index(path, '/');
    rwg_str name = slash < path.len ? rwg__str_from(path, slash + 1) : path;
    uint32_t dot = rwg__str_last_index(name, '.');
    if (dot < name.len) {
        rwg_str ext = rwg__str_from(name, dot + 1);
        for (size_t i = 0; i < sizeof EXTENSIONS / sizeof EXTENSIONS[0]; i++) {
            if (rwg__str_eq_c(ext, EXTENSIONS[i].text)) {
                lang = EXTENSIONS[i].lang;
            }
        }
        declaration = lang == RWG_LANG_TS && is_declaration(name, dot);
    }
    if (out_declaration) {
        *out_declaration = declaration;
    }
    return lang;
}
