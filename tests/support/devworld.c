/* See devworld.h. */
#include "devworld.h"

#include "base/hash.h"
#include "base/json.h"
#include "base/str.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char CONFIG[] =
    "{\"environments\": {\"client\": {\"entries\": [\"src/main.js\"], \"onlyEntries\": true},"
    "\"ssr\": {\"entries\": [], \"onlyEntries\": true},"
    "\"worker\": {\"entries\": [], \"onlyEntries\": true}}}";

/* The factory of a module that has nothing in it. */
#define STATE_CODE RWG_STR("function* (__rwg_i, __rwg_x) { __rwg_x({}); yield; }")

void devworld_start(devworld *w) {
    *w = (devworld){.loop = NULL};
    rwg__mem_init(&w->mem, NULL, 0);
    app_start(&w->app);
    memfs_write(w->app.disk, "/app/rwgraph.json", CONFIG);
    rwb__generations_init(&w->generations, &w->mem);
}

/* `package`: a package.json that was edited, or NULL. */
static void publish(devworld *w, const rwg_str *package) {
    rwb__generations_publish(
        &w->generations,
        rwb__view_new(
            &w->mem,
            &(rwb__view_input){
                .graph = w->app.graph,
                .config = w->settings.config,
                .root = w->settings.root,
                .salt = w->settings.salt,
                .previous = rwb__generations_newest(&w->generations),
                .resolver = w->settings.resolver,
                .packages = package,
                .package_count = package ? 1 : 0,
            }
        )
    );
}

void devworld_open(devworld *w) {
    app_open(&w->app);
    w->settings.fs = &w->app.fs;
    w->settings.root = RWG_STR("/app");
    w->settings.config = rwg_project_config(w->app.project);
    w->settings.dev = true;
    w->defines[0] = (rwb_define){RWG_STR("process.env.NODE_ENV"), RWG_STR("\"development\"")};
    for (uint32_t e = 0; e < w->settings.config->env_count; e++) {
        w->settings.envs[e].defines = w->defines;
        w->settings.envs[e].define_count = 1;
    }
    rwg_error err = {0};
    assert_int_equal(
        rwg_resolver_new(
            w->settings.fs, w->settings.root, w->settings.config, &w->settings.resolver, &err
        ),
        RWG_OK
    );
    if (!w->loop) {
        w->loop = rwb__loop_new(&w->mem, &(rwb__loop_options){.no_signals = true}, &err);
        assert_non_null(w->loop);
        w->compiler = rwb__compiler_new(w->loop, &w->settings, w->cache);
    }
    rwb__definer_init(&w->definer, &w->mem, &w->settings);
    publish(w, NULL);
}

void devworld_edit(devworld *w, const char *path, const char *text) {
    app_edit(&w->app, path, text);
    rwg_str changed = rwg__str_c(path);
    rwg_resolver_forget(w->settings.resolver, &changed, 1);
    bool is_package = rwg__str_ends(changed, RWG_STR("/package.json"));
    if (is_package || !rwg_change_is_empty(w->app.change)) {
        publish(w, is_package ? &changed : NULL);
    }
}

static void close_process(devworld *w, bool keeps_compiled) {
    if (!keeps_compiled) {
        rwb__compiler_free(w->compiler);
        rwb__loop_free(w->loop);
        w->loop = NULL;
    }
    rwb__definer_deinit(&w->definer);
    rwb__generations_deinit(&w->generations);
    rwg_resolver_free(w->settings.resolver);
}

void devworld_reopen(devworld *w, bool keeps_compiled) {
    close_process(w, keeps_compiled);
    rwg_project_close(w->app.project);
    w->app.project = NULL;
    rwb__generations_init(&w->generations, &w->mem);
    devworld_open(w);
}

void devworld_stop(devworld *w) {
    close_process(w, false);
    app_stop(&w->app);
    assert_int_equal(atomic_load(&w->mem.used), 0);
}

rwb__view *devworld_view(const devworld *w) {
    return rwb__generations_newest(&w->generations);
}

static rwg_env env_of(const devworld *w, const char *name) {
    return rwg_graph_env(w->app.graph, rwg__str_c(name ? name : "client"));
}

rwg_node devworld_node(const devworld *w, const char *env, const char *path) {
    rwg_node node = rwg_graph_find(w->app.graph, rwg__str_c(path), env_of(w, env));
    if (!node.v) {
        fail_msg("%s is not in %s", path, env ? env : "client");
    }
    return node;
}

static char *copy(rwg_str text) {
    char *bytes = malloc(text.len + 1u);
    assert_non_null(bytes);
    memcpy(bytes, text.ptr, text.len);
    bytes[text.len] = '\0';
    return bytes;
}

