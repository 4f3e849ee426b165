/* The words every other header uses: borrowed strings, typed handles, hashes, spans.
 *
 * This header stands alone and declares no function. A handle is a small struct passed by value;
 * value 0 means "none", and handles of different kinds cannot be mixed by accident. */
#ifndef RWGRAPH_BASE_H
#define RWGRAPH_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(RWG_STATIC)
#    define RWG_API
#elif defined(__GNUC__)
#    define RWG_API __attribute__((visibility("default")))
#else
#    define RWG_API
#endif

#if defined(__GNUC__)
#    define RWG_MUST_USE __attribute__((warn_unused_result))
#else
#    define RWG_MUST_USE
#endif

#define RWG_VERSION_MAJOR 0
#define RWG_VERSION_MINOR 1
#define RWG_VERSION_PATCH 0

#ifdef __cplusplus
extern "C" {
#endif

/* A borrowed run of bytes, normally UTF-8, not terminated by NUL. Who owns it is said where it is
 * returned. `{NULL, 0}` is the empty string. */
typedef struct rwg_str {
    const char *ptr;
    uint32_t len;
} rwg_str;

/* An rwg_str over a string literal. */
#ifdef __cplusplus
#    define RWG_STR(literal) (rwg_str{(literal), (uint32_t)(sizeof(literal) - 1)})
#else
#    define RWG_STR(literal) ((rwg_str){(literal), (uint32_t)(sizeof(literal) - 1)})
#endif

/* A real file, by identity (symbolic links followed). 0 = none. */
typedef struct rwg_file {
    uint32_t v;
} rwg_file;

/* An environment (client, ssr, worker, ...), 1 + its index in the configuration. 0 = none. */
typedef struct rwg_env {
    uint32_t v;
} rwg_env;

/* A file in an environment: the unit of the graph. 0 = none. Stable for the life of a project. */
typedef struct rwg_node {
    uint32_t v;
} rwg_node;

/* An XXH3-128 value in its canonical (big-endian) form: equal bytes on every machine, ordered by
 * memcmp. All zero = absent. */
typedef struct rwg_hash {
    uint8_t bytes[16];
} rwg_hash;

/* A half-open range [start, end) of byte offsets into a file's UTF-8 text. */
typedef struct rwg_span {
    uint32_t start;
    uint32_t end;
} rwg_span;

#ifdef __cplusplus
}
#endif
#endif
