// How fast the prescan is, beside whole-file parses of the same files in the same run.
//
//     bench_prescan FILE…        or file names on standard input, one a line
//
// Files are read first; then the prescan, the whole syntax stage (hash, prescan, digest's tree,
// record) and tree-sitter on whole files each go over all of them, the first two several times and
// the best round counts. Times are of this process's CPU, so that a busy machine matters little.

#include "base/str.h"
#include "syntax/prescan.h"
#include "syntax/source.h"
#include "syntax/syntax.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct file {
    rwg_str text;
    rwg_parse_options options;
};

struct input {
    rwg__mem *mem;
    RWG_VEC(struct file) files;
    double megabytes;
};

#define ROUNDS 5

static double cpu_seconds(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/// Reads `path` if it is a script; says so when it cannot be read.
static void add_file(struct input *input, const char *path) {
    rwg_parse_options options = RWG_PARSE_OPTIONS_INIT;
    options.lang = rwg_lang_of_path(rwg__str_c(path), &options.declaration);
    if (options.lang < RWG_LANG_JS || options.lang > RWG_LANG_TSX) {
        return;
    }
    FILE *stream = fopen(path, "rb");
    if (!stream) {
        perror(path);
        return;
    }
    RWG_VEC(char) text = {0};
    size_t got = 0;
    do {
        rwg__vec_reserve(&text, input->mem, 1 << 16);
        got = fread(text.ptr + text.len, 1, 1 << 16, stream);
        text.len += (uint32_t)got;
    } while (got > 0);
    (void)fclose(stream);
    *rwg__vec_push(&input->files, input->mem) = (struct file){{text.ptr, text.len}, options};
    input->megabytes += text.len / 1e6;
}

static void add_files(struct input *input, int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        add_file(input, argv[i]);
    }
    char path[4096];
    while (argc == 1 && fgets(path, sizeof path, stdin)) {
        path[strcspn(path, "\n")] = 0;
        add_file(input, path);
    }
}

static void show(const char *what, const struct input *input, double seconds) {
    (void)printf("%-28s %8.1f MB/s  %8.3f s\n", what, input->megabytes / seconds, seconds);
}

static double bench_prescan(const struct input *input) {
    rwg__prescan scan = {0};
    double best = 1e9, digests = 0;
    uint32_t unsure = 0;
    for (int round = 0; round < ROUNDS; round++) {
        double start = cpu_seconds();
        digests = 0;
        unsure = 0;
        for (uint32_t i = 0; i < input->files.len; i++) {
            const struct file *file = &input->files.ptr[i];
            rwg__prescan_run(&scan, input->mem, file->text, file->options.lang);
            unsure += !scan.sure;
            digests += scan.text.len / 1e6;
        }
        double seconds = cpu_seconds() - start;
        best = seconds < best ? seconds : best;
    }
    rwg__prescan_deinit(&scan, input->mem);
    show("prescan", input, best);
    (void)printf(
        "  not sure of %u files; digests are %.2f %% of the text\n",
        unsure,
        100 * digests / input->megabytes
    );
    return best;
}

static double bench_stage(const struct input *input) {
    rwg__parser *parser = rwg__parser_new(input->mem);
    double best = 1e9;
    uint32_t full = 0;
    for (int round = 0; round < ROUNDS; round++) {
        double start = cpu_seconds();
        full = 0;
        for (uint32_t i = 0; i < input->files.len; i++) {
            const struct file *file = &input->files.ptr[i];
            rwg__parse_stats stats;
            rwg_module_free(rwg__parse(parser, file->text, &file->options, &stats));
            full += stats.full;
        }
        double seconds = cpu_seconds() - start;
        best = seconds < best ? seconds : best;
    }
    rwg__parser_free(parser);
    show("syntax stage", input, best);
    (void)printf("  %u files needed a whole tree\n", full);
    return best;
}

static double bench_trees(const struct input *input) {
    rwg__source source;
    rwg__source_init(&source, input->mem);
    double start = cpu_seconds();
    for (uint32_t i = 0; i < input->files.len; i++) {
        const struct file *file = &input->files.ptr[i];
        TSTree *tree = rwg__source_parse(&source, file->options.lang, file->text);
        if (tree) {
            ts_tree_delete(tree);
        }
    }
    double seconds = cpu_seconds() - start;
    rwg__source_deinit(&source);
    show("tree-sitter, whole files", input, seconds);
    return seconds;
}

int main(int argc, char **argv) {
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    struct input input = {.mem = &mem};
    add_files(&input, argc, argv);
    if (input.files.len == 0) {
        (void)fputs("usage: bench_prescan FILE… (or names on standard input)\n", stderr);
        return 2;
    }
    (void)printf("%u files, %.1f MB\n", input.files.len, input.megabytes);
    double prescan = bench_prescan(&input);
    double stage = bench_stage(&input);
    double trees = bench_trees(&input);
    (void)printf(
        "whole trees / prescan: %.1f, whole trees / stage: %.1f\n", trees / prescan, trees / stage
    );
    return 0;
}
