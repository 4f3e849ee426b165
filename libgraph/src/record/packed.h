/* The record as it is stored: a third of its size, for a database in which names repeat.
 *
 * In memory a record is rows of fixed size, made to be read. Stored, it is made to be small:
 *
 *   - What the database has in columns of its own is not in the packed bytes: the content hash, and
 *     of each import what people query (specifier, line, kind, flags), and the problems.
 *   - Numbers are varints, positions are counted from the import before, and what follows from
 *     something else (first_name, a local name equal to the imported one, the length of a literal
 *     without escapes) takes a bit or nothing.
 *   - A text that many records have is named by its number in a list that they share.
 *
 * Packing and unpacking give the same record, byte for byte: texts are met in the order of their
 * places in the pool (record.c), so the pool comes out as it was.
 *
 * Bytes, all numbers varints but the first two and the hash:
 *
 *   kind u8, lang u8, flags, source_len, pool size, names, exports,
 *   4 * directives + 2 * (pragmas > 0) + (hots > 0), [hots], [pragmas], interface hash
 *   an import    8 * name_count + 4 * (specifier seen before) + 2 * (attributes) + (odd length),
 *                [place of the specifier], [text: attributes], [length], start - start before
 *   a name       4 * text: imported + 2 * (flags) + (local is another), [text: local], [flags]
 *   an export    4 * text: name + 2 * (import or flags) + (local is another), [text: local],
 *                [2 * flags + (import)], [import]; or 1: as the next name of an `export {x} from`
 *   a directive  text, start, length            a hot, a pragma  kind, text, start, length
 *   a problem    0, or place of the message + 1
 *
 *   text         0                              none
 *                2 * number + 1                 of the shared list
 *                4 * place + 4                  the text with this place in the pool, from 0
 *                4 * length + 2, the bytes      any other
 *
 * Unpacking believes nothing: whatever the bytes, the result is a record of which all invariants
 * hold, or NULL. */
#ifndef RWG_RECORD_PACKED_H
#define RWG_RECORD_PACKED_H

#include "base/buf.h"
#include "record/record.h"

typedef struct rwg__packed_import {
    rwg_str specifier;
    uint32_t shared; /* its number in the shared list + 1, 0 = not in it; unpacking does not look */
    uint32_t line;
    uint8_t kind;
    uint8_t flags;
} rwg__packed_import;

typedef struct rwg__packed_problem {
    rwg_str message;
    rwg_span span;
    uint16_t code;
    uint8_t severity;
} rwg__packed_problem;

/* A record in three pieces. Zeroed it is empty; reused from record to record. */
typedef struct rwg__packed {
    rwg__mem *mem;
    rwg__buf bytes;
    RWG_VEC(rwg__packed_import) imports; /* texts are borrowed */
    RWG_VEC(rwg__packed_problem) problems;
    RWG_VEC(uint32_t) places; /* scratch: offsets of the pool's texts */
} rwg__packed;

void rwg__packed_init(rwg__packed *packed, rwg__mem *mem);
void rwg__packed_clear(rwg__packed *packed);
void rwg__packed_deinit(rwg__packed *packed);

/* Walks the texts of a record, each once, in the order of their places: *at is 0 before the first.
 * False after the last. */
bool rwg__module_next_text(const rwg_module *m, uint32_t *at, rwg_str *out);

/* Fills `out`, which borrows texts of m. shared[k] is the number + 1 of the k-th text of
 * rwg__module_next_text in the shared list, or 0; NULL when there is no list. */
void rwg__module_pack(const rwg_module *m, const uint32_t *shared, rwg__packed *out);

/* The record with one reference, or NULL. `bytes` are as those of a packed record; imports,
 * problems and scratch are those of `from`. */
rwg_module *rwg__module_unpack(
    rwg__mem *mem,
    rwg_str bytes,
    rwg__packed *from,
    rwg_hash content,
    const rwg_str *shared,
    uint32_t shared_count
);

#endif
