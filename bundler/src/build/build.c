/* The build: scan, compile everything that is reached, write bundles.
 *
 * This is its first form. Modules keep their boundaries: a bundle is the same module definitions
 * that the dev server hands out, evaluated by the same registry, so what runs is what was seen in
 * dev. Nothing is shaken out, hoisted or minified yet.
 *
 *   OUT/client/            what browsers get: index.html, public files, assets/, manifest.json
 *   OUT/client/assets/     client-<hash>.js, style-<hash>.css, runtime-<hash>/
 *   OUT/server/index.js    the server environments, one module; its default export handles requests
 *   OUT/server/runtime/    the registry */
#include <rwgraph/rwgraph.h>

#include "base/fsutil.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/path.h"
#include "base/str.h"
#include "build/assets.h"
#include "build/bundle.h"
#include "build/output.h"
#include "dev/setup.h"
#include "link/sheets.h"

#include <rwbundler/build.h>
#include <stdio.h>
#include <stdlib.h>

/* The registry's files, copied beside each bundle. */
static const char *const RUNTIME[] = {"registry.mjs", "link.mjs", "evaluate.mjs", "record.mjs"};

typedef struct build_node {
    rwg_node node;
    uint32_t env;
    rwg_str path; /* relative to the root, from the graph */
    rwb__source_kind kind;
    rwb__compiled *compiled;
} build_node;

typedef struct build {
    rwg__mem *mem;
    const rwb_build_options *options;
    rwb__loop *loop;
    rwb__setup setup;
    rwg_project *project;
    rwb__compiler *compiler;
    rwb__definer definer;
    rwb__view *view;
    RWG_VEC(build_node) nodes; /* reached, sorted by environment and path */
    rwg__idmap by_node;        /* node -> 1 + index */
    uint32_t waiting;
    rwg__path out_dir;
    rwb__assets assets;
    rwg__buf problems;
    rwg__buf style;       /* all CSS of the browser's environment */
    char client_file[64]; /* "assets/client-<hash>.js", "" before it is written */
    char style_file[64];  /* "" = no CSS */
} build;

static void say(const char *text) {
    (void)fprintf(stderr, "%s\n", text);
}

/* --- compiling --- */

static void
node_compiled(void *payload, rwg_node node, rwb__source_kind kind, rwb__compiled *compiled) {
    build *b = payload;
    build_node *n = &b->nodes.ptr[*rwg__idmap_find(&b->by_node, node.v) - 1];
    b->waiting--;
    n->kind = kind;
    n->compiled = rwb__compiled_retain(compiled);
}

static int compare_nodes(const void *left, const void *right) {
    const build_node *a = left;
    const build_node *b = right;
    if (a->env != b->env) {
        return a->env < b->env ? -1 : 1;
    }
    return rwg__str_compare(a->path, b->path);
}

static void collect_nodes(build *b) {
    const rwg_graph *g = rwb__view_graph(b->view);
    for (uint32_t n = 1; n <= rwg_graph_node_max(g); n++) {
        rwg_node node = {n};
        if (!rwg_graph_is_live(g, node) || !(rwg_node_flags(g, node) & RWG_NODE_REACHED)) {
            continue;
        }
        const rwg_module *module = rwg_node_module(g, node);
        if (module && rwg_module_flags(module) & RWG_MODULE_DECLARATION) {
            continue;
        }
        *rwg__vec_push(&b->nodes, b->mem) = (build_node){
            .node = node,
            .env = rwg_node_env(g, node).v,
            .path = rwg_graph_file_path(g, rwg_node_file(g, node)),
        };
    }
    qsort(b->nodes.ptr, b->nodes.len, sizeof *b->nodes.ptr, compare_nodes);
    for (uint32_t i = 0; i < b->nodes.len; i++) {
        *rwg__idmap_put(&b->by_node, b->nodes.ptr[i].node.v, NULL) = i + 1;
    }
}

