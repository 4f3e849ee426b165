/* `rwgraph scan`: the graph of a project and what is worth knowing about it. */
#include "cmd.h"
#include "format.h"
#include "report.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Longest lists in the text report; --format json has everything. */
#define SHOWN_DEPS     40u
#define SHOWN_CYCLES   10u
#define SHOWN_PROBLEMS 20u
#define SHOWN_PACKAGES 30u

static void count_nodes(rwg_report *r) {
    const rwg_graph *g = r->open->graph;
    bool *seen = calloc((size_t)rwg_graph_file_max(g) + 1, sizeof *seen);
    if (!seen) {
        abort();
    }
    for (uint32_t i = 1; i <= rwg_graph_node_max(g); i++) {
        rwg_node node = {i};
        if (!rwg_open_counts(r->open, node)) {
            continue;
        }
        rwg_env_figures *figures = &r->envs[rwg_node_env(g, node).v];
        rwg_file file = rwg_node_file(g, node);
        uint32_t n = 0;
        const rwg_edge *edges = rwg_graph_edges(g, node, &n);
        r->files += !seen[file.v];
        seen[file.v] = true;
        figures->modules++;
        figures->entries += (rwg_node_flags(g, node) & RWG_NODE_ENTRY) != 0;
        for (uint32_t k = 0; k < n; k++) {
            figures->edges += edges[k].target.v != 0;
            figures->type_edges += edges[k].target.v && edges[k].flags & RWG_EDGE_TYPE_ONLY;
        }
    }
    free(seen);
}

static void count_rest(rwg_report *r) {
    const rwg_graph *g = r->open->graph;
    uint32_t n = 0;
    const rwg_dependency *deps = rwg_graph_deps(g, r->open->only, &n);
    for (uint32_t i = 0; i < n; i++) {
        r->envs[deps[i].env.v].deps++;
    }
    for (uint32_t env = 1; env <= rwg_graph_env_count(g); env++) {
        if (rwg_open_asked(r->open, (rwg_env){env})) {
            rwg_graph_cycles(g, (rwg_env){env}, &r->cycles[env]);
            r->cycle_count += r->cycles[env].count;
        }
    }
    r->problems = rwg_problems_collect(r->open);
    r->absences = rwg_absences_collect(r->open, &r->problems);
    r->unreached = rwg_project_unreached(r->open->project, &r->unreached_count);
}

/* --- text --- */

/* Escapes, empty where there is no terminal to take them. */
typedef struct style {
    bool color;
    const char *bold;
    const char *plain;
} style;

static const char *plural(uint32_t n, const char *one, const char *many) {
    return n == 1 ? one : many;
}

static void print_envs(const rwg_report *r, const style *s) {
    const rwg_graph *g = r->open->graph;
    printf(
        "%s%-12s %9s %9s %9s %9s %7s%s\n",
        s->bold,
        "environment",
        "entries",
        "modules",
        "edges",
        "packages",
        "cycles",
        s->plain
    );
    for (uint32_t env = 1; env <= rwg_graph_env_count(g); env++) {
        if (!rwg_open_asked(r->open, (rwg_env){env})) {
            continue;
        }
        const rwg_env_figures *f = &r->envs[env];
        rwg_str name = rwg_graph_env_name(g, (rwg_env){env});
        printf(
            "%-12.*s %9u %9u %9u %9u %7u\n",
            (int)name.len,
            name.ptr,
            f->entries,
            f->modules,
            f->edges,
            f->deps,
            r->cycles[env].count
        );
    }
}

/* New dependencies: what a dev server would have to prepare before the first request. */
static void print_fresh(const rwg_report *r, const style *s) {
    const rwg_graph *g = r->open->graph;
    uint32_t n = 0;
    uint32_t shown = 0;
    uint32_t total = 0;
    const rwg_dependency *deps = rwg_graph_deps(g, r->open->only, &n);
    for (uint32_t i = 0; i < n; i++) {
        total += deps[i].fresh;
    }
    if (!total) {
        return;
    }
    printf("\n%sNewly discovered dependencies: %u%s\n", s->bold, total, s->plain);
    for (uint32_t i = 0; i < n && shown < SHOWN_DEPS; i++) {
        const rwg_dependency *d = &deps[i];
        if (!d->fresh) {
            continue;
        }
        rwg_str env = rwg_graph_env_name(g, d->env);
        rwg_str by = rwg_open_path(r->open, d->importers[0]);
        printf("  %-8.*s %-32.*s ", (int)env.len, env.ptr, (int)d->specifier.len, d->specifier.ptr);
        rwg_print_str(by);
        if (d->importer_count > 1) {
            printf(" and %u more", d->importer_count - 1);
        }
        putchar('\n');
        shown++;
    }
    if (total > shown) {
        printf("  ... and %u more (--format json lists all)\n", total - shown);
    }
}

static void print_cycle(const rwg_report *r, uint32_t env, uint32_t index) {
    const rwg_graph *g = r->open->graph;
    const rwg_cycles *c = &r->cycles[env];
    rwg_str name = rwg_graph_env_name(g, (rwg_env){env});
    printf("  %-8.*s ", (int)name.len, name.ptr);
    for (uint32_t k = c->starts[index]; k < c->starts[index + 1]; k++) {
        rwg_print_str(rwg_open_path(r->open, c->nodes.items[k]));
        fputs(" -> ", stdout);
    }
    rwg_print_str(rwg_open_path(r->open, c->nodes.items[c->starts[index]]));
    uint32_t shown = c->starts[index + 1] - c->starts[index];
    if (c->sizes[index] > shown) {
        printf("  (%u modules in the whole component)", c->sizes[index]);
    }
    putchar('\n');
}

