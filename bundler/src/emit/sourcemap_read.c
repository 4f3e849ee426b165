/* Reading source maps, finding positions in them, and composing two.
 *
 * Maps come from packages, so nothing in one is trusted: numbers are checked against what they
 * index, and an offset out of 32 bits is an error. The specification lets segments of a line stand
 * in any order; they are sorted when they do not ascend. */
#include "base/json.h"
#include "base/limits.h"
#include "base/str.h"
#include "emit/sourcemap.h"

#include <stdlib.h>

typedef struct reader {
    rwb__map_builder *map;
    rwg_error *err;
    uint32_t line; /* where the section begins; its columns are shifted in the first line only */
    uint32_t column;
    uint32_t first_source; /* numbers of this section's sources and names in `map` */
    uint32_t first_name;
    uint32_t source_count;
    uint32_t name_count;
} reader;

static rwg_status bad(const reader *r, const char *what) {
    return rwg__error(r->err, RWG_SYNTAX, RWG_STR(""), "the source map is not valid: %s", what);
}

static int digit_of(char c) {
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Adds the VLQ number at *at to *value; false when it is cut off or leaves 0 ... 2^31 - 1. */
static bool add_number(rwg_str text, uint32_t *at, int64_t *value) {
    uint64_t number = 0;
    for (uint32_t shift = 0; shift < 35; shift += 5) {
        int digit = *at < text.len ? digit_of(text.ptr[*at]) : -1;
        if (digit < 0) {
            return false;
        }
        ++*at;
        number |= (uint64_t)(digit & 31) << shift;
        if (!(digit & 32)) {
            int64_t delta = (int64_t)(number >> 1);
            *value += number & 1 ? -delta : delta;
            return *value >= 0 && *value <= INT32_MAX;
        }
    }
    return false;
}

static bool ends_segment(rwg_str text, uint32_t at) {
    return at == text.len || text.ptr[at] == ',' || text.ptr[at] == ';';
}

static int compare(const void *left, const void *right) {
    const rwb__mapping *a = left;
    const rwb__mapping *b = right;
    if (a->line != b->line) {
        return a->line < b->line ? -1 : 1;
    }
    return a->column < b->column ? -1 : a->column > b->column;
}

static rwg_status read_segment(reader *r, rwg_str text, uint32_t *at, uint32_t line, int64_t *v) {
    enum {
        COLUMN,
        SOURCE,
        LINE,
        SOURCE_COLUMN,
        NAME
    };

    rwb__mapping mapping = {.source = RWB_NO_SOURCE, .name = RWB_NO_NAME};
    if (!add_number(text, at, &v[COLUMN])) {
        return bad(r, "a column is not a number in range");
    }
    mapping.line = r->line + line;
    mapping.column = (uint32_t)v[COLUMN] + (line == 0 ? r->column : 0);
    if (!ends_segment(text, *at)) {
        if (!add_number(text, at, &v[SOURCE]) || !add_number(text, at, &v[LINE]) ||
            !add_number(text, at, &v[SOURCE_COLUMN]) || v[SOURCE] >= r->source_count) {
            return bad(r, "a segment names no position of its sources");
        }
        mapping.source = r->first_source + (uint32_t)v[SOURCE];
        mapping.source_line = (uint32_t)v[LINE];
        mapping.source_column = (uint32_t)v[SOURCE_COLUMN];
    }
    if (!ends_segment(text, *at)) {
        if (!add_number(text, at, &v[NAME]) || v[NAME] >= r->name_count) {
            return bad(r, "a segment names nothing in its names");
        }
        mapping.name = r->first_name + (uint32_t)v[NAME];
    }
    if (!ends_segment(text, *at)) {
        return bad(r, "a segment has too many fields");
    }
    *rwg__vec_push(&r->map->mappings, r->map->mem) = mapping;
    return RWG_OK;
}

static rwg_status read_mappings(reader *r, rwg_str text) {
    int64_t values[5] = {0};
    uint32_t line = 0;
    uint32_t first = r->map->mappings.len;
    bool ascending = true;
    for (uint32_t at = 0; at < text.len;) {
        if (text.ptr[at] == ';') {
            line++;
            values[0] = 0;
            at++;
            continue;
        }
        if (text.ptr[at] == ',') {
            at++;
            continue;
        }
        rwg_status status = read_segment(r, text, &at, line, values);
        if (status != RWG_OK) {
            return status;
        }
        const rwb__mapping *last = &r->map->mappings.ptr[r->map->mappings.len - 1];
        ascending &= r->map->mappings.len - first < 2 || compare(last - 1, last) <= 0;
    }
    if (!ascending) {
        qsort(
            r->map->mappings.ptr + first,
            r->map->mappings.len - first,
            sizeof *r->map->mappings.ptr,
            compare
        );
    }
    return RWG_OK;
}

/* sourceRoot is put before each source, with a slash between. */
static rwg_str source_path(rwb__map_builder *map, rwg_str root, rwg_str source) {
    if (root.len == 0) {
        return rwg__arena_str(&map->strings, source);
    }
    bool slash = !rwg__str_ends(root, RWG_STR("/"));
    char *path = rwg__arena_alloc(&map->strings, (size_t)root.len + slash + source.len);
    memcpy(path, root.ptr, root.len);
    if (slash) {
        path[root.len] = '/';
    }
    if (source.len) {
        memcpy(path + root.len + slash, source.ptr, source.len);
    }
    return rwg__str(path, (size_t)root.len + slash + source.len);
}

static void read_sources(reader *r, const rwg__json *json) {
    const rwg__json *sources = rwg__json_get(json, "sources");
    const rwg__json *contents = rwg__json_get(json, "sourcesContent");
    const rwg__json *ignored = rwg__json_get(json, "ignoreList");
    if (!ignored) {
        ignored = rwg__json_get(json, "x_google_ignoreList"); /* what it was called before */
    }
    rwg_str root = rwg__json_string(rwg__json_get(json, "sourceRoot"));
    r->source_count = sources && sources->type == RWG__JSON_ARRAY ? sources->count : 0;
    for (uint32_t i = 0; i < r->source_count; i++) {
        rwg_str content = {NULL, 0};
        if (contents && contents->type == RWG__JSON_ARRAY && i < contents->count &&
            contents->items[i].type == RWG__JSON_STRING) {
            content = rwg__arena_str(&r->map->strings, contents->items[i].string);
        }
        rwg_str path = source_path(r->map, root, rwg__json_string(&sources->items[i]));
        rwb__map_source_add(r->map, path, content, false);
    }
    for (uint32_t i = 0; ignored && ignored->type == RWG__JSON_ARRAY && i < ignored->count; i++) {
        double number = ignored->items[i].number;
        if (ignored->items[i].type == RWG__JSON_NUMBER && number >= 0 && number < r->source_count) {
            r->map->sources.ptr[r->first_source + (uint32_t)number].ignored = true;
        }
    }
}

/* Names are numbered as the map numbers them, so one that it lists twice is kept twice. */
static void read_names(reader *r, const rwg__json *json) {
    const rwg__json *names = rwg__json_get(json, "names");
    r->name_count = names && names->type == RWG__JSON_ARRAY ? names->count : 0;
    for (uint32_t i = 0; i < r->name_count; i++) {
        rwg_str name = rwg__json_string(&names->items[i]);
        rwg_str copy = rwg__arena_str(&r->map->strings, name);
        bool added = false;
        uint32_t *id = rwg__strmap_put(&r->map->name_ids, copy, &added);
        *id = added ? r->map->names.len : *id;
        *rwg__vec_push(&r->map->names, r->map->mem) = copy;
    }
}

static rwg_status read_plain(reader *r, const rwg__json *json) {
    const rwg__json *version = rwg__json_get(json, "version");
    const rwg__json *mappings = rwg__json_get(json, "mappings");
    if (!version || version->type != RWG__JSON_NUMBER || version->number != 3) {
        return bad(r, "its version is not 3");
    }
    if (!mappings || mappings->type != RWG__JSON_STRING) {
        return bad(r, "it has no mappings");
    }
    r->first_source = r->map->sources.len;
    r->first_name = r->map->names.len;
    read_sources(r, json);
    read_names(r, json);
    return read_mappings(r, mappings->string);
}

/* No text has more lines, or longer ones, than bytes. */
static bool offset_of(const rwg__json *offset, const char *key, uint32_t *out) {
    const rwg__json *value = rwg__json_get(offset, key);
    if (!value || value->type != RWG__JSON_NUMBER || !(value->number >= 0) ||
        value->number > RWG_LIMIT_SOURCE_BYTES) {
        return false;
    }
    *out = (uint32_t)value->number;
    return true;
}

/* What a section says of places beyond the next section's beginning does not count. */
static void cut_at(rwb__map_builder *map, uint32_t line, uint32_t column) {
    rwb__mapping limit = {.line = line, .column = column};
    while (map->mappings.len > 0 && compare(&map->mappings.ptr[map->mappings.len - 1], &limit) >= 0
    ) {
        map->mappings.len--;
    }
}

static rwg_status read_sections(reader *r, const rwg__json *sections) {
    for (uint32_t i = 0; i < sections->count; i++) {
        const rwg__json *offset = rwg__json_get(&sections->items[i], "offset");
        const rwg__json *plain = rwg__json_get(&sections->items[i], "map");
        uint32_t line = 0;
        uint32_t column = 0;
        if (!offset_of(offset, "line", &line) || !offset_of(offset, "column", &column) || !plain) {
            return bad(r, "a section has no offset, or no map");
        }
        if (line < r->line || (line == r->line && column < r->column)) {
            return bad(r, "its sections are out of order");
        }
        cut_at(r->map, line, column);
        r->line = line;
        r->column = column;
        rwg_status status = read_plain(r, plain);
        if (status != RWG_OK) {
            return status;
        }
    }
    return RWG_OK;
}

rwg_status rwb__map_read(rwb__map_builder *map, rwg_str json, rwg_error *err) {
    RWG_ASSERT(map->mappings.len == 0 && map->sources.len == 0 && map->names.len == 0);
    rwg__arena arena;
    rwg__arena_init(&arena, map->mem);
    reader r = {.map = map, .err = err};
    rwg__json_error problem = {0};
    const rwg__json *tree = rwg__json_parse(&arena, json, &problem);
    rwg_status status = RWG_OK;
    if (!tree || tree->type != RWG__JSON_OBJECT) {
        status = bad(&r, tree ? "it is not an object" : problem.text);
    } else {
        const rwg__json *sections = rwg__json_get(tree, "sections");
        status = sections && sections->type == RWG__JSON_ARRAY ? read_sections(&r, sections)
                                                               : read_plain(&r, tree);
    }
    rwg__arena_deinit(&arena);
    if (status != RWG_OK) {
        rwb__map_clear(map);
    }
    return status;
}

const rwb__mapping *rwb__map_find(const rwb__map_builder *map, uint32_t line, uint32_t column) {
    uint32_t low = 0;
    uint32_t high = map->mappings.len;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const rwb__mapping *m = &map->mappings.ptr[middle];
        if (m->line < line || (m->line == line && m->column <= column)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    const rwb__mapping *found = low > 0 ? &map->mappings.ptr[low - 1] : NULL;
    return found && found->line == line && found->source != RWB_NO_SOURCE ? found : NULL;
}

static uint32_t copy_source(rwb__map_builder *out, const rwb__map_source *source) {
    rwg_str content = source->content;
    if (content.ptr) {
        content = rwg__arena_str(&out->strings, content);
    }
    rwg_str path = rwg__arena_str(&out->strings, source->path);
    return rwb__map_source_add(out, path, content, source->ignored);
}

void rwb__map_compose(
    const rwb__map_builder *outer, const rwb__map_builder *const *inners, rwb__map_builder *out
) {
    /* Where the sources that come from outer's source s begin in `out`. */
    uint32_t count = outer->sources.len;
    uint32_t *first = rwg__mem_zalloc(out->mem, (count + 1) * sizeof *first);
    for (uint32_t s = 0; s < count; s++) {
        first[s] = out->sources.len;
        if (!inners[s]) {
            (void)copy_source(out, &outer->sources.ptr[s]);
        }
        for (uint32_t i = 0; inners[s] && i < inners[s]->sources.len; i++) {
            (void)copy_source(out, &inners[s]->sources.ptr[i]);
        }
    }
    for (uint32_t i = 0; i < outer->mappings.len; i++) {
        rwb__mapping mapping = outer->mappings.ptr[i];
        const rwb__map_builder *names = outer;
        if (mapping.source != RWB_NO_SOURCE && inners[mapping.source]) {
            const rwb__map_builder *inner = inners[mapping.source];
            const rwb__mapping *from =
                rwb__map_find(inner, mapping.source_line, mapping.source_column);
            uint32_t base = first[mapping.source];
            mapping.source = from ? base + from->source : RWB_NO_SOURCE;
            mapping.source_line = from ? from->source_line : 0;
            mapping.source_column = from ? from->source_column : 0;
            if (from && from->name != RWB_NO_NAME) {
                names = inner;
                mapping.name = from->name;
            }
        } else if (mapping.source != RWB_NO_SOURCE) {
            mapping.source = first[mapping.source];
        }
        if (mapping.name != RWB_NO_NAME) {
            bool mapped = mapping.source != RWB_NO_SOURCE;
            mapping.name =
                mapped ? rwb__map_name(out, names->names.ptr[mapping.name]) : RWB_NO_NAME;
        }
        *rwg__vec_push(&out->mappings, out->mem) = mapping;
    }
    rwg__mem_free(out->mem, first, (count + 1) * sizeof *first);
}
