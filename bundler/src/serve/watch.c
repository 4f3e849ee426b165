/* Watching: an fs event per folder, a set of paths that something happened to, and a table of what
 * was there before.
 *
 *   event ──▶ dirty ──quiet──▶ ask the file system ──▶ changed / created / deleted ──▶ batch
 *
 * A folder is watched first and listed afterwards, so nothing made in between is missed. A folder
 * that was replaced by another of the same name is told by its inode.
 *
 * Of a folder that is watched for its names alone (node_modules: what is in a package is not looked
 * at) the folder itself is told, as changed. Whoever installs packages is at it for a while, so
 * that waits for a longer pause, unless something else is to be told.
 *
 * A save is told as soon as it is complete. Many files at once are the work of a program, a
 * checkout of another branch, which is told when it pauses: half of it is of no use to anybody.
 *
 * libuv drops the kernel's notice that its queue has overflowed. But then at least as many events
 * as the queue holds came in one batch: from half of that on, a batch says `rescan`. */
#include "serve/watch.h"

#include <rwgraph/sys/fs.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/path.h"
#include "base/vec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUIET_MS   5
#define LONGEST_MS 50
/* So many times longer is waited for the text of a file that is empty: a second, since a busy
 * machine may stop a writer between the two, and pages would be loaded anew for a module without
 * text. */
#define EMPTY_FACTOR 20
/* The pause and the longest wait where only names of folders are to be told. */
#define NAMES_QUIET_MS   100
#define NAMES_LONGEST_MS 1000
/* Paths of one batch that nobody edits by hand; then the pause, and the longest wait, which is how
 * long what comes behind such a batch counts as part of the same work. */
#define BURST_PATHS      16
#define BURST_QUIET_MS   25
#define BURST_LONGEST_MS 250
/* fs.inotify.max_queued_events where it cannot be read. */
#define QUEUE_EVENTS 16384

/* Values of `files`. */
enum {
    ABSENT,
    PRESENT,
};

/* What is told of a watched folder. */
typedef enum reach {
    REACH_EXTRAS, /* files that were asked for by name */
    REACH_NAMES,  /* itself, when a name in it came, went or was written to */
    REACH_FILES,  /* the files in it */
    REACH_TREE,   /* and those of all folders below */
} reach;

/* Values of `extras`. */
enum {
    EXTRA_FILE = 1,
    EXTRA_NAMES,
};

typedef struct folder {
    rwb__watch *watch;
    rwg_str path;
    uint64_t inode;
    uv_fs_event_t event;
    reach reach;
    bool early; /* in `early`: told with the next batch */
} folder;

struct rwb__watch {
    rwb__loop *loop;
    rwg__mem *mem;
    rwb__watch_options options;
    rwg__arena arena;   /* paths of the tables, and patterns */
    rwg__arena scratch; /* paths of a batch */
    rwg_fs fs;
    rwg__strmap folders;    /* path → index in `list`, 1-based; 0 = not watched */
    RWG_VEC(folder *) list; /* NULL = gone */
    uint32_t folder_count;
    rwg__strmap files;  /* path → ABSENT or PRESENT */
    rwg__strmap extras; /* path → EXTRA_*: told wherever they are */
    RWG_VEC(rwg_str) extra_list;
    rwg__strmap dirty;         /* path → 1 */
    RWG_VEC(rwg_str) worklist; /* the same, in order; grows while a batch is made */
    RWG_VEC(rwg_str) early;    /* files of new folders whose text is on its way */
    RWG_VEC(rwb__watch_change) changes;
    RWG_VEC(rwg_str) listing; /* folders found and not yet watched */
    uint32_t events;          /* since the last batch */
    uint32_t queue_events;
    uint64_t first_ms; /* of the first event of the batch; 0 = none */
    bool quick;        /* the batch has more than names of folders */
    uint64_t burst_ms; /* until when a batch is taken for more of a burst */
    rwb__timer *timer;
    bool limited; /* the system refused a watch */
    bool rescan;
    uint32_t open_handles;
    bool freed;
};

/* ── Names ───────────────────────────────────────────────────────────────────────────────────── */

