// package.json and specifiers: the input is a package.json and, after a NUL, one specifier. What
// must hold for any bytes: resolving ends, a file that it names exists, what is missing has a
// reason, and asking twice gives the same answer.

#include "memfs.h"
#include "resolve/resolver.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLDS(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

enum {
    BROWSER = 1,
    SERVER = 2,
};

static bool same_text(rwg_str a, rwg_str b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static memfs *make_disk(const uint8_t *manifest, size_t size) {
    memfs *disk = memfs_new();
    memfs_write(disk, "/app/src/main.ts", "");
    memfs_write(disk, "/app/package.json", "{\"name\":\"app\",\"imports\":{\"#x\":\"p\"}}");
    memfs_write_bytes(disk, "/app/node_modules/p/package.json", manifest, size);
    memfs_write(disk, "/app/node_modules/p/index.js", "");
    memfs_write(disk, "/app/node_modules/p/a.js", "");
    memfs_write(disk, "/app/node_modules/p/lib/b.mjs", "");
    memfs_write(disk, "/app/node_modules/p/lib/c.cjs", "");
    return disk;
}

static void ask(const rwg_fs *fs, rwg_resolver *r, rwg_env env, rwg_str specifier, rwg_site site) {
    rwg_str from = RWG_STR("/app/src/main.ts");
    const rwg_resolution *first = rwg_resolve(r, env, from, specifier, site);
    HOLDS(first->outcome <= RWG_OUTCOME_MISSING);
    if (first->outcome == RWG_OUTCOME_FILE) {
        rwg_fs_stat stat;
        HOLDS(fs->stat(fs->self, first->path, &stat) == RWG_OK && stat.kind == RWG_FS_FILE);
    }
    HOLDS((first->outcome == RWG_OUTCOME_MISSING) == (first->code != RWG_DIAG_NONE));
    HOLDS(first->outcome != RWG_OUTCOME_MISSING || first->message.len > 0);
    rwg_outcome outcome = first->outcome;
    rwg_str path = first->path;
    const rwg_resolution *second = rwg_resolve(r, env, from, specifier, site);
    HOLDS(second->outcome == outcome && same_text(second->path, path));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const uint8_t *end = size > 0 ? memchr(data, 0, size) : NULL;
    size_t manifest = end ? (size_t)(end - data) : size;
    rwg_str specifier = RWG_STR("p");
    if (end && (size_t)(data + size - end) > 1) {
        specifier = (rwg_str){(const char *)end + 1, (uint32_t)(size - manifest - 1)};
    }
    memfs *disk = make_disk(data, manifest);
    rwg_fs fs = memfs_fs(disk);
    static const rwg_str conditions[] = {{"browser", 7}, {"module", 6}};
    static const rwg_str fields[] = {{"browser", 7}, {"module", 6}};
    static const rwg_str extensions[] = {{".mjs", 4}, {".js", 3}, {".ts", 3}};
    const rwg_env_config envs[] = {
        {.name = RWG_STR("client"),
         .conditions = {conditions, 2},
         .main_fields = {fields, 2},
         .extensions = {extensions, 3},
         .browser_field = true},
        {.name = RWG_STR("server"), .extensions = {extensions, 3}, .node_builtins = true},
    };
    rwg_config config = RWG_CONFIG_INIT;
    config.envs = envs;
    config.env_count = 2;
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    rwg_resolver *r = NULL;
    HOLDS(rwg__resolver_new(&mem, &fs, RWG_STR("/app"), &config, &r, NULL) == RWG_OK);
    ask(&fs, r, (rwg_env){BROWSER}, specifier, RWG_SITE_IMPORT);
    ask(&fs, r, (rwg_env){BROWSER}, specifier, RWG_SITE_REQUIRE);
    ask(&fs, r, (rwg_env){SERVER}, specifier, RWG_SITE_IMPORT);
    ask(&fs, r, (rwg_env){SERVER}, RWG_STR("#x"), RWG_SITE_IMPORT);
    ask(&fs, r, (rwg_env){BROWSER}, RWG_STR("p/lib/b"), RWG_SITE_IMPORT);
    rwg_resolver_free(r);
    HOLDS(mem.used == 0);
    memfs_free(disk);
    return 0;
}
