/* The allocation around a record: the reference count that lies in front of its bytes. Private to
 * this folder. */
#ifndef RWG_RECORD_MODULE_BLOCK_H
#define RWG_RECORD_MODULE_BLOCK_H

#include "record/record.h"

/// Room for a record of `size` bytes behind a count of one, not cleared. Whoever asks fills all of
/// it; until head.size is there, nobody may release it.
rwg_module *rwg__module_block_new(rwg__mem *mem, uint32_t size);

#endif
