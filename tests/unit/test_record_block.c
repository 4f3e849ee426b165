// Building a record, packing and unpacking it, and refusing one that is damaged.

#include <rwgraph/diag.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/str.h"
#include "record/packed.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct bench {
    rwg__mem mem;
    rwg__record_builder builder;
} bench;

static void open_bench(bench *b) {
    rwg__mem_init(&b->mem, NULL, 0);
    rwg__record_init(&b->builder, &b->mem);
}

/* Everything that was allocated is given back. */
static void close_bench(bench *b) {
    rwg__record_deinit(&b->builder);
    assert_int_equal(b->mem.used, 0);
}

static void add_import(bench *b, const char *specifier, uint32_t start, const char *name) {
    rwg_ref ref = rwg__record_str(&b->builder, rwg__str_c(specifier));
    rwg_import *import = rwg__record_import(&b->builder);
    import->specifier = ref;
    import->span = (rwg_span){start, start + 3};
    import->line = 1;
    import->name_count = 1;
    ref = rwg__record_str(&b->builder, rwg__str_c(name));
    *rwg__record_name(&b->builder) = (rwg_name){ref, ref, 0};
}

static void add_export(bench *b, const char *name, uint32_t import) {
    rwg_ref ref = rwg__record_str(&b->builder, rwg__str_c(name));
    rwg_export *export = rwg__record_export(&b->builder);
    export->name = ref;
    export->import = import;
}

static rwg_module *finish(bench *b) {
    rwg__record_facts facts = {.lang = RWG_LANG_TS, .kind = RWG_MODULE_ESM, .source_len = 100};
    rwg_module *m = rwg__record_finish(&b->builder, &facts);
    assert_int_equal(rwg__module_verify(m, rwg__module_size(m)), 0);
    return m;
}

static rwg_module *sample(bench *b) {
    rwg__record_reset(&b->builder);
    add_import(b, "second", 50, "b");
    add_import(b, "first", 10, "a");
    add_export(b, "x", 0);
    add_export(b, "a", RWG_NO_IMPORT);
    rwg__record_diag(&b->builder, RWG_DIAG_SYNTAX, RWG_SEVERITY_ERROR, (rwg_span){1, 2}, "n %d", 7);
    return finish(b);
}

static void assert_text(const rwg_module *m, rwg_ref ref, const char *text) {
    assert_true(rwg__str_eq_c(rwg_module_str(m, ref), text));
}

TEST(imports_are_sorted_and_their_names_and_exports_follow) {
    bench b;
    open_bench(&b);
    rwg_module *m = sample(&b);
    uint32_t n = 0;
    const rwg_import *imports = rwg_module_imports(m, &n);
    assert_int_equal(n, 2);
    assert_text(m, imports[0].specifier, "first");
    assert_text(m, imports[1].specifier, "second");
    const rwg_name *names = rwg_module_names(m, &n);
    assert_text(m, names[imports[0].first_name].imported, "a");
    assert_text(m, names[imports[1].first_name].imported, "b");
    const rwg_export *exports = rwg_module_exports(m, &n);
    assert_int_equal(exports[0].import, 1);
    assert_int_equal(exports[1].import, RWG_NO_IMPORT);
    const rwg_module_diag *diags = rwg_module_diags(m, &n);
    assert_text(m, diags[0].message, "n 7");
    rwg__module_release(m);
    close_bench(&b);
}

TEST(the_same_rows_give_the_same_bytes_whatever_order_strings_were_met_in) {
    bench b;
    open_bench(&b);
    rwg_module *first = sample(&b);
    rwg__record_reset(&b.builder);
    rwg__record_str(&b.builder, RWG_STR("x"));
    rwg__record_str(&b.builder, RWG_STR("never used"));
    add_import(&b, "first", 10, "a");
    add_import(&b, "second", 50, "b");
    add_export(&b, "x", 1);
    add_export(&b, "a", RWG_NO_IMPORT);
    rwg__record_diag(&b.builder, RWG_DIAG_SYNTAX, RWG_SEVERITY_ERROR, (rwg_span){1, 2}, "n 7");
    rwg_module *second = finish(&b);
    assert_int_equal(rwg__module_size(first), rwg__module_size(second));
    assert_memory_equal(first, second, rwg__module_size(first));
    rwg__module_release(first);
    rwg__module_release(second);
    close_bench(&b);
}

