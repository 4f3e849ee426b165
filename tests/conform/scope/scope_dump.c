/* Prints the names of modules, for main.mjs beside this file, which asks another compiler for the
 * same. Paths come line by line on standard input; each gives one line of JSON:
 *
 *     {"file": path, "errors": n, "symbols": [[name, kind, flags], ...],
 *      "declarations": [[start, symbol], ...], "references": [[start, symbol or -1, flags], ...],
 *      "hidden": [[start, end], ...]}
 *
 * hidden: where the grammar saw something else than the text.
 *
 * --time reads everything first, then makes scopes again and again and prints a speed instead. */
#include <rwgraph/sys/source.h>

#include "analyze/scope.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct content {
    char *bytes;
    uint32_t len;
} content;

static bool read_file(rwg__mem *mem, const char *path, content *out) {
    FILE *file = fopen(path, "rb");
    if (!file) {
        return false;
    }
    RWG_VEC(char) bytes = {0};
    size_t got = 0;
    do {
        rwg__vec_reserve(&bytes, mem, 1 << 16);
        got = fread(bytes.ptr + bytes.len, 1, bytes.cap - bytes.len, file);
        bytes.len += (uint32_t)got;
    } while (got > 0);
    (void)fclose(file);
    out->bytes = malloc(bytes.len + 1);
    out->len = bytes.len;
    bool ok = out->bytes != NULL;
    if (ok && bytes.len) {
        memcpy(out->bytes, bytes.ptr, bytes.len);
    }
    rwg__vec_free(&bytes, mem);
    return ok;
}

static rwg_source *open_source(rwg_source_parser *parser, const char *path, content file) {
    rwg_parse_options options = RWG_PARSE_OPTIONS_INIT;
    options.lang = rwg_lang_of_path(rwg__str_c(path), NULL);
    rwg_source *source;
    if (rwg_source_open(parser, rwg__str(file.bytes, file.len), &options, &source, NULL)) {
        return NULL;
    }
    return source;
}

static json_t *symbols_of(const rwb__scopes *scopes) {
    uint32_t count;
    const rwb__symbol *symbols = rwb__scopes_symbols(scopes, &count);
    json_t *list = json_array();
    for (uint32_t i = 0; i < count; i++) {
        const rwb__symbol *s = &symbols[i];
        json_t *name = json_stringn(s->name.ptr, s->name.len);
        json_t *item = json_array();
        json_array_append_new(item, name ? name : json_null());
        json_array_append_new(item, json_integer(s->kind));
        json_array_append_new(item, json_integer(s->flags));
        json_array_append_new(list, item);
    }
    return list;
}

static void add_names(json_t *out, const rwb__scopes *scopes, const rwg_source *source) {
    uint32_t count;
    const rwg_syntax_node *nodes = rwg_source_nodes(source, &count);
    json_t *declarations = json_array();
    json_t *references = json_array();
    for (uint32_t i = 0; i < count; i++) {
        uint32_t symbol = rwb__scopes_symbol_at(scopes, i);
        const rwb__reference *reference = rwb__scopes_reference_at(scopes, i);
        if (symbol == RWB_NO_SYMBOL && !reference) {
            continue;
        }
        json_t *item = json_array();
        json_array_append_new(item, json_integer(nodes[i].start));
        json_array_append_new(item, json_integer(symbol == RWB_NO_SYMBOL ? -1 : (int)symbol));
        if (reference) {
            json_array_append_new(item, json_integer(reference->flags));
        }
        json_array_append_new(reference ? references : declarations, item);
    }
    json_object_set_new(out, "declarations", declarations);
    json_object_set_new(out, "references", references);
}

static json_t *hidden_of(const rwg_source *source) {
    rwg_str text = rwg_source_text(source);
    rwg_str seen = rwg_source_seen(source);
    json_t *list = json_array();
    for (uint32_t i = 0; i < text.len; i++) {
        uint32_t start = i;
        while (i < text.len && text.ptr[i] != seen.ptr[i]) {
            i++;
        }
        if (i > start) {
            json_array_append_new(list, json_pack("[i,i]", (int)start, (int)i));
        }
    }
    return list;
}

static void print_scopes(rwg__mem *mem, rwg_source_parser *parser, const char *path) {
    content file;
    if (!read_file(mem, path, &file)) {
        fprintf(stderr, "%s: cannot be read\n", path);
        return;
    }
    rwg_source *source = open_source(parser, path, file);
    if (source) {
        uint32_t errors;
        (void)rwg_source_errors(source, &errors);
        rwb__scopes *scopes =
            rwb__scopes_new(mem, source, rwg_lang_of_path(rwg__str_c(path), NULL));
        json_t *out = json_object();
        json_object_set_new(out, "file", json_string(path));
        json_object_set_new(out, "errors", json_integer(errors));
        json_object_set_new(out, "symbols", symbols_of(scopes));
        add_names(out, scopes, source);
        json_object_set_new(out, "hidden", hidden_of(source));
        (void)json_dumpf(out, stdout, JSON_COMPACT);
        (void)puts("");
        json_decref(out);
        rwb__scopes_free(scopes);
    }
    rwg_source_free(source);
    free(file.bytes);
}

static double seconds(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* How fast scopes are made of a tree: the best of a few rounds of each file. */
static void time_scopes(
    rwg__mem *mem,
    rwg_source_parser *parser,
    const char *path,
    double *out_seconds,
    uint64_t *out_bytes
) {
    content file;
    if (!read_file(mem, path, &file)) {
        return;
    }
    rwg_source *source = open_source(parser, path, file);
    if (source) {
        double best = 1e9;
        for (int round = 0; round < 5; round++) {
            double start = seconds();
            rwb__scopes_free(rwb__scopes_new(mem, source, rwg_lang_of_path(rwg__str_c(path), NULL))
            );
            double spent = seconds() - start;
            best = spent < best ? spent : best;
        }
        *out_seconds += best;
        *out_bytes += file.len;
    }
    rwg_source_free(source);
    free(file.bytes);
}

int main(int argc, char **argv) {
    bool timing = argc > 1 && strcmp(argv[1], "--time") == 0;
    rwg__mem mem;
    rwg__mem_init(&mem, NULL, 0);
    rwg_source_parser *parser = rwg_source_parser_new();
    double spent = 0;
    uint64_t bytes = 0;
    char line[4096];
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        if (timing) {
            time_scopes(&mem, parser, line, &spent, &bytes);
        } else {
            print_scopes(&mem, parser, line);
        }
    }
    if (timing) {
        printf(
            "%.1f MB in %.3f s: %.0f MB/s\n",
            (double)bytes / 1e6,
            spent,
            (double)bytes / 1e6 / spent
        );
    }
    rwg_source_parser_free(parser);
    return 0;
}