static bool is_ignored(const rwb__watch *w, rwg_str path) {
    static const char *const NAMES[] = {"node_modules", ".git", ".rwgraph"};
    rwg_str name = rwg__path_basename(path);
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        if (rwg__str_eq_c(name, NAMES[i])) {
            return true;
        }
    }
    for (uint32_t i = 0; i < w->options.ignore_count; i++) {
        // "**/dist" means parts of any number, but not the nothing before the first slash.
        if (rwg__path_glob(w->options.ignore[i], path) ||
            rwg__path_glob(w->options.ignore[i], rwg__str_from(path, 1))) {
            return true;
        }
    }
    return false;
}

/* The folder's record, or NULL when it is not watched. */
static folder *find_folder(const rwb__watch *w, rwg_str path) {
    const uint32_t *index = rwg__strmap_find(&w->folders, path);
    return index && *index ? w->list.ptr[*index - 1] : NULL;
}

static void mark_dirty(rwb__watch *w, rwg_str path) {
    if (!rwg__strmap_find(&w->dirty, path)) {
        rwg_str copy = rwg__arena_str(&w->scratch, path);
        *rwg__strmap_put(&w->dirty, copy, NULL) = 1;
        *rwg__vec_push(&w->worklist, w->mem) = copy;
    }
}

/* The table's own copy of a path lives as long as the table. */
static void set_file(rwb__watch *w, rwg_str path, uint32_t value) {
    uint32_t *known = rwg__strmap_find(&w->files, path);
    if (!known) {
        known = rwg__strmap_put(&w->files, rwg__arena_str(&w->arena, path), NULL);
    }
    *known = value;
}

/* ── Events ──────────────────────────────────────────────────────────────────────────────────── */

static void schedule(rwb__watch *w) {
    uint64_t now = rwb__loop_now_ms(w->loop);
    if (w->first_ms == 0) {
        w->first_ms = now;
    }
    uint64_t wait = w->options.quiet_ms;
    uint64_t latest = w->first_ms + w->options.longest_ms;
    if (!w->quick) {
        wait = NAMES_QUIET_MS;
        latest = w->first_ms + NAMES_LONGEST_MS;
    } else if (w->worklist.len >= BURST_PATHS || now < w->burst_ms) {
        wait = BURST_QUIET_MS;
        latest = w->first_ms + BURST_LONGEST_MS;
    }
    if (now + wait > latest) {
        wait = latest > now ? latest - now : 0;
    }
    rwb__timer_start(w->timer, wait);
}

static void on_event(uv_fs_event_t *handle, const char *name, int events, int status) {
    (void)events;
    folder *f = handle->data;
    rwb__watch *w = f->watch;
    rwg__path path;
    w->events++;
    if (f->reach == REACH_NAMES) {
        mark_dirty(w, f->path);
    } else {
        w->quick = true;
    }
    if (status != 0 || !name) {
        w->rescan = true;
    } else if (rwg__path_join(&path, f->path, rwg__str_c(name))) {
        // What happens to the folder itself is told under the last part of its name.
        if (rwg__str_eq(rwg__path_basename(f->path), rwg__str_c(name))) {
            mark_dirty(w, f->path);
        }
        rwg_str text = rwg__path_str(&path);
        bool extra = rwg__strmap_find(&w->extras, text) != NULL;
        if (extra || (f->reach >= REACH_FILES && !is_ignored(w, text))) {
            mark_dirty(w, text);
        }
    }
    schedule(w);
}

/* ── Folders ─────────────────────────────────────────────────────────────────────────────────── */

static void free_watch(rwb__watch *w) {
    for (uint32_t i = 0; i < w->list.len; i++) {
        RWG_ASSERT(!w->list.ptr[i]);
    }
    rwg__vec_free(&w->list, w->mem);
    rwg__vec_free(&w->extra_list, w->mem);
    rwg__vec_free(&w->worklist, w->mem);
    rwg__vec_free(&w->early, w->mem);
    rwg__vec_free(&w->changes, w->mem);
    rwg__vec_free(&w->listing, w->mem);
    rwg__strmap_deinit(&w->folders);
    rwg__strmap_deinit(&w->files);
    rwg__strmap_deinit(&w->extras);
    rwg__strmap_deinit(&w->dirty);
    rwg__arena_deinit(&w->arena);
    rwg__arena_deinit(&w->scratch);
    rwg__mem_free(w->mem, w, sizeof *w);
}

static void on_closed(uv_handle_t *handle) {
    folder *f = handle->data;
    rwb__watch *w = f->watch;
    rwg__mem_free(w->mem, f, sizeof *f);
    if (--w->open_handles == 0 && w->freed) {
        free_watch(w);
    }
}

