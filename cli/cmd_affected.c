/* `rwgraph affected FILE...`: everything that could behave differently when these files change. */
#include "cmd.h"
#include "open.h"

#include <stdlib.h>

typedef struct row {
    uint32_t env;
    rwg_str path;
} row;

static int order_rows(const void *a, const void *b) {
    const row *left = a;
    const row *right = b;
    int order = (left->env > right->env) - (left->env < right->env);
    return order ? order : rwg_str_order(left->path, right->path);
}

/* A changed file is changed in every environment, and crosses into others over boundaries; --env
 * says which consequences to show. */
static void mark(const rwg_open *o, const char *name, bool *marked) {
    bool known = false;
    for (uint32_t env = 1; env <= rwg_graph_env_count(o->graph); env++) {
        rwg_node node = rwg_open_find(o, name, (rwg_env){env});
        if (!node.v) {
            continue;
        }
        rwg_node_list list = {0};
        rwg_graph_affected(o->graph, node, &list);
        for (uint32_t i = 0; i < list.count; i++) {
            marked[list.items[i].v] = true;
        }
        rwg_node_list_free(&list);
        known = true;
    }
    if (!known) {
        fprintf(stderr, "rwgraph: note: %s is not in the graph: it affects nothing\n", name);
    }
}

/* The files that were named are no news, even where one is reached by way of another. */
static void unmark(const rwg_open *o, const char *name, bool *marked) {
    for (uint32_t env = 1; env <= rwg_graph_env_count(o->graph); env++) {
        marked[rwg_open_find(o, name, (rwg_env){env}).v] = false;
    }
}

static void print_marked(const rwg_open *o, const bool *marked) {
    uint32_t max = rwg_graph_node_max(o->graph);
    row *rows = calloc((size_t)max + 1, sizeof *rows);
    uint32_t count = 0;
    if (!rows) {
        abort();
    }
    for (uint32_t i = 1; i <= max; i++) {
        rwg_node node = {i};
        if (marked[i] && rwg_open_counts(o, node)) {
            rows[count++] = (row){rwg_node_env(o->graph, node).v, rwg_open_path(o, node)};
        }
    }
    qsort(rows, count, sizeof *rows, order_rows);
    for (uint32_t i = 0; i < count; i++) {
        rwg_str env = rwg_graph_env_name(o->graph, (rwg_env){rows[i].env});
        printf("%-12.*s %.*s\n", (int)env.len, env.ptr, (int)rows[i].path.len, rows[i].path.ptr);
    }
    free(rows);
}

int rwg_cmd_affected(int argc, char **argv) {
    rwg_open o = {0};
    const rwg_opt options[] = {RWG_OPEN_DIR_OPTION(&o), RWG_OPEN_OPTIONS(&o), {0}};
    const rwg_opt_usage usage = {
        "affected FILE...",
        "Prints every file, by environment, that runs code of FILE directly or through others,\n"
        "without the files named. A file that is not in the graph affects nothing.",
        options};
    int count = 0;
    rwg_opt_result parsed = rwg_opt_parse(&usage, argc, argv, &count);
    if (parsed != RWG_OPT_OK) {
        return parsed == RWG_OPT_HELP ? RWG_EXIT_OK : RWG_EXIT_USAGE;
    }
    if (count == 0) {
        fprintf(stderr, "rwgraph: affected takes files\n");
        return RWG_EXIT_USAGE;
    }
    int code = rwg_open_project(&o, o.dir);
    if (code == RWG_EXIT_OK) {
        bool *marked = calloc((size_t)rwg_graph_node_max(o.graph) + 1, sizeof *marked);
        if (!marked) {
            abort();
        }
        for (int i = 1; i <= count; i++) {
            mark(&o, argv[i], marked);
        }
        for (int i = 1; i <= count; i++) {
            unmark(&o, argv[i], marked);
        }
        print_marked(&o, marked);
        free(marked);
    }
    rwg_open_close(&o);
    return code;
}
