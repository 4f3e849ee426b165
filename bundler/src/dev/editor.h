/* Opens a file of the project in the user's editor: what links in the error overlay ask for. */
#ifndef RWB_DEV_EDITOR_H
#define RWB_DEV_EDITOR_H

#include <rwgraph/status.h>

/// Opens `place`, an absolute path with ":line:column" behind it, in the program that
/// RWGRAPH_EDITOR names, else LAUNCH_EDITOR, else "code". Programs of Visual Studio Code's family
/// get the place, others the path alone. Does not wait. RWG_IO when the program cannot be started.
rwg_status rwb__editor_open(rwg_str place, rwg_error *err);

#endif
