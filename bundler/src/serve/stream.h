/* A byte stream over TCP or a local socket, with TLS or without, and a bounded queue of writes.
 *
 * The owner sees three events. `read`: bytes came. `drain`: the queue is short again. `closed`: the
 * stream is over, by the other side, by an error or by rwb__stream_close; it is the last event, and
 * the stream is gone when it returns. Writing and closing are allowed inside of any event. */
#ifndef RWB_SERVE_STREAM_H
#define RWB_SERVE_STREAM_H

#include "serve/bytes.h"
#include "serve/loop.h"
#include "serve/tls.h"

typedef struct rwb__stream rwb__stream;

typedef enum rwb__stream_end {
    RWB__STREAM_EOF,    /* the other side closed */
    RWB__STREAM_ERROR,  /* reset, unreachable, TLS failure */
    RWB__STREAM_CLOSED, /* we closed */
} rwb__stream_end;

typedef struct rwb__stream_events {
    void (*open)(void *payload); /* connected; only for rwb__stream_connect. May be NULL */
    void (*read)(void *payload, rwg_str bytes);
    void (*drain)(void *payload); /* may be NULL */
    void (*closed)(void *payload, rwb__stream_end end);
} rwb__stream_events;

/* Bytes queued above which a writer should wait, and at which drain is told. */
#define RWB__STREAM_HIGH (256u * 1024)
#define RWB__STREAM_LOW  (64u * 1024)

/* Where to connect to. */
typedef struct rwb__address {
    rwg_str host; /* an address or a name; "" = 127.0.0.1 */
    uint16_t port;
    rwg_str unix_path; /* when set, host and port are not looked at */
    rwb__tls *tls;     /* of a client: the connection is TLS. Borrowed until it is open or closed */
} rwb__address;

/// Accepts a connection that waits on the listener. NULL when there is none or it is dead already.
/// tls may be NULL. Reading is paused at first.
rwb__stream *rwb__stream_accept(rwb__loop *loop, uv_stream_t *listener, rwb__tls *tls);
/// Starts to connect; `open` or `closed` follows, not before this function has returned. With TLS,
/// open means that the handshake is over and the certificate is good.
rwb__stream *rwb__stream_connect(
    rwb__loop *loop, const rwb__address *address, const rwb__stream_events *events, void *payload
);
/// In `closed`: why, in the system's words ("connection refused"); "" when there is nothing to say.
const char *rwb__stream_problem(const rwb__stream *stream);
/// Who hears the events from now on. Events are copied.
void rwb__stream_own(rwb__stream *stream, const rwb__stream_events *events, void *payload);
/// While paused nothing is read; the end of the other side is not seen either.
void rwb__stream_pause(rwb__stream *stream, bool paused);
/// Is the other side on this machine? For what was accepted.
bool rwb__stream_is_local(const rwb__stream *stream);
/// Copies.
void rwb__stream_write(rwb__stream *stream, rwg_str text);
/// Keeps a reference until the part is written. part is a piece of bytes.
void rwb__stream_write_bytes(rwb__stream *stream, rwb__bytes *bytes, rwg_str part);
/// Holds small writes back until uncorked, so that a head and its body leave together.
void rwb__stream_cork(rwb__stream *stream, bool corked);
uint64_t rwb__stream_queued(const rwb__stream *stream);
/// Counts up with every byte that the other side took: for time-outs on progress.
uint64_t rwb__stream_written(const rwb__stream *stream);
/// Closes when all that is queued is written.
void rwb__stream_finish(rwb__stream *stream);
/// Closes now; `closed` follows, not before this function has returned.
void rwb__stream_close(rwb__stream *stream);

#endif
