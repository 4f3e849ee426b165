/* State -> database image.
 *
 * Saving writes rows of files that changed. A node's edges are the same in most environments, so
 * they are stored once with a mask. Facts are stored as those knew them who rest on them: the walk
 * and the resolver of this process, and links that were adopted from the last one. Where these
 * differ, something changed and nobody told; then no fact is stored, and the next start looks. */
#include "base/fsutil.h"
#include "base/hash.h"
#include "project/state.h"

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
    RWG_VEC(bool) dir_used;     /* something rests on the fact that is in dirs */
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

/* The folder's index, which is its id in the rows of files. Something rests on the fact if `used`:
 * sources that the walk found there, links. When several such facts about a folder differ, it has
 * changed meanwhile and nobody has told: then none is stored, and the next start looks again. */
static uint32_t save_dir(saver *s, const dir_fact *fact, bool used) {
    uint32_t *slot = rwg__strmap_put(&s->dir_ids, fact->abs, NULL);
    if (*slot == 0) {
        *rwg__vec_push(&s->dirs, s->p->mem) = (rwg__stored_dir){.path = relative(s, fact->abs)};
        *rwg__vec_push(&s->dir_paths, s->p->mem) = fact->abs;
        *rwg__vec_push(&s->dir_used, s->p->mem) = false;
        *slot = s->dirs.len;
    }
    rwg__stored_dir *dir = &s->dirs.ptr[*slot - 1];
    bool *in_use = &s->dir_used.ptr[*slot - 1];
    bool differs = *in_use && !rwg__hash_equal(dir->listing, fact->listing);
    dir->listing = differs ? (rwg_hash){{0}} : fact->listing;
    dir->stat = differs ? (rwg_fs_stat){.kind = RWG_FS_NONE} : fact->stat;
    dir->checked_ns = fact->checked_ns;
    *in_use |= used;
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
        s->resolver_dir_ids[id] = save_dir(s, &copy, true);
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

/* The stored facts that links of the last process still rest on. */
static void mark_adopted(const rwg_project *p, bool *adopted) {
    for (uint32_t id = 1; id < p->nodes.len; id++) {
        const node_state *n = &p->nodes.ptr[id];
        const file_state *f = &p->files.ptr[n->file.v];
        for (uint32_t i = 0; n->live && n->expanded && !n->ids && i < f->dir_count; i++) {
            adopted[f->dirs[i]] = true;
        }
    }
}

/* Folders of the last save come first and in its order, so that rows which stay in the database
 * keep their meaning. */
static void save_dirs(saver *s) {
    rwg_project *p = s->p;
    bool *adopted = rwg__arena_zalloc(&s->arena, p->stored_dirs.len * sizeof *adopted);
    mark_adopted(p, adopted);
    for (uint32_t i = 0; i < p->stored_dirs.len; i++) {
        uint32_t id = save_dir(s, &p->stored_dirs.ptr[i], adopted[i]);
        RWG_ASSERT(id == i);
    }
    for (uint32_t i = 0; i < p->walked.len; i++) {
        uint32_t id =
            save_dir(s, &p->walked.ptr[i], true); /* before dirs.ptr is read: it may move */
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

/* As with folders: what links rest on, and differs from what others rest on, is looked at again. */
static void save_input(saver *s, const input_fact *fact) {
    bool added = false;
    uint32_t *slot = rwg__strmap_put(&s->input_ids, fact->abs, &added);
    if (added) {
        *rwg__vec_push(&s->inputs, s->p->mem) = (rwg__stored_input
        ){relative(s, fact->abs), fact->content, fact->stat, fact->checked_ns};
        *slot = s->inputs.len;
    }
    rwg__stored_input *input = &s->inputs.ptr[*slot - 1];
    if (!rwg__hash_equal(input->content, fact->content)) {
        input->content = (rwg_hash){{0}};
        input->stat = (rwg_fs_stat){.kind = RWG_FS_NONE};
    }
}

/* Links of the last process, which rest on its inputs. */
static bool has_adopted(const rwg_project *p) {
    for (uint32_t id = 1; id < p->nodes.len; id++) {
        const node_state *n = &p->nodes.ptr[id];
        if (n->live && n->expanded && !n->ids) {
            return true;
        }
    }
    return false;
}

static void save_inputs(saver *s) {
    rwg_project *p = s->p;
    for (uint32_t id = 1; id <= rwg__resolver_input_count(p->resolver); id++) {
        rwg__input_fact fact;
        rwg__resolver_input(p->resolver, id, &fact);
        save_input(s, &(input_fact){fact.path, fact.content, fact.stat, fact.checked_ns});
    }
    bool adopted = has_adopted(p);
    for (uint32_t i = 0; i < p->stored_inputs.len; i++) {
        const input_fact *fact = &p->stored_inputs.ptr[i];
        if (adopted || !rwg__strmap_find(&s->input_ids, fact->abs)) {
            save_input(s, fact);
        }
    }
    for (uint32_t i = 0; i < p->entry_inputs.len; i++) {
        save_input(s, &p->entry_inputs.ptr[i]);
    }
    for (uint32_t i = 0; i < p->rules.len; i++) {
        save_input(s, &p->rules.ptr[i]);
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
    rwg__vec_free(&s->dir_used, mem);
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
    /* What was not written is not marked as unsaved any more: the next save writes everything. */
    p->stored = status == RWG_OK;
    if (status == RWG_OK) {
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
