#define _POSIX_C_SOURCE 200809L

/* `rwgraph scan`: the graph of a project and what is worth knowing about it. */
#include "cmd.h"
#include "open.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Longest lists in the text report; --format json has everything. */
#define SHOWN_DEPS   40u
#define SHOWN_CYCLES 10u
#define SHOWN_DIAGS  50u

typedef struct env_figures {
    uint32_t modules;
    uint32_t entries;
    uint32_t edges;
    uint32_t type_edges;
    uint32_t deps;
    uint32_t fresh_deps;
} env_figures;

typedef struct scan_report {
    rwg_open *open;
    env_figures envs[RWG_MAX_ENVS + 1]; /* [env] */
    uint32_t files;                     /* distinct files that are reached */
    uint32_t errors;
    uint32_t warnings;
    rwg_cycles cycles[RWG_MAX_ENVS + 1];
    uint32_t cycle_count;
    bool color;
} scan_report;

static bool env_asked(const scan_report *r, uint32_t env) {
    return !r->open->only.v || r->open->only.v == env;
}

static void count_nodes(scan_report *r) {
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
        env_figures *figures = &r->envs[rwg_node_env(g, node).v];
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

static void count_rest(scan_report *r) {
    const rwg_graph *g = r->open->graph;
    uint32_t n = 0;
    const rwg_dependency *deps = rwg_graph_deps(g, r->open->only, &n);
    for (uint32_t i = 0; i < n; i++) {
        r->envs[deps[i].env.v].deps++;
        r->envs[deps[i].env.v].fresh_deps += deps[i].fresh;
    }
    for (uint32_t env = 1; env <= rwg_graph_env_count(g); env++) {
        if (env_asked(r, env)) {
            rwg_graph_cycles(g, (rwg_env){env}, &r->cycles[env]);
            r->cycle_count += r->cycles[env].count;
        }
    }
    const rwg_diag *diags = rwg_graph_diags(g, &n);
    for (uint32_t i = 0; i < n; i++) {
        r->errors += diags[i].severity == RWG_SEVERITY_ERROR;
        r->warnings += diags[i].severity == RWG_SEVERITY_WARNING;
    }
}

/* --- text --- */

static const char *bold(const scan_report *r) {
    return r->color ? "\033[1m" : "";
}

static const char *plain(const scan_report *r) {
    return r->color ? "\033[0m" : "";
}

static void print_str(rwg_str text) {
    fwrite(text.ptr, 1, text.len, stdout);
}

static void print_envs(const scan_report *r) {
    const rwg_graph *g = r->open->graph;
    printf(
        "%s%-12s %9s %9s %9s %9s %7s%s\n",
        bold(r),
        "environment",
        "entries",
        "modules",
        "edges",
        "packages",
        "cycles",
        plain(r)
    );
    for (uint32_t env = 1; env <= rwg_graph_env_count(g); env++) {
        if (!env_asked(r, env)) {
            continue;
        }
        const env_figures *f = &r->envs[env];
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
static void print_fresh(const scan_report *r) {
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
    printf("\n%sNewly discovered dependencies: %u%s\n", bold(r), total, plain(r));
    for (uint32_t i = 0; i < n && shown < SHOWN_DEPS; i++) {
        const rwg_dependency *d = &deps[i];
        if (!d->fresh) {
            continue;
        }
        rwg_str env = rwg_graph_env_name(g, d->env);
        rwg_str by = rwg_graph_file_path(g, rwg_node_file(g, d->importers[0]));
        printf("  %-8.*s %-32.*s ", (int)env.len, env.ptr, (int)d->specifier.len, d->specifier.ptr);
        print_str(by);
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

static void print_cycle(const scan_report *r, uint32_t env, uint32_t index) {
    const rwg_graph *g = r->open->graph;
    const rwg_cycles *c = &r->cycles[env];
    rwg_str name = rwg_graph_env_name(g, (rwg_env){env});
    printf("  %-8.*s ", (int)name.len, name.ptr);
    for (uint32_t k = c->starts[index]; k < c->starts[index + 1]; k++) {
        print_str(rwg_graph_file_path(g, rwg_node_file(g, c->nodes.items[k])));
        fputs(" -> ", stdout);
    }
    print_str(rwg_graph_file_path(g, rwg_node_file(g, c->nodes.items[c->starts[index]])));
    uint32_t shown = c->starts[index + 1] - c->starts[index];
    if (c->sizes[index] > shown) {
        printf("  (%u modules in the whole component)", c->sizes[index]);
    }
    putchar('\n');
}

static void print_cycles(const scan_report *r) {
    if (!r->cycle_count) {
        return;
    }
    printf("\n%sImport cycles: %u%s\n", bold(r), r->cycle_count, plain(r));
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

/* How an entry comes to import the file: the question that follows every problem. */
static void print_chain(const scan_report *r, const rwg_diag *diag) {
    const rwg_graph *g = r->open->graph;
    rwg_node node = {0};
    for (uint32_t env = 1; env <= rwg_graph_env_count(g) && !node.v; env++) {
        rwg_node candidate = rwg_graph_find(g, diag->path, (rwg_env){env});
        if (candidate.v && rwg_node_flags(g, candidate) & RWG_NODE_REACHED) {
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
            print_str(rwg_graph_file_path(g, rwg_node_file(g, chain.items[i])));
        }
        putchar('\n');
    }
    rwg_node_list_free(&chain);
}

static void print_diag(const scan_report *r, const rwg_diag *diag) {
    rwg_fs fs = rwg_fs_system();
    rwg_sink out = rwg_sink_file(stdout);
    rwg_str root = rwg_project_root(r->open->project);
    char path[4096];
    char *bytes = NULL;
    uint64_t len = 0;
    int n = snprintf(
        path, sizeof path, "%.*s/%.*s", (int)root.len, root.ptr, (int)diag->path.len, diag->path.ptr
    );
    bool fits = n > 0 && (size_t)n < sizeof path && diag->path.len;
    bool read = fits && fs.read(fs.self, rwg_cstr(path), 64u << 20, &bytes, &len) == RWG_OK;
    rwg_diag_render(diag, (rwg_str){bytes, (uint32_t)len}, r->color, &out);
    if (read) {
        free(bytes);
    }
    print_chain(r, diag);
}

static bool diag_asked(const scan_report *r, const rwg_diag *diag) {
    if (!r->open->only.v || !diag->env.len) {
        return true;
    }
    rwg_str name = rwg_graph_env_name(r->open->graph, r->open->only);
    return diag->env.len == name.len && memcmp(diag->env.ptr, name.ptr, name.len) == 0;
}

static void print_diags(const scan_report *r) {
    uint32_t n = 0;
    uint32_t shown = 0;
    const rwg_diag *diags = rwg_graph_diags(r->open->graph, &n);
    if (!n) {
        return;
    }
    printf("\n%sProblems: %u errors, %u warnings%s\n", bold(r), r->errors, r->warnings, plain(r));
    for (uint32_t i = 0; i < n && shown < SHOWN_DIAGS; i++) {
        if (diag_asked(r, &diags[i])) {
            print_diag(r, &diags[i]);
            shown++;
        }
    }
    if (n > shown) {
        printf("... and %u more (--format json lists all)\n", n - shown);
    }
}

static void print_notices(const scan_report *r) {
    uint32_t n = 0;
    const rwg_diag *notices = rwg_project_notices(r->open->project, &n);
    for (uint32_t i = 0; i < n; i++) {
        fprintf(
            stderr, "rwgraph: note: %.*s\n", (int)notices[i].message.len, notices[i].message.ptr
        );
    }
}

static void print_text(const scan_report *r) {
    const rwg_stats *s = &r->open->stats;
    print_envs(r);
    print_fresh(r);
    print_cycles(r);
    print_diags(r);
    printf(
        "\n%u files in the graph; %u read (%.1f MB), %u from the cache; %.1f ms\n",
        r->files,
        s->files_read,
        (double)s->bytes_read / 1e6,
        s->modules_reused,
        (double)s->elapsed_ns / 1e6
    );
}

/* --- JSON: cli/scan.schema.json describes it --- */

static void json_envs(const scan_report *r, rwg_json_writer *w) {
    const rwg_graph *g = r->open->graph;
    rwg_json_key(w, "environments");
    rwg_json_array(w);
    for (uint32_t env = 1; env <= rwg_graph_env_count(g); env++) {
        if (!env_asked(r, env)) {
            continue;
        }
        const env_figures *f = &r->envs[env];
        rwg_json_object(w);
        rwg_json_key(w, "name");
        rwg_json_string(w, rwg_graph_env_name(g, (rwg_env){env}));
        rwg_json_key(w, "entries");
        rwg_json_uint(w, f->entries);
        rwg_json_key(w, "modules");
        rwg_json_uint(w, f->modules);
        rwg_json_key(w, "edges");
        rwg_json_uint(w, f->edges);
        rwg_json_key(w, "typeEdges");
        rwg_json_uint(w, f->type_edges);
        rwg_json_object_end(w);
    }
    rwg_json_array_end(w);
}

static void json_path(const scan_report *r, rwg_json_writer *w, rwg_node node) {
    rwg_json_string(w, rwg_graph_file_path(r->open->graph, rwg_node_file(r->open->graph, node)));
}

static void json_deps(const scan_report *r, rwg_json_writer *w) {
    const rwg_graph *g = r->open->graph;
    uint32_t n = 0;
    const rwg_dependency *deps = rwg_graph_deps(g, r->open->only, &n);
    rwg_json_key(w, "dependencies");
    rwg_json_array(w);
    for (uint32_t i = 0; i < n; i++) {
        const rwg_dependency *d = &deps[i];
        rwg_json_object(w);
        rwg_json_key(w, "env");
        rwg_json_string(w, rwg_graph_env_name(g, d->env));
        rwg_json_key(w, "specifier");
        rwg_json_string(w, d->specifier);
        rwg_json_key(w, "package");
        rwg_json_string(w, d->package);
        rwg_json_key(w, "path");
        json_path(r, w, d->node);
        rwg_json_key(w, "version");
        rwg_json_hash(w, rwg_graph_version(g, d->node));
        rwg_json_key(w, "new");
        rwg_json_bool(w, d->fresh);
        rwg_json_key(w, "importers");
        rwg_json_array(w);
        for (uint32_t k = 0; k < d->importer_count; k++) {
            json_path(r, w, d->importers[k]);
        }
        rwg_json_array_end(w);
        rwg_json_object_end(w);
    }
    rwg_json_array_end(w);
}

static void json_cycles(const scan_report *r, rwg_json_writer *w) {
    rwg_json_key(w, "cycles");
    rwg_json_array(w);
    for (uint32_t env = 1; env <= RWG_MAX_ENVS; env++) {
        const rwg_cycles *c = &r->cycles[env];
        for (uint32_t i = 0; i < c->count; i++) {
            rwg_json_object(w);
            rwg_json_key(w, "env");
            rwg_json_string(w, rwg_graph_env_name(r->open->graph, (rwg_env){env}));
            rwg_json_key(w, "size");
            rwg_json_uint(w, c->sizes[i]);
            rwg_json_key(w, "path");
            rwg_json_array(w);
            for (uint32_t k = c->starts[i]; k < c->starts[i + 1]; k++) {
                json_path(r, w, c->nodes.items[k]);
            }
            rwg_json_array_end(w);
            rwg_json_object_end(w);
        }
    }
    rwg_json_array_end(w);
}

static void json_diags(rwg_json_writer *w, const char *key, const rwg_diag *diags, uint32_t n) {
    static const char *const SEVERITIES[] = {"none", "error", "warning", "note"};
    rwg_json_key(w, key);
    rwg_json_array(w);
    for (uint32_t i = 0; i < n; i++) {
        const rwg_diag *d = &diags[i];
        rwg_json_object(w);
        rwg_json_key(w, "code");
        rwg_json_cstring(w, rwg_diag_code_name(d->code));
        rwg_json_key(w, "severity");
        rwg_json_cstring(w, SEVERITIES[d->severity]);
        rwg_json_key(w, "path");
        rwg_json_string(w, d->path);
        rwg_json_key(w, "env");
        rwg_json_string(w, d->env);
        rwg_json_key(w, "line");
        rwg_json_uint(w, d->line);
        rwg_json_key(w, "start");
        rwg_json_uint(w, d->span.start);
        rwg_json_key(w, "end");
        rwg_json_uint(w, d->span.end);
        rwg_json_key(w, "message");
        rwg_json_string(w, d->message);
        rwg_json_key(w, "fix");
        rwg_json_string(w, d->fix);
        rwg_json_object_end(w);
    }
    rwg_json_array_end(w);
}

static void json_stats(const scan_report *r, rwg_json_writer *w) {
    const rwg_stats *s = &r->open->stats;

    const struct {
        const char *key;
        uint64_t value;
    } FIGURES[] = {
        {"files", r->files},
        {"filesRead", s->files_read},
        {"filesParsed", s->files_parsed},
        {"filesParsedWhole", s->files_full},
        {"modulesReused", s->modules_reused},
        {"resolutions", s->resolved},
        {"bytesRead", s->bytes_read},
        {"elapsedNs", s->elapsed_ns},
        {"loadNs", s->load_ns},
        {"parseNs", s->parse_ns},
        {"commitNs", s->commit_ns},
    };

    rwg_json_key(w, "stats");
    rwg_json_object(w);
    for (size_t i = 0; i < sizeof FIGURES / sizeof FIGURES[0]; i++) {
        rwg_json_key(w, FIGURES[i].key);
        rwg_json_uint(w, FIGURES[i].value);
    }
    rwg_json_key(w, "cacheUsed");
    rwg_json_bool(w, s->cache_used);
    rwg_json_key(w, "cacheDropped");
    rwg_json_bool(w, s->cache_dropped);
    rwg_json_object_end(w);
}

static void print_json(const scan_report *r) {
    rwg_sink out = rwg_sink_file(stdout);
    rwg_json_writer w = rwg_json_writer_make(&out);
    uint32_t n = 0;
    rwg_json_object(&w);
    rwg_json_key(&w, "version");
    rwg_json_uint(&w, 1);
    rwg_json_key(&w, "generation");
    rwg_json_uint(&w, rwg_graph_generation(r->open->graph));
    json_envs(r, &w);
    json_deps(r, &w);
    json_cycles(r, &w);
    const rwg_diag *diags = rwg_graph_diags(r->open->graph, &n);
    json_diags(&w, "diagnostics", diags, n);
    const rwg_diag *notices = rwg_project_notices(r->open->project, &n);
    json_diags(&w, "notices", notices, n);
    json_stats(r, &w);
    rwg_json_object_end(&w);
    rwg_sink_cstr(&out, "\n");
}

/* --- the command --- */

static int report(rwg_open *o, bool json) {
    scan_report r = {.open = o};
    r.color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
    count_nodes(&r);
    count_rest(&r);
    if (json) {
        print_json(&r);
    } else {
        print_notices(&r);
        print_text(&r);
    }
    for (uint32_t env = 1; env <= RWG_MAX_ENVS; env++) {
        rwg_cycles_free(&r.cycles[env]);
    }
    return r.errors ? RWG_EXIT_FINDINGS : RWG_EXIT_OK;
}

int rwg_cmd_scan(int argc, char **argv) {
    rwg_open o = {0};
    const char *format = "text";
    const rwg_opt options[] = {
        {.name = "format",
         .kind = RWG_OPT_TEXT,
         .text = &format,
         .value = "text|json",
         .help = "how to print the report (default: text)"},
        RWG_OPEN_OPTIONS(&o),
        {0},
    };
    const rwg_opt_usage usage = {
        "scan [DIR]",
        "Builds the module graph of the project in DIR (default: .) for each environment and "
        "reports on it.\n"
        "What it learns is kept in a database; the next scan reads only what has changed.",
        options};
    int count = 0;
    rwg_opt_result parsed = rwg_opt_parse(&usage, argc, argv, &count);
    bool json = strcmp(format, "json") == 0;
    if (parsed != RWG_OPT_OK) {
        return parsed == RWG_OPT_HELP ? RWG_EXIT_OK : RWG_EXIT_USAGE;
    }
    if (count > 1 || (!json && strcmp(format, "text") != 0)) {
        fprintf(stderr, "rwgraph: scan takes one folder, and --format text or json\n");
        return RWG_EXIT_USAGE;
    }
    int code = rwg_open_project(&o, count ? argv[1] : ".");
    if (code == RWG_EXIT_OK) {
        code = report(&o, json);
        /* The user has seen them: the next scan calls only later ones new. */
        rwg_project_commit_deps(o.project);
    }
    rwg_open_close(&o);
    return code;
}
