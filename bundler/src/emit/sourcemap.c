/* Building and writing source maps. Reading, looking up and composing is in sourcemap_read.c. */
#include "emit/sourcemap.h"

#include "base/str.h"

void rwb__map_init(rwb__map_builder *map, rwg__mem *mem) {
    *map = (rwb__map_builder){.mem = mem};
    rwg__arena_init(&map->strings, mem);
    rwg__strmap_init(&map->name_ids, mem);
}

void rwb__map_clear(rwb__map_builder *map) {
    for (uint32_t i = 0; i < map->sources.len; i++) {
        rwb__text_index_free(map->sources.ptr[i].index);
    }
    map->mappings.len = 0;
    map->sources.len = 0;
    map->names.len = 0;
    map->at = (rwb__position){0};
    rwg__strmap_clear(&map->name_ids);
    rwg__arena_reset(&map->strings);
}

void rwb__map_deinit(rwb__map_builder *map) {
    rwb__map_clear(map);
    rwg__vec_free(&map->mappings, map->mem);
    rwg__vec_free(&map->sources, map->mem);
    rwg__vec_free(&map->names, map->mem);
    rwg__strmap_deinit(&map->name_ids);
    rwg__arena_deinit(&map->strings);
}

uint32_t rwb__map_source_add(rwb__map_builder *map, rwg_str path, rwg_str content, bool ignored) {
    rwb__map_source *source = rwg__vec_push(&map->sources, map->mem);
    *source = (rwb__map_source){.path = path, .content = content, .ignored = ignored};
    return map->sources.len - 1;
}

const rwb__text_index *rwb__map_index(rwb__map_builder *map, uint32_t source, rwg_str text) {
    RWG_ASSERT(source < map->sources.len);
    rwb__map_source *of = &map->sources.ptr[source];
    if (!of->index) {
        of->index = rwb__text_index_new(map->mem, text);
    }
    return of->index;
}

uint32_t rwb__map_name(rwb__map_builder *map, rwg_str name) {
    if (name.len == 0) {
        return RWB_NO_NAME;
    }
    uint32_t *known = rwg__strmap_find(&map->name_ids, name);
    if (known) {
        return *known;
    }
    rwg_str copy = rwg__arena_str(&map->strings, name);
    *rwg__strmap_put(&map->name_ids, copy, NULL) = map->names.len;
    *rwg__vec_push(&map->names, map->mem) = copy;
    return map->names.len - 1;
}

/* A mapping reaches to the next one or to the end of its line, so text of no source needs one of
 * its own only behind text of a source on the same line. */
void rwb__map_advance(rwb__map_builder *map, rwg_str text) {
    if (text.len == 0) {
        return;
    }
    uint32_t n = map->mappings.len;
    const rwb__mapping *last = n ? &map->mappings.ptr[n - 1] : NULL;
    if (last && last->source != RWB_NO_SOURCE && last->line == map->at.line) {
        rwb__mapping end = {
            map->at.line, map->at.column, RWB_NO_SOURCE, .source_line = 0, .name = RWB_NO_NAME};
        *rwg__vec_push(&map->mappings, map->mem) = end;
    }
    rwb__position_advance(&map->at, text, 0, text.len);
}

void rwb__map_add(
    rwb__map_builder *map,
    uint32_t source,
    uint32_t source_line,
    uint32_t source_column,
    rwg_str name
) {
    RWG_ASSERT(source < map->sources.len);
    rwb__mapping mapping = {
        .line = map->at.line,
        .column = map->at.column,
        .source = source,
        .source_line = source_line,
        .source_column = source_column,
        .name = rwb__map_name(map, name),
    };
    *rwg__vec_push(&map->mappings, map->mem) = mapping;
}

/* --- writing --- */

/* Longest segment: five numbers of up to seven digits, and a comma. */
#define SEGMENT_MAX 36
#define ROOM        4096

typedef struct vlq_writer {
    rwg_sink *sink;
    uint32_t len;
    char bytes[ROOM];
} vlq_writer;

static void flush(vlq_writer *w) {
    rwg_sink_write(w->sink, rwg__str(w->bytes, w->len));
    w->len = 0;
}

