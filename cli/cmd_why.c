/* `rwgraph why TO`: the shortest chain of imports that brings a file into an environment, each link
 * with the line that makes it. */
#include "cmd.h"
#include "format.h"
#include "open.h"

#include <stdlib.h>
#include <string.h>

/* The edge that leads from one node of a chain to the next, one that runs it if there is any. */
static const rwg_edge *find_edge(const rwg_graph *g, rwg_node from, rwg_node to) {
    uint32_t n = 0;
    const rwg_edge *edges = rwg_graph_edges(g, from, &n);
    const rwg_edge *found = NULL;
    const uint8_t lesser = RWG_EDGE_TYPE_ONLY | RWG_EDGE_TEXT;
    for (uint32_t i = 0; i < n; i++) {
        bool better = !found || (found->flags & lesser && !(edges[i].flags & lesser));
        if (edges[i].target.v == to.v && better) {
            found = &edges[i];
        }
    }
    return found;
}

/* Line number `line` of text, without what surrounds it. */
static rwg_str line_of(rwg_str text, uint32_t line) {
    const char *at = text.ptr;
    const char *end = text.ptr + text.len;
    for (uint32_t i = 1; i < line && at < end; i++) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        at = feed ? feed + 1 : end;
    }
    const char *stop = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
    stop = stop ? stop : end;
    while (at < stop && (*at == ' ' || *at == '\t')) {
        at++;
    }
    while (stop > at && (unsigned char)stop[-1] <= ' ') {
        stop--;
    }
    return (rwg_str){at, (uint32_t)(stop - at)};
}

static void print_import(const rwg_open *o, rwg_node from, const rwg_edge *edge) {
    const rwg_module *module = rwg_node_module(o->graph, from);
    uint32_t n = 0;
    const rwg_import *imports = module ? rwg_module_imports(module, &n) : NULL;
    if (edge->import >= n) {
        return;
    }
    rwg_file_text file = rwg_open_read(o, rwg_open_path(o, from));
    printf("    %5u | ", imports[edge->import].line);
    if (file.text.ptr) {
        rwg_print_str(line_of(file.text, imports[edge->import].line));
    }
    puts(
        edge->flags & RWG_EDGE_TYPE_ONLY ? "  (types only)"
        : edge->flags & RWG_EDGE_TEXT    ? "  (as text, not as a module)"
                                         : ""
    );
    free(file.bytes);
}

static void print_link(const rwg_open *o, rwg_node from, rwg_node to) {
    static const char *const CROSSINGS[] = {
        [RWG_EDGE_BRIDGE] = "a client module, evaluated in",
        [RWG_EDGE_CLIENT] = "a client module, loaded by",
        [RWG_EDGE_SERVER] = "a server module, called in",
    };
    const rwg_edge *edge = find_edge(o->graph, from, to);
    if (!edge) {
        return;
    }
    if (edge->kind == RWG_EDGE_IMPORT) {
        print_import(o, from, edge);
        return;
    }
    rwg_str env = rwg_graph_env_name(o->graph, rwg_node_env(o->graph, to));
    printf("          | (%s %.*s)\n", CROSSINGS[edge->kind], (int)env.len, env.ptr);
}

static void print_chain(const rwg_open *o, const rwg_node_list *chain) {
    rwg_node last = chain->items[chain->count - 1];
    rwg_str env = rwg_graph_env_name(o->graph, rwg_node_env(o->graph, last));
    printf("%.*s\n", (int)env.len, env.ptr);
    for (uint32_t i = 0; i < chain->count; i++) {
        bool entry = rwg_node_flags(o->graph, chain->items[i]) & RWG_NODE_ENTRY;
        fputs("  ", stdout);
        rwg_print_str(rwg_open_path(o, chain->items[i]));
        puts(i == 0 && entry ? " (entry)" : "");
        if (i + 1 < chain->count) {
            print_link(o, chain->items[i], chain->items[i + 1]);
        }
    }
}

/* How one module of a chain leads to the next: by which import, or over which boundary. */
static void json_via(rwg_json_writer *w, const rwg_open *o, rwg_node from, rwg_node to) {
    static const char *const KINDS[] = {
        [RWG_EDGE_IMPORT] = "import",
        [RWG_EDGE_BRIDGE] = "bridge",
        [RWG_EDGE_CLIENT] = "client",
        [RWG_EDGE_SERVER] = "server",
    };
    const rwg_edge *edge = find_edge(o->graph, from, to);
    const rwg_module *module = rwg_node_module(o->graph, from);
    uint32_t n = 0;
    const rwg_import *imports = module ? rwg_module_imports(module, &n) : NULL;
    rwg_json_key(w, "kind");
    rwg_json_cstring(w, KINDS[edge->kind]);
    if (edge->import < n) {
        rwg_json_key(w, "specifier");
        rwg_json_string(w, rwg_module_str(module, imports[edge->import].specifier));
        rwg_json_key(w, "line");
        rwg_json_uint(w, imports[edge->import].line);
        rwg_json_key(w, "typeOnly");
        rwg_json_bool(w, edge->flags & RWG_EDGE_TYPE_ONLY);
        if (edge->flags & RWG_EDGE_TEXT) {
            rwg_json_key(w, "text");
            rwg_json_bool(w, true);
        }
    }
}

