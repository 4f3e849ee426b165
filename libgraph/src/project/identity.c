/* Names of files, and back: directive ids, and ids of the SSR subgraph inside react-server.
 *
 * Several parts of a running application call one file by different names: an absolute path, a path
 * from the root, a URL path at the root, an id out of another text. Every one of them comes down to
 * a path that the graph has, and which file a name means is decided by what exists (B1, B2): a text
 * like "/src/x.ts" does not say whether it begins at the project's root or at the file system's.
 *
 * Only what is constant after opening is read here, so any thread may ask. */
#include "project/state.h"

#include <stdlib.h>

static const rwg_str FS_PREFIX = {"/@fs", 4};
static const rwg_str ID_PREFIX = {"/@id/", 5};
static const rwg_str SSR_PREFIX = {"virtual:rwsdk:ssr:", 18};

static_assert(
    RWG_ID_SIZE > RWG_LIMIT_PATH + 64, "an id is a path, a prefix or two, and a suffix or two"
);

static void id_add(rwg_id *id, rwg_str text) {
    RWG_ASSERT(id->len + text.len < RWG_ID_SIZE);
    if (text.len) {
        memcpy(id->text + id->len, text.ptr, text.len);
    }
    id->len += text.len;
    id->text[id->len] = '\0';
}

static rwg_str id_str(const rwg_id *id) {
    return (rwg_str){id->text, id->len};
}

/* --- which file a name means --- */

/* The identity of what is at an absolute path, if it is a file. */
static bool identify(const rwg_project *p, rwg_str path, rwg__path *out) {
    rwg_fs_stat stat;
    char *real = NULL;
    if (p->fs.stat(p->fs.self, path, &stat) != RWG_OK || stat.kind != RWG_FS_FILE) {
        return false;
    }
    if (p->config.preserve_symlinks) {
        return rwg__path_normalise(out, path);
    }
    if (p->fs.realpath(p->fs.self, path, &real) != RWG_OK) {
        return false;
    }
    bool fits = rwg__path_normalise(out, rwg__str_c(real));
    free(real);
    return fits;
}

/* "/src/a.ts" as a path below the root. */
static bool identify_from_root(const rwg_project *p, rwg_str name, rwg__path *out) {
    rwg__path path;
    return rwg__path_join(&path, p->root, rwg__str_from(name, 1)) &&
           identify(p, rwg__path_str(&path), out);
}

static bool locate(const rwg_project *p, rwg_str name, rwg__path *out) {
    rwg__path path;
    if (name.len > FS_PREFIX.len && rwg__str_starts(name, FS_PREFIX) &&
        name.ptr[FS_PREFIX.len] == '/' &&
        rwg__path_normalise(&path, rwg__str_from(name, FS_PREFIX.len)) &&
        identify(p, rwg__path_str(&path), out)) {
        return true;
    }
    if (name.len == 0 || !rwg__path_join(&path, p->root, name)) {
        return false;
    }
    bool at_root = name.ptr[0] == '/' && !rwg__path_is_under(rwg__path_str(&path), p->root);
    return (at_root && identify_from_root(p, name, out)) || identify(p, rwg__path_str(&path), out);
}

/* The name as a whole, else what stands before its query or fragment. False: *out is nothing. */
static bool locate_name(const rwg_project *p, rwg_str name, rwg__path *out) {
    if (locate(p, name, out)) {
        return true;
    }
    uint32_t query = rwg__str_index(name, '?');
    uint32_t fragment = rwg__str_index(name, '#');
    uint32_t end = query < fragment ? query : fragment;
    return end < name.len && locate(p, rwg__str_sub(name, 0, end), out);
}

static rwg_status no_such_file(const rwg_project *p, rwg_str name, rwg_error *err) {
    return rwg__error(
        err,
        RWG_NOT_FOUND,
        p->root,
        "no file is called \"%.*s\", seen from the root or from \"/\"",
        (int)(name.len < 256 ? name.len : 256),
        name.ptr ? name.ptr : ""
    );
}

/* Both are absolute. False when it does not fit. */
static bool add_relative(const rwg_project *p, rwg_str file, rwg_id *out) {
    rwg__path rel;
    if (!rwg__path_relative(&rel, p->root, file)) {
        return false;
    }
    id_add(out, rwg__path_str(&rel));
    return true;
}

static void add_directive_id(const rwg_project *p, rwg_str file, rwg_id *out) {
    if (rwg__path_is_under(file, p->root)) {
        id_add(out, rwg__str_from(file, p->root.len == 1 ? 0 : p->root.len));
        return;
    }
    rwg__path other;
    if (identify_from_root(p, file, &other)) {
        id_add(out, FS_PREFIX);
    }
    id_add(out, file);
}

rwg_status rwg_project_path(const rwg_project *p, rwg_str name, rwg_id *out_path, rwg_error *err) {
    *out_path = (rwg_id){0};
    rwg__path file;
    if (!locate_name(p, name, &file)) {
        return no_such_file(p, name, err);
    }
    if (!add_relative(p, rwg__path_str(&file), out_path)) {
        return rwg__error(err, RWG_LIMIT, rwg__path_str(&file), "the path is too long");
    }
    return RWG_OK;
}

