/* How an operation fails. See diag.h for what is wrong with a user's code: that is data, not
 * failure.
 *
 * A function that can fail returns rwg_status and fills the caller's rwg_error (which may be NULL).
 * Nothing is thread-local: two threads with two errors never disturb each other. */
#ifndef RWGRAPH_STATUS_H
#define RWGRAPH_STATUS_H

#include <rwgraph/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, value, text). Values never change meaning; new ones are added at the end. */
#define RWG_STATUS_MAP(X)                                                                          \
    X(OK, 0, "ok")                                                                                 \
    X(INVALID, 1, "invalid argument")                                                              \
    X(NOT_FOUND, 2, "not found")                                                                   \
    X(IO, 3, "input/output error")                                                                 \
    X(LIMIT, 4, "limit exceeded")                                                                  \
    X(CANCELLED, 5, "cancelled")                                                                   \
    X(SYNTAX, 6, "syntax error")                                                                   \
    X(STORE, 7, "cache database error")                                                            \
    X(BUDGET, 8, "memory budget exceeded")                                                         \
    X(ACCESS, 9, "permission denied")                                                              \
    X(INTERNAL, 10, "internal error")

typedef enum rwg_status {
#define X(name, value, text) RWG_##name = value,
    RWG_STATUS_MAP(X)
#undef X
} rwg_status;

/* Room for one message; longer texts are cut at a UTF-8 boundary. */
#define RWG_ERROR_TEXT_SIZE 512

/* Caller-owned, plain data, no clean-up. Zero it or let the callee fill it. */
typedef struct rwg_error {
    rwg_status status;
    char path[RWG_ERROR_TEXT_SIZE]; /* the file concerned, "" if none */
    char text[RWG_ERROR_TEXT_SIZE]; /* what happened and what to do, no trailing newline */
} rwg_error;

/* The stable short name, e.g. "not-found"; "unknown" for a value outside the enum. */
RWG_API const char *rwg_status_name(rwg_status status);

#ifdef __cplusplus
}
#endif
#endif
