/* Requests handed on: a connection to the other side for each, and two flows of bytes.
 *
 *   CONNECT ──open──▶ SEND ──head of the answer──▶ ANSWER ──body over──▶ end
 *                        └──101──▶ TUNNEL (two streams, byte by byte) ──▶ end
 *
 * Whoever ends first takes the other along. The exchange is answered exactly once, by `settle`,
 * `answer_head` and what follows it. */
#include "serve/forward.h"

#include "base/buf.h"
#include "serve/wire.h"

#include <stdio.h>
#include <string.h>

#define HEAD_BYTES (64u * 1024)
#define TIMEOUT_MS (60u * 1000)
/* Heads before the answer's own, of 1xx: nobody sends more than a few. */
#define INTERIM_HEADS 32

typedef enum state {
    SEND,   /* no whole head of the answer yet */
    ANSWER, /* its body flows */
    TUNNEL,
    OVER, /* waits for its stream to have closed */
} state;

typedef struct forward {
    rwb__loop *loop;
    rwg__arena arena; /* options' texts */
    rwb__forward_options options;
    rwb__exchange *x;      /* NULL once answered */
    rwb__stream *upstream; /* NULL once closed */
    rwb__stream *client;   /* TUNNEL only */
    rwb__timer *timer;
    rwg__buf in; /* the answer's head, until it is whole */
    uint32_t scan;
    uint32_t interims; /* 1xx heads that came */
    rwb__wire_reader reader;
    uint8_t state; /* state */
    bool connected;
    bool chunked; /* of the request's body */
} forward;

static const rwb__header *find_header(const rwb__header *headers, uint32_t count, rwg_str name) {
    for (uint32_t i = 0; i < count; i++) {
        if (rwb__wire_same(headers[i].name, name)) {
            return &headers[i];
        }
    }
    return NULL;
}

/* Headers that are about one connection, not about the message. */
static bool is_hop(rwg_str name) {
    static const char *const NAMES[] = {
        "connection",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "expect",
        "http2-settings",
    };
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        if (rwb__wire_same(name, rwg__str_c(NAMES[i]))) {
            return true;
        }
    }
    return false;
}

/* Is the header about this connection alone, because the sender said so? What delimits the message
 * and names its host is not, whatever is said: the other side would take the body for a request. */
static bool is_of_connection(const rwb__header *headers, uint32_t count, rwg_str name) {
    if (rwb__wire_same(name, RWG_STR("content-length")) || rwb__wire_same(name, RWG_STR("host"))) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (rwb__wire_same(headers[i].name, RWG_STR("connection")) &&
            rwb__wire_has_item(headers[i].value, name)) {
            return true;
        }
    }
    return false;
}

static void add_header(rwg__buf *out, rwg_str name, rwg_str value) {
    if (rwb__wire_is_value(name) && rwb__wire_is_value(value)) {
        rwg__buf_add(out, name);
        rwg__buf_add(out, RWG_STR(": "));
        rwg__buf_add(out, value);
        rwg__buf_add(out, RWG_STR("\r\n"));
    }
}

/* ── Ending ──────────────────────────────────────────────────────────────────────────────────── */

static void free_forward(forward *f) {
    rwg__mem *mem = rwb__loop_mem(f->loop);
    rwb__timer_free(f->timer);
    rwg__buf_deinit(&f->in);
    rwg__arena_deinit(&f->arena);
    rwg__mem_free(mem, f, sizeof *f);
}

/* All is over for the caller; memory goes when the streams have closed. */
static void finish(forward *f, rwb__forward_end end) {
    if (f->state == OVER) {
        return;
    }
    f->state = OVER;
    rwb__timer_stop(f->timer);
    if (f->x && f->client) {
        rwb__exchange_on_gone(f->x, NULL, NULL);
        rwb__exchange_release(f->x);
        f->x = NULL;
    }
    if (f->client) {
        rwb__stream_close(f->client);
    }
    if (f->upstream) {
        rwb__stream_close(f->upstream);
    }
    if (f->options.done) {
        f->options.done(f->options.payload, end);
    }
    if (!f->upstream && !f->client) {
        free_forward(f);
    }
}

