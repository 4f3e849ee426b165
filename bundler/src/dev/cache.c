/* Two tables: what is known of each value, in small rows that are cheap to mark as used, and the
 * values themselves.
 *
 * The file is never deleted or replaced, since another server may have it open: what is damaged, or
 * of another format, is emptied in place by SQLite, under its locks. Rows carry a checksum over key
 * and value, because SQLite does not notice a bit that flips inside of a value. */
#include "dev/cache.h"

#include <rwgraph/sys/runtime.h>

#include "base/hash.h"
#include "base/str.h"
#include "base/vec.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Another format, another file content: user_version says which. */
#define CACHE_FORMAT 2
/* Values that wait before they are written without being asked, and that may wait while another
 * server writes. */
#define MAX_PENDING 512u
#define MAX_DELAYED (4u * MAX_PENDING)
#define MAX_PATH    4100u
/* Opening waits for others that create or repair the file; the loop waits for nobody. */
#define OPEN_WAIT_MS  2000
#define WRITE_WAIT_MS 20
#define OPEN_TRIES    50

typedef struct pending {
    rwg_hash key;
    char *bytes;
    uint32_t len;
} pending;

typedef enum statement {
    GET,
    PUT_ENTRY,
    PUT_VALUE,
    TOUCH,
    TOTAL,
    STATEMENT_COUNT,
} statement;

struct rwb__cache {
    rwg__mem *mem;
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENT_COUNT];
    RWG_VEC(pending) waiting;
    RWG_VEC(int64_t) used; /* entries read in this session: marked with the next values */
    rwb__cache_options options;
    rwg_hash stamp;
    int64_t session;
    rwb__cache_stats stats;
    bool broken; /* could not be repaired: nothing is read or written any more */
    bool said;
    char path[MAX_PATH];
};

static void complain(rwb__cache *c, const char *what) {
    if (c->said || !c->options.say) {
        return;
    }
    c->said = true;
    rwg__buf line;
    rwg__buf_init(&line, c->mem);
    rwg__buf_printf(&line, "%s %s", c->path, what);
    c->options.say(c->options.payload, true, rwg__buf_str(&line));
    rwg__buf_deinit(&line);
}

static const char CANNOT_WRITE[] = "cannot be written; nothing is kept for the next start";
static const char BEGUN_ANEW[] = "could not be read and was begun anew";

/* --- SQLite --- */

