/* The work list. Expanding a node may make new nodes of new files; reading a file makes its nodes
 * ready to expand. Both queues are drained in order until they are empty, which is the fixed point:
 * every node that an entry reaches is expanded. */
#include "project/state.h"

/* Files being read at most, before nodes go on being expanded: enough to keep workers busy, few
 * enough that results stay small in memory. */
#define READS_MAX 512u

/* Files taken before somebody is told, and asked whether to go on. */
#define STEPS_MAX 64u

void rwg__settle_queue(rwg_project *p, uint32_t id) {
    node_state *n = &p->nodes.ptr[id];
    n->due = true;
    if (n->queued || !n->live) {
        return;
    }
    n->queued = true;
    *rwg__vec_push(&p->queue, p->mem) = id;
}

static void report_progress(rwg_project *p) {
    if (p->on_progress) {
        rwg_progress progress = {p->stats.files_read, p->files.len - 1};
        p->on_progress(p->payload, &progress);
    }
}

rwg_status rwg__settle(rwg_project *p, rwg_error *err) {
    uint32_t steps = 0;
    for (;;) {
        while (p->queue_head < p->queue.len && p->reads_out < READS_MAX) {
            uint32_t id = p->queue.ptr[p->queue_head++];
            p->nodes.ptr[id].queued = false;
            rwg__expand_node(p, id);
        }
        if (p->queue_head == p->queue.len) {
            p->queue.len = 0;
            p->queue_head = 0;
        }
        uint32_t taken = rwg__read_take(p);
        if (taken == 0 && p->queue_head == p->queue.len) {
            return RWG_OK;
        }
        steps += taken + 1;
        if (steps >= STEPS_MAX) {
            steps = 0;
            report_progress(p);
            rwg_status status = rwg__project_may_go_on(p, err);
            if (status != RWG_OK) {
                return status;
            }
        }
    }
}
