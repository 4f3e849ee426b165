/* Keys of a generation: Tarjan's algorithm over static edges, hashing each component as it closes.
 *
 * Components close in reverse topological order, so the keys of what a component links to are known
 * when its own is made. The stack of the depth-first search is explicit: a chain of 100,000 modules
 * is as good as any.
 *
 * A key depends on what is below its node alone. So a node keeps the key of the generation before
 * unless it or something that it imports, at any depth, is not what it was; and then all of its
 * component is not, since each member imports the others. The search enters only those. */
#include "link/view.h"

#include "base/hash.h"
#include "base/path.h"
#include "base/str.h"
#include "base/vec.h"

#include <stdatomic.h>
#include <stdlib.h>

struct rwb__view {
    rwg__mem *mem;
    rwg_graph *graph;
    rwg_str root;
    rwg_str prefix;
    rwg_hash salt;
    rwg_hash *hashes; /* by node */
    uint32_t node_max;
    uint8_t *types; /* by file */
    uint32_t file_max;
    uint64_t number;
    bool portable;
    rwg_hash env_hashes[RWG_MAX_ENVS];
    _Atomic uint32_t refs;
};

#define KEPT UINT32_MAX

/* Values of `types`: what Node takes a file for by its name and package. */
enum {
    TYPE_UNKNOWN, /* not asked: no script */
    TYPE_COMMONJS,
    TYPE_MODULE,
};

typedef struct frame {
    uint32_t node;
    uint32_t next_edge;
} frame;

typedef struct keying {
    rwb__view *view;
    const rwg_graph *g;
    rwg__hasher *hasher;
    rwg__buf text;
    uint32_t *order; /* by node: when it was met, 1-based; 0 = not yet; KEPT = it has its key */
    uint32_t *low;
    bool *open; /* by node: on the component stack */
    uint32_t met;
    RWG_VEC(frame) frames;
    RWG_VEC(uint32_t) stack;
    RWG_VEC(rwg_hash) locals; /* scratch of one component */
} keying;

bool rwb__edge_is_static(const rwg_edge *edge) {
    if (edge->flags & (RWG_EDGE_TYPE_ONLY | RWG_EDGE_DYNAMIC) || !edge->target.v) {
        return false;
    }
    switch ((rwg_edge_kind)edge->kind) {
    case RWG_EDGE_IMPORT: return edge->outcome == RWG_OUTCOME_FILE;
    case RWG_EDGE_BRIDGE: return true; /* a stub evaluates its module in ssr */
    case RWG_EDGE_CLIENT:
    case RWG_EDGE_SERVER: break; /* named, and called later */
    }
    return false;
}

/* What one node contributes: itself and its edges, with the keys of what lies outside its
 * component. */
static rwg_hash local_hash(keying *k, uint32_t node) {
    rwg__hasher *h = k->hasher;
    rwg_node n = {node};
    rwg__hasher_reset(h);
    rwg__hasher_hash(h, k->view->salt);
    k->text.bytes.len = 0;
    rwb__view_qualified(k->view, n, &k->text);
    rwg__hasher_str(h, rwg__buf_str(&k->text));
    rwg__hasher_u32(h, rwg_node_flags(k->g, n) & ~(uint32_t)(RWG_NODE_ENTRY | RWG_NODE_REACHED));
    rwg__hasher_u32(h, rwb__view_is_module(k->view, n));
    rwg__hasher_hash(h, rwg_graph_own_hash(k->g, n));
    uint32_t count = 0;
    const rwg_edge *edges = rwg_graph_edges(k->g, n, &count);
    for (uint32_t i = 0; i < count; i++) {
        const rwg_edge *edge = &edges[i];
        rwg__hasher_u32(h, edge->import);
        rwg__hasher_u32(h, (uint32_t)edge->kind << 16 | (uint32_t)edge->outcome << 8 | edge->flags);
        rwg__hasher_str(h, rwg_graph_text(k->g, edge->text));
        if (!edge->target.v) {
            continue;
        }
        k->text.bytes.len = 0;
        rwb__view_qualified(k->view, edge->target, &k->text);
        rwg__hasher_str(h, rwg__buf_str(&k->text));
        if (rwb__edge_is_static(edge) && !k->open[edge->target.v]) {
            rwg__hasher_hash(h, k->view->hashes[edge->target.v]);
        }
    }
    return rwg__hasher_finish(h);
}

