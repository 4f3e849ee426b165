/* Files on disk: opened, judged by where they really are, and sent. */
#include "serve/static.h"

#include <rwgraph/sys/fs.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "serve/mime.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Files up to here are sent as a whole, larger ones in parts of this size. */
#define PART_BYTES (256u * 1024)
/* Sent in one go; then others have their turn, however fast the client takes it. */
#define TURN_BYTES (4u * 1024 * 1024)
/* Files of a public folder; more are left to the disk's own listing. */
#define PUBLIC_FILES (256u * 1024)

/* ── Opening ─────────────────────────────────────────────────────────────────────────────────── */

/* Where an open file really is. */
static bool real_path(int fd, rwg_str asked, rwg__path *out) {
#if defined(__linux__)
    char link[48];
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, out->bytes, sizeof out->bytes);
    (void)asked;
    if (len <= 0 || (size_t)len >= sizeof out->bytes) {
        return false;
    }
    out->len = (uint32_t)len;
    out->bytes[len] = '\0';
    return true;
#elif defined(F_GETPATH)
    (void)asked;
    if (fcntl(fd, F_GETPATH, out->bytes) != 0) {
        return false;
    }
    out->len = (uint32_t)strlen(out->bytes);
    return true;
#else
    (void)fd;
    char *real = realpath(asked.ptr, NULL);
    bool known = real && rwg__path_normalise(out, rwg__str_c(real));
    free(real);
    return known;
#endif
}

static rwg_status status_of(int error) {
    return error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG || error == ELOOP
               ? RWG_NOT_FOUND
           : error == EACCES || error == EPERM ? RWG_ACCESS
                                               : RWG_IO;
}

