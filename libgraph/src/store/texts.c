/* Texts that many records have: specifiers, and the names of imports and exports. Half of a record
 * are texts, and most of them are in other records too: where one module exports `map`, ten import
 * it.
 *
 * They are chosen once, when a whole image goes into an empty database, and stay as they are until
 * the next time: a record that is saved later uses those that fit and carries the rest itself. So a
 * save of a few files never touches other rows. What has been written since is counted
 * (meta.loose), and when it is half of the files, the next save begins anew. */
#include "base/hash.h"
#include "base/vec.h"
#include "store/rows.h"

void rwg__texts_init(rwg__texts *texts, rwg__mem *mem) {
    *texts = (rwg__texts){.mem = mem};
    rwg__arena_init(&texts->arena, mem);
    rwg__strmap_init(&texts->numbers, mem);
}

void rwg__texts_deinit(rwg__texts *texts) {
    rwg__vec_free(&texts->items, texts->mem);
    rwg__vec_free(&texts->of_records, texts->mem);
    rwg__vec_free(&texts->starts, texts->mem);
    rwg__strmap_deinit(&texts->numbers);
    rwg__arena_deinit(&texts->arena);
}

/* --- choosing --- */

typedef struct candidate {
    rwg_str text;
    uint32_t hash;
    uint32_t count;
} candidate;

/* A table of a kind of its own, because it is large and little else costs when saving: slots are
 * small, and those of a record's texts are fetched before the first of them is looked at. */
typedef struct counter {
    rwg__mem *mem;
    RWG_VEC(candidate) all;
    uint32_t *slots; /* [cap] place in all + 1, 0 = empty; linear probing, at most half full */
    uint32_t cap;    /* a power of two */
    RWG_VEC(candidate) record; /* scratch: the texts of a record */
} counter;

static void place_candidate(counter *c, uint32_t place) {
    uint32_t at = c->all.ptr[place].hash & (c->cap - 1);
    while (c->slots[at] != 0) {
        at = (at + 1) & (c->cap - 1);
    }
    c->slots[at] = place + 1;
}

static void grow(counter *c, uint32_t cap) {
    rwg__mem_free(c->mem, c->slots, c->cap * sizeof *c->slots);
    c->slots = rwg__mem_zalloc(c->mem, cap * sizeof *c->slots);
    c->cap = cap;
    for (uint32_t place = 0; place < c->all.len; place++) {
        place_candidate(c, place);
    }
}

/* The place of this text in all; a new one is added at the end. */
static uint32_t find_candidate(counter *c, const candidate *wanted) {
    uint32_t mask = c->cap - 1;
    for (uint32_t at = wanted->hash & mask; c->slots[at] != 0; at = (at + 1) & mask) {
        const candidate *found = &c->all.ptr[c->slots[at] - 1];
        if (found->hash == wanted->hash && rwg__str_eq(found->text, wanted->text)) {
            return c->slots[at] - 1;
        }
    }
    *rwg__vec_push(&c->all, c->mem) = *wanted;
    place_candidate(c, c->all.len - 1);
    return c->all.len - 1;
}

/* Counts the record's texts, and notes for each of them which candidate it is. */
static void count_texts(rwg__texts *texts, counter *c, const rwg_module *module) {
    rwg_str text;
    c->record.len = 0;
    for (uint32_t at = 0; rwg__module_next_text(module, &at, &text);) {
        uint32_t hash = (uint32_t)rwg__hash_quick(text.ptr, text.len);
        *rwg__vec_push(&c->record, c->mem) = (candidate){text, hash, 0};
        __builtin_prefetch(&c->slots[hash & (c->cap - 1)]);
    }
    if ((uint64_t)(c->all.len + c->record.len) * 2 > c->cap) {
        uint32_t cap = c->cap;
        while ((uint64_t)(c->all.len + c->record.len) * 2 > cap) {
            RWG_ASSERT(cap <= UINT32_C(1) << 30);
            cap *= 2;
        }
        grow(c, cap);
    }
    for (uint32_t i = 0; i < c->record.len; i++) {
        uint32_t place = find_candidate(c, &c->record.ptr[i]);
        c->all.ptr[place].count++;
        *rwg__vec_push(&texts->of_records, texts->mem) = place;
    }
}

/* In its own record a text costs a byte more than its length. Shared, it costs its length and three
 * bytes once, and a number of about three bytes wherever it is used. */
