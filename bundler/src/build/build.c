/* The build: scan, compile everything that is reached, write bundles.
 *
 * This is its first form. Modules keep their boundaries: a bundle is the same module definitions
 * that the dev server hands out, evaluated by the same registry, so what runs is what was seen in
 * dev. Nothing is shaken out, hoisted or minified yet.
 *
 * Files are written beside OUT, which they take the place of when all has gone well.
 *
 *   OUT/client/            what browsers get: index.html, public files, assets/, manifest.json
 *   OUT/client/assets/     client-<hash>.js, style-<hash>.css, workers, files, runtime/
 *   OUT/server/index.js    the server environments, one module; its default export handles requests
 *   OUT/server/assets/     files that server code reads
 *   OUT/server/runtime/    the registry */
#include <rwgraph/rwgraph.h>

#include "base/fsutil.h"
#include "base/map.h"
#include "base/str.h"
#include "build/build_state.h"
#include "build/output.h"

#include <stdio.h>
#include <stdlib.h>

static void say(const char *text) {
    (void)fprintf(stderr, "%s\n", text);
}

/* Each problem with the lines behind it, which begin with a blank; the same one of another
 * environment is no news. */
static void say_once(rwg__mem *mem, rwg_str problems) {
    rwg__strmap seen;
    rwg__buf text;
    bool fresh = true;
    rwg__strmap_init(&seen, mem);
    rwg__buf_init(&text, mem);
    while (problems.len > 0) {
        uint32_t end = rwg__str_index(problems, '\n');
        rwg_str line = rwg__str_sub(problems, 0, end);
        problems = rwg__str_from(problems, end < problems.len ? end + 1 : end);
        if (line.len > 0 && line.ptr[0] != ' ') {
            rwg__strmap_put(&seen, line, &fresh);
        }
        if (fresh) {
            rwg__buf_add(&text, line);
            rwg__buf_char(&text, '\n');
        }
    }
    rwg__buf_char(&text, '\0');
    say(text.bytes.ptr);
    rwg__buf_deinit(&text);
    rwg__strmap_deinit(&seen);
}

/* --- compiling --- */

static void
node_compiled(void *payload, rwg_node node, rwb__source_kind kind, rwb__compiled *compiled) {
    rwb__build *b = payload;
    rwb__built *n = &b->nodes.ptr[*rwg__idmap_find(&b->by_node, node.v) - 1];
    b->waiting--;
    n->kind = kind;
    n->compiled = rwb__compiled_retain(compiled);
}

static int compare_nodes(const void *left, const void *right) {
    const rwb__built *a = left;
    const rwb__built *b = right;
    if (a->env != b->env) {
        return a->env < b->env ? -1 : 1;
    }
    return rwg__str_compare(a->path, b->path);
}

/* What is imported for its text or its address alone has no code, and where no server has an
 * entry, there is code of browsers alone. */
static bool has_code(const rwb__build *b, rwg_node node) {
    const rwg_graph *g = rwb__view_graph(b->view);
    uint32_t flags = rwg_graph_is_live(g, node) ? rwg_node_flags(g, node) : 0;
    const rwg_module *module = flags ? rwg_node_module(g, node) : NULL;
    bool runs = b->setup.server_env.v || rwg_node_env(g, node).v == b->setup.client_env.v;
    return runs && flags & RWG_NODE_REACHED && !(flags & RWG_NODE_LEAF) &&
           !(module && rwg_module_flags(module) & RWG_MODULE_DECLARATION);
}

static void collect_nodes(rwb__build *b) {
    const rwg_graph *g = rwb__view_graph(b->view);
    for (uint32_t n = 1; n <= rwg_graph_node_max(g); n++) {
        rwg_node node = {n};
        if (has_code(b, node)) {
            *rwg__vec_push(&b->nodes, b->mem) = (rwb__built){
                .node = node,
                .env = rwg_node_env(g, node).v,
                .path = rwg_graph_file_path(g, rwg_node_file(g, node)),
            };
        }
    }
    qsort(b->nodes.ptr, b->nodes.len, sizeof *b->nodes.ptr, compare_nodes);
    for (uint32_t i = 0; i < b->nodes.len; i++) {
        *rwg__idmap_put(&b->by_node, b->nodes.ptr[i].node.v, NULL) = i + 1;
    }
}

