// See test_graph_world.h.

#include "test_graph_world.h"

#include "base/hash.h"
#include "base/str.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const rwg__env_row env_rows[ENVS] = {
    {{"client", 6}, RWG_ROLE_CLIENT},
    {{"ssr", 3}, RWG_ROLE_SSR},
    {{"worker", 6}, RWG_ROLE_SERVER},
    {{"plain", 5}, RWG_ROLE_PLAIN},
};

void world_init(world *w) {
    *w = (world){.mem = rwg__mem_new(NULL, 0)};
    w->names = rwg__names_new(w->mem);
    *rwg__vec_push(&w->nodes, w->mem) = (world_node){0};
}

static void free_nodes(world *w, world_nodes *nodes) {
    for (uint32_t i = 0; i < nodes->len; i++) {
        rwg__vec_free(&nodes->ptr[i].edges, w->mem);
    }
    rwg__vec_free(nodes, w->mem);
}

static void drop_change(world *w) {
    rwg_change_free(w->change);
    w->change = NULL;
}

void world_deinit(world *w) {
    drop_change(w);
    rwg_graph_release(w->graph);
    for (uint32_t i = 0; i < w->files.len; i++) {
        rwg__vec_free(&w->files.ptr[i].imports, w->mem);
        if (w->files.ptr[i].module) {
            rwg__module_release(w->files.ptr[i].module);
        }
    }
    free_nodes(w, &w->nodes);
    rwg__vec_free(&w->files, w->mem);
    rwg__vec_free(&w->diags, w->mem);
    rwg__vec_free(&w->committed, w->mem);
    rwg__names_release(w->names);
    assert_int_equal(w->mem->used, 0);
    rwg__mem_release(w->mem);
}

int world_add(world *w, const char *path) {
    world_file *file = rwg__vec_push(&w->files, w->mem);
    *file = (world_file){.revision = 1};
    (void)snprintf(file->path, sizeof file->path, "%s", path);
    const char *folder = strstr(path, "node_modules/");
    if (folder) {
        const char *name = folder + strlen("node_modules/");
        size_t len = strcspn(name, "/");
        (void)snprintf(file->package, sizeof file->package, "%.*s", (int)len, name);
    }
    file->asset = rwg__str_ends(rwg__str_c(path), RWG_STR(".png"));
    return (int)w->files.len - 1;
}

void world_edit(world *w, int file) {
    w->files.ptr[file].body++;
    w->files.ptr[file].revision++;
}

void world_export(world *w, int file, uint32_t name) {
    w->files.ptr[file].exports ^= 1u << name;
    w->files.ptr[file].revision++;
}

int world_link(world *w, int file, rwg_import_kind kind, const char *specifier, int target) {
    world_import *import = rwg__vec_push(&w->files.ptr[file].imports, w->mem);
    *import = (world_import){.kind = (uint8_t)kind, .outcome = RWG_OUTCOME_MISSING};
    (void)snprintf(import->specifier, sizeof import->specifier, "%s", specifier);
    int index = (int)w->files.ptr[file].imports.len - 1;
    world_aim(w, file, index, ALL, target);
    w->files.ptr[file].revision++;
    return index;
}

void world_aim(world *w, int file, int import, uint32_t env, int target) {
    for (uint32_t i = 1; i <= ENVS; i++) {
        if (env == ALL || env == i) {
            w->files.ptr[file].imports.ptr[import].target[i] = target + 1;
        }
    }
}

void world_outcome(world *w, int file, int import, rwg_outcome outcome) {
    w->files.ptr[file].imports.ptr[import].outcome = (uint8_t)outcome;
}

void world_type_only(world *w, int file, int import) {
    w->files.ptr[file].imports.ptr[import].type_only = true;
    w->files.ptr[file].revision++;
}

void world_text(world *w, int file, int import, bool text) {
    w->files.ptr[file].imports.ptr[import].text = text;
    w->files.ptr[file].revision++;
}

void world_unlink(world *w, int file, int import) {
    world_file *f = &w->files.ptr[file];
    for (uint32_t i = (uint32_t)import; i + 1 < f->imports.len; i++) {
        f->imports.ptr[i] = f->imports.ptr[i + 1];
    }
    f->imports.len--;
    f->revision++;
}

void world_entry(world *w, int file, uint32_t env) {
    w->files.ptr[file].entry |= 1u << env;
}

