/* The folder that a build writes: emptied first, then filled file by file.
 *
 * Emptying is refused for a folder that is not below the project's root, or is the root itself: a
 * mistyped option must not cost anybody a home directory. */
#ifndef RWB_BUILD_OUTPUT_H
#define RWB_BUILD_OUTPUT_H

#include <rwgraph/sys/fs.h>

#include "base/mem.h"
#include "base/path.h"

/// Makes the folder `dir` below `root` exist and be empty.
rwg_status rwb__output_empty(rwg_str root, rwg_str dir, rwg_error *err);
/// Writes dir/name, and the folders above it.
rwg_status rwb__output_write(rwg_str dir, rwg_str name, rwg_str text, rwg_error *err);
/// Copies everything in the folder `from` into dir/name. A folder that is not there is empty.
rwg_status rwb__output_copy(
    rwg__mem *mem, const rwg_fs *fs, rwg_str from, rwg_str dir, rwg_str name, rwg_error *err
);

#endif
