/* Making and hashing recipes. Running them is compiled.c. */
#include "link/recipe.h"

#include "base/hash.h"
#include "base/map.h"
#include "base/path.h"
#include "base/str.h"
#include "base/vec.h"
#include "link/reference.h"
#include "link/stylesheet.h"

/* Changes when the same recipe would give other code: part of each hash. */
#define RECIPE_FORMAT 5u

/* Whether a script is CommonJS. A package's file is what Node takes it for: its name and the "type"
 * above it decide, whatever is in it, but for ES module syntax, which no CommonJS file can have. In
 * the project's own files the text alone decides: without exports they are modules, which is what
 * tools make of them. */
static bool is_commonjs(const rwb__view *view, rwg_node node, rwg_module_kind kind) {
    if (kind != RWG_MODULE_CJS && kind != RWG_MODULE_SCRIPT) {
        return false;
    }
    bool is_dependency = (rwg_node_flags(rwb__view_graph(view), node) & RWG_NODE_DEPENDENCY) != 0;
    return is_dependency ? !rwb__view_is_module(view, node) : kind == RWG_MODULE_CJS;
}

static rwb__source_kind kind_of(const rwb__view *view, rwg_node node, const rwg_module *module) {
    uint32_t flags = rwg_node_flags(rwb__view_graph(view), node);
    if (flags & RWG_NODE_CLIENT_REF) {
        return RWB__SOURCE_CLIENT_REF;
    }
    if (flags & RWG_NODE_SERVER_REF) {
        return RWB__SOURCE_SERVER_REF;
    }
    if (!module) {
        return RWB__SOURCE_ASSET;
    }
    rwg_module_kind kind = rwg_module_kind_of(module);
    switch (kind) {
    case RWG_MODULE_ESM:
    case RWG_MODULE_MIXED:
    case RWG_MODULE_CJS:
    case RWG_MODULE_SCRIPT:
        return is_commonjs(view, node, kind) ? RWB__SOURCE_COMMONJS : RWB__SOURCE_SCRIPT;
    case RWG_MODULE_JSON: return RWB__SOURCE_JSON;
    case RWG_MODULE_CSS: return RWB__SOURCE_STYLE;
    case RWG_MODULE_ASSET: break;
    }
    return RWB__SOURCE_ASSET;
}

/* --- links --- */

static bool is_pattern(const rwg_import *import) {
    return import->kind == RWG_IMPORT_GLOB || import->kind == RWG_IMPORT_DYNAMIC_TEMPLATE;
}

/* Whether the keys of a call's matches begin at the root: one of its patterns is not relative. */
static bool has_rooted_keys(const rwg_module *module, uint32_t import) {
    uint32_t count = 0;
    const rwg_import *imports = rwg_module_imports(module, &count);
    while (import > 0 && imports[import].flags & RWG_IMPORT_GLOB_MORE) {
        import--;
    }
    bool rooted = false;
    for (uint32_t i = import; i < count && (i == import || imports[i].flags & RWG_IMPORT_GLOB_MORE);
         i++) {
        rwg_str pattern = rwg_module_str(module, imports[i].specifier);
        bool relative = pattern.len > 0 && (pattern.ptr[0] == '.' || pattern.ptr[0] == '!');
        bool from_root = pattern.len > 0 && pattern.ptr[0] == '/';
        rooted |= imports[i].kind == RWG_IMPORT_GLOB ? !relative : from_root;
    }
    return rooted;
}

/* "./dir/a.ts" for a file below the importer's folder, "../x.ts" beside it; "/src/dir/a.ts". */
static rwg_str
glob_key(rwb__recipe *recipe, const rwb__view *view, rwg_node target, bool is_rooted) {
    rwg__buf path;
    rwg__buf_init(&path, recipe->mem);
    rwb__view_path(view, target, &path);
    rwg__path relative;
    rwg_str key = {NULL, 0};
    rwg_str base = is_rooted ? rwb__view_root(view) : rwg__path_dirname(recipe->path);
    if (rwg__path_relative(&relative, base, rwg__buf_str(&path))) {
        rwg_str text = rwg__path_str(&relative);
        if (rwg__str_starts(text, RWG_STR("../"))) {
            key = rwg__arena_str(&recipe->arena, text);
        } else {
            rwg__buf_clear(&path);
            rwg__buf_add(&path, is_rooted ? RWG_STR("/") : RWG_STR("./"));
            rwg__buf_add(&path, text);
            key = rwg__arena_str(&recipe->arena, rwg__buf_str(&path));
        }
    }
    rwg__buf_deinit(&path);
    return key;
}

