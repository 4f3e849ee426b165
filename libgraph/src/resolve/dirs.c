/* Folders and their listings. See dirs.h.
 *
 * A listing is one block: header, names, slots of an open-addressing table, bytes. Names are found
 * by hash, because resolving asks for many names that are not there. The order of names is the file
 * system's; only the listing's hash sorts them. */
#include "resolve/dirs.h"

#include "base/fsutil.h"
#include "base/hash.h"
#include "resolve/resolver.h"

#include <stdlib.h>

/* Longest name that is remembered: NAME_MAX of every file system in use is 255 bytes. */
#define LONGEST_NAME 1024

void rwg__dirs_init(rwg__dirs *dirs, rwg__mem *mem, const rwg_fs *fs, rwg__arena *arena) {
    *dirs = (rwg__dirs){.mem = mem, .fs = fs, .arena = arena};
    rwg__strmap_init(&dirs->ids, mem);
    rwg__strmap_init(&dirs->link_ids, mem);
    *rwg__vec_push(&dirs->all, mem) = (rwg__dir){0};
}

void rwg__dirs_deinit(rwg__dirs *dirs) {
    if (!dirs->mem) {
        return;
    }
    for (uint32_t i = 0; i < dirs->all.len; i++) {
        rwg__listing_free(dirs->mem, dirs->all.ptr[i].listing);
    }
    rwg__vec_free(&dirs->all, dirs->mem);
    rwg__vec_free(&dirs->links, dirs->mem);
    rwg__strmap_deinit(&dirs->ids);
    rwg__strmap_deinit(&dirs->link_ids);
}

/* -- listings --------------------------------------------------------------------------------- */

typedef struct name_list {
    rwg__mem *mem;
    RWG_VEC(rwg__name) names;
    RWG_VEC(char) bytes;
} name_list;

static void add_name(void *payload, const rwg_fs_entry *entry) {
    name_list *list = payload;
    if (entry->name.len == 0 || entry->name.len > LONGEST_NAME) {
        return;
    }
    *rwg__vec_push(&list->names, list->mem) =
        (rwg__name){list->bytes.len, (uint16_t)entry->name.len, (uint8_t)entry->kind};
    rwg__vec_reserve(&list->bytes, list->mem, entry->name.len);
    memcpy(list->bytes.ptr + list->bytes.len, entry->name.ptr, entry->name.len);
    list->bytes.len += entry->name.len;
}

static uint32_t slot_of(rwg_str name) {
    return (uint32_t)rwg__hash_quick(name.ptr, name.len);
}

/* Moves the collected names into one block. */
static rwg__listing *pack(const name_list *list) {
    uint32_t slots = 4;
    while (slots < list->names.len + list->names.len / 2 + 1) {
        slots *= 2;
    }
    size_t names_size = (size_t)list->names.len * sizeof(rwg__name);
    size_t slots_size = (size_t)slots * sizeof(uint32_t);
    size_t size = sizeof(rwg__listing) + names_size + slots_size + list->bytes.len;
    rwg__listing *listing = rwg__mem_zalloc(list->mem, size);
    rwg__name *names = (rwg__name *)(listing + 1);
    uint32_t *table = (uint32_t *)(names + list->names.len);
    char *bytes = (char *)(table + slots);
    *listing = (rwg__listing){size, list->names.len, slots - 1, names, table, bytes};
    if (list->names.len > 0) {
        memcpy(names, list->names.ptr, names_size);
        memcpy(bytes, list->bytes.ptr, list->bytes.len);
    }
    for (uint32_t i = 0; i < list->names.len; i++) {
        uint32_t slot = slot_of(rwg__listing_name(listing, i)) & listing->mask;
        while (table[slot] != 0) {
            slot = (slot + 1) & listing->mask;
        }
        table[slot] = i + 1;
    }
    return listing;
}

