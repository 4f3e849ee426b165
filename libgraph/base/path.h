/* Paths as text: '/' between parts, no file system involved.
 *
 * Functions that build a path write into a caller's rwg__path, a fixed buffer of RWG_LIMIT_PATH
 * bytes, and return false when the result does not fit. Inputs may not lie in that buffer, but for
 * the base of join. */
#ifndef RWG_BASE_PATH_H
#define RWG_BASE_PATH_H

#include "base/limits.h"
#include "base/str.h"

typedef struct rwg__path {
    uint32_t len;
    char bytes[RWG_LIMIT_PATH]; /* NUL after len */
} rwg__path;

static inline rwg_str rwg__path_str(const rwg__path *path) {
    return (rwg_str){path->bytes, path->len};
}

bool rwg__path_is_absolute(rwg_str path);
/* Copies path with "." and ".." parts and double slashes taken out; ".." above the root stays at
 * the root for absolute paths and is kept for relative ones. No trailing slash (except "/");
 * nothing left of a relative path is ".". */
bool rwg__path_normalise(rwg__path *out, rwg_str path);
/* base/path normalised; an absolute path replaces base. */
bool rwg__path_join(rwg__path *out, rwg_str base, rwg_str path);
/* target as seen from the folder base, both absolute: "a/b.ts", "../x.ts", "." */
bool rwg__path_relative(rwg__path *out, rwg_str base, rwg_str target);
/* Everything before the last slash: "/a" -> "/", "a" -> "" */
rwg_str rwg__path_dirname(rwg_str path);
rwg_str rwg__path_basename(rwg_str path);
/* The last extension with its dot: "a.test.ts" -> ".ts", ".env" -> "", "a." -> "." */
rwg_str rwg__path_ext(rwg_str path);
/* True for dir itself and everything under it. */
bool rwg__path_is_under(rwg_str path, rwg_str dir);
/* True when a part of the path is exactly "node_modules". */
bool rwg__path_in_node_modules(rwg_str path);
/* Shell-like match of a whole path, byte by byte: * and ? within a part, ** as a whole part over
 * any number of parts, {a,b}, [abc], [!a-z], \x for x itself. Names that start with a dot are like
 * others. Linear in pattern times path; a pattern of RWG_LIMIT_PATH bytes or more matches nothing.
 */
bool rwg__path_glob(rwg_str pattern, rwg_str path);

#endif
