/* `rwgraph diff ENV ENV`: how two environments see one project. A file can be in one of them only;
 * in both, but as a stub of references in one; or in both with imports that lead elsewhere. */
#include "cmd.h"
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

/* A file that both have. Its heading is printed with the first difference. */
static void compare_links(comparison *c, rwg_str path, const rwg_node *nodes) {
    link_list a = make_links(c->open->graph, nodes[0]);
    link_list b = make_links(c->open->graph, nodes[1]);
    bool titled = false;
    for (uint32_t i = 0, k = 0; i < a.count || k < b.count;) {
        uint32_t left = i < a.count ? a.items[i].import : RWG_NO_IMPORT;
        uint32_t right = k < b.count ? b.items[k].import : RWG_NO_IMPORT;
        uint32_t import = left < right ? left : right;
        uint32_t a_count = group_size(&a, i, import);
        uint32_t b_count = group_size(&b, k, import);
        if (!groups_equal(a.items + i, a_count, b.items + k, b_count)) {
            if (!titled) {
                printf("  %.*s\n", (int)path.len, path.ptr);
                titled = true;
            }
            print_import(c, nodes[0], import);
            print_side(c, 0, a.items + i, a_count);
            print_side(c, 1, b.items + k, b_count);
        }
        i += a_count;
        k += b_count;
    }
    c->differences += titled;
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

static void print_only(comparison *c, int side) {
    rwg_str env = rwg_graph_env_name(c->open->graph, c->envs[side]);
    uint32_t count = 0;
    for (uint32_t i = 0; i < c->file_count; i++) {
        if (reached(c, c->files[i], side).v && !reached(c, c->files[i], !side).v) {
            if (!count++) {
                printf("Only in %.*s:\n", (int)env.len, env.ptr);
            }
            rwg_str path = rwg_graph_file_path(c->open->graph, c->files[i]);
            printf("  %.*s\n", (int)path.len, path.ptr);
        }
    }
    c->differences += count;
}

static void print_stub(comparison *c, rwg_str path, int side) {
    rwg_str env = rwg_graph_env_name(c->open->graph, c->envs[side]);
    printf("  %.*s\n", (int)path.len, path.ptr);
    printf("    only references to it in %.*s\n", (int)env.len, env.ptr);
    c->differences++;
}

static void print_common(comparison *c) {
    const rwg_graph *g = c->open->graph;
    puts("In both:");
    uint32_t before = c->differences;
    uint32_t common = 0;
    for (uint32_t i = 0; i < c->file_count; i++) {
        rwg_node nodes[2] = {reached(c, c->files[i], 0), reached(c, c->files[i], 1)};
        if (!nodes[0].v || !nodes[1].v) {
            continue;
        }
        rwg_str path = rwg_graph_file_path(g, c->files[i]);
        common++;
        if (is_stub(g, nodes[0]) != is_stub(g, nodes[1])) {
            print_stub(c, path, is_stub(g, nodes[1]));
        } else {
            compare_links(c, path, nodes);
        }
    }
    printf("  %u of %u lead to the same\n", common - (c->differences - before), common);
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

static int compare(const rwg_open *o, char **names) {
    comparison c = {.open = o};
    for (int side = 0; side < 2; side++) {
        c.envs[side] = rwg_open_env(o, names[side]);
        if (!c.envs[side].v) {
            return RWG_EXIT_USAGE;
        }
    }
    collect_files(&c);
    print_only(&c, 0);
    print_only(&c, 1);
    print_common(&c);
    free(c.files);
    return c.differences ? RWG_EXIT_FINDINGS : RWG_EXIT_OK;
}

int rwg_cmd_diff(int argc, char **argv) {
    rwg_open o = {0};
    const rwg_opt options[] = {RWG_OPEN_DIR_OPTION(&o), RWG_OPEN_OPTIONS(&o), {0}};
    const rwg_opt_usage usage = {
        "diff ENV ENV",
        "Prints the files that only one of two environments has, and the imports that lead\n"
        "elsewhere in the other. Exit code 1: there are such.",
        options};
    int count = 0;
    rwg_opt_result parsed = rwg_opt_parse(&usage, argc, argv, &count);
    if (parsed != RWG_OPT_OK) {
        return parsed == RWG_OPT_HELP ? RWG_EXIT_OK : RWG_EXIT_USAGE;
    }
    if (count != 2 || o.env) {
        fprintf(stderr, "rwgraph: diff takes the names of two environments, and no --env\n");
        return RWG_EXIT_USAGE;
    }
    int code = rwg_open_project(&o, o.dir);
    if (code == RWG_EXIT_OK) {
        code = compare(&o, argv + 1);
    }
    rwg_open_close(&o);
    return code;
}
