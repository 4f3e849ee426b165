// Random worlds and random edits. Each step is compared with a graph that is made from nothing.
//
// RWG_SEED=n runs the one script with that seed, RWG_SCRIPTS=n that many.

#include "base/hash.h"
#include "base/str.h"
#include "test.h"
#include "test_graph_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SCRIPTS = 2000,
    STEPS = 20,
};

typedef struct script {
    uint64_t seed;
    uint64_t state;
    world w;
    rwg_graph *scratch; // of the step before
} script;

static uint32_t pick(script *s, uint32_t below) {
    s->state ^= s->state << 13;
    s->state ^= s->state >> 7;
    s->state ^= s->state << 17;
    return below ? (uint32_t)((s->state * 0x2545F4914F6CDD1Du) >> 33) % below : 0;
}

static bool chance(script *s, uint32_t percent) {
    return pick(s, 100) < percent;
}

static rwg_import_kind random_kind(script *s) {
    static const rwg_import_kind kinds[] = {
        RWG_IMPORT_STATIC,
        RWG_IMPORT_STATIC,
        RWG_IMPORT_STATIC,
        RWG_IMPORT_STAR,
        RWG_IMPORT_REEXPORT,
        RWG_IMPORT_DYNAMIC,
    };
    return kinds[pick(s, sizeof kinds / sizeof kinds[0])];
}

static void add_import(script *s, int file) {
    int target = (int)pick(s, s->w.files.len);
    char specifier[48];
    bool dependency = s->w.files.ptr[target].package[0] != 0;
    const char *form = dependency ? "pkg%d" : "./f%d";
    (void)snprintf(specifier, sizeof specifier, form, target);
    int import = world_link(&s->w, file, random_kind(s), specifier, target);
    if (chance(s, 10)) {
        world_aim(&s->w, file, import, 1 + pick(s, ENVS), (int)pick(s, s->w.files.len));
    }
    if (chance(s, 8)) {
        world_type_only(&s->w, file, import);
    }
    if (chance(s, 15)) {
        world_text(&s->w, file, import, true);
    }
}

static void add_file(script *s) {
    uint32_t index = s->w.files.len;
    char path[64];
    bool dependency = chance(s, 25);
    const char *form = dependency ? "node_modules/p%u/f%u.js" : "src/d%u/f%u.ts";
    (void)snprintf(path, sizeof path, form, (unsigned)pick(s, 5), (unsigned)index);
    int file = world_add(&s->w, path);
    world_file *f = &s->w.files.ptr[file];
    f->exports = pick(s, 16);
    f->client = chance(s, 12);
    f->server = chance(s, 8);
    f->pinned = chance(s, 4);
}

static void make_world(script *s) {
    world_init(&s->w);
    uint32_t size = chance(s, 3) ? 50 + pick(s, 150) : 3 + pick(s, 16);
    for (uint32_t i = 0; i < size; i++) {
        add_file(s);
    }
    for (uint32_t i = 0; i < size * 2; i++) {
        add_import(s, (int)pick(s, size));
    }
    world_entry(&s->w, 0, WORKER);
    world_entry(&s->w, 1, CLIENT);
    for (uint32_t i = pick(s, 3); i > 0; i--) {
        world_entry(&s->w, (int)pick(s, size), 1 + pick(s, ENVS));
    }
}

static void edit_world(script *s) {
    int file = (int)pick(s, s->w.files.len);
    world_file *f = &s->w.files.ptr[file];
    uint32_t imports = f->imports.len;
    switch (pick(s, 14)) {
    case 0:
    case 1: world_edit(&s->w, file); break;
    case 2: world_export(&s->w, file, pick(s, 4)); break;
    case 3:
    case 4: add_import(s, file); break;
    case 5:
        if (imports > 0) {
            world_unlink(&s->w, file, (int)pick(s, imports));
        }
        break;
    case 6: // the same text resolves elsewhere
        if (imports > 0) {
            int target = (int)pick(s, s->w.files.len + 1) - 1;
            world_aim(&s->w, file, (int)pick(s, imports), pick(s, ENVS + 1), target);
        }
        break;
    case 7:
        f->client = !f->client;
        f->revision++;
        break;
    case 8:
        f->server = !f->server;
        f->revision++;
        break;
    case 9: f->gone = !f->gone; break;
    case 11:
    case 12: // a leaf becomes a module, or the other way round
        if (imports > 0) {
            int import = (int)pick(s, imports);
            world_text(&s->w, file, import, !f->imports.ptr[import].text);
        }
        break;
    case 10:
        add_file(s);
        add_import(s, file);
        break;
    default: world_entry(&s->w, file, 1 + pick(s, ENVS)); break;
    }
}

#define EXPECT(s, condition)                                                                       \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            print_error("seed %llu: %s\n", (unsigned long long)(s)->seed, #condition);             \
            fail();                                                                                \
        }                                                                                          \
    } while (0)

static rwg_node same_node(const rwg_graph *in, const rwg_graph *of, uint32_t node) {
    rwg_str path = rwg_graph_file_path(of, rwg_node_file(of, (rwg_node){node}));
    rwg_node found = rwg_graph_find(in, path, rwg_node_env(of, (rwg_node){node}));
    return rwg_node_flags(in, found) & RWG_NODE_REACHED ? found : (rwg_node){0};
}

