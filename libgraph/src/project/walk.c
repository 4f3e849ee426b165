/* Which files of the root are the project's own sources.
 *
 * The walk goes down from the root without following links to folders, leaves out node_modules,
 * folders and files whose name begins with a dot, and what .gitignore files exclude (gitignore(5):
 * the last matching pattern decides, deeper files after shallower ones, "!" takes back, a trailing
 * "/" means folders, a "/" elsewhere anchors). Every folder listed is remembered with its listing
 * hash, so that a warm start knows what to look at again, and every .gitignore with its bytes: when
 * one of them is another, the root is walked anew, since what was a source may be none now. */
#include "base/fsutil.h"
#include "base/hash.h"
#include "base/limits.h"
#include "project/state.h"

#include <stdlib.h>

typedef struct ignore_rule {
    rwg_str pattern; /* for rwg__path_glob, relative to base; in the walk's arena */
    rwg_str base;    /* folder of the .gitignore */
    bool negated;
    bool folders_only;
} ignore_rule;

typedef struct pending_dir {
    rwg_str abs;
    uint32_t depth;
    uint32_t rule_count; /* rules in force: those before this index */
} pending_dir;

typedef struct walk_entry {
    rwg_str name;
    rwg_fs_kind kind;
} walk_entry;

typedef struct walk {
    rwg_project *p;
    bool whole; /* of the root: all rules are those in force */
    rwg__arena arena;
    RWG_VEC(ignore_rule) rules;
    RWG_VEC(pending_dir) dirs; /* a stack */
    RWG_VEC(walk_entry) entries;
} walk;

bool rwg__walk_takes(rwg_str path) {
    bool declaration = false;
    switch (rwg_lang_of_path(path, &declaration)) {
    case RWG_LANG_JS:
    case RWG_LANG_JSX:
    case RWG_LANG_TS:
    case RWG_LANG_TSX: return !declaration;
    case RWG_LANG_NONE:
    case RWG_LANG_JSON:
    case RWG_LANG_CSS: break;
    }
    return false;
}

/* --- .gitignore --- */

static const rwg_str RULES_NAME = {".gitignore", 10};

static void add_rule(walk *w, rwg_str base, rwg_str line) {
    while (line.len && (line.ptr[line.len - 1] == ' ' || line.ptr[line.len - 1] == '\r')) {
        line.len--;
    }
    ignore_rule rule = {.base = base};
    if (line.len && line.ptr[0] == '!') {
        rule.negated = true;
        line = rwg__str_from(line, 1);
    }
    if (line.len && line.ptr[line.len - 1] == '/') {
        rule.folders_only = true;
        line.len--;
    }
    if (line.len == 0 || line.ptr[0] == '#') {
        return;
    }
    bool anchored = rwg__str_index(line, '/') < line.len;
    if (line.ptr[0] == '/') {
        line = rwg__str_from(line, 1);
    }
    if (anchored) {
        rule.pattern = rwg__arena_str(&w->arena, line);
    } else {
        rwg__buf any;
        rwg__buf_init(&any, w->p->mem);
        rwg__buf_add(&any, RWG_STR("**/"));
        rwg__buf_add(&any, line);
        rule.pattern = rwg__arena_str(&w->arena, rwg__buf_str(&any));
        rwg__buf_deinit(&any);
    }
    *rwg__vec_push(&w->rules, w->p->mem) = rule;
}

bool rwg__walk_is_rules(rwg_str path) {
    return rwg__str_eq(rwg__path_basename(path), RULES_NAME);
}

static void remember_rules(const walk *w, rwg_str path, rwg_str text) {
    rwg_project *p = w->p;
    rwg_hash content = rwg__hash_bytes(text.ptr, text.len);
    input_fact *known = NULL;
    for (uint32_t i = 0; i < p->rules.len && !known; i++) {
        known = rwg__str_eq(p->rules.ptr[i].abs, path) ? &p->rules.ptr[i] : NULL;
    }
    if (!known || !rwg__hash_equal(known->content, content)) {
        p->rules_stale |= !w->whole;
        known = known ? known : rwg__vec_push(&p->rules, p->mem);
        *known = (input_fact){.abs = rwg__project_name(p, path), .content = content};
        p->structure_saved = false;
    }
}

