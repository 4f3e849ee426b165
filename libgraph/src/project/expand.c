/* One node -> its edges.
 *
 * The form of a file in an environment decides first (B17, B18): a client module seen from
 * react-server is a stub whose edges lead over the bridge to ssr and client; a server module seen
 * from client or ssr is a stub that leads to react-server and keeps only its re-exports. Every
 * other module has one edge an import, several for a glob. An edge of a type-only import is kept,
 * labelled, and never an error. A node that nobody wants as a module has no edges (B26). */
#include <rwgraph/diag.h>

#include "base/hash.h"
#include "base/limits.h"
#include "project/rules.h"
#include "project/state.h"

typedef RWG_VEC(rwg_edge) edge_vec;

typedef struct expansion {
    rwg_project *p;
    uint32_t id;
    rwg_file file;
    rwg_env env;
    const rwg_module *module;
    edge_vec edges;
    rwg__id_vec ids; /* resolutions in order of use */
} expansion;

static rwg_env_role role_of(const rwg_project *p, rwg_env env) {
    return p->envs[env.v - 1].role;
}

static bool is_client_ref(const rwg_project *p, const file_state *f, rwg_env env) {
    return role_of(p, env) == RWG_ROLE_SERVER && (f->flags & FILE_CLIENT);
}

static bool is_server_ref(const rwg_project *p, const file_state *f, rwg_env env) {
    rwg_env_role role = role_of(p, env);
    return (role == RWG_ROLE_CLIENT || role == RWG_ROLE_SSR) && (f->flags & FILE_SERVER);
}

static uint32_t form_flags(const rwg_project *p, const file_state *f, rwg_env env) {
    uint32_t flags = 0;
    bool takes_part = role_of(p, env) != RWG_ROLE_PLAIN;
    flags |= f->flags & FILE_DEPENDENCY ? RWG_NODE_DEPENDENCY : 0;
    flags |= f->flags & FILE_UNREADABLE ? RWG_NODE_UNREADABLE : 0;
    flags |= takes_part && f->flags & FILE_CLIENT ? RWG_NODE_CLIENT : 0;
    flags |= takes_part && f->flags & FILE_SERVER ? RWG_NODE_SERVER : 0;
    flags |= is_client_ref(p, f, env) ? RWG_NODE_CLIENT_REF : 0;
    flags |= is_server_ref(p, f, env) ? RWG_NODE_SERVER_REF : 0;
    flags |= takes_part && f->flags & FILE_PINNED ? RWG_NODE_PINNED : 0;
    flags |= f->entry_mask >> (env.v - 1) & 1 ? RWG_NODE_ENTRY : 0;
    return flags;
}

uint32_t rwg__expand_form(const rwg_project *p, rwg_file file, rwg_env env) {
    return form_flags(p, &p->files.ptr[file.v], env);
}

static void add_cross_edge(expansion *x, rwg_edge_kind kind, rwg_env env) {
    if (!env.v || env.v == x->env.v) {
        return;
    }
    rwg_node target = rwg__project_module(x->p, x->file, env);
    *rwg__vec_push(&x->edges, x->p->mem) = (rwg_edge
    ){.import = RWG_NO_IMPORT, .kind = kind, .outcome = RWG_OUTCOME_FILE, .target = target};
}

static uint8_t edge_flags(const rwg_import *import) {
    uint8_t flags = import->flags & RWG_IMPORT_TYPE_ONLY ? RWG_EDGE_TYPE_ONLY : 0;
    switch ((rwg_import_kind)import->kind) {
    case RWG_IMPORT_DYNAMIC:
    case RWG_IMPORT_DYNAMIC_TEMPLATE:
    case RWG_IMPORT_REQUIRE_RESOLVE:
    case RWG_IMPORT_URL:
    case RWG_IMPORT_WORKER:
    case RWG_IMPORT_CSS_URL: flags |= RWG_EDGE_DYNAMIC; break;
    case RWG_IMPORT_GLOB:
        flags |= import->flags & RWG_IMPORT_GLOB_EAGER ? 0 : RWG_EDGE_DYNAMIC;
        break;
    case RWG_IMPORT_STAR: flags |= RWG_EDGE_STAR; break;
    case RWG_IMPORT_IMPORT_TYPE: flags |= RWG_EDGE_TYPE_ONLY; break;
    case RWG_IMPORT_STATIC:
    case RWG_IMPORT_REEXPORT:
    case RWG_IMPORT_REQUIRE:
    case RWG_IMPORT_IMPORT_EQUALS:
    case RWG_IMPORT_JSX:
    case RWG_IMPORT_CSS_IMPORT:
    case RWG_IMPORT_KIND_COUNT: break;
    }
    return flags;
}

