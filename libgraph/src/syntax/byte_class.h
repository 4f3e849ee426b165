/* Classes of ASCII bytes, for the readers that look at text instead of a tree. */
#ifndef RWG_SYNTAX_BYTE_CLASS_H
#define RWG_SYNTAX_BYTE_CLASS_H

#include <rwgraph/base.h>

static inline bool rwg__is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/// A byte of an identifier; every byte above 127 counts as one.
static inline bool rwg__is_name_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || (unsigned char)c >= 0x80;
}

static inline bool rwg__is_name_start(char c) {
    return rwg__is_name_byte(c) && !(c >= '0' && c <= '9');
}

#endif
