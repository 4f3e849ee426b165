// After any change the resolver that was told of it answers as one that is made anew, and what it
// did not put in doubt has not changed (laws 9 and 12). Random small worlds, random edits; a
// failure prints the seed and the edit.
#include "test_resolve_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 25
#define EDITS  60

static uint32_t next_random(uint64_t *state) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

static const char *const FILES[] = {
    "/app/src/a.ts",
    "/app/src/a.js",
    "/app/src/a.tsx",
    "/app/src/a/index.ts",
    "/app/src/a/package.json",
    "/app/src/b.mjs",
    "/app/src/b.js",
    "/app/src/b/c.ts",
    "/app/src/b/index.js",
    "/app/src/package.json",
    "/app/src/tsconfig.json",
    "/app/package.json",
    "/app/tsconfig.json",
    "/app/base.json",
    "/app/lib/a.ts",
    "/app/lib/b.js",
    "/app/node_modules/p/package.json",
    "/app/node_modules/p/index.js",
    "/app/node_modules/p/a.js",
    "/app/node_modules/p/lib/b.js",
    "/app/node_modules/@s/q/package.json",
    "/app/node_modules/@s/q/index.ts",
    "/app/src/node_modules/p/index.js",
    "/app/src/b/node_modules/p/package.json",
    "/app/src/b/node_modules/p/b.js",
    "/node_modules/p/index.js",
};

static const char *const FOLDERS[] = {
    "/app/src/a",
    "/app/src/b",
    "/app/node_modules",
    "/app/node_modules/p",
    "/app/lib",
    "/app/src/node_modules",
    "/node_modules"};

static const char *const LINKS[][2] = {
    {"/app/node_modules/linked", "../lib"},
    {"/app/node_modules/linked", "../src/b"},
    {"/app/src/l.ts", "a.ts"},
    {"/app/src/ldir", "b"},
    {"/app/src/ldir", "../lib"},
};

static const char *const PACKAGES[] = {
    "{\"name\": \"p\"}",
    "{\"name\": \"self\", \"exports\": {\".\": \"./a.js\", \"./b\": {\"browser\": "
    "\"./lib/b.js\"}}}",
    "{\"main\": \"./a\", \"browser\": {\"./a.js\": \"./lib/b.js\", \"fs\": false}}",
    "{\"type\": \"module\"}",
    "{\"imports\": {\"#a\": \"./a.js\", \"#p\": \"p\"}, \"module\": \"lib/b.js\"}",
    "{ broken",
};

static const char *const CONFIGS[] = {
    "{}",
    "{\"compilerOptions\": {\"paths\": {\"@/*\": [\"./src/*\", \"./lib/*\"]}}}",
    "{\"compilerOptions\": {\"baseUrl\": \"./lib\"}}",
    "{\"extends\": \"./base.json\"}",
    "{\"include\": [\"lib\"], \"references\": [{\"path\": \"./base.json\"}]}",
    "{ // comment\n \"extends\": \"../base\", }",
};

static const char *const FROMS[] = {"/app/src/main.ts", "/app/src/b/c.ts", "/app/lib/x.js"};

static const char *const SPECIFIERS[] = {"./a",      "./a.js", "./b",      "./b/c", "./a/",
                                         ".",        "..",     "../lib/a", "@/a",   "@/b/c",
                                         "p",        "p/a",    "p/b",      "@s/q",  "linked",
                                         "linked/a", "#a",     "#p",       "self",  "self/b",
                                         "./ldir/c", "./l",    "a",        "fs",    "./nope/deep/x",
                                         "./a?raw",  "/src/a", "nothing"};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define QUESTIONS    (COUNT(FROMS) * COUNT(SPECIFIERS) * 3)

typedef struct answer {
    uint32_t id;
    char text[1024];
} answer;

/// Removes whatever is there, or on the way to it as a file or link.
static void clear_way(world *w, const char *path) {
    char part[256];
    for (size_t i = 1; i <= strlen(path); i++) {
        if (path[i] != '/' && path[i] != '\0') {
            continue;
        }
        snprintf(part, sizeof part, "%.*s", (int)i, path);
        rwg_fs_stat stat;
        char *real = NULL;
        bool is_real = w->fs.realpath(w->fs.self, (rwg_str){part, (uint32_t)i}, &real) == RWG_OK &&
                       strcmp(real, part) == 0;
        free(real);
        bool is_last = path[i] == '\0';
        bool there = w->fs.stat(w->fs.self, (rwg_str){part, (uint32_t)i}, &stat) == RWG_OK &&
                     stat.kind != RWG_FS_NONE;
        if (there && (!is_real || (!is_last && stat.kind != RWG_FS_DIR) ||
                      (is_last && stat.kind == RWG_FS_DIR))) {
            memfs_remove(w->disk, part);
            return;
        }
        if (!there) {
            return;
        }
    }
}

static bool is_there(world *w, const char *path) {
    rwg_fs_stat stat;
    return w->fs.stat(w->fs.self, (rwg_str){path, (uint32_t)strlen(path)}, &stat) == RWG_OK &&
           stat.kind != RWG_FS_NONE;
}

