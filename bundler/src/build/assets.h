/* Files that a build hands out as they are: written once under a name with their hash, or, when
 * they are small, put into the address itself. */
#ifndef RWB_BUILD_ASSETS_H
#define RWB_BUILD_ASSETS_H

#include <rwgraph/sys/fs.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"

typedef struct rwb__assets {
    rwg__mem *mem;
    const rwg_fs *fs;
    rwg_str out_dir; /* borrowed */
    rwg__arena arena;
    rwg__strmap by_path; /* path -> 1 + index */
    RWG_VEC(rwg_str) addresses;
    rwg__buf *problems; /* a line for each file that could not be read or written */
} rwb__assets;

void rwb__assets_init(
    rwb__assets *a, rwg__mem *mem, const rwg_fs *fs, rwg_str out_dir, rwg__buf *problems
);
void rwb__assets_deinit(rwb__assets *a);
/// Where browsers find the file of this absolute path; good as long as `a` is.
rwg_str rwb__assets_address(rwb__assets *a, rwg_str path);

#endif
