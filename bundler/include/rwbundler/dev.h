/* The dev server: a project served from its graph, to browsers and to its server runtime. */
#ifndef RWBUNDLER_DEV_H
#define RWBUNDLER_DEV_H

#include <rwgraph/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What server environments run in. */
typedef enum rwb_dev_runtime {
    RWB_DEV_RUNTIME_AUTO, /* workerd for a project with a wrangler file and workerd, else Node */
    RWB_DEV_RUNTIME_NODE,
    RWB_DEV_RUNTIME_WORKERD,
} rwb_dev_runtime;

typedef struct rwb_dev_options {
    size_t size;      /* sizeof(rwb_dev_options) */
    rwg_str root;     /* the project's folder */
    rwg_str host;     /* "" = what the configuration says, else loopback; "*" = every network */
    uint16_t port;    /* 0 = what the configuration says, else 5173; or the next free one */
    bool any_port;    /* take whichever port is free */
    bool strict_port; /* fail when the port is taken */
    bool open;        /* open the page in a browser */
    rwg_str mode;     /* "" = "development" */
    rwg_str cert;     /* PEM files: HTTPS */
    rwg_str key;
    rwg_str runtime_dir; /* where the JavaScript that belongs to this program is; "" = found */
    uint32_t timeout_ms; /* a request to the app that takes longer gets an error; 0 = 60 s */
    rwb_dev_runtime runtime;
    bool no_cache; /* neither read nor write the databases */
    bool explain;  /* after each update, say the whole chain of causes */
    bool color;
} rwb_dev_options;

#define RWB_DEV_OPTIONS_INIT                                                                       \
    { .size = sizeof(rwb_dev_options) }

/* Serves until SIGINT or SIGTERM. What an option does not say, "server" in rwgraph.json may. Fails
 * when the project cannot be opened or no port can be had. */
RWG_API RWG_MUST_USE rwg_status rwb_dev_run(const rwb_dev_options *options, rwg_error *err);

#ifdef __cplusplus
}
#endif
#endif
