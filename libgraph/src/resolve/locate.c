/* From a path to a file.
 *
 * This is LOAD_AS_FILE, LOAD_AS_DIRECTORY and LOAD_INDEX of Node's require, with a list of
 * extensions that is configured, TypeScript's habit of writing the name of the file to come (./x.js
 * for x.ts), and browser maps, which may answer for any name that is tried, there or not. */
#include "base/limits.h"
#include "resolve/request.h"

/* What may stand in a TypeScript project for a name that ends so. The name itself comes first. */
static const struct {
    rwg_str from;
    rwg_str to[2];
} SUBSTITUTES[] = {
    {{".js", 3}, {{".ts", 3}, {".tsx", 4}}},
    {{".jsx", 4}, {{".tsx", 4}, {".ts", 3}}},
    {{".mjs", 4}, {{".mts", 4}, {NULL, 0}}},
    {{".cjs", 4}, {{".cts", 4}, {NULL, 0}}},
};

const rwg_str *rwg__substitutes_of(rwg_str extension) {
    for (size_t i = 0; i < sizeof SUBSTITUTES / sizeof SUBSTITUTES[0]; i++) {
        if (rwg__str_eq(extension, SUBSTITUTES[i].from)) {
            return SUBSTITUTES[i].to;
        }
    }
    return NULL;
}

/* -- one name --------------------------------------------------------------------------------- */

/* The browser map that governs the files of dir, or NULL. */
static const rwg__package *browser_map(rwg__request *q, uint32_t dir) {
    if (!q->profile->shape_has_browser || q->site == RWG_SITE_STYLE) {
        return NULL;
    }
    uint32_t scope = rwg__package_scope(&q->r->packages, dir);
    rwg__request_up(q, RWG__UP_PACKAGE, dir, scope);
    const rwg__package *package = scope ? rwg__package_in(&q->r->packages, scope) : NULL;
    if (!package || package->browser_count == 0) {
        return NULL;
    }
    q->env_used = true;
    return q->profile->env->browser_field ? package : NULL;
}

/* True when the path of name in dir, seen from the package's folder, is path. */
static bool is_path_in(
    const rwg_resolver *r, const rwg__package *package, uint32_t dir, rwg_str name, rwg_str path
) {
    rwg_str base = rwg__dirs_path(&r->dirs, package->dir);
    rwg_str folder = rwg__dirs_path(&r->dirs, dir);
    if (!rwg__str_ends(path, name) || !rwg__path_is_under(folder, base)) {
        return false;
    }
    rwg_str below = folder.len > base.len ? rwg__str_from(folder, base.len + 1) : RWG_STR("");
    if (below.len == 0) {
        return path.len == name.len;
    }
    return path.len == below.len + 1 + name.len && rwg__str_starts(path, below) &&
           path.ptr[below.len] == '/';
}

/* What a browser map makes of the question. */
static rwg__verdict
use_browser_entry(rwg__request *q, const rwg__package *package, const rwg__browser_entry *entry) {
    if (entry->ignored) {
        rwg__request_say(
            q, "the browser map of %.*s ignores %.*s", RWG__S(package->name), RWG__S(entry->key)
        );
        return rwg__request_keep(q, RWG_OUTCOME_IGNORED, q->specifier);
    }
    rwg__request_say(
        q,
        "the browser map of %.*s replaces %.*s by %.*s",
        RWG__S(package->name),
        RWG__S(entry->key),
        RWG__S(entry->value)
    );
    q->tsconfig = 0; /* what a package says is not for the importer's paths */
    return rwg__request_again(q, package->dir, entry->value);
}

/* A path whose folder is not there: a browser map may name it all the same. */
static rwg__verdict try_absent(rwg__request *q, uint32_t dir, uint32_t base, rwg_str path) {
    const rwg__package *map = browser_map(q, dir);
    rwg__path whole;
    if (!map || !rwg__path_join(&whole, rwg__dirs_path(&q->r->dirs, base), path) ||
        !rwg__path_is_under(rwg__path_str(&whole), rwg__dirs_path(&q->r->dirs, map->dir))) {
        return RWG__PASS;
    }
    uint32_t start = rwg__dirs_path(&q->r->dirs, map->dir).len + 1;
    rwg_str below = start < whole.len ? rwg__str_from(rwg__path_str(&whole), start) : RWG_STR("");
    for (uint32_t i = 0; i < map->browser_count && below.len > 0; i++) {
        if (rwg__str_eq(map->browser[i].path, below)) {
            return use_browser_entry(q, map, &map->browser[i]);
        }
    }
    return RWG__PASS;
}

