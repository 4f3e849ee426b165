/* Reading files on worker threads.
 *
 * A job is a value: paths in; status, stat, hash and record of each out. Workers touch nothing else
 * of the project but the file system table, the allocator and their own parser. A file whose bytes
 * hash to what is already known is not parsed again. Stat is taken before the bytes are read, so
 * that a write in between makes the stat old, never the content.
 *
 * Handing over a job costs a lock and often two switches between threads, which is more than
 * reading a small file does. So files go out one by one while few are on their way, when what
 * counts is that every worker has something to do, and in larger and larger batches behind a long
 * queue. */
#include <rwgraph/diag.h>

#include "base/fsutil.h"
#include "base/hash.h"
#include "base/limits.h"
#include "project/state.h"

#include <stdlib.h>

typedef struct read_item {
    rwg_file file;
    rwg_str path;
    rwg_hash known; /* content that needs no parsing, all zero: none */
    const char *overlay;
    uint32_t overlay_len;
    /* results */
    rwg_status status;
    rwg_fs_stat stat;
    int64_t checked_ns;
    rwg_hash content;
    rwg_module *module; /* NULL: same as known, or an asset, or unreadable */
    uint32_t source_len;
    bool full;
} read_item;

#define BATCH_MAX 16u

struct read_job {
    uint32_t count;
    read_item items[BATCH_MAX];
    /* a verify job: stat these */
    struct stat_slot *slots;
    uint32_t slot_count;
};

struct stat_slot {
    rwg_str path;
    rwg_fs_stat stat;
    int64_t checked_ns;
};

static void read_text(rwg_project *p, uint32_t worker, read_item *item, rwg_str text) {
    item->source_len = text.len;
    item->content = rwg__hash_bytes(text.ptr, text.len);
    if (rwg__hash_equal(item->content, item->known)) {
        return;
    }
    rwg_parse_options options = RWG_PARSE_OPTIONS_INIT;
    options.lang = rwg_lang_of_path(item->path, &options.declaration);
    if (options.lang == RWG_LANG_NONE) {
        return;
    }
    rwg__parse_stats stats = {0};
    item->module = rwg__parse(p->parsers[worker], text, &options, &stats);
    item->full = stats.full;
}

static void run_read(rwg_project *p, uint32_t worker, read_item *item) {
    if (item->overlay) {
        item->stat = (rwg_fs_stat){.kind = RWG_FS_FILE, .size = item->overlay_len};
        read_text(p, worker, item, (rwg_str){item->overlay, item->overlay_len});
        return;
    }
    item->checked_ns = rwg__wall_ns();
    item->status = p->fs.stat(p->fs.self, item->path, &item->stat);
    if (item->status != RWG_OK || item->stat.kind != RWG_FS_FILE) {
        return;
    }
    char *bytes = NULL;
    uint64_t len = 0;
    item->status = p->fs.read(p->fs.self, item->path, RWG_LIMIT_SOURCE_BYTES, &bytes, &len);
    if (item->status == RWG_OK) {
        read_text(p, worker, item, (rwg_str){bytes, (uint32_t)len});
        free(bytes);
    } else if (item->status == RWG_NOT_FOUND) { /* it went just now */
        item->status = RWG_OK;
        item->stat = (rwg_fs_stat){.kind = RWG_FS_NONE};
    }
}

static void run_stats(rwg_project *p, read_job *job) {
    for (uint32_t i = 0; i < job->slot_count; i++) {
        stat_slot *slot = &job->slots[i];
        slot->checked_ns = rwg__wall_ns();
        if (slot->path.len == 0) {
            continue; /* id 0, which is no file */
        }
        if (p->fs.stat(p->fs.self, slot->path, &slot->stat) != RWG_OK) {
            slot->stat = (rwg_fs_stat){.kind = RWG_FS_NONE};
        }
    }
}

