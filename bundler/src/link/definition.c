/* Targets, keys and JSON of module definitions. The field names are those of PROTOCOL.md §2. */
#include "link/definition.h"

#include "base/fsutil.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/path.h"
#include "base/str.h"

void rwb__definer_init(rwb__definer *d, rwg__mem *mem, const rwb__settings *settings) {
    *d = (rwb__definer){.mem = mem, .settings = settings};
    rwg__arena_init(&d->names, mem);
    rwg__buf_init(&d->scratch, mem);
}

void rwb__definer_deinit(rwb__definer *d) {
    rwg__arena_deinit(&d->names);
    rwg__buf_deinit(&d->scratch);
}

/* What an import is that was mapped to nothing. */
static const rwg_str EMPTY_MODULE = {"virtual:rwgraph:empty", 21};

bool rwb__is_node_mode(rwb__definer *d, rwg_str path) {
    return rwg_resolver_is_module(d->settings->resolver, path);
}

/* --- virtual modules --- */

static const struct {
    const char *specifier;
    const char *name;   /* of the export */
    const char *lookup; /* how its ids are asked for */
} VIRTUALS[] = {
    {"virtual:use-client-lookup.js", "useClientLookup", "client"},
    {"virtual:use-server-lookup.js", "useServerLookup", "server"},
};

bool rwb__is_virtual(rwg_str specifier) {
    for (size_t i = 0; i < sizeof VIRTUALS / sizeof VIRTUALS[0]; i++) {
        if (rwg__str_eq_c(specifier, VIRTUALS[i].specifier)) {
            return true;
        }
    }
    return false;
}

/* Server modules run in react-server, whoever asks for them. */
static rwg_str lookup_env(const rwg_config *config, rwg_str env, bool for_server) {
    for (uint32_t i = 0; for_server && i < config->env_count; i++) {
        if (config->envs[i].role == RWG_ROLE_SERVER) {
            return config->envs[i].name;
        }
    }
    return env;
}

/* A lookup is asked by id and answers with a function that loads the module. It does not list the
 * modules, so a new one changes nothing that is loaded already (B13). */
void rwb__virtual_code(const rwg_config *config, rwg_str specifier, rwg_str env, rwg__buf *out) {
    for (size_t i = 0; i < sizeof VIRTUALS / sizeof VIRTUALS[0]; i++) {
        if (!rwg__str_eq_c(specifier, VIRTUALS[i].specifier)) {
            continue;
        }
        bool for_server = strcmp(VIRTUALS[i].lookup, "server") == 0;
        rwg_str where = lookup_env(config, env, for_server);
        rwg__buf_printf(
            out,
            "function* (__rwg_i, __rwg_x, __rwg_m, __rwg_d) { \"use strict\";\n"
            "__rwg_x({ %s: () => lookup });\nyield;\n"
            "const lookup = new Proxy(Object.create(null), {\n"
            "    get: (_, id) => typeof id === \"string\"\n"
            "        ? () => __rwg_d(\"%.*s:lookup-%s:\" + id) : undefined,\n"
            "});\n}",
            VIRTUALS[i].name,
            (int)where.len,
            where.ptr,
            VIRTUALS[i].lookup
        );
    }
}

/* --- targets --- */

static bool has_query(rwg_str query, const char *name) {
    rwg_str rest = query;
    while (rest.len > 0) {
        rest = rwg__str_from(rest, 1); /* '?' or '&' */
        uint32_t end = rwg__str_index(rest, '&');
        rwg_str part = rwg__str_sub(rest, 0, end);
        if (rwg__str_eq_c(rwg__str_sub(part, 0, rwg__str_index(part, '=')), name)) {
            return true;
        }
        rest = rwg__str_from(rest, end);
    }
    return false;
}

