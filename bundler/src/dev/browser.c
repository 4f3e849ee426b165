/* URLs, and the answers to requests for them. */
#include "dev/browser.h"

#include "base/fsutil.h"
#include "base/hash.h"
#include "base/path.h"
#include "base/str.h"
#include "dev/aspect.h"
#include "dev/closure.h"
#include "link/sheets.h"
#include "serve/mime.h"

#include <stdio.h>

#define DEPS       RWG_STR("/@deps/")
#define OURS       RWG_STR("/@rwgraph/")
#define IMMUTABLE  RWG_STR("max-age=31536000, immutable")
#define NO_CACHE   RWG_STR("no-cache")
#define JAVASCRIPT RWG_STR("text/javascript; charset=utf-8")

/* --- URLs --- */

/* Code of a package. Its stylesheets are modules of the page like any other: the registry's scripts
 * show nothing. */
static bool is_dependency(const rwg_graph *g, rwg_node node) {
    const rwg_module *module = rwg_node_module(g, node);
    bool is_style = module && rwg_module_kind_of(module) == RWG_MODULE_CSS;
    return (rwg_node_flags(g, node) & RWG_NODE_DEPENDENCY) != 0 && !is_style;
}

static void add_hash(rwg__buf *out, const char *name, rwg_hash hash) {
    char hex[33];
    rwg__hash_hex(hash, hex);
    rwg__buf_printf(out, "%s%.16s", name, hex);
}

/* Not JavaScript by its name: `?import` says that a module is meant, not the file. */
static bool needs_import(rwg_str path) {
    static const char *const SCRIPTS[] = {
        ".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx"};
    rwg_str ext = rwg__path_ext(path);
    for (size_t i = 0; i < sizeof SCRIPTS / sizeof SCRIPTS[0]; i++) {
        if (rwg__str_eq_c(ext, SCRIPTS[i])) {
            return false;
        }
    }
    return true;
}

/* The generation in which an update last replaced the module, 0 = never. */
static uint64_t revision_of(const rwb__browser *b, rwg_node node) {
    const uint32_t *at = rwg__idmap_find(&b->revisions, node.v);
    return at ? b->replaced_in.ptr[*at - 1] : 0;
}

void rwb__browser_revise(rwb__browser *b, rwg_node node) {
    uint32_t *at = rwg__idmap_put(&b->revisions, node.v, NULL);
    if (*at == 0) {
        (void)rwg__vec_push(&b->replaced_in, b->mem);
        *at = b->replaced_in.len;
    }
    b->replaced_in.ptr[*at - 1] = rwb__generations_number(b->generations);
}

static void add_dependency_url(
    rwb__browser *b, const rwb__view *view, rwg_node node, const char *flags, rwg__buf *out
) {
    const rwg_graph *g = rwb__view_graph(view);
    (void)b;
    rwg__buf_add(out, DEPS);
    rwg__buf_add(out, rwg_graph_env_name(g, rwg_node_env(g, node)));
    rwb__view_id(view, node, out);
    rwg__buf_printf(out, "?%s", flags);
    add_hash(out, "v=", rwb__view_hash(view, node));
}

void rwb__browser_url(rwb__browser *b, const rwb__view *view, rwg_node node, rwg__buf *out) {
    const rwg_graph *g = rwb__view_graph(view);
    if (is_dependency(g, node)) {
        add_dependency_url(b, view, node, "", out);
        return;
    }
    uint32_t start = out->bytes.len;
    rwb__view_id(view, node, out);
    bool import = needs_import(rwg__str_from(rwg__buf_str(out), start));
    if (import) {
        rwg__buf_add(out, RWG_STR("?import"));
    }
    uint64_t revision = revision_of(b, node);
    if (revision > 0) {
        rwg__buf_printf(out, "%ch=%llu", import ? '&' : '?', (unsigned long long)revision);
    }
}

static rwb_link link_text(rwg__arena *arena, rwb_link_kind kind, rwg__buf *text) {
    rwb_link link = {.kind = kind, .url = rwg__arena_str(arena, rwg__buf_str(text))};
    rwg__buf_deinit(text);
    return link;
}

/* A dependency's namespace as this importer sees it: CommonJS has two faces (`n`: Node's). */
static rwb_link dependency_link(
    rwb__browser *b, const rwb__view *view, rwg_node from, rwg_node node, rwg__arena *arena
) {
    rwg__buf path;
    rwg__buf url;
    rwg__buf_init(&path, b->mem);
    rwg__buf_init(&url, b->mem);
    rwb__view_path(view, from, &path);
    bool node_mode = rwb__is_node_mode(b->definer, rwg__buf_str(&path));
    add_dependency_url(b, view, node, node_mode ? "n&" : "", &url);
    rwg__buf_deinit(&path);
    return link_text(arena, RWB_LINK_NAMESPACE, &url);
}

