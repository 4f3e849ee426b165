/* The problems of a graph as a user counts them: one that several environments have is one.
 *
 * The library gives a row for each environment, because a caller may look at one environment only;
 * for a reader, the same sentence about the same place three times over is noise. */
#ifndef RWG_CLI_PROBLEMS_H
#define RWG_CLI_PROBLEMS_H

#include "open.h"

typedef struct rwg_problem {
    const rwg_diag *diag; /* the first of its rows; its env stands for all of envs */
    uint32_t envs;        /* bit e - 1 for rwg_env e; 0: the file is wrong in all */
} rwg_problem;

typedef struct rwg_problems {
    rwg_problem *items; /* by path and position */
    uint32_t count;
    uint32_t errors;
    uint32_t warnings;
} rwg_problems;

/* The problems of the environment asked for, of all without --env. Free with rwg_problems_free. */
rwg_problems rwg_problems_collect(const rwg_open *o);
void rwg_problems_free(rwg_problems *problems);

/* Prints at most `most` problems with their source lines, the way to each file from an entry once,
 * and how many were left out. With `grouped`, those of packages that are not installed are left to
 * absences.h. */
void rwg_problems_print(
    const rwg_open *o, const rwg_problems *problems, uint32_t most, bool grouped, bool color
);

#endif