/* Base64 VLQ: the sign in the lowest bit, then five bits a digit, the lowest first. */
static char *put_number(char *out, uint32_t now, uint32_t before) {
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    int64_t delta = (int64_t)now - (int64_t)before;
    uint64_t rest = delta < 0 ? (uint64_t)-delta << 1 | 1 : (uint64_t)delta << 1;
    while (rest >= 32) {
        *out++ = DIGITS[(rest & 31) | 32];
        rest >>= 5;
    }
    *out++ = DIGITS[rest];
    return out;
}

static void write_mappings(const rwb__map_builder *map, rwg_sink *sink) {
    vlq_writer w = {.sink = sink};
    rwb__mapping before = {0};
    for (uint32_t i = 0; i < map->mappings.len; i++) {
        const rwb__mapping *m = &map->mappings.ptr[i];
        RWG_ASSERT(m->line >= before.line);
        if (m->line == before.line && i > 0) {
            w.bytes[w.len++] = ',';
        }
        for (; before.line < m->line; before.line++) {
            if (w.len > ROOM - SEGMENT_MAX) {
                flush(&w);
            }
            w.bytes[w.len++] = ';';
            before.column = 0;
        }
        char *out = put_number(w.bytes + w.len, m->column, before.column);
        before.column = m->column;
        if (m->source != RWB_NO_SOURCE) {
            out = put_number(out, m->source, before.source);
            out = put_number(out, m->source_line, before.source_line);
            out = put_number(out, m->source_column, before.source_column);
            before.source = m->source;
            before.source_line = m->source_line;
            before.source_column = m->source_column;
            if (m->name != RWB_NO_NAME) {
                out = put_number(out, m->name, before.name);
                before.name = m->name;
            }
        }
        w.len = (uint32_t)(out - w.bytes);
        if (w.len > ROOM - SEGMENT_MAX) {
            flush(&w);
        }
    }
    flush(&w);
}

static void write_sources(const rwb__map_builder *map, rwg_json_writer *w) {
    bool some_ignored = false;
    bool some_content = false;
    rwg_json_key(w, "sources");
    rwg_json_array(w);
    for (uint32_t i = 0; i < map->sources.len; i++) {
        some_ignored |= map->sources.ptr[i].ignored;
        some_content |= map->sources.ptr[i].content.ptr != NULL;
        rwg_json_string(w, map->sources.ptr[i].path);
    }
    rwg_json_array_end(w);
    if (some_content) {
        rwg_json_key(w, "sourcesContent");
        rwg_json_array(w);
        for (uint32_t i = 0; i < map->sources.len; i++) {
            if (map->sources.ptr[i].content.ptr) {
                rwg_json_string(w, map->sources.ptr[i].content);
            } else {
                rwg_json_null(w);
            }
        }
        rwg_json_array_end(w);
    }
    if (some_ignored) {
        rwg_json_key(w, "ignoreList");
        rwg_json_array(w);
        for (uint32_t i = 0; i < map->sources.len; i++) {
            if (map->sources.ptr[i].ignored) {
                rwg_json_uint(w, i);
            }
        }
        rwg_json_array_end(w);
    }
}

void rwb__map_write(const rwb__map_builder *map, rwg_str file, rwg_sink *sink) {
    rwg_json_writer w = rwg_json_writer_make(sink);
    rwg_json_object(&w);
    rwg_json_key(&w, "version");
    rwg_json_uint(&w, 3);
    if (file.len) {
        rwg_json_key(&w, "file");
        rwg_json_string(&w, file);
    }
    write_sources(map, &w);
    rwg_json_key(&w, "names");
    rwg_json_array(&w);
    for (uint32_t i = 0; i < map->names.len; i++) {
        rwg_json_string(&w, map->names.ptr[i]);
    }
    rwg_json_array_end(&w);
    /* Base64 and separators need no escapes, so the longest member goes out as it is made. */
    rwg_sink_cstr(sink, ",\"mappings\":\"");
    write_mappings(map, sink);
    rwg_sink_cstr(sink, "\"");
    rwg_json_object_end(&w);
}
