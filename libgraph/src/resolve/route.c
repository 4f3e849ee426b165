/* The way of a specifier: rwg__route reads as the list of what is tried, in order.
 *
 * Each step answers PASS (not this way), DONE (the request has its answer, which may be that there
 * is none) or AGAIN (the question was replaced, by an alias, a browser map or an imports field, and
 * is asked anew). The number of replacements is bounded, so every loop of aliases ends. */
#include "base/limits.h"
#include "resolve/request.h"

#include <stdarg.h>
#include <stdio.h>

/* -- answers ---------------------------------------------------------------------------------- */

rwg__verdict rwg__request_found(rwg__request *q, uint32_t dir, rwg_str name) {
    q->outcome = RWG_OUTCOME_FILE;
    q->found_dir = dir;
    q->found_name = rwg__arena_str(&q->r->scratch, name);
    return RWG__DONE;
}

rwg__verdict rwg__request_keep(rwg__request *q, rwg_outcome outcome, rwg_str specifier) {
    q->outcome = outcome;
    q->found_name = specifier;
    return RWG__DONE;
}

rwg_str rwg__request_place(rwg__request *q, rwg_str folder) {
    rwg__path rel;
    return rwg__path_relative(&rel, q->r->root, folder)
               ? rwg__arena_str(&q->r->scratch, rwg__path_str(&rel))
               : folder;
}

static rwg_str place_of(rwg__request *q, uint32_t dir) {
    return rwg__request_place(q, rwg__dirs_path(&q->r->dirs, dir));
}

rwg__verdict rwg__request_missing(rwg__request *q, rwg_diag_code code, const char *format, ...) {
    va_list args;
    char text[2048];
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    size_t kept = len < 0 ? 0 : (size_t)len < sizeof text ? (size_t)len : sizeof text - 1;
    q->outcome = RWG_OUTCOME_MISSING;
    q->code = code;
    q->message = rwg__arena_str(&q->r->scratch, rwg__str(text, kept));
    return RWG__DONE;
}

rwg__verdict rwg__request_again(rwg__request *q, uint32_t dir, rwg_str specifier) {
    q->dir = dir;
    q->word = rwg__intern_id(&q->r->words, specifier);
    q->specifier = rwg__intern_str(&q->r->words, q->word);
    return RWG__AGAIN;
}

void rwg__request_say(rwg__request *q, const char *format, ...) {
    if (!q->say) {
        return;
    }
    va_list args;
    char text[2048];
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (len > 0) {
        rwg_sink_printf(q->say, "  %s\n", text);
    }
}

/* -- steps ------------------------------------------------------------------------------------ */

void rwg__request_step(rwg__request *q, rwg__step step) {
    for (uint32_t i = 0; i < q->steps.len; i++) {
        const rwg__step *old = &q->steps.ptr[i];
        if (old->dir == step.dir && old->what == step.what && old->kind == step.kind &&
            old->name == step.name && old->tried >= step.tried &&
            (old->flags & step.flags) == step.flags) {
            return;
        }
    }
    /* A request that looks at more places than this has gone wild; what it found stays true. */
    RWG_ASSERT(q->steps.len < UINT16_MAX);
    *rwg__vec_push(&q->steps, q->r->mem) = step;
}

void rwg__request_name(rwg__request *q, uint32_t dir, rwg_str name, bool found) {
    rwg__request_step(
        q,
        (rwg__step){
            .dir = dir,
            .what = rwg__intern_id(&q->r->words, name),
            .kind = RWG__STEP_FILE,
            .name = (uint8_t)q->r->extension_count,
            .flags = (uint8_t)(RWG__STEP_EXACT | (found ? RWG__STEP_FOUND : 0)),
        }
    );
}

void rwg__request_up(rwg__request *q, rwg__up_name name, uint32_t dir, uint32_t top) {
    rwg__request_step(
        q,
        (rwg__step){
            .dir = dir,
            .what = top,
            .kind = RWG__STEP_UP,
            .name = (uint8_t)name,
            .flags = top ? RWG__STEP_FOUND : 0,
        }
    );
}

rwg__conditions rwg__request_conditions(rwg__request *q) {
    static const rwg_str SITES[] = {{"import", 6}, {"require", 7}, {"style", 5}};
    const rwg_str_list *names = &q->profile->env->conditions;
    q->env_used = true;
    return (rwg__conditions){names->items, names->count, SITES[q->site]};
}

