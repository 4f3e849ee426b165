/* The only file that knows jansson: text -> its tree -> ours, in an arena. See json.h.
 *
 * Before parsing, one pass over the text finds what jansson would not tell us well (nesting over
 * our limit) and, for the relaxed form, blanks comments and trailing commas in a copy. The tree is
 * turned into ours with a list of work instead of recursion. */
#include "base/json.h"

#include "base/limits.h"
#include "base/str.h"
#include "base/vec.h"

#include <jansson.h>
#include <stdio.h>

static void set_error(rwg__json_error *error, rwg_str text, uint32_t offset, const char *what) {
    if (!error) {
        return;
    }
    if (offset > text.len) {
        offset = text.len;
    }
    *error = (rwg__json_error){.offset = offset, .line = 1, .column = 1};
    for (uint32_t i = 0; i < offset; i++) {
        error->column++;
        if (text.ptr[i] == '\n') {
            error->line++;
            error->column = 1;
        }
    }
    (void)snprintf(error->text, sizeof error->text, "%s", what);
}

/* The offset behind the string that opens at `at`, or the text's end. */
static uint32_t skip_string(rwg_str text, uint32_t at) {
    for (at++; at < text.len && text.ptr[at] != '"'; at++) {
        if (text.ptr[at] == '\\') {
            at++;
        }
    }
    return at < text.len ? at + 1 : text.len;
}

/* Offset of the first bracket that nests too deeply, or text.len. */
static uint32_t find_too_deep(rwg_str text) {
    uint32_t depth = 0;
    for (uint32_t at = 0; at < text.len;) {
        char c = text.ptr[at];
        if (c == '"') {
            at = skip_string(text, at);
            continue;
        }
        if ((c == '[' || c == '{') && ++depth > RWG_LIMIT_JSON_DEPTH) {
            return at;
        }
        if ((c == ']' || c == '}') && depth > 0) {
            depth--;
        }
        at++;
    }
    return text.len;
}

/* The offset behind the comment that begins at `at`; `at` itself when there is none or it never
 * ends. */
static uint32_t skip_comment(rwg_str text, uint32_t at) {
    if (at + 1 >= text.len || text.ptr[at] != '/') {
        return at;
    }
    if (text.ptr[at + 1] == '/') {
        uint32_t end = at;
        while (end < text.len && text.ptr[end] != '\n') {
            end++;
        }
        return end;
    }
    if (text.ptr[at + 1] == '*') {
        for (uint32_t end = at + 2; end + 1 < text.len; end++) {
            if (text.ptr[end] == '*' && text.ptr[end + 1] == '/') {
                return end + 2;
            }
        }
    }
    return at;
}

/* A copy of the text, of the same length and lines, without comments and trailing commas. */
static rwg_str blank(rwg__arena *arena, rwg_str text) {
    char *out = rwg__arena_alloc(arena, text.len);
    if (text.len > 0) {
        memcpy(out, text.ptr, text.len);
    }
    char previous = '[';       /* the last byte that counts, and where a comma, if it was one, is */
    uint32_t comma = text.len; /* the comma in `previous` that follows a value; else text.len */
    for (uint32_t at = 0; at < text.len;) {
        char c = text.ptr[at];
        uint32_t end = skip_comment(text, at);
        if (end > at) {
            for (; at < end; at++) {
                out[at] = text.ptr[at] == '\n' || text.ptr[at] == '\r' ? text.ptr[at] : ' ';
            }
            continue;
        }
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            at++;
            continue;
        }
        if ((c == ']' || c == '}') && comma < text.len) {
            out[comma] = ' ';
        }
        bool after_value = previous != ',' && previous != '[' && previous != '{' && previous != ':';
        comma = c == ',' && after_value ? at : text.len;
        previous = c;
        at = c == '"' ? skip_string(text, at) : at + 1;
    }
    return (rwg_str){out, text.len};
}

/* A node of ours that waits for its content. */
typedef struct job {
    const json_t *from;
    rwg__json *to;
} job;

typedef RWG_VEC(job) job_list;

static void convert_array(rwg__arena *arena, job_list *jobs, job todo) {
    uint32_t count = (uint32_t)json_array_size(todo.from);
    rwg__json *items = rwg__arena_zalloc(arena, count * sizeof *items);
    for (uint32_t i = 0; i < count; i++) {
        *rwg__vec_push(jobs, arena->mem) =
            (job){.from = json_array_get(todo.from, i), .to = &items[i]};
    }
    *todo.to = (rwg__json){.type = RWG__JSON_ARRAY, .count = count, .items = items};
}