static void close_folder(rwb__watch *w, folder *f) {
    uint32_t *index = rwg__strmap_find(&w->folders, f->path);
    w->list.ptr[*index - 1] = NULL;
    *index = 0;
    w->folder_count--;
    uv_close((uv_handle_t *)&f->event, on_closed);
}

/* Watches one folder; false when that cannot be. */
static bool open_folder(rwb__watch *w, rwg_str path, uint64_t inode, reach depth) {
    folder *f = rwg__mem_zalloc(w->mem, sizeof *f);
    f->watch = w;
    f->path = rwg__arena_str(&w->arena, path);
    f->inode = inode;
    f->reach = depth;
    RWG_ASSERT(uv_fs_event_init(rwb__loop_uv(w->loop), &f->event) == 0);
    f->event.data = f;
    w->open_handles++;
    int failed = uv_fs_event_start(&f->event, on_event, f->path.ptr, 0);
    if (failed) {
        w->limited = w->limited || failed == UV_ENOSPC || failed == UV_EMFILE;
        uv_close((uv_handle_t *)&f->event, on_closed);
        return false;
    }
    *rwg__vec_push(&w->list, w->mem) = f;
    uint32_t *index = rwg__strmap_find(&w->folders, f->path);
    if (!index) {
        index = rwg__strmap_put(&w->folders, f->path, NULL);
    }
    *index = w->list.len;
    w->folder_count++;
    return true;
}

typedef struct listing {
    rwb__watch *watch;
    rwg_str dir;
    bool below; /* folders found are watched, too */
    bool tell;  /* files found are changes to be judged; else they are what there is at the start */
} listing;

static void take_entry(void *payload, const rwg_fs_entry *entry) {
    listing *l = payload;
    rwb__watch *w = l->watch;
    rwg__path path;
    if (!rwg__path_join(&path, l->dir, entry->name) || is_ignored(w, rwg__path_str(&path))) {
        return;
    }
    if (entry->kind == RWG_FS_DIR && !l->below) {
        return;
    }
    if (entry->kind == RWG_FS_DIR) {
        *rwg__vec_push(&w->listing, w->mem) = rwg__arena_str(&w->scratch, rwg__path_str(&path));
    } else if (l->tell) {
        mark_dirty(w, rwg__path_str(&path));
    } else {
        set_file(w, rwg__path_str(&path), PRESENT);
    }
}

/* Watches the files of a folder, and those below it when that is the reach. */
static void open_tree(rwb__watch *w, rwg_str dir, reach depth, bool tell) {
    *rwg__vec_push(&w->listing, w->mem) = dir;
    while (w->listing.len > 0) {
        listing l = {w, w->listing.ptr[--w->listing.len], depth == REACH_TREE, tell};
        rwg_fs_stat info;
        folder *known = find_folder(w, l.dir);
        if (known && known->reach >= depth) {
            continue;
        }
        if (w->fs.stat(w->fs.self, l.dir, &info) != RWG_OK || info.kind != RWG_FS_DIR) {
            continue;
        }
        if (known) {
            known->reach = depth;
        } else {
            (void)open_folder(w, l.dir, info.inode, depth);
        }
        // One that went meanwhile has nothing in it.
        (void)w->fs.list(w->fs.self, l.dir, take_entry, &l);
    }
}

/* The folder is gone, or another one now: everything that was below is to be looked at. */
static void close_tree(rwb__watch *w, rwg_str dir) {
    for (uint32_t i = 0; i < w->list.len; i++) {
        folder *f = w->list.ptr[i];
        if (f && rwg__path_is_under(f->path, dir)) {
            close_folder(w, f);
        }
    }
    for (uint32_t i = 0; i < w->files.cap; i++) {
        const rwg__strmap_slot *slot = &w->files.slots[i];
        if (slot->hash != 0 && slot->value == PRESENT && rwg__path_is_under(slot->key, dir)) {
            mark_dirty(w, slot->key);
        }
    }
}

/* Watches the folder of each extra file, or the nearest one above that is there. The file may have
 * come before its folder was watched, so it is to be looked at, unless it was there at the start. A
 * folder whose names are told is watched itself. */
