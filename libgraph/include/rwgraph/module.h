/* What one source file says about itself: the module record.
 *
 * A record is a single flat block of bytes, true of its file alone (no other file, no environment),
 * made once and constant afterwards: the same bytes in memory, across threads and in the database.
 * All references inside it are offsets, so the block can be copied and mapped anywhere. Pointers
 * returned here are borrowed from the record. */
#ifndef RWGRAPH_MODULE_H
#define RWGRAPH_MODULE_H

#include <rwgraph/base.h>
#include <rwgraph/sink.h>
#include <rwgraph/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rwg_module rwg_module;

/* The grammar a file is read with. Chosen from the file name by rwg_lang_of_path. */
typedef enum rwg_lang {
    RWG_LANG_NONE, /* an asset: no record of its own beyond its hash */
    RWG_LANG_JS,   /* .js .mjs .cjs: JavaScript; JSX is accepted too */
    RWG_LANG_JSX,
    RWG_LANG_TS, /* .ts .mts .cts and .d.ts */
    RWG_LANG_TSX,
    RWG_LANG_JSON,
    RWG_LANG_CSS,
} rwg_lang;

/* How the file's text behaves. "mixed" has both ES module syntax and CommonJS exports; a "script"
 * has neither. */
typedef enum rwg_module_kind {
    RWG_MODULE_SCRIPT,
    RWG_MODULE_ESM,
    RWG_MODULE_CJS,
    RWG_MODULE_MIXED,
    RWG_MODULE_JSON,
    RWG_MODULE_CSS,
    RWG_MODULE_ASSET,
} rwg_module_kind;

/* X(name, text). The texts are those of `rwgraph parse`. */
#define RWG_IMPORT_KIND_MAP(X)                                                                     \
    X(STATIC, "static")                     /* import x from "s"; import "s" */                    \
    X(REEXPORT, "reexport")                 /* export {x} from "s" */                              \
    X(STAR, "star")                         /* export * from "s"; export * as n from "s" */        \
    X(DYNAMIC, "dynamic")                   /* import("s") */                                      \
    X(DYNAMIC_TEMPLATE, "dynamic-template") /* import(`./a/${x}.js`), "./a/" + x; a pattern */     \
    X(REQUIRE, "require")                   /* require("s") */                                     \
    X(REQUIRE_RESOLVE, "require-resolve")   /* require.resolve("s") */                             \
    X(IMPORT_EQUALS, "import-equals")       /* import x = require("s") */                          \
    X(IMPORT_TYPE, "import-type")           /* type T = import("s").T */                           \
    X(URL, "url")                           /* new URL("s", import.meta.url) */                    \
    X(WORKER, "worker")                     /* new Worker(new URL("s", import.meta.url)) */        \
    X(GLOB, "glob")                         /* import.meta.glob("s") */                            \
    X(JSX, "jsx")                           /* "s/jsx-runtime" of a comment's @jsxImportSource */  \
    X(CSS_IMPORT, "css-import")             /* @import "s" */                                      \
    X(CSS_URL, "css-url")                   /* url(s) */

typedef enum rwg_import_kind {
#define X(name, text) RWG_IMPORT_##name,
    RWG_IMPORT_KIND_MAP(X)
#undef X
    RWG_IMPORT_KIND_COUNT
} rwg_import_kind;

RWG_API const char *rwg_import_kind_name(rwg_import_kind kind);

/* A string inside a record: an offset, turned into text by rwg_module_str. 0 = empty. */
typedef struct rwg_ref {
    uint32_t v;
} rwg_ref;

enum {
    RWG_IMPORT_TYPE_ONLY =
        1 << 0, /* erased by TypeScript: `import type`, or every name is `type` */
    RWG_IMPORT_SIDE_EFFECT = 1 << 1,   /* import "s": no names are taken */
    RWG_IMPORT_IN_TRY = 1 << 2,        /* inside a try block: failing to resolve is not an error */
    RWG_IMPORT_GLOB_EAGER = 1 << 3,    /* import.meta.glob(..., {eager: true}) */
    RWG_IMPORT_GLOB_NEGATIVE = 1 << 4, /* "!pattern": takes matches of the same call away */
    RWG_IMPORT_GLOB_MORE = 1 << 5,     /* of the same call as the glob before it */
};

