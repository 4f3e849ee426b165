/* A reference module makes one reference a name and exports it:
 *
 *     react-server, a client module    registerClientReference(module, id, name)   RedwoodSDK's
 *                                      registerClientReference(refuse, id, name)   React's own
 *     client, ssr, a server module     createServerReference(id, name, method, "query")
 *                                      createServerReference(id#name, call)
 *
 * React's own createServerReference wants to be told how a call reaches the server: it gets
 * globalThis.__rsc_callServer, which the application sets and RedwoodSDK's client sets too. What a
 * server module exports beside functions has no reference: each use of it throws and says so, so
 * that importing the functions beside it still works. */
#include "link/reference.h"

#include "base/json.h"
#include "base/map.h"
#include "base/str.h"
#include "base/vec.h"
#include "link/identifier.h"

/* --- names --- */

typedef struct names {
    rwb__recipe *recipe;
    const rwg_graph *g;
    RWG_VEC(rwb__reference_name) list;
    rwg__strmap seen;
    RWG_VEC(uint32_t) todo; /* nodes whose exports count too */
    rwg__idmap visited;
} names;

static void add_name(names *n, rwg_str name, uint32_t flags) {
    bool added = false;
    rwg_str copy = rwg__arena_str(&n->recipe->arena, name);
    rwg__strmap_put(&n->seen, copy, &added);
    if (added) {
        *rwg__vec_push(&n->list, n->recipe->mem) = (rwb__reference_name){copy, flags};
    }
}

static void add_exports(names *n, rwg_node node, bool through_star) {
    const rwg_module *module = rwg_node_module(n->g, node);
    if (!module) {
        return;
    }
    uint32_t count = 0;
    uint32_t edge_count = 0;
    const rwg_export *exports = rwg_module_exports(module, &count);
    const rwg_edge *edges = rwg_graph_edges(n->g, node, &edge_count);
    for (uint32_t i = 0; i < count; i++) {
        const rwg_export *e = &exports[i];
        rwg_str name = rwg_module_str(module, e->name);
        if (e->flags & RWG_EXPORT_TYPE_ONLY || (through_star && rwg__str_eq_c(name, "default"))) {
            continue;
        }
        if (!(e->flags & RWG_EXPORT_STAR)) {
            add_name(n, name, e->flags);
            continue;
        }
        for (uint32_t k = 0; k < edge_count; k++) {
            bool added = false;
            if (edges[k].kind == RWG_EDGE_IMPORT && edges[k].import == e->import &&
                edges[k].target.v) {
                rwg__idmap_put(&n->visited, edges[k].target.v, &added);
            }
            if (added) {
                *rwg__vec_push(&n->todo, n->recipe->mem) = edges[k].target.v;
            }
        }
    }
}

/* The stub of a client module has no edges of its own to follow: its module in ssr has. */
void rwb__reference_names(rwb__recipe *recipe, const rwg_graph *g) {
    names n = {.recipe = recipe, .g = g};
    rwg__strmap_init(&n.seen, recipe->mem);
    rwg__idmap_init(&n.visited, recipe->mem);
    uint32_t count = 0;
    const rwg_edge *edges = rwg_graph_edges(g, recipe->node, &count);
    rwg_node from = recipe->node;
    for (uint32_t i = 0; i < count; i++) {
        if (edges[i].kind == RWG_EDGE_BRIDGE ||
            (edges[i].kind == RWG_EDGE_CLIENT && from.v == recipe->node.v)) {
            from = edges[i].target;
        }
    }
    add_exports(&n, from, false);
    while (n.todo.len > 0) {
        add_exports(&n, (rwg_node){n.todo.ptr[--n.todo.len]}, true);
    }
    rwb__reference_name *list = rwg__arena_alloc(&recipe->arena, (n.list.len + 1) * sizeof *list);
    if (n.list.len > 0) {
        memcpy(list, n.list.ptr, n.list.len * sizeof *list);
    }
    recipe->names = list;
    recipe->name_count = n.list.len;
    rwg__vec_free(&n.list, recipe->mem);
    rwg__vec_free(&n.todo, recipe->mem);
    rwg__strmap_deinit(&n.seen);
    rwg__idmap_deinit(&n.visited);
}

/* --- code --- */

static void add_string(rwg__buf *out, rwg_str text) {
    rwg_sink sink = rwg__buf_sink(out);
    rwg_json_writer w = rwg_json_writer_make(&sink);
    rwg_json_string(&w, text);
}

/* `, "GET", "query"`: how the function says that it is called; nothing when it says nothing. */
static void add_call(rwg__buf *out, uint32_t flags, bool source_first) {
    const char *method = flags & RWG_EXPORT_GET ? "GET" : flags & RWG_EXPORT_POST ? "POST" : NULL;
    bool query = (flags & RWG_EXPORT_QUERY) != 0;
    if (method && source_first) {
        rwg__buf_printf(out, ", \"%s\", \"%s\"", query ? "query" : "action", method);
    } else if (method) {
        rwg__buf_printf(out, ", \"%s\"%s", method, query ? ", \"query\"" : "");
    }
}

static void add_client_reference(rwg__buf *out, const rwb__recipe *recipe, rwg_str name) {
    if (recipe->takes_module) {
        rwg__buf_add(out, RWG_STR("__rwg_make(__rwg_i[1], "));
    } else {
        rwg__buf_add(out, RWG_STR("__rwg_make(__rwg_refuse("));
        add_string(out, name);
        rwg__buf_add(out, RWG_STR("), "));
    }
    add_string(out, recipe->reference);
    rwg__buf_add(out, RWG_STR(", "));
    add_string(out, name);
    rwg__buf_char(out, ')');
}