/* `new URL(".", import.meta.url)` asks where the module is, not for a file. */
static bool names_folder(const expansion *x, const rwg_import *import) {
    rwg_str specifier = rwg_module_str(x->module, import->specifier);
    return import->kind == RWG_IMPORT_URL &&
           (rwg__str_ends(specifier, RWG_STR("/")) || rwg__str_eq_c(specifier, ".") ||
            rwg__str_eq_c(specifier, "..") || rwg__str_ends(specifier, RWG_STR("/..")));
}

/* Whether an import that cannot work breaks the program: not for types, for code that catches, or
 * inside packages, where optional peers are common; those are no findings about the user's code. */
static rwg_severity
import_severity(const expansion *x, const rwg_import *import, rwg_diag_code code) {
    const rwg_env_config *env = &x->p->config.envs[x->env.v - 1];
    if (code == RWG_DIAG_WRONG_ENVIRONMENT && env->entries.count == 0 && !env->only_entries) {
        return 0; /* that a script of Node runs in the browser is only our assumption here */
    }
    if (import->flags & RWG_IMPORT_TYPE_ONLY || import->kind == RWG_IMPORT_IMPORT_TYPE ||
        names_folder(x, import)) {
        return 0;
    }
    if (x->p->files.ptr[x->file.v].flags & FILE_DEPENDENCY) {
        return 0;
    }
    switch ((rwg_import_kind)import->kind) {
    case RWG_IMPORT_REQUIRE_RESOLVE:
    case RWG_IMPORT_URL:
    case RWG_IMPORT_CSS_URL:
    case RWG_IMPORT_DYNAMIC_TEMPLATE:
    case RWG_IMPORT_GLOB: return RWG_SEVERITY_WARNING;
    case RWG_IMPORT_STATIC:
    case RWG_IMPORT_REEXPORT:
    case RWG_IMPORT_STAR:
    case RWG_IMPORT_DYNAMIC:
    case RWG_IMPORT_REQUIRE:
    case RWG_IMPORT_IMPORT_EQUALS:
    case RWG_IMPORT_IMPORT_TYPE:
    case RWG_IMPORT_WORKER:
    case RWG_IMPORT_JSX:
    case RWG_IMPORT_CSS_IMPORT:
    case RWG_IMPORT_KIND_COUNT: break;
    }
    return import->flags & RWG_IMPORT_IN_TRY ? RWG_SEVERITY_WARNING : RWG_SEVERITY_ERROR;
}

static void report_import(
    expansion *x, const rwg_import *import, rwg_diag_code code, rwg_str message, rwg_str fix
) {
    rwg_severity severity = import_severity(x, import, code);
    if (!severity) {
        return;
    }
    node_state *n = &x->p->nodes.ptr[x->id];
    const uint64_t parts[] = {
        n->diag_hash,
        code,
        rwg__pair(import->span.start, import->line),
        rwg__hash_quick(message.ptr, message.len),
        rwg__hash_quick(fix.ptr, fix.len),
    };
    n->diag_hash = rwg__hash_quick(parts, sizeof parts) | 1;
    *rwg__vec_push(&x->p->diags, x->p->mem) = (edge_diag){
        .node = x->id,
        .expansion = n->expansions,
        .row =
            {
                .file = x->file,
                .env_mask = 1u << (x->env.v - 1),
                .code = (uint16_t)code,
                .severity = (uint8_t)severity,
                .span = import->span,
                .line = import->line,
                .message = rwg__project_name(x->p, message),
                .fix = rwg__project_name(x->p, fix),
            },
    };
}

