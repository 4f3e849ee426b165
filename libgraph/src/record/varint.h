/* Numbers as LEB128: seven bits a byte, lowest first, the high bit set in all but the last. Small
 * numbers take one byte, which is what nearly all numbers that we store are. */
#ifndef RWG_RECORD_VARINT_H
#define RWG_RECORD_VARINT_H

#include "base/buf.h"
#include "base/str.h"

/* Bytes of the longest number. */
#define RWG__VARINT_MAX 10

/* Writes to `out`, which has room for RWG__VARINT_MAX bytes; returns how many there are. */
static inline uint32_t rwg__varint_write(uint8_t *out, uint64_t value) {
    uint32_t len = 0;
    while (value >= 0x80) {
        out[len++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    out[len++] = (uint8_t)value;
    return len;
}

static inline void rwg__varint_add(rwg__buf *buf, uint64_t value) {
    if (buf->bytes.cap - buf->bytes.len < RWG__VARINT_MAX) {
        rwg__vec_reserve(&buf->bytes, buf->mem, RWG__VARINT_MAX);
    }
    buf->bytes.len += rwg__varint_write((uint8_t *)buf->bytes.ptr + buf->bytes.len, value);
}

/* Takes a number from the front of `bytes`. False where there is none, or one that is too long. */
static inline bool rwg__varint_take(rwg_str *bytes, uint64_t *out) {
    *out = 0;
    for (uint32_t shift = 0, i = 0; i < bytes->len && shift < 64; shift += 7, i++) {
        uint8_t byte = (uint8_t)bytes->ptr[i];
        *out |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            *bytes = rwg__str_from(*bytes, i + 1);
            return true;
        }
    }
    return false;
}

#endif
