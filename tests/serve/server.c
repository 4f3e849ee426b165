// The server of bundler/src/serve with one route for each of its abilities, for the tests beside
// this file: `serve_server [--name value]…` prints {"port":N} and runs until its stdin ends.

#include "serve/forward.h"
#include "serve/html.h"
#include "serve/static.h"
#include "serve/ws.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PLAIN      "text/plain; charset=utf-8"
#define BIG_BYTES  (8u * 1024 * 1024)
#define PART_BYTES (64u * 1024)

typedef struct server {
    rwg__mem mem;
    rwb__loop *loop;
    rwb__http *http;
    rwb__ws *ws;
    rwb__access access;
    rwb__fs_rules rules;
    rwg_str root;
    uint16_t upstream;
    uint32_t upstream_timeout;
    rwb__bytes *cached;
    rwb__bytes *big;
    uint32_t gone;
    uint32_t most_queued; /* parts a stream had written before it had to wait */
    uv_pipe_t input;
} server;

static void text_answer(rwb__exchange *x, rwg_str text) {
    rwb__respond_text(x, 200, PLAIN, text);
}

static void number_answer(rwb__exchange *x, uint32_t value) {
    char text[16];
    int len = snprintf(text, sizeof text, "%u", value);
    text_answer(x, rwg__str(text, (size_t)len));
}

/* ── Answers in parts ────────────────────────────────────────────────────────────────────────── */

typedef struct flow {
    server *s;
    rwb__exchange *x;
    uint32_t parts;
    bool over;
} flow;

static void end_flow(flow *f) {
    rwb__exchange_on_gone(f->x, NULL, NULL);
    rwb__respond_end(f->x);
    free(f);
}

static void flow_on(void *payload) {
    flow *f = payload;
    static const char PART[PART_BYTES];
    uint32_t at_once = 0;
    while (f->parts > 0) {
        f->parts--;
        at_once++;
        if (!rwb__respond_write(f->x, (rwg_str){PART, PART_BYTES})) {
            break;
        }
    }
    f->s->most_queued = at_once > f->s->most_queued ? at_once : f->s->most_queued;
    if (f->parts == 0) {
        end_flow(f);
    }
}

static void flow_gone(void *payload) {
    flow *f = payload;
    f->s->gone++;
    end_flow(f);
}

static void start_flow(server *s, rwb__exchange *x) {
    flow *f = calloc(1, sizeof *f);
    *f = (flow){.s = s, .x = x, .parts = 512};
    rwb__response response = {.type = RWG_STR("application/octet-stream")};
    rwb__exchange_on_gone(x, flow_gone, f);
    rwb__respond_on_drain(x, flow_on, f);
    rwb__respond_begin(x, &response, -1);
    flow_on(f);
}

static void echo_part(void *payload, rwg_str part, bool last) {
    flow *f = payload;
    if (!rwb__respond_write(f->x, part) && !last) {
        rwb__exchange_pause(f->x, true);
    }
    if (last) {
        end_flow(f);
    }
}

static void echo_on(void *payload) {
    flow *f = payload;
    rwb__exchange_pause(f->x, false);
}

static void start_echo(server *s, rwb__exchange *x) {
    flow *f = calloc(1, sizeof *f);
    *f = (flow){.s = s, .x = x};
    rwb__response response = {.type = RWG_STR("application/octet-stream")};
    rwb__exchange_on_gone(x, flow_gone, f);
    rwb__respond_on_drain(x, echo_on, f);
    rwb__respond_begin(x, &response, -1);
    rwb__exchange_read(x, echo_part, f);
}

/* ── Answers from another thread, and none ───────────────────────────────────────────────────── */

static void answer_later(void *payload) {
    text_answer(payload, RWG_STR("later"));
}

typedef struct job {
    server *s;
    rwb__exchange *x;
} job;

static void *work(void *payload) {
    job *j = payload;
    rwb__loop_post(j->s->loop, answer_later, j->x);
    free(j);
    return NULL;
}

static void start_work(server *s, rwb__exchange *x) {
    job *j = calloc(1, sizeof *j);
    *j = (job){s, x};
    pthread_t thread;
    if (pthread_create(&thread, NULL, work, j) == 0) {
        (void)pthread_detach(thread);
    }
}

