/* What a module links to, and the JSON of definitions. The field names are those of PROTOCOL.md §2.
 */
#include "link/definition.h"

#include "base/map.h"
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

/* How an import of this kind takes part in a definition. */
typedef enum part {
    PART_NONE,
    PART_IMPORT,
    PART_REQUIRE,
    PART_DYNAMIC
} part;

/* A file that `new URL` names is an import of what is built: there it is found elsewhere than
 * beside the module. In dev it lies where it says. */
static part part_of(
    const rwb__definer *d, const rwb__module *m, const rwg_import *import, const rwg_edge *edge
) {
    bool is_file = edge->outcome == RWG_OUTCOME_FILE;
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
    case RWG_IMPORT_GLOB:
        return !is_file                                ? PART_NONE
               : import->flags & RWG_IMPORT_GLOB_EAGER ? PART_IMPORT
                                                       : PART_DYNAMIC;
    case RWG_IMPORT_URL:
    case RWG_IMPORT_WORKER: return is_file && !d->settings->dev ? PART_IMPORT : PART_NONE;
    case RWG_IMPORT_JSX: return m->kind == RWB__SOURCE_COMMONJS ? PART_REQUIRE : PART_IMPORT;
    case RWG_IMPORT_IMPORT_TYPE:
    case RWG_IMPORT_CSS_URL:
    case RWG_IMPORT_KIND_COUNT: break;
    }
    return PART_NONE;
}

/* Calls visit for each surviving edge of this part, in the order of imports. */
typedef void (*edge_fn)(void *payload, const rwg_import *import, const rwg_edge *edge);

static void
each_edge(const rwb__definer *d, const rwb__module *m, part wanted, edge_fn visit, void *payload) {
    const rwg_graph *g = rwb__view_graph(m->view);
    const rwg_module *module = rwg_node_module(g, m->node);
    const rwb__compiled *compiled = m->compiled;
    if (!module) {
        return;
    }
    uint32_t import_count = 0;
    uint32_t edge_count = 0;
    const rwg_import *imports = rwg_module_imports(module, &import_count);
    const rwg_edge *edges = rwg_graph_edges(g, m->node, &edge_count);
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
        if (survives && part_of(d, m, &imports[edge->import], edge) == wanted) {
            visit(payload, &imports[edge->import], edge);
        }
    }
}

typedef struct gather {
    const rwb__module *module;
    rwg__mem *mem;
    rwb__link_target_vec *out;
} gather;

static void gather_edge(void *payload, const rwg_import *import, const rwg_edge *edge) {
    gather *x = payload;
    (void)import;
    const rwb__module *m = x->module;
    *rwg__vec_push(x->out, x->mem) = rwb__link_target_of_edge(m->view, m->node, edge);
}

static void add_implicit(const gather *x, const rwb__implicit *implicit, const char *what) {
    const rwb__module *m = x->module;
    const rwg_graph *g = rwb__view_graph(m->view);
    rwg__path relative;
    rwg_node node = {0};
    if (implicit->path.len > 0 &&
        rwg__path_relative(&relative, rwb__view_root(m->view), implicit->path)) {
        node = rwg_graph_find(g, rwg__path_str(&relative), rwg_node_env(g, m->node));
    }
    *rwg__vec_push(x->out, x->mem) = (rwb__link_target){
        .kind = node.v ? RWB__LINK_TARGET_NODE : RWB__LINK_TARGET_MISSING,
        .node = node,
        .text = implicit->specifier.len ? implicit->specifier : rwg__str_c(what),
        .from = m->node,
        .import = RWG_NO_IMPORT,
    };
}

/* The runtime that no import of the record names; a CommonJS module requires it. */
static bool has_implicit_jsx(const rwb__module *m) {
    return (m->compiled->extras & RWB_EXTRA_JSX) != 0;
}

