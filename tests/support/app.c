/* See app.h. */
#include "app.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct text {
    char *bytes;
    size_t len;
} text;

static bool append(void *payload, const char *bytes, size_t len) {
    text *t = payload;
    char *grown = realloc(t->bytes, t->len + len + 1);
    if (!grown) {
        abort();
    }
    memcpy(grown + t->len, bytes, len);
    t->bytes = grown;
    t->len += len;
    t->bytes[t->len] = '\0';
    return true;
}

static void add(text *t, rwg_str piece) {
    append(t, piece.ptr ? piece.ptr : "", piece.len);
}

static rwg_str str(const char *cstr) {
    return (rwg_str){cstr, (uint32_t)strlen(cstr)};
}

void app_start(app *a) {
    *a = (app){.disk = memfs_new()};
    a->fs = memfs_fs(a->disk);
    a->options = (rwg_project_options)RWG_PROJECT_OPTIONS_INIT;
    a->options.fs = &a->fs;
    a->options.no_cache = true;
    a->options.workers = 1;
    memfs_mkdir(a->disk, "/app");
}

static void drop_results(app *a) {
    if (a->graph) {
        rwg_graph_release(a->graph);
        a->graph = NULL;
    }
    rwg_change_free(a->change);
    a->change = NULL;
}

static void check(rwg_status status, const rwg_error *err) {
    if (status != RWG_OK) {
        fail_msg("%s: %s: %s", rwg_status_name(status), err->path, err->text);
    }
}

static void take_graph(app *a) {
    a->graph = rwg_project_graph(a->project);
    rwg_error err = {0};
    if (!rwg_graph_check(a->graph, &err)) {
        fail_msg("%s", err.text);
    }
}

void app_open(app *a) {
    rwg_error err = {0};
    drop_results(a);
    check(rwg_project_open(str("/app"), &a->options, &a->project, &err), &err);
    check(rwg_project_scan(a->project, &a->stats, &err), &err);
    take_graph(a);
}

void app_reopen(app *a) {
    rwg_project_close(a->project);
    a->project = NULL;
    app_open(a);
}

void app_stop(app *a) {
    drop_results(a);
    rwg_project_close(a->project);
    memfs_free(a->disk);
}

void app_update(app *a, const char *const *paths, uint32_t count) {
    rwg_error err = {0};
    rwg_str list[64];
    assert_true(count <= sizeof list / sizeof list[0]);
    for (uint32_t i = 0; i < count; i++) {
        list[i] = str(paths[i]);
    }
    drop_results(a);
    check(rwg_project_update(a->project, list, count, &a->change, &a->stats, &err), &err);
    take_graph(a);
}

void app_changed(app *a, const char *path) {
    app_update(a, &path, 1);
}

void app_edit(app *a, const char *path, const char *content) {
    memfs_write(a->disk, path, content);
    app_changed(a, path);
}

void app_delete(app *a, const char *path) {
    memfs_remove(a->disk, path);
    app_changed(a, path);
}

void app_rescan(app *a) {
    rwg_error err = {0};
    drop_results(a);
    check(rwg_project_scan(a->project, &a->stats, &err), &err);
    take_graph(a);
}

rwg_env app_env(const app *a, const char *name) {
    rwg_env env = rwg_graph_env(a->graph, str(name));
    assert_int_not_equal(env.v, 0);
    return env;
}

rwg_node app_node(const app *a, const char *path, const char *env) {
    rwg_node node = rwg_graph_find(a->graph, str(path), app_env(a, env));
    bool reached = node.v && rwg_node_flags(a->graph, node) & RWG_NODE_REACHED;
    return reached ? node : (rwg_node){0};
}

