/* Requests: from a head in the buffer to a call of the handler. */
#include "serve/http_state.h"

#include <string.h>

/* ── Making and ending ───────────────────────────────────────────────────────────────────────── */

static rwb__exchange *new_exchange(rwb__conn *conn) {
    rwb__http *http = conn->http;
    rwb__exchange *x = rwg__mem_resize(http->mem, NULL, 0, sizeof *x);
    // The decoded path at the end is written before it is read.
    memset(x, 0, offsetof(rwb__exchange, target));
    x->http = http;
    x->conn = conn;
    x->is_tls = conn->is_tls;
    rwg__arena_init(&x->arena, http->mem);
    rwg__buf_init(&x->body, http->mem);
    x->next = http->exchanges;
    if (x->next) {
        x->next->prev = x;
    }
    http->exchanges = x;
    http->refs++;
    conn->x = x;
    return x;
}

static void free_exchange(rwb__exchange *x) {
    rwb__http *http = x->http;
    if (x->prev) {
        x->prev->next = x->next;
    } else {
        http->exchanges = x->next;
    }
    if (x->next) {
        x->next->prev = x->prev;
    }
    rwg__buf_deinit(&x->body);
    rwg__arena_deinit(&x->arena);
    rwg__mem_free(http->mem, x, sizeof *x);
    rwb__http_unref(http);
}

void rwb__exchange_lose(rwb__exchange *x) {
    if (x->conn) {
        x->conn->x = NULL;
        x->conn = NULL;
    }
    x->gone = true;
    x->body_fn = NULL;
    x->drain_fn = NULL;
    rwb__loop_fn fn = x->gone_fn;
    x->gone_fn = NULL;
    if (fn) {
        fn(x->gone_payload);
    } else if (!x->handed) {
        free_exchange(x);
    }
}

void rwb__exchange_end(rwb__exchange *x) {
    rwb__conn *conn = x->conn;
    bool again = x->keep_alive && x->body_over && !x->http->closed;
    if (conn) {
        conn->x = NULL;
    }
    free_exchange(x);
    if (!conn) {
        return;
    }
    if (!again) {
        // A body that nobody wants is not read to its end.
        rwb__conn_finish(conn);
        return;
    }
    rwb__conn_set_state(conn, RWB__CONN_HEAD);
    rwb__conn_work(conn);
}

/* ── Judging ─────────────────────────────────────────────────────────────────────────────────── */

/* The one Host header; false when there is none or more than one. */
static bool find_host(const rwb__exchange *x, rwg_str *out) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < x->header_count; i++) {
        if (rwb__wire_same(x->headers[i].name, RWG_STR("host"))) {
            *out = x->headers[i].value;
            count++;
        }
    }
    return count == 1;
}

static rwb__refusal judge(rwb__exchange *x) {
    const rwb__access *access = x->http->options.access;
    rwb__refusal refusal = rwb__target_parse(x->raw_target, &x->target);
    if (refusal != RWB__REFUSE_NONE) {
        return refusal;
    }
    rwg_str host;
    if (!find_host(x, &host)) {
        return RWB__REFUSE_HOST_MISSING;
    }
    if (access && !rwb__host_allowed(access, host)) {
        return RWB__REFUSE_HOST;
    }
    bool allowed = rwb__fetch_allowed(
        rwb__exchange_header(x, "sec-fetch-site"),
        rwb__exchange_header(x, "sec-fetch-mode"),
        rwb__exchange_header(x, "sec-fetch-dest")
    );
    return allowed ? RWB__REFUSE_NONE : RWB__REFUSE_NO_CORS;
}

/* From here on the path is that below the base. */
static void strip_base(rwb__exchange *x) {
    rwg_str base = x->http->options.base;
    if (base.len > 1) {
        x->outside = !rwg__str_starts(x->target.path, base);
        x->target.path = rwg__str_from(x->target.path, x->outside ? 0 : base.len - 1);
    }
}

static bool is_preflight(const rwb__exchange *x) {
    return rwb__exchange_is(x, "OPTIONS") && rwb__exchange_header(x, "origin").len > 0 &&
           rwb__exchange_header(x, "access-control-request-method").len > 0;
}

/* Without CORS of our own they are requests like others: the app may know what to say. */
static bool answers_preflights(const rwb__http *http) {
    return http->options.access && !http->options.access->no_cors;
}

/* CORS headers themselves are added by answer.c. */
static void answer_preflight(rwb__exchange *x) {
    const rwb__access *access = x->http->options.access;
    if (!rwb__cors_allowed(access, rwb__exchange_header(x, "origin"))) {
        rwb__respond_refusal(x, RWB__REFUSE_ORIGIN);
        return;
    }
    rwg_str wanted = rwb__exchange_header(x, "access-control-request-headers");
    rwb__header headers[] = {
        {RWG_STR("Access-Control-Allow-Methods"), RWG_STR("GET,HEAD,PUT,PATCH,POST,DELETE")},
        {RWG_STR("Access-Control-Allow-Headers"), wanted},
    };
    rwb__response response = {
        .status = 204, .headers = headers, .header_count = wanted.len > 0 ? 2 : 1};
    rwb__respond(x, &response);
}