/* Modules that throw when the wrong kind of environment evaluates them: they resolve everywhere, to
 * a file that says so at run time (B8). What "react-server" means to them is the role SERVER. */
static void check_guard(expansion *x, const rwg_import *import, rwg_str specifier) {
    static const struct {
        const char *specifier;
        bool server; /* for react-server alone, else for all but react-server */
    } GUARDED[] = {
        {"client-only", false},
        {"rwsdk/__ssr", false},
        {"rwsdk/__ssr_bridge", false},
        {"rwsdk/client", false},
        {"rwsdk/worker", true},
        {"server-only", true},
    };

    rwg_env_role role = role_of(x->p, x->env);
    for (size_t i = 0; i < sizeof GUARDED / sizeof GUARDED[0] && role != RWG_ROLE_PLAIN; i++) {
        bool server = GUARDED[i].server;
        if (server == (role == RWG_ROLE_SERVER) ||
            !rwg__str_eq_c(specifier, GUARDED[i].specifier)) {
            continue;
        }
        rwg_str env = x->p->envs[x->env.v - 1].name;
        rwg__buf text;
        rwg__buf_init(&text, x->p->mem);
        rwg__buf_printf(
            &text,
            "\"%s\" is %s, and %.*s is %s: it throws there",
            GUARDED[i].specifier,
            server ? "for react-server environments alone" : "not for react-server environments",
            (int)env.len,
            env.ptr,
            server ? "none" : "one"
        );
        rwg_str fix = server ? RWG_STR("Import it from code that only the server environment runs.")
                             : RWG_STR("Import it from a module with \"use client\".");
        report_import(x, import, RWG_DIAG_WRONG_ENVIRONMENT, rwg__buf_str(&text), fix);
        rwg__buf_deinit(&text);
    }
}

static bool has_parameter(rwg_str query, const char *name) {
    while (query.len > 0) {
        query = rwg__str_from(query, 1); /* '?' or '&' */
        uint32_t end = rwg__str_index(query, '&');
        rwg_str part = rwg__str_sub(query, 0, end);
        if (rwg__str_eq_c(rwg__str_sub(part, 0, rwg__str_index(part, '=')), name)) {
            return true;
        }
        query = rwg__str_from(query, end);
    }
    return false;
}

/* Whether the text or the address of a file is all that an import takes (B26): `?raw` of any file,
 * and the address of one, or its bytes in an address, unless they stand for more than the file: a
 * stylesheet's have in them what the sheet imports, and a worker's is where code begins. Where
 * there is no query, `new URL()` and url() may lead to code, which somebody will run. */
static bool takes_text(const rwg_import *import, rwg_str path, rwg_str query) {
    static const char *const ADDRESSES[] = {
        "url", "inline", "no-inline", "init", "arraybuffer", "wasm-module"};
    rwg_lang lang = rwg_lang_of_path(path, NULL);
    bool takes = (import->kind == RWG_IMPORT_URL || import->kind == RWG_IMPORT_CSS_URL) &&
                 (lang == RWG_LANG_NONE || lang == RWG_LANG_JSON);
    if (query.len > 0 && lang != RWG_LANG_CSS && !has_parameter(query, "worker") &&
        !has_parameter(query, "sharedworker")) {
        for (size_t i = 0; i < sizeof ADDRESSES / sizeof ADDRESSES[0]; i++) {
            takes |= has_parameter(query, ADDRESSES[i]);
        }
    }
    return takes || has_parameter(query, "raw");
}

static rwg_node target_node(expansion *x, const rwg_resolution *res, rwg_env env, bool as_text) {
    rwg_file file = rwg__project_file(x->p, res->path);
    file_state *f = &x->p->files.ptr[file.v];
    if (f->flags & FILE_DEPENDENCY && f->package.len == 0) {
        f->package = rwg__project_name(x->p, res->package);
    }
    return as_text ? rwg__project_node(x->p, file, env) : rwg__project_module(x->p, file, env);
}

