/* File events in, generations and messages out. */
#include "base/fsutil.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/path.h"
#include "base/str.h"
#include "dev/dev_state.h"
#include "dev/server_styles.h"

#include <stdio.h>

static rwg_str node_path(const rwg_graph *g, rwg_node node) {
    return rwg_graph_file_path(g, rwg_node_file(g, node));
}

/* --- generations --- */

void rwb__dev_publish(rwb__dev *d) {
    rwg_graph *graph = rwg_project_graph(d->project);
    rwb__view *view = rwb__view_new(
        d->mem,
        &(rwb__view_input){
            .graph = graph,
            .config = &d->setup.config,
            .root = d->setup.settings.root,
            .salt = d->setup.settings.salt,
            .previous = rwb__generations_newest(&d->generations),
        }
    );
    rwg_graph_release(graph);
    rwb__generations_publish(&d->generations, view);
    rwb__compiler_tick(d->compiler);
}

/* The text of a file as this generation knows it, for requests that outlive it. */
static void remember(rwb__dev *d, const rwg_graph *g, rwg_node node) {
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

void rwb__dev_remember(rwb__dev *d) {
    const rwg_graph *g = rwb__view_graph(rwb__generations_newest(&d->generations));
    for (uint32_t n = 1; n <= rwg_graph_node_max(g); n++) {
        rwg_node node = {n};
        if (rwg_graph_is_live(g, node) && rwg_node_flags(g, node) & RWG_NODE_REACHED) {
            remember(d, g, node);
        }
    }
}

/* --- messages to browsers --- */

static void send_messages(rwb__dev *d) {
    rwg_str rest = rwg__buf_str(&d->messages);
    while (rest.len > 0) {
        uint32_t end = rwg__str_index(rest, '\n');
        rwb__ws_broadcast(d->ws, rwg__str_sub(rest, 0, end));
        rest = rwg__str_from(rest, end < rest.len ? end + 1 : end);
    }
    rwg__buf_clear(&d->messages);
}

void rwb__dev_write_version(rwb__dev *d, rwg_json_writer *w) {
    char hex[33];
    const rwb__view *view = rwb__generations_newest(&d->generations);
    rwg__hash_hex(rwb__view_env_hash(view, d->setup.client_env), hex);
    rwg_json_key(w, "generation");
    rwg_json_uint(w, rwb__generations_number(&d->generations));
    rwg_json_key(w, "version");
    rwg_json_string(w, rwg__str(hex, 32));
}

static void json_id(rwb__dev *d, rwg_json_writer *w, const char *key, rwg_node node) {
    rwg__buf id;
    rwg__buf_init(&id, d->mem);
    rwb__view_id(rwb__generations_newest(&d->generations), node, &id);
    rwg_json_key(w, key);
    rwg_json_string(w, rwg__buf_str(&id));
    rwg__buf_deinit(&id);
}

/* "src/a.css changed" */
static void json_changed(rwb__dev *d, rwg_json_writer *w, rwg_node node) {
    rwg__buf text;
    rwg__buf_init(&text, d->mem);
    rwg__buf_add(&text, node_path(rwb__view_graph(rwb__generations_newest(&d->generations)), node));
    rwg__buf_add(&text, RWG_STR(" changed"));
    rwg_json_string(w, rwg__buf_str(&text));
    rwg__buf_deinit(&text);
}

static void write_update(rwb__dev *d, rwg_json_writer *w, const rwb__hot_update *u) {
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

static void add_plan(rwb__dev *d, const rwb__hot_plan *plan) {
    const rwg_graph *g = rwb__view_graph(rwb__generations_newest(&d->generations));
    if (plan->updates.len == 0 && !plan->dead_end.v) {
        return;
    }
    rwg_sink sink = rwg__buf_sink(&d->messages);
    rwg_json_writer w = rwg_json_writer_make(&sink);
    rwg_json_object(&w);
    rwg_json_key(&w, "type");
    rwg_json_cstring(&w, plan->dead_end.v ? "full-reload" : "update");
    rwb__dev_write_version(d, &w);
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
        rwb__dev_say(d, false, rwg__buf_str(&why));
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
static void add_prunes(rwb__dev *d, const rwg_change *change) {
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
            rwb__dev_write_version(d, &w);
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

/* What pages get of stylesheets that only server code imports is one stylesheet. */
static void add_style_update(rwb__dev *d, rwg_node node) {
    rwg_sink sink = rwg__buf_sink(&d->messages);
    rwg_json_writer w = rwg_json_writer_make(&sink);
    char url[64];
    unsigned long long number = rwb__generations_number(&d->generations);
    (void)snprintf(url, sizeof url, RWB__SERVER_STYLES "?h=%llu", number);
    rwg_json_object(&w);
    rwg_json_key(&w, "type");
    rwg_json_cstring(&w, "update");
    rwb__dev_write_version(d, &w);
    rwg_json_key(&w, "updates");
    rwg_json_array(&w);
    rwg_json_object(&w);
    rwg_json_key(&w, "kind");
    rwg_json_cstring(&w, "css");
    rwg_json_key(&w, "path");
    rwg_json_cstring(&w, RWB__SERVER_STYLES);
    rwg_json_key(&w, "acceptedPath");
    rwg_json_cstring(&w, RWB__SERVER_STYLES);
    rwg_json_key(&w, "url");
    rwg_json_cstring(&w, url);
    rwg_json_key(&w, "why");
    json_changed(d, &w, node);
    rwg_json_object_end(&w);
    rwg_json_array_end(&w);
    rwg_json_object_end(&w);
    rwg__buf_char(&d->messages, '\n');
}

/* RedwoodSDK's client asks the server to render again. */
static void add_server_update(rwb__dev *d, rwg_node node) {
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

static void plan_change(rwb__dev *d, const rwg_change *change) {
    const rwb__view *view = rwb__generations_newest(&d->generations);
    const rwg_graph *g = rwb__view_graph(view);
    uint32_t count = 0;
    const rwg_stale *stale = rwg_change_stale(change, RWG_POLICY_PRECISE, &count);
    rwb__hot_plan plan;
    rwb__hot_plan_init(&plan, d->mem);
    rwg_node server_node = {0};
    rwg_node style_node = {0};
    for (uint32_t i = 0; i < count; i++) {
        rwg_node node = stale[i].node;
        remember(d, g, node);
        uint32_t env = rwg_node_env(g, node).v;
        if (env == d->setup.client_env.v && is_cause(stale[i].cause)) {
            rwb__hot_plan_change(&plan, &d->browser, view, node);
        }
        if (rwb__server_styles_has(&d->setup, view, node)) {
            style_node = node;
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
    if (style_node.v) {
        add_style_update(d, style_node);
    }
    if (server_node.v) {
        add_server_update(d, server_node);
    }
    rwb__hot_plan_deinit(&plan);
}

static const char *cause_text(const rwg_stale *stale) {
    return rwg_cause_name(stale->cause);
}

/* One line an update, by what was edited; with --explain, one more for each module it made stale.
 */
static void report_change(
    rwb__dev *d,
    const rwg_str *paths,
    uint32_t path_count,
    const rwg_change *change,
    const rwg_stats *stats
) {
    const rwg_graph *g = rwg_change_after(change);
    uint32_t count = 0;
    const rwg_stale *stale = rwg_change_stale(change, RWG_POLICY_PRECISE, &count);
    rwg__buf line;
    rwg__buf_init(&line, d->mem);
    rwg__path first;
    if (!rwg__path_relative(&first, d->setup.settings.root, paths[0])) {
        (void)rwg__path_normalise(&first, RWG_STR("."));
    }
    char more[32] = "";
    if (path_count > 1) {
        (void)snprintf(more, sizeof more, " and %u more", path_count - 1);
    }
    rwg__buf_printf(
        &line,
        "%.*s%s: generation %llu, %u module%s new in %.1f ms",
        (int)first.len,
        first.bytes,
        more,
        (unsigned long long)rwg_graph_generation(g),
        count,
        count == 1 ? "" : "s",
        (double)stats->elapsed_ns / 1e6
    );
    rwb__dev_say(d, false, rwg__buf_str(&line));
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
        rwb__dev_say(d, false, rwg__buf_str(&line));
    }
    rwg__buf_deinit(&line);
}

static void report_dependencies(rwb__dev *d) {
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
        rwb__dev_say(d, false, rwg__buf_str(&line));
        rwg__buf_deinit(&line);
    }
    rwg_project_commit_deps(d->project);
}

static void apply(rwb__dev *d, const rwg_str *paths, uint32_t count) {
    rwg_change *change = NULL;
    rwg_stats stats;
    rwg_error err = {.status = RWG_OK};
    if (rwg_project_update(d->project, paths, count, &change, &stats, &err) != RWG_OK) {
        rwb__dev_say(d, true, rwg__str_c(err.text));
        return;
    }
    if (!rwg_change_is_empty(change)) {
        uint32_t pinned = 0;
        (void)rwg_change_pinned(change, &pinned);
        rwg_resolver_forget(d->setup.settings.resolver, paths, count);
        rwb__dev_publish(d);
        plan_change(d, change);
        report_change(d, paths, count, change, &stats);
        report_dependencies(d);
        if (pinned > 0 && d->runtime) {
            rwb__dev_say(
                d, false, RWG_STR("a pinned module changed: the server runtime begins anew")
            );
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

bool rwb__dev_is_configuration(rwg_str path) {
    static const char *const NAMES[] = {
        "rwgraph.json", "wrangler.json", "wrangler.jsonc", "wrangler.toml", ".dev.vars"};
    rwg_str name = rwg__path_basename(path);
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        if (rwg__str_eq_c(name, NAMES[i])) {
            return true;
        }
    }
    bool tsconfig =
        rwg__str_starts(name, RWG_STR("tsconfig")) || rwg__str_starts(name, RWG_STR("jsconfig"));
    return (tsconfig && rwg__str_ends(name, RWG_STR(".json"))) ||
           rwg__str_starts(name, RWG_STR(".env"));
}

/* Could a server begin with what the files say now? One that runs is worth more than one that does
 * not begin for a comma that is missing while somebody types. */
static bool is_configuration_good(rwb__dev *d, rwg_error *err) {
    rwb__setup setup;
    rwb__dev_config config;
    rwg_str mode = d->options->mode.len > 0 ? d->options->mode : RWG_STR("development");
    rwg_str root = d->setup.settings.root;
    rwg_status status = rwb__setup_init(&setup, d->mem, root, mode, d->options->runtime_dir, err);
    if (status == RWG_OK) {
        status = rwb__dev_config_init(&config, d->mem, &setup.fs, root, err);
    }
    if (status == RWG_OK) {
        rwb__tls *tls = NULL;
        if (config.cert.len > 0) {
            status = rwb__tls_new(d->mem, config.cert, config.key, &tls, err);
        }
        rwb__tls_free(tls);
        rwb__dev_config_deinit(&config);
    }
    rwb__setup_deinit(&setup);
    return status == RWG_OK;
}

/* Begins anew if that can be. */
static bool restart_for(rwb__dev *d, rwg_str path) {
    rwg_error err;
    rwg__buf line;
    rwg__buf_init(&line, d->mem);
    bool good = is_configuration_good(d, &err);
    rwg__buf_add(&line, rwg__path_basename(path));
    if (good) {
        rwg__buf_add(&line, RWG_STR(" changed: the server begins anew"));
    } else {
        const char *colon = err.path[0] != '\0' ? ": " : "";
        rwg__buf_printf(&line, " is not used as it is: %s%s%s", err.path, colon, err.text);
    }
    rwb__dev_say(d, !good, rwg__buf_str(&line));
    rwg__buf_deinit(&line);
    if (good) {
        d->restart = true;
        rwb__loop_stop(d->loop);
    }
    return good;
}

void rwb__dev_files_changed(void *payload, const rwb__watch_batch *batch) {
    rwb__dev *d = payload;
    for (uint32_t i = 0; i < batch->count; i++) {
        rwg_str path = batch->changes[i].path;
        if (rwb__dev_is_configuration(path) && restart_for(d, path)) {
            return;
        }
    }
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

void rwb__dev_switched(void *payload, uint64_t generation, rwg_str problem) {
    rwb__dev *d = payload;
    if (problem.len > 0) {
        rwb__dev_say(d, true, problem);
    }
    if (generation >= d->waiting_for) {
        send_messages(d);
    }
}

void rwb__dev_invalidate(rwb__dev *d, rwg_node node) {
    const rwb__view *view = rwb__generations_newest(&d->generations);
    rwb__hot_plan plan;
    rwb__hot_plan_init(&plan, d->mem);
    rwb__hot_plan_invalidate(&plan, &d->browser, view, node);
    add_plan(d, &plan);
    send_messages(d);
    rwb__hot_plan_deinit(&plan);
}
