/* Bytes as text, for data: addresses. */
#ifndef RWB_EMIT_BASE64_H
#define RWB_EMIT_BASE64_H

#include "base/buf.h"

/// Appends the bytes in base64, padded (RFC 4648, 4).
void rwb__base64(rwg_str bytes, rwg__buf *out);

#endif
