/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The root directory of a translation run: the mounted tree, with what a running system has in it,
 * of this machine. Called in the new name spaces. */
#ifndef LXKIT_INSTALL_RUN_TRANSLATION_ROOT_H
#define LXKIT_INSTALL_RUN_TRANSLATION_ROOT_H

#include "core/error.h"

/* Mounts a tree that whoever has *fuse, a descriptor of /dev/fuse, serves; it can be looked into
 * only when that one does. */
int translation_root_mount(int *fuse, struct error *err) MUST_CHECK;
/* Makes it the root, with /proc, /sys, /dev, /run and /tmp. */
int translation_root_enter(struct error *err) MUST_CHECK;

#endif
