/* A graph as text: canonical, DOT, Mermaid, JSON.
 *
 * The canonical dump has no ids, no generation and nothing else that depends on how the graph came
 * about; what is not reached from an entry is not there. Two graphs are equal iff their canonical
 * dumps are. What is written is in order of path and environment, so dumps of different runs can be
 * compared line by line. */
#include <rwgraph/sink.h>

#include "base/hash.h"
#include "base/str.h"
#include "graph/walk.h"

static const char *role_name(rwg_env_role role) {
    switch (role) {
    case RWG_ROLE_PLAIN: return "plain";
    case RWG_ROLE_CLIENT: return "client";
    case RWG_ROLE_SSR: return "ssr";
    case RWG_ROLE_SERVER: return "server";
    }
    return "unknown";
}

static const char *outcome_name(uint8_t outcome) {
    switch ((rwg_outcome)outcome) {
    case RWG_OUTCOME_FILE: return "file";
    case RWG_OUTCOME_BUILTIN: return "builtin";
    case RWG_OUTCOME_EXTERNAL: return "external";
    case RWG_OUTCOME_IGNORED: return "ignored";
    case RWG_OUTCOME_PINNED: return "pinned";
    case RWG_OUTCOME_MISSING: return "missing";
    }
    return "unknown";
}

static const char *severity_name(rwg_severity severity) {
    switch (severity) {
    case RWG_SEVERITY_ERROR: return "error";
    case RWG_SEVERITY_WARNING: return "warning";
    case RWG_SEVERITY_NOTE: return "note";
    }
    return "unknown";
}

typedef struct flag_name {
    uint32_t flag;
    const char *name;
} flag_name;

static const flag_name node_flags[] = {
    {RWG_NODE_ENTRY, "entry"},
    {RWG_NODE_DEPENDENCY, "dependency"},
    {RWG_NODE_CLIENT_REF, "client-ref"},
    {RWG_NODE_SERVER_REF, "server-ref"},
    {RWG_NODE_PINNED, "pinned"},
    {RWG_NODE_CLIENT, "client"},
    {RWG_NODE_SERVER, "server"},
    {RWG_NODE_UNREADABLE, "unreadable"},
    {RWG_NODE_LEAF, "leaf"},
};

static const flag_name edge_flags[] = {
    {RWG_EDGE_TYPE_ONLY, "type-only"},
    {RWG_EDGE_DYNAMIC, "dynamic"},
    {RWG_EDGE_STAR, "star"},
    {RWG_EDGE_EMBEDS, "embeds"},
    {RWG_EDGE_TEXT, "text"},
};

/* Of edges whose target is not evaluated with the importer: dashed in drawings. */
enum {
    LATER = RWG_EDGE_DYNAMIC | RWG_EDGE_TYPE_ONLY | RWG_EDGE_TEXT,
};

enum {
    NODE_FLAG_COUNT = sizeof node_flags / sizeof node_flags[0],
    EDGE_FLAG_COUNT = sizeof edge_flags / sizeof edge_flags[0],
};

/* "import", or what the module's record calls this import site. */
static const char *edge_name(const rwg_graph *g, uint32_t from, const rwg_edge *edge) {
    switch ((rwg_edge_kind)edge->kind) {
    case RWG_EDGE_BRIDGE: return "bridge";
    case RWG_EDGE_CLIENT: return "client";
    case RWG_EDGE_SERVER: return "server";
    case RWG_EDGE_IMPORT: break;
    }
    const rwg_module *module = g->files[g->nodes[from].file.v].module;
    uint32_t count = 0;
    const rwg_import *imports = module ? rwg_module_imports(module, &count) : NULL;
    return edge->import < count ? rwg_import_kind_name((rwg_import_kind)imports[edge->import].kind)
                                : "import";
}

