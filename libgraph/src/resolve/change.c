/* Which answers a changed path puts in doubt.
 *
 * Callers say which paths changed; what changed about them is found out here. The listings around
 * each path are read again and compared with what was known: names that came, went or are of
 * another kind now. Of a file that decides resolutions, the part of its content that matters is
 * compared. So an edit of a source file, or of a package.json's scripts, changes nothing, and a
 * file that wins an extension race changes exactly the answers that probed its name.
 *
 * Then every record's steps are held against the set of changed (folder, name) pairs, in one pass
 * over an array. An id that another record refers to is always smaller, so doubt spreads in the
 * same pass. */
#include "base/limits.h"
#include "resolve/request.h"

typedef struct change {
    rwg_resolver *r;
    rwg__arena arena;
    rwg__strmap names;      /* (folder id, name) */
    RWG_VEC(bool) dirs;     /* folder has an entry in names */
    RWG_VEC(uint32_t) todo; /* folders to be listed again */
    rwg__idmap queued;
    bool links;           /* links may lead elsewhere, though the names are the same */
    bool tables;          /* cached lookups of folders are void */
    bool everything_bare; /* all bare specifiers are in doubt */
} change;

/* -- the set of changed names ------------------------------------------------------------------ */

static rwg_str pair_key(rwg_resolver *r, uint32_t dir, rwg_str a, rwg_str b) {
    rwg__buf_clear(&r->text);
    rwg__buf_add(&r->text, rwg__str((const char *)&dir, sizeof dir));
    rwg__buf_add(&r->text, a);
    rwg__buf_add(&r->text, b);
    return rwg__buf_str(&r->text);
}

static void mark(change *c, uint32_t dir, rwg_str name) {
    rwg_str key = pair_key(c->r, dir, name, RWG_STR(""));
    if (!rwg__strmap_find(&c->names, key)) {
        rwg__strmap_put(&c->names, rwg__arena_str(&c->arena, key), NULL);
    }
    while (c->dirs.len <= dir) {
        *rwg__vec_push(&c->dirs, c->r->mem) = false;
    }
    c->dirs.ptr[dir] = true;
    /* Whatever has a name of this kind is looked up by folder, and remembered there. */
    static const char *const TABLE_NAMES[] = {
        "package.json", "node_modules", "tsconfig.json", "jsconfig.json"};
    for (size_t i = 0; i < sizeof TABLE_NAMES / sizeof TABLE_NAMES[0]; i++) {
        c->tables |= rwg__str_eq_c(name, TABLE_NAMES[i]);
    }
    if (rwg__str_eq_c(name, "package.json")) {
        rwg__dirs_at(&c->r->dirs, dir)->package = RWG__DIR_UNASKED;
    }
    c->everything_bare |= rwg__str_eq_c(name, ".pnp.data.json");
}

static bool is_marked(const change *c, uint32_t dir, rwg_str a, rwg_str b) {
    uint32_t real = rwg__dirs_at(&c->r->dirs, dir)->real;
    if (real >= c->dirs.len || !c->dirs.ptr[real]) {
        return false;
    }
    return rwg__strmap_find(&c->names, pair_key(c->r, real, a, b)) != NULL;
}

/* -- folders ---------------------------------------------------------------------------------- */

static void queue(change *c, uint32_t dir) {
    uint32_t real = rwg__dirs_at(&c->r->dirs, dir)->real;
    bool added = false;
    rwg__idmap_put(&c->queued, real, &added);
    if (added) {
        *rwg__vec_push(&c->todo, c->r->mem) = real;
    }
}

/* The nearest folder above path that is known, gone or not. */
static uint32_t nearest_dir(const rwg_resolver *r, rwg_str path) {
    while (path.len > 1) {
        path = rwg__path_dirname(path);
        const uint32_t *id = rwg__strmap_find(&r->dirs.ids, path);
        if (id) {
            return *id;
        }
    }
    return 0;
}

/* A known folder and those above it, up to one that was there: what a missing folder has become is
 * told by the listing of the folder that holds it. */
static void queue_above(change *c, uint32_t dir) {
    rwg__dirs *dirs = &c->r->dirs;
    bool there = false;
    while (dir && !there) {
        queue(c, dir);
        there = rwg__dirs_at(dirs, rwg__dirs_at(dirs, dir)->real)->listing != NULL;
        dir = rwg__dirs_at(dirs, dir)->parent;
    }
}