static void compile_all(build *b) {
    collect_nodes(b);
    for (uint32_t i = 0; i < b->nodes.len; i++) {
        rwb__source_kind kind;
        b->waiting++;
        rwb__recipe_order order = {
            .view = b->view, .node = b->nodes.ptr[i].node, .form = RWB_FORM_FACTORY};
        rwb__compiled *compiled = rwb__compiler_get(b->compiler, &order, &kind, node_compiled, b);
        if (compiled) {
            node_compiled(b, b->nodes.ptr[i].node, kind, compiled);
        }
    }
    while (b->waiting > 0) {
        rwb__loop_run_once(b->loop);
    }
}

/* --- bundles --- */

static void quote(rwg__buf *out, rwg_str text) {
    rwg_sink sink = rwg__buf_sink(out);
    rwg_json_writer w = rwg_json_writer_make(&sink);
    rwg_json_string(&w, text);
}

/* One entry of the table by which import() finds modules. */
static void add_name(rwb__bundle *bundle, rwg__buf *name, rwg_str key) {
    rwg__buf line;
    rwg__buf_init(&line, bundle->mem);
    rwg__buf_add(&line, RWG_STR("    "));
    quote(&line, rwg__buf_str(name));
    rwg__buf_add(&line, RWG_STR(": "));
    quote(&line, key);
    rwg__buf_add(&line, RWG_STR(",\n"));
    rwb__bundle_text(bundle, rwg__buf_str(&line));
    rwg__buf_deinit(&line);
}

static void add_lookup(
    build *b,
    rwb__bundle *bundle,
    const build_node *n,
    uint32_t flag,
    const char *lookup,
    rwg_str key
) {
    const rwg_graph *g = rwb__view_graph(b->view);
    if (!(rwg_node_flags(g, n->node) & flag)) {
        return;
    }
    rwg__buf name;
    rwg__buf_init(&name, b->mem);
    rwg_str env = rwg_graph_env_name(g, (rwg_env){n->env});
    rwg__buf_printf(&name, "%.*s:lookup-%s:", (int)env.len, env.ptr, lookup);
    rwb__view_id(b->view, n->node, &name);
    add_name(bundle, &name, key);
    rwg__buf_deinit(&name);
}

/* The names of all modules of the bundle, and of the lookups' modules under the lookups' names. */
static void add_names(build *b, rwb__bundle *bundle, bool server) {
    rwg__buf name;
    rwg__buf key;
    rwg__buf_init(&name, b->mem);
    rwg__buf_init(&key, b->mem);
    rwb__bundle_text(bundle, RWG_STR("Object.assign(names, {\n"));
    for (uint32_t i = 0; i < b->nodes.len; i++) {
        const build_node *n = &b->nodes.ptr[i];
        if ((n->env != b->setup.client_env.v) != server) {
            continue;
        }
        rwg__buf_clear(&name);
        rwg__buf_clear(&key);
        rwb__view_qualified(b->view, n->node, &name);
        rwb__view_key(b->view, n->node, &key);
        add_name(bundle, &name, rwg__buf_str(&key));
        add_lookup(b, bundle, n, RWG_NODE_CLIENT, "client", rwg__buf_str(&key));
        add_lookup(b, bundle, n, RWG_NODE_SERVER, "server", rwg__buf_str(&key));
    }
    rwb__bundle_text(bundle, RWG_STR("});\n"));
    rwg__buf_deinit(&name);
    rwg__buf_deinit(&key);
}

static void add_nodes(build *b, rwb__bundle *bundle, bool server) {
    for (uint32_t i = 0; i < b->nodes.len; i++) {
        const build_node *n = &b->nodes.ptr[i];
        if ((n->env != b->setup.client_env.v) == server) {
            rwb__bundle_node(bundle, n->node, n->kind, n->compiled);
        }
    }
    for (uint32_t e = 0; e < b->setup.config.env_count; e++) {
        if ((e + 1 != b->setup.client_env.v) == server) {
            rwb__bundle_virtuals(bundle, (rwg_env){e + 1});
        }
    }
}

