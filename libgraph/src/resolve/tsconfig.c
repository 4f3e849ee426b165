/* tsconfig.json: reading, inheriting, owning files, mapping specifiers. See tsconfig.h.
 *
 * What a configuration says is put together from it and all that it extends. They are visited from
 * the most to the least specific one (a later one of "extends" before an earlier one), and each
 * option is taken from the first that has it. Relative paths in an option are relative to the file
 * that has it. */
#include "resolve/tsconfig.h"

#include "base/hash.h"
#include "base/limits.h"
#include "resolve/conditions.h"

#include <stdlib.h>

void rwg__tsconfigs_init(
    rwg__tsconfigs *tsconfigs,
    rwg__mem *mem,
    rwg__packages *packages,
    const rwg_config *config,
    rwg_str root
) {
    *tsconfigs = (rwg__tsconfigs){
        .mem = mem,
        .dirs = packages->dirs,
        .inputs = packages->inputs,
        .packages = packages,
        .arena = packages->arena,
        .config = config,
        .root = root,
    };
    rwg__arena_init(&tsconfigs->scratch, mem);
    rwg__strmap_init(&tsconfigs->ids, mem);
    *rwg__vec_push(&tsconfigs->all, mem) = NULL;
}

void rwg__tsconfigs_deinit(rwg__tsconfigs *tsconfigs) {
    if (tsconfigs->mem) {
        rwg__vec_free(&tsconfigs->all, tsconfigs->mem);
        rwg__strmap_deinit(&tsconfigs->ids);
        rwg__arena_deinit(&tsconfigs->scratch);
    }
}

/* -- extends ---------------------------------------------------------------------------------- */

static bool is_file(rwg__tsconfigs *tsconfigs, rwg_str path) {
    uint32_t dir = rwg__dirs_from(tsconfigs->dirs, rwg__path_dirname(path));
    return rwg__dirs_kind(tsconfigs->dirs, dir, rwg__path_basename(path)) == RWG_FS_FILE;
}

static bool is_folder(rwg__tsconfigs *tsconfigs, rwg_str path) {
    uint32_t dir = rwg__dirs_from(tsconfigs->dirs, rwg__path_dirname(path));
    return rwg__dirs_kind(tsconfigs->dirs, dir, rwg__path_basename(path)) == RWG_FS_DIR;
}

/* path itself, with ".json", or its tsconfig.json: the first that is a file. */
static bool complete(rwg__tsconfigs *tsconfigs, rwg__path *path) {
    rwg_str given = rwg__path_str(path);
    if (is_file(tsconfigs, given)) {
        return true;
    }
    rwg__path other;
    if (rwg__path_join(&other, given, RWG_STR("tsconfig.json")) && is_folder(tsconfigs, given) &&
        is_file(tsconfigs, rwg__path_str(&other))) {
        *path = other;
        return true;
    }
    if (path->len + 5 < sizeof path->bytes) {
        memcpy(path->bytes + path->len, ".json", 6);
        path->len += 5;
        return is_file(tsconfigs, rwg__path_str(path));
    }
    return false;
}

