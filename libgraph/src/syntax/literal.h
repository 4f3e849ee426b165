/* The value of a string literal. */
#ifndef RWG_SYNTAX_LITERAL_H
#define RWG_SYNTAX_LITERAL_H

#include "base/buf.h"

/// What stands between a literal's quotes, with its escapes undone (ECMAScript 12.9.4, with the
/// octal escapes of scripts). Without escapes the result is `raw` itself, else it lies in
/// `scratch`. A surrogate without its partner becomes U+FFFD, since a specifier is UTF-8.
rwg_str rwg__literal_value(rwg__buf *scratch, rwg_str raw);

/// Adds that value to what `out` already holds.
void rwg__literal_add(rwg__buf *out, rwg_str raw);

#endif
