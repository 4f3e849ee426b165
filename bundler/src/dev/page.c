/* index.html and its inline module scripts.
 *
 * A page is sent with the client in front, and each inline module script as a module of its own
 * (`/index.html?html-proxy&index=N.js`), so that import.meta and bare specifiers work in it as they
 * do in files. Scripts are read from the page whenever they are asked for: there is nothing to keep
 * in step. They are no nodes of the graph; what they import by a bare name has to be one. */
#include <rwgraph/resolve.h>

#include "base/path.h"
#include "base/str.h"
#include "dev/dev_state.h"
#include "serve/html.h"

#include <rwbundler/transform.h>
#include <stdio.h>

#define PAGE_BYTES (16u << 20)

/* The path of the page: itself when it names an HTML file, else the root's index.html. */
static rwg_str page_of(rwb__exchange *x) {
    rwg_str asked = rwb__exchange_path(x);
    return rwg__str_ends(asked, RWG_STR(".html")) ? asked : RWG_STR("/index.html");
}

/* NULL when it is not there or may not be served. */
static rwb__bytes *read_page(rwb__dev *d, rwg_str page) {
    rwg__path path;
    rwb__refusal refusal = RWB__REFUSE_NONE;
    rwb__file file;
    rwb__bytes *bytes = NULL;
    if (!rwg__path_join(&path, d->setup.settings.root, rwg__str_from(page, 1)) ||
        rwb__file_open(&d->rules, rwg__path_str(&path), &file, &refusal) != RWG_OK) {
        return NULL;
    }
    if (rwb__file_read(&file, d->mem, PAGE_BYTES, &bytes) != RWG_OK) {
        bytes = NULL;
    }
    rwb__file_close(&file);
    return bytes;
}

/* What import.meta.env has is what %NAME% may name. */
static uint32_t page_vars(const rwb__dev *d, rwg__arena *arena, const rwb__html_var **out) {
    const rwb__env *env = &d->setup.public;
    rwg_str mode = d->options->mode.len > 0 ? d->options->mode : RWG_STR("development");
    bool dev = d->setup.settings.dev;
    const rwb__html_var own[] = {
        {RWG_STR("BASE_URL"), RWG_STR("/")},
        {RWG_STR("DEV"), dev ? RWG_STR("true") : RWG_STR("false")},
        {RWG_STR("MODE"), mode},
        {RWG_STR("PROD"), dev ? RWG_STR("false") : RWG_STR("true")},
    };
    const uint32_t own_count = sizeof own / sizeof own[0];
    rwb__html_var *vars = rwg__arena_alloc(arena, (own_count + env->count) * sizeof *vars);
    memcpy(vars, own, sizeof own);
    for (uint32_t i = 0; i < env->count; i++) {
        vars[own_count + i] = (rwb__html_var){env->vars[i].name, env->vars[i].value};
    }
    *out = vars;
    return own_count + env->count;
}

static rwb__html_options page_options(const rwb__dev *d, rwb__exchange *x, rwg_str page) {
    rwb__html_options options = {
        .url = page,
        .base = RWG_STR("/"),
        .client = RWG_STR("@rwgraph/client"),
        .preamble = d->setup.refresh_path.len > 0 ? RWG_STR("import \"/@rwgraph/refresh\";")
                                                  : (rwg_str){NULL, 0},
    };
    options.var_count = page_vars(d, rwb__exchange_arena(x), &options.vars);
    return options;
}

bool rwb__dev_answer_page(rwb__dev *d, rwb__exchange *x) {
    rwg_str page = page_of(x);
    rwb__bytes *bytes = read_page(d, page);
    if (!bytes) {
        return false;
    }
    rwb__html_options options = page_options(d, x, page);
    rwg__buf out;
    rwg__buf_init(&out, d->mem);
    rwb__html_transform(rwb__bytes_str(bytes), &options, &out);
    rwb__bytes_drop(bytes);
    rwb__respond_text(x, 200, "text/html; charset=utf-8", rwg__buf_str(&out));
    rwg__buf_deinit(&out);
    return true;
}

/* --- inline scripts --- */

/* Paths and addresses work as they are, relative to the page. */
static bool is_bare(rwg_str specifier) {
    return specifier.len > 0 && specifier.ptr[0] != '/' && specifier.ptr[0] != '.' &&
           !rwg__str_contains(specifier, RWG_STR(":"));
}

/* The link of a bare specifier; false: it leads to nothing that the browser's environment has. */
static bool link_bare(rwb__dev *d, rwg__arena *arena, rwg_str from, rwg_str bare, rwb_link *out) {
    const rwb__view *view = rwb__generations_newest(&d->generations);
    const rwg_graph *g = rwb__view_graph(view);
    rwg__path relative;
    const rwg_resolution *found =
        rwg_resolve(d->setup.settings.resolver, d->setup.client_env, from, bare, RWG_SITE_IMPORT);
    if (found->outcome != RWG_OUTCOME_FILE ||
        !rwg__path_relative(&relative, d->setup.settings.root, found->path)) {
        return false;
    }
    rwg_node node = rwg_graph_find(g, rwg__path_str(&relative), d->setup.client_env);
    if (!node.v) {
        return false;
    }
    rwg__buf url;
    rwg__buf_init(&url, d->mem);
    rwb__browser_url(&d->browser, view, node, &url);
    bool dependency = (rwg_node_flags(g, node) & RWG_NODE_DEPENDENCY) != 0;
    *out = (rwb_link){
        .kind = dependency ? RWB_LINK_NAMESPACE : RWB_LINK_URL,
        .url = rwg__arena_str(arena, rwg__buf_str(&url)),
    };
    rwg__buf_deinit(&url);
    return true;
}

