/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Room for content that no source keeps: chunks of one size in a file without a name, so that
 * nothing is left of it however the process ends. */
#ifndef LXKIT_IMAGE_MOUNT_MOUNT_STORE_H
#define LXKIT_IMAGE_MOUNT_MOUNT_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

enum {
    MOUNT_CHUNK_BYTES = 4096,
};

struct mount_store {
    char *directory; /* where its file is made when the first chunk is wanted */
    int fd;          /* -1: not yet */
    uint32_t n;      /* chunks that the file has */
    uint32_t *free;  /* those that are not in use */
    size_t n_free, free_size;
};

/* directory NULL: $TMPDIR, or /var/tmp. */
int mount_store_init(struct mount_store *store, const char *directory,
                     struct error *err) MUST_CHECK;
void mount_store_free(struct mount_store *store);

/* A chunk of any content; where several are taken in a row they mostly lie so, too. */
int mount_store_take(struct mount_store *store, uint32_t *place, struct error *err) MUST_CHECK;
void mount_store_give(struct mount_store *store, uint32_t place);
/* off is in bytes from the beginning of the chunk; n may reach into those that follow. */
int mount_store_read(const struct mount_store *store, uint32_t place, void *buf, size_t n,
                     size_t off, struct error *err) MUST_CHECK;
int mount_store_write(const struct mount_store *store, uint32_t place, const void *buf, size_t n,
                      size_t off, struct error *err) MUST_CHECK;

#endif
