/* index.html: what it names, before the scan; and what becomes of that, when all has its place.
 *
 * Anything that names no file of the project stays as it is written: addresses of other hosts, of
 * public files, of routes. */
#include "build/html_page.h"

#include "base/fsutil.h"
#include "base/str.h"
#include "serve/guard.h"
#include "serve/html.h"
#include "serve/html_scan.h"
#include "style/style.h"

#include <stdio.h>

#define PAGE_MAX (16u << 20)

/* --- addresses --- */

/* The part of an address that names a file, "" when it is of another host or no path at all. */
static rwg_str local_part(rwg_str address) {
    uint32_t end = 0;
    while (end < address.len && address.ptr[end] != '?' && address.ptr[end] != '#') {
        end++;
    }
    rwg_str path = rwg__str_sub(address, 0, end);
    bool scheme = rwg__str_index(path, ':') < rwg__str_index(path, '/');
    return scheme || rwg__str_starts(path, RWG_STR("//")) ? (rwg_str){NULL, 0} : path;
}

static bool is_file(const rwb__html_page *page, const rwg__path *path) {
    rwg_fs_stat st;
    const rwg_fs *fs = &page->setup->fs;
    return fs->stat(fs->self, rwg__path_str(path), &st) == RWG_OK && st.kind == RWG_FS_FILE;
}

/* The project's file that an address names, unless a public file has it. */
static bool find_file(const rwb__html_page *page, rwg_str address, rwg__path *out) {
    rwg_str root = page->setup->settings.root;
    rwg_str local = local_part(address);
    char decoded[RWG_LIMIT_PATH];
    if (local.len == 0 || local.len >= sizeof decoded) {
        return false;
    }
    rwg_str base = page->setup->site.base;
    local = rwg__str_from(local, rwg__str_starts(local, base) ? base.len - 1 : 0);
    uint32_t len = rwb__percent_decode(local, decoded);
    rwg_str name = len == UINT32_MAX ? local : rwg__str(decoded, len);
    while (name.len > 0 && name.ptr[0] == '/') {
        name = rwg__str_from(name, 1);
    }
    rwg_str public_dir = page->setup->site.public_dir;
    bool is_public =
        public_dir.len > 0 && rwg__path_join(out, public_dir, name) && is_file(page, out);
    return !is_public && name.len > 0 && rwg__path_join(out, root, name) &&
           rwg__path_is_under(rwg__path_str(out), root) && is_file(page, out);
}

static rwg_str relative_to_root(rwb__html_page *page, const rwg__path *path) {
    rwg_str whole = rwg__path_str(path);
    return rwg__arena_str(&page->arena, rwg__str_from(whole, page->setup->settings.root.len + 1));
}

static uint32_t line_of(const rwb__html_page *page, uint32_t at) {
    uint32_t line = 1;
    for (uint32_t i = 0; i < at; i++) {
        line += page->html.ptr[i] == '\n';
    }
    return line;
}

static void complain(rwb__html_page *page, uint32_t at, rwg_str what) {
    rwg__buf_printf(page->problems, "/index.html:%u: ", line_of(page, at));
    rwg__buf_add(page->problems, what);
    rwg__buf_char(page->problems, '\n');
}

/* --- inline scripts --- */

static bool is_static(const rwg_import *import) {
    return import->kind == RWG_IMPORT_STATIC || import->kind == RWG_IMPORT_REEXPORT ||
           import->kind == RWG_IMPORT_STAR;
}