static void run_job(void *context, uint32_t worker, void *payload) {
    rwg_project *p = context;
    read_job *job = payload;
    uint64_t start = p->trace ? rwg__now_ns() : 0;
    if (job->slots) {
        run_stats(p, job);
        if (p->trace) {
            rwg__trace_span(p->trace, worker + 1, "stat", start, rwg__now_ns());
        }
    }
    for (uint32_t i = 0; i < job->count; i++) {
        read_item *item = &job->items[i];
        run_read(p, worker, item);
        if (p->trace) {
            uint64_t end = rwg__now_ns();
            const char *name = item->full ? "parse (full)" : "parse";
            rwg__trace_span(p->trace, worker + 1, name, start, end);
            start = end;
        }
    }
}

void rwg__read_start(rwg_project *p) {
    uint32_t parsers = p->worker_count ? p->worker_count : 1;
    p->parsers = rwg__mem_zalloc(p->mem, parsers * sizeof *p->parsers);
    for (uint32_t i = 0; i < parsers; i++) {
        p->parsers[i] = rwg__parser_new(p->mem);
    }
    p->pool = rwg__pool_new(p->mem, p->worker_count, run_job, p);
}

static void free_job(rwg_project *p, read_job *job) {
    for (uint32_t i = 0; i < job->count; i++) {
        if (job->items[i].module) {
            rwg__module_release(job->items[i].module);
        }
    }
    rwg__mem_free(p->mem, job, sizeof *job);
}

void rwg__read_stop(rwg_project *p) {
    for (read_job *job = rwg__pool_take(p->pool); job; job = rwg__pool_take(p->pool)) {
        free_job(p, job);
    }
    rwg__pool_free(p->pool);
    if (p->batch) {
        free_job(p, p->batch);
    }
    uint32_t parsers = p->worker_count ? p->worker_count : 1;
    for (uint32_t i = 0; i < parsers; i++) {
        rwg__parser_free(p->parsers[i]);
    }
    rwg__mem_free(p->mem, p->parsers, parsers * sizeof *p->parsers);
    rwg__mem_free(p->mem, p->verifying, p->verifying ? p->verify_count * sizeof(stat_slot) : 0);
}

static const overlay *find_overlay(const rwg_project *p, rwg_str path) {
    for (uint32_t i = 0; i < p->overlays.len; i++) {
        if (p->overlays.ptr[i].text && rwg__str_eq(p->overlays.ptr[i].path, path)) {
            return &p->overlays.ptr[i];
        }
    }
    return NULL;
}

static void submit_batch(rwg_project *p) {
    if (p->batch) {
        rwg__pool_submit(p->pool, p->batch);
        p->batch = NULL;
    }
}

void rwg__read_submit(rwg_project *p, rwg_file file) {
    file_state *f = &p->files.ptr[file.v];
    if (f->read == READ_QUEUED) {
        return;
    }
    f->read = READ_QUEUED;
    if (!p->batch) {
        p->batch = rwg__mem_zalloc(p->mem, sizeof *p->batch);
    }
    read_item *item = &p->batch->items[p->batch->count++];
    item->file = file;
    item->path = f->abs;
    if (!(f->flags & (FILE_UNREADABLE | FILE_GONE))) {
        item->known = f->content;
    }
    const overlay *over = find_overlay(p, f->abs);
    if (over) {
        item->overlay = over->text;
        item->overlay_len = over->len;
    }
    p->reads_out++;
    if (p->batch->count > p->reads_out / BATCH_MAX || p->batch->count == BATCH_MAX) {
        submit_batch(p);
    }
}

/* "use client" and "use server", or being on a forced list, decide which form a file has in each
 * environment. */
