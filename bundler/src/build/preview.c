/* What a build wrote, served: files as they are, everything else by the server bundle in Node.
 * Where and to whom is what the project says of its server in dev, and what proxies take they take.
 */
#include "base/limits.h"
#include "base/path.h"
#include "base/str.h"
#include "dev/listening.h"
#include "dev/proxy.h"
#include "dev/setup.h"
#include "serve/child.h"
#include "serve/forward.h"
#include "serve/static.h"

#include <rwbundler/build.h>
#include <stdio.h>
#include <stdlib.h>

#define DEFAULT_PORT 4173u

typedef struct preview {
    rwg__mem *mem;
    const rwb_preview_options *options;
    rwb__loop *loop;
    rwb__http *http;
    rwb__child *child; /* NULL: there is no server bundle */
    uint16_t port;     /* of the child, 0 before it listens */
    bool dead;         /* the child is not started again */
    rwb__proxy proxy;
    RWG_VEC(rwb__exchange *) waiting;
    rwb__access access;
    rwb__fs_rules rules;
    rwg_str allowed[1];
    rwg__path client_dir;
    rwg__path server_file;
} preview;

static void print_line(void *payload, bool is_stderr, rwg_str line) {
    FILE *stream = is_stderr ? stderr : stdout;
    (void)payload;
    (void)fprintf(stream, "%.*s\n", (int)line.len, line.ptr);
    (void)fflush(stream);
}

static void forward(preview *p, rwb__exchange *x) {
    rwb__forward(
        p->loop,
        x,
        &(rwb__forward_options
        ){.address = {.host = RWG_STR("127.0.0.1"), .port = p->port}, .keep_host = true}
    );
}

static void answer_dead(rwb__exchange *x) {
    rwg_str text = RWG_STR("The server bundle does not run; the terminal says why.\n");
    rwb__respond_text(x, 503, "text/plain; charset=utf-8", text);
}

static void fail_waiting(preview *p) {
    for (uint32_t i = 0; i < p->waiting.len; i++) {
        answer_dead(p->waiting.ptr[i]);
    }
    p->waiting.len = 0;
}

static bool take_line(void *payload, rwg_str line) {
    preview *p = payload;
    static const rwg_str START = {"{\"listening\":", 13};
    if (p->port > 0 || !rwg__str_starts(line, START)) {
        return false;
    }
    p->port = (uint16_t)strtoul(line.ptr + START.len, NULL, 10);
    rwb__child_settled(p->child);
    for (uint32_t i = 0; i < p->waiting.len; i++) {
        forward(p, p->waiting.ptr[i]);
    }
    p->waiting.len = 0;
    return true;
}

static void child_exited(void *payload, const rwb__child_exit *end) {
    preview *p = payload;
    p->port = 0;
    if (end->restart_ms == UINT64_MAX && !end->wanted) {
        p->dead = true;
        fail_waiting(p);
    }
}

/* Names made of content are kept by browsers for good. */
static bool answer_file(preview *p, rwb__exchange *x, rwg_str path) {
    rwg__path full;
    rwb__refusal refusal = RWB__REFUSE_NONE;
    bool hashed = rwg__str_starts(path, RWG_STR("/assets/"));
    rwg_str cache = hashed ? RWG_STR("max-age=31536000, immutable") : RWG_STR("no-cache");
    return rwg__path_join(&full, rwg__path_str(&p->client_dir), rwg__str_from(path, 1)) &&
           rwb__static_serve(x, &p->rules, rwg__path_str(&full), cache, &refusal) ==
               RWB__STATIC_ANSWERED;
}

static void handle(void *payload, rwb__exchange *x) {
    preview *p = payload;
    rwg_str path = rwb__exchange_path(x);
    if (rwb__proxy_answer(&p->proxy, x)) {
        return;
    }
    if (rwb__exchange_is_outside(x)) {
        rwb__respond_outside(x);
        return;
    }
    if (rwb__exchange_reads(x) && path.len > 1 && answer_file(p, x, path)) {
        return;
    }
    if (p->child && p->port > 0) {
        forward(p, x);
    } else if (p->dead) {
        answer_dead(x);
    } else if (p->child) {
        *rwg__vec_push(&p->waiting, p->mem) = x;
    } else if (!rwb__exchange_reads(x) || !answer_file(p, x, RWG_STR("/index.html"))) {
        rwb__respond_text(x, 404, "text/plain; charset=utf-8", RWG_STR("not found\n"));
    }
}

static rwb__body_mode body_mode(void *payload, rwb__exchange *x) {
    (void)payload;
    (void)x;
    return RWB__BODY_STREAM;
}

