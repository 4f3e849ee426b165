/* Our own files, and scripts that are made here: those that throw. */
#include "base/fsutil.h"
#include "base/hash.h"
#include "base/path.h"
#include "base/str.h"
#include "dev/aspect.h"
#include "dev/browser_parts.h"

#include <stdio.h>

/* --- our own files --- */

static void replace(rwg__buf *text, const char *name, rwg_str value) {
    (void)rwg__buf_replace(text, rwg__str_c(name), value, UINT32_MAX);
}

/* The client's placeholders, and where React Refresh finds its runtime. */
static void fill_in(rwb__browser *b, const rwb__view *view, rwg__buf *text) {
    rwg__buf value;
    rwg__buf_init(&value, b->mem);
    char hex[33];
    rwb__string_literal(b->token, &value);
    replace(text, "__RWG_TOKEN__", rwg__buf_str(&value));
    rwg__buf_clear(&value);
    rwb__string_literal(rwg__str(b->session, 32), &value);
    replace(text, "__RWG_SESSION__", rwg__buf_str(&value));
    rwg__hash_hex(rwb__view_env_hash(view, b->setup->client_env), hex);
    rwg__buf_clear(&value);
    rwb__string_literal(rwg__str(hex, 32), &value);
    replace(text, "__RWG_VERSION__", rwg__buf_str(&value));
    rwg__buf_clear(&value);
    rwb__string_literal(b->setup->site.base, &value);
    replace(text, "__RWG_BASE__", rwg__buf_str(&value));
    replace(
        text, "__RWG_HMR__", RWG_STR("{ \"url\": null, \"overlay\": true, \"timeout\": 30000 }")
    );
    rwg__buf_clear(&value);
    rwg__buf_printf(&value, "%llu", (unsigned long long)rwb__generations_number(b->generations));
    replace(text, "__RWG_GENERATION__", rwg__buf_str(&value));
    rwg__path relative;
    rwg_node node = {0};
    if (b->setup->refresh_path.len > 0 &&
        rwg__path_relative(&relative, rwb__view_root(view), b->setup->refresh_path)) {
        node =
            rwg_graph_find(rwb__view_graph(view), rwg__path_str(&relative), b->setup->client_env);
    }
    if (node.v) {
        rwg__buf_clear(&value);
        rwg__buf_char(&value, '"');
        rwg__buf_add(&value, b->setup->prefix);
        rwb__dependency_url(view, node, "", &value);
        rwg__buf_char(&value, '"');
        replace(text, "'react-refresh/runtime'", rwg__buf_str(&value));
    }
    rwg__buf_deinit(&value);
}

void rwb__browser_place(const rwb__browser *b, rwg__buf *script) {
    static const char *const OURS[] = {"/@rwgraph/", "/@deps/"};
    static const char QUOTES[] = "\"'";
    for (size_t i = 0; b->setup->prefix.len > 0 && i < 4; i++) {
        const char *name = OURS[i / 2];
        char from[16];
        rwg__buf to;
        rwg__buf_init(&to, b->mem);
        int len = snprintf(from, sizeof from, "%c%s", QUOTES[i % 2], name);
        rwg__buf_char(&to, QUOTES[i % 2]);
        rwg__buf_add(&to, b->setup->prefix);
        rwg__buf_add(&to, rwg__str_c(name));
        (void)rwg__buf_replace(script, rwg__str(from, (size_t)len), rwg__buf_str(&to), UINT32_MAX);
        rwg__buf_deinit(&to);
    }
}

