/* Requests in, answers out: modules for the runtime, everything for browsers, the rest for the app.
 */
#include "base/json.h"
#include "base/path.h"
#include "base/str.h"
#include "dev/dev_state.h"
#include "dev/editor.h"
#include "serve/mime.h"
#include "serve/wire.h"

#include <stdio.h>
#include <stdlib.h>

/* --- requests --- */

typedef struct modules_answer {
    rwb__dev *d;
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
    const char *code = status == 409 ? "\"code\":\"ERR_SESSION\"," : "";
    int len = snprintf(text, sizeof text, "{\"error\":{%s\"message\":\"%s\"}}", code, message);
    rwb__respond_text(x, status, "application/json", rwg__str(text, (size_t)len));
}

static bool has_token(const rwb__dev *d, const rwb__exchange *x) {
    return rwb__token_equal(rwb__exchange_header(x, "x-rwgraph-token"), rwg__str(d->token, 32));
}

/* What the runtime says that it holds. False: nobody knows of it. */
static bool find_session(rwb__dev *d, const rwg__json *json, rwb__session **out) {
    rwg_str name = rwg__json_string(rwg__json_get(json, "session"));
    const rwg__json *have = rwg__json_get(json, "have");
    *out = NULL;
    if (name.len == 0) {
        return true;
    }
    if (have) {
        *out = rwb__held_begin(&d->held, name, have);
    } else {
        const rwg__json *got = rwg__json_get(json, "got");
        *out = rwb__held_find(&d->held, name, got, rwg__json_get(json, "gone"));
    }
    return *out != NULL;
}

/* PROTOCOL.md §4: the closure of some modules in exactly the generation that is asked for. */
static void answer_modules(rwb__dev *d, rwb__exchange *x) {
    if (!has_token(d, x)) {
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
    rwb__session *session = NULL;
    if (!find_session(d, json, &session)) {
        respond_error(x, 409, "the session is not known: say what you have");
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
            .have = session ? NULL : rwg__json_get(json, "have"),
            .session = session,
            .state_code = d->setup.state_code,
        },
        modules_done,
        a
    );
}

/* How much work was done, and how much was kept from earlier: for tests and for measuring. */
static void answer_stats(rwb__dev *d, rwb__exchange *x) {
    if (!has_token(d, x)) {
        respond_error(x, 403, "the token is not the one of this server");
        return;
    }
    rwb__compiler_stats stats = rwb__compiler_stats_of(d->compiler);

    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {
        {"generation", rwb__generations_number(&d->generations)},
        {"transformed", stats.runs},
        {"fromCache", stats.from_cache},
        {"fromMemory", stats.from_memory},
    };

    rwg__buf text;
    rwg__buf_init(&text, d->mem);
    rwg_sink sink = rwg__buf_sink(&text);
    rwg_json_writer w = rwg_json_writer_make(&sink);
    rwg_json_object(&w);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        rwg_json_key(&w, numbers[i].name);
        rwg_json_uint(&w, numbers[i].value);
    }
    rwg_json_object_end(&w);
    rwb__respond_text(x, 200, "application/json", rwg__buf_str(&text));
    rwg__buf_deinit(&text);
}

/* --- files --- */

/* Tools keep state and secrets under hidden names; what is meant for the world is in one folder. */
static bool is_hidden(rwg_str path) {
    while (path.len > 0) {
        uint32_t end = rwg__str_index(path, '/');
        rwg_str part = rwg__str_sub(path, 0, end);
        if (part.len > 0 && part.ptr[0] == '.' && !rwg__str_eq_c(part, ".well-known")) {
            return true;
        }
        path = rwg__str_from(path, end < path.len ? end + 1 : end);
    }
    return false;
}

/* TypeScript and JSX, which no browser runs. */
static bool is_source(rwg_str path) {
    static const char *const SOURCES[] = {".ts", ".mts", ".cts", ".tsx", ".jsx"};
    rwg_str ext = rwg__path_ext(path);
    for (size_t i = 0; i < sizeof SOURCES / sizeof SOURCES[0]; i++) {
        if (rwb__wire_same(ext, rwg__str_c(SOURCES[i]))) {
            return true;
        }
    }
    return false;
}

