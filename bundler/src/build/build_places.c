/* Where what code names is found once it is built: files under names with their hash, workers under
 * marks until their scripts have names. */
#include "base/str.h"
#include "build/build_state.h"
#include "build/output.h"
#include "link/sheets.h"

static rwg_str
find_file(rwb__build *b, rwb__asset_place place, const rwb__view *view, rwg_node node) {
    rwg__buf path;
    rwg__buf id;
    rwg__buf_init(&path, b->mem);
    rwg__buf_init(&id, b->mem);
    rwb__view_path(view, node, &path);
    rwb__view_id(view, node, &id);
    rwg_str address =
        rwb__assets_address(&b->assets, place, rwg__buf_str(&path), rwg__buf_str(&id));
    rwg__buf_deinit(&id);
    rwg__buf_deinit(&path);
    return address;
}

rwg_str rwb__build_style_address(void *build, const rwb__view *view, rwg_node node) {
    return find_file(build, RWB__ASSET_BROWSER, view, node);
}

void rwb__build_sheet_address(rwb__build *b, const rwb__view *view, rwg_node node, rwg__buf *out) {
    rwb__sheets_input input = {
        .mem = b->mem,
        .fs = &b->setup.fs,
        .view = view,
        .roots = &node,
        .root_count = 1,
        .address = rwb__build_style_address,
        .payload = b,
    };
    rwg__buf text;
    rwg__buf name;
    rwg__buf_init(&text, b->mem);
    rwg__buf_init(&name, b->mem);
    rwb__sheets_write(&input, &text, NULL, &b->problems);
    rwg_str path =
        rwg_graph_file_path(rwb__view_graph(view), rwg_node_file(rwb__view_graph(view), node));
    static const rwg_str CLIENT = {"client", 6};
    rwg__buf_add(&name, CLIENT);
    rwg__buf_char(&name, '/');
    rwb__asset_name(path, RWG_STR(".css"), rwg__buf_str(&text), &name);
    if (rwb__output_write(rwb__build_out(b), rwg__buf_str(&name), rwg__buf_str(&text), NULL) !=
        RWG_OK) {
        rwg__buf_add(&b->problems, path);
        rwg__buf_add(&b->problems, RWG_STR(": the stylesheet cannot be written\n"));
    }
    rwg__buf_add(out, b->setup.prefix);
    rwg__buf_add(out, rwg__str_from(rwg__buf_str(&name), CLIENT.len));
    rwg__buf_deinit(&name);
    rwg__buf_deinit(&text);
}

static void add_sheet(rwb__build *b, const rwb__view *view, rwg_node node, rwg__buf *out) {
    rwg__buf address;
    rwg__buf_init(&address, b->mem);
    rwb__build_sheet_address(b, view, node, &address);
    rwb__string_literal(rwg__buf_str(&address), out);
    rwg__buf_deinit(&address);
}

/* `new URL("./assets/a.png", base).href`: beside the code, wherever that is. */
static void add_beside(rwg_str name, rwg__buf *out) {
    rwg__buf_add(out, RWG_STR("new URL(\"./"));
    rwg__buf_add(out, name);
    rwg__buf_add(out, RWG_STR("\", base).href"));
}

static void add_worker(
    const rwb__build_places *p, const rwb__view *view, const rwb__link_target *target, rwg__buf *out
) {
    rwb__build *b = p->build;
    uint32_t part = rwb__plan_worker(&b->plan, target);
    if (part == 0) {
        rwb__view_id(view, target->node, &b->problems);
        rwg__buf_add(
            &b->problems,
            RWG_STR(": only server code names this worker of browsers; name it in the module of "
                    "browsers that starts it\n")
        );
        rwg__buf_add(out, RWG_STR("\"\""));
        return;
    }
    rwg_node root = b->plan.parts.ptr[part].root;
    rwg__buf mark;
    rwg__buf_init(&mark, b->mem);
    if (rwg_node_env(rwb__view_graph(view), root).v == b->setup.client_env.v) {
        rwg__buf_add(&mark, b->setup.site.base);
        rwb__worker_mark(b, part, false, &mark);
        rwb__string_literal(rwg__buf_str(&mark), out);
    } else {
        rwb__worker_mark(b, part, false, &mark);
        add_beside(rwg__buf_str(&mark), out);
    }
    rwg__buf_deinit(&mark);
}

