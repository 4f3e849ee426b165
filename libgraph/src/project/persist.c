/* State <-> database image.
 *
 * Loading adopts: files get their records and their nodes the stored edges, without resolving or
 * reading anything; what the edges rest on (folder listings, inputs) comes along, to be verified by
 * read_verify. Saving writes rows of files that changed. A node's edges are the same in most
 * environments, so they are stored once with a mask. */
#include <rwgraph/diag.h>

#include "base/fsutil.h"
#include "base/hash.h"
#include "project/state.h"

#include <stdlib.h>

/* --- where the database is --- */

static bool folder_exists(const rwg_project *p, const char *name) {
    rwg__path path;
    rwg_fs_stat stat;
    return rwg__path_join(&path, p->root, rwg__str_c(name)) &&
           p->fs.stat(p->fs.self, rwg__path_str(&path), &stat) == RWG_OK && stat.kind == RWG_FS_DIR;
}

static rwg_str default_path(rwg_project *p) {
    const char *name = folder_exists(p, "node_modules") ? "node_modules/.cache/rwgraph/graph.db"
                                                        : ".rwgraph/graph.db";
    rwg__path path;
    return rwg__path_join(&path, p->root, rwg__str_c(name))
               ? rwg__project_name(p, rwg__path_str(&path))
               : (rwg_str){0};
}

/* Everything that must be equal for a stored record or edge to mean today what it meant then. */
static rwg_hash store_key(rwg_project *p) {
    const uint16_t probe = 1;
    rwg__hasher *h = rwg__hasher_new(p->mem);
    rwg__hasher_u32(h, RWG__RECORD_FORMAT);
    rwg__hasher_str(h, rwg__str_c(rwg_version_string()));
    rwg__hasher_str(h, rwg__grammar_versions());
    rwg__hasher_u32(h, *(const uint8_t *)&probe); /* byte order */
    rwg__hasher_hash(h, p->config_hash);
    rwg_hash key = rwg__hasher_finish(h);
    rwg__hasher_free(h, p->mem);
    return key;
}

static void note(rwg_project *p, rwg_str text, bool dropped) {
    if (text.len) {
        p->cache_dropped |= dropped;
        rwg__project_notice(
            p, RWG_DIAG_CACHE_DROPPED, RWG_SEVERITY_WARNING, p->cache_path, text, (rwg_str){0}
        );
    }
}

void rwg__persist_open(rwg_project *p, rwg_str cache_path) {
    p->cache_path = cache_path.len ? rwg__project_name(p, cache_path) : default_path(p);
    if (p->cache_path.len == 0) {
        return;
    }
    rwg__arena arena;
    rwg__arena_init(&arena, p->mem);
    rwg_str notice = {0};
    bool dropped = false;
    rwg__store_open(p->mem, p->cache_path, store_key(p), &arena, &p->store, &notice, &dropped);
    note(p, notice, dropped);
    rwg__arena_deinit(&arena);
    if (p->store && p->worker_count > 1) {
        rwg__store_use_helper(p->store);
    }
}

void rwg__persist_close(rwg_project *p) {
    rwg__store_close(p->store);
    p->store = NULL;
}

/* --- loading --- */

typedef struct loader {
    rwg_project *p;
    const rwg__image *image;
    uint32_t *ids;   /* [stored file id] our file id */
    uint32_t *nodes; /* [stored file id * environments + environment - 1] our node, 0 = none */
} loader;

static rwg_str absolute(rwg_project *p, rwg_str rel) {
    rwg__path path;
    bool odd = rel.len == 0 || rel.ptr[0] == '.' || rel.ptr[0] == '/' || p->root.len == 1;
    if (odd || p->root.len + rel.len + 2 > sizeof path.bytes) {
        return rwg__path_join(&path, p->root, rel) ? rwg__project_name(p, rwg__path_str(&path))
                                                   : p->root;
    }
    /* Nearly all: there is nothing to normalise. */
    memcpy(path.bytes, p->root.ptr, p->root.len);
    path.bytes[p->root.len] = '/';
    memcpy(path.bytes + p->root.len + 1, rel.ptr, rel.len);
    path.len = p->root.len + 1 + rel.len;
    return rwg__project_name(p, (rwg_str){path.bytes, path.len});
}

/* As rwg__project_file, where the relative path is known: mostly it is the end of the absolute one.
 */
