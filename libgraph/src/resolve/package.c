/* Reading package.json. See package.h.
 *
 * The document is parsed into a scratch arena; what is kept is copied out, because most of a
 * package.json (scripts, dependencies, read-me) does not matter here. */
#include "resolve/package.h"

#include "base/hash.h"

void rwg__packages_init(
    rwg__packages *packages, rwg__mem *mem, rwg__dirs *dirs, rwg__inputs *inputs, rwg__arena *arena
) {
    *packages = (rwg__packages){.mem = mem, .dirs = dirs, .inputs = inputs, .arena = arena};
    rwg__arena_init(&packages->scratch, mem);
    *rwg__vec_push(&packages->all, mem) = NULL;
}

void rwg__packages_deinit(rwg__packages *packages) {
    if (packages->mem) {
        rwg__vec_free(&packages->all, packages->mem);
        rwg__vec_free(&packages->field_names, packages->mem);
        rwg__arena_deinit(&packages->scratch);
    }
}

uint32_t rwg__packages_field(rwg__packages *packages, rwg_str name) {
    for (uint32_t i = 0; i < packages->field_names.len; i++) {
        if (rwg__str_eq(packages->field_names.ptr[i], name)) {
            return i;
        }
    }
    *rwg__vec_push(&packages->field_names, packages->mem) = rwg__arena_str(packages->arena, name);
    return packages->field_names.len - 1;
}

static void read_browser(rwg__arena *arena, rwg__package *package, const rwg__json *browser) {
    if (!browser || browser->type != RWG__JSON_OBJECT || browser->count == 0) {
        return;
    }
    rwg__browser_entry *entries = rwg__arena_zalloc(arena, browser->count * sizeof *entries);
    rwg__path path;
    for (uint32_t i = 0; i < browser->count; i++) {
        const rwg__json *value = &browser->items[i];
        if (value->type != RWG__JSON_STRING && value->type != RWG__JSON_FALSE) {
            continue;
        }
        rwg__browser_entry *entry = &entries[package->browser_count++];
        entry->key = rwg__arena_str(arena, browser->keys[i]);
        if (rwg__path_normalise(&path, entry->key)) {
            entry->path = rwg__arena_str(arena, rwg__path_str(&path));
        }
        entry->ignored = value->type == RWG__JSON_FALSE;
        entry->value = rwg__arena_str(arena, value->string);
    }
    package->browser = entries;
}

static rwg_hash hash_facts(rwg__mem *mem, const rwg__package *package, uint32_t field_count) {
    rwg__hasher *hasher = rwg__hasher_new(mem);
    rwg__hasher_u32(hasher, package->broken);
    rwg__hasher_str(hasher, package->name);
    rwg__json_hash(hasher, package->exports);
    rwg__json_hash(hasher, package->imports);
    for (uint32_t i = 0; i < field_count; i++) {
        rwg__hasher_str(hasher, package->main_fields[i]);
    }
    rwg__hasher_u32(hasher, package->browser_count);
    for (uint32_t i = 0; i < package->browser_count; i++) {
        rwg__hasher_str(hasher, package->browser[i].key);
        rwg__hasher_u32(hasher, package->browser[i].ignored);
        rwg__hasher_str(hasher, package->browser[i].value);
    }
    rwg_hash hash = rwg__hasher_finish(hasher);
    rwg__hasher_free(hasher, mem);
    return hash;
}

