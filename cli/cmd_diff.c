/* `rwgraph diff ENV ENV`: how two environments see one project. A file can be in one of them only;
 * in both, but as a stub of references in one; or in both with imports that lead elsewhere. */
#include "cmd.h"
#include "format.h"
#include "open.h"

#include <stdlib.h>

/* Where one import of a module leads, in terms that mean the same in every environment. */
typedef struct link {
    uint32_t import; /* index into the module's imports, RWG_NO_IMPORT for what no import made */
    uint8_t outcome;
    rwg_str target; /* a path, or what the outcome leaves of the specifier */
} link;

typedef struct link_list {
    link *items;
    uint32_t count;
} link_list;

typedef struct comparison {
    const rwg_open *open;
    rwg_env envs[2];
    rwg_file *files; /* those of either environment, by path */
    uint32_t file_count;
    uint32_t differences;
    rwg_json_writer *w; /* NULL: text */
} comparison;

static int order_links(const void *a, const void *b) {
    const link *left = a;
    const link *right = b;
    if (left->import != right->import) {
        return left->import < right->import ? -1 : 1;
    }
    int outcome = (int)left->outcome - (int)right->outcome;
    return outcome ? outcome : rwg_str_order(left->target, right->target);
}

static link_list make_links(const rwg_graph *g, rwg_node node) {
    uint32_t n = 0;
    const rwg_edge *edges = rwg_graph_edges(g, node, &n);
    link_list list = {calloc((size_t)n + 1, sizeof *list.items), 0};
    if (!list.items) {
        abort();
    }
    for (uint32_t i = 0; i < n; i++) {
        rwg_str target = edges[i].target.v
                             ? rwg_graph_file_path(g, rwg_node_file(g, edges[i].target))
                             : rwg_graph_text(g, edges[i].text);
        list.items[list.count++] = (link){edges[i].import, edges[i].outcome, target};
    }
    qsort(list.items, list.count, sizeof *list.items, order_links);
    return list;
}

/* How many links from `at` on belong to the same import. */
static uint32_t group_size(const link_list *list, uint32_t at, uint32_t import) {
    uint32_t end = at;
    while (end < list->count && list->items[end].import == import) {
        end++;
    }
    return end - at;
}

static bool groups_equal(const link *a, uint32_t a_count, const link *b, uint32_t b_count) {
    bool equal = a_count == b_count;
    for (uint32_t i = 0; i < a_count && equal; i++) {
        equal = order_links(&a[i], &b[i]) == 0;
    }
    return equal;
}

static void print_side(const comparison *c, int side, const link *links, uint32_t count) {
    static const char *const WORDS[] = {
        [RWG_OUTCOME_FILE] = "",
        [RWG_OUTCOME_BUILTIN] = "builtin ",
        [RWG_OUTCOME_EXTERNAL] = "external ",
        [RWG_OUTCOME_IGNORED] = "nothing: it is ignored",
        [RWG_OUTCOME_PINNED] = "pinned ",
        [RWG_OUTCOME_MISSING] = "missing",
    };
    rwg_str env = rwg_graph_env_name(c->open->graph, c->envs[side]);
    printf("      %-12.*s ", (int)env.len, env.ptr);
    if (count) {
        bool named = links->outcome != RWG_OUTCOME_MISSING && links->outcome != RWG_OUTCOME_IGNORED;
        fputs(WORDS[links->outcome], stdout);
        rwg_print_str(named ? links->target : (rwg_str){NULL, 0});
    } else {
        fputs("not followed", stdout);
    }
    if (count > 1) {
        printf(" and %u more", count - 1);
    }
    putchar('\n');
}

static void print_import(const comparison *c, rwg_node node, uint32_t import) {
    const rwg_module *module = rwg_node_module(c->open->graph, node);
    uint32_t n = 0;
    const rwg_import *imports = module ? rwg_module_imports(module, &n) : NULL;
    if (import >= n) {
        puts("    references");
        return;
    }
    rwg_str specifier = rwg_module_str(module, imports[import].specifier);
    printf("    line %u \"%.*s\"\n", imports[import].line, (int)specifier.len, specifier.ptr);
}

/* The links of one import in one environment, which may be none. */
static void json_side(const comparison *c, const link *links, uint32_t count) {
    static const char *const OUTCOMES[] = {
        [RWG_OUTCOME_FILE] = "file",
        [RWG_OUTCOME_BUILTIN] = "builtin",
        [RWG_OUTCOME_EXTERNAL] = "external",
        [RWG_OUTCOME_IGNORED] = "ignored",
        [RWG_OUTCOME_PINNED] = "pinned",
        [RWG_OUTCOME_MISSING] = "missing",
    };
    rwg_json_array(c->w);
    for (uint32_t i = 0; i < count; i++) {
        rwg_json_object(c->w);
        rwg_json_key(c->w, "outcome");
        rwg_json_cstring(c->w, OUTCOMES[links[i].outcome]);
        rwg_json_key(c->w, "target");
        rwg_json_string(c->w, links[i].target);
        rwg_json_object_end(c->w);
    }
    rwg_json_array_end(c->w);
}

