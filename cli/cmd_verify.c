/* `rwgraph verify`: law 9 on the user's own project. The graph that the cache and what changed
 * since give must be the graph that a scan from nothing gives, byte for byte of the canonical dump.
 */
#include "cmd.h"
#include "open.h"

#include <stdlib.h>
#include <string.h>

typedef struct text {
    char *bytes;
    size_t len;
    size_t capacity;
} text;

static bool append(void *payload, const char *bytes, size_t len) {
    text *t = payload;
    if (len > t->capacity - t->len) {
        size_t capacity = t->capacity ? t->capacity : 65536;
        while (len > capacity - t->len) {
            capacity *= 2;
        }
        char *grown = realloc(t->bytes, capacity);
        if (!grown) {
            return false;
        }
        t->bytes = grown;
        t->capacity = capacity;
    }
    memcpy(t->bytes + t->len, bytes, len);
    t->len += len;
    return true;
}

static int dump_graph(const rwg_open *o, text *out) {
    rwg_sink sink = {.write = append, .payload = out};
    rwg_graph_dump(o->graph, RWG_DUMP_CANONICAL, &sink);
    if (sink.failed) {
        fprintf(stderr, "rwgraph: there is not enough memory for the dumps\n");
        return RWG_EXIT_USAGE;
    }
    return RWG_EXIT_OK;
}

static int dump_project(rwg_open *o, const char *dir, text *out) {
    int code = rwg_open_project(o, dir);
    return code == RWG_EXIT_OK ? dump_graph(o, out) : code;
}

/* The graph as the cache gives it. Where there was no cache the first scan makes one, and a second
 * reads it. */
static int dump_cached(rwg_open *o, const char *dir, text *out) {
    const rwg_open asked = *o;
    int code = rwg_open_project(o, dir);
    if (code == RWG_EXIT_OK && o->stats.cache_used) {
        return dump_graph(o, out);
    }
    if (code == RWG_EXIT_OK) {
        rwg_open_close(o);
        *o = asked;
        code = dump_project(o, dir, out);
    }
    return code;
}

static rwg_str line_at(const text *t, size_t at) {
    const char *feed = at < t->len ? memchr(t->bytes + at, '\n', t->len - at) : NULL;
    size_t end = feed ? (size_t)(feed - t->bytes) : t->len;
    return (rwg_str){t->bytes + at, (uint32_t)(end - at)};
}

/* The first line that differs, below the line of the module it belongs to. */
static void print_difference(const text *warm, const text *fresh) {
    size_t at = 0;
    size_t module = 0;
    while (at < warm->len && at < fresh->len) {
        rwg_str a = line_at(warm, at);
        if (!rwg_str_equal(a, line_at(fresh, at))) {
            break;
        }
        module = a.len && a.ptr[0] != ' ' ? at : module;
        at += a.len + 1;
    }
    rwg_str heading = line_at(warm, module);
    rwg_str a = at < warm->len ? line_at(warm, at) : RWG_STR("(the end)");
    rwg_str b = at < fresh->len ? line_at(fresh, at) : RWG_STR("(the end)");
    printf("The cached graph differs from a fresh scan, first below\n  ");
    rwg_print_str(heading);
    printf("\n- cached: %.*s\n+ fresh:  %.*s\n", (int)a.len, a.ptr, (int)b.len, b.ptr);
    printf(
        "If no file was edited meanwhile, this is a fault of rwgraph; --no-cache goes around it.\n"
    );
}

static int compare(const rwg_open *warm, const text *a, const rwg_open *fresh, const text *b) {
    if (a->len != b->len || memcmp(a->bytes, b->bytes, a->len) != 0) {
        print_difference(a, b);
        return RWG_EXIT_FINDINGS;
    }
    printf(
        "equal: %zu bytes of dump; %u files from the cache and %u read in %.1f ms, all %u read in "
        "%.1f "
        "ms\n",
        a->len,
        warm->stats.modules_reused,
        warm->stats.files_read,
        (double)warm->stats.elapsed_ns / 1e6,
        fresh->stats.files_read,
        (double)fresh->stats.elapsed_ns / 1e6
    );
    return RWG_EXIT_OK;
}

int rwg_cmd_verify(int argc, char **argv) {
    rwg_open warm = {0};
    const rwg_opt options[] = {RWG_OPEN_OPTIONS(&warm), {0}};
    const rwg_opt_usage usage = {
        .synopsis = "verify [DIR]",
        .about = "Brings the cached graph of the project in DIR (default: .) up to date, scans the "
                 "project\n"
                 "once more from nothing, and compares. Exit code 1: they differ; the first "
                 "difference is "
                 "shown.",
        .options = options,
        .takes = "one folder",
        .most = 1,
    };
    int count = 0;
    int code = RWG_EXIT_OK;
    if (!rwg_opt_parse(&usage, argc, argv, &count, &code)) {
        return code;
    }
    const char *dir = count ? argv[1] : NULL;
    rwg_open fresh = {
        .no_cache = true, .jobs = warm.jobs, .env = warm.env, .entries = warm.entries};
    text a = {0};
    text b = {0};
    code = dump_cached(&warm, dir, &a);
    if (code == RWG_EXIT_OK) {
        code = dump_project(&fresh, dir, &b);
    }
    if (code == RWG_EXIT_OK) {
        code = compare(&warm, &a, &fresh, &b);
    }
    rwg_open_close(&warm);
    rwg_open_close(&fresh);
    free(a.bytes);
    free(b.bytes);
    return code;
}
