/* Listening, connections, and what time does to them. */
#include "serve/http.h"

#include "serve/http_state.h"

#include <string.h>
#include <sys/resource.h>

/* Ports tried after the one asked for. */
#define PORT_TRIES 100
/* Times that any free port is asked for, when the other family has it in use. */
#define FREE_TRIES 16
#define BACKLOG    511
#define SWEEP_MS   1000
/* Descriptors for what is no connection. */
#define OTHER_FILES 1024

/* ── Connections ─────────────────────────────────────────────────────────────────────────────── */

static void accept_one(rwb__listener *listener);

static void free_http(rwb__http *http) {
    rwb__tls_free(http->tls);
    rwg__buf_deinit(&http->head);
    rwg__arena_deinit(&http->arena);
    rwg__mem_free(http->mem, http, sizeof *http);
}

void rwb__http_unref(rwb__http *http) {
    if (--http->refs == 0) {
        free_http(http);
    }
}

static void free_conn(rwb__conn *conn) {
    rwb__http *http = conn->http;
    if (conn->prev) {
        conn->prev->next = conn->next;
    } else {
        http->conns = conn->next;
    }
    if (conn->next) {
        conn->next->prev = conn->prev;
    }
    rwg__buf_deinit(&conn->in);
    rwg__mem_free(http->mem, conn, sizeof *conn);
    http->conn_count--;
    for (int i = 0; i < 2 && !http->closed; i++) {
        if (http->listeners[i] && http->listeners[i]->waiting) {
            accept_one(http->listeners[i]);
        }
    }
    rwb__http_unref(http);
}

rwb__stream *rwb__conn_release_stream(rwb__conn *conn) {
    rwb__stream *stream = conn->stream;
    conn->stream = NULL;
    if (!conn->working) {
        free_conn(conn);
    }
    return stream;
}

void rwb__conn_set_state(rwb__conn *conn, rwb__conn_state state) {
    conn->state = (uint8_t)state;
    conn->since_ms = rwb__loop_now_ms(conn->http->loop);
    conn->head_ms = 0;
    if (state == RWB__CONN_HEAD) {
        conn->began_ms = conn->since_ms;
    }
}

void rwb__conn_finish(rwb__conn *conn) {
    rwb__conn_set_state(conn, RWB__CONN_CLOSING);
    rwb__stream_finish(conn->stream);
}

void rwb__conn_update_reading(rwb__conn *conn) {
    if (conn->stream) {
        rwb__stream_pause(conn->stream, conn->in.bytes.len - conn->in_at >= RWB__INPUT_MARK);
    }
}

/* Forgets the input that is worked on. */
static void drop_input(rwb__conn *conn) {
    if (conn->in_at == conn->in.bytes.len) {
        rwg__buf_clear(&conn->in);
        conn->in_at = 0;
    } else if (conn->in_at >= RWB__INPUT_MARK / 2) {
        conn->in.bytes.len -= conn->in_at;
        memmove(conn->in.bytes.ptr, conn->in.bytes.ptr + conn->in_at, conn->in.bytes.len);
        conn->in_at = 0;
    }
}

/* Looks for a head in the input; false when it is not whole, or the connection closes. */
static bool take_head(rwb__conn *conn) {
    rwg_str input = rwg__str_from(rwg__buf_str(&conn->in), conn->in_at);
    // Empty lines before a request line are let pass (RFC 9112 §2.2), also when they came in two
    // pieces.
    while (conn->scan <= 1 && input.len >= 2 && memcmp(input.ptr, "\r\n", 2) == 0) {
        conn->in_at += 2;
        conn->scan = 0;
        input = rwg__str_from(input, 2);
    }
    if (input.len == 0 || rwb__stream_queued(conn->stream) > RWB__STREAM_HIGH) {
        return false;
    }
    if (conn->head_ms == 0) {
        conn->head_ms = rwb__loop_now_ms(conn->http->loop);
    }
    uint32_t len = rwb__wire_head_length(input, &conn->scan);
    uint32_t limit = conn->http->options.limits.head_bytes;
    if (len > limit || (len == 0 && input.len > limit)) {
        rwb__conn_refuse(conn, 431);
        return false;
    }
    if (len == 0) {
        return false;
    }
    conn->scan = 0;
    rwb__exchange_begin(conn, len);
    return true;
}

