/* Answers, kept: by question, and what each of them consulted.
 *
 * A record is 24 bytes, a step 12. Answers that are equal are one rwg_resolution, so 40,000 imports
 * of 10,000 files hold 10,000 of them. Paths that were probed exist only as steps until somebody
 * asks. */
#include "base/hash.h"
#include "base/limits.h"
#include "resolve/request.h"

#include <stdlib.h>

/* -- profiles --------------------------------------------------------------------------------- */

static bool same_list(const rwg_str_list *a, const rwg_str_list *b) {
    bool same = a->count == b->count;
    for (uint32_t i = 0; same && i < a->count; i++) {
        same = rwg__str_eq(a->items[i], b->items[i]);
    }
    return same;
}

static bool same_env(const rwg_env_config *a, const rwg_env_config *b) {
    bool same =
        (a->role == RWG_ROLE_PLAIN) == (b->role == RWG_ROLE_PLAIN) && /* pins differ */
        same_list(&a->conditions, &b->conditions) && same_list(&a->main_fields, &b->main_fields) &&
        same_list(&a->extensions, &b->extensions) && same_list(&a->externals, &b->externals) &&
        same_list(&a->builtins, &b->builtins) && a->browser_field == b->browser_field &&
        a->node_builtins == b->node_builtins && a->alias_count == b->alias_count;
    for (uint32_t i = 0; same && i < a->alias_count; i++) {
        same = rwg__str_eq(a->aliases[i].from, b->aliases[i].from) &&
               rwg__str_eq(a->aliases[i].to, b->aliases[i].to);
    }
    return same;
}

static uint8_t extension_list(rwg_resolver *r, const rwg_str_list *list) {
    for (uint32_t i = 0; i < r->extension_count; i++) {
        if (same_list(&r->extensions[i], list)) {
            return (uint8_t)i;
        }
    }
    r->extensions[r->extension_count] = *list;
    /* A step counts the extensions that were tried in one byte. */
    if (r->extensions[r->extension_count].count > UINT8_MAX) {
        r->extensions[r->extension_count].count = UINT8_MAX;
    }
    return (uint8_t)r->extension_count++;
}

static bool looks_like_path(rwg_str text) {
    return text.len > 0 && (text.ptr[0] == '.' || text.ptr[0] == '/');
}

static bool any_looks_like_path(const rwg_str_list *list) {
    for (uint32_t i = 0; i < list->count; i++) {
        if (looks_like_path(list->items[i])) {
            return true;
        }
    }
    return false;
}

static void fill_profile(rwg_resolver *r, rwg__profile *profile, const rwg_env_config *env) {
    profile->env = env;
    profile->extensions = extension_list(r, &env->extensions);
    profile->paths_are_special =
        any_looks_like_path(&env->externals) ||
        (env->role != RWG_ROLE_PLAIN && any_looks_like_path(&r->config->pinned));
    profile->aliases = rwg__arena_alloc(&r->arena, (env->alias_count + 1) * sizeof(rwg_alias *));
    for (uint32_t i = 0; i < env->alias_count; i++) {
        const rwg_alias *alias = &env->aliases[i];
        profile->paths_are_special |= looks_like_path(alias->from);
        uint32_t at = i;
        for (; at > 0 && profile->aliases[at - 1]->from.len < alias->from.len; at--) {
            profile->aliases[at] = profile->aliases[at - 1];
        }
        profile->aliases[at] = alias;
    }
    uint32_t count = env->main_fields.count;
    profile->main_fields = rwg__arena_alloc(&r->arena, (count + 1) * sizeof(uint32_t));
    for (uint32_t i = 0; i < count; i++) {
        profile->main_fields[i] = rwg__packages_field(&r->packages, env->main_fields.items[i]);
    }
    profile->main_fields[count] = rwg__packages_field(&r->packages, RWG_STR("main"));
    profile->main_field_count = count + 1;
}