static void open_extras(rwb__watch *w, bool tell) {
    for (uint32_t i = 0; i < w->extra_list.len; i++) {
        rwg_str path = w->extra_list.ptr[i];
        rwg_str dir = rwg__path_dirname(path);
        rwg_fs_stat info;
        if (*rwg__strmap_find(&w->extras, path) == EXTRA_NAMES && !find_folder(w, path) &&
            w->fs.stat(w->fs.self, path, &info) == RWG_OK && info.kind == RWG_FS_DIR) {
            if (open_folder(w, path, info.inode, REACH_NAMES) && tell) {
                find_folder(w, path)->early = true; /* what it is for is on its way */
                *rwg__vec_push(&w->early, w->mem) = path;
            }
            continue;
        }
        while (dir.len > 1 &&
               (w->fs.stat(w->fs.self, dir, &info) != RWG_OK || info.kind != RWG_FS_DIR)) {
            dir = rwg__path_dirname(dir);
        }
        if (dir.len > 0 && !find_folder(w, dir) && w->fs.stat(w->fs.self, dir, &info) == RWG_OK) {
            (void)open_folder(w, dir, info.inode, REACH_EXTRAS);
            if (tell) {
                mark_dirty(w, path);
            }
        }
    }
}

/* ── Batches ─────────────────────────────────────────────────────────────────────────────────── */

static bool is_told(const rwb__watch *w, rwg_str path) {
    folder *parent = find_folder(w, rwg__path_dirname(path));
    return (parent && parent->reach >= REACH_FILES && !is_ignored(w, path)) ||
           rwg__strmap_find(&w->extras, path) != NULL;
}

static void add_change(rwb__watch *w, rwg_str path, rwb__watch_kind kind) {
    *rwg__vec_push(&w->changes, w->mem) = (rwb__watch_change){path, kind};
}

/* What became of a path that is no folder. */
static void judge_file(rwb__watch *w, rwg_str path, bool exists) {
    const uint32_t *known = rwg__strmap_find(&w->files, path);
    bool existed = known && *known == PRESENT;
    if (exists && (existed || is_told(w, path))) {
        add_change(w, path, existed ? RWB__WATCH_CHANGED : RWB__WATCH_CREATED);
        set_file(w, path, PRESENT);
    } else if (!exists && existed) {
        add_change(w, path, RWB__WATCH_DELETED);
        set_file(w, path, ABSENT);
    }
}

static void judge(rwb__watch *w, rwg_str path) {
    rwg_fs_stat info;
    if (w->fs.stat(w->fs.self, path, &info) != RWG_OK) {
        info.kind = RWG_FS_NONE;
    }
    folder *f = find_folder(w, path);
    bool is_dir = info.kind == RWG_FS_DIR;
    if (f && f->reach == REACH_NAMES && !(f->early && is_dir)) {
        add_change(w, path, is_dir ? RWB__WATCH_CHANGED : RWB__WATCH_DELETED);
    }
    if (f && (!is_dir || info.inode != f->inode)) {
        close_tree(w, path);
        f = NULL;
    }
    judge_file(w, path, !is_dir && info.kind != RWG_FS_NONE);
    folder *parent = find_folder(w, rwg__path_dirname(path));
    if (is_dir && !f && parent && parent->reach >= REACH_FILES && !is_ignored(w, path)) {
        if (parent->reach == REACH_TREE) {
            open_tree(w, path, REACH_TREE, true);
        } else {
            add_change(w, path, RWB__WATCH_CREATED);
        }
    }
}

static int compare_paths(const void *a, const void *b) {
    const rwg_str *x = a;
    const rwg_str *y = b;
    return rwg__str_compare(*x, *y);
}

static int compare_changes(const void *a, const void *b) {
    const rwb__watch_change *x = a;
    const rwb__watch_change *y = b;
    return rwg__str_compare(x->path, y->path);
}

/* Who writes a file empties it first. */
static bool is_empty_file(const rwb__watch *w, rwg_str path) {
    rwg_fs_stat info;
    return w->fs.stat(w->fs.self, path, &info) == RWG_OK && info.kind == RWG_FS_FILE &&
           info.size == 0;
}

static bool has_empty_file(const rwb__watch *w) {
    bool empty = false;
    for (uint32_t i = 0; i < w->worklist.len && !empty; i++) {
        empty = is_empty_file(w, w->worklist.ptr[i]);
    }
    return empty;
}

/* Judges what is in the worklist, and what comes in with new folders; of that, empty files are left
 * for the next batch, in `early`, as are folders that are watched for their names. */
