/* What browsers get: the bundle of their environment, the stylesheet of all environments, the
 * manifest, and the page. */
#include "base/fsutil.h"
#include "base/limits.h"
#include "base/str.h"
#include "build/build_state.h"
#include "emit/sourcemap.h"
#include "link/sheets.h"

#include <stdio.h>

static const rwg_str_list *client_entries(const rwb__build *b) {
    return &b->setup.loaded.envs[b->setup.client_env.v - 1].entries;
}

/* --- the bundle --- */

static void add_modules(const rwb__build *b, rwb__bundle *bundle) {
    for (uint32_t i = 0; i < b->nodes.len; i++) {
        const rwb__built *n = &b->nodes.ptr[i];
        if (rwb__build_is_client(b, n) && rwb__part_has(&b->plan.parts.ptr[0], n->node)) {
            rwb__module module = {b->view, n->node, n->kind, n->compiled};
            rwb__bundle_module(bundle, &module);
        }
    }
    rwb__bundle_virtuals(bundle, b->setup.client_env);
    rwb__bundle_names(bundle);
}

static void add_entries(const rwb__build *b, rwb__bundle *bundle) {
    rwb__html_page_scripts(&b->page, bundle);
    const rwg_str_list *entries = client_entries(b);
    for (uint32_t i = 0; i < entries->count; i++) {
        rwg_node node =
            rwg_graph_find(rwb__view_graph(b->view), entries->items[i], b->setup.client_env);
        if (node.v) {
            rwb__bundle_call(bundle, "await registry.import(", node, ");\n");
        }
    }
}

static rwg_status build_bundle(rwb__build *b, rwb_build_stats *stats, rwg_error *err) {
    rwb__build_places places;
    rwb__bundle bundle;
    rwg__buf code;
    rwb__build_places_init(&places, b, false);
    rwb__bundle_input input = rwb__build_bundle_input(b, &places.places);
    rwb__bundle_init(&bundle, &input);
    rwg__buf_init(&code, b->mem);
    rwb__bundle_begin(&bundle, "new URL(\".\", import.meta.url)");
    add_modules(b, &bundle);
    add_entries(b, &bundle);
    rwb__bundle_file file = {.bundle = &bundle, .folder = "client", .name = b->client_file};
    rwb__bundle_finish(
        &bundle,
        RWG_STR("import { Registry } from \"./runtime/registry.mjs\";\n"),
        &code,
        &file.lines
    );
    rwb__workers_fill(b, &code);
    rwb__bundle_tell(&bundle, b);
    rwb__build_name(b->client_file, "client", rwg__buf_str(&code), "js");
    stats->client_modules = bundle.modules;
    stats->client_bytes = code.bytes.len;
    rwg_status status = RWG_OK;
    if (b->problems.bytes.len == 0) {
        status = rwb__bundle_file_write(b, &file, &code, err);
    }
    if (status == RWG_OK && b->problems.bytes.len == 0) {
        status = rwb__build_copy_runtime(b, "client/assets/runtime", err);
    }
    rwb__bundle_deinit(&bundle);
    rwg__buf_deinit(&code);
    return status;
}

/* --- the stylesheet --- */

typedef RWG_VEC(rwg_node) node_vec;

/* In the order in which a page would get them: what the server renders first, with the client
 * components in it, then where browsers begin, then what is imported later. */
static void collect_roots(const rwb__build *b, node_vec *roots) {
    const rwg_graph *g = rwb__view_graph(b->view);
    if (b->setup.server_env.v) {
        *rwg__vec_push(roots, b->mem) =
            rwg_graph_find(g, b->setup.server_entry, b->setup.server_env);
    }
    const rwg_str_list *entries =
        b->setup.client_env.v ? &b->setup.config.envs[b->setup.client_env.v - 1].entries : NULL;
    for (uint32_t i = 0; entries && i < entries->count; i++) {
        rwg_node node = rwg_graph_find(g, entries->items[i], b->setup.client_env);
        if (node.v && rwb__part_has(&b->plan.parts.ptr[0], node)) {
            *rwg__vec_push(roots, b->mem) = node;
        }
    }
    for (uint32_t i = 0; i < b->nodes.len; i++) {
        const rwb__built *n = &b->nodes.ptr[i];
        if (rwb__part_has(&b->plan.parts.ptr[0], n->node)) {
            *rwg__vec_push(roots, b->mem) = n->node;
        }
    }
}

/* Each line of a sheet is the line of its file. */
static void map_pieces(const rwb__build *b, const rwb__sheet_pieces *pieces, rwg__buf *out) {
    const rwg_graph *g = rwb__view_graph(b->view);
    rwb__map_builder map;
    rwg__arena arena;
    rwg__arena_init(&arena, b->mem);
    rwb__map_init(&map, b->mem);
    for (uint32_t i = 0; i < pieces->len; i++) {
        const rwb__sheet_piece *piece = &pieces->ptr[i];
        rwg__buf path;
        rwg_str text = {NULL, 0};
        rwg__buf_init(&path, b->mem);
        rwb__view_path(b->view, piece->node, &path);
        (void
        )rwg__fs_read(&b->setup.fs, &arena, rwg__buf_str(&path), RWG_LIMIT_SOURCE_BYTES, &text);
        rwg__buf_clear(&path);
        rwb__view_id(b->view, piece->node, &path);
        bool of_others = (rwg_node_flags(g, piece->node) & RWG_NODE_DEPENDENCY) != 0;
        rwg_str id = rwg__arena_str(&arena, rwg__buf_str(&path));
        uint32_t source = rwb__map_source_add(&map, id, text, of_others);
        for (uint32_t line = 0; line < piece->lines; line++) {
            map.at = (rwb__position){.line = piece->line + line};
            rwb__map_add(&map, source, piece->first + line, 0, RWG_STR(""));
        }
        rwg__buf_deinit(&path);
    }
    rwg_sink sink = rwg__buf_sink(out);
    rwb__map_write(&map, rwg__path_basename(rwg__str_c(b->style_file)), &sink);
    rwb__map_deinit(&map);
    rwg__arena_deinit(&arena);
}

