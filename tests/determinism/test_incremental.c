/* Law 9: after any edit script the canonical dump equals that of a fresh scan, byte for byte.
 *
 * Scripts are random but fixed by their seed: files appear, vanish, change their imports, their
 * bodies, their directives; package.json and tsconfig.json come, change and go; packages are
 * installed and removed; links lead elsewhere. After every step the incremental dump is compared
 * with a scan from nothing with another number of workers. A failure prints the seed and the step.
 *
 * The same with a database and new processes now and then, which begin with what the last one
 * stored, and find edits that nobody told them of.
 *
 * And the same while the disk changes under the library's hands, between one of its looks and the
 * next: a checkout of another branch replaces files while an update reads them. What it makes of
 * half a checkout is its own affair, but it must be a graph, and once the rest is told it must be
 * the graph of a fresh scan.
 *
 * RWG_SCRIPTS=n runs n scripts. */
#include "app.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCRIPTS 200u
#define STEPS   50u /* 10,000 edits */

#define RACE_MAX 8u /* edits under one update */

typedef struct script {
    app a;
    rwg_fs quiet; /* the disk itself; a.fs may race */
    uint64_t random;
    char text[2048];
    bool links[2]; /* that are there */
    bool races;
    const char *raced[RACE_MAX]; /* paths that were edited during the last update */
    uint32_t raced_count;
} script;

/* splitmix64: small, and the same everywhere. */
static uint32_t roll(script *s, uint32_t below) {
    s->random += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t z = s->random;
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return (uint32_t)((z ^ z >> 31) % below);
}

static const char *const FILES[] = {
    "/app/src/a.ts",
    "/app/src/b.ts",
    "/app/src/b.mts",
    "/app/src/c.tsx",
    "/app/src/dir/index.ts",
    "/app/src/dir/d.ts",
    "/app/src/dir.ts",
    "/app/src/e.js",
    "/app/src/pinned.ts",
    "/app/lib/pinned.ts",
    "/app/lib/f.ts",
    "/app/lib/f.client.ts",
    "/app/lib/g.json",
    "/app/lib/h.css",
    "/app/lib/i.css",
    "/app/node_modules/p/index.js",
    "/app/node_modules/p/other.js",
    "/app/node_modules/q/index.js",
    "/app/src/node_modules/p/index.js",
};
static const char *const SPECIFIERS[] = {
    "./a",
    "./b",
    "./c",
    "./dir",
    "./dir/d",
    "../lib/f",
    "../src/a",
    "./e.js",
    "../lib/g.json",
    "p",
    "p/other",
    "q",
    "@/f",
    "#in",
    "node:fs",
    "../lib/f.client",
    "../lib/h.css",
    "nowhere",
    "../dir",
    "..",
    "virtual:rwsdk:ssr:./a",
    "virtual:rwsdk:ssr:p",
    "./a?raw",
    "./b?raw",
    "./dir/d?url",
    "../lib/f?raw",
    "../lib/f.client?raw",
    "../lib/h.css?raw",
    "../lib/h.css?inline",
    "p?raw",
    "@/pinned",
    "@/pinned",
    "./pinned",
    "@/pinned?raw",
    "./link",
    "./link?raw",
    "w/f",
    "w",
};

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

static void add_text(script *s, const char *piece) {
    size_t used = strlen(s->text);
    snprintf(s->text + used, sizeof s->text - used, "%s", piece);
}

static void random_module(script *s) {
    static const char *const FORMS[] = {
        "import x%u from '%s';\n",
        "import '%s'; // %u\n",
        "export * from '%s'; // %u\n",
        "export {x as y%u} from '%s';\n",
        "import('%s'); // %u\n",
        "require('%s'); // %u\n",
        "import type {T%u} from '%s';\n",
        "import.meta.glob('./*.ts'); // %s %u\n",
        "new URL('%s', import.meta.url); // %u\n",
        "import.meta.glob('./*.ts', {query: '?raw', eager: true}); // %s %u\n",
        "import from '%s'; // %u, an error\n",
    };
    static const bool NUMBER_FIRST[] = {
        true, false, false, true, false, false, true, false, false, false, false};
    s->text[0] = '\0';
    uint32_t directive = roll(s, 8);
    add_text(s, directive == 0 ? "'use client';\n" : directive == 1 ? "'use server';\n" : "");
    for (uint32_t i = roll(s, 4); i > 0; i--) {
        char line[160];
        uint32_t form = roll(s, COUNT(FORMS));
        const char *specifier = SPECIFIERS[roll(s, COUNT(SPECIFIERS))];
        if (NUMBER_FIRST[form]) {
            snprintf(line, sizeof line, FORMS[form], i, specifier);
        } else {
            snprintf(line, sizeof line, FORMS[form], specifier, i);
        }
        add_text(s, line);
    }
    char tail[64];
    snprintf(tail, sizeof tail, "export const x = %u;\n", roll(s, 3));
    add_text(s, tail);
}

