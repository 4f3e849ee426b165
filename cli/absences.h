/* Packages that are not installed, one row each: in a repository before `npm install` every import
 * of a package is a problem, and for a reader all of them are one. */
#ifndef RWG_CLI_ABSENCES_H
#define RWG_CLI_ABSENCES_H

#include "problems.h"

typedef struct rwg_absence_row {
    const rwg_problem *problem;
    rwg_str package;
} rwg_absence_row;

typedef struct rwg_absence {
    rwg_str package; /* borrowed from the graph */
    uint32_t first;  /* its rows */
    uint32_t count;
    uint32_t envs; /* bit e - 1 for rwg_env e */
    bool optional; /* every import of it is prepared to fail */
} rwg_absence;

typedef struct rwg_absences {
    rwg_absence_row *rows; /* by package, path and position */
    uint32_t row_count;
    rwg_absence *items; /* the most imported first */
    uint32_t count;
} rwg_absences;

/* Points into the problems. Free with rwg_absences_free. */
rwg_absences rwg_absences_collect(const rwg_open *o, const rwg_problems *problems);
void rwg_absences_free(rwg_absences *absences);

/* A line for each of at most `most` packages: how often it is imported, and where first. */
void rwg_absences_print(const rwg_open *o, const rwg_absences *absences, uint32_t most);

#endif