/* No answer came: somebody must give one. */
static void settle(forward *f, rwb__forward_end end) {
    rwb__exchange *x = f->x;
    f->x = NULL;
    rwb__exchange_on_gone(x, NULL, NULL);
    if (f->options.fail && end != RWB__FORWARD_GONE) {
        f->options.done = NULL; // fail is told instead
        f->options.fail(f->options.payload, x, end);
    } else if (end == RWB__FORWARD_TIMEOUT) {
        rwb__respond_text(
            x, 504, "text/plain; charset=utf-8", RWG_STR("the application did not answer in time\n")
        );
    } else {
        rwb__respond_text(
            x,
            502,
            "text/plain; charset=utf-8",
            end == RWB__FORWARD_UNREACHABLE ? RWG_STR("the application cannot be reached\n")
                                            : RWG_STR("the application broke off\n")
        );
    }
    finish(f, end);
}

static void fail(forward *f, rwb__forward_end end) {
    if (f->state == SEND && f->x) {
        settle(f, end);
    } else if (f->state == ANSWER && f->x) {
        rwb__exchange *x = f->x;
        f->x = NULL;
        rwb__exchange_on_gone(x, NULL, NULL);
        rwb__respond_abort(x);
        finish(f, end);
    } else {
        finish(f, end);
    }
}

static void on_gone(void *payload) {
    forward *f = payload;
    if (f->state == ANSWER) {
        rwb__exchange *x = f->x;
        f->x = NULL;
        rwb__respond_end(x);
        finish(f, RWB__FORWARD_GONE);
    } else if (f->state == SEND) {
        settle(f, RWB__FORWARD_GONE);
    } else {
        finish(f, RWB__FORWARD_GONE);
    }
}

static void on_timeout(void *payload) {
    forward *f = payload;
    fail(f, f->connected ? RWB__FORWARD_TIMEOUT : RWB__FORWARD_UNREACHABLE);
}

/* ── The request ─────────────────────────────────────────────────────────────────────────────── */

/* A port that the scheme means anyway is not said: some servers know themselves only without it. */
static void add_host(rwg__buf *out, const rwb__address *address) {
    rwg_str host = address->host.len > 0 ? address->host : RWG_STR("127.0.0.1");
    bool v6 = rwg__str_index(host, ':') < host.len;
    rwg__buf_printf(out, v6 ? "host: [%.*s]" : "host: %.*s", (int)host.len, host.ptr);
    if (address->port != (address->tls ? 443 : 80)) {
        rwg__buf_printf(out, ":%u", address->port);
    }
    rwg__buf_add(out, RWG_STR("\r\n"));
}

static void send_head(forward *f) {
    rwb__exchange *x = f->x;
    const rwb__forward_options *o = &f->options;
    rwg__buf out;
    rwg__buf_init(&out, rwb__loop_mem(f->loop));
    rwg_str method = rwb__exchange_method(x);
    rwg__buf_add(&out, method);
    rwg__buf_char(&out, ' ');
    rwg__buf_add(&out, o->target.len > 0 ? o->target : rwb__exchange_raw_target(x));
    rwg__buf_add(&out, RWG_STR(" HTTP/1.1\r\n"));
    uint32_t count;
    const rwb__header *headers = rwb__exchange_headers(x, &count);
    for (uint32_t i = 0; i < count; i++) {
        rwg_str name = headers[i].name;
        bool is_host = rwb__wire_same(name, RWG_STR("host"));
        bool is_ours = rwb__wire_same(name, RWG_STR("x-forwarded-host")) ||
                       rwb__wire_same(name, RWG_STR("x-forwarded-proto"));
        if (is_ours || is_hop(name) || is_of_connection(headers, count, name) ||
            (is_host && !o->keep_host) ||
            find_header(o->request_headers, o->request_header_count, name)) {
            continue;
        }
        add_header(&out, name, headers[i].value);
    }
    for (uint32_t i = 0; i < o->request_header_count; i++) {
        if (o->request_headers[i].value.len > 0) {
            add_header(&out, o->request_headers[i].name, o->request_headers[i].value);
        }
    }
    if (!o->keep_host &&
        !find_header(o->request_headers, o->request_header_count, RWG_STR("host"))) {
        add_host(&out, &o->address);
    }
    add_header(&out, RWG_STR("x-forwarded-host"), rwb__exchange_header(x, "host"));
    add_header(
        &out,
        RWG_STR("x-forwarded-proto"),
        rwb__exchange_is_tls(x) ? RWG_STR("https") : RWG_STR("http")
    );
    if (rwb__exchange_is_websocket(x)) {
        rwg__buf_add(&out, RWG_STR("connection: Upgrade\r\nupgrade: websocket\r\n\r\n"));
    } else {
        f->chunked = rwb__exchange_body_length(x) < 0;
        if (f->chunked) {
            rwg__buf_add(&out, RWG_STR("transfer-encoding: chunked\r\n"));
        }
        rwg__buf_add(&out, RWG_STR("connection: close\r\n\r\n"));
    }
    rwb__stream_write(f->upstream, rwg__buf_str(&out));
    rwg__buf_deinit(&out);
}

