// main of a fuzz target without libFuzzer: every file given, or in a folder given, goes through the
// target once. The exit status says whether there was anything to replay; a finding aborts.

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/// Returns the bytes of the file at `path`, freed by the caller, or NULL when it cannot be read.
static uint8_t *read_file(const char *path, size_t *out_size) {
    FILE *file = fopen(path, "rb");
    struct stat info;
    uint8_t *bytes = NULL;
    if (file && fstat(fileno(file), &info) == 0) {
        // Exactly as large as the file, so that a sanitizer sees a read past its end.
        bytes = malloc(info.st_size > 0 ? (size_t)info.st_size : 1);
        *out_size = bytes ? fread(bytes, 1, (size_t)info.st_size, file) : 0;
    }
    if (file) {
        fclose(file);
    }
    return bytes;
}

static size_t replay_file(const char *path) {
    size_t size = 0;
    uint8_t *bytes = read_file(path, &size);
    if (!bytes) {
        perror(path);
        return 0;
    }
    LLVMFuzzerTestOneInput(bytes, size);
    free(bytes);
    return 1;
}

static size_t replay_folder(const char *path) {
    size_t replayed = 0;
    DIR *folder = opendir(path);
    if (!folder) {
        perror(path);
        return 0;
    }
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        char file[4096];
        int length = snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.' && length > 0 && (size_t)length < sizeof file) {
            replayed += replay_file(file);
        }
    }
    closedir(folder);
    return replayed;
}

int main(int argc, char **argv) {
    size_t replayed = 0;
    for (int i = 1; i < argc; i++) {
        struct stat info;
        if (stat(argv[i], &info) == 0 && S_ISDIR(info.st_mode)) {
            replayed += replay_folder(argv[i]);
        } else {
            replayed += replay_file(argv[i]);
        }
    }
    printf("%zu inputs replayed\n", replayed);
    return replayed > 0 ? 0 : 1;
}
