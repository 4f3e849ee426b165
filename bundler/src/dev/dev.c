/* The dev server: where the graph, the browser, the runtime and the file watcher meet.
 *
 *   file event ─▶ project update ─▶ generation published ─▶ runtime switched ─▶ browsers told
 *
 * The order is law 6: a request that comes after the publication sees all of the new generation,
 * one that came before sees none of it; browsers are told last, so whatever they ask for is there.
 * One thread owns all of it; transforms run on others. */
#include <rwgraph/rwgraph.h>

#include "base/fsutil.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/path.h"
#include "base/str.h"
#include "dev/closure.h"
#include "dev/hmr.h"
#include "dev/server_runtime.h"
#include "serve/html.h"
#include "serve/static.h"
#include "serve/watch.h"
#include "serve/ws.h"

#include <rwbundler/dev.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#define DEFAULT_PORT 5173u
/* Values wait so long before they are written to the transform cache. */
#define CACHE_IDLE_MS 1000u
#define CACHE_BYTES   (1024u * 1024 * 1024)
#define CACHE_DAYS    30u

typedef struct dev {
    rwg__mem *mem;
    const rwb_dev_options *options;
    rwb__loop *loop;
    rwb__setup setup;
    rwg_project *project;
    rwb__cache *cache;
    rwb__compiler *compiler;
    rwb__definer definer;
    rwb__generations generations;
    rwb__browser browser;
    rwb__runtime *runtime; /* NULL: pages are static */
    rwb__http *http;
    rwb__ws *ws;
    rwb__watch *watch;
    rwb__public *public_files;
    rwb__timer *cache_timer;
    rwb__access access;
    rwb__fs_rules rules;
    rwg_str allowed[1];
    char token[33];
    rwg__buf messages;    /* for browsers, framed by newlines, until the runtime has switched */
    uint64_t waiting_for; /* the generation they wait for */
} dev;

/* --- the terminal --- */

static void say(void *payload, bool is_error, rwg_str line) {
    (void)payload;
    FILE *stream = is_error ? stderr : stdout;
    (void)fprintf(stream, "%.*s\n", (int)line.len, line.ptr);
    (void)fflush(stream);
}

static rwg_str node_path(const rwg_graph *g, rwg_node node) {
    return rwg_graph_file_path(g, rwg_node_file(g, node));
}

/* --- generations --- */

static void publish(dev *d) {
    rwg_graph *graph = rwg_project_graph(d->project);
    rwb__view *view = rwb__view_new(
        d->mem,
        &(rwb__view_input){
            .graph = graph,
            .config = &d->setup.config,
            .root = d->setup.settings.root,
            .salt = d->setup.settings.salt,
        }
    );
    rwg_graph_release(graph);
    rwb__generations_publish(&d->generations, view);
    rwb__compiler_tick(d->compiler);
}

/* The text of a file as this generation knows it, for requests that outlive it. */
static void remember(dev *d, const rwg_graph *g, rwg_node node) {
    const rwg_module *module = rwg_node_module(g, node);
    if (!module || rwg_node_flags(g, node) & RWG_NODE_DEPENDENCY) {
        return;
    }
    rwg__buf path;
    rwg__arena arena;
    rwg_str text;
    rwg__buf_init(&path, d->mem);
    rwg__arena_init(&arena, d->mem);
    rwb__view_path(rwb__generations_newest(&d->generations), node, &path);
    rwg_hash content = rwg_module_content_hash(module);
    if (rwg__fs_read(&d->setup.fs, &arena, rwg__buf_str(&path), RWG_LIMIT_SOURCE_BYTES, &text) ==
            RWG_OK &&
        rwg__hash_equal(rwg__hash_bytes(text.ptr, text.len), content)) {
        rwb__compiler_remember(d->compiler, content, text);
    }
    rwg__buf_deinit(&path);
    rwg__arena_deinit(&arena);
}

static void remember_all(dev *d) {
    const rwg_graph *g = rwb__view_graph(rwb__generations_newest(&d->generations));
    for (uint32_t n = 1; n <= rwg_graph_node_max(g); n++) {
        rwg_node node = {n};
        if (rwg_graph_is_live(g, node) && rwg_node_flags(g, node) & RWG_NODE_REACHED) {
            remember(d, g, node);
        }
    }
}

/* --- messages to browsers --- */

