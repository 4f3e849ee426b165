/* Opening, closing, and the tables of files and nodes. */
#include <rwgraph/diag.h>

#include "base/fsutil.h"
#include "base/hash.h"
#include "base/limits.h"
#include "project/state.h"

#include <stdlib.h>

/* --- tables --- */

rwg_str rwg__project_name(rwg_project *p, rwg_str text) {
    return rwg__intern_str(&p->names->table, rwg__intern_id(&p->names->table, text));
}

rwg_file rwg__project_find_file(const rwg_project *p, rwg_str abs) {
    const uint32_t *id = rwg__strmap_find(&p->by_path, abs);
    return (rwg_file){id ? *id : 0};
}

static bool is_pinned_path(const rwg_project *p, rwg_str rel) {
    for (uint32_t i = 0; i < p->config.pinned.count; i++) {
        rwg_str pinned = p->config.pinned.items[i];
        if (rwg__str_starts(pinned, RWG_STR("./")) && rwg__str_eq(rwg__str_from(pinned, 2), rel)) {
            return true;
        }
    }
    return false;
}

rwg_file rwg__project_file(rwg_project *p, rwg_str abs) {
    rwg_file known = rwg__project_find_file(p, abs);
    if (known.v) {
        return known;
    }
    rwg__path rel;
    bool fits = rwg__path_relative(&rel, p->root, abs);
    RWG_ASSERT(fits
    ); /* both are real paths, and a relative path is no longer than they are together */
    rwg_file file = {p->files.len};
    file_state *f = rwg__vec_push(&p->files, p->mem);
    *f = (file_state
    ){.abs = rwg__project_name(p, abs), .rel = rwg__project_name(p, rwg__path_str(&rel))};
    /* By the path inside the project: a project may itself lie in somebody's node_modules. */
    f->flags = rwg__path_in_node_modules(f->rel) ? FILE_DEPENDENCY : 0;
    f->flags |= is_pinned_path(p, f->rel) ? FILE_PINNED : 0;
    *rwg__strmap_put(&p->by_path, f->abs, NULL) = file.v;
    return file;
}

rwg_node rwg__project_find_node(const rwg_project *p, rwg_file file, rwg_env env) {
    /* At most one node an environment: a walk is as quick as a map, and needs no memory. */
    uint32_t id = p->files.ptr[file.v].first_node;
    while (id && p->nodes.ptr[id].env.v != env.v) {
        id = p->nodes.ptr[id].next_of_file;
    }
    return (rwg_node){id};
}

rwg_node rwg__project_node(rwg_project *p, rwg_file file, rwg_env env) {
    rwg_node node = rwg__project_find_node(p, file, env);
    if (!node.v) {
        node.v = p->nodes.len;
        file_state *f = &p->files.ptr[file.v];
        *rwg__vec_push(&p->nodes, p->mem) =
            (node_state){.file = file, .env = env, .next_of_file = f->first_node};
        f->first_node = node.v;
    }
    if (p->files.ptr[file.v].flags & FILE_GONE) {
        rwg__read_submit(p, file); /* something leads to it: it may be back */
    }
    node_state *n = &p->nodes.ptr[node.v];
    if (!n->live) {
        n->live = true;
        n->expanded = false;
        rwg__project_mark_dirty(p, node.v);
        rwg__settle_queue(p, node.v);
    }
    return node;
}

rwg_node rwg__project_module(rwg_project *p, rwg_file file, rwg_env env) {
    rwg_node node = rwg__project_node(p, file, env);
    if (!p->nodes.ptr[node.v].module) {
        p->nodes.ptr[node.v].module = true;
        rwg__settle_queue(p, node.v);
    }
    return node;
}

void rwg__project_mark_dirty(rwg_project *p, uint32_t id) {
    node_state *n = &p->nodes.ptr[id];
    if (!n->dirty) {
        n->dirty = true;
        *rwg__vec_push(&p->dirty, p->mem) = id;
    }
}

void rwg__project_mark_file_dirty(rwg_project *p, rwg_file file) {
    for (uint32_t id = p->files.ptr[file.v].first_node; id; id = p->nodes.ptr[id].next_of_file) {
        rwg__project_mark_dirty(p, id);
    }
}

static void free_node(rwg_project *p, node_state *n) {
    rwg__mem_free(p->mem, n->edges, n->edge_count * sizeof *n->edges);
    rwg__mem_free(p->mem, n->ids, n->id_count * sizeof *n->ids);
    n->edges = NULL;
    n->ids = NULL;
    n->edge_count = 0;
    n->id_count = 0;
}

