/* Configuration, implicit modules, defines, and where our own JavaScript is. */
#include "dev/setup.h"

#include <rwgraph/resolve.h>

#include "base/buf.h"
#include "base/fsutil.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/path.h"
#include "base/str.h"
#include "base/vec.h"
#include "dev/jsx_sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef RWG_VEC(rwb_define) define_vec;

static rwg_str copy(rwb__setup *s, rwg_str text) {
    return rwg__arena_str(&s->arena, text);
}

static rwg_str joined(rwb__setup *s, rwg_str dir, const char *name) {
    rwg__path path;
    return rwg__path_join(&path, dir, rwg__str_c(name)) ? copy(s, rwg__path_str(&path))
                                                        : (rwg_str){NULL, 0};
}

/* --- our own JavaScript --- */

static bool has_runtime(rwb__setup *s, rwg_str dir) {
    rwg_fs_stat st;
    return dir.len > 0 && s->fs.stat(s->fs.self, joined(s, dir, "registry.mjs"), &st) == RWG_OK &&
           st.kind == RWG_FS_FILE;
}

/* Beside the program as it is installed, else where it was built. */
static rwg_status find_runtime(rwb__setup *s, rwg_str asked, rwg_error *err) {
    char program[RWG_LIMIT_PATH];
    ssize_t len = readlink("/proc/self/exe", program, sizeof program);
    rwg_str installed = {NULL, 0};
    if (len > 0) {
        rwg_str bin = rwg__path_dirname(rwg__str(program, (size_t)len));
        installed = joined(s, bin, "../share/rwgraph/runtime");
    }
    const rwg_str places[] = {asked, installed, rwg__str_c(RWB_RUNTIME_DIR)};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (has_runtime(s, places[i])) {
            s->runtime_dir = copy(s, places[i]);
            return RWG_OK;
        }
    }
    return rwg__error(
        err, RWG_NOT_FOUND, installed, "the runtime of rwgraph is not there; install it again"
    );
}

static rwg_status compile_state(rwb__setup *s, rwg_error *err) {
    rwg_str path = joined(s, s->runtime_dir, "state.mts");
    rwg_str text;
    rwg_status status = rwg__fs_read(&s->fs, &s->arena, path, 1u << 20, &text);
    if (status != RWG_OK) {
        return rwg__error(err, status, path, "the state module cannot be read");
    }
    rwb_transform_options options = RWB_TRANSFORM_OPTIONS_INIT;
    options.lang = RWG_LANG_TS;
    options.module = true;
    options.form = RWB_FORM_FACTORY;
    options.path = RWG_STR("virtual:rwsdk:__state");
    options.source_map = false;
    rwb_transformer *t = rwb_transformer_new();
    rwb_output *output = NULL;
    status = rwb_transform(t, text, &options, &output, err);
    if (status == RWG_OK) {
        s->state_code = copy(s, rwb_output_code(output));
    }
    rwb_output_free(output);
    rwb_transformer_free(t);
    return status;
}

/* --- pinned packages --- */

/* A file of the project says where it is, and the framework's state is ours. */
static bool is_package_pin(rwg_str pin) {
    bool star = pin.len > 0 && pin.ptr[pin.len - 1] == '*';
    return pin.len > 0 && pin.ptr[0] != '.' && pin.ptr[0] != '/' && !star &&
           !rwg__str_eq_c(pin, "rwsdk/__state");
}

/* Puts the files that a pinned package's name leads to, in any environment, in its place: pins are
 * about files, and a name alone has no code. */