/* "import, browser, module" */
static rwg_str conditions_text(rwg__request *q) {
    rwg__conditions conditions = rwg__request_conditions(q);
    rwg__buf *text = &q->r->text;
    rwg__buf_clear(text);
    rwg__buf_add(text, conditions.site);
    for (uint32_t i = 0; i < conditions.count; i++) {
        rwg__buf_add(text, RWG_STR(", "));
        rwg__buf_add(text, conditions.names[i]);
    }
    return rwg__buf_str(text);
}

/* -- packages --------------------------------------------------------------------------------- */

bool rwg__package_name_of(rwg_str specifier, rwg_str *out_name, rwg_str *out_rest) {
    uint32_t end = rwg__str_index(specifier, '/');
    bool scoped = specifier.len > 0 && specifier.ptr[0] == '@';
    if (scoped && end < specifier.len) {
        end += 1 + rwg__str_index(rwg__str_from(specifier, end + 1), '/');
    } else if (scoped) {
        end = specifier.len;
    }
    *out_name = rwg__str_sub(specifier, 0, end);
    *out_rest = rwg__str_from(specifier, end);
    bool has_scope_only = scoped && rwg__str_index(*out_name, '/') + 1u >= out_name->len;
    return out_name->len > 0 && out_name->ptr[0] != '.' && !has_scope_only &&
           rwg__str_index(*out_name, '\\') == out_name->len &&
           rwg__str_index(*out_name, '%') == out_name->len;
}

static bool is_named(const rwg__dirs *dirs, uint32_t dir, const char *name) {
    return dir && rwg__str_eq_c(rwg__path_basename(rwg__dirs_path(dirs, dir)), name);
}

/* The folder of the package in a node_modules that dir lies in. */
static uint32_t installed_root(const rwg__dirs *dirs, uint32_t dir) {
    uint32_t at = dir;
    while (at) {
        uint32_t parent = dirs->all.ptr[at].parent;
        uint32_t above = parent ? dirs->all.ptr[parent].parent : 0;
        rwg_str folder = parent ? rwg__path_basename(rwg__dirs_path(dirs, parent)) : RWG_STR("");
        bool in_scope =
            folder.len > 0 && folder.ptr[0] == '@' && is_named(dirs, above, "node_modules");
        bool is_scope = rwg__path_basename(rwg__dirs_path(dirs, at)).ptr[0] == '@';
        if (in_scope || (is_named(dirs, parent, "node_modules") && !is_scope)) {
            return at;
        }
        at = parent;
    }
    return 0;
}

const rwg__package *
rwg__request_owner(rwg__request *q, uint32_t dir, uint32_t *out_from, uint32_t *out_root) {
    rwg__packages *packages = &q->r->packages;
    if (rwg__path_in_node_modules(rwg__dirs_path(packages->dirs, dir))) {
        *out_root = *out_from = installed_root(packages->dirs, dir);
        return *out_root ? rwg__package_in(packages, *out_root) : NULL;
    }
    /* A package.json without a name marks a folder, not a package: dist/esm/{"type": "module"}. */
    uint32_t at = rwg__package_scope(packages, dir);
    while (at && rwg__package_in(packages, at)->name.len == 0) {
        uint32_t parent = rwg__dirs_at(packages->dirs, at)->parent;
        at = parent ? rwg__package_scope(packages, parent) : 0;
    }
    *out_from = dir;
    *out_root = at;
    return at ? rwg__package_in(packages, at) : NULL;
}

/* What to do with what an exports or imports field said. */
static rwg__verdict follow_match(
    rwg__request *q, const rwg__package *package, rwg_str subpath, const rwg__match *match
) {
    if (match->kind == RWG__MATCH_FILE) {
        rwg_str target = rwg__arena_str(&q->r->scratch, match->target);
        rwg__request_say(q, "key %.*s leads to %.*s", RWG__S(match->key), RWG__S(target));
        uint32_t query = rwg__str_index(target, '?');
        rwg__verdict verdict = rwg__locate_path(q, package->dir, target);
        if (verdict == RWG__PASS && query < target.len) {
            q->query = q->query.len ? q->query : rwg__str_from(target, query);
            verdict = rwg__locate_path(q, package->dir, rwg__str_sub(target, 0, query));
        }
        if (verdict == RWG__PASS) {
            rwg__request_missing(
                q,
                RWG_DIAG_FILE_NOT_FOUND,
                "\"%.*s\" of package %.*s leads to %.*s, which is not in %.*s",
                RWG__S(subpath),
                RWG__S(package->name),
                RWG__S(target),
                RWG__S(place_of(q, package->dir))
            );
            return rwg__suggest_path(q, package->dir, target);
        }
        return verdict;
    }
    if (match->kind == RWG__MATCH_BARE) {
        rwg__request_say(
            q, "key %.*s leads to the package %.*s", RWG__S(match->key), RWG__S(match->target)
        );
        q->packages_only = true;
        return rwg__request_again(q, package->dir, match->target);
    }
    return rwg__suggest_export(q, package, subpath, match);
}

