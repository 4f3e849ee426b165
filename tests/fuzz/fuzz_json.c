// JSON texts, strict and relaxed. What must hold for any bytes: a tree is no larger than its text,
// an error points into the text, what strict accepts relaxed reads as the same tree, and nothing
// leaks.

#include "base/json.h"
#include "base/limits.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLDS(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static bool same_text(rwg_str a, rwg_str b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/// Compares two values without their members.
static void same_value(const rwg__json *a, const rwg__json *b, size_t size) {
    HOLDS(a->type == b->type && a->count == b->count && a->count <= size);
    switch (a->type) {
    case RWG__JSON_NUMBER: HOLDS(a->number == b->number); break;
    case RWG__JSON_STRING: HOLDS(a->string.len <= size && same_text(a->string, b->string)); break;
    case RWG__JSON_OBJECT:
        for (uint32_t i = 0; i < a->count; i++) {
            HOLDS(a->keys[i].len <= size && same_text(a->keys[i], b->keys[i]));
        }
        break;
    case RWG__JSON_NULL:
    case RWG__JSON_FALSE:
    case RWG__JSON_TRUE:
    case RWG__JSON_ARRAY: break;
    }
}

/// Walks both trees at once; the stack is as deep as a document may be.
static void same_tree(const rwg__json *a, const rwg__json *b, size_t size) {
    struct {
        const rwg__json *a, *b;
        uint32_t next;
    } stack[RWG_LIMIT_JSON_DEPTH + 2];

    size_t depth = 0;
    same_value(a, b, size);
    stack[depth].a = a;
    stack[depth].b = b;
    stack[depth++].next = 0;
    while (depth > 0) {
        a = stack[depth - 1].a;
        b = stack[depth - 1].b;
        uint32_t i = stack[depth - 1].next++;
        if (i >= a->count) {
            depth--;
            continue;
        }
        HOLDS(depth < sizeof stack / sizeof *stack);
        same_value(&a->items[i], &b->items[i], size);
        stack[depth].a = &a->items[i];
        stack[depth].b = &b->items[i];
        stack[depth++].next = 0;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > RWG_LIMIT_JSON_BYTES) {
        return 0;
    }
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    rwg__arena arena;
    rwg__arena_init(&arena, &mem);
    rwg_str text = {(const char *)data, (uint32_t)size};
    rwg__json_error strict_error = {0};
    rwg__json_error relaxed_error = {0};
    const rwg__json *strict = rwg__json_parse(&arena, text, &strict_error);
    const rwg__json *relaxed = rwg__json_parse_relaxed(&arena, text, &relaxed_error);
    if (strict) {
        HOLDS(relaxed);
        same_tree(strict, relaxed, size);
    }
    if (relaxed) {
        same_tree(relaxed, relaxed, size);
    } else {
        HOLDS(relaxed_error.offset <= size && relaxed_error.line > 0 && relaxed_error.column > 0);
        HOLDS(memchr(relaxed_error.text, 0, sizeof relaxed_error.text));
    }
    rwg__arena_deinit(&arena);
    HOLDS(mem.used == 0);
    return 0;
}
