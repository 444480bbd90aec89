/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of a directory that are opened once more after it was read: by the path that they had, and
 * only as long as it leads to the same file with the same content. */
#ifndef LXKIT_IMAGE_DIRECTORY_AGAIN_H
#define LXKIT_IMAGE_DIRECTORY_AGAIN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "core/error.h"
#include "image/arena.h"

struct directory_again_file;

struct directory_again {
    int root; /* -1: none */
    struct arena arena;
    struct directory_again_file **files; /* by their key */
    size_t n, size;
};

/* root, an O_PATH descriptor of the directory, is not taken over. */
int directory_again_init(struct directory_again *again, int root, struct error *err) MUST_CHECK;
void directory_again_free(struct directory_again *again);
int directory_again_note(struct directory_again *again, const char *path, const struct statx *stx,
                         uint64_t *key, struct error *err) MUST_CHECK;
/* The file, open for reading, with *stx what is known of it now; negative on error: BUSY where it
 * is not what it was. */
int directory_again_open(struct directory_again *again, uint64_t key, struct statx *stx,
                         struct error *err) MUST_CHECK;

#endif
