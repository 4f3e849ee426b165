/* The database: a project's state kept between processes. It is a cache and survives anything (law
 * 10).
 *
 *   store.c  open, verify the key, drop, close     load.c    database -> image
 *   rows.c   rows, their checksums, statements      save.c    image -> database
 *   columns.c  columns that hold lists              texts.c   texts that many records have
 *   sql.c    queries of users over the views
 *
 * What is stored is an image: plain flat arrays, made by project/ and adopted by it. One row a file
 * holds all that is known of it, so that loading is one scan of one table; what users query
 * (imports, edges, ...) are views over those rows, which decode JSON columns with SQLite's own
 * functions (SCHEMA.md). An edge a row would mean a hundred thousand rows to write and to read for
 * ten thousand modules in three environments; a file a row is ten thousand, and the views give
 * users the same tables.
 *
 * The last committed image or a clean start, never a mixture: every save is one transaction; every
 * row carries a checksum; the key (format, tool, grammars, record layout, byte order,
 * configuration) must be equal. Any doubt drops the whole database with a notice that says why.
 * Nothing is dropped that is not certainly ours: a file of another program, or another SQLite
 * database, is left alone. Dropping empties the database under SQLite's own locks and never deletes
 * a file, so another process that has it open sees an empty database and not a broken one.
 *
 * Writes are not flushed to the disk (synchronous = OFF). A killed process loses nothing, because
 * the system has its writes; after a power failure the checksums find what is missing, and the
 * price is one scan.
 *
 * Rows whose checksum is already in the database are not written again, so a save costs what
 * changed even when it is given the whole image. That needs certainty about what is in there:
 * `total`, the sum of all checksums, names an image. Where it is not the one that this store loaded
 * or wrote last, another process has saved, and only a complete image is accepted.
 *
 * Paths are relative to the project's root ("../x" outside it). Stat data are hints; nothing else
 * depends on the machine. */
#ifndef RWG_STORE_STORE_H
#define RWG_STORE_STORE_H

#include <rwgraph/graph.h>
#include <rwgraph/sink.h>
#include <rwgraph/status.h>
#include <rwgraph/sys/fs.h>

#include "base/arena.h"
#include "base/limits.h"
#include "record/record.h"

typedef struct rwg__store rwg__store;

/* One edge of a file, for all environments in which it is the same. */
typedef struct rwg__stored_link {
    uint32_t import;     /* RWG_NO_IMPORT for the edges of reference stubs */
    uint8_t kind;        /* rwg_edge_kind */
    uint8_t outcome;     /* rwg_outcome */
    uint8_t flags;       /* RWG_EDGE_* */
    uint16_t env_mask;   /* bit (env - 1): the importing node's environments */
    uint16_t target_env; /* cross edges (BRIDGE, ...): the target's environment; 0: that of the
                            importer */
    uint32_t target;     /* file id, 0 = none */
    rwg_str text;        /* as rwg_graph_text of the edge */
} rwg__stored_link;

typedef struct rwg__stored_file {
    uint32_t id; /* stable from save to save; 0 = unused slot */
    rwg_str path;
    rwg_str package;
    rwg_fs_stat stat;
    int64_t checked_ns; /* wall clock just before stat was taken */
    rwg_hash content;
    uint32_t flags;     /* project/'s own, kept as they are */
    uint16_t node_mask; /* environments in which the file is a node */
    uint16_t entry_mask;
    const rwg_module
        *module; /* loading: adopted, one reference, released by the taker; NULL: none */
    const rwg__stored_link *links;
    uint32_t link_count;
    const uint32_t *dirs; /* ids in image.dirs */
    uint32_t dir_count;
} rwg__stored_file;

typedef struct rwg__stored_dir {
    rwg_str path;
    rwg_hash listing;
    rwg_fs_stat stat;
    int64_t checked_ns;
    bool walked; /* one of the folders in which sources were looked for */
} rwg__stored_dir;

typedef struct rwg__stored_input {
    rwg_str path;
    rwg_hash content;
    rwg_fs_stat stat;
    int64_t checked_ns;
} rwg__stored_input;

typedef struct rwg__stored_diag {
    uint32_t file;
    uint16_t env_mask;
    uint16_t code;
    uint8_t severity;
    rwg_span span;
    uint32_t line;
    rwg_str message;
    rwg_str fix;
} rwg__stored_diag;

