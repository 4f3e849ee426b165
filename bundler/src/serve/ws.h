/* The WebSocket endpoint (RFC 6455): text messages to and from pages.
 *
 * A client's queue is bounded: one that does not read is closed, and asks again when it wakes up.
 * Messages to all are framed once. */
#ifndef RWB_SERVE_WS_H
#define RWB_SERVE_WS_H

#include "serve/http.h"

typedef struct rwb__ws rwb__ws;
typedef struct rwb__ws_client rwb__ws_client;

typedef struct rwb__ws_options {
    rwg_str protocol;          /* the subprotocol that clients must offer, "rwgraph-hmr" */
    const rwb__access *access; /* Origin and token rules; the token is asked of pages (Origin) */
    uint32_t message_bytes;    /* largest message from a client; 0 = 1 MB */
    uint32_t queue_bytes;      /* most that may wait for one client; 0 = 4 MB */
    uint32_t ping_ms;          /* how often a silent client is asked whether it lives; 0 = 30 s */
    void *payload;
    void (*open)(void *payload, rwb__ws_client *client);
    void (*message)(void *payload, rwb__ws_client *client, rwg_str text);
    void (*close)(void *payload, rwb__ws_client *client); /* its last event */
} rwb__ws_options;

/// Options are copied, texts and access borrowed.
rwb__ws *rwb__ws_new(rwb__loop *loop, const rwb__ws_options *options);
/// Cuts all clients (close is called for each).
void rwb__ws_free(rwb__ws *ws);
/// Answers the exchange: a WebSocket, or the refusal.
void rwb__ws_accept(rwb__ws *ws, rwb__exchange *x);
uint32_t rwb__ws_count(const rwb__ws *ws);

/// Text must be UTF-8. Allowed in any callback.
void rwb__ws_send(rwb__ws_client *client, rwg_str text);
void rwb__ws_broadcast(rwb__ws *ws, rwg_str text);
/// Says goodbye; close follows.
void rwb__ws_close(rwb__ws_client *client, uint16_t code, const char *reason);
/// A value of the caller's, NULL at first.
void rwb__ws_client_set(rwb__ws_client *client, void *value);
void *rwb__ws_client_get(const rwb__ws_client *client);

#endif