static rwg_str interned(rwg__names *names, const char *text) {
    uint32_t id = rwg__intern_id(&names->table, rwg__str_c(text));
    return rwg__intern_str(&names->table, id);
}

void world_problem(world *w, int file, uint32_t env_mask, const char *message) {
    *rwg__vec_push(&w->diags, w->mem) = (rwg__diag_row){
        .file = {(uint32_t)file + 1},
        .env_mask = env_mask,
        .code = RWG_DIAG_FILE_NOT_FOUND,
        .severity = RWG_SEVERITY_ERROR,
        .message = interned(w->names, message),
    };
}

void world_committed(world *w, uint32_t env, const char *specifier) {
    *rwg__vec_push(&w->committed, w->mem) = (rwg__committed){{env}, interned(w->names, specifier)};
}

static void record_import(rwg__record_builder *b, const world_import *from, uint32_t index) {
    char text[64];
    (void)snprintf(text, sizeof text, "%s%s", from->specifier, from->text ? "?raw" : "");
    rwg_ref specifier = rwg__record_str(b, rwg__str_c(text));
    rwg_import *import = rwg__record_import(b);
    import->kind = from->kind;
    import->flags = from->type_only ? RWG_IMPORT_TYPE_ONLY : 0;
    import->specifier = specifier;
    import->span = (rwg_span){index * 10, index * 10 + 5};
    if (from->kind == RWG_IMPORT_STAR) {
        rwg_export *export = rwg__record_export(b);
        export->import = index;
        export->flags = RWG_EXPORT_STAR;
    }
}

static rwg_module *make_module(world *w, const world_file *file, rwg_hash content) {
    rwg__record_builder b;
    rwg__record_init(&b, w->mem);
    for (uint32_t i = 0; i < file->imports.len; i++) {
        record_import(&b, &file->imports.ptr[i], i);
    }
    for (uint32_t i = 0; i < 32; i++) {
        if (file->exports & 1u << i) {
            char name[8];
            (void)snprintf(name, sizeof name, "n%u", (unsigned)i);
            rwg_ref ref = rwg__record_str(&b, rwg__str_c(name));
            rwg_export *export = rwg__record_export(&b);
            export->name = ref;
            export->import = RWG_NO_IMPORT;
        }
    }
    const char *directive = file->client ? "use client" : "use server";
    if (file->client || file->server) {
        rwg_ref ref = rwg__record_str(&b, rwg__str_c(directive));
        rwg__record_directive(&b)->value = ref;
    }
    bool css = rwg__str_ends(rwg__str_c(file->path), RWG_STR(".css"));
    rwg_module *module = rwg__record_finish(
        &b,
        &(rwg__record_facts){
            .lang = css ? RWG_LANG_CSS : RWG_LANG_TS,
            .kind = css ? RWG_MODULE_CSS : RWG_MODULE_ESM,
            .source_len = file->imports.len * 10 + 10,
            .content = content,
        }
    );
    rwg__record_deinit(&b);
    return module;
}

static rwg_hash content_of(const world *w, const world_file *file) {
    rwg__hasher *h = rwg__hasher_new(w->mem);
    rwg__hasher_u32(h, file->body);
    rwg__hasher_u32(h, file->exports);
    rwg__hasher_u32(h, (uint32_t)file->client << 1 | file->server);
    for (uint32_t i = 0; i < file->imports.len; i++) {
        rwg__hasher_u32(h, file->imports.ptr[i].kind);
        rwg__hasher_u32(h, file->imports.ptr[i].type_only);
        rwg__hasher_u32(h, file->imports.ptr[i].text);
        rwg__hasher_str(h, rwg__str_c(file->imports.ptr[i].specifier));
    }
    rwg_hash hash = rwg__hasher_finish(h);
    rwg__hasher_free(h, w->mem);
    return hash;
}

// The node of a file in an environment, made or revived when it is wanted.
static uint32_t node_of(world *w, world_nodes *nodes, int file, uint32_t env) {
    for (uint32_t i = 1; i < nodes->len; i++) {
        if (nodes->ptr[i].file == file && nodes->ptr[i].env == env) {
            if (!nodes->ptr[i].live) {
                nodes->ptr[i].live = true;
                nodes->ptr[i].dirty = true;
            }
            return i;
        }
    }
    *rwg__vec_push(nodes, w->mem) =
        (world_node){.file = file, .env = env, .live = true, .dirty = true};
    return nodes->len - 1;
}

