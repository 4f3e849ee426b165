/* HTTP/1.1 as bytes: heads and bodies, parsed strictly, without sockets.
 *
 * Where senders and receivers could disagree about the end of a message, the message is refused:
 * no folded lines, no space before a colon, no bare CR, one Content-Length of digits alone or
 * Transfer-Encoding chunked alone, never both. */
#ifndef RWB_SERVE_WIRE_H
#define RWB_SERVE_WIRE_H

#include "serve/http.h"

/* Header lines of one head. */
#define RWB__LIMIT_HEADERS 128

typedef enum rwb__wire_status {
    RWB__WIRE_OK,
    RWB__WIRE_MORE,    /* not whole yet */
    RWB__WIRE_BAD,     /* malformed: 400 */
    RWB__WIRE_LONG,    /* over a limit: 431 */
    RWB__WIRE_VERSION, /* not HTTP/1.x: 505 */
} rwb__wire_status;

typedef enum rwb__wire_body {
    RWB__WIRE_NO_BODY,
    RWB__WIRE_LENGTH,
    RWB__WIRE_CHUNKED,
    RWB__WIRE_TO_END, /* responses only: until the connection closes */
} rwb__wire_body;

/* A head. Texts are borrowed from the bytes parsed. */
typedef struct rwb__wire_head {
    rwg_str method;  /* request */
    rwg_str target;  /* request */
    uint16_t status; /* response */
    uint8_t minor;   /* HTTP/1.minor */
    bool keep_alive;
    bool upgrade; /* Connection names upgrade */
    bool expects_continue;
    uint8_t body; /* rwb__wire_body */
    uint64_t length;
    uint32_t header_count;
    rwb__header headers[RWB__LIMIT_HEADERS];
} rwb__wire_head;

/// Bytes of the head with its empty line, or 0 when it is not whole. *scan remembers where the
/// search may go on when more bytes have come: start with 0.
uint32_t rwb__wire_head_length(rwg_str bytes, uint32_t *scan);
/// text is a whole head.
rwb__wire_status rwb__wire_request(rwg_str text, rwb__wire_head *out);
/// `no_body`: the answer to a HEAD request.
rwb__wire_status rwb__wire_response(rwg_str text, bool no_body, rwb__wire_head *out);
/// The first header of this name, or "".
rwg_str rwb__wire_header(const rwb__header *headers, uint32_t count, rwg_str name);
/// True when a comma-separated header value has this item, in any case of letters; parameters are
/// not looked at.
bool rwb__wire_has_item(rwg_str value, rwg_str item);
bool rwb__wire_same(rwg_str a, rwg_str b); /* ASCII letters of either case are equal */
/// A value that may be written into a head: no CR, LF, NUL.
bool rwb__wire_is_value(rwg_str text);

/* A body, taken apart as it comes. */
typedef struct rwb__wire_reader {
    uint8_t kind;   /* rwb__wire_body */
    uint8_t state;  /* of wire.c */
    uint64_t left;  /* bytes of the body or the chunk */
    uint32_t line;  /* bytes of the current size or trailer line, and of all trailers */
    uint8_t digits; /* of the chunk size */
} rwb__wire_reader;

void rwb__wire_reader_init(rwb__wire_reader *reader, const rwb__wire_head *head);
/// Takes bytes from the front of *bytes. RWB__WIRE_OK: the body is over, *bytes is what follows.
/// RWB__WIRE_MORE: *out_part holds a piece of the body (call again while *bytes is not empty; an
/// empty part with no bytes left means wait). RWB__WIRE_BAD: malformed.
rwb__wire_status rwb__wire_read(rwb__wire_reader *reader, rwg_str *bytes, rwg_str *out_part);

#endif