void rwb__conn_work(rwb__conn *conn) {
    if (conn->working) {
        return;
    }
    conn->working = true;
    bool more = true;
    while (more && conn->stream) {
        if (conn->state == RWB__CONN_HEAD) {
            more = take_head(conn);
        } else {
            more = conn->state == RWB__CONN_BODY && rwb__exchange_take_body(conn);
        }
    }
    conn->working = false;
    if (!conn->stream) {
        free_conn(conn);
        return;
    }
    drop_input(conn);
    rwb__conn_update_reading(conn);
}

static void on_read(void *payload, rwg_str bytes) {
    rwb__conn *conn = payload;
    if (conn->state != RWB__CONN_CLOSING) {
        rwg__buf_add(&conn->in, bytes);
        if (conn->state == RWB__CONN_BODY) {
            conn->since_ms = rwb__loop_now_ms(conn->http->loop);
        }
        rwb__conn_work(conn);
    }
}

static void on_drain(void *payload) {
    rwb__conn *conn = payload;
    rwb__exchange *x = conn->x;
    if (x && x->drain_fn) {
        x->drain_fn(x->drain_payload);
    } else {
        rwb__conn_work(conn);
    }
}

static void on_closed(void *payload, rwb__stream_end end) {
    (void)end;
    rwb__conn *conn = payload;
    if (conn->x) {
        rwb__exchange_lose(conn->x);
    }
    free_conn(conn);
}

/* ── Time ────────────────────────────────────────────────────────────────────────────────────── */

/* The connection has used up its time. */
static bool is_overdue(rwb__conn *conn, uint64_t now) {
    const rwb__http_limits *limits = &conn->http->options.limits;
    uint64_t written = rwb__stream_written(conn->stream);
    if (written != conn->written) {
        conn->written = written;
        conn->since_ms = now;
    }
    if (conn->head_ms != 0 && now - conn->head_ms > limits->head_timeout_ms) {
        return true;
    }
    // Who waits for us to answer has time; who should take or send something has not.
    bool ours = conn->state == RWB__CONN_BUSY && rwb__stream_queued(conn->stream) == 0;
    bool held = conn->x && conn->x->body_stream && conn->x->body_paused;
    return !ours && !held && now - conn->since_ms > limits->idle_timeout_ms;
}

static void sweep(void *payload) {
    rwb__http *http = payload;
    uint64_t now = rwb__loop_now_ms(http->loop);
    for (rwb__conn *conn = http->conns; conn; conn = conn->next) {
        if (is_overdue(conn, now)) {
            rwb__stream_close(conn->stream);
        }
    }
    rwb__timer_start(http->sweep, SWEEP_MS);
}

/* The connection that waits for its client since longest: for a whole request, or for the client to
 * take what is queued. NULL = none. */
static rwb__conn *oldest_of(const rwb__http *http, bool idle) {
    rwb__conn *oldest = NULL;
    for (rwb__conn *conn = http->conns; conn; conn = conn->next) {
        bool waits = conn->state == RWB__CONN_HEAD || conn->state == RWB__CONN_BODY;
        bool fits = idle ? waits : !waits && rwb__stream_queued(conn->stream) > 0;
        if (fits && (!oldest || conn->began_ms <= oldest->began_ms)) {
            oldest = conn;
        }
    }
    return oldest;
}

/* Makes room: closes one that asks for nothing, else one that does not take its answer. */
static void evict(rwb__http *http) {
    rwb__conn *oldest = oldest_of(http, true);
    oldest = oldest ? oldest : oldest_of(http, false);
    if (oldest) {
        rwb__stream_close(oldest->stream);
    }
}

/* ── Listening ───────────────────────────────────────────────────────────────────────────────── */