char *devworld_key(const devworld *w, const char *env, const char *path) {
    rwg__mem mem;
    rwg__buf out;
    rwg__mem_init(&mem, NULL, 0);
    rwg__buf_init(&out, &mem);
    rwb__view_key(devworld_view(w), devworld_node(w, env, path), &out);
    char *text = copy(rwg__buf_str(&out));
    rwg__buf_deinit(&out);
    return text;
}

/* --- closures --- */

static void take_text(void *payload, rwg_str text) {
    char **out = payload;
    *out = copy(text);
}

static char *wait_for(devworld *w, const rwb__closure_request *request) {
    char *text = NULL;
    rwb__closure_run(w->compiler, &w->definer, request, take_text, &text);
    while (!text) {
        rwb__loop_run_once(w->loop);
    }
    return text;
}

static const rwg__json *parse(rwg__arena *arena, const char *text) {
    rwg__json_error error;
    return text ? rwg__json_parse(arena, rwg__str_c(text), &error) : NULL;
}

char *devworld_closure(devworld *w, const devworld_ask *ask) {
    rwg__arena arena;
    rwg__arena_init(&arena, &w->mem);
    char *text = wait_for(
        w,
        &(rwb__closure_request){
            .view = ask->view ? ask->view : devworld_view(w),
            .env = env_of(w, ask->env),
            .entries = parse(&arena, ask->entries),
            .importer = ask->importer ? rwg__str_c(ask->importer) : (rwg_str){NULL, 0},
            .have = parse(&arena, ask->have),
            .session = ask->session,
            .state_code = STATE_CODE,
        }
    );
    rwg__arena_deinit(&arena);
    return text;
}

void devworld_chunk_url(const rwb__view *view, rwg_node node, rwg__buf *out) {
    const rwg_graph *g = rwb__view_graph(view);
    char hex[33];
    rwg__hash_hex(rwb__view_hash(view, node), hex);
    rwg__buf_add(out, RWG_STR("/@deps/"));
    rwg__buf_add(out, rwg_graph_env_name(g, rwg_node_env(g, node)));
    rwb__view_id(view, node, out);
    rwg__buf_printf(out, "?chunk&v=%.16s", hex);
}

typedef struct urls {
    void (*outside)(void *payload, rwg_node node);
    void *payload;
} urls;

static void add_url(void *payload, const rwb__view *view, rwg_node node, rwg__buf *out) {
    const urls *u = payload;
    devworld_chunk_url(view, node, out);
    if (u->outside) {
        u->outside(u->payload, node);
    }
}

/* "node_modules/a/", "node_modules/a/node_modules/@b/c/": the folder of a path's package. */
static rwg_str package_of(rwg_str path) {
    static const rwg_str FOLDER = {"node_modules/", 13};
    uint32_t end = 0;
    for (uint32_t i = 0; i + FOLDER.len <= path.len; i++) {
        end = rwg__str_starts(rwg__str_from(path, i), FOLDER) ? i + FOLDER.len : end;
    }
    uint32_t slashes = end < path.len && path.ptr[end] == '@' ? 2 : 1;
    while (end < path.len && slashes > 0) {
        slashes -= path.ptr[end++] == '/';
    }
    return rwg__str_sub(path, 0, end);
}

char *devworld_chunk(
    devworld *w, rwg_node node, void (*outside)(void *payload, rwg_node node), void *payload
) {
    const rwg_graph *g = rwb__view_graph(devworld_view(w));
    urls u = {outside, payload};
    return wait_for(
        w,
        &(rwb__closure_request){
            .view = devworld_view(w),
            .env = rwg_node_env(g, node),
            .state_code = STATE_CODE,
            .is_script = true,
            .root = node,
            .package = package_of(rwg_graph_file_path(g, rwg_node_file(g, node))),
            .script_url = add_url,
            .url_payload = &u,
        }
    );
}

/* --- compiling --- */

static void
take_compiled(void *payload, rwg_node node, rwb__source_kind kind, rwb__compiled *compiled) {
    rwb__compiled **out = payload;
    (void)node;
    (void)kind;
    *out = rwb__compiled_retain(compiled);
}

rwb__compiled *devworld_compile(devworld *w, rwg_node node, rwb__source_kind *out_kind) {
    rwb__compiled *out = NULL;
    rwb__recipe_order order = {.view = devworld_view(w), .node = node, .form = RWB_FORM_FACTORY};
    rwb__compiled *known = rwb__compiler_get(w->compiler, &order, out_kind, take_compiled, &out);
    if (known) {
        return rwb__compiled_retain(known);
    }
    while (!out) {
        rwb__loop_run_once(w->loop);
    }
    return out;
}

rwg_hash devworld_recipe(devworld *w, rwg_node node) {
    rwb__recipe_order order = {.view = devworld_view(w), .node = node, .form = RWB_FORM_FACTORY};
    rwb__recipe *recipe = rwb__recipe_new(&w->mem, &w->settings, &order);
    rwg_hash hash = recipe->hash;
    rwb__recipe_free(recipe);
    return hash;
}
