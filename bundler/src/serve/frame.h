/* WebSocket frames as bytes (RFC 6455 §5), server side, without sockets. */
#ifndef RWB_SERVE_FRAME_H
#define RWB_SERVE_FRAME_H

#include "base/buf.h"

typedef enum rwb__frame_op {
    RWB__FRAME_CONTINUE = 0,
    RWB__FRAME_TEXT = 1,
    RWB__FRAME_BINARY = 2,
    RWB__FRAME_CLOSE = 8,
    RWB__FRAME_PING = 9,
    RWB__FRAME_PONG = 10,
} rwb__frame_op;

/* Puts frames together to messages. */
typedef struct rwb__frames {
    rwg__buf in;      /* bytes of frames not whole yet */
    rwg__buf message; /* fragments of the message under way; never longer than limit */
    uint32_t limit;   /* bytes of a message */
    uint8_t op;       /* of the message under way; 0 = none */
} rwb__frames;

/* Of rwb__frames_feed's callback: text is UTF-8 for RWB__FRAME_TEXT. False stops. */
typedef bool (*rwb__frame_fn)(void *payload, rwb__frame_op op, rwg_str data);

void rwb__frames_init(rwb__frames *frames, rwg__mem *mem, uint32_t limit);
void rwb__frames_deinit(rwb__frames *frames);
/// Calls fn for each whole message and control frame. Returns 0, or the close code for the fault:
/// 1002 protocol, 1007 not UTF-8, 1009 too big.
uint16_t rwb__frames_feed(rwb__frames *frames, rwg_str bytes, rwb__frame_fn fn, void *payload);

/// Appends one whole unmasked frame.
void rwb__frame_write(rwg__buf *out, rwb__frame_op op, rwg_str data);
/// The Sec-WebSocket-Accept of a key: 28 characters and a NUL.
void rwb__frame_accept(rwg_str key, char out[29]);

#endif