static void json_import(const comparison *c, rwg_node node, uint32_t import) {
    const rwg_module *module = rwg_node_module(c->open->graph, node);
    uint32_t n = 0;
    const rwg_import *imports = module ? rwg_module_imports(module, &n) : NULL;
    bool known = import < n; /* the links of a stub belong to no import */
    rwg_json_key(c->w, "line");
    rwg_json_uint(c->w, known ? imports[import].line : 0);
    rwg_json_key(c->w, "specifier");
    rwg_json_string(
        c->w, known ? rwg_module_str(module, imports[import].specifier) : (rwg_str){NULL, 0}
    );
}

/* The heading of a file that differs; ended by end_file. */
static void begin_file(const comparison *c, rwg_str path) {
    if (!c->w) {
        printf("  %.*s\n", (int)path.len, path.ptr);
        return;
    }
    rwg_json_object(c->w);
    rwg_json_key(c->w, "path");
    rwg_json_string(c->w, path);
    rwg_json_key(c->w, "imports");
    rwg_json_array(c->w);
}

/* stub: the environment that has only references, -1 for none. */
static void end_file(const comparison *c, int stub) {
    rwg_str env = stub < 0 ? (rwg_str){NULL, 0} : rwg_graph_env_name(c->open->graph, c->envs[stub]);
    if (!c->w) {
        if (stub >= 0) {
            printf("    only references to it in %.*s\n", (int)env.len, env.ptr);
        }
        return;
    }
    rwg_json_array_end(c->w);
    rwg_json_key(c->w, "stubIn");
    if (stub < 0) {
        rwg_json_null(c->w);
    } else {
        rwg_json_string(c->w, env);
    }
    rwg_json_object_end(c->w);
}

static void show_import(
    const comparison *c,
    rwg_node node,
    uint32_t import,
    const link *links[2],
    const uint32_t counts[2]
) {
    if (!c->w) {
        print_import(c, node, import);
        print_side(c, 0, links[0], counts[0]);
        print_side(c, 1, links[1], counts[1]);
        return;
    }
    rwg_json_object(c->w);
    json_import(c, node, import);
    rwg_json_key(c->w, "targets");
    rwg_json_array(c->w);
    json_side(c, links[0], counts[0]);
    json_side(c, links[1], counts[1]);
    rwg_json_array_end(c->w);
    rwg_json_object_end(c->w);
}

/* A file that both have. Its heading is printed with the first difference. */
static void compare_links(comparison *c, rwg_str path, const rwg_node *nodes) {
    link_list a = make_links(c->open->graph, nodes[0]);
    link_list b = make_links(c->open->graph, nodes[1]);
    bool titled = false;
    for (uint32_t i = 0, k = 0; i < a.count || k < b.count;) {
        uint32_t left = i < a.count ? a.items[i].import : RWG_NO_IMPORT;
        uint32_t right = k < b.count ? b.items[k].import : RWG_NO_IMPORT;
        uint32_t import = left < right ? left : right;
        const uint32_t counts[2] = {group_size(&a, i, import), group_size(&b, k, import)};
        const link *links[2] = {a.items + i, b.items + k};
        if (!groups_equal(links[0], counts[0], links[1], counts[1])) {
            if (!titled) {
                begin_file(c, path);
                titled = true;
            }
            show_import(c, nodes[0], import, links, counts);
        }
        i += counts[0];
        k += counts[1];
    }
    if (titled) {
        end_file(c, -1);
        c->differences++;
    }
    free(a.items);
    free(b.items);
}

static bool is_stub(const rwg_graph *g, rwg_node node) {
    return rwg_node_flags(g, node) & (RWG_NODE_CLIENT_REF | RWG_NODE_SERVER_REF);
}

static rwg_node reached(const comparison *c, rwg_file file, int side) {
    rwg_node node =
        rwg_graph_find(c->open->graph, rwg_graph_file_path(c->open->graph, file), c->envs[side]);
    bool is = node.v && rwg_open_counts(c->open, node);
    return is ? node : (rwg_node){0};
}

static void show_only(comparison *c, int side) {
    rwg_str env = rwg_graph_env_name(c->open->graph, c->envs[side]);
    uint32_t count = 0;
    if (c->w) {
        rwg_json_array(c->w);
    }
    for (uint32_t i = 0; i < c->file_count; i++) {
        if (reached(c, c->files[i], side).v && !reached(c, c->files[i], !side).v) {
            rwg_str path = rwg_graph_file_path(c->open->graph, c->files[i]);
            if (c->w) {
                rwg_json_string(c->w, path);
            } else {
                if (!count) {
                    printf("Only in %.*s:\n", (int)env.len, env.ptr);
                }
                printf("  %.*s\n", (int)path.len, path.ptr);
            }
            count++;
        }
    }
    if (c->w) {
        rwg_json_array_end(c->w);
    }
    c->differences += count;
}

