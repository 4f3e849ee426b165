/* Building a record: rows and strings are collected, then laid out in one block.
 *
 * While building, a string lives in the builder's pool as
 *
 *     uint32 length | uint32 moved | bytes | padding to 4
 *
 * and a ref is its pool offset + 1. `moved` is where the string went in the record being finished,
 * 0 while it has not gone anywhere. Strings move in the order of the rows that use them, so two
 * builders that collected the same rows give the same bytes, whatever order they met the strings
 * in. */
#include "record/record.h"

#include "base/hash.h"
#include "base/str.h"
#include "record/module_block.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define POOL_HEAD 8u

void rwg__record_init(rwg__record_builder *b, rwg__mem *mem) {
    *b = (rwg__record_builder){.mem = mem};
    rwg__arena_init(&b->strings, mem);
    rwg__strmap_init(&b->pool_map, mem);
}

/* A table that one large file has made large is given up: clearing it would cost every later file.
 */
#define KEEP_SLOTS 1024u

void rwg__record_reset(rwg__record_builder *b) {
    if (b->pool_map.cap > KEEP_SLOTS) {
        rwg__strmap_deinit(&b->pool_map);
        rwg__strmap_init(&b->pool_map, b->mem);
    } else {
        rwg__strmap_clear(&b->pool_map);
    }
    rwg__arena_reset(&b->strings);
    b->pool.len = 0;
    b->imports.len = 0;
    b->names.len = 0;
    b->exports.len = 0;
    b->directives.len = 0;
    b->hots.len = 0;
    b->pragmas.len = 0;
    b->diags.len = 0;
}

void rwg__record_deinit(rwg__record_builder *b) {
    rwg__vec_free(&b->pool, b->mem);
    rwg__vec_free(&b->imports, b->mem);
    rwg__vec_free(&b->names, b->mem);
    rwg__vec_free(&b->exports, b->mem);
    rwg__vec_free(&b->directives, b->mem);
    rwg__vec_free(&b->hots, b->mem);
    rwg__vec_free(&b->pragmas, b->mem);
    rwg__vec_free(&b->diags, b->mem);
    rwg__strmap_deinit(&b->pool_map);
    rwg__arena_deinit(&b->strings);
}

static uint32_t padded(uint32_t len) {
    return (len + 3u) & ~3u;
}

rwg_ref rwg__record_str(rwg__record_builder *b, rwg_str text) {
    if (text.len == 0) {
        return (rwg_ref){0};
    }
    uint32_t *known = rwg__strmap_find(&b->pool_map, text);
    if (known) {
        return (rwg_ref){*known};
    }
    uint32_t at = b->pool.len;
    uint32_t room = POOL_HEAD + padded(text.len);
    rwg__vec_reserve(&b->pool, b->mem, room);
    char *place = b->pool.ptr + at;
    memset(place, 0, room);
    memcpy(place, &text.len, sizeof text.len);
    memcpy(place + POOL_HEAD, text.ptr, text.len);
    b->pool.len += room;
    *rwg__strmap_put(&b->pool_map, rwg__arena_str(&b->strings, text), NULL) = at + 1;
    return (rwg_ref){at + 1};
}

rwg_str rwg__record_text(const rwg__record_builder *b, rwg_ref ref) {
    if (ref.v == 0) {
        return (rwg_str){NULL, 0};
    }
    const char *place = b->pool.ptr + (ref.v - 1);
    rwg_str text = {place + POOL_HEAD, 0};
    memcpy(&text.len, place, sizeof text.len);
    return text;
}

rwg_import *rwg__record_import(rwg__record_builder *b) {
    rwg_import *row = rwg__vec_push(&b->imports, b->mem);
    *row = (rwg_import){.first_name = b->names.len};
    return row;
}

rwg_name *rwg__record_name(rwg__record_builder *b) {
    rwg_name *row = rwg__vec_push(&b->names, b->mem);
    *row = (rwg_name){.flags = 0};
    return row;
}

rwg_export *rwg__record_export(rwg__record_builder *b) {
    rwg_export *row = rwg__vec_push(&b->exports, b->mem);
    *row = (rwg_export){.import = RWG_NO_IMPORT};
    return row;
}

rwg_directive *rwg__record_directive(rwg__record_builder *b) {
    rwg_directive *row = rwg__vec_push(&b->directives, b->mem);
    *row = (rwg_directive){.value = {0}};
    return row;
}

rwg_hot *rwg__record_hot(rwg__record_builder *b) {
    rwg_hot *row = rwg__vec_push(&b->hots, b->mem);
    *row = (rwg_hot){.kind = RWG_HOT_ACCEPT_SELF};
    return row;
}

rwg_pragma *rwg__record_pragma(rwg__record_builder *b) {
    rwg_pragma *row = rwg__vec_push(&b->pragmas, b->mem);
    *row = (rwg_pragma){.kind = RWG_PRAGMA_JSX_RUNTIME};
    return row;
}

