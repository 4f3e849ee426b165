/* JSON lines on standard input: one object a line, answered one by one in order. */
#ifndef RWG_CLI_LINES_H
#define RWG_CLI_LINES_H

#include <rwgraph/base.h>
#include <rwgraph/sink.h>

#include <jansson.h>

/* Answers one input object by writing exactly one JSON object, without newline, to out. */
typedef void (*rwg_line_fn)(void *payload, const json_t *object, rwg_sink *out);

/* Reads lines until the end of input. A line that is not a JSON object is answered with {"error":
 * ...}; empty lines are skipped. Answers are flushed when no more input is waiting, so that a
 * program can hold a conversation over two pipes. Returns false when the input could not be read.
 */
bool rwg_lines_run(rwg_line_fn answer, void *payload);

/* A string member, or {NULL, 0}. Borrowed from object. */
rwg_str rwg_lines_str(const json_t *object, const char *key);

/* Writes {"error": text}. */
void rwg_lines_error(rwg_sink *out, const char *text);

#endif
