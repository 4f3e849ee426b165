/* What a project knows between two commits: the mutable side of the graph.
 *
 *   project.c       open, close, options, the current graph
 *   config.c        environments, from rwgraph.json or (detect.c) as the project shows them
 *   walk.c          which files of the root are sources
 *   entries.c       where each environment starts
 *   scan.c          bring everything up to date
 *   update.c        bring a few paths up to date
 *   settle.c        the work list: read, expand, repeat
 *   read.c          jobs for the worker threads
 *   expand.c        one node -> its edges
 *   commit.c        state -> rwg_graph, one generation
 *   history.c       what the latest commits did
 *   identity.c      what running code calls a file
 *   persist.c       database image -> state
 *   persist_save.c  state -> database image
 *
 * This folder is the only place that joins syntax, resolution, graph and store. A project's state
 * belongs to one thread; workers get jobs (read.c) and give back values; results are taken in the
 * order of submission, and graphs leave no trace of it, so any number of workers gives the same
 * dump.
 *
 * An operation that is cancelled or runs out of budget leaves its work in the queues below: the
 * current graph stays, and the next operation finishes what is left before it commits.
 *
 * Invariants:
 *   1. by_path maps the absolute real path of every file id in use, and nothing else, to that id.
 *   2. the list from a file's first_node has every node ever made of it, one an environment; ids
 * are never given to another pair.
 *   3. a node that is due is in `queue`, or its file's job is under way.
 *   4. edges of an expanded node point to live nodes; a node that is not expanded has no edges.
 *   5. `dirty` lists each node with dirty set once: its row, edges or file differ from the current
 * graph.
 *   6. `module` holds for entries and for what an edge of a live node leads to that is not for
 * text. Only such nodes have edges; so what a file imports is not looked at while all that is
 * wanted of it is its text. It stays set when the last such edge goes: then the graph leaves the
 * edges out (see graph.h), and they are there at once when it is a module again. */
#ifndef RWG_PROJECT_STATE_H
#define RWG_PROJECT_STATE_H

#include <rwgraph/project.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/intern.h"
#include "base/lock.h"
#include "base/map.h"
#include "base/path.h"
#include "base/pool.h"
#include "base/trace.h"
#include "base/vec.h"
#include "graph/graph.h"
#include "record/record.h"
#include "resolve/resolver.h"
#include "store/store.h"
#include "syntax/syntax.h"

enum {
    FILE_DEPENDENCY = RWG__FILE_DEPENDENCY,
    FILE_UNREADABLE = RWG__FILE_UNREADABLE,
    FILE_SOURCE = 1 << 2, /* found by the walk: one of the project's own sources */
    FILE_CLIENT = 1 << 3, /* "use client", or forced */
    FILE_SERVER = 1 << 4, /* "use server", or forced */
    FILE_GONE = 1 << 5,   /* was deleted; its nodes are dead */
    FILE_PINNED = 1 << 6, /* a pinned specifier resolves to it */
    FILE_TEXT = 1 << 7,   /* in the database alone: no node of it is a module */
};

typedef struct stat_slot stat_slot; /* private to read.c, as is read_job */
typedef struct read_job read_job;

typedef enum read_state {
    READ_NEVER,  /* nothing known but the path */
    READ_QUEUED, /* a job is under way */
    READ_DONE,
} read_state;

typedef struct file_state {
    rwg_str rel; /* relative to the root; in names */
    rwg_str abs; /* the identity; in names */
    rwg_str package;
    rwg_module *module; /* one reference; NULL for assets and unreadable files */
    rwg_hash content;
    rwg_fs_stat stat;
    int64_t checked_ns;  /* wall clock just before stat was taken */
    uint32_t flags;      /* FILE_* */
    uint32_t first_node; /* its nodes, linked by node_state.next_of_file */
    uint16_t entry_mask; /* environments that start here: bit (env - 1) */
    uint16_t problem;    /* why it is unreadable: an rwg_diag_code */
    uint8_t read;        /* read_state */
    bool read_once;      /* something is known: a job was installed, or it was adopted */
    bool unsaved;        /* its row in the database is out of date */
    uint16_t saved_mask; /* environments of its nodes in the database */
    uint32_t stored_id;  /* its id in the database, 0 = none */
    const uint32_t
        *dirs; /* adopted files: indices in stored_dirs whose listings its links rest on */
    uint32_t dir_count;
} file_state;

typedef struct node_state {
    rwg_file file;
    rwg_env env;
    uint32_t flags; /* RWG_NODE_*, as of the last expansion */
    uint32_t next_of_file;
    rwg_edge *edges; /* own allocation */
    uint32_t edge_count;
    uint32_t id_count;
    uint32_t *ids; /* resolutions that the edges rest on, own allocation; NULL: adopted from the
                      database */
    uint32_t expansions; /* how often it was expanded, so that problems of earlier times are told
                            apart */
    uint64_t diag_hash;  /* over the problems that the last expansion found, 0 = none */
    bool live;
    bool module; /* wanted as a module: it has edges */
    bool expanded;
    bool queued; /* its id is in `queue` */
    bool due;    /* its edges must be made (again); stays set while its file is being read */
    bool dirty;
} node_state;

