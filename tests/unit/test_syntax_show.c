#include "test_syntax_show.h"

#include <rwgraph/diag.h>

#include "base/str.h"
#include "record/record.h"

#include <stdarg.h>
#include <stdio.h>

typedef struct text {
    char bytes[16384];
    size_t len;
} text;

__attribute__((format(printf, 2, 3))) static void add(text *t, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int len = vsnprintf(t->bytes + t->len, sizeof t->bytes - t->len, format, args);
    va_end(args);
    assert_true(len >= 0 && (size_t)len < sizeof t->bytes - t->len);
    t->len += (size_t)len;
}

static void start(text *t) {
    t->len = 0;
    t->bytes[0] = 0;
}

static void add_ref(text *t, const rwg_module *m, rwg_ref ref) {
    rwg_str str = rwg_module_str(m, ref);
    add(t, "%.*s", (int)str.len, str.ptr);
}

static rwg_module *parse_once(rwg_lang lang, rwg_str code, bool full) {
    rwg_parse_options options = RWG_PARSE_OPTIONS_INIT;
    options.lang = lang;
    options.full = full;
    rwg_module *m = NULL;
    rwg_error err = {0};
    assert_int_equal(rwg_module_parse(code, &options, &m, &err), RWG_OK);
    return m;
}

rwg_module *parse_text(rwg_lang lang, rwg_str code) {
    rwg_module *fast = parse_once(lang, code, false);
    rwg_module *full = parse_once(lang, code, true);
    if (!(rwg_module_flags(full) & RWG_MODULE_PARTIAL)) {
        assert_int_equal(rwg__module_verify(full, rwg__module_size(full)), 0);
        assert_int_equal(rwg__module_size(fast), rwg__module_size(full));
        assert_memory_equal(fast, full, rwg__module_size(full));
    }
    rwg_module_free(fast);
    return full;
}

rwg_module *parse(rwg_lang lang, const char *code) {
    return parse_text(lang, rwg__str_c(code));
}

const char *show_imports(const rwg_module *m) {
    static text t;
    start(&t);
    uint32_t n = 0;
    const rwg_import *imports = rwg_module_imports(m, &n);
    uint32_t names_n = 0;
    const rwg_name *names = rwg_module_names(m, &names_n);
    for (uint32_t i = 0; i < n; i++) {
        const rwg_import *import = &imports[i];
        add(&t, "%s%s ", i ? "; " : "", rwg_import_kind_name((rwg_import_kind)import->kind));
        add(&t, "%s", import->flags & RWG_IMPORT_TYPE_ONLY ? "type " : "");
        add(&t, "%s", import->flags & RWG_IMPORT_IN_TRY ? "try " : "");
        add(&t, "%s", import->flags & RWG_IMPORT_GLOB_EAGER ? "eager " : "");
        add(&t, "%s", import->flags & RWG_IMPORT_GLOB_NEGATIVE ? "not " : "");
        add(&t, "%s", import->flags & RWG_IMPORT_SIDE_EFFECT ? "side " : "");
        add_ref(&t, m, import->specifier);
        for (uint32_t k = 0; k < import->name_count; k++) {
            const rwg_name *name = &names[import->first_name + k];
            bool type = name->flags & RWG_NAME_TYPE_ONLY && !(import->flags & RWG_IMPORT_TYPE_ONLY);
            add(&t, "%s%s", k ? ", " : " {", type ? "type " : "");
            add_ref(&t, m, name->imported);
        }
        add(&t, "%s", import->name_count ? "}" : "");
        if (import->attributes.v) {
            add(&t, " with ");
            add_ref(&t, m, import->attributes);
        }
    }
    return t.bytes;
}

const char *show_exports(const rwg_module *m) {
    static text t;
    start(&t);
    uint32_t n = 0;
    uint32_t imports_n = 0;
    const rwg_import *imports = rwg_module_imports(m, &imports_n);
    const rwg_export *exports = rwg_module_exports(m, &n);
    for (uint32_t i = 0; i < n; i++) {
        const rwg_export *export = &exports[i];
        add(&t, "%s%s", i ? ", " : "", export->flags & RWG_EXPORT_TYPE_ONLY ? "type " : "");
        if (export->flags & RWG_EXPORT_STAR) {
            add(&t, "*");
        }
        add_ref(&t, m, export->name);
        if (export->import != RWG_NO_IMPORT) {
            add(&t, " from ");
            add_ref(&t, m, imports[export->import].specifier);
        }
    }
    return t.bytes;
}

const char *show_diags(const rwg_module *m) {
    static text t;
    start(&t);
    uint32_t n = 0;
    const rwg_module_diag *diags = rwg_module_diags(m, &n);
    for (uint32_t i = 0; i < n; i++) {
        add(&t,
            "%s%s@%u: ",
            i ? "; " : "",
            rwg_diag_code_name((rwg_diag_code)diags[i].code),
            diags[i].span.start);
        add_ref(&t, m, diags[i].message);
    }
    return t.bytes;
}

const char *imports_of(rwg_lang lang, const char *code) {
    rwg_module *m = parse(lang, code);
    const char *shown = show_imports(m);
    rwg_module_free(m);
    return shown;
}

const char *exports_of(rwg_lang lang, const char *code) {
    rwg_module *m = parse(lang, code);
    const char *shown = show_exports(m);
    rwg_module_free(m);
    return shown;
}

const char *diags_of(rwg_lang lang, const char *code) {
    rwg_module *m = parse(lang, code);
    const char *shown = show_diags(m);
    rwg_module_free(m);
    return shown;
}

const char *directives_of(rwg_lang lang, const char *code) {
    static text t;
    start(&t);
    rwg_module *m = parse(lang, code);
    uint32_t n = 0;
    const rwg_directive *directives = rwg_module_directives(m, &n);
    for (uint32_t i = 0; i < n; i++) {
        add(&t, "%s", i ? "|" : "");
        add_ref(&t, m, directives[i].value);
    }
    rwg_module_free(m);
    return t.bytes;
}

const char *kind_of(rwg_lang lang, const char *code) {
    static const struct {
        uint32_t flag;
        const char *name;
    } FLAGS[] = {
        {RWG_MODULE_TLA, "tla"},
        {RWG_MODULE_USES_META, "meta"},
        {RWG_MODULE_USES_HOT, "hot"},
        {RWG_MODULE_CJS_DYNAMIC, "dynamic"},
        {RWG_MODULE_ES_INTEROP, "interop"},
        {RWG_MODULE_PARTIAL, "partial"},
    };

    static text t;
    start(&t);
    rwg_module *m = parse(lang, code);
    add(&t, "%s", rwg_module_kind_name(rwg_module_kind_of(m)));
    for (size_t i = 0; i < sizeof FLAGS / sizeof FLAGS[0]; i++) {
        if (rwg_module_flags(m) & FLAGS[i].flag) {
            add(&t, " %s", FLAGS[i].name);
        }
    }
    rwg_module_free(m);
    return t.bytes;
}