static void send_messages(dev *d) {
    rwg_str rest = rwg__buf_str(&d->messages);
    while (rest.len > 0) {
        uint32_t end = rwg__str_index(rest, '\n');
        rwb__ws_broadcast(d->ws, rwg__str_sub(rest, 0, end));
        rest = rwg__str_from(rest, end < rest.len ? end + 1 : end);
    }
    rwg__buf_clear(&d->messages);
}

static void write_version(dev *d, rwg_json_writer *w) {
    char hex[33];
    const rwb__view *view = rwb__generations_newest(&d->generations);
    rwg__hash_hex(rwb__view_env_hash(view, d->setup.client_env), hex);
    rwg_json_key(w, "generation");
    rwg_json_uint(w, rwb__generations_number(&d->generations));
    rwg_json_key(w, "version");
    rwg_json_string(w, rwg__str(hex, 32));
}

static void json_id(dev *d, rwg_json_writer *w, const char *key, rwg_node node) {
    rwg__buf id;
    rwg__buf_init(&id, d->mem);
    rwb__view_id(rwb__generations_newest(&d->generations), node, &id);
    rwg_json_key(w, key);
    rwg_json_string(w, rwg__buf_str(&id));
    rwg__buf_deinit(&id);
}

static void write_update(dev *d, rwg_json_writer *w, const rwb__hot_update *u) {
    const rwb__view *view = rwb__generations_newest(&d->generations);
    const rwg_graph *g = rwb__view_graph(view);
    rwg__buf text;
    rwg__buf_init(&text, d->mem);
    rwg_json_object(w);
    rwg_json_key(w, "kind");
    rwg_json_cstring(w, "js");
    json_id(d, w, "path", u->boundary);
    json_id(d, w, "acceptedPath", u->accepted);
    rwb__browser_url(&d->browser, view, u->accepted, &text);
    rwg_json_key(w, "url");
    rwg_json_string(w, rwg__buf_str(&text));
    rwg__buf_clear(&text);
    rwg_str cause = node_path(g, u->cause);
    rwg_str boundary = node_path(g, u->boundary);
    rwg__buf_printf(
        &text,
        "%.*s changed%s%.*s",
        (int)cause.len,
        cause.ptr,
        u->cause.v == u->boundary.v ? "" : ", accepted by ",
        u->cause.v == u->boundary.v ? 0 : (int)boundary.len,
        boundary.ptr
    );
    rwg_json_key(w, "why");
    rwg_json_string(w, rwg__buf_str(&text));
    rwg_json_object_end(w);
    rwg__buf_deinit(&text);
}

static void add_plan(dev *d, const rwb__hot_plan *plan) {
    const rwg_graph *g = rwb__view_graph(rwb__generations_newest(&d->generations));
    if (plan->updates.len == 0 && !plan->dead_end.v) {
        return;
    }
    rwg_sink sink = rwg__buf_sink(&d->messages);
    rwg_json_writer w = rwg_json_writer_make(&sink);
    rwg_json_object(&w);
    rwg_json_key(&w, "type");
    rwg_json_cstring(&w, plan->dead_end.v ? "full-reload" : "update");
    write_version(d, &w);
    if (plan->dead_end.v) {
        rwg__buf why;
        rwg__buf_init(&why, d->mem);
        rwg_str cause = node_path(g, plan->dead_end_cause);
        rwg_str end = node_path(g, plan->dead_end);
        rwg__buf_printf(
            &why,
            "%.*s changed, and nothing up to %.*s accepts that",
            (int)cause.len,
            cause.ptr,
            (int)end.len,
            end.ptr
        );
        rwg_json_key(&w, "why");
        rwg_json_string(&w, rwg__buf_str(&why));
        say(d, false, rwg__buf_str(&why));
        rwg__buf_deinit(&why);
    } else {
        rwg_json_key(&w, "updates");
        rwg_json_array(&w);
        for (uint32_t i = 0; i < plan->updates.len; i++) {
            write_update(d, &w, &plan->updates.ptr[i]);
        }
        rwg_json_array_end(&w);
    }
    rwg_json_object_end(&w);
    rwg__buf_char(&d->messages, '\n');
}

