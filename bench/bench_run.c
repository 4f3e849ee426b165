/* Runs one command and says what it cost.
 *
 *   bench_run COMMAND [ARGS...]
 *
 * One line of JSON goes to standard output: wall time, processor time and peak memory of the
 * command and of the processes it waited for. The command's own output is dropped, so that no
 * terminal is measured; its errors are not. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t timeval_ns(struct timeval t) {
    return (int64_t)t.tv_sec * 1000000000 + (int64_t)t.tv_usec * 1000;
}

static void run_child(char **argv) {
    int sink = open("/dev/null", O_WRONLY);
    if (sink >= 0 && dup2(sink, STDOUT_FILENO) >= 0) {
        execvp(argv[0], argv);
    }
    perror(argv[0]);
    _exit(127);
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fputs("usage: bench_run COMMAND [ARGS...]\n", stderr);
        return 2;
    }
    int64_t start = now_ns();
    pid_t child = fork();
    if (child < 0) {
        perror("fork");
        return 2;
    }
    if (child == 0) {
        run_child(argv + 1);
    }
    int status = 0;
    struct rusage used;
    if (wait4(child, &status, 0, &used) != child) {
        perror("wait4");
        return 2;
    }
    int64_t wall = now_ns() - start;
    int64_t cpu = timeval_ns(used.ru_utime) + timeval_ns(used.ru_stime);
    printf(
        "{\"wallNs\":%" PRId64 ",\"cpuNs\":%" PRId64 ",\"rssBytes\":%" PRId64
        ",\"exit\":%d,\"signal\":%d}\n",
        wall,
        cpu,
        (int64_t)used.ru_maxrss * 1024,
        WIFEXITED(status) ? WEXITSTATUS(status) : -1,
        WIFSIGNALED(status) ? WTERMSIG(status) : 0
    );
    return 0;
}