void rwg__record_diag(
    rwg__record_builder *b, uint16_t code, uint8_t severity, rwg_span span, const char *format, ...
) {
    char text[512];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    RWG_ASSERT(len >= 0);
    if ((size_t)len >= sizeof text) {
        len = (int)sizeof text - 1;
    }
    rwg_ref message = rwg__record_str(b, rwg__str(text, (size_t)len));
    rwg_module_diag *row = rwg__vec_push(&b->diags, b->mem);
    *row = (rwg_module_diag){.code = code, .severity = severity, .span = span, .message = message};
}

/* Sorting key of an import: its position, then the order it was found in, which keeps the sort
 * stable. */
typedef struct import_place {
    uint32_t start;
    uint32_t index;
} import_place;

static int compare_places(const void *a, const void *b) {
    const import_place *x = a;
    const import_place *y = b;
    if (x->start != y->start) {
        return x->start < y->start ? -1 : 1;
    }
    return x->index < y->index ? -1 : x->index > y->index;
}

static bool in_order(const rwg__record_builder *b) {
    for (uint32_t i = 1; i < b->imports.len; i++) {
        if (b->imports.ptr[i - 1].span.start > b->imports.ptr[i].span.start) {
            return false;
        }
    }
    return true;
}

/* Puts the imports in order of position, and with them their names; exports follow their imports.
 */
static void sort_imports(rwg__record_builder *b) {
    uint32_t n = b->imports.len;
    if (in_order(b)) {
        return;
    }
    RWG_VEC(import_place) order = {0};
    RWG_VEC(uint32_t) moved_to = {0};
    RWG_VEC(rwg_import) imports = {0};
    RWG_VEC(rwg_name) names = {0};
    rwg__vec_reserve(&order, b->mem, n);
    rwg__vec_reserve(&moved_to, b->mem, n);
    rwg__vec_reserve(&imports, b->mem, n);
    for (uint32_t i = 0; i < n; i++) {
        order.ptr[i] = (import_place){b->imports.ptr[i].span.start, i};
    }
    qsort(order.ptr, n, sizeof *order.ptr, compare_places);
    for (uint32_t i = 0; i < n; i++) {
        rwg_import row = b->imports.ptr[order.ptr[i].index];
        uint32_t first = names.len;
        for (uint32_t k = 0; k < row.name_count; k++) {
            rwg_name *name = rwg__vec_push(&names, b->mem);
            *name = b->names.ptr[row.first_name + k];
        }
        row.first_name = first;
        imports.ptr[i] = row;
        moved_to.ptr[order.ptr[i].index] = i;
    }
    memcpy(b->imports.ptr, imports.ptr, n * sizeof *imports.ptr);
    if (names.len) {
        memcpy(b->names.ptr, names.ptr, names.len * sizeof *names.ptr);
    }
    b->names.len = names.len;
    for (uint32_t i = 0; i < b->exports.len; i++) {
        if (b->exports.ptr[i].import != RWG_NO_IMPORT) {
            b->exports.ptr[i].import = moved_to.ptr[b->exports.ptr[i].import];
        }
    }
    rwg__vec_free(&order, b->mem);
    rwg__vec_free(&moved_to, b->mem);
    rwg__vec_free(&imports, b->mem);
    rwg__vec_free(&names, b->mem);
}

/* The block while its string pool fills. */
typedef struct layout {
    rwg__record_builder *b;
    char *block;
    uint32_t end;
} layout;

static void move_ref(layout *out, rwg_ref *ref) {
    if (ref->v == 0) {
        return;
    }
    char *place = out->b->pool.ptr + (ref->v - 1);
    uint32_t len = 0;
    uint32_t moved = 0;
    memcpy(&len, place, sizeof len);
    memcpy(&moved, place + sizeof len, sizeof moved);
    if (moved == 0) {
        moved = out->end;
        memcpy(out->block + moved, &len, sizeof len);
        memcpy(out->block + moved + sizeof len, place + POOL_HEAD, padded(len));
        memcpy(place + sizeof len, &moved, sizeof moved);
        out->end += (uint32_t)sizeof len + padded(len);
    }
    ref->v = moved;
}

static void move_refs(layout *out) {
    rwg__record_builder *b = out->b;
    for (uint32_t i = 0; i < b->imports.len; i++) {
        move_ref(out, &b->imports.ptr[i].specifier);
        move_ref(out, &b->imports.ptr[i].attributes);
    }
    for (uint32_t i = 0; i < b->names.len; i++) {
        move_ref(out, &b->names.ptr[i].imported);
        move_ref(out, &b->names.ptr[i].local);
    }
    for (uint32_t i = 0; i < b->exports.len; i++) {
        move_ref(out, &b->exports.ptr[i].name);
        move_ref(out, &b->exports.ptr[i].local);
    }
    for (uint32_t i = 0; i < b->directives.len; i++) {
        move_ref(out, &b->directives.ptr[i].value);
    }
    for (uint32_t i = 0; i < b->hots.len; i++) {
        move_ref(out, &b->hots.ptr[i].value);
    }
    for (uint32_t i = 0; i < b->pragmas.len; i++) {
        move_ref(out, &b->pragmas.ptr[i].value);
    }
    for (uint32_t i = 0; i < b->diags.len; i++) {
        move_ref(out, &b->diags.ptr[i].message);
    }
}