static rwg_str
glob_url(rwb__recipe *recipe, const rwb__view *view, const rwg_edge *edge, const rwb__urls *urls) {
    if (urls) {
        return urls->of_edge(urls->payload, view, recipe->node, edge, &recipe->arena).url;
    }
    rwg__buf text;
    rwg__buf_init(&text, recipe->mem);
    rwb__view_qualified(view, edge->target, &text);
    rwg_str url = rwg__arena_str(&recipe->arena, rwg__buf_str(&text));
    rwg__buf_deinit(&text);
    return url;
}

/* What `new URL` names is an import of what is built: see rwb__definition_targets. */
static bool is_moved_file(const rwg_import *import, const rwg_edge *edge) {
    return (import->kind == RWG_IMPORT_URL || import->kind == RWG_IMPORT_WORKER) &&
           edge->outcome == RWG_OUTCOME_FILE;
}

static void add_links(
    rwb__recipe *recipe,
    const rwb__view *view,
    const rwb__settings *settings,
    const rwg_module *module,
    const rwb__urls *urls
) {
    const rwg_graph *g = rwb__view_graph(view);
    uint32_t import_count = 0;
    uint32_t edge_count = 0;
    const rwg_import *imports = rwg_module_imports(module, &import_count);
    const rwg_edge *edges = rwg_graph_edges(g, recipe->node, &edge_count);
    rwb_link *links = rwg__arena_zalloc(&recipe->arena, (import_count + 1) * sizeof *links);
    rwb_glob_match *globs = rwg__arena_zalloc(&recipe->arena, (edge_count + 1) * sizeof *globs);
    uint32_t glob_count = 0;
    bool built = !settings->dev && recipe->form == RWB_FORM_FACTORY;
    uint32_t keyed = RWG_NO_IMPORT;
    bool is_rooted = false;
    for (uint32_t i = 0; i < edge_count; i++) {
        const rwg_edge *edge = &edges[i];
        if (edge->kind != RWG_EDGE_IMPORT || edge->import >= import_count) {
            continue;
        }
        if (!is_pattern(&imports[edge->import])) {
            if (urls && !(edge->flags & RWG_EDGE_TYPE_ONLY)) {
                links[edge->import] =
                    urls->of_edge(urls->payload, view, recipe->node, edge, &recipe->arena);
            } else if (built && is_moved_file(&imports[edge->import], edge)) {
                links[edge->import].kind = RWB_LINK_NAMESPACE;
            }
        } else if (edge->target.v) {
            is_rooted = edge->import == keyed ? is_rooted : has_rooted_keys(module, edge->import);
            keyed = edge->import;
            globs[glob_count++] = (rwb_glob_match){
                .import = edge->import,
                .key = glob_key(recipe, view, edge->target, is_rooted),
                .url = glob_url(recipe, view, edge, urls),
            };
        }
    }
    recipe->options.links = urls || built ? links : NULL;
    recipe->options.globs = globs;
    recipe->options.glob_count = glob_count;
}

/* The node of a module that generated code imports, {0} without it. */
static rwg_node implicit_node(const rwb__view *view, rwg_env env, const rwb__implicit *implicit) {
    rwg__path relative;
    if (implicit->path.len == 0 ||
        !rwg__path_relative(&relative, rwb__view_root(view), implicit->path)) {
        return (rwg_node){0};
    }
    return rwg_graph_find(rwb__view_graph(view), rwg__path_str(&relative), env);
}

static rwb_link implicit_link(
    rwb__recipe *recipe, const rwb__view *view, const rwb__implicit *implicit, const rwb__urls *urls
) {
    rwg_env env = rwg_node_env(rwb__view_graph(view), recipe->node);
    rwg_node node = implicit_node(view, env, implicit);
    if (!urls || !node.v) {
        return (rwb_link){.kind = RWB_LINK_KEEP};
    }
    return urls->of_node(urls->payload, view, node, &recipe->arena);
}

/* --- options --- */

/* What the nearest tsconfig says; of TypeScript it says nothing about JavaScript. Packages are
 * compiled by nobody's tsconfig but their authors'. */
static void set_compiler_options(
    rwb__recipe *recipe, const rwb__settings *settings, uint32_t flags, rwb_transform_options *o
) {
    bool is_dependency = (flags & RWG_NODE_DEPENDENCY) != 0;
    o->jsx_import_source = rwg__arena_str(
        &recipe->arena, rwb__settings_jsx_source(settings, recipe->path, is_dependency)
    );
    if (is_dependency || !settings->resolver) {
        return;
    }
    const rwg_compiler_options *said =
        rwg_resolver_compiler_options(settings->resolver, recipe->path);
    if (rwg__str_eq_c(said->jsx, "react")) {
        o->jsx = RWB_JSX_CLASSIC;
    }
    o->jsx_factory = rwg__arena_str(&recipe->arena, said->jsx_factory);
    o->jsx_fragment = rwg__arena_str(&recipe->arena, said->jsx_fragment_factory);
    if (o->lang == RWG_LANG_TS || o->lang == RWG_LANG_TSX) {
        o->verbatim_module_syntax = said->verbatim_module_syntax;
        o->use_define_for_class_fields = said->use_define_for_class_fields;
        o->emit_decorator_metadata = said->emit_decorator_metadata;
        o->decorators =
            said->experimental_decorators ? RWB_DECORATORS_LEGACY : RWB_DECORATORS_STANDARD;
    }
}

