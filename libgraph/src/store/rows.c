/* Rows, their checksums and their statements. See rows.h. */
#include "store/rows.h"

#include "base/hash.h"
#include "base/str.h"
#include "record/varint.h"

#include <stdio.h>

/* Columns in the order of the enums of rows.h, and their types: i number, t text, b bytes; T and B
 * may be NULL. */
static const struct {
    const char *name;
    const char *columns;
    const char *types;
} tables[RWG__TABLE_COUNT] = {
    [RWG__TABLE_META] = {"meta", "key,schema,generation,total,rows,loose,envs", "biiiiit"},
    [RWG__TABLE_SHARED] = {"shared", "texts", "t"},
    [RWG__TABLE_FILE] =
        {"file",
         "path,package,hints,content,flags,nodes,entries,links,dirs,imports,problems,record",
         "ttbbiiitbtTB"},
    [RWG__TABLE_DIR] = {"dir", "path,listing,hints,walked", "tbbi"},
    [RWG__TABLE_INPUT] = {"input", "path,content,hints", "tbb"},
    [RWG__TABLE_DIAG] = {"diag", "file,envs,code,severity,start,end,line,message,fix", "iiiiiiitt"},
    [RWG__TABLE_DEP] = {"dep", "env,specifier", "it"},
};

const char *rwg__table_name(rwg__table table) {
    return tables[table].name;
}

uint64_t rwg__row_sum(rwg__table table, const rwg__row *row) {
    const char *types = tables[table].types;
    uint64_t words[2 + 2 * RWG__CELLS_MAX] = {(uint64_t)table, row->id};
    uint32_t count = 2;
    for (uint32_t i = 0; types[i]; i++) {
        const rwg__cell *cell = &row->cells[i];
        if (types[i] == 'i') {
            words[count++] = (uint64_t)cell->number;
        } else {
            words[count++] = cell->bytes.ptr ? (uint64_t)cell->bytes.len + 1 : 0;
            words[count++] = rwg__hash_quick(cell->bytes.ptr, cell->bytes.len);
        }
    }
    uint64_t sum = rwg__hash_quick(words, count * sizeof words[0]);
    return sum ? sum : 1;
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql) {
    sqlite3_stmt *stmt = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK) {
        return NULL;
    }
    return stmt;
}

sqlite3_stmt *rwg__row_select(sqlite3 *db, rwg__table table) {
    char sql[256];
    (void)snprintf(
        sql,
        sizeof sql,
        "SELECT id,sum,%s FROM %s ORDER BY id",
        tables[table].columns,
        tables[table].name
    );
    return prepare(db, sql);
}

sqlite3_stmt *rwg__row_insert(sqlite3 *db, rwg__table table) {
    char sql[256];
    char marks[2 * RWG__CELLS_MAX + 1] = "";
    size_t count = strlen(tables[table].types);
    for (size_t i = 0; i < count; i++) {
        memcpy(marks + 2 * i, ",?", 3);
    }
    (void)snprintf(
        sql,
        sizeof sql,
        "INSERT OR REPLACE INTO %s(id,sum,%s) VALUES(?,?%s)",
        tables[table].name,
        tables[table].columns,
        marks
    );
    return prepare(db, sql);
}

sqlite3_stmt *rwg__row_delete(sqlite3 *db, rwg__table table) {
    char sql[64];
    (void)snprintf(sql, sizeof sql, "DELETE FROM %s WHERE id=?", tables[table].name);
    return prepare(db, sql);
}

/* One cell of the expected type; the order of the calls is the one that SQLite asks for. */
static bool read_cell(sqlite3_stmt *stmt, int column, char type, rwg__cell *out) {
    int stored = sqlite3_column_type(stmt, column);
    *out = (rwg__cell){0};
    if (type == 'i') {
        out->number = sqlite3_column_int64(stmt, column);
        return stored == SQLITE_INTEGER;
    }
    if (stored == SQLITE_NULL) {
        return type == 'T' || type == 'B';
    }
    bool is_text = type == 't' || type == 'T';
    if (stored != (is_text ? SQLITE_TEXT : SQLITE_BLOB)) {
        return false;
    }
    /* Of a text, too: with the NUL that sqlite3_column_text promises, each would be copied. */
    const char *bytes = sqlite3_column_blob(stmt, column);
    int len = sqlite3_column_bytes(stmt, column);
    out->bytes = (rwg_str){bytes ? bytes : "", (uint32_t)len};
    return len == 0 || bytes;
}

bool rwg__row_take(sqlite3_stmt *stmt, rwg__table table, rwg__row *out, uint64_t *out_sum) {
    const char *types = tables[table].types;
    int64_t id = sqlite3_column_int64(stmt, 0);
    if (id < 1 || id > (int64_t)RWG__STORED_ID_MAX) {
        return false;
    }
    out->id = (uint32_t)id;
    *out_sum = (uint64_t)sqlite3_column_int64(stmt, 1);
    for (int i = 0; types[i]; i++) {
        if (!read_cell(stmt, i + 2, types[i], &out->cells[i])) {
            return false;
        }
    }
    return true;
}

bool rwg__row_read(sqlite3_stmt *stmt, rwg__table table, rwg__row *out, uint64_t *out_sum) {
    return rwg__row_take(stmt, table, out, out_sum) && rwg__row_sum(table, out) == *out_sum;
}

void rwg__row_keep(rwg__arena *arena, rwg__table table, rwg__row *row) {
    const char *types = tables[table].types;
    size_t size = 0;
    for (int i = 0; types[i]; i++) {
        size += types[i] == 'i' ? 0 : row->cells[i].bytes.len;
    }
    char *next = rwg__arena_alloc(arena, size + 1); /* never NULL, which would be a NULL cell */
    for (int i = 0; types[i]; i++) {
        rwg_str *bytes = &row->cells[i].bytes;
        if (types[i] != 'i' && bytes->ptr) {
            memcpy(next, bytes->ptr, bytes->len);
            bytes->ptr = next;
            next += bytes->len;
        }
    }
}

