/* The two yardsticks: what the system itself needs to look at a list of files, or to read them.
 *
 *   bench_sweep stat|read LIST
 *
 * LIST is a file with one path a line. One thread, no decoding, one buffer: nothing that goes
 * through the same files one by one can be faster. Prints how many files and bytes it saw. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define BUFFER_SIZE (1u << 20)

/* The size of the file, or -1. */
static int64_t look(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 ? (int64_t)st.st_size : -1;
}

/* Reads the file to its end and returns how much that was, or -1. */
static int64_t read_through(const char *path, char *buffer) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    int64_t total = 0;
    ssize_t n = 0;
    while ((n = read(fd, buffer, BUFFER_SIZE)) > 0) {
        total += n;
    }
    close(fd);
    return n < 0 ? -1 : total;
}

int main(int argc, char **argv) {
    if (argc != 3 || (strcmp(argv[1], "stat") != 0 && strcmp(argv[1], "read") != 0)) {
        fputs("usage: bench_sweep stat|read LIST\n", stderr);
        return 2;
    }
    FILE *list = fopen(argv[2], "r");
    char *buffer = malloc(BUFFER_SIZE);
    if (!list || !buffer) {
        perror(argv[2]);
        return 2;
    }
    bool reads = strcmp(argv[1], "read") == 0;
    char *path = NULL;
    size_t room = 0;
    ssize_t len = 0;
    uint64_t files = 0;
    uint64_t bytes = 0;
    int code = 0;
    while ((len = getline(&path, &room, list)) > 0) {
        path[len - (path[len - 1] == '\n')] = '\0';
        int64_t size = reads ? read_through(path, buffer) : look(path);
        if (size < 0) {
            perror(path);
            code = 1;
        } else {
            files++;
            bytes += (uint64_t)size;
        }
    }
    printf("{\"files\":%" PRIu64 ",\"bytes\":%" PRIu64 "}\n", files, bytes);
    free(path);
    free(buffer);
    fclose(list);
    return code;
}
