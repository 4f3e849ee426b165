/* The names that a CSS module exports, and what they are made into. */
#ifndef RWB_STYLE_NAMES_H
#define RWB_STYLE_NAMES_H

#include "style/style.h"

/// The place of a name, made when it is new.
uint32_t rwb__style_name_put(rwb__style *style, rwg_str name);
/// Adds a part. False when the module has too many of them.
bool rwb__style_part_add(rwb__style *style, uint32_t name, rwg_str text, rwg_str from);
/// Adds all parts of one name to another. False when there are too many.
bool rwb__style_parts_copy(rwb__style *style, uint32_t from, uint32_t to);
/// The class, id or animation that stands for a local name: exported, and itself its first part.
rwg_str rwb__style_local(rwb__style *style, rwg_str scope, rwg_str name);

#endif