/* A name that is no longer the folder it was: neither are those below it. */
static void lose_child(change *c, uint32_t dir, rwg_str name) {
    rwg__dirs *dirs = &c->r->dirs;
    rwg_str path = rwg__dirs_join(dirs, &c->arena, dir, name);
    const uint32_t *known = rwg__strmap_find(&dirs->ids, path);
    if (!known || rwg__dirs_at(dirs, *known)->gone) {
        return; /* lost together with a folder above it */
    }
    c->tables = true;
    for (uint32_t id = 1; id < dirs->all.len; id++) {
        if (rwg__path_is_under(rwg__dirs_path(dirs, id), path)) {
            /* Through a link, what it led to is still there: only the way is lost. */
            if (!rwg__dirs_at(dirs, id)->linked) {
                queue(c, id);
            }
            rwg__dirs_at(dirs, id)->gone = true;
        }
    }
}

/* Marks the names that are in `a` and not, or as something else, in `b`. */
static void
mark_differences(change *c, uint32_t dir, const rwg__listing *a, const rwg__listing *b, bool lost) {
    for (uint32_t i = 0; a && i < a->count; i++) {
        rwg_str name = rwg__listing_name(a, i);
        uint32_t other = b ? rwg__listing_find(b, name) : UINT32_MAX;
        if (other == UINT32_MAX || b->names[other].kind != a->names[i].kind) {
            mark(c, dir, name);
            c->links |= a->names[i].kind == RWG_FS_LINK;
            if (lost) {
                lose_child(c, dir, name);
            }
        }
    }
}

static bool has_links(const rwg__listing *listing) {
    for (uint32_t i = 0; listing && i < listing->count; i++) {
        if (listing->names[i].kind == RWG_FS_LINK) {
            return true;
        }
    }
    return false;
}

/* Lists a folder again and marks what is different. */
static void list_again(change *c, uint32_t id) {
    rwg__dirs *dirs = &c->r->dirs;
    rwg__dir *dir = rwg__dirs_at(dirs, id);
    if (!dir->listed) {
        return; /* nothing rests on what is in it */
    }
    rwg__listing *before = dir->listing;
    dir->listing = NULL;
    dir->listed = false;
    dir->gone = false;
    const rwg__listing *after = rwg__dirs_listing(dirs, id);
    mark_differences(c, id, before, after, true);
    mark_differences(c, id, after, before, false);
    c->links |= has_links(after);
    uint32_t parent = rwg__dirs_at(dirs, id)->parent;
    if ((before == NULL) != (after == NULL)) {
        mark(c, id, RWG_STR("")); /* an empty folder has no names that could be marked */
        c->tables = true;
        if (parent) {
            queue(c, parent);
        }
    }
    rwg__listing_free(dirs->mem, before);
}

/* True when a name on the way to path was marked. */
static bool is_on_marked_way(const change *c, rwg_str path) {
    while (path.len > 1) {
        rwg_str above = rwg__path_dirname(path);
        const uint32_t *dir = rwg__strmap_find(&c->r->dirs.ids, above);
        if (dir && is_marked(c, *dir, rwg__path_basename(path), RWG_STR(""))) {
            return true;
        }
        path = above;
    }
    return false;
}

/* A link leads elsewhere when it was made anew, or when something it leads to, or through, came or
 * went. The listing that holds it may say the same as before. */
static bool check_link(change *c, uint32_t index) {
    rwg__dirs *dirs = &c->r->dirs;
    rwg__link before = dirs->links.ptr[index];
    bool ask =
        before.followed && (c->links || before.kind == RWG_FS_NONE ||
                            is_on_marked_way(c, before.path) || is_on_marked_way(c, before.target));
    if (!ask) {
        return false;
    }
    rwg_str name = rwg__path_basename(before.path);
    dirs->links.ptr[index].followed = false;
    if (rwg__dirs_entry(dirs, before.dir, name) != RWG_FS_LINK) {
        return false;
    }
    rwg_fs_kind kind = rwg__dirs_kind(dirs, before.dir, name);
    rwg_str target = dirs->links.ptr[index].target;
    if (kind == before.kind && rwg__str_eq(target, before.target)) {
        return false;
    }
    mark(c, before.dir, name);
    lose_child(c, before.dir, name);
    return true;
}

/* One link may lead through another. */
static void check_links(change *c) {
    bool again = true;
    for (uint32_t pass = 0; again && pass < RWG_LIMIT_HOPS; pass++) {
        again = false;
        for (uint32_t i = 0; i < c->r->dirs.links.len; i++) {
            again |= check_link(c, i);
        }
    }
}

/* -- files that decide ------------------------------------------------------------------------- */