static uint32_t directive_flags(const rwg_project *p, const file_state *f) {
    bool client = f->module && rwg_module_has_directive(f->module, RWG_STR("use client"));
    bool server = f->module && rwg_module_has_directive(f->module, RWG_STR("use server"));
    for (uint32_t i = 0; i < p->config.forced_client.count; i++) {
        client |= rwg__path_glob(p->config.forced_client.items[i], f->rel);
    }
    for (uint32_t i = 0; i < p->config.forced_server.count; i++) {
        server |= rwg__path_glob(p->config.forced_server.items[i], f->rel);
    }
    /* B11: client wins; commit reports files that have both. */
    return client ? FILE_CLIENT : server ? FILE_SERVER : 0;
}

static bool is_gone(const read_item *item) {
    return item->status == RWG_OK && item->stat.kind == RWG_FS_NONE;
}

/* Why a file that is not readable is not. */
static uint16_t read_problem(const read_item *item) {
    if (is_gone(item)) {
        return RWG_DIAG_NONE;
    }
    if (item->status == RWG_OK && item->stat.kind == RWG_FS_DIR) {
        return RWG_DIAG_IS_DIRECTORY;
    }
    if (item->status == RWG_INVALID) {
        return item->stat.kind == RWG_FS_DIR ? RWG_DIAG_IS_DIRECTORY : RWG_DIAG_SYMLINK_LOOP;
    }
    return item->status == RWG_LIMIT ? RWG_DIAG_TOO_LARGE : RWG_DIAG_UNREADABLE;
}

static bool is_same_problem(const file_state *f, const read_item *item) {
    return is_gone(item) == ((f->flags & FILE_GONE) != 0) && read_problem(item) == f->problem;
}

static void install_unreadable(rwg_project *p, file_state *f, const read_item *item) {
    uint32_t gone = is_gone(item) ? FILE_GONE : 0;
    p->entries_stale |= gone != (f->flags & FILE_GONE);
    f->flags = (f->flags & ~(uint32_t)FILE_GONE) | gone | FILE_UNREADABLE;
    f->content = (rwg_hash){0};
    f->problem = read_problem(item);
    if (gone) {
        rwg__walk_missed(p, f);
    }
    if (f->module) {
        rwg__module_release(f->module);
        f->module = NULL;
    }
}

/* Nodes that are due wait for the file; the others only need work when `again`, or
 * when what was found about their imports has moved with the text. */
static void queue_nodes(rwg_project *p, rwg_file file, bool again, bool moved) {
    uint32_t id = p->files.ptr[file.v].first_node;
    for (; id; id = p->nodes.ptr[id].next_of_file) {
        if (again || p->nodes.ptr[id].due || (moved && p->nodes.ptr[id].diag_hash)) {
            rwg__settle_queue(p, id);
        }
    }
}

static void install_record(rwg_project *p, file_state *f, read_item *item) {
    p->entries_stale |= (f->flags & FILE_GONE) != 0;
    f->flags &= ~(uint32_t)(FILE_UNREADABLE | FILE_GONE);
    f->problem = RWG_DIAG_NONE;
    f->content = item->content;
    if (f->module) {
        rwg__module_release(f->module);
    }
    f->module = item->module;
    item->module = NULL;
}

/* What a result means for the file's nodes: nothing, a new content, or new edges and form as well.
 */
