/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The disk that a differencing disk differs from.
 *
 * Its locator names files as Windows does. Looked for, in this order: the relative path, from where
 * the child is; the absolute path, of drive X: below /mnt/x, where WSL has it; then each name
 * without its directories, beside the child. A volume's path means nothing outside of its Windows.
 * The file that is found must have the content that the child was made from, which the
 * DataWriteGuid of its header tells; so a wrong file is never taken. */
#ifndef LXKIT_VHDX_VHDX_PARENT_H
#define LXKIT_VHDX_VHDX_PARENT_H

#include <sys/stat.h>

#include "core/blockdev.h"
#include "vhdx/vhdx_file.h"

enum {
    VHDX_CHAIN_MAX = 32, /* disks, each the parent of the one before */
};

/* The disks that are being opened, from the newest on; lives on the stacks of their openers. */
struct vhdx_chain {
    const struct vhdx_chain *child; /* NULL: the first */
    dev_t device;
    ino_t inode;
};

/* Opens the parent and all that it needs. NOT_FOUND where there is none of the files, VERIFY where
 * the parent has other content by now. chain begins with file; NULL: nothing else is open. */
int vhdx_parent_open(struct blockdev **out, const struct vhdx_file *file,
                     const struct vhdx_chain *chain, struct error *err) MUST_CHECK;

/* For a check: whether that works. */
int vhdx_parent_judge(const struct vhdx_file *file, struct vhdx_judge *judge,
                      struct error *err) MUST_CHECK;

#endif
