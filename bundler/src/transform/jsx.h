/* What the files of the JSX pass share. */
#ifndef RWB_TRANSFORM_JSX_H
#define RWB_TRANSFORM_JSX_H

#include "transform/unit.h"

/* How one file's JSX is compiled: the options, and the pragmas of its comments over them. */
typedef struct rwb__jsx_settings {
    rwb_jsx runtime;
    rwg_str source;   /* what the automatic runtime is imported from: "react" */
    rwg_str factory;  /* classic: "React.createElement" */
    rwg_str fragment; /* classic: "React.Fragment" */
} rwb__jsx_settings;

/// Reads `@jsx`, `@jsxFrag`, `@jsxRuntime` and `@jsxImportSource` in the module's comments.
rwb__jsx_settings rwb__jsx_settings_of(const rwb__unit *u);

/// The code point of a named character reference, given without `&` and `;`; 0 when unknown.
uint32_t rwb__jsx_entity(rwg_str name);
/// The value of JSX text: lines trimmed and joined by spaces, character references decoded. False
/// when nothing is left. *out_start: where in the text its first character stands. In the arena.
bool rwb__jsx_text(rwb__unit *u, rwg_str text, rwg_str *out_value, uint32_t *out_start);
/// The value of a string attribute, given without its quotes. In the arena.
rwg_str rwb__jsx_string(rwb__unit *u, rwg_str text);

#endif
