/* Opening a project for a command, and small questions that every command asks of it. */
#include "open.h"

#include "cmd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A scan that is done within this time says nothing on its way. */
#define PATIENCE_NS  1000000000u
#define LONGEST_PATH 4096
/* The library's own limit on a source file. */
#define SOURCE_LIMIT (UINT64_C(64) * 1024 * 1024)

rwg_str rwg_cstr(const char *text) {
    return (rwg_str){text, text ? (uint32_t)strlen(text) : 0};
}

void rwg_print_str(rwg_str text) {
    (void)fwrite(text.ptr, 1, text.len, stdout);
}

int rwg_str_order(rwg_str a, rwg_str b) {
    uint32_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.ptr, b.ptr, len) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

bool rwg_str_equal(rwg_str a, rwg_str b) {
    return rwg_str_order(a, b) == 0;
}

void rwg_print_error(const rwg_error *err) {
    fprintf(stderr, "rwgraph: %s%s%s\n", err->path, err->path[0] ? ": " : "", err->text);
}

/* An entry that is not there would be a graph that is not what was asked for. */
static bool entries_exist(const rwg_open *o, const rwg_fs *fs, const char *root) {
    for (uint32_t i = 0; i < o->entries.count; i++) {
        const char *entry = o->entries.items[i];
        char path[LONGEST_PATH];
        rwg_fs_stat found = {0};
        int len = snprintf(
            path,
            sizeof path,
            "%s%s%s",
            entry[0] == '/' ? "" : root,
            entry[0] == '/' ? "" : "/",
            entry
        );
        if (len < 0 || (size_t)len >= sizeof path ||
            fs->stat(fs->self, rwg_cstr(path), &found) != RWG_OK || found.kind != RWG_FS_FILE) {
            fprintf(stderr, "rwgraph: --entry %s: there is no such file in %s\n", entry, root);
            return false;
        }
    }
    return true;
}

/* --entry replaces the entries of every environment asked for; an environment it does not concern
 * keeps its own. */
static int apply_entries(rwg_open *o, const char *dir, rwg_error *err) {
    rwg_config loaded = RWG_CONFIG_INIT;
    char *root = NULL;
    rwg_fs fs = rwg_fs_system();
    rwg_status status = fs.realpath(fs.self, rwg_cstr(dir), &root);
    if (status != RWG_OK) {
        fprintf(stderr, "rwgraph: %s: there is no such folder\n", dir);
        return RWG_EXIT_USAGE;
    }
    if (!entries_exist(o, &fs, root)) {
        free(root);
        return RWG_EXIT_USAGE;
    }
    status = rwg_config_load(NULL, rwg_cstr(root), &loaded, err);
    free(root);
    if (status != RWG_OK) {
        rwg_print_error(err);
        return RWG_EXIT_USAGE;
    }
    for (uint32_t i = 0; i < o->entries.count; i++) {
        o->entry_strings[i] = rwg_cstr(o->entries.items[i]);
    }
    for (uint32_t i = 0; i < loaded.env_count; i++) {
        o->envs[i] = loaded.envs[i];
        rwg_str name = loaded.envs[i].name;
        if (!o->env || (strlen(o->env) == name.len && memcmp(o->env, name.ptr, name.len) == 0)) {
            o->envs[i].entries = (rwg_str_list){o->entry_strings, o->entries.count};
        }
    }
    o->config = loaded;
    o->config.envs = o->envs;
    return RWG_EXIT_OK;
}

static int open_trace(rwg_open *o, rwg_project_options *options) {
    o->trace_file = fopen(o->trace, "w");
    if (!o->trace_file) {
        fprintf(stderr, "rwgraph: cannot write %s: %s\n", o->trace, strerror(errno));
        return RWG_EXIT_USAGE;
    }
    o->trace_sink = rwg_sink_file(o->trace_file);
    options->trace = &o->trace_sink;
    return RWG_EXIT_OK;
}

rwg_env rwg_open_env(const rwg_open *o, const char *name) {
    rwg_env found = rwg_graph_env(o->graph, rwg_cstr(name));
    if (found.v) {
        return found;
    }
    fprintf(stderr, "rwgraph: there is no environment '%s'; there are:", name);
    for (uint32_t i = 1; i <= rwg_graph_env_count(o->graph); i++) {
        rwg_str other = rwg_graph_env_name(o->graph, (rwg_env){i});
        fprintf(stderr, " %.*s", (int)other.len, other.ptr);
    }
    fputc('\n', stderr);
    return found;
}

static int choose_env(rwg_open *o) {
    if (!o->env) {
        return RWG_EXIT_OK;
    }
    o->only = rwg_open_env(o, o->env);
    return o->only.v ? RWG_EXIT_OK : RWG_EXIT_USAGE;
}