static uint32_t flags_of(const world_file *file, uint32_t env) {
    uint32_t flags = file->entry & 1u << env ? RWG_NODE_ENTRY : 0;
    flags |= file->package[0] ? RWG_NODE_DEPENDENCY : 0;
    if (file->pinned) {
        return flags | RWG_NODE_PINNED;
    }
    bool client = file->client && env != PLAIN;
    bool server = file->server && !file->client && env != PLAIN;
    flags |= client ? RWG_NODE_CLIENT : 0;
    flags |= server ? RWG_NODE_SERVER : 0;
    flags |= client && env == WORKER ? RWG_NODE_CLIENT_REF : 0;
    flags |= server && env != WORKER ? RWG_NODE_SERVER_REF : 0;
    return flags;
}

static rwg_edge edge_of(world *w, world_nodes *nodes, const world_import *import, uint32_t env) {
    rwg_edge edge = {.outcome = import->outcome};
    edge.flags |= import->type_only ? RWG_EDGE_TYPE_ONLY : 0;
    edge.flags |= import->kind == RWG_IMPORT_DYNAMIC ? RWG_EDGE_DYNAMIC : 0;
    edge.flags |= import->kind == RWG_IMPORT_STAR ? RWG_EDGE_STAR : 0;
    int target = import->target[env] - 1;
    if (target >= 0 && !w->files.ptr[target].gone) {
        edge.outcome = w->files.ptr[target].pinned ? RWG_OUTCOME_PINNED : RWG_OUTCOME_FILE;
        edge.target = (rwg_node){node_of(w, nodes, target, env)};
        if (import->text && edge.outcome == RWG_OUTCOME_FILE) {
            edge.flags |= RWG_EDGE_TEXT;
            edge.text = rwg__intern_id(&w->names->table, RWG_STR("?raw"));
        }
    } else {
        edge.text = rwg__intern_id(&w->names->table, rwg__str_c(import->specifier));
    }
    return edge;
}

typedef RWG_VEC(rwg_edge) edge_list;

static void push_edge(world *w, edge_list *edges, rwg_edge edge) {
    *rwg__vec_push(edges, w->mem) = edge;
}

static void lay_out_node(world *w, world_nodes *nodes, uint32_t node, edge_list *edges) {
    int index = nodes->ptr[node].file;
    uint32_t env = nodes->ptr[node].env;
    const world_file *file = &w->files.ptr[index];
    uint32_t flags = nodes->ptr[node].flags;
    rwg_edge ref = {.import = RWG_NO_IMPORT, .outcome = RWG_OUTCOME_FILE};
    if (flags & RWG_NODE_CLIENT_REF) {
        ref.kind = RWG_EDGE_BRIDGE;
        ref.target.v = node_of(w, nodes, index, SSR);
        push_edge(w, edges, ref);
        ref.kind = RWG_EDGE_CLIENT;
        ref.target.v = node_of(w, nodes, index, CLIENT);
        push_edge(w, edges, ref);
    }
    if (flags & RWG_NODE_SERVER_REF) {
        ref.kind = RWG_EDGE_SERVER;
        ref.target.v = node_of(w, nodes, index, WORKER);
        push_edge(w, edges, ref);
    }
    bool leaf = (flags & (RWG_NODE_CLIENT_REF | RWG_NODE_PINNED)) != 0 || file->asset;
    for (uint32_t i = 0; i < file->imports.len && !leaf; i++) {
        uint8_t kind = file->imports.ptr[i].kind;
        bool reexport = kind == RWG_IMPORT_REEXPORT || kind == RWG_IMPORT_STAR;
        if (!(flags & RWG_NODE_SERVER_REF) || reexport) {
            rwg_edge edge = edge_of(w, nodes, &file->imports.ptr[i], env);
            edge.import = i;
            push_edge(w, edges, edge);
        }
    }
}