/* An import that cannot work throws when it is evaluated, and says why. */
static rwb_link missing_link(
    rwb__browser *b, const rwb__view *view, rwg_node from, const rwg_edge *edge, rwg__arena *arena
) {
    rwg__buf url;
    rwg__buf_init(&url, b->mem);
    rwg__buf_add(&url, RWG_STR("/@rwgraph/missing"));
    rwb__view_id(view, from, &url);
    rwg__buf_printf(&url, "?import&index=%u.js", edge->import);
    return link_text(arena, RWB_LINK_NAMESPACE, &url);
}

/* `new Worker(new URL("./w.ts", import.meta.url))` takes the address itself, not a module of it. */
static bool is_constructed(const rwg_graph *g, rwg_node from, const rwg_edge *edge) {
    uint32_t count = 0;
    const rwg_module *module = rwg_node_module(g, from);
    const rwg_import *imports = module ? rwg_module_imports(module, &count) : NULL;
    return edge->import < count && imports[edge->import].kind == RWG_IMPORT_WORKER;
}

static rwb_link aspect_link(
    rwb__browser *b,
    const rwb__view *view,
    const rwb__link_target *target,
    const rwg_edge *edge,
    rwg__arena *arena
) {
    const rwg_graph *g = rwb__view_graph(view);
    rwg__buf url;
    rwg__buf_init(&url, b->mem);
    if (is_constructed(g, target->from, edge)) {
        rwb__browser_url(b, view, target->node, &url);
        return link_text(arena, RWB_LINK_URL, &url);
    }
    rwb__view_id(view, target->node, &url);
    if (target->aspect != RWB__ASPECT_FILE) {
        const rwg_module *module = rwg_node_module(g, target->node);
        bool is_style = module && rwg_module_kind_of(module) == RWG_MODULE_CSS;
        rwg__buf_add(&url, RWG_STR("?import&"));
        rwg__buf_add(&url, rwb__aspect_query(target->aspect));
        rwg_hash hash =
            is_style ? rwb__view_hash(view, target->node) : rwg_graph_own_hash(g, target->node);
        add_hash(&url, "&h=", hash);
    }
    return link_text(arena, RWB_LINK_URL, &url);
}

static rwb_link link_of_edge(
    void *payload, const rwb__view *view, rwg_node from, const rwg_edge *edge, rwg__arena *arena
) {
    rwb__browser *b = payload;
    const rwg_graph *g = rwb__view_graph(view);
    rwb__link_target target = rwb__link_target_of_edge(view, from, edge);
    rwg__buf url;
    switch (target.kind) {
    case RWB__LINK_TARGET_NODE:
        if (is_dependency(g, target.node)) {
            return dependency_link(b, view, from, target.node, arena);
        }
        rwg__buf_init(&url, b->mem);
        rwb__browser_url(b, view, target.node, &url);
        return link_text(arena, RWB_LINK_URL, &url);
    case RWB__LINK_TARGET_ASPECT: return aspect_link(b, view, &target, edge, arena);
    case RWB__LINK_TARGET_PINNED:
    case RWB__LINK_TARGET_VIRTUAL:
        rwg__buf_init(&url, b->mem);
        rwg__buf_add(
            &url,
            target.kind == RWB__LINK_TARGET_PINNED ? RWG_STR("/@deps/pinned/")
                                                   : RWG_STR("/@deps/virtual/")
        );
        rwg__buf_add(&url, target.text);
        return link_text(arena, RWB_LINK_NAMESPACE, &url);
    case RWB__LINK_TARGET_EXTERNAL: {
        bool is_web = rwg__str_starts(target.text, RWG_STR("http:")) ||
                      rwg__str_starts(target.text, RWG_STR("https:")) ||
                      rwg__str_starts(target.text, RWG_STR("//")) ||
                      rwg__str_starts(target.text, RWG_STR("data:"));
        return is_web ? (rwb_link){.kind = RWB_LINK_KEEP}
                      : missing_link(b, view, from, edge, arena);
    }
    case RWB__LINK_TARGET_EMPTY: return (rwb_link){.kind = RWB_LINK_EMPTY};
    case RWB__LINK_TARGET_MISSING: break;
    }
    return missing_link(b, view, from, edge, arena);
}

static rwb_link
link_of_node(void *payload, const rwb__view *view, rwg_node node, rwg__arena *arena) {
    return dependency_link(payload, view, node, node, arena);
}

