/* What the files of the HTTP server share: http.c (listening, connections, time), exchange.c
 * (requests), answer.c (answers). Nobody else includes this.
 *
 * A connection goes round:
 *
 *   HEAD ──whole head──▶ BODY ──body over──▶ BUSY ──answered──▶ HEAD
 *                          └──── answered before the body was over ────▶ CLOSING
 *
 * Invariants:
 *   1  a connection in HEAD or CLOSING has no exchange, in BODY and BUSY it has one;
 *   2  an exchange and its connection point at each other, until the client goes or the stream is
 *      taken: then the exchange has no connection, and the connection is being closed or is gone;
 *   3  every exchange is in the server's list from its making to its end. */
#ifndef RWB_SERVE_HTTP_STATE_H
#define RWB_SERVE_HTTP_STATE_H

#include "base/buf.h"
#include "serve/stream.h"
#include "serve/wire.h"

/* Input kept while it cannot be worked on; beyond it the connection is not read. */
#define RWB__INPUT_MARK (64u * 1024)

typedef enum rwb__conn_state {
    RWB__CONN_HEAD,
    RWB__CONN_BODY,
    RWB__CONN_BUSY,
    RWB__CONN_CLOSING,
} rwb__conn_state;

typedef struct rwb__conn rwb__conn;

struct rwb__conn {
    rwb__http *http;
    rwb__conn *next;
    rwb__conn *prev;
    rwb__stream *stream; /* NULL once taken */
    rwb__exchange *x;
    uint8_t state; /* rwb__conn_state */
    bool working;  /* rwb__conn_work is on the stack */
    bool is_tls;
    bool is_local; /* the client is on this machine */
    rwg__buf in;   /* input from in_at on is not worked on yet */
    uint32_t in_at;
    uint32_t scan; /* see rwb__wire_head_length; counts from in_at */
    rwb__wire_reader reader;
    uint64_t began_ms; /* when it began to wait for the request under way */
    uint64_t since_ms; /* when the state was entered, or the last progress was made */
    uint64_t head_ms;  /* when the first byte of the head came; 0 = none yet */
    uint64_t written;  /* as of the last sweep */
};

typedef enum rwb__answer_state {
    RWB__ANSWER_NONE,
    RWB__ANSWER_OPEN, /* begun, not ended */
} rwb__answer_state;

struct rwb__exchange {
    rwb__http *http;
    rwb__conn *conn; /* NULL: the client has gone, or the stream is taken */
    rwb__exchange *next;
    rwb__exchange *prev;
    rwg__arena arena;
    rwg_str method;
    rwg_str raw_target;
    rwb__header *headers; /* in the arena */
    uint32_t header_count;
    uint8_t minor;
    bool keep_alive;
    bool upgrade;
    bool is_tls;
    bool gone;
    bool handed; /* to the handler, who must answer now */
    bool taken;
    bool outside;     /* of the base */
    bool body_stream; /* RWB__BODY_STREAM */
    bool body_paused;
    bool body_over;
    uint8_t body_kind; /* rwb__wire_body */
    uint64_t body_length;
    rwg__buf body; /* collected */
    rwb__body_fn body_fn;
    void *body_payload;
    rwb__loop_fn gone_fn;
    void *gone_payload;
    rwb__loop_fn drain_fn;
    void *drain_payload;
    uint8_t answer;  /* rwb__answer_state */
    bool chunked;    /* of the answer */
    bool silent;     /* the answer has no body on the wire: HEAD, 204, 304 */
    bool has_length; /* left counts */
    uint64_t left;   /* bytes still owed */
    rwb__target target;
};

typedef struct rwb__listener {
    uv_tcp_t tcp;
    rwb__http *http;
    bool waiting; /* a connection waits, for want of room */
} rwb__listener;

struct rwb__http {
    rwb__loop *loop;
    rwg__mem *mem;
    rwb__http_options options; /* texts in `arena` */
    rwg__arena arena;
    rwb__tls *tls;
    rwb__listener *listeners[2]; /* NULL = none */
    uint16_t port;
    bool closed;
    uint32_t refs; /* listeners, connections, exchanges, and 1 until it is closed */
    uint32_t conn_count;
    uint32_t taken_count; /* exchanges whose streams were taken */
    rwb__conn *conns;
    rwb__exchange *exchanges;
    rwb__timer *sweep; /* NULL once closed */
    rwg__buf head;     /* scratch for the head of an answer */
    uint64_t date_s;   /* second that `date` tells; 0 = none */
    char date[40];
};

/* http.c */

/// Works on the input there is: as many requests as can be begun now. Called when input came, when
/// an exchange has ended, and when the client takes more.
void rwb__conn_work(rwb__conn *conn);
/// Reads or does not read, by how much input waits.
void rwb__conn_update_reading(rwb__conn *conn);
/// Says what is queued and closes.
void rwb__conn_finish(rwb__conn *conn);
void rwb__conn_set_state(rwb__conn *conn, rwb__conn_state state);
/// Detaches the connection from its stream and frees it; the stream is the caller's.
rwb__stream *rwb__conn_release_stream(rwb__conn *conn);
void rwb__http_unref(rwb__http *http);

/* exchange.c */

/// Makes the exchange for a whole head of `len` bytes and judges it; conn->x is set, or the request
/// is already answered.
void rwb__exchange_begin(rwb__conn *conn, uint32_t len);
/// Takes body bytes out of conn->in; false when nothing more can be done for now.
bool rwb__exchange_take_body(rwb__conn *conn);
/// The client has gone. Frees an exchange that nobody has to answer.
void rwb__exchange_lose(rwb__exchange *x);
/// The answer is whole: detaches from the connection, which goes on or closes, and frees.
void rwb__exchange_end(rwb__exchange *x);

/* answer.c */

/// Answers a request that cannot be understood, without an exchange, and closes.
void rwb__conn_refuse(rwb__conn *conn, uint16_t status);

#endif