/* ── From head to handler ────────────────────────────────────────────────────────────────────── */

static void copy_head(rwb__exchange *x, const rwb__wire_head *head) {
    x->method = head->method;
    x->raw_target = head->target;
    x->minor = head->minor;
    x->keep_alive = head->keep_alive;
    x->upgrade = head->upgrade;
    x->body_kind = head->body;
    x->body_length = head->length;
    x->body_over = head->body == RWB__WIRE_NO_BODY;
    x->header_count = head->header_count;
    size_t size = head->header_count * sizeof *x->headers;
    x->headers = rwg__arena_alloc(&x->arena, size);
    if (size > 0) {
        memcpy(x->headers, head->headers, size);
    }
}

/* Says how the body will come, and lets the client send it. */
static void prepare_body(rwb__conn *conn, const rwb__wire_head *head) {
    rwb__exchange *x = conn->x;
    const rwb__http_options *options = &conn->http->options;
    x->body_stream =
        options->body_mode && options->body_mode(options->payload, x) == RWB__BODY_STREAM;
    if (x->body_over) {
        return;
    }
    if (!x->body_stream && head->length > options->limits.body_bytes) {
        rwb__respond_text(
            x, 413, "text/plain; charset=utf-8", RWG_STR("the request's body is too large\n")
        );
        return;
    }
    rwb__wire_reader_init(&conn->reader, head);
    if (head->expects_continue) {
        rwb__stream_write(conn->stream, RWG_STR("HTTP/1.1 100 Continue\r\n\r\n"));
    }
}

static bool has_enough_upgrades(const rwb__http *http) {
    return http->taken_count >= http->options.limits.upgrades;
}

static void hand_over(rwb__exchange *x) {
    x->handed = true;
    x->http->options.handle(x->http->options.payload, x);
}

void rwb__exchange_begin(rwb__conn *conn, uint32_t len) {
    rwb__exchange *x = new_exchange(conn);
    rwg_str input = rwg__str_from(rwg__buf_str(&conn->in), conn->in_at);
    rwg_str text = rwg__arena_str(&x->arena, rwg__str_sub(input, 0, len));
    conn->in_at += len;
    rwb__wire_head head;
    rwb__wire_status status = rwb__wire_request(text, &head);
    if (status != RWB__WIRE_OK) {
        conn->x = NULL;
        free_exchange(x);
        rwb__conn_refuse(
            conn,
            status == RWB__WIRE_VERSION ? 505
            : status == RWB__WIRE_LONG  ? 431
                                        : 400
        );
        return;
    }
    copy_head(x, &head);
    rwb__conn_set_state(conn, x->body_over ? RWB__CONN_BUSY : RWB__CONN_BODY);
    rwb__refusal refusal = judge(x);
    if (refusal == RWB__REFUSE_NONE) {
        strip_base(x);
    }
    if (refusal != RWB__REFUSE_NONE) {
        // What follows a request that makes no sense is not to be trusted either.
        x->keep_alive = x->keep_alive && rwb__refusal_status(refusal) == 403;
        rwb__respond_refusal(x, refusal);
    } else if (is_preflight(x) && answers_preflights(conn->http)) {
        answer_preflight(x);
    } else if (rwb__exchange_is_websocket(x) && has_enough_upgrades(conn->http)) {
        rwb__respond_text(
            x, 503, "text/plain; charset=utf-8", RWG_STR("too many WebSockets are open\n")
        );
    } else {
        prepare_body(conn, &head);
        // The exchange may have been answered by then.
        if (conn->x == x && (x->body_over || x->body_stream)) {
            hand_over(x);
        }
    }
}

/* One piece of the body goes where it belongs. */
static void deliver(rwb__conn *conn, rwg_str part, bool last) {
    rwb__exchange *x = conn->x;
    const rwb__http_options *options = &conn->http->options;
    if (last) {
        x->body_over = true;
        rwb__conn_set_state(conn, RWB__CONN_BUSY);
    }
    if (x->body_stream) {
        x->body_fn(x->body_payload, part, last);
        return;
    }
    if (x->body.bytes.len + (uint64_t)part.len > options->limits.body_bytes) {
        rwb__respond_text(
            x, 413, "text/plain; charset=utf-8", RWG_STR("the request's body is too large\n")
        );
        return;
    }
    rwg__buf_add(&x->body, part);
    if (last) {
        hand_over(x);
    }
}

