/* Choosing a rule, writing the target, and saying what went wrong. */
#include "dev/proxy.h"

#include "base/buf.h"
#include "base/str.h"
#include "serve/forward.h"
#include "serve/html.h"

#include <stdio.h>

/* A request on its way. */
typedef struct call {
    const rwb__proxy *proxy;
    const rwb__proxy_rule *rule;
    char problem[160];
} call;

/* The first rule that matches. One that is not for WebSockets lets them pass. */
static const rwb__proxy_rule *find_rule(const rwb__dev_config *config, const rwb__exchange *x) {
    rwg_str target = rwb__exchange_raw_target(x);
    rwg_str path = rwb__exchange_path(x);
    bool ours =
        rwg__str_starts(path, RWG_STR("/@rwgraph/")) || rwg__str_starts(path, RWG_STR("/@deps/"));
    if (ours && !rwb__exchange_is_outside(x)) {
        return NULL;
    }
    bool socket = rwb__exchange_is_websocket(x);
    for (uint32_t i = 0; i < config->rule_count; i++) {
        const rwb__proxy_rule *rule = &config->rules[i];
        if ((rule->ws || !socket) && rwb__pattern_matches(rule->pattern, target)) {
            return rule;
        }
    }
    return NULL;
}

/* What the other server is asked for. What is left of "/api" without "/api" is "/", and of "/api?x"
 * it is "/?x". */
static void write_target(const rwb__proxy_rule *rule, rwg_str target, rwg__buf *out) {
    rwg_str front = {NULL, 0};
    for (uint32_t i = 0; i < rule->rewrite_count; i++) {
        if (rwg__str_starts(target, rule->rewrites[i].from)) {
            front = rule->rewrites[i].to;
            target = rwg__str_from(target, rule->rewrites[i].from.len);
            break;
        }
    }
    rwg__buf_add(out, rule->base);
    if (!rwg__str_starts(front.len > 0 ? front : target, RWG_STR("/"))) {
        rwg__buf_char(out, '/');
    }
    rwg__buf_add(out, front);
    rwg__buf_add(out, target);
}

static void call_done(void *payload, rwb__forward_end end) {
    call *c = payload;
    (void)end;
    rwg__mem_free(rwb__loop_mem(c->proxy->loop), c, sizeof *c);
}

static void call_explained(void *payload, const char *problem) {
    call *c = payload;
    (void)snprintf(c->problem, sizeof c->problem, "%s", problem);
}

static const char *what_happened(const call *c, rwb__forward_end end) {
    if (c->problem[0] != '\0') {
        return c->problem;
    }
    switch (end) {
    case RWB__FORWARD_UNREACHABLE: return "no connection";
    case RWB__FORWARD_TIMEOUT: return "no answer in time";
    case RWB__FORWARD_BROKEN:
    case RWB__FORWARD_DONE:
    case RWB__FORWARD_GONE: break;
    }
    return "it closed the connection before it had answered, or what it sent is not HTTP";
}

/* In words, to the terminal and to whoever asked. */
static void call_failed(void *payload, rwb__exchange *x, rwb__forward_end end) {
    call *c = payload;
    const rwb__proxy_rule *rule = c->rule;
    uint16_t status = end == RWB__FORWARD_TIMEOUT ? 504 : 502;
    rwg__buf text;
    rwg__buf_init(&text, rwb__loop_mem(c->proxy->loop));
    rwg__buf_printf(
        &text,
        "%.*s did not answer: %s. (server.proxy[\"%.*s\"] in rwgraph.json hands it such requests.)",
        (int)rule->target.len,
        rule->target.ptr,
        what_happened(c, end),
        (int)rule->key.len,
        rule->key.ptr
    );
    c->proxy->say(c->proxy->payload, true, rwg__buf_str(&text));
    if (rwg__str_contains(rwb__exchange_header(x, "accept"), RWG_STR("text/html"))) {
        rwg__buf page;
        rwg__buf_init(&page, text.mem);
        rwb__html_error error = {
            .title = RWG_STR("The server behind this one does not answer"),
            .message = rwg__buf_str(&text),
            .client = c->proxy->client,
        };
        rwb__html_error_page(&error, &page);
        rwb__respond_text(x, status, "text/html; charset=utf-8", rwg__buf_str(&page));
        rwg__buf_deinit(&page);
    } else {
        rwg__buf_char(&text, '\n');
        rwb__respond_text(x, status, "text/plain; charset=utf-8", rwg__buf_str(&text));
    }
    rwg__buf_deinit(&text);
    call_done(payload, end);
}

bool rwb__proxy_answer(const rwb__proxy *proxy, rwb__exchange *x) {
    const rwb__proxy_rule *rule = find_rule(proxy->config, x);
    if (!rule) {
        return false;
    }
    rwg__mem *mem = rwb__loop_mem(proxy->loop);
    call *c = rwg__mem_zalloc(mem, sizeof *c);
    *c = (call){.proxy = proxy, .rule = rule};
    rwg__buf target;
    rwg__buf_init(&target, mem);
    write_target(rule, rwb__exchange_raw_target(x), &target);
    rwb__forward(
        proxy->loop,
        x,
        &(rwb__forward_options){
            .address = {.host = rule->host, .port = rule->port, .tls = rule->tls},
            .target = rwg__buf_str(&target),
            .request_headers = rule->headers,
            .request_header_count = rule->header_count,
            .keep_host = !rule->change_origin,
            .timeout_ms = rule->timeout_ms,
            .done = call_done,
            .fail = call_failed,
            .explain = call_explained,
            .payload = c,
        }
    );
    rwg__buf_deinit(&target);
    return true;
}
