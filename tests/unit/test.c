// main of every test program: `prog` runs all cases, `prog NAME…` the named ones, `prog --list`
// prints the names, one a line. The list of cases is the one mutable global of the tests: it is
// filled by constructors, before main, and only read afterwards.

#include "test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct rwg_test *first;
static struct rwg_test **last = &first;

void rwg_test_register(struct rwg_test *test) {
    *last = test;
    last = &test->next;
}

static bool wanted(const char *name, int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        if (strcmp(name, argv[i]) == 0) {
            return true;
        }
    }
    return argc < 2;
}

int main(int argc, char **argv) {
    bool list = argc == 2 && strcmp(argv[1], "--list") == 0;
    size_t total = 0;
    for (const struct rwg_test *test = first; test; test = test->next) {
        total++;
    }
    struct CMUnitTest *tests = calloc(total + 1, sizeof *tests);
    if (!tests) {
        return 2;
    }
    size_t n = 0;
    for (const struct rwg_test *test = first; test; test = test->next) {
        if (list) {
            puts(test->name);
        } else if (wanted(test->name, argc, argv)) {
            tests[n++] = (struct CMUnitTest){.name = test->name, .test_func = test->run};
        }
    }
    int failed = 0;
    if (!list && n == 0) {
        fprintf(stderr, "%s: no such case\n", argv[0]);
        failed = 2;
    } else if (!list) {
        failed = _cmocka_run_group_tests(argv[0], tests, n, NULL, NULL) != 0;
    }
    free(tests);
    return failed;
}
