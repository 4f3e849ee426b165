/* The module record of a stylesheet: what it imports and which files it names. */
#ifndef RWG_SYNTAX_READ_CSS_H
#define RWG_SYNTAX_READ_CSS_H

#include "record/record.h"

/// Adds the imports of a stylesheet. CSS has no errors: what cannot be read is skipped, as browsers
/// do.
void rwg__read_css(rwg__record_builder *out, rwg__mem *mem, rwg_str text);

#endif