static void on_request_body(void *payload, rwg_str part, bool last) {
    forward *f = payload;
    if (!f->upstream || f->state == OVER) {
        return;
    }
    rwb__stream_cork(f->upstream, true);
    if (f->chunked && part.len > 0) {
        char size[16];
        int len = snprintf(size, sizeof size, "%x\r\n", part.len);
        rwb__stream_write(f->upstream, rwg__str(size, (size_t)len));
    }
    rwb__stream_write(f->upstream, part);
    if (f->chunked && part.len > 0) {
        rwb__stream_write(f->upstream, RWG_STR("\r\n"));
    }
    if (f->chunked && last) {
        rwb__stream_write(f->upstream, RWG_STR("0\r\n\r\n"));
    }
    rwb__stream_cork(f->upstream, false);
    if (!last && rwb__stream_queued(f->upstream) > RWB__STREAM_HIGH) {
        rwb__exchange_pause(f->x, true);
    }
    if (f->state == SEND) {
        rwb__timer_start(f->timer, f->options.timeout_ms); // the wait is for what follows the body
    }
}

static void on_open(void *payload) {
    forward *f = payload;
    f->connected = true;
    if (f->x) {
        send_head(f);
        rwb__exchange_read(f->x, on_request_body, f);
    }
}

static void on_upstream_drain(void *payload) {
    forward *f = payload;
    if (f->state == TUNNEL) {
        rwb__stream_pause(f->client, false);
    } else if (f->x) {
        rwb__exchange_pause(f->x, false);
    }
}

/* ── The answer ──────────────────────────────────────────────────────────────────────────────── */

/* The other side's headers with ours over them, in the exchange's arena. */
static const rwb__header *
answer_headers(forward *f, const rwb__wire_head *head, uint32_t *out_count) {
    const rwb__forward_options *o = &f->options;
    rwb__header *headers = rwg__arena_alloc(
        rwb__exchange_arena(f->x), (head->header_count + o->response_header_count) * sizeof *headers
    );
    uint32_t count = 0;
    for (uint32_t i = 0; i < head->header_count; i++) {
        rwg_str name = head->headers[i].name;
        if (!is_hop(name) && !rwb__wire_same(name, RWG_STR("content-length")) &&
            !is_of_connection(head->headers, head->header_count, name) &&
            !find_header(o->response_headers, o->response_header_count, name)) {
            headers[count++] = head->headers[i];
        }
    }
    for (uint32_t i = 0; i < o->response_header_count; i++) {
        if (o->response_headers[i].value.len > 0) {
            headers[count++] = o->response_headers[i];
        }
    }
    *out_count = count;
    return headers;
}

static void end_answer(forward *f) {
    rwb__exchange *x = f->x;
    f->x = NULL;
    rwb__exchange_on_gone(x, NULL, NULL);
    rwb__respond_on_drain(x, NULL, NULL);
    rwb__respond_end(x);
    finish(f, RWB__FORWARD_DONE);
}

static void pass_body(forward *f, rwg_str bytes) {
    while (f->state == ANSWER) {
        rwg_str part;
        rwb__wire_status status = rwb__wire_read(&f->reader, &bytes, &part);
        if (status == RWB__WIRE_BAD) {
            fail(f, RWB__FORWARD_BROKEN);
            return;
        }
        if (part.len > 0 && !rwb__respond_write(f->x, part)) {
            rwb__stream_pause(f->upstream, true);
        }
        if (status == RWB__WIRE_OK) {
            end_answer(f);
            return;
        }
        if (part.len == 0) {
            return;
        }
    }
}

