/* `rwgraph build` and `rwgraph preview`: a project as it ships, and a look at it. */
#include "cmd.h"
#include "open.h"
#include "opt.h"

#include <rwbundler/build.h>
#include <stdio.h>

int rwg_cmd_build(int argc, char **argv) {
    const char *out_dir = NULL;
    const char *mode = NULL;
    const char *runtime = NULL;
    bool no_source_map = false;
    const rwg_opt options[] = {
        {.name = "out-dir",
         .kind = RWG_OPT_TEXT,
         .text = &out_dir,
         .value = "DIR",
         .help = "write there; the folder is emptied first (default: dist)"},
        {.name = "mode",
         .kind = RWG_OPT_TEXT,
         .text = &mode,
         .value = "NAME",
         .help = "which .env files are read (default: production)"},
        {.name = "no-source-map",
         .kind = RWG_OPT_FLAG,
         .flag = &no_source_map,
         .help = "write no source maps"},
        {.name = "runtime-dir",
         .kind = RWG_OPT_TEXT,
         .text = &runtime,
         .value = "DIR",
         .help = "take the JavaScript of rwgraph from here"},
        {0},
    };
    const rwg_opt_usage usage = {
        .synopsis = "build [DIR]",
        .about =
            "Build all environments of a project: DIST/client for browsers, DIST/server/index.js "
            "for the server. Modules keep their boundaries in this first form: nothing is shaken "
            "out or minified.",
        .options = options,
    };
    int count = 0;
    rwg_opt_result result = rwg_opt_parse(&usage, argc, argv, &count);
    if (result != RWG_OPT_OK) {
        return result == RWG_OPT_HELP ? RWG_EXIT_OK : RWG_EXIT_USAGE;
    }
    if (count > 1) {
        fputs("rwgraph build: one directory\n", stderr);
        return RWG_EXIT_USAGE;
    }
    rwb_build_options build = RWB_BUILD_OPTIONS_INIT;
    build.root = rwg_cstr(count == 1 ? argv[1] : ".");
    build.out_dir = rwg_cstr(out_dir ? out_dir : "");
    build.mode = rwg_cstr(mode ? mode : "");
    build.runtime_dir = rwg_cstr(runtime ? runtime : "");
    build.no_source_map = no_source_map;
    rwb_build_stats stats;
    rwg_error err;
    rwg_status status = rwb_build_run(&build, &stats, &err);
    if (status != RWG_OK) {
        rwg_print_error(&err);
        return status == RWG_SYNTAX ? RWG_EXIT_FINDINGS : RWG_EXIT_USAGE;
    }
    printf(
        "client  %6u modules  %9.1f kB\n", stats.client_modules, (double)stats.client_bytes / 1e3
    );
    printf(
        "server  %6u modules  %9.1f kB\n", stats.server_modules, (double)stats.server_bytes / 1e3
    );
    printf("built in %.0f ms\n", (double)stats.elapsed_ns / 1e6);
    return RWG_EXIT_OK;
}

int rwg_cmd_preview(int argc, char **argv) {
    const char *out_dir = NULL;
    const char *host = NULL;
    const char *runtime = NULL;
    uint32_t port = 0;
    bool any_port = false;
    bool strict_port = false;
    const rwg_opt options[] = {
        {.name = "out-dir",
         .kind = RWG_OPT_TEXT,
         .text = &out_dir,
         .value = "DIR",
         .help = "what was built is there (default: dist)"},
        {.name = "host",
         .kind = RWG_OPT_TEXT,
         .text = &host,
         .value = "ADDRESS",
         .help = "listen there (default: this machine alone)"},
        {.name = "port",
         .kind = RWG_OPT_UINT,
         .number = &port,
         .value = "N",
         .help = "listen on this port, or the next free one (default: 4173)"},
        {.name = "any-port",
         .kind = RWG_OPT_FLAG,
         .flag = &any_port,
         .help = "take any free port; the first line says which"},
        {.name = "strict-port",
         .kind = RWG_OPT_FLAG,
         .flag = &strict_port,
         .help = "fail when the port is taken"},
        {.name = "runtime-dir",
         .kind = RWG_OPT_TEXT,
         .text = &runtime,
         .value = "DIR",
         .help = "take the JavaScript of rwgraph from here"},
        {0},
    };
    const rwg_opt_usage usage = {
        .synopsis = "preview [DIR]",
        .about = "Serve what `rwgraph build` wrote, as it would run.",
        .options = options,
    };
    int count = 0;
    rwg_opt_result result = rwg_opt_parse(&usage, argc, argv, &count);
    if (result != RWG_OPT_OK) {
        return result == RWG_OPT_HELP ? RWG_EXIT_OK : RWG_EXIT_USAGE;
    }
    if (count > 1 || port > UINT16_MAX) {
        fputs("rwgraph preview: one directory, a port below 65536\n", stderr);
        return RWG_EXIT_USAGE;
    }
    rwb_preview_options preview = RWB_PREVIEW_OPTIONS_INIT;
    preview.root = rwg_cstr(count == 1 ? argv[1] : ".");
    preview.out_dir = rwg_cstr(out_dir ? out_dir : "");
    preview.host = rwg_cstr(host ? host : "");
    preview.port = (uint16_t)port;
    preview.any_port = any_port;
    preview.strict_port = strict_port;
    preview.runtime_dir = rwg_cstr(runtime ? runtime : "");
    rwg_error err;
    if (rwb_preview_run(&preview, &err) != RWG_OK) {
        rwg_print_error(&err);
        return RWG_EXIT_USAGE;
    }
    return RWG_EXIT_OK;
}
