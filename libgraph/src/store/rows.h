/* Rows of the database as values: a description of each table, cells, checksums, statements.
 *
 * Every table of the image, and meta, has an id, a checksum over everything else in the row, and
 * the columns listed in rows.c. One generic row serves them all, so that reading, verifying and
 * writing exist once. */
#ifndef RWG_STORE_ROWS_H
#define RWG_STORE_ROWS_H

#include "base/buf.h"
#include "base/map.h"
#include "base/str.h"
#include "record/packed.h"
#include "store/store.h"

#include <sqlite3.h>

#define RWG__STORE_APPLICATION 0x52574742 /* "RWGB" */
#define RWG__STORE_FORMAT      3          /* raised with every change of schema.sql */
#define RWG__CELLS_MAX         12

typedef enum rwg__table {
    RWG__TABLE_META,
    RWG__TABLE_SHARED, /* the image: from here on; files name what is in here */
    RWG__TABLE_FILE,
    RWG__TABLE_DIR,
    RWG__TABLE_INPUT,
    RWG__TABLE_DIAG,
    RWG__TABLE_DEP,
    RWG__TABLE_COUNT
} rwg__table;

enum {
    RWG__META_KEY,
    RWG__META_SCHEMA,
    RWG__META_GENERATION,
    RWG__META_TOTAL,
    RWG__META_ROWS,
    RWG__META_LOOSE,
    RWG__META_ENVS
};

enum {
    RWG__SHARED_TEXTS
};

enum {
    RWG__FILE_PATH,
    RWG__FILE_PACKAGE,
    RWG__FILE_HINTS,
    RWG__FILE_CONTENT,
    RWG__FILE_FLAGS,
    RWG__FILE_NODES,
    RWG__FILE_ENTRIES,
    RWG__FILE_LINKS,
    RWG__FILE_DIRS,
    RWG__FILE_IMPORTS,
    RWG__FILE_PROBLEMS,
    RWG__FILE_RECORD
};

enum {
    RWG__DIR_PATH,
    RWG__DIR_LISTING,
    RWG__DIR_HINTS,
    RWG__DIR_WALKED
};

enum {
    RWG__INPUT_PATH,
    RWG__INPUT_CONTENT,
    RWG__INPUT_HINTS
};

enum {
    RWG__DIAG_FILE,
    RWG__DIAG_ENVS,
    RWG__DIAG_CODE,
    RWG__DIAG_SEVERITY,
    RWG__DIAG_START,
    RWG__DIAG_END,
    RWG__DIAG_LINE,
    RWG__DIAG_MESSAGE,
    RWG__DIAG_FIX
};

enum {
    RWG__DEP_ENV,
    RWG__DEP_SPECIFIER
};

typedef struct rwg__cell {
    int64_t number; /* columns of numbers */
    rwg_str bytes;  /* columns of text and of bytes; ptr NULL = NULL, where the column allows it */
} rwg__cell;

typedef struct rwg__row {
    uint32_t id;
    rwg__cell cells[RWG__CELLS_MAX];
} rwg__row;

/* Stat data of a row as they lie in its hints column: six numbers as LEB128, signed ones zigzag,
 * times as the difference to the one before. A file's times are close together, so this is half of
 * the plain struct. */
#define RWG__HINTS_SIZE_MAX 60

typedef struct rwg__hints {
    uint32_t len;
    uint8_t bytes[RWG__HINTS_SIZE_MAX];
} rwg__hints;

void rwg__hints_encode(rwg__hints *out, const rwg_fs_stat *stat, int64_t checked_ns);
/* False when the bytes are not what encode makes. */
bool rwg__hints_decode(rwg_str bytes, rwg_fs_stat *out_stat, int64_t *out_checked_ns);

typedef RWG_VEC(uint64_t) rwg__sums; /* [id], 0 = no such row */

struct rwg__store {
    rwg__mem *mem;
    sqlite3 *db; /* NULL: the database cannot be used; `why` says so */
    rwg_hash key;
    bool writable;
    bool helper;    /* a thread may help with loading */
    bool known;     /* total, rows and sums describe what is in the database */
    uint64_t total; /* sum of the checksums of the image's rows, modulo 2^64 */
    uint64_t rows;  /* their number */
    uint64_t loose; /* rows of files written since the shared texts were chosen */
    rwg__sums sums[RWG__TABLE_COUNT];
    char why[256];
};

const char *rwg__table_name(rwg__table table);
/* The checksum: never 0. */
uint64_t rwg__row_sum(rwg__table table, const rwg__row *row);
/* Statements over a table's id, sum and columns. NULL when SQLite refuses. */
sqlite3_stmt *rwg__row_select(sqlite3 *db, rwg__table table); /* in order of id */
sqlite3_stmt *rwg__row_insert(sqlite3 *db, rwg__table table);
sqlite3_stmt *rwg__row_delete(sqlite3 *db, rwg__table table);
/* The current row of a select; its bytes are good until the next step. False when a type or the
 * checksum is wrong. */
