/* Values that stylesheets take from each other (`@value a from "./b.css"`), in texts that are made
 * of many sheets: marks stand for them until all sheets are read. */
#ifndef RWB_LINK_SHEET_VALUES_H
#define RWB_LINK_SHEET_VALUES_H

#include "base/map.h"
#include "link/sheets.h"

typedef struct rwb__sheet_value {
    rwg_node node; /* the stylesheet that has it */
    rwg_str name;
    rwg_str text; /* with marks in it; read when it is first needed */
    bool read;
} rwb__sheet_value;

typedef struct rwb__sheet_values {
    const rwb__sheets_input *input;
    rwg__buf *problems;
    rwg__arena arena;
    RWG_VEC(rwb__sheet_value) items;
    rwg__strmap by_name; /* "<node>:<name>" -> 1 + index */
} rwb__sheet_values;

void rwb__sheet_values_init(
    rwb__sheet_values *v, const rwb__sheets_input *input, rwg__buf *problems
);
void rwb__sheet_values_deinit(rwb__sheet_values *v);
/// What stands for a value of a stylesheet; good as long as `v` is.
rwg_str rwb__sheet_values_mark(rwb__sheet_values *v, rwg_node node, rwg_str name);
/// Puts the values in the place of their marks.
void rwb__sheet_values_fill(rwb__sheet_values *v, rwg__buf *text);

#endif
