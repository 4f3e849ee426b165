/* Wrangler's `rules`: the type of a file by its path. Text, Data and CompiledWasm are told on as
 * the query that asks for the same; the other types are of files that are code.
 *
 * Of one type the first rule counts alone, Cloudflare's own included, unless it says "fallthrough".
 * Of wrangler.toml, sections [[rules]] are read, and in them what wrangler knows: lines `key =
 * value`, where a list of globs may go over several lines. */
#include "project/rules.h"

#include "base/fsutil.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/path.h"
#include "base/str.h"
#include "base/vec.h"

#define MAX_RULES 1000u

typedef struct rule_type {
    rwg_str name;
    rwg_str query;
    const char *globs[4]; /* of Cloudflare's own rule */
} rule_type;

static const rule_type TYPES[] = {
    {{"Text", 4}, {"?raw", 4}, {"**/*.txt", "**/*.html", "**/*.sql", NULL}},
    {{"Data", 4}, {"?arraybuffer", 12}, {"**/*.bin", NULL}},
    {{"CompiledWasm", 12}, {"?wasm-module", 12}, {"**/*.wasm", NULL}},
};
#define TYPE_COUNT (sizeof TYPES / sizeof TYPES[0])

typedef struct reader {
    rwg__arena *arena;
    RWG_VEC(rwg_file_rule) rules;
    bool is_complete[TYPE_COUNT]; /* no further rule of this type counts */
} reader;

static size_t type_of(rwg_str name) {
    size_t type = 0;
    while (type < TYPE_COUNT && !rwg__str_eq(TYPES[type].name, name)) {
        type++;
    }
    return type;
}

static void add_glob(reader *r, size_t type, rwg_str glob) {
    if (type < TYPE_COUNT && !r->is_complete[type] && r->rules.len < MAX_RULES) {
        rwg_str plain = rwg__str_starts(glob, RWG_STR("./")) ? rwg__str_from(glob, 2) : glob;
        *rwg__vec_push(&r->rules, r->arena->mem) = (rwg_file_rule){plain, TYPES[type].query};
    }
}

static void end_rule(reader *r, size_t type, bool falls_through) {
    if (type < TYPE_COUNT) {
        r->is_complete[type] |= !falls_through;
    }
}

static void read_json(reader *r, rwg_str text) {
    rwg__json_error problem;
    const rwg__json *file = rwg__json_parse_relaxed(r->arena, text, &problem);
    const rwg__json *rules = rwg__json_get(file, "rules");
    for (uint32_t i = 0; rules && rules->type == RWG__JSON_ARRAY && i < rules->count; i++) {
        const rwg__json *rule = &rules->items[i];
        const rwg__json *globs = rwg__json_get(rule, "globs");
        const rwg__json *falls = rwg__json_get(rule, "fallthrough");
        size_t type = type_of(rwg__json_string(rwg__json_get(rule, "type")));
        for (uint32_t k = 0; globs && globs->type == RWG__JSON_ARRAY && k < globs->count; k++) {
            add_glob(r, type, rwg__json_string(&globs->items[k]));
        }
        end_rule(r, type, falls && falls->type == RWG__JSON_TRUE);
    }
}

/* --- wrangler.toml --- */

static rwg_str trimmed(rwg_str text) {
    while (text.len > 0 && strchr(" \t\r\n", text.ptr[0])) {
        text = rwg__str_from(text, 1);
    }
    return text;
}

/* The text between the next two quotes; *rest goes on behind it. False without any before `end`. */
static bool next_quoted(rwg_str *rest, char end, rwg_str *out) {
    for (uint32_t i = 0; i < rest->len && rest->ptr[i] != end; i++) {
        char quote = rest->ptr[i];
        if (quote == '"' || quote == '\'') {
            rwg_str from = rwg__str_from(*rest, i + 1);
            uint32_t len = rwg__str_index(from, quote);
            *out = rwg__str_sub(from, 0, len);
            *rest = rwg__str_from(from, len < from.len ? len + 1 : len);
            return true;
        }
        if (quote == '#') { /* a comment */
            i += rwg__str_index(rwg__str_from(*rest, i), '\n');
        }
    }
    return false;
}

