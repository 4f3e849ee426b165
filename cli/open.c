/* Opening a project for a command. */
#include "open.h"

#include "cmd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

rwg_str rwg_cstr(const char *text) {
    return (rwg_str){text, text ? (uint32_t)strlen(text) : 0};
}

void rwg_print_error(const rwg_error *err) {
    fprintf(stderr, "rwgraph: %s%s%s\n", err->path, err->path[0] ? ": " : "", err->text);
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

static int choose_env(rwg_open *o) {
    if (!o->env) {
        return RWG_EXIT_OK;
    }
    o->only = rwg_graph_env(o->graph, rwg_cstr(o->env));
    if (o->only.v) {
        return RWG_EXIT_OK;
    }
    fprintf(stderr, "rwgraph: there is no environment '%s'; there are:", o->env);
    for (uint32_t i = 1; i <= rwg_graph_env_count(o->graph); i++) {
        rwg_str name = rwg_graph_env_name(o->graph, (rwg_env){i});
        fprintf(stderr, " %.*s", (int)name.len, name.ptr);
    }
    fputc('\n', stderr);
    return RWG_EXIT_USAGE;
}

int rwg_open_project(rwg_open *o, const char *dir) {
    rwg_project_options options = RWG_PROJECT_OPTIONS_INIT;
    rwg_error err = {0};
    options.no_cache = o->no_cache;
    options.workers = o->jobs;
    options.cache_path = rwg_cstr(o->cache);
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
        rwg_project_scan(o->project, &o->stats, &err) != RWG_OK) {
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
