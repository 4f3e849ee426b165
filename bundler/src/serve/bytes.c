/* Shared bytes: a counted header with the data behind it. */
#include "serve/bytes.h"

#include <string.h>
#include <zlib.h>

/* Fast over small: the other end is mostly the same machine. */
#define GZIP_LEVEL 1
/* 15 bits of window, and 16 says gzip's format rather than zlib's. */
#define GZIP_WINDOW (15 + 16)

struct rwb__bytes {
    rwg__mem *mem;
    _Atomic uint32_t refs;
    uint32_t len;
    char data[];
};

rwb__bytes *rwb__bytes_room(rwg__mem *mem, uint32_t len, char **out_data) {
    rwb__bytes *bytes = rwg__mem_resize(mem, NULL, 0, sizeof *bytes + len);
    bytes->mem = mem;
    bytes->refs = 1;
    bytes->len = len;
    *out_data = bytes->data;
    return bytes;
}

rwb__bytes *rwb__bytes_new(rwg__mem *mem, rwg_str text) {
    char *data;
    rwb__bytes *bytes = rwb__bytes_room(mem, text.len, &data);
    if (text.len > 0) {
        memcpy(data, text.ptr, text.len);
    }
    return bytes;
}

rwb__bytes *rwb__bytes_keep(rwb__bytes *bytes) {
    if (bytes) {
        atomic_fetch_add_explicit(&bytes->refs, 1, memory_order_relaxed);
    }
    return bytes;
}

void rwb__bytes_drop(rwb__bytes *bytes) {
    if (bytes && atomic_fetch_sub_explicit(&bytes->refs, 1, memory_order_acq_rel) == 1) {
        rwg__mem_free(bytes->mem, bytes, sizeof *bytes + bytes->len);
    }
}

rwg_str rwb__bytes_str(const rwb__bytes *bytes) {
    return bytes ? (rwg_str){bytes->data, bytes->len} : (rwg_str){"", 0};
}

rwb__bytes *rwb__bytes_gzip(rwg__mem *mem, rwg_str text) {
    z_stream z = {0};
    if (text.len == 0 ||
        deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        return NULL;
    }
    char *room = rwg__mem_resize(mem, NULL, 0, text.len);
    z.next_in = (Bytef *)(uintptr_t)text.ptr;
    z.avail_in = text.len;
    z.next_out = (Bytef *)room;
    z.avail_out = text.len;
    // Room for as much as the text itself: what does not fit is not worth sending.
    int status = deflate(&z, Z_FINISH);
    uint32_t len = text.len - z.avail_out;
    (void)deflateEnd(&z);
    rwb__bytes *result = status == Z_STREAM_END ? rwb__bytes_new(mem, (rwg_str){room, len}) : NULL;
    rwg__mem_free(mem, room, text.len);
    return result;
}