bool rwb__answer_ours(rwb__browser *b, rwb__exchange *x, rwg_str name) {
    char path[RWG_LIMIT_PATH];
    rwg_str ext = rwg__path_ext(name);
    if (name.len == 0 || name.len > 64 || rwg__str_index(name, '/') != name.len ||
        name.ptr[0] == '.') {
        return false;
    }
    (void)snprintf(
        path,
        sizeof path,
        "%.*s/%.*s%s",
        (int)b->setup->runtime_dir.len,
        b->setup->runtime_dir.ptr,
        (int)name.len,
        name.ptr,
        ext.len ? "" : ".mjs"
    );
    rwg__arena *arena = rwb__exchange_arena(x);
    rwg_str text;
    if (rwg__fs_read(b->setup->settings.fs, arena, rwg__str_c(path), 4u << 20, &text) != RWG_OK) {
        return false;
    }
    rwg__buf out;
    rwg__buf_init(&out, b->mem);
    rwg__buf_add(&out, text);
    if (rwg__str_starts(name, RWG_STR("client")) || rwg__str_starts(name, RWG_STR("refresh"))) {
        fill_in(b, rwb__generations_newest(b->generations), &out);
    }
    rwb__browser_place(b, &out);
    rwb__bytes *body = rwb__bytes_new(b->mem, rwg__buf_str(&out));
    char hex[33];
    char etag[40];
    rwg__hash_hex(rwg__hash_bytes(out.bytes.ptr, out.bytes.len), hex);
    (void)snprintf(etag, sizeof etag, "\"%s\"", hex);
    rwb__respond(
        x,
        &(rwb__response
        ){.type = RWB__JAVASCRIPT, .cache = RWB__NO_CACHE, .etag = rwg__str_c(etag), .body = body}
    );
    rwb__bytes_drop(body);
    rwg__buf_deinit(&out);
    return true;
}

/* --- scripts that throw, and scripts made here --- */

void rwb__respond_script(rwb__browser *b, rwb__exchange *x, rwg_str cache, rwg_str text) {
    rwg__buf out;
    rwg__buf_init(&out, b->mem);
    rwg__buf_add(&out, text);
    rwb__browser_place(b, &out);
    rwb__bytes *body = rwb__bytes_new(b->mem, rwg__buf_str(&out));
    rwb__respond(x, &(rwb__response){.type = RWB__JAVASCRIPT, .cache = cache, .body = body});
    rwb__bytes_drop(body);
    rwg__buf_deinit(&out);
}

/* export { __rwg as "name" } for each name that the record knows, once. */
static void export_names(rwg__buf *out, const rwg_module *module) {
    uint32_t count = 0;
    const rwg_export *exports = module ? rwg_module_exports(module, &count) : NULL;
    rwg__strmap seen;
    rwg__strmap_init(&seen, out->mem);
    for (uint32_t i = 0; i < count; i++) {
        rwg_str name = rwg_module_str(module, exports[i].name);
        bool added = false;
        if (!(exports[i].flags & (RWG_EXPORT_TYPE_ONLY | RWG_EXPORT_STAR))) {
            rwg__strmap_put(&seen, name, &added);
        }
        if (added) {
            rwg__buf_add(out, RWG_STR("export { __rwg as "));
            rwb__string_literal(name, out);
            rwg__buf_add(out, RWG_STR(" };\n"));
        }
    }
    rwg__strmap_deinit(&seen);
}

/* An error in a module reaches the page as the error of that module: the page's overlay shows it,
 * and everything that does not import it goes on. Names are exported so that importers link, and it
 * is this error that they fail with: the namespace, and what the module is known to export. */
void rwb__respond_throw(
    rwb__browser *b, rwb__exchange *x, const rwg_module *module, rwg_str message
) {
    rwg__buf out;
    rwg__buf_init(&out, b->mem);
    rwg__buf_add(&out, RWG_STR("import { report } from \"/@rwgraph/client\";\nconst message = "));
    rwb__string_literal(message, &out);
    rwg__buf_add(&out, RWG_STR(";\nexport const __rwg = undefined;\n"));
    export_names(&out, module);
    rwg__buf_add(&out, RWG_STR("report({ message });\nthrow new Error(message);\n"));
    rwb__respond_script(b, x, RWG_STR("no-store"), rwg__buf_str(&out));
    rwg__buf_deinit(&out);
}

bool rwb__answer_missing(rwb__browser *b, rwb__exchange *x, rwg_str id) {
    rwb__view *view = rwb__generations_newest(b->generations);
    rwg_node from = rwb__view_find(view, b->setup->client_env, id);
    const rwb__query *query = rwb__exchange_query(x);
    uint32_t count = 0;
    const rwg_edge *edges = from.v ? rwg_graph_edges(rwb__view_graph(view), from, &count) : NULL;
    for (uint32_t i = 0; query->has_index && i < count; i++) {
        if (edges[i].import == query->index) {
            rwb__link_target target = rwb__link_target_of_edge(view, from, &edges[i]);
            rwg__buf message;
            rwg__buf_init(&message, b->mem);
            rwb__link_target_message(view, &target, &message);
            rwb__respond_throw(b, x, NULL, rwg__buf_str(&message));
            rwg__buf_deinit(&message);
            return true;
        }
    }
    return false;
}
