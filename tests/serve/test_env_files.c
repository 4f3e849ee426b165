// .env files: the grammar, expansion, and which file wins.

#include "base/str.h"
#include "memfs.h"
#include "serve/env_files.h"
#include "test.h"

#include <stdio.h>

static void assert_var(const rwb__env *env, const char *name, const char *expected) {
    const rwg_str *value = rwb__env_get(env, rwg__str_c(name));
    if (!expected && value) {
        fail_msg("%s is \"%.*s\"", name, (int)value->len, value->ptr);
    }
    if (expected && (!value || !rwg__str_eq_c(*value, expected))) {
        fail_msg(
            "%s is \"%.*s\", not \"%s\"",
            name,
            value ? (int)value->len : 0,
            value ? value->ptr : "",
            expected
        );
    }
}

TEST(every_form_of_assignment_is_read) {
    static const char TEXT[] = "\xef\xbb\xbf"
                               "BASIC=basic\n"
                               "  SPACES  =  around it  \n"
                               "export EXPORTED=yes\n"
                               "EMPTY=\n"
                               "EMPTY_QUOTES=''\n"
                               "SINGLE='a # b \\n $'\n"
                               "DOUBLE=\"line\\nnext\"\r\n"
                               "BACKTICK=`a \"b\" 'c'`\n"
                               "COMMENT=value # the rest\n"
                               "HASH=a#b\n"
                               "QUOTED_COMMENT=\"a # b\" # rest\n"
                               "# NOT=this\n"
                               "MULTI=\"one\ntwo\nthree\"\n"
                               "ESCAPED=\"say \\\"hi\\\"\"\n"
                               "INNER=it's\n"
                               "JSON={\"a\": \"b\"}\n"
                               "UNCLOSED=\"open\n"
                               "YAML: style\n"
                               "DOTTED.NAME-x=1\n"
                               "no assignment here\n"
                               "=nothing\n"
                               "EQUALS=a=b=c\n"
                               "TWICE=1\nTWICE=2\n"
                               "LAST=end";
    rwg__mem mem;
    rwb__env env;
    rwg__mem_init(&mem, NULL, 0);
    rwb__env_init(&env, &mem);
    rwb__env_parse(&env, (rwg_str){TEXT, sizeof TEXT - 1});
    static const char *const EXPECTED[][2] = {
        {"BASIC", "basic"},
        {"SPACES", "around it"},
        {"EXPORTED", "yes"},
        {"EMPTY", ""},
        {"EMPTY_QUOTES", ""},
        {"SINGLE", "a # b \\n $"},
        {"DOUBLE", "line\nnext"},
        {"BACKTICK", "a \"b\" 'c'"},
        {"COMMENT", "value"},
        {"HASH", "a"},
        {"QUOTED_COMMENT", "a # b"},
        {"NOT", NULL},
        {"MULTI", "one\ntwo\nthree"},
        {"ESCAPED", "say \\\"hi\\\""},
        {"INNER", "it's"},
        {"JSON", "{\"a\": \"b\"}"},
        {"UNCLOSED", "\"open"},
        {"YAML", "style"},
        {"DOTTED.NAME-x", "1"},
        {"no", NULL},
        {"EQUALS", "a=b=c"},
        {"TWICE", "2"},
        {"LAST", "end"},
    };
    for (size_t i = 0; i < sizeof EXPECTED / sizeof EXPECTED[0]; i++) {
        assert_var(&env, EXPECTED[i][0], EXPECTED[i][1]);
    }
    rwb__env_deinit(&env);
}

TEST(references_are_replaced_in_any_order_and_loops_are_empty) {
    static const char TEXT[] = "LATE=$EARLY/x\nEARLY=a\nBRACES=${EARLY}b${NONE}\n"
                               "DEFAULT=${NONE:-d}${EMPTY:-e}${EMPTY-f}\nEMPTY=\n"
                               "NESTED=${NONE:-${ALSO_NONE:-${EARLY}}}\n"
                               "ESCAPED=\\$EARLY\nPRICE=5$ and $5 ${} ${unclosed\n"
                               "LOOP=1$LOOP\nA=a$B\nB=b$A\nOUTER=$FROM_PROCESS\n";
    rwg__mem mem;
    rwb__env env;
    rwb__env process;
    rwg__mem_init(&mem, NULL, 0);
    rwb__env_init(&env, &mem);
    rwb__env_init(&process, &mem);
    rwb__env_set(&process, RWG_STR("FROM_PROCESS"), RWG_STR("p$EARLY"));
    rwb__env_parse(&env, (rwg_str){TEXT, sizeof TEXT - 1});
    rwb__env_expand(&env, &process);
    assert_var(&env, "LATE", "a/x");
    assert_var(&env, "BRACES", "ab");
    assert_var(&env, "DEFAULT", "de");
    assert_var(&env, "NESTED", "a");
    assert_var(&env, "ESCAPED", "$EARLY");
    assert_var(&env, "PRICE", "5$ and  ${} ${unclosed");
    assert_var(&env, "LOOP", "1");
    assert_var(&env, "A", "ab");
    assert_var(&env, "OUTER", "p$EARLY");
    rwb__env_deinit(&process);
    rwb__env_deinit(&env);
}