static rwg_str edge_specifier(const rwg_graph *g, uint32_t from, const rwg_edge *edge) {
    const rwg_module *module = g->files[g->nodes[from].file.v].module;
    uint32_t count = 0;
    const rwg_import *imports = module ? rwg_module_imports(module, &count) : NULL;
    return edge->import < count ? rwg_module_str(module, imports[edge->import].specifier)
                                : (rwg_str){NULL, 0};
}

static const char *kind_name(const rwg_graph *g, uint32_t node) {
    const rwg_module *module = g->files[g->nodes[node].file.v].module;
    return rwg_module_kind_name(module ? rwg_module_kind_of(module) : RWG_MODULE_ASSET);
}

/* The reached nodes, sorted; freed with rwg__node_set_deinit. */
static void collect_nodes(const rwg_graph *g, rwg__node_set *nodes) {
    rwg__node_set_init(nodes, g->mem, g->node_count);
    for (uint32_t i = 1; i < g->node_count; i++) {
        if (rwg__node_reached(g, i)) {
            rwg__node_set_add(nodes, i);
        }
    }
    rwg__nodes_sort(g, nodes->items, nodes->count);
}

/* Text in quotes, with quotes, backslashes and control bytes escaped: one value stays on one line.
 */
static void write_quoted(rwg_sink *sink, rwg_str text) {
    rwg_sink_cstr(sink, "\"");
    uint32_t from = 0;
    for (uint32_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        if (byte >= 0x20 && byte != '"' && byte != '\\') {
            continue;
        }
        rwg_sink_write(sink, rwg__str_sub(text, from, i));
        if (byte < 0x20) {
            rwg_sink_printf(sink, "\\x%02x", byte);
        } else {
            rwg_sink_printf(sink, "\\%c", byte);
        }
        from = i + 1;
    }
    if (from < text.len) {
        rwg_sink_write(sink, rwg__str_from(text, from));
    }
    rwg_sink_cstr(sink, "\"");
}

static void write_node(rwg_sink *sink, const rwg_graph *g, uint32_t node) {
    write_quoted(sink, rwg__node_path(g, node));
    rwg_sink_cstr(sink, " ");
    rwg_sink_write(sink, rwg__node_env_name(g, node));
}

static void write_hash(rwg_sink *sink, const char *label, rwg_hash hash) {
    char hex[33];
    rwg__hash_hex(hash, hex);
    rwg_sink_printf(sink, "  %s %s\n", label, hex);
}

static void
write_flags(rwg_sink *sink, uint32_t flags, const flag_name *names, uint32_t name_count) {
    for (uint32_t i = 0; i < name_count; i++) {
        if (flags & names[i].flag) {
            rwg_sink_printf(sink, " %s", names[i].name);
        }
    }
}

static void
write_canonical_edge(rwg_sink *sink, const rwg_graph *g, uint32_t from, const rwg_edge *edge) {
    rwg_sink_printf(sink, "  %s ", edge_name(g, from, edge));
    if (edge->kind == RWG_EDGE_IMPORT) {
        write_quoted(sink, edge_specifier(g, from, edge));
        rwg_sink_printf(sink, " #%u ", (unsigned)edge->import);
    }
    rwg_sink_cstr(sink, outcome_name(edge->outcome));
    if (edge->target.v != 0) {
        rwg_sink_cstr(sink, " ");
        write_node(sink, g, edge->target.v);
    }
    if (edge->text != 0) {
        rwg_sink_cstr(sink, " ");
        write_quoted(sink, rwg_graph_text(g, edge->text));
    }
    write_flags(sink, edge->flags, edge_flags, EDGE_FLAG_COUNT);
    rwg_sink_cstr(sink, "\n");
}

