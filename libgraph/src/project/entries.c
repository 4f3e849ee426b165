/* Where each environment starts.
 *
 * For an environment with configured entries, those. Otherwise per package of the project (the
 * root, and every folder with a package.json among the sources): the source files that the
 * package.json names (main, module, browser, bin, exports), and if it names none, all of the
 * package's source files; index.html scripts start the client. Files with a directive start the
 * environments in which they are real, whoever imports them (B19): client modules in client and
 * ssr, server modules in react-server. */
#include "base/fsutil.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/limits.h"
#include "project/state.h"

typedef struct package_scope {
    rwg_str dir; /* absolute */
    bool named;  /* its package.json names at least one source file */
} package_scope;

typedef struct configured_entry {
    rwg_file file;
    uint16_t mask;
} configured_entry;

typedef struct entry_finder {
    rwg_project *p;
    rwg__arena arena;
    RWG_VEC(package_scope) scopes; /* [0] is the root */
    rwg__strmap scope_ids;         /* dir -> index + 1 */
    RWG_VEC(configured_entry) configured;
    uint16_t open_mask; /* environments without configured entries */
    uint16_t *masks;    /* [file] */
} entry_finder;

static uint16_t bit(rwg_env env) {
    return env.v ? (uint16_t)(1u << (env.v - 1)) : 0;
}

static bool is_source(const rwg_project *p, rwg_file file) {
    const file_state *f = &p->files.ptr[file.v];
    return file.v && f->flags & FILE_SOURCE && !(f->flags & FILE_GONE);
}

/* A file named by configuration or HTML: as it stands, else with the extensions of TypeScript and
 * JavaScript. */
static rwg_file named_file(const entry_finder *e, rwg_str dir, rwg_str name) {
    static const char *const SUFFIXES[] = {
        "", ".ts", ".tsx", ".mts", ".js", ".jsx", ".mjs", "/index.ts", "/index.tsx", "/index.js"};
    for (size_t i = 0; i < sizeof SUFFIXES / sizeof SUFFIXES[0]; i++) {
        rwg__buf text;
        rwg__buf_init(&text, e->p->mem);
        rwg__buf_add(&text, name);
        rwg__buf_add(&text, rwg__str_c(SUFFIXES[i]));
        rwg__path path;
        bool fits = rwg__path_join(&path, dir, rwg__buf_str(&text));
        rwg__buf_deinit(&text);
        rwg_file file = fits ? rwg__project_find_file(e->p, rwg__path_str(&path)) : (rwg_file){0};
        if (file.v && !(e->p->files.ptr[file.v].flags & FILE_GONE)) {
            return file;
        }
    }
    return (rwg_file){0};
}

/* Every string inside a package.json field that is the path of a source file counts; conditions are
 * not judged, each branch is an entry of some environment. */
static void take_field(entry_finder *e, package_scope *scope, const rwg__json *field) {
    RWG_VEC(const rwg__json *) left = {0};
    *rwg__vec_push(&left, e->p->mem) = field;
    while (left.len) {
        const rwg__json *value = left.ptr[--left.len];
        if (!value) {
            continue;
        }
        for (uint32_t i = 0; i < value->count; i++) {
            *rwg__vec_push(&left, e->p->mem) = &value->items[i];
        }
        if (value->type != RWG__JSON_STRING || value->string.len == 0) {
            continue;
        }
        rwg_file file = {0};
        if (rwg__str_index(value->string, '*') == value->string.len) {
            file = named_file(e, scope->dir, value->string);
        }
        if (is_source(e->p, file)) {
            e->masks[file.v] |= e->open_mask;
            scope->named = true;
        }
    }
    rwg__vec_free(&left, e->p->mem);
}

/* What the start sets rest on, for the next warm start. */
static void remember_input(rwg_project *p, rwg_str abs, rwg_str text) {
    input_fact *fact = rwg__vec_push(&p->entry_inputs, p->mem);
    *fact = (input_fact){
        .abs = rwg__project_name(p, abs),
        .content = rwg__hash_bytes(text.ptr, text.len),
        .checked_ns = rwg__wall_ns(),
    };
    if (p->fs.stat(p->fs.self, fact->abs, &fact->stat) != RWG_OK) {
        fact->stat = (rwg_fs_stat){.kind = RWG_FS_NONE};
    }
}

static void take_package(entry_finder *e, uint32_t index) {
    package_scope *scope = &e->scopes.ptr[index];
    rwg__path path;
    rwg_str text = {0};
    rwg__json_error problem;
    if (!rwg__path_join(&path, scope->dir, RWG_STR("package.json")) ||
        rwg__fs_read(&e->p->fs, &e->arena, rwg__path_str(&path), RWG_LIMIT_JSON_BYTES, &text) !=
            RWG_OK) {
        return;
    }
    remember_input(e->p, rwg__path_str(&path), text);
    const rwg__json *package = rwg__json_parse(&e->arena, text, &problem);
    static const char *const FIELDS[] = {"main", "module", "browser", "bin", "exports"};
    for (size_t i = 0; i < sizeof FIELDS / sizeof FIELDS[0]; i++) {
        take_field(e, scope, rwg__json_get(package, FIELDS[i]));
    }
}

