/* Streams over libuv: a queue of shared bytes, written as far as the socket takes them. States and
 * invariants are in stream_state.h. */
#include "serve/stream.h"

#include "base/str.h"
#include "serve/stream_state.h"

#include <stdio.h>
#include <string.h>

/* Buffers given to one write. */
#define WRITE_ITEMS 16
/* Written items at the front of the queue from which on it pays to move the others down. */
#define COMPACT_ITEMS 64
/* Plain text encrypted at a time. */
#define TLS_PART (64u * 1024)
/* Ciphertext that may wait: handshakes and key updates of one who does not read. */
#define TLS_WAITING (1024u * 1024)
#define LINGER_MS   1000
/* Without a byte taken, of what is left when all is over. */
#define FLUSH_MS     (30u * 1000)
#define LINGER_BYTES (8u * 1024 * 1024)
#define KEEPALIVE_S  60

static void pump(rwb__stream *s);

static void free_stream(rwb__stream *s) {
    for (uint32_t i = s->first; i < s->items.len; i++) {
        rwb__bytes_drop(s->items.ptr[i].bytes);
    }
    rwg__vec_free(&s->items, s->mem);
    rwb__timer_free(s->patience);
    rwb__dial_free(s->dial, s->mem);
    rwb__tls_session_free(s->tls);
    rwg__buf_deinit(&s->plain);
    rwg__buf_deinit(&s->waiting);
    rwg__buf_deinit(&s->wire);
    rwg__mem_free(s->mem, s, sizeof *s);
}

void rwb__stream_gone(rwb__stream *s) {
    s->events.closed(s->payload, (rwb__stream_end)s->end);
    free_stream(s);
}

static void on_closed(uv_handle_t *handle) {
    rwb__stream *s = handle->data;
    s->handle_closed = true;
    if (!rwb__dial_is_busy(s->dial)) {
        rwb__stream_gone(s);
    }
}

void rwb__stream_set_problem(rwb__stream *s, const char *text) {
    if (s->problem[0] == '\0') {
        (void)snprintf(s->problem, sizeof s->problem, "%s", text);
    }
}

const char *rwb__stream_problem(const rwb__stream *s) {
    return s->problem;
}

void rwb__stream_end_with(rwb__stream *s, rwb__stream_end end) {
    if (s->state != RWB__STREAM_CLOSING) {
        s->state = RWB__STREAM_CLOSING;
        s->end = (uint8_t)end;
        rwb__dial_cancel(s->dial);
        if (!uv_is_closing(&s->uv.handle)) {
            uv_close(&s->uv.handle, on_closed);
        }
    }
}

static void lose_patience(void *payload) {
    rwb__stream *s = payload;
    if (s->state == RWB__STREAM_FLUSHING && rwb__stream_written(s) != s->flushed) {
        s->flushed = rwb__stream_written(s);
        rwb__timer_start(s->patience, FLUSH_MS);
    } else {
        rwb__stream_end_with(s, RWB__STREAM_CLOSED);
    }
}

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *out) {
    (void)suggested;
    rwb__stream *s = handle->data;
    *out = rwb__loop_read_room(s->loop);
}

static void become_ready(rwb__stream *s) {
    s->ready = true;
    if (s->events.open) {
        s->events.open(s->payload);
    }
}

static void take_tls(rwb__stream *s, rwg_str bytes) {
    rwg__buf_clear(&s->plain);
    bool alive = rwb__tls_receive(s->tls, bytes, &s->plain, &s->waiting);
    if (!s->ready && rwb__tls_is_ready(s->tls)) {
        become_ready(s);
    }
    pump(s);
    rwg_str plain = rwg__buf_str(&s->plain);
    if (plain.len > 0 && s->state == RWB__STREAM_OPEN) {
        s->events.read(s->payload, plain);
    }
    if (!alive || s->waiting.bytes.len > TLS_WAITING) {
        rwb__stream_set_problem(s, rwb__tls_problem(s->tls));
        // What breaks off is no end: half an answer would pass for a whole one.
        bool ended = s->ready && rwb__tls_said_goodbye(s->tls);
        rwb__stream_end_with(s, ended ? RWB__STREAM_EOF : RWB__STREAM_ERROR);
    }
}