static void judge_all(rwb__watch *w) {
    uint32_t known = w->worklist.len;
    for (uint32_t i = 0; i < w->worklist.len; i++) {
        if (i >= known && is_empty_file(w, w->worklist.ptr[i])) {
            *rwg__vec_push(&w->early, w->mem) = w->worklist.ptr[i];
            continue;
        }
        judge(w, w->worklist.ptr[i]);
        if (i + 1 == w->worklist.len) {
            open_extras(w, true); // folders may have gone
        }
    }
}

/* What was too early begins the next batch, and waits for the event that its text will be, or for
 * whoever fills the folder to pause. */
static void begin_early(rwb__watch *w, uint64_t now) {
    for (uint32_t i = 0; i < w->early.len; i++) {
        const uint32_t *extra = rwg__strmap_find(&w->extras, w->early.ptr[i]);
        folder *names = find_folder(w, w->early.ptr[i]);
        if (names) {
            names->early = false;
        }
        w->quick = w->quick || !extra || *extra != EXTRA_NAMES;
        mark_dirty(w, w->early.ptr[i]);
    }
    if (w->early.len > 0) {
        w->first_ms = now;
        rwb__timer_start(
            w->timer, w->quick ? EMPTY_FACTOR * w->options.longest_ms : NAMES_QUIET_MS
        );
    }
    w->early.len = 0;
}

static void tell(void *payload) {
    rwb__watch *w = payload;
    uint64_t now = rwb__loop_now_ms(w->loop);
    uint64_t latest = w->first_ms + EMPTY_FACTOR * w->options.longest_ms;
    if (now < latest && has_empty_file(w)) {
        rwb__timer_start(w->timer, latest - now); // or sooner: its text is another event
        return;
    }
    w->rescan = w->rescan || w->events >= w->queue_events / 2;
    if (w->quick && w->worklist.len >= BURST_PATHS) {
        w->burst_ms = now + BURST_LONGEST_MS;
    }
    w->events = 0;
    w->first_ms = 0;
    w->quick = false;
    open_extras(w, true);
    // Folders before what is in them: the tables are gone through once for a tree that went, not
    // once for each folder in it.
    if (w->worklist.len > 1) {
        qsort(w->worklist.ptr, w->worklist.len, sizeof *w->worklist.ptr, compare_paths);
    }
    judge_all(w);
    rwg__strmap_clear(&w->dirty);
    w->worklist.len = 0;
    begin_early(w, now);
    rwb__watch_batch batch = {w->changes.ptr, w->changes.len, w->rescan};
    w->rescan = false;
    if (batch.count > 0 || batch.rescan) {
        if (batch.count > 0) {
            qsort(w->changes.ptr, w->changes.len, sizeof *w->changes.ptr, compare_changes);
        }
        w->options.changed(w->options.payload, &batch);
    }
    w->changes.len = 0;
    if (w->worklist.len == 0) {
        rwg__arena_reset(&w->scratch);
    }
}

/* ── The interface ───────────────────────────────────────────────────────────────────────────── */

static uint32_t read_queue_events(void) {
    unsigned value = 0;
    FILE *file = fopen("/proc/sys/fs/inotify/max_queued_events", "re");
    if (!file) {
        return QUEUE_EVENTS;
    }
    bool read = fscanf(file, "%u", &value) == 1;
    (void)fclose(file);
    return read && value > 1 ? value : QUEUE_EVENTS;
}

rwb__watch *rwb__watch_new(rwb__loop *loop, const rwb__watch_options *options) {
    rwg__mem *mem = rwb__loop_mem(loop);
    rwb__watch *w = rwg__mem_zalloc(mem, sizeof *w);
    w->loop = loop;
    w->mem = mem;
    w->fs = rwg_fs_system();
    w->options = *options;
    w->options.quiet_ms = options->quiet_ms ? options->quiet_ms : QUIET_MS;
    w->options.longest_ms = options->longest_ms ? options->longest_ms : LONGEST_MS;
    w->queue_events = read_queue_events();
    rwg__arena_init(&w->arena, mem);
    rwg__arena_init(&w->scratch, mem);
    rwg_str *ignore = rwg__arena_alloc(&w->arena, options->ignore_count * sizeof *ignore);
    for (uint32_t i = 0; i < options->ignore_count; i++) {
        ignore[i] = rwg__arena_str(&w->arena, options->ignore[i]);
    }
    w->options.ignore = ignore;
    rwg__strmap_init(&w->folders, mem);
    rwg__strmap_init(&w->files, mem);
    rwg__strmap_init(&w->extras, mem);
    rwg__strmap_init(&w->dirty, mem);
    w->timer = rwb__timer_new(loop, tell, w);
    return w;
}