static void make_profiles(rwg_resolver *r) {
    for (uint32_t i = 0; i < r->config->env_count; i++) {
        const rwg_env_config *env = &r->config->envs[i];
        uint32_t known = 0;
        while (known < r->profile_count && !same_env(r->profiles[known].env, env)) {
            known++;
        }
        if (known == r->profile_count) {
            fill_profile(r, &r->profiles[r->profile_count++], env);
        }
        r->env_profile[i] = (uint8_t)known;
    }
    for (uint32_t i = 0; i < r->profile_count; i++) {
        rwg__profile *profile = &r->profiles[i];
        profile->shape = (uint8_t)i;
        for (uint32_t k = 0; k < i && profile->shape == i; k++) {
            const rwg__profile *other = &r->profiles[k];
            if (other->extensions == profile->extensions && !profile->paths_are_special &&
                !other->paths_are_special) {
                profile->shape = (uint8_t)k;
            }
        }
        r->profiles[profile->shape].shape_has_browser |= profile->env->browser_field;
    }
    for (uint32_t i = 0; i < r->profile_count; i++) {
        r->profiles[i].shape_has_browser = r->profiles[r->profiles[i].shape].shape_has_browser;
    }
    static const rwg_str STYLE[] = {{".css", 4}};
    r->extensions[r->extension_count] = (rwg_str_list){NULL, 0};
    r->extensions[r->extension_count + 1] = (rwg_str_list){STYLE, 1};
}

const rwg__profile *rwg__profile_of(const rwg_resolver *r, rwg_env env) {
    return env.v > 0 && env.v <= r->config->env_count ? &r->profiles[r->env_profile[env.v - 1]]
                                                      : NULL;
}

/* -- life ------------------------------------------------------------------------------------- */

rwg_status rwg__resolver_new(
    rwg__mem *mem,
    const rwg_fs *fs,
    rwg_str root,
    const rwg_config *config,
    rwg_resolver **out,
    rwg_error *err
) {
    *out = NULL;
    if (!config || config->env_count == 0 || config->env_count > RWG_MAX_ENVS) {
        return rwg__error(
            err, RWG_INVALID, root, "a resolver needs between 1 and %d environments", RWG_MAX_ENVS
        );
    }
    if (!rwg__path_is_absolute(root)) {
        return rwg__error(err, RWG_INVALID, root, "the root must be an absolute path");
    }
    rwg_resolver *r = rwg__mem_zalloc(mem, sizeof *r);
    r->mem = mem;
    r->fs = fs ? *fs : rwg_fs_system();
    r->config = config;
    rwg__arena_init(&r->arena, mem);
    rwg__arena_init(&r->scratch, mem);
    rwg__intern_init(&r->words, mem);
    rwg__intern_init(&r->probe_paths, mem);
    rwg__idmap_init(&r->answer_ids, mem);
    rwg__buf_init(&r->text, mem);
    *rwg__vec_push(&r->records, mem) = (rwg__record){0};
    *rwg__vec_push(&r->answers, mem) = (rwg__answer){0};

    rwg__path plain;
    rwg_str at = rwg__path_normalise(&plain, root) ? rwg__path_str(&plain) : root;
    rwg__dirs_init(&r->dirs, mem, &r->fs, &r->arena);
    uint32_t seeded = rwg__dirs_seed(&r->dirs, at);
    r->dirs.root = rwg__dirs_at(&r->dirs, seeded)->real;
    r->root = rwg__dirs_path(&r->dirs, r->dirs.root);
    rwg__inputs_init(&r->inputs, mem, &r->fs, &r->arena);
    rwg__packages_init(&r->packages, mem, &r->dirs, &r->inputs, &r->arena);
    r->style_fields[0] = rwg__packages_field(&r->packages, RWG_STR("style"));
    r->style_fields[1] = rwg__packages_field(&r->packages, RWG_STR("main"));
    make_profiles(r);
    rwg__tsconfigs_init(&r->tsconfigs, mem, &r->packages, config, r->root);
    rwg__pnp_init(&r->pnp, mem, &r->dirs, &r->inputs);
    r->pnp_dir = rwg__pnp_find(&r->pnp, r->dirs.root);
    *out = r;
    return RWG_OK;
}

rwg_status rwg_resolver_new(
    const rwg_fs *fs, rwg_str root, const rwg_config *config, rwg_resolver **out, rwg_error *err
) {
    rwg__mem *mem = rwg__mem_new(NULL, 0);
    rwg_status status = rwg__resolver_new(mem, fs, root, config, out, err);
    if (status == RWG_OK) {
        RWG_ASSERT(*out);
        (*out)->own_mem = mem;
    } else {
        rwg__mem_release(mem);
    }
    return status;
}

