/* A record as JSON: one object, the line that `rwgraph parse` prints. Fields that only say "no" are
 * left out, so that the common line stays short; the ones every reader needs are always there. */
#include <rwgraph/diag.h>

#include "base/str.h"
#include "record/record.h"

static void write_text(rwg_json_writer *w, const char *key, rwg_str text) {
    rwg_json_key(w, key);
    rwg_json_string(w, text);
}

static void write_ref(rwg_json_writer *w, const rwg_module *m, const char *key, rwg_ref ref) {
    write_text(w, key, rwg_module_str(m, ref));
}

static void write_bool(rwg_json_writer *w, const char *key, bool value) {
    rwg_json_key(w, key);
    rwg_json_bool(w, value);
}

static void write_true(rwg_json_writer *w, const char *key, bool value) {
    if (value) {
        write_bool(w, key, true);
    }
}

static void write_span(rwg_json_writer *w, rwg_span span) {
    rwg_json_key(w, "start");
    rwg_json_uint(w, span.start);
    rwg_json_key(w, "end");
    rwg_json_uint(w, span.end);
}

static void write_names(rwg_json_writer *w, const rwg_module *m, const rwg_import *import) {
    uint32_t n = 0;
    const rwg_name *names = rwg_module_names(m, &n) + import->first_name;
    bool all_types = (import->flags & RWG_IMPORT_TYPE_ONLY) != 0;
    bool some_types = false;
    rwg_json_key(w, "names");
    rwg_json_array(w);
    for (uint32_t i = 0; i < import->name_count; i++) {
        rwg_json_string(w, rwg_module_str(m, names[i].imported));
        some_types |= (names[i].flags & RWG_NAME_TYPE_ONLY) != 0;
    }
    rwg_json_array_end(w);
    if (!some_types || all_types) {
        return;
    }
    rwg_json_key(w, "typeNames");
    rwg_json_array(w);
    for (uint32_t i = 0; i < import->name_count; i++) {
        if (names[i].flags & RWG_NAME_TYPE_ONLY) {
            rwg_json_string(w, rwg_module_str(m, names[i].imported));
        }
    }
    rwg_json_array_end(w);
}

/* "key=value" lines as an object. */
static void write_attributes(rwg_json_writer *w, rwg_str lines) {
    if (lines.len == 0) {
        return;
    }
    rwg_json_key(w, "attributes");
    rwg_json_object(w);
    while (lines.len) {
        uint32_t end = rwg__str_index(lines, '\n');
        rwg_str line = rwg__str_sub(lines, 0, end);
        uint32_t equals = rwg__str_index(line, '=');
        char key[64];
        uint32_t len = equals < sizeof key ? equals : (uint32_t)sizeof key - 1;
        memcpy(key, line.ptr, len);
        key[len] = 0;
        uint32_t value = equals < line.len ? equals + 1 : line.len;
        write_text(w, key, rwg__str_from(line, value));
        lines = rwg__str_from(lines, end < lines.len ? end + 1 : end);
    }
    rwg_json_object_end(w);
}

static void write_imports(rwg_json_writer *w, const rwg_module *m) {
    uint32_t n = 0;
    const rwg_import *imports = rwg_module_imports(m, &n);
    rwg_json_key(w, "imports");
    rwg_json_array(w);
    for (uint32_t i = 0; i < n; i++) {
        const rwg_import *import = &imports[i];
        rwg_json_object(w);
        rwg_json_key(w, "kind");
        rwg_json_cstring(w, rwg_import_kind_name((rwg_import_kind)import->kind));
        write_ref(w, m, "specifier", import->specifier);
        write_bool(w, "typeOnly", (import->flags & RWG_IMPORT_TYPE_ONLY) != 0);
        write_names(w, m, import);
        write_span(w, import->span);
        rwg_json_key(w, "line");
        rwg_json_uint(w, import->line);
        write_true(w, "sideEffect", (import->flags & RWG_IMPORT_SIDE_EFFECT) != 0);
        write_true(w, "inTry", (import->flags & RWG_IMPORT_IN_TRY) != 0);
        write_true(w, "eager", (import->flags & RWG_IMPORT_GLOB_EAGER) != 0);
        write_true(w, "negative", (import->flags & RWG_IMPORT_GLOB_NEGATIVE) != 0);
        write_true(w, "more", (import->flags & RWG_IMPORT_GLOB_MORE) != 0);
        write_attributes(w, rwg_module_str(m, import->attributes));
        rwg_json_object_end(w);
    }
    rwg_json_array_end(w);
}