static void read_package(rwg__packages *packages, rwg__package *package) {
    rwg__arena *scratch = &packages->scratch;
    rwg__arena_reset(scratch);
    rwg_str path = rwg__arena_str(
        scratch, rwg__dirs_file(packages->dirs, package->dir, RWG_STR("package.json"))
    );
    rwg_str text;
    uint32_t dir = package->dir;
    *package = (rwg__package){.dir = dir};
    package->input = rwg__inputs_read(packages->inputs, path, scratch, &text);
    rwg__json_error error;
    const rwg__json *json = rwg__json_parse(scratch, text, &error);
    package->broken = !json || json->type != RWG__JSON_OBJECT;

    uint32_t fields = packages->field_names.len;
    rwg_str *main_fields = rwg__arena_zalloc(packages->arena, (fields + 1) * sizeof(rwg_str));
    package->main_fields = main_fields;
    if (!package->broken) {
        rwg__arena *arena = packages->arena;
        const rwg__json *exports = rwg__json_get(json, "exports");
        const rwg__json *imports = rwg__json_get(json, "imports");
        package->name = rwg__arena_str(arena, rwg__json_string(rwg__json_get(json, "name")));
        package->version = rwg__arena_str(arena, rwg__json_string(rwg__json_get(json, "version")));
        package->is_module = rwg__str_eq_c(rwg__json_string(rwg__json_get(json, "type")), "module");
        if (exports && exports->type != RWG__JSON_NULL) {
            package->exports = rwg__json_copy(arena, exports);
        }
        if (imports && imports->type == RWG__JSON_OBJECT) {
            package->imports = rwg__json_copy(arena, imports);
        }
        package->side_effects = rwg__json_copy(arena, rwg__json_get(json, "sideEffects"));
        for (uint32_t i = 0; i < fields; i++) {
            const rwg__json *field = rwg__json_get_str(json, packages->field_names.ptr[i]);
            main_fields[i] = rwg__arena_str(arena, rwg__json_string(field));
        }
        read_browser(arena, package, rwg__json_get(json, "browser"));
    }
    package->facts = hash_facts(packages->mem, package, fields);
}

const rwg__package *rwg__package_in(rwg__packages *packages, uint32_t dir) {
    dir = rwg__dirs_at(packages->dirs, dir)->real;
    uint32_t id = rwg__dirs_at(packages->dirs, dir)->package;
    if (id == RWG__DIR_UNASKED) {
        id = 0;
        if (rwg__dirs_kind(packages->dirs, dir, RWG_STR("package.json")) == RWG_FS_FILE) {
            id = packages->all.len;
            rwg__package *package = rwg__arena_zalloc(packages->arena, sizeof *package);
            package->dir = dir;
            *rwg__vec_push(&packages->all, packages->mem) = package;
            read_package(packages, package);
        }
        rwg__dirs_at(packages->dirs, dir)->package = id;
    }
    return packages->all.ptr[id];
}

bool rwg__package_reload(rwg__packages *packages, uint32_t dir) {
    uint32_t id = rwg__dirs_at(packages->dirs, rwg__dirs_at(packages->dirs, dir)->real)->package;
    if (id == RWG__DIR_UNASKED || id == 0) {
        return false;
    }
    rwg__package *package = packages->all.ptr[id];
    rwg_hash before = package->facts;
    read_package(packages, package);
    return !rwg__hash_equal(before, package->facts);
}

static bool is_modules_folder(const rwg__dirs *dirs, uint32_t dir) {
    return rwg__str_eq_c(rwg__path_basename(rwg__dirs_path(dirs, dir)), "node_modules");
}

uint32_t rwg__package_scope(rwg__packages *packages, uint32_t dir) {
    rwg__dirs *dirs = packages->dirs;
    uint32_t known = rwg__dirs_at(dirs, dir)->scope;
    uint32_t at = dir;
    while (known == RWG__DIR_UNASKED) {
        if (at == 0 || is_modules_folder(dirs, at)) {
            known = 0;
        } else if (rwg__package_in(packages, at)) {
            known = at;
        } else {
            at = rwg__dirs_at(dirs, at)->parent;
            known = at ? rwg__dirs_at(dirs, at)->scope : 0;
        }
    }
    /* Everything on the way has the same answer. */
    for (uint32_t i = dir; i != 0 && rwg__dirs_at(dirs, i)->scope == RWG__DIR_UNASKED;
         i = rwg__dirs_at(dirs, i)->parent) {
        rwg__dirs_at(dirs, i)->scope = known;
        if (i == at) {
            break;
        }
    }
    return known;
}