/* "extends": "name" or "name/rest", from a package above dir. */
static bool
find_package_config(rwg__tsconfigs *tsconfigs, rwg_str dir, rwg_str specifier, rwg__path *out) {
    uint32_t slash = rwg__str_index(specifier, '/');
    if (specifier.ptr[0] == '@' && slash < specifier.len) {
        slash += 1 + rwg__str_index(rwg__str_from(specifier, slash + 1), '/');
    }
    rwg_str name = rwg__str_sub(specifier, 0, slash);
    rwg_str rest = slash < specifier.len ? rwg__str_from(specifier, slash) : RWG_STR("");
    rwg__dirs *dirs = tsconfigs->dirs;
    for (uint32_t at = rwg__dirs_from(dirs, dir); at; at = rwg__dirs_at(dirs, at)->parent) {
        rwg__path folder;
        if (rwg__dirs_kind(dirs, at, RWG_STR("node_modules")) != RWG_FS_DIR ||
            !rwg__path_join(&folder, rwg__dirs_path(dirs, at), RWG_STR("node_modules")) ||
            !rwg__path_join(&folder, rwg__path_str(&folder), name) ||
            !is_folder(tsconfigs, rwg__path_str(&folder))) {
            continue;
        }
        const rwg__package *package =
            rwg__package_in(tsconfigs->packages, rwg__dirs_from(dirs, rwg__path_str(&folder)));
        if (package && package->exports) {
            static const rwg_str NODE[] = {{"node", 4}};
            const rwg__conditions conditions = {NODE, 1, RWG_STR("require")};
            rwg__buf text;
            rwg__buf subpath;
            rwg__buf_init(&text, tsconfigs->mem);
            rwg__buf_init(&subpath, tsconfigs->mem);
            rwg__buf_char(&subpath, '.');
            rwg__buf_add(&subpath, rest);
            rwg__match match =
                rwg__exports_match(package->exports, rwg__buf_str(&subpath), &conditions, &text);
            bool found = match.kind == RWG__MATCH_FILE &&
                         rwg__path_join(out, rwg__path_str(&folder), match.target) &&
                         complete(tsconfigs, out);
            rwg__buf_deinit(&text);
            rwg__buf_deinit(&subpath);
            if (found) {
                return true;
            }
        }
        rwg_str below = rest.len ? rwg__str_from(rest, 1) : RWG_STR(".");
        if (rwg__path_join(out, rwg__path_str(&folder), below) && complete(tsconfigs, out)) {
            return true;
        }
    }
    return false;
}

/* The file that "extends": specifier means in a file of dir. */
static bool
find_extended(rwg__tsconfigs *tsconfigs, rwg_str dir, rwg_str specifier, rwg__path *out) {
    if (specifier.len == 0) {
        return false;
    }
    if (specifier.ptr[0] == '.' || specifier.ptr[0] == '/') {
        return rwg__path_join(out, dir, specifier) && complete(tsconfigs, out);
    }
    return find_package_config(tsconfigs, dir, specifier, out);
}

/* -- putting together ------------------------------------------------------------------------- */

/* An option's value and the folder of the file that has it. */
typedef struct option {
    const rwg__json *value;
    rwg_str dir;
} option;

/* Options of the compiler that resolve nothing and are only handed on. */
static const char *const COMPILER_KEYS[] = {
    "jsx",
    "jsxImportSource",
    "jsxFactory",
    "jsxFragmentFactory",
    "verbatimModuleSyntax",
    "useDefineForClassFields",
    "target",
    "experimentalDecorators",
    "emitDecoratorMetadata",
};

enum {
    JSX,
    JSX_IMPORT_SOURCE,
    JSX_FACTORY,
    JSX_FRAGMENT_FACTORY,
    VERBATIM_MODULE_SYNTAX,
    USE_DEFINE,
    TARGET,
    EXPERIMENTAL_DECORATORS,
    EMIT_METADATA,
    COMPILER_KEY_COUNT,
};

typedef struct options {
    option base_url;
    option paths;
    option files;
    option include;
    option exclude;
    option allow_js;
    option check_js;
    option compiler[COMPILER_KEY_COUNT];
} options;

static void take(option *slot, const rwg__json *object, const char *key, rwg_str dir) {
    const rwg__json *value = rwg__json_get(object, key);
    if (!slot->value && value && value->type != RWG__JSON_NULL) {
        *slot = (option){value, dir};
    }
}

static void take_all(options *all, const rwg__json *json, rwg_str dir) {
    const rwg__json *compiler = rwg__json_get(json, "compilerOptions");
    take(&all->base_url, compiler, "baseUrl", dir);
    take(&all->paths, compiler, "paths", dir);
    take(&all->allow_js, compiler, "allowJs", dir);
    take(&all->check_js, compiler, "checkJs", dir);
    for (uint32_t i = 0; i < COMPILER_KEY_COUNT; i++) {
        take(&all->compiler[i], compiler, COMPILER_KEYS[i], dir);
    }
    take(&all->files, json, "files", dir);
    take(&all->include, json, "include", dir);
    take(&all->exclude, json, "exclude", dir);
}

