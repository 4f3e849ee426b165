/* Laws 1 to 7 on the server's side, in all orders of events for a small case and in random ones for
 * large cases: a real project on a disk in memory, its generations and their keys, and a scheduler
 * that plays one event at a time.
 *
 *   EDIT ─▶ LOAD ─▶ BUILD ─▶ COMMIT       what is saved is read, resolved and discovered (one step
 *   REQUEST ─▶ LATE ─▶ DONE               of the project), its dependencies are committed, and a
 *   RELOAD                                generation published; requests pin and look; a scan again
 *
 * An event does what there is to do, which may be nothing. Orders that differ only in events with
 * nothing to do are played once. A failure prints the order, or the seed; RWG_ORDERS=n plays n
 * random orders, and those as well. A mutation breaks one law on purpose, and the check of that law
 * has to notice. What the runtime makes of all this is in interleave.mjs. */
#include "app.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"
#include "dev/generations.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_EVENTS 80u
#define MAX_NODES  64u
#define RANDOM     500u

typedef enum event {
    EDIT,
    LOAD,
    BUILD,
    COMMIT,
    REQUEST,
    LATE,
    DONE,
    RELOAD,
    EVENTS,
} event;

static const char *const NAMES[EVENTS] = {
    "edit", "load", "build", "commit", "request", "late", "done", "reload"};

static const char CONFIG[] =
    "{\"environments\": {\"client\": {\"entries\": [\"src/client.ts\"], \"onlyEntries\": true},"
    "\"ssr\": {\"entries\": [], \"onlyEntries\": true},"
    "\"worker\": {\"entries\": [\"src/worker.ts\"], \"onlyEntries\": true}},"
    "\"pinned\": [\"./src/state.ts\"]}";

static const char *const FILES[][2] = {
    {"/app/rwgraph.json", CONFIG},
    {"/app/src/state.ts", "export const state = {};"},
    {"/app/src/worker.ts", "import './page'; import './state';"},
    {"/app/src/page.ts", "import 'a'; import './state'; import './button'; import('./late');"},
    {"/app/src/button.tsx", "'use client'; import './state'; export function Button() {}"},
    {"/app/src/late.ts", "import './ring'; export const late = 1;"},
    {"/app/src/ring.ts", "import './late'; export const ring = 1;"},
    {"/app/src/client.ts", "import './button';"},
    {"/app/node_modules/a/package.json", "{\"name\": \"a\", \"main\": \"a.js\"}"},
    {"/app/node_modules/a/a.js", "require('shared');"},
    {"/app/node_modules/b/package.json", "{\"name\": \"b\", \"main\": \"b.js\"}"},
    {"/app/node_modules/b/b.js", "require('shared');"},
    {"/app/node_modules/shared/package.json", "{\"name\": \"shared\", \"main\": \"s.js\"}"},
    {"/app/node_modules/shared/s.js", "exports.shared = 1;"},
};

/* What is saved, in this order; NULL removes. */
static const char *const EDITS[][2] = {
    {"/app/src/page.ts", "import 'b'; import './state'; import './button'; import('./late');"},
    {"/app/src/ring.ts", "import './late'; export const ring = 1;"}, /* as it was */
    {"/app/src/late.ts", "import './ring'; import './fresh'; export const late = 2;"},
    {"/app/src/fresh.ts", "import 'a'; export const fresh = 1;"}, /* was missing */
    {"/app/src/page.ts", "import 'a'; import './state'; import './button'; import('./late');"},
    {"/app/src/button.tsx", "import './state'; export function Button() {}"},
    {"/app/src/state.ts", "export const state = { edited: true };"}, /* pinned */
    {"/app/src/button.tsx", "'use client'; import './state'; export function Button() {}"},
    {"/app/src/fresh.ts", NULL},
    {"/app/src/late.ts", "import './ring'; export const late = 1;"}, /* and back */
};

/* --- what is checked over all orders --- */

typedef RWG_VEC(rwg_hash) hash_vec;

typedef struct laws {
    rwg__mem mem;
    uint64_t checks[8];
    rwg__idmap closures; /* half of the hash of a closure -> 1 + index of the key's hash */
    hash_vec keys;
} laws;

static void laws_init(laws *l) {
    *l = (laws){.checks = {0}};
    rwg__mem_init(&l->mem, NULL, 0);
    rwg__idmap_init(&l->closures, &l->mem);
}

static void laws_deinit(laws *l) {
    rwg__idmap_deinit(&l->closures);
    rwg__vec_free(&l->keys, &l->mem);
}

