/* Expressions of aspects.
 *
 * Workers and fetched WebAssembly are of browsers. Other environments load the same modules (a
 * client component is rendered on the server first), so there these are values as well, which
 * throw when somebody tries to use them. */
#include "dev/aspect.h"

#include "base/fsutil.h"
#include "base/limits.h"
#include "base/path.h"
#include "base/str.h"
#include "emit/base64.h"
#include "link/recipe.h"
#include "link/sheets.h"
#include "serve/mime.h"

#define FILE_MAX (512u << 20)

typedef struct aspect {
    const rwb__definer *d;
    const rwb__view *view;
    const rwb__link_target *target;
    const rwb__places *places;
    rwg__arena *arena;
    rwg_str path; /* absolute */
    rwg_str id;
    rwg__buf *out;
    rwg__buf *problems;
} aspect;

/* --- data addresses --- */

/* Text of an SVG: shorter than base64, and it can be read. */
static void add_percent(rwg__buf *out, rwg_str text) {
    for (uint32_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c <= ' ' || c >= 0x7f || strchr("\"#%'()<>?[\\]^`{|}", c)) {
            rwg__buf_printf(out, "%%%02x", c);
        } else {
            rwg__buf_char(out, (char)c);
        }
    }
}

void rwb__data_address(rwg_str path, rwg_str bytes, rwg__buf *out) {
    rwg_str type = rwg__str_c(rwb__mime_type(path));
    rwg__buf_add(out, RWG_STR("data:"));
    rwg__buf_add(out, rwg__str_sub(type, 0, rwg__str_index(type, ';')));
    if (rwg__str_eq_c(rwg__path_ext(path), ".svg")) {
        rwg__buf_char(out, ',');
        add_percent(out, bytes);
    } else {
        rwg__buf_add(out, RWG_STR(";base64,"));
        rwb__base64(bytes, out);
    }
}

void rwb__string_literal(rwg_str text, rwg__buf *out) {
    rwg_sink sink = rwg__buf_sink(out);
    rwg_json_writer w = rwg_json_writer_make(&sink);
    rwg_json_string(&w, text);
}

/* --- pieces --- */

static bool in_browser(const aspect *a) {
    rwg_env env = rwg_node_env(rwb__view_graph(a->view), a->target->node);
    return a->d->settings->config->envs[env.v - 1].role == RWG_ROLE_CLIENT;
}

static bool is_style(const aspect *a) {
    const rwg_module *module = rwg_node_module(rwb__view_graph(a->view), a->target->node);
    return module && rwg_module_kind_of(module) == RWG_MODULE_CSS;
}

/* The value is an error that is thrown where the module is evaluated. */
static void add_problem(const aspect *a, const char *what) {
    rwg__buf message;
    rwg__buf_init(&message, a->out->mem);
    rwg__buf_add(&message, a->id);
    rwg__buf_add(&message, RWG_STR(": "));
    rwg__buf_add(&message, rwg__str_c(what));
    rwg__buf_add(a->problems, rwg__buf_str(&message));
    rwg__buf_char(a->problems, '\n');
    rwg__buf_add(a->out, RWG_STR("(() => { throw new Error("));
    rwb__string_literal(rwg__buf_str(&message), a->out);
    rwg__buf_add(a->out, RWG_STR("); })()"));
    rwg__buf_deinit(&message);
}

static bool read_file(const aspect *a, rwg_str *out) {
    if (rwg__fs_read(a->d->settings->fs, a->arena, a->path, FILE_MAX, out) != RWG_OK) {
        add_problem(a, "the file cannot be read");
        return false;
    }
    return true;
}

/* In dev a stylesheet's address says that the text is meant, not the module made of it. A file's
 * has its content in it: who sets the address again after an edit gets the new file, not the
 * page's. */
static void add_address(const aspect *a, rwb__aspect what) {
    if (a->places && a->places->address) {
        rwb__link_target target = *a->target;
        target.aspect = what;
        a->places->address(a->places->payload, a->view, &target, a->out);
        return;
    }
    rwg__buf address;
    rwg__buf_init(&address, a->out->mem);
    rwg__buf_add(&address, rwb__view_prefix(a->view));
    rwg__buf_add(&address, a->id);
    if (is_style(a) && what != RWB__ASPECT_FILE) {
        rwg__buf_add(&address, RWG_STR("?direct"));
    } else if (what == RWB__ASPECT_URL || what == RWB__ASPECT_NO_INLINE) {
        const rwg_graph *g = rwb__view_graph(a->view);
        rwb__add_content(rwg_graph_own_hash(g, a->target->node), &address);
    }
    rwb__string_literal(rwg__buf_str(&address), a->out);
    rwg__buf_deinit(&address);
}

/* --- aspects --- */

static void add_sheet(const aspect *a) {
    const rwb__places *places = a->places;
    rwb__sheets_input input = {
        .mem = a->out->mem,
        .fs = a->d->settings->fs,
        .view = a->view,
        .roots = &a->target->node,
        .root_count = 1,
        .address = places ? places->style_address : NULL,
        .payload = places ? places->style_payload : NULL,
    };
    rwg__buf text;
    rwg__buf_init(&text, a->out->mem);
    rwb__sheets_write(&input, &text, NULL, a->problems);
    rwb__string_literal(rwg__buf_str(&text), a->out);
    rwg__buf_deinit(&text);
}

static void add_inline(const aspect *a) {
    rwg_str bytes;
    if (is_style(a)) {
        add_sheet(a);
    } else if (read_file(a, &bytes)) {
        rwg__buf address;
        rwg__buf_init(&address, a->out->mem);
        rwb__data_address(a->path, bytes, &address);
        rwb__string_literal(rwg__buf_str(&address), a->out);
        rwg__buf_deinit(&address);
    }
}