void rwg__walk_check_rules(rwg_project *p) {
    rwg__arena scratch;
    rwg__arena_init(&scratch, p->mem);
    for (uint32_t i = 0; i < p->rules.len; i++) {
        rwg_str text = {0};
        rwg_hash now = {0};
        rwg_str path = p->rules.ptr[i].abs;
        if (rwg__fs_read(&p->fs, &scratch, path, RWG_LIMIT_JSON_BYTES, &text) == RWG_OK) {
            now = rwg__hash_bytes(text.ptr, text.len);
        }
        p->rules_stale |= !rwg__hash_equal(now, p->rules.ptr[i].content);
        rwg__arena_reset(&scratch);
    }
    rwg__arena_deinit(&scratch);
}

static void read_rules(walk *w, rwg_str dir) {
    rwg__path path;
    rwg_str text = {0};
    if (!rwg__path_join(&path, dir, RULES_NAME) ||
        rwg__fs_read(&w->p->fs, &w->arena, rwg__path_str(&path), RWG_LIMIT_JSON_BYTES, &text) !=
            RWG_OK) {
        return;
    }
    remember_rules(w, rwg__path_str(&path), text);
    while (text.len) {
        uint32_t end = rwg__str_index(text, '\n');
        add_rule(w, dir, rwg__str_sub(text, 0, end));
        text = rwg__str_from(text, end < text.len ? end + 1 : end);
    }
}

static bool is_ignored(const walk *w, rwg_str abs, bool folder) {
    for (uint32_t i = w->rules.len; i > 0; i--) {
        const ignore_rule *rule = &w->rules.ptr[i - 1];
        if (rule->folders_only && !folder) {
            continue;
        }
        if (!rwg__path_is_under(abs, rule->base) || abs.len <= rule->base.len + 1) {
            continue;
        }
        if (rwg__path_glob(rule->pattern, rwg__str_from(abs, rule->base.len + 1))) {
            return !rule->negated;
        }
    }
    return false;
}

/* --- the walk --- */

static void collect(void *payload, const rwg_fs_entry *entry) {
    walk *w = payload;
    *rwg__vec_push(&w->entries, w->p->mem) =
        (walk_entry){rwg__arena_str(&w->arena, entry->name), entry->kind};
}

static int by_name(const void *a, const void *b) {
    return rwg__str_compare(((const walk_entry *)a)->name, ((const walk_entry *)b)->name);
}

/* Lists a folder: what is in it is work, and its listing is a fact that the set of sources rests
 * on. Returns whether it has rules of its own. */
static bool list_dir(walk *w, rwg_str abs) {
    rwg_project *p = w->p;
    rwg_str kept = rwg__project_name(p, abs);
    dir_fact fact = {.abs = kept, .checked_ns = rwg__wall_ns()};
    if (p->fs.stat(p->fs.self, kept, &fact.stat) != RWG_OK) {
        fact.stat = (rwg_fs_stat){.kind = RWG_FS_NONE};
    }
    w->entries.len = 0;
    fact.listing = rwg__listing_visit(&p->fs, p->mem, kept, collect, w);
    p->structure_saved = false;
    uint32_t *slot = rwg__strmap_put(&p->walked_ids, kept, NULL);
    if (*slot == 0) {
        *rwg__vec_push(&p->walked, p->mem) = fact;
        *slot = p->walked.len;
    } else {
        p->walked.ptr[*slot - 1] = fact;
    }
    if (w->entries.len) {
        qsort(w->entries.ptr, w->entries.len, sizeof *w->entries.ptr, by_name);
    }
    bool rules = false;
    for (uint32_t i = 0; i < w->entries.len && !rules; i++) {
        rules = rwg__str_eq(w->entries.ptr[i].name, RULES_NAME);
    }
    return rules;
}

static void found_source(rwg_project *p, rwg_str abs) {
    rwg_file file = rwg__project_file(p, abs);
    file_state *f = &p->files.ptr[file.v];
    if (!(f->flags & FILE_SOURCE)) {
        f->flags |= FILE_SOURCE;
        f->unsaved = true;
        p->entries_stale = true;
    }
    if (f->flags & FILE_GONE || f->read == READ_NEVER) {
        rwg__read_submit(p, file); /* it is back, or new: workers read while the walk goes on */
    }
}

