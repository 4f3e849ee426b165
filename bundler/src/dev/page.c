/* index.html and its inline module scripts.
 *
 * A page is sent with the client in front, and each inline module script as a module of its own
 * (`/index.html?html-proxy&index=N.js`), so that import.meta and specifiers work in it as they do
 * in files. Scripts are read from the page whenever they are asked for: there is nothing to keep in
 * step. They are no nodes of the graph; what those of index.html import is an entry of it
 * (html_names.h), and what they import and accept is kept with the pages that were sent (pages.h),
 * so that updates find them. */
#include <rwgraph/resolve.h>

#include "base/fsutil.h"
#include "base/path.h"
#include "base/str.h"
#include "dev/accepts.h"
#include "dev/browser_parts.h"
#include "dev/dev_state.h"
#include "dev/preload.h"
#include "serve/html.h"

#include <rwbundler/transform.h>
#include <stdio.h>

#define PAGE_BYTES (16u << 20)

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
        {RWG_STR("BASE_URL"), d->setup.site.base},
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
        .base = d->setup.site.base,
        .client = RWG_STR("@rwgraph/client"),
    };
    if (d->setup.refresh_path.len > 0) {
        rwg__buf preamble;
        rwg__buf_init(&preamble, d->mem);
        rwg__buf_add(&preamble, RWG_STR("import \"/@rwgraph/refresh\";"));
        rwb__browser_place(&d->browser, &preamble);
        options.preamble = rwg__arena_str(rwb__exchange_arena(x), rwg__buf_str(&preamble));
        rwg__buf_deinit(&preamble);
    }
    options.var_count = page_vars(d, rwb__exchange_arena(x), &options.vars);
    return options;
}

/* The page that a path asks for: the HTML file that it names, with or without its ".html", the
 * folder's index.html, else the root's: an application finds its way by itself from there. */
static rwb__bytes *find_page(rwb__dev *d, rwb__exchange *x, rwg_str *out_page) {
    static const char *const ENDS[] = {"", ".html", "/index.html", "index.html"};
    rwg_str asked = rwb__exchange_path(x);
    for (size_t i = 0; i < sizeof ENDS / sizeof ENDS[0]; i++) {
        rwg__buf path;
        rwg__buf_init(&path, d->mem);
        bool folder = rwg__str_ends(asked, RWG_STR("/"));
        bool fits = folder == (ENDS[i][0] == 'i');
        rwg__buf_add(&path, asked);
        rwg__buf_add(&path, rwg__str_c(ENDS[i]));
        *out_page = rwg__arena_str(rwb__exchange_arena(x), rwg__buf_str(&path));
        rwg__buf_deinit(&path);
        rwb__bytes *bytes =
            fits && rwg__str_ends(*out_page, RWG_STR(".html")) ? read_page(d, *out_page) : NULL;
        if (bytes) {
            return bytes;
        }
    }
    *out_page = RWG_STR("/index.html");
    return rwg__str_ends(asked, RWG_STR(".html")) ? NULL : read_page(d, *out_page);
}

bool rwb__dev_answer_page(rwb__dev *d, rwb__exchange *x) {
    rwg_str page;
    rwb__bytes *bytes = find_page(d, x, &page);
    if (!bytes) {
        return false;
    }
    rwb__pages_sent(&d->browser.pages, page, rwb__bytes_str(bytes));
    rwb__html_options options = page_options(d, x, page);
    options.preload_count = rwb__preloads(
        &d->browser, page, rwb__bytes_str(bytes), rwb__exchange_arena(x), &options.preloads
    );
    rwg__buf out;
    rwg__buf_init(&out, d->mem);
    rwb__html_transform(rwb__bytes_str(bytes), &options, &out);
    rwb__bytes_drop(bytes);
    rwb__respond_text(x, 200, "text/html; charset=utf-8", rwg__buf_str(&out));
    rwg__buf_deinit(&out);
    return true;
}

/* --- inline scripts --- */

static bool is_bare(rwg_str specifier) {
    return specifier.len > 0 && specifier.ptr[0] != '/' && specifier.ptr[0] != '.' &&
           !rwg__str_contains(specifier, RWG_STR(":"));
}

/* An inline script on its way through the transform. */
typedef struct inline_script {
    rwg_str page;
    rwg_str id;
    rwg__path file; /* of the page: what the script names is resolved from there */
    rwb__page_script *known;
} inline_script;

/* Why an import of a package leads nowhere. */
static void
add_problem(rwb__dev *d, const inline_script *s, rwg_str specifier, rwg__buf *out_problem) {
    const rwg_resolution *found = rwg_resolve(
        d->setup.settings.resolver,
        d->setup.client_env,
        rwg__path_str(&s->file),
        specifier,
        RWG_SITE_IMPORT
    );
    rwg__buf_add(out_problem, s->page);
    rwg__buf_add(out_problem, RWG_STR(": an inline script imports \""));
    rwg__buf_add(out_problem, specifier);
    if (found->outcome == RWG_OUTCOME_MISSING) {
        rwg__buf_add(out_problem, RWG_STR("\", which is not there: "));
        rwg__buf_add(out_problem, found->message);
    } else {
        rwg__buf_add(
            out_problem,
            RWG_STR("\", which no module file of the browser imports; move the import to a file")
        );
    }
}

