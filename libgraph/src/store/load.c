/* Database -> image, believing nothing.
 *
 * SQLite hands out a row at a time, and decoding it costs more than that: one thread reads rows
 * into batches, another decodes them, in order. What is decoded belongs to the second thread until
 * the last batch is back. Small databases, and those whose owner wants no threads, take the same
 * way in one.
 *
 * All tables are read in one transaction, so in one state of the database. Each row must have the
 * types of its columns and its checksum; all checksums together must add up to meta's total (a row
 * that is missing, left over or of another save is found by that); numbers must be in range;
 * records are unpacked with as little trust (record/packed.h); what a row names must be there. The
 * first thing that is not so drops the database. */
#include "base/pool.h"
#include "base/vec.h"
#include "store/rows.h"

#include <stdio.h>

void rwg__store_use_helper(rwg__store *store) {
    store->helper = true;
}

typedef struct loader {
    rwg__store *store;
    rwg__arena *arena;
    rwg__image *image;
    const char *wrong; /* what is wrong with the content; NULL = nothing so far */
    int code;          /* of SQLite: SQLITE_OK unless reading itself failed */
    uint64_t total;
    uint64_t rows;
    uint64_t loose;
    rwg__str_list shared;
    rwg__packed packed;      /* of the record at hand */
    rwg__arena unpacked;     /* its texts, while it is at hand */
    rwg__stored_file *files; /* in arena, with room for each row that there should be */
    uint32_t file_count;
    uint32_t file_room;
    RWG_VEC(rwg__stored_dir) dirs;
    RWG_VEC(rwg__stored_input) inputs;
    RWG_VEC(rwg__stored_diag) diags;
    RWG_VEC(rwg__stored_dep) deps;
} loader;

static bool wrong(loader *l, const char *what) {
    l->wrong = what;
    return false;
}

static rwg_str keep(loader *l, rwg_str text) {
    return rwg__arena_str(l->arena, text);
}

static bool in_range(int64_t value, int64_t max) {
    return value >= 0 && value <= max;
}

static bool read_hash(const rwg__cell *cell, rwg_hash *out) {
    if (cell->bytes.len != sizeof *out) {
        return false;
    }
    memcpy(out, cell->bytes.ptr, sizeof *out);
    return true;
}

/* --- one row of each table; every text is copied, because the row's bytes go with its batch --- */

/* Numbers of texts go by position: rows follow each other, and all but the last are full. */
static bool load_shared(loader *l, const rwg__row *row) {
    const rwg_str *items = NULL;
    uint32_t count = 0;
    rwg_str json = keep(l, row->cells[RWG__SHARED_TEXTS].bytes);
    if (l->shared.len != (row->id - 1) * RWG__SHARED_ROW ||
        !rwg__strings_decode(l->arena, json, &items, &count) || count > RWG__SHARED_ROW) {
        return wrong(l, "a row of shared texts is not well formed");
    }
    rwg__vec_reserve(&l->shared, l->store->mem, count);
    memcpy(l->shared.ptr + l->shared.len, items, count * sizeof *items);
    l->shared.len += count;
    return true;
}

static bool load_record(loader *l, const rwg__row *row, rwg__stored_file *file) {
    const rwg__cell *cells = row->cells;
    rwg_str problems = cells[RWG__FILE_PROBLEMS].bytes;
    rwg__packed_clear(&l->packed);
    rwg__arena_reset(&l->unpacked);
    bool ok = rwg__imports_decode(
        &l->unpacked, cells[RWG__FILE_IMPORTS].bytes, l->shared.ptr, l->shared.len, &l->packed
    );
    ok = ok && (!problems.ptr || rwg__problems_decode(&l->unpacked, problems, &l->packed));
    file->module = ok ? rwg__module_unpack(
                            l->store->mem,
                            cells[RWG__FILE_RECORD].bytes,
                            &l->packed,
                            file->content,
                            l->shared.ptr,
                            l->shared.len
                        )
                      : NULL;
    return file->module || wrong(l, "a module record is not well formed");
}

