/* The HTTP/1.1 server: connections in, exchanges out.
 *
 * An exchange is one request and its answer. The handler gets it on the loop's thread and answers
 * now or at any later time, exactly once: rwb__respond, or rwb__respond_begin … _end, or
 * rwb__respond_abort, or one of the upgrades in ws.h and forward.h. It lives until then, even when
 * the client has gone meanwhile; an answer to nobody is dropped.
 *
 * Before the handler sees a request, its target is in normal form and its Host is allowed
 * (guard.h), and preflights are answered. Everything a connection can hold is bounded: the head,
 * the body, one exchange at a time, one answer in flight. A client that stops reading or writing is
 * cut off after a time, and costs nobody else anything. */
#ifndef RWB_SERVE_HTTP_H
#define RWB_SERVE_HTTP_H

#include "base/arena.h"
#include "serve/bytes.h"
#include "serve/guard.h"
#include "serve/loop.h"

typedef struct rwb__http rwb__http;
typedef struct rwb__exchange rwb__exchange;
typedef struct rwb__stream rwb__stream;

typedef struct rwb__header {
    rwg_str name;
    rwg_str value;
} rwb__header;

/* 0 takes the default. */
typedef struct rwb__http_limits {
    uint32_t head_bytes;      /* 32 KB */
    uint32_t body_bytes;      /* 16 MB, of a body that is collected */
    uint32_t connections;     /* 1,024; further ones wait in the system's queue */
    uint32_t upgrades;        /* 512 WebSockets; further ones are refused */
    uint32_t head_timeout_ms; /* 15 s from the first byte of a head to its last */
    uint32_t idle_timeout_ms; /* 65 s without a request, or without progress on one */
} rwb__http_limits;

typedef enum rwb__body_mode {
    RWB__BODY_COLLECT, /* handle is called when the body is there */
    RWB__BODY_STREAM,  /* handle is called at once; see rwb__exchange_read */
} rwb__body_mode;

typedef struct rwb__http_options {
    rwg_str host; /* "" = loopback, "*" = every interface, both of both families; else an address */
    uint16_t port;     /* 0 = any free one */
    bool strict_port;  /* fail rather than take the next free port */
    rwg_str cert_file; /* PEM; with key_file: HTTPS */
    rwg_str key_file;
    rwg_str base;               /* a slash at both ends: paths are below it. "" is "/" */
    const rwb__access *access;  /* borrowed; must outlive the server */
    const rwb__header *headers; /* borrowed; added to every answer that does not say them itself */
    uint32_t header_count;
    rwb__http_limits limits;
    void *payload;
    void (*handle)(void *payload, rwb__exchange *x);
    rwb__body_mode (*body_mode)(void *payload, rwb__exchange *x); /* NULL: RWB__BODY_COLLECT */
} rwb__http_options;

/// Listens. RWG_IO with a text for the user when no port can be had or a TLS file is no good.
rwg_status
rwb__http_open(rwb__loop *loop, const rwb__http_options *options, rwb__http **out, rwg_error *err);
uint16_t rwb__http_port(const rwb__http *http);
bool rwb__http_is_tls(const rwb__http *http);
uint32_t rwb__http_connections(const rwb__http *http);
/// Stops listening and cuts all connections. Exchanges that are not answered yet must be, still;
/// memory goes with the last of them.
void rwb__http_close(rwb__http *http);

/* What was asked. Borrowed from the exchange. */
rwg_str rwb__exchange_method(const rwb__exchange *x);
bool rwb__exchange_is(const rwb__exchange *x, const char *method);
/// The method is GET or HEAD.
bool rwb__exchange_reads(const rwb__exchange *x);
/// The target as it was sent.
rwg_str rwb__exchange_raw_target(const rwb__exchange *x);
const rwb__target *rwb__exchange_target(const rwb__exchange *x);
/// The path of the target below the server's base; query flags, for short.
rwg_str rwb__exchange_path(const rwb__exchange *x);
/// The path is not below the server's base: rwb__exchange_path is the whole of it.
bool rwb__exchange_is_outside(const rwb__exchange *x);
const rwb__query *rwb__exchange_query(const rwb__exchange *x);
/// The first header of this name, in any case of letters, or "".
rwg_str rwb__exchange_header(const rwb__exchange *x, const char *name);
const rwb__header *rwb__exchange_headers(const rwb__exchange *x, uint32_t *out_count);
/// The collected body.
rwg_str rwb__exchange_body(const rwb__exchange *x);
/// The request asks for a WebSocket.
bool rwb__exchange_is_websocket(const rwb__exchange *x);
bool rwb__exchange_is_tls(const rwb__exchange *x);
rwb__http *rwb__exchange_server(const rwb__exchange *x);
rwb__loop *rwb__exchange_loop(const rwb__exchange *x);
/// Scratch memory that lives as long as the exchange.
rwg__arena *rwb__exchange_arena(rwb__exchange *x);