void rwg_resolver_free(rwg_resolver *r) {
    if (!r) {
        return;
    }
    rwg__mem *mem = r->mem;
    rwg__mem *own = r->own_mem;
    rwg__pnp_deinit(&r->pnp);
    rwg__tsconfigs_deinit(&r->tsconfigs);
    rwg__packages_deinit(&r->packages);
    rwg__inputs_deinit(&r->inputs);
    rwg__dirs_deinit(&r->dirs);
    rwg__mem_free(mem, r->questions.slots, r->questions.cap * sizeof(uint32_t));
    rwg__vec_free(&r->records, mem);
    rwg__vec_free(&r->steps, mem);
    rwg__idmap_deinit(&r->answer_ids);
    rwg__vec_free(&r->answers, mem);
    rwg__vec_free(&r->with_probes, mem);
    rwg__vec_free(&r->probes, mem);
    rwg__vec_free(&r->dirs_out, mem);
    for (uint32_t i = 0; i < RWG__DEPTH; i++) {
        rwg__vec_free(&r->spare[i], mem);
    }
    rwg__buf_deinit(&r->text);
    rwg__intern_deinit(&r->words);
    rwg__intern_deinit(&r->probe_paths);
    rwg__arena_deinit(&r->scratch);
    rwg__arena_deinit(&r->arena);
    rwg__mem_free(mem, r, sizeof *r);
    if (own) {
        rwg__mem_release(own);
    }
}

const rwg_compiler_options *rwg_resolver_compiler_options(rwg_resolver *r, rwg_str file) {
    static const rwg_compiler_options DEFAULTS = {.use_define_for_class_fields = true};
    uint32_t dir = rwg__dirs_from(&r->dirs, rwg__path_dirname(file));
    uint32_t top = 0;
    uint32_t id = dir ? rwg__tsconfig_for(&r->tsconfigs, dir, file, &top) : 0;
    return id ? &rwg__tsconfig_at(&r->tsconfigs, id)->compiler : &DEFAULTS;
}

bool rwg_resolver_is_module(rwg_resolver *r, rwg_str file) {
    rwg_str ext = rwg__path_ext(file);
    if (rwg__str_eq_c(ext, ".mjs") || rwg__str_eq_c(ext, ".mts")) {
        return true;
    }
    if (rwg__str_eq_c(ext, ".cjs") || rwg__str_eq_c(ext, ".cts")) {
        return false;
    }
    uint32_t dir = rwg__dirs_from(&r->dirs, rwg__path_dirname(file));
    uint32_t scope = dir ? rwg__package_scope(&r->packages, dir) : 0;
    return scope && rwg__package_in(&r->packages, scope)->is_module;
}

/* -- answers ---------------------------------------------------------------------------------- */

/* What tells answers apart, in r->text. */
static rwg_str answer_key(rwg_resolver *r, char kind, rwg_str a, rwg_str b) {
    rwg__buf_clear(&r->text);
    rwg__buf_char(&r->text, kind);
    rwg__buf_add(&r->text, a);
    rwg__buf_char(&r->text, '\0');
    rwg__buf_add(&r->text, b);
    return rwg__buf_str(&r->text);
}

/* The key that an answer was made from, if it is len bytes long: its two parts lie behind the kind.
 */
static rwg_str answer_text(const rwg_resolution *answer, uint32_t len) {
    bool missing = answer->outcome == RWG_OUTCOME_MISSING;
    rwg_str first = missing ? answer->message : answer->path;
    rwg_str second = missing ? answer->fix : answer->query;
    return first.len + second.len + 2 == len ? (rwg_str){first.ptr - 1, len} : RWG_STR("");
}

/* The answer with this key; *out_new when it is to be filled in. Its path or message is the key's
 * first part, its query or fix the second: the key keeps both. */
