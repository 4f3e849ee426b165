/* Starting, switching, and handing requests on. */
#include "dev/server_runtime.h"

#include "base/json.h"
#include "base/str.h"
#include "dev/server_styles.h"
#include "serve/html.h"

#include <stdio.h>
#include <stdlib.h>

/* Requests that may wait for the process to listen. */
#define MAX_WAITING       1000u
#define SWITCH_TIMEOUT_MS 60000u
/* For a sign of life of a process that has let a request time out: one in an endless loop gives
 * none. */
#define PROBE_TIMEOUT_MS 1000u

static const char *const RUNTIMES[] = {
    [RWB_DEV_RUNTIME_AUTO] = "RWGRAPH_RUNTIME=auto",
    [RWB_DEV_RUNTIME_NODE] = "RWGRAPH_RUNTIME=node",
    [RWB_DEV_RUNTIME_WORKERD] = "RWGRAPH_RUNTIME=workerd",
};

typedef struct pending_request {
    rwb__exchange *exchange;
    uint64_t generation;
} pending_request;

struct rwb__runtime {
    rwb__loop *loop;
    rwg__mem *mem;
    rwb__runtime_options options;
    rwb__child *child;
    uint16_t port;   /* 0: not listening */
    bool is_workerd; /* rather than Node, as the process said */
    rwg_str said;    /* about that, on the terminal; in the arena */
    bool is_down;
    RWG_VEC(pending_request) waiting;
    rwb__call *switching; /* the switch under way */
    uint64_t switching_to;
    bool switch_again;      /* another generation was published meanwhile */
    uint64_t requests;      /* handed on so far: their numbers */
    RWG_VEC(uint64_t) gone; /* requests whose clients left, not told yet */
    rwb__call *telling;     /* the message about others of them */
    rwb__call *probe;       /* the question whether it still lives */
    char *config;           /* "RWGRAPH_CONFIG=..." and the like, for the child */
    rwg__arena arena;
};

static void send_switch(rwb__runtime *r);
static void tell_gone(rwb__runtime *r);
static void ask_for_life(rwb__runtime *r);

/* A message of our own to the process. */
static rwb__call *
post(rwb__runtime *r, rwg_str target, rwg_str body, uint32_t timeout_ms, rwb__reply_fn done) {
    const rwb__header headers[] = {
        {RWG_STR("x-rwgraph-token"), r->options.token},
        {RWG_STR("content-type"), RWG_STR("application/json")},
    };
    rwb__post_options options = {
        .address = {.host = RWG_STR("127.0.0.1"), .port = r->port},
        .target = target,
        .headers = headers,
        .header_count = sizeof headers / sizeof headers[0],
        .body = body,
        .timeout_ms = timeout_ms,
    };
    return rwb__post(r->loop, &options, done, r);
}

/* --- the answer when there is no app --- */

static void respond_problem(
    const rwb__runtime *r, rwb__exchange *x, uint16_t status, const char *title, rwg_str message
) {
    rwg_str accept = rwb__exchange_header(x, "accept");
    if (!rwg__str_contains(accept, RWG_STR("text/html"))) {
        rwb__respond_text(x, status, "text/plain; charset=utf-8", message);
        return;
    }
    rwg__arena *arena = rwb__exchange_arena(x);
    rwg__buf page;
    rwg__buf_init(&page, arena->mem);
    rwb__html_error error = {
        .title = rwg__str_c(title), .message = message, .client = r->options.setup->client};
    rwb__html_error_page(&error, &page);
    rwb__respond_text(x, status, "text/html; charset=utf-8", rwg__buf_str(&page));
    rwg__buf_deinit(&page);
}

/* --- requests --- */

typedef struct flight {
    rwb__runtime *r;
    uint64_t generation;
    uint64_t number;
} flight;

static void flight_done(void *payload, rwb__forward_end end) {
    flight *f = payload;
    rwb__runtime *r = f->r;
    rwb__generations_unpin(r->options.generations, f->generation);
    if (end == RWB__FORWARD_GONE && r->is_workerd && r->port > 0) {
        *rwg__vec_push(&r->gone, r->mem) = f->number;
        tell_gone(r);
    }
    rwg__mem_free(r->mem, f, sizeof *f);
}

