/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The disk before and after QEMU has it.
 *
 * QEMU writes a VHDX as the format wants it, but does not read every log right, and leaves one
 * where it is killed. So what waits in a log is replayed by us, before and after. */
#ifndef LXKIT_INSTALL_RUN_VM_DISK_H
#define LXKIT_INSTALL_RUN_VM_DISK_H

#include "core/error.h"

/* BUSY where something uses the disk; WRONG_KIND where it is none that QEMU is to be given.
 * *format: what QEMU calls it. */
int vm_disk_prepare(const char *disk, const char **format, struct error *err) MUST_CHECK;
/* QEMU has gone; leaves err alone where nothing is wrong. */
int vm_disk_finish(const char *disk, struct error *err) MUST_CHECK;

#endif