TEST(a_value_that_would_grow_without_end_stays_within_its_limit) {
    rwg__mem mem;
    rwb__env env;
    rwg__mem_init(&mem, NULL, 0);
    rwb__env_init(&env, &mem);
    // Each name is the one before it, ten times: 10^99 bytes.
    for (int i = 0; i < 100; i++) {
        char name[8];
        char value[64];
        (void)snprintf(name, sizeof name, "V%d", i);
        (void)snprintf(
            value,
            sizeof value,
            "$V%d$V%d$V%d$V%d$V%d$V%d$V%d",
            i - 1,
            i - 1,
            i - 1,
            i - 1,
            i - 1,
            i - 1,
            i - 1
        );
        rwb__env_set(&env, rwg__str_c(name), rwg__str_c(i == 0 ? "xxxxxxxxxx" : value));
    }
    rwb__env_expand(&env, NULL);
    assert_true(rwb__env_get(&env, RWG_STR("V50"))->len <= 64 * 1024);
    rwb__env_deinit(&env);
}

TEST(later_files_win_and_the_process_over_all) {
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    memfs *disk = memfs_new();
    memfs_write(disk, "/app/.env", "VITE_A=1\nVITE_B=1\nVITE_C=1\nVITE_D=1\nSECRET=1\nVITE_P=file");
    memfs_write(disk, "/app/.env.local", "VITE_B=2\nVITE_C=2\nVITE_D=2");
    memfs_write(disk, "/app/.env.development", "VITE_C=3\nVITE_D=3\nRWSDK_X=${SECRET}${VITE_P}");
    memfs_write(disk, "/app/.env.development.local", "VITE_D=4");
    memfs_write(disk, "/app/.env.production", "VITE_A=prod");
    rwb__env process;
    rwb__env all;
    rwb__env open;
    rwb__env_init(&process, &mem);
    rwb__env_init(&all, &mem);
    rwb__env_init(&open, &mem);
    rwb__env_set(&process, RWG_STR("VITE_P"), RWG_STR("process"));
    rwb__env_set(&process, RWG_STR("VITE_ONLY"), RWG_STR("here"));
    rwb__env_set(&process, RWG_STR("PATH"), RWG_STR("/bin"));
    rwg_fs fs = memfs_fs(disk);
    rwb__env_load_options options = {
        .fs = &fs, .dir = RWG_STR("/app"), .mode = RWG_STR("development"), .process = &process};
    assert_int_equal(rwb__env_load(&options, &all, &open, NULL), RWG_OK);
    assert_var(&all, "VITE_A", "1");
    assert_var(&all, "VITE_B", "2");
    assert_var(&all, "VITE_C", "3");
    assert_var(&all, "VITE_D", "4");
    assert_var(&all, "VITE_P", "process");
    assert_var(&all, "SECRET", "1");
    assert_var(&all, "PATH", NULL);
    assert_var(&open, "SECRET", NULL);
    assert_var(&open, "PATH", NULL);
    assert_var(&open, "VITE_ONLY", "here");
    assert_var(&open, "RWSDK_X", "1process");
    rwg_str prefixes[] = {RWG_STR("X_"), RWG_STR("")};
    options.prefixes = prefixes;
    options.prefix_count = 2;
    assert_int_equal(rwb__env_load(&options, &all, &open, NULL), RWG_INVALID);
    rwb__env_deinit(&process);
    rwb__env_deinit(&all);
    rwb__env_deinit(&open);
    memfs_free(disk);
}

TEST(dev_vars_of_an_environment_stand_in_place_of_the_common_ones) {
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    memfs *disk = memfs_new();
    memfs_write(disk, "/app/.dev.vars", "A=common\nB=common");
    memfs_write(disk, "/app/.dev.vars.staging", "A=staging");
    rwg_fs fs = memfs_fs(disk);
    rwb__env env;
    rwb__env_init(&env, &mem);
    assert_int_equal(
        rwb__env_load_dev_vars(&fs, RWG_STR("/app"), RWG_STR("staging"), &env, NULL), RWG_OK
    );
    assert_var(&env, "A", "staging");
    assert_var(&env, "B", NULL);
    assert_int_equal(
        rwb__env_load_dev_vars(&fs, RWG_STR("/app"), RWG_STR("other"), &env, NULL), RWG_OK
    );
    assert_var(&env, "A", "common");
    assert_var(&env, "B", "common");
    assert_int_equal(
        rwb__env_load_dev_vars(&fs, RWG_STR("/none"), (rwg_str){0}, &env, NULL), RWG_OK
    );
    rwb__env_deinit(&env);
    memfs_free(disk);
}
