/* One stylesheet on its way through the pass: its tokens, what is open at the moment, and what all
 * that read it need. The parts are style.c (statements), style_selectors.c and style_values.c. */
#ifndef RWB_STYLE_PASS_H
#define RWB_STYLE_PASS_H

#include "style/lexer.h"
#include "style/style.h"

typedef enum rwb__block_kind {
    RWB__BLOCK_RULES,
    RWB__BLOCK_KEYFRAMES, /* its selectors are percentages */
} rwb__block_kind;

typedef struct rwb__block {
    rwb__block_kind kind;
    bool global;     /* names in it are not local */
    bool unwrapped;  /* its brackets are not written: `:global { }` */
    bool simple;     /* each selector is one local class: composes may stand here */
    uint32_t owners; /* where its classes begin in pass.owners: its rule's, inside an at-rule */
    uint32_t kept;   /* how many classes there are outside of it */
} rwb__block;

typedef struct rwb__bracket {
    bool global; /* outside of it */
    bool inside; /* at its start */
    bool drop;   /* of :global() or :local() */
} rwb__bracket;

typedef struct rwb__pass {
    rwb__style *style;
    rwg__mem *mem;
    rwg_str text;
    rwg_str scope; /* "" = no module */
    const rwb__style_hooks *hooks;
    bool ruled; /* something has been read that ends the imports */
    rwb__style_tokens tokens;
    uint32_t at;
    RWG_VEC(rwb__block) blocks;
    RWG_VEC(uint32_t) owners; /* names of the classes of the open rules */
    RWG_VEC(rwb__bracket) brackets;
    rwg__strmap values; /* @value: name -> 1 + index into texts */
    RWG_VEC(rwg_str) texts;
    rwg__buf scratch;
} rwb__pass;

/* --- tokens --- */

const rwb__style_token *rwb__pass_token(const rwb__pass *p, uint32_t i);
rwg_str rwb__pass_text(const rwb__pass *p, uint32_t i);
/// False behind the last token.
bool rwb__pass_is(const rwb__pass *p, uint32_t i, rwb__style_kind kind);
bool rwb__pass_is_char(const rwb__pass *p, uint32_t i, char c);
/// Space or a comment?
bool rwb__pass_is_blank(const rwb__pass *p, uint32_t i);
/// The first token from `i` on that is not blank, at most `end`.
uint32_t rwb__pass_skip(const rwb__pass *p, uint32_t i, uint32_t end);
/// The end of [start, end) without blanks at its end.
uint32_t rwb__pass_trim(const rwb__pass *p, uint32_t start, uint32_t end);
/// The text of [start, end).
rwg_str rwb__pass_range(const rwb__pass *p, uint32_t start, uint32_t end);
/// What a name or a string stands for; in the style's arena.
rwg_str rwb__pass_unescape(rwb__pass *p, rwg_str raw);
/// The next ";", "{" or "}" that is not in brackets; braces: "{" is one of these.
uint32_t rwb__pass_find_end(const rwb__pass *p, uint32_t i, bool braces);

/* --- writing --- */

void rwb__pass_write(rwb__pass *p, rwg_str text);
/// Writes a token as it is.
void rwb__pass_copy(rwb__pass *p, uint32_t i);
/// Writes the line ends of [start, end) alone, so that the lines below stay where they are.
void rwb__pass_drop(rwb__pass *p, uint32_t start, uint32_t end);
/// Keeps the first problem, with the line of the token.
void rwb__pass_complain(rwb__pass *p, uint32_t i, const char *message);

/* --- style_values.c --- */

/// What stands for a name that @value has made, NULL for others.
const rwg_str *rwb__pass_value_of(const rwb__pass *p, uint32_t i);
/// Writes a value: addresses rewritten, names of values replaced.
void rwb__pass_write_value(rwb__pass *p, uint32_t start, uint32_t end);
/// Reads an @value rule, from its at-keyword on.
void rwb__pass_read_value(rwb__pass *p, uint32_t start, uint32_t end);
/// Writes the value of `animation` or `animation-name`.
void rwb__pass_write_animation(rwb__pass *p, uint32_t start, uint32_t end);

/* --- style_selectors.c --- */

/// Reads the value of `composes`, for the classes of the open rule.
void rwb__pass_read_composes(rwb__pass *p, uint32_t start, uint32_t end);
/// Writes a list of selectors and notes their classes; true when each is a single local class.
/// global: whether names are local where it stands.
bool rwb__pass_write_selector(rwb__pass *p, uint32_t start, uint32_t end, bool global);
/// Writes what stands between @keyframes and its block.
void rwb__pass_write_keyframes(rwb__pass *p, uint32_t start, uint32_t end, bool global);

#endif
