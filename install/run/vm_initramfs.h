/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first root file system of the machine: our init, and the modules it loads. */
#ifndef LXKIT_INSTALL_RUN_VM_INITRAMFS_H
#define LXKIT_INSTALL_RUN_VM_INITRAMFS_H

#include "core/error.h"
#include "install/run/vm_modules.h"

/* A cpio archive in a file in memory, open for reading; *fd is the caller's. */
int initramfs_make(int *fd, const struct modules *modules, struct error *err) MUST_CHECK;

#endif
