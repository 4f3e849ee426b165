/* Messages to browsers, as JSON. They are kept until the server runtime has switched: whatever a
 * page asks for then is there. */
#include "base/hash.h"
#include "base/path.h"
#include "base/str.h"
#include "dev/ahead.h"
#include "dev/browser_parts.h"
#include "dev/server_styles.h"

#include <stdio.h>

/* Updates of one edit that the terminal lists. */
#define SHOWN_UPDATES 5

static rwg_str node_path(const rwg_graph *g, rwg_node node) {
    return rwg_graph_file_path(g, rwg_node_file(g, node));
}

void rwb__dev_send_messages(rwb__dev *d) {
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

/* Whom pages know as the one that accepts, or as what is accepted. */

static void add_owner(rwb__dev *d, rwg_node node, uint32_t script, rwg__buf *out) {
    if (node.v) {
        rwb__view_id(rwb__generations_newest(&d->generations), node, out);
    } else {
        rwg__buf_add(out, rwg__str_c(d->browser.pages.scripts.ptr[script - 1].id));
    }
}

/* What to import for the new version. */
/* The address of what the boundary has of the accepted file, if that is no module: its text, its
 * address. */
static bool add_aspect_url(rwb__dev *d, const rwb__hot_update *u, rwg__buf *out) {
    rwb__view *view = rwb__generations_newest(&d->generations);
    uint32_t count = 0;
    const rwg_edge *edges = rwg_graph_edges(rwb__view_graph(view), u->boundary, &count);
    bool found = false;
    for (uint32_t i = 0; i < count && !found && u->boundary.v != u->accepted.v; i++) {
        found =
            edges[i].target.v == u->accepted.v && edges[i].kind == RWG_EDGE_IMPORT &&
            rwb__link_target_of_edge(view, u->boundary, &edges[i]).kind == RWB__LINK_TARGET_ASPECT;
        if (found) {
            rwg__arena arena;
            rwg__arena_init(&arena, d->mem);
            rwg__buf_add(
                out, rwb__browser_link(&d->browser, view, u->boundary, &edges[i], &arena).url
            );
            rwg__arena_deinit(&arena);
        }
    }
    return found;
}

static void add_new_url(rwb__dev *d, const rwb__hot_update *u, rwg__buf *out) {
    if (u->accepted.v && u->boundary.v && add_aspect_url(d, u, out)) {
        return;
    }
    rwg__buf_add(out, d->setup.prefix);
    if (u->accepted.v) {
        rwb__browser_url(&d->browser, rwb__generations_newest(&d->generations), u->accepted, out);
        return;
    }
    add_owner(d, u->accepted, u->script, out);
    uint64_t generation = rwb__generations_number(&d->generations);
    rwg__buf_printf(out, "&h=%llu", (unsigned long long)generation);
}

void rwb__dev_add_style_update(rwb__dev *d, rwg_node node) {
    rwg_sink sink = rwg__buf_sink(&d->messages);
    rwg_json_writer w = rwg_json_writer_make(&sink);
    unsigned long long number = rwb__generations_number(&d->generations);
    rwg__buf path;
    rwg__buf url;
    rwg__buf_init(&path, d->mem);
    rwg__buf_init(&url, d->mem);
    rwg__buf_add(&path, d->setup.prefix);
    rwg__buf_add(&path, RWG_STR(RWB__SERVER_STYLES));
    rwg__buf_add(&url, rwg__buf_str(&path));
    rwg__buf_printf(&url, "?h=%llu", number);
    rwg__buf why;
    rwg__buf_init(&why, d->mem);
    rwg__buf_add(&why, node_path(rwb__view_graph(rwb__generations_newest(&d->generations)), node));
    rwg__buf_add(&why, RWG_STR(" changed"));
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
    rwg_json_string(&w, rwg__buf_str(&path));
    rwg_json_key(&w, "acceptedPath");
    rwg_json_string(&w, rwg__buf_str(&path));
    rwg_json_key(&w, "url");
    rwg_json_string(&w, rwg__buf_str(&url));
    rwg_json_key(&w, "why");
    rwg_json_string(&w, rwg__buf_str(&why));
    rwg_json_object_end(&w);
    rwg_json_array_end(&w);
    rwg_json_object_end(&w);
    rwg__buf_char(&d->messages, '\n');
    rwg__buf_deinit(&url);
    rwg__buf_deinit(&path);
    rwg__buf_deinit(&why);
}

/* "src/a.ts changed, accepted by src/b.ts" */
static void add_why(rwb__dev *d, const rwb__hot_update *u, rwg__buf *out) {
    const rwg_graph *g = rwb__view_graph(rwb__generations_newest(&d->generations));
    rwg__buf_add(out, node_path(g, u->cause));
    rwg__buf_add(out, RWG_STR(" changed"));
    if (u->cause.v != u->boundary.v) {
        rwg__buf_add(out, RWG_STR(", accepted by "));
        rwg_str by = u->boundary.v
                         ? node_path(g, u->boundary)
                         : rwg__str_from(d->browser.pages.scripts.ptr[u->script - 1].page, 1);
        rwg__buf_add(out, by);
    }
}

static void write_update(rwb__dev *d, rwg_json_writer *w, const rwb__hot_update *u, rwg_str first) {
    rwg__buf text;
    rwg__buf_init(&text, d->mem);
    rwg_json_object(w);
    rwg_json_key(w, "kind");
    rwg_json_cstring(w, "js");
    add_owner(d, u->boundary, u->script, &text);
    rwg_json_key(w, "path");
    rwg_json_string(w, rwg__buf_str(&text));
    rwg__buf_clear(&text);
    add_owner(d, u->accepted, u->script, &text);
    rwg_json_key(w, "acceptedPath");
    rwg_json_string(w, rwg__buf_str(&text));
    rwg__buf_clear(&text);
    add_new_url(d, u, &text);
    rwg_json_key(w, "url");
    rwg_json_string(w, rwg__buf_str(&text));
    rwg__buf_clear(&text);
    add_why(d, u, &text);
    rwg_json_key(w, "why");
    rwg_json_string(w, rwg__buf_str(&text));
    if (first.len > 0) {
        rwg_json_key(w, "first");
        rwg_json_string(w, first);
    }
    rwg_json_object_end(w);
    rwg__buf_deinit(&text);
}

/* A line below the one that names the edit. */
static void say_indented(rwb__dev *d, rwg_str text) {
    rwg__buf line;
    rwg__buf_init(&line, d->mem);
    rwg__buf_add(&line, RWG_STR("  "));
    rwg__buf_add(&line, text);
    rwb__dev_say(d, false, rwg__buf_str(&line));
    rwg__buf_deinit(&line);
}

/* Who takes what: the first few of them, all with --explain. */
static void say_updates(rwb__dev *d, const rwb__hot_plan *plan) {
    uint32_t count = plan->updates.len;
    uint32_t shown = d->options->explain || count <= SHOWN_UPDATES ? count : SHOWN_UPDATES - 1;
    rwg__buf text;
    rwg__buf_init(&text, d->mem);
    for (uint32_t i = 0; i < shown; i++) {
        rwg__buf_clear(&text);
        add_why(d, &plan->updates.ptr[i], &text);
        say_indented(d, rwg__buf_str(&text));
    }
    if (shown < count) {
        rwg__buf_clear(&text);
        rwg__buf_printf(&text, "and %u more updates", count - shown);
        say_indented(d, rwg__buf_str(&text));
    }
    rwg__buf_deinit(&text);
}

void rwb__dev_add_plan(rwb__dev *d, const rwb__hot_plan *plan, rwg_str first) {
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
        rwg_str end =
            plan->dead_end_script > 0
                ? rwg__str_from(d->browser.pages.scripts.ptr[plan->dead_end_script - 1].page, 1)
                : node_path(g, plan->dead_end);
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
        say_indented(d, rwg__buf_str(&why));
        rwg__buf_deinit(&why);
        rwb__dev_look_ahead(d, plan, NULL);
    } else {
        rwg_json_key(&w, "updates");
        rwg_json_array(&w);
        for (uint32_t i = 0; i < plan->updates.len; i++) {
            write_update(d, &w, &plan->updates.ptr[i], first);
        }
        say_updates(d, plan);
        rwg_json_array_end(&w);
        rwb__dev_look_ahead(d, plan, &w);
    }
    rwg_json_object_end(&w);
    rwg__buf_char(&d->messages, '\n');
}

