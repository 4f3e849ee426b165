#ifndef RWG_TEST_SYNTAX_SHOW_H
#define RWG_TEST_SYNTAX_SHOW_H

// Module records as short texts, so that a test reads as code on the left and meaning on the right.
//
// Every text is read twice, through its digest and as a whole; the two records must be equal
// (except for what only the whole file's tree knows: its syntax errors).

#include <rwgraph/module.h>

#include "test.h"

/// The record; the caller frees it with rwg_module_free.
rwg_module *parse(rwg_lang lang, const char *code);
rwg_module *parse_text(rwg_lang lang, rwg_str text);

/// Texts that are good until the next call of the same function:
///     static type a {x, type y, default}; reexport b {z}      marks: type, try, eager, not, side
const char *imports_of(rwg_lang lang, const char *code);
///     a, type T, b from ./x, * from ./y
const char *exports_of(rwg_lang lang, const char *code);
///     use client|use strict
const char *directives_of(rwg_lang lang, const char *code);
///     "esm", and behind it the flags: tla meta hot dynamic interop partial
const char *kind_of(rwg_lang lang, const char *code);
///     syntax-error@12: message; ...
const char *diags_of(rwg_lang lang, const char *code);

/// The same, of a record.
const char *show_imports(const rwg_module *m);
const char *show_exports(const rwg_module *m);
const char *show_diags(const rwg_module *m);

#endif
