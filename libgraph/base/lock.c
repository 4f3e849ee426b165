/* pthread mutexes cannot fail here: the type is the default one and every lock is initialised once.
 */
#include "base/lock.h"

#include "base/mem.h"

void rwg__lock_init(rwg__lock *lock) {
    RWG_ASSERT(pthread_mutex_init(&lock->mutex, NULL) == 0);
}

void rwg__lock_deinit(rwg__lock *lock) {
    RWG_ASSERT(pthread_mutex_destroy(&lock->mutex) == 0);
}

void rwg__lock_take(rwg__lock *lock) {
    RWG_ASSERT(pthread_mutex_lock(&lock->mutex) == 0);
}

void rwg__lock_give(rwg__lock *lock) {
    RWG_ASSERT(pthread_mutex_unlock(&lock->mutex) == 0);
}