static rwg__verdict
try_name(rwg__request *q, const rwg__package *map, uint32_t dir, rwg_str name, bool *out_mapped) {
    for (uint32_t i = 0; map && i < map->browser_count; i++) {
        const rwg__browser_entry *entry = &map->browser[i];
        if (entry->path.len && is_path_in(q->r, map, dir, name, entry->path)) {
            rwg__path value;
            /* {"./a.js": "./a.js"} stands for itself. */
            if (entry->ignored || !rwg__path_normalise(&value, entry->value) ||
                !rwg__str_eq(rwg__path_str(&value), entry->path)) {
                *out_mapped = true;
                return use_browser_entry(q, map, entry);
            }
        }
    }
    if (rwg__dirs_kind(&q->r->dirs, dir, name) == RWG_FS_FILE) {
        return rwg__request_found(q, dir, name);
    }
    return RWG__PASS;
}

rwg__verdict rwg__locate_browser_specifier(rwg__request *q, uint32_t dir, rwg_str specifier) {
    const rwg__package *map = browser_map(q, dir);
    for (uint32_t i = 0; map && i < map->browser_count; i++) {
        const rwg__browser_entry *entry = &map->browser[i];
        if (rwg__str_eq(entry->key, specifier) && !rwg__str_eq(entry->value, specifier)) {
            return use_browser_entry(q, map, entry);
        }
    }
    return RWG__PASS;
}

/* -- files ------------------------------------------------------------------------------------ */

/* A file name that is being tried. No name longer than this exists. */
typedef struct name_buf {
    char bytes[1024];
} name_buf;

/* stem + extension, or "" when it is too long to be a name. */
static rwg_str with_extension(name_buf *buf, rwg_str stem, rwg_str extension) {
    if (stem.len + extension.len > sizeof buf->bytes) {
        return (rwg_str){NULL, 0};
    }
    memcpy(buf->bytes, stem.ptr, stem.len);
    memcpy(buf->bytes + stem.len, extension.ptr, extension.len);
    return rwg__str(buf->bytes, stem.len + extension.len);
}

static uint8_t extension_list(const rwg__request *q) {
    return q->site == RWG_SITE_STYLE ? (uint8_t)(q->r->extension_count + 1)
                                     : q->profile->extensions;
}

/* The word whose last part is name: the specifier itself as a rule. */
static uint32_t word_for(rwg__request *q, rwg_str name) {
    rwg_str last = rwg__path_basename(q->specifier);
    return rwg__str_eq(last, name) ? q->word : rwg__intern_id(&q->r->words, name);
}

/* LOAD_AS_FILE; LOAD_INDEX with exact false, which has no file without extension. */
static rwg__verdict load_file(rwg__request *q, uint32_t dir, rwg_str name, bool exact) {
    rwg__step step = {
        .dir = dir,
        .kind = RWG__STEP_FILE,
        .name = extension_list(q),
        .flags = exact ? RWG__STEP_EXACT : 0,
    };
    step.what = word_for(q, name);
    const rwg__package *map = browser_map(q, dir);
    const rwg_str_list *extensions = &q->r->extensions[step.name];
    const rwg_str *substitutes = exact ? rwg__substitutes_of(rwg__path_ext(name)) : NULL;
    rwg__verdict verdict = RWG__PASS;
    bool mapped = false;
    name_buf buf;
    if (exact) {
        verdict = try_name(q, map, dir, name, &mapped);
    }
    rwg_str stem = rwg__str_sub(name, 0, name.len - rwg__path_ext(name).len);
    for (uint32_t i = 0; verdict == RWG__PASS && substitutes && i < 2; i++) {
        if (substitutes[i].len) {
            step.flags |= i == 0 ? RWG__STEP_SUBST_1 : RWG__STEP_SUBST_2;
            rwg_str other = with_extension(&buf, stem, substitutes[i]);
            verdict = other.len ? try_name(q, map, dir, other, &mapped) : RWG__PASS;
        }
    }
    for (uint32_t i = 0; verdict == RWG__PASS && i < extensions->count; i++) {
        step.tried = (uint8_t)(i + 1);
        rwg_str other = with_extension(&buf, name, extensions->items[i]);
        verdict = other.len ? try_name(q, map, dir, other, &mapped) : RWG__PASS;
    }
    if (verdict == RWG__DONE && !mapped) {
        step.flags |= RWG__STEP_FOUND;
    }
    rwg__request_step(q, step);
    if (q->say) {
        rwg_str folder = rwg__dirs_path(&q->r->dirs, dir);
        if (verdict == RWG__PASS) {
            rwg__request_say(
                q,
                "no file %.*s/%.*s, nor with %u other endings",
                RWG__S(folder),
                RWG__S(name),
                step.tried + (substitutes ? 2u : 0u)
            );
        } else if (!mapped) {
            rwg__request_say(q, "found %.*s/%.*s", RWG__S(folder), RWG__S(q->found_name));
        }
    }
    return verdict;
}

