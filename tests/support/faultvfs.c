/* A shim between SQLite and its own VFS. See faultvfs.h. Its state is global because SQLite's VFS
 * list is. */
#include "faultvfs.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct shim_file {
    sqlite3_file base;  /* what SQLite sees; must be first */
    sqlite3_file *real; /* lies behind this struct */
} shim_file;

static sqlite3_vfs *real_vfs;
static sqlite3_vfs shim_vfs;

static struct {
    bool armed;
    faultvfs_mode mode;
    uint32_t kinds;
    uint32_t nth;
    int code;
    uint32_t calls;
    bool hit;
} fault;

void faultvfs_arm(faultvfs_mode mode, uint32_t kinds, uint32_t nth, int code) {
    fault.armed = true;
    fault.mode = mode;
    fault.kinds = kinds;
    fault.nth = nth;
    fault.code = code;
    fault.calls = 0;
    fault.hit = false;
}

void faultvfs_disarm(void) {
    fault.armed = false;
}

uint32_t faultvfs_calls(void) {
    return fault.calls;
}

bool faultvfs_hit(void) {
    return fault.hit;
}

/* Counts a call: true when it is the one to fail. A call that cannot be half done ends the process
 * before it. */
static bool is_due_to_tear(uint32_t kind, bool can_tear) {
    if (!fault.armed || !(fault.kinds & kind)) {
        return false;
    }
    fault.calls++;
    bool due = fault.calls == fault.nth ||
               (fault.mode == FAULTVFS_STAYS && fault.nth && fault.calls > fault.nth);
    if (due) {
        fault.hit = true;
        if (fault.mode == FAULTVFS_EXIT || (fault.mode == FAULTVFS_TORN && !can_tear)) {
            _exit(FAULTVFS_EXIT_CODE);
        }
    }
    return due;
}

static bool is_due(uint32_t kind) {
    return is_due_to_tear(kind, false);
}

static sqlite3_file *real_of(sqlite3_file *file) {
    return ((shim_file *)file)->real;
}

static int shim_close(sqlite3_file *file) {
    sqlite3_file *real = real_of(file);
    return real->pMethods ? real->pMethods->xClose(real) : SQLITE_OK;
}

static int shim_read(sqlite3_file *file, void *bytes, int len, sqlite3_int64 at) {
    sqlite3_file *real = real_of(file);
    return is_due(FAULTVFS_READS) ? fault.code : real->pMethods->xRead(real, bytes, len, at);
}

static int shim_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 at) {
    sqlite3_file *real = real_of(file);
    if (!is_due_to_tear(FAULTVFS_WRITES, true)) {
        return real->pMethods->xWrite(real, bytes, len, at);
    }
    if (fault.mode == FAULTVFS_TORN) {
        (void)real->pMethods->xWrite(real, bytes, len / 2, at);
        _exit(FAULTVFS_EXIT_CODE);
    }
    return fault.code;
}

static int shim_truncate(sqlite3_file *file, sqlite3_int64 size) {
    sqlite3_file *real = real_of(file);
    return is_due(FAULTVFS_WRITES) ? fault.code : real->pMethods->xTruncate(real, size);
}

static int shim_sync(sqlite3_file *file, int flags) {
    sqlite3_file *real = real_of(file);
    return is_due(FAULTVFS_WRITES) ? fault.code : real->pMethods->xSync(real, flags);
}

static int shim_file_size(sqlite3_file *file, sqlite3_int64 *out) {
    sqlite3_file *real = real_of(file);
    return real->pMethods->xFileSize(real, out);
}

static int shim_lock(sqlite3_file *file, int level) {
    sqlite3_file *real = real_of(file);
    return real->pMethods->xLock(real, level);
}

static int shim_unlock(sqlite3_file *file, int level) {
    sqlite3_file *real = real_of(file);
    return real->pMethods->xUnlock(real, level);
}

static int shim_check_lock(sqlite3_file *file, int *out) {
    sqlite3_file *real = real_of(file);
    return real->pMethods->xCheckReservedLock(real, out);
}

static int shim_control(sqlite3_file *file, int what, void *argument) {
    sqlite3_file *real = real_of(file);
    return real->pMethods->xFileControl(real, what, argument);
}

static int shim_sector_size(sqlite3_file *file) {
    sqlite3_file *real = real_of(file);
    return real->pMethods->xSectorSize(real);
}

static int shim_characteristics(sqlite3_file *file) {
    sqlite3_file *real = real_of(file);
    return real->pMethods->xDeviceCharacteristics(real);
}

static int shim_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out) {
    sqlite3_file *real = real_of(file);
    if (extend && is_due(FAULTVFS_WRITES)) {
        *out = NULL;
        return fault.code;
    }
    return real->pMethods->xShmMap(real, page, size, extend, out);
}

static int shim_shm_lock(sqlite3_file *file, int offset, int n, int flags) {
    sqlite3_file *real = real_of(file);
    return real->pMethods->xShmLock(real, offset, n, flags);
}

static void shim_shm_barrier(sqlite3_file *file) {
    sqlite3_file *real = real_of(file);
    real->pMethods->xShmBarrier(real);
}

static int shim_shm_unmap(sqlite3_file *file, int delete_it) {
    sqlite3_file *real = real_of(file);
    return real->pMethods->xShmUnmap(real, delete_it);
}

/* Version 2: without memory-mapped reads, which would go past the counters. */
static const sqlite3_io_methods shim_methods = {
    .iVersion = 2,
    .xClose = shim_close,
    .xRead = shim_read,
    .xWrite = shim_write,
    .xTruncate = shim_truncate,
    .xSync = shim_sync,
    .xFileSize = shim_file_size,
    .xLock = shim_lock,
    .xUnlock = shim_unlock,
    .xCheckReservedLock = shim_check_lock,
    .xFileControl = shim_control,
    .xSectorSize = shim_sector_size,
    .xDeviceCharacteristics = shim_characteristics,
    .xShmMap = shim_shm_map,
    .xShmLock = shim_shm_lock,
    .xShmBarrier = shim_shm_barrier,
    .xShmUnmap = shim_shm_unmap,
};

static int
shim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags) {
    (void)vfs;
    shim_file *shim = (shim_file *)file;
    shim->real = (sqlite3_file *)(void *)(shim + 1);
    int code = real_vfs->xOpen(real_vfs, name, shim->real, flags, out_flags);
    shim->base.pMethods = shim->real->pMethods ? &shim_methods : NULL;
    return code;
}

static int shim_delete(sqlite3_vfs *vfs, const char *name, int sync) {
    (void)vfs;
    return is_due(FAULTVFS_WRITES) ? fault.code : real_vfs->xDelete(real_vfs, name, sync);
}

void faultvfs_install(void) {
    if (real_vfs) {
        return;
    }
    real_vfs = sqlite3_vfs_find(NULL);
    shim_vfs = *real_vfs; /* everything that is about names and time stays the real one's */
    shim_vfs.zName = "fault";
    shim_vfs.szOsFile = (int)sizeof(shim_file) + real_vfs->szOsFile;
    shim_vfs.xOpen = shim_open;
    shim_vfs.xDelete = shim_delete;
    if (sqlite3_vfs_register(&shim_vfs, 1) != SQLITE_OK) {
        abort();
    }
}
