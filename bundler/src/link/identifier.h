/* Names that code we write can bind or export as they are. */
#ifndef RWB_LINK_IDENTIFIER_H
#define RWB_LINK_IDENTIFIER_H

#include <rwgraph/base.h>

/// An ASCII identifier that is no reserved word of a module.
bool rwb__is_identifier(rwg_str name);

#endif
