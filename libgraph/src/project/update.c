/* Bring a few paths up to date.
 *
 * A path that is a known file and still is one is read again; its content decides the rest
 * (read.c). Everything else is a change of what exists or of an input, and goes through the
 * resolver's facts (law 12): the resolutions that consulted it, found or not, are the ones whose
 * nodes are expanded again. Links adopted from the database have no resolution in memory; they
 * carry the folders they rest on instead. */
#include "base/fsutil.h"
#include "base/hash.h"
#include "base/limits.h"
#include "project/state.h"

#include <stdlib.h>

/* The nearest folder above a path that was there when the stored state was made. When a path comes,
 * the folders between may have come with it, and the first listing to show that is this one's. */
static rwg_str nearest_known(const rwg_project *p, rwg_str path) {
    const rwg_hash nothing = {{0}};
    rwg_str dir = rwg__path_dirname(path);
    for (; dir.len > 1; dir = rwg__path_dirname(dir)) {
        for (uint32_t i = 0; i < p->stored_dirs.len; i++) {
            const dir_fact *fact = &p->stored_dirs.ptr[i];
            if (rwg__str_eq(fact->abs, dir) && !rwg__hash_equal(fact->listing, nothing)) {
                return dir;
            }
        }
    }
    return dir;
}

static bool rests_on(const rwg_project *p, const file_state *f, rwg_str path, rwg_str known) {
    for (uint32_t i = 0; i < f->dir_count; i++) {
        rwg_str dir = p->stored_dirs.ptr[f->dirs[i]].abs;
        /* The listing of a folder above, or of one below that came or went with the path. */
        bool above = rwg__path_is_under(path, dir) && rwg__path_is_under(dir, known);
        if (above || rwg__path_is_under(dir, path)) {
            return true;
        }
    }
    return false;
}

static void queue_adopted(rwg_project *p, rwg_str path, bool all) {
    rwg_str known = nearest_known(p, path);
    for (uint32_t id = 1; id < p->nodes.len; id++) {
        const node_state *n = &p->nodes.ptr[id];
        bool adopted = n->live && n->expanded && !n->ids;
        if (adopted && (all || rests_on(p, &p->files.ptr[n->file.v], path, known))) {
            rwg__settle_queue(p, id);
        }
    }
}

static void queue_resolutions(rwg_project *p, const rwg__id_vec *ids) {
    if (ids->len == 0) {
        return;
    }
    rwg__idmap set;
    rwg__idmap_init(&set, p->mem);
    for (uint32_t i = 0; i < ids->len; i++) {
        rwg__idmap_put(&set, ids->ptr[i], NULL);
    }
    for (uint32_t id = 1; id < p->nodes.len; id++) {
        const node_state *n = &p->nodes.ptr[id];
        for (uint32_t i = 0; n->live && i < n->id_count; i++) {
            if (n->ids[i] && rwg__idmap_find(&set, n->ids[i])) {
                rwg__settle_queue(p, id);
                break;
            }
        }
    }
    rwg__idmap_deinit(&set);
}

/* Inputs and listings that differ from what the stored state rests on (warm start). */
void rwg__update_facts(rwg_project *p, const str_vec *inputs) {
    if (inputs->len) {
        queue_adopted(p, (rwg_str){0}, true);
        p->entries_stale = true;
        rwg__id_vec ids = {0};
        rwg__resolver_change(p->resolver, inputs->ptr, inputs->len, &ids);
        queue_resolutions(p, &ids);
        rwg__vec_free(&ids, p->mem);
    }
    bool any = false;
    for (uint32_t i = 0; i < p->stored_dirs.len; i++) {
        any |= p->stored_dirs.ptr[i].changed;
    }
    for (uint32_t id = 1; any && id < p->nodes.len; id++) {
        const node_state *n = &p->nodes.ptr[id];
        const file_state *f = &p->files.ptr[n->file.v];
        for (uint32_t i = 0; n->live && !n->ids && i < f->dir_count; i++) {
            if (p->stored_dirs.ptr[f->dirs[i]].changed) {
                rwg__settle_queue(p, id);
                break;
            }
        }
    }
    for (uint32_t i = 0; i < p->stored_dirs.len; i++) {
        p->stored_dirs.ptr[i].changed = false;
    }
}