static void on_client_drain(void *payload) {
    forward *f = payload;
    if (f->upstream) {
        rwb__stream_pause(f->upstream, false);
    }
}

static void answer_head(forward *f, const rwb__wire_head *head, rwg_str rest) {
    rwb__response response = {.status = head->status};
    response.headers = answer_headers(f, head, &response.header_count);
    bool head_only = rwb__exchange_is(f->x, "HEAD");
    int64_t length = head->body == RWB__WIRE_LENGTH ? (int64_t)head->length : -1;
    if (head->body == RWB__WIRE_NO_BODY) {
        // The length that a GET would have is told, if the other side told it.
        length = head_only && head->length > 0 ? (int64_t)head->length : head_only ? -1 : 0;
    }
    f->state = ANSWER;
    rwb__wire_reader_init(&f->reader, head);
    rwb__respond_on_drain(f->x, on_client_drain, f);
    rwb__respond_begin(f->x, &response, length);
    pass_body(f, rest);
}

/* ── Tunnels ─────────────────────────────────────────────────────────────────────────────────── */

static void on_client_read(void *payload, rwg_str bytes) {
    forward *f = payload;
    if (f->upstream && f->state == TUNNEL) {
        rwb__stream_write(f->upstream, bytes);
        if (rwb__stream_queued(f->upstream) > RWB__STREAM_HIGH) {
            rwb__stream_pause(f->client, true);
        }
    }
}

static void on_client_closed(void *payload, rwb__stream_end end) {
    (void)end;
    forward *f = payload;
    if (f->state == TUNNEL) {
        // Settled before the stream is forgotten: finish tells a tunnel by it.
        rwb__stream *upstream = f->upstream;
        f->state = OVER;
        rwb__exchange_on_gone(f->x, NULL, NULL);
        rwb__exchange_release(f->x);
        f->x = NULL;
        if (upstream) {
            rwb__stream_finish(upstream);
        }
        if (f->options.done) {
            f->options.done(f->options.payload, RWB__FORWARD_DONE);
        }
    }
    f->client = NULL;
    if (!f->upstream) {
        free_forward(f);
    }
}

static void open_tunnel(forward *f, rwg_str head, rwg_str rest) {
    static const rwb__stream_events EVENTS = {
        .read = on_client_read, .drain = on_client_drain, .closed = on_client_closed};
    rwg_str early;
    f->client = rwb__exchange_take_stream(f->x, &early);
    if (!f->client) {
        fail(f, RWB__FORWARD_GONE);
        return;
    }
    f->state = TUNNEL;
    rwb__stream_own(f->client, &EVENTS, f);
    rwb__stream_write(f->client, head);
    rwb__stream_write(f->client, rest);
    rwb__stream_write(f->upstream, early);
    rwb__stream_pause(f->client, false);
}

/* ── The other side's stream ─────────────────────────────────────────────────────────────────── */

/* The head at the front, of this length and known to be good, is the answer's. */
static void take_answer(forward *f, uint32_t len, bool tunnel) {
    rwg__arena *arena = rwb__exchange_arena(f->x);
    rwg_str input = rwg__buf_str(&f->in);
    rwg_str text = rwg__arena_str(arena, rwg__str_sub(input, 0, len));
    rwg_str rest = rwg__arena_str(arena, rwg__str_from(input, len));
    rwg__buf_clear(&f->in);
    rwb__timer_stop(f->timer);
    if (tunnel) {
        open_tunnel(f, text, rest);
        return;
    }
    rwb__wire_head head;
    bool no_body = rwb__exchange_is(f->x, "HEAD");
    RWG_ASSERT(rwb__wire_response(text, no_body, &head) == RWB__WIRE_OK);
    answer_head(f, &head, rest);
}

