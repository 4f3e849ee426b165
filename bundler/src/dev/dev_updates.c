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

/* The graph of the project as it is now. `packages`: see rwb__view_input. */
static rwb__view *next_view(rwb__dev *d, const rwg_str *packages, uint32_t count) {
    rwg_graph *graph = rwg_project_graph(d->project);
    rwb__view *view = rwb__view_new(
        d->mem,
        &(rwb__view_input){
            .graph = graph,
            .config = &d->setup.config,
            .root = d->setup.settings.root,
            .prefix = d->setup.prefix,
            .salt = d->setup.settings.salt,
            .previous = rwb__generations_newest(&d->generations),
            .resolver = d->setup.settings.resolver,
            .packages = packages,
            .package_count = count,
        }
    );
    rwg_graph_release(graph);
    return view;
}

static void publish(rwb__dev *d, rwb__view *view) {
    rwb__generations_publish(&d->generations, view);
    rwb__compiler_tick(d->compiler);
}

void rwb__dev_publish(rwb__dev *d) {
    publish(d, next_view(d, NULL, 0));
}

/* The text of a file as this generation knows it, for requests that outlive it. */
static void remember(rwb__dev *d, const rwg_graph *g, rwg_node node) {
    const rwg_module *module = rwg_node_module(g, node);
    if (!module || rwg_node_flags(g, node) & RWG_NODE_DEPENDENCY) {
        return;
    }
    rwg_file file = rwg_node_file(g, node);
    rwg_hash content = rwg_module_content_hash(module);
    if (rwb__compiler_remembers(d->compiler, file, content)) {
        return; /* its node in another environment came first */
    }
    rwg__buf path;
    rwg__arena arena;
    rwg_str text;
    rwg__buf_init(&path, d->mem);
    rwg__arena_init(&arena, d->mem);
    rwb__view_path(rwb__generations_newest(&d->generations), node, &path);
    if (rwg__fs_read(&d->setup.fs, &arena, rwg__buf_str(&path), RWG_LIMIT_SOURCE_BYTES, &text) ==
            RWG_OK &&
        rwg__hash_equal(rwg__hash_bytes(text.ptr, text.len), content)) {
        rwb__compiler_remember(d->compiler, file, content, text);
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

/* --- changes --- */

/* Changed itself, rather than by what it links to. */
static bool is_cause(rwg_cause cause) {
    return cause == RWG_CAUSE_CONTENT || cause == RWG_CAUSE_EDGES;
}

typedef RWG_VEC(rwg_node) node_vec;

/* What one update did: to the graph, and to scripts that an edit of a package.json made ES modules
 * or CommonJS. */
typedef struct step {
    rwg_change *change;
    node_vec retyped;
} step;

/* Every stale module of pages that changed itself, or has in it the text of a file that did: such a
 * file takes the update along where it is a module of pages as well. */
static void plan_stale(rwb__dev *d, const step *s, rwb__hot_plan *plan) {
    const rwb__view *view = rwb__generations_newest(&d->generations);
    const rwg_graph *g = rwb__view_graph(view);
    uint32_t count = 0;
    const rwg_stale *stale = rwg_change_stale(s->change, RWG_POLICY_PRECISE, &count);
    rwg__idmap causes;
    rwg__idmap_init(&causes, d->mem);
    for (uint32_t i = 0; i < count; i++) {
        rwg_node node = stale[i].node;
        if (rwg_node_env(g, node).v == d->setup.client_env.v && is_cause(stale[i].cause)) {
            rwg__idmap_put(&causes, node.v, NULL);
            rwb__hot_plan_change(plan, &d->browser, view, node);
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        rwg_node node = stale[i].node;
        if (rwg_node_env(g, node).v == d->setup.client_env.v && stale[i].cause == RWG_CAUSE_TEXT &&
            !rwg__idmap_find(&causes, stale[i].via.v)) {
            rwb__hot_plan_change(plan, &d->browser, view, node);
        }
    }
    rwg__idmap_deinit(&causes);
}

static void plan_change(rwb__dev *d, const step *s) {
    const rwb__view *view = rwb__generations_newest(&d->generations);
    const rwg_graph *g = rwb__view_graph(view);
    uint32_t count = 0;
    const rwg_stale *stale = rwg_change_stale(s->change, RWG_POLICY_PRECISE, &count);
    rwb__hot_plan plan;
    rwb__hot_plan_init(&plan, d->mem, rwg_change_before(s->change));
    plan_stale(d, s, &plan);
    rwg_node server_node = {0};
    rwg_node style_node = {0};
    for (uint32_t i = 0; i < count; i++) {
        rwg_node node = stale[i].node;
        remember(d, g, node);
        uint32_t env = rwg_node_env(g, node).v;
        if (rwb__server_styles_has(&d->setup, view, node)) {
            style_node = node;
        }
        bool stub = (rwg_node_flags(g, node) & RWG_NODE_CLIENT_REF) != 0;
        if (d->setup.server_env.v && env == d->setup.server_env.v && !stub) {
            server_node = node;
        }
    }
    for (uint32_t i = 0; i < s->retyped.len; i++) {
        rwg_node node = s->retyped.ptr[i];
        uint32_t env = rwg_node_env(g, node).v;
        if (env == d->setup.client_env.v) {
            rwb__hot_plan_change(&plan, &d->browser, view, node);
        } else if (d->setup.server_env.v && env == d->setup.server_env.v) {
            server_node = node;
        }
    }
    for (uint32_t i = 0; i < plan.replaced.len; i++) {
        rwb__browser_revise(&d->browser, plan.replaced.ptr[i]);
    }
    rwb__dev_add_plan(d, &plan, RWG_STR(""));
    if (d->setup.client_env.v) {
        rwb__dev_add_prunes(d, s->change);
    }
    if (style_node.v) {
        rwb__dev_add_style_update(d, style_node);
    }
    if (server_node.v) {
        rwb__dev_add_server_update(d, server_node);
    }
    rwb__hot_plan_deinit(&plan);
}

/* "  env path: cause of via". */
static void explain(rwb__dev *d, rwg_node node, const char *cause, rwg_node via_node) {
    const rwg_graph *g = rwb__view_graph(rwb__generations_newest(&d->generations));
    rwg_str path = node_path(g, node);
    rwg_str env = rwg_graph_env_name(g, rwg_node_env(g, node));
    rwg_str via = via_node.v ? node_path(g, via_node) : (rwg_str){NULL, 0};
    rwg__buf line;
    rwg__buf_init(&line, d->mem);
    rwg__buf_printf(
        &line,
        "  %.*s %.*s: %s%s%.*s",
        (int)env.len,
        env.ptr,
        (int)path.len,
        path.ptr,
        cause,
        via.len ? " of " : "",
        (int)via.len,
        via.ptr
    );
    rwb__dev_say(d, false, rwg__buf_str(&line));
    rwg__buf_deinit(&line);
}

/* One line an update, by what was edited; with --explain, one more for each module it made stale.
 */
static void report_change(
    rwb__dev *d, const rwg_str *paths, uint32_t path_count, const step *s, const rwg_stats *stats
) {
    uint32_t stale_count = 0;
    const rwg_stale *stale = rwg_change_stale(s->change, RWG_POLICY_PRECISE, &stale_count);
    uint32_t count = stale_count + s->retyped.len;
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
        (unsigned long long)rwb__generations_number(&d->generations),
        count,
        count == 1 ? "" : "s",
        (double)stats->elapsed_ns / 1e6
    );
    rwb__dev_say(d, false, rwg__buf_str(&line));
    rwg__buf_deinit(&line);
    for (uint32_t i = 0; d->options->explain && i < stale_count; i++) {
        explain(d, stale[i].node, rwg_cause_name(stale[i].cause), stale[i].via);
    }
    for (uint32_t i = 0; d->options->explain && i < s->retyped.len; i++) {
        explain(d, s->retyped.ptr[i], "\"type\" of its package", (rwg_node){0});
    }
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
            "new dependency in %.*s: %.*s (other packages stay as they are)",
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

/* The file itself, or a folder in which packages are installed. */
static bool may_retype(const rwb__dev *d, rwg_str path) {
    rwg_str name = rwg__path_basename(path);
    return rwg__str_eq_c(name, "package.json") || rwg__str_eq_c(name, "node_modules") ||
           rwg__str_starts(name, RWG_STR("@")) || rwg__str_eq(path, d->setup.settings.root);
}

/* Those of the paths below which a package.json may say another "type" now. */
static uint32_t
packages_of(const rwb__dev *d, const rwg_str *paths, uint32_t count, rwg_str *packages) {
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (may_retype(d, paths[i])) {
            packages[found++] = paths[i];
        }
    }
    return found;
}

/* The generation after the update; NULL: nothing is different that a reader could notice. */
static rwb__view *make_step(rwb__dev *d, const rwg_str *paths, uint32_t count, step *s) {
    const rwb__view *was = rwb__generations_newest(&d->generations);
    rwg_str *packages = rwg__mem_zalloc(d->mem, (count + 1u) * sizeof *packages);
    uint32_t package_count = packages_of(d, paths, count, packages);
    rwb__view *view = NULL;
    if (package_count > 0 || !rwg_change_is_empty(s->change)) {
        view = next_view(d, packages, package_count);
    }
    uint32_t node_max = package_count > 0 ? rwg_graph_node_max(rwb__view_graph(view)) : 0;
    for (uint32_t n = 1; n <= node_max; n++) {
        if (rwb__view_is_retyped(view, was, (rwg_node){n})) {
            *rwg__vec_push(&s->retyped, d->mem) = (rwg_node){n};
        }
    }
    rwg__mem_free(d->mem, packages, (count + 1u) * sizeof *packages);
    if (view && s->retyped.len == 0 && rwg_change_is_empty(s->change)) {
        rwb__view_release(view);
        return NULL;
    }
    return view;
}

/* Has a pinned module another text or meaning? Its instance cannot be made anew in a runtime. */
static bool changes_pinned(const step *s, const rwg_graph *g) {
    uint32_t pinned = 0;
    (void)rwg_change_pinned(s->change, &pinned);
    for (uint32_t i = 0; i < s->retyped.len; i++) {
        pinned += (rwg_node_flags(g, s->retyped.ptr[i]) & RWG_NODE_PINNED) != 0;
    }
    return pinned > 0;
}

/* A generation is there: readers are told in the order of the laws. */
static void announce(rwb__dev *d, const step *s) {
    plan_change(d, s);
    report_dependencies(d);
    if (!d->runtime) {
        rwb__dev_send_messages(d);
    } else if (changes_pinned(s, rwb__view_graph(rwb__generations_newest(&d->generations)))) {
        rwb__dev_say(d, false, RWG_STR("a pinned module changed: the server runtime begins anew"));
        rwb__runtime_restart(d->runtime);
        rwb__dev_send_messages(d);
    } else if (rwb__runtime_is_ready(d->runtime)) {
        d->waiting_for = rwb__generations_number(&d->generations);
        rwb__runtime_switch(d->runtime);
    } else {
        rwb__runtime_switch(d->runtime);
        rwb__dev_send_messages(d);
    }
}

static void apply(rwb__dev *d, const rwg_str *paths, uint32_t count) {
    step s = {.change = NULL};
    rwg_stats stats;
    rwg_error err = {.status = RWG_OK};
    if (rwg_project_update(d->project, paths, count, &s.change, &stats, &err) != RWG_OK) {
        rwb__dev_say(d, true, rwg__str_c(err.text));
        return;
    }
    rwg_resolver_forget(d->setup.settings.resolver, paths, count);
    rwb__view *view = make_step(d, paths, count, &s);
    if (view) {
        publish(d, view);
        report_change(d, paths, count, &s, &stats);
        rwb__dev_say_problems(d);
        uint32_t added = 0;
        (void)rwg_change_added(s.change, &added);
        if (added > 0) {
            rwb__dev_watch_graph(d);
        }
        announce(d, &s);
    }
    rwg__vec_free(&s.retyped, d->mem);
    rwg_change_free(s.change);
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
    rwg_str mode = d->options->mode.len > 0 ? d->options->mode : RWG_STR("development");
    rwg_str root = d->setup.settings.root;
    rwg_status status = rwb__setup_init(&setup, d->mem, root, mode, d->options->runtime_dir, err);
    if (status == RWG_OK && setup.site.cert.len > 0) {
        rwb__tls *tls = NULL;
        status = rwb__tls_new(d->mem, setup.site.cert, setup.site.key, &tls, err);
        rwb__tls_free(tls);
    }
    rwb__setup_deinit(&setup);
    return status == RWG_OK;
}

/* Begins anew if that can be. `why`: what became of the file. */
static bool restart_for(rwb__dev *d, rwg_str path, const char *why) {
    rwg_error err;
    rwg__buf line;
    rwg__buf_init(&line, d->mem);
    bool good = is_configuration_good(d, &err);
    rwg__buf_add(&line, rwg__path_basename(path));
    if (good) {
        rwg__buf_printf(&line, " %s: the server begins anew", why);
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

/* Has the page come to name other modules, by an edit of it, or since what it names is there now?
 * They are entries, which the graph has from its beginning. */
static bool names_differ(rwb__dev *d, const rwb__watch_batch *batch) {
    rwg__path page;
    bool looks = batch->rescan;
    if (!rwg__path_join(&page, d->setup.settings.root, RWG_STR("index.html"))) {
        return false;
    }
    for (uint32_t i = 0; i < batch->count && !looks; i++) {
        bool is_new = batch->changes[i].kind != RWB__WATCH_CHANGED && d->names.doubts > 0;
        looks = is_new || rwg__str_eq(batch->changes[i].path, rwg__path_str(&page));
    }
    if (!looks) {
        return false;
    }
    for (uint32_t i = 0; i < batch->count; i++) {
        rwg_resolver_forget(d->setup.settings.resolver, &batch->changes[i].path, 1);
    }
    if (batch->rescan) {
        rwg_resolver_forget(d->setup.settings.resolver, &d->setup.settings.root, 1);
    }
    rwb__html_names now;
    rwb__html_names_init(&now, d->mem, &d->setup, NULL);
    bool differ = rwb__html_names_differ(&d->names, &now);
    d->names.doubts = now.doubts;
    rwb__html_names_deinit(&now);
    return differ;
}

void rwb__dev_files_changed(void *payload, const rwb__watch_batch *batch) {
    rwb__dev *d = payload;
    for (uint32_t i = 0; i < batch->count; i++) {
        rwg_str path = batch->changes[i].path;
        if (rwb__dev_is_configuration(path) && restart_for(d, path, "changed")) {
            return;
        }
    }
    if (names_differ(d, batch) && restart_for(d, RWG_STR("index.html"), "names other modules")) {
        return;
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
        rwb__dev_watch_told(d, paths[i]);
        listing |= batch->changes[i].kind != RWB__WATCH_CHANGED;
    }
    if (listing) {
        rwb__public_refresh(d->public_files);
    }
    apply(d, paths, batch->count);
    bool waiting = d->messages.bytes.len > 0; // until the runtime has switched
    for (uint32_t i = 0; i < batch->count; i++) {
        rwb__dev_add_sent_file(d, paths[i]);
    }
    if (!waiting) {
        rwb__dev_send_messages(d);
    }
    rwg__mem_free(d->mem, paths, (batch->count + 1) * sizeof *paths);
}

void rwb__dev_switched(void *payload, uint64_t generation, rwg_str problem) {
    rwb__dev *d = payload;
    if (problem.len > 0) {
        rwb__dev_say(d, true, problem);
    }
    if (generation >= d->waiting_for) {
        rwb__dev_send_messages(d);
    }
}

/* Does the chain that `first` began come back to it? Then updates would go round for ever. */
static bool comes_back(rwb__dev *d, const rwb__hot_plan *plan, rwg_str first) {
    const rwb__view *view = rwb__generations_newest(&d->generations);
    rwg_node begun = rwb__view_find(view, d->setup.client_env, first);
    for (uint32_t i = 0; begun.v && i < plan->updates.len; i++) {
        const rwb__hot_update *u = &plan->updates.ptr[i];
        if (u->boundary.v == begun.v && u->accepted.v == begun.v) {
            return true;
        }
    }
    return false;
}

void rwb__dev_invalidate(rwb__dev *d, rwg_node node, uint64_t generation, rwg_str first) {
    const rwb__view *view = rwb__generations_newest(&d->generations);
    uint32_t *heard = rwg__idmap_put(&d->given_up, node.v, NULL);
    if (generation > 0 && *heard == (uint32_t)generation) {
        return;
    }
    *heard = (uint32_t)generation;
    rwb__hot_plan plan;
    rwb__hot_plan_init(&plan, d->mem, NULL);
    rwb__hot_plan_invalidate(&plan, &d->browser, view, node);
    // Pages have the module itself as it is; who imports it is to be evaluated again.
    for (uint32_t i = 1; i < plan.replaced.len; i++) {
        rwb__browser_revise(&d->browser, plan.replaced.ptr[i]);
    }
    if (comes_back(d, &plan, first)) {
        plan.dead_end = node;
        plan.dead_end_cause = node;
    }
    rwb__dev_add_plan(d, &plan, first);
    rwb__dev_send_messages(d);
    rwb__hot_plan_deinit(&plan);
}
