/* A queue in a ring, a lock around it, and threads. See pool.h.
 *
 * Three counters divide all jobs ever submitted: taken <= started <= submitted. A job's place in
 * the ring is its number modulo the ring's size. */
#include "base/pool.h"

#include "base/limits.h"

#include <pthread.h>
#include <unistd.h>

typedef struct slot {
    void *job;
    bool done;
} slot;

typedef struct worker {
    rwg__pool *pool;
    uint32_t index;
    pthread_t thread;
} worker;

struct rwg__pool {
    rwg__mem *mem;
    rwg__pool_fn run;
    void *context;
    worker *workers;
    uint32_t worker_count;
    uint32_t worker_cap;
    pthread_mutex_t lock; /* over everything below */
    pthread_cond_t has_work;
    pthread_cond_t has_result;
    slot *ring;
    uint32_t ring_cap; /* a power of two */
    uint64_t taken;
    uint64_t started;
    uint64_t submitted;
    bool stop;
};

static slot *slot_of(rwg__pool *pool, uint64_t number) {
    return &pool->ring[number & (pool->ring_cap - 1)];
}

static void *work(void *payload) {
    worker *self = payload;
    rwg__pool *pool = self->pool;
    RWG_ASSERT(pthread_mutex_lock(&pool->lock) == 0);
    while (!pool->stop) {
        if (pool->started == pool->submitted) {
            RWG_ASSERT(pthread_cond_wait(&pool->has_work, &pool->lock) == 0);
            continue;
        }
        uint64_t number = pool->started++;
        void *job = slot_of(pool, number)->job;
        RWG_ASSERT(pthread_mutex_unlock(&pool->lock) == 0);
        pool->run(pool->context, self->index, job);
        RWG_ASSERT(pthread_mutex_lock(&pool->lock) == 0);
        /* Looked up again: the ring may have grown meanwhile. */
        slot_of(pool, number)->done = true;
        if (number == pool->taken) {
            RWG_ASSERT(pthread_cond_signal(&pool->has_result) == 0);
        }
    }
    RWG_ASSERT(pthread_mutex_unlock(&pool->lock) == 0);
    return NULL;
}

rwg__pool *rwg__pool_new(rwg__mem *mem, uint32_t workers, rwg__pool_fn run, void *context) {
    rwg__pool *pool = rwg__mem_zalloc(mem, sizeof *pool);
    pool->mem = mem;
    pool->run = run;
    pool->context = context;
    pool->worker_cap = workers < RWG_LIMIT_WORKERS ? workers : RWG_LIMIT_WORKERS;
    pool->workers = rwg__mem_zalloc(mem, pool->worker_cap * sizeof *pool->workers);
    pool->ring_cap = 64;
    pool->ring = rwg__mem_zalloc(mem, pool->ring_cap * sizeof *pool->ring);
    RWG_ASSERT(pthread_mutex_init(&pool->lock, NULL) == 0);
    RWG_ASSERT(pthread_cond_init(&pool->has_work, NULL) == 0);
    RWG_ASSERT(pthread_cond_init(&pool->has_result, NULL) == 0);
    for (uint32_t i = 0; i < pool->worker_cap; i++) {
        pool->workers[i] = (worker){.pool = pool, .index = i};
        if (pthread_create(&pool->workers[i].thread, NULL, work, &pool->workers[i]) != 0) {
            break; /* the system has no more threads: fewer, or none, give the same results */
        }
        pool->worker_count++;
    }
    return pool;
}

void rwg__pool_free(rwg__pool *pool) {
    if (!pool) {
        return;
    }
    RWG_ASSERT(pthread_mutex_lock(&pool->lock) == 0);
    pool->stop = true;
    RWG_ASSERT(pthread_cond_broadcast(&pool->has_work) == 0);
    RWG_ASSERT(pthread_mutex_unlock(&pool->lock) == 0);
    for (uint32_t i = 0; i < pool->worker_count; i++) {
        RWG_ASSERT(pthread_join(pool->workers[i].thread, NULL) == 0);
    }
    (void)pthread_cond_destroy(&pool->has_result);
    (void)pthread_cond_destroy(&pool->has_work);
    (void)pthread_mutex_destroy(&pool->lock);
    rwg__mem *mem = pool->mem;
    rwg__mem_free(mem, pool->ring, pool->ring_cap * sizeof *pool->ring);
    rwg__mem_free(mem, pool->workers, pool->worker_cap * sizeof *pool->workers);
    rwg__mem_free(mem, pool, sizeof *pool);
}

static void grow_ring(rwg__pool *pool) {
    slot *old = pool->ring;
    uint32_t old_cap = pool->ring_cap;
    pool->ring_cap = old_cap * 2;
    pool->ring = rwg__mem_zalloc(pool->mem, pool->ring_cap * sizeof *pool->ring);
    for (uint64_t number = pool->taken; number < pool->submitted; number++) {
        *slot_of(pool, number) = old[number & (old_cap - 1)];
    }
    rwg__mem_free(pool->mem, old, old_cap * sizeof *old);
}

void rwg__pool_submit(rwg__pool *pool, void *job) {
    RWG_ASSERT(pthread_mutex_lock(&pool->lock) == 0);
    if (pool->submitted - pool->taken == pool->ring_cap) {
        grow_ring(pool);
    }
    *slot_of(pool, pool->submitted) = (slot){.job = job};
    pool->submitted++;
    RWG_ASSERT(pthread_cond_signal(&pool->has_work) == 0);
    RWG_ASSERT(pthread_mutex_unlock(&pool->lock) == 0);
}

void *rwg__pool_take(rwg__pool *pool) {
    RWG_ASSERT(pthread_mutex_lock(&pool->lock) == 0);
    void *job = NULL;
    if (pool->taken < pool->submitted) {
        while (pool->worker_count > 0 && !slot_of(pool, pool->taken)->done) {
            RWG_ASSERT(pthread_cond_wait(&pool->has_result, &pool->lock) == 0);
        }
        job = slot_of(pool, pool->taken)->job;
        pool->taken++;
        if (pool->worker_count == 0) {
            pool->started++;
        }
    }
    RWG_ASSERT(pthread_mutex_unlock(&pool->lock) == 0);
    if (job && pool->worker_count == 0) {
        pool->run(pool->context, 0, job);
    }
    return job;
}

uint32_t rwg__pool_processors(void) {
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    if (online < 1) {
        return 1;
    }
    return online < RWG_LIMIT_WORKERS ? (uint32_t)online : RWG_LIMIT_WORKERS;
}