static void on_read(uv_stream_t *handle, ssize_t count, const uv_buf_t *buf) {
    rwb__stream *s = handle->data;
    if (count < 0) {
        rwb__stream_set_problem(s, uv_strerror((int)count));
        rwb__stream_end_with(s, count == UV_EOF ? RWB__STREAM_EOF : RWB__STREAM_ERROR);
        return;
    }
    rwg_str bytes = {buf->base, (uint32_t)count};
    if (s->state == RWB__STREAM_LINGERING || s->state == RWB__STREAM_FLUSHING) {
        s->thrown_away += bytes.len;
        if (s->thrown_away > LINGER_BYTES) {
            rwb__stream_end_with(s, RWB__STREAM_CLOSED);
        }
    } else if (bytes.len > 0 && s->state == RWB__STREAM_OPEN) {
        if (s->tls) {
            take_tls(s, bytes);
        } else {
            s->events.read(s->payload, bytes);
        }
    }
}

static void on_shutdown(uv_shutdown_t *request, int status) {
    rwb__stream *s = request->data;
    if (status != 0) {
        rwb__stream_end_with(s, RWB__STREAM_CLOSED);
    }
}

/* All is written: says goodbye, and waits for the other side to do so. */
static void linger(rwb__stream *s) {
    s->state = RWB__STREAM_LINGERING;
    s->shutdown.data = s;
    if (uv_shutdown(&s->shutdown, &s->uv.stream, on_shutdown) != 0) {
        rwb__stream_end_with(s, RWB__STREAM_CLOSED);
        return;
    }
    rwb__timer_start(s->patience, LINGER_MS);
    s->paused = false;
    (void)uv_read_start(&s->uv.stream, give_room, on_read);
}

/* The first count bytes of the queue are written. */
static void consume(rwb__stream *s, uint64_t count) {
    s->queued -= count;
    while (count > 0) {
        rwb__stream_item *head = &s->items.ptr[s->first];
        if (count < head->rest.len) {
            head->rest = rwg__str_from(head->rest, (uint32_t)count);
            return;
        }
        count -= head->rest.len;
        rwb__bytes_drop(head->bytes);
        s->first++;
    }
    if (s->first == s->items.len) {
        s->first = 0;
        s->items.len = 0;
    }
}

static void on_written(uv_write_t *request, int status) {
    rwb__stream *s = request->data;
    s->writing = false;
    if (s->state == RWB__STREAM_CLOSING) {
        return;
    }
    if (status != 0) {
        rwb__stream_end_with(s, RWB__STREAM_ERROR);
        return;
    }
    if (s->tls) {
        s->written += s->wire.bytes.len;
        rwg__buf_clear(&s->wire);
    } else {
        uint64_t count = 0;
        for (uint32_t i = 0; i < s->in_flight; i++) {
            count += s->items.ptr[s->first + i].rest.len;
        }
        s->written += count;
        consume(s, count);
        s->in_flight = 0;
    }
    pump(s);
    if (s->full && s->queued <= RWB__STREAM_LOW && s->state == RWB__STREAM_OPEN) {
        s->full = false;
        if (s->events.drain) {
            s->events.drain(s->payload);
        }
    }
}

/* Writes what the socket takes at once and leaves the rest in flight. */
static bool write_some(rwb__stream *s, uv_buf_t *bufs, unsigned count, uint64_t *out_done) {
    int done = uv_try_write(&s->uv.stream, bufs, count);
    *out_done = done > 0 ? (uint64_t)done : 0;
    if (done < 0 && done != UV_EAGAIN) {
        rwb__stream_end_with(s, RWB__STREAM_ERROR);
        return false;
    }
    s->written += *out_done;
    return true;
}

static bool start_write(rwb__stream *s, const uv_buf_t *bufs, unsigned count) {
    s->write.data = s;
    s->given = 0;
    for (unsigned i = 0; i < count; i++) {
        s->given += bufs[i].len;
    }
    if (uv_write(&s->write, &s->uv.stream, bufs, count, on_written) != 0) {
        rwb__stream_end_with(s, RWB__STREAM_ERROR);
        return false;
    }
    s->writing = true;
    return true;
}