static void set_options(
    rwb__recipe *recipe,
    const rwb__view *view,
    const rwb__settings *settings,
    const rwg_module *module,
    const rwb__urls *urls
) {
    const rwg_graph *g = rwb__view_graph(view);
    rwg_env env = rwg_node_env(g, recipe->node);
    const rwb__env_settings *own = &settings->envs[env.v - 1];
    uint32_t flags = rwg_node_flags(g, recipe->node);
    rwb_transform_options *o = &recipe->options;
    *o = (rwb_transform_options)RWB_TRANSFORM_OPTIONS_INIT;
    o->lang = rwg_module_lang(module);
    o->module = recipe->kind == RWB__SOURCE_SCRIPT;
    if (rwg_module_kind_of(module) == RWG_MODULE_ESM) {
        o->record = module;
        recipe->graph = rwg_graph_retain(g);
    }
    o->form = recipe->form;
    o->jsx_dev = settings->jsx_dev;
    set_compiler_options(recipe, settings, flags, o);
    o->defines = own->defines;
    o->define_count = own->define_count;
    o->path = recipe->id;
    rwb__implicit jsx =
        rwb__settings_jsx_runtime(settings, env, recipe->path, (flags & RWG_NODE_DEPENDENCY) != 0);
    o->jsx_link = implicit_link(recipe, view, &jsx, urls);
    bool is_own = !(flags & RWG_NODE_DEPENDENCY);
    o->refresh = own->refresh && is_own && recipe->form == RWB_FORM_ESM;
    rwg_env_role role = settings->config->envs[env.v - 1].role;
    bool server = role == RWG_ROLE_SERVER;
    o->refuse_inline_server = is_own && role != RWG_ROLE_PLAIN;
    o->script_nonce = server && is_own && own->reference_takes_module; /* RedwoodSDK's */
    if (server && flags & RWG_NODE_SERVER) {
        o->register_id = recipe->reference;
        o->register_specifier = own->register_.specifier;
        o->register_link = implicit_link(recipe, view, &own->register_, urls);
    }
}

static void hash_link(rwg__hasher *h, const rwb_link *link) {
    rwg__hasher_u32(h, (uint32_t)link->kind);
    rwg__hasher_str(h, link->url);
}

static void hash_options(rwg__hasher *h, const rwb_transform_options *o, uint32_t link_count) {
    const uint32_t bits[] = {
        (uint32_t)o->lang,
        (uint32_t)o->form,
        (uint32_t)o->jsx,
        (uint32_t)o->decorators,
        o->module,
        o->jsx_dev,
        o->verbatim_module_syntax,
        o->use_define_for_class_fields,
        o->emit_decorator_metadata,
        o->refresh,
        o->script_nonce,
        o->refuse_inline_server,
        o->source_map,
        o->define_count,
        o->glob_count,
    };
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
        rwg__hasher_u32(h, bits[i]);
    }
    const rwg_str texts[] = {
        o->jsx_import_source,
        o->jsx_factory,
        o->jsx_fragment,
        o->path,
        o->hot,
        o->register_id,
        o->register_specifier,
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        rwg__hasher_str(h, texts[i]);
    }
    for (uint32_t i = 0; i < o->define_count; i++) {
        rwg__hasher_str(h, o->defines[i].name);
        rwg__hasher_str(h, o->defines[i].value);
    }
    for (uint32_t i = 0; i < o->glob_count; i++) {
        rwg__hasher_u32(h, o->globs[i].import);
        rwg__hasher_str(h, o->globs[i].key);
        rwg__hasher_str(h, o->globs[i].url);
    }
    hash_link(h, &o->jsx_link);
    hash_link(h, &o->register_link);
    rwg__hasher_u32(h, o->links ? link_count : 0);
    for (uint32_t i = 0; o->links && i < link_count; i++) {
        hash_link(h, &o->links[i]);
    }
}

