/* The file system as the library sees it: a table of functions.
 *
 * The default reads the real one. Tests and editors pass their own: in memory, logged, failing on
 * purpose. All paths are absolute, with '/' between parts and without "." or ".." parts. Functions
 * may be called from several threads at once. */
#ifndef RWGRAPH_SYS_FS_H
#define RWGRAPH_SYS_FS_H

#include <rwgraph/base.h>
#include <rwgraph/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rwg_fs_kind {
    RWG_FS_NONE, /* nothing there, or not reachable */
    RWG_FS_FILE,
    RWG_FS_DIR,
    RWG_FS_LINK, /* only from list, which does not follow links */
    RWG_FS_OTHER,
} rwg_fs_kind;

/* Times are nanoseconds since 1970. inode and ctime are hints that catch files swapped or written
 * with their old time restored; 0 where the file system has none. */
typedef struct rwg_fs_stat {
    rwg_fs_kind kind;
    uint64_t size;
    int64_t mtime_ns;
    int64_t ctime_ns;
    uint64_t inode;
} rwg_fs_stat;

typedef struct rwg_fs_entry {
    rwg_str name; /* valid only during the call */
    rwg_fs_kind kind;
} rwg_fs_entry;

typedef void (*rwg_fs_entry_fn)(void *payload, const rwg_fs_entry *entry);

typedef struct rwg_fs {
    void *self;
    /* Follows links. Nothing there: RWG_OK and kind NONE. A link loop: RWG_INVALID. */
    rwg_status (*stat)(void *self, rwg_str path, rwg_fs_stat *out);
    /* The whole file into *out_bytes (malloc'd, the caller frees it; never NULL on success). At
     * most limit bytes: a larger file is RWG_LIMIT. */
    rwg_status (*read
    )(void *self, rwg_str path, uint64_t limit, char **out_bytes, uint64_t *out_len);
    /* Calls entry for each name, in no particular order, without "." and "..". A directory that is
     * not there: RWG_NOT_FOUND. */
    rwg_status (*list)(void *self, rwg_str dir, rwg_fs_entry_fn entry, void *payload);
    /* The path with every link followed, malloc'd and NUL-terminated. RWG_NOT_FOUND when it does
     * not exist, RWG_INVALID for a link loop. */
    rwg_status (*realpath)(void *self, rwg_str path, char **out_path);
} rwg_fs;

/* The operating system's file system. Stateless: one copy may serve any number of projects. */
RWG_API rwg_fs rwg_fs_system(void);

#ifdef __cplusplus
}
#endif
#endif