/* Looks at what was opened; the caller closes on failure. */
static rwg_status
inspect(const rwb__fs_rules *rules, rwg_str asked, rwb__file *file, rwb__refusal *out_refusal) {
    rwg__path real;
    struct stat info;
    if (!real_path(file->fd, asked, &real)) {
        return RWG_NOT_FOUND;
    }
    *out_refusal = rwb__fs_check(rules, rwg__path_str(&real));
    if (*out_refusal != RWB__REFUSE_NONE) {
        return RWG_ACCESS;
    }
    if (fstat(file->fd, &info) != 0) {
        return RWG_IO;
    }
    if (info.st_nlink == 0) {
        return RWG_NOT_FOUND; // removed meanwhile: it has no real path to be judged by
    }
    if (!S_ISREG(info.st_mode)) {
        return S_ISDIR(info.st_mode) ? RWG_INVALID : RWG_NOT_FOUND;
    }
    file->size = (uint64_t)info.st_size;
    file->mtime_ns = (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec;
    file->inode = (uint64_t)info.st_ino;
    return RWG_OK;
}

rwg_status rwb__file_open(
    const rwb__fs_rules *rules, rwg_str path, rwb__file *out, rwb__refusal *out_refusal
) {
    *out = (rwb__file){.fd = -1};
    rwg__path asked;
    *out_refusal = rwb__fs_check(rules, path);
    // Judged by its name first: of what may not be served not even its being there is told.
    if (*out_refusal != RWB__REFUSE_NONE || !rwg__path_normalise(&asked, path)) {
        return RWG_ACCESS;
    }
    // O_NONBLOCK: opening a named pipe must not wait for a writer.
    out->fd = open(asked.bytes, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (out->fd < 0) {
        return status_of(errno);
    }
    rwg_status status = inspect(rules, rwg__path_str(&asked), out, out_refusal);
    if (status != RWG_OK) {
        rwb__file_close(out);
    }
    return status;
}

void rwb__file_close(rwb__file *file) {
    if (file->fd >= 0) {
        (void)close(file->fd);
        file->fd = -1;
    }
}

/* Reads len bytes from offset; fewer when the file has become shorter. */
static uint32_t read_part(const rwb__file *file, uint64_t offset, char *out, uint32_t len) {
    uint32_t done = 0;
    while (done < len) {
        ssize_t got = pread(file->fd, out + done, len - done, (off_t)(offset + done));
        if (got <= 0) {
            if (got < 0 && errno == EINTR) {
                continue;
            }
            break;
        }
        done += (uint32_t)got;
    }
    return done;
}

rwg_status rwb__file_read(const rwb__file *file, rwg__mem *mem, uint32_t limit, rwb__bytes **out) {
    *out = NULL;
    if (file->size > limit) {
        return RWG_LIMIT;
    }
    char *data;
    rwb__bytes *bytes = rwb__bytes_room(mem, (uint32_t)file->size, &data);
    if (read_part(file, 0, data, (uint32_t)file->size) != file->size) {
        rwb__bytes_drop(bytes);
        return RWG_IO;
    }
    *out = bytes;
    return RWG_OK;
}

void rwb__file_etag(const rwb__file *file, char out[64]) {
    (void)snprintf(
        out,
        64,
        "W/\"%llx-%llx-%llx\"",
        (unsigned long long)file->size,
        (unsigned long long)file->mtime_ns,
        (unsigned long long)file->inode
    );
}

/* ── Ranges ──────────────────────────────────────────────────────────────────────────────────── */

typedef struct range {
    uint64_t start;
    uint64_t end;    /* one behind */
    uint16_t status; /* 200 whole, 206 part, 416 none */
} range;

static bool take_number(rwg_str *text, uint64_t *out) {
    uint32_t digits = 0;
    *out = 0;
    while (digits < text->len && text->ptr[digits] >= '0' && text->ptr[digits] <= '9') {
        if (digits == 18) {
            return false;
        }
        *out = *out * 10 + (uint64_t)(text->ptr[digits++] - '0');
    }
    *text = rwg__str_from(*text, digits);
    return digits > 0;
}

/* "bytes=5-9", "bytes=5-", "bytes=-5". Anything else, lists too, means the whole. */
static range parse_range(rwg_str text, uint64_t size) {
    range whole = {0, size, 200};
    range none = {0, 0, 416};
    rwg_str unit = RWG_STR("bytes=");
    if (!rwg__str_starts(text, unit)) {
        return whole;
    }
    text = rwg__str_from(text, unit.len);
    uint64_t first;
    uint64_t last;
    bool has_first = take_number(&text, &first);
    if (text.len == 0 || text.ptr[0] != '-') {
        return whole;
    }
    text = rwg__str_from(text, 1);
    bool has_last = take_number(&text, &last);
    if (text.len > 0 || (!has_first && !has_last)) {
        return whole;
    }
    if (!has_first) {
        if (last == 0 || size == 0) {
            return none;
        }
        return (range){last < size ? size - last : 0, size, 206};
    }
    if (has_last && last < first) {
        return whole;
    }
    if (first >= size) {
        return none;
    }
    return (range){first, has_last && last < size ? last + 1 : size, 206};
}

/* ── Sending ─────────────────────────────────────────────────────────────────────────────────── */

/* A large file on its way. */
typedef struct sender {
    rwg__mem *mem;
    rwb__exchange *x;
    rwb__timer *turn; /* the next one */
    rwb__file file;
    uint64_t at;
    uint64_t end;
} sender;

static void end_sender(sender *s) {
    rwb__exchange *x = s->x;
    rwb__exchange_on_gone(x, NULL, NULL);
    rwb__respond_on_drain(x, NULL, NULL);
    rwb__file_close(&s->file);
    rwb__timer_free(s->turn);
    rwg__mem_free(s->mem, s, sizeof *s);
    rwb__respond_end(x);
}

static void send_parts(void *payload) {
    sender *s = payload;
    bool room = true;
    bool shorter = false;
    rwb__timer_stop(s->turn);
    for (uint64_t turn_end = s->at + TURN_BYTES; room && !shorter && s->at < s->end;) {
        if (s->at >= turn_end) {
            rwb__timer_start(s->turn, 0);
            return;
        }
        uint64_t left = s->end - s->at;
        uint32_t len = left < PART_BYTES ? (uint32_t)left : PART_BYTES;
        char *data;
        rwb__bytes *bytes = rwb__bytes_room(s->mem, len, &data);
        uint32_t got = read_part(&s->file, s->at, data, len);
        s->at += got;
        room = rwb__respond_write_bytes(s->x, bytes, (rwg_str){data, got});
        rwb__bytes_drop(bytes);
        shorter = got < len; // the end cuts the connection
    }
    if (s->at >= s->end || shorter) {
        end_sender(s);
    }
}

static void on_gone(void *payload) {
    sender *s = payload;
    end_sender(s);
}

static void
send_large(rwb__exchange *x, const rwb__response *response, const rwb__file *file, range part) {
    rwg__mem *mem = rwb__exchange_arena(x)->mem;
    sender *s = rwg__mem_zalloc(mem, sizeof *s);
    *s = (sender){.mem = mem, .x = x, .file = *file, .at = part.start, .end = part.end};
    s->turn = rwb__timer_new(rwb__exchange_loop(x), send_parts, s);
    rwb__exchange_on_gone(x, on_gone, s);
    rwb__respond_on_drain(x, send_parts, s);
    rwb__respond_begin(x, response, (int64_t)(part.end - part.start));
    send_parts(s);
}

/* Sends and closes the file. */
static void send_file(rwb__exchange *x, rwb__response *response, rwb__file *file, range part) {
    uint64_t len = part.end - part.start;
    // Nobody hears the answer of who has gone: the file need not be read for it.
    bool unread = rwb__exchange_is(x, "HEAD") || rwb__exchange_is_gone(x);
    if (len > PART_BYTES && !unread) {
        send_large(x, response, file, part);
        return;
    }
    if (unread) {
        rwb__file_close(file);
        rwb__respond_begin(x, response, (int64_t)len);
        rwb__respond_end(x);
        return;
    }
    char *data;
    rwb__bytes *bytes = rwb__bytes_room(rwb__exchange_arena(x)->mem, (uint32_t)len, &data);
    uint32_t got = read_part(file, part.start, data, (uint32_t)len);
    rwb__file_close(file);
    if (got == len) {
        response->body = bytes;
        rwb__respond(x, response);
    } else {
        rwb__respond_text(
            x, 500, "text/plain; charset=utf-8", RWG_STR("the file changed while it was read\n")
        );
    }
    rwb__bytes_drop(bytes);
}

static rwb__static_answer refused(rwg_status status, rwb__refusal refusal) {
    if (status == RWG_INVALID) {
        return RWB__STATIC_FOLDER;
    }
    return refusal != RWB__REFUSE_NONE ? RWB__STATIC_REFUSED : RWB__STATIC_NOT_FOUND;
}

rwb__static_answer rwb__static_serve(
    rwb__exchange *x,
    const rwb__fs_rules *rules,
    rwg_str path,
    rwg_str cache,
    rwb__refusal *out_refusal
) {
    rwb__file file;
    rwg_status status = rwb__file_open(rules, path, &file, out_refusal);
    if (status != RWG_OK) {
        return refused(status, *out_refusal);
    }
    char etag[64];
    char content_range[80];
    rwb__file_etag(&file, etag);
    rwb__header headers[] = {
        {RWG_STR("Accept-Ranges"), RWG_STR("bytes")},
        {RWG_STR("Content-Range"), {content_range, 0}},
    };
    rwb__response response = {
        .status = 200,
        .type = rwg__str_c(rwb__mime_type(path)),
        .cache = cache,
        .etag = rwg__str_c(etag),
        .headers = headers,
        .header_count = 1,
    };
    if (rwb__exchange_reads(x) && rwb__exchange_has_etag(x, response.etag)) {
        rwb__file_close(&file);
        rwb__respond(x, &response);
        return RWB__STATIC_ANSWERED;
    }
    range part = {0, file.size, 200};
    // Our tags are weak, and a range may only continue what is surely the same: If-Range never is.
    if (rwb__exchange_is(x, "GET") && rwb__exchange_header(x, "if-range").len == 0) {
        part = parse_range(rwb__exchange_header(x, "range"), file.size);
    }
    if (part.status != 200) {
        int len = part.status == 416 ? snprintf(
                                           content_range,
                                           sizeof content_range,
                                           "bytes */%llu",
                                           (unsigned long long)file.size
                                       )
                                     : snprintf(
                                           content_range,
                                           sizeof content_range,
                                           "bytes %llu-%llu/%llu",
                                           (unsigned long long)part.start,
                                           (unsigned long long)part.end - 1,
                                           (unsigned long long)file.size
                                       );
        headers[1].value.len = (uint32_t)len;
        response.header_count = 2;
        response.status = part.status;
        response.no_gzip = true;
    }
    send_file(x, &response, &file, part);
    return RWB__STATIC_ANSWERED;
}

/* ── The public folder ───────────────────────────────────────────────────────────────────────── */

struct rwb__public {
    rwg__mem *mem;
    rwg__arena arena;
    rwg_str dir;
    rwg__strmap files;      /* request path → index in `paths` */
    RWG_VEC(rwg_str) paths; /* absolute */
    RWG_VEC(rwg_str) todo;  /* folders to be listed, as request paths without a slash at the end */
    rwg_str listing;        /* the folder being listed */
    rwg_fs fs;
};

static void take_entry(void *payload, const rwg_fs_entry *entry) {
    rwb__public *set = payload;
    rwg__path path;
    rwg__path request;
    if (set->listing.len + entry->name.len + 2 >= RWG_LIMIT_PATH ||
        set->files.len >= PUBLIC_FILES) {
        return;
    }
    request.len = 0;
    memcpy(request.bytes, set->listing.ptr, set->listing.len);
    request.bytes[set->listing.len] = '/';
    memcpy(request.bytes + set->listing.len + 1, entry->name.ptr, entry->name.len);
    request.len = set->listing.len + 1 + entry->name.len;
    rwg_str name = rwg__arena_str(&set->arena, rwg__path_str(&request));
    rwg_fs_stat info = {.kind = entry->kind};
    if (!rwg__path_join(&path, set->dir, rwg__str_from(name, 1)) ||
        (entry->kind == RWG_FS_LINK &&
         set->fs.stat(set->fs.self, rwg__path_str(&path), &info) != RWG_OK)) {
        return;
    }
    if (info.kind == RWG_FS_FILE) {
        *rwg__strmap_put(&set->files, name, NULL) = set->paths.len;
        *rwg__vec_push(&set->paths, set->mem) = rwg__arena_str(&set->arena, rwg__path_str(&path));
    } else if (entry->kind == RWG_FS_DIR) {
        *rwg__vec_push(&set->todo, set->mem) = name;
    }
}

void rwb__public_refresh(rwb__public *set) {
    rwg__strmap_clear(&set->files);
    rwg__arena_reset(&set->arena);
    set->paths.len = 0;
    if (set->dir.len == 0) {
        return;
    }
    *rwg__vec_push(&set->todo, set->mem) = (rwg_str){"", 0};
    while (set->todo.len > 0) {
        set->listing = set->todo.ptr[--set->todo.len];
        rwg__path path;
        rwg_str below = set->listing.len > 0 ? rwg__str_from(set->listing, 1) : set->listing;
        if (rwg__path_join(&path, set->dir, below)) {
            // A folder that went meanwhile has no files.
            (void)set->fs.list(set->fs.self, rwg__path_str(&path), take_entry, set);
        }
    }
}

rwb__public *rwb__public_new(rwg__mem *mem, rwg_str dir) {
    rwb__public *set = rwg__mem_zalloc(mem, sizeof *set);
    set->mem = mem;
    set->fs = rwg_fs_system();
    rwg__arena_init(&set->arena, mem);
    rwg__strmap_init(&set->files, mem);
    char *copy = rwg__mem_resize(mem, NULL, 0, (size_t)dir.len + 1);
    memcpy(copy, dir.len > 0 ? dir.ptr : "", dir.len);
    set->dir = (rwg_str){copy, dir.len};
    rwb__public_refresh(set);
    return set;
}

void rwb__public_free(rwb__public *set) {
    if (set) {
        rwg__vec_free(&set->todo, set->mem);
        rwg__vec_free(&set->paths, set->mem);
        rwg__strmap_deinit(&set->files);
        rwg__arena_deinit(&set->arena);
        rwg__mem_free(set->mem, (void *)(uintptr_t)set->dir.ptr, (size_t)set->dir.len + 1);
        rwg__mem_free(set->mem, set, sizeof *set);
    }
}

rwg_str rwb__public_find(const rwb__public *set, rwg_str path) {
    const uint32_t *index = rwg__strmap_find(&set->files, path);
    return index ? set->paths.ptr[*index] : (rwg_str){"", 0};
}