static bool load_file(loader *l, const rwg__row *row) {
    const rwg__cell *cells = row->cells;
    uint32_t envs = (1u << l->image->env_count) - 1;
    rwg__stored_file file = {.id = row->id};
    bool ok = cells[RWG__FILE_PATH].bytes.len > 0 &&
              rwg__hints_decode(cells[RWG__FILE_HINTS].bytes, &file.stat, &file.checked_ns) &&
              read_hash(&cells[RWG__FILE_CONTENT], &file.content) &&
              in_range(cells[RWG__FILE_FLAGS].number, UINT32_MAX) &&
              in_range(cells[RWG__FILE_NODES].number, envs) &&
              in_range(cells[RWG__FILE_ENTRIES].number, envs);
    ok = ok &&
         rwg__links_decode(l->arena, cells[RWG__FILE_LINKS].bytes, &file.links, &file.link_count);
    ok = ok && rwg__ids_decode(l->arena, cells[RWG__FILE_DIRS].bytes, &file.dirs, &file.dir_count);
    if (!ok) {
        return wrong(l, "a row of a file is not well formed");
    }
    file.path = keep(l, cells[RWG__FILE_PATH].bytes);
    file.package = keep(l, cells[RWG__FILE_PACKAGE].bytes);
    file.flags = (uint32_t)cells[RWG__FILE_FLAGS].number;
    file.node_mask = (uint16_t)cells[RWG__FILE_NODES].number;
    file.entry_mask = (uint16_t)cells[RWG__FILE_ENTRIES].number;
    if (cells[RWG__FILE_RECORD].bytes.ptr && !load_record(l, row, &file)) {
        return false;
    }
    if (l->file_count == l->file_room) {
        rwg__module_release(file.module);
        return wrong(l, "there are too many rows");
    }
    l->files[l->file_count++] = file;
    return true;
}

static bool load_dir(loader *l, const rwg__row *row) {
    const rwg__cell *cells = row->cells;
    rwg__stored_dir dir = {.walked = cells[RWG__DIR_WALKED].number != 0};
    if (row->id != l->dirs.len + 1 || !read_hash(&cells[RWG__DIR_LISTING], &dir.listing) ||
        !rwg__hints_decode(cells[RWG__DIR_HINTS].bytes, &dir.stat, &dir.checked_ns)) {
        return wrong(l, "a row of a folder is not well formed");
    }
    dir.path = keep(l, cells[RWG__DIR_PATH].bytes);
    *rwg__vec_push(&l->dirs, l->store->mem) = dir;
    return true;
}

static bool load_input(loader *l, const rwg__row *row) {
    const rwg__cell *cells = row->cells;
    rwg__stored_input input = {0};
    if (!read_hash(&cells[RWG__INPUT_CONTENT], &input.content) ||
        !rwg__hints_decode(cells[RWG__INPUT_HINTS].bytes, &input.stat, &input.checked_ns)) {
        return wrong(l, "a row of an input is not well formed");
    }
    input.path = keep(l, cells[RWG__INPUT_PATH].bytes);
    *rwg__vec_push(&l->inputs, l->store->mem) = input;
    return true;
}

static bool load_diag(loader *l, const rwg__row *row) {
    const rwg__cell *cells = row->cells;
    bool ok = in_range(cells[RWG__DIAG_FILE].number, (int64_t)RWG__STORED_ID_MAX) &&
              in_range(cells[RWG__DIAG_ENVS].number, (1 << l->image->env_count) - 1) &&
              in_range(cells[RWG__DIAG_CODE].number, RWG_DIAG_COUNT - 1) &&
              in_range(cells[RWG__DIAG_SEVERITY].number, RWG_SEVERITY_NOTE) &&
              in_range(cells[RWG__DIAG_START].number, UINT32_MAX) &&
              in_range(cells[RWG__DIAG_END].number, UINT32_MAX) &&
              in_range(cells[RWG__DIAG_LINE].number, UINT32_MAX);
    if (!ok) {
        return wrong(l, "a row of a diagnostic is not well formed");
    }
    *rwg__vec_push(&l->diags, l->store->mem) = (rwg__stored_diag){
        .file = (uint32_t)cells[RWG__DIAG_FILE].number,
        .env_mask = (uint16_t)cells[RWG__DIAG_ENVS].number,
        .code = (uint16_t)cells[RWG__DIAG_CODE].number,
        .severity = (uint8_t)cells[RWG__DIAG_SEVERITY].number,
        .span = {(uint32_t)cells[RWG__DIAG_START].number, (uint32_t)cells[RWG__DIAG_END].number},
        .line = (uint32_t)cells[RWG__DIAG_LINE].number,
        .message = keep(l, cells[RWG__DIAG_MESSAGE].bytes),
        .fix = keep(l, cells[RWG__DIAG_FIX].bytes),
    };
    return true;
}

