/* A growing byte buffer, and a sink that writes into it. */
#ifndef RWG_BASE_BUF_H
#define RWG_BASE_BUF_H

#include <rwgraph/sink.h>

#include "base/vec.h"

typedef struct rwg__buf {
    rwg__mem *mem;
    RWG_VEC(char) bytes;
} rwg__buf;

void rwg__buf_init(rwg__buf *buf, rwg__mem *mem);
void rwg__buf_deinit(rwg__buf *buf);
void rwg__buf_clear(rwg__buf *buf);
void rwg__buf_add(rwg__buf *buf, rwg_str text);
void rwg__buf_char(rwg__buf *buf, char c);
/* Adds a code point below 0x110000 as UTF-8. */
void rwg__buf_utf8(rwg__buf *buf, uint32_t code);
void rwg__buf_printf(rwg__buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts value in the place of part, from the front, at most so many times; returns how often. */
uint32_t rwg__buf_replace(rwg__buf *buf, rwg_str part, rwg_str value, uint32_t most);

/* What is in it now; good until the next addition. */
static inline rwg_str rwg__buf_str(const rwg__buf *buf) {
    return (rwg_str){buf->bytes.ptr, buf->bytes.len};
}

rwg_sink rwg__buf_sink(rwg__buf *buf);

#endif