/* One import site. In source order; the index is the identity that edges use. */
typedef struct rwg_import {
    uint8_t kind; /* rwg_import_kind */
    uint8_t flags;
    uint16_t reserved;
    rwg_ref specifier;   /* the string's value with escapes undone; a glob pattern for templates */
    rwg_ref attributes;  /* import attributes as "key=value" lines in source order, 0 = none; of a
                            glob "query=?raw", where its options say so */
    rwg_span span;       /* the specifier's literal, quotes included */
    uint32_t line;       /* 1-based line of the literal */
    uint32_t first_name; /* into rwg_module_names */
    uint32_t name_count;
} rwg_import;

enum {
    RWG_NAME_TYPE_ONLY = 1 << 0, /* `type` before the name, or the whole statement is type-only */
};

/* One name taken by an import: `default`, `*` for a namespace, or the imported name. */
typedef struct rwg_name {
    rwg_ref imported;
    rwg_ref local; /* the binding in this module; for a re-export the exported name */
    uint32_t flags;
} rwg_name;

#define RWG_NO_IMPORT UINT32_MAX

enum {
    RWG_EXPORT_TYPE_ONLY = 1 << 0, /* erased: interface, type alias, `export type` */
    RWG_EXPORT_STAR = 1 << 1,      /* export * from: name is empty */
    RWG_EXPORT_CJS = 1 << 2,       /* exports.name = ..., found by static analysis */
    /* Of a module that says "use server", as far as its text shows it. */
    RWG_EXPORT_QUERY = 1 << 3, /* made by serverQuery */
    RWG_EXPORT_GET = 1 << 4,   /* made by serverQuery or serverAction: called by GET */
    RWG_EXPORT_POST = 1 << 5,  /* the same, by POST */
    RWG_EXPORT_NO_FUNCTION =
        1 << 6, /* a class, an enum, a constant: nobody elsewhere can call it */
};

/* One exported name. `export * from "s"` is one row with an empty name and RWG_EXPORT_STAR. */
typedef struct rwg_export {
    rwg_ref name;
    rwg_ref local;   /* local binding, or the name in the module it comes from; 0 = none */
    uint32_t import; /* index of the import it comes from, RWG_NO_IMPORT for a local one */
    uint32_t flags;
} rwg_export;

/* A directive of the file's prologue (ECMAScript 11.2.1), value as written between the quotes. */
typedef struct rwg_directive {
    rwg_ref value;
    rwg_span span; /* the literal, quotes included */
} rwg_directive;

typedef enum rwg_hot_kind {
    RWG_HOT_ACCEPT_SELF,    /* import.meta.hot.accept() */
    RWG_HOT_ACCEPT_DEP,     /* import.meta.hot.accept("s" or ["s"]) : one row a specifier */
    RWG_HOT_ACCEPT_EXPORTS, /* import.meta.hot.acceptExports(...) : one row a name */
    RWG_HOT_DECLINE,
} rwg_hot_kind;

typedef struct rwg_hot {
    uint32_t kind;
    rwg_ref value;
    rwg_span span;
} rwg_hot;

/* What a comment in front of the first statement says of the file's JSX. */
typedef enum rwg_pragma_kind {
    RWG_PRAGMA_JSX_RUNTIME,       /* @jsxRuntime: "automatic" or "classic" */
    RWG_PRAGMA_JSX_IMPORT_SOURCE, /* @jsxImportSource */
    RWG_PRAGMA_JSX_FACTORY,       /* @jsx: a name, or names joined by dots */
    RWG_PRAGMA_JSX_FRAGMENT,      /* @jsxFrag: likewise */
    RWG_PRAGMA_KIND_COUNT
} rwg_pragma_kind;

/* In the order of their kinds; of several comments that say the same the last counts. */
typedef struct rwg_pragma {
    uint32_t kind; /* rwg_pragma_kind */
    rwg_ref value;
    rwg_span span; /* the value */
} rwg_pragma;

