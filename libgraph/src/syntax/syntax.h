/* Bytes -> module record. The door of this folder; everything else in it is private to it.
 *
 *   lang.c       which language a file name asks for
 *   prescan*.c   one linear pass that boils a script down to its digest
 *   source.c     tree-sitter over a digest, or over the whole text; holds the parsers
 *   grammar.c    node types and fields of the grammars as small numbers
 *   gap*.c       code the grammars do not know, patched in a copy after an error (GAPS.md)
 *   extract*.c   tree -> record, the same code for both ways
 *   read_script.c  a whole script's text -> tree, its gaps patched; used by parse.c and tree.c
 *   errors.c     what remaining syntax errors are called
 *   read_json.c read_css.c   the two languages that are not scripts, without a tree
 *   parse.c      the driver: hash, digest, tree, extraction, kind
 *   tree.c       tree -> flat array, for tools (rwgraph/sys/source.h)
 *
 * The rule of the folder: the fast way (digest) and the full way (whole text) give the same record,
 * byte for byte, except that the full way may know syntax errors the fast way does not look for.
 * When the prescan is not sure, or the digest's tree has an error, the whole text is parsed. */
#ifndef RWG_SYNTAX_SYNTAX_H
#define RWG_SYNTAX_SYNTAX_H

#include "base/mem.h"
#include "record/record.h"

/* Parsers and scratch memory, reused from file to file. One per thread. */
typedef struct rwg__parser rwg__parser;

rwg__parser *rwg__parser_new(rwg__mem *mem);
void rwg__parser_free(rwg__parser *parser);

typedef struct rwg__parse_stats {
    bool full;       /* the whole text went through tree-sitter */
    uint32_t ranges; /* pieces that the digest has of the file */
    uint32_t bytes;  /* bytes that tree-sitter read */
} rwg__parse_stats;

/* Which grammars this build has, e.g. "tree-sitter 0.25.0 javascript 0.25.0 typescript 0.23.2 css
 * 0.25.0": part of the key of stored records. */
rwg_str rwg__grammar_versions(void);

/* A record with one reference; never NULL: what cannot be read becomes diagnostics (binary data,
 * invalid UTF-8, NUL, syntax). text must be at most RWG_LIMIT_SOURCE_BYTES. out_stats may be NULL.
 */
rwg_module *rwg__parse(
    rwg__parser *parser, rwg_str text, const rwg_parse_options *options, rwg__parse_stats *out_stats
);

#endif