static rwg__verdict use_exports(rwg__request *q, const rwg__package *package, rwg_str rest) {
    rwg__buf subpath;
    rwg__buf_init(&subpath, q->r->mem);
    rwg__buf_char(&subpath, '.');
    rwg__buf_add(&subpath, rest);
    rwg__request_say(
        q,
        "exports of %.*s: %.*s under %.*s",
        RWG__S(package->name),
        RWG__S(rwg__buf_str(&subpath)),
        RWG__S(conditions_text(q))
    );
    rwg__conditions conditions = rwg__request_conditions(q);
    rwg__match match =
        rwg__exports_match(package->exports, rwg__buf_str(&subpath), &conditions, &q->r->text);
    rwg__verdict verdict = follow_match(q, package, rwg__buf_str(&subpath), &match);
    rwg__buf_deinit(&subpath);
    return verdict;
}

/* The package in this folder: its exports, else its files. */
static rwg__verdict use_package(rwg__request *q, uint32_t dir, rwg_str rest) {
    const rwg__package *package = rwg__package_in(&q->r->packages, dir);
    rwg__request_name(q, dir, RWG_STR("package.json"), package != NULL);
    rwg__request_say(q, "package folder %.*s", RWG__S(rwg__dirs_path(&q->r->dirs, dir)));
    if (package && package->broken) {
        return rwg__request_missing(
            q,
            RWG_DIAG_BAD_PACKAGE_JSON,
            "%.*s/package.json is not a JSON object",
            RWG__S(place_of(q, dir))
        );
    }
    if (package && package->exports) {
        return use_exports(q, package, rest);
    }
    if (rest.len == 0) {
        return rwg__locate_folder(q, dir);
    }
    return rwg__locate_path(q, dir, rwg__str_from(rest, 1));
}

/* The folder of a package in the node_modules of dir, 0 = not there. */
static uint32_t
installed_in(rwg__request *q, uint32_t dir, rwg_str name, rwg_str rest, rwg__verdict *out_verdict) {
    rwg__dirs *dirs = &q->r->dirs;
    uint32_t modules = rwg__dirs_at(dirs, dir)->modules;
    if (modules == RWG__DIR_UNASKED) {
        modules = is_named(dirs, dir, "node_modules")
                      ? 0
                      : rwg__dirs_child(dirs, dir, RWG_STR("node_modules"));
        rwg__dirs_at(dirs, dir)->modules = modules;
    }
    *out_verdict = RWG__PASS;
    if (!modules) {
        return 0;
    }
    modules = rwg__locate_identity(q, modules);
    uint32_t slash = rwg__str_index(name, '/');
    uint32_t holder =
        slash < name.len ? rwg__dirs_child(dirs, modules, rwg__str_sub(name, 0, slash)) : modules;
    rwg_str last = slash < name.len ? rwg__str_from(name, slash + 1) : name;
    if (!holder) {
        rwg__request_name(q, modules, rwg__str_sub(name, 0, slash), false);
        return 0;
    }
    holder = rwg__locate_identity(q, holder);
    uint32_t package = rwg__dirs_child(dirs, holder, last);
    rwg__request_name(q, holder, last, package != 0);
    if (package) {
        return rwg__locate_identity(q, package);
    }
    /* A single file, node_modules/name.js. */
    if (rest.len == 0) {
        *out_verdict = rwg__locate_path(q, holder, last);
    }
    return 0;
}

/* The nearest folder at or above dir that has a node_modules, 0 = none. */
static uint32_t anchor_of(rwg_resolver *r, uint32_t dir) {
    rwg__dirs *dirs = &r->dirs;
    uint32_t at = dir;
    uint32_t anchor = RWG__DIR_UNASKED;
    while (anchor == RWG__DIR_UNASKED) {
        if (at == 0) {
            anchor = 0;
        } else if (rwg__dirs_at(dirs, at)->anchor != RWG__DIR_UNASKED) {
            anchor = rwg__dirs_at(dirs, at)->anchor;
        } else if (!is_named(dirs, at, "node_modules") && rwg__dirs_kind(dirs, at, RWG_STR("node_modules")) == RWG_FS_DIR) {
            anchor = at;
        } else {
            at = rwg__dirs_at(dirs, at)->parent;
        }
    }
    /* The folders passed, the anchor's own included, but none above it. */
    /* The folders on the way have the same answer; those above the anchor do not. */
    for (uint32_t i = dir; i && i != at; i = rwg__dirs_at(dirs, i)->parent) {
        rwg__dirs_at(dirs, i)->anchor = anchor;
    }
    if (at) {
        rwg__dirs_at(dirs, at)->anchor = anchor;
    }
    return anchor;
}

