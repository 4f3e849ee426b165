/* Shared, immutable bytes: a cached module is written to any number of sockets without a copy.
 *
 * References are counted atomically, so a worker may make bytes and the loop's thread serve them.
 */
#ifndef RWB_SERVE_BYTES_H
#define RWB_SERVE_BYTES_H

#include "base/mem.h"

typedef struct rwb__bytes rwb__bytes;

/// A copy of the text, with one reference.
rwb__bytes *rwb__bytes_new(rwg__mem *mem, rwg_str text);
/// Room for len bytes, to be filled through *out_data before anybody else sees them.
rwb__bytes *rwb__bytes_room(rwg__mem *mem, uint32_t len, char **out_data);
/// Accepts NULL; gives back its argument.
rwb__bytes *rwb__bytes_keep(rwb__bytes *bytes);
/// Accepts NULL.
void rwb__bytes_drop(rwb__bytes *bytes);
/// Good as long as a reference is held; "" for NULL.
rwg_str rwb__bytes_str(const rwb__bytes *bytes);
/// The same in gzip's format; NULL when that is not smaller. Pure: any thread may call it.
rwb__bytes *rwb__bytes_gzip(rwg__mem *mem, rwg_str text);

#endif