static const rwg__json *read_config(rwg__tsconfigs *tsconfigs, rwg_str path) {
    rwg_str text;
    rwg__json_error error;
    rwg__inputs_read(tsconfigs->inputs, path, &tsconfigs->scratch, &text);
    const rwg__json *json = rwg__json_parse_relaxed(&tsconfigs->scratch, text, &error);
    return json && json->type == RWG__JSON_OBJECT ? json : NULL;
}

/* Files still to be visited, and those that were. */
typedef struct visit_list {
    rwg_str todo[RWG_LIMIT_HOPS];
    uint32_t todo_count;
    rwg_str done[RWG_LIMIT_HOPS];
    uint32_t done_count;
} visit_list;

static void note_broken(rwg__tsconfigs *tsconfigs, rwg__tsconfig *tsconfig, rwg_str path) {
    tsconfig->unresolved = true;
    if (!tsconfig->broken) {
        tsconfig->broken = true;
        tsconfig->broken_path = rwg__arena_str(tsconfigs->arena, path);
    }
}

/* Puts what json extends on the list, so that the last of an array is visited first. */
static void add_extended(
    rwg__tsconfigs *tsconfigs,
    rwg__tsconfig *tsconfig,
    const rwg__json *json,
    rwg_str dir,
    visit_list *list
) {
    const rwg__json *extends = rwg__json_get(json, "extends");
    bool is_array = extends && extends->type == RWG__JSON_ARRAY;
    uint32_t count = !extends ? 0 : is_array ? extends->count : 1;
    for (uint32_t i = 0; i < count && list->todo_count < RWG_LIMIT_HOPS; i++) {
        rwg_str specifier = rwg__json_string(is_array ? &extends->items[i] : extends);
        rwg__path path;
        if (find_extended(tsconfigs, dir, specifier, &path)) {
            list->todo[list->todo_count++] =
                rwg__arena_str(&tsconfigs->scratch, rwg__path_str(&path));
        } else {
            note_broken(tsconfigs, tsconfig, specifier);
        }
    }
}

/* Visits the file and all it extends; *out_own is its own document. */
static void collect(
    rwg__tsconfigs *tsconfigs, rwg__tsconfig *tsconfig, options *all, const rwg__json **out_own
) {
    visit_list list = {.todo = {tsconfig->path}, .todo_count = 1};
    *out_own = NULL;
    while (list.todo_count > 0 && list.done_count < RWG_LIMIT_HOPS) {
        rwg_str path = list.todo[--list.todo_count];
        bool seen = false;
        for (uint32_t i = 0; i < list.done_count; i++) {
            seen |= rwg__str_eq(list.done[i], path);
        }
        if (seen) {
            continue;
        }
        list.done[list.done_count++] = path;
        const rwg__json *json = read_config(tsconfigs, path);
        if (!json) {
            note_broken(tsconfigs, tsconfig, path);
            continue;
        }
        if (list.done_count == 1) {
            *out_own = json;
        }
        rwg_str dir = rwg__path_dirname(path);
        take_all(all, json, dir);
        add_extended(tsconfigs, tsconfig, json, dir, &list);
    }
}

/* A path of an option as an absolute one: ${configDir} is the folder of the file that started it.
 */
static rwg_str
absolute(rwg__tsconfigs *tsconfigs, const rwg__tsconfig *tsconfig, rwg_str dir, rwg_str path) {
    const rwg_str variable = RWG_STR("${configDir}");
    rwg__path out;
    if (rwg__str_starts(path, variable)) {
        dir = tsconfig->dir;
        path = rwg__str_from(path, variable.len);
        while (path.len > 0 && path.ptr[0] == '/') {
            path = rwg__str_from(path, 1);
        }
    }
    if (!rwg__path_join(&out, dir, path)) {
        return RWG_STR("");
    }
    return rwg__arena_str(tsconfigs->arena, rwg__path_str(&out));
}