static bool is_script(const char *path) {
    return !strstr(path, ".json") && !strstr(path, ".css");
}

static void random_text(script *s, const char *path) {
    if (is_script(path)) {
        random_module(s);
    } else {
        snprintf(
            s->text,
            sizeof s->text,
            strstr(path, "h.css")  ? "@import './i.css'; a { b: %u }"
            : strstr(path, ".css") ? "a { b: %u }"
                                   : "{\"k\": %u}",
            roll(s, 3)
        );
    }
}

static bool exists(script *s, const char *path) {
    rwg_fs_stat stat;
    rwg_str p = {path, (uint32_t)strlen(path)};
    return s->quiet.stat(s->quiet.self, p, &stat) == RWG_OK && stat.kind != RWG_FS_NONE;
}

/* An input of resolution, in one of a few versions or absent. */
static const char *edit_input(script *s) {
    static const struct {
        const char *path;
        const char *texts[3];
    } INPUTS[] = {
        {"/app/package.json",
         {"{\"imports\": {\"#in\": \"./src/a.ts\"}}",
          "{\"imports\": {\"#in\": \"./lib/f.ts\"}, \"main\": \"src/a.ts\"}",
          "{\"name\": \"app\"}"}},
        {"/app/src/package.json",
         {"{\"imports\": {\"#in\": \"./b.ts\"}}", "{}", "{\"main\": \"c.tsx\"}"}},
        {"/app/tsconfig.json",
         {"{\"compilerOptions\": {\"paths\": {\"@/*\": [\"./lib/*\"]}}}",
          "{\"compilerOptions\": {\"paths\": {\"@/*\": [\"./src/*\"]}}}",
          "{\"extends\": \"./base.json\"}"}},
        {"/app/base.json",
         {"{\"compilerOptions\": {\"paths\": {\"@/*\": [\"./lib/*\", \"./src/*\"]}}}",
          "{\"compilerOptions\": {\"baseUrl\": \"src\"}}",
          "{\"extends\": \"./tsconfig.json\"}"}},
        {"/app/lib/tsconfig.json",
         {"{\"extends\": \"../base.json\"}",
          "{\"compilerOptions\": {\"jsx\": \"react-jsx\", \"jsxImportSource\": \"q\"}}",
          "{"}},
        {"/app/node_modules/p/package.json",
         {"{\"exports\": {\".\": {\"react-server\": \"./other.js\", \"default\": \"./index.js\"}}}",
          "{\"main\": \"other.js\", \"browser\": {\"./other.js\": \"./index.js\"}}",
          "{\"name\": \"p\"}"}},
        {"/app/.gitignore", {"/lib/f.ts\n", "b.*\n!b.ts\n", "dir/\n"}},
        {"/app/src/.gitignore", {"*.tsx\n", "!dir\n!b.mts\n", "/a.ts\n"}},
    };

    uint32_t i = roll(s, COUNT(INPUTS));
    uint32_t version = roll(s, 4);
    if (version < 3) {
        memfs_write(s->a.disk, INPUTS[i].path, INPUTS[i].texts[version]);
    } else if (exists(s, INPUTS[i].path)) {
        memfs_remove(s->a.disk, INPUTS[i].path);
    }
    return INPUTS[i].path;
}