/* LOAD_NODE_MODULES */
static rwg__verdict walk_node_modules(rwg__request *q, rwg_str name, rwg_str rest) {
    rwg__dirs *dirs = &q->r->dirs;
    uint32_t from = q->dir;
    uint32_t at = anchor_of(q->r, from);
    while (at) {
        rwg__request_up(q, RWG__UP_MODULES, from, at);
        rwg__verdict verdict = RWG__PASS;
        uint32_t package = installed_in(q, at, name, rest, &verdict);
        if (package) {
            verdict = use_package(q, package, rest);
        } else if (verdict == RWG__PASS) {
            rwg__request_say(q, "not in %.*s/node_modules", RWG__S(rwg__dirs_path(dirs, at)));
        }
        if (verdict != RWG__PASS) {
            return verdict;
        }
        from = rwg__dirs_at(dirs, at)->parent;
        at = from ? anchor_of(q->r, from) : 0;
    }
    if (from) {
        rwg__request_up(q, RWG__UP_MODULES, from, 0);
    }
    return RWG__PASS;
}

static rwg__verdict use_pnp(rwg__request *q, rwg_str name, rwg_str rest) {
    rwg_str folder;
    rwg__request_name(q, q->r->pnp_dir, RWG_STR(".pnp.data.json"), true);
    rwg_str root = place_of(q, q->r->pnp_dir);
    switch (rwg__pnp_lookup(&q->r->pnp, q->dir, name, &folder)) {
    case RWG__PNP_UNMANAGED: return RWG__PASS;
    case RWG__PNP_NOT_DECLARED:
        return rwg__request_missing(
            q,
            RWG_DIAG_PACKAGE_NOT_INSTALLED,
            "the importing package does not declare %.*s (%.*s/.pnp.data.json)",
            RWG__S(name),
            RWG__S(root)
        );
    case RWG__PNP_UNMET_PEER:
        return rwg__request_missing(
            q,
            RWG_DIAG_PACKAGE_NOT_INSTALLED,
            "%.*s is a peer dependency that nothing provides (%.*s/.pnp.data.json)",
            RWG__S(name),
            RWG__S(root)
        );
    case RWG__PNP_FOLDER: break;
    }
    rwg__request_say(q, ".pnp.data.json places %.*s in %.*s", RWG__S(name), RWG__S(folder));
    uint32_t dir = rwg__locate_dir(q, q->dir, folder);
    if (!dir) {
        return rwg__request_missing(
            q,
            RWG_DIAG_PACKAGE_NOT_INSTALLED,
            "%.*s lies in %.*s, which is no folder (a package in a zip archive cannot be read: "
            "`yarn unplug` it)",
            RWG__S(name),
            RWG__S(rwg__request_place(q, folder))
        );
    }
    return use_package(q, dir, rest);
}

/* A bare specifier looked up in node_modules or Yarn's table. Ends with an answer. */
static rwg__verdict step_packages(rwg__request *q) {
    rwg_str name;
    rwg_str rest;
    if (!rwg__package_name_of(q->specifier, &name, &rest)) {
        return rwg__request_missing(
            q,
            RWG_DIAG_BAD_SPECIFIER,
            "\"%.*s\" is neither a path nor the name of a package",
            RWG__S(q->specifier)
        );
    }
    rwg__verdict verdict = q->r->pnp_dir ? use_pnp(q, name, rest) : RWG__PASS;
    if (verdict == RWG__PASS) {
        verdict = walk_node_modules(q, name, rest);
    }
    return verdict == RWG__PASS ? rwg__suggest_package(q, name) : verdict;
}

