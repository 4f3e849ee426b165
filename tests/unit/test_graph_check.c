// The self-check finds each kind of damage, by its number, and a graph that is read by several
// threads while newer ones are made stays what it was.

#include "base/str.h"
#include "test.h"
#include "test_graph_world.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static void small_world(world *w) {
    world_init(w);
    int page = world_add(w, "src/page.tsx");
    int ui = world_add(w, "src/ui.tsx");
    int other = world_add(w, "src/other.ts");
    int kept = world_add(w, "src/kept.ts");
    int dep = world_add(w, "node_modules/dep/index.js");
    w->files.ptr[ui].client = true;
    w->files.ptr[kept].pinned = true;
    world_link(w, page, RWG_IMPORT_STATIC, "./ui", ui);
    world_link(w, page, RWG_IMPORT_STATIC, "./other", other);
    world_link(w, page, RWG_IMPORT_STATIC, "./kept", kept);
    world_link(w, ui, RWG_IMPORT_STATIC, "dep", dep);
    world_entry(w, page, WORKER);
    world_commit(w);
}

// Damages a fresh graph and returns the number of the invariant that is found broken.
static uint32_t broken_by(void (*damage)(world *w, rwg_graph *g)) {
    world w;
    small_world(&w);
    assert_int_equal(rwg__graph_check(w.graph, NULL), 0);
    rwg_graph *g = world_scratch(&w, 1);
    rwg_graph *kept = w.graph;
    w.graph = g; // at() looks here
    damage(&w, g);
    rwg_error err = {.status = RWG_OK};
    uint32_t number = rwg__graph_check(g, &err);
    assert_int_equal(err.status, RWG_INTERNAL);
    assert_true(err.text[0] != 0);
    w.graph = kept;
    rwg_graph_release(g);
    world_deinit(&w);
    return number;
}

static rwg__node_data *data_at(const world *w, rwg_graph *g, const char *path, uint32_t env) {
    return &g->nodes[at(w, path, env).v];
}

static rwg_edge *edge_at(const world *w, rwg_graph *g, const char *path, uint32_t env, uint32_t i) {
    return &g->edges[data_at(w, g, path, env)->first_edge + i];
}

static void damage_node(world *w, rwg_graph *g) {
    data_at(w, g, "src/other.ts", WORKER)->file = data_at(w, g, "src/page.tsx", WORKER)->file;
}

static void damage_outcome(world *w, rwg_graph *g) {
    edge_at(w, g, "src/page.tsx", WORKER, 1)->outcome = RWG_OUTCOME_MISSING;
}

static void damage_index(world *w, rwg_graph *g) {
    edge_at(w, g, "src/page.tsx", WORKER, 1)->import = 99;
}

static void damage_importers(world *w, rwg_graph *g) {
    g->importers[data_at(w, g, "src/other.ts", WORKER)->first_importer].v ^= 1;
}

static void damage_reached(world *w, rwg_graph *g) {
    data_at(w, g, "src/other.ts", WORKER)->flags ^= RWG_NODE_REACHED;
}

static void damage_stub(world *w, rwg_graph *g) {
    data_at(w, g, "src/page.tsx", WORKER)->flags |= RWG_NODE_CLIENT_REF;
}

static void damage_pinned(world *w, rwg_graph *g) {
    g->version[at(w, "src/kept.ts", WORKER).v].bytes[3] = 1;
}

static void damage_version(world *w, rwg_graph *g) {
    g->version[at(w, "src/other.ts", WORKER).v].bytes[3] ^= 1;
}

static void damage_embeds(world *w, rwg_graph *g) {
    edge_at(w, g, "src/ui.tsx", SSR, 0)->flags ^= RWG_EDGE_EMBEDS;
}

static void damage_bridge(world *w, rwg_graph *g) {
    (void)w;
    static const rwg__env_row roles[] = {
        {{"client", 6}, RWG_ROLE_CLIENT},
        {{"ssr", 3}, RWG_ROLE_PLAIN},
        {{"worker", 6}, RWG_ROLE_SERVER},
        {{"plain", 5}, RWG_ROLE_PLAIN},
    };
    g->envs = roles;
}

