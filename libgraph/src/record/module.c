/* Reading a record, checking its invariants, and its reference count.
 *
 * The accessors trust the record: rwg__record_finish or rwg__module_unpack made it, and both keep
 * the invariants. The count and the memory's owner lie in front of the record, so the bytes from
 * the record's address on are the record and nothing else. */
#include <rwgraph/diag.h>

#include "base/hash.h"
#include "base/str.h"
#include "record/module_block.h"

#include <assert.h>
#include <stdatomic.h>

static_assert(sizeof(rwg_import) == 32, "a change of layout needs a new RWG__RECORD_FORMAT");
static_assert(sizeof(rwg_name) == 12, "a change of layout needs a new RWG__RECORD_FORMAT");
static_assert(sizeof(rwg_export) == 16, "a change of layout needs a new RWG__RECORD_FORMAT");
static_assert(sizeof(rwg_directive) == 12, "a change of layout needs a new RWG__RECORD_FORMAT");
static_assert(sizeof(rwg_hot) == 16, "a change of layout needs a new RWG__RECORD_FORMAT");
static_assert(sizeof(rwg_pragma) == 16, "a change of layout needs a new RWG__RECORD_FORMAT");
static_assert(sizeof(rwg_module_diag) == 16, "a change of layout needs a new RWG__RECORD_FORMAT");

typedef struct block {
    rwg__mem *mem;
    _Atomic uint32_t refs;
    bool owns_mem; /* the last release gives the memory's owner up, too */
} block;

static_assert(sizeof(block) % 8 == 0, "the record behind it is aligned");

static block *block_of(const rwg_module *m) {
    return (block *)((char *)(uintptr_t)m - sizeof(block));
}

rwg_module *rwg__module_block_new(rwg__mem *mem, uint32_t size) {
    block *head = rwg__mem_resize(mem, NULL, 0, sizeof(block) + size);
    head->mem = mem;
    atomic_init(&head->refs, 1);
    head->owns_mem = false;
    return (rwg_module *)(head + 1);
}

void rwg__module_take_mem(rwg_module *m) {
    block_of(m)->owns_mem = true;
}

rwg_module *rwg__module_retain(const rwg_module *m) {
    atomic_fetch_add_explicit(&block_of(m)->refs, 1, memory_order_relaxed);
    return (rwg_module *)(uintptr_t)m;
}

void rwg__module_release(const rwg_module *m) {
    if (!m) {
        return;
    }
    block *head = block_of(m);
    if (atomic_fetch_sub_explicit(&head->refs, 1, memory_order_acq_rel) != 1) {
        return;
    }
    rwg__mem *mem = head->mem;
    bool owns_mem = head->owns_mem;
    rwg__mem_free(mem, head, sizeof(block) + m->size);
    if (owns_mem) {
        rwg__mem_release(mem);
    }
}

void rwg_module_free(rwg_module *module) {
    rwg__module_release(module);
}

uint32_t rwg__module_size(const rwg_module *m) {
    return m->size;
}

static const uint32_t ROW_SIZE[RWG__SECTION_COUNT] = {
    [RWG__SECTION_IMPORTS] = sizeof(rwg_import),
    [RWG__SECTION_NAMES] = sizeof(rwg_name),
    [RWG__SECTION_EXPORTS] = sizeof(rwg_export),
    [RWG__SECTION_DIRECTIVES] = sizeof(rwg_directive),
    [RWG__SECTION_HOTS] = sizeof(rwg_hot),
    [RWG__SECTION_PRAGMAS] = sizeof(rwg_pragma),
    [RWG__SECTION_DIAGS] = sizeof(rwg_module_diag),
};

/* A checker over bytes that may be anything, aligned to 4. */
typedef struct checker {
    const rwg_module *m;
    const char *bytes;
} checker;

static bool head_is_right(const void *bytes, uint32_t size) {
    const rwg_module *m = bytes;
    if (size < sizeof *m || (uintptr_t)bytes % 4 != 0 || m->magic != RWG__RECORD_MAGIC ||
        m->format != RWG__RECORD_FORMAT || m->size != size || size % 4 != 0) {
        return false;
    }
    uint64_t end = sizeof *m;
    for (int s = 0; s < RWG__SECTION_COUNT; s++) {
        if (m->offsets[s] != end) {
            return false;
        }
        end += (uint64_t)m->counts[s] * ROW_SIZE[s];
        if (end > size) {
            return false;
        }
    }
    return m->pool == end;
}

