/* How long a running process needs for an edit: from "this file has changed" to a committed
 * generation that readers can see.
 *
 *   bench_edit DIR FILE APPENDED [TIMES]
 *
 * Scans DIR, then writes FILE alternately with and without the line APPENDED at its end and tells
 * the project about it, TIMES times (default 50). The file is put back as it was. Prints one line
 * of JSON with the median, the best and the worst time of rwg_project_update. No database takes
 * part: it is written on close, off this path. */
#include <rwgraph/rwgraph.h>

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct text {
    char *bytes;
    size_t len;
} text;

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static _Noreturn void fail(const char *what, const char *why) {
    fprintf(stderr, "bench_edit: %s: %s\n", what, why);
    exit(2);
}

static text read_file(const char *path) {
    rwg_fs fs = rwg_fs_system();
    char *bytes = NULL;
    uint64_t len = 0;
    if (fs.read(fs.self, (rwg_str){path, (uint32_t)strlen(path)}, 64u << 20, &bytes, &len) !=
        RWG_OK) {
        fail(path, "cannot be read");
    }
    return (text){bytes, (size_t)len};
}

static void write_file(const char *path, text content) {
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(content.bytes, 1, content.len, f) != content.len || fclose(f) != 0) {
        fail(path, "cannot be written");
    }
}

static text with_line(text content, const char *line) {
    size_t n = strlen(line);
    text out = {malloc(content.len + n + 2), content.len + n + 1};
    if (!out.bytes) {
        fail("memory", "none left");
    }
    memcpy(out.bytes, content.bytes, content.len);
    memcpy(out.bytes + content.len, line, n);
    out.bytes[content.len + n] = '\n';
    return out;
}

static int by_time(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* One update, timed; it must have read the one file and found it changed. */
static int64_t update(rwg_project *project, const char *path) {
    rwg_error err = {0};
    rwg_stats stats = {0};
    rwg_change *change = NULL;
    rwg_str paths[] = {{path, (uint32_t)strlen(path)}};
    int64_t start = now_ns();
    if (rwg_project_update(project, paths, 1, &change, &stats, &err) != RWG_OK) {
        fail(err.path, err.text);
    }
    int64_t elapsed = now_ns() - start;
    if (stats.files_read != 1 || rwg_change_is_empty(change)) {
        fail(path, "the update did not see the edit");
    }
    rwg_change_free(change);
    return elapsed;
}

int main(int argc, char **argv) {
    if (argc < 4 || argc > 5) {
        fputs("usage: bench_edit DIR FILE APPENDED [TIMES]\n", stderr);
        return 2;
    }
    const char *path = argv[2];
    long times = argc == 5 ? strtol(argv[4], NULL, 10) : 50;
    if (times < 1 || times > 100000) {
        fail(argv[4], "how often?");
    }
    rwg_error err = {0};
    rwg_project *project = NULL;
    rwg_project_options options = RWG_PROJECT_OPTIONS_INIT;
    options.no_cache = true;
    if (rwg_project_open((rwg_str){argv[1], (uint32_t)strlen(argv[1])}, &options, &project, &err) !=
            RWG_OK ||
        rwg_project_scan(project, NULL, &err) != RWG_OK) {
        fail(err.path, err.text);
    }
    text before = read_file(path);
    text after = with_line(before, argv[3]);
    int64_t *took = calloc((size_t)times, sizeof *took);
    if (!took) {
        fail("memory", "none left");
    }
    for (long i = 0; i < times; i++) {
        write_file(path, i % 2 == 0 ? after : before);
        took[i] = update(project, path);
    }
    write_file(path, before);
    qsort(took, (size_t)times, sizeof *took, by_time);
    printf(
        "{\"medianNs\":%" PRId64 ",\"bestNs\":%" PRId64 ",\"worstNs\":%" PRId64 "}\n",
        took[times / 2],
        took[0],
        took[times - 1]
    );
    free(took);
    free(after.bytes);
    free(before.bytes);
    rwg_project_close(project);
    return 0;
}
