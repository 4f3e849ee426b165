/* Each option by its type. */
#include "dev/dev_config.h"

#include "base/fsutil.h"
#include "base/limits.h"
#include "base/path.h"
#include "base/str.h"
#include "dev/config_places.h"
#include "dev/config_reader.h"
#include "serve/wire.h"

/* A day: nobody waits longer for an answer. */
#define LONGEST_MS (24u * 60 * 60 * 1000)

static rwg_status read_port(rwb__config_reader *r, const rwg__json *value, void *out) {
    uint32_t port = 0;
    rwg_status status = rwb__config_number(r, value, UINT16_MAX, &port);
    *(uint16_t *)out = (uint16_t)port;
    return status;
}

static rwg_status read_milliseconds(rwb__config_reader *r, const rwg__json *value, void *out) {
    return rwb__config_number(r, value, LONGEST_MS, out);
}

/* --- headers --- */

typedef struct header_list {
    const rwb__header **items;
    uint32_t *count;
} header_list;

static bool is_token(rwg_str text) {
    for (uint32_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c <= ' ' || c >= 0x7f || c == ':') {
            return false;
        }
    }
    return text.len > 0;
}

static rwg_status read_header(rwb__config_reader *r, const rwg__json *value, void *out) {
    rwb__header *header = out;
    header->name = rwb__config_key(r);
    header->value = value->string;
    if (!is_token(header->name)) {
        return rwb__config_mistake(r, "is no name of a header");
    }
    if (value->type != RWG__JSON_STRING || !rwb__wire_is_value(header->value)) {
        return rwb__config_mistake(r, "must be a text on one line");
    }
    return RWG_OK;
}

static rwg_status read_headers(rwb__config_reader *r, const rwg__json *value, void *out) {
    const header_list *list = out;
    if (value->type != RWG__JSON_OBJECT) {
        return rwb__config_mistake(r, "must be an object: { \"Name\": \"value\" }");
    }
    rwb__header *headers = rwg__arena_zalloc(r->arena, value->count * sizeof *headers);
    rwg_status status = RWG_OK;
    for (uint32_t i = 0; i < value->count && status == RWG_OK; i++) {
        rwb__config_field header = {NULL, read_header, &headers[i]};
        status = rwb__config_read(r, value->keys[i], &value->items[i], header);
    }
    *list->items = headers;
    *list->count = value->count;
    return status;
}

/* --- proxy --- */

static rwg_status read_rewrites(rwb__config_reader *r, const rwg__json *value, void *out) {
    rwb__proxy_rule *rule = out;
    const char *what = "must be an object: { \"/beginning\": \"what takes its place\" }";
    if (value->type != RWG__JSON_OBJECT) {
        return rwb__config_mistake(r, what);
    }
    rwb__rewrite *rewrites = rwg__arena_alloc(r->arena, value->count * sizeof *rewrites);
    for (uint32_t i = 0; i < value->count; i++) {
        bool good = value->items[i].type == RWG__JSON_STRING &&
                    rwg__str_starts(value->keys[i], RWG_STR("/"));
        if (!good) {
            return rwb__config_mistake(r, what);
        }
        rewrites[i] = (rwb__rewrite){value->keys[i], value->items[i].string};
    }
    rule->rewrites = rewrites;
    rule->rewrite_count = value->count;
    return RWG_OK;
}

static bool read_digits(rwg_str text, uint16_t *out) {
    uint32_t number = 0;
    for (uint32_t i = 0; i < text.len && number <= UINT16_MAX; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
        number = number * 10 + (uint32_t)(text.ptr[i] - '0');
    }
    *out = (uint16_t)number;
    return text.len > 0 && number > 0 && number <= UINT16_MAX;
}

