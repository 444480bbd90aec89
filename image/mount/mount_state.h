/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a mounted tree is made of. Files are known to the kernel by their number and one more, which
 * is what stat shows; the root has number 0. Names and files that are gone stay in memory, as the
 * tree has it: nothing that somebody still holds can vanish. */
#ifndef LXKIT_IMAGE_MOUNT_MOUNT_STATE_H
#define LXKIT_IMAGE_MOUNT_MOUNT_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "core/error.h"
#include "core/event.h"
#include "image/mount/mount_store.h"
#include "image/source.h"
#include "image/tree.h"

struct fuse_session;
struct mount_journal;

/* Where a listing stood, so that it goes on without counting from the beginning. */
struct mount_listing {
    const struct tree_file *directory;
    uint64_t offset;
    struct tree_name *next;
};

struct mount {
    struct tree tree; /* file->aux: how often the kernel was told of it and has not forgotten */
    struct tree_file **files; /* by their number */
    size_t n_files, files_size;
    struct source *source;          /* whose content is read again; NULL: all is in store */
    const struct tree_file *turned; /* the file that source is turned to */
    struct mount_store store;
    bool writable, changed;
    uint32_t time_step;            /* nanoseconds that all new times are multiples of */
    struct entry_time now;         /* of the change in hand */
    struct mount_journal *journal; /* NULL: none */
    struct events *events;
    char *input; /* what is mounted */
    struct fuse_session *session;
    char *directory; /* where; NULL: a descriptor was given */
    struct mount_listing listing;
    uint8_t *buffer; /* for one answer */
    size_t buffer_size;
};

/* Room for one more file, and then: gives a file of the tree its number. */
int mount_files_reserve(struct mount *mount, struct error *err) MUST_CHECK;
void mount_files_add(struct mount *mount, struct tree_file *file);
/* The system's number for an error; what is wrong with the input is told. */
int mount_errno(struct mount *mount, const struct error *err);
/* As times of this tree are. */
struct entry_time mount_time(const struct mount *mount, const struct timespec *time);

#endif
