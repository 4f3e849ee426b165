/* The module record of a JSON file: its default export, and a named export for each top-level key
 * that can be one. */
#ifndef RWG_SYNTAX_READ_JSON_H
#define RWG_SYNTAX_READ_JSON_H

#include "base/arena.h"
#include "record/record.h"

/// Adds the exports, or a diagnostic. Returns false when the text is not JSON. arena is scratch.
bool rwg__read_json(rwg__record_builder *out, rwg__arena *arena, rwg_str text);

#endif