static bool ref_is_right(const checker *c, rwg_ref ref) {
    if (ref.v == 0) {
        return true;
    }
    if (ref.v < c->m->pool || ref.v % 4 != 0 || ref.v > c->m->size - 4) {
        return false;
    }
    uint32_t len = 0;
    memcpy(&len, c->bytes + ref.v, sizeof len);
    return len <= c->m->size - 4 - ref.v;
}

static bool refs_are_right(const checker *c) {
    uint32_t n = 0;
    const rwg_import *imports = rwg_module_imports(c->m, &n);
    for (uint32_t i = 0; i < n; i++) {
        if (!ref_is_right(c, imports[i].specifier) || !ref_is_right(c, imports[i].attributes)) {
            return false;
        }
    }
    const rwg_name *names = rwg_module_names(c->m, &n);
    for (uint32_t i = 0; i < n; i++) {
        if (!ref_is_right(c, names[i].imported) || !ref_is_right(c, names[i].local)) {
            return false;
        }
    }
    const rwg_export *exports = rwg_module_exports(c->m, &n);
    for (uint32_t i = 0; i < n; i++) {
        if (!ref_is_right(c, exports[i].name) || !ref_is_right(c, exports[i].local)) {
            return false;
        }
    }
    const rwg_directive *directives = rwg_module_directives(c->m, &n);
    for (uint32_t i = 0; i < n; i++) {
        if (!ref_is_right(c, directives[i].value)) {
            return false;
        }
    }
    const rwg_hot *hots = rwg_module_hots(c->m, &n);
    for (uint32_t i = 0; i < n; i++) {
        if (!ref_is_right(c, hots[i].value)) {
            return false;
        }
    }
    const rwg_pragma *pragmas = rwg_module_pragmas(c->m, &n);
    for (uint32_t i = 0; i < n; i++) {
        if (!ref_is_right(c, pragmas[i].value)) {
            return false;
        }
    }
    const rwg_module_diag *diags = rwg_module_diags(c->m, &n);
    for (uint32_t i = 0; i < n; i++) {
        if (!ref_is_right(c, diags[i].message)) {
            return false;
        }
    }
    return true;
}

static bool indices_are_right(const checker *c) {
    uint32_t n = 0;
    uint32_t names_n = 0;
    uint32_t next = 0;
    rwg_module_names(c->m, &names_n);
    const rwg_import *imports = rwg_module_imports(c->m, &n);
    for (uint32_t i = 0; i < n; i++) {
        if (imports[i].first_name != next || imports[i].name_count > names_n - next) {
            return false;
        }
        next += imports[i].name_count;
    }
    if (next != names_n) {
        return false;
    }
    uint32_t exports_n = 0;
    const rwg_export *exports = rwg_module_exports(c->m, &exports_n);
    for (uint32_t i = 0; i < exports_n; i++) {
        if (exports[i].import != RWG_NO_IMPORT && exports[i].import >= n) {
            return false;
        }
    }
    return true;
}

static bool span_is_right(const checker *c, rwg_span span) {
    return span.start <= span.end && span.end <= c->m->source_len;
}

static bool values_are_right(const checker *c) {
    if (c->m->lang > RWG_LANG_CSS || c->m->kind > RWG_MODULE_ASSET) {
        return false;
    }
    uint32_t n = 0;
    const rwg_import *imports = rwg_module_imports(c->m, &n);
    for (uint32_t i = 0; i < n; i++) {
        if (imports[i].kind >= RWG_IMPORT_KIND_COUNT || !span_is_right(c, imports[i].span)) {
            return false;
        }
    }
    const rwg_directive *directives = rwg_module_directives(c->m, &n);
    for (uint32_t i = 0; i < n; i++) {
        if (!span_is_right(c, directives[i].span)) {
            return false;
        }
    }
    const rwg_hot *hots = rwg_module_hots(c->m, &n);
    for (uint32_t i = 0; i < n; i++) {
        if (hots[i].kind > RWG_HOT_DECLINE || !span_is_right(c, hots[i].span)) {
            return false;
        }
    }
    const rwg_pragma *pragmas = rwg_module_pragmas(c->m, &n);
    for (uint32_t i = 0; i < n; i++) {
        if (pragmas[i].kind >= RWG_PRAGMA_KIND_COUNT || !span_is_right(c, pragmas[i].span)) {
            return false;
        }
    }
    const rwg_module_diag *diags = rwg_module_diags(c->m, &n);
    for (uint32_t i = 0; i < n; i++) {
        if (diags[i].code >= RWG_DIAG_COUNT || diags[i].severity < RWG_SEVERITY_ERROR ||
            diags[i].severity > RWG_SEVERITY_NOTE || !span_is_right(c, diags[i].span)) {
            return false;
        }
    }
    return true;
}