TEST(the_check_names_the_invariant_that_is_broken) {
    assert_int_equal(broken_by(damage_node), 1);
    assert_int_equal(broken_by(damage_outcome), 2);
    assert_int_equal(broken_by(damage_index), 2);
    assert_int_equal(broken_by(damage_importers), 3);
    assert_int_equal(broken_by(damage_reached), 4);
    assert_int_equal(broken_by(damage_stub), 5);
    assert_int_equal(broken_by(damage_pinned), 6);
    assert_int_equal(broken_by(damage_version), 7);
    assert_int_equal(broken_by(damage_embeds), 7);
    assert_int_equal(broken_by(damage_bridge), 8);
}

enum {
    READERS = 3,
    COMMITS = 200,
};

// The current graph, as a project hands it out.
typedef struct shelf {
    pthread_mutex_t lock;
    rwg_graph *graph;
    _Atomic bool done;
    _Atomic uint32_t torn; // graphs in which the two modules do not agree
    _Atomic uint32_t reads;
} shelf;

static rwg_graph *take(shelf *s) {
    (void)pthread_mutex_lock(&s->lock);
    rwg_graph *g = rwg_graph_retain(s->graph);
    (void)pthread_mutex_unlock(&s->lock);
    return g;
}

static void put(shelf *s, const rwg_graph *g) {
    (void)pthread_mutex_lock(&s->lock);
    rwg_graph *before = s->graph;
    s->graph = rwg_graph_retain(g);
    (void)pthread_mutex_unlock(&s->lock);
    rwg_graph_release(before);
}

// Both files get the same body in every commit, so they have one content in every graph.
static void *read_graphs(void *payload) {
    shelf *s = payload;
    while (!atomic_load(&s->done)) {
        rwg_graph *g = take(s);
        rwg_node a = rwg_graph_find(g, RWG_STR("src/ui.tsx"), (rwg_env){SSR});
        rwg_node b = rwg_graph_find(g, RWG_STR("src/ui.tsx"), (rwg_env){CLIENT});
        rwg_hash left = rwg_graph_own_hash(g, a);
        rwg_hash right = rwg_graph_own_hash(g, b);
        bool same = memcmp(&left, &right, sizeof left) == 0;
        rwg_error err;
        if (!same || !rwg_graph_check(g, &err)) {
            atomic_fetch_add(&s->torn, 1);
        }
        rwg__buf text;
        dump_into(&text, g, RWG_DUMP_CANONICAL);
        rwg__buf_deinit(&text);
        rwg_graph_release(g);
        atomic_fetch_add(&s->reads, 1);
    }
    return NULL;
}

TEST(readers_see_all_of_one_generation_while_newer_ones_are_made) {
    world w;
    small_world(&w);
    shelf s = {.lock = PTHREAD_MUTEX_INITIALIZER, .graph = rwg_graph_retain(w.graph)};
    pthread_t readers[READERS];
    for (int i = 0; i < READERS; i++) {
        assert_int_equal(pthread_create(&readers[i], NULL, read_graphs, &s), 0);
    }
    for (uint32_t i = 0; i < COMMITS || atomic_load(&s.reads) < READERS; i++) {
        world_edit(&w, 1);
        world_export(&w, 2, i % 32);
        if (i % 10 == 0 && i < COMMITS) {
            char path[32];
            (void)snprintf(path, sizeof path, "src/more%u.ts", (unsigned)i);
            world_link(&w, 0, RWG_IMPORT_STATIC, path, world_add(&w, path));
        }
        world_commit(&w);
        put(&s, w.graph);
    }
    atomic_store(&s.done, true);
    for (int i = 0; i < READERS; i++) {
        assert_int_equal(pthread_join(readers[i], NULL), 0);
    }
    assert_int_equal(atomic_load(&s.torn), 0);
    rwg_graph_release(s.graph);
    (void)pthread_mutex_destroy(&s.lock);
    world_deinit(&w);
}
