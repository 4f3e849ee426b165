/* A tree of nodes, found by canonical path through a map. See memfs.h.
 *
 * A removed node stays in the map, dead, and is revived with a new inode when its path is made
 * again. */
#include "memfs.h"

#include "base/arena.h"
#include "base/lock.h"
#include "base/map.h"
#include "base/path.h"
#include "base/vec.h"

#include <stdio.h>
#include <stdlib.h>

#define HOPS_MAX 40

typedef struct node {
    rwg_str path;     /* canonical */
    rwg_fs_kind kind; /* NONE = dead */
    rwg_str bytes;    /* the file's text, or the link's; malloc'd */
    int64_t mtime_ns;
    int64_t ctime_ns;
    uint64_t inode;
    uint32_t first_child; /* 0 = none; the root is nobody's child */
    uint32_t next_sibling;
    bool denied;
} node;

typedef struct call {
    memfs_op op;
    rwg_str path;
} call;

struct memfs {
    rwg__mem mem;
    rwg__arena arena;
    rwg__strmap by_path;
    RWG_VEC(node) nodes; /* [0] is "/" */
    int64_t now_ns;
    uint64_t last_inode;
    rwg__lock lock; /* over what the library's side changes: the log and the fault */
    RWG_VEC(call) log;
    uint32_t fail_ops;
    uint32_t fail_in; /* calls until the one that fails; 0 = off */
    rwg_status fail_status;
    bool has_failed;
};

static _Noreturn void misuse(const char *what, rwg_str path) {
    (void)fprintf(stderr, "memfs: %s: %.*s\n", what, (int)path.len, path.ptr);
    abort();
}

static uint32_t add_node(memfs *disk, rwg_str path) {
    node *made = rwg__vec_push(&disk->nodes, &disk->mem);
    *made = (node){.path = rwg__arena_str(&disk->arena, path)};
    uint32_t index = disk->nodes.len - 1;
    *rwg__strmap_put(&disk->by_path, made->path, NULL) = index;
    return index;
}

/* The live node at exactly this path, links not followed; NULL when there is none. */
static node *find(const memfs *disk, rwg_str path) {
    const uint32_t *index = rwg__strmap_find(&disk->by_path, path);
    node *found = index ? &disk->nodes.ptr[*index] : NULL;
    return found && found->kind != RWG_FS_NONE ? found : NULL;
}

static void stamp(memfs *disk, node *at) {
    at->mtime_ns = at->ctime_ns = disk->now_ns;
}

memfs *memfs_new(void) {
    memfs *disk = calloc(1, sizeof *disk);
    if (!disk) {
        rwg__fatal("out of memory", __FILE__, __LINE__);
    }
    rwg__mem_init(&disk->mem, NULL, 0);
    rwg__arena_init(&disk->arena, &disk->mem);
    rwg__strmap_init(&disk->by_path, &disk->mem);
    rwg__lock_init(&disk->lock);
    disk->now_ns = MEMFS_START_NS;
    (void)add_node(disk, RWG_STR("/"));
    node *root = &disk->nodes.ptr[0];
    root->kind = RWG_FS_DIR;
    root->inode = ++disk->last_inode;
    stamp(disk, root);
    return disk;
}

void memfs_free(memfs *disk) {
    if (!disk) {
        return;
    }
    for (uint32_t i = 0; i < disk->nodes.len; i++) {
        free((char *)disk->nodes.ptr[i].bytes.ptr);
    }
    rwg__vec_free(&disk->log, &disk->mem);
    rwg__vec_free(&disk->nodes, &disk->mem);
    rwg__strmap_deinit(&disk->by_path);
    rwg__arena_deinit(&disk->arena);
    rwg__lock_deinit(&disk->lock);
    free(disk);
}

/* --- the library's side -------------------------------------------------------------------------
 */