rwg__listing *rwg__listing_read(rwg__mem *mem, const rwg_fs *fs, rwg_str path) {
    name_list list = {.mem = mem};
    rwg__listing *listing = NULL;
    if (fs->list(fs->self, path, add_name, &list) == RWG_OK) {
        listing = pack(&list);
    }
    rwg__vec_free(&list.names, mem);
    rwg__vec_free(&list.bytes, mem);
    return listing;
}

void rwg__listing_free(rwg__mem *mem, rwg__listing *listing) {
    if (listing) {
        rwg__mem_free(mem, listing, listing->size);
    }
}

uint32_t rwg__listing_find(const rwg__listing *listing, rwg_str name) {
    uint32_t slot = slot_of(name) & listing->mask;
    while (listing->slots[slot] != 0) {
        uint32_t index = listing->slots[slot] - 1;
        if (rwg__str_eq(rwg__listing_name(listing, index), name)) {
            return index;
        }
        slot = (slot + 1) & listing->mask;
    }
    return UINT32_MAX;
}

/* qsort has no context argument, so what is sorted carries its own text. */
typedef struct sort_item {
    rwg_str name;
    uint8_t kind;
} sort_item;

static int compare_items(const void *a, const void *b) {
    return rwg__str_compare(((const sort_item *)a)->name, ((const sort_item *)b)->name);
}

static rwg_hash
hash_listing(rwg__mem *mem, const rwg_fs *fs, rwg_str dir, const rwg__listing *listing) {
    if (!listing) {
        return (rwg_hash){0};
    }
    size_t size = (size_t)listing->count * sizeof(sort_item);
    sort_item *items = rwg__mem_resize(mem, NULL, 0, size);
    for (uint32_t i = 0; i < listing->count; i++) {
        items[i] = (sort_item){rwg__listing_name(listing, i), listing->names[i].kind};
    }
    if (listing->count > 0) {
        qsort(items, listing->count, sizeof *items, compare_items);
    }
    rwg__hasher *hasher = rwg__hasher_new(mem);
    rwg__hasher_u32(hasher, listing->count);
    rwg__path path;
    for (uint32_t i = 0; i < listing->count; i++) {
        rwg__hasher_str(hasher, items[i].name);
        rwg__hasher_u32(hasher, items[i].kind);
        if (items[i].kind == RWG_FS_LINK && rwg__path_join(&path, dir, items[i].name)) {
            char *target = NULL;
            bool leads = fs->realpath(fs->self, rwg__path_str(&path), &target) == RWG_OK;
            rwg__hasher_str(hasher, leads ? rwg__str_c(target) : RWG_STR(""));
            free(target);
        }
    }
    rwg_hash hash = rwg__hasher_finish(hasher);
    rwg__hasher_free(hasher, mem);
    rwg__mem_free(mem, items, size);
    return hash;
}

rwg_hash rwg__listing_hash(const rwg_fs *fs, rwg__mem *mem, rwg_str dir) {
    rwg__listing *listing = rwg__listing_read(mem, fs, dir);
    rwg_hash hash = hash_listing(mem, fs, dir, listing);
    rwg__listing_free(mem, listing);
    return hash;
}

rwg_hash rwg__listing_visit(
    const rwg_fs *fs, rwg__mem *mem, rwg_str dir, rwg_fs_entry_fn each, void *payload
) {
    rwg__listing *listing = rwg__listing_read(mem, fs, dir);
    rwg_hash hash = hash_listing(mem, fs, dir, listing);
    for (uint32_t i = 0; listing && i < listing->count; i++) {
        each(
            payload,
            &(rwg_fs_entry){rwg__listing_name(listing, i), (rwg_fs_kind)listing->names[i].kind}
        );
    }
    rwg__listing_free(mem, listing);
    return hash;
}

