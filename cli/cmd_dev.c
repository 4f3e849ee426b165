/* `rwgraph dev`: serves a project while it is being worked on. What is not said here, "server" in
 * the project's rwgraph.json may say. */
#include "cmd.h"
#include "open.h"
#include "opt.h"
#include "serving.h"

#include <arpa/inet.h>
#include <rwbundler/dev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Is this what a host may be? Else it is the next option, or the directory. */
static bool is_host(const char *text) {
    struct in6_addr room;
    return text && (strcmp(text, "localhost") == 0 || strcmp(text, "*") == 0 ||
                    inet_pton(AF_INET, text, &room) == 1 || inet_pton(AF_INET6, text, &room) == 1);
}

/* "--host" alone is every network: the argument takes the place of one with a value. */
static void complete_host(int argc, char **argv, char *every) {
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--host") == 0 && !is_host(i + 1 < argc ? argv[i + 1] : NULL)) {
            argv[i] = every;
        }
    }
}

/* The command line as it was written. */
typedef struct arguments {
    rwg_listening listening;
    const char *mode;
    const char *cert;
    const char *key;
    const char *runtime;
    const char *runtime_dir;
    uint32_t timeout;
    bool open;
    bool no_cache;
    bool explain;
} arguments;

static bool read_arguments(int argc, char **argv, arguments *a, int *out_count, int *out_code) {
    const rwg_opt options[] = {
        RWG_LISTENING_OPTIONS(
            &a->listening,
            "listen there (default: this machine alone; without ADDRESS: on every network)",
            "listen on this port, or the next free one (default: 5173)"
        ),
        {.name = "open",
         .kind = RWG_OPT_FLAG,
         .flag = &a->open,
         .help = "open the page in a browser"},
        RWG_MODE_OPTION(&a->mode, "which .env files are read (default: development)"),
        {.name = "https-cert",
         .kind = RWG_OPT_TEXT,
         .text = &a->cert,
         .value = "FILE",
         .help = "serve HTTPS with this certificate (PEM)"},
        {.name = "https-key",
         .kind = RWG_OPT_TEXT,
         .text = &a->key,
         .value = "FILE",
         .help = "and this key"},
        {.name = "runtime",
         .kind = RWG_OPT_TEXT,
         .text = &a->runtime,
         .value = "NAME",
         .help = "what server environments run in: node or workerd (default: workerd for a project "
                 "with "
                 "a wrangler file and workerd among its packages)"},
        {.name = "timeout",
         .kind = RWG_OPT_UINT,
         .number = &a->timeout,
         .value = "MS",
         .help = "answer for an app that has not begun to answer in so long (default: 60000)"},
        RWG_RUNTIME_DIR_OPTION(&a->runtime_dir),
        {.name = "no-cache",
         .kind = RWG_OPT_FLAG,
         .flag = &a->no_cache,
         .help = "neither read nor write the databases"},
        {.name = "explain",
         .kind = RWG_OPT_FLAG,
         .flag = &a->explain,
         .help = "after each update, say what it made stale and why"},
        {0},
    };
    const rwg_opt_usage usage = {
        .synopsis = "dev [DIR]",
        .about = "Serve a project: pages and modules to browsers, and its server environments in a "
                 "process of Node or workerd. Edits arrive without a reload where somebody accepts "
                 "them, and a "
                 "dependency that is new never reloads anything.",
        .options = options,
    };
    return rwg_opt_parse(&usage, argc, argv, out_count, out_code);
}

int rwg_cmd_dev(int argc, char **argv) {
    char every_network[] = "--host=*";
    arguments a = {0};
    int count = 0;
    complete_host(argc, argv, every_network);
    int code = RWG_EXIT_OK;
    if (!read_arguments(argc, argv, &a, &count, &code)) {
        return code;
    }
    if (count > 1 || a.listening.port > UINT16_MAX || (a.cert == NULL) != (a.key == NULL)) {
        fputs(
            "rwgraph dev: one directory, a port below 65536, a certificate with its key\n", stderr
        );
        return RWG_EXIT_USAGE;
    }
    bool node = a.runtime && strcmp(a.runtime, "node") == 0;
    bool workerd = a.runtime && strcmp(a.runtime, "workerd") == 0;
    if (a.runtime && !node && !workerd) {
        fputs("rwgraph dev: --runtime is node or workerd\n", stderr);
        return RWG_EXIT_USAGE;
    }
    rwb_dev_options dev = RWB_DEV_OPTIONS_INIT;
    dev.root = rwg_cstr(count == 1 ? argv[1] : ".");
    dev.host = rwg_cstr(a.listening.host ? a.listening.host : "");
    dev.port = (uint16_t)a.listening.port;
    dev.any_port = a.listening.any_port;
    dev.strict_port = a.listening.strict_port;
    dev.open = a.open;
    dev.mode = rwg_cstr(a.mode ? a.mode : "");
    dev.cert = rwg_cstr(a.cert ? a.cert : "");
    dev.key = rwg_cstr(a.key ? a.key : "");
    dev.runtime_dir = rwg_cstr(a.runtime_dir ? a.runtime_dir : "");
    dev.timeout_ms = a.timeout;
    dev.runtime = node      ? RWB_DEV_RUNTIME_NODE
                  : workerd ? RWB_DEV_RUNTIME_WORKERD
                            : RWB_DEV_RUNTIME_AUTO;
    dev.no_cache = a.no_cache;
    dev.explain = a.explain;
    rwg_error err;
    if (rwb_dev_run(&dev, &err) != RWG_OK) {
        rwg_print_error(&err);
        return RWG_EXIT_USAGE;
    }
    return RWG_EXIT_OK;
}
