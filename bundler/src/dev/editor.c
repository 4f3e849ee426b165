/* A process that is nobody's child: forked twice, so that it neither waits for us nor leaves
 * anything to collect. A pipe that closes with exec tells whether the program could be started. */
#include "dev/editor.h"

#include "base/limits.h"
#include "base/path.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the forked process: nothing here may allocate. Does not return. */
static _Noreturn void become(char *const *argv, int pipe_end) {
    pid_t pid = fork();
    if (pid == 0) {
        (void)setsid();
        (void)execvp(argv[0], argv);
    }
    if (pid <= 0) {
        int failure = errno;
        ssize_t told = write(pipe_end, &failure, sizeof failure);
        (void)told;
    }
    _exit(0);
}

/* 0, or the errno of what failed. */
static int launch(char *const *argv) {
    int ends[2];
    if (pipe(ends) != 0) {
        return errno;
    }
    (void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    (void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    pid_t pid = fork();
    if (pid == 0) {
        become(argv, ends[1]);
    }
    int failure = pid < 0 ? errno : 0;
    (void)close(ends[1]);
    if (pid > 0) {
        (void)waitpid(pid, NULL, 0);
        if (read(ends[0], &failure, sizeof failure) != (ssize_t)sizeof failure) {
            failure = 0;
        }
    }
    (void)close(ends[0]);
    return failure;
}

static const char *editor_of(void) {
    const char *name = getenv("RWGRAPH_EDITOR");
    name = name && *name ? name : getenv("LAUNCH_EDITOR");
    return name && *name ? name : "code";
}

/* Those that take "-g path:line:column". */
static bool takes_place(rwg_str program) {
    static const char *const NAMES[] = {"code", "code-insiders", "codium", "cursor", "windsurf"};
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        if (rwg__str_eq_c(rwg__path_basename(program), NAMES[i])) {
            return true;
        }
    }
    return false;
}

/* The path of "path:12:3". */
static rwg_str without_position(rwg_str place) {
    uint32_t end = place.len;
    for (int part = 0; part < 2; part++) {
        uint32_t digits = end;
        while (digits > 0 && place.ptr[digits - 1] >= '0' && place.ptr[digits - 1] <= '9') {
            digits--;
        }
        if (digits < end && digits > 0 && place.ptr[digits - 1] == ':') {
            end = digits - 1;
        }
    }
    return rwg__str_sub(place, 0, end);
}

rwg_status rwb__page_open(rwg_str url, rwg_error *err) {
#ifdef __APPLE__
    const char *program = "open";
#else
    const char *program = "xdg-open";
#endif
    const char *said = getenv("BROWSER");
    program = said && *said ? said : program;
    if (strcmp(program, "none") == 0) {
        return RWG_OK;
    }
    char name[RWG_LIMIT_PATH];
    char target[RWG_LIMIT_PATH];
    (void)snprintf(name, sizeof name, "%s", program);
    (void)snprintf(target, sizeof target, "%.*s", (int)url.len, url.ptr);
    char *argv[3] = {name, target, NULL};
    int failed = launch(argv);
    if (failed) {
        return rwg__error(
            err,
            RWG_IO,
            rwg__str_c(program),
            "no browser could be started (%s: %s); name yours in BROWSER",
            program,
            strerror(failed)
        );
    }
    return RWG_OK;
}

rwg_status rwb__editor_open(rwg_str place, rwg_error *err) {
    const char *program = editor_of();
    bool with_place = takes_place(rwg__str_c(program));
    rwg_str what = with_place ? place : without_position(place);
    char name[256];
    char option[] = "-g";
    char target[RWG_LIMIT_PATH];
    (void)snprintf(name, sizeof name, "%s", program);
    (void)snprintf(target, sizeof target, "%.*s", (int)what.len, what.ptr);
    char *argv[4] = {name, with_place ? option : target, with_place ? target : NULL, NULL};
    int failed = launch(argv);
    if (failed) {
        return rwg__error(
            err,
            RWG_IO,
            rwg__str_c(program),
            "the editor cannot be started (%s); name yours in RWGRAPH_EDITOR",
            strerror(failed)
        );
    }
    return RWG_OK;
}