static rwg_str_list
absolute_list(rwg__tsconfigs *tsconfigs, const rwg__tsconfig *tsconfig, const option *from) {
    const rwg__json *value = from->value;
    if (!value || value->type != RWG__JSON_ARRAY || value->count == 0) {
        return (rwg_str_list){NULL, 0};
    }
    rwg_str *items = rwg__arena_alloc(tsconfigs->arena, value->count * sizeof *items);
    uint32_t count = 0;
    for (uint32_t i = 0; i < value->count; i++) {
        if (value->items[i].type == RWG__JSON_STRING) {
            items[count++] = absolute(tsconfigs, tsconfig, from->dir, value->items[i].string);
        }
    }
    return (rwg_str_list){items, count};
}

/* Exact keys first, then longer prefixes first; equals keep their order. */
static bool path_goes_before(const rwg__ts_path *a, const rwg__ts_path *b) {
    if (a->has_star != b->has_star) {
        return !a->has_star;
    }
    return a->has_star && a->prefix.len > b->prefix.len;
}

static void
read_paths(rwg__tsconfigs *tsconfigs, rwg__tsconfig *tsconfig, const option *from, rwg_str base) {
    const rwg__json *map = from->value;
    if (!map || map->type != RWG__JSON_OBJECT || map->count == 0) {
        return;
    }
    rwg__ts_path *paths = rwg__arena_zalloc(tsconfigs->arena, map->count * sizeof *paths);
    for (uint32_t i = 0; i < map->count; i++) {
        const rwg__json *targets = &map->items[i];
        if (targets->type != RWG__JSON_ARRAY) {
            continue;
        }
        rwg__ts_path path = {.key = rwg__arena_str(tsconfigs->arena, map->keys[i])};
        uint32_t star = rwg__str_index(path.key, '*');
        path.has_star = star < path.key.len;
        path.prefix = rwg__str_sub(path.key, 0, star);
        path.suffix = path.has_star ? rwg__str_from(path.key, star + 1) : RWG_STR("");
        rwg_str *list = rwg__arena_alloc(tsconfigs->arena, (targets->count + 1) * sizeof *list);
        for (uint32_t k = 0; k < targets->count; k++) {
            if (targets->items[k].type == RWG__JSON_STRING) {
                list[path.target_count++] =
                    absolute(tsconfigs, tsconfig, base, targets->items[k].string);
            }
        }
        path.targets = list;
        uint32_t at = tsconfig->path_count++;
        for (; at > 0 && path_goes_before(&path, &paths[at - 1]); at--) {
            paths[at] = paths[at - 1];
        }
        paths[at] = path;
    }
    tsconfig->paths = paths;
}

static void hash_list(rwg__hasher *hasher, rwg_str_list list) {
    rwg__hasher_u32(hasher, list.count);
    for (uint32_t i = 0; i < list.count; i++) {
        rwg__hasher_str(hasher, list.items[i]);
    }
}

static rwg_hash hash_facts(rwg__tsconfigs *tsconfigs, const rwg__tsconfig *tsconfig) {
    rwg__hasher *hasher = rwg__hasher_new(tsconfigs->mem);
    rwg__hasher_u32(
        hasher,
        (uint32_t
        )(tsconfig->allow_js | tsconfig->has_files << 1 | tsconfig->has_include << 2 |
          tsconfig->broken << 3)
    );
    rwg__hasher_str(hasher, tsconfig->base_url);
    hash_list(hasher, tsconfig->files);
    hash_list(hasher, tsconfig->include);
    hash_list(hasher, tsconfig->exclude);
    rwg__hasher_u32(hasher, tsconfig->path_count);
    for (uint32_t i = 0; i < tsconfig->path_count; i++) {
        const rwg__ts_path *path = &tsconfig->paths[i];
        rwg__hasher_str(hasher, path->key);
        hash_list(hasher, (rwg_str_list){path->targets, path->target_count});
    }
    rwg__hasher_u32(hasher, tsconfig->reference_count);
    for (uint32_t i = 0; i < tsconfig->reference_count; i++) {
        rwg__hasher_str(hasher, tsconfigs->all.ptr[tsconfig->references[i]]->path);
    }
    rwg_hash hash = rwg__hasher_finish(hasher);
    rwg__hasher_free(hasher, tsconfigs->mem);
    return hash;
}