void rwg__project_kill_node(rwg_project *p, uint32_t id) {
    node_state *n = &p->nodes.ptr[id];
    if (n->live) {
        free_node(p, n);
        n->live = false;
        n->module = false;
        n->expanded = false;
        n->flags = 0;
        rwg__project_mark_dirty(p, id);
    }
}

void rwg__project_notice(
    rwg_project *p, uint16_t code, uint8_t severity, rwg_str path, rwg_str message, rwg_str fix
) {
    *rwg__vec_push(&p->notices, p->mem) = (rwg_diag){
        .code = (rwg_diag_code)code,
        .severity = (rwg_severity)severity,
        .path = rwg__project_name(p, path),
        .message = rwg__project_name(p, message),
        .fix = rwg__project_name(p, fix),
    };
}

rwg_status rwg__project_may_go_on(rwg_project *p, rwg_error *err) {
    if (atomic_exchange(&p->cancelled, false)) {
        return rwg__error(err, RWG_CANCELLED, p->root, "cancelled; the graph before it is current");
    }
    if (rwg__mem_over_budget(p->mem)) {
        return rwg__error(
            err,
            RWG_BUDGET,
            p->root,
            "the memory budget of %llu bytes is used up",
            (unsigned long long)p->mem->budget
        );
    }
    if (p->files.len > RWG_LIMIT_FILES) {
        return rwg__error(
            err, RWG_LIMIT, p->root, "more than %u files; name a smaller folder", RWG_LIMIT_FILES
        );
    }
    return RWG_OK;
}

/* --- opening --- */

static rwg_env first_env(const rwg_config *config, rwg_env_role role) {
    for (uint32_t i = 0; i < config->env_count; i++) {
        if (config->envs[i].role == role) {
            return (rwg_env){i + 1};
        }
    }
    return (rwg_env){0};
}

static rwg_status open_root(rwg_project *p, rwg_str root, rwg_error *err) {
    char *real = NULL;
    rwg_status status = p->fs.realpath(p->fs.self, root, &real);
    if (status != RWG_OK) {
        return rwg__error(err, status, root, "the project's folder does not exist");
    }
    p->root = rwg__project_name(p, rwg__str_c(real));
    free(real);
    rwg_fs_stat stat;
    status = p->fs.stat(p->fs.self, p->root, &stat);
    if (status != RWG_OK || stat.kind != RWG_FS_DIR) {
        return rwg__error(err, RWG_INVALID, p->root, "a project is a folder");
    }
    return RWG_OK;
}

static rwg_status open_config(rwg_project *p, const rwg_config *given, rwg_error *err) {
    if (given) {
        p->config = *given;
    } else {
        rwg_status status = rwg_config_load(&p->fs, p->root, &p->config, err);
        if (status != RWG_OK) {
            return status;
        }
        p->config_owned = true;
    }
    if (p->config.env_count == 0 || p->config.env_count > RWG_MAX_ENVS) {
        return rwg__error(
            err, RWG_INVALID, p->root, "a project has 1 to %d environments", RWG_MAX_ENVS
        );
    }
    for (uint32_t i = 0; i < p->config.env_count; i++) {
        const rwg_env_config *env = &p->config.envs[i];
        p->envs[i] = (rwg__env_row){rwg__project_name(p, env->name), env->role};
    }
    p->client_env = first_env(&p->config, RWG_ROLE_CLIENT);
    p->ssr_env = first_env(&p->config, RWG_ROLE_SSR);
    p->server_env = first_env(&p->config, RWG_ROLE_SERVER);
    p->config_hash = rwg__config_hash(&p->config, p->mem);
    return RWG_OK;
}

static rwg_graph *empty_graph(rwg_project *p) {
    const rwg__file_row no_file[1] = {{.flags = 0}};
    const rwg__node_row no_node[1] = {{.flags = 0}};
    return rwg__graph_build(&(rwg__graph_input){
        .mem = p->mem,
        .names = p->names,
        .envs = p->envs,
        .env_count = p->config.env_count,
        .files = no_file,
        .file_count = 1,
        .nodes = no_node,
        .node_count = 1,
    });
}

static uint32_t count_workers(uint32_t wanted) {
    if (wanted == RWG_WORKERS_NONE) {
        return 0;
    }
    uint32_t workers = wanted ? wanted : rwg__pool_processors();
    return workers < RWG_LIMIT_WORKERS ? workers : RWG_LIMIT_WORKERS;
}

