/* `rwgraph deps`: the package entries that the project's own code imports, per environment. */
#include "cmd.h"
#include "format.h"
#include "report.h"

static void print_deps(const rwg_open *o) {
    uint32_t n = 0;
    const rwg_dependency *deps = rwg_graph_deps(o->graph, o->only, &n);
    for (uint32_t i = 0; i < n; i++) {
        const rwg_dependency *d = &deps[i];
        rwg_str env = rwg_graph_env_name(o->graph, d->env);
        rwg_str path = rwg_open_path(o, d->node);
        printf(
            "%-12.*s %-28.*s %.*s%s\n",
            (int)env.len,
            env.ptr,
            (int)d->specifier.len,
            d->specifier.ptr,
            (int)path.len,
            path.ptr,
            d->fresh ? "  (new)" : ""
        );
        for (uint32_t k = 0; k < d->importer_count; k++) {
            rwg_str importer = rwg_open_path(o, d->importers[k]);
            printf("%-12s   by %.*s\n", "", (int)importer.len, importer.ptr);
        }
    }
}

static void json_deps(const rwg_open *o) {
    rwg_sink out = rwg_sink_file(stdout);
    rwg_json_writer w = rwg_json_writer_make(&out);
    rwg_json_object(&w);
    rwg_json_key(&w, "version");
    rwg_json_uint(&w, 1);
    rwg_report_deps(o, &w);
    rwg_json_object_end(&w);
    rwg_sink_cstr(&out, "\n");
}

int rwg_cmd_deps(int argc, char **argv) {
    rwg_open o = {0};
    const char *format = "text";
    bool json = false;
    const rwg_opt options[] = {RWG_FORMAT_OPTION(&format), RWG_OPEN_OPTIONS(&o), {0}};
    const rwg_opt_usage usage = {
        .synopsis = "deps [DIR]",
        .about =
            "Prints the package entries that the project's own code imports, per environment: what "
            "was\n"
            "written, the file it leads to, and who imports it. New: not there at the last `scan`.",
        .options = options,
        .takes = "one folder",
        .most = 1,
    };
    int count = 0;
    int code = RWG_EXIT_OK;
    if (!rwg_opt_parse(&usage, argc, argv, &count, &code)) {
        return code;
    }
    if (!rwg_format_is_json(format, &json)) {
        return RWG_EXIT_USAGE;
    }
    code = rwg_open_project(&o, count ? argv[1] : NULL);
    if (code == RWG_EXIT_OK && json) {
        json_deps(&o);
    } else if (code == RWG_EXIT_OK) {
        print_deps(&o);
    }
    rwg_open_close(&o);
    return code;
}
