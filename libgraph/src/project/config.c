/* A project's configuration: rwgraph.json over the defaults of its kind.
 *
 * Defaults are those of RedwoodSDK on Vite (three environments, conditions in its order): client is
 * the browser, ssr renders client modules inside the worker's runtime, worker is react-server.
 * rwgraph.json overrides field by field:
 *
 *   { "environments": { "client": { "entries": ["src/client.tsx"], "conditions": ["browser"] },
 *                       "edge": { "role": "plain", "nodeBuiltins": false } },
 *     "pinned": ["rwsdk/__state"], "tsconfig": "auto", "preserveSymlinks": false }
 *
 * An unknown key is an error with its name: a misspelt option must not be ignored in silence. */
#include "base/fsutil.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/limits.h"
#include "project/detect.h"
#include "project/rules.h"
#include "project/state.h"

#include <stdlib.h>

#define S(text)                                                                                    \
    { text, sizeof(text) - 1 }

static const rwg_str BROWSER_FIELDS[] = {S("browser"), S("module"), S("jsnext:main"), S("jsnext")};
static const rwg_str SERVER_FIELDS[] = {S("module"), S("jsnext:main"), S("jsnext")};
static const rwg_str EXTENSIONS[] = {
    S(".mjs"), S(".js"), S(".mts"), S(".ts"), S(".jsx"), S(".tsx"), S(".json")};
static const rwg_str CLIENT_CONDITIONS[] = {S("browser"), S("module"), S("development")};
static const rwg_str SSR_CONDITIONS[] = {S("workerd"), S("module"), S("browser"), S("development")};
static const rwg_str WORKER_CONDITIONS[] = {
    S("workerd"),
    S("react-server"),
    S("module"),
    S("node"),
    S("worker"),
    S("browser"),
    S("development")};
static const rwg_str PLAIN_CONDITIONS[] = {S("module"), S("node"), S("development")};
static const rwg_str CLOUDFLARE[] = {S("cloudflare:")};
static const rwg_str PINNED[] = {S("rwsdk/__state"), S("virtual:rwsdk:state:*")};

#define ALL(array)                                                                                 \
    { array, sizeof(array) / sizeof((array)[0]) }

static const rwg_env_config CLIENT_DEFAULT = {
    .name = S("client"),
    .role = RWG_ROLE_CLIENT,
    .conditions = ALL(CLIENT_CONDITIONS),
    .main_fields = ALL(BROWSER_FIELDS),
    .extensions = ALL(EXTENSIONS),
    .browser_field = true,
};
static const rwg_env_config SSR_DEFAULT = {
    .name = S("ssr"),
    .role = RWG_ROLE_SSR,
    .conditions = ALL(SSR_CONDITIONS),
    .main_fields = ALL(BROWSER_FIELDS),
    .extensions = ALL(EXTENSIONS),
    .browser_field = true,
    .node_builtins = true,
    .builtins = ALL(CLOUDFLARE),
};
static const rwg_env_config WORKER_DEFAULT = {
    .name = S("worker"),
    .role = RWG_ROLE_SERVER,
    .conditions = ALL(WORKER_CONDITIONS),
    .main_fields = ALL(SERVER_FIELDS),
    .extensions = ALL(EXTENSIONS),
    .node_builtins = true,
    .builtins = ALL(CLOUDFLARE),
};
static const rwg_env_config PLAIN_DEFAULT = {
    .role = RWG_ROLE_PLAIN,
    .conditions = ALL(PLAIN_CONDITIONS),
    .main_fields = ALL(SERVER_FIELDS),
    .extensions = ALL(EXTENSIONS),
    .node_builtins = true,
};

/* --- the hash: everything that shapes a stored graph --- */

static void hash_list(rwg__hasher *h, rwg_str_list list) {
    rwg__hasher_u32(h, list.count);
    for (uint32_t i = 0; i < list.count; i++) {
        rwg__hasher_str(h, list.items[i]);
    }
}

