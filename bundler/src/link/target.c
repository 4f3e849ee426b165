/* Targets of edges, their keys and names, and aspects by the queries that ask for them. */
#include "link/target.h"

#include "base/hash.h"
#include "base/str.h"

/* --- aspects --- */

static const rwg_str QUERIES[] = {
    [RWB__ASPECT_MODULE] = {"", 0},
    [RWB__ASPECT_RAW] = {"raw", 3},
    [RWB__ASPECT_URL] = {"url", 3},
    [RWB__ASPECT_NO_INLINE] = {"no-inline", 9},
    [RWB__ASPECT_INLINE] = {"inline", 6},
    [RWB__ASPECT_INIT] = {"init", 4},
    [RWB__ASPECT_DATA] = {"arraybuffer", 11},
    [RWB__ASPECT_COMPILED] = {"wasm-module", 11},
    [RWB__ASPECT_WORKER] = {"worker", 6},
    [RWB__ASPECT_WORKER_INLINE] = {"worker&inline", 13},
    [RWB__ASPECT_WORKER_URL] = {"worker&url", 10},
    [RWB__ASPECT_SHARED_WORKER] = {"sharedworker", 12},
    [RWB__ASPECT_FILE] = {"file", 4},
};

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

rwb__aspect rwb__aspect_of_query(rwg_str query) {
    bool is_shared = has_query(query, "sharedworker");
    if (query.len == 0) {
        return RWB__ASPECT_MODULE;
    }
    if (has_query(query, "raw")) {
        return RWB__ASPECT_RAW;
    }
    if (is_shared || has_query(query, "worker")) {
        return has_query(query, "url")      ? RWB__ASPECT_WORKER_URL
               : is_shared                  ? RWB__ASPECT_SHARED_WORKER
               : has_query(query, "inline") ? RWB__ASPECT_WORKER_INLINE
                                            : RWB__ASPECT_WORKER;
    }
    static const rwb__aspect PLAIN[] = {
        RWB__ASPECT_INIT,
        RWB__ASPECT_DATA,
        RWB__ASPECT_COMPILED,
        RWB__ASPECT_NO_INLINE,
        RWB__ASPECT_INLINE,
        RWB__ASPECT_URL,
        RWB__ASPECT_FILE,
    };
    for (size_t i = 0; i < sizeof PLAIN / sizeof PLAIN[0]; i++) {
        if (has_query(query, QUERIES[PLAIN[i]].ptr)) {
            return PLAIN[i];
        }
    }
    return RWB__ASPECT_MODULE;
}

rwg_str rwb__aspect_query(rwb__aspect aspect) {
    return QUERIES[aspect];
}

bool rwb__aspect_is_worker(rwb__aspect aspect) {
    return aspect == RWB__ASPECT_WORKER || aspect == RWB__ASPECT_WORKER_INLINE ||
           aspect == RWB__ASPECT_WORKER_URL || aspect == RWB__ASPECT_SHARED_WORKER;
}

rwg_str rwb__pattern_query(const rwg_module *module, const rwg_import *import) {
    static const rwg_str QUERY = {"query=", 6};
    rwg_str attributes = rwg_module_str(module, import->attributes);
    bool has = import->kind == RWG_IMPORT_GLOB && rwg__str_starts(attributes, QUERY);
    return has ? rwg__str_from(attributes, QUERY.len) : (rwg_str){NULL, 0};
}

/* The URL constructor is asked for a file, whatever its name is. */
static rwb__aspect aspect_of_edge(const rwg_graph *g, rwg_node from, const rwg_edge *edge) {
    uint32_t count = 0;
    const rwg_module *module = from.v ? rwg_node_module(g, from) : NULL;
    const rwg_import *imports = module ? rwg_module_imports(module, &count) : NULL;
    const rwg_import *import = edge->import < count ? &imports[edge->import] : NULL;
    if (import && import->kind == RWG_IMPORT_WORKER) {
        return RWB__ASPECT_WORKER_URL;
    }
    if (import && import->kind == RWG_IMPORT_URL) {
        return RWB__ASPECT_FILE;
    }
    rwg_str query = import ? rwb__pattern_query(module, import) : (rwg_str){NULL, 0};
    return rwb__aspect_of_query(query.len > 0 ? query : rwg_graph_text(g, edge->text));
}