static bool load_dep(loader *l, const rwg__row *row) {
    int64_t env = row->cells[RWG__DEP_ENV].number;
    if (env < 1 || env > l->image->env_count) {
        return wrong(l, "a row of a dependency is not well formed");
    }
    *rwg__vec_push(&l->deps, l->store->mem) = (rwg__stored_dep){
        .env = (uint32_t)env,
        .specifier = keep(l, row->cells[RWG__DEP_SPECIFIER].bytes),
    };
    return true;
}

static bool load_row(loader *l, rwg__table table, const rwg__row *row) {
    switch (table) {
    case RWG__TABLE_SHARED: return load_shared(l, row);
    case RWG__TABLE_FILE: return load_file(l, row);
    case RWG__TABLE_DIR: return load_dir(l, row);
    case RWG__TABLE_INPUT: return load_input(l, row);
    case RWG__TABLE_DIAG: return load_diag(l, row);
    case RWG__TABLE_DEP: return load_dep(l, row);
    case RWG__TABLE_META:
    case RWG__TABLE_COUNT: break;
    }
    return wrong(l, "no such table");
}

/* Remembers the checksum of a row, so that a save can leave it alone. */
static void remember(rwg__store *store, rwg__table table, uint32_t id, uint64_t sum) {
    rwg__sums *sums = &store->sums[table];
    while (sums->len <= id) {
        *rwg__vec_push(sums, store->mem) = 0;
    }
    sums->ptr[id] = sum;
}

/* --- batches --- */

enum {
    BATCH_ROWS = 64,
    BATCH_COUNT = 8, /* under way at most */
};

typedef struct batch {
    rwg__table table;
    bool ok;
    uint32_t count;
    uint64_t sums[BATCH_ROWS];
    rwg__row rows[BATCH_ROWS];
    rwg__arena bytes; /* of the rows */
} batch;

/* Below this, starting a thread costs as much as it saves. */
#define HELPED_ROWS 1000

typedef struct reader {
    loader *l;
    rwg__pool *pool;
    batch *batches; /* [BATCH_COUNT], used in turn */
    uint32_t next;
    uint32_t under_way;
    bool ok; /* so are all that came back */
} reader;

static void run_batch(void *context, uint32_t worker, void *job) {
    loader *l = context;
    batch *b = job;
    (void)worker;
    b->ok = !l->wrong;
    for (uint32_t i = 0; i < b->count && b->ok; i++) {
        if (rwg__row_sum(b->table, &b->rows[i]) != b->sums[i]) {
            b->ok = wrong(l, "a row does not have its checksum");
        } else {
            b->ok = load_row(l, b->table, &b->rows[i]);
        }
    }
}

static void take_batch(reader *r) {
    batch *b = rwg__pool_take(r->pool);
    r->ok = b->ok && r->ok;
    r->under_way--;
}

static batch *next_batch(reader *r, rwg__table table) {
    if (r->under_way == BATCH_COUNT) {
        take_batch(r);
    }
    batch *b = &r->batches[r->next];
    r->next = (r->next + 1) % BATCH_COUNT;
    b->table = table;
    b->count = 0;
    rwg__arena_reset(&b->bytes);
    return b;
}

static void submit_batch(reader *r, batch *b) {
    r->under_way++;
    rwg__pool_submit(r->pool, b);
}

static void read_table(reader *r, rwg__table table) {
    loader *l = r->l;
    sqlite3_stmt *stmt = rwg__row_select(l->store->db, table);
    if (!stmt) {
        l->code = sqlite3_errcode(l->store->db);
        return;
    }
    l->store->sums[table].len = 0;
    batch *b = next_batch(r, table);
    while (r->ok && (l->code = sqlite3_step(stmt)) == SQLITE_ROW) {
        rwg__row *row = &b->rows[b->count];
        uint64_t *sum = &b->sums[b->count];
        if (!rwg__row_take(stmt, table, row, sum)) {
            l->code = SQLITE_CORRUPT;
            break;
        }
        rwg__row_keep(&b->bytes, table, row);
        remember(l->store, table, row->id, *sum);
        l->total += *sum;
        l->rows++;
        if (++b->count == BATCH_ROWS) {
            submit_batch(r, b);
            b = next_batch(r, table);
        }
    }
    submit_batch(r, b);
    l->code = l->code == SQLITE_DONE || l->code == SQLITE_ROW ? SQLITE_OK : l->code;
    (void)sqlite3_finalize(stmt);
}

