/* Image -> database, in one transaction.
 *
 * Rows are encoded, summed and compared with the checksums of what is in the database: an equal row
 * is not written. What changed in `store` (sums, total) is collected on the side and takes effect
 * only after the commit, so that a save that fails leaves the store as true as it was. */
#include "base/hash.h"
#include "base/vec.h"
#include "store/rows.h"

#include <stdio.h>

typedef struct change {
    rwg__table table;
    uint32_t id;
    uint64_t sum; /* 0: the row is gone */
} change;

typedef struct saver {
    rwg__store *store;
    const rwg__save *save;
    int code;     /* SQLITE_OK until something fails */
    bool cleared; /* the tables were emptied first: no row of before counts */
    uint64_t total;
    uint64_t rows;
    uint64_t loose;
    bool choosing; /* the shared texts are chosen by this save */
    rwg__texts texts;
    rwg__packed packed; /* the record at hand */
    RWG_VEC(change) changes;
    sqlite3_stmt *insert; /* of the table at hand */
    sqlite3_stmt *remove;
    RWG_VEC(uint8_t) touched; /* [id] of the table at hand: it is in the image */
    rwg__buf links;
    rwg__buf dirs;
    rwg__buf imports;
    rwg__buf problems;
} saver;

static int run(saver *s, const char *sql) {
    if (s->code == SQLITE_OK) {
        s->code = sqlite3_exec(s->store->db, sql, NULL, NULL, NULL);
    }
    return s->code;
}

/* --- rows --- */

static uint64_t stored_sum(const saver *s, rwg__table table, uint32_t id) {
    const rwg__sums *sums = &s->store->sums[table];
    return !s->cleared && id < sums->len ? sums->ptr[id] : 0;
}

static void record_change(saver *s, rwg__table table, uint32_t id, uint64_t sum) {
    uint64_t before = stored_sum(s, table, id);
    s->total += sum - before;
    s->rows += (uint64_t)(sum != 0) - (uint64_t)(before != 0);
    *rwg__vec_push(&s->changes, s->store->mem) = (change){table, id, sum};
}

static void touch(saver *s, uint32_t id) {
    while (s->touched.len <= id) {
        *rwg__vec_push(&s->touched, s->store->mem) = 0;
    }
    s->touched.ptr[id] = 1;
}

static void put_row(saver *s, rwg__table table, const rwg__row *row) {
    if (s->code != SQLITE_OK) {
        return;
    }
    RWG_ASSERT(row->id >= s->touched.len || !s->touched.ptr[row->id]); /* ids are unique */
    touch(s, row->id);
    uint64_t sum = rwg__row_sum(table, row);
    if (sum == stored_sum(s, table, row->id)) {
        return;
    }
    int code = rwg__row_write(s->insert, table, row, sum);
    if (code != SQLITE_DONE) {
        s->code = code;
        return;
    }
    record_change(s, table, row->id, sum);
}

static void remove_row(saver *s, rwg__table table, uint32_t id) {
    bool settled = id < s->touched.len && s->touched.ptr[id];
    if (s->code != SQLITE_OK || settled || stored_sum(s, table, id) == 0) {
        return;
    }
    touch(s, id);
    (void)sqlite3_bind_int64(s->remove, 1, id);
    int code = sqlite3_step(s->remove);
    (void)sqlite3_reset(s->remove);
    if (code != SQLITE_DONE) {
        s->code = code;
        return;
    }
    record_change(s, table, id, 0);
}

static void begin_table(saver *s, rwg__table table) {
    s->touched.len = 0;
    s->insert = rwg__row_insert(s->store->db, table);
    s->remove = rwg__row_delete(s->store->db, table);
    if (s->code == SQLITE_OK && (!s->insert || !s->remove)) {
        s->code = sqlite3_errcode(s->store->db);
    }
}