static uint32_t fill_bufs(const rwb__stream *s, uv_buf_t bufs[WRITE_ITEMS]) {
    uint32_t count = 0;
    while (count < WRITE_ITEMS && s->first + count < s->items.len) {
        rwg_str rest = s->items.ptr[s->first + count].rest;
        bufs[count++] = uv_buf_init((char *)(uintptr_t)rest.ptr, rest.len);
    }
    return count;
}

static void pump_plain(rwb__stream *s) {
    while (!s->writing && s->first < s->items.len) {
        uv_buf_t bufs[WRITE_ITEMS];
        uint32_t count = fill_bufs(s, bufs);
        uint64_t wanted = 0;
        for (uint32_t i = 0; i < count; i++) {
            wanted += bufs[i].len;
        }
        uint64_t done;
        if (!write_some(s, bufs, count, &done)) {
            return;
        }
        consume(s, done);
        if (done < wanted) {
            s->in_flight = fill_bufs(s, bufs);
            if (!start_write(s, bufs, s->in_flight)) {
                return;
            }
        }
    }
}

/* Moves a part of the queue into `waiting`. */
static bool encrypt_some(rwb__stream *s) {
    uint32_t taken = 0;
    while (s->first < s->items.len && taken < TLS_PART) {
        rwg_str rest = s->items.ptr[s->first].rest;
        uint32_t part = rest.len < TLS_PART - taken ? rest.len : TLS_PART - taken;
        if (!rwb__tls_send(s->tls, rwg__str_sub(rest, 0, part), &s->waiting)) {
            rwb__stream_end_with(s, RWB__STREAM_ERROR);
            return false;
        }
        taken += part;
        consume(s, part);
    }
    return taken > 0;
}

static void pump_tls(rwb__stream *s) {
    while (!s->writing) {
        if (s->waiting.bytes.len == 0 && (!rwb__tls_is_ready(s->tls) || !encrypt_some(s))) {
            return;
        }
        rwg__buf swap = s->wire;
        s->wire = s->waiting;
        s->waiting = swap;
        uv_buf_t buf = uv_buf_init(s->wire.bytes.ptr, s->wire.bytes.len);
        uint64_t done;
        if (!write_some(s, &buf, 1, &done)) {
            return;
        }
        if (done < buf.len) {
            s->written -= done; // counted as a whole when it is all written
            buf = uv_buf_init(s->wire.bytes.ptr + done, s->wire.bytes.len - (uint32_t)done);
            if (!start_write(s, &buf, 1)) {
                return;
            }
        } else {
            rwg__buf_clear(&s->wire);
        }
    }
}

static bool is_flushed(const rwb__stream *s) {
    return !s->writing && s->first == s->items.len && s->waiting.bytes.len == 0;
}

static void pump(rwb__stream *s) {
    if ((s->state != RWB__STREAM_OPEN && s->state != RWB__STREAM_FLUSHING) || s->corked) {
        return;
    }
    if (s->tls) {
        pump_tls(s);
    } else {
        pump_plain(s);
    }
    if (s->state == RWB__STREAM_FLUSHING && s->tls && !s->said_goodbye && is_flushed(s)) {
        s->said_goodbye = true;
        rwb__tls_finish(s->tls, &s->waiting);
        pump_tls(s);
    }
    if (s->state == RWB__STREAM_FLUSHING && is_flushed(s)) {
        linger(s);
    }
}

rwb__stream *rwb__stream_new(rwb__loop *loop) {
    rwg__mem *mem = rwb__loop_mem(loop);
    rwb__stream *s = rwg__mem_zalloc(mem, sizeof *s);
    s->loop = loop;
    s->mem = mem;
    s->paused = true;
    rwg__buf_init(&s->plain, mem);
    rwg__buf_init(&s->waiting, mem);
    rwg__buf_init(&s->wire, mem);
    return s;
}

static void free_refused(uv_handle_t *handle) {
    free_stream(handle->data);
}

rwb__stream *rwb__stream_accept(rwb__loop *loop, uv_stream_t *listener, rwb__tls *tls) {
    rwb__stream *s = rwb__stream_new(loop);
    RWG_ASSERT(uv_tcp_init(rwb__loop_uv(loop), &s->uv.tcp) == 0);
    s->uv.handle.data = s;
    s->state = RWB__STREAM_OPEN;
    s->ready = true;
    if (uv_accept(listener, &s->uv.stream) != 0) {
        uv_close(&s->uv.handle, free_refused);
        return NULL;
    }
    (void)uv_tcp_nodelay(&s->uv.tcp, 1);
    // A machine that went to sleep or away is noticed, even if there is nothing to say to it.
    (void)uv_tcp_keepalive(&s->uv.tcp, 1, KEEPALIVE_S);
    s->tls = tls ? rwb__tls_session_new(tls) : NULL;
    return s;
}