static void visit_entry(walk *w, const pending_dir *dir, const walk_entry *entry) {
    rwg_str name = entry->name;
    rwg__path path;
    if (name.ptr[0] == '.' || rwg__str_eq_c(name, "node_modules") ||
        !rwg__path_join(&path, dir->abs, name)) {
        return;
    }
    rwg_str abs = rwg__path_str(&path);
    bool folder = entry->kind == RWG_FS_DIR;
    /* A linked folder of the project is reached by its own path; a linked file is its target. */
    bool file = entry->kind == RWG_FS_FILE && rwg__walk_takes(name);
    if ((!folder && !file) || is_ignored(w, abs, folder)) {
        return;
    }
    if (file) {
        found_source(w->p, abs);
    } else if (dir->depth < RWG_LIMIT_WALK_DEPTH) {
        *rwg__vec_push(&w->dirs, w->p->mem) =
            (pending_dir){rwg__arena_str(&w->arena, abs), dir->depth + 1, w->rules.len};
    }
}

static void run(walk *w) {
    while (w->dirs.len) {
        pending_dir dir = w->dirs.ptr[--w->dirs.len];
        w->rules.len = dir.rule_count;
        if (list_dir(w, dir.abs)) {
            read_rules(w, dir.abs);
        }
        for (uint32_t i = 0; i < w->entries.len; i++) {
            visit_entry(w, &dir, &w->entries.ptr[i]);
        }
    }
}

/* Leaves those folders to be walked that are new. */
static void drop_walked(walk *w) {
    const rwg_hash nothing = {{0}};
    uint32_t kept = 0;
    for (uint32_t i = 0; i < w->dirs.len; i++) {
        const uint32_t *known = rwg__strmap_find(&w->p->walked_ids, w->dirs.ptr[i].abs);
        if (!known || rwg__hash_equal(w->p->walked.ptr[*known - 1].listing, nothing)) {
            w->dirs.ptr[kept++] = w->dirs.ptr[i];
        }
    }
    w->dirs.len = kept;
}

static void start(walk *w, rwg_project *p) {
    *w = (walk){.p = p};
    rwg__arena_init(&w->arena, p->mem);
}

static void stop(walk *w) {
    rwg__vec_free(&w->rules, w->p->mem);
    rwg__vec_free(&w->dirs, w->p->mem);
    rwg__vec_free(&w->entries, w->p->mem);
    rwg__arena_deinit(&w->arena);
}

/* Rules of the folders above dir, and whether one of them excludes it (or its name does). */
static bool load_rules_above(walk *w, rwg_str dir) {
    if (dir.len == w->p->root.len) {
        return true;
    }
    for (uint32_t end = w->p->root.len; end < dir.len;) {
        read_rules(w, rwg__str_sub(dir, 0, end));
        uint32_t start_of_name = end + 1;
        end = start_of_name + rwg__str_index(rwg__str_from(dir, start_of_name), '/');
        rwg_str name = rwg__str_sub(dir, start_of_name, end);
        if (name.len == 0 || name.ptr[0] == '.' || rwg__str_eq_c(name, "node_modules") ||
            is_ignored(w, rwg__str_sub(dir, 0, end), true)) {
            return false;
        }
    }
    return true;
}

void rwg__walk_changed(rwg_project *p, rwg_str dir) {
    if (!rwg__path_is_under(dir, p->root)) {
        return;
    }
    walk w;
    start(&w, p);
    if (load_rules_above(&w, dir)) {
        *rwg__vec_push(&w.dirs, p->mem) =
            (pending_dir){rwg__arena_str(&w.arena, dir), 0, w.rules.len};
        run(&w);
    }
    stop(&w);
}

/* Names in a folder came or went. All that its listing has are taken, since the listing is
 * remembered: whoever trusts it later will not look for them again. So is `file`, which an unsaved
 * buffer may stand for; "" = none. */
static void walk_names(rwg_project *p, rwg_str dir, rwg_str file) {
    walk w;
    start(&w, p);
    if (load_rules_above(&w, dir)) {
        if (list_dir(&w, dir)) {
            read_rules(&w, dir);
        }
        for (uint32_t i = 0; i < w.entries.len; i++) {
            visit_entry(&w, &(pending_dir){.abs = dir}, &w.entries.ptr[i]);
        }
        if (file.len > 0) {
            const walk_entry entry = {file, RWG_FS_FILE};
            visit_entry(&w, &(pending_dir){.abs = dir}, &entry);
        }
        drop_walked(&w);
        run(&w);
    }
    stop(&w);
}

