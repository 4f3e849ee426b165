/* Jobs, waiters, and what is kept in memory.
 *
 * An edit leaves behind the code and the text that were there before it. They are of use to
 * generations that still run, and then to nobody; so what each node and each file has now is known,
 * and from time to time the rest goes: memory does not grow with the number of edits. */
#include "dev/compiler.h"

#include "base/fsutil.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"

/* Compiled code kept in memory before old entries go. */
#define KEEP_BYTES (256u << 20)
/* Entries not asked for in so many generations may go. */
#define KEEP_TICKS 3u
/* Texts of so many generations ago may go: a request that is slow may have been pinned since. */
#define KEEP_TEXT_TICKS 64u
/* So many replaced ones are worth a look at all. */
#define SWEEP_AT 256u
/* Texts of files that changed, kept for older generations. */
#define REMEMBER_BYTES (128u << 20)

typedef struct entry {
    rwg_hash hash;
    rwb__compiled *compiled;
    rwb__source_kind kind;
    uint32_t tick; /* when it was asked for */
    bool current;  /* scratch of a sweep */
} entry;

typedef struct text_entry {
    rwg_hash content;
    char *bytes;
    uint32_t len;
    uint32_t tick; /* when it was remembered, or another took its place */
    bool current;  /* scratch of a sweep */
} text_entry;

/* What each node or file has now, by hash. */
typedef struct current_set {
    rwg__idmap by_owner;
    RWG_VEC(rwg_hash) hashes;
    uint32_t replaced; /* since the last sweep */
} current_set;

typedef struct waiter {
    rwg_node node;
    rwb__compiled_fn done;
    void *payload;
} waiter;

typedef struct job {
    uv_work_t work; /* first: libuv hands it back */
    rwb__compiler *compiler;
    rwb__recipe *recipe;
    rwb__compiled *compiled;
    char *text; /* remembered; NULL: the file is read */
    uint32_t text_len;
    uint32_t at; /* in `jobs` */
    RWG_VEC(waiter) waiters;
} job;

struct rwb__compiler {
    rwb__loop *loop;
    rwg__mem *mem;
    const rwb__settings *settings;
    rwb__cache *cache;
    RWG_VEC(entry) entries;
    rwg__idmap by_hash; /* low half of the hash -> entry */
    current_set code;   /* by node and form */
    uint64_t bytes;
    RWG_VEC(job *) jobs; /* running; NULL where one has ended; emptied when all have */
    uint32_t running;
    rwg__idmap job_of; /* low half of the hash -> 1 + index into `jobs`, 0 = ended */
    RWG_VEC(text_entry) texts;
    rwg__idmap by_content; /* low half of the content hash -> text */
    uint64_t text_bytes;
    current_set contents; /* by file */
    uint32_t tick;
    bool closing;
    rwb__compiler_stats stats;
    rwg__buf scratch;

    uv_mutex_t lock; /* of the two below */
    RWG_VEC(rwb_transformer *) idle;
    void (*problem)(void *payload, rwg_str text); /* NULL: nobody is told */
    void *problem_payload;
};

rwb__compiler *
rwb__compiler_new(rwb__loop *loop, const rwb__settings *settings, rwb__cache *cache) {
    rwg__mem *mem = rwb__loop_mem(loop);
    rwb__compiler *c = rwg__mem_zalloc(mem, sizeof *c);
    c->loop = loop;
    c->mem = mem;
    c->settings = settings;
    c->cache = cache;
    rwg__idmap_init(&c->by_hash, mem);
    rwg__idmap_init(&c->by_content, mem);
    rwg__idmap_init(&c->job_of, mem);
    rwg__idmap_init(&c->code.by_owner, mem);
    rwg__idmap_init(&c->contents.by_owner, mem);
    rwg__buf_init(&c->scratch, mem);
    int failed = uv_mutex_init(&c->lock);
    RWG_ASSERT(failed == 0);
    return c;
}

static void job_free(job *j) {
    rwg__mem *mem = j->compiler->mem;
    rwb__recipe_free(j->recipe);
    rwb__compiled_release(j->compiled);
    rwg__vec_free(&j->waiters, mem);
    rwg__mem_free(mem, j->text, j->text_len + 1u);
    rwg__mem_free(mem, j, sizeof *j);
}

static void forget_texts(rwb__compiler *c) {
    for (uint32_t i = 0; i < c->texts.len; i++) {
        rwg__mem_free(c->mem, c->texts.ptr[i].bytes, c->texts.ptr[i].len + 1u);
    }
    c->texts.len = 0;
    c->text_bytes = 0;
    rwg__idmap_clear(&c->by_content);
}