uint32_t rwg__module_verify(const void *bytes, uint32_t size) {
    if (!head_is_right(bytes, size)) {
        return 1;
    }
    checker c = {bytes, bytes};
    if (!refs_are_right(&c)) {
        return 2;
    }
    if (!indices_are_right(&c)) {
        return 3;
    }
    return values_are_right(&c) ? 0 : 4;
}

rwg_str rwg_module_str(const rwg_module *m, rwg_ref ref) {
    if (ref.v == 0) {
        return RWG_STR("");
    }
    const char *place = (const char *)m + ref.v;
    rwg_str text = {place + 4, 0};
    memcpy(&text.len, place, sizeof text.len);
    return text;
}

static const void *section(const rwg_module *m, rwg__section which, uint32_t *out_n) {
    *out_n = m->counts[which];
    return (const char *)m + m->offsets[which];
}

rwg_lang rwg_module_lang(const rwg_module *m) {
    return (rwg_lang)m->lang;
}

rwg_module_kind rwg_module_kind_of(const rwg_module *m) {
    return (rwg_module_kind)m->kind;
}

uint32_t rwg_module_flags(const rwg_module *m) {
    return m->flags;
}

rwg_hash rwg_module_content_hash(const rwg_module *m) {
    return m->content;
}

rwg_hash rwg_module_interface_hash(const rwg_module *m) {
    return m->interface;
}

const rwg_import *rwg_module_imports(const rwg_module *m, uint32_t *out_n) {
    return section(m, RWG__SECTION_IMPORTS, out_n);
}

const rwg_name *rwg_module_names(const rwg_module *m, uint32_t *out_n) {
    return section(m, RWG__SECTION_NAMES, out_n);
}

const rwg_export *rwg_module_exports(const rwg_module *m, uint32_t *out_n) {
    return section(m, RWG__SECTION_EXPORTS, out_n);
}

const rwg_directive *rwg_module_directives(const rwg_module *m, uint32_t *out_n) {
    return section(m, RWG__SECTION_DIRECTIVES, out_n);
}

const rwg_hot *rwg_module_hots(const rwg_module *m, uint32_t *out_n) {
    return section(m, RWG__SECTION_HOTS, out_n);
}

const rwg_pragma *rwg_module_pragmas(const rwg_module *m, uint32_t *out_n) {
    return section(m, RWG__SECTION_PRAGMAS, out_n);
}

const rwg_module_diag *rwg_module_diags(const rwg_module *m, uint32_t *out_n) {
    return section(m, RWG__SECTION_DIAGS, out_n);
}

bool rwg_module_has_directive(const rwg_module *m, rwg_str value) {
    uint32_t n = 0;
    const rwg_directive *directives = rwg_module_directives(m, &n);
    for (uint32_t i = 0; i < n; i++) {
        if (rwg__str_eq(rwg_module_str(m, directives[i].value), value)) {
            return true;
        }
    }
    return false;
}

const char *rwg_import_kind_name(rwg_import_kind kind) {
    switch (kind) {
#define X(name, text)                                                                              \
    case RWG_IMPORT_##name: return text;
        RWG_IMPORT_KIND_MAP(X)
#undef X
    case RWG_IMPORT_KIND_COUNT: break;
    }
    return "unknown";
}

const char *rwg_module_kind_name(rwg_module_kind kind) {
    switch (kind) {
    case RWG_MODULE_SCRIPT: return "script";
    case RWG_MODULE_ESM: return "esm";
    case RWG_MODULE_CJS: return "cjs";
    case RWG_MODULE_MIXED: return "mixed";
    case RWG_MODULE_JSON: return "json";
    case RWG_MODULE_CSS: return "css";
    case RWG_MODULE_ASSET: return "asset";
    }
    return "unknown";
}