static int run(sqlite3 *db, const char *sql) {
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

static bool is_damage(int code) {
    return (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
}

static bool is_busy(int code) {
    return (code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED;
}

/* The first column of the first row, or `otherwise`. */
static int ask(sqlite3 *db, const char *sql, int64_t *out) {
    sqlite3_stmt *s = NULL;
    int code = sqlite3_prepare_v2(db, sql, -1, &s, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_step(s);
        if (code == SQLITE_ROW) {
            *out = sqlite3_column_int64(s, 0);
            code = SQLITE_OK;
        }
    }
    (void)sqlite3_finalize(s);
    return code;
}

static const char SCHEMA[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE IF NOT EXISTS state (session INTEGER NOT NULL);"
    "INSERT INTO state SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM state);"
    "CREATE TABLE IF NOT EXISTS entry (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE,"
    " session INTEGER NOT NULL, size INTEGER NOT NULL, sum INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS value (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);"
    "CREATE TRIGGER IF NOT EXISTS gone AFTER DELETE ON entry"
    " BEGIN DELETE FROM value WHERE id = old.id; END;"
    "PRAGMA user_version = 2;"
    "COMMIT";
static_assert(CACHE_FORMAT == 2, "the schema says its format");

static const char *const TEXTS[STATEMENT_COUNT] = {
    [GET] = "SELECT entry.id, sum, bytes, session FROM entry JOIN value USING (id) WHERE key = ?",
    [PUT_ENTRY] = "INSERT OR IGNORE INTO entry (key, session, size, sum) VALUES (?, ?, ?, ?)",
    [PUT_VALUE] = "INSERT OR REPLACE INTO value (id, bytes) VALUES (?, ?)",
    [TOUCH] = "UPDATE entry SET session = ?2 WHERE id = ?1 AND session < ?2",
    [TOTAL] = "SELECT total(size) FROM entry",
};

static int prepare(rwb__cache *c) {
    int code = SQLITE_OK;
    for (int i = 0; i < STATEMENT_COUNT && code == SQLITE_OK; i++) {
        code = sqlite3_prepare_v3(
            c->db, TEXTS[i], -1, SQLITE_PREPARE_PERSISTENT, &c->statements[i], NULL
        );
    }
    return code;
}

static void finalize(rwb__cache *c) {
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        (void)sqlite3_finalize(c->statements[i]);
        c->statements[i] = NULL;
    }
}

static int64_t total(rwb__cache *c) {
    sqlite3_stmt *s = c->statements[TOTAL];
    int64_t bytes = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
    (void)sqlite3_reset(s);
    return bytes;
}

/* --- opening --- */

/* Empties a file that is damaged, or none of ours. Nobody loses anything with it. */
static int empty(rwb__cache *c) {
    int64_t version = 0;
    finalize(c);
    (void)ask(c->db, "PRAGMA user_version", &version); /* the schema has to have been read */
    (void)run(c->db, "PRAGMA auto_vacuum = INCREMENTAL");
    (void)sqlite3_db_config(c->db, SQLITE_DBCONFIG_RESET_DATABASE, 1, NULL);
    int code = run(c->db, "VACUUM");
    (void)sqlite3_db_config(c->db, SQLITE_DBCONFIG_RESET_DATABASE, 0, NULL);
    return code;
}

static int open_tables(rwb__cache *c) {
    int64_t version = 0;
    int code = ask(c->db, "PRAGMA user_version", &version);
    if (code == SQLITE_OK && version != 0 && version != CACHE_FORMAT) {
        return SQLITE_NOTADB;
    }
    if (code == SQLITE_OK && version == 0) {
        (void)run(c->db, "PRAGMA auto_vacuum = INCREMENTAL");
        code = run(c->db, "PRAGMA journal_mode = WAL");
        if (code == SQLITE_OK) {
            code = run(c->db, SCHEMA);
            if (code != SQLITE_OK && !sqlite3_get_autocommit(c->db)) {
                (void)run(c->db, "ROLLBACK");
            }
        }
    }
    if (code == SQLITE_OK) {
        (void)run(c->db, "PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 4194304");
        code = prepare(c);
    }
    /* Tables of that name that somebody else has made. */
    return code == SQLITE_ERROR ? SQLITE_NOTADB : code;
}

/* Another server that creates the file at the same moment makes this one wait. */
static int open_patiently(rwb__cache *c) {
    int code = open_tables(c);
    for (int i = 0; is_busy(code) && i < OPEN_TRIES; i++) {
        finalize(c);
        (void)sqlite3_sleep(10);
        code = open_tables(c);
    }
    return code;
}

/* Makes an empty cache of a file that cannot be one as it is. */
static int begin_anew(rwb__cache *c) {
    int code = empty(c);
    return code == SQLITE_OK ? open_patiently(c) : code;
}

static void collect(rwb__cache *c);

/* Counts this session and drops what is too old. */
static int count_session(rwb__cache *c) {
    char sql[160];
    (void)snprintf(
        sql,
        sizeof sql,
        "BEGIN IMMEDIATE; UPDATE state SET session = session + 1;"
        "DELETE FROM entry WHERE session <= (SELECT session FROM state) - %u; COMMIT",
        c->options.max_sessions
    );
    int code = run(c->db, c->options.max_sessions ? sql : "UPDATE state SET session = session + 1");
    if (!sqlite3_get_autocommit(c->db)) {
        (void)run(c->db, "ROLLBACK");
    }
    return code;
}

/* A file that SQLite would only read, although it could be written, says that a later format is
 * needed for that. */
static bool is_of_the_future(const rwb__cache *c, int code) {
    return code == SQLITE_READONLY && access(c->path, W_OK) == 0;
}

/* A disk that is full does not keep us from reading what there is. */
static void begin_session(rwb__cache *c) {
    int code = count_session(c);
    if (is_of_the_future(c, code) || is_damage(code)) {
        code = begin_anew(c);
        if (code == SQLITE_OK) {
            complain(c, BEGUN_ANEW);
            code = count_session(c);
        }
        c->broken = code != SQLITE_OK;
    }
    if (code != SQLITE_OK && !is_busy(code)) {
        complain(c, CANNOT_WRITE);
    }
    if (!c->broken) {
        (void)ask(c->db, "SELECT session FROM state", &c->session);
        collect(c);
    }
}

void rwb__cache_stamp(rwg__buf *out) {
    struct stat st;
    rwg__buf_printf(out, "%s", rwg_version_string());
    if (stat("/proc/self/exe", &st) == 0) {
        rwg__buf_printf(
            out,
            " %lld %lld.%ld",
            (long long)st.st_size,
            (long long)st.st_mtim.tv_sec,
            (long)st.st_mtim.tv_nsec
        );
    }
}

rwb__cache *rwb__cache_open(rwg__mem *mem, const rwb__cache_options *options) {
    rwb__cache *c = rwg__mem_zalloc(mem, sizeof *c);
    c->mem = mem;
    c->options = *options;
    c->stamp = rwg__hash_bytes(options->stamp.ptr, options->stamp.len);
    (void)snprintf(c->path, sizeof c->path, "%.*s", (int)options->path.len, options->path.ptr);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    int code = sqlite3_open_v2(c->path, &c->db, flags, NULL);
    if (code == SQLITE_OK) {
        (void)sqlite3_extended_result_codes(c->db, 1);
        (void)sqlite3_busy_timeout(c->db, OPEN_WAIT_MS);
        code = open_patiently(c);
    }
    if (is_damage(code)) {
        code = begin_anew(c);
        if (code == SQLITE_OK) {
            complain(c, BEGUN_ANEW);
        }
    }
    if (code != SQLITE_OK) {
        complain(c, CANNOT_WRITE);
        finalize(c);
        (void)sqlite3_close_v2(c->db);
        rwg__mem_free(mem, c, sizeof *c);
        return NULL;
    }
    begin_session(c);
    (void)sqlite3_busy_timeout(c->db, WRITE_WAIT_MS);
    return c;
}

/* --- values --- */

/* What rows are found by: programs with other stamps never meet. */
static rwg_hash row_key(const rwb__cache *c, rwg_hash key) {
    unsigned char both[2 * sizeof key.bytes];
    memcpy(both, c->stamp.bytes, sizeof key.bytes);
    memcpy(both + sizeof key.bytes, key.bytes, sizeof key.bytes);
    return rwg__hash_bytes(both, sizeof both);
}

static int64_t checksum(rwg_hash key, rwg_str value) {
    uint64_t seed = 0;
    memcpy(&seed, key.bytes, sizeof seed);
    return (int64_t)(rwg__hash_quick(value.ptr, value.len) ^ seed);
}

/* Damage that shows only now. */
static void repair(rwb__cache *c) {
    int code = begin_anew(c);
    c->broken = code != SQLITE_OK;
    c->session = 0;
    c->used.len = 0;
    c->stats.bytes = 0;
    complain(c, c->broken ? "is damaged and is not used" : "was damaged and is begun anew");
}

static const pending *find_waiting(const rwb__cache *c, rwg_hash key) {
    for (uint32_t i = 0; i < c->waiting.len; i++) {
        if (rwg__hash_equal(c->waiting.ptr[i].key, key)) {
            return &c->waiting.ptr[i];
        }
    }
    return NULL;
}

bool rwb__cache_get(rwb__cache *c, rwg_hash asked, rwg__buf *out) {
    rwg__buf_clear(out);
    rwg_hash key = row_key(c, asked);
    const pending *p = find_waiting(c, key);
    if (p) {
        rwg__buf_add(out, (rwg_str){p->bytes, p->len});
        return true;
    }
    if (c->broken) {
        return false;
    }
    sqlite3_stmt *s = c->statements[GET];
    (void)sqlite3_bind_blob(s, 1, key.bytes, sizeof key.bytes, SQLITE_STATIC);
    int code = sqlite3_step(s);
    bool found = code == SQLITE_ROW;
    bool damaged = is_damage(code);
    if (found) {
        const char *bytes = sqlite3_column_blob(s, 2);
        rwg_str value = rwg__str(bytes, (size_t)sqlite3_column_bytes(s, 2));
        found = checksum(key, value) == sqlite3_column_int64(s, 1);
        damaged = !found;
        if (found) {
            rwg__buf_add(out, value);
            if (sqlite3_column_int64(s, 3) < c->session) {
                *rwg__vec_push(&c->used, c->mem) = sqlite3_column_int64(s, 0);
            }
        }
    }
    (void)sqlite3_reset(s);
    if (damaged) {
        repair(c);
    }
    c->stats.hits += found;
    c->stats.misses += !found;
    return found;
}

void rwb__cache_put(rwb__cache *c, rwg_hash key, rwg_str value) {
    if (c->broken) {
        return;
    }
    char *bytes = rwg__mem_zalloc(c->mem, value.len + 1u);
    memcpy(bytes, value.ptr, value.len);
    *rwg__vec_push(&c->waiting, c->mem) = (pending){row_key(c, key), bytes, value.len};
    if (c->waiting.len % MAX_PENDING == 0) {
        rwb__cache_flush(c);
    }
}

/* --- writing --- */

/* Another server may have written the same meanwhile, which is then left alone. */
static int write_value(rwb__cache *c, const pending *p) {
    sqlite3_stmt *s = c->statements[PUT_ENTRY];
    rwg_str value = {p->bytes, p->len};
    (void)sqlite3_bind_blob(s, 1, p->key.bytes, sizeof p->key.bytes, SQLITE_STATIC);
    (void)sqlite3_bind_int64(s, 2, c->session);
    (void)sqlite3_bind_int64(s, 3, p->len);
    (void)sqlite3_bind_int64(s, 4, checksum(p->key, value));
    int code = sqlite3_step(s);
    (void)sqlite3_reset(s);
    if (code != SQLITE_DONE || sqlite3_changes(c->db) == 0) {
        return code;
    }
    s = c->statements[PUT_VALUE];
    (void)sqlite3_bind_int64(s, 1, sqlite3_last_insert_rowid(c->db));
    (void)sqlite3_bind_blob(s, 2, p->bytes, (int)p->len, SQLITE_STATIC);
    code = sqlite3_step(s);
    (void)sqlite3_reset(s);
    return code;
}

static int touch(rwb__cache *c, int64_t id) {
    sqlite3_stmt *s = c->statements[TOUCH];
    (void)sqlite3_bind_int64(s, 1, id);
    (void)sqlite3_bind_int64(s, 2, c->session);
    int code = sqlite3_step(s);
    (void)sqlite3_reset(s);
    return code;
}

/* All of it or nothing. */
static int write_all(rwb__cache *c) {
    int code = run(c->db, "BEGIN IMMEDIATE");
    if (code != SQLITE_OK) {
        return code;
    }
    code = SQLITE_DONE;
    for (uint32_t i = 0; code == SQLITE_DONE && i < c->waiting.len; i++) {
        code = write_value(c, &c->waiting.ptr[i]);
    }
    for (uint32_t i = 0; code == SQLITE_DONE && i < c->used.len; i++) {
        code = touch(c, c->used.ptr[i]);
    }
    if (code == SQLITE_DONE) {
        code = run(c->db, "COMMIT");
    }
    if (!sqlite3_get_autocommit(c->db)) {
        (void)run(c->db, "ROLLBACK");
    }
    return code;
}

/* Drops the oldest of what is more than the limit, down to three quarters of it, so that this is
 * not done with every value; and gives room back, 20 MB at a time, since a start waits for it. */
static void collect(rwb__cache *c) {
    c->stats.bytes = (uint64_t)total(c);
    if (c->options.max_bytes > 0 && c->stats.bytes > c->options.max_bytes) {
        char sql[320];
        (void)snprintf(
            sql,
            sizeof sql,
            "DELETE FROM entry WHERE id IN (SELECT id FROM (SELECT id,"
            " total(size) OVER (ORDER BY session DESC, id DESC) AS kept FROM entry)"
            " WHERE kept > %" PRIu64 ")",
            c->options.max_bytes / 4 * 3
        );
        (void)run(c->db, sql);
        c->stats.bytes = (uint64_t)total(c);
    }
    (void)run(c->db, "PRAGMA incremental_vacuum(5000)");
}

static void drop_waiting(rwb__cache *c) {
    for (uint32_t i = 0; i < c->waiting.len; i++) {
        rwg__mem_free(c->mem, c->waiting.ptr[i].bytes, c->waiting.ptr[i].len + 1u);
    }
    c->waiting.len = 0;
    c->used.len = 0;
}

/* A write that fails loses values of a cache, and nothing else. */
void rwb__cache_flush(rwb__cache *c) {
    if (c->broken || (c->waiting.len == 0 && c->used.len == 0)) {
        return;
    }
    int code = write_all(c);
    if (is_damage(code)) {
        repair(c);
        code = c->broken ? code : write_all(c);
    }
    if (is_busy(code) && c->waiting.len < MAX_DELAYED) {
        return;
    }
    if (code == SQLITE_OK) {
        c->stats.writes += c->waiting.len;
        for (uint32_t i = 0; i < c->waiting.len; i++) {
            c->stats.bytes += c->waiting.ptr[i].len;
        }
    }
    drop_waiting(c);
    if (code != SQLITE_OK && !is_busy(code)) {
        complain(c, CANNOT_WRITE);
    } else if (c->options.max_bytes > 0 && c->stats.bytes > c->options.max_bytes) {
        collect(c);
    }
}

void rwb__cache_close(rwb__cache *c) {
    if (!c) {
        return;
    }
    (void)sqlite3_busy_timeout(c->db, OPEN_WAIT_MS);
    rwb__cache_flush(c);
    drop_waiting(c);
    finalize(c);
    (void)sqlite3_close_v2(c->db);
    rwg__vec_free(&c->waiting, c->mem);
    rwg__vec_free(&c->used, c->mem);
    rwg__mem_free(c->mem, c, sizeof *c);
}

rwb__cache_stats rwb__cache_stats_of(const rwb__cache *c) {
    return c->stats;
}
