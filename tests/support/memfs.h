/* A file system in memory for tests, seen by the library through rwg_fs.
 *
 *     memfs *disk = memfs_new();
 *     memfs_write(disk, "/app/src/a.ts", "import './b'");
 *     rwg_fs fs = memfs_fs(disk);
 *     ...
 *     assert_int_equal(memfs_calls(disk, MEMFS_READ, "/app/src/b.ts"), 0); // it was not read again
 *
 * Time is virtual: it starts in 2001 and moves one millisecond with every change, so a file's times
 * are never close to the real clock unless a test sets them so. Every call of the library is
 * logged, which lets tests say what must NOT have been touched, and the nth call can be made to
 * fail. The library's side may be called from several threads; the test's side only while no such
 * call runs. Mistakes of a test (writing below a file, removing what is not there) end it with a
 * message. */
#ifndef RWG_TEST_MEMFS_H
#define RWG_TEST_MEMFS_H

#include <rwgraph/sys/fs.h>

#define MEMFS_START_NS INT64_C(1000000000000000000)

typedef struct memfs memfs;

typedef enum memfs_op {
    MEMFS_STAT = 1 << 0,
    MEMFS_READ = 1 << 1,
    MEMFS_LIST = 1 << 2,
    MEMFS_REALPATH = 1 << 3,
    MEMFS_ANY = MEMFS_STAT | MEMFS_READ | MEMFS_LIST | MEMFS_REALPATH,
} memfs_op;

/* An empty disk with only "/". */
memfs *memfs_new(void);
void memfs_free(memfs *disk);
/* The library's view; valid as long as the disk. */
rwg_fs memfs_fs(memfs *disk);

/* Creates the file, and the folders above it, or replaces its text (keeping its inode). */
void memfs_write(memfs *disk, const char *path, const char *text);
void memfs_write_bytes(memfs *disk, const char *path, const void *bytes, size_t len);
/* As an editor that writes a new file and renames it over the old: a new inode. */
void memfs_replace(memfs *disk, const char *path, const char *text);
void memfs_mkdir(memfs *disk, const char *path);
/* A symbolic link at path with this text, which need not lead anywhere. */
void memfs_symlink(memfs *disk, const char *path, const char *target);
/* A file, a link, or a folder with everything in it. */
void memfs_remove(memfs *disk, const char *path);
/* New times, same text. */
void memfs_touch(memfs *disk, const char *path);
/* Sets mtime without moving the clock; ctime moves as on a real disk. */
void memfs_set_mtime(memfs *disk, const char *path, int64_t mtime_ns);
/* The file can no longer be read, or the folder no longer listed: RWG_ACCESS. */
void memfs_deny(memfs *disk, const char *path, bool denied);
/* Moves the clock forward. */
void memfs_advance(memfs *disk, int64_t ns);

/* How many calls of these kinds there were since the log was cleared; path NULL counts all paths.
 */
uint32_t memfs_calls(const memfs *disk, uint32_t ops, const char *path);
void memfs_clear_log(memfs *disk);
/* Prints the log to stderr, for finding out why a count is wrong. */
void memfs_print_log(const memfs *disk);

/* Makes the nth call of these kinds from now on (1 = the next) return status; 0 turns faults off.
 */
void memfs_fail(memfs *disk, uint32_t ops, uint32_t nth, rwg_status status);
/* True when that call has happened. */
bool memfs_has_failed(const memfs *disk);

#endif
