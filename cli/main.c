/* rwgraph: finds the command, runs it, makes sure that what was printed arrived. */
#include <rwgraph/rwgraph.h>

#include "cmd.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct command {
    const char *name;
    rwg_cmd_fn run;
    const char *summary;
} command;

static const command COMMANDS[] = {
    {"scan", rwg_cmd_scan, "build the graph of a project, per environment, and say what is in it"},
    {"parse", rwg_cmd_parse, "print what a source file imports, exports and declares"},
    {"resolve", rwg_cmd_resolve, "find the file that a specifier leads to, and say how"},
    {"dev", rwg_cmd_dev, "serve a project, its state kept through every change"},
    {"build", rwg_cmd_build, "build all environments of a project for production"},
    {"preview", rwg_cmd_preview, "serve what was built"},
    {"transform", rwg_cmd_transform, "print the JavaScript that a module becomes"},
    {"why", rwg_cmd_why, "show the imports by which a file gets into an environment"},
    {"affected", rwg_cmd_affected, "list what could behave differently when files change"},
    {"deps", rwg_cmd_deps, "list the packages that the project's own code imports"},
    {"diff", rwg_cmd_diff, "compare two environments"},
    {"explain", rwg_cmd_explain, "show what the version of a file is made of"},
    {"verify", rwg_cmd_verify, "compare the cached graph with a scan from nothing"},
    {"dump", rwg_cmd_dump, "print the graph as canonical text, JSON, DOT or Mermaid"},
    {"query", rwg_cmd_query, "run one SQL statement over the views of the cache"},
};

static void print_usage(FILE *out) {
    fputs("Usage: rwgraph COMMAND [OPTIONS]\n\nCommands:\n", out);
    for (size_t i = 0; i < sizeof COMMANDS / sizeof COMMANDS[0]; i++) {
        fprintf(out, "  %-10s %s\n", COMMANDS[i].name, COMMANDS[i].summary);
    }
    fputs(
        "\n`rwgraph COMMAND --help` lists the options.\n"
        "Exit codes: 0 clean, 1 problems found, 2 bad usage or internal error.\n",
        out
    );
}

/* Which write failed is long ago; that a pipe has lost its reader can still be asked. */
static bool reader_left(void) {
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&out, 1, 0) == 1 && (out.revents & POLLERR);
}

/* Output that did not arrive must not look like success, except when the reader wanted no more. */
static int finish(int code) {
    errno = 0;
    if ((fflush(stdout) != 0 || ferror(stdout)) && errno != EPIPE && !reader_left()) {
        const char *reason = errno ? strerror(errno) : "a write failed";
        fprintf(stderr, "rwgraph: could not write the output: %s\n", reason);
        return RWG_EXIT_USAGE;
    }
    return code;
}

int main(int argc, char **argv) {
    (void)signal(SIGPIPE, SIG_IGN);
    if (argc < 2) {
        print_usage(stderr);
        return RWG_EXIT_USAGE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "help") == 0) {
        print_usage(stdout);
        return finish(RWG_EXIT_OK);
    }
    if (strcmp(name, "--version") == 0) {
        printf("rwgraph %s\n", rwg_version_string());
        return finish(RWG_EXIT_OK);
    }
    for (size_t i = 0; i < sizeof COMMANDS / sizeof COMMANDS[0]; i++) {
        if (strcmp(name, COMMANDS[i].name) == 0) {
            return finish(COMMANDS[i].run(argc - 1, argv + 1));
        }
    }
    fprintf(stderr, "rwgraph: there is no command '%s'", name);
    for (size_t i = 0; i < sizeof COMMANDS / sizeof COMMANDS[0]; i++) {
        if (strncmp(name, COMMANDS[i].name, 2) == 0) {
            fprintf(stderr, " (did you mean %s?)", COMMANDS[i].name);
            break;
        }
    }
    fputs("\n\n", stderr);
    print_usage(stderr);
    return RWG_EXIT_USAGE;
}
