/* own, surface and version: what they are made of, and bringing them up to date.
 *
 * One walk feeds both the hash and the explanation: it writes labelled values into a `feed`, which
 * hashes the values, or prints them with their labels, or both. So what is explained is what is
 * hashed.
 *
 * surface and version follow links (rwg__edge_links), which can form cycles. A strongly connected
 * component is one unit: its hash is over its members in order of path, with links inside written
 * as the target's rank in that order, and a member's hash is over the component's and its own rank.
 * Components come targets first, so one pass computes them all. With a graph before, only the
 * components that reach something whose hash really changed are walked again. */
#include "base/hash.h"
#include "base/str.h"
#include "base/vec.h"
#include "graph/walk.h"

#include <stdlib.h>

/* The values of a walk, one after the other: what is hashed. A tag, or the fields before, say what
 * comes next and strings carry their length, so two different walks never give the same bytes.
 * Numbers are little-endian: the same bytes on every machine. */
typedef RWG_VEC(uint8_t) byte_list;

/* Where a walk writes. Either may be NULL. */
typedef struct feed {
    rwg__mem *mem; /* of bytes */
    byte_list *bytes;
    rwg_sink *text;
} feed;

/* Room for so many more bytes, which count as written. */
static uint8_t *extend(const feed *f, uint32_t size) {
    if (f->bytes->cap - f->bytes->len < size) {
        rwg__vec_reserve(f->bytes, f->mem, size);
    }
    uint8_t *at = f->bytes->ptr + f->bytes->len;
    f->bytes->len += size;
    return at;
}

static void put_u32(const feed *f, uint32_t value) {
    uint8_t *at = extend(f, 4);
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
    at[2] = (uint8_t)(value >> 16);
    at[3] = (uint8_t)(value >> 24);
}

static void feed_u32(const feed *f, const char *label, uint32_t value) {
    if (f->bytes) {
        put_u32(f, value);
    }
    if (f->text) {
        rwg_sink_printf(f->text, " %s=%u", label, (unsigned)value);
    }
}

/* A number that says nothing to a reader: hashed, not printed. */
static void feed_code(const feed *f, uint32_t value) {
    if (f->bytes) {
        put_u32(f, value);
    }
}

static void feed_str(const feed *f, const char *label, rwg_str value) {
    if (f->bytes) {
        put_u32(f, value.len);
        if (value.len > 0) {
            memcpy(extend(f, value.len), value.ptr, value.len);
        }
    }
    if (f->text) {
        rwg_sink_printf(f->text, " %s=", label);
        rwg_sink_write(f->text, value);
    }
}

static void feed_hash(const feed *f, const char *label, rwg_hash value) {
    if (f->bytes) {
        memcpy(extend(f, sizeof value.bytes), value.bytes, sizeof value.bytes);
    }
    if (f->text) {
        char hex[33];
        rwg__hash_hex(value, hex);
        rwg_sink_printf(f->text, " %s=%s", label, hex);
    }
}

/* A line of the explanation begins, a group of values. */
static void feed_line(const feed *f, const char *what, uint32_t tag) {
    if (f->bytes) {
        put_u32(f, tag);
    }
    if (f->text) {
        rwg_sink_printf(f->text, "\n  %s", what);
    }
}

/* The hash of all that was fed; the feed is empty again. */
static rwg_hash finish(const feed *f) {
    rwg_hash hash = rwg__hash_bytes(f->bytes->ptr, f->bytes->len);
    f->bytes->len = 0;
    return hash;
}

enum {
    TAG_STUB = 1,
    TAG_MEMBER,
    TAG_LINK,
    TAG_RANK,
};

/* The hash of a node that follows links: which arrays, which links. */
typedef enum level {
    LEVEL_SURFACE,
    LEVEL_VERSION,
} level;

typedef struct walk {
    const rwg_graph *g;
    feed feed;
    level level;
    bool fresh;       /* no graph before: all hashes start as zero, and siblings may be asked */
    rwg__links links; /* those whose target's hash of this level is contained */
    uint32_t *rank;   /* [node_count] 1 + rank inside the component being walked, 0 outside */
} walk;