rwb__link_target
rwb__link_target_of_edge(const rwb__view *view, rwg_node from, const rwg_edge *edge) {
    const rwg_graph *g = rwb__view_graph(view);
    rwg_str text = rwg_graph_text(g, edge->text);
    rwb__link_target target = {.text = text, .from = from, .import = edge->import};
    switch ((rwg_outcome)edge->outcome) {
    case RWG_OUTCOME_FILE:
        target.node = edge->target;
        target.kind = has_query(text, "raw")   ? RWB__LINK_TARGET_RAW
                      : has_query(text, "url") ? RWB__LINK_TARGET_URL
                                               : RWB__LINK_TARGET_NODE;
        break;
    case RWG_OUTCOME_BUILTIN:
    case RWG_OUTCOME_EXTERNAL:
        target.kind = rwb__is_virtual(text) ? RWB__LINK_TARGET_VIRTUAL : RWB__LINK_TARGET_EXTERNAL;
        break;
    case RWG_OUTCOME_IGNORED: target.kind = RWB__LINK_TARGET_EMPTY; break;
    case RWG_OUTCOME_PINNED: {
        bool state = rwg__str_eq_c(text, "rwsdk/__state") ||
                     rwg__str_starts(text, RWG_STR("virtual:rwsdk:state:"));
        target.node = state ? (rwg_node){0} : edge->target;
        target.text = state ? RWG_STR("virtual:rwsdk:__state") : text;
        target.kind = target.node.v ? RWB__LINK_TARGET_NODE
                      : state       ? RWB__LINK_TARGET_PINNED
                                    : RWB__LINK_TARGET_MISSING;
        break;
    }
    case RWG_OUTCOME_MISSING:
        target.kind = rwb__is_virtual(text) ? RWB__LINK_TARGET_VIRTUAL : RWB__LINK_TARGET_MISSING;
        break;
    }
    return target;
}

/* How an import of this kind takes part in a definition. */
typedef enum part {
    PART_NONE,
    PART_IMPORT,
    PART_REQUIRE,
    PART_DYNAMIC
} part;

static part part_of(const rwg_import *import) {
    switch ((rwg_import_kind)import->kind) {
    case RWG_IMPORT_STATIC:
    case RWG_IMPORT_REEXPORT:
    case RWG_IMPORT_STAR:
    case RWG_IMPORT_CSS_IMPORT: return PART_IMPORT;
    case RWG_IMPORT_REQUIRE:
    case RWG_IMPORT_REQUIRE_RESOLVE:
    case RWG_IMPORT_IMPORT_EQUALS: return PART_REQUIRE;
    case RWG_IMPORT_DYNAMIC:
    case RWG_IMPORT_DYNAMIC_TEMPLATE: return PART_DYNAMIC;
    case RWG_IMPORT_GLOB: return import->flags & RWG_IMPORT_GLOB_EAGER ? PART_IMPORT : PART_DYNAMIC;
    case RWG_IMPORT_IMPORT_TYPE:
    case RWG_IMPORT_URL:
    case RWG_IMPORT_WORKER:
    case RWG_IMPORT_CSS_URL:
    case RWG_IMPORT_KIND_COUNT: break;
    }
    return PART_NONE;
}

/* Calls visit for each surviving edge of this part, in the order of imports. */
typedef void (*edge_fn)(void *payload, const rwg_import *import, const rwg_edge *edge);

static void each_edge(
    const rwb__view *view,
    rwg_node node,
    const rwb__compiled *compiled,
    part wanted,
    edge_fn visit,
    void *payload
) {
    const rwg_graph *g = rwb__view_graph(view);
    const rwg_module *module = rwg_node_module(g, node);
    if (!module) {
        return;
    }
    uint32_t import_count = 0;
    uint32_t edge_count = 0;
    const rwg_import *imports = rwg_module_imports(module, &import_count);
    const rwg_edge *edges = rwg_graph_edges(g, node, &edge_count);
    uint32_t k = 0;
    for (uint32_t i = 0; i < edge_count; i++) {
        const rwg_edge *edge = &edges[i];
        if (edge->import >= import_count || edge->flags & RWG_EDGE_TYPE_ONLY) {
            continue;
        }
        while (k < compiled->import_count && compiled->imports[k] < edge->import) {
            k++;
        }
        bool survives = k < compiled->import_count && compiled->imports[k] == edge->import;
        if (survives && part_of(&imports[edge->import]) == wanted) {
            visit(payload, &imports[edge->import], edge);
        }
    }
}