/* A problem in the file's own text, see diag.h for codes and severities. */
typedef struct rwg_module_diag {
    uint16_t code;
    uint8_t severity;
    uint8_t reserved;
    rwg_span span;
    rwg_ref message;
} rwg_module_diag;

enum {
    RWG_MODULE_TLA = 1 << 0,         /* has top-level await */
    RWG_MODULE_USES_HOT = 1 << 1,    /* mentions import.meta.hot */
    RWG_MODULE_USES_META = 1 << 2,   /* mentions import.meta */
    RWG_MODULE_DECLARATION = 1 << 3, /* a .d.ts file: types only */
    RWG_MODULE_PARTIAL = 1 << 4,     /* text could not be read as its language; see diagnostics */
    RWG_MODULE_CJS_DYNAMIC = 1 << 5, /* CommonJS exports exist that static analysis cannot name */
    RWG_MODULE_ES_INTEROP = 1 << 6,  /* sets exports.__esModule */
};

typedef struct rwg_parse_options {
    size_t size; /* sizeof(rwg_parse_options) */
    rwg_lang lang;
    bool full;   /* parse the whole file's tree, never only the ranges that hold module syntax */
    bool module; /* the file is known to be an ES module (import/export need not appear) */
    bool declaration; /* a .d.ts file */
} rwg_parse_options;

#define RWG_PARSE_OPTIONS_INIT                                                                     \
    { sizeof(rwg_parse_options), RWG_LANG_JS, false, false, false }

/* The language by file name ("a.test.tsx", "b.d.mts"); out_declaration may be NULL. */
RWG_API rwg_lang rwg_lang_of_path(rwg_str path, bool *out_declaration);

/* Reads text into a new record. A file that is not well formed still gives a record, with
 * diagnostics and whatever could be read; only bad arguments and texts over the size limit fail.
 * Free the record with rwg_module_free. */
RWG_API RWG_MUST_USE rwg_status rwg_module_parse(
    rwg_str text, const rwg_parse_options *options, rwg_module **out_module, rwg_error *err
);
RWG_API void rwg_module_free(rwg_module *module);

RWG_API rwg_str rwg_module_str(const rwg_module *m, rwg_ref ref);
RWG_API rwg_lang rwg_module_lang(const rwg_module *m);
RWG_API rwg_module_kind rwg_module_kind_of(const rwg_module *m);
/* "esm", "cjs", "mixed", "script", "json", "css", "asset". */
RWG_API const char *rwg_module_kind_name(rwg_module_kind kind);
RWG_API uint32_t rwg_module_flags(const rwg_module *m);
/* XXH3-128 of the file's bytes. */
RWG_API rwg_hash rwg_module_content_hash(const rwg_module *m);
/* XXH3-128 of what importers can see: kind, directives, imports, exports, top-level await. Spans
 * and everything else in the text are not part of it. */
RWG_API rwg_hash rwg_module_interface_hash(const rwg_module *m);
RWG_API const rwg_import *rwg_module_imports(const rwg_module *m, uint32_t *out_n);
RWG_API const rwg_name *rwg_module_names(const rwg_module *m, uint32_t *out_n);
RWG_API const rwg_export *rwg_module_exports(const rwg_module *m, uint32_t *out_n);
RWG_API const rwg_directive *rwg_module_directives(const rwg_module *m, uint32_t *out_n);
RWG_API const rwg_hot *rwg_module_hots(const rwg_module *m, uint32_t *out_n);
RWG_API const rwg_pragma *rwg_module_pragmas(const rwg_module *m, uint32_t *out_n);
RWG_API const rwg_module_diag *rwg_module_diags(const rwg_module *m, uint32_t *out_n);
/* True when the prologue has this directive, e.g. "use client". */
RWG_API bool rwg_module_has_directive(const rwg_module *m, rwg_str value);
/* The record as one JSON object, without trailing newline: the format of `rwgraph parse`. */
RWG_API void rwg_module_write_json(const rwg_module *m, rwg_sink *sink);

#ifdef __cplusplus
}
#endif
#endif