/* Logs the call; returns the status to fail with, RWG_OK to go on. */
static rwg_status note(memfs *disk, memfs_op op, rwg_str path) {
    rwg__lock_take(&disk->lock);
    *rwg__vec_push(&disk->log, &disk->mem) =
        (call){.op = op, .path = rwg__arena_str(&disk->arena, path)};
    rwg_status status = RWG_OK;
    if (disk->fail_in > 0 && (disk->fail_ops & (uint32_t)op) && --disk->fail_in == 0) {
        disk->has_failed = true;
        status = disk->fail_status;
    }
    rwg__lock_give(&disk->lock);
    return status;
}

/* Puts a link's text in front of what is left of a path: "target/rest". */
static bool prepend(rwg__path *rest, rwg_str target) {
    rwg__path old = *rest;
    int len = snprintf(
        rest->bytes, sizeof rest->bytes, "%.*s/%s", (int)target.len, target.ptr, old.bytes
    );
    rest->len = len > 0 && (size_t)len < sizeof rest->bytes ? (uint32_t)len : 0;
    return rest->len > 0;
}

/* Takes the first part off `rest`; empty when nothing is left. */
static rwg_str take_part(rwg_str *rest) {
    while (rest->len > 0 && rest->ptr[0] == '/') {
        *rest = rwg__str_from(*rest, 1);
    }
    rwg_str part = rwg__str_sub(*rest, 0, rwg__str_index(*rest, '/'));
    *rest = rwg__str_from(*rest, part.len);
    return part;
}

/* Follows every link of an absolute path. */
static rwg_status follow(const memfs *disk, rwg_str path, const node **out) {
    rwg__path text;
    rwg__path done;
    *out = NULL;
    if (!rwg__path_is_absolute(path) || !rwg__path_normalise(&text, path) ||
        !rwg__path_normalise(&done, RWG_STR("/"))) {
        return RWG_NOT_FOUND;
    }
    rwg_str rest = rwg__path_str(&text);
    const node *at = &disk->nodes.ptr[0];
    uint32_t hops = 0;
    for (;;) {
        rwg_str part = take_part(&rest);
        if (part.len == 0) {
            *out = at;
            return RWG_OK;
        }
        rwg__path next;
        if (at->kind != RWG_FS_DIR || !rwg__path_join(&next, rwg__path_str(&done), part)) {
            return RWG_NOT_FOUND;
        }
        const node *found = find(disk, rwg__path_str(&next));
        if (!found) {
            return RWG_NOT_FOUND;
        }
        if (found->kind == RWG_FS_LINK) {
            if (++hops > HOPS_MAX) {
                return RWG_INVALID;
            }
            rwg__path left;
            if (!rwg__path_normalise(&left, rest.len ? rest : RWG_STR("/")) ||
                !prepend(&left, found->bytes)) {
                return RWG_NOT_FOUND;
            }
            text = left;
            rest = rwg__path_str(&text);
            if (rwg__path_is_absolute(found->bytes)) {
                (void)rwg__path_normalise(&done, RWG_STR("/"));
                at = &disk->nodes.ptr[0];
            }
            continue;
        }
        done = next;
        at = found;
    }
}

static rwg_status memfs_stat_call(void *self, rwg_str path, rwg_fs_stat *out) {
    memfs *disk = self;
    *out = (rwg_fs_stat){.kind = RWG_FS_NONE};
    rwg_status status = note(disk, MEMFS_STAT, path);
    const node *at;
    if (status != RWG_OK) {
        return status;
    }
    status = follow(disk, path, &at);
    if (status != RWG_OK) {
        return status == RWG_NOT_FOUND ? RWG_OK : status;
    }
    *out = (rwg_fs_stat){
        .kind = at->kind,
        .size = at->bytes.len,
        .mtime_ns = at->mtime_ns,
        .ctime_ns = at->ctime_ns,
        .inode = at->inode,
    };
    return RWG_OK;
}

