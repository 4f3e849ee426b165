/* Files and folders of a build, with POSIX's own calls. */
#define _XOPEN_SOURCE 700 /* nftw */ // NOLINT: a name of POSIX

#include "build/output.h"

#include "base/arena.h"
#include "base/fsutil.h"
#include "base/limits.h"
#include "base/str.h"
#include "base/vec.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FOLDERS 32 /* held open at once while a tree is removed */

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *walk) {
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

/* mkdir -p for the folders above a file. */
static bool make_parents(const char *path) {
    char part[RWG_LIMIT_PATH];
    size_t len = strlen(path);
    if (len >= sizeof part) {
        return false;
    }
    memcpy(part, path, len + 1);
    for (size_t i = 1; i < len; i++) {
        if (part[i] == '/') {
            part[i] = '\0';
            if (mkdir(part, 0777) != 0 && errno != EEXIST) {
                return false;
            }
            part[i] = '/';
        }
    }
    return true;
}

rwg_status rwb__output_empty(rwg_str root, rwg_str dir, rwg_error *err) {
    char path[RWG_LIMIT_PATH];
    if (!rwg__path_is_under(dir, root) || dir.len == root.len || dir.len + 2 >= sizeof path) {
        return rwg__error(
            err,
            RWG_INVALID,
            dir,
            "a build writes only into a folder below the project's; choose another"
        );
    }
    (void)snprintf(path, sizeof path, "%.*s/", (int)dir.len, dir.ptr);
    struct stat st;
    if (stat(path, &st) == 0 && nftw(path, remove_entry, MAX_FOLDERS, FTW_DEPTH | FTW_PHYS) != 0) {
        return rwg__error(err, RWG_IO, dir, "cannot be emptied: %s", strerror(errno));
    }
    if (!make_parents(path)) {
        return rwg__error(err, RWG_IO, dir, "cannot be made: %s", strerror(errno));
    }
    return RWG_OK;
}

rwg_status rwb__output_write(rwg_str dir, rwg_str name, rwg_str text, rwg_error *err) {
    rwg__path path;
    if (!rwg__path_join(&path, dir, name)) {
        return rwg__error(err, RWG_LIMIT, name, "the path is too long");
    }
    FILE *file = make_parents(path.bytes) ? fopen(path.bytes, "wb") : NULL;
    bool good = file && fwrite(text.ptr ? text.ptr : "", 1, text.len, file) == text.len;
    good = file && fclose(file) == 0 && good;
    return good ? RWG_OK
                : rwg__error(
                      err, RWG_IO, rwg__path_str(&path), "cannot be written: %s", strerror(errno)
                  );
}

typedef RWG_VEC(rwg_str) name_vec;

typedef struct listing {
    rwg__mem *mem;
    rwg__arena *arena;
    rwg_str folder; /* relative to the copied folder, "" or with a slash at its end */
    name_vec *files;
    name_vec *folders;
} listing;

static void list_entry(void *payload, const rwg_fs_entry *entry) {
    listing *l = payload;
    size_t len = l->folder.len + entry->name.len;
    char *bytes = rwg__arena_alloc(l->arena, len + 2);
    (void)snprintf(
        bytes,
        len + 2,
        "%.*s%.*s%s",
        (int)l->folder.len,
        l->folder.ptr ? l->folder.ptr : "",
        (int)entry->name.len,
        entry->name.ptr,
        entry->kind == RWG_FS_DIR ? "/" : ""
    );
    if (entry->kind == RWG_FS_DIR) {
        *rwg__vec_push(l->folders, l->mem) = rwg__str(bytes, len + 1);
    } else if (entry->kind == RWG_FS_FILE) {
        *rwg__vec_push(l->files, l->mem) = rwg__str(bytes, len);
    }
}

rwg_status rwb__output_copy(
    rwg__mem *mem, const rwg_fs *fs, rwg_str from, rwg_str dir, rwg_str name, rwg_error *err
) {
    rwg__arena arena;
    rwg__arena_init(&arena, mem);
    name_vec files = {0};
    name_vec folders = {0};
    listing l = {mem, &arena, {NULL, 0}, &files, &folders};
    rwg_status status = RWG_OK;
    (void)fs->list(fs->self, from, list_entry, &l);
    while (folders.len > 0) {
        rwg__path path;
        l.folder = folders.ptr[--folders.len];
        if (rwg__path_join(&path, from, l.folder)) {
            (void)fs->list(fs->self, rwg__path_str(&path), list_entry, &l);
        }
    }
    for (uint32_t i = 0; status == RWG_OK && i < files.len; i++) {
        rwg__path source;
        rwg__path target;
        rwg_str text;
        if (!rwg__path_join(&source, from, files.ptr[i]) ||
            !rwg__path_join(&target, name.len > 0 ? name : RWG_STR("."), files.ptr[i])) {
            continue;
        }
        status = rwg__fs_read(fs, &arena, rwg__path_str(&source), UINT32_MAX, &text);
        if (status == RWG_OK) {
            status = rwb__output_write(dir, rwg__path_str(&target), text, err);
        } else {
            (void)rwg__error(err, status, rwg__path_str(&source), "cannot be read");
        }
    }
    rwg__vec_free(&files, mem);
    rwg__vec_free(&folders, mem);
    rwg__arena_deinit(&arena);
    return status;
}