void rwb__compiler_free(rwb__compiler *c) {
    if (!c) {
        return;
    }
    c->closing = true;
    for (uint32_t i = 0; i < c->jobs.len; i++) {
        if (c->jobs.ptr[i]) {
            (void)uv_cancel((uv_req_t *)&c->jobs.ptr[i]->work);
        }
    }
    while (c->running > 0) {
        rwb__loop_run_once(c->loop);
    }
    for (uint32_t i = 0; i < c->entries.len; i++) {
        rwb__compiled_release(c->entries.ptr[i].compiled);
    }
    forget_texts(c);
    for (uint32_t i = 0; i < c->idle.len; i++) {
        rwb_transformer_free(c->idle.ptr[i]);
    }
    rwg__vec_free(&c->entries, c->mem);
    rwg__vec_free(&c->texts, c->mem);
    rwg__vec_free(&c->idle, c->mem);
    rwg__vec_free(&c->jobs, c->mem);
    rwg__idmap_deinit(&c->by_hash);
    rwg__idmap_deinit(&c->by_content);
    rwg__idmap_deinit(&c->job_of);
    rwg__idmap_deinit(&c->code.by_owner);
    rwg__idmap_deinit(&c->contents.by_owner);
    rwg__vec_free(&c->code.hashes, c->mem);
    rwg__vec_free(&c->contents.hashes, c->mem);
    rwg__buf_deinit(&c->scratch);
    uv_mutex_destroy(&c->lock);
    rwg__mem_free(c->mem, c, sizeof *c);
}

/* --- memory --- */

static uint64_t slot_of(rwg_hash hash) {
    uint64_t slot = 0;
    memcpy(&slot, hash.bytes, sizeof slot);
    return slot >> 1; /* UINT64_MAX is no key */
}

static entry *find_entry(rwb__compiler *c, rwg_hash hash) {
    uint32_t *at = rwg__idmap_find(&c->by_hash, slot_of(hash));
    entry *e = at ? &c->entries.ptr[*at] : NULL;
    return e && rwg__hash_equal(e->hash, hash) ? e : NULL;
}

static void add_entry(rwb__compiler *c, const rwb__recipe *recipe, rwb__compiled *compiled) {
    bool added = false;
    uint32_t *at = rwg__idmap_put(&c->by_hash, slot_of(recipe->hash), &added);
    if (!added) {
        return;
    }
    *at = c->entries.len;
    *rwg__vec_push(&c->entries, c->mem) = (entry){
        .hash = recipe->hash,
        .compiled = rwb__compiled_retain(compiled),
        .kind = recipe->kind,
        .tick = c->tick,
    };
    c->bytes += compiled->size;
}

/* From now on this is what the owner has. Returns what it had, zero when that was nothing. */
static rwg_hash set_current(rwb__compiler *c, current_set *set, uint64_t owner, rwg_hash hash) {
    bool added = false;
    uint32_t *at = rwg__idmap_put(&set->by_owner, owner, &added);
    if (added) {
        *at = set->hashes.len;
        *rwg__vec_push(&set->hashes, c->mem) = hash;
        return (rwg_hash){{0}};
    }
    rwg_hash had = set->hashes.ptr[*at];
    set->hashes.ptr[*at] = hash;
    set->replaced += !rwg__hash_equal(had, hash);
    return had;
}

/* Keeps what nodes have now, and what recent generations asked for; with `all` only the latter.
 * Makes the index again. */
static void drop_old(rwb__compiler *c, bool all) {
    for (uint32_t i = 0; i < c->code.hashes.len && !all; i++) {
        entry *e = find_entry(c, c->code.hashes.ptr[i]);
        if (e) {
            e->current = true;
        }
    }
    c->code.replaced = 0;
    uint32_t kept = 0;
    c->bytes = 0;
    rwg__idmap_clear(&c->by_hash);
    for (uint32_t i = 0; i < c->entries.len; i++) {
        entry e = c->entries.ptr[i];
        if (!e.current && c->tick - e.tick > KEEP_TICKS) {
            rwb__compiled_release(e.compiled);
            continue;
        }
        e.current = false;
        c->entries.ptr[kept] = e;
        *rwg__idmap_put(&c->by_hash, slot_of(e.hash), NULL) = kept++;
        c->bytes += e.compiled->size;
    }
    c->entries.len = kept;
}

static text_entry *find_text(rwb__compiler *c, rwg_hash content) {
    const uint32_t *at = rwg__idmap_find(&c->by_content, slot_of(content));
    text_entry *t = at ? &c->texts.ptr[*at] : NULL;
    return t && rwg__hash_equal(t->content, content) ? t : NULL;
}