/* --- our own files --- */

static void replace(rwg__buf *text, const char *name, rwg_str value) {
    (void)rwg__buf_replace(text, rwg__str_c(name), value, UINT32_MAX);
}

static void quote(rwg__buf *out, rwg_str text) {
    rwg_sink sink = rwg__buf_sink(out);
    rwg_json_writer w = rwg_json_writer_make(&sink);
    rwg_json_string(&w, text);
}

/* The client's placeholders, and where React Refresh finds its runtime. */
static void fill_in(rwb__browser *b, const rwb__view *view, rwg__buf *text) {
    rwg__buf value;
    rwg__buf_init(&value, b->mem);
    char hex[33];
    quote(&value, b->token);
    replace(text, "__RWG_TOKEN__", rwg__buf_str(&value));
    rwg__buf_clear(&value);
    quote(&value, rwg__str(b->session, 32));
    replace(text, "__RWG_SESSION__", rwg__buf_str(&value));
    rwg__hash_hex(rwb__view_env_hash(view, b->setup->client_env), hex);
    rwg__buf_clear(&value);
    quote(&value, rwg__str(hex, 32));
    replace(text, "__RWG_VERSION__", rwg__buf_str(&value));
    replace(text, "__RWG_BASE__", RWG_STR("\"/\""));
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
        add_dependency_url(b, view, node, "", &value);
        rwg__buf_char(&value, '"');
        replace(text, "'react-refresh/runtime'", rwg__buf_str(&value));
    }
    rwg__buf_deinit(&value);
}

/* A name without a slash is a file of the runtime folder, with or without its ".mjs". */
static bool answer_ours(rwb__browser *b, rwb__exchange *x, rwg_str name) {
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
    rwb__bytes *body = rwb__bytes_new(b->mem, rwg__buf_str(&out));
    char hex[33];
    char etag[40];
    rwg__hash_hex(rwg__hash_bytes(out.bytes.ptr, out.bytes.len), hex);
    (void)snprintf(etag, sizeof etag, "\"%s\"", hex);
    rwb__respond(
        x,
        &(rwb__response
        ){.type = JAVASCRIPT, .cache = NO_CACHE, .etag = rwg__str_c(etag), .body = body}
    );
    rwb__bytes_drop(body);
    rwg__buf_deinit(&out);
    return true;
}

/* --- scripts that throw, and scripts made here --- */

static void respond_script(rwb__browser *b, rwb__exchange *x, rwg_str cache, rwg_str text) {
    rwb__bytes *body = rwb__bytes_new(b->mem, text);
    rwb__respond(x, &(rwb__response){.type = JAVASCRIPT, .cache = cache, .body = body});
    rwb__bytes_drop(body);
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
            quote(out, name);
            rwg__buf_add(out, RWG_STR(" };\n"));
        }
    }
    rwg__strmap_deinit(&seen);
}

/* An error in a module reaches the page as the error of that module: the page's overlay shows it,
 * and everything that does not import it goes on. Names are exported so that importers link, and it
 * is this error that they fail with: the namespace, and what the module is known to export. */
static void
respond_throw(rwb__browser *b, rwb__exchange *x, const rwg_module *module, rwg_str message) {
    rwg__buf out;
    rwg__buf_init(&out, b->mem);
    rwg__buf_add(&out, RWG_STR("import { report } from \"/@rwgraph/client\";\nconst message = "));
    quote(&out, message);
    rwg__buf_add(&out, RWG_STR(";\nexport const __rwg = undefined;\n"));
    export_names(&out, module);
    rwg__buf_add(&out, RWG_STR("report({ message });\nthrow new Error(message);\n"));
    respond_script(b, x, RWG_STR("no-store"), rwg__buf_str(&out));
    rwg__buf_deinit(&out);
}

static bool answer_missing(rwb__browser *b, rwb__exchange *x, rwg_str id) {
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
            respond_throw(b, x, NULL, rwg__buf_str(&message));
            rwg__buf_deinit(&message);
            return true;
        }
    }
    return false;
}

/* --- modules of the project --- */

typedef struct module_answer {
    rwb__browser *b;
    rwb__exchange *x;
    rwb__view *view;
    bool immutable;
} module_answer;

bool rwb__browser_accepts_itself(const rwb__browser *b, const rwb__view *view, rwg_node node) {
    const rwg_module *module = rwg_node_module(rwb__view_graph(view), node);
    if (!module) {
        return false;
    }
    if (rwg_module_kind_of(module) == RWG_MODULE_CSS) {
        return true;
    }
    uint32_t count = 0;
    const rwg_hot *hots = rwg_module_hots(module, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (hots[i].kind == RWG_HOT_ACCEPT_SELF || hots[i].kind == RWG_HOT_ACCEPT_EXPORTS) {
            return true;
        }
    }
    rwg_lang lang = rwg_module_lang(module);
    return b->setup->refresh_path.len > 0 && (lang == RWG_LANG_TSX || lang == RWG_LANG_JSX);
}

