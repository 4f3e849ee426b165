/* Folders and what is in them.
 *
 * Every question of existence is answered from the listing of the folder that would hold the name,
 * read once with one call; there is no stat of a guess anywhere. So the facts a resolution rests
 * on are listings, names are matched byte for byte even where the file system ignores case, and a
 * changed folder is told from an unchanged one by its listing's hash alone.
 *
 * A folder is known by its path. Reached through a symbolic link it has an entry of its own that
 * points to the real one (`real`), which holds the listing. Paths of real folders come from
 * realpath once, at the first folder and at each link; everything below is real because its parent
 * is real and the listing says that it is a plain folder.
 *
 * Invariants:
 * D1. dirs[id].real names a folder whose own real is itself; only such folders have listings.
 * D2. A folder's parent is known and is its path without the last part; "/" has parent 0.
 * D3. linked is set exactly when the folder's path passes through a symbolic link. */
#ifndef RWG_RESOLVE_DIRS_H
#define RWG_RESOLVE_DIRS_H

#include <rwgraph/sys/fs.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/path.h"
#include "base/vec.h"

typedef struct rwg__name {
    uint32_t start; /* into the listing's bytes */
    uint16_t len;
    uint8_t kind; /* rwg_fs_kind */
} rwg__name;

/* The names of one folder, hashed. One block of memory. */
typedef struct rwg__listing {
    size_t size;    /* of the block */
    uint32_t count; /* names */
    uint32_t mask;  /* number of slots - 1 */
    const rwg__name *names;
    const uint32_t *slots; /* 1 + index into names, 0 = empty */
    const char *bytes;
} rwg__listing;

typedef struct rwg__dir {
    rwg_str path;          /* absolute */
    uint32_t parent;       /* 0 for "/" */
    uint32_t real;         /* itself unless linked */
    bool linked;           /* the path passes through a symbolic link */
    bool listed;           /* listing and stat were asked for */
    bool gone;             /* was known, is no longer a folder */
    bool hashed;           /* hash is up to date */
    rwg__listing *listing; /* NULL: not listed, or nothing there */
    rwg_fs_stat stat;      /* before it was listed */
    int64_t checked_ns;    /* wall clock before stat */
    rwg_hash hash;         /* zero when nothing is there */
    /* Kept for package.c and tsconfig.c; UINT32_MAX = not looked up, 0 = none. */
    uint32_t package;  /* package.json in this folder: id of its facts */
    uint32_t scope;    /* nearest folder at or above with a package.json */
    uint32_t modules;  /* the folder node_modules in this one */
    uint32_t anchor;   /* nearest folder at or above that has a node_modules */
    uint32_t tsconfig; /* tsconfig.json or jsconfig.json in this folder: id of its facts */
} rwg__dir;

#define RWG__DIR_UNASKED UINT32_MAX

/* Where a symbolic link leads. */
typedef struct rwg__link {
    rwg_str path;     /* of the link */
    uint32_t dir;     /* real folder that holds it */
    bool followed;    /* the rest is known */
    rwg_fs_kind kind; /* FILE, DIR, or NONE when broken */
    rwg_str target;   /* real path, "" when broken */
} rwg__link;

typedef struct rwg__dirs {
    rwg__mem *mem;
    const rwg_fs *fs;
    rwg__arena *arena;     /* paths */
    rwg__strmap ids;       /* path -> id */
    RWG_VEC(rwg__dir) all; /* [0] unused */
    rwg__strmap link_ids;  /* path of the link -> index into links */
    RWG_VEC(rwg__link) links;
    uint32_t root; /* the real root */
    rwg__path scratch;
} rwg__dirs;

/* fs, arena and mem must outlive it. */
void rwg__dirs_init(rwg__dirs *dirs, rwg__mem *mem, const rwg_fs *fs, rwg__arena *arena);
void rwg__dirs_deinit(rwg__dirs *dirs);

static inline rwg__dir *rwg__dirs_at(rwg__dirs *dirs, uint32_t id) {
    return &dirs->all.ptr[id];
}

static inline rwg_str rwg__dirs_path(const rwg__dirs *dirs, uint32_t id) {
    return dirs->all.ptr[id].path;
}

/* Registers a path as a folder together with all folders above it, by one realpath call: for paths
 * that are known to exist, such as the root and the folder of an importer. A path that is not there
 * is taken as it is. Returns its id, linked when the path is not real. */
uint32_t rwg__dirs_seed(rwg__dirs *dirs, rwg_str path);
/* Like seed for a folder that is being imported from; without any system call when it is below a
 * folder that is known and its listings agree. */
uint32_t rwg__dirs_from(rwg__dirs *dirs, rwg_str path);

/* What a name in a folder is, links followed: FILE, DIR or NONE. */
rwg_fs_kind rwg__dirs_kind(rwg__dirs *dirs, uint32_t dir, rwg_str name);
/* Same, without following: LINK tells a link. */
rwg_fs_kind rwg__dirs_entry(rwg__dirs *dirs, uint32_t dir, rwg_str name);
/* The folder of this name in dir; 0 when there is none. */
uint32_t rwg__dirs_child(rwg__dirs *dirs, uint32_t dir, rwg_str name);
/* The real path of the file of this name in dir. */
rwg_str rwg__dirs_file(rwg__dirs *dirs, uint32_t dir, rwg_str name);
/* The folder's listing, read if needed; NULL when the folder is not there. */
const rwg__listing *rwg__dirs_listing(rwg__dirs *dirs, uint32_t id);
/* Hash of the listing: sorted names, kinds, link targets. */
rwg_hash rwg__dirs_hash(rwg__dirs *dirs, uint32_t id);
/* "path/name" in the arena of the caller's choice. */
rwg_str rwg__dirs_join(const rwg__dirs *dirs, rwg__arena *arena, uint32_t dir, rwg_str name);

static inline rwg_str rwg__listing_name(const rwg__listing *listing, uint32_t index) {
    const rwg__name *name = &listing->names[index];
    return (rwg_str){listing->bytes + name->start, name->len};
}

/* Index of the name, or UINT32_MAX. */
uint32_t rwg__listing_find(const rwg__listing *listing, rwg_str name);

/* A listing read now, NULL when there is no such folder. */
rwg__listing *rwg__listing_read(rwg__mem *mem, const rwg_fs *fs, rwg_str path);
void rwg__listing_free(rwg__mem *mem, rwg__listing *listing);

#endif
