/* WebSocket clients of the server.
 *
 *   OPEN ──we or they say close──▶ CLOSING ──stream closed──▶ gone
 *
 * A client is in the list until its stream has closed. */
#include "serve/ws.h"

#include "serve/frame.h"
#include "serve/stream.h"
#include "serve/wire.h"

#include <string.h>

struct rwb__ws_client {
    rwb__ws *ws;
    rwb__ws_client *next;
    rwb__ws_client *prev;
    rwb__exchange *x; /* that asked for the WebSocket; its end says that there is one less */
    rwb__stream *stream;
    rwb__frames frames;
    void *value;
    bool closing; /* a close frame was sent */
    bool heard;   /* something came since the last ping */
};

struct rwb__ws {
    rwb__loop *loop;
    rwg__mem *mem;
    rwb__ws_options options;
    rwb__ws_client *clients;
    uint32_t count;
    rwb__timer *ping;
    rwg__buf scratch; /* for frames */
    bool freed;
};

static void free_ws(rwb__ws *ws) {
    rwb__timer_free(ws->ping);
    rwg__buf_deinit(&ws->scratch);
    rwg__mem_free(ws->mem, ws, sizeof *ws);
}

static void send_frame(rwb__ws_client *client, rwb__frame_op op, rwg_str data) {
    rwg__buf *scratch = &client->ws->scratch;
    rwg__buf_clear(scratch);
    rwb__frame_write(scratch, op, data);
    rwb__stream_write(client->stream, rwg__buf_str(scratch));
}

/* One who does not read what is sent is cut off. */
static void check_queue(rwb__ws_client *client) {
    if (rwb__stream_queued(client->stream) > client->ws->options.queue_bytes) {
        client->closing = true;
        rwb__stream_close(client->stream);
    }
}

void rwb__ws_close(rwb__ws_client *client, uint16_t code, const char *reason) {
    if (client->closing) {
        return;
    }
    char data[125];
    rwg_str text = rwg__str_c(reason);
    text.len = text.len > sizeof data - 2 ? (uint32_t)sizeof data - 2 : text.len;
    data[0] = (char)(code >> 8);
    data[1] = (char)(code & 0xff);
    memcpy(data + 2, text.ptr, text.len);
    send_frame(client, RWB__FRAME_CLOSE, (rwg_str){data, text.len + 2});
    client->closing = true;
    rwb__stream_finish(client->stream);
}

/* What the other side said is said back. frame.c has looked at it. */
static uint16_t close_code(rwg_str data) {
    return data.len < 2 ? 1000 : (uint16_t)((uint8_t)data.ptr[0] << 8 | (uint8_t)data.ptr[1]);
}

static bool on_frame(void *payload, rwb__frame_op op, rwg_str data) {
    rwb__ws_client *client = payload;
    rwb__ws *ws = client->ws;
    switch (op) {
    case RWB__FRAME_TEXT:
        if (ws->options.message) {
            ws->options.message(ws->options.payload, client, data);
        }
        break;
    case RWB__FRAME_BINARY: rwb__ws_close(client, 1003, "text only"); break;
    case RWB__FRAME_PING:
        send_frame(client, RWB__FRAME_PONG, data);
        check_queue(client);
        break;
    case RWB__FRAME_CLOSE: rwb__ws_close(client, close_code(data), ""); break;
    case RWB__FRAME_PONG:
    case RWB__FRAME_CONTINUE: break;
    }
    return !client->closing;
}

static void on_read(void *payload, rwg_str bytes) {
    rwb__ws_client *client = payload;
    client->heard = true;
    if (!client->closing) {
        uint16_t fault = rwb__frames_feed(&client->frames, bytes, on_frame, client);
        if (fault != 0) {
            rwb__ws_close(client, fault, "");
        }
    }
}

static void on_closed(void *payload, rwb__stream_end end) {
    (void)end;
    rwb__ws_client *client = payload;
    rwb__ws *ws = client->ws;
    if (client->prev) {
        client->prev->next = client->next;
    } else {
        ws->clients = client->next;
    }
    if (client->next) {
        client->next->prev = client->prev;
    }
    ws->count--;
    if (ws->options.close && !ws->freed) {
        ws->options.close(ws->options.payload, client);
    }
    rwb__exchange_release(client->x);
    rwb__frames_deinit(&client->frames);
    rwg__mem_free(ws->mem, client, sizeof *client);
    if (ws->freed && !ws->clients) {
        free_ws(ws);
    }
}

static void ping_all(void *payload) {
    rwb__ws *ws = payload;
    for (rwb__ws_client *client = ws->clients; client; client = client->next) {
        if (!client->heard) {
            client->closing = true;
            rwb__stream_close(client->stream);
        } else if (!client->closing) {
            client->heard = false;
            send_frame(client, RWB__FRAME_PING, (rwg_str){"", 0});
        }
    }
    rwb__timer_start(ws->ping, ws->options.ping_ms);
}

rwb__ws *rwb__ws_new(rwb__loop *loop, const rwb__ws_options *options) {
    rwg__mem *mem = rwb__loop_mem(loop);
    rwb__ws *ws = rwg__mem_zalloc(mem, sizeof *ws);
    ws->loop = loop;
    ws->mem = mem;
    ws->options = *options;
    ws->options.message_bytes = options->message_bytes ? options->message_bytes : 1024 * 1024;
    ws->options.queue_bytes = options->queue_bytes ? options->queue_bytes : 4 * 1024 * 1024;
    ws->options.ping_ms = options->ping_ms ? options->ping_ms : 30 * 1000;
    rwg__buf_init(&ws->scratch, mem);
    ws->ping = rwb__timer_new(loop, ping_all, ws);
    rwb__timer_start(ws->ping, ws->options.ping_ms);
    return ws;
}

