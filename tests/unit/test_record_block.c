// Building a record, reading it back, and refusing one that is damaged.

#include <rwgraph/diag.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/str.h"
#include "record/record.h"
#include "test.h"

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

TEST(a_record_survives_being_stored_at_any_address) {
    bench b;
    open_bench(&b);
    rwg_module *m = sample(&b);
    uint32_t size = rwg__module_size(m);
    char *stored = malloc(size + 1);
    assert_non_null(stored);
    memcpy(stored + 1, m, size);
    uint32_t broken = 99;
    rwg_module *loaded = rwg__module_adopt(&b.mem, stored + 1, size, &broken);
    assert_non_null(loaded);
    assert_int_equal(broken, 0);
    assert_memory_equal(loaded, m, size);
    free(stored);
    rwg__module_release(loaded);
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
    rwg_module *m = sample(&b);
    uint32_t size = rwg__module_size(m);
    char *copy = malloc(size);
    assert_non_null(copy);
    rwg__buf json;
    rwg__buf_init(&json, &b.mem);
    for (uint32_t i = 0; i < size; i++) {
        for (int bit = 0; bit < 8; bit++) {
            memcpy(copy, m, size);
            copy[i] = (char)(copy[i] ^ 1 << bit);
            uint32_t broken = 0;
            rwg_module *loaded = rwg__module_adopt(&b.mem, copy, size, &broken);
            assert_true((loaded != NULL) == (broken == 0));
            if (loaded) {
                rwg__buf_clear(&json);
                rwg_sink sink = rwg__buf_sink(&json);
                rwg_module_write_json(loaded, &sink);
                rwg__module_release(loaded);
            }
        }
    }
    rwg__buf_deinit(&json);
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
