/* Conveniences over the rwg_fs table. */
#ifndef RWG_BASE_FSUTIL_H
#define RWG_BASE_FSUTIL_H

#include <rwgraph/sys/fs.h>

#include "base/arena.h"

/* The file's text in an arena, at most limit bytes. */
rwg_status
rwg__fs_read(const rwg_fs *fs, rwg__arena *arena, rwg_str path, uint64_t limit, rwg_str *out);

/* The current wall clock in nanoseconds, for racy-mtime checks. */
int64_t rwg__wall_ns(void);

#endif