/* One link an import, kept for updates; NULL with *out_problem set when one leads nowhere. Paths
 * and addresses that are no modules work as they are. */
static const rwb_link *link_imports(
    rwb__dev *d,
    rwg__arena *arena,
    const inline_script *s,
    const rwg_module *module,
    rwg__buf *out_problem
) {
    uint32_t count = 0;
    const rwb__view *view = rwb__generations_newest(&d->generations);
    const rwg_import *imports = rwg_module_imports(module, &count);
    rwb_link *links = rwg__arena_zalloc(arena, (count + 1) * sizeof *links);
    rwg_str from = rwg__path_str(&s->file);
    for (uint32_t i = 0; i < count; i++) {
        rwg_str specifier = rwg_module_str(module, imports[i].specifier);
        rwg_node node = rwb__browser_resolve(&d->browser, view, from, specifier);
        if (node.v) {
            bool accepted = rwb__accepts(&d->browser, view, module, from, node);
            links[i] = rwb__browser_foreign_link(&d->browser, view, node, arena);
            rwb__pages_add_import(&d->browser.pages, s->known, (rwb__page_import){node, accepted});
        } else if (is_bare(specifier)) {
            add_problem(d, s, specifier, out_problem);
            return NULL;
        }
    }
    return links;
}

static bool accepts_itself(const rwg_module *module) {
    uint32_t count = 0;
    const rwg_hot *hots = rwg_module_hots(module, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (hots[i].kind == RWG_HOT_ACCEPT_SELF || hots[i].kind == RWG_HOT_ACCEPT_EXPORTS) {
            return true;
        }
    }
    return false;
}

static void respond_problem(rwb__dev *d, rwb__exchange *x, rwg_str message) {
    rwg__buf out;
    rwg__buf_init(&out, d->mem);
    rwg_sink sink = rwg__buf_sink(&out);
    rwg__buf_add(&out, RWG_STR("import { report } from \"/@rwgraph/client\";\nconst message = "));
    rwg_json_writer w = rwg_json_writer_make(&sink);
    rwg_json_string(&w, message);
    rwg__buf_add(&out, RWG_STR(";\nreport({ message });\nthrow new Error(message);\n"));
    rwb__respond_script(&d->browser, x, RWG_STR("no-store"), rwg__buf_str(&out));
    rwg__buf_deinit(&out);
}

/* Once for the record of its imports, once with what they lead to. */
static void respond_inline(rwb__dev *d, rwb__exchange *x, const inline_script *s, rwg_str text) {
    rwg_str page = s->page;
    rwg__buf code;
    rwg__buf_init(&code, d->mem);
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
        const rwg_module *module = rwb_output_module(output);
        s->known->accepts_itself = accepts_itself(module);
        options.links = link_imports(d, rwb__exchange_arena(x), s, module, &problem);
        if (rwg_module_flags(module) & RWG_MODULE_USES_HOT) {
            const rwb__view *view = rwb__generations_newest(&d->generations);
            rwb__hot_owner owner = {s->id, rwg__path_str(&s->file)};
            rwb__hot_line(&d->browser, view, module, owner, &code);
        }
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
        rwg__buf_add(&code, rwb_output_code(output));
        rwb__respond_script(&d->browser, x, RWG_STR("no-store"), rwg__buf_str(&code));
    } else {
        rwg_str why = problem.bytes.len > 0 ? rwg__buf_str(&problem) : rwg__str_c(err.text);
        respond_problem(d, x, why);
    }
    rwb_output_free(output);
    rwb_transformer_free(t);
    rwg__buf_deinit(&problem);
    rwg__buf_deinit(&code);
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
    char id[64];
    (void)snprintf(id, sizeof id, "?html-proxy&index=%u.js", query->index);
    rwg__buf name;
    rwg__buf_init(&name, d->mem);
    rwg__buf_add(&name, page);
    rwg__buf_add(&name, rwg__str_c(id));
    inline_script s = {.page = page, .id = rwg__buf_str(&name)};
    (void)rwg__path_join(&s.file, d->setup.settings.root, rwg__str_from(page, 1));
    s.known = rwb__pages_script(&d->browser.pages, s.id, page);
    respond_inline(d, x, &s, rwg__buf_str(&text));
    rwg__buf_deinit(&name);
    rwg__buf_deinit(&text);
    return true;
}

void rwb__dev_page_sent(rwb__dev *d, rwg_str id) {
    rwb__bytes *bytes = read_page(d, id);
    rwb__pages_sent(&d->browser.pages, id, rwb__bytes_str(bytes));
    rwb__bytes_drop(bytes);
}

bool rwb__dev_page_changed(rwb__dev *d, rwg_str id) {
    rwb__bytes *bytes = read_page(d, id);
    bool changed = rwb__pages_changed(&d->browser.pages, id, rwb__bytes_str(bytes));
    rwb__bytes_drop(bytes);
    return changed;
}