/* What a bundle begins with: the registry, and how import() finds what it names. */
static const char HEAD[] =
    "const names = { __proto__: null };\n"
    "const base = URL.canParse('.', import.meta.url) ? new URL('.', import.meta.url) : "
    "'file:///';\n"
    "const registry = new Registry({\n"
    "    external: ({ id }) => externals[id] ?? import(id).then((namespace) => ({ namespace })),\n"
    "    meta: ({ id }) => ({ __proto__: null, url: new URL(`.${id}`, base).href }),\n"
    "    dynamic(definition, specifier) {\n"
    "        const target = definition.dynamic?.[specifier] ?? specifier;\n"
    "        const key = registry.has(target) ? target : names[target];\n"
    "        if (key !== undefined) return key;\n"
    "        const external = `external:${target}`;\n"
    "        registry.define([{ key: external, id: target, form: 'external' }]);\n"
    "        return external;\n"
    "    },\n"
    "});\n"
    "const define = (definition, factory) => registry.define([{ ...definition, factory }]);\n";

/* Externals are imported by the bundle itself, so that what needs them is not made asynchronous. */
static void add_externals(rwb__bundle *bundle, rwg__buf *out) {
    rwg_str rest = rwg__buf_str(&bundle->externals);
    rwg__buf table;
    rwg__buf_init(&table, bundle->mem);
    for (uint32_t i = 0; rest.len > 0; i++) {
        uint32_t end = rwg__str_index(rest, '\n');
        rwg_str name = rwg__str_sub(rest, 0, end);
        rwg__buf_printf(out, "import * as external%u from ", i);
        quote(out, name);
        rwg__buf_add(out, RWG_STR(";\n"));
        rwg__buf_add(&table, RWG_STR("    "));
        quote(&table, name);
        rwg__buf_printf(
            &table, ": { namespace: external%u, exports: external%u.default },\n", i, i
        );
        rest = rwg__str_from(rest, end + 1);
    }
    rwg__buf_add(out, RWG_STR("const externals = { __proto__: null,\n"));
    rwg__buf_add(out, rwg__buf_str(&table));
    rwg__buf_add(out, RWG_STR("};\n"));
    rwg__buf_deinit(&table);
}

/* Import statements are known last and stand first: the map's sections move down by their lines. */
static void
finish_bundle(rwb__bundle *bundle, rwg_str registry, rwg__buf *out, uint32_t *out_lines) {
    rwg__buf_add(out, RWG_STR("import { Registry } from "));
    quote(out, registry);
    rwg__buf_add(out, RWG_STR(";\n"));
    add_externals(bundle, out);
    *out_lines = 0;
    for (uint32_t i = 0; i < out->bytes.len; i++) {
        *out_lines += out->bytes.ptr[i] == '\n';
    }
    rwg__buf_add(out, rwg__buf_str(&bundle->code));
}

static void add_hash(char *out, size_t size, const char *stem, rwg_str text, const char *ext) {
    char hex[33];
    rwg__hash_hex(rwg__hash_bytes(text.ptr, text.len), hex);
    (void)snprintf(out, size, "assets/%s-%.12s.%s", stem, hex, ext);
}

static rwg_str out_path(const build *b) {
    return rwg__path_str(&b->out_dir);
}

static rwg_status
write_file(build *b, const char *folder, const char *name, rwg_str text, rwg_error *err) {
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return rwb__output_write(out_path(b), rwg__str_c(path), text, err);
}

/* The code, its map beside it, and the comment that joins them. */
static rwg_status write_bundle(
    build *b,
    rwb__bundle *bundle,
    const char *folder,
    const char *name,
    rwg__buf *code,
    uint32_t lines,
    rwg_error *err
) {
    if (b->options->no_source_map) {
        return write_file(b, folder, name, rwg__buf_str(code), err);
    }
    const char *slash = strrchr(name, '/');
    const char *base = slash ? slash + 1 : name;
    char map_name[128];
    (void)snprintf(map_name, sizeof map_name, "%s.map", name);
    rwg__buf_printf(code, "//# sourceMappingURL=%s.map\n", base);
    rwg__buf map;
    rwg__buf_init(&map, b->mem);
    rwb__bundle_map(bundle, rwg__str_c(base), lines, &map);
    rwg_status status = write_file(b, folder, name, rwg__buf_str(code), err);
    if (status == RWG_OK) {
        status = write_file(b, folder, map_name, rwg__buf_str(&map), err);
    }
    rwg__buf_deinit(&map);
    return status;
}