typedef struct gather {
    const rwb__view *view;
    rwg_node node;
    rwg__mem *mem;
    rwb__link_target_vec *out;
} gather;

static void gather_edge(void *payload, const rwg_import *import, const rwg_edge *edge) {
    gather *x = payload;
    (void)import;
    *rwg__vec_push(x->out, x->mem) = rwb__link_target_of_edge(x->view, x->node, edge);
}

static void add_implicit(const gather *x, const rwb__implicit *implicit, const char *what) {
    rwg_env env = rwg_node_env(rwb__view_graph(x->view), x->node);
    rwg__path relative;
    rwg_node node = {0};
    if (implicit->path.len > 0 &&
        rwg__path_relative(&relative, rwb__view_root(x->view), implicit->path)) {
        node = rwg_graph_find(rwb__view_graph(x->view), rwg__path_str(&relative), env);
    }
    *rwg__vec_push(x->out, x->mem) = (rwb__link_target){
        .kind = node.v ? RWB__LINK_TARGET_NODE : RWB__LINK_TARGET_MISSING,
        .node = node,
        .text = implicit->specifier.len ? implicit->specifier : rwg__str_c(what),
        .from = x->node,
        .import = RWG_NO_IMPORT,
    };
}

/* The imports of a definition, in the order of __rwg_i. */
static void gather_imports(
    rwb__definer *d,
    const rwb__view *view,
    rwg_node node,
    rwb__source_kind kind,
    const rwb__compiled *compiled,
    rwb__link_target_vec *out
) {
    const rwg_graph *g = rwb__view_graph(view);
    const rwb__env_settings *own = &d->settings->envs[rwg_node_env(g, node).v - 1];
    gather x = {view, node, d->mem, out};
    if (kind == RWB__SOURCE_SERVER_REF) {
        add_implicit(&x, &own->create, "createServerReference");
        return;
    }
    if (kind == RWB__SOURCE_CLIENT_REF) {
        add_implicit(&x, &own->register_, "registerClientReference");
        uint32_t count = 0;
        const rwg_edge *edges = rwg_graph_edges(g, node, &count);
        for (uint32_t i = 0; own->reference_takes_module && i < count; i++) {
            if (edges[i].kind == RWG_EDGE_BRIDGE) {
                *rwg__vec_push(out, d->mem) =
                    (rwb__link_target){.kind = RWB__LINK_TARGET_NODE, .node = edges[i].target};
            }
        }
        return;
    }
    each_edge(view, node, compiled, PART_IMPORT, gather_edge, &x);
    if (compiled->extras & RWB_EXTRA_JSX) {
        add_implicit(&x, &own->jsx, "react/jsx-runtime");
    }
    if (compiled->extras & RWB_EXTRA_REGISTER) {
        add_implicit(&x, &own->register_, "registerServerReference");
    }
}

void rwb__definition_targets(
    rwb__definer *d,
    const rwb__view *view,
    rwg_node node,
    rwb__source_kind kind,
    const rwb__compiled *compiled,
    rwb__link_target_vec *out
) {
    gather_imports(d, view, node, kind, compiled, out);
    if (kind == RWB__SOURCE_SCRIPT || kind == RWB__SOURCE_COMMONJS) {
        gather x = {view, node, d->mem, out};
        each_edge(view, node, compiled, PART_REQUIRE, gather_edge, &x);
    }
}

/* --- keys --- */

static void add_hex(rwg__buf *out, rwg_hash hash) {
    char hex[33];
    rwg__hash_hex(hash, hex);
    rwg__buf_add(out, rwg__str(hex, 32));
}