static void write_canonical_node(rwg_sink *sink, const rwg_graph *g, uint32_t node) {
    rwg_sink_cstr(sink, "module ");
    write_node(sink, g, node);
    rwg_sink_printf(sink, " %s", kind_name(g, node));
    write_flags(sink, g->nodes[node].flags, node_flags, NODE_FLAG_COUNT);
    rwg_sink_cstr(sink, "\n");
    write_hash(sink, "content", g->files[g->nodes[node].file.v].content);
    write_hash(sink, "own", g->own[node]);
    write_hash(sink, "surface", g->surface[node]);
    write_hash(sink, "version", g->version[node]);
    uint32_t count;
    const rwg_edge *edges = rwg__edges(g, node, &count);
    for (uint32_t i = 0; i < count; i++) {
        write_canonical_edge(sink, g, node, &edges[i]);
    }
}

static void write_canonical_deps(rwg_sink *sink, const rwg_graph *g) {
    for (uint32_t i = 0; i < g->dep_count; i++) {
        const rwg_dependency *dep = &g->deps[i];
        rwg_sink_cstr(sink, "dependency ");
        rwg_sink_write(sink, rwg_graph_env_name(g, dep->env));
        rwg_sink_cstr(sink, " ");
        write_quoted(sink, dep->specifier);
        rwg_sink_cstr(sink, " ");
        write_quoted(sink, dep->package);
        rwg_sink_cstr(sink, " ");
        write_node(sink, g, dep->node.v);
        rwg_sink_cstr(sink, "\n");
        size_t size = dep->importer_count * sizeof(rwg_node);
        rwg_node *importers = rwg__mem_resize(g->mem, NULL, 0, size);
        memcpy(importers, dep->importers, size);
        rwg__nodes_sort(g, importers, dep->importer_count);
        for (uint32_t k = 0; k < dep->importer_count; k++) {
            rwg_sink_cstr(sink, "  importer ");
            write_node(sink, g, importers[k].v);
            rwg_sink_cstr(sink, "\n");
        }
        rwg__mem_free(g->mem, importers, size);
    }
}

static void write_canonical_diags(rwg_sink *sink, const rwg_graph *g) {
    for (uint32_t i = 0; i < g->diag_count; i++) {
        const rwg_diag *diag = &g->diags[i];
        rwg_sink_cstr(sink, "problem ");
        write_quoted(sink, diag->path);
        rwg_sink_printf(
            sink,
            " %u-%u %s %s",
            (unsigned)diag->span.start,
            (unsigned)diag->span.end,
            severity_name(diag->severity),
            rwg_diag_code_name(diag->code)
        );
        rwg_sink_cstr(sink, diag->env.len ? " in " : "");
        rwg_sink_write(sink, diag->env);
        rwg_sink_cstr(sink, " ");
        write_quoted(sink, diag->message);
        rwg_sink_cstr(sink, " ");
        write_quoted(sink, diag->fix);
        rwg_sink_cstr(sink, "\n");
    }
}

static void dump_canonical(const rwg_graph *g, const rwg__node_set *nodes, rwg_sink *sink) {
    rwg_sink_cstr(sink, "rwgraph-dump 1\n");
    for (uint32_t i = 0; i < g->env_count; i++) {
        rwg_sink_cstr(sink, "environment ");
        rwg_sink_write(sink, g->envs[i].name);
        rwg_sink_printf(sink, " %s\n", role_name(g->envs[i].role));
    }
    for (uint32_t i = 0; i < nodes->count; i++) {
        write_canonical_node(sink, g, nodes->items[i].v);
    }
    write_canonical_deps(sink, g);
    write_canonical_diags(sink, g);
}

/* Nodes of a drawing are n1, n2, ... in sorted order; ranks[id] is that number. */
static uint32_t *rank_nodes(const rwg_graph *g, const rwg__node_set *nodes) {
    uint32_t *ranks = rwg__mem_zalloc(g->mem, g->node_count * sizeof *ranks);
    for (uint32_t i = 0; i < nodes->count; i++) {
        ranks[nodes->items[i].v] = i + 1;
    }
    return ranks;
}