static int compare_hashes(const void *a, const void *b) {
    return rwg__hash_compare(*(const rwg_hash *)a, *(const rwg_hash *)b);
}

/* The component of `root` is complete: everything above it on the stack. */
static void close_component(keying *k, uint32_t root) {
    uint32_t first = k->stack.len;
    do {
        first--;
    } while (k->stack.ptr[first] != root);
    uint32_t count = k->stack.len - first;
    k->locals.len = 0;
    for (uint32_t i = 0; i < count; i++) {
        *rwg__vec_push(&k->locals, k->view->mem) = local_hash(k, k->stack.ptr[first + i]);
    }
    rwg_hash whole = k->locals.ptr[0];
    if (count > 1) {
        for (uint32_t i = 0; i < count; i++) {
            k->view->hashes[k->stack.ptr[first + i]] = k->locals.ptr[i];
        }
        qsort(k->locals.ptr, count, sizeof *k->locals.ptr, compare_hashes);
        rwg__hasher_reset(k->hasher);
        for (uint32_t i = 0; i < count; i++) {
            rwg__hasher_hash(k->hasher, k->locals.ptr[i]);
        }
        whole = rwg__hasher_finish(k->hasher);
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t node = k->stack.ptr[first + i];
        rwg_hash key = whole;
        if (count > 1) {
            rwg__hasher_reset(k->hasher);
            rwg__hasher_hash(k->hasher, whole);
            rwg__hasher_hash(k->hasher, k->view->hashes[node]);
            key = rwg__hasher_finish(k->hasher);
        }
        k->view->hashes[node] = key;
        k->open[node] = false;
    }
    k->stack.len = first;
}

static void enter(keying *k, uint32_t node) {
    k->order[node] = k->low[node] = ++k->met;
    k->open[node] = true;
    *rwg__vec_push(&k->stack, k->view->mem) = node;
    *rwg__vec_push(&k->frames, k->view->mem) = (frame){node, 0};
}

static void visit(keying *k, uint32_t start) {
    enter(k, start);
    while (k->frames.len > 0) {
        frame *top = &k->frames.ptr[k->frames.len - 1];
        uint32_t node = top->node;
        uint32_t count = 0;
        const rwg_edge *edges = rwg_graph_edges(k->g, (rwg_node){node}, &count);
        if (top->next_edge < count) {
            const rwg_edge *edge = &edges[top->next_edge++];
            uint32_t target = edge->target.v;
            if (!rwb__edge_is_static(edge) || !rwg_graph_is_live(k->g, edge->target)) {
                continue;
            }
            if (k->order[target] == 0) {
                enter(k, target);
            } else if (k->open[target] && k->order[target] < k->low[node]) {
                k->low[node] = k->order[target];
            }
            continue;
        }
        if (k->low[node] == k->order[node]) {
            close_component(k, node);
        }
        k->frames.len--;
        if (k->frames.len > 0) {
            uint32_t parent = k->frames.ptr[k->frames.len - 1].node;
            k->low[parent] = k->low[node] < k->low[parent] ? k->low[node] : k->low[parent];
        }
    }
}

/* Over the keys of reached nodes as a set: ids of nodes are an accident of history, so the hash is
 * made of sums, which have no order. */