static void never_gone(void *payload) {
    flow *f = payload;
    f->s->gone++;
    text_answer(f->x, RWG_STR("to nobody"));
    free(f);
}

static void start_never(server *s, rwb__exchange *x) {
    flow *f = calloc(1, sizeof *f);
    *f = (flow){.s = s, .x = x};
    rwb__exchange_on_gone(x, never_gone, f);
}

/* ── Forwarding ──────────────────────────────────────────────────────────────────────────────── */

static void forward_failed(void *payload, rwb__exchange *x, rwb__forward_end end) {
    server *s = payload;
    char text[32];
    s->gone += end == RWB__FORWARD_GONE;
    int len = snprintf(text, sizeof text, "failed: %d", (int)end);
    rwb__respond_text(x, 502, PLAIN, rwg__str(text, (size_t)len));
}

static void start_forward(server *s, rwb__exchange *x) {
    static const rwb__header REQUEST[] = {
        {{"x-added", 7}, {"yes", 3}}, {{"x-removed", 9}, {"", 0}}};
    static const rwb__header RESPONSE[] = {{{"x-from", 6}, {"server", 6}}};
    rwg_str target = rwb__exchange_raw_target(x);
    rwb__forward_options options = {
        .address = {.host = RWG_STR("127.0.0.1"), .port = s->upstream},
        .target = rwg__str_from(target, (uint32_t)strlen("/forward")),
        .request_headers = REQUEST,
        .request_header_count = 2,
        .response_headers = RESPONSE,
        .response_header_count = 1,
        .timeout_ms = s->upstream_timeout,
        .fail = forward_failed,
        .payload = s,
    };
    rwb__forward(s->loop, x, &options);
}

static void post_done(void *payload, const rwb__reply *reply) {
    char head[64];
    rwb__exchange *x = payload;
    int len = snprintf(head, sizeof head, "%d %u ", (int)reply->end, reply->status);
    rwg__buf out;
    rwg__buf_init(&out, rwb__exchange_arena(x)->mem);
    rwg__buf_add(&out, rwg__str(head, (size_t)len));
    rwg__buf_add(&out, reply->body);
    text_answer(x, rwg__buf_str(&out));
    rwg__buf_deinit(&out);
}

static void start_post(server *s, rwb__exchange *x) {
    rwb__header header = {RWG_STR("x-token"), RWG_STR("t")};
    rwb__post_options options = {
        .address = {.port = s->upstream},
        .target = RWG_STR("/control"),
        .headers = &header,
        .header_count = 1,
        .body = rwb__exchange_body(x),
        .timeout_ms = s->upstream_timeout,
    };
    (void)rwb__post(s->loop, &options, post_done, x);
}

/* ── Files ───────────────────────────────────────────────────────────────────────────────────── */

static void serve_file(server *s, rwb__exchange *x) {
    rwg_str path = rwb__exchange_path(x);
    rwg_str fs = RWG_STR("/@fs/");
    rwg__path file;
    rwb__refusal refusal = RWB__REFUSE_NONE;
    rwb__static_answer answer = RWB__STATIC_NOT_FOUND;
    bool fits = rwg__str_starts(path, fs)
                    ? rwg__path_normalise(&file, rwg__str_from(path, fs.len - 1))
                    : rwg__path_join(&file, s->root, rwg__str_from(path, 1));
    if (fits) {
        answer =
            rwb__static_serve(x, &s->rules, rwg__path_str(&file), RWG_STR("no-cache"), &refusal);
    }
    if (answer == RWB__STATIC_REFUSED) {
        rwb__respond_refusal(x, refusal);
    } else if (answer != RWB__STATIC_ANSWERED) {
        rwb__respond_text(x, 404, PLAIN, RWG_STR("not found\n"));
    }
}

/* ── Routes ──────────────────────────────────────────────────────────────────────────────────── */

static void list_headers(server *s, rwb__exchange *x) {
    rwg__buf out;
    uint32_t count;
    const rwb__header *headers = rwb__exchange_headers(x, &count);
    rwg__buf_init(&out, &s->mem);
    for (uint32_t i = 0; i < count; i++) {
        rwg__buf_printf(
            &out,
            "%.*s=%.*s\n",
            (int)headers[i].name.len,
            headers[i].name.ptr,
            (int)headers[i].value.len,
            headers[i].value.ptr
        );
    }
    text_answer(x, rwg__buf_str(&out));
    rwg__buf_deinit(&out);
}

