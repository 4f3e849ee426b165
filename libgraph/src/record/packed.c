/* Packing and unpacking of records. The format is described in packed.h. */
#include "record/packed.h"

#include <rwgraph/diag.h>

#include "record/module_block.h"
#include "record/varint.h"

/* No pool is larger; keeps sums of sizes within 32 bits. */
#define POOL_MAX (1u << 30)

/* An export without a name whose local name is another would begin like this; it says "more". */
#define AS_REEXPORTED 1u

static uint32_t padded(uint32_t len) {
    return (len + 3u) & ~3u;
}

/* Most literals are the specifier between quotes. */
static uint32_t usual_length(rwg_str specifier) {
    return specifier.len + 2;
}

void rwg__packed_init(rwg__packed *packed, rwg__mem *mem) {
    *packed = (rwg__packed){.mem = mem};
    rwg__buf_init(&packed->bytes, mem);
}

void rwg__packed_clear(rwg__packed *packed) {
    rwg__buf_clear(&packed->bytes);
    packed->imports.len = 0;
    packed->problems.len = 0;
    packed->places.len = 0;
}

void rwg__packed_deinit(rwg__packed *packed) {
    rwg__buf_deinit(&packed->bytes);
    rwg__vec_free(&packed->imports, packed->mem);
    rwg__vec_free(&packed->problems, packed->mem);
    rwg__vec_free(&packed->places, packed->mem);
}

bool rwg__module_next_text(const rwg_module *m, uint32_t *at, rwg_str *out) {
    uint32_t place = *at == 0 ? m->pool : *at;
    if (place >= m->size) {
        return false;
    }
    *out = rwg_module_str(m, (rwg_ref){place});
    *at = place + (uint32_t)sizeof(uint32_t) + padded(out->len);
    return true;
}

/* Walks the names of `export {x} from` statements. Each is an export too, in the same order. */
typedef struct reexports {
    const rwg_module *m;
    uint32_t import; /* where the walk is */
    uint32_t name;
} reexports;

/* What the export for the next such name looks like; false when there is none. */
static bool next_reexport(reexports *r, rwg_export *out) {
    uint32_t count = 0;
    const rwg_import *imports = rwg_module_imports(r->m, &count);
    while (r->import < count &&
           (imports[r->import].kind != RWG_IMPORT_REEXPORT ||
            r->name == imports[r->import].first_name + imports[r->import].name_count)) {
        r->import++;
        r->name = r->import < count ? imports[r->import].first_name : 0;
    }
    if (r->import == count) {
        return false;
    }
    const rwg_name *name = rwg_module_names(r->m, &count) + r->name;
    *out = (rwg_export){name->local, name->imported, r->import, name->flags};
    return true;
}

/* --- packing --- */

typedef struct packer {
    const rwg_module *m;
    const uint32_t *shared; /* [place], or NULL */
    rwg__packed *out;
} packer;

static void add(packer *p, uint64_t value) {
    rwg__varint_add(&p->out->bytes, value);
}

