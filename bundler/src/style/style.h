/* What the bundler does to a stylesheet: addresses are rewritten, and in a CSS module
 * (*.module.css) names are made its own.
 *
 * A pure function of the text and of what two hooks say. Only what changes is written anew; all
 * else, line ends included, is copied, so that a line of the outcome is the line of the source.
 * @charset is dropped (what is written is UTF-8), and so is what only CSS modules know: composes,
 * @value, :export.
 *
 * A name of a module stands for what elements get as their class: its own name and what it
 * composes. What it takes from another file (`composes: a from "./b.module.css"`) stays a
 * reference, which the code of the module follows when it runs: no file has to be read for another
 * one's sake. So do values of other files, which a hook stands something in for. */
#ifndef RWB_STYLE_STYLE_H
#define RWB_STYLE_STYLE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"

typedef struct rwb__style_hooks {
    void *payload;
    /// A url(): true writes *address in its place. Not asked for "data:", "#id" and other addresses
    /// that are whole.
    bool (*url)(void *payload, rwg_str specifier, rwg_str *address);
    /// An @import: false drops it, true writes *address. Whatever stands behind the address is the
    /// conditions. Asked for every address. The order of layers is that of the statements in
    /// front: where style->layers holds, css is to stand before what is imported.
    bool (*import)(void *payload, rwg_str specifier, rwg_str conditions, rwg_str *address);
    /// `@value name from "specifier"`: true writes *text wherever the name is used.
    bool (*value)(void *payload, rwg_str specifier, rwg_str name, rwg_str *text);
} rwb__style_hooks;

typedef struct rwb__style_part {
    rwg_str text;  /* a class, or a name in another file */
    rwg_str from;  /* that file's specifier; "" = text is the class */
    uint32_t next; /* 1 + index of the name's next part, 0 = none */
} rwb__style_part;

typedef struct rwb__style_name {
    rwg_str name;
    uint32_t first; /* 1 + index of its first part */
    uint32_t last;
    bool is_local; /* its first part was made of it */
} rwb__style_name;

typedef struct rwb__style {
    rwg__mem *mem;
    rwg__arena arena;
    rwg__buf css;
    rwg__buf problem;               /* "" = none; else one sentence with its line */
    bool layers;                    /* @layer statements alone are in css so far, at least one */
    RWG_VEC(rwb__style_name) names; /* in the order in which they are met */
    RWG_VEC(rwb__style_part) parts;
    rwg__strmap by_name; /* name -> 1 + index */
} rwb__style;

/// Reads a stylesheet. scope: "" for a plain one; for a CSS module what its file is called, the
/// same in all environments: names are made of it. hooks: NULL leaves all addresses.
void rwb__style_init(
    rwb__style *style, rwg__mem *mem, rwg_str text, rwg_str scope, const rwb__style_hooks *hooks
);
void rwb__style_deinit(rwb__style *style);

/// Is it a CSS module, by the name of its file?
bool rwb__style_is_module(rwg_str path);

#endif