/* One link an import; NULL with *out_problem set when one has none. */
static const rwb_link *link_imports(
    rwb__dev *d, rwg__arena *arena, rwg_str page, const rwg_module *module, rwg__buf *out_problem
) {
    uint32_t count = 0;
    const rwg_import *imports = rwg_module_imports(module, &count);
    rwb_link *links = rwg__arena_zalloc(arena, (count + 1) * sizeof *links);
    rwg__path from;
    (void)rwg__path_join(&from, d->setup.settings.root, rwg__str_from(page, 1));
    for (uint32_t i = 0; i < count; i++) {
        rwg_str specifier = rwg_module_str(module, imports[i].specifier);
        if (!is_bare(specifier) ||
            link_bare(d, arena, rwg__path_str(&from), specifier, &links[i])) {
            continue;
        }
        rwg__buf_printf(
            out_problem,
            "%.*s: an inline script imports \"%.*s\", which no module file of the browser imports; "
            "move the import to a file",
            (int)page.len,
            page.ptr,
            (int)specifier.len,
            specifier.ptr
        );
        return NULL;
    }
    return links;
}

static void respond_problem(rwb__exchange *x, rwg__mem *mem, rwg_str message) {
    rwg__buf out;
    rwg__buf_init(&out, mem);
    rwg_sink sink = rwg__buf_sink(&out);
    rwg__buf_add(&out, RWG_STR("import { report } from \"/@rwgraph/client\";\nconst message = "));
    rwg_json_writer w = rwg_json_writer_make(&sink);
    rwg_json_string(&w, message);
    rwg__buf_add(&out, RWG_STR(";\nreport({ message });\nthrow new Error(message);\n"));
    rwb__respond_text(x, 200, "text/javascript; charset=utf-8", rwg__buf_str(&out));
    rwg__buf_deinit(&out);
}

/* Once for the record of its imports, once with what they lead to. */
static void respond_inline(rwb__dev *d, rwb__exchange *x, rwg_str page, rwg_str text) {
    const rwb__env_settings *env = &d->setup.settings.envs[d->setup.client_env.v - 1];
    rwb_transform_options options = RWB_TRANSFORM_OPTIONS_INIT;
    options.module = true;
    options.defines = env->defines;
    options.define_count = env->define_count;
    options.path = page;
    options.source_map = false;
    rwb_transformer *t = rwb_transformer_new();
    rwb_output *output = NULL;
    rwg_error err = {.status = RWG_OK};
    rwg__buf problem;
    rwg__buf_init(&problem, d->mem);
    bool good = rwb_transform(t, text, &options, &output, &err) == RWG_OK;
    if (good) {
        options.links =
            link_imports(d, rwb__exchange_arena(x), page, rwb_output_module(output), &problem);
        rwb_output_free(output);
        output = NULL;
        good = options.links && rwb_transform(t, text, &options, &output, &err) == RWG_OK;
    }
    uint32_t diags = 0;
    const rwg_diag *diag = good ? rwb_output_diags(output, &diags) : NULL;
    if (good && rwb_output_code(output).len == 0 && diags > 0) {
        rwg__buf_printf(
            &problem,
            "%.*s: %.*s",
            (int)page.len,
            page.ptr,
            (int)diag->message.len,
            diag->message.ptr
        );
        good = false;
    }
    if (good) {
        rwb__respond_text(x, 200, "text/javascript; charset=utf-8", rwb_output_code(output));
    } else {
        rwg_str why = problem.bytes.len > 0 ? rwg__buf_str(&problem) : rwg__str_c(err.text);
        respond_problem(x, d->mem, why);
    }
    rwb_output_free(output);
    rwb_transformer_free(t);
    rwg__buf_deinit(&problem);
}

bool rwb__dev_answer_inline(rwb__dev *d, rwb__exchange *x) {
    const rwb__query *query = rwb__exchange_query(x);
    rwg_str page = rwb__exchange_path(x);
    if (!(query->flags & RWB__QUERY_HTML_PROXY) || !query->has_index || !d->setup.client_env.v ||
        !rwg__str_ends(page, RWG_STR(".html"))) {
        return false;
    }
    rwb__bytes *bytes = read_page(d, page);
    rwg_span span;
    if (!bytes || !rwb__html_inline_script(rwb__bytes_str(bytes), query->index, &span)) {
        rwb__bytes_drop(bytes);
        rwb__respond_text(x, 404, "text/plain; charset=utf-8", RWG_STR("not found\n"));
        return true;
    }
    rwb__html_options options = page_options(d, x, page);
    rwg__buf text;
    rwg__buf_init(&text, d->mem);
    rwg_str script = rwg__str_sub(rwb__bytes_str(bytes), span.start, span.end);
    rwb__html_replace_vars(&text, script, &options, false);
    rwb__bytes_drop(bytes);
    respond_inline(d, x, page, rwg__buf_str(&text));
    rwg__buf_deinit(&text);
    return true;
}