/* One sentence for an import that leads nowhere: the graph's own diagnostic when it has one. */
void rwb__link_target_message(
    const rwb__view *view, const rwb__link_target *target, rwg__buf *out
) {
    const rwg_graph *g = rwb__view_graph(view);
    if (!target->from.v) {
        rwg__buf_printf(
            out, "There is no module \"%.*s\"", (int)target->text.len, target->text.ptr
        );
        return;
    }
    rwg_str path = rwg_graph_file_path(g, rwg_node_file(g, target->from));
    const rwg_module *module = rwg_node_module(g, target->from);
    uint32_t import_count = 0;
    const rwg_import *imports = module ? rwg_module_imports(module, &import_count) : NULL;
    uint32_t count = 0;
    const rwg_diag *diags = rwg_graph_diags(g, &count);
    for (uint32_t i = 0; target->import < import_count && i < count; i++) {
        const rwg_import *import = &imports[target->import];
        if (diags[i].span.start == import->span.start && rwg__str_eq(diags[i].path, path)) {
            rwg__buf_printf(out, "%.*s:%u: ", (int)path.len, path.ptr, import->line);
            rwg__buf_add(out, diags[i].message);
            if (diags[i].fix.len > 0) {
                rwg__buf_char(out, ' ');
                rwg__buf_add(out, diags[i].fix);
            }
            return;
        }
    }
    rwg__buf_printf(
        out,
        "Cannot find \"%.*s\", imported from %.*s",
        (int)target->text.len,
        target->text.ptr,
        (int)path.len,
        path.ptr
    );
}

void rwb__link_target_key(
    rwb__definer *d,
    const rwb__view *view,
    rwg_env env,
    const rwb__link_target *target,
    rwg__buf *out
) {
    const rwg_graph *g = rwb__view_graph(view);
    rwg_str name = rwg_graph_env_name(g, env);
    switch (target->kind) {
    case RWB__LINK_TARGET_NODE: rwb__view_key(view, target->node, out); break;
    case RWB__LINK_TARGET_RAW:
    case RWB__LINK_TARGET_URL:
        rwb__view_qualified(view, target->node, out);
        rwg__buf_add(
            out, target->kind == RWB__LINK_TARGET_RAW ? RWG_STR("?raw@") : RWG_STR("?url@")
        );
        add_hex(out, rwg_graph_own_hash(g, target->node));
        break;
    case RWB__LINK_TARGET_PINNED:
        rwg__buf_add(out, RWG_STR("pinned:"));
        rwg__buf_add(out, target->text);
        break;
    case RWB__LINK_TARGET_EXTERNAL:
        rwg__buf_add(out, RWG_STR("external:"));
        rwg__buf_add(out, target->text);
        break;
    case RWB__LINK_TARGET_VIRTUAL:
        rwg__buf_printf(
            out, "%.*s:%.*s@1", (int)name.len, name.ptr, (int)target->text.len, target->text.ptr
        );
        break;
    case RWB__LINK_TARGET_EMPTY:
        rwg__buf_printf(
            out, "%.*s:%.*s@1", (int)name.len, name.ptr, (int)EMPTY_MODULE.len, EMPTY_MODULE.ptr
        );
        break;
    case RWB__LINK_TARGET_MISSING: {
        rwg__buf message;
        rwg__buf_init(&message, d->mem);
        rwb__link_target_message(view, target, &message);
        rwg__buf_printf(
            out,
            "missing:%.*s:%.*s@",
            (int)name.len,
            name.ptr,
            (int)target->text.len,
            target->text.ptr
        );
        add_hex(out, rwg__hash_bytes(message.bytes.ptr, message.bytes.len));
        rwg__buf_deinit(&message);
        break;
    }
    }
}

/* --- names for import() --- */

