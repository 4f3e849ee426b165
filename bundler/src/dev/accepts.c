/* Rows of the module record, resolved. */
#include "dev/accepts.h"

#include <rwgraph/resolve.h>

#include "base/path.h"
#include "base/str.h"
#include "dev/aspect.h"

rwg_node rwb__browser_resolve(
    const rwb__browser *b, const rwb__view *view, rwg_str from, rwg_str specifier
) {
    rwg__path relative;
    rwg_env env = b->setup->client_env;
    const rwg_resolution *found =
        rwg_resolve(b->setup->settings.resolver, env, from, specifier, RWG_SITE_IMPORT);
    if (found->outcome != RWG_OUTCOME_FILE ||
        !rwg__path_relative(&relative, rwb__view_root(view), found->path)) {
        return (rwg_node){0};
    }
    return rwg_graph_find(rwb__view_graph(view), rwg__path_str(&relative), env);
}

rwb__self_acceptance rwb__accepts_itself(const rwb__browser *b, const rwg_graph *g, rwg_node node) {
    const rwg_module *module = rwg_node_module(g, node);
    /* Code that is on the page as a text does not run there. */
    if (!module || rwg_node_flags(g, node) & RWG_NODE_LEAF) {
        return RWB__ACCEPTS_NOT;
    }
    rwg_lang lang = rwg_module_lang(module);
    bool refreshes =
        b->setup->refresh_path.len > 0 && (lang == RWG_LANG_TSX || lang == RWG_LANG_JSX);
    if (rwg_module_kind_of(module) == RWG_MODULE_CSS || refreshes) {
        return RWB__ACCEPTS_ITSELF;
    }
    uint32_t count = 0;
    rwb__self_acceptance best = RWB__ACCEPTS_NOT;
    const rwg_hot *hots = rwg_module_hots(module, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (hots[i].kind == RWG_HOT_ACCEPT_SELF) {
            return RWB__ACCEPTS_ITSELF;
        }
        best = hots[i].kind == RWG_HOT_ACCEPT_EXPORTS ? RWB__ACCEPTS_EXPORTS : best;
    }
    return best;
}

static bool accepts_export(const rwg_module *module, rwg_str name) {
    uint32_t count = 0;
    const rwg_hot *hots = rwg_module_hots(module, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (hots[i].kind == RWG_HOT_ACCEPT_EXPORTS &&
            rwg__str_eq(rwg_module_str(module, hots[i].value), name)) {
            return true;
        }
    }
    return false;
}

/* All that the module exports, under names that its own text shows. */
static bool accepts_all(const rwg_module *module, bool with_default) {
    uint32_t count = 0;
    const rwg_export *exports = rwg_module_exports(module, &count);
    for (uint32_t i = 0; i < count; i++) {
        rwg_str name = rwg_module_str(module, exports[i].name);
        bool taken = !(exports[i].flags & RWG_EXPORT_TYPE_ONLY) &&
                     (with_default || !rwg__str_eq_c(name, "default"));
        if (taken && (exports[i].flags & RWG_EXPORT_STAR || !accepts_export(module, name))) {
            return false;
        }
    }
    return true;
}

/* One import of the module: by names that it accepts, or for its effects. */
static bool takes_accepted(const rwg_module *from, const rwg_import *import, const rwg_module *of) {
    if (import->kind != RWG_IMPORT_STATIC && import->kind != RWG_IMPORT_REEXPORT &&
        import->kind != RWG_IMPORT_STAR) {
        return accepts_all(of, true);
    }
    uint32_t count = 0;
    const rwg_name *names = rwg_module_names(from, &count);
    for (uint32_t i = import->first_name; i < import->first_name + import->name_count; i++) {
        rwg_str name = rwg_module_str(from, names[i].imported);
        bool all = rwg__str_eq_c(name, "*");
        bool bare =
            import->kind == RWG_IMPORT_STAR && rwg_module_str(from, names[i].local).len == 0;
        if (!(names[i].flags & RWG_NAME_TYPE_ONLY) &&
            !(all ? accepts_all(of, !bare) : accepts_export(of, name))) {
            return false;
        }
    }
    return true;
}

bool rwb__accepts_what_is_used(const rwb__view *view, rwg_node importer, rwg_node node) {
    const rwg_graph *g = rwb__view_graph(view);
    const rwg_module *from = rwg_node_module(g, importer);
    const rwg_module *of = rwg_node_module(g, node);
    uint32_t edge_count = 0;
    uint32_t import_count = 0;
    const rwg_edge *edges = rwg_graph_edges(g, importer, &edge_count);
    const rwg_import *imports = from ? rwg_module_imports(from, &import_count) : NULL;
    for (uint32_t i = 0; i < edge_count; i++) {
        bool counts = edges[i].target.v == node.v && !(edges[i].flags & RWG_EDGE_TYPE_ONLY);
        if (counts && (edges[i].import >= import_count ||
                       !takes_accepted(from, &imports[edges[i].import], of))) {
            return false;
        }
    }
    return true;
}

bool rwb__accepts(
    const rwb__browser *b,
    const rwb__view *view,
    const rwg_module *module,
    rwg_str from,
    rwg_node target
) {
    uint32_t count = 0;
    const rwg_hot *hots = module ? rwg_module_hots(module, &count) : NULL;
    for (uint32_t i = 0; i < count; i++) {
        if (hots[i].kind == RWG_HOT_ACCEPT_DEP) {
            rwg_str specifier = rwg_module_str(module, hots[i].value);
            if (rwb__browser_resolve(b, view, from, specifier).v == target.v) {
                return true;
            }
        }
    }
    return false;
}

/* ", { … }", or nothing when nothing is named that the graph has. */
static void write_named(
    const rwb__browser *b,
    const rwb__view *view,
    const rwg_module *module,
    rwg_str from,
    rwg__buf *out
) {
    uint32_t count = 0;
    const rwg_hot *hots = module ? rwg_module_hots(module, &count) : NULL;
    rwg__strmap seen;
    rwg__buf id;
    rwg__strmap_init(&seen, b->mem);
    rwg__buf_init(&id, b->mem);
    for (uint32_t i = 0; i < count; i++) {
        rwg_str specifier = rwg_module_str(module, hots[i].value);
        rwg_node node = {0};
        if (hots[i].kind == RWG_HOT_ACCEPT_DEP && !rwg__strmap_find(&seen, specifier)) {
            node = rwb__browser_resolve(b, view, from, specifier);
        }
        if (!node.v) {
            continue;
        }
        rwg__buf_add(out, seen.len == 0 ? RWG_STR(", { ") : RWG_STR(", "));
        (void)rwg__strmap_put(&seen, specifier, NULL);
        rwg__buf_clear(&id);
        rwb__view_id(view, node, &id);
        rwb__string_literal(specifier, out);
        rwg__buf_add(out, RWG_STR(": "));
        rwb__string_literal(rwg__buf_str(&id), out);
    }
    rwg__buf_add(out, seen.len > 0 ? RWG_STR(" }") : RWG_STR(""));
    rwg__strmap_deinit(&seen);
    rwg__buf_deinit(&id);
}

void rwb__hot_line(
    const rwb__browser *b,
    const rwb__view *view,
    const rwg_module *module,
    rwb__hot_owner owner,
    rwg__buf *out
) {
    rwg__buf_add(
        out,
        RWG_STR("import { createHotContext as __rwg_hot } from \"/@rwgraph/client\"; "
                "import.meta.hot = __rwg_hot(")
    );
    rwb__string_literal(owner.path, out);
    write_named(b, view, module, owner.file, out);
    rwg__buf_add(out, RWG_STR(");\n"));
}
