/* JSON documents, read-only: a tree in an arena, members in source order.
 *
 * Reading is done by jansson (this is the one place that knows it); the tree is ours so that it is
 * immutable, shareable between threads and freed in one stroke. rwg__json_parse_relaxed also takes
 * comments and trailing commas (tsconfig.json, wrangler.jsonc): they are blanked before parsing, so
 * positions stay true. */
#ifndef RWG_BASE_JSON_H
#define RWG_BASE_JSON_H

#include <rwgraph/status.h>

#include "base/arena.h"

typedef enum rwg__json_type {
    RWG__JSON_NULL,
    RWG__JSON_FALSE,
    RWG__JSON_TRUE,
    RWG__JSON_NUMBER,
    RWG__JSON_STRING,
    RWG__JSON_ARRAY,
    RWG__JSON_OBJECT,
} rwg__json_type;

typedef struct rwg__json rwg__json;

struct rwg__json {
    rwg__json_type type;
    uint32_t count;         /* ARRAY, OBJECT: members */
    double number;          /* NUMBER */
    rwg_str string;         /* STRING */
    const rwg_str *keys;    /* OBJECT: [count]; a repeated key appears once, with its last value */
    const rwg__json *items; /* ARRAY, OBJECT: [count] */
};

/* Where a document is not JSON. */
typedef struct rwg__json_error {
    uint32_t offset; /* byte */
    uint32_t line;   /* 1-based */
    uint32_t column; /* 1-based, bytes */
    char text[160];
} rwg__json_error;

/* NULL and *out_error when the text is not JSON; a leading BOM is skipped. The tree lives in arena.
 */
const rwg__json *rwg__json_parse(rwg__arena *arena, rwg_str text, rwg__json_error *out_error);
const rwg__json *
rwg__json_parse_relaxed(rwg__arena *arena, rwg_str text, rwg__json_error *out_error);

/* Member by key; NULL when json is NULL, not an object, or has no such key. */
const rwg__json *rwg__json_get(const rwg__json *json, const char *key);
const rwg__json *rwg__json_get_str(const rwg__json *json, rwg_str key);
/* The text of a string, or {NULL, 0}. */
rwg_str rwg__json_string(const rwg__json *json);

#endif