/* -- folders ---------------------------------------------------------------------------------- */

uint32_t rwg__locate_identity(rwg__request *q, uint32_t dir) {
    rwg__dirs *dirs = &q->r->dirs;
    for (uint32_t at = dir; rwg__dirs_at(dirs, at)->linked;) {
        uint32_t parent = rwg__dirs_at(dirs, at)->parent;
        uint32_t home = rwg__dirs_at(dirs, parent)->real;
        rwg__request_name(q, home, rwg__path_basename(rwg__dirs_path(dirs, at)), true);
        at = parent;
    }
    return q->r->config->preserve_symlinks ? dir : rwg__dirs_at(dirs, dir)->real;
}

/* Goes down (or up) one part. 0 when there is no such folder; the miss becomes a step. */
static uint32_t enter(rwg__request *q, uint32_t dir, rwg_str part) {
    rwg__dirs *dirs = &q->r->dirs;
    if (part.len == 0 || rwg__str_eq_c(part, ".")) {
        return dir;
    }
    if (rwg__str_eq_c(part, "..")) {
        uint32_t parent = rwg__dirs_at(dirs, dir)->parent;
        return parent ? parent : dir;
    }
    uint32_t child = rwg__dirs_child(dirs, dir, part);
    if (!child) {
        rwg__request_name(q, dir, part, false);
    }
    return child;
}

/* Where a path leads: the folder that would hold its last part. */
typedef struct place {
    uint32_t dir;
    rwg_str name; /* "" when the path ends in "/", "." or "..": it can only be a folder */
} place;

/* True for "." and ".." parts behind a named one: those are taken out as text, before any link. */
static bool needs_normalising(rwg_str path) {
    bool named = false;
    for (uint32_t at = 0; at < path.len;) {
        rwg_str rest = rwg__str_from(path, at);
        rwg_str part = rwg__str_sub(rest, 0, rwg__str_index(rest, '/'));
        bool dots = rwg__str_eq_c(part, "..");
        if (named && dots) {
            return true;
        }
        named |= !dots && part.len > 0 && !rwg__str_eq_c(part, ".");
        at += part.len + 1;
    }
    return false;
}

/* false when a folder on the way is not there; out->dir is the last that is. */
static bool go(rwg__request *q, uint32_t dir, rwg_str path, place *out) {
    rwg_str last = rwg__path_basename(path);
    bool only_folder = last.len == 0 || rwg__str_eq_c(last, ".") || rwg__str_eq_c(last, "..");
    rwg__path plain;
    *out = (place){dir, {NULL, 0}};
    if (needs_normalising(path)) {
        if (!rwg__path_normalise(&plain, path)) {
            return false;
        }
        path = rwg__path_str(&plain);
    }
    uint32_t end = only_folder ? path.len : path.len - rwg__path_basename(path).len;
    for (uint32_t at = 0; at < end;) {
        rwg_str rest = rwg__str_sub(path, at, end);
        rwg_str part = rwg__str_sub(rest, 0, rwg__str_index(rest, '/'));
        dir = enter(q, dir, part);
        if (!dir) {
            return false;
        }
        out->dir = dir;
        at += part.len + 1;
    }
    *out = (place){rwg__locate_identity(q, dir), only_folder ? (rwg_str){NULL, 0} : last};
    return true;
}