int rwg__row_write(sqlite3_stmt *stmt, rwg__table table, const rwg__row *row, uint64_t sum) {
    const char *types = tables[table].types;
    int code = sqlite3_bind_int64(stmt, 1, row->id);
    if (code == SQLITE_OK) {
        code = sqlite3_bind_int64(stmt, 2, (int64_t)sum);
    }
    for (int i = 0; types[i] && code == SQLITE_OK; i++) {
        const rwg__cell *cell = &row->cells[i];
        if (types[i] == 'i') {
            code = sqlite3_bind_int64(stmt, i + 3, cell->number);
        } else if (!cell->bytes.ptr && (types[i] == 'T' || types[i] == 'B')) {
            code = sqlite3_bind_null(stmt, i + 3);
        } else {
            /* The bytes stay where they are until the statement has run. */
            const char *bytes = cell->bytes.ptr ? cell->bytes.ptr : "";
            bool is_text = types[i] == 't' || types[i] == 'T';
            code = is_text
                       ? sqlite3_bind_text(stmt, i + 3, bytes, (int)cell->bytes.len, SQLITE_STATIC)
                       : sqlite3_bind_blob(stmt, i + 3, bytes, (int)cell->bytes.len, SQLITE_STATIC);
        }
    }
    if (code == SQLITE_OK) {
        code = sqlite3_step(stmt);
    }
    (void)sqlite3_reset(stmt);
    return code;
}

int rwg__meta_read(sqlite3 *db, rwg__arena *arena, rwg__row *out) {
    sqlite3_stmt *stmt = rwg__row_select(db, RWG__TABLE_META);
    if (!stmt) {
        int code = sqlite3_errcode(db);
        return code == SQLITE_ERROR ? SQLITE_CORRUPT : code; /* no such table or column */
    }
    int code = sqlite3_step(stmt);
    uint64_t sum;
    if (code == SQLITE_ROW) {
        bool whole = rwg__row_read(stmt, RWG__TABLE_META, out, &sum) && out->id == 1 &&
                     out->cells[RWG__META_KEY].bytes.len == sizeof(rwg_hash);
        code = whole ? SQLITE_OK : SQLITE_CORRUPT;
        if (whole) {
            rwg__cell *key = &out->cells[RWG__META_KEY];
            rwg__cell *envs = &out->cells[RWG__META_ENVS];
            key->bytes = rwg__arena_str(arena, key->bytes);
            envs->bytes = rwg__arena_str(arena, envs->bytes);
        }
    } else if (code == SQLITE_DONE) {
        code = SQLITE_CORRUPT;
    }
    (void)sqlite3_finalize(stmt);
    return code;
}

bool rwg__is_damage(int code) {
    switch (code & 0xFF) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR: /* a column or table is not as schema.sql has it */
    case SQLITE_SCHEMA:
    case SQLITE_MISMATCH:
    case SQLITE_CONSTRAINT:
    case SQLITE_TOOBIG:
    case SQLITE_INTERNAL:
    case SQLITE_FORMAT: return true;
    default: return false;
    }
}

/* -- stat data --------------------------------------------------------------------------------- */

static void put_varint(rwg__hints *out, uint64_t value) {
    out->len += rwg__varint_write(out->bytes + out->len, value);
}

/* Small numbers of either sign become small ones without: 0, -1, 1, -2, ... */
static void put_signed(rwg__hints *out, int64_t value) {
    put_varint(out, (uint64_t)value << 1 ^ (uint64_t)(value >> 63));
}

static bool take_signed(rwg_str *bytes, int64_t *out) {
    uint64_t value = 0;
    bool ok = rwg__varint_take(bytes, &value);
    *out = (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
    return ok;
}

/* Differences wrap, so that any two times have one. */
static int64_t difference(int64_t later, int64_t earlier) {
    return (int64_t)((uint64_t)later - (uint64_t)earlier);
}

static int64_t sum(int64_t a, int64_t b) {
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

void rwg__hints_encode(rwg__hints *out, const rwg_fs_stat *stat, int64_t checked_ns) {
    out->len = 0;
    put_varint(out, (uint64_t)stat->kind);
    put_varint(out, stat->size);
    put_varint(out, stat->inode);
    put_signed(out, stat->mtime_ns);
    put_signed(out, difference(stat->ctime_ns, stat->mtime_ns));
    put_signed(out, difference(checked_ns, stat->mtime_ns));
}

bool rwg__hints_decode(rwg_str bytes, rwg_fs_stat *out_stat, int64_t *out_checked_ns) {
    uint64_t kind = 0;
    int64_t ctime = 0;
    int64_t checked = 0;
    *out_stat = (rwg_fs_stat){.kind = RWG_FS_NONE};
    bool ok = rwg__varint_take(&bytes, &kind) && rwg__varint_take(&bytes, &out_stat->size) &&
              rwg__varint_take(&bytes, &out_stat->inode) &&
              take_signed(&bytes, &out_stat->mtime_ns) && take_signed(&bytes, &ctime) &&
              take_signed(&bytes, &checked) && bytes.len == 0 && kind <= RWG_FS_OTHER;
    if (ok) {
        out_stat->kind = (rwg_fs_kind)kind;
        out_stat->ctime_ns = sum(out_stat->mtime_ns, ctime);
        *out_checked_ns = sum(out_stat->mtime_ns, checked);
    }
    return ok;
}