static const rwg_hash *hashes_of(const rwg_graph *g, level at) {
    return at == LEVEL_SURFACE ? g->surface : g->version;
}

static const rwg_module *module_of(const rwg_graph *g, uint32_t node) {
    return g->files[g->nodes[node].file.v].module;
}

static int compare_names(const void *a, const void *b) {
    return rwg__str_compare(*(const rwg_str *)a, *(const rwg_str *)b);
}

/* What a stub says of itself: where its module lives, and each name that it refers to. */
static void walk_stub(const rwg_graph *g, const feed *f, uint32_t node) {
    bool client = (g->nodes[node].flags & RWG_NODE_CLIENT_REF) != 0;
    feed_line(f, client ? "client references" : "server references", TAG_STUB);
    feed_code(f, client);
    feed_str(f, "module", rwg__node_path(g, node));
    const rwg_module *module = module_of(g, node);
    if (!module) {
        feed_hash(f, "content", g->files[g->nodes[node].file.v].content);
        return;
    }
    uint32_t count;
    const rwg_export *exports = rwg_module_exports(module, &count);
    RWG_VEC(rwg_str) names = {0};
    for (uint32_t i = 0; i < count; i++) {
        if (!(exports[i].flags & (RWG_EXPORT_TYPE_ONLY | RWG_EXPORT_STAR))) {
            *rwg__vec_push(&names, g->mem) = rwg_module_str(module, exports[i].name);
        }
    }
    if (names.len > 1) {
        qsort(names.ptr, names.len, sizeof *names.ptr, compare_names);
    }
    feed_u32(f, "names", names.len);
    for (uint32_t i = 0; i < names.len; i++) {
        feed_str(f, "name", names.ptr[i]);
    }
    rwg__vec_free(&names, g->mem);
}

static rwg_hash own_hash(const rwg_graph *g, const feed *f, uint32_t node) {
    if (!rwg__node_is_stub(g, node)) {
        return g->files[g->nodes[node].file.v].content;
    }
    walk_stub(g, f, node);
    return finish(f);
}

/* The target of a link, by rank inside the component and by hash outside. */
static void walk_target(const walk *w, const char *label, uint32_t target, const rwg_hash *hashes) {
    bool inside = w->rank[target] != 0 && hashes == hashes_of(w->g, w->level);
    feed_code(&w->feed, inside);
    if (inside) {
        feed_u32(&w->feed, "rank", w->rank[target] - 1);
    } else {
        feed_hash(&w->feed, label, hashes[target]);
    }
}

static void walk_surface(const walk *w, uint32_t node) {
    const rwg_graph *g = w->g;
    const feed *f = &w->feed;
    feed_line(f, "module", TAG_MEMBER);
    if (f->text) {
        feed_str(&(feed){.text = f->text}, "path", rwg__node_path(g, node));
    }
    if (rwg__node_is_stub(g, node)) {
        feed_hash(f, "own", g->own[node]);
    } else {
        feed_hash(f, "interface", rwg__node_interface(g, node));
    }
    if (!(g->out_links[node] & RWG__LINK_STAR)) {
        return;
    }
    uint32_t count;
    const rwg_edge *edges = rwg__edges(g, node, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (rwg__edge_links(g, node, &edges[i]) & RWG__LINK_STAR) {
            feed_line(f, "export *", TAG_LINK);
            if (f->text) {
                rwg_str path = rwg__node_path(g, edges[i].target.v);
                feed_str(&(feed){.text = f->text}, "from", path);
            }
            walk_target(w, "surface", edges[i].target.v, g->surface);
        }
    }
}

static const char *edge_label(const rwg_edge *edge) {
    switch ((rwg_edge_kind)edge->kind) {
    case RWG_EDGE_IMPORT: return "import";
    case RWG_EDGE_BRIDGE: return "bridge";
    case RWG_EDGE_CLIENT: return "client";
    case RWG_EDGE_SERVER: return "server";
    }
    return "edge";
}

/* A stub's edges have no index here: an import that moved in the file it stands for is not its
 * business. */