/* The same for texts. */
static void drop_old_texts(rwb__compiler *c) {
    for (uint32_t i = 0; i < c->contents.hashes.len; i++) {
        text_entry *t = find_text(c, c->contents.hashes.ptr[i]);
        if (t) {
            t->current = true;
        }
    }
    c->contents.replaced = 0;
    uint32_t kept = 0;
    rwg__idmap_clear(&c->by_content);
    for (uint32_t i = 0; i < c->texts.len; i++) {
        text_entry t = c->texts.ptr[i];
        if (!t.current && c->tick - t.tick > KEEP_TEXT_TICKS) {
            c->text_bytes -= t.len;
            rwg__mem_free(c->mem, t.bytes, t.len + 1u);
            continue;
        }
        t.current = false;
        c->texts.ptr[kept] = t;
        *rwg__idmap_put(&c->by_content, slot_of(t.content), NULL) = kept++;
    }
    c->texts.len = kept;
}

void rwb__compiler_tick(rwb__compiler *c) {
    c->tick++;
    if (c->bytes > KEEP_BYTES || c->code.replaced > SWEEP_AT) {
        drop_old(c, c->bytes > KEEP_BYTES);
    }
    if (c->contents.replaced > SWEEP_AT) {
        drop_old_texts(c);
    }
}

void rwb__compiler_tell_problems(
    rwb__compiler *c, void (*problem)(void *payload, rwg_str text), void *payload
) {
    c->problem = problem;
    c->problem_payload = payload;
}

bool rwb__compiler_remembers(rwb__compiler *c, rwg_file file, rwg_hash content) {
    rwg_hash had = set_current(c, &c->contents, file.v, content);
    text_entry *replaced = find_text(c, had);
    if (replaced) {
        replaced->tick = c->tick;
    }
    return find_text(c, content) != NULL;
}

/* Over the limit all go: what is asked for is then read from the files again, as long as they are
 * what the generation saw. */
void rwb__compiler_remember(rwb__compiler *c, rwg_file file, rwg_hash content, rwg_str text) {
    if (rwb__compiler_remembers(c, file, content)) {
        return;
    }
    if (c->text_bytes + text.len > REMEMBER_BYTES) {
        forget_texts(c);
    }
    char *bytes = rwg__mem_zalloc(c->mem, text.len + 1u);
    if (text.len > 0) {
        memcpy(bytes, text.ptr, text.len);
    }
    *rwg__idmap_put(&c->by_content, slot_of(content), NULL) = c->texts.len;
    *rwg__vec_push(&c->texts, c->mem) = (text_entry){
        .content = content,
        .bytes = bytes,
        .len = text.len,
        .tick = c->tick,
    };
    c->text_bytes += text.len;
}

/* --- running --- */

static rwb_transformer *take_transformer(rwb__compiler *c) {
    rwb_transformer *t = NULL;
    uv_mutex_lock(&c->lock);
    if (c->idle.len > 0) {
        t = c->idle.ptr[--c->idle.len];
    }
    uv_mutex_unlock(&c->lock);
    return t ? t : rwb_transformer_new();
}

static void give_transformer(rwb__compiler *c, rwb_transformer *t) {
    uv_mutex_lock(&c->lock);
    *rwg__vec_push(&c->idle, c->mem) = t;
    uv_mutex_unlock(&c->lock);
}

static rwb__compiled *problem(rwg__mem *mem, rwg_str id, const char *text) {
    rwg__buf message;
    rwg__buf_init(&message, mem);
    rwg__buf_printf(&message, "%.*s: %s", (int)id.len, id.ptr, text);
    rwb__compiled *compiled = rwb__compiled_problem(mem, rwg__buf_str(&message));
    rwg__buf_deinit(&message);
    return compiled;
}

static bool is_stub(const rwb__recipe *recipe) {
    return recipe->kind == RWB__SOURCE_CLIENT_REF || recipe->kind == RWB__SOURCE_SERVER_REF;
}

/* On a worker thread. The file must still be what the generation saw: a recipe says what comes out
 * of one content, never of another. */
static void run_job(uv_work_t *work) {
    job *j = (job *)work;
    const rwb__recipe *recipe = j->recipe;
    rwb__compiler *c = j->compiler;
    rwg__arena arena;
    rwg__arena_init(&arena, c->mem);
    rwg_str text = {j->text, j->text_len};
    bool needs_text = !is_stub(recipe) && recipe->kind != RWB__SOURCE_ASSET;
    if (needs_text && !j->text) {
        rwg_status status =
            rwg__fs_read(c->settings->fs, &arena, recipe->path, RWG_LIMIT_SOURCE_BYTES, &text);
        if (status != RWG_OK) {
            j->compiled = problem(c->mem, recipe->id, "the file cannot be read any more");
        } else if (!rwg__hash_equal(rwg__hash_bytes(text.ptr, text.len), recipe->content)) {
            j->compiled = problem(c->mem, recipe->id, "the file has changed since this generation");
        }
    }
    if (!j->compiled) {
        rwb_transformer *t = take_transformer(c);
        j->compiled = rwb__recipe_run(recipe, t, text);
        give_transformer(c, t);
    }
    rwg__arena_deinit(&arena);
}

