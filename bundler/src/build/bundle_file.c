/* What stands around the definitions of a bundle, and bundles as files.
 *
 * A bundle finds the registry beside it, or brings it: a worker's script imports nothing, so that
 * it runs as a module and as a classic script, and out of a Blob. For that the registry's own files
 * are compiled into factories, as all modules are, and put together by a few lines. */
#include "base/fsutil.h"
#include "base/hash.h"
#include "base/str.h"
#include "build/build_state.h"
#include "build/output.h"
#include "emit/sourcemap.h"

#include <stdio.h>

#define RUNTIME_MAX (4u << 20)

/* The registry's files; each imports only from those in front of it. */
static const char *const RUNTIME[] = {"record.mjs", "link.mjs", "evaluate.mjs", "registry.mjs"};

/* How import() finds what it names. */
static const char HEAD[] =
    "const registry = new Registry({\n"
    "    external: ({ id }) => externals[id] ?? import(id).then((namespace) => ({ namespace })),\n"
    "    meta({ id }) {\n"
    "        const url = new URL(`.${id}`, base);\n"
    "        const meta = { __proto__: null, url: url.href };\n"
    "        if (url.protocol === 'file:') {\n"
    "            meta.filename = decodeURIComponent(url.pathname);\n"
    "            meta.dirname = meta.filename.slice(0, meta.filename.lastIndexOf('/')) || '/';\n"
    "        }\n"
    "        return meta;\n"
    "    },\n"
    "    dynamic(definition, specifier) {\n"
    "        const target = definition.dynamic?.[specifier] ?? specifier;\n"
    "        const key = registry.has(target) ? target : names[target];\n"
    "        if (key !== undefined) return key;\n"
    "        const id = target.replace(/^external:/, '');\n"
    "        registry.define([{ key: `external:${id}`, id, form: 'external' }]);\n"
    "        return `external:${id}`;\n"
    "    },\n"
    "});\n"
    "const define = (definition, factory) => registry.define([{ ...definition, factory }]);\n";

/* Runs one of the registry's own factories. */
static const char LOAD[] =
    "const load = (factory, ...imports) => {\n"
    "    const names = {};\n"
    "    const run = factory(imports, (getters) => {\n"
    "        for (const name of Object.keys(getters)) {\n"
    "            Object.defineProperty(names, name, { get: getters[name] });\n"
    "        }\n"
    "    });\n"
    "    run.next();\n"
    "    run.next();\n"
    "    return names;\n"
    "};\n";

rwg_status rwb__build_write(
    const rwb__build *b, const char *folder, const char *name, rwg_str text, rwg_error *err
) {
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return rwb__output_write(rwb__build_out(b), rwg__str_c(path), text, err);
}

void rwb__build_name(char out[64], const char *stem, rwg_str text, const char *ext) {
    char hex[33];
    rwg__hash_hex(rwg__hash_bytes(text.ptr, text.len), hex);
    (void)snprintf(out, 64, "assets/%s-%.12s.%s", stem, hex, ext);
}

/* --- around the definitions --- */

rwb__bundle_input rwb__build_bundle_input(rwb__build *b, const rwb__places *places) {
    return (rwb__bundle_input){
        .mem = b->mem,
        .view = b->view,
        .definer = &b->definer,
        .state_code = b->setup.state_code,
        .places = places,
        .with_map = !b->options->no_source_map,
    };
}

void rwb__bundle_begin(rwb__bundle *bundle, const char *base) {
    rwb__bundle_text(bundle, RWG_STR("const names = { __proto__: null };\nconst base = "));
    rwb__bundle_text(bundle, rwg__str_c(base));
    rwb__bundle_text(bundle, RWG_STR(";\n"));
    rwb__bundle_text(bundle, rwg__str_c(HEAD));
}