static void walk_edge(const walk *w, uint32_t node, const rwg_edge *edge) {
    const rwg_graph *g = w->g;
    const feed *f = &w->feed;
    bool stub = rwg__node_is_stub(g, node);
    rwg__links links = rwg__edge_links(g, node, edge);
    bool text = (links & RWG__LINK_TEXT) != 0;
    bool version = (links & RWG__LINK_VERSION) != 0;
    bool surface = !version && (links & RWG__LINK_SURFACE) != 0;
    feed_line(f, edge_label(edge), TAG_LINK);
    if (stub || edge->import == RWG_NO_IMPORT) {
        feed_code(f, RWG_NO_IMPORT);
    } else {
        feed_u32(f, "index", edge->import);
    }
    uint32_t contents = (uint32_t)text << 4 | (uint32_t)(edge->text != 0) << 3 |
                        (uint32_t)(edge->target.v != 0) << 2 | (uint32_t)version << 1 | surface;
    feed_code(f, (uint32_t)edge->kind << 16 | (uint32_t)edge->outcome << 8 | contents);
    if (edge->target.v == 0) {
        feed_str(f, "text", rwg_graph_text(g, edge->text));
        return;
    }
    feed_str(f, "to", rwg__node_path(g, edge->target.v));
    if (edge->text != 0) {
        feed_str(f, "query", rwg_graph_text(g, edge->text));
    }
    if (edge->kind != RWG_EDGE_IMPORT) {
        feed_str(f, "in", rwg__node_env_name(g, edge->target.v));
    }
    if (version) {
        walk_target(w, "version", edge->target.v, g->version);
    } else if (surface) {
        walk_target(w, "surface", edge->target.v, g->surface);
    } else if (text) {
        feed_hash(f, "bytes", g->files[g->nodes[edge->target.v].file.v].content);
    }
}

static void walk_version(const walk *w, uint32_t node) {
    const rwg_graph *g = w->g;
    const feed *f = &w->feed;
    feed_line(f, "module", TAG_MEMBER);
    if (f->text) {
        feed_str(&(feed){.text = f->text}, "path", rwg__node_path(g, node));
    }
    const uint32_t telling = RWG__NODE_STUB | RWG_NODE_CLIENT | RWG_NODE_SERVER;
    feed_code(f, rwg__node_is_leaf(g, node) ? 0 : g->nodes[node].flags & telling);
    feed_hash(f, "own", g->own[node]);
    if (!rwg__node_is_stub(g, node)) {
        feed_hash(f, "interface", rwg__node_interface(g, node));
    }
    uint32_t count;
    const rwg_edge *edges = rwg__edges(g, node, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (!(edges[i].flags & RWG_EDGE_TYPE_ONLY)) {
            walk_edge(w, node, &edges[i]);
        }
    }
}

/* Walks a component whose members are sorted; the feed then holds what its hash is made of. */
static void walk_component(const walk *w, const rwg_node *members, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        w->rank[members[i].v] = i + 1;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (w->level == LEVEL_SURFACE) {
            walk_surface(w, members[i].v);
        } else {
            walk_version(w, members[i].v);
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        w->rank[members[i].v] = 0;
    }
}

static rwg_hash member_hash(const walk *w, rwg_hash component, uint32_t rank) {
    put_u32(&w->feed, TAG_RANK);
    feed_hash(&w->feed, "component", component);
    put_u32(&w->feed, rank);
    return finish(&w->feed);
}

/* True when walk_edge writes the same for an edge of `a` and one of its sibling `b`: they lead to
 * the same file, and what is contained of the targets is equal. */