static void
laws_print(const laws *l, const char *what, unsigned long orders, unsigned long played) {
    (void)printf("%s: %lu orders, %lu played;", what, orders, played);
    for (int i = 1; i < 8; i++) {
        (void)printf(" law %d: %llu", i, (unsigned long long)l->checks[i]);
        assert_true(l->checks[i] > 0);
    }
    (void)printf("\n");
}

/* --- one order --- */

/* A request under way: its generation, and all keys of it as they were. */
typedef struct request {
    uint64_t number;
    uint32_t count;
    rwg_hash keys[MAX_NODES];
} request;

typedef struct world {
    laws *laws;
    int mutation; /* the law that is broken on purpose; 0: none */
    int broken;   /* the first law that did not hold; 0: all did */
    const char *why;
    app a;
    rwg__mem mem;
    rwb__generations generations;
    rwg__hasher *hasher;
    uint32_t edit_count; /* of EDITS, how many there are in this case */
    uint32_t edited;
    uint32_t loaded;
    uint64_t published;
    RWG_VEC(request) requests;
} world;

static void hold(world *w, int law, bool is_true, const char *why) {
    w->laws->checks[law]++;
    bool counts = w->mutation == 0 || w->mutation == law;
    if (!is_true && counts && !w->broken) {
        w->broken = law;
        w->why = why;
    }
}

static int compare_hashes(const void *a, const void *b) {
    return rwg__hash_compare(*(const rwg_hash *)a, *(const rwg_hash *)b);
}

/* What a module says and leads to, without what stands there. */
static rwg_hash hash_node(world *w, const rwg_graph *g, rwg_node n) {
    rwg__hasher *h = w->hasher;
    uint32_t flags = rwg_node_flags(g, n);
    rwg__hasher_reset(h);
    rwg__hasher_str(h, rwg_graph_file_path(g, rwg_node_file(g, n)));
    rwg__hasher_str(h, rwg_graph_env_name(g, rwg_node_env(g, n)));
    rwg__hasher_u32(h, flags & ~(uint32_t)(RWG_NODE_ENTRY | RWG_NODE_REACHED));
    rwg__hasher_hash(h, rwg_graph_own_hash(g, n));
    uint32_t count = 0;
    const rwg_edge *edges = rwg_graph_edges(g, n, &count);
    for (uint32_t i = 0; i < count; i++) {
        rwg__hasher_u32(h, edges[i].kind * 65536u + edges[i].outcome * 256u + edges[i].flags);
        rwg__hasher_u32(h, edges[i].import);
        rwg__hasher_str(h, rwg_graph_text(g, edges[i].text));
        if (edges[i].target.v) {
            rwg__hasher_str(h, rwg_graph_file_path(g, rwg_node_file(g, edges[i].target)));
            rwg__hasher_str(h, rwg_graph_env_name(g, rwg_node_env(g, edges[i].target)));
        }
    }
    return rwg__hasher_finish(h);
}

/* The same of all that is evaluated before a module, in no order: an oracle for keys that knows
 * nothing of components or of generations before. */
static rwg_hash hash_closure(world *w, const rwg_graph *g, rwg_node start) {
    rwg_hash hashes[MAX_NODES];
    bool met[MAX_NODES] = {false};
    rwg_node work[MAX_NODES];
    uint32_t count = 0;
    work[count++] = start;
    met[start.v] = true;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t edge_count = 0;
        const rwg_edge *edges = rwg_graph_edges(g, work[i], &edge_count);
        hashes[i] = hash_node(w, g, work[i]);
        for (uint32_t e = 0; e < edge_count; e++) {
            uint32_t target = edges[e].target.v;
            if (rwb__edge_is_static(&edges[e]) && !met[target]) {
                met[target] = true;
                work[count++] = (rwg_node){target};
            }
        }
    }
    qsort(hashes, count, sizeof *hashes, compare_hashes);
    rwg__hasher_reset(w->hasher);
    for (uint32_t i = 0; i < count; i++) {
        rwg__hasher_hash(w->hasher, hashes[i]);
    }
    rwg__hasher_str(w->hasher, rwg_graph_file_path(g, rwg_node_file(g, start)));
    rwg__hasher_str(w->hasher, rwg_graph_env_name(g, rwg_node_env(g, start)));
    return rwg__hasher_finish(w->hasher);
}

