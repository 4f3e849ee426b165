/* The factory form: what other passes need to know of it. */
#ifndef RWB_TRANSFORM_FACTORY_H
#define RWB_TRANSFORM_FACTORY_H

#include "transform/unit.h"

/* What the factory function gets. */
typedef enum rwb__factory_parameter {
    RWB__FACTORY_IMPORTS, /* __rwg_i: the namespaces of the imports */
    RWB__FACTORY_EXPORTS, /* __rwg_x: registers the exports */
    RWB__FACTORY_META,    /* __rwg_m: import.meta */
    RWB__FACTORY_DYNAMIC, /* __rwg_d: import() */
    RWB__FACTORY_REQUIRE, /* __rwg_r: require() */
    RWB__FACTORY_DEFAULT, /* __rwg_default: no parameter, what `export default` evaluated to */
} rwb__factory_parameter;

/// `stem`, or with a number behind it when the source has that name; always the same answer. In the
/// arena.
rwg_str rwb__factory_free_name(const rwb__unit *u, const char *stem);
/// True when the source becomes a CommonJS factory.
bool rwb__factory_is_commonjs(const rwb__unit *u);
/// The name of a parameter in this module: as above, with a number when the source has that name.
rwg_str rwb__factory_name(const rwb__unit *u, rwb__factory_parameter parameter);
/// By import of the record: which of __rwg_i it is, the first of them for an eager glob. Behind the
/// last: how many they all take. In the arena; linear in the imports.
const uint32_t *rwb__factory_slots(const rwb__unit *u);
/// Of the value of `export default`: the function or class that it begins with, which is a
/// declaration and ends with its body whatever the grammar takes for the rest; else the value.
uint32_t rwb__factory_declared(const rwb__unit *u, uint32_t value);
/// Is this what a `new URL` names, and an import of the factory form?
bool rwb__factory_imports_url(const rwb__unit *u, uint32_t import);
/// The import of the record that an imported name comes from, and how the name is read from its
/// namespace: ".name", ".default", "" for the namespace itself. RWG_NO_IMPORT for symbols that are
/// no import, or one that vanishes.
uint32_t rwb__factory_import_of(rwb__unit *u, uint32_t symbol, rwg_str *out_member);
/// By symbol: an expression for the value of an imported name, `__rwg_i[0].name`; "" for symbols
/// that are no import. In the arena.
const rwg_str *rwb__factory_import_texts(rwb__unit *u);

#endif
