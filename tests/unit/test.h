#ifndef RWG_TEST_H
#define RWG_TEST_H

// The one way to write a test. A case registers itself before main runs:
//
//     TEST(a_missing_file_is_a_diagnostic) {
//         assert_int_equal(...);
//     }
//
// The name is the sentence that the case proves; it is what ctest prints. main is in test.c.

// cmocka.h uses these four without including them, so they must come first.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

// clang-format on

struct rwg_test {
    const char *name;
    void (*run)(void **state);
    struct rwg_test *next;
};

/// Append `test` to the cases of this program. Called by TEST() only.
void rwg_test_register(struct rwg_test *test);

#define TEST(sentence)                                                                             \
    static void sentence(void **state);                                                            \
    __attribute__((constructor)) static void register_##sentence(void) {                           \
        static struct rwg_test test = {.name = #sentence, .run = sentence};                        \
        rwg_test_register(&test);                                                                  \
    }                                                                                              \
    static void sentence(void **state __attribute__((unused)))

#endif