/* With `whole`, rows that the image does not have go. */
static void end_table(saver *s, rwg__table table, bool whole) {
    uint32_t count = whole && !s->cleared ? s->store->sums[table].len : 0;
    for (uint32_t id = 1; id < count; id++) {
        if (id >= s->touched.len || !s->touched.ptr[id]) {
            remove_row(s, table, id);
        }
    }
    (void)sqlite3_finalize(s->insert);
    (void)sqlite3_finalize(s->remove);
    s->insert = s->remove = NULL;
}

/* --- the image as rows --- */

static rwg__cell hash_cell(const rwg_hash *hash) {
    return (rwg__cell){.bytes = {(const char *)hash->bytes, sizeof hash->bytes}};
}

static rwg__cell text_cell(rwg_str text) {
    return (rwg__cell){.bytes = {text.ptr ? text.ptr : "", text.len}};
}

static rwg__cell number_cell(int64_t number) {
    return (rwg__cell){.number = number};
}

static rwg__cell hints_cell(rwg__hints *room, const rwg_fs_stat *stat, int64_t checked_ns) {
    rwg__hints_encode(room, stat, checked_ns);
    return (rwg__cell){.bytes = {(const char *)room->bytes, room->len}};
}

static rwg__cell buf_cell(const rwg__buf *buf) {
    return text_cell(rwg__buf_str(buf)); /* an empty list is not NULL */
}

static void put_file(saver *s, uint32_t index) {
    const rwg__stored_file *file = &s->save->image->files[index];
    rwg__buf_clear(&s->links);
    rwg__buf_clear(&s->dirs);
    rwg__buf_clear(&s->imports);
    rwg__buf_clear(&s->problems);
    rwg__packed_clear(&s->packed);
    if (file->module) {
        const uint32_t *shared = rwg__texts_of(&s->texts, file->module, index);
        rwg__module_pack(file->module, shared, &s->packed);
    }
    rwg__links_encode(&s->links, file->links, file->link_count);
    rwg__ids_encode(&s->dirs, file->dirs, file->dir_count);
    rwg__imports_encode(&s->imports, &s->packed);
    rwg__problems_encode(&s->problems, &s->packed);
    rwg__hints hints;
    rwg__row row = {.id = file->id};
    row.cells[RWG__FILE_PATH] = text_cell(file->path);
    row.cells[RWG__FILE_PACKAGE] = text_cell(file->package);
    row.cells[RWG__FILE_HINTS] = hints_cell(&hints, &file->stat, file->checked_ns);
    row.cells[RWG__FILE_CONTENT] = hash_cell(&file->content);
    row.cells[RWG__FILE_FLAGS] = number_cell(file->flags);
    row.cells[RWG__FILE_NODES] = number_cell(file->node_mask);
    row.cells[RWG__FILE_ENTRIES] = number_cell(file->entry_mask);
    row.cells[RWG__FILE_LINKS] = buf_cell(&s->links);
    row.cells[RWG__FILE_DIRS] = buf_cell(&s->dirs);
    row.cells[RWG__FILE_IMPORTS] = buf_cell(&s->imports);
    if (s->problems.bytes.len > 0) {
        row.cells[RWG__FILE_PROBLEMS] = buf_cell(&s->problems);
    }
    if (file->module) {
        row.cells[RWG__FILE_RECORD] = buf_cell(&s->packed.bytes);
    }
    put_row(s, RWG__TABLE_FILE, &row);
}

/* A save of fewer files does without the shared texts: reading them would cost more than it saves.
 */
#define FEW_FILES 64