static rwg_status resolve_pins(rwb__setup *s, rwg_error *err) {
    rwg_config plain = s->config;
    plain.pinned = (rwg_str_list){NULL, 0};
    rwg_resolver *resolver = NULL;
    rwg_status status = rwg_resolver_new(&s->fs, s->settings.root, &plain, &resolver, err);
    if (status != RWG_OK) {
        return status;
    }
    const rwg_str_list *pins = &s->config.pinned;
    size_t most = (size_t)pins->count * s->config.env_count;
    rwg_str *items = rwg__arena_alloc(&s->arena, (most + 1) * sizeof *items);
    uint32_t count = 0;
    rwg__path from;
    (void)rwg__path_join(&from, s->settings.root, RWG_STR("package.json"));
    for (uint32_t i = 0; i < pins->count; i++) {
        uint32_t before = count;
        for (uint32_t e = 0; is_package_pin(pins->items[i]) && e < s->config.env_count; e++) {
            const rwg_resolution *found = rwg_resolve(
                resolver, (rwg_env){e + 1}, rwg__path_str(&from), pins->items[i], RWG_SITE_IMPORT
            );
            rwg__path relative;
            if (found->outcome == RWG_OUTCOME_FILE &&
                rwg__path_relative(&relative, s->settings.root, found->path)) {
                char text[RWG_LIMIT_PATH + 2];
                (void)snprintf(text, sizeof text, "./%s", rwg__path_str(&relative).ptr);
                items[count++] = copy(s, rwg__str_c(text));
            }
        }
        if (count == before) {
            items[count++] = pins->items[i];
        }
    }
    s->config.pinned = (rwg_str_list){items, count};
    rwg_resolver_free(resolver);
    return RWG_OK;
}

/* --- implicit modules --- */

static rwb__implicit resolve_from(
    rwb__setup *s, rwg_resolver *resolver, uint32_t env, const char *specifier, rwg_str folder
) {
    rwg_str text = rwg__str_c(specifier);
    rwg__path from;
    (void)rwg__path_join(&from, folder, RWG_STR("package.json"));
    const rwg_resolution *found =
        rwg_resolve(resolver, (rwg_env){env + 1}, rwg__path_str(&from), text, RWG_SITE_IMPORT);
    rwb__implicit implicit = {.specifier = text};
    if (found->outcome == RWG_OUTCOME_FILE) {
        implicit.path = copy(s, found->path);
    }
    return implicit;
}

static rwb__implicit
resolve(rwb__setup *s, rwg_resolver *resolver, uint32_t env, const char *specifier) {
    return resolve_from(s, resolver, env, specifier, s->settings.root);
}

static rwb__implicit
first_of(rwb__setup *s, rwg_resolver *resolver, uint32_t env, const char *a, const char *b) {
    rwb__implicit implicit = resolve(s, resolver, env, a);
    return implicit.path.len > 0 ? implicit : resolve(s, resolver, env, b);
}

/* An environment that finds its entries by itself stays so. */
static void add_entry(rwb__setup *s, rwg_env_config *env, rwg_str path) {
    rwg__path relative;
    if (path.len == 0 || (env->entries.count == 0 && !env->only_entries) ||
        !rwg__path_relative(&relative, s->settings.root, path)) {
        return;
    }
    rwg_str *items = rwg__arena_alloc(&s->arena, (env->entries.count + 1) * sizeof *items);
    for (uint32_t i = 0; i < env->entries.count; i++) {
        items[i] = env->entries.items[i];
    }
    items[env->entries.count] = copy(s, rwg__path_str(&relative));
    env->entries.items = items;
    env->entries.count++;
}

/* "<jsxImportSource>/jsx-dev-runtime" of each source. */
static void add_jsx_runtimes(
    rwb__setup *s, rwg_resolver *resolver, uint32_t e, const rwb__jsx_sources *sources
) {
    rwb__implicit *runtimes = rwg__arena_zalloc(&s->arena, sources->count * sizeof *runtimes);
    for (uint32_t i = 0; i < sources->count; i++) {
        const rwb__jsx_source *from = &sources->items[i];
        char text[512];
        (void)snprintf(
            text,
            sizeof text,
            "%.*s/%s",
            (int)from->name.len,
            from->name.ptr,
            s->settings.jsx_dev ? "jsx-dev-runtime" : "jsx-runtime"
        );
        const char *specifier = copy(s, rwg__str_c(text)).ptr;
        runtimes[i] = resolve_from(s, resolver, e, specifier, from->folder);
    }
    s->settings.envs[e].jsx = runtimes;
}

static void set_jsx_sources(rwb__setup *s, const rwb__jsx_sources *sources) {
    rwg_str *names = rwg__arena_alloc(&s->arena, sources->count * sizeof *names);
    for (uint32_t i = 0; i < sources->count; i++) {
        names[i] = sources->items[i].name;
    }
    s->settings.jsx_sources = names;
    s->settings.jsx_source_count = sources->count;
}