// Every live node's flags and edges as the files are now; targets join the list as they are met.
static void lay_out(world *w, world_nodes *nodes) {
    for (uint32_t i = 0; i < w->files.len; i++) {
        for (uint32_t env = 1; env <= ENVS; env++) {
            if ((w->files.ptr[i].entry & 1u << env) && !w->files.ptr[i].gone) {
                (void)node_of(w, nodes, (int)i, env);
            }
        }
    }
    for (uint32_t i = 1; i < nodes->len; i++) {
        const world_file *file = &w->files.ptr[nodes->ptr[i].file];
        if (file->gone && nodes->ptr[i].live) {
            nodes->ptr[i].live = false;
            nodes->ptr[i].dirty = true;
            nodes->ptr[i].edges.len = 0;
        }
    }
    // A node that is revived on the way may lie before the one that wants it: until nothing moves.
    for (bool moved = true; moved;) {
        moved = false;
        for (uint32_t i = 1; i < nodes->len; i++) {
            const world_file *file = &w->files.ptr[nodes->ptr[i].file];
            if (!nodes->ptr[i].live) {
                continue;
            }
            uint32_t flags = flags_of(file, nodes->ptr[i].env);
            bool same = nodes->ptr[i].flags == flags && nodes->ptr[i].revision == file->revision;
            nodes->ptr[i].flags = flags;
            nodes->ptr[i].revision = file->revision;
            uint32_t before = nodes->len;
            edge_list edges = {0};
            lay_out_node(w, nodes, i, &edges);
            world_node *node = &nodes->ptr[i];
            same = same && edges.len == node->edges.len &&
                   (edges.len == 0 ||
                    memcmp(edges.ptr, node->edges.ptr, edges.len * sizeof *edges.ptr) == 0);
            moved = moved || !same || before != nodes->len;
            node->dirty = node->dirty || !same;
            node->edges.len = 0;
            for (uint32_t k = 0; k < edges.len; k++) {
                *rwg__vec_push(&node->edges, w->mem) = edges.ptr[k];
            }
            rwg__vec_free(&edges, w->mem);
        }
    }
}

static rwg__file_row file_row(world *w, world_file *file, rwg__names *names) {
    if (file->gone) {
        return (rwg__file_row){0};
    }
    rwg_hash content = content_of(w, file);
    if (!file->asset && file->module_revision != file->revision) {
        if (file->module) {
            rwg__module_release(file->module);
        }
        file->module = make_module(w, file, content);
        file->module_revision = file->revision;
    }
    return (rwg__file_row){
        .path = interned(names, file->path),
        .package = interned(names, file->package),
        .module = file->module,
        .content = content,
        .flags = file->package[0] ? RWG__FILE_DEPENDENCY : 0,
    };
}

static rwg__node_row node_row(const world_node *node) {
    if (!node->live) {
        return (rwg__node_row){0};
    }
    return (rwg__node_row){
        .file = {(uint32_t)node->file + 1},
        .env = {node->env},
        .flags = node->flags,
        .edge_count = node->edges.len,
        .edges = node->edges.ptr,
    };
}

void world_commit(world *w) {
    lay_out(w, &w->nodes);
    uint32_t file_count = w->files.len + 1;
    uint32_t node_count = w->nodes.len;
    rwg__file_row *files = calloc(file_count, sizeof *files);
    rwg__node_row *nodes = calloc(node_count, sizeof *nodes);
    rwg_node *dirty = calloc(node_count, sizeof *dirty);
    uint32_t dirty_count = 0;
    for (uint32_t i = 1; i < file_count; i++) {
        files[i] = file_row(w, &w->files.ptr[i - 1], w->names);
    }
    for (uint32_t i = 1; i < node_count; i++) {
        nodes[i] = node_row(&w->nodes.ptr[i]);
        if (w->nodes.ptr[i].dirty) {
            dirty[dirty_count++] = (rwg_node){i};
            w->nodes.ptr[i].dirty = false;
        }
    }
    rwg__graph_input input = {
        .mem = w->mem,
        .names = w->names,
        .generation = ++w->generation,
        .envs = env_rows,
        .env_count = ENVS,
        .files = files,
        .file_count = file_count,
        .nodes = nodes,
        .node_count = node_count,
        .diags = w->diags.ptr,
        .diag_count = w->diags.len,
        .committed = w->committed.ptr,
        .committed_count = w->committed.len,
        .prev = w->graph,
        .dirty = dirty,
        .dirty_count = dirty_count,
    };
    rwg_graph *next = rwg__graph_build(&input);
    drop_change(w);
    rwg_graph *before = w->graph;
    if (!before) {
        rwg__graph_input empty = {
            .mem = w->mem, .names = w->names, .envs = env_rows, .env_count = ENVS};
        before = rwg__graph_build(&empty);
    }
    w->change = rwg__change_new(before, next, dirty, dirty_count);
    rwg_graph_release(before);
    w->graph = next;
    free(files);
    free(nodes);
    free(dirty);
}