/* Modules that nothing reaches any more: what they put on the page goes. */
static void add_prunes(dev *d, const rwg_change *change) {
    const rwg_graph *before = rwg_change_before(change);
    const rwg_graph *after = rwg_change_after(change);
    uint32_t max = rwg_graph_node_max(before);
    uint32_t pruned = 0;
    rwg_sink sink = rwg__buf_sink(&d->messages);
    rwg_json_writer w = rwg_json_writer_make(&sink);
    for (uint32_t n = 1; n <= max; n++) {
        rwg_node node = {n};
        bool was = rwg_graph_is_live(before, node) &&
                   rwg_node_env(before, node).v == d->setup.client_env.v &&
                   rwg_node_flags(before, node) & RWG_NODE_REACHED &&
                   !(rwg_node_flags(before, node) & RWG_NODE_DEPENDENCY);
        bool is = n <= rwg_graph_node_max(after) && rwg_graph_is_live(after, node) &&
                  rwg_node_flags(after, node) & RWG_NODE_REACHED;
        if (!was || is) {
            continue;
        }
        if (pruned++ == 0) {
            rwg_json_object(&w);
            rwg_json_key(&w, "type");
            rwg_json_cstring(&w, "prune");
            write_version(d, &w);
            rwg_json_key(&w, "paths");
            rwg_json_array(&w);
        }
        rwg_str path = node_path(before, node);
        rwg__path id;
        if (rwg__path_join(&id, RWG_STR("/"), path)) {
            rwg_json_string(&w, rwg__path_str(&id));
        }
    }
    if (pruned > 0) {
        rwg_json_array_end(&w);
        rwg_json_object_end(&w);
        rwg__buf_char(&d->messages, '\n');
    }
}

/* RedwoodSDK's client asks the server to render again. */
static void add_server_update(dev *d, rwg_node node) {
    rwg_sink sink = rwg__buf_sink(&d->messages);
    rwg_json_writer w = rwg_json_writer_make(&sink);
    rwg_json_object(&w);
    rwg_json_key(&w, "type");
    rwg_json_cstring(&w, "custom");
    rwg_json_key(&w, "event");
    rwg_json_cstring(&w, "rsc:update");
    rwg_json_key(&w, "data");
    rwg_json_object(&w);
    json_id(d, &w, "file", node);
    rwg_json_object_end(&w);
    rwg_json_object_end(&w);
    rwg__buf_char(&d->messages, '\n');
}

/* --- changes --- */

/* Changed itself, rather than by what it links to. */
static bool is_cause(rwg_cause cause) {
    return cause == RWG_CAUSE_CONTENT || cause == RWG_CAUSE_EDGES;
}

static void plan_change(dev *d, const rwg_change *change) {
    const rwb__view *view = rwb__generations_newest(&d->generations);
    const rwg_graph *g = rwb__view_graph(view);
    uint32_t count = 0;
    const rwg_stale *stale = rwg_change_stale(change, RWG_POLICY_PRECISE, &count);
    rwb__hot_plan plan;
    rwb__hot_plan_init(&plan, d->mem);
    rwg_node server_node = {0};
    for (uint32_t i = 0; i < count; i++) {
        rwg_node node = stale[i].node;
        remember(d, g, node);
        uint32_t env = rwg_node_env(g, node).v;
        if (env == d->setup.client_env.v && is_cause(stale[i].cause)) {
            rwb__hot_plan_change(&plan, &d->browser, view, node);
        }
        bool stub = (rwg_node_flags(g, node) & RWG_NODE_CLIENT_REF) != 0;
        if (d->setup.server_env.v && env == d->setup.server_env.v && !stub) {
            server_node = node;
        }
    }
    for (uint32_t i = 0; i < plan.replaced.len; i++) {
        rwb__browser_revise(&d->browser, plan.replaced.ptr[i]);
    }
    add_plan(d, &plan);
    if (d->setup.client_env.v) {
        add_prunes(d, change);
    }
    if (server_node.v) {
        add_server_update(d, server_node);
    }
    rwb__hot_plan_deinit(&plan);
}

static const char *cause_text(const rwg_stale *stale) {
    return rwg_cause_name(stale->cause);
}