static void flight_failed(void *payload, rwb__exchange *x, rwb__forward_end end) {
    rwb__runtime *r = ((flight *)payload)->r;
    switch (end) {
    case RWB__FORWARD_UNREACHABLE:
        respond_problem(
            r,
            x,
            503,
            "The app is not running",
            RWG_STR("The server runtime ended. What it said is in the terminal.")
        );
        break;
    case RWB__FORWARD_TIMEOUT:
        ask_for_life(r);
        respond_problem(
            r,
            x,
            504,
            "The app does not answer",
            RWG_STR("The request was handed to the app, which has not answered in time. It may "
                    "wait for something, or be in an endless loop.")
        );
        break;
    case RWB__FORWARD_BROKEN:
    case RWB__FORWARD_DONE:
    case RWB__FORWARD_GONE:
        respond_problem(
            r,
            x,
            502,
            "The app broke off",
            RWG_STR("The server runtime ended while it answered. What it said is in the terminal.")
        );
        break;
    }
    flight_done(payload, end);
}

static void send_request(rwb__runtime *r, const pending_request *p) {
    flight *f = rwg__mem_zalloc(r->mem, sizeof *f);
    *f = (flight){r, p->generation, ++r->requests};
    char generation[32];
    char number[32];
    char url[9000];
    (void)snprintf(number, sizeof number, "%llu", (unsigned long long)f->number);
    (void)snprintf(generation, sizeof generation, "%llu", (unsigned long long)p->generation);
    rwg_str host = rwb__exchange_header(p->exchange, "host");
    rwg_str target = rwb__exchange_raw_target(p->exchange);
    int len = snprintf(
        url,
        sizeof url,
        "%s://%.*s%.*s",
        rwb__exchange_is_tls(p->exchange) ? "https" : "http",
        (int)host.len,
        host.ptr,
        (int)target.len,
        target.ptr
    );
    const rwb__view *view = rwb__generations_find(r->options.generations, p->generation);
    bool styles = view && rwb__server_styles_any(r->options.setup, view);
    rwg_str styles_at = rwb__setup_address(
        r->options.setup, rwb__exchange_arena(p->exchange), RWG_STR(RWB__SERVER_STYLES)
    );
    const rwb__header headers[] = {
        {RWG_STR("x-rwgraph-styles"), styles ? styles_at : RWG_STR("")},
        {RWG_STR("x-rwgraph-generation"), rwg__str_c(generation)},
        {RWG_STR("x-rwgraph-request"), rwg__str_c(number)},
        {RWG_STR("x-rwgraph-token"), r->options.token},
        {RWG_STR("x-rwgraph-url"), rwg__str(url, (size_t)len < sizeof url ? (size_t)len : 0)},
    };
    rwb__forward(
        r->loop,
        p->exchange,
        &(rwb__forward_options){
            .address = {.host = RWG_STR("127.0.0.1"), .port = r->port},
            .request_headers = headers,
            .request_header_count = sizeof headers / sizeof headers[0],
            .keep_host = true,
            .timeout_ms = r->options.timeout_ms,
            .done = flight_done,
            .fail = flight_failed,
            .payload = f,
        }
    );
}

void rwb__runtime_request(rwb__runtime *r, rwb__exchange *x) {
    if (r->is_down || r->waiting.len >= MAX_WAITING) {
        respond_problem(
            r,
            x,
            503,
            "The app is not running",
            RWG_STR("The server runtime ended several times in a row. What it said is in the "
                    "terminal; save a file to try again.")
        );
        return;
    }
    pending_request p = {x, rwb__generations_pin(r->options.generations)};
    if (r->port > 0) {
        send_request(r, &p);
    } else {
        *rwg__vec_push(&r->waiting, r->mem) = p;
    }
}

uint32_t rwb__runtime_waiting(const rwb__runtime *r) {
    return r->waiting.len;
}

bool rwb__runtime_is_ready(const rwb__runtime *r) {
    return r->port > 0;
}

/* --- clients that left --- */

static void gone_told(void *payload, const rwb__reply *reply) {
    rwb__runtime *r = payload;
    (void)reply; /* a process that does not answer has ended, and the requests with it */
    r->telling = NULL;
    tell_gone(r);
}

/* Node sees that a connection was closed; workerd does not say so before it answers. */
static void tell_gone(rwb__runtime *r) {
    if (r->telling || r->gone.len == 0 || r->port == 0) {
        return;
    }
    rwg__buf body;
    rwg__buf_init(&body, r->mem);
    rwg__buf_add(&body, RWG_STR("{\"requests\":["));
    for (uint32_t i = 0; i < r->gone.len; i++) {
        rwg__buf_printf(&body, "%s%llu", i ? "," : "", (unsigned long long)r->gone.ptr[i]);
    }
    rwg__buf_add(&body, RWG_STR("]}"));
    r->gone.len = 0;
    r->telling =
        post(r, RWG_STR("/__rwgraph/gone"), rwg__buf_str(&body), SWITCH_TIMEOUT_MS, gone_told);
    rwg__buf_deinit(&body);
}

