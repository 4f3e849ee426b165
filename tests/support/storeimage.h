/* Database images for tests: made up from a size and a seed, and printed so that two can be
 * compared. */
#ifndef RWG_TEST_STOREIMAGE_H
#define RWG_TEST_STOREIMAGE_H

#include "base/buf.h"
#include "store/store.h"

/* An image of `files` modules with `imports` imports each, in three environments. Images of
 * different seeds differ in some rows and agree in others. Lives in arena, but for the modules:
 * free with storeimage_free. */
void storeimage_make(
    rwg__mem *mem,
    rwg__arena *arena,
    uint32_t files,
    uint32_t imports,
    uint32_t seed,
    rwg__image *out
);
/* Releases the modules of a made or loaded image. */
void storeimage_free(rwg__image *image);
/* Everything in the image, as text. */
void storeimage_print(const rwg__image *image, rwg__buf *out);
/* A hash of that text. */
rwg_hash storeimage_hash(rwg__mem *mem, const rwg__image *image);
/* A save of everything. */
rwg__save storeimage_save(const rwg__image *image);

#endif