/* An edge's problem, until commit merges equal ones of several environments. */
typedef struct edge_diag {
    uint32_t node;
    uint32_t expansion; /* the node's count when it was found; of an earlier expansion: dead */
    rwg__diag_row row;
} edge_diag;

typedef struct overlay {
    rwg_str path; /* in names */
    char *text;   /* own allocation; NULL: cleared */
    uint32_t len;
    uint32_t size; /* of the allocation */
} overlay;

/* A folder's listing that adopted links (or the walk) rest on. */
typedef struct dir_fact {
    rwg_str abs; /* in names */
    rwg_hash listing;
    rwg_fs_stat stat;
    int64_t checked_ns;
    bool changed; /* verified, and different now */
} dir_fact;

/* A package.json, tsconfig.json, ... that adopted links rest on. */
typedef struct input_fact {
    rwg_str abs;
    rwg_hash content;
    rwg_fs_stat stat;
    int64_t checked_ns;
} input_fact;

struct rwg_project {
    rwg__mem *mem; /* one reference */
    rwg_fs fs;
    rwg_str root; /* absolute real path; in names */
    rwg__names *names;
    rwg_config config;
    bool config_owned;
    rwg_hash config_hash;
    uint32_t worker_count;
    rwg__pool *pool;
    rwg__parser **parsers; /* [max(worker_count, 1)] */
    rwg__trace *trace;     /* NULL: off */
    rwg_sink *trace_sink;
    void (*on_progress)(void *payload, const rwg_progress *progress);
    void *payload;
    _Atomic bool cancelled;

    rwg__env_row envs[RWG_MAX_ENVS];
    rwg_env client_env; /* first of each role; {0} = none */
    rwg_env ssr_env;
    rwg_env server_env;

    RWG_VEC(file_state) files; /* [id]; [0] unused */
    rwg__strmap by_path;
    RWG_VEC(node_state) nodes; /* [id]; [0] unused */
    RWG_VEC(uint32_t) queue;   /* nodes to expand, from queue_head on */
    uint32_t queue_head;
    read_job *batch;    /* files to be handed out together with the next ones; NULL: none */
    uint32_t reads_out; /* files submitted, or in the batch, whose result was not taken */
    RWG_VEC(uint32_t) dirty;
    RWG_VEC(edge_diag) diags;
    RWG_VEC(rwg_file) unreached; /* as rwg_project_unreached last found them */
    RWG_VEC(rwg_diag) notices;   /* about the project as a whole, not part of the graph */
    RWG_VEC(overlay) overlays;
    RWG_VEC(rwg__committed) committed;
    RWG_VEC(dir_fact) walked;      /* folders the walk listed, in this process or the last one */
    RWG_VEC(dir_fact) stored_dirs; /* what adopted links rest on, see file_state.dirs */
    RWG_VEC(input_fact) stored_inputs;
    RWG_VEC(input_fact) entry_inputs; /* package.json files that start sets rest on */
    rwg__strmap walked_ids;           /* path -> index in walked + 1 */
    RWG_VEC(input_fact) rules;        /* .gitignore files that the set of sources rests on */
    rwg__arena facts;                 /* arrays of adopted files' dirs */
    rwg_resolver *resolver;

    RWG_VEC(rwg__stored_step)
    history; /* commits since the last save, the latest RWG__STORE_STEPS */
    rwg__arena history_arena;
    rwg__store *store; /* NULL: no cache */
    rwg_str cache_path;
    uint32_t last_stored_id;
    uint64_t generation; /* of the current graph */
    uint64_t saved_generation;
    bool stored;                 /* the database holds an image of this state, older or equal */
    struct stat_slot *verifying; /* between rwg__read_verify_begin and _end */
    uint32_t verify_count;
    bool built;           /* `current` is more than the empty graph */
    bool files_known;     /* a scan has begun: state is adopted or walked */
    bool scanned;         /* a scan has completed */
    bool cache_dropped;   /* there was a database, and it could not be trusted */
    bool entries_stale;   /* recompute start sets before the next commit */
    bool rules_stale;     /* what is a source must be looked at anew */
    bool structure_saved; /* dirs, inputs, deps in the database are up to date */
    rwg_stats stats;      /* of the running operation */

    rwg__lock current_lock; /* guards `current`, the only field other threads read */
    rwg_graph *current;
};

