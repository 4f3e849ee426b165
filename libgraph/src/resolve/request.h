/* One question on its way to an answer, and the resolver it is asked of.
 *
 *     route.c      the steps a specifier goes through, in order (rwg__route)
 *     locate.c     from a path to a file: extensions, folders, browser maps
 *     resolutions.c  answers by (folder, specifier, profile, site), and what they consulted
 *     change.c     which answers a changed path puts in doubt
 *     suggest.c    what to say when nothing was found
 *
 * While a question is answered, everything that is consulted is written down as a step (rwg__step):
 * a few bytes that stand for many probed paths. Steps are what makes an answer explainable,
 * storable and revocable, so a fact that is used without its step is a bug.
 *
 * Environments that are configured alike share a profile. Profiles that differ only in what
 * relative paths have nothing to do with share a shape: as long as a relative path's answer
 * consults nothing that depends on the environment (env_used stays false), one resolution serves
 * all profiles of the shape. */
#ifndef RWG_RESOLVE_REQUEST_H
#define RWG_RESOLVE_REQUEST_H

#include "base/buf.h"
#include "base/intern.h"
#include "resolve/conditions.h"
#include "resolve/dirs.h"
#include "resolve/inputs.h"
#include "resolve/package.h"
#include "resolve/pnp.h"
#include "resolve/tsconfig.h"

/* -- steps ------------------------------------------------------------------------------------ */

typedef enum rwg__step_kind {
    RWG__STEP_FILE, /* a name in dir: as it is, with its substitutes, with extensions */
    RWG__STEP_UP,   /* one well-known name in dir and each folder above it, up to `what` (0: "/") */
    RWG__STEP_LIST, /* every name in dir */
    RWG__STEP_REF,  /* everything that resolution `what` consulted */
} rwg__step_kind;

/* The well-known names of RWG__STEP_UP. */
typedef enum rwg__up_name {
    RWG__UP_PACKAGE,  /* package.json */
    RWG__UP_MODULES,  /* node_modules */
    RWG__UP_TSCONFIG, /* tsconfig.json, jsconfig.json */
} rwg__up_name;

typedef struct rwg__step {
    uint32_t dir;
    uint32_t what; /* FILE: word, the name is what follows its last '/'. UP: folder. REF: id */
    uint8_t kind;
    uint8_t name;  /* UP: rwg__up_name. FILE: which extension list */
    uint8_t tried; /* FILE: how many of the list's extensions were tried */
    uint8_t flags;
} rwg__step;

enum {
    RWG__STEP_FOUND = 1,   /* the last thing tried was there */
    RWG__STEP_EXACT = 2,   /* FILE: the name as it is was tried */
    RWG__STEP_SUBST_1 = 4, /* FILE: the first substitute (x.js: x.ts) was tried */
    RWG__STEP_SUBST_2 = 8, /* FILE: the second one (x.js: x.tsx) too */
};

typedef RWG_VEC(rwg__step) rwg__step_vec;

/* -- environments ----------------------------------------------------------------------------- */

typedef struct rwg__profile {
    const rwg_env_config *env;
    const rwg_alias **aliases; /* longest `from` first */
    uint32_t *main_fields;     /* indexes into rwg__packages.field_names, "main" last */
    uint32_t main_field_count;
    uint8_t shape;          /* index of the first profile with the same shape */
    uint8_t extensions;     /* index of its extension list */
    bool paths_are_special; /* an alias, external or pin may match a relative or absolute path */
    bool shape_has_browser; /* some profile of the shape honours browser maps */
} rwg__profile;

/* -- resolutions ------------------------------------------------------------------------------ */

/* A question and its answer. Question: (dir, word) by table, then the rest along `next`. Its steps
 * end where those of the next record begin. */
typedef struct rwg__record {
    uint32_t dir;      /* folder of the importer */
    uint32_t word;     /* specifier */
    uint32_t next;     /* id of another answer to (dir, word), 0 = none */
    uint32_t answer;   /* index into answers */
    uint32_t steps;    /* first of its steps */
    uint16_t tsconfig; /* which tsconfig governs the importing file */
    uint8_t profile;   /* or shape, when shared */
    uint8_t flags;     /* and the site in the lowest two bits */
} rwg__record;

static_assert(sizeof(rwg__record) == 24, "there is one for each import");

enum {
    RWG__RECORD_SITE = 3,     /* rwg_site, or RWG__SITE_ANY */
    RWG__RECORD_SHARED = 4,   /* serves all profiles of the shape */
    RWG__RECORD_PACKAGES = 8, /* the node_modules part of a bare specifier alone */
    RWG__RECORD_DEAD = 16,    /* a fact it consulted has changed */
    RWG__RECORD_GLOB = 32,    /* of rwg__resolver_glob: has no answer */
};

#define RWG__SITE_ANY 3

/* From (dir, word) to the first record of that question: ids only, since the records hold the key.
 * A record stays where it is in the table when it dies, until another one answers its question. */
