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
#include "dev/dev_state.h"
#include "dev/hmr.h"
#include "dev/server_runtime.h"
#include "serve/html.h"
#include "serve/static.h"
#include "serve/watch.h"
#include "serve/ws.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

/* Values wait so long before they are written to the transform cache. */
#define CACHE_IDLE_MS  1000u
#define CACHE_BYTES    (UINT64_C(512) << 20)
#define CACHE_SESSIONS 40u

/* --- the terminal --- */

void rwb__dev_say(void *payload, bool is_error, rwg_str line) {
    (void)payload;
    FILE *stream = is_error ? stderr : stdout;
    (void)fprintf(stream, "%.*s\n", (int)line.len, line.ptr);
    (void)fflush(stream);
}

/* --- browsers --- */

static void client_opened(void *payload, rwb__ws_client *client) {
    rwb__dev *d = payload;
    rwg__buf text;
    rwg__buf_init(&text, d->mem);
    rwg_sink sink = rwg__buf_sink(&text);
    rwg_json_writer w = rwg_json_writer_make(&sink);
    rwg_json_object(&w);
    rwg_json_key(&w, "type");
    rwg_json_cstring(&w, "connected");
    rwg_json_key(&w, "session");
    rwg_json_string(&w, rwg__str(d->browser.session, 32));
    rwb__dev_write_version(d, &w);
    rwg_json_object_end(&w);
    rwb__ws_send(client, rwg__buf_str(&text));
    rwg__buf_deinit(&text);
}

/* `invalidate`: the owner gave up on its own update, which is then its importers'. */
static void client_message(void *payload, rwb__ws_client *client, rwg_str text) {
    rwb__dev *d = payload;
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
        if (node.v) {
            const rwg__json *number = rwg__json_get(json, "generation");
            rwb__dev_invalidate(
                d,
                node,
                number && number->type == RWG__JSON_NUMBER ? (uint64_t)number->number : 0,
                rwg__json_string(rwg__json_get(json, "first"))
            );
        }
    }
    rwg__arena_deinit(&arena);
}

static void client_closed(void *payload, rwb__ws_client *client) {
    (void)payload;
    (void)client;
}

/* --- life --- */

static void flush_cache(void *payload) {
    rwb__dev *d = payload;
    if (d->cache) {
        rwb__cache_flush(d->cache);
    }
    rwb__timer_start(d->cache_timer, CACHE_IDLE_MS);
}

static void make_token(rwb__dev *d) {
    static const char DIGITS[] = "0123456789abcdef";
    unsigned char bytes[16];
    ssize_t got = getrandom(bytes, sizeof bytes, 0);
    RWG_ASSERT(got == (ssize_t)sizeof bytes);
    for (int i = 0; i < 16; i++) {
        d->token[2 * i] = DIGITS[bytes[i] >> 4];
        d->token[2 * i + 1] = DIGITS[bytes[i] & 15];
    }
}