/* Where an import is resolved: in its own environment, but for the one door from react-server to
 * ssr. RedwoodSDK's runtime renders through it: what is imported there is ssr's instance, under
 * ssr's conditions. *specifier loses the prefix that only says so. */
static rwg_env env_of_import(const expansion *x, rwg_str *specifier) {
    static const rwg_str PREFIX = {"virtual:rwsdk:ssr:", 18};
    if (role_of(x->p, x->env) != RWG_ROLE_SERVER || !x->p->ssr_env.v) {
        return x->env;
    }
    if (rwg__str_starts(*specifier, PREFIX)) {
        *specifier = rwg__str_from(*specifier, PREFIX.len);
        return x->p->ssr_env;
    }
    return rwg__str_eq_c(*specifier, "rwsdk/__ssr_bridge") ? x->p->ssr_env : x->env;
}

static rwg_site site_of(const rwg_import *import) {
    switch ((rwg_import_kind)import->kind) {
    case RWG_IMPORT_REQUIRE:
    case RWG_IMPORT_REQUIRE_RESOLVE:
    case RWG_IMPORT_IMPORT_EQUALS: return RWG_SITE_REQUIRE;
    case RWG_IMPORT_CSS_IMPORT:
    case RWG_IMPORT_CSS_URL: return RWG_SITE_STYLE;
    case RWG_IMPORT_STATIC:
    case RWG_IMPORT_REEXPORT:
    case RWG_IMPORT_STAR:
    case RWG_IMPORT_DYNAMIC:
    case RWG_IMPORT_DYNAMIC_TEMPLATE:
    case RWG_IMPORT_IMPORT_TYPE:
    case RWG_IMPORT_URL:
    case RWG_IMPORT_WORKER:
    case RWG_IMPORT_GLOB:
    case RWG_IMPORT_JSX:
    case RWG_IMPORT_KIND_COUNT: break;
    }
    return RWG_SITE_IMPORT;
}

/* What is asked of a file: its query, or what a rule of the environment adds to an import. */
static rwg_str
query_of(const expansion *x, rwg_env env, const rwg_import *import, const rwg_resolution *res) {
    rwg_file file = rwg__project_file(x->p, res->path); /* may make room for it */
    rwg_str path = x->p->files.ptr[file.v].rel;
    while (rwg__str_starts(path, RWG_STR("/"))) {
        path = rwg__str_from(path, 1);
    }
    bool is_address = site_of(import) == RWG_SITE_STYLE || import->kind == RWG_IMPORT_URL ||
                      import->kind == RWG_IMPORT_WORKER;
    rwg_str added = rwg__rule_query(&x->p->config.envs[env.v - 1], path, res->query);
    return added.len > 0 && !is_address ? added : res->query;
}

/* What an import names. Code that is made for development takes another of the JSX runtimes. */
static rwg_str specifier_of(expansion *x, const rwg_import *import) {
    static const rwg_str RUNTIME = {"jsx-runtime", 11};
    rwg_str said = rwg_module_str(x->module, import->specifier);
    if (import->kind != RWG_IMPORT_JSX || !x->p->config.jsx_dev || !rwg__str_ends(said, RUNTIME)) {
        return said;
    }
    rwg__buf text;
    rwg__buf_init(&text, x->p->mem);
    rwg__buf_add(&text, rwg__str_sub(said, 0, said.len - RUNTIME.len));
    rwg__buf_add(&text, RWG_STR("jsx-dev-runtime"));
    rwg_str specifier = rwg__project_name(x->p, rwg__buf_str(&text));
    rwg__buf_deinit(&text);
    return specifier;
}

/* "a.js", which is an address relative to the module where one is expected. */
static bool is_bare_address(const rwg_import *import, rwg_str specifier) {
    return (import->kind == RWG_IMPORT_URL || import->kind == RWG_IMPORT_WORKER) &&
           specifier.len > 0 && !strchr("./#?", specifier.ptr[0]) &&
           rwg__str_index(specifier, ':') == specifier.len;
}