bool rwb__stream_is_local(const rwb__stream *s) {
    struct sockaddr_storage peer;
    int len = sizeof peer;
    if (uv_tcp_getpeername(&s->uv.tcp, (struct sockaddr *)&peer, &len) != 0) {
        return false;
    }
    if (peer.ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)&peer;
        return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
    }
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&peer;
    return peer.ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

void rwb__stream_begin(rwb__stream *s) {
    s->state = RWB__STREAM_OPEN;
    if (!s->paused) {
        (void)uv_read_start(&s->uv.stream, give_room, on_read);
    }
    if (s->tls) {
        take_tls(s, RWG_STR("")); // the first word is ours
    } else {
        become_ready(s);
        pump(s);
    }
}

void rwb__stream_own(rwb__stream *s, const rwb__stream_events *events, void *payload) {
    s->events = *events;
    s->payload = payload;
}

void rwb__stream_pause(rwb__stream *s, bool paused) {
    if (s->paused == paused || s->state == RWB__STREAM_CLOSING ||
        s->state == RWB__STREAM_LINGERING) {
        return;
    }
    s->paused = paused;
    if (s->state == RWB__STREAM_CONNECTING) {
        return;
    }
    if (paused) {
        (void)uv_read_stop(&s->uv.stream);
    } else {
        (void)uv_read_start(&s->uv.stream, give_room, on_read);
    }
}

void rwb__stream_write_bytes(rwb__stream *s, rwb__bytes *bytes, rwg_str part) {
    if (part.len == 0 || (s->state != RWB__STREAM_OPEN && s->state != RWB__STREAM_CONNECTING)) {
        return;
    }
    if (s->first >= COMPACT_ITEMS && s->first > s->items.len / 2) {
        s->items.len -= s->first;
        memmove(s->items.ptr, s->items.ptr + s->first, s->items.len * sizeof *s->items.ptr);
        s->first = 0;
    }
    *rwg__vec_push(&s->items, s->mem) = (rwb__stream_item){rwb__bytes_keep(bytes), part};
    s->queued += part.len;
    pump(s);
    if (s->queued > RWB__STREAM_HIGH) {
        s->full = true;
    }
}

void rwb__stream_write(rwb__stream *s, rwg_str text) {
    if (text.len > 0 && (s->state == RWB__STREAM_OPEN || s->state == RWB__STREAM_CONNECTING)) {
        rwb__bytes *bytes = rwb__bytes_new(s->mem, text);
        rwb__stream_write_bytes(s, bytes, rwb__bytes_str(bytes));
        rwb__bytes_drop(bytes);
    }
}

void rwb__stream_cork(rwb__stream *s, bool corked) {
    s->corked = corked;
    pump(s);
}

uint64_t rwb__stream_queued(const rwb__stream *s) {
    return s->queued;
}

uint64_t rwb__stream_written(const rwb__stream *s) {
    // One write may be megabytes, which somebody far away takes minutes for.
    uint64_t left = s->writing ? uv_stream_get_write_queue_size(&s->uv.stream) : 0;
    return s->written + (s->writing && s->given > left ? s->given - left : 0);
}

void rwb__stream_finish(rwb__stream *s) {
    if (s->state == RWB__STREAM_CONNECTING || (s->state == RWB__STREAM_OPEN && !s->ready)) {
        rwb__stream_end_with(s, RWB__STREAM_CLOSED);
    } else if (s->state == RWB__STREAM_OPEN) {
        s->state = RWB__STREAM_FLUSHING;
        s->corked = false;
        s->flushed = rwb__stream_written(s);
        s->patience = rwb__timer_new(s->loop, lose_patience, s);
        rwb__timer_start(s->patience, FLUSH_MS);
        pump(s);
    }
}

void rwb__stream_close(rwb__stream *s) {
    rwb__stream_end_with(s, RWB__STREAM_CLOSED);
}
