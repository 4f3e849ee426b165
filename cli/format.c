/* See format.h. */
#include "format.h"

#include <stdio.h>
#include <string.h>

bool rwg_format_is_json(const char *format, bool *out_json) {
    *out_json = strcmp(format, "json") == 0;
    if (!*out_json && strcmp(format, "text") != 0) {
        fprintf(stderr, "rwgraph: --format is text or json, not '%s'\n", format);
        return false;
    }
    return true;
}
