/* The patterns of the grammar gaps, and what is written in their place. Private to gaps.c. */
#ifndef RWG_SYNTAX_GAP_RULES_H
#define RWG_SYNTAX_GAP_RULES_H

#include "syntax/gaps.h"

typedef struct rwg__patcher {
    rwg__gaps *gaps;
    rwg_str text; /* as it was written */
    char *seen;   /* as it will be parsed; equal length */
    uint32_t len;
    bool typescript;
    bool jsx;
    bool changed;
    uint64_t steps; /* bytes that rules may still look ahead over, all together */
} rwg__patcher;

/// Tries the rules for types at a name, or at one of < ( [ {.
void rwg__gap_try_type_word(rwg__patcher *p, uint32_t i);
void rwg__gap_try_type_bracket(rwg__patcher *p, uint32_t i);
/// Tries the rules for targets of assignments: at one of [ {, and at the word `for`.
bool rwg__gap_assignment_target(rwg__patcher *p, uint32_t i);
bool rwg__gap_loop_target(rwg__patcher *p, uint32_t i);
/// Tries the rules for classes and what stands in them.
bool rwg__gap_try_class_word(rwg__patcher *p, uint32_t i);
bool rwg__gap_decorator(rwg__patcher *p, uint32_t i);
bool rwg__gap_generator_member(rwg__patcher *p, uint32_t i);
/// Hides the type arguments of every tagged template: where they are no error to the grammar, it
/// takes them for comparisons.
void rwg__gap_tagged_templates(rwg__patcher *p);
/// Blanks the type parameters of a function type that is the first type argument, a<<T>(b: T) =>
/// c>(d): the grammar reads a shift.
void rwg__gap_double_angles(rwg__patcher *p);
/// Patches every import("s") in a type at once, since one file has hundreds of them.
void rwg__gap_import_types(rwg__patcher *p);

/// Rules that are safe wherever their pattern stands.
void rwg__gap_rules_everywhere(rwg__patcher *p);
/// Rules that are tried around an error only.
void rwg__gap_rules_window(rwg__patcher *p, rwg_span window);

#endif
