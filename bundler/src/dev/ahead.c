/* Breadth first from what was replaced, over static imports that the generation before did not
 * reach. */
#include "dev/ahead.h"

#include "base/str.h"
#include "dev/browser_parts.h"

/* More than these are found as ever, one import after the other. */
#define MODULES_MAX 32u
#define URLS_MAX    64u

typedef struct walk {
    rwb__dev *d;
    rwb__view *view;
    const rwg_graph *g;
    const rwg_graph *before; /* NULL: there was none */
    rwg__arena arena;
    rwg__idmap seen;
    rwg__strmap named;
    rwg_node queue[MODULES_MAX];
    uint32_t queued;
    rwg_str urls[URLS_MAX];
    uint32_t url_count;
} walk;

static void reach(walk *w, rwg_node node) {
    bool added = false;
    rwg__idmap_put(&w->seen, node.v, &added);
    bool is_module = rwg_node_module(w->g, node) && !rwb__is_dependency(w->g, node);
    if (added && is_module && w->queued < MODULES_MAX) {
        w->queue[w->queued++] = node;
    }
}

static void name(walk *w, rwg_str url) {
    bool added = false;
    if (url.len > 0 && w->url_count < URLS_MAX) {
        rwg__strmap_put(&w->named, url, &added);
    }
    if (added) {
        w->urls[w->url_count++] = url;
    }
}

/* Pages have what the generation before reached, or can have it: nobody asks them. */
static bool is_known(const walk *w, rwg_node node) {
    return w->before && node.v <= rwg_graph_node_max(w->before) &&
           rwg_graph_is_live(w->before, node) && rwg_node_flags(w->before, node) & RWG_NODE_REACHED;
}

static void name_imports(walk *w, rwg_node node) {
    rwb__browser *b = &w->d->browser;
    uint32_t count = 0;
    const rwg_edge *edges = rwg_graph_edges(w->g, node, &count);
    for (uint32_t i = 0; i < count; i++) {
        rwg_node target = edges[i].target;
        if (edges[i].kind != RWG_EDGE_IMPORT || !rwb__edge_is_static(&edges[i]) ||
            is_known(w, target)) {
            continue;
        }
        name(w, rwb__browser_link(b, w->view, node, &edges[i], &w->arena).url);
        if (rwb__is_dependency(w->g, target)) {
            rwg__buf chunk;
            rwg__buf_init(&chunk, w->d->mem);
            rwb__dependency_url(w->view, target, "chunk&", &chunk);
            name(w, rwg__arena_str(&w->arena, rwg__buf_str(&chunk)));
            rwg__buf_deinit(&chunk);
        } else {
            reach(w, target);
        }
    }
}

/* Whoever asks finds it in memory, or waits for the job that runs. */
static void
compiled(void *payload, rwg_node node, rwb__source_kind kind, rwb__compiled *compiled_module) {
    (void)payload;
    (void)node;
    (void)kind;
    (void)compiled_module;
}

static void compile(walk *w, rwg_node node) {
    rwb__source_kind kind;
    rwb__recipe_order order = {
        .view = w->view, .node = node, .form = RWB_FORM_ESM, .urls = &w->d->browser.urls};
    (void)rwb__compiler_get(w->d->compiler, &order, &kind, compiled, NULL);
}

void rwb__dev_look_ahead(rwb__dev *d, const rwb__hot_plan *plan, rwg_json_writer *json) {
    if (rwb__ws_count(d->ws) == 0) {
        return;
    }
    const rwb__generations *all = &d->generations;
    walk w = {.d = d, .view = rwb__generations_newest(all)};
    w.g = rwb__view_graph(w.view);
    w.before = all->items.len > 1 ? rwb__view_graph(all->items.ptr[all->items.len - 2].view) : NULL;
    rwg__arena_init(&w.arena, d->mem);
    rwg__idmap_init(&w.seen, d->mem);
    rwg__strmap_init(&w.named, d->mem);
    for (uint32_t i = 0; i < plan->replaced.len; i++) {
        reach(&w, plan->replaced.ptr[i]);
    }
    for (uint32_t i = 0; i < w.queued; i++) {
        compile(&w, w.queue[i]);
        name_imports(&w, w.queue[i]);
    }
    if (json && w.url_count > 0) {
        rwg_json_key(json, "preload");
        rwg_json_array(json);
        for (uint32_t i = 0; i < w.url_count; i++) {
            rwg_json_string(json, w.urls[i]);
        }
        rwg_json_array_end(json);
    }
    rwg__strmap_deinit(&w.named);
    rwg__idmap_deinit(&w.seen);
    rwg__arena_deinit(&w.arena);
}
