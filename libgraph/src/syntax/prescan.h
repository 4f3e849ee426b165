/* The prescan: where can module syntax be?
 *
 * One linear pass over the text that understands comments, strings, templates, regular expressions or
 * division, JSX text and bracket depth, and marks the byte ranges which tree-sitter must see for the record to
 * be complete. It does not judge: a range may turn out to hold nothing. It must never miss: when it cannot tell
 * (a regex-or-division it is not sure of, JSX it cannot follow, unbalanced brackets), it says so, and the
 * whole file is parsed. Depends on base only; no allocation besides the ranges. */
#ifndef RWG_SYNTAX_PRESCAN_H
#define RWG_SYNTAX_PRESCAN_H

#include "base/vec.h"

#include <rwgraph/module.h>

/* What made the prescan keep a range; a range is one self-contained statement or expression, such that
 * ranges concatenated (each followed by nothing else) parse as a sequence of statements. */
typedef enum rwg__range_kind {
    RWG__RANGE_PROLOGUE,  /* directives at the start */
    RWG__RANGE_STATEMENT, /* a whole top-level import/export statement, or the head of a declaration */
    RWG__RANGE_CALL,      /* import(...), require(...), new URL(...), import.meta.x(...), ... */
    RWG__RANGE_CJS,       /* module.exports = ..., exports.x = ..., Object.defineProperty(exports, ...) */
} rwg__range_kind;

typedef struct rwg__range {
    rwg_span span;
    uint32_t line;      /* 0-based line and column (bytes) of span.start */
    uint32_t column;
    uint8_t kind;       /* rwg__range_kind */
    bool in_try;        /* lexically inside a try block */
    bool in_function;   /* lexically inside a function body or class: matters for await and cjs */
} rwg__range;

typedef struct rwg__prescan {
    RWG_VEC(rwg__range) ranges; /* ascending, disjoint; kept between calls for its memory */
    bool sure;                  /* false: parse the whole file instead */
    bool has_tla;               /* an await (or for await) outside of any function */
    bool has_esm;               /* a top-level import/export statement or import.meta */
    const char *why;            /* not sure: the reason, a literal, for --explain and tests */
} rwg__prescan;

/* Fills out for a text in a script language (JS, JSX, TS, TSX). */
void rwg__prescan_run(rwg__prescan *out, rwg__mem *mem, rwg_str text, rwg_lang lang);

#endif
