/* One table, two prepared statements, and a list of values that wait to be written. */
#include "dev/cache.h"

#include <rwgraph/sys/runtime.h>

#include "base/hash.h"
#include "base/str.h"
#include "base/vec.h"

#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

/* Another format, another file content: user_version says which. */
#define CACHE_FORMAT 1
/* Values that wait before they are written without being asked. */
#define MAX_PENDING 512u
#define MAX_PATH    4100u

typedef struct pending {
    rwg_hash key;
    char *bytes;
    uint32_t len;
} pending;

struct rwb__cache {
    rwg__mem *mem;
    sqlite3 *db;
    sqlite3_stmt *get;
    sqlite3_stmt *put;
    sqlite3_stmt *touch;
    RWG_VEC(pending) waiting;
    RWG_VEC(rwg_hash) used; /* read in this session: their day is written with the next values */
    int64_t day;
    rwb__cache_stats stats;
    bool damaged; /* the file goes when it is closed: the next start begins anew */
    char path[MAX_PATH];
};

typedef enum open_result {
    OPENED,
    USELESS, /* not ours, of another format, or damaged: nobody loses anything with it */
    BLOCKED, /* not for us now: no permission, no space, or somebody else is at work in it */
} open_result;

static bool run(sqlite3 *db, const char *sql) {
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static int64_t user_version(sqlite3 *db) {
    sqlite3_stmt *statement = NULL;
    int64_t version = -1;
    if (sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        version = sqlite3_column_int64(statement, 0);
    }
    (void)sqlite3_finalize(statement);
    return version;
}

/* Empties the table unless this very program has filled it. */
static bool check_stamp(sqlite3 *db, rwg_str stamp) {
    sqlite3_stmt *statement = NULL;
    bool same = false;
    if (sqlite3_prepare_v2(db, "SELECT 1 FROM stamp WHERE text = ?", -1, &statement, NULL) ==
        SQLITE_OK) {
        (void)sqlite3_bind_text(statement, 1, stamp.ptr, (int)stamp.len, SQLITE_STATIC);
        same = sqlite3_step(statement) == SQLITE_ROW;
    }
    (void)sqlite3_finalize(statement);
    if (same) {
        return true;
    }
    bool written = false;
    if (run(db, "BEGIN IMMEDIATE; DELETE FROM compiled; DELETE FROM stamp") &&
        sqlite3_prepare_v2(db, "INSERT INTO stamp VALUES (?)", -1, &statement, NULL) == SQLITE_OK) {
        (void)sqlite3_bind_text(statement, 1, stamp.ptr, (int)stamp.len, SQLITE_STATIC);
        written = sqlite3_step(statement) == SQLITE_DONE;
        (void)sqlite3_finalize(statement);
    }
    return run(db, written ? "COMMIT" : "ROLLBACK") && written;
}

static bool is_damage(int code) {
    return (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
}

static open_result open_failed(const rwb__cache *c) {
    return is_damage(sqlite3_errcode(c->db)) ? USELESS : BLOCKED;
}

static open_result open_file(rwb__cache *c, const char *path, rwg_str stamp) {
    if (sqlite3_open_v2(
            path, &c->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL
        ) != SQLITE_OK) {
        return BLOCKED;
    }
    (void)sqlite3_busy_timeout(c->db, 2000);
    static const char SCHEMA[] =
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
        "CREATE TABLE IF NOT EXISTS compiled (key BLOB PRIMARY KEY, day INTEGER NOT NULL,"
        " value BLOB NOT NULL) WITHOUT ROWID;"
        "CREATE TABLE IF NOT EXISTS stamp (text TEXT NOT NULL);";
    int64_t version = user_version(c->db);
    if (version < 0) {
        return open_failed(c);
    }
    if (version != 0 && version != CACHE_FORMAT) {
        return USELESS;
    }
    char format[64];
    (void)snprintf(format, sizeof format, "PRAGMA user_version = %d", CACHE_FORMAT);
    bool done = run(c->db, SCHEMA) && (version == CACHE_FORMAT || run(c->db, format)) &&
                check_stamp(c->db, stamp) &&
                sqlite3_prepare_v3(
                    c->db,
                    "SELECT value FROM compiled WHERE key = ?",
                    -1,
                    SQLITE_PREPARE_PERSISTENT,
                    &c->get,
                    NULL
                ) == SQLITE_OK &&
                sqlite3_prepare_v3(
                    c->db,
                    "INSERT OR REPLACE INTO compiled (key, day, value) VALUES (?, ?, ?)",
                    -1,
                    SQLITE_PREPARE_PERSISTENT,
                    &c->put,
                    NULL
                ) == SQLITE_OK &&
                sqlite3_prepare_v3(
                    c->db,
                    "UPDATE compiled SET day = ?2 WHERE key = ?1 AND day < ?2",
                    -1,
                    SQLITE_PREPARE_PERSISTENT,
                    &c->touch,
                    NULL
                ) == SQLITE_OK;
    return done ? OPENED : open_failed(c);
}

static void close_file(rwb__cache *c) {
    (void)sqlite3_finalize(c->get);
    (void)sqlite3_finalize(c->put);
    (void)sqlite3_finalize(c->touch);
    (void)sqlite3_close_v2(c->db);
    c->get = c->put = c->touch = NULL;
    c->db = NULL;
}

static void remove_file(const char *path) {
    static const char *const ENDINGS[] = {"", "-wal", "-shm"};
    char name[MAX_PATH + 8];
    for (int i = 0; i < 3; i++) {
        (void)snprintf(name, sizeof name, "%s%s", path, ENDINGS[i]);
        (void)remove(name);
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

rwb__cache *rwb__cache_open(rwg__mem *mem, rwg_str path, rwg_str stamp, rwg__buf *out_notice) {
    rwb__cache *c = rwg__mem_zalloc(mem, sizeof *c);
    c->mem = mem;
    c->day = (int64_t)time(NULL) / 86400;
    (void)snprintf(c->path, sizeof c->path, "%.*s", (int)path.len, path.ptr);
    struct stat st;
    if (stat(c->path, &st) == 0) {
        c->stats.bytes = (uint64_t)st.st_size;
    }
    open_result result = open_file(c, c->path, stamp);
    if (result == USELESS) {
        close_file(c);
        remove_file(c->path);
        result = open_file(c, c->path, stamp);
        if (result == OPENED) {
            rwg__buf_printf(out_notice, "%s could not be read and was begun anew", c->path);
        }
    }
    if (result == OPENED) {
        return c;
    }
    close_file(c);
    rwg__buf_printf(
        out_notice, "%s cannot be written; nothing is kept for the next start", c->path
    );
    rwg__mem_free(mem, c, sizeof *c);
    return NULL;
}

void rwb__cache_close(rwb__cache *c) {
    if (c) {
        rwb__cache_flush(c);
        close_file(c);
        if (c->damaged) {
            remove_file(c->path);
        }
        rwg__vec_free(&c->waiting, c->mem);
        rwg__vec_free(&c->used, c->mem);
        rwg__mem_free(c->mem, c, sizeof *c);
    }
}

bool rwb__cache_get(rwb__cache *c, rwg_hash key, rwg__buf *out) {
    rwg__buf_clear(out);
    for (uint32_t i = 0; i < c->waiting.len; i++) {
        if (rwg__hash_equal(c->waiting.ptr[i].key, key)) {
            rwg__buf_add(out, (rwg_str){c->waiting.ptr[i].bytes, c->waiting.ptr[i].len});
            return true;
        }
    }
    (void)sqlite3_bind_blob(c->get, 1, key.bytes, sizeof key.bytes, SQLITE_STATIC);
    int step = sqlite3_step(c->get);
    bool found = step == SQLITE_ROW;
    c->damaged |= is_damage(step);
    if (found) {
        const char *bytes = sqlite3_column_blob(c->get, 0);
        rwg__buf_add(out, rwg__str(bytes, (size_t)sqlite3_column_bytes(c->get, 0)));
        *rwg__vec_push(&c->used, c->mem) = key;
        c->stats.hits++;
    } else {
        c->stats.misses++;
    }
    (void)sqlite3_reset(c->get);
    return found;
}

void rwb__cache_put(rwb__cache *c, rwg_hash key, rwg_str value) {
    char *bytes = rwg__mem_zalloc(c->mem, value.len + 1u);
    memcpy(bytes, value.ptr, value.len);
    *rwg__vec_push(&c->waiting, c->mem) = (pending){key, bytes, value.len};
    if (c->waiting.len >= MAX_PENDING) {
        rwb__cache_flush(c);
    }
}

/* A write that fails loses values of a cache, and nothing else. */
void rwb__cache_flush(rwb__cache *c) {
    if (c->waiting.len == 0 && c->used.len == 0) {
        return;
    }
    bool open = run(c->db, "BEGIN IMMEDIATE");
    for (uint32_t i = 0; i < c->waiting.len; i++) {
        pending *p = &c->waiting.ptr[i];
        if (open) {
            (void)sqlite3_bind_blob(c->put, 1, p->key.bytes, sizeof p->key.bytes, SQLITE_STATIC);
            (void)sqlite3_bind_int64(c->put, 2, c->day);
            (void)sqlite3_bind_blob(c->put, 3, p->bytes, (int)p->len, SQLITE_STATIC);
            int step = sqlite3_step(c->put);
            c->stats.writes += step == SQLITE_DONE;
            c->damaged |= is_damage(step);
            (void)sqlite3_reset(c->put);
        }
        rwg__mem_free(c->mem, p->bytes, p->len + 1u);
    }
    for (uint32_t i = 0; open && i < c->used.len; i++) {
        (void)sqlite3_bind_blob(
            c->touch, 1, c->used.ptr[i].bytes, sizeof c->used.ptr[i].bytes, SQLITE_STATIC
        );
        (void)sqlite3_bind_int64(c->touch, 2, c->day);
        (void)sqlite3_step(c->touch);
        (void)sqlite3_reset(c->touch);
    }
    c->waiting.len = 0;
    c->used.len = 0;
    if (open && !run(c->db, "COMMIT")) {
        (void)run(c->db, "ROLLBACK");
    }
}

uint32_t rwb__cache_pending(const rwb__cache *c) {
    return c->waiting.len;
}

void rwb__cache_trim(rwb__cache *c, uint64_t bytes, uint32_t days) {
    rwb__cache_flush(c);
    if (c->stats.bytes <= bytes) {
        return;
    }
    char sql[160];
    (void)snprintf(
        sql,
        sizeof sql,
        "DELETE FROM compiled WHERE day < %lld; VACUUM",
        (long long)(c->day - (int64_t)days)
    );
    (void)run(c->db, sql);
}

rwb__cache_stats rwb__cache_stats_of(const rwb__cache *c) {
    return c->stats;
}