/* One line an update; with --explain, one more for each module it made stale. */
static void report_change(dev *d, const rwg_change *change, const rwg_stats *stats) {
    const rwg_graph *g = rwg_change_after(change);
    uint32_t count = 0;
    const rwg_stale *stale = rwg_change_stale(change, RWG_POLICY_PRECISE, &count);
    rwg__buf line;
    rwg__buf_init(&line, d->mem);
    rwg_str first = count > 0 ? node_path(g, stale[0].node) : RWG_STR("the project");
    rwg__buf_printf(
        &line,
        "%.*s: generation %llu, %u module%s new in %.1f ms",
        (int)first.len,
        first.ptr,
        (unsigned long long)rwg_graph_generation(g),
        count,
        count == 1 ? "" : "s",
        (double)stats->elapsed_ns / 1e6
    );
    say(d, false, rwg__buf_str(&line));
    for (uint32_t i = 0; d->options->explain && i < count; i++) {
        rwg_str path = node_path(g, stale[i].node);
        rwg_str env = rwg_graph_env_name(g, rwg_node_env(g, stale[i].node));
        rwg_str via = stale[i].via.v ? node_path(g, stale[i].via) : (rwg_str){NULL, 0};
        rwg__buf_clear(&line);
        rwg__buf_printf(
            &line,
            "  %.*s %.*s: %s%s%.*s",
            (int)env.len,
            env.ptr,
            (int)path.len,
            path.ptr,
            cause_text(&stale[i]),
            via.len ? " of " : "",
            (int)via.len,
            via.ptr
        );
        say(d, false, rwg__buf_str(&line));
    }
    rwg__buf_deinit(&line);
}

static void report_dependencies(dev *d) {
    const rwg_graph *g = rwb__view_graph(rwb__generations_newest(&d->generations));
    uint32_t count = 0;
    const rwg_dependency *deps = rwg_graph_deps(g, (rwg_env){0}, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (!deps[i].fresh) {
            continue;
        }
        rwg__buf line;
        rwg__buf_init(&line, d->mem);
        rwg_str env = rwg_graph_env_name(g, deps[i].env);
        rwg__buf_printf(
            &line,
            "new dependency in %.*s: %.*s (nothing is reloaded)",
            (int)env.len,
            env.ptr,
            (int)deps[i].specifier.len,
            deps[i].specifier.ptr
        );
        say(d, false, rwg__buf_str(&line));
        rwg__buf_deinit(&line);
    }
    rwg_project_commit_deps(d->project);
}

static void apply(dev *d, const rwg_str *paths, uint32_t count) {
    rwg_change *change = NULL;
    rwg_stats stats;
    rwg_error err = {.status = RWG_OK};
    if (rwg_project_update(d->project, paths, count, &change, &stats, &err) != RWG_OK) {
        say(d, true, rwg__str_c(err.text));
        return;
    }
    if (!rwg_change_is_empty(change)) {
        uint32_t pinned = 0;
        (void)rwg_change_pinned(change, &pinned);
        rwb__definer_forget(&d->definer);
        rwg_resolver_forget(d->setup.settings.resolver, paths, count);
        publish(d);
        plan_change(d, change);
        report_change(d, change, &stats);
        report_dependencies(d);
        if (pinned > 0 && d->runtime) {
            say(d, false, RWG_STR("a pinned module changed: the server runtime begins anew"));
            rwb__runtime_restart(d->runtime);
            send_messages(d);
        } else if (d->runtime && rwb__runtime_is_ready(d->runtime)) {
            d->waiting_for = rwb__generations_number(&d->generations);
            rwb__runtime_switch(d->runtime);
        } else {
            if (d->runtime) {
                rwb__runtime_switch(d->runtime);
            }
            send_messages(d);
        }
    }
    rwg_change_free(change);
}

static void files_changed(void *payload, const rwb__watch_batch *batch) {
    dev *d = payload;
    if (batch->rescan) {
        rwg_str root = d->setup.settings.root;
        apply(d, &root, 1);
        return;
    }
    bool listing = false;
    rwg_str *paths = rwg__mem_zalloc(d->mem, (batch->count + 1) * sizeof *paths);
    for (uint32_t i = 0; i < batch->count; i++) {
        paths[i] = batch->changes[i].path;
        listing |= batch->changes[i].kind != RWB__WATCH_CHANGED;
    }
    if (listing) {
        rwb__public_refresh(d->public_files);
    }
    apply(d, paths, batch->count);
    rwg__mem_free(d->mem, paths, (batch->count + 1) * sizeof *paths);
}

static void switched(void *payload, uint64_t generation, rwg_str problem) {
    dev *d = payload;
    if (problem.len > 0) {
        say(d, true, problem);
    }
    if (generation >= d->waiting_for) {
        send_messages(d);
    }
}