static void respond_bytes(rwb__exchange *x, rwb__bytes *body, const char *type, const char *etag) {
    rwb__response response = {
        .type = rwg__str_c(type),
        .etag = rwg__str_c(etag),
        .cache = RWG_STR("no-cache"),
        .body = body,
    };
    rwb__respond(x, &response);
}

static void abort_answer(rwb__exchange *x) {
    rwb__response response = {.type = RWG_STR(PLAIN)};
    rwb__respond_begin(x, &response, -1);
    (void)rwb__respond_write(x, RWG_STR("half of it"));
    rwb__respond_abort(x);
}

static void answer_path(rwb__exchange *x) {
    char text[64];
    int len = snprintf(text, sizeof text, "%x ", rwb__exchange_query(x)->flags);
    rwg__buf out;
    rwg__buf_init(&out, rwb__exchange_arena(x)->mem);
    rwg__buf_add(&out, rwg__str(text, (size_t)len));
    rwg__buf_add(&out, rwb__exchange_path(x));
    text_answer(x, rwg__buf_str(&out));
    rwg__buf_deinit(&out);
}

static void handle(void *payload, rwb__exchange *x) {
    server *s = payload;
    rwg_str path = rwb__exchange_path(x);
    if (rwg__str_eq_c(path, "/cached")) {
        respond_bytes(x, s->cached, "text/javascript", "W/\"cached\"");
    } else if (rwg__str_eq_c(path, "/big")) {
        respond_bytes(x, s->big, "application/octet-stream", "");
    } else if (rwg__str_eq_c(path, "/echo")) {
        text_answer(x, rwb__exchange_body(x));
    } else if (rwg__str_eq_c(path, "/echo-stream")) {
        start_echo(s, x);
    } else if (rwg__str_eq_c(path, "/stream")) {
        start_flow(s, x);
    } else if (rwg__str_eq_c(path, "/later")) {
        start_work(s, x);
    } else if (rwg__str_eq_c(path, "/never")) {
        start_never(s, x);
    } else if (rwg__str_eq_c(path, "/abort")) {
        abort_answer(x);
    } else if (rwg__str_eq_c(path, "/headers")) {
        list_headers(s, x);
    } else if (rwg__str_eq_c(path, "/gone")) {
        number_answer(x, s->gone);
    } else if (rwg__str_eq_c(path, "/connections")) {
        number_answer(x, rwb__http_connections(s->http));
    } else if (rwg__str_eq_c(path, "/most-queued")) {
        number_answer(x, s->most_queued);
    } else if (rwg__str_eq_c(path, "/clients")) {
        number_answer(x, rwb__ws_count(s->ws));
    } else if (rwg__str_eq_c(path, "/broadcast")) {
        rwb__ws_broadcast(s->ws, rwb__exchange_body(x));
        text_answer(x, RWG_STR("sent"));
    } else if (rwg__str_eq_c(path, "/post")) {
        start_post(s, x);
    } else if (rwg__str_eq_c(path, "/@rwgraph/ws")) {
        rwb__ws_accept(s->ws, x);
    } else if (rwg__str_starts(path, RWG_STR("/path/"))) {
        answer_path(x);
    } else if (rwg__str_starts(path, RWG_STR("/forward"))) {
        start_forward(s, x);
    } else {
        serve_file(s, x);
    }
}

static rwb__body_mode body_mode(void *payload, rwb__exchange *x) {
    (void)payload;
    rwg_str path = rwb__exchange_path(x);
    return rwg__str_starts(path, RWG_STR("/forward")) || rwg__str_eq_c(path, "/echo-stream")
               ? RWB__BODY_STREAM
               : RWB__BODY_COLLECT;
}

static void on_message(void *payload, rwb__ws_client *client, rwg_str text) {
    (void)payload;
    rwb__ws_send(client, text);
}

/* ── Starting and stopping ───────────────────────────────────────────────────────────────────── */

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *out) {
    (void)suggested;
    server *s = handle->data;
    *out = rwb__loop_read_room(s->loop);
}