static uint32_t register_config(rwg__tsconfigs *tsconfigs, rwg_str path);

static void
read_references(rwg__tsconfigs *tsconfigs, rwg__tsconfig *tsconfig, const rwg__json *own) {
    const rwg__json *references = rwg__json_get(own, "references");
    if (!references || references->type != RWG__JSON_ARRAY || references->count == 0) {
        return;
    }
    uint32_t *ids = rwg__arena_alloc(tsconfigs->arena, references->count * sizeof *ids);
    for (uint32_t i = 0; i < references->count; i++) {
        rwg_str to = rwg__json_string(rwg__json_get(&references->items[i], "path"));
        rwg__path path;
        if (to.len && rwg__path_join(&path, tsconfig->dir, to) && complete(tsconfigs, &path) &&
            !rwg__str_eq(rwg__path_str(&path), tsconfig->path)) {
            ids[tsconfig->reference_count++] = register_config(tsconfigs, rwg__path_str(&path));
        } else {
            tsconfig->unresolved = true;
        }
    }
    tsconfig->references = ids;
}

static bool is_true(const option *from) {
    return from->value && from->value->type == RWG__JSON_TRUE;
}

/* "ES2022" and later, "ESNext". Without a target TypeScript means ES5. */
static bool has_class_fields(rwg_str target) {
    uint32_t year = 0;
    bool is_es = target.len > 2 && (target.ptr[0] | 0x20) == 'e' && (target.ptr[1] | 0x20) == 's';
    if (is_es && (target.ptr[2] | 0x20) == 'n') {
        return true;
    }
    for (uint32_t i = 2; is_es && i < target.len && i < 8; i++) {
        year = year * 10 + (uint32_t)(target.ptr[i] - '0') % 10;
    }
    return year >= 2022;
}

static rwg_str text_of(rwg__tsconfigs *tsconfigs, const option *from) {
    return rwg__arena_str(tsconfigs->arena, rwg__json_string(from->value));
}

static rwg_compiler_options
compiler_options(rwg__tsconfigs *tsconfigs, const rwg__tsconfig *tsconfig, const options *all) {
    const option *said = all->compiler;
    return (rwg_compiler_options){
        .tsconfig = tsconfig->path,
        .jsx = text_of(tsconfigs, &said[JSX]),
        .jsx_import_source = text_of(tsconfigs, &said[JSX_IMPORT_SOURCE]),
        .jsx_factory = text_of(tsconfigs, &said[JSX_FACTORY]),
        .jsx_fragment_factory = text_of(tsconfigs, &said[JSX_FRAGMENT_FACTORY]),
        .verbatim_module_syntax = is_true(&said[VERBATIM_MODULE_SYNTAX]),
        .use_define_for_class_fields = said[USE_DEFINE].value
                                           ? is_true(&said[USE_DEFINE])
                                           : has_class_fields(rwg__json_string(said[TARGET].value)),
        .experimental_decorators = is_true(&said[EXPERIMENTAL_DECORATORS]),
        .emit_decorator_metadata = is_true(&said[EMIT_METADATA]),
    };
}

/* Fills a configuration from its file. References are only registered, and read when they are asked
 * for (ensure_read), so that a chain of them is no recursion. */