/* Before any file, whose records name them. */
static void put_shared(saver *s) {
    const rwg__image *image = s->save->image;
    if (s->choosing) {
        rwg__texts_choose(&s->texts, image->files, image->file_count);
    } else if (s->code == SQLITE_OK && (s->save->all || image->file_count >= FEW_FILES)) {
        s->code = rwg__texts_read(&s->texts, s->store->db);
    }
    begin_table(s, RWG__TABLE_SHARED);
    uint32_t count = s->choosing ? s->texts.items.len : 0;
    for (uint32_t i = 0; i < count; i += RWG__SHARED_ROW) {
        uint32_t n = count - i < RWG__SHARED_ROW ? count - i : RWG__SHARED_ROW;
        rwg__buf_clear(&s->links);
        rwg__strings_encode(&s->links, s->texts.items.ptr + i, n);
        rwg__row row = {.id = i / RWG__SHARED_ROW + 1};
        row.cells[RWG__SHARED_TEXTS] = buf_cell(&s->links);
        put_row(s, RWG__TABLE_SHARED, &row);
    }
    end_table(s, RWG__TABLE_SHARED, s->choosing);
}

static void put_files(saver *s) {
    const rwg__image *image = s->save->image;
    begin_table(s, RWG__TABLE_FILE);
    for (uint32_t i = 0; i < image->file_count && s->code == SQLITE_OK; i++) {
        if (image->files[i].id != 0) {
            put_file(s, i);
        }
    }
    s->loose = s->choosing ? 0 : s->loose + s->changes.len;
    for (uint32_t i = 0; i < s->save->removed_count; i++) {
        remove_row(s, RWG__TABLE_FILE, s->save->removed[i]);
    }
    end_table(s, RWG__TABLE_FILE, s->save->all);
}

static void put_dirs(saver *s) {
    const rwg__image *image = s->save->image;
    begin_table(s, RWG__TABLE_DIR);
    for (uint32_t i = 0; i < image->dir_count; i++) {
        const rwg__stored_dir *dir = &image->dirs[i];
        rwg__hints hints;
        rwg__row row = {.id = i + 1};
        row.cells[RWG__DIR_PATH] = text_cell(dir->path);
        row.cells[RWG__DIR_LISTING] = hash_cell(&dir->listing);
        row.cells[RWG__DIR_HINTS] = hints_cell(&hints, &dir->stat, dir->checked_ns);
        row.cells[RWG__DIR_WALKED] = number_cell(dir->walked);
        put_row(s, RWG__TABLE_DIR, &row);
    }
    end_table(s, RWG__TABLE_DIR, true);
}

static void put_inputs(saver *s) {
    const rwg__image *image = s->save->image;
    begin_table(s, RWG__TABLE_INPUT);
    for (uint32_t i = 0; i < image->input_count; i++) {
        const rwg__stored_input *input = &image->inputs[i];
        rwg__hints hints;
        rwg__row row = {.id = i + 1};
        row.cells[RWG__INPUT_PATH] = text_cell(input->path);
        row.cells[RWG__INPUT_CONTENT] = hash_cell(&input->content);
        row.cells[RWG__INPUT_HINTS] = hints_cell(&hints, &input->stat, input->checked_ns);
        put_row(s, RWG__TABLE_INPUT, &row);
    }
    end_table(s, RWG__TABLE_INPUT, true);
}

static void put_diags(saver *s) {
    const rwg__image *image = s->save->image;
    begin_table(s, RWG__TABLE_DIAG);
    for (uint32_t i = 0; i < image->diag_count; i++) {
        const rwg__stored_diag *diag = &image->diags[i];
        rwg__row row = {.id = i + 1};
        row.cells[RWG__DIAG_FILE] = number_cell(diag->file);
        row.cells[RWG__DIAG_ENVS] = number_cell(diag->env_mask);
        row.cells[RWG__DIAG_CODE] = number_cell(diag->code);
        row.cells[RWG__DIAG_SEVERITY] = number_cell(diag->severity);
        row.cells[RWG__DIAG_START] = number_cell(diag->span.start);
        row.cells[RWG__DIAG_END] = number_cell(diag->span.end);
        row.cells[RWG__DIAG_LINE] = number_cell(diag->line);
        row.cells[RWG__DIAG_MESSAGE] = text_cell(diag->message);
        row.cells[RWG__DIAG_FIX] = text_cell(diag->fix);
        put_row(s, RWG__TABLE_DIAG, &row);
    }
    end_table(s, RWG__TABLE_DIAG, true);
}

