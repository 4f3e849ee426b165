/* A mutex: pthread's, behind a name, so that pthread.h stays in base. */
#ifndef RWG_BASE_LOCK_H
#define RWG_BASE_LOCK_H

#include <pthread.h>

typedef struct rwg__lock {
    pthread_mutex_t mutex;
} rwg__lock;

void rwg__lock_init(rwg__lock *lock);
void rwg__lock_deinit(rwg__lock *lock);
void rwg__lock_take(rwg__lock *lock);
void rwg__lock_give(rwg__lock *lock);

#endif