static void hash_env(rwg__hasher *h, const rwg_env_config *env) {
    rwg__hasher_str(h, env->name);
    rwg__hasher_u32(h, env->role);
    hash_list(h, env->conditions);
    hash_list(h, env->main_fields);
    hash_list(h, env->extensions);
    rwg__hasher_u32(h, env->browser_field);
    rwg__hasher_u32(h, env->node_builtins);
    rwg__hasher_u32(h, env->alias_count);
    for (uint32_t i = 0; i < env->alias_count; i++) {
        rwg__hasher_str(h, env->aliases[i].from);
        rwg__hasher_str(h, env->aliases[i].to);
    }
    hash_list(h, env->externals);
    hash_list(h, env->builtins);
    hash_list(h, env->entries);
    rwg__hasher_u32(h, env->only_entries);
    rwg__hasher_u32(h, env->rule_count);
    for (uint32_t i = 0; i < env->rule_count; i++) {
        rwg__hasher_str(h, env->rules[i].glob);
        rwg__hasher_str(h, env->rules[i].query);
    }
}

rwg_hash rwg__config_hash(const rwg_config *config, rwg__mem *mem) {
    rwg__hasher *h = rwg__hasher_new(mem);
    rwg__hasher_u32(h, config->env_count);
    for (uint32_t i = 0; i < config->env_count; i++) {
        hash_env(h, &config->envs[i]);
    }
    hash_list(h, config->pinned);
    hash_list(h, config->forced_client);
    hash_list(h, config->forced_server);
    rwg__hasher_u32(h, config->tsconfig);
    rwg__hasher_str(h, config->tsconfig_path);
    rwg__hasher_u32(h, config->public_dir.ptr != NULL);
    rwg__hasher_str(h, config->public_dir);
    rwg__hasher_u32(h, config->preserve_symlinks);
    rwg__hasher_u32(h, config->skip_dependencies);
    rwg__hasher_u32(h, config->jsx_dev);
    rwg_hash hash = rwg__hasher_finish(h);
    rwg__hasher_free(h, mem);
    return hash;
}

/* --- rwgraph.json --- */

/* What rwg_config.owned points to. */
typedef struct owned {
    rwg__mem mem;
    rwg__arena arena;
    rwg_env_config envs[RWG_MAX_ENVS];
} owned;

typedef struct reader {
    owned *own;
    rwg_config *config;
    rwg_str path; /* of rwgraph.json */
    rwg_error *err;
} reader;

static rwg_status bad(const reader *r, const char *what, rwg_str key) {
    return rwg__error(r->err, RWG_SYNTAX, r->path, "%s: \"%.*s\"", what, (int)key.len, key.ptr);
}

static rwg_status
read_list(const reader *r, rwg_str key, const rwg__json *value, rwg_str_list *out) {
    if (value->type != RWG__JSON_ARRAY) {
        return bad(r, "this must be an array of strings", key);
    }
    rwg_str *items = rwg__arena_alloc(&r->own->arena, value->count * sizeof *items);
    for (uint32_t i = 0; i < value->count; i++) {
        if (value->items[i].type != RWG__JSON_STRING) {
            return bad(r, "this must be an array of strings", key);
        }
        items[i] = value->items[i].string;
    }
    *out = (rwg_str_list){items, value->count};
    return RWG_OK;
}

static rwg_status read_bool(const reader *r, rwg_str key, const rwg__json *value, bool *out) {
    if (value->type != RWG__JSON_TRUE && value->type != RWG__JSON_FALSE) {
        return bad(r, "this must be true or false", key);
    }
    *out = value->type == RWG__JSON_TRUE;
    return RWG_OK;
}

static rwg_status read_aliases(const reader *r, const rwg__json *value, rwg_env_config *env) {
    if (value->type != RWG__JSON_OBJECT) {
        return bad(r, "this must be an object of strings (or false)", RWG_STR("aliases"));
    }
    rwg_alias *aliases = rwg__arena_zalloc(&r->own->arena, value->count * sizeof *aliases);
    for (uint32_t i = 0; i < value->count; i++) {
        const rwg__json *to = &value->items[i];
        if (to->type != RWG__JSON_STRING && to->type != RWG__JSON_FALSE) {
            return bad(r, "an alias is a string, or false for an empty module", value->keys[i]);
        }
        aliases[i] = (rwg_alias){value->keys[i], rwg__json_string(to)};
    }
    env->aliases = aliases;
    env->alias_count = value->count;
    return RWG_OK;
}