/* How many files both have. */
static uint32_t show_common(comparison *c) {
    const rwg_graph *g = c->open->graph;
    uint32_t common = 0;
    for (uint32_t i = 0; i < c->file_count; i++) {
        rwg_node nodes[2] = {reached(c, c->files[i], 0), reached(c, c->files[i], 1)};
        if (!nodes[0].v || !nodes[1].v) {
            continue;
        }
        rwg_str path = rwg_graph_file_path(g, c->files[i]);
        common++;
        if (is_stub(g, nodes[0]) != is_stub(g, nodes[1])) {
            begin_file(c, path);
            end_file(c, is_stub(g, nodes[1]));
            c->differences++;
        } else {
            compare_links(c, path, nodes);
        }
    }
    return common;
}

static void show_text(comparison *c) {
    show_only(c, 0);
    show_only(c, 1);
    puts("In both:");
    uint32_t before = c->differences;
    uint32_t common = show_common(c);
    printf("  %u of %u lead to the same\n", common - (c->differences - before), common);
}

static void show_json(comparison *c) {
    rwg_sink out = rwg_sink_file(stdout);
    rwg_json_writer w = rwg_json_writer_make(&out);
    c->w = &w;
    rwg_json_object(&w);
    rwg_json_key(&w, "version");
    rwg_json_uint(&w, 1);
    rwg_json_key(&w, "envs");
    rwg_json_array(&w);
    for (int side = 0; side < 2; side++) {
        rwg_json_string(&w, rwg_graph_env_name(c->open->graph, c->envs[side]));
    }
    rwg_json_array_end(&w);
    rwg_json_key(&w, "only");
    rwg_json_array(&w);
    show_only(c, 0);
    show_only(c, 1);
    rwg_json_array_end(&w);
    rwg_json_key(&w, "differences");
    rwg_json_array(&w);
    uint32_t common = show_common(c);
    rwg_json_array_end(&w);
    rwg_json_key(&w, "common");
    rwg_json_uint(&w, common);
    rwg_json_object_end(&w);
    rwg_sink_cstr(&out, "\n");
    c->w = NULL;
}

typedef struct named_file {
    rwg_str path;
    rwg_file file;
} named_file;

static int order_files(const void *a, const void *b) {
    return rwg_str_order(((const named_file *)a)->path, ((const named_file *)b)->path);
}

static void collect_files(comparison *c) {
    const rwg_graph *g = c->open->graph;
    uint32_t max = rwg_graph_file_max(g);
    named_file *named = calloc((size_t)max + 1, sizeof *named);
    c->files = calloc((size_t)max + 1, sizeof *c->files);
    if (!named || !c->files) {
        abort();
    }
    for (uint32_t i = 1; i <= max; i++) {
        rwg_file file = {i};
        rwg_str path = rwg_graph_file_path(g, file);
        if (path.len && (reached(c, file, 0).v || reached(c, file, 1).v)) {
            named[c->file_count++] = (named_file){path, file};
        }
    }
    qsort(named, c->file_count, sizeof *named, order_files);
    for (uint32_t i = 0; i < c->file_count; i++) {
        c->files[i] = named[i].file;
    }
    free(named);
}

static int compare(const rwg_open *o, char **names, bool json) {
    comparison c = {.open = o};
    for (int side = 0; side < 2; side++) {
        c.envs[side] = rwg_open_env(o, names[side]);
        if (!c.envs[side].v) {
            return RWG_EXIT_USAGE;
        }
    }
    collect_files(&c);
    (json ? show_json : show_text)(&c);
    free(c.files);
    return c.differences ? RWG_EXIT_FINDINGS : RWG_EXIT_OK;
}

int rwg_cmd_diff(int argc, char **argv) {
    rwg_open o = {0};
    const char *format = "text";
    bool json = false;
    const rwg_opt options[] = {
        RWG_FORMAT_OPTION(&format), RWG_OPEN_DIR_OPTION(&o), RWG_OPEN_OPTIONS(&o), {0}};
    const rwg_opt_usage usage = {
        .synopsis = "diff ENV ENV",
        .about =
            "Prints the files that only one of two environments has, and the imports that lead\n"
            "elsewhere in the other. Exit code 1: there are such.",
        .options = options,
        .takes = "the names of two environments, and no --env",
        .least = 2,
        .most = 2,
    };
    int count = 0;
    int code = RWG_EXIT_OK;
    if (!rwg_opt_parse(&usage, argc, argv, &count, &code)) {
        return code;
    }
    if (o.env) {
        return rwg_opt_refuse(&usage, argv);
    }
    if (!rwg_format_is_json(format, &json)) {
        return RWG_EXIT_USAGE;
    }
    code = rwg_open_project(&o, o.dir);
    if (code == RWG_EXIT_OK) {
        code = compare(&o, argv + 1, json);
    }
    rwg_open_close(&o);
    return code;
}
