/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A change as bytes: a record of a journal. Little endian; mount_record.c has the fields. */
#ifndef LXKIT_IMAGE_MOUNT_MOUNT_RECORD_H
#define LXKIT_IMAGE_MOUNT_MOUNT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/mount/mount_change.h"

enum {
    MOUNT_RECORD_HEAD_BYTES = 120,    /* what every record begins with */
    MOUNT_RECORD_BYTES_MAX = 2 << 20, /* the kernel writes 1 MiB at once */
};

/* Of the record of a change. */
size_t mount_record_bytes(const struct mount_change *change);
void mount_record_put(uint8_t *to, const struct mount_change *change);

/* Of the record that begins so; it may be more than MOUNT_RECORD_BYTES_MAX. */
size_t mount_record_length(const uint8_t head[MOUNT_RECORD_HEAD_BYTES]);
/* Whether its checksum is right. */
bool mount_record_is_whole(const uint8_t *record, size_t n);
/* The change borrows from a record that is whole; false where its parts do not fill it. */
bool mount_record_get(struct mount_change *out, const uint8_t *record, size_t n) MUST_CHECK;

#endif
