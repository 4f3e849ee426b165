/* Questions about settings. */
#include "link/settings.h"

#include "base/str.h"

rwg_str rwb__settings_jsx_source(const rwb__settings *s, rwg_str path, bool is_dependency) {
    rwg_str usual = s->jsx_usual.len > 0 ? s->jsx_usual : RWG_STR("react");
    if (is_dependency || !s->resolver) {
        return s->jsx_source_count > 0 ? s->jsx_sources[0] : usual;
    }
    const rwg_compiler_options *said = rwg_resolver_compiler_options(s->resolver, path);
    return said->jsx_import_source.len > 0 ? said->jsx_import_source : usual;
}

rwb__implicit
rwb__settings_jsx_runtime(const rwb__settings *s, rwg_env env, rwg_str path, bool is_dependency) {
    rwg_str source = rwb__settings_jsx_source(s, path, is_dependency);
    for (uint32_t i = 0; i < s->jsx_source_count; i++) {
        if (rwg__str_eq(s->jsx_sources[i], source)) {
            return s->envs[env.v - 1].jsx[i];
        }
    }
    return (rwb__implicit){.specifier = source};
}
