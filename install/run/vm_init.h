/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program of install/run/guest, as it lies in this one. */
#ifndef LXKIT_INSTALL_RUN_VM_INIT_H
#define LXKIT_INSTALL_RUN_VM_INIT_H

#include <stddef.h>

extern const unsigned char vm_init[];
extern const size_t vm_init_bytes;

#endif