/* Modules alone: everything else wants a place that it is relative to. */
static void resolve_import(
    rwb__html_page *page, rwb__page_item *item, const rwg_module *module, uint32_t index
) {
    uint32_t count = 0;
    const rwg_import *import = &rwg_module_imports(module, &count)[index];
    rwg_str specifier = rwg_module_str(module, import->specifier);
    rwb__setup *s = page->setup;
    rwg__path from;
    rwg__path relative;
    (void)rwg__path_join(&from, s->settings.root, RWG_STR("index.html"));
    bool plain = is_static(import) || import->kind == RWG_IMPORT_DYNAMIC;
    const rwg_resolution *found = plain ? rwg_resolve(
                                              s->settings.resolver,
                                              s->client_env,
                                              rwg__path_str(&from),
                                              specifier,
                                              RWG_SITE_IMPORT
                                          )
                                        : NULL;
    if (found && found->outcome == RWG_OUTCOME_FILE && found->query.len == 0 &&
        rwg__path_relative(&relative, s->settings.root, found->path)) {
        item->targets[index] = rwg__arena_str(&page->arena, rwg__path_str(&relative));
        return;
    }
    rwg__buf text;
    rwg__buf_init(&text, page->mem);
    rwg__buf_add(&text, RWG_STR("the inline script names \""));
    rwg__buf_add(&text, specifier);
    if (found && found->outcome == RWG_OUTCOME_MISSING) {
        rwg__buf_add(&text, RWG_STR("\", which is not there: "));
        rwg__buf_add(&text, found->message);
    } else {
        rwg__buf_add(
            &text,
            RWG_STR("\", which only a file can: move the script to a file and name that with src")
        );
    }
    complain(page, item->span.start, rwg__buf_str(&text));
    rwg__buf_deinit(&text);
}

static void compile_inline(rwb__html_page *page, rwb__page_item *item, rwg_str text) {
    const rwb__setup *s = page->setup;
    const rwb__env_settings *env = &s->settings.envs[s->client_env.v - 1];
    rwb_transform_options options = RWB_TRANSFORM_OPTIONS_INIT;
    options.module = true;
    options.form = RWB_FORM_FACTORY;
    options.defines = env->defines;
    options.define_count = env->define_count;
    options.path = RWG_STR("/index.html");
    options.source_map = false;
    rwg_error err = {.status = RWG_OK};
    rwb_transformer *t = rwb_transformer_new();
    rwg_status status = rwb_transform(t, text, &options, &item->output, &err);
    rwb_transformer_free(t);
    uint32_t diag_count = 0;
    const rwg_diag *diags = status == RWG_OK ? rwb_output_diags(item->output, &diag_count) : NULL;
    if (status != RWG_OK || rwb_output_code(item->output).len == 0) {
        complain(page, item->span.start, diag_count ? diags->message : rwg__str_c(err.text));
        rwb_output_free(item->output);
        item->output = NULL;
        return;
    }
    uint32_t count = 0;
    const rwg_module *module = rwb_output_module(item->output);
    (void)rwg_module_imports(module, &count);
    item->targets = rwg__arena_zalloc(&page->arena, (count + 1) * sizeof *item->targets);
    for (uint32_t i = 0; i < count; i++) {
        resolve_import(page, item, module, i);
    }
}

/* --- reading --- */

static bool is_module_script(const rwb__html_token *t) {
    return t->kind == RWB__HTML_OPEN_TAG && rwb__html_same(t->name, "script") &&
           rwb__html_is(t, "type", "module");
}

static bool is_sheet_link(const rwb__html_token *t) {
    return t->kind == RWB__HTML_OPEN_TAG && rwb__html_same(t->name, "link") &&
           rwb__html_is(t, "rel", "stylesheet");
}

/* What the tag names; false when the build has nothing to do with it. */
static bool read_item(
    rwb__html_page *page,
    const rwb__html_token *tag,
    const rwb__html_scanner *s,
    rwb__page_item *out
) {
    *out = (rwb__page_item){.span = tag->span, .is_sheet = is_sheet_link(tag)};
    const rwb__html_attribute *address = rwb__html_find(tag, out->is_sheet ? "href" : "src");
    rwg__path path;
    if (address) {
        bool found = find_file(page, address->value, &path);
        out->path = found ? relative_to_root(page, &path) : (rwg_str){NULL, 0};
        return found;
    }
    rwb__html_scanner ahead = *s;
    rwb__html_token text;
    if (out->is_sheet || !rwb__html_next(&ahead, &text) || text.kind != RWB__HTML_RAW_TEXT) {
        return false;
    }
    compile_inline(page, out, rwg__str_sub(page->html, text.span.start, text.span.end));
    return true;
}