/* "host:port/path", "[v6]/path" behind the scheme. */
static bool split_target(rwb__proxy_rule *rule, rwg_str text, uint16_t standard_port) {
    uint32_t slash = rwg__str_index(text, '/');
    rwg_str authority = rwg__str_sub(text, 0, slash);
    rule->base = rwg__str_from(text, slash);
    while (rwg__str_ends(rule->base, RWG_STR("/"))) {
        rule->base.len--;
    }
    uint32_t end = rwg__str_index(authority, ':');
    if (rwg__str_starts(authority, RWG_STR("["))) {
        end = rwg__str_index(authority, ']');
        rule->host = rwg__str_sub(authority, 1, end);
        end += end < authority.len ? 1 : 0;
    } else {
        rule->host = rwg__str_sub(authority, 0, end);
    }
    rwg_str port = rwg__str_from(authority, end);
    rule->port = standard_port;
    bool has_port = rwg__str_starts(port, RWG_STR(":"));
    bool good_port = has_port ? read_digits(rwg__str_from(port, 1), &rule->port) : port.len == 0;
    bool good_path = rwg__str_index(rule->base, '?') == rule->base.len &&
                     rwg__str_index(rule->base, '#') == rule->base.len &&
                     rwg__str_index(rule->base, ' ') == rule->base.len;
    return good_port && good_path &&
           is_token(rwg__str_contains(rule->host, RWG_STR(":")) ? RWG_STR("v6") : rule->host);
}

static rwg_status read_target(rwb__config_reader *r, const rwg__json *value, void *out) {
    static const struct {
        const char *scheme;
        bool tls;
        bool ws;
    } SCHEMES[] = {
        {"http://", false, false},
        {"https://", true, false},
        {"ws://", false, true},
        {"wss://", true, true},
    };

    rwb__proxy_rule *rule = out;
    rule->target = rwg__json_string(value);
    for (size_t i = 0; i < sizeof SCHEMES / sizeof SCHEMES[0]; i++) {
        rwg_str scheme = rwg__str_c(SCHEMES[i].scheme);
        bool tls = SCHEMES[i].tls;
        if (rwg__str_starts(rule->target, scheme) &&
            split_target(rule, rwg__str_from(rule->target, scheme.len), tls ? 443 : 80)) {
            rule->ws = rule->ws || SCHEMES[i].ws;
            rwg_error err;
            rwg_status status =
                tls ? rwb__tls_new_client(r->arena->mem, true, &rule->tls, &err) : RWG_OK;
            return status == RWG_OK ? RWG_OK : rwb__config_mistake(r, err.text);
        }
    }
    return rwb__config_mistake(
        r, "must be an address: \"http://localhost:4000\", with http, https, ws or wss"
    );
}

/* A rule's certificates are looked at unless `secure` is false. */
static rwg_status apply_secure(rwb__config_reader *r, rwb__proxy_rule *rule, bool secure) {
    if (secure || !rule->tls) {
        return RWG_OK;
    }
    rwb__tls_free(rule->tls);
    return rwb__tls_new_client(r->arena->mem, false, &rule->tls, r->err);
}

static rwg_status read_rule(rwb__config_reader *r, const rwg__json *value, void *out) {
    rwb__proxy_rule *rule = out;
    rwg_error err;
    rule->key = rwb__config_key(r);
    if (rule->key.len == 0 || (rule->key.ptr[0] != '/' && rule->key.ptr[0] != '^')) {
        return rwb__config_mistake(
            r, "must begin with / (what a path begins with) or ^ (an expression)"
        );
    }
    if (rwb__pattern_new(r->arena->mem, rule->key, &rule->pattern, &err) != RWG_OK) {
        return rwb__config_mistake(r, err.text);
    }
    if (value->type == RWG__JSON_STRING) {
        return read_target(r, value, rule);
    }
    bool secure = true;
    header_list headers = {&rule->headers, &rule->header_count};
    const rwb__config_field fields[] = {
        {"target", read_target, rule},
        {"changeOrigin", rwb__config_bool, &rule->change_origin},
        {"rewrite", read_rewrites, rule},
        {"ws", rwb__config_bool, &rule->ws},
        {"secure", rwb__config_bool, &secure},
        {"headers", read_headers, &headers},
        {"timeout", read_milliseconds, &rule->timeout_ms},
        {0},
    };
    rwg_status status =
        rwb__config_fields(r, value, fields, "must be an address or an object with a target");
    if (status == RWG_OK && rule->target.len == 0) {
        status =
            rwb__config_mistake(r, "has no target; write \"target\": \"http://localhost:4000\"");
    }
    return status == RWG_OK ? apply_secure(r, rule, secure) : status;
}