/* Equal closures have had one key in every order so far. */
static void check_version(world *w, const rwb__view *view, rwg_node n) {
    rwg_hash closure = hash_closure(w, rwb__view_graph(view), n);
    rwg_hash key = rwb__view_hash(view, n);
    uint64_t half = 0;
    memcpy(&half, closure.bytes, sizeof half);
    bool added = false;
    uint32_t *index = rwg__idmap_put(&w->laws->closures, half, &added);
    if (added) {
        *rwg__vec_push(&w->laws->keys, &w->laws->mem) = key;
        *index = w->laws->keys.len;
    }
    hold(w, 2, rwg__hash_equal(w->laws->keys.ptr[*index - 1], key), "one content has two versions");
}

/* A name leads to its file, and never tells a version. */
static void check_identity(world *w, const rwb__view *view, rwg_node n) {
    rwg__buf id;
    rwg__buf path;
    rwg__buf_init(&id, &w->mem);
    rwg__buf_init(&path, &w->mem);
    rwb__view_qualified(view, n, &id);
    rwb__view_path(view, n, &path);
    rwg_str file =
        rwg_graph_file_path(rwb__view_graph(view), rwg_node_file(rwb__view_graph(view), n));
    hold(w, 1, rwb__view_find_qualified(view, rwg__buf_str(&id)).v == n.v, "an id finds another");
    hold(w, 1, rwg__str_ends(rwg__buf_str(&path), file), "a module is another file");
    hold(w, 1, rwg__str_ends(rwg__buf_str(&id), file), "an id is not the file's name");
    rwg__buf_deinit(&id);
    rwg__buf_deinit(&path);
}

static void check_pin(world *w, const rwb__view *view, rwg_node n) {
    rwg__buf key;
    rwg__buf_init(&key, &w->mem);
    rwb__view_key(view, n, &key);
    bool is_state = rwg__str_ends(rwg__buf_str(&key), RWG_STR("/src/state.ts"));
    bool is_pinned = rwg__str_starts(rwg__buf_str(&key), RWG_STR("pinned:"));
    rwg_str file =
        rwg_graph_file_path(rwb__view_graph(view), rwg_node_file(rwb__view_graph(view), n));
    bool should = rwg__str_eq_c(file, "src/state.ts");
    hold(w, 5, should == is_pinned && should == is_state, "a pinned module has a version");
    rwg__buf_deinit(&key);
}

static bool is_live(const rwb__view *view, uint32_t n) {
    const rwg_graph *g = rwb__view_graph(view);
    return n <= rwg_graph_node_max(g) && rwg_graph_is_live(g, (rwg_node){n});
}

/* Of two generations, one after the other: what is the same below has the same key, whatever else
 * was found; and what is another has another. */
static void check_addition(world *w, const rwb__view *before, const rwb__view *after) {
    const rwg_graph *old = rwb__view_graph(before);
    const rwg_graph *new = rwb__view_graph(after);
    for (uint32_t i = 1; i <= rwg_graph_node_max(new); i++) {
        rwg_node n = {i};
        if (!is_live(before, i) || !is_live(after, i)) {
            continue;
        }
        bool same_key = rwg__hash_equal(rwb__view_hash(before, n), rwb__view_hash(after, n));
        bool same = rwg__hash_equal(hash_closure(w, old, n), hash_closure(w, new, n));
        hold(w, 3, !same || same_key, "a discovery gives another module another key");
        bool same_own = rwg__hash_equal(rwg_graph_own_hash(old, n), rwg_graph_own_hash(new, n));
        bool is_pinned = rwg_node_flags(new, n) & RWG_NODE_PINNED;
        hold(w, 2, same_own || is_pinned || !same_key, "an edit leaves the key as it was");
    }
}

static void publish(world *w) {
    rwb__view *before = rwb__generations_newest(&w->generations);
    rwg_hash salt = {{0}};
    if (w->mutation == 2 || w->mutation == 3) {
        salt.bytes[0] = (uint8_t)rwg_graph_generation(w->a.graph);
    }
    rwb__view *view = rwb__view_new(
        &w->mem,
        &(rwb__view_input){
            .graph = w->a.graph,
            .config = rwg_project_config(w->a.project),
            .root = rwg_project_root(w->a.project),
            .salt = salt,
            .previous = before,
        }
    );
    assert_true(rwg_graph_node_max(w->a.graph) < MAX_NODES);
    for (uint32_t i = 1; i <= rwg_graph_node_max(w->a.graph); i++) {
        if (is_live(view, i)) {
            check_identity(w, view, (rwg_node){i});
            check_version(w, view, (rwg_node){i});
            check_pin(w, view, (rwg_node){i});
        }
    }
    if (before) {
        check_addition(w, before, view);
    }
    uint64_t number = rwg_graph_generation(w->a.graph);
    hold(w, 6, number > w->published, "generations do not ascend");
    rwb__generations_publish(&w->generations, view);
    w->published = number;
}

