/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What mount_journal.c and mount_journal_replay.c share. */
#ifndef LXKIT_IMAGE_MOUNT_MOUNT_JOURNAL_STATE_H
#define LXKIT_IMAGE_MOUNT_MOUNT_JOURNAL_STATE_H

#include "core/digest.h"
#include "core/le.h"
#include "image/mount/mount_journal.h"

#define JOURNAL_MAGIC "lxkitjnl"

enum {
    JOURNAL_MAGIC_BYTES = 8,
    JOURNAL_VERSION = 1,
};

struct journal_header {
    uint8_t magic[JOURNAL_MAGIC_BYTES]; /* 0 */
    struct le32 version;                /* 8 */
    struct le32 n_files;                /* 12 */
    struct sha256 tree;                 /* 16 */
    uint8_t reserved[12];               /* 48 */
    struct le32 checksum;               /* 60: of the bytes before it */
};

struct mount_journal {
    char *path;
    int fd;          /* -1: the file is not there yet */
    uint64_t size;   /* of what is in it */
    uint64_t before; /* the record that was put last */
    bool is_torn;    /* a record that is not whole follows, which the next one replaces */
    bool is_named;   /* its name is on the platter */
    uint8_t *buffer; /* one record */
    size_t buffer_size;
};

/* The identity of the file at path, as CHANGE_SETTLED has it. */
int journal_settled_make(const char *path, struct mount_change *out, struct error *err) MUST_CHECK;
/* The header that the journal of this tree has. */
int journal_header_make(const struct mount *mount, struct journal_header *out,
                        struct error *err) MUST_CHECK;
/* Room for a record of n bytes; NULL, with err set, when out of memory. */
uint8_t *journal_room(struct mount_journal *self, size_t n, struct error *err);

#endif