static bool
same_edge(const rwg_graph *g, uint32_t a, const rwg_edge *x, uint32_t b, const rwg_edge *y) {
    uint32_t to = x->target.v;
    uint32_t other = y->target.v;
    if (x->import != y->import || x->kind != RWG_EDGE_IMPORT || y->kind != RWG_EDGE_IMPORT ||
        x->outcome != y->outcome || x->flags != y->flags || x->text != y->text ||
        g->nodes[to].file.v != g->nodes[other].file.v || to == a || other == b ||
        ((g->nodes[to].flags ^ g->nodes[other].flags) & RWG_NODE_PINNED)) {
        return false;
    }
    rwg__links links = rwg__edge_links(g, a, x); /* of imports: they are y's, too */
    return links & RWG__LINK_VERSION   ? rwg__hash_equal(g->version[to], g->version[other])
           : links & RWG__LINK_SURFACE ? rwg__hash_equal(g->surface[to], g->surface[other])
                                       : true;
}

/* True when the walks of two nodes of one file write the same bytes, none of them about edges. */
static bool same_surface_walk(const rwg_graph *g, uint32_t a, uint32_t b) {
    return !rwg__node_is_stub(g, a) && !rwg__node_is_stub(g, b) &&
           rwg__node_is_leaf(g, a) == rwg__node_is_leaf(g, b) &&
           !((g->out_links[a] | g->out_links[b]) & RWG__LINK_STAR);
}

/* The same for versions, with their edges. */
static bool same_version_walk(const rwg_graph *g, uint32_t a, uint32_t b) {
    const uint32_t telling = RWG__NODE_STUB | RWG_NODE_CLIENT | RWG_NODE_SERVER | RWG_NODE_LEAF;
    uint32_t count;
    uint32_t other_count;
    const rwg_edge *x = rwg__edges(g, a, &count);
    const rwg_edge *y = rwg__edges(g, b, &other_count);
    bool same = count == other_count && !((g->nodes[a].flags ^ g->nodes[b].flags) & telling) &&
                !rwg__node_is_stub(g, a);
    for (uint32_t i = 0; same && i < count; i++) {
        same = same_edge(g, a, &x[i], b, &y[i]);
    }
    return same;
}

/* A file is mostly the same in each environment: where another environment's hash is there already,
 * it may be this one's too. Only while all are computed anew, when one that is not zero is known to
 * be final. */
static bool hash_of_sibling(const walk *w, uint32_t node, rwg_hash *out) {
    const rwg_graph *g = w->g;
    const rwg_hash *hashes = hashes_of(g, w->level);
    for (uint32_t env = 1; env <= g->env_count; env++) {
        uint32_t sibling = rwg__node_id(g, g->nodes[node].file.v, env);
        if (sibling == 0 || sibling == node || rwg__hash_equal(hashes[sibling], (rwg_hash){{0}})) {
            continue;
        }
        if (w->level == LEVEL_SURFACE ? same_surface_walk(g, node, sibling)
                                      : same_version_walk(g, node, sibling)) {
            *out = hashes[sibling];
            return true;
        }
    }
    return false;
}

/* Sets the hashes of a component's members and adds those that changed to `changed`. */
static void hash_component(
    const walk *w, rwg_hash *hashes, rwg_node *members, uint32_t count, rwg__node_set *changed
) {
    rwg__nodes_sort(w->g, members, count);
    rwg_hash component = {{0}};
    bool pinned = (w->g->nodes[members[0].v].flags & RWG_NODE_PINNED) != 0;
    bool alone = w->fresh && count == 1;
    if (!pinned && !(alone && hash_of_sibling(w, members[0].v, &component))) {
        walk_component(w, members, count);
        component = finish(&w->feed);
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t node = members[i].v;
        rwg_hash hash = count == 1 ? component : member_hash(w, component, i);
        if (!rwg__hash_equal(hash, hashes[node])) {
            hashes[node] = hash;
            rwg__node_set_add(changed, node);
        }
    }
}

static bool links_to_changed(const walk *w, uint32_t node, const rwg__node_set *changed) {
    if (!(w->g->out_links[node] & w->links)) {
        return false;
    }
    uint32_t count;
    const rwg_edge *edges = rwg__edges(w->g, node, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (rwg__node_set_has(changed, edges[i].target.v) &&
            (rwg__edge_links(w->g, node, &edges[i]) & w->links)) {
            return true;
        }
    }
    return false;
}