/* import.meta.hot, on a line of its own, so that the map needs one more ";". */
static void add_hot(rwg__buf *out, rwg_str id) {
    rwg__buf_add(
        out,
        RWG_STR("import { createHotContext as __rwg_hot } from \"/@rwgraph/client\"; "
                "import.meta.hot = __rwg_hot(")
    );
    quote(out, id);
    rwg__buf_add(out, RWG_STR(");\n"));
}

static void add_map(rwg__buf *out, rwg_str map, bool shifted) {
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const rwg_str MAPPINGS = {"\"mappings\":\"", 12};
    rwg__buf text;
    rwg__buf_init(&text, out->mem);
    for (uint32_t i = 0; i < map.len; i++) {
        bool here = shifted && i >= MAPPINGS.len &&
                    memcmp(map.ptr + i - MAPPINGS.len, MAPPINGS.ptr, MAPPINGS.len) == 0;
        if (here) {
            rwg__buf_char(&text, ';');
            shifted = false;
        }
        rwg__buf_char(&text, map.ptr[i]);
    }
    rwg__buf_add(
        out, RWG_STR("\n//# sourceMappingURL=data:application/json;charset=utf-8;base64,")
    );
    const unsigned char *bytes = (const unsigned char *)text.bytes.ptr;
    uint32_t len = text.bytes.len;
    for (uint32_t i = 0; i < len; i += 3) {
        uint32_t left = len - i;
        uint32_t triple = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                          (left > 2 ? (uint32_t)bytes[i + 2] : 0);
        const char group[4] = {
            DIGITS[triple >> 18 & 63],
            DIGITS[triple >> 12 & 63],
            left > 1 ? DIGITS[triple >> 6 & 63] : '=',
            left > 2 ? DIGITS[triple & 63] : '=',
        };
        rwg__buf_add(out, rwg__str(group, 4));
    }
    rwg__buf_char(out, '\n');
    rwg__buf_deinit(&text);
}

static void respond_module(module_answer *m, rwg_node node, const rwb__compiled *compiled) {
    rwb__browser *b = m->b;
    if (compiled->problem.len > 0) {
        const rwg_module *module = rwg_node_module(rwb__view_graph(m->view), node);
        respond_throw(b, m->x, module, compiled->problem);
        return;
    }
    const rwg_module *module = rwg_node_module(rwb__view_graph(m->view), node);
    bool hot = module && rwg_module_kind_of(module) != RWG_MODULE_CSS &&
               (rwg_module_flags(module) & RWG_MODULE_USES_HOT ||
                rwb__browser_accepts_itself(b, m->view, node));
    rwg__buf out;
    rwg__buf id;
    rwg__buf_init(&out, b->mem);
    rwg__buf_init(&id, b->mem);
    rwb__view_id(m->view, node, &id);
    if (hot) {
        add_hot(&out, rwg__buf_str(&id));
    }
    rwg__buf_add(&out, compiled->code);
    if (compiled->map.len > 0) {
        add_map(&out, compiled->map, hot);
    }
    char hex[33];
    char etag[40];
    rwg__hash_hex(rwg__hash_bytes(out.bytes.ptr, out.bytes.len), hex);
    (void)snprintf(etag, sizeof etag, "\"%.16s\"", hex);
    rwb__bytes *body = rwb__bytes_new(b->mem, rwg__buf_str(&out));
    rwb__respond(
        m->x,
        &(rwb__response
        ){.type = JAVASCRIPT,
          .cache = m->immutable ? IMMUTABLE : NO_CACHE,
          .etag = rwg__str_c(etag),
          .body = body}
    );
    rwb__bytes_drop(body);
    rwg__buf_deinit(&out);
    rwg__buf_deinit(&id);
}

static void
module_done(void *payload, rwg_node node, rwb__source_kind kind, rwb__compiled *compiled) {
    module_answer *m = payload;
    (void)kind;
    respond_module(m, node, compiled);
    rwb__view_release(m->view);
    rwg__mem_free(m->b->mem, m, sizeof *m);
}

/* Under its plain URL, a module that an update has replaced is a door to what it is now: whoever
 * imports it by its name shares the instance that others import. */
