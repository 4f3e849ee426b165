/* Regions, whose ends dispose of what was declared in them, and what others have to know of the one
 * that a module is from its first `using` to its end. */
#ifndef RWB_TRANSFORM_USING_H
#define RWB_TRANSFORM_USING_H

#include "transform/unit.h"

typedef struct rwb__using_region {
    uint8_t kind;
    bool awaits;
    uint32_t node;  /* the block, the program, the loop or the switch */
    uint32_t first; /* its first declaration */
    rwg_str env;
} rwb__using_region;

/// The first statement of the module that will stand in a try statement, as all behind it will:
/// what is declared there has to be a variable of the function around it. UINT32_MAX without one.
uint32_t rwb__using_start(const rwb__unit *u);

/* --- private to using.c and using_module.c --- */

/// Adds to the current edit what stands in front of the region's code, and behind it.
void rwb__using_put_opening(rwb__unit *u, const rwb__using_region *r);
void rwb__using_put_ending(rwb__unit *u, const rwb__using_region *r);
/// Writes the region of a module, from its first declaration to the text's end.
void rwb__using_write_module(rwb__unit *u, const rwb__using_region *r);

#endif
