#include "test_resolve_world.h"

#include <stdio.h>
#include <string.h>

static const rwg_str EXTENSIONS[] = {
    {".mjs", 4}, {".js", 3}, {".mts", 4}, {".ts", 3}, {".jsx", 4}, {".tsx", 4}, {".json", 5}};
static const rwg_str BROWSER_FIELDS[] = {
    {"browser", 7}, {"module", 6}, {"jsnext:main", 11}, {"jsnext", 6}};
static const rwg_str CLIENT_CONDITIONS[] = {{"browser", 7}, {"module", 6}};
static const rwg_str SSR_CONDITIONS[] = {{"workerd", 7}, {"module", 6}, {"browser", 7}};
static const rwg_str WORKER_CONDITIONS[] = {
    {"workerd", 7}, {"react-server", 12}, {"module", 6}, {"node", 4}};
static const rwg_str RUNTIME[] = {{"cloudflare:", 11}};

void world_init(world *w) {
    *w = (world){.disk = memfs_new(), .config = RWG_CONFIG_INIT, .from = "/app/src/main.ts"};
    w->fs = memfs_fs(w->disk);
    rwg__mem_init(&w->mem, NULL, 0);
    const rwg_str_list extensions = {EXTENSIONS, 7};
    w->envs[0] = (rwg_env_config){
        .name = RWG_STR("client"),
        .role = RWG_ROLE_CLIENT,
        .conditions = {CLIENT_CONDITIONS, 2},
        .main_fields = {BROWSER_FIELDS, 4},
        .extensions = extensions,
        .browser_field = true,
    };
    w->envs[1] = (rwg_env_config){
        .name = RWG_STR("ssr"),
        .role = RWG_ROLE_SSR,
        .conditions = {SSR_CONDITIONS, 3},
        .main_fields = {BROWSER_FIELDS, 4},
        .extensions = extensions,
        .browser_field = true,
        .node_builtins = true,
        .builtins = {RUNTIME, 1},
    };
    w->envs[2] = (rwg_env_config){
        .name = RWG_STR("worker"),
        .role = RWG_ROLE_SERVER,
        .conditions = {WORKER_CONDITIONS, 4},
        .main_fields = {BROWSER_FIELDS + 1, 3},
        .extensions = extensions,
        .node_builtins = true,
        .builtins = {RUNTIME, 1},
    };
    w->config.envs = w->envs;
    w->config.env_count = 3;
    memfs_write(w->disk, "/app/src/main.ts", "");
}

void world_free(world *w) {
    rwg_resolver_free(w->r);
    memfs_free(w->disk);
    assert_int_equal(w->mem.used, 0);
}

rwg_resolver *world_resolver(world *w) {
    if (!w->r) {
        rwg_error err = {0};
        rwg_status status =
            rwg__resolver_new(&w->mem, &w->fs, RWG_STR("/app"), &w->config, &w->r, &err);
        if (status != RWG_OK) {
            fail_msg("%s", err.text);
        }
    }
    return w->r;
}

const rwg_resolution *world_ask(world *w, uint32_t env, const char *specifier, rwg_site site) {
    rwg_str from = {w->from, (uint32_t)strlen(w->from)};
    rwg_str text = {specifier, (uint32_t)strlen(specifier)};
    return rwg_resolve(world_resolver(w), (rwg_env){env}, from, text, site);
}

static void expect_path(const rwg_resolution *found, const char *specifier, const char *path) {
    if (found->outcome != RWG_OUTCOME_FILE) {
        fail_msg(
            "%s: no file, outcome %d: %.*s",
            specifier,
            (int)found->outcome,
            (int)found->message.len,
            found->message.ptr
        );
    }
    size_t len = strlen(path);
    if (found->path.len != len || memcmp(found->path.ptr, path, len) != 0) {
        fail_msg("%s: %.*s instead of %s", specifier, (int)found->path.len, found->path.ptr, path);
    }
}

void expect_file(world *w, uint32_t env, const char *specifier, const char *path) {
    expect_path(world_ask(w, env, specifier, RWG_SITE_IMPORT), specifier, path);
}

void expect_required(world *w, uint32_t env, const char *specifier, const char *path) {
    expect_path(world_ask(w, env, specifier, RWG_SITE_REQUIRE), specifier, path);
}

void expect_kept(world *w, uint32_t env, const char *specifier, rwg_outcome outcome) {
    const rwg_resolution *found = world_ask(w, env, specifier, RWG_SITE_IMPORT);
    if (found->outcome != outcome) {
        fail_msg("%s: outcome %d instead of %d", specifier, (int)found->outcome, (int)outcome);
    }
    assert_int_equal(found->path.len, strlen(specifier));
    assert_memory_equal(found->path.ptr, specifier, found->path.len);
}

static void expect_text(const char *what, rwg_str text, const char *part) {
    char copy[4096];
    snprintf(copy, sizeof copy, "%.*s", (int)text.len, text.ptr ? text.ptr : "");
    if (part && !strstr(copy, part)) {
        fail_msg("the %s is \"%s\" and lacks \"%s\"", what, copy, part);
    }
}

void expect_missing(
    world *w,
    uint32_t env,
    const char *specifier,
    rwg_diag_code code,
    const char *message,
    const char *fix
) {
    const rwg_resolution *found = world_ask(w, env, specifier, RWG_SITE_IMPORT);
    if (found->outcome != RWG_OUTCOME_MISSING) {
        fail_msg("%s: found: %.*s", specifier, (int)found->path.len, found->path.ptr);
    }
    expect_text("message", found->message, message);
    expect_text("fix", found->fix, fix);
    assert_string_equal(rwg_diag_code_name(found->code), rwg_diag_code_name(code));
}