static void put_deps(saver *s) {
    const rwg__image *image = s->save->image;
    begin_table(s, RWG__TABLE_DEP);
    for (uint32_t i = 0; i < image->dep_count; i++) {
        rwg__row row = {.id = i + 1};
        row.cells[RWG__DEP_ENV] = number_cell(image->deps[i].env);
        row.cells[RWG__DEP_SPECIFIER] = text_cell(image->deps[i].specifier);
        put_row(s, RWG__TABLE_DEP, &row);
    }
    end_table(s, RWG__TABLE_DEP, true);
}

static void put_meta(saver *s, const rwg__row *before) {
    const rwg__image *image = s->save->image;
    rwg__buf_clear(&s->links);
    rwg__strings_encode(&s->links, image->env_names, image->env_count);
    rwg__row row = {.id = 1};
    row.cells[RWG__META_KEY].bytes =
        (rwg_str){(const char *)s->store->key.bytes, sizeof s->store->key.bytes};
    row.cells[RWG__META_SCHEMA] = before->cells[RWG__META_SCHEMA];
    row.cells[RWG__META_GENERATION] = number_cell((int64_t)image->generation);
    row.cells[RWG__META_TOTAL] = number_cell((int64_t)s->total);
    row.cells[RWG__META_ROWS] = number_cell((int64_t)s->rows);
    row.cells[RWG__META_LOOSE] = number_cell((int64_t)s->loose);
    row.cells[RWG__META_ENVS] = buf_cell(&s->links);
    begin_table(s, RWG__TABLE_META);
    if (s->code == SQLITE_OK) {
        int code =
            rwg__row_write(s->insert, RWG__TABLE_META, &row, rwg__row_sum(RWG__TABLE_META, &row));
        s->code = code == SQLITE_DONE ? SQLITE_OK : code;
    }
    end_table(s, RWG__TABLE_META, false);
}

/* --- the history --- */

/* Binds the values in order, numbers and texts, and runs the statement; a NULL text is NULL. */
typedef struct value {
    bool is_text;
    int64_t number;
    rwg_str text;
} value;

static void insert_values(saver *s, sqlite3_stmt *stmt, const value *values, int count) {
    for (int i = 0; i < count && s->code == SQLITE_OK; i++) {
        s->code = !values[i].is_text ? sqlite3_bind_int64(stmt, i + 1, values[i].number)
                  : !values[i].text.ptr
                      ? sqlite3_bind_null(stmt, i + 1)
                      : sqlite3_bind_text(
                            stmt, i + 1, values[i].text.ptr, (int)values[i].text.len, SQLITE_STATIC
                        );
    }
    if (s->code == SQLITE_OK) {
        int code = sqlite3_step(stmt);
        s->code = code == SQLITE_DONE ? SQLITE_OK : code;
    }
    (void)sqlite3_reset(stmt);
}

static value number(uint64_t n) {
    return (value){.number = (int64_t)n};
}

static value text(rwg_str t) {
    return (value){.is_text = true, .text = {t.ptr ? t.ptr : "", t.len}};
}

static sqlite3_stmt *prepare(saver *s, const char *sql) {
    sqlite3_stmt *stmt = NULL;
    if (s->code == SQLITE_OK) {
        s->code = sqlite3_prepare_v2(s->store->db, sql, -1, &stmt, NULL);
    }
    return stmt;
}

static rwg_str env_name(const saver *s, uint32_t env) {
    const rwg__image *image = s->save->image;
    return env >= 1 && env <= image->env_count ? image->env_names[env - 1] : RWG_STR("");
}