static void read_tsconfig(rwg__tsconfigs *tsconfigs, rwg__tsconfig *tsconfig) {
    rwg__arena_reset(&tsconfigs->scratch);
    *tsconfig = (rwg__tsconfig){.path = tsconfig->path, .dir = rwg__path_dirname(tsconfig->path)};
    options all = {0};
    const rwg__json *own = NULL;
    collect(tsconfigs, tsconfig, &all, &own);
    if (all.base_url.value) {
        tsconfig->base_url =
            absolute(tsconfigs, tsconfig, all.base_url.dir, rwg__json_string(all.base_url.value));
    }
    rwg_str base = tsconfig->base_url.len ? tsconfig->base_url : all.paths.dir;
    read_paths(tsconfigs, tsconfig, &all.paths, base);
    tsconfig->has_files = all.files.value != NULL;
    tsconfig->has_include = all.include.value != NULL;
    tsconfig->files = absolute_list(tsconfigs, tsconfig, &all.files);
    tsconfig->include = absolute_list(tsconfigs, tsconfig, &all.include);
    tsconfig->exclude = absolute_list(tsconfigs, tsconfig, &all.exclude);
    bool is_js = rwg__str_starts(rwg__path_basename(tsconfig->path), RWG_STR("jsconfig"));
    tsconfig->allow_js = is_true(&all.allow_js) ||
                         (!all.allow_js.value && is_true(&all.check_js)) ||
                         (!all.allow_js.value && is_js);
    tsconfig->compiler = compiler_options(tsconfigs, tsconfig, &all);
    read_references(tsconfigs, tsconfig, own);
    tsconfig->facts = hash_facts(tsconfigs, tsconfig);
}

static uint32_t register_config(rwg__tsconfigs *tsconfigs, rwg_str path) {
    const uint32_t *known = rwg__strmap_find(&tsconfigs->ids, path);
    if (known) {
        return *known;
    }
    rwg__tsconfig *tsconfig = rwg__arena_zalloc(tsconfigs->arena, sizeof *tsconfig);
    tsconfig->path = rwg__arena_str(tsconfigs->arena, path);
    uint32_t id = tsconfigs->all.len;
    *rwg__vec_push(&tsconfigs->all, tsconfigs->mem) = tsconfig;
    *rwg__strmap_put(&tsconfigs->ids, tsconfig->path, NULL) = id;
    return id;
}

/* dir is empty only until it was read. */
static rwg__tsconfig *ensure_read(rwg__tsconfigs *tsconfigs, uint32_t id) {
    rwg__tsconfig *tsconfig = tsconfigs->all.ptr[id];
    if (tsconfig->dir.len == 0) {
        read_tsconfig(tsconfigs, tsconfig);
    }
    return tsconfig;
}

bool rwg__tsconfigs_concern(const rwg__tsconfigs *tsconfigs, rwg_str path) {
    rwg_str name = rwg__path_basename(path);
    if (!rwg__str_ends(name, RWG_STR(".json")) || tsconfigs->all.len == 1) {
        return false;
    }
    bool concerns = rwg__inputs_find(tsconfigs->inputs, path) != 0 ||
                    rwg__str_starts(name, RWG_STR("tsconfig")) ||
                    rwg__str_starts(name, RWG_STR("jsconfig"));
    for (uint32_t id = 1; id < tsconfigs->all.len && !concerns; id++) {
        concerns = tsconfigs->all.ptr[id]->unresolved;
    }
    return concerns;
}

bool rwg__tsconfigs_reload(rwg__tsconfigs *tsconfigs) {
    bool differs = false;
    for (uint32_t id = 1; id < tsconfigs->all.len; id++) {
        rwg__tsconfig *tsconfig = tsconfigs->all.ptr[id];
        if (tsconfig->dir.len > 0) {
            rwg_hash before = tsconfig->facts;
            read_tsconfig(tsconfigs, tsconfig);
            tsconfig->differs = !rwg__hash_equal(before, tsconfig->facts);
            differs |= tsconfig->differs;
        }
    }
    return differs;
}

/* -- owning files ----------------------------------------------------------------------------- */

static bool is_one_of(rwg_str text, const char *const *names) {
    for (; *names; names++) {
        if (rwg__str_eq_c(text, *names)) {
            return true;
        }
    }
    return false;
}