static void add_entry(rwb__html_page *page, rwg_str **items, uint32_t *count, rwg_str path) {
    for (uint32_t i = 0; i < *count; i++) {
        if (rwg__str_eq((*items)[i], path)) {
            return;
        }
    }
    rwg_str *grown = rwg__arena_alloc(&page->arena, (*count + 1) * sizeof *grown);
    if (*count > 0) {
        memcpy(grown, *items, *count * sizeof *grown);
    }
    grown[*count] = path;
    *items = grown;
    ++*count;
}

/* What an environment without entries would start with is every source file; the page says more.
 * The JSX runtimes are entries then, as they are of any environment that has some. */
static void add_entries(rwb__html_page *page) {
    rwb__setup *s = page->setup;
    rwg_env_config *envs = rwg__arena_alloc(&page->arena, s->config.env_count * sizeof *envs);
    memcpy(envs, s->config.envs, s->config.env_count * sizeof *envs);
    rwg_env_config *client = &envs[s->client_env.v - 1];
    const rwb__env_settings *own = &s->settings.envs[s->client_env.v - 1];
    uint32_t count = client->entries.count;
    rwg_str *items = rwg__arena_alloc(&page->arena, (count + 1) * sizeof *items);
    for (uint32_t i = 0; i < count; i++) {
        items[i] = client->entries.items[i];
    }
    for (uint32_t i = 0; i < page->items.len; i++) {
        const rwb__page_item *item = &page->items.ptr[i];
        uint32_t imports = 0;
        if (item->output) {
            (void)rwg_module_imports(rwb_output_module(item->output), &imports);
        } else if (item->path.len > 0) {
            add_entry(page, &items, &count, item->path);
        }
        for (uint32_t k = 0; k < imports; k++) {
            if (item->targets[k].len > 0) {
                add_entry(page, &items, &count, item->targets[k]);
            }
        }
    }
    for (uint32_t i = 0; client->entries.count == 0 && i < s->settings.jsx_source_count; i++) {
        rwg__path relative;
        if (count > 0 && own->jsx[i].path.len > 0 &&
            rwg__path_relative(&relative, s->settings.root, own->jsx[i].path)) {
            rwg_str path = rwg__arena_str(&page->arena, rwg__path_str(&relative));
            add_entry(page, &items, &count, path);
        }
    }
    client->entries = (rwg_str_list){items, count};
    s->config.envs = envs;
}

void rwb__html_page_read(
    rwb__html_page *page, rwg__mem *mem, rwb__setup *setup, rwg_str mode, rwg__buf *problems
) {
    *page = (rwb__html_page){.mem = mem, .setup = setup, .mode = mode, .problems = problems};
    rwg__arena_init(&page->arena, mem);
    rwg__path path;
    if (!setup->client_env.v ||
        !rwg__path_join(&path, setup->settings.root, RWG_STR("index.html")) ||
        rwg__fs_read(&setup->fs, &page->arena, rwg__path_str(&path), PAGE_MAX, &page->html) !=
            RWG_OK) {
        page->html = (rwg_str){NULL, 0};
        return;
    }
    rwb__html_scanner s = {.html = page->html, .raw = {"", 0}};
    rwb__html_token tag;
    while (rwb__html_next(&s, &tag)) {
        rwb__page_item item;
        if ((is_module_script(&tag) || is_sheet_link(&tag)) && read_item(page, &tag, &s, &item)) {
            *rwg__vec_push(&page->items, mem) = item;
        }
    }
    add_entries(page);
}

