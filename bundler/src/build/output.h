/* The folder that a build writes.
 *
 * Files go into a folder beside it, which takes its place when the build has gone well: a build
 * that fails, or is ended in the middle, leaves what was built last as it was. What it replaces is
 * removed, so a folder is refused that is not below the project's root, or is the root itself: a
 * mistyped option must not cost anybody a home directory. */
#ifndef RWB_BUILD_OUTPUT_H
#define RWB_BUILD_OUTPUT_H

#include <rwgraph/sys/fs.h>

#include "base/mem.h"
#include "base/path.h"

typedef struct rwb__output {
    rwg__path dir;   /* real, when it is there already */
    rwg__path stage; /* "" = nothing to put in its place */
} rwb__output;

/// Begins to write what `dir` below `root` will be. Nothing that is there is touched.
rwg_status
rwb__output_open(rwb__output *output, const rwg_fs *fs, rwg_str root, rwg_str dir, rwg_error *err);
/// Puts what was written into its place. On failure what was there is still there.
rwg_status rwb__output_commit(rwb__output *output, rwg_error *err);
/// Removes what was written and not committed.
void rwb__output_close(rwb__output *output);

/// Writes dir/name, and the folders above it.
rwg_status rwb__output_write(rwg_str dir, rwg_str name, rwg_str text, rwg_error *err);
/// Copies everything in the folder `from` into dir/name. A folder that is not there is empty.
rwg_status rwb__output_copy(
    rwg__mem *mem, const rwg_fs *fs, rwg_str from, rwg_str dir, rwg_str name, rwg_error *err
);

#endif
