/* The commands of the program. Each cmd_*.c has one option table and one function; main.c has the
 * list.
 *
 * Exit codes are the same for all: 0 clean, 1 findings (problems in what was looked at), 2 bad
 * usage or an internal error. Results go to standard output, everything else to standard error. A
 * reader that closes its end early (`rwgraph dump | head`) is not an error. */
#ifndef RWG_CLI_CMD_H
#define RWG_CLI_CMD_H

enum {
    RWG_EXIT_OK = 0,
    RWG_EXIT_FINDINGS = 1,
    RWG_EXIT_USAGE = 2,
};

/* argv[0] is the command's name. */
typedef int (*rwg_cmd_fn)(int argc, char **argv);

int rwg_cmd_affected(int argc, char **argv);
int rwg_cmd_build(int argc, char **argv);
int rwg_cmd_deps(int argc, char **argv);
int rwg_cmd_dev(int argc, char **argv);
int rwg_cmd_diff(int argc, char **argv);
int rwg_cmd_dump(int argc, char **argv);
int rwg_cmd_explain(int argc, char **argv);
int rwg_cmd_parse(int argc, char **argv);
int rwg_cmd_preview(int argc, char **argv);
int rwg_cmd_query(int argc, char **argv);
int rwg_cmd_resolve(int argc, char **argv);
int rwg_cmd_scan(int argc, char **argv);
int rwg_cmd_transform(int argc, char **argv);
int rwg_cmd_verify(int argc, char **argv);
int rwg_cmd_why(int argc, char **argv);

#endif