static void convert_object(rwg__arena *arena, job_list *jobs, job todo) {
    json_t *from = (json_t *)todo.from; /* jansson's iterators do not change it */
    uint32_t count = (uint32_t)json_object_size(from);
    rwg__json *items = rwg__arena_zalloc(arena, count * sizeof *items);
    rwg_str *keys = rwg__arena_zalloc(arena, count * sizeof *keys);
    uint32_t i = 0;
    for (void *at = json_object_iter(from); at; at = json_object_iter_next(from, at)) {
        keys[i] = rwg__arena_str(arena, rwg__str_c(json_object_iter_key(at)));
        *rwg__vec_push(jobs, arena->mem) =
            (job){.from = json_object_iter_value(at), .to = &items[i]};
        i++;
    }
    *todo.to = (rwg__json){.type = RWG__JSON_OBJECT, .count = count, .keys = keys, .items = items};
}

static void convert_one(rwg__arena *arena, job_list *jobs, job todo) {
    switch (json_typeof(todo.from)) {
    case JSON_OBJECT: convert_object(arena, jobs, todo); break;
    case JSON_ARRAY: convert_array(arena, jobs, todo); break;
    case JSON_STRING: {
        size_t len = json_string_length(todo.from);
        rwg_str text = rwg__arena_str(arena, rwg__str(json_string_value(todo.from), len));
        *todo.to = (rwg__json){.type = RWG__JSON_STRING, .string = text};
        break;
    }
    case JSON_INTEGER:
    case JSON_REAL:
        *todo.to = (rwg__json){.type = RWG__JSON_NUMBER, .number = json_number_value(todo.from)};
        break;
    case JSON_TRUE: todo.to->type = RWG__JSON_TRUE; break;
    case JSON_FALSE: todo.to->type = RWG__JSON_FALSE; break;
    case JSON_NULL: todo.to->type = RWG__JSON_NULL; break;
    }
}

static const rwg__json *convert(rwg__arena *arena, const json_t *from) {
    rwg__json *root = rwg__arena_zalloc(arena, sizeof *root);
    job_list jobs = {0};
    *rwg__vec_push(&jobs, arena->mem) = (job){.from = from, .to = root};
    while (jobs.len > 0) {
        job todo = jobs.ptr[--jobs.len];
        convert_one(arena, &jobs, todo);
    }
    rwg__vec_free(&jobs, arena->mem);
    return root;
}

const rwg__json *rwg__json_parse(rwg__arena *arena, rwg_str text, rwg__json_error *out_error) {
    if (text.len > RWG_LIMIT_JSON_BYTES) {
        set_error(out_error, text, 0, "the document is too large");
        return NULL;
    }
    uint32_t deep = find_too_deep(text);
    if (deep < text.len) {
        set_error(out_error, text, deep, "values are nested too deeply");
        return NULL;
    }
    uint32_t bom = rwg__str_starts(text, RWG_STR("\xEF\xBB\xBF")) ? 3 : 0;
    rwg_str body = rwg__str_from(text, bom);
    json_error_t error;
    /* Integers become doubles, as in JavaScript: large ones lose digits instead of being errors. */
    size_t flags = JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL;
    json_t *tree = json_loadb(body.len ? body.ptr : "", body.len, flags, &error);
    if (!tree) {
        uint32_t offset = error.position > 0 ? (uint32_t)error.position : 0;
        set_error(out_error, text, bom + offset, error.text);
        return NULL;
    }
    const rwg__json *root = convert(arena, tree);
    json_decref(tree);
    return root;
}

const rwg__json *
rwg__json_parse_relaxed(rwg__arena *arena, rwg_str text, rwg__json_error *out_error) {
    if (text.len > RWG_LIMIT_JSON_BYTES) {
        return rwg__json_parse(arena, text, out_error);
    }
    return rwg__json_parse(arena, blank(arena, text), out_error);
}

const rwg__json *rwg__json_get(const rwg__json *json, const char *key) {
    return rwg__json_get_str(json, rwg__str_c(key));
}

const rwg__json *rwg__json_get_str(const rwg__json *json, rwg_str key) {
    if (!json || json->type != RWG__JSON_OBJECT) {
        return NULL;
    }
    for (uint32_t i = 0; i < json->count; i++) {
        if (rwg__str_eq(json->keys[i], key)) {
            return &json->items[i];
        }
    }
    return NULL;
}

rwg_str rwg__json_string(const rwg__json *json) {
    return json && json->type == RWG__JSON_STRING ? json->string : (rwg_str){0};
}