static void put_step(
    saver *s,
    const rwg__stored_step *step,
    sqlite3_stmt *insert_step,
    sqlite3_stmt *insert_env,
    sqlite3_stmt *insert_stale
) {
    const value head[] = {
        number(step->number),
        number((uint64_t)step->at_ns),
        text(step->cause),
        number(step->files)};
    insert_values(s, insert_step, head, 4);
    for (uint32_t env = 1; step->envs && env <= s->save->image->env_count; env++) {
        const rwg__stored_counts *counts = &step->envs[env - 1];
        const value values[] = {
            number(step->number),
            text(env_name(s, env)),
            number(counts->nodes),
            number(counts->edges),
            number(counts->added),
            number(counts->removed),
            number(counts->stale)};
        insert_values(s, insert_env, values, 7);
    }
    for (uint32_t i = 0; i < step->stale_count && i < RWG__STORE_STALE; i++) {
        const rwg__stored_stale *stale = &step->stale[i];
        value via = text(stale->via);
        if (stale->via.len == 0) {
            via.text.ptr = NULL;
        }
        const value values[] = {
            number(step->number),
            number(i),
            text(stale->path),
            text(env_name(s, stale->env)),
            text(stale->cause),
            via};
        insert_values(s, insert_stale, values, 6);
    }
}

static void put_steps(saver *s) {
    if (s->save->step_count == 0) {
        return;
    }
    sqlite3_stmt *insert_step = prepare(s, "INSERT OR REPLACE INTO step VALUES(?,?,?,?)");
    sqlite3_stmt *insert_env = prepare(s, "INSERT OR REPLACE INTO step_env VALUES(?,?,?,?,?,?,?)");
    sqlite3_stmt *insert_stale =
        prepare(s, "INSERT OR REPLACE INTO step_stale VALUES(?,?,?,?,?,?)");
    uint32_t first =
        s->save->step_count > RWG__STORE_STEPS ? s->save->step_count - RWG__STORE_STEPS : 0;
    for (uint32_t i = first; i < s->save->step_count; i++) {
        put_step(s, &s->save->steps[i], insert_step, insert_env, insert_stale);
    }
    (void)sqlite3_finalize(insert_step);
    (void)sqlite3_finalize(insert_env);
    (void)sqlite3_finalize(insert_stale);
    char sql[320];
    long long last = (long long)s->save->steps[s->save->step_count - 1].number;
    long long oldest = last - RWG__STORE_STEPS;
    (void)snprintf(
        sql,
        sizeof sql,
        "DELETE FROM step WHERE number<=%lld OR number>%lld;"
        "DELETE FROM step_env WHERE number<=%lld OR number>%lld;"
        "DELETE FROM step_stale WHERE number<=%lld OR number>%lld",
        oldest,
        last,
        oldest,
        last,
        oldest,
        last
    );
    (void)run(s, sql);
}

/* --- the transaction --- */

/* Below this, what could be saved is less than a page or two. */
#define LOOSE_MIN 256

bool rwg__store_is_loose(const rwg__store *store) {
    if (!store || !store->known || store->loose < LOOSE_MIN) {
        return false;
    }
    const rwg__sums *sums = &store->sums[RWG__TABLE_FILE];
    uint64_t files = 0;
    for (uint32_t id = 0; id < sums->len; id++) {
        files += sums->ptr[id] != 0;
    }
    return store->loose > files / 2;
}

/* What is in the database now must be what `sums` say, or be replaced as a whole. False (with
 * s->code untouched) when neither is possible. */