static uint32_t find_answer(rwg_resolver *r, rwg_str key, uint32_t first_len, bool *out_new) {
    uint64_t hash = rwg__hash_quick(key.ptr, key.len) >> 1; /* leaves room to count up */
    const uint32_t *known = rwg__idmap_find(&r->answer_ids, hash);
    while (known && !rwg__str_eq(answer_text(r->answers.ptr[*known].value, key.len), key)) {
        known = rwg__idmap_find(&r->answer_ids, ++hash);
    }
    *out_new = !known;
    if (known) {
        return *known;
    }
    rwg_str kept = rwg__arena_str(&r->arena, key);
    rwg_resolution *answer = rwg__arena_zalloc(&r->arena, sizeof *answer);
    answer->path = rwg__str_sub(kept, 1, 1 + first_len);
    answer->query = rwg__str_from(kept, 2 + first_len);
    uint32_t id = r->answers.len;
    *rwg__vec_push(&r->answers, r->mem) = (rwg__answer){.value = answer};
    *rwg__idmap_put(&r->answer_ids, hash, NULL) = id;
    return id;
}

static uint32_t file_answer(rwg__request *q) {
    rwg_resolver *r = q->r;
    uint32_t dir = q->found_dir;
    bool is_link = rwg__dirs_entry(&r->dirs, dir, q->found_name) == RWG_FS_LINK;
    rwg_str path;
    if (r->config->preserve_symlinks) {
        path = rwg__dirs_join(&r->dirs, &r->scratch, dir, q->found_name);
    } else {
        path = rwg__dirs_file(&r->dirs, dir, q->found_name);
        if (is_link) {
            path = rwg__arena_str(&r->scratch, path);
            dir = rwg__dirs_from(&r->dirs, rwg__path_dirname(path));
        }
    }
    bool is_new = false;
    uint32_t id = find_answer(r, answer_key(r, 'F', path, q->query), path.len, &is_new);
    rwg_resolution *answer = r->answers.ptr[id].value;
    uint32_t from = 0;
    uint32_t root = 0;
    const rwg__package *package = rwg__request_owner(q, dir, &from, &root);
    r->answers.ptr[id].dir = from;
    r->answers.ptr[id].root = root;
    answer->outcome = RWG_OUTCOME_FILE;
    answer->dependency = rwg__path_in_node_modules(answer->path);
    answer->package_root = root ? rwg__dirs_path(&r->dirs, root) : RWG_STR("");
    answer->package = package ? package->name : RWG_STR("");
    if (root && answer->dependency && answer->package.len == 0) {
        answer->package = rwg__path_basename(answer->package_root);
    }
    return id;
}

static uint32_t answer_of(rwg__request *q) {
    rwg_resolver *r = q->r;
    bool is_new = false;
    if (q->same_as) {
        return q->same_as;
    }
    if (q->outcome == RWG_OUTCOME_FILE) {
        return file_answer(q);
    }
    if (q->outcome == RWG_OUTCOME_MISSING) {
        rwg_str key = answer_key(r, (char)('a' + (int)q->code), q->message, q->fix);
        uint32_t id = find_answer(r, key, q->message.len, &is_new);
        rwg_resolution *answer = r->answers.ptr[id].value;
        if (is_new) {
            *answer = (rwg_resolution){
                .outcome = q->outcome,
                .code = q->code,
                .message = answer->path,
                .fix = answer->query,
            };
        }
        return id;
    }
    rwg_str key = answer_key(r, (char)('0' + (int)q->outcome), q->found_name, q->query);
    uint32_t id = find_answer(r, key, q->found_name.len, &is_new);
    r->answers.ptr[id].value->outcome = q->outcome;
    return id;
}

/* -- records ---------------------------------------------------------------------------------- */

static uint32_t slot_hash(uint32_t dir, uint32_t word) {
    uint64_t mixed = rwg__pair(dir, word) * UINT64_C(0x9E3779B97F4A7C15);
    return (uint32_t)(mixed >> 32);
}

static uint32_t *find_slot(const rwg_resolver *r, uint32_t dir, uint32_t word) {
    const rwg__question_table *table = &r->questions;
    uint32_t at = slot_hash(dir, word) & (table->cap - 1);
    while (table->slots[at] != 0) {
        const rwg__record *record = &r->records.ptr[table->slots[at]];
        if (record->dir == dir && record->word == word) {
            break;
        }
        at = (at + 1) & (table->cap - 1);
    }
    return &table->slots[at];
}

