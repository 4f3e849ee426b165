/* Diagnostics: what is wrong with the user's code, as data.
 *
 * A diagnostic never stops an operation. It is kept with its module or its edge, stored, and
 * replayed from the cache without reading the file again. */
#ifndef RWGRAPH_DIAG_H
#define RWGRAPH_DIAG_H

#include <rwgraph/base.h>
#include <rwgraph/sink.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rwg_severity {
    RWG_SEVERITY_ERROR = 1,
    RWG_SEVERITY_WARNING = 2,
    RWG_SEVERITY_NOTE = 3,
} rwg_severity;

/* X(name, text). Codes are stable words that users can search for and configure. */
#define RWG_DIAG_MAP(X)                                                                            \
    X(NONE, "none")                                                                                \
    X(SYNTAX, "syntax-error")                                                                      \
    X(NOT_UTF8, "not-utf8")                                                                        \
    X(BINARY, "binary-file")                                                                       \
    X(TOO_LARGE, "file-too-large")                                                                 \
    X(UNREADABLE, "unreadable-file")                                                               \
    X(IS_DIRECTORY, "is-directory")                                                                \
    X(SYMLINK_LOOP, "symlink-loop")                                                                \
    X(BAD_JSON, "bad-json")                                                                        \
    X(PACKAGE_NOT_INSTALLED, "package-not-installed")                                              \
    X(SUBPATH_NOT_EXPORTED, "subpath-not-exported")                                                \
    X(FILE_NOT_FOUND, "file-not-found")                                                            \
    X(BAD_SPECIFIER, "bad-specifier")                                                              \
    X(BAD_PACKAGE_JSON, "bad-package-json")                                                        \
    X(BAD_TSCONFIG, "bad-tsconfig")                                                                \
    X(EXPORT_NOT_FOUND, "export-not-found")                                                        \
    X(BOTH_DIRECTIVES, "both-directives")                                                          \
    X(SERVER_EXPORT, "server-export")                                                              \
    X(WRONG_ENVIRONMENT, "wrong-environment")                                                      \
    X(CACHE_DROPPED, "cache-dropped")                                                              \
    X(BAD_CONFIG, "bad-config")                                                                    \
    X(IMPORT_LIMIT, "too-many-imports")

typedef enum rwg_diag_code {
#define X(name, text) RWG_DIAG_##name,
    RWG_DIAG_MAP(X)
#undef X
    RWG_DIAG_COUNT
} rwg_diag_code;

RWG_API const char *rwg_diag_code_name(rwg_diag_code code);

/* One problem. Strings are borrowed from whoever returned the diagnostic. */
typedef struct rwg_diag {
    rwg_diag_code code;
    rwg_severity severity;
    rwg_str path;    /* relative to the project's root, "" if none */
    rwg_str env;     /* name of the environment, "" for all */
    rwg_span span;   /* in the file; {0, 0} if the file as a whole is meant */
    uint32_t line;   /* 1-based, 0 = unknown */
    rwg_str message; /* one sentence: what, where it was looked for */
    rwg_str fix;     /* one sentence: what to do, "" if unknown */
} rwg_diag;

/* Prints "path:line:column: error[code]: message", the source line with a caret when the file's
 * text is given (NULL text: without), and the fix. color uses ANSI escapes. */
RWG_API void rwg_diag_render(const rwg_diag *diag, rwg_str text, bool color, rwg_sink *sink);

#ifdef __cplusplus
}
#endif
#endif