static rwg_status copy_runtime(build *b, const char *folder, rwg_error *err) {
    rwg_status status = RWG_OK;
    for (size_t i = 0; status == RWG_OK && i < sizeof RUNTIME / sizeof RUNTIME[0]; i++) {
        rwg__arena arena;
        rwg__arena_init(&arena, b->mem);
        rwg__path path;
        rwg_str text;
        (void)rwg__path_join(&path, b->setup.runtime_dir, rwg__str_c(RUNTIME[i]));
        status = rwg__fs_read(&b->setup.fs, &arena, rwg__path_str(&path), 4u << 20, &text);
        if (status == RWG_OK) {
            status = write_file(b, folder, RUNTIME[i], text, err);
        }
        rwg__arena_deinit(&arena);
    }
    return status;
}

/* --- the browser's part --- */

static void add_entries(build *b, rwb__bundle *bundle) {
    const rwg_str_list *entries = &b->setup.loaded.envs[b->setup.client_env.v - 1].entries;
    for (uint32_t i = 0; i < entries->count; i++) {
        rwg_node node =
            rwg_graph_find(rwb__view_graph(b->view), entries->items[i], b->setup.client_env);
        if (!node.v) {
            continue;
        }
        rwg__buf line;
        rwg__buf key;
        rwg__buf_init(&line, b->mem);
        rwg__buf_init(&key, b->mem);
        rwb__view_key(b->view, node, &key);
        rwg__buf_add(&line, RWG_STR("await registry.import("));
        quote(&line, rwg__buf_str(&key));
        rwg__buf_add(&line, RWG_STR(");\n"));
        rwb__bundle_text(bundle, rwg__buf_str(&line));
        rwg__buf_deinit(&line);
        rwg__buf_deinit(&key);
    }
}

/* What works in dev and would be broken without a word once built, in the project's own code. */
static void refuse_urls(build *b) {
    const rwg_graph *g = rwb__view_graph(b->view);
    for (uint32_t i = 0; i < b->nodes.len; i++) {
        const build_node *n = &b->nodes.ptr[i];
        const rwg_module *module = rwg_node_module(g, n->node);
        if (!module || n->env != b->setup.client_env.v || n->kind != RWB__SOURCE_SCRIPT ||
            rwg_node_flags(g, n->node) & RWG_NODE_DEPENDENCY) {
            continue;
        }
        uint32_t import_count = 0;
        uint32_t edge_count = 0;
        const rwg_import *imports = rwg_module_imports(module, &import_count);
        const rwg_edge *edges = rwg_graph_edges(g, n->node, &edge_count);
        for (uint32_t k = 0; k < edge_count; k++) {
            const rwg_import *import =
                edges[k].import < import_count ? &imports[edges[k].import] : NULL;
            if (!import || edges[k].outcome != RWG_OUTCOME_FILE ||
                (import->kind != RWG_IMPORT_URL && import->kind != RWG_IMPORT_WORKER)) {
                continue;
            }
            rwg__buf_printf(
                &b->problems,
                "%.*s:%u: %s\n",
                (int)n->path.len,
                n->path.ptr,
                import->line,
                import->kind == RWG_IMPORT_WORKER
                    ? "workers are not built yet: they work in dev only"
                    : "new URL(..., import.meta.url) is not built yet: import the file with ?url"
            );
        }
    }
}