/* Doubles the table when three quarters of it are taken. */
static void grow_questions(rwg_resolver *r) {
    rwg__question_table old = r->questions;
    if (old.len + 1 <= old.cap / 4 * 3) {
        return;
    }
    r->questions.cap = old.cap ? old.cap * 2 : 64;
    r->questions.slots = rwg__mem_zalloc(r->mem, r->questions.cap * sizeof(uint32_t));
    for (uint32_t i = 0; i < old.cap; i++) {
        if (old.slots[i]) {
            const rwg__record *record = &r->records.ptr[old.slots[i]];
            *find_slot(r, record->dir, record->word) = old.slots[i];
        }
    }
    rwg__mem_free(r->mem, old.slots, old.cap * sizeof(uint32_t));
}

uint32_t *rwg__question_slot(rwg_resolver *r, uint32_t dir, uint32_t word) {
    grow_questions(r);
    return find_slot(r, dir, word);
}

uint32_t rwg__record_add(rwg_resolver *r, const rwg__request *q, rwg__record record) {
    uint32_t id = r->records.len;
    rwg__step implied;
    bool implies = rwg__answer_step(&r->answers.ptr[record.answer], &implied);
    record.steps = r->steps.len;
    for (uint32_t i = 0; i < q->steps.len; i++) {
        if (!implies || memcmp(&q->steps.ptr[i], &implied, sizeof implied) != 0) {
            *rwg__vec_push(&r->steps, r->mem) = q->steps.ptr[i];
        }
    }
    *rwg__vec_push(&r->records, r->mem) = record;
    return id;
}

/* Puts a record in front of the others that answer its question. */
static void index_record(rwg_resolver *r, uint32_t id) {
    rwg__record *record = &r->records.ptr[id];
    uint32_t *slot = rwg__question_slot(r, record->dir, record->word);
    if (*slot == 0) {
        r->questions.len++;
    }
    record->next = *slot;
    while (record->next && (r->records.ptr[record->next].flags & RWG__RECORD_DEAD)) {
        record->next = r->records.ptr[record->next].next;
    }
    *slot = id;
}

void rwg__request_begin(rwg__request *q) {
    rwg_resolver *r = q->r;
    RWG_ASSERT(r->depth < RWG__DEPTH);
    if (r->depth == 0) {
        rwg__arena_reset(&r->scratch);
    }
    q->steps = r->spare[r->depth];
    q->steps.len = 0;
    r->depth++;
    q->specifier = rwg__intern_str(&r->words, q->word);
}

void rwg__request_end(rwg__request *q) {
    q->r->depth--;
    q->r->spare[q->r->depth] = q->steps;
}

static bool
is_answer_to(const rwg__record *record, const rwg__record *question, const rwg__profile *profile) {
    if ((record->flags & RWG__RECORD_DEAD) ||
        ((record->flags ^ question->flags) & RWG__RECORD_PACKAGES)) {
        return false;
    }
    int site = record->flags & RWG__RECORD_SITE;
    int asked = question->flags & RWG__RECORD_SITE;
    if (record->flags & RWG__RECORD_SHARED) {
        return record->profile == profile->shape &&
               (site == RWG_SITE_STYLE) == (asked == RWG_SITE_STYLE);
    }
    return record->profile == question->profile && site == asked &&
           record->tsconfig == question->tsconfig;
}

uint32_t rwg__resolution_id(const rwg__request *asked) {
    rwg_resolver *r = asked->r;
    const rwg__profile *profile = asked->profile;
    rwg__record record = {
        .dir = asked->dir,
        .word = asked->word,
        .tsconfig = (uint16_t)asked->tsconfig,
        .profile = (uint8_t)(profile - r->profiles),
        .flags = (uint8_t)((int)asked->site | (asked->packages_only ? RWG__RECORD_PACKAGES : 0)),
    };
    for (uint32_t id = *rwg__question_slot(r, record.dir, record.word); id;
         id = r->records.ptr[id].next) {
        if (is_answer_to(&r->records.ptr[id], &record, profile)) {
            return id;
        }
    }
    rwg__request q = *asked;
    rwg__request_begin(&q);
    rwg__route(&q);
    record.answer = answer_of(&q);
    if (!q.env_used && !asked->packages_only) {
        int site = asked->site == RWG_SITE_STYLE ? (int)RWG_SITE_STYLE : RWG__SITE_ANY;
        record.flags = (uint8_t)(RWG__RECORD_SHARED | site);
        record.profile = profile->shape;
    }
    uint32_t id = rwg__record_add(r, &q, record);
    index_record(r, id);
    rwg__request_end(&q);
    r->computed++;
    return id;
}