static void on_input(uv_stream_t *handle, ssize_t count, const uv_buf_t *buf) {
    (void)buf;
    server *s = handle->data;
    if (count < 0) {
        rwb__loop_stop(s->loop);
    }
}

static const char *option(char **argv, const char *name, const char *standard) {
    for (char **arg = argv + 1; arg[0] && arg[1]; arg += 2) {
        if (strcmp(arg[0], name) == 0) {
            return arg[1];
        }
    }
    return standard;
}

static uint32_t number_option(char **argv, const char *name) {
    return (uint32_t)strtoul(option(argv, name, "0"), NULL, 10);
}

static bool start(server *s, char **argv) {
    rwg_error err;
    rwb__http_options options = {
        .port = (uint16_t)number_option(argv, "--port"),
        .strict_port = number_option(argv, "--strict-port") != 0,
        .host = rwg__str_c(option(argv, "--host", "")),
        .cert_file = rwg__str_c(option(argv, "--cert", "")),
        .key_file = rwg__str_c(option(argv, "--key", "")),
        .access = &s->access,
        .limits =
            {
                .connections = number_option(argv, "--connections"),
                .upgrades = number_option(argv, "--upgrades"),
                .head_timeout_ms = number_option(argv, "--head-timeout"),
                .idle_timeout_ms = number_option(argv, "--idle-timeout"),
                .body_bytes = number_option(argv, "--body"),
            },
        .payload = s,
        .handle = handle,
        .body_mode = body_mode,
    };
    if (rwb__http_open(s->loop, &options, &s->http, &err) != RWG_OK) {
        (void)fprintf(stderr, "%s\n", err.text);
        return false;
    }
    rwb__ws_options ws = {
        .protocol = RWG_STR("rwgraph-hmr"),
        .access = &s->access,
        .queue_bytes = number_option(argv, "--ws-queue"),
        .ping_ms = number_option(argv, "--ws-ping"),
        .payload = s,
        .message = on_message,
    };
    s->ws = rwb__ws_new(s->loop, &ws);
    (void)uv_pipe_init(rwb__loop_uv(s->loop), &s->input, 0);
    (void)uv_pipe_open(&s->input, 0);
    s->input.data = s;
    (void)uv_read_start((uv_stream_t *)&s->input, give_room, on_input);
    return true;
}

static void make_bodies(server *s) {
    char *data;
    s->cached = rwb__bytes_room(&s->mem, 2048, &data);
    for (uint32_t i = 0; i < 2048; i++) {
        data[i] = i % 64 == 63 ? '\n' : (char)('a' + i * 7 % 26);
    }
    s->big = rwb__bytes_room(&s->mem, BIG_BYTES, &data);
    memset(data, 'x', BIG_BYTES);
}

int main(int argc, char **argv) {
    (void)argc;
    server s = {0};
    rwg__mem_init(&s.mem, NULL, 0);
    s.loop = rwb__loop_new(&s.mem, NULL, NULL);
    s.root = rwg__str_c(option(argv, "--root", "/nowhere"));
    s.rules = (rwb__fs_rules){.allow = &s.root, .allow_count = 1};
    rwg_str host = rwg__str_c(option(argv, "--allow-host", ""));
    rwg_str origin = rwg__str_c(option(argv, "--allow-origin", ""));
    s.access = (rwb__access){
        .hosts = &host,
        .host_count = host.len > 0,
        .origins = &origin,
        .origin_count = origin.len > 0,
        .token = rwg__str_c(option(argv, "--token", "")),
    };
    s.upstream = (uint16_t)number_option(argv, "--upstream");
    s.upstream_timeout = number_option(argv, "--upstream-timeout");
    make_bodies(&s);
    bool started = start(&s, argv);
    if (started) {
        (void)printf("{\"port\":%u}\n", rwb__http_port(s.http));
        (void)fflush(stdout);
        rwb__loop_run(s.loop);
        uv_close((uv_handle_t *)&s.input, NULL);
        rwb__ws_free(s.ws);
        rwb__http_close(s.http);
    }
    rwb__loop_free(s.loop);
    rwb__bytes_drop(s.cached);
    rwb__bytes_drop(s.big);
    return started ? 0 : 1;
}