bool rwb__exchange_take_body(rwb__conn *conn) {
    rwb__exchange *x = conn->x;
    if (x->body_stream && (!x->body_fn || x->body_paused)) {
        return false;
    }
    rwg_str input = rwg__str_from(rwg__buf_str(&conn->in), conn->in_at);
    rwg_str rest = input;
    rwg_str part;
    rwb__wire_status status = rwb__wire_read(&conn->reader, &rest, &part);
    conn->in_at += input.len - rest.len;
    if (status == RWB__WIRE_BAD) {
        bool begun = x->answer != RWB__ANSWER_NONE;
        rwb__exchange_lose(x);
        if (begun) {
            // A second head would stand in the middle of the first one's body.
            rwb__conn_set_state(conn, RWB__CONN_CLOSING);
            rwb__stream_close(conn->stream);
        } else {
            rwb__conn_refuse(conn, 400);
        }
        return false;
    }
    if (status == RWB__WIRE_MORE && part.len == 0) {
        return false;
    }
    deliver(conn, part, status == RWB__WIRE_OK);
    return true;
}

/* ── What was asked ──────────────────────────────────────────────────────────────────────────── */

rwg_str rwb__exchange_method(const rwb__exchange *x) {
    return x->method;
}

bool rwb__exchange_is(const rwb__exchange *x, const char *method) {
    return rwg__str_eq_c(x->method, method);
}

bool rwb__exchange_reads(const rwb__exchange *x) {
    return rwb__exchange_is(x, "GET") || rwb__exchange_is(x, "HEAD");
}

rwg_str rwb__exchange_raw_target(const rwb__exchange *x) {
    return x->raw_target;
}

const rwb__target *rwb__exchange_target(const rwb__exchange *x) {
    return &x->target;
}

rwg_str rwb__exchange_path(const rwb__exchange *x) {
    return x->target.path;
}

bool rwb__exchange_is_outside(const rwb__exchange *x) {
    return x->outside;
}

const rwb__query *rwb__exchange_query(const rwb__exchange *x) {
    return &x->target.query;
}

rwg_str rwb__exchange_header(const rwb__exchange *x, const char *name) {
    return rwb__wire_header(x->headers, x->header_count, rwg__str_c(name));
}

const rwb__header *rwb__exchange_headers(const rwb__exchange *x, uint32_t *out_count) {
    *out_count = x->header_count;
    return x->headers;
}

rwg_str rwb__exchange_body(const rwb__exchange *x) {
    return rwg__buf_str(&x->body);
}

bool rwb__exchange_is_websocket(const rwb__exchange *x) {
    // With a body there would be two opinions of where the frames begin.
    return x->upgrade && x->minor >= 1 && x->body_kind == RWB__WIRE_NO_BODY &&
           rwb__exchange_is(x, "GET") &&
           rwb__wire_same(rwb__exchange_header(x, "upgrade"), RWG_STR("websocket"));
}

bool rwb__exchange_is_tls(const rwb__exchange *x) {
    return x->is_tls;
}

rwb__http *rwb__exchange_server(const rwb__exchange *x) {
    return x->http;
}

rwb__loop *rwb__exchange_loop(const rwb__exchange *x) {
    return x->http->loop;
}

rwg__arena *rwb__exchange_arena(rwb__exchange *x) {
    return &x->arena;
}

void rwb__exchange_on_gone(rwb__exchange *x, rwb__loop_fn fn, void *payload) {
    x->gone_fn = fn;
    x->gone_payload = payload;
}

bool rwb__exchange_is_gone(const rwb__exchange *x) {
    return x->gone;
}

int64_t rwb__exchange_body_length(const rwb__exchange *x) {
    return x->body_kind == RWB__WIRE_NO_BODY  ? 0
           : x->body_kind == RWB__WIRE_LENGTH ? (int64_t)x->body_length
                                              : -1;
}

void rwb__exchange_read(rwb__exchange *x, rwb__body_fn fn, void *payload) {
    if (x->gone) {
        return;
    }
    if (!x->body_stream || x->body_over) {
        fn(payload, rwg__buf_str(&x->body), true);
        return;
    }
    x->body_fn = fn;
    x->body_payload = payload;
    rwb__conn_work(x->conn);
}

void rwb__exchange_pause(rwb__exchange *x, bool paused) {
    bool resumed = x->body_paused && !paused;
    x->body_paused = paused;
    if (x->conn && resumed) {
        rwb__conn_set_state(x->conn, (rwb__conn_state)x->conn->state);
        rwb__conn_work(x->conn);
    }
}

rwb__stream *rwb__exchange_take_stream(rwb__exchange *x, rwg_str *out_rest) {
    rwb__conn *conn = x->conn;
    *out_rest = (rwg_str){"", 0};
    if (!conn) {
        return NULL;
    }
    RWG_ASSERT(x->answer == RWB__ANSWER_NONE);
    *out_rest = rwg__arena_str(&x->arena, rwg__str_from(rwg__buf_str(&conn->in), conn->in_at));
    conn->x = NULL;
    x->conn = NULL;
    x->taken = true;
    x->http->taken_count++;
    return rwb__conn_release_stream(conn);
}

void rwb__exchange_release(rwb__exchange *x) {
    RWG_ASSERT(x->taken);
    x->http->taken_count--;
    free_exchange(x);
}
