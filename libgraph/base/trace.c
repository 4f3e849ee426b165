/* Spans in an array behind a lock, written out at the end. See trace.h. */
#include "base/trace.h"

#include "base/vec.h"

#include <pthread.h>
#include <time.h>

typedef struct span {
    const char *name;
    uint64_t start_ns;
    uint64_t end_ns;
    uint32_t track;
} span;

struct rwg__trace {
    rwg__mem *mem;
    uint64_t origin_ns; /* the trace's own zero */
    pthread_mutex_t lock;
    RWG_VEC(span) spans;
};

uint64_t rwg__now_ns(void) {
    struct timespec now;
    RWG_ASSERT(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

rwg__trace *rwg__trace_new(rwg__mem *mem) {
    rwg__trace *trace = rwg__mem_zalloc(mem, sizeof *trace);
    trace->mem = mem;
    trace->origin_ns = rwg__now_ns();
    RWG_ASSERT(pthread_mutex_init(&trace->lock, NULL) == 0);
    return trace;
}

void rwg__trace_free(rwg__trace *trace) {
    if (!trace) {
        return;
    }
    (void)pthread_mutex_destroy(&trace->lock);
    rwg__vec_free(&trace->spans, trace->mem);
    rwg__mem_free(trace->mem, trace, sizeof *trace);
}

void rwg__trace_span(
    rwg__trace *trace, uint32_t track, const char *name, uint64_t start_ns, uint64_t end_ns
) {
    if (!trace) {
        return;
    }
    RWG_ASSERT(pthread_mutex_lock(&trace->lock) == 0);
    *rwg__vec_push(&trace->spans, trace->mem) =
        (span){.name = name, .start_ns = start_ns, .end_ns = end_ns, .track = track};
    RWG_ASSERT(pthread_mutex_unlock(&trace->lock) == 0);
}

static double microseconds(uint64_t from_ns, uint64_t to_ns) {
    return to_ns > from_ns ? (double)(to_ns - from_ns) / 1000.0 : 0.0;
}

void rwg__trace_write(rwg__trace *trace, rwg_sink *sink) {
    rwg_json_writer w = rwg_json_writer_make(sink);
    rwg_json_object(&w);
    rwg_json_key(&w, "displayTimeUnit");
    rwg_json_cstring(&w, "ms");
    rwg_json_key(&w, "traceEvents");
    rwg_json_array(&w);
    RWG_ASSERT(pthread_mutex_lock(&trace->lock) == 0);
    for (uint32_t i = 0; i < trace->spans.len; i++) {
        const span *one = &trace->spans.ptr[i];
        rwg_json_object(&w);
        rwg_json_key(&w, "name");
        rwg_json_cstring(&w, one->name);
        rwg_json_key(&w, "ph");
        rwg_json_cstring(&w, "X");
        rwg_json_key(&w, "ts");
        rwg_json_double(&w, microseconds(trace->origin_ns, one->start_ns));
        rwg_json_key(&w, "dur");
        rwg_json_double(&w, microseconds(one->start_ns, one->end_ns));
        rwg_json_key(&w, "pid");
        rwg_json_uint(&w, 1);
        rwg_json_key(&w, "tid");
        rwg_json_uint(&w, one->track);
        rwg_json_object_end(&w);
    }
    RWG_ASSERT(pthread_mutex_unlock(&trace->lock) == 0);
    rwg_json_array_end(&w);
    rwg_json_object_end(&w);
}