void rwb__link_target_name(
    rwb__definer *d,
    const rwb__view *view,
    rwg_env env,
    const rwb__link_target *target,
    rwg__buf *out
) {
    rwg_str name = rwg_graph_env_name(rwb__view_graph(view), env);
    switch (target->kind) {
    case RWB__LINK_TARGET_NODE: rwb__view_qualified(view, target->node, out); return;
    case RWB__LINK_TARGET_RAW:
    case RWB__LINK_TARGET_URL:
        rwb__view_qualified(view, target->node, out);
        rwg__buf_add(out, target->kind == RWB__LINK_TARGET_RAW ? RWG_STR("?raw") : RWG_STR("?url"));
        return;
    case RWB__LINK_TARGET_VIRTUAL:
    case RWB__LINK_TARGET_EMPTY: {
        rwg_str id = target->kind == RWB__LINK_TARGET_EMPTY ? EMPTY_MODULE : target->text;
        rwg__buf_printf(out, "%.*s:%.*s", (int)name.len, name.ptr, (int)id.len, id.ptr);
        return;
    }
    case RWB__LINK_TARGET_PINNED:
    case RWB__LINK_TARGET_EXTERNAL:
    case RWB__LINK_TARGET_MISSING: break;
    }
    rwb__link_target_key(d, view, env, target, out);
}

/* A module that a lookup finds: only one with the directive that the lookup is for. */
static rwg_node find_by_lookup(const rwb__view *view, rwg_env env, rwg_str id) {
    static const rwg_str CLIENT = {"lookup-client:", 14};
    static const rwg_str SERVER = {"lookup-server:", 14};
    uint32_t flag = rwg__str_starts(id, CLIENT)   ? (uint32_t)RWG_NODE_CLIENT
                    : rwg__str_starts(id, SERVER) ? (uint32_t)RWG_NODE_SERVER
                                                  : 0;
    rwg_node node = rwb__view_find(view, env, flag ? rwg__str_from(id, CLIENT.len) : id);
    bool fits = node.v && (!flag || rwg_node_flags(rwb__view_graph(view), node) & flag);
    return fits ? node : (rwg_node){0};
}

rwb__link_target rwb__link_target_of_name(const rwb__view *view, rwg_str name) {
    static const rwg_str PINNED = {"pinned:", 7};
    rwb__link_target target = {
        .kind = RWB__LINK_TARGET_MISSING, .text = name, .import = RWG_NO_IMPORT};
    uint32_t colon = rwg__str_index(name, ':');
    if (rwg__str_starts(name, PINNED)) {
        target.kind = RWB__LINK_TARGET_PINNED;
        target.text = rwg__str_from(name, PINNED.len);
        return target;
    }
    target.env = rwg_graph_env(rwb__view_graph(view), rwg__str_sub(name, 0, colon));
    if (colon == name.len || !target.env.v) {
        return target;
    }
    rwg_str id = rwg__str_from(name, colon + 1);
    if (rwg__str_eq(id, EMPTY_MODULE)) {
        target.kind = RWB__LINK_TARGET_EMPTY;
    } else if (rwb__is_virtual(id)) {
        target.kind = RWB__LINK_TARGET_VIRTUAL;
        target.text = id;
    } else {
        target.node = find_by_lookup(view, target.env, id);
        rwg_str query = rwg__str_from(id, rwg__str_index(id, '?'));
        target.kind = !target.node.v            ? RWB__LINK_TARGET_MISSING
                      : has_query(query, "raw") ? RWB__LINK_TARGET_RAW
                      : has_query(query, "url") ? RWB__LINK_TARGET_URL
                                                : RWB__LINK_TARGET_NODE;
    }
    return target;
}

/* --- JSON --- */

static void json_key_of(
    rwb__definer *d,
    const rwb__view *view,
    rwg_env env,
    const rwb__link_target *target,
    rwg_json_writer *w
) {
    rwg__buf_clear(&d->scratch);
    rwb__link_target_key(d, view, env, target, &d->scratch);
    rwg_json_string(w, rwg__buf_str(&d->scratch));
}

typedef struct edge_writer {
    rwb__definer *d;
    const rwb__view *view;
    rwg_node node;
    rwg_env env;
    rwg_json_writer *w;
    rwg__strmap seen; /* specifiers written */
} edge_writer;

/* A JSON key from a borrowed string; keys of the writer are C strings. */
static void json_member(edge_writer *x, rwg_str name) {
    rwg_str copy = rwg__arena_str(&x->d->names, name);
    rwg_json_key(x->w, copy.ptr);
}