static void cancel(rwb__call **call) {
    if (*call) {
        rwb__post_cancel(*call);
        *call = NULL;
    }
}

/* --- endless loops --- */

static void begin_anew(rwb__runtime *r) {
    r->options.print(
        r->options.payload, true, RWG_STR("the server runtime does not answer: it begins anew")
    );
    rwb__runtime_restart(r);
}

static void life_answered(void *payload, const rwb__reply *reply) {
    rwb__runtime *r = payload;
    r->probe = NULL;
    if (reply->end == RWB__FORWARD_TIMEOUT) {
        begin_anew(r);
    }
}

/* A request that waits for something is not the end of the others; a loop is. */
static void ask_for_life(rwb__runtime *r) {
    if (!r->probe && r->port > 0) {
        rwg_str nothing = RWG_STR("{}");
        r->probe = post(r, RWG_STR("/__rwgraph/health"), nothing, PROBE_TIMEOUT_MS, life_answered);
    }
}

/* --- switching --- */

static void switch_answered(void *payload, const rwb__reply *reply) {
    rwb__runtime *r = payload;
    uint64_t generation = r->switching_to;
    r->switching = NULL;
    rwg__arena arena;
    rwg__arena_init(&arena, r->mem);
    rwg__json_error error;
    const rwg__json *json = rwg__json_parse(&arena, reply->body, &error);
    rwg_str problem = rwg__json_string(rwg__json_get(rwg__json_get(json, "error"), "message"));
    bool hangs = reply->end == RWB__FORWARD_TIMEOUT;
    if (!hangs && reply->end != RWB__FORWARD_DONE) {
        problem = RWG_STR("the server runtime did not answer");
    }
    r->options.switched(r->options.payload, generation, problem);
    rwg__arena_deinit(&arena);
    if (hangs) {
        r->switch_again = false;
        begin_anew(r);
    } else if (r->switch_again) {
        r->switch_again = false;
        send_switch(r);
    }
}

static void send_switch(rwb__runtime *r) {
    if (r->port == 0) {
        return; /* it begins with the newest */
    }
    if (r->switching) {
        r->switch_again = true;
        return;
    }
    const rwb__generations *g = r->options.generations;
    r->switching_to = rwb__generations_number(g);
    rwg__buf body;
    rwg__buf_init(&body, r->mem);
    rwg__buf_printf(&body, "{\"generation\":%llu,\"live\":[", (unsigned long long)r->switching_to);
    for (uint32_t i = 0; i < g->items.len; i++) {
        rwg__buf_printf(&body, "%s%llu", i ? "," : "", (unsigned long long)g->items.ptr[i].number);
    }
    rwg__buf_add(&body, RWG_STR("]}"));
    r->switching = post(
        r, RWG_STR("/__rwgraph/switch"), rwg__buf_str(&body), SWITCH_TIMEOUT_MS, switch_answered
    );
    rwg__buf_deinit(&body);
}

void rwb__runtime_switch(rwb__runtime *r) {
    if (r->is_down) {
        rwb__runtime_restart(r); /* what was wrong may be mended */
        return;
    }
    send_switch(r);
}

/* --- the process --- */

/* Which runtime it is: told before it listens. Said once, and again when it is another. */
static void take_choice(rwb__runtime *r, rwg_str line) {
    rwg__arena arena;
    rwg__arena_init(&arena, r->mem);
    rwg__json_error error;
    const rwg__json *json = rwg__json_parse(&arena, line, &error);
    rwg_str why = rwg__json_string(rwg__json_get(json, "why"));
    r->is_workerd = rwg__str_eq_c(rwg__json_string(rwg__json_get(json, "runtime")), "workerd");
    rwg__buf text;
    rwg__buf_init(&text, r->mem);
    rwg__buf_printf(
        &text,
        "server environments run in %s: %.*s",
        r->is_workerd ? "workerd" : "Node",
        (int)why.len,
        why.ptr
    );
    if (!rwg__str_eq(rwg__buf_str(&text), r->said)) {
        r->said = rwg__arena_str(&r->arena, rwg__buf_str(&text));
        r->options.print(r->options.payload, false, r->said);
    }
    rwg__buf_deinit(&text);
    rwg__arena_deinit(&arena);
}

