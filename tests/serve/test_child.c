// Child processes: what they say, how they end, and that none is left over.

#include "base/buf.h"
#include "base/str.h"
#include "serve/child.h"
#include "test.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct world {
    rwg__mem mem;
    rwb__loop *loop;
    rwg__buf said; /* "out:line\n" and "err:line\n", and "taken:line\n" */
    rwb__child_exit end;
    uint32_t starts;
    uint32_t exits;
} world;

static bool on_line(void *payload, rwg_str line) {
    world *w = payload;
    bool taken = rwg__str_starts(line, RWG_STR("{"));
    if (taken) {
        rwg__buf_printf(&w->said, "taken:%.*s\n", (int)line.len, line.ptr);
    }
    return taken;
}

static void on_print(void *payload, bool is_stderr, rwg_str line) {
    world *w = payload;
    rwg__buf_printf(&w->said, "%s:%.*s\n", is_stderr ? "err" : "out", (int)line.len, line.ptr);
}

static void on_started(void *payload, int pid) {
    world *w = payload;
    (void)pid;
    w->starts++;
}

static void on_exited(void *payload, const rwb__child_exit *end) {
    world *w = payload;
    w->exits++;
    w->end = *end;
}

static void set_up(world *w) {
    rwb__loop_options options = {.manual_clock = true, .no_signals = true};
    memset(w, 0, sizeof *w);
    rwg__mem_init(&w->mem, NULL, 0);
    rwg__buf_init(&w->said, &w->mem);
    w->loop = rwb__loop_new(&w->mem, &options, NULL);
}

static void tear_down(world *w) {
    rwb__loop_free(w->loop);
    rwg__buf_deinit(&w->said);
    assert_int_equal(w->mem.used, 0);
}

static rwb__child *shell(world *w, const char *script, rwb__child_options options) {
    const char *argv[] = {"sh", "-c", script, NULL};
    options.argv = argv;
    options.payload = w;
    options.line = on_line;
    options.print = on_print;
    options.started = on_started;
    options.exited = on_exited;
    rwb__child *child = rwb__child_new(w->loop, &options);
    assert_int_equal(rwb__child_start(child, NULL), RWG_OK);
    return child;
}

static void until_exits(world *w, uint32_t count) {
    while (w->exits < count) {
        rwb__loop_run_once(w->loop);
    }
}

static void until_said(world *w, const char *text) {
    while (!rwg__str_contains(rwg__buf_str(&w->said), rwg__str_c(text))) {
        rwb__loop_run_once(w->loop);
    }
}

static void expect_said(world *w, const char *text) {
    if (!rwg__str_eq_c(rwg__buf_str(&w->said), text)) {
        fail_msg("said \"%.*s\"", (int)w->said.bytes.len, w->said.bytes.ptr);
    }
}

/* The process is gone, and waited for. */
static void assert_gone(int pid) {
    assert_int_equal(kill(pid, 0), -1);
    assert_int_equal(errno, ESRCH);
}

TEST(lines_are_told_and_the_last_one_needs_no_end) {
    world w;
    set_up(&w);
    rwb__child *child = shell(
        &w,
        "printf '{\"listening\":1}\\nplain\\r\\nno end'; printf 'bad' >&2",
        (rwb__child_options){.restarts = 1}
    );
    until_exits(&w, 1);
    assert_true(rwg__str_contains(rwg__buf_str(&w.said), RWG_STR("err:bad\n")));
    assert_true(
        rwg__str_contains(rwg__buf_str(&w.said), RWG_STR("taken:{\"listening\":1}\nout:plain\n"))
    );
    assert_true(rwg__str_contains(rwg__buf_str(&w.said), RWG_STR("out:no end\n")));
    assert_int_equal(w.end.code, 0);
    assert_int_equal(w.end.restart_ms, UINT64_MAX);
    rwb__child_free(child);
    tear_down(&w);
}

TEST(a_child_gets_its_input_environment_and_folder) {
    world w;
    set_up(&w);
    const char *env[] = {"RWG_ADDED=yes", "HOME=/replaced", NULL};
    rwb__child *child = shell(
        &w,
        "read line; echo \"$line $RWG_ADDED $HOME $(pwd)\"",
        (rwb__child_options){.restarts = 1, .env = env, .cwd = "/", .input = RWG_STR("first\n")}
    );
    until_exits(&w, 1);
    expect_said(&w, "out:first yes /replaced /\n");
    rwb__child_free(child);
    tear_down(&w);
}

TEST(a_line_without_end_is_cut_and_not_kept) {
    world w;
    set_up(&w);
    rwb__child *child =
        shell(&w, "head -c 300000 /dev/zero | tr '\\0' x", (rwb__child_options){.restarts = 1});
    until_exits(&w, 1);
    assert_in_range(w.said.bytes.len, 300000, 300100);
    rwb__child_free(child);
    tear_down(&w);
}

