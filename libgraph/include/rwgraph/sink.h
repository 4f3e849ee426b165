/* Where text goes: a sink is a write function and its payload.
 *
 * Dumps, diagnostics and JSON are produced into sinks, so a caller decides between a file, a socket
 * and memory. A sink that fails keeps failing: writers need check only once, at the end. */
#ifndef RWGRAPH_SINK_H
#define RWGRAPH_SINK_H

#include <rwgraph/base.h>

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Takes len bytes; returns false when they could not be taken. */
typedef bool (*rwg_write_fn)(void *payload, const char *bytes, size_t len);

typedef struct rwg_sink {
    rwg_write_fn write;
    void *payload;
    bool failed; /* set by the first write that returned false; later writes do nothing */
} rwg_sink;

/* A sink over a stdio stream; the stream stays the caller's. */
RWG_API rwg_sink rwg_sink_file(FILE *stream);
RWG_API void rwg_sink_write(rwg_sink *sink, rwg_str text);
RWG_API void rwg_sink_cstr(rwg_sink *sink, const char *text);
/* printf into the sink; one call produces at most 4,096 bytes, the rest is cut. */
RWG_API void rwg_sink_printf(rwg_sink *sink, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/* Deepest nesting a JSON writer tracks. */
#define RWG_JSON_DEPTH 32

/* Writes JSON (RFC 8259) with commas and nesting taken care of. Caller-owned, no clean-up. Bytes
 * that are not UTF-8 become U+FFFD, so the output is always valid. */
typedef struct rwg_json_writer {
    rwg_sink *sink;
    uint32_t depth;
    uint32_t count[RWG_JSON_DEPTH]; /* members written so far at each depth */
    bool after_key;
} rwg_json_writer;

RWG_API rwg_json_writer rwg_json_writer_make(rwg_sink *sink);
RWG_API void rwg_json_object(rwg_json_writer *w);
RWG_API void rwg_json_object_end(rwg_json_writer *w);
RWG_API void rwg_json_array(rwg_json_writer *w);
RWG_API void rwg_json_array_end(rwg_json_writer *w);
/* The next value belongs to this key. */
RWG_API void rwg_json_key(rwg_json_writer *w, const char *key);
RWG_API void rwg_json_string(rwg_json_writer *w, rwg_str value);
RWG_API void rwg_json_cstring(rwg_json_writer *w, const char *value);
RWG_API void rwg_json_uint(rwg_json_writer *w, uint64_t value);
RWG_API void rwg_json_double(rwg_json_writer *w, double value);
RWG_API void rwg_json_bool(rwg_json_writer *w, bool value);
RWG_API void rwg_json_null(rwg_json_writer *w);
/* The hash as 32 lower-case hexadecimal digits. */
RWG_API void rwg_json_hash(rwg_json_writer *w, rwg_hash hash);

#ifdef __cplusplus
}
#endif
#endif