static bool take_line(void *payload, rwg_str line) {
    rwb__runtime *r = payload;
    if (r->port == 0 && rwg__str_starts(line, RWG_STR("{\"runtime\":"))) {
        take_choice(r, line);
        return true;
    }
    if (r->port > 0 || !rwg__str_starts(line, RWG_STR("{\"listening\":"))) {
        return false;
    }
    rwg__arena arena;
    rwg__arena_init(&arena, r->mem);
    rwg__json_error error;
    const rwg__json *json = rwg__json_parse(&arena, line, &error);
    const rwg__json *port = rwg__json_get(json, "listening");
    bool good = port && port->type == RWG__JSON_NUMBER && port->number > 0 && port->number < 65536;
    if (good) {
        r->port = (uint16_t)port->number;
        rwb__child_settled(r->child);
        for (uint32_t i = 0; i < r->waiting.len; i++) {
            send_request(r, &r->waiting.ptr[i]);
        }
        r->waiting.len = 0;
        send_switch(r); /* generations may have come while it started */
    }
    rwg__arena_deinit(&arena);
    return good;
}

static void print_line(void *payload, bool is_stderr, rwg_str line) {
    rwb__runtime *r = payload;
    r->options.print(r->options.payload, is_stderr, line);
}

static void fail_waiting(rwb__runtime *r) {
    for (uint32_t i = 0; i < r->waiting.len; i++) {
        pending_request p = r->waiting.ptr[i];
        rwb__generations_unpin(r->options.generations, p.generation);
        respond_problem(
            r,
            p.exchange,
            503,
            "The app is not running",
            RWG_STR("The server runtime does not start. What it said is in the terminal.")
        );
    }
    r->waiting.len = 0;
}

/* Nobody is there any more who could answer. */
static void cancel_calls(rwb__runtime *r) {
    r->gone.len = 0;
    r->switch_again = false;
    cancel(&r->telling);
    cancel(&r->probe);
    cancel(&r->switching);
}

static void child_exited(void *payload, const rwb__child_exit *end) {
    rwb__runtime *r = payload;
    r->port = 0;
    cancel_calls(r);
    if (end->wanted) {
        return;
    }
    char text[160];
    int len =
        end->signal_number
            ? snprintf(
                  text, sizeof text, "the server runtime was ended by signal %d", end->signal_number
              )
            : snprintf(
                  text, sizeof text, "the server runtime ended with code %lld", (long long)end->code
              );
    r->options.print(r->options.payload, true, rwg__str(text, (size_t)len));
    r->is_down = end->restart_ms == UINT64_MAX;
    if (r->is_down) {
        fail_waiting(r);
    }
}

/* "NAME=value" in the runtime's arena. */
static const char *variable(rwb__runtime *r, const char *name, rwg_str value) {
    size_t size = strlen(name) + value.len + 2;
    char *text = rwg__arena_alloc(&r->arena, size);
    (void)snprintf(text, size, "%s=%.*s", name, (int)value.len, value.ptr);
    return text;
}

/* The qualified id of an environment's entry. */
static void write_entry(rwg_json_writer *w, rwg__mem *mem, rwg_str env, rwg_str entry) {
    rwg__buf id;
    rwg__buf_init(&id, mem);
    rwg__buf_add(&id, env);
    rwg__buf_add(&id, RWG_STR(":/"));
    rwg__buf_add(&id, entry);
    rwg_json_string(w, rwg__buf_str(&id));
    rwg__buf_deinit(&id);
}

/* The other environments for servers: the app reaches their entries through bindings. */
static void write_environments(rwb__runtime *r, rwg_json_writer *w) {
    const rwb__setup *s = r->options.setup;
    rwg_json_object(w);
    for (uint32_t e = 0; e < s->loaded.env_count; e++) {
        const rwg_env_config *env = &s->loaded.envs[e];
        bool serves = env->role == RWG_ROLE_SERVER || env->role == RWG_ROLE_PLAIN;
        if (serves && env->entries.count > 0 && e + 1 != s->server_env.v) {
            rwg_json_key(w, rwg__arena_str(&r->arena, env->name).ptr);
            write_entry(w, r->mem, env->name, env->entries.items[0]);
        }
    }
    rwg_json_object_end(w);
}

