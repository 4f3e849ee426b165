/* What project/ needs of the resolver beyond <rwgraph/resolve.h>.
 *
 * The resolver's knowledge of the world is two kinds of facts: the listing of a folder (which names
 * exist, of which kind), and the content of an input file (package.json, tsconfig.json,
 * .pnp.data.json). Every resolution is a pure function of the facts it consulted. So the facts'
 * hashes say whether a stored resolution still holds, and a changed path leads to the resolutions
 * that consulted it, found or not found (law 12). */
#ifndef RWG_RESOLVE_RESOLVER_H
#define RWG_RESOLVE_RESOLVER_H

#include <rwgraph/resolve.h>

#include "base/arena.h"
#include "base/vec.h"

/* A resolver that allocates from mem and whose names live as long as it. */
rwg_status rwg__resolver_new(
    rwg__mem *mem,
    const rwg_fs *fs,
    rwg_str root,
    const rwg_config *config,
    rwg_resolver **out,
    rwg_error *err
);

/* Dense ids of resolutions, 1.., stable until rwg__resolver_change marks them; equal answers for
 * several environments share one id where the facts do not depend on the environment. */
uint32_t
rwg__resolver_id(rwg_resolver *r, rwg_env env, rwg_str from, rwg_str specifier, rwg_site site);
const rwg_resolution *rwg__resolver_get(const rwg_resolver *r, uint32_t id);
/* The folders whose listings the resolution consulted, as ids of rwg__resolver_dir; good until the
 * next call. */
const uint32_t *rwg__resolver_dirs_of(const rwg_resolver *r, uint32_t id, uint32_t *out_n);
/* How many resolutions were computed (not answered from the cache) since the resolver was made. */
uint64_t rwg__resolver_computed(const rwg_resolver *r);

typedef struct rwg__dir_fact {
    rwg_str path; /* absolute */
    rwg_hash
        listing; /* over sorted names and kinds, link targets included; zero = no such folder */
    rwg_fs_stat stat;   /* taken before it was listed */
    int64_t checked_ns; /* wall clock (rwg__wall_ns) just before stat was taken */
} rwg__dir_fact;

typedef struct rwg__input_fact {
    rwg_str path;     /* absolute */
    rwg_hash content; /* of its bytes; zero = unreadable */
    rwg_fs_stat stat; /* taken before it was read */
    int64_t checked_ns;
} rwg__input_fact;

/* Folder ids are 1..count, input ids 1..count. */
uint32_t rwg__resolver_dir_count(const rwg_resolver *r);
void rwg__resolver_dir(const rwg_resolver *r, uint32_t id, rwg__dir_fact *out);
uint32_t rwg__resolver_input_count(const rwg_resolver *r);
void rwg__resolver_input(const rwg_resolver *r, uint32_t id, rwg__input_fact *out);

/* The listing hash of a folder as it is now, read afresh, without remembering it; zero = none. */
rwg_hash rwg__listing_hash(const rwg_fs *fs, rwg__mem *mem, rwg_str dir);
/* The same, with each entry handed to `each`: what it says and the hash are of one listing. */
rwg_hash rwg__listing_visit(
    const rwg_fs *fs, rwg__mem *mem, rwg_str dir, rwg_fs_entry_fn each, void *payload
);

/* These absolute paths were created, deleted or edited (a folder: any of its names may have):
 * forgets the facts about them (and about their folders' listings), and appends to *out_ids every
 * resolution that may now differ. Those ids are dead: the next rwg__resolver_id computes anew. */
typedef RWG_VEC(uint32_t) rwg__id_vec;
void rwg__resolver_change(
    rwg_resolver *r, const rwg_str *paths, uint32_t count, rwg__id_vec *out_ids
);

/* False when what is known of the folder of this absolute path says that there is no such file:
 * then a file that is there has come since, whatever else is known of it. Looks at memory alone. */
bool rwg__resolver_expects(rwg_resolver *r, rwg_str path);

/* Files that a glob pattern (import.meta.glob, dynamic-template) written in `from` matches,
 * absolute real paths, sorted; the folders it listed count as consulted by the returned id of
 * rwg__resolver_dirs_of. */
uint32_t rwg__resolver_glob(
    rwg_resolver *r,
    rwg_env env,
    rwg_str from,
    rwg_str pattern,
    rwg__arena *arena,
    const rwg_str **out_paths,
    uint32_t *out_n
);

#endif