// What the step made stale is what a fresh build of the files before and after says.
static void expect_precise(script *s, const rwg_graph *fresh) {
    const rwg_graph *g = s->w.graph;
    uint32_t count;
    const rwg_stale *stale = rwg_change_stale(s->w.change, RWG_POLICY_PRECISE, &count);
    uint8_t *has = calloc(rwg_graph_node_max(g) + 1, 1);
    for (uint32_t i = 0; i < count; i++) {
        has[stale[i].node.v] = 1;
    }
    for (uint32_t i = 1; i <= rwg_graph_node_max(g); i++) {
        rwg_node now = same_node(fresh, g, i);
        bool reached = (rwg_node_flags(g, (rwg_node){i}) & RWG_NODE_REACHED) != 0;
        EXPECT(s, reached == (now.v != 0));
        if (!reached) {
            EXPECT(s, !has[i]);
            continue;
        }
        rwg_hash version = rwg_graph_version(fresh, now);
        EXPECT(s, rwg__hash_equal(version, rwg_graph_version(g, (rwg_node){i})));
        rwg_node before = s->scratch ? same_node(s->scratch, g, i) : (rwg_node){0};
        bool differs =
            before.v == 0 || !rwg__hash_equal(version, rwg_graph_version(s->scratch, before));
        bool pinned = (rwg_node_flags(g, (rwg_node){i}) & RWG_NODE_PINNED) != 0;
        EXPECT(s, has[i] == (differs && !pinned));
    }
    free(has);
}

static bool is_cause(const rwg_stale *stale) {
    return stale->cause == RWG_CAUSE_CONTENT || stale->cause == RWG_CAUSE_EDGES ||
           stale->cause == RWG_CAUSE_ADDED || stale->cause == RWG_CAUSE_DEPENDENCY ||
           stale->cause == RWG_CAUSE_TEXT; // of a file, whether its node is stale or not
}

// Every chain of causes ends at something that changed by itself.
static void expect_chains(script *s, rwg_policy policy) {
    uint32_t max = rwg_graph_node_max(s->w.graph);
    uint32_t count;
    const rwg_stale *stale = rwg_change_stale(s->w.change, policy, &count);
    const rwg_stale **by_node = calloc(max + 1, sizeof(const rwg_stale *));
    for (uint32_t i = 0; i < count; i++) {
        EXPECT(s, !by_node[stale[i].node.v]);
        by_node[stale[i].node.v] = &stale[i];
    }
    for (uint32_t i = 0; i < count; i++) {
        const rwg_stale *link = &stale[i];
        uint32_t steps = 0;
        while (link && link->via.v != 0 && link->cause != RWG_CAUSE_TEXT && steps <= count) {
            link = by_node[link->via.v];
            steps++;
        }
        EXPECT(s, link && steps <= count && is_cause(link));
    }
    free(by_node);
}

static void expect_broad_covers(script *s) {
    uint32_t max = rwg_graph_node_max(s->w.graph);
    uint8_t *has = calloc(max + 1, 1);
    uint32_t count;
    const rwg_stale *stale = rwg_change_stale(s->w.change, RWG_POLICY_BROAD, &count);
    for (uint32_t i = 0; i < count; i++) {
        has[stale[i].node.v] = 1;
        uint32_t flags = rwg_node_flags(s->w.graph, stale[i].node);
        EXPECT(s, (flags & RWG_NODE_REACHED) && !(flags & RWG_NODE_PINNED));
    }
    stale = rwg_change_stale(s->w.change, RWG_POLICY_PRECISE, &count);
    for (uint32_t i = 0; i < count; i++) {
        EXPECT(s, has[stale[i].node.v]);
    }
    free(has);
}

static void expect_same_dump(script *s, const rwg_graph *fresh) {
    rwg__buf left;
    rwg__buf right;
    dump_into(&left, s->w.graph, RWG_DUMP_CANONICAL);
    dump_into(&right, fresh, RWG_DUMP_CANONICAL);
    EXPECT(s, rwg__str_eq(rwg__buf_str(&left), rwg__buf_str(&right)));
    rwg__buf_deinit(&left);
    rwg__buf_deinit(&right);
}

static void run_step(script *s, uint32_t step) {
    world_commit(&s->w);
    rwg_graph *fresh = world_scratch(&s->w, s->seed + step);
    rwg_error err;
    if (!rwg_graph_check(s->w.graph, &err)) {
        print_error("seed %llu: %s\n", (unsigned long long)s->seed, err.text);
        fail();
    }
    expect_precise(s, fresh);
    expect_chains(s, RWG_POLICY_PRECISE);
    expect_chains(s, RWG_POLICY_BROAD);
    expect_broad_covers(s);
    if (step % 5 == 0) {
        expect_same_dump(s, fresh);
    }
    rwg_graph_release(s->scratch);
    s->scratch = fresh;
}

static void run_script(uint64_t seed) {
    script s = {.seed = seed, .state = seed * 0x9E3779B97F4A7C15u + 1};
    make_world(&s);
    run_step(&s, 0);
    for (uint32_t step = 1; step <= STEPS; step++) {
        for (uint32_t i = 1 + pick(&s, 2); i > 0; i--) {
            edit_world(&s);
        }
        run_step(&s, step);
    }
    rwg_graph_release(s.scratch);
    world_deinit(&s.w);
}

static uint64_t number_from(const char *name, uint64_t otherwise) {
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

TEST(a_graph_after_any_edits_is_the_graph_made_from_nothing) {
    uint64_t seed = number_from("RWG_SEED", 0);
    if (seed != 0) {
        run_script(seed);
        return;
    }
    uint64_t scripts = number_from("RWG_SCRIPTS", SCRIPTS);
    for (uint64_t i = 1; i <= scripts; i++) {
        run_script(i);
    }
}
