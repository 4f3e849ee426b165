/* Stylesheets that only code of the server imports: no script of the page shows them, so pages get
 * them as one stylesheet, which the runtime links in what the app renders. */
#ifndef RWB_DEV_SERVER_STYLES_H
#define RWB_DEV_SERVER_STYLES_H

#include "dev/setup.h"
#include "link/view.h"

/* Where pages get it. */
#define RWB__SERVER_STYLES "/@rwgraph/styles.css"

/// Is this a stylesheet that scripts of the page do not show?
bool rwb__server_styles_has(const rwb__setup *setup, const rwb__view *view, rwg_node node);
/// Are there any in this generation?
bool rwb__server_styles_any(const rwb__setup *setup, const rwb__view *view);
/// Appends their text, in the order in which the server's code evaluates.
void rwb__server_styles_write(const rwb__setup *setup, const rwb__view *view, rwg__buf *out);

#endif