static rwg_status write_style(rwb__build *b, const rwb__sheet_pieces *pieces, rwg_error *err) {
    char map_name[72];
    rwb__build_name(b->style_file, "style", rwg__buf_str(&b->style), "css");
    if (b->options->no_source_map) {
        return rwb__build_write(b, "client", b->style_file, rwg__buf_str(&b->style), err);
    }
    rwg_str base = rwg__path_basename(rwg__str_c(b->style_file));
    (void)snprintf(map_name, sizeof map_name, "%s.map", b->style_file);
    rwg__buf_printf(&b->style, "/*# sourceMappingURL=%.*s.map */\n", (int)base.len, base.ptr);
    rwg__buf map;
    rwg__buf_init(&map, b->mem);
    map_pieces(b, pieces, &map);
    rwg_status status = rwb__build_write(b, "client", b->style_file, rwg__buf_str(&b->style), err);
    if (status == RWG_OK) {
        status = rwb__build_write(b, "client", map_name, rwg__buf_str(&map), err);
    }
    rwg__buf_deinit(&map);
    return status;
}

static rwg_status build_style(rwb__build *b, rwg_error *err) {
    node_vec roots = {0};
    rwb__sheet_pieces pieces = {0};
    collect_roots(b, &roots);
    rwb__sheets_input input = {
        .mem = b->mem,
        .fs = &b->setup.fs,
        .view = b->view,
        .roots = roots.ptr,
        .root_count = roots.len,
        .address = rwb__build_style_address,
        .payload = b,
    };
    rwb__sheets_write(&input, &b->style, &pieces, &b->problems);
    rwg_status status = RWG_OK;
    if (b->style.bytes.len > 0 && b->problems.bytes.len == 0) {
        status = write_style(b, &pieces, err);
    }
    rwg__vec_free(&roots, b->mem);
    rwg__vec_free(&pieces, b->mem);
    return status;
}

rwg_status rwb__build_client(rwb__build *b, rwb_build_stats *stats, rwg_error *err) {
    rwg_status status = build_style(b, err);
    return status == RWG_OK && b->setup.client_env.v ? build_bundle(b, stats, err) : status;
}

/* --- what names them --- */

void rwb__build_manifest(const rwb__build *b, rwg__buf *out) {
    rwg_sink sink = rwg__buf_sink(out);
    rwg_json_writer w = rwg_json_writer_make(&sink);
    rwg_json_object(&w);
    for (uint32_t i = 0; i < b->nodes.len; i++) {
        const rwb__built *n = &b->nodes.ptr[i];
        uint32_t flags = rwg_node_flags(rwb__view_graph(b->view), n->node);
        if (!rwb__build_is_client(b, n) || !(flags & (RWG_NODE_ENTRY | RWG_NODE_CLIENT))) {
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

void rwb__build_join_entries(const rwb__build *b, rwg__buf *text) {
    const rwg_str_list *entries = client_entries(b);
    for (uint32_t i = 0; i < entries->count; i++) {
        char name[RWG_LIMIT_PATH + 1];
        char value[RWG_LIMIT_PATH];
        rwg_str base = b->setup.site.base;
        (void
        )snprintf(name, sizeof name, "/%.*s", (int)entries->items[i].len, entries->items[i].ptr);
        (void)snprintf(value, sizeof value, "%.*s%s", (int)base.len, base.ptr, b->client_file);
        replace_quoted(text, rwg__str_c(name), rwg__str_c(value));
    }
}

static void add_linked_sheet(void *payload, rwg_node node, rwg__buf *out) {
    rwb__build *b = payload;
    rwb__build_sheet_address(b, b->view, node, out);
}

static rwg_str address_of_file(void *payload, rwg_str path, rwg_str id) {
    rwb__build *b = payload;
    return rwb__assets_address(&b->assets, RWB__ASSET_FILE, path, id);
}

rwg_status rwb__build_page(rwb__build *b, rwg_error *err) {
    if (b->page.names.html.len == 0) {
        return RWG_OK;
    }
    rwg__buf text;
    rwg__buf_init(&text, b->mem);
    rwb__page_places places = {
        .payload = b,
        .script = rwg__str_c(b->client_file),
        .style = rwg__str_c(b->style_file),
        .sheet = add_linked_sheet,
        .file = address_of_file,
    };
    rwb__html_page_write(&b->page, b->view, &places, &text);
    rwb__build_join_entries(b, &text);
    rwg_status status = rwb__build_write(b, "client", "index.html", rwg__buf_str(&text), err);
    rwg__buf_deinit(&text);
    return status;
}