static bool first_time(edge_writer *x, rwg_str name) {
    bool added = false;
    rwg__strmap_put(&x->seen, name, &added);
    return added;
}

static void write_require(void *payload, const rwg_import *import, const rwg_edge *edge) {
    edge_writer *x = payload;
    const rwg_module *module = rwg_node_module(rwb__view_graph(x->view), x->node);
    rwg_str specifier = rwg_module_str(module, import->specifier);
    if (first_time(x, specifier)) {
        rwb__link_target target = rwb__link_target_of_edge(x->view, x->node, edge);
        json_member(x, specifier);
        json_key_of(x->d, x->view, x->env, &target, x->w);
    }
}

static void write_dynamic(void *payload, const rwg_import *import, const rwg_edge *edge) {
    edge_writer *x = payload;
    const rwg_module *module = rwg_node_module(rwb__view_graph(x->view), x->node);
    rwb__link_target target = rwb__link_target_of_edge(x->view, x->node, edge);
    rwg__buf value;
    rwg__buf_init(&value, x->d->mem);
    rwb__link_target_name(x->d, x->view, x->env, &target, &value);
    bool pattern = import->kind == RWG_IMPORT_GLOB || import->kind == RWG_IMPORT_DYNAMIC_TEMPLATE;
    rwg_str name = rwg__arena_str(
        &x->d->names, pattern ? rwg__buf_str(&value) : rwg_module_str(module, import->specifier)
    );
    if (first_time(x, name)) {
        rwg_json_key(x->w, name.ptr);
        rwg_json_string(x->w, rwg__buf_str(&value));
    }
    rwg__buf_deinit(&value);
}

/* Names of a CommonJS module that static analysis knows, those of `module.exports = require(...)`
 * included. */
static void write_names(edge_writer *x) {
    const rwg_graph *g = rwb__view_graph(x->view);
    RWG_VEC(uint32_t) todo = {0};
    rwg__idmap visited;
    rwg__idmap_init(&visited, x->d->mem);
    *rwg__vec_push(&todo, x->d->mem) = x->node.v;
    while (todo.len > 0) {
        rwg_node node = {todo.ptr[--todo.len]};
        const rwg_module *module = rwg_node_module(g, node);
        bool added = false;
        rwg__idmap_put(&visited, node.v, &added);
        if (!module || !added) {
            continue;
        }
        uint32_t count = 0;
        uint32_t edge_count = 0;
        const rwg_export *exports = rwg_module_exports(module, &count);
        const rwg_edge *edges = rwg_graph_edges(g, node, &edge_count);
        for (uint32_t i = 0; i < count; i++) {
            rwg_str name = rwg_module_str(module, exports[i].name);
            if (!(exports[i].flags & RWG_EXPORT_STAR)) {
                if (!rwg__str_eq_c(name, "default") && first_time(x, name)) {
                    rwg_json_string(x->w, name);
                }
                continue;
            }
            for (uint32_t k = 0; k < edge_count; k++) {
                if (edges[k].import == exports[i].import && edges[k].target.v) {
                    *rwg__vec_push(&todo, x->d->mem) = edges[k].target.v;
                }
            }
        }
    }
    rwg__vec_free(&todo, x->d->mem);
    rwg__idmap_deinit(&visited);
}

/* Into the object, or apart from it. */
static void write_code(rwg_json_writer *w, rwg__buf *code, rwg_str text) {
    if (code) {
        rwg__buf_add(code, text);
    } else {
        rwg_json_key(w, "code");
        rwg_json_string(w, text);
    }
}

static const char *form_of(rwb__source_kind kind, const rwb__compiled *compiled, bool pinned) {
    if (compiled->problem.len > 0) {
        return "missing";
    }
    if (pinned) {
        return "pinned";
    }
    return kind == RWB__SOURCE_COMMONJS ? "cjs" : kind == RWB__SOURCE_JSON ? "json" : "esm";
}