/* --- requests --- */

typedef struct modules_answer {
    dev *d;
    rwb__exchange *x;
} modules_answer;

static void modules_done(void *payload, rwg_str json) {
    modules_answer *a = payload;
    rwb__bytes *body = rwb__bytes_new(a->d->mem, json);
    rwb__respond(
        a->x, &(rwb__response){.type = RWG_STR("application/json"), .body = body, .no_gzip = true}
    );
    rwb__bytes_drop(body);
    rwg__mem_free(a->d->mem, a, sizeof *a);
}

static void respond_error(rwb__exchange *x, uint16_t status, const char *message) {
    char text[256];
    int len = snprintf(text, sizeof text, "{\"error\":{\"message\":\"%s\"}}", message);
    rwb__respond_text(x, status, "application/json", rwg__str(text, (size_t)len));
}

/* PROTOCOL.md §4: the closure of some modules in exactly the generation that is asked for. */
static void answer_modules(dev *d, rwb__exchange *x) {
    rwg_str token = rwb__exchange_header(x, "x-rwgraph-token");
    if (!rwb__token_equal(token, rwg__str(d->token, 32))) {
        respond_error(x, 403, "the token is not the one of this server");
        return;
    }
    rwg__json_error error;
    const rwg__json *json = rwg__json_parse(rwb__exchange_arena(x), rwb__exchange_body(x), &error);
    const rwg__json *number = rwg__json_get(json, "generation");
    rwb__view *view = number && number->type == RWG__JSON_NUMBER
                          ? rwb__generations_find(&d->generations, (uint64_t)number->number)
                          : rwb__generations_newest(&d->generations);
    if (!json || !view) {
        respond_error(x, json ? 410 : 400, json ? "the generation is gone" : "not JSON");
        return;
    }
    rwg_str name = rwg__json_string(rwg__json_get(json, "env"));
    rwg_env env = rwg_graph_env(rwb__view_graph(view), name);
    if (!env.v) {
        respond_error(x, 400, "there is no environment of this name");
        return;
    }
    modules_answer *a = rwg__mem_zalloc(d->mem, sizeof *a);
    *a = (modules_answer){d, x};
    rwb__closure_run(
        d->compiler,
        &d->definer,
        &(rwb__closure_request){
            .view = view,
            .env = env,
            .entries = rwg__json_get(json, "entries"),
            .importer = rwg__json_string(rwg__json_get(json, "importer")),
            .have = rwg__json_get(json, "have"),
            .state_code = d->setup.state_code,
        },
        modules_done,
        a
    );
}

/* index.html for any page that is no file: the app routes by itself. */
static bool answer_page(dev *d, rwb__exchange *x) {
    rwg__path path;
    rwg_str text;
    rwg__arena *arena = rwb__exchange_arena(x);
    rwg_str asked = rwb__exchange_path(x);
    bool html = rwg__str_ends(asked, RWG_STR(".html"));
    rwg_str name = html ? rwg__str_from(asked, 1) : RWG_STR("index.html");
    rwb__refusal refusal = RWB__REFUSE_NONE;
    rwb__file file;
    if (!rwg__path_join(&path, d->setup.settings.root, name) ||
        rwb__file_open(&d->rules, rwg__path_str(&path), &file, &refusal) != RWG_OK) {
        return false;
    }
    rwb__bytes *bytes = NULL;
    rwg_status status = rwb__file_read(&file, d->mem, 16u << 20, &bytes);
    rwb__file_close(&file);
    if (status != RWG_OK) {
        return false;
    }
    text = rwb__bytes_str(bytes);
    rwg__buf out;
    rwg__buf_init(&out, d->mem);
    rwb__html_transform(
        text,
        &(rwb__html_options){
            .url = rwg__arena_str(arena, html ? asked : RWG_STR("/index.html")),
            .base = RWG_STR("/"),
            .client = RWG_STR("@rwgraph/client"),
            .preamble = d->setup.refresh_path.len > 0 ? RWG_STR("import \"/@rwgraph/refresh\";")
                                                      : (rwg_str){NULL, 0},
        },
        &out
    );
    rwb__bytes_drop(bytes);
    rwb__respond_text(x, 200, "text/html; charset=utf-8", rwg__buf_str(&out));
    rwg__buf_deinit(&out);
    return true;
}