void rwb__html_page_free(rwb__html_page *page) {
    if (!page->mem) {
        return;
    }
    for (uint32_t i = 0; i < page->items.len; i++) {
        rwb_output_free(page->items.ptr[i].output);
    }
    rwg__vec_free(&page->items, page->mem);
    rwg__arena_deinit(&page->arena);
}

/* --- in the bundle --- */

static rwg_node find_node(const rwb__html_page *page, const rwb__view *view, rwg_str path) {
    return rwg_graph_find(rwb__view_graph(view), path, page->setup->client_env);
}

bool rwb__html_page_links(const rwb__html_page *page, const rwb__view *view, rwg_node node) {
    bool links = false;
    for (uint32_t i = 0; i < page->items.len; i++) {
        const rwb__page_item *item = &page->items.ptr[i];
        uint32_t imports = 0;
        if (item->is_sheet && find_node(page, view, item->path).v == node.v) {
            links = true;
        }
        if (item->output) {
            (void)rwg_module_imports(rwb_output_module(item->output), &imports);
        }
        for (uint32_t k = 0; k < imports; k++) {
            if (find_node(page, view, item->targets[k]).v == node.v) {
                return false;
            }
        }
    }
    return links;
}

/* The definition of an inline script (PROTOCOL.md, section 2). */
static void
add_inline(const rwb__html_page *page, rwb__bundle *bundle, uint32_t index, const char *name) {
    const rwb__view *view = bundle->in.view;
    const rwb__page_item *item = &page->items.ptr[index];
    const rwg_module *module = rwb_output_module(item->output);
    uint32_t count = 0;
    uint32_t import_count = 0;
    const rwg_import *all = rwg_module_imports(module, &import_count);
    const uint32_t *kept = rwb_output_imports(item->output, &count);
    rwg__buf json;
    rwg__buf key;
    rwg__buf_init(&json, page->mem);
    rwg__buf_init(&key, page->mem);
    rwg_sink sink = rwg__buf_sink(&json);
    rwg_json_writer w = rwg_json_writer_make(&sink);
    rwg_json_object(&w);
    rwg_json_key(&w, "key");
    rwg_json_cstring(&w, name);
    rwg_json_key(&w, "id");
    rwg_json_cstring(&w, name);
    rwg_json_key(&w, "form");
    rwg_json_cstring(&w, "esm");
    rwg_json_key(&w, "async");
    rwg_json_bool(&w, rwb_output_is_async(item->output));
    rwg_json_key(&w, "imports");
    rwg_json_array(&w);
    for (uint32_t i = 0; i < count; i++) {
        if (is_static(&all[kept[i]])) {
            rwg__buf_clear(&key);
            rwb__view_key(view, find_node(page, view, item->targets[kept[i]]), &key);
            rwg_json_string(&w, rwg__buf_str(&key));
        }
    }
    rwg_json_array_end(&w);
    rwg_json_key(&w, "dynamic");
    rwg_json_object(&w);
    for (uint32_t i = 0; i < count; i++) {
        if (all[kept[i]].kind == RWG_IMPORT_DYNAMIC) {
            rwg__buf_clear(&key);
            rwg__buf_add(&key, rwg_module_str(module, all[kept[i]].specifier));
            rwg__buf_char(&key, '\0');
            rwg_json_key(&w, key.bytes.ptr);
            rwg__buf_clear(&key);
            rwb__view_qualified(view, find_node(page, view, item->targets[kept[i]]), &key);
            rwg_json_string(&w, rwg__buf_str(&key));
        }
    }
    rwg_json_object_end(&w);
    rwg_json_object_end(&w);
    rwb__bundle_definition(bundle, rwg__buf_str(&json), rwb_output_code(item->output));
    rwg__buf_deinit(&key);
    rwg__buf_deinit(&json);
}