static void add_job(rwb__compiler *c, job *j) {
    j->at = c->jobs.len;
    *rwg__vec_push(&c->jobs, c->mem) = j;
    *rwg__idmap_put(&c->job_of, slot_of(j->recipe->hash), NULL) = c->jobs.len;
    c->running++;
}

static void remove_job(rwb__compiler *c, const job *j) {
    uint32_t *at = rwg__idmap_find(&c->job_of, slot_of(j->recipe->hash));
    if (*at == j->at + 1) {
        *at = 0;
    }
    c->jobs.ptr[j->at] = NULL;
    if (--c->running == 0) {
        c->jobs.len = 0;
        rwg__idmap_clear(&c->job_of);
    }
}

static job *find_job(const rwb__compiler *c, rwg_hash hash) {
    const uint32_t *at = rwg__idmap_find(&c->job_of, slot_of(hash));
    job *j = at && *at ? c->jobs.ptr[*at - 1] : NULL;
    return j && rwg__hash_equal(j->recipe->hash, hash) ? j : NULL;
}

static void finish_job(uv_work_t *work, int status) {
    job *j = (job *)work;
    rwb__compiler *c = j->compiler;
    remove_job(c, j);
    if (status == 0 && !c->closing) {
        c->stats.runs++;
        if (j->compiled->problem.len > 0 && !j->compiled->is_transient && c->problem) {
            c->problem(c->problem_payload, j->compiled->problem);
        }
        if (!j->compiled->is_transient) {
            add_entry(c, j->recipe, j->compiled);
            if (c->cache) {
                rwg__buf_clear(&c->scratch);
                rwb__compiled_pack(j->compiled, &c->scratch);
                rwb__cache_put(c->cache, j->recipe->hash, rwg__buf_str(&c->scratch));
            }
        }
        for (uint32_t i = 0; i < j->waiters.len; i++) {
            waiter w = j->waiters.ptr[i];
            w.done(w.payload, w.node, j->recipe->kind, j->compiled);
        }
    }
    job_free(j);
}

static rwb__compiled *from_cache(rwb__compiler *c, const rwb__recipe *recipe) {
    if (!c->cache || !rwb__cache_get(c->cache, recipe->hash, &c->scratch)) {
        return NULL;
    }
    rwb__compiled *compiled = rwb__compiled_unpack(c->mem, rwg__buf_str(&c->scratch));
    if (compiled) {
        c->stats.from_cache++;
        add_entry(c, recipe, compiled);
        rwb__compiled_release(compiled); /* the entry holds it */
        entry *e = find_entry(c, recipe->hash);
        return e ? e->compiled : NULL;
    }
    return NULL;
}

static void start_job(rwb__compiler *c, rwb__recipe *recipe, waiter w) {
    job *known = find_job(c, recipe->hash);
    if (known) {
        *rwg__vec_push(&known->waiters, c->mem) = w;
        rwb__recipe_free(recipe);
        return;
    }
    job *j = rwg__mem_zalloc(c->mem, sizeof *j);
    j->compiler = c;
    j->recipe = recipe;
    *rwg__vec_push(&j->waiters, c->mem) = w;
    const text_entry *t = is_stub(recipe) ? NULL : find_text(c, recipe->content);
    if (t) {
        j->text = rwg__mem_zalloc(c->mem, t->len + 1u);
        memcpy(j->text, t->bytes, t->len);
        j->text_len = t->len;
    }
    add_job(c, j);
    int failed = uv_queue_work(rwb__loop_uv(c->loop), &j->work, run_job, finish_job);
    RWG_ASSERT(failed == 0);
}

rwb__compiled *rwb__compiler_get(
    rwb__compiler *c,
    const rwb__recipe_order *order,
    rwb__source_kind *out_kind,
    rwb__compiled_fn done,
    void *payload
) {
    rwb__recipe *recipe = rwb__recipe_new(c->mem, c->settings, order);
    *out_kind = recipe->kind;
    (void)set_current(c, &c->code, (uint64_t)order->node.v << 8 | order->form, recipe->hash);
    entry *e = find_entry(c, recipe->hash);
    if (e) {
        c->stats.from_memory++;
        e->tick = c->tick;
        rwb__recipe_free(recipe);
        return e->compiled;
    }
    rwb__compiled *compiled = from_cache(c, recipe);
    if (compiled) {
        rwb__recipe_free(recipe);
        return compiled;
    }
    start_job(c, recipe, (waiter){order->node, done, payload});
    return NULL;
}

rwb__compiler_stats rwb__compiler_stats_of(const rwb__compiler *c) {
    return c->stats;
}