static uint32_t resolve_as(expansion *x, rwg_env env, const rwg_import *import, rwg_str specifier) {
    rwg_project *p = x->p;
    rwg_str from = p->files.ptr[x->file.v].abs;
    uint32_t id = rwg__resolver_id(p->resolver, env, from, specifier, site_of(import));
    *rwg__vec_push(&x->ids, p->mem) = id;
    return id;
}

/* What new URL names is beside the module, with or without "./"; a package only if nothing is. */
static uint32_t resolve(expansion *x, rwg_env env, const rwg_import *import, rwg_str specifier) {
    if (is_bare_address(import, specifier)) {
        rwg__buf text;
        rwg__buf_init(&text, x->p->mem);
        rwg__buf_add(&text, RWG_STR("./"));
        rwg__buf_add(&text, specifier);
        rwg_str beside = rwg__project_name(x->p, rwg__buf_str(&text));
        rwg__buf_deinit(&text);
        uint32_t id = resolve_as(x, env, import, beside);
        if (rwg__resolver_get(x->p->resolver, id)->outcome == RWG_OUTCOME_FILE) {
            return id;
        }
    }
    return resolve_as(x, env, import, specifier);
}

/* "mail:/src/mail.ts", by which running code calls a module of another environment: found, or
 * missed, when it is asked for. */
static bool names_environment(const rwg_project *p, rwg_str specifier) {
    uint32_t colon = rwg__str_index(specifier, ':');
    rwg_str name = rwg__str_sub(specifier, 0, colon);
    bool named = false;
    for (uint32_t i = 0; i < p->config.env_count && !named; i++) {
        named = rwg__str_eq(p->envs[i].name, name);
    }
    return named && rwg__str_starts(rwg__str_from(specifier, colon), RWG_STR(":/"));
}

static void add_resolved(expansion *x, uint32_t index, const rwg_import *import) {
    rwg_project *p = x->p;
    rwg_str specifier = specifier_of(x, import);
    rwg_env env = env_of_import(x, &specifier);
    const rwg_resolution *res = rwg__resolver_get(p->resolver, resolve(x, env, import, specifier));
    rwg_edge edge = {
        .import = index,
        .kind = RWG_EDGE_IMPORT,
        .outcome = (uint8_t)res->outcome,
        .flags = edge_flags(import),
    };
    switch (res->outcome) {
    case RWG_OUTCOME_FILE: {
        rwg_str query = query_of(x, env, import, res);
        edge.flags |= takes_text(import, res->path, query) ? RWG_EDGE_TEXT : 0;
        edge.target = target_node(x, res, env, edge.flags & RWG_EDGE_TEXT);
        /* The query is part of what is imported (?raw, ?worker), though not of the identity. */
        edge.text = query.len ? rwg__intern_id(&p->names->table, query) : 0;
        if (env.v == x->env.v && !(edge.flags & RWG_EDGE_TEXT)) {
            check_guard(x, import, specifier);
        }
        break;
    }
    case RWG_OUTCOME_PINNED:
    case RWG_OUTCOME_BUILTIN:
    case RWG_OUTCOME_EXTERNAL: edge.text = rwg__intern_id(&p->names->table, res->path); break;
    case RWG_OUTCOME_IGNORED: break;
    case RWG_OUTCOME_MISSING:
        edge.text = rwg__intern_id(&p->names->table, specifier);
        if (!names_environment(p, specifier)) {
            report_import(x, import, res->code, res->message, res->fix);
        }
        break;
    }
    *rwg__vec_push(&x->edges, p->mem) = edge;
}

/* What the options of a glob add to each match: "?raw". */
static rwg_str glob_query(const expansion *x, const rwg_import *import) {
    static const rwg_str QUERY = {"query=", 6};
    rwg_str attributes = rwg_module_str(x->module, import->attributes);
    bool has = import->kind == RWG_IMPORT_GLOB && rwg__str_starts(attributes, QUERY);
    return has ? rwg__str_from(attributes, QUERY.len) : (rwg_str){NULL, 0};
}

