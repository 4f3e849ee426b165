/* The module record: its layout, how one is built, and what holds for each.
 *
 * Layout: struct rwg_module (the header below), then the sections in the order of rwg__section,
 * each 4-byte aligned, then the string pool. Every reference is an offset from the start of the
 * record. A string is a uint32 length and its bytes, padded to 4; equal strings share one place.
 * Fields are host-endian: a record stays in its process. The database has another form of it, see
 * packed.h.
 *
 * Invariants (rwg__module_verify checks them by number; made true by rwg__record_finish and by
 * rwg__module_unpack):
 *   1. magic, format and size are right, and every section lies inside the record.
 *   2. every rwg_ref is 0 or the offset of a string that lies inside the pool.
 *   3. the names of the imports follow each other without gaps, in the order of the imports;
 *      exports' imports are in range or RWG_NO_IMPORT.
 *   4. kinds, severities and codes are inside their enums; spans are ordered and inside source_len.
 *
 * Records are reference-counted (the count lies in front of the record), because a graph
 * generation, the next one, and the project share them across threads. */
#ifndef RWG_RECORD_RECORD_H
#define RWG_RECORD_RECORD_H

#include <rwgraph/module.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"

#define RWG__RECORD_MAGIC  0x4D475752u /* "RWGM" */
#define RWG__RECORD_FORMAT 6u          /* raised with every change of layout or of meaning */

typedef enum rwg__section {
    RWG__SECTION_IMPORTS,
    RWG__SECTION_NAMES,
    RWG__SECTION_EXPORTS,
    RWG__SECTION_DIRECTIVES,
    RWG__SECTION_HOTS,
    RWG__SECTION_PRAGMAS,
    RWG__SECTION_DIAGS,
    RWG__SECTION_COUNT
} rwg__section;

struct rwg_module {
    uint32_t magic;
    uint16_t format;
    uint8_t lang;        /* rwg_lang */
    uint8_t kind;        /* rwg_module_kind */
    uint32_t size;       /* of the whole record */
    uint32_t source_len; /* of the text it was read from */
    uint32_t flags;      /* RWG_MODULE_* */
    uint32_t counts[RWG__SECTION_COUNT];
    uint32_t offsets[RWG__SECTION_COUNT];
    uint32_t pool; /* offset of the string pool; it ends at size */
    rwg_hash content;
    rwg_hash interface;
};

/* Collects a record. Strings passed in are copied. */
typedef struct rwg__record_builder {
    rwg__mem *mem;
    rwg__arena strings;   /* keys of pool_map */
    rwg__strmap pool_map; /* text -> offset in pool */
    RWG_VEC(char) pool;
    RWG_VEC(rwg_import) imports;
    RWG_VEC(rwg_name) names;
    RWG_VEC(rwg_export) exports;
    RWG_VEC(rwg_directive) directives;
    RWG_VEC(rwg_hot) hots;
    RWG_VEC(rwg_pragma) pragmas;
    RWG_VEC(rwg_module_diag) diags;
} rwg__record_builder;

void rwg__record_init(rwg__record_builder *b, rwg__mem *mem);
/* Ready for the next file; keeps its memory. */
void rwg__record_reset(rwg__record_builder *b);
void rwg__record_deinit(rwg__record_builder *b);
/* During building a ref is the pool offset + 1; rwg__record_finish turns all of them into record
 * offsets. */
rwg_ref rwg__record_str(rwg__record_builder *b, rwg_str text);
/* The text behind a ref of this builder, good until the next rwg__record_str. */
rwg_str rwg__record_text(const rwg__record_builder *b, rwg_ref ref);
/* Each returns a cleared element to fill, good until the next call. */
rwg_import *rwg__record_import(rwg__record_builder *b);
rwg_name *rwg__record_name(rwg__record_builder *b);
rwg_export *rwg__record_export(rwg__record_builder *b);
rwg_directive *rwg__record_directive(rwg__record_builder *b);
rwg_hot *rwg__record_hot(rwg__record_builder *b);
rwg_pragma *rwg__record_pragma(rwg__record_builder *b);
void rwg__record_diag(
    rwg__record_builder *b, uint16_t code, uint8_t severity, rwg_span span, const char *format, ...
) __attribute__((format(printf, 5, 6)));

typedef struct rwg__record_facts {
    rwg_lang lang;
    rwg_module_kind kind;
    uint32_t flags;
    uint32_t source_len;
    rwg_hash content;
} rwg__record_facts;

/* The record with one reference, its interface hash computed. Imports are sorted by position first.
 */
rwg_module *rwg__record_finish(rwg__record_builder *b, const rwg__record_facts *facts);

/* 0, or the number of the first invariant that the bytes break. */
uint32_t rwg__module_verify(const void *bytes, uint32_t size);
uint32_t rwg__module_size(const rwg_module *m);
rwg_module *rwg__module_retain(const rwg_module *m);
/* The last release of the record gives up `mem`, too: for a record that outlives everyone else. */
void rwg__module_take_mem(rwg_module *m);
/* Any thread. rwg_module_free is the public name of this. */
void rwg__module_release(const rwg_module *m);

#endif