static void
add_address(void *payload, const rwb__view *view, const rwb__link_target *target, rwg__buf *out) {
    const rwb__build_places *p = payload;
    rwb__build *b = p->build;
    const rwg_module *module = rwg_node_module(rwb__view_graph(view), target->node);
    bool is_style = module && rwg_module_kind_of(module) == RWG_MODULE_CSS;
    if (rwb__aspect_is_worker(target->aspect)) {
        add_worker(p, view, target, out);
    } else if (target->aspect == RWB__ASPECT_FILE && p->server) {
        add_beside(find_file(b, RWB__ASSET_SERVER, view, target->node), out);
    } else if (is_style && target->aspect != RWB__ASPECT_FILE) {
        add_sheet(b, view, target->node, out);
    } else {
        bool whole = target->aspect == RWB__ASPECT_FILE || target->aspect == RWB__ASPECT_NO_INLINE;
        rwb__asset_place place = whole ? RWB__ASSET_FILE : RWB__ASSET_BROWSER;
        rwb__string_literal(find_file(b, place, view, target->node), out);
    }
}

/* The page's origin is lost in a Blob: addresses with only a path lead nowhere there. */
static void add_inline_worker(
    void *payload, const rwb__view *view, const rwb__link_target *target, rwg__buf *out
) {
    const rwb__build_places *p = payload;
    uint32_t part = rwb__plan_worker(&p->build->plan, target);
    (void)view;
    rwg__buf_add(out, RWG_STR("new Worker(URL.createObjectURL(new Blob([\""));
    if (part != 0) {
        rwb__worker_mark(p->build, part, true, out);
    }
    rwg__buf_add(
        out, RWG_STR("\"], { type: \"text/javascript\" })), { type: \"module\", ...options })")
    );
}

/* Workerd takes WebAssembly as a module of its configuration, under the path that the import has,
 * and compiles none while it runs; Node reads the file. */
static void add_server_init(
    void *payload, const rwb__view *view, const rwb__link_target *target, rwg__buf *out
) {
    const rwb__build_places *p = payload;
    rwg_str name = find_file(p->build, RWB__ASSET_SERVER, view, target->node);
    rwg__buf_printf(
        out,
        "(async (imports = {}) => {\n"
        "    if (globalThis.navigator?.userAgent === \"Cloudflare-Workers\") {\n"
        "        const { default: module } = await import(\"./%.*s\");\n"
        "        return new WebAssembly.Instance(module, imports);\n"
        "    }\n"
        "    const { readFile } = await import(\"node:fs/promises\");\n"
        "    const bytes = await readFile(",
        (int)name.len,
        name.ptr
    );
    rwg__buf_printf(out, "new URL(\"./%.*s\", base)", (int)name.len, name.ptr);
    rwg__buf_add(
        out, RWG_STR(");\n    return (await WebAssembly.instantiate(bytes, imports)).instance;\n})")
    );
}

/* A module is there before code runs that names it, so the file is read when the server begins. */
static void add_server_module(
    void *payload, const rwb__view *view, const rwb__link_target *target, rwg__buf *out
) {
    rwb__build_places *p = payload;
    rwg_str name = find_file(p->build, RWB__ASSET_SERVER, view, target->node);
    uint32_t n = p->compiled_count++;
    rwg__buf_printf(out, "wasm%u", n);
    rwg__buf_printf(
        &p->compiled,
        "const wasm%u = globalThis.navigator?.userAgent === \"Cloudflare-Workers\"\n"
        "    ? (await import(\"./%.*s\")).default\n",
        n,
        (int)name.len,
        name.ptr
    );
    rwg__buf_printf(
        &p->compiled,
        "    : await WebAssembly.compile(await (await import(\"node:fs/promises\")).readFile("
        "new URL(\"./%.*s\", base)));\n",
        (int)name.len,
        name.ptr
    );
}

void rwb__build_places_init(rwb__build_places *p, rwb__build *b, bool server) {
    *p = (rwb__build_places){
        .build = b,
        .server = server,
        .places =
            {
                .payload = p,
                .address = add_address,
                .inline_worker = add_inline_worker,
                .server_init = add_server_init,
                .server_module = server ? add_server_module : NULL,
                .style_payload = b,
                .style_address = rwb__build_style_address,
            },
    };
    rwg__buf_init(&p->compiled, b->mem);
}

void rwb__build_places_deinit(rwb__build_places *p) {
    rwg__buf_deinit(&p->compiled);
}