/* Externals are imported by the bundle itself, so that what needs them is not made asynchronous. */
static void add_externals(const rwb__bundle *bundle, rwg__buf *out) {
    rwg_str rest = rwg__buf_str(&bundle->externals);
    rwg__buf table;
    rwg__buf_init(&table, bundle->in.mem);
    for (uint32_t i = 0; rest.len > 0; i++) {
        uint32_t end = rwg__str_index(rest, '\n');
        rwg_str name = rwg__str_sub(rest, 0, end);
        rwg__buf_printf(out, "import * as external%u from ", i);
        rwb__string_literal(name, out);
        rwg__buf_add(out, RWG_STR(";\n"));
        rwg__buf_add(&table, RWG_STR("    "));
        rwb__string_literal(name, &table);
        rwg__buf_printf(
            &table, ": { namespace: external%u, exports: external%u.default },\n", i, i
        );
        rest = rwg__str_from(rest, end + 1);
    }
    rwg__buf_add(out, RWG_STR("const externals = { __proto__: null,\n"));
    rwg__buf_add(out, rwg__buf_str(&table));
    rwg__buf_add(out, RWG_STR("};\n"));
    rwg__buf_deinit(&table);
}

void rwb__bundle_tell(const rwb__bundle *bundle, rwb__build *b) {
    rwg__buf_add(&b->problems, rwg__buf_str(&bundle->problems));
    rwg__buf_add(&b->warnings, rwg__buf_str(&bundle->warnings));
}

/* Import statements are known last and stand first: the map's sections move down by their lines. */
void rwb__bundle_finish(
    const rwb__bundle *bundle, rwg_str registry, rwg__buf *out, uint32_t *out_lines
) {
    rwg__buf_add(out, registry);
    add_externals(bundle, out);
    *out_lines = 0;
    for (uint32_t i = 0; i < out->bytes.len; i++) {
        *out_lines += out->bytes.ptr[i] == '\n';
    }
    rwg__buf_add(out, rwg__buf_str(&bundle->code));
}

/* A module's own map as a part of the bundle's, so many lines further down. */
static rwg_status add_section(
    rwb__map_builder *map,
    rwg__arena *arena,
    const rwb__section *section,
    uint32_t lines,
    rwg_error *err
) {
    rwb__map_builder one;
    rwb__map_init(&one, map->mem);
    rwg_status status = rwb__map_read(&one, section->map, err);
    uint32_t first = map->sources.len;
    for (uint32_t i = 0; i < one.sources.len; i++) {
        const rwb__map_source *s = &one.sources.ptr[i];
        rwg_str content = s->content.ptr ? rwg__arena_str(arena, s->content) : s->content;
        (void)rwb__map_source_add(map, rwg__arena_str(arena, s->path), content, s->ignored);
    }
    for (uint32_t i = 0; i < one.mappings.len; i++) {
        rwb__mapping m = one.mappings.ptr[i];
        m.line += section->line + lines;
        m.source = m.source == RWB_NO_SOURCE ? m.source : first + m.source;
        m.name = m.name == RWB_NO_NAME ? m.name : rwb__map_name(map, one.names.ptr[m.name]);
        *rwg__vec_push(&map->mappings, map->mem) = m;
    }
    rwb__map_deinit(&one);
    return status;
}

/* One map without sections: Node reads no others. */
static rwg_status write_map(
    const rwb__build *b,
    const rwb__bundle_file *file,
    const char *name,
    rwg_str base,
    rwg_error *err
) {
    rwb__map_builder map;
    rwg__arena arena;
    rwg__buf text;
    rwb__map_init(&map, b->mem);
    rwg__arena_init(&arena, b->mem);
    rwg__buf_init(&text, b->mem);
    rwg_status status = RWG_OK;
    for (uint32_t i = 0; status == RWG_OK && i < file->bundle->sections.len; i++) {
        status = add_section(&map, &arena, &file->bundle->sections.ptr[i], file->lines, err);
    }
    if (status == RWG_OK) {
        rwg_sink sink = rwg__buf_sink(&text);
        rwb__map_write(&map, base, &sink);
        status = rwb__build_write(b, file->folder, name, rwg__buf_str(&text), err);
    }
    rwg__buf_deinit(&text);
    rwg__arena_deinit(&arena);
    rwb__map_deinit(&map);
    return status;
}