static void respond_door(rwb__browser *b, rwb__exchange *x, const rwb__view *view, rwg_node node) {
    const rwg_module *module = rwg_node_module(rwb__view_graph(view), node);
    uint32_t count = 0;
    const rwg_export *exports = module ? rwg_module_exports(module, &count) : NULL;
    rwg__buf out;
    rwg__buf url;
    rwg__buf_init(&out, b->mem);
    rwg__buf_init(&url, b->mem);
    rwb__browser_url(b, view, node, &url);
    rwg__buf_printf(&out, "export * from \"%.*s\";\n", (int)url.bytes.len, url.bytes.ptr);
    for (uint32_t i = 0; i < count; i++) {
        if (rwg__str_eq_c(rwg_module_str(module, exports[i].name), "default")) {
            rwg__buf_printf(
                &out, "export { default } from \"%.*s\";\n", (int)url.bytes.len, url.bytes.ptr
            );
            break;
        }
    }
    respond_script(b, x, NO_CACHE, rwg__buf_str(&out));
    rwg__buf_deinit(&url);
    rwg__buf_deinit(&out);
}

/* A worker's address is that of its module as it is now. */
static void add_aspect_address(
    void *payload, const rwb__view *view, rwg_node node, rwb__aspect aspect, rwg__buf *out
) {
    rwg__buf url;
    rwg__buf_init(&url, out->mem);
    const rwg_module *module = rwg_node_module(rwb__view_graph(view), node);
    if (rwb__aspect_is_worker(aspect)) {
        rwb__browser_url(payload, view, node, &url);
    } else {
        rwb__view_id(view, node, &url);
        bool is_style = module && rwg_module_kind_of(module) == RWG_MODULE_CSS;
        rwg__buf_add(&url, is_style ? RWG_STR("?direct") : RWG_STR(""));
    }
    quote(out, rwg__buf_str(&url));
    rwg__buf_deinit(&url);
}

static void
respond_aspect(rwb__browser *b, rwb__exchange *x, rwb__view *view, const rwb__link_target *target) {
    rwb__places places = {.payload = b, .address = add_aspect_address};
    rwg__buf out;
    rwg__buf problems;
    rwg__buf_init(&out, b->mem);
    rwg__buf_init(&problems, b->mem);
    rwg__buf_add(&out, RWG_STR("export default "));
    rwb__aspect_write(b->definer, view, target, &places, &out, &problems);
    rwg__buf_add(&out, RWG_STR(";\n"));
    if (problems.bytes.len > 0) {
        respond_throw(b, x, NULL, rwg__buf_str(&problems));
    } else {
        respond_script(b, x, NO_CACHE, rwg__buf_str(&out));
    }
    rwg__buf_deinit(&problems);
    rwg__buf_deinit(&out);
}

/* What a <link> gets: the text of stylesheets, with everything they import in it. */
static void respond_sheets(
    rwb__browser *b,
    rwb__exchange *x,
    const rwb__view *view,
    const rwg_node *roots,
    uint32_t root_count
) {
    rwg__buf out;
    rwg__buf problems;
    rwg__buf_init(&out, b->mem);
    rwg__buf_init(&problems, b->mem);
    rwb__sheets_input input = {
        .mem = b->mem,
        .fs = b->setup->settings.fs,
        .view = view,
        .roots = roots,
        .root_count = root_count,
    };
    rwb__sheets_write(&input, &out, NULL, &problems);
    rwb__bytes *body = rwb__bytes_new(b->mem, rwg__buf_str(&out));
    rwb__respond(
        x,
        &(rwb__response
        ){.type = RWG_STR("text/css; charset=utf-8"), .cache = NO_CACHE, .body = body}
    );
    rwb__bytes_drop(body);
    rwg__buf_deinit(&problems);
    rwg__buf_deinit(&out);
}

/* What a query asks for beside the module, in the one form in which it was read. */
static rwb__aspect aspect_of_flags(uint32_t flags) {
    static const struct {
        uint32_t flags;
        rwb__aspect aspect;
    } ASPECTS[] = {
        {RWB__QUERY_RAW, RWB__ASPECT_RAW},
        {RWB__QUERY_WORKER | RWB__QUERY_URL, RWB__ASPECT_WORKER_URL},
        {RWB__QUERY_SHARED_WORKER | RWB__QUERY_URL, RWB__ASPECT_WORKER_URL},
        {RWB__QUERY_WORKER, RWB__ASPECT_WORKER},
        {RWB__QUERY_SHARED_WORKER, RWB__ASPECT_SHARED_WORKER},
        {RWB__QUERY_INIT, RWB__ASPECT_INIT},
        {RWB__QUERY_NO_INLINE, RWB__ASPECT_NO_INLINE},
        {RWB__QUERY_INLINE, RWB__ASPECT_INLINE},
        {RWB__QUERY_URL, RWB__ASPECT_URL},
    };

    for (size_t i = 0; i < sizeof ASPECTS / sizeof ASPECTS[0]; i++) {
        if ((flags & ASPECTS[i].flags) == ASPECTS[i].flags) {
            return ASPECTS[i].aspect;
        }
    }
    return RWB__ASPECT_MODULE;
}