typedef RWG_VEC(rwg_str) pattern_vec;

/* The absolute form of a pattern that begins with `!`: from the root, at any depth, or from the
 * importing file's folder. False when it is too long. */
static bool negative_pattern(const expansion *x, rwg_str from, rwg_str said, rwg__path *out) {
    rwg_str pattern = rwg__str_from(said, 1);
    if (rwg__str_starts(pattern, RWG_STR("/"))) {
        return rwg__path_join(out, x->p->root, rwg__str_from(pattern, 1));
    }
    bool anywhere = rwg__str_starts(pattern, RWG_STR("**"));
    return rwg__path_join(out, anywhere ? RWG_STR("/") : rwg__path_dirname(from), pattern);
}

/* What the call's patterns that begin with `!` leave out, wherever they stand among the others
 * (they are imports of their own, without edges). */
static void add_negatives(
    const expansion *x, uint32_t index, rwg_str from, rwg__arena *arena, pattern_vec *out
) {
    uint32_t count = 0;
    const rwg_import *imports = rwg_module_imports(x->module, &count);
    while (index > 0 && imports[index].flags & RWG_IMPORT_GLOB_MORE) {
        index--;
    }
    for (uint32_t i = index; i < count && (i == index || imports[i].flags & RWG_IMPORT_GLOB_MORE);
         i++) {
        rwg__path absolute;
        rwg_str said = rwg_module_str(x->module, imports[i].specifier);
        if (imports[i].flags & RWG_IMPORT_GLOB_NEGATIVE &&
            negative_pattern(x, from, said, &absolute)) {
            *rwg__vec_push(out, x->p->mem) = rwg__arena_str(arena, rwg__path_str(&absolute));
        }
    }
}

/* import.meta.glob and dynamic-template: one edge a match; none at all is one IGNORED edge, so that
 * every import has an edge. */
static void add_matches(expansion *x, uint32_t index, const rwg_import *import) {
    rwg_project *p = x->p;
    rwg_str from = p->files.ptr[x->file.v].abs;
    rwg__arena scratch;
    rwg__arena_init(&scratch, p->mem);
    const rwg_str *paths = NULL;
    uint32_t n = 0;
    rwg_str pattern = rwg_module_str(x->module, import->specifier);
    uint32_t id = rwg__resolver_glob(p->resolver, x->env, from, pattern, &scratch, &paths, &n);
    *rwg__vec_push(&x->ids, p->mem) = id;
    uint32_t first = x->edges.len;
    rwg_str query = glob_query(x, import);
    pattern_vec negatives = {0};
    add_negatives(x, index, from, &scratch, &negatives);
    for (uint32_t i = 0; i < n; i++) {
        if (rwg__str_eq(paths[i], from)) {
            continue; /* a module's own glob never includes itself (Vite's rule) */
        }
        bool excluded = false;
        for (uint32_t k = 0; k < negatives.len; k++) {
            excluded |= rwg__path_glob(negatives.ptr[k], paths[i]);
        }
        if (!excluded) {
            rwg_file file = rwg__project_file(p, paths[i]);
            bool as_text = takes_text(import, paths[i], query);
            rwg_node target = (as_text ? rwg__project_node : rwg__project_module)(p, file, x->env);
            *rwg__vec_push(&x->edges, p->mem) = (rwg_edge
            ){.import = index,
              .kind = RWG_EDGE_IMPORT,
              .outcome = RWG_OUTCOME_FILE,
              .flags = (uint8_t)(edge_flags(import) | (as_text ? RWG_EDGE_TEXT : 0)),
              .target = target};
        }
    }
    if (x->edges.len == first) {
        *rwg__vec_push(&x->edges, p->mem) = (rwg_edge
        ){.import = index,
          .kind = RWG_EDGE_IMPORT,
          .outcome = RWG_OUTCOME_IGNORED,
          .flags = edge_flags(import)};
    }
    rwg__vec_free(&negatives, p->mem);
    rwg__arena_deinit(&scratch);
}