/* --- targets --- */

rwb__link_target
rwb__link_target_of_edge(const rwb__view *view, rwg_node from, const rwg_edge *edge) {
    const rwg_graph *g = rwb__view_graph(view);
    rwg_str text = rwg_graph_text(g, edge->text);
    rwb__link_target target = {.text = text, .from = from, .import = edge->import};
    switch ((rwg_outcome)edge->outcome) {
    case RWG_OUTCOME_FILE:
        target.node = edge->target;
        target.aspect = aspect_of_edge(g, from, edge);
        target.kind =
            target.aspect == RWB__ASPECT_MODULE ? RWB__LINK_TARGET_NODE : RWB__LINK_TARGET_ASPECT;
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

/* What an aspect is made of: a stylesheet's takes in what it imports. */
static rwg_hash aspect_hash(const rwb__view *view, const rwb__link_target *target) {
    const rwg_graph *g = rwb__view_graph(view);
    const rwg_module *module = rwg_node_module(g, target->node);
    bool is_style = module && rwg_module_kind_of(module) == RWG_MODULE_CSS;
    return is_style ? rwb__view_hash(view, target->node) : rwg_graph_own_hash(g, target->node);
}

static void add_query(rwg__buf *out, const rwb__link_target *target) {
    rwg__buf_char(out, '?');
    rwg__buf_add(out, rwb__aspect_query(target->aspect));
}

void rwb__link_target_key(
    const rwb__view *view, rwg_env env, const rwb__link_target *target, rwg__buf *out
) {
    const rwg_graph *g = rwb__view_graph(view);
    rwg_str name = rwg_graph_env_name(g, env);
    switch (target->kind) {
    case RWB__LINK_TARGET_NODE: rwb__view_key(view, target->node, out); break;
    case RWB__LINK_TARGET_ASPECT:
        rwb__view_qualified(view, target->node, out);
        add_query(out, target);
        rwg__buf_char(out, '@');
        add_hex(out, aspect_hash(view, target));
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
        rwg__buf_add(out, name);
        rwg__buf_char(out, ':');
        rwg__buf_add(out, rwb__empty_module());
        rwg__buf_add(out, RWG_STR("@1"));
        break;
    case RWB__LINK_TARGET_MISSING: {
        rwg__buf message;
        rwg__buf_init(&message, out->mem);
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
    const rwb__view *view, rwg_env env, const rwb__link_target *target, rwg__buf *out
) {
    rwg_str name = rwg_graph_env_name(rwb__view_graph(view), env);
    switch (target->kind) {
    case RWB__LINK_TARGET_NODE: rwb__view_qualified(view, target->node, out); return;
    case RWB__LINK_TARGET_ASPECT:
        rwb__view_qualified(view, target->node, out);
        add_query(out, target);
        return;
    case RWB__LINK_TARGET_VIRTUAL:
    case RWB__LINK_TARGET_EMPTY: {
        rwg_str id = target->kind == RWB__LINK_TARGET_EMPTY ? rwb__empty_module() : target->text;
        rwg__buf_printf(out, "%.*s:%.*s", (int)name.len, name.ptr, (int)id.len, id.ptr);
        return;
    }
    case RWB__LINK_TARGET_PINNED:
    case RWB__LINK_TARGET_EXTERNAL:
    case RWB__LINK_TARGET_MISSING: break;
    }
    rwb__link_target_key(view, env, target, out);
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
    if (rwg__str_eq(id, rwb__empty_module())) {
        target.kind = RWB__LINK_TARGET_EMPTY;
    } else if (rwb__is_virtual(id)) {
        target.kind = RWB__LINK_TARGET_VIRTUAL;
        target.text = id;
    } else {
        target.node = find_by_lookup(view, target.env, id);
        target.aspect = rwb__aspect_of_query(rwg__str_from(id, rwg__str_index(id, '?')));
        target.kind = !target.node.v                        ? RWB__LINK_TARGET_MISSING
                      : target.aspect == RWB__ASPECT_MODULE ? RWB__LINK_TARGET_NODE
                                                            : RWB__LINK_TARGET_ASPECT;
    }
    return target;
}
