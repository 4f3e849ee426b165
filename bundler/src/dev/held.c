/* Sets of keys, and answers that wait to be confirmed. */
#include "dev/held.h"

#include "base/intern.h"
#include "base/str.h"

/* Runtimes at once: one, and what is left of those before it. */
#define SESSIONS_MAX 8u
/* Answers of a session that nobody has confirmed; who is that far behind gets things twice. */
#define OPEN_MAX 256u
/* A session ends when it remembers so many more keys than twice those that are held. */
#define SLACK 4096u

typedef struct open_answer {
    uint64_t number;
    uint32_t *keys;
    uint32_t count;
} open_answer;

struct rwb__session {
    rwb__held *held;
    rwg__mem *mem;
    uint32_t refs;
    rwg__intern keys;      /* all that were ever named */
    RWG_VEC(bool) is_held; /* by key; [0]: of no key */
    uint32_t count;        /* of those that are held */
    rwg_str name;          /* its key 1 */
    RWG_VEC(open_answer) open;
};

void rwb__held_init(rwb__held *held, rwg__mem *mem) {
    *held = (rwb__held){.mem = mem};
}

void rwb__held_deinit(rwb__held *held) {
    for (uint32_t i = 0; i < held->sessions.len; i++) {
        rwb__session_release(held->sessions.ptr[i]);
    }
    rwg__vec_free(&held->sessions, held->mem);
}

rwb__session *rwb__session_retain(rwb__session *session) {
    session->refs++;
    return session;
}

static void forget_answer(rwb__session *s, uint32_t at) {
    rwg__mem_free(s->mem, s->open.ptr[at].keys, s->open.ptr[at].count * sizeof(uint32_t));
    for (uint32_t i = at + 1; i < s->open.len; i++) {
        s->open.ptr[i - 1] = s->open.ptr[i];
    }
    s->open.len--;
}

void rwb__session_release(rwb__session *s) {
    if (!s || --s->refs > 0) {
        return;
    }
    while (s->open.len > 0) {
        forget_answer(s, s->open.len - 1);
    }
    rwg__vec_free(&s->open, s->mem);
    rwg__vec_free(&s->is_held, s->mem);
    rwg__intern_deinit(&s->keys);
    rwg__mem_free(s->mem, s, sizeof *s);
}

static uint32_t key_of(rwb__session *s, rwg_str text) {
    uint32_t key = rwg__intern_id(&s->keys, text);
    while (s->is_held.len <= key) {
        *rwg__vec_push(&s->is_held, s->mem) = false;
    }
    return key;
}

/* What is no string is no key. */
static void set_held(rwb__session *s, uint32_t key, bool is_held) {
    if (key == 0) {
        return;
    }
    bool *place = &s->is_held.ptr[key];
    s->count = s->count - *place + is_held;
    *place = is_held;
}

static uint32_t index_of(const rwb__held *held, rwg_str name) {
    uint32_t i = 0;
    while (i < held->sessions.len && !rwg__str_eq(held->sessions.ptr[i]->name, name)) {
        i++;
    }
    return i;
}

static void end_session(rwb__held *held, uint32_t at) {
    rwb__session_release(held->sessions.ptr[at]);
    for (uint32_t i = at + 1; i < held->sessions.len; i++) {
        held->sessions.ptr[i - 1] = held->sessions.ptr[i];
    }
    held->sessions.len--;
}

rwb__session *rwb__held_begin(rwb__held *held, rwg_str name, const rwg__json *have) {
    uint32_t known = index_of(held, name);
    if (known < held->sessions.len) {
        end_session(held, known);
    } else if (held->sessions.len == SESSIONS_MAX) {
        end_session(held, 0);
    }
    rwb__session *s = rwg__mem_zalloc(held->mem, sizeof *s);
    s->held = held;
    s->mem = held->mem;
    s->refs = 1;
    rwg__intern_init(&s->keys, s->mem);
    s->name = rwg__intern_str(&s->keys, key_of(s, name));
    for (uint32_t i = 0; have && i < have->count; i++) {
        set_held(s, key_of(s, rwg__json_string(&have->items[i])), true);
    }
    *rwg__vec_push(&held->sessions, held->mem) = s;
    return s;
}

static void confirm(rwb__session *s, const rwg__json *number) {
    for (uint32_t i = 0; i < s->open.len; i++) {
        const open_answer *answer = &s->open.ptr[i];
        if (number->type == RWG__JSON_NUMBER && (double)answer->number == number->number) {
            for (uint32_t k = 0; k < answer->count; k++) {
                set_held(s, answer->keys[k], true);
            }
            forget_answer(s, i);
            return;
        }
    }
}

rwb__session *
rwb__held_find(rwb__held *held, rwg_str name, const rwg__json *got, const rwg__json *gone) {
    uint32_t at = index_of(held, name);
    if (at == held->sessions.len) {
        return NULL;
    }
    rwb__session *s = rwb__session_retain(held->sessions.ptr[at]);
    end_session(held, at); /* to the end */
    *rwg__vec_push(&held->sessions, held->mem) = s;
    for (uint32_t i = 0; got && i < got->count; i++) {
        confirm(s, &got->items[i]);
    }
    /* Behind what was got: dropped is what was there. */
    for (uint32_t i = 0; gone && i < gone->count; i++) {
        set_held(s, key_of(s, rwg__json_string(&gone->items[i])), false);
    }
    if (s->is_held.len > 2 * s->count + SLACK) {
        end_session(held, held->sessions.len - 1);
        return NULL;
    }
    return s;
}

bool rwb__session_has(const rwb__session *s, rwg_str key) {
    return s->is_held.ptr[rwg__intern_find(&s->keys, key)];
}

uint64_t rwb__session_answer(rwb__session *s, const rwg_str *keys, uint32_t count) {
    if (s->open.len == OPEN_MAX) {
        forget_answer(s, 0);
    }
    open_answer answer = {.number = ++s->held->answers, .count = count};
    answer.keys = rwg__mem_zalloc(s->mem, count * sizeof(uint32_t));
    for (uint32_t i = 0; i < count; i++) {
        answer.keys[i] = key_of(s, keys[i]);
    }
    *rwg__vec_push(&s->open, s->mem) = answer;
    return answer.number;
}
