/* Where a server of a project listens and who may ask it: the program's options over the project's
 * configuration; and how its addresses are said. */
#ifndef RWB_DEV_LISTENING_H
#define RWB_DEV_LISTENING_H

#include "base/buf.h"
#include "dev/dev_config.h"

/* What the program was told; nothing said is 0. */
typedef struct rwb__listening {
    rwg_str host;
    uint16_t port;
    uint16_t standard_port; /* when the project says none either */
    bool any_port;
    bool strict_port;
    rwg_str cert;
    rwg_str key;
    rwg_str token; /* of WebSockets; "" = none is asked for */
} rwb__listening;

/// Sets all of *out that is not about requests, and *out_access, which *out borrows. Texts are
/// borrowed from both.
void rwb__listening_apply(
    const rwb__listening *said,
    const rwb__dev_config *site,
    rwb__access *out_access,
    rwb__http_options *out
);
/// Appends the address at which this machine reaches the server: "http://localhost:5173/app/".
/// host: as it was applied.
void rwb__listening_local(
    const rwb__http *http, const rwb__dev_config *site, rwg_str host, rwg__buf *out
);
/// That, and this machine's addresses in its networks when the server listens there, a line each.
void rwb__listening_all(
    const rwb__http *http, const rwb__dev_config *site, rwg_str host, rwg__buf *out
);

#endif
