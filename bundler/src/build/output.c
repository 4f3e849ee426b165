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
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
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

static bool is_there(const char *path) {
    struct stat st;
    return lstat(path, &st) == 0;
}

static bool remove_tree(const char *path) {
    return !is_there(path) || nftw(path, remove_entry, MAX_FOLDERS, FTW_DEPTH | FTW_PHYS) == 0;
}

/* --- beside the folder --- */

/* "/app/.dist.rwgraph-1234" for "/app/dist": a folder that no scan of the project looks into. */
#define STAGE_MARK ".rwgraph-"

static bool make_stage_path(const rwg__path *dir, const char *end, rwg__path *out) {
    char name[RWG_LIMIT_PATH];
    rwg_str base = rwg__path_basename(rwg__path_str(dir));
    int len = snprintf(
        name, sizeof name, ".%.*s" STAGE_MARK "%ld%s", (int)base.len, base.ptr, (long)getpid(), end
    );
    return len > 0 && (size_t)len < sizeof name &&
           rwg__path_join(out, rwg__path_dirname(rwg__path_str(dir)), rwg__str(name, (size_t)len));
}

/* What builds that were killed have left behind. */
static void remove_leftover(void *payload, const rwg_fs_entry *entry) {
    const rwb__output *o = payload;
    rwg_str rest = entry->name;
    rwg_str base = rwg__path_basename(rwg__path_str(&o->dir));
    if (entry->kind != RWG_FS_DIR || rest.len == 0 || rest.ptr[0] != '.' ||
        !rwg__str_starts(rwg__str_from(rest, 1), base)) {
        return;
    }
    rest = rwg__str_from(rest, 1 + base.len);
    if (!rwg__str_starts(rest, RWG_STR(STAGE_MARK))) {
        return;
    }
    char number[24];
    rest = rwg__str_from(rest, sizeof STAGE_MARK - 1);
    (void)snprintf(number, sizeof number, "%.*s", (int)rest.len, rest.ptr);
    long pid = strtol(number, NULL, 10);
    rwg__path path;
    if (pid > 0 && kill((pid_t)pid, 0) != 0 && errno == ESRCH &&
        rwg__path_join(&path, rwg__path_dirname(rwg__path_str(&o->dir)), entry->name)) {
        (void)remove_tree(path.bytes);
    }
}

/* A link may stand for the folder, as long as it leads to one of the project's. */
static bool find_dir(rwb__output *o, rwg_str root, rwg_str dir) {
    char path[RWG_LIMIT_PATH];
    (void)snprintf(path, sizeof path, "%.*s", (int)dir.len, dir.ptr);
    char *real = dir.len < sizeof path ? realpath(path, NULL) : NULL;
    bool fits = dir.len < sizeof path &&
                rwg__path_normalise(&o->dir, real ? rwg__str_c(real) : dir) &&
                rwg__path_is_under(rwg__path_str(&o->dir), root) && o->dir.len > root.len;
    free(real);
    return fits;
}

rwg_status
rwb__output_open(rwb__output *o, const rwg_fs *fs, rwg_str root, rwg_str dir, rwg_error *err) {
    o->stage = (rwg__path){.len = 0};
    if (!find_dir(o, root, dir)) {
        return rwg__error(
            err,
            RWG_INVALID,
            dir,
            "a build writes only into a folder below the project's; choose another"
        );
    }
    rwg__path stage;
    if (!make_stage_path(&o->dir, "", &stage)) {
        return rwg__error(err, RWG_LIMIT, dir, "the path is too long");
    }
    (void)fs->list(fs->self, rwg__path_dirname(rwg__path_str(&o->dir)), remove_leftover, o);
    if (!remove_tree(stage.bytes) || !make_parents(stage.bytes) || mkdir(stage.bytes, 0777) != 0) {
        return rwg__error(
            err, RWG_IO, rwg__path_str(&stage), "cannot be made: %s", strerror(errno)
        );
    }
    o->stage = stage;
    return RWG_OK;
}

rwg_status rwb__output_commit(rwb__output *o, rwg_error *err) {
    rwg__path old;
    bool replaces = is_there(o->dir.bytes);
    bool fits = make_stage_path(&o->dir, ".old", &old) && remove_tree(old.bytes);
    if (!fits || (replaces && rename(o->dir.bytes, old.bytes) != 0)) {
        return rwg__error(
            err, RWG_IO, rwg__path_str(&o->dir), "cannot be replaced: %s", strerror(errno)
        );
    }
    if (rename(o->stage.bytes, o->dir.bytes) != 0) {
        int why = errno;
        if (replaces) {
            (void)rename(old.bytes, o->dir.bytes);
        }
        return rwg__error(
            err, RWG_IO, rwg__path_str(&o->dir), "cannot be replaced: %s", strerror(why)
        );
    }
    o->stage = (rwg__path){.len = 0};
    (void)remove_tree(old.bytes); /* what is left of it, the next build removes */
    return RWG_OK;
}

void rwb__output_close(rwb__output *o) {
    if (o->stage.len > 0) {
        (void)remove_tree(o->stage.bytes);
    }
    o->stage = (rwg__path){.len = 0};
}

/* --- files --- */

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

/* Each file's bytes are held only while it is written. */
static rwg_status copy_file(
    rwg__mem *mem, const rwg_fs *fs, rwg_str source, rwg_str dir, rwg_str name, rwg_error *err
) {
    rwg__arena arena;
    rwg_str text;
    rwg__arena_init(&arena, mem);
    rwg_status status = rwg__fs_read(fs, &arena, source, UINT32_MAX, &text);
    if (status == RWG_OK) {
        status = rwb__output_write(dir, name, text, err);
    } else {
        (void)rwg__error(err, status, source, "cannot be read");
    }
    rwg__arena_deinit(&arena);
    return status;
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
        if (!rwg__path_join(&source, from, files.ptr[i]) ||
            !rwg__path_join(&target, name, files.ptr[i])) {
            status = rwg__error(err, RWG_LIMIT, files.ptr[i], "the path is too long");
        } else {
            status = copy_file(mem, fs, rwg__path_str(&source), dir, rwg__path_str(&target), err);
        }
    }
    rwg__vec_free(&files, mem);
    rwg__vec_free(&folders, mem);
    rwg__arena_deinit(&arena);
    return status;
}