static bool answer_aspect(rwb__browser *b, rwb__exchange *x, rwb__view *view, rwg_node node) {
    const rwg_graph *g = rwb__view_graph(view);
    const rwb__query *query = rwb__exchange_query(x);
    const rwg_module *module = rwg_node_module(g, node);
    bool is_style = module && rwg_module_kind_of(module) == RWG_MODULE_CSS;
    if (is_style && query->flags & RWB__QUERY_DIRECT) {
        respond_sheets(b, x, view, &node, 1);
        return true;
    }
    rwb__link_target target = {
        .kind = RWB__LINK_TARGET_ASPECT,
        .aspect = aspect_of_flags(query->flags),
        .node = node,
    };
    bool wants_module =
        query->flags & RWB__QUERY_IMPORT || !needs_import(rwb__exchange_target(x)->path);
    if (target.aspect == RWB__ASPECT_MODULE || !wants_module) {
        return false;
    }
    /* Browsers have references to its functions, and not what is in them. */
    if (rwg_node_flags(g, node) & RWG_NODE_SERVER_REF) {
        rwb__respond_refusal(x, RWB__REFUSE_FILE_DENIED);
    } else {
        respond_aspect(b, x, view, &target);
    }
    return true;
}

/* Value of `h=` in a raw query, "" without it. */
static rwg_str revision_in(rwg_str query) {
    while (query.len > 0) {
        uint32_t end = rwg__str_index(query, '&');
        rwg_str part = rwg__str_sub(query, 0, end);
        if (rwg__str_starts(part, RWG_STR("h="))) {
            return rwg__str_from(part, 2);
        }
        query = rwg__str_from(query, end < query.len ? end + 1 : end);
    }
    return (rwg_str){NULL, 0};
}

static bool answer_module(rwb__browser *b, rwb__exchange *x) {
    rwb__view *view = rwb__generations_newest(b->generations);
    rwg_node node = rwb__view_find(view, b->setup->client_env, rwb__exchange_path(x));
    const rwb__target *target = rwb__exchange_target(x);
    const rwb__query *query = rwb__exchange_query(x);
    if (node.v && answer_aspect(b, x, view, node)) {
        return true;
    }
    bool wants_module = query->flags & RWB__QUERY_IMPORT || !needs_import(target->path);
    if (!node.v || !wants_module || is_dependency(rwb__view_graph(view), node)) {
        return false;
    }
    rwg_str asked = revision_in(target->raw_query);
    if (asked.len == 0 && revision_of(b, node)) {
        respond_door(b, x, view, node);
        return true;
    }
    module_answer *m = rwg__mem_zalloc(b->mem, sizeof *m);
    *m = (module_answer){b, x, rwb__view_retain(view), false};
    rwb__source_kind kind;
    rwb__recipe_order order = {.view = view, .node = node, .form = RWB_FORM_ESM, .urls = &b->urls};
    rwb__compiled *compiled = rwb__compiler_get(b->compiler, &order, &kind, module_done, m);
    if (compiled) {
        module_done(m, node, kind, compiled);
    }
    return true;
}

/* --- dependencies --- */

static void add_chunk_url(void *payload, const rwb__view *view, rwg_node node, rwg__buf *out) {
    add_dependency_url(payload, view, node, "chunk&", out);
}

/* Up to and with the package's folder: everything in it belongs to one script. */
static rwg_str package_prefix(rwg_str path) {
    static const rwg_str FOLDER = {"node_modules/", 13};
    uint32_t end = 0;
    for (uint32_t i = 0; i + FOLDER.len <= path.len; i++) {
        if (memcmp(path.ptr + i, FOLDER.ptr, FOLDER.len) == 0) {
            end = i + FOLDER.len;
        }
    }
    uint32_t slashes = end < path.len && path.ptr[end] == '@' ? 2 : 1;
    while (end < path.len && slashes > 0) {
        slashes -= path.ptr[end++] == '/';
    }
    return rwg__str_sub(path, 0, end);
}

typedef struct chunk_answer {
    rwb__browser *b;
    rwb__exchange *x;
} chunk_answer;