static void hash_recipe(rwb__recipe *recipe, uint32_t link_count) {
    rwg__hasher *h = rwg__hasher_new(recipe->mem);
    rwg__hasher_u32(h, RECIPE_FORMAT);
    rwg__hasher_u32(h, (uint32_t)recipe->kind);
    rwg__hasher_u32(h, (uint32_t)recipe->form);
    rwg__hasher_hash(h, recipe->content);
    rwg__hasher_str(h, recipe->id);
    rwg__hasher_str(h, recipe->reference);
    rwg__hasher_u32(h, recipe->takes_module);
    rwg__hasher_u32(h, recipe->takes_name);
    hash_link(h, &recipe->maker);
    rwg__hasher_u32(h, recipe->name_count);
    for (uint32_t i = 0; i < recipe->name_count; i++) {
        rwg__hasher_str(h, recipe->names[i].name);
        rwg__hasher_u32(h, recipe->names[i].flags);
    }
    rwg__hasher_u32(h, recipe->style_count);
    for (uint32_t i = 0; i < recipe->style_count; i++) {
        rwg__hasher_str(h, recipe->styles[i].specifier);
        rwg__hasher_str(h, recipe->styles[i].address);
    }
    hash_options(h, &recipe->options, link_count);
    recipe->hash = rwg__hasher_finish(h);
    rwg__hasher_free(h, recipe->mem);
}

/* "/src/a.ts", or the absolute path of a file outside the root: what references are called. Where
 * the root has a file of that very path as well, "/@fs" stays, so that no two files share an id. */
static rwg_str directive_id(rwb__recipe *recipe, const rwb__settings *settings) {
    static const rwg_str PREFIX = {"/@fs", 4};
    if (!rwg__str_starts(recipe->id, RWG_STR("/@fs/"))) {
        return recipe->id;
    }
    rwg__path inside;
    rwg_fs_stat st;
    rwg_str outside = rwg__str_from(recipe->id, PREFIX.len);
    bool taken = rwg__path_join(&inside, settings->root, rwg__str_from(outside, 1)) &&
                 settings->fs->stat(settings->fs->self, rwg__path_str(&inside), &st) == RWG_OK &&
                 st.kind == RWG_FS_FILE;
    return taken ? recipe->id : outside;
}

rwb__recipe *
rwb__recipe_new(rwg__mem *mem, const rwb__settings *settings, const rwb__recipe_order *order) {
    const rwb__view *view = order->view;
    rwg_node node = order->node;
    RWG_ASSERT(order->form == RWB_FORM_FACTORY || order->urls);
    const rwg_graph *g = rwb__view_graph(view);
    const rwb__urls *esm_urls = order->form == RWB_FORM_ESM ? order->urls : NULL;
    const rwg_module *module = rwg_node_module(g, node);
    rwb__recipe *recipe = rwg__mem_zalloc(mem, sizeof *recipe);
    recipe->mem = mem;
    rwg__arena_init(&recipe->arena, mem);
    recipe->node = node;
    recipe->form = order->form;
    rwg__buf text;
    rwg__buf_init(&text, mem);
    rwb__view_path(view, node, &text);
    recipe->path = rwg__arena_str(&recipe->arena, rwg__buf_str(&text));
    recipe->kind = kind_of(view, node, module);
    rwg__buf_clear(&text);
    rwb__view_id(view, node, &text);
    recipe->id = rwg__arena_str(&recipe->arena, rwg__buf_str(&text));
    rwg__buf_clear(&text);
    rwb__view_address(view, node, &text);
    recipe->address = rwg__arena_str(&recipe->arena, rwg__buf_str(&text));
    rwg__buf_deinit(&text);
    recipe->reference = directive_id(recipe, settings);

    rwg_env env = rwg_node_env(g, node);
    const rwb__env_settings *own = &settings->envs[env.v - 1];
    uint32_t import_count = 0;
    if (recipe->kind == RWB__SOURCE_CLIENT_REF || recipe->kind == RWB__SOURCE_SERVER_REF) {
        bool client = recipe->kind == RWB__SOURCE_CLIENT_REF;
        rwb__reference_names(recipe, g);
        recipe->maker =
            implicit_link(recipe, view, client ? &own->register_ : &own->create, esm_urls);
        recipe->takes_module = client && own->reference_takes_module;
        recipe->takes_name = !client && own->reference_takes_name;
    } else if (module) {
        recipe->content = rwg_module_content_hash(module);
        set_options(recipe, view, settings, module, esm_urls);
        add_links(recipe, view, settings, module, esm_urls);
        if (recipe->kind == RWB__SOURCE_STYLE) {
            rwb__stylesheet_link(recipe, view, module);
        }
        (void)rwg_module_imports(module, &import_count);
    } else {
        recipe->content = rwg_graph_own_hash(g, node);
    }
    hash_recipe(recipe, import_count);
    return recipe;
}

void rwb__recipe_free(rwb__recipe *recipe) {
    if (recipe) {
        rwg__mem *mem = recipe->mem;
        rwg_graph_release(recipe->graph);
        rwg__arena_deinit(&recipe->arena);
        rwg__mem_free(mem, recipe, sizeof *recipe);
    }
}