TEST(what_cannot_be_started_says_why) {
    world w;
    set_up(&w);
    static const char *const NAMES[] = {"rwg-no-such-program", "/no/such/program", "/etc/passwd"};
    static const rwg_status EXPECTED[] = {RWG_NOT_FOUND, RWG_NOT_FOUND, RWG_IO};
    for (int i = 0; i < 3; i++) {
        const char *argv[] = {NAMES[i], NULL};
        rwg_error err;
        rwb__child_options options = {.argv = argv, .payload = &w, .exited = on_exited};
        rwb__child *child = rwb__child_new(w.loop, &options);
        assert_int_equal(rwb__child_start(child, &err), EXPECTED[i]);
        assert_non_null(strstr(err.text, NAMES[i]));
        assert_false(rwb__child_is_running(child));
        rwb__child_free(child);
    }
    assert_int_equal(w.exits, 0);
    tear_down(&w);
}

TEST(a_child_that_fails_is_started_again_later_and_later_and_then_no_more) {
    world w;
    set_up(&w);
    rwb__child *child = shell(&w, "exit 3", (rwb__child_options){.restarts = 4});
    static const uint64_t WAITS[] = {100, 200, 400, UINT64_MAX};
    for (uint32_t i = 0; i < 4; i++) {
        until_exits(&w, i + 1);
        assert_int_equal(w.end.code, 3);
        assert_int_equal(w.end.failures, i + 1);
        assert_true(w.end.restart_ms == WAITS[i]);
        assert_int_equal(w.starts, i + 1);
        if (i < 3) {
            rwb__loop_advance(w.loop, WAITS[i] - 1);
            assert_int_equal(w.starts, i + 1);
            rwb__loop_advance(w.loop, 1);
            assert_int_equal(w.starts, i + 2);
        }
    }
    rwb__loop_advance(w.loop, 100000);
    assert_int_equal(w.starts, 4);
    rwb__child_free(child);
    tear_down(&w);
}

TEST(a_stop_is_asked_for_first_and_forced_later) {
    world w;
    set_up(&w);
    rwb__child *polite = shell(
        &w,
        "trap 'echo bye; exit 0' TERM; echo ready; while :; do read x; done",
        (rwb__child_options){.stop_ms = 500}
    );
    until_said(&w, "ready");
    rwb__child_stop(polite);
    until_exits(&w, 1);
    assert_true(w.end.wanted);
    assert_int_equal(w.end.restart_ms, UINT64_MAX);
    assert_true(rwg__str_contains(rwg__buf_str(&w.said), RWG_STR("out:bye\n")));
    rwb__child_free(polite);

    rwg__buf_clear(&w.said);
    rwb__child *deaf = shell(
        &w,
        "trap '' TERM; echo ready; while :; do read x; done",
        (rwb__child_options){.stop_ms = 500}
    );
    until_said(&w, "ready");
    rwb__child_stop(deaf);
    rwb__loop_advance(w.loop, 499);
    assert_int_equal(kill(rwb__child_pid(deaf), 0), 0);
    rwb__loop_advance(w.loop, 1);
    until_exits(&w, 2);
    assert_int_equal(w.end.signal_number, SIGKILL);
    assert_true(w.end.wanted);
    rwb__child_free(deaf);
    tear_down(&w);
}

TEST(a_restart_is_a_stop_and_a_start) {
    world w;
    set_up(&w);
    rwb__child *child = shell(&w, "echo $$; read forever", (rwb__child_options){0});
    int first = rwb__child_pid(child);
    rwb__child_restart(child);
    until_exits(&w, 1);
    assert_int_equal(w.end.restart_ms, 0);
    rwb__loop_advance(w.loop, 1);
    assert_int_equal(w.starts, 2);
    assert_int_not_equal(rwb__child_pid(child), first);
    assert_gone(first);
    rwb__child_free(child);
    tear_down(&w);
}

TEST(a_freed_child_is_dead_and_so_is_what_it_started) {
    world w;
    set_up(&w);
    rwb__child *child =
        shell(&w, "sh -c 'echo ready; read forever'; true", (rwb__child_options){0});
    until_said(&w, "ready");
    int pid = rwb__child_pid(child);
    rwb__child_free(child);
    assert_gone(pid);
    tear_down(&w);
}

TEST(a_child_does_not_outlive_a_server_that_was_killed) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t server = fork();
    if (server == 0) {
        // A server whose child writes into the pipe for as long as it lives.
        world w;
        set_up(&w);
        (void)dup2(ends[1], 9);
        (void)shell(&w, "echo ready; exec cat /dev/zero >&9", (rwb__child_options){0});
        until_said(&w, "ready");
        (void)kill(getpid(), SIGKILL);
    }
    (void)close(ends[1]);
    assert_int_equal(waitpid(server, NULL, 0), server);
    char bytes[4096];
    // The end of the pipe is the death of the last writer.
    while (read(ends[0], bytes, sizeof bytes) > 0) {
    }
    (void)close(ends[0]);
}
