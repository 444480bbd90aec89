/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changing the names of a mounted tree, as the system calls do. They return 0 or the system's
 * number for what is wrong. */
#ifndef LXKIT_IMAGE_MOUNT_MOUNT_NAMES_H
#define LXKIT_IMAGE_MOUNT_MOUNT_NAMES_H

#include <stdbool.h>

#include "image/entry.h"
#include "image/mount/mount_state.h"
#include "image/tree.h"

/* A new file in a directory, with times and nothing else set. */
int mount_name_new(struct mount *mount, struct tree_file *directory, const char *text,
                   enum entry_type type, struct tree_file **out) MUST_CHECK;
int mount_name_link(struct mount *mount, struct tree_file *directory, const char *text,
                    struct tree_file *file) MUST_CHECK;
/* is_directory: by rmdir. */
int mount_name_remove(struct mount *mount, struct tree_file *directory, const char *text,
                      bool is_directory) MUST_CHECK;
/* What is at the new place is replaced, unless that is to be kept. */
int mount_name_move(struct mount *mount, struct tree_file *directory, const char *text,
                    struct tree_file *new_directory, const char *new_text, bool keep) MUST_CHECK;

#endif
