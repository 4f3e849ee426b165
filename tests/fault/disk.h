/* What the fault tests of the store share: a folder with a database in it, images, and saves. */
#ifndef RWG_TEST_DISK_H
#define RWG_TEST_DISK_H

#include "base/hash.h"
#include "base/str.h"
#include "storeimage.h"
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const rwg_hash disk_key = {{0x11, 0x22}};

typedef struct disk {
    rwg__mem mem;
    rwg__arena arena;
    char folder[64];
    char db[128]; /* <folder>/rwgraph/graph.db */
    rwg__image images[2];
    rwg_hash hashes[2];
} disk;

static inline void disk_command(const char *format, const char *a, const char *b) {
    char command[512];
    (void)snprintf(command, sizeof command, format, a, b);
    if (system(command) != 0) {
        fail_msg("%s", command);
    }
}

static inline void disk_init(disk *d, uint32_t files) {
    rwg__mem_init(&d->mem, NULL, 0);
    rwg__arena_init(&d->arena, &d->mem);
    strcpy(d->folder, "/tmp/rwg_store_XXXXXX");
    assert_non_null(mkdtemp(d->folder));
    (void)snprintf(d->db, sizeof d->db, "%s/rwgraph/graph.db", d->folder);
    for (uint32_t i = 0; i < 2; i++) {
        storeimage_make(&d->mem, &d->arena, files, 3, i + 1, &d->images[i]);
        d->hashes[i] = storeimage_hash(&d->mem, &d->images[i]);
    }
}

static inline void disk_deinit(disk *d) {
    disk_command("rm -rf '%s'%s", d->folder, "");
    storeimage_free(&d->images[0]);
    storeimage_free(&d->images[1]);
    rwg__arena_deinit(&d->arena);
    assert_int_equal(atomic_load(&d->mem.used), 0);
}

static inline rwg__store *disk_open(disk *d, rwg_str *notice, bool *dropped) {
    rwg__store *store = NULL;
    rwg__store_open(&d->mem, rwg__str_c(d->db), disk_key, &d->arena, &store, notice, dropped);
    return store;
}

/* Opens, saves an image as a whole, closes. */
static inline rwg_status disk_save(disk *d, uint32_t image) {
    rwg_str notice;
    bool dropped;
    rwg__store *store = disk_open(d, &notice, &dropped);
    rwg__save save = storeimage_save(&d->images[image]);
    rwg_status status = rwg__store_save(store, &save, NULL);
    rwg__store_close(store);
    return status;
}

enum {
    DISK_EMPTY = 100
}; /* nothing is in the database, and nothing was said */

enum {
    DISK_DROPPED = 101
}; /* nothing is in it, and a notice says why */

/* What a new process finds: the number of the image, DISK_EMPTY or DISK_DROPPED. Anything else
 * fails the test. */
static inline uint32_t disk_find(disk *d) {
    rwg_str notice;
    rwg_str load_notice = {0};
    bool dropped;
    rwg__image image;
    rwg__arena arena;
    rwg__arena_init(&arena, &d->mem);
    rwg__store *store = disk_open(d, &notice, &dropped);
    uint32_t found = notice.len ? DISK_DROPPED : DISK_EMPTY;
    if (rwg__store_load(store, &arena, &image, &load_notice)) {
        rwg_hash hash = storeimage_hash(&d->mem, &image);
        found = rwg__hash_equal(hash, d->hashes[0]) ? 0 : 1;
        if (!rwg__hash_equal(hash, d->hashes[found])) {
            fail_msg("the loaded image is neither of those that were saved");
        }
        storeimage_free(&image);
    } else if (load_notice.len) {
        found = DISK_DROPPED;
    }
    rwg__store_close(store);
    rwg__arena_deinit(&arena);
    return found;
}

#endif