TEST(equal_strings_are_kept_once) {
    bench b;
    open_bench(&b);
    for (uint32_t i = 0; i < 50; i++) {
        add_import(&b, "a specifier of some length", i, "a name of some length");
    }
    rwg_module *m = finish(&b);
    uint32_t rows = 50 * (uint32_t)(sizeof(rwg_import) + sizeof(rwg_name));
    assert_true(rwg__module_size(m) < sizeof(rwg_module) + rows + 80);
    rwg__module_release(m);
    close_bench(&b);
}

/* A record with something of everything, and texts that are met again in every place. */
static rwg_module *rich_sample(bench *b) {
    rwg__record_builder *r = &b->builder;
    rwg__record_reset(r);
    add_import(b, "./first.js", 10, "*");
    rwg_ref ref = rwg__record_str(r, RWG_STR("./first.js")); // again, of another length
    rwg_import *import = rwg__record_import(r);
    *import = (rwg_import){.kind = RWG_IMPORT_DYNAMIC, .flags = 6, .specifier = ref, .line = 70000};
    import->first_name = 1;
    import->span = (rwg_span){2000, 2020};
    import->attributes = rwg__record_str(r, RWG_STR("type=json"));
    add_import(b, "", 3000, "default"); // import d from ""
    rwg__record_name(r)->imported = rwg__record_str(r, RWG_STR("./first.js"));
    r->names.ptr[2].flags = RWG_NAME_TYPE_ONLY;
    r->imports.ptr[2].name_count = 2;
    add_export(b, "default", RWG_NO_IMPORT);
    add_export(b, "x", 2);
    add_export(b, "", 0);
    r->exports.ptr[2].flags = RWG_EXPORT_STAR;
    r->exports.ptr[1].local = rwg__record_str(r, RWG_STR("*"));
    *rwg__record_directive(r) = (rwg_directive){rwg__record_str(r, RWG_STR("use client")), {0, 12}};
    rwg_hot *hot = rwg__record_hot(r);
    *hot = (rwg_hot){RWG_HOT_ACCEPT_DEP, rwg__record_str(r, RWG_STR("./first.js")), {3000, 3009}};
    *rwg__record_hot(r) = (rwg_hot){.kind = RWG_HOT_DECLINE};
    rwg__record_diag(r, RWG_DIAG_SYNTAX, RWG_SEVERITY_ERROR, (rwg_span){1, 2}, "n %d", 7);
    rwg__record_diag(r, RWG_DIAG_SYNTAX, RWG_SEVERITY_NOTE, (rwg_span){5, 5}, "use client");
    rwg__record_diag(r, RWG_DIAG_SYNTAX, RWG_SEVERITY_NOTE, (rwg_span){5, 9}, "%s", "");
    rwg__record_facts facts = {
        .lang = RWG_LANG_TSX,
        .kind = RWG_MODULE_MIXED,
        .source_len = 4000,
        .flags = RWG_MODULE_TLA | RWG_MODULE_USES_HOT,
        .content = {{1, 2, 3}},
    };
    rwg_module *m = rwg__record_finish(r, &facts);
    assert_int_equal(rwg__module_verify(m, rwg__module_size(m)), 0);
    return m;
}

/* Packs and unpacks with every `step`-th text shared (0: none), and expects the same bytes. Returns
 * the packed size. */
static uint32_t assert_unpacks(bench *b, const rwg_module *m, uint32_t step) {
    RWG_VEC(rwg_str) shared = {0};
    RWG_VEC(uint32_t) numbers = {0};
    rwg_str text;
    for (uint32_t at = 0, k = 0; rwg__module_next_text(m, &at, &text); k++) {
        bool chosen = step && k % step == 0;
        if (chosen) {
            *rwg__vec_push(&shared, &b->mem) = text;
        }
        *rwg__vec_push(&numbers, &b->mem) = chosen ? shared.len : 0;
    }
    rwg__packed packed;
    rwg__packed_init(&packed, &b->mem);
    rwg__module_pack(m, step ? numbers.ptr : NULL, &packed);
    uint32_t size = packed.bytes.bytes.len;
    rwg_module *again = rwg__module_unpack(
        &b->mem,
        rwg__buf_str(&packed.bytes),
        &packed,
        rwg_module_content_hash(m),
        shared.ptr,
        shared.len
    );
    assert_non_null(again);
    assert_int_equal(rwg__module_size(again), rwg__module_size(m));
    assert_memory_equal(again, m, rwg__module_size(m));
    rwg__module_release(again);
    rwg__packed_deinit(&packed);
    rwg__vec_free(&shared, &b->mem);
    rwg__vec_free(&numbers, &b->mem);
    return size;
}

