/* What commands that look at a project have in common: their options, opening and scanning it. */
#ifndef RWG_CLI_OPEN_H
#define RWG_CLI_OPEN_H

#include <rwgraph/rwgraph.h>

#include "opt.h"

#include <stdio.h>

typedef struct rwg_open {
    const char *dir; /* the project, for commands whose arguments are something else; NULL: "." */
    bool no_cache;
    uint32_t jobs;
    const char *cache;
    const char *trace; /* file to write a Chrome trace to */
    const char *env;   /* only this environment */
    rwg_opt_list entries;
    FILE *trace_file;
    rwg_sink trace_sink;
    rwg_config config; /* when --entry changes it */
    rwg_env_config envs[RWG_MAX_ENVS];
    rwg_str entry_strings[64];
    rwg_project *project;
    rwg_graph *graph;
    rwg_env only; /* {0} = all */
    rwg_stats stats;
    uint64_t started_ns; /* when the scan began, for the progress line */
    bool progress_shown;
} rwg_open;

/* Rows for a command's option table. */
#define RWG_OPEN_OPTIONS(o)                                                                        \
    {.name = "env",                                                                                \
     .kind = RWG_OPT_TEXT,                                                                         \
     .text = &(o)->env,                                                                            \
     .value = "NAME",                                                                              \
     .help = "look at this environment only"},                                                     \
        {.name = "entry",                                                                          \
         .kind = RWG_OPT_LIST,                                                                     \
         .list = &(o)->entries,                                                                    \
         .value = "FILE",                                                                          \
         .help = "start here instead of where the project says (may be repeated)"},                \
        {.name = "no-cache",                                                                       \
         .kind = RWG_OPT_FLAG,                                                                     \
         .flag = &(o)->no_cache,                                                                   \
         .help = "neither read nor write the database"},                                           \
        {.name = "cache",                                                                          \
         .kind = RWG_OPT_TEXT,                                                                     \
         .text = &(o)->cache,                                                                      \
         .value = "FILE",                                                                          \
         .help = "use this database file"},                                                        \
        {.name = "jobs",                                                                           \
         .kind = RWG_OPT_UINT,                                                                     \
         .number = &(o)->jobs,                                                                     \
         .value = "N",                                                                             \
         .help = "threads that read and parse (default: one per processor)"},                      \
    {                                                                                              \
        .name = "trace", .kind = RWG_OPT_TEXT, .text = &(o)->trace, .value = "FILE",               \
        .help = "write a Chrome trace of the run"                                                  \
    }

/* One more row, for those commands. */
#define RWG_OPEN_DIR_OPTION(o)                                                                     \
    {                                                                                              \
        .name = "dir", .kind = RWG_OPT_TEXT, .text = &(o)->dir, .value = "DIR",                    \
        .help = "the project (default: .)"                                                         \
    }

/* Opens the project at dir (NULL: ".") and scans it; messages about failures go to standard error.
 * Returns an exit code; call rwg_open_close in any case. */
int rwg_open_project(rwg_open *o, const char *dir);
void rwg_open_close(rwg_open *o);
/* Is this node one of the environment asked for, and reached? */
bool rwg_open_counts(const rwg_open *o, rwg_node node);

/* An environment by name; {0}, said on standard error, when there is no such. */
rwg_env rwg_open_env(const rwg_open *o, const char *name);
/* Is this environment asked for? */
bool rwg_open_asked(const rwg_open *o, rwg_env env);
/* The path of a node's file, relative to the project. Borrowed from the graph. */
rwg_str rwg_open_path(const rwg_open *o, rwg_node node);

/* A node by what a user calls it: a path from the project's folder or the current one, or a
 * specifier that the project imports, or a package. {0} when there is none in this environment. */
rwg_node rwg_open_find(const rwg_open *o, const char *name, rwg_env env);
/* Says that no environment asked for has this file, on standard error. */
void rwg_print_unknown(const rwg_open *o, const char *name);

/* The text of a file of the project; free bytes. No text when the file cannot be read. */
typedef struct rwg_file_text {
    char *bytes;
    rwg_str text;
} rwg_file_text;

rwg_file_text rwg_open_read(const rwg_open *o, rwg_str path);

rwg_str rwg_cstr(const char *text);
void rwg_print_str(rwg_str text);
bool rwg_str_equal(rwg_str a, rwg_str b);
/* Order by bytes, for qsort. */
int rwg_str_order(rwg_str a, rwg_str b);
/* Prints a failed call's error to standard error. */
void rwg_print_error(const rwg_error *err);

#endif
