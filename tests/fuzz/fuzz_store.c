// A damaged database. The input is a list of edits of a good one: offset (4 bytes), what to do (1),
// byte (1). What must hold for any damage: the image that was saved is loaded whole, or nothing is
// (law 10: never a mixture), and the store works again afterwards.

#include "base/hash.h"
#include "base/str.h"
#include "storeimage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLDS(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

enum {
    FILES = 12,
    IMPORTS = 3,
    GOOD_MAX = 1 << 20,
    EDIT_SIZE = 6,
};

static const rwg_hash key = {{0x11, 0x22}};

// The good database, made once a process and the same in each. Where it lies while it is tried is
// removed at the end of every input.
static struct {
    unsigned char bytes[GOOD_MAX];
    size_t size;
} good;

typedef struct place {
    char folder[64];
    char inner[80]; // <folder>/rwgraph
    char db[96];    // <folder>/rwgraph/graph.db
} place;

static void make_place(place *p) {
    strcpy(p->folder, "/tmp/rwg_fuzz_XXXXXX");
    HOLDS(mkdtemp(p->folder));
    (void)snprintf(p->inner, sizeof p->inner, "%s/rwgraph", p->folder);
    (void)snprintf(p->db, sizeof p->db, "%s/graph.db", p->inner);
    HOLDS(mkdir(p->inner, 0700) == 0);
}

static void remove_place(const place *p) {
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        char path[128];
        (void)snprintf(path, sizeof path, "%s%s", p->db, suffixes[i]);
        (void)unlink(path);
    }
    HOLDS(rmdir(p->inner) == 0 && rmdir(p->folder) == 0);
}

static rwg_status save(const place *p, rwg__mem *mem, rwg__arena *arena, const rwg__image *image) {
    rwg__store *store = NULL;
    rwg_str notice;
    bool dropped;
    rwg__store_open(mem, rwg__str_c(p->db), key, arena, &store, &notice, &dropped);
    HOLDS(store);
    rwg__save all = storeimage_save(image);
    rwg_status status = rwg__store_save(store, &all, NULL);
    rwg__store_close(store);
    return status;
}

/// True when an image was there; it must be the one with this hash.
static bool load(const place *p, rwg__mem *mem, rwg__arena *arena, rwg_hash expected) {
    rwg__store *store = NULL;
    rwg_str notice;
    bool dropped;
    rwg__store_open(mem, rwg__str_c(p->db), key, arena, &store, &notice, &dropped);
    rwg__image image;
    bool loaded = rwg__store_load(store, arena, &image, &notice);
    if (loaded) {
        HOLDS(rwg__hash_equal(storeimage_hash(mem, &image), expected));
        storeimage_free(&image);
    }
    rwg__store_close(store);
    return loaded;
}

static void make_good(const place *p, rwg__mem *mem, rwg__arena *arena, const rwg__image *image) {
    HOLDS(save(p, mem, arena, image) == RWG_OK);
    FILE *file = fopen(p->db, "rb");
    HOLDS(file);
    good.size = fread(good.bytes, 1, sizeof good.bytes, file);
    HOLDS(good.size > 0 && good.size < sizeof good.bytes);
    (void)fclose(file);
}

/// Writes the good database with the edits applied.
static void write_damaged(const place *p, const uint8_t *edits, size_t size) {
    unsigned char *bytes = malloc(good.size);
    size_t length = good.size;
    memcpy(bytes, good.bytes, good.size);
    for (size_t i = 0; i + EDIT_SIZE <= size; i += EDIT_SIZE) {
        const uint8_t *edit = edits + i;
        uint32_t at = (uint32_t)edit[0] | (uint32_t)edit[1] << 8 | (uint32_t)edit[2] << 16;
        at %= (uint32_t)good.size;
        switch (edit[4] % 4) {
        case 0: bytes[at] = edit[5]; break;
        case 1: bytes[at] ^= (unsigned char)(1u << (edit[5] & 7)); break;
        case 2: memset(bytes + at, edit[5], good.size - at < 512 ? good.size - at : 512); break;
        default: length = edit[5] == 0 ? at : length; break;
        }
    }
    FILE *file = fopen(p->db, "wb");
    HOLDS(file && fwrite(bytes, 1, length, file) == length && fclose(file) == 0);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    rwg__arena arena;
    rwg__arena_init(&arena, &mem);
    rwg__image image;
    storeimage_make(&mem, &arena, FILES, IMPORTS, 1, &image);
    rwg_hash hash = storeimage_hash(&mem, &image);
    place p;
    make_place(&p);
    if (good.size == 0) {
        make_good(&p, &mem, &arena, &image);
    }
    write_damaged(&p, data, size);
    if (!load(&p, &mem, &arena, hash)) {
        HOLDS(!load(&p, &mem, &arena, hash)); // what was dropped stays away
        HOLDS(save(&p, &mem, &arena, &image) == RWG_OK);
        HOLDS(load(&p, &mem, &arena, hash));
    }
    remove_place(&p);
    storeimage_free(&image);
    rwg__arena_deinit(&arena);
    HOLDS(mem.used == 0);
    return 0;
}
