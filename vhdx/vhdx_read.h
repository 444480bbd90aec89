/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A finished VHDX as a block device, read-only, with the parents of a differencing disk. */
#ifndef LXKIT_VHDX_VHDX_READ_H
#define LXKIT_VHDX_VHDX_READ_H

#include "core/blockdev.h"
#include "vhdx/vhdx_file.h"
#include "vhdx/vhdx_parent.h"

int vhdx_read_open(struct blockdev **out, const char *path, struct error *err) MUST_CHECK;
/* The same on a medium, which it owns, also on failure. */
int vhdx_read_open_medium(struct blockdev **out, struct vhdx_medium *medium,
                          struct error *err) MUST_CHECK;
/* The same for a file that was opened to be read, as a part of a chain of them (vhdx_parent.h). */
int vhdx_read_open_file(struct blockdev **out, struct vhdx_file *file,
                        const struct vhdx_chain *chain, struct error *err) MUST_CHECK;

#endif
