/* `rwgraph dump`: the whole graph as text. The canonical form is what law 9 compares: two graphs
 * are equal exactly when their canonical dumps are equal, byte for byte. */
#include "cmd.h"
#include "open.h"

#include <string.h>

static const struct {
    const char *name;
    rwg_dump_format format;
} FORMATS[] = {
    {"canonical", RWG_DUMP_CANONICAL},
    {"json", RWG_DUMP_JSON},
    {"dot", RWG_DUMP_DOT},
    {"mermaid", RWG_DUMP_MERMAID},
};

int rwg_cmd_dump(int argc, char **argv) {
    rwg_open o = {0};
    const char *format = "canonical";
    const rwg_opt options[] = {
        {.name = "format",
         .kind = RWG_OPT_TEXT,
         .text = &format,
         .value = "FORMAT",
         .help = "canonical (default), json, dot or mermaid"},
        RWG_OPEN_OPTIONS(&o),
        {0},
    };
    const rwg_opt_usage usage = {
        .synopsis = "dump [DIR]",
        .about = "Prints the whole graph of the project in DIR (default: .).",
        .options = options,
        .takes = "one folder, and --format canonical, json, dot or mermaid",
        .most = 1,
    };
    int count = 0;
    int code = RWG_EXIT_OK;
    if (!rwg_opt_parse(&usage, argc, argv, &count, &code)) {
        return code;
    }
    size_t chosen = 0;
    while (chosen < sizeof FORMATS / sizeof FORMATS[0] && strcmp(FORMATS[chosen].name, format) != 0
    ) {
        chosen++;
    }
    if (chosen == sizeof FORMATS / sizeof FORMATS[0]) {
        return rwg_opt_refuse(&usage, argv);
    }
    code = rwg_open_project(&o, count ? argv[1] : ".");
    if (code == RWG_EXIT_OK) {
        rwg_sink out = rwg_sink_file(stdout);
        rwg_graph_dump(o.graph, FORMATS[chosen].format, &out);
    }
    rwg_open_close(&o);
    return code;
}