static rwg_status start_child(preview *p, const rwb__setup *setup, rwg_error *err) {
    rwg_fs_stat st;
    rwg_str file = rwg__path_str(&p->server_file);
    if (setup->fs.stat(setup->fs.self, file, &st) != RWG_OK || st.kind != RWG_FS_FILE) {
        return RWG_OK;
    }
    char script[RWG_LIMIT_PATH];
    (void)snprintf(script, sizeof script, "%s/preview.mjs", setup->runtime_dir.ptr);
    const char *const argv[] = {"node", "--enable-source-maps", script, p->server_file.bytes, NULL};
    p->child = rwb__child_new(
        p->loop,
        &(rwb__child_options){
            .argv = argv,
            .cwd = setup->settings.root.ptr,
            .payload = p,
            .line = take_line,
            .print = print_line,
            .exited = child_exited,
        }
    );
    return rwb__child_start(p->child, err);
}

static rwg_status listen_for(preview *p, const rwb__setup *setup, rwg_error *err) {
    const rwb_preview_options *o = p->options;
    rwb__listening said = {
        .host = o->host,
        .port = o->port,
        .standard_port = DEFAULT_PORT,
        .any_port = o->any_port,
        .strict_port = o->strict_port,
    };
    rwb__http_options http = {.payload = p, .handle = handle, .body_mode = body_mode};
    rwb__listening_apply(&said, &setup->site, &p->access, &http);
    p->proxy =
        (rwb__proxy){.loop = p->loop, .config = &setup->site, .payload = p, .say = print_line};
    rwg_status status = rwb__http_open(p->loop, &http, &p->http, err);
    if (status == RWG_OK) {
        rwg__buf text;
        rwg__buf_init(&text, p->mem);
        rwg__buf_add(&text, RWG_STR("preview at "));
        rwb__listening_all(p->http, &setup->site, http.host, &text);
        print_line(NULL, false, rwg__buf_str(&text));
        rwg__buf_deinit(&text);
    }
    return status;
}

static rwg_status start(preview *p, const rwb__setup *setup, rwg_error *err) {
    const rwb_preview_options *o = p->options;
    rwg_str out = o->out_dir.len > 0 ? o->out_dir : RWG_STR("dist");
    rwg__path dir;
    rwg_fs_stat st;
    if (!rwg__path_join(&dir, setup->settings.root, out) ||
        !rwg__path_join(&p->client_dir, rwg__path_str(&dir), RWG_STR("client")) ||
        !rwg__path_join(&p->server_file, rwg__path_str(&dir), RWG_STR("server/index.js"))) {
        return rwg__error(err, RWG_LIMIT, out, "the path is too long");
    }
    if (setup->fs.stat(setup->fs.self, rwg__path_str(&dir), &st) != RWG_OK ||
        st.kind != RWG_FS_DIR) {
        return rwg__error(
            err, RWG_NOT_FOUND, rwg__path_str(&dir), "nothing was built yet; run rwgraph build"
        );
    }
    p->allowed[0] = rwg__path_str(&p->client_dir);
    p->rules = (rwb__fs_rules){.allow = p->allowed, .allow_count = 1};
    rwg_status status = listen_for(p, setup, err);
    return status == RWG_OK ? start_child(p, setup, err) : status;
}

rwg_status rwb_preview_run(const rwb_preview_options *options, rwg_error *err) {
    if (!options || options->size != sizeof *options || options->root.len == 0) {
        return rwg__error(err, RWG_INVALID, (rwg_str){NULL, 0}, "bad argument to rwb_preview_run");
    }
    char *root = NULL;
    rwg_status status = rwb__real_root(options->root, &root, err);
    if (status != RWG_OK) {
        return status;
    }
    rwg__mem *mem = rwg__mem_new(NULL, 0);
    preview p = {.mem = mem, .options = options};
    rwb__setup setup;
    status = rwb__setup_init(
        &setup, mem, rwg__str_c(root), RWG_STR("production"), options->runtime_dir, err
    );
    p.loop = status == RWG_OK ? rwb__loop_new(mem, NULL, err) : NULL;
    status = p.loop ? start(&p, &setup, err) : status == RWG_OK ? RWG_IO : status;
    if (status == RWG_OK) {
        rwb__loop_run(p.loop);
    }
    fail_waiting(&p);
    if (p.child) {
        rwb__child_free(p.child);
    }
    if (p.http) {
        rwb__http_close(p.http);
    }
    rwg__vec_free(&p.waiting, mem);
    if (p.loop) {
        rwb__loop_free(p.loop);
    }
    rwb__setup_deinit(&setup);
    rwg__mem_release(mem);
    free(root);
    return status;
}