/* Places rise with the offsets of their texts. */
static uint32_t find_place(const packer *p, rwg_ref ref) {
    uint32_t low = 0;
    uint32_t high = p->out->places.len;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (p->out->places.ptr[middle] < ref.v) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Texts are met in the order of their offsets: one behind the last is met for the first time. */
static bool is_new(const packer *p, rwg_ref ref) {
    uint32_t count = p->out->places.len;
    return count == 0 || ref.v > p->out->places.ptr[count - 1];
}

static uint32_t meet(packer *p, rwg_ref ref) {
    *rwg__vec_push(&p->out->places, p->out->mem) = ref.v;
    return p->shared ? p->shared[p->out->places.len - 1] : 0;
}

/* The text with `bits` more bits, of which the lowest two are `low`. */
static void add_text(packer *p, rwg_ref ref, uint32_t bits, uint32_t low) {
    if (ref.v == 0) {
        add(p, low);
    } else if (!is_new(p, ref)) {
        add(p, ((uint64_t)find_place(p, ref) * 4 + 4) << bits | low);
    } else {
        uint32_t shared = meet(p, ref);
        if (shared) {
            add(p, ((uint64_t)(shared - 1) * 2 + 1) << bits | low);
        } else {
            rwg_str text = rwg_module_str(p->m, ref);
            add(p, ((uint64_t)text.len * 4 + 2) << bits | low);
            rwg__buf_add(&p->out->bytes, text);
        }
    }
}

static void pack_import(packer *p, const rwg_import *import, uint32_t *start) {
    rwg_str specifier = rwg_module_str(p->m, import->specifier);
    bool named = import->specifier.v != 0;
    bool again = named && !is_new(p, import->specifier);
    uint32_t length = import->span.end - import->span.start;
    bool odd = length != usual_length(specifier);
    rwg__packed_import *head = rwg__vec_push(&p->out->imports, p->out->mem);
    *head = (rwg__packed_import
    ){.specifier = specifier, .line = import->line, .kind = import->kind, .flags = import->flags};
    add(p, (uint64_t)import->name_count * 8 + again * 4u + (import->attributes.v != 0) * 2u + odd);
    if (again) {
        uint32_t place = find_place(p, import->specifier);
        head->shared = p->shared ? p->shared[place] : 0;
        add(p, place);
    } else if (named) {
        head->shared = meet(p, import->specifier);
    }
    if (import->attributes.v) {
        add_text(p, import->attributes, 0, 0);
    }
    if (odd) {
        add(p, length);
    }
    add(p, import->span.start - *start);
    *start = import->span.start;
}

static void pack_name(packer *p, const rwg_name *name) {
    bool other = name->local.v != name->imported.v;
    add_text(p, name->imported, 2, (name->flags != 0) * 2u + other);
    if (other) {
        add_text(p, name->local, 0, 0);
    }
    if (name->flags) {
        add(p, name->flags);
    }
}

static bool same_export(const rwg_export *a, const rwg_export *b) {
    return a->name.v == b->name.v && a->local.v == b->local.v && a->import == b->import &&
           a->flags == b->flags;
}

static void pack_export(packer *p, const rwg_export *export, reexports *walk) {
    rwg_export next;
    if (next_reexport(walk, &next) && same_export(export, &next)) {
        add(p, AS_REEXPORTED);
        walk->name++;
        return;
    }
    bool other = export->local.v != export->name.v;
    bool foreign = export->import != RWG_NO_IMPORT;
    bool more = foreign || export->flags != 0 || (other && export->name.v == 0);
    add_text(p, export->name, 2, more * 2u + other);
    if (other) {
        add_text(p, export->local, 0, 0);
    }
    if (more) {
        add(p, (uint64_t) export->flags * 2 + foreign);
    }
    if (foreign) {
        add(p, export->import);
    }
}

static void add_span(packer *p, rwg_span span) {
    add(p, span.start);
    add(p, span.end - span.start);
}

static void pack_head(packer *p) {
    const rwg_module *m = p->m;
    const uint32_t *counts = m->counts;
    rwg__buf_char(&p->out->bytes, (char)m->kind);
    rwg__buf_char(&p->out->bytes, (char)m->lang);
    add(p, m->flags);
    add(p, m->source_len);
    add(p, m->size - m->pool);
    add(p, counts[RWG__SECTION_NAMES]);
    add(p, counts[RWG__SECTION_EXPORTS]);
    bool hots = counts[RWG__SECTION_HOTS] > 0;
    bool pragmas = counts[RWG__SECTION_PRAGMAS] > 0;
    add(p, (uint64_t)counts[RWG__SECTION_DIRECTIVES] * 4 + pragmas * 2u + hots);
    if (hots) {
        add(p, counts[RWG__SECTION_HOTS]);
    }
    if (pragmas) {
        add(p, counts[RWG__SECTION_PRAGMAS]);
    }
    rwg_str hash = {(const char *)m->interface.bytes, sizeof m->interface.bytes};
    rwg__buf_add(&p->out->bytes, hash);
}

void rwg__module_pack(const rwg_module *m, const uint32_t *shared, rwg__packed *out) {
    packer p = {m, shared, out};
    rwg__packed_clear(out);
    pack_head(&p);
    uint32_t n = 0;
    uint32_t start = 0;
    const rwg_import *imports = rwg_module_imports(m, &n);
    for (uint32_t i = 0; i < n; i++) {
        pack_import(&p, &imports[i], &start);
    }
    const rwg_name *names = rwg_module_names(m, &n);
    for (uint32_t i = 0; i < n; i++) {
        pack_name(&p, &names[i]);
    }
    reexports walk = {.m = m};
    const rwg_export *exports = rwg_module_exports(m, &n);
    for (uint32_t i = 0; i < n; i++) {
        pack_export(&p, &exports[i], &walk);
    }
    const rwg_directive *directives = rwg_module_directives(m, &n);
    for (uint32_t i = 0; i < n; i++) {
        add_text(&p, directives[i].value, 0, 0);
        add_span(&p, directives[i].span);
    }
    const rwg_hot *hots = rwg_module_hots(m, &n);
    for (uint32_t i = 0; i < n; i++) {
        add(&p, hots[i].kind);
        add_text(&p, hots[i].value, 0, 0);
        add_span(&p, hots[i].span);
    }
    const rwg_pragma *pragmas = rwg_module_pragmas(m, &n);
    for (uint32_t i = 0; i < n; i++) {
        add(&p, pragmas[i].kind);
        add_text(&p, pragmas[i].value, 0, 0);
        add_span(&p, pragmas[i].span);
    }
    const rwg_module_diag *diags = rwg_module_diags(m, &n);
    for (uint32_t i = 0; i < n; i++) {
        const rwg_module_diag *diag = &diags[i];
        *rwg__vec_push(&out->problems, out->mem) = (rwg__packed_problem
        ){rwg_module_str(m, diag->message), diag->span, diag->code, diag->severity};
        bool again = diag->message.v && !is_new(&p, diag->message);
        add(&p, again ? (uint64_t)find_place(&p, diag->message) + 1 : 0);
        if (diag->message.v && !again) {
            (void)meet(&p, diag->message);
        }
    }
}

/* --- unpacking --- */

typedef struct unpacker {
    rwg__packed *from;
    rwg_str bytes; /* what is left of them */
    const rwg_str *shared;
    uint32_t shared_count;
    rwg_module *m;
    uint32_t end; /* of the texts placed so far */
    bool bad;
} unpacker;

static uint64_t take(unpacker *u) {
    uint64_t value = 0;
    /* Nearly all numbers have one byte. */
    if (u->bytes.len > 0 && (uint8_t)u->bytes.ptr[0] < 0x80) {
        value = (uint8_t)u->bytes.ptr[0];
        u->bytes.ptr++;
        u->bytes.len--;
        return value;
    }
    u->bad |= !rwg__varint_take(&u->bytes, &value);
    return value;
}

/* A number up to max, or bad. */
static uint32_t take_to(unpacker *u, uint32_t max) {
    uint64_t value = take(u);
    u->bad |= value > max;
    return value > max ? 0 : (uint32_t)value;
}

/* The next place in the pool gets this text. */
static rwg_ref place(unpacker *u, rwg_str text) {
    uint64_t end = (uint64_t)u->end + sizeof text.len + padded(text.len);
    if (text.len == 0 || text.len > POOL_MAX || end > u->m->size) {
        u->bad = true;
        return (rwg_ref){0};
    }
    rwg_ref ref = {u->end};
    char *to = (char *)u->m + u->end;
    memset((char *)u->m + end - sizeof text.len, 0, sizeof text.len); /* the padding */
    memcpy(to, &text.len, sizeof text.len);
    memcpy(to + sizeof text.len, text.ptr, text.len);
    u->end = (uint32_t)end;
    *rwg__vec_push(&u->from->places, u->from->mem) = ref.v;
    return ref;
}

static rwg_ref placed(unpacker *u, uint64_t index) {
    if (index >= u->from->places.len) {
        u->bad = true;
        return (rwg_ref){0};
    }
    return (rwg_ref){u->from->places.ptr[index]};
}

static rwg_ref text_of(unpacker *u, uint64_t value) {
    if (value == 0) {
        return (rwg_ref){0};
    }
    if (value & 1) {
        uint64_t number = value >> 1;
        u->bad |= number >= u->shared_count;
        return u->bad ? (rwg_ref){0} : place(u, u->shared[number]);
    }
    if (!(value & 2)) {
        return placed(u, value / 4 - 1);
    }
    uint64_t length = value >> 2;
    if (length > u->bytes.len) {
        u->bad = true;
        return (rwg_ref){0};
    }
    rwg_str text = rwg__str_sub(u->bytes, 0, (uint32_t)length);
    u->bytes = rwg__str_from(u->bytes, text.len);
    return place(u, text);
}

static rwg_ref take_text(unpacker *u) {
    return text_of(u, take(u));
}

static rwg_span make_span(unpacker *u, uint64_t start, uint64_t length) {
    if (start > u->m->source_len || length > u->m->source_len - start) {
        u->bad = true;
        return (rwg_span){0};
    }
    return (rwg_span){(uint32_t)start, (uint32_t)(start + length)};
}

static rwg_span take_span(unpacker *u) {
    uint64_t start = take(u);
    return make_span(u, start, take(u));
}

static void *rows(const unpacker *u, rwg__section section) {
    return (char *)u->m + u->m->offsets[section];
}

static void unpack_imports(unpacker *u) {
    rwg_import *imports = rows(u, RWG__SECTION_IMPORTS);
    uint32_t names = 0;
    uint64_t start = 0;
    for (uint32_t i = 0; i < u->from->imports.len && !u->bad; i++) {
        const rwg__packed_import *head = &u->from->imports.ptr[i];
        uint64_t bits = take(u);
        rwg_import row = {.kind = head->kind, .flags = head->flags, .line = head->line};
        row.first_name = names;
        u->bad |= bits / 8 > u->m->counts[RWG__SECTION_NAMES] - names;
        row.name_count = u->bad ? 0 : (uint32_t)(bits / 8);
        names += row.name_count;
        if (bits & 4) {
            row.specifier = placed(u, take(u));
        } else if (head->specifier.len > 0) {
            row.specifier = place(u, head->specifier);
        }
        if (bits & 2) {
            row.attributes = take_text(u);
        }
        uint64_t length = bits & 1 ? take(u) : usual_length(head->specifier);
        start += take_to(u, u->m->source_len);
        row.span = make_span(u, start, length);
        u->bad |= head->kind >= RWG_IMPORT_KIND_COUNT;
        imports[i] = row;
    }
    u->bad |= names != u->m->counts[RWG__SECTION_NAMES];
}

static void unpack_names(unpacker *u) {
    rwg_name *names = rows(u, RWG__SECTION_NAMES);
    for (uint32_t i = 0; i < u->m->counts[RWG__SECTION_NAMES] && !u->bad; i++) {
        uint64_t bits = take(u);
        rwg_name row = {.imported = text_of(u, bits >> 2)};
        row.local = bits & 1 ? take_text(u) : row.imported;
        row.flags = bits & 2 ? take_to(u, UINT32_MAX) : 0;
        names[i] = row;
    }
}

static void unpack_exports(unpacker *u) {
    reexports walk = {.m = u->m};
    rwg_export *exports = rows(u, RWG__SECTION_EXPORTS);
    uint32_t imports = u->m->counts[RWG__SECTION_IMPORTS];
    for (uint32_t i = 0; i < u->m->counts[RWG__SECTION_EXPORTS] && !u->bad; i++) {
        uint64_t bits = take(u);
        if (bits == AS_REEXPORTED) {
            u->bad |= !next_reexport(&walk, &exports[i]);
            walk.name++;
            continue;
        }
        rwg_export row = {.name = text_of(u, bits >> 2), .import = RWG_NO_IMPORT};
        row.local = bits & 1 ? take_text(u) : row.name;
        uint64_t more = bits & 2 ? take(u) : 0;
        u->bad |= more >> 1 > UINT32_MAX;
        row.flags = (uint32_t)(more >> 1);
        if (more & 1) {
            row.import = take_to(u, imports ? imports - 1 : 0);
            u->bad |= imports == 0;
        }
        exports[i] = row;
    }
}

static void unpack_rest(unpacker *u) {
    rwg_directive *directives = rows(u, RWG__SECTION_DIRECTIVES);
    for (uint32_t i = 0; i < u->m->counts[RWG__SECTION_DIRECTIVES] && !u->bad; i++) {
        directives[i].value = take_text(u);
        directives[i].span = take_span(u);
    }
    rwg_hot *hots = rows(u, RWG__SECTION_HOTS);
    for (uint32_t i = 0; i < u->m->counts[RWG__SECTION_HOTS] && !u->bad; i++) {
        hots[i].kind = take_to(u, RWG_HOT_DECLINE);
        hots[i].value = take_text(u);
        hots[i].span = take_span(u);
    }
    rwg_pragma *pragmas = rows(u, RWG__SECTION_PRAGMAS);
    for (uint32_t i = 0; i < u->m->counts[RWG__SECTION_PRAGMAS] && !u->bad; i++) {
        pragmas[i].kind = take_to(u, RWG_PRAGMA_KIND_COUNT - 1);
        pragmas[i].value = take_text(u);
        pragmas[i].span = take_span(u);
    }
    rwg_module_diag *diags = rows(u, RWG__SECTION_DIAGS);
    for (uint32_t i = 0; i < u->from->problems.len && !u->bad; i++) {
        const rwg__packed_problem *head = &u->from->problems.ptr[i];
        u->bad |= head->code >= RWG_DIAG_COUNT || head->severity < RWG_SEVERITY_ERROR ||
                  head->severity > RWG_SEVERITY_NOTE || head->span.start > head->span.end ||
                  head->span.end > u->m->source_len;
        uint64_t again = take(u);
        diags[i] =
            (rwg_module_diag){.code = head->code, .severity = head->severity, .span = head->span};
        if (again) {
            diags[i].message = placed(u, again - 1);
        } else if (head->message.len > 0) {
            diags[i].message = place(u, head->message);
        }
    }
}

/* The head of the record, and its size: what must be known before there is room for the rows. False
 * when the bytes cannot hold that many rows, each of which takes one at least. */
static bool unpack_head(unpacker *u, rwg_module *head) {
    static const uint32_t row_sizes[RWG__SECTION_COUNT] = {
        [RWG__SECTION_IMPORTS] = sizeof(rwg_import),
        [RWG__SECTION_NAMES] = sizeof(rwg_name),
        [RWG__SECTION_EXPORTS] = sizeof(rwg_export),
        [RWG__SECTION_DIRECTIVES] = sizeof(rwg_directive),
        [RWG__SECTION_HOTS] = sizeof(rwg_hot),
        [RWG__SECTION_PRAGMAS] = sizeof(rwg_pragma),
        [RWG__SECTION_DIAGS] = sizeof(rwg_module_diag),
    };
    uint32_t most = u->bytes.len;
    head->kind = (uint8_t)take_to(u, RWG_MODULE_ASSET);
    head->lang = (uint8_t)take_to(u, RWG_LANG_CSS);
    head->flags = take_to(u, UINT32_MAX);
    head->source_len = take_to(u, UINT32_MAX);
    uint32_t pool = take_to(u, POOL_MAX);
    head->counts[RWG__SECTION_IMPORTS] = u->from->imports.len;
    head->counts[RWG__SECTION_NAMES] = take_to(u, most);
    head->counts[RWG__SECTION_EXPORTS] = take_to(u, most);
    uint32_t directives = take_to(u, UINT32_MAX);
    head->counts[RWG__SECTION_DIRECTIVES] = directives >> 2;
    head->counts[RWG__SECTION_HOTS] = directives & 1 ? take_to(u, most) : 0;
    head->counts[RWG__SECTION_PRAGMAS] = directives & 2 ? take_to(u, most) : 0;
    head->counts[RWG__SECTION_DIAGS] = u->from->problems.len;
    if (u->bad || pool % 4 != 0 || u->bytes.len < sizeof head->interface ||
        head->counts[RWG__SECTION_IMPORTS] > most || head->counts[RWG__SECTION_DIAGS] > most ||
        head->counts[RWG__SECTION_DIRECTIVES] > most) {
        return false;
    }
    memcpy(head->interface.bytes, u->bytes.ptr, sizeof head->interface);
    u->bytes = rwg__str_from(u->bytes, (uint32_t)sizeof head->interface);
    uint64_t end = sizeof *head;
    for (int s = 0; s < RWG__SECTION_COUNT; s++) {
        head->offsets[s] = (uint32_t)end;
        end += (uint64_t)head->counts[s] * row_sizes[s];
    }
    head->pool = (uint32_t)end;
    head->size = (uint32_t)(end + pool);
    return end + pool <= INT32_MAX;
}

rwg_module *rwg__module_unpack(
    rwg__mem *mem,
    rwg_str bytes,
    rwg__packed *from,
    rwg_hash content,
    const rwg_str *shared,
    uint32_t shared_count
) {
    unpacker u = {.from = from, .bytes = bytes, .shared = shared, .shared_count = shared_count};
    from->places.len = 0;
    rwg_module head = {
        .magic = RWG__RECORD_MAGIC, .format = RWG__RECORD_FORMAT, .content = content};
    if (!unpack_head(&u, &head)) {
        return NULL;
    }
    u.m = rwg__module_block_new(mem, head.size);
    *u.m = head;
    u.end = head.pool;
    unpack_imports(&u);
    unpack_names(&u);
    unpack_exports(&u);
    unpack_rest(&u);
    if (u.bad || u.bytes.len > 0 || u.end != head.size) {
        rwg__module_release(u.m);
        return NULL;
    }
#ifdef RWG_CHECKS
    RWG_ASSERT(rwg__module_verify(u.m, head.size) == 0);
#endif
    return u.m;
}