static rwg_project *new_project(const rwg_project_options *options) {
    rwg__mem *mem = rwg__mem_new(options->allocator, options->memory_budget);
    rwg_project *p = rwg__mem_zalloc(mem, sizeof *p);
    p->mem = mem;
    p->fs = options->fs ? *options->fs : rwg_fs_system();
    p->names = rwg__names_new(mem);
    p->on_progress = options->on_progress;
    p->payload = options->payload;
    p->trace_sink = options->trace;
    p->trace = options->trace ? rwg__trace_new(mem) : NULL;
    p->worker_count = count_workers(options->workers);
    rwg__strmap_init(&p->by_path, mem);
    rwg__strmap_init(&p->walked_ids, mem);
    *rwg__vec_push(&p->files, mem) = (file_state){0};
    *rwg__vec_push(&p->nodes, mem) = (node_state){0};
    rwg__arena_init(&p->facts, mem);
    rwg__arena_init(&p->history_arena, mem);
    rwg__lock_init(&p->current_lock);
    return p;
}

static rwg_status
open_parts(rwg_project *p, rwg_str root, const rwg_project_options *options, rwg_error *err) {
    rwg_status status = open_root(p, root, err);
    if (status == RWG_OK) {
        status = open_config(p, options->config, err);
    }
    if (status == RWG_OK) {
        status = rwg__resolver_new(p->mem, &p->fs, p->root, &p->config, &p->resolver, err);
    }
    if (status == RWG_OK) {
        rwg__read_start(p);
        p->current = empty_graph(p);
        if (!options->no_cache) {
            rwg__persist_open(p, options->cache_path);
        }
    }
    return status;
}

rwg_status rwg_project_open(
    rwg_str root, const rwg_project_options *options, rwg_project **out, rwg_error *err
) {
    *out = NULL;
    rwg_project_options defaults = RWG_PROJECT_OPTIONS_INIT;
    if (options && options->size != sizeof *options) {
        return rwg__error(err, RWG_INVALID, root, "rwg_project_options.size is not set");
    }
    rwg_project *p = new_project(options ? options : &defaults);
    rwg_status status = open_parts(p, root, options ? options : &defaults, err);
    if (status != RWG_OK) {
        rwg_project_close(p);
        return status;
    }
    *out = p;
    return RWG_OK;
}

static void close_tables(rwg_project *p) {
    for (uint32_t i = 0; i < p->files.len; i++) {
        if (p->files.ptr[i].module) {
            rwg__module_release(p->files.ptr[i].module);
        }
    }
    for (uint32_t i = 0; i < p->nodes.len; i++) {
        free_node(p, &p->nodes.ptr[i]);
    }
    for (uint32_t i = 0; i < p->overlays.len; i++) {
        rwg__mem_free(p->mem, p->overlays.ptr[i].text, p->overlays.ptr[i].size);
    }
    rwg__vec_free(&p->files, p->mem);
    rwg__vec_free(&p->nodes, p->mem);
    rwg__vec_free(&p->queue, p->mem);
    rwg__vec_free(&p->dirty, p->mem);
    rwg__vec_free(&p->diags, p->mem);
    rwg__vec_free(&p->notices, p->mem);
    rwg__vec_free(&p->unreached, p->mem);
    rwg__vec_free(&p->overlays, p->mem);
    rwg__vec_free(&p->committed, p->mem);
    rwg__vec_free(&p->walked, p->mem);
    rwg__vec_free(&p->rules, p->mem);
    rwg__vec_free(&p->stored_dirs, p->mem);
    rwg__vec_free(&p->stored_inputs, p->mem);
    rwg__vec_free(&p->entry_inputs, p->mem);
    rwg__vec_free(&p->history, p->mem);
    rwg__arena_deinit(&p->history_arena);
    rwg__strmap_deinit(&p->walked_ids);
    rwg__strmap_deinit(&p->by_path);
    rwg__arena_deinit(&p->facts);
}

void rwg_project_close(rwg_project *p) {
    if (!p) {
        return;
    }
    if (p->store) {
        /* A cache that cannot be written is no reason to fail; the next scan starts from what there
         * is. */
        (void)rwg__persist_save(p, NULL);
        rwg__persist_close(p);
    }
    if (p->pool) {
        rwg__read_stop(p);
    }
    if (p->trace) {
        rwg__trace_write(p->trace, p->trace_sink);
        rwg__trace_free(p->trace);
    }
    if (p->resolver) {
        rwg_resolver_free(p->resolver);
    }
    if (p->current) {
        rwg_graph_release(p->current);
    }
    close_tables(p);
    if (p->config_owned) {
        rwg_config_deinit(&p->config);
    }
    rwg__names_release(p->names);
    rwg__lock_deinit(&p->current_lock);
    rwg__mem *mem = p->mem;
    rwg__mem_free(mem, p, sizeof *p);
    rwg__mem_release(mem);
}

