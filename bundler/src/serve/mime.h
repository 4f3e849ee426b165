/* Content types by extension. */
#ifndef RWB_SERVE_MIME_H
#define RWB_SERVE_MIME_H

#include <rwgraph/base.h>

/// By the path's last extension, in any case of letters; text types come with their charset.
/// "application/octet-stream" for the unknown. TypeScript and JSX are text/javascript.
const char *rwb__mime_type(rwg_str path);
/// True when bytes of this type shrink: text, JavaScript, JSON, SVG, XML, WebAssembly.
bool rwb__mime_is_text(rwg_str type);

#endif
