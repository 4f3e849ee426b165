/* CSS text -> tokens, as CSS Syntax Level 3 has them. The texts of all tokens, one behind the
 * other, are the text: what is not changed is copied byte by byte. */
#ifndef RWB_STYLE_LEXER_H
#define RWB_STYLE_LEXER_H

#include "base/buf.h"

typedef enum rwb__style_kind {
    RWB__STYLE_SPACE,
    RWB__STYLE_COMMENT,
    RWB__STYLE_IDENT,
    RWB__STYLE_FUNCTION, /* with its "(" */
    RWB__STYLE_AT,       /* with its "@" */
    RWB__STYLE_HASH,     /* with its "#" */
    RWB__STYLE_STRING,   /* with its quotes; a bad one ends before the line's end */
    RWB__STYLE_URL,      /* "url(" to ")", its text not quoted */
    RWB__STYLE_NUMBER,   /* with its unit */
    RWB__STYLE_OPEN,     /* ( [ { */
    RWB__STYLE_CLOSE,    /* ) ] } */
    RWB__STYLE_DELIM,    /* any other byte, ":" ";" "," and "<!--" among them */
} rwb__style_kind;

typedef struct rwb__style_token {
    uint8_t kind;
    bool id; /* HASH: its name could be an identifier */
    uint32_t start;
    uint32_t end;
} rwb__style_token;

typedef RWG_VEC(rwb__style_token) rwb__style_tokens;

/// Appends the tokens of the text. Linear; nothing is invalid.
void rwb__style_lex(rwg__mem *mem, rwg_str text, rwb__style_tokens *out);
/// Appends what a name, a string with its quotes, or the inside of a url() stands for, its escapes
/// resolved.
void rwb__style_unescape(rwg_str raw, rwg__buf *out);
/// Appends the text as a string in double quotes.
void rwb__style_quote(rwg_str value, rwg__buf *out);
/// The specifier between the brackets of a URL token, without the space around it.
rwg_str rwb__style_url_inside(rwg_str token);
/// Can the byte be part of a name?
bool rwb__style_is_name(char c);
/// Compares with a word in lower case, ASCII letters of either case being equal.
bool rwb__style_is(rwg_str text, const char *lower);

#endif
