/* Reading .pnp.data.json. See pnp.h; the format is in Yarn's "Plug'n'Play specification". */
#include "resolve/pnp.h"

#define FILE_NAME RWG_STR(".pnp.data.json")

void rwg__pnp_init(rwg__pnp *pnp, rwg__mem *mem, rwg__dirs *dirs, rwg__inputs *inputs) {
    *pnp = (rwg__pnp){.mem = mem, .dirs = dirs, .inputs = inputs};
    rwg__arena_init(&pnp->arena, mem);
    rwg__strmap_init(&pnp->by_place, mem);
    rwg__strmap_init(&pnp->by_locator, mem);
    rwg__buf_init(&pnp->key, mem);
}

void rwg__pnp_deinit(rwg__pnp *pnp) {
    if (pnp->mem) {
        rwg__arena_deinit(&pnp->arena);
        rwg__strmap_deinit(&pnp->by_place);
        rwg__strmap_deinit(&pnp->by_locator);
        rwg__vec_free(&pnp->packages, pnp->mem);
        rwg__buf_deinit(&pnp->key);
    }
}

void rwg__pnp_forget(rwg__pnp *pnp) {
    pnp->dir = 0;
    pnp->top = NULL;
    pnp->packages.len = 0;
    rwg__strmap_clear(&pnp->by_place);
    rwg__strmap_clear(&pnp->by_locator);
    rwg__arena_reset(&pnp->arena);
}

/* A member of an array, or NULL. */
static const rwg__json *item(const rwg__json *array, uint32_t index) {
    bool has = array && array->type == RWG__JSON_ARRAY && index < array->count;
    return has ? &array->items[index] : NULL;
}

static uint32_t count_of(const rwg__json *array) {
    return array && array->type == RWG__JSON_ARRAY ? array->count : 0;
}

/* "name\0reference"; the top-level package has null for both. In pnp->key until the next call. */
static rwg_str locator_key(rwg__pnp *pnp, rwg_str name, rwg_str reference) {
    rwg__buf_clear(&pnp->key);
    rwg__buf_add(&pnp->key, name);
    rwg__buf_char(&pnp->key, '\0');
    rwg__buf_add(&pnp->key, reference);
    return rwg__buf_str(&pnp->key);
}

static void add_package(rwg__pnp *pnp, rwg_str base, rwg_str name, const rwg__json *entry) {
    const rwg__json *info = item(entry, 1);
    rwg_str location = rwg__json_string(rwg__json_get(info, "packageLocation"));
    rwg__path path;
    if (location.len == 0 || !rwg__path_join(&path, base, location)) {
        return;
    }
    rwg_str place = rwg__arena_str(&pnp->arena, rwg__path_str(&path));
    rwg_str reference = rwg__json_string(item(entry, 0));
    *rwg__vec_push(&pnp->packages, pnp->mem) = (rwg__pnp_package){name, reference, place, info};
    rwg_str key = rwg__arena_str(&pnp->arena, locator_key(pnp, name, reference));
    *rwg__strmap_put(&pnp->by_locator, key, NULL) = pnp->packages.len;
    const rwg__json *discard = rwg__json_get(info, "discardFromLookup");
    if (!discard || discard->type != RWG__JSON_TRUE) {
        *rwg__strmap_put(&pnp->by_place, place, NULL) = pnp->packages.len;
    }
}

static void load(rwg__pnp *pnp, uint32_t dir) {
    rwg__pnp_forget(pnp);
    pnp->dir = dir;
    rwg_str text;
    rwg__json_error error;
    rwg_str path = rwg__arena_str(&pnp->arena, rwg__dirs_file(pnp->dirs, dir, FILE_NAME));
    rwg__inputs_read(pnp->inputs, path, &pnp->arena, &text);
    pnp->top = rwg__json_parse(&pnp->arena, text, &error);
    rwg_str base = rwg__dirs_path(pnp->dirs, dir);
    const rwg__json *registry = rwg__json_get(pnp->top, "packageRegistryData");
    for (uint32_t i = 0; i < count_of(registry); i++) {
        rwg_str name = rwg__json_string(item(item(registry, i), 0));
        const rwg__json *entries = item(item(registry, i), 1);
        for (uint32_t k = 0; k < count_of(entries); k++) {
            add_package(pnp, base, name, item(entries, k));
        }
    }
}