static rwg_status read_proxy(rwb__config_reader *r, const rwg__json *value, void *out) {
    rwb__dev_config *config = out;
    if (value->type != RWG__JSON_OBJECT) {
        return rwb__config_mistake(r, "must be an object: { \"/api\": \"http://localhost:4000\" }");
    }
    config->rules = rwg__arena_zalloc(r->arena, value->count * sizeof *config->rules);
    config->rule_count = value->count;
    rwg_status status = RWG_OK;
    for (uint32_t i = 0; i < value->count && status == RWG_OK; i++) {
        rwb__config_field rule = {NULL, read_rule, &config->rules[i]};
        status = rwb__config_read(r, value->keys[i], &value->items[i], rule);
    }
    return status;
}

/* --- the rest of "server" --- */

static rwg_status read_host(rwb__config_reader *r, const rwg__json *value, void *out) {
    if (rwb__config_is_bool(value)) {
        *(rwg_str *)out = value->type == RWG__JSON_TRUE ? RWG_STR("*") : RWG_STR("");
        return RWG_OK;
    }
    if (value->type != RWG__JSON_STRING || value->string.len == 0) {
        return rwb__config_mistake(r, "must be an address to listen on, or true for every network");
    }
    *(rwg_str *)out = value->string;
    return RWG_OK;
}

static rwg_status read_open(rwb__config_reader *r, const rwg__json *value, void *out) {
    rwb__dev_config *config = out;
    bool is_path = value->type == RWG__JSON_STRING && rwg__str_starts(value->string, RWG_STR("/"));
    if (!rwb__config_is_bool(value) && !is_path) {
        return rwb__config_mistake(r, "must be true, false, or the path of a page: \"/docs\"");
    }
    config->open = value->type != RWG__JSON_FALSE;
    config->open_path = rwg__json_string(value);
    return RWG_OK;
}

static rwg_status read_https(rwb__config_reader *r, const rwg__json *value, void *out) {
    rwb__dev_config *config = out;
    const rwb__config_field fields[] = {
        {"cert", rwb__config_text, &config->cert},
        {"key", rwb__config_text, &config->key},
        {0},
    };
    const char *what = "must be an object: { \"cert\": \"dev.pem\", \"key\": \"dev.key\" }";
    rwg_status status = rwb__config_fields(r, value, fields, what);
    if (status != RWG_OK || config->cert.len == 0 || config->key.len == 0) {
        return status != RWG_OK ? status : rwb__config_mistake(r, what);
    }
    rwg_str *const files[] = {&config->cert, &config->key};
    for (size_t i = 0; i < 2; i++) {
        rwg__path path;
        if (!rwg__path_join(&path, r->root, *files[i])) {
            return rwb__config_mistake(r, "names a path that is too long");
        }
        *files[i] = rwg__arena_str(r->arena, rwg__path_str(&path));
    }
    return RWG_OK;
}

static rwg_status read_hosts(rwb__config_reader *r, const rwg__json *value, void *out) {
    rwb__dev_config *config = out;
    config->any_host = value->type == RWG__JSON_TRUE;
    if (config->any_host || rwb__config_texts(r, value, &config->hosts, &config->host_count)) {
        return RWG_OK;
    }
    return rwb__config_mistake(r, "must be true (any host) or a list: [\"app.test\", \".test\"]");
}

static void take_any_origin(rwb__dev_config *config) {
    static const rwg_str ANY = {"*", 1};
    config->origins = &ANY;
    config->origin_count = 1;
}

static rwg_status read_origin(rwb__config_reader *r, const rwg__json *value, void *out) {
    rwb__dev_config *config = out;
    if (value->type == RWG__JSON_TRUE) {
        take_any_origin(config);
        return RWG_OK;
    }
    if (value->type == RWG__JSON_STRING && value->string.len > 0) {
        rwg_str *one = rwg__arena_alloc(r->arena, sizeof *one);
        *one = value->string;
        config->origins = one;
        config->origin_count = 1;
        return RWG_OK;
    }
    if (rwb__config_texts(r, value, &config->origins, &config->origin_count)) {
        return RWG_OK;
    }
    return rwb__config_mistake(
        r, "must be an origin, a list of them, or true: \"https://app.test\""
    );
}

static rwg_status read_cors(rwb__config_reader *r, const rwg__json *value, void *out) {
    rwb__dev_config *config = out;
    const rwb__config_field fields[] = {{"origin", read_origin, config}, {0}};
    if (value->type == RWG__JSON_TRUE) {
        take_any_origin(config);
        return RWG_OK;
    }
    if (value->type == RWG__JSON_FALSE) {
        config->no_cors = true;
        return RWG_OK;
    }
    return rwb__config_fields(r, value, fields, "must be true, false, or { \"origin\": … }");
}

