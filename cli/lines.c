/* JSON lines: getline, jansson, one answer a line. */
#include "lines.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The longest line taken: the largest source text plus escapes. */
#define LINE_LIMIT ((size_t)256 * 1024 * 1024)

rwg_str rwg_lines_str(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    if (!json_is_string(value) || json_string_length(value) > UINT32_MAX) {
        return (rwg_str){NULL, 0};
    }
    return (rwg_str){json_string_value(value), (uint32_t)json_string_length(value)};
}

void rwg_lines_error(rwg_sink *out, const char *text) {
    rwg_json_writer w = rwg_json_writer_make(out);
    rwg_json_object(&w);
    rwg_json_key(&w, "error");
    rwg_json_cstring(&w, text);
    rwg_json_object_end(&w);
}

static void
answer_line(const char *line, size_t len, rwg_line_fn answer, void *payload, rwg_sink *out) {
    json_error_t problem;
    json_t *object = len > LINE_LIMIT ? NULL : json_loadb(line, len, JSON_ALLOW_NUL, &problem);
    if (json_is_object(object)) {
        answer(payload, object, out);
    } else {
        rwg_lines_error(
            out, object ? "the line is not a JSON object" : "the line is not valid JSON"
        );
    }
    json_decref(object);
    rwg_sink_cstr(out, "\n");
}

/* True when reading now would wait: the moment to let the other side see the answers so far. */
static bool input_is_idle(void) {
    struct pollfd waiting = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&waiting, 1, 0) == 0;
}

bool rwg_lines_run(rwg_line_fn answer, void *payload) {
    rwg_sink out = rwg_sink_file(stdout);
    char *line = NULL;
    size_t capacity = 0;
    ssize_t got = 0;
    while (!out.failed && (got = getline(&line, &capacity, stdin)) >= 0) {
        size_t len = (size_t)got;
        while (len && (line[len - 1] == '\n' || line[len - 1] == '\r')) {
            len--;
        }
        if (len) {
            answer_line(line, len, answer, payload, &out);
        }
        if (input_is_idle()) {
            (void)fflush(stdout);
        }
    }
    bool ok = !ferror(stdin);
    free(line);
    return ok;
}
