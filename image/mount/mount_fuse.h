/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the kernel asks of a mounted tree, as operations of libfuse's low level. Since nobody else
 * changes the tree, all that the kernel was told stays true until it changes it itself: it is asked
 * to keep everything. Files and directories need not be opened; what is read or written says which
 * it is. */
#ifndef LXKIT_IMAGE_MOUNT_MOUNT_FUSE_H
#define LXKIT_IMAGE_MOUNT_MOUNT_FUSE_H

#define FUSE_USE_VERSION 35
#include <fuse_lowlevel.h>
#include <stdbool.h>

#include "core/error.h"
#include "image/mount/mount_state.h"
#include "image/tree.h"

/* Sets what a mount, read-only or writable, answers. */
void mount_fuse_read_ops(struct fuse_lowlevel_ops *ops);
void mount_fuse_write_ops(struct fuse_lowlevel_ops *ops);

/* The mount that a request is about, and a file of it by the kernel's number; NULL: none. */
struct mount *mount_fuse_mount(fuse_req_t req);
struct tree_file *mount_fuse_file(fuse_req_t req, fuse_ino_t ino);
/* Room for an answer of n bytes; NULL when out of memory. */
uint8_t *mount_fuse_buffer(struct mount *mount, size_t n);

void mount_fuse_stat(const struct tree_file *file, struct stat *out);
/* What stays true as long as the mount does. */
double mount_fuse_timeout(void);
/* A file as the answer to a question for it, which counts; forgotten when it could not be sent. */
void mount_fuse_reply_entry(fuse_req_t req, struct tree_file *file);
void mount_fuse_forget(struct mount *mount, struct tree_file *file, uint64_t n);

#endif