static rwg_status read_server(rwb__config_reader *r, const rwg__json *value, void *out) {
    rwb__dev_config *config = out;
    header_list headers = {&config->headers, &config->header_count};
    const rwb__config_field fields[] = {
        {"host", read_host, &config->host},
        {"port", read_port, &config->port},
        {"strictPort", rwb__config_bool, &config->strict_port},
        {"open", read_open, config},
        {"https", read_https, config},
        {"allowedHosts", read_hosts, config},
        {"cors", read_cors, config},
        {"headers", read_headers, &headers},
        {"proxy", read_proxy, config},
        {"fs", rwb__config_files, config},
        {"watch", rwb__config_watch, config},
        {0},
    };
    return rwb__config_fields(r, value, fields, "must be an object, one member an option");
}

/* --- the file --- */

static rwg_status read_file(rwb__config_reader *r, const rwg_fs *fs) {
    rwg__json_error problem;
    rwg_status status = rwg__fs_read(fs, r->arena, r->path, RWG_LIMIT_JSON_BYTES, &r->text);
    if (status == RWG_NOT_FOUND) {
        return RWG_OK;
    }
    if (status != RWG_OK) {
        return rwg__error(r->err, status, r->path, "the configuration could not be read");
    }
    const rwg__json *top = rwg__json_parse_relaxed(r->arena, r->text, &problem);
    if (!top) {
        return rwg__error(
            r->err,
            RWG_SYNTAX,
            r->path,
            "line %u, column %u: %s",
            problem.line,
            problem.column,
            problem.text
        );
    }
    rwb__dev_config *config = r->payload;
    const rwb__config_field fields[] = {
        {"base", rwb__config_base, &config->base},
        {"publicDir", rwb__config_public, &config->public_dir},
        {"envDir", rwb__config_folder, &config->env_dir},
        {"envPrefix", rwb__config_prefixes, config},
        {"server", read_server, config},
    };
    // Other members are the graph's, whose reader knows which there are.
    for (size_t i = 0; i < sizeof fields / sizeof fields[0] && status == RWG_OK; i++) {
        const rwg__json *value = rwg__json_get(top, fields[i].key);
        status = value ? rwb__config_read(r, rwg__str_c(fields[i].key), value, fields[i]) : RWG_OK;
    }
    return status;
}

/* What holds for a project that says nothing. */
static rwg_status set_standard(rwb__config_reader *r) {
    rwb__dev_config *config = r->payload;
    rwg__path path;
    if (!rwg__path_join(&path, r->root, RWG_STR("public"))) {
        return rwg__error(r->err, RWG_LIMIT, r->root, "the path is too long");
    }
    config->base = RWG_STR("/");
    config->public_dir = rwg__arena_str(r->arena, rwg__path_str(&path));
    config->env_dir = rwg__arena_str(r->arena, r->root);
    return RWG_OK;
}

rwg_status rwb__dev_config_init(
    rwb__dev_config *config, rwg__mem *mem, const rwg_fs *fs, rwg_str root, rwg_error *err
) {
    *config = (rwb__dev_config){.mem = mem};
    rwg__arena_init(&config->arena, mem);
    rwg__path path;
    rwg_status status = RWG_LIMIT;
    if (rwg__path_join(&path, root, RWG_STR("rwgraph.json"))) {
        rwb__config_reader r = {
            .arena = &config->arena,
            .root = root,
            .path = rwg__path_str(&path),
            .err = err,
            .payload = config,
        };
        status = set_standard(&r);
        status = status == RWG_OK ? read_file(&r, fs) : status;
    } else {
        status = rwg__error(err, RWG_LIMIT, root, "the path is too long");
    }
    if (status != RWG_OK) {
        rwb__dev_config_deinit(config);
    }
    return status;
}

void rwb__dev_config_deinit(rwb__dev_config *config) {
    for (uint32_t i = 0; i < config->rule_count; i++) {
        rwb__pattern_free(config->rules[i].pattern);
        rwb__tls_free(config->rules[i].tls);
    }
    rwg__arena_deinit(&config->arena);
    *config = (rwb__dev_config){0};
}
