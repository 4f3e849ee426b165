/* A child process that belongs to the server: started, listened to, restarted, and never left over.
 *
 * Its output goes to the terminal line by line behind a prefix; lines of stdout can be taken by the
 * owner (a message in JSON). It dies with us, however we die: its stdin is a pipe whose other end
 * closes with this process, and on Linux the kernel kills it. It leads a process group of its own,
 * so that Ctrl-C reaches us alone, and we stop it in good order. */
#ifndef RWB_SERVE_CHILD_H
#define RWB_SERVE_CHILD_H

#include "serve/loop.h"

typedef struct rwb__child rwb__child;

typedef struct rwb__child_exit {
    int64_t code; /* when signal_number is 0 */
    int signal_number;
    bool wanted;         /* we stopped it */
    uint32_t failures;   /* in a row, this one included; 0 when wanted */
    uint64_t restart_ms; /* it is started again after so long; UINT64_MAX: it is not */
} rwb__child_exit;

typedef struct rwb__child_options {
    const char *const *argv; /* NULL at the end; argv[0] is looked up in PATH */
    const char *const *env;  /* "NAME=value", NULL at the end; added to ours. May be NULL */
    const char *cwd;         /* NULL = ours */
    rwg_str input;           /* written to its stdin at the start; "" = nothing */
    rwg_str prefix;          /* before each line on the terminal */
    uint32_t restarts;       /* failures in a row after which it stays down; 0 = 5 */
    uint32_t stop_ms;        /* between SIGTERM and SIGKILL; 0 = 2,000 */
    void *payload;
    /* A line of stdout, without its end; true = taken, not for the terminal. May be NULL. */
    bool (*line)(void *payload, rwg_str line);
    /* Where lines go that are not taken; NULL = our stdout and stderr. */
    void (*print)(void *payload, bool is_stderr, rwg_str line);
    void (*started)(void *payload, int pid); /* may be NULL */
    void (*exited)(void *payload, const rwb__child_exit *exit);
} rwb__child_options;

/// Texts and arrays are copied. Nothing runs yet.
rwb__child *rwb__child_new(rwb__loop *loop, const rwb__child_options *options);
/// RWG_NOT_FOUND or RWG_IO with a text when it cannot be started. Failed children start again by
/// themselves after 0.1, 0.2, 0.4 … 5 s; rwb__child_settled resets the count.
rwg_status rwb__child_start(rwb__child *child, rwg_error *err);
/// It works: failures are counted from zero again.
void rwb__child_settled(rwb__child *child);
/// Stops and starts it; at once when it is down.
void rwb__child_restart(rwb__child *child);
/// SIGTERM, then SIGKILL. exited follows if it ran.
void rwb__child_stop(rwb__child *child);
bool rwb__child_is_running(const rwb__child *child);
int rwb__child_pid(const rwb__child *child);
/// Kills it if it runs; no event follows.
void rwb__child_free(rwb__child *child);

#endif
