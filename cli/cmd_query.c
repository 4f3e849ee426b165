/* `rwgraph query SQL`: a read-only statement over the documented views
 * (libgraph/src/store/SCHEMA.md). */
#include "cmd.h"
#include "open.h"

int rwg_cmd_query(int argc, char **argv) {
    rwg_open o = {0};
    bool json = false;
    const rwg_opt options[] = {
        RWG_OPEN_DIR_OPTION(&o),
        {.name = "json", .kind = RWG_OPT_FLAG, .flag = &json, .help = "one JSON object a row"},
        RWG_OPEN_OPTIONS(&o),
        {0},
    };
    const rwg_opt_usage usage = {
        .synopsis = "query SQL",
        .about = "Brings the database up to date and runs one SELECT over its views, for example\n"
                 "  rwgraph query \"SELECT path, env FROM modules LIMIT 5\"",
        .options = options,
        .takes = "one SQL statement",
        .least = 1,
        .most = 1,
    };
    int count = 0;
    int code = RWG_EXIT_OK;
    if (!rwg_opt_parse(&usage, argc, argv, &count, &code)) {
        return code;
    }
    code = rwg_open_project(&o, o.dir);
    rwg_error err = {0};
    if (code == RWG_EXIT_OK) {
        rwg_sink out = rwg_sink_file(stdout);
        if (rwg_project_save(o.project, &err) != RWG_OK ||
            rwg_project_query(o.project, rwg_cstr(argv[1]), json, &out, &err) != RWG_OK) {
            rwg_print_error(&err);
            code = RWG_EXIT_USAGE;
        }
    }
    rwg_open_close(&o);
    return code;
}
