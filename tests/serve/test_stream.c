// Streams that end: what is queued is written, and nobody is waited for without end.

#include "serve/stream.h"
#include "test.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// More than the system keeps for a socket that nobody reads.
#define QUEUED (32u * 1024 * 1024)

typedef struct world {
    rwg__mem mem;
    rwb__loop *loop;
    uv_tcp_t listener;
    rwb__stream *stream;
    bool closed;
    int client; // a socket of the system's own
} world;

static void nothing_read(void *payload, rwg_str bytes) {
    (void)payload;
    (void)bytes;
}

static void on_closed(void *payload, rwb__stream_end end) {
    world *w = payload;
    (void)end;
    w->closed = true;
}

static void on_connection(uv_stream_t *handle, int status) {
    static const rwb__stream_events EVENTS = {.read = nothing_read, .closed = on_closed};
    world *w = handle->data;
    assert_int_equal(status, 0);
    w->stream = rwb__stream_accept(w->loop, handle, NULL);
    rwb__stream_own(w->stream, &EVENTS, w);
}

static void open_world(world *w) {
    struct sockaddr_in address;
    int len = sizeof address;
    *w = (world){0};
    rwg__mem_init(&w->mem, NULL, 0);
    w->loop = rwb__loop_new(&w->mem, &(rwb__loop_options){true, true}, NULL);
    assert_int_equal(uv_tcp_init(rwb__loop_uv(w->loop), &w->listener), 0);
    w->listener.data = w;
    assert_int_equal(uv_ip4_addr("127.0.0.1", 0, &address), 0);
    assert_int_equal(uv_tcp_bind(&w->listener, (const struct sockaddr *)&address, 0), 0);
    assert_int_equal(uv_listen((uv_stream_t *)&w->listener, 1, on_connection), 0);
    assert_int_equal(uv_tcp_getsockname(&w->listener, (struct sockaddr *)&address, &len), 0);
    w->client = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(w->client, (const struct sockaddr *)&address, sizeof address), 0);
    while (!w->stream) {
        rwb__loop_run_once(w->loop);
    }
}

static void close_world(world *w) {
    (void)close(w->client);
    uv_close((uv_handle_t *)&w->listener, NULL);
    rwb__loop_free(w->loop);
    assert_int_equal(w->mem.used, 0);
}

static void write_much(world *w) {
    char *data;
    rwb__bytes *bytes = rwb__bytes_room(&w->mem, QUEUED, &data);
    memset(data, 'x', QUEUED);
    rwb__stream_write_bytes(w->stream, bytes, rwb__bytes_str(bytes));
    rwb__bytes_drop(bytes);
}

TEST(who_does_not_take_what_is_left_is_cut_off) {
    world w;
    open_world(&w);
    write_much(&w);
    rwb__stream_finish(w.stream);
    assert_true(rwb__stream_queued(w.stream) > 0);
    rwb__loop_advance(w.loop, 29 * 1000);
    assert_false(w.closed);
    rwb__loop_advance(w.loop, 2 * 1000);
    while (!w.closed) {
        rwb__loop_run_once(w.loop);
    }
    close_world(&w);
}

TEST(who_takes_some_of_it_has_more_time) {
    world w;
    char room[64 * 1024];
    open_world(&w);
    write_much(&w);
    rwb__stream_finish(w.stream);
    uint64_t before = rwb__stream_written(w.stream);
    for (uint64_t read_bytes = 0; rwb__stream_written(w.stream) == before;) {
        ssize_t got = read(w.client, room, sizeof room);
        assert_true(got > 0);
        read_bytes += (uint64_t)got;
        assert_true(read_bytes < QUEUED);
        (void)uv_run(rwb__loop_uv(w.loop), UV_RUN_NOWAIT);
    }
    rwb__loop_advance(w.loop, 31 * 1000);
    (void)uv_run(rwb__loop_uv(w.loop), UV_RUN_NOWAIT);
    assert_false(w.closed);
    rwb__loop_advance(w.loop, 31 * 1000);
    while (!w.closed) {
        rwb__loop_run_once(w.loop);
    }
    close_world(&w);
}

TEST(a_client_of_this_machine_is_told_from_others) {
    world w;
    open_world(&w);
    assert_true(rwb__stream_is_local(w.stream));
    rwb__stream_close(w.stream);
    while (!w.closed) {
        rwb__loop_run_once(w.loop);
    }
    close_world(&w);
}