/* --- events: each says whether there was something to do --- */

static bool edit(world *w) {
    if (w->edited == w->edit_count) {
        return false;
    }
    const char *const *what = EDITS[w->edited++];
    if (what[1]) {
        memfs_write(w->a.disk, what[0], what[1]);
    } else {
        memfs_remove(w->a.disk, what[0]);
    }
    return true;
}

static bool load(world *w) {
    const char *paths[sizeof EDITS / sizeof EDITS[0]];
    bool is_same = w->edited == w->loaded + 1 && w->loaded == 1; /* EDITS[1] alone */
    uint32_t count = 0;
    while (w->loaded < w->edited) {
        paths[count++] = EDITS[w->loaded++][0];
    }
    if (count == 0) {
        return false;
    }
    uint64_t before = rwg_graph_generation(w->a.graph);
    app_update(&w->a, paths, count);
    uint64_t after = rwg_graph_generation(w->a.graph);
    bool is_empty = rwg_change_is_empty(w->a.change) && w->mutation != 7;
    hold(w, 7, is_empty == (after == before) || w->mutation == 7, "a change without a generation");
    hold(w, 7, !is_same || is_empty, "a file that was saved as it was is a change");
    uint32_t stale_count = 0;
    const rwg_stale *stale = rwg_change_stale(w->a.change, RWG_POLICY_BROAD, &stale_count);
    for (uint32_t i = 0; i < stale_count; i++) {
        bool is_pinned = rwg_node_flags(w->a.graph, stale[i].node) & RWG_NODE_PINNED;
        hold(w, 5, !is_pinned, "a pinned module is stale");
    }
    if (w->mutation == 6 && after != before) {
        uint64_t published = w->published;
        publish(w);
        w->published = published;
    }
    /* What is read is not seen before it is published. */
    hold(w, 6, rwb__generations_number(&w->generations) == w->published, "seen before its commit");
    return true;
}

static bool build(world *w) {
    bool has_fresh = false;
    for (uint32_t e = 1; e <= rwg_graph_env_count(w->a.graph); e++) {
        uint32_t count = 0;
        const rwg_dependency *deps = rwg_graph_deps(w->a.graph, (rwg_env){e}, &count);
        for (uint32_t i = 0; i < count; i++) {
            has_fresh = has_fresh || deps[i].fresh;
        }
    }
    rwg_project_commit_deps(w->a.project);
    return has_fresh;
}

static bool commit(world *w) {
    if (rwg_graph_generation(w->a.graph) == w->published) {
        return false;
    }
    publish(w);
    return true;
}

static void take_keys(const rwb__view *view, request *r) {
    r->count = rwg_graph_node_max(rwb__view_graph(view)) + 1;
    for (uint32_t i = 1; i < r->count; i++) {
        r->keys[i] = is_live(view, i) ? rwb__view_hash(view, (rwg_node){i}) : (rwg_hash){{0}};
    }
}

static bool begin(world *w) {
    request *r = rwg__vec_push(&w->requests, &w->mem);
    r->number = rwb__generations_pin(&w->generations);
    hold(w, 6, r->number == w->published, "a request gets a generation that is not the newest");
    take_keys(rwb__generations_find(&w->generations, r->number), r);
    return true;
}

/* A request that looks again sees what it saw. */
static void look(world *w, const request *r) {
    const rwb__view *view = w->mutation == 4 ? rwb__generations_newest(&w->generations)
                                             : rwb__generations_find(&w->generations, r->number);
    hold(w, 4, view != NULL, "the generation of a request is gone");
    if (!view) {
        return;
    }
    request now = {.number = r->number};
    take_keys(view, &now);
    size_t size = (r->count - 1) * sizeof r->keys[0];
    bool is_same = now.count == r->count && memcmp(now.keys + 1, r->keys + 1, size) == 0;
    hold(w, 4, is_same, "a generation is another than it was");
}

static bool late(world *w) {
    for (uint32_t i = 0; i < w->requests.len; i++) {
        look(w, &w->requests.ptr[i]);
    }
    return w->requests.len > 0;
}

