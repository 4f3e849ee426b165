// HTTP heads and bodies as bytes: however the network cuts them, the same comes out.

#include "base/buf.h"
#include "serve/wire.h"
#include "test.h"

#include <string.h>

static rwb__wire_status read_all(
    rwg_str text, uint32_t step, uint8_t kind, uint64_t length, rwg__buf *out, uint32_t *out_rest
) {
    rwb__wire_head head = {.body = kind, .length = length};
    rwb__wire_reader reader;
    rwb__wire_reader_init(&reader, &head);
    rwb__wire_status status = RWB__WIRE_MORE;
    for (uint32_t at = 0; at < text.len && status == RWB__WIRE_MORE; at += step) {
        uint32_t end = at + step < text.len ? at + step : text.len;
        rwg_str bytes = rwg__str_sub(text, at, end);
        do {
            rwg_str part;
            status = rwb__wire_read(&reader, &bytes, &part);
            rwg__buf_add(out, part);
        } while (status == RWB__WIRE_MORE && bytes.len > 0);
        *out_rest = text.len - end + bytes.len;
    }
    return status;
}

TEST(a_chunked_body_is_the_same_however_it_is_cut) {
    rwg_str text =
        RWG_STR("5\r\nhello\r\n0007;ext=\"x\"\r\n, world\r\n1 \r\n!\r\n0\r\nTrailer: x\r\n\r\nNEXT"
        );
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    for (uint32_t step = 1; step <= text.len; step++) {
        rwg__buf out;
        uint32_t rest = 0;
        rwg__buf_init(&out, &mem);
        assert_int_equal(read_all(text, step, RWB__WIRE_CHUNKED, 0, &out, &rest), RWB__WIRE_OK);
        assert_true(rwg__str_eq_c(rwg__buf_str(&out), "hello, world!"));
        assert_true(rest >= 4); // what follows is not touched
        rwg__buf_deinit(&out);
    }
}

TEST(a_body_of_known_length_ends_there) {
    rwg_str text = RWG_STR("0123456789NEXT");
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    for (uint32_t step = 1; step <= text.len; step++) {
        rwg__buf out;
        uint32_t rest = 0;
        rwg__buf_init(&out, &mem);
        assert_int_equal(read_all(text, step, RWB__WIRE_LENGTH, 10, &out, &rest), RWB__WIRE_OK);
        assert_true(rwg__str_eq_c(rwg__buf_str(&out), "0123456789"));
        rwg__buf_deinit(&out);
    }
}

TEST(the_end_of_a_head_is_found_however_it_is_cut) {
    rwg_str text = RWG_STR("GET / HTTP/1.1\r\na: b\r\n\rx\r\n\r\nbody\r\n\r\n");
    for (uint32_t step = 1; step <= text.len; step++) {
        uint32_t scan = 0;
        uint32_t len = 0;
        for (uint32_t end = step; len == 0; end += step) {
            len = rwb__wire_head_length(
                rwg__str_sub(text, 0, end < text.len ? end : text.len), &scan
            );
            assert_true(len > 0 || end < text.len);
        }
        assert_int_equal(len, 28);
    }
}

TEST(a_request_is_read) {
    rwb__wire_head head;
    rwg_str text = RWG_STR("POST /x?y HTTP/1.1\r\nHost:  h \r\nConnection: foo, Upgrade\r\n"
                           "content-LENGTH: 12\r\nEmpty:\r\n\r\n");
    assert_int_equal(rwb__wire_request(text, &head), RWB__WIRE_OK);
    assert_true(rwg__str_eq_c(head.method, "POST"));
    assert_true(rwg__str_eq_c(head.target, "/x?y"));
    assert_int_equal(head.header_count, 4);
    assert_true(
        rwg__str_eq_c(rwb__wire_header(head.headers, head.header_count, RWG_STR("hOST")), "h")
    );
    assert_int_equal(head.body, RWB__WIRE_LENGTH);
    assert_int_equal(head.length, 12);
    assert_true(head.upgrade);
    assert_true(head.keep_alive);
}

TEST(an_answer_has_the_body_that_its_status_says) {
    static const struct {
        const char *text;
        bool no_body;
        uint16_t status;
        rwb__wire_body body;
    } CASES[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", false, 200, RWB__WIRE_LENGTH},
        {"HTTP/1.1 200\r\nTransfer-Encoding: Chunked\r\n\r\n", false, 200, RWB__WIRE_CHUNKED},
        {"HTTP/1.0 200 \r\n\r\n", false, 200, RWB__WIRE_TO_END},
        {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", true, 200, RWB__WIRE_NO_BODY},
        {"HTTP/1.1 204 No\r\nContent-Length: 3\r\n\r\n", false, 204, RWB__WIRE_NO_BODY},
        {"HTTP/1.1 304 Not\r\nContent-Length: 3\r\n\r\n", false, 304, RWB__WIRE_NO_BODY},
        {"HTTP/1.1 101 Up\r\n\r\n", false, 101, RWB__WIRE_NO_BODY},
    };

    rwb__wire_head head;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        assert_int_equal(
            rwb__wire_response(rwg__str_c(CASES[i].text), CASES[i].no_body, &head), RWB__WIRE_OK
        );
        assert_int_equal(head.status, CASES[i].status);
        assert_int_equal(head.body, CASES[i].body);
    }
    static const char *const BAD[] = {
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1  200\r\n\r\n",
        "HTTP/1.1 200OK\r\n\r\n",
        "ICY 200 OK\r\n\r\n",
        "HTTP/1.1 099 x\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        assert_int_equal(rwb__wire_response(rwg__str_c(BAD[i]), false, &head), RWB__WIRE_BAD);
    }
}

TEST(items_of_a_list_are_compared_whole) {
    assert_true(rwb__wire_has_item(RWG_STR("a, Keep-Alive ,b"), RWG_STR("keep-alive")));
    assert_true(rwb__wire_has_item(RWG_STR("gzip;q=0.5"), RWG_STR("gzip")));
    assert_false(rwb__wire_has_item(RWG_STR("xgzip, gzipx"), RWG_STR("gzip")));
    assert_false(rwb__wire_has_item(RWG_STR(""), RWG_STR("gzip")));
}
