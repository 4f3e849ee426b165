/* The loop: libuv's, with a queue for other threads, signals, and a clock that tests may own. */
#include "serve/loop.h"

#include "base/lock.h"
#include "base/str.h"
#include "base/vec.h"

#include <signal.h>

/* A socket's default receive window holds about this much. */
#define READ_BYTES (64 * 1024)

typedef struct call {
    rwb__loop_fn fn;
    void *payload;
} call;

struct rwb__timer {
    rwb__loop *loop;
    rwb__loop_fn fn;
    void *payload;
    uv_timer_t uv;    /* real clock */
    uint64_t due;     /* manual clock; 0 = not set */
    uint64_t order;   /* manual clock: among equals, who was started first */
    rwb__timer *next; /* in loop->timers; manual clock only */
};

struct rwb__loop {
    rwg__mem *mem;
    uv_loop_t uv;
    uv_async_t wake;
    uv_signal_t signals[2];
    bool has_signals;
    bool manual;
    bool stopped;
    uint64_t now; /* manual clock */
    uint64_t next_order;
    rwb__timer *timers; /* manual clock: all of them */
    rwb__signal_fn on_signal;
    void *signal_payload;
    rwg__lock lock; /* guards calls */
    RWG_VEC(call) calls;
    char read_room[READ_BYTES];
};

static void run_calls(uv_async_t *handle) {
    rwb__loop *loop = handle->data;
    // Taken as a whole: what is posted meanwhile has its own wake-up.
    rwg__lock_take(&loop->lock);
    call *calls = loop->calls.ptr;
    uint32_t count = loop->calls.len;
    uint32_t cap = loop->calls.cap;
    loop->calls.ptr = NULL;
    loop->calls.len = 0;
    loop->calls.cap = 0;
    rwg__lock_give(&loop->lock);
    for (uint32_t i = 0; i < count; i++) {
        calls[i].fn(calls[i].payload);
    }
    rwg__mem_free(loop->mem, calls, (size_t)cap * sizeof *calls);
}

static void take_signal(uv_signal_t *handle, int number) {
    rwb__loop *loop = handle->data;
    if (loop->on_signal) {
        loop->on_signal(loop->signal_payload, number);
    } else {
        rwb__loop_stop(loop);
    }
}

static void start_signals(rwb__loop *loop) {
    static const int NUMBERS[] = {SIGINT, SIGTERM};
    (void)signal(SIGPIPE, SIG_IGN);
    loop->has_signals = true;
    for (int i = 0; i < 2; i++) {
        RWG_ASSERT(uv_signal_init(&loop->uv, &loop->signals[i]) == 0);
        loop->signals[i].data = loop;
        RWG_ASSERT(uv_signal_start(&loop->signals[i], take_signal, NUMBERS[i]) == 0);
        uv_unref((uv_handle_t *)&loop->signals[i]);
    }
}

rwb__loop *rwb__loop_new(rwg__mem *mem, const rwb__loop_options *options, rwg_error *err) {
    rwb__loop *loop = rwg__mem_zalloc(mem, sizeof *loop);
    loop->mem = mem;
    loop->manual = options && options->manual_clock;
    loop->now = 1;
    int failed = uv_loop_init(&loop->uv);
    if (failed) {
        (void)rwg__error(
            err, RWG_IO, (rwg_str){0}, "cannot make an event loop: %s", uv_strerror(failed)
        );
        rwg__mem_free(mem, loop, sizeof *loop);
        return NULL;
    }
    rwg__lock_init(&loop->lock);
    RWG_ASSERT(uv_async_init(&loop->uv, &loop->wake, run_calls) == 0);
    loop->wake.data = loop;
    if (!options || !options->no_signals) {
        start_signals(loop);
    }
    return loop;
}

void rwb__loop_free(rwb__loop *loop) {
    if (!loop) {
        return;
    }
    uv_close((uv_handle_t *)&loop->wake, NULL);
    for (int i = 0; loop->has_signals && i < 2; i++) {
        uv_close((uv_handle_t *)&loop->signals[i], NULL);
    }
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    RWG_ASSERT(uv_loop_close(&loop->uv) == 0); // something on the loop was not freed
    rwg__lock_deinit(&loop->lock);
    rwg__vec_free(&loop->calls, loop->mem);
    rwg__mem_free(loop->mem, loop, sizeof *loop);
}