/* The id of a module that the newest view need not have; see rwb__view_id. */
static void add_former_id(const rwb__dev *d, rwg_str path, rwg__buf *out) {
    rwg__path file;
    if (rwg__str_starts(path, RWG_STR("../")) || rwg__path_is_absolute(path)) {
        rwg__buf_add(out, RWG_STR("/@fs"));
        if (rwg__path_join(&file, d->setup.settings.root, path)) {
            rwg__buf_add(out, rwg__path_str(&file));
        }
    } else {
        rwg__buf_char(out, '/');
        rwg__buf_add(out, path);
    }
}

void rwb__dev_add_prunes(rwb__dev *d, const rwg_change *change) {
    const rwg_graph *before = rwg_change_before(change);
    const rwg_graph *after = rwg_change_after(change);
    uint32_t max = rwg_graph_node_max(before);
    uint32_t pruned = 0;
    rwg__buf id;
    rwg__buf_init(&id, d->mem);
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
        rwg__buf_clear(&id);
        add_former_id(d, node_path(before, node), &id);
        rwg_json_string(&w, rwg__buf_str(&id));
        rwb__browser_revise(&d->browser, node); // who imports it again has it run again
    }
    rwg__buf_deinit(&id);
    if (pruned > 0) {
        rwg_json_array_end(&w);
        rwg_json_object_end(&w);
        rwg__buf_char(&d->messages, '\n');
    }
}

