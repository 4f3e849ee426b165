/* The state of one prescan, and what its files offer each other. Private to prescan*.c.
 *
 *   prescan.c            the pass: next interesting byte, brackets, literals
 *   prescan_text.c       bytes alone: block masks, skipping literals and comments, words
 *   prescan_context.c    what a position means: regular expression or division, function body, try
 *   prescan_jsx.c        templates and JSX: text with code inside
 *   prescan_statement.c  prologue, import and export statements -> digest
 *   prescan_call.c       import(), import.meta, require(), exports, await -> digest
 *   prescan_digest.c     writing the digest; from its positions back to the source
 *
 * The pass does not make tokens. It jumps from interesting byte to interesting byte (brackets,
 * quotes, slashes, and the letters that begin a word of module syntax) and looks back at the text
 * only where meaning hangs on it: most bytes of a program are never looked at one by one. Looking
 * back is bounded: over white space and comments (whose last run is remembered), then over one word
 * of at most RWG__WORD_MAX bytes.
 *
 * Invariants: levels[0] is the program and is always there; a level's facts about its surroundings
 * (context, callee) are computed at most once, because nothing around an open bracket changes while
 * it is open. Both keep the whole pass linear. */
#ifndef RWG_SYNTAX_PRESCAN_SCAN_H
#define RWG_SYNTAX_PRESCAN_SCAN_H

#include "syntax/prescan.h"

/* No word that matters is longer. */
#define RWG__WORD_MAX 24u
/* Names that are looked back over are seldom longer. */
#define RWG__NAME_MAX 256u

/* A level's kind: its bracket, or one of these. */
enum {
    RWG__LEVEL_ROOT = 0,
    RWG__LEVEL_TEMPLATE = '$', /* ${ in a template */
    RWG__LEVEL_TAG = '<',      /* a JSX tag, from < to > */
    RWG__LEVEL_CHILDREN = '>', /* between a JSX opening and closing tag */
    RWG__LEVEL_JSX_CODE = 'x', /* { } in a tag or between tags */
};

/* Bits of a level's context: what encloses its inside. */
enum {
    RWG__CONTEXT_KNOWN = 1,
    RWG__CONTEXT_TRY = 2,
    RWG__CONTEXT_FUNCTION = 4, /* or class: where await is not the program's */
    RWG__CONTEXT_DOUBT = 8,    /* perhaps a function */
};

/* What is called with a level's parentheses. */
typedef enum rwg__callee {
    RWG__CALLEE_UNKNOWN, /* not computed yet */
    RWG__CALLEE_OTHER,
    RWG__CALLEE_URL,     /* new URL( */
    RWG__CALLEE_WORKER,  /* new Worker(, new SharedWorker( */
    RWG__CALLEE_EXPORTS, /* Object.defineProperty(, __exportStar( and the like */
} rwg__callee;

struct rwg__scan_level {
    uint32_t open;          /* offset of the bracket */
    uint32_t comment_start; /* the run of comments last seen before it */
    uint32_t comment_end;
    uint32_t paren_open; /* the '(' of the last ')' before it */
    uint32_t arrow;      /* last `=>` directly inside whose body is an expression; 0 = none */
    uint32_t callee_start;
    uint8_t kind;
    uint8_t context; /* RWG__CONTEXT_*; 0 = not computed yet */
    uint8_t callee;  /* rwg__callee */
};

/* What a copy in progress is; it decides what is checked and written when its bracket closes. */
typedef enum rwg__copy_kind {
    RWG__COPY_NONE,
    RWG__COPY_CALL,
    RWG__COPY_IMPORT,  /* import(...): a call, or a type in TypeScript */
    RWG__COPY_EXPORTS, /* module.exports = {...}, and calls that define exports */
    RWG__COPY_WORKER,  /* new Worker(new URL(...)), up to the end of new URL(...) */
    RWG__COPY_PATTERN, /* the destructuring pattern of an exported variable, the first of its
                          statement */
    RWG__COPY_NEXT,    /* the same, for a further one */
} rwg__copy_kind;

