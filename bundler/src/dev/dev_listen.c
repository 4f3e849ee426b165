/* Where the dev server listens, and what is said of that: the first lines on the terminal, the page
 * that is opened. */
#include "base/fsutil.h"
#include "base/str.h"
#include "dev/dev_state.h"
#include "dev/editor.h"
#include "dev/listening.h"

#define DEFAULT_PORT 5173u

/* A restart keeps the port, so that pages come back to where they were, unless another one is asked
 * for now. */
static uint16_t choose_port(const rwb__dev *d, uint16_t wanted) {
    bool same = d->session->bound > 0 && d->session->wanted == wanted;
    d->session->wanted = wanted;
    return same ? d->session->bound : wanted;
}

rwg_status rwb__dev_listen(rwb__dev *d, rwg_error *err) {
    const rwb_dev_options *o = d->options;
    rwb__listening said = {
        .host = o->host,
        .port = o->port,
        .standard_port = DEFAULT_PORT,
        .any_port = o->any_port,
        .strict_port = o->strict_port,
        .cert = o->cert,
        .key = o->key,
        .token = rwg__str(d->token, 32),
    };
    rwb__http_options http = {
        .payload = d, .handle = rwb__dev_handle, .body_mode = rwb__dev_body_mode};
    rwb__listening_apply(&said, &d->setup.site, &d->access, &http);
    http.port = choose_port(d, http.port);
    rwg_status status = rwb__http_open(d->loop, &http, &d->http, err);
    d->session->bound = status == RWG_OK ? rwb__http_port(d->http) : 0;
    return status;
}

static void open_page(rwb__dev *d, rwg_str host) {
    rwg_error err;
    rwg__buf url;
    rwg__buf_init(&url, d->mem);
    rwb__listening_local(d->http, &d->setup.site, host, &url);
    if (d->setup.site.open_path.len > 0) {
        url.bytes.len--; // the slash, which the path has
        rwg__buf_add(&url, d->setup.site.open_path);
    }
    if (rwb__page_open(rwg__buf_str(&url), &err) != RWG_OK) {
        rwb__dev_say(d, true, rwg__str_c(err.text));
    }
    rwg__buf_deinit(&url);
}

void rwb__dev_say_ready(rwb__dev *d, const rwg_stats *stats, uint64_t start_ns) {
    const rwb__dev_config *site = &d->setup.site;
    rwg_str host = d->options->host.len > 0 ? d->options->host : site->host;
    rwg__buf text;
    rwg__buf_init(&text, d->mem);
    rwg__buf_printf(
        &text,
        "ready in %.0f ms: %u files, %u from the cache\n  ",
        (double)((uint64_t)rwg__wall_ns() - start_ns) / 1e6,
        stats->files,
        stats->modules_reused
    );
    rwb__listening_all(d->http, site, host, &text);
    rwb__dev_say(d, false, rwg__buf_str(&text));
    rwg__buf_deinit(&text);
    if ((d->options->open || site->open) && !d->session->restarted) {
        open_page(d, host);
    }
}
