/* Sinks and the JSON writer. See rwgraph/sink.h. */
#include <rwgraph/sink.h>

#include "base/hash.h"
#include "base/str.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

#define PRINTF_MAX 4096

static bool write_to_stream(void *payload, const char *bytes, size_t len) {
    return fwrite(bytes, 1, len, payload) == len;
}

rwg_sink rwg_sink_file(FILE *stream) {
    return (rwg_sink){.write = write_to_stream, .payload = stream};
}

void rwg_sink_write(rwg_sink *sink, rwg_str text) {
    if (!sink->failed && text.len > 0 && !sink->write(sink->payload, text.ptr, text.len)) {
        sink->failed = true;
    }
}

void rwg_sink_cstr(rwg_sink *sink, const char *text) {
    rwg_sink_write(sink, rwg__str_c(text));
}

void rwg_sink_printf(rwg_sink *sink, const char *format, ...) {
    char text[PRINTF_MAX + 1];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (len < 0) {
        sink->failed = true;
        return;
    }
    rwg_sink_write(sink, rwg__str(text, len < PRINTF_MAX ? (size_t)len : PRINTF_MAX));
}

rwg_json_writer rwg_json_writer_make(rwg_sink *sink) {
    return (rwg_json_writer){.sink = sink};
}

/* What stands before a value or a key: a comma, unless it is the first, or a value after its key.
 */
static void separate(rwg_json_writer *w) {
    if (w->after_key) {
        w->after_key = false;
    } else if (w->depth > 0 && w->count[w->depth - 1]++ > 0) {
        rwg_sink_write(w->sink, RWG_STR(","));
    }
}

static void open_nest(rwg_json_writer *w, rwg_str bracket) {
    separate(w);
    RWG_ASSERT(w->depth < RWG_JSON_DEPTH);
    w->count[w->depth++] = 0;
    rwg_sink_write(w->sink, bracket);
}

static void close_nest(rwg_json_writer *w, rwg_str bracket) {
    RWG_ASSERT(w->depth > 0);
    w->depth--;
    rwg_sink_write(w->sink, bracket);
}

void rwg_json_object(rwg_json_writer *w) {
    open_nest(w, RWG_STR("{"));
}

void rwg_json_object_end(rwg_json_writer *w) {
    close_nest(w, RWG_STR("}"));
}

void rwg_json_array(rwg_json_writer *w) {
    open_nest(w, RWG_STR("["));
}

void rwg_json_array_end(rwg_json_writer *w) {
    close_nest(w, RWG_STR("]"));
}

static void write_escaped(rwg_sink *sink, unsigned char byte) {
    switch (byte) {
    case '"': rwg_sink_write(sink, RWG_STR("\\\"")); return;
    case '\\': rwg_sink_write(sink, RWG_STR("\\\\")); return;
    case '\n': rwg_sink_write(sink, RWG_STR("\\n")); return;
    case '\r': rwg_sink_write(sink, RWG_STR("\\r")); return;
    case '\t': rwg_sink_write(sink, RWG_STR("\\t")); return;
    default: rwg_sink_printf(sink, "\\u%04x", (unsigned)byte); return;
    }
}

static bool is_plain(unsigned char byte) {
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

static void write_string(rwg_sink *sink, rwg_str text) {
    rwg_sink_write(sink, RWG_STR("\""));
    uint32_t done = 0; /* written so far; bytes that need nothing go out in one piece */
    uint32_t at = 0;
    while (at < text.len) {
        if (is_plain((unsigned char)text.ptr[at])) {
            at++;
            continue;
        }
        uint32_t len = rwg__utf8_sequence(rwg__str_from(text, at));
        if (len > 1) {
            at += len;
            continue;
        }
        rwg_sink_write(sink, rwg__str_sub(text, done, at));
        if (len == 1) {
            write_escaped(sink, (unsigned char)text.ptr[at]);
        } else {
            rwg_sink_write(sink, RWG_STR("\xEF\xBF\xBD"));
        }
        done = ++at;
    }
    rwg_sink_write(sink, rwg__str_sub(text, done, text.len));
    rwg_sink_write(sink, RWG_STR("\""));
}

void rwg_json_key(rwg_json_writer *w, const char *key) {
    separate(w);
    write_string(w->sink, rwg__str_c(key));
    rwg_sink_write(w->sink, RWG_STR(":"));
    w->after_key = true;
}

void rwg_json_string(rwg_json_writer *w, rwg_str value) {
    separate(w);
    write_string(w->sink, value);
}

void rwg_json_cstring(rwg_json_writer *w, const char *value) {
    rwg_json_string(w, rwg__str_c(value));
}

void rwg_json_uint(rwg_json_writer *w, uint64_t value) {
    separate(w);
    rwg_sink_printf(w->sink, "%llu", (unsigned long long)value);
}

/* The host may have set a locale whose decimal point is not '.' (some are several bytes long). */
static void write_number(rwg_sink *sink, const char *text) {
    char plain[64];
    uint32_t len = 0;
    for (const char *c = text; *c && len < sizeof plain; c++) {
        if ((*c >= '0' && *c <= '9') || *c == '-' || *c == '+' || *c == 'e') {
            plain[len++] = *c;
        } else if (len > 0 && plain[len - 1] != '.') {
            plain[len++] = '.';
        }
    }
    rwg_sink_write(sink, rwg__str(plain, len));
}

void rwg_json_double(rwg_json_writer *w, double value) {
    separate(w);
    if (!isfinite(value)) {
        rwg_sink_write(w->sink, RWG_STR("null"));
        return;
    }
    char text[64];
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value) {
            break; /* the fewest digits that read back as the same number */
        }
    }
    write_number(w->sink, text);
}

void rwg_json_bool(rwg_json_writer *w, bool value) {
    separate(w);
    rwg_sink_cstr(w->sink, value ? "true" : "false");
}

void rwg_json_null(rwg_json_writer *w) {
    separate(w);
    rwg_sink_write(w->sink, RWG_STR("null"));
}

void rwg_json_hash(rwg_json_writer *w, rwg_hash hash) {
    char hex[33];
    rwg__hash_hex(hash, hex);
    rwg_json_cstring(w, hex);
}
