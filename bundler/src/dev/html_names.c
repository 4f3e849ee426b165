/* What the page names, before the scan.
 *
 * Anything that names no file of the project is left alone: addresses of other hosts, of public
 * files, of routes. */
#include "dev/html_names.h"

#include <rwgraph/resolve.h>

#include "base/buf.h"
#include "base/fsutil.h"
#include "base/map.h"
#include "base/str.h"
#include "serve/guard.h"

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

static bool is_file(const rwb__html_names *names, const rwg__path *path) {
    rwg_fs_stat st;
    const rwg_fs *fs = &names->setup->fs;
    return fs->stat(fs->self, rwg__path_str(path), &st) == RWG_OK && st.kind == RWG_FS_FILE;
}

/* The project's file that an address names, unless a public file has it. */
bool rwb__html_names_file(const rwb__html_names *names, rwg_str address, rwg__path *out) {
    rwg_str root = names->setup->settings.root;
    rwg_str local = local_part(address);
    char decoded[RWG_LIMIT_PATH];
    if (local.len == 0 || local.len >= sizeof decoded) {
        return false;
    }
    rwg_str base = names->setup->site.base;
    local = rwg__str_from(local, rwg__str_starts(local, base) ? base.len - 1 : 0);
    uint32_t len = rwb__percent_decode(local, decoded);
    rwg_str name = len == UINT32_MAX ? local : rwg__str(decoded, len);
    while (name.len > 0 && name.ptr[0] == '/') {
        name = rwg__str_from(name, 1);
    }
    rwg_str public_dir = names->setup->site.public_dir;
    bool is_public =
        public_dir.len > 0 && rwg__path_join(out, public_dir, name) && is_file(names, out);
    return !is_public && name.len > 0 && rwg__path_join(out, root, name) &&
           rwg__path_is_under(rwg__path_str(out), root) && is_file(names, out);
}

static rwg_str relative_to_root(rwb__html_names *names, const rwg__path *path) {
    rwg_str whole = rwg__path_str(path);
    return rwg__arena_str(&names->arena, rwg__str_from(whole, names->setup->settings.root.len + 1));
}

static uint32_t line_of(const rwb__html_names *names, uint32_t at) {
    uint32_t line = 1;
    for (uint32_t i = 0; i < at; i++) {
        line += names->html.ptr[i] == '\n';
    }
    return line;
}

static void complain(rwb__html_names *names, uint32_t at, rwg_str what) {
    names->doubts++;
    if (!names->problems) {
        return;
    }
    rwg__buf_printf(names->problems, "/index.html:%u: ", line_of(names, at));
    rwg__buf_add(names->problems, what);
    rwg__buf_char(names->problems, '\n');
}

/* --- inline scripts --- */

bool rwb__html_is_static(const rwg_import *import) {
    return import->kind == RWG_IMPORT_STATIC || import->kind == RWG_IMPORT_REEXPORT ||
           import->kind == RWG_IMPORT_STAR;
}

/* Modules alone: everything else wants a place that it is relative to. */
static void resolve_import(
    rwb__html_names *names, rwb__page_item *item, const rwg_module *module, uint32_t index
) {
    uint32_t count = 0;
    const rwg_import *import = &rwg_module_imports(module, &count)[index];
    rwg_str specifier = rwg_module_str(module, import->specifier);
    const rwb__setup *s = names->setup;
    rwg__path from;
    rwg__path relative;
    (void)rwg__path_join(&from, s->settings.root, RWG_STR("index.html"));
    bool plain = rwb__html_is_static(import) || import->kind == RWG_IMPORT_DYNAMIC;
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
        item->targets[index] = rwg__arena_str(&names->arena, rwg__path_str(&relative));
        return;
    }
    rwg__buf text;
    rwg__buf_init(&text, names->mem);
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
    complain(names, item->span.start, rwg__buf_str(&text));
    rwg__buf_deinit(&text);
}

static void compile_inline(rwb__html_names *names, rwb__page_item *item, rwg_str text) {
    const rwb__setup *s = names->setup;
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
        complain(names, item->span.start, diag_count ? diags->message : rwg__str_c(err.text));
        rwb_output_free(item->output);
        item->output = NULL;
        return;
    }
    uint32_t count = 0;
    const rwg_module *module = rwb_output_module(item->output);
    (void)rwg_module_imports(module, &count);
    item->targets = rwg__arena_zalloc(&names->arena, (count + 1) * sizeof *item->targets);
    for (uint32_t i = 0; i < count; i++) {
        resolve_import(names, item, module, i);
    }
}

/* --- reading --- */

bool rwb__html_is_module_script(const rwb__html_token *t) {
    return t->kind == RWB__HTML_OPEN_TAG && rwb__html_same(t->name, "script") &&
           rwb__html_is(t, "type", "module");
}

bool rwb__html_is_sheet_link(const rwb__html_token *t) {
    return t->kind == RWB__HTML_OPEN_TAG && rwb__html_same(t->name, "link") &&
           rwb__html_is(t, "rel", "stylesheet");
}

/* What the tag names; false when the build has nothing to do with it. */
static bool read_item(
    rwb__html_names *names,
    const rwb__html_token *tag,
    const rwb__html_scanner *s,
    rwb__page_item *out
) {
    *out = (rwb__page_item){.span = tag->span, .is_sheet = rwb__html_is_sheet_link(tag)};
    const rwb__html_attribute *address = rwb__html_find(tag, out->is_sheet ? "href" : "src");
    rwg__path path;
    if (address) {
        bool found = rwb__html_names_file(names, address->value, &path);
        out->path = found ? relative_to_root(names, &path) : (rwg_str){NULL, 0};
        names->doubts += !found && !out->is_sheet && local_part(address->value).len > 0;
        return found;
    }
    rwb__html_scanner ahead = *s;
    rwb__html_token text;
    if (out->is_sheet || !rwb__html_next(&ahead, &text) || text.kind != RWB__HTML_RAW_TEXT) {
        return false;
    }
    compile_inline(names, out, rwg__str_sub(names->html, text.span.start, text.span.end));
    return true;
}

