/* Queries of users: one read-only statement, its rows as a table or as JSON lines. See store.h and
 * SCHEMA.md. */
#include "store/rows.h"

#include <stdio.h>
#include <sys/stat.h>

typedef struct query {
    sqlite3 *db;
    sqlite3_stmt *stmt;
    int columns;
    rwg_sink *sink;
} query;

static rwg_status sql_error(const query *q, rwg_str path, int code, rwg_error *err) {
    bool users = (code & 0xFF) == SQLITE_ERROR;
    return rwg__error(
        err,
        users ? RWG_INVALID : RWG_STORE,
        path,
        "%s",
        q->db ? sqlite3_errmsg(q->db) : sqlite3_errstr(code)
    );
}

static void write_json_cell(rwg_json_writer *w, sqlite3_stmt *stmt, int column) {
    switch (sqlite3_column_type(stmt, column)) {
    case SQLITE_NULL: rwg_json_null(w); break;
    case SQLITE_FLOAT: rwg_json_double(w, sqlite3_column_double(stmt, column)); break;
    case SQLITE_INTEGER: {
        int64_t value = sqlite3_column_int64(stmt, column);
        if (value >= 0) {
            rwg_json_uint(w, (uint64_t)value);
        } else {
            rwg_json_double(w, (double)value);
        }
        break;
    }
    default: {
        const char *bytes = (const char *)sqlite3_column_text(stmt, column);
        int len = sqlite3_column_bytes(stmt, column);
        rwg_json_string(w, (rwg_str){bytes ? bytes : "", (uint32_t)len});
        break;
    }
    }
}

static int write_json(query *q) {
    int code;
    while ((code = sqlite3_step(q->stmt)) == SQLITE_ROW && !q->sink->failed) {
        rwg_json_writer w = rwg_json_writer_make(q->sink);
        rwg_json_object(&w);
        for (int i = 0; i < q->columns; i++) {
            rwg_json_key(&w, sqlite3_column_name(q->stmt, i));
            write_json_cell(&w, q->stmt, i);
        }
        rwg_json_object_end(&w);
        rwg_sink_write(q->sink, RWG_STR("\n"));
    }
    return code;
}

/* All cells of the table, since widths are known only at the end. */
typedef struct grid {
    rwg__mem *mem;
    rwg__arena arena;
    RWG_VEC(rwg_str) cells;
    uint32_t *widths; /* [columns], in characters */
} grid;

static uint32_t width_of(rwg_str text) {
    uint32_t width = 0;
    for (uint32_t i = 0; i < text.len; i++) {
        width += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    }
    return width;
}

static void add_cell(grid *g, int column, const char *bytes, int len) {
    rwg_str text =
        rwg__arena_str(&g->arena, (rwg_str){bytes ? bytes : "", bytes ? (uint32_t)len : 0});
    *rwg__vec_push(&g->cells, g->mem) = text;
    uint32_t width = width_of(text);
    if (width > g->widths[column]) {
        g->widths[column] = width;
    }
}

static void print_grid(const grid *g, query *q) {
    for (uint32_t i = 0; i < g->cells.len; i++) {
        uint32_t column = i % (uint32_t)q->columns;
        bool last = column + 1 == (uint32_t)q->columns;
        rwg_sink_write(q->sink, g->cells.ptr[i]);
        uint32_t pad = last ? 0 : g->widths[column] + 2 - width_of(g->cells.ptr[i]);
        for (uint32_t k = 0; k < pad; k++) {
            rwg_sink_write(q->sink, RWG_STR(" "));
        }
        if (last) {
            rwg_sink_write(q->sink, RWG_STR("\n"));
        }
    }
}

static int write_table(query *q) {
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    grid g = {.mem = &mem};
    rwg__arena_init(&g.arena, &mem);
    g.widths = rwg__arena_zalloc(&g.arena, (size_t)q->columns * sizeof *g.widths);
    for (int i = 0; i < q->columns; i++) {
        const char *name = sqlite3_column_name(q->stmt, i);
        add_cell(&g, i, name, name ? (int)strlen(name) : 0);
    }
    int code;
    while ((code = sqlite3_step(q->stmt)) == SQLITE_ROW) {
        for (int i = 0; i < q->columns; i++) {
            const char *bytes = (const char *)sqlite3_column_text(q->stmt, i);
            add_cell(&g, i, bytes, sqlite3_column_bytes(q->stmt, i));
        }
    }
    print_grid(&g, q);
    rwg__vec_free(&g.cells, &mem);
    rwg__arena_deinit(&g.arena);
    return code;
}

/* The first statement of sql, if it is the only one and only reads. */
static rwg_status prepare(query *q, rwg_str path, rwg_str sql, rwg_error *err) {
    const char *tail = NULL;
    int code = sqlite3_prepare_v2(q->db, sql.ptr ? sql.ptr : "", (int)sql.len, &q->stmt, &tail);
    if (code != SQLITE_OK) {
        return sql_error(q, path, code, err);
    }
    if (!q->stmt) {
        return rwg__error(err, RWG_INVALID, path, "there is no statement to run");
    }
    for (const char *c = tail; c < sql.ptr + sql.len; c++) {
        if (!strchr(" \t\r\n;", *c)) {
            return rwg__error(err, RWG_INVALID, path, "only one statement can be run at a time");
        }
    }
    if (!sqlite3_stmt_readonly(q->stmt) || sqlite3_column_count(q->stmt) == 0) {
        return rwg__error(err, RWG_INVALID, path, "only statements that read can be run");
    }
    q->columns = sqlite3_column_count(q->stmt);
    return RWG_OK;
}

rwg_status rwg__store_query(rwg_str path, rwg_str sql, bool json, rwg_sink *sink, rwg_error *err) {
    char name[RWG_LIMIT_PATH];
    struct stat st;
    if (path.len >= sizeof name) {
        return rwg__error(err, RWG_NOT_FOUND, path, "there is no database");
    }
    memcpy(name, path.ptr, path.len);
    name[path.len] = '\0';
    if (stat(name, &st) != 0) {
        return rwg__error(err, RWG_NOT_FOUND, path, "there is no database");
    }
    query q = {.sink = sink};
    rwg_status status = RWG_OK;
    int code = rwg__connect_reader(name, &q.db);
    if (code != SQLITE_OK) {
        status = sql_error(&q, path, code, err);
    } else {
        (void)sqlite3_limit(q.db, SQLITE_LIMIT_ATTACHED, 0);
        status = prepare(&q, path, sql, err);
    }
    if (status == RWG_OK) {
        code = json ? write_json(&q) : write_table(&q);
        status = code == SQLITE_DONE || sink->failed ? RWG_OK : sql_error(&q, path, code, err);
    }
    (void)sqlite3_finalize(q.stmt);
    (void)sqlite3_close(q.db);
    return status;
}