static void hash_envs(keying *k) {
    rwb__view *view = k->view;
    uint64_t sums[RWG_MAX_ENVS][3] = {{0}}; /* both halves of the hashes; how many */
    for (uint32_t n = 1; n <= view->node_max; n++) {
        rwg_node node = {n};
        if (rwg_graph_is_live(k->g, node) && rwg_node_flags(k->g, node) & RWG_NODE_REACHED) {
            uint64_t *sum = sums[rwg_node_env(k->g, node).v - 1];
            uint64_t halves[2];
            static_assert(sizeof halves == sizeof view->hashes[n].bytes, "two halves");
            memcpy(halves, view->hashes[n].bytes, sizeof halves);
            sum[0] += halves[0];
            sum[1] += halves[1];
            sum[2]++;
        }
    }
    for (uint32_t e = 0; e < rwg_graph_env_count(k->g); e++) {
        view->env_hashes[e] = rwg__hash_bytes(sums[e], sizeof sums[e]);
    }
}

/* --- types --- */

static bool is_script(const rwg_module *module) {
    if (!module) {
        return false;
    }
    rwg_module_kind kind = rwg_module_kind_of(module);
    return kind == RWG_MODULE_ESM || kind == RWG_MODULE_MIXED || kind == RWG_MODULE_CJS ||
           kind == RWG_MODULE_SCRIPT;
}

/* Is the file below a package.json that is not what it was? */
static bool is_governed(const rwb__view_input *input, rwg_str path) {
    for (uint32_t i = 0; i < input->package_count; i++) {
        rwg_str changed = input->packages[i];
        bool is_file = rwg__str_eq_c(rwg__path_basename(changed), "package.json");
        if (rwg__path_is_under(path, is_file ? rwg__path_dirname(changed) : changed)) {
            return true;
        }
    }
    return false;
}

/* What the file was in the view before, if nothing can have changed it. */
static uint8_t known_type(const rwb__view *view, const rwb__view_input *input, rwg_file file) {
    const rwb__view *was = input->previous;
    if (!was || file.v > was->file_max) {
        return TYPE_UNKNOWN;
    }
    rwg_str path = rwg_graph_file_path(view->graph, file);
    // Paths keep their place in memory, so the same pointer is the same path.
    if (rwg_graph_file_path(was->graph, file).ptr != path.ptr) {
        return TYPE_UNKNOWN;
    }
    rwg__path absolute;
    bool governed = input->package_count > 0 && (!rwg__path_join(&absolute, view->root, path) ||
                                                 is_governed(input, rwg__path_str(&absolute)));
    return governed ? TYPE_UNKNOWN : was->types[file.v];
}

static uint8_t ask_type(const rwb__view *view, rwg_resolver *resolver, rwg_file file) {
    rwg__path path;
    return rwg__path_join(&path, view->root, rwg_graph_file_path(view->graph, file)) &&
                   rwg_resolver_is_module(resolver, rwg__path_str(&path))
               ? TYPE_MODULE
               : TYPE_COMMONJS;
}

static void find_types(rwb__view *view, const rwb__view_input *input) {
    for (uint32_t n = 1; n <= view->node_max && input->resolver; n++) {
        rwg_node node = {n};
        if (!rwg_graph_is_live(view->graph, node) ||
            !is_script(rwg_node_module(view->graph, node))) {
            continue;
        }
        rwg_file file = rwg_node_file(view->graph, node);
        uint8_t *type = &view->types[file.v];
        if (*type == TYPE_UNKNOWN) { // its node in another environment did not come first
            *type = known_type(view, input, file);
        }
        if (*type == TYPE_UNKNOWN) {
            *type = ask_type(view, input->resolver, file);
        }
    }
}

bool rwb__view_is_module(const rwb__view *view, rwg_node node) {
    return view->types[rwg_node_file(view->graph, node).v] == TYPE_MODULE;
}

bool rwb__view_is_retyped(const rwb__view *view, const rwb__view *was, rwg_node node) {
    return node.v <= was->node_max && rwg_graph_is_live(view->graph, node) &&
           rwg_graph_is_live(was->graph, node) &&
           rwb__view_is_module(view, node) != rwb__view_is_module(was, node);
}