/* Are all files that an inline script imports in the graph? */
static bool has_targets(const rwb__html_page *page, const rwb__view *view, uint32_t index) {
    const rwb__page_item *item = &page->items.ptr[index];
    uint32_t count = 0;
    (void)rwg_module_imports(rwb_output_module(item->output), &count);
    for (uint32_t i = 0; i < count; i++) {
        if (!find_node(page, view, item->targets[i]).v) {
            return false; /* its problem is known */
        }
    }
    return true;
}

void rwb__html_page_scripts(const rwb__html_page *page, rwb__bundle *bundle) {
    for (uint32_t i = 0; i < page->items.len; i++) {
        const rwb__page_item *item = &page->items.ptr[i];
        if (item->output && has_targets(page, bundle->in.view, i)) {
            char name[48];
            char call[96];
            (void)snprintf(name, sizeof name, "/index.html?script=%u", i);
            (void)snprintf(call, sizeof call, "await registry.import(\"%s\");\n", name);
            add_inline(page, bundle, i, name);
            rwb__bundle_text(bundle, rwg__str_c(call));
        } else if (!item->output && !item->is_sheet && item->path.len > 0) {
            rwg_node node = find_node(page, bundle->in.view, item->path);
            if (node.v) {
                rwb__bundle_call(bundle, "await registry.import(", node, ");\n");
            }
        }
    }
}

/* --- writing --- */

typedef struct writer {
    const rwb__html_page *page;
    const rwb__view *view;
    const rwb__page_places *places;
    rwb__html_options vars;
    rwg__arena *arena;
    rwg__buf *out;
    uint32_t item; /* of the page's items, the next one */
    bool styled;   /* the link of the bundle's styles is written */
    bool drops;    /* the raw text that comes next is in the bundle */
} writer;

static void write_vars(writer *w, rwg_str text, bool escape) {
    rwb__html_replace_vars(w->out, text, &w->vars, escape);
}

/* Attributes that name what the page needs: not where a link or a form leads to. */
static bool names_file(rwg_str tag, rwg_str name) {
    if (rwb__html_same(name, "href") || rwb__html_same(name, "xlink:href")) {
        return rwb__html_same(tag, "link") || rwb__html_same(tag, "image") ||
               rwb__html_same(tag, "use");
    }
    if (rwb__html_same(name, "data")) {
        return rwb__html_same(tag, "object");
    }
    return (rwb__html_same(name, "src") && !rwb__html_same(tag, "iframe")) ||
           rwb__html_same(name, "poster");
}

/* How a tag uses what it names. */
typedef enum use {
    USE_FILE,
    USE_SHEET,
    USE_MODULE,
} use;

static use use_of(const rwb__html_token *tag) {
    bool preloads = rwb__html_same(tag->name, "link") &&
                    (rwb__html_is(tag, "rel", "modulepreload") ||
                     (rwb__html_is(tag, "rel", "preload") && rwb__html_is(tag, "as", "script")));
    return is_sheet_link(tag)                  ? USE_SHEET
           : preloads || is_module_script(tag) ? USE_MODULE
                                               : USE_FILE;
}

/* Where one address leads now. */
static void write_address(writer *w, rwg_str address, use how) {
    rwg__path path;
    rwg_str root = w->page->setup->settings.root;
    if (!find_file(w->page, address, &path)) {
        bool has_base = rwg__str_starts(address, w->page->setup->site.base);
        if (has_base || !rwb__view_public(w->view, address, w->out)) {
            write_vars(w, address, true);
        }
        return;
    }
    rwg_str relative = rwg__str_from(rwg__path_str(&path), root.len + 1);
    rwg_node node = find_node(w->page, w->view, relative);
    if (how == USE_SHEET && node.v) {
        w->places->sheet(w->places->payload, node, w->out);
    } else if (how == USE_MODULE && node.v) {
        rwg__buf_add(w->out, w->page->setup->site.base);
        rwg__buf_add(w->out, w->places->script);
    } else {
        rwg_str id = rwg__str_from(rwg__path_str(&path), root.len);
        rwb__html_escape(w->out, w->places->file(w->places->payload, rwg__path_str(&path), id));
    }
    rwg_str rest = rwg__str_from(address, rwg__str_index(address, '#'));
    rwb__html_escape(w->out, rest);
}