static void install(rwg_project *p, read_item *item) {
    file_state *f = &p->files.ptr[item->file.v];
    bool first = !f->read_once;
    bool readable = item->status == RWG_OK && item->stat.kind == RWG_FS_FILE;
    bool was_readable = !(f->flags & FILE_UNREADABLE);
    f->read = READ_DONE;
    f->read_once = true;
    f->stat = item->stat;
    f->checked_ns = item->checked_ns;
    f->unsaved = true;
    p->structure_saved = false;
    p->stats.files_stated++;
    p->stats.files_read += readable;
    p->stats.bytes_read += item->source_len;
    p->stats.files_parsed += item->module != NULL;
    p->stats.files_full += item->full;
    bool same = readable == was_readable &&
                (readable ? rwg__hash_equal(item->content, f->content) : is_same_problem(f, item));
    if (same && !first) {
        queue_nodes(p, item->file, false, false);
        return;
    }
    rwg_hash old_interface = f->module ? rwg_module_interface_hash(f->module) : (rwg_hash){0};
    if (readable) {
        install_record(p, f, item);
    } else {
        install_unreadable(p, f, item);
    }
    rwg_hash new_interface = f->module ? rwg_module_interface_hash(f->module) : (rwg_hash){0};
    uint32_t directives = directive_flags(p, f);
    bool form_changed = directives != (f->flags & (FILE_CLIENT | FILE_SERVER));
    f->flags = (f->flags & ~(uint32_t)(FILE_CLIENT | FILE_SERVER)) | directives;
    p->entries_stale |= form_changed;
    rwg__project_mark_file_dirty(p, item->file);
    bool again = first || form_changed || readable != was_readable ||
                 !rwg__hash_equal(old_interface, new_interface);
    queue_nodes(p, item->file, again, true);
}

uint32_t rwg__read_take(rwg_project *p) {
    submit_batch(p);
    read_job *job = rwg__pool_take(p->pool);
    if (!job) {
        return 0;
    }
    uint32_t count = job->count;
    for (uint32_t i = 0; i < count; i++) {
        p->reads_out--;
        install(p, &job->items[i]);
    }
    free_job(p, job);
    return count;
}

/* A stat that equals the stored one proves the content unchanged only if the file could not have
 * been written again within the same clock tick after it was read: its mtime must be older than the
 * check by more than the coarsest tick of the file systems in use (Git's "racy" rule; two seconds
 * covers FAT and HFS+). */
#define RACY_NS (2 * INT64_C(1000000000))

static bool stat_is_trustworthy(const rwg_fs_stat *stored, int64_t checked_ns) {
    return stored->mtime_ns + RACY_NS < checked_ns && stored->ctime_ns + RACY_NS < checked_ns;
}

static bool stat_same(const rwg_fs_stat *a, const rwg_fs_stat *b) {
    return a->kind == b->kind && a->size == b->size && a->mtime_ns == b->mtime_ns &&
           a->ctime_ns == b->ctime_ns && a->inode == b->inode;
}

void rwg__read_changed(rwg_project *p, const rwg__strmap *folders) {
    for (uint32_t id = 1; id < p->files.len; id++) {
        const file_state *f = &p->files.ptr[id];
        rwg_fs_stat now;
        if (f->flags & FILE_GONE || !rwg__walk_is_below(f->abs, folders)) {
            continue;
        }
        if (p->fs.stat(p->fs.self, f->abs, &now) != RWG_OK || !stat_same(&now, &f->stat) ||
            !stat_is_trustworthy(&f->stat, f->checked_ns)) {
            rwg__read_submit(p, (rwg_file){id});
        }
    }
}

/* Hands paths out to the workers, in ranges. */
static void submit_stats(rwg_project *p, stat_slot *slots, uint32_t count) {
    enum {
        RANGE = 256
    };

    for (uint32_t i = 0; i < count; i += RANGE) {
        read_job *job = rwg__mem_zalloc(p->mem, sizeof *job);
        job->slots = slots + i;
        job->slot_count = count - i < RANGE ? count - i : RANGE;
        rwg__pool_submit(p->pool, job);
    }
}

static void verify_dirs(rwg_project *p, dir_fact *dirs, uint32_t count, const stat_slot *slots) {
    for (uint32_t i = 0; i < count; i++) {
        dir_fact *dir = &dirs[i];
        if (stat_same(&slots[i].stat, &dir->stat) &&
            stat_is_trustworthy(&dir->stat, dir->checked_ns)) {
            continue;
        }
        rwg_hash now = rwg__listing_hash(&p->fs, p->mem, dir->abs);
        dir->changed = !rwg__hash_equal(now, dir->listing);
        dir->stat = slots[i].stat;
        dir->checked_ns = slots[i].checked_ns;
        p->structure_saved = false;
    }
}