/* Takes heads off the front: 1xx ones are passed over, the last one begins the answer. */
static void read_heads(forward *f) {
    while (f->state == SEND) {
        rwg_str input = rwg__buf_str(&f->in);
        uint32_t len = rwb__wire_head_length(input, &f->scan);
        if (len == 0) {
            if (input.len > HEAD_BYTES) {
                fail(f, RWB__FORWARD_BROKEN);
            }
            return;
        }
        rwb__wire_head head;
        bool no_body = rwb__exchange_is(f->x, "HEAD");
        if (rwb__wire_response(rwg__str_sub(input, 0, len), no_body, &head) != RWB__WIRE_OK) {
            fail(f, RWB__FORWARD_BROKEN);
            return;
        }
        bool tunnel = head.status == 101 && rwb__exchange_is_websocket(f->x);
        if (head.status >= 200 || tunnel) {
            take_answer(f, len, tunnel);
        } else if (++f->interims > INTERIM_HEADS) {
            fail(f, RWB__FORWARD_BROKEN);
        } else {
            f->in.bytes.len -= len;
            memmove(f->in.bytes.ptr, f->in.bytes.ptr + len, f->in.bytes.len);
            f->scan = 0;
        }
    }
}

static void on_upstream_read(void *payload, rwg_str bytes) {
    forward *f = payload;
    if (f->state == SEND) {
        rwg__buf_add(&f->in, bytes);
        read_heads(f);
    } else if (f->state == ANSWER) {
        pass_body(f, bytes);
    } else if (f->state == TUNNEL) {
        rwb__stream_write(f->client, bytes);
        if (rwb__stream_queued(f->client) > RWB__STREAM_HIGH) {
            rwb__stream_pause(f->upstream, true);
        }
    }
}

static void on_upstream_closed(void *payload, rwb__stream_end end) {
    forward *f = payload;
    if (f->options.explain && f->state == SEND && end == RWB__STREAM_ERROR) {
        f->options.explain(f->options.payload, rwb__stream_problem(f->upstream));
    }
    f->upstream = NULL;
    if (f->state == TUNNEL) {
        rwb__stream_finish(f->client); // frees when that has closed
    } else if (f->state == OVER) {
        if (!f->client) {
            free_forward(f);
        }
    } else if (f->state == ANSWER && f->reader.kind == RWB__WIRE_TO_END && end == RWB__STREAM_EOF) {
        end_answer(f);
    } else {
        fail(f, f->connected ? RWB__FORWARD_BROKEN : RWB__FORWARD_UNREACHABLE);
    }
}

/* ── Beginning ───────────────────────────────────────────────────────────────────────────────── */

static const rwb__header *
copy_headers(rwg__arena *arena, const rwb__header *headers, uint32_t count) {
    rwb__header *copy = rwg__arena_alloc(arena, count * sizeof *copy);
    for (uint32_t i = 0; i < count; i++) {
        copy[i].name = rwg__arena_str(arena, headers[i].name);
        copy[i].value = rwg__arena_str(arena, headers[i].value);
    }
    return copy;
}

void rwb__forward(rwb__loop *loop, rwb__exchange *x, const rwb__forward_options *options) {
    static const rwb__stream_events EVENTS = {
        .open = on_open,
        .read = on_upstream_read,
        .drain = on_upstream_drain,
        .closed = on_upstream_closed,
    };
    rwg__mem *mem = rwb__loop_mem(loop);
    forward *f = rwg__mem_zalloc(mem, sizeof *f);
    f->loop = loop;
    f->x = x;
    rwg__arena_init(&f->arena, mem);
    rwg__buf_init(&f->in, mem);
    f->options = *options;
    f->options.target = rwg__arena_str(&f->arena, options->target);
    f->options.address.host = rwg__arena_str(&f->arena, options->address.host);
    f->options.request_headers =
        copy_headers(&f->arena, options->request_headers, options->request_header_count);
    f->options.response_headers =
        copy_headers(&f->arena, options->response_headers, options->response_header_count);
    f->timer = rwb__timer_new(loop, on_timeout, f);
    f->options.timeout_ms = options->timeout_ms ? options->timeout_ms : TIMEOUT_MS;
    rwb__timer_start(f->timer, f->options.timeout_ms);
    rwb__exchange_on_gone(x, on_gone, f);
    f->upstream = rwb__stream_connect(loop, &options->address, &EVENTS, f);
    if (rwb__exchange_is_gone(x)) {
        settle(f, RWB__FORWARD_GONE);
    }
}