void rwb__ws_free(rwb__ws *ws) {
    if (!ws) {
        return;
    }
    for (rwb__ws_client *client = ws->clients; client; client = client->next) {
        if (ws->options.close) {
            ws->options.close(ws->options.payload, client);
        }
        client->closing = true;
        rwb__stream_close(client->stream);
    }
    ws->freed = true;
    rwb__timer_stop(ws->ping);
    if (!ws->clients) {
        free_ws(ws);
    }
}

/* ── The handshake ───────────────────────────────────────────────────────────────────────────── */

/* 16 bytes in base64. */
static bool is_key(rwg_str key) {
    return key.len == 24 && key.ptr[22] == '=' && key.ptr[23] == '=';
}

static rwb__refusal judge(const rwb__ws *ws, const rwb__exchange *x) {
    const rwb__access *access = ws->options.access;
    rwg_str origin = rwb__exchange_header(x, "origin");
    // Programs send no Origin, and could lie about it anyway: the token is for pages, which any
    // site can make open a WebSocket.
    if (!access || origin.len == 0) {
        return RWB__REFUSE_NONE;
    }
    if (!rwb__origin_allowed(access, origin, rwb__exchange_header(x, "host"))) {
        return RWB__REFUSE_ORIGIN;
    }
    if (access->token.len > 0 && !rwb__token_equal(access->token, rwb__exchange_query(x)->token)) {
        return RWB__REFUSE_TOKEN;
    }
    return RWB__REFUSE_NONE;
}

static void refuse(rwb__exchange *x) {
    static const rwb__header HEADERS[] = {
        {{"Sec-WebSocket-Version", 21}, {"13", 2}},
        {{"Upgrade", 7}, {"websocket", 9}},
    };
    rwb__response response = {.status = 426, .headers = HEADERS, .header_count = 2};
    rwb__respond(x, &response);
}

static void join(rwb__ws *ws, rwb__exchange *x) {
    static const rwb__stream_events EVENTS = {.read = on_read, .closed = on_closed};
    char accept[29];
    rwb__frame_accept(rwb__exchange_header(x, "sec-websocket-key"), accept);
    rwg_str rest;
    rwb__stream *stream = rwb__exchange_take_stream(x, &rest);
    if (!stream) {
        rwb__respond_text(x, 400, "text/plain; charset=utf-8", (rwg_str){"", 0});
        return;
    }
    rwg__buf_clear(&ws->scratch);
    rwg__buf_printf(
        &ws->scratch,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: %s\r\nSec-WebSocket-Protocol: %.*s\r\n\r\n",
        accept,
        (int)ws->options.protocol.len,
        ws->options.protocol.ptr
    );
    rwb__ws_client *client = rwg__mem_zalloc(ws->mem, sizeof *client);
    client->ws = ws;
    client->x = x;
    client->stream = stream;
    client->heard = true;
    rwb__frames_init(&client->frames, ws->mem, ws->options.message_bytes);
    client->next = ws->clients;
    if (client->next) {
        client->next->prev = client;
    }
    ws->clients = client;
    ws->count++;
    rwb__stream_own(stream, &EVENTS, client);
    rwb__stream_write(stream, rwg__buf_str(&ws->scratch));
    rwb__stream_pause(stream, false);
    if (ws->options.open) {
        ws->options.open(ws->options.payload, client);
    }
    if (rest.len > 0) {
        on_read(client, rest);
    }
}

void rwb__ws_accept(rwb__ws *ws, rwb__exchange *x) {
    bool asked =
        rwb__exchange_is_websocket(x) &&
        rwg__str_eq_c(rwb__exchange_header(x, "sec-websocket-version"), "13") &&
        is_key(rwb__exchange_header(x, "sec-websocket-key")) &&
        rwb__wire_has_item(rwb__exchange_header(x, "sec-websocket-protocol"), ws->options.protocol);
    rwb__refusal refusal = judge(ws, x);
    if (refusal != RWB__REFUSE_NONE) {
        rwb__respond_refusal(x, refusal);
    } else if (!asked) {
        refuse(x);
    } else {
        join(ws, x);
    }
}

/* ── Sending ─────────────────────────────────────────────────────────────────────────────────── */

uint32_t rwb__ws_count(const rwb__ws *ws) {
    return ws->count;
}

void rwb__ws_send(rwb__ws_client *client, rwg_str text) {
    if (!client->closing) {
        send_frame(client, RWB__FRAME_TEXT, text);
        check_queue(client);
    }
}

void rwb__ws_broadcast(rwb__ws *ws, rwg_str text) {
    rwg__buf_clear(&ws->scratch);
    rwb__frame_write(&ws->scratch, RWB__FRAME_TEXT, text);
    rwb__bytes *bytes = rwb__bytes_new(ws->mem, rwg__buf_str(&ws->scratch));
    for (rwb__ws_client *client = ws->clients; client; client = client->next) {
        if (!client->closing) {
            rwb__stream_write_bytes(client->stream, bytes, rwb__bytes_str(bytes));
            check_queue(client);
        }
    }
    rwb__bytes_drop(bytes);
}

void rwb__ws_client_set(rwb__ws_client *client, void *value) {
    client->value = value;
}

void *rwb__ws_client_get(const rwb__ws_client *client) {
    return client->value;
}
