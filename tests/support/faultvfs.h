/* SQLite's file layer, made to fail or to die at a chosen call.
 *
 *     faultvfs_install();                                   // becomes the default VFS
 *     faultvfs_arm(FAULTVFS_EXIT, FAULTVFS_WRITES, n, 0);   // the nth write ends the process
 *     ...
 *     faultvfs_disarm();
 *
 * Counts calls that change something (write, truncate, sync, delete, growing shared memory) or that
 * read. One thread. */
#ifndef RWG_TEST_FAULTVFS_H
#define RWG_TEST_FAULTVFS_H

#include <stdbool.h>
#include <stdint.h>

typedef enum faultvfs_mode {
    FAULTVFS_ONCE,  /* the nth call returns the code */
    FAULTVFS_STAYS, /* the nth call and all after it return the code: a disk that is full */
    FAULTVFS_EXIT,  /* the process ends before the nth call */
    FAULTVFS_TORN,  /* as EXIT, but half of the nth call is done if it is a write */
} faultvfs_mode;

enum {
    FAULTVFS_WRITES = 1 << 0,
    FAULTVFS_READS = 1 << 1,
};

/* The exit code of a process that faultvfs ended. */
#define FAULTVFS_EXIT_CODE 77

void faultvfs_install(void);
/* nth = 1 is the next call of these kinds; code is an SQLite result such as SQLITE_FULL. */
void faultvfs_arm(faultvfs_mode mode, uint32_t kinds, uint32_t nth, int code);
void faultvfs_disarm(void);
/* Calls of the armed kinds since arming. */
uint32_t faultvfs_calls(void);
/* True when the fault has happened. */
bool faultvfs_hit(void);

#endif