static void walk_overlay(rwg_project *p, const overlay *over) {
    rwg_str dir = rwg__path_dirname(over->path);
    if (over->text && rwg__path_is_under(dir, p->root)) {
        walk_names(p, dir, rwg__path_basename(over->path)); /* no listing need have it */
    }
}

/* What is in this folder is not known any more. */
static void forget_listing(rwg_project *p, dir_fact *fact) {
    fact->listing = (rwg_hash){{0}};
    fact->stat = (rwg_fs_stat){.kind = RWG_FS_NONE};
    p->structure_saved = false;
}

void rwg__walk_missed(rwg_project *p, const file_state *f) {
    const uint32_t *dir = rwg__strmap_find(&p->walked_ids, rwg__path_dirname(f->abs));
    if (f->flags & FILE_SOURCE && dir) {
        forget_listing(p, &p->walked.ptr[*dir - 1]);
    }
}

bool rwg__walk_is_below(rwg_str path, const rwg__strmap *paths) {
    while (path.len > 1 && !rwg__strmap_find(paths, path)) {
        path = rwg__path_dirname(path);
    }
    return path.len > 1;
}

/* Nothing of these files and folders is left. */
static void drop_gone(rwg_project *p, const rwg__strmap *went) {
    for (uint32_t i = 0; i < p->walked.len; i++) {
        if (rwg__walk_is_below(p->walked.ptr[i].abs, went)) {
            forget_listing(p, &p->walked.ptr[i]);
        }
    }
    for (uint32_t id = 1; id < p->files.len; id++) {
        file_state *f = &p->files.ptr[id];
        if (!rwg__walk_is_below(f->abs, went)) {
            continue;
        }
        rwg__read_submit(p, (rwg_file){id});
        if (f->flags & FILE_SOURCE) {
            f->flags &= ~(uint32_t)FILE_SOURCE;
            f->unsaved = true;
        }
    }
}

void rwg__walk_told(rwg_project *p, const str_vec *came, const str_vec *went) {
    rwg__strmap set;
    rwg__strmap_init(&set, p->mem);
    for (uint32_t i = 0; i < went->len; i++) {
        rwg__strmap_put(&set, went->ptr[i], NULL);
    }
    if (went->len > 0) {
        drop_gone(p, &set);
    }
    rwg__strmap_clear(&set); /* now: folders that were listed again */
    for (uint32_t i = 0; i < went->len + came->len; i++) {
        bool gone = i < went->len;
        rwg_str dir = rwg__path_dirname(gone ? went->ptr[i] : came->ptr[i - went->len]);
        bool first = false;
        bool walked = rwg__strmap_find(&p->walked_ids, dir) != NULL;
        if (walked || (!gone && rwg__path_is_under(dir, p->root))) {
            rwg__strmap_put(&set, dir, &first);
        }
        if (first) {
            walk_names(p, dir, (rwg_str){NULL, 0});
        }
    }
    rwg__strmap_deinit(&set);
    for (uint32_t i = 0; came->len > 0 && i < p->overlays.len; i++) {
        walk_overlay(p, &p->overlays.ptr[i]);
    }
}

void rwg__walk_root(rwg_project *p) {
    for (uint32_t id = 1; id < p->files.len; id++) {
        file_state *f = &p->files.ptr[id];
        f->unsaved |= (f->flags & FILE_SOURCE) != 0;
        f->flags &= ~(uint32_t)FILE_SOURCE;
    }
    p->walked.len = 0;
    rwg__strmap_clear(&p->walked_ids);
    p->rules.len = 0;
    p->rules_stale = false;
    p->entries_stale = true;
    walk w;
    start(&w, p);
    w.whole = true;
    *rwg__vec_push(&w.dirs, p->mem) = (pending_dir){p->root, 0, 0};
    run(&w);
    stop(&w);
    for (uint32_t i = 0; i < p->overlays.len; i++) {
        walk_overlay(p, &p->overlays.ptr[i]);
    }
}
