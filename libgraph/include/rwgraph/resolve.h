/* From a specifier to a file: Node's algorithm, with what bundlers and TypeScript add.
 *
 * Sources: Node's "Modules: Packages" and "ECMAScript modules: resolution algorithm", the
 * browser-field spec, TypeScript's module resolution reference (paths, extension substitution),
 * Yarn's PnP data. The decision is always made on the file that is found, never on how the
 * specifier looks. */
#ifndef RWGRAPH_RESOLVE_H
#define RWGRAPH_RESOLVE_H

#include <rwgraph/base.h>
#include <rwgraph/config.h>
#include <rwgraph/diag.h>
#include <rwgraph/sink.h>
#include <rwgraph/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rwg_resolver rwg_resolver;

typedef enum rwg_outcome {
    RWG_OUTCOME_FILE,     /* target is a real file */
    RWG_OUTCOME_BUILTIN,  /* provided by the runtime: node:fs, cloudflare:workers */
    RWG_OUTCOME_EXTERNAL, /* left to the runtime: configured, http(s):, data: */
    RWG_OUTCOME_IGNORED,  /* mapped to an empty module, e.g. "browser": {"x": false} */
    RWG_OUTCOME_PINNED,   /* a pinned specifier, e.g. rwsdk/__state */
    RWG_OUTCOME_MISSING,  /* not found; see code and message */
} rwg_outcome;

/* Which condition the import site adds. */
typedef enum rwg_site {
    RWG_SITE_IMPORT,
    RWG_SITE_REQUIRE,
    RWG_SITE_STYLE, /* CSS @import and url(): relative without "./", "style" condition */
} rwg_site;

/* One path that was looked at. */
typedef struct rwg_probe {
    rwg_str path;
    bool found;
} rwg_probe;

/* The answer for one specifier. Constant; borrowed from the resolver until rwg_resolver_forget. */
typedef struct rwg_resolution {
    rwg_outcome outcome;
    rwg_diag_code code; /* RWG_DIAG_NONE unless missing */
    rwg_str path;       /* FILE: the real path. BUILTIN, EXTERNAL, PINNED: the specifier to keep */
    rwg_str query;      /* "?raw#x" part that was split off, "" if none */
    rwg_str package;    /* name of the package the file belongs to, "" outside any */
    rwg_str package_root; /* its folder, "" if none */
    bool dependency;      /* the real path lies in node_modules: not the project's own source */
    rwg_str message;      /* MISSING: one sentence, with where it was looked for */
    rwg_str fix;          /* MISSING: one sentence, e.g. the nearest name; may be "" */
    const rwg_probe *probes;
    uint32_t probe_count;
} rwg_resolution;

/* A resolver over a file system and a configuration; both must outlive it. It caches what it reads
 * and belongs to one thread. */
RWG_API RWG_MUST_USE rwg_status rwg_resolver_new(
    const rwg_fs *fs, rwg_str root, const rwg_config *config, rwg_resolver **out, rwg_error *err
);
RWG_API void rwg_resolver_free(rwg_resolver *r);

/* Resolves specifier as written in the file `from` (absolute path; a folder ending in '/' is
 * allowed) for an environment. Never fails for what a user wrote: that is RWG_OUTCOME_MISSING. */
RWG_API const rwg_resolution *
rwg_resolve(rwg_resolver *r, rwg_env env, rwg_str from, rwg_str specifier, rwg_site site);

/* Like rwg_resolve, without its cache, printing each step as a line of text. */
RWG_API void rwg_resolve_explain(
    rwg_resolver *r, rwg_env env, rwg_str from, rwg_str specifier, rwg_site site, rwg_sink *sink
);

/* What a file's tsconfig.json (or jsconfig.json), together with all it extends, says of the code
 * that comes out: compilerOptions of the same names. Strings are "" where nothing is said. */
typedef struct rwg_compiler_options {
    rwg_str tsconfig; /* absolute path of the governing file; "" = none, all is default */
    rwg_str jsx;      /* "react", "react-jsx", "react-jsxdev", "preserve", "react-native" */
    rwg_str jsx_import_source;
    rwg_str jsx_factory;
    rwg_str jsx_fragment_factory;
    bool verbatim_module_syntax;
    /* As said; else by target, as TypeScript does: true from ES2022 on. True without a tsconfig. */
    bool use_define_for_class_fields;
    bool experimental_decorators;
    bool emit_decorator_metadata;
} rwg_compiler_options;

/* The options that apply to a file (absolute path). Borrowed from the resolver until
 * rwg_resolver_forget; never NULL. */
RWG_API const rwg_compiler_options *rwg_resolver_compiler_options(rwg_resolver *r, rwg_str file);

/* Whether Node takes a file (absolute path) for an ES module before it looks at its text: .mjs and
 * .mts always, .cjs and .cts never, else by "type" in the nearest package.json. */
RWG_API bool rwg_resolver_is_module(rwg_resolver *r, rwg_str file);

/* Drops what is known of these absolute paths (created, deleted or edited) and all resolutions. */
RWG_API void rwg_resolver_forget(rwg_resolver *r, const rwg_str *paths, uint32_t count);

#ifdef __cplusplus
}
#endif
#endif