rwg_status
rwg_project_directive_id(const rwg_project *p, rwg_str name, rwg_id *out_id, rwg_error *err) {
    *out_id = (rwg_id){0};
    rwg__path file;
    if (!locate_name(p, name, &file)) {
        return no_such_file(p, name, err);
    }
    add_directive_id(p, rwg__path_str(&file), out_id);
    return RWG_OK;
}

/* --- the SSR subgraph --- */

static bool is_style(rwg_str path) {
    return rwg__str_ends(path, RWG_STR(".css"));
}

rwg_status rwg_project_ssr_id(
    const rwg_project *p, const rwg_graph *g, rwg_node node, rwg_id *out_id, rwg_error *err
) {
    *out_id = (rwg_id){0};
    rwg_str path = rwg_graph_file_path(g, rwg_node_file(g, node));
    rwg__path absolute;
    if (!node.v || rwg_node_env(g, node).v != p->ssr_env.v) {
        return rwg__error(err, RWG_INVALID, path, "only modules of the ssr environment have ids");
    }
    if (!rwg__path_join(&absolute, p->root, path)) {
        return rwg__error(err, RWG_LIMIT, path, "the path is too long");
    }
    id_add(out_id, SSR_PREFIX);
    add_directive_id(p, rwg__path_str(&absolute), out_id);
    id_add(out_id, is_style(path) ? RWG_STR(".js") : (rwg_str){0});
    return RWG_OK;
}

static rwg_node find_dependency(const rwg_graph *g, rwg_env env, rwg_str specifier) {
    uint32_t count = 0;
    const rwg_dependency *deps = rwg_graph_deps(g, env, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (rwg__str_eq(deps[i].specifier, specifier)) {
            return deps[i].node;
        }
    }
    return (rwg_node){0};
}

static rwg_node find_file(const rwg_project *p, const rwg_graph *g, rwg_str name) {
    rwg_id path;
    bool found = rwg_project_path(p, name, &path, NULL) == RWG_OK;
    return found ? rwg_graph_find(g, id_str(&path), p->ssr_env) : (rwg_node){0};
}

/* "/a.css.js" is "/a.css" in the form of a module, unless there is only a file of that very name.
 */
static rwg_node find_named(const rwg_project *p, const rwg_graph *g, rwg_str name) {
    if (name.len == 0 || name.ptr[0] != '/') {
        return find_dependency(g, p->ssr_env, name);
    }
    rwg_node node = {0};
    if (rwg__str_ends(name, RWG_STR(".css.js"))) {
        node = find_file(p, g, rwg__str_sub(name, 0, name.len - 3));
    }
    return node.v ? node : find_file(p, g, name);
}

static rwg_ssr_text text_of(rwg_str path) {
    if (!is_style(path)) {
        return RWG_SSR_CODE;
    }
    return rwg__str_ends(path, RWG_STR(".module.css")) ? RWG_SSR_CSS_MODULE : RWG_SSR_EMPTY;
}

rwg_status rwg_project_ssr_node(
    const rwg_project *p,
    const rwg_graph *g,
    rwg_str id,
    rwg_node *out_node,
    rwg_ssr_text *out_text,
    rwg_error *err
) {
    *out_node = (rwg_node){0};
    *out_text = RWG_SSR_CODE;
    rwg_str rest = rwg__str_starts(id, ID_PREFIX) ? rwg__str_from(id, ID_PREFIX.len) : id;
    if (p->ssr_env.v && rwg__str_starts(rest, SSR_PREFIX)) {
        *out_node = find_named(p, g, rwg__str_from(rest, SSR_PREFIX.len));
    }
    if (!out_node->v) {
        return rwg__error(err, RWG_NOT_FOUND, id, "no module of the ssr environment has this id");
    }
    *out_text = text_of(rwg_graph_file_path(g, rwg_node_file(g, *out_node)));
    return RWG_OK;
}

rwg_status rwg_project_ssr_import(
    const rwg_project *p, const rwg_graph *g, const rwg_edge *edge, rwg_id *out_id, rwg_error *err
) {
    if (edge->outcome == RWG_OUTCOME_FILE) {
        return rwg_project_ssr_id(p, g, edge->target, out_id, err);
    }
    *out_id = (rwg_id){0};
    rwg_str text = rwg_graph_text(g, edge->text);
    if (edge->outcome == RWG_OUTCOME_IGNORED || edge->outcome == RWG_OUTCOME_MISSING) {
        return rwg__error(err, RWG_NOT_FOUND, text, "nothing is imported here");
    }
    if (text.len >= RWG_ID_SIZE) {
        return rwg__error(err, RWG_LIMIT, p->root, "the specifier is too long for an id");
    }
    id_add(out_id, text);
    return RWG_OK;
}
