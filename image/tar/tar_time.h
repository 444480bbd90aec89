/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The times of an archive member. */
#ifndef LXKIT_IMAGE_TAR_TIME_H
#define LXKIT_IMAGE_TAR_TIME_H

#include <archive_entry.h>
#include <stdbool.h>
#include <stddef.h>

#include "image/entry.h"
#include "image/tar/tar_header.h"

/* Whether only the records of the header tell on which side of 1970 a time is. */
bool tar_time_wants_records(struct archive_entry *member);
/* Sets all times of entry; those that the archive lacks equal mtime. records are those of the
 * member's header; n 0: not wanted or not to be had. */
void tar_time_read(struct entry *entry, struct archive_entry *member,
                   const struct tar_record *records, size_t n);

#endif