static rwb__implicit jsx_runtime_of(const rwb__definer *d, const rwb__module *m) {
    const rwg_graph *g = rwb__view_graph(m->view);
    bool is_dependency = (rwg_node_flags(g, m->node) & RWG_NODE_DEPENDENCY) != 0;
    rwg__buf path;
    rwg__buf_init(&path, d->mem);
    rwb__view_path(m->view, m->node, &path);
    rwb__implicit jsx = rwb__settings_jsx_runtime(
        d->settings, rwg_node_env(g, m->node), rwg__buf_str(&path), is_dependency
    );
    rwg__buf_deinit(&path);
    return jsx;
}

/* The imports of a definition, in the order of __rwg_i. */
static void gather_imports(const rwb__definer *d, const rwb__module *m, rwb__link_target_vec *out) {
    const rwg_graph *g = rwb__view_graph(m->view);
    const rwb__env_settings *own = &d->settings->envs[rwg_node_env(g, m->node).v - 1];
    gather x = {m, d->mem, out};
    if (m->kind == RWB__SOURCE_SERVER_REF) {
        add_implicit(&x, &own->create, "createServerReference");
        return;
    }
    if (m->kind == RWB__SOURCE_CLIENT_REF) {
        add_implicit(&x, &own->register_, "registerClientReference");
        uint32_t count = 0;
        const rwg_edge *edges = rwg_graph_edges(g, m->node, &count);
        for (uint32_t i = 0; own->reference_takes_module && i < count; i++) {
            if (edges[i].kind == RWG_EDGE_BRIDGE) {
                *rwg__vec_push(out, d->mem) =
                    (rwb__link_target){.kind = RWB__LINK_TARGET_NODE, .node = edges[i].target};
            }
        }
        return;
    }
    each_edge(d, m, PART_IMPORT, gather_edge, &x);
    if (has_implicit_jsx(m) && m->kind != RWB__SOURCE_COMMONJS) {
        rwb__implicit jsx = jsx_runtime_of(d, m);
        add_implicit(&x, &jsx, "react/jsx-runtime");
    }
    if (m->compiled->extras & RWB_EXTRA_REGISTER) {
        add_implicit(&x, &own->register_, "registerServerReference");
    }
}

void rwb__definition_targets(
    const rwb__definer *d, const rwb__module *m, rwb__link_target_vec *out
) {
    gather_imports(d, m, out);
    if (m->kind == RWB__SOURCE_SCRIPT || m->kind == RWB__SOURCE_COMMONJS) {
        gather x = {m, d->mem, out};
        each_edge(d, m, PART_REQUIRE, gather_edge, &x);
        if (has_implicit_jsx(m) && m->kind == RWB__SOURCE_COMMONJS) {
            rwb__implicit jsx = jsx_runtime_of(d, m);
            add_implicit(&x, &jsx, "react/jsx-runtime");
        }
    }
}

static rwg_str specifier_of(const rwb__module *m, const rwg_import *import) {
    return rwg_module_str(rwg_node_module(rwb__view_graph(m->view), m->node), import->specifier);
}

/* import("mail:/src/mail.ts"), as running code calls a module of another environment: it is looked
 * for when it is asked for, as if nobody had known the name before. */
static bool is_elsewhere(const rwb__module *m, const rwg_import *import, const rwg_edge *edge) {
    rwg_str name = specifier_of(m, import);
    uint32_t colon = rwg__str_index(name, ':');
    return edge->outcome == RWG_OUTCOME_MISSING &&
           rwg__str_starts(rwg__str_from(name, colon), RWG_STR(":/")) &&
           rwg_graph_env(rwb__view_graph(m->view), rwg__str_sub(name, 0, colon)).v;
}

static void gather_later(void *payload, const rwg_import *import, const rwg_edge *edge) {
    const gather *x = payload;
    if (!is_elsewhere(x->module, import, edge)) {
        gather_edge(payload, import, edge);
    }
}

