/* A stylesheet is a page's own when the browser's environment has its file as well. */
#include "dev/server_styles.h"

#include "link/sheets.h"

static bool is_reached_style(const rwg_graph *g, rwg_node node) {
    uint32_t flags = rwg_graph_is_live(g, node) ? rwg_node_flags(g, node) : 0;
    const rwg_module *module = flags & RWG_NODE_REACHED ? rwg_node_module(g, node) : NULL;
    return module && !(flags & RWG_NODE_LEAF) && rwg_module_kind_of(module) == RWG_MODULE_CSS;
}

bool rwb__server_styles_has(const rwb__setup *setup, const rwb__view *view, rwg_node node) {
    const rwg_graph *g = rwb__view_graph(view);
    rwg_env client = setup->client_env;
    if (!is_reached_style(g, node) || rwg_node_env(g, node).v == client.v) {
        return false;
    }
    rwg_node shown = {0};
    if (client.v) {
        shown = rwg_graph_find(g, rwg_graph_file_path(g, rwg_node_file(g, node)), client);
    }
    return !shown.v || !is_reached_style(g, shown);
}

bool rwb__server_styles_any(const rwb__setup *setup, const rwb__view *view) {
    const rwg_graph *g = rwb__view_graph(view);
    for (uint32_t n = 1; n <= rwg_graph_node_max(g); n++) {
        if (rwb__server_styles_has(setup, view, (rwg_node){n})) {
            return true;
        }
    }
    return false;
}

typedef struct owner {
    const rwb__setup *setup;
    const rwb__view *view;
} owner;

static bool wants(void *payload, rwg_node node) {
    const owner *o = payload;
    return rwb__server_styles_has(o->setup, o->view, node);
}

void rwb__server_styles_write(const rwb__setup *setup, const rwb__view *view, rwg__buf *out) {
    const rwg_graph *g = rwb__view_graph(view);
    RWG_VEC(rwg_node) roots = {0};
    owner o = {setup, view};
    if (setup->server_env.v) {
        *rwg__vec_push(&roots, setup->mem) =
            rwg_graph_find(g, setup->server_entry, setup->server_env);
    }
    for (uint32_t n = 1; n <= rwg_graph_node_max(g); n++) {
        if (rwb__server_styles_has(setup, view, (rwg_node){n})) {
            *rwg__vec_push(&roots, setup->mem) = (rwg_node){n};
        }
    }
    rwb__sheets_input input = {
        .mem = setup->mem,
        .fs = setup->settings.fs,
        .view = view,
        .roots = roots.ptr,
        .root_count = roots.len,
        .wants = wants,
        .wants_payload = &o,
    };
    rwg__buf problems; /* of files that cannot be read: the modules say so */
    rwg__buf_init(&problems, setup->mem);
    rwb__sheets_write(&input, out, NULL, &problems);
    rwg__buf_deinit(&problems);
    rwg__vec_free(&roots, setup->mem);
}
