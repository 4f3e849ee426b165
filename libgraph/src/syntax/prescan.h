/* The prescan: a whole file boiled down to the little program that has the same module record.
 *
 * One linear pass over the text that understands comments, strings, templates, regular expressions
 * or division, JSX and brackets, and copies what can hold module syntax into a *digest*: a short
 * text in the same language, which tree-sitter parses in place of the file. Extraction reads a
 * digest's tree with the very code that reads a file's tree; only positions need
 * rwg__prescan_source. So
 *
 *     "use client"; // says React
 *     import { a } from "./a";
 *     export async function load(x: T): Promise<U> { try { return await import("./b"); } catch {} }
 *     export const big = { ... 10 kB ... }, small = 1;
 *
 * becomes
 *
 *     "use client";
 *     import { a } from "./a";
 *     export async function load(){}
 *     try{import("./b");}catch{}
 *     export const big;
 *     export const small;
 *
 * The promise, for a text whose syntax is right: the digest has, in the same order, every
 * directive of the prologue with the comments about JSX (`@jsx`) there, every import and export
 * statement of the program (those inside `declare module` and namespaces are not the program's),
 * every import(), import type, import.meta, require(), require.resolve(), new URL(...,
 * import.meta.url) with the new Worker or SharedWorker around it, and every use of exports or
 * module.exports, copied byte for byte as far as their own meaning goes. Text we write ourselves
 * between copied pieces (glue) keeps what lies around them true: `try{` when a call is inside a try
 * block, `async()=>{` when an `await` is inside a function, `await 0;` for a top-level await, `type
 * T=` before an import type. The digest may hold more than the record needs; it must never lack
 * anything. When that is in doubt (a slash or `<` that could be two things, JSX that does not
 * close, brackets that do not match, escapes in identifiers), sure is false and the whole file must
 * be parsed.
 *
 * What stands for what, in the digest:
 *     export function f, async, *, default   head, then `(){}`
 *     export class C, abstract, default      head, then `{}`; so for interface, enum, namespace
 *     export const a = 1, [b, c] = d         a statement for each name or pattern, no initialisers
 *     export type T<U> = ...                 head with the name, then `=0`
 *     export default (any expression)        `export default{};`, and `export ={};` likewise
 *     require("s", ...)                      up to the literal; other arguments of it mean nothing
 *     new Worker(new URL(...), ...)          up to the end of new URL(...)
 *     exports.a = exports.b = value          the targets, then `0`
 *     module.exports = {...}                 the whole object; another value if short, else `0`
 *     exports[key] = value                   whole, if it is short; else doubt
 *     Object.defineProperty(exports, "a", _) up to the literal
 *     a mere mention of exports              `exports;` once, or `module.exports;`
 *
 * Depends on base only, looks at no tree, and allocates nothing but the vecs of its result and
 * scratch. */
#ifndef RWG_SYNTAX_PRESCAN_H
#define RWG_SYNTAX_PRESCAN_H

#include <rwgraph/module.h>

#include "base/vec.h"

/* A run of bytes that the digest has from the source. */
typedef struct rwg__piece {
    rwg_span source;
    uint32_t at;   /* where the bytes start in the digest */
    uint32_t line; /* 0-based line of source.start */
} rwg__piece;

typedef struct rwg__scan_level rwg__scan_level; /* an open bracket; private to prescan.c */

typedef enum rwg__literal_kind {
    RWG__LITERAL_COMMENT,
    RWG__LITERAL_STRING,
    RWG__LITERAL_TEMPLATE, /* the text between backticks and code, one for each stretch */
    RWG__LITERAL_REGEX,
    RWG__LITERAL_JSX,     /* text between tags, and an attribute's string */
    RWG__LITERAL_JSX_WORD /* a reserved word in a tag: class, for, the default of a.default */
} rwg__literal_kind;

/* A stretch of text that is no code. */
typedef struct rwg__literal {
    rwg_span span; /* with its quotes or slashes */
    rwg__literal_kind kind;
} rwg__literal;

/* Zeroed to begin with; kept from file to file for its memory; given back by rwg__prescan_deinit.
 */
typedef struct rwg__prescan {
    RWG_VEC(char) text; /* the digest; empty when the file has no module syntax */
    RWG_VEC(rwg__piece)
    pieces;          /* ascending and disjoint in the digest; mostly, not always, in the source */
    bool has_jsx;    /* where the digest has comments about JSX: whether the file has any */
    bool sure;       /* false: the digest is worthless, parse the whole file */
    const char *why; /* not sure: the reason, a literal, for --explain and tests */
    uint32_t why_at; /* not sure: the source offset where doubt arose */
    RWG_VEC(rwg__scan_level) levels; /* scratch */
    RWG_VEC(rwg__literal) literals;  /* of rwg__prescan_literals */
} rwg__prescan;

/* Fills out for a text in a script language (JS, JSX, TS, TSX). Linear in the text's length. */
void rwg__prescan_run(rwg__prescan *out, rwg__mem *mem, rwg_str text, rwg_lang lang);
void rwg__prescan_deinit(rwg__prescan *out, rwg__mem *mem);

/* Fills out->literals instead, ascending and disjoint. Not sure: there are none from out->why_at
 * on. */
void rwg__prescan_literals(rwg__prescan *out, rwg__mem *mem, rwg_str text, rwg_lang lang);

/* The source offset of a byte of the digest. at may be the end of a piece: an end offset maps to
 * the end in the source. A byte of glue maps to the end of the piece before it (0 without one). */
uint32_t rwg__prescan_source(const rwg__prescan *scan, uint32_t at);
/* The source span of a node that lies inside one piece, as every literal and name does. */
rwg_span rwg__prescan_source_span(const rwg__prescan *scan, rwg_span digest);
/* The 0-based source line of a byte of the digest; source is the text that was scanned. */
uint32_t rwg__prescan_line(const rwg__prescan *scan, rwg_str source, uint32_t at);

#endif