static rwg_str style_address(void *payload, const rwb__view *view, rwg_node node) {
    build *b = payload;
    rwg__buf path;
    rwg__buf_init(&path, b->mem);
    rwb__view_path(view, node, &path);
    rwg_str address = rwb__assets_address(&b->assets, rwg__buf_str(&path));
    rwg__buf_deinit(&path);
    return address;
}

/* Where browsers begin, then everything else that has code: what is imported later comes last. */
static void collect_style(build *b) {
    const rwg_graph *g = rwb__view_graph(b->view);
    RWG_VEC(rwg_node) roots = {0};
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < b->nodes.len; i++) {
            const build_node *n = &b->nodes.ptr[i];
            bool entry = (rwg_node_flags(g, n->node) & RWG_NODE_ENTRY) != 0;
            if (n->env == b->setup.client_env.v && entry == (pass == 0) &&
                (entry || n->kind != RWB__SOURCE_STYLE)) {
                *rwg__vec_push(&roots, b->mem) = n->node;
            }
        }
    }
    rwb__sheets_input input = {
        .mem = b->mem,
        .fs = &b->setup.fs,
        .view = b->view,
        .roots = roots.ptr,
        .root_count = roots.len,
        .address = style_address,
        .payload = b,
    };
    rwb__sheets_write(&input, &b->style, NULL, &b->problems);
    rwg__vec_free(&roots, b->mem);
}

static rwg_status build_client(build *b, rwb_build_stats *stats, rwg_error *err) {
    if (!b->setup.client_env.v) {
        return RWG_OK;
    }
    rwb__bundle bundle;
    rwg__buf code;
    uint32_t lines = 0;
    rwg__buf_init(&code, b->mem);
    rwb__bundle_init(&bundle, b->mem, b->view, &b->definer, b->setup.state_code);
    bundle.with_map = !b->options->no_source_map;
    bundle.assets = &b->assets;
    rwb__bundle_text(&bundle, rwg__str_c(HEAD));
    add_nodes(b, &bundle, false);
    add_names(b, &bundle, false);
    add_entries(b, &bundle);
    rwg__buf_add(&b->problems, rwg__buf_str(&bundle.problems));
    finish_bundle(&bundle, RWG_STR("./runtime/registry.mjs"), &code, &lines);
    add_hash(b->client_file, sizeof b->client_file, "client", rwg__buf_str(&code), "js");
    stats->client_modules = bundle.modules;
    rwg_status status = b->problems.bytes.len > 0
                            ? RWG_OK
                            : write_bundle(b, &bundle, "client", b->client_file, &code, lines, err);
    stats->client_bytes = code.bytes.len;
    if (status == RWG_OK && b->problems.bytes.len == 0) {
        status = copy_runtime(b, "client/assets/runtime", err);
    }
    collect_style(b);
    refuse_urls(b);
    if (status == RWG_OK && b->style.bytes.len > 0 && b->problems.bytes.len == 0) {
        rwg_str text = rwg__buf_str(&b->style);
        add_hash(b->style_file, sizeof b->style_file, "style", text, "css");
        status = write_file(b, "client", b->style_file, text, err);
    }
    rwb__bundle_deinit(&bundle);
    rwg__buf_deinit(&code);
    return status;
}

/* Vite's manifest: what server code reads to find scripts and styles. */
static void make_manifest(build *b, rwg__buf *out) {
    rwg_sink sink = rwg__buf_sink(out);
    rwg_json_writer w = rwg_json_writer_make(&sink);
    rwg_json_object(&w);
    for (uint32_t i = 0; i < b->nodes.len; i++) {
        const build_node *n = &b->nodes.ptr[i];
        const rwg_graph *g = rwb__view_graph(b->view);
        uint32_t flags = rwg_node_flags(g, n->node);
        if (n->env != b->setup.client_env.v || !(flags & (RWG_NODE_ENTRY | RWG_NODE_CLIENT))) {
            continue;
        }
        rwg_json_key(&w, n->path.ptr);
        rwg_json_object(&w);
        rwg_json_key(&w, "file");
        rwg_json_cstring(&w, b->client_file);
        rwg_json_key(&w, "src");
        rwg_json_string(&w, n->path);
        rwg_json_key(&w, "isEntry");
        rwg_json_bool(&w, (flags & RWG_NODE_ENTRY) != 0);
        if (b->style_file[0]) {
            rwg_json_key(&w, "css");
            rwg_json_array(&w);
            rwg_json_cstring(&w, b->style_file);
            rwg_json_array_end(&w);
        }
        rwg_json_object_end(&w);
    }
    rwg_json_object_end(&w);
}

