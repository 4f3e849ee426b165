/* Programs of the user: the editor, in which links of the error overlay open files, and the
 * browser, in which --open opens the first page. */
#ifndef RWB_DEV_EDITOR_H
#define RWB_DEV_EDITOR_H

#include <rwgraph/status.h>

/// Opens `place`, an absolute path with ":line:column" behind it, in the program that
/// RWGRAPH_EDITOR names, else LAUNCH_EDITOR, else "code". Programs of Visual Studio Code's family
/// get the place, others the path alone. Does not wait. RWG_IO when the program cannot be started.
rwg_status rwb__editor_open(rwg_str place, rwg_error *err);

/// Opens an address in the program that BROWSER names ("none": nowhere), else in what the system
/// opens addresses with. Does not wait. RWG_IO when the program cannot be started.
rwg_status rwb__page_open(rwg_str url, rwg_error *err);

#endif
