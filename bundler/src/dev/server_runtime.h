/* The server runtime: a process that runs the server environments, and requests on their way to
 * it. Its side is bundler/runtime/serverstart.mjs, which becomes runner.mjs on Node, or
 * workerd.mjs; PROTOCOL.md §5 is what all keep to.
 *
 *   start ─▶ STARTING ─listening─▶ READY ─exit─▶ STARTING (again, or DOWN after repeated failures)
 *
 * Requests that come while it starts wait, a bounded number of them. */
#ifndef RWB_DEV_SERVER_RUNTIME_H
#define RWB_DEV_SERVER_RUNTIME_H

#include "dev/generations.h"
#include "dev/setup.h"
#include "serve/child.h"
#include "serve/forward.h"

#include <rwbundler/dev.h>

typedef struct rwb__runtime rwb__runtime;

typedef struct rwb__runtime_options {
    const rwb__setup *setup;
    rwb__generations *generations;
    rwb_dev_runtime runtime;
    uint16_t server_port; /* where it fetches modules */
    rwg_str token;
    uint32_t timeout_ms; /* for the head of an answer, 0 = 60 s */
    void *payload;
    /* Every switch that the runtime has made: requests of this generation run there. */
    void (*switched)(void *payload, uint64_t generation, rwg_str problem);
    void (*print)(void *payload, bool is_error, rwg_str line);
} rwb__runtime_options;

rwb__runtime *rwb__runtime_new(rwb__loop *loop, const rwb__runtime_options *options);
/// Starts the process. The first generation must be published.
rwg_status rwb__runtime_start(rwb__runtime *r, rwg_error *err);
void rwb__runtime_free(rwb__runtime *r);

/// Hands the exchange on in the newest generation, which stays pinned until the answer is through.
void rwb__runtime_request(rwb__runtime *r, rwb__exchange *x);
/// A generation was published: the runtime prepares it and makes it its newest.
void rwb__runtime_switch(rwb__runtime *r);
/// Begins anew: a pinned file changed.
void rwb__runtime_restart(rwb__runtime *r);
bool rwb__runtime_is_ready(const rwb__runtime *r);
uint32_t rwb__runtime_waiting(const rwb__runtime *r);

#endif