/* "a.png 1x, b.png 2x": an address begins a candidate and ends with white space. */
static void write_srcset(writer *w, rwg_str value) {
    uint32_t i = 0;
    while (i < value.len) {
        uint32_t start = i;
        while (i < value.len && (rwb__html_is_space(value.ptr[i]) || value.ptr[i] == ',')) {
            i++;
        }
        rwg__buf_add(w->out, rwg__str_sub(value, start, i));
        start = i;
        while (i < value.len && !rwb__html_is_space(value.ptr[i])) {
            i++;
        }
        uint32_t end = i;
        while (end > start && value.ptr[end - 1] == ',') {
            end--;
        }
        write_address(w, rwg__str_sub(value, start, end), USE_FILE);
        start = end;
        while (end == i && i < value.len && value.ptr[i] != ',') {
            i++;
        }
        rwg__buf_add(w->out, rwg__str_sub(value, start, i));
    }
}

static void write_tag(writer *w, const rwb__html_token *tag) {
    uint32_t copied = tag->span.start;
    for (uint32_t i = 0; i < tag->count; i++) {
        const rwb__html_attribute *a = &tag->attributes[i];
        bool set = rwb__html_same(a->name, "srcset") || rwb__html_same(a->name, "imagesrcset");
        if (!a->has_value || !(set || names_file(tag->name, a->name))) {
            continue;
        }
        write_vars(w, rwg__str_sub(w->page->html, copied, a->value_start), true);
        if (set) {
            write_srcset(w, a->value);
        } else {
            write_address(w, a->value, use_of(tag));
        }
        copied = a->value_start + a->value.len;
    }
    write_vars(w, rwg__str_sub(w->page->html, copied, tag->span.end), true);
}

/* An inline module script names the bundle, of which it is a part. */
static void write_inline(writer *w, const rwb__html_token *tag) {
    rwg__buf_add(w->out, rwg__str_sub(w->page->html, tag->span.start, tag->name_end));
    rwg__buf_add(w->out, RWG_STR(" src=\""));
    rwg__buf_add(w->out, w->page->setup->site.base);
    rwg__buf_add(w->out, w->places->script);
    rwg__buf_char(w->out, '"');
    write_vars(w, rwg__str_sub(w->page->html, tag->name_end, tag->span.end), true);
    w->drops = true;
}

static void write_style_link(writer *w) {
    if (!w->styled && w->places->style.len > 0) {
        rwg__buf_add(w->out, RWG_STR("<link rel=\"stylesheet\" href=\""));
        rwg__buf_add(w->out, w->page->setup->site.base);
        rwg__buf_add(w->out, w->places->style);
        rwg__buf_add(w->out, RWG_STR("\">\n"));
    }
    w->styled = true;
}

/* url() in a <style> of the page. */
static bool style_url(void *payload, rwg_str specifier, rwg_str *address) {
    const writer *w = payload;
    rwg__path path;
    if (!find_file(w->page, specifier, &path)) {
        rwg__buf text;
        rwg__buf_init(&text, w->page->mem);
        bool is_public = rwb__view_public(w->view, specifier, &text);
        *address = is_public ? rwg__arena_str(w->arena, rwg__buf_str(&text)) : *address;
        rwg__buf_deinit(&text);
        return is_public;
    }
    rwg_str id = rwg__str_from(rwg__path_str(&path), w->page->setup->settings.root.len);
    *address = w->places->file(w->places->payload, rwg__path_str(&path), id);
    return true;
}

