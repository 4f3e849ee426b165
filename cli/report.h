/* What `rwgraph scan` counted, once, for both of its formats. */
#ifndef RWG_CLI_REPORT_H
#define RWG_CLI_REPORT_H

#include "absences.h"
#include "open.h"
#include "problems.h"

typedef struct rwg_env_figures {
    uint32_t modules;
    uint32_t entries;
    uint32_t edges;      /* to files; type_edges are among them */
    uint32_t type_edges; /* erased before anything runs */
    uint32_t deps;
} rwg_env_figures;

typedef struct rwg_report {
    const rwg_open *open;
    rwg_env_figures envs[RWG_MAX_ENVS + 1]; /* [env] */
    bool all_problems;                      /* each on its own, however many */
    uint32_t files;                         /* distinct files that are reached */
    rwg_problems problems;
    rwg_absences absences;     /* the problems of packages that are not installed */
    const rwg_file *unreached; /* sources that nothing leads to; borrowed */
    uint32_t unreached_count;
    rwg_cycles cycles[RWG_MAX_ENVS + 1];
    uint32_t cycle_count;
} rwg_report;

/* The whole report as one JSON object and a newline: scan.schema.json describes it. */
void rwg_report_json(const rwg_report *r, rwg_sink *out);
/* The dependencies of the environments asked for, under the key "dependencies". */
void rwg_report_deps(const rwg_open *o, rwg_json_writer *w);

#endif