static void print_cycles(const rwg_report *r, const style *s) {
    if (!r->cycle_count) {
        return;
    }
    printf("\n%sImport cycles: %u%s\n", s->bold, r->cycle_count, s->plain);
    uint32_t shown = 0;
    for (uint32_t env = 1; env <= RWG_MAX_ENVS; env++) {
        for (uint32_t i = 0; i < r->cycles[env].count && shown < SHOWN_CYCLES; i++, shown++) {
            print_cycle(r, env, i);
        }
    }
    if (r->cycle_count > shown) {
        printf("  ... and %u more (--format json lists all)\n", r->cycle_count - shown);
    }
}

static void print_problems(const rwg_report *r, const style *s) {
    const rwg_problems *list = &r->problems;
    if (!list->count) {
        return;
    }
    printf(
        "\n%sProblems: %u %s, %u %s%s\n",
        s->bold,
        list->errors,
        plural(list->errors, "error", "errors"),
        list->warnings,
        plural(list->warnings, "warning", "warnings"),
        s->plain
    );
    rwg_problems_print(
        r->open, list, r->all_problems ? UINT32_MAX : SHOWN_PROBLEMS, !r->all_problems, s->color
    );
    if (r->absences.count && !r->all_problems) {
        printf(
            "%u %s not installed (%u %s):\n",
            r->absences.count,
            plural(r->absences.count, "package is", "packages are"),
            r->absences.row_count,
            plural(r->absences.row_count, "import", "imports")
        );
        rwg_absences_print(r->open, &r->absences, SHOWN_PACKAGES);
    }
}

static void print_notices(const rwg_report *r) {
    uint32_t n = 0;
    const rwg_diag *notices = rwg_project_notices(r->open->project, &n);
    for (uint32_t i = 0; i < n; i++) {
        fprintf(
            stderr, "rwgraph: note: %.*s\n", (int)notices[i].message.len, notices[i].message.ptr
        );
    }
}

static void print_totals(const rwg_report *r) {
    const rwg_stats *s = &r->open->stats;
    printf(
        "\n%u %s in the graph; %u read (%.1f MB), %u from the cache; %.1f ms\n",
        r->files,
        plural(r->files, "file", "files"),
        s->files_read,
        (double)s->bytes_read / 1e6,
        s->modules_reused,
        (double)s->elapsed_ns / 1e6
    );
    if (r->unreached_count) {
        printf(
            "%u more source %s reached from no entry (--format json lists them)\n",
            r->unreached_count,
            plural(r->unreached_count, "file is", "files are")
        );
    }
}

static void print_text(const rwg_report *r) {
    bool color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
    const style s = {color, color ? "\033[1m" : "", color ? "\033[0m" : ""};
    print_notices(r);
    print_envs(r, &s);
    print_fresh(r, &s);
    print_cycles(r, &s);
    print_problems(r, &s);
    print_totals(r);
}

/* --- the command --- */

static int report(const rwg_open *o, bool json, bool all_problems) {
    rwg_report r = {.open = o, .all_problems = all_problems};
    count_nodes(&r);
    count_rest(&r);
    if (json) {
        rwg_sink out = rwg_sink_file(stdout);
        rwg_report_json(&r, &out);
    } else {
        print_text(&r);
    }
    int code = r.problems.errors ? RWG_EXIT_FINDINGS : RWG_EXIT_OK;
    for (uint32_t env = 1; env <= RWG_MAX_ENVS; env++) {
        rwg_cycles_free(&r.cycles[env]);
    }
    rwg_absences_free(&r.absences);
    rwg_problems_free(&r.problems);
    return code;
}

/* Closing would save as well, but could not say that it failed. The report is true all the same. */
static void save(const rwg_open *o) {
    rwg_error err = {0};
    if (rwg_project_save(o->project, &err) != RWG_OK) {
        fprintf(stderr, "rwgraph: note: the cache could not be written: %s\n", err.text);
    }
}

int rwg_cmd_scan(int argc, char **argv) {
    rwg_open o = {0};
    const char *format = "text";
    const char *problems = "grouped";
    const rwg_opt options[] = {
        RWG_FORMAT_OPTION(&format),
        {.name = "problems",
         .kind = RWG_OPT_TEXT,
         .text = &problems,
         .value = "grouped|all",
         .help = "the first ones, and a line a package that is not installed (default); or each"},
        RWG_OPEN_OPTIONS(&o),
        {0},
    };
    const rwg_opt_usage usage = {
        .synopsis = "scan [DIR]",
        .about =
            "Builds the module graph of the project in DIR (default: .) for each environment and "
            "reports on it.\n"
            "What it learns is kept in a database; the next scan reads only what has changed.",
        .options = options,
        .takes = "one folder, and --problems grouped or all",
        .most = 1,
    };
    int count = 0;
    int code = RWG_EXIT_OK;
    if (!rwg_opt_parse(&usage, argc, argv, &count, &code)) {
        return code;
    }
    bool json = false;
    bool all = strcmp(problems, "all") == 0;
    if (!all && strcmp(problems, "grouped") != 0) {
        return rwg_opt_refuse(&usage, argv);
    }
    if (!rwg_format_is_json(format, &json)) {
        return RWG_EXIT_USAGE;
    }
    code = rwg_open_project(&o, count ? argv[1] : ".");
    if (code == RWG_EXIT_OK) {
        code = report(&o, json, all);
        /* The user has seen them: the next scan calls only later ones new. */
        rwg_project_commit_deps(o.project);
        save(&o);
    }
    rwg_open_close(&o);
    return code;
}
