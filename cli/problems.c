/* Equal rows are neighbours but for what other environments say about the same place, so each row
 * is compared with those of its place only. */
#include "problems.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static_assert(RWG_MAX_ENVS <= 32, "a problem's environments are the bits of one number");

/* All names of environments and ", " between them. */
#define ENVS_TEXT_SIZE 1024

static bool same_place(const rwg_diag *a, const rwg_diag *b) {
    return a->span.start == b->span.start && rwg_str_equal(a->path, b->path);
}

static bool same_problem(const rwg_diag *a, const rwg_diag *b) {
    return a->code == b->code && a->severity == b->severity && a->span.end == b->span.end &&
           rwg_str_equal(a->message, b->message) && rwg_str_equal(a->fix, b->fix);
}

/* The problem that this row repeats, or NULL. */
static rwg_problem *find_equal(const rwg_problems *list, const rwg_diag *diag) {
    for (uint32_t i = list->count; i > 0 && same_place(list->items[i - 1].diag, diag); i--) {
        if (same_problem(list->items[i - 1].diag, diag)) {
            return &list->items[i - 1];
        }
    }
    return NULL;
}

rwg_problems rwg_problems_collect(const rwg_open *o) {
    rwg_problems list = {0};
    uint32_t n = 0;
    const rwg_diag *diags = rwg_graph_diags(o->graph, &n);
    list.items = calloc((size_t)n + 1, sizeof *list.items);
    if (!list.items) {
        abort();
    }
    for (uint32_t i = 0; i < n; i++) {
        rwg_env env = diags[i].env.len ? rwg_graph_env(o->graph, diags[i].env) : (rwg_env){0};
        if (o->only.v && env.v && env.v != o->only.v) {
            continue;
        }
        rwg_problem *problem = find_equal(&list, &diags[i]);
        if (!problem) {
            problem = &list.items[list.count++];
            problem->diag = &diags[i];
            list.errors += diags[i].severity == RWG_SEVERITY_ERROR;
            list.warnings += diags[i].severity == RWG_SEVERITY_WARNING;
        }
        if (env.v) {
            problem->envs |= 1u << (env.v - 1);
        }
    }
    return list;
}

void rwg_problems_free(rwg_problems *problems) {
    free(problems->items);
    *problems = (rwg_problems){0};
}

/* "client, ssr" into text. */
static rwg_str name_envs(const rwg_graph *g, uint32_t envs, char *text) {
    uint32_t len = 0;
    for (uint32_t env = 1; env <= rwg_graph_env_count(g); env++) {
        rwg_str name = rwg_graph_env_name(g, (rwg_env){env});
        if (!(envs >> (env - 1) & 1) || len + name.len + 2 > ENVS_TEXT_SIZE) {
            continue;
        }
        if (len) {
            text[len++] = ',';
            text[len++] = ' ';
        }
        memcpy(text + len, name.ptr, name.len);
        len += name.len;
    }
    return (rwg_str){text, len};
}

/* How an entry comes to import the file: the question that follows every problem. */
static void print_chain(const rwg_open *o, const rwg_problem *problem) {
    const rwg_graph *g = o->graph;
    rwg_node node = {0};
    for (uint32_t env = 1; env <= rwg_graph_env_count(g) && !node.v; env++) {
        rwg_node candidate = rwg_graph_find(g, problem->diag->path, (rwg_env){env});
        bool concerned = !problem->envs || problem->envs >> (env - 1) & 1;
        if (concerned && candidate.v && rwg_open_counts(o, candidate)) {
            node = candidate;
        }
    }
    rwg_node_list chain = {0};
    if (!node.v || rwg_graph_why(g, (rwg_node){0}, node, true, &chain) != RWG_OK) {
        return;
    }
    if (chain.count > 1) {
        fputs("  reached by ", stdout);
        for (uint32_t i = 0; i < chain.count; i++) {
            fputs(i ? " -> " : "", stdout);
            rwg_print_str(rwg_open_path(o, chain.items[i]));
        }
        putchar('\n');
    }
    rwg_node_list_free(&chain);
}

static void print_problem(const rwg_open *o, const rwg_problem *problem, rwg_str text, bool color) {
    rwg_sink out = rwg_sink_file(stdout);
    char envs[ENVS_TEXT_SIZE];
    rwg_diag diag = *problem->diag;
    if (problem->envs) {
        diag.env = name_envs(o->graph, problem->envs, envs);
    }
    rwg_diag_render(&diag, text, color, &out);
}

static void
print_list(const rwg_open *o, const rwg_problem *const *list, uint32_t count, bool color) {
    rwg_file_text text = {0};
    for (uint32_t i = 0; i < count; i++) {
        rwg_str path = list[i]->diag->path;
        if (i == 0 || !rwg_str_equal(list[i - 1]->diag->path, path)) {
            text = rwg_open_read(o, path);
        }
        print_problem(o, list[i], text.text, color);
        if (i + 1 == count || !rwg_str_equal(list[i + 1]->diag->path, path)) {
            print_chain(o, list[i]);
            free(text.bytes);
            text = (rwg_file_text){0};
        }
    }
}

void rwg_problems_print(
    const rwg_open *o, const rwg_problems *problems, uint32_t most, bool grouped, bool color
) {
    const rwg_problem **list = calloc((size_t)problems->count + 1, sizeof *list);
    uint32_t count = 0;
    if (!list) {
        abort();
    }
    for (uint32_t i = 0; i < problems->count; i++) {
        const rwg_problem *problem = &problems->items[i];
        if (!grouped || problem->diag->code != RWG_DIAG_PACKAGE_NOT_INSTALLED) {
            list[count++] = problem;
        }
    }
    print_list(o, list, count < most ? count : most, color);
    if (count > most) {
        printf("... and %u more (--problems all or --format json lists all)\n", count - most);
    }
    free(list);
}