/* export {a, b as c} from "x"; import z from "y"; export {a as type d, e} from "z"; and a nameless
 * export with a local name, which nobody makes, in front. */
static rwg_module *reexports_sample(bench *b) {
    static const char *const names[] = {"a", "a", "b", "c", "z", "zed", "a", "d", "e", "e"};
    static const uint8_t of[] = {0, 0, 1, 2, 2};
    rwg__record_builder *r = &b->builder;
    rwg__record_reset(r);
    add_export(b, "", RWG_NO_IMPORT);
    r->exports.ptr[0].local = rwg__record_str(r, RWG_STR("odd"));
    for (uint32_t i = 0, k = 0; i < 3; i++) {
        rwg_import *import = rwg__record_import(r);
        import->kind = i == 1 ? RWG_IMPORT_STATIC : RWG_IMPORT_REEXPORT;
        import->specifier = rwg__record_str(r, rwg__str_c(&"x\0y\0z"[i * 2]));
        import->span = (rwg_span){i * 20, i * 20 + 3};
        for (; k < 5 && of[k] == i; k++) {
            rwg_ref imported = rwg__record_str(r, rwg__str_c(names[k * 2]));
            rwg_ref local = rwg__record_str(r, rwg__str_c(names[k * 2 + 1]));
            *rwg__record_name(r) = (rwg_name){imported, local, k == 3};
            import->name_count++;
            if (i != 1) {
                *rwg__record_export(r) = (rwg_export){local, imported, i, k == 3};
            }
        }
    }
    return finish(b);
}

TEST(a_packed_record_comes_back_byte_for_byte) {
    bench b;
    open_bench(&b);
    rwg_module *samples[] = {sample(&b), rich_sample(&b), reexports_sample(&b), NULL};
    rwg__record_reset(&b.builder);
    samples[3] = finish(&b); // empty
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        for (uint32_t step = 0; step < 4; step++) {
            (void)assert_unpacks(&b, samples[i], step);
        }
        rwg__module_release(samples[i]);
    }
    close_bench(&b);
}

TEST(a_shared_name_costs_two_bytes_a_module) {
    bench b;
    open_bench(&b);
    char name[32];
    for (uint32_t i = 0; i < 100; i++) {
        (void)snprintf(name, sizeof name, "aFunctionWithNumber%u", i);
        add_export(&b, name, RWG_NO_IMPORT);
        b.builder.exports.ptr[i].local = b.builder.exports.ptr[i].name;
    }
    rwg_module *m = finish(&b);
    assert_true(assert_unpacks(&b, m, 0) > 100 * 20);
    assert_true(assert_unpacks(&b, m, 1) < 100 * 2 + 40);
    rwg__module_release(m);
    close_bench(&b);
}

TEST(a_record_lives_until_its_last_reference_goes) {
    bench b;
    open_bench(&b);
    rwg_module *m = sample(&b);
    rwg_module *again = rwg__module_retain(m);
    assert_ptr_equal(m, again);
    rwg__module_release(m);
    uint32_t n = 0;
    rwg_module_imports(again, &n);
    assert_int_equal(n, 2);
    rwg__module_release(again);
    close_bench(&b);
}

/* The record's bytes with one 32-bit word replaced; which invariant that breaks. */
static uint32_t broken_by(const rwg_module *m, size_t offset, uint32_t value) {
    uint32_t size = rwg__module_size(m);
    char *copy = malloc(size);
    assert_non_null(copy);
    memcpy(copy, m, size);
    memcpy(copy + offset, &value, sizeof value);
    uint32_t broken = rwg__module_verify(copy, size);
    free(copy);
    return broken;
}