const rwg__listing *rwg__dirs_listing(rwg__dirs *dirs, uint32_t id) {
    rwg__dir *dir = rwg__dirs_at(dirs, rwg__dirs_at(dirs, id)->real);
    if (!dir->listed) {
        dir->listed = true;
        dir->hashed = false;
        dir->stat = (rwg_fs_stat){0};
        dir->checked_ns = rwg__wall_ns();
        if (dirs->fs->stat(dirs->fs->self, dir->path, &dir->stat) == RWG_OK &&
            dir->stat.kind == RWG_FS_DIR) {
            dir->listing = rwg__listing_read(dirs->mem, dirs->fs, dir->path);
        }
        dir->gone = !dir->listing;
    }
    return dir->listing;
}

rwg_hash rwg__dirs_hash(rwg__dirs *dirs, uint32_t id) {
    const rwg__listing *listing = rwg__dirs_listing(dirs, id);
    rwg__dir *dir = rwg__dirs_at(dirs, rwg__dirs_at(dirs, id)->real);
    if (!dir->hashed) {
        dir->hash = hash_listing(dirs->mem, dirs->fs, dir->path, listing);
        dir->hashed = true;
    }
    return dir->hash;
}

/* -- folders ---------------------------------------------------------------------------------- */

/* A new folder, or the entry of one that was gone, filled in anew. real 0 means itself. */
static uint32_t put_dir(rwg__dirs *dirs, rwg_str path, uint32_t parent, uint32_t real) {
    const uint32_t *known = rwg__strmap_find(&dirs->ids, path);
    uint32_t id = known ? *known : dirs->all.len;
    rwg__dir fresh = {
        .path = known ? rwg__dirs_path(dirs, id) : rwg__arena_str(dirs->arena, path),
        .parent = parent,
        .real = real ? real : id,
        .linked = real && real != id,
        .package = RWG__DIR_UNASKED,
        .scope = RWG__DIR_UNASKED,
        .modules = RWG__DIR_UNASKED,
        .anchor = RWG__DIR_UNASKED,
        .tsconfig = RWG__DIR_UNASKED,
    };
    if (known) {
        rwg__listing_free(dirs->mem, rwg__dirs_at(dirs, id)->listing);
        *rwg__dirs_at(dirs, id) = fresh;
    } else {
        *rwg__vec_push(&dirs->all, dirs->mem) = fresh;
        *rwg__strmap_put(&dirs->ids, fresh.path, NULL) = id;
    }
    return id;
}

/* The id of a path that is known and still a folder, or 0. */
static uint32_t known_dir(const rwg__dirs *dirs, rwg_str path) {
    const uint32_t *id = rwg__strmap_find(&dirs->ids, path);
    return id && !dirs->all.ptr[*id].gone ? *id : 0;
}

/* Registers a real path and everything above it, top down. */
static uint32_t put_real(rwg__dirs *dirs, rwg_str path) {
    uint32_t id = known_dir(dirs, path);
    if (id) {
        return id;
    }
    id = known_dir(dirs, RWG_STR("/"));
    if (!id) {
        id = put_dir(dirs, RWG_STR("/"), 0, 0);
    }
    for (uint32_t at = 1; at < path.len;) {
        uint32_t end = at + rwg__str_index(rwg__str_from(path, at), '/');
        rwg_str upto = rwg__str_sub(path, 0, end);
        uint32_t next = known_dir(dirs, upto);
        id = next ? next : put_dir(dirs, upto, id, 0);
        at = end + 1;
    }
    return id;
}

/* Registers a path that is not real, and everything above it, each as what it is. */
static uint32_t put_alias(rwg__dirs *dirs, rwg_str path) {
    uint32_t id = put_real(dirs, RWG_STR("/"));
    for (uint32_t at = 1; at < path.len;) {
        uint32_t end = at + rwg__str_index(rwg__str_from(path, at), '/');
        rwg_str upto = rwg__str_sub(path, 0, end);
        uint32_t next = known_dir(dirs, upto);
        char *target = NULL;
        if (!next && dirs->fs->realpath(dirs->fs->self, upto, &target) == RWG_OK) {
            rwg_str real = rwg__str_c(target);
            next = rwg__str_eq(real, upto) ? put_real(dirs, real)
                                           : put_dir(dirs, upto, id, put_real(dirs, real));
        }
        free(target);
        id = next ? next : id;
        at = end + 1;
    }
    return id;
}