typedef struct rwg__scan {
    const uint8_t *s;
    uint32_t len;
    uint32_t begin; /* after a byte order mark */
    bool typescript;
    bool jsx;
    bool literals;      /* literals are noted, and nothing is copied */
    bool await_written; /* the digest has its `await 0;` */
    bool asks_for_jsx;  /* the digest has comments about JSX: the pass looks for some to its end */
    bool exports_written; /* the digest has a mere mention of exports */
    rwg__prescan *out;
    rwg__mem *mem;

    uint32_t comment_start; /* the last run of comments with only white space between them */
    uint32_t comment_end;
    uint32_t regex_end; /* ends of the literals whose last byte alone does not tell what it ended */
    uint32_t jsx_end;
    rwg__scan_level paren; /* the levels closed by the last ')' and '}' */
    rwg__scan_level brace;

    rwg__copy_kind copy; /* text being copied until level copy_level closes */
    uint32_t copy_start;
    uint32_t copy_level;

    /* Between `export const a` and the end of that statement, level 0 is read byte by byte for
     * further declarators. */
    bool watch;
    bool initializer;      /* after a declarator's '=' */
    bool angle_doubt;      /* a '<' was seen that may begin type arguments */
    uint32_t segment;      /* where the unread part of level 0 begins */
    uint32_t gap_until;    /* newlines before this offset have been judged */
    uint32_t angle_until;  /* bytes before this offset are type arguments */
    uint32_t angle_budget; /* bytes that may still be looked at in vain for their end */

    uint32_t line_at; /* line is the 0-based line of this offset */
    uint32_t line;
} rwg__scan;

/* --- prescan_text.c --------------------------------------------------------------------------- */

enum {
    RWG__CHAR_SPACE = 1,
    RWG__CHAR_WORD = 2
};

extern const uint8_t rwg__char_class[256];

static inline bool rwg__is_space(uint8_t c) {
    return (rwg__char_class[c] & RWG__CHAR_SPACE) != 0;
}

/* A byte of an identifier or number; every byte of a non-ASCII character counts. */
static inline bool rwg__is_word(uint8_t c) {
    return (rwg__char_class[c] & RWG__CHAR_WORD) != 0;
}

/* Bytes the pass must look at, one bit each, among the 64 at p. Reads 65 bytes. */
uint64_t rwg__text_mask(const uint8_t *p, bool jsx);
/* First of a, b, c, d at or after pos, or len. */
uint32_t
rwg__text_find4(const rwg__scan *s, uint32_t pos, uint8_t a, uint8_t b, uint8_t c, uint8_t d);
/* Line ends in [start, end): \n, \r, \r\n as one, U+2028 and U+2029, as editors of JavaScript count
 * them. */
uint32_t rwg__text_lines(rwg_str text, uint32_t start, uint32_t end);
/* The end of the last word that can begin module syntax: what follows it has none. 0 = there is no
 * such word. */
uint32_t rwg__text_last_word(const uint8_t *p, uint32_t len);
/* Each takes the offset of an opening byte and gives the end (after the last byte), or 0 if there
 * is none. */
uint32_t rwg__text_string(const rwg__scan *s, uint32_t quote);
uint32_t rwg__text_regex(const rwg__scan *s, uint32_t slash);
uint32_t rwg__text_comment(const rwg__scan *s, uint32_t slash);
/* From an opening '<' to after its '>', as TypeScript's type arguments or parameters; 0 if it is
 * not that. Looks no further than *stop, which becomes where it gave up. */
uint32_t rwg__text_angles(const rwg__scan *s, uint32_t less, uint32_t *stop);
/* The same, for a few kilobytes: callers that may look more than once. */
uint32_t rwg__text_angles_nearby(const rwg__scan *s, uint32_t less);
/* First byte at or after pos that is neither white space nor in a comment, or len. */
uint32_t rwg__text_skip(const rwg__scan *s, uint32_t pos);
uint32_t rwg__text_word_end(const rwg__scan *s, uint32_t pos);
/* Start of the word that ends at end; at most RWG__WORD_MAX + 1 bytes back. */
uint32_t rwg__text_word_start(const rwg__scan *s, uint32_t end);
/* The same for names of any usual length, RWG__NAME_MAX. */
uint32_t rwg__text_name_start(const rwg__scan *s, uint32_t end);
/* [start, end) is this word. */
bool rwg__text_is(const rwg__scan *s, uint32_t start, uint32_t end, const char *word);
/* [start, end) is one of these words; NULL ends the list. */
bool rwg__text_is_any(const rwg__scan *s, uint32_t start, uint32_t end, const char *const *words);
/* A character that is white space, but not ASCII, ends at or begins at pos. */
bool rwg__text_odd_space(const rwg__scan *s, uint32_t pos);