/* What the resolver consulted in this process and is different now: a second scan has no list of
 * paths. */
void rwg__update_resolver_facts(rwg_project *p, str_vec *changed) {
    for (uint32_t id = 1; id <= rwg__resolver_dir_count(p->resolver); id++) {
        rwg__dir_fact fact;
        rwg__resolver_dir(p->resolver, id, &fact);
        if (!rwg__hash_equal(fact.listing, rwg__listing_hash(&p->fs, p->mem, fact.path))) {
            *rwg__vec_push(changed, p->mem) = rwg__project_name(p, fact.path);
        }
    }
    rwg__arena scratch;
    rwg__arena_init(&scratch, p->mem);
    for (uint32_t id = 1; id <= rwg__resolver_input_count(p->resolver); id++) {
        rwg__input_fact fact;
        rwg__resolver_input(p->resolver, id, &fact);
        rwg_str text = {0};
        rwg_hash now = {0};
        if (rwg__fs_read(&p->fs, &scratch, fact.path, RWG_LIMIT_JSON_BYTES, &text) == RWG_OK) {
            now = rwg__hash_bytes(text.ptr, text.len);
        }
        if (!rwg__hash_equal(fact.content, now)) {
            *rwg__vec_push(changed, p->mem) = rwg__project_name(p, fact.path);
        }
        rwg__arena_reset(&scratch);
    }
    rwg__arena_deinit(&scratch);
}

/* --- changes of an open project --- */

typedef struct update_state {
    rwg_project *p;
    str_vec structural; /* absolute paths that came, went, or are inputs */
    str_vec came;       /* files for the walk */
    str_vec went;
    rwg__strmap folders; /* that are there: anything in them may have changed */
} update_state;

/* The identity of a path: links followed in its folder at least, since the file itself may be gone.
 */
static rwg_str real_of(rwg_project *p, rwg_str path) {
    rwg__path absolute;
    if (!rwg__path_join(&absolute, p->root, path)) {
        return (rwg_str){0};
    }
    rwg_str whole = rwg__path_str(&absolute);
    char *real = NULL;
    if (p->fs.realpath(p->fs.self, whole, &real) == RWG_OK) {
        rwg_str kept = rwg__project_name(p, rwg__str_c(real));
        free(real);
        return kept;
    }
    rwg__path joined;
    if (p->fs.realpath(p->fs.self, rwg__path_dirname(whole), &real) == RWG_OK) {
        bool fits = rwg__path_join(&joined, rwg__str_c(real), rwg__path_basename(whole));
        free(real);
        return fits ? rwg__project_name(p, rwg__path_str(&joined)) : (rwg_str){0};
    }
    return rwg__project_name(p, whole);
}

/* Files whose content the resolver reads. */
static bool is_input_name(rwg_str path) {
    rwg_str name = rwg__path_basename(path);
    return rwg__str_eq_c(rwg__path_ext(name), ".json") || rwg__str_eq_c(name, ".pnp.cjs");
}

static bool has_overlay(const rwg_project *p, rwg_str path) {
    for (uint32_t i = 0; i < p->overlays.len; i++) {
        if (p->overlays.ptr[i].text && rwg__str_eq(p->overlays.ptr[i].path, path)) {
            return true;
        }
    }
    return false;
}

/* Nothing that is known of its folder says that there is no such file. */
static bool is_expected(rwg_project *p, rwg_str path) {
    return !rwg__path_is_absolute(path) || rwg__resolver_expects(p->resolver, path);
}

/* A file that an import led to before the walk heard of it. */
static bool is_unwalked(const rwg_project *p, rwg_file file) {
    const file_state *f = &p->files.ptr[file.v];
    return file.v && !(f->flags & (FILE_SOURCE | FILE_DEPENDENCY)) && rwg__walk_takes(f->abs);
}