void rwb__watch_free(rwb__watch *w) {
    if (!w) {
        return;
    }
    w->freed = true;
    rwb__timer_free(w->timer);
    for (uint32_t i = 0; i < w->list.len; i++) {
        if (w->list.ptr[i]) {
            close_folder(w, w->list.ptr[i]);
        }
    }
    if (w->open_handles == 0) {
        free_watch(w);
    }
}

static rwg_status check_limit(rwb__watch *w, rwg_str path, rwg_error *err) {
    if (!w->limited) {
        return RWG_OK;
    }
    w->limited = false;
    return rwg__error(
        err,
        RWG_LIMIT,
        path,
        "the system's limit on watched folders is reached, some changes will not be seen; raise "
        "fs.inotify.max_user_watches (sysctl) or ignore folders with server.watch.ignored"
    );
}

static rwg_status add_dir(rwb__watch *w, rwg_str dir, reach depth, rwg_error *err) {
    rwg__path path;
    rwg_fs_stat info;
    if (!rwg__path_is_absolute(dir) || !rwg__path_normalise(&path, dir)) {
        return rwg__error(err, RWG_INVALID, dir, "only absolute paths can be watched");
    }
    if (w->fs.stat(w->fs.self, rwg__path_str(&path), &info) != RWG_OK || info.kind != RWG_FS_DIR) {
        return rwg__error(err, RWG_NOT_FOUND, dir, "there is no such folder to be watched");
    }
    const folder *known = find_folder(w, rwg__path_str(&path));
    if (!known || known->reach < depth) {
        bool tell = depth == REACH_FILES;
        open_tree(w, rwg__arena_str(&w->arena, rwg__path_str(&path)), depth, tell);
        if (tell && w->worklist.len > 0) {
            w->quick = true;
            schedule(w);
        }
    }
    return check_limit(w, dir, err);
}

rwg_status rwb__watch_add_dir(rwb__watch *w, rwg_str dir, rwg_error *err) {
    return add_dir(w, dir, REACH_TREE, err);
}

rwg_status rwb__watch_add_files_of(rwb__watch *w, rwg_str dir, rwg_error *err) {
    return add_dir(w, dir, REACH_FILES, err);
}

/* A path that is told wherever it is; false when it was added before. */
static bool add_extra(rwb__watch *w, rwg_str path, uint32_t kind) {
    bool added = !rwg__strmap_find(&w->extras, path);
    if (added) {
        rwg_str copy = rwg__arena_str(&w->arena, path);
        *rwg__strmap_put(&w->extras, copy, NULL) = kind;
        *rwg__vec_push(&w->extra_list, w->mem) = copy;
        open_extras(w, false);
    }
    return added;
}

rwg_status rwb__watch_add_names(rwb__watch *w, rwg_str dir, rwg_error *err) {
    rwg__path path;
    if (!rwg__path_is_absolute(dir) || !rwg__path_normalise(&path, dir)) {
        return rwg__error(err, RWG_INVALID, dir, "only absolute paths can be watched");
    }
    (void)add_extra(w, rwg__path_str(&path), EXTRA_NAMES);
    return check_limit(w, dir, err);
}

rwg_status rwb__watch_add_file(rwb__watch *w, rwg_str file, rwg_error *err) {
    rwg__path path;
    rwg_fs_stat info;
    if (!rwg__path_is_absolute(file) || !rwg__path_normalise(&path, file)) {
        return rwg__error(err, RWG_INVALID, file, "only absolute paths can be watched");
    }
    if (add_extra(w, rwg__path_str(&path), EXTRA_FILE)) {
        bool exists = w->fs.stat(w->fs.self, rwg__path_str(&path), &info) == RWG_OK &&
                      info.kind == RWG_FS_FILE;
        set_file(w, rwg__path_str(&path), exists ? PRESENT : ABSENT);
    }
    return check_limit(w, file, err);
}

uint32_t rwb__watch_folder_count(const rwb__watch *w) {
    return w->folder_count;
}
