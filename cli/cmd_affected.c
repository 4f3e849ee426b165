/* `rwgraph affected FILE...`: everything that could behave differently when these files change. */
#include "cmd.h"
#include "format.h"
#include "open.h"

#include <limits.h>
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

/* What the files named have to do with the graph, in one pass over them. */
typedef struct answer {
    const rwg_open *open;
    bool *marked;  /* [node] */
    bool *unknown; /* [name] */
    row *rows;     /* by environment and path */
    uint32_t count;
} answer;

/* A changed file is changed in every environment, and crosses into others over boundaries; --env
 * says which consequences to show. */
static void mark(answer *a, const char *name, bool *out_unknown) {
    const rwg_open *o = a->open;
    *out_unknown = true;
    for (uint32_t env = 1; env <= rwg_graph_env_count(o->graph); env++) {
        rwg_node node = rwg_open_find(o, name, (rwg_env){env});
        if (!node.v) {
            continue;
        }
        rwg_node_list list = {0};
        rwg_graph_affected(o->graph, node, &list);
        for (uint32_t i = 0; i < list.count; i++) {
            a->marked[list.items[i].v] = true;
        }
        rwg_node_list_free(&list);
        *out_unknown = false;
    }
}

/* The files that were named are no news, even where one is reached by way of another. */
static void unmark(answer *a, const char *name) {
    for (uint32_t env = 1; env <= rwg_graph_env_count(a->open->graph); env++) {
        a->marked[rwg_open_find(a->open, name, (rwg_env){env}).v] = false;
    }
}

static void collect(answer *a, char **names, uint32_t name_count) {
    const rwg_open *o = a->open;
    uint32_t max = rwg_graph_node_max(o->graph);
    a->marked = calloc((size_t)max + 1, sizeof *a->marked);
    a->unknown = calloc((size_t)name_count + 1, sizeof *a->unknown);
    a->rows = calloc((size_t)max + 1, sizeof *a->rows);
    if (!a->marked || !a->unknown || !a->rows) {
        abort();
    }
    for (uint32_t i = 0; i < name_count; i++) {
        mark(a, names[i], &a->unknown[i]);
    }
    for (uint32_t i = 0; i < name_count; i++) {
        unmark(a, names[i]);
    }
    for (uint32_t i = 1; i <= max; i++) {
        rwg_node node = {i};
        if (a->marked[i] && rwg_open_counts(o, node)) {
            a->rows[a->count++] = (row){rwg_node_env(o->graph, node).v, rwg_open_path(o, node)};
        }
    }
    qsort(a->rows, a->count, sizeof *a->rows, order_rows);
}

static void print_text(const answer *a, char **names, uint32_t name_count) {
    for (uint32_t i = 0; i < name_count; i++) {
        if (a->unknown[i]) {
            fprintf(
                stderr, "rwgraph: note: %s is not in the graph: it affects nothing\n", names[i]
            );
        }
    }
    for (uint32_t i = 0; i < a->count; i++) {
        rwg_str env = rwg_graph_env_name(a->open->graph, (rwg_env){a->rows[i].env});
        rwg_str path = a->rows[i].path;
        printf("%-12.*s %.*s\n", (int)env.len, env.ptr, (int)path.len, path.ptr);
    }
}

static void print_json(const answer *a, char **names, uint32_t name_count) {
    rwg_sink out = rwg_sink_file(stdout);
    rwg_json_writer w = rwg_json_writer_make(&out);
    rwg_json_object(&w);
    rwg_json_key(&w, "version");
    rwg_json_uint(&w, 1);
    rwg_json_key(&w, "unknown");
    rwg_json_array(&w);
    for (uint32_t i = 0; i < name_count; i++) {
        if (a->unknown[i]) {
            rwg_json_string(&w, rwg_cstr(names[i]));
        }
    }
    rwg_json_array_end(&w);
    rwg_json_key(&w, "affected");
    rwg_json_array(&w);
    for (uint32_t i = 0; i < a->count; i++) {
        rwg_json_object(&w);
        rwg_json_key(&w, "env");
        rwg_json_string(&w, rwg_graph_env_name(a->open->graph, (rwg_env){a->rows[i].env}));
        rwg_json_key(&w, "path");
        rwg_json_string(&w, a->rows[i].path);
        rwg_json_object_end(&w);
    }
    rwg_json_array_end(&w);
    rwg_json_object_end(&w);
    rwg_sink_cstr(&out, "\n");
}

static void answer_free(answer *a) {
    free(a->marked);
    free(a->unknown);
    free(a->rows);
}

int rwg_cmd_affected(int argc, char **argv) {
    rwg_open o = {0};
    const char *format = "text";
    bool json = false;
    const rwg_opt options[] = {
        RWG_FORMAT_OPTION(&format), RWG_OPEN_DIR_OPTION(&o), RWG_OPEN_OPTIONS(&o), {0}};
    const rwg_opt_usage usage = {
        .synopsis = "affected FILE...",
        .about = "Prints every file, by environment, that runs code of FILE directly or through "
                 "others,\n"
                 "without the files named. A file that is not in the graph affects nothing.",
        .options = options,
        .takes = "files",
        .least = 1,
        .most = INT_MAX,
    };
    int count = 0;
    int code = RWG_EXIT_OK;
    if (!rwg_opt_parse(&usage, argc, argv, &count, &code)) {
        return code;
    }
    if (!rwg_format_is_json(format, &json)) {
        return RWG_EXIT_USAGE;
    }
    code = rwg_open_project(&o, o.dir);
    if (code == RWG_EXIT_OK) {
        answer a = {.open = &o};
        collect(&a, argv + 1, (uint32_t)count);
        (json ? print_json : print_text)(&a, argv + 1, (uint32_t)count);
        answer_free(&a);
    }
    rwg_open_close(&o);
    return code;
}
