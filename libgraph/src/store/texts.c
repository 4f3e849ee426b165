/* Texts that many records have: specifiers, and the names of imports and exports. Half of a record
 * are texts, and most of them are in other records too: where one module exports `map`, ten import
 * it.
 *
 * They are chosen once, when a whole image goes into an empty database, and stay as they are until
 * the next time: a record that is saved later uses those that fit and carries the rest itself. So a
 * save of a few files never touches other rows. What has been written since is counted
 * (meta.loose), and when it is half of the files, the next save begins anew. */
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
    uint32_t count;
} candidate;

typedef RWG_VEC(candidate) candidates;

/* Counts the record's texts, and notes for each of them which candidate it is. */
static void
count_texts(rwg__texts *texts, candidates *all, rwg__strmap *places, const rwg_module *module) {
    rwg_str text;
    for (uint32_t at = 0; rwg__module_next_text(module, &at, &text);) {
        bool added = false;
        uint32_t *place = rwg__strmap_put(places, text, &added);
        if (added) {
            *rwg__vec_push(all, texts->mem) = (candidate){text, 0};
            *place = all->len - 1;
        }
        all->ptr[*place].count++;
        *rwg__vec_push(&texts->of_records, texts->mem) = *place;
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
static void number_texts(rwg__texts *texts, candidates *all) {
    uint32_t next[USES_MAX + 1] = {0}; /* [uses] how many, then where the first of them goes */
    uint32_t total = 0;
    for (uint32_t i = 0; i < all->len; i++) {
        const candidate *c = &all->ptr[i];
        next[c->count < USES_MAX ? c->count : USES_MAX] += pays(c);
    }
    for (uint32_t uses = USES_MAX + 1; uses-- > 0;) {
        uint32_t count = next[uses];
        next[uses] = total;
        total += count;
    }
    rwg__vec_reserve(&texts->items, texts->mem, total);
    texts->items.len = total;
    for (uint32_t i = 0; i < all->len; i++) {
        candidate *c = &all->ptr[i];
        uint32_t number = 0;
        if (pays(c)) {
            uint32_t place = next[c->count < USES_MAX ? c->count : USES_MAX]++;
            texts->items.ptr[place] = c->text;
            number = place + 1;
        }
        c->count = number;
    }
}

void rwg__texts_choose(rwg__texts *texts, const rwg__stored_file *files, uint32_t count) {
    candidates all = {0};
    rwg__strmap places;
    rwg__strmap_init(&places, texts->mem);
    rwg__strmap_reserve(&places, count * 4);
    rwg__vec_reserve(&texts->of_records, texts->mem, count * 8);
    for (uint32_t i = 0; i < count; i++) {
        *rwg__vec_push(&texts->starts, texts->mem) = texts->of_records.len;
        if (files[i].module) {
            count_texts(texts, &all, &places, files[i].module);
        }
    }
    rwg__strmap_deinit(&places);
    number_texts(texts, &all);
    for (uint32_t i = 0; i < texts->of_records.len; i++) {
        texts->of_records.ptr[i] = all.ptr[texts->of_records.ptr[i]].count;
    }
    rwg__vec_free(&all, texts->mem);
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
