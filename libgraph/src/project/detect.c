/* Reads a few well-known files, forgivingly: a file that cannot be read or understood says nothing
 * here; tools that own it report what is wrong with it. */
#include "project/detect.h"

#include "base/fsutil.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/path.h"

#define MAX_ENTRIES 32u

typedef struct detector {
    const rwg_fs *fs;
    rwg__arena *arena;
    rwg_str root;
} detector;

static bool read_root_file(const detector *d, const char *name, rwg_str *out) {
    rwg__path path;
    return rwg__path_join(&path, d->root, rwg__str_c(name)) &&
           rwg__fs_read(d->fs, d->arena, rwg__path_str(&path), RWG_LIMIT_JSON_BYTES, out) == RWG_OK;
}

static bool is_file(const detector *d, rwg_str name) {
    rwg__path path;
    rwg_fs_stat stat;
    return rwg__path_join(&path, d->root, name) &&
           d->fs->stat(d->fs->self, rwg__path_str(&path), &stat) == RWG_OK &&
           stat.kind == RWG_FS_FILE;
}

static void add_entry(const detector *d, rwg_env_config *env, rwg_str entry) {
    while (entry.len && (entry.ptr[0] == '/' || entry.ptr[0] == '.')) {
        bool dots = entry.ptr[0] == '.' && entry.len > 1 && entry.ptr[1] == '/';
        if (entry.ptr[0] == '.' && !dots) {
            break;
        }
        entry = rwg__str_from(entry, dots ? 2 : 1);
    }
    if (entry.len == 0 || env->entries.count == MAX_ENTRIES) {
        return;
    }
    rwg_str *items = rwg__arena_alloc(d->arena, (env->entries.count + 1) * sizeof *items);
    for (uint32_t i = 0; i < env->entries.count; i++) {
        items[i] = env->entries.items[i];
    }
    items[env->entries.count] = entry;
    env->entries = (rwg_str_list){items, env->entries.count + 1};
}

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool starts_ignoring_case(rwg_str text, const char *lower) {
    for (uint32_t i = 0; lower[i]; i++) {
        char c = i < text.len ? text.ptr[i] : '\0';
        if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != lower[i]) {
            return false;
        }
    }
    return true;
}

/* The value of an attribute inside one tag's text, by the HTML rules for quoted and unquoted
 * values. */
static rwg_str attribute(rwg_str tag, const char *name) {
    uint32_t len = (uint32_t)strlen(name);
    for (uint32_t i = 1; i + len < tag.len; i++) {
        if (!is_space(tag.ptr[i - 1]) || !starts_ignoring_case(rwg__str_from(tag, i), name)) {
            continue;
        }
        uint32_t at = i + len;
        while (at < tag.len && is_space(tag.ptr[at])) {
            at++;
        }
        if (at >= tag.len || tag.ptr[at] != '=') {
            continue;
        }
        at++;
        while (at < tag.len && is_space(tag.ptr[at])) {
            at++;
        }
        if (at >= tag.len) {
            break;
        }
        char quote = tag.ptr[at];
        uint32_t start = quote == '"' || quote == '\'' ? at + 1 : at;
        uint32_t end = start;
        while (end < tag.len && (start > at ? tag.ptr[end] != quote
                                            : !is_space(tag.ptr[end]) && tag.ptr[end] != '>')) {
            end++;
        }
        return rwg__str_sub(tag, start, end);
    }
    return (rwg_str){0};
}

static void detect_html(const detector *d, rwg_env_config *client) {
    rwg_str html = {0};
    if (!read_root_file(d, "index.html", &html)) {
        return;
    }
    while (html.len) {
        uint32_t open = rwg__str_index(html, '<');
        html = rwg__str_from(html, open < html.len ? open + 1 : open);
        if (!starts_ignoring_case(html, "script")) {
            continue;
        }
        rwg_str tag = rwg__str_sub(html, 0, rwg__str_index(html, '>'));
        rwg_str src = attribute(tag, "src");
        bool module = rwg__str_eq_c(attribute(tag, "type"), "module");
        bool local =
            src.len && rwg__str_index(src, ':') == src.len && !rwg__str_starts(src, RWG_STR("//"));
        if (module && local) {
            add_entry(d, client, src);
        }
    }
}

/* `main = "src/worker.ts"` at the top level of wrangler.toml: the one line that is needed of it. */
static rwg_str toml_main(rwg_str text) {
    while (text.len && text.ptr[0] != '[') {
        uint32_t end = rwg__str_index(text, '\n');
        rwg_str line = rwg__str_sub(text, 0, end);
        text = rwg__str_from(text, end < text.len ? end + 1 : end);
        if (!rwg__str_starts(line, RWG_STR("main"))) {
            continue;
        }
        uint32_t open = rwg__str_index(line, '"');
        open = open < line.len ? open : rwg__str_index(line, '\'');
        rwg_str rest = open < line.len ? rwg__str_from(line, open + 1) : (rwg_str){0};
        uint32_t close = open < line.len ? rwg__str_index(rest, line.ptr[open]) : 0;
        return rwg__str_sub(rest, 0, close);
    }
    return (rwg_str){0};
}

static rwg_str wrangler_main(const detector *d) {
    rwg_str text = {0};
    rwg__json_error problem;
    if (read_root_file(d, "wrangler.json", &text) || read_root_file(d, "wrangler.jsonc", &text)) {
        return rwg__json_string(
            rwg__json_get(rwg__json_parse_relaxed(d->arena, text, &problem), "main")
        );
    }
    return read_root_file(d, "wrangler.toml", &text) ? toml_main(text) : (rwg_str){0};
}

static bool uses_rwsdk(const detector *d) {
    rwg_str text = {0};
    rwg__json_error problem;
    if (!read_root_file(d, "package.json", &text)) {
        return false;
    }
    const rwg__json *package = rwg__json_parse(d->arena, text, &problem);
    return rwg__json_get(rwg__json_get(package, "dependencies"), "rwsdk") ||
           rwg__json_get(rwg__json_get(package, "devDependencies"), "rwsdk");
}

void rwg__detect_entries(
    const rwg_fs *fs, rwg__arena *arena, rwg_str root, rwg_env_config envs[3]
) {
    detector d = {fs, arena, root};
    rwg_env_config *client = &envs[0];
    rwg_env_config *ssr = &envs[1];
    rwg_env_config *worker = &envs[2];
    detect_html(&d, client);
    add_entry(&d, worker, wrangler_main(&d));
    if (uses_rwsdk(&d)) {
        if (worker->entries.count == 0 && is_file(&d, RWG_STR("src/worker.tsx"))) {
            add_entry(&d, worker, RWG_STR("src/worker.tsx"));
        }
        if (client->entries.count == 0 && is_file(&d, RWG_STR("src/client.tsx"))) {
            add_entry(&d, client, RWG_STR("src/client.tsx"));
        }
    }
    /* A worker renders through the bridge: ssr then holds what client modules need, and nothing of
     * its own. */
    ssr->only_entries = worker->entries.count > 0;
    client->only_entries = client->entries.count > 0 || worker->entries.count > 0;
    worker->only_entries = worker->entries.count > 0;
}
