/* Law 2: versions are content. The same tree scanned in another place, with its files made and
 * listed in another order, by another number of workers, and with no cache to copy from, has the
 * same dump and, node by node, the same three hashes. */
#include <rwgraph/rwgraph.h>

#include "memfs.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

/* Everything that can be seen of a root: all kinds of imports, forms and problems, a package of the
 * workspace beside the root, links, cycles, and inputs of resolution. */
static const struct {
    const char *path; /* from the folder that holds the root */
    const char *text;
} FILES[] = {
    {"app/rwgraph.json",
     "{\"environments\": {\"client\": {\"entries\": [\"src/client.tsx\"], \"onlyEntries\": true},"
     "\"ssr\": {\"onlyEntries\": true}, \"worker\": {\"entries\": [\"src/worker.tsx\"]},"
     "\"edge\": {\"entries\": [\"src/edge.ts\"]}}, \"pinned\": [\"./src/state.ts\"]}"},
    {"app/package.json", "{\"name\": \"app\", \"imports\": {\"#in\": \"./src/in.ts\"}}"},
    {"app/tsconfig.json", "{\"compilerOptions\": {\"paths\": {\"@/*\": [\"./src/*\"]}}}"},
    {"app/src/client.tsx", "import {Button} from './ui'; import 'react'; import '../../lib/out';"},
    {"app/src/worker.tsx",
     "import {Button} from '@/ui'; import {save} from './actions'; import '#in'; import 'react';"
     "import './state'; import 'node:fs'; import './missing'; import 'not-installed';"
     "import.meta.glob('./pages/*.ts'); import '../../lib/out'; export default [Button, save];"},
    {"app/src/edge.ts", "import('./ui'); export * from './cycle-a'; import 'cloudflare:workers';"},
    {"app/src/ui.tsx",
     "'use client'; import './ui.css'; import {save} from './actions'; import 'react';"
     "export * from './more'; export const Button = save;"},
    {"app/src/more.ts", "export const one = 1; export * from './cycle-a';"},
    {"app/src/actions.ts", "'use server'; import './db'; export async function save() {}"},
    {"app/src/db.ts", "import type {T} from './types'; export const db = 1;"},
    {"app/src/types.ts", "export type T = 1;"},
    {"app/src/in.ts", "require('react'); require('./cycle-b');"},
    {"app/src/state.ts", "export const state = {};"},
    {"app/src/cycle-a.ts", "export * from './cycle-b'; export const a = 1;"},
    {"app/src/cycle-b.ts", "export * from './cycle-a'; export const b = 1;"},
    {"app/src/broken.ts", "'use client'; export const x = ; import {"},
    {"app/src/pages/one.ts", "export const one = 1;"},
    {"app/src/pages/two.ts", "import '../broken'; import 'linked';"},
    {"app/src/ui.css", "@import './base.css'; a { background: url('./a.svg') }"},
    {"app/src/base.css", "b { color: red }"},
    {"app/src/a.svg", "<svg/>"},
    {"app/node_modules/react/package.json",
     "{\"name\": \"react\", \"exports\": {\"react-server\": \"./server.js\", \"default\": "
     "\"./index.js\"}}"},
    {"app/node_modules/react/index.js", "module.exports = require('./part.js');"},
    {"app/node_modules/react/server.js", "exports.server = 1; require('./part.js');"},
    {"app/node_modules/react/part.js", "exports.part = require('./index.js');"},
    {"lib/package.json", "{\"name\": \"linked\", \"main\": \"out.ts\"}"},
    {"lib/out.ts", "import 'react'; import './deep'; export const out = 1;"},
    {"lib/deep.ts", "export const deep = 1;"},
};

/* A folder that lists its entries in another order each time it is asked. */
typedef struct shuffled {
    rwg_fs below;
    uint32_t turn;
} shuffled;

typedef struct listing {
    char names[64][64];
    rwg_fs_kind kinds[64];
    uint32_t count;
} listing;

static void collect(void *payload, const rwg_fs_entry *entry) {
    listing *l = payload;
    assert_true(l->count < 64 && entry->name.len < 64);
    memcpy(l->names[l->count], entry->name.ptr, entry->name.len);
    l->names[l->count][entry->name.len] = '\0';
    l->kinds[l->count++] = entry->kind;
}

/* Called by the owner's thread alone, as only workers' stat and read calls run beside it. */
static rwg_status list(void *self, rwg_str dir, rwg_fs_entry_fn entry, void *payload) {
    shuffled *s = self;
    listing *l = calloc(1, sizeof *l);
    assert_non_null(l);
    rwg_status status = s->below.list(s->below.self, dir, collect, l);
    uint32_t first = l->count ? s->turn++ % l->count : 0;
    for (uint32_t i = 0; i < l->count; i++) {
        uint32_t k = (first + i) % l->count;
        k = s->turn % 2 ? k : l->count - 1 - k;
        rwg_str name = {l->names[k], (uint32_t)strlen(l->names[k])};
        entry(payload, &(rwg_fs_entry){name, l->kinds[k]});
    }
    free(l);
    return status;
}

static rwg_status fs_stat(void *self, rwg_str path, rwg_fs_stat *out) {
    const rwg_fs *below = &((shuffled *)self)->below;
    return below->stat(below->self, path, out);
}

static rwg_status
fs_read(void *self, rwg_str path, uint64_t limit, char **out_bytes, uint64_t *out_len) {
    const rwg_fs *below = &((shuffled *)self)->below;
    return below->read(below->self, path, limit, out_bytes, out_len);
}

static rwg_status fs_realpath(void *self, rwg_str path, char **out) {
    const rwg_fs *below = &((shuffled *)self)->below;
    return below->realpath(below->self, path, out);
}