static void chunk_done(void *payload, rwg_str text) {
    chunk_answer *c = payload;
    respond_script(c->b, c->x, IMMUTABLE, text);
    rwg__mem_free(c->b->mem, c, sizeof *c);
}

static void answer_chunk(rwb__browser *b, rwb__exchange *x, rwb__view *view, rwg_node node) {
    const rwg_graph *g = rwb__view_graph(view);
    chunk_answer *c = rwg__mem_zalloc(b->mem, sizeof *c);
    *c = (chunk_answer){b, x};
    rwb__closure_run(
        b->compiler,
        b->definer,
        &(rwb__closure_request){
            .view = view,
            .env = rwg_node_env(g, node),
            .state_code = b->setup->state_code,
            .is_script = true,
            .root = node,
            .package = package_prefix(rwg_graph_file_path(g, rwg_node_file(g, node))),
            .script_url = add_chunk_url,
            .url_payload = b,
        },
        chunk_done,
        c
    );
}

/* Top-level await anywhere in what is evaluated with the module. */
static bool is_async(rwb__browser *b, const rwb__view *view, rwg_node node) {
    const rwg_graph *g = rwb__view_graph(view);
    rwg__idmap seen;
    RWG_VEC(uint32_t) todo = {0};
    rwg__idmap_init(&seen, b->mem);
    *rwg__vec_push(&todo, b->mem) = node.v;
    rwg__idmap_put(&seen, node.v, NULL);
    bool found = false;
    while (!found && todo.len > 0) {
        rwg_node at = {todo.ptr[--todo.len]};
        const rwg_module *module = rwg_node_module(g, at);
        found = module && rwg_module_flags(module) & RWG_MODULE_TLA;
        uint32_t count = 0;
        const rwg_edge *edges = rwg_graph_edges(g, at, &count);
        for (uint32_t i = 0; i < count; i++) {
            bool added = false;
            if (rwb__edge_is_static(&edges[i])) {
                rwg__idmap_put(&seen, edges[i].target.v, &added);
            }
            if (added) {
                *rwg__vec_push(&todo, b->mem) = edges[i].target.v;
            }
        }
    }
    rwg__idmap_deinit(&seen);
    rwg__vec_free(&todo, b->mem);
    return found;
}

static bool has_flag(rwg_str query, const char *name) {
    while (query.len > 0) {
        uint32_t end = rwg__str_index(query, '&');
        if (rwg__str_eq_c(rwg__str_sub(query, 0, end), name)) {
            return true;
        }
        query = rwg__str_from(query, end < query.len ? end + 1 : end);
    }
    return false;
}

static void answer_facade(rwb__browser *b, rwb__exchange *x, rwb__view *view, rwg_node node) {
    rwg__buf out;
    rwg__buf_init(&out, b->mem);
    rwg__buf_add(&out, RWG_STR("import { registry } from \"/@rwgraph/deps\";\nimport \""));
    add_chunk_url(b, view, node, &out);
    bool async = is_async(b, view, node);
    rwg__buf_add(&out, RWG_STR("\";\nexport const __rwg = "));
    rwg__buf_add(&out, async ? RWG_STR("await registry.import(") : RWG_STR("registry.importSync("));
    rwg__buf key;
    rwg__buf_init(&key, b->mem);
    rwb__view_key(view, node, &key);
    quote(&out, rwg__buf_str(&key));
    rwg__buf_deinit(&key);
    bool node_mode = has_flag(rwb__exchange_target(x)->raw_query, "n");
    rwg__buf_printf(&out, ", %s);\n", node_mode ? "true" : "false");
    respond_script(b, x, IMMUTABLE, rwg__buf_str(&out));
    rwg__buf_deinit(&out);
}

/* Modules that are the same in every generation. */
static void answer_constant(rwb__browser *b, rwb__exchange *x, rwg_str name, bool pinned) {
    rwg_str env = b->setup->config.envs[b->setup->client_env.v - 1].name;
    rwg__buf out;
    rwg__buf key;
    rwg__buf_init(&out, b->mem);
    rwg__buf_init(&key, b->mem);
    if (pinned) {
        rwg__buf_add(&key, RWG_STR("pinned:"));
        rwg__buf_add(&key, name);
    } else {
        rwg__buf_printf(&key, "%.*s:%.*s@1", (int)env.len, env.ptr, (int)name.len, name.ptr);
    }
    rwg__buf_add(
        &out, RWG_STR("import { registry } from \"/@rwgraph/deps\";\nregistry.define([{ key: ")
    );
    quote(&out, rwg__buf_str(&key));
    rwg__buf_add(&out, RWG_STR(", id: "));
    quote(&out, name);
    rwg__buf_printf(&out, ", form: \"%s\", factory: ", pinned ? "pinned" : "esm");
    if (pinned) {
        rwg__buf_add(&out, b->setup->state_code);
    } else {
        rwb__virtual_code(&b->setup->config, name, env, &out);
    }
    rwg__buf_add(&out, RWG_STR(" }]);\nexport const __rwg = registry.importSync("));
    quote(&out, rwg__buf_str(&key));
    rwg__buf_add(&out, RWG_STR(", false);\n"));
    respond_script(b, x, NO_CACHE, rwg__buf_str(&out));
    rwg__buf_deinit(&out);
    rwg__buf_deinit(&key);
}

