/* What a stranger may ask for: pure functions over text, without any input or output.
 *
 * A request target is read once, into one normal form, and every decision is made on that form and
 * on the real path of the opened file, never on the text that came in. So there is no second
 * spelling of a path or a query that could be checked and another that is served. */
#ifndef RWB_SERVE_GUARD_H
#define RWB_SERVE_GUARD_H

#include "base/path.h"

/* Longest request target. Browsers stop at 64 KB or more, import specifiers at far less. */
#define RWB__LIMIT_TARGET 8192

/* Why a request is refused. The text is what the client reads. X(name, HTTP status, text) */
#define RWB__REFUSAL_MAP(X)                                                                        \
    X(NONE, 200, "allowed")                                                                        \
    X(TARGET_FORM, 400, "the request target is not a path")                                        \
    X(TARGET_FRAGMENT, 400, "the request target holds a fragment")                                 \
    X(TARGET_LONG, 414, "the request target is too long")                                          \
    X(TARGET_ENCODING, 400, "the request target holds a malformed percent escape")                 \
    X(TARGET_BYTES, 400, "the request target holds bytes that no path has")                        \
    X(TARGET_DOTS, 400, "the request target holds a . or .. segment")                              \
    X(HOST_MISSING, 400, "the request has no single Host")                                         \
    X(HOST, 403, "this host is not allowed; add it to server.allowedHosts to allow it")            \
    X(ORIGIN, 403, "this origin is not allowed")                                                   \
    X(TOKEN, 403, "the token is not the one of this server")                                       \
    X(NO_CORS, 403, "cross-origin requests must use CORS")                                         \
    X(FILE_DENIED, 403, "this file is never served (server.fs.deny)")                              \
    X(FILE_OUTSIDE, 403, "this file is outside of the folders that are served (server.fs.allow)")

typedef enum rwb__refusal {
#define X(name, status, text) RWB__REFUSE_##name,
    RWB__REFUSAL_MAP(X)
#undef X
} rwb__refusal;

uint16_t rwb__refusal_status(rwb__refusal refusal);
const char *rwb__refusal_text(rwb__refusal refusal);

/* Names of a query that mean something. */
typedef enum rwb__query_flag {
    RWB__QUERY_IMPORT = 1 << 0, /* JavaScript for a file that is none */
    RWB__QUERY_RAW = 1 << 1,    /* the text as a string */
    RWB__QUERY_URL = 1 << 2,    /* the address as a string */
    RWB__QUERY_INLINE = 1 << 3, /* the bytes as a data URL, CSS as a string */
    RWB__QUERY_NO_INLINE = 1 << 4,
    RWB__QUERY_DIRECT = 1 << 5, /* plain CSS, for a <link> */
    RWB__QUERY_WORKER = 1 << 6,
    RWB__QUERY_SHARED_WORKER = 1 << 7,
    RWB__QUERY_WORKER_FILE = 1 << 8, /* the entry module of a worker */
    RWB__QUERY_HTML_PROXY = 1 << 9,  /* an inline script or style of a page, see index */
    RWB__QUERY_INIT = 1 << 10,       /* WebAssembly: init() */
    RWB__QUERY_OTHER = 1u << 31,     /* a name that is none of these and has no field below */
} rwb__query_flag;

/* A query, read. Values are borrowed from the text that was parsed, still encoded. */
typedef struct rwb__query {
    uint32_t flags; /* rwb__query_flag */
    uint32_t index; /* index=N.js: N */
    bool has_index;
    rwg_str version; /* v= */
    rwg_str time;    /* t= : digits only, else the name counts as another */
    rwg_str type;    /* type= */
    rwg_str lang;    /* the extension of index=N.js, or lang= */
    rwg_str token;   /* token= */
} rwb__query;

/// Items are separated by & and by ?, empty ones skipped, names percent-decoded: `?raw??`,
/// `?import&raw`, `?.wasm?init` and `?r%61w` all mean what they look like. The text is what follows
/// the first question mark, at most RWB__LIMIT_TARGET bytes (more gives RWB__QUERY_OTHER alone).
rwb__query rwb__query_parse(rwg_str text);

/* A request target in normal form. */
typedef struct rwb__target {
    rwg_str raw_path;  /* as sent, borrowed */
    rwg_str raw_query; /* as sent, without the question mark, borrowed */
    bool has_query;    /* a question mark was there */
    rwg_str path;      /* in `decoded`: starts with a slash; no //, no . or .., no backslash, no
                          control character, well-formed UTF-8. A slash at the end is kept. */
    rwb__query query;
    char decoded[RWB__LIMIT_TARGET + 1]; /* NUL after path */
} rwb__target;

/// Reads the target of a request line. Escaped slashes separate parts like others. On refusal only
/// raw_path and raw_query are set. `out` must not be copied by value: path points into it.
rwb__refusal rwb__target_parse(rwg_str raw, rwb__target *out);

/// Percent-decodes into out, which has room for text.len bytes; returns the length, or UINT32_MAX
/// for a malformed escape.
uint32_t rwb__percent_decode(rwg_str text, char *out);

/* Which files may leave. Paths are absolute and real (every link followed). */
typedef struct rwb__fs_rules {
    const rwg_str *allow; /* folders */
    uint32_t allow_count;
    const rwg_str *deny; /* globs, besides those of usual secrets, which nobody opens by accident */
    uint32_t deny_count;
} rwb__fs_rules;

/// Decides on a path by its text alone. A pattern without a slash is compared with every part below
/// the allowed folder, others with the path below it and with the whole; letters of either case are
/// equal. The path must be absolute and normal, else it is refused.
rwb__refusal rwb__fs_check(const rwb__fs_rules *rules, rwg_str path);

/* Who may ask. */
typedef struct rwb__access {
    const rwg_str *hosts; /* allowed besides localhost, *.localhost and addresses; ".x.org" = and
                             below */
    uint32_t host_count;
    bool any_host;
    const rwg_str *origins; /* allowed besides loopback ones, "https://x.org"; "*" = any */
    uint32_t origin_count;
    bool no_cors; /* no Access-Control headers at all */
    rwg_str token;
} rwb__access;

/// The value of a Host header, or the part of an origin behind "//".
bool rwb__host_allowed(const rwb__access *access, rwg_str host);
/// May a page of this origin read answers? Loopback origins with any port, and configured ones.
bool rwb__cors_allowed(const rwb__access *access, rwg_str origin);
/// May a page of this origin open a WebSocket? The server's own origin (same host and port as
/// `host`), and those that CORS allows.
bool rwb__origin_allowed(const rwb__access *access, rwg_str origin, rwg_str host);
/// A script included across origins without CORS could be read by the page that includes it.
bool rwb__fetch_allowed(rwg_str site, rwg_str mode, rwg_str dest);
/// Takes equally long for any two texts of the same length; "" never equals.
bool rwb__token_equal(rwg_str a, rwg_str b);

#endif
