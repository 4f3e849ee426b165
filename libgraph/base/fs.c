/* The operating system's files behind rwg_fs. See rwgraph/sys/fs.h and fsutil.h.
 *
 * A name that no file can have (too long, with a NUL inside) is simply not there: specifiers of a
 * user's program end up as paths, and "not found" is what the user needs to hear about them. */
#include "base/fsutil.h"
#include "base/limits.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

typedef struct c_path {
    char text[RWG_LIMIT_PATH];
} c_path;

static bool make_c_path(c_path *out, rwg_str path) {
    if (path.len == 0 || path.len >= sizeof out->text || memchr(path.ptr, '\0', path.len)) {
        return false;
    }
    memcpy(out->text, path.ptr, path.len);
    out->text[path.len] = '\0';
    return true;
}

static rwg_status status_of_errno(int code) {
    switch (code) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG: return RWG_NOT_FOUND;
    case ELOOP:
    case EISDIR: return RWG_INVALID;
    case EACCES:
    case EPERM: return RWG_ACCESS;
    case EFBIG:
    case EOVERFLOW: return RWG_LIMIT;
    default: return RWG_IO;
    }
}

static int64_t nanoseconds(struct timespec time) {
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static rwg_fs_kind kind_of_mode(mode_t mode) {
    return S_ISREG(mode)   ? RWG_FS_FILE
           : S_ISDIR(mode) ? RWG_FS_DIR
           : S_ISLNK(mode) ? RWG_FS_LINK
                           : RWG_FS_OTHER;
}

static rwg_status system_stat(void *self, rwg_str path, rwg_fs_stat *out) {
    (void)self;
    *out = (rwg_fs_stat){.kind = RWG_FS_NONE};
    c_path name;
    struct stat st;
    if (!make_c_path(&name, path)) {
        return RWG_OK;
    }
    if (stat(name.text, &st) != 0) {
        rwg_status status = status_of_errno(errno);
        return status == RWG_NOT_FOUND ? RWG_OK : status;
    }
    *out = (rwg_fs_stat){
        .kind = kind_of_mode(st.st_mode),
        .size = (uint64_t)st.st_size,
        .mtime_ns = nanoseconds(st.st_mtim),
        .ctime_ns = nanoseconds(st.st_ctim),
        .inode = (uint64_t)st.st_ino,
    };
    return RWG_OK;
}

/* Reads to the end of the file, wherever that is by then: the size from fstat only sizes the
 * buffer, and one byte more is asked for, so that a file that did not change takes a single read.
 */
static rwg_status
read_all(int fd, uint64_t expected, uint64_t limit, char **out_bytes, uint64_t *out_len) {
    size_t cap = (size_t)expected + 1;
    size_t len = 0;
    char *bytes = malloc(cap);
    while (bytes) {
        ssize_t got = read(fd, bytes + len, cap - len);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            rwg_status status = status_of_errno(errno);
            free(bytes);
            return status;
        }
        len += (size_t)got;
        if (len > limit) {
            free(bytes);
            return RWG_LIMIT;
        }
        if (got == 0 || (len >= expected && len < cap)) {
            *out_bytes = bytes;
            *out_len = len;
            return RWG_OK;
        }
        if (len == cap) {
            cap = cap < 4096 ? 8192 : cap * 2;
            char *grown = realloc(bytes, cap);
            if (!grown) {
                free(bytes);
            }
            bytes = grown;
        }
    }
    rwg__fatal("out of memory", __FILE__, __LINE__);
}

static rwg_status
system_read(void *self, rwg_str path, uint64_t limit, char **out_bytes, uint64_t *out_len) {
    (void)self;
    *out_bytes = NULL;
    *out_len = 0;
    c_path name;
    if (!make_c_path(&name, path)) {
        return RWG_NOT_FOUND;
    }
    /* O_NONBLOCK: opening a pipe must not wait for its writer. */
    int fd = open(name.text, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return status_of_errno(errno);
    }
    struct stat st;
    rwg_status status;
    if (fstat(fd, &st) != 0) {
        status = status_of_errno(errno);
    } else if (!S_ISREG(st.st_mode)) {
        status = RWG_INVALID;
    } else if ((uint64_t)st.st_size > limit) {
        status = RWG_LIMIT;
    } else {
        status = read_all(fd, (uint64_t)st.st_size, limit, out_bytes, out_len);
    }
    (void)close(fd);
    return status;
}

static rwg_fs_kind kind_of_entry(DIR *dir, const struct dirent *entry) {
    struct stat st;
    switch (entry->d_type) {
    case DT_REG: return RWG_FS_FILE;
    case DT_DIR: return RWG_FS_DIR;
    case DT_LNK: return RWG_FS_LINK;
    case DT_UNKNOWN: /* some file systems do not say */
        if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
            return kind_of_mode(st.st_mode);
        }
        return RWG_FS_NONE;
    default: return RWG_FS_OTHER;
    }
}

static rwg_status system_list(void *self, rwg_str path, rwg_fs_entry_fn entry, void *payload) {
    (void)self;
    c_path name;
    if (!make_c_path(&name, path)) {
        return RWG_NOT_FOUND;
    }
    DIR *dir = opendir(name.text);
    if (!dir) {
        return status_of_errno(errno);
    }
    rwg_status status = RWG_OK;
    for (;;) {
        errno = 0;
        const struct dirent *item = readdir(dir);
        if (!item) {
            status = errno ? status_of_errno(errno) : RWG_OK;
            break;
        }
        if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0) {
            continue;
        }
        rwg_fs_entry one = {
            .name = {item->d_name, (uint32_t)strlen(item->d_name)},
            .kind = kind_of_entry(dir, item),
        };
        if (one.kind != RWG_FS_NONE) {
            entry(payload, &one);
        }
    }
    (void)closedir(dir);
    return status;
}

static rwg_status system_realpath(void *self, rwg_str path, char **out_path) {
    (void)self;
    *out_path = NULL;
    c_path name;
    if (!make_c_path(&name, path)) {
        return RWG_NOT_FOUND;
    }
    *out_path = realpath(name.text, NULL);
    return *out_path ? RWG_OK : status_of_errno(errno);
}

rwg_fs rwg_fs_system(void) {
    return (rwg_fs){
        .stat = system_stat,
        .read = system_read,
        .list = system_list,
        .realpath = system_realpath,
    };
}

rwg_status
rwg__fs_read(const rwg_fs *fs, rwg__arena *arena, rwg_str path, uint64_t limit, rwg_str *out) {
    *out = (rwg_str){0};
    if (limit > UINT32_MAX - 1) {
        limit = UINT32_MAX - 1; /* lengths of strings are 32 bits */
    }
    char *bytes;
    uint64_t len;
    rwg_status status = fs->read(fs->self, path, limit, &bytes, &len);
    if (status == RWG_OK) {
        *out = rwg__arena_str(arena, (rwg_str){bytes, (uint32_t)len});
        free(bytes);
    }
    return status;
}

int64_t rwg__wall_ns(void) {
    struct timespec now;
    RWG_ASSERT(clock_gettime(CLOCK_REALTIME, &now) == 0);
    return nanoseconds(now);
}