static void take_path(update_state *u, rwg_str given) {
    rwg_project *p = u->p;
    rwg_str path = real_of(p, given);
    if (path.len == 0) {
        return;
    }
    rwg_fs_stat now = {.kind = RWG_FS_NONE};
    if (has_overlay(p, path)) {
        now.kind = RWG_FS_FILE;
    } else if (p->fs.stat(p->fs.self, path, &now) != RWG_OK) {
        now.kind = RWG_FS_NONE;
    }
    rwg_file known = rwg__project_find_file(p, path);
    bool was =
        known.v && p->files.ptr[known.v].read_once && !(p->files.ptr[known.v].flags & FILE_GONE);
    /* Taken away and put back, it may have been missed in between. */
    was = was && (has_overlay(p, path) || (is_expected(p, path) && is_expected(p, given)));
    if (known.v) {
        rwg__read_submit(p, known);
    }
    if (now.kind == RWG_FS_DIR) {
        rwg__strmap_put(&u->folders, path, NULL);
        rwg__walk_changed(p, path);
    } else if (now.kind == RWG_FS_FILE && (!was || is_unwalked(p, known))) {
        *rwg__vec_push(&u->came, p->mem) = path;
    } else if (now.kind == RWG_FS_NONE) {
        *rwg__vec_push(&u->went, p->mem) = path;
    }
    p->rules_stale |= rwg__walk_is_rules(path);
    if (is_input_name(path)) {
        p->entries_stale |= rwg__str_eq_c(rwg__path_basename(path), "package.json");
    }
    if (!was || now.kind != RWG_FS_FILE || is_input_name(path)) {
        *rwg__vec_push(&u->structural, p->mem) = path;
    }
    /* The link by which it was named is a fact of its own: it may lead elsewhere than before. */
    rwg__path name;
    if (rwg__path_join(&name, p->root, given) && !rwg__str_eq(path, rwg__path_str(&name))) {
        *rwg__vec_push(&u->structural, p->mem) = rwg__project_name(p, rwg__path_str(&name));
    }
}

static void apply_structural(update_state *u) {
    rwg_project *p = u->p;
    if (u->structural.len == 0) {
        return;
    }
    rwg__id_vec ids = {0};
    rwg__resolver_change(p->resolver, u->structural.ptr, u->structural.len, &ids);
    queue_resolutions(p, &ids);
    rwg__vec_free(&ids, p->mem);
    for (uint32_t i = 0; i < u->structural.len; i++) {
        rwg_str path = u->structural.ptr[i];
        queue_adopted(p, path, is_input_name(path));
    }
}

rwg_status rwg_project_update(
    rwg_project *p,
    const rwg_str *paths,
    uint32_t count,
    rwg_change **out_change,
    rwg_stats *out_stats,
    rwg_error *err
) {
    if (out_change) {
        *out_change = NULL;
    }
    if (!p->scanned) {
        return rwg__error(err, RWG_INVALID, p->root, "scan the project before updating it");
    }
    uint64_t start = rwg__now_ns();
    p->stats = (rwg_stats){0};
    p->notices.len = 0;
    uint64_t computed = rwg__resolver_computed(p->resolver);
    update_state u = {.p = p};
    rwg__strmap_init(&u.folders, p->mem);
    for (uint32_t i = 0; i < count; i++) {
        take_path(&u, paths[i]);
    }
    if (u.folders.len > 0) {
        rwg__read_changed(p, &u.folders);
    }
    rwg__walk_told(p, &u.came, &u.went);
    if (p->rules_stale) {
        rwg__walk_root(p);
    }
    apply_structural(&u);
    rwg__vec_free(&u.structural, p->mem);
    rwg__vec_free(&u.came, p->mem);
    rwg__vec_free(&u.went, p->mem);
    rwg__strmap_deinit(&u.folders);
    rwg_status status = rwg__settle_all(p, err);
    p->stats.parse_ns = rwg__now_ns() - start;
    p->stats.resolved = (uint32_t)(rwg__resolver_computed(p->resolver) - computed);
    if (status == RWG_OK) {
        rwg__bury(p);
        rwg_change *change = rwg__commit(p, out_change != NULL);
        if (out_change) {
            *out_change = change;
        }
    }
    p->stats.files = rwg__count_files(p);
    p->stats.elapsed_ns = rwg__now_ns() - start;
    if (out_stats) {
        *out_stats = p->stats;
    }
    return status;
}