/* The folders of sources that hold a package.json, the root first. */
static void find_scopes(entry_finder *e) {
    rwg_project *p = e->p;
    *rwg__vec_push(&e->scopes, p->mem) = (package_scope){.dir = p->root};
    *rwg__strmap_put(&e->scope_ids, p->root, NULL) = 1;
    for (uint32_t i = 0; i < p->walked.len; i++) {
        rwg_str dir = p->walked.ptr[i].abs;
        rwg__path path;
        rwg_fs_stat stat;
        if (rwg__str_eq(dir, p->root) || !rwg__path_join(&path, dir, RWG_STR("package.json"))) {
            continue;
        }
        if (p->fs.stat(p->fs.self, rwg__path_str(&path), &stat) == RWG_OK &&
            stat.kind == RWG_FS_FILE) {
            *rwg__vec_push(&e->scopes, p->mem) = (package_scope){.dir = dir};
            *rwg__strmap_put(&e->scope_ids, dir, NULL) = e->scopes.len;
        }
    }
}

static const package_scope *scope_of(const entry_finder *e, rwg_str path) {
    for (rwg_str dir = rwg__path_dirname(path); dir.len >= e->p->root.len;
         dir = rwg__path_dirname(dir)) {
        const uint32_t *id = rwg__strmap_find(&e->scope_ids, dir);
        if (id) {
            return &e->scopes.ptr[*id - 1];
        }
    }
    return &e->scopes.ptr[0];
}

/* Configured entries become files even when they do not exist: reading them says what is wrong. */
static void find_configured(entry_finder *e) {
    rwg_project *p = e->p;
    for (uint32_t i = 0; i < p->config.env_count; i++) {
        const rwg_env_config *env = &p->config.envs[i];
        if (env->entries.count == 0 && !env->only_entries) {
            e->open_mask |= bit((rwg_env){i + 1});
        }
        for (uint32_t k = 0; k < env->entries.count; k++) {
            rwg__path path;
            if (!rwg__path_join(&path, p->root, env->entries.items[k])) {
                continue;
            }
            rwg_file file = named_file(e, p->root, env->entries.items[k]);
            *rwg__vec_push(&e->configured, p->mem) = (configured_entry
            ){file.v ? file : rwg__project_file(p, rwg__path_str(&path)), bit((rwg_env){i + 1})};
        }
    }
}

static void take_rest(entry_finder *e) {
    rwg_project *p = e->p;
    uint16_t client = (uint16_t)(bit(p->client_env) | bit(p->ssr_env));
    for (uint32_t id = 1; id < p->files.len; id++) {
        const file_state *f = &p->files.ptr[id];
        if (!is_source(p, (rwg_file){id})) {
            continue;
        }
        if (e->open_mask && !scope_of(e, f->abs)->named) {
            e->masks[id] |= e->open_mask;
        }
        if (f->flags & FILE_CLIENT) {
            e->masks[id] |= client;
        }
        if (f->flags & FILE_SERVER) {
            e->masks[id] |= bit(p->server_env);
        }
    }
}

/* Environments in which the file starts and is no module: a configured entry that was deleted,
 * whose node was buried, and that is there again. */
static uint16_t buried(const rwg_project *p, rwg_file file) {
    const file_state *f = &p->files.ptr[file.v];
    uint16_t found = 0;
    for (uint32_t env = 1; f->entry_mask >> (env - 1) && !(f->flags & FILE_GONE); env++) {
        rwg_node node = rwg__project_find_node(p, file, (rwg_env){env});
        const node_state *n = &p->nodes.ptr[node.v];
        found |= node.v && n->live && n->module ? 0 : f->entry_mask & bit((rwg_env){env});
    }
    return found;
}

/* The new masks become the files' own; nodes that are entries now exist, the others lose the flag.
 */
static void apply(entry_finder *e) {
    rwg_project *p = e->p;
    for (uint32_t id = 1; id < p->files.len; id++) {
        file_state *f = &p->files.ptr[id];
        uint16_t changed = f->entry_mask ^ e->masks[id];
        f->entry_mask = e->masks[id];
        changed |= buried(p, (rwg_file){id});
        f->unsaved |= changed != 0;
        for (uint32_t env = 1; changed >> (env - 1); env++) {
            if (!(changed >> (env - 1) & 1)) {
                continue;
            }
            rwg_node node = rwg__project_find_node(p, (rwg_file){id}, (rwg_env){env});
            if (f->entry_mask >> (env - 1) & 1) {
                node = rwg__project_module(p, (rwg_file){id}, (rwg_env){env});
            }
            if (node.v && p->nodes.ptr[node.v].live) {
                p->nodes.ptr[node.v].flags = rwg__expand_form(p, (rwg_file){id}, (rwg_env){env});
                rwg__project_mark_dirty(p, node.v);
            }
            f = &p->files.ptr[id];
        }
    }
}

void rwg__entries_update(rwg_project *p) {
    entry_finder e = {.p = p};
    rwg__arena_init(&e.arena, p->mem);
    rwg__strmap_init(&e.scope_ids, p->mem);
    find_configured(&e);
    p->entry_inputs.len = 0;
    p->structure_saved = false;
    uint32_t count = p->files.len;
    e.masks = rwg__mem_zalloc(p->mem, count * sizeof *e.masks);
    for (uint32_t i = 0; i < e.configured.len; i++) {
        e.masks[e.configured.ptr[i].file.v] |= e.configured.ptr[i].mask;
    }
    find_scopes(&e);
    for (uint32_t i = 0; i < e.scopes.len && e.open_mask; i++) {
        take_package(&e, i);
    }
    take_rest(&e);
    apply(&e);
    rwg__mem_free(p->mem, e.masks, count * sizeof *e.masks);
    rwg__vec_free(&e.scopes, p->mem);
    rwg__vec_free(&e.configured, p->mem);
    rwg__strmap_deinit(&e.scope_ids);
    rwg__arena_deinit(&e.arena);
    p->entries_stale = false;
}
