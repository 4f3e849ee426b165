/* Modules that the server makes up: the lookups by which running code finds client and server
 * modules by their ids, and the empty module. */
#include "base/str.h"
#include "link/target.h"

static const struct {
    const char *specifier;
    const char *name;   /* of the export */
    const char *lookup; /* how its ids are asked for */
} VIRTUALS[] = {
    {"virtual:use-client-lookup.js", "useClientLookup", "client"},
    {"virtual:use-server-lookup.js", "useServerLookup", "server"},
};

bool rwb__is_virtual(rwg_str specifier) {
    for (size_t i = 0; i < sizeof VIRTUALS / sizeof VIRTUALS[0]; i++) {
        if (rwg__str_eq_c(specifier, VIRTUALS[i].specifier)) {
            return true;
        }
    }
    return false;
}

/* Server modules run in react-server, whoever asks for them. */
static rwg_str lookup_env(const rwg_config *config, rwg_str env, bool for_server) {
    for (uint32_t i = 0; for_server && i < config->env_count; i++) {
        if (config->envs[i].role == RWG_ROLE_SERVER) {
            return config->envs[i].name;
        }
    }
    return env;
}

/* A lookup is asked by id and answers with a function that loads the module. It does not list the
 * modules, so a new one changes nothing that is loaded already (B13). */
void rwb__virtual_code(const rwg_config *config, rwg_str specifier, rwg_str env, rwg__buf *out) {
    for (size_t i = 0; i < sizeof VIRTUALS / sizeof VIRTUALS[0]; i++) {
        if (!rwg__str_eq_c(specifier, VIRTUALS[i].specifier)) {
            continue;
        }
        bool for_server = strcmp(VIRTUALS[i].lookup, "server") == 0;
        rwg_str where = lookup_env(config, env, for_server);
        rwg__buf_printf(
            out,
            "function* (__rwg_i, __rwg_x, __rwg_m, __rwg_d) { \"use strict\";\n"
            "__rwg_x({ %s: () => lookup });\nyield;\n"
            "const lookup = new Proxy(Object.create(null), {\n"
            "    get: (_, id) => typeof id === \"string\"\n"
            "        ? () => __rwg_d(\"%.*s:lookup-%s:\" + id) : undefined,\n"
            "});\n}",
            VIRTUALS[i].name,
            (int)where.len,
            where.ptr,
            VIRTUALS[i].lookup
        );
    }
}

rwg_str rwb__empty_module(void) {
    return RWG_STR("virtual:rwgraph:empty");
}