/* Bare specifiers asked from below an anchor all have the anchor's answer: it is computed once. */
static rwg__verdict step_packages_shared(rwg__request *q) {
    uint32_t anchor = anchor_of(q->r, q->dir);
    bool pnp = q->r->pnp_dir != 0;
    if (q->say || pnp || anchor == 0 || anchor == q->dir) {
        return step_packages(q);
    }
    rwg__request_up(q, RWG__UP_MODULES, q->dir, anchor);
    q->env_used = true;
    rwg__request at_anchor = {
        .r = q->r,
        .profile = q->profile,
        .site = q->site,
        .packages_only = true,
        .importer = anchor,
        .dir = anchor,
        .word = q->word,
    };
    uint32_t id = rwg__resolution_id(&at_anchor);
    rwg__request_step(
        q, (rwg__step){.dir = anchor, .what = id, .kind = RWG__STEP_REF, .flags = RWG__STEP_FOUND}
    );
    q->same_as = q->r->records.ptr[id].answer;
    return RWG__DONE;
}

/* -- what comes before packages -----------------------------------------------------------------
 */

static bool in_list(const rwg_str_list *list, rwg_str text) {
    for (uint32_t i = 0; i < list->count; i++) {
        if (rwg__str_eq(list->items[i], text)) {
            return true;
        }
    }
    return false;
}

/* pattern itself, or what begins with it when it ends in "*". */
static bool matches_star(rwg_str pattern, rwg_str text) {
    bool star = pattern.len > 0 && pattern.ptr[pattern.len - 1] == '*';
    return star ? rwg__str_starts(text, rwg__str_sub(pattern, 0, pattern.len - 1))
                : rwg__str_eq(pattern, text);
}

/* Pins are about environments that share an application's state; a plain one has no part in it. */
static rwg__verdict step_pinned(rwg__request *q) {
    if (q->profile->env->role == RWG_ROLE_PLAIN) {
        return RWG__PASS;
    }
    const rwg_str_list *pinned = &q->r->config->pinned;
    for (uint32_t i = 0; i < pinned->count; i++) {
        if (matches_star(pinned->items[i], q->specifier)) {
            rwg__request_say(q, "pinned");
            return rwg__request_keep(q, RWG_OUTCOME_PINNED, q->specifier);
        }
    }
    return RWG__PASS;
}

static rwg__verdict step_alias(rwg__request *q) {
    for (uint32_t i = 0; i < q->profile->env->alias_count; i++) {
        const rwg_alias *alias = q->profile->aliases[i];
        if (!rwg__str_starts(q->specifier, alias->from)) {
            continue;
        }
        rwg_str rest = rwg__str_from(q->specifier, alias->from.len);
        bool whole = rest.len == 0 || rest.ptr[0] == '/' ||
                     (alias->from.len > 0 && alias->from.ptr[alias->from.len - 1] == '/');
        /* An alias of a package to its own subpath would go on for ever. */
        bool done = alias->to.len > 0 && rwg__str_starts(q->specifier, alias->to) &&
                    (q->specifier.len == alias->to.len || q->specifier.ptr[alias->to.len] == '/');
        if (!whole || done) {
            continue;
        }
        if (alias->to.len == 0) {
            rwg__request_say(q, "the alias %.*s ignores it", RWG__S(alias->from));
            return rwg__request_keep(q, RWG_OUTCOME_IGNORED, q->specifier);
        }
        rwg__buf *text = &q->r->text;
        rwg__buf_clear(text);
        rwg__buf_add(text, alias->to);
        rwg__buf_add(text, rest);
        rwg__request_say(
            q, "the alias %.*s makes it %.*s", RWG__S(alias->from), RWG__S(rwg__buf_str(text))
        );
        /* A relative replacement is meant from the project's root. */
        bool is_relative = alias->to.ptr[0] == '.';
        uint32_t from = is_relative ? q->r->dirs.root : q->dir;
        return rwg__request_again(q, from, rwg__buf_str(text));
    }
    return RWG__PASS;
}

bool rwg__is_path(rwg_str specifier) {
    return specifier.ptr[0] == '/' || rwg__str_eq_c(specifier, ".") ||
           rwg__str_eq_c(specifier, "..") || rwg__str_starts(specifier, RWG_STR("./")) ||
           rwg__str_starts(specifier, RWG_STR("../"));
}