static bool is_ts(rwg_str extension) {
    static const char *const NAMES[] = {".ts", ".tsx", ".mts", ".cts", NULL};
    return is_one_of(extension, NAMES);
}

static bool is_js(rwg_str extension) {
    static const char *const NAMES[] = {".js", ".jsx", ".mjs", ".cjs", NULL};
    return is_one_of(extension, NAMES);
}

/* A pattern that ends in "*" means the languages the configuration compiles, others what they name.
 */
static bool matches(const rwg__tsconfig *tsconfig, rwg_str_list patterns, rwg_str file) {
    rwg_str extension = rwg__path_ext(file);
    bool compiled = is_ts(extension) || (tsconfig->allow_js && is_js(extension));
    for (uint32_t i = 0; i < patterns.count; i++) {
        rwg_str pattern = patterns.items[i];
        rwg_str last = rwg__path_basename(pattern);
        bool is_dir = rwg__str_index(last, '.') == last.len &&
                      rwg__str_index(last, '*') == last.len &&
                      rwg__str_index(last, '?') == last.len;
        if (is_dir) {
            rwg__path under;
            bool has_glob = rwg__str_index(pattern, '*') < pattern.len;
            bool inside = has_glob ? rwg__path_join(&under, pattern, RWG_STR("**/*")) &&
                                         rwg__path_glob(rwg__path_str(&under), file)
                                   : rwg__path_is_under(file, pattern);
            if (compiled && inside) {
                return true;
            }
            continue;
        }
        bool gated = pattern.len > 0 && pattern.ptr[pattern.len - 1] == '*';
        if ((!gated || compiled) && rwg__path_glob(pattern, file)) {
            return true;
        }
    }
    return false;
}

static bool includes(const rwg__tsconfig *tsconfig, rwg_str file) {
    for (uint32_t i = 0; i < tsconfig->files.count; i++) {
        if (rwg__str_eq(tsconfig->files.items[i], file)) {
            return true;
        }
    }
    rwg_str extension = rwg__path_ext(file);
    if (extension.len == 0 || (!tsconfig->allow_js && is_js(extension))) {
        return false;
    }
    bool in = false;
    if (tsconfig->has_include) {
        in = matches(tsconfig, tsconfig->include, file);
    } else if (!tsconfig->has_files) {
        in = rwg__path_is_under(file, tsconfig->dir) && (is_ts(extension) || is_js(extension));
    }
    return in && !matches(tsconfig, tsconfig->exclude, file);
}

/* The id itself, or that of the first reference which includes the file; 0 when none does. */
static uint32_t owner_among(rwg__tsconfigs *tsconfigs, uint32_t id, rwg_str file) {
    const rwg__tsconfig *tsconfig = ensure_read(tsconfigs, id);
    for (uint32_t i = 0; i < tsconfig->reference_count; i++) {
        if (includes(ensure_read(tsconfigs, tsconfig->references[i]), file)) {
            return tsconfig->references[i];
        }
    }
    return includes(tsconfig, file) ? id : 0;
}

/* The configuration in this very folder. */
static uint32_t config_in(rwg__tsconfigs *tsconfigs, uint32_t dir) {
    rwg__dirs *dirs = tsconfigs->dirs;
    uint32_t id = rwg__dirs_at(dirs, dir)->tsconfig;
    if (id == RWG__DIR_UNASKED) {
        static const rwg_str NAMES[] = {{"tsconfig.json", 13}, {"jsconfig.json", 13}};
        id = 0;
        for (uint32_t i = 0; i < 2 && id == 0; i++) {
            if (rwg__dirs_kind(dirs, dir, NAMES[i]) == RWG_FS_FILE) {
                rwg__path path;
                if (rwg__path_join(&path, rwg__dirs_path(dirs, dir), NAMES[i])) {
                    id = register_config(tsconfigs, rwg__path_str(&path));
                }
            }
        }
        rwg__dirs_at(dirs, dir)->tsconfig = id;
    }
    return id;
}