bool rwg__row_read(sqlite3_stmt *stmt, rwg__table table, rwg__row *out, uint64_t *out_sum);
/* The same without looking whether *out_sum is the row's checksum. */
bool rwg__row_take(sqlite3_stmt *stmt, rwg__table table, rwg__row *out, uint64_t *out_sum);
/* Moves the row's bytes to arena. */
void rwg__row_keep(rwg__arena *arena, rwg__table table, rwg__row *row);
/* Runs an insert and makes it ready for the next: SQLITE_DONE, or an error. */
int rwg__row_write(sqlite3_stmt *stmt, rwg__table table, const rwg__row *row, uint64_t sum);

/* Reads the one row of meta. SQLITE_OK, SQLITE_CORRUPT when it is not there or not right, or an
 * error. Its bytes are in arena. */
int rwg__meta_read(sqlite3 *db, rwg__arena *arena, rwg__row *out);

/* Opens a database for reading only, also where nothing can be written beside it. *out is to be
 * closed in any case. */
int rwg__connect_reader(const char *path, sqlite3 **out);
/* True for codes that mean the content is not to be trusted, as opposed to a lock, a disk or
 * memory. */
bool rwg__is_damage(int code);
/* Ends an open transaction, empties the database and writes the schema anew; remembers why as a
 * notice in *out_notice. False when that failed: then store->db is NULL. */
bool rwg__store_drop(rwg__store *store, const char *reason, rwg__arena *arena, rwg_str *out_notice);

/* --- columns.c: columns that hold lists --- */

void rwg__links_encode(rwg__buf *out, const rwg__stored_link *links, uint32_t count);
void rwg__ids_encode(rwg__buf *out, const uint32_t *ids, uint32_t count);
void rwg__strings_encode(rwg__buf *out, const rwg_str *strings, uint32_t count);
void rwg__imports_encode(rwg__buf *out, const rwg__packed *packed);
void rwg__problems_encode(rwg__buf *out, const rwg__packed *packed);

/* Decoding: false for anything that encoding does not produce. Results are in arena. */
bool rwg__links_decode(
    rwg__arena *arena, rwg_str json, const rwg__stored_link **out, uint32_t *out_count
);
bool rwg__ids_decode(rwg__arena *arena, rwg_str bytes, const uint32_t **out, uint32_t *out_count);
/* The strings are in arena, or borrowed from json. */
bool rwg__strings_decode(rwg__arena *arena, rwg_str json, const rwg_str **out, uint32_t *out_count);
/* Add to the lists of `out`, whose texts are then in arena, in json, or among the shared ones. */
bool rwg__imports_decode(
    rwg__arena *arena, rwg_str json, const rwg_str *shared, uint32_t shared_count, rwg__packed *out
);
bool rwg__problems_decode(rwg__arena *arena, rwg_str json, rwg__packed *out);

/* --- texts.c: texts that many records have, each stored once --- */

/* Texts in a row of the table `shared`: number n is item n % 64 of row n / 64 + 1. */
#define RWG__SHARED_ROW 64

typedef RWG_VEC(rwg_str) rwg__str_list;

/* While saving: which text has which number. */
typedef struct rwg__texts {
    rwg__mem *mem;
    rwg__str_list items; /* [number] */
    /* Read from the database: */
    rwg__arena arena;    /* the texts */
    rwg__strmap numbers; /* text -> number + 1 */
    /* What rwg__texts_of answers with: number + 1 or 0 of each text of a record. Chosen: of all
     * files, starts[file] is where a file's begin; else, of the record at hand. */
    RWG_VEC(uint32_t) of_records;
    RWG_VEC(uint32_t) starts;
} rwg__texts;

void rwg__texts_init(rwg__texts *texts, rwg__mem *mem);
void rwg__texts_deinit(rwg__texts *texts);
/* Chooses texts for these files, which must outlive `texts`. It was empty. */
void rwg__texts_choose(rwg__texts *texts, const rwg__stored_file *files, uint32_t count);
/* Takes the texts that the database has: SQLITE_OK or an error. It was empty. */
int rwg__texts_read(rwg__texts *texts, sqlite3 *db);
/* For rwg__module_pack: the numbers of the record's texts, good until the next call. `file` is the
 * place of its file among those that texts were chosen for. */
const uint32_t *rwg__texts_of(rwg__texts *texts, const rwg_module *module, uint32_t file);

#endif