static void add_worker(const aspect *a, const char *constructor, bool is_inline) {
    if (!in_browser(a)) {
        rwg_env env = rwg_node_env(rwb__view_graph(a->view), a->target->node);
        rwg_str name = rwg_graph_env_name(rwb__view_graph(a->view), env);
        rwg__buf_add(a->out, RWG_STR("(class { constructor() { throw new Error("));
        rwg__buf message;
        rwg__buf_init(&message, a->out->mem);
        rwg__buf_add(&message, a->id);
        rwg__buf_printf(
            &message,
            ": a worker of the browser cannot be started in %.*s; start it in an effect or an "
            "event",
            (int)name.len,
            name.ptr
        );
        rwb__string_literal(rwg__buf_str(&message), a->out);
        rwg__buf_deinit(&message);
        rwg__buf_add(a->out, RWG_STR("); } })"));
        return;
    }
    rwg__buf_add(a->out, RWG_STR("(function WorkerWrapper(options) {\n    return "));
    if (is_inline && a->places && a->places->inline_worker) {
        a->places->inline_worker(a->places->payload, a->view, a->target, a->out);
    } else {
        rwg__buf_printf(a->out, "new %s(", constructor);
        add_address(a, RWB__ASPECT_WORKER_URL);
        rwg__buf_add(a->out, RWG_STR(", { type: \"module\", ...options })"));
    }
    rwg__buf_add(a->out, RWG_STR(";\n})"));
}

/* Servers that do not say what type a file is of keep it from being compiled as it arrives. */
static const char BROWSER_INIT[] =
    ");\n"
    "    const isTyped = "
    "response.headers.get(\"content-type\")?.startsWith(\"application/wasm\");\n"
    "    const { instance } = isTyped\n"
    "        ? await WebAssembly.instantiateStreaming(response, imports)\n"
    "        : await WebAssembly.instantiate(await response.arrayBuffer(), imports);\n"
    "    return instance;\n"
    "})";

/* An expression of the file's bytes, with `before` and `after` around the text that has them. */
static void add_bytes(const aspect *a, const char *before, const char *after) {
    rwg_str bytes;
    if (read_file(a, &bytes)) {
        rwg__buf_add(a->out, rwg__str_c(before));
        rwg__buf_add(a->out, RWG_STR("Uint8Array.from(atob(\""));
        rwb__base64(bytes, a->out);
        rwg__buf_add(a->out, RWG_STR("\"), (c) => c.charCodeAt(0))"));
        rwg__buf_add(a->out, rwg__str_c(after));
    }
}

/* In workerd only the runtime itself may compile, and hands out how (workerd.mjs). */
static void add_compiled(const aspect *a) {
    if (!in_browser(a) && a->places && a->places->server_module) {
        a->places->server_module(a->places->payload, a->view, a->target, a->out);
    } else {
        add_bytes(
            a,
            "(globalThis[Symbol.for(\"rwgraph.compile\")] ?? "
            "((bytes) => new WebAssembly.Module(bytes)))(",
            ")"
        );
    }
}

static void add_init(const aspect *a) {
    if (in_browser(a)) {
        rwg__buf_add(
            a->out,
            RWG_STR("(async (imports = {}) => {\n    const response = await globalThis.fetch(")
        );
        add_address(a, RWB__ASPECT_URL);
        rwg__buf_add(a->out, rwg__str_c(BROWSER_INIT));
    } else if (a->places && a->places->server_init) {
        a->places->server_init(a->places->payload, a->view, a->target, a->out);
    } else {
        rwg__buf_add(a->out, RWG_STR("(async (imports = {}) => new WebAssembly.Instance("));
        add_compiled(a);
        rwg__buf_add(a->out, RWG_STR(", imports))"));
    }
}

static void write_aspect(const aspect *a) {
    rwg_str text;
    switch (a->target->aspect) {
    case RWB__ASPECT_RAW:
        if (read_file(a, &text)) {
            rwb__string_literal(text, a->out);
        }
        break;
    case RWB__ASPECT_INLINE: add_inline(a); break;
    case RWB__ASPECT_INIT: add_init(a); break;
    case RWB__ASPECT_DATA: add_bytes(a, "", ".buffer"); break;
    case RWB__ASPECT_COMPILED: add_compiled(a); break;
    case RWB__ASPECT_WORKER: add_worker(a, "Worker", false); break;
    case RWB__ASPECT_WORKER_INLINE: add_worker(a, "Worker", true); break;
    case RWB__ASPECT_SHARED_WORKER: add_worker(a, "SharedWorker", false); break;
    case RWB__ASPECT_MODULE:
    case RWB__ASPECT_URL:
    case RWB__ASPECT_NO_INLINE:
    case RWB__ASPECT_WORKER_URL:
    case RWB__ASPECT_FILE: add_address(a, a->target->aspect); break;
    }
}

void rwb__aspect_write(
    const rwb__definer *d,
    const rwb__view *view,
    const rwb__link_target *target,
    const rwb__places *places,
    rwg__buf *out,
    rwg__buf *problems
) {
    rwg__arena arena;
    rwg__buf path;
    rwg__buf id;
    rwg__arena_init(&arena, out->mem);
    rwg__buf_init(&path, out->mem);
    rwg__buf_init(&id, out->mem);
    rwb__view_path(view, target->node, &path);
    rwb__view_id(view, target->node, &id);
    aspect a = {
        .d = d,
        .view = view,
        .target = target,
        .places = places,
        .arena = &arena,
        .path = rwg__buf_str(&path),
        .id = rwg__buf_str(&id),
        .out = out,
        .problems = problems,
    };
    write_aspect(&a);
    rwg__buf_deinit(&id);
    rwg__buf_deinit(&path);
    rwg__arena_deinit(&arena);
}
