/* Files as they are: the public folder, and files under the root or /@fs/.
 *
 * A file is opened first and judged by the real path of what was opened, so nothing can be swapped
 * between the check and the reading, and a link leads nowhere that its target's path does not. */
#ifndef RWB_SERVE_STATIC_H
#define RWB_SERVE_STATIC_H

#include "serve/http.h"

#include <sys/types.h>

/* An open file that may be served. */
typedef struct rwb__file {
    int fd; /* -1 = none */
    uint64_t size;
    int64_t mtime_ns;
    uint64_t inode;
} rwb__file;

/// Opens a regular file by an absolute, normal path. RWG_NOT_FOUND; RWG_ACCESS with *out_refusal
/// when the rules refuse the path asked for or the real one (also for what does not exist: the
/// answer tells nothing); RWG_INVALID for a folder.
rwg_status
rwb__file_open(const rwb__fs_rules *rules, rwg_str path, rwb__file *out, rwb__refusal *out_refusal);
void rwb__file_close(rwb__file *file);
/// Reads all of it, at most limit bytes.
rwg_status rwb__file_read(const rwb__file *file, rwg__mem *mem, uint32_t limit, rwb__bytes **out);
/// A weak etag from size, time and inode: text with its quotes.
void rwb__file_etag(const rwb__file *file, char out[64]);

typedef enum rwb__static_answer {
    RWB__STATIC_ANSWERED, /* the exchange is answered */
    RWB__STATIC_NOT_FOUND,
    RWB__STATIC_FOLDER,  /* a folder is there */
    RWB__STATIC_REFUSED, /* *out_refusal says why */
} rwb__static_answer;

/// Serves the file at an absolute path: type by extension, ETag, 304, a single byte range, HEAD;
/// large files in parts as the client takes them. Scripts and styles get their own type, never a
/// video's (.ts). Nothing is answered unless RWB__STATIC_ANSWERED.
rwb__static_answer rwb__static_serve(
    rwb__exchange *x,
    const rwb__fs_rules *rules,
    rwg_str path,
    rwg_str cache,
    rwb__refusal *out_refusal
);

/* The set of files of a public folder, so that asking costs no system call. */
typedef struct rwb__public rwb__public;

/// A folder that is not there, or "", is an empty set.
rwb__public *rwb__public_new(rwg__mem *mem, rwg_str dir);
void rwb__public_free(rwb__public *set);
/// Reads the folder again, after a file came or went.
void rwb__public_refresh(rwb__public *set);
/// The absolute path of the file for a decoded request path, exactly; "" = none. Good until the
/// next refresh.
rwg_str rwb__public_find(const rwb__public *set, rwg_str path);

#endif