static void add_imports(expansion *x, bool only_reexports) {
    uint32_t count = 0;
    const rwg_import *imports = rwg_module_imports(x->module, &count);
    for (uint32_t i = 0; i < count; i++) {
        const rwg_import *import = &imports[i];
        if (only_reexports && import->kind != RWG_IMPORT_REEXPORT &&
            import->kind != RWG_IMPORT_STAR) {
            continue;
        }
        if (import->flags & RWG_IMPORT_GLOB_NEGATIVE) {
            continue;
        }
        bool pattern =
            import->kind == RWG_IMPORT_GLOB || import->kind == RWG_IMPORT_DYNAMIC_TEMPLATE;
        if (pattern) {
            add_matches(x, i, import);
        } else {
            add_resolved(x, i, import);
        }
    }
}

static void replace_edges(expansion *x) {
    node_state *n = &x->p->nodes.ptr[x->id];
    rwg__mem *mem = x->p->mem;
    bool same = n->edge_count == x->edges.len &&
                (n->edge_count == 0 ||
                 memcmp(n->edges, x->edges.ptr, n->edge_count * sizeof *n->edges) == 0);
    rwg__mem_free(mem, n->ids, n->id_count * sizeof *n->ids);
    n->ids = rwg__mem_resize(mem, NULL, 0, (x->ids.len ? x->ids.len : 1) * sizeof *n->ids);
    n->id_count = x->ids.len ? x->ids.len : 1;
    n->ids[0] = 0;
    if (x->ids.len) {
        memcpy(n->ids, x->ids.ptr, x->ids.len * sizeof *n->ids);
    }
    if (!same) {
        rwg__mem_free(mem, n->edges, n->edge_count * sizeof *n->edges);
        n->edges = rwg__mem_resize(mem, NULL, 0, x->edges.len * sizeof *n->edges);
        n->edge_count = x->edges.len;
        if (x->edges.len) {
            memcpy(n->edges, x->edges.ptr, x->edges.len * sizeof *n->edges);
        }
        rwg__project_mark_dirty(x->p, x->id);
    }
    x->p->files.ptr[x->file.v].unsaved = true; /* equal edges may rest on other facts */
    rwg__vec_free(&x->edges, mem);
    rwg__vec_free(&x->ids, mem);
}

void rwg__expand_node(rwg_project *p, uint32_t id) {
    node_state *n = &p->nodes.ptr[id];
    const file_state *f = &p->files.ptr[n->file.v];
    if (f->read != READ_DONE) {
        rwg__read_submit(p, n->file); /* its result queues the node again */
        return;
    }
    if (!n->live) {
        return;
    }
    uint32_t flags = form_flags(p, f, n->env);
    if (!n->expanded || flags != n->flags) {
        n->flags = flags;
        rwg__project_mark_dirty(p, id);
    }
    n->expanded = true;
    n->due = false;
    n->expansions++;
    uint64_t old_diags = n->diag_hash;
    n->diag_hash = 0;
    expansion x = {.p = p, .id = id, .file = n->file, .env = n->env, .module = f->module};
    bool leaf = !n->module || !f->module || flags & RWG_NODE_PINNED ||
                (p->config.skip_dependencies && flags & RWG_NODE_DEPENDENCY);
    if (!leaf && flags & RWG_NODE_CLIENT_REF) {
        add_cross_edge(&x, RWG_EDGE_BRIDGE, p->ssr_env);
        add_cross_edge(&x, RWG_EDGE_CLIENT, p->client_env);
    } else if (!leaf && flags & RWG_NODE_SERVER_REF) {
        add_imports(&x, true);
        add_cross_edge(&x, RWG_EDGE_SERVER, p->server_env);
    } else if (!leaf) {
        add_imports(&x, false);
    }
    replace_edges(&x);
    if (p->nodes.ptr[id].diag_hash != old_diags) {
        rwg__project_mark_dirty(p, id);
    }
}
