/* Modules of the project: compiled, as a door to their newest version, or as one of their aspects.
 */
#include "base/hash.h"
#include "base/str.h"
#include "dev/accepts.h"
#include "dev/aspect.h"
#include "dev/browser_parts.h"
#include "dev/server_styles.h"
#include "link/sheets.h"

#include <stdio.h>

typedef struct module_answer {
    rwb__browser *b;
    rwb__exchange *x;
    rwb__view *view;
} module_answer;

/* `shifted`: the code has one more line in front. */
static void add_map(rwg__buf *out, rwg_str map, bool shifted) {
    rwg__buf text;
    rwg__buf_init(&text, out->mem);
    rwg__buf_add(&text, map);
    if (shifted) {
        (void)rwg__buf_replace(&text, RWG_STR("\"mappings\":\""), RWG_STR("\"mappings\":\";"), 1);
    }
    rwg__buf_add(out, RWG_STR("\n//# sourceMappingURL="));
    rwb__data_address(RWG_STR("map.json"), rwg__buf_str(&text), out);
    rwg__buf_char(out, '\n');
    rwg__buf_deinit(&text);
}

static void respond_module(module_answer *m, rwg_node node, const rwb__compiled *compiled) {
    rwb__browser *b = m->b;
    if (compiled->problem.len > 0) {
        const rwg_module *module = rwg_node_module(rwb__view_graph(m->view), node);
        rwb__respond_throw(b, m->x, module, compiled->problem);
        return;
    }
    const rwg_module *module = rwg_node_module(rwb__view_graph(m->view), node);
    bool hot = module && rwg_module_kind_of(module) != RWG_MODULE_CSS &&
               (rwg_module_flags(module) & RWG_MODULE_USES_HOT ||
                rwb__accepts_itself(b, rwb__view_graph(m->view), node) != RWB__ACCEPTS_NOT);
    rwg__buf out;
    rwg__buf id;
    rwg__buf_init(&out, b->mem);
    rwg__buf_init(&id, b->mem);
    rwb__view_id(m->view, node, &id);
    if (hot) {
        rwg__buf path;
        rwg__buf_init(&path, b->mem);
        rwb__view_path(m->view, node, &path);
        rwb__hot_line(
            b, m->view, module, (rwb__hot_owner){rwg__buf_str(&id), rwg__buf_str(&path)}, &out
        );
        rwg__buf_deinit(&path);
    }
    rwg__buf_add(&out, compiled->code);
    if (compiled->map.len > 0) {
        add_map(&out, compiled->map, hot);
    }
    rwb__browser_place(b, &out);
    char hex[33];
    char etag[40];
    rwg__hash_hex(rwg__hash_bytes(out.bytes.ptr, out.bytes.len), hex);
    (void)snprintf(etag, sizeof etag, "\"%.16s\"", hex);
    rwb__bytes *body = rwb__bytes_new(b->mem, rwg__buf_str(&out));
    rwb__respond(
        m->x,
        &(rwb__response
        ){.type = RWB__JAVASCRIPT, .cache = RWB__NO_CACHE, .etag = rwg__str_c(etag), .body = body}
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
    rwg__buf_add(&url, b->setup->prefix);
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
    rwb__respond_script(b, x, RWB__NO_CACHE, rwg__buf_str(&out));
    rwg__buf_deinit(&url);
    rwg__buf_deinit(&out);
}

/* A worker's address is that of its module as it is now. */
static void add_aspect_address(
    void *payload, const rwb__view *view, const rwb__link_target *target, rwg__buf *out
) {
    rwg_node node = target->node;
    rwg__buf url;
    rwg__buf_init(&url, out->mem);
    const rwg_module *module = rwg_node_module(rwb__view_graph(view), node);
    rwg__buf_add(&url, rwb__view_prefix(view));
    if (rwb__aspect_is_worker(target->aspect)) {
        rwb__browser_url(payload, view, node, &url);
    } else {
        rwb__view_id(view, node, &url);
        bool is_style = module && rwg_module_kind_of(module) == RWG_MODULE_CSS;
        rwg__buf_add(&url, is_style ? RWG_STR("?direct") : RWG_STR(""));
    }
    rwb__string_literal(rwg__buf_str(&url), out);
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
        rwb__respond_throw(b, x, NULL, rwg__buf_str(&problems));
    } else {
        rwb__respond_script(b, x, RWB__NO_CACHE, rwg__buf_str(&out));
    }
    rwg__buf_deinit(&problems);
    rwg__buf_deinit(&out);
}

static void respond_css(rwb__browser *b, rwb__exchange *x, rwg_str text) {
    rwb__bytes *body = rwb__bytes_new(b->mem, text);
    rwb__respond(
        x,
        &(rwb__response
        ){.type = RWG_STR("text/css; charset=utf-8"), .cache = RWG_STR("no-cache"), .body = body}
    );
    rwb__bytes_drop(body);
}

void rwb__answer_server_styles(rwb__browser *b, rwb__exchange *x) {
    rwg__buf text;
    rwg__buf_init(&text, b->mem);
    rwb__server_styles_write(b->setup, rwb__generations_newest(b->generations), &text);
    respond_css(b, x, rwg__buf_str(&text));
    rwg__buf_deinit(&text);
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
    respond_css(b, x, rwg__buf_str(&out));
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
        query->flags & RWB__QUERY_IMPORT || !rwb__needs_import(rwb__exchange_target(x)->path);
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

bool rwb__answer_module(rwb__browser *b, rwb__exchange *x) {
    rwb__view *view = rwb__generations_newest(b->generations);
    rwg_node node = rwb__view_find(view, b->setup->client_env, rwb__exchange_path(x));
    const rwb__target *target = rwb__exchange_target(x);
    const rwb__query *query = rwb__exchange_query(x);
    if (node.v && answer_aspect(b, x, view, node)) {
        return true;
    }
    bool wants_module = query->flags & RWB__QUERY_IMPORT || !rwb__needs_import(target->path);
    if (!node.v || !wants_module || rwb__is_dependency(rwb__view_graph(view), node)) {
        return false;
    }
    rwg_str asked = revision_in(target->raw_query);
    if (asked.len == 0 && rwb__browser_revision(b, node)) {
        respond_door(b, x, view, node);
        return true;
    }
    module_answer *m = rwg__mem_zalloc(b->mem, sizeof *m);
    *m = (module_answer){b, x, rwb__view_retain(view)};
    rwb__source_kind kind;
    rwb__recipe_order order = {.view = view, .node = node, .form = RWB_FORM_ESM, .urls = &b->urls};
    rwb__compiled *compiled = rwb__compiler_get(b->compiler, &order, &kind, module_done, m);
    if (compiled) {
        module_done(m, node, kind, compiled);
    }
    return true;
}