/* The oldest ends, then the others in turn. */
static bool done(world *w) {
    if (w->requests.len == 0) {
        return false;
    }
    request r = w->requests.ptr[0];
    look(w, &r);
    rwb__generations_unpin(&w->generations, r.number);
    w->requests.len--;
    memmove(w->requests.ptr, w->requests.ptr + 1, w->requests.len * sizeof r);
    return true;
}

static bool reload(world *w) {
    uint64_t before = rwg_graph_generation(w->a.graph);
    bool is_known = w->loaded == w->edited;
    app_rescan(&w->a);
    bool is_same = rwg_graph_generation(w->a.graph) == before;
    hold(w, 7, !is_known || is_same, "a scan of what is known is a generation");
    w->loaded = w->edited;
    return true;
}

static bool (*const PLAY[EVENTS])(world *) = {edit, load, build, commit, begin, late, done, reload};

/* --- orders --- */

static void start(world *w, laws *l, uint32_t edit_count, int mutation) {
    *w = (world){.laws = l, .mutation = mutation, .edit_count = edit_count};
    rwg__mem_init(&w->mem, NULL, 0);
    w->hasher = rwg__hasher_new(&w->mem);
    rwb__generations_init(&w->generations, &w->mem);
    app_start(&w->a);
    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
        memfs_write(w->a.disk, FILES[i][0], FILES[i][1]);
    }
    if (mutation == 5) {
        memfs_write(
            w->a.disk,
            FILES[0][0],
            "{\"pinned\": [], \"environments\": {\"worker\": "
            "{\"entries\": [\"src/worker.ts\"]}}}"
        );
    }
    app_open(&w->a);
    rwg_project_commit_deps(w->a.project);
    publish(w);
}

/* Everything is let go and published; then the keys are those of another process on this disk. */
static void finish(world *w) {
    while (w->edited < w->edit_count) {
        (void)edit(w);
    }
    (void)load(w);
    (void)commit(w);
    while (done(w)) {
    }
    const rwb__view *mine = rwb__generations_newest(&w->generations);
    rwg_project_close(w->a.project);
    w->a.project = NULL;
    app_open(&w->a);
    rwb__view *fresh = rwb__view_new(
        &w->mem,
        &(rwb__view_input){
            .graph = w->a.graph,
            .config = rwg_project_config(w->a.project),
            .root = rwg_project_root(w->a.project),
        }
    );
    for (uint32_t i = 1; i <= rwg_graph_node_max(w->a.graph); i++) {
        rwg_node n = {i};
        rwg_str path = rwg_graph_file_path(w->a.graph, rwg_node_file(w->a.graph, n));
        rwg_env env = rwg_node_env(w->a.graph, n);
        rwg_node there = rwg_graph_find(rwb__view_graph(mine), path, env);
        bool is_there = there.v && is_live(mine, there.v) && is_live(fresh, i);
        hold(
            w,
            2,
            is_there && rwg__hash_equal(rwb__view_hash(mine, there), rwb__view_hash(fresh, n)),
            "another process has other versions"
        );
    }
    rwb__view_release(fresh);
}

static void stop(world *w) {
    rwb__generations_deinit(&w->generations);
    rwg__vec_free(&w->requests, &w->mem);
    rwg__hasher_free(w->hasher, &w->mem);
    app_stop(&w->a);
    assert_int_equal(atomic_load(&w->mem.used), 0);
}

/* Plays an order and returns the law that broke, 0 for none. */
static int play(laws *l, const event *order, uint32_t count, uint32_t edit_count, int mutation) {
    world w;
    start(&w, l, edit_count, mutation);
    for (uint32_t i = 0; i < count && !w.broken; i++) {
        (void)PLAY[order[i]](&w);
    }
    if (!w.broken) {
        finish(&w);
    }
    if (w.broken && !mutation) {
        print_error("law %d: %s:", w.broken, w.why);
        for (uint32_t i = 0; i < count; i++) {
            print_error(" %s", NAMES[order[i]]);
        }
        print_error("\n");
    }
    int broken = w.broken;
    stop(&w);
    return broken;
}

/* The next order in the lexicographic sequence; false after the last. */
static bool next_order(event *order, uint32_t count) {
    uint32_t i = count - 1;
    while (i > 0 && order[i - 1] >= order[i]) {
        i--;
    }
    if (i == 0) {
        return false;
    }
    uint32_t j = count - 1;
    while (order[j] <= order[i - 1]) {
        j--;
    }
    event swap = order[i - 1];
    order[i - 1] = order[j];
    order[j] = swap;
    for (uint32_t low = i, high = count - 1; low < high; low++, high--) {
        swap = order[low];
        order[low] = order[high];
        order[high] = swap;
    }
    return true;
}

