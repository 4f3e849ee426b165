/* `rwgraph build` and `rwgraph preview`: a project as it ships, and a look at it. */
#include "cmd.h"
#include "open.h"
#include "opt.h"
#include "serving.h"

#include <rwbundler/build.h>
#include <stdio.h>

int rwg_cmd_build(int argc, char **argv) {
    const char *out_dir = NULL;
    const char *mode = NULL;
    const char *runtime = NULL;
    bool no_source_map = false;
    const rwg_opt options[] = {
        RWG_OUT_DIR_OPTION(&out_dir, "write there, in place of the whole folder (default: dist)"),
        RWG_MODE_OPTION(&mode, "which .env files are read (default: production)"),
        {.name = "no-source-map",
         .kind = RWG_OPT_FLAG,
         .flag = &no_source_map,
         .help = "write no source maps"},
        RWG_RUNTIME_DIR_OPTION(&runtime),
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
    int code = RWG_EXIT_OK;
    if (!rwg_opt_parse(&usage, argc, argv, &count, &code)) {
        return code;
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
    const char *runtime = NULL;
    rwg_listening listening = {0};
    const rwg_opt options[] = {
        RWG_OUT_DIR_OPTION(&out_dir, "what was built is there (default: dist)"),
        RWG_LISTENING_OPTIONS(
            &listening,
            "listen there (default: this machine alone)",
            "listen on this port, or the next free one (default: 4173)"
        ),
        RWG_RUNTIME_DIR_OPTION(&runtime),
        {0},
    };
    const rwg_opt_usage usage = {
        .synopsis = "preview [DIR]",
        .about = "Serve what `rwgraph build` wrote, as it would run.",
        .options = options,
    };
    int count = 0;
    int code = RWG_EXIT_OK;
    if (!rwg_opt_parse(&usage, argc, argv, &count, &code)) {
        return code;
    }
    if (count > 1 || listening.port > UINT16_MAX) {
        fputs("rwgraph preview: one directory, a port below 65536\n", stderr);
        return RWG_EXIT_USAGE;
    }
    rwb_preview_options preview = RWB_PREVIEW_OPTIONS_INIT;
    preview.root = rwg_cstr(count == 1 ? argv[1] : ".");
    preview.out_dir = rwg_cstr(out_dir ? out_dir : "");
    preview.host = rwg_cstr(listening.host ? listening.host : "");
    preview.port = (uint16_t)listening.port;
    preview.any_port = listening.any_port;
    preview.strict_port = listening.strict_port;
    preview.runtime_dir = rwg_cstr(runtime ? runtime : "");
    rwg_error err;
    if (rwb_preview_run(&preview, &err) != RWG_OK) {
        rwg_print_error(&err);
        return RWG_EXIT_USAGE;
    }
    return RWG_EXIT_OK;
}