static void check_packages(change *c, rwg_str path) {
    rwg__packages *packages = &c->r->packages;
    uint32_t input = rwg__inputs_find(&c->r->inputs, path);
    for (uint32_t i = 1; input && i < packages->all.len; i++) {
        uint32_t dir = packages->all.ptr[i]->dir;
        bool current = rwg__dirs_at(&c->r->dirs, dir)->package == i;
        if (current && packages->all.ptr[i]->input == input && rwg__package_reload(packages, dir)) {
            mark(c, dir, RWG_STR("package.json"));
        }
    }
}

/* Marks the folders whose configuration says something else now, or refers to one that does. */
static void check_tsconfigs(change *c) {
    rwg__tsconfigs *tsconfigs = &c->r->tsconfigs;
    if (!rwg__tsconfigs_reload(tsconfigs)) {
        return;
    }
    for (uint32_t i = 1; i < tsconfigs->all.len; i++) {
        const rwg__tsconfig *tsconfig = tsconfigs->all.ptr[i];
        bool differs = tsconfig->differs;
        for (uint32_t k = 0; k < tsconfig->reference_count; k++) {
            differs |= tsconfigs->all.ptr[tsconfig->references[k]]->differs;
        }
        if (differs && tsconfig->dir.len) {
            uint32_t dir = rwg__dirs_from(&c->r->dirs, tsconfig->dir);
            dir = rwg__dirs_at(&c->r->dirs, dir)->real;
            mark(c, dir, RWG_STR("tsconfig.json"));
            mark(c, dir, rwg__path_basename(tsconfig->path));
        }
    }
}

/* A folder came, went or was replaced: nothing that is known below it can be trusted. */
static void queue_below(change *c, rwg_str path) {
    const rwg_resolver *r = c->r;
    for (uint32_t id = 1; id < r->dirs.all.len; id++) {
        if (rwg__path_is_under(rwg__dirs_path(&r->dirs, id), path)) {
            queue(c, id);
        }
    }
    for (uint32_t id = 1; id < r->inputs.all.len; id++) {
        if (rwg__path_is_under(r->inputs.all.ptr[id].path, path)) {
            check_packages(c, r->inputs.all.ptr[id].path);
        }
    }
}

static void check_pnp(change *c, rwg_str path) {
    if (rwg__str_eq_c(rwg__path_basename(path), ".pnp.data.json")) {
        c->everything_bare = true;
    }
}

/* -- records ---------------------------------------------------------------------------------- */

static bool file_step_changed(const change *c, const rwg__step *step) {
    const rwg_resolver *r = c->r;
    rwg_str name = rwg__path_basename(rwg__intern_str(&r->words, step->what));
    if ((step->flags & RWG__STEP_EXACT) && is_marked(c, step->dir, name, RWG_STR(""))) {
        return true;
    }
    rwg_str extension = rwg__path_ext(name);
    rwg_str stem = rwg__str_sub(name, 0, name.len - extension.len);
    const rwg_str *substitutes = rwg__substitutes_of(extension);
    if (((step->flags & RWG__STEP_SUBST_1) && is_marked(c, step->dir, stem, substitutes[0])) ||
        ((step->flags & RWG__STEP_SUBST_2) && is_marked(c, step->dir, stem, substitutes[1]))) {
        return true;
    }
    for (uint32_t i = 0; i < step->tried; i++) {
        if (is_marked(c, step->dir, name, r->extensions[step->name].items[i])) {
            return true;
        }
    }
    return false;
}

static bool up_step_changed(const change *c, const rwg__step *step) {
    static const rwg_str NAMES[][2] = {
        {{"package.json", 12}, {NULL, 0}},
        {{"node_modules", 12}, {NULL, 0}},
        {{"tsconfig.json", 13}, {"jsconfig.json", 13}},
    };
    const rwg_str *names = NAMES[step->name];
    for (uint32_t at = step->dir; at; at = rwg__dirs_at(&c->r->dirs, at)->parent) {
        if (is_marked(c, at, names[0], RWG_STR("")) ||
            (names[1].len && is_marked(c, at, names[1], RWG_STR("")))) {
            return true;
        }
        if (at == step->what) {
            break;
        }
    }
    return false;
}

static bool step_changed(const change *c, const rwg__step *step) {
    switch ((rwg__step_kind)step->kind) {
    case RWG__STEP_REF: return c->r->records.ptr[step->what].flags & RWG__RECORD_DEAD;
    case RWG__STEP_UP: return up_step_changed(c, step);
    case RWG__STEP_LIST: {
        uint32_t real = rwg__dirs_at(&c->r->dirs, step->dir)->real;
        return real < c->dirs.len && c->dirs.ptr[real];
    }
    case RWG__STEP_FILE: return file_step_changed(c, step);
    }
    return false;
}