static rwg_status read_role(const reader *r, const rwg__json *value, rwg_env_role *out) {
    static const char *const ROLES[] = {"plain", "client", "ssr", "server"};
    for (uint32_t i = 0; i < 4; i++) {
        if (rwg__str_eq_c(rwg__json_string(value), ROLES[i])) {
            *out = (rwg_env_role)i;
            return RWG_OK;
        }
    }
    return bad(r, "a role is one of plain, client, ssr, server", rwg__json_string(value));
}

static rwg_status
read_env_field(const reader *r, rwg_str key, const rwg__json *value, rwg_env_config *env) {
    const struct {
        const char *key;
        rwg_str_list *list;
        bool *flag;
    } FIELDS[] = {
        {"conditions", &env->conditions, NULL},
        {"mainFields", &env->main_fields, NULL},
        {"extensions", &env->extensions, NULL},
        {"externals", &env->externals, NULL},
        {"builtins", &env->builtins, NULL},
        {"entries", &env->entries, NULL},
        {"browserField", NULL, &env->browser_field},
        {"nodeBuiltins", NULL, &env->node_builtins},
        {"onlyEntries", NULL, &env->only_entries},
    };

    for (size_t i = 0; i < sizeof FIELDS / sizeof FIELDS[0]; i++) {
        if (rwg__str_eq_c(key, FIELDS[i].key)) {
            return FIELDS[i].list ? read_list(r, key, value, FIELDS[i].list)
                                  : read_bool(r, key, value, FIELDS[i].flag);
        }
    }
    if (rwg__str_eq_c(key, "role")) {
        return read_role(r, value, &env->role);
    }
    if (rwg__str_eq_c(key, "aliases")) {
        return read_aliases(r, value, env);
    }
    return bad(r, "there is no such option of an environment", key);
}

static rwg_env_config *env_by_name(reader *r, rwg_str name) {
    for (uint32_t i = 0; i < r->config->env_count; i++) {
        if (rwg__str_eq(r->own->envs[i].name, name)) {
            return &r->own->envs[i];
        }
    }
    if (r->config->env_count == RWG_MAX_ENVS) {
        return NULL;
    }
    rwg_env_config *env = &r->own->envs[r->config->env_count++];
    *env = PLAIN_DEFAULT;
    env->name = name;
    return env;
}

static rwg_status read_envs(reader *r, const rwg__json *envs) {
    if (envs->type != RWG__JSON_OBJECT) {
        return bad(r, "this must be an object, one member an environment", RWG_STR("environments"));
    }
    for (uint32_t i = 0; i < envs->count; i++) {
        rwg_env_config *env = env_by_name(r, envs->keys[i]);
        if (!env || envs->items[i].type != RWG__JSON_OBJECT) {
            return bad(
                r, env ? "an environment is an object" : "too many environments", envs->keys[i]
            );
        }
        for (uint32_t k = 0; k < envs->items[i].count; k++) {
            const rwg__json *value = &envs->items[i].items[k];
            rwg_status status = read_env_field(r, envs->items[i].keys[k], value, env);
            if (status != RWG_OK) {
                return status;
            }
        }
    }
    return RWG_OK;
}

static rwg_status read_tsconfig(const reader *r, const rwg__json *value) {
    rwg_str text = rwg__json_string(value);
    if (value->type == RWG__JSON_FALSE) {
        r->config->tsconfig = RWG_TSCONFIG_NONE;
    } else if (rwg__str_eq_c(text, "auto")) {
        r->config->tsconfig = RWG_TSCONFIG_AUTO;
    } else if (text.len) {
        r->config->tsconfig = RWG_TSCONFIG_FILE;
        r->config->tsconfig_path = text;
    } else {
        return bad(r, "this is \"auto\", false, or a file's path", RWG_STR("tsconfig"));
    }
    return RWG_OK;
}