/* -- the importing file ----------------------------------------------------------------------- */

/* The folder of `from`, kept for the next import of the same file. */
static uint32_t from_dir(rwg_resolver *r, rwg_str from) {
    if (rwg__str_eq(from, rwg__path_str(&r->from))) {
        return r->from_dir;
    }
    rwg__path plain;
    bool is_dir = from.len > 1 && from.ptr[from.len - 1] == '/';
    rwg_str dir = is_dir ? rwg__str_sub(from, 0, from.len - 1) : rwg__path_dirname(from);
    const uint32_t *known = rwg__strmap_find(&r->dirs.ids, dir);
    if (!known && rwg__path_normalise(&plain, dir)) {
        dir = rwg__path_str(&plain);
    }
    uint32_t id = rwg__dirs_from(&r->dirs, dir);
    if (!r->config->preserve_symlinks) {
        id = rwg__dirs_at(&r->dirs, id)->real;
    }
    r->from.len = from.len < sizeof r->from.bytes ? from.len : 0;
    memcpy(r->from.bytes, from.ptr, r->from.len);
    r->from_dir = id;
    r->from_tsconfig = RWG__DIR_UNASKED;
    return id;
}

/* Which tsconfig governs the file asked about last. */
static uint32_t from_tsconfig(rwg_resolver *r) {
    if (r->from_tsconfig == RWG__DIR_UNASKED) {
        rwg_str from = rwg__path_str(&r->from);
        rwg_str name = rwg__path_basename(from);
        rwg__path file = {0};
        bool has_file =
            name.len > 0 && rwg__path_join(&file, rwg__dirs_path(&r->dirs, r->from_dir), name);
        uint32_t top = 0;
        r->from_tsconfig = rwg__tsconfig_for(
            &r->tsconfigs, r->from_dir, has_file ? rwg__path_str(&file) : RWG_STR(""), &top
        );
        r->from_tsconfig_top = top;
    }
    return r->from_tsconfig;
}

static bool is_plain_path(const rwg__profile *profile, rwg_str specifier) {
    return !profile->paths_are_special && rwg__is_path(specifier) && specifier.ptr[0] == '.';
}

void rwg__importer_request(
    rwg_resolver *r, rwg_env env, rwg_str from, rwg_str specifier, rwg__request *q
) {
    const rwg__profile *profile = rwg__profile_of(r, env);
    RWG_ASSERT(profile && rwg__path_is_absolute(from));
    *q = (rwg__request){.r = r, .profile = profile, .word = rwg__intern_id(&r->words, specifier)};
    q->importer = q->dir = from_dir(r, from);
    if (!is_plain_path(profile, specifier)) {
        q->tsconfig = from_tsconfig(r);
        q->tsconfig_top = r->from_tsconfig_top;
    }
}

uint32_t
rwg__resolver_id(rwg_resolver *r, rwg_env env, rwg_str from, rwg_str specifier, rwg_site site) {
    rwg__request q;
    rwg__importer_request(r, env, from, specifier, &q);
    q.site = site;
    return rwg__resolution_id(&q);
}

const rwg_resolution *rwg__resolver_get(const rwg_resolver *r, uint32_t id) {
    return r->answers.ptr[r->records.ptr[id].answer].value;
}

uint64_t rwg__resolver_computed(const rwg_resolver *r) {
    return r->computed;
}

/* -- facts ------------------------------------------------------------------------------------ */

uint32_t rwg__resolver_dir_count(const rwg_resolver *r) {
    return r->dirs.all.len - 1;
}

