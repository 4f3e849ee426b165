/* The files that a pattern written in a module stands for: import.meta.glob, import(`./x/${y}.js`).
 *
 * Only folders that can hold a match are listed; each is a fact of the answer, so a file that
 * appears or goes changes it. Links to folders are followed, once for each real folder. */
#include "base/limits.h"
#include "resolve/request.h"

#include <stdlib.h>

typedef struct walk {
    rwg__request *q;
    rwg__arena *arena;
    rwg_str pattern; /* absolute */
    bool any_depth;  /* has ** */
    bool hidden;     /* names parts that begin with a dot */
    bool modules;    /* names node_modules */
    uint32_t parts;  /* of the pattern */
    RWG_VEC(uint32_t) todo;
    rwg__idmap seen;
    RWG_VEC(rwg_str) found;
} walk;

static bool is_glob_char(char c) {
    return c == '*' || c == '?' || c == '[' || c == '{' || c == '(';
}

static uint32_t count_parts(rwg_str path) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < path.len; i++) {
        count += path.ptr[i] == '/';
    }
    return count;
}

/* The folder in front of the first wildcard. */
static rwg_str static_part(rwg_str pattern) {
    uint32_t end = 0;
    for (uint32_t i = 0; i < pattern.len && !is_glob_char(pattern.ptr[i]); i++) {
        if (pattern.ptr[i] == '/') {
            end = i;
        }
    }
    return rwg__str_sub(pattern, 0, end > 0 ? end : 1);
}

static bool is_wanted_folder(const walk *w, uint32_t dir, rwg_str name) {
    uint32_t depth = count_parts(rwg__dirs_path(&w->q->r->dirs, dir)) + 1;
    if ((name.ptr[0] == '.' && !w->hidden) ||
        (rwg__str_eq_c(name, "node_modules") && !w->modules)) {
        return false;
    }
    return w->any_depth ? depth < RWG_LIMIT_WALK_DEPTH : depth < w->parts;
}

static void visit(walk *w, uint32_t dir) {
    rwg__dirs *dirs = &w->q->r->dirs;
    rwg__request_step(w->q, (rwg__step){.dir = dir, .kind = RWG__STEP_LIST});
    const rwg__listing *listing = rwg__dirs_listing(dirs, dir);
    for (uint32_t i = 0; listing && i < listing->count; i++) {
        rwg_str name = rwg__listing_name(listing, i);
        rwg_fs_kind kind = rwg__dirs_kind(dirs, dir, name);
        if (kind == RWG_FS_DIR && is_wanted_folder(w, dir, name)) {
            uint32_t child = rwg__dirs_child(dirs, dir, name);
            bool added = false;
            rwg__idmap_put(&w->seen, rwg__dirs_at(dirs, child)->real, &added);
            if (added) {
                *rwg__vec_push(&w->todo, w->q->r->mem) = child;
            }
        } else if (kind == RWG_FS_FILE && w->found.len < RWG_LIMIT_GLOB_MATCHES && (name.ptr[0] != '.' || w->hidden)) {
            rwg_str path = rwg__dirs_join(dirs, w->arena, dir, name);
            if (rwg__path_glob(w->pattern, path)) {
                rwg_str real = rwg__dirs_file(dirs, dir, name);
                *rwg__vec_push(&w->found, w->q->r->mem) = rwg__arena_str(w->arena, real);
            }
        }
    }
}

static int compare_paths(const void *a, const void *b) {
    return rwg__str_compare(*(const rwg_str *)a, *(const rwg_str *)b);
}

/* Sorted, without repetitions and without the importing file itself. */
static void finish(walk *w, rwg_str from, const rwg_str **out_paths, uint32_t *out_n) {
    uint32_t count = 0;
    if (w->found.len > 0) {
        qsort(w->found.ptr, w->found.len, sizeof(rwg_str), compare_paths);
    }
    rwg_str *paths = rwg__arena_alloc(w->arena, w->found.len * sizeof(rwg_str));
    for (uint32_t i = 0; i < w->found.len; i++) {
        rwg_str path = w->found.ptr[i];
        bool repeated = count > 0 && rwg__str_eq(paths[count - 1], path);
        if (!repeated && !rwg__str_eq(path, from)) {
            paths[count++] = path;
        }
    }
    *out_paths = paths;
    *out_n = count;
}

// NOLINTNEXTLINE(readability-function-size)
uint32_t rwg__resolver_glob(
    rwg_resolver *r,
    rwg_env env,
    rwg_str from,
    rwg_str pattern,
    rwg__arena *arena,
    const rwg_str **out_paths,
    uint32_t *out_n
) {
    rwg__request q = {0};
    rwg__importer_request(r, env, from, pattern, &q);
    rwg__request_begin(&q);
    rwg__path absolute;
    walk w = {.q = &q, .arena = arena};
    rwg__idmap_init(&w.seen, r->mem);
    if (rwg__route_pattern(&q, &absolute)) {
        w.pattern = rwg__path_str(&absolute);
        w.any_depth = rwg__str_contains(w.pattern, RWG_STR("**"));
        w.modules = rwg__str_contains(pattern, RWG_STR("node_modules"));
        /* Behind "./" or "../" only a hidden name has a slash and a dot. */
        rwg_str rest = rwg__str_from(pattern, pattern.len > 2 ? 2 : 0);
        while (rwg__str_starts(rest, RWG_STR("/../")) || rwg__str_starts(rest, RWG_STR("../"))) {
            rest = rwg__str_from(rest, 3);
        }
        w.hidden = rwg__str_contains(rest, RWG_STR("/."));
        w.parts = count_parts(w.pattern);
        uint32_t base = rwg__locate_dir(&q, q.dir, static_part(w.pattern));
        if (base) {
            *rwg__vec_push(&w.todo, r->mem) = base;
        }
    }
    while (w.todo.len > 0) {
        visit(&w, w.todo.ptr[--w.todo.len]);
    }
    finish(&w, from, out_paths, out_n);
    rwg__vec_free(&w.todo, r->mem);
    rwg__vec_free(&w.found, r->mem);
    rwg__idmap_deinit(&w.seen);
    uint32_t id = rwg__record_add(
        r, &q, (rwg__record){.dir = q.dir, .word = q.word, .flags = RWG__RECORD_GLOB}
    );
    rwg__request_end(&q);
    return id;
}
