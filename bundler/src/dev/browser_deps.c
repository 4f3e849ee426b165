/* Packages: facades that evaluate a module of the page's registry, chunks that define what is
 * behind it, and modules that are the same in every generation. */
#include "base/hash.h"
#include "base/path.h"
#include "base/str.h"
#include "dev/aspect.h"
#include "dev/browser_parts.h"
#include "dev/closure.h"

static void add_chunk_url(void *payload, const rwb__view *view, rwg_node node, rwg__buf *out) {
    (void)payload;
    rwb__dependency_url(view, node, "chunk&", out);
}

/* Up to and with the package's folder: everything in it belongs to one script. */
static rwg_str package_prefix(rwg_str path) {
    static const rwg_str FOLDER = {"node_modules/", 13};
    uint32_t end = 0;
    for (uint32_t i = 0; i + FOLDER.len <= path.len; i++) {
        if (memcmp(path.ptr + i, FOLDER.ptr, FOLDER.len) == 0) {
            end = i + FOLDER.len;
        }
    }
    uint32_t slashes = end < path.len && path.ptr[end] == '@' ? 2 : 1;
    while (end < path.len && slashes > 0) {
        slashes -= path.ptr[end++] == '/';
    }
    return rwg__str_sub(path, 0, end);
}

/* A module of a package as a URL names it. Only the version that was asked for is that for ever:
 * under another's URL nobody may keep it. */
typedef struct wanted {
    rwb__view *view;
    rwg_node node;
    rwg_str kept;
} wanted;

typedef struct chunk_answer {
    rwb__browser *b;
    rwb__exchange *x;
    rwg_str kept;
} chunk_answer;

static void chunk_done(void *payload, rwg_str text) {
    chunk_answer *c = payload;
    rwb__respond_script(c->b, c->x, c->kept, text);
    rwg__mem_free(c->b->mem, c, sizeof *c);
}

static void answer_chunk(rwb__browser *b, rwb__exchange *x, const wanted *w) {
    const rwg_graph *g = rwb__view_graph(w->view);
    chunk_answer *c = rwg__mem_zalloc(b->mem, sizeof *c);
    *c = (chunk_answer){b, x, w->kept};
    rwb__closure_run(
        b->compiler,
        b->definer,
        &(rwb__closure_request){
            .view = w->view,
            .env = rwg_node_env(g, w->node),
            .state_code = b->setup->state_code,
            .is_script = true,
            .root = w->node,
            .package = package_prefix(rwg_graph_file_path(g, rwg_node_file(g, w->node))),
            .script_url = add_chunk_url,
        },
        chunk_done,
        c
    );
}

/* Top-level await anywhere in what is evaluated with the module. */
static bool is_async(rwb__browser *b, const rwb__view *view, rwg_node node) {
    const rwg_graph *g = rwb__view_graph(view);
    rwg__idmap seen;
    RWG_VEC(uint32_t) todo = {0};
    rwg__idmap_init(&seen, b->mem);
    *rwg__vec_push(&todo, b->mem) = node.v;
    rwg__idmap_put(&seen, node.v, NULL);
    bool found = false;
    while (!found && todo.len > 0) {
        rwg_node at = {todo.ptr[--todo.len]};
        const rwg_module *module = rwg_node_module(g, at);
        found = module && rwg_module_flags(module) & RWG_MODULE_TLA;
        uint32_t count = 0;
        const rwg_edge *edges = rwg_graph_edges(g, at, &count);
        for (uint32_t i = 0; i < count; i++) {
            bool added = false;
            if (rwb__edge_is_static(&edges[i])) {
                rwg__idmap_put(&seen, edges[i].target.v, &added);
            }
            if (added) {
                *rwg__vec_push(&todo, b->mem) = edges[i].target.v;
            }
        }
    }
    rwg__idmap_deinit(&seen);
    rwg__vec_free(&todo, b->mem);
    return found;
}

static bool has_flag(rwg_str query, const char *name) {
    while (query.len > 0) {
        uint32_t end = rwg__str_index(query, '&');
        if (rwg__str_eq_c(rwg__str_sub(query, 0, end), name)) {
            return true;
        }
        query = rwg__str_from(query, end < query.len ? end + 1 : end);
    }
    return false;
}