static void json_chain(rwg_json_writer *w, const rwg_open *o, const rwg_node_list *chain) {
    rwg_node last = chain->items[chain->count - 1];
    rwg_json_object(w);
    rwg_json_key(w, "env");
    rwg_json_string(w, rwg_graph_env_name(o->graph, rwg_node_env(o->graph, last)));
    rwg_json_key(w, "modules");
    rwg_json_array(w);
    for (uint32_t i = 0; i < chain->count; i++) {
        rwg_node node = chain->items[i];
        rwg_json_object(w);
        rwg_json_key(w, "path");
        rwg_json_string(w, rwg_open_path(o, node));
        rwg_json_key(w, "env");
        rwg_json_string(w, rwg_graph_env_name(o->graph, rwg_node_env(o->graph, node)));
        rwg_json_key(w, "entry");
        rwg_json_bool(w, rwg_node_flags(o->graph, node) & RWG_NODE_ENTRY);
        rwg_json_key(w, "via"); /* what leads here */
        if (i == 0) {
            rwg_json_null(w);
        } else {
            rwg_json_object(w);
            json_via(w, o, chain->items[i - 1], node);
            rwg_json_object_end(w);
        }
        rwg_json_object_end(w);
    }
    rwg_json_array_end(w);
    rwg_json_object_end(w);
}

/* Code that runs is the better reason; types are one when there is no other. */
static bool find_chain(const rwg_graph *g, rwg_node from, rwg_node to, rwg_node_list *out) {
    return rwg_graph_why(g, from, to, false, out) == RWG_OK ||
           rwg_graph_why(g, from, to, true, out) == RWG_OK;
}

/* From `from` in the same environment, else in any other: the way may cross a boundary. */
static bool find_chain_from(const rwg_open *o, const char *from, rwg_node to, rwg_node_list *out) {
    rwg_env own = rwg_node_env(o->graph, to);
    rwg_node start = rwg_open_find(o, from, own);
    bool found = start.v && find_chain(o->graph, start, to, out);
    for (uint32_t env = 1; env <= rwg_graph_env_count(o->graph) && !found; env++) {
        start = rwg_open_find(o, from, (rwg_env){env});
        found = env != own.v && start.v && find_chain(o->graph, start, to, out);
    }
    return found;
}

/* With w, chains become elements of the array that is open in it. */
static int answer(const rwg_open *o, const char *to, const char *from, rwg_json_writer *w) {
    bool known = false;
    bool answered = false;
    for (uint32_t env = 1; env <= rwg_graph_env_count(o->graph); env++) {
        rwg_node node = {0};
        if (rwg_open_asked(o, (rwg_env){env})) {
            node = rwg_open_find(o, to, (rwg_env){env});
        }
        if (!node.v) {
            continue;
        }
        known = true;
        rwg_node_list chain = {0};
        bool found = from ? find_chain_from(o, from, node, &chain)
                          : find_chain(o->graph, (rwg_node){0}, node, &chain);
        if (found) {
            if (w) {
                json_chain(w, o, &chain);
            } else {
                print_chain(o, &chain);
            }
            rwg_node_list_free(&chain);
            answered = true;
        }
    }
    if (!known) {
        rwg_print_unknown(o, to);
    } else if (!answered) {
        fprintf(stderr, "rwgraph: %s does not lead to %s\n", from ? from : "no entry", to);
    }
    return answered ? RWG_EXIT_OK : RWG_EXIT_FINDINGS;
}

static int answer_json(const rwg_open *o, const char *to, const char *from) {
    rwg_sink out = rwg_sink_file(stdout);
    rwg_json_writer w = rwg_json_writer_make(&out);
    rwg_json_object(&w);
    rwg_json_key(&w, "version");
    rwg_json_uint(&w, 1);
    rwg_json_key(&w, "chains");
    rwg_json_array(&w);
    int code = answer(o, to, from, &w);
    rwg_json_array_end(&w);
    rwg_json_object_end(&w);
    rwg_sink_cstr(&out, "\n");
    return code;
}

int rwg_cmd_why(int argc, char **argv) {
    rwg_open o = {0};
    const char *from = NULL;
    const char *format = "text";
    bool json = false;
    const rwg_opt options[] = {
        {.name = "from",
         .kind = RWG_OPT_TEXT,
         .text = &from,
         .value = "FILE",
         .help = "begin here instead of at an entry"},
        RWG_FORMAT_OPTION(&format),
        RWG_OPEN_DIR_OPTION(&o),
        RWG_OPEN_OPTIONS(&o),
        {0},
    };
    const rwg_opt_usage usage = {
        .synopsis = "why TO",
        .about =
            "Prints the shortest chain of imports that leads to the file or package TO, in each\n"
            "environment, with the line of each import. Exit code 1: nothing leads there.",
        .options = options,
        .takes = "one file or package",
        .least = 1,
        .most = 1,
    };
    int count = 0;
    int code = RWG_EXIT_OK;
    if (!rwg_opt_parse(&usage, argc, argv, &count, &code)) {
        return code;
    }
    if (!rwg_format_is_json(format, &json)) {
        return RWG_EXIT_USAGE;
    }
    code = rwg_open_project(&o, o.dir);
    if (code == RWG_EXIT_OK) {
        code = json ? answer_json(&o, argv[1], from) : answer(&o, argv[1], from, NULL);
    }
    rwg_open_close(&o);
    return code;
}
