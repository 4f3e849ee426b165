/* Options over configuration, and addresses as text. */
#include "dev/listening.h"

#include "base/str.h"

#include <string.h>

void rwb__listening_apply(
    const rwb__listening *said,
    const rwb__dev_config *site,
    rwb__access *out_access,
    rwb__http_options *out
) {
    bool own_cert = said->cert.len > 0;
    uint16_t port = said->port > 0 ? said->port : site->port;
    *out_access = (rwb__access){
        .hosts = site->hosts,
        .host_count = site->host_count,
        .any_host = site->any_host,
        .origins = site->origins,
        .origin_count = site->origin_count,
        .no_cors = site->no_cors,
        .token = said->token,
    };
    out->host = said->host.len > 0 ? said->host : site->host;
    out->port = said->any_port ? 0 : port > 0 ? port : said->standard_port;
    out->strict_port = said->strict_port || site->strict_port;
    out->cert_file = own_cert ? said->cert : site->cert;
    out->key_file = own_cert ? said->key : site->key;
    out->base = site->base;
    out->access = out_access;
    out->headers = site->headers;
    out->header_count = site->header_count;
}

static void
add_address(const rwb__http *http, const rwb__dev_config *site, const char *host, rwg__buf *out) {
    bool v6 = rwg__str_contains(rwg__str_c(host), RWG_STR(":"));
    const char *scheme = rwb__http_is_tls(http) ? "https" : "http";
    rwg__buf_printf(out, v6 ? "%s://[%s]:%u" : "%s://%s:%u", scheme, host, rwb__http_port(http));
    rwg__buf_add(out, site->base);
}

static bool is_one_of(rwg_str text, const char *a, const char *b, const char *c) {
    return rwg__str_eq_c(text, a) || rwg__str_eq_c(text, b) || rwg__str_eq_c(text, c);
}

void rwb__listening_local(
    const rwb__http *http, const rwb__dev_config *site, rwg_str host, rwg__buf *out
) {
    char name[256] = "localhost";
    // A host that is empty or stands for all of them is no name to reach this machine by.
    if (host.len < sizeof name && !is_one_of(host, "", "*", "0.0.0.0") &&
        !is_one_of(host, "::", "127.0.0.1", "::1")) {
        memcpy(name, host.ptr, host.len);
        name[host.len] = '\0';
    }
    add_address(http, site, name, out);
}

void rwb__listening_all(
    const rwb__http *http, const rwb__dev_config *site, rwg_str host, rwg__buf *out
) {
    uv_interface_address_t *all = NULL;
    int count = 0;
    rwb__listening_local(http, site, host, out);
    if (!is_one_of(host, "*", "0.0.0.0", "::") || uv_interface_addresses(&all, &count) != 0) {
        return;
    }
    for (int i = 0; i < count; i++) {
        char name[64];
        if (!all[i].is_internal && all[i].address.address4.sin_family == AF_INET &&
            uv_ip4_name(&all[i].address.address4, name, sizeof name) == 0) {
            rwg__buf_add(out, RWG_STR("\n  "));
            add_address(http, site, name, out);
            rwg__buf_add(out, RWG_STR(" (network)"));
        }
    }
    uv_free_interface_addresses(all, count);
}