/* --- small public functions --- */

rwg_graph *rwg_project_graph(rwg_project *p) {
    rwg__lock_take(&p->current_lock);
    rwg_graph *g = rwg_graph_retain(p->current);
    rwg__lock_give(&p->current_lock);
    return g;
}

const rwg_config *rwg_project_config(const rwg_project *p) {
    return &p->config;
}

rwg_str rwg_project_root(const rwg_project *p) {
    return p->root;
}

rwg_str rwg_project_cache_path(const rwg_project *p) {
    return p->cache_path;
}

const rwg_diag *rwg_project_notices(const rwg_project *p, uint32_t *out_n) {
    *out_n = p->notices.len;
    return p->notices.ptr;
}

typedef struct unreached_file {
    rwg_str path;
    rwg_file file;
} unreached_file;

static int by_unreached_path(const void *a, const void *b) {
    return rwg__str_compare(((const unreached_file *)a)->path, ((const unreached_file *)b)->path);
}

static bool is_reached(const rwg_project *p, const file_state *f) {
    bool reached = false;
    for (uint32_t id = f->first_node; id && !reached; id = p->nodes.ptr[id].next_of_file) {
        rwg_node node = {id};
        reached = rwg_graph_is_live(p->current, node) &&
                  rwg_node_flags(p->current, node) & RWG_NODE_REACHED;
    }
    return reached;
}

const rwg_file *rwg_project_unreached(rwg_project *p, uint32_t *out_n) {
    RWG_VEC(unreached_file) found = {0};
    for (uint32_t id = 1; id < p->files.len; id++) {
        const file_state *f = &p->files.ptr[id];
        if (f->flags & FILE_SOURCE && !(f->flags & FILE_GONE) && !is_reached(p, f)) {
            *rwg__vec_push(&found, p->mem) = (unreached_file){f->rel, {id}};
        }
    }
    if (found.len) {
        qsort(found.ptr, found.len, sizeof *found.ptr, by_unreached_path);
    }
    p->unreached.len = 0;
    for (uint32_t i = 0; i < found.len; i++) {
        *rwg__vec_push(&p->unreached, p->mem) = found.ptr[i].file;
    }
    rwg__vec_free(&found, p->mem);
    *out_n = p->unreached.len;
    return p->unreached.ptr;
}

void rwg_project_cancel(rwg_project *p) {
    atomic_store(&p->cancelled, true);
}

static overlay *overlay_slot(rwg_project *p, rwg_str path) {
    for (uint32_t i = 0; i < p->overlays.len; i++) {
        if (rwg__str_eq(p->overlays.ptr[i].path, path)) {
            return &p->overlays.ptr[i];
        }
    }
    overlay *added = rwg__vec_push(&p->overlays, p->mem);
    *added = (overlay){.path = rwg__project_name(p, path)};
    return added;
}

void rwg_project_overlay(rwg_project *p, rwg_str path, rwg_str text) {
    overlay *over = overlay_slot(p, path);
    /* A job under way may still read the old text, so let the jobs finish first. */
    while (rwg__read_take(p)) {
    }
    rwg__mem_free(p->mem, over->text, over->size);
    *over = (overlay){.path = over->path};
    if (text.ptr) {
        over->size = text.len + 1;
        over->text = rwg__mem_resize(p->mem, NULL, 0, over->size);
        memcpy(over->text, text.ptr, text.len);
        over->len = text.len;
    }
}

void rwg_project_commit_deps(rwg_project *p) {
    uint32_t n = 0;
    const rwg_dependency *deps = rwg_graph_deps(p->current, (rwg_env){0}, &n);
    p->committed.len = 0;
    for (uint32_t i = 0; i < n; i++) {
        *rwg__vec_push(&p->committed, p->mem) =
            (rwg__committed){deps[i].env, rwg__project_name(p, deps[i].specifier)};
    }
    p->structure_saved = false;
}

rwg_status
rwg_project_query(const rwg_project *p, rwg_str sql, bool json, rwg_sink *sink, rwg_error *err) {
    if (p->cache_path.len == 0) {
        return rwg__error(err, RWG_NOT_FOUND, p->root, "the project has no database");
    }
    return rwg__store_query(p->cache_path, sql, json, sink, err);
}

rwg_status rwg_project_save(rwg_project *p, rwg_error *err) {
    return p->store ? rwg__persist_save(p, err) : RWG_OK;
}
