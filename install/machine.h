/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which architecture the programs of a root file system are for. */
#ifndef LXKIT_INSTALL_MACHINE_H
#define LXKIT_INSTALL_MACHINE_H

#include <stddef.h>

#include "core/error.h"

enum {
    MACHINE_HEAD_BYTES = 20, /* of an ELF file: up to e_machine and behind it */
};

/* The architecture (install/architecture.h) that an ELF file with this beginning is for; NULL where
 * it is no ELF file, or for none of ours. Source: System V ABI, ELF header. */
const char *machine_of_elf(const void *head, size_t n);

/* UNSUPPORTED where /bin/sh in the tree at path, or what it leads to, is an ELF file for another
 * architecture than wanted. A tree without one is not judged. */
int machine_check(const char *path, const char *wanted, struct error *err) MUST_CHECK;

#endif