/* --- entries --- */

/* Paths relative to the root, each once. */
typedef struct path_list {
    rwg__mem *mem;
    RWG_VEC(rwg_str) paths;
    rwg__strmap seen;
} path_list;

static void list_init(path_list *list, rwg__mem *mem) {
    *list = (path_list){.mem = mem};
    rwg__strmap_init(&list->seen, mem);
}

static void list_deinit(path_list *list) {
    rwg__vec_free(&list->paths, list->mem);
    rwg__strmap_deinit(&list->seen);
}

static void list_add(path_list *list, rwg_str path) {
    bool added = false;
    if (path.len > 0) {
        rwg__strmap_put(&list->seen, path, &added);
    }
    if (added) {
        *rwg__vec_push(&list->paths, list->mem) = path;
    }
}

static void list_named(path_list *list, const rwb__html_names *names, bool sheets) {
    for (uint32_t i = 0; i < names->items.len; i++) {
        const rwb__page_item *item = &names->items.ptr[i];
        uint32_t imports = 0;
        if (item->output) {
            (void)rwg_module_imports(rwb_output_module(item->output), &imports);
        } else if (sheets || !item->is_sheet) {
            list_add(list, item->path);
        }
        for (uint32_t k = 0; k < imports; k++) {
            list_add(list, item->targets[k]);
        }
    }
}

/* What an environment with entries has beside them (setup.c). */
static void list_implicits(path_list *list, const rwb__setup *s, rwg__arena *arena) {
    const rwb__env_settings *own = &s->settings.envs[s->client_env.v - 1];
    for (uint32_t i = 0; i <= s->settings.jsx_source_count; i++) {
        bool is_jsx = i < s->settings.jsx_source_count;
        rwg_str path = is_jsx ? own->jsx[i].path : s->refresh_path;
        rwg__path relative;
        if (path.len > 0 && rwg__path_relative(&relative, s->settings.root, path)) {
            list_add(list, rwg__arena_str(arena, rwg__path_str(&relative)));
        }
    }
}

/* What an environment without entries would start with is every source file; the page says more. */
void rwb__html_names_enter(rwb__html_names *names, rwb__setup *s, bool sheets) {
    if (!s->client_env.v) {
        return;
    }
    rwg_env_config *envs = rwg__arena_alloc(&names->arena, s->config.env_count * sizeof *envs);
    memcpy(envs, s->config.envs, s->config.env_count * sizeof *envs);
    rwg_env_config *client = &envs[s->client_env.v - 1];
    path_list list;
    list_init(&list, names->mem);
    for (uint32_t i = 0; i < client->entries.count; i++) {
        list_add(&list, client->entries.items[i]);
    }
    list_named(&list, names, sheets);
    if (client->entries.count == 0 && list.paths.len > 0) {
        list_implicits(&list, s, &names->arena);
    }
    if (list.paths.len > 0) {
        rwg_str *items = rwg__arena_alloc(&names->arena, list.paths.len * sizeof *items);
        memcpy(items, list.paths.ptr, list.paths.len * sizeof *items);
        client->entries = (rwg_str_list){items, list.paths.len};
    }
    s->config.envs = envs;
    list_deinit(&list);
}

bool rwb__html_names_differ(const rwb__html_names *before, const rwb__html_names *now) {
    path_list old;
    path_list new;
    list_init(&old, before->mem);
    list_init(&new, now->mem);
    list_named(&old, before, false);
    list_named(&new, now, false);
    bool differ = now->doubts == 0 && new.paths.len < old.paths.len;
    for (uint32_t i = 0; i < new.paths.len && !differ; i++) {
        differ = !rwg__strmap_find(&old.seen, new.paths.ptr[i]);
    }
    list_deinit(&old);
    list_deinit(&new);
    return differ;
}

/* --- life --- */

void rwb__html_names_init(
    rwb__html_names *names, rwg__mem *mem, const rwb__setup *setup, rwg__buf *problems
) {
    *names = (rwb__html_names){.mem = mem, .setup = setup, .problems = problems};
    rwg__arena_init(&names->arena, mem);
    rwg__path path;
    if (!setup->client_env.v ||
        !rwg__path_join(&path, setup->settings.root, RWG_STR("index.html")) ||
        rwg__fs_read(&setup->fs, &names->arena, rwg__path_str(&path), PAGE_MAX, &names->html) !=
            RWG_OK) {
        names->html = (rwg_str){NULL, 0};
    }
    // An editor that writes it may have emptied it, or have taken it away, for a moment.
    names->doubts += names->html.len == 0;
    rwb__html_scanner s = {.html = names->html, .raw = {"", 0}};
    rwb__html_token tag;
    while (rwb__html_next(&s, &tag)) {
        rwb__page_item item;
        bool names_file = rwb__html_is_module_script(&tag) || rwb__html_is_sheet_link(&tag);
        if (names_file && read_item(names, &tag, &s, &item)) {
            *rwg__vec_push(&names->items, mem) = item;
        }
    }
}

void rwb__html_names_deinit(rwb__html_names *names) {
    if (!names->mem) {
        return;
    }
    for (uint32_t i = 0; i < names->items.len; i++) {
        rwb_output_free(names->items.ptr[i].output);
    }
    rwg__vec_free(&names->items, names->mem);
    rwg__arena_deinit(&names->arena);
}