static void verify_files(rwg_project *p, const stat_slot *slots) {
    for (uint32_t id = 1; id < p->files.len; id++) {
        file_state *f = &p->files.ptr[id];
        const stat_slot *slot = &slots[id];
        p->stats.files_stated++;
        if (stat_same(&slot->stat, &f->stat) && stat_is_trustworthy(&f->stat, f->checked_ns)) {
            p->stats.modules_reused++;
            continue;
        }
        rwg__read_submit(p, (rwg_file){id});
    }
}

static void verify_inputs(rwg_project *p, const stat_slot *slots, str_vec *out_inputs) {
    rwg__arena scratch;
    rwg__arena_init(&scratch, p->mem);
    for (uint32_t i = 0; i < p->stored_inputs.len; i++) {
        input_fact *input = &p->stored_inputs.ptr[i];
        if (stat_same(&slots[i].stat, &input->stat) &&
            stat_is_trustworthy(&input->stat, input->checked_ns)) {
            continue;
        }
        rwg_str text = {0};
        rwg_hash now = {0};
        if (rwg__fs_read(&p->fs, &scratch, input->abs, RWG_LIMIT_JSON_BYTES, &text) == RWG_OK) {
            now = rwg__hash_bytes(text.ptr, text.len);
        }
        if (!rwg__hash_equal(now, input->content)) {
            *rwg__vec_push(out_inputs, p->mem) = input->abs;
        }
        input->stat = slots[i].stat;
        input->checked_ns = slots[i].checked_ns;
        p->structure_saved = false;
        rwg__arena_reset(&scratch);
    }
    rwg__arena_deinit(&scratch);
}

/* Files, then folders of adopted links, then folders of the walk, then inputs. */
static uint32_t slot_total(const rwg_project *p) {
    return p->files.len + p->stored_dirs.len + p->walked.len + p->stored_inputs.len;
}

void rwg__read_verify_begin(rwg_project *p) {
    RWG_ASSERT(!p->verifying);
    while (rwg__read_take(p)) {
        /* Jobs that a cancelled operation left behind come first: results keep the order of
         * submission. */
    }
    p->verify_count = slot_total(p);
    p->verifying = rwg__mem_zalloc(p->mem, p->verify_count * sizeof(stat_slot));
    stat_slot *next = p->verifying;
    for (uint32_t i = 0; i < p->files.len; i++) {
        (next++)->path = p->files.ptr[i].abs;
    }
    for (uint32_t i = 0; i < p->stored_dirs.len; i++) {
        (next++)->path = p->stored_dirs.ptr[i].abs;
    }
    for (uint32_t i = 0; i < p->walked.len; i++) {
        (next++)->path = p->walked.ptr[i].abs;
    }
    for (uint32_t i = 0; i < p->stored_inputs.len; i++) {
        (next++)->path = p->stored_inputs.ptr[i].abs;
    }
    submit_stats(p, p->verifying, p->verify_count);
}

void rwg__read_verify_end(rwg_project *p, str_vec *out_inputs) {
    for (read_job *job = rwg__pool_take(p->pool); job; job = rwg__pool_take(p->pool)) {
        free_job(p, job);
    }
    RWG_ASSERT(p->verify_count == slot_total(p)); /* nothing was added meanwhile */
    const stat_slot *slots = p->verifying;
    const stat_slot *dirs = slots + p->files.len;
    const stat_slot *walked = dirs + p->stored_dirs.len;
    verify_files(p, slots);
    verify_dirs(p, p->stored_dirs.ptr, p->stored_dirs.len, dirs);
    verify_dirs(p, p->walked.ptr, p->walked.len, walked);
    verify_inputs(p, walked + p->walked.len, out_inputs);
    rwg__mem_free(p->mem, p->verifying, p->verify_count * sizeof(stat_slot));
    p->verifying = NULL;
}
