/* What runs on the server: all environments that are not the browser's, in one module whose default
 * export handles requests. */
#include "base/str.h"
#include "build/build_state.h"

/* What RedwoodSDK's runtime has where its own build puts the manifest. */
static const rwg_str MANIFEST_MARK = {"\"__RWSDK_MANIFEST_PLACEHOLDER__\"", 32};

static void add_modules(const rwb__build *b, rwb__bundle *bundle) {
    for (uint32_t i = 0; i < b->nodes.len; i++) {
        const rwb__built *n = &b->nodes.ptr[i];
        if (!rwb__build_is_client(b, n) && rwb__part_has(&b->plan.parts.ptr[0], n->node)) {
            rwb__module module = {b->view, n->node, n->kind, n->compiled};
            rwb__bundle_module(bundle, &module);
        }
    }
    for (uint32_t e = 0; e < b->setup.config.env_count; e++) {
        if (e + 1 != b->setup.client_env.v) {
            rwb__bundle_virtuals(bundle, (rwg_env){e + 1});
        }
    }
    rwb__bundle_names(bundle);
}

/* Does the server show pages whose stylesheets nothing in its code names? RedwoodSDK's runtime
 * reads the manifest. */
static bool has_style_of_its_own(const rwb__build *b, const rwg__buf *code) {
    bool in_server = false;
    for (uint32_t i = 0; i < b->nodes.len; i++) {
        const rwb__built *n = &b->nodes.ptr[i];
        in_server |= !rwb__build_is_client(b, n) && n->kind == RWB__SOURCE_STYLE &&
                     rwb__part_has(&b->plan.parts.ptr[0], n->node);
    }
    return in_server && b->style_file[0] && !rwg__str_contains(rwg__buf_str(code), MANIFEST_MARK);
}

/* Names that others look for in the entry: classes of Durable Objects and the like. */
static void add_named_exports(const rwb__build *b, rwb__bundle *bundle, rwg_node entry) {
    const rwg_module *module = rwg_node_module(rwb__view_graph(b->view), entry);
    uint32_t count = 0;
    const rwg_export *exports = module ? rwg_module_exports(module, &count) : NULL;
    rwg__strmap seen;
    rwg__buf line;
    rwg__strmap_init(&seen, b->mem);
    rwg__buf_init(&line, b->mem);
    for (uint32_t i = 0, n = 0; i < count; i++) {
        rwg_str name = rwg_module_str(module, exports[i].name);
        bool added = false;
        if (!(exports[i].flags & (RWG_EXPORT_TYPE_ONLY | RWG_EXPORT_STAR)) &&
            !rwg__str_eq_c(name, "default")) {
            rwg__strmap_put(&seen, name, &added);
        }
        if (!added) {
            continue;
        }
        rwg__buf_printf(&line, "const export%u = entry[", n);
        rwb__string_literal(name, &line);
        rwg__buf_printf(&line, "];\nexport { export%u as ", n);
        rwb__string_literal(name, &line);
        rwg__buf_add(&line, RWG_STR(" };\n"));
        n++;
    }
    rwb__bundle_text(bundle, rwg__buf_str(&line));
    rwg__buf_deinit(&line);
    rwg__strmap_deinit(&seen);
}

static void add_entry(const rwb__build *b, rwb__bundle *bundle, bool with_style) {
    rwg_node entry =
        rwg_graph_find(rwb__view_graph(b->view), b->setup.server_entry, b->setup.server_env);
    rwb__bundle_call(bundle, "const entry = await registry.import(", entry, ");\n");
    if (with_style) {
        rwg__buf line;
        rwg__buf_init(&line, b->mem);
        rwg__buf_printf(
            &line,
            "import { withStyles } from \"./runtime/pagestyles.mjs\";\n"
            "export default withStyles(entry.default, [\"%.*s%s\"]);\n",
            (int)b->setup.site.base.len,
            b->setup.site.base.ptr,
            b->style_file
        );
        rwb__bundle_text(bundle, rwg__buf_str(&line));
        rwg__buf_deinit(&line);
    } else {
        rwb__bundle_text(bundle, RWG_STR("export default entry.default;\n"));
    }
    add_named_exports(b, bundle, entry);
}

static rwg_status write_server(
    rwb__build *b, const rwb__bundle_file *file, rwg__buf *code, bool with_style, rwg_error *err
) {
    rwg_status status = rwb__bundle_file_write(b, file, code, err);
    if (status == RWG_OK) {
        status = rwb__build_copy_runtime(b, "server/runtime", err);
    }
    if (status == RWG_OK && with_style) {
        status = rwb__build_copy_file(b, "pagestyles.mjs", "server/runtime", err);
    }
    return status;
}

rwg_status
rwb__build_server(rwb__build *b, const rwg__buf *manifest, rwb_build_stats *stats, rwg_error *err) {
    if (!b->setup.server_env.v) {
        return RWG_OK;
    }
    rwb__build_places places;
    rwb__bundle bundle;
    rwg__buf code;
    rwb__build_places_init(&places, b, true);
    rwb__bundle_input input = rwb__build_bundle_input(b, &places.places);
    rwb__bundle_init(&bundle, &input);
    rwg__buf_init(&code, b->mem);
    rwb__bundle_begin(
        &bundle,
        "URL.canParse(\".\", import.meta.url) ? new URL(\".\", import.meta.url) : \"file:///\""
    );
    add_modules(b, &bundle);
    rwb__bundle_text(&bundle, rwg__buf_str(&places.compiled));
    bool with_style = has_style_of_its_own(b, &bundle.code);
    add_entry(b, &bundle, with_style);
    rwb__bundle_file file = {.bundle = &bundle, .folder = "server", .name = "index.js"};
    rwb__bundle_finish(
        &bundle,
        RWG_STR("import { Registry } from \"./runtime/registry.mjs\";\n"),
        &code,
        &file.lines
    );
    rwb__bundle_tell(&bundle, b);
    rwb__workers_fill(b, &code);
    if (b->setup.client_env.v) {
        rwb__build_join_entries(b, &code);
        (void)rwg__buf_replace(&code, MANIFEST_MARK, rwg__buf_str(manifest), UINT32_MAX);
    }
    stats->server_modules = bundle.modules;
    stats->server_bytes = code.bytes.len;
    rwg_status status = RWG_OK;
    if (b->problems.bytes.len == 0) {
        status = write_server(b, &file, &code, with_style, err);
    }
    rwg__buf_deinit(&code);
    rwb__bundle_deinit(&bundle);
    rwb__build_places_deinit(&places);
    return status;
}
