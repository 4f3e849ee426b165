/* rwb__post: one request of our own, its answer collected. */
#include "base/buf.h"
#include "serve/forward.h"
#include "serve/wire.h"

#define HEAD_BYTES  (64u * 1024)
#define REPLY_BYTES (16u * 1024 * 1024)
#define TIMEOUT_MS  (60u * 1000)

struct rwb__call {
    rwb__loop *loop;
    rwb__stream *stream; /* NULL once closed */
    rwb__timer *timer;
    rwb__reply_fn done; /* NULL once called */
    void *payload;
    rwg__buf request;
    rwg__buf in;
    rwg__buf body;
    uint32_t scan;
    uint16_t status; /* 0 = no head yet */
    bool connected;
    rwb__wire_reader reader;
};

static void free_call(rwb__call *call) {
    rwb__timer_free(call->timer);
    rwg__buf_deinit(&call->request);
    rwg__buf_deinit(&call->in);
    rwg__buf_deinit(&call->body);
    rwg__mem_free(rwb__loop_mem(call->loop), call, sizeof *call);
}

/* Tells the caller, once; memory goes when the stream has closed. */
static void finish(rwb__call *call, rwb__forward_end end) {
    rwb__reply_fn done = call->done;
    call->done = NULL;
    rwb__timer_stop(call->timer);
    if (call->stream) {
        rwb__stream_close(call->stream);
    }
    if (done) {
        rwb__reply reply = {end, call->status, rwg__buf_str(&call->body)};
        if (end != RWB__FORWARD_DONE) {
            reply.status = 0;
            reply.body = (rwg_str){"", 0};
        }
        done(call->payload, &reply);
    }
}

static void on_timeout(void *payload) {
    rwb__call *call = payload;
    finish(call, call->connected ? RWB__FORWARD_TIMEOUT : RWB__FORWARD_UNREACHABLE);
}

static void on_open(void *payload) {
    rwb__call *call = payload;
    call->connected = true;
    rwb__stream_write(call->stream, rwg__buf_str(&call->request));
}

static void read_body(rwb__call *call, rwg_str bytes) {
    rwg_str part;
    rwb__wire_status status;
    do {
        status = rwb__wire_read(&call->reader, &bytes, &part);
        rwg__buf_add(&call->body, part);
    } while (status == RWB__WIRE_MORE && part.len > 0);
    if (status == RWB__WIRE_OK) {
        finish(call, RWB__FORWARD_DONE);
    } else if (status != RWB__WIRE_MORE || call->body.bytes.len > REPLY_BYTES) {
        finish(call, RWB__FORWARD_BROKEN);
    }
}

static void on_read(void *payload, rwg_str bytes) {
    rwb__call *call = payload;
    if (!call->done) {
        return;
    }
    if (call->status != 0) {
        read_body(call, bytes);
        return;
    }
    rwg__buf_add(&call->in, bytes);
    rwg_str input = rwg__buf_str(&call->in);
    uint32_t len = rwb__wire_head_length(input, &call->scan);
    rwb__wire_head head;
    if (len == 0 && input.len <= HEAD_BYTES) {
        return;
    }
    if (len == 0 || rwb__wire_response(rwg__str_sub(input, 0, len), false, &head) != RWB__WIRE_OK ||
        head.status < 200) {
        finish(call, RWB__FORWARD_BROKEN);
        return;
    }
    call->status = head.status;
    rwb__wire_reader_init(&call->reader, &head);
    read_body(call, rwg__str_from(input, len));
}

static void on_closed(void *payload, rwb__stream_end end) {
    rwb__call *call = payload;
    call->stream = NULL;
    if (call->done) {
        bool whole =
            call->status != 0 && call->reader.kind == RWB__WIRE_TO_END && end == RWB__STREAM_EOF;
        finish(
            call,
            whole             ? RWB__FORWARD_DONE
            : call->connected ? RWB__FORWARD_BROKEN
                              : RWB__FORWARD_UNREACHABLE
        );
    }
    free_call(call);
}

rwb__call *
rwb__post(rwb__loop *loop, const rwb__post_options *options, rwb__reply_fn done, void *payload) {
    static const rwb__stream_events EVENTS = {
        .open = on_open, .read = on_read, .closed = on_closed};
    rwg__mem *mem = rwb__loop_mem(loop);
    rwb__call *call = rwg__mem_zalloc(mem, sizeof *call);
    call->loop = loop;
    call->done = done;
    call->payload = payload;
    rwg__buf_init(&call->request, mem);
    rwg__buf_init(&call->in, mem);
    rwg__buf_init(&call->body, mem);
    rwg__buf *out = &call->request;
    rwg__buf_add(out, RWG_STR("POST "));
    rwg__buf_add(out, options->target);
    rwg__buf_printf(
        out,
        " HTTP/1.1\r\nhost: 127.0.0.1:%u\r\nconnection: close\r\ncontent-length: %u\r\n",
        options->address.port,
        options->body.len
    );
    for (uint32_t i = 0; i < options->header_count; i++) {
        const rwb__header *header = &options->headers[i];
        if (rwb__wire_is_value(header->name) && rwb__wire_is_value(header->value)) {
            rwg__buf_add(out, header->name);
            rwg__buf_add(out, RWG_STR(": "));
            rwg__buf_add(out, header->value);
            rwg__buf_add(out, RWG_STR("\r\n"));
        }
    }
    rwg__buf_add(out, RWG_STR("\r\n"));
    rwg__buf_add(out, options->body);
    call->timer = rwb__timer_new(loop, on_timeout, call);
    rwb__timer_start(call->timer, options->timeout_ms ? options->timeout_ms : TIMEOUT_MS);
    call->stream = rwb__stream_connect(loop, &options->address, &EVENTS, call);
    return call;
}

void rwb__post_cancel(rwb__call *call) {
    call->done = NULL;
    finish(call, RWB__FORWARD_GONE);
}
