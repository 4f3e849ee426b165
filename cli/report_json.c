/* The scan report as JSON. Additions are new keys; a change of what a key means is a new "version".
 */
#include "report.h"

static void json_envs(const rwg_report *r, rwg_json_writer *w) {
    const rwg_graph *g = r->open->graph;
    rwg_json_key(w, "environments");
    rwg_json_array(w);
    for (uint32_t env = 1; env <= rwg_graph_env_count(g); env++) {
        if (!rwg_open_asked(r->open, (rwg_env){env})) {
            continue;
        }
        const rwg_env_figures *f = &r->envs[env];
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
        rwg_json_key(w, "packages");
        rwg_json_uint(w, f->deps);
        rwg_json_key(w, "cycles");
        rwg_json_uint(w, r->cycles[env].count);
        rwg_json_object_end(w);
    }
    rwg_json_array_end(w);
}

void rwg_report_deps(const rwg_open *o, rwg_json_writer *w) {
    const rwg_graph *g = o->graph;
    uint32_t n = 0;
    const rwg_dependency *deps = rwg_graph_deps(g, o->only, &n);
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
        rwg_json_string(w, rwg_open_path(o, d->node));
        rwg_json_key(w, "version");
        rwg_json_hash(w, rwg_graph_version(g, d->node));
        rwg_json_key(w, "new");
        rwg_json_bool(w, d->fresh);
        rwg_json_key(w, "importers");
        rwg_json_array(w);
        for (uint32_t k = 0; k < d->importer_count; k++) {
            rwg_json_string(w, rwg_open_path(o, d->importers[k]));
        }
        rwg_json_array_end(w);
        rwg_json_object_end(w);
    }
    rwg_json_array_end(w);
}

static void json_cycles(const rwg_report *r, rwg_json_writer *w) {
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
                rwg_json_string(w, rwg_open_path(r->open, c->nodes.items[k]));
            }
            rwg_json_array_end(w);
            rwg_json_object_end(w);
        }
    }
    rwg_json_array_end(w);
}

static void json_diag(rwg_json_writer *w, const rwg_diag *d) {
    static const char *const SEVERITIES[] = {"none", "error", "warning", "note"};
    rwg_json_key(w, "code");
    rwg_json_cstring(w, rwg_diag_code_name(d->code));
    rwg_json_key(w, "severity");
    rwg_json_cstring(w, SEVERITIES[d->severity]);
    rwg_json_key(w, "path");
    rwg_json_string(w, d->path);
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
}

static void json_env_names(const rwg_report *r, rwg_json_writer *w, uint32_t envs) {
    rwg_json_key(w, "envs");
    rwg_json_array(w);
    for (uint32_t env = 1; env <= rwg_graph_env_count(r->open->graph); env++) {
        if (envs >> (env - 1) & 1) {
            rwg_json_string(w, rwg_graph_env_name(r->open->graph, (rwg_env){env}));
        }
    }
    rwg_json_array_end(w);
}

/* No environments: the file is wrong in all. */
static void json_problems(const rwg_report *r, rwg_json_writer *w) {
    rwg_json_key(w, "diagnostics");
    rwg_json_array(w);
    for (uint32_t i = 0; i < r->problems.count; i++) {
        const rwg_problem *problem = &r->problems.items[i];
        rwg_json_object(w);
        json_diag(w, problem->diag);
        json_env_names(r, w, problem->envs);
        rwg_json_object_end(w);
    }
    rwg_json_array_end(w);
}

static void json_absences(const rwg_report *r, rwg_json_writer *w) {
    rwg_json_key(w, "notInstalled");
    rwg_json_array(w);
    for (uint32_t i = 0; i < r->absences.count; i++) {
        const rwg_absence *absence = &r->absences.items[i];
        rwg_json_object(w);
        rwg_json_key(w, "package");
        rwg_json_string(w, absence->package);
        json_env_names(r, w, absence->envs);
        rwg_json_key(w, "importers");
        rwg_json_array(w);
        for (uint32_t k = 0; k < absence->count; k++) {
            const rwg_diag *diag = r->absences.rows[absence->first + k].problem->diag;
            rwg_json_object(w);
            rwg_json_key(w, "path");
            rwg_json_string(w, diag->path);
            rwg_json_key(w, "line");
            rwg_json_uint(w, diag->line);
            rwg_json_object_end(w);
        }
        rwg_json_array_end(w);
        rwg_json_object_end(w);
    }
    rwg_json_array_end(w);
}

static void json_unreached(const rwg_report *r, rwg_json_writer *w) {
    rwg_json_key(w, "unreached");
    rwg_json_array(w);
    for (uint32_t i = 0; i < r->unreached_count; i++) {
        rwg_json_string(w, rwg_graph_file_path(r->open->graph, r->unreached[i]));
    }
    rwg_json_array_end(w);
}

static void json_notices(const rwg_report *r, rwg_json_writer *w) {
    uint32_t n = 0;
    const rwg_diag *notices = rwg_project_notices(r->open->project, &n);
    rwg_json_key(w, "notices");
    rwg_json_array(w);
    for (uint32_t i = 0; i < n; i++) {
        rwg_json_object(w);
        json_diag(w, &notices[i]);
        rwg_json_object_end(w);
    }
    rwg_json_array_end(w);
}

static void json_stats(const rwg_report *r, rwg_json_writer *w) {
    const rwg_stats *s = &r->open->stats;

    const struct {
        const char *key;
        uint64_t value;
    } figures[] = {
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
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        rwg_json_key(w, figures[i].key);
        rwg_json_uint(w, figures[i].value);
    }
    rwg_json_key(w, "cacheUsed");
    rwg_json_bool(w, s->cache_used);
    rwg_json_key(w, "cacheDropped");
    rwg_json_bool(w, s->cache_dropped);
    rwg_json_object_end(w);
}

void rwg_report_json(const rwg_report *r, rwg_sink *out) {
    rwg_json_writer w = rwg_json_writer_make(out);
    rwg_json_object(&w);
    rwg_json_key(&w, "version");
    rwg_json_uint(&w, 1);
    rwg_json_key(&w, "generation");
    rwg_json_uint(&w, rwg_graph_generation(r->open->graph));
    json_envs(r, &w);
    rwg_report_deps(r->open, &w);
    json_cycles(r, &w);
    json_problems(r, &w);
    json_absences(r, &w);
    json_unreached(r, &w);
    json_notices(r, &w);
    json_stats(r, &w);
    rwg_json_object_end(&w);
    rwg_sink_cstr(out, "\n");
}