typedef struct clone {
    memfs *disk;
    shuffled shuffle;
    rwg_fs fs;
    rwg_project *project;
    rwg_graph *graph;
} clone;

/* All files below `place`, made in an order of its own. */
static void clone_open(clone *c, const char *place, uint32_t stride, uint32_t workers) {
    *c = (clone){.disk = memfs_new()};
    for (uint32_t i = 0, at = 0; i < COUNT(FILES); i++, at = (at + stride) % COUNT(FILES)) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", place, FILES[at].path);
        memfs_write(c->disk, path, FILES[at].text);
    }
    char root[256];
    snprintf(root, sizeof root, "%s/app/node_modules/linked", place);
    memfs_symlink(c->disk, root, "../../lib");
    snprintf(root, sizeof root, "%s/app", place);
    c->shuffle = (shuffled){.below = memfs_fs(c->disk), .turn = stride};
    c->fs = (rwg_fs){&c->shuffle, fs_stat, fs_read, list, fs_realpath};
    rwg_project_options options = RWG_PROJECT_OPTIONS_INIT;
    options.fs = &c->fs;
    options.no_cache = true;
    options.workers = workers;
    rwg_error err = {0};
    rwg_str name = {root, (uint32_t)strlen(root)};
    if (rwg_project_open(name, &options, &c->project, &err) != RWG_OK ||
        rwg_project_scan(c->project, NULL, &err) != RWG_OK) {
        fail_msg("%s: %s", err.path, err.text);
    }
    c->graph = rwg_project_graph(c->project);
}

static void clone_close(clone *c) {
    rwg_graph_release(c->graph);
    rwg_project_close(c->project);
    memfs_free(c->disk);
}

typedef struct text {
    char *bytes;
    size_t len;
} text;

static bool append(void *payload, const char *bytes, size_t len) {
    text *t = payload;
    t->bytes = realloc(t->bytes, t->len + len + 1);
    assert_non_null(t->bytes);
    memcpy(t->bytes + t->len, bytes, len);
    t->len += len;
    t->bytes[t->len] = '\0';
    return true;
}

static char *dump(const rwg_graph *g) {
    text t = {0};
    rwg_sink sink = {append, &t, false};
    rwg_graph_dump(g, RWG_DUMP_CANONICAL, &sink);
    return t.bytes;
}

/* Shows the place where they part: the whole dumps are long. */
static void expect_equal_dumps(const char *actual, const char *expected) {
    size_t i = 0;
    while (actual[i] && actual[i] == expected[i]) {
        i++;
    }
    if (actual[i] != expected[i]) {
        size_t from = i < 300 ? 0 : i - 300;
        fail_msg("--- expected\n%.400s\n--- actual\n%.400s", expected + from, actual + from);
    }
}

static void expect_equal_hash(rwg_hash a, rwg_hash b, rwg_str path, const char *which) {
    if (memcmp(a.bytes, b.bytes, sizeof a.bytes) != 0) {
        fail_msg("%.*s has another %s", (int)path.len, path.ptr, which);
    }
}

static void expect_equal_versions(const rwg_graph *a, const rwg_graph *b) {
    uint32_t compared = 0;
    for (uint32_t i = 1; i <= rwg_graph_node_max(a); i++) {
        rwg_node node = {i};
        if (!rwg_graph_is_live(a, node)) {
            continue;
        }
        rwg_str path = rwg_graph_file_path(a, rwg_node_file(a, node));
        rwg_env env = rwg_graph_env(b, rwg_graph_env_name(a, rwg_node_env(a, node)));
        rwg_node other = rwg_graph_find(b, path, env);
        assert_int_not_equal(other.v, 0);
        expect_equal_hash(rwg_graph_own_hash(a, node), rwg_graph_own_hash(b, other), path, "hash");
        expect_equal_hash(rwg_graph_surface(a, node), rwg_graph_surface(b, other), path, "surface");
        expect_equal_hash(rwg_graph_version(a, node), rwg_graph_version(b, other), path, "version");
        compared++;
    }
    assert_true(compared > 40); /* most files are in several environments */
}

static void expect_equal_problems(const rwg_graph *a, const rwg_graph *b) {
    uint32_t count = 0;
    uint32_t other_count = 0;
    const rwg_diag *diags = rwg_graph_diags(a, &count);
    const rwg_diag *others = rwg_graph_diags(b, &other_count);
    assert_int_equal(count, other_count);
    assert_true(count > 2);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(diags[i].code, others[i].code);
        assert_int_equal(diags[i].span.start, others[i].span.start);
        assert_int_equal(diags[i].path.len, others[i].path.len);
    }
}

TEST(a_clone_anywhere_in_any_order_of_files_with_any_workers_has_the_same_versions) {
    static const char *const PLACES[] = {"/home/one", "/x", "/very/much/deeper/than/the/first"};
    static const uint32_t STRIDES[] = {1, 11, 17}; /* none divides the number of files */
    static const uint32_t WORKERS[] = {1, 4, 16};
    clone first;
    clone_open(&first, PLACES[0], 1, 1);
    char *expected = dump(first.graph);
    for (uint32_t place = 0; place < COUNT(PLACES); place++) {
        for (uint32_t i = 0; i < COUNT(STRIDES) * COUNT(WORKERS); i++) {
            clone c;
            uint32_t workers = WORKERS[i % COUNT(WORKERS)];
            clone_open(&c, PLACES[place], STRIDES[i / COUNT(WORKERS)], workers);
            char *actual = dump(c.graph);
            expect_equal_dumps(actual, expected);
            free(actual);
            expect_equal_versions(first.graph, c.graph);
            expect_equal_problems(first.graph, c.graph);
            clone_close(&c);
        }
    }
    free(expected);
    clone_close(&first);
}
