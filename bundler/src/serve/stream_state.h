/* What the files of a stream share: stream.c (reading, writing, ending) and connect.c (getting to
 * the other side). Nobody else includes this.
 *
 *   CONNECTING ──▶ OPEN ──finish──▶ FLUSHING ──▶ LINGERING ──▶ CLOSING
 *        └───────────┴──────── close, end, error ─────────────────▲
 *
 * LINGERING: our end is shut, what still comes is thrown away. Closing a socket with unread bytes
 * would reset the connection, and the other side might lose our last answer. Neither this nor
 * FLUSHING goes on for ever: one who does not take what is left is cut off.
 *
 * Invariants: items[first..] are not written yet; `queued` is the sum of their lengths; while a
 * write is in flight, the first `in_flight` items, or `wire` under TLS, belong to it. */
#ifndef RWB_SERVE_STREAM_STATE_H
#define RWB_SERVE_STREAM_STATE_H

#include "base/buf.h"
#include "serve/stream.h"

typedef enum rwb__stream_state {
    RWB__STREAM_CONNECTING,
    RWB__STREAM_OPEN,
    RWB__STREAM_FLUSHING,
    RWB__STREAM_LINGERING,
    RWB__STREAM_CLOSING,
} rwb__stream_state;

typedef struct rwb__stream_item {
    rwb__bytes *bytes;
    rwg_str rest; /* what of it is not written */
} rwb__stream_item;

/* On the way to the other side; of connect.c. */
typedef struct rwb__dial rwb__dial;

struct rwb__stream {
    rwb__loop *loop;
    rwg__mem *mem;

    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;

    uv_shutdown_t shutdown;
    uv_write_t write;
    rwb__stream_events events;
    void *payload;
    uint8_t state; /* rwb__stream_state */
    uint8_t end;   /* rwb__stream_end, once CLOSING */
    bool ready;    /* may be written to: under TLS, once the handshake is over */
    bool paused;
    bool corked;
    bool writing;
    bool said_goodbye; /* TLS */
    bool full;         /* queued passed RWB__STREAM_HIGH, and drain was not told since */
    bool handle_closed;
    rwb__dial *dial; /* NULL for what was accepted */
    RWG_VEC(rwb__stream_item) items;
    uint32_t first;
    uint32_t in_flight;
    uint64_t queued;
    uint64_t written;     /* but for the write in flight */
    uint64_t given;       /* bytes of the write in flight, as it began */
    uint64_t thrown_away; /* while FLUSHING and LINGERING */
    rwb__timer *patience; /* the same; NULL before */
    uint64_t flushed;     /* `written` when patience was set, while FLUSHING */
    rwb__tls_session *tls;
    rwg__buf plain;   /* TLS: decrypted, being handed on */
    rwg__buf waiting; /* TLS: ciphertext not given to the socket yet */
    rwg__buf wire;    /* TLS: ciphertext in flight */
    char problem[160];
};

/* stream.c */

/// Of no state yet, and paused. Its handle is to be made before it can be closed.
rwb__stream *rwb__stream_new(rwb__loop *loop);
/// Ends it; `closed` follows in a later round of the loop. The first call counts.
void rwb__stream_end_with(rwb__stream *s, rwb__stream_end end);
/// Keeps why it is to end, for rwb__stream_problem. The first one counts.
void rwb__stream_set_problem(rwb__stream *s, const char *text);
/// The connection is there: reads, says hello under TLS, and tells `open` when it can be used.
void rwb__stream_begin(rwb__stream *s);
/// The handle is closed and nothing is under way: tells `closed` and frees.
void rwb__stream_gone(rwb__stream *s);

/* connect.c */

/// A name is being looked up, which keeps the stream's memory.
bool rwb__dial_is_busy(const rwb__dial *dial);
/// The stream ends before it was connected. Accepts NULL.
void rwb__dial_cancel(rwb__dial *dial);
/// Accepts NULL.
void rwb__dial_free(rwb__dial *dial, rwg__mem *mem);

#endif
