/* Opening a database, deciding whether it can be trusted, and emptying it when not. See store.h.
 *
 *            open            check                 what happens
 *   absent ────────▶ empty ─────────────────────▶ schema written
 *   ours   ────────▶ key, format, schema equal ─▶ used
 *                    damaged, other key or format ▶ dropped: emptied, schema written, notice
 *   foreign ───────▶ left alone, notice, no store
 *   locked, read-only, no space ────────────────▶ used as far as possible, notice
 *
 * Not here: whether the rows are right. That is found while loading (load.c). */
#include "base/hash.h"
#include "base/path.h"
#include "store/rows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define BUSY_MS 2000

static const char schema_sql[] = {
#include "schema.sql.inc"
};

/* --- the folder and the file --- */

static void write_gitignore(const char *folder) {
    char path[RWG_LIMIT_PATH + 16];
    (void)snprintf(path, sizeof path, "%s/.gitignore", folder);
    FILE *file = fopen(path, "wx");
    if (file) {
        (void)fputs("*\n", file);
        (void)fclose(file);
    }
}

/* Makes the folder of path and those above it: 0 or errno. Our own `.rwgraph` is kept out of
 * version control. */
static int make_folder(rwg_str path) {
    rwg__path folder;
    if (!rwg__path_normalise(&folder, rwg__path_dirname(path))) {
        return ENAMETOOLONG;
    }
    for (uint32_t i = 1; i <= folder.len; i++) {
        if (i < folder.len && folder.bytes[i] != '/') {
            continue;
        }
        folder.bytes[i] = '\0';
        int made = mkdir(folder.bytes, 0777);
        if (made != 0 && errno != EEXIST) {
            int code = errno;
            struct stat st;
            if (stat(folder.bytes, &st) != 0 || !S_ISDIR(st.st_mode)) {
                return code;
            }
        }
        if (made == 0 && rwg__str_eq_c(rwg__path_basename(rwg__str(folder.bytes, i)), ".rwgraph")) {
            write_gitignore(folder.bytes);
        }
        folder.bytes[i] = i < folder.len ? '/' : '\0';
    }
    return 0;
}

/* True for a file that some other program may need: it is not empty, it does not carry our mark,
 * and it does not lie in a folder where nobody but us writes. */
static bool is_foreign(const char *path) {
    unsigned char head[100];
    FILE *file = fopen(path, "rb");
    if (!file) {
        return false; /* absent, or SQLite will say what is wrong with it */
    }
    size_t len = fread(head, 1, sizeof head, file);
    (void)fclose(file);
    if (len == 0) {
        return false;
    }
    rwg_str file_name = rwg__path_basename(rwg__str_c(path));
    rwg_str folder = rwg__path_basename(rwg__path_dirname(rwg__str_c(path)));
    if (rwg__str_eq_c(file_name, "graph.db") &&
        (rwg__str_eq_c(folder, "rwgraph") || rwg__str_eq_c(folder, ".rwgraph"))) {
        return false;
    }
    uint32_t mark = 0;
    if (len == sizeof head) {
        mark = (uint32_t)head[68] << 24 | (uint32_t)head[69] << 16 | (uint32_t)head[70] << 8 |
               head[71]; /* the application id of SQLite's file format */
    }
    bool is_sqlite = len == sizeof head && memcmp(head, "SQLite format 3", 16) == 0;
    return mark != RWG__STORE_APPLICATION && !(is_sqlite && mark == 0);
}

/* --- small things about SQLite --- */

static int run(sqlite3 *db, const char *sql) {
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

static int read_number(sqlite3 *db, const char *sql, int64_t *out) {
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_step(stmt);
        *out = code == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
        code = code == SQLITE_ROW ? SQLITE_OK : code;
    }
    (void)sqlite3_finalize(stmt);
    return code;
}

/* Whether texts are stored as the bytes that they are in memory; a damaged header may deny it. */
static int read_utf8(sqlite3 *db, int64_t *out) {
    return read_number(db, "SELECT encoding='UTF-8' FROM pragma_encoding", out);
}