/* "from" is what the export statement names; an imported binding that is exported by a list without
 * `from` carries the specifier of its import in "via". */
static void write_exports(rwg_json_writer *w, const rwg_module *m) {
    uint32_t n = 0;
    uint32_t imports_n = 0;
    const rwg_import *imports = rwg_module_imports(m, &imports_n);
    const rwg_export *exports = rwg_module_exports(m, &n);
    rwg_json_key(w, "exports");
    rwg_json_array(w);
    for (uint32_t i = 0; i < n; i++) {
        const rwg_export *export = &exports[i];
        rwg_json_object(w);
        write_text(
            w,
            "name",
            export->flags & RWG_EXPORT_STAR ? RWG_STR("*") : rwg_module_str(m, export->name)
        );
        write_bool(w, "typeOnly", (export->flags & RWG_EXPORT_TYPE_ONLY) != 0);
        rwg_str from = {NULL, 0};
        bool direct = false;
        if (export->import != RWG_NO_IMPORT) {
            const rwg_import *import = &imports[export->import];
            from = rwg_module_str(m, import->specifier);
            direct = import->kind != RWG_IMPORT_STATIC && import->kind != RWG_IMPORT_IMPORT_EQUALS;
        }
        rwg_json_key(w, "from");
        if (direct) {
            rwg_json_string(w, from);
        } else {
            rwg_json_null(w);
            if (export->import != RWG_NO_IMPORT) {
                write_text(w, "via", from);
            }
        }
        if (export->local.v) {
            write_ref(w, m, "local", export->local);
        }
        write_true(w, "cjs", (export->flags & RWG_EXPORT_CJS) != 0);
        write_true(w, "query", (export->flags & RWG_EXPORT_QUERY) != 0);
        if (export->flags & (RWG_EXPORT_GET | RWG_EXPORT_POST)) {
            bool get = (export->flags & RWG_EXPORT_GET) != 0;
            write_text(w, "method", get ? RWG_STR("GET") : RWG_STR("POST"));
        }
        write_true(w, "noFunction", (export->flags & RWG_EXPORT_NO_FUNCTION) != 0);
        rwg_json_object_end(w);
    }
    rwg_json_array_end(w);
}

static void write_directives(rwg_json_writer *w, const rwg_module *m) {
    uint32_t n = 0;
    const rwg_directive *directives = rwg_module_directives(m, &n);
    rwg_json_key(w, "directives");
    rwg_json_array(w);
    for (uint32_t i = 0; i < n; i++) {
        rwg_json_string(w, rwg_module_str(m, directives[i].value));
    }
    rwg_json_array_end(w);
}

static const char *hot_name(uint32_t kind) {
    static const char *const NAMES[] = {
        [RWG_HOT_ACCEPT_SELF] = "accept",
        [RWG_HOT_ACCEPT_DEP] = "accept-dependency",
        [RWG_HOT_ACCEPT_EXPORTS] = "accept-exports",
        [RWG_HOT_DECLINE] = "decline",
    };
    return NAMES[kind];
}