void rwg__resolver_dir(const rwg_resolver *r, uint32_t id, rwg__dir_fact *out) {
    /* The hash is computed when it is first asked for. */
    rwg__dirs *dirs = (rwg__dirs *)&r->dirs;
    const rwg__dir *real = rwg__dirs_at(dirs, rwg__dirs_at(dirs, id)->real);
    rwg_hash listing = rwg__dirs_hash(dirs, id);
    *out = (rwg__dir_fact){real->path, listing, real->stat, real->checked_ns};
}

bool rwg__resolver_expects(rwg_resolver *r, rwg_str path) {
    const uint32_t *id = rwg__strmap_find(&r->dirs.ids, rwg__path_dirname(path));
    if (!id || !rwg__dirs_at(&r->dirs, rwg__dirs_at(&r->dirs, *id)->real)->listed) {
        return true; /* nothing is known */
    }
    rwg_fs_kind kind = rwg__dirs_entry(&r->dirs, *id, rwg__path_basename(path));
    return kind == RWG_FS_FILE || kind == RWG_FS_LINK;
}

uint32_t rwg__resolver_input_count(const rwg_resolver *r) {
    return r->inputs.all.len - 1;
}

void rwg__resolver_input(const rwg_resolver *r, uint32_t id, rwg__input_fact *out) {
    *out = r->inputs.all.ptr[id];
}

static void add_dir(rwg_resolver *r, uint32_t dir) {
    uint32_t real = rwg__dirs_at(&r->dirs, dir)->real;
    for (uint32_t i = 0; i < r->dirs_out.len; i++) {
        if (r->dirs_out.ptr[i] == real) {
            return;
        }
    }
    *rwg__vec_push(&r->dirs_out, r->mem) = real;
}

/* Calls back for each step of a resolution, those of resolutions it rests on included. */
typedef void (*step_visitor)(rwg_resolver *r, const rwg__step *step);

static void visit_steps(rwg_resolver *r, uint32_t id, step_visitor visit) {
    uint32_t todo[RWG__DEPTH];
    uint32_t count = 0;
    todo[count++] = id;
    while (count > 0) {
        uint32_t step_count = 0;
        uint32_t at = todo[--count];
        const rwg__step *steps = rwg__record_steps(r, at, &step_count);
        for (uint32_t i = 0; i < step_count; i++) {
            if (steps[i].kind == RWG__STEP_REF) {
                RWG_ASSERT(count < RWG__DEPTH);
                todo[count++] = steps[i].what;
            } else {
                visit(r, &steps[i]);
            }
        }
        rwg__step implied;
        if (rwg__answer_step(&r->answers.ptr[r->records.ptr[at].answer], &implied)) {
            visit(r, &implied);
        }
    }
}

static void visit_dirs(rwg_resolver *r, const rwg__step *step) {
    add_dir(r, step->dir);
    if (step->kind == RWG__STEP_UP) {
        for (uint32_t at = step->dir; at && at != step->what;) {
            at = rwg__dirs_at(&r->dirs, at)->parent;
            if (at) {
                add_dir(r, at);
            }
        }
    }
}

const uint32_t *rwg__resolver_dirs_of(const rwg_resolver *r, uint32_t id, uint32_t *out_n) {
    rwg_resolver *scratch = (rwg_resolver *)r;
    scratch->dirs_out.len = 0;
    visit_steps(scratch, id, visit_dirs);
    *out_n = scratch->dirs_out.len;
    return scratch->dirs_out.ptr;
}

/* -- probes ----------------------------------------------------------------------------------- */

static void add_probe(rwg_resolver *r, uint32_t dir, rwg_str name, rwg_str ending, bool found) {
    rwg_str path = rwg__dirs_path(&r->dirs, dir);
    rwg__buf_clear(&r->text);
    rwg__buf_add(&r->text, path.len > 1 ? path : RWG_STR(""));
    if (name.len) {
        rwg__buf_char(&r->text, '/');
    }
    rwg__buf_add(&r->text, name);
    rwg__buf_add(&r->text, ending);
    uint32_t id = rwg__intern_id(&r->probe_paths, rwg__buf_str(&r->text));
    *rwg__vec_push(&r->probes, r->mem) = (rwg_probe){rwg__intern_str(&r->probe_paths, id), found};
}