typedef struct rwg__question_table {
    uint32_t *slots; /* 0 = empty */
    uint32_t cap;    /* a power of two, or 0 */
    uint32_t len;
} rwg__question_table;

/* An answer, shared by all resolutions that are the same. */
typedef struct rwg__answer {
    rwg_resolution *value;
    /* FILE: whose package.json decides the file's package: every folder from dir up to root (0:
     * "/"). Each resolution with this answer rests on that as if it had the step. */
    uint32_t dir;
    uint32_t root;
} rwg__answer;

/* A request for a bare specifier asks another one, for its node_modules part. That one asks none.
 */
#define RWG__DEPTH 2

struct rwg_resolver {
    rwg__mem *mem;
    rwg__mem *own_mem; /* made by rwg_resolver_new, NULL otherwise */
    rwg_fs fs;
    const rwg_config *config;
    rwg_str root;                    /* real path */
    rwg__arena arena;                /* names, facts, answers: as long as the resolver */
    rwg__arena scratch;              /* texts of one request, and of one it needs the answer of */
    uint32_t depth;                  /* requests under way: 0, 1 or 2 */
    rwg__step_vec spare[RWG__DEPTH]; /* their steps, by depth */
    rwg__intern words;               /* specifiers and file names */
    rwg__dirs dirs;
    rwg__inputs inputs;
    rwg__packages packages;
    rwg__tsconfigs tsconfigs;
    rwg__pnp pnp;
    uint32_t pnp_dir; /* folder of the .pnp.data.json at or above the root; 0 = none */

    rwg__profile profiles[RWG_MAX_ENVS];
    uint32_t profile_count;
    uint8_t env_profile[RWG_MAX_ENVS];
    rwg_str_list extensions[RWG_MAX_ENVS + 2]; /* the last two: none, style */
    uint32_t extension_count;
    uint32_t style_fields[2]; /* "style", "main" */

    RWG_VEC(rwg__record) records; /* [0] unused */
    rwg__step_vec steps;          /* of all records */
    rwg__question_table questions;
    rwg__idmap answer_ids;                 /* hash of the answer's text -> index into answers */
    RWG_VEC(rwg__answer) answers;          /* [0] unused */
    RWG_VEC(rwg_resolution *) with_probes; /* by record, for rwg_resolve */
    rwg__intern probe_paths;
    uint64_t computed;
    rwg__buf text;              /* scratch of one match or message */
    RWG_VEC(rwg_probe) probes;  /* of one resolution */
    RWG_VEC(uint32_t) dirs_out; /* last answer of rwg__resolver_dirs_of */

    /* The importing file asked about last. */
    rwg__path from;
    uint32_t from_dir;
    uint32_t from_tsconfig; /* RWG__DIR_UNASKED until needed */
    uint32_t from_tsconfig_top;
};

/* -- one request ------------------------------------------------------------------------------ */

typedef enum rwg__verdict {
    RWG__PASS,  /* not this way */
    RWG__DONE,  /* the request has its answer */
    RWG__AGAIN, /* the question was replaced: q->dir, q->specifier */
} rwg__verdict;

typedef struct rwg__request {
    rwg_resolver *r;
    const rwg__profile *profile;
    rwg_site site;
    rwg_sink *say;         /* where the steps are told; NULL = nowhere */
    uint32_t importer;     /* folder of the importing file */
    uint32_t tsconfig;     /* governs the importing file; 0 = none */
    uint32_t tsconfig_top; /* how far up it was looked for; 0 = all the way */
    bool env_used;         /* the answer depends on more than the shape */
    bool packages_only;    /* start at node_modules (also after RWG__AGAIN) */
    bool file_url;         /* it was a file: URL: absolute means absolute */
    uint32_t hops;
    rwg_str asked; /* the specifier at first */

    uint32_t dir; /* the question as it stands now */
    rwg_str specifier;
    uint32_t word; /* its id */

    /* The answer. */
    rwg_outcome outcome;
    uint32_t found_dir; /* FILE: folder and name as found */
    rwg_str found_name;
    rwg_str query;
    rwg_diag_code code;
    rwg_str message;
    rwg_str fix;
    uint32_t same_as; /* index of the answer of another resolution, which is this one's; 0 = none */

    rwg__step_vec steps;
} rwg__request;

/* The step that an answer stands for by itself; false when it stands for none. */
static inline bool rwg__answer_step(const rwg__answer *answer, rwg__step *out) {
    *out = (rwg__step){
        .dir = answer->dir,
        .what = answer->root,
        .kind = RWG__STEP_UP,
        .name = RWG__UP_PACKAGE,
        .flags = answer->root ? RWG__STEP_FOUND : 0,
    };
    return answer->dir != 0;
}

/* The whole way: fills the answer. Messages are texts in the resolver's arena. */
void rwg__route(rwg__request *q);