/* createServerReference: the framework's, else React's own. */
static void set_create(rwb__setup *s, rwg_resolver *resolver, uint32_t e, const char *framework) {
    rwb__env_settings *own = &s->settings.envs[e];
    own->create = first_of(s, resolver, e, framework, "react-server-dom-webpack/client");
    own->reference_takes_name = rwg__str_eq_c(own->create.specifier, framework);
}

/* Whose JSX it is where no tsconfig says so: React's, or Preact's in a project without React. */
static rwg_str usual_jsx_source(rwb__setup *s, rwg_resolver *resolver) {
    bool react = false;
    bool preact = false;
    for (uint32_t e = 0; e < s->loaded.env_count; e++) {
        react |= resolve(s, resolver, e, "react/jsx-runtime").path.len > 0;
        preact |= resolve(s, resolver, e, "preact/jsx-runtime").path.len > 0;
    }
    return preact && !react ? RWG_STR("preact") : RWG_STR("react");
}

static rwg_status add_implicits(rwb__setup *s, rwg_env_config *envs, rwg_error *err) {
    rwg_resolver *resolver = NULL;
    rwg_status status = rwg_resolver_new(&s->fs, s->settings.root, &s->config, &resolver, err);
    if (status != RWG_OK) {
        return status;
    }
    s->settings.resolver = resolver;
    s->settings.jsx_usual = usual_jsx_source(s, resolver);
    rwb__jsx_sources sources = rwb__jsx_sources_find(
        s->mem, &s->arena, &s->fs, resolver, s->settings.root, s->settings.jsx_usual
    );
    set_jsx_sources(s, &sources);
    for (uint32_t e = 0; e < s->loaded.env_count; e++) {
        rwb__env_settings *own = &s->settings.envs[e];
        rwg_env_config *env = &envs[e];
        add_jsx_runtimes(s, resolver, e, &sources);
        switch (env->role) {
        case RWG_ROLE_SERVER:
            own->register_ =
                first_of(s, resolver, e, "rwsdk/worker", "react-server-dom-webpack/server");
            own->reference_takes_module = rwg__str_eq_c(own->register_.specifier, "rwsdk/worker");
            break;
        case RWG_ROLE_CLIENT: {
            set_create(s, resolver, e, "rwsdk/client");
            rwb__implicit refresh = resolve(s, resolver, e, "react-refresh/runtime");
            own->refresh = s->settings.dev && refresh.path.len > 0;
            s->refresh_path = own->refresh ? refresh.path : (rwg_str){NULL, 0};
            add_entry(s, env, s->refresh_path);
            break;
        }
        case RWG_ROLE_SSR: set_create(s, resolver, e, "rwsdk/__ssr"); break;
        case RWG_ROLE_PLAIN: break;
        }
        for (uint32_t i = 0; i < s->settings.jsx_source_count; i++) {
            add_entry(s, env, own->jsx[i].path);
        }
        add_entry(s, env, own->register_.path);
        add_entry(s, env, own->create.path);
    }
    return RWG_OK;
}

/* --- defines --- */

static rwg_str quoted(rwb__setup *s, rwg_str text) {
    rwg__buf out;
    rwg__buf_init(&out, s->mem);
    rwg_sink sink = rwg__buf_sink(&out);
    rwg_json_writer w = rwg_json_writer_make(&sink);
    rwg_json_string(&w, text);
    rwg_str result = copy(s, rwg__buf_str(&out));
    rwg__buf_deinit(&out);
    return result;
}

static void define(rwb__setup *s, define_vec *list, rwg_str name, rwg_str value) {
    *rwg__vec_push(list, s->mem) = (rwb_define){name, value};
}

static void
define_env(rwb__setup *s, define_vec *list, rwg__buf *object, rwg_str key, rwg_str value) {
    rwg__buf name;
    rwg__buf_init(&name, s->mem);
    rwg__buf_add(&name, RWG_STR("import.meta.env."));
    rwg__buf_add(&name, key);
    define(s, list, copy(s, rwg__buf_str(&name)), value);
    rwg__buf_deinit(&name);
    rwg__buf_add(object, object->bytes.len > 1 ? RWG_STR(", ") : RWG_STR(" "));
    rwg__buf_add(object, quoted(s, key));
    rwg__buf_add(object, RWG_STR(": "));
    rwg__buf_add(object, value);
}