/* Checksum of all definitions, so that a damaged view is noticed too. */
static int read_schema_sum(sqlite3 *db, uint64_t *out) {
    sqlite3_stmt *stmt = NULL;
    *out = 0;
    int code = sqlite3_prepare_v2(db, "SELECT sql FROM sqlite_schema", -1, &stmt, NULL);
    while (code == SQLITE_OK || code == SQLITE_ROW) {
        code = sqlite3_step(stmt);
        if (code == SQLITE_ROW) {
            const void *text = sqlite3_column_text(stmt, 0);
            *out += text ? rwg__hash_quick(text, (size_t)sqlite3_column_bytes(stmt, 0)) : 1;
        }
    }
    (void)sqlite3_finalize(stmt);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

static int connect(rwg__store *store, const char *path) {
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    int code = sqlite3_open_v2(path, &store->db, flags, NULL);
    if (code != SQLITE_OK) {
        return code;
    }
    (void)sqlite3_busy_timeout(store->db, BUSY_MS);
    store->writable = sqlite3_db_readonly(store->db, "main") == 0;
    /* None of these can fail in a way that matters: a file system without shared memory keeps a
     * rollback journal. */
    (void)run(store->db, "PRAGMA page_size=4096");
    (void)run(store->db, "PRAGMA journal_mode=WAL");
    (void)run(store->db, "PRAGMA synchronous=OFF");
    (void)run(store->db, "PRAGMA journal_size_limit=4194304");
    (void)run(store->db, "PRAGMA cell_size_check=ON");
    (void)run(store->db, "PRAGMA trusted_schema=OFF");
    (void)run(
        store->db, "PRAGMA temp_store=MEMORY"
    ); /* emptying needs no other folder that can be written */
    return SQLITE_OK;
}

/* --- writing the schema --- */

static int put_word(sqlite3_stmt *stmt, const char *kind, int id, const char *text) {
    (void)sqlite3_bind_text(stmt, 1, kind, -1, SQLITE_STATIC);
    (void)sqlite3_bind_int(stmt, 2, id);
    (void)sqlite3_bind_text(stmt, 3, text, -1, SQLITE_STATIC);
    int code = sqlite3_step(stmt);
    (void)sqlite3_reset(stmt);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

/* The words of enumerations, from the functions and enumerations that everything else prints them
 * with. */
static int put_words(sqlite3 *db) {
    static const char *const edges[] = {
        [RWG_EDGE_IMPORT] = "import",
        [RWG_EDGE_BRIDGE] = "bridge",
        [RWG_EDGE_CLIENT] = "client",
        [RWG_EDGE_SERVER] = "server",
    };
    static const char *const outcomes[] = {
        [RWG_OUTCOME_FILE] = "file",
        [RWG_OUTCOME_BUILTIN] = "builtin",
        [RWG_OUTCOME_EXTERNAL] = "external",
        [RWG_OUTCOME_IGNORED] = "ignored",
        [RWG_OUTCOME_PINNED] = "pinned",
        [RWG_OUTCOME_MISSING] = "missing",
    };
    static const char *const severities[] = {
        [RWG_SEVERITY_ERROR] = "error",
        [RWG_SEVERITY_WARNING] = "warning",
        [RWG_SEVERITY_NOTE] = "note",
    };
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v2(db, "INSERT INTO word VALUES(?,?,?)", -1, &stmt, NULL);
    for (int i = 0; code == SQLITE_OK && i <= RWG_MODULE_ASSET; i++) {
        code = put_word(stmt, "module", i, rwg_module_kind_name((rwg_module_kind)i));
    }
    for (int i = 0; code == SQLITE_OK && i < RWG_IMPORT_KIND_COUNT; i++) {
        code = put_word(stmt, "import", i, rwg_import_kind_name((rwg_import_kind)i));
    }
    for (int i = 0; code == SQLITE_OK && i <= RWG_EDGE_SERVER; i++) {
        code = put_word(stmt, "edge", i, edges[i]);
    }
    for (int i = 0; code == SQLITE_OK && i <= RWG_OUTCOME_MISSING; i++) {
        code = put_word(stmt, "outcome", i, outcomes[i]);
    }
    for (int i = RWG_SEVERITY_ERROR; code == SQLITE_OK && i <= RWG_SEVERITY_NOTE; i++) {
        code = put_word(stmt, "severity", i, severities[i]);
    }
    for (int i = 0; code == SQLITE_OK && i < RWG_DIAG_COUNT; i++) {
        code = put_word(stmt, "code", i, rwg_diag_code_name((rwg_diag_code)i));
    }
    (void)sqlite3_finalize(stmt);
    return code;
}

static int put_meta(rwg__store *store) {
    uint64_t schema;
    int code = read_schema_sum(store->db, &schema);
    sqlite3_stmt *stmt = code == SQLITE_OK ? rwg__row_insert(store->db, RWG__TABLE_META) : NULL;
    if (!stmt) {
        return code == SQLITE_OK ? sqlite3_errcode(store->db) : code;
    }
    rwg__row row = {.id = 1};
    row.cells[RWG__META_KEY].bytes = (rwg_str){(const char *)store->key.bytes, sizeof store->key};
    row.cells[RWG__META_SCHEMA].number = (int64_t)schema;
    row.cells[RWG__META_ENVS].bytes = RWG_STR("[]");
    code = rwg__row_write(stmt, RWG__TABLE_META, &row, rwg__row_sum(RWG__TABLE_META, &row));
    (void)sqlite3_finalize(stmt);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

/* Everything an empty database needs, in one transaction. Does nothing if another process was
 * faster. */
static int write_schema(rwg__store *store) {
    char marks[96];
    (void)snprintf(
        marks,
        sizeof marks,
        "PRAGMA application_id=%d;PRAGMA user_version=%d",
        RWG__STORE_APPLICATION,
        RWG__STORE_FORMAT
    );
    int64_t count;
    int code = run(store->db, "BEGIN IMMEDIATE");
    if (code == SQLITE_OK) {
        code = read_number(store->db, "SELECT count(*) FROM sqlite_schema", &count);
        if (code == SQLITE_OK && count == 0) {
            code = run(store->db, schema_sql);
            code = code == SQLITE_OK ? run(store->db, marks) : code;
            code = code == SQLITE_OK ? put_words(store->db) : code;
            code = code == SQLITE_OK ? put_meta(store) : code;
        }
        code = code == SQLITE_OK ? run(store->db, "COMMIT") : code;
    }
    if (!sqlite3_get_autocommit(store->db)) {
        (void)run(store->db, "ROLLBACK");
    }
    return code;
}

/* --- the states of a database --- */

typedef enum state {
    STATE_GOOD,
    STATE_EMPTY,
    STATE_FOREIGN,
    STATE_UNTRUSTED,   /* to be dropped */
    STATE_UNAVAILABLE, /* cannot be read now */
} state;

static state unavailable(rwg__store *store, int code) {
    (void)snprintf(store->why, sizeof store->why, "%s", sqlite3_errstr(code));
    return STATE_UNAVAILABLE;
}

static state untrusted(rwg__store *store, const char *why) {
    (void)snprintf(store->why, sizeof store->why, "%s", why);
    return STATE_UNTRUSTED;
}

/* A read failed: because of what is in the file, or because of what is around it. */
static state failed(rwg__store *store, int code) {
    return rwg__is_damage(code) ? untrusted(store, "it was damaged") : unavailable(store, code);
}

static state check_format(rwg__store *store) {
    int64_t mark = 0;
    int64_t format = 0;
    int64_t count = 0;
    int64_t utf8 = 0;
    int code = read_number(store->db, "PRAGMA application_id", &mark);
    code = code == SQLITE_OK ? read_number(store->db, "PRAGMA user_version", &format) : code;
    code = code == SQLITE_OK ? read_number(store->db, "SELECT count(*) FROM sqlite_schema", &count)
                             : code;
    code = code == SQLITE_OK ? read_utf8(store->db, &utf8) : code;
    if (code != SQLITE_OK) {
        return failed(store, code);
    }
    if (store->writable && sqlite3_db_readonly(store->db, "main") != 0) {
        return untrusted(store, "it was damaged"); /* its header asks SQLite not to write it */
    }
    if (count == 0) {
        return STATE_EMPTY;
    }
    if (mark != RWG__STORE_APPLICATION) {
        return mark == 0 ? STATE_FOREIGN : untrusted(store, "it was damaged");
    }
    if (!utf8) {
        return untrusted(store, "it was damaged"); /* texts are read as the bytes they were */
    }
    if (format != RWG__STORE_FORMAT) {
        (void)snprintf(
            store->why,
            sizeof store->why,
            "it has format %lld and this version of rwgraph uses format %d",
            (long long)format,
            RWG__STORE_FORMAT
        );
        return STATE_UNTRUSTED;
    }
    return STATE_GOOD;
}

static state check(rwg__store *store) {
    state found = check_format(store);
    if (found != STATE_GOOD) {
        return found;
    }
    rwg__arena arena;
    rwg__arena_init(&arena, store->mem);
    rwg__row meta;
    uint64_t schema = 0;
    int code = rwg__meta_read(store->db, &arena, &meta);
    code = code == SQLITE_OK ? read_schema_sum(store->db, &schema) : code;
    if (code != SQLITE_OK) {
        found = failed(store, code);
    } else if (schema != (uint64_t)meta.cells[RWG__META_SCHEMA].number) {
        found = untrusted(store, "it was damaged");
    } else if (memcmp(meta.cells[RWG__META_KEY].bytes.ptr, store->key.bytes, sizeof store->key) != 0) {
        found = untrusted(
            store, "it was made with another configuration or another version of rwgraph"
        );
    }
    rwg__arena_deinit(&arena);
    return found;
}

/* --- dropping --- */

static rwg_str notice(rwg__arena *arena, const char *format, const char *why) {
    char text[sizeof((rwg__store *)0)->why + 128];
    (void)snprintf(text, sizeof text, format, why);
    return rwg__arena_str(arena, rwg__str_c(text));
}

static void give_up(rwg__store *store, const char *why) {
    if (why != store->why) {
        (void)snprintf(store->why, sizeof store->why, "%s", why);
    }
    (void)sqlite3_close(store->db);
    store->db = NULL;
    store->writable = false;
}

/* Empties whatever is in the file, however damaged: SQLite's own procedure, under its own locks. */
static int reset(sqlite3 *db) {
    int code = sqlite3_db_config(db, SQLITE_DBCONFIG_RESET_DATABASE, 1, 0);
    if (code == SQLITE_OK) {
        code = run(db, "VACUUM");
    }
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_RESET_DATABASE, 0, 0);
    return code;
}

/* The same over a new connection: one that has believed a header which says "read only", or that
 * texts are UTF-16, goes on believing it. */
static int reset_anew(rwg__store *store) {
    rwg__arena arena;
    rwg__arena_init(&arena, store->mem);
    const char *path = sqlite3_db_filename(store->db, "main");
    path = rwg__arena_str(&arena, rwg__str_c(path)).ptr;
    (void)sqlite3_close(store->db);
    store->db = NULL;
    int code = sqlite3_open_v2(path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK) {
        (void)sqlite3_busy_timeout(store->db, BUSY_MS);
        code = reset(store->db);
    }
    (void)sqlite3_close(store->db);
    store->db = NULL;
    code = code == SQLITE_OK ? connect(store, path) : code;
    rwg__arena_deinit(&arena);
    return code;
}

bool rwg__store_drop(
    rwg__store *store, const char *reason, rwg__arena *arena, rwg_str *out_notice
) {
    char why[sizeof store->why];
    (void)snprintf(why, sizeof why, "%s", reason); /* may be store->why itself */
    if (!sqlite3_get_autocommit(store->db)) {
        (void)run(store->db, "ROLLBACK");
    }
    store->known = false;
    int64_t utf8 = 1;
    (void)read_utf8(store->db, &utf8);
    int code = store->writable && utf8 ? reset(store->db) : SQLITE_READONLY;
    if (store->writable && (code & 0xFF) == SQLITE_READONLY) {
        code = reset_anew(store);
    }
    if (code == SQLITE_OK) {
        code = run(store->db, "PRAGMA journal_mode=WAL");
    }
    if (code == SQLITE_OK) {
        code = write_schema(store);
    }
    if (code == SQLITE_OK) {
        *out_notice = notice(arena, "the cache was discarded: %s", why);
        return true;
    }
    *out_notice = notice(arena, "the cache cannot be used: %s, and it could not be emptied", why);
    give_up(store, sqlite3_errstr(code));
    return false;
}

/* --- opening --- */

/* A "file:" URI with immutable=1: the only way to read a database in WAL mode from a folder that
 * cannot be written. Should somebody write it meanwhile after all, the checksums find out. */
static void make_immutable_uri(const char *path, char *out, size_t size) {
    size_t len = (size_t)snprintf(out, size, "file:");
    for (const char *c = path; *c && len + 4 < size; c++) {
        bool plain = *c != '?' && *c != '#' && *c != '%';
        len += (size_t)snprintf(out + len, size - len, plain ? "%c" : "%%%02x", (unsigned)*c);
    }
    (void)snprintf(out + len, size - len, "?immutable=1");
}

int rwg__connect_reader(const char *path, sqlite3 **out) {
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
    int64_t count;
    int code = sqlite3_open_v2(path, out, flags, NULL);
    (void)sqlite3_busy_timeout(*out, BUSY_MS);
    code =
        code == SQLITE_OK ? read_number(*out, "SELECT count(*) FROM sqlite_schema", &count) : code;
    int kind = code & 0xFF;
    if (kind == SQLITE_CANTOPEN || kind == SQLITE_READONLY || kind == SQLITE_PERM) {
        char uri[3 * RWG_LIMIT_PATH + 32];
        make_immutable_uri(path, uri, sizeof uri);
        (void)sqlite3_close(*out);
        code = sqlite3_open_v2(uri, out, flags | SQLITE_OPEN_URI, NULL);
    }
    return code;
}

/* Opens the file and says in what state it is. Where it cannot be opened for writing, reading is
 * tried. */
static state open_file(rwg__store *store, const char *path) {
    int code = connect(store, path);
    state found = code == SQLITE_OK ? check(store) : unavailable(store, code);
    int kind = found == STATE_UNAVAILABLE ? sqlite3_errcode(store->db) & 0xFF : SQLITE_OK;
    struct stat st;
    bool blocked = kind == SQLITE_CANTOPEN || kind == SQLITE_READONLY || kind == SQLITE_PERM;
    if (blocked && stat(path, &st) == 0) {
        (void)sqlite3_close(store->db);
        store->writable = false;
        code = rwg__connect_reader(path, &store->db);
        found = code == SQLITE_OK ? check(store) : unavailable(store, code);
    }
    return found;
}

/* Acts on the state; false when there is nothing to go on with. */
static bool
settle(rwg__store *store, state found, rwg__arena *arena, rwg_str *out_notice, bool *out_dropped) {
    switch (found) {
    case STATE_GOOD: break;
    case STATE_EMPTY: {
        int code = store->writable ? write_schema(store) : SQLITE_READONLY;
        if (code != SQLITE_OK) {
            *out_notice = notice(arena, "the cache cannot be written: %s", sqlite3_errstr(code));
            return false;
        }
        return true;
    }
    case STATE_FOREIGN:
        *out_notice = notice(arena, "%s, so there is no cache", "this database is not rwgraph's");
        return false;
    case STATE_UNTRUSTED:
        *out_dropped = rwg__store_drop(store, store->why, arena, out_notice);
        return *out_dropped;
    case STATE_UNAVAILABLE:
        *out_notice = notice(arena, "the cache cannot be read: %s", store->why);
        return false;
    }
    if (!store->writable) {
        *out_notice = notice(arena, "the cache is only read: %s", "it cannot be written");
    }
    return true;
}

/* Seven parameters, because three results are separate: a store, what to tell the user, and whether
 * something was lost. */
// NOLINTNEXTLINE(readability-function-size)
void rwg__store_open(
    rwg__mem *mem,
    rwg_str path,
    rwg_hash key,
    rwg__arena *arena,
    rwg__store **out,
    rwg_str *out_notice,
    bool *out_dropped
) {
    *out = NULL;
    *out_notice = RWG_STR("");
    *out_dropped = false;
    const char *name = rwg__arena_str(arena, path).ptr;
    int error = make_folder(path);
    if (error != 0) {
        *out_notice = notice(arena, "the cache cannot be made: %s", strerror(error));
        return;
    }
    if (is_foreign(name)) {
        *out_notice = notice(arena, "%s, so there is no cache", "this file is not rwgraph's");
        return;
    }
    rwg__store *store = rwg__mem_zalloc(mem, sizeof *store);
    store->mem = mem;
    store->key = key;
    if (settle(store, open_file(store, name), arena, out_notice, out_dropped)) {
        *out = store;
    } else {
        rwg__store_close(store);
    }
}

void rwg__store_close(rwg__store *store) {
    if (!store) {
        return;
    }
    (void)sqlite3_close(store->db);
    for (int table = 0; table < RWG__TABLE_COUNT; table++) {
        rwg__vec_free(&store->sums[table], store->mem);
    }
    rwg__mem_free(store->mem, store, sizeof *store);
}