static rwg_file add_file(rwg_project *p, rwg_str rel) {
    rwg_str abs = absolute(p, rel);
    bool added = false;
    uint32_t *id = rwg__strmap_put(&p->by_path, abs, &added);
    if (added) {
        *id = p->files.len;
        bool inside = rwg__str_ends(abs, rel) && abs.len == p->root.len + 1 + rel.len;
        *rwg__vec_push(&p->files, p->mem) = (file_state){
            .abs = abs,
            .rel = inside ? rwg__str_from(abs, abs.len - rel.len) : rwg__project_name(p, rel),
        };
    }
    return (rwg_file){*id};
}

static void load_file(loader *l, const rwg__stored_file *row) {
    rwg_project *p = l->p;
    rwg_file file = add_file(p, row->path);
    l->ids[row->id] = file.v;
    file_state *f = &p->files.ptr[file.v];
    f->stored_id = row->id;
    p->last_stored_id = row->id > p->last_stored_id ? row->id : p->last_stored_id;
    f->saved_mask = row->node_mask;
    f->package = rwg__project_name(p, row->package);
    f->module = (rwg_module *)row->module; /* the image's reference becomes ours */
    f->content = row->content;
    f->stat = row->stat;
    f->checked_ns = row->checked_ns;
    f->flags = row->flags & 0xFFFF & ~(uint32_t)FILE_TEXT;
    f->problem = (uint16_t)(row->flags >> 16);
    f->entry_mask = row->entry_mask;
    f->read = READ_DONE;
    f->read_once = true;
    if (row->dir_count) {
        uint32_t *dirs = rwg__arena_alloc(&p->facts, row->dir_count * sizeof *dirs);
        memcpy(dirs, row->dirs, row->dir_count * sizeof *dirs);
        f->dirs = dirs;
        f->dir_count = row->dir_count;
    }
}

/* Links that only some environments have come last; a stable insertion puts them in their place.
 * Almost always there is nothing to move. */