/* Replaces what stands between quotes and is `name` by `value`, both in code and in code inside of
 * strings, where quotes are escaped. */
static void replace_quoted(rwg__buf *text, rwg_str name, rwg_str value) {
    rwg__buf out;
    rwg__buf_init(&out, text->mem);
    rwg_str rest = rwg__buf_str(text);
    uint32_t i = 1;
    while (i + name.len < rest.len) {
        bool here = strchr("\"'`", rest.ptr[i - 1]) != NULL &&
                    memcmp(rest.ptr + i, name.ptr, name.len) == 0 &&
                    strchr("\"'`\\", rest.ptr[i + name.len]) != NULL;
        if (here) {
            rwg__buf_add(&out, rwg__str_sub(rest, 0, i));
            rwg__buf_add(&out, value);
            rest = rwg__str_from(rest, i + name.len);
            i = 1;
        } else {
            i++;
        }
    }
    rwg__buf_add(&out, rest);
    rwg__buf_clear(text);
    rwg__buf_add(text, rwg__buf_str(&out));
    rwg__buf_deinit(&out);
}

/* --- the server's part --- */

/* The addresses of the browser's entries in what the server renders, and RedwoodSDK's manifest. */
static void join_client(build *b, rwg__buf *code, const rwg__buf *manifest) {
    if (!b->setup.client_env.v) {
        return;
    }
    const rwg_str_list *entries = &b->setup.loaded.envs[b->setup.client_env.v - 1].entries;
    for (uint32_t i = 0; i < entries->count; i++) {
        char name[RWG_LIMIT_PATH];
        char value[80];
        (void
        )snprintf(name, sizeof name, "/%.*s", (int)entries->items[i].len, entries->items[i].ptr);
        (void)snprintf(value, sizeof value, "/%s", b->client_file);
        replace_quoted(code, rwg__str_c(name), rwg__str_c(value));
    }
    /* What RedwoodSDK's runtime has where its own build puts the manifest. */
    rwg_str mark = RWG_STR("\"__RWSDK_MANIFEST_PLACEHOLDER__\"");
    (void)rwg__buf_replace(code, mark, rwg__buf_str(manifest), UINT32_MAX);
}

static rwg_status
build_server(build *b, const rwg__buf *manifest, rwb_build_stats *stats, rwg_error *err) {
    if (!b->setup.server_env.v) {
        return RWG_OK;
    }
    rwg_node entry =
        rwg_graph_find(rwb__view_graph(b->view), b->setup.server_entry, b->setup.server_env);
    rwb__bundle bundle;
    rwg__buf code;
    rwg__buf key;
    uint32_t lines = 0;
    rwg__buf_init(&code, b->mem);
    rwg__buf_init(&key, b->mem);
    rwb__bundle_init(&bundle, b->mem, b->view, &b->definer, b->setup.state_code);
    bundle.with_map = !b->options->no_source_map;
    bundle.assets = &b->assets;
    rwb__bundle_text(&bundle, rwg__str_c(HEAD));
    add_nodes(b, &bundle, true);
    add_names(b, &bundle, true);
    rwb__bundle_text(&bundle, RWG_STR("const entry = await registry.import("));
    rwb__view_key(b->view, entry, &key);
    rwg__buf line;
    rwg__buf_init(&line, b->mem);
    quote(&line, rwg__buf_str(&key));
    rwg__buf_add(&line, RWG_STR(");\nexport default entry.default;\n"));
    rwb__bundle_text(&bundle, rwg__buf_str(&line));
    rwg__buf_add(&b->problems, rwg__buf_str(&bundle.problems));
    finish_bundle(&bundle, RWG_STR("./runtime/registry.mjs"), &code, &lines);
    join_client(b, &code, manifest);
    stats->server_modules = bundle.modules;
    stats->server_bytes = code.bytes.len;
    rwg_status status = RWG_OK;
    if (b->problems.bytes.len == 0) {
        status = write_bundle(b, &bundle, "server", "index.js", &code, lines, err);
    }
    if (status == RWG_OK && b->problems.bytes.len == 0) {
        status = copy_runtime(b, "server/runtime", err);
    }
    rwg__buf_deinit(&line);
    rwg__buf_deinit(&key);
    rwg__buf_deinit(&code);
    rwb__bundle_deinit(&bundle);
    return status;
}