static void write_hots(rwg_json_writer *w, const rwg_module *m) {
    uint32_t n = 0;
    const rwg_hot *hots = rwg_module_hots(m, &n);
    if (n == 0) {
        return;
    }
    rwg_json_key(w, "hot");
    rwg_json_array(w);
    for (uint32_t i = 0; i < n; i++) {
        rwg_json_object(w);
        rwg_json_key(w, "kind");
        rwg_json_cstring(w, hot_name(hots[i].kind));
        if (hots[i].value.v) {
            write_ref(w, m, "value", hots[i].value);
        }
        write_span(w, hots[i].span);
        rwg_json_object_end(w);
    }
    rwg_json_array_end(w);
}

/* {"importSource": "preact", "runtime": "automatic"} */
static void write_pragmas(rwg_json_writer *w, const rwg_module *m) {
    static const char *const NAMES[RWG_PRAGMA_KIND_COUNT] = {
        [RWG_PRAGMA_JSX_RUNTIME] = "runtime",
        [RWG_PRAGMA_JSX_IMPORT_SOURCE] = "importSource",
        [RWG_PRAGMA_JSX_FACTORY] = "factory",
        [RWG_PRAGMA_JSX_FRAGMENT] = "fragment",
    };
    uint32_t n = 0;
    const rwg_pragma *pragmas = rwg_module_pragmas(m, &n);
    if (n == 0) {
        return;
    }
    rwg_json_key(w, "jsx");
    rwg_json_object(w);
    for (uint32_t i = 0; i < n; i++) {
        write_ref(w, m, NAMES[pragmas[i].kind], pragmas[i].value);
    }
    rwg_json_object_end(w);
}

static const char *severity_name(uint8_t severity) {
    switch (severity) {
    case RWG_SEVERITY_ERROR: return "error";
    case RWG_SEVERITY_WARNING: return "warning";
    default: return "note";
    }
}

static void write_diags(rwg_json_writer *w, const rwg_module *m) {
    uint32_t n = 0;
    const rwg_module_diag *diags = rwg_module_diags(m, &n);
    rwg_json_key(w, "diagnostics");
    rwg_json_array(w);
    for (uint32_t i = 0; i < n; i++) {
        rwg_json_object(w);
        rwg_json_key(w, "code");
        rwg_json_cstring(w, rwg_diag_code_name((rwg_diag_code)diags[i].code));
        rwg_json_key(w, "severity");
        rwg_json_cstring(w, severity_name(diags[i].severity));
        write_ref(w, m, "message", diags[i].message);
        write_span(w, diags[i].span);
        rwg_json_object_end(w);
    }
    rwg_json_array_end(w);
}

void rwg_module_write_json(const rwg_module *m, rwg_sink *sink) {
    rwg_json_writer writer = rwg_json_writer_make(sink);
    rwg_json_writer *w = &writer;
    uint32_t flags = rwg_module_flags(m);
    rwg_json_object(w);
    rwg_json_key(w, "kind");
    rwg_json_cstring(w, rwg_module_kind_name(rwg_module_kind_of(m)));
    write_imports(w, m);
    write_exports(w, m);
    write_directives(w, m);
    write_bool(w, "tla", (flags & RWG_MODULE_TLA) != 0);
    write_true(w, "partial", (flags & RWG_MODULE_PARTIAL) != 0);
    write_true(w, "declaration", (flags & RWG_MODULE_DECLARATION) != 0);
    write_true(w, "usesMeta", (flags & RWG_MODULE_USES_META) != 0);
    write_true(w, "usesHot", (flags & RWG_MODULE_USES_HOT) != 0);
    write_true(w, "esInterop", (flags & RWG_MODULE_ES_INTEROP) != 0);
    write_true(w, "cjsDynamic", (flags & RWG_MODULE_CJS_DYNAMIC) != 0);
    write_hots(w, m);
    write_pragmas(w, m);
    rwg_json_key(w, "contentHash");
    rwg_json_hash(w, rwg_module_content_hash(m));
    rwg_json_key(w, "interfaceHash");
    rwg_json_hash(w, rwg_module_interface_hash(m));
    write_diags(w, m);
    rwg_json_object_end(w);
}
