/* What server runtimes hold: the keys of definitions, by session (PROTOCOL.md §4.1).
 *
 *   have: [key, …] ──▶ begin ──▶ session ──▶ what the walk of a closure leaves out
 *                                   ▲
 *   got: [answer, …], gone: [key, …] ┘  with each request
 *
 * A runtime names all that it has once; from then on it says which answers arrived and which keys
 * it has dropped. So a request costs what changed, not what was ever loaded. Nothing here is more
 * than memory: who is not known is asked to name everything again. The session never has a key that
 * its runtime has not, whatever is lost, late, or told twice; it may lack some, which are then sent
 * again and do no harm.
 *
 * Invariants:
 *   1. A key is held after `have` or a confirmed answer, until `gone`.
 *   2. An answer is confirmed once; its number is never given again, in no session. */
#ifndef RWB_DEV_HELD_H
#define RWB_DEV_HELD_H

#include "base/json.h"
#include "base/mem.h"
#include "base/vec.h"

typedef struct rwb__session rwb__session;

typedef struct rwb__held {
    rwg__mem *mem;
    RWG_VEC(rwb__session *) sessions; /* the one asked for last at the end */
    uint64_t answers;                 /* given in any session */
} rwb__held;

void rwb__held_init(rwb__held *held, rwg__mem *mem);
void rwb__held_deinit(rwb__held *held);

/// A session that begins with these keys, an array of strings. One of the same name ends.
rwb__session *rwb__held_begin(rwb__held *held, rwg_str name, const rwg__json *have);
/// The session of a name after what it tells; `got` and `gone` are arrays, or NULL. NULL when there
/// is none, or none any more.
rwb__session *
rwb__held_find(rwb__held *held, rwg_str name, const rwg__json *got, const rwg__json *gone);

/// Sessions may end while answers are made.
rwb__session *rwb__session_retain(rwb__session *session);
void rwb__session_release(rwb__session *session);
bool rwb__session_has(const rwb__session *session, rwg_str key);
/// The number of an answer that brings these keys; they are held once it is confirmed.
uint64_t rwb__session_answer(rwb__session *session, const rwg_str *keys, uint32_t count);

#endif