static uint32_t configured(rwg__tsconfigs *tsconfigs, rwg_str file) {
    rwg__path path;
    if (!rwg__path_join(&path, tsconfigs->root, tsconfigs->config->tsconfig_path) ||
        !complete(tsconfigs, &path)) {
        return 0;
    }
    uint32_t id = register_config(tsconfigs, rwg__path_str(&path));
    uint32_t owner = owner_among(tsconfigs, id, file);
    return owner ? owner : id;
}

uint32_t
rwg__tsconfig_for(rwg__tsconfigs *tsconfigs, uint32_t dir, rwg_str file, uint32_t *out_top) {
    *out_top = dir;
    rwg_str folder = rwg__dirs_path(tsconfigs->dirs, dir);
    if (tsconfigs->config->tsconfig == RWG_TSCONFIG_NONE || rwg__path_in_node_modules(folder)) {
        return 0;
    }
    if (tsconfigs->config->tsconfig == RWG_TSCONFIG_FILE) {
        return configured(tsconfigs, file);
    }
    uint32_t nearest = 0;
    for (uint32_t at = dir; at; at = rwg__dirs_at(tsconfigs->dirs, at)->parent) {
        uint32_t id = config_in(tsconfigs, at);
        if (!id) {
            continue;
        }
        ensure_read(tsconfigs, id);
        uint32_t owner = file.len ? owner_among(tsconfigs, id, file) : id;
        if (owner) {
            *out_top = at;
            return owner;
        }
        nearest = nearest ? nearest : id;
    }
    *out_top = 0;
    return nearest;
}

/* -- mapping ---------------------------------------------------------------------------------- */

static const rwg__ts_path *find_path(const rwg__tsconfig *tsconfig, rwg_str specifier) {
    for (uint32_t i = 0; i < tsconfig->path_count; i++) {
        const rwg__ts_path *path = &tsconfig->paths[i];
        bool matches_key = path->has_star ? specifier.len >= path->prefix.len + path->suffix.len &&
                                                rwg__str_starts(specifier, path->prefix) &&
                                                rwg__str_ends(specifier, path->suffix)
                                          : rwg__str_eq(specifier, path->key);
        if (matches_key) {
            return path;
        }
    }
    return NULL;
}

/* target with its * replaced by what the key's stands for. */
static rwg_str
substitute(rwg__arena *arena, const rwg__ts_path *path, rwg_str target, rwg_str specifier) {
    uint32_t star = rwg__str_index(target, '*');
    if (!path->has_star || star == target.len) {
        return target;
    }
    rwg_str part = rwg__str_sub(specifier, path->prefix.len, specifier.len - path->suffix.len);
    uint32_t len = target.len - 1 + part.len;
    char *bytes = rwg__arena_alloc(arena, (size_t)len + 1);
    memcpy(bytes, target.ptr, star);
    memcpy(bytes + star, part.ptr, part.len);
    memcpy(bytes + star + part.len, target.ptr + star + 1, target.len - star - 1);
    bytes[len] = '\0';
    return rwg__str(bytes, len);
}

bool rwg__tsconfig_candidate(
    const rwg__tsconfig *tsconfig, rwg_str specifier, rwg__arena *arena, uint32_t *at, rwg_str *out
) {
    const rwg__ts_path *path = find_path(tsconfig, specifier);
    uint32_t count = path ? path->target_count : 0;
    uint32_t index = (*at)++;
    if (index < count) {
        *out = substitute(arena, path, path->targets[index], specifier);
        return true;
    }
    bool is_absolute = specifier.len > 0 && specifier.ptr[0] == '/';
    if (index > count || tsconfig->base_url.len == 0 || is_absolute) {
        return false;
    }
    rwg__path joined;
    if (!rwg__path_join(&joined, tsconfig->base_url, specifier)) {
        return false;
    }
    *out = rwg__arena_str(arena, rwg__path_str(&joined));
    return true;
}