static void visit_file_probes(rwg_resolver *r, const rwg__step *step) {
    rwg_str name = rwg__path_basename(rwg__intern_str(&r->words, step->what));
    rwg_str extension = rwg__path_ext(name);
    rwg_str stem = rwg__str_sub(name, 0, name.len - extension.len);
    const rwg_str *substitutes = rwg__substitutes_of(extension);
    if (step->flags & RWG__STEP_EXACT) {
        add_probe(r, step->dir, name, RWG_STR(""), false);
    }
    if (step->flags & RWG__STEP_SUBST_1) {
        add_probe(r, step->dir, stem, substitutes[0], false);
    }
    if (step->flags & RWG__STEP_SUBST_2) {
        add_probe(r, step->dir, stem, substitutes[1], false);
    }
    for (uint32_t i = 0; i < step->tried; i++) {
        add_probe(r, step->dir, name, r->extensions[step->name].items[i], false);
    }
}

static void visit_probes(rwg_resolver *r, const rwg__step *step) {
    static const rwg_str UP_NAMES[] = {
        {"package.json", 12}, {"node_modules", 12}, {"tsconfig.json", 13}};
    if (step->kind == RWG__STEP_FILE) {
        visit_file_probes(r, step);
    } else if (step->kind == RWG__STEP_LIST) {
        add_probe(r, step->dir, RWG_STR(""), RWG_STR(""), false);
    } else {
        for (uint32_t at = step->dir; at; at = rwg__dirs_at(&r->dirs, at)->parent) {
            add_probe(r, at, UP_NAMES[step->name], RWG_STR(""), false);
            if (at == step->what) {
                break;
            }
        }
    }
    if (step->flags & RWG__STEP_FOUND) {
        r->probes.ptr[r->probes.len - 1].found = true;
    }
}

const rwg_resolution *
rwg_resolve(rwg_resolver *r, rwg_env env, rwg_str from, rwg_str specifier, rwg_site site) {
    if (!rwg__profile_of(r, env) || !rwg__path_is_absolute(from)) {
        return NULL;
    }
    uint32_t id = rwg__resolver_id(r, env, from, specifier, site);
    while (r->with_probes.len <= id) {
        *rwg__vec_push(&r->with_probes, r->mem) = NULL;
    }
    if (!r->with_probes.ptr[id]) {
        r->probes.len = 0;
        visit_steps(r, id, visit_probes);
        rwg_resolution *full = rwg__arena_alloc(&r->arena, sizeof *full);
        *full = *rwg__resolver_get(r, id);
        full->probe_count = r->probes.len;
        rwg_probe *probes = rwg__arena_alloc(&r->arena, r->probes.len * sizeof *probes);
        if (r->probes.len > 0) {
            memcpy(probes, r->probes.ptr, r->probes.len * sizeof *probes);
        }
        full->probes = probes;
        r->with_probes.ptr[id] = full;
    }
    return r->with_probes.ptr[id];
}

void rwg_resolve_explain(
    rwg_resolver *r, rwg_env env, rwg_str from, rwg_str specifier, rwg_site site, rwg_sink *sink
) {
    if (!rwg__profile_of(r, env) || !rwg__path_is_absolute(from)) {
        rwg_sink_cstr(sink, "no such environment, or the importer's path is not absolute\n");
        return;
    }
    rwg_sink_printf(sink, "\"%.*s\" in %.*s\n", RWG__S(specifier), RWG__S(from));
    rwg__request q;
    rwg__importer_request(r, env, from, specifier, &q);
    q.site = site;
    q.say = sink;
    rwg__request_begin(&q);
    rwg__route(&q);
    uint32_t id = answer_of(&q); /* before answers.ptr is read: it may move */
    const rwg_resolution *answer = r->answers.ptr[id].value;
    rwg__request_end(&q);
    static const char *const OUTCOMES[] = {
        "file", "builtin", "external", "ignored", "pinned", "missing"};
    rwg_str text = answer->outcome == RWG_OUTCOME_MISSING ? answer->message : answer->path;
    rwg_sink_printf(
        sink, "%s: %.*s%.*s\n", OUTCOMES[answer->outcome], RWG__S(text), RWG__S(answer->query)
    );
    if (answer->fix.len) {
        rwg_sink_printf(sink, "%.*s\n", RWG__S(answer->fix));
    }
}