static void accept_one(rwb__listener *listener) {
    static const rwb__stream_events EVENTS = {
        .read = on_read, .drain = on_drain, .closed = on_closed};
    rwb__http *http = listener->http;
    listener->waiting = http->conn_count >= http->options.limits.connections;
    if (listener->waiting) {
        evict(http);
        return;
    }
    rwb__stream *stream = rwb__stream_accept(http->loop, (uv_stream_t *)&listener->tcp, http->tls);
    if (!stream) {
        return;
    }
    rwb__conn *conn = rwg__mem_zalloc(http->mem, sizeof *conn);
    conn->http = http;
    conn->stream = stream;
    conn->is_tls = http->tls != NULL;
    conn->is_local = rwb__stream_is_local(stream);
    conn->next = http->conns;
    if (conn->next) {
        conn->next->prev = conn;
    }
    http->conns = conn;
    http->conn_count++;
    http->refs++;
    rwg__buf_init(&conn->in, http->mem);
    rwb__conn_set_state(conn, RWB__CONN_HEAD);
    rwb__stream_own(stream, &EVENTS, conn);
    rwb__stream_pause(stream, false);
}

static void on_connection(uv_stream_t *handle, int status) {
    if (status == 0) {
        accept_one(handle->data);
    }
}

static void free_listener(uv_handle_t *handle) {
    rwb__listener *listener = handle->data;
    rwb__http *http = listener->http;
    rwg__mem_free(http->mem, listener, sizeof *listener);
    rwb__http_unref(http);
}

static void close_listeners(rwb__http *http) {
    for (int i = 0; i < 2; i++) {
        if (http->listeners[i]) {
            uv_close((uv_handle_t *)&http->listeners[i]->tcp, free_listener);
            http->listeners[i] = NULL;
        }
    }
}

/* Listens on one address; 0 or libuv's error. */
static int listen_on(rwb__http *http, int slot, const char *host, uint16_t port) {
    // One socket for each family: what a socket of both takes differs between systems.
    unsigned flags = slot > 0 ? UV_TCP_IPV6ONLY : 0;
    struct sockaddr_storage address;
    int failed = uv_ip4_addr(host, port, (struct sockaddr_in *)&address);
    if (failed) {
        failed = uv_ip6_addr(host, port, (struct sockaddr_in6 *)&address);
    }
    if (failed) {
        return failed;
    }
    rwb__listener *listener = rwg__mem_zalloc(http->mem, sizeof *listener);
    listener->http = http;
    RWG_ASSERT(uv_tcp_init(rwb__loop_uv(http->loop), &listener->tcp) == 0);
    listener->tcp.data = listener;
    http->listeners[slot] = listener;
    http->refs++;
    failed = uv_tcp_bind(&listener->tcp, (const struct sockaddr *)&address, flags);
    if (!failed) {
        failed = uv_listen((uv_stream_t *)&listener->tcp, BACKLOG, on_connection);
    }
    if (!failed && http->port == 0) {
        int len = sizeof address;
        RWG_ASSERT(uv_tcp_getsockname(&listener->tcp, (struct sockaddr *)&address, &len) == 0);
        // The port is at the same place in both families' addresses.
        http->port = ntohs(((const struct sockaddr_in *)&address)->sin_port);
    }
    return failed;
}

/* All addresses of the host on one port (0 = any); 0 or libuv's error. */
static int listen_port(rwb__http *http, uint16_t port) {
    rwg_str host = http->options.host;
    http->port = port;
    int failed;
    bool every = rwg__str_eq_c(host, "*");
    if (host.len > 0 && !every && !rwg__str_eq_c(host, "localhost")) {
        failed = listen_on(http, 0, host.ptr, port);
    } else {
        failed = listen_on(http, 0, every ? "0.0.0.0" : "127.0.0.1", port);
        if (!failed) {
            // Browsers try either family for "localhost". A machine without IPv6 is fine.
            int second = listen_on(http, 1, every ? "::" : "::1", http->port);
            failed = second == UV_EADDRINUSE ? second : 0;
        }
    }
    if (failed) {
        close_listeners(http);
    }
    return failed;
}

static rwg_status listen_somewhere(rwb__http *http, rwg_error *err) {
    uint32_t first = http->options.port;
    uint32_t tries = first == 0 ? FREE_TRIES : http->options.strict_port ? 1 : PORT_TRIES;
    int failed = UV_EADDRINUSE;
    for (uint32_t i = 0; i < tries && failed == UV_EADDRINUSE; i++) {
        uint32_t port = first == 0 ? 0 : first + i;
        if (port > UINT16_MAX) {
            break;
        }
        failed = listen_port(http, (uint16_t)port);
    }
    if (failed == 0) {
        return RWG_OK;
    }
    if (failed == UV_EINVAL) {
        return rwg__error(
            err,
            RWG_INVALID,
            (rwg_str){0},
            "\"%s\" is not an address to listen on",
            http->options.host.ptr
        );
    }
    return rwg__error(
        err, RWG_IO, (rwg_str){0}, "cannot listen on port %u: %s", first, uv_strerror(failed)
    );
}

