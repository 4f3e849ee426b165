/* Where the database is, and database image -> state.
 *
 * Loading adopts: files get their records and their nodes the stored edges, without resolving or
 * reading anything; what the edges rest on (folder listings, inputs) comes along, to be verified by
 * read_verify. The other way is persist_save.c. */
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
        const input_fact fact = {absolute(p, row->path), row->content, row->stat, row->checked_ns};
        if (rwg__walk_is_rules(fact.abs)) {
            *rwg__vec_push(&p->rules, p->mem) = fact;
        } else {
            *rwg__vec_push(&p->stored_inputs, p->mem) = fact;
        }
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
