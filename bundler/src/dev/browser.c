/* URLs, and who answers requests for them. */
#include "dev/browser.h"

#include "base/hash.h"
#include "base/path.h"
#include "base/str.h"
#include "dev/browser_parts.h"
#include "dev/server_styles.h"

#define DEPS RWG_STR("/@deps/")
#define OURS RWG_STR("/@rwgraph/")

/* --- URLs --- */

bool rwb__is_dependency(const rwg_graph *g, rwg_node node) {
    const rwg_module *module = rwg_node_module(g, node);
    bool is_style = module && rwg_module_kind_of(module) == RWG_MODULE_CSS;
    return (rwg_node_flags(g, node) & RWG_NODE_DEPENDENCY) != 0 && !is_style;
}

void rwb__add_hash(rwg__buf *out, const char *name, rwg_hash hash) {
    char hex[33];
    rwg__hash_hex(hash, hex);
    rwg__buf_printf(out, "%s%.16s", name, hex);
}

bool rwb__needs_import(rwg_str path) {
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

uint64_t rwb__browser_revision(const rwb__browser *b, rwg_node node) {
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

void rwb__dependency_url(const rwb__view *view, rwg_node node, const char *flags, rwg__buf *out) {
    const rwg_graph *g = rwb__view_graph(view);
    rwg__buf_add(out, DEPS);
    rwg__buf_add(out, rwg_graph_env_name(g, rwg_node_env(g, node)));
    rwb__view_id(view, node, out);
    rwg__buf_printf(out, "?%s", flags);
    rwb__add_hash(out, "v=", rwb__view_hash(view, node));
}

void rwb__browser_url(rwb__browser *b, const rwb__view *view, rwg_node node, rwg__buf *out) {
    const rwg_graph *g = rwb__view_graph(view);
    if (rwb__is_dependency(g, node)) {
        rwb__dependency_url(view, node, "", out);
        return;
    }
    uint32_t start = out->bytes.len;
    rwb__view_id(view, node, out);
    bool import = rwb__needs_import(rwg__str_from(rwg__buf_str(out), start));
    if (import) {
        rwg__buf_add(out, RWG_STR("?import"));
    }
    uint64_t revision = rwb__browser_revision(b, node);
    if (revision > 0) {
        rwg__buf_printf(out, "%ch=%llu", import ? '&' : '?', (unsigned long long)revision);
    }
}

/* --- requests --- */

bool rwb__browser_answer(rwb__browser *b, rwb__exchange *x) {
    static const rwg_str MISSING = {"missing/", 8};
    rwg_str path = rwb__exchange_path(x);
    if (!b->setup->client_env.v || !rwb__exchange_reads(x)) {
        return false;
    }
    if (rwg__str_starts(path, DEPS)) {
        return rwb__answer_dependency(b, x, rwg__str_from(path, DEPS.len));
    }
    if (rwg__str_starts(path, OURS)) {
        rwg_str name = rwg__str_from(path, OURS.len);
        if (rwg__str_starts(name, MISSING)) {
            return rwb__answer_missing(b, x, rwg__str_from(name, MISSING.len - 1));
        }
        if (rwg__str_eq_c(path, RWB__SERVER_STYLES)) {
            rwb__answer_server_styles(b, x);
            return true;
        }
        return rwb__answer_ours(b, x, name);
    }
    return rwb__answer_module(b, x);
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
    b->urls =
        (rwb__urls){.payload = b, .of_edge = rwb__browser_link, .of_node = rwb__browser_node_link};
    rwg__idmap_init(&b->revisions, b->mem);
    rwb__pages_init(&b->pages, b->mem);
    rwg_hash session = rwg__hash_bytes(token.ptr, token.len);
    rwg__hash_hex(session, b->session);
}

void rwb__browser_deinit(rwb__browser *b) {
    rwg__idmap_deinit(&b->revisions);
    rwb__pages_deinit(&b->pages);
    rwg__vec_free(&b->replaced_in, b->mem);
}