/* A link of a file, and one of a folder that is a package of the workspace. */
static const char *edit_link(script *s) {
    static const char *const LINKS[] = {"/app/src/link.ts", "/app/node_modules/w"};
    static const char *const TARGETS[][3] = {
        {"./a.ts", "../lib/f.ts", "/app/src/nowhere.ts"},
        {"../lib", "../src/dir", "p"},
    };
    uint32_t i = roll(s, COUNT(LINKS));
    if (s->links[i]) {
        memfs_remove(s->a.disk, LINKS[i]);
    }
    s->links[i] = roll(s, 4) > 0;
    if (s->links[i]) {
        memfs_symlink(s->a.disk, LINKS[i], TARGETS[i][roll(s, 3)]);
    }
    return LINKS[i];
}

static const char *edit_file(script *s) {
    const char *path = FILES[roll(s, COUNT(FILES))];
    if (roll(s, 3) == 0) {
        if (exists(s, path)) {
            memfs_remove(s->a.disk, path);
        }
        return path;
    }
    random_text(s, path);
    memfs_write(s->a.disk, path, s->text);
    return path;
}

static void step(script *s) {
    const char *paths[4];
    uint32_t count = 1 + roll(s, 3);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t kind = roll(s, 20);
        paths[i] = kind == 0 ? edit_link(s) : kind < 5 ? edit_input(s) : edit_file(s);
    }
    app_update(&s->a, paths, count);
}

static void expect_equal(script *s, uint32_t seed, uint32_t at) {
    static const uint32_t WORKERS[] = {1, 4, 16};
    char *incremental = app_dump(&s->a);
    char *scratch = app_scratch_dump(&s->a, WORKERS[at % COUNT(WORKERS)]);
    if (strcmp(incremental, scratch) != 0) {
        size_t i = 0;
        while (incremental[i] == scratch[i]) {
            i++;
        }
        size_t from = i < 200 ? 0 : i - 200;
        fail_msg(
            "script %u differs after step %u\n--- incremental\n%.400s\n--- from scratch\n%.400s",
            seed,
            at,
            incremental + from,
            scratch + from
        );
    }
    free(incremental);
    free(scratch);
}

static uint32_t script_count(uint32_t otherwise) {
    const char *scripts = getenv("RWG_SCRIPTS");
    return scripts ? (uint32_t)strtoul(scripts, NULL, 10) : otherwise;
}

/* Environments as they are found, or as they are said, with modules that are pinned. */
static void write_config(script *s, uint32_t seed) {
    if (seed % 2 == 0) {
        memfs_write(
            s->a.disk,
            "/app/rwgraph.json",
            "{\"pinned\": [\"@/pinned\", \"q\"], \"environments\": {"
            "\"client\": {\"entries\": [\"src/a.ts\"], \"onlyEntries\": true}, "
            "\"ssr\": {\"onlyEntries\": true}, "
            "\"worker\": {\"entries\": [\"src/b.ts\", \"src/dir.ts\"]}}}"
        );
    }
}

/* Every other file, as it happens. */
static void script_start(script *s, uint32_t seed) {
    *s = (script){.random = seed};
    app_start(&s->a);
    s->quiet = s->a.fs;
    write_config(s, seed);
    for (uint32_t i = 0; i < COUNT(FILES); i += 2) {
        random_text(s, FILES[i]);
        memfs_write(s->a.disk, FILES[i], s->text);
    }
}

TEST(thousands_of_random_edits_leave_the_graph_of_a_fresh_scan) {
    uint32_t count = script_count(SCRIPTS);
    for (uint32_t seed = 1; seed <= count; seed++) {
        script s;
        script_start(&s, seed);
        app_open(&s.a);
        for (uint32_t i = 1; i <= STEPS; i++) {
            step(&s);
            expect_equal(&s, seed, i);
        }
        app_stop(&s.a);
    }
}

typedef struct database {
    char dir[32];
    char path[48];
} database;

static void database_begin(database *db, script *s) {
    (void)snprintf(db->dir, sizeof db->dir, "/tmp/rwgraph-incremental-XXXXXX");
    assert_non_null(mkdtemp(db->dir));
    int len = snprintf(db->path, sizeof db->path, "%s/graph.db", db->dir);
    s->a.options.no_cache = false;
    s->a.options.cache_path = (rwg_str){db->path, (uint32_t)len};
}