/* A drawing has one arrow for all imports from one module to another. */
static bool is_first_arrow(const rwg_edge *edges, uint32_t i, uint32_t *drawn, uint32_t from) {
    uint32_t target = edges[i].target.v;
    if (target == 0 || drawn[target] == from) {
        return false;
    }
    drawn[target] = from;
    return true;
}

static void dump_dot(const rwg_graph *g, const rwg__node_set *nodes, rwg_sink *sink) {
    uint32_t *ranks = rank_nodes(g, nodes);
    uint32_t *drawn = rwg__mem_zalloc(g->mem, g->node_count * sizeof *drawn);
    rwg_sink_cstr(sink, "digraph modules {\n  rankdir=LR;\n  node [shape=box];\n");
    for (uint32_t env = 1; env <= g->env_count; env++) {
        rwg_sink_printf(sink, "  subgraph cluster_%u {\n    label=", (unsigned)env);
        write_quoted(sink, g->envs[env - 1].name);
        rwg_sink_cstr(sink, ";\n");
        for (uint32_t i = 0; i < nodes->count; i++) {
            uint32_t node = nodes->items[i].v;
            if (g->nodes[node].env.v == env) {
                rwg_sink_printf(sink, "    n%u [label=", (unsigned)i + 1);
                write_quoted(sink, rwg__node_path(g, node));
                bool entry = (g->nodes[node].flags & RWG_NODE_ENTRY) != 0;
                rwg_sink_cstr(sink, entry ? ", style=bold];\n" : "];\n");
            }
        }
        rwg_sink_cstr(sink, "  }\n");
    }
    for (uint32_t i = 0; i < nodes->count; i++) {
        uint32_t count;
        const rwg_edge *edges = rwg__edges(g, nodes->items[i].v, &count);
        for (uint32_t k = 0; k < count; k++) {
            if (is_first_arrow(edges, k, drawn, nodes->items[i].v)) {
                uint32_t to = ranks[edges[k].target.v];
                rwg_sink_printf(sink, "  n%u -> n%u", (unsigned)i + 1, (unsigned)to);
                bool dashed = edges[k].flags & LATER;
                if (edges[k].kind != RWG_EDGE_IMPORT) {
                    rwg_sink_printf(
                        sink, " [label=%s]", edge_name(g, nodes->items[i].v, &edges[k])
                    );
                }
                rwg_sink_cstr(sink, dashed ? " [style=dashed];\n" : ";\n");
            }
        }
    }
    rwg_sink_cstr(sink, "}\n");
    rwg__mem_free(g->mem, ranks, g->node_count * sizeof *ranks);
    rwg__mem_free(g->mem, drawn, g->node_count * sizeof *drawn);
}

/* Mermaid has no escape for quotes but entities. */
static void write_mermaid_text(rwg_sink *sink, rwg_str text) {
    rwg_sink_cstr(sink, "\"");
    for (uint32_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        if (byte < 0x20 || byte == '"' || byte == '#' || byte == '<' || byte == '>') {
            rwg_sink_printf(sink, "#%u;", byte);
        } else {
            rwg_sink_write(sink, rwg__str_sub(text, i, i + 1));
        }
    }
    rwg_sink_cstr(sink, "\"");
}

