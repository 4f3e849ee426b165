/* Patterns for request targets, as `proxy` and its like take them: a text that the target begins
 * with, or, when it begins with ^, a regular expression as JavaScript writes them.
 *
 * Expressions are POSIX's underneath. Whether one matches is all that is asked, so what JavaScript
 * has besides is either translated (\d, \w, \s, (?:…), lazy quantifiers, which match the same
 * texts) or refused with a word on what to write instead: lookaround, back references, \b. */
#ifndef RWB_SERVE_URL_PATTERN_H
#define RWB_SERVE_URL_PATTERN_H

#include <rwgraph/status.h>

#include "base/mem.h"

typedef struct rwb__pattern rwb__pattern;

/// RWG_SYNTAX with a text for the user when it is an expression and no good one. The text is not
/// borrowed.
rwg_status rwb__pattern_new(rwg__mem *mem, rwg_str text, rwb__pattern **out, rwg_error *err);
/// Accepts NULL.
void rwb__pattern_free(rwb__pattern *pattern);
/// A target with a NUL in it, or longer than RWB__LIMIT_TARGET, matches no expression.
bool rwb__pattern_matches(const rwb__pattern *pattern, rwg_str target);

#endif