static rwg_str config_json(rwb__runtime *r) {
    const rwb__setup *s = r->options.setup;
    rwg__buf out;
    rwg__buf_init(&out, r->mem);
    rwg_sink sink = rwg__buf_sink(&out);
    rwg_json_writer w = rwg_json_writer_make(&sink);
    rwg_json_object(&w);
    rwg_json_key(&w, "root");
    rwg_json_string(&w, s->settings.root);
    rwg_json_key(&w, "entry");
    write_entry(&w, r->mem, s->config.envs[s->server_env.v - 1].name, s->server_entry);
    rwg_json_key(&w, "environments");
    write_environments(r, &w);
    rwg_json_key(&w, "generation"); /* when it starts again, the switch that follows says better */
    rwg_json_uint(&w, rwb__generations_number(r->options.generations));
    rwg_json_key(&w, "env");
    rwg_json_object(&w);
    for (uint32_t i = 0; i < s->vars.count; i++) {
        rwg_json_key(&w, s->vars.vars[i].name.ptr);
        rwg_json_string(&w, s->vars.vars[i].value);
    }
    rwg_json_object_end(&w);
    rwg_json_key(&w, "head");
    rwg__buf head;
    rwg__buf_init(&head, r->mem);
    for (int i = s->refresh_path.len > 0 ? 0 : 1; i < 2; i++) {
        rwg__buf_add(&head, RWG_STR("<script type=\"module\" src=\""));
        rwg__buf_add(&head, i == 0 ? s->prefix : s->client);
        rwg__buf_add(&head, i == 0 ? RWG_STR("/@rwgraph/refresh") : RWG_STR(""));
        rwg__buf_add(&head, RWG_STR("\"></script>"));
    }
    rwg_json_string(&w, rwg__buf_str(&head));
    rwg__buf_deinit(&head);
    rwg_json_object_end(&w);
    rwg_str json = rwg__arena_str(&r->arena, rwg__buf_str(&out));
    rwg__buf_deinit(&out);
    return json;
}

rwb__runtime *rwb__runtime_new(rwb__loop *loop, const rwb__runtime_options *options) {
    rwb__runtime *r = rwg__mem_zalloc(rwb__loop_mem(loop), sizeof *r);
    r->loop = loop;
    r->mem = rwb__loop_mem(loop);
    r->options = *options;
    rwg__arena_init(&r->arena, r->mem);
    return r;
}

rwg_status rwb__runtime_start(rwb__runtime *r, rwg_error *err) {
    const rwb__setup *s = r->options.setup;
    char server[64];
    char script[RWG_LIMIT_PATH];
    char vars[RWG_LIMIT_PATH];
    (void)snprintf(server, sizeof server, "http://127.0.0.1:%u", r->options.server_port);
    (void)snprintf(script, sizeof script, "%s/serverstart.mjs", s->runtime_dir.ptr);
    (void)snprintf(vars, sizeof vars, "%s/.dev.vars", s->settings.root.ptr);
    const char *const argv[] = {"node", script, NULL};
    rwg_fs_stat st;
    bool has_vars =
        s->fs.stat(s->fs.self, rwg__str_c(vars), &st) == RWG_OK && st.kind == RWG_FS_FILE;
    const char *const env[] = {
        variable(r, "RWGRAPH_SERVER", rwg__str_c(server)),
        variable(r, "RWGRAPH_TOKEN", r->options.token),
        variable(r, "RWGRAPH_ENV", s->config.envs[s->server_env.v - 1].name),
        variable(r, "RWGRAPH_CONFIG", config_json(r)),
        RUNTIMES[r->options.runtime],
        s->settings.dev ? "NODE_ENV=development" : "NODE_ENV=production", /* as it is compiled */
        has_vars ? variable(r, "RWGRAPH_DEV_VARS", rwg__str_c(vars)) : NULL,
        NULL,
    };
    r->child = rwb__child_new(
        r->loop,
        &(rwb__child_options){
            .argv = argv,
            .env = env,
            .cwd = s->settings.root.ptr,
            .payload = r,
            .line = take_line,
            .print = print_line,
            .exited = child_exited,
        }
    );
    return rwb__child_start(r->child, err);
}

void rwb__runtime_restart(rwb__runtime *r) {
    r->is_down = false;
    r->port = 0;
    rwb__child_restart(r->child);
}

void rwb__runtime_free(rwb__runtime *r) {
    if (!r) {
        return;
    }
    cancel_calls(r);
    fail_waiting(r);
    if (r->child) {
        rwb__child_free(r->child);
    }
    rwg__vec_free(&r->waiting, r->mem);
    rwg__vec_free(&r->gone, r->mem);
    rwg__arena_deinit(&r->arena);
    rwg__mem_free(r->mem, r, sizeof *r);
}
