/* Requests that the project's configuration hands to other servers (dev_config.h: "proxy").
 *
 * A rule is chosen by the target as it was sent, which is also what the other server gets, but for
 * what the rule rewrites: there is one text, and nothing is decided on another. What belongs to
 * this program (/@rwgraph/, /@deps/) is never handed on. */
#ifndef RWB_DEV_PROXY_H
#define RWB_DEV_PROXY_H

#include "dev/dev_config.h"
#include "serve/http.h"

typedef struct rwb__proxy {
    rwb__loop *loop;
    const rwb__dev_config *config;
    rwg_str client; /* address of the client module, for pages that tell of errors; "" = none */
    void *payload;  /* of say */
    void (*say)(void *payload, bool is_error, rwg_str line);
} rwb__proxy;

/// Takes over the answer when a rule is for this request; false: none is. The proxy and its
/// configuration must outlive the loop's exchanges.
bool rwb__proxy_answer(const rwb__proxy *proxy, rwb__exchange *x);

#endif
