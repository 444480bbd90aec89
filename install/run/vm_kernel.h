/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel that the machine starts, and its modules: what the user names, else the distribution's
 * own, else the host's. */
#ifndef LXKIT_INSTALL_RUN_VM_KERNEL_H
#define LXKIT_INSTALL_RUN_VM_KERNEL_H

#include <stdbool.h>

#include "core/error.h"
#include "install/run/vm_modules.h"
#include "install/run/vm_plan.h"

enum {
    KERNEL_BYTES_MAX = 256 << 20,
    KERNEL_RELEASE_BYTES = 128,
};

struct kernel {
    char *path;                         /* for people */
    int image;                          /* a file with it, open for reading; -1: none */
    char release[KERNEL_RELEASE_BYTES]; /* as uname -r says; "": not known */
    struct modules modules;             /* with those chosen that the machine needs */
    bool network;                       /* it can have one */
};

/* file: as --kernel says; NULL: looked for in the tree on disk, then below root ("" for the host's
 * own). NOT_FOUND naming the package that has one. */
int kernel_find(struct kernel *out, const char *file, const char *disk, const char *root,
                const struct vm_architecture *architecture, struct error *err) MUST_CHECK;
void kernel_free(struct kernel *kernel); /* zeroed, with image -1 or not, is fine */

/* The parts of the above. Each is 1 where it found one, 0 where not. */
int kernel_from_disk(struct kernel *out, const char *disk, struct error *err) MUST_CHECK;
int kernel_from_host(struct kernel *out, const char *root, struct error *err) MUST_CHECK;
/* Whether the open image is a kernel for this machine, as far as that is known: x86's say so. */
bool kernel_is_own(const struct kernel *kernel);
/* Fills release from the open image, or from its name. */
void kernel_name(struct kernel *kernel, const char *file_name);

#define AUTO_KERNEL CLEANUP(kernel_free)

#endif
