/* Where the server listens and who may ask: the program's options over the project's configuration.
 * And what is said of it: the first lines on the terminal, the page that is opened. */
#include "base/fsutil.h"
#include "base/str.h"
#include "dev/dev_state.h"
#include "dev/editor.h"

#include <string.h>

#define DEFAULT_PORT 5173u

/* --- listening --- */

/* A restart keeps the port, so that pages come back to where they were, unless another one is asked
 * for now. */
static uint16_t choose_port(const rwb__dev *d) {
    const rwb_dev_options *o = d->options;
    uint16_t said = o->port > 0 ? o->port : d->config.port;
    uint16_t wanted = o->any_port ? 0 : said > 0 ? said : (uint16_t)DEFAULT_PORT;
    bool same = d->session->bound > 0 && d->session->wanted == wanted;
    d->session->wanted = wanted;
    return same ? d->session->bound : wanted;
}

rwg_status rwb__dev_listen(rwb__dev *d, rwg_error *err) {
    const rwb_dev_options *o = d->options;
    const rwb__dev_config *c = &d->config;
    bool own_cert = o->cert.len > 0;
    d->access = (rwb__access){
        .hosts = c->hosts,
        .host_count = c->host_count,
        .any_host = c->any_host,
        .origins = c->origins,
        .origin_count = c->origin_count,
        .no_cors = c->no_cors,
        .token = rwg__str(d->token, 32),
    };
    rwb__http_options http = {
        .host = o->host.len > 0 ? o->host : c->host,
        .port = choose_port(d),
        .strict_port = o->strict_port || c->strict_port,
        .cert_file = own_cert ? o->cert : c->cert,
        .key_file = own_cert ? o->key : c->key,
        .access = &d->access,
        .headers = c->headers,
        .header_count = c->header_count,
        .payload = d,
        .handle = rwb__dev_handle,
        .body_mode = rwb__dev_body_mode,
    };
    rwg_status status = rwb__http_open(d->loop, &http, &d->http, err);
    d->session->bound = status == RWG_OK ? rwb__http_port(d->http) : 0;
    return status;
}

/* --- addresses --- */

static void add_address(const rwb__dev *d, rwg__buf *out, const char *host, const char *note) {
    bool v6 = rwg__str_contains(rwg__str_c(host), RWG_STR(":"));
    const char *scheme = rwb__http_is_tls(d->http) ? "https" : "http";
    rwg__buf_printf(
        out, v6 ? "%s://[%s]:%u/%s" : "%s://%s:%u/%s", scheme, host, rwb__http_port(d->http), note
    );
}

/* This machine's addresses in its networks, a line each. */
static void add_networks(const rwb__dev *d, rwg__buf *out) {
    uv_interface_address_t *all = NULL;
    int count = 0;
    if (uv_interface_addresses(&all, &count) != 0) {
        return;
    }
    for (int i = 0; i < count; i++) {
        char name[64];
        if (!all[i].is_internal && all[i].address.address4.sin_family == AF_INET &&
            uv_ip4_name(&all[i].address.address4, name, sizeof name) == 0) {
            rwg__buf_add(out, RWG_STR("\n  "));
            add_address(d, out, name, " (network)");
        }
    }
    uv_free_interface_addresses(all, count);
}

static bool is_one_of(rwg_str text, const char *a, const char *b, const char *c) {
    return rwg__str_eq_c(text, a) || rwg__str_eq_c(text, b) || rwg__str_eq_c(text, c);
}

/* The address at which this machine reaches the server; the host as it was said must not be empty
 * or stand for all of them. */
static void add_local(const rwb__dev *d, rwg_str host, rwg__buf *out) {
    char name[256] = "localhost";
    if (host.len < sizeof name && !is_one_of(host, "", "*", "0.0.0.0") &&
        !is_one_of(host, "::", "127.0.0.1", "::1")) {
        memcpy(name, host.ptr, host.len);
        name[host.len] = '\0';
    }
    add_address(d, out, name, "");
}

static void open_page(rwb__dev *d, rwg_str host) {
    rwg_error err;
    rwg__buf url;
    rwg__buf_init(&url, d->mem);
    add_local(d, host, &url);
    if (d->config.open_path.len > 0) {
        url.bytes.len--; // the slash, which the path has
        rwg__buf_add(&url, d->config.open_path);
    }
    if (rwb__page_open(rwg__buf_str(&url), &err) != RWG_OK) {
        rwb__dev_say(d, true, rwg__str_c(err.text));
    }
    rwg__buf_deinit(&url);
}

void rwb__dev_say_ready(rwb__dev *d, const rwg_stats *stats, uint64_t start_ns) {
    rwg_str host = d->options->host.len > 0 ? d->options->host : d->config.host;
    rwg__buf text;
    rwg__buf_init(&text, d->mem);
    rwg__buf_printf(
        &text,
        "ready in %.0f ms: %u files, %u from the cache\n  ",
        (double)((uint64_t)rwg__wall_ns() - start_ns) / 1e6,
        stats->files,
        stats->modules_reused
    );
    add_local(d, host, &text);
    if (is_one_of(host, "*", "0.0.0.0", "::")) {
        add_networks(d, &text);
    }
    rwb__dev_say(d, false, rwg__buf_str(&text));
    rwg__buf_deinit(&text);
    if ((d->options->open || d->config.open) && !d->session->restarted) {
        open_page(d, host);
    }
}