/* A file as it is: of the public folder, or under the root. */
static bool answer_file(dev *d, rwb__exchange *x) {
    rwb__refusal refusal = RWB__REFUSE_NONE;
    rwg_str path = rwb__exchange_path(x);
    rwg_str public_file = rwb__public_find(d->public_files, path);
    if (public_file.len > 0) {
        return rwb__static_serve(x, &d->rules, public_file, RWG_STR("no-cache"), &refusal) ==
               RWB__STATIC_ANSWERED;
    }
    rwg__path full;
    bool names_file = rwg__path_ext(path).len > 0 && !rwg__str_ends(path, RWG_STR(".html"));
    if (!names_file || !rwg__path_join(&full, d->setup.settings.root, rwg__str_from(path, 1))) {
        return false;
    }
    rwb__static_answer answer =
        rwb__static_serve(x, &d->rules, rwg__path_str(&full), RWG_STR("no-cache"), &refusal);
    if (answer == RWB__STATIC_REFUSED) {
        rwb__respond_refusal(x, refusal);
    }
    return answer == RWB__STATIC_ANSWERED || answer == RWB__STATIC_REFUSED;
}

static void handle(void *payload, rwb__exchange *x) {
    dev *d = payload;
    rwg_str path = rwb__exchange_path(x);
    if (rwg__str_eq_c(path, "/@rwgraph/ws") && rwb__exchange_is_websocket(x)) {
        rwb__ws_accept(d->ws, x);
        return;
    }
    if (rwg__str_eq_c(path, "/@rwgraph/ping")) {
        rwb__respond(x, &(rwb__response){.status = 204});
        return;
    }
    if (rwg__str_eq_c(path, "/@rwgraph/modules") && rwb__exchange_is(x, "POST")) {
        answer_modules(d, x);
        return;
    }
    if (rwb__exchange_reads(x) && (rwb__browser_answer(&d->browser, x) || answer_file(d, x))) {
        return;
    }
    if (rwg__str_starts(path, RWG_STR("/@rwgraph/")) || rwg__str_starts(path, RWG_STR("/@deps/"))) {
        rwb__respond_text(x, 404, "text/plain; charset=utf-8", RWG_STR("not found\n"));
        return;
    }
    if (d->runtime) {
        rwb__runtime_request(d->runtime, x);
        return;
    }
    if (!rwb__exchange_reads(x) || !answer_page(d, x)) {
        rwb__respond_text(x, 404, "text/plain; charset=utf-8", RWG_STR("not found\n"));
    }
}

static rwb__body_mode body_mode(void *payload, rwb__exchange *x) {
    (void)payload;
    return rwg__str_eq_c(rwb__exchange_path(x), "/@rwgraph/modules") ? RWB__BODY_COLLECT
                                                                     : RWB__BODY_STREAM;
}

/* --- browsers --- */

static void client_opened(void *payload, rwb__ws_client *client) {
    dev *d = payload;
    rwg__buf text;
    rwg__buf_init(&text, d->mem);
    rwg_sink sink = rwg__buf_sink(&text);
    rwg_json_writer w = rwg_json_writer_make(&sink);
    rwg_json_object(&w);
    rwg_json_key(&w, "type");
    rwg_json_cstring(&w, "connected");
    rwg_json_key(&w, "session");
    rwg_json_string(&w, rwg__str(d->browser.session, 32));
    write_version(d, &w);
    rwg_json_object_end(&w);
    rwb__ws_send(client, rwg__buf_str(&text));
    rwg__buf_deinit(&text);
}

/* `invalidate`: the owner gave up on its own update, which is then its importers'. */
static void client_message(void *payload, rwb__ws_client *client, rwg_str text) {
    dev *d = payload;
    (void)client;
    rwg__arena arena;
    rwg__arena_init(&arena, d->mem);
    rwg__json_error error;
    const rwg__json *json = rwg__json_parse(&arena, text, &error);
    if (rwg__str_eq_c(rwg__json_string(rwg__json_get(json, "type")), "invalidate")) {
        const rwb__view *view = rwb__generations_newest(&d->generations);
        rwg_node node = rwb__view_find(
            view, d->setup.client_env, rwg__json_string(rwg__json_get(json, "path"))
        );
        rwb__hot_plan plan;
        rwb__hot_plan_init(&plan, d->mem);
        if (node.v) {
            rwb__hot_plan_invalidate(&plan, &d->browser, view, node);
            add_plan(d, &plan);
            send_messages(d);
        }
        rwb__hot_plan_deinit(&plan);
    }
    rwg__arena_deinit(&arena);
}