static void add_defines(rwb__setup *s, uint32_t e, rwg_str mode) {
    define_vec list = {0};
    rwg__buf object;
    rwg__buf_init(&object, s->mem);
    rwg__buf_char(&object, '{');
    bool dev = s->settings.dev;
    bool server = s->config.envs[e].role != RWG_ROLE_CLIENT;
    define_env(s, &list, &object, RWG_STR("MODE"), quoted(s, mode));
    define_env(s, &list, &object, RWG_STR("BASE_URL"), quoted(s, s->site.base));
    define_env(s, &list, &object, RWG_STR("DEV"), dev ? RWG_STR("true") : RWG_STR("false"));
    define_env(s, &list, &object, RWG_STR("PROD"), dev ? RWG_STR("false") : RWG_STR("true"));
    define_env(s, &list, &object, RWG_STR("SSR"), server ? RWG_STR("true") : RWG_STR("false"));
    if (dev) {
        define_env(s, &list, &object, RWG_STR("VITE_IS_DEV_SERVER"), RWG_STR("\"1\""));
    }
    for (uint32_t i = 0; i < s->public.count; i++) {
        define_env(
            s, &list, &object, copy(s, s->public.vars[i].name), quoted(s, s->public.vars[i].value)
        );
    }
    rwg__buf_add(&object, RWG_STR(" }"));
    define(s, &list, RWG_STR("import.meta.env"), copy(s, rwg__buf_str(&object)));
    define(
        s,
        &list,
        RWG_STR("process.env.NODE_ENV"),
        dev ? RWG_STR("\"development\"") : RWG_STR("\"production\"")
    );
    rwb_define *items = rwg__arena_alloc(&s->arena, list.len * sizeof *items);
    memcpy(items, list.ptr, list.len * sizeof *items);
    s->settings.envs[e].defines = items;
    s->settings.envs[e].define_count = list.len;
    rwg__vec_free(&list, s->mem);
    rwg__buf_deinit(&object);
}

static void add_salt(rwb__setup *s) {
    rwg__hasher *h = rwg__hasher_new(s->mem);
    rwg__hasher_str(h, rwg__str_c(rwg_version_string()));
    rwg__hasher_u32(h, s->settings.dev);
    rwg__hasher_u32(h, s->settings.jsx_dev);
    for (uint32_t i = 0; i < s->settings.jsx_source_count; i++) {
        rwg__hasher_str(h, s->settings.jsx_sources[i]);
    }
    for (uint32_t e = 0; e < s->config.env_count; e++) {
        const rwb__env_settings *own = &s->settings.envs[e];
        rwg__hasher_u32(h, own->define_count);
        for (uint32_t i = 0; i < own->define_count; i++) {
            rwg__hasher_str(h, own->defines[i].name);
            rwg__hasher_str(h, own->defines[i].value);
        }
    }
    s->settings.salt = rwg__hasher_finish(h);
    rwg__hasher_free(h, s->mem);
}

/* "development" holds in dev alone; elsewhere its place is taken by "production". */
static void set_conditions(rwb__setup *s, rwg_env_config *env) {
    rwg_str *items = rwg__arena_alloc(&s->arena, (env->conditions.count + 1) * sizeof *items);
    for (uint32_t i = 0; i < env->conditions.count; i++) {
        bool swap = !s->settings.dev && rwg__str_eq_c(env->conditions.items[i], "development");
        items[i] = swap ? RWG_STR("production") : env->conditions.items[i];
    }
    env->conditions.items = items;
}

/* Requests are answered by react-server where there is one, else by whichever environment has an
 * entry and is not for browsers. */
static void find_roles(rwb__setup *s) {
    for (uint32_t e = 0; e < s->loaded.env_count; e++) {
        const rwg_env_config *env = &s->loaded.envs[e];
        bool serves =
            env->entries.count > 0 && (env->role == RWG_ROLE_SERVER || env->role == RWG_ROLE_PLAIN);
        bool better =
            !s->server_env.v || (env->role == RWG_ROLE_SERVER &&
                                 s->loaded.envs[s->server_env.v - 1].role == RWG_ROLE_PLAIN);
        if (serves && better) {
            s->server_env = (rwg_env){e + 1};
            s->server_entry = env->entries.items[0];
        }
        if (env->role == RWG_ROLE_CLIENT && !s->client_env.v) {
            s->client_env = (rwg_env){e + 1};
        }
    }
}

