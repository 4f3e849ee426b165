/* Whose JSX runtimes a project uses: what its tsconfig files say, wherever they lie.
 *
 * A runtime is imported by generated code alone, so nothing leads the graph to it; the set has to
 * be known before the graph is made. So the project's folders are looked through for tsconfig
 * files, and each is asked as one of the sources beside it would. node_modules and hidden folders
 * are left out, and so is what lies beyond a number of folders no project of people has. */
#include "dev/jsx_sources.h"

#include "base/path.h"
#include "base/str.h"
#include "base/vec.h"

#define FOLDERS_MAX 20000u

typedef struct search {
    rwg__mem *mem;
    rwg_resolver *resolver;
    rwg_str usual;
    rwg__arena paths;
    RWG_VEC(rwg_str) todo; /* folders */
    uint32_t seen;
    rwg_str folder; /* which is listed now */
    bool has_config;
} search;

static void take_entry(void *payload, const rwg_fs_entry *entry) {
    search *s = payload;
    if (entry->kind == RWG_FS_FILE) {
        s->has_config |= rwg__str_eq_c(entry->name, "tsconfig.json") ||
                         rwg__str_eq_c(entry->name, "jsconfig.json");
        return;
    }
    rwg__path path;
    if (entry->kind == RWG_FS_DIR && s->seen < FOLDERS_MAX && entry->name.ptr[0] != '.' &&
        !rwg__str_eq_c(entry->name, "node_modules") &&
        rwg__path_join(&path, s->folder, entry->name)) {
        s->seen++;
        *rwg__vec_push(&s->todo, s->mem) = rwg__arena_str(&s->paths, rwg__path_str(&path));
    }
}

static void add_source(rwb__jsx_sources *out, rwg__arena *arena, rwg_str name, rwg_str folder) {
    uint32_t at = 0;
    while (at < out->count && !rwg__str_eq(out->items[at].name, name)) {
        at++;
    }
    if (at == out->count && at < RWB__JSX_SOURCES_MAX) {
        /* In the order of their names behind the first, however the folders were listed. */
        while (at > 1 && rwg__str_compare(name, out->items[at - 1].name) < 0) {
            out->items[at] = out->items[at - 1];
            at--;
        }
        out->items[at] =
            (rwb__jsx_source){rwg__arena_str(arena, name), rwg__arena_str(arena, folder)};
        out->count++;
    }
}

static void ask(const search *s, rwb__jsx_sources *out, rwg__arena *arena, rwg_str folder) {
    rwg__path file;
    if (rwg__path_join(&file, folder, RWG_STR("index.tsx"))) {
        const rwg_compiler_options *said =
            rwg_resolver_compiler_options(s->resolver, rwg__path_str(&file));
        rwg_str name = said->jsx_import_source;
        add_source(out, arena, name.len > 0 ? name : s->usual, folder);
    }
}

rwb__jsx_sources rwb__jsx_sources_find(
    rwg__mem *mem,
    rwg__arena *arena,
    const rwg_fs *fs,
    rwg_resolver *resolver,
    rwg_str root,
    rwg_str usual
) {
    rwb__jsx_sources out = {.count = 0};
    search s = {.mem = mem, .resolver = resolver, .usual = usual};
    rwg__path source;
    if (rwg__path_join(&source, root, RWG_STR("src"))) {
        ask(&s, &out, arena, rwg__path_str(&source)); /* the root's own, in front */
    }
    rwg__arena_init(&s.paths, mem);
    *rwg__vec_push(&s.todo, mem) = root;
    while (s.todo.len > 0) {
        s.folder = s.todo.ptr[--s.todo.len];
        s.has_config = false;
        (void)fs->list(fs->self, s.folder, take_entry, &s);
        if (s.has_config) {
            ask(&s, &out, arena, s.folder);
        }
    }
    rwg__vec_free(&s.todo, mem);
    rwg__arena_deinit(&s.paths);
    return out;
}