static void client_closed(void *payload, rwb__ws_client *client) {
    (void)payload;
    (void)client;
}

/* --- life --- */

static void flush_cache(void *payload) {
    dev *d = payload;
    if (d->cache) {
        rwb__cache_flush(d->cache);
    }
    rwb__timer_start(d->cache_timer, CACHE_IDLE_MS);
}

static void make_token(dev *d) {
    static const char DIGITS[] = "0123456789abcdef";
    unsigned char bytes[16];
    ssize_t got = getrandom(bytes, sizeof bytes, 0);
    RWG_ASSERT(got == (ssize_t)sizeof bytes);
    for (int i = 0; i < 16; i++) {
        d->token[2 * i] = DIGITS[bytes[i] >> 4];
        d->token[2 * i + 1] = DIGITS[bytes[i] & 15];
    }
}

static rwg_status open_project(dev *d, rwg_stats *stats, rwg_error *err) {
    rwg_project_options options = RWG_PROJECT_OPTIONS_INIT;
    options.config = &d->setup.config;
    options.no_cache = d->options->no_cache;
    rwg_status status = rwg_project_open(d->setup.settings.root, &options, &d->project, err);
    if (status == RWG_OK) {
        status = rwg_project_scan(d->project, stats, err);
    }
    if (status == RWG_OK) {
        rwg_project_commit_deps(d->project);
    }
    return status;
}

static void open_cache(dev *d) {
    rwg_str graph = rwg_project_cache_path(d->project);
    if (d->options->no_cache || graph.len == 0) {
        return;
    }
    rwg__path path;
    rwg__buf notice;
    rwg__buf_init(&notice, d->mem);
    if (rwg__path_join(&path, rwg__path_dirname(graph), RWG_STR("transform.db"))) {
        rwg__buf stamp;
        rwg__buf_init(&stamp, d->mem);
        rwb__cache_stamp(&stamp);
        d->cache = rwb__cache_open(d->mem, rwg__path_str(&path), rwg__buf_str(&stamp), &notice);
        rwg__buf_deinit(&stamp);
    }
    if (notice.bytes.len > 0) {
        say(d, true, rwg__buf_str(&notice));
    }
    if (d->cache) {
        rwb__cache_trim(d->cache, CACHE_BYTES, CACHE_DAYS);
    }
    rwg__buf_deinit(&notice);
}

static rwg_status open_server(dev *d, rwg_error *err) {
    const rwb_dev_options *o = d->options;
    d->access = (rwb__access){.token = rwg__str(d->token, 32)};
    d->allowed[0] = d->setup.settings.root;
    d->rules = (rwb__fs_rules){.allow = d->allowed, .allow_count = 1};
    rwb__http_options http = {
        .host = o->host,
        .port = o->any_port ? 0
                : o->port   ? o->port
                            : (uint16_t)DEFAULT_PORT,
        .strict_port = o->strict_port,
        .cert_file = o->cert,
        .key_file = o->key,
        .access = &d->access,
        .payload = d,
        .handle = handle,
        .body_mode = body_mode,
    };
    rwg_status status = rwb__http_open(d->loop, &http, &d->http, err);
    if (status == RWG_OK) {
        d->ws = rwb__ws_new(
            d->loop,
            &(rwb__ws_options){
                .protocol = RWG_STR("rwgraph-hmr"),
                .access = &d->access,
                .payload = d,
                .open = client_opened,
                .message = client_message,
                .close = client_closed,
            }
        );
    }
    return status;
}

static rwg_status start_runtime(dev *d, rwg_error *err) {
    if (!d->setup.server_env.v) {
        return RWG_OK;
    }
    d->runtime = rwb__runtime_new(
        d->loop,
        &(rwb__runtime_options){
            .setup = &d->setup,
            .generations = &d->generations,
            .server_port = rwb__http_port(d->http),
            .token = rwg__str(d->token, 32),
            .payload = d,
            .switched = switched,
            .print = say,
        }
    );
    return rwb__runtime_start(d->runtime, err);
}