static rwg_status
memfs_read_call(void *self, rwg_str path, uint64_t limit, char **out_bytes, uint64_t *out_len) {
    memfs *disk = self;
    *out_bytes = NULL;
    *out_len = 0;
    rwg_status status = note(disk, MEMFS_READ, path);
    const node *at;
    if (status != RWG_OK || (status = follow(disk, path, &at)) != RWG_OK) {
        return status;
    }
    if (at->denied) {
        return RWG_ACCESS;
    }
    if (at->kind != RWG_FS_FILE) {
        return RWG_INVALID;
    }
    if (at->bytes.len > limit) {
        return RWG_LIMIT;
    }
    char *copy = malloc((size_t)at->bytes.len + 1);
    if (!copy) {
        rwg__fatal("out of memory", __FILE__, __LINE__);
    }
    memcpy(copy, at->bytes.ptr, at->bytes.len);
    *out_bytes = copy;
    *out_len = at->bytes.len;
    return RWG_OK;
}

static rwg_status memfs_list_call(void *self, rwg_str path, rwg_fs_entry_fn entry, void *payload) {
    memfs *disk = self;
    rwg_status status = note(disk, MEMFS_LIST, path);
    const node *at;
    if (status != RWG_OK || (status = follow(disk, path, &at)) != RWG_OK) {
        return status;
    }
    if (at->kind != RWG_FS_DIR) {
        return RWG_NOT_FOUND;
    }
    if (at->denied) {
        return RWG_ACCESS;
    }
    for (uint32_t i = at->first_child; i != 0; i = disk->nodes.ptr[i].next_sibling) {
        const node *child = &disk->nodes.ptr[i];
        if (child->kind != RWG_FS_NONE) {
            entry(
                payload,
                &(rwg_fs_entry){.name = rwg__path_basename(child->path), .kind = child->kind}
            );
        }
    }
    return RWG_OK;
}

static rwg_status memfs_realpath_call(void *self, rwg_str path, char **out_path) {
    memfs *disk = self;
    *out_path = NULL;
    rwg_status status = note(disk, MEMFS_REALPATH, path);
    const node *at;
    if (status != RWG_OK || (status = follow(disk, path, &at)) != RWG_OK) {
        return status;
    }
    *out_path = strdup(at->path.ptr);
    return RWG_OK;
}

rwg_fs memfs_fs(memfs *disk) {
    return (rwg_fs){
        .self = disk,
        .stat = memfs_stat_call,
        .read = memfs_read_call,
        .list = memfs_list_call,
        .realpath = memfs_realpath_call,
    };
}

/* --- the test's side ----------------------------------------------------------------------------
 */

/* The node at path, made if need be, with the folders above it. Links on the way are followed, a
 * link at the end is not. The clock has moved. */
static node *make(memfs *disk, const char *text, rwg_fs_kind kind) {
    rwg__path path;
    if (!rwg__path_normalise(&path, rwg__str_c(text)) || path.bytes[0] != '/') {
        misuse("not an absolute path", rwg__str_c(text));
    }
    disk->now_ns += 1000000;
    rwg_str rest = rwg__path_str(&path);
    uint32_t parent = 0;
    for (;;) {
        rwg_str part = take_part(&rest);
        rwg__path here;
        if (part.len == 0 || disk->nodes.ptr[parent].kind != RWG_FS_DIR ||
            !rwg__path_join(&here, disk->nodes.ptr[parent].path, part)) {
            misuse("cannot make", rwg__str_c(text));
        }
        const uint32_t *known = rwg__strmap_find(&disk->by_path, rwg__path_str(&here));
        uint32_t index = known ? *known : add_node(disk, rwg__path_str(&here));
        node *at = &disk->nodes.ptr[index];
        node *above = &disk->nodes.ptr[parent];
        if (!known) {
            at->next_sibling = above->first_child;
            above->first_child = index;
        }
        if (at->kind == RWG_FS_NONE) {
            at->kind = rest.len > 0 ? RWG_FS_DIR : kind;
            at->inode = ++disk->last_inode;
            at->denied = false;
            stamp(disk, at);
            stamp(disk, above);
        }
        if (rest.len == 0) {
            if (at->kind != kind) {
                misuse("is something else", at->path);
            }
            return at;
        }
        if (at->kind == RWG_FS_LINK) {
            const node *target;
            if (follow(disk, at->path, &target) != RWG_OK) {
                misuse("a link that leads nowhere", at->path);
            }
            index = (uint32_t)(target - disk->nodes.ptr);
        }
        parent = index;
    }
}

