/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gives files to a fuzz target, without libFuzzer: replay FILE... */
#include <stdio.h>

#include "core/attributes.h"
#include "tests/fuzz/fuzz.h"

enum {
    INPUT_BYTES_MAX = 1 << 20,
};

static int replay(const char *path)
{
    AUTO_FREE uint8_t *bytes = malloc(INPUT_BYTES_MAX);
    FILE *file = fopen(path, "rb");
    if (!bytes || !file) {
        fprintf(stderr, "cannot read %s\n", path);
        return -1;
    }
    size_t n = fread(bytes, 1, INPUT_BYTES_MAX, file);
    fclose(file);
    /* A copy of the very size, so that a sanitizer sees a read behind it. */
    AUTO_FREE uint8_t *exact = malloc(n ? n : 1);
    if (!exact)
        return -1;
    memcpy(exact, bytes, n);
    fprintf(stderr, "%s: %zu bytes\n", path, n);
    return LLVMFuzzerTestOneInput(exact, n);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (replay(argv[i]) < 0)
            return 1;
    }
    return argc < 2;
}
