/* Requests handed on to another origin: the app's runner, and those that the proxy option names.
 *
 * Both bodies stream, with backpressure in both directions; each request has a connection of its
 * own, so that none is ever sent twice because a kept connection had died: every action runs
 * exactly once. The client's leaving closes it, and a limit of time covers the wait for the
 * answer's head. */
#ifndef RWB_SERVE_FORWARD_H
#define RWB_SERVE_FORWARD_H

#include "serve/http.h"
#include "serve/stream.h"

typedef enum rwb__forward_end {
    RWB__FORWARD_DONE,        /* the answer was handed on */
    RWB__FORWARD_UNREACHABLE, /* no connection */
    RWB__FORWARD_TIMEOUT,     /* connected, no head in time */
    RWB__FORWARD_BROKEN,      /* the other side closed or sent what is not HTTP */
    RWB__FORWARD_GONE,        /* the client left */
} rwb__forward_end;

typedef struct rwb__forward_options {
    rwb__address address;
    rwg_str target; /* "" = the request's own, as it was sent */
    /* Set on the request; a header of the same name is replaced, an empty value removes it. */
    const rwb__header *request_headers;
    uint32_t request_header_count;
    const rwb__header *response_headers; /* the same for the answer */
    uint32_t response_header_count;
    bool keep_host;      /* send the client's Host rather than the address */
    uint32_t timeout_ms; /* for the head of the answer; 0 = 60 s */
    /* Told once, when all is over. For UNREACHABLE, TIMEOUT and BROKEN before the answer's head
     * `fail` is called instead, and must answer. NULL: 502 or 504 in plain text. */
    void (*done)(void *payload, rwb__forward_end end);
    void (*fail)(void *payload, rwb__exchange *x, rwb__forward_end end);
    /* Before `fail`, when the system says more: "connection refused". May be NULL. */
    void (*explain)(void *payload, const char *problem);
    void *payload;
} rwb__forward_options;

/// Takes over the answer. Everything in options is copied. A request for a WebSocket is joined to
/// the other side's byte by byte. The exchange should be read with RWB__BODY_STREAM, or have its
/// body collected: both work. Hop-by-hop headers are not handed on; X-Forwarded-Host and -Proto are
/// set, and a Set-Cookie or any other header may come more than once.
void rwb__forward(rwb__loop *loop, rwb__exchange *x, const rwb__forward_options *options);

/* The answer to rwb__post. Borrowed, good during the call. */
typedef struct rwb__reply {
    rwb__forward_end end; /* RWB__FORWARD_DONE, or why there is no answer */
    uint16_t status;
    rwg_str body;
} rwb__reply;

typedef void (*rwb__reply_fn)(void *payload, const rwb__reply *reply);
typedef struct rwb__call rwb__call;

typedef struct rwb__post_options {
    rwb__address address;
    rwg_str target;
    const rwb__header *headers;
    uint32_t header_count;
    rwg_str body;
    uint32_t timeout_ms;
} rwb__post_options;

/// Sends a POST with this body and collects the answer (16 MB at most); for control messages.
/// Everything is copied. done is called once, not before this function has returned.
rwb__call *
rwb__post(rwb__loop *loop, const rwb__post_options *options, rwb__reply_fn done, void *payload);
/// Drops a call that is under way: done is not called.
void rwb__post_cancel(rwb__call *call);

#endif