/* The generation that has this module at this version: an old page is answered with what it was
 * born with, and everybody else with the newest. */
static rwb__view *
find_version(rwb__browser *b, rwg_env env, rwg_str id, rwg_str version, rwg_node *out_node) {
    for (uint32_t i = b->generations->items.len; i-- > 0;) {
        rwb__view *view = b->generations->items.ptr[i].view;
        rwg_node node = rwb__view_find(view, env, id);
        char hex[33];
        if (!node.v) {
            continue;
        }
        rwg__hash_hex(rwb__view_hash(view, node), hex);
        if (rwg__str_eq(version, rwg__str(hex, 16))) {
            *out_node = node;
            return view;
        }
    }
    rwb__view *newest = rwb__generations_newest(b->generations);
    *out_node = rwb__view_find(newest, env, id);
    return newest;
}

static bool answer_dependency(rwb__browser *b, rwb__exchange *x, rwg_str rest) {
    static const rwg_str PINNED = {"pinned/", 7};
    static const rwg_str VIRTUAL = {"virtual/", 8};
    if (rwg__str_starts(rest, PINNED)) {
        answer_constant(b, x, rwg__str_from(rest, PINNED.len), true);
        return true;
    }
    if (rwg__str_starts(rest, VIRTUAL)) {
        rwg_str name = rwg__str_from(rest, VIRTUAL.len);
        if (!rwb__is_virtual(name)) {
            return false;
        }
        answer_constant(b, x, name, false);
        return true;
    }
    uint32_t slash = rwg__str_index(rest, '/');
    rwb__view *newest = rwb__generations_newest(b->generations);
    rwg_env env = rwg_graph_env(rwb__view_graph(newest), rwg__str_sub(rest, 0, slash));
    if (env.v != b->setup->client_env.v) {
        return false; /* other environments' code is nobody's business outside */
    }
    rwg_node node = {0};
    rwb__view *view =
        find_version(b, env, rwg__str_from(rest, slash), rwb__exchange_query(x)->version, &node);
    if (!node.v || !is_dependency(rwb__view_graph(view), node)) {
        return false;
    }
    if (has_flag(rwb__exchange_target(x)->raw_query, "chunk")) {
        answer_chunk(b, x, view, node);
    } else {
        answer_facade(b, x, view, node);
    }
    return true;
}

/* --- --- */

bool rwb__browser_answer(rwb__browser *b, rwb__exchange *x) {
    static const rwg_str MISSING = {"missing/", 8};
    rwg_str path = rwb__exchange_path(x);
    if (!b->setup->client_env.v || !rwb__exchange_reads(x)) {
        return false;
    }
    if (rwg__str_starts(path, DEPS)) {
        return answer_dependency(b, x, rwg__str_from(path, DEPS.len));
    }
    if (rwg__str_starts(path, OURS)) {
        rwg_str name = rwg__str_from(path, OURS.len);
        if (rwg__str_starts(name, MISSING)) {
            return answer_missing(b, x, rwg__str_from(name, MISSING.len - 1));
        }
        return answer_ours(b, x, name);
    }
    return answer_module(b, x);
}

void rwb__browser_init(
    rwb__browser *b,
    const rwb__setup *setup,
    rwb__compiler *compiler,
    rwb__definer *definer,
    rwb__generations *generations,
    rwg_str token
) {
    *b = (rwb__browser){
        .mem = setup->mem,
        .setup = setup,
        .compiler = compiler,
        .definer = definer,
        .generations = generations,
        .token = token,
    };
    b->urls = (rwb__urls){.payload = b, .of_edge = link_of_edge, .of_node = link_of_node};
    rwg__idmap_init(&b->revisions, b->mem);
    rwg_hash session = rwg__hash_bytes(token.ptr, token.len);
    rwg__hash_hex(session, b->session);
}

void rwb__browser_deinit(rwb__browser *b) {
    rwg__idmap_deinit(&b->revisions);
    rwg__vec_free(&b->replaced_in, b->mem);
}