/* The real path of the nearest folder at or above path that exists; path itself when none does. */
static char *real_above(const rwg__dirs *dirs, rwg_str path, uint32_t *out_len) {
    char *target = NULL;
    *out_len = path.len;
    while (dirs->fs->realpath(dirs->fs->self, rwg__str_sub(path, 0, *out_len), &target) != RWG_OK &&
           *out_len > 1) {
        *out_len = rwg__path_dirname(rwg__str_sub(path, 0, *out_len)).len;
    }
    return target;
}

uint32_t rwg__dirs_seed(rwg__dirs *dirs, rwg_str path) {
    uint32_t there = 0;
    char *target = real_above(dirs, path, &there);
    rwg_str real = target ? rwg__str_c(target) : RWG_STR("/");
    uint32_t id = put_real(dirs, real);
    if (there == path.len && !rwg__str_eq(real, path)) {
        id = put_alias(dirs, path);
    } else if (there < path.len) {
        /* What is not there is known by its name, and gone until it appears. */
        rwg__path *missing = &dirs->scratch;
        rwg_str rest = rwg__str_from(path, there > 1 ? there + 1 : 1);
        if (rwg__path_join(missing, real, rest)) {
            id = put_real(dirs, rwg__path_str(missing));
            for (uint32_t at = id; at && rwg__dirs_path(dirs, at).len > real.len;
                 at = rwg__dirs_at(dirs, at)->parent) {
                rwg__dirs_at(dirs, at)->gone = true;
            }
        }
    }
    free(target);
    return id;
}

uint32_t rwg__dirs_from(rwg__dirs *dirs, rwg_str path) {
    uint32_t id = known_dir(dirs, path);
    if (id) {
        return id;
    }
    rwg_str above = path;
    while (!id && above.len > 1) {
        above = rwg__path_dirname(above);
        id = known_dir(dirs, above);
    }
    /* Walking down lists every folder on the way, which is wanted only inside what is looked at. */
    if (!id || !rwg__dirs_at(dirs, id)->listed) {
        return rwg__dirs_seed(dirs, path);
    }
    uint32_t at = above.len > 1 ? above.len + 1 : 1;
    while (id && at < path.len) {
        uint32_t end = at + rwg__str_index(rwg__str_from(path, at), '/');
        id = rwg__dirs_child(dirs, id, rwg__str_sub(path, at, end));
        at = end + 1;
    }
    return id ? id : rwg__dirs_seed(dirs, path);
}

rwg_fs_kind rwg__dirs_entry(rwg__dirs *dirs, uint32_t dir, rwg_str name) {
    const rwg__listing *listing = rwg__dirs_listing(dirs, dir);
    uint32_t index = listing ? rwg__listing_find(listing, name) : UINT32_MAX;
    return index == UINT32_MAX ? RWG_FS_NONE : (rwg_fs_kind)listing->names[index].kind;
}

rwg_str rwg__dirs_join(const rwg__dirs *dirs, rwg__arena *arena, uint32_t dir, rwg_str name) {
    rwg_str path = rwg__dirs_path(dirs, dir);
    uint32_t slash = path.len > 1 ? 1 : 0;
    char *bytes = rwg__arena_alloc(arena, (size_t)path.len + slash + name.len + 1);
    memcpy(bytes, path.ptr, path.len);
    bytes[path.len] = '/';
    memcpy(bytes + path.len + slash, name.ptr, name.len);
    bytes[path.len + slash + name.len] = '\0';
    return rwg__str(bytes, path.len + slash + name.len);
}