/* http://, data:, // and the like are the runtime's; file: is a path. */
static rwg__verdict step_url(rwg__request *q) {
    static const rwg_str EXTERNAL[] = {
        {"http:", 5}, {"https:", 6}, {"data:", 5}, {"blob:", 5}, {"//", 2}};
    for (size_t i = 0; i < sizeof EXTERNAL / sizeof EXTERNAL[0]; i++) {
        if (rwg__str_starts(q->specifier, EXTERNAL[i])) {
            rwg__request_say(q, "a URL is left to the runtime");
            return rwg__request_keep(q, RWG_OUTCOME_EXTERNAL, q->specifier);
        }
    }
    if (!rwg__str_starts(q->specifier, RWG_STR("file:"))) {
        return RWG__PASS;
    }
    rwg_str path = rwg__str_from(q->specifier, 5);
    while (path.len > 1 && path.ptr[0] == '/' && path.ptr[1] == '/') {
        path = rwg__str_from(path, 1);
    }
    rwg__buf *text = &q->r->text;
    rwg__buf_clear(text);
    for (uint32_t i = 0; i < path.len; i++) {
        unsigned byte = (unsigned char)path.ptr[i];
        char hex[3] = {0};
        if (byte == '%' && i + 2 < path.len) {
            memcpy(hex, path.ptr + i + 1, 2);
            if (sscanf(hex, "%2x", &byte) == 1) {
                i += 2;
            }
        }
        rwg__buf_char(text, (char)byte);
    }
    q->file_url = true;
    return rwg__request_again(q, q->dir, rwg__buf_str(text));
}

static rwg__verdict step_external(rwg__request *q) {
    const rwg_str_list *externals = &q->profile->env->externals;
    rwg_str name;
    rwg_str rest;
    bool has_name = rwg__package_name_of(q->specifier, &name, &rest);
    if (in_list(externals, q->specifier) || (has_name && in_list(externals, name))) {
        rwg__request_say(q, "configured as external");
        return rwg__request_keep(q, RWG_OUTCOME_EXTERNAL, q->specifier);
    }
    return RWG__PASS;
}

static rwg__verdict step_builtin(rwg__request *q) {
    const rwg_env_config *env = q->profile->env;
    bool scheme = rwg__str_starts(q->specifier, RWG_STR("node:"));
    bool known = scheme || rwg__is_node_builtin(q->specifier);
    bool listed = in_list(&env->builtins, q->specifier);
    for (uint32_t i = 0; i < env->builtins.count && !listed; i++) {
        rwg_str builtin = env->builtins.items[i];
        listed = builtin.len > 0 && builtin.ptr[builtin.len - 1] == ':' &&
                 rwg__str_starts(q->specifier, builtin);
    }
    q->env_used = true;
    if (listed || (known && env->node_builtins)) {
        rwg__request_say(q, "a builtin of the runtime");
        return rwg__request_keep(q, RWG_OUTCOME_BUILTIN, q->specifier);
    }
    if (scheme) {
        return rwg__request_missing(
            q,
            RWG_DIAG_WRONG_ENVIRONMENT,
            "\"%.*s\" is a module of Node, which this environment does not provide",
            RWG__S(q->specifier)
        );
    }
    return RWG__PASS;
}

/* compilerOptions.paths and baseUrl. */
static rwg__verdict step_tsconfig(rwg__request *q) {
    rwg_tsconfig_mode mode = q->r->config->tsconfig;
    if (mode == RWG_TSCONFIG_AUTO &&
        !rwg__path_in_node_modules(rwg__dirs_path(&q->r->dirs, q->importer))) {
        rwg__request_up(q, RWG__UP_TSCONFIG, q->importer, q->tsconfig_top);
    }
    if (!q->tsconfig) {
        return RWG__PASS;
    }
    const rwg__tsconfig *tsconfig = rwg__tsconfig_at(&q->r->tsconfigs, q->tsconfig);
    if (mode == RWG_TSCONFIG_FILE) {
        uint32_t dir = rwg__dirs_from(&q->r->dirs, tsconfig->dir);
        rwg__request_name(q, dir, rwg__path_basename(tsconfig->path), true);
    }
    rwg_str candidate;
    rwg__arena *scratch = &q->r->scratch;
    for (uint32_t at = 0;
         rwg__tsconfig_candidate(tsconfig, q->specifier, scratch, &at, &candidate);) {
        rwg__request_say(q, "%.*s maps it to %.*s", RWG__S(tsconfig->path), RWG__S(candidate));
        rwg__verdict verdict = rwg__locate_path(q, q->dir, candidate);
        if (verdict != RWG__PASS) {
            return verdict;
        }
    }
    return RWG__PASS;
}

/* "#name": the imports field of the importer's own package. */
static rwg__verdict step_imports(rwg__request *q) {
    if (q->specifier.ptr[0] != '#') {
        return RWG__PASS;
    }
    uint32_t scope = rwg__package_scope(&q->r->packages, q->dir);
    rwg__request_up(q, RWG__UP_PACKAGE, q->dir, scope);
    const rwg__package *package = scope ? rwg__package_in(&q->r->packages, scope) : NULL;
    if (!package || !package->imports) {
        return rwg__request_missing(
            q,
            RWG_DIAG_SUBPATH_NOT_EXPORTED,
            "\"%.*s\" needs an \"imports\" field in %.*s/package.json",
            RWG__S(q->specifier),
            RWG__S(place_of(q, scope ? scope : q->dir))
        );
    }
    rwg__request_say(
        q, "imports of %.*s under %.*s", RWG__S(package->name), RWG__S(conditions_text(q))
    );
    rwg__conditions conditions = rwg__request_conditions(q);
    rwg__match match = rwg__imports_match(package->imports, q->specifier, &conditions, &q->r->text);
    return follow_match(q, package, q->specifier, &match);
}

