/* The allocation around a record: the reference count that lies in front of its bytes. Private to
 * this folder. */
#ifndef RWG_RECORD_MODULE_BLOCK_H
#define RWG_RECORD_MODULE_BLOCK_H

#include "record/record.h"

/// A copy of `size` record bytes behind a count of one. The bytes are trusted.
rwg_module *rwg__module_block_new(rwg__mem *mem, const void *bytes, uint32_t size);

#endif
