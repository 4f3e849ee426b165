/* What the project says of how it is served and built: members of rwgraph.json, named as Vite names
 * the same things. What is said of the graph is libgraph's to read (<rwgraph/config.h>).
 *
 *   "base": "/app/", "publicDir": "static", "envDir": "env", "envPrefix": "PUBLIC_",
 *   "server": { "host": "0.0.0.0", "port": 3000, "strictPort": true, "open": "/docs",
 *               "https": { "cert": "dev.pem", "key": "dev.key" }, "allowedHosts": ["app.test"],
 *               "cors": { "origin": "https://x.test" }, "headers": { "X-Mine": "1" },
 *               "proxy": { "/api": "http://localhost:4000" },
 *               "fs": { "allow": ["../shared"], "deny": ["*.secret"] },
 *               "watch": { "ignored": ["*.log"] } }
 *
 * The program's options win over it; whoever runs the server decides that. An unknown key, a value
 * of the wrong type, and a target or pattern that cannot work are errors that name the line, the
 * key and what may stand there. */
#ifndef RWB_DEV_CONFIG_H
#define RWB_DEV_CONFIG_H

#include <rwgraph/sys/fs.h>

#include "base/arena.h"
#include "serve/http.h"
#include "serve/tls.h"
#include "serve/url_pattern.h"

/* Of what a target's path begins with, what takes its place. */
typedef struct rwb__rewrite {
    rwg_str from;
    rwg_str to;
} rwb__rewrite;

typedef struct rwb__proxy_rule {
    rwg_str key; /* as it is written: "/api", "^/v\\d+/" */
    rwb__pattern *pattern;
    rwg_str target; /* as it is written, for messages */
    rwg_str host;   /* of the target */
    uint16_t port;
    rwg_str base;  /* path of the target without its last slash; "" = none */
    rwb__tls *tls; /* the target is https or wss; NULL = it is not */
    bool change_origin;
    bool ws;
    const rwb__rewrite *rewrites; /* the first that fits is applied */
    uint32_t rewrite_count;
    const rwb__header *headers; /* of the request to the target */
    uint32_t header_count;
    uint32_t timeout_ms; /* 0 = forward.h's */
} rwb__proxy_rule;

typedef struct rwb__dev_config {
    rwg__mem *mem;
    rwg__arena arena;
    rwg_str base;                /* path under which all is served, a slash at both ends: "/" */
    rwg_str public_dir;          /* absolute, there or not; "" = none */
    rwg_str env_dir;             /* absolute; "" = no files of variables are read */
    const rwg_str *env_prefixes; /* NULL: env_files.h's */
    uint32_t env_prefix_count;
    const rwg_str *allow; /* folders besides the root whose files are served, absolute */
    uint32_t allow_count;
    const rwg_str *deny; /* patterns of files that are not served, besides guard.h's */
    uint32_t deny_count;
    const rwg_str *ignored; /* patterns of what is not watched, besides watch.h's */
    uint32_t ignored_count;
    rwg_str host;     /* as rwb__http_options.host; "" = not said */
    uint16_t port;    /* 0 = not said */
    bool strict_port; /* fail when it is taken */
    bool open;
    rwg_str open_path; /* of the page to open, "" = "/" */
    rwg_str cert;      /* absolute; "" = no HTTPS */
    rwg_str key;
    bool any_host;
    const rwg_str *hosts;
    uint32_t host_count;
    bool no_cors;
    const rwg_str *origins;
    uint32_t origin_count;
    const rwb__header *headers;
    uint32_t header_count;
    rwb__proxy_rule *rules; /* in the order of the file */
    uint32_t rule_count;
} rwb__dev_config;

/// Reads rwgraph.json of this folder; without one everything is as if nothing was said. On failure
/// there is nothing to deinit.
rwg_status rwb__dev_config_init(
    rwb__dev_config *config, rwg__mem *mem, const rwg_fs *fs, rwg_str root, rwg_error *err
);
void rwb__dev_config_deinit(rwb__dev_config *config);

#endif