static bool start(saver *s, rwg__arena *arena, rwg__row *meta) {
    rwg__store *store = s->store;
    if (run(s, "BEGIN IMMEDIATE") != SQLITE_OK) {
        return true;
    }
    s->code = rwg__meta_read(store->db, arena, meta);
    if (s->code != SQLITE_OK) {
        return true;
    }
    bool same_key =
        memcmp(meta->cells[RWG__META_KEY].bytes.ptr, store->key.bytes, sizeof store->key) == 0;
    bool same = store->known && same_key &&
                store->total == (uint64_t)meta->cells[RWG__META_TOTAL].number &&
                store->rows == (uint64_t)meta->cells[RWG__META_ROWS].number;
    s->total = store->total;
    s->rows = store->rows;
    s->loose = store->loose;
    bool complete = s->save->all && s->save->structure;
    if (same && !(complete && (s->rows == 0 || rwg__store_is_loose(store)))) {
        return true;
    }
    if (!complete) {
        return false;
    }
    s->cleared = true;
    s->choosing = true;
    s->total = 0;
    s->rows = 0;
    (void)run(
        s,
        "DELETE FROM shared;DELETE FROM file;DELETE FROM dir;DELETE FROM input;DELETE FROM diag;"
        "DELETE FROM dep"
    );
    return true;
}

static void write_everything(saver *s, const rwg__row *meta) {
    put_shared(s);
    put_files(s);
    if (s->save->structure) {
        put_dirs(s);
        put_inputs(s);
        put_diags(s);
        put_deps(s);
    }
    put_meta(s, meta);
    put_steps(s);
    (void)run(s, "COMMIT");
}

/* The commit is done: the store learns what the database holds. */
static void adopt(saver *s) {
    rwg__store *store = s->store;
    for (int table = 0; s->cleared && table < RWG__TABLE_COUNT; table++) {
        store->sums[table].len = 0;
    }
    for (uint32_t i = 0; i < s->changes.len; i++) {
        const change *c = &s->changes.ptr[i];
        rwg__sums *sums = &store->sums[c->table];
        while (sums->len <= c->id) {
            *rwg__vec_push(sums, store->mem) = 0;
        }
        sums->ptr[c->id] = c->sum;
    }
    store->total = s->total;
    store->rows = s->rows;
    store->loose = s->loose;
    store->known = true;
}

static rwg_status fail(saver *s, rwg_error *err) {
    rwg__store *store = s->store;
    if (rwg__is_damage(s->code)) {
        rwg__arena arena;
        rwg__arena_init(&arena, store->mem);
        rwg_str notice = {0};
        (void)rwg__store_drop(store, "it was damaged", &arena, &notice);
        (void)rwg__error(err, RWG_STORE, RWG_STR(""), "%.*s", (int)notice.len, notice.ptr);
        rwg__arena_deinit(&arena);
        return RWG_STORE;
    }
    int kind = s->code & 0xFF;
    if (kind == SQLITE_BUSY || kind == SQLITE_LOCKED) {
        return rwg__error(
            err, RWG_STORE, RWG_STR(""), "the cache was not saved: another process is writing it"
        );
    }
    rwg_status status = kind == SQLITE_FULL || kind == SQLITE_IOERR ? RWG_IO : RWG_STORE;
    return rwg__error(
        err, status, RWG_STR(""), "the cache was not saved: %s", sqlite3_errstr(s->code)
    );
}

/* --- what load.c would refuse must never be written --- */

static bool
link_is_sound(const rwg__image *image, const rwg__stored_file *file, const rwg__stored_link *link) {
    uint32_t imports = 0;
    if (file->module) {
        (void)rwg_module_imports(file->module, &imports);
    }
    return (link->import == RWG_NO_IMPORT || link->import < imports) &&
           (link->env_mask & ~file->node_mask) == 0 && link->target_env <= image->env_count &&
           link->target <= RWG__STORED_ID_MAX && link->kind <= RWG_EDGE_SERVER &&
           link->outcome <= RWG_OUTCOME_MISSING;
}