static void add_edge(const app *a, text *t, const rwg_edge *edge, rwg_env from) {
    static const char *const OUTCOMES[] = {
        "", "builtin", "external", "ignored", "pinned", "missing"};
    if (t->len) {
        add(t, str(" "));
    }
    if (edge->target.v) {
        rwg_env env = rwg_node_env(a->graph, edge->target);
        if (env.v != from.v) {
            add(t, rwg_graph_env_name(a->graph, env));
            add(t, str(":"));
        }
        add(t, rwg_graph_file_path(a->graph, rwg_node_file(a->graph, edge->target)));
        return;
    }
    add(t, str("["));
    add(t, str(OUTCOMES[edge->outcome]));
    if (edge->text) {
        add(t, str(" "));
        add(t, rwg_graph_text(a->graph, edge->text));
    }
    add(t, str("]"));
}

static char *finish(text *t) {
    append(t, "", 0);
    return t->bytes;
}

char *app_edges(const app *a, const char *path, const char *env) {
    text t = {0};
    rwg_node node = app_node(a, path, env);
    if (!node.v) {
        add(&t, str("(no node)"));
        return finish(&t);
    }
    uint32_t n = 0;
    const rwg_edge *edges = rwg_graph_edges(a->graph, node, &n);
    for (uint32_t i = 0; i < n; i++) {
        add_edge(a, &t, &edges[i], rwg_node_env(a->graph, node));
    }
    return finish(&t);
}

char *app_deps(const app *a, const char *env) {
    text t = {0};
    uint32_t n = 0;
    const rwg_dependency *deps = rwg_graph_deps(a->graph, app_env(a, env), &n);
    for (uint32_t i = 0; i < n; i++) {
        add(&t, str(i ? " " : ""));
        add(&t, str(deps[i].fresh ? "+" : ""));
        add(&t, deps[i].specifier);
    }
    return finish(&t);
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char *app_stale(const app *a, rwg_policy policy) {
    text t = {0};
    uint32_t n = 0;
    const rwg_stale *stale = rwg_change_stale(a->change, policy, &n);
    char **items = calloc(n + 1, sizeof *items);
    assert_non_null(items);
    for (uint32_t i = 0; i < n; i++) {
        text one = {0};
        add(&one, rwg_graph_env_name(a->graph, rwg_node_env(a->graph, stale[i].node)));
        add(&one, str(":"));
        add(&one, rwg_graph_file_path(a->graph, rwg_node_file(a->graph, stale[i].node)));
        items[i] = finish(&one);
    }
    qsort(items, n, sizeof *items, by_text);
    for (uint32_t i = 0; i < n; i++) {
        add(&t, str(i ? " " : ""));
        add(&t, str(items[i]));
        free(items[i]);
    }
    free(items);
    return finish(&t);
}

static char *dump_graph(const rwg_graph *graph) {
    text t = {0};
    rwg_sink sink = {append, &t, false};
    rwg_graph_dump(graph, RWG_DUMP_CANONICAL, &sink);
    return finish(&t);
}

char *app_dump(const app *a) {
    return dump_graph(a->graph);
}

char *app_scratch_dump(const app *a, uint32_t workers) {
    rwg_project_options options = a->options;
    options.workers = workers;
    options.no_cache = true;
    options.cache_path = (rwg_str){NULL, 0};
    rwg_project *project = NULL;
    rwg_error err = {0};
    check(rwg_project_open(str("/app"), &options, &project, &err), &err);
    check(rwg_project_scan(project, NULL, &err), &err);
    rwg_graph *graph = rwg_project_graph(project);
    char *dump = dump_graph(graph);
    rwg_graph_release(graph);
    rwg_project_close(project);
    return dump;
}

void app_expect(char *actual, const char *expected) {
    assert_string_equal(actual, expected);
    free(actual);
}

bool app_has_diag(const app *a, rwg_diag_code code, const char *path) {
    uint32_t n = 0;
    const rwg_diag *diags = rwg_graph_diags(a->graph, &n);
    for (uint32_t i = 0; i < n; i++) {
        rwg_str p = diags[i].path;
        if (diags[i].code == code && p.len == strlen(path) && memcmp(p.ptr, path, p.len) == 0) {
            return true;
        }
    }
    return false;
}
