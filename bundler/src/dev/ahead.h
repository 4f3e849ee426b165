/* What pages are going to ask for when they hear of an update.
 *
 * A page learns what a module imports only when it has the module, and then of a package only what
 * its facade names: three answers one after the other. The server knows all three as soon as there
 * is the generation. So it compiles what was replaced while the message is on its way, and the
 * message names what is imported for the first time. Nothing rests on either. */
#ifndef RWB_DEV_AHEAD_H
#define RWB_DEV_AHEAD_H

#include "dev/dev_state.h"

/// Starts to compile the modules that a plan replaces and those that come with them. With a writer,
/// adds "preload" to the message that is being written: URLs that no page has had, if there are
/// any. Does nothing without pages.
void rwb__dev_look_ahead(rwb__dev *d, const rwb__hot_plan *plan, rwg_json_writer *json);

#endif