/* --- what the generation before knows --- */

/* Would importers call it by another id? */
static bool is_renamed(const rwg_graph *was, const rwg_graph *is, rwg_node n) {
    bool live = rwg_graph_is_live(is, n);
    if (live != rwg_graph_is_live(was, n)) {
        return true;
    }
    // Paths keep their place in memory, so the same pointer is the same path.
    return live && (rwg_node_env(was, n).v != rwg_node_env(is, n).v ||
                    rwg_graph_file_path(was, rwg_node_file(was, n)).ptr !=
                        rwg_graph_file_path(is, rwg_node_file(is, n)).ptr);
}

/* What local_hash takes of the node itself. Numbers of texts mean the same in all generations. */
static bool is_changed(const rwg_graph *was, const rwg_graph *is, rwg_node n) {
    const uint32_t history = RWG_NODE_ENTRY | RWG_NODE_REACHED;
    uint32_t count = 0;
    uint32_t count_was = 0;
    const rwg_edge *edges = rwg_graph_edges(is, n, &count);
    const rwg_edge *edges_were = rwg_graph_edges(was, n, &count_was);
    return (rwg_node_flags(was, n) ^ rwg_node_flags(is, n)) & ~history || count != count_was ||
           (edges != edges_were && count > 0 &&
            memcmp(edges, edges_were, count * sizeof *edges) != 0) ||
           !rwg__hash_equal(rwg_graph_own_hash(was, n), rwg_graph_own_hash(is, n));
}

static bool is_another(const keying *k, const rwb__view *previous, rwg_node node) {
    return node.v > previous->node_max || is_renamed(previous->graph, k->g, node) ||
           is_changed(previous->graph, k->g, node) || rwb__view_is_retyped(k->view, previous, node);
}

/* Gives nodes their keys of the generation before, but for those that an edit may have reached:
 * what changed, and all that imports it, whatever the kind of the import. */
static void keep_keys(keying *k, const rwb__view *previous) {
    rwb__view *view = k->view;
    k->stack.len = 0; /* scratch here: nodes whose importers are not looked at yet */
    for (uint32_t n = 1; n <= view->node_max; n++) {
        if (is_another(k, previous, (rwg_node){n})) {
            *rwg__vec_push(&k->stack, view->mem) = n;
        } else {
            k->order[n] = KEPT;
        }
    }
    while (k->stack.len > 0) {
        rwg_node node = {k->stack.ptr[--k->stack.len]};
        uint32_t count = 0;
        const rwg_node *importers = rwg_graph_importers(k->g, node, &count);
        for (uint32_t i = 0; i < count; i++) {
            uint32_t importer = importers[i].v;
            if (k->order[importer] == KEPT) {
                k->order[importer] = 0;
                *rwg__vec_push(&k->stack, view->mem) = importer;
            }
        }
    }
    for (uint32_t n = 1; n <= view->node_max; n++) {
        if (k->order[n] == KEPT) {
            view->hashes[n] = previous->hashes[n];
        }
    }
}

/* --- making --- */

/* With a view of before, of the same salt: from its keys. */
static void make_keys(rwb__view *view, const rwb__view *previous) {
    rwg__mem *mem = view->mem;
    size_t slots = view->node_max + 1u;
    keying k = {.view = view, .g = view->graph};
    k.hasher = rwg__hasher_new(mem);
    rwg__buf_init(&k.text, mem);
    k.order = rwg__mem_zalloc(mem, slots * sizeof *k.order);
    k.low = rwg__mem_zalloc(mem, slots * sizeof *k.low);
    k.open = rwg__mem_zalloc(mem, slots * sizeof *k.open);
    if (previous) {
        keep_keys(&k, previous);
    }
    for (uint32_t n = 1; n <= view->node_max; n++) {
        if (rwg_graph_is_live(view->graph, (rwg_node){n}) && k.order[n] == 0) {
            visit(&k, n);
        }
    }
    hash_envs(&k);
    rwg__vec_free(&k.frames, mem);
    rwg__vec_free(&k.stack, mem);
    rwg__vec_free(&k.locals, mem);
    rwg__mem_free(mem, k.order, slots * sizeof *k.order);
    rwg__mem_free(mem, k.low, slots * sizeof *k.low);
    rwg__mem_free(mem, k.open, slots * sizeof *k.open);
    rwg__buf_deinit(&k.text);
    rwg__hasher_free(k.hasher, mem);
}