static uint64_t now_ns(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* One line that is written over and over, for scans that take longer than a second. */
static void show_progress(void *payload, const rwg_progress *progress) {
    rwg_open *o = payload;
    if (now_ns() - o->started_ns > PATIENCE_NS) {
        o->progress_shown = true;
        fprintf(
            stderr, "\r\033[Kscanning: %u of %u files", progress->files_done, progress->files_known
        );
        (void)fflush(stderr);
    }
}

static rwg_status scan(rwg_open *o, rwg_error *err) {
    o->started_ns = now_ns();
    rwg_status status = rwg_project_scan(o->project, &o->stats, err);
    if (o->progress_shown) {
        fputs("\r\033[K", stderr);
    }
    return status;
}

int rwg_open_project(rwg_open *o, const char *dir) {
    rwg_project_options options = RWG_PROJECT_OPTIONS_INIT;
    dir = dir ? dir : ".";
    rwg_error err = {0};
    options.no_cache = o->no_cache;
    options.workers = o->jobs;
    options.cache_path = rwg_cstr(o->cache);
    if (isatty(STDERR_FILENO)) {
        options.on_progress = show_progress;
        options.payload = o;
    }
    if (o->trace && open_trace(o, &options) != RWG_EXIT_OK) {
        return RWG_EXIT_USAGE;
    }
    if (o->entries.count) {
        int code = apply_entries(o, dir, &err);
        if (code != RWG_EXIT_OK) {
            return code;
        }
        options.config = &o->config;
    }
    if (rwg_project_open(rwg_cstr(dir), &options, &o->project, &err) != RWG_OK ||
        scan(o, &err) != RWG_OK) {
        rwg_print_error(&err);
        return RWG_EXIT_USAGE;
    }
    o->graph = rwg_project_graph(o->project);
    return choose_env(o);
}

void rwg_open_close(rwg_open *o) {
    if (o->graph) {
        rwg_graph_release(o->graph);
    }
    rwg_project_close(o->project);
    if (o->trace_file && fclose(o->trace_file) != 0) {
        fprintf(stderr, "rwgraph: %s could not be written\n", o->trace);
    }
    rwg_config_deinit(&o->config);
}

bool rwg_open_counts(const rwg_open *o, rwg_node node) {
    return rwg_graph_is_live(o->graph, node) && rwg_node_flags(o->graph, node) & RWG_NODE_REACHED &&
           (!o->only.v || rwg_node_env(o->graph, node).v == o->only.v);
}

bool rwg_open_asked(const rwg_open *o, rwg_env env) {
    return !o->only.v || o->only.v == env.v;
}

rwg_str rwg_open_path(const rwg_open *o, rwg_node node) {
    return rwg_graph_file_path(o->graph, rwg_node_file(o->graph, node));
}

rwg_file_text rwg_open_read(const rwg_open *o, rwg_str path) {
    rwg_fs fs = rwg_fs_system();
    rwg_str root = rwg_project_root(o->project);
    rwg_file_text file = {0};
    char full[LONGEST_PATH];
    uint64_t len = 0;
    int n =
        snprintf(full, sizeof full, "%.*s/%.*s", (int)root.len, root.ptr, (int)path.len, path.ptr);
    if (path.len && n > 0 && (size_t)n < sizeof full &&
        fs.read(fs.self, rwg_cstr(full), SOURCE_LIMIT, &file.bytes, &len) == RWG_OK) {
        file.text = (rwg_str){file.bytes, (uint32_t)len};
    }
    return file;
}

/* A path as the shell completes it, in the graph's terms; {0} when there is no such file. */
static rwg_node find_real(const rwg_open *o, rwg_str name, rwg_env env) {
    rwg_fs fs = rwg_fs_system();
    rwg_str root = rwg_project_root(o->project);
    rwg_node node = {0};
    char *real = NULL;
    if (fs.realpath(fs.self, name, &real) != RWG_OK) {
        return node;
    }
    if (strncmp(real, root.ptr, root.len) == 0 && real[root.len] == '/') {
        node = rwg_graph_find(o->graph, rwg_cstr(real + root.len + 1), env);
    }
    free(real);
    return node;
}

/* Does this path lie in a folder node_modules/NAME? */
static bool lies_in_package(rwg_str path, rwg_str name) {
    static const rwg_str FOLDER = {"node_modules/", 13};
    for (uint32_t at = 0; at + FOLDER.len + name.len < path.len; at++) {
        const char *here = path.ptr + at;
        if (memcmp(here, FOLDER.ptr, FOLDER.len) == 0 &&
            memcmp(here + FOLDER.len, name.ptr, name.len) == 0 &&
            here[FOLDER.len + name.len] == '/') {
            return true;
        }
    }
    return false;
}

static bool is_imported_from_outside(const rwg_open *o, rwg_node node, rwg_str package) {
    uint32_t n = 0;
    const rwg_node *importers = rwg_graph_importers(o->graph, node, &n);
    for (uint32_t i = 0; i < n; i++) {
        if (!lies_in_package(rwg_open_path(o, importers[i]), package)) {
            return true;
        }
    }
    return false;
}

/* The first file, by path, that others import of a package which only packages use. */
static rwg_node find_in_package(const rwg_open *o, rwg_str name, rwg_env env) {
    rwg_node found = {0};
    for (uint32_t i = 1; i <= rwg_graph_node_max(o->graph) && name.len; i++) {
        rwg_node node = {i};
        if (rwg_graph_is_live(o->graph, node) && rwg_node_env(o->graph, node).v == env.v &&
            lies_in_package(rwg_open_path(o, node), name) &&
            is_imported_from_outside(o, node, name) &&
            (!found.v || rwg_str_order(rwg_open_path(o, node), rwg_open_path(o, found)) < 0)) {
            found = node;
        }
    }
    return found;
}

rwg_node rwg_open_find(const rwg_open *o, const char *name, rwg_env env) {
    rwg_str text = rwg_cstr(name);
    rwg_node node = rwg_graph_find(o->graph, text, env);
    if (!node.v) {
        node = find_real(o, text, env);
    }
    uint32_t n = 0;
    const rwg_dependency *deps = rwg_graph_deps(o->graph, env, &n);
    for (uint32_t i = 0; i < n && !node.v; i++) {
        if (rwg_str_equal(deps[i].specifier, text) || rwg_str_equal(deps[i].package, text)) {
            node = deps[i].node;
        }
    }
    return node.v ? node : find_in_package(o, text, env);
}

void rwg_print_unknown(const rwg_open *o, const char *name) {
    fprintf(
        stderr,
        "rwgraph: %s is not in the graph%s%s\n",
        name,
        o->env ? " of " : "",
        o->env ? o->env : ""
    );
}