static rwg_status start_watching(dev *d, rwg_error *err) {
    d->watch =
        rwb__watch_new(d->loop, &(rwb__watch_options){.payload = d, .changed = files_changed});
    rwg_status status = rwb__watch_add_dir(d->watch, d->setup.settings.root, err);
    if (status == RWG_LIMIT) {
        say(d, true, rwg__str_c(err->text)); /* the rest is watched */
        status = RWG_OK;
    }
    return status;
}

static void say_ready(dev *d, const rwg_stats *stats, uint64_t start_ns) {
    const char *scheme = rwb__http_is_tls(d->http) ? "https" : "http";
    char line[256];
    int len = snprintf(
        line,
        sizeof line,
        "ready in %.0f ms: %u files, %u from the cache\n  %s://localhost:%u/",
        (double)((uint64_t)rwg__wall_ns() - start_ns) / 1e6,
        stats->files,
        stats->modules_reused,
        scheme,
        rwb__http_port(d->http)
    );
    say(d, false, rwg__str(line, (size_t)len));
}

static void stop(dev *d) {
    if (d->watch) {
        rwb__watch_free(d->watch);
    }
    rwb__runtime_free(d->runtime);
    if (d->ws) {
        rwb__ws_free(d->ws);
    }
    if (d->http) {
        rwb__http_close(d->http);
    }
    rwb__compiler_free(d->compiler);
    rwb__timer_free(d->cache_timer);
    rwb__cache_close(d->cache);
    rwb__browser_deinit(&d->browser);
    rwb__generations_deinit(&d->generations);
    rwb__definer_deinit(&d->definer);
    if (d->public_files) {
        rwb__public_free(d->public_files);
    }
    rwg_project_close(d->project);
    if (d->loop) {
        rwb__loop_free(d->loop);
    }
    rwb__setup_deinit(&d->setup);
    rwg__buf_deinit(&d->messages);
}

static rwg_status start(dev *d, rwg_str root, rwg_error *err) {
    uint64_t start_ns = (uint64_t)rwg__wall_ns();
    rwg_stats stats;
    rwg_str mode = d->options->mode.len > 0 ? d->options->mode : RWG_STR("development");
    d->loop = rwb__loop_new(d->mem, NULL, err);
    if (!d->loop) {
        return RWG_IO;
    }
    rwg_status status =
        rwb__setup_init(&d->setup, d->mem, root, mode, d->options->runtime_dir, err);
    if (status == RWG_OK) {
        status = open_project(d, &stats, err);
    }
    if (status != RWG_OK) {
        return status;
    }
    make_token(d);
    open_cache(d);
    d->compiler = rwb__compiler_new(d->loop, &d->setup.settings, d->cache);
    rwb__definer_init(&d->definer, d->mem, &d->setup.settings);
    publish(d);
    rwb__browser_init(
        &d->browser,
        d->mem,
        &d->setup,
        d->compiler,
        &d->definer,
        &d->generations,
        rwg__str(d->token, 32)
    );
    rwg__path public_dir;
    (void)rwg__path_join(&public_dir, d->setup.settings.root, RWG_STR("public"));
    d->public_files = rwb__public_new(d->mem, rwg__path_str(&public_dir));
    status = open_server(d, err);
    if (status == RWG_OK) {
        status = start_runtime(d, err);
    }
    if (status == RWG_OK) {
        status = start_watching(d, err);
    }
    if (status == RWG_OK) {
        d->cache_timer = rwb__timer_new(d->loop, flush_cache, d);
        rwb__timer_start(d->cache_timer, CACHE_IDLE_MS);
        say_ready(d, &stats, start_ns);
        remember_all(d);
    }
    return status;
}

rwg_status rwb_dev_run(const rwb_dev_options *options, rwg_error *err) {
    if (!options || options->size != sizeof *options || options->root.len == 0) {
        return rwg__error(err, RWG_INVALID, (rwg_str){NULL, 0}, "bad argument to rwb_dev_run");
    }
    char *root = NULL;
    rwg_status found = rwb__real_root(options->root, &root, err);
    if (found != RWG_OK) {
        return found;
    }
    rwg__mem *mem = rwg__mem_new(NULL, 0);
    dev d = {.mem = mem, .options = options};
    rwb__generations_init(&d.generations, mem);
    rwg__buf_init(&d.messages, mem);
    rwg_status status = start(&d, rwg__str_c(root), err);
    if (status == RWG_OK) {
        rwb__loop_run(d.loop);
    }
    stop(&d);
    rwg__mem_release(mem);
    free(root);
    return status;
}