rwg_status rwb__setup_init(
    rwb__setup *s, rwg__mem *mem, rwg_str root, rwg_str mode, rwg_str runtime_dir, rwg_error *err
) {
    *s = (rwb__setup){.mem = mem, .fs = rwg_fs_system()};
    rwg__arena_init(&s->arena, mem);
    rwb__env_init(&s->vars, mem);
    rwb__env_init(&s->public, mem);
    s->settings.fs = &s->fs;
    s->settings.root = copy(s, root);
    s->settings.dev = !rwg__str_eq_c(mode, "production");
    s->settings.jsx_dev = s->settings.dev;
    rwg_status status = rwg_config_load(&s->fs, s->settings.root, &s->loaded, err);
    if (status == RWG_OK) {
        status = rwb__dev_config_init(&s->site, mem, &s->fs, s->settings.root, err);
    }
    if (status != RWG_OK) {
        return status;
    }
    s->prefix = rwg__str_sub(s->site.base, 0, s->site.base.len - 1);
    s->client = rwb__setup_address(s, &s->arena, RWG_STR("/@rwgraph/client"));
    rwg_env_config *envs = rwg__arena_alloc(&s->arena, s->loaded.env_count * sizeof *envs);
    memcpy(envs, s->loaded.envs, s->loaded.env_count * sizeof *envs);
    for (uint32_t e = 0; e < s->loaded.env_count; e++) {
        set_conditions(s, &envs[e]);
    }
    s->config = s->loaded;
    s->config.envs = envs;
    s->config.owned = NULL;
    s->config.jsx_dev = s->settings.jsx_dev;
    s->settings.config = &s->config;
    find_roles(s);
    rwb__env process;
    rwb__env_init(&process, mem);
    rwb__env_process(&process);
    rwb__env_load_options load = {
        .fs = &s->fs,
        .dir = s->site.env_dir,
        .mode = mode,
        .process = &process,
        .prefixes = s->site.env_prefixes,
        .prefix_count = s->site.env_prefix_count,
    };
    status = rwb__env_load(&load, &s->vars, &s->public, err);
    rwb__env_deinit(&process);
    if (status == RWG_OK) {
        status = resolve_pins(s, err);
    }
    if (status == RWG_OK) {
        status = add_implicits(s, envs, err);
    }
    if (status == RWG_OK) {
        status = find_runtime(s, runtime_dir, err);
    }
    if (status == RWG_OK) {
        status = compile_state(s, err);
    }
    for (uint32_t e = 0; status == RWG_OK && e < s->config.env_count; e++) {
        add_defines(s, e, mode);
    }
    if (status == RWG_OK) {
        add_salt(s);
    }
    return status;
}

void rwb__setup_deinit(rwb__setup *s) {
    rwg_resolver_free(s->settings.resolver);
    rwg_config_deinit(&s->loaded);
    if (s->site.mem) {
        rwb__dev_config_deinit(&s->site);
    }
    rwb__env_deinit(&s->vars);
    rwb__env_deinit(&s->public);
    rwg__arena_deinit(&s->arena);
}

rwg_str rwb__setup_address(const rwb__setup *s, rwg__arena *arena, rwg_str path) {
    char *text = rwg__arena_alloc(arena, (size_t)s->prefix.len + path.len + 1);
    memcpy(text, s->prefix.ptr, s->prefix.len);
    memcpy(text + s->prefix.len, path.ptr, path.len);
    text[s->prefix.len + path.len] = '\0';
    return (rwg_str){text, s->prefix.len + path.len};
}

rwg_status rwb__real_root(rwg_str root, char **out, rwg_error *err) {
    rwg_fs fs = rwg_fs_system();
    rwg__path absolute;
    char cwd[RWG_LIMIT_PATH];
    rwg_str base = getcwd(cwd, sizeof cwd) ? rwg__str_c(cwd) : RWG_STR("/");
    if (!rwg__path_join(&absolute, base, root) ||
        fs.realpath(fs.self, rwg__path_str(&absolute), out) != RWG_OK) {
        return rwg__error(err, RWG_NOT_FOUND, root, "this folder is not there");
    }
    return RWG_OK;
}
