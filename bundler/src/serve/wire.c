/* Strict parsing of HTTP/1.1 heads and bodies. */
#include "serve/wire.h"

#include <string.h>

/* Digits of a chunk size: 15 are 60 bits, more than anybody sends. */
#define CHUNK_DIGITS 15
/* Bytes of a chunk's extensions, and of all trailers. */
#define CHUNK_LINE 4096

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* RFC 9110 §5.6.2 */
static bool is_token_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_token(rwg_str text) {
    for (uint32_t i = 0; i < text.len; i++) {
        if (!is_token_char(text.ptr[i])) {
            return false;
        }
    }
    return text.len > 0;
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool rwb__wire_same(rwg_str a, rwg_str b) {
    if (a.len != b.len) {
        return false;
    }
    for (uint32_t i = 0; i < a.len; i++) {
        if (lower(a.ptr[i]) != lower(b.ptr[i])) {
            return false;
        }
    }
    return true;
}

bool rwb__wire_is_value(rwg_str text) {
    for (uint32_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if ((c < ' ' && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return true;
}

rwg_str rwb__wire_header(const rwb__header *headers, uint32_t count, rwg_str name) {
    for (uint32_t i = 0; i < count; i++) {
        if (rwb__wire_same(headers[i].name, name)) {
            return headers[i].value;
        }
    }
    return (rwg_str){"", 0};
}

static rwg_str trim(rwg_str text) {
    while (text.len > 0 && (text.ptr[0] == ' ' || text.ptr[0] == '\t')) {
        text = rwg__str_from(text, 1);
    }
    while (text.len > 0 && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t')) {
        text.len--;
    }
    return text;
}

/* The next item of a comma-separated value, its parameters cut off; *rest moves behind it. */
static bool next_item(rwg_str *rest, rwg_str *out) {
    if (rest->len == 0) {
        return false;
    }
    uint32_t end = rwg__str_index(*rest, ',');
    rwg_str item = rwg__str_sub(*rest, 0, end);
    *rest = rwg__str_from(*rest, end < rest->len ? end + 1 : end);
    item.len = rwg__str_index(item, ';');
    *out = trim(item);
    return true;
}

bool rwb__wire_has_item(rwg_str value, rwg_str wanted) {
    rwg_str item;
    while (next_item(&value, &item)) {
        if (rwb__wire_same(item, wanted)) {
            return true;
        }
    }
    return false;
}

uint32_t rwb__wire_head_length(rwg_str bytes, uint32_t *scan) {
    // Three bytes back: the empty line may have been cut in two by the last read.
    uint32_t at = *scan > 3 ? *scan - 3 : 0;
    while (at + 4 <= bytes.len) {
        const char *cr = memchr(bytes.ptr + at, '\r', bytes.len - at - 3);
        if (!cr) {
            break;
        }
        if (memcmp(cr, "\r\n\r\n", 4) == 0) {
            return (uint32_t)(cr - bytes.ptr) + 4;
        }
        at = (uint32_t)(cr - bytes.ptr) + 1;
    }
    *scan = bytes.len;
    return 0;
}

/* Cuts the line at the front off, without its CRLF. A CR or LF alone is refused. */
static bool take_line(rwg_str *rest, rwg_str *out) {
    uint32_t end = rwg__str_index(*rest, '\r');
    if (end + 1 >= rest->len || rest->ptr[end + 1] != '\n') {
        return false;
    }
    *out = rwg__str_sub(*rest, 0, end);
    *rest = rwg__str_from(*rest, end + 2);
    return rwg__str_index(*out, '\n') == out->len;
}

static rwb__wire_status parse_headers(rwg_str rest, rwb__wire_head *out) {
    rwg_str line;
    while (take_line(&rest, &line)) {
        if (line.len == 0) {
            return rest.len == 0 ? RWB__WIRE_OK : RWB__WIRE_BAD;
        }
        if (out->header_count == RWB__LIMIT_HEADERS) {
            return RWB__WIRE_LONG;
        }
        uint32_t colon = rwg__str_index(line, ':');
        if (colon == line.len) {
            return RWB__WIRE_BAD;
        }
        // A name with a space in it or after it, and a folded line, are no token.
        rwb__header header = {rwg__str_sub(line, 0, colon), trim(rwg__str_from(line, colon + 1))};
        if (!is_token(header.name) || !rwb__wire_is_value(header.value)) {
            return RWB__WIRE_BAD;
        }
        out->headers[out->header_count++] = header;
    }
    return RWB__WIRE_BAD;
}

static bool parse_length(rwg_str text, uint64_t *out) {
    uint64_t value = 0;
    if (text.len == 0 || text.len > 15) {
        return false;
    }
    for (uint32_t i = 0; i < text.len; i++) {
        if (!is_digit(text.ptr[i])) {
            return false;
        }
        value = value * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    *out = value;
    return true;
}

/* Keep-alive, upgrade and where the body ends. */
static rwb__wire_status read_framing(rwb__wire_head *out, uint8_t default_body) {
    uint32_t lengths = 0;
    uint32_t encodings = 0;
    bool close = false;
    out->body = default_body;
    out->keep_alive = out->minor >= 1;
    for (uint32_t i = 0; i < out->header_count; i++) {
        rwg_str name = out->headers[i].name;
        rwg_str value = out->headers[i].value;
        if (rwb__wire_same(name, RWG_STR("content-length"))) {
            if (!parse_length(value, &out->length)) {
                return RWB__WIRE_BAD;
            }
            lengths++;
            out->body = out->length > 0 ? RWB__WIRE_LENGTH : RWB__WIRE_NO_BODY;
        } else if (rwb__wire_same(name, RWG_STR("transfer-encoding"))) {
            if (!rwb__wire_same(value, RWG_STR("chunked"))) {
                return RWB__WIRE_BAD;
            }
            encodings++;
        } else if (rwb__wire_same(name, RWG_STR("connection"))) {
            close = close || rwb__wire_has_item(value, RWG_STR("close"));
            out->keep_alive = out->keep_alive || rwb__wire_has_item(value, RWG_STR("keep-alive"));
            out->upgrade = out->upgrade || rwb__wire_has_item(value, RWG_STR("upgrade"));
        } else if (rwb__wire_same(name, RWG_STR("expect"))) {
            // Who speaks HTTP/1.0 takes an interim answer for the answer.
            out->expects_continue =
                out->minor >= 1 && rwb__wire_same(value, RWG_STR("100-continue"));
        }
    }
    out->keep_alive = out->keep_alive && !close;
    if (lengths > 1 || encodings > 1 || lengths + encodings > 1) {
        return RWB__WIRE_BAD;
    }
    if (encodings == 1) {
        if (out->minor == 0) {
            return RWB__WIRE_BAD;
        }
        out->body = RWB__WIRE_CHUNKED;
    }
    return RWB__WIRE_OK;
}

static rwb__wire_status parse_version(rwg_str text, rwb__wire_head *out) {
    if (text.len != 8 || memcmp(text.ptr, "HTTP/", 5) != 0 || !is_digit(text.ptr[5]) ||
        text.ptr[6] != '.' || !is_digit(text.ptr[7])) {
        return RWB__WIRE_BAD;
    }
    out->minor = (uint8_t)(text.ptr[7] - '0');
    return text.ptr[5] == '1' && out->minor <= 1 ? RWB__WIRE_OK : RWB__WIRE_VERSION;
}

rwb__wire_status rwb__wire_request(rwg_str text, rwb__wire_head *out) {
    out->header_count = 0;
    out->status = 0;
    out->upgrade = false;
    out->expects_continue = false;
    out->length = 0;
    rwg_str line;
    if (!take_line(&text, &line)) {
        return RWB__WIRE_BAD;
    }
    uint32_t first = rwg__str_index(line, ' ');
    uint32_t last = rwg__str_last_index(line, ' ');
    if (first == line.len || last <= first + 1) {
        return RWB__WIRE_BAD;
    }
    out->method = rwg__str_sub(line, 0, first);
    out->target = rwg__str_sub(line, first + 1, last);
    rwb__wire_status status = parse_version(rwg__str_from(line, last + 1), out);
    if (status != RWB__WIRE_OK) {
        return status;
    }
    // Which bytes a target may have is guard.c's business, but never a second space.
    if (!is_token(out->method) || rwg__str_index(out->target, ' ') != out->target.len) {
        return RWB__WIRE_BAD;
    }
    status = parse_headers(text, out);
    return status == RWB__WIRE_OK ? read_framing(out, RWB__WIRE_NO_BODY) : status;
}

rwb__wire_status rwb__wire_response(rwg_str text, bool no_body, rwb__wire_head *out) {
    out->header_count = 0;
    out->method = out->target = (rwg_str){"", 0};
    out->upgrade = false;
    out->expects_continue = false;
    out->length = 0;
    rwg_str line;
    uint64_t code;
    if (!take_line(&text, &line) || line.len < 12 || line.ptr[8] != ' ' ||
        !parse_length(rwg__str_sub(line, 9, 12), &code) || code < 100 || code > 999 ||
        (line.len > 12 && line.ptr[12] != ' ')) {
        return RWB__WIRE_BAD;
    }
    out->status = (uint16_t)code;
    rwb__wire_status status = parse_version(rwg__str_sub(line, 0, 8), out);
    if (status == RWB__WIRE_OK) {
        status = parse_headers(text, out);
    }
    if (status == RWB__WIRE_OK) {
        status = read_framing(out, RWB__WIRE_TO_END);
    }
    if (no_body || code < 200 || code == 204 || code == 304) {
        out->body = RWB__WIRE_NO_BODY;
    }
    return status;
}

/* States of a chunked body:
 *
 *   SIZE ──;──▶ EXTENSION ──CR──▶ SIZE_LF ──▶ DATA ──▶ DATA_CR ──▶ DATA_LF ──▶ SIZE
 *                                    └─ 0 ──▶ TRAILER ⇄ TRAILER_LINE … ──▶ DONE            */
enum {
    DATA,
    SIZE,
    EXTENSION,
    SIZE_LF,
    DATA_CR,
    DATA_LF,
    TRAILER,
    TRAILER_LINE,
    TRAILER_LF,
    LAST_LF,
    DONE,
};

void rwb__wire_reader_init(rwb__wire_reader *reader, const rwb__wire_head *head) {
    *reader = (rwb__wire_reader){.kind = head->body, .left = head->length, .state = DATA};
    if (head->body == RWB__WIRE_NO_BODY) {
        reader->state = DONE;
    } else if (head->body == RWB__WIRE_CHUNKED) {
        reader->state = SIZE;
        reader->left = 0;
    }
}

static int hex_value(char c) {
    c = lower(c);
    return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool take_size_char(rwb__wire_reader *r, char c) {
    int digit = hex_value(c);
    if (digit >= 0) {
        r->left = r->left * 16 + (uint64_t)digit;
        return ++r->digits <= CHUNK_DIGITS;
    }
    r->state = c == '\r' ? SIZE_LF : EXTENSION;
    return r->digits > 0 && (c == '\r' || c == ';' || c == ' ' || c == '\t');
}

/* One byte of what stands between the data; false = malformed. */
static bool step(rwb__wire_reader *r, char c) {
    if (++r->line > CHUNK_LINE) {
        return false;
    }
    switch (r->state) {
    case SIZE: return take_size_char(r, c);
    case EXTENSION: r->state = c == '\r' ? SIZE_LF : EXTENSION; return c != '\n';
    case SIZE_LF:
        r->state = r->left == 0 ? TRAILER : DATA;
        r->line = 0;
        r->digits = 0;
        return c == '\n';
    case DATA_CR: r->state = DATA_LF; return c == '\r';
    case DATA_LF:
        r->state = SIZE;
        r->line = 0;
        return c == '\n';
    case TRAILER: r->state = c == '\r' ? LAST_LF : TRAILER_LINE; return c != '\n';
    case TRAILER_LINE: r->state = c == '\r' ? TRAILER_LF : TRAILER_LINE; return c != '\n';
    case TRAILER_LF: r->state = TRAILER; return c == '\n';
    case LAST_LF: r->state = DONE; return c == '\n';
    default: return false;
    }
}

rwb__wire_status rwb__wire_read(rwb__wire_reader *r, rwg_str *bytes, rwg_str *out_part) {
    *out_part = (rwg_str){"", 0};
    while (r->state != DONE && bytes->len > 0) {
        if (r->state != DATA) {
            if (!step(r, bytes->ptr[0])) {
                return RWB__WIRE_BAD;
            }
            *bytes = rwg__str_from(*bytes, 1);
            continue;
        }
        uint32_t take = bytes->len;
        if (r->kind != RWB__WIRE_TO_END) {
            take = r->left < take ? (uint32_t)r->left : take;
            r->left -= take;
            if (r->left == 0) {
                r->state = r->kind == RWB__WIRE_CHUNKED ? DATA_CR : DONE;
            }
        }
        *out_part = rwg__str_sub(*bytes, 0, take);
        *bytes = rwg__str_from(*bytes, take);
        return RWB__WIRE_MORE;
    }
    return r->state == DONE ? RWB__WIRE_OK : RWB__WIRE_MORE;
}