/// One random change; returns the path a watcher would tell.
static const char *edit(world *w, uint64_t *random) {
    uint32_t what = next_random(random) % 20;
    if (what == 0) {
        const char *folder = FOLDERS[next_random(random) % COUNT(FOLDERS)];
        if (is_there(w, folder)) {
            memfs_remove(w->disk, folder);
        }
        return folder;
    }
    if (what <= 2) {
        uint32_t i = next_random(random) % COUNT(LINKS);
        const char *const *link = LINKS[i];
        clear_way(w, link[0]);
        if (is_there(w, link[0])) {
            memfs_remove(w->disk, link[0]);
        }
        memfs_symlink(w->disk, link[0], link[1]);
        return link[0];
    }
    const char *path = FILES[next_random(random) % COUNT(FILES)];
    if (what <= 8 && is_there(w, path)) {
        memfs_remove(w->disk, path);
        return path;
    }
    const char *text = "";
    if (strstr(path, "package.json")) {
        text = PACKAGES[next_random(random) % COUNT(PACKAGES)];
    } else if (strstr(path, ".json")) {
        text = CONFIGS[next_random(random) % COUNT(CONFIGS)];
    }
    clear_way(w, path);
    memfs_write(w->disk, path, text);
    return path;
}

static void ask(rwg_resolver *r, size_t question, answer *out) {
    uint32_t env = (uint32_t)(question % 3) + 1;
    const char *from = FROMS[question / 3 % COUNT(FROMS)];
    const char *specifier = SPECIFIERS[question / 3 / COUNT(FROMS)];
    rwg_site site = question % 5 == 0 ? RWG_SITE_REQUIRE : RWG_SITE_IMPORT;
    out->id = rwg__resolver_id(
        r,
        (rwg_env){env},
        (rwg_str){from, (uint32_t)strlen(from)},
        (rwg_str){specifier, (uint32_t)strlen(specifier)},
        site
    );
    const rwg_resolution *found = rwg__resolver_get(r, out->id);
    snprintf(
        out->text,
        sizeof out->text,
        "%d %d %.*s %.*s %.*s %.*s %.*s %.*s %d",
        (int)found->outcome,
        (int)found->code,
        (int)found->path.len,
        found->path.ptr,
        (int)found->query.len,
        found->query.ptr,
        (int)found->package.len,
        found->package.ptr,
        (int)found->package_root.len,
        found->package_root.ptr,
        (int)found->message.len,
        found->message.ptr,
        (int)found->fix.len,
        found->fix.ptr,
        (int)found->dependency
    );
}

static void check(world *w, answer *answers, const bool *doubted, const char *what) {
    world fresh = *w;
    fresh.r = NULL;
    rwg__mem_init(&fresh.mem, NULL, 0);
    rwg_resolver *r = world_resolver(&fresh);
    for (size_t i = 0; i < QUESTIONS; i++) {
        answer now;
        answer anew;
        ask(w->r, i, &now);
        ask(r, i, &anew);
        if (strcmp(now.text, anew.text) != 0) {
            fail_msg(
                "%s: %s from %s: %s\n          anew: %s",
                what,
                SPECIFIERS[i / 3 / COUNT(FROMS)],
                FROMS[i / 3 % COUNT(FROMS)],
                now.text,
                anew.text
            );
        }
        if (doubted && !doubted[i] && strcmp(now.text, answers[i].text) != 0) {
            fail_msg(
                "%s: %s from %s changed unnoticed: %s\n  before: %s",
                what,
                SPECIFIERS[i / 3 / COUNT(FROMS)],
                FROMS[i / 3 % COUNT(FROMS)],
                now.text,
                answers[i].text
            );
        }
        answers[i] = now;
    }
    rwg_resolver_free(r);
}

static void run_round(uint64_t seed, answer *answers, bool *doubted) {
    world w;
    world_init(&w);
    memfs_write(w.disk, "/app/src/b/c.ts", "");
    memfs_write(w.disk, "/app/lib/x.js", "");
    w.config.preserve_symlinks = seed % 7 == 0;
    uint64_t random = seed;
    world_resolver(&w);
    check(&w, answers, NULL, "at first");
    for (uint32_t i = 0; i < EDITS; i++) {
        rwg_str paths[3];
        uint32_t count = 1 + next_random(&random) % 3;
        char what[512];
        int len = snprintf(what, sizeof what, "seed %llu, edit %u:", (unsigned long long)seed, i);
        for (uint32_t k = 0; k < count; k++) {
            const char *path = edit(&w, &random);
            paths[k] = (rwg_str){path, (uint32_t)strlen(path)};
            len += snprintf(what + len, sizeof what - (size_t)len, " %s", path);
        }
        rwg__id_vec out = {0};
        rwg__resolver_change(w.r, paths, count, &out);
        for (size_t k = 0; k < QUESTIONS; k++) {
            doubted[k] = false;
            for (uint32_t n = 0; n < out.len; n++) {
                doubted[k] |= out.ptr[n] == answers[k].id;
            }
        }
        rwg__vec_free(&out, &w.mem);
        check(&w, answers, doubted, what);
    }
    world_free(&w);
}

TEST(after_any_edits_the_answers_are_those_of_a_resolver_made_anew) {
    answer *answers = calloc(QUESTIONS, sizeof *answers);
    bool *doubted = calloc(QUESTIONS, sizeof *doubted);
    assert_non_null(answers);
    assert_non_null(doubted);
    const char *scripts = getenv("RWG_SCRIPTS");
    uint64_t rounds = scripts ? strtoull(scripts, NULL, 10) : ROUNDS;
    for (uint64_t seed = 1; seed <= rounds; seed++) {
        run_round(seed, answers, doubted);
    }
    free(answers);
    free(doubted);
}
