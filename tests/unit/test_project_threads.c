/* Readers on other threads while the owner commits: each sees one generation whole (run under
 * ThreadSanitizer too). */
#include "app.h"
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define COMMITS 200u
#define READERS 3u

typedef struct shared {
    rwg_project *project;
    _Atomic bool done;
    _Atomic uint32_t mixtures;
    _Atomic uint32_t looks;
} shared;

/* Both environments of one file always have the same export count, because one commit moves both.
 */
static bool is_whole(const rwg_graph *g) {
    uint32_t counts[3] = {0};
    static const char *const ENVS[] = {"client", "ssr", "worker"};
    for (uint32_t i = 0; i < 3; i++) {
        rwg_env env = rwg_graph_env(g, (rwg_str){ENVS[i], i == 1 ? 3 : 6});
        rwg_node node = rwg_graph_find(g, RWG_STR("a.ts"), env);
        const rwg_module *module = node.v ? rwg_node_module(g, node) : NULL;
        if (!module) {
            return false;
        }
        (void)rwg_module_exports(module, &counts[i]);
        uint32_t edges = 0;
        (void)rwg_graph_edges(g, node, &edges);
        /* The test writes one import for each export. */
        if (edges != counts[i]) {
            return false;
        }
    }
    return counts[0] == counts[1] && counts[1] == counts[2];
}

static void *read_graphs(void *payload) {
    shared *s = payload;
    while (!atomic_load(&s->done)) {
        rwg_graph *g = rwg_project_graph(s->project);
        if (!is_whole(g)) {
            atomic_fetch_add(&s->mixtures, 1);
        }
        atomic_fetch_add(&s->looks, 1);
        rwg_graph_release(g);
    }
    return NULL;
}

static void write_module(app *a, uint32_t lines) {
    char text[2048];
    size_t used = 0;
    for (uint32_t i = 0; i < lines; i++) {
        used += (size_t
        )snprintf(text + used, sizeof text - used, "import './b%u'; export const e%u = 1;\n", i, i);
    }
    text[used] = '\0';
    memfs_write(a->disk, "/app/a.ts", text);
}

TEST(readers_see_all_of_the_old_generation_or_all_of_the_new) {
    app a;
    app_start(&a);
    for (uint32_t i = 0; i < 16; i++) {
        char path[32];
        snprintf(path, sizeof path, "/app/b%u.ts", i);
        memfs_write(a.disk, path, "");
    }
    write_module(&a, 1);
    app_open(&a);
    shared s = {.project = a.project};
    pthread_t threads[READERS];
    for (uint32_t i = 0; i < READERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, read_graphs, &s), 0);
    }
    for (uint32_t i = 0; i < COMMITS; i++) {
        write_module(&a, 1 + i % 16);
        app_changed(&a, "/app/a.ts");
    }
    atomic_store(&s.done, true);
    for (uint32_t i = 0; i < READERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(atomic_load(&s.mixtures), 0);
    app_stop(&a);
}

/* Asks for ids until it is told to stop; what exists does not change meanwhile. */
static void *ask_for_ids(void *payload) {
    shared *s = payload;
    while (!atomic_load(&s->done)) {
        rwg_id id;
        rwg_error err = {0};
        bool right = rwg_project_directive_id(s->project, RWG_STR("a.ts"), &id, &err) == RWG_OK &&
                     id.len == 5 &&
                     rwg_project_path(s->project, RWG_STR("/b0.ts"), &id, &err) == RWG_OK &&
                     rwg_project_path(s->project, RWG_STR("/none.ts"), &id, &err) == RWG_NOT_FOUND;
        atomic_fetch_add(&s->mixtures, !right);
        atomic_fetch_add(&s->looks, 1);
    }
    return NULL;
}

TEST(names_of_files_are_known_to_any_thread_while_the_owner_scans) {
    app a;
    app_start(&a);
    a.options.workers = 2;
    memfs_write(a.disk, "/app/b0.ts", "");
    write_module(&a, 1);
    app_open(&a);
    shared s = {.project = a.project};
    pthread_t threads[READERS];
    for (uint32_t i = 0; i < READERS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, ask_for_ids, &s), 0);
    }
    for (uint32_t i = 0; i < COMMITS || atomic_load(&s.looks) < READERS; i++) {
        app_rescan(&a);
    }
    atomic_store(&s.done, true);
    for (uint32_t i = 0; i < READERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(atomic_load(&s.mixtures), 0);
    app_stop(&a);
}

TEST(a_graph_outlives_its_project) {
    app a;
    app_start(&a);
    memfs_write(a.disk, "/app/a.ts", "import './b';");
    memfs_write(a.disk, "/app/b.ts", "");
    app_open(&a);
    rwg_graph *kept = rwg_graph_retain(a.graph);
    app_stop(&a);
    rwg_node node = rwg_graph_find(kept, RWG_STR("a.ts"), rwg_graph_env(kept, RWG_STR("ssr")));
    uint32_t n = 0;
    (void)rwg_graph_edges(kept, node, &n);
    assert_int_equal(n, 1);
    rwg_graph_release(kept);
}