static void dump_mermaid(const rwg_graph *g, const rwg__node_set *nodes, rwg_sink *sink) {
    uint32_t *ranks = rank_nodes(g, nodes);
    uint32_t *drawn = rwg__mem_zalloc(g->mem, g->node_count * sizeof *drawn);
    rwg_sink_cstr(sink, "flowchart LR\n");
    for (uint32_t env = 1; env <= g->env_count; env++) {
        rwg_sink_printf(sink, "  subgraph e%u[", (unsigned)env);
        write_mermaid_text(sink, g->envs[env - 1].name);
        rwg_sink_cstr(sink, "]\n");
        for (uint32_t i = 0; i < nodes->count; i++) {
            if (g->nodes[nodes->items[i].v].env.v == env) {
                rwg_sink_printf(sink, "    n%u[", (unsigned)i + 1);
                write_mermaid_text(sink, rwg__node_path(g, nodes->items[i].v));
                rwg_sink_cstr(sink, "]\n");
            }
        }
        rwg_sink_cstr(sink, "  end\n");
    }
    for (uint32_t i = 0; i < nodes->count; i++) {
        uint32_t count;
        const rwg_edge *edges = rwg__edges(g, nodes->items[i].v, &count);
        for (uint32_t k = 0; k < count; k++) {
            if (is_first_arrow(edges, k, drawn, nodes->items[i].v)) {
                bool dashed = edges[k].flags & LATER || edges[k].kind != RWG_EDGE_IMPORT;
                uint32_t to = ranks[edges[k].target.v];
                const char *arrow = dashed ? "-.->" : "-->";
                rwg_sink_printf(sink, "  n%u %s n%u\n", (unsigned)i + 1, arrow, (unsigned)to);
            }
        }
    }
    rwg__mem_free(g->mem, ranks, g->node_count * sizeof *ranks);
    rwg__mem_free(g->mem, drawn, g->node_count * sizeof *drawn);
}

static void json_text(rwg_json_writer *w, const char *key, rwg_str value) {
    rwg_json_key(w, key);
    rwg_json_string(w, value);
}

static void json_hash(rwg_json_writer *w, const char *key, rwg_hash value) {
    rwg_json_key(w, key);
    rwg_json_hash(w, value);
}

static void
json_flags(rwg_json_writer *w, uint32_t flags, const flag_name *names, uint32_t name_count) {
    rwg_json_key(w, "flags");
    rwg_json_array(w);
    for (uint32_t i = 0; i < name_count; i++) {
        if (flags & names[i].flag) {
            rwg_json_cstring(w, names[i].name);
        }
    }
    rwg_json_array_end(w);
}

static void json_node(rwg_json_writer *w, const rwg_graph *g, uint32_t node) {
    json_text(w, "path", rwg__node_path(g, node));
    json_text(w, "environment", rwg__node_env_name(g, node));
}

static void json_edge(rwg_json_writer *w, const rwg_graph *g, uint32_t from, const rwg_edge *edge) {
    rwg_json_object(w);
    rwg_json_key(w, "kind");
    rwg_json_cstring(w, edge_name(g, from, edge));
    if (edge->kind == RWG_EDGE_IMPORT) {
        rwg_json_key(w, "import");
        rwg_json_uint(w, edge->import);
        json_text(w, "specifier", edge_specifier(g, from, edge));
    }
    rwg_json_key(w, "outcome");
    rwg_json_cstring(w, outcome_name(edge->outcome));
    json_flags(w, edge->flags, edge_flags, EDGE_FLAG_COUNT);
    if (edge->target.v != 0) {
        rwg_json_key(w, "target");
        rwg_json_object(w);
        json_node(w, g, edge->target.v);
        rwg_json_object_end(w);
    }
    if (edge->text != 0) {
        json_text(w, "text", rwg_graph_text(g, edge->text));
    }
    rwg_json_object_end(w);
}

static void json_module(rwg_json_writer *w, const rwg_graph *g, uint32_t node) {
    rwg_json_object(w);
    json_node(w, g, node);
    rwg_json_key(w, "kind");
    rwg_json_cstring(w, kind_name(g, node));
    json_flags(w, g->nodes[node].flags, node_flags, NODE_FLAG_COUNT);
    json_hash(w, "content", g->files[g->nodes[node].file.v].content);
    json_hash(w, "own", g->own[node]);
    json_hash(w, "surface", g->surface[node]);
    json_hash(w, "version", g->version[node]);
    rwg_json_key(w, "edges");
    rwg_json_array(w);
    uint32_t count;
    const rwg_edge *edges = rwg__edges(g, node, &count);
    for (uint32_t i = 0; i < count; i++) {
        json_edge(w, g, node, &edges[i]);
    }
    rwg_json_array_end(w);
    rwg_json_object_end(w);
}