/* Brings one level up to date: the seeds' components, and those that a change reaches. */
static void
update_level(const walk *w, rwg_hash *hashes, const rwg__node_set *seeds, rwg__node_set *changed) {
    const rwg_graph *g = w->g;
    rwg__node_set reach;
    rwg__node_set_init(&reach, g->mem, g->node_count);
    for (uint32_t i = 0; i < seeds->count; i++) {
        rwg__node_set_add(&reach, seeds->items[i].v);
    }
    rwg__node_set_add_importers(&reach, g, w->links);
    rwg__components components;
    rwg__components_find(&components, g, &reach, w->links);
    for (uint32_t c = 0; c < components.count; c++) {
        rwg_node *members = components.nodes + components.starts[c];
        uint32_t count = components.starts[c + 1] - components.starts[c];
        bool again = false;
        for (uint32_t i = 0; i < count && !again; i++) {
            again = rwg__node_set_has(seeds, members[i].v) ||
                    links_to_changed(w, members[i].v, changed);
        }
        if (again) {
            hash_component(w, hashes, members, count, changed);
        }
    }
    rwg__components_deinit(&components);
    rwg__node_set_deinit(&reach);
}

static rwg_hash *
copy_hashes(rwg__mem *mem, uint32_t count, const rwg_hash *old, uint32_t old_count) {
    rwg_hash *hashes = rwg__mem_resize(mem, NULL, 0, (size_t)count * sizeof *hashes);
    if (old) {
        memcpy(hashes, old, (size_t)old_count * sizeof *hashes);
    }
    memset(hashes + old_count, 0, (size_t)(count - old_count) * sizeof *hashes);
    return hashes;
}

/* The live nodes of `work`, or all; the dead lose their hashes. */
static void collect_seeds(rwg_graph *g, const rwg__node_set *work, rwg__node_set *seeds) {
    for (uint32_t i = 1; !work && i < g->node_count; i++) {
        if (rwg__node_live(g, i)) {
            rwg__node_set_add(seeds, i);
        }
    }
    for (uint32_t i = 0; work && i < work->count; i++) {
        uint32_t node = work->items[i].v;
        if (rwg__node_live(g, node)) {
            rwg__node_set_add(seeds, node);
        } else {
            g->own[node] = g->surface[node] = g->version[node] = (rwg_hash){{0}};
        }
    }
}

/* Those that have a link with the bit to the node. */
static void add_importers(const rwg_graph *g, uint32_t node, rwg__links link, rwg__node_set *out) {
    uint32_t count;
    const rwg__links *links;
    const rwg_node *importers = rwg__importers(g, node, &count, &links);
    for (uint32_t i = 0; i < count; i++) {
        if (links[i] & link) {
            rwg__node_set_add(out, importers[i].v);
        }
    }
}

void rwg__version_update(rwg_graph *g, const rwg_graph *prev, const rwg__node_set *work) {
    uint32_t old_count = prev ? prev->node_count : 0;
    g->own = copy_hashes(g->mem, g->node_count, prev ? prev->own : NULL, old_count);
    g->surface = copy_hashes(g->mem, g->node_count, prev ? prev->surface : NULL, old_count);
    g->version = copy_hashes(g->mem, g->node_count, prev ? prev->version : NULL, old_count);

    rwg__node_set seeds;
    rwg__node_set surfaces;
    rwg__node_set versions;
    rwg__node_set_init(&seeds, g->mem, g->node_count);
    rwg__node_set_init(&surfaces, g->mem, g->node_count);
    rwg__node_set_init(&versions, g->mem, g->node_count);
    collect_seeds(g, prev ? work : NULL, &seeds);

    byte_list bytes = {0};
    walk w = {
        .g = g, .fresh = !prev && g->node_ids, .level = LEVEL_SURFACE, .links = RWG__LINK_STAR};
    w.feed = (feed){.mem = g->mem, .bytes = &bytes};
    for (uint32_t i = 0; i < seeds.count; i++) {
        g->own[seeds.items[i].v] = own_hash(g, &w.feed, seeds.items[i].v);
    }
    w.rank = rwg__mem_zalloc(g->mem, g->node_count * sizeof *w.rank);
    update_level(&w, g->surface, &seeds, &surfaces);

    uint32_t seed_count = seeds.count;
    for (uint32_t i = 0; prev && i < seed_count; i++) {
        add_importers(g, seeds.items[i].v, RWG__LINK_TEXT, &seeds);
    }
    for (uint32_t i = 0; prev && i < surfaces.count; i++) {
        add_importers(g, surfaces.items[i].v, RWG__LINK_SURFACE, &seeds);
    }
    w.level = LEVEL_VERSION;
    w.links = RWG__LINK_VERSION;
    update_level(&w, g->version, &seeds, &versions);

    rwg__vec_free(&bytes, g->mem);
    rwg__mem_free(g->mem, w.rank, g->node_count * sizeof *w.rank);
    rwg__node_set_deinit(&seeds);
    rwg__node_set_deinit(&surfaces);
    rwg__node_set_deinit(&versions);
}