TEST(each_invariant_is_checked_by_its_number) {
    bench b;
    open_bench(&b);
    rwg_module *m = sample(&b);
    size_t imports = m->offsets[RWG__SECTION_IMPORTS];
    size_t exports = m->offsets[RWG__SECTION_EXPORTS];
    size_t diags = m->offsets[RWG__SECTION_DIAGS];
    assert_int_equal(broken_by(m, offsetof(rwg_module, magic), 1), 1);
    assert_int_equal(broken_by(m, offsetof(rwg_module, size), 8), 1);
    assert_int_equal(broken_by(m, offsetof(rwg_module, counts), 0x7FFFFFFF), 1);
    assert_int_equal(broken_by(m, imports + offsetof(rwg_import, specifier), 4), 2);
    assert_int_equal(broken_by(m, imports + offsetof(rwg_import, specifier), UINT32_MAX), 2);
    assert_int_equal(broken_by(m, m->pool, UINT32_MAX), 2);
    assert_int_equal(broken_by(m, imports + offsetof(rwg_import, name_count), 3), 3);
    assert_int_equal(broken_by(m, exports + offsetof(rwg_export, import), 2), 3);
    assert_int_equal(broken_by(m, imports, 0xFF), 4);
    assert_int_equal(broken_by(m, imports + offsetof(rwg_import, span), 101), 4);
    assert_int_equal(broken_by(m, diags + offsetof(rwg_module_diag, code), 0x0100FFFF), 4);
    assert_int_equal(rwg__module_verify(m, rwg__module_size(m) - 4), 1);
    rwg__module_release(m);
    close_bench(&b);
}

TEST(any_single_damaged_byte_is_refused_or_readable) {
    bench b;
    open_bench(&b);
    rwg_module *m = rich_sample(&b);
    const rwg_str shared[] = {RWG_STR("*"), RWG_STR("default")};
    const uint32_t numbers[16] = {0, 0, 1};
    rwg__packed packed;
    rwg__packed_init(&packed, &b.mem);
    rwg__module_pack(m, numbers, &packed);
    rwg_str good = rwg__buf_str(&packed.bytes);
    char *copy = malloc(good.len);
    assert_non_null(copy);
    rwg__buf json;
    rwg__buf_init(&json, &b.mem);
    uint32_t refused = 0;
    for (uint32_t i = 0; i < good.len * 8; i++) {
        memcpy(copy, good.ptr, good.len);
        copy[i / 8] = (char)(copy[i / 8] ^ 1 << i % 8);
        rwg_str bad = {copy, good.len};
        rwg_module *loaded = rwg__module_unpack(&b.mem, bad, &packed, (rwg_hash){{0}}, shared, 2);
        refused += loaded == NULL;
        if (loaded) {
            assert_int_equal(rwg__module_verify(loaded, rwg__module_size(loaded)), 0);
            rwg__buf_clear(&json);
            rwg_sink sink = rwg__buf_sink(&json);
            rwg_module_write_json(loaded, &sink);
            rwg__module_release(loaded);
        }
    }
    assert_true(refused > good.len);
    for (uint32_t len = 0; len < good.len; len++) {
        rwg_str cut = {good.ptr, len};
        assert_null(rwg__module_unpack(&b.mem, cut, &packed, (rwg_hash){{0}}, shared, 2));
    }
    rwg__buf_deinit(&json);
    rwg__packed_deinit(&packed);
    free(copy);
    rwg__module_release(m);
    close_bench(&b);
}

TEST(the_interface_hash_leaves_positions_out_and_takes_names_in) {
    bench b;
    open_bench(&b);
    rwg_hash hash[3];
    for (uint32_t i = 0; i < 3; i++) {
        rwg__record_reset(&b.builder);
        add_import(&b, "m", i == 1 ? 40 : 10, i == 2 ? "other" : "a");
        rwg_module *m = finish(&b);
        hash[i] = rwg_module_interface_hash(m);
        rwg__module_release(m);
    }
    assert_true(rwg__hash_equal(hash[0], hash[1]));
    assert_false(rwg__hash_equal(hash[0], hash[2]));
    close_bench(&b);
}

TEST(kinds_have_the_words_that_the_json_uses) {
    assert_string_equal(rwg_import_kind_name(RWG_IMPORT_DYNAMIC_TEMPLATE), "dynamic-template");
    assert_string_equal(rwg_import_kind_name((rwg_import_kind)99), "unknown");
    assert_string_equal(rwg_module_kind_name(RWG_MODULE_MIXED), "mixed");
    assert_string_equal(rwg_diag_code_name(RWG_DIAG_NOT_UTF8), "not-utf8");
    assert_string_equal(rwg_diag_code_name((rwg_diag_code)999), "unknown");
}