static bool load_tables(loader *l, uint64_t rows) {
    rwg__mem *mem = l->store->mem;
    bool helped = l->store->helper && rows >= HELPED_ROWS;
    reader r = {.l = l, .ok = true};
    r.pool = rwg__pool_new(mem, helped, run_batch, l);
    r.batches = rwg__mem_zalloc(mem, BATCH_COUNT * sizeof *r.batches);
    for (uint32_t i = 0; i < BATCH_COUNT; i++) {
        rwg__arena_init(&r.batches[i].bytes, mem);
    }
    for (int table = RWG__TABLE_SHARED; table < RWG__TABLE_COUNT; table++) {
        if (r.ok && l->code == SQLITE_OK) {
            read_table(&r, (rwg__table)table);
        }
    }
    while (r.under_way > 0) {
        take_batch(&r);
    }
    rwg__pool_free(r.pool);
    for (uint32_t i = 0; i < BATCH_COUNT; i++) {
        rwg__arena_deinit(&r.batches[i].bytes);
    }
    rwg__mem_free(mem, r.batches, BATCH_COUNT * sizeof *r.batches);
    return r.ok && l->code == SQLITE_OK;
}

/* --- what rows say of each other --- */

static bool is_file(const loader *l, uint32_t id) {
    const rwg__sums *sums = &l->store->sums[RWG__TABLE_FILE];
    return id < sums->len && sums->ptr[id] != 0;
}

static bool check_links(loader *l, const rwg__stored_file *file) {
    uint32_t imports = 0;
    if (file->module) {
        (void)rwg_module_imports(file->module, &imports);
    }
    for (uint32_t i = 0; i < file->link_count; i++) {
        const rwg__stored_link *link = &file->links[i];
        bool import_ok = link->import == RWG_NO_IMPORT || link->import < imports;
        bool target_ok = link->target == 0 || is_file(l, link->target);
        if (!import_ok || !target_ok || (link->env_mask & ~file->node_mask) != 0 ||
            link->target_env > l->image->env_count || link->kind > RWG_EDGE_SERVER ||
            link->outcome > RWG_OUTCOME_MISSING) {
            return wrong(l, "an edge leads out of the graph");
        }
    }
    for (uint32_t i = 0; i < file->dir_count; i++) {
        if (file->dirs[i] >= l->dirs.len) {
            return wrong(l, "a file names a folder that is not there");
        }
    }
    return true;
}

static bool check_references(loader *l) {
    for (uint32_t i = 0; i < l->file_count; i++) {
        if (!check_links(l, &l->files[i])) {
            return false;
        }
    }
    for (uint32_t i = 0; i < l->diags.len; i++) {
        if (!is_file(l, l->diags.ptr[i].file)) {
            return wrong(l, "a diagnostic names a file that is not there");
        }
    }
    return true;
}

/* No row of any table is shorter: its id, its checksum, and how long its cells are. */
#define ROW_BYTES_MIN 12

/* Whether the database can hold so many rows: nothing is made ready for more. */
static bool can_hold(loader *l, uint64_t rows) {
    sqlite3_stmt *stmt = NULL;
    const char *sql = "SELECT page_count*page_size FROM pragma_page_count, pragma_page_size";
    l->code = sqlite3_prepare_v2(l->store->db, sql, -1, &stmt, NULL);
    uint64_t bytes = 0;
    if (l->code == SQLITE_OK && (l->code = sqlite3_step(stmt)) == SQLITE_ROW) {
        bytes = (uint64_t)sqlite3_column_int64(stmt, 0);
        l->code = SQLITE_OK;
    }
    (void)sqlite3_finalize(stmt);
    if (l->code != SQLITE_OK) {
        return false;
    }
    uint64_t most = bytes / ROW_BYTES_MIN < UINT32_MAX ? bytes / ROW_BYTES_MIN : UINT32_MAX;
    return rows <= most || wrong(l, "its number of rows is out of range");
}