static const char *find_fault_in_file(const rwg__save *save, const rwg__stored_file *file) {
    const rwg__image *image = save->image;
    uint32_t envs = (1u << image->env_count) - 1;
    if (file->id > RWG__STORED_ID_MAX || file->path.len == 0 || file->stat.kind > RWG_FS_OTHER ||
        ((file->node_mask | file->entry_mask) & ~envs) != 0) {
        return "a file's id, path, kind or environments are out of range";
    }
    if (file->module && !rwg__hash_equal(rwg_module_content_hash(file->module), file->content)) {
        return "a file's content is not that of its record";
    }
    for (uint32_t i = 0; i < file->link_count; i++) {
        if (!link_is_sound(image, file, &file->links[i])) {
            return "a link is out of range";
        }
    }
    for (uint32_t i = 0; save->structure && i < file->dir_count; i++) {
        if (file->dirs[i] >= image->dir_count) {
            return "a file names a folder that is not in the image";
        }
    }
    return NULL;
}

static const char *find_fault(const rwg__save *save) {
    const rwg__image *image = save->image;
    if (image->env_count > RWG_MAX_ENVS) {
        return "there are too many environments";
    }
    const char *fault = NULL;
    for (uint32_t i = 0; !fault && i < image->file_count; i++) {
        fault = image->files[i].id ? find_fault_in_file(save, &image->files[i]) : NULL;
    }
    for (uint32_t i = 0; !fault && i < image->diag_count; i++) {
        const rwg__stored_diag *diag = &image->diags[i];
        if (diag->code >= RWG_DIAG_COUNT || diag->severity > RWG_SEVERITY_NOTE ||
            diag->env_mask >> image->env_count != 0) {
            fault = "a diagnostic is out of range";
        }
    }
    for (uint32_t i = 0; !fault && i < image->dep_count; i++) {
        if (image->deps[i].env < 1 || image->deps[i].env > image->env_count) {
            fault = "a dependency's environment is out of range";
        }
    }
    return fault;
}

static void free_saver(saver *s) {
    rwg__vec_free(&s->changes, s->store->mem);
    rwg__vec_free(&s->touched, s->store->mem);
    rwg__texts_deinit(&s->texts);
    rwg__packed_deinit(&s->packed);
    rwg__buf_deinit(&s->links);
    rwg__buf_deinit(&s->dirs);
    rwg__buf_deinit(&s->imports);
    rwg__buf_deinit(&s->problems);
}

rwg_status rwg__store_save(rwg__store *store, const rwg__save *save, rwg_error *err) {
    if (!store || !store->db || !store->writable) {
        const char *why = store && store->why[0] ? store->why : "it cannot be written";
        return rwg__error(err, RWG_STORE, RWG_STR(""), "the cache was not saved: %s", why);
    }
    const char *fault = find_fault(save);
    if (fault) {
        return rwg__error(err, RWG_INTERNAL, RWG_STR(""), "the cache was not saved: %s", fault);
    }
    saver s = {.store = store, .save = save};
    rwg__texts_init(&s.texts, store->mem);
    rwg__packed_init(&s.packed, store->mem);
    rwg__buf_init(&s.links, store->mem);
    rwg__buf_init(&s.dirs, store->mem);
    rwg__buf_init(&s.imports, store->mem);
    rwg__buf_init(&s.problems, store->mem);
    rwg__arena arena;
    rwg__arena_init(&arena, store->mem);
    rwg__row meta;
    rwg_status status = RWG_OK;
    if (!start(&s, &arena, &meta)) {
        status = rwg__error(
            err,
            RWG_STORE,
            RWG_STR(""),
            "the cache was not saved: another process has saved meanwhile"
        );
    } else if (s.code == SQLITE_OK) {
        write_everything(&s, &meta);
    }
    if (!sqlite3_get_autocommit(store->db)) {
        (void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    }
    if (s.code != SQLITE_OK) {
        status = fail(&s, err);
    } else if (status == RWG_OK) {
        adopt(&s);
    }
    rwg__arena_deinit(&arena);
    free_saver(&s);
    return status;
}