static void sort_by_import(rwg_edge *edges, uint32_t count) {
    for (uint32_t i = 1; i < count; i++) {
        if (edges[i - 1].import <= edges[i].import) {
            continue;
        }
        rwg_edge moved = edges[i];
        uint32_t low = 0;
        uint32_t high = i;
        while (low < high) {
            uint32_t middle = low + (high - low) / 2;
            if (edges[middle].import <= moved.import) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        memmove(&edges[low + 1], &edges[low], (i - low) * sizeof *edges);
        edges[low] = moved;
    }
}

static uint32_t *node_slot(const loader *l, uint32_t stored_file, rwg_env env) {
    return &l->nodes[(size_t)stored_file * l->p->config.env_count + env.v - 1];
}

/* The node that a link leads to. Nearly always it was made already, and is a module. */
static rwg_node load_target(loader *l, const rwg__stored_link *link, rwg_env env) {
    rwg_project *p = l->p;
    rwg_file file = {l->ids[link->target]};
    uint32_t *known = node_slot(l, link->target, env);
    if (link->flags & RWG_EDGE_TEXT) {
        *known = rwg__project_node(p, file, env).v;
    } else if (*known == 0 || !p->nodes.ptr[*known].module) {
        *known = rwg__project_module(p, file, env).v;
    }
    return (rwg_node){*known};
}

static void load_edges(loader *l, const rwg__stored_file *row, rwg_file file, rwg_env env) {
    rwg_project *p = l->p;
    bool entry = row->entry_mask >> (env.v - 1) & 1;
    uint32_t id = (entry ? rwg__project_module : rwg__project_node)(p, file, env).v;
    uint32_t count = 0;
    for (uint32_t i = 0; i < row->link_count; i++) {
        count += row->links[i].env_mask >> (env.v - 1) & 1;
    }
    rwg_edge *edges = rwg__mem_resize(p->mem, NULL, 0, count * sizeof *edges);
    uint32_t n = 0;
    bool complete = true;
    for (uint32_t i = 0; i < row->link_count; i++) {
        const rwg__stored_link *link = &row->links[i];
        if (!(link->env_mask >> (env.v - 1) & 1)) {
            continue;
        }
        rwg_edge edge = {
            .import = link->import,
            .kind = link->kind,
            .outcome = link->outcome,
            .flags = link->flags};
        if (link->target == 0 && link->outcome == RWG_OUTCOME_FILE) {
            complete = false; /* what it led to is not stored, an unsaved buffer: resolve again */
        }
        if (link->target) {
            rwg_env to = {link->target_env ? link->target_env : env.v};
            edge.target = load_target(l, link, to);
        }
        edge.text = link->text.len ? rwg__intern_id(&p->names->table, link->text) : 0;
        edges[n++] = edge;
    }
    if (!complete) {
        rwg__mem_free(p->mem, edges, count * sizeof *edges);
        return; /* the node is still due, from when it was made */
    }
    sort_by_import(edges, count);
    node_state *node = &p->nodes.ptr[id];
    node->edges = edges;
    node->edge_count = count;
    node->expanded = true;
    node->flags = rwg__expand_form(p, file, env);
}

/* Room for all that the image is about to bring, so that no table grows step by step. */
static void reserve_tables(loader *l) {
    rwg_project *p = l->p;
    uint32_t files = l->image->file_count;
    uint32_t nodes = 0;
    for (uint32_t i = 0; i < files; i++) {
        for (uint32_t mask = l->image->files[i].node_mask; mask; mask &= mask - 1) {
            nodes++;
        }
    }
    rwg__vec_reserve(&p->files, p->mem, files);
    rwg__vec_reserve(&p->nodes, p->mem, nodes);
    rwg__vec_reserve(&p->queue, p->mem, nodes);
    rwg__vec_reserve(&p->dirty, p->mem, nodes);
    rwg__strmap_reserve(&p->by_path, files);
    rwg__strmap_reserve(&p->names->table.ids, files);
    rwg__vec_reserve(&p->names->table.strings, p->mem, files);
}

/* All nodes before any edge, so that those of a file lie side by side. */
static void load_nodes(loader *l) {
    for (uint32_t i = 0; i < l->image->file_count; i++) {
        const rwg__stored_file *row = &l->image->files[i];
        rwg_file file = {l->ids[row->id]};
        for (uint32_t env = 1; row->node_mask >> (env - 1); env++) {
            if (row->node_mask >> (env - 1) & 1) {
                *node_slot(l, row->id, (rwg_env){env}) =
                    rwg__project_node(l->p, file, (rwg_env){env}).v;
            }
        }
    }
    for (uint32_t i = 0; i < l->image->file_count; i++) {
        const rwg__stored_file *row = &l->image->files[i];
        rwg_file file = {l->ids[row->id]};
        for (uint32_t env = 1; row->node_mask >> (env - 1); env++) {
            if (row->node_mask >> (env - 1) & 1) {
                load_edges(l, row, file, (rwg_env){env});
            }
        }
    }
    /* Adopted nodes were queued when they were made; they are complete already. */
    for (uint32_t i = l->p->queue_head; i < l->p->queue.len; i++) {
        node_state *n = &l->p->nodes.ptr[l->p->queue.ptr[i]];
        n->queued = false;
        n->due = !n->expanded;
    }
    uint32_t kept = 0;
    for (uint32_t i = l->p->queue_head; i < l->p->queue.len; i++) {
        uint32_t id = l->p->queue.ptr[i];
        if (l->p->nodes.ptr[id].due) {
            l->p->nodes.ptr[id].queued = true;
            l->p->queue.ptr[kept++] = id;
        }
    }
    l->p->queue.len = kept;
    l->p->queue_head = 0;
}

static void load_facts(loader *l) {
    rwg_project *p = l->p;
    for (uint32_t i = 0; i < l->image->dir_count; i++) {
        const rwg__stored_dir *row = &l->image->dirs[i];
        dir_fact fact = {
            .abs = absolute(p, row->path),
            .listing = row->listing,
            .stat = row->stat,
            .checked_ns = row->checked_ns,
        };
        /* Ids are positions, so a walked folder keeps its place in both lists. */
        *rwg__vec_push(&p->stored_dirs, p->mem) = fact;
        if (row->walked) {
            *rwg__vec_push(&p->walked, p->mem) = fact;
            *rwg__strmap_put(&p->walked_ids, fact.abs, NULL) = p->walked.len;
        }
    }
    for (uint32_t i = 0; i < l->image->input_count; i++) {
        const rwg__stored_input *row = &l->image->inputs[i];
        *rwg__vec_push(&p->stored_inputs, p->mem) =
            (input_fact){absolute(p, row->path), row->content, row->stat, row->checked_ns};
    }
}

static void load_diags(loader *l) {
    rwg_project *p = l->p;
    for (uint32_t i = 0; i < l->image->diag_count; i++) {
        const rwg__stored_diag *row = &l->image->diags[i];
        rwg_file file = {l->ids[row->file]};
        for (uint32_t env = 1; row->env_mask >> (env - 1); env++) {
            rwg_node node = rwg__project_find_node(p, file, (rwg_env){env});
            if (!(row->env_mask >> (env - 1) & 1) || !node.v) {
                continue;
            }
            p->nodes.ptr[node.v].diag_hash = 1; /* equal to no hash over found ones */
            *rwg__vec_push(&p->diags, p->mem) = (edge_diag){
                .node = node.v,
                .row =
                    {
                        .file = file,
                        .env_mask = 1u << (env - 1),
                        .code = row->code,
                        .severity = row->severity,
                        .span = row->span,
                        .line = row->line,
                        .message = rwg__project_name(p, row->message),
                        .fix = rwg__project_name(p, row->fix),
                    },
            };
        }
    }
}

/* How many folders up a path leads from the root. */
static uint32_t levels_up(rwg_str path) {
    uint32_t levels = 0;
    while (rwg__str_starts(path, RWG_STR("../"))) {
        path = rwg__str_from(path, 3);
        levels++;
    }
    return levels + rwg__str_eq_c(path, "..");
}

/* Paths outside the root are stored relative to it. In a place with fewer folders above, they would
 * lead elsewhere. */
static bool fits_here(const rwg_project *p, const rwg__image *image) {
    uint32_t depth = 0;
    for (uint32_t i = 0; i < p->root.len; i++) {
        depth += p->root.ptr[i] == '/';
    }
    bool fits = true;
    for (uint32_t i = 0; i < image->file_count; i++) {
        fits &= levels_up(image->files[i].path) <= depth;
    }
    for (uint32_t i = 0; i < image->dir_count; i++) {
        fits &= levels_up(image->dirs[i].path) <= depth;
    }
    for (uint32_t i = 0; i < image->input_count; i++) {
        fits &= levels_up(image->inputs[i].path) <= depth;
    }
    return fits;
}

static void refuse(rwg_project *p, const rwg__image *image) {
    for (uint32_t i = 0; i < image->file_count; i++) {
        if (image->files[i].module) {
            rwg__module_release(image->files[i].module);
        }
    }
    note(
        p,
        RWG_STR(
            "the cache was discarded: the project has moved to a place that its paths do not fit"
        ),
        true
    );
}

bool rwg__persist_load(rwg_project *p) {
    uint64_t start = rwg__now_ns();
    rwg__arena arena;
    rwg__arena_init(&arena, p->mem);
    rwg__image image = {0};
    rwg_str notice = {0};
    bool found = rwg__store_load(p->store, &arena, &image, &notice);
    note(p, notice, true);
    if (found && !fits_here(p, &image)) {
        refuse(p, &image);
        found = false;
    }
    if (found) {
        loader l = {.p = p, .image = &image};
        /* Ascending ids: the last is the greatest. What the image names is in it. */
        uint32_t last = image.file_count ? image.files[image.file_count - 1].id : 0;
        l.ids = rwg__arena_zalloc(&arena, (last + 1) * sizeof *l.ids);
        l.nodes =
            rwg__arena_zalloc(&arena, ((size_t)last + 1) * p->config.env_count * sizeof *l.nodes);
        reserve_tables(&l);
        for (uint32_t i = 0; i < image.file_count; i++) {
            load_file(&l, &image.files[i]);
        }
        load_facts(&l);
        rwg__read_verify_begin(p); /* the workers stat while the rest is adopted */
        load_nodes(&l);
        load_diags(&l);
        for (uint32_t i = 0; i < image.dep_count; i++) {
            *rwg__vec_push(&p->committed, p->mem) = (rwg__committed
            ){{image.deps[i].env}, rwg__project_name(p, image.deps[i].specifier)};
        }
        p->generation = image.generation;
        p->saved_generation = image.generation;
        p->stored = true;
        for (uint32_t i = 0; i < p->dirty.len; i++) {
            p->nodes.ptr[p->dirty.ptr[i]].dirty =
                false; /* they are as the stored generation had them */
        }
        p->dirty.len = 0;
        p->structure_saved = true;
    }
    rwg__arena_deinit(&arena);
    if (p->trace) {
        rwg__trace_span(p->trace, 0, "load", start, rwg__now_ns());
    }
    return found;
}

/* --- saving --- */

typedef struct saver {
    rwg_project *p;
    bool everything; /* all rows, not only those that differ from the database */
    rwg__arena arena;
    uint16_t *masks; /* [file]: environments in which it is reached */
    RWG_VEC(rwg__stored_file) files;
    RWG_VEC(uint32_t) first_links; /* [index in files] */
    RWG_VEC(uint32_t) first_dirs;
    RWG_VEC(rwg__stored_dir) dirs;
    RWG_VEC(rwg_str) dir_paths; /* absolute */
    RWG_VEC(rwg__stored_input) inputs;
    RWG_VEC(rwg__stored_diag) diags;
    RWG_VEC(rwg__stored_link) links;
    RWG_VEC(uint32_t) file_dirs;
    RWG_VEC(uint32_t) removed;
    rwg__strmap dir_ids; /* absolute path -> index in dirs + 1 */
    rwg__strmap input_ids;
    uint32_t first_link; /* of the file at hand */
    uint32_t next_link;  /* where its next link is, if this environment's are as the first's */
    bool links_mapped;   /* link_ids holds its links */
    rwg__idmap link_ids; /* hash of a link -> index in links + 1 */
    uint32_t *resolver_dir_ids; /* [resolver's folder id] -> index in dirs */
    uint32_t *dir_users;        /* [index in dirs] the last file found to rest on it */
} saver;

static rwg_str relative(saver *s, rwg_str abs) {
    rwg__path rel;
    bool fits = rwg__path_relative(&rel, s->p->root, abs);
    RWG_ASSERT(fits);
    return rwg__arena_str(&s->arena, rwg__path_str(&rel));
}

/* The folder's index, which is its id in the rows of files; a later fact about a known folder
 * replaces the earlier. */
static uint32_t save_dir(saver *s, const dir_fact *fact) {
    uint32_t *slot = rwg__strmap_put(&s->dir_ids, fact->abs, NULL);
    if (*slot == 0) {
        *rwg__vec_push(&s->dirs, s->p->mem) = (rwg__stored_dir){.path = relative(s, fact->abs)};
        *rwg__vec_push(&s->dir_paths, s->p->mem) = fact->abs;
        *slot = s->dirs.len;
    }
    rwg__stored_dir *dir = &s->dirs.ptr[*slot - 1];
    dir->listing = fact->listing;
    dir->stat = fact->stat;
    dir->checked_ns = fact->checked_ns;
    return *slot - 1;
}

static void save_resolver_dirs(saver *s) {
    rwg_project *p = s->p;
    uint32_t count = rwg__resolver_dir_count(p->resolver);
    s->resolver_dir_ids = rwg__arena_zalloc(&s->arena, (count + 1) * sizeof(uint32_t));
    for (uint32_t id = 1; id <= count; id++) {
        rwg__dir_fact fact;
        rwg__resolver_dir(p->resolver, id, &fact);
        dir_fact copy = {
            .abs = fact.path,
            .listing = fact.listing,
            .stat = fact.stat,
            .checked_ns = fact.checked_ns};
        s->resolver_dir_ids[id] = save_dir(s, &copy);
    }
}

static bool same_link(const rwg__stored_link *a, const rwg__stored_link *b) {
    return a->import == b->import && a->kind == b->kind && a->outcome == b->outcome &&
           a->flags == b->flags && a->target == b->target && a->target_env == b->target_env &&
           a->text.ptr == b->text.ptr; /* both in names */
}

static uint64_t link_hash(const rwg__stored_link *link) {
    const uint64_t key[] = {
        rwg__pair(link->import, link->target),
        rwg__pair((uint32_t)link->kind << 16 | link->outcome, link->flags),
        link->target_env,
        (uint64_t)(uintptr_t)link->text.ptr,
    };
    return rwg__hash_quick(key, sizeof key) >> 1;
}

/* Where this link of another environment than the first is, or would be added. Nearly always it is
 * the next one; only when an environment goes its own way all of the file's are looked at. */
static uint32_t find_link(saver *s, const rwg__stored_link *link) {
    if (s->next_link < s->links.len && same_link(&s->links.ptr[s->next_link], link)) {
        return s->next_link;
    }
    if (!s->links_mapped) {
        rwg__idmap_clear(&s->link_ids);
        for (uint32_t i = s->first_link; i < s->links.len; i++) {
            *rwg__idmap_put(&s->link_ids, link_hash(&s->links.ptr[i]), NULL) = i + 1;
        }
        s->links_mapped = true;
    }
    uint32_t *slot = rwg__idmap_put(&s->link_ids, link_hash(link), NULL);
    if (*slot == 0) {
        *slot = s->links.len + 1;
    }
    return *slot - 1;
}

/* Equal edges of several environments become one link with a mask. */
static void add_link(saver *s, const rwg_edge *edge, rwg_env env, bool first_env) {
    rwg_project *p = s->p;
    rwg__stored_link link = {
        .import = edge->import,
        .kind = edge->kind,
        .outcome = edge->outcome,
        .flags = edge->flags & (uint8_t)~RWG_EDGE_EMBEDS,
        .text = rwg__intern_str(&p->names->table, edge->text),
    };
    if (edge->target.v) {
        const node_state *target = &p->nodes.ptr[edge->target.v];
        link.target = p->files.ptr[target->file.v].stored_id;
        link.target_env = target->env.v == env.v ? 0 : (uint16_t)target->env.v;
    }
    uint32_t at = first_env ? s->links.len : find_link(s, &link);
    if (at == s->links.len) {
        *rwg__vec_push(&s->links, p->mem) = link;
    }
    s->links.ptr[at].env_mask |= (uint16_t)(1u << (env.v - 1));
    s->next_link = at + 1;
}

static void add_file_dir(saver *s, rwg_file file, uint32_t dir) {
    if (s->dir_users[dir] != file.v) {
        s->dir_users[dir] = file.v;
        *rwg__vec_push(&s->file_dirs, s->p->mem) = dir;
    }
}

/* The folders a node's edges rest on: those of its resolutions, or the adopted ones of its file. */
static void add_node_dirs(saver *s, const node_state *n) {
    rwg_project *p = s->p;
    const file_state *f = &p->files.ptr[n->file.v];
    for (uint32_t i = 0; !n->ids && i < f->dir_count; i++) {
        add_file_dir(s, n->file, f->dirs[i]);
    }
    for (uint32_t i = 0; i < n->id_count; i++) {
        uint32_t count = 0;
        const uint32_t *dirs =
            n->ids[i] ? rwg__resolver_dirs_of(p->resolver, n->ids[i], &count) : NULL;
        for (uint32_t k = 0; k < count; k++) {
            add_file_dir(s, n->file, s->resolver_dir_ids[dirs[k]]);
        }
    }
}

static uint16_t reached_mask(const rwg_project *p, rwg_file file) {
    uint32_t mask = 0;
    for (uint32_t id = p->files.ptr[file.v].first_node; id; id = p->nodes.ptr[id].next_of_file) {
        bool reached = id < p->current->node_count && p->nodes.ptr[id].live &&
                       p->current->nodes[id].flags & RWG_NODE_REACHED;
        mask |= reached ? 1u << (p->nodes.ptr[id].env.v - 1) : 0;
    }
    return (uint16_t)mask;
}

/* What a file imports is not stored with nodes that are its text alone: it is not in the graph. */
static bool is_leaf(const rwg_project *p, uint32_t node) {
    return node < p->current->node_count && p->current->nodes[node].flags & RWG_NODE_LEAF;
}

/* All nodes of a file that has some are leaves. */
static bool is_text(const rwg_project *p, rwg_file file, uint16_t mask) {
    bool leaves = mask != 0;
    for (uint32_t id = p->files.ptr[file.v].first_node; id; id = p->nodes.ptr[id].next_of_file) {
        leaves &= !(mask >> (p->nodes.ptr[id].env.v - 1) & 1) || is_leaf(p, id);
    }
    return leaves;
}

static void save_file(saver *s, rwg_file file, uint16_t mask) {
    rwg_project *p = s->p;
    file_state *f = &p->files.ptr[file.v];
    uint32_t first_dir = s->file_dirs.len;
    s->first_link = s->links.len;
    s->links_mapped = false;
    for (uint32_t env = 1; mask >> (env - 1); env++) {
        if (mask >> (env - 1) & 1) {
            uint32_t id = rwg__project_find_node(p, file, (rwg_env){env}).v;
            const node_state *n = &p->nodes.ptr[id];
            if (is_leaf(p, id)) {
                continue;
            }
            bool first_env = s->links.len == s->first_link;
            s->next_link = s->first_link;
            for (uint32_t i = 0; i < n->edge_count; i++) {
                add_link(s, &n->edges[i], n->env, first_env);
            }
            add_node_dirs(s, n);
        }
    }
    *rwg__vec_push(&s->files, p->mem) = (rwg__stored_file){
        .id = f->stored_id,
        .path = f->rel,
        .package = f->package,
        .stat = f->stat,
        .checked_ns = f->checked_ns,
        .content = f->content,
        .flags = f->flags | (is_text(p, file, mask) ? FILE_TEXT : 0) | (uint32_t)f->problem << 16,
        .node_mask = mask,
        .entry_mask = f->entry_mask,
        .module = f->module,
        .link_count = s->links.len - s->first_link,
        .dir_count = s->file_dirs.len - first_dir,
    };
    *rwg__vec_push(&s->first_links, p->mem) = s->first_link;
    *rwg__vec_push(&s->first_dirs, p->mem) = first_dir;
    f->unsaved = false;
    f->saved_mask = mask;
}

static bool overlaid(const rwg_project *p, rwg_str path) {
    for (uint32_t i = 0; i < p->overlays.len; i++) {
        if (p->overlays.ptr[i].text && rwg__str_eq(p->overlays.ptr[i].path, path)) {
            return true;
        }
    }
    return false;
}

/* Files with a place in the database: sources, and what is reached. Gives them ids before any link
 * names them. */
static void choose_files(saver *s) {
    rwg_project *p = s->p;
    s->masks = rwg__arena_zalloc(&s->arena, p->files.len * sizeof *s->masks);
    for (uint32_t id = 1; id < p->files.len; id++) {
        file_state *f = &p->files.ptr[id];
        s->masks[id] = reached_mask(p, (rwg_file){id});
        bool known = f->read_once && !(f->flags & FILE_GONE);
        bool kept = known && (s->masks[id] || f->flags & FILE_SOURCE) && !overlaid(p, f->abs);
        if (kept && !f->stored_id) {
            f->stored_id = ++p->last_stored_id;
            f->unsaved = true;
        } else if (!kept && f->stored_id) {
            *rwg__vec_push(&s->removed, p->mem) = f->stored_id;
            f->stored_id = 0;
        }
    }
}

static void save_files(saver *s) {
    rwg_project *p = s->p;
    choose_files(s);
    for (uint32_t id = 1; id < p->files.len; id++) {
        const file_state *f = &p->files.ptr[id];
        if (f->stored_id && (s->everything || f->unsaved || f->saved_mask != s->masks[id])) {
            save_file(s, (rwg_file){id}, s->masks[id]);
        }
    }
    for (uint32_t i = 0; i < s->files.len; i++) {
        s->files.ptr[i].links = s->links.ptr + s->first_links.ptr[i];
        s->files.ptr[i].dirs = s->file_dirs.ptr + s->first_dirs.ptr[i];
    }
}

/* Folders of the last save come first and in its order, so that rows which stay in the database
 * keep their meaning. The resolver's facts replace older ones, because the newer edges rest on
 * them. */
static void save_dirs(saver *s) {
    rwg_project *p = s->p;
    for (uint32_t i = 0; i < p->stored_dirs.len; i++) {
        uint32_t id = save_dir(s, &p->stored_dirs.ptr[i]);
        RWG_ASSERT(id == i);
    }
    for (uint32_t i = 0; i < p->walked.len; i++) {
        uint32_t id = save_dir(s, &p->walked.ptr[i]); /* before dirs.ptr is read: it may move */
        s->dirs.ptr[id].walked = true;
    }
    save_resolver_dirs(s);
    s->dir_users = rwg__arena_zalloc(&s->arena, s->dirs.len * sizeof *s->dir_users);
}

/* What was written is what the next save extends. */
static void keep_dirs(saver *s) {
    rwg_project *p = s->p;
    for (uint32_t i = 0; i < s->dirs.len; i++) {
        const rwg__stored_dir *dir = &s->dirs.ptr[i];
        dir_fact fact = {
            .abs = rwg__project_name(p, s->dir_paths.ptr[i]),
            .listing = dir->listing,
            .stat = dir->stat,
            .checked_ns = dir->checked_ns,
        };
        if (i < p->stored_dirs.len) {
            p->stored_dirs.ptr[i] = fact;
        } else {
            *rwg__vec_push(&p->stored_dirs, p->mem) = fact;
        }
    }
}

static void save_input(saver *s, const input_fact *fact) {
    bool added = false;
    rwg__strmap_put(&s->input_ids, fact->abs, &added);
    if (added) {
        *rwg__vec_push(&s->inputs, s->p->mem) = (rwg__stored_input
        ){relative(s, fact->abs), fact->content, fact->stat, fact->checked_ns};
    }
}

static void save_inputs(saver *s) {
    rwg_project *p = s->p;
    for (uint32_t id = 1; id <= rwg__resolver_input_count(p->resolver); id++) {
        rwg__input_fact fact;
        rwg__resolver_input(p->resolver, id, &fact);
        save_input(s, &(input_fact){fact.path, fact.content, fact.stat, fact.checked_ns});
    }
    for (uint32_t i = 0; i < p->stored_inputs.len; i++) {
        save_input(s, &p->stored_inputs.ptr[i]);
    }
    for (uint32_t i = 0; i < p->entry_inputs.len; i++) {
        save_input(s, &p->entry_inputs.ptr[i]);
    }
}

static void save_diags(saver *s) {
    rwg_project *p = s->p;
    for (uint32_t i = 0; i < p->diags.len; i++) {
        const rwg__diag_row *row = &p->diags.ptr[i].row;
        const file_state *f = &p->files.ptr[row->file.v];
        if (f->stored_id && row->env_mask & s->masks[row->file.v] &&
            !is_leaf(p, p->diags.ptr[i].node)) {
            *rwg__vec_push(&s->diags, p->mem) = (rwg__stored_diag){
                .file = f->stored_id,
                .env_mask = (uint16_t)row->env_mask,
                .code = row->code,
                .severity = row->severity,
                .span = row->span,
                .line = row->line,
                .message = row->message,
                .fix = row->fix,
            };
        }
    }
}

static rwg_status write_image(saver *s, rwg_error *err) {
    rwg_project *p = s->p;
    rwg_str names[RWG_MAX_ENVS];
    rwg__stored_dep *deps = rwg__arena_alloc(&s->arena, p->committed.len * sizeof *deps);
    for (uint32_t i = 0; i < p->committed.len; i++) {
        deps[i] = (rwg__stored_dep){p->committed.ptr[i].env.v, p->committed.ptr[i].specifier};
    }
    for (uint32_t i = 0; i < p->config.env_count; i++) {
        names[i] = p->envs[i].name;
    }
    rwg__image image = {
        .generation = p->generation,
        .env_names = names,
        .env_count = p->config.env_count,
        .files = s->files.ptr,
        .file_count = s->files.len,
        .dirs = s->dirs.ptr,
        .dir_count = s->dirs.len,
        .inputs = s->inputs.ptr,
        .input_count = s->inputs.len,
        .diags = s->diags.ptr,
        .diag_count = s->diags.len,
        .deps = deps,
        .dep_count = p->committed.len,
    };
    return rwg__store_save(
        p->store,
        &(rwg__save){
            .image = &image,
            .removed = s->removed.ptr,
            .removed_count = s->removed.len,
            .all = s->everything,
            .structure = true,
            .steps = p->history.ptr,
            .step_count = p->history.len,
        },
        err
    );
}

static void stop_saver(saver *s) {
    rwg__mem *mem = s->p->mem;
    rwg__vec_free(&s->files, mem);
    rwg__vec_free(&s->first_links, mem);
    rwg__vec_free(&s->first_dirs, mem);
    rwg__vec_free(&s->dirs, mem);
    rwg__vec_free(&s->dir_paths, mem);
    rwg__vec_free(&s->inputs, mem);
    rwg__vec_free(&s->diags, mem);
    rwg__vec_free(&s->links, mem);
    rwg__vec_free(&s->file_dirs, mem);
    rwg__vec_free(&s->removed, mem);
    rwg__strmap_deinit(&s->dir_ids);
    rwg__strmap_deinit(&s->input_ids);
    rwg__idmap_deinit(&s->link_ids);
    rwg__arena_deinit(&s->arena);
}

static bool is_saved(const rwg_project *p) {
    return p->structure_saved && p->saved_generation == p->generation;
}

static rwg_status save_rows(rwg_project *p, bool everything, rwg_error *err) {
    saver s = {.p = p, .everything = everything};
    rwg__arena_init(&s.arena, p->mem);
    rwg__strmap_init(&s.dir_ids, p->mem);
    rwg__strmap_init(&s.input_ids, p->mem);
    rwg__idmap_init(&s.link_ids, p->mem);
    save_dirs(&s);
    save_files(&s);
    save_inputs(&s);
    save_diags(&s);
    rwg_status status = write_image(&s, err);
    if (status == RWG_OK) {
        keep_dirs(&s);
    }
    stop_saver(&s);
    return status;
}

rwg_status rwg__persist_save(rwg_project *p, rwg_error *err) {
    if (!p->scanned || is_saved(p)) {
        return RWG_OK;
    }
    uint64_t start = rwg__now_ns();
    bool everything = !p->stored || rwg__store_is_loose(p->store);
    rwg_status status = save_rows(p, everything, err);
    if (status == RWG_STORE && p->stored) {
        /* Another process has saved in between: rows that only differ from ours are no use to it.
         */
        status = save_rows(p, true, err);
    }
    if (status == RWG_OK) {
        p->stored = true;
        p->structure_saved = true;
        p->saved_generation = p->generation;
    }
    rwg__history_clear(p);
    p->stats.save_ns += rwg__now_ns() - start;
    if (p->trace) {
        rwg__trace_span(p->trace, 0, "save", start, rwg__now_ns());
    }
    return status;
}