/* "path/name" in the scratch buffer; empty when it is longer than any path can be. */
static rwg_str scratch_join(rwg__dirs *dirs, uint32_t dir, rwg_str name) {
    rwg_str path = rwg__dirs_path(dirs, dir);
    uint32_t slash = path.len > 1 ? 1 : 0;
    rwg__path *out = &dirs->scratch;
    if (path.len + slash + name.len >= sizeof out->bytes) {
        return RWG_STR("");
    }
    memcpy(out->bytes, path.ptr, path.len);
    out->bytes[path.len] = '/';
    memcpy(out->bytes + path.len + slash, name.ptr, name.len);
    out->len = path.len + slash + name.len;
    return rwg__path_str(out);
}

/* Follows the link `name` in the real folder dir, unless that was done. */
static const rwg__link *follow(rwg__dirs *dirs, uint32_t dir, rwg_str name) {
    rwg_str path = scratch_join(dirs, dir, name);
    const uint32_t *known = rwg__strmap_find(&dirs->link_ids, path);
    uint32_t index = known ? *known : dirs->links.len;
    if (!known) {
        path = rwg__arena_str(dirs->arena, path);
        *rwg__vec_push(&dirs->links, dirs->mem) = (rwg__link){.path = path, .dir = dir};
        *rwg__strmap_put(&dirs->link_ids, path, NULL) = index;
    }
    rwg__link *link = &dirs->links.ptr[index];
    if (link->followed) {
        return link;
    }
    char *target = NULL;
    rwg_fs_stat stat = {0};
    link->followed = true;
    link->kind = RWG_FS_NONE;
    link->target = (rwg_str){NULL, 0};
    if (dirs->fs->realpath(dirs->fs->self, link->path, &target) == RWG_OK &&
        dirs->fs->stat(dirs->fs->self, link->path, &stat) == RWG_OK) {
        link->kind = stat.kind;
        link->target = rwg__arena_str(dirs->arena, rwg__str_c(target));
    }
    free(target);
    return link;
}

rwg_fs_kind rwg__dirs_kind(rwg__dirs *dirs, uint32_t dir, rwg_str name) {
    rwg_fs_kind kind = rwg__dirs_entry(dirs, dir, name);
    if (kind == RWG_FS_LINK) {
        kind = follow(dirs, rwg__dirs_at(dirs, dir)->real, name)->kind;
    }
    return kind == RWG_FS_FILE || kind == RWG_FS_DIR ? kind : RWG_FS_NONE;
}

uint32_t rwg__dirs_child(rwg__dirs *dirs, uint32_t dir, rwg_str name) {
    rwg_str path = scratch_join(dirs, dir, name);
    uint32_t id = path.len ? known_dir(dirs, path) : 0;
    if (id || path.len == 0) {
        return id;
    }
    uint32_t home = rwg__dirs_at(dirs, dir)->real;
    rwg_fs_kind kind = rwg__dirs_entry(dirs, dir, name);
    if (kind == RWG_FS_DIR) {
        /* Through a link, the real folder's child is the real child. */
        uint32_t real = home == dir ? 0 : rwg__dirs_child(dirs, home, name);
        return put_dir(dirs, scratch_join(dirs, dir, name), dir, real);
    }
    if (kind == RWG_FS_LINK) {
        const rwg__link *link = follow(dirs, home, name);
        if (link->kind == RWG_FS_DIR) {
            uint32_t real = put_real(dirs, link->target);
            return put_dir(dirs, scratch_join(dirs, dir, name), dir, real);
        }
    }
    return 0;
}

rwg_str rwg__dirs_file(rwg__dirs *dirs, uint32_t dir, rwg_str name) {
    uint32_t home = rwg__dirs_at(dirs, dir)->real;
    if (rwg__dirs_entry(dirs, dir, name) == RWG_FS_LINK) {
        return follow(dirs, home, name)->target;
    }
    return scratch_join(dirs, home, name);
}