static void json_dependency(rwg_json_writer *w, const rwg_graph *g, const rwg_dependency *dep) {
    rwg_json_object(w);
    json_text(w, "environment", rwg_graph_env_name(g, dep->env));
    json_text(w, "specifier", dep->specifier);
    json_text(w, "package", dep->package);
    json_text(w, "path", rwg__node_path(g, dep->node.v));
    rwg_json_key(w, "fresh");
    rwg_json_bool(w, dep->fresh);
    rwg_json_key(w, "importers");
    rwg_json_array(w);
    for (uint32_t i = 0; i < dep->importer_count; i++) {
        rwg_json_object(w);
        json_node(w, g, dep->importers[i].v);
        rwg_json_object_end(w);
    }
    rwg_json_array_end(w);
    rwg_json_object_end(w);
}

static void json_diag(rwg_json_writer *w, const rwg_diag *diag) {
    rwg_json_object(w);
    rwg_json_key(w, "code");
    rwg_json_cstring(w, rwg_diag_code_name(diag->code));
    rwg_json_key(w, "severity");
    rwg_json_cstring(w, severity_name(diag->severity));
    json_text(w, "path", diag->path);
    json_text(w, "environment", diag->env);
    rwg_json_key(w, "start");
    rwg_json_uint(w, diag->span.start);
    rwg_json_key(w, "end");
    rwg_json_uint(w, diag->span.end);
    rwg_json_key(w, "line");
    rwg_json_uint(w, diag->line);
    json_text(w, "message", diag->message);
    json_text(w, "fix", diag->fix);
    rwg_json_object_end(w);
}

static void dump_json(const rwg_graph *g, const rwg__node_set *nodes, rwg_sink *sink) {
    rwg_json_writer w = rwg_json_writer_make(sink);
    rwg_json_object(&w);
    rwg_json_key(&w, "format");
    rwg_json_uint(&w, 1);
    rwg_json_key(&w, "generation");
    rwg_json_uint(&w, g->generation);
    rwg_json_key(&w, "environments");
    rwg_json_array(&w);
    for (uint32_t i = 0; i < g->env_count; i++) {
        rwg_json_object(&w);
        json_text(&w, "name", g->envs[i].name);
        rwg_json_key(&w, "role");
        rwg_json_cstring(&w, role_name(g->envs[i].role));
        rwg_json_object_end(&w);
    }
    rwg_json_array_end(&w);
    rwg_json_key(&w, "modules");
    rwg_json_array(&w);
    for (uint32_t i = 0; i < nodes->count; i++) {
        json_module(&w, g, nodes->items[i].v);
    }
    rwg_json_array_end(&w);
    rwg_json_key(&w, "dependencies");
    rwg_json_array(&w);
    for (uint32_t i = 0; i < g->dep_count; i++) {
        json_dependency(&w, g, &g->deps[i]);
    }
    rwg_json_array_end(&w);
    rwg_json_key(&w, "diagnostics");
    rwg_json_array(&w);
    for (uint32_t i = 0; i < g->diag_count; i++) {
        json_diag(&w, &g->diags[i]);
    }
    rwg_json_array_end(&w);
    rwg_json_object_end(&w);
    rwg_sink_cstr(sink, "\n");
}

void rwg_graph_dump(const rwg_graph *g, rwg_dump_format format, rwg_sink *sink) {
    rwg__node_set nodes;
    collect_nodes(g, &nodes);
    switch (format) {
    case RWG_DUMP_CANONICAL: dump_canonical(g, &nodes, sink); break;
    case RWG_DUMP_DOT: dump_dot(g, &nodes, sink); break;
    case RWG_DUMP_MERMAID: dump_mermaid(g, &nodes, sink); break;
    case RWG_DUMP_JSON: dump_json(g, &nodes, sink); break;
    }
    rwg__node_set_deinit(&nodes);
}