static void write_error(rwg_json_writer *w, rwg_str message, const char *code) {
    rwg_json_key(w, "error");
    rwg_json_object(w);
    rwg_json_key(w, "message");
    rwg_json_string(w, message);
    rwg_json_key(w, "code");
    rwg_json_cstring(w, code);
    rwg_json_object_end(w);
}

static void write_links(edge_writer *x, rwb__source_kind kind, const rwb__compiled *compiled) {
    rwb__link_target_vec imports = {0};
    gather_imports(x->d, x->view, x->node, kind, compiled, &imports);
    rwg_json_key(x->w, "imports");
    rwg_json_array(x->w);
    for (uint32_t i = 0; i < imports.len; i++) {
        json_key_of(x->d, x->view, x->env, &imports.ptr[i], x->w);
    }
    rwg_json_array_end(x->w);
    rwg__vec_free(&imports, x->d->mem);
    if (kind != RWB__SOURCE_SCRIPT && kind != RWB__SOURCE_COMMONJS) {
        return;
    }
    rwg_json_key(x->w, "requires");
    rwg_json_object(x->w);
    each_edge(x->view, x->node, compiled, PART_REQUIRE, write_require, x);
    rwg_json_object_end(x->w);
    rwg__strmap_clear(&x->seen);
    rwg_json_key(x->w, "dynamic");
    rwg_json_object(x->w);
    each_edge(x->view, x->node, compiled, PART_DYNAMIC, write_dynamic, x);
    rwg_json_object_end(x->w);
    rwg__strmap_clear(&x->seen);
    if (kind == RWB__SOURCE_COMMONJS) {
        rwg_json_key(x->w, "names");
        rwg_json_array(x->w);
        write_names(x);
        rwg_json_array_end(x->w);
    }
}

/* Where the module says it is: its file, in dev. A build knows no machine: there it is the id,
 * which the bundle resolves against its own address. */
static void
write_place(rwb__definer *d, const rwb__view *view, rwg_node node, rwg_str id, rwg_json_writer *w) {
    rwg__buf url;
    rwg__buf_init(&url, d->mem);
    rwg__buf_add(&url, RWG_STR("file://"));
    rwb__view_path(view, node, &url);
    if (d->settings->dev) {
        rwg_json_key(w, "url");
        rwg_json_string(w, rwg__buf_str(&url));
    }
    rwg_json_key(w, "filename");
    rwg_json_string(w, d->settings->dev ? rwg__str_from(rwg__buf_str(&url), 7) : id);
    rwg__buf_deinit(&url);
}

void rwb__definition_write(
    rwb__definer *d,
    const rwb__view *view,
    rwg_node node,
    rwb__source_kind kind,
    const rwb__compiled *compiled,
    rwg_json_writer *w,
    rwg__buf *code
) {
    rwg__buf text;
    rwg__buf_init(&text, d->mem);
    rwg_json_object(w);
    rwg_json_key(w, "key");
    rwb__view_key(view, node, &text);
    rwg_json_string(w, rwg__buf_str(&text));
    rwg__buf_clear(&text);
    rwg_json_key(w, "id");
    rwb__view_id(view, node, &text);
    rwg_json_string(w, rwg__buf_str(&text));
    rwg_json_key(w, "form");
    bool pinned = (rwg_node_flags(rwb__view_graph(view), node) & RWG_NODE_PINNED) != 0;
    rwg_json_cstring(w, form_of(kind, compiled, pinned));
    write_place(d, view, node, rwg__buf_str(&text), w);
    rwg__buf_clear(&text);
    rwb__view_path(view, node, &text);
    if (compiled->problem.len > 0) {
        write_error(w, compiled->problem, "ERR_SYNTAX");
    } else {
        edge_writer x = {.d = d, .view = view, .node = node, .w = w};
        x.env = rwg_node_env(rwb__view_graph(view), node);
        rwg__strmap_init(&x.seen, d->mem);
        rwg_json_key(w, "async");
        rwg_json_bool(w, compiled->is_async);
        rwg_json_key(w, "nodeMode");
        rwg_json_bool(w, rwb__is_node_mode(d, rwg__buf_str(&text)));
        write_links(&x, kind, compiled);
        write_code(w, code, compiled->code);
        if (compiled->map.len > 0 && !code) {
            rwg_json_key(w, "map");
            rwg_json_string(w, compiled->map);
        }
        rwg__strmap_deinit(&x.seen);
        rwg__arena_reset(&d->names);
    }
    rwg_json_object_end(w);
    rwg__buf_deinit(&text);
}

