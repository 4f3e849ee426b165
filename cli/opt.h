/* Command-line options, described by a table and parsed once.
 *
 *     static const rwg_opt options[] = {
 *         {.name = "json-lines", .kind = RWG_OPT_FLAG, .flag = &json_lines, .help = "..."},
 *         {.name = "env", .kind = RWG_OPT_TEXT, .text = &env, .value = "NAME", .help = "..."},
 *         {0},
 *     };
 *
 * Long names only, "--name value" or "--name=value"; "--" ends options; "-" is an ordinary
 * argument. */
#ifndef RWG_CLI_OPT_H
#define RWG_CLI_OPT_H

#include <stdbool.h>
#include <stdint.h>

typedef enum rwg_opt_kind {
    RWG_OPT_FLAG, /* sets *flag */
    RWG_OPT_TEXT, /* sets *text; the last one wins */
    RWG_OPT_UINT, /* sets *number; decimal, at most 2^32 - 1 */
    RWG_OPT_LIST, /* appends to *list; may be repeated */
} rwg_opt_kind;

typedef struct rwg_opt_list {
    const char *items[64];
    uint32_t count;
} rwg_opt_list;

typedef struct rwg_opt {
    const char *name; /* NULL ends the table */
    rwg_opt_kind kind;
    bool *flag;
    const char **text;
    uint32_t *number;
    rwg_opt_list *list;
    const char *value; /* what the value is called in the help */
    const char *help;
} rwg_opt;

typedef struct rwg_opt_usage {
    const char *synopsis; /* after "rwgraph", e.g. "scan [DIR]" */
    const char *about;    /* one paragraph */
    const rwg_opt *options;
    const char *takes; /* its arguments in words, "one folder"; NULL: the command counts itself */
    int least;
    int most;
} rwg_opt_usage;

/* Moves the arguments that are not options to the front of argv (argv[1]..argv[*out_count]). An
 * unknown option is refused, with the nearest known one named, and so is another number of
 * arguments than the command takes. Returns whether the command is to go on; when not, everything
 * is said, and it leaves with *out_code. */
bool rwg_opt_parse(
    const rwg_opt_usage *usage, int argc, char **argv, int *out_count, int *out_code
);
/* Says what the command argv[0] takes, on standard error; returns RWG_EXIT_USAGE. */
int rwg_opt_refuse(const rwg_opt_usage *usage, char **argv);

#endif