#ifdef RWG_CHECKS
/* The keys are those that the graph alone gives. */
static void check_keys(rwb__view *view) {
    size_t size = (view->node_max + 1u) * sizeof *view->hashes;
    rwg_hash *made = view->hashes;
    view->hashes = rwg__mem_zalloc(view->mem, size);
    make_keys(view, NULL);
    RWG_ASSERT(memcmp(made, view->hashes, size) == 0);
    rwg__mem_free(view->mem, view->hashes, size);
    view->hashes = made;
}
#endif

static rwg_str copy_text(rwg__mem *mem, rwg_str text) {
    char *copy = rwg__mem_zalloc(mem, text.len + 1);
    if (text.len > 0) {
        memcpy(copy, text.ptr, text.len);
    }
    return rwg__str(copy, text.len);
}

rwb__view *rwb__view_new(rwg__mem *mem, const rwb__view_input *input) {
    rwb__view *view = rwg__mem_zalloc(mem, sizeof *view);
    const rwb__view *previous = input->previous;
    view->mem = mem;
    view->graph = rwg_graph_retain(input->graph);
    view->portable = input->portable;
    view->node_max = rwg_graph_node_max(input->graph);
    view->hashes = rwg__mem_zalloc(mem, (view->node_max + 1) * sizeof *view->hashes);
    view->root = copy_text(mem, input->root);
    view->prefix = copy_text(mem, input->prefix);
    view->salt = input->salt;
    view->file_max = rwg_graph_file_max(input->graph);
    view->types = rwg__mem_zalloc(mem, view->file_max + 1u);
    view->number = rwg_graph_generation(input->graph);
    if (previous && view->number <= previous->number) {
        view->number = previous->number + 1;
    }
    atomic_init(&view->refs, 1);
    find_types(view, input);
    bool keeps = previous && rwg__hash_equal(previous->salt, input->salt) &&
                 previous->portable == input->portable;
    make_keys(view, keeps ? previous : NULL);
#ifdef RWG_CHECKS
    if (keeps) {
        check_keys(view);
    }
#endif
    return view;
}

rwb__view *rwb__view_retain(rwb__view *view) {
    atomic_fetch_add_explicit(&view->refs, 1, memory_order_relaxed);
    return view;
}

void rwb__view_release(rwb__view *view) {
    if (!view || atomic_fetch_sub_explicit(&view->refs, 1, memory_order_acq_rel) != 1) {
        return;
    }
    rwg__mem *mem = view->mem;
    rwg__mem_free(mem, view->hashes, (view->node_max + 1) * sizeof *view->hashes);
    rwg__mem_free(mem, view->types, view->file_max + 1u);
    rwg__mem_free(mem, (char *)view->root.ptr, view->root.len + 1);
    rwg__mem_free(mem, (char *)view->prefix.ptr, view->prefix.len + 1);
    rwg_graph_release(view->graph);
    rwg__mem_free(mem, view, sizeof *view);
}

const rwg_graph *rwb__view_graph(const rwb__view *view) {
    return view->graph;
}

rwg_str rwb__view_root(const rwb__view *view) {
    return view->root;
}

uint64_t rwb__view_number(const rwb__view *view) {
    return view->number;
}

