/* `--format text|json`, for the commands that have both. */
#ifndef RWG_CLI_FORMAT_H
#define RWG_CLI_FORMAT_H

#include <stdbool.h>

/* A row of a command's option table. */
#define RWG_FORMAT_OPTION(format)                                                                  \
    {                                                                                              \
        .name = "format", .kind = RWG_OPT_TEXT, .text = (format), .value = "text|json",            \
        .help = "how to print the answer (default: text)"                                          \
    }

/* Is it json? False, said on standard error, when it is neither. */
bool rwg_format_is_json(const char *format, bool *out_json);

#endif