static bool module_of(void *payload, rwg_node node, rwb__module *out) {
    const rwb__build *b = payload;
    const uint32_t *at = rwg__idmap_find(&b->by_node, node.v);
    if (!at) {
        return false;
    }
    const rwb__built *n = &b->nodes.ptr[*at - 1];
    *out = (rwb__module){b->view, node, n->kind, n->compiled};
    return true;
}

static void compile_all(rwb__build *b) {
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
    rwb__plan_run(&b->plan, module_of, b);
}

/* --- life --- */

/* Is the one folder in the other, or the same? */
static bool overlap(rwg_str a, rwg_str b) {
    return rwg__path_is_under(a, b) || rwg__path_is_under(b, a);
}

/* What is built takes the place of the whole folder: nothing that it is made of may be there. */
static rwg_status open_output(rwb__build *b, rwg_error *err) {
    const rwb_build_options *o = b->options;
    rwg_str root = b->setup.settings.root;
    rwg_str name = o->out_dir.len > 0 ? o->out_dir : RWG_STR("dist");
    rwg__path dir;
    if (!rwg__path_join(&dir, root, name)) {
        return rwg__error(err, RWG_LIMIT, name, "the path is too long");
    }
    rwg_status status = rwb__output_open(&b->output, &b->setup.fs, root, rwg__path_str(&dir), err);
    if (status != RWG_OK) {
        return status;
    }
    rwb__assets_init(&b->assets, b->mem, &b->setup.fs, rwb__build_out(b), &b->problems);
    b->assets.prefix = b->setup.prefix;
    rwg_str out = rwg__path_str(&b->output.dir);
    if (b->setup.site.public_dir.len > 0 && overlap(out, b->setup.site.public_dir)) {
        return rwg__error(
            err, RWG_INVALID, out, "has to do with the folder of public files; choose another"
        );
    }
    const rwg_graph *g = rwb__view_graph(b->view);
    for (uint32_t n = 1; n <= rwg_graph_node_max(g); n++) {
        rwg__path source;
        if (has_code(b, (rwg_node){n}) &&
            rwg__path_join(
                &source, root, rwg_graph_file_path(g, rwg_node_file(g, (rwg_node){n}))
            ) &&
            rwg__path_is_under(rwg__path_str(&source), out)) {
            return rwg__error(
                err,
                RWG_INVALID,
                out,
                "holds %s, of which the project is built; choose another folder",
                source.bytes + root.len + 1
            );
        }
    }
    return RWG_OK;
}

/* Without any of these a build would write an empty folder in the place of what is there. */
static rwg_status check_entries(const rwb__build *b, rwg_error *err) {
    rwg_env client = b->setup.client_env;
    uint32_t count = client.v ? b->setup.config.envs[client.v - 1].entries.count : 0;
    if (count > 0 || b->page.names.html.len > 0 || b->setup.server_env.v) {
        return RWG_OK;
    }
    return rwg__error(
        err,
        RWG_NOT_FOUND,
        b->setup.settings.root,
        "there is nothing to build: no index.html, no \"main\" in a wrangler file, no \"entries\" "
        "in "
        "rwgraph.json; add one of them, or name the project's folder"
    );
}