rwg_hash rwb__view_hash(const rwb__view *view, rwg_node node) {
    return view->hashes[node.v];
}

rwg_hash rwb__view_env_hash(const rwb__view *view, rwg_env env) {
    return view->env_hashes[env.v - 1];
}

static rwg_str relative_path(const rwb__view *view, rwg_node node) {
    return rwg_graph_file_path(view->graph, rwg_node_file(view->graph, node));
}

void rwb__view_path(const rwb__view *view, rwg_node node, rwg__buf *out) {
    rwg__path path;
    if (rwg__path_join(&path, view->root, relative_path(view, node))) {
        rwg__buf_add(out, rwg__path_str(&path));
    }
}

void rwb__view_id(const rwb__view *view, rwg_node node, rwg__buf *out) {
    rwg_str path = relative_path(view, node);
    bool outside = rwg__str_starts(path, RWG_STR("../")) || rwg__path_is_absolute(path);
    if (outside && !view->portable) {
        rwg__buf_add(out, RWG_STR("/@fs"));
        rwb__view_path(view, node, out);
    } else {
        rwg__buf_char(out, '/');
        rwg__buf_add(out, path);
    }
}

void rwb__view_address(const rwb__view *view, rwg_node node, rwg__buf *out) {
    rwg__buf_add(out, view->prefix);
    rwb__view_id(view, node, out);
}

bool rwb__view_public(const rwb__view *view, rwg_str specifier, rwg__buf *out) {
    bool is_path =
        rwg__str_starts(specifier, RWG_STR("/")) && !rwg__str_starts(specifier, RWG_STR("//"));
    if (view->prefix.len == 0 || !is_path) {
        return false;
    }
    rwg__buf_add(out, view->prefix);
    rwg__buf_add(out, specifier);
    return true;
}

rwg_str rwb__view_prefix(const rwb__view *view) {
    return view->prefix;
}

void rwb__view_qualified(const rwb__view *view, rwg_node node, rwg__buf *out) {
    rwg__buf_add(out, rwg_graph_env_name(view->graph, rwg_node_env(view->graph, node)));
    rwg__buf_char(out, ':');
    rwb__view_id(view, node, out);
}

void rwb__view_key(const rwb__view *view, rwg_node node, rwg__buf *out) {
    char hex[33];
    if (rwg_node_flags(view->graph, node) & RWG_NODE_PINNED) {
        rwg__buf_add(out, RWG_STR("pinned:"));
        rwb__view_id(view, node, out);
        return;
    }
    rwg__hash_hex(view->hashes[node.v], hex);
    rwb__view_qualified(view, node, out);
    rwg__buf_char(out, '@');
    rwg__buf_add(out, rwg__str(hex, 32));
}

rwg_node rwb__view_find(const rwb__view *view, rwg_env env, rwg_str id) {
    rwg_str path = rwg__str_sub(id, 0, rwg__str_index(id, '?'));
    if (rwg__str_starts(path, RWG_STR("/@fs/"))) {
        rwg__path relative;
        if (!rwg__path_relative(&relative, view->root, rwg__str_from(path, 4))) {
            return (rwg_node){0};
        }
        return rwg_graph_find(view->graph, rwg__path_str(&relative), env);
    }
    if (path.len < 2 || path.ptr[0] != '/') {
        return (rwg_node){0};
    }
    return rwg_graph_find(view->graph, rwg__str_from(path, 1), env);
}

rwg_node rwb__view_find_qualified(const rwb__view *view, rwg_str qualified) {
    uint32_t colon = rwg__str_index(qualified, ':');
    if (colon == qualified.len) {
        return (rwg_node){0};
    }
    rwg_env env = rwg_graph_env(view->graph, rwg__str_sub(qualified, 0, colon));
    if (!env.v) {
        return (rwg_node){0};
    }
    return rwb__view_find(view, env, rwg__str_from(qualified, colon + 1));
}
