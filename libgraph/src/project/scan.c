/* Bring everything up to date: the cold scan, and the warm one.
 *
 * Cold: walk, read every source, find the entries, settle, commit. Warm: adopt the stored state,
 * stat what it rests on, and treat what differs as an update; nothing differs, nothing is read. A
 * second scan of an open project is a warm scan of the state in memory. */
#include "project/state.h"

static void submit_sources(rwg_project *p) {
    for (uint32_t id = 1; id < p->files.len; id++) {
        const file_state *f = &p->files.ptr[id];
        if (f->flags & FILE_SOURCE && f->read == READ_NEVER) {
            rwg__read_submit(p, (rwg_file){id});
        }
    }
}

/* Directives of files read late can add entries, whose files can have directives: until neither
 * happens. */
rwg_status rwg__settle_all(rwg_project *p, rwg_error *err) {
    rwg_status status = RWG_OK;
    do {
        submit_sources(p);
        status = rwg__settle(p, err);
        if (status == RWG_OK && p->entries_stale) {
            rwg__entries_update(p);
        }
    } while (status == RWG_OK && (p->queue_head < p->queue.len || p->reads_out));
    return status;
}

/* Nodes of deleted files that are still live, and have no edges of their own by now. */
static void collect_gone(const rwg_project *p, rwg__id_vec *out) {
    for (uint32_t id = 1; id < p->files.len; id++) {
        uint32_t n = p->files.ptr[id].flags & FILE_GONE ? p->files.ptr[id].first_node : 0;
        for (; n; n = p->nodes.ptr[n].next_of_file) {
            if (p->nodes.ptr[n].live) {
                *rwg__vec_push(out, p->mem) = n;
            }
        }
    }
}

/* Deleted files keep their ids, and their nodes die once nobody leads to them any more. Somebody
 * may: a file that vanishes between a look at its folder and its being read is gone before the
 * specifiers that lead to it are looked at again, which its path will cause when it is told. */
void rwg__bury(rwg_project *p) {
    rwg__id_vec gone = {0};
    collect_gone(p, &gone);
    bool *led_to = gone.len ? rwg__mem_zalloc(p->mem, p->nodes.len * sizeof *led_to) : NULL;
    for (uint32_t id = 1; gone.len && id < p->nodes.len; id++) {
        const node_state *n = &p->nodes.ptr[id];
        for (uint32_t i = 0; i < n->edge_count; i++) {
            led_to[n->edges[i].target.v] = true;
        }
    }
    for (uint32_t i = 0; i < gone.len; i++) {
        if (!led_to[gone.ptr[i]]) {
            rwg__project_kill_node(p, gone.ptr[i]);
        }
    }
    rwg__mem_free(p->mem, led_to, led_to ? p->nodes.len * sizeof *led_to : 0);
    rwg__vec_free(&gone, p->mem);
}

uint32_t rwg__count_files(const rwg_project *p) {
    uint32_t count = 0;
    for (uint32_t id = 1; id < p->files.len; id++) {
        count += p->files.ptr[id].read_once && !(p->files.ptr[id].flags & FILE_GONE);
    }
    return count;
}

static rwg_status scan_cold(rwg_project *p, rwg_error *err) {
    uint64_t start = rwg__now_ns();
    rwg__walk_root(p);
    if (p->trace) {
        rwg__trace_span(p->trace, 0, "walk", start, rwg__now_ns());
    }
    /* Entries by name are known before anything is read; those by directive follow. */
    rwg__entries_update(p);
    return rwg__settle_all(p, err);
}

/* While the workers stat, the graph of the stored state is built: most often it is the answer. */
static rwg_status scan_warm(rwg_project *p, rwg_error *err) {
    str_vec changed = {0};
    uint64_t start = rwg__now_ns();
    if (!p->verifying) {
        rwg__read_verify_begin(p);
    }
    (void)rwg__commit(p, false);
    rwg__read_verify_end(p, &changed);
    if (p->trace) {
        rwg__trace_span(p->trace, 0, "verify", start, rwg__now_ns());
    }
    for (uint32_t i = 0; i < p->walked.len; i++) {
        if (p->walked.ptr[i].changed) {
            p->walked.ptr[i].changed = false;
            p->entries_stale = true; /* a package.json may have come */
            rwg__walk_changed(p, p->walked.ptr[i].abs);
        }
    }
    rwg__walk_check_rules(p);
    if (p->rules_stale) {
        rwg__walk_root(p);
    }
    if (p->scanned) {
        rwg__update_resolver_facts(p, &changed);
    }
    rwg__update_facts(p, &changed);
    rwg__vec_free(&changed, p->mem);
    return rwg__settle_all(p, err);
}

rwg_status rwg_project_scan(rwg_project *p, rwg_stats *out_stats, rwg_error *err) {
    uint64_t start = rwg__now_ns();
    p->stats = (rwg_stats){0};
    bool adopted = p->scanned || (p->store && !p->files_known && rwg__persist_load(p));
    p->files_known = true;
    p->stats.cache_used = adopted && !p->scanned;
    p->stats.cache_dropped = p->cache_dropped;
    p->stats.load_ns = rwg__now_ns() - start;
    uint64_t computed = rwg__resolver_computed(p->resolver);
    uint64_t parse_start = rwg__now_ns();
    rwg_status status = adopted ? scan_warm(p, err) : scan_cold(p, err);
    p->stats.parse_ns = rwg__now_ns() - parse_start;
    p->stats.resolved = (uint32_t)(rwg__resolver_computed(p->resolver) - computed);
    if (status == RWG_OK) {
        rwg__bury(p);
        (void)rwg__commit(p, false);
        p->scanned = true;
    }
    p->stats.files = rwg__count_files(p);
    p->stats.elapsed_ns = rwg__now_ns() - start;
    if (out_stats) {
        *out_stats = p->stats;
    }
    return status;
}