/* Prints the walk of the component that holds n. The last component found from n is its own. */
static void explain_level(walk *w, level at, rwg__links links, const char *title, uint32_t n) {
    const rwg_graph *g = w->g;
    w->level = at;
    w->links = links;
    rwg__node_set reach;
    rwg__node_set_init(&reach, g->mem, g->node_count);
    rwg__node_set_add(&reach, n);
    for (uint32_t i = 0; i < reach.count; i++) {
        uint32_t count;
        const rwg_edge *edges = rwg__edges(g, reach.items[i].v, &count);
        for (uint32_t k = 0; k < count; k++) {
            if (rwg__edge_links(g, reach.items[i].v, &edges[k]) & links) {
                rwg__node_set_add(&reach, edges[k].target.v);
            }
        }
    }
    rwg__components components;
    rwg__components_find(&components, g, &reach, links);
    rwg_node *members = components.nodes + components.starts[components.count - 1];
    uint32_t count = components.node_count - components.starts[components.count - 1];
    rwg__nodes_sort(g, members, count);
    char hex[33];
    rwg__hash_hex(hashes_of(g, at)[n], hex);
    rwg_sink_printf(w->feed.text, "%s %s", title, hex);
    if (count > 1) {
        uint32_t rank = 0;
        while (members[rank].v != n) {
            rank++;
        }
        rwg_sink_printf(
            w->feed.text, "\n  member %u of a cycle of %u", (unsigned)rank, (unsigned)count
        );
    }
    walk_component(w, members, count);
    rwg_sink_cstr(w->feed.text, "\n");
    rwg__components_deinit(&components);
    rwg__node_set_deinit(&reach);
}

void rwg_graph_explain(const rwg_graph *g, rwg_node n, rwg_sink *sink) {
    if (!rwg__node_live(g, n.v)) {
        return;
    }
    rwg_sink_write(sink, rwg__node_path(g, n.v));
    rwg_sink_cstr(sink, " (");
    rwg_sink_write(sink, rwg__node_env_name(g, n.v));
    rwg_sink_cstr(sink, ")\n");
    char hex[33];
    rwg__hash_hex(g->own[n.v], hex);
    rwg_sink_printf(sink, "own %s", hex);
    walk w = {.g = g, .feed = {.text = sink}};
    if (rwg__node_is_stub(g, n.v)) {
        walk_stub(g, &w.feed, n.v);
        rwg_sink_cstr(sink, "\n");
    } else {
        rwg_sink_cstr(sink, " of the file's bytes\n");
    }
    if (g->nodes[n.v].flags & RWG_NODE_PINNED) {
        rwg_sink_cstr(sink, "pinned: it has no surface and no version\n");
        return;
    }
    w.rank = rwg__mem_zalloc(g->mem, g->node_count * sizeof *w.rank);
    explain_level(&w, LEVEL_SURFACE, RWG__LINK_STAR, "surface", n.v);
    explain_level(&w, LEVEL_VERSION, RWG__LINK_VERSION, "version", n.v);
    rwg__mem_free(g->mem, w.rank, g->node_count * sizeof *w.rank);
}
