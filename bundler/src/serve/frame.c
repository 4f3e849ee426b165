/* WebSocket frames: masked ones in, unmasked ones out. */
#include "serve/frame.h"

#include "base/str.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>

#define PROTOCOL_ERROR 1002
#define NOT_UTF8       1007
#define TOO_BIG        1009

/* Largest frame head: 2 bytes, 8 of length, 4 of mask. */
#define HEAD_MAX 14
/* Control frames carry at most this. */
#define CONTROL_MAX 125

typedef struct frame_head {
    bool last;
    uint8_t op;
    uint8_t mask[4];
    uint32_t size; /* of the head itself */
    uint64_t length;
} frame_head;

void rwb__frames_init(rwb__frames *frames, rwg__mem *mem, uint32_t limit) {
    *frames = (rwb__frames){.limit = limit};
    rwg__buf_init(&frames->in, mem);
    rwg__buf_init(&frames->message, mem);
}

void rwb__frames_deinit(rwb__frames *frames) {
    rwg__buf_deinit(&frames->in);
    rwg__buf_deinit(&frames->message);
}

static uint64_t big_endian(const uint8_t *bytes, uint32_t count) {
    uint64_t value = 0;
    for (uint32_t i = 0; i < count; i++) {
        value = value << 8 | bytes[i];
    }
    return value;
}

/* Reads the head at the front; size 0 = not whole yet. Returns a close code for a fault. */
static uint16_t read_head(const rwb__frames *frames, rwg_str input, frame_head *out) {
    const uint8_t *bytes = (const uint8_t *)input.ptr;
    *out = (frame_head){0};
    if (input.len < 2) {
        return 0;
    }
    out->last = (bytes[0] & 0x80) != 0;
    out->op = bytes[0] & 0x0f;
    bool masked = (bytes[1] & 0x80) != 0;
    bool control = out->op >= RWB__FRAME_CLOSE;
    uint32_t length = bytes[1] & 0x7f;
    uint32_t wide = length == 126 ? 2 : length == 127 ? 8 : 0;
    // Reserved bits belong to extensions, and we agreed to none. Clients must mask.
    if ((bytes[0] & 0x70) != 0 || !masked) {
        return PROTOCOL_ERROR;
    }
    if (control ? out->op > RWB__FRAME_PONG || !out->last || length > CONTROL_MAX
                : out->op > RWB__FRAME_BINARY) {
        return PROTOCOL_ERROR;
    }
    if (!control && (out->op == RWB__FRAME_CONTINUE) != (frames->op != 0)) {
        return PROTOCOL_ERROR;
    }
    if (input.len < 2 + wide + 4) {
        return 0;
    }
    out->length = wide > 0 ? big_endian(bytes + 2, wide) : length;
    // The first bit of a wide length is never set. Subtracted, so that no sum can wrap around.
    if (out->length >> 63 != 0) {
        return PROTOCOL_ERROR;
    }
    if (!control && out->length > frames->limit - frames->message.bytes.len) {
        return TOO_BIG;
    }
    memcpy(out->mask, bytes + 2 + wide, 4);
    out->size = 2 + wide + 4;
    return 0;
}

static void unmask(char *bytes, uint32_t len, const uint8_t mask[4]) {
    for (uint32_t i = 0; i < len; i++) {
        bytes[i] = (char)((uint8_t)bytes[i] ^ mask[i & 3]);
    }
}

/* A close frame's body: nothing, or a code and a reason. */
static uint16_t check_close(rwg_str data) {
    if (data.len == 0) {
        return 0;
    }
    uint64_t code = data.len >= 2 ? big_endian((const uint8_t *)data.ptr, 2) : 0;
    bool known = (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
                 (code >= 3000 && code <= 4999);
    if (!known) {
        return PROTOCOL_ERROR;
    }
    return rwg__str_is_utf8(rwg__str_from(data, 2)) ? 0 : NOT_UTF8;
}

/* Hands on what a whole frame completes; *stop when the caller wants no more. */
static uint16_t take_frame(
    rwb__frames *frames,
    const frame_head *head,
    rwg_str data,
    rwb__frame_fn fn,
    void *payload,
    bool *stop
) {
    if (head->op >= RWB__FRAME_CLOSE) {
        uint16_t fault = head->op == RWB__FRAME_CLOSE ? check_close(data) : 0;
        *stop = fault != 0 || !fn(payload, (rwb__frame_op)head->op, data);
        return fault;
    }
    if (head->op != RWB__FRAME_CONTINUE) {
        frames->op = head->op;
    }
    bool whole = head->last && frames->message.bytes.len == 0;
    if (!whole) {
        rwg__buf_add(&frames->message, data);
        data = rwg__buf_str(&frames->message);
    }
    if (!head->last) {
        return 0;
    }
    rwb__frame_op op = (rwb__frame_op)frames->op;
    frames->op = 0;
    uint16_t fault = op == RWB__FRAME_TEXT && !rwg__str_is_utf8(data) ? NOT_UTF8 : 0;
    *stop = fault != 0 || !fn(payload, op, data);
    rwg__buf_clear(&frames->message);
    return fault;
}

uint16_t rwb__frames_feed(rwb__frames *frames, rwg_str bytes, rwb__frame_fn fn, void *payload) {
    rwg__buf_add(&frames->in, bytes);
    uint32_t at = 0;
    uint16_t fault = 0;
    bool stop = false;
    while (!stop && fault == 0) {
        rwg_str input = rwg__str_from(rwg__buf_str(&frames->in), at);
        frame_head head;
        fault = read_head(frames, input, &head);
        if (fault != 0 || head.size == 0 || input.len - head.size < head.length) {
            break;
        }
        uint32_t length = (uint32_t)head.length;
        char *data = frames->in.bytes.ptr + at + head.size;
        unmask(data, length, head.mask);
        at += head.size + length;
        fault = take_frame(frames, &head, (rwg_str){data, length}, fn, payload, &stop);
    }
    frames->in.bytes.len -= at;
    if (at > 0 && frames->in.bytes.len > 0) {
        memmove(frames->in.bytes.ptr, frames->in.bytes.ptr + at, frames->in.bytes.len);
    }
    return fault;
}

void rwb__frame_write(rwg__buf *out, rwb__frame_op op, rwg_str data) {
    uint8_t head[HEAD_MAX];
    uint32_t size = 2;
    head[0] = (uint8_t)(0x80 | op);
    if (data.len <= CONTROL_MAX) {
        head[1] = (uint8_t)data.len;
    } else {
        uint32_t wide = data.len <= UINT16_MAX ? 2 : 8;
        head[1] = wide == 2 ? 126 : 127;
        for (uint32_t i = 0; i < wide; i++) {
            head[2 + i] = (uint8_t)((uint64_t)data.len >> (8 * (wide - 1 - i)));
        }
        size += wide;
    }
    rwg__buf_add(out, (rwg_str){(const char *)head, size});
    rwg__buf_add(out, data);
}

void rwb__frame_accept(rwg_str key, char out[29]) {
    static const char MAGIC[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char text[64 + sizeof MAGIC];
    unsigned char digest[SHA_DIGEST_LENGTH];
    uint32_t len = key.len < 64 ? key.len : 64;
    memcpy(text, key.ptr, len);
    memcpy(text + len, MAGIC, sizeof MAGIC - 1);
    SHA1(text, len + sizeof MAGIC - 1, digest);
    (void)EVP_EncodeBlock((unsigned char *)out, digest, sizeof digest);
}