// 0..count-1 in an order that depends on seed.
static uint32_t *shuffled(uint32_t count, uint64_t seed) {
    uint32_t *order = calloc(count + 1, sizeof *order);
    for (uint32_t i = 0; i < count; i++) {
        order[i] = i;
    }
    for (uint32_t i = count; i > 1; i--) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        uint32_t k = (uint32_t)(seed >> 33) % i;
        uint32_t kept = order[i - 1];
        order[i - 1] = order[k];
        order[k] = kept;
    }
    return order;
}

rwg_graph *world_scratch(world *w, uint64_t seed) {
    world_nodes fresh = {0};
    *rwg__vec_push(&fresh, w->mem) = (world_node){0};
    lay_out(w, &fresh);
    uint32_t file_count = w->files.len + 1;
    uint32_t node_count = fresh.len;
    uint32_t *file_at = shuffled(w->files.len, seed);
    uint32_t *node_at = shuffled(node_count - 1, seed + 1);
    rwg__file_row *files = calloc(file_count, sizeof *files);
    rwg__node_row *nodes = calloc(node_count, sizeof *nodes);
    // Texts keep their ids: edges hold them, and the names table is not what is tested here.
    for (uint32_t i = 1; i < file_count; i++) {
        files[1 + file_at[i - 1]] = file_row(w, &w->files.ptr[i - 1], w->names);
    }
    for (uint32_t i = 1; i < node_count; i++) {
        world_node *node = &fresh.ptr[i];
        for (uint32_t k = 0; k < node->edges.len; k++) {
            rwg_node *target = &node->edges.ptr[k].target;
            target->v = target->v ? 1 + node_at[target->v - 1] : 0;
        }
        rwg__node_row row = node_row(node);
        row.file.v = row.file.v ? 1 + file_at[row.file.v - 1] : 0;
        nodes[1 + node_at[i - 1]] = row;
    }
    rwg__diag_row *diags = calloc(w->diags.len + 1, sizeof *diags);
    for (uint32_t i = 0; i < w->diags.len; i++) {
        diags[i] = w->diags.ptr[i];
        diags[i].file.v = 1 + file_at[diags[i].file.v - 1];
    }
    rwg_graph *g = rwg__graph_build(&(rwg__graph_input){
        .mem = w->mem,
        .names = w->names,
        .generation = w->generation,
        .envs = env_rows,
        .env_count = ENVS,
        .files = files,
        .file_count = file_count,
        .nodes = nodes,
        .node_count = node_count,
        .diags = diags,
        .diag_count = w->diags.len,
    });
    free(files);
    free(nodes);
    free(diags);
    free(file_at);
    free(node_at);
    free_nodes(w, &fresh);
    return g;
}

rwg_node at(const world *w, const char *path, uint32_t env) {
    return rwg_graph_find(w->graph, rwg__str_c(path), (rwg_env){env});
}

rwg_hash version_at(const world *w, const char *path, uint32_t env) {
    return rwg_graph_version(w->graph, at(w, path, env));
}

rwg_hash surface_at(const world *w, const char *path, uint32_t env) {
    return rwg_graph_surface(w->graph, at(w, path, env));
}

static const rwg_stale *find_stale(const world *w, rwg_policy policy, uint32_t node) {
    uint32_t count;
    const rwg_stale *stale = rwg_change_stale(w->change, policy, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (stale[i].node.v == node) {
            return &stale[i];
        }
    }
    return NULL;
}

const char *stale_at(const world *w, rwg_policy policy, const char *path, uint32_t env) {
    static char chain[256];
    chain[0] = 0;
    size_t len = 0;
    const rwg_stale *stale = find_stale(w, policy, at(w, path, env).v);
    while (stale && len < sizeof chain - 32) {
        const char *name = rwg_cause_name(stale->cause);
        len += (size_t)snprintf(chain + len, sizeof chain - len, "%s%s", len ? "<" : "", name);
        stale = stale->via.v ? find_stale(w, policy, stale->via.v) : NULL;
    }
    return chain;
}

uint32_t stale_count(const world *w, rwg_policy policy) {
    uint32_t count;
    (void)rwg_change_stale(w->change, policy, &count);
    return count;
}

void dump_into(rwg__buf *buf, const rwg_graph *g, rwg_dump_format format) {
    rwg__buf_init(buf, g->mem);
    rwg_sink sink = rwg__buf_sink(buf);
    rwg_graph_dump(g, format, &sink);
}