typedef struct rwg__stored_dep {
    uint32_t env; /* index of environment + 1 */
    rwg_str specifier;
} rwg__stored_dep;

/* One environment, and for the view of dependencies what they resolve to. */
typedef struct rwg__image {
    uint64_t generation;
    const rwg_str *env_names;
    uint32_t env_count;
    rwg__stored_file *files; /* any order; loading: ascending id */
    uint32_t file_count;
    rwg__stored_dir *dirs; /* file.dirs are indices in here */
    uint32_t dir_count;
    rwg__stored_input *inputs;
    uint32_t input_count;
    rwg__stored_diag *diags;
    uint32_t diag_count;
    rwg__stored_dep *deps; /* committed ones */
    uint32_t dep_count;
} rwg__image;

/* One stale node of a step. */
typedef struct rwg__stored_stale {
    rwg_str path;
    uint32_t env;  /* index of environment + 1 */
    rwg_str cause; /* rwg_cause_name */
    rwg_str via;   /* path of the node that caused it, "" = itself */
} rwg__stored_stale;

/* Figures of one environment after a step. */
typedef struct rwg__stored_counts {
    uint32_t nodes;
    uint32_t edges;
    uint32_t added;
    uint32_t removed;
    uint32_t stale;
} rwg__stored_counts;

/* What one commit did, for the views `generations` and `invalidations`. The database keeps the last
 * RWG__STORE_STEPS, and of each the first RWG__STORE_STALE stale nodes. */
#define RWG__STORE_STEPS 64
#define RWG__STORE_STALE 1000

typedef struct rwg__stored_step {
    uint64_t number; /* the generation */
    int64_t at_ns;   /* wall clock */
    rwg_str cause;   /* one line, e.g. "src/a.ts edited" */
    uint32_t files;
    const rwg__stored_counts *envs; /* [image.env_count] */
    const rwg__stored_stale *stale;
    uint32_t stale_count;
} rwg__stored_step;

/* What a save changes. `files` may hold only rows that differ from the database; dirs, inputs,
 * diags and deps are written whole when `structure` is set. */
typedef struct rwg__save {
    const rwg__image *image;
    const uint32_t *removed; /* file ids to delete */
    uint32_t removed_count;
    bool all;                      /* the image is complete: everything else in the database goes */
    bool structure;                /* write dirs, inputs, diags and deps too */
    const rwg__stored_step *steps; /* commits since the last save, oldest first; may be none */
    uint32_t step_count;
} rwg__save;

/* Largest file id. */
#define RWG__STORED_ID_MAX (4u * RWG_LIMIT_FILES)

/* Opens or creates the database at path (its folder is created). Never fails for the state of a
 * database or a disk: then *out is NULL or empty and *out_notice says what happened and why (""
 * when all is well; borrowed from arena). dropped is set when there was a database and its content
 * was discarded. */
void rwg__store_open(
    rwg__mem *mem,
    rwg_str path,
    rwg_hash key,
    rwg__arena *arena,
    rwg__store **out,
    rwg_str *out_notice,
    bool *out_dropped
);
void rwg__store_close(rwg__store *store);

/* Loads with two threads from now on: one reads rows, one decodes them. */
void rwg__store_use_helper(rwg__store *store);

/* The last committed image, arrays and strings in arena. False when there is none; then *out_notice
 * (as above) is set if there was one that failed verification, and the database is empty now. */
bool rwg__store_load(rwg__store *store, rwg__arena *arena, rwg__image *out, rwg_str *out_notice);

/* True when so much was saved in parts that the next save should be of everything: then it is
 * stored anew, in less space. */
bool rwg__store_is_loose(const rwg__store *store);

/* One transaction. RWG_STORE or RWG_IO with the reason in err when nothing was written (read-only,
 * full disk, another writer for more than two seconds); the database is then what it was, or empty
 * if it turned out to be damaged. RWG_STORE also when the save is not complete (all and structure)
 * and the database does not hold the image that this store loaded or saved last: then save
 * everything. */
rwg_status rwg__store_save(rwg__store *store, const rwg__save *save, rwg_error *err);

/* Runs one read-only statement over the views and writes its rows to sink: as a text table, or as
 * JSON lines. A statement that is wrong, or would write: RWG_INVALID. No database: RWG_NOT_FOUND.
 */
rwg_status rwg__store_query(rwg_str path, rwg_str sql, bool json, rwg_sink *sink, rwg_error *err);

#endif