/* --- project.c --- */
rwg_file
rwg__project_file(rwg_project *p, rwg_str abs); /* the file's id, made when new; abs is real */
rwg_file rwg__project_find_file(const rwg_project *p, rwg_str abs);
rwg_node
rwg__project_node(rwg_project *p, rwg_file file, rwg_env env); /* made live when it is not */
rwg_node rwg__project_module(rwg_project *p, rwg_file file, rwg_env env); /* and to be a module */
rwg_node rwg__project_find_node(const rwg_project *p, rwg_file file, rwg_env env);
void rwg__project_kill_node(rwg_project *p, uint32_t id);
void rwg__project_mark_dirty(rwg_project *p, uint32_t id);
void rwg__project_mark_file_dirty(rwg_project *p, rwg_file file); /* all its nodes, and its row */
rwg_str rwg__project_name(rwg_project *p, rwg_str text);          /* kept in names */
void rwg__project_notice(
    rwg_project *p, uint16_t code, uint8_t severity, rwg_str path, rwg_str message, rwg_str fix
);
/* RWG_OK, or why the operation must stop here. */
rwg_status rwg__project_may_go_on(rwg_project *p, rwg_error *err);

/* --- config.c --- */
rwg_hash rwg__config_hash(const rwg_config *config, rwg__mem *mem);

/* --- read.c --- */
void rwg__read_start(rwg_project *p); /* makes the pool and the parsers */
void rwg__read_stop(rwg_project *p);
void rwg__read_submit(rwg_project *p, rwg_file file); /* no-op when a job is under way */
/* Reads known files in these folders again, if their stat is another. */
void rwg__read_changed(rwg_project *p, const rwg__strmap *folders);
uint32_t rwg__read_take(rwg_project *p); /* installs the oldest results; how many, 0: none out */
typedef RWG_VEC(rwg_str) str_vec;
/* Verification of all known files and stored facts. begin hands the stat calls to the workers; the
 * tables of files and facts must not grow until end, which submits the files that differ for
 * reading, marks folders that differ as changed, and appends the inputs that differ to *out_inputs.
 */
void rwg__read_verify_begin(rwg_project *p);
void rwg__read_verify_end(rwg_project *p, str_vec *out_inputs);

/* --- expand.c --- */
void rwg__expand_node(rwg_project *p, uint32_t id);
/* RWG_NODE_* of a file in an environment, as its directives, role and entries make them now. */
uint32_t rwg__expand_form(const rwg_project *p, rwg_file file, rwg_env env);

/* --- settle.c --- */
void rwg__settle_queue(rwg_project *p, uint32_t id); /* expand this node (again) */
rwg_status
rwg__settle(rwg_project *p, rwg_error *err); /* until nothing is left to read or expand */

/* --- walk.c --- */
void rwg__walk_root(rwg_project *p);                 /* marks sources, fills `walked`, `rules` */
void rwg__walk_check_rules(rwg_project *p);          /* sets rules_stale if one of them differs */
bool rwg__walk_is_rules(rwg_str path);               /* is it a .gitignore by its name? */
bool rwg__walk_takes(rwg_str path);                  /* is it a source by its name? */
void rwg__walk_changed(rwg_project *p, rwg_str dir); /* this folder's entries may differ */
/* These files have appeared, and these files and folders are no more. */
void rwg__walk_told(rwg_project *p, const str_vec *came, const str_vec *went);
bool rwg__walk_is_below(rwg_str path, const rwg__strmap *paths); /* one of them, or in one */
/* The file is gone, which nobody told: the listing of its folder, where the next process would look
 * first, may have it. */
void rwg__walk_missed(rwg_project *p, const file_state *f);

/* --- entries.c --- */
void rwg__entries_update(rwg_project *p); /* entry_mask of all files, and their nodes */

/* --- scan.c --- */
rwg_status
rwg__settle_all(rwg_project *p, rwg_error *err); /* settle, with entries recomputed as needed */
void rwg__bury(rwg_project *p);                  /* kills the nodes of deleted files */
uint32_t rwg__count_files(const rwg_project *p);

/* --- update.c --- */
void rwg__update_facts(rwg_project *p, const str_vec *inputs);
void rwg__update_resolver_facts(rwg_project *p, str_vec *changed);

/* --- commit.c --- */
rwg_change *rwg__commit(rwg_project *p, bool want_change); /* NULL when !want_change */

/* identity.c has public functions only. */

/* --- history.c --- */
void rwg__history_add(rwg_project *p, const rwg_graph *next, const rwg_change *change);
void rwg__history_clear(rwg_project *p);

/* --- persist.c, persist_save.c --- */
void rwg__persist_open(rwg_project *p, rwg_str cache_path); /* sets store, or leaves a notice */
void rwg__persist_close(rwg_project *p);
bool rwg__persist_load(rwg_project *p); /* true when a stored state was adopted */
rwg_status rwg__persist_save(rwg_project *p, rwg_error *err);

#endif