static rwg_status open_build(rwb__build *b, rwg_str root, rwg_error *err) {
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
    rwb__html_page_read(&b->page, b->mem, &b->setup, mode, &b->problems);
    status = check_entries(b, err);
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
            .prefix = b->setup.prefix,
            .salt = b->setup.settings.salt,
            .portable = true,
            .resolver = b->setup.settings.resolver,
        }
    );
    rwg_graph_release(graph);
    b->compiler = rwb__compiler_new(b->loop, &b->setup.settings, NULL);
    rwb__definer_init(&b->definer, b->mem, &b->setup.settings);
    rwb__plan_init(&b->plan, b->mem, &b->definer, b->view, &b->page, b->setup.client_env);
    rwg__idmap_init(&b->by_node, b->mem);
    return open_output(b, err);
}

static void close_build(rwb__build *b) {
    for (uint32_t i = 0; i < b->nodes.len; i++) {
        rwb__compiled_release(b->nodes.ptr[i].compiled);
    }
    rwg__vec_free(&b->nodes, b->mem);
    if (b->compiler) {
        rwb__compiler_free(b->compiler);
        rwb__definer_deinit(&b->definer);
        rwg__idmap_deinit(&b->by_node);
        rwb__plan_deinit(&b->plan);
        rwb__workers_free(b);
    }
    if (b->assets.mem) {
        rwb__assets_deinit(&b->assets);
    }
    rwb__output_close(&b->output);
    rwb__view_release(b->view);
    rwg_project_close(b->project);
    if (b->loop) {
        rwb__loop_free(b->loop);
    }
    rwb__html_page_free(&b->page);
    rwb__setup_deinit(&b->setup);
    rwg__buf_deinit(&b->problems);
    rwg__buf_deinit(&b->warnings);
    rwg__buf_deinit(&b->style);
}

static rwg_status write_all(rwb__build *b, rwb_build_stats *stats, rwg_error *err) {
    rwg__buf manifest;
    rwg__buf_init(&manifest, b->mem);
    rwg_status status = RWG_OK;
    if (b->setup.site.public_dir.len > 0) {
        status = rwb__output_copy(
            b->mem,
            &b->setup.fs,
            b->setup.site.public_dir,
            rwb__build_out(b),
            RWG_STR("client"),
            err
        );
    }
    if (status == RWG_OK) {
        status = rwb__workers_make(b, err);
    }
    if (status == RWG_OK) {
        status = rwb__build_client(b, stats, err);
    }
    rwb__build_manifest(b, &manifest);
    if (status == RWG_OK) {
        status = rwb__build_server(b, &manifest, stats, err);
    }
    if (status == RWG_OK && b->setup.client_env.v) {
        status = rwb__build_page(b, err);
    }
    if (status == RWG_OK && b->problems.bytes.len == 0) {
        status = rwb__workers_write(b, err);
    }
    if (status == RWG_OK && b->setup.client_env.v) {
        status = rwb__build_write(b, "client", "manifest.json", rwg__buf_str(&manifest), err);
    }
    rwg__buf_deinit(&manifest);
    return status;
}

/* What is wrong with the project is said at once; what was built before stays then. */
static rwg_status finish(rwb__build *b, rwg_error *err) {
    if (b->warnings.bytes.len > 0) {
        rwg__buf_add(
            &b->warnings,
            RWG_STR("Packages are built all the same: these parts of them fail when they are run.")
        );
        rwg__buf_char(&b->warnings, '\0');
        say(b->warnings.bytes.ptr);
    }
    if (b->problems.bytes.len == 0) {
        return rwb__output_commit(&b->output, err);
    }
    say_once(b->mem, rwg__buf_str(&b->problems));
    return rwg__error(
        err, RWG_SYNTAX, b->setup.settings.root, "the project has errors; nothing was built"
    );
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
    rwb__build b = {.mem = mem, .options = options};
    rwg__buf_init(&b.problems, mem);
    rwg__buf_init(&b.warnings, mem);
    rwg__buf_init(&b.style, mem);
    status = open_build(&b, rwg__str_c(root), err);
    if (status == RWG_OK) {
        compile_all(&b);
        status = write_all(&b, &stats, err);
    }
    if (status == RWG_OK) {
        status = finish(&b, err);
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