/* The browser map of the importer's package, if it names the specifier. */
static rwg__verdict step_browser(rwg__request *q) {
    bool may = !rwg__is_path(q->specifier) && q->specifier.ptr[0] != '#';
    return may ? rwg__locate_browser_specifier(q, q->dir, q->specifier) : RWG__PASS;
}

/* The importer's own package, by its name. */
static rwg__verdict step_self(rwg__request *q) {
    uint32_t scope = rwg__package_scope(&q->r->packages, q->dir);
    rwg__request_up(q, RWG__UP_PACKAGE, q->dir, scope);
    const rwg__package *package = scope ? rwg__package_in(&q->r->packages, scope) : NULL;
    rwg_str name;
    rwg_str rest;
    if (package && package->exports && rwg__package_name_of(q->specifier, &name, &rest) &&
        rwg__str_eq(name, package->name)) {
        rwg__request_say(q, "the importer's own package");
        return use_exports(q, package, rest);
    }
    return RWG__PASS;
}

/* "/x" as a browser sees it: from the project's root, else from the folder of the importer's
 * package, which is the root of an app in a larger repository. What lies in the public folder
 * there is served as it is, and is no module. */
static rwg__verdict locate_from_roots(rwg__request *q, rwg_str path) {
    uint32_t scope = rwg__package_scope(&q->r->packages, q->dir);
    rwg__request_up(q, RWG__UP_PACKAGE, q->dir, scope);
    const uint32_t roots[] = {q->r->dirs.root, scope == q->r->dirs.root ? 0 : scope};
    rwg__verdict verdict = RWG__PASS;
    for (uint32_t i = 0; i < 2 && verdict == RWG__PASS; i++) {
        verdict = roots[i] ? rwg__locate_path(q, roots[i], path) : RWG__PASS;
    }
    rwg_str dir = q->r->config->public_dir;
    dir = dir.ptr ? dir : RWG_STR("public");
    for (uint32_t i = 0; i < 2 && verdict == RWG__PASS; i++) {
        uint32_t shared = roots[i] && dir.len > 0 ? rwg__locate_dir(q, roots[i], dir) : 0;
        verdict = shared ? rwg__locate_path(q, shared, path) : RWG__PASS;
        if (verdict == RWG__DONE) {
            rwg__request_say(q, "a public file is left to the server");
            verdict = rwg__request_keep(q, RWG_OUTCOME_EXTERNAL, q->specifier);
        }
    }
    return verdict;
}

/* Relative and absolute paths. */
static rwg__verdict step_path(rwg__request *q) {
    if (!rwg__is_path(q->specifier)) {
        /* In style sheets "x.css" means "./x.css", if there is one. */
        return q->site == RWG_SITE_STYLE ? rwg__locate_path(q, q->dir, q->specifier) : RWG__PASS;
    }
    rwg__verdict verdict = RWG__PASS;
    bool from_root = q->specifier.ptr[0] == '/' && !q->file_url && q->specifier.len > 1 &&
                     !rwg__path_is_under(q->specifier, q->r->root);
    if (from_root) {
        verdict = locate_from_roots(q, rwg__str_from(q->specifier, 1));
    }
    if (verdict == RWG__PASS) {
        verdict = rwg__locate_path(q, q->dir, q->specifier);
    }
    if (verdict == RWG__PASS) {
        rwg__request_missing(
            q,
            RWG_DIAG_FILE_NOT_FOUND,
            "\"%.*s\" is not there, seen from %.*s",
            RWG__S(q->specifier),
            RWG__S(place_of(q, q->dir))
        );
        verdict = rwg__suggest_path(q, q->dir, q->specifier);
    }
    return verdict;
}