/// Called once if the client goes before it has the whole answer; the exchange must be answered
/// nevertheless. NULL takes it back.
void rwb__exchange_on_gone(rwb__exchange *x, rwb__loop_fn fn, void *payload);
bool rwb__exchange_is_gone(const rwb__exchange *x);

/* RWB__BODY_STREAM: the body as it comes. */
typedef void (*rwb__body_fn)(void *payload, rwg_str part, bool last);
/// Starts the flow; the last call has last set. No call follows after the exchange is answered or
/// the client has gone.
void rwb__exchange_read(rwb__exchange *x, rwb__body_fn fn, void *payload);
/// Stops and restarts it: the client's window closes.
void rwb__exchange_pause(rwb__exchange *x, bool paused);
/// The length announced, or -1 when there is a body of unknown length; 0 without a body.
int64_t rwb__exchange_body_length(const rwb__exchange *x);

typedef struct rwb__response {
    uint16_t status; /* 0 = 200 */
    rwg_str type;    /* Content-Type, "" = none */
    rwg_str cache;   /* Cache-Control, "" = none */
    rwg_str etag;    /* with its quotes, "" = none. A GET whose If-None-Match names it gets 304 */
    const rwb__header *headers;
    uint32_t header_count;
    rwb__bytes *body; /* kept as long as needed; NULL = none */
    rwb__bytes *gzip; /* the body gzipped, if there is such: sent to who accepts it */
    bool no_gzip; /* do not compress on the fly. Without it text over 1 KB is, for other machines */
} rwb__response;

/// The whole answer.
void rwb__respond(rwb__exchange *x, const rwb__response *response);
/// For short; the text is copied.
void rwb__respond_text(rwb__exchange *x, uint16_t status, const char *type, rwg_str text);
/// An error page in plain text.
void rwb__respond_refusal(rwb__exchange *x, rwb__refusal refusal);
/// For a request that is outside of the base: leads from the base without its slash to the base,
/// and says of others where it is.
void rwb__respond_outside(rwb__exchange *x);
/// True when the request's If-None-Match names the etag (weak comparison).
bool rwb__exchange_has_etag(const rwb__exchange *x, rwg_str etag);
/// True when the request's Accept-Encoding takes gzip.
bool rwb__exchange_takes_gzip(const rwb__exchange *x);

/// An answer in parts. length -1: not known. response->body is not looked at.
void rwb__respond_begin(rwb__exchange *x, const rwb__response *response, int64_t length);
/// Copies the part. False: more is queued than the client takes, wait for on_drain. Parts are taken
/// nevertheless, up to 16 times the mark, where the connection is cut.
bool rwb__respond_write(rwb__exchange *x, rwg_str part);
/// The same without a copy: part is a piece of bytes.
bool rwb__respond_write_bytes(rwb__exchange *x, rwb__bytes *bytes, rwg_str part);
/// Called each time when the queue has become short after a write that returned false.
void rwb__respond_on_drain(rwb__exchange *x, rwb__loop_fn fn, void *payload);
void rwb__respond_end(rwb__exchange *x);
/// Cuts the connection, so that the client does not take a part for the whole.
void rwb__respond_abort(rwb__exchange *x);

/// Gives the connection away: the caller now owns the stream (stream.h), and has the answer's head
/// to write. What the client sent after the request is in *out_rest, in the exchange's arena; the
/// exchange ends with rwb__exchange_release, when the stream has closed: until then it counts
/// against limits.upgrades. NULL when the client has gone: the exchange is then still to be
/// answered.
rwb__stream *rwb__exchange_take_stream(rwb__exchange *x, rwg_str *out_rest);
/// Ends an exchange whose stream was taken.
void rwb__exchange_release(rwb__exchange *x);

/// The standard phrase: "Not Found".
const char *rwb__http_phrase(uint16_t status);

#endif