#define INTERFACE_FLAGS                                                                            \
    (RWG_MODULE_TLA | RWG_MODULE_DECLARATION | RWG_MODULE_CJS_DYNAMIC | RWG_MODULE_ES_INTEROP)

/* What importers can see. Local binding names are not: they count only where they name something of
 * another module. */
static rwg_hash interface_hash(const rwg_module *m, rwg__mem *mem) {
    rwg__hasher *h = rwg__hasher_new(mem);
    uint32_t n = 0;
    uint32_t names_n = 0;
    rwg__hasher_u32(h, m->kind);
    rwg__hasher_u32(h, m->flags & INTERFACE_FLAGS);

    const rwg_directive *directives = rwg_module_directives(m, &n);
    rwg__hasher_u32(h, n);
    for (uint32_t i = 0; i < n; i++) {
        rwg__hasher_str(h, rwg_module_str(m, directives[i].value));
    }

    const rwg_name *names = rwg_module_names(m, &names_n);
    const rwg_import *imports = rwg_module_imports(m, &n);
    rwg__hasher_u32(h, n);
    for (uint32_t i = 0; i < n; i++) {
        rwg__hasher_u32(h, imports[i].kind);
        rwg__hasher_u32(h, imports[i].flags);
        rwg__hasher_str(h, rwg_module_str(m, imports[i].specifier));
        rwg__hasher_str(h, rwg_module_str(m, imports[i].attributes));
        rwg__hasher_u32(h, imports[i].name_count);
        for (uint32_t k = 0; k < imports[i].name_count; k++) {
            const rwg_name *name = &names[imports[i].first_name + k];
            rwg__hasher_u32(h, name->flags);
            rwg__hasher_str(h, rwg_module_str(m, name->imported));
        }
    }

    const rwg_export *exports = rwg_module_exports(m, &n);
    rwg__hasher_u32(h, n);
    for (uint32_t i = 0; i < n; i++) {
        bool local = exports[i].import == RWG_NO_IMPORT;
        rwg__hasher_u32(h, exports[i].flags);
        rwg__hasher_u32(h, exports[i].import);
        rwg__hasher_str(h, rwg_module_str(m, exports[i].name));
        rwg__hasher_str(h, local ? (rwg_str){NULL, 0} : rwg_module_str(m, exports[i].local));
    }
    rwg_hash hash = rwg__hasher_finish(h);
    rwg__hasher_free(h, mem);
    return hash;
}

rwg_module *rwg__record_finish(rwg__record_builder *b, const rwg__record_facts *facts) {
    sort_imports(b);

    const struct {
        const void *rows;
        uint32_t count;
        uint32_t row_size;
    } sections[RWG__SECTION_COUNT] = {
        [RWG__SECTION_IMPORTS] = {b->imports.ptr, b->imports.len, sizeof(rwg_import)},
        [RWG__SECTION_NAMES] = {b->names.ptr, b->names.len, sizeof(rwg_name)},
        [RWG__SECTION_EXPORTS] = {b->exports.ptr, b->exports.len, sizeof(rwg_export)},
        [RWG__SECTION_DIRECTIVES] = {b->directives.ptr, b->directives.len, sizeof(rwg_directive)},
        [RWG__SECTION_HOTS] = {b->hots.ptr, b->hots.len, sizeof(rwg_hot)},
        [RWG__SECTION_PRAGMAS] = {b->pragmas.ptr, b->pragmas.len, sizeof(rwg_pragma)},
        [RWG__SECTION_DIAGS] = {b->diags.ptr, b->diags.len, sizeof(rwg_module_diag)},
    };

    rwg_module head = {
        .magic = RWG__RECORD_MAGIC,
        .format = RWG__RECORD_FORMAT,
        .lang = (uint8_t)facts->lang,
        .kind = (uint8_t)facts->kind,
        .source_len = facts->source_len,
        .flags = facts->flags,
        .content = facts->content,
    };
    uint32_t end = sizeof head;
    for (int s = 0; s < RWG__SECTION_COUNT; s++) {
        head.counts[s] = sections[s].count;
        head.offsets[s] = end;
        end += sections[s].count * sections[s].row_size;
    }
    head.pool = end;
    /* The builder's pool is never smaller than what moves out of it. */
    char *block = rwg__mem_zalloc(b->mem, end + b->pool.len);
    layout out = {b, block, end};
    move_refs(&out);
    head.size = out.end;
    for (int s = 0; s < RWG__SECTION_COUNT; s++) {
        if (sections[s].count) {
            size_t bytes = (size_t)sections[s].count * sections[s].row_size;
            memcpy(block + head.offsets[s], sections[s].rows, bytes);
        }
    }
    memcpy(block, &head, sizeof head);

    rwg_module *m = rwg__module_block_new(b->mem, head.size);
    memcpy(m, block, head.size);
    rwg__mem_free(b->mem, block, end + b->pool.len);
    m->interface = interface_hash(m, b->mem);
    return m;
}
