// A small world of files for tests of the graph: what the project layer would find out, said by
// hand.
//
// A test names files, their exports, imports and directives, and what each import means in each
// environment; world_commit lays the nodes and edges out as DESIGN says (stubs, bridges) and builds
// the next graph from the one before, with the dirty nodes. world_scratch builds the same from
// nothing, in another order of ids.
#ifndef TEST_GRAPH_WORLD_H
#define TEST_GRAPH_WORLD_H

#include <rwgraph/change.h>
#include <rwgraph/graph.h>

#include "base/buf.h"
#include "base/vec.h"
#include "graph/graph.h"

enum {
    CLIENT = 1,
    SSR,
    WORKER,
    PLAIN,
    ENVS = PLAIN,
    ALL = 0, // for world_aim: in every environment
};

typedef struct world_import {
    uint8_t kind;
    bool type_only;
    bool text; // ?raw
    char specifier[48];
    uint8_t outcome;      // what it is where it has no target
    int target[ENVS + 1]; // 1 + file by environment, 0 = none
} world_import;

typedef struct world_file {
    char path[64];
    char package[32];
    uint32_t body;    // stands for the text beside exports and imports
    uint32_t exports; // bit i: the name "n<i>" is exported
    RWG_VEC(world_import) imports;
    bool gone;
    bool client;
    bool server;
    bool pinned;
    bool asset;
    uint32_t entry; // bit env: where it is an entry
    uint32_t revision;
    rwg_module *module;
    uint32_t module_revision;
} world_file;

typedef struct world_node {
    int file;
    uint32_t env;
    uint32_t flags;
    bool live;
    bool dirty;
    uint32_t revision;
    RWG_VEC(rwg_edge) edges;
} world_node;

typedef RWG_VEC(world_node) world_nodes;

typedef struct world {
    rwg__mem *mem;
    rwg__names *names;
    RWG_VEC(world_file) files;
    world_nodes nodes; // [0] unused
    RWG_VEC(rwg__diag_row) diags;
    RWG_VEC(rwg__committed) committed;
    uint64_t generation;
    rwg_graph *graph; // the latest, NULL before the first commit
    rwg_change *change;
} world;

void world_init(world *w);
// Checks that everything was given back.
void world_deinit(world *w);

// A file; under node_modules/ it is a dependency. The returned index stays good.
int world_add(world *w, const char *path);
void world_edit(world *w, int file);
void world_export(world *w, int file, uint32_t name);
// An import of `target` in every environment; -1: missing. Returns its index.
int world_link(world *w, int file, rwg_import_kind kind, const char *specifier, int target);
// The import means another file in one environment, or in ALL; -1: none.
void world_aim(world *w, int file, int import, uint32_t env, int target);
void world_outcome(world *w, int file, int import, rwg_outcome outcome);
void world_type_only(world *w, int file, int import);
// Whether the import is for the file's text.
void world_text(world *w, int file, int import, bool text);
void world_unlink(world *w, int file, int import);
void world_entry(world *w, int file, uint32_t env);
void world_problem(world *w, int file, uint32_t env_mask, const char *message);
void world_committed(world *w, uint32_t env, const char *specifier);

// Builds the next graph; w->graph and w->change are of this step.
void world_commit(world *w);
// The same graph from nothing, with ids in an order that depends on seed. Released by the caller.
rwg_graph *world_scratch(world *w, uint64_t seed);

rwg_node at(const world *w, const char *path, uint32_t env);
rwg_hash version_at(const world *w, const char *path, uint32_t env);
rwg_hash surface_at(const world *w, const char *path, uint32_t env);
// The cause of a stale node with its chain, e.g. "surface<content"; "" when it is not stale.
const char *stale_at(const world *w, rwg_policy policy, const char *path, uint32_t env);
uint32_t stale_count(const world *w, rwg_policy policy);
// The dump as text, in a buffer that the caller deinits.
void dump_into(rwg__buf *buf, const rwg_graph *g, rwg_dump_format format);

#endif
