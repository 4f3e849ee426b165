/* What the commits since the last save did, for the database's views `generations` and
 * `invalidations`.
 *
 * Bounded: a long session that never saves keeps the latest steps only. A scan has no change to
 * tell of stale nodes (nobody has seen the graph before it), only figures. */
#include "base/fsutil.h"
#include "project/state.h"

static void count_envs(const rwg_project *p, const rwg_graph *g, rwg__stored_counts *counts) {
    for (uint32_t id = 1; id < g->node_count; id++) {
        if (!(g->nodes[id].flags & RWG_NODE_REACHED)) {
            continue;
        }
        rwg__stored_counts *c = &counts[g->nodes[id].env.v - 1];
        c->nodes++;
        c->edges += g->nodes[id + 1].first_edge - g->nodes[id].first_edge;
        bool before = id < p->current->node_count && p->current->nodes[id].flags & RWG_NODE_REACHED;
        c->added += !before;
    }
    for (uint32_t id = 1; id < p->current->node_count; id++) {
        bool gone = p->current->nodes[id].flags & RWG_NODE_REACHED &&
                    !(g->nodes[id].flags & RWG_NODE_REACHED);
        counts[p->current->nodes[id].env.v ? p->current->nodes[id].env.v - 1 : 0].removed += gone;
    }
}

static void copy_stale(
    rwg_project *p, const rwg_change *change, rwg__stored_step *step, rwg__stored_counts *counts
) {
    uint32_t n = 0;
    const rwg_stale *stale = rwg_change_stale(change, RWG_POLICY_PRECISE, &n);
    const rwg_graph *g = rwg_change_after(change);
    uint32_t kept = n < RWG__STORE_STALE ? n : RWG__STORE_STALE;
    rwg__stored_stale *rows = rwg__arena_alloc(&p->history_arena, kept * sizeof *rows);
    for (uint32_t i = 0; i < n; i++) {
        rwg_env env = rwg_node_env(g, stale[i].node);
        counts[env.v - 1].stale++;
        if (i < kept) {
            rwg_node via = stale[i].via;
            rows[i] = (rwg__stored_stale){
                .path = rwg_graph_file_path(g, rwg_node_file(g, stale[i].node)),
                .env = env.v,
                .cause = rwg__str_c(rwg_cause_name(stale[i].cause)),
                .via = via.v ? rwg_graph_file_path(g, rwg_node_file(g, via)) : (rwg_str){0},
            };
        }
    }
    step->stale = rows;
    step->stale_count = kept;
}

/* The first file that changed by itself names the step. */
static rwg_str cause_of(rwg_project *p, const rwg_change *change) {
    uint32_t n = 0;
    const rwg_stale *stale = change ? rwg_change_stale(change, RWG_POLICY_PRECISE, &n) : NULL;
    for (uint32_t i = 0; i < n; i++) {
        if (!stale[i].via.v) {
            const rwg_graph *g = rwg_change_after(change);
            rwg__buf text;
            rwg__buf_init(&text, p->mem);
            rwg__buf_add(&text, rwg_graph_file_path(g, rwg_node_file(g, stale[i].node)));
            rwg__buf_printf(&text, " (%s)", rwg_cause_name(stale[i].cause));
            rwg_str kept = rwg__arena_str(&p->history_arena, rwg__buf_str(&text));
            rwg__buf_deinit(&text);
            return kept;
        }
    }
    return change ? RWG_STR("removal") : RWG_STR("scan");
}

void rwg__history_clear(rwg_project *p) {
    p->history.len = 0;
    rwg__arena_reset(&p->history_arena);
}

void rwg__history_add(rwg_project *p, const rwg_graph *next, const rwg_change *change) {
    if (p->history.len == RWG__STORE_STEPS) {
        rwg__history_clear(p);
    }
    rwg__stored_counts *counts =
        rwg__arena_zalloc(&p->history_arena, p->config.env_count * sizeof *counts);
    rwg__stored_step step = {
        .number = next->generation,
        .at_ns = rwg__wall_ns(),
        .cause = cause_of(p, change),
        .files = next->file_count - 1,
        .envs = counts,
    };
    count_envs(p, next, counts);
    if (change) {
        copy_stale(p, change, &step, counts);
    }
    *rwg__vec_push(&p->history, p->mem) = step;
}
