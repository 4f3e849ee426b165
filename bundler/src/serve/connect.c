/* The way to the other side: its name looked up, its addresses tried one after another, TLS begun.
 *
 * A literal address is tried as it is, "localhost" as 127.0.0.1 and then ::1, whatever the machine
 * says of the name; other names are looked up on a thread of libuv's pool. */
#include "base/str.h"
#include "serve/stream.h"
#include "serve/stream_state.h"

#include <stdio.h>
#include <string.h>

/* Of what a lookup finds, the first ones are tried. */
#define ADDRESSES 8

struct rwb__dial {
    rwb__stream *stream;
    uv_connect_t connect;
    uv_getaddrinfo_t lookup;
    bool looking; /* the lookup has not called back */
    rwb__tls *tls;
    uint16_t port;
    uint32_t count;
    uint32_t next;
    struct sockaddr_storage addresses[ADDRESSES];
    char host[256];
};

bool rwb__dial_is_busy(const rwb__dial *dial) {
    return dial && dial->looking;
}

void rwb__dial_cancel(rwb__dial *dial) {
    if (rwb__dial_is_busy(dial)) {
        (void)uv_cancel((uv_req_t *)&dial->lookup);
    }
}

void rwb__dial_free(rwb__dial *dial, rwg__mem *mem) {
    if (dial) {
        rwg__mem_free(mem, dial, sizeof *dial);
    }
}

static void fail(rwb__stream *s, int error) {
    rwb__stream_set_problem(s, uv_strerror(error));
    rwb__stream_end_with(s, RWB__STREAM_ERROR);
}

static void try_next(rwb__dial *dial);

/* The handle of an address that did not answer is closed: on to the next one. */
static void try_again(uv_handle_t *handle) {
    rwb__stream *s = handle->data;
    if (s->state == RWB__STREAM_CLOSING) {
        s->handle_closed = true;
        rwb__stream_gone(s);
        return;
    }
    RWG_ASSERT(uv_tcp_init(rwb__loop_uv(s->loop), &s->uv.tcp) == 0);
    s->uv.handle.data = s;
    try_next(s->dial);
}

static void on_connect(uv_connect_t *request, int status) {
    rwb__dial *dial = request->data;
    rwb__stream *s = dial->stream;
    if (s->state == RWB__STREAM_CLOSING) {
        return;
    }
    if (status != 0 && dial->next < dial->count) {
        uv_close(&s->uv.handle, try_again);
    } else if (status != 0) {
        fail(s, status);
    } else {
        s->tls = dial->tls ? rwb__tls_session_to(dial->tls, dial->host) : NULL;
        rwb__stream_begin(s);
    }
}

static void try_next(rwb__dial *dial) {
    rwb__stream *s = dial->stream;
    const struct sockaddr *address = (const struct sockaddr *)&dial->addresses[dial->next++];
    (void)uv_tcp_nodelay(&s->uv.tcp, 1);
    int failed = uv_tcp_connect(&dial->connect, &s->uv.tcp, address, on_connect);
    if (failed) {
        fail(s, failed);
    }
}

/* Adds a literal address; false when the text is none. */
static bool add_literal(rwb__dial *dial, const char *text) {
    struct sockaddr_storage *room = &dial->addresses[dial->count];
    if (uv_ip4_addr(text, dial->port, (struct sockaddr_in *)room) != 0 &&
        uv_ip6_addr(text, dial->port, (struct sockaddr_in6 *)room) != 0) {
        return false;
    }
    dial->count++;
    return true;
}

static void on_found(uv_getaddrinfo_t *request, int status, struct addrinfo *found) {
    rwb__dial *dial = request->data;
    rwb__stream *s = dial->stream;
    dial->looking = false;
    for (const struct addrinfo *at = found; at && dial->count < ADDRESSES; at = at->ai_next) {
        if (at->ai_addrlen <= sizeof dial->addresses[0]) {
            memcpy(&dial->addresses[dial->count++], at->ai_addr, at->ai_addrlen);
        }
    }
    uv_freeaddrinfo(found);
    if (s->state == RWB__STREAM_CLOSING) {
        if (s->handle_closed) {
            rwb__stream_gone(s);
        }
    } else if (dial->count == 0) {
        fail(s, status != 0 ? status : UV_EAI_NODATA);
    } else {
        try_next(dial);
    }
}

static void look_up(rwb__dial *dial) {
    char port[8];
    (void)snprintf(port, sizeof port, "%u", dial->port);
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    dial->lookup.data = dial;
    int failed = uv_getaddrinfo(
        rwb__loop_uv(dial->stream->loop), &dial->lookup, on_found, dial->host, port, &hints
    );
    dial->looking = failed == 0;
    if (failed) {
        fail(dial->stream, failed);
    }
}

static void connect_tcp(rwb__dial *dial, rwg_str host) {
    RWG_ASSERT(uv_tcp_init(rwb__loop_uv(dial->stream->loop), &dial->stream->uv.tcp) == 0);
    dial->stream->uv.handle.data = dial->stream;
    if (host.len >= sizeof dial->host) {
        fail(dial->stream, UV_ENAMETOOLONG);
        return;
    }
    memcpy(dial->host, host.ptr, host.len);
    if (rwg__str_eq_c(host, "localhost")) {
        (void)add_literal(dial, "127.0.0.1");
        (void)add_literal(dial, "::1");
        try_next(dial);
    } else if (add_literal(dial, dial->host)) {
        try_next(dial);
    } else {
        look_up(dial);
    }
}

static void connect_pipe(rwb__dial *dial, rwg_str path) {
    char name[108]; // sun_path
    rwb__stream *s = dial->stream;
    RWG_ASSERT(uv_pipe_init(rwb__loop_uv(s->loop), &s->uv.pipe, 0) == 0);
    s->uv.handle.data = s;
    if (path.len >= sizeof name) {
        fail(s, UV_ENAMETOOLONG);
        return;
    }
    memcpy(name, path.ptr, path.len);
    name[path.len] = '\0';
    uv_pipe_connect(&dial->connect, &s->uv.pipe, name, on_connect);
}

rwb__stream *rwb__stream_connect(
    rwb__loop *loop, const rwb__address *address, const rwb__stream_events *events, void *payload
) {
    rwb__stream *s = rwb__stream_new(loop);
    rwb__stream_own(s, events, payload);
    s->paused = false;
    rwb__dial *dial = rwg__mem_zalloc(s->mem, sizeof *dial);
    s->dial = dial;
    dial->stream = s;
    dial->connect.data = dial;
    dial->port = address->port;
    dial->tls = address->tls;
    if (address->unix_path.len > 0) {
        connect_pipe(dial, address->unix_path);
    } else {
        connect_tcp(dial, address->host.len > 0 ? address->host : RWG_STR("127.0.0.1"));
    }
    return s;
}