/* A path, relative to dir or absolute: as a file, then as a folder. */
rwg__verdict rwg__locate_path(rwg__request *q, uint32_t dir, rwg_str path);
/* A folder's main fields and index. */
rwg__verdict rwg__locate_folder(rwg__request *q, uint32_t dir);
/* The folder that path leads to from dir, links followed if the identity is the real path; 0 when
 * there is none. The steps say what was looked at. */
uint32_t rwg__locate_dir(rwg__request *q, uint32_t dir, rwg_str path);
/* What may stand for a name with this extension: two, the second may be empty; NULL for none. */
const rwg_str *rwg__substitutes_of(rwg_str extension);
/* The folder's own identity: real, unless symbolic links are preserved. */
uint32_t rwg__locate_identity(rwg__request *q, uint32_t dir);
/* Replaces the question by a browser map's answer, if the map of dir's package names the specifier.
 */
rwg__verdict rwg__locate_browser_specifier(rwg__request *q, uint32_t dir, rwg_str specifier);

/* The answer is that file. */
rwg__verdict rwg__request_found(rwg__request *q, uint32_t dir, rwg_str name);
/* The answer is the specifier itself: a builtin, external or pinned one, or to be ignored. */
rwg__verdict rwg__request_keep(rwg__request *q, rwg_outcome outcome, rwg_str specifier);
/* A folder as messages name it: from the project's root, so that a message is the same in every
 * clone. Good until the request ends. */
rwg_str rwg__request_place(rwg__request *q, rwg_str folder);
/* There is no answer. */
rwg__verdict rwg__request_missing(rwg__request *q, rwg_diag_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Asks another question instead. */
rwg__verdict rwg__request_again(rwg__request *q, uint32_t dir, rwg_str specifier);
void rwg__request_step(rwg__request *q, rwg__step step);
/* One name in one folder was consulted. */
void rwg__request_name(rwg__request *q, uint32_t dir, rwg_str name, bool found);
/* One well-known name was consulted from dir up to top (0: up to the root of the file system). */
void rwg__request_up(rwg__request *q, rwg__up_name name, uint32_t dir, uint32_t top);
/* A line of --explain. */
void rwg__request_say(rwg__request *q, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
#define RWG__S(text) (int)(text).len, (text).ptr ? (text).ptr : ""

/* The package a real folder belongs to, and its root, 0 if none. What decides that are the
 * package.json of the folders from *out_from up to the root. */
const rwg__package *
rwg__request_owner(rwg__request *q, uint32_t dir, uint32_t *out_from, uint32_t *out_root);
rwg__conditions rwg__request_conditions(rwg__request *q);

/* "@scope/name/rest" or "name/rest"; *out_rest is "" or begins with "/". False for text that cannot
 * begin with a package's name. */
bool rwg__package_name_of(rwg_str specifier, rwg_str *out_name, rwg_str *out_rest);

/* The id of a question's answer, which is computed if it is not known: r, profile, site, importer,
 * dir, word, tsconfig, tsconfig_top and packages_only say what is asked. */
uint32_t rwg__resolution_id(const rwg__request *asked);
/* The request that a file makes with a specifier; env must be configured and from absolute. */
void rwg__importer_request(
    rwg_resolver *r, rwg_env env, rwg_str from, rwg_str specifier, rwg__request *q
);
/* Between begin and end, q has steps and the scratch arena. */
void rwg__request_begin(rwg__request *q);
void rwg__request_end(rwg__request *q);
/* The environment's profile, NULL for one that is not configured. */
const rwg__profile *rwg__profile_of(const rwg_resolver *r, rwg_env env);
/* A specifier that asks for a path: "./x", "../x", ".", "..", "/x". */
bool rwg__is_path(rwg_str specifier);
/* An import pattern as an absolute one, aliases and tsconfig paths applied; false when it has no
 * place. */
bool rwg__route_pattern(rwg__request *q, rwg__path *out);

/* The steps of a record, without those of the records and the answer it rests on. */
static inline const rwg__step *
rwg__record_steps(const rwg_resolver *r, uint32_t id, uint32_t *out_count) {
    uint32_t start = r->records.ptr[id].steps;
    uint32_t end = id + 1 < r->records.len ? r->records.ptr[id + 1].steps : r->steps.len;
    *out_count = end - start;
    return r->steps.ptr + start;
}

/* The table's place for a question: 0 in it, or the id of its first record. */
uint32_t *rwg__question_slot(rwg_resolver *r, uint32_t dir, uint32_t word);
/* A new record; the steps of q become its steps. */
uint32_t rwg__record_add(rwg_resolver *r, const rwg__request *q, rwg__record record);

/* suggest.c: sets message and fix of a request that found nothing. */
rwg__verdict rwg__suggest_path(rwg__request *q, uint32_t dir, rwg_str path);
rwg__verdict rwg__suggest_package(rwg__request *q, rwg_str name);
rwg__verdict rwg__suggest_export(
    rwg__request *q, const rwg__package *package, rwg_str subpath, const rwg__match *match
);

/* builtins.c */
bool rwg__is_node_builtin(rwg_str name);

#endif