static void set_bytes(node *at, const void *bytes, size_t len) {
    char *copy = malloc(len + 1);
    if (!copy) {
        rwg__fatal("out of memory", __FILE__, __LINE__);
    }
    if (len > 0) {
        memcpy(copy, bytes, len);
    }
    copy[len] = '\0';
    free((char *)at->bytes.ptr);
    at->bytes = rwg__str(copy, len);
}

static node *existing(memfs *disk, const char *path) {
    const node *at;
    if (follow(disk, rwg__str_c(path), &at) != RWG_OK) {
        misuse("not there", rwg__str_c(path));
    }
    return &disk->nodes.ptr[at - disk->nodes.ptr];
}

void memfs_write(memfs *disk, const char *path, const char *text) {
    memfs_write_bytes(disk, path, text, strlen(text));
}

void memfs_write_bytes(memfs *disk, const char *path, const void *bytes, size_t len) {
    node *at = make(disk, path, RWG_FS_FILE);
    set_bytes(at, bytes, len);
    stamp(disk, at);
}

void memfs_replace(memfs *disk, const char *path, const char *text) {
    node *at = make(disk, path, RWG_FS_FILE);
    set_bytes(at, text, strlen(text));
    at->inode = ++disk->last_inode;
    stamp(disk, at);
    stamp(disk, find(disk, rwg__path_dirname(at->path)));
}

void memfs_mkdir(memfs *disk, const char *path) {
    (void)make(disk, path, RWG_FS_DIR);
}

void memfs_symlink(memfs *disk, const char *path, const char *target) {
    node *at = make(disk, path, RWG_FS_LINK);
    set_bytes(at, target, strlen(target));
    stamp(disk, at);
}

void memfs_remove(memfs *disk, const char *path) {
    rwg__path text;
    node *at =
        rwg__path_normalise(&text, rwg__str_c(path)) ? find(disk, rwg__path_str(&text)) : NULL;
    if (!at || at == disk->nodes.ptr) {
        misuse("cannot remove", rwg__str_c(path));
    }
    disk->now_ns += 1000000;
    for (uint32_t i = 1; i < disk->nodes.len; i++) {
        if (rwg__path_is_under(disk->nodes.ptr[i].path, at->path)) {
            disk->nodes.ptr[i].kind = RWG_FS_NONE;
        }
    }
    stamp(disk, find(disk, rwg__path_dirname(at->path)));
}

void memfs_touch(memfs *disk, const char *path) {
    disk->now_ns += 1000000;
    stamp(disk, existing(disk, path));
}

void memfs_set_mtime(memfs *disk, const char *path, int64_t mtime_ns) {
    node *at = existing(disk, path);
    at->mtime_ns = mtime_ns;
    at->ctime_ns = disk->now_ns;
}

void memfs_deny(memfs *disk, const char *path, bool denied) {
    existing(disk, path)->denied = denied;
}

void memfs_advance(memfs *disk, int64_t ns) {
    disk->now_ns += ns;
}

uint32_t memfs_calls(const memfs *disk, uint32_t ops, const char *path) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < disk->log.len; i++) {
        const call *one = &disk->log.ptr[i];
        count += (ops & (uint32_t)one->op) && (!path || rwg__str_eq_c(one->path, path));
    }
    return count;
}

void memfs_clear_log(memfs *disk) {
    disk->log.len = 0;
}

void memfs_print_log(const memfs *disk) {
    for (uint32_t i = 0; i < disk->log.len; i++) {
        const call *one = &disk->log.ptr[i];
        const char *op = one->op == MEMFS_STAT   ? "stat"
                         : one->op == MEMFS_READ ? "read"
                         : one->op == MEMFS_LIST ? "list"
                                                 : "realpath";
        (void)fprintf(stderr, "%s %s\n", op, one->path.ptr);
    }
}

void memfs_fail(memfs *disk, uint32_t ops, uint32_t nth, rwg_status status) {
    disk->fail_ops = ops;
    disk->fail_in = nth;
    disk->fail_status = status;
    disk->has_failed = false;
}

bool memfs_has_failed(const memfs *disk) {
    return disk->has_failed;
}
