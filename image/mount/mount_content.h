/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The content of a mounted file: what its source has, with chunks over it that were written since,
 * or all in chunks where the source cannot be asked again. */
#ifndef LXKIT_IMAGE_MOUNT_MOUNT_CONTENT_H
#define LXKIT_IMAGE_MOUNT_MOUNT_CONTENT_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "image/mount/mount_state.h"
#include "image/source.h"
#include "image/tree.h"

static const uint64_t mount_content_bytes_max = UINT64_C(1) << 44; /* of one file */

/* Of an ENTRY_FILE that has no content yet: none at all, or what the source has by this key, stored
 * bytes of which are no hole. */
int mount_content_new(struct mount *mount, struct tree_file *file, struct error *err) MUST_CHECK;
int mount_content_from_source(struct mount *mount, struct tree_file *file, uint64_t key,
                              uint64_t stored, struct error *err) MUST_CHECK;
/* Gives up the chunks of a file that nobody can reach any more. */
void mount_content_drop(struct mount *mount, struct tree_file *file);

/* n bytes from off on, which must lie in the file. */
int mount_content_read(struct mount *mount, const struct tree_file *file, void *buf, size_t n,
                       uint64_t off, struct error *err) MUST_CHECK;
/* Makes the file longer where it ends before. */
int mount_content_write(struct mount *mount, struct tree_file *file, const void *buf, size_t n,
                        uint64_t off, struct error *err) MUST_CHECK;
int mount_content_resize(struct mount *mount, struct tree_file *file, uint64_t size,
                         struct error *err) MUST_CHECK;
/* Makes n bytes from off on a hole, as far as the file reaches. */
int mount_content_punch(struct mount *mount, struct tree_file *file, uint64_t off, uint64_t n,
                        struct error *err) MUST_CHECK;
/* The next run at or behind off that is no hole: 1, 0 where only a hole follows. */
int mount_content_data(struct mount *mount, const struct tree_file *file, uint64_t off,
                       struct data_extent *out, struct error *err) MUST_CHECK;
/* About how many bytes are stored. */
uint64_t mount_content_stored(const struct tree_file *file);

#endif