bool rwg__route_pattern(rwg__request *q, rwg__path *out) {
    rwg__verdict verdict = RWG__AGAIN;
    for (q->hops = 0; verdict == RWG__AGAIN && q->hops < RWG_LIMIT_HOPS; q->hops++) {
        verdict = step_alias(q);
    }
    if (verdict != RWG__PASS) {
        return false;
    }
    bool from_root = q->specifier.len > 0 && q->specifier.ptr[0] == '/';
    if (from_root && !rwg__path_is_under(q->specifier, q->r->root)) {
        return rwg__path_join(out, q->r->root, rwg__str_from(q->specifier, 1));
    }
    rwg_str candidate;
    uint32_t at = 0;
    if (!rwg__is_path(q->specifier) && q->tsconfig &&
        rwg__tsconfig_candidate(
            rwg__tsconfig_at(&q->r->tsconfigs, q->tsconfig),
            q->specifier,
            &q->r->scratch,
            &at,
            &candidate
        )) {
        return rwg__path_normalise(out, candidate);
    }
    return rwg__path_join(out, rwg__dirs_path(&q->r->dirs, q->dir), q->specifier);
}

/* -- the list --------------------------------------------------------------------------------- */

typedef rwg__verdict (*step_fn)(rwg__request *q);

static rwg__verdict run(rwg__request *q, const step_fn *steps) {
    rwg__verdict verdict = RWG__PASS;
    for (; *steps && verdict == RWG__PASS; steps++) {
        verdict = (*steps)(q);
    }
    return verdict;
}

static void follow(rwg__request *q) {
    /* Nothing is configured about plain paths as a rule, and they are what is asked most. */
    static const step_fn PATHS[] = {step_path, NULL};
    static const step_fn PACKAGES[] = {step_url, step_builtin, step_packages, NULL};
    static const step_fn ALL[] = {
        step_pinned,
        step_alias,
        step_url,
        step_external,
        step_browser,
        step_builtin,
        step_tsconfig,
        step_path,
        step_imports,
        step_self,
        step_packages_shared,
        NULL};
    rwg__verdict verdict = RWG__AGAIN;
    for (q->hops = 0; verdict == RWG__AGAIN && q->hops < RWG_LIMIT_HOPS; q->hops++) {
        rwg__request_say(
            q,
            "look for \"%.*s\" from %.*s",
            RWG__S(q->specifier),
            RWG__S(rwg__dirs_path(&q->r->dirs, q->dir))
        );
        if (q->specifier.len == 0) {
            verdict = rwg__request_missing(q, RWG_DIAG_BAD_SPECIFIER, "the specifier is empty");
        } else if (q->specifier.len > RWG_LIMIT_SPECIFIER ||
                   memchr(q->specifier.ptr, '\0', q->specifier.len)) {
            verdict = rwg__request_missing(
                q, RWG_DIAG_BAD_SPECIFIER, "the specifier is too long or has a NUL byte"
            );
        } else if (rwg__is_path(q->specifier) && q->specifier.ptr[0] == '.' && !q->profile->paths_are_special) {
            verdict = run(q, PATHS);
        } else {
            q->env_used = true;
            bool packages_only = q->packages_only && !rwg__is_path(q->specifier);
            verdict = run(q, packages_only ? PACKAGES : ALL);
        }
    }
    if (verdict == RWG__AGAIN) {
        rwg__request_missing(
            q,
            RWG_DIAG_BAD_SPECIFIER,
            "aliases or browser maps lead from \"%.*s\" to \"%.*s\" and on without end",
            RWG__S(q->asked),
            RWG__S(q->specifier)
        );
    }
}

/* Where a query or fragment begins; the specifier's length if it has none. A "#" in front is part
 * of the name. */
static uint32_t query_start(rwg_str specifier) {
    for (uint32_t i = 1; i < specifier.len; i++) {
        if (specifier.ptr[i] == '?' || specifier.ptr[i] == '#') {
            return i;
        }
    }
    return specifier.len;
}

void rwg__route(rwg__request *q) {
    q->asked = q->specifier;
    uint32_t dir = q->dir;
    bool packages_only = q->packages_only;
    uint32_t query = query_start(q->asked);
    follow(q);
    if (q->outcome == RWG_OUTCOME_MISSING && query < q->asked.len) {
        /* No file has that name: the "?" or "#" begins a query. */
        q->dir = dir;
        q->packages_only = packages_only;
        q->same_as = 0;
        q->code = RWG_DIAG_NONE;
        q->message = q->fix = (rwg_str){NULL, 0};
        q->query = rwg__str_from(q->asked, query);
        q->word = rwg__intern_id(&q->r->words, rwg__str_sub(q->asked, 0, query));
        q->specifier = rwg__intern_str(&q->r->words, q->word);
        rwg__request_say(q, "without the query %.*s", RWG__S(q->query));
        follow(q);
    }
}