/* --- pages --- */

static rwg_status build_page(build *b, rwg_error *err) {
    rwg__arena arena;
    rwg__path path;
    rwg_str html;
    rwg__arena_init(&arena, b->mem);
    rwg_status status = RWG_OK;
    if (rwg__path_join(&path, b->setup.settings.root, RWG_STR("index.html")) &&
        rwg__fs_read(&b->setup.fs, &arena, rwg__path_str(&path), 16u << 20, &html) == RWG_OK) {
        rwg__buf page;
        rwg__buf_init(&page, b->mem);
        rwg__buf_add(&page, html);
        const rwg_str_list *entries = &b->setup.loaded.envs[b->setup.client_env.v - 1].entries;
        for (uint32_t i = 0; i < entries->count; i++) {
            char name[RWG_LIMIT_PATH];
            char value[80];
            (void)snprintf(
                name, sizeof name, "/%.*s", (int)entries->items[i].len, entries->items[i].ptr
            );
            (void)snprintf(value, sizeof value, "/%s", b->client_file);
            replace_quoted(&page, rwg__str_c(name), rwg__str_c(value));
        }
        if (b->style_file[0]) {
            char link[160];
            (void)snprintf(
                link, sizeof link, "<link rel=\"stylesheet\" href=\"/%s\">\n</head>", b->style_file
            );
            (void)rwg__buf_replace(&page, RWG_STR("</head>"), rwg__str_c(link), 1);
        }
        status = write_file(b, "client", "index.html", rwg__buf_str(&page), err);
        rwg__buf_deinit(&page);
    }
    rwg__arena_deinit(&arena);
    return status;
}

/* --- life --- */

static rwg_status open_build(build *b, rwg_str root, rwg_error *err) {
    const rwb_build_options *o = b->options;
    rwg_str mode = o->mode.len > 0 ? o->mode : RWG_STR("production");
    rwb__loop_options quiet = {.no_signals = true};
    b->loop = rwb__loop_new(b->mem, &quiet, err);
    if (!b->loop) {
        return RWG_IO;
    }
    rwg_status status = rwb__setup_init(&b->setup, b->mem, root, mode, o->runtime_dir, err);
    if (status != RWG_OK) {
        return status;
    }
    rwg_project_options options = RWG_PROJECT_OPTIONS_INIT;
    options.config = &b->setup.config;
    options.no_cache = true; /* the cache is the dev server's: its configuration is another */
    status = rwg_project_open(b->setup.settings.root, &options, &b->project, err);
    if (status == RWG_OK) {
        status = rwg_project_scan(b->project, NULL, err);
    }
    rwg_str out = o->out_dir.len > 0 ? o->out_dir : RWG_STR("dist");
    if (status == RWG_OK && !rwg__path_join(&b->out_dir, b->setup.settings.root, out)) {
        status = rwg__error(err, RWG_LIMIT, out, "the path is too long");
    }
    if (status != RWG_OK) {
        return status;
    }
    rwg_graph *graph = rwg_project_graph(b->project);
    b->view = rwb__view_new(
        b->mem,
        &(rwb__view_input){
            .graph = graph,
            .config = &b->setup.config,
            .root = b->setup.settings.root,
            .salt = b->setup.settings.salt,
        }
    );
    rwg_graph_release(graph);
    b->compiler = rwb__compiler_new(b->loop, &b->setup.settings, NULL);
    rwb__definer_init(&b->definer, b->mem, &b->setup.settings);
    rwg__idmap_init(&b->by_node, b->mem);
    rwb__assets_init(&b->assets, b->mem, &b->setup.fs, out_path(b), &b->problems);
    return RWG_OK;
}