static rwg_status open_project(rwb__dev *d, rwg_stats *stats, rwg_error *err) {
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

static void open_cache(rwb__dev *d) {
    rwg_str graph = rwg_project_cache_path(d->project);
    if (d->options->no_cache || graph.len == 0) {
        return;
    }
    rwg__path path;
    if (!rwg__path_join(&path, rwg__path_dirname(graph), RWG_STR("transform.db"))) {
        return;
    }
    rwg__buf stamp;
    rwg__buf_init(&stamp, d->mem);
    rwb__cache_stamp(&stamp);
    d->cache = rwb__cache_open(
        d->mem,
        &(rwb__cache_options){
            .path = rwg__path_str(&path),
            .stamp = rwg__buf_str(&stamp),
            .max_bytes = CACHE_BYTES,
            .max_sessions = CACHE_SESSIONS,
            .payload = d,
            .say = rwb__dev_say,
        }
    );
    rwg__buf_deinit(&stamp);
}

/* The root, the public folder wherever it is, and what the project allows, by their real paths. */
static void allow_folders(rwb__dev *d) {
    const rwb__dev_config *site = &d->setup.site;
    rwg__arena *arena = &d->setup.arena;
    rwg_str *folders = rwg__arena_alloc(arena, (site->allow_count + 2) * sizeof *folders);
    uint32_t count = 0;
    folders[count++] = d->setup.settings.root;
    for (uint32_t i = 0; i <= site->allow_count; i++) {
        rwg_str folder = i < site->allow_count ? site->allow[i] : site->public_dir;
        char *real = NULL;
        if (folder.len > 0 && d->setup.fs.realpath(d->setup.fs.self, folder, &real) == RWG_OK) {
            folders[count++] = rwg__arena_str(arena, rwg__str_c(real));
        }
        free(real);
    }
    d->allowed = folders;
    d->rules = (rwb__fs_rules){
        .allow = folders,
        .allow_count = count,
        .deny = site->deny,
        .deny_count = site->deny_count,
    };
}

static rwg_status open_server(rwb__dev *d, rwg_error *err) {
    allow_folders(d);
    d->proxy = (rwb__proxy){
        .loop = d->loop,
        .config = &d->setup.site,
        .client = d->setup.client,
        .payload = d,
        .say = rwb__dev_say,
    };
    rwg_status status = rwb__dev_listen(d, err);
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

static rwg_status start_runtime(rwb__dev *d, rwg_error *err) {
    if (!d->setup.server_env.v) {
        return RWG_OK;
    }
    d->runtime = rwb__runtime_new(
        d->loop,
        &(rwb__runtime_options){
            .setup = &d->setup,
            .generations = &d->generations,
            .runtime = d->options->runtime,
            .server_port = rwb__http_port(d->http),
            .token = rwg__str(d->token, 32),
            .timeout_ms = d->options->timeout_ms,
            .payload = d,
            .switched = rwb__dev_switched,
            .print = rwb__dev_say,
        }
    );
    return rwb__runtime_start(d->runtime, err);
}

static void stop(rwb__dev *d) {
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
    rwb__held_deinit(&d->held);
    rwb__definer_deinit(&d->definer);
    if (d->public_files) {
        rwb__public_free(d->public_files);
    }
    rwg_project_close(d->project);
    if (d->loop) {
        rwb__loop_free(d->loop);
    }
    rwb__html_names_deinit(&d->names);
    rwb__setup_deinit(&d->setup);
    rwg__buf_deinit(&d->messages);
    rwg__idmap_deinit(&d->given_up);
    rwg__strmap_deinit(&d->watched);
    rwg__arena_deinit(&d->watched_paths);
    rwg__strmap_deinit(&d->problems);
    rwg__arena_deinit(&d->problem_texts);
}

static rwg_status start(rwb__dev *d, rwg_str root, rwg_error *err) {
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
        status = rwb__dev_watch_start(d, err);
    }
    if (status == RWG_OK) {
        rwb__html_names_init(&d->names, d->mem, &d->setup, NULL);
        rwb__html_names_enter(&d->names, &d->setup, false); // sheets are served as they are
        status = open_project(d, &stats, err);
    }
    if (status != RWG_OK) {
        return status;
    }
    make_token(d);
    open_cache(d);
    d->compiler = rwb__compiler_new(d->loop, &d->setup.settings, d->cache);
    rwb__compiler_tell_problems(d->compiler, rwb__dev_compile_problem, d);
    rwb__definer_init(&d->definer, d->mem, &d->setup.settings);
    rwb__dev_publish(d);
    rwb__dev_watch_graph(d);
    rwb__browser_init(
        &d->browser, &d->setup, d->compiler, &d->definer, &d->generations, rwg__str(d->token, 32)
    );
    d->public_files = rwb__public_new(d->mem, d->setup.site.public_dir);
    status = open_server(d, err);
    if (status == RWG_OK) {
        status = start_runtime(d, err);
    }
    if (status == RWG_OK) {
        d->cache_timer = rwb__timer_new(d->loop, flush_cache, d);
        rwb__timer_start(d->cache_timer, CACHE_IDLE_MS);
        rwb__dev_say_ready(d, &stats, start_ns);
        rwb__dev_say_problems(d);
        if (!d->session->restarted) {
            rwb__dev_say_hints(d);
        }
        rwb__dev_remember(d);
    }
    return status;
}

/* One life of the server: until it is stopped, or its configuration has changed. */
static rwg_status run_once(
    rwg__mem *mem,
    const rwb_dev_options *options,
    rwg_str root,
    rwb__dev_session *session,
    rwg_error *err
) {
    rwb__dev d = {.mem = mem, .options = options, .session = session};
    rwb__generations_init(&d.generations, mem);
    rwg__buf_init(&d.messages, mem);
    rwb__held_init(&d.held, mem);
    rwg__idmap_init(&d.given_up, mem);
    rwg__strmap_init(&d.watched, mem);
    rwg__arena_init(&d.watched_paths, mem);
    rwg__strmap_init(&d.problems, mem);
    rwg__arena_init(&d.problem_texts, mem);
    rwg_status status = start(&d, root, err);
    if (status == RWG_OK) {
        rwb__loop_run(d.loop);
    }
    session->restarted = status == RWG_OK && d.restart;
    stop(&d);
    return status;
}

rwg_status rwb_dev_run(const rwb_dev_options *options, rwg_error *err) {
    if (!options || options->size != sizeof *options || options->root.len == 0) {
        return rwg__error(err, RWG_INVALID, (rwg_str){NULL, 0}, "bad argument to rwb_dev_run");
    }
    char *root = NULL;
    rwg_status status = rwb__real_root(options->root, &root, err);
    if (status != RWG_OK) {
        return status;
    }
    rwg__mem *mem = rwg__mem_new(NULL, 0);
    rwb__dev_session session = {0};
    do {
        status = run_once(mem, options, rwg__str_c(root), &session, err);
    } while (session.restarted);
    rwg__mem_release(mem);
    free(root);
    return status;
}
