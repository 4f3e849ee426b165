/* Breadth first over static imports, from the page's scripts. */
#include "dev/preload.h"

#include "base/path.h"
#include "base/str.h"
#include "dev/browser_parts.h"
#include "serve/html.h"

/* A page names so many; what is behind them is found by what they import. */
#define MOST 256

typedef struct walk {
    rwb__browser *b;
    rwb__view *view;
    rwg_str page;
    rwg__arena *arena;
    rwg__idmap seen; /* nodes */
    rwg__strmap named;
    RWG_VEC(rwg_node) queue;
    rwg_str urls[MOST];
    uint32_t count;
} walk;

static void reach(walk *w, rwg_node node) {
    bool added = false;
    rwg__idmap_put(&w->seen, node.v, &added);
    if (added) {
        *rwg__vec_push(&w->queue, w->b->mem) = node;
    }
}

/* A script of the page: it is fetched anyway, what it imports is news. */
static void add_script(void *payload, rwg_str url) {
    walk *w = payload;
    rwg__path path;
    rwg_str plain = rwg__str_sub(url, 0, rwg__str_index(url, '?'));
    rwg_str base = w->b->setup->site.base;
    if (rwg__str_starts(plain, base)) {
        plain = rwg__str_from(plain, base.len - 1);
    }
    if (rwg__path_join(&path, rwg__path_dirname(w->page), plain)) {
        rwg_node node = rwb__view_find(w->view, w->b->setup->client_env, rwg__path_str(&path));
        if (node.v) {
            reach(w, node);
        }
    }
}

static bool is_import(const rwg_module *module, const rwg_edge *edge) {
    uint32_t count = 0;
    const rwg_import *imports = rwg_module_imports(module, &count);
    uint8_t kind = edge->import < count ? imports[edge->import].kind : RWG_IMPORT_URL;
    bool is_static = kind == RWG_IMPORT_STATIC || kind == RWG_IMPORT_REEXPORT ||
                     kind == RWG_IMPORT_STAR || kind == RWG_IMPORT_JSX;
    return is_static && edge->kind == RWG_EDGE_IMPORT && edge->target.v &&
           !(edge->flags & RWG_EDGE_TYPE_ONLY);
}

static void add_imports(walk *w, rwg_node node) {
    const rwg_graph *g = rwb__view_graph(w->view);
    const rwg_module *module = rwg_node_module(g, node);
    uint32_t count = 0;
    const rwg_edge *edges = module ? rwg_graph_edges(g, node, &count) : NULL;
    for (uint32_t i = 0; i < count && w->count < MOST; i++) {
        if (!is_import(module, &edges[i])) {
            continue;
        }
        bool added = false;
        rwb_link link = rwb__browser_link(w->b, w->view, node, &edges[i], w->arena);
        if (link.url.len > 0) {
            rwg__strmap_put(&w->named, link.url, &added);
        }
        if (added) {
            w->urls[w->count++] = link.url;
        }
        // A package's modules come in the chunk that its facade names.
        if (!rwb__is_dependency(g, edges[i].target)) {
            reach(w, edges[i].target);
        }
    }
}

uint32_t rwb__preloads(
    rwb__browser *b, rwg_str page, rwg_str html, rwg__arena *arena, const rwg_str **out_urls
) {
    walk *w = rwg__arena_zalloc(arena, sizeof *w);
    w->b = b;
    w->view = rwb__generations_newest(b->generations);
    w->page = page;
    w->arena = arena;
    rwg__idmap_init(&w->seen, b->mem);
    rwg__strmap_init(&w->named, b->mem);
    if (b->setup->client_env.v) {
        rwb__html_sources(html, add_script, w);
    }
    for (uint32_t i = 0; i < w->queue.len && w->count < MOST; i++) {
        add_imports(w, w->queue.ptr[i]);
    }
    rwg__idmap_deinit(&w->seen);
    rwg__strmap_deinit(&w->named);
    rwg__vec_free(&w->queue, b->mem);
    *out_urls = w->urls;
    return w->count;
}