static bool record_changed(const change *c, uint32_t id) {
    const rwg_resolver *r = c->r;
    const rwg__record *record = &r->records.ptr[id];
    if (c->everything_bare && !rwg__is_path(rwg__intern_str(&r->words, record->word))) {
        return true;
    }
    rwg__step implied;
    if (rwg__answer_step(&r->answers.ptr[record->answer], &implied) && step_changed(c, &implied)) {
        return true;
    }
    uint32_t count = 0;
    const rwg__step *steps = rwg__record_steps(r, id, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (step_changed(c, &steps[i])) {
            return true;
        }
    }
    return false;
}

/* Takes a dead record out of the answers to its question, unless it is the first: that one keeps
 * its place in the table, so that no slot ever empties. */
static void unlink_record(rwg_resolver *r, uint32_t id) {
    const rwg__record *record = &r->records.ptr[id];
    uint32_t at = *rwg__question_slot(r, record->dir, record->word);
    while (at && at != id && r->records.ptr[at].next != id) {
        at = r->records.ptr[at].next;
    }
    if (at && at != id) {
        r->records.ptr[at].next = record->next;
    }
}

static void kill_record(rwg_resolver *r, uint32_t id) {
    unlink_record(r, id);
    r->records.ptr[id].flags |= RWG__RECORD_DEAD;
    if (id < r->with_probes.len) {
        r->with_probes.ptr[id] = NULL;
    }
}

static void kill_changed(change *c, rwg__id_vec *out_ids) {
    rwg_resolver *r = c->r;
    for (uint32_t id = 1; id < r->records.len; id++) {
        rwg__record *record = &r->records.ptr[id];
        if (!(record->flags & RWG__RECORD_DEAD) && record_changed(c, id)) {
            kill_record(r, id);
            if (!(record->flags & RWG__RECORD_PACKAGES)) {
                *rwg__vec_push(out_ids, r->mem) = id;
            }
        }
    }
}

static void forget_tables(rwg_resolver *r) {
    for (uint32_t id = 1; id < r->dirs.all.len; id++) {
        rwg__dir *dir = rwg__dirs_at(&r->dirs, id);
        dir->scope = RWG__DIR_UNASKED;
        dir->modules = RWG__DIR_UNASKED;
        dir->anchor = RWG__DIR_UNASKED;
        dir->tsconfig = RWG__DIR_UNASKED;
    }
}

void rwg__resolver_change(
    rwg_resolver *r, const rwg_str *paths, uint32_t count, rwg__id_vec *out_ids
) {
    change c = {.r = r};
    rwg__arena_init(&c.arena, r->mem);
    rwg__strmap_init(&c.names, r->mem);
    rwg__idmap_init(&c.queued, r->mem);
    bool tsconfigs = false;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t *self = rwg__strmap_find(&r->dirs.ids, paths[i]);
        if (self) {
            queue_below(&c, paths[i]);
            tsconfigs = true;
        }
        queue_above(&c, nearest_dir(r, paths[i]));
        check_packages(&c, paths[i]);
        check_pnp(&c, paths[i]);
        tsconfigs |= rwg__tsconfigs_concern(&r->tsconfigs, paths[i]);
    }
    uint32_t listed = 0;
    while (listed < c.todo.len) {
        list_again(&c, c.todo.ptr[listed++]);
        if (listed == c.todo.len && (c.names.len > 0 || c.links)) {
            check_links(&c); /* may lose folders, which are to be listed */
        }
    }
    if (c.tables) {
        forget_tables(r);
    }
    if (tsconfigs || c.tables) {
        check_tsconfigs(&c);
    }
    if (c.everything_bare) {
        rwg__pnp_forget(&r->pnp);
        r->pnp_dir = rwg__pnp_find(&r->pnp, r->dirs.root);
    }
    if (c.names.len > 0 || c.everything_bare) {
        kill_changed(&c, out_ids);
    }
    r->from.len = 0;
    rwg__vec_free(&c.todo, r->mem);
    rwg__vec_free(&c.dirs, r->mem);
    rwg__idmap_deinit(&c.queued);
    rwg__strmap_deinit(&c.names);
    rwg__arena_deinit(&c.arena);
}

void rwg_resolver_forget(rwg_resolver *r, const rwg_str *paths, uint32_t count) {
    rwg__id_vec ids = {0};
    rwg__resolver_change(r, paths, count, &ids);
    rwg__vec_free(&ids, r->mem);
    for (uint32_t id = 1; id < r->records.len; id++) {
        kill_record(r, id);
    }
}
