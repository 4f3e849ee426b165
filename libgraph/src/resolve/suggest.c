/* What to say when nothing was found: what was looked for, where, and the nearest thing there is.
 *
 * A suggestion is drawn from a folder's whole listing, so that listing becomes a fact of the
 * answer. */
#include "base/limits.h"
#include "resolve/request.h"

/* Names that are compared; folders of generated icons have tens of thousands. */
#define MOST_NAMES 4096

/* Exported subpaths that are named in a fix. */
#define MOST_SUBPATHS 8

typedef struct nearest {
    rwg_str name;
    uint32_t distance;
    uint32_t limit; /* only names nearer than this count */
} nearest;

static void consider(nearest *best, rwg_str wanted, rwg_str name) {
    uint32_t distance = rwg__str_distance(wanted, name, best->limit);
    if (distance >= best->limit || distance == 0) {
        return;
    }
    bool better = best->name.len == 0 || distance < best->distance ||
                  (distance == best->distance && rwg__str_compare(name, best->name) < 0);
    if (better) {
        best->name = name;
        best->distance = distance;
    }
}

/* A typo changes a few characters, of a short name fewer. */
static uint32_t typo_limit(rwg_str wanted) {
    return wanted.len < 5 ? 2 : wanted.len < 10 ? 3 : 4;
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_but_case(rwg_str a, rwg_str b) {
    bool same = a.len == b.len;
    for (uint32_t i = 0; same && i < a.len; i++) {
        same = lower(a.ptr[i]) == lower(b.ptr[i]);
    }
    return same;
}

static rwg_str without_extension(rwg_str name) {
    return rwg__str_sub(name, 0, name.len - rwg__path_ext(name).len);
}

static rwg_str copy(rwg__request *q) {
    return rwg__arena_str(&q->r->scratch, rwg__buf_str(&q->r->text));
}

static rwg_str place_of(rwg__request *q, uint32_t dir) {
    return rwg__request_place(q, rwg__dirs_path(&q->r->dirs, dir));
}

static void list_step(rwg__request *q, uint32_t dir) {
    rwg__request_step(q, (rwg__step){.dir = dir, .kind = RWG__STEP_LIST});
}

/* The best name for wanted in a folder: other case, other extension, typo. */
static const char *find_name(rwg__request *q, uint32_t dir, rwg_str wanted, rwg_str *out) {
    const rwg__listing *listing = rwg__dirs_listing(&q->r->dirs, dir);
    list_step(q, dir);
    *out = (rwg_str){NULL, 0};
    if (!listing || wanted.len == 0) {
        return NULL;
    }
    rwg_str other_case = {NULL, 0};
    rwg_str other_extension = {NULL, 0};
    nearest typo = {.limit = typo_limit(wanted)};
    for (uint32_t i = 0; i < listing->count && i < MOST_NAMES; i++) {
        rwg_str name = rwg__listing_name(listing, i);
        rwg_str stem = without_extension(name);
        if (same_but_case(name, wanted) || same_but_case(stem, wanted)) {
            if (!other_case.len || rwg__str_compare(name, other_case) < 0) {
                other_case = name;
            }
        }
        if (rwg__str_eq(stem, wanted) || rwg__str_eq(stem, without_extension(wanted))) {
            if (!other_extension.len || rwg__str_compare(name, other_extension) < 0) {
                other_extension = name;
            }
        }
        consider(&typo, wanted, name);
        consider(&typo, wanted, stem);
    }
    if (other_extension.len) {
        *out = other_extension;
        return "there is";
    }
    if (other_case.len) {
        *out = other_case;
        return "only its case differs from";
    }
    *out = typo.name;
    return typo.name.len ? "did you mean" : NULL;
}

rwg__verdict rwg__suggest_path(rwg__request *q, uint32_t dir, rwg_str path) {
    uint32_t query = rwg__str_index(path, '?');
    path = rwg__str_sub(path, 0, query);
    while (path.len > 1 && path.ptr[path.len - 1] == '/') {
        path.len--;
    }
    rwg_str name = rwg__path_basename(path);
    rwg_str holder_path = rwg__str_sub(path, 0, path.len - name.len);
    uint32_t holder = holder_path.len ? rwg__locate_dir(q, dir, holder_path) : dir;
    rwg__buf *text = &q->r->text;
    rwg__buf_clear(text);
    /* Climb to the folder that is there; what is missing in it is the thing to name. */
    while (!holder && holder_path.len > 1) {
        while (holder_path.len > 1 && holder_path.ptr[holder_path.len - 1] == '/') {
            holder_path.len--;
        }
        name = rwg__path_basename(holder_path);
        holder_path.len -= name.len;
        holder = holder_path.len ? rwg__locate_dir(q, dir, holder_path) : dir;
    }
    rwg_str found = {NULL, 0};
    const char *how = holder ? find_name(q, holder, name, &found) : NULL;
    if (how) {
        rwg__buf_printf(text, "%s %.*s in %.*s", how, RWG__S(found), RWG__S(place_of(q, holder)));
        q->fix = copy(q);
    }
    return RWG__DONE;
}

/* The nearest package's name in a node_modules folder. */
static void consider_packages(rwg__request *q, uint32_t modules, rwg_str wanted, nearest *best) {
    uint32_t slash = rwg__str_index(wanted, '/');
    uint32_t scope = slash < wanted.len
                         ? rwg__dirs_child(&q->r->dirs, modules, rwg__str_sub(wanted, 0, slash))
                         : 0;
    uint32_t dir = scope ? scope : modules;
    rwg_str part = scope ? rwg__str_from(wanted, slash + 1) : wanted;
    const rwg__listing *listing = rwg__dirs_listing(&q->r->dirs, dir);
    list_step(q, dir);
    for (uint32_t i = 0; listing && i < listing->count && i < MOST_NAMES; i++) {
        rwg_str name = rwg__listing_name(listing, i);
        if (name.ptr[0] != '.' && name.ptr[0] != '@') {
            consider(best, part, name);
        }
    }
}

rwg__verdict rwg__suggest_package(rwg__request *q, rwg_str name) {
    rwg__dirs *dirs = &q->r->dirs;
    rwg_str from = place_of(q, q->dir);
    rwg__buf *text = &q->r->text;
    uint32_t colon = rwg__str_index(name, ':');
    if (rwg__is_node_builtin(name)) {
        return rwg__request_missing(
            q,
            RWG_DIAG_WRONG_ENVIRONMENT,
            "\"%.*s\" is a module of Node, which this environment does not provide, and no "
            "package of that name is installed",
            RWG__S(q->specifier)
        );
    }
    if (colon > 1 && colon < name.len) {
        rwg__request_missing(
            q,
            RWG_DIAG_BAD_SPECIFIER,
            "\"%.*s\" is neither a package nor a module that this environment provides",
            RWG__S(q->specifier)
        );
        rwg__buf_clear(text);
        rwg__buf_printf(
            text,
            "if the runtime provides it, list \"%.*s:\" under \"builtins\"",
            RWG__S(rwg__str_sub(name, 0, colon))
        );
        q->fix = copy(q);
        return RWG__DONE;
    }
    nearest best = {.limit = typo_limit(name)};
    uint32_t looked = 0;
    bool installed = false;
    for (uint32_t at = q->dir; at; at = rwg__dirs_at(dirs, at)->parent) {
        uint32_t modules = rwg__dirs_child(dirs, at, RWG_STR("node_modules"));
        if (modules) {
            modules = rwg__locate_identity(q, modules);
            looked++;
            installed |= rwg__locate_dir(q, modules, name) != 0;
            consider_packages(q, modules, name, &best);
        }
    }
    if (installed) {
        rwg__request_missing(
            q,
            RWG_DIAG_FILE_NOT_FOUND,
            "package %.*s is installed, but \"%.*s\" is no file of it",
            RWG__S(name),
            RWG__S(q->specifier)
        );
        return RWG__DONE;
    }
    rwg__request_missing(
        q,
        RWG_DIAG_PACKAGE_NOT_INSTALLED,
        looked ? "package %.*s is not in any node_modules at or above %.*s"
               : "package %.*s is not installed: there is no node_modules at or above %.*s",
        RWG__S(name),
        RWG__S(from)
    );
    rwg__buf_clear(text);
    if (best.name.len) {
        rwg_str scope = rwg__str_sub(name, 0, rwg__str_index(name, '/'));
        bool scoped = scope.len < name.len;
        rwg__buf_printf(
            text,
            "did you mean %.*s%s%.*s?",
            scoped ? (int)scope.len : 0,
            scope.ptr,
            scoped ? "/" : "",
            RWG__S(best.name)
        );
    } else {
        rwg__buf_printf(text, "install it, or check its name");
    }
    q->fix = copy(q);
    return RWG__DONE;
}

/* The subpaths of the map, the nearest one first. */
static void list_subpaths(rwg__request *q, const rwg__json *exports, rwg_str subpath) {
    bool is_import = subpath.len > 0 && subpath.ptr[0] == '#';
    rwg__buf *text = &q->r->text;
    rwg__buf_clear(text);
    if (!is_import && rwg__exports_is_sugar(exports)) {
        rwg__buf_add(text, RWG_STR("it exports only \".\""));
        q->fix = copy(q);
        return;
    }
    nearest best = {.limit = typo_limit(subpath)};
    for (uint32_t i = 0; i < exports->count; i++) {
        consider(&best, subpath, exports->keys[i]);
    }
    if (best.name.len) {
        rwg__buf_printf(text, "did you mean \"%.*s\"? ", RWG__S(best.name));
    }
    rwg__buf_add(text, is_import ? RWG_STR("it defines ") : RWG_STR("it exports "));
    uint32_t listed = 0;
    for (uint32_t i = 0; i < exports->count && listed < MOST_SUBPATHS; i++) {
        if (exports->items[i].type != RWG__JSON_NULL) {
            rwg__buf_printf(text, "%s\"%.*s\"", listed ? ", " : "", RWG__S(exports->keys[i]));
            listed++;
        }
    }
    if (exports->count > listed) {
        rwg__buf_printf(text, " and %u more", exports->count - listed);
    }
    q->fix = copy(q);
}

rwg__verdict rwg__suggest_export(
    rwg__request *q, const rwg__package *package, rwg_str subpath, const rwg__match *match
) {
    rwg_str name = package->name;
    rwg_str root = place_of(q, package->dir);
    bool is_import = subpath.len > 0 && subpath.ptr[0] == '#';
    const char *verb = is_import ? "define" : "export";
    const rwg__json *map = is_import ? package->imports : package->exports;
    switch (match->kind) {
    case RWG__MATCH_EXCLUDED:
        rwg__request_missing(
            q,
            RWG_DIAG_SUBPATH_NOT_EXPORTED,
            "package %.*s hides \"%.*s\" on purpose (null in %.*s/package.json)",
            RWG__S(name),
            RWG__S(subpath),
            RWG__S(root)
        );
        break;
    case RWG__MATCH_BAD_TARGET:
        return rwg__request_missing(
            q,
            RWG_DIAG_BAD_PACKAGE_JSON,
            "\"%.*s\" of package %.*s leads to \"%.*s\", which is no path below %.*s",
            RWG__S(subpath),
            RWG__S(name),
            RWG__S(match->target),
            RWG__S(root)
        );
    case RWG__MATCH_BAD_CONFIG:
        return rwg__request_missing(
            q,
            RWG_DIAG_BAD_PACKAGE_JSON,
            "the exports field of %.*s/package.json mixes keys that may not be together "
            "(\"%.*s\")",
            RWG__S(root),
            RWG__S(match->key)
        );
    case RWG__MATCH_BAD_SPECIFIER:
        return rwg__request_missing(
            q,
            RWG_DIAG_BAD_SPECIFIER,
            "\"%.*s\" leaves the package %.*s",
            RWG__S(subpath),
            RWG__S(name)
        );
    case RWG__MATCH_NONE:
    case RWG__MATCH_FILE:
    case RWG__MATCH_BARE: {
        rwg__conditions conditions = rwg__request_conditions(q);
        rwg__buf *text = &q->r->text;
        rwg__buf_clear(text);
        rwg__buf_add(text, conditions.site);
        for (uint32_t i = 0; i < conditions.count; i++) {
            rwg__buf_printf(text, ", %.*s", RWG__S(conditions.names[i]));
        }
        rwg_str under = copy(q);
        rwg__request_missing(
            q,
            RWG_DIAG_SUBPATH_NOT_EXPORTED,
            "package %.*s does not %s \"%.*s\" under the conditions %.*s (%.*s/package.json)",
            RWG__S(name),
            verb,
            RWG__S(subpath),
            RWG__S(under),
            RWG__S(root)
        );
        break;
    }
    }
    if (map) {
        list_subpaths(q, map, subpath);
    }
    return RWG__DONE;
}