/* ── Server ──────────────────────────────────────────────────────────────────────────────────── */

static uint32_t limit_or(uint32_t value, uint32_t standard) {
    return value > 0 ? value : standard;
}

static void copy_options(rwb__http *http, const rwb__http_options *options) {
    http->options = *options;
    http->options.host = rwg__arena_str(&http->arena, options->host);
    http->options.base = rwg__arena_str(&http->arena, options->base);
    rwb__http_limits *limits = &http->options.limits;
    limits->head_bytes = limit_or(limits->head_bytes, 32 * 1024);
    limits->body_bytes = limit_or(limits->body_bytes, 16 * 1024 * 1024);
    limits->connections = limit_or(limits->connections, 1024);
    limits->upgrades = limit_or(limits->upgrades, 512);
    limits->head_timeout_ms = limit_or(limits->head_timeout_ms, 15 * 1000);
    limits->idle_timeout_ms = limit_or(limits->idle_timeout_ms, 65 * 1000);
}

/* Each connection is a descriptor, and files, the watcher and the app's processes need some too: as
 * many are asked of the system as may come together, and if it gives fewer, fewer are let in. */
static void fit_files(rwb__http_limits *limits) {
    struct rlimit files;
    rlim_t wanted = (rlim_t)limits->connections + limits->upgrades + OTHER_FILES;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= wanted) {
        return;
    }
    files.rlim_cur = files.rlim_max < wanted ? files.rlim_max : wanted;
    if (setrlimit(RLIMIT_NOFILE, &files) != 0) {
        (void)getrlimit(RLIMIT_NOFILE, &files);
    }
    if (files.rlim_cur < wanted) {
        uint32_t each = (uint32_t)(files.rlim_cur / 3) + 1;
        limits->connections = limits->connections < each ? limits->connections : each;
        limits->upgrades = limits->upgrades < each ? limits->upgrades : each;
    }
}

rwg_status
rwb__http_open(rwb__loop *loop, const rwb__http_options *options, rwb__http **out, rwg_error *err) {
    rwg__mem *mem = rwb__loop_mem(loop);
    rwb__http *http = rwg__mem_zalloc(mem, sizeof *http);
    http->loop = loop;
    http->mem = mem;
    http->refs = 1;
    rwg__arena_init(&http->arena, mem);
    rwg__buf_init(&http->head, mem);
    copy_options(http, options);
    fit_files(&http->options.limits);
    *out = NULL;
    rwg_status status = RWG_OK;
    if (options->cert_file.len > 0 || options->key_file.len > 0) {
        status = rwb__tls_new(mem, options->cert_file, options->key_file, &http->tls, err);
    }
    if (status == RWG_OK) {
        status = listen_somewhere(http, err);
    }
    if (status != RWG_OK) {
        rwb__http_unref(http);
        return status;
    }
    http->sweep = rwb__timer_new(loop, sweep, http);
    rwb__timer_start(http->sweep, SWEEP_MS);
    *out = http;
    return RWG_OK;
}

uint16_t rwb__http_port(const rwb__http *http) {
    return http->port;
}

bool rwb__http_is_tls(const rwb__http *http) {
    return http->tls != NULL;
}

uint32_t rwb__http_connections(const rwb__http *http) {
    return http->conn_count;
}

void rwb__http_close(rwb__http *http) {
    if (!http || http->closed) {
        return;
    }
    http->closed = true;
    rwb__timer_free(http->sweep);
    http->sweep = NULL;
    close_listeners(http);
    for (rwb__conn *conn = http->conns; conn; conn = conn->next) {
        if (conn->stream) {
            rwb__stream_close(conn->stream);
        }
    }
    // Streams that were taken are not ours to close: their owners are told.
    for (rwb__exchange *x = http->exchanges, *next; x; x = next) {
        next = x->next;
        if (x->taken) {
            rwb__exchange_lose(x);
        }
    }
    rwb__http_unref(http);
}
