/* The tokens of a page: comments, tags and raw text, found the way the HTML standard's tokenizer
 * does where it matters here. Any bytes are taken. */
#ifndef RWB_SERVE_HTML_SCAN_H
#define RWB_SERVE_HTML_SCAN_H

#include <rwgraph/base.h>

/* Attributes of one tag that are looked at. */
#define RWB__HTML_ATTRIBUTES 64

typedef struct rwb__html_attribute {
    rwg_str name;
    rwg_str value;
    uint32_t value_start; /* in the page; of the text inside the quotes */
    bool has_value;
    bool quoted;
} rwb__html_attribute;

typedef enum rwb__html_kind {
    RWB__HTML_TEXT,
    RWB__HTML_COMMENT, /* and doctypes: copied */
    RWB__HTML_OPEN_TAG,
    RWB__HTML_CLOSE_TAG,
    RWB__HTML_RAW_TEXT, /* inside of script, style, textarea, title */
} rwb__html_kind;

typedef struct rwb__html_token {
    rwb__html_kind kind;
    rwg_span span;
    rwg_str name;      /* of a tag */
    uint32_t name_end; /* of an opening tag, in the page */
    uint32_t count;    /* of attributes */
    rwb__html_attribute attributes[RWB__HTML_ATTRIBUTES];
} rwb__html_token;

typedef struct rwb__html_scanner {
    rwg_str html;
    uint32_t at;
    rwg_str raw; /* the tag whose raw text comes next, or "" */
} rwb__html_scanner;

/// The next token; false at the end. Begin with the page in `html` and `raw` empty.
bool rwb__html_next(rwb__html_scanner *s, rwb__html_token *out);
/// The attribute of an opening tag, or NULL.
const rwb__html_attribute *rwb__html_find(const rwb__html_token *t, const char *name);
/// Has the tag this attribute with this value, in any case of letters?
bool rwb__html_is(const rwb__html_token *t, const char *name, const char *value);
/// `expected` is in small letters.
bool rwb__html_same(rwg_str text, const char *expected);
bool rwb__html_is_space(char c);
bool rwb__html_is_letter(char c);

#endif