/* The folder that is named, or 0. */
static uint32_t folder_of(rwg__request *q, const place *at) {
    if (at->name.len == 0) {
        return at->dir;
    }
    uint32_t child = rwg__dirs_child(&q->r->dirs, at->dir, at->name);
    return child ? rwg__locate_identity(q, child) : 0;
}

/* The nearest known folder at or above an absolute path, and the rest of the path below it. */
static uint32_t nearest_known(rwg__request *q, rwg_str path, rwg_str *out_rest) {
    const rwg__dirs *dirs = &q->r->dirs;
    rwg_str above = path;
    while (above.len > 1) {
        above = rwg__path_dirname(above);
        const uint32_t *id = rwg__strmap_find(&dirs->ids, above);
        if (id && !dirs->all.ptr[*id].gone) {
            break;
        }
    }
    const uint32_t *id = rwg__strmap_find(&dirs->ids, above);
    *out_rest = rwg__str_from(path, above.len > 1 ? above.len + 1 : 1);
    return id ? *id : rwg__dirs_seed(&q->r->dirs, above);
}

uint32_t rwg__locate_dir(rwg__request *q, uint32_t dir, rwg_str path) {
    if (rwg__path_is_absolute(path)) {
        dir = nearest_known(q, path, &path);
    }
    place at;
    return go(q, dir, path, &at) ? folder_of(q, &at) : 0;
}

static rwg__verdict load_index(rwg__request *q, uint32_t dir) {
    return load_file(q, dir, RWG_STR("index"), false);
}

/* One main field's value: a file, or a folder with an index. */
static rwg__verdict load_main(rwg__request *q, uint32_t dir, rwg_str value) {
    while (value.len > 0 && value.ptr[0] == '/') {
        value = rwg__str_from(value, 1);
    }
    place at;
    if (!go(q, dir, value, &at)) {
        return RWG__PASS;
    }
    rwg__verdict verdict = RWG__PASS;
    if (at.name.len) {
        verdict = load_file(q, at.dir, at.name, true);
    }
    if (verdict == RWG__PASS) {
        uint32_t folder = folder_of(q, &at);
        verdict = folder ? load_index(q, folder) : RWG__PASS;
    }
    return verdict;
}

static rwg__verdict load_main_fields(rwg__request *q, const rwg__package *package, uint32_t dir) {
    bool is_style = q->site == RWG_SITE_STYLE;
    const uint32_t *fields = is_style ? q->r->style_fields : q->profile->main_fields;
    uint32_t count = is_style ? 2 : q->profile->main_field_count;
    q->env_used = true;
    for (uint32_t i = 0; i < count; i++) {
        rwg_str value = package->main_fields[fields[i]];
        /* A script is no style sheet: "main" counts only when it says so itself. */
        bool usable = !is_style || i == 0 || rwg__str_ends(value, RWG_STR(".css"));
        if (value.len == 0 || !usable) {
            continue;
        }
        rwg__request_say(
            q,
            "package.json has %.*s: %.*s",
            RWG__S(q->r->packages.field_names.ptr[fields[i]]),
            RWG__S(value)
        );
        rwg__verdict verdict = load_main(q, dir, value);
        if (verdict != RWG__PASS) {
            return verdict;
        }
    }
    return RWG__PASS;
}

rwg__verdict rwg__locate_folder(rwg__request *q, uint32_t dir) {
    const rwg__package *package = rwg__package_in(&q->r->packages, dir);
    rwg__request_name(q, dir, RWG_STR("package.json"), package != NULL);
    rwg__verdict verdict = package ? load_main_fields(q, package, dir) : RWG__PASS;
    return verdict == RWG__PASS ? load_index(q, dir) : verdict;
}

rwg__verdict rwg__locate_path(rwg__request *q, uint32_t dir, rwg_str path) {
    if (rwg__path_is_absolute(path)) {
        dir = nearest_known(q, path, &path);
    }
    place at;
    if (!go(q, dir, path, &at)) {
        return try_absent(q, rwg__locate_identity(q, at.dir), dir, path);
    }
    rwg__verdict verdict = RWG__PASS;
    if (at.name.len) {
        verdict = load_file(q, at.dir, at.name, true);
    }
    if (verdict == RWG__PASS) {
        uint32_t folder = folder_of(q, &at);
        if (folder) {
            verdict = rwg__locate_folder(q, folder);
        }
    }
    return verdict;
}