static void close_build(build *b) {
    for (uint32_t i = 0; i < b->nodes.len; i++) {
        rwb__compiled_release(b->nodes.ptr[i].compiled);
    }
    rwg__vec_free(&b->nodes, b->mem);
    if (b->compiler) {
        rwb__compiler_free(b->compiler);
        rwb__definer_deinit(&b->definer);
        rwg__idmap_deinit(&b->by_node);
        rwb__assets_deinit(&b->assets);
    }
    rwb__view_release(b->view);
    rwg_project_close(b->project);
    if (b->loop) {
        rwb__loop_free(b->loop);
    }
    rwb__setup_deinit(&b->setup);
    rwg__buf_deinit(&b->problems);
    rwg__buf_deinit(&b->style);
}

static rwg_status write_all(build *b, rwb_build_stats *stats, rwg_error *err) {
    rwg__buf manifest;
    rwg__buf_init(&manifest, b->mem);
    rwg_status status = rwb__output_empty(b->setup.settings.root, out_path(b), err);
    rwg__path public_dir;
    if (status == RWG_OK &&
        rwg__path_join(&public_dir, b->setup.settings.root, RWG_STR("public"))) {
        status = rwb__output_copy(
            b->mem, &b->setup.fs, rwg__path_str(&public_dir), out_path(b), RWG_STR("client"), err
        );
    }
    if (status == RWG_OK) {
        status = build_client(b, stats, err);
    }
    make_manifest(b, &manifest);
    if (status == RWG_OK) {
        status = build_server(b, &manifest, stats, err);
    }
    if (status == RWG_OK && b->problems.bytes.len > 0) {
        rwg__buf_char(&b->problems, '\0');
        say(b->problems.bytes.ptr);
        status = rwg__error(
            err, RWG_SYNTAX, b->setup.settings.root, "the project has errors; nothing was built"
        );
        (void)rwb__output_empty(b->setup.settings.root, out_path(b), NULL);
    }
    if (status == RWG_OK && b->setup.client_env.v) {
        status = write_file(b, "client", "manifest.json", rwg__buf_str(&manifest), err);
    }
    if (status == RWG_OK) {
        status = build_page(b, err);
    }
    rwg__buf_deinit(&manifest);
    return status;
}

rwg_status
rwb_build_run(const rwb_build_options *options, rwb_build_stats *out_stats, rwg_error *err) {
    rwb_build_stats stats = {.elapsed_ns = (uint64_t)rwg__wall_ns()};
    if (!options || options->size != sizeof *options || options->root.len == 0) {
        return rwg__error(err, RWG_INVALID, (rwg_str){NULL, 0}, "bad argument to rwb_build_run");
    }
    char *root = NULL;
    rwg_status status = rwb__real_root(options->root, &root, err);
    if (status != RWG_OK) {
        return status;
    }
    rwg__mem *mem = rwg__mem_new(NULL, 0);
    build b = {.mem = mem, .options = options};
    rwg__buf_init(&b.problems, mem);
    rwg__buf_init(&b.style, mem);
    status = open_build(&b, rwg__str_c(root), err);
    if (status == RWG_OK) {
        compile_all(&b);
        status = write_all(&b, &stats, err);
    }
    close_build(&b);
    rwg__mem_release(mem);
    free(root);
    stats.elapsed_ns = (uint64_t)rwg__wall_ns() - stats.elapsed_ns;
    if (out_stats) {
        *out_stats = stats;
    }
    return status;
}
