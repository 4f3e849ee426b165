/* What an import of a module becomes, in the form of ES modules. */
#include "base/path.h"
#include "base/str.h"
#include "dev/browser_parts.h"

/* An address as this server knows it, as browsers are given it. */
static rwb_link
link_text(const rwb__browser *b, rwg__arena *arena, rwb_link_kind kind, rwg__buf *text) {
    rwg__buf url;
    rwg__buf_init(&url, b->mem);
    rwg__buf_add(&url, b->setup->prefix);
    rwg__buf_add(&url, rwg__buf_str(text));
    rwb_link link = {.kind = kind, .url = rwg__arena_str(arena, rwg__buf_str(&url))};
    rwg__buf_deinit(&url);
    rwg__buf_deinit(text);
    return link;
}

/* A dependency's namespace as this importer sees it: CommonJS has two faces (`n`: Node's). */
static rwb_link dependency_link(
    rwb__browser *b, const rwb__view *view, rwg_node from, rwg_node node, rwg__arena *arena
) {
    rwg__buf url;
    rwg__buf_init(&url, b->mem);
    rwb__dependency_url(view, node, rwb__view_is_module(view, from) ? "n&" : "", &url);
    return link_text(b, arena, RWB_LINK_NAMESPACE, &url);
}

/* An import that cannot work throws when it is evaluated, and says why. */
static rwb_link missing_link(
    rwb__browser *b, const rwb__view *view, rwg_node from, const rwg_edge *edge, rwg__arena *arena
) {
    rwg__buf url;
    rwg__buf_init(&url, b->mem);
    rwg__buf_add(&url, RWG_STR("/@rwgraph/missing"));
    rwb__view_id(view, from, &url);
    rwg__buf_printf(&url, "?import&index=%u.js", edge->import);
    return link_text(b, arena, RWB_LINK_NAMESPACE, &url);
}

/* `new Worker(new URL("./w.ts", import.meta.url))` takes the address itself, not a module of it. */
static bool is_constructed(const rwg_graph *g, rwg_node from, const rwg_edge *edge) {
    uint32_t count = 0;
    const rwg_module *module = rwg_node_module(g, from);
    const rwg_import *imports = module ? rwg_module_imports(module, &count) : NULL;
    return edge->import < count && imports[edge->import].kind == RWG_IMPORT_WORKER;
}

static rwb_link aspect_link(
    rwb__browser *b,
    const rwb__view *view,
    const rwb__link_target *target,
    const rwg_edge *edge,
    rwg__arena *arena
) {
    const rwg_graph *g = rwb__view_graph(view);
    rwg__buf url;
    rwg__buf_init(&url, b->mem);
    if (is_constructed(g, target->from, edge)) {
        rwb__browser_url(b, view, target->node, &url);
        return link_text(b, arena, RWB_LINK_URL, &url);
    }
    rwb__view_id(view, target->node, &url);
    if (target->aspect != RWB__ASPECT_FILE) {
        const rwg_module *module = rwg_node_module(g, target->node);
        bool is_style = module && rwg_module_kind_of(module) == RWG_MODULE_CSS;
        rwg__buf_add(&url, RWG_STR("?import&"));
        rwg__buf_add(&url, rwb__aspect_query(target->aspect));
        rwg_hash hash =
            is_style ? rwb__view_hash(view, target->node) : rwg_graph_own_hash(g, target->node);
        rwb__add_hash(&url, "&h=", hash);
    }
    return link_text(b, arena, RWB_LINK_URL, &url);
}

rwb_link rwb__browser_link(
    void *payload, const rwb__view *view, rwg_node from, const rwg_edge *edge, rwg__arena *arena
) {
    rwb__browser *b = payload;
    const rwg_graph *g = rwb__view_graph(view);
    rwb__link_target target = rwb__link_target_of_edge(view, from, edge);
    rwg__buf url;
    switch (target.kind) {
    case RWB__LINK_TARGET_NODE:
        if (rwb__is_dependency(g, target.node)) {
            return dependency_link(b, view, from, target.node, arena);
        }
        rwg__buf_init(&url, b->mem);
        rwb__browser_url(b, view, target.node, &url);
        return link_text(b, arena, RWB_LINK_URL, &url);
    case RWB__LINK_TARGET_ASPECT: return aspect_link(b, view, &target, edge, arena);
    case RWB__LINK_TARGET_PINNED:
    case RWB__LINK_TARGET_VIRTUAL:
        rwg__buf_init(&url, b->mem);
        rwg__buf_add(
            &url,
            target.kind == RWB__LINK_TARGET_PINNED ? RWG_STR("/@deps/pinned/")
                                                   : RWG_STR("/@deps/virtual/")
        );
        rwg__buf_add(&url, target.text);
        return link_text(b, arena, RWB_LINK_NAMESPACE, &url);
    case RWB__LINK_TARGET_EXTERNAL: {
        bool is_web = rwg__str_starts(target.text, RWG_STR("http:")) ||
                      rwg__str_starts(target.text, RWG_STR("https:")) ||
                      rwg__str_starts(target.text, RWG_STR("//")) ||
                      rwg__str_starts(target.text, RWG_STR("data:"));
        return is_web ? (rwb_link){.kind = RWB_LINK_KEEP}
                      : missing_link(b, view, from, edge, arena);
    }
    case RWB__LINK_TARGET_EMPTY: return (rwb_link){.kind = RWB_LINK_EMPTY};
    case RWB__LINK_TARGET_MISSING: break;
    }
    return missing_link(b, view, from, edge, arena);
}

rwb_link
rwb__browser_node_link(void *payload, const rwb__view *view, rwg_node node, rwg__arena *arena) {
    return dependency_link(payload, view, node, node, arena);
}

rwb_link rwb__browser_foreign_link(
    rwb__browser *b, const rwb__view *view, rwg_node node, rwg__arena *arena
) {
    rwg__buf url;
    rwg__buf_init(&url, b->mem);
    rwb__browser_url(b, view, node, &url);
    bool dependency = rwb__is_dependency(rwb__view_graph(view), node);
    return link_text(b, arena, dependency ? RWB_LINK_NAMESPACE : RWB_LINK_URL, &url);
}
