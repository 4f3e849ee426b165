/* The one loop of the server: everything that has state runs on its thread.
 *
 * Other threads hand in work with rwb__loop_post, the only function here that they may call. Timers
 * go through rwb__timer so that a test can own the clock: on a loop made with a manual clock no
 * timer fires until rwb__loop_advance says that time has passed. */
#ifndef RWB_SERVE_LOOP_H
#define RWB_SERVE_LOOP_H

#include <rwgraph/status.h>

#include "base/mem.h"

#include <uv.h>

typedef struct rwb__loop rwb__loop;
typedef struct rwb__timer rwb__timer;

typedef void (*rwb__loop_fn)(void *payload);
typedef void (*rwb__signal_fn)(void *payload, int signal_number);

typedef struct rwb__loop_options {
    bool manual_clock; /* tests: time is what rwb__loop_advance says */
    bool no_signals;   /* leave SIGINT, SIGTERM and SIGPIPE as they are */
} rwb__loop_options;

/// Takes SIGINT and SIGTERM over, and ignores SIGPIPE, unless told otherwise; options may be NULL.
/// NULL and err (which may be NULL) when the system refuses.
rwb__loop *rwb__loop_new(rwg__mem *mem, const rwb__loop_options *options, rwg_error *err);
/// The loop must not be running, and everything made on it must have been freed: closing handles
/// are waited for, posted calls that did not run are dropped.
void rwb__loop_free(rwb__loop *loop);

/// Runs until rwb__loop_stop.
void rwb__loop_run(rwb__loop *loop);
/// Handles what is ready, waiting for the first event; for tests that wait for a condition.
void rwb__loop_run_once(rwb__loop *loop);
/// From the loop's thread.
void rwb__loop_stop(rwb__loop *loop);
/// Calls fn(payload) on the loop's thread, in the order of posting; from any thread.
void rwb__loop_post(rwb__loop *loop, rwb__loop_fn fn, void *payload);
/// What SIGINT and SIGTERM do; without it they stop the loop. The second signal is delivered too.
void rwb__loop_on_signal(rwb__loop *loop, rwb__signal_fn fn, void *payload);

/// Milliseconds, monotonic, as of the current round of the loop.
uint64_t rwb__loop_now_ms(const rwb__loop *loop);
/// Manual clock only: fires what falls due, in order of due time.
void rwb__loop_advance(rwb__loop *loop, uint64_t ms);

uv_loop_t *rwb__loop_uv(rwb__loop *loop);
/// Room for one read, shared by all streams: each hands on what it read before the next one reads.
uv_buf_t rwb__loop_read_room(rwb__loop *loop);
rwg__mem *rwb__loop_mem(const rwb__loop *loop);

rwb__timer *rwb__timer_new(rwb__loop *loop, rwb__loop_fn fn, void *payload);
/// Calls fn once after ms; starting again replaces what was set.
void rwb__timer_start(rwb__timer *timer, uint64_t ms);
void rwb__timer_stop(rwb__timer *timer);
bool rwb__timer_is_set(const rwb__timer *timer);
/// Accepts NULL.
void rwb__timer_free(rwb__timer *timer);

#endif