static void
add_server_reference(rwg__buf *out, const rwb__recipe *recipe, const rwb__reference_name *name) {
    if (name->flags & RWG_EXPORT_NO_FUNCTION) {
        rwg__buf_add(out, RWG_STR("__rwg_refuse("));
        add_string(out, name->name);
    } else if (recipe->takes_name) {
        rwg__buf_add(out, RWG_STR("__rwg_make("));
        add_string(out, recipe->reference);
        rwg__buf_add(out, RWG_STR(", "));
        add_string(out, name->name);
        add_call(out, name->flags, false);
    } else {
        rwg__buf_add(out, RWG_STR("__rwg_make("));
        add_string(out, recipe->reference);
        rwg__buf_add(out, RWG_STR(" + \"#\" + "));
        add_string(out, name->name);
        rwg__buf_add(out, RWG_STR(", (id, args) => globalThis.__rsc_callServer(id, args"));
        add_call(out, name->flags, true);
        rwg__buf_char(out, ')');
    }
    rwg__buf_char(out, ')');
}

/* Functions that throw when they are used, where there are such. */
static void add_refusal(rwg__buf *out, const rwb__recipe *recipe) {
    if (recipe->kind == RWB__SOURCE_CLIENT_REF && !recipe->takes_module) {
        rwg__buf_add(
            out,
            RWG_STR("const __rwg_refuse = (name) => () => {\n"
                    "    throw new Error(`Attempted to call ${name}() of ${")
        );
        add_string(out, recipe->reference);
        rwg__buf_add(
            out,
            RWG_STR(
                "} from the server. The module says \"use client\": its exports can be rendered "
                "as components and passed as props here, not called.`);\n};\n"
            )
        );
        return;
    }
    bool any = false;
    for (uint32_t i = 0; i < recipe->name_count; i++) {
        any |= (recipe->names[i].flags & RWG_EXPORT_NO_FUNCTION) != 0;
    }
    if (recipe->kind != RWB__SOURCE_SERVER_REF || !any) {
        return;
    }
    rwg__buf_add(
        out,
        RWG_STR("const __rwg_refuse = (name) => {\n"
                "    const refuse = () => {\n"
                "        throw new Error(`\"${name}\" of ${")
    );
    add_string(out, recipe->reference);
    rwg__buf_add(
        out,
        RWG_STR("} cannot be used here. The module says \"use server\", so only its functions can. "
                "Export it from a module without the directive.`);\n"
                "    };\n"
                "    const traps = { apply: refuse, construct: refuse, get: refuse, has: refuse, "
                "ownKeys: refuse, set: refuse };\n"
                "    return new Proxy(function () {}, traps);\n};\n")
    );
}

static void add_head(rwg__buf *out, const rwb__recipe *recipe, const char *make) {
    if (recipe->form == RWB_FORM_FACTORY) {
        rwg__buf_add(out, RWG_STR("function* (__rwg_i, __rwg_x) { \"use strict\";\n__rwg_x({"));
        for (uint32_t i = 0; i < recipe->name_count; i++) {
            rwg__buf_add(out, i ? RWG_STR(", [") : RWG_STR(" ["));
            add_string(out, recipe->names[i].name);
            rwg__buf_printf(out, "]: () => __rwg_v%u", i);
        }
        rwg__buf_printf(out, " });\nyield;\nconst __rwg_make = __rwg_i[0].%s;\n", make);
        return;
    }
    bool namespace = recipe->maker.kind == RWB_LINK_NAMESPACE;
    rwg__buf_printf(out, "import { %s as __rwg_m } from ", namespace ? "__rwg" : make);
    add_string(out, recipe->maker.url);
    rwg__buf_printf(
        out, ";\nconst __rwg_make = __rwg_m%s%s;\n", namespace ? "." : "", namespace ? make : ""
    );
}

static void add_exported(rwg__buf *out, const rwb__recipe *recipe) {
    for (uint32_t i = 0; i < recipe->name_count; i++) {
        rwg_str name = recipe->names[i].name;
        rwg__buf_printf(out, "export { __rwg_v%u as ", i);
        if (rwb__is_identifier(name) || rwg__str_eq_c(name, "default")) {
            rwg__buf_add(out, name);
        } else {
            add_string(out, name);
        }
        rwg__buf_add(out, RWG_STR(" };\n"));
    }
}

void rwb__reference_compile(const rwb__recipe *recipe, rwg__buf *out) {
    bool client = recipe->kind == RWB__SOURCE_CLIENT_REF;
    add_head(out, recipe, client ? "registerClientReference" : "createServerReference");
    add_refusal(out, recipe);
    for (uint32_t i = 0; i < recipe->name_count; i++) {
        rwg__buf_printf(out, "const __rwg_v%u = ", i);
        if (client) {
            add_client_reference(out, recipe, recipe->names[i].name);
        } else {
            add_server_reference(out, recipe, &recipe->names[i]);
        }
        rwg__buf_add(out, RWG_STR(";\n"));
    }
    if (recipe->form == RWB_FORM_FACTORY) {
        rwg__buf_char(out, '}');
    } else {
        add_exported(out, recipe);
    }
}