static bool pays(const candidate *c) {
    return (uint64_t)c->count * (c->text.len + 1) > (uint64_t)c->count * 3 + c->text.len + 3;
}

/* Short numbers are for texts that are used most: sorted by the number of uses, of which more than
 * this are as good as this. Among equals, who was met first is first. */
#define USES_MAX 1024

/* Fills items, and turns the candidates' counts into what of_records is to hold of them. */
static void number_texts(rwg__texts *texts, const counter *c) {
    uint32_t next[USES_MAX + 1] = {0}; /* [uses] how many, then where the first of them goes */
    uint32_t total = 0;
    for (uint32_t i = 0; i < c->all.len; i++) {
        const candidate *one = &c->all.ptr[i];
        next[one->count < USES_MAX ? one->count : USES_MAX] += pays(one);
    }
    for (uint32_t uses = USES_MAX + 1; uses-- > 0;) {
        uint32_t count = next[uses];
        next[uses] = total;
        total += count;
    }
    rwg__vec_reserve(&texts->items, texts->mem, total);
    texts->items.len = total;
    for (uint32_t i = 0; i < c->all.len; i++) {
        candidate *one = &c->all.ptr[i];
        uint32_t number = 0;
        if (pays(one)) {
            uint32_t place = next[one->count < USES_MAX ? one->count : USES_MAX]++;
            texts->items.ptr[place] = one->text;
            number = place + 1;
        }
        one->count = number;
    }
}

/* Slots to begin with, for each file. */
#define SLOTS_PER_FILE 8

void rwg__texts_choose(rwg__texts *texts, const rwg__stored_file *files, uint32_t count) {
    counter c = {.mem = texts->mem};
    uint32_t cap = 1024;
    while (cap < count * SLOTS_PER_FILE) {
        cap *= 2;
    }
    grow(&c, cap);
    rwg__vec_reserve(&texts->of_records, texts->mem, count * 8);
    for (uint32_t i = 0; i < count; i++) {
        *rwg__vec_push(&texts->starts, texts->mem) = texts->of_records.len;
        if (files[i].module) {
            count_texts(texts, &c, files[i].module);
        }
    }
    number_texts(texts, &c);
    for (uint32_t i = 0; i < texts->of_records.len; i++) {
        texts->of_records.ptr[i] = c.all.ptr[texts->of_records.ptr[i]].count;
    }
    rwg__mem_free(c.mem, c.slots, c.cap * sizeof *c.slots);
    rwg__vec_free(&c.all, c.mem);
    rwg__vec_free(&c.record, c.mem);
}

/* --- using what was chosen --- */

int rwg__texts_read(rwg__texts *texts, sqlite3 *db) {
    sqlite3_stmt *stmt = rwg__row_select(db, RWG__TABLE_SHARED);
    if (!stmt) {
        return sqlite3_errcode(db);
    }
    int code;
    while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
        rwg__row row;
        uint64_t sum;
        const rwg_str *items;
        uint32_t count;
        if (!rwg__row_read(stmt, RWG__TABLE_SHARED, &row, &sum)) {
            code = SQLITE_CORRUPT;
            break;
        }
        rwg_str json = rwg__arena_str(&texts->arena, row.cells[RWG__SHARED_TEXTS].bytes);
        if (!rwg__strings_decode(&texts->arena, json, &items, &count)) {
            code = SQLITE_CORRUPT;
            break;
        }
        for (uint32_t i = 0; i < count; i++) {
            *rwg__vec_push(&texts->items, texts->mem) = items[i];
            *rwg__strmap_put(&texts->numbers, items[i], NULL) = texts->items.len;
        }
    }
    (void)sqlite3_finalize(stmt);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

const uint32_t *rwg__texts_of(rwg__texts *texts, const rwg_module *module, uint32_t file) {
    if (texts->items.len == 0) {
        return NULL;
    }
    if (file < texts->starts.len) {
        return texts->of_records.ptr + texts->starts.ptr[file];
    }
    texts->of_records.len = 0;
    rwg_str text;
    for (uint32_t at = 0; rwg__module_next_text(module, &at, &text);) {
        const uint32_t *number = rwg__strmap_find(&texts->numbers, text);
        *rwg__vec_push(&texts->of_records, texts->mem) = number ? *number : 0;
    }
    return texts->of_records.ptr;
}
