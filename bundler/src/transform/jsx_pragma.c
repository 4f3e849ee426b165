/* How one file's JSX is compiled: what the options say, and over them the comments that the record
 * has (extract_pragma.c reads them). */
#include "transform/jsx.h"

static rwg_str or_else(rwg_str text, rwg_str usual) {
    return text.len > 0 ? text : usual;
}

rwb__jsx_settings rwb__jsx_settings_of(const rwb__unit *u) {
    const rwb_transform_options *options = u->options;
    rwb__jsx_settings settings = {
        .runtime = options->jsx,
        .source = or_else(options->jsx_import_source, RWG_STR("react")),
        .factory = or_else(options->jsx_factory, RWG_STR("React.createElement")),
        .fragment = or_else(options->jsx_fragment, RWG_STR("React.Fragment")),
    };
    uint32_t count = 0;
    const rwg_pragma *pragmas = rwg_module_pragmas(u->record, &count);
    rwg_str runtime = {NULL, 0};
    bool names_source = false;
    for (uint32_t i = 0; i < count; i++) {
        rwg_str value = rwg_module_str(u->record, pragmas[i].value);
        switch ((rwg_pragma_kind)pragmas[i].kind) {
        case RWG_PRAGMA_JSX_RUNTIME: runtime = value; break;
        case RWG_PRAGMA_JSX_IMPORT_SOURCE:
            settings.source = value;
            names_source = true;
            break;
        case RWG_PRAGMA_JSX_FACTORY: settings.factory = value; break;
        case RWG_PRAGMA_JSX_FRAGMENT: settings.fragment = value; break;
        case RWG_PRAGMA_KIND_COUNT: break;
        }
    }
    if (settings.runtime != RWB_JSX_PRESERVE) {
        /* The classic runtime imports nothing: who names a source means the other. */
        bool automatic = runtime.len > 0 ? rwg__str_eq_c(runtime, "automatic") : names_source;
        bool classic = runtime.len > 0 && !automatic;
        settings.runtime = automatic ? RWB_JSX_AUTOMATIC
                           : classic ? RWB_JSX_CLASSIC
                                     : settings.runtime;
    }
    return settings;
}

uint32_t rwb__jsx_import(const rwb__unit *u) {
    uint32_t count = 0;
    const rwg_import *imports = rwg_module_imports(u->record, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (imports[i].kind == RWG_IMPORT_JSX) {
            return i;
        }
    }
    return RWG_NO_IMPORT;
}