void rwb__definition_later(const rwb__definer *d, const rwb__module *m, rwb__link_target_vec *out) {
    if (m->kind == RWB__SOURCE_SCRIPT || m->kind == RWB__SOURCE_COMMONJS) {
        gather x = {m, d->mem, out};
        each_edge(d, m, PART_DYNAMIC, gather_later, &x);
    }
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
    rwb__link_target_key(view, env, target, &d->scratch);
    rwg_json_string(w, rwg__buf_str(&d->scratch));
}

typedef struct edge_writer {
    rwb__definer *d;
    const rwb__module *module;
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

/* What the code of a CommonJS module requires for its JSX, which a comment says in part. */
static rwg_str runtime_of(edge_writer *x, rwg_str said) {
    rwg__buf *text = &x->d->scratch;
    rwg__buf_clear(text);
    rwg__buf_add(text, rwg__path_dirname(said));
    rwg__buf_add(text, RWG_STR("/jsx-dev-runtime"));
    return x->d->settings->jsx_dev ? rwg__arena_str(&x->d->names, rwg__buf_str(text)) : said;
}

static void write_require(void *payload, const rwg_import *import, const rwg_edge *edge) {
    edge_writer *x = payload;
    const rwb__module *m = x->module;
    rwg_str specifier = specifier_of(m, import);
    if (import->kind == RWG_IMPORT_JSX) {
        specifier = runtime_of(x, specifier);
    }
    if (first_time(x, specifier)) {
        rwb__link_target target = rwb__link_target_of_edge(m->view, m->node, edge);
        json_member(x, specifier);
        json_key_of(x->d, m->view, x->env, &target, x->w);
    }
}

static void write_implicit_require(edge_writer *x) {
    const rwb__module *m = x->module;
    rwb__link_target_vec targets = {0};
    gather g = {m, x->d->mem, &targets};
    rwb__implicit jsx = jsx_runtime_of(x->d, m);
    add_implicit(&g, &jsx, "react/jsx-runtime");
    if (first_time(x, targets.ptr[0].text)) {
        json_member(x, targets.ptr[0].text);
        json_key_of(x->d, m->view, x->env, &targets.ptr[0], x->w);
    }
    rwg__vec_free(&targets, x->d->mem);
}

static void write_dynamic(void *payload, const rwg_import *import, const rwg_edge *edge) {
    edge_writer *x = payload;
    const rwb__module *m = x->module;
    if (is_elsewhere(m, import, edge)) {
        return;
    }
    rwb__link_target target = rwb__link_target_of_edge(m->view, m->node, edge);
    rwg__buf value;
    rwg__buf name;
    rwg__buf_init(&value, x->d->mem);
    rwg__buf_init(&name, x->d->mem);
    rwb__link_target_name(m->view, x->env, &target, &value);
    bool pattern = import->kind == RWG_IMPORT_GLOB || import->kind == RWG_IMPORT_DYNAMIC_TEMPLATE;
    if (pattern && edge->target.v) { /* as the code says it */
        rwb__view_qualified(m->view, edge->target, &name);
        const rwg_module *module = rwg_node_module(rwb__view_graph(m->view), m->node);
        rwg__buf_add(&name, rwb__pattern_query(module, import));
    } else {
        rwg__buf_add(&name, pattern ? rwg__buf_str(&value) : specifier_of(m, import));
    }
    rwg_str kept = rwg__arena_str(&x->d->names, rwg__buf_str(&name));
    if (first_time(x, kept)) {
        rwg_json_key(x->w, kept.ptr);
        rwg_json_string(x->w, rwg__buf_str(&value));
    }
    rwg__buf_deinit(&name);
    rwg__buf_deinit(&value);
}

/* Names of a CommonJS module that static analysis knows, those of `module.exports = require(...)`
 * included. */
static void write_names(edge_writer *x) {
    const rwg_graph *g = rwb__view_graph(x->module->view);
    RWG_VEC(uint32_t) todo = {0};
    rwg__idmap visited;
    rwg__idmap_init(&visited, x->d->mem);
    *rwg__vec_push(&todo, x->d->mem) = x->module->node.v;
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
        bool marked = rwg_module_flags(module) & RWG_MODULE_ES_INTEROP;
        if (marked && first_time(x, RWG_STR("__esModule"))) {
            rwg_json_cstring(x->w, "__esModule");
        }
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
static void write_code(const rwb__definition_out *out, rwg_str text) {
    if (out->code) {
        rwg__buf_add(out->code, text);
    } else {
        rwg_json_key(out->w, "code");
        rwg_json_string(out->w, text);
    }
}

static const char *form_of(const rwb__module *m) {
    if (m->compiled->problem.len > 0) {
        return "missing";
    }
    if (rwg_node_flags(rwb__view_graph(m->view), m->node) & RWG_NODE_PINNED) {
        return "pinned";
    }
    return m->kind == RWB__SOURCE_COMMONJS ? "cjs" : m->kind == RWB__SOURCE_JSON ? "json" : "esm";
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

static void write_links(edge_writer *x) {
    const rwb__module *m = x->module;
    rwb__link_target_vec imports = {0};
    gather_imports(x->d, m, &imports);
    rwg_json_key(x->w, "imports");
    rwg_json_array(x->w);
    for (uint32_t i = 0; i < imports.len; i++) {
        json_key_of(x->d, m->view, x->env, &imports.ptr[i], x->w);
    }
    rwg_json_array_end(x->w);
    rwg__vec_free(&imports, x->d->mem);
    if (m->kind != RWB__SOURCE_SCRIPT && m->kind != RWB__SOURCE_COMMONJS) {
        return;
    }
    rwg_json_key(x->w, "requires");
    rwg_json_object(x->w);
    each_edge(x->d, m, PART_REQUIRE, write_require, x);
    if (has_implicit_jsx(m) && m->kind == RWB__SOURCE_COMMONJS) {
        write_implicit_require(x);
    }
    rwg_json_object_end(x->w);
    rwg__strmap_clear(&x->seen);
    rwg_json_key(x->w, "dynamic");
    rwg_json_object(x->w);
    each_edge(x->d, m, PART_DYNAMIC, write_dynamic, x);
    rwg_json_object_end(x->w);
    rwg__strmap_clear(&x->seen);
    if (m->kind == RWB__SOURCE_COMMONJS) {
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

void rwb__definition_write(rwb__definer *d, const rwb__module *m, const rwb__definition_out *out) {
    const rwb__view *view = m->view;
    const rwb__compiled *compiled = m->compiled;
    rwg_json_writer *w = out->w;
    rwg__buf text;
    rwg__buf_init(&text, d->mem);
    rwg_json_object(w);
    rwg_json_key(w, "key");
    rwb__view_key(view, m->node, &text);
    rwg_json_string(w, rwg__buf_str(&text));
    rwg__buf_clear(&text);
    rwg_json_key(w, "id");
    rwb__view_id(view, m->node, &text);
    rwg_json_string(w, rwg__buf_str(&text));
    rwg_json_key(w, "form");
    rwg_json_cstring(w, form_of(m));
    write_place(d, view, m->node, rwg__buf_str(&text), w);
    if (compiled->problem.len > 0) {
        write_error(w, compiled->problem, "ERR_SYNTAX");
    } else {
        edge_writer x = {.d = d, .module = m, .w = w};
        x.env = rwg_node_env(rwb__view_graph(view), m->node);
        rwg__strmap_init(&x.seen, d->mem);
        rwg_json_key(w, "async");
        rwg_json_bool(w, compiled->is_async);
        rwg_json_key(w, "nodeMode");
        rwg_json_bool(w, rwb__view_is_module(view, m->node));
        write_links(&x);
        write_code(out, compiled->code);
        if (compiled->map.len > 0 && !out->code) {
            rwg_json_key(w, "map");
            rwg_json_string(w, compiled->map);
        }
        rwg__strmap_deinit(&x.seen);
        rwg__arena_reset(&d->names);
    }
    rwg_json_object_end(w);
    rwg__buf_deinit(&text);
}

void rwb__definition_value(rwg_str expression, rwg__buf *out) {
    rwg__buf_add(
        out,
        RWG_STR("function* (__rwg_i, __rwg_x) { \"use strict\";\n"
                "__rwg_x({ default: () => value });\nyield;\nconst value = ")
    );
    rwg__buf_add(out, expression);
    rwg__buf_add(out, RWG_STR(";\n}"));
}

static void write_virtual(
    const rwb__definer *d, rwg_str specifier, rwg_str env, const rwb__definition_out *out
) {
    rwg__buf code;
    rwg__buf_init(&code, d->mem);
    rwb__virtual_code(d->settings->config, specifier, env, &code);
    write_code(out, rwg__buf_str(&code));
    rwg__buf_deinit(&code);
}

static void write_missing(
    const rwb__definer *d, const rwb__view *view, const rwb__link_target *target, rwg_json_writer *w
) {
    rwg__buf message;
    rwg__buf_init(&message, d->mem);
    rwb__link_target_message(view, target, &message);
    write_error(w, rwg__buf_str(&message), "ERR_MODULE_NOT_FOUND");
    rwg__buf_deinit(&message);
}

static const char *form_of_target(rwb__link_target_kind kind) {
    switch (kind) {
    case RWB__LINK_TARGET_NODE:
    case RWB__LINK_TARGET_ASPECT:
    case RWB__LINK_TARGET_VIRTUAL: break;
    case RWB__LINK_TARGET_PINNED: return "pinned";
    case RWB__LINK_TARGET_EXTERNAL: return "external";
    case RWB__LINK_TARGET_EMPTY: return "json";
    case RWB__LINK_TARGET_MISSING: return "missing";
    }
    return "esm";
}

void rwb__definition_write_target(
    rwb__definer *d,
    const rwb__view *view,
    rwg_env env,
    const rwb__link_target *target,
    rwg_str text,
    const rwb__definition_out *out
) {
    RWG_ASSERT(target->kind != RWB__LINK_TARGET_NODE);
    rwg_json_writer *w = out->w;
    rwg__buf id;
    rwg__buf_init(&id, d->mem);
    rwg__buf_add(&id, target->text);
    rwg_json_object(w);
    rwg_json_key(w, "key");
    json_key_of(d, view, env, target, w);
    rwg_json_key(w, "form");
    rwg_json_cstring(w, form_of_target(target->kind));
    switch (target->kind) {
    case RWB__LINK_TARGET_NODE:
    case RWB__LINK_TARGET_EXTERNAL: break;
    case RWB__LINK_TARGET_ASPECT: {
        rwg__buf code;
        rwg__buf_init(&code, d->mem);
        rwb__definition_value(text, &code);
        write_code(out, rwg__buf_str(&code));
        rwg__buf_deinit(&code);
        rwg__buf_clear(&id);
        rwb__view_id(view, target->node, &id);
        break;
    }
    case RWB__LINK_TARGET_PINNED: write_code(out, text); break;
    case RWB__LINK_TARGET_VIRTUAL:
        write_virtual(d, target->text, rwg_graph_env_name(rwb__view_graph(view), env), out);
        break;
    case RWB__LINK_TARGET_EMPTY:
        write_code(out, RWG_STR("{}"));
        rwg__buf_clear(&id);
        rwg__buf_add(&id, rwb__empty_module());
        break;
    case RWB__LINK_TARGET_MISSING: write_missing(d, view, target, w); break;
    }
    rwg_json_key(w, "id");
    rwg_json_string(w, rwg__buf_str(&id));
    rwg_json_object_end(w);
    rwg__buf_deinit(&id);
}
