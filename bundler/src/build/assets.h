/* Files that a build hands out as they are: written once under a name with their hash, or, when
 * they are small, put into the address itself. */
#ifndef RWB_BUILD_ASSETS_H
#define RWB_BUILD_ASSETS_H

#include <rwgraph/sys/fs.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"

/* Where a file goes. */
typedef enum rwb__asset_place {
    RWB__ASSET_BROWSER, /* where browsers find it, or into the address when it is small */
    RWB__ASSET_FILE,    /* where browsers find it, whatever its size */
    RWB__ASSET_SERVER,  /* beside the server's code */
} rwb__asset_place;

typedef struct rwb__assets {
    rwg__mem *mem;
    const rwg_fs *fs;
    rwg_str out_dir; /* borrowed */
    rwg_str prefix;  /* before addresses for browsers, "" at first; borrowed */
    rwg__arena arena;
    rwg__strmap by_path; /* place and path -> 1 + index */
    RWG_VEC(rwg_str) addresses;
    rwg__buf *problems; /* a line for each file that could not be read or written */
} rwb__assets;

void rwb__assets_init(
    rwb__assets *a, rwg__mem *mem, const rwg_fs *fs, rwg_str out_dir, rwg__buf *problems
);
void rwb__assets_deinit(rwb__assets *a);
/// Where the file of this absolute path is found: "/assets/a-0123456789ab.png" for browsers,
/// "assets/…" from the server's folder on; good as long as `a` is. id: what problems call it.
rwg_str rwb__assets_address(rwb__assets *a, rwb__asset_place place, rwg_str path, rwg_str id);
/// "assets/<name of the path>-<hash of the text><ext>". Appends.
void rwb__asset_name(rwg_str path, rwg_str ext, rwg_str text, rwg__buf *out);

#endif