/* What pages show: images, fonts, styles, sounds. */
static bool is_media(rwg_str path) {
    static const char *const TYPES[] = {
        "image/", "font/", "text/css", "audio/", "video/", "application/wasm"};
    rwg_str type = rwg__str_c(rwb__mime_type(path));
    for (size_t i = 0; i < sizeof TYPES / sizeof TYPES[0]; i++) {
        if (rwg__str_starts(type, rwg__str_c(TYPES[i]))) {
            return true;
        }
    }
    return false;
}

/* Code that some environment has and the browser's has not. Images and styles of server components
 * are for the page all the same. */
static bool is_code_of_others(const rwb__dev *d, rwg_str path) {
    const rwg_graph *g = rwb__view_graph(rwb__generations_newest(&d->generations));
    bool others = false;
    for (uint32_t e = 1; e <= d->setup.config.env_count; e++) {
        rwg_node node = rwg_graph_find(g, path, (rwg_env){e});
        const rwg_module *module = node.v ? rwg_node_module(g, node) : NULL;
        if (node.v && e == d->setup.client_env.v) {
            return false;
        }
        others |= module && rwg_module_kind_of(module) != RWG_MODULE_CSS &&
                  rwg_module_kind_of(module) != RWG_MODULE_ASSET;
    }
    return others;
}

/* May a file under the root leave as it is? `path` is its real one, relative to the root. Besides
 * what is secret by its name (guard.h), the sources of servers and of packages are nobody's
 * business outside. */
static bool may_leave(const rwb__dev *d, rwg_str path) {
    bool in_package = rwg__str_contains(path, RWG_STR("node_modules/"));
    return !is_hidden(path) && !rwb__dev_is_configuration(path) && !is_source(path) &&
           !is_code_of_others(d, path) && (!in_package || is_media(path));
}

/* May a file outside of the root leave? Only what lies in a folder that the project allows, by the
 * same rules as under the root; `relative` is how the graph names it. */
static bool may_leave_from_outside(const rwb__dev *d, rwg_str real, rwg_str relative) {
    for (uint32_t i = 1; i < d->rules.allow_count; i++) {
        rwg_str folder = d->rules.allow[i];
        if (rwg__path_is_under(real, folder)) {
            rwg_str below = rwg__str_from(real, folder.len);
            return !is_hidden(below) && !is_source(below) && !is_code_of_others(d, relative);
        }
    }
    return false;
}

/* False when there is no such file, or one that may leave. */
static bool must_stay(const rwb__dev *d, rwg_str path) {
    const rwg_fs *fs = &d->setup.fs;
    rwg_str root = d->setup.settings.root;
    rwg__path relative;
    char *real = NULL;
    if (fs->realpath(fs->self, path, &real) != RWG_OK) {
        return false;
    }
    rwg_fs_stat st;
    rwg_str real_path = rwg__str_c(real);
    bool is_file = fs->stat(fs->self, real_path, &st) == RWG_OK && st.kind == RWG_FS_FILE;
    bool may = rwg__path_relative(&relative, root, real_path) &&
               (rwg__path_is_under(real_path, root)
                    ? may_leave(d, rwg__path_str(&relative))
                    : may_leave_from_outside(d, real_path, rwg__path_str(&relative)));
    free(real);
    return is_file && !may;
}

/* The file that a path names: under the root, or "/@fs/" and where it is. */
static bool place_of(const rwb__dev *d, rwg_str path, rwg__path *out) {
    static const rwg_str ANYWHERE = {"/@fs/", 5};
    return rwg__str_starts(path, ANYWHERE)
               ? rwg__path_normalise(out, rwg__str_from(path, ANYWHERE.len - 1))
               : rwg__path_join(out, d->setup.settings.root, rwg__str_from(path, 1));
}

