/* A growing buffer of bytes. See buf.h. */
#include "base/buf.h"

#include "base/str.h"

#include <stdarg.h>
#include <string.h>

void rwg__buf_init(rwg__buf *buf, rwg__mem *mem) {
    *buf = (rwg__buf){.mem = mem};
}

void rwg__buf_deinit(rwg__buf *buf) {
    if (buf->mem) {
        rwg__vec_free(&buf->bytes, buf->mem);
    }
}

void rwg__buf_clear(rwg__buf *buf) {
    buf->bytes.len = 0;
}

void rwg__buf_add(rwg__buf *buf, rwg_str text) {
    if (text.len == 0) {
        return;
    }
    rwg__vec_reserve(&buf->bytes, buf->mem, text.len);
    memcpy(buf->bytes.ptr + buf->bytes.len, text.ptr, text.len);
    buf->bytes.len += text.len;
}

void rwg__buf_char(rwg__buf *buf, char c) {
    *rwg__vec_push(&buf->bytes, buf->mem) = c;
}

void rwg__buf_utf8(rwg__buf *buf, uint32_t code) {
    char bytes[4];
    rwg__buf_add(buf, rwg__str(bytes, rwg__utf8_write(bytes, code)));
}

void rwg__buf_printf(rwg__buf *buf, const char *format, ...) {
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    size_t room = buf->bytes.cap - buf->bytes.len;
    int len = vsnprintf(room ? buf->bytes.ptr + buf->bytes.len : NULL, room, format, args);
    va_end(args);
    if (len >= 0 && (size_t)len >= room) {
        /* One more than the text, for the NUL that vsnprintf writes and nobody counts. */
        rwg__vec_reserve(&buf->bytes, buf->mem, (uint32_t)len + 1);
        len = vsnprintf(buf->bytes.ptr + buf->bytes.len, (size_t)len + 1, format, again);
    }
    va_end(again);
    if (len > 0) {
        buf->bytes.len += (uint32_t)len;
    }
}

static bool write_to_buf(void *payload, const char *bytes, size_t len) {
    rwg__buf *buf = payload;
    if (len > INT32_MAX - (size_t)buf->bytes.len) {
        return false;
    }
    rwg__buf_add(buf, (rwg_str){bytes, (uint32_t)len});
    return true;
}

rwg_sink rwg__buf_sink(rwg__buf *buf) {
    return (rwg_sink){.write = write_to_buf, .payload = buf};
}

uint32_t rwg__buf_replace(rwg__buf *buf, rwg_str part, rwg_str value, uint32_t most) {
    rwg__buf out;
    rwg__buf_init(&out, buf->mem);
    rwg_str rest = rwg__buf_str(buf);
    uint32_t count = 0;
    for (uint32_t i = 0; count < most && part.len > 0 && i + part.len <= rest.len;) {
        if (memcmp(rest.ptr + i, part.ptr, part.len) == 0) {
            rwg__buf_add(&out, rwg__str_sub(rest, 0, i));
            rwg__buf_add(&out, value);
            rest = rwg__str_from(rest, i + part.len);
            count++;
            i = 0;
        } else {
            i++;
        }
    }
    if (count > 0) {
        rwg__buf_add(&out, rest);
        rwg__buf_deinit(buf);
        *buf = out;
    } else {
        rwg__buf_deinit(&out);
    }
    return count;
}
