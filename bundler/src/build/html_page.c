/* index.html: what becomes of what it names, when all has its place.
 *
 * Anything that names no file of the project stays as it is written: addresses of other hosts, of
 * public files, of routes. */
#include "build/html_page.h"

#include "base/str.h"
#include "serve/html.h"
#include "serve/html_scan.h"
#include "style/style.h"

#include <stdio.h>

/* --- life --- */

void rwb__html_page_read(
    rwb__html_page *page, rwg__mem *mem, rwb__setup *setup, rwg_str mode, rwg__buf *problems
) {
    page->mode = mode;
    rwb__html_names_init(&page->names, mem, setup, problems);
    rwb__html_names_enter(&page->names, setup, true);
}

void rwb__html_page_free(rwb__html_page *page) {
    rwb__html_names_deinit(&page->names);
}

/* --- in the bundle --- */

static rwg_node find_node(const rwb__html_page *page, const rwb__view *view, rwg_str path) {
    return rwg_graph_find(rwb__view_graph(view), path, page->names.setup->client_env);
}

bool rwb__html_page_links(const rwb__html_page *page, const rwb__view *view, rwg_node node) {
    bool links = false;
    for (uint32_t i = 0; i < page->names.items.len; i++) {
        const rwb__page_item *item = &page->names.items.ptr[i];
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
    const rwb__page_item *item = &page->names.items.ptr[index];
    const rwg_module *module = rwb_output_module(item->output);
    uint32_t count = 0;
    uint32_t import_count = 0;
    const rwg_import *all = rwg_module_imports(module, &import_count);
    const uint32_t *kept = rwb_output_imports(item->output, &count);
    rwg__buf json;
    rwg__buf key;
    rwg__buf_init(&json, page->names.mem);
    rwg__buf_init(&key, page->names.mem);
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
        if (rwb__html_is_static(&all[kept[i]])) {
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
    const rwb__page_item *item = &page->names.items.ptr[index];
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
    for (uint32_t i = 0; i < page->names.items.len; i++) {
        const rwb__page_item *item = &page->names.items.ptr[i];
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
    return rwb__html_is_sheet_link(tag)                  ? USE_SHEET
           : preloads || rwb__html_is_module_script(tag) ? USE_MODULE
                                                         : USE_FILE;
}

/* Where one address leads now. */
static void write_address(writer *w, rwg_str address, use how) {
    rwg__path path;
    rwg_str root = w->page->names.setup->settings.root;
    if (!rwb__html_names_file(&w->page->names, address, &path)) {
        bool has_base = rwg__str_starts(address, w->page->names.setup->site.base);
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
        rwg__buf_add(w->out, w->page->names.setup->site.base);
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
        write_vars(w, rwg__str_sub(w->page->names.html, copied, a->value_start), true);
        if (set) {
            write_srcset(w, a->value);
        } else {
            write_address(w, a->value, use_of(tag));
        }
        copied = a->value_start + a->value.len;
    }
    write_vars(w, rwg__str_sub(w->page->names.html, copied, tag->span.end), true);
}

/* An inline module script names the bundle, of which it is a part. */
static void write_inline(writer *w, const rwb__html_token *tag) {
    rwg__buf_add(w->out, rwg__str_sub(w->page->names.html, tag->span.start, tag->name_end));
    rwg__buf_add(w->out, RWG_STR(" src=\""));
    rwg__buf_add(w->out, w->page->names.setup->site.base);
    rwg__buf_add(w->out, w->places->script);
    rwg__buf_char(w->out, '"');
    write_vars(w, rwg__str_sub(w->page->names.html, tag->name_end, tag->span.end), true);
    w->drops = true;
}

static void write_style_link(writer *w) {
    if (!w->styled && w->places->style.len > 0) {
        rwg__buf_add(w->out, RWG_STR("<link rel=\"stylesheet\" href=\""));
        rwg__buf_add(w->out, w->page->names.setup->site.base);
        rwg__buf_add(w->out, w->places->style);
        rwg__buf_add(w->out, RWG_STR("\">\n"));
    }
    w->styled = true;
}

/* url() in a <style> of the page. */
static bool style_url(void *payload, rwg_str specifier, rwg_str *address) {
    const writer *w = payload;
    rwg__path path;
    if (!rwb__html_names_file(&w->page->names, specifier, &path)) {
        rwg__buf text;
        rwg__buf_init(&text, w->page->names.mem);
        bool is_public = rwb__view_public(w->view, specifier, &text);
        *address = is_public ? rwg__arena_str(w->arena, rwg__buf_str(&text)) : *address;
        rwg__buf_deinit(&text);
        return is_public;
    }
    rwg_str id = rwg__str_from(rwg__path_str(&path), w->page->names.setup->settings.root.len);
    *address = w->places->file(w->places->payload, rwg__path_str(&path), id);
    return true;
}

static bool style_import(void *payload, rwg_str specifier, rwg_str conditions, rwg_str *address) {
    const writer *w = payload;
    rwg__path path;
    (void)conditions;
    (void)address;
    if (rwb__html_names_file(&w->page->names, specifier, &path)) {
        rwg__buf_printf(
            w->page->names.problems,
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
        rwb__style_init(&style, w->page->names.mem, text, (rwg_str){NULL, 0}, &hooks);
        rwg__buf_add(w->out, rwg__buf_str(&style.css));
        rwb__style_deinit(&style);
    } else {
        bool markup =
            rwb__html_same(token->name, "title") || rwb__html_same(token->name, "textarea");
        write_vars(w, text, markup);
    }
}

static void write_token(writer *w, const rwb__html_token *token) {
    rwg_str text = rwg__str_sub(w->page->names.html, token->span.start, token->span.end);
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
    bool is_item = w->item < page->names.items.len &&
                   page->names.items.ptr[w->item].span.start == token->span.start;
    bool is_inline = is_item && page->names.items.ptr[w->item].output;
    w->item += is_item;
    if (is_inline) {
        write_inline(w, token);
    } else {
        write_tag(w, token);
    }
}

/* What import.meta.env has is what %NAME% may name. */
static uint32_t page_vars(const rwb__html_page *page, rwb__html_var *out) {
    const rwb__setup *setup = page->names.setup;
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
    rwg__arena_init(&arena, page->names.mem);
    rwb__html_var *vars =
        rwg__arena_alloc(&arena, (4 + page->names.setup->public.count) * sizeof *vars);
    writer w = {.page = page, .view = view, .places = places, .arena = &arena, .out = out};
    w.vars.var_count = page_vars(page, vars);
    w.vars.vars = vars;
    rwb__html_scanner s = {.html = page->names.html, .raw = {"", 0}};
    rwb__html_token token;
    while (rwb__html_next(&s, &token)) {
        write_token(&w, &token);
    }
    write_style_link(&w);
    rwg__arena_deinit(&arena);
}