static rwg_status read_field(reader *r, rwg_str key, const rwg__json *value) {
    if (rwg__str_eq_c(key, "environments")) {
        return read_envs(r, value);
    }
    if (rwg__str_eq_c(key, "pinned")) {
        return read_list(r, key, value, &r->config->pinned);
    }
    if (rwg__str_eq_c(key, "forcedClient")) {
        return read_list(r, key, value, &r->config->forced_client);
    }
    if (rwg__str_eq_c(key, "forcedServer")) {
        return read_list(r, key, value, &r->config->forced_server);
    }
    if (rwg__str_eq_c(key, "preserveSymlinks")) {
        return read_bool(r, key, value, &r->config->preserve_symlinks);
    }
    if (rwg__str_eq_c(key, "skipDependencies")) {
        return read_bool(r, key, value, &r->config->skip_dependencies);
    }
    if (rwg__str_eq_c(key, "tsconfig")) {
        return read_tsconfig(r, value);
    }
    if (rwg__str_eq_c(key, "publicDir")) {
        // What else may stand there is said by who serves it.
        r->config->public_dir = rwg__str(
            value->type == RWG__JSON_STRING ? value->string.ptr : "", rwg__json_string(value).len
        );
        return RWG_OK;
    }
    // How the project is served is the server's matter, and read by it.
    static const char *const OTHERS[] = {"$schema", "base", "envDir", "envPrefix", "server"};
    for (size_t i = 0; i < sizeof OTHERS / sizeof OTHERS[0]; i++) {
        if (rwg__str_eq_c(key, OTHERS[i])) {
            return RWG_OK;
        }
    }
    return bad(r, "there is no such option", key);
}

static rwg_status read_file(reader *r, const rwg_fs *fs) {
    rwg_str text = {0};
    rwg_status status = rwg__fs_read(fs, &r->own->arena, r->path, RWG_LIMIT_JSON_BYTES, &text);
    if (status == RWG_NOT_FOUND) {
        return RWG_OK;
    }
    if (status != RWG_OK) {
        return rwg__error(r->err, status, r->path, "the configuration could not be read");
    }
    rwg__json_error problem;
    const rwg__json *root = rwg__json_parse_relaxed(&r->own->arena, text, &problem);
    if (!root || root->type != RWG__JSON_OBJECT) {
        return rwg__error(
            r->err,
            RWG_SYNTAX,
            r->path,
            "line %u, column %u: %s",
            root ? 1 : problem.line,
            root ? 1 : problem.column,
            root ? "the configuration is an object" : problem.text
        );
    }
    for (uint32_t i = 0; i < root->count; i++) {
        status = read_field(r, root->keys[i], &root->items[i]);
        if (status != RWG_OK) {
            return status;
        }
    }
    return RWG_OK;
}

/* Pages get what a browser gets, also where they are rendered; the rules are of server code. */
static void read_rules(owned *own, uint32_t env_count, const rwg_fs *fs, rwg_str root) {
    uint32_t count = 0;
    const rwg_file_rule *rules = rwg__rules_read(fs, &own->arena, root, &count);
    for (uint32_t i = 0; i < env_count; i++) {
        rwg_env_role role = own->envs[i].role;
        if (role == RWG_ROLE_SERVER || role == RWG_ROLE_PLAIN) {
            own->envs[i].rules = rules;
            own->envs[i].rule_count = count;
        }
    }
}

rwg_status rwg_config_load(const rwg_fs *fs, rwg_str root, rwg_config *out_config, rwg_error *err) {
    rwg_fs system = rwg_fs_system();
    fs = fs ? fs : &system;
    owned *own = calloc(1, sizeof *own);
    RWG_ASSERT(own);
    rwg__mem_init(&own->mem, NULL, 0);
    rwg__arena_init(&own->arena, &own->mem);
    own->envs[0] = CLIENT_DEFAULT;
    own->envs[1] = SSR_DEFAULT;
    own->envs[2] = WORKER_DEFAULT;
    *out_config = (rwg_config)RWG_CONFIG_INIT;
    out_config->envs = own->envs;
    out_config->env_count = 3;
    out_config->pinned = (rwg_str_list)ALL(PINNED);
    out_config->owned = own;
    rwg__detect_entries(fs, &own->arena, root, own->envs);
    rwg__path path;
    if (!rwg__path_join(&path, root, RWG_STR("rwgraph.json"))) {
        rwg_config_deinit(out_config);
        return rwg__error(err, RWG_LIMIT, root, "the path is too long");
    }
    reader r = {own, out_config, rwg__path_str(&path), err};
    rwg_status status = read_file(&r, fs);
    if (status == RWG_OK) {
        read_rules(own, out_config->env_count, fs, root);
    } else {
        rwg_config_deinit(out_config);
    }
    return status;
}

void rwg_config_deinit(rwg_config *config) {
    owned *own = config->owned;
    if (own) {
        rwg__arena_deinit(&own->arena);
        free(own);
    }
    *config = (rwg_config)RWG_CONFIG_INIT;
}
