/* `rwgraph dev`: serves a project while it is being worked on. What is not said here, "server" in
 * the project's rwgraph.json may say. */
#include "cmd.h"
#include "open.h"
#include "opt.h"

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

int rwg_cmd_dev(int argc, char **argv) {
    char every_network[] = "--host=*";
    const char *host = NULL;
    const char *mode = NULL;
    const char *cert = NULL;
    const char *key = NULL;
    const char *runtime = NULL;
    const char *runtime_dir = NULL;
    uint32_t port = 0;
    uint32_t timeout = 0;
    bool any_port = false;
    bool strict_port = false;
    bool open = false;
    bool no_cache = false;
    bool explain = false;
    const rwg_opt options[] = {
        {.name = "host",
         .kind = RWG_OPT_TEXT,
         .text = &host,
         .value = "ADDRESS",
         .help = "listen there (default: this machine alone; without ADDRESS: on every network)"},
        {.name = "port",
         .kind = RWG_OPT_UINT,
         .number = &port,
         .value = "N",
         .help = "listen on this port, or the next free one (default: 5173)"},
        {.name = "strict-port",
         .kind = RWG_OPT_FLAG,
         .flag = &strict_port,
         .help = "fail when the port is taken"},
        {.name = "any-port",
         .kind = RWG_OPT_FLAG,
         .flag = &any_port,
         .help = "take any free port; the first line says which"},
        {.name = "open", .kind = RWG_OPT_FLAG, .flag = &open, .help = "open the page in a browser"},
        {.name = "mode",
         .kind = RWG_OPT_TEXT,
         .text = &mode,
         .value = "NAME",
         .help = "which .env files are read (default: development)"},
        {.name = "https-cert",
         .kind = RWG_OPT_TEXT,
         .text = &cert,
         .value = "FILE",
         .help = "serve HTTPS with this certificate (PEM)"},
        {.name = "https-key",
         .kind = RWG_OPT_TEXT,
         .text = &key,
         .value = "FILE",
         .help = "and this key"},
        {.name = "runtime",
         .kind = RWG_OPT_TEXT,
         .text = &runtime,
         .value = "NAME",
         .help = "what server environments run in: node or workerd (default: workerd for a project "
                 "with "
                 "a wrangler file and workerd among its packages)"},
        {.name = "timeout",
         .kind = RWG_OPT_UINT,
         .number = &timeout,
         .value = "MS",
         .help = "answer for an app that has not begun to answer in so long (default: 60000)"},
        {.name = "runtime-dir",
         .kind = RWG_OPT_TEXT,
         .text = &runtime_dir,
         .value = "DIR",
         .help = "take the JavaScript of rwgraph from here"},
        {.name = "no-cache",
         .kind = RWG_OPT_FLAG,
         .flag = &no_cache,
         .help = "neither read nor write the databases"},
        {.name = "explain",
         .kind = RWG_OPT_FLAG,
         .flag = &explain,
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
    int count = 0;
    complete_host(argc, argv, every_network);
    rwg_opt_result result = rwg_opt_parse(&usage, argc, argv, &count);
    if (result != RWG_OPT_OK) {
        return result == RWG_OPT_HELP ? RWG_EXIT_OK : RWG_EXIT_USAGE;
    }
    if (count > 1 || port > UINT16_MAX || (cert == NULL) != (key == NULL)) {
        fputs(
            "rwgraph dev: one directory, a port below 65536, a certificate with its key\n", stderr
        );
        return RWG_EXIT_USAGE;
    }
    bool node = runtime && strcmp(runtime, "node") == 0;
    bool workerd = runtime && strcmp(runtime, "workerd") == 0;
    if (runtime && !node && !workerd) {
        fputs("rwgraph dev: --runtime is node or workerd\n", stderr);
        return RWG_EXIT_USAGE;
    }
    rwb_dev_options dev = RWB_DEV_OPTIONS_INIT;
    dev.root = rwg_cstr(count == 1 ? argv[1] : ".");
    dev.host = rwg_cstr(host ? host : "");
    dev.port = (uint16_t)port;
    dev.any_port = any_port;
    dev.strict_port = strict_port;
    dev.open = open;
    dev.mode = rwg_cstr(mode ? mode : "");
    dev.cert = rwg_cstr(cert ? cert : "");
    dev.key = rwg_cstr(key ? key : "");
    dev.runtime_dir = rwg_cstr(runtime_dir ? runtime_dir : "");
    dev.timeout_ms = timeout;
    dev.runtime = node      ? RWB_DEV_RUNTIME_NODE
                  : workerd ? RWB_DEV_RUNTIME_WORKERD
                            : RWB_DEV_RUNTIME_AUTO;
    dev.no_cache = no_cache;
    dev.explain = explain;
    rwg_error err;
    if (rwb_dev_run(&dev, &err) != RWG_OK) {
        rwg_print_error(&err);
        return RWG_EXIT_USAGE;
    }
    return RWG_EXIT_OK;
}
