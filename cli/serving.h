/* Options that commands share which serve or write what browsers get: rows for their tables. */
#ifndef RWG_CLI_SERVING_H
#define RWG_CLI_SERVING_H

#include "opt.h"

/* Where a server listens. */
typedef struct rwg_listening {
    const char *host; /* NULL: this machine alone */
    uint32_t port;    /* 0: the command's own, or the next free one */
    bool any_port;
    bool strict_port;
} rwg_listening;

#define RWG_LISTENING_OPTIONS(l, host_help, port_help)                                             \
    {.name = "host",                                                                               \
     .kind = RWG_OPT_TEXT,                                                                         \
     .text = &(l)->host,                                                                           \
     .value = "ADDRESS",                                                                           \
     .help = (host_help)},                                                                         \
        {.name = "port",                                                                           \
         .kind = RWG_OPT_UINT,                                                                     \
         .number = &(l)->port,                                                                     \
         .value = "N",                                                                             \
         .help = (port_help)},                                                                     \
        {.name = "strict-port",                                                                    \
         .kind = RWG_OPT_FLAG,                                                                     \
         .flag = &(l)->strict_port,                                                                \
         .help = "fail when the port is taken"},                                                   \
    {                                                                                              \
        .name = "any-port", .kind = RWG_OPT_FLAG, .flag = &(l)->any_port,                          \
        .help = "take any free port; the first line says which"                                    \
    }

#define RWG_MODE_OPTION(mode, mode_help)                                                           \
    { .name = "mode", .kind = RWG_OPT_TEXT, .text = (mode), .value = "NAME", .help = (mode_help) }

#define RWG_OUT_DIR_OPTION(dir, dir_help)                                                          \
    { .name = "out-dir", .kind = RWG_OPT_TEXT, .text = (dir), .value = "DIR", .help = (dir_help) }

#define RWG_RUNTIME_DIR_OPTION(dir)                                                                \
    {                                                                                              \
        .name = "runtime-dir", .kind = RWG_OPT_TEXT, .text = (dir), .value = "DIR",                \
        .help = "take the JavaScript of rwgraph from here"                                         \
    }

#endif
