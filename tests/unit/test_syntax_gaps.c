// Each file in tests/fixtures/syntax/gaps is code that TypeScript accepts and a grammar rejects;
// its record stands beside it (NAME.record). RWG_UPDATE=1 writes the records anew.

#include "base/str.h"
#include "test_syntax_show.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#define FOLDER RWG_SOURCE_DIR "/tests/fixtures/syntax/gaps"

static char *read_file(const char *path, uint32_t *out_len) {
    FILE *file = fopen(path, "rb");
    if (!file) {
        return NULL;
    }
    char *bytes = calloc(1, 1 << 16);
    assert_non_null(bytes);
    *out_len = (uint32_t)fread(bytes, 1, (1 << 16) - 1, file);
    fclose(file);
    return bytes;
}

static void check_fixture(const char *name) {
    char path[512];
    char record_path[600];
    snprintf(path, sizeof path, "%s/%s", FOLDER, name);
    snprintf(record_path, sizeof record_path, "%s.record", path);
    uint32_t len = 0;
    char *code = read_file(path, &len);
    assert_non_null(code);
    rwg_module *m = parse_text(rwg_lang_of_path(rwg__str_c(path), NULL), rwg__str(code, len));
    char shown[8192];
    snprintf(
        shown,
        sizeof shown,
        "imports: %s\nexports: %s\nproblems: %s\n",
        show_imports(m),
        show_exports(m),
        show_diags(m)
    );
    if (getenv("RWG_UPDATE")) {
        FILE *out = fopen(record_path, "wb");
        assert_non_null(out);
        fputs(shown, out);
        fclose(out);
    }
    char *expected = read_file(record_path, &len);
    assert_non_null(expected);
    assert_string_equal(shown, expected);
    assert_non_null(strstr(shown, "problems: \n"));
    free(expected);
    free(code);
    rwg_module_free(m);
}

TEST(every_known_gap_reads_as_if_the_grammar_had_it) {
    DIR *folder = opendir(FOLDER);
    assert_non_null(folder);
    int checked = 0;
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        rwg_str name = rwg__str_c(entry->d_name);
        if (name.ptr[0] != '.' && !rwg__str_ends(name, RWG_STR(".record"))) {
            check_fixture(entry->d_name);
            checked++;
        }
    }
    closedir(folder);
    assert_true(checked > 20);
}

TEST(a_gap_beside_a_real_error_does_not_hide_the_error) {
    rwg_module *m =
        parse(RWG_LANG_TS, "import 'a'\nexport interface A<in out T> {}\nlet b = (1;\n");
    assert_string_equal(show_imports(m), "static side a");
    assert_true(rwg_module_flags(m) & RWG_MODULE_PARTIAL);
    assert_non_null(strstr(show_diags(m), "syntax-error@"));
    rwg_module_free(m);
}
