/* Spans of time for --trace: the Chrome trace event format (catapult, "Trace Event Format", phase
 * X).
 *
 * A trace is made by the caller and handed down; NULL means off and costs one branch. Any thread.
 */
#ifndef RWG_BASE_TRACE_H
#define RWG_BASE_TRACE_H

#include <rwgraph/sink.h>

#include "base/mem.h"

typedef struct rwg__trace rwg__trace;

/* Nanoseconds of a clock that never goes back. */
uint64_t rwg__now_ns(void);

rwg__trace *rwg__trace_new(rwg__mem *mem);
void rwg__trace_free(rwg__trace *trace);
/* One span on a track (0 = owner, 1.. = workers); name must be a literal. */
void rwg__trace_span(
    rwg__trace *trace, uint32_t track, const char *name, uint64_t start_ns, uint64_t end_ns
);
void rwg__trace_write(rwg__trace *trace, rwg_sink *sink);

#endif