uint32_t rwg__pnp_find(rwg__pnp *pnp, uint32_t dir) {
    uint32_t at = dir;
    while (at && rwg__dirs_kind(pnp->dirs, at, FILE_NAME) != RWG_FS_FILE) {
        at = rwg__dirs_at(pnp->dirs, at)->parent;
    }
    if (at && at != pnp->dir) {
        load(pnp, at);
    }
    return at;
}

/* The reference in a list of [name, reference] pairs; false when the name is not there. */
static bool find_pair(const rwg__json *pairs, rwg_str name, const rwg__json **out) {
    for (uint32_t i = 0; i < count_of(pairs); i++) {
        if (rwg__str_eq(rwg__json_string(item(item(pairs, i), 0)), name)) {
            *out = item(item(pairs, i), 1);
            return true;
        }
    }
    return false;
}

/* 1 + package whose folder is dir or above it, 0 = none. */
static uint32_t package_of(const rwg__pnp *pnp, uint32_t dir) {
    for (uint32_t at = dir; at; at = rwg__dirs_at(pnp->dirs, at)->parent) {
        const uint32_t *id = rwg__strmap_find(&pnp->by_place, rwg__dirs_path(pnp->dirs, at));
        if (id) {
            return *id;
        }
    }
    return 0;
}

/* True for packages that must declare what they import: workspaces, as a rule. */
static bool is_excluded(const rwg__pnp *pnp, const rwg__pnp_package *importer) {
    const rwg__json *references = NULL;
    find_pair(rwg__json_get(pnp->top, "fallbackExclusionList"), importer->name, &references);
    for (uint32_t i = 0; i < count_of(references); i++) {
        if (rwg__str_eq(rwg__json_string(item(references, i)), importer->reference)) {
            return true;
        }
    }
    return false;
}

/* What the top-level package and the pool offer to packages that did not declare a dependency. */
static bool find_fallback(
    rwg__pnp *pnp, const rwg__pnp_package *importer, rwg_str name, const rwg__json **out
) {
    const rwg__json *enabled = rwg__json_get(pnp->top, "enableTopLevelFallback");
    if (!enabled || enabled->type != RWG__JSON_TRUE || is_excluded(pnp, importer)) {
        return false;
    }
    const uint32_t *top =
        rwg__strmap_find(&pnp->by_locator, locator_key(pnp, RWG_STR(""), RWG_STR("")));
    const rwg__json *own =
        top ? rwg__json_get(pnp->packages.ptr[*top - 1].info, "packageDependencies") : NULL;
    return find_pair(own, name, out) ||
           find_pair(rwg__json_get(pnp->top, "fallbackPool"), name, out);
}

rwg__pnp_answer rwg__pnp_lookup(rwg__pnp *pnp, uint32_t dir, rwg_str name, rwg_str *out_folder) {
    *out_folder = (rwg_str){NULL, 0};
    uint32_t importer = package_of(pnp, dir);
    if (!importer) {
        return RWG__PNP_UNMANAGED;
    }
    const rwg__json *target = NULL;
    const rwg__json *own =
        rwg__json_get(pnp->packages.ptr[importer - 1].info, "packageDependencies");
    bool declared = find_pair(own, name, &target);
    if (!declared || !target || target->type == RWG__JSON_NULL) {
        const rwg__json *other = NULL;
        if (!find_fallback(pnp, &pnp->packages.ptr[importer - 1], name, &other) || !other ||
            other->type == RWG__JSON_NULL) {
            return declared ? RWG__PNP_UNMET_PEER : RWG__PNP_NOT_DECLARED;
        }
        target = other;
    }
    /* "reference" of the package of that name, or ["other name", "reference"]. */
    bool renamed = target->type == RWG__JSON_ARRAY;
    rwg_str to = renamed ? rwg__json_string(item(target, 0)) : name;
    rwg_str reference = rwg__json_string(renamed ? item(target, 1) : target);
    const uint32_t *id = rwg__strmap_find(&pnp->by_locator, locator_key(pnp, to, reference));
    if (!id) {
        return RWG__PNP_NOT_DECLARED;
    }
    *out_folder = pnp->packages.ptr[*id - 1].place;
    return RWG__PNP_FOLDER;
}