/* --- prescan_context.c ------------------------------------------------------------------------ */

typedef enum rwg__expect {
    RWG__EXPECT_OPERAND,  /* a slash begins a regular expression, a '<' JSX */
    RWG__EXPECT_OPERATOR, /* a slash divides */
    RWG__EXPECT_DOUBT,
} rwg__expect;

/* Offset after the last byte before pos that is neither white space nor in the last run of
 * comments. */
uint32_t rwg__scan_before(const rwg__scan *s, uint32_t pos);
/* What the text before pos calls for; pos must be where the pass is. */
rwg__expect rwg__scan_expect(const rwg__scan *s, uint32_t pos);
/* RWG__CONTEXT_* of pos, inside the innermost level. */
uint8_t rwg__scan_context(rwg__scan *s, uint32_t pos);
/* What the level, if it is a '(', is the argument list of. */
rwg__callee rwg__scan_callee(rwg__scan *s, rwg__scan_level *level);
/* The word at start is a property (a.word) or private name, not a word of its own. */
bool rwg__scan_is_member(const rwg__scan *s, uint32_t start);

/* --- prescan.c -------------------------------------------------------------------------------- */

/* Gives up: notes the reason, returns the end of the text. */
uint32_t rwg__scan_doubt(rwg__scan *s, uint32_t pos, const char *why);
void rwg__scan_open(rwg__scan *s, uint32_t pos, uint8_t kind);

static inline rwg__scan_level *rwg__scan_top(const rwg__scan *s) {
    return s->out->levels.ptr + s->out->levels.len - 1;
}

static inline bool rwg__scan_at_root(const rwg__scan *s) {
    return s->out->levels.len == 1;
}

/* Notes that [start, end) is no code. */
static inline void
rwg__scan_literal(rwg__scan *s, rwg__literal_kind kind, uint32_t start, uint32_t end) {
    if (s->literals) {
        *rwg__vec_push(&s->out->literals, s->mem) = (rwg__literal){{start, end}, kind};
    }
}

/* --- prescan_jsx.c ---------------------------------------------------------------------------- */
/* Each returns where code goes on. */

/* After a backtick, or after the } of a ${. */
uint32_t rwg__scan_template(rwg__scan *s, uint32_t pos);
/* At a '<' in code. */
uint32_t rwg__scan_less(rwg__scan *s, uint32_t less);
/* After the } of code inside JSX. */
uint32_t rwg__scan_jsx(rwg__scan *s, uint32_t pos);

/* --- prescan_statement.c ---------------------------------------------------------------------- */
/* Each returns where the pass goes on. */

/* Byte order mark, hashbang, directives. */
uint32_t rwg__scan_prologue(rwg__scan *s);
/* At the keyword of a statement of the program. */
uint32_t rwg__scan_import(rwg__scan *s, uint32_t start);
uint32_t rwg__scan_export(rwg__scan *s, uint32_t start);
/* Reads level 0 up to pos for further declarators of an export; returns 0, or where to go on
 * instead. */
uint32_t rwg__scan_segment(rwg__scan *s, uint32_t pos);
/* A '<' at level 0 of a watched statement that is no JSX. */
void rwg__scan_angle(rwg__scan *s, uint32_t less);

/* --- prescan_call.c --------------------------------------------------------------------------- */

/* At an interesting letter; returns where to go on, at least pos + 1. */
uint32_t rwg__scan_word(rwg__scan *s, uint32_t pos);
/* Level copy_level has closed, at end - 1. Returns where to go on. */
uint32_t rwg__scan_copied(rwg__scan *s, uint32_t end);

/* --- prescan_digest.c ------------------------------------------------------------------------- */

void rwg__digest_glue(rwg__scan *s, const char *text);
void rwg__digest_piece(rwg__scan *s, uint32_t start, uint32_t end);

#endif