rwg_status rwb__bundle_file_write(
    const rwb__build *b, const rwb__bundle_file *file, rwg__buf *code, rwg_error *err
) {
    if (b->options->no_source_map) {
        return rwb__build_write(b, file->folder, file->name, rwg__buf_str(code), err);
    }
    rwg_str base = rwg__path_basename(rwg__str_c(file->name));
    char map_name[128];
    (void)snprintf(map_name, sizeof map_name, "%s.map", file->name);
    rwg__buf_printf(code, "//# sourceMappingURL=%.*s.map\n", (int)base.len, base.ptr);
    rwg_status status = rwb__build_write(b, file->folder, file->name, rwg__buf_str(code), err);
    if (status == RWG_OK) {
        status = write_map(b, file, map_name, base, err);
    }
    return status;
}

/* --- the registry --- */

static rwg_status read_runtime(
    const rwb__build *b, const char *name, rwg__arena *arena, rwg_str *out, rwg_error *err
) {
    rwg__path path;
    (void)rwg__path_join(&path, b->setup.runtime_dir, rwg__str_c(name));
    rwg_status status = rwg__fs_read(&b->setup.fs, arena, rwg__path_str(&path), RUNTIME_MAX, out);
    return status == RWG_OK
               ? RWG_OK
               : rwg__error(err, status, rwg__path_str(&path), "a file of the runtime is missing");
}

rwg_status
rwb__build_copy_file(const rwb__build *b, const char *file, const char *folder, rwg_error *err) {
    rwg__arena arena;
    rwg__arena_init(&arena, b->mem);
    rwg_str text;
    rwg_status status = read_runtime(b, file, &arena, &text, err);
    if (status == RWG_OK) {
        status = rwb__build_write(b, folder, file, text, err);
    }
    rwg__arena_deinit(&arena);
    return status;
}

rwg_status rwb__build_copy_runtime(const rwb__build *b, const char *folder, rwg_error *err) {
    rwg_status status = RWG_OK;
    for (size_t i = 0; status == RWG_OK && i < sizeof RUNTIME / sizeof RUNTIME[0]; i++) {
        status = rwb__build_copy_file(b, RUNTIME[i], folder, err);
    }
    return status;
}

/* `const runtime2 = load(function* (…) {…}, runtime1, runtime0);`: the factory, and what it gets
 * for each of its imports. */
static void add_runtime_file(const rwb_output *output, uint32_t number, rwg__buf *out) {
    rwg_str code = rwb_output_code(output);
    const rwg_module *module = rwb_output_module(output);
    uint32_t import_count = 0;
    uint32_t count = 0;
    const rwg_import *imports = rwg_module_imports(module, &count);
    const uint32_t *kept = rwb_output_imports(output, &import_count);
    rwg__buf_printf(out, "const runtime%u = load(", number);
    rwg__buf_add(out, code);
    for (uint32_t i = 0; i < import_count; i++) {
        rwg_str specifier = rwg_module_str(module, imports[kept[i]].specifier);
        for (uint32_t k = 0; k < number; k++) {
            if (rwg__str_eq_c(rwg__path_basename(specifier), RUNTIME[k])) {
                rwg__buf_printf(out, ", runtime%u", k);
            }
        }
    }
    rwg__buf_add(out, RWG_STR(");\n"));
}

rwg_status rwb__build_inline_runtime(rwb__build *b, rwg__buf *out, rwg_error *err) {
    const uint32_t count = sizeof RUNTIME / sizeof RUNTIME[0];
    rwb_transformer *t = rwb_transformer_new();
    rwg__arena arena;
    rwg__arena_init(&arena, b->mem);
    rwg_status status = RWG_OK;
    rwg__buf_add(out, rwg__str_c(LOAD));
    for (uint32_t i = 0; status == RWG_OK && i < count; i++) {
        rwb_transform_options options = RWB_TRANSFORM_OPTIONS_INIT;
        options.module = true;
        options.form = RWB_FORM_FACTORY;
        options.path = rwg__str_c(RUNTIME[i]);
        options.source_map = false;
        rwg_str text;
        rwb_output *output = NULL;
        status = read_runtime(b, RUNTIME[i], &arena, &text, err);
        if (status == RWG_OK) {
            status = rwb_transform(t, text, &options, &output, err);
        }
        if (status == RWG_OK) {
            add_runtime_file(output, i, out);
        }
        rwb_output_free(output);
    }
    rwg__buf_printf(out, "const { Registry } = runtime%u;\n", count - 1);
    rwg__arena_deinit(&arena);
    rwb_transformer_free(t);
    return status;
}