void rwb__definition_value(rwg_str value, rwg__buf *out) {
    rwg__buf_add(
        out,
        RWG_STR("function* (__rwg_i, __rwg_x) { \"use strict\";\n"
                "__rwg_x({ default: () => value });\nyield;\nconst value = ")
    );
    rwg_sink sink = rwg__buf_sink(out);
    rwg_json_writer inner = rwg_json_writer_make(&sink);
    rwg_json_string(&inner, value);
    rwg__buf_add(out, RWG_STR(";\n}"));
}

static void write_value_factory(rwg_json_writer *w, rwg__mem *mem, rwg_str value, rwg__buf *apart) {
    rwg__buf code;
    rwg__buf_init(&code, mem);
    rwb__definition_value(value, &code);
    write_code(w, apart, rwg__buf_str(&code));
    rwg__buf_deinit(&code);
}

void rwb__definition_write_target(
    rwb__definer *d,
    const rwb__view *view,
    rwg_env env,
    const rwb__link_target *target,
    rwg_str text,
    rwg_json_writer *w,
    rwg__buf *apart
) {
    rwg__buf id;
    rwg__buf_init(&id, d->mem);
    rwg_json_object(w);
    rwg_json_key(w, "key");
    json_key_of(d, view, env, target, w);
    rwg_json_key(w, "form");
    switch (target->kind) {
    case RWB__LINK_TARGET_NODE: RWG_ASSERT(false); break;
    case RWB__LINK_TARGET_RAW:
    case RWB__LINK_TARGET_URL:
        rwg_json_cstring(w, "esm");
        rwb__view_id(view, target->node, &id);
        write_value_factory(
            w,
            d->mem,
            target->kind == RWB__LINK_TARGET_RAW || text.len > 0 ? text : rwg__buf_str(&id),
            apart
        );
        break;
    case RWB__LINK_TARGET_PINNED:
        rwg_json_cstring(w, "pinned");
        rwg__buf_add(&id, target->text);
        write_code(w, apart, text);
        break;
    case RWB__LINK_TARGET_EXTERNAL:
        rwg_json_cstring(w, "external");
        rwg__buf_add(&id, target->text);
        break;
    case RWB__LINK_TARGET_VIRTUAL: {
        rwg__buf code;
        rwg__buf_init(&code, d->mem);
        rwb__virtual_code(
            d->settings->config, target->text, rwg_graph_env_name(rwb__view_graph(view), env), &code
        );
        rwg_json_cstring(w, "esm");
        rwg__buf_add(&id, target->text);
        write_code(w, apart, rwg__buf_str(&code));
        rwg__buf_deinit(&code);
        break;
    }
    case RWB__LINK_TARGET_EMPTY:
        rwg_json_cstring(w, "json");
        rwg__buf_add(&id, EMPTY_MODULE);
        write_code(w, apart, RWG_STR("{}"));
        break;
    case RWB__LINK_TARGET_MISSING: {
        rwg__buf message;
        rwg__buf_init(&message, d->mem);
        rwb__link_target_message(view, target, &message);
        rwg_json_cstring(w, "missing");
        rwg__buf_add(&id, target->text);
        write_error(w, rwg__buf_str(&message), "ERR_MODULE_NOT_FOUND");
        rwg__buf_deinit(&message);
        break;
    }
    }
    rwg_json_key(w, "id");
    rwg_json_string(w, rwg__buf_str(&id));
    rwg_json_object_end(w);
    rwg__buf_deinit(&id);
}