void rwb__dev_add_sent_file(rwb__dev *d, rwg_str path) {
    rwg__path relative;
    rwg__path id;
    bool is_page = rwg__str_ends(path, RWG_STR(".html"));
    bool is_sheet = rwg__str_ends(path, RWG_STR(".css"));
    if ((!is_page && !is_sheet) || !rwg__path_relative(&relative, d->setup.settings.root, path) ||
        !rwg__path_join(&id, RWG_STR("/"), rwg__path_str(&relative)) ||
        !rwb__dev_page_changed(d, rwg__path_str(&id))) {
        return;
    }
    char at[2 * RWG_LIMIT_PATH];
    char url[2 * RWG_LIMIT_PATH + 32];
    char why[RWG_LIMIT_PATH + 32];
    rwg_str prefix = d->setup.prefix;
    (void)snprintf(at, sizeof at, "%.*s%s", (int)prefix.len, prefix.ptr, id.bytes);
    (void)snprintf(url, sizeof url, "%s?t=%llu", at, (unsigned long long)++d->sheet_count);
    (void)snprintf(why, sizeof why, "%s changed", relative.bytes);
    rwg_sink sink = rwg__buf_sink(&d->messages);
    rwg_json_writer w = rwg_json_writer_make(&sink);
    rwg_json_object(&w);
    rwg_json_key(&w, "type");
    rwg_json_cstring(&w, is_page ? "full-reload" : "update");
    rwb__dev_write_version(d, &w);
    if (is_page) {
        rwg_json_key(&w, "path");
        rwg_json_string(&w, rwg__path_str(&id));
        rwg_json_key(&w, "why");
        rwg_json_cstring(&w, why);
    } else {
        const char *const fields[][2] = {
            {"kind", "css"}, {"path", at}, {"acceptedPath", at}, {"url", url}, {"why", why}};
        rwg_json_key(&w, "updates");
        rwg_json_array(&w);
        rwg_json_object(&w);
        for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
            rwg_json_key(&w, fields[i][0]);
            rwg_json_cstring(&w, fields[i][1]);
        }
        rwg_json_object_end(&w);
        rwg_json_array_end(&w);
    }
    rwg_json_object_end(&w);
    rwg__buf_char(&d->messages, '\n');
    rwb__dev_say(d, false, rwg__str_c(why));
}

void rwb__dev_add_server_update(rwb__dev *d, rwg_node node) {
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