/* The value of a key that begins a line; {0} without one. */
static rwg_str toml_value(rwg_str section, const char *key) {
    while (section.len > 0) {
        uint32_t end = rwg__str_index(section, '\n');
        rwg_str line = trimmed(rwg__str_sub(section, 0, end));
        if (rwg__str_starts(line, rwg__str_c(key))) {
            rwg_str rest = trimmed(rwg__str_from(line, (uint32_t)strlen(key)));
            if (rest.len > 0 && rest.ptr[0] == '=') {
                uint32_t at = (uint32_t)(rest.ptr + 1 - section.ptr);
                return trimmed(rwg__str_from(section, at));
            }
        }
        section = rwg__str_from(section, end < section.len ? end + 1 : end);
    }
    return (rwg_str){NULL, 0};
}

static void read_toml_rule(reader *r, rwg_str section) {
    rwg_str value = toml_value(section, "type");
    rwg_str name = {NULL, 0};
    (void)next_quoted(&value, '\n', &name);
    size_t type = type_of(name);
    rwg_str globs = toml_value(section, "globs");
    rwg_str glob;
    while (next_quoted(&globs, ']', &glob)) {
        add_glob(r, type, glob);
    }
    end_rule(r, type, rwg__str_starts(toml_value(section, "fallthrough"), RWG_STR("true")));
}

static bool is_header(rwg_str line) {
    return rwg__str_starts(trimmed(line), RWG_STR("["));
}

static void read_toml(reader *r, rwg_str text) {
    static const rwg_str RULES = {"[[rules]]", 9};
    rwg_str section = {NULL, 0};
    while (text.len > 0) {
        uint32_t end = rwg__str_index(text, '\n');
        rwg_str line = rwg__str_sub(text, 0, end);
        text = rwg__str_from(text, end < text.len ? end + 1 : end);
        if (is_header(line)) {
            if (section.ptr) {
                read_toml_rule(r, rwg__str(section.ptr, (size_t)(line.ptr - section.ptr)));
            }
            bool begins = rwg__str_starts(trimmed(line), RULES);
            section = begins ? text : (rwg_str){NULL, 0};
        }
    }
    if (section.ptr) {
        read_toml_rule(r, section);
    }
}

/* --- both --- */

static void add_defaults(reader *r) {
    for (size_t type = 0; type < TYPE_COUNT; type++) {
        for (size_t i = 0; TYPES[type].globs[i]; i++) {
            add_glob(r, type, rwg__str_c(TYPES[type].globs[i]));
        }
    }
}

const rwg_file_rule *
rwg__rules_read(const rwg_fs *fs, rwg__arena *arena, rwg_str root, uint32_t *out_count) {
    static const char *const FILES[] = {"wrangler.json", "wrangler.jsonc", "wrangler.toml"};
    reader r = {.arena = arena};
    *out_count = 0;
    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
        rwg__path path;
        rwg_str text;
        if (!rwg__path_join(&path, root, rwg__str_c(FILES[i])) ||
            rwg__fs_read(fs, arena, rwg__path_str(&path), RWG_LIMIT_JSON_BYTES, &text) != RWG_OK) {
            continue;
        }
        if (rwg__str_ends(rwg__str_c(FILES[i]), RWG_STR(".toml"))) {
            read_toml(&r, text);
        } else {
            read_json(&r, text);
        }
        add_defaults(&r);
        break;
    }
    rwg_file_rule *rules = rwg__arena_alloc(arena, (r.rules.len + 1) * sizeof *rules);
    for (uint32_t i = 0; i < r.rules.len; i++) {
        rules[i] = r.rules.ptr[i];
    }
    *out_count = r.rules.len;
    rwg__vec_free(&r.rules, arena->mem);
    return rules;
}

rwg_str rwg__rule_query(const rwg_env_config *env, rwg_str path, rwg_str query) {
    bool is_plain = query.len == 0 ||
                    (rwg__str_eq_c(query, "?module") && rwg__str_ends(path, RWG_STR(".wasm")));
    for (uint32_t i = 0; is_plain && i < env->rule_count; i++) {
        if (rwg__path_glob(env->rules[i].glob, path)) {
            return env->rules[i].query;
        }
    }
    return (rwg_str){NULL, 0};
}
