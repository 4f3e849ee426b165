/* Requests in, answers out: modules for the runtime, everything for browsers, the rest for the app.
 */
#include "base/json.h"
#include "base/path.h"
#include "base/str.h"
#include "dev/dev_state.h"
#include "serve/html.h"

#include <stdio.h>

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
    int len = snprintf(text, sizeof text, "{\"error\":{\"message\":\"%s\"}}", message);
    rwb__respond_text(x, status, "application/json", rwg__str(text, (size_t)len));
}

/* PROTOCOL.md §4: the closure of some modules in exactly the generation that is asked for. */
static void answer_modules(rwb__dev *d, rwb__exchange *x) {
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
static bool answer_page(rwb__dev *d, rwb__exchange *x) {
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
static bool answer_file(rwb__dev *d, rwb__exchange *x) {
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

rwb__body_mode rwb__dev_body_mode(void *payload, rwb__exchange *x) {
    (void)payload;
    return rwg__str_eq_c(rwb__exchange_path(x), "/@rwgraph/modules") ? RWB__BODY_COLLECT
                                                                     : RWB__BODY_STREAM;
}
