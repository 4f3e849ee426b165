/* Answers: heads, whole bodies, and bodies in parts. */
#include "base/buf.h"
#include "serve/http_state.h"
#include "serve/mime.h"

#include <stdio.h>
#include <time.h>

/* Text is compressed from here on: below it fits in one packet anyway. */
#define GZIP_FROM 1024
/* And up to here, on the fly: a few milliseconds of the loop's time. Callers with more bring
 * their own gzipped bytes. */
#define GZIP_UP_TO (512u * 1024)
/* A writer that ignores backpressure is cut off here. */
#define QUEUE_LIMIT (16ull * RWB__STREAM_HIGH)

const char *rwb__http_phrase(uint16_t status) {
    static const struct {
        uint16_t status;
        const char *phrase;
    } PHRASES[] = {
        {101, "Switching Protocols"},
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {206, "Partial Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {416, "Range Not Satisfiable"},
        {426, "Upgrade Required"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
    };

    for (size_t i = 0; i < sizeof PHRASES / sizeof PHRASES[0]; i++) {
        if (PHRASES[i].status == status) {
            return PHRASES[i].phrase;
        }
    }
    return "Unknown";
}

/* ── Conditions ──────────────────────────────────────────────────────────────────────────────── */

static rwg_str opaque(rwg_str etag) {
    return rwg__str_starts(etag, RWG_STR("W/")) ? rwg__str_from(etag, 2) : etag;
}

bool rwb__exchange_has_etag(const rwb__exchange *x, rwg_str etag) {
    rwg_str list = rwb__exchange_header(x, "if-none-match");
    if (etag.len == 0 || list.len == 0) {
        return false;
    }
    if (rwg__str_eq_c(list, "*")) {
        return true;
    }
    rwg_str wanted = opaque(etag);
    // Entity tags are quoted: the text between two quotes, with the quotes, is one.
    for (uint32_t i = 0; i < list.len; i++) {
        if (list.ptr[i] == '"') {
            rwg_str rest = rwg__str_from(list, i + 1);
            uint32_t end = rwg__str_index(rest, '"');
            if (end < rest.len && rwg__str_eq(rwg__str_sub(list, i, i + end + 2), wanted)) {
                return true;
            }
            i += end + 1;
        }
    }
    return false;
}

/* The text behind `gzip;q=`, or "1". */
static bool is_zero_quality(rwg_str parameters) {
    uint32_t equals = rwg__str_index(parameters, '=');
    if (equals == parameters.len) {
        return false;
    }
    for (uint32_t i = equals + 1; i < parameters.len; i++) {
        if (parameters.ptr[i] >= '1' && parameters.ptr[i] <= '9') {
            return false;
        }
    }
    return true;
}

bool rwb__exchange_takes_gzip(const rwb__exchange *x) {
    rwg_str rest = rwb__exchange_header(x, "accept-encoding");
    while (rest.len > 0) {
        uint32_t end = rwg__str_index(rest, ',');
        rwg_str item = rwg__str_sub(rest, 0, end);
        if (rwb__wire_has_item(item, RWG_STR("gzip"))) {
            return !is_zero_quality(item);
        }
        rest = rwg__str_from(rest, end < rest.len ? end + 1 : end);
    }
    return false;
}

/* ── Heads ───────────────────────────────────────────────────────────────────────────────────── */

static void add(rwg__buf *head, const char *name, rwg_str value) {
    if (value.len > 0) {
        rwg__buf_add(head, rwg__str_c(name));
        rwg__buf_add(head, RWG_STR(": "));
        rwg__buf_add(head, value);
        rwg__buf_add(head, RWG_STR("\r\n"));
    }
}

static void add_number(rwg__buf *head, const char *name, uint64_t value) {
    char text[24];
    int len = snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    add(head, name, rwg__str(text, (size_t)len));
}

/* A header that could break out of its line is left out. */
static void add_headers(rwg__buf *head, const rwb__header *headers, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (headers[i].name.len > 0 && rwb__wire_is_value(headers[i].name) &&
            rwb__wire_is_value(headers[i].value)) {
            rwg__buf_add(head, headers[i].name);
            rwg__buf_add(head, RWG_STR(": "));
            rwg__buf_add(head, headers[i].value);
            rwg__buf_add(head, RWG_STR("\r\n"));
        }
    }
}

static void add_date(rwb__http *http) {
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if ((uint64_t)now.tv_sec != http->date_s) {
        struct tm utc;
        http->date_s = (uint64_t)now.tv_sec;
        (void)gmtime_r(&now.tv_sec, &utc);
        (void)strftime(http->date, sizeof http->date, "%a, %d %b %Y %H:%M:%S GMT", &utc);
    }
    add(&http->head, "Date", rwg__str_c(http->date));
}

static bool has_header(const rwb__response *response, rwg_str name) {
    for (uint32_t i = 0; i < response->header_count; i++) {
        if (rwb__wire_same(response->headers[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* Access-Control-Allow-Origin for who may read, unless the caller (a proxied app) says it itself.
 */
static bool add_cors(rwb__exchange *x, const rwb__response *response) {
    const rwb__access *access = x->http->options.access;
    rwg_str origin = rwb__exchange_header(x, "origin");
    if (!access || access->no_cors ||
        has_header(response, RWG_STR("access-control-allow-origin"))) {
        return false;
    }
    if (rwb__cors_allowed(access, origin)) {
        add(&x->http->head, "Access-Control-Allow-Origin", origin);
    }
    return true;
}

/* The status line and all but the framing. */
static rwg__buf *
begin_head(rwb__exchange *x, const rwb__response *response, uint16_t status, bool vary_encoding) {
    rwb__http *http = x->http;
    rwg__buf *head = &http->head;
    rwg__buf_clear(head);
    rwg__buf_printf(head, "HTTP/1.1 %u %s\r\n", status, rwb__http_phrase(status));
    if (status != 304) {
        add(head, "Content-Type", response->type);
    }
    add(head, "Cache-Control", response->cache);
    add(head, "ETag", response->etag);
    bool vary_origin = add_cors(x, response);
    if (vary_origin || vary_encoding) {
        add(head,
            "Vary",
            vary_origin && vary_encoding ? RWG_STR("Origin, Accept-Encoding")
            : vary_origin                ? RWG_STR("Origin")
                                         : RWG_STR("Accept-Encoding"));
    }
    add_headers(head, response->headers, response->header_count);
    for (uint32_t i = 0; i < http->options.header_count; i++) {
        if (!has_header(response, http->options.headers[i].name)) {
            add_headers(head, &http->options.headers[i], 1);
        }
    }
    if (!has_header(response, RWG_STR("date"))) {
        add_date(http);
    }
    return head;
}

/* What the connection does afterwards, and the empty line. */
static void end_head(rwb__exchange *x, rwg__buf *head) {
    // What is said here holds, also when the request's body is over by the end of the answer.
    x->keep_alive = x->keep_alive && x->body_over;
    if (!x->keep_alive) {
        rwg__buf_add(head, RWG_STR("Connection: close\r\n"));
    } else if (x->minor == 0) {
        rwg__buf_add(head, RWG_STR("Connection: keep-alive\r\n"));
    }
    rwg__buf_add(head, RWG_STR("\r\n"));
}

static bool has_no_body(uint16_t status) {
    return status < 200 || status == 204 || status == 304;
}

/* ── Whole answers ───────────────────────────────────────────────────────────────────────────── */

/* True when the bytes sent depend on what encodings the client takes. */
static bool may_gzip(const rwb__response *response) {
    uint32_t len = rwb__bytes_str(response->body).len;
    return response->gzip || (!response->no_gzip && len > GZIP_FROM && len <= GZIP_UP_TO &&
                              rwb__mime_is_text(response->type));
}

/* On this machine bytes cost nothing, and compressing them does: only what comes from elsewhere is
 * compressed, also when somebody on this machine hands it on. */
static bool is_from_here(const rwb__exchange *x) {
    static const char *const FORWARDED[] = {"x-forwarded-for", "forwarded", "via"};
    for (size_t i = 0; i < sizeof FORWARDED / sizeof FORWARDED[0]; i++) {
        if (rwb__exchange_header(x, FORWARDED[i]).len > 0) {
            return false;
        }
    }
    return x->conn->is_local;
}

/* The bytes to send, with a reference; *gzip says whether they may be, and then whether they are
 * gzipped. */
static rwb__bytes *choose_body(const rwb__exchange *x, const rwb__response *response, bool *gzip) {
    *gzip = *gzip && rwb__exchange_takes_gzip(x) && (response->gzip || !is_from_here(x));
    if (*gzip) {
        rwb__bytes *small = response->gzip
                                ? rwb__bytes_keep(response->gzip)
                                : rwb__bytes_gzip(x->http->mem, rwb__bytes_str(response->body));
        if (small) {
            return small;
        }
        *gzip = false;
    }
    return rwb__bytes_keep(response->body);
}

static void send_whole(rwb__exchange *x, const rwb__response *response, uint16_t status) {
    bool silent = has_no_body(status);
    bool gzip = may_gzip(response);
    rwg__buf *head = begin_head(x, response, status, gzip);
    rwb__bytes *body = silent ? NULL : choose_body(x, response, &gzip);
    rwg_str text = rwb__bytes_str(body);
    if (!silent) {
        if (gzip) {
            add(head, "Content-Encoding", RWG_STR("gzip"));
        }
        add_number(head, "Content-Length", text.len);
    }
    end_head(x, head);
    rwb__stream *stream = x->conn->stream;
    rwb__stream_cork(stream, true);
    rwb__stream_write(stream, rwg__buf_str(head));
    if (!silent && !rwb__exchange_is(x, "HEAD")) {
        rwb__stream_write_bytes(stream, body, text);
    }
    rwb__stream_cork(stream, false);
    rwb__bytes_drop(body);
}

void rwb__respond(rwb__exchange *x, const rwb__response *response) {
    RWG_ASSERT(x->answer == RWB__ANSWER_NONE && !x->taken);
    uint16_t status = response->status ? response->status : 200;
    if (x->conn) {
        if (status == 200 && rwb__exchange_reads(x) && rwb__exchange_has_etag(x, response->etag)) {
            status = 304;
        }
        send_whole(x, response, status);
    }
    rwb__exchange_end(x);
}

void rwb__respond_text(rwb__exchange *x, uint16_t status, const char *type, rwg_str text) {
    rwb__bytes *body = rwb__bytes_new(x->http->mem, text);
    rwb__response response = {
        .status = status,
        .type = rwg__str_c(type),
        .cache = RWG_STR("no-store"),
        .body = body,
    };
    rwb__respond(x, &response);
    rwb__bytes_drop(body);
}

void rwb__respond_refusal(rwb__exchange *x, rwb__refusal refusal) {
    char text[256];
    int len = snprintf(text, sizeof text, "%s\n", rwb__refusal_text(refusal));
    rwb__respond_text(
        x, rwb__refusal_status(refusal), "text/plain; charset=utf-8", rwg__str(text, (size_t)len)
    );
}

void rwb__respond_outside(rwb__exchange *x) {
    rwg_str base = x->http->options.base;
    rwg_str path = x->target.path;
    rwg__arena *arena = &x->arena;
    rwg__buf text;
    rwg__buf_init(&text, arena->mem);
    if (path.len + 1 == base.len && rwg__str_starts(base, path) && rwb__exchange_reads(x)) {
        rwg__buf_add(&text, base);
        rwg__buf_add(&text, x->target.has_query ? RWG_STR("?") : RWG_STR(""));
        rwg__buf_add(&text, x->target.raw_query);
        rwb__header header = {RWG_STR("Location"), rwg__arena_str(arena, rwg__buf_str(&text))};
        rwb__respond(x, &(rwb__response){.status = 302, .headers = &header, .header_count = 1});
    } else {
        rwg__buf_printf(
            &text,
            "not found: all paths of this server begin with %.*s (\"base\" in rwgraph.json)\n",
            (int)base.len,
            base.ptr
        );
        rwb__respond_text(x, 404, "text/plain; charset=utf-8", rwg__buf_str(&text));
    }
    rwg__buf_deinit(&text);
}

void rwb__conn_refuse(rwb__conn *conn, uint16_t status) {
    char text[160];
    int len = snprintf(
        text,
        sizeof text,
        "HTTP/1.1 %u %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        status,
        rwb__http_phrase(status)
    );
    rwb__stream_write(conn->stream, rwg__str(text, (size_t)len));
    rwb__conn_finish(conn);
}

/* ── Answers in parts ────────────────────────────────────────────────────────────────────────── */

void rwb__respond_begin(rwb__exchange *x, const rwb__response *response, int64_t length) {
    RWG_ASSERT(x->answer == RWB__ANSWER_NONE && !x->taken);
    uint16_t status = response->status ? response->status : 200;
    x->answer = RWB__ANSWER_OPEN;
    if (!x->conn) {
        return;
    }
    x->silent = has_no_body(status) || rwb__exchange_is(x, "HEAD");
    x->has_length = length >= 0;
    x->left = length >= 0 ? (uint64_t)length : 0;
    x->chunked = !x->has_length && x->minor > 0;
    if (!x->has_length && !x->chunked && !x->silent) {
        x->keep_alive = false; // an HTTP/1.0 client reads to the end
    }
    rwg__buf *head = begin_head(x, response, status, false);
    if (!has_no_body(status)) {
        if (x->has_length) {
            add_number(head, "Content-Length", x->left);
        } else if (x->chunked) {
            add(head, "Transfer-Encoding", RWG_STR("chunked"));
        }
    }
    end_head(x, head);
    rwb__stream_write(x->conn->stream, rwg__buf_str(head));
}

/* What the parts still may be; false when nothing of it is to be sent. */
static bool take_part(rwb__exchange *x, rwg_str *part) {
    RWG_ASSERT(x->answer == RWB__ANSWER_OPEN);
    if (!x->conn || x->silent || part->len == 0) {
        return false;
    }
    if (x->has_length) {
        if (part->len > x->left) {
            part->len = (uint32_t)x->left;
        }
        x->left -= part->len;
    }
    return part->len > 0;
}

static bool has_room(rwb__exchange *x) {
    uint64_t queued = x->conn ? rwb__stream_queued(x->conn->stream) : 0;
    if (queued > QUEUE_LIMIT) {
        rwb__stream_close(x->conn->stream);
    }
    return queued <= RWB__STREAM_HIGH;
}

bool rwb__respond_write_bytes(rwb__exchange *x, rwb__bytes *bytes, rwg_str part) {
    if (take_part(x, &part)) {
        rwb__stream *stream = x->conn->stream;
        if (x->chunked) {
            char size[16];
            int len = snprintf(size, sizeof size, "%x\r\n", part.len);
            rwb__stream_cork(stream, true);
            rwb__stream_write(stream, rwg__str(size, (size_t)len));
            rwb__stream_write_bytes(stream, bytes, part);
            rwb__stream_write(stream, RWG_STR("\r\n"));
            rwb__stream_cork(stream, false);
        } else {
            rwb__stream_write_bytes(stream, bytes, part);
        }
    }
    return has_room(x);
}

bool rwb__respond_write(rwb__exchange *x, rwg_str part) {
    rwb__bytes *bytes = rwb__bytes_new(x->http->mem, part);
    bool room = rwb__respond_write_bytes(x, bytes, rwb__bytes_str(bytes));
    rwb__bytes_drop(bytes);
    return room;
}

void rwb__respond_on_drain(rwb__exchange *x, rwb__loop_fn fn, void *payload) {
    x->drain_fn = fn;
    x->drain_payload = payload;
}

void rwb__respond_end(rwb__exchange *x) {
    RWG_ASSERT(x->answer == RWB__ANSWER_OPEN);
    if (x->conn && !x->silent && x->has_length && x->left > 0) {
        rwb__respond_abort(x); // fewer bytes than were promised
        return;
    }
    if (x->conn && !x->silent && x->chunked) {
        rwb__stream_write(x->conn->stream, RWG_STR("0\r\n\r\n"));
    }
    rwb__exchange_end(x);
}

void rwb__respond_abort(rwb__exchange *x) {
    rwb__conn *conn = x->conn;
    if (conn) {
        // Ended as gone, so that the connection neither goes on nor is finished in good order.
        x->gone_fn = NULL;
        rwb__exchange_lose(x);
        rwb__conn_set_state(conn, RWB__CONN_CLOSING);
        rwb__stream_close(conn->stream);
    }
    rwb__exchange_end(x);
}