static void database_end(const database *db) {
    static const char *const ENDINGS[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < COUNT(ENDINGS); i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "%s%s", db->path, ENDINGS[i]);
        (void)unlink(name);
    }
    assert_int_equal(rmdir(db->dir), 0);
}

/* Edits, some told to a process that runs, some made while none does. */
static void step_or_restart(script *s) {
    if (roll(s, 3) > 0) {
        step(s);
        return;
    }
    for (uint32_t i = roll(s, 3); i > 0; i--) {
        uint32_t kind = roll(s, 20);
        (void)(kind == 0 ? edit_link(s) : kind < 5 ? edit_input(s) : edit_file(s));
    }
    app_reopen(&s->a);
}

TEST(random_edits_across_restarts_leave_the_graph_of_a_fresh_scan) {
    uint32_t count = script_count(SCRIPTS / 2);
    for (uint32_t seed = 1; seed <= count; seed++) {
        script s;
        database db;
        script_start(&s, seed);
        database_begin(&db, &s);
        app_open(&s.a);
        for (uint32_t i = 1; i <= STEPS / 2; i++) {
            step_or_restart(&s);
            expect_equal(&s, seed, i);
        }
        app_stop(&s.a);
        database_end(&db);
    }
}

/* Before the library sees the disk, it may have changed once more. */
static void race(script *s) {
    if (s->races && s->raced_count < RACE_MAX && roll(s, 6) == 0) {
        s->raced[s->raced_count++] = roll(s, 5) == 0 ? edit_input(s) : edit_file(s);
    }
}

static rwg_status racing_stat(void *self, rwg_str path, rwg_fs_stat *out) {
    script *s = self;
    race(s);
    return s->quiet.stat(s->quiet.self, path, out);
}

static rwg_status
racing_read(void *self, rwg_str path, uint64_t limit, char **out_bytes, uint64_t *out_len) {
    script *s = self;
    race(s);
    return s->quiet.read(s->quiet.self, path, limit, out_bytes, out_len);
}

static rwg_status racing_list(void *self, rwg_str dir, rwg_fs_entry_fn entry, void *payload) {
    script *s = self;
    race(s);
    return s->quiet.list(s->quiet.self, dir, entry, payload);
}

static rwg_status racing_realpath(void *self, rwg_str path, char **out_path) {
    script *s = self;
    race(s);
    return s->quiet.realpath(s->quiet.self, path, out_path);
}

/* Tells what was edited during the last update, and something new; more may be edited meanwhile. */
static void racing_step(script *s, bool races) {
    const char *paths[RACE_MAX + 1];
    uint32_t count = s->raced_count;
    memcpy(paths, s->raced, count * sizeof *paths);
    s->raced_count = 0;
    paths[count++] = edit_file(s);
    s->races = races;
    app_update(&s->a, paths, count);
    s->races = false;
}

static void racing_start(script *s, uint32_t seed) {
    script_start(s, seed);
    s->a.options.workers = RWG_WORKERS_NONE; /* the same moments in each run */
    s->a.fs = (rwg_fs){s, racing_stat, racing_read, racing_list, racing_realpath};
}

TEST(edits_during_updates_leave_the_graph_of_a_fresh_scan_once_they_are_told) {
    uint32_t count = script_count(SCRIPTS);
    for (uint32_t seed = 1; seed <= count; seed++) {
        script s;
        racing_start(&s, seed);
        app_open(&s.a);
        for (uint32_t i = 1; i <= STEPS; i++) {
            bool settles = i % 4 == 0;
            racing_step(&s, !settles);
            if (settles) {
                expect_equal(&s, seed, i);
            }
        }
        app_stop(&s.a);
    }
}

TEST(edits_during_updates_that_nobody_told_of_are_found_by_the_next_process) {
    uint32_t count = script_count(SCRIPTS / 2);
    for (uint32_t seed = 1; seed <= count; seed++) {
        script s;
        database db;
        racing_start(&s, seed);
        database_begin(&db, &s);
        app_open(&s.a);
        for (uint32_t i = 1; i <= STEPS / 2; i++) {
            racing_step(&s, true);
            if (i % 3 == 0) {
                s.raced_count = 0;
                app_reopen(&s.a);
                expect_equal(&s, seed, i);
            }
        }
        app_stop(&s.a);
        database_end(&db);
    }
}
