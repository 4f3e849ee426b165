/* `rwgraph explain FILE`: what a file's version is made of, per environment. */
#include "cmd.h"
#include "open.h"

static int explain(const rwg_open *o, const char *file) {
    rwg_sink out = rwg_sink_file(stdout);
    bool known = false;
    for (uint32_t env = 1; env <= rwg_graph_env_count(o->graph); env++) {
        rwg_node node = {0};
        if (rwg_open_asked(o, (rwg_env){env})) {
            node = rwg_open_find(o, file, (rwg_env){env});
        }
        if (node.v) {
            rwg_graph_explain(o->graph, node, &out);
            known = true;
        }
    }
    if (!known) {
        rwg_print_unknown(o, file);
    }
    return known ? RWG_EXIT_OK : RWG_EXIT_FINDINGS;
}

int rwg_cmd_explain(int argc, char **argv) {
    rwg_open o = {0};
    const rwg_opt options[] = {RWG_OPEN_DIR_OPTION(&o), RWG_OPEN_OPTIONS(&o), {0}};
    const rwg_opt_usage usage = {
        .synopsis = "explain FILE",
        .about = "Prints what the version of a file (or package) is made of in each environment, "
                 "link by\n"
                 "link. Two versions that differ differ in a line of this. Exit code 1: not in the "
                 "graph.",
        .options = options,
        .takes = "one file",
        .least = 1,
        .most = 1,
    };
    int count = 0;
    int code = RWG_EXIT_OK;
    if (!rwg_opt_parse(&usage, argc, argv, &count, &code)) {
        return code;
    }
    code = rwg_open_project(&o, o.dir);
    if (code == RWG_EXIT_OK) {
        code = explain(&o, argv[1]);
    }
    rwg_open_close(&o);
    return code;
}