static bool load_all(loader *l) {
    rwg__row meta;
    l->code = rwg__meta_read(l->store->db, l->arena, &meta);
    if (l->code != SQLITE_OK) {
        return false;
    }
    if (memcmp(meta.cells[RWG__META_KEY].bytes.ptr, l->store->key.bytes, sizeof l->store->key) !=
        0) {
        return wrong(l, "another process has put another configuration in it");
    }
    rwg__image *image = l->image;
    image->generation = (uint64_t)meta.cells[RWG__META_GENERATION].number;
    if (!rwg__strings_decode(
            l->arena, meta.cells[RWG__META_ENVS].bytes, &image->env_names, &image->env_count
        ) ||
        image->env_count > RWG_MAX_ENVS) {
        return wrong(l, "its list of environments is not well formed");
    }
    l->loose = (uint64_t)meta.cells[RWG__META_LOOSE].number;
    uint64_t rows = (uint64_t)meta.cells[RWG__META_ROWS].number;
    if (!can_hold(l, rows)) {
        return false;
    }
    l->file_room = (uint32_t)rows;
    l->files = rwg__arena_alloc(l->arena, rows * sizeof *l->files);
    if (!load_tables(l, rows)) {
        return false;
    }
    if (l->total != (uint64_t)meta.cells[RWG__META_TOTAL].number ||
        l->rows != (uint64_t)meta.cells[RWG__META_ROWS].number) {
        return wrong(l, "rows are missing");
    }
    return check_references(l);
}

/* The arrays move from vecs to the arena: the image has no other owner. */
#define RWG_MOVE(l, field, out, out_count)                                                         \
    do {                                                                                           \
        size_t size = (size_t)(l)->field.len * sizeof *(l)->field.ptr;                             \
        (out) = rwg__arena_alloc((l)->arena, size);                                                \
        if (size > 0) {                                                                            \
            memcpy((out), (l)->field.ptr, size);                                                   \
        }                                                                                          \
        (out_count) = (l)->field.len;                                                              \
    } while (0)

static void finish(loader *l) {
    rwg__image *image = l->image;
    image->files = l->files;
    image->file_count = l->file_count;
    RWG_MOVE(l, dirs, image->dirs, image->dir_count);
    RWG_MOVE(l, inputs, image->inputs, image->input_count);
    RWG_MOVE(l, diags, image->diags, image->diag_count);
    RWG_MOVE(l, deps, image->deps, image->dep_count);
    l->store->known = true;
    l->store->total = l->total;
    l->store->rows = l->rows;
    l->store->loose = l->loose;
}

static void free_vecs(loader *l) {
    rwg__mem *mem = l->store->mem;
    rwg__vec_free(&l->shared, mem);
    rwg__packed_deinit(&l->packed);
    rwg__arena_deinit(&l->unpacked);
    rwg__vec_free(&l->dirs, mem);
    rwg__vec_free(&l->inputs, mem);
    rwg__vec_free(&l->diags, mem);
    rwg__vec_free(&l->deps, mem);
}

static void refuse(loader *l, rwg_str *out_notice) {
    for (uint32_t i = 0; i < l->file_count; i++) {
        rwg__module_release(l->files[i].module);
    }
    *l->image = (rwg__image){0};
    char text[160];
    if (l->wrong || rwg__is_damage(l->code)) {
        const char *what = l->wrong ? l->wrong : sqlite3_errstr(l->code);
        (void)snprintf(text, sizeof text, "it cannot be trusted (%s)", what);
        (void)rwg__store_drop(l->store, text, l->arena, out_notice);
    } else {
        (void)snprintf(text, sizeof text, "the cache cannot be read: %s", sqlite3_errstr(l->code));
        *out_notice = rwg__arena_str(l->arena, rwg__str_c(text));
    }
}

bool rwg__store_load(rwg__store *store, rwg__arena *arena, rwg__image *out, rwg_str *out_notice) {
    *out = (rwg__image){0};
    *out_notice = RWG_STR("");
    if (!store || !store->db) {
        return false;
    }
    loader l = {.store = store, .arena = arena, .image = out};
    rwg__packed_init(&l.packed, store->mem);
    rwg__arena_init(&l.unpacked, store->mem);
    store->known = false;
    l.code = sqlite3_exec(store->db, "BEGIN", NULL, NULL, NULL);
    bool loaded = l.code == SQLITE_OK && load_all(&l);
    if (loaded) {
        finish(&l);
    }
    if (!sqlite3_get_autocommit(store->db)) {
        (void)sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL);
    }
    if (!loaded) {
        refuse(&l, out_notice);
    }
    free_vecs(&l);
    return loaded && (out->generation > 0 || out->file_count > 0);
}