static void answer_facade(rwb__browser *b, rwb__exchange *x, const wanted *w) {
    rwg__buf out;
    rwg__buf_init(&out, b->mem);
    rwg__buf_add(&out, RWG_STR("import { registry } from \"/@rwgraph/deps\";\nimport \""));
    add_chunk_url(NULL, w->view, w->node, &out);
    bool async = is_async(b, w->view, w->node);
    rwg__buf_add(&out, RWG_STR("\";\nexport const __rwg = "));
    rwg__buf_add(&out, async ? RWG_STR("await registry.import(") : RWG_STR("registry.importSync("));
    rwg__buf key;
    rwg__buf_init(&key, b->mem);
    rwb__view_key(w->view, w->node, &key);
    rwb__string_literal(rwg__buf_str(&key), &out);
    rwg__buf_deinit(&key);
    bool node_mode = has_flag(rwb__exchange_target(x)->raw_query, "n");
    rwg__buf_printf(&out, ", %s);\n", node_mode ? "true" : "false");
    rwb__respond_script(b, x, w->kept, rwg__buf_str(&out));
    rwg__buf_deinit(&out);
}

/* Modules that are the same in every generation. */
static void answer_constant(rwb__browser *b, rwb__exchange *x, rwg_str name, bool pinned) {
    rwg_str env = b->setup->config.envs[b->setup->client_env.v - 1].name;
    rwg__buf out;
    rwg__buf key;
    rwg__buf_init(&out, b->mem);
    rwg__buf_init(&key, b->mem);
    if (pinned) {
        rwg__buf_add(&key, RWG_STR("pinned:"));
        rwg__buf_add(&key, name);
    } else {
        rwg__buf_printf(&key, "%.*s:%.*s@1", (int)env.len, env.ptr, (int)name.len, name.ptr);
    }
    rwg__buf_add(
        &out, RWG_STR("import { registry } from \"/@rwgraph/deps\";\nregistry.define([{ key: ")
    );
    rwb__string_literal(rwg__buf_str(&key), &out);
    rwg__buf_add(&out, RWG_STR(", id: "));
    rwb__string_literal(name, &out);
    rwg__buf_printf(&out, ", form: \"%s\", factory: ", pinned ? "pinned" : "esm");
    if (pinned) {
        rwg__buf_add(&out, b->setup->state_code);
    } else {
        rwb__virtual_code(&b->setup->config, name, env, &out);
    }
    rwg__buf_add(&out, RWG_STR(" }]);\nexport const __rwg = registry.importSync("));
    rwb__string_literal(rwg__buf_str(&key), &out);
    rwg__buf_add(&out, RWG_STR(", false);\n"));
    rwb__respond_script(b, x, RWB__NO_CACHE, rwg__buf_str(&out));
    rwg__buf_deinit(&out);
    rwg__buf_deinit(&key);
}

/* The generation that has this module at this version: an old page is answered with what it was
 * born with, and everybody else with the newest. */
static wanted find_version(rwb__browser *b, rwg_env env, rwg_str id, rwg_str version) {
    for (uint32_t i = b->generations->items.len; i-- > 0;) {
        rwb__view *view = b->generations->items.ptr[i].view;
        rwg_node node = rwb__view_find(view, env, id);
        char hex[33];
        if (!node.v) {
            continue;
        }
        rwg__hash_hex(rwb__view_hash(view, node), hex);
        if (rwg__str_eq(version, rwg__str(hex, 16))) {
            return (wanted){view, node, RWB__IMMUTABLE};
        }
    }
    rwb__view *newest = rwb__generations_newest(b->generations);
    return (wanted){newest, rwb__view_find(newest, env, id), RWB__NO_CACHE};
}

bool rwb__answer_dependency(rwb__browser *b, rwb__exchange *x, rwg_str rest) {
    static const rwg_str PINNED = {"pinned/", 7};
    static const rwg_str VIRTUAL = {"virtual/", 8};
    if (rwg__str_starts(rest, PINNED)) {
        answer_constant(b, x, rwg__str_from(rest, PINNED.len), true);
        return true;
    }
    if (rwg__str_starts(rest, VIRTUAL)) {
        rwg_str name = rwg__str_from(rest, VIRTUAL.len);
        if (!rwb__is_virtual(name)) {
            return false;
        }
        answer_constant(b, x, name, false);
        return true;
    }
    uint32_t slash = rwg__str_index(rest, '/');
    rwb__view *newest = rwb__generations_newest(b->generations);
    rwg_env env = rwg_graph_env(rwb__view_graph(newest), rwg__str_sub(rest, 0, slash));
    if (env.v != b->setup->client_env.v) {
        return false; /* other environments' code is nobody's business outside */
    }
    wanted w = find_version(b, env, rwg__str_from(rest, slash), rwb__exchange_query(x)->version);
    if (!w.node.v || !rwb__is_dependency(rwb__view_graph(w.view), w.node)) {
        return false;
    }
    if (has_flag(rwb__exchange_target(x)->raw_query, "chunk")) {
        answer_chunk(b, x, &w);
    } else {
        answer_facade(b, x, &w);
    }
    return true;
}
