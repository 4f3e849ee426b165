// HTTP heads and bodies, and WebSocket frames. The first byte says how large the pieces are in
// which the network delivers the rest. What must hold for any bytes: the same comes out as in one
// piece, parts lie within the input, and a body of a known length is never longer.

#include "serve/frame.h"
#include "serve/wire.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLDS(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static bool lies_within(rwg_str part, rwg_str whole) {
    return part.len == 0 || (part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

/// Reads a body piece by piece; what comes out is appended, and the number of bytes left over told.
static rwb__wire_status read_body(
    const rwb__wire_head *head, rwg_str text, uint32_t step, rwg__buf *out, uint32_t *out_rest
) {
    rwb__wire_reader reader;
    rwb__wire_reader_init(&reader, head);
    rwb__wire_status status = RWB__WIRE_MORE;
    *out_rest = text.len;
    for (uint32_t at = 0; at < text.len && status == RWB__WIRE_MORE; at += step) {
        uint32_t end = text.len - at < step ? text.len : at + step;
        rwg_str bytes = rwg__str_sub(text, at, end);
        do {
            rwg_str part;
            status = rwb__wire_read(&reader, &bytes, &part);
            HOLDS(lies_within(part, text));
            rwg__buf_add(out, part);
        } while (status == RWB__WIRE_MORE && bytes.len > 0);
        *out_rest = text.len - end + bytes.len;
    }
    return status;
}

static void check_body(rwg__mem *mem, const rwb__wire_head *head, rwg_str text, uint32_t step) {
    rwg__buf whole;
    rwg__buf pieces;
    uint32_t rest[2];
    rwg__buf_init(&whole, mem);
    rwg__buf_init(&pieces, mem);
    rwb__wire_status one = read_body(head, text, text.len + 1, &whole, &rest[0]);
    rwb__wire_status many = read_body(head, text, step, &pieces, &rest[1]);
    HOLDS(one == many);
    HOLDS(rwg__str_eq(rwg__buf_str(&whole), rwg__buf_str(&pieces)));
    HOLDS(one != RWB__WIRE_OK || rest[0] == rest[1]);
    HOLDS(head->body != RWB__WIRE_LENGTH || whole.bytes.len <= head->length);
    rwg__buf_deinit(&whole);
    rwg__buf_deinit(&pieces);
}

static void check_head(rwg__mem *mem, rwg_str text, uint32_t step) {
    uint32_t scan = 0;
    uint32_t len = rwb__wire_head_length(text, &scan);
    uint32_t found = 0;
    scan = 0;
    for (uint32_t end = 0; found == 0 && end < text.len;) {
        end = text.len - end < step ? text.len : end + step;
        found = rwb__wire_head_length(rwg__str_sub(text, 0, end), &scan);
    }
    HOLDS(found == len);
    if (len == 0) {
        return;
    }
    static rwb__wire_head head;
    rwg_str line = rwg__str_sub(text, 0, len);
    for (int kind = 0; kind < 3; kind++) {
        rwb__wire_status status =
            kind == 0 ? rwb__wire_request(line, &head) : rwb__wire_response(line, kind == 2, &head);
        if (status != RWB__WIRE_OK) {
            continue;
        }
        HOLDS(head.header_count <= RWB__LIMIT_HEADERS);
        for (uint32_t i = 0; i < head.header_count; i++) {
            HOLDS(head.headers[i].name.len > 0 && lies_within(head.headers[i].name, line));
            HOLDS(lies_within(head.headers[i].value, line));
            HOLDS(rwb__wire_is_value(head.headers[i].value));
        }
        check_body(mem, &head, rwg__str_from(text, len), step);
    }
}

static bool collect(void *payload, rwb__frame_op op, rwg_str data) {
    rwg__buf *out = payload;
    HOLDS(op != RWB__FRAME_TEXT || rwg__str_is_utf8(data));
    HOLDS(op < RWB__FRAME_CLOSE || data.len <= 125);
    rwg__buf_printf(out, "%d:%u:", (int)op, data.len);
    rwg__buf_add(out, data);
    return true;
}

static uint16_t feed(rwg__mem *mem, rwg_str text, uint32_t step, rwg__buf *out) {
    rwb__frames frames;
    uint16_t fault = 0;
    rwb__frames_init(&frames, mem, 10000);
    for (uint32_t at = 0; at < text.len && fault == 0; at += step) {
        uint32_t end = text.len - at < step ? text.len : at + step;
        fault = rwb__frames_feed(&frames, rwg__str_sub(text, at, end), collect, out);
        HOLDS(frames.message.bytes.len <= 10000);
        HOLDS(fault != 0 || frames.in.bytes.len <= 10000 + 14); // what waits is one frame
    }
    rwb__frames_deinit(&frames);
    return fault;
}

static void check_frames(rwg__mem *mem, rwg_str text, uint32_t step) {
    rwg__buf whole;
    rwg__buf pieces;
    rwg__buf_init(&whole, mem);
    rwg__buf_init(&pieces, mem);
    uint16_t one = feed(mem, text, text.len + 1, &whole);
    uint16_t many = feed(mem, text, step, &pieces);
    HOLDS(one == many);
    HOLDS(rwg__str_eq(rwg__buf_str(&whole), rwg__buf_str(&pieces)));
    rwg__buf_deinit(&whole);
    rwg__buf_deinit(&pieces);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2 || size > 100000) {
        return 0;
    }
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    rwg_str text = {(const char *)data + 1, (uint32_t)size - 1};
    uint32_t step = 1u + data[0];
    check_head(&mem, text, step);
    check_frames(&mem, text, step);
    HOLDS(mem.used == 0);
    return 0;
}
