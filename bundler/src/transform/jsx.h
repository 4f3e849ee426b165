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

rwb__jsx_settings rwb__jsx_settings_of(const rwb__unit *u);
/// The import of the record that stands for the runtime named by a comment, or RWG_NO_IMPORT.
uint32_t rwb__jsx_import(const rwb__unit *u);

/* X(function, name): what runtimes offer. */
#define RWB__JSX_FUNCTION_MAP(X)                                                                   \
    X(JSX, "jsx")                                                                                  \
    X(JSXS, "jsxs")                                                                                \
    X(JSX_DEV, "jsxDEV")                                                                           \
    X(FRAGMENT, "Fragment")                                                                        \
    X(CREATE_ELEMENT, "createElement")

typedef enum rwb__jsx_function {
#define X(function, name) RWB__JSX_FUNCTION_##function,
    RWB__JSX_FUNCTION_MAP(X)
#undef X
    RWB__JSX_FUNCTION_COUNT
} rwb__jsx_function;

/* A name of the classic runtime, and what the symbol it refers to made of it. */
typedef struct rwb__jsx_classic {
    uint32_t symbol;
    rwg_str name; /* "" = none yet */
} rwb__jsx_classic;

/* How the calls of one module name the runtime's functions, and which of them they use. */
typedef struct rwb__jsx_runtime {
    rwb__unit *u;
    rwb__jsx_settings settings;
    uint32_t import; /* of the record, or RWG_NO_IMPORT: behind those of the record */
    rwb_link link;   /* what it is reached by */
    rwg_str names[RWB__JSX_FUNCTION_COUNT];
    bool used[RWB__JSX_FUNCTION_COUNT];
    rwg_str file_name; /* _jsxFileName */
    bool uses_file_name;
    bool may_import_source; /* createElement can be imported by name */
    const rwg_str *texts;   /* by symbol, in the factory form: how imports are read */
    rwb__jsx_classic factory;
    rwb__jsx_classic fragment;
} rwb__jsx_runtime;

void rwb__jsx_runtime_init(rwb__jsx_runtime *runtime, rwb__unit *u, rwb__jsx_settings settings);
/// What to call for a function of the automatic runtime; it counts as used.
rwg_str rwb__jsx_runtime_use(rwb__jsx_runtime *runtime, rwb__jsx_function function);
/// What to call for an element, and the tag of a fragment, in the classic runtime; by the names
/// that are in scope at the element.
rwg_str rwb__jsx_runtime_factory(rwb__jsx_runtime *runtime, uint32_t element);
rwg_str rwb__jsx_runtime_fragment(rwb__jsx_runtime *runtime, uint32_t element);
/// An expression for the nonce of the request being rendered; the module that has it counts as
/// imported.
rwg_str rwb__jsx_runtime_nonce(rwb__jsx_runtime *runtime);
/// Adds to the unit's head what the used names need, and sets its extras.
void rwb__jsx_runtime_write(const rwb__jsx_runtime *runtime);

/// The code point of a named character reference, given without `&` and `;`; 0 when unknown.
uint32_t rwb__jsx_entity(rwg_str name);
/// The value of JSX text: lines trimmed and joined by spaces, character references decoded. False
/// when nothing is left. *out_start: where in the text its first character stands. In the arena.
bool rwb__jsx_text(rwb__unit *u, rwg_str text, rwg_str *out_value, uint32_t *out_start);
/// The value of a string attribute, given without its quotes. In the arena.
rwg_str rwb__jsx_string(rwb__unit *u, rwg_str text);

#endif