/* A file as it is: of the public folder, or under the root. */
static bool answer_file(rwb__dev *d, rwb__exchange *x) {
    rwb__refusal refusal = RWB__REFUSE_NONE;
    rwg_str path = rwb__exchange_path(x);
    rwg_str public_file = rwb__public_find(d->public_files, path);
    if (public_file.len > 0) {
        return rwb__static_serve(x, &d->rules, public_file, RWG_STR("no-cache"), &refusal) ==
               RWB__STATIC_ANSWERED;
    }
    rwg__path full;
    rwg__path id; /* a copy: once it is answered, the exchange and its arena may be gone */
    bool is_sheet = rwg__str_ends(path, RWG_STR(".css")) && rwg__path_normalise(&id, path);
    bool names_file = rwg__path_ext(path).len > 0 && !rwg__str_ends(path, RWG_STR(".html"));
    if (!names_file || !place_of(d, path, &full)) {
        return false;
    }
    if (must_stay(d, rwg__path_str(&full))) {
        rwb__respond_refusal(x, RWB__REFUSE_FILE_DENIED);
        return true;
    }
    rwb__static_answer answer =
        rwb__static_serve(x, &d->rules, rwg__path_str(&full), RWG_STR("no-cache"), &refusal);
    if (answer == RWB__STATIC_REFUSED) {
        rwb__respond_refusal(x, refusal);
    } else if (answer == RWB__STATIC_ANSWERED && is_sheet) {
        rwb__dev_page_sent(d, rwg__path_str(&id));
    }
    return answer == RWB__STATIC_ANSWERED || answer == RWB__STATIC_REFUSED;
}

/* A link of the overlay: the file of an error, in the user's editor. Only pages of this very server
 * may ask, and only for files of the project. */
static void answer_open(rwb__dev *d, rwb__exchange *x) {
    static const rwg_str NAME = {"file=", 5};
    rwg_str query = rwb__exchange_target(x)->raw_query;
    rwg_str site = rwb__exchange_header(x, "sec-fetch-site");
    char place[RWB__LIMIT_TARGET];
    uint32_t len = UINT32_MAX;
    if (rwg__str_starts(query, NAME) && query.len < sizeof place) {
        len = rwb__percent_decode(rwg__str_from(query, NAME.len), place);
    }
    rwg__path full;
    rwg_str root = d->setup.settings.root;
    rwg_str asked = {place, len == UINT32_MAX ? 0 : len};
    rwg_str inside = rwg__path_is_under(asked, root)        ? asked
                     : rwg__str_starts(asked, RWG_STR("/")) ? rwg__str_from(asked, 1)
                                                            : asked;
    bool good = asked.len > 0 && rwg__str_eq_c(site, "same-origin") &&
                rwg__path_join(&full, root, inside) &&
                rwg__path_is_under(rwg__path_str(&full), root);
    rwg_error err;
    if (!good) {
        rwb__respond_text(x, 403, "text/plain; charset=utf-8", RWG_STR("not a file to open\n"));
    } else if (rwb__editor_open(rwg__path_str(&full), &err) != RWG_OK) {
        rwb__dev_say(d, true, rwg__str_c(err.text));
        rwb__respond_text(x, 500, "text/plain; charset=utf-8", rwg__str_c(err.text));
    } else {
        rwb__respond(x, &(rwb__response){.status = 204});
    }
}

void rwb__dev_handle(void *payload, rwb__exchange *x) {
    rwb__dev *d = payload;
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
    if (rwg__str_eq_c(path, "/@rwgraph/open") && rwb__exchange_reads(x)) {
        answer_open(d, x);
        return;
    }
    if (rwg__str_eq_c(path, "/@rwgraph/stats")) {
        answer_stats(d, x);
        return;
    }
    if (rwb__proxy_answer(&d->proxy, x)) {
        return;
    }
    if (rwb__exchange_is_outside(x)) {
        rwb__respond_outside(x);
        return;
    }
    if (rwb__exchange_reads(x) && (rwb__dev_answer_inline(d, x) ||
                                   rwb__browser_answer(&d->browser, x) || answer_file(d, x))) {
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
    if (!rwb__exchange_reads(x) || !rwb__dev_answer_page(d, x)) {
        rwb__respond_text(x, 404, "text/plain; charset=utf-8", RWG_STR("not found\n"));
    }
}

/* Only the runtime, which has the token, has its bodies kept in memory. */
rwb__body_mode rwb__dev_body_mode(void *payload, rwb__exchange *x) {
    const rwb__dev *d = payload;
    return rwg__str_eq_c(rwb__exchange_path(x), "/@rwgraph/modules") && has_token(d, x)
               ? RWB__BODY_COLLECT
               : RWB__BODY_STREAM;
}