static bool style_import(void *payload, rwg_str specifier, rwg_str conditions, rwg_str *address) {
    const writer *w = payload;
    rwg__path path;
    (void)conditions;
    (void)address;
    if (find_file(w->page, specifier, &path)) {
        rwg__buf_printf(
            w->page->problems,
            "/index.html: a <style> imports \"%.*s\"; link the file instead\n",
            (int)specifier.len,
            specifier.ptr
        );
    }
    return true;
}

static void write_raw(writer *w, const rwb__html_token *token, rwg_str text) {
    if (w->drops) {
        w->drops = false;
    } else if (rwb__html_same(token->name, "style")) {
        rwb__style_hooks hooks = {.payload = w, .url = style_url, .import = style_import};
        rwb__style style;
        rwb__style_init(&style, w->page->mem, text, (rwg_str){NULL, 0}, &hooks);
        rwg__buf_add(w->out, rwg__buf_str(&style.css));
        rwb__style_deinit(&style);
    } else {
        bool markup =
            rwb__html_same(token->name, "title") || rwb__html_same(token->name, "textarea");
        write_vars(w, text, markup);
    }
}

static void write_token(writer *w, const rwb__html_token *token) {
    rwg_str text = rwg__str_sub(w->page->html, token->span.start, token->span.end);
    switch (token->kind) {
    case RWB__HTML_COMMENT: rwg__buf_add(w->out, text); return;
    case RWB__HTML_TEXT: write_vars(w, text, true); return;
    case RWB__HTML_RAW_TEXT: write_raw(w, token, text); return;
    case RWB__HTML_CLOSE_TAG:
        if (rwb__html_same(token->name, "head")) {
            write_style_link(w);
        }
        w->drops = false;
        rwg__buf_add(w->out, text);
        return;
    case RWB__HTML_OPEN_TAG: break;
    }
    if (rwb__html_same(token->name, "body")) {
        write_style_link(w); /* a page may leave out the tags of its head */
    }
    const rwb__html_page *page = w->page;
    bool is_item =
        w->item < page->items.len && page->items.ptr[w->item].span.start == token->span.start;
    bool is_inline = is_item && page->items.ptr[w->item].output;
    w->item += is_item;
    if (is_inline) {
        write_inline(w, token);
    } else {
        write_tag(w, token);
    }
}

/* What import.meta.env has is what %NAME% may name. */
static uint32_t page_vars(const rwb__html_page *page, rwb__html_var *out) {
    const rwb__setup *setup = page->setup;
    out[0] = (rwb__html_var){RWG_STR("BASE_URL"), setup->site.base};
    out[1] = (rwb__html_var){RWG_STR("MODE"), page->mode};
    bool dev = setup->settings.dev;
    out[2] = (rwb__html_var){RWG_STR("DEV"), dev ? RWG_STR("true") : RWG_STR("false")};
    out[3] = (rwb__html_var){RWG_STR("PROD"), dev ? RWG_STR("false") : RWG_STR("true")};
    for (uint32_t i = 0; i < setup->public.count; i++) {
        out[4 + i] = (rwb__html_var){setup->public.vars[i].name, setup->public.vars[i].value};
    }
    return 4 + setup->public.count;
}

void rwb__html_page_write(
    const rwb__html_page *page, const rwb__view *view, const rwb__page_places *places, rwg__buf *out
) {
    rwg__arena arena;
    rwg__arena_init(&arena, page->mem);
    rwb__html_var *vars = rwg__arena_alloc(&arena, (4 + page->setup->public.count) * sizeof *vars);
    writer w = {.page = page, .view = view, .places = places, .arena = &arena, .out = out};
    w.vars.var_count = page_vars(page, vars);
    w.vars.vars = vars;
    rwb__html_scanner s = {.html = page->html, .raw = {"", 0}};
    rwb__html_token token;
    while (rwb__html_next(&s, &token)) {
        write_token(&w, &token);
    }
    write_style_link(&w);
    rwg__arena_deinit(&arena);
}