/* The order as a number in base EVENTS + 1, without events that have nothing to do: one edit of
 * one file that adds a dependency. */
static uint32_t effective(const event *order, uint32_t count) {
    bool is_edited = false;
    bool is_loaded = false;
    bool is_built = false;
    bool is_committed = false;
    bool is_open = false;
    uint32_t code = 0;
    for (uint32_t i = 0; i < count; i++) {
        bool acts = true;
        switch (order[i]) {
        case EDIT: is_edited = true; break;
        case LOAD:
            acts = is_edited && !is_loaded;
            is_loaded = is_loaded || acts;
            break;
        case BUILD:
            acts = is_loaded && !is_built;
            is_built = is_built || acts;
            break;
        case COMMIT:
            acts = is_loaded && !is_committed;
            is_committed = is_committed || acts;
            break;
        case REQUEST: is_open = true; break;
        case LATE: acts = is_open; break;
        case DONE:
            acts = is_open;
            is_open = false;
            break;
        case RELOAD: is_loaded = is_loaded || is_edited; break;
        case EVENTS: break;
        }
        code = acts ? code * (EVENTS + 1) + (uint32_t)order[i] + 1 : code;
    }
    return code;
}

TEST(laws_1_to_7_hold_in_all_orders_of_eight_events) {
    event order[EVENTS] = {EDIT, LOAD, BUILD, COMMIT, REQUEST, LATE, DONE, RELOAD};
    laws l;
    laws_init(&l);
    rwg__idmap met;
    rwg__idmap_init(&met, &l.mem);
    bool plays_all = getenv("RWG_ORDERS") != NULL;
    unsigned long orders = 0;
    unsigned long played = 0;
    do {
        bool is_new = false;
        orders++;
        (void)rwg__idmap_put(&met, effective(order, EVENTS), &is_new);
        if (is_new || plays_all) {
            played++;
            assert_int_equal(play(&l, order, EVENTS, 1, 0), 0);
        }
    } while (next_order(order, EVENTS));
    assert_int_equal(orders, 40320);
    laws_print(&l, "all", orders, played);
    rwg__idmap_deinit(&met);
    laws_deinit(&l);
}

/* splitmix64: small, and the same everywhere. */
static uint32_t roll(uint64_t *state, uint32_t below) {
    *state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t z = *state;
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return (uint32_t)((z ^ z >> 31) % below);
}

static int play_random(laws *l, uint64_t seed, int mutation) {
    event order[MAX_EVENTS];
    uint64_t state = seed;
    uint32_t edits = 1 + roll(&state, sizeof EDITS / sizeof EDITS[0]);
    uint32_t count = 20 + roll(&state, MAX_EVENTS - 20);
    for (uint32_t i = 0; i < count; i++) {
        order[i] = (event)roll(&state, EVENTS);
    }
    int broken = play(l, order, count, edits, mutation);
    if (broken && !mutation) {
        print_error("seed %llu, %u edits\n", (unsigned long long)seed, edits);
    }
    return broken;
}

TEST(laws_1_to_7_hold_in_random_orders_of_many_events) {
    const char *asked = getenv("RWG_ORDERS");
    unsigned long count = asked ? strtoul(asked, NULL, 10) : RANDOM;
    laws l;
    laws_init(&l);
    for (uint64_t seed = 1; seed <= count; seed++) {
        assert_int_equal(play_random(&l, seed, 0), 0);
    }
    laws_print(&l, "random", count, count);
    laws_deinit(&l);
}

/* Each breaks the law of its number: versions that count generations, a request that looks at the
 * newest generation, no pinned module, what is read is seen at once, a change where there is
 * none. */
TEST(the_check_of_a_law_notices_what_breaks_it) {
    static const int BREAKABLE[] = {2, 3, 4, 5, 6, 7};
    for (size_t i = 0; i < sizeof BREAKABLE / sizeof BREAKABLE[0]; i++) {
        laws l;
        laws_init(&l);
        int broken = 0;
        for (uint64_t seed = 1; seed <= 100 && !broken; seed++) {
            broken = play_random(&l, seed, BREAKABLE[i]);
        }
        assert_int_equal(broken, BREAKABLE[i]);
        laws_deinit(&l);
    }
}
