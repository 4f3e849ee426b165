/* Worker threads that take values and give back values.
 *
 * The owner submits jobs; workers run them in any order; the owner takes results in the order of
 * submission. So what the owner does with results is the same for any number of workers. With zero
 * workers a job runs in the owner's thread when its result is taken. pthreads rather than C11
 * threads, which ThreadSanitizer does not understand. */
#ifndef RWG_BASE_POOL_H
#define RWG_BASE_POOL_H

#include "base/mem.h"

typedef struct rwg__pool rwg__pool;

/* Runs one job on a worker. `worker` is 0..workers-1, for per-worker scratch. */
typedef void (*rwg__pool_fn)(void *context, uint32_t worker, void *job);

/* Results not yet taken are bounded by the caller. */
rwg__pool *rwg__pool_new(rwg__mem *mem, uint32_t workers, rwg__pool_fn run, void *context);
/* Waits for running jobs; jobs not started are dropped. */
void rwg__pool_free(rwg__pool *pool);
/* Hands over a job; it must stay valid until it is taken. */
void rwg__pool_submit(rwg__pool *pool, void *job);
/* The oldest job not yet taken, once it is done; NULL when there is none. */
void *rwg__pool_take(rwg__pool *pool);
/* Processors online, at least 1, at most RWG_LIMIT_WORKERS. */
uint32_t rwg__pool_processors(void);

#endif
