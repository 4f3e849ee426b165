/* One module: source text in, JavaScript and its source map out.
 *
 * TypeScript is stripped and lowered, JSX compiled, `define` and import.meta resolved, and imports
 * and exports written in the form that the target loads. Nothing here reads files or resolves
 * specifiers: what a specifier became is handed in as links. */
#ifndef RWBUNDLER_TRANSFORM_H
#define RWBUNDLER_TRANSFORM_H

#include <rwgraph/diag.h>
#include <rwgraph/module.h>

#ifdef __cplusplus
extern "C" {
#endif

/* In which form imports and exports come out. */
typedef enum rwb_form {
    RWB_FORM_ESM,     /* an ES module: links rewrite specifiers, everything else stays */
    RWB_FORM_FACTORY, /* a function for the module registry, see bundler/runtime/PROTOCOL.md */
} rwb_form;

typedef enum rwb_jsx {
    RWB_JSX_AUTOMATIC, /* import {jsx} from "react/jsx-runtime" */
    RWB_JSX_CLASSIC,   /* React.createElement */
    RWB_JSX_PRESERVE,
} rwb_jsx;

typedef enum rwb_decorators {
    RWB_DECORATORS_STANDARD, /* the TC39 proposal, stage 3 of 2023 */
    RWB_DECORATORS_LEGACY,   /* TypeScript's experimentalDecorators */
} rwb_decorators;

/* `name` (an identifier, or identifiers joined by dots, import.meta.x included) becomes the
 * expression `value`. */
typedef struct rwb_define {
    rwg_str name;
    rwg_str value;
} rwb_define;

typedef enum rwb_link_kind {
    RWB_LINK_KEEP,      /* the specifier stays as it is written */
    RWB_LINK_URL,       /* the specifier becomes `url` */
    RWB_LINK_NAMESPACE, /* the module at `url` exports its namespace object as __rwg; names are read
                           from it, so that CommonJS and changing exports behave. In the factory
                           form, for what `new URL` names: it is an import, whose default export
                           is the URL */
    RWB_LINK_EMPTY,     /* an ignored module: an empty object */
} rwb_link_kind;

/* What one import of the module record leads to. */
typedef struct rwb_link {
    rwb_link_kind kind;
    rwg_str url;
} rwb_link;

/* One file that an import.meta.glob or a template of import() matches. */
typedef struct rwb_glob_match {
    uint32_t import; /* index in the record: the pattern */
    rwg_str key;     /* the property's name: "./dir/a.ts" */
    rwg_str url;     /* what to import for it */
} rwb_glob_match;

typedef struct rwb_transform_options {
    size_t size; /* sizeof(rwb_transform_options) */
    rwg_lang lang;
    bool module; /* the file is known to be an ES module */
    rwb_form form;
    /* tsconfig's compilerOptions of the same names. */
    rwb_jsx jsx;
    bool jsx_dev;
    rwg_str jsx_import_source; /* "" = react */
    rwg_str jsx_factory;       /* "" = React.createElement */
    rwg_str jsx_fragment;      /* "" = React.Fragment */
    bool verbatim_module_syntax;
    bool use_define_for_class_fields;
    bool emit_decorator_metadata;
    rwb_decorators decorators;
    const rwb_define *defines;
    uint32_t define_count;
    const rwb_link *links;       /* one for each import of the record, or NULL: all are kept */
    const rwb_glob_match *globs; /* ascending by import, then by key */
    uint32_t glob_count;
    /* What the automatic JSX runtime is reached by; in the factory form it is an import behind
     * those of the record (RWB_EXTRA_JSX). */
    rwb_link jsx_link;
    /* "use server" where its functions run: when not empty, each exported function is handed to
     * registerServerReference(value, register_id, name) of the module behind register_link, in the
     * factory form the last import (RWB_EXTRA_REGISTER). */
    rwg_str register_id;
    rwg_str register_specifier; /* its specifier when the link is RWB_LINK_KEEP */
    rwb_link register_link;
    /* <script> of the page gets the request's nonce, which the module behind register_link knows.
     * The factory form of the automatic runtime alone (RWB_EXTRA_REGISTER). */
    bool script_nonce;
    bool refuse_inline_server; /* "use server" inside of a function is an error */
    rwg_str path;              /* names the source in the map and in __source */
    rwg_str hot;               /* "" or the expression that import.meta.hot becomes */
    bool refresh;              /* register components for React Refresh */
    bool source_map;
    /* The record of this very text, from whoever has it already; for texts with import or export,
     * which are ES modules whatever `module` says. Borrowed until the output is freed. NULL: the
     * text is read once more. */
    const rwg_module *record;
} rwb_transform_options;

#define RWB_TRANSFORM_OPTIONS_INIT                                                                 \
    {                                                                                              \
        .size = sizeof(rwb_transform_options), .lang = RWG_LANG_JS,                                \
        .use_define_for_class_fields = true, .source_map = true                                    \
    }

typedef struct rwb_transformer rwb_transformer; /* parsers and scratch memory; one per thread */
typedef struct rwb_output rwb_output;

RWG_API rwb_transformer *rwb_transformer_new(void);
RWG_API void rwb_transformer_free(rwb_transformer *t);

/* Transforms text. Problems of the author's code are diagnostics of the output, which then has no
 * code; fails only for bad arguments and text over the limit. Free the output. */
RWG_API RWG_MUST_USE rwg_status rwb_transform(
    rwb_transformer *t,
    rwg_str text,
    const rwb_transform_options *options,
    rwb_output **out,
    rwg_error *err
);
RWG_API void rwb_output_free(rwb_output *output);

RWG_API rwg_str rwb_output_code(const rwb_output *output);
/* A source map (ECMA-426) as JSON; "" when none was asked for. */
RWG_API rwg_str rwb_output_map(const rwb_output *output);
/* Indices into the record's imports of those the code still has, ascending: elided ones are gone.
 * In the factory form the position of a static import in this list of static ones is its n in
 * __rwg_i[n]. */
RWG_API const uint32_t *rwb_output_imports(const rwb_output *output, uint32_t *out_n);

enum {
    RWB_EXTRA_JSX = 1 << 0,      /* imports the JSX runtime */
    RWB_EXTRA_REGISTER = 1 << 1, /* imports registerServerReference */
};

/* Imports that the text did not have, in the order of these bits behind the others. */
RWG_API uint32_t rwb_output_extras(const rwb_output *output);
/* Top-level await: the factory is an async generator function. */
RWG_API bool rwb_output_is_async(const rwb_output *output);
/* The record of the text. */
RWG_API const rwg_module *rwb_output_module(const rwb_output *output);
RWG_API const rwg_diag *rwb_output_diags(const rwb_output *output, uint32_t *out_n);

#ifdef __cplusplus
}
#endif
#endif