void rwb__loop_run(rwb__loop *loop) {
    loop->stopped = false;
    while (!loop->stopped) {
        (void)uv_run(&loop->uv, UV_RUN_ONCE);
    }
}

void rwb__loop_run_once(rwb__loop *loop) {
    (void)uv_run(&loop->uv, UV_RUN_ONCE);
}

void rwb__loop_stop(rwb__loop *loop) {
    loop->stopped = true;
    uv_stop(&loop->uv);
}

void rwb__loop_post(rwb__loop *loop, rwb__loop_fn fn, void *payload) {
    rwg__lock_take(&loop->lock);
    *rwg__vec_push(&loop->calls, loop->mem) = (call){fn, payload};
    rwg__lock_give(&loop->lock);
    (void)uv_async_send(&loop->wake);
}

void rwb__loop_on_signal(rwb__loop *loop, rwb__signal_fn fn, void *payload) {
    loop->on_signal = fn;
    loop->signal_payload = payload;
}

uint64_t rwb__loop_now_ms(const rwb__loop *loop) {
    return loop->manual ? loop->now : uv_now(&loop->uv);
}

uv_loop_t *rwb__loop_uv(rwb__loop *loop) {
    return &loop->uv;
}

uv_buf_t rwb__loop_read_room(rwb__loop *loop) {
    return uv_buf_init(loop->read_room, READ_BYTES);
}

rwg__mem *rwb__loop_mem(const rwb__loop *loop) {
    return loop->mem;
}

/* The timer that is due first, at `until` or before; NULL = none. */
static rwb__timer *first_due(const rwb__loop *loop, uint64_t until) {
    rwb__timer *first = NULL;
    for (rwb__timer *t = loop->timers; t; t = t->next) {
        bool earlier =
            !first || t->due < first->due || (t->due == first->due && t->order < first->order);
        if (t->due != 0 && t->due <= until && earlier) {
            first = t;
        }
    }
    return first;
}

void rwb__loop_advance(rwb__loop *loop, uint64_t ms) {
    RWG_ASSERT(loop->manual);
    uint64_t until = loop->now + ms;
    for (rwb__timer *t = first_due(loop, until); t; t = first_due(loop, until)) {
        loop->now = t->due;
        t->due = 0;
        t->fn(t->payload);
    }
    loop->now = until;
}

static void fire(uv_timer_t *handle) {
    rwb__timer *timer = handle->data;
    timer->fn(timer->payload);
}

rwb__timer *rwb__timer_new(rwb__loop *loop, rwb__loop_fn fn, void *payload) {
    rwb__timer *timer = rwg__mem_zalloc(loop->mem, sizeof *timer);
    timer->loop = loop;
    timer->fn = fn;
    timer->payload = payload;
    if (loop->manual) {
        timer->next = loop->timers;
        loop->timers = timer;
    } else {
        (void)uv_timer_init(&loop->uv, &timer->uv);
        timer->uv.data = timer;
    }
    return timer;
}

void rwb__timer_start(rwb__timer *timer, uint64_t ms) {
    if (timer->loop->manual) {
        timer->due = timer->loop->now + (ms > 0 ? ms : 1);
        timer->order = timer->loop->next_order++;
    } else {
        (void)uv_timer_start(&timer->uv, fire, ms, 0);
    }
}

void rwb__timer_stop(rwb__timer *timer) {
    if (timer->loop->manual) {
        timer->due = 0;
    } else {
        (void)uv_timer_stop(&timer->uv);
    }
}

bool rwb__timer_is_set(const rwb__timer *timer) {
    return timer->loop->manual ? timer->due != 0
                               : uv_is_active((const uv_handle_t *)&timer->uv) != 0;
}

static void free_timer(uv_handle_t *handle) {
    rwb__timer *timer = handle->data;
    rwg__mem_free(timer->loop->mem, timer, sizeof *timer);
}

void rwb__timer_free(rwb__timer *timer) {
    if (!timer) {
        return;
    }
    if (!timer->loop->manual) {
        uv_close((uv_handle_t *)&timer->uv, free_timer);
        return;
    }
    rwb__timer **link = &timer->loop->timers;
    while (*link != timer) {
        link = &(*link)->next;
    }
    *link = timer->next;
    rwg__mem_free(timer->loop->mem, timer, sizeof *timer);
}
